"""One page for one comparison: it opens offline, reads without scripts, prints, and names its assumptions."""

import html
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, replace
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from sim import record
from sim.comparison import Comparison
from sim.declare import declared
from sim.figures import FIGURES, Drawing, Findings, Table, leakage, look
from sim.figures.findings import Arm, Choice
from sim.figures.intervals import count_words
from sim.figures.look import number, usd
from sim.figures.reading import read, scenario_of
from sim.instruments import Instrument, named
from sim.scenario import Budget, Scenario
from sim.world import memory_rows

STATUS = {
    "imagined": "Countries and numbers are invented. Nothing on this page says anything about a real place.",
    "stylised": (
        "Real countries, numbers from public sources and from assumptions; the model is not calibrated yet. "
        "Read signs and differences, not levels. This is no forecast."
    ),
    "calibrated": "Fitted to public data and checked on data held back. This is no forecast.",
}
PAGE = "report.html"
BEARERS = ("pays-and-gains", "spending")  # figures of the section on who bears it


# --- instruments as sentences -------------------------------------------------------------------------


def instrument_sentence(
    instrument: Instrument, names: Mapping[str, str] | None = None, *, explained: bool = True
) -> str:
    """Return who takes part, from when to when and how, in words made from the declaration.

    `names` gives the words for country codes; a code without one stands for itself. `explained` adds what the
    kind of instrument does.
    """
    who = listed([(names or {}).get(code, code) for code in instrument.members])
    settings = ", ".join(setting_words(instrument))
    what = f"{who}: {named(type(instrument))} {when_words(instrument)}"
    sentence = f"{what}{f' ({settings})' if settings else ''}."
    return f"{sentence} {purpose(type(instrument))}" if explained else sentence


def listed(words: list[str]) -> str:
    """Return words as a list in a sentence."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}" if words else "nobody"


def purpose(kind: type[Instrument]) -> str:
    """Return the first sentence of what the kind says of itself, without its sources."""
    first = re.split(r"(?<=\.)\s", (kind.__doc__ or "").strip())[0]
    return re.sub(r"\s*\([^)]*\d{4}[^)]*\)", "", first)


def when_words(instrument: Instrument) -> str:
    """Return from when to when an instrument is paid for, and from when it works."""
    until = "to the end" if instrument.end is None else f"until week {instrument.end}"
    words = f"from week {instrument.start} {until}"
    if instrument.setup:
        words += f", in effect from week {instrument.start + instrument.setup}"
    if instrument.heard() < instrument.start:
        words += f", known from week {instrument.heard()}"
    return words


def setting_words(instrument: Instrument) -> Iterator[str]:
    """Yield the settings of an instrument that say something: `coverage 60 % of reports`."""
    if instrument.intensity != 1.0:
        yield f"at {number(100 * instrument.intensity)} % of its full effect"
    common = {field.name for field in fields(Instrument)}
    for name, facts in declared(type(instrument)).items():
        value = getattr(instrument, name)
        if name not in common and (value != facts["default"] or value not in (0, False, "")):
            yield from one_setting(name, value, facts)


def one_setting(name: str, value: Any, facts: Mapping[str, Any]) -> Iterator[str]:
    """Yield one setting as words, made from its unit; nothing for a setting without a meaning when unset."""
    words, unit = name.replace("_", " "), str(facts["unit"])
    if value is None:
        unset = re.search(r"none = (.+)", facts["about"])
        yield from [unset[1]] if unset else []
    elif isinstance(value, bool):
        yield words if value else f"not {words}"
    elif isinstance(value, str):
        yield f"{words}: {value}"
    elif unit.startswith("USD"):
        yield f"{usd(value)}{unit[3:]}"
    elif unit.startswith("share"):
        yield f"{words} {number(100 * value)} %{unit[5:]}"
    elif unit.split()[0] in {"days", "weeks", "teams"}:
        yield f"{'' if words in unit else f'{words} '}{number(value)} {unit}"
    else:
        yield f"{words} {number(value)} ({unit})"


# --- the page ------------------------------------------------------------------------------------------


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
        spending=FIGURES["spending"].table(findings, ""),
        figures=[c for name, c in chapters.items() if name not in BEARERS and (c.shown or c.folded)],
        bearers=[chapters[name] for name in BEARERS if chapters[name].shown],
        policies=[(arm, findings.spending[arm.name]) for arm in findings.arms],
        said=len(findings.contrasts) or len(findings.policies),
    )


@cache
def environment() -> Environment:
    """Return the templates, which make everything that comes from outside harmless."""
    folder = FileSystemLoader(Path(__file__).parent / "templates")
    made = Environment(loader=folder, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    made.filters |= {"usd": usd, "country": country_name}
    return made


def country_name(code: str, findings: Findings) -> str:
    """Return the name of a country, or its code where there is none."""
    return next((place.name for place in findings.places if place.code == code), code)


def answer_table(findings: Findings) -> Table:
    """Return the answer of each arm in the file's order: an order that ranks nobody."""
    window = look.week_words(*findings.window)
    columns = (
        "Arm",
        "Harm avoided: mean (90 % interval)",
        "Nine runs in ten",
        "More harm in",
        f"Came back elsewhere: leakage by host, {window} (90 % interval)",
        "Spent a year",
    )
    return Table(columns=columns, rows=tuple(answer_row(findings, arm) for arm in findings.policies))


def answer_row(findings: Findings, arm: Arm) -> tuple[str, ...]:
    """Return the answer of one arm."""
    harm = findings.avoided[arm.name]
    ends = harm.mean, *harm.mean90, harm.lo90, harm.hi90
    mean, low, high, least, most = look.as_precise_as(harm.hi90 - harm.lo90, *ends)
    back = [leakage.brief(one) for one in findings.leakages[arm.name] if one.side == "host"]
    return (
        arm.label,
        f"{mean} % ({low} to {high})",
        f"{least} to {most} %",
        count_words(harm).removeprefix("worse in "),
        "; ".join(back),
        usd(findings.spending[arm.name].spent.mean),
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
    """Return the arms whose own figures are shown: the baseline, those in contrasts or the first two."""
    policies = [arm.name for arm in findings.policies]
    contrasted = [name for name in policies if any(name in pair for _, *pair in findings.contrasts)]
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


# --- what only the page tells --------------------------------------------------------------------------

LIMITS = (
    "The model shows consequences of its assumptions; it does not foresee events. Governments carry out in "
    "it exactly "
    "what is written, and do not react to each other.",
    "Where operations go is decided by one choice rule. What that rule alone would give stands beside every leakage.",
    "Records exist by the country of the victim only: by host there are none without attribution.",
    "Not in this version: politics and trust between governments, queues of legal assistance, splitting of syndicates.",
)


def findings_of(comparison: Comparison) -> Findings:
    """Return everything the report of a comparison shows."""
    base = scenario_of(comparison, comparison.baseline)
    found = read(comparison)
    names = {place.code: place.name for place in found.places}
    arms = tuple(replace(arm, in_force=in_force(comparison, arm.name, names)) for arm in found.arms)
    return replace(
        found,
        arms=arms,
        kinds=kinds_used(comparison),
        choices=deciding_choices(comparison, base),
        settings=settings(comparison, base),
        recalled=recalled(base),
        checksums=checksums(comparison),
        command=comparison.manifest.command,
        limits=LIMITS,
    )


def in_force(comparison: Comparison, arm: str, names: Mapping[str, str]) -> tuple[str, ...]:
    """Return what is in force in an arm: its budget, then its instruments, as sentences."""
    scenario = scenario_of(comparison, arm)
    pot = (budget_sentence(scenario.budget),) if scenario.budget is not None else ()
    return pot + tuple(instrument_sentence(one, names, explained=False) for one in scenario.policy)


def kinds_used(comparison: Comparison) -> tuple[tuple[str, str], ...]:
    """Return the kinds of instrument in force in any arm, and what each does."""
    used_kinds = {type(one) for arm in comparison.arms for one in scenario_of(comparison, arm).policy}
    return tuple(sorted((named(kind), purpose(kind)) for kind in used_kinds))


def budget_sentence(budget: Budget) -> str:
    """Return what a common pot holds and when."""
    until = "to the end" if budget.end is None else f"until week {budget.end}"
    pot = f"{number(budget.teams or 0.0)} teams"
    if budget.usd_per_year is not None:
        pot = f"{usd(budget.usd_per_year)} a year"
    return f"Common pot: {pot} from week {budget.start} {until}."


def used(comparison: Comparison, path: str, value: float) -> str:
    """Return the value used of a number: drawn between two values, or fixed."""
    design = comparison.manifest.design
    anyhow = re.sub(r"^crimes\.\w+\.", "crimes.*.", path)  # drawn once for all crimes
    drawn = design.get(path) or design.get(anyhow)
    if drawn:
        return f"drawn between {number(min(drawn))} and {number(max(drawn))}"
    return number(value, 3)


def deciding_choices(comparison: Comparison, base: Scenario) -> tuple[Choice, ...]:
    """Return the five choices that move the answer more than most policies do, with the values used."""
    choice, intelligence = base.parameters.choice, base.parameters.intelligence
    start, end = comparison.manifest.window
    outside = used(comparison, "parameters.choice.outside_factor", choice.outside_factor)
    stay_out = used(comparison, "parameters.choice.stay_out", choice.stay_out)
    attribution = used(comparison, "parameters.intelligence.attribution", intelligence.attribution)
    elasticities = (
        f"{name.replace('_', ' ')} " + used(comparison, f"crimes.{name}.crowding_elasticity", crime.crowding_elasticity)
        for name, crime in base.crimes.items()
    )
    return (
        Choice(
            name="Share of the outside options",
            used=(
                f"Of operations that review in the baseline, {number(100 * choice.exit_share)} % close and "
                f"{number(100 * choice.quiet_share)} % lie low; share of newcomers that stay out {stay_out}; "
                f"all times a factor: {outside}."
            ),
            why="With hardly any outside option nearly everything that is driven out comes back elsewhere.",
        ),
        Choice(
            name="Market feedback",
            used=f"Crowding elasticity: {'; '.join(elasticities)}.",
            why="When sites close, every remaining contact earns more, even if nobody moves.",
        ),
        Choice(
            name="What a known site is",
            used=(
                "A joint operation raids sites with an open case, and adds nothing to what is known; whether "
                "a task force "
                f"is vetted stands with each arm. Leads for each report: {attribution}."
            ),
            why="Sharing is worth nothing if reports cannot be tied to sites, and much if they can.",
        ),
        Choice(
            name="Horizon",
            used=f"Weeks {start} to {end}; leakage is also drawn over weeks.",
            why="A lasting crackdown leaks little in its first months and more in later years.",
        ),
        Choice(
            name="Whose harm",
            used="Both: by host, where operations sit (the headline), and by the country where victims live.",
            why="For remote crime the two differ: moving operations away need not spare one's own residents.",
        ),
    )


def settings(comparison: Comparison, base: Scenario) -> tuple[tuple[str, str], ...]:
    """Return what else decides the numbers: name and value."""
    manifest = comparison.manifest
    ranges = {path: (number(min(row), 3), number(max(row), 3)) for path, row in manifest.design.items()}
    drawn = (f"{path} {low} to {high}" for path, (low, high) in ranges.items())
    return (
        ("Runs of each arm", str(manifest.replicates)),
        ("Seed", str(manifest.seed)),
        ("Evaluation window", f"weeks {manifest.window[0]} to {manifest.window[1]} after burn-in"),
        ("Weeks of burn-in, weeks studied", f"{base.clock.burn_in}, {base.clock.weeks}"),
        ("Scale", f"{number(base.scale, 3)} of full size; results are weighted back"),
        ("Countries", ", ".join(manifest.codes)),
        ("Crimes", ", ".join(name.replace("_", " ") for name in manifest.crimes)),
        ("Parameters drawn by every run", "; ".join(drawn) or "none: luck only"),
        ("Versions", ", ".join(f"{name} {version}" for name, version in manifest.versions.items())),
        ("Digest of the code", manifest.source),
        ("Commit", manifest.git or "unknown"),
    )


def recalled(base: Scenario) -> tuple[tuple[str, ...], ...]:
    """Return the rows of this world that were recalled and not verified: what, value, source."""
    rows = memory_rows(base.world.countries, base.world.bodies)
    return tuple((row.what, row.text, row.source) for row in rows)


def checksums(comparison: Comparison) -> tuple[tuple[str, str], ...]:
    """Return the digests of the stored results, without those of this page and its figures."""
    files = sorted(comparison.manifest.files.items())
    return tuple((name, digest) for name, digest in files if name != PAGE and not name.startswith("figures/"))


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
