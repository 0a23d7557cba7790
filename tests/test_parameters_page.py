"""docs/parameters.md is made of the declarations; `python tests/test_parameters_page.py` writes it anew."""

import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sim.declare import declared
from sim.instruments import INSTRUMENTS, Instrument
from sim.parameters import parameter_table
from sim.politics import CONTRIBUTION_RULES, Stakes, Terms
from sim.strategies import STRATEGIES, Strategy

pytestmark = pytest.mark.docs

PAGE = Path(__file__).parents[1] / "docs" / "parameters.md"
MODEL = PAGE.with_name("model.md")
WORK = re.compile(r"[A-Z][\w&.' -]*? \d{4}")  # "Prieto-Curiel et al. 2023"
HEAD = """# Parameters and their sources

Made from the declarations by `python tests/test_parameters_page.py`; a test fails when it is out of date.
`displace parameters WORD` prints the same. `limits` are hard: a value outside is refused. `plausible` is what the
sources or the assumption allow; parameters marked • are drawn from it by every replicate of an experiment unless it
says otherwise. A-n is explained in [assumptions.md](assumptions.md), the works in [model.md](model.md#sources). The
sources `scenario` and `experiment` mean that whoever writes the file states the number.
"""


def rows() -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yield (section, name, declaration) for every number of the model, its instruments, police and governments."""
    for path, facts in parameter_table():
        section, _, name = path.rpartition(".")
        yield section, name, facts
    yield from (("policy: every instrument", name, facts) for name, facts in declared(Instrument).items())
    common = declared(Instrument)
    for kind, instrument in INSTRUMENTS.items():
        own = {name: facts for name, facts in declared(instrument).items() if facts != common.get(name)}
        yield from ((f"policy: {kind}", name, facts) for name, facts in own.items())
    for kind, strategy in STRATEGIES.items():
        yield from ((f"police strategy: {kind}", name, facts) for name, facts in declared(strategy).items())
    for record in (Terms, Stakes):
        yield from ((f"politics: {record.__name__.lower()}", name, facts) for name, facts in declared(record).items())
    for kind, rule in CONTRIBUTION_RULES.items():
        yield from ((f"politics: {kind}", name, facts) for name, facts in declared(rule).items())


def told(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, Strategy):
        return STRATEGIES.name_of(type(value))
    return f"{value:g}" if isinstance(value, float) else str(value)


def span(low: Any, high: Any) -> str:
    return "" if low is None and high is None else f"{told(low)} to {told(high)}"


def row(name: str, facts: dict[str, Any]) -> str:
    plausible = span(*facts["plausible"]) if facts["plausible"] else ""
    cells = (
        f"`{name}`{' •' if facts['uncertain'] else ''}", told(facts["default"]), facts["unit"],
        span(facts["low"], facts["high"]), plausible, linked(facts["source"]), facts["about"],
    )  # fmt: skip
    return f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |"


def linked(source: str) -> str:
    return re.sub(r"\bA-(\d+)\b", r"[A-\1](assumptions.md#a-\1)", source)


def works() -> dict[str, list[str]]:
    """Return each cited work with the numbers that rest on it."""
    found: dict[str, list[str]] = defaultdict(list)
    for section, name, facts in rows():
        for work in WORK.findall(facts["source"]):
            section = section.removeprefix("policy: ").removeprefix("police strategy: ").removeprefix("politics: ")
            found[work].append(f"`{section}.{name}`")
    return dict(sorted(found.items()))


def page() -> str:
    lines, before = [HEAD], ""
    for section, name, facts in rows():
        if section != before:
            lines += [f"\n## {section}\n", "| name | value | unit | limits | plausible | source | meaning |"]
            lines += ["|---|---|---|---|---|---|---|"]
            before = section
        lines.append(row(name, facts))
    lines += ["\n## Works and the numbers that rest on them\n"]
    lines += [f"- {work}: {', '.join(dict.fromkeys(names))}" for work, names in works().items()]
    return "\n".join(lines) + "\n"


def test_the_page_is_what_the_declarations_say() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run: python tests/test_parameters_page.py"


def test_every_cited_work_stands_in_the_list_of_sources() -> None:
    listed = MODEL.read_text(encoding="utf-8").partition("## Sources")[2]
    assert works(), "no number cites a work: the pattern is wrong"
    for work in works():
        author, year = work.rsplit(" ", 1)
        first = author.split(" et al.")[0].split(" & ")[0]
        assert re.search(rf"{re.escape(first)}.*?{year}", listed, re.DOTALL), f"{work} is not among the sources"


def test_every_number_has_a_unit_and_a_source() -> None:
    bare = [f"{section}.{name}" for section, name, facts in rows() if not facts["unit"] or not facts["source"]]
    assert not bare


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
