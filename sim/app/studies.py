"""Studies of the pages: a document (plain JSON) <-> the YAML of an experiment <-> the checked experiment.

A document has the keys of an experiment file (docs/scenario-files.md) and one more: `assumptions`, values of numbers of
the model by path. They hold in every arm, the baseline too, so that in the file each arm has them in its `set`, under
what the arm sets itself; the file draws them no more. `scenario` is the name of a shipped one, and nothing is ever read
by a path that a document gives. What is written is exactly what `displace compare FILE` runs.
"""

import re
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sim.app import session
from sim.app.wire import Refused
from sim.declare import UnknownName
from sim.ensemble import planned_spending
from sim.reports import budget_sentence, instrument_sentence, police_sentences, politics_sentences
from sim.scenario import Experiment, Problem, Scenario, ScenarioError, dump, find, load, loads_experiment, names
from sim.scenario.experiments import EXPERIMENT_KEYS, EXPERIMENT_ONLY, experiment_of
from sim.scenario.library import with_parents
from sim.scenario.reading import Node, read, read_file
from sim.scenario.uncertain import overlap
from sim.scenario.writing import plain
from sim.week import advance, start

Document = dict[str, Any]
Steps = tuple[str | int, ...]
FILE = "study"  # what problems call the text
KEYS = ("name", "about", "scenario", "baseline", "replicates", "demo_replicates", "seed", "window", "treated")
TIMED_WEEKS = 8
OUTDATED = 60.0  # seconds after which a world is timed again: the machine may be less busy by then
SUPPOSED = ("parameters.", "crimes.")  # where an assumption may lie


@dataclass(frozen=True)
class Study:
    """A checked document: the text of its file, and what that means."""

    text: str
    experiment: Experiment

    @property
    def base(self) -> Scenario:
        """The scenario of the baseline."""
        return self.experiment.arms[self.experiment.baseline].scenario

    def work(self, replicates: int) -> int:
        """Return the size of the study: weeks × countries × replicates × arms."""
        weeks = self.base.clock.burn_in + self.base.clock.weeks
        return weeks * len(self.base.world.codes) * replicates * len(self.experiment.arms)


class Faulty(Exception):
    """A document that cannot be run: every problem, with its place in the text and in the document."""

    def __init__(self, text: str, problems: list[dict[str, Any]]) -> None:
        self.text, self.problems = text, problems
        super().__init__("; ".join(str(one["message"]) for one in problems))


# ---- document -> text -> experiment --------------------------------------------------------------


def written(document: Document, name: str = "") -> str:
    """Return the document as the text of an experiment file, under another name if one is given."""
    kept = {key: document[key] for key in KEYS if key in document}
    kept["name"] = name or document.get("name", FILE)
    arms = document.get("arms")
    supposed = document.get("assumptions") or {}
    if isinstance(arms, dict) and isinstance(supposed, dict):
        arms = {arm: _with_assumptions(told, supposed) for arm, told in arms.items()}
    others = {key: value for key, value in document.items() if key not in (*KEYS, "arms", "assumptions", "uncertain")}
    drawn = document.get("uncertain")
    if isinstance(drawn, dict | list) and isinstance(supposed, dict):
        drawn = _still_drawn(drawn, supposed)
    return dump(kept | {"arms": arms} | others | ({} if drawn is None else {"uncertain": drawn}))


def _with_assumptions(arm: Any, supposed: Mapping[str, Any]) -> Any:
    """Return an arm with the assumptions under its own settings, and without what is not given."""
    if not isinstance(arm, dict | None):
        return arm
    arm = dict(arm or {})
    if supposed and isinstance(arm.get("set") or {}, dict):
        arm["set"] = {**supposed, **(arm.get("set") or {})}
    if isinstance(arm.get("policy"), list):
        arm["policy"] = [_given(one) for one in arm["policy"]]
    return {key: _given(value) if key == "budget" else value for key, value in arm.items() if value != ""}


def _given(record: Any) -> Any:
    """Return a mapping without its entries that say nothing."""
    return {key: value for key, value in record.items() if value is not None} if isinstance(record, dict) else record


def _still_drawn(drawn: Any, supposed: Mapping[str, Any]) -> Any:
    """Return what is drawn by every replicate, less what is assumed."""

    def free(path: object) -> bool:
        return not any(isinstance(path, str) and overlap(path, one) for one in supposed)

    return {p: v for p, v in drawn.items() if free(p)} if isinstance(drawn, dict) else [p for p in drawn if free(p)]


def study_of(document: Document, name: str = "") -> Study:
    """Return the checked study, or raise Faulty with all its problems."""
    problems = [_problem(message, path) for message, path in _misfits(document)]
    if problems:
        raise Faulty("", problems)
    text = written(document, name)
    try:
        node = read(text, FILE)
    except ScenarioError as error:
        raise Faulty(text, [_problem(one.message, (), one) for one in error.problems]) from error
    try:
        experiment = loads_experiment(text, FILE)
    except ScenarioError as error:
        places = dict(_places(node, ()))
        found = [_problem(one.message, places.get((one.line, one.column), ()), one) for one in error.problems]
        raise Faulty(text, _once(_in_document(one, document) for one in found)) from error
    except ValueError as error:
        raise Faulty(text, [_problem(str(error), ())]) from error
    return Study(text, experiment)


def _misfits(document: Document) -> Iterator[tuple[str, Steps]]:
    """Yield what would not even become a file: what no document has, too many arms, assumptions about other things."""
    known = {*EXPERIMENT_KEYS, "assumptions"}
    for key in document:
        if key == "extends":
            yield "a study of the pages stands by itself: it builds on no other", (key,)
        elif key not in known:
            yield f"a study has no '{key[:80]}'", (key,)
    arms, supposed = document.get("arms"), document.get("assumptions") or {}
    if isinstance(arms, dict) and len(arms) > session.MOST_ARMS:
        yield f"this study has {len(arms)} arms; at most {session.MOST_ARMS} are compared here", ("arms",)
    if not isinstance(supposed, dict):
        yield "assumptions are values by path", ("assumptions",)
        return
    for path in supposed:
        if not path.startswith(SUPPOSED):
            yield f"'{path[:80]}' is no number of the model", ("assumptions", path)


def _problem(message: str, path: Steps, at: Problem | None = None) -> dict[str, Any]:
    near = re.search(r"did you mean ['‘]([^'’]+)['’]", message)
    found = {"message": message, "line": at.line if at else 0, "column": at.column if at else 0, "path": list(path)}
    return found | ({"nearest": near[1]} if near else {})


def _places(node: Node, path: Steps) -> Iterator[tuple[tuple[int, int], Steps]]:
    """Yield every place of a text with what stands there, the innermost last."""
    yield (node.place.line, node.place.column), path
    if node.key is not None:
        yield (node.key.line, node.key.column), path
    inner = node.mapping.items() if node.mapping else enumerate(node.items)
    for step, one in inner:
        yield from _places(one, (*path, step))


def _in_document(problem: dict[str, Any], document: Document) -> dict[str, Any]:
    """Return a problem of an assumption at the place where the document has it, not in the arm that has it too."""
    match problem["path"]:
        case ["arms", _, "set", path] if path in (document.get("assumptions") or {}):
            return problem | {"path": ["assumptions", path]}
    return problem


def _once(problems: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return problems without those that say the same of the same place: an assumption stands in every arm."""
    found: dict[tuple[Any, ...], dict[str, Any]] = {}
    for one in problems:
        found.setdefault((one["message"], *one["path"]), one)
    return list(found.values())


def limits_of(study: Study, replicates: int) -> list[dict[str, Any]]:
    """Return what is too large about a study."""
    countries, work = len(study.base.world.codes), study.work(replicates)
    found = []
    if countries > session.MOST_COUNTRIES:
        said = f"this world has {countries} countries; at most {session.MOST_COUNTRIES} are run here"
        found.append(_problem(f"{said}: use `displace compare` for more", ("scenario",)))
    if replicates > session.MOST_REPLICATES:
        said = f"{replicates:,} replicates are asked for; at most {session.MOST_REPLICATES} are run here"
        found.append(_problem(said, ("replicates",)))
    if work > session.MOST_WORK:
        said = f"weeks × countries × replicates × arms are {work:,} here; at most {session.MOST_WORK:,} are run"
        found.append(_problem(f"{said}: take fewer replicates or arms", ("replicates",)))
    return found


def runnable(document: Document, replicates: int | None) -> Study:
    """Return a study that may run, or raise Refused."""
    try:
        study = study_of(document)
        problems = limits_of(study, study.experiment.replicates if replicates is None else replicates)
        if len(study.experiment.arms) < 2:
            problems.append(_problem("a study needs two arms at least: there is nothing to compare", ("arms",)))
    except Faulty as faulty:
        problems = faulty.problems
    if problems:
        first = {key: value for key, value in problems[0].items() if key != "message"}
        raise Refused(422, problems[0]["message"], **first, problems=problems)
    return study


# ---- what the pages are told ---------------------------------------------------------------------


def check(document: Document, timed: bool) -> dict[str, Any]:
    """Return what a document means, or what is wrong with it; `timed` also how long it would take."""
    try:
        study = study_of(document)
    except Faulty as faulty:
        name = document.get("name", FILE)
        return {
            "yaml": faulty.text, "problems": faulty.problems, "arms": {}, "runs": 0, "seconds_estimate": None,
            "name": name if isinstance(name, str) else FILE,
        }  # fmt: skip
    found = study.experiment
    runs = found.replicates * len(found.arms)
    one = seconds_a_run(found.arms[found.baseline].scenario) if timed else None
    return {
        "yaml": study.text,
        "problems": limits_of(study, found.replicates),
        "arms": {name: arm_words(arm.scenario, found) for name, arm in found.arms.items()},
        "runs": runs,
        "seconds_estimate": None if one is None else one * runs,
        "name": found.name,
    }


def arm_words(scenario: Scenario, experiment: Experiment) -> dict[str, Any]:
    """Return what is in force in an arm, in sentences, and what it plans to spend in a year of the window."""
    named = {here.code: here.name for here in scenario.countries}
    length, budget = scenario.clock.period, scenario.budget
    first, last = (week // length for week in experiment.window)
    planned = sum(planned_spending(scenario, last)[first:]) * 52.0 / ((last - first) * length)
    return {
        "sentences": [
            *((budget_sentence(budget),) if budget is not None else ()),
            *police_sentences(scenario, named),
            *(instrument_sentence(one, named, explained=False) for one in scenario.policy),
            *politics_sentences(scenario, named),
        ],
        "usd_per_year": planned,
        "budget_usd_per_year": None if budget is None else budget.usd_per_year,
    }


_seconds: dict[tuple[Any, ...], tuple[float, float]] = {}  # of a run, and when that was found, by the world


def seconds_a_run(base: Scenario) -> float:
    """Return how long a run of a scenario takes here, going by a few weeks of it; a world is timed once in a while."""
    key, began = (base.name, base.scale, base.clock), time.monotonic()
    if key not in _seconds or began - _seconds[key][1] > OUTDATED:
        state, setting = start(base, 1)
        advance(state, setting)  # kernels are loaded, and the first week solves for more than any other
        begun = time.monotonic()
        for _ in range(TIMED_WEEKS):
            advance(state, setting)
        week = (time.monotonic() - begun) / TIMED_WEEKS
        _seconds[key] = week * (base.clock.burn_in + base.clock.weeks), began
    return _seconds[key][0]


# ---- experiment -> document ----------------------------------------------------------------------


def read_document(text: str) -> Document:
    """Return the document that a text in YAML means, in full; raise Refused with all its problems."""
    try:
        node = read(text, FILE)
        if not any(key in node.mapping for key in EXPERIMENT_ONLY):
            raise Refused(422, "This is no experiment: it has no arms.", line=1, column=1)
        return document_of(node, None)
    except ScenarioError as error:
        problems = [_problem(one.message, (), one) for one in error.problems]
        first = {key: value for key, value in problems[0].items() if key != "message"}
        raise Refused(422, problems[0]["message"], **first, problems=problems) from error


def shipped_document(name: str) -> Document:
    """Return the document of a shipped experiment, or raise Refused."""
    try:
        path = find(name, "experiments")
    except UnknownName as error:
        raise Refused(404, f"{error}.", nearest=error.nearest) from error
    return document_of(read_file(path), path)


def document_of(node: Node, origin: Path | None) -> Document:
    """Return an experiment as a document: every arm by itself, with all members by code and all settings."""
    node = with_parents(node, origin, "experiments")
    experiment = experiment_of(node, origin)
    scenario = str(node.mapping["scenario"].value)
    if scenario not in names("scenarios"):
        place = node.mapping["scenario"].place
        raise Refused(422, "The pages know shipped scenarios only.", line=place.line, column=place.column)
    base = load(scenario)
    sets = {name: _settings(name, node.mapping["arms"]) for name in experiment.arms}
    supposed = _shared(sets)
    stated = node.mapping.get("uncertain")
    document: Document = {
        "name": experiment.name, "about": experiment.about, "scenario": scenario, "baseline": experiment.baseline,
        "replicates": experiment.replicates, "demo_replicates": experiment.demo_replicates, "seed": experiment.seed,
        "window": {"from": experiment.window[0], "to": experiment.window[1]},
        "arms": {name: _arm(name, experiment, base, sets[name], supposed) for name in experiment.arms},
        "contrasts": plain(experiment.contrasts), "assumptions": supposed,
    }  # fmt: skip
    if stated is not None and stated.value is not None:
        document["uncertain"] = {one.path: [one.low, one.high] for one in experiment.uncertain}
    return document


def _arm(
    name: str, experiment: Experiment, base: Scenario, settings: Mapping[str, Any], supposed: Mapping[str, Any]
) -> Document:
    arm = experiment.arms[name]
    touched = sorted({code for one in arm.scenario.policy for code in one.scene})
    found: Document = {"label": arm.label, "about": arm.about, "policy": plain(arm.scenario.policy)}
    if arm.scenario.budget is not None or base.budget is not None:
        found["budget"] = plain(arm.scenario.budget)
    if arm.scenario.politics != base.politics:
        found["politics"] = plain(arm.scenario.politics)
    if list(arm.treated) != touched:
        found["treated"] = list(arm.treated)
    own = {path: value for path, value in settings.items() if path not in supposed}
    return found | ({"set": own} if own else {})


def _settings(name: str, arms: Node) -> dict[str, Any]:
    """Return what an arm sets, with what the arms that it builds on set; policy and money are told elsewhere."""
    arm = arms.mapping[name]
    above = arm.mapping["extends"].value if "extends" in arm.mapping else None
    found = _settings(above, arms) if isinstance(above, str) else {}
    for path, value in arm.mapping["set"].mapping.items() if "set" in arm.mapping else ():
        if path.split(".")[0] not in ("policy", "budget", "politics"):
            found[path] = value.plain()
    return found


def _shared(sets: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Return the numbers of the model that all arms set to the same value."""
    first, *others = sets.values()
    return {
        path: value
        for path, value in first.items()
        if path.startswith(SUPPOSED) and all(path in one and one[path] == value for one in others)
    }
