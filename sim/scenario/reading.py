"""YAML text -> nodes that know their places; what could harm or mislead is refused before anything is built.

Read is the core of YAML 1.2: `true` and `false` are the only booleans, so `NO` and `yes` stay texts; numbers
are decimal (`10`, `0.5`, `1.0e7`); `1:30`, `0x1F`, `007` and `1_000` are texts. Aliases, tags and merge keys
are refused: a file says what it means where it says it.
"""

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import yaml
from yaml.reader import Reader

from sim.scenario.problems import Findings, Place, ScenarioError, fatal

LARGEST_FILE = 1 << 20  # bytes
DEEPEST = 20  # levels of lists and mappings
MOST_NODES = 50_000
LARGEST_WHOLE_NUMBER = 2**53  # beyond it a float cannot hold it exactly

BYTE_ORDER_MARK = "\ufeff"
NULL = re.compile(r"^(?:~|null|)$")
BOOLEAN = re.compile(r"^(?:true|false)$")
WHOLE = re.compile(r"^[-+]?(?:0|[1-9][0-9]*)$")
REAL = re.compile(r"^[-+]?(?:\.[0-9]+|(?:0|[1-9][0-9]*)(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$")
NOT_FINITE = re.compile(r"^[-+]?\.(?:inf|nan)$", re.IGNORECASE)
# Characters YAML takes for line ends and editors do not: they would shift every line number after them.
ODD_LINE_ENDS = re.compile("[\x85\u2028\u2029]")
UNWRITABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\u2028\u2029\ufffe\uffff]")

Scalar = bool | int | float | str | None
Plain = Scalar | list["Plain"] | dict[str, "Plain"]


@dataclass(frozen=True)
class Node:
    """A value of a file and where it stands; in a mapping also where its key stands."""

    value: "Scalar | tuple[Node, ...] | dict[str, Node]"
    place: Place
    key: Place | None = None

    @property
    def entry(self) -> Place:
        """Return where the entry begins: at its key if it has one."""
        return self.key or self.place

    @property
    def mapping(self) -> "dict[str, Node]":
        """Return its entries if it is a mapping, else nothing."""
        return self.value if isinstance(self.value, dict) else {}

    @property
    def items(self) -> "tuple[Node, ...]":
        """Return its items if it is a list, else nothing."""
        return self.value if isinstance(self.value, tuple) else ()

    def plain(self) -> Plain:
        """Return the value without places."""
        if isinstance(self.value, dict):
            return {key: node.plain() for key, node in self.value.items()}
        if isinstance(self.value, tuple):
            return [node.plain() for node in self.value]
        return self.value

    def nearest(self, path: tuple[str | int, ...]) -> "Node":
        """Return the node at a path, or the last one on the way to it."""
        node = self
        for step in path:
            if isinstance(node.value, dict) and step in node.value:
                node = node.value[str(step)]
            elif isinstance(node.value, tuple) and isinstance(step, int) and step < len(node.value):
                node = node.value[step]
            else:
                break
        return node

    def with_entries(self, **entries: "Node") -> "Node":
        """Return the mapping with some entries set."""
        return replace(self, value=self.mapping | entries)

    def without(self, *keys: str) -> "Node":
        """Return the mapping without some entries."""
        return replace(self, value={key: node for key, node in self.mapping.items() if key not in keys})


def node_of(plain: object, place: Place) -> Node:
    """Return plain values as nodes that all stand at one place."""
    if isinstance(plain, dict):
        return Node({str(key): node_of(value, place) for key, value in plain.items()}, place)
    if isinstance(plain, list | tuple):
        return Node(tuple(node_of(value, place) for value in plain), place)
    assert plain is None or isinstance(plain, bool | int | float | str), f"{plain!r} is nothing a file can hold"
    return Node(plain, place)


def scalar(text: str) -> Scalar:
    """Return what an unquoted word of a file means; a number that is not finite comes back as a float."""
    if NULL.match(text):
        return None
    if BOOLEAN.match(text):
        return text == "true"
    if WHOLE.match(text):
        return int(text) if len(text) < 20 else float(text)
    if REAL.match(text):
        return float(text)
    return math.nan if NOT_FINITE.match(text) else text


def read_file(path: Path, name: str | None = None) -> Node:
    """Return the top node of a file, named in errors as `name`, or raise ScenarioError."""
    place = Place(name or str(path), 1, 1)
    try:
        if not path.is_file():
            raise fatal(Place(place.file), "there is no such file")
        with path.open("rb") as file:
            content = file.read(LARGEST_FILE + 1)
    except OSError as error:
        raise fatal(Place(place.file), f"cannot be read: {error.strerror or error}") from error
    if len(content) > LARGEST_FILE:
        raise fatal(place, f"a file may have at most {LARGEST_FILE:,} bytes")
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        before = content[: error.start]
        line_start = before.rfind(b"\n") + 1
        column = len(before[line_start:].decode("utf-8")) + 1
        raise fatal(Place(place.file, before.count(b"\n") + 1, column), "not UTF-8 text") from error
    return read(text, place.file)


def read(text: str, name: str) -> Node:
    """Return the top node of a text, named in errors as `name`, or raise ScenarioError."""
    if len(text) > LARGEST_FILE or len(text.encode("utf-8", "replace")) > LARGEST_FILE:
        raise fatal(Place(name, 1, 1), f"a file may have at most {LARGEST_FILE:,} bytes")
    text = text.removeprefix(BYTE_ORDER_MARK)
    odd = min(_odd_characters(text), default=None)
    if odd is not None:
        line_start = text.rfind("\n", 0, odd) + 1
        place = Place(name, text.count("\n", 0, odd) + 1, odd - line_start + 1)
        raise fatal(place, f"the character U+{ord(text[odd]):04X} is not allowed")
    return _Walk(text, name).top()


def _odd_characters(text: str) -> Iterator[int]:
    """Yield where characters stand that no file may hold."""
    for pattern in (Reader.NON_PRINTABLE, ODD_LINE_ENDS, re.compile(BYTE_ORDER_MARK)):
        if found := pattern.search(text):
            yield found.start()


class _Walk:
    """Walks the events of a text once, from the first to the last."""

    def __init__(self, text: str, name: str) -> None:
        self.name = name
        self.findings = Findings()
        self.nodes = 0
        # The loader written in Python: the one in C can be brought down by nesting alone.
        self.loader = yaml.SafeLoader(text)

    def top(self) -> Node:
        """Return the only document of the text, a mapping."""
        self._next()
        opening = self._next()
        if isinstance(opening, yaml.StreamEndEvent):
            raise fatal(Place(self.name, 1, 1), "the file is empty")
        if opening.version or opening.tags:
            self._note(opening, "a file has no % directives")
        node = self._node(self._next(), 1)
        self._next()
        following = self._next()
        if not isinstance(following, yaml.StreamEndEvent):
            self._note(following, "a file holds one document only: take out the second ---")
        elif not isinstance(node.value, dict):
            self.findings.add(node.place, "a file is a mapping of `key: value` lines")
        self.findings.raise_any()
        return node

    def _next(self) -> Any:
        try:
            return self.loader.get_event()  # type: ignore[no-untyped-call]
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            assert mark is not None, "the parser knows where it stopped"
            about = error.problem or error.context
            raise self._stopped(Place(self.name, mark.line + 1, mark.column + 1), f"not YAML: {about}") from error
        except (
            ValueError,
            OverflowError,
        ) as error:  # an escape beyond Unicode, a version of a thousand digits
            place = Place(self.name, self.loader.line + 1, self.loader.column + 1)
            raise self._stopped(place, "not YAML: a number in an escape or a directive is too large") from error

    def _stopped(self, place: Place, message: str) -> ScenarioError:
        self.findings.add(place, message)
        return ScenarioError(self.findings.problems)

    def _place(self, event: Any) -> Place:
        return Place(self.name, event.start_mark.line + 1, event.start_mark.column + 1)

    def _note(self, event: Any, message: str) -> None:
        self.findings.add(self._place(event), message)

    def _node(self, event: Any, depth: int) -> Node:
        place = self._place(event)
        self.nodes += 1
        if self.nodes > MOST_NODES:
            raise self._stopped(place, f"a file may hold at most {MOST_NODES:,} values")
        if depth > DEEPEST:
            raise self._stopped(place, f"lists and mappings may be nested at most {DEEPEST} deep")
        if isinstance(event, yaml.AliasEvent):
            self._note(event, f"aliases are refused: write the value of *{event.anchor} again")
            return Node(None, place)
        if event.anchor is not None:
            self._note(event, f"anchors are refused: take out &{event.anchor}")
        if event.tag is not None:
            self._note(event, f"tags are refused: take out {event.tag}")
        if isinstance(event, yaml.SequenceStartEvent):
            return Node(tuple(self._list(depth)), place)
        if isinstance(event, yaml.MappingStartEvent):
            return Node(self._mapping(depth), place)
        return Node(self._scalar(event), place)

    def _list(self, depth: int) -> Iterator[Node]:
        while not isinstance(event := self._next(), yaml.SequenceEndEvent):
            yield self._node(event, depth + 1)

    def _mapping(self, depth: int) -> dict[str, Node]:
        entries: dict[str, Node] = {}
        while not isinstance(event := self._next(), yaml.MappingEndEvent):
            known = len(self.findings.problems)
            key = self._node(event, depth + 1)
            node = replace(self._node(self._next(), depth + 1), key=key.place)
            if not isinstance(key.value, str) or not key.value:
                if len(self.findings.problems) == known:
                    self.findings.add(key.place, "a key is a word: put it in quotes if it is meant")
            elif key.value == "<<":
                self.findings.add(key.place, "merge keys (<<) are refused: use `extends`, or write the entries out")
            elif key.value in entries:
                first = entries[key.value].entry
                self.findings.add(key.place, f"'{key.value}' stands here twice, first in line {first.line}")
            else:
                entries[key.value] = node
        return entries

    def _scalar(self, event: Any) -> Scalar:
        value = event.value if event.style else scalar(event.value)
        if isinstance(value, str) and (odd := UNWRITABLE.search(value)):
            self._note(event, f"the character U+{ord(odd[0]):04X} is not allowed")
            return ""
        if isinstance(value, float) and not math.isfinite(value):
            self._note(event, f"numbers are finite; '{event.value[:40]}' is not")
            return 0.0
        if isinstance(value, int | float) and not isinstance(value, bool) and _too_long(value, event.value):
            self._note(event, f"the number '{event.value[:40]}' has too many digits")
            return 0
        return value


def _too_long(value: float, text: str) -> bool:
    return bool(WHOLE.match(text)) and abs(value) > LARGEST_WHOLE_NUMBER
