"""What only the page tells: what is in force, the choices that decide the answer, limits, settings, checksums."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from sim.comparison import Comparison
from sim.ensemble import design
from sim.figures import Findings
from sim.figures.findings import Choice, Survival
from sim.figures.look import number
from sim.figures.reading import read, scenario_of
from sim.instruments import named
from sim.reports.policies import budget_sentence, instrument_sentence, police_sentences, politics_sentences, purpose
from sim.robustness import EFFECTS, TABLE, Robustness, read_tables, sentences
from sim.scenario import Scenario
from sim.scenario.uncertain import Uncertain, declaration
from sim.world import MemoryRow, memory_rows

PAGE = "report.html"
NEARLY_ALL = 0.8  # of a range: a report says how much of it was drawn if that was less

LIMITS = (
    "The model shows consequences of its assumptions; it does not foresee events. Governments carry out in it exactly "
    "what is written, and react to each other only where the scenario says that they decide.",
    "Where operations go is decided by one choice rule. What that rule alone would give stands beside every leakage.",
    "Names and boundaries of countries and territories imply no opinion on their status.",
    "Records exist by the country of the victim only: by host there are none without attribution.",
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
        survivals=survivals(comparison),
        robustness=tuple(sentences(study)) if (study := studied(comparison)) else (),
        choices=deciding_choices(comparison, base, found.harm),
        settings=settings(comparison, base),
        recalled=recalled(base, used=True),
        shown_only=recalled(base, used=False),
        checksums=checksums(comparison),
        command=comparison.manifest.command,
        limits=LIMITS,
    )


def studied(comparison: Comparison) -> Robustness | None:
    """Return the study of robustness that stands beside the results, if there is one of the sentences they give."""
    if not {TABLE, EFFECTS} <= set(comparison.manifest.files):
        return None
    found, said = read_tables(comparison.folder), {one.text for one in comparison.said()}
    return found if found.variations and set(found.texts.values()) <= said else None


def survivals(comparison: Comparison) -> tuple[Survival, ...]:
    """Return what became of each sentence in the study of robustness beside the results."""
    study = studied(comparison)
    if study is None:
        return ()
    return tuple(
        Survival(
            text="; ".join(study.claims(place)),
            survives=len(study.where(place, "survives")),
            variations=len(study.variations),
            fails=tuple(study.where(place, "fails")),
            undecided=tuple(study.where(place, "undecided", "undefined")),
        )
        for place in study.texts
    )


def in_force(comparison: Comparison, arm: str, names: Mapping[str, str]) -> tuple[str, ...]:
    """Return what is in force in an arm: budget, standing police strategies, instruments and politics, in sentences."""
    scenario = scenario_of(comparison, arm)
    pot = (budget_sentence(scenario.budget),) if scenario.budget is not None else ()
    instruments = (instrument_sentence(one, names, explained=False) for one in scenario.policy)
    return (*pot, *police_sentences(scenario, names), *instruments, *politics_sentences(scenario, names))


def kinds_used(comparison: Comparison) -> tuple[tuple[str, str], ...]:
    """Return the kinds of instrument in force in any arm, and what each does."""
    used_kinds = {type(one) for arm in comparison.arms for one in scenario_of(comparison, arm).policy}
    return tuple(sorted((named(kind), purpose(kind)) for kind in used_kinds))


@dataclass(frozen=True, kw_only=True)
class Drawn:
    """What runs have drawn of a parameter, and the range they drew it from (nan where it is not known)."""

    least: float
    most: float
    low: float
    high: float
    share: float  # of the range, between the least and the most drawn
    logarithmic: bool  # whether the share is one of the logarithm, in which the values were drawn evenly


def drawn_from(comparison: Comparison, path: str) -> Drawn:
    """Return what was drawn of a parameter and its stated range.

    The result keeps values only, but they follow from the seed, the path and the range: two of them give it.
    """
    values = np.array(comparison.manifest.design[path])
    facts = declaration(path) or {"scale": "linear", "plausible": None}
    logarithmic = facts["scale"] == "log" and bool((values > 0).all())
    placed = np.log(values) if logarithmic else values
    whole = Uncertain(path=path, low=0.0, high=1.0)
    shares = np.array(design((whole,), comparison.manifest.seed, len(values))[path])
    low, high = facts["plausible"] or (np.nan, np.nan)
    if len(values) > 1 and np.ptp(shares) > 0:
        width = np.ptp(placed) / np.ptp(shares)
        start = placed.min() - width * shares.min()
        if np.allclose(start + width * shares, placed, rtol=0, atol=1e-6 * max(width, 1e-300)):
            low, high = np.exp((start, start + width)) if logarithmic else (start, start + width)
    span = np.log(high / low) if logarithmic else high - low
    ends = float(values.min()), float(values.max())
    share = float(np.ptp(placed) / span)
    return Drawn(
        least=ends[0], most=ends[1], low=float(low), high=float(high), share=share, logarithmic=logarithmic
    )  # fmt: skip


def used(comparison: Comparison, path: str, value: float) -> str:
    """Return the value used of a number: drawn between two values of a stated range, or fixed."""
    known = comparison.manifest.design
    anyhow = re.sub(r"^crimes\.\w+\.", "crimes.*.", path)  # drawn once for all crimes
    drawn = next((drawn_from(comparison, one) for one in (path, anyhow) if one in known), None)
    if drawn is None:
        return number(value, 3)
    one = drawn.least == drawn.most
    words = number(drawn.least) if one else f"between {number(drawn.least)} and {number(drawn.most)}"
    return f"drawn {'once: ' if one else ''}{words}{range_words(drawn)}"


def range_words(drawn: Drawn) -> str:
    """Return the stated range, and how much of it was drawn where that is not nearly all."""
    if not np.isfinite([drawn.low, drawn.high]).all():
        return ""
    of = "whose logarithm" if drawn.logarithmic else "which"
    part = "" if not 0.0 < drawn.share <= NEARLY_ALL else f", of {of} {100 * drawn.share:.0f} % was visited"
    return f" (stated range {number(drawn.low)} to {number(drawn.high)}{part})"


def deciding_choices(comparison: Comparison, base: Scenario, harm: str) -> tuple[Choice, ...]:
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
                "A joint operation raids sites with an open case, and adds nothing to what is known; whether a task "
                f"force is vetted stands with each arm. Leads for each report: {attribution}."
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
            used=f"Both: by host, where operations sit, and by the country where victims live. {harm}",
            why="For remote crime the two differ: moving operations away need not spare one's own residents.",
        ),
    )


def settings(comparison: Comparison, base: Scenario) -> tuple[tuple[str, str], ...]:
    """Return what else decides the numbers: name and value."""
    manifest = comparison.manifest
    found = {path: drawn_from(comparison, path) for path in manifest.design}
    drawn = (f"{path} {number(one.least, 3)} to {number(one.most, 3)}{range_words(one)}" for path, one in found.items())
    return (
        ("Runs of each arm", str(manifest.replicates)),
        ("Seed", str(manifest.seed)),
        ("Evaluation window", f"weeks {manifest.window[0]} to {manifest.window[1]} after burn-in"),
        ("Weeks of burn-in, weeks studied", f"{base.clock.burn_in}, {base.clock.weeks}"),
        ("Scale", f"{number(base.scale, 3)} of full size; results are weighted back"),
        ("Countries", ", ".join(manifest.codes)),
        ("Crimes", ", ".join(name.replace("_", " ") for name in manifest.crimes)),
        ("Rule of choice", base.parameters.choice.rule),
        ("Parameters drawn by every run", "; ".join(drawn) or "none: luck only"),
        ("Versions", ", ".join(f"{name} {version}" for name, version in manifest.versions.items())),
        ("Digest of the code", manifest.source),
        ("Commit", manifest.git or "unknown"),
    )


def recalled(base: Scenario, *, used: bool) -> tuple[tuple[str, ...], ...]:
    """Return the rows of this world that were recalled and not verified: what, value, source.

    Those `used` decide something in the model; the others are shown only, and no phase reads them.
    """
    rows = memory_rows(base.world.countries, base.world.bodies)
    return tuple((row.what, row.text, row.source) for row in rows if is_read(row) is used)


def is_read(row: MemoryRow) -> bool:
    """Return whether the model reads the table of a recalled row: no phase reads extradition treaties."""
    return row.file != "extradition_pairs.csv"


def checksums(comparison: Comparison) -> tuple[tuple[str, str], ...]:
    """Return the digests of the stored results, without those of this page and its figures."""
    files = sorted(comparison.manifest.files.items())
    return tuple((name, digest) for name, digest in files if name != PAGE and not name.startswith("figures/"))
