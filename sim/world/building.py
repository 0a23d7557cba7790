"""The world of a study: its countries in the order of their identities, as arrays."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sim.declare import UnknownName
from sim.parameters import CrimeType
from sim.world.countries import Country, country, languages
from sim.world.derivation import NUMBERS, Derivation
from sim.world.selection import members
from sim.world.ties import Booleans, Floats, common_borders, diasporas, distances_between, treaties

Integers = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class World:
    """The countries of a study in the order of their identities, as columns [C] and as pairs [C, C]."""

    countries: tuple[Country, ...]
    crimes: tuple[CrimeType, ...]
    crime_names: tuple[str, ...]
    codes: tuple[str, ...]
    regions: tuple[str, ...]  # in alphabetical order
    identity_key: npt.NDArray[np.uint64]
    region_index: Integers  # place in `regions`
    population: Floats  # persons
    online: Floats  # share of persons
    gdp_per_head: Floats  # USD a year
    teams: Floats
    institutions: Floats  # G
    corruption: Floats  # kappa
    laundering_controls: Floats  # A
    law: Floats  # l
    wage: Floats  # USD a week
    reporting: Floats  # share of victims
    protection: Floats
    mistaken_arrests: Floats  # share of the coerced found in a raid
    size: Floats  # M, summing to 1
    distance: Floats  # km, great circle unless given [C, C]
    border: Booleans  # common land border [C, C]
    diaspora: Floats  # people of the first country in the second, in [0, 1] [C, C]
    extradition: Booleans  # a bilateral treaty in force is on file [C, C]
    numbers: Derivation

    @property
    def C(self) -> int:
        """Return the number of countries."""
        return len(self.countries)

    @property
    def K(self) -> int:
        """Return the number of crime types."""
        return len(self.crimes)

    def speaks(self, language: str) -> Floats:
        """Return the share of each country's persons that a language reaches [C], or raise UnknownName."""
        here = {name for c in self.countries for name in c.languages + c.other_languages}
        if language not in here and language not in languages():
            raise UnknownName("language", language, here.union(languages()))

        def reached(people: Country) -> float:
            if language in people.languages:
                return 1.0
            return self.numbers.other_language if language in people.other_languages else 0.0

        return np.array([reached(people) for people in self.countries])

    def members(self, body: str) -> tuple[str, ...]:
        """Return the codes of this world's countries that belong to a body, or raise UnknownName."""
        belonging = members(body)
        return tuple(c.code for c in self.countries if c.identity in belonging)


def stable_key(words: str) -> int:
    """Return 64 bits that depend on the words alone: the same in every process, version and order."""
    return int.from_bytes(hashlib.blake2b(words.encode(), digest_size=8).digest(), "little")


def build(
    countries: Iterable[Country | str],
    crimes: Mapping[str, CrimeType],
    *,
    distances: Mapping[tuple[str, str], float] | None = None,
    borders: Iterable[tuple[str, str]] = (),
    diaspora: Mapping[tuple[str, str], float] | None = None,
    numbers: Derivation = NUMBERS,
) -> World:
    """Return the world of these countries, whatever order they come in.

    Pairs are stated by code and replace what the tables have for countries whose identity is a real code:
    `distances` (km) and `borders` hold both ways, `diaspora` is persons born in the first country who live in
    the second. Raises ValueError if two countries share a code or an identity, and UnknownName.
    """
    given = [country(c, numbers) if isinstance(c, str) else c for c in countries]
    chosen = tuple(sorted(given, key=lambda c: c.identity))
    for name in ("code", "identity"):
        _refuse_twins([getattr(c, name) for c in chosen], name)
    if not chosen:
        raise ValueError("a world needs at least one country")

    def column(name: str) -> Floats:
        return np.array([getattr(c, name) for c in chosen], dtype=np.float64)

    kinds = dict(sorted(crimes.items()))
    regions_here = tuple(sorted({c.region for c in chosen}))
    size = column("size")
    place = {c.code: i for i, c in enumerate(chosen)}
    table_place = {c.identity: i for i, c in enumerate(chosen)}
    return World(
        countries=chosen,
        crimes=tuple(kinds.values()),
        crime_names=tuple(kinds),
        codes=tuple(place),
        regions=regions_here,
        identity_key=np.array([stable_key(c.identity) for c in chosen], dtype=np.uint64),
        region_index=np.array([regions_here.index(c.region) for c in chosen], dtype=np.int64),
        population=column("population"),
        online=column("online"),
        gdp_per_head=column("gdp_per_head"),
        teams=column("teams"),
        institutions=column("institutions"),
        corruption=column("corruption"),
        laundering_controls=column("laundering_controls"),
        law=column("law"),
        wage=column("wage"),
        reporting=column("reporting"),
        protection=column("protection"),
        mistaken_arrests=column("mistaken_arrests"),
        size=size / size.sum(),
        distance=distances_between(column("latitude"), column("longitude"), place, distances or {}),
        border=common_borders(table_place, place, borders),
        diaspora=diasporas(table_place, place, diaspora or {}),
        extradition=treaties(table_place),
        numbers=numbers,
    )


def _refuse_twins(names: list[str], kind: str) -> None:
    for name in names:
        if names.count(name) > 1:
            raise ValueError(f"two countries have the {kind} {name}")
