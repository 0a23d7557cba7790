"""Numbers about pairs of runs, and what theory says they should be: functions of arrays, nothing else.

A pair is two runs with the same luck and the same drawn parameters, one with a policy and one without. The
first axis of an array of pairs is always the pair [n].
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy import stats

Floats = npt.NDArray[np.float64]
Booleans = npt.NDArray[np.bool_]
Mechanics = Mapping[str, Floats]

RESAMPLES = 4000  # of the bootstrap: the ends of a 90 % interval move by about 2 % of its width between seeds
UNDEFINED = float("nan")


# ---- differences between paired runs ----------------------------------------


@dataclass(frozen=True, kw_only=True)
class Paired:
    """What pairs of runs say about a difference; every entry has the shape of one run's numbers."""

    n: int
    mean: Floats
    median: Floats
    lo50: Floats  # ends of the 50 % and the 90 % interval of the mean
    hi50: Floats
    lo90: Floats
    hi90: Floats
    n_above: npt.NDArray[np.int64]  # pairs in which the difference is above zero
    n_below: npt.NDArray[np.int64]

    @property
    def separates(self) -> Booleans:
        """Whether the 90 % interval keeps to one side of zero."""
        kept: Booleans = (self.lo90 > 0) | (self.hi90 < 0)
        return kept


def mean_interval(values: npt.ArrayLike, level: float) -> tuple[Floats, Floats]:
    """Return the ends of Student's interval of the mean over the first axis; nan for a single value."""
    sample = np.asarray(values, dtype=np.float64)
    n = len(sample)
    middle = sample.mean(axis=0)
    if n < 2:
        nothing = np.full_like(middle, UNDEFINED)
        return nothing, nothing.copy()
    half = stats.t.ppf((1 + level) / 2, n - 1) * stats.sem(sample, axis=0)
    return np.asarray(middle - half), np.asarray(middle + half)


def paired_difference(treated: npt.ArrayLike, baseline: npt.ArrayLike) -> Paired:
    """Return the summary of treated minus baseline over pairs [n, ...].

    Intervals are Student's: they hold at the four pairs of a quick look, where a bootstrap is far too narrow.
    """
    return summary_of(np.asarray(treated, dtype=np.float64) - np.asarray(baseline, dtype=np.float64))


def summary_of(values: Floats) -> Paired:
    """Return mean, median and intervals of values over their first axis [n, ...]."""
    n = len(values)
    if n == 0:
        values = np.full((1, *values.shape[1:]), UNDEFINED)
    lo50, hi50 = mean_interval(values, 0.5)
    lo90, hi90 = mean_interval(values, 0.9)
    return Paired(
        n=n, mean=np.asarray(values.mean(axis=0)), median=np.asarray(np.median(values, axis=0)),
        lo50=lo50, hi50=hi50, lo90=lo90, hi90=hi90,
        n_above=np.asarray((values > 0).sum(axis=0)), n_below=np.asarray((values < 0).sum(axis=0)),
    )  # fmt: skip


def pair_correlation(treated: npt.ArrayLike, baseline: npt.ArrayLike) -> float:
    """Return the correlation between the two runs of a pair [n]; nan when either never varies."""
    first, second = (np.asarray(values, dtype=np.float64) for values in (treated, baseline))
    if len(first) < 2 or np.ptp(first) == 0 or np.ptp(second) == 0:
        return UNDEFINED
    return float(np.corrcoef(first, second)[0, 1])


def variance_gain(treated: npt.ArrayLike, baseline: npt.ArrayLike) -> float:
    """Return how many times fewer runs pairing needs than independent runs, for equal precision."""
    first, second = (np.asarray(values, dtype=np.float64) for values in (treated, baseline))
    if len(first) < 2:
        return UNDEFINED
    apart = float(np.var(first - second, ddof=1))
    alone = float(np.var(first, ddof=1) + np.var(second, ddof=1))
    if apart == 0:
        return UNDEFINED if alone == 0 else float("inf")
    return alone / apart


# ---- leakage ----------------------------------------


@dataclass(frozen=True, kw_only=True)
class Leakage:
    """Leakage with its interval; arrays have the shape of one run's numbers."""

    value: Floats  # nan where the treated area did not fall
    lo90: Floats  # nan where these pairs set no limit
    hi90: Floats
    inside: Floats  # mean change in the treated area: the denominator
    outside: Floats
    n: int
    n_undefined: npt.NDArray[np.int64]  # pairs in which the treated area did not fall


def leakage_ratio(inside: Floats, outside: Floats) -> Floats:
    """Return -outside/inside where inside fell (is negative), nan elsewhere."""
    fell = inside < 0
    ratio = -outside / np.where(fell, inside, 1.0)
    return np.where(fell, ratio + 0.0, UNDEFINED)


def leakage(inside: npt.ArrayLike, outside: npt.ArrayLike, seed: int, resamples: int = RESAMPLES) -> Leakage:
    """Return the leakage of paired changes inside and outside the treated area [n, ...].

    A ratio of means, never a mean of ratios: the ratio of a single pair has no finite variance when its
    denominator comes near zero. The interval is a percentile bootstrap over pairs. A resample in which the
    treated area did not fall counts as unbounded on both sides, so that a doubtful denominator widens the
    interval and in the end undoes it.
    """
    within, beyond = (np.asarray(values, dtype=np.float64) for values in (inside, outside))
    mean_in, mean_out = np.asarray(within.mean(axis=0)), np.asarray(beyond.mean(axis=0))
    value = leakage_ratio(mean_in, mean_out)
    low, high = np.full_like(value, UNDEFINED), np.full_like(value, UNDEFINED)
    if len(within) > 1:
        drawn = _bootstrap_ratios(within, beyond, seed, resamples)
        low = _limit(np.where(np.isnan(drawn), -np.inf, drawn), 0.05)
        high = _limit(np.where(np.isnan(drawn), np.inf, drawn), 0.95)
    known = ~np.isnan(value)
    return Leakage(
        value=value, lo90=np.where(known, low, UNDEFINED), hi90=np.where(known, high, UNDEFINED),
        inside=mean_in, outside=mean_out, n=len(within), n_undefined=np.asarray((within >= 0).sum(axis=0)),
    )  # fmt: skip


def _bootstrap_ratios(inside: Floats, outside: Floats, seed: int, resamples: int) -> Floats:
    """Return the leakage of each resample [..., resamples]."""

    def means(within: Floats, beyond: Floats, axis: int = -1) -> Floats:
        return np.stack([within.mean(axis=axis), beyond.mean(axis=axis)])

    drawn = stats.bootstrap(
        (inside, outside), means, paired=True, vectorized=True, axis=0, n_resamples=resamples,
        method="percentile", rng=seed,
    ).bootstrap_distribution  # fmt: skip
    return leakage_ratio(np.asarray(drawn[0]), np.asarray(drawn[1]))


def _limit(drawn: Floats, probability: float) -> Floats:
    """Return an end of the interval; nan where it is unbounded."""
    # An order statistic, so that infinities never mix with numbers.
    method: Literal["lower", "higher"] = "lower" if probability < 0.5 else "higher"
    end = np.asarray(np.quantile(drawn, probability, axis=-1, method=method))
    return np.where(np.isfinite(end), end, UNDEFINED)


# ---- what a choice rule alone implies ----------------------------------------


def choice_shares(
    utilities: npt.ArrayLike,
    outside: float | None = None,
    nests: npt.ArrayLike | None = None,
    dissimilarity: float = 1.0,
) -> Floats:
    """Return the logit shares of places [C] (McFadden 1974), the outside option's last when there is one.

    `nests` numbers the nest of each place from 0; the outside option is a nest of its own.
    """
    u = np.asarray(utilities, dtype=np.float64)
    nest = np.arange(len(u)) if nests is None else np.asarray(nests, dtype=np.int64)
    width = 1.0 if nests is None else dissimilarity
    weight = np.exp(u / width)
    sums = np.bincount(nest, weights=weight)
    nest_weight = sums**width
    total = nest_weight.sum() + (0.0 if outside is None else np.exp(outside))
    shares = weight / sums[nest] * nest_weight[nest] / total
    return shares if outside is None else np.append(shares, np.exp(outside) / total)


def static_leakage(elsewhere: float, outside: float) -> float:
    """Return the leakage of a plain logit, which is the same for every strength of crackdown.

    `elsewhere` is the baseline share of the untreated places, `outside` that of the outside options.
    """
    return elsewhere / (elsewhere + outside)


@dataclass(frozen=True, kw_only=True)
class Propagated:
    """Expected change of active operations, summed over weeks up to the end of each period [P]."""

    inside: Floats
    outside: Floats

    @property
    def leakage(self) -> Floats:
        """Mechanical leakage up to the end of each period [P]; nan before the treated area falls."""
        return leakage_ratio(self.inside, self.outside)


def own_risk(mechanics: Mechanics) -> Floats:
    """Return the mean public risk term met by reviewers, by period and host [P, C]; 0 where nobody reviewed."""
    return _per(mechanics["risk"], mechanics["reviews"])


def propagate(baseline: Mechanics, treated: Mechanics, in_area: Booleans, period_weeks: int) -> Propagated:
    """Return what the choice rule alone makes of the policy's risk: the two parts of mechanical leakage [P].

    From the baseline run come, period by period, the mean class and destination probabilities of reviewing
    operations, the hazards of review, closure and return, and the potential entrants with their places. From
    the treated run comes one thing, the change of the public risk term in the treated area; it lowers the
    utility of staying there, moving there and entering there. Stocks are then propagated week by week
    from the first period with such a change on, with and without it, all else frozen: whatever the simulated
    leakage has beyond this, learning, raids and the market have added. Quiet operations come back, closed
    ones do not, so the result depends on the horizon.
    """
    rise = np.where(in_area, risk_rise(baseline, treated), 0.0)
    return propagate_rise(baseline, rise, in_area, period_weeks)


def risk_rise(baseline: Mechanics, treated: Mechanics) -> Floats:
    """Return by how much the public risk term has risen, by period and host [P, C].

    Where nobody reviewed in one of the runs, the last known rise stands: emptiness is no safety.
    """
    rise = own_risk(treated) - own_risk(baseline)
    known = (baseline["reviews"] > 0) & (treated["reviews"] > 0)
    rise[0] = np.where(known[0], rise[0], 0.0)
    for period in range(1, len(rise)):
        rise[period] = np.where(known[period], rise[period], rise[period - 1])
    return rise


def propagate_rise(baseline: Mechanics, rise: Floats, in_area: Booleans, period_weeks: int) -> Propagated:
    """Return the two parts of mechanical leakage [P] for a stated rise of the risk term [P, C]."""
    periods, countries = baseline["reviews"].shape
    first = int(np.argmax((rise != 0).any(axis=1)))
    opening = np.concatenate([baseline["active_weeks"][first], baseline["quiet_weeks"][first]]) / period_weeks
    frozen, moving, total = opening, opening, np.zeros(countries)
    change = np.zeros((periods, countries))
    for period in range(first, periods):
        as_before = _week(baseline, period, period_weeks, np.zeros(countries))
        with_rise = _week(baseline, period, period_weeks, rise[period])
        for _ in range(period_weeks):
            frozen = as_before[0] @ frozen + as_before[1]
            moving = with_rise[0] @ moving + with_rise[1]
            total = total + (moving - frozen)[:countries]
        change[period] = total
    inside: Floats = change[:, in_area].sum(axis=1)
    return Propagated(inside=inside, outside=np.asarray(change.sum(axis=1) - inside))


def _per(part: Floats, whole: Floats) -> Floats:
    return np.asarray(np.divide(part, whole, out=np.zeros_like(part, dtype=np.float64), where=whole > 0))


def _week(mechanics: Mechanics, period: int, period_weeks: int, rise: Floats) -> tuple[Floats, Floats]:
    """Return what a week of this period does to stocks (active, then quiet, by country): matrix, inflow."""
    fading = np.exp(-rise)
    leaving = _leaving(mechanics, period, fading)
    waking = np.minimum(1.0, _per(mechanics["returns"][period], mechanics["quiet_weeks"][period]))
    countries = len(rise)
    week = np.zeros((2 * countries, 2 * countries))
    active, quiet = np.arange(countries), countries + np.arange(countries)
    week[:countries, :countries] = leaving[:, :countries].T
    week[active, active] += 1.0 - leaving.sum(axis=1)
    week[quiet, active] = leaving[:, countries]
    week[active, quiet] = waking
    week[quiet, quiet] = 1.0 - waking
    entrants = _entrants(mechanics["enter"][period], float(mechanics["potential"][period]), fading)
    return week, np.concatenate([entrants / period_weeks, np.zeros(countries)])


def _leaving(mechanics: Mechanics, period: int, fading: Floats) -> Floats:
    """Return weekly chances that a host's active operation moves to each place, lies low, goes [C, C + 2]."""
    names = ("stay", "move", "quiet", "harden", "switch", "exit")
    stay, move, quiet, harden, switch, close = (mechanics[name][period].astype(np.float64) for name in names)
    move = move * (1.0 - np.eye(len(stay))) * fading
    chosen = np.column_stack([move, quiet, close])
    whole = stay * fading + harden + switch + chosen.sum(axis=1)
    active = mechanics["active_weeks"][period]
    reviewing = _per(mechanics["reviews"][period], active)
    leaving = _per(chosen, np.broadcast_to(whole[:, None], chosen.shape)) * reviewing[:, None]
    # Sites closed by raids or for want of workers, not by choice.
    leaving[:, -1] += _per(np.maximum(0.0, mechanics["closures"][period] - mechanics["exit"][period]), active)
    # Where hardly anybody is, counts of a period can exceed the stock they are divided by.
    return np.asarray(leaving / np.maximum(1.0, leaving.sum(axis=1, keepdims=True)))


def _entrants(enter: Floats, potential: float, fading: Floats) -> Floats:
    """Return expected entrants by place in a period, when places' appeal has faded by these factors [C]."""
    if potential <= 0:
        return np.zeros_like(enter)
    chosen, staying_out = enter * fading, max(0.0, potential - float(enter.sum()))
    return np.asarray(potential * chosen / (staying_out + chosen.sum()))


# ---- estimators of the field ----------------------------------------


@dataclass(frozen=True, kw_only=True)
class WeightedDisplacementDifference:
    """The weighted displacement difference and its parts (Wheeler & Ratcliffe 2018)."""

    treated: float
    buffer: float
    total: float
    variance: float
    z: float
    lo95: float
    hi95: float


Counts = tuple[float, float]  # recorded before, recorded after


def weighted_displacement_difference(
    treated: Counts, control: Counts, buffer: Counts, buffer_control: Counts
) -> WeightedDisplacementDifference:
    """Return treated and buffer changes net of their controls, with the error of independent counts."""
    areas = (treated, control, buffer, buffer_control)
    rise = [after - before for before, after in areas]
    direct, spilled = rise[0] - rise[1], rise[2] - rise[3]
    variance = float(sum(before + after for before, after in areas))
    error, total = variance**0.5, direct + spilled
    half = float(stats.norm.ppf(0.975)) * error
    z = total / error if error > 0 else UNDEFINED
    return WeightedDisplacementDifference(
        treated=direct, buffer=spilled, total=total, variance=variance, z=z,
        lo95=total - half, hi95=total + half,
    )  # fmt: skip


def weighted_displacement_quotient(treated: Counts, control: Counts, buffer: Counts) -> float:
    """Return the WDQ (Bowers & Johnson 2003): negative = displacement, positive = diffusion of benefits.

    nan where it is not to be reported: an empty cell, or a treated area that did not improve on its control.
    """
    if min(*treated, *control, *buffer) <= 0:
        return UNDEFINED
    success = treated[1] / control[1] - treated[0] / control[0]
    if success >= 0:
        return UNDEFINED
    return (buffer[1] / control[1] - buffer[0] / control[0]) / success + 0.0


def total_net_effect(treated: Counts, control: Counts, buffer: Counts) -> float:
    """Return the crimes prevented in the treated area and its buffer, given the control's trend; or nan."""
    if min(control) <= 0:
        return UNDEFINED
    trend = control[1] / control[0]
    return (treated[0] * trend - treated[1]) + (buffer[0] * trend - buffer[1])


# ---- concentration ----------------------------------------


def herfindahl(amounts: npt.ArrayLike) -> float:
    """Return the Herfindahl-Hirschman index: 1 = all in one place, 1/n = evenly over n; nan for nothing."""
    amount = np.asarray(amounts, dtype=np.float64)
    total = amount.sum()
    return float(np.sum((amount / total) ** 2)) if total > 0 else UNDEFINED
