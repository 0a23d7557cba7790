"""The agents do what the closed forms say: shares, leakage, entry, coupling and the mean field.

Beliefs are fixed: utilities are written into the state, and whole verbs act on them. Closed forms come from
`sim.estimators.choice_shares`, which `test_estimators.py` holds against published values. Tolerances are four
standard errors of the sample at hand, or rounding.
"""

from copy import deepcopy
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from worlds import crimes, numbers, ring, world

from sim.estimators import choice_shares, leakage_ratio
from sim.parameters import Parameters
from sim.phases.choosing import EXIT, MOVE, probabilities
from sim.phases.learn import price
from sim.phases.legislate import legislate
from sim.phases.relocate import relocate
from sim.phases.renew import renew
from sim.scenario import Founder
from sim.setting import rules_of
from sim.state import Happened, Reviewed, Status
from sim.week import start

pytestmark = pytest.mark.theory

SEED = 11
WEEKS = 12  # choices of the same sites under the luck of different weeks are independent
R1 = (1.0, 0.5, 0.0, -0.5)
OUTSIDE = -1.0
CLOSED = -1  # the fate of a site that closes
# Nothing but the value of a place counts.
BLIND = {
    "risk_weight": 0.0, "tie_weight": 0.0, "corruption_weight": 0.0, "experience_weight": 0.0, "crowd_weight": 0.0,
    "distance_weight": 0.0, "retarget": 0.0, "alarm": 1.0,
}  # fmt: skip


@cache
def fixed(utilities, outside=OUTSIDE, *, nest=1.0, regions=1, sites=5000, mobility=0.0, review=1.0):
    """Return a world of fixed utilities with all its sites in the first country; closing is the outside option."""
    size = len(utilities)
    scenario = world(
        ring(size, regions),
        crimes_of=crimes(contacts=0.01, idle_after_move=0),
        parameters=numbers(choice=BLIND | {"nest": nest, "review": review}, demography={"ties": 0, "branch": 0.0}),
        founders=(Founder(country="a", crime="online_fraud", workers=94 * sites, coerced=0.0),),
    )
    state, setting = start(scenario, SEED)
    legislate(state, setting)
    state.orders.freeze[2:, 2:] = state.orders.freeze[2, 2]  # halves freeze for each other as the whole did
    state.week = setting.settling
    state.place_value[:] = utilities
    state.constants[:] = -np.inf
    state.constants[:, MOVE] = mobility + nest * np.log(size)  # undoes the size of the places, which is 1 / C
    state.constants[:, EXIT] = outside
    return state, setting


def fates(state, setting, change=0.0, change_outside=0.0):
    """Return where every site ends up in each of some weeks, each from the same state with utilities changed [W, S]."""
    living = state.sites.status != Status.EMPTY
    found = []
    for week in range(state.week, state.week + WEEKS):
        after = deepcopy(state)
        after.week = week
        after.place_value += change
        after.constants[:, EXIT] += change_outside
        relocate(after, setting)
        found.append(np.where(after.sites.status == Status.EMPTY, CLOSED, after.sites.host)[living])
    return np.array(found)


def counted(chosen, size):
    """Return how often each place was chosen, and last how often none [C + 1]."""
    return np.bincount(chosen.ravel() % (size + 1), minlength=size + 1)


def within_four_errors(counts, shares):
    """Return whether counts agree with the shares of a multinomial draw."""
    n = counts.sum()
    return bool((abs(counts / n - shares) < 4 * np.sqrt(shares * (1 - shares) / n)).all())


def pairs_of(size):
    return np.arange(size) // 2


# ---- shares and leakage ----------------------------------------


@pytest.mark.parametrize(("nest", "regions"), [(1.0, 1), (1.0, 2), (0.5, 2)])
def test_sites_choose_places_and_closing_as_often_as_the_logit_says(nest, regions):
    chosen = fates(*fixed(R1, nest=nest, regions=regions))
    assert within_four_errors(counted(chosen, 4), choice_shares(R1, OUTSIDE, pairs_of(4), nest))


def leaked(first, second, treated):
    """Return the leakage between two fates of the same sites under the same luck, and its standard error."""
    inside = np.isin(second, treated).astype(float) - np.isin(first, treated)
    outside = (first == CLOSED).astype(float) - (second == CLOSED) - inside
    found = float(leakage_ratio(inside.mean(), outside.mean()))
    return found, (outside + found * inside).std() / abs(inside.mean()) / np.sqrt(inside.size)


@pytest.mark.parametrize(
    ("nest", "cut", "expected"),
    [(1.0, 0.5, 0.898464), (1.0, 1.0, 0.898464), (1.0, 2.0, 0.898464),
     (0.5, 0.5, 0.910754), (0.5, 1.0, 0.917955), (0.5, 2.0, 0.923034)],
)  # fmt: skip
def test_r1_what_a_cut_drives_out_of_a_place_leaks_as_the_closed_form_says(nest, cut, expected):
    less = np.array([cut, 0.0, 0.0, 0.0])
    begun = fixed(R1, nest=nest, regions=2)
    before, after = fates(*begun), fates(*begun, -less)
    assert within_four_errors(counted(after, 4), choice_shares(R1 - less, OUTSIDE, pairs_of(4), nest))
    found, error = leaked(before, after, [0])
    assert abs(found - expected) < 4 * error
    assert 4 * error < 0.03  # or the test would accept anything


@pytest.mark.parametrize("members", [1, 2, 5, 8])
def test_r2_what_a_coalition_of_like_countries_drives_out_leaks_as_the_closed_form_says(members):
    begun, treated = fixed((0.0,) * 10, 0.0), np.arange(members)
    before, after = fates(*begun), fates(*begun, np.where(np.arange(10) < members, -1.0, 0.0))
    found, error = leaked(before, after, treated)
    assert abs(found - (10 - members) / (10 - members + 1)) < 4 * error
    assert 4 * error < 0.05


def test_probabilities_are_the_closed_form_to_rounding():
    luck = np.random.default_rng(SEED)
    for size, regions in ((1, 1), (4, 2), (12, 3), (30, 11)):
        for nest in (0.05, 0.3, 0.6, 1.0):
            region = np.append(np.arange(regions), luck.integers(0, regions, size - regions))
            utility, classes = luck.normal(0, 3, size), luck.normal(0, 3, 5)
            classes[MOVE] = -np.inf  # moving is told by place
            nests, places, shares = np.zeros(regions), np.zeros(size), np.zeros(5)
            choice = rules_of(Parameters()).choice._replace(nest=nest)
            probabilities(0, region, choice, utility, classes, nests, places, shares)
            stand_alone = np.arange(5) != MOVE
            nest_of = np.append(region, regions + np.arange(4))
            expected = choice_shares(np.append(utility, classes[stand_alone]), None, nest_of, nest)
            assert abs(places - expected[:size]).max() < 1e-12
            assert abs(shares[stand_alone] - expected[size:]).max() < 1e-12
            assert abs(shares[MOVE] - expected[1:size].sum()) < 1e-12


# ---- a border through a third country ----------------------------------------


def odds_with(halves, same_region, rule="nested logit", **traits):
    """Return summed odds of the first country's sites, by place and by class, and of newcomers, by place.

    The third country lies there in one piece, or in two halves at the same place.
    """
    first, second, third = ring(3, **traits)
    part = {
        "size": 1 / halves, "population": third.population // halves, "teams": third.teams / halves,
        "region": first.region if same_region else "Elsewhere",
    }  # fmt: skip
    countries = (first, second, *(replace(third, code="c" * n, identity="c" * n, **part) for n in range(1, halves + 1)))
    scenario = world(
        countries,
        founders=tuple(
            Founder(country=c.code, crime="online_fraud", workers=round(9400 * c.size), coerced=0.0) for c in countries
        ),
        # Whoever has friends in the third country has them in one of its halves only: here nobody has.
        parameters=numbers(choice={"review": 1.0, "rule": rule}, demography={"ties": 0, "branch": 0.0}),
    )
    state, setting = start(scenario, SEED)
    legislate(state, setting)
    state.orders.freeze[2:, 2:] = state.orders.freeze[2, 2]  # halves freeze for each other as the whole did
    state.week = setting.settling
    state.constants[:] = [-1.5, -np.inf, -0.5, -0.3, -0.2]
    state.count[:] = [round(100 * c.size) for c in countries]
    state.public_hits[:], state.public_weeks[:] = 0.2, 10.0
    state.orders.announced[1] = 0.01  # so that places differ in risk
    price(state, setting)
    relocate(state, setting)
    state.entry[:] = [50.0, 0.0]
    renew(state, setting)
    return state.moved[0], state.reviewed[Reviewed.STAY : Reviewed.RISK, 0, 0], state.entering[:-1]


@pytest.mark.parametrize("same_region", [True, False])
@pytest.mark.parametrize("laundering_controls", [0.0, 0.5])
def test_halving_a_third_country_changes_nobody_elses_odds(laundering_controls, same_region):
    whole, halved = (odds_with(halves, same_region, laundering_controls=laundering_controls) for halves in (1, 2))
    for one, two in zip(whole[::2], halved[::2], strict=True):
        assert two[:2] == pytest.approx(one[:2], rel=1e-9)
        assert two[2:] == pytest.approx([one[2] / 2] * 2, rel=1e-9)
    assert halved[1] == pytest.approx(whole[1], rel=1e-9)


# ---- entry ----------------------------------------


@pytest.mark.parametrize(("nest", "cut"), [(1.0, 0.0), (0.5, 0.0), (0.5, 1.0)])
def test_newcomers_enter_and_choose_their_place_as_often_as_the_logit_says(nest, cut):
    utilities = R1 - np.array([cut, 0.0, 0.0, 0.0])
    state, setting = deepcopy(fixed(tuple(utilities + nest * np.log(4)), nest=nest, regions=2, sites=1))
    state.entry[:] = [20_000.0, OUTSIDE]
    renew(state, setting)
    entered, potential = state.diary[Happened.ENTRIES, 0], state.entering[-1]
    expected = choice_shares(utilities, OUTSIDE, pairs_of(4), nest)
    assert within_four_errors(np.append(entered, potential - entered.sum()), expected)
    assert state.entering[:-1] == pytest.approx(potential * expected[:-1], rel=1e-9)


# ---- coupling ----------------------------------------


def changed(first, second):
    """Return the pairs of different choices that occur [n, 2]."""
    differ = first != second
    return np.unique(np.stack([first[differ], second[differ]], axis=-1), axis=0)


@pytest.mark.parametrize("rise", [-1.0, 0.7])
def test_a_changed_place_alone_in_its_region_changes_only_choices_into_or_out_of_it(rise):
    begun = fixed(R1, nest=0.6, regions=4)
    found = changed(fates(*begun), fates(*begun, np.array([0.0, 0.0, rise, 0.0])))
    assert len(found) == 4  # the three other places, and closing
    assert set(found[:, 1 if rise > 0 else 0]) == {2}


@pytest.mark.parametrize("rise", [-1.0, 0.7])
def test_a_changed_place_reshuffles_nobody_among_other_regions_nor_among_its_neighbours(rise):
    """Its region as a whole gains or loses, so that a neighbour may be found or left on the way."""
    begun = fixed((*R1, 0.2, -0.2), nest=0.6, regions=2)
    found = changed(fates(*begun), fates(*begun, np.where(np.arange(6) == 2, rise, 0.0)))
    assert len(found) > 4
    for before, after in found:
        assert {before, after} & {0, 1, 2}
        assert not {before, after} <= {0, 1}


def test_a_changed_value_of_closing_changes_only_who_closes():
    begun = fixed(R1, nest=0.6, regions=2)
    found = changed(fates(*begun), fates(*begun, change_outside=1.0))
    assert len(found) == 4
    assert set(found[:, 1]) == {CLOSED}


# ---- the mean field ----------------------------------------


def test_with_fixed_beliefs_the_sites_follow_their_mean_field_at_the_rate_of_the_root_of_their_number():
    """Counts of N independent sites differ from N p by Pearson's chi-square, of mean C - 1 for every N."""
    mobility, review, lapse, trials, nest = -1.0, 0.3, 5, 60, 0.6
    away = mobility * (1 - np.eye(4))
    step = np.array([choice_shares(R1 + away[c], None, pairs_of(4), nest) for c in range(4)])
    field = np.linalg.matrix_power((1 - review) * np.eye(4) + review * step, lapse)[0]
    deviations = []
    for sites in (60, 600, 6000):
        begun, setting = fixed(R1, -np.inf, nest=nest, regions=2, sites=sites, mobility=mobility, review=review)
        n = int((begun.sites.status != Status.EMPTY).sum())
        squares = np.zeros(trials)
        for trial in range(trials):
            state = deepcopy(begun)
            state.week += trial * lapse
            for _ in range(lapse):
                relocate(state, setting)
                state.week += 1
            counts = np.bincount(state.sites.host[state.sites.status != Status.EMPTY], minlength=4)
            squares[trial] = ((counts - n * field) ** 2 / (n * field)).sum()
        assert abs(squares.mean() - 3) < 4 * squares.std(ddof=1) / np.sqrt(trials)
        deviations.append(np.sqrt(squares.mean() / n))
    assert deviations[0] > 5 * deviations[1] / 2 > 25 * deviations[2] / 4  # about the root of ten each time
