"""Where everything in a world comes from, what was recalled, and what stands for what is missing."""

from collections.abc import Iterable
from typing import NamedTuple

from sim.declare import declared
from sim.world.countries import Country, codes, country
from sim.world.derivation import FORMULAS, NUMBERS, Derivation
from sim.world.selection import members
from sim.world.tables import catalogue, stored_map, table
from sim.world.ties import in_force, migrants

EVIDENCE = {
    "read": "seen in a text or a file when the table was compiled",
    "memory": "recalled when the table was compiled, not verified: check it before you rely on it",
    "by row": "either of the two, marked in the row's column `evidence`",
    "assumption": "chosen by the modellers, with a range",
}


class Source(NamedTuple):
    """Where one part of a table, one formula or one number of the world comes from."""

    field: str
    kind: str  # table, formula or assumption
    source: str
    licence: str
    evidence: str  # a key of EVIDENCE
    file: str
    note: str


class MemoryRow(NamedTuple):
    """A row of a table that was recalled and not verified."""

    file: str
    what: str
    text: str
    source: str


class Fallback(NamedTuple):
    """A value that the tables lack, and what stands for it."""

    code: str
    field: str
    value: str
    reason: str


def sources() -> tuple[Source, ...]:
    """Return where everything in a world comes from: parts of tables, formulas, numbers of the formulas."""
    rows = [
        Source(", ".join(part["fields"]), "table", part["source"], part["licence"], part["evidence"], file,
               part.get("note", ""))
        for file, stored in catalogue()["files"].items()
        for part in stored["parts"]
    ]  # fmt: skip
    codes_of = {name: facts["source"] for name, facts in declared(Country).items()}
    for trait, formula in FORMULAS.items():
        text = (formula.__doc__ or "").partition("\n")[0].removeprefix("Return ")
        rows.append(Source(trait, "formula", codes_of[trait], "", "assumption", "derivation.py", text))
    for name, facts in declared(Derivation).items():
        text = f"{facts['default']:g} {facts['unit']}" + (f": {facts['about']}" if facts["about"] else "")
        rows.append(Source(name, "assumption", facts["source"], "", "assumption", "derivation.py", text))
    return tuple(rows)


def memory_rows(among: Iterable[str], bodies_used: Iterable[str] = ()) -> tuple[MemoryRow, ...]:
    """Return every unverified row that these countries' world uses: treaties, members of the bodies named."""
    here = set(among)
    rows = [
        MemoryRow("extradition_pairs.csv", f"extradition {row['iso3_a']}–{row['iso3_b']}",
                  f"{row['status']}, {row['year']}", row["source"])
        for row in table("extradition_pairs")
        if row["evidence"] == "memory" and in_force(row) and {row["iso3_a"], row["iso3_b"]} <= here
    ]  # fmt: skip
    for body in sorted(set(bodies_used)):
        belonging = here.intersection(members(body))
        rows += [
            MemoryRow("memberships.csv", f"{body}: {row['iso3']}", row["status"], row["source"])
            for row in table("memberships")
            if row["body"] == body and row["iso3"] in belonging and row["evidence"] == "memory"
        ]
    return tuple(rows)


def fallbacks() -> tuple[Fallback, ...]:
    """Return every value that the tables lack for a real country, and what stands for it."""
    counted = {code for pair in migrants() for code in pair}
    drawn = {shape["properties"]["iso3"] for shape in stored_map()["features"]}
    offline = {code for code in codes() if country(code).online == NUMBERS.least_online}
    why = (
        ("diaspora", "0", "not listed apart in the migration table", set(codes()) - counted),
        ("online", f"{NUMBERS.least_online:g}", "the published share is zero", offline),
        ("outline", "its capital", "too small to have a shape", set(codes()) - drawn),
    )
    rows = [Fallback(code, trait, value, reason) for trait, value, reason, lacking in why for code in lacking]
    return tuple(sorted(rows))
