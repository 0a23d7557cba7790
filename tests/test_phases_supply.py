"""Verb 10 by hand: whom suppliers provide, from where, in which order and at what price; and what follows in a run."""

from math import exp

import numpy as np
import pytest
from worlds import cash, country, crimes, differences, fits, instrument, living, luck, numbers, ring, with_policy, world

from sim.draws import Draw
from sim.phases.supply import supply
from sim.scenario import Founder
from sim.state import Happened, People
from sim.week import run, start

pytestmark = pytest.mark.hand

A, B, C = range(3)
FRAUD, TRAFFICKING = 0, 1
WEEK = 100
PLACES = (country("a"), country("b", longitude=9.0), country("c", longitude=30.0))


def market(direct=0.0, half=20_000.0, distance=1000.0, price=10_000.0):
    """Return state, setting, a buying site in a that holds people of c, and two suppliers with 60,000 of them each."""
    founders = tuple(
        Founder(country="a", crime=crime, workers=workers, coerced=0.4)
        for crime, workers in (("online_fraud", 1_000), ("trafficking", 600))
    )
    rule = {"supply_direct": direct, "supply_half": half, "supply_distance": distance}
    state, setting = start(
        world(PLACES, founders=founders, crimes_of=crimes("online_fraud", "trafficking"),
              parameters=numbers(demography=rule, business={"captive_price": price})), 1,
    )  # fmt: skip
    state.week = WEEK
    rows = living(state)
    buyers, sellers = (rows[state.sites.crime[rows] == k] for k in (FRAUD, TRAFFICKING))
    state.sites.source[rows], state.coerced[rows] = B, 0
    state.sites.source[[buyers[0], *sellers[:2]]] = C
    state.coerced[sellers[:2]] = 60_000
    cash(state)[:] = 0
    return state, setting, buyers, sellers


def ask(state, setting, wanted, scale=1.0):
    """Let sites {row: number} ask for coerced recruits; return how many each site gained and how many came free."""
    asked = np.zeros(len(state.sites.status), np.int64)
    for s, number in wanted.items():
        asked[s] = number
    coerced, free = state.coerced.copy(), state.people.balance[: 3 * People.TRANSFERRED].copy()
    supply(WEEK, asked, state.sites, state.syndicates, state.money, state.people, setting.land, state.orders.passage,
           setting.traits, setting.rules, scale, setting.seed, state.diary)  # fmt: skip
    return state.coerced - coerced, free - state.people.balance[: 3 * People.TRANSFERRED]


@pytest.mark.parametrize(
    ("half", "scale", "chance"), [(20_000, 1.0, 6 / 7), (120_000, 1.0, 0.5), (120_000, 0.5, 2 / 3)]
)
def test_as_much_is_provided_as_captives_outweigh_the_half_point(half, scale, chance):
    """120,000 captives of the nationality next door: W / (W + half), at half the scale half the half."""
    state, setting, buyers, sellers = market(half=half)
    gained, free = ask(state, setting, {buyers[0]: 1_000}, scale)
    assert fits(gained[buyers[0]], 1_000, chance)
    assert gained.sum() == 0
    assert not free.any()
    assert fits(-gained[sellers[0]], gained[buyers[0]], 0.5)
    provided = state.diary[Happened.SUPPLIED, FRAUD, A], state.diary[Happened.SUPPLIED_FROM, TRAFFICKING, A]
    assert provided == (gained[buyers[0]], gained[buyers[0]])


@pytest.mark.parametrize("direct", [0.0, 0.3, 1.0])
def test_of_what_suppliers_cannot_provide_a_share_is_coerced_directly(direct):
    """Half is provided; of the rest a share comes from the free population of the nationality."""
    state, setting, buyers, _ = market(half=120_000.0, direct=direct)
    gained, free = ask(state, setting, {buyers[0]: 2_000})
    provided = state.diary[Happened.SUPPLIED, FRAUD, A]
    assert fits(provided, 2_000, 0.5)
    assert fits(free[C], 2_000 - provided, direct)
    assert gained[buyers[0]] == provided + free[C]
    assert free.sum() == free[C]


def test_a_captive_weighs_the_less_the_farther_away_it_is():
    """Nine degrees of longitude are 1,001 km: a supplier in b counts e^-1.001 of one in a."""
    state, setting, buyers, sellers = market(half=1e-3)
    state.sites.host[sellers[0]] = B
    distance = setting.world.distance[B, A]
    assert distance == pytest.approx(1_001, abs=1)
    gained, _ = ask(state, setting, {buyers[0]: 1_000})
    near = exp(-distance / 1000)
    assert gained[buyers[0]] == 1_000
    assert fits(-gained[sellers[0]], 1_000, near / (1 + near))
    assert state.diary[Happened.SUPPLIED_FROM, TRAFFICKING].tolist() == [-gained[sellers[1]], -gained[sellers[0]], 0]


def test_a_checked_border_lets_fewer_captives_pass_and_fewer_who_are_coerced_directly():
    """A quarter passes from b to a, and half from c, where those come from who are coerced directly."""
    state, setting, buyers, sellers = market(half=60_000.0, direct=0.6, distance=1e5)
    state.sites.host[sellers[0]] = B
    state.orders.passage[B, A], state.orders.passage[C, A] = 0.25, 0.5
    gained, free = ask(state, setting, {buyers[0]: 4_000})
    provided = gained[buyers[0]] - free[C]
    assert fits(provided, 4_000, 1.25 / 2.25)
    assert fits(-gained[sellers[0]], provided, 0.2)
    assert fits(free[C], 4_000 - provided, 0.6 * 0.5)


def test_nobody_is_provided_from_another_nationality_or_by_a_crime_that_supplies_nobody():
    state, setting, buyers, sellers = market(half=1e-3)
    state.sites.source[sellers[0]] = A
    state.sites.crime[sellers[1]] = FRAUD
    gained, _ = ask(state, setting, {buyers[0]: 100})
    assert not gained.any()


def test_captives_are_paid_for_between_syndicates_and_change_hands_for_nothing_within_one():
    """100 captives at 10,000 USD; the buyer has no cash, its owners pay."""
    state, setting, buyers, sellers = market(half=1e-3)
    money = int(state.money.balance.sum())
    own, other = (state.sites.syndicate[s] for s in (buyers[0], sellers[1]))
    state.sites.syndicate[sellers[0]] = own
    gained, _ = ask(state, setting, {buyers[0]: 100})
    paid = np.zeros(len(cash(state)), np.int64)
    paid[other] = -gained[sellers[1]] * 1_000_000
    assert 20 < -gained[sellers[1]] < 80
    assert np.array_equal(cash(state), paid)
    assert state.money.balance.sum() == money


@pytest.mark.parametrize("week", range(WEEK, WEEK + 4))
def test_the_last_captives_go_to_the_site_whose_turn_is_first(week):
    """The order is drawn by the sites' addresses, anew each week."""
    state, setting, buyers, sellers = market(half=1e-3)
    state.week, state.coerced[sellers[:2]] = week, [1, 0]
    state.sites.source[buyers] = C
    turns = luck(state, setting, Draw.SUPPLY, buyers)
    asked = np.zeros(len(state.sites.status), np.int64)
    asked[buyers] = 1
    supply(week, asked, state.sites, state.syndicates, state.money, state.people, setting.land, state.orders.passage,
           setting.traits, setting.rules, 1.0, setting.seed, state.diary)  # fmt: skip
    assert state.coerced[buyers].tolist() == (np.arange(len(buyers)) == turns.argmin()).astype(int).tolist()


def test_without_a_crime_that_supplies_the_numbers_of_supply_mean_nothing():
    kinds = crimes("online_fraud", "drugs")
    other = {"supply_distance": 10.0, "supply_half": 0.1, "supply_direct": 0.0}
    one = run(world(ring(2), crimes_of=kinds), 1)
    two = run(world(ring(2), crimes_of=kinds, parameters=numbers(demography=other)), 1)
    assert not differences(one.measures, two.measures)
    assert not one.measures["supplied_in"].any()


# Nothing but the supply of captives links the two countries: no reports, no public news, no moves, no re-offending.
APART = numbers(
    choice={"risk_weight": 0.0, "tie_weight": 0.0, "distance_weight": 10.0, "alarm": 1.0, "switch_share": 0.0001},
    offending={"awareness_rise": 0.0, "caution": 0.0, "repeat_rate": 0.0}, enforcement={"reoffending": 0.0},
    demography={"supply_direct": 0.2, "settling": 1.0}, intelligence={"request_share": 0.0},
)  # fmt: skip


def starved(seeds=6, **changes):
    """Return, by pair, how a sweep of b, where only traffickers are, changes the coerced at scam sites in a (%)."""
    founders = (
        Founder(country="a", crime="online_fraud", workers=3_000, coerced=0.4),
        Founder(country="b", crime="trafficking", workers=1_500, coerced=0.5),
    )
    kinds = crimes("online_fraud", "trafficking", move_share=0.0001, **changes)
    base = world(ring(2, teams=0.0), founders=founders, crimes_of=kinds, burn_in=26, weeks=104, parameters=APART)
    swept = with_policy(base, instrument("sweep", "b", hazard=0.2))
    found = []
    for seed in range(seeds):
        off, on = (run(scenario, seed).measures["workers_coerced"][-4:, A, FRAUD].mean() for scenario in (base, swept))
        found.append(100 * (on - off) / off)
    return np.array(found)


@pytest.mark.worlds
def test_raids_on_traffickers_starve_scam_sites_that_buy_their_captives():
    change = starved()
    assert change.mean() < -10
    assert change.mean() < -4 * change.std(ddof=1) / len(change) ** 0.5


@pytest.mark.worlds
def test_raids_on_traffickers_leave_scam_sites_alone_that_coerce_recruits_themselves():
    change = starved(supplies_coerced=False)
    assert abs(change.mean()) < 3
