"""What the figures and the report show: the answers of one comparison as plain arrays, whatever made them.

Arrays over countries [C] follow `places`; arrays over periods [P] follow `weeks`. Bands over time hold
nine runs in ten; bands over countries are 90 % intervals of the mean over pairs.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Rings = tuple[Floats, ...]  # of one country: closed lines of (longitude, latitude)


@dataclass(frozen=True, kw_only=True)
class Interval:
    """The spread of one number over the runs."""

    median: float
    lo50: float
    hi50: float
    lo90: float
    hi90: float
    n: int
    n_worse: int | None = None  # runs in which the arm did more harm than the baseline
    mean: float = np.nan
    mean90: tuple[float, float] = (np.nan, np.nan)  # 90 % interval of the mean
    luck90: tuple[float, float] = (np.nan, np.nan)  # where nine runs in ten would lie with luck alone

    @property
    def clear(self) -> bool:
        """Whether 90 % of the spread lies on one side of zero."""
        return self.lo90 > 0 or self.hi90 < 0


@dataclass(frozen=True, kw_only=True)
class Known:
    """A mean over pairs with its 90 % interval."""

    mean: float
    lo90: float
    hi90: float


@dataclass(frozen=True, kw_only=True)
class Place:
    """A country as the figures need it."""

    code: str
    name: str
    region: str
    latitude: float
    longitude: float


@dataclass(frozen=True, kw_only=True)
class Arm:
    """One policy of the experiment."""

    name: str
    label: str
    about: str = ""
    treated: tuple[str, ...] = ()
    in_force: tuple[str, ...] = ()  # each instrument as a sentence


@dataclass(frozen=True, kw_only=True)
class Band:
    """A middle with its low and its high, over periods [P] or countries [C]."""

    middle: Floats
    low: Floats
    high: Floats

    @property
    def clear(self) -> npt.NDArray[np.bool_]:
        """Where the band keeps to one side of zero."""
        kept: npt.NDArray[np.bool_] = (self.low > 0) | (self.high < 0)
        return kept


@dataclass(frozen=True, kw_only=True)
class Course:
    """One arm over time [P]: true and recorded losses (a year), and their % change from the baseline."""

    true: Band
    recorded: Band
    true_change: Band | None = None  # none for the baseline itself
    recorded_change: Band | None = None


@dataclass(frozen=True, kw_only=True)
class Ledger:
    """Who pays and who gains in one arm, by country [C], USD a year against the baseline."""

    cost: Band  # extra public spending
    private: Band  # extra cost to legitimate users, neither public money nor counted as harm
    avoided: Band  # harm avoided among the residents (victim side)
    hosted: Band  # change of the harm caused from the territory (host side)


@dataclass(frozen=True, kw_only=True)
class Leakage:
    """One leakage: what came back elsewhere as a share of what went, beside what the choice rule gives."""

    side: str  # host or victim
    measure: str
    simulated: float  # nan = undefined
    lo90: float
    hi90: float
    mechanical: float
    n: int
    n_undefined: int  # pairs in which the treated countries did not fall
    anywhere: bool = True  # whether the arm treats any country
    elsewhere: bool = True  # whether it leaves any untreated

    @property
    def defined(self) -> bool:
        """Whether there is a leakage to speak of."""
        return bool(np.isfinite(self.simulated)) and self.elsewhere

    @property
    def swamped(self) -> bool:
        """Whether harm fell outside by more than inside, so that the ratio says little."""
        return self.simulated < -1.0


@dataclass(frozen=True, kw_only=True)
class Spending:
    """Money planned and spent in one arm, USD a year over the window."""

    planned: float
    spent: Interval
    private: float = 0.0
    quarters: int = 0
    quarters_off: int = 0  # more than 1 % from the plan

    @property
    def off(self) -> float:
        """The difference of the mean from the plan, as a share of the plan (0 without a plan)."""
        return self.spent.mean / self.planned - 1.0 if self.planned > 0 else 0.0

    @property
    def flagged(self) -> bool:
        """Whether plan and spending are more than one per cent apart, over the window or in any quarter."""
        return abs(self.off) > 0.01 + 1e-9 or self.quarters_off > 0


@dataclass(frozen=True, kw_only=True)
class Headlines:
    """What each run said (harm avoided, % of the baseline's) beside the numbers it had drawn [n]."""

    drawn: Mapping[str, Floats]  # path of the parameter -> its value in each run; empty when only luck varies
    avoided: Mapping[str, Floats]  # arm or contrast -> harm avoided in each run


@dataclass(frozen=True, kw_only=True)
class Choice:
    """One of the five choices that decide the answer, with the value used."""

    name: str
    used: str
    why: str


@dataclass(frozen=True, kw_only=True)
class Survival:
    """What became of one sentence of the report when the model was changed."""

    text: str
    survives: int
    variations: int
    fails: tuple[str, ...]  # variations in which the contrary is clear
    undecided: tuple[str, ...]  # in which the runs do not tell, or nothing is defined


@dataclass(frozen=True, kw_only=True)
class Findings:
    """Everything the figures and the report show."""

    experiment: str
    question: str
    status: str
    baseline: str
    arms: tuple[Arm, ...]  # in the file's order, the baseline among them
    contrasts: tuple[tuple[str, str, str], ...]  # (name, of, minus)
    places: tuple[Place, ...]
    outlines: Mapping[str, Rings]  # of every country of the map; empty = an imagined world
    runs: int
    failures: int = 0
    window: tuple[int, int]
    weeks: Floats  # end of each period [P], weeks after burn-in
    spread: str  # the sentence that says what the intervals cover
    avoided: Mapping[str, Interval]  # arm or contrast -> harm avoided, % of the baseline's harm
    baseline_harm: Interval  # USD a year
    course_unit: str = "USD"  # or persons
    courses: Mapping[str, Course]
    operations: Mapping[str, Band]  # arm -> change of operations by host [C]
    operations_before: Floats  # in the baseline [C]
    moves: Mapping[str, Floats]  # arm -> operations moved a year [C, C], origin by destination
    ledgers: Mapping[str, Ledger]
    leakages: Mapping[str, tuple[Leakage, ...]]  # arm -> by side
    curves: Mapping[str, Band]  # arm -> leakage from the first studied week to each period's end [P]; nan = undefined
    concentration: Mapping[str, Mapping[str, Known]]  # arm -> index of operations; levels of the baseline, else changes
    spilled: Mapping[str, tuple[float, float, float]]  # arm -> hosted harm elsewhere that rose, fell, net (USD a year)
    anticipated: Mapping[str, tuple[int, int, Known]]  # arm -> announced, start, % change of treated operations by then
    mechanical_curves: Mapping[str, Floats] = field(default_factory=dict)  # the same of the choice rule alone [P]
    headlines: Headlines
    spending: Mapping[str, Spending]
    sentences: tuple[str, ...]  # computed, "in the model" in each
    headline: str = ""  # what the first of them says, without its limits
    decimals: int = 1  # of every per cent of harm avoided: one number for all figures and tables
    harm: str = ""  # what counts as how much harm
    kinds: tuple[tuple[str, str], ...] = ()  # of instruments: name, what it does
    choices: tuple[Choice, ...] = ()
    survivals: tuple[Survival, ...] = ()  # after a study of robustness: a row for each sentence that holds something
    robustness: tuple[str, ...] = ()  # what that study says
    settings: tuple[tuple[str, str], ...] = ()
    recalled: tuple[tuple[str, ...], ...] = ()  # rows whose evidence is memory: what, value, source
    shown_only: tuple[tuple[str, ...], ...] = ()  # the same for rows that no phase reads
    checksums: tuple[tuple[str, str], ...] = ()
    command: str = ""
    limits: tuple[str, ...] = field(default=())

    @property
    def policies(self) -> tuple[Arm, ...]:
        """The arms without the baseline."""
        return tuple(arm for arm in self.arms if arm.name != self.baseline)

    @property
    def codes(self) -> tuple[str, ...]:
        """The countries' codes, in the order of every array over countries."""
        return tuple(place.code for place in self.places)

    def arm(self, name: str) -> Arm:
        """Return the arm called `name`."""
        return next(arm for arm in self.arms if arm.name == name)

    def label(self, name: str) -> str:
        """Return the words for an arm or a contrast."""
        return next((arm.label for arm in self.arms if arm.name == name), name)

    def private(self, name: str) -> float:
        """Return what legitimate users bear more under an arm or in a contrast, USD a year."""
        of, minus = next(((of, minus) for one, of, minus in self.contrasts if one == name), (name, self.baseline))
        return self.spending[of].private - self.spending[minus].private

    def footer(self, more: str = "") -> str:
        """Return the line under every figure: the status first."""
        window = f"weeks {self.window[0]} to {self.window[1]}"
        line = f"{self.status.upper()} · {self.experiment} · {self.runs} paired run{'s' * (self.runs != 1)} · {window}"
        return f"{line} · {more}" if more else line
