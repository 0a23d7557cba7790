"""Values of a file against the declarations: pydantic finds what is wrong, this says it where it stands."""

import functools
import json
import re
from collections.abc import Iterable
from dataclasses import fields, is_dataclass
from types import NoneType, UnionType
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin, get_type_hints

from pydantic import TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from sim.declare import declared, nearest
from sim.scenario.problems import Findings
from sim.scenario.reading import Node, Plain

T = TypeVar("T")
Path = tuple[str | int, ...]

UNKNOWN_KEY = {"unexpected_keyword_argument", "extra_forbidden"}
MISSING_KEY = {"missing", "missing_argument", "missing_keyword_only_argument"}
TOO_SHORT = {"too_short", "tuple_too_short"}  # also said of a list whose entries are refused
LIMITS = {
    "greater_than_equal": ("at least", "ge"),
    "greater_than": ("more than", "gt"),
    "less_than_equal": ("at most", "le"),
    "less_than": ("less than", "lt"),
}
KINDS = {
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "string": "a text",
    "tuple": "a list",
    "list": "a list",
    "dict": "a mapping",
    "dataclass": "a mapping",
    "finite": "a finite number",
}  # by the first word of pydantic's name of the error


@functools.cache
def _adapter(kind: Any) -> TypeAdapter[Any]:
    return TypeAdapter(kind)


def checked(kind: Any, values: Plain, node: Node, findings: Findings, what: str, path: Path = ()) -> Any:
    """Return `values` as a `kind`, or note what is wrong with them and return None.

    Values are checked as strictly as a JSON file's: no text passes for a number and no number for a text.
    `node` is where they stand (`path` leads from it to them); `what` names them in messages.
    """
    try:
        return _adapter(kind).validate_json(json.dumps(values), strict=True)
    except ValidationError as refused:
        for error in refused.errors(include_url=False):
            _note(kind, error, node.nearest(path), findings, what)
    return None


def _note(kind: Any, error: ErrorDetails, node: Node, findings: Findings, what: str) -> None:
    path = error["loc"]
    there = node.nearest(path)
    if path[-1:] == ("[key]",):
        valid = [str(name) for name in get_args(get_args(kind_at(kind, path[:-2]))[0])]
        findings.add(there.entry, no_such(_owner(path[:-2], what), str(path[-2]), valid))
    elif error["type"] in UNKNOWN_KEY:
        owner = kind_at(kind, path[:-1])
        valid = [name for name in keys_of(owner) if name != path[-1]]
        findings.add(there.entry, no_such(_owner(path[:-1], what), str(path[-1]), valid))
    elif error["type"] in MISSING_KEY and isinstance(path[-1], int):
        findings.add(there.place, f"{_owner(path[:-1], what)} holds too few entries")
    elif error["type"] in MISSING_KEY:
        findings.add(there.place, f"{_owner(path[:-1], what)} needs '{path[-1]}'{_unit(kind, path)}")
    elif error["type"] not in TOO_SHORT or len(there.items) < error["ctx"]["min_length"]:
        findings.add(_place_of(error, there), _rule(kind, error, what))


def _place_of(error: ErrorDetails, there: Node) -> Any:
    """Return where an error belongs: at the first key of the record that its message quotes, if any."""
    quoted = re.findall(r"'(\w+)'", error["msg"]) if error["type"] == "value_error" else []
    for name in quoted:
        if name in there.mapping:
            return there.mapping[name].place
    return there.place


def _rule(kind: Any, error: ErrorDetails, what: str) -> str:
    """Return the rule that a value breaks, in words, with the value."""
    path, value, facts = error["loc"], error["input"], error.get("ctx", {})
    name = f"'{path[-1]}'" if path and isinstance(path[-1], str) else _owner(path, what)
    if error["type"] in LIMITS:
        words, limit = LIMITS[error["type"]]
        return f"{name} must be {words} {facts[limit]:,.12g}{_unit(kind, path)}, not {shown(value)}"
    if error["type"] == "literal_error":
        valid = [str(choice) for choice in get_args(_without_none(kind_at(kind, path)))]
        return f"{name} must be one of {', '.join(valid)}, not {shown(value)}{hint(str(value), valid)}"
    if error["type"] == "value_error":
        return str(facts["error"])
    if error["type"] == "string_pattern_mismatch":
        return f"{name} must be one word of a-z, 0-9 and - (at most 64), not {shown(value)}"
    if error["type"] in {"too_long", "string_too_long"}:
        return f"{name} is too long (at most {facts['max_length']:,})"
    if error["type"] in TOO_SHORT:
        return f"{name} holds too few entries (at least {facts['min_length']})"
    expected = KINDS.get(error["type"].partition("_")[0])
    if expected is None:
        return f"{name}: {error['msg'][0].lower()}{error['msg'][1:]}, not {shown(value)}"
    return f"{name} must be {expected}{_unit(kind, path)}, not {shown(value)}{_remedy(expected, value)}"


def shown(value: object) -> str:
    """Return a value as a message shows it: short, and texts in quotes."""
    if isinstance(value, str):
        return f"'{value}'" if len(value) <= 40 else f"'{value[:40]}…'"
    if isinstance(value, dict | list | tuple):
        return "a mapping" if isinstance(value, dict) else "a list"
    if isinstance(value, bool):
        return str(value).lower()
    return "nothing" if value is None else f"{value}"


def _remedy(expected: str, value: object) -> str:
    """Return what to write instead, for the mistakes that other dialects of YAML invite."""
    if expected == "true or false" and str(value).lower() in {"yes", "no", "on", "off", "true", "false"}:
        return " (write true or false)"
    if "number" in expected and isinstance(value, str) and re.fullmatch(r"[-+]?\d[\d_,' ]*", value):
        return f" (write {int(re.sub(r'[_, ]', '', value.replace(chr(39), '')))})"
    if expected == "a text" and isinstance(value, int | float):
        return " (put it in quotes)"
    return ""


def hint(name: str, valid: Iterable[str]) -> str:
    """Return the nearest valid name as a question in brackets, or nothing."""
    near = nearest(name, valid)
    return f" (did you mean '{near}'?)" if near else ""


def no_such(owner: str, name: str, valid: Iterable[str]) -> str:
    """Return the message about a key that its owner does not have."""
    return f"{owner} has no '{name}'{hint(name, valid)}"


def known_keys(node: Node, valid: Iterable[str], what: str, findings: Findings) -> Node:
    """Return a mapping without the keys that it may not have, having noted them."""
    valid = list(valid)
    unknown = [key for key in node.mapping if key not in valid]
    for key in unknown:
        findings.add(node.mapping[key].entry, no_such(what, key, valid))
    return node.without(*unknown)


NO_UNITS = {
    "1",
    "arm",
    "kind",
    "list",
    "name",
    "number",
    "word",
    "words",
    "yes/no",
}  # say nothing that a value does not


# Entries of lists and of open mappings, as a message names one of them.
SINGULAR = {
    "founders": "a founder",
    "workforces": "a workforce",
    "imagined": "an imagined country",
    "distances": "a distance",
    "migration": "a migration",
    "borders": "a border",
    "between": "a country of a distance",
    "contrasts": "a contrast",
    "countries": "a country",
    "languages": "a language",
    "other_languages": "a language",
    "members": "a member",
    "arms": "an arm",
    "exceptions": "an exception",
}


def _owner(path: Path, what: str) -> str:
    if not path:
        return what
    if isinstance(path[-1], int):
        return SINGULAR.get(str(path[-2]), "an entry") if len(path) > 1 else what
    return str(path[-1])


def _without_none(kind: Any) -> Any:
    """Return a kind without its wrappers: `Annotated[X | None, ...]` is X."""
    if get_origin(kind) is Annotated:
        return _without_none(get_args(kind)[0])
    if get_origin(kind) in (Union, UnionType):
        return next(_without_none(one) for one in get_args(kind) if one is not NoneType)
    return kind


@functools.cache
def _hints(kind: Any) -> dict[str, Any]:
    return get_type_hints(kind, include_extras=True)


def keys_of(kind: Any) -> list[str]:
    """Return the keys that a record may have."""
    kind = _without_none(kind)
    return [field.name for field in fields(kind)] if is_dataclass(kind) else []


def kind_at(kind: Any, path: Path) -> Any:
    """Return the kind of what stands at a path inside a kind: the key of a record, the entry of a list."""
    for step in path:
        kind = _without_none(kind)
        is_record = is_dataclass(kind)
        if is_record:
            kind = _hints(kind).get(str(step), Any)
        elif get_origin(kind) in (tuple, list):
            kind = get_args(kind)[0]
        elif get_origin(kind) is dict:
            kind = get_args(kind)[1]
        else:
            return Any
    return kind


def _unit(kind: Any, path: Path) -> str:
    """Return the unit of a declared number in brackets, or nothing."""
    owner = _without_none(kind_at(kind, path[:-1]))
    if not path or not is_dataclass(owner):
        return ""
    facts = declared(owner if isinstance(owner, type) else type(owner)).get(str(path[-1]))
    return f" ({facts['unit']})" if facts and facts["unit"] not in NO_UNITS else ""
