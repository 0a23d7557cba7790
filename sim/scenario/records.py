"""What a scenario is made of besides the numbers of the model: world, workforces, founders, clock, budget."""

from dataclasses import field
from typing import Annotated, Any, Literal, Self

from pydantic import Field, field_validator, model_validator

from sim.declare import param, record
from sim.strategies import AnyStrategy, IntelligenceLed
from sim.world import Country

Status = Literal["imagined", "stylised", "calibrated"]
Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,63}$")]
Words = Annotated[str, Field(max_length=4000)]
Share = Annotated[float, Field(ge=0, le=1)]
FARTHEST = 20_038  # km, half the Earth's girth


def ends_after_it_starts(start: int, end: int | None) -> None:
    """Raise ValueError if a window is empty."""
    if end is not None and end <= start:
        raise ValueError(f"'end' must come after 'start' (week {start}), not at week {end}")


@record
class Clock:
    """How long a run takes. Weeks count from the end of burn-in: week 0 is the first that is studied."""

    burn_in: int = param(
        156, unit="weeks", low=0, high=1040, source="A-45", about="time for the world to settle; not kept"
    )
    weeks: int = param(
        520, unit="weeks", low=1, high=5200, source="scenario", about="length of the study after burn-in"
    )
    period: int = param(13, unit="weeks", low=1, high=520, source="scenario", about="length of a period of the results")

    @model_validator(mode="after")
    def has_whole_periods(self) -> Self:
        """Return the clock if at least one whole period fits into it, or raise ValueError."""
        if self.period > self.weeks:
            raise ValueError(f"'period' ({self.period} weeks) must fit into 'weeks' ({self.weeks})")
        return self


@record
class Workforce:
    """A kind of workforce: whom it can address depends on its languages, not on where it sits."""

    name: Name = param(unit="word", source="scenario", about="name that founders refer to")
    home: str = param(unit="country code", source="scenario", about="country its people come from")
    share: float = param(unit="share of syndicates", low=0, high=1, source="scenario", about="all shares sum to 1")
    languages: dict[str, Share] = param(
        unit="share of speakers reached by language", source="scenario",
        about="how well it addresses people in a language (0 = not at all, 1 = as natives do)",
    )  # fmt: skip


@record
class Founder:
    """Operations that are there when burn-in begins."""

    country: str = param(unit="country code", source="scenario", about="where they sit")
    crime: str = param(unit="crime type", source="scenario", about="what they do")
    workers: int = param(
        unit="persons", low=1, high=10**8, source="scenario", about="all workers, coerced ones included"
    )
    coerced: float = param(0.0, unit="share of the workers", low=0, high=1, source="scenario", about="who are coerced")
    workforce: str | None = param(None, unit="workforce", source="scenario", about="its kind; none = by the shares")
    source: Words = param("", unit="words", source="scenario", about="where the numbers come from")

    @property
    def rank(self) -> tuple[str, str, str, int, float, str]:
        """Return what founders are ordered by, so that their order in a file means nothing."""
        return self.country, self.crime, self.workforce or "", self.workers, self.coerced, self.source


@record
class Budget:
    """An arm's common pot; crackdowns without a sum of their own buy teams with what the rest leaves."""

    usd_per_year: float | None = param(None, unit="USD a year", low=0, high=1e12, source="scenario", about="a sum")
    teams: float | None = param(None, unit="teams", low=0, high=1e6, source="scenario", about="or a number of teams")
    start: int = param(
        0,
        unit="weeks after burn-in",
        low=0,
        high=5200,
        source="scenario",
        about="first week; unless given, when the first instrument starts",
    )
    end: int | None = param(
        None,
        unit="weeks after burn-in",
        low=0,
        high=5200,
        source="scenario",
        about="first week without it; none = to the end",
    )

    @model_validator(mode="after")
    def is_a_sum_or_teams(self) -> Self:
        """Return the budget if it is one of the two and its window is not empty, or raise ValueError."""
        if (self.usd_per_year is None) == (self.teams is None):
            raise ValueError("give either 'usd_per_year' or 'teams'")
        ends_after_it_starts(self.start, self.end)
        return self

    def runs(self, week: int) -> bool:
        """Return whether money or teams come in during this week (weeks after burn-in)."""
        return self.start <= week and (self.end is None or week < self.end)


@record
class PoliceException:
    """Forces that work by another strategy than the others."""

    members: tuple[str, ...] = param(unit="country codes", source="scenario", about="countries whose forces follow it")
    strategy: AnyStrategy = param(unit="kind", source="scenario", about="theirs: by name or a mapping with its `kind`")


@record
class Policing:
    """By which strategy police forces work: all of them, with exceptions."""

    strategy: AnyStrategy = param(
        IntelligenceLed(), unit="kind", source="A-46",
        about="of all other forces: by name or a mapping with its `kind`; intelligence-led unless given",
    )  # fmt: skip
    exceptions: tuple[PoliceException, ...] = param(
        (), unit="list", source="scenario", about="forces that work otherwise"
    )

    @field_validator("exceptions")
    @classmethod
    def exceptions_in_order(cls, exceptions: tuple[PoliceException, ...]) -> tuple[PoliceException, ...]:
        """Return exceptions by their members, so that their order in a file means nothing."""
        return tuple(sorted(exceptions, key=lambda exception: exception.members))


@record
class Distance:
    """A distance that replaces the one on the map, both ways."""

    between: tuple[str, str] = param(unit="two country codes", source="scenario")
    km: float = param(unit="km", low=0, high=FARTHEST, source="scenario")


@record
class Migration:
    """People born in one country who live in another; they make it easier to set up there."""

    origin: str = param(unit="country code", source="scenario")
    destination: str = param(unit="country code", source="scenario")
    persons: int = param(unit="persons", low=0, high=10**10, source="scenario")


@record
class WorldChoice:
    """The countries of a study: codes of real ones or imagined ones in full, and what replaces the tables."""

    countries: tuple[str, ...] = ()
    imagined: tuple[Country, ...] = ()
    override: dict[str, dict[str, Any]] = field(default_factory=dict)
    distances: tuple[Distance, ...] = ()
    borders: tuple[tuple[str, str], ...] = ()
    migration: tuple[Migration, ...] = ()
    bodies: tuple[str, ...] = ()

    @property
    def codes(self) -> tuple[str, ...]:
        """Return the codes of all countries, in alphabetical order."""
        return tuple(sorted(self.countries + tuple(country.code for country in self.imagined)))

    @field_validator("countries", "bodies")
    @classmethod
    def in_order(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        """Return names in alphabetical order, so that the order in a file means nothing."""
        return tuple(sorted(names))

    @field_validator("imagined")
    @classmethod
    def by_code(cls, countries: tuple[Country, ...]) -> tuple[Country, ...]:
        """Return countries in the order of their codes."""
        return tuple(sorted(countries, key=lambda country: country.code))
