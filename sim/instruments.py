"""What governments can do: one declaration for each instrument, and the orders they add up to in a week."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np
import numpy.typing as npt

from sim.declare import Registry, param, record
from sim.parameters import Costs
from sim.world import World

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
WEEKS_A_YEAR = 52.0

INSTRUMENTS: Registry[type["Instrument"]] = Registry("instrument")
instrument = INSTRUMENTS


@dataclass
class Orders:
    """What is in force in one week; the instruments write it, the phases read it.

    Arrays over countries [C] or over pairs [C, C] (first index: where it starts).
    """

    surge: Floats  # extra teams [C]
    raid_lift: Floats  # added to the chance that a raid succeeds [C]
    institutions: Floats  # G in force [C]
    corruption: Floats  # kappa in force [C]
    vetting: Floats  # factor on tip-offs [C]
    coverage: Floats  # reports passed from victim's police to host's police, trust included [victim, host]
    delay: Integers  # weeks that a passed report takes [victim, host]
    joint: Integers  # number of the joint task force a country belongs to, -1 = none [C]
    pooled: Integers  # 1 where members of the task force may pay for each other's raids [C]
    at_once: Integers  # 1 where a task force raids all known sites of a syndicate in one week [C]
    extradited: Floats  # share of arrested foreigners sent home to their police [host, home]
    freeze: Floats  # share of freezing requests served [victim, hub]
    freeze_days: Floats  # days a freezing request takes [victim, hub]
    campaign: Floats  # awareness added [C]
    friction: Floats  # share of successes that delayed payments prevent [C]
    sweep: Floats  # weekly chance that an outside force raids a site [C]
    announced: Floats  # weekly raid risk announced [C]
    cost: Floats  # fixed public cost this week by the country that pays (USD) [C]
    private_cost: Floats  # cost borne by legitimate users this week (USD) [C]
    rest: Floats  # weights by which what is left of the budget buys teams [C]


def peace_orders(world: World, domestic_coverage: float, request_days: float) -> Orders:
    """Return the orders of a week without any instrument: domestic freezing only, no links."""
    size = len(world.countries)
    zeros, ones = np.zeros(size), np.ones(size)
    freeze = np.diag(domestic_coverage * world.laundering_controls)
    return Orders(
        surge=zeros.copy(), raid_lift=zeros.copy(), institutions=world.institutions.copy(),
        corruption=world.corruption.copy(), vetting=ones.copy(), coverage=np.zeros((size, size)),
        delay=np.ones((size, size), dtype=np.int64),
        joint=np.full(size, -1, dtype=np.int64), pooled=np.zeros(size, dtype=np.int64),
        at_once=np.zeros(size, dtype=np.int64), extradited=np.zeros((size, size)), freeze=freeze,
        freeze_days=np.full((size, size), request_days), campaign=zeros.copy(), friction=zeros.copy(),
        sweep=zeros.copy(), announced=zeros.copy(), cost=zeros.copy(), private_cost=zeros.copy(), rest=zeros.copy(),
    )  # fmt: skip


def team_week_cost(gdp_per_head: Floats, costs: Costs) -> Floats:
    """Return USD for one team-week in countries of the given GDP per head (USD a year)."""
    yearly: Floats = costs.officers * (costs.pay * gdp_per_head + costs.equipment)
    return yearly / WEEKS_A_YEAR + costs.running


@record
class Instrument:
    """What every instrument has: members, a window, a set-up lag, an intensity."""

    cooperative: ClassVar[bool] = False
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

    def heard(self) -> int:
        """Return the first week in which anybody can know of it."""
        return self.start

    def act(self, orders: Orders, world: World, where: Integers, week: int, costs: Costs) -> None:
        """Write its effect of this week into the orders; `where` are the members' places [m]."""

    def longest_delay(self) -> int:
        """Return the longest time (weeks) that a lead passed by it travels."""
        return 1

    def announces(self, week: int) -> bool:
        """Return whether it has been announced and not yet begun."""
        return self.heard() <= week < self.start

    def weekly_cost(self, world: World, where: Integers, costs: Costs, week: int) -> Floats:
        """Return the fixed public cost of one week (USD) for each member [m]."""
        return np.zeros(len(where))

    def weekly_private_cost(self, world: World, where: Integers, costs: Costs, week: int) -> Floats:
        """Return the cost of one week (USD) to legitimate users in each member country [m]."""
        return np.zeros(len(where))


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

    def act(self, orders: Orders, world: World, where: Integers, week: int, costs: Costs) -> None:
        """Buy teams with the fixed sum, or ask for the rest of the budget."""
        orders.raid_lift[where] += self.intensity * self.raid_lift
        if self.usd_per_year is None:
            orders.rest[where] += self.intensity * self.shares(world, where)
        else:
            price = team_week_cost(world.gdp_per_head[where], costs)
            orders.surge[where] += self.weekly_cost(world, where, costs, week) / price

    def weekly_cost(self, world: World, where: Integers, costs: Costs, week: int) -> Floats:
        """Return the fixed sum of one week for each member; zero when it lives off the rest."""
        if self.usd_per_year is None:
            return np.zeros(len(where))
        return self.intensity * self.usd_per_year / WEEKS_A_YEAR * self.shares(world, where)


@record
class Cooperation(Instrument):
    """An instrument between countries: it takes time to set up and liaison officers to run."""

    cooperative: ClassVar[bool] = True
    setup: int = param(26, unit="weeks", low=0, high=520, source="A-42", about="weeks from start to effect")

    def weekly_cost(self, world: World, where: Integers, costs: Costs, week: int) -> Floats:
        """Return the liaison cost of one week for each member."""
        return np.full(len(where), costs.liaison / WEEKS_A_YEAR)


@instrument("intelligence sharing")
@record
class IntelligenceSharing(Cooperation):
    """Reports made to one member's police reach the host's police (Sandler 2005)."""

    coverage: float = param(0.6, unit="share of reports", low=0, high=1, plausible=(0.2, 0.9), source="A-43")
    delay: int = param(
        2,
        unit="weeks",
        low=1,
        high=104,
        plausible=(1, 26),
        source="A-43",
        about="from a victim's police to a host's",
    )
    trust: float = param(0.9, unit="share of what is passed that is used", low=0, high=1, source="A-43")

    def longest_delay(self) -> int:
        """Return the delay of the channel (weeks)."""
        return self.delay

    def act(self, orders: Orders, world: World, where: Integers, week: int, costs: Costs) -> None:
        """Open a channel between every pair of members."""
        pairs = np.ix_(where, where)
        between = self.intensity * self.coverage * self.trust * (1.0 - np.eye(len(where)))
        better = between > orders.coverage[pairs]
        orders.coverage[pairs] = np.where(better, between, orders.coverage[pairs])
        orders.delay[pairs] = np.where(better, self.delay, orders.delay[pairs])


@instrument("joint operations")
@record
class JointOperations(Cooperation):
    """All sites of a syndicate with an open case in a member country are raided in the same week.

    It adds nothing to what is known. With a single member it is the same tactic without partners.
    """

    vetted: bool = param(True, unit="yes/no", source="A-44", about="whether the task force is vetted")
    vetting: float = param(0.3, unit="factor on tip-offs", low=0, high=1, source="A-44")
    pooled: bool = param(True, unit="yes/no", source="A-44", about="whether a member may pay for another's raid")
    simultaneous: bool = param(
        True,
        unit="yes/no",
        source="A-44",
        about="whether all known sites of a syndicate are raided in one week, or one a week",
    )

    def act(self, orders: Orders, world: World, where: Integers, week: int, costs: Costs) -> None:
        """Form the task force."""
        orders.joint[where] = int(orders.joint.max()) + 1
        orders.pooled[where] = int(self.pooled)
        orders.at_once[where] = int(self.simultaneous)
        if self.vetted:
            orders.vetting[where] *= 1.0 - self.intensity * (1.0 - self.vetting)

    def weekly_cost(self, world: World, where: Integers, costs: Costs, week: int) -> Floats:
        """Return nothing for a task force of one; else the liaison cost."""
        return super().weekly_cost(world, where, costs, week) * (len(where) > 1)


@instrument("extradition")
@record
class Extradition(Cooperation):
    """Arrested foreigners are handed to their home police and do not return to their syndicate."""

    share: float = param(0.8, unit="share of arrested foreigners", low=0, high=1, source="A-19")

    def act(self, orders: Orders, world: World, where: Integers, week: int, costs: Costs) -> None:
        """Extradite between members."""
        pairs = np.ix_(where, where)
        orders.extradited[pairs] = np.maximum(orders.extradited[pairs], self.intensity * self.share)


@instrument("asset freezing")
@record
class AssetFreezing(Cooperation):
    """A member's police can have money frozen in another member's banks within days."""

    coverage: float = param(0.5, unit="share of requests served", low=0, high=1, source="A-20")
    days: float = param(
        2.0, unit="days", low=0, high=365, plausible=(0.5, 30), source="A-20", about="time of a request"
    )

    def act(self, orders: Orders, world: World, where: Integers, week: int, costs: Costs) -> None:
        """Open the freezing channel between members, and never make a domestic one worse."""
        pairs = np.ix_(where, where)
        across = 1.0 - np.eye(len(where))
        better = across * self.intensity * self.coverage > orders.freeze[pairs]
        orders.freeze[pairs] = np.where(better, self.intensity * self.coverage, orders.freeze[pairs])
        orders.freeze_days[pairs] = np.where(better, self.days, orders.freeze_days[pairs])


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

    def act(self, orders: Orders, world: World, where: Integers, week: int, costs: Costs) -> None:
        """Raise awareness in proportion to the reach the money buys."""
        warned = self.intensity * self.effect * self.reach(world, where, costs.campaign)
        orders.campaign[where] = 1.0 - (1.0 - orders.campaign[where]) * (1.0 - warned)

    def weekly_cost(self, world: World, where: Integers, costs: Costs, week: int) -> Floats:
        """Return the price of reaching those who are reached."""
        online: Floats = world.population[where] * world.online[where]
        reach = self.reach(world, where, costs.campaign)
        return self.intensity * reach * online * costs.campaign / WEEKS_A_YEAR


@instrument("payment friction")
@record
class PaymentFriction(Instrument):
    """Cooling-off times and limits stop some payments; legitimate users lose time."""

    prevented: float = param(0.2, unit="share of losses prevented at full intensity", low=0, high=1, source="A-40")

    def act(self, orders: Orders, world: World, where: Integers, week: int, costs: Costs) -> None:
        """Prevent a share of successes."""
        orders.friction[where] = 1.0 - (1.0 - orders.friction[where]) * (1.0 - self.intensity * self.prevented)

    def weekly_private_cost(self, world: World, where: Integers, costs: Costs, week: int) -> Floats:
        """Return what delayed payments cost the online population."""
        online_income: Floats = world.population[where] * world.online[where] * world.gdp_per_head[where]
        return self.intensity * costs.friction * online_income / WEEKS_A_YEAR


@instrument("capacity building")
@record
class CapacityBuilding(Instrument):
    """Institutions grow stronger over two years."""

    gain: float = param(0.2, unit="share of the gap to the best closed", low=0, high=0.9, source="A-39")
    ramp: int = param(104, unit="weeks", low=1, high=1040, source="A-39", about="until the full gain")

    def act(self, orders: Orders, world: World, where: Integers, week: int, costs: Costs) -> None:
        """Raise institutional strength along the ramp."""
        grown = min(1.0, (week - self.start) / self.ramp)
        orders.institutions[where] += grown * self.intensity * self.gain * (1.0 - orders.institutions[where])

    def weekly_cost(self, world: World, where: Integers, costs: Costs, week: int) -> Floats:
        """Return the weekly share of the programme's price while it grows."""
        if week - self.start >= self.ramp:
            return np.zeros(len(where))
        yearly = world.teams[where] * team_week_cost(world.gdp_per_head[where], costs) * WEEKS_A_YEAR
        gain = self.intensity * self.gain
        return costs.capacity * yearly * gain / (1.0 - gain) / self.ramp


@instrument("vetting")
@record
class Vetting(Instrument):
    """Corruption in the police falls by a share."""

    cut: float = param(0.5, unit="share of corruption removed", low=0, high=1, source="A-39")

    def act(self, orders: Orders, world: World, where: Integers, week: int, costs: Costs) -> None:
        """Lower corruption."""
        orders.corruption[where] *= 1.0 - self.intensity * self.cut

    def weekly_cost(self, world: World, where: Integers, costs: Costs, week: int) -> Floats:
        """Return the weekly price: a share of the team budget for each share of corruption."""
        return (
            self.intensity
            * self.cut
            * costs.vetting
            * world.teams[where]
            * team_week_cost(world.gdp_per_head[where], costs)
        )


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

    def act(self, orders: Orders, world: World, where: Integers, week: int, costs: Costs) -> None:
        """Impose the hazard."""
        orders.sweep[where] = 1.0 - (1.0 - orders.sweep[where]) * (1.0 - self.intensity * self.hazard)

    def weekly_cost(self, world: World, where: Integers, costs: Costs, week: int) -> Floats:
        """Return the stated sum of a week."""
        return np.full(len(where), self.intensity * self.usd_per_year / WEEKS_A_YEAR)


def named(instrument_kind: type[Instrument]) -> str:
    """Return the name an instrument is registered under."""
    return next(name for name, kind in INSTRUMENTS.items() if kind is instrument_kind)


def places(members: Sequence[str], codes: Sequence[str]) -> Integers:
    """Return the places of the members in the order of the world's countries [m]."""
    order: dict[str, Any] = {code: place for place, code in enumerate(codes)}
    return np.array(sorted(order[code] for code in members), dtype=np.int64)
