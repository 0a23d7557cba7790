"""From where to where operations moved."""

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.colors import Normalize
from matplotlib.figure import Figure

from sim.figures.drawing import Drawing, Table
from sim.figures.findings import Findings, Floats
from sim.figures.look import (
    FAINT,
    FEW_MANY,
    GREY,
    MUTED,
    PAPER,
    minus,
    note,
    number,
    quiet,
    readable_on,
    sheet,
    signed,
)

SHOWN = 11  # countries with the most moves; the others are summed
ELSEWHERE = "others"
LEAST = 0.05  # operations a year: fewer are not told
EMPTY = 0.25  # operations a year: fewer, and no such change, leave a cell empty
Flow = tuple[str, str, float, float]  # origin, destination, moves a year, rise against the baseline


def regional(findings: Findings, chosen: npt.NDArray[np.bool_]) -> list[int]:
    """Return the chosen countries by region and then by name: an order that ranks nobody."""
    places = [i for i in range(len(findings.places)) if chosen[i]]
    return sorted(places, key=lambda i: (findings.places[i].region, findings.places[i].name))


def busiest(moves: Floats, most: int) -> npt.NDArray[np.bool_]:
    """Return which countries take part in moves, at most so many."""
    flow = moves.sum(axis=0) + moves.sum(axis=1) - 2 * np.diag(moves)
    order = np.argsort(-flow, kind="stable")[:most]
    chosen = np.zeros(len(flow), dtype=np.bool_)
    chosen[order] = True
    chosen &= flow >= max(0.1, 0.005 * float(flow.sum()))
    return chosen


def gathered(moves: Floats, shown: list[int]) -> Floats:
    """Return the moves among the shown countries, with one more row and column for all others."""
    others = [i for i in range(len(moves)) if i not in set(shown)]
    groups = [[i] for i in shown] + ([others] if others else [])
    return np.array([[moves[np.ix_(rows, columns)].sum() for columns in groups] for rows in groups])


def names(findings: Findings, shown: list[int], cells: Floats) -> list[str]:
    """Return the headings of the rows and columns."""
    codes = [findings.places[i].code for i in shown]
    return codes + ([ELSEWHERE] if len(cells) > len(codes) else [])


def matrix(axes: Axes, cells: Floats, extra: Floats | None, headings: list[str], most: float) -> None:
    """Draw moves as shades and numbers, and below each number the change, if there is one."""
    shown = cells * (1.0 - np.eye(len(cells)))
    changed = np.zeros(shown.shape) if extra is None else extra * (1.0 - np.eye(len(cells)))
    told = (shown >= EMPTY) | (np.abs(changed) >= EMPTY)
    shades = Normalize(0.0, np.sqrt(max(most, 0.1)), clip=True)
    axes.set_facecolor(FAINT)
    axes.pcolormesh(np.ma.masked_where(~told, np.sqrt(shown)), cmap=FEW_MANY, norm=shades)
    for line in range(len(cells) + 1):
        axes.axhline(line, color=PAPER, linewidth=2.0)
        axes.axvline(line, color=PAPER, linewidth=2.0)
    for (row, column), value in np.ndenumerate(shown):
        if row == column:
            axes.text(column + 0.5, row + 0.5, "–", ha="center", va="center", color=GREY)
        elif told[row, column]:
            change = tenths(float(changed[row, column]), sign=True)
            words = [tenths(float(value)), *([] if change == "0" else [f"({change})"])]
            write(axes, row, column, words, readable_on(FEW_MANY(shades(np.sqrt(value)))), len(cells))
    headings_around(axes, headings)


def headings_around(axes: Axes, headings: list[str]) -> None:
    """Write origins on the left and destinations on top."""
    middle = np.arange(len(headings)) + 0.5
    axes.set_xticks(middle, headings)
    axes.set_yticks(middle, headings)
    axes.set_ylim(len(headings), 0)
    if len(headings) < 8:
        axes.set_aspect(0.86, anchor="W")
    axes.xaxis.tick_top()
    axes.xaxis.set_label_position("top")
    axes.tick_params(top=False, labelsize=9 if len(headings) <= 12 else 8)
    axes.set_xlabel("to", loc="left")
    axes.set_ylabel("from", loc="top", rotation=0, labelpad=14)
    quiet(axes, bottom=False)


def write(axes: Axes, row: int, column: int, words: list[str], ink: str, cells: int) -> None:
    """Write the moves and, below, their change into a cell."""
    size = 9.0 if cells <= 12 else 8.0
    places = (0.34, 0.72) if len(words) == 2 else (0.5,)
    for place, text, smaller in zip(places, words, (0.0, 1.0), strict=False):
        axes.text(column + 0.5, row + place, text, ha="center", va="center", color=ink, fontsize=size - smaller)


def tenths(value: float, *, sign: bool = False) -> str:
    """Return a number of operations: whole above ten, else with one decimal."""
    text = f"{value:,.0f}" if abs(value) >= 9.95 else f"{value:.1f}"
    text = "0" if text in {"0.0", "-0.0"} else text
    return minus(f"+{text}" if sign and value > 0 and text != "0" else text)


def cells_of(findings: Findings, arm: str) -> tuple[Floats, Floats, list[str], list[int]]:
    """Return the moves of the arm, their change from the baseline, the headings and the countries shown."""
    moves, before = findings.moves[arm], findings.moves[findings.baseline]
    shown = regional(findings, busiest(moves + before, SHOWN))
    cells, extra = gathered(moves, shown), gathered(moves - before, shown)
    return cells, extra, names(findings, shown, cells), shown


def draw(findings: Findings, arm: str) -> Figure:
    """Return the matrix of one arm."""
    cells, extra, headings, shown = cells_of(findings, arm)
    title = f"Moves under “{findings.label(arm)}” in the model"
    plain = arm == findings.baseline
    more = "" if plain else "; in brackets: change from the baseline"
    footer = findings.footer(f"means over runs, operations a year{more}; grey: less than one in {1 / EMPTY:g} years")
    if not shown:
        figure = sheet(2.2, title, footer)
        note(figure.subplots(), "No operation moved to another country in these runs.")
        return figure
    figure = sheet(1.9 + 0.42 * len(headings), title, footer)
    axes = figure.subplots()
    most = max(float((m * (1.0 - np.eye(len(m)))).max(initial=0.0)) for m in findings.moves.values())
    matrix(axes, cells, None if plain else extra, headings, most)
    axes.text(
        1.02,
        1.0,
        "\n".join(legend(findings, shown)),
        transform=axes.transAxes,
        va="top",
        fontsize=8.5,
        color=MUTED,
        linespacing=1.5,
    )
    return figure


def legend(findings: Findings, shown: list[int]) -> list[str]:
    """Return the names behind the codes, region by region."""
    lines: list[str] = []
    for place, i in enumerate(shown):
        region = findings.places[i].region
        if place == 0 or region != findings.places[shown[place - 1]].region:
            lines += ([""] if lines else []) + [region.upper()]
        lines.append(f"{findings.places[i].code}  {findings.places[i].name}")
    rest = len(findings.places) - len(shown)
    return [*lines, "", f"others: {rest} more"] if rest else lines


def describe(findings: Findings, arm: str) -> str:
    """Return the matrix in words: the total and the three largest rises."""
    moves, before = findings.moves[arm], findings.moves[findings.baseline]
    total, usual = (float(m.sum() - np.trace(m)) for m in (moves, before))
    rises = largest_rises(findings, arm, 3)
    words = "; ".join(f"{a} to {b} {signed(rise)}" for a, b, _, rise in rises)
    return (
        f"Under “{findings.label(arm)}”, {number(total)} operations a year move to another country in the "
        f"model, "
        f"{number(usual)} under the baseline." + (f" Largest rises: {words}." if words else "")
    )


def largest_rises(findings: Findings, arm: str, most: int) -> list[Flow]:
    """Return (origin, destination, moves, rise) of the flows that rise most against the baseline."""
    moves = findings.moves[arm]
    rise = moves - findings.moves[findings.baseline]
    rise = rise * (1.0 - np.eye(len(rise)))
    order = np.argsort(-rise, axis=None, kind="stable")[:most]
    pairs = [divmod(int(i), len(rise)) for i in order]
    codes = findings.codes
    return [(codes[a], codes[b], float(moves[a, b]), float(rise[a, b])) for a, b in pairs if rise[a, b] >= 0.05]


def largest_flows(findings: Findings, arm: str, most: int) -> list[Flow]:
    """Return the flows with the most moves, each as (origin, destination, moves, moves)."""
    moves = findings.moves[arm] * (1.0 - np.eye(len(findings.places)))
    order = np.argsort(-moves, axis=None, kind="stable")[:most]
    pairs = [divmod(int(i), len(moves)) for i in order]
    codes = findings.codes
    return [(codes[a], codes[b], float(moves[a, b]), float(moves[a, b])) for a, b in pairs if moves[a, b] >= 0.05]


def table(findings: Findings, arm: str) -> Table:
    """Return every flow of at least a tenth of an operation a year, in alphabetical order."""
    moves, before = findings.moves[arm], findings.moves[findings.baseline]
    rows = tuple(
        (
            findings.places[a].name,
            findings.places[b].name,
            tenths(float(moves[a, b])),
            tenths(float(before[a, b])),
        )
        for a, b in sorted(
            np.ndindex(moves.shape),
            key=lambda pair: (findings.places[pair[0]].name, findings.places[pair[1]].name),
        )
        if a != b and max(moves[a, b], before[a, b]) >= 0.1
    )
    return Table(columns=("From", "To", "Operations a year", "Under the baseline"), rows=rows)


DRAWING = Drawing(
    name="moves",
    heading="From where to where operations moved",
    reading=(
        "Rows are the countries operations left, columns those they went to; dark cells hold many moves. In brackets, "
        "the change from the baseline: some operations move in any year. Countries stand by region and name, not by "
        "rank."
    ),
    draw=draw,
    describe=describe,
    table=table,
    per_arm=True,
    of_baseline=True,
)
