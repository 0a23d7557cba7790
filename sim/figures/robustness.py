"""What survives: the report's sentences against variations of the model, and what moves the conclusion most."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sim.figures.look import (
    BLUE,
    GREEN,
    GREY,
    INK,
    MUTED,
    ORANGE,
    PLUM,
    in_our_look,
    key,
    minus,
    note,
    quiet,
    sheet,
    wrapped,
)
from sim.robustness import STATED, Moved, Robustness

# Told by the mark as well as by its colour.
MARKS = {
    "survives": ("✓", GREEN, "survives"),
    "fails": ("✗", ORANGE, "fails: the contrary is clear"),
    "undecided": ("?", MUTED, "these runs do not tell"),
    "undefined": ("–", PLUM, "undefined"),
}
ROW, BAR = 0.21, 0.26  # inches of a row
LETTERS = 108  # a line of the sentences below the matrix
BARS = 14  # assumptions and variations shown in a tornado


@in_our_look
def draw_matrix(found: Robustness, footer: str) -> Figure:
    """Return the matrix: a row for each variation, a column for each sentence, a mark in each cell."""
    title = "Which sentences of the report survive in the model when it is changed"
    places, rows = list(found.texts), [STATED, *found.variations]
    told = [wrapped(f"{place}  {'; '.join(found.claims(place))}", LETTERS) for place in places]
    lines = sum(text.count("\n") + 1 for text in told)
    matrix, below = ROW * len(rows) + 0.7, 0.17 * lines + 0.2
    figure = sheet(matrix + below + 1.1, title, footer)
    if not places:
        note(figure.subplots(), "No sentence of the report holds anything that a variation could undo.")
        return figure
    axes, words = figure.subplots(2, 1, height_ratios=[matrix, below])
    for across, place in enumerate(places):
        for down, name in enumerate(rows):
            mark, colour, _ = MARKS[found.verdicts[place, name]]
            axes.text(across, down, mark, ha="center", va="center", color=colour, fontsize=11, fontweight="bold")
    axes.set_xlim(-0.6, max(len(places), 8) - 0.4)
    axes.set_ylim(len(rows) - 0.4, -0.6)
    axes.set_xticks(range(len(places)), [str(place) for place in places])
    axes.xaxis.tick_top()
    axes.set_yticks(range(len(rows)), rows)
    axes.get_yticklabels()[0].set_fontweight("bold")
    for edge in range(1, len(rows), 5):
        axes.axhline(edge - 0.5, color=GREY, linewidth=0.5, alpha=0.4)
    quiet(axes, bottom=False)
    axes.tick_params(top=False)
    words.set_axis_off()
    words.text(0, 1, "\n".join(told), transform=words.transAxes, va="top", fontsize=9, color=INK, linespacing=1.25)
    words.set_title("The sentences, by number", fontsize=9.5)
    beside = "     ".join(f"{mark} {text}" for mark, _, text in MARKS.values())
    axes.set_xlabel(beside, loc="left")
    axes.xaxis.set_label_position("bottom")
    return figure


@in_our_look
def draw_tornado(found: Robustness, footer: str) -> Figure:
    """Return two tornadoes: how far variations move the first contrast, and the first leakage beside the rule's own."""
    title = "What moves the conclusion most, in the model"
    harm = [number for number in found.numbers if number[0] == "harm"][:1]
    leaking = [number for number in found.numbers if number[0] == "leakage"][:1]
    bars = {number: found.tornado(number)[:BARS] for number in (*harm, *leaking)}
    shown = {number: rows for number, rows in bars.items() if rows}
    height = sum(BAR * len(rows) + 1.0 for rows in shown.values())
    figure = sheet(max(height, 1.0) + 1.1, title, footer)
    if not shown:
        note(figure.subplots(), "No variation moves a number of the conclusion.")
        return figure
    ratios = [BAR * len(rows) + 1.0 for rows in shown.values()]
    panels = figure.subplots(len(shown), 1, squeeze=False, height_ratios=ratios)[:, 0]
    for axes, (number, rows) in zip(panels, shown.items(), strict=True):
        tornado(axes, rows, found.of(number)[0])
    return figure


def tornado(axes: Axes, rows: Sequence[tuple[str, Sequence[Moved]]], stated: Moved) -> None:
    """Draw one number: a bar from its stated value to what each variation makes of it, the longest on top."""
    is_leakage = stated.quantity == "leakage"
    sign = 1.0 if is_leakage else -1.0  # harm avoided is above zero
    middle = sign * stated.value
    axes.axvline(middle, color=INK, linewidth=1.0)
    axes.axvline(0, color=GREY, linewidth=0.8, linestyle=":")
    for place, (_, ends) in enumerate(rows):
        for one in ends:
            draw_end(axes, place, sign, one)
    axes.set_yticks(range(len(rows)), [bar_words(name, ends) for name, ends in rows])
    axes.set_ylim(len(rows) - 0.4, -0.6)
    axes.xaxis.set_major_formatter(lambda value, _: minus(f"{value:g}"))
    axes.grid(axis="x", color=GREY, alpha=0.18, linewidth=0.8)
    axes.set_axisbelow(True)
    quiet(axes)
    what = "leakage by host" if is_leakage else "harm avoided, % of the baseline's"
    name = f"“{stated.label}”" if is_leakage else stated.label
    axes.set_title(f"{name}: {what}; line = as stated\n\n", fontsize=10.5)
    entries = [("◀ low end", BLUE), ("▶ high end", ORANGE), ("● switched off, or another rule", GREEN)]
    key(axes, [*entries, *([("◇ choice rule alone", PLUM)] if is_leakage else [])])


def draw_end(axes: Axes, place: float, sign: float, one: Moved) -> None:
    """Draw the bar of one variation, its mark at the end and, of a leakage, what the choice rule alone would give."""
    colour, marker = {"low": (BLUE, "<"), "high": (ORANGE, ">")}.get(one.end, (GREEN, "o"))
    axes.plot([sign * one.stated, sign * one.value], [place, place], color=colour, linewidth=5, alpha=0.45,
              solid_capstyle="butt")  # fmt: skip
    axes.plot(sign * one.value, place, marker=marker, color=colour, markersize=6.5)
    if np.isfinite(one.mechanical):
        hollow: Any = {"markerfacecolor": "none", "markeredgecolor": PLUM, "markeredgewidth": 1.3}
        axes.plot(one.mechanical, place, marker="D", markersize=5, linestyle="none", **hollow)


def bar_words(name: str, ends: Sequence[Moved]) -> str:
    """Return the name of a bar: a parameter with the values at its ends, or a variation."""
    if not ends[0].parameter or len(ends) == 1:
        return ends[0].variation
    short = name.rpartition(".")[2].replace("_", " ")
    return f"{short}, {' and '.join(one.variation.rpartition(' ')[2] for one in ends)}"
