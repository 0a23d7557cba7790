"""Sentences computed from the tables of a comparison: careful, about the model, none naming a winner."""

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from sim.comparison.stored import HEADLINE

if TYPE_CHECKING:
    from sim.comparison import Comparison

AGREEING = 0.9  # share of pairs that must point one way for a sentence to say so without a caution
USUAL = 1  # decimals where no interval says how many are deserved
Label = Callable[[str], str]
Row = Mapping[Any, Any]


def sentences(found: "Comparison", off_plan: float) -> list[str]:
    """Return what can be said: contrasts, arms against the baseline, leakage, spending off the plan."""
    said = [
        difference_sentence(row, found.label, decimals(table), private_cost(found, row))
        for table in (found.contrasts(), found.effects())
        for row in table.to_dict("records")
    ]
    leaking = found.leakage().query(f"measure == '{HEADLINE[0]}'").to_dict("records")
    by_side = {(row["arm"], row["side"]): row for row in leaking}
    said += [
        leakage_sentence(by_side[arm, "host"], found.label, found.manifest.window, by_side[arm, "victim"])
        for arm in found.compared
        if 0 < len(found.treated(arm)) < len(found.manifest.codes)  # else there is no elsewhere
    ]
    first, last = found.window_periods
    spending = found.spending()
    inside = spending[spending["period"].between(first, last - 1)]
    return [*said, *spending_sentences(inside, found.label, off_plan)]


def headline(found: "Comparison") -> str:
    """Return what the first contrast, or else the first arm, says without its numbers' limits; empty if nothing."""
    for table in (found.contrasts(), found.effects()):
        for row in table.to_dict("records"):
            return f"{claim(row, found.label, decimals(table))}."
    return ""


# ---- harm ----------------------------------------------------------------------------------------


def difference_sentence(row: Row, label: Label, digits: int | None = None, private: float = 0.0) -> str:
    """Return what a row of contrasts or effects says, or that the runs do not separate the two.

    `private` is what legitimate users bear more under the first arm (USD a year): it stands beside the effect.
    """
    said = claim(row, label, digits)
    if row["n"] < 2:
        return f"{said}: there is one pair only."
    places = row if digits is None else digits
    named = "" if row["name"] == row["of"] else f"{row['name']}: "
    direction, agreeing = ("more", row["n_worse"]) if row["mean"] > 0 else ("less", row["n_better"])
    counted = f"{direction} harm in {agreeing} of {row['n']} runs"
    if not row["separates"]:
        mean, low, high = (signed(row[key], places) for key in ("mean", "lo90", "hi90"))
        found = f"{named}{mean} % of the baseline's harm, 90 % interval {low} to {high} %"
        return f"{said} ({found}; {counted}).{beside(private)}"
    low, high = (plain(value, places) for value in sorted((abs(row["lo90"]), abs(row["hi90"]))))
    interval = f"90 % interval {low} to {high} %"
    caution = "; the direction depends on the run" if agreeing < AGREEING * row["n"] else ""
    return f"{said} ({named}{interval}; {counted}{caution}).{beside(private)}"


def claim(row: Row, label: Label, digits: int | None = None) -> str:
    """Return which of two arms leaves less harm and by how much, or that the runs do not separate them."""
    of, minus = (f"“{label(row[key])}”" for key in ("of", "minus"))
    if row["n"] < 2 or not row["separates"]:
        return f"These runs do not separate {of} and {minus} in the model"
    places = row if digits is None else digits
    direction = "less" if row["mean"] < 0 else "more"
    return f"In the model, {of} leaves {plain(abs(row['mean']), places)} % {direction} harm than {minus}"


def private_cost(found: "Comparison", row: Row) -> float:
    """Return what legitimate users bear more under the first arm of a row than under the second, USD a year."""
    of, minus = (
        0.0 if row[key] == found.baseline else float(found.ledger(row[key])["private_cost_usd"].sum())
        for key in ("of", "minus")
    )
    return of - minus


def beside(private: float) -> str:
    """Return the private cost that stands beside an effect, or nothing where there is none."""
    if round(private) == 0:
        return ""
    more = "" if private > 0 else " less"
    return (
        f" Beside it, legitimate users bear {money(abs(private))} a year{more}, which is neither public money nor "
        "counted as harm."
    )


# ---- leakage -------------------------------------------------------------------------------------


def leakage_sentence(row: Row, label: Label, window: tuple[int, int], residents: Row | None = None) -> str:
    """Return what a leakage by host means, with its window, its interval and what the choice rule alone gives.

    `residents` is the leakage by victims' country, which is the one to read where the treated countries host
    little of the harm.
    """
    where = f"Under “{label(row['arm'])}” in the model, weeks {window[0]} to {window[1]},"
    value = row["simulated"]
    if not np.isfinite(value):
        return f"{where} harm done from the treated countries did not fall: leakage by host is undefined."
    if value >= 0:
        share = f"{100 * value:.0f} %" if value < 2 else f"{value:.1f} times as much"
        gone = "the harm that ceased in the treated countries"
        return f"{where} {share} of {gone} is done from elsewhere ({ratio(row)})."
    if value >= -1:
        return f"{where} harm done from elsewhere fell too: nothing came back ({ratio(row)})."
    told = (
        f"{where} harm done from elsewhere fell too, and by more than in the treated countries: the benefit spread and "
        f"nothing came back. With so small a change inside, the ratio says little ({ratio(row)})."
    )
    return f"{told}{residents_words(residents)}"


def residents_words(row: Row | None) -> str:
    """Return the leakage by victims' country, the one to read for instruments that protect victims."""
    if row is None or not np.isfinite(row["simulated"]):
        return ""
    what = "residents elsewhere were spared harm too" if row["simulated"] < 0 else "harm to residents elsewhere rose"
    return f" The side to read for instruments that protect victims is the victims': {what} ({ratio(row)})."


def ratio(row: Row) -> str:
    """Return a leakage as a number, with its side and its limits."""
    side = {"host": "by host", "victim": "by victims' country"}[row["side"]]
    limits = "these runs set no limits to it"
    if np.isfinite(row["lo90"]) and np.isfinite(row["hi90"]):
        limits = f"90 % interval {share(row['lo90'])} to {share(row['hi90'])}"
    if np.isfinite(row["mechanical"]):
        limits += f"; the choice rule alone would give {share(row['mechanical'])}"
    return f"leakage {side} {share(row['simulated'])}, {limits}"


def share(value: float) -> str:
    """Return a ratio with two decimals, or none where it is so large that they say nothing."""
    return plain(value, 2 if abs(value) < 10 else 0)


# ---- money and spread ----------------------------------------------------------------------------


def spending_sentences(spending: pd.DataFrame, label: Label, tolerance: float) -> Iterator[str]:
    """Yield one sentence for each arm that did not spend what it planned."""
    for arm, rows in spending.groupby("arm", sort=False):
        planned, spent, flagged = (rows[name].sum() for name in ("planned_usd", "spent_usd", "flagged"))
        if flagged:
            off = f" ({signed(100 * (spent / planned - 1), 2)} %)" if planned > 0 else ""
            yield (
                f"“{label(str(arm))}” planned USD {planned:,.0f} and spent USD {spent:,.0f} in the model"
                f"{off}: more than {100 * tolerance:g} % off its plan in {flagged} of {len(rows)} periods."
            )


def spread_sentence(drawn: int) -> str:
    """Return what the spread of runs covers, when so many parameters were drawn."""
    if drawn:
        return (
            f"The spread covers luck and the stated ranges of {drawn} parameter{'s' * (drawn > 1)} of the "
            "model; it does not cover what the model leaves out."
        )
    return (
        "The spread covers luck alone, with every parameter of the model at its stated value; "
        "it covers neither the parameters' ranges nor what the model leaves out."
    )


# ---- numbers -------------------------------------------------------------------------------------


def decimals(table: pd.DataFrame) -> int:
    """Return the decimals that a column of means deserves: two figures of its usual 90 % interval."""
    widths: npt.NDArray[np.float64] = (
        (table["hi90"] - table["lo90"]).to_numpy(dtype=float) if len(table) else np.array([])
    )
    known = widths[np.isfinite(widths) & (widths > 0)]
    return max(0, 1 - int(np.floor(np.log10(np.median(known))))) if len(known) else USUAL


def plain(value: float, within: Row | int) -> str:
    """Return a number with a real minus sign, which zero has not.

    `within` is the number of decimals, or the row whose 90 % interval says how many are deserved.
    """
    if not np.isfinite(value):
        return "unknown"
    digits = within if isinstance(within, int) else decimals(pd.DataFrame([within]))
    text = f"{value:,.{digits}f}"
    return text.replace("-", "−" if text.strip("-0.") else "")


def signed(value: float, within: Row | int) -> str:
    """Return a number with its sign, except for zero."""
    text = plain(value, within)
    return f"+{text}" if 0 < value < np.inf and text.strip("0.") else text


def money(value: float) -> str:
    """Return an amount with two significant figures."""
    unit, words = next(((u, w) for u, w in ((1e9, " billion"), (1e6, " million")) if value >= u), (1.0, ""))
    return f"USD {float(f'{value / unit:.2g}'):,.10g}{words}"
