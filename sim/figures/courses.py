"""True and recorded losses over time: what happened, and what police statistics would show."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sim.figures.drawing import Drawing, Table
from sim.figures.findings import Band, Course, Findings, Floats
from sim.figures.look import (
    BLUE,
    INK,
    MUTED,
    ORANGE,
    backing,
    minus,
    percent,
    quiet,
    sheet,
    short_usd,
    wrapped,
)

YEAR = 52.0
COLUMNS = 3


TRUE = {"USD": "true: all money lost", "persons": "true: all victims"}
RECORDED = "recorded: what police statistics show"


def amount(value: float, unit: str) -> str:
    """Return an amount as an axis needs it."""
    return f"{unit} {short_usd(value)}" if unit == "USD" and value else short_usd(value)


def band(axes: Axes, weeks: Floats, spread: Band, colour: str, dash: str = "-") -> None:
    """Draw a median line over its band."""
    axes.fill_between(weeks / YEAR, spread.low, spread.high, color=colour, alpha=0.16, linewidth=0)
    axes.plot(weeks / YEAR, spread.middle, color=colour, linestyle=dash, linewidth=1.8)


def view(courses: Sequence[Course]) -> tuple[float, float]:
    """Return limits that hold every true band and every median; heavy-tailed records may spread beyond."""
    ends = [0.0]
    for course in courses:
        if course.true_change is not None and course.recorded_change is not None:
            shown = (course.true_change.low, course.true_change.high, course.recorded_change.middle)
            ends += [
                float(end(values[np.isfinite(values)], initial=0.0)) for values in shown for end in (np.min, np.max)
            ]
    width = max(max(ends) - min(ends), 1.0)
    return min(ends) - 0.1 * width, max(ends) + 0.1 * width


def years(axes: Axes, weeks: Floats) -> None:
    """Mark the time axis in years after the start, never in calendar years."""
    last = max(1, int(np.ceil(weeks[-1] / YEAR)))
    axes.set_xlim(0, max(weeks[-1] / YEAR, 0.01))
    axes.set_xticks(range(0, last + 1, max(1, last // 5)))


def levels(axes: Axes, weeks: Floats, course: Course, unit: str) -> None:
    """Draw what happened and what was recorded in one arm, a year, each line named at its end."""
    for spread, colour, dash, words in (
        (course.true, BLUE, "-", TRUE[unit]),
        (course.recorded, ORANGE, "--", RECORDED),
    ):
        band(axes, weeks, spread, colour, dash)
        axes.annotate(
            words,
            (weeks[-1] / YEAR, spread.high[-1]),
            xytext=(-4, 3),
            textcoords="offset points",
            va="bottom",
            ha="right",
            color=colour,
            fontsize=9.5,
        )
    axes.set_ylim(0, float(course.true.high.max(initial=1.0)) * 1.18)
    axes.yaxis.set_major_formatter(lambda value, _: amount(value, unit))
    years(axes, weeks)
    quiet(axes, left=True)


def changes(axes: Axes, weeks: Floats, course: Course) -> None:
    """Draw the change of both from the baseline, % of the baseline in the same period."""
    axes.axhline(0, color=INK, linewidth=0.9)
    if course.true_change is not None and course.recorded_change is not None:
        band(axes, weeks, course.true_change, BLUE)
        band(axes, weeks, course.recorded_change, ORANGE, "--")
    axes.yaxis.set_major_formatter(lambda value, _: minus(f"{value:+g} %" if value else "0"))
    years(axes, weeks)
    quiet(axes, left=True)


def draw(findings: Findings, _: str) -> Figure:
    """Return the baseline's levels on top and, below, one small panel of changes for each arm."""
    policies = [arm for arm in findings.policies if findings.courses[arm.name].true_change is not None]
    rows = -(-len(policies) // COLUMNS)
    against = findings.label(findings.baseline)
    title = "True and recorded losses over time in the model"
    footer = findings.footer("band: 90 % of runs; line: median; the panels cut off bands that go on")
    figure = sheet(3.4 + 1.75 * rows, title, footer)
    grid = figure.add_gridspec(rows + 1, COLUMNS, height_ratios=[1.5] + [1.0] * rows)
    top = figure.add_subplot(grid[0, :])
    top.set_title(f"“{against}”: {findings.course_unit} a year")
    levels(top, findings.weeks, findings.courses[findings.baseline], findings.course_unit)
    top.set_xlabel("years after the start")
    first: Axes | None = None
    for place, arm in enumerate(policies):
        axes = figure.add_subplot(grid[1 + place // COLUMNS, place % COLUMNS], sharex=first, sharey=first)
        first = first or axes
        changes(axes, findings.weeks, findings.courses[arm.name])
        axes.set_title(wrapped(arm.label, 28), fontsize=9.5)
        axes.tick_params(labelleft=place % COLUMNS == 0, labelbottom=place + COLUMNS >= len(policies))
        if place + COLUMNS >= len(policies):
            axes.set_xlabel("years after the start")
    if first is not None:
        first.set_ylim(*view([findings.courses[arm.name] for arm in policies]))
        first.annotate(
            "change from the baseline",
            (0.02, 0.04),
            xycoords="axes fraction",
            fontsize=8.5,
            color=MUTED,
            bbox=backing(),
        )
    return figure


def change(value: float) -> str:
    """Return a change in per cent with one decimal."""
    return percent(1, value)[0]


def year_means(values: Floats, weeks: Floats) -> list[tuple[int, float]]:
    """Return (year, mean of the periods in it)."""
    of_year = np.ceil(weeks / YEAR).astype(int) - 1  # weeks are the ends of periods
    return [(int(year) + 1, float(values[of_year == year].mean())) for year in np.unique(of_year)]


def describe(findings: Findings, _: str) -> str:
    """Return the lines in words: first and last year, the baseline and each arm's last change."""
    base = findings.courses[findings.baseline]
    ends = []
    for words, spread in (("true", base.true), ("recorded", base.recorded)):
        means = year_means(spread.middle, findings.weeks)
        ends.append(f"{words} {short_usd(means[0][1])} in year 1, {short_usd(means[-1][1])} in year {means[-1][0]}")
    lasts = []
    for arm in findings.policies:
        course = findings.courses[arm.name]
        if course.true_change is not None and course.recorded_change is not None:
            true = year_means(course.true_change.middle, findings.weeks)[-1][1]
            recorded = year_means(course.recorded_change.middle, findings.weeks)[-1][1]
            lasts.append(f"{arm.label}: true {change(true)} %, recorded {change(recorded)} %")
    changes_words = f" Change from the baseline in the last year: {'; '.join(lasts)}." if lasts else ""
    beginning = f"Under “{findings.label(findings.baseline)}”, {findings.course_unit} a year in the model"
    return f"{beginning}: {'; '.join(ends)}.{changes_words}"


def table(findings: Findings, _: str) -> Table:
    """Return the yearly means of true and recorded losses of every arm, in some years."""
    size, unit = scale(findings)
    years_ = [year for year, _ in year_means(findings.weeks, findings.weeks)]
    chosen = [year for year in years_ if year in (1, 2, 3, 5) or year % 10 == 0 or year == years_[-1]]
    rows = []
    for arm in findings.arms:
        course = findings.courses[arm.name]
        for words, spread in (("true", course.true), ("recorded", course.recorded)):
            means = dict(year_means(spread.middle, findings.weeks))
            rows.append((arm.label, words, *(f"{means[year] / size:,.1f}" for year in chosen)))
    columns = ("Arm", f"Median, {unit} a year", *(f"Year {year}" for year in chosen))
    return Table(columns=columns, rows=tuple(rows))


def scale(findings: Findings) -> tuple[float, str]:
    """Return the unit in which the amounts of the table are short."""
    largest = max(float(course.true.middle.max(initial=0.0)) for course in findings.courses.values())
    size, words = next(((s, w) for s, w in ((1e9, "billion "), (1e6, "million ")) if largest >= s), (1.0, ""))
    return size, f"{words}{findings.course_unit}"


DRAWING = Drawing(
    name="true-and-recorded",
    heading="What happens, and what statistics would show",
    reading=(
        "The upper panel shows the baseline: everything lost (solid) and the part that victims report (dashed). The "
        "small panels show, for each arm, how far both move from the baseline in runs with the same luck. Where the "
        "two lines part, police statistics would mislead."
    ),
    draw=draw,
    describe=describe,
    table=table,
)
