"""How a run begins: the ground it stands on, the founders, and a foresight of crowding that spares a long burn-in."""

import math
from collections import Counter
from itertools import count

import numpy as np
import numpy.typing as npt

from sim.draws import Draw, born, uniform
from sim.instruments import deploy, peace_orders, places, team_week_cost
from sim.phases.learn import price
from sim.phases.offend import success_factor
from sim.phases.sites import aimed_size, draw_from, fellow, found_syndicate, open_site
from sim.politics import VIEWS, Assembly, assembled
from sim.scenario import Founder, Scenario
from sim.setting import LOSS, Setting, lay_out
from sim.state import (
    Happened,
    Money,
    People,
    Reviewed,
    Sites,
    State,
    Syndicates,
    VictimLists,
    new_books,
    room_for_people,
)
from sim.world import World

LIST_WEEKS = 26  # weeks an earlier victim stays on a syndicate's list
OPENING_YEARS = 10.0  # years of income on the accounts that pay, so that none is overdrawn
FORESIGHT_STEPS = 300
LARGEST_TABLE = 27  # power of two of rows foreseen for persons; the table grows beyond it when it must
SPARE = 64  # rows for newcomers beside a quarter of the founders' number; more are added when they must
MEAN_AGE = 350.0  # weeks founding syndicates have been where they are, exponential (A-34; closures of .15 a year)


def lay_ground(scenario: Scenario, seed: int) -> Setting:
    """Return the setting of a scenario: arrays of countries, crimes and rules, and the policy with its members."""
    world = scenario.build_world()
    policy = deploy(scenario.policy, world.codes)
    police = tuple((kind, places(members, world.codes)) for kind, members in scenario.forces())
    workforces = {w.name: (w.home, w.share, w.languages) for w in scenario.workforces}
    return lay_out(
        world, scenario.crimes, workforces, scenario.parameters,
        team_week_cost(world.gdp_per_head, scenario.parameters.costs), seed, scenario.scale, scenario.clock.burn_in,
        policy, police, scenario.budget, _coalition(scenario, world),
    )  # fmt: skip


def _coalition(scenario: Scenario, world: World) -> Assembly | None:
    if scenario.politics is None:
        return None
    return assembled(scenario.politics, world.codes, world.region_index)


def begin(scenario: Scenario, setting: Setting) -> State:
    """Return the opening state: accounts filled, founders at work, expectations formed."""
    founded = [(row, _founding(setting, scenario, row)) for row in _in_order(scenario, setting)]
    sites = sum(len(aims) for _, aims in founded)
    syndicates = sum(math.ceil(len(aims) / scenario.parameters.demography.founding_sites) for _, aims in founded)
    state = _empty(setting, SPARE + sites + sites // 4, SPARE + syndicates + syndicates // 4)
    _open_accounts(state, setting)
    state.orders = peace_orders(setting.world, 0.0, 0.0)
    victims = _foresee(state, setting, founded) * (scenario.clock.burn_in + scenario.clock.weeks)
    state.persons = np.zeros(1 << min(LARGEST_TABLE, max(10, math.ceil(math.log2(1.0 + 1.3 * victims)))), np.uint64)
    earlier: Counter[tuple[str, str]] = Counter()
    for row, aims in founded:
        _found(state, setting, row, aims, earlier[row.country, row.crime])
        earlier[row.country, row.crime] += 1
    _tie(state, setting)
    state.diary[:] = 0
    setting.totals.extend([int(state.money.balance.sum()), int(state.people.balance.sum())])
    return state


def _in_order(scenario: Scenario, setting: Setting) -> list[Founder]:
    """Return the founding rows in the order of identities, which no renaming changes."""
    place = {code: i for i, code in enumerate(setting.world.codes)}
    return sorted(scenario.founders, key=lambda row: (place[row.country], *row.rank[1:]))


def _founding(setting: Setting, scenario: Scenario, row: Founder) -> npt.NDArray[np.float64]:
    """Return the size each site of a founding row aims at; together they hold the stated workers."""
    rule = scenario.parameters.demography
    wanted = row.workers * setting.scale / rule.founding_size
    place = setting.world.codes.index(row.country)
    kind = setting.crimes.index(row.crime)
    root = setting.land.key[place] ^ setting.traits.key[kind]
    aims: list[float] = []
    total = 0.0
    while total < wanted:
        address = np.uint64(born(root, 0, int(Draw.FOUND), len(aims), setting.seed))
        aims.append(aimed_size(address, 0, setting.rules.demography, setting.seed))
        total += aims[-1]
    if len(aims) > 1:
        aims.pop()
    found: npt.NDArray[np.float64] = np.array(aims) * (wanted / sum(aims))
    return found


def _found(state: State, setting: Setting, row: Founder, aims: npt.NDArray[np.float64], order: int) -> None:
    """Open the sites of a founding row, some to a syndicate; `order` counts earlier rows of its place and crime."""
    rule = setting.parameters.demography
    place, k = setting.world.codes.index(row.country), setting.crimes.index(row.crime)
    root = setting.land.key[place] ^ setting.traits.key[k]
    site, syndicate = count(int((state.sites.status > 0).sum())), count(int(state.syndicates.alive.sum()))
    for i, aim in enumerate(aims):
        address = np.uint64(born(root, order, int(Draw.FOUND), i, setting.seed))
        if i % rule.founding_sites == 0:
            g = next(syndicate)
            h = (
                setting.workforces.index(row.workforce)
                if row.workforce
                else draw_from(setting.workforce_shares, uniform(setting.seed, int(Draw.WORKFORCE), 0, address, 0))
            )
            found_syndicate(
                g, address, 0, k, h, setting.homes[h], state.syndicates, state.struck_before, 0, setting.seed
            )
            age = -MEAN_AGE * math.log(uniform(setting.seed, int(Draw.FOUND), 0, address, 0))
            memory = setting.parameters.choice.experience_memory
            lasting = (1.0 - memory**age) / (1.0 - memory) if memory < 1.0 else age
            state.syndicates.experience[g, place] = lasting
        open_site(next(site), address, 0, g, place, k, h, aim, rule.founding_size, row.coerced, 0, state.sites,
                  state.syndicates, state.money, state.people, state.leads_due, setting.land, setting.traits,
                  setting.rules, state.appeal, setting.seed)  # fmt: skip


def _tie(state: State, setting: Setting) -> None:
    """Let founding syndicates form their ties once all of them exist."""
    ties = setting.parameters.demography.ties
    for g in np.flatnonzero(state.syndicates.alive):
        address, k, h = state.syndicates.address[g], state.syndicates.crime[g], state.syndicates.workforce[g]
        for i in range(ties):
            root = np.uint64(born(address, 0, int(Draw.FOUND), 60000 + i, setting.seed))
            other = fellow(root, 0, k, h, g, state.syndicates, setting.seed)
            state.syndicates.ties[g, i] = other if other not in state.syndicates.ties[g] else -1


def _foresee(state: State, setting: Setting, founded: list[tuple[Founder, npt.NDArray[np.float64]]]) -> float:
    """Set crowding and awareness to the fixed point of the founders' own choice of targets; return victims a week.

    Without it the first years of every run would be spent on everybody finding out what all know.
    """
    size, kinds, homes = len(setting.land.key), len(setting.crimes), len(setting.homes)
    workers = np.zeros((kinds, homes, size))
    shares = np.diff(setting.workforce_shares, prepend=0.0)
    for row, aims in founded:
        k, c = setting.crimes.index(row.crime), setting.world.codes.index(row.country)
        n = aims.sum() * setting.parameters.demography.founding_size
        n *= 1.0 if setting.traits.captives_work[k] else 1.0 - row.coerced
        split = np.eye(homes)[setting.workforces.index(row.workforce)] if row.workforce else shares
        workers[k, :, c] += n * split
    thousands = setting.world.population * setting.scale / 1000.0
    rule = setting.rules.offending
    individual = (setting.traits.victimisation == LOSS)[:, None]
    for _ in range(FORESIGHT_STEPS):
        price(state, setting)
        choice = np.exp(state.appeal - state.place_value[..., None])
        contacts = np.einsum("khj,khjt->kt", workers, choice) * setting.traits.contacts[:, None]
        met = np.einsum("khj,khjt->kt", workers, choice * setting.reach)
        hits = met * (setting.traits.contacts * setting.traits.susceptibility)[:, None] * success_factor(state, setting)
        rise = rule.awareness_rise * hits * setting.world.reporting / thousands * individual
        state.crowding += 0.1 * (contacts / setting.land.persons - state.crowding)
        state.awareness += 0.1 * (rise / (rise + rule.awareness_decay) - state.awareness)
    price(state, setting)
    return float((hits * individual).sum())


def _open_accounts(state: State, setting: Setting) -> None:
    """Fill the accounts that pay from the outside world, and the people ledger with the population."""
    world, size = setting.world, len(setting.land.key)
    income = (100.0 * OPENING_YEARS * setting.scale * world.gdp_per_head * world.population).astype(np.int64)
    for account in (Money.VICTIMS, Money.CONSUMERS, Money.EMPLOYERS, Money.OWNERS, Money.TREASURY):
        state.money.balance[account * size : (account + 1) * size] += income
        state.money.balance[Money.OUTSIDE * size : (Money.OUTSIDE + 1) * size] -= income
    free = slice(People.FREE * size, (People.FREE + 1) * size)
    state.people.balance[free] = np.rint(world.population * setting.scale).astype(np.int64)


def _empty(setting: Setting, rows: int, owners: int) -> State:
    """Return a state with nobody in it and room for this many sites and syndicates."""
    size, kinds, homes = len(setting.land.key), len(setting.crimes), len(setting.homes)
    horizon = 1 + max([setting.parameters.intelligence.domestic_delay, *(i.longest_delay() for i, _ in setting.policy)])

    def whole(*shape: int) -> npt.NDArray[np.int64]:
        return np.zeros(shape, dtype=np.int64)

    real_columns = {"aim", "tactic", "leads", "complaints", "found", "watch", "requested", "transmitted"}
    sites = Sites(**{
        name: np.zeros(rows, np.uint64 if name == "address" else float if name in real_columns else np.int64)
        for name in Sites._fields
    })  # fmt: skip
    by_country = {
        "presence": np.int64,
        "struck": np.int64,
        "experience": float,
        "hits": float,
        "weeks": float,
    }
    syndicates = Syndicates(**{
        name: np.full((owners, 2), -1) if name == "ties"
        else np.zeros((owners, size), by_country[name]) if name in by_country
        else np.zeros(owners, np.uint64 if name == "address" else float if name == "costs" else np.int64)
        for name in Syndicates._fields
    })  # fmt: skip
    pairs = (kinds, size, size)
    table = (kinds, homes, size, size)
    return State(
        week=0, sites=sites, syndicates=syndicates, leads_due=np.zeros((rows, horizon)),
        money=new_books(len(Money), size, owners, owners, rows),
        people=room_for_people(size, owners, rows),
        persons=np.zeros(1024, np.uint64), known_victims=whole(1),
        lists=VictimLists(np.zeros((LIST_WEEKS, 1024), np.uint64), whole(LIST_WEEKS, owners + 1),
                          np.full(LIST_WEEKS, -1)),
        awareness=np.zeros((kinds, size)), crowding=np.zeros((kinds, size)), force=np.zeros(size),
        attention=np.zeros((kinds, size)), count=whole(kinds, size), debt=np.zeros(size),
        complaints=np.zeros((kinds, size)), found=np.zeros((kinds, size)), filed=np.zeros((2, kinds, size)),
        urgency=np.ones((kinds, size)),
        public_hits=np.zeros((kinds, size)), public_weeks=np.zeros((kinds, size)), news=np.zeros((kinds, size)),
        raided_before=whole(kinds, size),
        struck_before=whole(owners, size), constants=np.zeros((kinds, 5)), entry=np.zeros((kinds, 1 + homes)),
        appeal=np.zeros(table), place_value=np.zeros(table[:3]), profit=np.zeros(table), hits=whole(*pairs),
        taken=whole(*pairs), expected=np.zeros(pairs), captive_weeks=whole(*pairs), reports=whole(kinds, size),
        reports_before=whole(kinds, size), reported=whole(kinds, size), passed=np.zeros(size), recovered=whole(size),
        requests=np.zeros(size), casework=np.zeros(size),
        diary=whole(len(Happened), kinds, size), exits_before=np.zeros(kinds), moves=whole(kinds, size, kinds, size),
        spent=np.zeros((3, size)), due=np.zeros(size), pot=np.zeros(1), reviewed=np.zeros((len(Reviewed), kinds, size)),
        moved=np.zeros((size, size)), entering=np.zeros(size + 1),
        contributions=np.ones(size), bound=whole(size), trust=np.ones((size, size)), leaks=whole(size, size),
        views=np.zeros((size, VIEWS)), doubts=np.zeros((size, VIEWS, VIEWS)), recorded_before=np.zeros(size),
    )  # fmt: skip
