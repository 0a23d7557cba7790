"""Differences between paired runs and their leakage."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy import stats

Floats = npt.NDArray[np.float64]
Booleans = npt.NDArray[np.bool_]

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


def spillover(change: Floats) -> tuple[float, float, float]:
    """Return displacement, diffusion and net change from changes of untreated places over pairs [n, C].

    Signs are taken after averaging over pairs: displacement adds the places that rose, diffusion of benefits
    (Clarke & Weisburd 1994) those that fell. Net is displacement minus diffusion.
    """
    mean = change.mean(axis=0)
    risen, fallen = float(mean[mean > 0].sum()), float(abs(mean[mean < 0]).sum())
    return risen, fallen, risen - fallen
