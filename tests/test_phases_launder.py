"""Verb 7 by hand: where money flows, what is frozen in time, who gets it, and the books of a site."""

from math import exp

import numpy as np
import pytest
from worlds import account, capital, cash, country, crimes, living, numbers, ring, world

from sim.phases.launder import frozen_share, launder
from sim.scenario import Founder
from sim.state import Money, Status
from sim.week import start

pytestmark = pytest.mark.hand

NEXT = 1111.95  # km between neighbours on the ring
AT_ONCE = {"report_lag": 0.0, "distance_scale": NEXT}
FREE = {"wage_factor": 0.0, "subsistence": 0.0, "hosting": 0.0, "bribes": 0.0}
ROUNDED = 2  # cents


def setting_of(countries, **laundering):
    """Return the setting of these countries."""
    return start(world(countries, parameters=numbers(laundering=laundering)), 1)[1]


def lone(crime="online_fraud", fee=0.1, **business):
    """Return state, setting, and the row of the only site: in a, of a, with people of b for a target.

    A third of a country's dirty money flows through the other one.
    """
    scenario = world(
        ring(2, reporting=0.5), crimes_of=crimes("online_fraud", "trafficking", "drugs"),
        founders=(Founder(country="a", crime=crime, workers=90, coerced=0.4),),
        parameters=numbers(laundering=AT_ONCE | {"fee": fee}, business=business),
    )  # fmt: skip
    state, setting = start(scenario, 1)
    (s,) = living(state)
    state.sites.target[s] = 1
    state.orders.freeze_days[:] = 0.0
    return state, setting, s


def accounts(state):
    """Return a copy of the accounts by country, by kind [Money, C]."""
    return state.money.balance[: state.money.first].reshape(len(Money), -1).copy()


@pytest.mark.parametrize(("weight", "pull"), [(1.0, [10 * 0.5, 20, 10 * 0.2]), (2.0, [10 * 0.25, 20, 10 * 0.04])])
def test_money_flows_to_rich_near_and_lax_hubs(weight, pull):
    """The second country is one step from the first, where a flow halves; the third two, where it is a third."""
    countries = (
        country("a", gdp_per_head=10_000.0, laundering_controls=0.5),
        country("b", gdp_per_head=20_000.0, laundering_controls=0.0, longitude=10.0),
        country("c", gdp_per_head=10_000.0, laundering_controls=0.8, longitude=20.0),
    )
    shares = setting_of(countries, control_weight=weight, distance_scale=NEXT).hub_shares
    flow = np.array([pull[0], pull[1] / 2, pull[2] / 3])
    assert shares[0] == pytest.approx(flow / flow.sum(), rel=1e-4)
    assert shares.sum(axis=1) == pytest.approx([1.0, 1.0, 1.0])


@pytest.mark.parametrize(
    ("days", "coverage", "share", "rounded"),
    [(0.5, 0.95, 0.95 * exp(-0.25) / 4.5, 0.164), (10.0, 0.5, 0.5 * exp(-5.0) / 4.5, 0.0007)],
    ids=["Singapore 2024", "slow and patchy"],
)
def test_of_a_reported_dollar_this_much_is_frozen_in_time(days, coverage, share, rounded):
    """Reported after seven days on average; the money stays for two."""
    setting = setting_of(ring(1, reporting=0.25), report_lag=7.0, dwell=2.0, layers=1)
    found = frozen_share(setting, setting.world.reporting, np.array([[coverage]]), np.array([[days]]))
    assert found == pytest.approx([0.25 * share])
    assert found / 0.25 == pytest.approx([rounded], abs=5e-4)


def test_money_that_stays_twice_for_a_day_is_there_if_the_second_stay_outlasts_report_and_request():
    """Half a day: no stay has ended by then and none before the report, one by then, or one before the report."""
    setting = setting_of(ring(1, reporting=0.25), report_lag=7.0, dwell=1.0, layers=2)
    found = frozen_share(setting, setting.world.reporting, np.array([[0.95]]), np.array([[0.5]]))
    assert found == pytest.approx([0.25 * 0.95 * exp(-0.5) * (1 / 8 + 0.5 / 8 + 7 / 64)])


def test_what_is_frozen_is_averaged_over_the_hubs_it_flows_through():
    setting = setting_of(ring(2, reporting=0.5), report_lag=4.0, dwell=2.0, layers=1, distance_scale=NEXT)
    coverage = np.array([[0.9, 0.3], [0.0, 0.6]])
    days = np.array([[1.0, 2.0], [9.0, 2.0]])
    found = frozen_share(setting, setting.world.reporting, coverage, days)
    first = 0.5 * (2 / 3 * 0.9 * exp(-0.5) + 1 / 3 * 0.3 * exp(-1.0)) / 3
    second = 0.5 * (2 / 3 * 0.6 * exp(-1.0)) / 3
    assert found == pytest.approx([first, second], rel=1e-4)


def test_a_loss_is_split_between_victims_states_launderers_and_the_syndicate():
    """Of 900 USD half are frozen, nine tenths of them for the victims; a tenth of the other half is the fee."""
    state, setting, s = lone(**FREE)
    state.sites.takings[s] = 90_000
    state.orders.freeze[:] = 1.0
    before = accounts(state)
    launder(state, setting)
    gained = accounts(state) - before
    assert gained[Money.VICTIMS] == pytest.approx([0, -90_000 + 40_500], abs=ROUNDED)
    assert state.recovered == pytest.approx([0, 40_500], abs=ROUNDED)
    assert gained[Money.LAUNDERERS] == pytest.approx([1_500, 3_000], abs=ROUNDED)
    assert gained[Money.SEIZED] == pytest.approx([1_500, 3_000], abs=ROUNDED)
    assert not gained[Money.ESCROW].any()
    g = state.sites.syndicate[s]
    transit = state.money.balance[state.money.first : state.money.second]
    assert transit[g] == pytest.approx(40_500, abs=ROUNDED)
    assert cash(state)[g] == 0


def test_what_is_frozen_and_not_returned_goes_to_the_states_that_hold_it():
    state, setting, s = lone(**FREE)
    state.sites.takings[s] = 90_000
    state.orders.freeze[:] = [[0.0, 0.0], [0.0, 1.0]]  # at home only, where two thirds of the money is
    before = accounts(state)
    launder(state, setting)
    assert (accounts(state) - before)[Money.SEIZED] == pytest.approx([0, 3_000], abs=ROUNDED)


def test_proceeds_reach_the_syndicate_a_week_later():
    state, setting, s = lone(**FREE, dividends=0.0)
    g = state.sites.syndicate[s]
    state.sites.takings[s] = 1_000
    launder(state, setting)
    assert cash(state)[g] == 0
    state.sites.takings[s] = 0
    launder(state, setting)
    assert cash(state)[g] == 900


@pytest.mark.parametrize(
    ("crime", "payer", "place"), [("trafficking", Money.EMPLOYERS, 0), ("drugs", Money.CONSUMERS, 1)]
)
def test_only_losses_are_frozen_but_every_crime_pays_for_laundering(crime, payer, place):
    """Employers pay where the site is, consumers where the goods are sold."""
    state, setting, s = lone(crime, **FREE)
    state.sites.target[s] = 1
    state.sites.takings[s] = 90_000
    state.orders.freeze[:] = 1.0
    before = accounts(state)
    launder(state, setting)
    gained = accounts(state) - before
    assert gained[payer, place] == -90_000
    assert gained[Money.LAUNDERERS].sum() == 9_000
    assert gained.sum(axis=1).nonzero()[0].tolist() == sorted([payer, Money.LAUNDERERS])
    assert not state.recovered.any()


def test_freezing_across_borders_costs_the_victims_country_a_price_for_each_million():
    state, setting, s = lone(**FREE)
    state.sites.takings[s] = 900_000_000  # 9 million USD, half of them frozen, a third of that abroad
    state.orders.freeze[:] = 1.0
    launder(state, setting)
    assert state.due == pytest.approx([0.0, 4.5 / 3 * 200])
    state.due[:] = 0.0
    state.orders.freeze[:] = np.eye(2)
    launder(state, setting)
    assert not state.due.any()


def hired(voluntary, coerced):
    """Return a lone site with so many workers and USD 1,000 of takings."""
    state, setting, s = lone(fee=0.0)
    state.voluntary[s], state.coerced[s] = voluntary, coerced
    state.sites.takings[s] = 100_000
    return state, setting, s


# 10 volunteers at twice the wage of 200 USD, 5 coerced at 25 USD, 15 places at 50 USD, 5 % of takings by corruption .4.
BILLS = {Money.WORKERS: 400_000, Money.SUPPLIERS: 12_500, Money.LANDLORDS: 75_000, Money.BRIBED: 2_000}
COST = 489_500


@pytest.mark.parametrize("quiet", [False, True])
def test_wages_keep_rent_and_bribes_are_paid_and_owners_put_in_what_is_missing(quiet):
    state, setting, s = hired(10, 5)
    g = state.sites.syndicate[s]
    state.sites.status[s] = Status.QUIET if quiet else Status.ACTIVE
    cash(state)[g] = 89_500
    furniture = capital(state)[s]
    before = accounts(state)
    launder(state, setting)
    gained = accounts(state) - before
    assert {kind: gained[kind, 0] for kind in BILLS} == BILLS
    assert gained[Money.OWNERS].tolist() == [-400_000, 0]
    assert (cash(state)[g], capital(state)[s]) == (0, furniture)


def test_the_usual_cost_of_a_syndicate_is_a_moving_mean():
    state, setting, s = hired(10, 5)
    g = state.sites.syndicate[s]
    state.syndicates.costs[g] = 600_000
    launder(state, setting)
    assert state.syndicates.costs[g] == pytest.approx(0.9 * 600_000 + 0.1 * COST)


def test_owners_take_nine_tenths_of_cash_above_eight_weeks_of_cost():
    state, setting, s = hired(10, 5)
    g = state.sites.syndicate[s]
    state.syndicates.costs[g] = COST
    for spare, paid in ((-10_000, 0), (100_000, 90_000)):
        cash(state)[g] = COST + 8 * COST + spare
        before = account(state.money, Money.OWNERS).copy()
        state.money.balance[state.money.first + g] = 0
        launder(state, setting)
        assert (account(state.money, Money.OWNERS) - before).tolist() == [paid, 0]
        assert cash(state)[g] == 8 * COST + spare - paid


def test_where_nobody_attracts_any_money_stays_at_home():
    shares = setting_of(ring(2, laundering_controls=1.0)).hub_shares
    assert shares.tolist() == [[1.0, 0.0], [0.0, 1.0]]
