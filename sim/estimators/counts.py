"""What field studies compute from counts before and after, in the treated area, its buffer and a control."""

from dataclasses import dataclass

from scipy import stats

from sim.estimators.pairs import UNDEFINED


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
    treated: Counts,
    control: Counts,
    buffer: Counts,
    buffer_control: Counts,
    *,
    weights: tuple[float, float, float, float] = (1.0, 1.0, 1.0, 1.0),
    before_weight: float = 1.0,
) -> WeightedDisplacementDifference:
    """Return treated and buffer changes net of their controls, with the error of independent counts.

    `weights` of the four areas, in this order, make areas of unequal size comparable; `before_weight` does so
    for periods of unequal length (both are extensions by the first author).
    """
    areas = list(zip((treated, control, buffer, buffer_control), weights, strict=True))
    rise = [weight * (after - before_weight * before) for (before, after), weight in areas]
    direct, spilled = rise[0] - rise[1], rise[2] - rise[3]
    variance = float(sum(weight**2 * (after + before_weight**2 * before) for (before, after), weight in areas))
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
    """Return crimes prevented in the treated area and its buffer, given the control's trend (Guerette 2009); or nan."""
    if min(control) <= 0:
        return UNDEFINED
    trend = control[1] / control[0]
    return (treated[0] * trend - treated[1]) + (buffer[0] * trend - buffer[1])
