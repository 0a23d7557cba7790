"""What a sentence of a report holds, as a claim that another comparison of the same arms bears out or not.

A claim is a quantity and the open interval in which its 90 % interval must lie. The words of the report are made
from claims (`sim.comparison.words`), so that whoever tests claims tests what the report says.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

import numpy as np
import numpy.typing as npt

from sim.comparison.stored import HEADLINE
from sim.estimators import summary_of

if TYPE_CHECKING:
    from sim.comparison import Comparison

Floats = npt.NDArray[np.float64]
Verdict = Literal["survives", "undecided", "undefined", "fails"]
VERDICTS: tuple[Verdict, ...] = ("survives", "undecided", "undefined", "fails")  # from the best to the worst
ENDLESS = (-np.inf, np.inf)
SIDES = ("host", "victim")
OWN = "itself"  # what an arm is measured against that is measured against its own plan


@dataclass(frozen=True, kw_only=True)
class Reading:
    """What a comparison says of a quantity: its value and the ends of its 90 % interval; nan = undefined."""

    value: float
    low: float
    high: float
    n: int = 0  # pairs

    @property
    def side(self) -> tuple[float, float]:
        """The side of zero on which the whole interval lies, as an open interval; endless if it lies on none."""
        if self.high < 0.0:
            return -np.inf, 0.0
        return (0.0, np.inf) if self.low > 0.0 else ENDLESS


NOTHING = Reading(value=np.nan, low=np.nan, high=np.nan)


@dataclass(frozen=True, kw_only=True)
class Claim:
    """A quantity and where it is held to lie: between `above` and `below`, or at both if they are equal."""

    quantity: str  # one of QUANTITIES
    of: str  # arm
    against: str  # arm or side
    words: str  # what is held, without its size
    here: Reading = field(compare=False)  # what it was in the comparison that makes the claim
    above: float = -np.inf
    below: float = np.inf

    @property
    def decided(self) -> bool:
        """Whether anything is held; what the runs do not tell holds nothing."""
        return (self.above, self.below) != ENDLESS

    @property
    def name(self) -> str:
        """What is measured, in short."""
        return f"{self.quantity}: {self.of}, {self.against}"

    def verdict(self, reading: Reading) -> Verdict:
        """Return what a reading makes of the claim; an interval with an end inside and one outside decides nothing."""
        if not np.isfinite(reading.value):
            return "undefined"
        low = reading.low if np.isfinite(reading.low) else -np.inf
        high = reading.high if np.isfinite(reading.high) else np.inf
        if self.above == self.below:
            kept, apart = low == high == self.above, not low <= self.above <= high
        else:
            kept = (low > self.above or self.above == -np.inf) and (high < self.below or self.below == np.inf)
            apart = high <= self.above or low >= self.below
        return "survives" if kept else "fails" if apart else "undecided"

    def as_large(self, reading: Reading) -> bool:
        """Return whether a reading's interval and that of the comparison that makes the claim meet."""
        ends = (reading.low, reading.high, self.here.low, self.here.high)
        return bool(np.isfinite(ends).all() and reading.low <= self.here.high and self.here.low <= reading.high)

    def read(self, found: "Comparison") -> Reading:
        """Return what another comparison says of the quantity; nothing where it lacks the arms or their runs."""
        arms = [arm for arm in (found.baseline, self.of, self.against) if arm not in (*SIDES, OWN)]
        if any(arm not in found.arms for arm in arms) or not found.finished(*arms):
            return NOTHING
        return QUANTITIES[self.quantity](found, self.of, self.against)


@dataclass(frozen=True, kw_only=True)
class Said:
    """A sentence of the report and what it claims."""

    text: str
    claims: tuple[Claim, ...]

    def __post_init__(self) -> None:
        assert self.claims, f"a sentence without a claim: {self.text}"

    @property
    def decided(self) -> tuple[Claim, ...]:
        """The claims that hold something; without any, the sentence says what these runs do not tell."""
        return tuple(claim for claim in self.claims if claim.decided)


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """Return the worst of some verdicts: a sentence survives if all of its claims do."""
    return max(verdicts, key=VERDICTS.index)


# ---- quantities ----------------------------------------------------------------------------------


def reading_of(values: Floats) -> Reading:
    """Return the mean of values over pairs [n] with Student's 90 % interval; pairs without a value are left out."""
    known = values[np.isfinite(values)]
    found = summary_of(known)
    return Reading(value=float(found.mean), low=float(found.lo90), high=float(found.hi90), n=found.n)


def harm(found: "Comparison", of: str, against: str) -> Reading:
    """Return how much more harm one arm leaves than another, % of the baseline's."""
    pairs, percent = found.headline(of, against)
    whole = summary_of(percent)
    return Reading(value=float(whole.mean), low=float(whole.lo90), high=float(whole.hi90), n=len(pairs))


def inside(found: "Comparison", of: str, against: str) -> Reading:
    """Return the change of harm of one side in the treated countries, USD a year."""
    pairs, area = found.finished(of, found.baseline), found.treated_mask(of)
    now, before = (found.by_country(HEADLINE[0], against, arm, pairs)[:, area] for arm in (of, found.baseline))
    return reading_of((now - before).sum(axis=1) / found.years)


def leakage(found: "Comparison", of: str, against: str) -> Reading:
    """Return the leakage of harm of one side."""
    if not 0 < int(found.treated_mask(of).sum()) < len(found.manifest.codes):
        return NOTHING
    one = found.leakage_of(of, side=against)
    return Reading(value=float(one.value), low=float(one.lo90), high=float(one.hi90), n=one.n)


def private_cost(found: "Comparison", of: str, against: str) -> Reading:
    """Return what legitimate users bear more under one arm than under another, USD a year."""
    pairs = found.finished(of, against, found.baseline)
    one, other = (found.by_country("private_cost_usd", "payer", arm, pairs).sum(axis=1) for arm in (of, against))
    return reading_of((one - other) / found.years)


def off_plan(found: "Comparison", of: str, against: str) -> Reading:
    """Return how far an arm's spending over the window is from its plan, as a share of the plan."""
    first, last = found.window_periods
    planned = float(np.sum(found.arm(of)["planned_usd"][first:last]))
    spent = found.by_country("programme_usd", "payer", of, found.finished(of)).sum(axis=1)
    return reading_of(spent / planned - 1.0) if planned > 0 else NOTHING


QUANTITIES: dict[str, Callable[["Comparison", str, str], Reading]] = {
    "harm": harm,
    "inside": inside,
    "leakage": leakage,
    "private cost": private_cost,
    "off plan": off_plan,
}
