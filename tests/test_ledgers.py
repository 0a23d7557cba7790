"""Money and people are conserved in any world and under any policy, and a run stops where they are not."""

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from worlds import NAMES, country, crimes, dollars, instrument, living, numbers, ring, with_policy, world

import sim.week
from sim.instruments import INSTRUMENTS
from sim.scenario import Budget
from sim.setting import CAPTIVITY
from sim.state import LedgerBroken, Money, People, Status, post
from sim.week import advance, run, start

pytestmark = pytest.mark.laws

WEEKS = 24
CRIMES = ("drugs", "online_fraud", "trafficking")
RASH = {
    "payment friction": {"limit": 500.0},
    "aid-funded teams": {"usd_per_year": 1e8},
    "crackdown": {"usd_per_year": 1e8, "raid_lift": 0.5},
    "sweep": {"hazard": 0.3, "usd_per_year": 1e6},
}


@st.composite
def lands(draw):
    """Return one to four countries, from a village to a power, from clean to corrupt."""
    share = st.floats(0, 1)
    return tuple(
        country(
            NAMES[i], region=draw(st.sampled_from(["East", "West"])), longitude=draw(st.floats(-180, 180)),
            population=draw(st.sampled_from([3_000, 50_000, 20_000_000])), corruption=draw(share),
            institutions=draw(st.floats(0.2, 0.95)), teams=draw(st.sampled_from([0.0, 3.0, 200.0])),
            online=draw(st.floats(0.05, 1)), laundering_controls=draw(share), reporting=draw(share),
            law=draw(st.floats(0.6, 1)), size=draw(st.floats(0.1, 3)),
        )
        for i in range(draw(st.integers(1, 4)))
    )  # fmt: skip


@st.composite
def policies(draw, codes):
    """Return up to four instruments, of any kind, strength and time."""
    found = []
    for _ in range(draw(st.integers(0, 4))):
        name = draw(st.sampled_from(sorted(INSTRUMENTS)))
        members = draw(st.lists(st.sampled_from(codes), min_size=1, unique=True))
        fields = RASH.get(name, {}) if draw(st.booleans()) else {}
        begins = draw(st.integers(0, 8))
        found.append(instrument(
            name, *members, start=begins, setup=draw(st.integers(0, 3)), intensity=draw(st.floats(0, 1)),
            end=draw(st.sampled_from([None, begins + 6])), **fields,
        ))  # fmt: skip
    return tuple(found)


@st.composite
def scenarios(draw):
    """Return a small world with anything in it."""
    countries = draw(lands())
    kinds = draw(st.lists(st.sampled_from(CRIMES), min_size=1, unique=True))
    budget = draw(st.sampled_from([None, Budget(usd_per_year=3e7, start=2), Budget(teams=30, start=0, end=9)]))
    hasty = {"review": draw(st.sampled_from([0.04, 0.6])), "exit_share": draw(st.sampled_from([0.07, 0.4]))}
    return world(
        countries, operations=draw(st.integers(1, 6)), crimes_of=crimes(*kinds), coerced=draw(st.floats(0, 1)),
        burn_in=draw(st.integers(0, 6)), weeks=WEEKS, policy=draw(policies([c.code for c in countries])),
        budget=budget, scale=draw(st.sampled_from([1.0, 0.3])),
        parameters=numbers(choice=hasty, enforcement={"detention": draw(st.sampled_from([1.0, 104.0]))}),
    )  # fmt: skip


WHOLE = world(
    ring(3, corruption=0.2, teams=100.0), operations=5, crimes_of=crimes(*CRIMES), weeks=WEEKS,
    policy=[instrument(name, "a", "b", **RASH.get(name, {})) for name in sorted(INSTRUMENTS)],
)  # fmt: skip


@settings(max_examples=60)
@given(scenario=scenarios(), seed=st.integers(0, 2**64 - 1))
@example(scenario=WHOLE, seed=1)
def test_money_and_people_are_conserved_in_every_week(scenario, seed):
    """Counted here anew, not by the run's own audit; nobody is negative but the one source of money."""
    state, setting = start(scenario, seed)
    money, people = int(state.money.balance.sum()), int(state.people.balance.sum())
    assert money == 0
    assert people == sum(round(c.population * scenario.scale) for c in scenario.world.imagined)
    for _ in range(scenario.clock.burn_in + WEEKS):
        advance(state, setting)
        assert int(state.money.balance.sum()) == money
        assert int(state.people.balance.sum()) == people
        assert state.people.balance.min() >= 0
        assert state.money.balance[state.money.countries :].min() >= 0
        _check_rows(state, setting)


def _check_rows(state, setting):
    """What the columns say of sites and syndicates agrees with the ledgers and with each other."""
    sites, syndicates = state.sites, state.syndicates
    rows = living(state)
    empty = sites.status == Status.EMPTY
    assert not (state.voluntary + state.coerced)[empty].any()
    assert not state.money.balance[state.money.third :][empty].any()
    ended = syndicates.alive == 0
    assert not state.money.balance[state.money.first : state.money.second][ended].any()
    assert not state.money.balance[state.money.second : state.money.third][ended].any()
    assert syndicates.alive[sites.syndicate[rows]].all()
    presence = np.zeros_like(syndicates.presence)
    np.add.at(presence, (sites.syndicate[rows], sites.host[rows]), 1)
    assert np.array_equal(presence[~ended], syndicates.presence[~ended])
    assert np.array_equal(presence[~ended].sum(axis=1), syndicates.sites[~ended])
    assert len(np.unique(sites.address[rows])) == len(rows)
    for column in (sites.leads, state.leads_due, state.debt, state.attention, state.due):
        assert (column >= 0).all()
    for share in (state.awareness, sites.tactic[rows]):
        assert ((share >= 0) & (share <= 1)).all()
    held = (setting.traits.victimisation[sites.crime[rows]] == CAPTIVITY) & (state.coerced[rows] > 0)
    assert (sites.target[rows][held] == sites.source[rows][held]).all()


def test_what_one_country_exports_another_imports():
    """Over all countries exports are imports, and what stays at home is the same on both sides, crime by crime."""
    found = run(WHOLE, 3).measures
    exported, imported = found["harm_exported_usd"], found["harm_imported_usd"]
    assert exported.sum() > 0
    assert exported.sum(axis=(0, 1)) == pytest.approx(imported.sum(axis=(0, 1)))
    at_home = found["harm_usd_host"] - exported, found["harm_usd"] - imported
    assert at_home[0] == pytest.approx(at_home[1])
    assert at_home[0].min() > -1e-6
    assert at_home[0].sum() > 0


@pytest.fixture
def broken_week(monkeypatch):
    """Return a function that lets a phase of its own run at the end of every week from the third on."""

    def breaking(deed):
        def embezzle(state, setting):
            if state.week == 2:
                deed(state)

        monkeypatch.setattr(sim.week, "WEEK", (*sim.week.WEEK, embezzle))

    return breaking


def _forge(state):
    state.money.balance[Money.OWNERS * state.money.countries] += 1


def _kidnap(state):
    state.people.balance[People.FREE * state.people.countries] -= 1


def _overdraw(state):
    size = state.money.countries
    owners = Money.OWNERS * size
    post(state.money.balance, owners, Money.WORKERS * size, state.money.balance[owners] + 1)


def _owe_workers(state):
    row = state.people.second + living(state)[0]
    post(state.people.balance, row, People.FREE * state.people.countries, state.people.balance[row] + 1)


@pytest.mark.parametrize(
    ("deed", "says"),
    [
        (_forge, "week 2: the money ledger sums to 1, not 0"),
        (_kidnap, "week 2: the people ledger sums to 59999999, not 60000000"),
        (_overdraw, r"account 15 of the money ledger is overdrawn \(owners\)"),
        (_owe_workers, "of the people ledger is overdrawn"),
    ],
    ids=["a cent out of nothing", "a person gone", "an account overdrawn", "workers below zero"],
)
def test_a_broken_post_stops_the_run(broken_week, deed, says):
    broken_week(deed)
    with pytest.raises(LedgerBroken, match=says):
        run(world(weeks=WEEKS), 1)


SPENDERS = {
    "nothing": (),
    "a fixed sum": (instrument("crackdown", "a", usd_per_year=5e6),),
    "the rest of a budget": (instrument("crackdown", "a", "b"),),
    "a channel": (instrument("intelligence sharing", "a", "b", "c", setup=0, coverage=1.0),),
    "aid": (instrument("aid-funded teams", "a", "b", donors=("a",)),),
    "everything": WHOLE.policy,
}


@pytest.mark.parametrize("kind", SPENDERS)
def test_what_leaves_the_treasuries_is_what_is_reported_as_spent(kind):
    """To half a cent for each country and week."""
    scenario = with_policy(world(ring(3, teams=100.0), weeks=52), *SPENDERS[kind], budget=dollars(8e6))
    state, setting = start(scenario, 1)
    treasury = slice(Money.TREASURY * 3, (Money.TREASURY + 1) * 3)
    before = state.money.balance[treasury].copy()
    for week in range(60):
        advance(state, setting)
        gone = (before - state.money.balance[treasury]) / 100.0
        assert np.abs(gone - state.spent[0]).max() <= 0.005 * (week + 1) + 1e-6
    police = state.money.balance[Money.POLICE * 3 : (Money.POLICE + 1) * 3].sum()
    coalition = state.money.balance[Money.COALITION * 3 : (Money.COALITION + 1) * 3].sum()
    diverted = state.money.balance[Money.DIVERTED * 3 : (Money.DIVERTED + 1) * 3].sum()
    assert (diverted > 0) == (kind in {"aid", "everything"})
    assert abs((police + coalition + diverted) / 100.0 - state.spent[0].sum()) <= 0.02 * 60


def test_money_taken_from_victims_is_money_that_victims_miss():
    """What victims' accounts lose is what was taken less what was returned to them."""
    state, setting = start(world(), 1)
    victims = slice(Money.VICTIMS * 3, (Money.VICTIMS + 1) * 3)
    before = state.money.balance[victims].copy()
    for _ in range(30):
        advance(state, setting)
    missing = before - state.money.balance[victims]
    assert np.array_equal(missing, state.taken.sum(axis=(0, 1)) - state.recovered)
    assert state.recovered.sum() > 0


def test_recruiting_in_a_village_spends_nobody_twice():
    """Where the coerced come from is also where volunteers live, and few are left."""
    village = ring(1, population=600)
    state, setting = start(
        world(village, operations=6, coerced=0.5, parameters=numbers(demography={"recruitment": 1.0})), 1
    )
    for _ in range(30):
        advance(state, setting)


def test_an_overdrawn_account_is_named():
    dear = crimes(value=1e8, value_ceiling=1e12)
    with pytest.raises(LedgerBroken, match=r"money ledger is overdrawn \(victims\)"):
        run(world(ring(1, population=3000), crimes_of=dear, operations=3), 1)


def test_a_treasury_may_borrow():
    state, setting = start(world(ring(1, population=500, teams=2000.0), operations=1), 1)
    for _ in range(20):
        advance(state, setting)
    assert state.money.balance[Money.TREASURY] < 0
