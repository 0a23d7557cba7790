"""Sentences computed from the tables of a comparison: careful, about the model, none naming a winner.

Each is made from the claims it carries (`sim.comparison.claims`); a new one needs a claim too.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from sim.comparison.claims import ENDLESS, OWN, Claim, Reading, Said, inside, off_plan, private_cost
from sim.comparison.stored import HEADLINE
from sim.politics import Coalition
from sim.scenario import loads

if TYPE_CHECKING:
    from sim.comparison import Comparison

AGREEING = 0.9  # share of pairs that must point one way for a sentence to say so without a caution
COMPLETE = 20  # replicates that visit all of every range: one Latin hypercube
SPANS = 3  # stretches of weeks that a sentence names one by one
ROUNDING = 0.005  # of contributions that are all told as the same
USUAL = 1  # decimals where no interval says how many are deserved
AGREED = " The plan is what was agreed; governments decide what they give."
Label = Callable[[str], str]
Row = Mapping[Any, Any]


def sentences(found: "Comparison", tolerance: float) -> list[str]:
    """Return what can be said: contrasts, arms against the baseline, leakage, spending off the plan."""
    return [one.text for one in said(found, tolerance)]


def said(found: "Comparison", tolerance: float) -> list[Said]:
    """Return every sentence with what it claims; spending is on its plan within a share of it."""
    return [*differences(found), *leakages(found), *off_plans(found, tolerance)]


def headline(found: "Comparison") -> str:
    """Return what the first contrast, or else the first arm, says without its numbers' limits; empty if nothing."""
    for table in (found.contrasts(), found.effects()):
        for row in table.to_dict("records"):
            return f"{claim(row, found.label, decimals(table))}."
    return ""


# ---- harm ----------------------------------------------------------------------------------------


def differences(found: "Comparison") -> Iterator[Said]:
    """Yield a sentence for each contrast, then for each arm against the baseline."""
    for table in (found.contrasts(), found.effects()):
        for row in table.to_dict("records"):
            paid = private_claim(found, row)
            text = difference_sentence(row, found.label, decimals(table), paid.here.value)
            held = difference_claim(row, found.label)
            yield Said(text=text, claims=(held, paid) if beside(paid.here.value) else (held,))


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
        mean, low, high = (signed(-row[key], places) for key in ("mean", "hi90", "lo90"))
        found = f"{named}harm avoided {mean} % of the baseline's, 90 % interval {low} to {high} %"
        return f"{said} ({found}; {counted}).{beside(private)}"
    low, high = (plain(value, places) for value in sorted((abs(row["lo90"]), abs(row["hi90"]))))
    interval = f"90 % interval {low} to {high} %"
    caution = "; the direction depends on the run" if agreeing < AGREEING * row["n"] else ""
    return f"{said} ({named}{interval}; {counted}{caution}).{beside(private)}"


def difference_claim(row: Row, label: Label) -> Claim:
    """Return the claim of a row of contrasts or effects: more harm, less harm, or nothing."""
    here = Reading(value=row["mean"], low=row["lo90"], high=row["hi90"], n=row["n"])
    above, below = here.side if row["n"] > 1 and row["separates"] else ENDLESS
    words = difference_words(row, label, above, below)
    return Claim(
        quantity="harm", of=row["of"], against=row["minus"], words=words, here=here, above=above, below=below
    )  # fmt: skip


def difference_words(row: Row, label: Label, above: float, below: float, size: str = "") -> str:
    """Return which of two arms leaves less harm (and by how much), or that the runs do not separate them."""
    of, minus = (f"“{label(row[key])}”" for key in ("of", "minus"))
    if (above, below) == ENDLESS:
        return f"These runs do not separate {of} and {minus} in the model"
    return f"In the model, {of} leaves {size}{'less' if below == 0.0 else 'more'} harm than {minus}"


def claim(row: Row, label: Label, digits: int | None = None) -> str:
    """Return which of two arms leaves less harm and by how much, or that the runs do not separate them."""
    held, places = difference_claim(row, label), row if digits is None else digits
    return difference_words(row, label, held.above, held.below, f"{plain(abs(row['mean']), places)} % ")


def private_claim(found: "Comparison", row: Row) -> Claim:
    """Return the claim on what legitimate users bear more under the first arm of a row than under the second."""
    here = private_cost(found, row["of"], row["minus"])
    of, minus = (f"“{found.label(row[key])}”" for key in ("of", "minus"))
    above, below = here.side
    words = f"In the model, legitimate users bear {'less' if below == 0.0 else 'more'} under {of} than under {minus}"
    return Claim(
        quantity="private cost", of=row["of"], against=row["minus"], words=words, here=here, above=above, below=below
    )  # fmt: skip


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


GONE = "the harm that ceased in the treated countries"


def leakages(found: "Comparison") -> Iterator[Said]:
    """Yield a sentence for each arm that treats some of the countries: without them there is no elsewhere."""
    window = found.manifest.window
    by_side = {
        (row["arm"], row["side"]): row
        for row in found.leakage().query(f"measure == '{HEADLINE[0]}'").to_dict("records")
    }
    for arm in found.compared:
        if 0 < len(found.treated(arm)) < len(found.manifest.codes):
            host, victim = by_side[arm, "host"], by_side[arm, "victim"]
            text = leakage_sentence(host, found.label, window, victim)
            claims = [inside_claim(found, arm), leakage_claim(host, found.label)]
            if residents_words(victim) and text.endswith(residents_words(victim)):
                claims.append(leakage_claim(victim, found.label))
            yield Said(text=text, claims=tuple(claims))


def leakage_sentence(row: Row, label: Label, window: tuple[int, int], residents: Row | None = None) -> str:
    """Return what a leakage by host means, with its window, its interval and what the choice rule alone gives.

    `residents` is the leakage by victims' country, which is the one to read where the treated countries host
    little of the harm.
    """
    where = f"Under “{label(row['arm'])}” in the model, weeks {window[0]} to {window[1]},"
    value, (low, high) = row["simulated"], ends(row)
    if not np.isfinite(value):
        return f"{where} harm done from the treated countries did not fall: leakage by host is undefined."
    held = leakage_claim(row, label)
    if not held.decided:
        unknown = "nor whether all of it did" if high >= 1.0 else ""
        told = (
            f"these runs {'tell neither' if unknown else 'do not tell'} whether any of the harm that ceased came back"
        )
        told = f"{where} {' '.join(filter(None, (told, unknown)))} ({ratio(row)})."
        return f"{told}{residents_words(residents)}" if value < -1.0 else told
    if held.above == held.below:
        return f"{where} harm done from elsewhere did not change: nothing came back ({ratio(row)})."
    if held.above >= 0.0:
        return f"{where} {came_back(value, low, high)} ({ratio(row)})."
    if high >= -1.0:
        return f"{where} harm done from elsewhere fell too: nothing came back ({ratio(row)})."
    told = (
        f"{where} harm done from elsewhere fell too, and by more than in the treated countries: the benefit spread and "
        f"nothing came back. With so small a change inside, the ratio says little ({ratio(row)})."
    )
    return f"{told}{residents_words(residents)}"


def leakage_claim(row: Row, label: Label) -> Claim:
    """Return the claim of a leakage by one side: what part came back, that harm fell elsewhere too, or nothing."""
    low, high = ends(row)
    above, below, words = leakage_held(low, high, row["side"])
    if not np.isfinite(row["simulated"]):
        above, below, words = *ENDLESS, "leakage is undefined"
    here = Reading(value=row["simulated"], low=low, high=high)
    words = f"Under “{label(row['arm'])}” in the model, {words}"
    return Claim(
        quantity="leakage", of=row["arm"], against=row["side"], words=words, here=here, above=above, below=below
    )  # fmt: skip


def leakage_held(low: float, high: float, side: str) -> tuple[float, float, str]:
    """Return between what leakage is held to lie, going by the ends of its interval, and the words for it."""
    where = "is done from elsewhere" if side == "host" else "is borne by residents elsewhere"
    elsewhere = "harm done from elsewhere" if side == "host" else "harm to residents elsewhere"
    if low == high == 0.0:
        return 0.0, 0.0, f"{elsewhere} did not change"
    if high < 0.0:
        return -np.inf, 0.0, f"{elsewhere} fell too"
    if low <= 0.0:
        return *ENDLESS, f"these runs do not tell whether {elsewhere} changed"
    if low > 1.0:
        return 1.0, np.inf, f"more than {GONE} {where}"
    if high < 1.0:
        return 0.0, 1.0, f"some of {GONE} {where}, less than all of it"
    return 0.0, np.inf, f"some of {GONE} {where}"


def inside_claim(found: "Comparison", arm: str) -> Claim:
    """Return the claim that a sentence on leakage presupposes: harm done from the treated countries fell."""
    here = inside(found, arm, "host")
    above, below = here.side
    changed = {0.0: "fell", np.inf: "rose"}[below] if (above, below) != ENDLESS else "may have fallen or not"
    words = f"Under “{found.label(arm)}” in the model, harm done from the treated countries {changed}"
    return Claim(quantity="inside", of=arm, against="host", words=words, here=here, above=above, below=below)


def ends(row: Row) -> tuple[float, float]:
    """Return the ends of a leakage's interval; an end that these runs do not set is infinite."""
    low, high = float(row["lo90"]), float(row["hi90"])
    return (low if np.isfinite(low) else -np.inf), (high if np.isfinite(high) else np.inf)


def came_back(value: float, low: float, high: float) -> str:
    """Return how much of the harm came back, where these runs show that some did."""
    if low <= 1.0 <= high:
        return f"some of {GONE} is done from elsewhere; these runs do not tell whether less than all of it, or more"
    share_of_it = f"{100 * value:.0f} % of" if value < 2 else f"{value:.1f} times as much as"
    return f"{share_of_it} {GONE} is done from elsewhere"


def residents_words(row: Row | None) -> str:
    """Return the leakage by victims' country, the one to read for instruments that protect victims."""
    if row is None or not np.isfinite(row["simulated"]):
        return ""
    low, high = ends(row)
    what = "these runs do not tell whether residents elsewhere were spared harm too"
    if high < 0.0:
        what = "residents elsewhere were spared harm too"
    elif low > 0.0:
        what = "harm to residents elsewhere rose"
    return f" The side to read for instruments that protect victims is the victims': {what} ({ratio(row)})."


def ratio(row: Row) -> str:
    """Return a leakage as a number, with its side and its limits."""
    side = {"host": "by host", "victim": "by victims' country"}[row["side"]]
    low, high = ends(row)
    limits = "these runs set no limits to it"
    if np.isfinite(low) and np.isfinite(high):
        limits = f"90 % interval {share(low)} to {share(high)}"
    elif np.isfinite(low):
        limits = f"90 % interval from {share(low)} up, without a limit"
    elif np.isfinite(high):
        limits = f"90 % interval up to {share(high)}, without a limit below"
    if np.isfinite(row["mechanical"]):
        limits += f"; the choice rule alone would give {share(row['mechanical'])}"
    return f"leakage {side} {share(row['simulated'])}, {limits}"


def share(value: float) -> str:
    """Return a ratio with two decimals, or none where it is so large that they say nothing."""
    return plain(value, 2 if abs(value) < 10 else 0)


# ---- politics ------------------------------------------------------------------------------------


def coalition_of(found: "Comparison", arm: str) -> Coalition | None:
    """Return the governments of an arm that decide what they give, if they do."""
    text = found.arm(arm)["scenario"]
    return loads(text).politics if text else None


def contribution_sentences(found: "Comparison") -> Iterator[str]:
    """Yield, for each arm in which governments decide, what they give in the end, and how far they trust each other."""
    for arm in found.compared:
        coalition = coalition_of(found, arm)
        if coalition is None:
            continue
        members, runs = list(coalition.members), found.places(arm, found.finished(arm))
        where = [found.manifest.codes.index(code) for code in members]
        period = found.window_periods[1] - 1
        given, trust = (
            found.course(measure, "payer")[runs, period][:, where].mean(axis=0)
            for measure in ("contribution", "trust_given")
        )
        least = (
            f"least {members[int(given.argmin())]}, {100 * given.min():.0f} %"
            if np.ptp(given) > ROUNDING
            else "all alike"
        )
        yield (
            f"In the model, under “{found.label(arm)}”, governments give {100 * given.mean():.0f} % of what was "
            f"agreed in the last period of the window ({least}); mean trust is {100 * trust.mean():.0f} %."
        )


# ---- money and spread ----------------------------------------------------------------------------


def off_plans(found: "Comparison", tolerance: float) -> Iterator[Said]:
    """Yield one sentence for each arm with periods in the window whose spending was off the plan."""
    first, last = found.window_periods
    spending = found.spending()
    inside_window = spending[spending["period"].between(first, last - 1)]
    for arm, rows in inside_window.groupby("arm", sort=False):
        for text in spending_sentences(rows, found.label, tolerance):
            agreed = "" if coalition_of(found, str(arm)) is None else AGREED
            yield Said(text=text + agreed, claims=(spending_claim(found, str(arm), tolerance),))


def spending_claim(found: "Comparison", arm: str, tolerance: float) -> Claim:
    """Return the claim on an arm's spending: on its plan in total, more than it, less than it, or nothing."""
    here = off_plan(found, arm, OWN)
    above, below, words = *ENDLESS, "was more or less than its plan"
    if abs(here.value) <= tolerance:
        above, below, words = -tolerance, tolerance, "kept to its plan in total"
    elif np.isfinite(here.value):
        above, below = (tolerance, np.inf) if here.value > 0 else (-np.inf, -tolerance)
        words = f"was more than {100 * tolerance:g} % {'above' if here.value > 0 else 'below'} its plan in total"
    words = f"In the model, spending under “{found.label(arm)}” {words}"
    return Claim(quantity="off plan", of=arm, against=OWN, words=words, here=here, above=above, below=below)


def spending_sentences(spending: pd.DataFrame, label: Label, tolerance: float) -> Iterator[str]:
    """Yield one sentence for each arm that did not spend what it planned: in total, or in which periods."""
    for arm, rows in spending.groupby("arm", sort=False):
        planned, spent = (float(rows[name].sum()) for name in ("planned_usd", "spent_usd"))
        flagged = rows[rows["flagged"]]
        if not len(flagged):
            continue
        amounts = f"USD {spent:,.0f} spent, USD {planned:,.0f} planned"
        change = spent / planned - 1 if planned > 0 else np.inf
        amounts += f", {signed(100 * change, 2)} %" if planned > 0 else ""
        on_plan = abs(change) <= tolerance
        kept = "kept to its plan in total" if on_plan else f"was more than {100 * tolerance:g} % off its plan in total"
        periods = f"{len(flagged)} of {len(rows)} periods"
        limit = f"more than {100 * tolerance:g} % off" if on_plan else "off by as much"
        yield (
            f"In the model, “{label(str(arm))}” {kept} ({amounts}); {periods} {'was' if len(flagged) == 1 else 'were'} "
            f"{limit}: {periods_words(flagged)}."
        )


def periods_words(flagged: pd.DataFrame) -> str:
    """Return in which weeks spending was off its plan, and by how much at most."""
    spans: list[list[int]] = []
    for period, week in zip(flagged["period"], flagged["week"], strict=True):
        start = int(week) * int(period) // (int(period) + 1)
        if spans and spans[-1][1] == start:
            spans[-1][1] = int(week)
        else:
            spans.append([start, int(week)])
    shown = spans if len(spans) <= SPANS + 1 else spans[:SPANS]
    named = ", ".join(f"{first} to {last}" for first, last in shown)
    more = f" and {len(spans) - len(shown)} more stretches" if len(shown) < len(spans) else ""
    by_week = dict(zip(flagged["week"].astype(int), flagged["off"].astype(float), strict=True))
    ending, off = max(by_week.items(), key=lambda entry: abs(entry[1]))
    how = f"{signed(100 * off, 1)} %" if np.isfinite(off) else "without any plan"
    if len(flagged) == 1:
        return f"weeks {named}, {how}"
    return f"weeks {named}{more}, at most {how} in the period that ends in week {ending}"


def spread_sentence(drawn: int, runs: int = COMPLETE) -> str:
    """Return what the spread of so many runs covers, when so many parameters were drawn."""
    if drawn:
        parameters = f"{drawn} parameter{'s' * (drawn > 1)} of the model"
        if runs < COMPLETE:
            count = f"{runs} run{'s' * (runs > 1)}"
            return (
                f"The spread covers luck and only part of the stated ranges of {parameters}: fewer than {COMPLETE} "
                f"runs, here {count}, do not visit all of a range. It does not cover what the model leaves out."
            )
        return (
            f"The spread covers luck and the stated ranges of {parameters}; it does not cover what the model leaves "
            "out."
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


def interval(low: float, high: float, within: Row | int) -> str:
    """Return an interval in per cent, or a dash where too few runs set none."""
    if not np.isfinite([low, high]).all():
        return "–"
    return f"{signed(low, within)} to {signed(high, within)} %"


def money(value: float) -> str:
    """Return an amount with two significant figures."""
    unit, words = next(((u, w) for u, w in ((1e9, " billion"), (1e6, " million")) if value >= u), (1.0, ""))
    return f"USD {float(f'{value / unit:.2g}'):,.10g}{words}"
