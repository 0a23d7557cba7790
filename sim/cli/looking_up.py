"""Verbs that look something up: shipped files, files under check, numbers, sources, the schema."""

from collections.abc import Iterable, Sequence
from typing import Any

from sim.cli.mistakes import Exit, Misused, lines_of, shown
from sim.cli.screen import heading, laid_out, margin, paper, plural, print_json, print_whole, table


def show_catalogue(json: bool) -> None:
    """Print the shipped scenarios and experiments."""
    from sim.scenario import catalogue

    entries = [
        {
            "kind": entry.shelf.removesuffix("s"),
            "name": entry.name,
            "status": entry.status,
            "about": entry.about,
        }
        for entry in catalogue()
    ]
    if json:
        print_json(entries)
        return
    columns = ("Kind", "Name", "Status", "About")
    paper().print(table(columns, [list(entry.values()) for entry in entries], whole=columns[:3]))
    paper().print("See one with `displace describe NAME`; run a scenario, compare the arms of an experiment.")


def show_names(json: bool) -> None:
    """Print what a scenario may name: countries by region, bodies, languages, crimes, instruments, strategies."""
    from sim.instruments import INSTRUMENTS
    from sim.strategies import STRATEGIES
    from sim.world import bodies, crime_types, inside, languages, members, regions

    facts: dict[str, Any] = {
        "regions": {name: list(inside(name)) for name in regions()},
        "bodies": {name: list(members(name)) for name in bodies()},
        "languages": list(languages()),
        "crimes": list(crime_types()),
        "instruments": list(INSTRUMENTS),
        "strategies": list(STRATEGIES),
    }
    if json:
        print_json(facts)
        return
    screen = paper()
    rows = [(name, len(belonging), ", ".join(belonging)) for name, belonging in facts["regions"].items()]
    columns = ("Region", "Countries", "Their codes")
    print_whole(laid_out(screen.width, columns, rows, title="Regions (UN M49), for `region`", whole=columns[:1]))
    rows = [(name, len(belonging), ", ".join(belonging)) for name, belonging in facts["bodies"].items()]
    columns = ("Body", "Members", "Their codes")
    print_whole(laid_out(screen.width, columns, rows, title="Bodies, for `body` and `members`", whole=columns[:1]))
    for kind in ("languages", "crimes", "instruments", "strategies"):
        screen.print(heading(f"{kind.capitalize()} ({len(facts[kind])})"))
        screen.print(f"{', '.join(facts[kind])}\n")


def check(names: Sequence[str], settings: list[str], json: bool, quiet: bool) -> int:
    """Check files and print what each is or what is wrong with it; return the exit code."""
    answers = [_checked(name, settings) for name in names]
    if json:
        print_json(answers)
    for answer in answers:
        for problem in answer["problems"]:
            if not json:
                margin().print(shown(problem), soft_wrap=True)
        if not answer["problems"] and not quiet and not json:
            paper().print(f"{answer['name']}: {answer['words']}", soft_wrap=True)
    return Exit.MISUSED if any(answer["problems"] for answer in answers) else Exit.DONE


def _checked(name: str, settings: list[str]) -> dict[str, Any]:
    """Return what a file is, or its problems."""
    from sim.cli.running import opened
    from sim.scenario import ScenarioError

    try:
        experiment = opened(name, settings)
        base = experiment.arms[experiment.baseline].scenario
        base.build_world()
    except (ScenarioError, Misused, ValueError) as error:
        return {"name": name, "problems": lines_of(error), "words": ""}
    arms = plural(len(experiment.arms), "arm")
    countries = plural(len(base.world.codes), "country", "countries")
    words = f"in order ({arms}, {countries}, {', '.join(base.crimes)}; {base.status})"
    return {"name": name, "problems": [], "words": words}


def matching(words: Sequence[str], row: Iterable[object]) -> bool:
    """Return whether a row contains all of the words, in any case."""
    text = " ".join(map(str, row)).casefold()
    return all(word.casefold() in text for word in words)


def show_parameters(words: Sequence[str], uncertain: bool, json: bool) -> None:
    """Print the table of parameters, or the part of it that contains the words."""
    from sim.scenario.numbers import parameter_rows, range_words, value_words

    chosen = [row for row in parameter_rows() if matching(words, row.values())]
    if uncertain:
        chosen = [row for row in chosen if row["uncertain"]]
    if json:
        print_json(chosen)
        return
    if not chosen:
        raise Misused(nothing_contains(words, uncertain))
    columns = ("Path", "Value", "Unit", "Limits", "Plausible", "Source", "About")
    rows = [
        (
            row["path"],
            value_words(row),
            row["unit"],
            range_words(row["low"], row["high"]),
            range_words(*row["plausible"] or (None, None)) + (", drawn" if row["uncertain"] else ""),
            row["source"],
            row["about"],
        )
        for row in chosen
    ]
    screen = paper()
    print_whole(laid_out(screen.width, columns, rows, whole=columns[:1]))
    drawn = sum(bool(row["uncertain"]) for row in chosen)
    paper().print(
        f"{plural(len(rows), 'number')}, {drawn} of them drawn from the plausible range by every replicate. "
        "A-n is explained in docs/assumptions.md."
    )


def nothing_contains(words: Sequence[str], uncertain: bool) -> str:
    """Return that no number contains all of the words, with the nearest step of a path."""
    from sim.declare import nearest
    from sim.scenario.numbers import parameter_rows

    known = {step for row in parameter_rows() for step in row["path"].split(".")} - {"*"}
    lost = [word for word in words if not any(matching([word], row.values()) for row in parameter_rows())]
    near = next(filter(None, (nearest(word, known) for word in lost)), None)
    hint = f" (did you mean '{near}'?)" if near else " (`displace parameters` prints all of them)"
    kind = "drawn number" if uncertain else "number"
    return f"no {kind} of the model contains {' and '.join(repr(word) for word in words)}{hint}"


def show_sources(words: Sequence[str], json: bool) -> None:
    """Print where the numbers about countries come from, then every row that was only recalled."""
    from sim.world import EVIDENCE, bodies, codes, memory_rows, sources

    rows = [row for row in sources() if matching(words, row)]
    recalled = [row for row in memory_rows(codes(), bodies()) if matching(words, (*row, "memory"))]
    if json:
        print_json({
            "sources": [row._asdict() for row in rows], "recalled": [row._asdict() for row in recalled],
            "evidence": EVIDENCE,
        })  # fmt: skip
        return
    screen = paper()
    if rows:
        columns = ("File", "Field", "Kind", "Source", "Licence", "Evidence", "Note")
        cells = [(row.file, row.field, row.kind, row.source, row.licence, row.evidence, row.note) for row in rows]
        print_whole(laid_out(screen.width, columns, cells, whole=columns[:1]))
    if recalled:
        title = f"Recalled, not verified (evidence: memory): {plural(len(recalled), 'row')}"
        headings = ("File", "Row", "Value", "Said to be from")
        print_whole(laid_out(screen.width, headings, recalled, title=title, whole=headings[:2]))
    if not rows and not recalled:
        paper().print("No source contains all of these words.")
    for name, meaning in EVIDENCE.items():
        paper().print(f"{name}: {meaning}")


def show_schema() -> None:
    """Print the JSON Schema of both kinds of files."""
    from sim.scenario import json_schema

    print_json(json_schema())
