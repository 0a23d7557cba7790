"""Many runs of one experiment: paired designs, workers, resuming after a stop, and repeating a single run.

Replicate r has one seed and one row of the design, both the same in every arm. A task is one arm of one
replicate; what it leaves is a part file that is written whole, so that a stopped comparison goes on where it
stopped, and the results are the same bytes for any number of workers.
"""

import hashlib
import json
import math
import multiprocessing
import os
import re
import shlex
import signal
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from scipy.stats import qmc

from sim import record
from sim.compiled import source_digest
from sim.declare import UnknownName
from sim.instruments import Orders, arriving, deploy, peace_orders, team_week_cost
from sim.metrics import METRICS
from sim.record import Manifest, Part, StoredDataDamaged
from sim.scenario import Experiment, Scenario, Uncertain, digest, dump, load_experiment, loads
from sim.week import Run, run

if TYPE_CHECKING:
    from sim.comparison import Comparison

Simulate = Callable[[Scenario, int], Run]

BLOCK = 20  # replicates that form one Latin hypercube: adding replicates keeps the earlier rows
PARTS = ".parts"
KILLED = "killed"


class Progress(Protocol):
    """Whoever wants to know how far a comparison is."""

    def __call__(self, done: int, total: int, failures: int, seconds_left: float | None) -> None:
        """Take note: runs done (failed ones among them) of all, and the time the rest will take."""


class Interrupted(KeyboardInterrupt):
    """The user has stopped a comparison; what is done is kept, and the same command goes on from there."""

    def __init__(self, done: int, total: int, folder: Path) -> None:
        self.done, self.total, self.folder = done, total, folder
        super().__init__(f"stopped after {done} of {total} runs; the same command goes on from there")


class NothingToCompare(RuntimeError):
    """No replicate of the baseline has finished."""

    def __init__(self, failures: Sequence["Failure"]) -> None:
        self.failures = tuple(failures)
        super().__init__("; ".join(str(failure) for failure in failures) or "no runs were asked for")


@dataclass(frozen=True, kw_only=True)
class Failure:
    """A run that did not finish."""

    arm: str
    replicate: int
    seed: int
    kind: str  # name of the exception, or "killed"
    message: str
    week: int | None  # where the run says so
    command: str  # repeats it

    def __str__(self) -> str:
        where = "" if self.week is None else f" in week {self.week}"
        return f"{self.arm}, replicate {self.replicate}{where}: {self.kind}: {self.message}"


@dataclass(frozen=True, kw_only=True)
class Task:
    """One arm of one replicate, with everything a worker needs."""

    arm: str
    replicate: int
    scenario: Scenario
    seed: int
    key: str
    path: Path
    command: str

    def failure(self, kind: str, message: str, week: int | None = None) -> Failure:
        """Return the record of this task's failure."""
        return Failure(
            arm=self.arm, replicate=self.replicate, seed=self.seed, kind=kind, message=message, week=week,
            command=self.command,
        )  # fmt: skip


# ---- the design --------------------------------------------------------------------


def seed_of(experiment_seed: int, replicate: int) -> int:
    """Return the seed of a replicate, the same in every arm: a hash of both numbers of 53 bits."""
    return _hash(f"replicate {experiment_seed} {replicate}")


def _hash(text: str) -> int:
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest()) >> 11


def design(uncertain: Sequence[Uncertain], seed: int, replicates: int) -> dict[str, list[float]]:
    """Return, for each uncertain parameter, its value in each replicate.

    Every block of 20 replicates is a Latin hypercube: each twentieth of a range is visited once. The values
    of a parameter depend on the seed, its path and the block, so that neither more replicates nor more
    parameters change what is already drawn.
    """
    values = {}
    for one in uncertain:
        blocks = (
            qmc.LatinHypercube(d=1, rng=_hash(f"design {seed} {one.path} {block}")).random(BLOCK)[:, 0]
            for block in range(math.ceil(replicates / BLOCK))
        )
        shares = np.concatenate([np.zeros(0), *blocks])[:replicates]
        values[one.path] = [_between(one, float(share)) for share in shares]
    return values


def _between(one: Uncertain, share: float) -> float:
    """Return the value at a share of the range, evenly or evenly in the logarithm."""
    if one.scale == "log":
        return float(one.low * (one.high / one.low) ** share)
    return one.low + (one.high - one.low) * share


def with_row(scenario: Scenario, rows: Mapping[str, Sequence[float]], replicate: int) -> Scenario:
    """Return the scenario with the parameters that a replicate has drawn."""
    return scenario.set({path: values[replicate] for path, values in rows.items()}) if rows else scenario


def planned_spending(scenario: Scenario, periods: int) -> list[float]:
    """Return what a scenario plans to spend on its instruments in each period (USD).

    A budget in USD is the plan; without one the plan is what the instruments are declared to cost, and a
    budget in teams adds its teams at their price.
    """
    world, costs, budget = scenario.build_world(), scenario.parameters.costs, scenario.budget
    policy = deploy(scenario.policy, world.codes)

    def in_week(week: int) -> float:
        if budget is not None and budget.usd_per_year is not None:
            return budget.usd_per_year / 52.0 if budget.runs(week) else 0.0
        fixed = sum(
            float(one.weekly_cost(one.deployed(world, where, costs, week)).sum())
            for one, where in policy
            if one.runs(week)
        )
        if budget is None or budget.teams is None or not budget.runs(week):
            return fixed
        orders: Orders = peace_orders(world, 0.0, 0.0)
        for one, where in policy:
            if one.works(week):
                one.act(orders, one.deployed(world, where, costs, week))
        price = team_week_cost(world.gdp_per_head, costs) / arriving(orders, costs.diversion)
        return fixed + float((orders.rest * budget.teams * price).sum())

    length = scenario.clock.period
    return [sum(in_week(week) for week in range(p * length, (p + 1) * length)) for p in range(periods)]


# ---- carrying out tasks ------------------------------------------------------------


def carry_out(task: Task, simulate: Simulate) -> Failure | None:
    """Run a task and keep its part; return the record of its failure if it fails."""
    try:
        part_of(simulate(task.scenario, task.seed), task.key).save(task.path)
    except Exception as error:  # whatever it is becomes a record; the other runs go on
        return task.failure(type(error).__name__, str(error), _week_of(error))
    return None


def _week_of(error: Exception) -> int | None:
    """Return the week an error speaks of, if it does."""
    told = re.search(r"\bweek (\d+)", str(error))
    return int(told[1]) if told else None


def part_of(result: Run, key: str) -> Part:
    """Return what is kept of a run."""
    return Part(
        key=key, codes=tuple(result.codes), crimes=tuple(result.crimes), period_weeks=result.period_weeks,
        measures=dict(result.measures), moves=dict(result.moves), mechanics=dict(result.mechanics),
    )  # fmt: skip


Finished = Callable[[Task, Failure | None], None]


def _one_after_another(tasks: Sequence[Task], simulate: Simulate, finished: Finished) -> None:
    for task in tasks:
        finished(task, carry_out(task, simulate))


def _side_by_side(tasks: Sequence[Task], workers: int, simulate: Simulate, finished: Finished) -> None:
    """Carry out tasks in worker processes.

    When a worker is killed, nobody can say which of the tasks in flight did it: each is tried once more,
    alone, and one that loses its worker again is recorded as killed.
    """
    waiting = deque(tasks)
    while waiting:
        for suspect in _until_a_worker_dies(waiting, workers, simulate, finished):
            if _until_a_worker_dies(deque([suspect]), 1, simulate, finished):
                finished(suspect, suspect.failure(KILLED, "its worker process was killed twice (out of memory?)"))


def _until_a_worker_dies(waiting: deque[Task], workers: int, simulate: Simulate, finished: Finished) -> list[Task]:
    """Work off the waiting tasks; return those in flight when a worker died, or nothing when all is done."""
    with _pool(workers) as pool:
        in_flight: dict[Future[Failure | None], Task] = {}
        while waiting or in_flight:
            while waiting and len(in_flight) < workers:
                task = waiting.popleft()
                try:
                    in_flight[pool.submit(carry_out, task, simulate)] = task
                except BrokenProcessPool:
                    return [*in_flight.values(), task]
            done, _ = wait(in_flight, return_when=FIRST_COMPLETED)
            for future in done:
                if not isinstance(future.exception(), BrokenProcessPool):
                    finished(in_flight.pop(future), future.result())
            if any(future in in_flight for future in done):
                return list(in_flight.values())
    return []


@contextmanager
def _pool(workers: int) -> Iterator[ProcessPoolExecutor]:
    """Give a pool of fresh processes; when the block is left by an interruption, they are ended at once."""
    others = set(multiprocessing.active_children())
    pool = ProcessPoolExecutor(workers, multiprocessing.get_context("spawn"), initializer=_prepare_worker)
    try:
        yield pool
    except BaseException:
        pool.shutdown(wait=False, cancel_futures=True)
        for process in set(multiprocessing.active_children()) - others:
            process.terminate()
        raise
    pool.shutdown()


def _prepare_worker() -> None:
    """Leave interruptions to the parent, and end with it even if it is killed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    assert parent is not None

    def follow() -> None:
        parent.join()
        os._exit(1)

    threading.Thread(target=follow, daemon=True).start()


def work_off(
    tasks: Sequence[Task], workers: int, simulate: Simulate, progress: Progress | None, folder: Path
) -> list[Failure]:
    """Carry out the tasks that have not left their part in the folder yet; return the failures in their order."""
    record.sweep_up(folder / PARTS)
    left = [task for task in tasks if not is_done(task)]
    failures: list[Failure] = []
    began, total, done = time.monotonic(), len(tasks), len(tasks) - len(left)

    def finished(_: Task, failure: Failure | None) -> None:
        nonlocal done
        done += 1
        if failure is not None:
            failures.append(failure)
        report()

    def report() -> None:
        here = done - (total - len(left))
        rest = (time.monotonic() - began) / here * (total - done) if here else None
        if progress is not None:
            progress(done, total, len(failures), rest)

    report()
    try:
        if workers > 1 and len(left) > 1:
            _side_by_side(left, workers, simulate, finished)
        else:
            _one_after_another(left, simulate, finished)
    except KeyboardInterrupt as stop:
        raise Interrupted(done, total, folder) from stop
    order = {(task.arm, task.replicate): place for place, task in enumerate(tasks)}
    return sorted(failures, key=lambda failure: order[failure.arm, failure.replicate])


# ---- a comparison ------------------------------------------------------------------


def compare(
    experiment: Experiment | str | Path,
    *,
    replicates: int | None = None,
    workers: int = 1,
    out: str | Path = "results",
    luck_only: bool = False,
    seed: int | None = None,
    progress: Progress | None = None,
    command: str = "",
    simulate: Simulate = run,
) -> "Comparison":
    """Run every arm of an experiment in paired replicates; return the comparison, stored in `out`/<name>.

    Parameters are drawn from their ranges, unless `luck_only`. Runs that an earlier call has finished with
    the same inputs are not repeated. `command` is kept as the command that repeats the result. Raises
    Interrupted on Ctrl-C, NothingToCompare when no run of the baseline finishes.
    """
    if not isinstance(experiment, Experiment):
        experiment = load_experiment(experiment)
    plan = _Plan(experiment, replicates, luck_only, seed, Path(out), command)
    with record.held(plan.folder / PARTS):
        failures = plan.carry_out(workers, simulate, progress)
        return plan.assemble(failures)


def run_one(
    experiment: Experiment | str | Path,
    *,
    replicates: int = 1,
    workers: int = 1,
    out: str | Path = "results",
    seed: int | None = None,
    progress: Progress | None = None,
    command: str = "",
    simulate: Simulate = run,
) -> "Comparison":
    """Run a scenario as it stands, no parameter drawn, and return its result: the same files, one arm."""
    return compare(
        experiment, replicates=replicates, workers=workers, out=out, luck_only=True, seed=seed,
        progress=progress, command=command, simulate=simulate,
    )  # fmt: skip


class _Plan:
    """All tasks of a comparison and where their results go."""

    def __init__(
        self,
        experiment: Experiment,
        replicates: int | None,
        luck_only: bool,
        seed: int | None,
        out: Path,
        command: str,
    ) -> None:
        self.experiment = experiment
        self.replicates = experiment.replicates if replicates is None else replicates
        self.luck_only = luck_only
        self.seed = experiment.seed if seed is None else seed
        self.folder = out / experiment.name
        self.rows = {} if luck_only else design(experiment.uncertain, self.seed, self.replicates)
        self.seeds = [seed_of(self.seed, replicate) for replicate in range(self.replicates)]
        self.command = command or self._command()
        self.source, self.tables = source_digest(), record.data_digests()
        # All arms of a replicate before the next one: what a stopped comparison leaves is paired.
        self.tasks = [self._task(arm, r) for r in range(self.replicates) for arm in experiment.arms]

    def _command(self) -> str:
        words = [
            "displace",
            "compare",
            self.experiment.name,
            "--replicates",
            str(self.replicates),
            "--seed",
            str(self.seed),
        ]
        return shlex.join([*words, *(["--luck-only"] if self.luck_only else [])])

    def _task(self, arm: str, replicate: int) -> Task:
        scenario = with_row(self.experiment.arms[arm].scenario, self.rows, replicate)
        inputs = (digest(scenario), self.seeds[replicate], self.source, self.tables)
        name = hashlib.blake2b(arm.encode(), digest_size=6).hexdigest()
        return Task(
            arm=arm, replicate=replicate, scenario=scenario, seed=self.seeds[replicate],
            key=hashlib.sha256(json.dumps(inputs, sort_keys=True).encode()).hexdigest(),
            path=self.folder / PARTS / f"{name}-{replicate:05d}.npz",
            command=shlex.join(
                ["displace", "replay", str(self.folder), "--arm", arm, "--replicate", str(replicate)]
            ),
        )  # fmt: skip

    def carry_out(self, workers: int, simulate: Simulate, progress: Progress | None) -> list[Failure]:
        """Run what has not been run yet and return the failures."""
        return work_off(self.tasks, workers, simulate, progress, self.folder)

    def assemble(self, failures: Sequence[Failure]) -> "Comparison":
        """Write the tables from the parts, run by run, what is computed from them, and the manifest last."""
        from sim.comparison import Comparison  # workers, which import this module too, never need it

        failed = {(failure.arm, failure.replicate) for failure in failures}
        finished = {(task.arm, task.replicate): task for task in self.tasks if (task.arm, task.replicate) not in failed}
        first = next((task for (arm, _), task in finished.items() if arm == self.experiment.baseline), None)
        if first is None:
            raise NothingToCompare(failures)
        manifest = self._manifest(kept_part(first), failures)
        record.clear(self.folder)

        def part(arm: str, replicate: int) -> Part | None:
            task = finished.get((arm, replicate))
            return None if task is None else kept_part(task)

        record.write_runs(self.folder, manifest, part)
        comparison = Comparison(self.folder, manifest)
        comparison.write_tables()
        names = [*record.TABLES, *comparison.TABLES]
        files = {name: record.file_digest(self.folder / name) for name in sorted(names)}
        manifest = Manifest(**(vars(manifest) | {"files": files}))
        manifest.write(self.folder)
        return Comparison(self.folder, manifest)

    def _manifest(self, part: Part, failures: Sequence[Failure]) -> Manifest:
        experiment, weeks = self.experiment, part.period_weeks
        periods = len(next(iter(part.measures.values())))
        first, last = math.ceil(experiment.window[0] / weeks), min(periods, experiment.window[1] // weeks)
        if first >= last:
            raise ValueError(f"the window {tuple(experiment.window)} holds no whole period of {weeks} weeks")
        return Manifest(
            experiment=experiment.name, about=experiment.about,
            status=str(experiment.arms[experiment.baseline].scenario.status), command=self.command,
            baseline=experiment.baseline, seed=self.seed, replicates=self.replicates,
            luck_only=self.luck_only, window=(first * weeks, last * weeks), period_weeks=weeks,
            periods=periods, codes=part.codes, crimes=part.crimes, metrics=_metrics(part),
            arms={name: self._arm(name, periods) for name in experiment.arms},
            contrasts=tuple({"name": c.name, "of": c.of, "minus": c.minus} for c in experiment.contrasts),
            seeds=tuple(self.seeds), design=self.rows,
            failures=tuple(asdict(failure) for failure in failures), versions=record.versions(),
            source=self.source, git=record.git_commit(), tables=self.tables, files={},
        )  # fmt: skip

    def _arm(self, name: str, periods: int) -> dict[str, Any]:
        arm = self.experiment.arms[name]
        return {
            "label": arm.label, "about": arm.about, "treated": list(arm.treated),
            "planned_usd": planned_spending(arm.scenario, periods), "scenario": dump(arm.scenario),
        }  # fmt: skip


def is_done(task: Task) -> bool:
    """Return whether a task has left its part."""
    part = record.load_part(task.path)
    return part is not None and part.key == task.key


def kept_part(task: Task) -> Part:
    """Return the part that a task has left."""
    part = record.load_part(task.path)
    if part is None or part.key != task.key:
        raise StoredDataDamaged(f"{task.path}: it is not what was written; run the same command again")
    return part


def _metrics(part: Part) -> dict[str, dict[str, Any]]:
    """Return what the columns mean, in the order of the tables."""
    found = {}
    for column in part.measures:
        one = METRICS[column]
        found[column] = {
            "measure": one.measure,
            "side": one.side,
            "unit": one.unit,
            "stock": one.stock,
            "about": one.about,
        }
    return found


# ---- repeating one run -------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Replay:
    """What came of repeating a stored run."""

    arm: str
    replicate: int
    differences: tuple[str, ...]  # empty: the numbers are equal, bit for bit
    changed: tuple[str, ...]  # versions, code or data that are not those of the stored run

    @property
    def equal(self) -> bool:
        """Whether every stored number came out again."""
        return not self.differences


def replay(folder: str | Path, arm: str, replicate: int, simulate: Simulate = run, most: int = 10) -> Replay:
    """Repeat one run of a stored result and compare every number; the first `most` differences are told.

    Raises StoredDataDamaged when the stored files are not whole, and whatever the run raises.
    """
    folder = Path(folder)
    manifest = record.verify(folder)
    if arm not in manifest.arms:
        raise UnknownName("arm", arm, manifest.arms)
    if not 0 <= replicate < manifest.replicates:
        raise ValueError(f"there is no replicate {replicate}; they are numbered 0 to {manifest.replicates - 1}")
    scenario = with_row(loads(manifest.arms[arm]["scenario"], arm), manifest.design, replicate)
    part = part_of(simulate(scenario, manifest.seeds[replicate]), key="")
    differences: list[str] = []
    for name, fresh in (
        ("series.parquet", record.series_table(arm, replicate, part)),
        ("moves.parquet", record.moves_table(arm, replicate, part)),
    ):
        stored = record.read_table(folder / name, arm=arm, replicate=replicate)
        differences += record.differences(name, stored, fresh, most - len(differences))
    return Replay(arm=arm, replicate=replicate, differences=tuple(differences), changed=_changed(manifest))


def _changed(manifest: Manifest) -> tuple[str, ...]:
    """Return what is not as it was when the result was stored."""
    now = record.versions()
    found = [f"{name} {manifest.versions.get(name, 'none')} is now {now[name]}" for name in now
             if manifest.versions.get(name) != now[name]]  # fmt: skip
    if manifest.source != source_digest():
        found.append("the code of the package has changed")
    tables = record.data_digests()
    found += [f"the table {name} has changed" for name in sorted(tables.keys() | manifest.tables.keys())
              if tables.get(name) != manifest.tables.get(name)]  # fmt: skip
    return tuple(found)
