"""Ring docs: each number "A-n" and "D-n" that code and pages point to is explained once, and none is idle."""

import re
from collections import Counter
from functools import cache
from itertools import chain
from pathlib import Path

import pytest

from sim.declare import declared
from sim.instruments import INSTRUMENTS
from sim.parameters import parameter_table
from sim.politics import CONTRIBUTION_RULES

pytestmark = pytest.mark.docs

ROOT = Path(__file__).parents[1]
ASSUMPTIONS = ROOT / "docs" / "assumptions.md"
DATA = ROOT / "docs" / "data.md"
EXPLAINED = {
    "A": (ASSUMPTIONS, re.compile(r"^### (A-\d+)$", re.MULTILINE)),
    "D": (DATA, re.compile(r"^\| (D-\d+) \|", re.MULTILINE)),
}
ENTRY = re.compile(r"^### (?P<number>A-\d+)\n(?P<text>.*?)(?=\n#|\Z)", re.MULTILINE | re.DOTALL)
GRADE = re.compile(r"Evidence:\s(?:read|derived|assumption)\.\s*\Z")


@cache
def uses(letter: str) -> dict[str, str]:
    """Return each number that something other than its own page points to, and a file that does."""
    own, _ = EXPLAINED[letter]
    found: dict[str, str] = {}
    for folder in ("sim", "docs", "scenarios", "experiments"):
        for path in sorted((ROOT / folder).rglob("*")):
            if path.suffix in {".py", ".md", ".yaml", ".j2"} and path != own:
                for number in re.findall(rf"\b{letter}-\d+\b", path.read_text(encoding="utf-8")):
                    found.setdefault(number, path.relative_to(ROOT).as_posix())
    return found


def explained(letter: str) -> Counter[str]:
    page, heading = EXPLAINED[letter]
    return Counter(heading.findall(page.read_text(encoding="utf-8")))


def entries() -> dict[str, str]:
    return {found["number"]: found["text"] for found in ENTRY.finditer(ASSUMPTIONS.read_text(encoding="utf-8"))}


def place(number: str) -> int:
    return int(number.partition("-")[2])


@pytest.mark.parametrize("letter", sorted(EXPLAINED))
def test_what_is_pointed_to_is_explained_once(letter: str) -> None:
    times = explained(letter)
    assert uses(letter), "nothing points anywhere: the pattern is wrong"
    wrong = {number: where for number, where in uses(letter).items() if times[number] != 1}
    assert not wrong, f"not explained exactly once in {EXPLAINED[letter][0].name}"


@pytest.mark.parametrize("letter", sorted(EXPLAINED))
def test_what_is_explained_is_used_and_in_order(letter: str) -> None:
    numbers = list(explained(letter).elements())
    idle = set(numbers) - set(uses(letter))
    assert not idle, "explained, but nothing points there"
    assert numbers == sorted(numbers, key=place)


@pytest.mark.parametrize("page", [ASSUMPTIONS, DATA], ids=lambda page: page.name)
def test_a_page_points_to_what_it_or_the_other_explains(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    pointed = {number for letter in EXPLAINED for number in re.findall(rf"\b{letter}-\d+\b", text)}
    assert pointed <= set(explained("A")) | set(explained("D"))
    anchors = set(re.findall(r"\]\(#([^)\s]+)\)", text))
    assert anchors <= {number.lower() for number in explained("A")}


def test_every_assumption_ends_with_the_grade_of_its_evidence() -> None:
    ungraded = [number for number, text in entries().items() if not GRADE.search(text)]
    assert not ungraded


def test_numbers_called_decisive_are_called_so_where_they_are_explained() -> None:
    kinds = (kind for registry in (INSTRUMENTS, CONTRIBUTION_RULES) for _, kind in registry.items())
    instruments = chain.from_iterable(declared(kind).values() for kind in kinds)
    sources = [facts["source"] for facts in chain((facts for _, facts in parameter_table()), instruments)]
    decisive = set(re.findall(r"\b(A-\d+) \(decisive\)", " ".join(sources)))
    assert decisive, "no number is called decisive: the pattern is wrong"
    assert decisive <= {number for number, text in entries().items() if "(decisive)" in text}
