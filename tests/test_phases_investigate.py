"""Verb 5 by hand: how leads gather and age, what a site shows of itself, when a case opens and goes cold."""

import math

import pytest
from worlds import living, numbers, ring, world

from sim.draws import Draw, uniform
from sim.phases.allocate import allocate
from sim.phases.investigate import investigate, visibility
from sim.state import Happened, Status
from sim.week import start

pytestmark = pytest.mark.hand

RULES = {"ageing": 0.05, "patrol_yield": 0.08, "visibility_exponent": 0.5, "dormant_visibility": 0.15}
WEEKS = 400


def opened(operations=4, scale=1.0, **intelligence):
    """Return one country whose sites have 25 workers each, nothing known of them, and its setting."""
    parameters = numbers(intelligence=RULES | {"detection": 0.0} | intelligence)
    state, setting = start(world(ring(1), operations=operations, burn_in=0, scale=scale, parameters=parameters), 1)
    rows = living(state)
    state.voluntary[rows], state.coerced[rows] = 20, 5
    state.count[0, 0] = len(rows)
    return state, setting


def outcomes(state, setting, leads, case):
    """Return by week whether the first site's case is open after it began so; leads are those of the week itself."""
    s, found = living(state)[0], []
    for week in range(WEEKS):
        state.week, state.sites.case[s] = week, case
        state.sites.leads[s] = leads / 0.95
        investigate(state, setting)
        found.append(int(state.sites.case[s]))
    return found


def share(found, expected):
    """Return whether a share of these weeks is as expected, within 4 standard errors."""
    return abs(sum(found) / WEEKS - expected) < 4 * math.sqrt(expected * (1 - expected) / WEEKS)


@pytest.mark.parametrize(
    ("workers", "tactic", "exponent", "seen"),
    [(100, 0.0, 0.5, 1.0), (25, 0.0, 0.5, 0.5), (400, 0.0, 0.5, 2.0), (25, 0.0, 1.0, 0.25), (400, 0.2, 0.5, 1.6)],
)
def test_a_site_is_the_more_visible_the_larger_and_the_less_hardened_it_is(workers, tactic, exponent, seen):
    assert visibility(workers, tactic, True, exponent, 0.15) == pytest.approx(seen)
    assert visibility(workers, tactic, False, exponent, 0.15) == pytest.approx(0.15 * seen)


def test_even_a_site_that_hides_as_well_as_it_can_is_seen_a_little():
    assert visibility(100, 1.0, True, 0.5, 0.15) == pytest.approx(0.15)
    assert visibility(100, 1.0, False, 0.5, 0.15) == pytest.approx(0.15 * 0.15)


def test_leads_age_and_are_joined_by_what_patrol_finds_and_what_arrives():
    """.95 · 2 + .08 · (20 / 4) · .5 · .8 + 1, and nothing arrives twice."""
    state, setting = opened()
    first, other = living(state)[:2]
    state.week, state.attention[0, 0], state.count[0, 0] = 5, 20.0, 4
    state.sites.leads[first], state.sites.tactic[first] = 2.0, 0.2
    state.leads_due[first, 5 % state.leads_due.shape[1]] = 1.0
    investigate(state, setting)
    assert state.sites.leads[first] == pytest.approx(1.9 + 0.16 + 1.0)
    assert state.sites.leads[other] == pytest.approx(0.08 * 5 * 0.5)
    assert not state.leads_due.any()


def test_the_more_sites_a_force_faces_the_less_it_learns_of_each():
    """The 20 teams of a country divided among all its sites."""
    state, setting = opened()
    allocate(state, setting)
    investigate(state, setting)
    rows = living(state)
    assert len(rows) > 1
    assert state.sites.leads[rows] == pytest.approx(0.08 * 20 / len(rows) * 0.5)


def test_a_force_with_less_than_one_site_to_watch_gives_it_no_more_than_all_its_teams():
    """One thinned site stands for two, which share the 20 teams that 10 stand for."""
    state, setting = opened(scale=0.5)
    state.attention[0, 0] = 10.0
    for count, each in ((0, 20.0), (1, 10.0), (4, 2.5)):
        state.count[0, 0] = count
        state.sites.leads[:] = 0.0
        investigate(state, setting)
        assert state.sites.leads[living(state)] == pytest.approx(0.08 * each * 0.5)


@pytest.mark.parametrize(("column", "until"), [("quiet_until", 9), ("idle_until", 9)])
def test_a_quiet_or_closed_site_shows_a_fraction_of_itself(column, until):
    state, setting = opened()
    hidden, other = living(state)[:2]
    state.week, state.attention[0, 0], state.count[0, 0] = 8, 20.0, 4
    getattr(state.sites, column)[hidden] = until
    state.sites.status[hidden] = Status.QUIET if column == "quiet_until" else Status.ACTIVE
    investigate(state, setting)
    assert state.sites.leads[other] == pytest.approx(0.2)
    assert state.sites.leads[hidden] == pytest.approx(0.15 * 0.2)


def test_a_case_opens_with_probability_one_minus_e_to_the_minus_leads():
    """With a hazard of .25 a lead and 2 leads: 1 - e^-.5 = .39, at the address of the site's luck."""
    state, setting = opened(detection=0.25, patrol_yield=0.0)
    found = outcomes(state, setting, leads=2.0, case=0)
    address = state.sites.address[living(state)[0]]
    chance = 1 - math.exp(-0.25 * 2)
    assert found == [uniform(setting.seed, Draw.DETECT, week, address, 0) < chance for week in range(WEEKS)]
    assert share(found, chance)
    assert state.diary[Happened.CASES, 0, 0] == sum(found)


def test_a_case_never_opens_without_leads_and_always_with_overwhelming_ones():
    state, setting = opened(detection=1.0, patrol_yield=0.0)
    certain, unknown = living(state)[:2]
    state.sites.leads[certain] = 1e3
    investigate(state, setting)
    assert state.sites.case[[certain, unknown]].tolist() == [1, 0]


def test_this_weeks_leads_count_when_the_case_opens():
    state, setting = opened(detection=1.0, patrol_yield=0.0)
    s = living(state)[0]
    state.leads_due[s, 0] = 1e3
    investigate(state, setting)
    assert state.sites.case[s] == 1


def test_an_open_case_goes_cold_at_the_rate_at_which_leads_age():
    """And it does not open anew in that week, however much is known."""
    state, setting = opened(detection=1.0, patrol_yield=0.0)
    open_still = outcomes(state, setting, leads=1e3, case=1)
    address = state.sites.address[living(state)[0]]
    assert open_still == [uniform(setting.seed, Draw.COLD, week, address, 0) >= 0.05 for week in range(WEEKS)]
    assert share(open_still, 0.95)
    assert state.diary[Happened.CASES, 0, 0] == 0


def test_a_row_without_a_site_gathers_nothing():
    state, setting = opened(detection=1.0)
    gone = living(state)[0]
    state.attention[0, 0], state.count[0, 0] = 1e4, 1
    state.sites.status[gone] = Status.EMPTY
    investigate(state, setting)
    assert state.sites.leads[gone] == 0.0
    assert state.sites.case[gone] == 0
    assert state.sites.case[living(state)].all()
