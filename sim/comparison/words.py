"""Sentences computed from the tables of a comparison: careful, about the model, none naming a winner."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd

AGREEING = 0.9  # share of pairs that must point one way for a sentence to say so without a caution
Label = Callable[[str], str]
Row = Mapping[Any, Any]


def difference_sentence(row: Row, label: Label) -> str:
    """Return what a row of contrasts or effects says, or that the runs do not separate the two."""
    of, minus = (f"“{label(row[key])}”" for key in ("of", "minus"))
    if row["n"] < 2:
        return f"These runs do not separate {of} and {minus} in the model: there is one pair only."
    named = "" if row["name"] == row["of"] else f"{row['name']}: "
    interval = f"90 % interval {signed(row['lo90'], row)} to {signed(row['hi90'], row)} %"
    if not row["separates"]:
        found = f"{named}{signed(row['mean'], row)} % of the baseline's harm, {interval}"
        counted = f"less harm in {row['n_better']} of {row['n']} runs"
        return f"These runs do not separate {of} and {minus} in the model ({found}; {counted})."
    direction, agreeing = ("less", row["n_better"]) if row["mean"] < 0 else ("more", row["n_worse"])
    caution = "; the direction depends on the run" if agreeing < AGREEING * row["n"] else ""
    return (
        f"In the model, {of} leaves {plain(abs(row['mean']), row)} % {direction} harm than {minus} "
        f"({named}{interval}; {direction} harm in {agreeing} of {row['n']} runs{caution})."
    )


def leakage_sentence(row: Row, label: Label, window: tuple[int, int]) -> str:
    """Return one leakage with its window, its interval and what the choice rule alone would give."""
    arm = f"“{label(row['arm'])}”"
    if not np.isfinite(row["simulated"]):
        return f"Under {arm}, harm from the treated countries did not fall in the model: leakage is undefined."
    limits = "these runs set no limits to it"
    if np.isfinite(row["lo90"]) and np.isfinite(row["hi90"]):
        limits = f"90 % interval {plain(row['lo90'], row)} to {plain(row['hi90'], row)}"
    if np.isfinite(row["mechanical"]):
        limits += f"; the choice rule alone would give {plain(row['mechanical'])}"
    weeks = f"weeks {window[0]} to {window[1]}"
    return f"Leakage of harm under {arm} in the model, {weeks}: {plain(row['simulated'], row)} ({limits})."


def spending_sentences(spending: pd.DataFrame, label: Label, tolerance: float) -> Iterator[str]:
    """Yield one sentence for each arm that did not spend what it planned."""
    for arm, rows in spending.groupby("arm", sort=False):
        planned, spent, flagged = (rows[name].sum() for name in ("planned_usd", "spent_usd", "flagged"))
        if flagged:
            off = f" ({signed(100 * (spent / planned - 1))} %)" if planned > 0 else ""
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


def plain(value: float, within: Row | None = None) -> str:
    """Return a number with a real minus sign and no decimals beyond its 90 % interval.

    `within` has the ends of the interval; without them it is two significant digits.
    """
    if not np.isfinite(value):
        return "unknown"
    wide = abs(within["hi90"] - within["lo90"]) if within else 0.0
    if not 0 < wide < np.inf:
        wide = abs(value) / 10 or 1.0
    digits = max(0, -int(np.floor(np.log10(wide))))
    return f"{value:.{digits}f}".replace("-", "−")


def signed(value: float, within: Row | None = None) -> str:
    """Return a number with its sign, except for zero."""
    return f"+{plain(value, within)}" if 0 < value < np.inf else plain(value, within)
