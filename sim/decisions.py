"""Decisions that somebody else takes: whom the phases ask, what counts as an answer, and how others are refused."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from numbers import Real
from typing import Any, NamedTuple

import numpy as np

from sim.declare import UnknownName, nearest
from sim.setting import Setting
from sim.state import Floats, State

ROUNDING = 1e-9  # by which the teams sent out may exceed the teams there are, relative


class OverrideRefused(ValueError):
    """A decision that cannot be carried out: the run stops and says who decided, when, what, and what is valid."""

    def __init__(self, decider: str, week: int, answer: object, rule: str, valid: tuple[str, ...] = ()) -> None:
        self.decider, self.week, self.answer, self.rule, self.valid = decider, week, answer, rule, valid
        choices = f"; valid: {', '.join(valid)}" if valid else ""
        super().__init__(f"week {week}: {decider} returned {answer!r}: {rule}{choices}")


@dataclass(frozen=True)
class Decider:
    """A function that decides, and the name that an error message gives it."""

    name: str
    decide: Callable[..., Any]


@dataclass(frozen=True)
class Decisions:
    """Who decides in place of a compiled rule; whom nobody speaks for decides by the rule, bit for bit.

    `police` and `people` are by country code, `syndicates` by row; the mappings are read anew in every week.
    Police are asked with (teams, {crime: teams} of the rule), people with their share of losses reported,
    syndicates with (row of the operation, its Options). Nobody is asked in the burn-in unless `burn_in` says so.
    """

    police: Mapping[str, Decider] = field(default_factory=dict)
    people: Mapping[str, Decider] = field(default_factory=dict)
    syndicates: Mapping[int, Decider] = field(default_factory=dict)
    burn_in: bool = False


class Option(NamedTuple):
    """Something that an operation under review can do, as the model's own rule sees it."""

    name: str
    country: str | None  # code of where it would be afterwards, None if it closes
    utility: float
    probability: float


class Options:
    """All that an operation under review can do: iterate over it, or look an option up by its name."""

    def __init__(
        self, decider: str, week: int, found: tuple[Option, ...], draw: Callable[[Floats], int], default: Option
    ) -> None:
        self._decider, self._week, self._draw = decider, week, draw
        self._by_name = {option.name: option for option in found}
        self.default = default  # what the model's own rule has picked

    def __iter__(self) -> Iterator[Option]:
        return iter(self._by_name.values())

    def __len__(self) -> int:
        return len(self._by_name)

    def __contains__(self, name: object) -> bool:
        return name in self._by_name

    def __getitem__(self, name: str) -> Option:
        """Return the option of this name, or raise UnknownName."""
        if name not in self._by_name:
            raise UnknownName("option", name, self._by_name)
        return self._by_name[name]

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all options."""
        return tuple(self._by_name)

    def draw(self, weights: Mapping[str, float] | list[float]) -> Option:
        """Return an option drawn in proportion to weights, by name or in the order of the options.

        The luck is that of the model's own pick: with the rule's probabilities it is the default, and setting the
        weight of some options to zero changes only the choice of those who would have picked one of them.
        """
        given = [weights.get(name, 0.0) for name in self._by_name] if isinstance(weights, Mapping) else weights
        unknown = [name for name in weights if name not in self._by_name] if isinstance(weights, Mapping) else []
        values = _numbers(given)
        if unknown or values is None or values.shape != (len(self),):
            rule = f"needs a number for each of {len(self)} options"
            raise OverrideRefused(f"{self._decider}, drawing,", self._week, weights, rule, self.names)
        with np.errstate(over="ignore"):
            total = values.sum()
        if not np.isfinite(total) or (values < 0.0).any() or total <= 0.0:
            rule = "weights and their sum are finite, none is negative, and one of them is above 0"
            raise OverrideRefused(f"{self._decider}, drawing,", self._week, weights, rule, self.names)
        return list(self)[self._draw(values / total)]

    def accept(self, answer: object) -> int:
        """Return the place of the option that was chosen, given itself or by name, or raise OverrideRefused."""
        name = answer.name if isinstance(answer, Option) else answer
        if not isinstance(name, str) or name not in self._by_name:
            meant = nearest(name, self.names) if isinstance(name, str) else None
            rule = "there is no such option" + (f" (did you mean {meant!r}?)" if meant else "")
            raise OverrideRefused(self._decider, self._week, answer, rule, self.names)
        return self.names.index(name)


def asked(state: State, setting: Setting) -> Decisions:
    """Return who is asked this week: nobody in a run that nobody interferes with."""
    decisions = setting.decisions
    if decisions is None or (state.week < setting.burn_in and not decisions.burn_in):
        return NOBODY
    return decisions


def sent(state: State, setting: Setting, teams: Floats, proposal: Floats) -> Floats:
    """Return the teams [K, C] that police send on patrol: the rule's, but for forces that decide themselves."""
    for code, decider in asked(state, setting).police.items():
        place = _place(code, setting)
        offered = dict(zip(setting.crimes, map(float, proposal[:, place]), strict=True))
        answer = decider.decide(float(teams[place]), offered)
        proposal[:, place] = _teams(decider.name, _week(state, setting), answer, setting.crimes, float(teams[place]))
    return proposal


def told(state: State, setting: Setting, share: Floats) -> Floats:
    """Return the share of losses that is reported [C]: the rule's, but for people who decide themselves."""
    for code, decider in asked(state, setting).people.items():
        place = _place(code, setting)
        share[place] = _share(decider.name, _week(state, setting), decider.decide(float(share[place])))
    return share


def _place(code: str, setting: Setting) -> int:
    codes = setting.world.codes
    if code not in codes:
        raise UnknownName("country", code, codes)
    return codes.index(code)


def _week(state: State, setting: Setting) -> int:
    return state.week - setting.burn_in


def _numbers(given: object) -> Floats | None:
    try:
        return np.array(given, dtype=np.float64)
    except (TypeError, ValueError, OverflowError):
        return None


def _teams(decider: str, week: int, answer: Any, crimes: tuple[str, ...], teams: float) -> Floats:
    """Return teams by crime [K] from a mapping (who is not named gets none) or one number for each crime."""

    def refused(rule: str) -> OverrideRefused:
        return OverrideRefused(decider, week, answer, rule, crimes)

    if isinstance(answer, Mapping):
        for crime in answer:
            if crime not in crimes:
                meant = nearest(str(crime), crimes)
                hint = f" (did you mean {meant!r}?)" if meant else ""
                raise refused(f"there is no crime {crime!r}{hint}")
    values = _numbers([answer.get(crime, 0.0) for crime in crimes] if isinstance(answer, Mapping) else answer)
    if values is None or values.shape != (len(crimes),):
        raise refused(f"teams are a mapping from crimes to numbers, or {len(crimes)} numbers in the order of crimes")
    if not np.isfinite(values).all():
        raise refused("teams are finite numbers")
    if (values < 0.0).any():
        raise refused("teams are not negative")
    if values.sum() > teams * (1.0 + ROUNDING):
        raise refused(f"it has {teams:g} teams and sends out {values.sum():g}")
    return values


def _share(decider: str, week: int, answer: Any) -> float:
    share = _numbers(answer) if isinstance(answer, Real) else None
    if share is None or not 0.0 <= share <= 1.0:  # nor if it is not a number
        raise OverrideRefused(decider, week, answer, "the share of losses reported is a number from 0 to 1")
    return float(share)


NOBODY = Decisions()
