"""What countries can only do together."""

from collections.abc import Iterator, Mapping
from typing import ClassVar, Literal

import numpy as np

from sim.declare import param, record
from sim.instruments.kinds import WEEKS_A_YEAR, Cooperation, Deployment, instrument, named
from sim.instruments.orders import Booleans, Floats, Orders
from sim.world import World


@instrument("intelligence sharing")
@record
class IntelligenceSharing(Cooperation):
    """Reports made to one member's police reach the host's police (Sandler 2005)."""

    moves: ClassVar[Mapping[str, int]] = {"coverage": 1, "delay": 0}
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

    def act(self, orders: Orders, at: Deployment) -> None:
        """Open a channel between every pair of members."""
        pairs = np.ix_(at.where, at.where)
        between = at.among * self.coverage * self.trust * (1.0 - np.eye(len(at.where)))
        better = between > orders.coverage[pairs]
        orders.coverage[pairs] = np.where(better, between, orders.coverage[pairs])
        orders.delay[pairs] = np.where(better, self.delay, orders.delay[pairs])


@instrument("legal assistance")
@record
class LegalAssistance(Cooperation):
    """Courts of the victims' and the host's country answer more formal requests, and sooner.

    Where a channel passes a lead, no request is needed.
    """

    moves: ClassVar[Mapping[str, int]] = {"asked": 1, "hastened": 1}
    share: float = param(
        0.2, unit="share of leads", low=0, high=1, plausible=(0.05, 0.5), source="A-43",
        about="of those for which nobody would ask without it",
    )  # fmt: skip
    saved: float = param(
        0.5, unit="share of the time of a request", low=0, high=0.95, plausible=(0.1, 0.8), source="A-43"
    )

    def act(self, orders: Orders, at: Deployment) -> None:
        """Ask more and wait less between every pair of members."""
        pairs = np.ix_(at.where, at.where)
        between = at.among * (1.0 - np.eye(len(at.where)))
        orders.asked[pairs] = np.maximum(orders.asked[pairs], between * self.share)
        orders.hastened[pairs] = np.maximum(orders.hastened[pairs], between * self.saved)


@instrument("joint operations")
@record
class JointOperations(Cooperation):
    """All sites of a syndicate with an open case in a member country are raided in the same week.

    It adds nothing to what is known. With a single member, said to be alone, it is the same tactic without partners.
    """

    moves: ClassVar[Mapping[str, int]] = {"joint": 1, "pooled": 1, "at_once": 1, "vetting": -1}
    alone: bool = param(
        False, unit="yes/no", source="scenario", about="whether one country uses the tactic without partners"
    )
    vetted: bool = param(True, unit="yes/no", source="A-44", about="whether the task force is vetted")
    vetting: float = param(0.3, unit="factor on tip-offs", low=0, high=1, source="A-44")
    pooled: bool = param(True, unit="yes/no", source="A-44", about="whether a member may pay for another's raid")
    simultaneous: bool = param(
        True,
        unit="yes/no",
        source="A-44",
        about="whether all known sites of a syndicate are raided in one week, or one a week",
    )

    least_contribution: float = param(
        0.5, unit="share of what was agreed", low=0, high=1, source="A-75",
        about="contribution from which a member belongs to the task force",
    )  # fmt: skip

    def misfits(self, world: World) -> Iterator[tuple[str, str]]:
        """Yield what is wrong with a single member that is not said to be alone, and with partners of one that is."""
        if self.alone and len(self.members) > 1:
            yield "alone", "'alone' means one country; take it out, or name one member"
        elif not self.alone:
            for key, rule in super().misfits(world):
                yield key, f"{rule}; for one country with the same tactic say 'alone: true'"

    def act(self, orders: Orders, at: Deployment) -> None:
        """Form the task force of those who contribute enough."""
        enough = (at.strength > 0.0) & (at.share >= self.least_contribution)
        force = at.where[enough]
        orders.joint[force] = int(orders.joint.max()) + 1
        orders.pooled[force] = int(self.pooled)
        orders.at_once[force] = int(self.simultaneous)
        if self.vetted:
            orders.vetting[force] *= 1.0 - at.strength[enough] * (1.0 - self.vetting)

    def weekly_cost(self, at: Deployment) -> Floats:
        """Return nothing for a task force of one; else the liaison cost."""
        return super().weekly_cost(at) * (len(at.where) > 1)


@instrument("extradition")
@record
class Extradition(Cooperation):
    """Arrested foreigners are handed to their home police and do not return to their syndicate."""

    moves: ClassVar[Mapping[str, int]] = {"extradited": 1}
    share: float = param(0.8, unit="share of arrested foreigners", low=0, high=1, source="A-19")

    def act(self, orders: Orders, at: Deployment) -> None:
        """Extradite between members."""
        pairs = np.ix_(at.where, at.where)
        orders.extradited[pairs] = np.maximum(orders.extradited[pairs], at.among * self.share)


@instrument("asset freezing")
@record
class AssetFreezing(Cooperation):
    """A member's police can have money frozen in another member's banks within days."""

    moves: ClassVar[Mapping[str, int]] = {"freeze": 1, "freeze_days": 0}
    coverage: float = param(0.5, unit="share of requests served", low=0, high=1, source="A-20")
    days: float = param(
        2.0, unit="days", low=0, high=365, plausible=(0.5, 30), source="A-20", about="time of a request"
    )

    def act(self, orders: Orders, at: Deployment) -> None:
        """Open the freezing channel between members, and never make a domestic one worse."""
        pairs = np.ix_(at.where, at.where)
        served = at.among * self.coverage
        better = (1.0 - np.eye(len(at.where))) * served > orders.freeze[pairs]
        orders.freeze[pairs] = np.where(better, served, orders.freeze[pairs])
        orders.freeze_days[pairs] = np.where(better, self.days, orders.freeze_days[pairs])


@instrument("asset recovery")
@record
class AssetRecovery(Cooperation):
    """Of what a member seizes, a part goes to the victims in another member country and to their state."""

    moves: ClassVar[Mapping[str, int]] = {"restored": 1, "handed_over": 1}
    victims: float = param(
        0.5, unit="share of what raids seize", low=0, high=1, source="A-21", about="returned to victims abroad"
    )
    state: float = param(
        0.25, unit="share of what is seized or frozen", low=0, high=1, source="A-21",
        about="handed over to the victims' state; the rest stays where it was seized",
    )  # fmt: skip

    def misfits(self, world: World) -> Iterator[tuple[str, str]]:
        """Yield what is wrong with shares of more than everything."""
        yield from super().misfits(world)
        if self.victims + self.state > 1.0:
            yield (
                "victims",
                f"'victims' and 'state' share out {self.victims + self.state:g} of what is seized, more than 1",
            )

    def act(self, orders: Orders, at: Deployment) -> None:
        """Share between every pair of members; nothing changes at home."""
        pairs = np.ix_(at.where, at.where)
        between = at.among * (1.0 - np.eye(len(at.where)))
        orders.restored[pairs] = np.maximum(orders.restored[pairs], between * self.victims)
        orders.handed_over[pairs] = np.maximum(orders.handed_over[pairs], between * self.state)


@instrument("harmonised law")
@record
class HarmonisedLaw(Cooperation):
    """Members bring their laws closer to the strongest law among them, and obstacles to extradition fall."""

    moves: ClassVar[Mapping[str, int]] = {"law": 1, "extradited": 1}
    last: ClassVar[bool] = True
    share: float = param(0.5, unit="share of the gap to the best member closed", low=0, high=1, source="A-64")
    obstacles: float = param(
        0.5, unit="share of refused extraditions", low=0, high=1, source="A-64",
        about="refusals that no longer happen between members who extradite",
    )  # fmt: skip
    ramp: int = param(104, unit="weeks", low=1, high=1040, source="A-64", about="from the start until the full effect")

    def act(self, orders: Orders, at: Deployment) -> None:
        """Raise laws and the share extradited along the ramp."""
        grown = self.grown(at.week, self.ramp)
        law = orders.law[:, at.where]
        best = law[:, at.strength > 0.0].max(axis=1, initial=0.0)[:, None]
        orders.law[:, at.where] = law + grown * at.strength * self.share * np.maximum(0.0, best - law)
        pairs = np.ix_(at.where, at.where)
        sent = orders.extradited[pairs]
        agreed = grown * at.among * self.obstacles * (sent > 0.0)
        orders.extradited[pairs] = sent + agreed * (1.0 - sent)

    def weekly_cost(self, at: Deployment) -> Floats:
        """Return the cost of liaison and, along the ramp, of drafting where the law is not the strongest already."""
        law = at.world.law[at.where]
        changing = (law < law.max()) & (at.week - self.start < self.ramp)
        drafting = at.strength * at.costs.drafting / WEEKS_A_YEAR * changing
        cost: Floats = super().weekly_cost(at) + drafting
        return cost


@instrument("joint awareness")
@record
class JointAwareness(Cooperation):
    """Members warn their publics with one campaign, in the language that reaches most of them."""

    moves: ClassVar[Mapping[str, int]] = {"campaign": 1}
    effect: float = param(0.02, unit="awareness of a person reached", low=0, high=1, source="A-40")
    usd_per_year: float | None = param(
        None, unit="USD a year in all", low=0, high=1e12, source="scenario",
        about="none = everybody online who understands it is reached",
    )  # fmt: skip

    def audience(self, at: Deployment) -> Floats:
        """Return how many online persons of each member understand the campaign [m]; of two languages the first."""
        online = at.world.population[at.where] * at.world.online[at.where] * (at.strength > 0.0)
        words = sorted({word for c in at.where for word in at.world.countries[c].languages})
        by_language = [at.world.speaks(word)[at.where] * online for word in words]
        most: Floats = max(by_language, key=lambda people: float(people.sum()), default=np.zeros(len(at.where)))
        return most

    def price(self, at: Deployment) -> Floats:
        """Return what it costs a year to reach all who understand it [m]: made once, spread everywhere (A-67)."""
        people = at.strength * self.audience(at)
        made_once = people.max(initial=0.0) / max(1.0, people.sum())
        price: Floats = at.costs.campaign * people * (1.0 - at.costs.production * (1.0 - made_once))
        return price

    def reach(self, at: Deployment) -> float:
        """Return the share that the money reaches of those who understand it."""
        full = float(self.price(at).sum())
        return 1.0 if self.usd_per_year is None or full <= 0.0 else min(1.0, self.usd_per_year / full)

    def act(self, orders: Orders, at: Deployment) -> None:
        """Raise awareness in proportion to those who are reached and understand."""
        online = at.world.population[at.where] * at.world.online[at.where]
        understood = self.audience(at) / np.maximum(1.0, online)
        warned = at.strength * self.effect * self.reach(at) * understood
        orders.campaign[at.where] = 1.0 - (1.0 - orders.campaign[at.where]) * (1.0 - warned)

    def weekly_cost(self, at: Deployment) -> Floats:
        """Return the cost of liaison and each member's part of the campaign."""
        cost: Floats = super().weekly_cost(at) + self.reach(at) * self.price(at) / WEEKS_A_YEAR
        return cost


@instrument("aid-funded teams")
@record
class AidFundedTeams(Cooperation):
    """Some members pay for investigator teams in others; a part of money sent abroad is diverted there.

    Without named donors all members pay into one pot and all of them get teams out of it.
    """

    moves: ClassVar[Mapping[str, int]] = {"given": 1, "rest": 1, "surge": 1}
    setup: int = param(0, unit="weeks", low=0, high=520, source="A-69", about="weeks from start to effect")
    donors: tuple[str, ...] = param(
        (), unit="country codes", source="scenario", about="members who pay and get no teams"
    )
    usd_per_year: float | None = param(
        None, unit="USD a year in all", low=0, high=1e12, source="scenario",
        about="none = what is left of the arm's budget",
    )  # fmt: skip
    paid_by: Literal["wealth", "equal", "online"] = param(
        "wealth", unit="kind", source="scenario", about="how the donors share the bill: GDP, evenly, or persons online"
    )
    split: Literal["equal", "teams", "population"] = param(
        "equal", unit="kind", source="scenario", about="how the money is shared among those who get teams"
    )

    @property
    def scene(self) -> tuple[str, ...]:
        """Return the members who get teams."""
        return tuple(code for code in self.members if code not in self.donors)

    def misfits(self, world: World) -> Iterator[tuple[str, str]]:
        """Yield donors who are no members, and the want of anybody who gets teams."""
        yield from super().misfits(world)
        for code in self.donors:
            if code not in self.members:
                yield "donors", f"'{code}' pays and is no member: name it under 'members' too"
        if not self.scene:
            yield "donors", f"all members of {named(type(self))} are donors: nobody gets teams"

    def giving(self, at: Deployment) -> Booleans:
        """Return which members pay [m]: the donors, or all without any."""
        named_donors = np.array([at.world.codes[c] in self.donors for c in at.where])
        return named_donors if self.donors else np.ones(len(at.where), dtype=bool)

    def paying(self, at: Deployment) -> Floats:
        """Return each member's share of the bill [m], summing to one, times its strength."""
        world, here = at.world, at.where
        weights = {
            "wealth": world.population[here] * world.gdp_per_head[here],
            "equal": np.ones(len(here)),
            "online": world.population[here] * world.online[here],
        }
        return at.strength * _shares(weights[self.paid_by] * self.giving(at))

    def getting(self, at: Deployment) -> Floats:
        """Return each member's share of the money for teams [m], summing to one."""
        weights = {
            "equal": np.ones(len(at.where)),
            "teams": at.world.teams[at.where],
            "population": at.world.population[at.where],
        }
        served = ~self.giving(at) if self.donors else np.ones(len(at.where), dtype=bool)
        chosen: Floats = weights[self.split] * served
        return _shares(chosen if chosen.any() else np.where(served, 1.0, 0.0))

    def act(self, orders: Orders, at: Deployment) -> None:
        """Give the fixed sum, or ask for the rest of the budget."""
        pairs = np.ix_(at.where, at.where)
        flows = np.outer(self.paying(at), self.getting(at))
        if self.usd_per_year is None:
            orders.rest[pairs] += flows
        else:
            orders.given[pairs] += self.usd_per_year / WEEKS_A_YEAR * flows

    def weekly_cost(self, at: Deployment) -> Floats:
        """Return the cost of liaison and of the fixed sum; zero for the latter when it lives off the rest."""
        cost: Floats = super().weekly_cost(at) + (self.usd_per_year or 0.0) / WEEKS_A_YEAR * self.paying(at)
        return cost


def _shares(weights: Floats) -> Floats:
    """Return weights as shares that sum to one; without any weight nobody has a share."""
    shares: Floats = weights / max(1e-300, float(weights.sum()))
    return shares
