"""Who pays and who gains, country by country, and what was planned and spent."""

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator

from sim.figures.drawing import Drawing, Table
from sim.figures.findings import Band, Findings, Floats, Ledger, Spending
from sim.figures.look import (
    BLUE,
    GAP,
    GREEN,
    GREY,
    INK,
    MUTED,
    ORANGE,
    PLUM,
    key,
    minus,
    number,
    quiet,
    sheet,
    short_usd,
    usd,
    wrapped,
)

SHOWN = 32  # countries; a page holds no more


def spreads(ledger: Ledger) -> tuple[Band, ...]:
    """Return all amounts of a ledger."""
    return ledger.cost, ledger.private, ledger.avoided, ledger.hosted


def largest(ledger: Ledger, most: int) -> npt.NDArray[np.bool_]:
    """Return the countries with the largest amounts, at most so many, and none without any."""
    size: Floats = np.sum([np.abs(spread.middle) for spread in spreads(ledger)], axis=0)
    chosen = np.zeros(len(size), dtype=np.bool_)
    chosen[np.argsort(-size, kind="stable")[:most]] = True
    chosen &= size > 0
    return chosen


def alphabetical(findings: Findings, chosen: npt.NDArray[np.bool_]) -> list[int]:
    """Return the chosen countries in the order of their names: an order that ranks nobody."""
    return sorted(np.flatnonzero(chosen).tolist(), key=lambda i: findings.places[i].name)


def signed_log(axes: Axes, reach: float, smallest: float) -> None:
    """Give the axis a scale that shows thousands and billions, losses left and gains right of zero."""
    axes.set_xscale("symlog", linthresh=smallest, linscale=0.6)
    top = max(reach, smallest * 10)
    powers = [10.0**p for p in range(int(np.log10(smallest)), int(np.ceil(np.log10(top))) + 1)]
    step = max(1, -(-len(powers) // 4))
    ticks = powers[::-1][: len(powers) - 1 : step][::-1]  # the smallest would stand in the zero's way
    axes.set_xlim(-top * 2.5, top * 2.5)
    axes.xaxis.set_major_locator(FixedLocator([*(-t for t in reversed(ticks)), 0.0, *ticks]))
    axes.xaxis.set_minor_locator(FixedLocator([]))
    axes.xaxis.set_major_formatter(lambda value, _: f"{'−' if value < 0 else ''}{short_usd(abs(value))}")


def points(axes: Axes, rows: list[int], spread: Band, marker: str, colour: str) -> None:
    """Draw one amount a country: filled where its 90 % interval keeps one sign, hollow where not, none for nothing."""
    for place, country in enumerate(rows):
        if not spread.middle[country]:
            continue
        filled = bool(spread.clear[country])
        axes.plot(
            [spread.low[country], spread.high[country]],
            [place, place],
            color=colour,
            linewidth=1.1,
            alpha=0.7,
        )
        axes.plot(
            spread.middle[country],
            place,
            marker=marker,
            color=colour,
            markersize=6.5,
            zorder=4,
            markerfacecolor=colour if filled else "white",
            linestyle="none",
        )


def dumbbells(axes: Axes, rows: list[int], ledger: Ledger) -> None:
    """Draw what each country and its users pay (left) joined to the harm its residents are spared (right)."""
    paid, private = left_of_zero(ledger.cost), left_of_zero(ledger.private)
    for place, country in enumerate(rows):
        ends = [min(paid.middle[country], private.middle[country]), ledger.avoided.middle[country]]
        axes.plot(ends, [place, place], color=GREY, linewidth=3.5, alpha=0.25, solid_capstyle="round")
    points(axes, rows, paid, "s", ORANGE)
    points(axes, rows, ledger.avoided, "o", BLUE)
    points(axes, rows, private, "D", PLUM)


def left_of_zero(cost: Band) -> Band:
    """Return a cost as a loss."""
    return Band(middle=-cost.middle, low=-cost.high, high=-cost.low)


def finish(axes: Axes, count: int) -> None:
    """Draw the zero line and leave only the rows."""
    axes.axvline(0, color=INK, linewidth=0.9, zorder=1)
    axes.set_ylim(count - 0.4, -0.9)
    axes.grid(axis="x", color=GREY, alpha=0.18, linewidth=0.8)
    axes.tick_params(axis="x", labelsize=8)
    quiet(axes)


def draw(findings: Findings, arm: str) -> Figure:
    """Return the ledger of one arm: paid and spared on the left, harm from the territory on the right."""
    ledger = findings.ledgers[arm]
    rows = alphabetical(findings, largest(ledger, SHOWN))
    more = "against the baseline; means, 90 % intervals; hollow: the interval holds zero; no mark: no change"
    left_out = len(findings.places) - len(rows)
    if left_out:
        more += f"; {left_out} countries with smaller or no amounts are in the table"
    title = f"Who pays and who gains under “{findings.label(arm)}” in the model"
    figure = sheet(2.5 + 0.27 * max(2, len(rows)), title, findings.footer(more))
    left, right = figure.subplots(1, 2, sharey=True, width_ratios=[1.25, 1.0])
    amounts = np.concatenate([np.abs(s.middle[rows]) for s in spreads(ledger)])
    reach, smallest = float(amounts.max(initial=1e6)), smallest_shown(amounts)
    dumbbells(left, rows, ledger)
    points(right, rows, ledger.hosted, "^", GREEN)
    for axes in (left, right):
        finish(axes, len(rows))
        signed_log(axes, reach, smallest)
    left.set_yticks(range(len(rows)), [findings.places[i].name for i in rows])
    costs = [("■ public cost", ORANGE), *([("◆ private cost", PLUM)] if ledger.private.middle.any() else [])]
    key(left, [*costs, ("● harm spared its residents", BLUE)])
    key(right, [("▲ change of harm done from its territory", GREEN)])
    left.set_xlabel(f"◀ pays or is harmed more{GAP}USD a year{GAP}gains ▶")
    right.set_xlabel(f"◀ less{GAP}USD a year{GAP}more ▶")
    return figure


def smallest_shown(amounts: Floats) -> float:
    """Return the power of ten below which amounts are drawn as nearly nothing: four below the largest."""
    top = float(amounts.max(initial=1e6))
    return float(10.0 ** max(3, int(np.floor(np.log10(max(top, 1e3)))) - 4))


def describe(findings: Findings, arm: str) -> str:
    """Return the ledger in words: how many countries pay, are spared harm, and host more of it."""
    ledger = findings.ledgers[arm]
    payers = int((ledger.cost.low > 0).sum())
    spared = int((ledger.avoided.low > 0).sum())
    hurt = int((ledger.avoided.high < 0).sum())
    hosts = int((ledger.hosted.low > 0).sum())
    private = float(ledger.private.middle.sum())
    users = f" Legitimate users bear {usd(private)} a year, which is no public money." if round(private) else ""
    return (
        f"Under “{findings.label(arm)}” in the model, with 90 % intervals clear of zero: the treasuries of {payers} "
        f"countries pay more than under the baseline, residents of {spared} are spared harm and of {hurt} harmed more, "
        f"and more harm is done from the territory of {hosts}. The other countries' differences have no clear sign."
        f"{users}"
    )


def amount(spread: Band, country: int) -> str:
    """Return a mean with its 90 % interval, million USD, to a tenth of a million."""
    middle, low, high = (tenth(values[country]) for values in (spread.middle, spread.low, spread.high))
    return f"{middle} ({low} to {high})" if np.isfinite(spread.low[country]) else middle


def tenth(usd_: float) -> str:
    """Return an amount in million USD with one decimal and a sign."""
    text = f"{usd_ / 1e6:+,.1f}"
    return "0.0" if text in {"+0.0", "-0.0"} else minus(text)


def table(findings: Findings, arm: str) -> Table:
    """Return every country's ledger in alphabetical order."""
    ledger = findings.ledgers[arm]
    everybody = alphabetical(findings, np.ones(len(findings.places), dtype=np.bool_))
    users_pay = bool(ledger.private.middle.any())
    rows = tuple(
        (
            findings.places[i].name,
            findings.places[i].region,
            amount(ledger.cost, i),
            *([amount(ledger.private, i)] if users_pay else []),
            amount(ledger.avoided, i),
            amount(ledger.hosted, i),
        )
        for i in everybody
    )
    columns = (
        "Country",
        "Region",
        "Extra public cost, million USD a year (90 %)",
        *(["Private cost, million USD a year (90 %)"] if users_pay else []),
        "Harm spared residents, million USD a year (90 %)",
        "Change of harm done from its territory, million USD a year (90 %)",
    )
    return Table(columns=columns, rows=rows)


PAYS_AND_GAINS = Drawing(
    name="pays-and-gains",
    heading="Who pays and who gains",
    reading=(
        "Countries stand in alphabetical order, not by rank. Left: what the country's treasury pays more than under "
        "the baseline (square), what legitimate users bear where an instrument costs them (diamond), and the harm its "
        "residents are spared (circle). Right: how the harm done from its territory changes (triangle). The scale "
        "grows by factors of ten on both sides of zero: a mark twice as far is worth many times as much."
    ),
    draw=draw,
    describe=describe,
    table=table,
    per_arm=True,
)


# --- planned and spent -----------------------------------------------------------------------------


def off_words(spending: Spending) -> str:
    """Return how far spending is from the plan; the flag above one per cent."""
    if spending.planned <= 0:
        return "nothing planned"
    if not spending.flagged:
        return "as planned (within 1 %)"
    if abs(spending.off) <= 0.01:
        return f"⚑ off in {spending.quarters_off} of {spending.quarters} quarters"
    way = "more" if spending.off > 0 else "less"
    return f"⚑ {number(100 * abs(spending.off))} % {way} than planned"


def private_words(spending: Spending) -> str:
    """Return how far spending is from the plan and, below, what others pay."""
    private = f"\nprivate cost {usd(spending.private)}" if round(spending.private) else ""
    return f"{off_words(spending)}{private}"


def spending_rows(axes: Axes, rows: list[tuple[str, Spending]]) -> None:
    """Draw the plan as an upright stroke and spending as a dot with its 90 % line."""
    for place, (_, spending) in enumerate(rows):
        axes.plot([spending.spent.lo90, spending.spent.hi90], [place, place], color=BLUE, linewidth=1.6)
        axes.plot(spending.planned, place, marker="|", markersize=19, markeredgewidth=2.5, color=ORANGE)
        axes.plot(spending.spent.mean, place, marker="o", markersize=7.5, color=BLUE, markeredgecolor="white")
        axes.annotate(
            private_words(spending),
            (1.0, place),
            xycoords=("axes fraction", "data"),
            xytext=(8, 0),
            textcoords="offset points",
            va="center",
            fontsize=9,
            color=INK if spending.flagged else MUTED,
        )
    axes.set_yticks(range(len(rows)), [wrapped(label, 34) for label, _ in rows])
    axes.set_ylim(len(rows) - 0.4, -0.6)
    largest_sum = max(max(s.planned, s.spent.hi90) for _, s in rows)
    axes.set_xlim(0, 1.06 * largest_sum or 1.0)
    axes.xaxis.set_major_formatter(lambda value, _: short_usd(value))
    axes.grid(axis="x", color=GREY, alpha=0.18, linewidth=0.8)
    axes.set_xlabel("USD a year")
    quiet(axes)
    key(axes, [("❙ planned", ORANGE), ("● spent, with 90 % of runs", BLUE)])


def draw_spending(findings: Findings, _: str) -> Figure:
    """Return the chart of planned and spent money of every arm but the baseline."""
    rows = [(arm.label, findings.spending[arm.name]) for arm in findings.policies or findings.arms]
    title = "Planned and spent public money of each arm in the model"
    figure = sheet(
        1.7 + 0.45 * len(rows), title, findings.footer("on the arm’s own instruments; ⚑: more than 1 % off the plan")
    )
    spending_rows(figure.subplots(), rows)
    return figure


def describe_spending(findings: Findings, _: str) -> str:
    """Return planned and spent money in words."""
    rows = [(arm.label, findings.spending[arm.name]) for arm in findings.policies or findings.arms]
    words = (f"{label}: planned {usd(s.planned)}, spent {usd(s.spent.mean)}, {off_words(s)}" for label, s in rows)
    return "USD a year in the model. " + "; ".join(words) + "."


def spending_table(findings: Findings, _: str) -> Table:
    """Return planned and spent money of every arm, and what it costs beyond that."""
    rows = []
    for arm in findings.arms:
        s, ledger = findings.spending[arm.name], findings.ledgers.get(arm.name)
        everything = "" if ledger is None else tenth(float(ledger.cost.middle.sum()))
        amounts = [f"{value / 1e6:,.1f}" for value in (s.planned, s.spent.mean, s.spent.lo90, s.spent.hi90)]
        private = f"{s.private / 1e6:,.1f}"
        rows.append((arm.label, *amounts[:2], " to ".join(amounts[2:]), off_words(s), everything, private))
    columns = (
        "Arm",
        "Planned, million USD a year",
        "Spent (mean)",
        "90 % of runs",
        "Difference",
        "All public cost, against the baseline",
        "Private cost",
    )
    return Table(columns=columns, rows=tuple(rows))


SPENDING = Drawing(
    name="spending",
    heading="Money planned and spent",
    reading=(
        "The stroke is the plan, the dot what runs spent on average. More than 1 % apart is flagged (⚑). Private cost "
        "is what legitimate users bear, outside every budget. The table adds what all public work cost against the "
        "baseline: more cases and rescues cost more than the arm's own instruments."
    ),
    draw=draw_spending,
    describe=describe_spending,
    table=spending_table,
)
