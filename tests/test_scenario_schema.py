"""The JSON Schema holds for every shipped file; the tables of docs/scenario-files.md are made of it.

`python tests/test_scenario_schema.py` writes the tables anew.
"""

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sim.instruments import INSTRUMENTS, Instrument
from sim.politics import CONTRIBUTION_RULES
from sim.scenario import dump, find, json_schema, load, names
from sim.scenario.reading import read, read_file
from sim.strategies import STRATEGIES

PAGE = Path(__file__).parents[1] / "docs" / "scenario-files.md"
SCHEMA = json_schema()
SHIPPED = [("scenarios", name) for name in names()] + [("experiments", name) for name in names("experiments")]
TYPES = {"object": dict, "array": list, "string": str, "boolean": bool, "null": type(None)}


# -------------------------------------------------------------------------- a validator of what is used here


def faults(value: Any, schema: Any, where: str = "") -> Iterator[str]:
    """Yield where a value breaks a schema; only the words that our schema uses are known."""
    rules = {key: rule for key, rule in schema.items() if key not in ("description", "default", "title")}
    if where == "":
        rules = {key: rule for key, rule in rules.items() if key not in ("$schema", "$defs")}
    for word, rule in rules.items():
        yield from WORDS[word](value, rule, schema, where)


def fits(value: Any, schema: Any, where: str) -> bool:
    return not list(faults(value, schema, where or "."))


def of_type(value: Any, rule: str) -> bool:
    if rule in ("number", "integer"):
        return isinstance(value, int if rule == "integer" else int | float) and not isinstance(value, bool)
    return isinstance(value, TYPES[rule])


def check_type(value: Any, rule: str, schema: Any, where: str) -> Iterator[str]:
    if not of_type(value, rule):
        yield f"{where}: {value!r} is no {rule}"


def check_properties(value: Any, rule: Any, schema: Any, where: str) -> Iterator[str]:
    for key, inner in rule.items() if isinstance(value, dict) else ():
        if key in value:
            yield from faults(value[key], inner, f"{where}.{key}")


def check_additional(value: Any, rule: Any, schema: Any, where: str) -> Iterator[str]:
    for key in value.keys() - schema.get("properties", {}).keys() if isinstance(value, dict) else ():
        if rule is False:
            yield f"{where}: unknown {key}"
        elif rule is not True:
            yield from faults(value[key], rule, f"{where}.{key}")


def check_required(value: Any, rule: list[str], schema: Any, where: str) -> Iterator[str]:
    yield from (f"{where}: no {key}" for key in rule if isinstance(value, dict) and key not in value)


def check_items(value: Any, rule: Any, schema: Any, where: str) -> Iterator[str]:
    for i, item in enumerate(value if isinstance(value, list) else ()):
        yield from faults(item, rule, f"{where}.{i}")


def check_prefix(value: Any, rule: Any, schema: Any, where: str) -> Iterator[str]:
    for i, (item, inner) in enumerate(zip(value, rule, strict=False)):
        yield from faults(item, inner, f"{where}.{i}")


def check_any(value: Any, rule: Any, schema: Any, where: str) -> Iterator[str]:
    if not any(fits(value, choice, where) for choice in rule):
        yield f"{where}: {value!r} fits none of the choices"


def check_one(value: Any, rule: Any, schema: Any, where: str) -> Iterator[str]:
    if sum(fits(value, choice, where) for choice in rule) != 1:
        yield f"{where}: {value!r} does not fit exactly one choice"


def check_ref(value: Any, rule: str, schema: Any, where: str) -> Iterator[str]:
    yield from faults(value, SCHEMA["$defs"][rule.removeprefix("#/$defs/")], where or ".")


def check_if(value: Any, rule: Any, schema: Any, where: str) -> Iterator[str]:
    yield from faults(value, schema["then" if fits(value, rule, where) else "else"], where or ".")


def simple(holds: Any) -> Any:
    def check(value: Any, rule: Any, schema: Any, where: str) -> Iterator[str]:
        if not holds(value, rule):
            yield f"{where}: {value!r} breaks {rule!r}"

    return check


WORDS: dict[str, Any] = {
    "type": check_type,
    "properties": check_properties,
    "additionalProperties": check_additional,
    "required": check_required,
    "items": check_items,
    "prefixItems": check_prefix,
    "anyOf": check_any,
    "oneOf": check_one,
    "$ref": check_ref,
    "if": check_if,
    "then": simple(lambda value, rule: True),
    "else": simple(lambda value, rule: True),
    "enum": simple(lambda value, rule: value in rule),
    "const": simple(lambda value, rule: value == rule),
    "minimum": simple(lambda value, rule: not isinstance(value, int | float) or value >= rule),
    "maximum": simple(lambda value, rule: not isinstance(value, int | float) or value <= rule),
    "minItems": simple(lambda value, rule: not isinstance(value, list) or len(value) >= rule),
    "maxItems": simple(lambda value, rule: not isinstance(value, list) or len(value) <= rule),
    "maxLength": simple(lambda value, rule: not isinstance(value, str) or len(value) <= rule),
    "pattern": simple(lambda value, rule: not isinstance(value, str) or re.search(rule, value) is not None),
}


@pytest.mark.parametrize(("shelf", "name"), SHIPPED)
def test_every_shipped_file_fits_the_schema(shelf: Any, name: str) -> None:
    assert list(faults(read_file(find(name, shelf)).plain(), SCHEMA)) == []


@pytest.mark.parametrize("name", names())
def test_every_complete_scenario_fits_the_schema(name: str) -> None:
    assert list(faults(read(dump(load(name)), name).plain(), SCHEMA)) == []


@pytest.mark.parametrize(
    "text",
    [
        "scael: 1", "scale: 2", "clock: {weeks: ten}", "policy: [{instrument: crackdwon, members: all}]",
        "policy: [{instrument: crackdown}]", "policy: [{instrument: vetting, members: all, split: equal}]",
        "world: {countries: [XYZ]}", "parameters: {choice: {revue: 1}}", "crimes: {parcels: {reach: remote}}",
        "police: {strategy: hot spot}", "police: {strategy: {kind: greedy, over_sites: 1}}",
        "politics: {rule: {kind: tretay}}", "politics: {rule: {kind: treaty, level: 2}}", "politics: {stake: {}}",
        "arms: {one: {plicy: []}}", "arms: {}\nwindow: {from: -1}", "world: {override: {KHM: {teams: 8}}}",
    ],
)  # fmt: skip
def test_the_schema_refuses_what_the_reader_refuses(text: str) -> None:
    assert list(faults(read(f"name: x\n{text}", "x").plain(), SCHEMA))


def test_every_number_of_the_schema_says_what_it_is() -> None:
    def silent(schema: Any, where: str) -> Iterator[str]:
        for key, inner in schema.get("properties", {}).items() if isinstance(schema, dict) else ():
            if not inner.get("description") and "$ref" not in inner and inner.get("type") in ("number", "integer"):
                yield f"{where}.{key}"
            yield from silent(inner, f"{where}.{key}")

    found = [place for name, part in SCHEMA["$defs"].items() for place in silent(part, name)]
    assert found == ["experiment.window.from", "experiment.window.to"]


@pytest.mark.battery
@pytest.mark.parametrize("name", INSTRUMENTS)
def test_every_instrument_is_in_the_schema(name: str) -> None:
    part = SCHEMA["$defs"][name.replace(" ", "-")]
    assert part["properties"]["instrument"] == {"const": name}
    assert part["description"]


@pytest.mark.battery
@pytest.mark.parametrize("name", STRATEGIES)
def test_every_strategy_is_in_the_schema(name: str) -> None:
    part = SCHEMA["$defs"][f"strategy-{name.replace(' ', '-')}"]
    assert part["properties"]["kind"] == {"const": name}
    assert part["description"]


@pytest.mark.battery
@pytest.mark.parametrize("name", CONTRIBUTION_RULES)
def test_every_contribution_rule_is_in_the_schema(name: str) -> None:
    part = SCHEMA["$defs"][f"{name} rule".replace(" ", "-")]
    assert part["properties"]["kind"] == {"const": name}
    assert part["description"]


# ------------------------------------------------------------------------------------------ tables of a page


def kind_of(schema: Any) -> str:
    """Return what a value may be, in a few words."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        known = {
            "selection": "codes, names or `all`", "instrument": "instrument", "strategy": "name or mapping",
            "rule": "rule",
        }  # fmt: skip
        return known.get(name, "mapping")
    if "anyOf" in schema:
        kinds = [kind_of(one) for one in schema["anyOf"]]
        return " or ".join(dict.fromkeys(kinds))
    if "enum" in schema:
        return ", ".join(f"`{one}`" for one in schema["enum"]) if len(schema["enum"]) < 6 else "name"
    if "const" in schema:
        return f"`{schema['const']}`"
    words = {
        "string": "text",
        "integer": "whole number",
        "array": "list",
        "object": "mapping",
        "null": "nothing",
    }
    kind = words.get(schema.get("type", ""), schema.get("type", "any value"))
    limits = [amount(schema[key]) for key in ("minimum", "maximum") if key in schema]
    return f"{kind}, {' to '.join(limits)}" if limits else kind


def default_of(schema: Any) -> str:
    value = schema.get("default")
    if isinstance(value, int | float):
        return amount(value)
    return "" if value is None or value in ([], {}) else str(value)


def amount(number: float) -> str:
    if isinstance(number, bool):
        return str(number).lower()
    return f"{number:,.0f}" if number == int(number) else f"{number:g}"


def rows_of(properties: Any, required: Any = ()) -> list[str]:
    lines = ["| key | value | unless given | meaning |", "|---|---|---|---|"]
    for key, schema in properties.items():
        meant = SCHEMA["$defs"].get(schema.get("$ref", "").rpartition("/")[2], {})
        told = schema.get("description") or meant.get("description", "")
        default = "**needed**" if key in required else default_of(schema)
        lines.append(f"| `{key}` | {kind_of(schema)} | {default} | {told.replace(chr(10), ' ').replace('|', '/')} |")
    return lines


def instruments_table() -> list[str]:
    common = shared_keys()
    lines = ["| instrument | key | value | unless given | meaning |", "|---|---|---|---|---|"]
    for name in INSTRUMENTS:
        part = SCHEMA["$defs"][name.replace(" ", "-")]
        own = {key: schema for key, schema in part["properties"].items() if key not in common}
        rows = rows_of(own)[2:] or ["| | | | none |"]
        lines.append(f"| **{name}** | | | | {' '.join(part['description'].split())} |")
        lines += [f"| {row}" for row in rows]
    return lines


def strategies_table() -> list[str]:
    lines = ["| strategy | key | value | unless given | meaning |", "|---|---|---|---|---|"]
    for name in STRATEGIES:
        part = SCHEMA["$defs"][f"strategy-{name.replace(' ', '-')}"]
        own = {key: schema for key, schema in part["properties"].items() if key != "kind"}
        lines.append(f"| **{name}** | | | | {' '.join(part['description'].split())} |")
        lines += [f"| {row}" for row in rows_of(own)[2:]]
    return lines


def rules_table() -> list[str]:
    lines = ["| kind | key | value | unless given | meaning |", "|---|---|---|---|---|"]
    for name in CONTRIBUTION_RULES:
        part = SCHEMA["$defs"][f"{name} rule".replace(" ", "-")]
        own = {key: schema for key, schema in part["properties"].items() if key not in ("kind", "first")}
        lines.append(f"| **{name}** | | | | {' '.join(part['description'].split())} |")
        lines += [f"| {row}" for row in rows_of(own)[2:]]
    return lines


def shared_keys() -> list[str]:
    return ["instrument", *Instrument.__dataclass_fields__]


def table(name: str) -> list[str]:
    if name == "instruments":
        return instruments_table()
    if name == "strategies":
        return strategies_table()
    if name == "rules":
        return rules_table()
    if name == "instrument":
        part = SCHEMA["$defs"]["crackdown"]
        keys = {key: schema for key, schema in part["properties"].items() if key in shared_keys()}
        keys["instrument"] = {"type": "string", "description": "its name"}
        keys["setup"] = keys["setup"] | {"description": "weeks from start to effect; 26 if it is between countries"}
        return rows_of(keys, part["required"])
    if name == "arm":
        arms = SCHEMA["$defs"]["experiment"]["properties"]["arms"]["additionalProperties"]
        return rows_of(arms["anyOf"][0]["properties"])
    part = SCHEMA["$defs"][name]
    return rows_of(part["properties"], part.get("required", ()))


def with_tables(page: str) -> str:
    def written(found: re.Match[str]) -> str:
        return f"<!-- table: {found[1]} -->\n" + "\n".join(table(found[1])) + "\n<!-- end -->"

    return re.sub(r"<!-- table: ([\w-]+) -->\n.*?<!-- end -->", written, page, flags=re.DOTALL)


@pytest.mark.docs
def test_the_tables_of_the_page_are_those_of_the_schema() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert with_tables(page) == page, "write them anew: python tests/test_scenario_schema.py"


if __name__ == "__main__":
    PAGE.write_text(with_tables(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
    sys.exit(0)
