"""What an evaluator in the field would estimate, held against what happened in the model.

The evaluator sees one run: cases recorded by the police of victims' countries, before and after the start of a
policy. Remote crime has no recorded host, so that all areas are areas of victims. The truth is the change of
victimisations in the same areas and weeks: the run with the policy less the run without it, under the same luck.
Both are in per cent of what there would have been, so that the share which is never reported cancels.
"""

import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from sim import record
from sim.comparison import Comparison, open_results
from sim.compiled import source_digest
from sim.declare import UnknownName
from sim.ensemble import design
from sim.estimators import (
    ERRORS,
    UNDEFINED,
    Counts,
    Effect,
    difference_in_differences,
    event_study,
    total_net_effect,
    weighted_displacement_difference,
    weighted_displacement_quotient,
)
from sim.scenario import Experiment, dump
from sim.world import World

Floats = npt.NDArray[np.float64]
Booleans = npt.NDArray[np.bool_]
Values = Mapping[str, Any]
Estimand = Literal["treated", "area", "quotient", "compared"]

TABLE = "laboratory.csv"
NEAREST = 1.05  # a neighbour without borders is at most so many times as far as the nearest country
REPORTING = "world.imagined.*.reporting"
GRIDS: dict[str, dict[str, tuple[float, ...]]] = {  # of the laboratory that names no experiment: assumptions
    "two-countries": {REPORTING: (0.1, 0.4), "budget.usd_per_year": (5.0e6, 2.0e7)},
    "twelve-countries": {REPORTING: (0.1, 0.4), "budget.usd_per_year": (2.3e7, 9.2e7)},
}


# ---- what is compared with what ------------------------------------------------------------------


class NothingToEvaluate(ValueError):
    """No arm of an experiment leaves an evaluator something to compare with."""


@dataclass(frozen=True, kw_only=True)
class Design:
    """What an evaluator of one arm compares: countries and whole periods on both sides of the start."""

    arm: str
    label: str
    codes: tuple[str, ...]
    treated: tuple[str, ...]
    buffer: tuple[str, ...]
    control: tuple[str, ...]  # may be empty: then nothing nets out the trend
    start: int  # week in which the policy begins
    before: tuple[int, int]  # first period, and the first that is left out again
    after: tuple[int, int]
    population: Floats

    def at(self, codes: Iterable[str]) -> Booleans:
        """Return which countries these are [C]."""
        return np.isin(self.codes, list(codes))

    @property
    def compared(self) -> tuple[str, ...]:
        """Whom the treated countries are compared with: the control or, where none is left, the buffer."""
        return self.control or self.buffer

    @property
    def before_weight(self) -> float:
        """By what counts before the start are comparable with those after it."""
        return (self.after[1] - self.after[0]) / (self.before[1] - self.before[0])

    @property
    def words(self) -> str:
        """The design in words."""
        control = ", ".join(self.control) or (
            "none is left, so the counts stand without a trend and the buffer is what the treated are compared with"
        )
        return (
            f"“{self.label}” from week {self.start}: treated {', '.join(self.treated)}; "
            f"buffer {', '.join(self.buffer)}; control {control}. {self.before[1] - self.before[0]} periods before, "
            f"{self.after[1] - self.after[0]} after."
        )


@dataclass(frozen=True, kw_only=True)
class Areas:
    """Countries that the user has named for the buffer or the control; None = by rule."""

    buffer: tuple[str, ...] | None = None
    control: tuple[str, ...] | None = None


def designs(experiment: Experiment, areas: Areas) -> tuple[list[Design], list[str]]:
    """Return the design of every arm that can be evaluated, and why the others cannot.

    Raises UnknownName for a country that there is not, NothingToEvaluate when no arm is left.
    """
    found, reasons = [], []
    for name in experiment.arms:
        if name == experiment.baseline:
            continue
        made = _design(experiment, name, areas)
        if isinstance(made, Design):
            found.append(made)
        else:
            reasons.append(f"“{experiment.arms[name].label}” is left out: {made}")
    if not found:
        told = "\n".join(reasons) or "it has one arm only, and nothing to evaluate"
        raise NothingToEvaluate(f"{experiment.name} has no arm that can be evaluated\n{told}")
    return found, reasons


def _design(experiment: Experiment, name: str, areas: Areas) -> Design | str:
    """Return the design of an arm, or why there is none."""
    arm, before = experiment.arms[name], experiment.arms[experiment.baseline].scenario
    own = [one.start for one in arm.scenario.policy if one not in before.policy]
    if not own or not arm.treated:
        return "it has no policy of its own that treats a country"
    world, length = arm.scenario.build_world(), arm.scenario.clock.period
    buffer, control = chosen_areas(world, arm.treated, areas)
    if not buffer:
        return "no country is left for the buffer"
    last = min(arm.scenario.clock.weeks, experiment.window[1]) // length
    periods = (0, min(own) // length), (-(-min(own) // length), last)
    if periods[0][1] < 1:
        return f"it starts in week {min(own)}, before a whole period of {length} weeks has passed"
    if periods[1][0] >= periods[1][1]:
        return f"it starts in week {min(own)}, and no whole period follows"
    return Design(
        arm=name, label=arm.label, codes=world.codes, treated=arm.treated, buffer=buffer, control=control,
        start=min(own), before=periods[0], after=periods[1], population=world.population,
    )  # fmt: skip


def chosen_areas(world: World, treated: Sequence[str], areas: Areas) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return buffer and control. By rule the buffer is whoever is near a treated country, the control the rest."""
    left = [code for code in world.codes if code not in treated]
    for code in (*(areas.buffer or ()), *(areas.control or ())):
        if code not in world.codes:
            raise UnknownName("country", code, world.codes)
    if areas.buffer is None:
        taken = set(areas.control or ())
        buffer = [code for code in _near(world, treated) if code not in taken]
    else:
        buffer = [code for code in left if code in areas.buffer]
    if areas.control is None:
        control = [code for code in left if code not in buffer]
    else:
        control = [code for code in left if code in areas.control]
    return tuple(buffer), tuple(control)


def _near(world: World, treated: Sequence[str]) -> list[str]:
    """Return untreated countries in the region of a treated one, across its border or, without borders, next to it."""
    inside = np.isin(world.codes, treated)
    near = np.isin(world.region_index, world.region_index[inside])
    apart = world.distance + np.where(np.eye(world.C, dtype=bool), np.inf, 0.0)
    for here in np.flatnonzero(inside):
        beside = world.border[here] if world.border[here].any() else apart[here] <= NEAREST * apart[here].min()
        near |= beside
    return [code for code, is_near in zip(world.codes, near & ~inside, strict=True) if is_near]


# ---- what the evaluator computes -----------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """What an estimator says of one run; nan where it says nothing."""

    value: float = UNDEFINED
    low: float = UNDEFINED  # of the 95 % interval
    high: float = UNDEFINED
    pretrend: float = UNDEFINED  # 1 when a test finds the groups moving apart before the start

    @property
    def finds(self) -> float:
        """1 if the 95 % interval leaves out zero, 0 if not, nan without an interval."""
        return float(self.low > 0 or self.high < 0) if np.isfinite(self.low) else UNDEFINED


@dataclass(frozen=True)
class Estimator:
    """An estimator of the field: what it is about and how it is computed from recorded cases [P, C]."""

    name: str
    label: str
    of: Estimand
    compute: Callable[[Floats, Design], Estimate]


def _counts(recorded: Floats, plan: Design, codes: Iterable[str]) -> Counts:
    """Return the cases of an area before and after the start, unweighted."""
    area = recorded[:, plan.at(codes)].sum(axis=1)
    return float(area[slice(*plan.before)].sum()), float(area[slice(*plan.after)].sum())


def _weighted(recorded: Floats, plan: Design) -> tuple[Counts, Counts, Counts]:
    """Return the cases of treated, control and buffer, as if both sides of the start were equally long."""
    before, after = zip(*(_counts(recorded, plan, a) for a in (plan.treated, plan.control, plan.buffer)), strict=True)
    treated, control, buffer = ((b * plan.before_weight, a) for b, a in zip(before, after, strict=True))
    return treated, (control if plan.control else (1.0, 1.0)), buffer


def _quotient(recorded: Floats, plan: Design) -> Estimate:
    return Estimate(value=weighted_displacement_quotient(*_weighted(recorded, plan)))


def _difference(recorded: Floats, plan: Design) -> Estimate:
    treated, control, buffer = (_counts(recorded, plan, a) for a in (plan.treated, plan.control, plan.buffer))
    persons = [plan.population[plan.at(a)].sum() for a in (plan.treated, plan.control, plan.buffer)]
    # One control for both: its weight is that of both, and it enters the variance once.
    weight = (persons[0] + persons[2]) / persons[1] if plan.control else 0.0
    found = weighted_displacement_difference(
        treated, control, buffer, (0.0, 0.0), weights=(1.0, weight, 1.0, 1.0), before_weight=plan.before_weight
    )
    whole = plan.before_weight * (treated[0] + buffer[0])
    if whole <= 0:
        return Estimate()
    value, low, high = (100.0 * one / whole for one in (found.total, found.lo95, found.hi95))
    return Estimate(value=value, low=low, high=high)


def _net_effect(recorded: Floats, plan: Design) -> Estimate:
    treated, control, buffer = _weighted(recorded, plan)
    expected = (treated[0] + buffer[0]) * (control[1] / control[0] if control[0] > 0 else UNDEFINED)
    if not expected > 0:
        return Estimate()
    return Estimate(value=-100.0 * total_net_effect(treated, control, buffer) / expected)


def _panel(recorded: Floats, plan: Design) -> tuple[Floats, Booleans, Booleans]:
    """Return logs of cases [areas, periods], which areas are treated and which periods come after the start.

    Countries with a period without cases have no logs and are left out.
    """
    periods = np.r_[slice(*plan.before), slice(*plan.after)]
    cases = recorded[periods].T
    chosen = plan.at((*plan.treated, *plan.compared)) & (cases > 0).all(axis=1)
    return np.log(cases[chosen]), plan.at(plan.treated)[chosen], periods >= plan.after[0]


def _per_cent(effect: Effect, pretrend: float = UNDEFINED) -> Estimate:
    """Return an effect on logs in per cent."""
    value, low, high = (100.0 * float(np.expm1(one)) for one in (effect.estimate, *effect.interval95))
    return Estimate(value=value, low=low, high=high, pretrend=pretrend)


def _did(recorded: Floats, plan: Design, by: Any) -> Estimate:
    return _per_cent(difference_in_differences(*_panel(recorded, plan), by=by))


def _events(recorded: Floats, plan: Design) -> Estimate:
    found = event_study(*_panel(recorded, plan))
    return _per_cent(found.mean, float(found.has_pretrend) if np.isfinite(found.trend.p) else UNDEFINED)


ESTIMATORS = (
    Estimator("wdq", "displacement quotient (WDQ)", "quotient", _quotient),
    Estimator("wdd", "displacement difference (WDD)", "area", _difference),
    Estimator("net_effect", "total net effect", "area", _net_effect),
    *(Estimator(f"did_{by}", f"diff. in diff., error by {by}", "treated", partial(_did, by=by)) for by in ERRORS),
    Estimator("event_study", "event study", "treated", _events),
)


# ---- scores --------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Score:
    """How an estimator did over the replicates of an arm; shares lie in [0, 1], nan where nothing can be said."""

    experiment: str
    grid: str  # what is set at this point of the grid
    arm: str
    estimator: str
    unit: str
    n: int  # replicates in which there is an estimate
    truth: float  # of the mean over pairs
    estimate: float  # mean over replicates; of the quotient the median
    bias: float
    bias_se: float  # standard error of the bias; not of the quotient's
    rmse: float  # against the truth of the same replicate
    rmse_mean: float  # against the truth of the mean
    coverage95: float  # of the truth of the same replicate
    coverage95_mean: float
    wrong_sign: float
    phantom: float  # share of baseline runs in which it finds an effect at 5 %
    n_phantom: int  # baseline runs in which there is an estimate
    pretrend: float  # share of runs in which the test before the start rejects at 5 %
    estimate_lo90: float  # nine estimates in ten lie between these
    estimate_hi90: float
    compared: float  # true change, %, in the countries that the treated are compared with: not 0 = they share it


def scores(
    comparison: Comparison, plans: Sequence[Design], grid: str = "", replicates: int | None = None
) -> list[Score]:
    """Return the score of every estimator in every planned arm, over the first so many replicates."""
    recorded, victims = (comparison.course(measure, "victim") for measure in ("recorded_cases", "victims"))
    found: list[Score] = []
    for plan in plans:
        pairs = [r for r in comparison.finished(plan.arm, comparison.baseline) if replicates is None or r < replicates]
        if pairs:
            now, then = (comparison.places(arm, pairs) for arm in (plan.arm, comparison.baseline))
            truths = truth(victims[now], victims[then], plan)
            for one in ESTIMATORS:
                told = [one.compute(recorded[place], plan) for place in now]
                phantoms = [one.compute(recorded[place], plan) for place in then]
                where = (comparison.manifest.experiment, grid, plan.arm)
                found.append(scored(where, one, told, phantoms, *truths[one.of], truths["compared"][1]))
    return found


def truth(treated: Floats, baseline: Floats, plan: Design) -> dict[Estimand, tuple[Floats, float]]:
    """Return what happened, for each pair [n] and for their mean, from victimisations [n, P, C] of paired runs."""
    with_policy, without = (runs[:, slice(*plan.after)].sum(axis=1) for runs in (treated, baseline))
    change = with_policy - without
    inside, beside = (change[:, plan.at(codes)].sum(axis=1) for codes in (plan.treated, plan.buffer))

    def share(part: Floats, codes: Iterable[str]) -> tuple[Floats, float]:
        whole = without[:, plan.at(codes)].sum(axis=1)
        found = np.divide(100.0 * part, whole, out=np.full_like(part, UNDEFINED), where=whole > 0)
        return found, _mean(found)

    # A ratio of means: that of a single pair has no finite variance.
    quotient = float(beside.mean() / inside.mean()) if inside.mean() < 0 else UNDEFINED
    return {
        "compared": share(change[:, plan.at(plan.compared)].sum(axis=1), plan.compared),
        "treated": share(inside, plan.treated),
        "area": share(inside + beside, (*plan.treated, *plan.buffer)),
        "quotient": (np.divide(beside, inside, out=np.full_like(inside, UNDEFINED), where=inside < 0), quotient),
    }


def _mean(values: Floats) -> float:
    """Return the mean of what is known; nan if nothing is."""
    known = values[np.isfinite(values)]
    return float(known.mean()) if len(known) else UNDEFINED


def _standard_error(values: Floats) -> float:
    """Return the standard error of the mean of what is known; nan for fewer than two."""
    known = values[np.isfinite(values)]
    return float(known.std(ddof=1) / len(known) ** 0.5) if len(known) > 1 else UNDEFINED


def _share(hits: Booleans, among: Booleans) -> float:
    return float(hits[among].mean()) if among.any() else UNDEFINED


def scored(
    where: tuple[str, str, str],
    one: Estimator,
    told: Sequence[Estimate],
    phantoms: Sequence[Estimate],
    truths: Floats,
    mean_truth: float,
    compared: float = UNDEFINED,
) -> Score:
    """Return the score of an estimator from its estimates and the truth of each replicate [n]."""
    value, low, high, pretrend = (
        np.array([getattr(estimate, name) for estimate in told]) for name in ("value", "low", "high", "pretrend")
    )
    known = np.isfinite(value)
    paired, bounded = known & np.isfinite(truths), np.isfinite(low) & np.isfinite(high)
    if one.of != "quotient":
        mean_truth = _mean(truths[known])  # of the replicates that have an estimate
    middle = UNDEFINED
    if known.any():
        middle = float(np.median(value[known])) if one.of == "quotient" else _mean(value)
    ends = np.quantile(value[known], (0.05, 0.95)) if known.any() else (UNDEFINED, UNDEFINED)
    found = np.array([estimate.finds for estimate in phantoms])
    return Score(
        experiment=where[0], grid=where[1], arm=where[2], estimator=one.name,
        unit="ratio" if one.of == "quotient" else "%", n=int(known.sum()), truth=mean_truth, estimate=middle,
        bias=middle - mean_truth,
        bias_se=_standard_error(value - truths) if one.of != "quotient" else UNDEFINED,
        rmse=_mean((value - truths) ** 2) ** 0.5,
        rmse_mean=_mean((value - mean_truth) ** 2) ** 0.5,
        coverage95=_share((low <= truths) & (truths <= high), bounded & paired),
        coverage95_mean=_share((low <= mean_truth) & (mean_truth <= high), bounded & known),
        wrong_sign=_share(np.sign(value) != np.sign(truths), paired),
        phantom=_mean(found), n_phantom=sum(bool(np.isfinite(estimate.value)) for estimate in phantoms),
        pretrend=_mean(pretrend), estimate_lo90=float(ends[0]), estimate_hi90=float(ends[1]),
        compared=compared,
    )  # fmt: skip


def frame(found: Sequence[Score]) -> pd.DataFrame:
    """Return scores as a table: a row for each grid point, arm and estimator."""
    return pd.DataFrame([asdict(score) for score in found], columns=list(Score.__dataclass_fields__))


def write_table(folder: Path, found: Sequence[Score]) -> None:
    """Write laboratory.csv whole."""
    record.write_text(folder / TABLE, frame(found).to_csv(index=False, lineterminator="\n"))


# ---- grids and stored runs -----------------------------------------------------------------------


def points(grid: Mapping[str, Sequence[Any]]) -> Iterator[dict[str, Any]]:
    """Yield every combination of values, the first path varying slowest; one empty point for an empty grid."""
    for values in itertools.product(*grid.values()):
        yield dict(zip(grid, values, strict=True))


def stored_already(
    experiment: Experiment, folder: Path, replicates: int, seed: int, luck_only: bool
) -> Comparison | None:
    """Return the comparison in a folder if it is what running the experiment would give, or None.

    It may hold more replicates: those asked for are the first of them.
    """
    try:
        kept = record.load_manifest(folder)
    except (record.NoResults, record.StoredDataDamaged):
        return None
    drawn = {} if luck_only else design(experiment.uncertain, seed, kept.replicates)
    same = (
        kept.replicates >= replicates
        and not kept.failures
        and (kept.seed, kept.luck_only, kept.design) == (seed, luck_only, drawn)
        and (kept.source, kept.tables) == (source_digest(), record.data_digests())
        and kept.baseline == experiment.baseline
        and {name: _told(facts) for name, facts in kept.arms.items()}
        == {name: (arm.treated, dump(arm.scenario)) for name, arm in experiment.arms.items()}
    )
    return open_results(folder) if same else None


def _told(facts: Values) -> tuple[tuple[str, ...], str]:
    return tuple(facts["treated"]), facts["scenario"]
