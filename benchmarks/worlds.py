"""The worlds that are timed, and what is measured of a run of one: time by phase, operations, victims, memory."""

import json
import resource
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import sim.week as schedule
from sim.metrics import History
from sim.scenario import Scenario, load
from sim.state import audit

WORKERS = 500_000  # in operations of 25: twenty thousand operations


def mekong(scale: float = 0.2) -> Scenario:
    """Return the main world, without a policy."""
    return load("mekong-baseline").set({"scale": scale})


def whole_world() -> Scenario:
    """Return all 198 countries at full size, with the founders scaled to 20,000 operations of 25 workers."""
    scenario = load("whole-world").set({"scale": 1.0, "parameters.demography.target_size": 25})
    return with_workers(scenario, WORKERS)


def with_workers(scenario: Scenario, workers: float) -> Scenario:
    """Return a scenario whose founders together have this many workers, in the same proportions."""
    share = workers / sum(row.workers for row in scenario.founders)
    founders = tuple(replace(row, workers=max(1, round(share * row.workers))) for row in scenario.founders)
    return replace(scenario, founders=founders)


def classroom() -> Scenario:
    """Return the smallest world, 260 weeks."""
    return load("two-countries").set({"clock.weeks": 260})


def observed(scenario: Scenario, burn_in: int | None = None, weeks: int | None = None, seed: int = 1) -> dict[str, Any]:
    """Run a scenario and return seconds of the start, of burn-in and of the weeks after it, and what happened in these.

    What is measured is what `sim.run` does. The week before the first one timed has loaded all compiled code.
    """
    clock = scenario.clock
    before = clock.burn_in if burn_in is None else burn_in
    after = clock.weeks if weeks is None else weeks
    began = time.perf_counter()
    state, setting = schedule.start(scenario, seed)
    started = time.perf_counter()
    for _ in range(before):
        schedule.advance(state, setting)
    burnt_in = time.perf_counter()
    history = History(setting, max(1, after // clock.period), clock.period)
    history.open(state)
    spent: Counter[str] = Counter()
    operation_weeks, hits = 0, int(state.hits.sum())
    for week in range(after):
        operation_weeks += int((state.sites.status > 0).sum())
        for phase in schedule.WEEK:
            _timed(spent, phase.__name__, phase, state, setting)
        _timed(spent, "audit", audit, state, *setting.totals)
        state.week += 1
        if week < after // clock.period * clock.period:
            _timed(spent, "measures", history.keep, state, week + 1)
    return {
        "start_seconds": started - began,
        "burn_in_seconds": burnt_in - started,
        "seconds": sum(spent.values()),
        "weeks": after,
        "operations": int((state.sites.status > 0).sum()),
        "operation_weeks": operation_weeks,
        "victimisations": int(state.hits.sum()) - hits,
        "people_touched": int(state.known_victims[0]),
        "population": int(setting.world.population.sum()),
        "share_by_phase": {name: round(seconds / sum(spent.values()), 4) for name, seconds in spent.most_common()},
        "peak_gib": _peak_gib(),
    }


def _peak_gib() -> float:
    """Return the most memory this process has held; what `getrusage` says includes the program that started it."""
    try:
        lines = Path("/proc/self/status").read_text().splitlines()
        return int(next(line.split()[1] for line in lines if line.startswith("VmHWM"))) / 2**20
    except (OSError, StopIteration):  # not Linux
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20


def _timed(spent: Counter[str], name: str, act: Callable[..., Any], *inputs: Any) -> None:
    began = time.perf_counter()
    act(*inputs)
    spent[name] += time.perf_counter() - began


if __name__ == "__main__":  # in a process of its own, for the memory
    which, burn_in, weeks = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    made = {"mekong": mekong, "mekong-full": lambda: mekong(1.0), "world": whole_world, "classroom": classroom}[which]()
    observed(load("two-countries"), 1, 13)  # loads the compiled code
    print(json.dumps(observed(made, burn_in, weeks)))
