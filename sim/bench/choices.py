"""Checks of the sites' choices, through the phase that makes them, with utilities that stay as they are.

Sites of an imagined world choose among four places, closing and, for the mean field, lying low. What they choose is
held against the closed form of the logit, and against a map that tells where sites go on average.
"""

from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt

from sim.bench.closed_forms import (
    CUTS,
    DISSIMILARITY,
    FIRST,
    LEAKAGE,
    NESTED_LEAKAGE,
    OUTSIDE,
    PAIRS,
    PLACES,
    RULES,
    SHARES,
    SHARES_AFTER,
    leaked,
    shares_under,
)
from sim.bench.registry import Row, check, sampled
from sim.bench.worlds import imagined, like_countries
from sim.choice_rules import Weighing
from sim.estimators import choice_shares, leakage_ratio
from sim.parameters import Parameters
from sim.phases.choosing import EXIT, MOVE, QUIET
from sim.phases.legislate import legislate
from sim.phases.relocate import relocate
from sim.setting import Setting
from sim.state import State, Status
from sim.week import start

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

SITES = 10_000
WEEKS = 8  # choices of the same sites under the luck of different weeks are independent
CLOSED = 4  # the fate of a site that closes, after the four places
SEED = 1
# Nothing but the utility of a place counts, and nobody learns.
BLIND: Mapping[str, Any] = {
    "risk_weight": 0.0, "tie_weight": 0.0, "corruption_weight": 0.0, "experience_weight": 0.0, "crowd_weight": 0.0,
    "distance_weight": 0.0, "retarget": 0.0, "alarm": 1.0,
}  # fmt: skip


@cache
def _founded() -> tuple[State, Setting]:
    """Return four like countries in two regions, all sites in the first, settled."""
    usual = Parameters()
    blind = replace(
        usual, choice=replace(usual.choice, **BLIND), demography=replace(usual.demography, ties=0, branch=0.0)
    )
    # Sites aim at more than the median on average; those too many are left out afterwards.
    workers = round(1.2 * SITES * usual.demography.target_size * usual.demography.founding_size)
    scenario = imagined(like_countries(4, regions=2), workers={"a": workers}, parameters=blind, idle_after_move=0)
    state, setting = start(scenario, SEED)
    legislate(state, setting)
    state.week = setting.settling
    return state, setting


def copied(state: State) -> State:
    """Return a copy that can choose; victims, whom no choice touches, are the same in both."""
    return deepcopy(state, {id(table): table for table in (state.persons, state.lists)})


def sites_with(
    sites: int, *, nest: float, utilities: Floats = PLACES, mobility: float = 0.0, review: float = 1.0,
    quiet: float = -np.inf, rule: Mapping[str, float] | None = None,
) -> tuple[State, Setting]:  # fmt: skip
    """Return so many sites in the first of four places, and a rule by which they choose until told otherwise.

    Closing has utility -1, other places `mobility` less than they say, lying low has utility `quiet`. `rule` holds the
    numbers by which a rule of choice differs from the nested logit.
    """
    founded, setting = _founded()
    state = copied(founded)
    state.sites.status[np.flatnonzero(state.sites.status)[sites:]] = Status.EMPTY
    weighing = Weighing(nest, **rule or {})
    choice = setting.rules.choice._replace(review=review, quiet_response=0.0, **weighing._asdict())
    state.place_value[:] = utilities
    state.constants[:] = -np.inf
    # Undoes the size of the places.
    state.constants[:, MOVE] = mobility - weighing.noise * nest * setting.land.log_size[0]
    state.constants[:, EXIT], state.constants[:, QUIET] = OUTSIDE, quiet
    return state, replace(setting, rules=setting.rules._replace(choice=choice))


def fates(state: State, setting: Setting) -> Integers:
    """Return what every site chooses in each of some weeks, always from the same state [weeks, sites]."""
    living = state.sites.status != Status.EMPTY
    found = []
    for week in range(state.week, state.week + WEEKS):
        after = copied(state)
        after.week = week
        relocate(after, setting)
        found.append(np.where(after.sites.status == Status.EMPTY, CLOSED, after.sites.host)[living])
    return np.array(found)


def shares_row(what: str, expected: Floats, chosen: Integers) -> Row:
    """Return the row of how often sites chose each place and closing."""
    got = np.bincount(chosen.ravel(), minlength=5) / chosen.size
    error = np.sqrt(expected * (1.0 - expected) / chosen.size)
    return sampled(f"{what} ({chosen.size:,} choices)", expected=expected, got=got, error=error)


def leakage_row(what: str, expected: float, before: Integers, after: Integers) -> Row:
    """Return the row of how much of what leaves the first place goes to the others, under the same luck."""
    inside = (after == 0).astype(float) - (before == 0)
    outside = (before == CLOSED).astype(float) - (after == CLOSED) - inside
    got = float(leakage_ratio(inside.mean(), outside.mean()))
    error = (outside + got * inside).std() / abs(inside.mean()) / np.sqrt(inside.size)  # of a ratio of means
    return sampled(what, expected=expected, got=got, error=error)


@check("R1 sites")
def sites_choose_by_logit() -> Iterator[Row]:
    """Yield what sites choose without nests, before and after the first place has lost appeal."""
    before = fates(*sites_with(SITES, nest=1.0))
    yield shares_row("shares", np.array(SHARES), before)
    for less in (0.5, 1.0, 2.0):
        after = fates(*sites_with(SITES, nest=1.0, utilities=PLACES - less * FIRST))
        if less == 1.0:
            yield shares_row("shares, 1 less", np.array(SHARES_AFTER), after)
        yield leakage_row(f"leakage, {less:g} less", LEAKAGE, before, after)


@check("R1 nested sites")
def sites_choose_by_nested_logit() -> Iterator[Row]:
    """Yield what sites choose among places nested by region, before and after the first has lost appeal."""
    before = fates(*sites_with(SITES, nest=DISSIMILARITY))
    yield shares_row("shares", choice_shares(PLACES, OUTSIDE, PAIRS, DISSIMILARITY), before)
    for less, expected in NESTED_LEAKAGE.items():
        after = fates(*sites_with(SITES, nest=DISSIMILARITY, utilities=PLACES - less * FIRST))
        yield leakage_row(f"leakage, {less:g} less", expected, before, after)


NUMBERS_OF: Mapping[str, Mapping[str, float]] = {
    "best response, noise 0.5": {"noise": 0.5},
    "subjective utility, reward 0.75": {"reward": 0.75},
    "salience, 0.7 unnoticed": {"unnoticed": 0.7},
    "satisficing, blur 1": {"blur": 1.0},
}  # fmt: skip


@check("Rules sites")
def sites_choose_by_other_rules() -> Iterator[Row]:
    """Yield what sites choose under each of the other rules, before and after the first place has lost appeal."""
    for rule in RULES:
        numbers = NUMBERS_OF[rule]
        before = fates(*sites_with(SITES, nest=1.0, rule=numbers))
        yield shares_row(f"{rule}: shares", shares_under(rule), before)
        for less in CUTS[1:]:
            after = fates(*sites_with(SITES, nest=1.0, rule=numbers, utilities=PLACES - less * FIRST))
            expected = leaked(shares_under(rule)[:4], shares_under(rule, less)[:4])
            yield leakage_row(f"{rule}: leakage, {less:g} less", expected, before, after)


# ---- the mean field ----------------------------------------

NUMBERS = (100, 1_000, 10_000)
TRIALS = 40  # for each number of sites
SPAN = 13  # weeks
RULE: Mapping[str, Any] = {"nest": 0.6, "mobility": -1.0, "review": 0.3, "quiet": -0.5}


def mean_field(weeks: int, *, nest: float, mobility: float, review: float, quiet: float, quiet_weeks: float) -> Floats:
    """Return where sites that begin in the first place are on average after each week [weeks, 9].

    Shares of all sites: at work in each place, lying low in each, closed. Each week some of those who lie low come
    back, and of those at work a part reviews and chooses by nested logit.
    """
    at_work, resting, closed = np.array([1.0, 0.0, 0.0, 0.0]), np.zeros(4), 0.0
    nests = np.append(PAIRS, [2, 3])  # lying low and closing have no neighbours
    chosen = np.array([
        choice_shares(np.append(PLACES + mobility * (np.arange(4) != host), [quiet, OUTSIDE]), None, nests, nest)
        for host in range(4)
    ])  # fmt: skip
    course = []
    for _ in range(weeks):
        back = resting / quiet_weeks
        reviewing = review * (at_work + back)
        going = reviewing @ chosen
        at_work = at_work + back - reviewing + going[:4]
        resting = resting - back + reviewing * chosen[:, 4]
        closed += going[5]
        course.append([*at_work, *resting, closed])
    return np.array(course)


def course_of(state: State, setting: Setting, sites: int) -> Floats:
    """Return where sites are after each week that passes with nothing but choices, as `mean_field` tells it."""
    course = np.zeros((SPAN, 9))
    for week in range(SPAN):
        relocate(state, setting)
        state.week += 1
        for status, first in ((Status.ACTIVE, 0), (Status.QUIET, 4)):
            course[week, first : first + 4] = np.bincount(state.sites.host[state.sites.status == status], minlength=4)
        course[week, 8] = sites - course[week, :8].sum()
    return course / sites


def squared_distances(sites: int) -> Floats:
    """Return, for each trial, the squared distance of the sites' shares from the mean field, averaged over weeks."""
    begun, setting = sites_with(sites, **RULE)
    expected = mean_field(SPAN, **RULE, quiet_weeks=setting.rules.choice.quiet_weeks)
    trials = (replace(setting, seed=np.uint64(sites + trial)) for trial in range(TRIALS))
    return np.array([((course_of(copied(begun), luck, sites) - expected) ** 2).sum(1).mean() for luck in trials])


@check("Mean field")
def approach_to_the_mean_field() -> Iterator[Row]:
    """Yield with what power of their number the sites come near their mean field, fitted over three numbers."""
    squares = [squared_distances(sites) for sites in NUMBERS]
    logs = np.log([square.mean() for square in squares]) / 2.0
    errors = np.array([square.std(ddof=1) / square.mean() / np.sqrt(TRIALS) / 2.0 for square in squares])
    apart = np.log(NUMBERS) - np.log(NUMBERS).mean()
    pull = apart / (apart**2).sum()  # of each point on the slope of least squares
    numbers = ", ".join(f"{sites:,}" for sites in NUMBERS)
    yield sampled(
        f"slope of log distance on log sites ({numbers} sites, {SPAN} weeks, {TRIALS} trials each)",
        expected=-0.5, got=pull @ logs, error=np.sqrt(pull**2 @ errors**2),
    )  # fmt: skip
