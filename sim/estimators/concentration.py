"""How concentrated amounts are."""

import numpy as np
import numpy.typing as npt

from sim.estimators.pairs import UNDEFINED


def herfindahl(amounts: npt.ArrayLike) -> float:
    """Return the Herfindahl-Hirschman index: 1 = all in one place, 1/n = evenly over n; nan for nothing."""
    amount = np.asarray(amounts, dtype=np.float64)
    total = amount.sum()
    return float(np.sum((amount / total) ** 2)) if total > 0 else UNDEFINED
