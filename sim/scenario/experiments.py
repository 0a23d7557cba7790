"""Experiments: arms as named differences from one scenario, compared under the same luck."""

from collections.abc import Mapping, Sequence
from dataclasses import field, replace
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field

from sim.declare import UnknownName, param, record
from sim.scenario.checking import checked, hint, keys_of, known_keys, shown
from sim.scenario.complete import Scenario, completed
from sim.scenario.library import merged, parent_path, shown_path, with_parents
from sim.scenario.problems import Findings, Place, ScenarioError
from sim.scenario.reading import Node, node_of, read_file
from sim.scenario.records import Name, Words
from sim.scenario.territory import Territory, member_codes, refuse_twins
from sim.scenario.uncertain import Uncertain, declared_uncertain, overlap, uncertain_of
from sim.scenario.writing import plain
from sim.world import bodies, inside, members, regions

LAST_WEEK = 5200
ArmName = Annotated[str, Field(pattern=r"^[^\s/\\][^/\\\x00-\x1f]{0,79}$")]


@record
class Contrast:
    """A named difference between two arms."""

    name: str = param(unit="words", source="experiment", about="what the difference shows")
    of: str = param(unit="arm", source="experiment", about="the arm it is taken of")
    minus: str = param(unit="arm", source="experiment", about="the arm that is subtracted")


Week = Annotated[int, Field(ge=0, le=LAST_WEEK)]
Window = dict[Literal["from", "to"], Week]


@record
class Arm:
    """One policy: the base scenario with its differences."""

    label: str
    scenario: Scenario
    treated: tuple[str, ...] = ()
    about: str = ""


@record
class ArmText:
    """What a file says about an arm besides its policy, budget and politics."""

    label: Annotated[str, Field(max_length=200)] = ""
    about: Words = ""
    extends: str | None = None
    set: dict[str, Any] = field(default_factory=dict)


@record
class Design:
    """How arms are compared."""

    name: Name
    about: Words = ""
    baseline: str = ""
    replicates: int = param(40, unit="paired runs per arm", low=1, high=100_000, source="experiment")
    demo_replicates: int = param(
        20, unit="paired runs per arm", low=1, high=100_000, source="experiment", about="for a demo"
    )
    seed: int = param(1, unit="number", low=0, high=2**53, source="experiment", about="what all luck derives from")
    contrasts: tuple[Contrast, ...] = ()


@record
class Experiment(Design):
    """Everything a comparison needs: complete arms, how often, against what, over which weeks."""

    arms: dict[str, Arm]
    window: tuple[int, int]
    uncertain: tuple[Uncertain, ...] = ()

    def set(self, changes: Mapping[str, Any]) -> "Experiment":
        """Return the experiment with values replaced: its own (`replicates`, `seed`) or those of every arm.

        A path that leads somewhere in some arms only (`policy.crackdown.start`) is set in these. What is set
        is no longer drawn; the window is shortened to a shorter clock. Raises UnknownName and ScenarioError.
        """
        own = {path: value for path, value in changes.items() if path in OWN_VALUES}
        design = {name: getattr(self, name) for name in keys_of(Design)} | own
        findings = Findings()
        checked(Design, plain(design), node_of(plain(design), Place(self.name)), findings, "an experiment")
        findings.raise_any()
        if design["baseline"] not in self.arms:
            raise UnknownName("arm", design["baseline"], self.arms)
        arms = dict(self.arms)
        for path in changes.keys() - own.keys():
            arms = _set_in_all(arms, path, changes[path])
        drawn = tuple(one for one in self.uncertain if not any(overlap(one.path, path) for path in changes))
        end = min(self.window[1], min(_whole_periods(arm.scenario) for arm in arms.values()))
        window = (self.window[0] if self.window[0] < end else 0, end)
        return replace(self, **own, arms=arms, uncertain=drawn, window=window)


OWN_VALUES = ("replicates", "demo_replicates", "seed", "baseline")


def _set_in_all(arms: Mapping[str, Arm], path: str, value: Any) -> dict[str, Arm]:
    """Return arms with a value replaced wherever the path leads somewhere; raise UnknownName if nowhere."""
    changed = dict(arms)
    lost: list[UnknownName] = []
    for name, arm in arms.items():
        try:
            changed[name] = replace(arm, scenario=arm.scenario.set({path: value}))
        except UnknownName as error:
            lost.append(error)
    if lost and all(changed[name] is arm for name, arm in arms.items()):
        raise _furthest(lost)
    return changed


def _furthest(lost: Sequence[UnknownName]) -> UnknownName:
    """Return where a path ends in the arm in which it leads furthest; with what all such arms would know instead."""
    first = max(lost, key=lambda one: one.name.count("."))
    ends = [one for one in lost if (one.kind, one.name.count(".")) == (first.kind, first.name.count("."))]
    return UnknownName(first.kind, first.name, {name for one in ends for name in one.valid})


EXPERIMENT_KEYS = (*keys_of(Design), "scenario", "window", "treated", "arms", "uncertain")
EXPERIMENT_ONLY = tuple(key for key in EXPERIMENT_KEYS if key not in keys_of(Scenario))  # no scenario has them
POLICY_KEYS = ("budget", "policy", "politics")  # what governments do
ARM_KEYS = (*keys_of(ArmText), *POLICY_KEYS, "treated")


def single(scenario: Scenario) -> Experiment:
    """Return the experiment that runs one scenario as it is."""
    treated = sorted({code for instrument in scenario.policy for code in instrument.scene})
    arm = Arm(label=scenario.name, scenario=scenario, treated=tuple(treated), about=scenario.about)
    return Experiment(
        name=scenario.name, about=scenario.about, baseline=scenario.name, arms={scenario.name: arm},
        window=(0, _whole_periods(scenario)), uncertain=declared_uncertain(scenario), replicates=20,
    )  # fmt: skip


def _whole_periods(scenario: Scenario) -> int:
    return scenario.clock.weeks - scenario.clock.weeks % scenario.clock.period


def experiment_of(node: Node, origin: Path | None) -> Experiment:
    """Return the experiment that a file describes, or raise ScenarioError with all its problems."""
    findings = Findings()
    node = known_keys(node, EXPERIMENT_KEYS, "an experiment", findings)
    plan = node.without("scenario", "window", "treated", "arms", "uncertain").plain()
    design: Design | None = checked(Design, plan, node, findings, "an experiment")
    base_node = _base(node, origin, findings)
    base = completed(base_node, findings) if base_node else None
    if base_node is None or base is None:
        findings.raise_any()
    assert base_node is not None
    assert base is not None
    arms = _arms(node, base_node, base, findings)
    _check_arm_names(node, arms, findings)
    window = _window(node, base, findings)
    uncertain = uncertain_of(node, base, findings)
    findings.raise_any()
    assert design is not None
    return Experiment(
        name=design.name, about=design.about, baseline=design.baseline or next(iter(arms)), seed=design.seed,
        replicates=design.replicates, demo_replicates=design.demo_replicates, contrasts=design.contrasts,
        arms=arms, window=window, uncertain=uncertain,
    )  # fmt: skip


def _base(node: Node, origin: Path | None, findings: Findings) -> Node | None:
    """Return the file of the scenario that the arms differ from, merged with what it extends."""
    if "scenario" not in node.mapping:
        findings.add(node.place, "an experiment needs 'scenario': what its arms differ from")
        return None
    try:
        named = node.mapping["scenario"]
        # The name may come from a parent in another folder, to which a relative path belongs.
        path = parent_path(named, origin and Path(named.place.file), "scenarios")
        return with_parents(read_file(path, shown_path(path)), path, "scenarios")
    except ScenarioError as error:
        findings.problems.extend(error.problems)
        return None


# -------------------------------------------------------------------------------------------------- arms


def _arms(node: Node, base_node: Node, base: Scenario, findings: Findings) -> dict[str, Arm]:
    arms = node.mapping.get("arms")
    if arms is None or not arms.mapping:
        findings.add((arms or node).place, "an experiment needs 'arms': a mapping of names to differences")
        return {}
    territory = _territory(base)
    treated = node.mapping.get("treated")
    found = {}
    for name, difference in arms.mapping.items():
        checked(ArmName, name, Node(name, difference.entry), findings, f"the name of the arm '{name[:80]}'")
        whole = _with_parent_arms(name, arms, (), findings)
        if whole is not None:
            found[name] = _arm(name, whole, base_node, treated, territory, findings)
    return {name: arm for name, arm in found.items() if arm is not None}


def _territory(base: Scenario) -> Territory:
    groups = {name: inside(name) for name in regions()} | {name: members(name) for name in bodies()}
    for here in base.world.imagined:
        groups[here.region] = tuple(other.code for other in base.world.imagined if other.region == here.region)
    return Territory(base.world.codes, groups, frozenset())


def _with_parent_arms(name: str, arms: Node, below: tuple[str, ...], findings: Findings) -> Node | None:
    """Return an arm merged into the one that it extends, and so on."""
    arm = arms.mapping[name]
    if arm.value is None:
        arm = Node({}, arm.place, arm.key)
    if not isinstance(arm.value, dict):
        findings.add(arm.place, f"an arm is a mapping, not {shown(arm.value)}")
        return None
    named = arm.mapping.get("extends")
    if named is None or not isinstance(named.value, str):
        return arm
    if named.value not in arms.mapping:
        findings.add(named.place, f"there is no arm '{named.value}'{hint(named.value, arms.mapping)}")
        return None
    if named.value in (*below, name):
        findings.add(named.place, f"'extends' goes round in a circle: {' -> '.join((*below, name, named.value))}")
        return None
    parent = _with_parent_arms(named.value, arms, (*below, name), findings)
    return None if parent is None else merged(parent.without("label", "about", "extends"), arm)


def _arm(
    name: str, arm: Node, base_node: Node, treated: Node | None, territory: Territory, findings: Findings
) -> Arm | None:
    known = len(findings.problems)
    arm = known_keys(arm, ARM_KEYS, "an arm", findings)
    text: ArmText | None = checked(ArmText, arm.without(*POLICY_KEYS, "treated").plain(), arm, findings, "an arm")
    difference: dict[str, Node] = {key: arm.mapping[key] for key in POLICY_KEYS if key in arm.mapping}
    scenario = completed(merged(base_node, Node(difference, base_node.place)), findings)
    if scenario is not None and text is not None:
        scenario = _with_settings(scenario, arm, findings)
    own = arm.mapping.get("treated", treated)
    stated = member_codes(own, territory, findings) if own else None
    if scenario is None or text is None or len(findings.problems) > known:
        return None
    touched = sorted({code for instrument in scenario.policy for code in instrument.scene})
    chosen = [str(code.value) for code in stated.items] if stated else touched
    return Arm(label=text.label or name, scenario=scenario, treated=tuple(chosen), about=text.about)


COMMON = ("name", "scale", "clock", "world")  # what arms must share, so that they can be paired


def _with_settings(scenario: Scenario, arm: Node, findings: Findings) -> Scenario | None:
    """Return an arm's scenario with the values that its `set` replaces."""
    for path, value in arm.mapping["set"].mapping.items() if "set" in arm.mapping else ():
        if path.split(".")[0] in COMMON:
            said = f"arms share '{path.split('.')[0]}': they could not be compared run by run"
            findings.add(value.entry, said)
            continue
        try:
            scenario = scenario.set({path: value.plain()})
        except UnknownName as error:
            findings.add(value.entry, str(error))
        except ScenarioError as error:
            for problem in error.problems:
                findings.add(value.place, problem.message)
    return scenario


def _contrasts(node: Node) -> Sequence[Node]:
    return node.mapping["contrasts"].items if "contrasts" in node.mapping else ()


def _check_arm_names(node: Node, arms: dict[str, Arm], findings: Findings) -> None:
    """Note every name of an arm, in baseline and contrasts, that is none, and contrasts without a name of their own."""
    known = node.mapping["arms"].mapping if "arms" in node.mapping else arms
    mentions = [node.mapping["baseline"]] if "baseline" in node.mapping else []
    for contrast in _contrasts(node):
        mentions += [contrast.mapping[key] for key in ("of", "minus") if key in contrast.mapping]
    names = [contrast.mapping["name"] for contrast in _contrasts(node) if "name" in contrast.mapping]
    refuse_twins(names, findings)
    for name in names:
        if isinstance(name.value, str) and name.value in known:
            findings.add(name.place, f"a contrast cannot be called '{name.value}': an arm has that name")
    for contrast in _contrasts(node):
        of, minus = (contrast.mapping.get(key) for key in ("of", "minus"))
        if of is not None and minus is not None and of.value == minus.value:
            findings.add(minus.place, f"'of' and 'minus' are the same arm: '{minus.value}'")
    for mention in mentions:
        if isinstance(mention.value, str) and mention.value not in known:
            findings.add(mention.place, f"there is no arm '{mention.value}'{hint(mention.value, known)}")


def _window(node: Node, base: Scenario, findings: Findings) -> tuple[int, int]:
    """Return the weeks that are evaluated; they are made of whole periods."""
    stated = node.mapping.get("window")
    span = {"from": 0, "to": _whole_periods(base)}
    if stated is None:
        return span["from"], span["to"]
    given = checked(Window, stated.plain(), stated, findings, "a window")
    if given is None:
        return span["from"], span["to"]
    span |= given
    period, weeks = base.clock.period, base.clock.weeks
    for key in ("from", "to"):
        place = stated.nearest((key,)).place
        if span[key] % period:
            findings.add(place, f"'{key}' must be a multiple of the period ({period} weeks), not {span[key]}")
        if span[key] > weeks:
            findings.add(place, f"'{key}' must be at most {weeks}, the last week of the study, not {span[key]}")
    if span["from"] >= span["to"]:
        findings.add(stated.place, f"'to' (week {span['to']}) must come after 'from' (week {span['from']})")
    return span["from"], span["to"]
