"""What ties two countries: distance, borders, people and treaties, as arrays of pairs [C, C]."""

import functools
import math
from collections.abc import Iterable, Mapping

import numpy as np
import numpy.typing as npt

from sim.declare import UnknownName
from sim.world.tables import Row, table

Floats = npt.NDArray[np.float64]
Booleans = npt.NDArray[np.bool_]
Places = Mapping[str, int]  # row and column by code, or by identity

EARTH_RADIUS = 6371.0  # km, mean


def _pair(places: Places, pair: tuple[str, str]) -> tuple[int, int]:
    for code in pair:
        if code not in places:
            raise UnknownName("country of this world", code, places)
    return places[pair[0]], places[pair[1]]


def great_circle(latitude: Floats, longitude: Floats) -> Floats:
    """Return distances (km) between points (degrees) on a sphere, by the haversine formula [n, n]."""
    north, east = np.radians(latitude), np.radians(longitude)
    half = np.sin((north[:, None] - north) / 2.0) ** 2
    half += np.cos(north)[:, None] * np.cos(north) * np.sin((east[:, None] - east) / 2.0) ** 2
    distance: Floats = 2.0 * EARTH_RADIUS * np.arcsin(np.sqrt(np.minimum(1.0, half)))
    return distance


def distances_between(
    latitude: Floats, longitude: Floats, place: Places, stated: Mapping[tuple[str, str], float]
) -> Floats:
    """Return distances (km), great circles unless stated; raise ValueError and UnknownName."""
    distance = great_circle(latitude, longitude)
    for pair, km in stated.items():
        i, j = _pair(place, pair)
        if i == j or not 0.0 <= km < math.inf:
            raise ValueError(f"{pair[0]} and {pair[1]} cannot be {km} km apart")
        distance[i, j] = distance[j, i] = km
    return distance


def common_borders(table_place: Places, place: Places, stated: Iterable[tuple[str, str]]) -> Booleans:
    """Return who has a common land border, on file or stated; raise UnknownName."""
    border = np.zeros((len(place), len(place)), dtype=np.bool_)
    for row in table("pairs"):
        if row["land_border"] == "1" and row["iso3_a"] in table_place and row["iso3_b"] in table_place:
            i, j = table_place[row["iso3_a"]], table_place[row["iso3_b"]]
            border[i, j] = border[j, i] = True
    for pair in stated:
        i, j = _pair(place, pair)
        border[i, j] = border[j, i] = i != j
    return border


@functools.cache
def migrants() -> dict[tuple[str, str], int]:
    """Return the persons born in the first country who lived in the second in 2020."""
    rows = table("migration_stock")
    return {(row["origin_iso3"], row["dest_iso3"]): int(row["stock_2020"]) for row in rows}


def diasporas(table_place: Places, place: Places, stated: Mapping[tuple[str, str], float]) -> Floats:
    """Return ln(1 + persons), as a share of the largest on file, so that it depends on no third country."""
    persons = np.zeros((len(place), len(place)))
    for (origin, destination), stock in migrants().items():
        if origin in table_place and destination in table_place:
            persons[table_place[origin], table_place[destination]] = stock
    for pair, stock_given in stated.items():
        if not 0.0 <= stock_given < math.inf:
            raise ValueError(f"{stock_given} persons cannot have gone from {pair[0]} to {pair[1]}")
        persons[_pair(place, pair)] = stock_given
    largest = math.log1p(max(migrants().values()))
    return np.minimum(1.0, np.log1p(persons) / largest)


def in_force(row: Row) -> bool:
    """Return whether a treaty binds both sides today."""
    return row["status"].startswith("in force")


def treaties(table_place: Places) -> Booleans:
    """Return who has a bilateral extradition treaty in force on file."""
    treaty = np.zeros((len(table_place), len(table_place)), dtype=np.bool_)
    for row in table("extradition_pairs"):
        if in_force(row) and row["iso3_a"] in table_place and row["iso3_b"] in table_place:
            i, j = table_place[row["iso3_a"]], table_place[row["iso3_b"]]
            treaty[i, j] = treaty[j, i] = True
    return treaty
