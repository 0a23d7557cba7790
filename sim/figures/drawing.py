"""What a figure is: a picture, the words that replace it, and its numbers as a table."""

from collections.abc import Callable
from dataclasses import dataclass

from matplotlib.figure import Figure

from sim.figures.findings import Findings
from sim.figures.look import in_our_look


@dataclass(frozen=True, kw_only=True)
class Table:
    """The numbers of a figure as text; the first column names the row."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, kw_only=True)
class Drawing:
    """One kind of figure; called with findings (and an arm, when there is one picture for each) it draws."""

    name: str
    heading: str
    reading: str  # how to read it
    draw: Callable[[Findings, str], Figure]
    describe: Callable[[Findings, str], str]  # words in place of the picture
    table: Callable[[Findings, str], Table]
    per_arm: bool = False
    of_baseline: bool = False  # whether there is one of the baseline too

    def __call__(self, findings: Findings, arm: str = "") -> Figure:
        """Return the complete figure."""
        return in_our_look(self.draw)(findings, arm)

    def arms(self, findings: Findings) -> tuple[str, ...]:
        """Return the arms to draw it for, or the empty name for one figure of all of them."""
        if not self.per_arm:
            return ("",)
        return (findings.baseline,) * self.of_baseline + tuple(arm.name for arm in findings.policies)
