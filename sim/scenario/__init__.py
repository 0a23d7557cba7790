"""YAML -> complete, checked, frozen scenarios and experiments, and back; errors say file, line and column."""

from pathlib import Path

from sim.scenario.complete import Scenario, complete
from sim.scenario.experiments import (
    EXPERIMENT_ONLY,
    Arm,
    Contrast,
    Experiment,
    experiment_of,
    single,
)
from sim.scenario.library import Entry, Shelf, catalogue, find, located, names, shown_path, with_parents
from sim.scenario.problems import Problem, ScenarioError, fatal
from sim.scenario.reading import Node, read, read_file
from sim.scenario.records import (
    Budget,
    Clock,
    Distance,
    Founder,
    Migration,
    PoliceException,
    Policing,
    Workforce,
    WorldChoice,
)
from sim.scenario.schema import json_schema
from sim.scenario.uncertain import Uncertain
from sim.scenario.writing import digest, dump

__all__ = [
    "Arm",
    "Budget",
    "Clock",
    "Contrast",
    "Distance",
    "Entry",
    "Experiment",
    "Founder",
    "Migration",
    "PoliceException",
    "Policing",
    "Problem",
    "Scenario",
    "ScenarioError",
    "Shelf",
    "Uncertain",
    "Workforce",
    "WorldChoice",
    "catalogue",
    "digest",
    "dump",
    "find",
    "json_schema",
    "load",
    "load_experiment",
    "loads",
    "loads_experiment",
    "names",
]


def load(path_or_name: str | Path) -> Scenario:
    """Return the scenario in a file, or the shipped one of that name, or raise ScenarioError."""
    path = located(path_or_name, "scenarios")
    return _scenario(read_file(path, shown_path(path)), path)


def loads(text: str, name: str = "text") -> Scenario:
    """Return the scenario that a text describes; it can build on shipped scenarios only."""
    return _scenario(read(text, name), None)


def load_experiment(path_or_name: str | Path) -> Experiment:
    """Return the experiment in a file, or the shipped one of that name; a scenario makes a single arm."""
    path = located(path_or_name, "experiments", "scenarios")
    return _experiment(read_file(path, shown_path(path)), path)


def loads_experiment(text: str, name: str = "text") -> Experiment:
    """Return the experiment that a text describes; it can build on shipped files only."""
    return _experiment(read(text, name), None)


def _is_experiment(node: Node) -> bool:
    return any(key in node.mapping for key in EXPERIMENT_ONLY)


def _scenario(node: Node, path: Path | None) -> Scenario:
    if _is_experiment(node):
        raise fatal(node.place, "this is an experiment, which has arms; a scenario is expected here")
    return complete(with_parents(node, path, "scenarios"), planned=path is not None)


def _experiment(node: Node, path: Path | None) -> Experiment:
    if not _is_experiment(node):
        return single(_scenario(node, path))
    return experiment_of(with_parents(node, path, "experiments"), path)
