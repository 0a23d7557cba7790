"""Harm avoided by each arm against the baseline, run by run with the same luck."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sim.figures.drawing import Drawing, Table
from sim.figures.findings import Findings, Interval
from sim.figures.look import (
    GAP,
    GREY,
    INK,
    MUTED,
    arm_style,
    between,
    key,
    minus,
    note,
    percent,
    quiet,
    sheet,
    usd,
    wrapped,
)

ROW = 0.6  # inches
Row = tuple[str, Interval, dict[str, Any]]  # label, numbers, colour and shape


def count_words(interval: Interval) -> str:
    """Return in how many runs the arm did more harm than the baseline."""
    return "" if interval.n_worse is None else f"{interval.n_worse} of {interval.n}"


def draw_interval(axes: Axes, place: float, interval: Interval, look: dict[str, Any], thick: float = 7.0) -> None:
    """Draw the 90 % line, the 50 % bar and the median of one row."""
    colour = look["color"]
    axes.plot([interval.lo90, interval.hi90], [place, place], color=colour, linewidth=1.6, solid_capstyle="butt")
    axes.plot(
        [interval.lo50, interval.hi50],
        [place, place],
        color=colour,
        linewidth=thick,
        alpha=0.45,
        solid_capstyle="butt",
    )
    axes.plot(
        interval.median,
        place,
        marker=look["marker"],
        color=colour,
        markersize=8,
        markeredgecolor="white",
        zorder=4,
    )


def draw_beside(axes: Axes, place: float, interval: Interval) -> None:
    """Draw, under a row, the mean with its 90 % interval and what luck alone would leave."""
    below = place + 0.3
    low, high = interval.luck90
    axes.plot([low, high], [below, below], color=GREY, linewidth=1.3, linestyle=":")
    low, high = interval.mean90
    axes.plot([low, high], [below, below], color=INK, linewidth=1.3, marker="|", markersize=6)
    axes.plot(interval.mean, below, marker="d", markersize=5, color=INK)


def intervals(axes: Axes, rows: Sequence[Row]) -> None:
    """Draw one row an arm, from the top; right of zero means harm avoided."""
    axes.axvline(0, color=INK, linewidth=1.0, zorder=1)
    for place, (_, interval, look) in enumerate(rows):
        draw_interval(axes, place, interval, look)
        draw_beside(axes, place, interval)
        beyond(axes, place, count_words(interval))
    axes.set_yticks(range(len(rows)), [broken(label) for label, _, _ in rows])
    axes.set_ylim(len(rows) - 0.35, -0.55)
    axes.xaxis.set_major_formatter(lambda value, _: f"{minus(f'{value:+g}')} %" if value else "0")
    axes.grid(axis="x", color=GREY, alpha=0.18, linewidth=0.8)
    axes.set_axisbelow(True)
    quiet(axes)


def broken(label: str) -> str:
    """Return a label with its name, the first line, in a narrow column."""
    name, *more = label.split("\n")
    return "\n".join([wrapped(name, 34), *(wrapped(line, 44) for line in more)])


def beyond(axes: Axes, place: float, words: str) -> None:
    """Write words to the right of the axes, level with a row."""
    axes.annotate(
        words,
        (1.0, place),
        xycoords=("axes fraction", "data"),
        xytext=(8, 0),
        textcoords="offset points",
        va="center",
        fontsize=9,
        color=MUTED,
        annotation_clip=False,
    )


def rows_of(findings: Findings, names: Sequence[str]) -> list[Row]:
    """Return label, interval and look of the named arms or contrasts that have an interval."""
    order = [arm.name for arm in findings.policies]
    looks = {name: arm_style(place) for place, name in enumerate(order)}
    plain = {"color": GREY, "marker": "o"}
    return [
        (row_label(findings, name), findings.avoided[name], looks.get(name, plain))
        for name in names
        if name in findings.avoided
    ]


def row_label(findings: Findings, name: str) -> str:
    """Return the lines of a row: its name, what a contrast compares, the private cost that no budget shows."""
    lines = [findings.label(name)]
    lines += [f"{of}, against {minus}" for one, of, minus in findings.contrasts if one == name]
    private = findings.private(name)
    lines += [f"private cost {usd(private)} a year"] if round(private) else []
    return "\n".join(lines)


def draw(findings: Findings, _: str) -> Figure:
    """Return the chart: the arms against the baseline, then the contrasts between arms."""
    arms = rows_of(findings, [arm.name for arm in findings.policies])
    contrasts = rows_of(findings, [name for name, _, _ in findings.contrasts])
    against = findings.label(findings.baseline)
    heights = [max(1, len(arms)) * ROW + 0.35, len(contrasts) * ROW + 0.35]
    panels = 2 if contrasts else 1
    figure = sheet(
        sum(heights[:panels]) + 1.9,
        findings.headline or "Harm avoided in the model",
        findings.footer(findings.spread),
    )
    drawn = figure.subplots(panels, 1, height_ratios=heights[:panels], squeeze=False, sharex=True)[:, 0]
    if not arms:
        note(drawn[0], "One arm only: nothing to compare it with.")
        return figure
    drawn[0].set_title(f"Against “{against}”", pad=24)
    key(
        drawn[0],
        [
            ("● ▬ ─ runs: median, 50, 90 %", MUTED),
            ("◆ mean, 90 %", INK),
            ("··· luck alone, 90 %", GREY),
        ],
    )
    intervals(drawn[0], arms)
    beyond(drawn[0], -0.75, "runs with\nmore harm")
    if contrasts:
        drawn[1].set_title("Between two arms")
        intervals(drawn[1], contrasts)
    reach(drawn[-1], [interval for _, interval, _ in arms + contrasts])
    drawn[0].tick_params(labelbottom=True)
    drawn[-1].set_xlabel(f"◀ more harm (−){GAP}harm avoided, % of the harm under “{against}”{GAP}less harm (+) ▶")
    return figure


def reach(axes: Axes, shown: Sequence[Interval]) -> None:
    """Show all lines and, on either side of zero, enough to see which side is which."""
    ends = [end for i in shown for end in (i.lo90, i.hi90, *i.mean90, *i.luck90) if np.isfinite(end)]
    low, high = min(0.0, *ends), max(0.0, *ends)
    width = max(high - low, 1e-9)
    axes.set_xlim(min(low - 0.05 * width, -0.15 * width), max(high + 0.05 * width, 0.15 * width))


def row_words(label: str, interval: Interval, digits: int) -> str:
    """Return one row of the chart as a sentence."""
    (mean,) = percent(digits, interval.mean)
    counted = f", more harm in {count_words(interval)} runs" if count_words(interval) else ""
    known, single = between(digits, *interval.mean90), between(digits, interval.lo90, interval.hi90)
    return f"{flat(label)}: mean {mean} % (90 % interval {known}; 90 % of runs {single}){counted}"


def flat(label: str) -> str:
    """Return a label of several lines as one."""
    return label.replace("\n", " · ")


def describe(findings: Findings, _: str) -> str:
    """Return the chart in words."""
    names = [arm.name for arm in findings.policies] + [name for name, _, _ in findings.contrasts]
    rows = "; ".join(row_words(label, interval, findings.decimals) for label, interval, _ in rows_of(findings, names))
    against = findings.label(findings.baseline)
    return f"Harm avoided in the model against “{against}”, in per cent of its harm. {rows or 'One arm only'}."


def table_row(label: str, i: Interval, digits: int) -> tuple[str, ...]:
    """Return the numbers of one row of the chart."""
    median, mean = percent(digits, i.median, i.mean)
    return (
        flat(label),
        f"{mean} ({between(digits, *i.mean90)})",
        median,
        between(digits, i.lo50, i.hi50),
        between(digits, i.lo90, i.hi90),
        between(digits, *i.luck90),
        count_words(i),
    )


def table(findings: Findings, _: str) -> Table:
    """Return the numbers of the chart."""
    names = [arm.name for arm in findings.policies] + [name for name, _, _ in findings.contrasts]
    rows = tuple(table_row(label, interval, findings.decimals) for label, interval, _ in rows_of(findings, names))
    columns = (
        "Arm or contrast",
        "Harm avoided, %: mean (90 % interval)",
        "Median run",
        "50 % of runs",
        "90 % of runs",
        "90 % with luck alone",
        "Runs with more harm",
    )
    return Table(columns=columns, rows=rows)


DRAWING = Drawing(
    name="intervals",
    heading="Harm avoided, arm by arm",
    reading=(
        "Each run of an arm is compared with the baseline's run that had the same luck and the same drawn parameters. "
        "The shape is the median of these differences, the bar holds half of them, the line nine in ten: luck and "
        "parameters together. Below it, in black, their mean with its 90 % interval, which says how well these runs "
        "know the mean; dotted, how far luck alone would spread the runs."
    ),
    draw=draw,
    describe=describe,
    table=table,
)
