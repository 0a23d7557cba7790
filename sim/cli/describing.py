"""The verb describe: what a file means, in words and tables, before anything runs."""

from collections.abc import Iterator
from typing import Any

from rich.console import RenderableType

from sim.cli.health import cores
from sim.cli.mistakes import shown
from sim.cli.plans import TIMED_WEEKS, Facts, facts_of, seconds
from sim.cli.running import opened
from sim.cli.screen import duration, heading, paper, plural, print_json, table
from sim.figures.look import number, usd

MANY_COUNTRIES = 40
MANY_ROWS = 30
NARROW = 120  # letters a line, below which instruments are told in sentences
OFF_PLAN = 0.01  # share by which the plans of two arms may differ without a word
TRAITS = {
    "region": "Region",
    "population": "People",
    "online": "Online",
    "gdp_per_head": "GDP a head",
    "teams": "Teams",
    "institutions": "Institutions",
    "corruption": "Corruption",
    "laundering_controls": "Laundering controls",
    "law": "Law",
    "wage": "Wage",
    "reporting": "Reporting",
}
BRIEF = ("population", "teams", "institutions", "corruption", "reporting")
RECALLED = {
    True: "Used by this world, but recalled and not verified (evidence: memory)",
    False: "Shown only, used by no phase of the model; recalled and not verified (evidence: memory)",
}
EVENLY = {"linear": "the value", "log": "its logarithm"}
INSTRUMENT = ("Instrument", "Members", "Known", "Paid", "Works", "Until", "Fixed cost", "Settings")


def show_description(
    name: str, settings: list[str], replicates: int | None, workers: int | None, countries: bool, json: bool
) -> None:
    """Print what an experiment or a scenario means."""
    experiment = opened(name, settings)
    facts = facts_of(experiment, replicates or experiment.replicates, workers or cores())
    if json:
        print_json(facts | {"seconds": seconds(experiment, facts["runs"], facts["workers"])})
        return
    screen = paper()
    for part in parts(facts, countries, screen.width >= NARROW):
        screen.print(part)
    screen.print(time_words(seconds(experiment, facts["runs"], facts["workers"]), facts["workers"]))


def parts(facts: Facts, all_countries: bool, wide: bool) -> Iterator[RenderableType]:
    """Yield everything but the time, in the order in which a reader asks."""
    yield heading(f"{facts['name']} ({facts['status'].upper()})")
    yield shown(f"{facts['about']}\n".strip())
    yield ""
    yield from plans(facts)
    yield "Weeks count from the end of burn-in. Instruments are known, paid for and at work from the weeks given.\n"
    for name, arm in facts["arms"].items():
        yield from arm_parts(facts, name, arm, wide)
    yield world(facts, all_countries, wide)
    yield from provenance(facts)
    yield from actors(facts)
    yield from uncertainty(facts)
    yield length(facts)


# ---- arms --------------------------------------------------------------------------


def plans(facts: Facts) -> Iterator[RenderableType]:
    """Yield what each arm plans to spend, and whether the plans differ."""
    own = {here["code"]: here["teams"] for here in facts["countries"]}
    rows = [
        (arm["label"], usd(arm["planned_usd"]), usd(arm["private_usd"]), teams_words(arm, own))
        for arm in facts["arms"].values()
    ]
    columns = ("Arm", "Public", "Private", "Teams it adds (and those there without it)")
    title = f"What each arm plans to spend on its instruments in {facts['clock']['weeks']} weeks"
    yield table(columns, rows, title=title, numbers=columns[1:3])
    spending = [arm["planned_usd"] for arm in facts["arms"].values() if arm["planned_usd"] > 0.0]
    if spending and max(spending) > (1.0 + OFF_PLAN) * min(spending):
        yield f"The plans differ by more than 1 %: from {usd(min(spending))} to {usd(max(spending))}.\n"


def teams_words(arm: Facts, own: dict[str, float]) -> str:
    """Return the teams that an arm adds, in the first week in which all of it works."""
    added = arm["teams_added"].items()
    each = ", ".join(f"{code} {number(count)} ({number(own[code])})" for code, count in added)
    return f"{each} in week {arm['teams_added_in_week']}" if each else "none"


def arm_parts(facts: Facts, name: str, arm: Facts, wide: bool) -> Iterator[RenderableType]:
    """Yield what is in force in an arm, when and where: a table, or sentences where a table has no room."""
    alone = len(facts["arms"]) == 1
    yield heading(f"“{arm['label']}”{' (the baseline)' if name == facts['baseline'] and not alone else ''}")
    nothing = "" if arm["instruments"] else "Nothing is in force."
    words = " ".join(
        filter(None, ("" if alone else arm["about"], arm["budget"], arm["police"], arm["politics"], nothing))
    )
    if words:
        yield shown(words)
    if wide and arm["instruments"]:
        rows = map(instrument_row, arm["instruments"])
        yield table(INSTRUMENT, rows, numbers=INSTRUMENT[2:7], whole=INSTRUMENT[:1])
        return
    for one in arm["instruments"]:
        cost = f" Fixed cost: {usd(one['public_usd'])}." if one["public_usd"] else ""
        yield shown(f"- {one['sentence']}{cost}")
    yield ""


def instrument_row(one: Facts) -> tuple[object, ...]:
    """Return one instrument as a row."""
    until = "the end" if one["until"] is None else one["until"]
    weeks = (one["known_from"], one["paid_from"], one["in_effect_from"], until)
    cost = usd(one["public_usd"]) if one["public_usd"] else ""
    return (one["instrument"], ", ".join(one["members"]), *weeks, cost, "; ".join(one["settings"]))


# ---- the world ---------------------------------------------------------------------


def world(facts: Facts, all_countries: bool, wide: bool) -> RenderableType:
    """Return the countries, or the regions of a large world."""
    here = facts["countries"]
    return country_table(facts, wide) if len(here) <= MANY_COUNTRIES or all_countries else region_table(here)


def country_table(facts: Facts, wide: bool) -> RenderableType:
    """Return the countries with their traits; an asterisk marks those that the scenario replaces."""
    replaced = {(one["code"], name) for one in facts["replaced"] for name in one["traits"]}
    traits = [name for name in TRAITS if wide or name in BRIEF]
    rows = [
        (here["code"], here["name"], *(trait_cell(here, name, (here["code"], name) in replaced) for name in traits))
        for here in facts["countries"]
    ]
    columns = ("Code", "Name", *(TRAITS[name] for name in traits))
    title = f"The world: {plural(len(rows), 'country', 'countries')}"
    more = "" if wide else " (a wider terminal shows more traits)"
    return table(columns, rows, title=title + more, numbers=columns[3 if wide else 2 :], whole=columns[:1])


def trait_cell(here: Facts, name: str, replaced: bool) -> str:
    """Return a trait as short as a table of countries needs it."""
    value = here[name]
    words = {
        "region": lambda: str(value),
        "population": lambda: f"{value / 1e6:,.1f} m",
        "online": lambda: f"{value:.0%}",
        "gdp_per_head": lambda: f"{value:,.0f}",
    }.get(name, lambda: number(value, 3))()
    return words + ("*" if replaced else "")


def region_table(countries: list[Facts]) -> RenderableType:
    """Return the regions of a large world."""
    groups: dict[str, list[Facts]] = {}
    for here in countries:
        groups.setdefault(here["region"], []).append(here)
    rows = [
        (
            region,
            len(members),
            f"{sum(here['population'] for here in members) / 1e6:,.1f} m",
            f"{sum(here['teams'] for here in members):,.0f}",
        )
        for region, members in sorted(groups.items())
    ]
    columns = ("Region", "Countries", "People", "Teams")
    title = f"The world: {len(countries)} countries (each of them with --countries)"
    return table(columns, rows, title=title, numbers=columns[1:])


def provenance(facts: Facts) -> Iterator[RenderableType]:
    """Yield what the scenario replaces, what was only recalled and what the tables lack."""
    if facts["status"] != "imagined":
        yield "Teams to reporting follow from public tables by the formulas of `displace sources formula`.\n"
    if facts["replaced"]:
        rows = [
            (one["code"], traits_words(one["traits"]), traits_words(one["instead_of"]), one["source"])
            for one in facts["replaced"]
        ]
        yield table(("Country", "Used", "Instead of", "Source"), rows, title="Replaced by the scenario (*)")
    for used, title in RECALLED.items():
        listed: list[tuple[str, ...]] = [
            (row["what"], row["text"], row["source"]) for row in facts["recalled"] if row["used"] is used
        ]
        if listed:
            yield some_rows(title, ("Row", "Value", "Said to be from"), listed)
    if facts["stand_ins"]:
        columns = ("Country", "Trait", "Stands in", "Because")
        yield some_rows("Missing from the tables", columns, [tuple(row.values()) for row in facts["stand_ins"]])


def traits_words(traits: Facts) -> str:
    """Return traits with their values."""
    return ", ".join(f"{name.replace('_', ' ')} {value_words(value)}" for name, value in traits.items())


def value_words(value: Any) -> str:
    """Return a value of a trait."""
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value))
    return f"{value:g}" if isinstance(value, float) else str(value)


def some_rows(title: str, columns: tuple[str, ...], rows: list[tuple[str, ...]]) -> RenderableType:
    """Return the first rows of what may be a long table, and say how many are left out."""
    if len(rows) > MANY_ROWS:
        title = f"{title}: {MANY_ROWS} of {len(rows)} rows, all with --json"
    return table(columns, rows[:MANY_ROWS], title=title)


# ---- operations, luck and time -----------------------------------------------------


def actors(facts: Facts) -> Iterator[RenderableType]:
    """Yield who is there when burn-in begins."""
    founders = [
        (
            one["country"],
            one["crime"].replace("_", " "),
            f"{one['workers']:,}",
            f"{one['coerced']:.0%}",
            one["workforce"] or "by the shares",
            one["source"],
        )
        for one in facts["founders"]
    ]
    columns = ("Country", "Crime", "Workers", "Coerced", "Workforce", "Source")
    yield table(columns, founders, title="Operations when burn-in begins", numbers=columns[2:4])
    workforces = [
        (
            one["name"],
            one["home"],
            f"{one['share']:.0%}",
            ", ".join(f"{word} {reach:.0%}" for word, reach in one["languages"].items()),
        )
        for one in facts["workforces"]
    ]
    columns_of_work = ("Workforce", "From", "Share", "Whom it reaches, by language")
    yield table(columns_of_work, workforces, title="Who works there", numbers=("Share",))


def uncertainty(facts: Facts) -> Iterator[RenderableType]:
    """Yield the numbers that every replicate draws, and the named differences."""
    drawn = [
        (one["path"], number(one["low"], 3), number(one["high"], 3), EVENLY[one["scale"]]) for one in facts["uncertain"]
    ]
    if drawn:
        title = "Drawn anew by every replicate, the same in all arms (`--luck-only` fixes them)"
        yield table(("Parameter", "From", "To", "Evenly in"), drawn, title=title)
    for contrast in facts["contrasts"]:
        yield shown(f"{contrast['name']}: harm avoided under “{contrast['of']}”, against “{contrast['minus']}”")


def length(facts: Facts) -> str:
    """Return how many runs of which length there will be."""
    arms, clock = plural(len(facts["arms"]), "arm"), facts["clock"]
    runs = f"{arms} × {plural(facts['replicates'], 'replicate')} = {plural(facts['runs'], 'run')}"
    weeks = f"{clock['burn_in']} weeks of burn-in and {clock['weeks']} studied weeks"
    window = f"weeks {facts['window'][0]} to {facts['window'][1]} are evaluated"
    return f"\n{runs} of {weeks} at scale {facts['scale']:g}; {window}; seed {facts['seed']}."


def time_words(needed: float | None, workers: int) -> str:
    """Return how long the runs will take."""
    if needed is None:
        return "How long that takes is known once the model is compiled: `displace doctor --warm`, a few minutes."
    basis = f"going by {TIMED_WEEKS} weeks of the baseline just run"
    return f"That takes {duration(needed)} with {plural(workers, 'worker')}, {basis}."
