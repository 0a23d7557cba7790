"""The short form of a file -> the complete, checked, frozen `Scenario`."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import field, fields
from typing import Annotated, Any

from pydantic import Field, field_validator

from sim.declare import declared, param, record
from sim.instruments import INSTRUMENTS, WEEKS_A_YEAR, Instrument, named, places
from sim.parameters import CrimeType, Parameters
from sim.politics import Coalition
from sim.scenario.checking import checked, hint, keys_of, known_keys, shown
from sim.scenario.paths import replaced
from sim.scenario.policing import with_police, with_strategy
from sim.scenario.politics import coalition_of
from sim.scenario.problems import Findings, Place
from sim.scenario.reading import Node, node_of
from sim.scenario.records import (
    Budget,
    Clock,
    Founder,
    Name,
    Policing,
    Status,
    Words,
    Workforce,
    WorldChoice,
    ends_after_it_starts,
)
from sim.scenario.territory import Territory, member_codes, no_country, refuse_twins, with_world
from sim.scenario.writing import plain
from sim.strategies import Strategy
from sim.world import Country, World, build, country, crime_types, override

ROUNDING = 1e-6  # by which shares may miss one


@record
class Frame:
    """A scenario without its policy."""

    name: Name
    about: Words = ""
    status: Status = "stylised"
    world: WorldChoice
    crimes: dict[str, CrimeType]
    workforces: Annotated[tuple[Workforce, ...], Field(min_length=1)]
    founders: tuple[Founder, ...] = ()
    clock: Clock = field(default_factory=Clock)
    scale: float = param(
        1.0, unit="share of full size", low=0.001, high=1, source="scenario",
        about="thins operations, teams, people and entrants together; results are weighted back",
    )  # fmt: skip
    parameters: Parameters = field(default_factory=Parameters)
    police: Policing = field(default_factory=Policing)
    budget: Budget | None = None
    sources: dict[str, Words] = field(default_factory=dict)

    @field_validator("founders")
    @classmethod
    def founders_in_order(cls, founders: tuple[Founder, ...]) -> tuple[Founder, ...]:
        """Return founders in an order that does not depend on the file's."""
        return tuple(sorted(founders, key=lambda founder: founder.rank))

    @field_validator("workforces")
    @classmethod
    def workforces_in_order(cls, workforces: tuple[Workforce, ...]) -> tuple[Workforce, ...]:
        """Return workforces in alphabetical order."""
        return tuple(sorted(workforces, key=lambda workforce: workforce.name))

    @field_validator("crimes")
    @classmethod
    def crimes_in_order(cls, crimes: dict[str, CrimeType]) -> dict[str, CrimeType]:
        """Return crime types in alphabetical order."""
        return dict(sorted(crimes.items()))


@record
class Scenario(Frame):
    """Everything a run needs besides a seed: complete, checked, frozen."""

    policy: tuple[Instrument, ...] = ()
    politics: Coalition | None = None

    @property
    def countries(self) -> tuple[Country, ...]:
        """Return the countries with their replaced traits, in the order of their codes."""
        imagined = {here.code: here for here in self.world.imagined}
        chosen = (imagined.get(code) or country(code) for code in self.world.codes)
        return tuple(self._with_override(here) for here in chosen)

    def _with_override(self, here: Country) -> Country:
        changes = self.world.override.get(here.code)
        if not changes:
            return here
        traits = {name: tuple(value) if isinstance(value, list) else value for name, value in changes.items()}
        return override(here, traits, str(traits.pop("source")))

    def build_world(self) -> World:
        """Return the world of the scenario, as arrays over countries and pairs."""
        return build(
            self.countries,
            self.crimes,
            distances={distance.between: distance.km for distance in self.world.distances},
            borders=self.world.borders,
            diaspora={(move.origin, move.destination): float(move.persons) for move in self.world.migration},
        )

    def forces(self) -> tuple[tuple[Strategy, tuple[str, ...]], ...]:
        """Return standing police strategies and the codes of the countries whose forces follow them."""
        exceptions = tuple((one.strategy, one.members) for one in self.police.exceptions)
        special = {code for _, members in exceptions for code in members}
        others = tuple(code for code in self.world.codes if code not in special)
        return ((self.police.strategy, others), *exceptions)

    def set(self, changes: Mapping[str, Any]) -> "Scenario":
        """Return the scenario with the values at some dotted paths replaced, checked like a file.

        In a list a step is a place (`policy.0.start`) or a name (`policy.crackdown.start`); `*` means each.
        Raises UnknownName for a path that leads nowhere, ScenarioError for a value that breaks a rule.
        """
        node = node_of(plain(self), Place(self.name))
        for path, value in changes.items():
            node = replaced(node, path.split("."), node_of(value, node.place), ())
        return complete(node, planned=False)


def complete(node: Node, *, planned: bool = True) -> Scenario:
    """Return the scenario that a file describes, or raise ScenarioError with all its problems.

    A study as it was `planned` leads to the weeks in which its policy works; one that was shortened may not.
    """
    findings = Findings()
    scenario = completed(node, findings, planned=planned)
    findings.raise_any()
    assert scenario is not None
    return scenario


def completed(node: Node, findings: Findings, *, planned: bool = True) -> Scenario | None:
    """Return the scenario, or note every problem and return None."""
    known = len(findings.problems)
    node = known_keys(node, keys_of(Scenario), "a scenario", findings)
    node, territory = with_world(node, findings)
    node, crimes = _with_crimes(node, findings)
    node = with_police(node, territory, crimes, findings)
    node, policy = _with_policy(node, territory, crimes, findings)
    known_policy = len(findings.problems) == known
    politics = coalition_of(node, territory, policy, findings) if known_policy else None
    node = _with_budget_start(node)
    frame = checked(Frame, node.without("policy", "politics").plain(), node, findings, "a scenario")
    _check_names(node, territory, crimes, findings)
    if frame is None or len(findings.problems) > known:
        return None
    scenario = Scenario(
        **{f.name: getattr(frame, f.name) for f in fields(Frame)}, policy=tuple(policy), politics=politics
    )
    _check_sums(scenario, node, findings)
    _check_policy(scenario, node, findings, planned=planned)
    return scenario if len(findings.problems) == known else None


def _with_crimes(node: Node, findings: Findings) -> tuple[Node, list[str]]:
    """Return crime types with the stored traits under those given, and their names unless one is wrong."""
    crimes = node.mapping.get("crimes")
    if crimes is None or not isinstance(crimes.value, tuple | dict):
        return node, []
    refuse_twins(crimes.items, findings)
    given = {str(item.value): Node({}, item.place, item.place) for item in crimes.items}
    for name, entry in crimes.mapping.items():
        given[name] = Node({}, entry.place, entry.key) if entry.value is None else entry
    if not given:
        findings.add(crimes.place, f"'crimes' names no crime type, of: {', '.join(crime_types())}")
    entries = {name: traits for name in given if (traits := _traits(name, given[name], findings)) is not None}
    known = list(given) if len(entries) == len(given) else []
    return node.with_entries(crimes=Node(entries, crimes.place, crimes.key)), known


def _traits(name: str, entry: Node, findings: Findings) -> Node | None:
    """Return all traits of a crime type of the file, or note that there is none of that name."""
    stored = crime_types()
    if name in stored and isinstance(entry.value, dict):
        return node_of(plain(stored[name]), entry.place).with_entries(**entry.mapping)
    if name in stored or set(keys_of(CrimeType)) <= set(entry.mapping):
        return entry
    said = f"there is no crime type '{name}'{hint(name, stored)}; a new one gives all its traits"
    findings.add(entry.entry, said)
    return None


def _with_policy(
    node: Node, territory: Territory | None, crimes: list[str], findings: Findings
) -> tuple[Node, list[Instrument]]:
    """Return the file with all members by code, and its instruments."""
    policy = node.mapping.get("policy")
    if policy is None or policy.value is None:
        return node.without("policy"), []
    if not isinstance(policy.value, tuple):
        findings.add(policy.place, f"'policy' must be a list of instruments, not {shown(policy.value)}")
        return node.without("policy"), []
    found = [_instrument(entry, territory, crimes, findings) for entry in policy.items]
    return node, [instrument for instrument in found if instrument is not None]


def _instrument(entry: Node, territory: Territory | None, crimes: list[str], findings: Findings) -> Instrument | None:
    named = entry.mapping.get("instrument")
    if named is None or not isinstance(named.value, str):
        valid = ", ".join(INSTRUMENTS)
        findings.add((named or entry).place, f"an entry of 'policy' needs 'instrument', one of: {valid}")
        return None
    if named.value not in INSTRUMENTS:
        findings.add(named.place, f"there is no instrument '{named.value}'{hint(named.value, INSTRUMENTS)}")
        return None
    known, count, kind = len(findings.problems), None, INSTRUMENTS[named.value]
    for key, facts in declared(kind).items():
        given = entry.mapping.get(key)
        empty = given is None or (given.value == () and facts["default"] == ())
        if facts["unit"] == "country codes" and not empty and territory is not None:
            entry = entry.with_entries(**{key: member_codes(entry.mapping[key], territory, findings)})
    if "members" in entry.mapping and territory is not None:
        count = len(entry.mapping["members"].items) if len(findings.problems) == known else None
    if "strategy" in keys_of(kind):
        entry = with_strategy(entry, count, crimes, findings)
    found: Instrument | None = checked(kind, entry.without("instrument").plain(), entry, findings, named.value)
    if found is not None:
        _check_window(found, entry, findings)
    return found


def _check_window(instrument: Instrument, entry: Node, findings: Findings) -> None:
    try:
        ends_after_it_starts(instrument.start, instrument.end)
    except ValueError as error:
        findings.add(entry.mapping["end"].place, str(error))
        return
    effective = instrument.start + instrument.setup
    if instrument.end is not None and instrument.end <= effective:
        effect = f"it takes effect in week {effective}, after {instrument.setup} weeks of set-up"
        findings.add(entry.mapping["end"].place, f"'end' (week {instrument.end}) comes too early: {effect}")


def _with_budget_start(node: Node) -> Node:
    """Return the file with a budget that starts with the first instrument, unless it says otherwise."""
    budget, policy = node.mapping.get("budget"), node.mapping.get("policy")
    if budget is None or not isinstance(budget.value, dict) or "start" in budget.value or policy is None:
        return node
    starts = [entry.mapping["start"].value if "start" in entry.mapping else 0 for entry in policy.items]
    first = min((start for start in starts if isinstance(start, int)), default=0)
    return node.with_entries(budget=budget.with_entries(start=Node(first, budget.place)))


# ------------------------------------------------------------------------------------- names and sums


def _check_names(node: Node, territory: Territory | None, crimes: list[str], findings: Findings) -> None:
    """Note every name that stands for nothing in this file."""
    workforces = node.mapping["workforces"].items if "workforces" in node.mapping else ()
    names = [entry.mapping["name"] for entry in workforces if "name" in entry.mapping]
    refuse_twins(names, findings)
    for founder in node.mapping["founders"].items if "founders" in node.mapping else ():
        if crimes:
            _must_be(founder, "crime", crimes, "crime type of this scenario", findings)
        _must_be(founder, "workforce", [str(name.value) for name in names], "workforce", findings)
    if territory is None:
        return
    for place in _country_names(node):
        if isinstance(place.value, str) and place.value not in territory.codes:
            said = no_country(place.value, territory.codes, "country of this world")
            inherited = place.place.file != node.place.file  # it stands in a file that this one builds on
            findings.add(place.place, said + "; another world needs its own founders and workforces" * inherited)
    for entry in workforces:
        spoken = entry.mapping["languages"].mapping if "languages" in entry.mapping else {}
        for language in spoken.keys() - territory.spoken:
            said = f"there is no language '{language}'{hint(language, territory.spoken)}"
            findings.add(spoken[language].entry, said)


def _must_be(entry: Node, key: str, valid: Iterable[str], kind: str, findings: Findings) -> None:
    named = entry.mapping.get(key)
    if named is not None and isinstance(named.value, str) and named.value not in valid:
        findings.add(named.place, f"'{named.value}' is no {kind}{hint(named.value, valid)}")


def _country_names(node: Node) -> Iterator[Node]:
    """Yield every node that should be the code of a country of the world."""
    top, world = node.mapping, node.mapping["world"].mapping
    lists = (
        ("founders", "country"),
        ("workforces", "home"),
        ("migration", "origin"),
        ("migration", "destination"),
    )
    for name, key in lists:
        owner = top.get(name) or world.get(name)
        yield from (entry.mapping[key] for entry in (owner.items if owner else ()) if key in entry.mapping)
    for distance in world["distances"].items if "distances" in world else ():
        yield from distance.mapping.get("between", distance).items
    for border in world["borders"].items if "borders" in world else ():
        yield from border.items


def _check_sums(scenario: Scenario, node: Node, findings: Findings) -> None:
    """Note what only shows when everything is read: shares that miss one, twins, more workers than people."""
    total = sum(workforce.share for workforce in scenario.workforces)
    if abs(total - 1.0) > ROUNDING:
        said = f"the shares of the workforces sum to {total:g}, not to 1"
        findings.add(node.mapping["workforces"].place, said)
    identities = [here.identity for here in scenario.countries]
    for twin in sorted({name for name in identities if identities.count(name) > 1}):
        findings.add(node.mapping["world"].place, f"two countries have the identity '{twin}'")
    for here in scenario.countries:
        workers = sum(founder.workers for founder in scenario.founders if founder.country == here.code)
        if workers > here.population:
            said = f"the founders in '{here.code}' have {workers:,} workers of {here.population:,} people"
            findings.add(node.mapping["founders"].place, said)
    for distance in scenario.world.distances:
        if distance.between[0] == distance.between[1]:
            place = node.mapping["world"].mapping["distances"].place
            findings.add(place, "a distance is between two countries")


def _check_policy(scenario: Scenario, node: Node, findings: Findings, *, planned: bool) -> None:
    """Note instruments that cannot apply here or come after the study, and a budget too small for fixed costs."""
    if not scenario.policy:
        return
    world, weeks = scenario.build_world(), scenario.clock.weeks
    for instrument, entry in zip(scenario.policy, node.mapping["policy"].items, strict=True):
        for key, rule in instrument.misfits(world):
            findings.add(entry.mapping.get(key, entry).place, rule)
        begins = instrument.start + instrument.setup
        if begins >= weeks and planned:
            said = f"it takes effect in week {begins}, and the study ends after {weeks}: begin earlier or study longer"
            findings.add(entry.mapping.get("start", entry).place, said)
        elif instrument.end is not None and instrument.end > weeks and planned:
            said = f"'end' (week {instrument.end}) lies after the study of {weeks} weeks: leave it out or study longer"
            findings.add(entry.mapping["end"].place, said)
    _refuse_rivals(scenario.policy, node.mapping["policy"].items, findings)
    _check_budget(scenario, world, node, findings)


def _refuse_rivals(policy: Sequence[Instrument], entries: Sequence[Node], findings: Findings) -> None:
    """Note an instrument that a country has already, of a kind it can have but one of at a time."""
    for later, (one, entry) in enumerate(zip(policy, entries, strict=True)):
        for other, first in zip(policy[:later] if one.exclusive else (), entries, strict=False):
            twice = sorted(set(one.members) & set(other.members))
            if type(other) is type(one) and twice and one.meets(other):
                said = f"'{twice[0]}' has a {named(type(one))} in these weeks already, from line {first.place.line}"
                findings.add(entry.mapping["members"].place, f"{said}: end one before the other begins")
                break


def _check_budget(scenario: Scenario, world: World, node: Node, findings: Findings) -> None:
    """Note a budget that does not pay the fixed costs of a week in which an instrument begins."""
    budget, costs = scenario.budget, scenario.parameters.costs
    policy = [(one, places(one.members, world.codes)) for one in scenario.policy if one.intensity > 0.0]
    if budget is None or budget.usd_per_year is None:
        return
    for week in sorted({one.start for one, _ in policy} | {one.start + one.setup for one, _ in policy}):
        running = [one.weekly_cost(one.deployed(world, at, costs, week)).sum() for one, at in policy if one.runs(week)]
        fixed = float(sum(running)) * WEEKS_A_YEAR
        if budget.runs(week) and fixed > budget.usd_per_year * (1.0 + ROUNDING):
            said = (
                f"{budget.usd_per_year:,.0f} USD a year do not pay the fixed costs of week {week}, "
                f"{fixed:,.0f} USD a year: give more, or let fewer take part"
            )
            findings.add(node.mapping["budget"].mapping["usd_per_year"].place, said)
            return
