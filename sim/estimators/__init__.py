"""Numbers about pairs of runs and about what police record, and what theory says they should be.

Functions of arrays, nothing else. A pair is two runs with the same luck and the same drawn parameters, one with a
policy and one without; the first axis of an array of pairs is always the pair [n].
"""

from sim.estimators.choice import (
    Mechanics,
    Propagated,
    choice_shares,
    own_risk,
    propagate,
    propagate_rise,
    risk_rise,
    salient_utilities,
    satisficing_shares,
    static_leakage,
)
from sim.estimators.concentration import (
    centroid,
    centroid_shift,
    entropy,
    footprint,
    gini,
    herfindahl,
)
from sim.estimators.counts import (
    Counts,
    WeightedDisplacementDifference,
    total_net_effect,
    weighted_displacement_difference,
    weighted_displacement_quotient,
)
from sim.estimators.pairs import (
    RESAMPLES,
    UNDEFINED,
    Booleans,
    Floats,
    Leakage,
    Paired,
    leakage,
    leakage_ratio,
    mean_interval,
    pair_correlation,
    paired_difference,
    spillover,
    summary_of,
    variance_gain,
)
from sim.estimators.panels import ERRORS, Effect, EventStudy, difference_in_differences, event_study

__all__ = [
    "ERRORS",
    "RESAMPLES",
    "UNDEFINED",
    "Booleans",
    "Counts",
    "Effect",
    "EventStudy",
    "Floats",
    "Leakage",
    "Mechanics",
    "Paired",
    "Propagated",
    "WeightedDisplacementDifference",
    "centroid",
    "centroid_shift",
    "choice_shares",
    "difference_in_differences",
    "entropy",
    "event_study",
    "footprint",
    "gini",
    "herfindahl",
    "leakage",
    "leakage_ratio",
    "mean_interval",
    "own_risk",
    "pair_correlation",
    "paired_difference",
    "propagate",
    "propagate_rise",
    "risk_rise",
    "salient_utilities",
    "satisficing_shares",
    "spillover",
    "static_leakage",
    "summary_of",
    "total_net_effect",
    "variance_gain",
    "weighted_displacement_difference",
    "weighted_displacement_quotient",
]
