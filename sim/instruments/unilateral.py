"""What one country can do alone."""

from collections.abc import Iterator, Mapping
from typing import ClassVar, Literal

import numpy as np

from sim.declare import nearest, param, record
from sim.instruments.kinds import WEEKS_A_YEAR, Deployment, Instrument, instrument, team_week_cost
from sim.instruments.orders import Floats, Integers, Orders
from sim.world import World


@instrument("crackdown")
@record
class Crackdown(Instrument):
    """More investigator teams at home (Becker 1968), paid from a sum, a number of teams or the rest of the budget."""

    moves: ClassVar[Mapping[str, int]] = {"surge": 1, "raid_lift": 1, "rest": 1}
    usd_per_year: float | None = param(
        None,
        unit="USD a year",
        low=0,
        high=1e12,
        source="scenario",
        about="none = what is left of the arm's budget",
    )
    split: Literal["equal", "teams", "population"] = param(
        "equal", unit="kind", source="scenario", about="how the money is shared among the members"
    )
    raid_lift: float = param(0.0, unit="added chance of success", low=0, high=1, source="scenario")
    announced: int = param(
        0,
        unit="weeks before the start",
        low=0,
        high=520,
        source="scenario",
        about="weeks between announcement and start",
    )

    def heard(self) -> int:
        """Return the week of the announcement."""
        return self.start - self.announced

    def shares(self, world: World, where: Integers) -> Floats:
        """Return each member's share of the money [m], summing to one."""
        weights = {
            "equal": np.ones(len(where)),
            "teams": world.teams[where],
            "population": world.population[where],
        }
        chosen = weights[self.split] if weights[self.split].any() else weights["equal"]
        shares: Floats = chosen / chosen.sum()
        return shares

    def act(self, orders: Orders, at: Deployment) -> None:
        """Buy teams with the fixed sum, or ask for the rest of the budget."""
        where = at.where
        orders.raid_lift[where] += at.strength * self.raid_lift
        if self.usd_per_year is None:
            orders.rest[where, where] += at.strength * self.shares(at.world, where)
        else:
            price = team_week_cost(at.world.gdp_per_head[where], at.costs)
            orders.surge[where] += self.weekly_cost(at) / price

    def weekly_cost(self, at: Deployment) -> Floats:
        """Return the fixed sum of one week for each member; zero when it lives off the rest."""
        if self.usd_per_year is None:
            return np.zeros(len(at.where))
        return at.strength * self.usd_per_year / WEEKS_A_YEAR * self.shares(at.world, at.where)


@instrument("awareness campaign")
@record
class AwarenessCampaign(Instrument):
    """The public is warned; those reached fall for fewer approaches."""

    moves: ClassVar[Mapping[str, int]] = {"campaign": 1}
    effect: float = param(0.02, unit="awareness of a person reached", low=0, high=1, source="A-40")
    usd_per_year: float | None = param(
        None,
        unit="USD a year and member",
        low=0,
        high=1e12,
        source="scenario",
        about="none = everybody online is reached",
    )

    def reach(self, world: World, where: Integers, costs_per_person: float) -> Floats:
        """Return the share of online persons reached in each member country [m]."""
        if self.usd_per_year is None:
            return np.ones(len(where))
        online: Floats = world.population[where] * world.online[where]
        price = costs_per_person * online
        return np.minimum(1.0, np.divide(self.usd_per_year, price, out=np.ones(len(where)), where=price > 0.0))

    def act(self, orders: Orders, at: Deployment) -> None:
        """Raise awareness in proportion to the reach the money buys."""
        warned = at.strength * self.effect * self.reach(at.world, at.where, at.costs.campaign)
        orders.campaign[at.where] = 1.0 - (1.0 - orders.campaign[at.where]) * (1.0 - warned)

    def weekly_cost(self, at: Deployment) -> Floats:
        """Return the price of reaching those who are reached."""
        online: Floats = at.world.population[at.where] * at.world.online[at.where]
        reach = self.reach(at.world, at.where, at.costs.campaign)
        return at.strength * reach * online * at.costs.campaign / WEEKS_A_YEAR


@instrument("payment friction")
@record
class PaymentFriction(Instrument):
    """Cooling-off times stop some payments and limits cut the largest; legitimate users lose time."""

    moves: ClassVar[Mapping[str, int]] = {"friction": 1, "limit": -1}
    prevented: float = param(0.2, unit="share of losses prevented at full intensity", low=0, high=1, source="A-40")
    limit: float | None = param(
        None, unit="USD", low=1, high=1e9, source="A-68",
        about="most that can be lost at once at full intensity, twice as much at half of it; none = no limit",
    )  # fmt: skip

    def act(self, orders: Orders, at: Deployment) -> None:
        """Prevent a share of successes, and cut the losses that are above the limit."""
        if self.limit is not None:
            high = np.divide(self.limit, at.strength, out=np.full(len(at.where), np.inf), where=at.strength > 0.0)
            orders.limit[at.where] = np.minimum(orders.limit[at.where], high)
        orders.friction[at.where] = 1.0 - (1.0 - orders.friction[at.where]) * (1.0 - at.strength * self.prevented)

    def weekly_private_cost(self, at: Deployment) -> Floats:
        """Return what delayed payments cost the online population."""
        online = at.world.population[at.where] * at.world.online[at.where]
        return at.strength * at.costs.friction * (online * at.world.gdp_per_head[at.where]) / WEEKS_A_YEAR


@instrument("capacity building")
@record
class CapacityBuilding(Instrument):
    """Institutions grow stronger over two years."""

    moves: ClassVar[Mapping[str, int]] = {"institutions": 1}
    gain: float = param(0.2, unit="share of the gap to the best closed", low=0, high=0.9, source="A-39")
    ramp: int = param(104, unit="weeks", low=1, high=1040, source="A-39", about="until the full gain")

    def act(self, orders: Orders, at: Deployment) -> None:
        """Raise institutional strength along the ramp."""
        grown = self.grown(at.week, self.ramp)
        gap = 1.0 - orders.institutions[at.where]
        orders.institutions[at.where] += grown * at.strength * self.gain * gap

    def weekly_cost(self, at: Deployment) -> Floats:
        """Return the weekly share of the programme's price while it grows."""
        if at.week - self.start >= self.ramp:
            return np.zeros(len(at.where))
        weekly = at.world.teams[at.where] * team_week_cost(at.world.gdp_per_head[at.where], at.costs)
        gain = at.strength * self.gain
        return at.costs.capacity * (weekly * WEEKS_A_YEAR) * gain / (1.0 - gain) / self.ramp


@instrument("vetting")
@record
class Vetting(Instrument):
    """Corruption in the police falls by a share."""

    moves: ClassVar[Mapping[str, int]] = {"corruption": -1}
    cut: float = param(0.5, unit="share of corruption removed", low=0, high=1, source="A-39")

    def act(self, orders: Orders, at: Deployment) -> None:
        """Lower corruption."""
        orders.corruption[at.where] *= 1.0 - at.strength * self.cut

    def weekly_cost(self, at: Deployment) -> Floats:
        """Return the weekly price: a share of the team budget for each share of corruption."""
        vetted = at.strength * self.cut * at.costs.vetting * at.world.teams[at.where]
        return vetted * team_week_cost(at.world.gdp_per_head[at.where], at.costs)


@instrument("sweep")
@record
class Sweep(Instrument):
    """An outside force raids sites at its own rate, whatever the host's police know."""

    moves: ClassVar[Mapping[str, int]] = {"sweep": 1}
    hazard: float = param(0.05, unit="raids per site and week", low=0, high=1, source="scenario")
    usd_per_year: float = param(
        0.0,
        unit="USD a year and member",
        low=0,
        high=1e12,
        source="scenario",
        about="what it costs the members in whose country it happens",
    )

    def act(self, orders: Orders, at: Deployment) -> None:
        """Impose the hazard."""
        orders.sweep[at.where] = 1.0 - (1.0 - orders.sweep[at.where]) * (1.0 - at.strength * self.hazard)

    def weekly_cost(self, at: Deployment) -> Floats:
        """Return the stated sum of a week."""
        return at.strength * self.usd_per_year / WEEKS_A_YEAR


@instrument("legislation")
@record
class Legislation(Instrument):
    """The law on some or all crimes grows stronger, so that more raids lead to a conviction and a closed site."""

    moves: ClassVar[Mapping[str, int]] = {"law": 1}
    crimes: tuple[str, ...] = param((), unit="crime types", source="scenario", about="what it is about; none = all")
    gain: float = param(0.5, unit="share of the gap to a full law closed", low=0, high=1, source="A-64")
    ramp: int = param(52, unit="weeks", low=1, high=1040, source="A-64", about="from the start until it is applied")

    def misfits(self, world: World) -> Iterator[tuple[str, str]]:
        """Yield every crime that nobody commits in this world."""
        yield from super().misfits(world)
        for name in self.crimes:
            if name not in world.crime_names:
                close = nearest(name, world.crime_names)
                hint = f" (did you mean '{close}'?)" if close else ""
                yield "crimes", f"'{name}' is no crime type of this scenario{hint}"

    def act(self, orders: Orders, at: Deployment) -> None:
        """Close a share of the gap to a law of full strength, along the ramp."""
        named_here = [not self.crimes or name in self.crimes for name in at.world.crime_names]
        rows = np.ix_(np.flatnonzero(named_here), at.where)
        closed = self.grown(at.week, self.ramp) * at.strength * self.gain
        orders.law[rows] = 1.0 - (1.0 - orders.law[rows]) * (1.0 - closed)

    def weekly_cost(self, at: Deployment) -> Floats:
        """Return the cost of drafting along the ramp, and of courts and prosecutors as the law comes to be applied."""
        grown = self.grown(at.week, self.ramp)
        courts = at.world.teams[at.where] * team_week_cost(at.world.gdp_per_head[at.where], at.costs)
        drafting = at.costs.drafting / WEEKS_A_YEAR * (grown < 1.0)
        cost: Floats = at.strength * (drafting + at.costs.courts * grown * self.gain * courts)
        return cost


@instrument("border checks")
@record
class BorderChecks(Instrument):
    """Fewer operations, captives and goods get into and out of a country; travellers wait, other trade does not."""

    moves: ClassVar[Mapping[str, int]] = {"passage": -1}
    stopped: float = param(
        0.2, unit="share of crossings for crime", low=0, high=0.95, plausible=(0.02, 0.4), source="A-65"
    )
    inner: bool = param(True, unit="yes/no", source="A-65", about="whether members check the borders between them too")

    def act(self, orders: Orders, at: Deployment) -> None:
        """Check everybody who crosses a member's border, in either direction."""
        gate = np.ones(len(orders.passage))
        gate[at.where] = 1.0 - at.strength * self.stopped
        passing = np.outer(gate, gate)
        if not self.inner:
            passing[np.ix_(at.where, at.where)] = 1.0
        np.fill_diagonal(passing, 1.0)
        orders.passage *= passing

    def weekly_cost(self, at: Deployment) -> Floats:
        """Return the weekly price: team budgets in proportion to the share of crossings stopped."""
        teams = at.world.teams[at.where] * team_week_cost(at.world.gdp_per_head[at.where], at.costs)
        cost: Floats = at.strength * self.stopped * at.costs.borders * teams
        return cost

    def weekly_private_cost(self, at: Deployment) -> Floats:
        """Return what waiting costs travellers."""
        income = at.world.population[at.where] * at.world.gdp_per_head[at.where]
        cost: Floats = at.strength * self.stopped * at.costs.waiting * income / WEEKS_A_YEAR
        return cost


@instrument("network blocking")
@record
class NetworkBlocking(Instrument):
    """Numbers, sites and adverts used for crime are blocked, until operations find others; some others are hit too."""

    moves: ClassVar[Mapping[str, int]] = {"blocked": 1}
    coverage: float = param(
        0.3, unit="share of contacts from afar", low=0, high=1, plausible=(0.05, 0.6), source="A-66",
        about="blocked when it begins to work",
    )  # fmt: skip
    half_life: float = param(
        26.0, unit="weeks", low=0.5, high=520, plausible=(4, 104), source="A-66",
        about="until half of what wears off has worn off",
    )  # fmt: skip
    lasting: float = param(
        0.25, unit="share of coverage", low=0, high=1, source="A-66", about="kept up by adding to the lists"
    )

    def blocks(self, week: int) -> float:
        """Return the share of contacts blocked in a week in which it works, at full intensity."""
        age = week - self.start - self.setup
        kept: float = self.lasting + (1.0 - self.lasting) * 2.0 ** (-age / self.half_life)
        return self.coverage * kept

    def act(self, orders: Orders, at: Deployment) -> None:
        """Block contacts with the members' publics."""
        through = (1.0 - orders.blocked[at.where]) * (1.0 - at.strength * self.blocks(at.week))
        orders.blocked[at.where] = 1.0 - through

    def weekly_cost(self, at: Deployment) -> Floats:
        """Return the cost of finding and listing what is blocked."""
        online = at.world.population[at.where] * at.world.online[at.where]
        cost: Floats = at.strength * self.coverage * at.costs.blocking * online / WEEKS_A_YEAR
        return cost

    def weekly_private_cost(self, at: Deployment) -> Floats:
        """Return what those lose who are blocked by mistake."""
        income = at.world.population[at.where] * at.world.online[at.where] * at.world.gdp_per_head[at.where]
        cost: Floats = at.strength * self.coverage * at.costs.overblocking * income / WEEKS_A_YEAR
        return cost
