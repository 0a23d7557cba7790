"""Where a policy's effect comes from: incapacitation, six routes of displacement, deterrence and the market.

For every set of routes that see the policy the same seed is run again; the other routes are blind to it. Shapley
shares of what each route adds, together with incapacitation (all are blind), make up the whole change.
"""

import hashlib
import json
import math
import shlex
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from sim import record
from sim.compiled import source_digest
from sim.declare import UnknownName
from sim.draws import Draw, uniform
from sim.ensemble import (
    PARTS,
    Failure,
    NothingToCompare,
    Progress,
    Task,
    design,
    kept_part,
    seed_of,
    with_row,
    work_off,
)
from sim.estimators import Leakage, leakage, mean_interval, propagate
from sim.estimators.shapley import along, error_of_orders, everybody, sampled_shapley, shapley
from sim.phases.shadow import Route, Trace
from sim.record import Part
from sim.scenario import Experiment, Scenario, digest
from sim.week import Run, run, runs_with

Floats = npt.NDArray[np.float64]
Order = tuple[int, ...]

TABLE = "routes.csv"
PLAYERS = len(Route)
ALL = everybody(PLAYERS)
FROZEN_MARKET = ALL ^ (1 << Route.MARKET)
BASELINE = -1  # in place of a coalition
INCAPACITATION, WHOLE = "incapacitation", "whole change"
WORDS = {
    INCAPACITATION: "incapacitation", Route.PLACE: "place", Route.TIME: "time", Route.TARGET: "target",
    Route.TACTIC: "tactic", Route.CRIME: "crime type", Route.PERPETRATOR: "perpetrator",
    Route.DETERRENCE: "deterrence", Route.MARKET: "market", WHOLE: "whole change",
}  # fmt: skip
PARTS_OF_IT = tuple(WORDS.values())
AREAS = ("treated", "elsewhere", "world")
ANSWERS = {  # what operations do more or less of when this route sees the policy: column and measure of a run
    Route.PLACE: "moves_out", Route.TIME: "quiet_spells", Route.TARGET: "retargets", Route.TACTIC: "hardenings",
    Route.CRIME: "switches", Route.PERPETRATOR: "entries", Route.DETERRENCE: "closures",
}  # fmt: skip
MEASURES = (  # column of a run, measure, side, unit
    ("harm_usd_host", "harm", "host", "USD a year"),
    ("operations", "operations", "host", "operations"),
    ("harm_usd", "harm", "victim", "USD a year"),
    *((column, column, "host", "operations a year") for column in ANSWERS.values()),
)
PER_YEAR = 52.0


class NothingToDecompose(ValueError):
    """An arm has no effect of its own that could be decomposed."""


# ---- which worlds are run ------------------------------------------------------------------------


def orders_of(seed: int, count: int) -> list[Order]:
    """Return orders in which routes join, by twos: one drawn evenly for this seed, and its reverse."""
    drawn = []
    for pair in range((count + 1) // 2):
        keys = [
            uniform(np.uint64(seed), int(Draw.PERMUTATION), 0, np.uint64(pair), player) for player in range(PLAYERS)
        ]
        order = tuple(int(player) for player in np.argsort(keys))
        drawn += [order, order[::-1]]
    return drawn


def coalitions_of(seed: int, count: int, exact: bool) -> list[int]:
    """Return the coalitions to run: those the orders pass through, none, all, and all but the market."""
    if exact:
        return list(range(ALL + 1))
    passed = {0, FROZEN_MARKET, ALL}
    return sorted(passed.union(*(along(order) for order in orders_of(seed, count))))


def routes_in(coalition: int) -> tuple[Route, ...]:
    """Return the routes of a coalition."""
    return tuple(route for route in Route if coalition >> route & 1)


@dataclass(frozen=True)
class Coalitions:
    """Runs one replicate: the baseline once, and the policy with every coalition of routes that is needed."""

    baseline: Scenario
    permutations: int
    exact: bool

    def __call__(self, scenario: Scenario, seed: int) -> Run:
        """Return the measures of all runs as one, each column with its coalition; mechanics of the two ends."""
        trace = Trace()
        before = run(_with_policy_of(self.baseline, scenario), seed, leave=trace)
        coalitions = coalitions_of(seed, self.permutations, self.exact)
        found = {BASELINE: before} | dict(
            zip(coalitions, runs_with(scenario, seed, trace, map(routes_in, coalitions)), strict=True)
        )
        return replace(
            before, scenario=scenario,
            measures={_column(name, c): one.measures[name] for c, one in found.items() for name, *_ in MEASURES},
            mechanics={_column(name, c): part for c in (BASELINE, ALL) for name, part in found[c].mechanics.items()},
        )  # fmt: skip


def _with_policy_of(baseline: Scenario, scenario: Scenario) -> Scenario:
    """Return a scenario with the policy of the baseline instead of its own."""
    return replace(scenario, policy=baseline.policy, politics=baseline.politics, budget=baseline.budget)


def _column(name: str, coalition: int) -> str:
    return f"{name}@{coalition}"


# ---- the study -----------------------------------------------------------------------------------


def decompose(
    experiment: Experiment,
    arms: Sequence[str],
    folder: Path,
    *,
    replicates: int,
    permutations: int,
    exact: bool = False,
    workers: int = 1,
    seed: int | None = None,
    luck_only: bool = False,
    progress: Progress | None = None,
    command: str = "",
) -> tuple[list["Decomposition"], list[Failure]]:
    """Run what has not been run yet and return the decomposition of each arm, and the replicates that failed.

    Replicates have the seeds and the drawn parameters that a comparison gives them. Raises UnknownName,
    NothingToDecompose, NothingToCompare when an arm has no replicate, Interrupted on Ctrl-C.
    """
    chosen = [_checked(experiment, arm) for arm in arms]
    seed = experiment.seed if seed is None else seed
    rows = {} if luck_only else design(experiment.uncertain, seed, replicates)
    baseline = experiment.arms[experiment.baseline].scenario
    simulate = Coalitions(baseline, permutations, exact)
    tasks = [
        _task(experiment, arm, r, seed_of(seed, r), with_row(experiment.arms[arm].scenario, rows, r), simulate,
              folder, command)
        for r in range(replicates) for arm in chosen
    ]  # fmt: skip
    with record.held(folder / PARTS):
        failures = work_off(tasks, workers, simulate, progress, folder)
        failed = {(one.arm, one.replicate) for one in failures}
        done = [task for task in tasks if (task.arm, task.replicate) not in failed]
        found = []
        for arm in chosen:
            kept = [(task.seed, kept_part(task)) for task in done if task.arm == arm]
            if not kept:
                raise NothingToCompare(failures)
            found.append(Decomposition(experiment, arm, seed, permutations, exact, tuple(kept)))
    return found, failures


def acting(experiment: Experiment) -> list[str]:
    """Return the arms that differ from the baseline by what is done in some treated country."""
    return [name for name in experiment.arms if _reason(experiment, name) is None]


def _checked(experiment: Experiment, arm: str) -> str:
    if arm not in experiment.arms:
        raise UnknownName("arm", arm, experiment.arms)
    reason = _reason(experiment, arm)
    if reason is not None:
        raise NothingToDecompose(f"arm '{arm}' cannot be decomposed: {reason}")
    return arm


def _reason(experiment: Experiment, name: str) -> str | None:
    """Return why an arm cannot be decomposed, or None."""
    arm, before = experiment.arms[name], experiment.arms[experiment.baseline].scenario
    if name == experiment.baseline:
        return "it is the baseline"
    if not arm.treated:
        return "it treats no country"
    if replace(_with_policy_of(before, arm.scenario), name=before.name) != before:
        return "it differs from the baseline by more than its policy"
    return None


def _task(
    experiment: Experiment, arm: str, replicate: int, seed: int, scenario: Scenario, simulate: Coalitions, folder: Path,
    command: str,
) -> Task:  # fmt: skip
    inputs = (digest(scenario), digest(simulate.baseline), seed, coalitions_of(seed, simulate.permutations,
              simulate.exact), source_digest(), record.data_digests())  # fmt: skip
    key = hashlib.sha256(json.dumps(inputs, sort_keys=True).encode()).hexdigest()
    name = hashlib.blake2b(arm.encode(), digest_size=6).hexdigest()
    return Task(
        arm=arm, replicate=replicate, scenario=scenario, seed=seed, key=key,
        path=folder / PARTS / f"routes-{name}-{replicate:05d}.npz",
        command=command or shlex.join(["displace", "routes", experiment.name, "--arm", arm]),
    )  # fmt: skip


# ---- what came out -------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Share:
    """What one part contributes in one area, in % of what the treated area has in the baseline."""

    arm: str
    measure: str
    side: str
    area: str
    part: str
    n: int
    value: float
    se: float  # standard error: luck of seeds and of orders together
    se_orders: float  # the part of it that more permutations would take away; nan for a single pair
    lo90: float
    hi90: float
    amount: float  # the same in `unit`
    unit: str

    @property
    def clear(self) -> bool:
        """Whether the 90 % interval keeps to one side of zero."""
        return self.lo90 > 0 or self.hi90 < 0


@dataclass(frozen=True, kw_only=True)
class Link:
    """A link of the chain of leakage by host."""

    name: str
    value: float
    lo90: float
    hi90: float


@dataclass(frozen=True)
class Decomposition:
    """One arm, decomposed: shares by measure, side and area, the chain of leakage, displacement and diffusion."""

    experiment: Experiment
    arm: str
    seed: int
    permutations: int
    exact: bool
    parts: tuple[tuple[int, Part], ...]  # seed and what its runs have left

    @property
    def label(self) -> str:
        """What the arm is called."""
        return self.experiment.arms[self.arm].label

    @property
    def window(self) -> tuple[int, int]:
        """First week studied, and the first that is left out again: whole periods."""
        weeks = self.parts[0][1].period_weeks
        return self.periods.start * weeks, self.periods.stop * weeks

    @cached_property
    def periods(self) -> slice:
        """The periods that lie in the window."""
        part = self.parts[0][1]
        length, periods = part.period_weeks, len(next(iter(part.measures.values())))
        first, last = math.ceil(self.experiment.window[0] / length), min(periods, self.experiment.window[1] // length)
        return slice(first, last)

    @cached_property
    def treated(self) -> npt.NDArray[np.bool_]:
        """Which countries are treated [C]."""
        return np.isin(self.parts[0][1].codes, self.experiment.arms[self.arm].treated)

    @property
    def everywhere(self) -> bool:
        """Whether every country is treated, so that there is no elsewhere to which anything could go."""
        return bool(self.treated.all())

    def amounts(self, column: str, coalition: int) -> Floats:
        """Return a measure of the runs of one coalition by country, in its unit [n, C]; nan where it was not run."""
        return np.array([self._amount(part, _column(column, coalition)) for _, part in self.parts])

    def _amount(self, part: Part, name: str) -> Floats:
        if name not in part.measures:
            return np.full(len(part.codes), np.nan)
        taken = part.measures[name][self.periods].sum(axis=2)
        if name.startswith("operations"):
            return np.asarray(taken.mean(axis=0))
        return np.asarray(taken.sum(axis=0) * PER_YEAR / (len(taken) * part.period_weeks))

    def changes(self, column: str, coalition: int) -> Floats:
        """Return the paired change of a measure against the baseline by country [n, C]."""
        return self.amounts(column, coalition) - self.amounts(column, BASELINE)

    def in_areas(self, change: Floats) -> Floats:
        """Return a change by country [..., C] as change in the treated area, elsewhere and in the world [..., 3]."""
        inside, outside = (change[..., at].sum(axis=-1) for at in (self.treated, ~self.treated))
        return np.stack([inside, outside, inside + outside], axis=-1)

    @cached_property
    def shares(self) -> tuple[Share, ...]:
        """What each part contributes, with its errors."""
        return tuple(share for row in MEASURES for share in self._shares(*row))

    def _shares(self, column: str, measure: str, side: str, unit: str) -> list[Share]:
        found, errors = self.split(column)
        whole = self.amounts(column, BASELINE)[:, self.treated].sum(axis=1).mean()
        per_cent = 100.0 / whole if whole > 0 else np.nan
        low, high = mean_interval(found, 0.9)
        n = len(found)
        se = np.std(found, axis=0, ddof=1) / math.sqrt(n) if n > 1 else np.full(found.shape[1:], np.nan)
        return [
            Share(
                arm=self.arm, measure=measure, side=side, area=area, part=part, n=n,
                value=float(found[:, p, a].mean() * per_cent), se=float(se[p, a] * per_cent),
                se_orders=float(errors[p, a] * per_cent), lo90=float(low[p, a] * per_cent),
                hi90=float(high[p, a] * per_cent), amount=float(found[:, p, a].mean()), unit=unit,
            )
            for a, area in enumerate(AREAS) for p, part in enumerate(PARTS_OF_IT)
        ]  # fmt: skip

    def split(self, column: str) -> tuple[Floats, Floats]:
        """Return the parts of each replicate [n, parts, areas], and their error from sampled orders [parts, areas]."""
        found, variances = [], []
        for at, (seed, part) in enumerate(self.parts):
            names = (name.split("@") for name in part.measures)
            run_with = [int(coalition) for name, coalition in names if name == column and int(coalition) != BASELINE]
            game = {c: self.in_areas(self.changes(column, c)[at]) for c in run_with}
            orders = orders_of(seed, self.permutations)
            shares = shapley(game, PLAYERS) if self.exact else sampled_shapley(game, orders)
            error = np.zeros_like(shares) if self.exact else error_of_orders(game, orders)
            found.append(np.concatenate([game[0][None], shares, game[ALL][None]]))
            variances.append(np.concatenate([np.zeros((1, 3)), error**2, np.zeros((1, 3))]))
        return np.array(found), np.sqrt(np.mean(variances, axis=0) / len(variances))

    # ---- the chain, and what happens elsewhere ----------------------------------

    @cached_property
    def chain(self) -> tuple[Link, ...]:
        """Leakage by host: of the choice rule alone, with learning and raids, and with the market's answer.

        Empty where every country is treated.
        """
        if self.everywhere:
            return ()
        names = ("choice rule alone", "with learning and raids, market frozen", "with the market")
        frozen, whole = (self._leakage(coalition) for coalition in (FROZEN_MARKET, ALL))
        return tuple(
            Link(name=name, value=float(one.value), lo90=float(one.lo90), hi90=float(one.hi90))
            for name, one in zip(names, (self._mechanical(), frozen, whole), strict=True)
        )

    def _leakage(self, coalition: int) -> Leakage:
        change = self.in_areas(self.changes("harm_usd_host", coalition))
        return leakage(change[:, 0], change[:, 1], self.seed)

    def _mechanical(self) -> Leakage:
        """Return what the choice rule alone makes of the risk that the policy adds, over the window."""
        changes = []
        for _, part in self.parts:
            before, after = (
                {name.split("@")[0]: column for name, column in part.mechanics.items() if name.endswith(f"@{which}")}
                for which in (BASELINE, ALL)
            )
            made = propagate(before, after, self.treated, part.period_weeks)
            upto = [np.concatenate([[0.0], one]) for one in (made.inside, made.outside)]
            changes.append([one[self.periods.stop] - one[self.periods.start] for one in upto])
        inside, outside = np.array(changes).T
        return leakage(inside, outside, self.seed)

    @cached_property
    def elsewhere(self) -> tuple[float, float]:
        """Displacement and diffusion of harm by host in % of the treated baseline: rises and falls outside, apart.

        Changes are averaged over pairs before signs are taken; luck alone still leaves some of both.
        """
        outside = self.changes("harm_usd_host", ALL)[:, ~self.treated].mean(axis=0)
        whole = self.amounts("harm_usd_host", BASELINE)[:, self.treated].sum(axis=1).mean()
        rises, falls = np.maximum(outside, 0.0).sum(), np.maximum(-outside, 0.0).sum()
        return 100.0 * float(rises / whole), 100.0 * float(falls / whole)

    def share(self, part: str, area: str, measure: str = "harm", side: str = "host") -> Share:
        """Return one share."""
        return next(
            one for one in self.shares
            if (one.part, one.area, one.measure, one.side) == (part, area, measure, side)
        )  # fmt: skip

    @cached_property
    def answers(self) -> dict[Route, tuple[Share, ...]]:
        """What operations do more of because a route sees the policy: its share of its own decisions by area."""
        return {
            route: tuple(self.share(WORDS[route], area, column) for area in AREAS) for route, column in ANSWERS.items()
        }

    def dead(self) -> list[str]:
        """Return the routes these runs cannot tell from nothing: in no area a share of harm, operations or answers."""
        own = {(WORDS[route], column) for route, column in ANSWERS.items()}
        clear = {
            one.part for one in self.shares
            if one.clear and (one.measure in ("harm", "operations") or (one.part, one.measure) in own)
        }  # fmt: skip
        return [WORDS[route] for route in Route if WORDS[route] not in clear]


def frame(found: Sequence[Decomposition]) -> pd.DataFrame:
    """Return shares as a table: a row for each arm, measure, side, area and part."""
    return pd.DataFrame(
        [vars(share) for one in found for share in one.shares], columns=list(Share.__dataclass_fields__)
    )


def facts(one: Decomposition) -> dict[str, Any]:
    """Return the decomposition of an arm as plain values."""
    rises, falls = one.elsewhere
    return {
        "arm": one.arm, "label": one.label, "window": one.window, "replicates": len(one.parts),
        "permutations": None if one.exact else one.permutations, "shares": [vars(share) for share in one.shares],
        "answers": {ANSWERS[route]: [vars(share) for share in shares] for route, shares in one.answers.items()},
        "chain": [vars(link) for link in one.chain], "displacement": rises, "diffusion": falls, "dead": one.dead(),
    }  # fmt: skip


def write_table(folder: Path, found: Sequence[Decomposition]) -> None:
    """Write routes.csv whole."""
    record.write_text(folder / TABLE, frame(found).to_csv(index=False, lineterminator="\n"))
