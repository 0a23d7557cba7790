"""What is read from YAML text, where it stands, and what is refused before anything is built."""

import time
from pathlib import Path
from typing import Any

import pytest

from sim.scenario import ScenarioError
from sim.scenario.reading import LARGEST_FILE, MOST_NODES, read, read_file


def value_of(text: str) -> Any:
    return read(f"value: {text}", "x.yaml").mapping["value"].plain()


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("10", 10), ("-3", -3), ("0", 0), ("1.0e8", 1.0e8), ("1e7", 1e7), ("2.3E-4", 2.3e-4),
        (".5", 0.5), ("5.", 5.0), ("true", True), ("false", False), ("null", None), ("~", None), ("", None),
        ("'10'", "10"), ('"true"', "true"), ("[]", []), ("{}", {}),
    ],
)  # fmt: skip
def test_numbers_and_booleans_are_those_of_the_newer_yaml(text: str, value: object) -> None:
    assert value_of(text) == value
    assert type(value_of(text)) is type(value)


@pytest.mark.parametrize(
    "text",
    ["NO", "no", "yes", "on", "off", "y", "True", "FALSE", "Null", "1:30", "190:20:30", "0x1F", "0o17", "017",
     "1_000", "1,000", "2024-05-01", "1.2.3", "nan", "inf", "Infinity", "+", "e5", "=", "."],
)  # fmt: skip
def test_what_the_older_yaml_turned_into_something_else_stays_a_text(text: str) -> None:
    assert value_of(text) == text


def test_every_value_and_key_knows_its_place() -> None:
    node = read("a: 1\nb:\n  - {c: x}\n  - [y, z]\n", "x.yaml")
    c = node.nearest(("b", 0, "c"))
    assert (str(c.key), str(c.place)) == ("x.yaml:3:6", "x.yaml:3:9")
    assert str(node.nearest(("b", 1, 1)).place) == "x.yaml:4:9"


def test_a_mark_at_the_beginning_of_the_text_is_no_letter() -> None:
    assert read("\ufeffa: 1", "x").plain() == {"a": 1}


# ------------------------------------------------------------------------------------------ hostile texts

HOSTILE = {
    "brackets": "[" * 100_000,
    "braces": "{" * 100_000,
    "brackets on lines": "[\n" * 50_000,
    "dashes": "- " * 50_000,
    "questions": "? " * 50_000,
    "indented": "\n".join(" " * i + "a:" for i in range(400)),
    "tags": "!a " * 30_000,
    "quotes": '"' + "a" * 100_000,
    "bomb": "a: &a [x]\n" + "\n".join(f"{c}: &{c} [*{p}, *{p}]" for p, c in zip("abcdefgh", "bcdefghi", strict=True)),
    "values": "a: [" + "0," * (MOST_NODES + 10) + "]",
    "size": "a: " + "x" * LARGEST_FILE,
    "comments": "# x\n" * 300_000,
    "beyond unicode": 'a: "\\UFFFFFFFF"',
    "version": f"%YAML 1.{'1' * 5000}\n---\na: 1",
    "half a letter": 'a: "\\ud800"',
    "nothing": 'a: "\\0"',
    "object": "a: !!python/object/apply:os.system [ls]",
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_hostile_texts_are_refused_quickly(kind: str) -> None:
    begun = time.process_time()
    with pytest.raises(ScenarioError):
        read(HOSTILE[kind], "x")
    assert time.process_time() - begun < 10


@pytest.mark.parametrize("letter", ["\x00", "\x07", "\x85", "\u2028", "\ufeff", "\ufffe"])
def test_letters_that_no_editor_shows_are_refused_at_their_place(letter: str) -> None:
    with pytest.raises(ScenarioError, match=f"^x:2:4: the character U\\+{ord(letter):04X}"):
        read(f"a: 1\nb: {letter}", "x")


def test_bytes_that_are_no_text_are_refused_at_their_place(tmp_path: Path) -> None:
    path = tmp_path / "x.yaml"
    path.write_bytes("a: 1\nbé: ".encode() + b"\xff\xfe")
    with pytest.raises(ScenarioError, match=":2:5: not UTF-8 text"):
        read_file(path)


def test_a_large_file_is_not_read_to_its_end(tmp_path: Path) -> None:
    path = tmp_path / "x.yaml"
    with path.open("wb") as file:
        file.truncate(1 << 33)  # eight gigabytes of nothing
    with pytest.raises(ScenarioError, match="at most 1,048,576 bytes"):
        read_file(path)


def test_numbers_beyond_what_a_computer_counts_exactly_are_refused() -> None:
    for text in ("9007199254740993", "9" * 5000):
        with pytest.raises(ScenarioError, match=r"too many digits|finite"):
            read(f"a: {text}", "x")
