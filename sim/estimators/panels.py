"""Estimates from a panel of areas and periods: difference in differences and event study.

The panel is balanced: every area has every period. The two-way fixed-effects estimate is then the mean change of the
treated areas less that of the others, and what distinguishes the methods is how they judge its error.
"""

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from scipy import stats

from sim.estimators.pairs import UNDEFINED, Booleans, Floats

ErrorBy = Literal["clusters", "areas", "periods"]
ERRORS: tuple[ErrorBy, ...] = get_args(ErrorBy)


@dataclass(frozen=True, kw_only=True)
class Effect:
    """An estimate with its standard error and the degrees of freedom of its t; nan where there is no error."""

    estimate: float
    error: float
    degrees: int

    @property
    def interval95(self) -> tuple[float, float]:
        """The ends of the 95 % interval; nan without an error."""
        if self.degrees < 1 or not np.isfinite(self.error):
            return UNDEFINED, UNDEFINED
        half = float(stats.t.ppf(0.975, self.degrees)) * self.error
        return self.estimate - half, self.estimate + half

    @property
    def p(self) -> float:
        """The two-sided p-value of no effect; nan without an error."""
        if self.degrees < 1 or not np.isfinite(self.error):
            return UNDEFINED
        if self.error == 0:
            return 1.0 if self.estimate == 0 else 0.0
        return float(2 * stats.t.sf(abs(self.estimate) / self.error, self.degrees))


def difference_in_differences(values: Floats, treated: Booleans, after: Booleans, by: ErrorBy = "areas") -> Effect:
    """Return how much more the treated areas changed than the others; values [areas, periods].

    The error is judged by `clusters`: least squares with effects of area and period, clustered by area, t with
    areas - 1 degrees of freedom (far too small when one group has a single area: MacKinnon & Webb 2017); by
    `areas`: one change for each area, both groups with the same variance (Donald & Lang 2007); by `periods`: the
    gap between the two groups over time, with the autocorrelation of Newey & West (1987). Without an area or a
    period on each side there is no estimate, with too few of them no error.
    """
    if not (treated.any() and (~treated).any() and after.any() and (~after).any()):
        return Effect(estimate=UNDEFINED, error=UNDEFINED, degrees=0)
    if by == "periods":
        return _between_periods(values[treated].mean(axis=0) - values[~treated].mean(axis=0), after)
    change = values[:, after].mean(axis=1) - values[:, ~after].mean(axis=1)
    return _between_areas(change, treated, pooled=by == "areas")


def _between_areas(change: Floats, treated: Booleans, pooled: bool = True) -> Effect:
    """Return the mean change of treated areas less that of the others, with its error over areas."""
    groups = [change[treated], change[~treated]]
    estimate = float(groups[0].mean() - groups[1].mean())
    squares = [float(((group - group.mean()) ** 2).sum()) for group in groups]
    count = len(change)
    if count < 3:
        return Effect(estimate=estimate, error=UNDEFINED, degrees=0)
    if pooled:
        variance = sum(squares) / (count - 2) * sum(1 / len(group) for group in groups)
        return Effect(estimate=estimate, error=variance**0.5, degrees=count - 2)
    # What the sandwich over areas comes to in a balanced panel.
    meat = sum(square / len(group) ** 2 for square, group in zip(squares, groups, strict=True))
    return Effect(estimate=estimate, error=(count / (count - 1) * meat) ** 0.5, degrees=count - 1)


def _between_periods(gap: Floats, after: Booleans) -> Effect:
    """Return the change of a gap [periods], with an error that allows for its autocorrelation."""
    count = len(gap)
    estimate = float(gap[after].mean() - gap[~after].mean())
    if count < 4:
        return Effect(estimate=estimate, error=UNDEFINED, degrees=0)
    share = after.mean()
    residual = gap - np.where(after, gap[after].mean(), gap[~after].mean())
    score = (after - share) * residual
    lags = int(4 * (count / 100) ** (2 / 9))
    variance = float(score @ score)
    for lag in range(1, lags + 1):
        variance += 2 * (1 - lag / (lags + 1)) * float(score[lag:] @ score[:-lag])
    variance *= count / (count - 2) / (count * share * (1 - share)) ** 2
    return Effect(estimate=estimate, error=max(0.0, variance) ** 0.5, degrees=count - 2)


@dataclass(frozen=True, kw_only=True)
class EventStudy:
    """Effects by period, relative to the last period before the start."""

    effects: Floats  # [periods]; 0 in the period they are relative to
    errors: Floats  # [periods]; nan with fewer than three areas
    mean: Effect  # of the periods after the start
    trend: Effect  # of the gap before the start, a period: a pre-trend is what differs from zero

    @property
    def has_pretrend(self) -> bool:
        """Whether the two groups already moved apart before the start, at 5 %."""
        return bool(self.trend.p < 0.05)


def event_study(values: Floats, treated: Booleans, after: Booleans) -> EventStudy:
    """Return how far treated areas stand from the others, period by period; values [areas, periods].

    All periods before the start come first. Errors are over areas (Donald & Lang 2007). The pre-trend is the
    difference of the two groups' mean slopes before the start; it needs two periods.
    """
    periods = values.shape[1]
    before = np.flatnonzero(~after)
    nothing = Effect(estimate=UNDEFINED, error=UNDEFINED, degrees=0)
    if not (treated.any() and (~treated).any() and after.any() and len(before)):
        unknown = np.full(periods, UNDEFINED)
        return EventStudy(effects=unknown, errors=unknown.copy(), mean=nothing, trend=nothing)
    since = values - values[:, before[-1:]]
    found = [_between_areas(since[:, period], treated) for period in range(periods)]
    time = before - before.mean()
    trend = nothing
    if len(before) > 1:
        trend = _between_areas(values[:, before] @ time / float(time @ time), treated)
    return EventStudy(
        effects=np.array([one.estimate for one in found]), errors=np.array([one.error for one in found]),
        mean=_between_areas(since[:, after].mean(axis=1), treated), trend=trend,
    )  # fmt: skip
