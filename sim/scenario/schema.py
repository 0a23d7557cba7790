"""The JSON Schema of both kinds of files: editors complete names, show units and mark what is wrong."""

from typing import Any

from pydantic import TypeAdapter

from sim.instruments import INSTRUMENTS
from sim.parameters import CrimeType, Parameters
from sim.politics import CONTRIBUTION_RULES, Coalition, Stakes, Terms
from sim.scenario.checking import NO_UNITS, keys_of
from sim.scenario.complete import Frame, Scenario
from sim.scenario.experiments import (
    ARM_KEYS,
    EXPERIMENT_KEYS,
    EXPERIMENT_ONLY,
    LAST_WEEK,
    ArmText,
    Contrast,
    Design,
)
from sim.scenario.records import (
    Budget,
    Clock,
    Distance,
    Founder,
    Migration,
    PoliceException,
    Policing,
    Workforce,
)
from sim.scenario.territory import REPLACEABLE
from sim.strategies import STRATEGIES
from sim.world import Country, bodies, codes, crime_types, regions

Schema = dict[str, Any]
PARTS = (
    Country,
    CrimeType,
    Parameters,
    Clock,
    Workforce,
    Founder,
    Budget,
    PoliceException,
    Policing,
    Distance,
    Migration,
    Contrast,
    ArmText,
    Design,
    Terms,
    Stakes,
)


def json_schema() -> Schema:
    """Return the schema of both kinds of files: what has arms is an experiment, all else a scenario."""
    parts = _parts()
    experiment = {"anyOf": [{"required": [key]} for key in EXPERIMENT_ONLY]}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A scenario or an experiment of displace",
        "type": "object",
        "if": experiment,
        "then": _ref("experiment"),
        "else": _ref("scenario"),
        "$defs": parts | {
            "scenario": _scenario(),
            "experiment": _experiment(parts),
            "world": _world(parts),
            "crimes": _crimes(parts),
            "instrument": {"oneOf": [_ref(_slug(name)) for name in INSTRUMENTS]},
            "strategy": _strategy(),
            "rule": {"oneOf": [_ref(_slug(f"{name} rule")) for name in CONTRIBUTION_RULES]},
            "politics": _politics(parts),
            "selection": _SELECTION,
        },
    }  # fmt: skip


def _ref(name: str) -> Schema:
    return {"$ref": f"#/$defs/{name}"}


def _slug(name: str) -> str:
    return name.replace(" ", "-")


def _object(properties: Schema, required: tuple[str, ...] = (), about: str = "") -> Schema:
    schema = {
        "type": "object",
        "properties": properties,
        "required": list(required),
        "additionalProperties": False,
    }
    return {"description": about} | schema if about else schema


def _list(items: Schema, about: str = "", fewest: int = 0) -> Schema:
    return {"type": "array", "items": items, "minItems": fewest, "description": about}


def _mapping(values: Schema, about: str) -> Schema:
    return {"type": "object", "additionalProperties": values, "description": about}


_WORD = {"type": "string"}
_SELECTION = {
    "anyOf": [_WORD, _list(_WORD, fewest=1)],
    "description": "country codes, names of regions and bodies, or `all`: those that are in this world",
}


def _parts() -> Schema:
    """Return the schemas of all records by name, each number with its unit, limits and source."""
    registries = (INSTRUMENTS, STRATEGIES, CONTRIBUTION_RULES)
    kinds = [*PARTS, *(kind for registry in registries for _, kind in registry.items())]
    adapters: list[Any] = [(kind, "validation", TypeAdapter(kind)) for kind in kinds]
    _, generated = TypeAdapter.json_schemas(adapters, ref_template="#/$defs/{model}")
    parts: Schema = {name: _told(schema) for name, schema in generated["$defs"].items()}
    del parts["Budget"]["properties"]["start"]["default"]  # it is the first instrument's start
    for name, kind in INSTRUMENTS.items():
        parts[_slug(name)] = _instrument(name, parts.pop(kind.__name__))
    parts["PoliceException"]["properties"]["members"] = _members(parts["PoliceException"])
    parts.pop("Strategy", None)  # what they have in common
    for name, chosen in STRATEGIES.items():
        parts[f"strategy-{_slug(name)}"] = _kind(name, parts.pop(chosen.__name__))
    parts["Stakes"]["required"] = []  # one government's may stand over those of all
    for name, rule in CONTRIBUTION_RULES.items():
        parts[_slug(f"{name} rule")] = _rule(name, parts.pop(rule.__name__))
    return parts


def _kind(name: str, schema: Schema) -> Schema:
    return _object({"kind": {"const": name}, **schema.get("properties", {})}, ("kind",), schema.get("description", ""))


def _strategy() -> Schema:
    kinds = [_ref(f"strategy-{_slug(name)}") for name in STRATEGIES]
    return {"anyOf": [{"enum": list(STRATEGIES)}, *kinds], "description": "a police strategy, by name or by kind"}


def _told(schema: Any) -> Any:
    """Return a schema whose descriptions tell meaning, unit and source, without pydantic's own titles."""
    if isinstance(schema, list):
        return [_told(entry) for entry in schema]
    if not isinstance(schema, dict):
        return schema
    if "kinds" in schema:  # one of a registry, by name or as a mapping
        return _ref(schema["kinds"]) | {"description": schema.get("description", "")}
    told = {key: _told(value) for key, value in schema.items() if key not in ("title", "declared")}
    if "title" in schema and not isinstance(schema["title"], str):
        told["title"] = _told(schema["title"])
    facts = schema.get("declared")
    if isinstance(facts, dict) and "unit" in facts:
        told["description"] = _described(schema.get("description", ""), facts)
    return told


def _described(about: str, facts: Schema) -> str:
    """Return meaning, unit, plausible range and source of a number in one line."""
    words = [facts["unit"]] if facts["unit"] not in NO_UNITS else []
    if facts["plausible"]:
        words.append(f"plausible {facts['plausible'][0]:g} to {facts['plausible'][1]:g}")
    if facts["source"] not in ("scenario", "experiment"):
        words.append(f"source: {facts['source']}")
    told = "; ".join(words)
    return f"{about} ({told})" if about and told else about or told


def _instrument(name: str, schema: Schema) -> Schema:
    properties = {"instrument": {"const": name}, **schema["properties"], "members": _members(schema)}
    return _object(properties, ("instrument", "members"), schema.get("description", ""))


def _members(schema: Schema) -> Schema:
    return _ref("selection") | {"description": schema["properties"]["members"]["description"]}


def _rule(name: str, schema: Schema) -> Schema:
    return _object({"kind": {"const": name}, **schema["properties"]}, ("kind",), schema.get("description", ""))


def _politics(parts: Schema) -> Schema:
    rule = _ref("rule") | {"description": "by which governments decide"}
    stakes = _or_nothing(_ref("Stakes"), "what they weigh; needed by rules that compare payoffs")
    own = {"rule": _or_nothing(_ref("rule"), "its own rule"), "stakes": _or_nothing(_ref("Stakes"), "its own stakes")}
    whose = {"description": "governments that decide; unless given, all members of cooperative instruments"}
    properties = {
        **parts["Terms"]["properties"],
        "members": _ref("selection") | whose,
        "rule": rule,
        "stakes": stakes,
        "governments": _mapping(_object(own), "what differs in single governments, by country code"),
    }
    assert set(keys_of(Coalition)) == set(properties)
    return _object(properties, (), "Governments that decide again and again how much they contribute.")


def _text(about: str) -> Schema:
    return {"type": "string", "description": about}


_NAME = _text("one word of a-z, 0-9 and -; results are stored under it") | {"pattern": "^[a-z0-9][a-z0-9-]{0,63}$"}


def _or_nothing(schema: Schema, about: str = "") -> Schema:
    return {"anyOf": [schema, {"type": "null"}]} | ({"description": about} if about else {})


def _scenario() -> Schema:
    own = _told(TypeAdapter(Frame).json_schema(ref_template="#/$defs/{model}")["properties"])
    properties = {
        "name": _NAME,
        "about": own["about"] | {"description": "what it is, in a sentence or two"},
        "extends": _text("the scenario it builds on: mappings merge into it, lists, budget and strategies replace"),
        "status": own["status"] | {"description": "what results may be taken for"},
        "world": _ref("world"),
        "crimes": _ref("crimes") | {"description": "what operations do: names, or names with other traits"},
        "workforces": _list(_ref("Workforce"), "kinds of workforce, with shares that sum to 1", 1),
        "founders": _list(_ref("Founder"), "operations that are there when burn-in begins"),
        "clock": _ref("Clock"),
        "scale": own["scale"],
        "parameters": _ref("Parameters"),
        "police": _ref("Policing"),
        "budget": _or_nothing(_ref("Budget"), "common pot of the policy; a new one replaces the parent's"),
        "policy": _or_nothing(_list(_ref("instrument")), "instruments in force; empty = no change"),
        "politics": _or_nothing(_ref("politics"), "who decides how much to contribute; none = all give what is agreed"),
        "sources": _mapping(_WORD, "where numbers come from, by a key of your own"),
    }
    assert set(keys_of(Scenario)) <= set(properties)
    return _object(properties, ("name",), "A scenario: who is where, does what, and what governments do about it.")


def _world(parts: Schema) -> Schema:
    traits = parts["Country"]["properties"]
    shared = {name: trait for name, trait in traits.items() if name not in ("code", "identity")}
    replaced = {name: traits[name] for name in REPLACEABLE}
    source = {"type": "string", "description": "where the replaced numbers come from"}
    pair = {"type": "array", "items": _WORD, "minItems": 2, "maxItems": 2}
    properties = {
        "countries": _list({"enum": list(codes())}, "codes of real countries"),
        "region": {"enum": list(regions()), "description": "all countries of a region (UN M49)"},
        "body": {"enum": list(bodies()), "description": "all members or parties of a body"},
        "all": {"type": "boolean", "description": "all 198 countries"},
        "imagined": _list(_object(traits, ()), "imagined countries"),
        "each": _object(shared, (), "what holds for every imagined country that says nothing else"),
        "override": _mapping(_object(replaced | {"source": source}, ("source",)), "traits replaced, by country code"),
        "distances": _list(_ref("Distance"), "distances that replace those on the map"),
        "borders": _list(pair, "pairs of countries that share a land border, besides those of the tables"),
        "migration": _list(_ref("Migration"), "ties that replace those of the tables"),
        "bodies": _list({"enum": list(bodies())}, "bodies whose lists of members were read (complete form)"),
    }
    return _object(properties, (), "The countries, chosen by exactly one of: countries, region, body, all, imagined.")


def _crimes(parts: Schema) -> Schema:
    traits = parts["CrimeType"]["properties"]
    some = {"anyOf": [_object(traits), {"type": "null"}]}
    known = dict.fromkeys(crime_types(), some)
    by_name = {
        "type": "object",
        "properties": known,
        "additionalProperties": _object(traits, tuple(traits)),
        "description": "traits that replace the stored ones, by crime type; a new type gives all of them",
    }
    return {"anyOf": [_list({"enum": list(crime_types())}, "crime types as stored", 1), by_name]}


def _experiment(parts: Schema) -> Schema:
    design = parts["Design"]["properties"]
    week = {"type": "integer", "minimum": 0, "maximum": LAST_WEEK}
    span = _object({"from": week, "to": week}, (), "weeks evaluated: from the first, up to before the second")
    limits = {"type": "array", "items": {"type": "number"}, "minItems": 2, "maxItems": 2}
    ranges = _mapping(_or_nothing(limits), "range by path; nothing = the declared one")
    properties = {
        "name": _NAME,
        "about": design["about"] | {"description": "the question it asks"},
        "extends": _text("the experiment it builds on: mappings merge into it, lists, budgets and strategies replace"),
        "scenario": _text("the scenario that all arms differ from: a name, or a file beside this one"),
        "baseline": _text("the arm that the others are compared with; the first unless given"),
        "replicates": design["replicates"],
        "demo_replicates": design["demo_replicates"],
        "seed": design["seed"],
        "window": span,
        "treated": _ref("selection") | {"description": "the treated area of leakage, for all arms"},
        "arms": _mapping(_or_nothing(_arm(parts)), "policies by name, as differences from the scenario"),
        "contrasts": _list(_ref("Contrast"), "differences between two arms that have a name"),
        "uncertain": {
            "anyOf": [_list(_WORD), ranges, {"type": "null"}],
            "description": "numbers that every replicate draws; unless given, all declared uncertain",
        },
    }
    assert set(EXPERIMENT_KEYS) <= set(properties)
    return _object(properties, ("name",), "An experiment: policies compared run by run under the same luck.")


def _arm(parts: Schema) -> Schema:
    text = parts["ArmText"]["properties"]
    properties = {
        "label": text["label"] | {"description": "what reports call it; its name unless given"},
        "about": text["about"] | {"description": "what it does, in a sentence or two"},
        "extends": _text("the arm it builds on: budget and policy replace, politics and settings merge"),
        "budget": _or_nothing(_ref("Budget"), "its common pot"),
        "policy": _or_nothing(_list(_ref("instrument")), "its instruments instead of the scenario's"),
        "politics": _or_nothing(_ref("politics"), "who decides how much to contribute; merges into the scenario's"),
        "set": _mapping({}, "values replaced, by dotted path"),
        "treated": _ref("selection") | {"description": "the treated area of leakage; all members unless given"},
    }
    assert set(properties) == set(ARM_KEYS)
    return _object(properties)
