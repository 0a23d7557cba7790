"""The figures of a comparison: each draws arrays on given axes, and has words and a table beside it."""

from typing import TYPE_CHECKING

from matplotlib.figure import Figure

from sim.declare import UnknownName
from sim.figures import assumptions, courses, geography, intervals, leakage, ledgers, maps, matrix
from sim.figures.drawing import Drawing, Table
from sim.figures.findings import Findings

if TYPE_CHECKING:
    from sim.comparison import Comparison

# In the order of the report.
FIGURES: dict[str, Drawing] = {
    drawing.name: drawing
    for drawing in (
        intervals.DRAWING,
        courses.DRAWING,
        maps.DRAWING,
        matrix.DRAWING,
        leakage.LEAKAGE,
        leakage.CURVES,
        geography.DRAWING,
        assumptions.DRAWING,
        ledgers.PAYS_AND_GAINS,
        ledgers.SPENDING,
    )
}


def plot(comparison: "Comparison", name: str = "intervals", arm: str = "") -> Figure:
    """Return a figure of a comparison; of those with a picture for each arm, the named or the first one's.

    Raises UnknownName for a figure or an arm that there is not.
    """
    from sim.figures.reading import read  # needs the whole model, which drawing alone does not

    if name not in FIGURES:
        raise UnknownName("figure", name, FIGURES)
    drawing, findings = FIGURES[name], read(comparison)
    choice = drawing.arms(findings)
    if arm and arm not in choice:
        raise UnknownName("arm", arm, filter(None, choice))
    policies = [one for one in choice if one != findings.baseline]
    return drawing(findings, arm or next(iter([*policies, *choice]), ""))


__all__ = ["FIGURES", "Drawing", "Findings", "Table", "plot"]
