"""How much of what goes away in the treated countries comes back elsewhere, and when."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sim.figures.drawing import Drawing, Table
from sim.figures.findings import Band, Findings, Floats, Leakage
from sim.figures.look import (
    BLUE,
    GAP,
    GREY,
    INK,
    MUTED,
    ORANGE,
    PLUM,
    backing,
    key,
    minus,
    note,
    quiet,
    share,
    sheet,
    week_words,
    wrapped,
)

SIDES = {"host": (BLUE, "o", "by host"), "victim": (PLUM, "^", "by victims' country")}
YEAR = 52.0
VIEW = (-0.7, 1.6)  # beyond it a line leaves the picture; its numbers stay in the table
COLUMNS = 3


def undefined_words(leakage: Leakage) -> str:
    """Return what stands where there is no leakage to draw."""
    if not leakage.anywhere:
        return "undefined: this arm treats no country"
    if not leakage.elsewhere:
        return "no elsewhere: this arm treats every country"
    pairs = f"{leakage.n_undefined} of {leakage.n} pairs"
    return f"undefined: harm in the treated countries did not fall on average (nor in {pairs})"


def one(axes: Axes, place: float, leakage: Leakage) -> None:
    """Draw one leakage with its 90 % line, and the mechanical one as a hollow diamond."""
    colour, marker, _ = SIDES[leakage.side]
    if not leakage.defined:
        words = undefined_words(leakage)
        axes.text(0.02, place, words, va="center", color=MUTED, fontsize=8.5, bbox=backing())
        return
    if VIEW[0] < leakage.simulated < VIEW[1]:
        line(axes, place, leakage, colour)
        axes.plot(
            leakage.simulated,
            place,
            marker=marker,
            color=colour,
            markersize=8,
            markeredgecolor="white",
            zorder=4,
        )
    else:
        off_the_picture(axes, place, leakage, colour)
    if np.isfinite(leakage.mechanical):
        mechanical(axes, place, leakage.mechanical)


def mechanical(axes: Axes, place: float, value: float) -> None:
    """Draw a mechanical leakage as a hollow diamond, or write it at the edge it lies beyond."""
    if not VIEW[0] < value < VIEW[1]:
        edge, side = (VIEW[0] + 0.02, "left") if value <= VIEW[0] else (VIEW[1] - 0.02, "right")
        words = f"◇ {share(value)}"
        axes.text(edge, place - 0.2, words, ha=side, va="center", color=ORANGE, fontsize=8.5)
        return
    hollow: Any = {"markerfacecolor": "none", "markeredgecolor": ORANGE, "markeredgewidth": 1.6}
    axes.plot(value, place, marker="D", markersize=7.5, zorder=5, **hollow)


def line(axes: Axes, place: float, leakage: Leakage, colour: str) -> None:
    """Draw the 90 % line, with an arrow where it goes on beyond the picture or has no limit."""
    low = VIEW[0] if np.isnan(leakage.lo90) else float(np.clip(leakage.lo90, *VIEW))
    high = VIEW[1] if np.isnan(leakage.hi90) else float(np.clip(leakage.hi90, *VIEW))
    axes.plot([low, high], [place, place], color=colour, linewidth=1.8, solid_capstyle="butt")
    if not leakage.lo90 >= VIEW[0]:
        axes.plot(VIEW[0], place, marker="<", color=colour, markersize=6, clip_on=False)
    if not leakage.hi90 <= VIEW[1]:
        axes.plot(VIEW[1], place, marker=">", color=colour, markersize=6, clip_on=False)


def off_the_picture(axes: Axes, place: float, leakage: Leakage, colour: str) -> None:
    """Say at its edge what a leakage means that lies beyond the picture: words, and no line through them."""
    left = leakage.simulated <= VIEW[0]
    axes.text(
        VIEW[0] + 0.04 if left else VIEW[1] - 0.04,
        place,
        brief(leakage),
        ha="left" if left else "right",
        va="center",
        color=colour,
        fontsize=8.5,
        bbox=backing(),
        zorder=6,
    )


def beside(axes: Axes, findings: Findings) -> None:
    """Draw both sides of every arm, a row each."""
    ticks = []
    for place, arm in enumerate(findings.policies):
        entries = findings.leakages[arm.name]
        ticks.append((place, wrapped(arm.label, 34)))
        for step, leakage in enumerate(entries):
            one(axes, place + (step - (len(entries) - 1) / 2) * 0.36, leakage)
    axes.set_yticks([place for place, _ in ticks], [label for _, label in ticks])
    axes.set_ylim(len(ticks) - 0.35, -1.15)
    marks(axes)


def marks(axes: Axes) -> None:
    """Draw and name the lines of no leakage and full leakage."""
    axes.set_xlim(*VIEW)
    for value, words in ((0.0, "0: nothing came back"), (1.0, "1: all of it came back")):
        axes.plot([value, value], [-0.65, axes.get_ylim()[0]], color=INK, linewidth=1.0, zorder=1)
        axes.text(value, -0.85, words, ha="center", va="center", fontsize=9, color=INK, bbox=backing())
    axes.xaxis.set_major_formatter(lambda value, _: minus(f"{value:g}"))
    axes.grid(axis="x", color=GREY, alpha=0.18, linewidth=0.8)
    axes.set_axisbelow(True)
    axes.set_xlabel(f"◀ less harm elsewhere too{GAP}leakage{GAP}more harm overall ▶")
    quiet(axes)


def draw(findings: Findings, _: str) -> Figure:
    """Return the chart of simulated leakage beside mechanical leakage."""
    title = "Leakage in the model, beside what the choice rule alone would give"
    figure = sheet(
        1.9 + 0.72 * max(1, len(findings.policies)),
        title,
        findings.footer("harm; line: 90 % interval; arrow: it goes on, or has no limit"),
    )
    axes = figure.subplots()
    if not findings.policies:
        note(axes, "One arm only: leakage needs a baseline to compare with.")
        return figure
    key(
        axes,
        [
            ("● where operations sit (host)", BLUE),
            ("▲ where victims live", PLUM),
            ("◇ choice rule alone (host)", ORANGE),
        ],
    )
    beside(axes, findings)
    return figure


def words(leakage: Leakage) -> str:
    """Return one leakage as words."""
    side = SIDES[leakage.side][2]
    if not leakage.defined:
        return f"{side} {undefined_words(leakage)}"
    value = f"{side} {share(leakage.simulated)} (90 %: {limits(leakage.lo90, leakage.hi90)})"
    return f"{value}, choice rule alone {rule_alone(leakage)}" if leakage.side == "host" else value


def rule_alone(leakage: Leakage) -> str:
    """Return what the choice rule alone would give, as a table has it."""
    return share(leakage.mechanical) if np.isfinite(leakage.mechanical) else "none"


def brief(leakage: Leakage) -> str:
    """Return one leakage as short as a table needs it; a ratio to a smaller change inside is no number."""
    if not leakage.defined:
        return undefined_words(leakage).split(":")[0]
    if leakage.swamped:
        if leakage.hi90 < 0.0:
            return "none: harm fell elsewhere too"
        return f"not determined ({limits(leakage.lo90, leakage.hi90)})"
    return f"{share(leakage.simulated)} ({limits(leakage.lo90, leakage.hi90)})"


def readable(entries: Sequence[Leakage]) -> str:
    """Return the leakage by host and, where its ratio says little, the one by victims' country."""
    by_side = {one.side: one for one in entries}
    host, victim = by_side["host"], by_side.get("victim")
    if host.defined and host.swamped and victim is not None and victim.defined:
        return f"{brief(host)}; {SIDES['victim'][2]} {brief(victim)}"
    return brief(host)


def limits(low: float, high: float) -> str:
    """Return the ends of an interval; an end that the runs do not set has no number."""
    if np.isnan(low) and np.isnan(high):
        return "no limits"
    return f"{'no limit' if np.isnan(low) else share(low)} to {'no limit' if np.isnan(high) else share(high)}"


def describe(findings: Findings, _: str) -> str:
    """Return the chart in words, in the file's order."""
    rows = (f"{arm.label}: " + ", ".join(words(e) for e in findings.leakages[arm.name]) for arm in findings.policies)
    return (
        f"Leakage of harm in the model over {week_words(*findings.window)}; arms are not ranked by it, "
        f"because an arm that "
        f"removes more can push out more. {'; '.join(rows) or 'One arm only'}."
    )


def table(findings: Findings, _: str) -> Table:
    """Return every leakage with its interval."""
    rows = tuple(
        (
            arm.label,
            SIDES[e.side][2],
            e.measure,
            share(e.simulated) if e.defined else undefined_words(e),
            limits(e.lo90, e.hi90) if e.defined else "",
            rule_alone(e),
            f"{e.n_undefined} of {e.n}",
        )
        for arm in findings.policies
        for e in findings.leakages[arm.name]
    )
    columns = ("Arm", "Side", "Measure", "Simulated", "90 %", "Mechanical", "Undefined in")
    return Table(columns=columns, rows=rows)


LEAKAGE = Drawing(
    name="leakage",
    heading="Leakage, simulated and mechanical",
    reading=(
        "Leakage is the rise outside the treated countries as a share of the fall inside them: 0 nothing came back, 1 "
        "all of it, above 1 more harm overall, below 0 harm fell elsewhere too. Where it fell elsewhere by more than "
        "inside, the benefit spread and the ratio says little: for instruments that protect victims, read the side "
        "where victims live. The hollow diamond is what the choice rule alone would give, without learning, raids or "
        "market. Arms are never ranked by leakage: an arm that removes more can push out more and still leave less "
        "harm."
    ),
    draw=draw,
    describe=describe,
    table=table,
)


# --- over weeks ------------------------------------------------------------------------------------


def curve(
    axes: Axes, weeks: Floats, spread: Band, start: float, *, elsewhere: bool = True, alone: Floats | None = None
) -> None:
    """Draw leakage from the first studied week to each period's end, or words where there is none.

    `alone` is what the choice rule alone would give: a dotted line beside it.
    """
    known = np.isfinite(spread.middle) & elsewhere
    low, high = (np.where(np.isnan(end), edge, end) for end, edge in zip((spread.low, spread.high), VIEW, strict=True))
    axes.axhline(0, color=INK, linewidth=0.9)
    axes.axhline(1, color=INK, linewidth=0.9, linestyle=":")
    axes.axvline(start / YEAR, color=GREY, linewidth=0.8, linestyle="--")
    axes.fill_between(weeks / YEAR, low, high, where=known, color=BLUE, alpha=0.16, linewidth=0)
    axes.plot(weeks[known] / YEAR, spread.middle[known], color=BLUE, linewidth=1.8)
    if alone is not None and elsewhere:
        axes.plot(weeks / YEAR, alone, color=ORANGE, linewidth=1.6, linestyle=(0, (1, 1.2)))
    if words := instead(spread.middle[known], spread.low[known], spread.high[known], elsewhere=elsewhere):
        axes.text(0.5, 0.48, words, transform=axes.transAxes, ha="center", color=MUTED, fontsize=9, bbox=backing())
    axes.set_ylim(*VIEW)
    axes.set_xlim(0, float(weeks[-1]) / YEAR)
    axes.yaxis.set_major_formatter(lambda value, _: minus(f"{value:g}"))
    quiet(axes, left=True)


def instead(middle: Floats, low: Floats, high: Floats, *, elsewhere: bool) -> str:
    """Return the words for a curve that cannot be seen, or none; they claim no more than the last interval."""
    if not elsewhere:
        return "every country is treated"
    if not len(middle):
        return "undefined throughout"
    seen = (middle > VIEW[0]) & (middle < VIEW[1])
    if seen.any():
        return ""
    if middle[-1] >= VIEW[1] and low[-1] > 1.0:
        return "above the picture"
    if high[-1] < -1.0:
        return "harm fell elsewhere too,\nby more than inside"
    return "harm fell elsewhere too" if high[-1] < 0.0 else "not determined"


def draw_curves(findings: Findings, _: str) -> Figure:
    """Return a small panel of leakage over weeks for each arm."""
    policies = findings.policies
    rows = max(1, -(-len(policies) // COLUMNS))
    title = "Leakage in the model depends on how long one looks"
    figure = sheet(
        1.6 + 1.75 * rows,
        title,
        findings.footer(
            "harm by host, from week 0 up to each time; band: 90 % interval; dotted line: the choice rule alone; "
            f"dashed: week {findings.window[0]}, where the window of the other figures begins"
        ),
    )
    if not policies:
        note(figure.subplots(), "One arm only: leakage needs a baseline to compare with.")
        return figure
    panels = figure.subplots(rows, COLUMNS, sharex=True, sharey=True, squeeze=False)
    for place, axes in enumerate(panels.flat):
        if place >= len(policies):
            axes.set_visible(False)
            continue
        name = policies[place].name
        elsewhere = all(one.elsewhere for one in findings.leakages[name])
        alone = findings.mechanical_curves.get(name)
        curve(axes, findings.weeks, findings.curves[name], findings.window[0], elsewhere=elsewhere, alone=alone)
        axes.set_title(wrapped(policies[place].label, 28), fontsize=9.5)
        axes.tick_params(labelbottom=place + COLUMNS >= len(policies))
        if place + COLUMNS >= len(policies):
            axes.set_xlabel("years after the start")
    panels[0, 0].text(
        0.99,
        1.05,
        "all came back",
        transform=panels[0, 0].get_yaxis_transform(),
        ha="right",
        fontsize=8,
        color=MUTED,
    )
    return figure


def at_years(findings: Findings, arm: str) -> list[tuple[str, float, float, float, float]]:
    """Return leakage up to the ends of years 1, 2, 3, 5 and the last, and what the choice rule alone would give."""
    spread, weeks = findings.curves[arm], findings.weeks
    alone = findings.mechanical_curves.get(arm, np.full_like(weeks, np.nan))
    last = weeks[-1] / YEAR
    ends = [year for year in (0.5, 1, 2, 3, 5, 10) if year <= last + 0.15]
    found = [int(np.argmin(np.abs(weeks / YEAR - year))) for year in ends]
    return [
        (f"{year:g}", float(spread.middle[i]), float(spread.low[i]), float(spread.high[i]), float(alone[i]))
        for year, i in zip(ends, found, strict=True)
    ]


def describe_curves(findings: Findings, _: str) -> str:
    """Return the curves in words."""
    rows = (
        f"{arm.label}: "
        + ", ".join(
            f"{share(middle)} by year {year}" + (f" ({share(alone)} by rule alone)" if np.isfinite(alone) else "")
            for year, middle, _, _, alone in at_years(findings, arm.name)
        )
        for arm in findings.policies
    )
    return "Leakage of harm by host in the model, cumulated: " + ("; ".join(rows) or "one arm only") + "."


def curve_table(findings: Findings, _: str) -> Table:
    """Return leakage up to some years."""
    rows = tuple(
        (arm.label, year, share(middle), limits(low, high), share(alone) if np.isfinite(alone) else "none")
        for arm in findings.policies
        for year, middle, low, high, alone in at_years(findings, arm.name)
    )
    return Table(columns=("Arm", "Up to year", "Leakage", "90 %", "Mechanical"), rows=rows)


CURVES = Drawing(
    name="leakage-over-weeks",
    heading="Leakage over weeks",
    reading=(
        "The same policy can leak little at first and more later: leakage without its window says nothing. At the "
        "straight dotted line, 1, all of it came back; the other dotted line is what the choice rule alone would give."
    ),
    draw=draw_curves,
    describe=describe_curves,
    table=curve_table,
)
