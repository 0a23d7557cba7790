"""Every headline against the two assumptions that decide most: outside options and market feedback."""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sim.figures.drawing import Drawing, Table
from sim.figures.findings import Findings, Floats
from sim.figures.look import BLUE, GREY, INK, minus, note, percent, quiet, sheet, signed, wrapped

THIRDS = 3
ENOUGH = 12  # runs: four in each third; below it there is no slope to read
BLOCKS = 2  # headlines side by side
NAMES = {
    "parameters.choice.outside_factor": ("share of the outside options\n(multiple of the default)", "log"),
    "crowding_elasticity": ("market feedback\n(crowding elasticity)", "linear"),
}


def words_for(path: str) -> tuple[str, str]:
    """Return the words and the scale of the axis of a drawn parameter."""
    known = next((entry for key, entry in NAMES.items() if path.endswith(key)), None)
    return known or (path.rsplit(".", 1)[-1].replace("_", " "), "linear")


def flat(path: str) -> str:
    """Return the words for a drawn parameter on one line."""
    return words_for(path)[0].replace("\n", " ")


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


def enough(outcome: Floats) -> bool:
    """Return whether so many runs have an outcome that thirds of them mean something."""
    return int(np.isfinite(outcome).sum()) >= ENOUGH


def against(axes: Axes, values: Floats, outcome: Floats, scale: str) -> None:
    """Draw each run as a dot and, if they are enough, the median and half of the runs in each third of the values."""
    axes.axhline(0, color=INK, linewidth=0.8)
    axes.scatter(values, outcome, s=14, color=GREY, alpha=0.65, linewidths=0)
    groups = thirds(values, outcome) if enough(outcome) else []
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
    title = "How each headline depends on two assumptions in the model"
    thick = "blue: median and half of each third" if sloped(findings) else too_few(findings)
    footer = findings.footer(f"upwards: harm avoided, % of the baseline’s; grey dots: runs; {thick}")
    if not names or not paths:
        figure = sheet(2.2, title, footer)
        note(figure.subplots(), why_not(findings))
        return figure
    rows = -(-len(names) // BLOCKS)
    figure = sheet(1.9 + 1.5 * rows, title, footer)
    blocks = [list(range(block * len(paths), (block + 1) * len(paths))) for block in range(BLOCKS)]
    grid = figure.subplots(rows, BLOCKS * len(paths), squeeze=False, sharex="col")
    for place, name in enumerate(names):
        row, columns = place % rows, blocks[place // rows]
        panels(grid[row, columns], findings, name, paths, last=row == rows - 1 or place == len(names) - 1)
    for empty in range(len(names), rows * BLOCKS):
        for column in blocks[empty // rows]:
            grid[empty % rows, column].set_visible(False)
    return figure


def panels(beside: npt.NDArray[np.object_], findings: Findings, name: str, paths: list[str], *, last: bool) -> None:
    """Draw one headline against each assumption, all on one scale."""
    for axes, path in zip(beside, paths, strict=True):
        against(axes, findings.headlines.drawn[path], findings.headlines.avoided[name], words_for(path)[1])
        axes.tick_params(labelbottom=last, labelleft=axes is beside[0], labelsize=8)
        if last:
            axes.set_xlabel(words_for(path)[0], fontsize=8.5)
    limits = np.array([axes.get_ylim() for axes in beside])
    for axes in beside:
        axes.set_ylim(limits[:, 0].min(), limits[:, 1].max())
    beside[0].set_title(wrapped(findings.label(name), 52), fontsize=9)


def sloped(findings: Findings) -> bool:
    """Return whether any headline has enough runs for a slope."""
    return any(enough(findings.headlines.avoided[name]) for name in headlines(findings))


def too_few(findings: Findings) -> str:
    """Return why no slope is drawn."""
    return f"{findings.runs} run{'s' * (findings.runs != 1)}: too few for a slope (it takes {ENOUGH})"


def why_not(findings: Findings) -> str:
    """Return why there is nothing to draw."""
    if not findings.policies:
        return "One arm only: no headline to draw."
    return "These runs held the assumptions fixed (luck only): nothing to draw against."


def slope_words(values: Floats, outcome: Floats) -> str:
    """Return the medians of the lowest and the highest third."""
    if not enough(outcome):
        return "too few runs for a slope"
    groups = thirds(values, outcome)
    return f"{signed(groups[0][2])} % in the lowest third, {signed(groups[-1][2])} % in the highest"


def describe(findings: Findings, _: str) -> str:
    """Return the panels in words."""
    names, paths = headlines(findings), deciding(findings.headlines.drawn)
    if not names or not paths:
        return why_not(findings)
    rows = [
        f"{findings.label(name)} against {flat(path)}: "
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
            flat(path),
            f"{middle:.3g}",
            percent(findings.decimals, median)[0],
            " to ".join(percent(findings.decimals, low, high)),
        )
        for name in headlines(findings)
        for path in deciding(findings.headlines.drawn)
        if enough(findings.headlines.avoided[name])
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
        "Every run drew its own share of the outside options (how readily operations close, lie low or never start) "
        "and its own market feedback (how much more each remaining operation earns when others go). A sloping line "
        f"means that the assumption, not the policy, decides; below {ENOUGH} runs there is no line, because thirds of "
        "so few say nothing."
    ),
    draw=draw,
    describe=describe,
    table=table,
)
