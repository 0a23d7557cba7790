"""Every instrument keeps its promises, found through the registry; and what the new ones do in a week, by hand."""

from dataclasses import fields, replace

import numpy as np
import pytest
from worlds import columns, country, crimes, dollars, instrument, numbers, ring, through, with_policy, world

from sim.ensemble import planned_spending
from sim.instruments import INSTRUMENTS, Orders, named, places
from sim.phases.launder import handed_on
from sim.phases.legislate import legislate
from sim.phases.offend import contact, losses_in_force, offend, reach_in_force, success_factor
from sim.phases.raid import share_seizure
from sim.phases.relocate import relocate
from sim.phases.renew import renew
from sim.phases.report import request
from sim.scenario import ScenarioError, loads
from sim.setting import truncated_mean
from sim.state import Money
from sim.week import advance, run, start

EVERY = sorted(INSTRUMENTS)
TOGETHER = [name for name in EVERY if INSTRUMENTS[name].cooperative]
ALONE = [name for name in EVERY if not INSTRUMENTS[name].cooperative]
# Numbers without which an instrument does nothing that could be seen.
STRONG = {"aid-funded teams": {"usd_per_year": 1e6}, "crackdown": {"usd_per_year": 1e6}, "sweep": {"usd_per_year": 1e6}}
SPENT = ("cost", "private_cost")
LANDS = (
    country("a", law=0.6, gdp_per_head=30_000.0, longitude=0.0),
    country("b", law=0.9, gdp_per_head=9_000.0, longitude=9.0),
    country("c", law=0.7, gdp_per_head=9_000.0, longitude=18.0),
)


def of_kind(name, *members, **given):
    return instrument(name, *members, **STRONG.get(name, {}) | given)


@pytest.fixture(scope="module")
def ground():
    """Return the state and the setting of a small world without a policy, to be asked for the orders of any week."""
    return start(world(LANDS, operations=1, burn_in=0, weeks=104, crimes_of=crimes("online_fraud", "drugs")), 1)


def orders_of(ground, *policy, week=0, scale=1.0):
    """Return the orders that instruments write in a week."""
    state, setting = ground
    state.week, state.due[:], state.pot[:] = week, 0.0, 0.0
    found = tuple((one, places(one.members, setting.world.codes)) for one in policy)
    legislate(state, replace(setting, policy=found, scale=scale))
    return state.orders


def changed(before, after, skip=SPENT):
    """Return the columns of the orders that are not equal to the bit."""
    names = [f.name for f in fields(Orders) if f.name not in skip]
    return {name for name in names if bits(getattr(before, name)) != bits(getattr(after, name))}


def bits(column):
    """Return what a column holds to the bit, or in words if it is no table."""
    return column.tobytes() if isinstance(column, np.ndarray) else repr(column)


pair_of = pytest.mark.parametrize("name", EVERY)


@pytest.mark.battery
@pair_of
def test_it_moves_the_columns_it_says_it_moves_and_no_other(ground, name):
    peace, treaty = orders_of(ground, week=60), of_kind("extradition", "a", "b", setup=0)
    kind = INSTRUMENTS[name]
    assert kind.moves, "an instrument says which columns of the orders it moves, and in which direction"
    for policy in ((), (treaty,)):
        before = orders_of(ground, *policy, week=60)
        after = orders_of(ground, *policy, of_kind(name, "a", "b", setup=0), week=60)
        seen = changed(before, after)
        assert seen <= set(kind.moves)
        for column in (column for column in seen if kind.moves[column] != 0):
            moved = np.asarray(getattr(after, column), float), np.asarray(getattr(before, column), float)
            with np.errstate(invalid="ignore"):
                signs = set(np.sign(np.nan_to_num(moved[0] - moved[1], nan=0.0)).ravel().tolist()) - {0.0}
            assert signs == {kind.moves[column]}, column
    assert changed(peace, orders_of(ground, of_kind(name, "a", "b", setup=0), week=60))


@pytest.mark.battery
@pair_of
def test_it_costs_from_its_start_and_acts_after_its_lag_until_its_end(ground, name):
    peace = orders_of(ground)
    one = of_kind(name, "a", "b", start=10, setup=5, end=30)
    for week, running, working in ((9, False, False), (10, True, False), (14, True, False), (29, True, True),
                                   (30, False, False)):  # fmt: skip
        orders = orders_of(ground, one, week=week)
        assert bool(changed(peace, orders, skip=())) >= working
        assert bool(changed(peace, orders)) == working, week
        if not running:
            assert not orders.cost.any()
            assert not orders.private_cost.any()
    costs = orders_of(ground, one, week=10)
    if orders_of(ground, one, week=29).cost.any():
        assert costs.cost.any(), "it is paid for from its start"


@pytest.mark.battery
@pair_of
def test_at_no_intensity_it_does_nothing_and_costs_nothing(ground, name):
    assert not changed(
        orders_of(ground), orders_of(ground, of_kind(name, "a", "b", setup=0, intensity=0.0), week=60), ()
    )


@pytest.mark.battery
@pair_of
def test_its_cost_is_finite_not_negative_and_of_its_members_only(ground, name):
    for week in (0, 30, 60, 103):
        orders = orders_of(ground, of_kind(name, "a", "b"), week=week)
        for column in SPENT:
            cost = getattr(orders, column)
            assert np.isfinite(cost).all()
            assert (cost >= 0.0).all()
            assert cost[2] == 0.0


@pytest.mark.battery
@pair_of
def test_the_order_of_its_members_means_nothing(ground, name):
    one, other = (orders_of(ground, of_kind(name, *who, setup=0), week=60) for who in ("abc", "cba"))
    assert not changed(one, other, skip=())


@pytest.mark.battery
def test_the_order_of_a_policy_in_a_file_means_nothing():
    """Not to the bit: all instruments at once, listed forwards and backwards."""
    every = [of_kind(name, "a", "b", setup=0) for name in EVERY]
    orders = []
    for policy in (every, every[::-1]):
        state, setting = start(world(LANDS, operations=1, burn_in=0, weeks=104, policy=policy), 1)
        state.week = 60
        legislate(state, setting)
        orders.append(state.orders)
        acting = [named(type(one)) for one, _ in setting.policy]
        assert acting == sorted(acting, key=lambda name: (INSTRUMENTS[name].last, name))
    assert not changed(*orders, skip=())


@pytest.mark.battery
@pair_of
def test_at_half_the_scale_it_costs_half_and_its_rates_are_the_same(ground, name):
    counts = (*SPENT, "surge", "given")
    whole, half = (orders_of(ground, of_kind(name, "a", "b", setup=0), week=60, scale=scale) for scale in (1.0, 0.5))
    assert changed(whole, half) <= set(counts)
    for column in counts:
        assert getattr(half, column) == pytest.approx(getattr(whole, column) / 2)


@pytest.mark.battery
@pair_of
def test_what_is_planned_is_spent_in_every_quarter(name):
    """A crackdown lives off what the instrument leaves of a common pot."""
    one = of_kind(name, "a", "b", start=13, setup=0)
    rest = (instrument("crackdown", "a", "c", start=13),)
    scenario = world(LANDS, burn_in=2, weeks=52, policy=(one, *rest), budget=dollars(3e7, start=13))
    planned, found = planned_spending(scenario, 4), run(scenario, 1).measures["programme_usd"].sum(axis=(1, 2))
    assert planned == pytest.approx([0.0, 7.5e6, 7.5e6, 7.5e6])
    assert found == pytest.approx(planned, rel=0.01)


def text_of(name, *members, **given):
    settings = "".join(f", {key}: {value}" for key, value in (STRONG.get(name, {}) | given).items())
    return (
        "name: trial\nextends: two-countries\npolicy:\n"
        f"  - {{instrument: {name}, members: [{', '.join(members)}], start: 26{settings}}}\n"
    )


@pytest.mark.battery
@pytest.mark.parametrize("name", ALONE)
def test_one_country_can_have_it_alone(name):
    (one,) = loads(text_of(name, "varda")).policy
    assert one.members == ("varda",)


@pytest.mark.battery
@pytest.mark.parametrize("name", TOGETHER)
def test_what_is_between_countries_refuses_a_single_one(name):
    with pytest.raises(ScenarioError, match=f"{name} is between countries"):
        loads(text_of(name, "varda"))
    assert loads(text_of(name, "varda", "orlen")).policy


def test_one_country_may_use_the_tactic_of_a_task_force_when_it_says_so():
    (one,) = loads(text_of("joint operations", "varda", alone="true")).policy
    assert one.alone


# --- by hand -------------------------------------------------------------------------------------------

BOTH = ("drugs", "online_fraud")  # in the order of crimes; drugs are physical, fraud is remote
hand = pytest.mark.hand


@pytest.fixture
def peaceful():
    """Return a world of two crimes at the beginning of a week, with the orders of peace."""
    state, setting = start(world(ring(3), operations=4, burn_in=0, crimes_of=crimes(*BOTH)), 1)
    legislate(state, setting)
    return state, setting


@hand
def test_blocked_contacts_from_afar_neither_succeed_nor_crowd(peaceful):
    state, setting = peaceful
    before, crowding = success_factor(state, setting), state.crowding.copy()
    state.orders.blocked[:] = [0.25, 0.0, 0.0]
    through = np.array([[1.0, 1.0, 1.0], [0.75, 1.0, 1.0]])
    assert success_factor(state, setting) == pytest.approx(before * through)
    fresh = {}
    for blocked in (0.25, 0.0):
        state.crowding[:], state.orders.blocked[0] = crowding, blocked
        contact(state, setting)
        fresh[blocked] = (state.crowding - crowding) / setting.rules.offending.crowding_memory + crowding
    assert fresh[0.25] == pytest.approx(fresh[0.0] * through)


@hand
def test_borders_stop_what_is_physical_and_nothing_at_home(peaceful):
    state, setting = peaceful
    assert reach_in_force(state.orders, setting) is setting.reach
    state.orders.passage[:] = [[1.0, 0.8, 0.8], [0.8, 1.0, 1.0], [0.8, 1.0, 1.0]]
    reach = reach_in_force(state.orders, setting)
    assert reach[0, 0] == pytest.approx(setting.reach[0, 0] * state.orders.passage)
    assert reach[1].tobytes() == setting.reach[1].tobytes()


@hand
def test_a_checked_border_halves_the_odds_of_moving_across():
    """Three places of one region: with half of all crossings stopped, the odds against the third place halve."""
    odds = {}
    for passage in (1.0, 0.5):
        state, setting = start(world(ring(3), operations=30, burn_in=0, parameters=numbers(choice={"review": 1.0})), 1)
        through(state, setting, "learn")
        state.constants[:] = [[-1.0, -4.0, -3.0, -3.0, -3.0]]
        state.orders.passage[0, 1] = state.orders.passage[1, 0] = passage
        state.week = setting.settling  # constants stay as they are
        relocate(state, setting)
        odds[passage] = state.moved[0, 1] / state.moved[0, 2]
    assert odds[0.5] == pytest.approx(0.5 * odds[1.0], rel=0.02)


@hand
def test_captives_from_abroad_are_stopped_at_the_border_and_not_replaced():
    """Nobody crosses: sites whose captives come from their own country recruit as ever, the others none of them."""
    rate = numbers(demography={"recruitment": 1.0, "escape": 0.0, "attrition": 0.0, "smallest": 1})
    found = {}
    for passage in (1.0, 1e-12):
        state, setting = start(world(ring(3), operations=20, burn_in=0, parameters=rate), 1)
        through(state, setting, "relocate")
        state.orders.passage[:] = np.where(np.eye(3) > 0, 1.0, passage)
        before = state.coerced.copy(), state.voluntary.copy()
        size = len(before[0])
        renew(state, setting)
        home = state.sites.source[:size] == state.sites.host[:size]
        found[passage] = state.coerced[:size] - before[0], state.voluntary[:size] - before[1], home
    (free, willing, home), (stopped, still_willing, _) = found[1.0], found[1e-12]
    assert np.array_equal(free[home], stopped[home])
    assert free[~home].sum() > 20
    assert not stopped[~home].any()
    assert np.array_equal(willing, still_willing)


@hand
def test_a_limit_cuts_the_loss_and_its_mean_but_not_the_price_of_goods(peaceful):
    state, setting = peaceful
    assert losses_in_force(state.orders, setting)[0] is setting.mean
    state.orders.limit[:] = [2000.0, np.inf, np.inf]
    mean, largest = losses_in_force(state.orders, setting)
    spread = setting.traits.value_spread[1]
    assert largest[1].tolist() == [2000.0, *setting.ceiling[1, 1:]]
    assert mean[1, 0] == pytest.approx(truncated_mean(setting.median[1, :1], spread, np.array([2000.0]))[0])
    assert mean[1, 0] < 0.3 * setting.mean[1, 0]
    assert (mean[0] == setting.mean[0]).all()
    through_offend = with_limit(state, setting)
    assert through_offend <= 2000.0


def with_limit(state, setting):
    """Let the week of a world with a limit in its first country go on; return the largest mean loss of a site there."""
    state.reserve(0, 0)
    offend(state, setting)
    sites = state.sites
    there = (sites.target == 0) & (sites.crime == 1) & (sites.hits > 0)
    assert there.any()
    return float((sites.takings[there] / 100.0 / sites.hits[there]).max())


@hand
def test_seized_money_is_shared_with_victims_and_their_state_where_agreed():
    """Of 1,000 cents half goes to the victims in c, a quarter to c, a tenth of what is passed over is due there."""
    state, setting = start(world(ring(3), operations=4, burn_in=0), 1)
    rows = np.flatnonzero((state.sites.status == 1) & (state.sites.target != state.sites.host))
    s = rows[0]
    host, t = state.sites.host[s], state.sites.target[s]
    accounts = state.money.balance[: len(Money) * 3].reshape(len(Money), 3)
    accounts[Money.SEIZED, host] = 1000
    half, quarter = np.zeros((3, 3)), np.zeros((3, 3))
    half[t, host], quarter[t, host] = 0.5, 0.25
    victims, due = accounts[Money.VICTIMS, t], np.zeros(3)
    share_seizure(s, 1000, state.sites, state.money, setting.traits, setting.rules.costs, (half, half, quarter),
                  state.recovered, due)  # fmt: skip
    assert accounts[Money.SEIZED, [host, t]].tolist() == [250, 250]
    assert accounts[Money.VICTIMS, t] - victims == state.recovered[t] == 500
    assert due[t] == pytest.approx(0.1 * 7.50)
    share_seizure(s, 1000, state.sites, state.money, setting.traits, setting.rules.costs, (half, half.T, quarter.T),
                  state.recovered, due)  # fmt: skip
    assert state.recovered[t] == 500  # nothing agreed in this direction


@hand
def test_frozen_money_beyond_the_victims_part_is_handed_to_their_state_where_agreed():
    holders = np.array([[0.5, 0.5, 0.0], [0.0, 0.4, 0.6], [0.0, 0.0, 1.0]])
    agreed = np.array([[0.3, 0.2, 0.9], [0.0, 0.0, 0.0], [0.5, 0.5, 0.5]])
    assert handed_on(holders, agreed) == pytest.approx(np.array([[0.6, 0.4, 0.0], [0.0, 0.4, 0.6], [0.0, 0.0, 1.0]]))
    assert handed_on(holders, np.zeros((3, 3))).tobytes() == holders.tobytes()


@hand
def test_legal_assistance_adds_requests_and_shortens_them():
    """100 reports hold two leads: .28 of them are requested, .1 and .2 of the rest; then half the time is saved."""
    found = {}
    for asked, hastened in ((0.0, 0.0), (0.2, 0.0), (0.2, 0.5)):
        rule = {"attribution": 0.02, "request_share": 0.1, "request_weeks": 40.0, "ageing": 0.05}
        state, setting = start(world(ring(2), operations=1, burn_in=0, parameters=numbers(intelligence=rule)), 1)
        through(state, setting, "legislate")
        s = int(np.flatnonzero(state.sites.status)[0])
        state.sites.reports[:] = 0
        state.sites.reports[s], state.sites.host[s], state.sites.target[s] = 100, 0, 1
        between, none = np.ones((2, 2)), np.zeros((2, 2))
        for week in range(200):
            request(week, state.sites, state.leads_due, none, asked * between, hastened * between, np.ones(2),
                    setting.rules.intelligence, np.zeros(2))  # fmt: skip
            found[asked, hastened] = state.leads_due[s, week % state.leads_due.shape[1]]
            state.leads_due[s] = 0.0
    assert found[0.0, 0.0] == pytest.approx(2.0 * 0.1 * (1 + 0.05 * 20) ** -2, rel=0.01)
    assert found[0.2, 0.0] == pytest.approx(2.0 * 0.28 * (1 + 0.05 * 20) ** -2, rel=0.01)
    assert found[0.2, 0.5] == pytest.approx(2.0 * 0.28 * (1 + 0.05 * 10) ** -2, rel=0.02)


@hand
def test_seizures_reach_victims_in_a_run_with_recovery_only():
    base = world(ring(3, teams=60.0, corruption=0.1), operations=20, burn_in=4, weeks=39)
    recovery = with_policy(base, instrument("asset recovery", *"abc", setup=0))
    plain, shared = (run(scenario, 1).measures["recovered_usd"].sum() for scenario in (base, recovery))
    assert shared > 1.2 * plain


def test_an_arm_that_only_gives_aid_spends_its_budget_and_only_the_donor_pays_for_teams():
    aid = instrument("aid-funded teams", "a", "b", donors=("a",))
    scenario = world(LANDS, burn_in=2, weeks=26, policy=(aid,), budget=dollars(4e6))
    found = run(scenario, 1).measures["programme_usd"].sum(axis=2)  # [quarter, payer]
    assert found.sum(axis=1) == pytest.approx(planned_spending(scenario, 2), rel=0.01)
    assert found[:, 1] == pytest.approx(150_000 / 4, rel=0.01)  # liaison
    assert not found[:, 2].any()


def test_worlds_with_and_without_checked_borders_are_equal_until_they_are_checked():
    base = world(ring(3), burn_in=4, weeks=26, crimes_of=crimes("trafficking"))
    pairs = [start(s, 3) for s in (base, with_policy(base, instrument("border checks", "a", start=4)))]
    for week in range(12):
        for state, setting in pairs:
            advance(state, setting)
        one, other = (columns(state) for state, _ in pairs)
        same = all(one[name].tobytes() == other[name].tobytes() for name in one if name in other)
        assert same == (week < 8)
