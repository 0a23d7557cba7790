"""Where organised crime goes when countries crack down, alone or together: a simulation in Python.

    import sim

    result = sim.compare("mekong", replicates=20, workers=2)
    result.plot()

Nothing is imported before it is asked for. `sim.compare` is a function, `sim.comparison` a module.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

    from sim.comparison import Comparison, open_results
    from sim.decisions import Decisions
    from sim.ensemble import Progress, Replay, replay
    from sim.mesa_model import DisplacementModel
    from sim.scenario import (
        Experiment,
        Problem,
        Scenario,
        ScenarioError,
        dump,
        load,
        load_experiment,
        loads,
        loads_experiment,
        names,
    )
    from sim.week import Run

__all__ = [
    "Comparison",
    "DisplacementModel",
    "Experiment",
    "Problem",
    "Replay",
    "Run",
    "Scenario",
    "ScenarioError",
    "__version__",
    "compare",
    "dump",
    "load",
    "load_experiment",
    "loads",
    "loads_experiment",
    "names",
    "open_results",
    "replay",
    "run",
    "validate",
]

_ROOMS = {
    "Comparison": "comparison",
    "DisplacementModel": "mesa_model",
    "Experiment": "scenario",
    "Problem": "scenario",
    "Replay": "ensemble",
    "Run": "week",
    "Scenario": "scenario",
    "ScenarioError": "scenario",
    "dump": "scenario",
    "load": "scenario",
    "load_experiment": "scenario",
    "loads": "scenario",
    "loads_experiment": "scenario",
    "names": "scenario",
    "open_results": "comparison",
    "replay": "ensemble",
}


def __getattr__(name: str) -> Any:
    if name == "__version__":
        from importlib.metadata import PackageNotFoundError, version

        try:
            return version("displace")
        except PackageNotFoundError:
            return "unknown (run from a folder, not installed)"
    if name in _ROOMS:
        found = globals()[name] = getattr(import_module(f"sim.{_ROOMS[name]}"), name)
        return found
    raise AttributeError(f"module 'sim' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({name for name in globals() if name.startswith("__")}.union(__all__))


def run(scenario: "Scenario | str | Path", seed: int = 1, decisions: "Decisions | None" = None) -> "Run":
    """Run one scenario (a name, a path or a Scenario) with one seed and return every measure by period.

    `decisions` says who decides in place of the compiled rules (`sim.decisions`).
    """
    from sim import week
    from sim.scenario import Scenario, load

    return week.run(scenario if isinstance(scenario, Scenario) else load(scenario), seed, decisions)


def compare(
    experiment: "Experiment | str | Path",
    *,
    replicates: int | None = None,
    workers: int = 1,
    out: "str | Path" = "results",
    luck_only: bool = False,
    seed: int | None = None,
    progress: "Progress | None" = None,
) -> "Comparison":
    """Run every arm of an experiment (a name, a path or an Experiment) in paired runs; return the comparison.

    What has been run before with the same inputs is not run again. `progress(done, total, failures,
    seconds_left)` is called after every run. Raises ScenarioError for a file with mistakes, and
    KeyboardInterrupt on Ctrl-C: the same call then goes on from where it stopped. In a script that uses more
    than one worker, call it under `if __name__ == "__main__":`, as every program that starts processes must.
    """
    from sim import ensemble

    return ensemble.compare(
        experiment,
        replicates=replicates,
        workers=workers,
        out=out,
        luck_only=luck_only,
        seed=seed,
        progress=progress,
    )


def validate(path_or_name: "str | Path") -> "tuple[Problem, ...]":
    """Return everything that is wrong with a scenario or experiment file: nothing if it is in order."""
    from sim.scenario import ScenarioError, load_experiment

    try:
        load_experiment(path_or_name)
    except ScenarioError as error:
        return error.problems
    return ()
