"""What every instrument is and answers, and the registry in which it is found."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, ClassVar, NamedTuple

import numpy as np

from sim.declare import Registry, param, record
from sim.instruments.orders import Floats, Integers, Orders
from sim.parameters import Costs
from sim.world import World

WEEKS_A_YEAR = 52.0

INSTRUMENTS: Registry[type["Instrument"]] = Registry("instrument")
instrument = INSTRUMENTS


class Deployment(NamedTuple):
    """Where, when and how strongly an instrument is at work."""

    world: World
    where: Integers  # places of the members [m]
    strength: Floats  # intensity at which each member takes part [m]
    week: int  # after burn-in
    costs: Costs
    share: Floats  # what each member contributes of what was agreed; part of its strength [m]

    @property
    def among(self) -> Floats:
        """Return how strongly two members work together: as much as the weaker of them [m, m]."""
        weaker: Floats = np.minimum.outer(self.strength, self.strength)
        return weaker


def team_week_cost(gdp_per_head: Floats, costs: Costs) -> Floats:
    """Return USD for one team-week in countries of the given GDP per head (USD a year)."""
    yearly: Floats = costs.officers * (costs.pay * gdp_per_head + costs.equipment)
    return yearly / WEEKS_A_YEAR + costs.running


@record
class Instrument:
    """What every instrument has: members, a window, a set-up lag, an intensity."""

    cooperative: ClassVar[bool] = False
    moves: ClassVar[Mapping[str, int]] = {}  # columns of the orders it changes: up 1, down -1, either way 0
    last: ClassVar[bool] = False  # acts on what all others have written
    exclusive: ClassVar[bool] = False  # a country can have one of its kind at a time
    members: tuple[str, ...] = param(unit="country codes", source="scenario", about="countries that take part")
    start: int = param(0, unit="weeks after burn-in", low=0, high=10000, source="scenario", about="first week it costs")
    end: int | None = param(
        None,
        unit="weeks after burn-in",
        low=0,
        high=10000,
        source="scenario",
        about="first week without it; none = to the end",
    )
    setup: int = param(0, unit="weeks", low=0, high=520, source="A-42", about="weeks from start to effect")
    intensity: float = param(1.0, unit="share of full effect", low=0, high=1, source="scenario")

    def runs(self, week: int) -> bool:
        """Return whether the instrument is paid for in this week (weeks after burn-in)."""
        return self.start <= week and (self.end is None or week < self.end)

    def works(self, week: int) -> bool:
        """Return whether the instrument has an effect in this week."""
        return self.runs(week) and week >= self.start + self.setup

    def meets(self, other: "Instrument") -> bool:
        """Tell whether the windows of two instruments share a week."""
        return all(first.end is None or second.start < first.end for first, second in ((self, other), (other, self)))

    def heard(self) -> int:
        """Return the first week in which anybody can know of it."""
        return self.start

    @property
    def scene(self) -> tuple[str, ...]:
        """Return the countries in which it acts: all members, unless some only pay."""
        return self.members

    def misfits(self, world: World) -> Iterator[tuple[str, str]]:
        """Yield (key, rule) for each value that cannot apply in this world."""
        yield from ()

    def deployed(
        self, world: World, where: Integers, costs: Costs, week: int, contributions: Floats | None = None
    ) -> Deployment:
        """Return its deployment in a week; `where` are the members' places [m].

        Where it is cooperative, members take part as much as their governments contribute [C]; in full unless given.
        """
        share = np.ones(len(where))
        if contributions is not None and self.cooperative:
            share = contributions[where]
        return Deployment(world, where, self.intensity * share, week, costs, share)

    def act(self, orders: Orders, at: Deployment) -> None:
        """Write its effect of this week into the orders."""

    def longest_delay(self) -> int:
        """Return the longest time (weeks) that a lead passed by it travels."""
        return 1

    def grown(self, week: int, ramp: int) -> float:
        """Return the share of the full effect that has grown since the start, along a ramp of some weeks."""
        return min(1.0, (week - self.start) / ramp)

    def announces(self, week: int) -> bool:
        """Return whether it has been announced and not yet begun."""
        return self.heard() <= week < self.start

    def weekly_cost(self, at: Deployment) -> Floats:
        """Return the fixed public cost of one week (USD) for each member [m]."""
        return np.zeros(len(at.where))

    def weekly_private_cost(self, at: Deployment) -> Floats:
        """Return the cost of one week (USD) to legitimate users in each member country [m]."""
        return np.zeros(len(at.where))


@record
class Cooperation(Instrument):
    """An instrument between countries: it takes time to set up and liaison officers to run."""

    cooperative: ClassVar[bool] = True
    setup: int = param(26, unit="weeks", low=0, high=520, source="A-42", about="weeks from start to effect")

    def misfits(self, world: World) -> Iterator[tuple[str, str]]:
        """Yield what is wrong with a single member."""
        yield from super().misfits(world)
        if len(self.members) == 1:
            yield "members", f"{named(type(self))} is between countries: 'members' needs two or more, not one"

    def weekly_cost(self, at: Deployment) -> Floats:
        """Return the liaison cost of one week for each member, in proportion to what it contributes."""
        cost: Floats = at.share * at.costs.liaison / WEEKS_A_YEAR * (at.strength > 0.0)
        return cost


def named(instrument_kind: type[Instrument]) -> str:
    """Return the name an instrument is registered under."""
    return next(name for name, kind in INSTRUMENTS.items() if kind is instrument_kind)


def places(members: Sequence[str], codes: Sequence[str]) -> Integers:
    """Return the places of the members in the order of the world's countries [m]."""
    order: dict[str, Any] = {code: place for place, code in enumerate(codes)}
    return np.array(sorted(order[code] for code in members), dtype=np.int64)


def deploy(policy: Iterable[Instrument], codes: Sequence[str]) -> tuple[tuple[Instrument, Integers], ...]:
    """Return instruments with the places of their members, in the order in which they act.

    Kinds that act last stand last; else kinds follow the alphabet and not the file, since sums depend on their order
    in the last bit. Instruments of one kind keep the order of the file.
    """
    placed = [(one, places(one.members, codes)) for one in policy]
    return tuple(sorted(placed, key=lambda each: (each[0].last, named(type(each[0])))))
