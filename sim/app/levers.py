"""The levers of the lesson -> an ordinary scenario, whose instruments start and end when a lever is moved."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import yaml

from sim.app.presets import MOST_ENTRIES, PRESETS, Preset
from sim.declare import UnknownName
from sim.instruments import Instrument
from sim.instruments.cooperative import IntelligenceSharing
from sim.instruments.unilateral import Crackdown
from sim.scenario import Budget, Scenario, loads
from sim.scenario.writing import plain

CHANNEL = 2  # weeks from a victim's police to a host's
LONGEST_DELAY = 260  # weeks


@dataclass(frozen=True, kw_only=True)
class Levers:
    """How the levers stand from a week on."""

    week: int = 0
    pressure: float = 0.0  # share of the money that is spent
    partners: tuple[str, ...] = ()
    sharing: float = 0.0  # share of reports that partners pass to each other
    delay: int = 0  # weeks from the agreement until partners act; until then one country acts alone
    skips: tuple[str, ...] = ()  # partners who do not pay their share, and take no part


def preset_called(name: object) -> Preset:
    """Return the preset of this name, or raise UnknownName."""
    if not isinstance(name, str) or name not in PRESETS:
        raise UnknownName("preset", name, PRESETS)
    return PRESETS[name]


def scenario_name(name: str) -> str:
    """Return what the scenario of a preset is called."""
    return "lesson" if name == "balloon" else f"lesson-{name}"


@cache
def world_of(name: str) -> Scenario:
    """Return the scenario of a preset without a policy."""
    preset = preset_called(name)
    text = {"name": scenario_name(name), "extends": "balloon", "about": preset.about, **preset.changes}
    return loads(json.dumps(text), name)


def levers_of(name: str, timeline: object) -> list[Levers]:
    """Return the settings of a timeline, each from its week on; what an entry does not say stays as it was.

    Raises UnknownName for a country that is not there, ValueError for anything else that makes no sense.
    """
    if not isinstance(timeline, list | tuple) or len(timeline) > MOST_ENTRIES:
        raise ValueError(f"a timeline is a list of at most {MOST_ENTRIES} settings")
    found, weeks = [Levers()], world_of(name).clock.weeks
    for entry in timeline:
        if not isinstance(entry, Mapping):
            raise ValueError("each setting of a timeline is a mapping with its 'week'")
        now = _entry(name, entry, found[-1], weeks)
        if len(found) > 1 and now.week <= found[-1].week:
            raise ValueError(f"the settings of a timeline follow each other: week {now.week} comes too late in it")
        found.append(now)
    return found


def _entry(name: str, entry: Mapping[str, Any], before: Levers, weeks: int) -> Levers:
    if "week" not in entry:
        raise ValueError("each setting of a timeline needs its 'week'")
    changes: dict[str, Any] = {}
    for key, value in entry.items():
        if key == "week":
            changes[key] = _number(key, value, 0, weeks - 1, int)
        elif key == "delay":
            changes[key] = _number(key, value, 0, LONGEST_DELAY, int)
        elif key in ("pressure", "sharing"):
            changes[key] = float(_number(key, value, 0, 1, int | float))
        elif key in ("partners", "skips"):
            changes[key] = _countries(name, key, value)
        else:
            raise UnknownName("lever", key, vars(before))
    return replace(before, **changes)


def _number(key: str, value: object, low: float, high: float, kind: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, kind) or not low <= value <= high:
        what = "a whole number" if kind is int else "a number"
        raise ValueError(f"'{key}' is {what} from {low} to {high}")
    return value


def _countries(name: str, key: str, value: object) -> tuple[str, ...]:
    if not isinstance(value, list | tuple) or len(value) > 60 or not all(isinstance(code, str) for code in value):
        raise ValueError(f"'{key}' is a list of country codes")
    others = [code for code in world_of(name).world.codes if code != PRESETS[name].actor]
    for code in value:
        if code not in others:
            raise UnknownName("partner", code, others)
    return tuple(sorted(set(value)))


def _spans(timeline: Sequence[Levers], weeks: int) -> Iterator[tuple[int, int, Levers, bool]]:
    """Yield (first week, week after the last, levers, whether partners act) for each span in which nothing changes."""
    agreed = 0
    for i, now in enumerate(timeline):
        end = timeline[i + 1].week if i + 1 < len(timeline) else weeks
        if i == 0 or not timeline[i - 1].partners:
            agreed = now.week
        acts = min(max(now.week, agreed + now.delay), end) if now.partners else end
        if now.week < acts:
            yield now.week, acts, now, False
        if acts < end:
            yield acts, end, now, True


def policy_of(preset: Preset, timeline: Sequence[Levers], scenario: Scenario) -> tuple[Instrument, ...]:
    """Return the instruments that the levers come to.

    Whoever acts together shares the money of whoever acts alone: what cooperation costs is taken from the teams.
    """
    found: list[Instrument] = []
    weeks, liaison = scenario.clock.weeks, scenario.parameters.costs.liaison
    for start, end, now, together in _spans(timeline, weeks):
        group = (preset.actor, *now.partners) if together else (preset.actor,)
        members = tuple(sorted(code for code in group if code == preset.actor or code not in now.skips))
        window: dict[str, Any] = {"members": members, "start": start, "end": None if end == weeks else end}
        links: list[Instrument] = []
        if len(members) > 1 and now.sharing > 0.0:
            links.append(IntelligenceSharing(coverage=now.sharing, delay=CHANNEL, setup=0, **window))
        fixed = len(links) * len(members) * liaison
        wanted = now.pressure * preset.usd_per_year * len(members) / len(group)
        part = (wanted - fixed) / (preset.usd_per_year - fixed)
        if part > 0.0:
            links.append(Crackdown(intensity=min(1.0, part), **window))
        found.extend(links)
    return tuple(_joined(found))


def _joined(policy: Sequence[Instrument]) -> list[Instrument]:
    """Return instruments of which those that go on unchanged are one."""
    found: list[Instrument] = []
    for one in policy:
        for i, other in enumerate(found):
            if (
                type(other) is type(one)
                and other.end == one.start
                and replace(one, start=other.start) == replace(other, end=one.end)
            ):
                found[i] = replace(other, end=one.end)
                break
        else:
            found.append(one)
    return found


def compiled(name: str, timeline: object) -> Scenario:
    """Return the scenario that a preset and a timeline describe."""
    preset = preset_called(name)
    world = world_of(name)
    policy = policy_of(preset, levers_of(name, timeline), world)
    return replace(world, policy=policy, budget=Budget(usd_per_year=preset.usd_per_year, start=0)) if policy else world


def as_file(name: str, scenario: Scenario) -> str:
    """Return a short scenario file that says the same: what differs from the shipped world."""
    text: dict[str, Any] = {
        "name": scenario.name, "about": scenario.about, "extends": "balloon", **PRESETS[name].changes,
    }  # fmt: skip
    if scenario.budget is not None:
        text["budget"] = {"usd_per_year": scenario.budget.usd_per_year, "start": scenario.budget.start}
        text["policy"] = [_short(one) for one in scenario.policy]
    written: str = yaml.safe_dump(text, sort_keys=False, allow_unicode=True, width=110)
    return written


def _short(one: Instrument) -> dict[str, Any]:
    entry = plain(one)
    assert isinstance(entry, dict)
    usual = plain(type(one)(members=one.members))
    assert isinstance(usual, dict)
    return {key: value for key, value in entry.items() if key in ("instrument", "members") or value != usual[key]}


def parting(one: Scenario, other: Scenario) -> int:
    """Return the first week in which two scenarios of one preset may differ; the weeks of the study if they do not."""
    weeks = one.clock.weeks
    changes = {week for each in (*one.policy, *other.policy) for week in (each.start, each.end) if week is not None}
    for week in sorted({0, *changes}):
        if _in_force(one, week) != _in_force(other, week):
            return week
    return weeks


def _in_force(scenario: Scenario, week: int) -> list[Instrument]:
    running = (replace(each, start=0, end=None) for each in scenario.policy if each.runs(week))
    return sorted(running, key=lambda each: type(each).__name__)
