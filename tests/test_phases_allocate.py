"""Verb 2 by hand: teams, work owed to raids, and how patrol follows the leads."""

import pytest
from worlds import crimes, living, ring, world

from sim.phases.allocate import allocate
from sim.state import Status
from sim.week import start

pytestmark = pytest.mark.hand

DRUGS, FRAUD = 0, 1  # crimes are in the order of their names


@pytest.fixture
def opening():
    """Return two countries of 20 teams with sites of two crimes and no leads, and their setting."""
    return start(world(ring(2, teams=20.0), operations=2, crimes_of=crimes("online_fraud", "drugs"), burn_in=0), 1)


def sites_of(state, crime, host):
    """Return the rows of the sites of a crime in a country."""
    return [s for s in living(state) if state.sites.crime[s] == crime and state.sites.host[s] == host]


def test_a_force_is_its_standing_teams_and_the_surge(opening):
    state, setting = opening
    state.orders.surge[:] = 4.0, 0.0
    allocate(state, setting)
    assert state.force == pytest.approx([24.0, 20.0])
    assert state.attention.sum(axis=0) == pytest.approx([24.0, 20.0])


def test_raids_already_made_are_worked_off_before_patrol(opening):
    """Of 24 and 20 teams 6 and all 20 work off 6 and 50 team-weeks."""
    state, setting = opening
    state.orders.surge[:] = 4.0, 0.0
    state.debt[:] = 6.0, 50.0
    allocate(state, setting)
    assert state.debt == pytest.approx([0.0, 30.0])
    assert state.attention.sum(axis=0) == pytest.approx([18.0, 0.0])


def test_patrol_follows_one_plus_the_leads_on_each_crime(opening):
    """Leads of 1.5 + 1.5 on fraud in a: (1 + 3) to (1 + 0), so 16 of 20 teams and 4; in b nothing is known: halves."""
    state, setting = opening
    state.sites.leads[sites_of(state, FRAUD, 0)[:2]] = 1.5
    allocate(state, setting)
    assert state.attention[FRAUD] == pytest.approx([16.0, 10.0])
    assert state.attention[DRUGS] == pytest.approx([4.0, 10.0])


def test_what_is_left_after_raids_is_split_by_the_leads(opening):
    """(20 - 5) · (1 + 1) / (2 + 4) and (20 - 5) · (1 + 3) / (2 + 4)."""
    state, setting = opening
    state.debt[0] = 5.0
    for crime, leads in ((FRAUD, 1.0), (DRUGS, 3.0)):
        state.sites.leads[sites_of(state, crime, 0)[0]] = leads
    allocate(state, setting)
    assert state.attention[FRAUD, 0] == pytest.approx(5.0)
    assert state.attention[DRUGS, 0] == pytest.approx(10.0)


def test_a_thinned_world_splits_its_thinned_teams_as_the_whole_one_would():
    """At half the scale 10 teams meet 1.5 leads for 3, and still go 4 to 1."""
    state, setting = start(
        world(ring(2, teams=20.0), operations=4, crimes_of=crimes("online_fraud", "drugs"), burn_in=0, scale=0.5), 1
    )
    state.sites.leads[sites_of(state, FRAUD, 0)[0]] = 1.5
    state.orders.surge[0] = 1.0  # orders are thinned already
    allocate(state, setting)
    assert state.force == pytest.approx([11.0, 10.0])
    assert state.attention[:, 0] == pytest.approx([11.0 / 5, 11.0 * 4 / 5])


def test_sites_are_counted_by_crime_and_host_also_when_quiet_or_closed(opening):
    state, setting = opening
    here, there = sites_of(state, FRAUD, 0), sites_of(state, FRAUD, 1)
    drugs = [len(sites_of(state, DRUGS, host)) for host in (0, 1)]
    state.count[:] = 99
    state.sites.status[here[0]], state.sites.idle_until[here[1]] = Status.QUIET, 5
    state.sites.host[there[0]] = 0
    allocate(state, setting)
    assert state.count.tolist() == [drugs, [len(here) + 1, len(there) - 1]]


def test_what_an_empty_row_says_means_nothing(opening):
    state, setting = opening
    gone = sites_of(state, FRAUD, 0)
    state.sites.status[gone], state.sites.leads[gone] = Status.EMPTY, 8.0
    allocate(state, setting)
    assert state.count[FRAUD, 0] == 0
    assert state.attention[:, 0] == pytest.approx([10.0, 10.0])
