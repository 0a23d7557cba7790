"""Ring refusals: whatever a text holds, reading it ends with a scenario or with ScenarioError."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.scenario import ScenarioError, find, load, loads, loads_experiment, names
from sim.scenario.complete import complete
from sim.scenario.experiments import experiment_of
from sim.scenario.problems import Place
from sim.scenario.reading import node_of, read_file
from sim.scenario.writing import plain

pytestmark = pytest.mark.refusals

INVALID = sorted((Path(__file__).parent / "invalid").glob("*.yaml"))
SHIPPED = [find(name) for name in names()] + [find(name, "experiments") for name in names("experiments")]
TEXTS = [path.read_text(encoding="utf-8") for path in SHIPPED + INVALID if path.stem != "whole-world"]
SNIPPETS = [
    "{", "}", "[", "]", ": ", ", ", "- ", "? ", "&a ", "*a", "!!int ", "<<: ", "|\n ", ">\n ", "'", '"', "# ",
    "%", "@", "`", "\n", "\n  ", "\t", "---\n", "...\n", "\\", "\x00", "\ufeff", "\ud7ff", "é", ".nan", "1e999",
    "-1", "0", "yes", "null", "all", "members", "extends: ", "world: ", "policy:\n  - ", "arms: ", '"\\n"',
    "? |\n  a\n  b\n: c",
]  # fmt: skip


def is_answered(reader: Callable[[Any], object], given: Any) -> None:
    try:
        reader(given)
    except ScenarioError as error:
        lines = str(error).splitlines()
        assert len(lines) == len(error.problems) > 0  # noqa: PT017 - either outcome is right


@settings(max_examples=300)
@given(text=st.text(max_size=200) | st.lists(st.sampled_from(SNIPPETS), max_size=30).map("".join))
def test_any_text_is_answered(text: str) -> None:
    is_answered(loads, text)
    is_answered(loads_experiment, text)


DAMAGE = st.tuples(st.integers(0, 5000), st.integers(0, 12), st.sampled_from(SNIPPETS))


@settings(max_examples=200)
@given(text=st.sampled_from(TEXTS), damages=st.lists(DAMAGE, min_size=1, max_size=4))
def test_a_damaged_file_is_answered(text: str, damages: list[tuple[int, int, str]]) -> None:
    for at, removed, inserted in damages:
        start = at % (len(text) + 1)
        text = text[:start] + inserted + text[start + removed :]
    is_answered(loads_experiment, text)


WORDS = [
    "",
    "varda",
    "THA",
    "all",
    "Hills",
    "crackdown",
    "online_fraud",
    "no change",
    "two-countries",
    "x\ny",
]
NUMBERS = st.integers(-3, 10**7) | st.floats(allow_nan=False, allow_infinity=False)
SCALARS = st.none() | st.booleans() | NUMBERS | st.sampled_from(WORDS)
KEYS = st.sampled_from(["name", "end", "teams", "source", *WORDS])
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=4,
)
SCENARIOS = [plain(load(name)) for name in ("two-countries", "trafficking", "mekong-baseline")]
STUDIES = [read_file(find(name, "experiments")).plain() for name in ("two-countries", "no-attribution")]


def changed(value: Any, choices: list[int], replacement: Any) -> Any:
    """Return a tree with one of its branches, found by a list of choices, replaced."""
    if not choices or not isinstance(value, dict | list) or not value:
        return replacement
    keys = list(value) if isinstance(value, dict) else list(range(len(value)))
    key = keys[choices[0] % len(keys)]
    copy: Any = dict(value) if isinstance(value, dict) else list(value)
    copy[key] = changed(value[key], choices[1:], replacement)
    return copy


PATHS = st.lists(st.integers(0, 100), min_size=1, max_size=5)


@settings(max_examples=200)
@given(tree=st.sampled_from(SCENARIOS), path=PATHS, replacement=VALUES)
def test_a_scenario_with_a_wrong_value_is_answered(tree: Any, path: list[int], replacement: Any) -> None:
    is_answered(complete, node_of(changed(tree, path, replacement), Place("x")))


@settings(max_examples=100)
@given(tree=st.sampled_from(STUDIES), path=PATHS, replacement=VALUES)
def test_an_experiment_with_a_wrong_value_is_answered(tree: Any, path: list[int], replacement: Any) -> None:
    node = node_of(changed(tree, path, replacement), Place("x"))
    is_answered(lambda whole: experiment_of(whole, None), node)
