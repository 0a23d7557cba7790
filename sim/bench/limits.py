"""Checks of what must be equal to the bit, or balance to the cent, in a small imagined world with every instrument."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from sim.bench.registry import Row, check, same, sampled, within
from sim.bench.worlds import imagined, like_countries
from sim.estimators import leakage_ratio
from sim.instruments import INSTRUMENTS, Instrument, Sweep
from sim.parameters import Parameters
from sim.scenario import Clock, Scenario
from sim.state import LedgerBroken
from sim.week import Run, advance, run, start

SEED = 5
BEGINS = 10  # week
CLOCK = Clock(burn_in=8, weeks=26, period=1)
CRIMES = ("online_fraud", "trafficking", "drugs")
STRONG: Mapping[str, dict[str, Any]] = {  # numbers without which an instrument does next to nothing
    "crackdown": {"usd_per_year": 2e7, "raid_lift": 0.2},
    "sweep": {"hazard": 0.2, "usd_per_year": 1e6},
}


def small_world() -> Scenario:
    """Return three like countries with about ten sites of each of three crimes, some workers coerced, and no policy."""
    workers = dict.fromkeys("abc", 940)
    return imagined(like_countries(3), workers=workers, crimes=CRIMES, clock=CLOCK, coerced=0.4)


def everything(**fields: Any) -> tuple[Instrument, ...]:
    """Return every instrument there is, of two countries, with these fields set in all of them."""
    return tuple(INSTRUMENTS[name](members=("a", "b"), **STRONG.get(name, {}) | fields) for name in sorted(INSTRUMENTS))


def reordered(scenario: Scenario) -> Scenario:
    """Return the scenario with everything that is listed in a file listed backwards."""
    world = replace(scenario.world, imagined=scenario.world.imagined[::-1])
    policy = tuple(replace(each, members=each.members[::-1]) for each in scenario.policy[::-1])
    crimes = dict(reversed(scenario.crimes.items()))
    return replace(scenario, world=world, founders=scenario.founders[::-1], crimes=crimes, policy=policy)


def renamed(scenario: Scenario) -> Scenario:
    """Return the scenario with other names for its countries, in another order, but the identities they have."""
    name = {country.code: f"x{-ord(country.code) % 128}" for country in scenario.world.imagined}
    countries = tuple(replace(c, code=name[c.code], identity=c.code) for c in scenario.world.imagined)
    return replace(
        scenario, world=replace(scenario.world, imagined=countries),
        workforces=tuple(replace(each, home=name[each.home]) for each in scenario.workforces),
        founders=tuple(replace(each, country=name[each.country]) for each in scenario.founders),
        policy=tuple(replace(each, members=tuple(name[m] for m in each.members)) for each in scenario.policy),
    )  # fmt: skip


def kept(result: Run) -> dict[str, npt.NDArray[Any]]:
    """Return every array that is kept of a run."""
    moves = {f"moves.{name}": column for name, column in result.moves.items()}
    mechanics = {f"mechanics.{name}": table for name, table in result.mechanics.items()}
    return {**result.measures, **mechanics, **moves}


def unequal(one: Run, other: Run) -> str:
    """Return in words which of the arrays kept of two runs are not equal to the bit."""
    first, second = kept(one), kept(other)
    names = [name for name in first if first[name].tobytes() != second[name].tobytes()]
    if len(names) > 3:
        names = [*names[:3], f"{len(names) - 3} more"]
    return f"{', '.join(names)} differ" if names else "no table differs"


def largest_change(one: Run, other: Run) -> float:
    """Return the largest difference of any measure of two runs."""
    return max(float(np.abs(other.measures[name] - one.measures[name]).max()) for name in one.measures)


def first_difference(one: Run, other: Run) -> float:
    """Return the first period in which some measure of two runs is not equal; infinity if there is none."""
    differs = [(one.measures[name] != other.measures[name]).any(axis=(1, 2)) for name in one.measures]
    periods = np.flatnonzero(np.logical_or.reduce(differs))
    return float(periods[0]) if len(periods) else float("inf")


@check("Limits")
def bitwise_limits() -> Iterator[Row]:
    """Yield what may not change a single bit: no policy, the same seed, the order of a file, names, the future."""
    plain = small_world()
    base = run(plain, SEED)
    idle = replace(plain, policy=everything(intensity=0.0))
    for words, other in (("an empty policy", replace(plain, policy=())), ("every instrument at intensity 0", idle)):
        got = largest_change(base, run(other, SEED))
        yield within(f"largest change of a measure by {words}", expected=0.0, got=got, tolerance=0.0)
    treated = replace(plain, policy=everything())
    once = run(treated, SEED)
    for words, other in (
        ("the same seed again", treated), ("countries, crimes and founders in another order", reordered(treated)),
        ("countries under other names", renamed(treated)),
    ):  # fmt: skip
        yield same(words, expected="no table differs", got=unequal(once, run(other, SEED)), tolerance="bitwise")
    later = run(replace(plain, policy=everything(start=BEGINS)), SEED)
    yield within(f"first week that differs, every instrument from week {BEGINS}", expected=BEGINS,
                 got=first_difference(base, later), tolerance=0.0)  # fmt: skip


@check("Ledgers")
def balanced_ledgers() -> Iterator[Row]:
    """Yield for how many weeks money and people add up, with every instrument in force; the audit is part of a week."""
    weeks = CLOCK.burn_in + CLOCK.weeks
    expected = f"{weeks} weeks in balance"
    got = weeks_in_balance(replace(small_world(), policy=everything()), weeks)
    yield same("money to the cent and people to the head, three crimes", expected=expected, got=got)


def weeks_in_balance(scenario: Scenario, weeks: int) -> str:
    """Return in words how long the ledgers of a run add up, or what breaks first."""
    state, setting = start(scenario, SEED)
    try:
        for _ in range(weeks):
            advance(state, setting)
    except LedgerBroken as broken:
        return str(broken)
    return f"{weeks} weeks in balance"


# ---- where nothing can move ----------------------------------------

PAIRS_OF_RUNS = 8
# Everything by which a country could notice a blow to another: profit, risk, crowd, ties, the caution of victims.
DEAF: Mapping[str, dict[str, float]] = {
    "choice": {
        "distance_weight": 10.0, "risk_weight": 0.0, "profit_weight": 0.0, "tie_weight": 0.0, "crowd_weight": 0.0,
        "corruption_weight": 0.0, "experience_weight": 0.0, "alarm": 1.0,
    },
    "offending": {"awareness_rise": 0.0, "caution": 0.0, "repeat_rate": 0.0},
    "enforcement": {"reoffending": 0.0},
}  # fmt: skip


@check("No way out")
def leakage_without_a_way_out() -> Iterator[Row]:
    """Yield the leakage where sites stay, newcomers do not look at risk and contacts do not crowd: none."""
    usual = Parameters()
    deaf = replace(usual, **{group: replace(getattr(usual, group), **numbers) for group, numbers in DEAF.items()})
    base = imagined(
        like_countries(4, regions=2), workers=dict.fromkeys("abcd", 2820), parameters=deaf, coerced=0.4,
        clock=Clock(burn_in=26, weeks=104, period=104), crowding_elasticity=0.0, move_share=0.0001,
    )  # fmt: skip
    swept = replace(base, policy=(Sweep(members=("a",), hazard=0.02),))
    inside, outside = np.array([harm_moved(base, swept, seed) for seed in range(PAIRS_OF_RUNS)]).T
    got = float(leakage_ratio(inside.mean(), outside.mean()))
    error = (outside + got * inside).std(ddof=1) / abs(inside.mean()) / np.sqrt(PAIRS_OF_RUNS)  # of a ratio of means
    yield sampled(f"leakage of a sweep, {PAIRS_OF_RUNS} pairs of runs", expected=0.0, got=got, error=error)


def harm_moved(base: Scenario, treated: Scenario, seed: int) -> tuple[float, float]:
    """Return the change of losses (USD, by host) in the first country and in all others."""
    after, before = (run(scenario, seed).measures["money_expected_usd_host"] for scenario in (treated, base))
    change = (after - before).sum(axis=(0, 2))
    return float(change[0]), float(change[1:].sum())
