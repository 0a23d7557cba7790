"""Verb 10 by hand: who is recruited, who leaves, who is released, and who enters where."""

from math import exp, log

import numpy as np
import pytest
from scipy.special import ndtri
from worlds import account, capital, crimes, detained, fits, living, luck, numbers, ring, world

from sim.draws import Draw
from sim.phases.renew import renew
from sim.phases.sites import aimed_size
from sim.scenario import Founder, Workforce
from sim.state import Happened, Money, People, Reviewed, Status
from sim.week import start

pytestmark = pytest.mark.hand

A, B = 0, 1
WEEK = 100  # entry has settled
STILL = {"recruitment": 0.0, "attrition": 0.0, "escape": 0.0}
PLACES = {"Common": 1.0}


def sites_of(workers=20_000, crime=None, enforcement=None, regions=2, choice=None, **demography):
    """Return state, setting and sites of a, each with 36 volunteers and 24 coerced people of b; nobody enters."""
    scenario = world(
        ring(2, regions), founders=(Founder(country="a", crime="online_fraud", workers=workers, coerced=0.4),),
        crimes_of=crimes(**crime or {}),
        workforces=tuple(Workforce(name=n, home="a", share=s, languages=PLACES) for n, s in (("x", 0.25), ("y", 0.75))),
        parameters=numbers(demography=STILL | demography, choice=choice or {},
                           enforcement=enforcement or {}),
    )  # fmt: skip
    state, setting = start(scenario, 1)
    rows = living(state)
    state.week = WEEK
    state.voluntary[rows], state.coerced[rows] = 36, 24
    state.sites.aim[rows], state.sites.source[rows] = 100.0, B
    return state, setting, rows


def entrants(expected=400.0, out=-60.0, **parameters):
    """Return state, setting and a count of entrants expected of each kind; without more they all enter."""
    state, setting, _ = sites_of(1_000, **parameters)
    state.entry[0] = [expected, out, out]
    return state, setting


def born(state):
    """Return the rows of the sites that entered, and those of their syndicates."""
    rows = living(state)
    rows = rows[state.sites.idle_until[rows] > 0]
    return rows, state.sites.syndicate[rows]


# Vacancies times saturation, at 60 workers: .03 · 40 · (.3 + .7 · .6) and .03 · (200 − 60) · (.3 + .7 · .2).
@pytest.mark.parametrize(("aim", "mean"), [(100.0, 0.864), (300.0, 1.848), (60.0, 0.0), (50.0, 0.0)])
def test_recruits_follow_the_poisson_distribution_of_the_mean_worked_out_by_hand(aim, mean):
    state, setting, rows = sites_of(recruitment=0.03)
    state.sites.aim[rows] = aim
    renew(state, setting)
    recruits = (state.voluntary + state.coerced)[rows] - 60
    number = luck(state, setting, Draw.RECRUIT, rows)
    assert np.array_equal(recruits == 0, number <= exp(-mean))
    assert np.array_equal(recruits <= 1, number <= exp(-mean) * (1 + mean))


@pytest.mark.parametrize("forced", [0.0, 0.4, 1.0])
def test_recruits_are_coerced_by_the_crimes_share_and_come_from_their_own_countries(forced):
    state, setting, rows = sites_of(recruitment=0.5, crime={"coerced_recruits": forced})
    free = account(state.people, People.FREE).copy()
    renew(state, setting)
    willing, coerced = state.voluntary[rows].sum() - 36 * len(rows), state.coerced[rows].sum() - 24 * len(rows)
    assert fits(coerced, willing + coerced, forced)
    assert (free - account(state.people, People.FREE)).tolist() == [willing, coerced]


def test_only_working_sites_recruit():
    state, setting, rows = sites_of(recruitment=1.0)
    state.sites.idle_until[rows[0]] = WEEK + 1
    state.sites.status[rows[1]] = Status.QUIET
    renew(state, setting)
    assert (state.voluntary + state.coerced)[rows[:2]].tolist() == [60, 60]
    assert ((state.voluntary + state.coerced)[rows[2:]] > 60).all()


@pytest.mark.parametrize(("attrition", "escape"), [(1.0, 0.0), (0.0, 1.0), (0.2, 0.1)])
def test_volunteers_leave_and_the_coerced_escape_each_at_their_rate_and_go_home(attrition, escape):
    state, setting, rows = sites_of(attrition=attrition, escape=escape)
    free = account(state.people, People.FREE).copy()
    renew(state, setting)
    left, escaped = account(state.people, People.FREE) - free
    assert (left, escaped) == (36 * len(rows) - state.voluntary.sum(), 24 * len(rows) - state.coerced.sum())
    assert fits(left, 36 * len(rows), attrition)
    assert fits(escaped, 24 * len(rows), escape)
    assert state.diary[Happened.ESCAPES, 0, A] == escaped


def test_a_site_with_fewer_than_fifteen_workers_closes():
    state, setting, rows = sites_of(1_000)
    state.voluntary[rows[:3]], state.coerced[rows[:3]] = [14, 15, 7], [0, 0, 7]
    renew(state, setting)
    assert state.sites.status[rows[:3]].tolist() == [Status.EMPTY, Status.ACTIVE, Status.EMPTY]
    assert state.diary[Happened.CLOSURES, 0, A] == 2


@pytest.mark.parametrize("quiet", [False, True])
@pytest.mark.parametrize(("detention", "reoffending"), [(1.0, 0.3), (4.0, 0.3), (4.0, 1.0), (4.0, 0.0)])
def test_of_the_detained_a_share_is_released_and_a_share_of_these_goes_back(detention, reoffending, quiet):
    """At home, with one part to a sentence; to a site that is not quiet, else home."""
    rule = {"detention": detention, "reoffending": reoffending, "sentence_shape": 1}
    state, setting, rows = sites_of(1_000, enforcement=rule)
    g = state.sites.syndicate[rows[0]]
    own = rows[state.sites.syndicate[rows] == g]
    state.sites.status[own[: len(own) if quiet else 1]] = Status.QUIET
    detained(state)[g, A] = 1_000
    free = account(state.people, People.FREE)[A]
    renew(state, setting)
    released = 1_000 - detained(state)[g, A]
    again = state.voluntary[rows].sum() - 36 * len(rows)
    assert fits(released, 1_000, 1 / detention)
    assert fits(again, released, 0.0 if quiet else reoffending)
    assert account(state.people, People.FREE)[A] - free == released - again
    assert quiet or state.voluntary[own[1]] == 36 + again


def test_those_handed_over_are_released_at_the_same_rate_and_never_go_back():
    """One in each of two countries for 104 weeks: two releases are expected, with a standard error of 1.4."""
    state, setting, _ = sites_of(1_000, enforcement={"reoffending": 1.0, "sentence_shape": 1})
    transferred, free = account(state.people, People.TRANSFERRED), account(state.people, People.FREE)
    released, workers = 0, state.voluntary.sum()
    for state.week in range(WEEK, WEEK + 104):
        transferred[:], before = 1, free.sum()
        renew(state, setting)
        released += free.sum() - before
    assert fits(released, 208, 1 / 104)
    assert state.voluntary.sum() == workers


def test_the_chance_to_enter_each_place_is_the_one_worked_out_by_hand():
    """Public evidence on a: (.03 + .5) / (10 + .5 + 2) a week; on b the prior and an announcement; a is home."""
    state, setting = entrants(1_600.0, choice={"nest": 1.0})
    state.place_value[0, :, :] = [2.0, 2.5]
    state.public_hits[0, A], state.public_weeks[0, A] = 0.5, 2.0
    state.orders.announced[B] = 0.02
    state.orders.corruption[:] = [0.4, 0.7]
    state.count[0] = [6, 0]
    setting.land.diaspora[A, B] = 0.3
    state.entry[0, 1:] = 0.5
    first = exp(2.0 - 3 * 40 * 0.0424 + 1 + 0.4 + 0.15 * log(2) + log(0.5))
    second = exp(2.5 - 3 * 40 * 0.023 + 0.3 + 0.7 + log(0.5))
    total = first + second + exp(0.5)
    renew(state, setting)
    potential = state.entering[-1]
    assert abs(potential - 1_600) < 4 * 40
    assert state.entering[:2] / potential == pytest.approx([first / total, second / total])
    entered = state.diary[Happened.ENTRIES, 0]
    assert all(fits(entered[c], potential, chance / total) for c, chance in ((A, first), (B, second)))


def test_places_of_a_region_are_nested_for_newcomers_as_for_those_who_move():
    """U = 1 + ln-size .5 at home, 0 beside it; λ = .5: W = .5 ln(e^2 + 1) plus the size of .5 · ln ½."""
    state, setting = entrants(regions=1, choice={"nest": 0.5, "risk_weight": 0.0, "corruption_weight": 0.0})
    state.place_value[:], state.count[:] = 0.0, 0
    inclusive = 0.5 * log(exp(2) + 1) + 0.5 * log(0.5)
    state.entry[0, 1:] = inclusive + log(3)
    renew(state, setting)
    home = exp(2) / (exp(2) + 1) / 4
    assert state.entering[:2] / state.entering[-1] == pytest.approx([home, 1 / 4 - home])


def test_entry_follows_closures_and_its_value_while_it_settles_and_then_it_is_frozen():
    """Odds of staying out 2 · .5 / .5; two closures expected of reviewers and one site too small: three times three."""
    parameters = {"regions": 1, "choice": {"nest": 1.0, "risk_weight": 0.0, "outside_factor": 2.0}}
    for week, steps in ((1, 1), (WEEK, 0)):
        state, setting, rows = sites_of(1_000, **parameters)
        state.week, state.count[:], state.place_value[:] = week, 0, 1.0
        state.entry[0] = [10.0, 0.0, 0.5]
        state.reviewed[Reviewed.EXIT, 0], state.exits_before[0] = [2.0, 1.0], 1.0
        state.voluntary[rows[0]], state.coerced[rows[0]] = 14, 0
        renew(state, setting)
        value = 1 + 0.4 + log(0.5) + log(exp(1) + 1)
        wanted = np.array([9.0, value + log(2), value + log(2)])
        assert state.entry[0] == pytest.approx([10.0, 0.0, 0.5] + steps * (wanted - [10.0, 0.0, 0.5]) / 52)


def test_entry_starts_at_fifteen_closures_a_hundred_sites_and_year():
    state, setting, _ = sites_of(1_000)
    state.week, state.count[0] = 0, [30, 10]
    renew(state, setting)
    assert state.entry[0, 0] == pytest.approx(0.15 / 52 * 40 * 2 * 51 / 52)  # no closures in this first week


def test_a_newcomer_opens_at_two_fifths_of_its_aim_furnished_by_its_owners_and_closed_for_four_weeks():
    state, setting = entrants(size_spread=0.0, branch=0.0)
    owners = account(state.money, Money.OWNERS)[A]
    renew(state, setting)
    rows, _ = born(state)
    assert len(rows) == state.entering[-1]
    assert set(state.sites.aim[rows]) == {125.0}
    assert set(state.voluntary[rows]) == {30}  # of 50 two fifths are coerced
    assert set(state.coerced[rows]) == {20}
    assert set(state.sites.idle_until[rows]) == {WEEK + 4}
    assert set(capital(state)[rows]) == {300_000 * 125}
    assert owners - account(state.money, Money.OWNERS)[A] == 300_000 * 125 * len(rows)
    assert fits((state.sites.workforce[rows] == 1).sum(), len(rows), 0.75)


def test_aims_are_lognormal_between_twice_the_smallest_and_the_largest():
    _, setting, _ = sites_of(1_000)
    rule = setting.rules.demography._replace(size_spread=0.6)
    addresses = np.arange(300, dtype=np.uint64)
    aims = np.array([aimed_size(address, WEEK, rule, setting.seed) for address in addresses])
    state, _, _ = sites_of(1_000)
    state.sites = state.sites._replace(address=addresses)
    z = ndtri(luck(state, setting, Draw.SIZE, range(300)))
    assert aims == pytest.approx(np.clip(125 * np.exp(0.6 * z), 30, 200))
    assert (aims.min(), aims.max()) == (30, 200)


@pytest.mark.parametrize("branch", [0.0, 0.4, 1.0])
def test_a_branch_belongs_to_a_living_syndicate_of_its_crime_and_workforce(branch):
    state, setting = entrants(branch=branch)
    renew(state, setting)
    rows, owners = born(state)
    founded = state.syndicates.address[owners] == state.sites.address[rows]
    assert np.array_equal(founded, luck(state, setting, Draw.BRANCH, rows) >= branch)
    assert np.array_equal(state.syndicates.workforce[owners], state.sites.workforce[rows])
    assert (state.syndicates.born[owners[founded]] == WEEK + 1).all()
    assert state.syndicates.sites.sum() == len(living(state))


def test_a_branch_without_a_syndicate_of_its_kind_founds_one():
    state, setting = entrants(branch=1.0)
    state.syndicates.crime[:] = 5
    renew(state, setting)
    assert len(set(born(state)[1])) == 2  # one for each kind of workforce; the others join them


@pytest.mark.parametrize("ties", [0, 1, 2])
def test_a_new_syndicate_has_up_to_two_different_ties_of_its_kind_that_existed_before(ties):
    state, setting = entrants(branch=0.0, ties=ties)
    renew(state, setting)
    _, owners = born(state)
    found = state.syndicates.ties[owners]
    assert ((found >= 0).sum(axis=1) <= ties).all()
    assert ((found >= 0).sum(axis=1) == ties).any()
    assert not ((found[:, 0] == found[:, 1]) & (found[:, 0] >= 0)).any()
    mates, of = found[found >= 0], np.repeat(owners, (found >= 0).sum(axis=1))
    assert (state.syndicates.workforce[mates] == state.syndicates.workforce[of]).all()
    assert not (mates == of).any()


def test_a_newcomer_starts_without_a_file_whoever_had_its_row_before():
    state, setting = entrants(20.0)
    for column in (state.sites.leads, state.sites.requested, state.sites.transmitted, state.leads_due):
        column[state.sites.status == Status.EMPTY] = 5.0
    renew(state, setting)
    rows, _ = born(state)
    assert len(rows) > 5
    for column in (state.sites.leads, state.sites.requested, state.sites.transmitted, state.leads_due):
        assert not column[rows].any()
