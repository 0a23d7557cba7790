"""Arrows between places and the labels over them."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import PathPatch
from matplotlib.path import Path

from sim.figures.findings import Floats
from sim.figures.look import GREY, INK, backing
from sim.figures.matrix import Flow


def tapered(start: Floats, end: Floats, width: float, short: float) -> Path:
    """Return a bent arrow, broad at its beginning, pointed at its end; `short` stays free at both."""
    way = end - start
    length = float(np.hypot(*way))
    across = np.array([-way[1], way[0]]) / length
    bend = (start + end) / 2.0 + across * length * 0.16
    t = np.linspace(min(0.3, short / length), 1.0 - min(0.3, short / length), 24)[:, None]
    line = (1 - t) ** 2 * start + 2 * t * (1 - t) * bend + t**2 * end
    along = np.gradient(line, axis=0)
    side = np.stack([-along[:, 1], along[:, 0]], axis=1) / np.hypot(*along.T)[:, None]
    head = max(width * 1.9, short * 0.55)
    body = max(2, int(24 * max(0.4, 1.0 - head / length)))
    half = np.linspace(width, width * 0.45, body)[:, None] / 2.0
    barb = max(width * 0.85, head * 0.42)
    left, right = line[:body] + side[:body] * half, line[:body] - side[:body] * half
    tip = [line[body - 1] + side[body - 1] * barb, line[-1], line[body - 1] - side[body - 1] * barb]
    return Path(np.concatenate([left, tip, right[::-1], left[:1]]), closed=True)


def arrows(
    axes: Axes,
    flows: Sequence[Flow],
    where: dict[str, Floats],
    extent: float,
    most: float,
) -> None:
    """Draw the flows, broad ones first, below every label; width follows the rise, alike in every arm."""
    for origin, destination, _, rise in flows:
        width = extent * (0.003 + 0.015 * rise / most)
        path = tapered(where[origin], where[destination], width, extent * 0.02)
        axes.add_patch(PathPatch(path, facecolor=INK, edgecolor="white", linewidth=0.8, alpha=0.75, zorder=5))


def labels(axes: Axes, where: Floats, words: Sequence[str], extent: float) -> None:
    """Write the countries' changes near their places, pushed apart where they would cover each other."""
    placed = apart(where, np.array([len(w) for w in words]) * extent * 0.0062 + extent * 0.006, extent * 0.017)
    for (x, y), (lx, ly), word in zip(where, placed, words, strict=True):
        if np.hypot(lx - x, ly - y) > extent * 0.03:
            axes.plot([x, lx], [y, ly], color=GREY, linewidth=0.8, zorder=6)
        axes.text(
            lx,
            ly,
            word,
            ha="center",
            va="center",
            fontsize=8.5,
            fontweight="bold",
            zorder=7,
            bbox=backing(),
        )


def apart(where: Floats, half_widths: Floats, half_height: float, rounds: int = 200) -> Floats:
    """Return label places near the wanted ones so that their boxes do not overlap (pushed apart in turn)."""
    placed = where.astype(float).copy()
    for _ in range(rounds):
        moved = False
        for a in range(len(placed)):
            for b in range(a + 1, len(placed)):
                gap = placed[b] - placed[a]
                over_x = half_widths[a] + half_widths[b] - abs(gap[0])
                over_y = 2 * half_height - abs(gap[1])
                if over_x <= 0 or over_y <= 0:
                    continue
                moved = True
                axis, over = (1, over_y) if over_y * 1.5 < over_x else (0, over_x)
                push = over / 2.0 * (1.0 if gap[axis] >= 0 else -1.0)
                placed[a, axis] -= push
                placed[b, axis] += push
        if not moved:
            break
    return placed
