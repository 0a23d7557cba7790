"""Equal-area pictures of the Earth: Lambert's around a region, Equal Earth for the whole."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Projection = Callable[[Floats], Floats]  # [n, 2] longitude, latitude in degrees -> [n, 2] in Earth radii
REGIONAL = 55.0  # degrees from the centre up to which one region is seen from above
HORIZON = 130.0  # degrees from the centre beyond which Lambert's projection tears shapes


def unit_vectors(lonlat: Floats) -> Floats:
    """Return points on the unit sphere [n, 3]."""
    lon, lat = np.radians(lonlat[:, 0]), np.radians(lonlat[:, 1])
    return np.stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)], axis=1)


def centre(lonlat: Floats) -> tuple[float, float]:
    """Return longitude and latitude of the middle of some points."""
    x, y, z = unit_vectors(lonlat).mean(axis=0)
    return float(np.degrees(np.arctan2(y, x))), float(np.degrees(np.arctan2(z, np.hypot(x, y))))


def angles(lonlat: Floats, middle: tuple[float, float]) -> Floats:
    """Return degrees between each point and the middle [n]."""
    towards = unit_vectors(np.array([middle]))[0]
    cosines: Floats = np.clip(unit_vectors(lonlat) @ towards, -1.0, 1.0)
    degrees: Floats = np.degrees(np.arccos(cosines))
    return degrees


def lambert(middle: tuple[float, float]) -> Projection:
    """Return Lambert's azimuthal equal-area projection around the middle (Snyder 1987, p. 185)."""
    lon0, lat0 = np.radians(middle)

    def project(lonlat: Floats) -> Floats:
        lon, lat = np.radians(lonlat[:, 0]) - lon0, np.radians(lonlat[:, 1])
        cosine = np.sin(lat0) * np.sin(lat) + np.cos(lat0) * np.cos(lat) * np.cos(lon)
        k = np.sqrt(2.0 / np.maximum(1.0 + cosine, 1e-6))
        x = k * np.cos(lat) * np.sin(lon)
        y = k * (np.cos(lat0) * np.sin(lat) - np.sin(lat0) * np.cos(lat) * np.cos(lon))
        return np.stack([x, y], axis=1)

    return project


def equal_earth(lonlat: Floats) -> Floats:
    """Return the Equal Earth projection (Šavrič, Patterson & Jenny 2018)."""
    a1, a2, a3, a4 = 1.340264, -0.081106, 0.000893, 0.003796
    lon, lat = np.radians(lonlat[:, 0]), np.radians(lonlat[:, 1])
    theta = np.arcsin(np.sqrt(3.0) / 2.0 * np.sin(lat))
    square = theta**2
    slope = a1 + 3 * a2 * square + square**3 * (7 * a3 + 9 * a4 * square)
    x = 2.0 / np.sqrt(3.0) * lon * np.cos(theta) / slope
    y = theta * (a1 + a2 * square + square**3 * (a3 + a4 * square))
    return np.stack([x, y], axis=1)


@dataclass(frozen=True)
class View:
    """A projection, which rings of the map it can show (cut if need be), and the form of its picture."""

    project: Projection
    cut: Callable[[Floats], list[Floats]]
    ratio: float  # width / height
    whole: bool  # the whole Earth


def chosen(lonlat: Floats) -> View:
    """Return the view that fits the points: one region from above, or the whole Earth."""
    middle = centre(lonlat)
    if float(angles(lonlat, middle).max(initial=0.0)) > REGIONAL:
        return View(equal_earth, cut_at_the_date_line, 2.05, whole=True)
    return View(
        lambert(middle),
        lambda ring: [ring] if float(angles(ring, middle).max()) <= HORIZON else [],
        1.55,
        whole=False,
    )


def cut_at_the_date_line(ring: Floats) -> list[Floats]:
    """Return the parts of a closed line on either side of 180° of longitude; Antarctica is left out."""
    if float(ring[:, 1].max()) < -60.0:
        return []
    steps = np.diff(ring[:, 0])
    turns = np.concatenate([[0.0], np.cumsum(np.where(steps > 180, -360.0, np.where(steps < -180, 360.0, 0.0)))])
    if not turns.any():
        return [ring]
    whole: Floats = ring + np.stack([turns, np.zeros(len(ring))], axis=1)
    parts = [beside(whole + np.array([shift, 0.0])) for shift in (-360.0, 0.0, 360.0)]
    return [part for part in parts if len(part) > 3]


def beside(ring: Floats) -> Floats:
    """Return what of a closed line lies between −180° and 180° (Sutherland & Hodgman 1974)."""
    for side in (1.0, -1.0):
        inside = side * ring[:, 0] <= 180.0
        kept: list[Floats] = []
        for here in range(len(ring) - 1):
            start, end = ring[here], ring[here + 1]
            if inside[here]:
                kept.append(start)
            if inside[here] != inside[here + 1]:
                kept.append(start + (end - start) * (side * 180.0 - start[0]) / (end[0] - start[0]))
        if len(kept) < 3:
            return np.empty((0, 2))
        ring = np.array([*kept, kept[0]])
    return ring


def hexagons(lonlat: Floats) -> Floats:
    """Return places on a grid of pointy hexagons of width 1: near the points, one each, no gaps [n, 2]."""
    spread = np.ptp(lonlat, axis=0)
    size = max(float(np.sqrt(spread[0] * spread[1] / len(lonlat))), float(spread.max()) / len(lonlat), 1e-9)
    wanted: Floats = (lonlat - lonlat.mean(axis=0)) / size
    found = wanted
    for crowding in np.linspace(1.0, 0.1, 19):
        found = nearest_tiles(wanted * crowding)
        if touching(found):
            break
    return found


def nearest_tiles(wanted: Floats) -> Floats:
    """Return a tile for each point, no tile twice, with the least sum of squared distances [n, 2]."""
    from scipy.optimize import linear_sum_assignment  # slow to import, and only imagined worlds need it

    tiles = tile_grid(int(np.ceil(np.abs(wanted).max(initial=0.0))) + int(np.ceil(np.sqrt(len(wanted)))) + 1)
    distance = ((wanted[:, None, :] - tiles[None, :, :]) ** 2).sum(axis=2)
    points, places = linear_sum_assignment(distance)
    found = np.empty(wanted.shape)
    found[points] = tiles[places]
    return found


def touching(tiles: Floats) -> bool:
    """Return whether one can walk over the tiles from any to any other."""
    near = ((tiles[:, None, :] - tiles[None, :, :]) ** 2).sum(axis=2) < 1.1
    reached = near[0]
    for _ in tiles:
        reached = near[reached].any(axis=0)
    return bool(reached.all())


def tile_grid(reach: int) -> Floats:
    """Return the centres of all tiles within `reach` of the middle."""
    span = range(-reach, reach + 1)
    return np.array([(column + 0.5 * (row % 2), row * np.sqrt(3.0) / 2.0) for row in span for column in span])
