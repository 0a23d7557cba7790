"""How widely operations are spread, what spills over to others, and what an announcement sets off."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sim.figures.drawing import Drawing, Table
from sim.figures.findings import Findings, Known
from sim.figures.look import GREY, INK, arm_style, minus, note, number, quiet, sheet, signed, usd, wrapped

ROW = 0.42  # inches
PANELS = {
    "effective_countries": "countries in effect",
    "footprint": "countries with 1 % or more",
    "gini": "Gini coefficient",
    "centroid_shift_km": "shift of the middle, km",
}
NOTHING = "One arm only: nothing to compare it with."


def draw(findings: Findings, _: str) -> Figure:
    """Return one panel an index, one row an arm: the paired change against the baseline, with its interval."""
    arms = [arm for arm in findings.policies if arm.name in findings.concentration]
    against = findings.label(findings.baseline)
    title = f"How widely operations are spread in the model: change against “{against}”"
    footer = findings.footer("means over pairs, 90 % intervals; not a measure of harm")
    figure = sheet(max(1, len(arms)) * ROW + 1.9, title, footer)
    if not arms:
        note(figure.subplots(), NOTHING)
        return figure
    panels = figure.subplots(1, len(PANELS), sharey=True)
    order = [arm.name for arm in findings.policies]
    for axes, (index, words) in zip(panels, PANELS.items(), strict=True):
        axes.set_title(wrapped(words, 20), fontsize=9.5)
        for place, arm in enumerate(arms):
            dot(axes, place, findings.concentration[arm.name][index], arm_style(order.index(arm.name)))
        axes.axvline(0, color=INK, linewidth=0.9, zorder=1)
        if not any(findings.concentration[arm.name][index].mean for arm in arms):
            axes.set_xlim(-1.0, 1.0)  # nothing changes: no scale for it
        axes.set_yticks(range(len(arms)), [wrapped(arm.label, 34) for arm in arms])
        axes.set_ylim(len(arms) - 0.5, -0.6)
        axes.xaxis.set_major_formatter(lambda value, _: minus(f"{value:g}"))
        axes.locator_params(axis="x", nbins=3)
        axes.grid(axis="x", color=GREY, alpha=0.18, linewidth=0.8)
        quiet(axes)
    return figure


def dot(axes: Axes, place: float, known: Known, look: Mapping[str, str]) -> None:
    """Draw a mean with its interval, or nothing where it is undefined."""
    if np.isfinite(known.mean):
        axes.plot([known.lo90, known.hi90], [place, place], color=look["color"], linewidth=1.5)
        axes.plot(known.mean, place, marker=look["marker"], color=look["color"], markersize=7, markeredgecolor="white")


def told(known: Known) -> str:
    """Return a change with its interval."""
    if not np.isfinite(known.mean):
        return "undefined"
    if not np.isfinite(known.lo90):
        return signed(known.mean)
    return f"{signed(known.mean)} ({signed(known.lo90)} to {signed(known.hi90)})"


def describe(findings: Findings, _: str) -> str:
    """Return the figure in words."""
    rows = [sentence(findings, arm.name) for arm in findings.policies if arm.name in findings.concentration]
    return " ".join(rows) or NOTHING


def sentence(findings: Findings, arm: str) -> str:
    """Return what one arm does to where crime sits."""
    found, label = findings.concentration[arm], findings.label(arm)
    said = [
        f"In the model, under “{label}”, the number of countries in effect changes by "
        f"{told(found['effective_countries'])}, that of countries with a hundredth of all operations or more by "
        f"{told(found['footprint'])}."
    ]
    if arm in findings.spilled:
        up, down, net = findings.spilled[arm]
        said.append(
            f"In untreated countries harm done from there rose by {usd(up)} a year where it rose and fell by "
            f"{usd(down)} where it fell: {signed_usd(net)} net."
        )
    if arm in findings.anticipated:
        heard, start, known = findings.anticipated[arm]
        said.append(
            f"From its announcement (week {heard}) to its start (week {start}) operations in the treated countries "
            f"changed by {told(known)} %."
        )
    return " ".join(said)


def signed_usd(value: float) -> str:
    """Return an amount of money with its sign."""
    return f"{'+' if value > 0 else '−' if value < 0 else ''}{usd(abs(value))}"


def table(findings: Findings, _: str) -> Table:
    """Return the level of every index in the baseline and its change in every arm; what spills over."""
    columns = ("Index of operations by host", "Baseline", *(arm.label for arm in findings.policies))
    shown = [arm.name for arm in findings.policies]
    rows = [index_row(findings, index, shown) for index in INDEX_WORDS]
    rows += [spill_row(findings, place, words, shown) for place, words in enumerate(SPILL_WORDS)]
    return Table(columns=columns, rows=tuple(rows))


INDEX_WORDS = {
    "herfindahl": "Herfindahl index",
    "entropy": "entropy, nats",
    "effective_countries": "countries in effect (exponential of entropy)",
    "gini": "Gini coefficient",
    "footprint": "countries with 1 % or more of all",
    "centroid_shift_km": "shift of the middle, km",
}
SPILL_WORDS = (
    "harm from untreated countries that rose, a year",
    "harm from untreated countries that fell, a year",
    "net, a year",
)


def index_row(findings: Findings, index: str, arms: Sequence[str]) -> tuple[str, ...]:
    """Return one index: its level in the baseline, its changes in the arms."""
    level = findings.concentration.get(findings.baseline, {}).get(index)
    cells = [told(findings.concentration[arm][index]) if arm in findings.concentration else "–" for arm in arms]
    return INDEX_WORDS[index], number(level.mean, 3) if level else "–", *cells


def spill_row(findings: Findings, place: int, words: str, arms: Sequence[str]) -> tuple[str, ...]:
    """Return one part of what spills over in every arm."""
    tell = signed_usd if place == 2 else usd
    return words, "–", *(tell(findings.spilled[arm][place]) if arm in findings.spilled else "–" for arm in arms)


DRAWING = Drawing(
    name="geography",
    heading="How widely operations are spread",
    reading=(
        "Each panel shows how one index of where operations sit changes against the baseline. Fewer countries in "
        "effect or a higher Gini coefficient: more concentrated. The middle is that of operations on the globe; the "
        "fewer they are and the smaller the shift, the more of it is luck. The table adds levels, and what untreated "
        "countries gained (diffusion of benefits) beside what they lost (displacement)."
    ),
    draw=draw,
    describe=describe,
    table=table,
)
