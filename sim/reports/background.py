"""What only the page tells: what is in force, the choices that decide the answer, limits, settings, checksums."""

import re
from collections.abc import Mapping
from dataclasses import replace

from sim.comparison import Comparison
from sim.figures import Findings
from sim.figures.findings import Choice
from sim.figures.look import number
from sim.figures.reading import read, scenario_of
from sim.instruments import named
from sim.reports.policies import budget_sentence, instrument_sentence, purpose
from sim.scenario import Scenario
from sim.world import memory_rows

PAGE = "report.html"

LIMITS = (
    "The model shows consequences of its assumptions; it does not foresee events. Governments carry out in it exactly "
    "what is written, and do not react to each other.",
    "Where operations go is decided by one choice rule. What that rule alone would give stands beside every leakage.",
    "Names and boundaries of countries and territories imply no opinion on their status.",
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
        choices=deciding_choices(comparison, base, found.harm),
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


def used(comparison: Comparison, path: str, value: float) -> str:
    """Return the value used of a number: drawn between two values, or fixed."""
    design = comparison.manifest.design
    anyhow = re.sub(r"^crimes\.\w+\.", "crimes.*.", path)  # drawn once for all crimes
    drawn = design.get(path) or design.get(anyhow)
    if drawn:
        return f"drawn between {number(min(drawn))} and {number(max(drawn))}"
    return number(value, 3)


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
