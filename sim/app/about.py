"""About the model: what it is, shows and leaves out, and every number, source and assumption.

All of it is told by the program's own declarations: the verbs by the week, the numbers by their records, the sources
by the tables, the reasons by docs/assumptions.md. Only the guide around them is written here.
"""

import inspect
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from sim import __version__, week
from sim.reports import STATUS
from sim.reports.background import LIMITS
from sim.scenario import catalogue
from sim.scenario.numbers import parameter_rows, range_words, value_words
from sim.world import EVIDENCE, bodies, codes, memory_rows, sources

Facts = dict[str, Any]

PACKAGE = Path(__file__).parents[1]
REASONS = "assumptions.md"
WHOLE = "stylised"  # the status of the model; imagined worlds have their own word
YEAR = 2026  # of this version
ANCHOR = re.compile(r"\bA-(\d+)(?: to A-(\d+))?")

WHAT = (
    "Offenders who are organised for profit need not stop when one country raises its pressure. They can move, change "
    "trade, wait, hide, turn to other victims, or be replaced. The program simulates countries, their police, "
    "operations and the people they harm, week by week, and compares policies under the same luck."
)
SHOWS = (
    "How much of what one country's pressure removes comes back elsewhere in the model, and where.",
    "Which cooperation, among whom, lowers net harm for the same money in the model; who pays and who gains.",
    "Under which assumptions nothing moves, or cooperation is not worth its price.",
    "How far all of this is luck, and how far it hangs on numbers that nobody knows well.",
)
SHOWS_NOT = (
    "What will happen. It is not calibrated: read signs and differences, not levels.",
    "Anything about real groups, methods or routes. None is described.",
    "A verdict on a country or its people. Countries differ by public figures; no output ranks them.",
    "What it leaves out: intervals cover luck and the stated ranges of the uncertain numbers, and nothing else.",
)
SAME_DICE = (
    "Every chance event has a number of its own, found from the seed, the question asked, the week and the operation "
    "or person it concerns. Policies that are compared use the same numbers, so a policy does not shuffle luck that "
    "has nothing to do with it: what differs between the two runs follows from the policy. It is like two people who "
    "play one game with the same list of dice: where both make the same move, they throw the same."
)
USE = (
    "Learn: seven scenes in an imagined world; two policies side by side under the same luck.",
    "Explore: put policies on a timeline, open the assumptions beside them, run, and watch the answer settle.",
    "Compare: paired differences, cost against harm, who pays and who gains.",
    "Map: where operations are and where they went. Report: the page to pass on, with its tables and checksum.",
)
NOTICE = (
    "Whether the interval holds zero: then these runs do not separate the two policies.",
    "The share that came back elsewhere beside what the choice rule alone would give: only the rest was found.",
    "How the answer changes with the horizon: operations move, close and enter over years.",
    "Who pays and who gains: they are seldom the same countries.",
)
EXTEND = (
    "Write a scenario or an experiment as a YAML file; `displace schema` helps an editor to complete names.",
    "A police strategy, an instrument or a rule of choice is one small class with its numbers declared beside it.",
    "`displace robustness` changes rules, mechanisms and numbers, and says which sentences survive.",
)


def about() -> Facts:
    """Return everything that the page about the model tells."""
    reasons = assumptions()
    grades = {one["id"]: one["grade"] for one in reasons}
    return {
        "version": __version__,
        "licence": "MIT for code and texts; data tables keep the terms of their sources, named below.",
        "cite": f"displace, version {__version__} ({YEAR}): a simulation of crime displacement and cooperation "
        "between countries. MIT licence.",
        "status": WHOLE,
        "statuses": STATUS,
        "what": WHAT,
        "shows": SHOWS,
        "shows_not": SHOWS_NOT,
        "verbs": verbs(),
        "same_dice": SAME_DICE,
        "use": USE,
        "notice": NOTICE,
        "try": [{"id": one.name, "about": one.about, "status": one.status} for one in catalogue()
                if one.shelf == "experiments"],
        "extend": EXTEND,
        "limits": LIMITS,
        "deciding": deciding(),
        "parameters": [parameter(row, grades) for row in parameter_rows()],
        "sources": [row._asdict() for row in sources()],
        "recalled": [row._asdict() for row in memory_rows(codes(), bodies())],
        "evidence": EVIDENCE,
        "assumptions": reasons,
    }  # fmt: skip


def verbs() -> list[Facts]:
    """Return the verbs of a week in their order: the words beside each in `sim.week`, and what each says it does."""
    beside = dict(re.findall(r"^    (\w+),  # (.+)$", inspect.getsource(week), flags=re.MULTILINE))
    return [
        {"name": verb.__name__, "words": beside[verb.__name__], "does": without_shapes(verb.__doc__ or "")}
        for verb in week.WEEK
    ]


def without_shapes(text: str) -> str:
    """Return the first line of a docstring without the shapes of arrays."""
    return re.sub(r" \[[^\]]*\]", "", text.strip().partition("\n")[0])


def parameter(row: Mapping[str, Any], grades: Mapping[str, str]) -> Facts:
    """Return one number as the table shows it."""
    held = dict.fromkeys(grades[one] for one in named(row["source"]) if grades.get(one))
    return {
        "path": row["path"],
        "value": value_words(dict(row)),
        "unit": row["unit"],
        "limits": range_words(row["low"], row["high"]),
        "plausible": range_words(*row["plausible"] or (None, None)),
        "drawn": bool(row["uncertain"]),
        "source": row["source"],
        "grade": ", ".join(held),
        "about": row["about"],
    }


def named(source: str) -> Iterator[str]:
    """Yield the assumptions that a source names: `A-48 to A-51` are four."""
    for first, last in ANCHOR.findall(source):
        yield from (f"A-{number}" for number in range(int(first), int(last or first) + 1))


# ---- the page of reasons ---------------------------------------------------------------------------


def page() -> str:
    """Return the page of assumptions: in the installed package, or in the checkout around it; empty if in neither."""
    for folder in (PACKAGE / "library" / "docs", PACKAGE.parent / "docs"):
        if (folder / REASONS).is_file():
            return (folder / REASONS).read_text(encoding="utf-8")
    return ""


def assumptions() -> list[Facts]:
    """Return every assumption with its group, its reasons and the grade of its evidence."""
    found, group = [], ""
    for part in re.split(r"^(?=###? )", page(), flags=re.MULTILINE):
        head, _, body = part.partition("\n")
        if head.startswith("## "):
            group = head.removeprefix("## ")
        elif head.startswith("### A-"):
            title, _, text = plain(body).removeprefix("**").partition("**")
            text, _, grade = text.strip().rpartition(" Evidence: ")
            found.append({
                "id": head.removeprefix("### "), "group": group, "title": title.rstrip("."),
                "grade": grade.rstrip("."), "text": text,
            })  # fmt: skip
    return found


def deciding() -> list[Facts]:
    """Return the choices that move the answer more than most policies do."""
    whole = re.search(r"^## The five that decide\n(.*?)^## ", page(), flags=re.MULTILINE | re.DOTALL)
    items = re.split(r"^\d+\. ", whole[1], flags=re.MULTILINE)[1:] if whole else []
    told = (plain(item).removeprefix("**").partition("**") for item in items)
    return [{"title": title, "text": text.lstrip(": ")} for title, _, text in told]


def plain(text: str) -> str:
    """Return Markdown as running text; code keeps its marks, a link or a stressed word only its words."""
    text = re.sub(r"\s+", " ", re.sub(r"\[([^\]]+)\]\([^)]*\)", r"\1", text)).strip()
    return re.sub(r"(?<![\w*.`])\*(\w(?:[^*`]*\w)?)\*(?![\w*])", r"\1", text)
