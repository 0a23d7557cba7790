"""Countries: real ones as the tables have them, imagined ones written in full."""

import functools
import re
from collections.abc import Mapping
from dataclasses import field, fields, replace
from typing import Any

from pydantic import field_validator

from sim.declare import UnknownName, param, record
from sim.world.derivation import (
    FORMULAS,
    NUMBERS,
    Derivation,
    corruption,
    institutional_strength,
    investigator_teams,
    laundering_controls,
    law_strength,
    real_size,
    reporting_share,
    weekly_wage,
)
from sim.world.tables import Row, by_code, table

LONGEST_SLIP = 4  # letters: a longer word is no mistyped code, but a name


@record
class Country:
    """One country: a real one as the tables have it, or an imagined one written in full."""

    code: str = param(unit="three capital letters, or a short word", source="ISO 3166-1, or the scenario")
    name: str = param("", unit="words", source="GeoNames, or the scenario; the code if none")
    identity: str = param(
        "",
        unit="words",
        source="the code if none",
        about="what its luck and its place in every array depend on, whatever it is called",
    )
    region: str = param(unit="name", source="UN M49 subregion, or the scenario", about="its nest among the places")
    population: int = param(unit="persons", low=1, high=10**10, source="World Bank 2024")
    online: float = param(unit="share of persons", low=0.0001, high=1, source="World Bank and ITU through Gapminder")
    gdp_per_head: float = param(unit="USD a year", low=1, high=1e6, source="World Bank, mostly 2023")
    languages: tuple[str, ...] = param(unit="names, the first official one first", source="own table; GeoNames")
    other_languages: tuple[str, ...] = param((), unit="names", source="GeoNames", about="spoken, but not official")
    teams: float = param(unit="teams of eight officers", low=0, high=1e5, source="D-6")
    institutions: float = param(unit="1", low=0.2, high=0.95, source="D-2")
    corruption: float = param(unit="share", low=0, high=1, source="D-4")
    laundering_controls: float = param(unit="share", low=0, high=1, source="D-5")
    law: float = param(unit="1", low=0.6, high=1, source="D-3")
    wage: float = param(unit="USD a week", low=0, high=1e5, source="D-7")
    reporting: float = param(unit="share of victims", low=0, high=1, source="D-8")
    protection: float = param(
        0.6,
        unit="share",
        low=0,
        high=1,
        plausible=(0.3, 0.9),
        source="D-12",
        about="how far corruption shields a site from a raid's success",
    )
    mistaken_arrests: float = param(
        0.0,
        unit="share",
        low=0,
        high=1,
        plausible=(0.0, 0.3),
        source="A-54",
        about="coerced workers found in a raid who are arrested as offenders",
    )
    size: float = param(1.0, unit="relative to the other countries", low=1e-9, high=1e9, source="D-9")
    latitude: float = param(0.0, unit="degrees", low=-90, high=90, source="CIA World Factbook, of the capital")
    longitude: float = param(0.0, unit="degrees", low=-180, high=180, source="CIA World Factbook, of the capital")
    sources: dict[str, str] = field(default_factory=dict)

    @field_validator("code")
    @classmethod
    def is_short_word(cls, code: str) -> str:
        """Return the code if it can stand in a path and in a column, or raise ValueError."""
        if not re.fullmatch(r"\w[\w-]{0,23}", code):
            raise ValueError("a code is one word of at most 24 letters, digits, _ and -")
        return code

    def __post_init__(self) -> None:
        for name in ("name", "identity"):
            object.__setattr__(self, name, getattr(self, name) or self.code)


def override(of: Country, changes: Mapping[str, Any], source: str) -> Country:
    """Return the country with some traits replaced and their source noted; nothing else follows from them."""
    traits = {f.name for f in fields(Country)} - {"code", "identity", "sources"}
    for name in changes:
        if name not in traits:
            raise UnknownName("trait of a country", name, traits)
    if not source.strip():
        raise ValueError(f"{of.code}: a replaced trait needs a source")
    return replace(of, **changes, sources=of.sources | dict.fromkeys(changes, source))


def codes() -> tuple[str, ...]:
    """Return the codes of all real countries, in alphabetical order."""
    return tuple(sorted(by_code("countries")))


def known(code: str) -> str:
    """Return the code, or raise UnknownName, which also knows what a country is called in English."""
    rows = by_code("countries")
    if code not in rows:
        named = (f"{known} ({row['name']})" for known, row in rows.items())
        raise UnknownName("country", code, rows if len(code) <= LONGEST_SLIP else named)
    return code


@functools.cache
def country(code: str, numbers: Derivation = NUMBERS) -> Country:
    """Return a real country with its traits derived from the tables, or raise UnknownName."""
    row, governance = by_code("countries")[known(code)], by_code("governance")[code]
    estimate = {name: float(value) for name, value in governance.items() if name.startswith("wgi_")}
    persons, income = int(row["population"]), float(row["gdp_per_capita_usd"])
    strength = institutional_strength(estimate["wgi_government_effectiveness"], numbers)
    official, other = _languages(row)
    return Country(
        code=code,
        name=row["name"],
        region=row["subregion"],
        population=persons,
        online=max(numbers.least_online, float(row["internet_users_pct"]) / 100.0),
        gdp_per_head=income,
        languages=official,
        other_languages=other,
        teams=investigator_teams(persons, strength, numbers),
        institutions=strength,
        corruption=corruption(estimate["wgi_control_of_corruption"], numbers),
        laundering_controls=laundering_controls(
            estimate["wgi_rule_of_law"],
            estimate["wgi_regulatory_quality"],
            governance["fatf_status_2025_10"],
            numbers,
        ),
        law=law_strength(estimate["wgi_rule_of_law"], numbers),
        wage=weekly_wage(income, numbers),
        reporting=reporting_share(estimate["wgi_rule_of_law"], numbers),
        size=real_size(persons, numbers),
        latitude=float(row["capital_lat"]),
        longitude=float(row["capital_lon"]),
        sources={
            "population": f"{row['population_source']} {row['population_year']}",
            "gdp_per_head": f"{row['gdp_source']} {row['gdp_year']}",
            "online": f"{row['internet_source']} {row['internet_year']}",
        }
        | {trait: formula.__name__ for trait, formula in FORMULAS.items()},
    )


@functools.cache
def _language_names() -> dict[str, str]:
    return {row["code"]: row["language"] for row in table("languages")}


def _languages(row: Row) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return a country's official languages and the others spoken in it, most used first."""
    names = _language_names()
    official = tuple(row["official_languages"].split(";"))
    spoken = (names.get(tag.split("-")[0]) for tag in row["language_codes"].split())
    return official, tuple(dict.fromkeys(name for name in spoken if name and name not in official))


@functools.cache
def languages() -> tuple[str, ...]:
    """Return the names of all languages of the tables."""
    official = {name for row in table("countries") for name in row["official_languages"].split(";")}
    return tuple(sorted(official | set(_language_names().values())))
