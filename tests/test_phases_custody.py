"""Verb 10 by hand: what becomes of the detained, of those to be extradited, of the deported and of the rescued."""

import numpy as np
import pytest
from worlds import account, detained, fits, imprisoned, living, numbers, ring, stays, world

from sim.phases.custody import hold, in_care
from sim.scenario import Founder
from sim.state import Between, Happened, People, Status, travelling
from sim.week import start

pytestmark = pytest.mark.hand

A, B = 0, 1
WEEK = 100
MANY = 10_000


def held(**enforcement):
    """Return state, setting and the sites of a, whose syndicates are at home in a; nobody is detained yet."""
    founders = (Founder(country="a", crime="online_fraud", workers=1_000, coerced=0.4),)
    state, setting = start(world(ring(2), founders=founders, parameters=numbers(enforcement=enforcement)), 1)
    state.week = WEEK
    return state, setting, living(state)


def pass_weeks(state, setting, weeks):
    """Let weeks pass for those in care; return how many more of a nationality are free than before."""
    free = account(state.people, People.FREE).copy()
    for state.week in range(WEEK, WEEK + weeks):
        hold(state, setting)
    return account(state.people, People.FREE) - free


@pytest.mark.parametrize("weeks", [2, 5, 10, 30])
def test_a_sentence_of_two_parts_ends_as_two_waits_of_a_tenth_a_week_do(weeks):
    """20 weeks on average: 1 - .9^n - n .1 .9^(n-1) are free after n weeks."""
    state, setting, _ = held(detention=20.0, reoffending=0.0)
    detained(state, 1)[0, A] = MANY
    freed = pass_weeks(state, setting, weeks)
    assert fits(freed[A], MANY, 1 - 0.9**weeks - weeks * 0.1 * 0.9 ** (weeks - 1))
    assert imprisoned(state)[0, A] == MANY - freed[A]
    assert fits(detained(state, 1)[0, A], MANY, 0.9**weeks)


def test_nationals_return_at_once_and_foreigners_travel_first():
    """All re-offend: those held in a are back at once, those in b after a journey of four weeks on average."""
    state, setting, rows = held(detention=2.0, reoffending=1.0, deportation_weeks=4.0)
    g = state.sites.syndicate[rows[0]]
    own = rows[state.sites.syndicate[rows] == g]
    door = own[np.argmin(state.sites.address[own])]
    workers = state.voluntary[door]
    detained(state)[g] = [300, MANY]
    pass_weeks(state, setting, 1)
    assert state.voluntary[door] - workers == 300
    assert state.people.balance[travelling(state.people, g)] == MANY
    pass_weeks(state, setting, 2)
    assert fits(state.voluntary[door] - workers - 300, MANY, 1 - 0.75**2)


@pytest.mark.parametrize("back", [0.0, 0.3])
def test_foreigners_released_abroad_return_to_their_syndicate_with_the_share_that_re_offends(back):
    state, setting, _ = held(detention=2.0, reoffending=back)
    detained(state)[0, B] = MANY
    freed = pass_weeks(state, setting, 1)
    assert fits(MANY - freed[A], MANY, back)
    assert state.people.balance[travelling(state.people, 0)] == MANY - freed[A]


def test_who_comes_back_to_a_syndicate_that_has_gone_quiet_goes_home():
    state, setting, rows = held(deportation_weeks=1.0)
    state.sites.status[rows] = Status.QUIET
    state.people.balance[travelling(state.people, 0)] = 50
    assert pass_weeks(state, setting, 1).tolist() == [50, 0]


def waiting(weeks, served, moved):
    """Return the shares of those handed over, by parts still to serve, and of those released before.

    They wait in two stages and serve in two parts.
    """
    state = {(2, 2): 1.0}
    over, released = {1: 0.0, 2: 0.0}, 0.0
    for _ in range(weeks):
        after = {}
        for (stage, parts), share in state.items():
            for parts_left, first in ((parts, 1 - served), (parts - 1, served)):
                if parts_left == 0:
                    released += share * first
                    continue
                step = moved if parts_left == parts else 0.0  # what has moved on in one way waits a week
                over[parts_left] += share * first * step if stage == 1 else 0.0
                for stage_left, second in ((stage, 1 - step), (stage - 1, step if stage == 2 else 0.0)):
                    after[stage_left, parts_left] = after.get((stage_left, parts_left), 0.0) + share * first * second
        state = after
    return over, released


@pytest.mark.parametrize("weeks", [1, 2, 10, 40])
def test_extradition_is_a_wait_in_two_stages_during_which_the_sentence_goes_on(weeks):
    """A request takes 20 weeks, a sentence 50: a tenth and a twenty-fifth move on each week. Nobody goes back."""
    state, setting, _ = held(extradition_weeks=20.0, detention=50.0, reoffending=1.0)
    workers = state.voluntary.sum()
    stays(state, Between.ASKED_EARLY)[A, B] = MANY
    kinds = {People.TRANSFERRED: 1, People.TRANSFERRED_EARLY: 2}
    free, handed = account(state.people, People.FREE)[A], dict.fromkeys(kinds.values(), 0)
    for state.week in range(WEEK, WEEK + weeks):
        hold(state, setting)
        for kind, parts in kinds.items():
            handed[parts] += account(state.people, kind)[A]
            account(state.people, kind)[A] = 0
    freed = account(state.people, People.FREE)[A] - free
    over, released = waiting(weeks, 0.04, 0.1)
    assert all(fits(handed[parts], MANY, over[parts]) for parts in handed)
    assert fits(freed, MANY, released)
    assert sum(handed.values()) + freed + sum(stays(state, kind)[A, B] for kind in Between) == MANY
    assert state.voluntary.sum() == workers


def test_those_handed_over_serve_the_rest_at_home():
    """No part is served twice: after n weeks as many are free as of those who never left."""
    state, setting, _ = held(detention=20.0)
    account(state.people, People.TRANSFERRED_EARLY)[:] = [MANY, 0]
    freed = pass_weeks(state, setting, 10)
    assert fits(freed[A], MANY, 1 - 0.9**10 - 10 * 0.1 * 0.9**9)
    state, setting, _ = held(extradition_weeks=2.0, detention=2000.0)
    stays(state, Between.GRANTED)[A, B] = 10
    pass_weeks(state, setting, 1)
    assert account(state.people, People.TRANSFERRED).tolist() == [10, 0]


def test_those_without_a_syndicate_serve_where_they_are_and_go_home():
    state, setting, _ = held(detention=20.0, reoffending=1.0)
    workers = state.voluntary.sum()
    stays(state, Between.HELD_EARLY)[B, A] = MANY
    freed = pass_weeks(state, setting, 10)
    assert fits(freed[B], MANY, 1 - 0.9**10 - 10 * 0.1 * 0.9**9)
    assert freed[A] == 0
    assert state.voluntary.sum() == workers


def test_each_country_cares_for_those_who_are_there():
    state, _, _ = held()
    detained(state)[0], detained(state, 1)[1] = [1, 2], [0, 3]
    for kind in Between:
        stays(state, kind)[A, B] = 10
    account(state.people, People.TRANSFERRED)[A] = 5
    account(state.people, People.TRANSFERRED_EARLY)[A] = 6
    state.people.balance[travelling(state.people, 0)] = 1_000  # nobody's
    assert in_care(state.people).tolist() == [1 + 5 + 6, 2 + 3 + 70]


@pytest.mark.parametrize("again", [0.0, 0.2, 1.0])
def test_people_leave_a_shelter_home_or_into_coerced_work_where_a_site_takes_them(again):
    """A quarter leaves in a week. Only a working site in the country that holds their nationality takes anybody."""
    state, setting, rows = held(shelter_weeks=4.0, retrafficked=again)
    sites, takers = state.sites, rows[1:3]
    sites.source[:], sites.source[rows[:4]] = A, B
    sites.idle_until[rows[0]], sites.status[rows[3]] = WEEK + 1, Status.QUIET
    coerced = state.coerced.copy()
    stays(state, Between.SHELTER)[B, A] = MANY
    freed = pass_weeks(state, setting, 1)
    taken = state.coerced - coerced
    assert fits(MANY - stays(state, Between.SHELTER)[B, A], MANY, 0.25)
    assert fits(taken.sum(), taken.sum() + freed[B], again)
    assert taken[takers].sum() == taken.sum() == state.diary[Happened.RETRAFFICKED, 0, A]
    assert fits(taken[takers[0]], taken.sum(), 0.5)


def test_where_no_site_holds_their_nationality_the_rescued_go_home():
    state, setting, _ = held(shelter_weeks=1.0, retrafficked=1.0)
    state.sites.source[:] = A
    stays(state, Between.SHELTER)[B, A] = 100
    assert pass_weeks(state, setting, 1).tolist() == [0, 100]
