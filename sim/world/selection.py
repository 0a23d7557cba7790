"""Choosing real countries by list, by region or by body."""

from collections.abc import Iterable

from sim.declare import UnknownName
from sim.world.countries import codes, known
from sim.world.tables import table

BELONGS = ("member", "party")  # the statuses of `memberships.csv` that count
AREAS = ("region", "subregion", "intermediate_region")


def bodies() -> tuple[str, ...]:
    """Return the names of all bodies whose members are on file."""
    return tuple(sorted({row["body"] for row in table("memberships")}))


def members(body: str) -> tuple[str, ...]:
    """Return the codes of a body's members or parties, or raise UnknownName."""
    if body not in bodies():
        raise UnknownName("body", body, bodies())
    rows = (row for row in table("memberships") if row["body"] == body and row["status"] in BELONGS)
    return tuple(sorted(row["iso3"] for row in rows))


def regions() -> tuple[str, ...]:
    """Return the names of all continents, subregions and intermediate regions (UN M49)."""
    return tuple(sorted({row[area] for row in table("countries") for area in AREAS} - {""}))


def inside(region: str) -> tuple[str, ...]:
    """Return the codes of the countries of a continent or one of its parts, or raise UnknownName."""
    if region not in regions():
        raise UnknownName("region", region, regions())
    return tuple(sorted(row["iso3"] for row in table("countries") if region in [row[area] for area in AREAS]))


def select(
    *,
    countries: Iterable[str] = (),
    region: str | None = None,
    body: str | None = None,
    all_countries: bool = False,
) -> tuple[str, ...]:
    """Return the codes of the chosen real countries in alphabetical order: by list, region or body, or all.

    Raises UnknownName, or ValueError when not exactly one way of choosing is used or a country stands twice.
    """
    listed = tuple(countries)
    if sum((bool(listed), region is not None, body is not None, all_countries)) != 1:
        raise ValueError("choose countries by exactly one of: countries, region, body, all")
    if region is not None:
        return inside(region)
    if body is not None:
        return members(body)
    for code in listed:
        known(code)
        if listed.count(code) > 1:
            raise ValueError(f"{code} is listed twice")
    return codes() if all_countries else tuple(sorted(listed))
