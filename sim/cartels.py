"""Two like cartels that recruit, lose members to arrests and kill each other (Prieto-Curiel et al. 2023).

A yardstick from the literature whose fixed point is known; the simulation is not built on it.
"""

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

# By week, of two cartels of 25,000 members: each recruits 150, both lose 80 to arrests, each loses 34 to the other
# and 76 to saturation.
RECRUITMENT = 150 / 25_000  # per member
ARREST = 80 / 50_000  # per member
CONFLICT = 34 / 25_000**2  # per pair of members of different cartels
SATURATION = 76 / 25_000**2  # per pair of members of the same


def fixed_point() -> float:
    """Return the size (members) at which two cartels of equal size stay."""
    return (RECRUITMENT - ARREST) / (CONFLICT + SATURATION)


def deaths(conflict: npt.ArrayLike, members: float = 25_000.0) -> Floats:
    """Return the deaths of each week [W] of two cartels that begin with so many members each.

    `conflict` multiplies conflict, and nothing else, in each week [W]. Deaths are counted with the members at the
    week's start.
    """
    size, counted = members, []
    for factor in np.asarray(conflict, dtype=np.float64):
        killed = factor * CONFLICT * size**2  # of each
        counted.append(2.0 * killed)
        size += (RECRUITMENT - ARREST) * size - SATURATION * size**2 - killed
    return np.array(counted)


def flare_up(factor: float, weeks: int = 520, first: int = 100, last: int = 125) -> Floats:
    """Return a factor on conflict by week [W]: 1, but `factor` from the first to the last week of a flare-up."""
    week = np.arange(weeks)
    return np.where((week >= first) & (week <= last), factor, 1.0)
