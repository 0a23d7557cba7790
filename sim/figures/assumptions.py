"""Every headline against the two assumptions that decide most: outside options and market feedback."""

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sim.figures.drawing import Drawing, Table
from sim.figures.findings import Findings, Floats
from sim.figures.look import BLUE, GREY, INK, MUTED, minus, note, quiet, sheet, signed

THIRDS = 3
NAMES = {
    "parameters.choice.outside_factor": ("share of the outside options (multiple of the default)", "log"),
    "crowding_elasticity": ("market feedback (crowding elasticity)", "linear"),
}


def words_for(path: str) -> tuple[str, str]:
    """Return the words and the scale of the axis of a drawn parameter."""
    known = next((entry for key, entry in NAMES.items() if path.endswith(key)), None)
    return known or (path.rsplit(".", 1)[-1].replace("_", " "), "linear")


def deciding(drawn: Mapping[str, Floats]) -> list[str]:
    """Return the drawn parameters to show: outside options first, then market feedback (one crime type)."""
    chosen = []
    for key in NAMES:
        matching = sorted(path for path in drawn if path.endswith(key) and np.ptp(drawn[path]) > 0)
        chosen += matching[:1]
    return chosen


def thirds(values: Floats, outcome: Floats) -> list[tuple[float, float, float, float]]:
    """Return, for each third of the values, their middle and the quartiles of the outcome."""
    values, outcome = values[np.isfinite(outcome)], outcome[np.isfinite(outcome)]
    parts = np.array_split(np.argsort(values, kind="stable"), THIRDS)
    groups = []
    for part in filter(len, parts):
        low, middle, high = np.quantile(outcome[part], [0.25, 0.5, 0.75])
        groups.append((float(np.median(values[part])), float(low), float(middle), float(high)))
    return groups


def against(axes: Axes, values: Floats, outcome: Floats, scale: str) -> None:
    """Draw each run as a dot, and the median and half of the runs in each third of the values."""
    axes.axhline(0, color=INK, linewidth=0.8)
    axes.scatter(values, outcome, s=11, color=GREY, alpha=0.45, linewidths=0)
    groups = thirds(values, outcome)
    axes.plot([g[0] for g in groups], [g[2] for g in groups], color=BLUE, linewidth=1.4, zorder=3)
    for place, low, middle, high in groups:
        axes.plot([place, place], [low, high], color=BLUE, linewidth=4, alpha=0.45, solid_capstyle="butt", zorder=3)
        axes.plot(place, middle, marker="o", color=BLUE, markersize=6, markeredgecolor="white", zorder=4)
    if scale == "log":
        axes.set_xscale("log")
        axes.set_xticks(tick := nice_multiples(values), [f"{t:g}" for t in tick])
        axes.minorticks_off()
    axes.yaxis.set_major_formatter(lambda value, _: minus(f"{value:+g} %" if value else "0"))
    quiet(axes, left=True)


def nice_multiples(values: Floats) -> list[float]:
    """Return round numbers inside the range of the values."""
    candidates = [0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 1.0, 1.5, 2.0, 3.0, 5.0, 10.0]
    low, high = float(values.min()), float(values.max())
    return [c for c in candidates if low * 0.9 <= c <= high * 1.1] or [low, high]


def headlines(findings: Findings) -> list[str]:
    """Return arms and contrasts that have a value in each run, in the file's order."""
    names = [arm.name for arm in findings.policies] + [name for name, _, _ in findings.contrasts]
    return [name for name in names if name in findings.headlines.avoided]


def draw(findings: Findings, _: str) -> Figure:
    """Return a row of panels for each headline, a column for each deciding assumption."""
    names, paths = headlines(findings), deciding(findings.headlines.drawn)
    title = "How each headline depends on two assumptions"
    footer = findings.footer("a grey dot is a run; blue: median and middle half of the runs in each third")
    if not names or not paths:
        figure = sheet(2.2, title, footer)
        note(figure.subplots(), why_not(findings))
        return figure
    figure = sheet(1.7 + 1.18 * len(names), title, footer)
    grid = figure.subplots(len(names), len(paths), squeeze=False, sharex="col", sharey="row")
    for row, name in enumerate(names):
        for column, path in enumerate(paths):
            axes = grid[row, column]
            against(axes, findings.headlines.drawn[path], findings.headlines.avoided[name], words_for(path)[1])
            axes.tick_params(labelbottom=row == len(names) - 1, labelsize=8)
        grid[row, 0].set_title(findings.label(name), fontsize=9.5)
    for column, path in enumerate(paths):
        grid[-1, column].set_xlabel(words_for(path)[0])
    grid[0, -1].set_title(
        "harm avoided, % of the baseline’s", loc="right", fontsize=8.5, fontweight="normal", color=MUTED
    )
    return figure


def why_not(findings: Findings) -> str:
    """Return why there is nothing to draw."""
    if not findings.policies:
        return "One arm only: no headline to draw."
    return "These runs held the assumptions fixed (luck only): nothing to draw against."


def slope_words(values: Floats, outcome: Floats) -> str:
    """Return the medians of the lowest and the highest third."""
    groups = thirds(values, outcome)
    return f"{signed(groups[0][2])} % in the lowest third, {signed(groups[-1][2])} % in the highest"


def describe(findings: Findings, _: str) -> str:
    """Return the panels in words."""
    names, paths = headlines(findings), deciding(findings.headlines.drawn)
    if not names or not paths:
        return why_not(findings)
    rows = [
        f"{findings.label(name)} against {words_for(path)[0]}: "
        + slope_words(findings.headlines.drawn[path], findings.headlines.avoided[name])
        for name in names
        for path in paths
    ]
    return "Median harm avoided in the model. " + "; ".join(rows) + "."


def table(findings: Findings, _: str) -> Table:
    """Return the thirds of every panel."""
    rows = tuple(
        (
            findings.label(name),
            words_for(path)[0],
            f"{middle:.3g}",
            signed(median, 3),
            f"{signed(low, 3)} to {signed(high, 3)}",
        )
        for name in headlines(findings)
        for path in deciding(findings.headlines.drawn)
        for middle, low, median, high in thirds(findings.headlines.drawn[path], findings.headlines.avoided[name])
    )
    columns = (
        "Arm or contrast",
        "Assumption",
        "Middle of the third",
        "Harm avoided, % (median)",
        "Middle half of the runs",
    )
    return Table(columns=columns, rows=rows)


DRAWING = Drawing(
    name="assumptions",
    heading="Each headline against the two assumptions that decide most",
    reading=(
        "Every run drew its own share of the outside options (how readily operations close, lie low or never "
        "start) and its "
        "own market feedback (how much more each remaining operation earns when others go). A sloping line "
        "means that "
        "the assumption, not the policy, decides."
    ),
    draw=draw,
    describe=describe,
    table=table,
)
