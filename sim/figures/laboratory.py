"""Estimators of the field against what happened in the model: estimate and truth, bias, coverage and phantoms."""

from collections.abc import Mapping, Sequence
from itertools import cycle, groupby

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.transforms import blended_transform_factory

from sim.figures.look import GREY, INK, MUTED, arm_style, in_our_look, note, percent, quiet, sheet
from sim.laboratory import ESTIMATORS, Score

ROW, LEAST, KEY = 0.42, 0.2, 0.24  # inches of a row with one grid point, of each further one, of its name
WIDE = (4, 2.2, 2.6)  # widths of the three panels
SHAPES = "■●▲◆▼✚✖⬟"  # as the styles have them
SPAN = 0.5  # share of a row over which the points of a grid are spread
Rows = Sequence[tuple[str, list[Score]]]  # heading or label, scores by grid point (none under a heading)


@in_our_look
def draw(found: Sequence[Score], labels: Mapping[str, str], points: Mapping[str, str], footer: str) -> Figure:
    """Return the chart: a row for each arm and estimator, a mark for each point of the grid.

    `labels` are the words for arms, `points` those for points of the grid. The quotient has another unit and is
    left to the table.
    """
    shown = [score for score in found if score.unit == "%"]
    grid = list(dict.fromkeys(score.grid for score in shown))
    rows = rows_of(shown, labels)
    named = KEY * len(grid) if len(grid) > 1 else 0.0
    height = len(rows) * (ROW + LEAST * max(0, len(grid) - 1)) + 0.6
    title = "What estimators of the field would say, and what happened in the model"
    figure = sheet(height + named + 1.3, title, footer)
    if not shown:
        note(figure.subplots(), "No estimate in per cent could be made.")
        return figure
    ratios = [named, height] if named else [height]
    whole = figure.subplots(len(ratios), 3, sharey="row", squeeze=False, width_ratios=WIDE, height_ratios=ratios)
    drawn = whole[-1]
    for axes, draw_panel in zip(drawn, (estimates, biases, shares), strict=True):
        draw_panel(axes, rows, grid)
        axes.grid(axis="x", color=GREY, alpha=0.18, linewidth=0.8)
        axes.set_axisbelow(True)
        quiet(axes)
    name_rows(drawn[0], rows)
    if named:
        for axes in whole[0]:
            axes.set_axis_off()
        name_points(whole[0][0], [points[point] for point in grid])
    return figure


def rows_of(shown: Sequence[Score], labels: Mapping[str, str]) -> Rows:
    """Return the rows from the top: each arm's name, then its estimators."""
    words = {one.name: one.label for one in ESTIMATORS}
    rows: list[tuple[str, list[Score]]] = []
    for arm, mine in groupby(sorted(shown, key=lambda score: list(labels).index(score.arm)), lambda score: score.arm):
        by_name: dict[str, list[Score]] = {}
        for score in mine:
            by_name.setdefault(score.estimator, []).append(score)
        rows += [(labels[arm], []), *((words[name], points) for name, points in by_name.items())]
    return rows


def marks(rows: Rows, grid: Sequence[str]) -> list[tuple[float, Score, int]]:
    """Return where each score stands: its place from the top, and which point of the grid it belongs to."""
    spread = np.linspace(-SPAN / 2, SPAN / 2, len(grid)) if len(grid) > 1 else np.zeros(1)
    return [
        (place + spread[grid.index(score.grid)], score, grid.index(score.grid))
        for place, (_, points) in enumerate(rows)
        for score in points
    ]


def estimates(axes: Axes, rows: Rows, grid: Sequence[str]) -> None:
    """Draw the mean estimate with nine estimates in ten, and the truth as a stroke; their numbers beside them."""
    axes.axvline(0, color=GREY, linewidth=0.8, zorder=1)
    beside = blended_transform_factory(axes.transAxes, axes.transData)
    for place, score, which in marks(rows, grid):
        look = arm_style(which)
        axes.plot([score.estimate_lo90, score.estimate_hi90], [place, place], color=look["color"], linewidth=1.4)
        axes.plot(score.estimate, place, marker=look["marker"], color=look["color"], markersize=5.5)
        axes.plot(score.truth, place, marker="|", color=INK, markersize=11, markeredgewidth=2.2)
        if len(grid) == 1:
            estimate, true = percent(1, score.estimate, score.truth)
            axes.text(1.01, place, f"{estimate} | {true}", transform=beside, va="center", fontsize=8.5, color=MUTED)
    axes.set_title("Estimate (90 % of runs) | truth, %")


def biases(axes: Axes, rows: Rows, grid: Sequence[str]) -> None:
    """Draw the bias of each estimator and how well these runs know it."""
    axes.axvline(0, color=INK, linewidth=1.0, zorder=1)
    for place, score, which in marks(rows, grid):
        look = arm_style(which)
        ends = [score.bias - 2 * score.bias_se, score.bias + 2 * score.bias_se]
        axes.plot(ends, [place, place], color=look["color"], linewidth=1.4)
        axes.plot(score.bias, place, marker=look["marker"], color=look["color"], markersize=5.5)
    axes.set_title("Bias ± 2 s.e.")


def shares(axes: Axes, rows: Rows, grid: Sequence[str]) -> None:
    """Draw coverage, filled, and phantom effects, hollow, beside what they should be."""
    for ideal in (5, 95):
        axes.axvline(ideal, color=INK, linewidth=1.0, linestyle=":", zorder=1)
    for place, score, which in marks(rows, grid):
        look = arm_style(which)
        axes.plot(100 * score.coverage95, place, marker=look["marker"], color=look["color"], markersize=5.5)
        axes.plot(
            100 * score.phantom, place, marker=look["marker"], color=look["color"], markersize=6.5, fillstyle="none"
        )
        if not np.isfinite(score.coverage95) and which == 0:
            axes.text(50, place, "no interval", ha="center", va="center", fontsize=8.5, color=MUTED)
    axes.set_xlim(-4, 104)
    axes.set_xticks([5, 50, 95], ["5 %", "50 %", "95 %"])
    axes.set_title("■ covers, □ phantom")


def name_rows(axes: Axes, rows: Rows) -> None:
    """Write the names of the rows, arms in bold, the first on top."""
    axes.set_yticks(range(len(rows)), [label for label, _ in rows])
    for tick, (_, points) in zip(axes.get_yticklabels(), rows, strict=True):
        tick.set_fontweight("normal" if points else "bold")
    axes.set_ylim(len(rows) - 0.4, -0.6)


def name_points(axes: Axes, names: Sequence[str]) -> None:
    """Write which shape stands for which point of the grid, one a line."""
    for place, (shape, name) in enumerate(zip(cycle(SHAPES), names, strict=False)):
        height = 1 - (place + 0.5) / len(names)
        words = axes.text(0, height, f"{shape} {name}", color=arm_style(place)["color"], va="center", fontsize=9.5)
        words.set_in_layout(False)
