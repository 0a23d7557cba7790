"""What one country can do alone."""

from typing import Literal

import numpy as np

from sim.declare import param, record
from sim.instruments.kinds import WEEKS_A_YEAR, Deployment, Instrument, instrument, team_week_cost
from sim.instruments.orders import Floats, Integers, Orders
from sim.world import World


@instrument("crackdown")
@record
class Crackdown(Instrument):
    """More investigator teams at home (Becker 1968), paid from a sum, a number of teams or the rest of the budget."""

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
            orders.rest[where] += at.strength * self.shares(at.world, where)
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
    """Cooling-off times and limits stop some payments; legitimate users lose time."""

    prevented: float = param(0.2, unit="share of losses prevented at full intensity", low=0, high=1, source="A-40")

    def act(self, orders: Orders, at: Deployment) -> None:
        """Prevent a share of successes."""
        orders.friction[at.where] = 1.0 - (1.0 - orders.friction[at.where]) * (1.0 - at.strength * self.prevented)

    def weekly_private_cost(self, at: Deployment) -> Floats:
        """Return what delayed payments cost the online population."""
        online = at.world.population[at.where] * at.world.online[at.where]
        return at.strength * at.costs.friction * (online * at.world.gdp_per_head[at.where]) / WEEKS_A_YEAR


@instrument("capacity building")
@record
class CapacityBuilding(Instrument):
    """Institutions grow stronger over two years."""

    gain: float = param(0.2, unit="share of the gap to the best closed", low=0, high=0.9, source="A-39")
    ramp: int = param(104, unit="weeks", low=1, high=1040, source="A-39", about="until the full gain")

    def act(self, orders: Orders, at: Deployment) -> None:
        """Raise institutional strength along the ramp."""
        grown = min(1.0, (at.week - self.start) / self.ramp)
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
