"""One page for one comparison: it opens offline, reads without scripts, prints, and names its assumptions."""

import html
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from sim import record
from sim.comparison import Comparison
from sim.comparison.words import COMPLETE
from sim.figures import FIGURES, Drawing, Findings, Table, leakage, look
from sim.figures.findings import Arm
from sim.figures.intervals import count_words
from sim.figures.look import usd
from sim.reports.background import PAGE, findings_of
from sim.reports.policies import (
    budget_sentence,
    instrument_sentence,
    police_sentences,
    politics_sentences,
    setting_words,
)

__all__ = [
    "answer_table",
    "budget_sentence",
    "findings_of",
    "instrument_sentence",
    "police_sentences",
    "politics_sentences",
    "render",
    "report",
    "setting_words",
    "text_of",
    "write",
]

STATUS = {
    "imagined": "Countries and numbers are invented. Nothing on this page says anything about a real place.",
    "stylised": (
        "Real countries, numbers from public sources and from assumptions; the model is not calibrated yet. "
        "Read signs and differences, not levels. This is not a forecast."
    ),
    "calibrated": "Fitted to public data and checked on data held back. This is not a forecast.",
}
BEARERS = ("pays-and-gains", "spending")  # figures of the section on who bears it


@dataclass(frozen=True, kw_only=True)
class Picture:
    """One figure of the page, with its words and its table."""

    name: str  # its file, and its place on the page
    heading: str
    reading: str
    svg: Markup
    words: str
    table: Table


@dataclass(frozen=True, kw_only=True)
class Chapter:
    """All pictures of one kind: those shown, and those folded away (one an arm)."""

    heading: str
    shown: tuple[Picture, ...]
    folded: tuple[Picture, ...]


def render(findings: Findings, drawn: Mapping[str, str] | None = None) -> str:
    """Return the report as one HTML page, the same text for equal findings.

    `drawn` holds the figures as SVG by the names of their files, if they have been drawn already.
    """
    drawn = drawn or {name: look.svg(kind(findings, arm)) for name, kind, arm in all_figures(findings)}
    chapters = {name: chapter(drawing, findings, drawn) for name, drawing in FIGURES.items()}
    page = environment().get_template("report.html.j2")
    return page.render(
        findings=findings,
        status_words=STATUS.get(findings.status, ""),
        answer=answer_table(findings),
        private=any_private(findings),
        partly_drawn=bool(findings.headlines.drawn) and findings.runs < COMPLETE,
        luck_known=any(np.isfinite(i.luck90).all() for i in findings.avoided.values()),
        figures=[c for name, c in chapters.items() if name not in BEARERS and (c.shown or c.folded)],
        bearers=[chapters[name] for name in BEARERS if chapters[name].shown],
        policies=[(arm, findings.spending[arm.name]) for arm in findings.arms],
        common=common(findings.policies),
        said=len(findings.contrasts) or len(findings.policies),
    )


def common(policies: tuple[Arm, ...]) -> tuple[str, ...]:
    """Return what is in force in every policy, if there are several: it is told once."""
    first, *others = policies or (None,)
    if first is None or not others:
        return ()
    return tuple(sentence for sentence in first.in_force if all(sentence in arm.in_force for arm in others))


@cache
def environment() -> Environment:
    """Return the templates, which make everything that comes from outside harmless."""
    folder = FileSystemLoader(Path(__file__).parents[1] / "templates")
    made = Environment(loader=folder, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    made.filters |= {"usd": usd, "country": country_name, "tied": tied}
    return made


def tied(words: str) -> str:
    """Return words whose numbers stay on one line with their units and their ranges."""
    between = r"(?<=USD) (?=[\d−])|(?<=\d) (?=%|million|billion|(?:to|of) [+−\d])|(?<=\d (?:to|of)) (?=[+−\d])"
    return re.sub(between, "\u00a0", words)


def country_name(code: str, findings: Findings) -> str:
    """Return the name of a country, or its code where there is none."""
    return next((place.name for place in findings.places if place.code == code), code)


def any_private(findings: Findings) -> bool:
    """Return whether legitimate users bear anything under any arm."""
    return any(round(findings.private(arm.name)) for arm in findings.policies)


def answer_table(findings: Findings) -> Table:
    """Return the answer of each arm in the file's order: an order that ranks nobody."""
    columns = (
        "Arm",
        "Harm avoided, %: mean (90 % interval)",
        "Harm avoided a year",
        "90 % of runs, % (with luck alone)",
        "Runs with more harm",
        f"Came back elsewhere: leakage by host, {look.week_words(*findings.window)} (90 % interval)",
        "By the choice rule alone",
        "Public money spent a year",
        *(("Private cost a year",) if any_private(findings) else ()),
    )
    return Table(columns=columns, rows=tuple(answer_row(findings, arm) for arm in findings.policies))


def answer_row(findings: Findings, arm: Arm) -> tuple[str, ...]:
    """Return the answer of one arm; every column has one number of decimals."""
    harm, private, digits = findings.avoided[arm.name], findings.private(arm.name), findings.decimals
    (mean,) = look.percent(digits, harm.mean)
    return (
        arm.label,
        f"{mean} ({look.between(digits, *harm.mean90)})",
        usd(float(findings.ledgers[arm.name].avoided.middle.sum())),
        f"{look.between(digits, harm.lo90, harm.hi90)} ({look.between(digits, *harm.luck90)})",
        count_words(harm),
        leakage.readable(findings.leakages[arm.name]),
        leakage.rule_alone(next(one for one in findings.leakages[arm.name] if one.side == "host")),
        usd(findings.spending[arm.name].spent.mean),
        *((usd(private) if round(private) else "none",) if any_private(findings) else ()),
    )


def chapter(drawing: Drawing, findings: Findings, drawn: Mapping[str, str]) -> Chapter:
    """Return all pictures of one kind; arms that no contrast names are folded away."""
    pictures = {arm: picture(drawing, findings, arm, drawn) for arm in drawing.arms(findings)}
    first = shown_arms(findings) if drawing.per_arm else ("",)
    return Chapter(
        heading=drawing.heading,
        shown=tuple(p for arm, p in pictures.items() if arm in first),
        folded=tuple(p for arm, p in pictures.items() if arm not in first),
    )


def shown_arms(findings: Findings) -> tuple[str, ...]:
    """Return the arms whose own figures are shown: the baseline and the first contrast's, or the first two."""
    policies = [arm.name for arm in findings.policies]
    contrasted = [name for _, *pair in findings.contrasts[:1] for name in policies if name in pair]
    return (findings.baseline, *(contrasted or policies[:2]))


def picture(drawing: Drawing, findings: Findings, arm: str, drawn: Mapping[str, str]) -> Picture:
    """Return one figure with its words and its table."""
    name = file_name(drawing, findings, arm)
    heading = f"{drawing.heading}: {findings.label(arm)}" if arm else drawing.heading
    return Picture(
        name=name,
        heading=heading,
        reading=drawing.reading,
        svg=Markup(look.inline(drawn[name], name, heading)),
        words=drawing.describe(findings, arm),
        table=drawing.table(findings, arm),
    )


def file_name(drawing: Drawing, findings: Findings, arm: str) -> str:
    """Return the name of a figure's file without its ending: letters, digits and hyphens only."""
    if not arm:
        return drawing.name
    slugs = [re.sub(r"[^a-z0-9]+", "-", a.name.lower()).strip("-") for a in findings.arms]
    place = [a.name for a in findings.arms].index(arm)
    slug = slugs[place]
    unclear = not slug or slugs.count(slug) > 1
    return f"{drawing.name}--{slug}{f'-{place}' if unclear else ''}".replace("---", "--")


# --- files ---------------------------------------------------------------------------------------------


def report(comparison: Comparison) -> Path:
    """Write the report and the figures beside the results, enter them in the manifest, return the page."""
    written = write(findings_of(comparison), comparison.folder)
    record.register(comparison.folder, [path.relative_to(comparison.folder).as_posix() for path in written])
    return comparison.folder / PAGE


def write(findings: Findings, folder: Path) -> list[Path]:
    """Write `report.html` and `figures/` (PNG and SVG) into a folder; return the files."""
    drawn, contents = {}, {}
    for name, drawing, arm in all_figures(findings):
        figure = drawing(findings, arm)
        drawn[name] = look.svg(figure)
        contents[f"figures/{name}.svg"] = drawn[name].encode()
        contents[f"figures/{name}.png"] = look.png(figure)
    contents[PAGE] = render(findings, drawn).encode()
    for name, content in contents.items():
        with record.written_whole(folder / name) as unfinished:
            unfinished.write_bytes(content)
    return [folder / name for name in contents]


def all_figures(findings: Findings) -> Iterator[tuple[str, Drawing, str]]:
    """Yield every figure: the name of its file, its kind and its arm."""
    for drawing in FIGURES.values():
        for arm in drawing.arms(findings):
            yield file_name(drawing, findings, arm), drawing, arm


def text_of(page: str) -> str:
    """Return the words of a page, without its marks, drawings and styles."""
    page = re.sub(r"<(svg|style)\b.*?</\1>", " ", page, flags=re.DOTALL)
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", page)))
