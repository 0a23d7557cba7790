"""Verb 1 by hand: what is in force, what it costs, what a budget buys, and how it is booked."""

import numpy as np
import pytest
from worlds import account, country, crimes, dollars, instrument, numbers, world

from sim.instruments import arriving, team_week_cost
from sim.phases.legislate import legislate
from sim.scenario import Budget
from sim.state import Money
from sim.week import start

pytestmark = pytest.mark.hand

# A team-week costs 2 · (25,000 + 1,000) / 52 + 100 = 1,100 USD in a, and 2 · 13,000 / 52 + 100 = 600 in b and c.
# Online are 500,000 persons in a and 2,000,000 in b.
LANDS = (
    country("a", population=1_000_000, online=0.5, gdp_per_head=25_000.0, teams=10.0),
    country("b", population=4_000_000, online=0.5, gdp_per_head=12_000.0, teams=30.0),
    country("c", population=2_000_000, online=0.5, gdp_per_head=12_000.0, teams=5.0),
)
PRICE = np.array([1100.0, 600.0, 600.0])
COSTS = {
    "officers": 2.0, "pay": 1.0, "equipment": 1000.0, "running": 100.0, "liaison": 52_000.0, "campaign": 0.104,
    "friction": 0.0052, "capacity": 2.0, "vetting": 1.0, "detention": 0.52,
    "drafting": 52_000.0, "courts": 0.1, "borders": 2.0, "waiting": 0.0052, "blocking": 0.104, "overblocking": 0.0052,
    "production": 0.3, "diversion": 0.5, "request": 5000.0,
}  # fmt: skip
SUM = 1_040_000.0  # USD a year: 20,000 a week
BURN_IN = 4


def legislated(*policy, week=0, due=(0.0, 0.0, 0.0), casework=(0.0, 0.0, 0.0), pot=0.0, detained=0, **changes):
    """Return the state after the verb in one week; due and pot are what the week before left."""
    parameters = numbers(costs=COSTS)
    state, setting = start(
        world(LANDS, operations=1, burn_in=BURN_IN, policy=policy, parameters=parameters, **changes), 1
    )
    state.week = BURN_IN + week
    state.due[:], state.casework[:], state.pot[:] = due, casework, pot
    state.people.balance[state.people.first] += detained  # of the first syndicate, in a
    legislate(state, setting)
    return state


def pair(name, **fields):
    """Return an instrument of a and b that needs no time to be set up."""
    return instrument(name, "a", "b", setup=0, **fields)


def between(inside, outside, own=None):
    """Return a table of pairs: between a and b, elsewhere, and of each country with itself."""
    table = np.full((3, 3), outside)
    table[0, 1] = table[1, 0] = inside
    table[np.diag_indices(3)] = outside if own is None else own
    return table


def test_a_team_week_is_pay_equipment_and_running_costs():
    costs = numbers(costs=COSTS).costs
    assert team_week_cost(np.array([25_000.0, 12_000.0]), costs) == pytest.approx([1100.0, 600.0])


def test_without_instruments_there_are_no_links_and_freezes_are_domestic():
    orders = legislated().orders
    for name in ("blocked", "asked", "hastened", "restored", "handed_over", "given", "surge", "raid_lift",
                 "coverage", "extradited", "campaign", "friction", "sweep", "announced", "rest",
                 "cost", "private_cost", "pooled", "at_once"):  # fmt: skip
        assert not getattr(orders, name).any(), name
    assert orders.freeze == pytest.approx(between(0.0, 0.0, own=0.5 * 0.5))  # coverage · laundering controls
    assert orders.freeze_days == pytest.approx(between(0.5, 0.5))
    assert orders.institutions == pytest.approx([0.6] * 3)
    assert orders.corruption == pytest.approx([0.4] * 3)
    assert (orders.vetting == 1.0).all()
    assert (orders.joint == -1).all()
    assert (orders.passage == 1.0).all()
    assert np.isinf(orders.limit).all()
    assert orders.law == pytest.approx(np.full((1, 3), 0.8))
    assert orders.reporting == pytest.approx([0.2] * 3)


PRICES = [
    (pair("crackdown", usd_per_year=SUM), 10_000, 10_000),
    (pair("crackdown", usd_per_year=SUM, split="teams"), 5_000, 15_000),  # 10 and 30 teams
    (pair("crackdown", usd_per_year=SUM, split="population"), 4_000, 16_000),  # 1 and 4 million
    (pair("crackdown", usd_per_year=SUM, intensity=0.5), 5_000, 5_000),
    (pair("crackdown"), 0, 0),  # lives off the rest of a budget
    (pair("intelligence sharing", intensity=0.5), 1_000, 1_000),  # liaison does not depend on intensity
    (pair("joint operations"), 1_000, 1_000),
    (instrument("joint operations", "a", setup=0), 0, 0),
    (pair("extradition"), 1_000, 1_000),
    (pair("asset freezing"), 1_000, 1_000),
    (pair("awareness campaign"), 1_000, 4_000),  # .104 / 52 for everybody online
    (pair("awareness campaign", intensity=0.5), 500, 2_000),
    (pair("awareness campaign", usd_per_year=26_000.0), 500, 500),
    (pair("awareness campaign", usd_per_year=104_000.0), 1_000, 2_000),  # in a everybody is reached for half of it
    (pair("payment friction"), 0, 0),
    (pair("capacity building", gain=0.5, ramp=104), 11_000, 18_000),  # 2 · teams · price · 52 · (.5 / .5) / 104
    (pair("vetting", cut=0.5, intensity=0.5), 2_750, 4_500),  # .25 · teams · price
    (pair("sweep", usd_per_year=104_000.0, intensity=0.5), 1_000, 1_000),
    (pair("legislation"), 1_000, 1_000),  # drafting; courts cost nothing yet
    (pair("border checks", stopped=0.2), 4_400, 7_200),  # .2 · 2 · teams · price
    (pair("network blocking", coverage=0.5), 500, 2_000),  # .5 · .104 / 52 for everybody online
    (pair("legal assistance"), 1_000, 1_000),
    (pair("asset recovery"), 1_000, 1_000),
    (pair("harmonised law"), 1_000, 1_000),  # their laws are equally strong
    (pair("joint awareness"), 1_940, 4_760),  # .104 / 52 · (1 - .3 · (1 - 2 / 2.5)) for everybody online
    (pair("joint awareness", usd_per_year=122_200.0), 1_470, 2_880),  # half of it
    (pair("aid-funded teams", usd_per_year=SUM, donors=("a",)), 21_000, 1_000),
    (pair("aid-funded teams", usd_per_year=SUM, paid_by="equal"), 11_000, 11_000),
    (pair("aid-funded teams", usd_per_year=SUM, paid_by="online"), 5_000, 17_000),  # 1 : 4
    (pair("aid-funded teams", usd_per_year=SUM * 73, intensity=0.5), 251_000, 481_000),  # GDP of 25 : 48
]


@pytest.mark.parametrize(("one", "in_a", "in_b"), PRICES)
def test_each_instrument_has_its_price(one, in_a, in_b):
    state = legislated(one)
    assert state.orders.cost == pytest.approx([in_a, in_b, 0.0])
    assert state.spent[1] == pytest.approx([in_a, in_b, 0.0])


def test_friction_costs_legitimate_users_and_capacity_costs_only_while_it_grows():
    state = legislated(pair("payment friction", intensity=0.5))  # .5 · .0052 · 500,000 · 25,000 / 52, and so on
    assert state.spent[2] == pytest.approx([625_000.0, 1_200_000.0, 0.0])
    grown = pair("capacity building", gain=0.5, ramp=104)
    assert legislated(grown, week=103).orders.cost[0] == pytest.approx(11_000.0)
    assert legislated(grown, week=104).orders.cost[0] == 0.0


HALF = {"intensity": 0.5}
WEAK = instrument("intelligence sharing", "a", "b", "c", setup=0, coverage=0.2, trust=1.0, delay=3)
FROZEN = pair("asset freezing", coverage=0.8, days=2.0, **HALF)
EFFECTS = [
    ([pair("crackdown", usd_per_year=SUM, **HALF)], "surge", [5000 / 1100, 5000 / 600, 0]),
    ([pair("crackdown", raid_lift=0.1, **HALF)], "raid_lift", [0.05, 0.05, 0]),
    ([pair("intelligence sharing", coverage=0.6, trust=0.9, **HALF)], "coverage", between(0.27, 0.0)),
    ([pair("intelligence sharing", coverage=0.6, trust=0.9), WEAK], "coverage", between(0.54, 0.2, own=0.0)),
    ([pair("intelligence sharing", delay=5), WEAK], "delay", between(5, 3, own=1)),
    ([pair("joint operations"), instrument("joint operations", "c", setup=0)], "joint", [0, 0, 1]),
    ([pair("joint operations", vetting=0.3, **HALF)], "vetting", [0.65, 0.65, 1]),  # 1 - .5 · (1 - .3)
    ([pair("joint operations", vetting=0.3, vetted=False)], "vetting", [1, 1, 1]),
    ([pair("joint operations", pooled=False)], "pooled", [0, 0, 0]),
    ([pair("joint operations")], "at_once", [1, 1, 0]),
    ([pair("extradition", share=0.8, **HALF)], "extradited", [[0.4, 0.4, 0], [0.4, 0.4, 0], [0, 0, 0]]),
    ([FROZEN], "freeze", between(0.4, 0.0, own=0.25)),
    ([FROZEN, pair("asset freezing", coverage=0.3, days=9.0)], "freeze_days", between(2.0, 0.5)),
    ([pair("awareness campaign", effect=0.1, **HALF)], "campaign", [0.05, 0.05, 0]),
    ([pair("awareness campaign", effect=0.2, usd_per_year=26_000.0)], "campaign", [0.1, 0.025, 0]),
    ([pair("awareness campaign", effect=e) for e in (0.1, 0.2)], "campaign", [0.28, 0.28, 0]),  # 1 - .9 · .8
    ([pair("payment friction", prevented=0.2, **HALF)], "friction", [0.1, 0.1, 0]),
    ([pair("capacity building", gain=0.5, ramp=104)], "institutions", [0.65, 0.65, 0.6]),  # .6 + 26/104 · .5 · .4
    ([pair("capacity building", gain=0.5, ramp=20)], "institutions", [0.8, 0.8, 0.6]),  # grown up
    ([pair("vetting", cut=0.5, **HALF)], "corruption", [0.3, 0.3, 0.4]),  # .4 · (1 - .25)
    ([pair("sweep", hazard=0.2, **HALF)], "sweep", [0.1, 0.1, 0]),
    ([pair("legislation", gain=0.5, ramp=52, **HALF)], "law", [[0.825, 0.825, 0.8]]),  # 1 - .2 · (1 - .5 · .5 · .5)
    ([pair("legislation", crimes=("online_fraud",), ramp=26)], "law", [[0.9, 0.9, 0.8]]),
    ([pair("border checks", stopped=0.2, **HALF)], "passage", [[1, 0.81, 0.9], [0.81, 1, 0.9], [0.9, 0.9, 1]]),
    ([pair("border checks", stopped=0.2, inner=False)], "passage", [[1, 1, 0.8], [1, 1, 0.8], [0.8, 0.8, 1]]),
    ([pair("network blocking", coverage=0.4, half_life=26.0, lasting=0.25)], "blocked", [0.25, 0.25, 0]),
    ([pair("network blocking", coverage=0.4, half_life=26.0, lasting=0.25, **HALF)], "blocked", [0.125, 0.125, 0]),
    ([pair("payment friction", limit=1000.0, **HALF)], "limit", [2000, 2000, np.inf]),
    ([pair("legal assistance", share=0.3, **HALF)], "asked", between(0.15, 0.0)),
    ([pair("legal assistance", saved=0.5, **HALF)], "hastened", between(0.25, 0.0)),
    ([pair("asset recovery", victims=0.5, **HALF)], "restored", between(0.25, 0.0)),
    ([pair("asset recovery", state=0.3, **HALF)], "handed_over", between(0.15, 0.0)),
    ([pair("joint awareness", effect=0.1, **HALF)], "campaign", [0.05, 0.05, 0]),
    ([pair("aid-funded teams", donors=("a",), **HALF)], "rest", [[0, 0.5, 0], [0, 0, 0], [0, 0, 0]]),
    ([pair("aid-funded teams", donors=("b",), usd_per_year=SUM, **HALF)], "given", [[0] * 3, [10_000, 0, 0], [0] * 3]),
    ([pair("aid-funded teams", paid_by="online")], "rest", [[0.1, 0.1, 0], [0.4, 0.4, 0], [0, 0, 0]]),
]


@pytest.mark.parametrize(("policy", "column", "expected"), EFFECTS)
def test_each_instrument_writes_its_effect_into_the_orders(policy, column, expected):
    assert getattr(legislated(*policy, week=26).orders, column) == pytest.approx(np.array(expected))


def test_an_instrument_is_paid_from_start_to_end_and_works_after_its_lag():
    sharing = instrument("intelligence sharing", "a", "b", start=3, setup=2, end=7)
    orders = [legislated(sharing, week=week).orders for week in range(2, 8)]
    assert [o.cost[0] for o in orders] == [0, 1000, 1000, 1000, 1000, 0]
    assert [bool(o.coverage.any()) for o in orders] == [False, False, False, True, True, False]


def test_an_announced_crackdown_is_feared_from_its_announcement_to_its_start():
    crackdown = pair("crackdown", usd_per_year=SUM, start=10, announced=4)
    orders = [legislated(crackdown, week=week).orders for week in (5, 6, 9, 10)]
    assert [o.announced.tolist() for o in orders] == [[0, 0, 0], [0.02, 0.02, 0], [0.02, 0.02, 0], [0, 0, 0]]
    assert [o.cost[0] for o in orders] == [0, 0, 0, 10_000]


SHARED = instrument("intelligence sharing", "a", "b", "c", setup=0)  # 3 · 1,000 a week
FORCE = pair("joint operations")  # 2 · 1,000


def test_what_fixed_and_variable_costs_leave_of_a_budget_buys_teams():
    """100,000 a week - 3,000 fixed - 2,000 of last week = 95,000, half for each of two crackdowns."""
    state = legislated(pair("crackdown"), SHARED, due=(2000.0, 0.0, 0.0), budget=dollars(5_200_000.0))
    assert state.orders.surge == pytest.approx([47_500 / 1100, 47_500 / 600, 0.0])
    assert state.spent[1] == pytest.approx([47_500 + 1000 + 2000, 47_500 + 1000, 1000])
    assert state.pot[0] == 0.0
    assert not state.due.any()


def test_crackdowns_share_the_rest_by_their_weights_and_at_half_intensity_ask_for_half():
    """Of 100,000 a week: weights of 1/2 + 1 and 1/2 when a has a second one, 1/4 and 1/4 at half intensity."""
    rich, second = dollars(5_200_000.0), instrument("crackdown", "a")
    orders = legislated(pair("crackdown"), second, budget=rich).orders
    assert orders.surge == pytest.approx([75_000 / 1100, 25_000 / 600, 0.0])
    state = legislated(pair("crackdown", intensity=0.5), budget=rich)
    assert state.orders.surge == pytest.approx([25_000 / 1100, 25_000 / 600, 0.0])
    assert state.spent[1] == pytest.approx([25_000, 25_000, 0.0])


def test_money_that_nobody_asks_for_is_not_spent_and_not_kept():
    state = legislated(SHARED, budget=dollars(5_200_000.0))
    assert state.spent[1] == pytest.approx([1000.0] * 3)
    assert state.pot[0] == 0.0
    assert not state.orders.surge.any()


def test_debt_of_the_weeks_before_comes_out_of_the_budget_first():
    state = legislated(pair("crackdown"), pot=-40_000.0, budget=dollars(5_200_000.0))
    assert state.orders.surge == pytest.approx([30_000 / 1100, 30_000 / 600, 0.0])
    assert state.pot[0] == 0.0


def test_in_a_week_in_debt_no_task_force_works_and_nothing_is_bought():
    """1,000 come in and 3,000 + 2,000 fixed and 500 variable costs go out."""
    poor = dollars(52_000.0)
    state = legislated(pair("crackdown"), SHARED, FORCE, due=(0.0, 500.0, 0.0), pot=-100.0, budget=poor)
    assert state.pot[0] == pytest.approx(-100 + 1000 - 5500)
    assert (state.orders.joint == -1).all()
    assert not state.orders.surge.any()
    assert state.spent[1] == pytest.approx([2000, 2500, 1000])
    assert (legislated(FORCE, budget=dollars(104_000.0)).orders.joint == [0, 0, -1]).all()  # just enough


def test_money_comes_in_only_during_the_window_of_the_budget():
    surge = [
        legislated(pair("crackdown"), week=week, budget=dollars(5_200_000.0, start=2, end=4)).orders.surge[0]
        for week in range(1, 5)
    ]
    assert surge == pytest.approx([0.0, 50_000 / 1100, 50_000 / 1100, 0.0])


def test_a_budget_of_teams_adds_teams_and_other_costs_come_on_top():
    state = legislated(pair("crackdown", split="teams"), SHARED, budget=Budget(teams=8.0), scale=0.5)
    assert state.orders.surge == pytest.approx([1.0, 3.0, 0.0])  # 8 · .5, split 10 : 30
    assert state.spent[1] == pytest.approx([1100 + 500, 1800 + 500, 500])


def test_at_half_the_scale_everything_is_bought_and_paid_by_halves():
    half = [legislated(pair("crackdown"), SHARED, budget=dollars(5_200_000.0), scale=scale) for scale in (1.0, 0.5)]
    assert half[1].orders.surge == pytest.approx(half[0].orders.surge / 2)
    assert half[1].orders.surge[0] == pytest.approx((50_000 - 1_500) / 2 / 1100)
    assert half[1].spent[0] == pytest.approx(half[0].spent[0] / 2)


def test_treasuries_pay_police_for_teams_and_the_coalition_for_the_rest():
    """Treasuries open with ten years of national income; teams cost 11,000, 18,000 and 3,000 in peace."""
    state = legislated(pair("crackdown", usd_per_year=SUM), SHARED, due=(500.0, 0.0, 0.0))
    accounts = state.money.balance[: len(Money) * 3].reshape(len(Money), 3)
    opening = 1000 * np.array([25_000 * 1_000_000, 12_000 * 4_000_000, 12_000 * 2_000_000])  # cents
    assert (opening - accounts[Money.TREASURY]).tolist() == [2_250_000, 2_900_000, 400_000]
    assert accounts[Money.POLICE].tolist() == [2_100_000, 2_800_000, 300_000]
    assert accounts[Money.COALITION].tolist() == [150_000, 100_000, 100_000]
    assert state.spent[0] == pytest.approx([22_500, 29_000, 4_000])


def test_a_detained_person_costs_a_share_of_gdp_per_head_to_the_country_of_detention():
    state, peace = legislated(detained=4), legislated()
    assert state.spent[0] - peace.spent[0] == pytest.approx([4 * 0.52 * 25_000 / 52, 0.0, 0.0])


def test_formal_requests_are_paid_as_police_work_and_belong_to_no_programme():
    """Whatever the budget is: what they cost neither buys fewer teams nor counts as spent by the arm."""
    policy = (instrument("crackdown", "a"),)
    budget = {"budget": dollars(SUM)}
    state, peace = legislated(*policy, casework=(300.0, 0.0, 70.0), **budget), legislated(*policy, **budget)
    assert state.spent[0] - peace.spent[0] == pytest.approx([300.0, 0.0, 70.0])
    assert np.array_equal(state.spent[1:], peace.spent[1:])
    assert np.array_equal(state.orders.surge, peace.orders.surge)
    paid = [account(s.money, Money.POLICE) for s in (state, peace)]
    assert (paid[0] - paid[1]).tolist() == [30_000, 0, 7_000]
    assert not state.casework.any()


LAW = (country("a", law=0.6), country("b", law=0.9), country("c", law=1.0))


def test_a_law_is_drafted_along_its_ramp_and_then_applied_by_courts():
    law = pair("legislation", gain=0.5, ramp=52)
    costs = [legislated(law, week=week).orders.cost[0] for week in (0, 26, 52)]
    assert costs == pytest.approx([1000, 1000 + 0.1 * 0.5 * 0.5 * 11_000, 0.1 * 0.5 * 11_000])


def test_a_law_on_one_crime_leaves_the_others_as_they_are():
    law = pair("legislation", gain=0.5, ramp=26, crimes=("drugs",))
    state = legislated(law, week=26, crimes_of=crimes("drugs", "online_fraud"))
    assert state.orders.law == pytest.approx(np.array([[0.9, 0.9, 0.8], [0.8, 0.8, 0.8]]))


def test_members_law_rises_to_the_strongest_among_them_and_extradition_meets_fewer_obstacles():
    """Half of .3 after a year of two at half intensity: .6 + .5 · .5 · .5 · .3. Refused are .4, and .35 then."""
    treaty = pair("extradition", share=0.6)
    harmonised = pair("harmonised law", share=0.5, obstacles=0.5, ramp=104, intensity=0.5)
    for policy in ((treaty, harmonised), (harmonised, treaty)):
        state, setting = start(world(LAW, burn_in=0, weeks=60, policy=policy), 1)
        state.week = 52
        legislate(state, setting)
        assert state.orders.law == pytest.approx(np.array([[0.6375, 0.9, 1.0]]))
        assert state.orders.extradited[0, 1] == pytest.approx(0.65)
        assert state.orders.extradited[0, 2] == 0.0
        liaison = numbers().costs.liaison / 52  # twice; and a drafts at half intensity
        assert state.orders.cost == pytest.approx([2 * liaison + 0.5 * 500_000 / 52, 2 * liaison, 0.0])


def test_harmonised_law_opens_no_extradition_where_there_is_none():
    assert not legislated(pair("harmonised law"), week=60).orders.extradited.any()


def test_travellers_and_those_blocked_by_mistake_pay_without_a_budget():
    """.2 · .0052 · GDP / 52 of 25 and 48 billion; .5 · .0052 / 52 of the income of everybody online."""
    assert legislated(pair("border checks", stopped=0.2)).spent[2] == pytest.approx([500_000, 960_000, 0])
    assert legislated(pair("network blocking", coverage=0.5)).spent[2] == pytest.approx([625_000, 1_200_000, 0])


def test_blocking_wears_off_to_what_lasts():
    blocking = pair("network blocking", coverage=0.4, half_life=10.0, lasting=0.25)
    blocked = [legislated(blocking, week=week).orders.blocked[0] for week in (0, 10, 20, 1000)]
    assert blocked == pytest.approx([0.4, 0.25, 0.175, 0.1])


SPEAKERS = (
    country("a", population=1_000_000, online=0.5, languages=("East", "Common")),
    country("b", population=4_000_000, online=0.5, languages=("West",), other_languages=("Common",)),
    country("c", population=2_000_000, online=0.5, languages=("East",)),
)


def test_a_joint_campaign_is_made_once_in_the_language_that_reaches_most():
    """East reaches .5 + 1 million, West 2 million and Common .5 million and some of b."""
    state, setting = start(world(SPEAKERS, burn_in=0, policy=(instrument("joint awareness", *"abc", setup=0),)), 1)
    some = setting.world.speaks("Common")[1] * 2_000_000
    assert 0.0 < some < 1_500_000
    legislate(state, setting)
    assert state.orders.campaign == pytest.approx([0.0, 0.02, 0.0])  # West
    two = instrument("joint awareness", "a", "c", setup=0)
    assert two.audience(two.deployed(setting.world, np.array([0, 2]), setting.parameters.costs, 0)) == pytest.approx(
        [500_000, 1_000_000]
    )


AID = pair("aid-funded teams", donors=("a",))


def test_donors_pay_for_teams_in_other_countries_and_a_part_of_it_is_diverted():
    """Of 100,000 a week liaison takes 2,000; .5 · .4 of the other 98,000 does not reach the police of b."""
    state = legislated(AID, budget=dollars(5_200_000.0))
    assert state.orders.surge == pytest.approx([0.0, 0.8 * 98_000 / 600, 0.0])
    assert state.spent[1] == pytest.approx([99_000, 1_000, 0.0])
    accounts = state.money.balance[: len(Money) * 3].reshape(len(Money), 3)
    assert accounts[Money.DIVERTED].tolist() == [0, 1_960_000, 0]
    assert accounts[Money.POLICE].tolist() == [1_100_000, 1_800_000 + 7_840_000, 300_000]
    assert accounts[Money.COALITION].tolist() == [100_000, 100_000, 0]
    assert state.spent[0] == pytest.approx([11_000 + 99_000, 18_000 + 1_000, 3_000])


def test_aid_by_a_fixed_sum_buys_the_same_and_by_a_number_of_teams_costs_more():
    fixed = legislated(pair("aid-funded teams", donors=("a",), usd_per_year=SUM))
    assert fixed.orders.surge == pytest.approx([0.0, 0.8 * 20_000 / 600, 0.0])
    assert fixed.spent[1] == pytest.approx([21_000, 1_000, 0.0])
    teams = legislated(AID, budget=Budget(teams=8.0), scale=0.5)
    assert teams.orders.surge == pytest.approx([0.0, 4.0, 0.0])
    assert teams.spent[1] == pytest.approx([500 + 4 * 600 / 0.8, 500, 0.0])


def test_where_police_take_no_bribes_nothing_is_diverted_and_at_home_never():
    clean = (country("a", corruption=1.0), country("b", corruption=0.0))
    state, setting = start(world(clean, burn_in=0, policy=(instrument("aid-funded teams", "a", "b"),)), 1)
    assert arriving(legislated().orders, 0.5) == pytest.approx(1.0 - 0.2 * (1.0 - np.eye(3)))
    legislate(state, setting)
    assert arriving(state.orders, 0.5) == pytest.approx(np.array([[1.0, 1.0], [0.5, 1.0]]))
