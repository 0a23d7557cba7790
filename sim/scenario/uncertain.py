"""The numbers of an experiment that every replicate draws anew."""

from collections.abc import Iterator
from typing import Any

from sim.declare import UnknownName, declared, record
from sim.parameters import CrimeType, parameter_table
from sim.scenario.checking import checked, hint, shown
from sim.scenario.complete import Scenario
from sim.scenario.problems import Findings, Place, ScenarioError
from sim.scenario.reading import Node, node_of
from sim.world import crime_types


@record
class Uncertain:
    """A number that every replicate draws from a range, the same draw in every arm."""

    path: str
    low: float
    high: float
    scale: str = "linear"


def declaration(path: str) -> dict[str, Any] | None:
    """Return what is declared of the number at a path, crime traits for one crime or for all (`*`)."""
    steps = path.split(".")
    if steps[0] == "crimes" and len(steps) == 3:
        return declared(CrimeType).get(steps[2])
    return dict(parameter_table()).get(path)


def declared_uncertain(scenario: Scenario) -> tuple[Uncertain, ...]:
    """Return every number declared uncertain that the scenario leaves at its declared value."""
    return tuple(
        Uncertain(path=free, low=facts["plausible"][0], high=facts["plausible"][1], scale=facts["scale"])
        for path, facts in parameter_table()
        if facts["uncertain"]
        for free in left_free(scenario, path, facts)
    )


def left_free(scenario: Scenario, path: str, facts: dict[str, Any]) -> Iterator[str]:
    """Yield a path if the scenario does not fix it; of a crime trait, the path of each crime left free."""
    first, group, name = path.split(".")
    if first == "parameters":
        if getattr(getattr(scenario.parameters, group), name) == facts["default"]:
            yield path
        return
    stored = crime_types()
    free = [crime for crime, traits in scenario.crimes.items()
            if crime in stored and getattr(traits, name) == getattr(stored[crime], name)]  # fmt: skip
    if len(free) == len(scenario.crimes):
        yield path
    else:
        yield from (f"crimes.{crime}.{name}" for crime in free)


def uncertain_of(node: Node, base: Scenario, findings: Findings) -> tuple[Uncertain, ...]:
    """Return the numbers that replicates draw: those named, or all declared uncertain and not fixed."""
    stated = node.mapping.get("uncertain")
    fixed = dict(_settings(node))
    if stated is None or stated.value is None:
        drawn = declared_uncertain(base)
        return tuple(one for one in drawn if not any(overlap(one.path, path) for path in fixed))
    if not isinstance(stated.value, tuple | dict):
        said = "'uncertain' must be a list of paths, or a mapping of paths to [low, high]"
        findings.add(stated.place, f"{said}, not {shown(stated.value)}")
        return ()
    named: list[tuple[str, Place, Node | None]]
    named = [(str(item.value), item.place, None) for item in stated.items]
    named += [(path, limits.entry, limits) for path, limits in stated.mapping.items()]
    found = [_range(path, place, limits, base, findings) for path, place, limits in named]
    for path, place, _ in named:
        for setting in fixed:
            if overlap(path, setting):
                said = f"'{setting}' is drawn by every replicate (line {place.line}): fix it in one place"
                findings.add(fixed[setting], said)
    return tuple(one for one in found if one is not None)


def _settings(node: Node) -> Iterator[tuple[str, Place]]:
    """Yield every path that an arm sets, and where."""
    for arm in node.mapping["arms"].mapping.values() if "arms" in node.mapping else ():
        for path, value in arm.mapping["set"].mapping.items() if "set" in arm.mapping else ():
            yield path, value.entry


def overlap(path: str, other: str) -> bool:
    """Return whether two paths may mean the same number; `*` stands for any step."""
    steps, others = path.split("."), other.split(".")
    return len(steps) == len(others) and all(a == b or "*" in (a, b) for a, b in zip(steps, others, strict=True))


def _range(path: str, place: Place, limits: Node | None, base: Scenario, findings: Findings) -> Uncertain | None:
    """Return a path with the range stated or declared for it, or note what is wrong with it."""
    facts = declaration(path)
    if facts is None:
        known = [name for name, _ in parameter_table()]
        findings.add(place, f"no number is declared at '{path}'{hint(path, known)}")
        return None
    if limits is None or limits.value is None:
        limits = node_of(facts["plausible"], place)
    if limits.value is None:
        findings.add(place, f"'{path}' has no declared range: write `{path}: [low, high]`")
        return None
    span = checked(tuple[float, float], limits.plain(), limits, findings, f"the range of '{path}'")
    if span is None:
        return None
    least = 0.0 if facts["scale"] == "log" else float("-inf")
    if not least < span[0] < span[1]:
        above = ", above 0," if facts["scale"] == "log" else ""
        findings.add(place, f"the range of '{path}' must be [low, high] with low{above} below high")
        return None
    for end in span:
        try:
            base.set({path: end})
        except (UnknownName, ScenarioError) as error:
            problems = error.problems if isinstance(error, ScenarioError) else (error,)
            for problem in problems:
                findings.add(place, f"'{path}' cannot be {end:g}: {getattr(problem, 'message', problem)}")
            return None
    return Uncertain(path=path, low=span[0], high=span[1], scale=facts["scale"])
