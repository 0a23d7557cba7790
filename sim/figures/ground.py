"""The ground a map is drawn on: lands in equal area, or tiles, in the shades they are given."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.patches import PathPatch, RegularPolygon
from matplotlib.path import Path

from sim.figures import projection
from sim.figures.findings import Findings, Floats
from sim.figures.look import GREY, INK, backing

Shade = Callable[[int], tuple[float, ...]]  # of a country by its place

LAND, BORDER = "#E9EBEE", "#FFFFFF"
TINY = 0.00025  # squared widths of the picture: a smaller country is a ringed dot


def lonlat_of(findings: Findings) -> Floats:
    """Return longitude and latitude of every country [C, 2]."""
    return np.array([[place.longitude, place.latitude] for place in findings.places])


def shape(rings: Sequence[Floats]) -> Path:
    """Return the outline of a country on the page."""
    return Path.make_compound_path(*(Path(ring, closed=True) for ring in rings))


def overlaps(axes: Axes, ring: Floats) -> bool:
    """Return whether a line comes near the frame: what lies elsewhere would only make the file larger."""
    (left, right), (bottom, top) = axes.get_xlim(), axes.get_ylim()
    (low_x, low_y), (high_x, high_y) = ring.min(axis=0), ring.max(axis=0)
    return bool(low_x < right and high_x > left and low_y < top and high_y > bottom)


def surface(points: Floats) -> float:
    """Return the area inside a closed line (shoelace)."""
    x, y = points.T
    return float(abs(np.dot(x, np.roll(y, 1)) - np.dot(y, np.roll(x, 1))) / 2.0)


def land(axes: Axes, findings: Findings, shade: Shade, view: projection.View) -> Floats:
    """Draw the countries in the frame, the scenario's in their shades; return the scenario's areas [C]."""
    codes = {code: i for i, code in enumerate(findings.codes)}
    areas = np.zeros(len(codes))
    for code in sorted(findings.outlines):
        parts = [part for ring in findings.outlines[code] for part in view.cut(ring) if len(part) > 3]
        rings = [ring for ring in map(view.project, parts) if overlaps(axes, ring)]
        if not rings:
            continue
        place = codes.get(code)
        fill, edge, order = (LAND, BORDER, 1) if place is None else (shade(place), GREY, 2)
        axes.add_patch(PathPatch(shape(rings), facecolor=fill, edgecolor=edge, linewidth=0.6, zorder=order))
        if place is not None:
            areas[place] = sum(surface(ring) for ring in rings)
    return areas


def dots(axes: Axes, where: Floats, shade: Shade, large: npt.NDArray[np.bool_], small: npt.NDArray[np.bool_]) -> None:
    """Draw small states as ringed dots, larger where there is something to tell."""
    for place in np.flatnonzero(small):
        axes.plot(
            *where[place],
            marker="o",
            markersize=9 if large[place] else 5,
            color=shade(int(place)),
            markeredgecolor=INK,
            markeredgewidth=1.0,
            zorder=3,
        )


def tiles(axes: Axes, findings: Findings, shade: Shade) -> Floats:
    """Draw an imagined world as hexagons with their names; return their middles [C, 2]."""
    where = projection.hexagons(lonlat_of(findings))
    for place, (x, y) in enumerate(where):
        tile = RegularPolygon((x, y), 6, radius=0.56, facecolor=shade(place), edgecolor="white", linewidth=2)
        axes.add_patch(tile)
        look: Any = {
            "ha": "center",
            "va": "center",
            "fontsize": 8.5,
            "color": INK,
            "bbox": backing(),
            "zorder": 7,
        }
        axes.text(float(x), float(y) + 0.33, findings.places[place].name, **look)
    return where


def frame(axes: Axes, where: Floats, ratio: float) -> float:
    """Show all the points with a margin; return the width of what is shown."""
    low, high = where.min(axis=0), where.max(axis=0)
    middle, size = (low + high) / 2.0, np.maximum(high - low, 0.02) * 1.16 + 0.03
    width = max(size[0], size[1] * ratio)
    axes.set_xlim(middle[0] - width / 2, middle[0] + width / 2)
    axes.set_ylim(middle[1] - width / ratio / 2, middle[1] + width / ratio / 2)
    axes.set_aspect("equal")
    axes.set_axis_off()
    return float(width)


def inside(axes: Axes, where: Floats) -> npt.NDArray[np.bool_]:
    """Return which places lie in the frame."""
    (left, right), (bottom, top) = axes.get_xlim(), axes.get_ylim()
    x, y = where.T
    within: npt.NDArray[np.bool_] = (x > left) & (x < right) & (y > bottom) & (y < top)
    return within
