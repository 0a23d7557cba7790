"""Which countries a file chooses, what it replaces in the tables, and whom the rest of it may name."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields

from sim.declare import UnknownName
from sim.scenario.checking import checked, hint, known_keys, shown
from sim.scenario.problems import Findings, Place
from sim.scenario.reading import Node, node_of
from sim.scenario.writing import plain
from sim.world import Country, bodies, codes, country, inside, languages, members, regions


@dataclass(frozen=True)
class Territory:
    """The countries a file may name, and the groups of them that have a name."""

    codes: tuple[str, ...]
    groups: Mapping[str, tuple[str, ...]]  # regions and bodies by name
    spoken: frozenset[str]  # names of languages

    def named(self, name: str) -> tuple[str, ...]:
        """Return the codes behind a code, the name of a region or body, or `all`; else raise UnknownName."""
        if name == "all":
            return self.codes
        if name in self.codes:
            return (name,)
        found = tuple(code for code in self.groups.get(name, ()) if code in self.codes)
        if not found:
            raise UnknownName("country of this world", name, [*self.codes, *self.groups, "all"])
        return found


WAYS = ("countries", "region", "body", "all", "imagined")
FORM_ONLY = ("region", "body", "all", "each")  # a complete scenario has codes instead
WORLD_KEYS = (*WAYS, "each", "override", "distances", "borders", "migration", "bodies")


def with_world(node: Node, findings: Findings) -> tuple[Node, Territory | None]:
    """Return the file with its choice of countries written out, and whom the rest of it may name."""
    world = node.mapping.get("world")
    if world is None or not isinstance(world.value, dict):
        if world is not None:
            findings.add(world.place, f"'world' must be a mapping, not {shown(world.value)}")
            node = node.with_entries(world=Node({}, world.place))
        return node, None
    world = known_keys(world, WORLD_KEYS, "world", findings)
    _check_bodies(world, findings)
    given = [way for way in WAYS if way in world.mapping and world.mapping[way].value not in (None, (), False)]
    if len(given) != 1:
        findings.add(world.place, f"choose countries by exactly one of {', '.join(WAYS)}, not by {len(given)}")
        return node.with_entries(world=Node({}, world.place)), None
    world = _with_each(world, findings) if given == ["imagined"] else _with_real(world, given[0], findings)
    territory = _territory(world)
    if not territory.codes:
        return node.with_entries(world=world.without(*FORM_ONLY)), None
    world = _with_overrides(world, territory, findings)
    return node.with_entries(world=world.without(*FORM_ONLY)), territory


def _with_each(world: Node, findings: Findings) -> Node:
    """Return imagined countries with what `each` says of all of them."""
    imagined = world.mapping["imagined"]
    if not isinstance(imagined.value, tuple):
        return world
    refuse_twins([here.mapping["code"] for here in imagined.items if "code" in here.mapping], findings)
    shared = world.mapping["each"].mapping if "each" in world.mapping else {}
    if "each" in world.mapping and not isinstance(world.mapping["each"].value, dict):
        findings.add(world.mapping["each"].place, "'each' must be a mapping: what holds for all imagined countries")
    countries = tuple(
        Node(shared | here.value, here.place) if isinstance(here.value, dict) else here for here in imagined.items
    )
    return world.with_entries(imagined=Node(countries, imagined.place))


def _with_real(world: Node, way: str, findings: Findings) -> Node:
    """Return a list, a region, a body or all real countries as a list of codes."""
    chosen = world.mapping[way]
    if way == "countries":
        for item in texts(chosen):
            if item.value not in codes():
                findings.add(item.place, no_country(str(item.value), codes()))
        refuse_twins(chosen.items, findings)
        return world
    try:
        found = {"region": inside, "body": members}[way](str(chosen.value)) if way != "all" else codes()
    except UnknownName as error:
        findings.add(chosen.place, str(error))
        found = ()
    if way == "all" and chosen.value is not True:
        findings.add(chosen.place, f"'all' must be true, not {shown(chosen.value)}")
    if way == "body" and found:
        world = world.with_entries(bodies=node_of([chosen.value], chosen.place))
    return world.with_entries(countries=node_of(found, chosen.place))


def _check_bodies(world: Node, findings: Findings) -> None:
    """Note every body that is none among those whose lists of members were read."""
    for item in texts(world.mapping["bodies"]) if "bodies" in world.mapping else ():
        if item.value not in bodies():
            findings.add(item.place, f"there is no body '{item.value}'{hint(str(item.value), bodies())}")


def texts(node: Node) -> list[Node]:
    """Return the texts of a list."""
    return [item for item in node.items if isinstance(item.value, str)]


def refuse_twins(items: Iterable[Node], findings: Findings) -> None:
    """Note every text that stands twice."""
    seen: dict[str, Place] = {}
    for item in items:
        if isinstance(item.value, str):
            first = seen.setdefault(item.value, item.place)
            if first is not item.place:
                findings.add(item.place, f"'{item.value}' stands here twice, first in line {first.line}")


def no_country(name: str, valid: Iterable[str], whose: str = "country") -> str:
    """Return the message about an unknown country, with its code if it is a real country's name."""
    by_name = {country(code).name.casefold(): code for code in codes()}
    code = by_name.get(name.casefold())
    if code:
        return f"'{name}' is no {whose}: countries are named by code, here '{code}'"
    if name in codes():
        return f"{country(name).name} ('{name}') is not a country of this world"
    return f"'{name}' is no {whose}{hint(name, valid)}"


def _territory(world: Node) -> Territory:
    """Return whom the rest of the file may name."""
    imagined = list(world.mapping["imagined"].items) if "imagined" in world.mapping else []
    if not imagined and "countries" in world.mapping:
        real = tuple(str(item.value) for item in texts(world.mapping["countries"]) if item.value in codes())
        groups = {name: inside(name) for name in regions()} | {name: members(name) for name in bodies()}
        spoken = {word for code in real for word in country(code).languages + country(code).other_languages}
        return Territory(real, groups, frozenset(spoken.union(languages())))
    names, by_region, heard = [], dict[str, tuple[str, ...]](), set(languages())
    for here in imagined:
        if "code" in here.mapping and isinstance(here.mapping["code"].value, str):
            names.append(here.mapping["code"].value)
            region = str(here.mapping["region"].value) if "region" in here.mapping else ""
            by_region[region] = (*by_region.get(region, ()), names[-1])
        for key in ("languages", "other_languages"):
            heard |= {str(word.value) for word in here.mapping.get(key, here).items}
    return Territory(tuple(names), by_region, frozenset(heard))


REPLACEABLE = [f.name for f in fields(Country) if f.name not in {"code", "identity", "sources"}]


def _with_overrides(world: Node, territory: Territory, findings: Findings) -> Node:
    """Return replaced traits as the country's own declaration reads them."""
    if "override" not in world.mapping or not isinstance(world.mapping["override"].value, dict):
        return world
    replaced = {}
    for code, changes in world.mapping["override"].mapping.items():
        if code not in territory.codes:
            said = no_country(code, territory.codes, "country of this world")
            inherited = changes.entry.file != world.place.file  # entries merge: this one cannot be taken back
            findings.add(changes.entry, said + "; another world cannot build on a file that overrides it" * inherited)
        else:
            replaced[code] = _override(code, changes, world, findings)
    return world.with_entries(override=Node(replaced, world.mapping["override"].place))


def _override(code: str, changes: Node, world: Node, findings: Findings) -> Node:
    if not isinstance(changes.value, dict):
        findings.add(changes.place, f"'{code}' must be a mapping, not {shown(changes.value)}")
        return Node({}, changes.place)
    changes = known_keys(changes, [*REPLACEABLE, "source"], f"an override of {code}", findings)
    source = changes.mapping.get("source")
    if source is None or not isinstance(source.value, str) or not source.value.strip():
        findings.add((source or changes).place, f"an override of {code} needs 'source': where its numbers come from")
    traits = changes.without("source")
    own = _country_node(code, world)
    if own is None:
        return changes
    here = checked(Country, (own.with_entries(**traits.mapping)).plain(), traits, findings, f"an override of {code}")
    if here is None:
        return changes
    values = {name: plain(getattr(here, name)) for name in traits.mapping}
    return changes.with_entries(**{name: node_of(values[name], node.place) for name, node in traits.mapping.items()})


def _country_node(code: str, world: Node) -> Node | None:
    """Return a country as the file or the tables have it; None when the file has it wrong."""
    imagined = world.mapping.get("imagined")
    for here in imagined.items if imagined else ():
        if "code" in here.mapping and here.mapping["code"].value == code:
            return here if checked(Country, here.plain(), here, Findings(), "") else None
    return node_of(asdict(country(code)), world.place)


def member_codes(chosen: Node, territory: Territory, findings: Findings) -> Node:
    """Return the codes behind a list of codes, regions and bodies, or one of these, in alphabetical order."""
    items = chosen.items if isinstance(chosen.value, tuple) else (chosen,)
    found: list[str] = []
    for item in items:
        if not isinstance(item.value, str):
            return chosen
        try:
            found += territory.named(item.value)
        except UnknownName:
            findings.add(
                item.place,
                no_country(item.value, [*territory.codes, *territory.groups], "country of this world"),
            )
    refuse_twins(chosen.items, findings)
    if not items:
        findings.add(chosen.place, "'members' names no country")
    return node_of(sorted(set(found)), chosen.place)
