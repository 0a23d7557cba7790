"""How a police force spends its effort: one declaration for each strategy, and all that it may look at.

A strategy answers up to four narrow questions, always about the same teams, so that strategies compare: how patrol is
split over crimes, how it is spread over sites, which open cases go first, and how many teams are lent to partners. It
says where teams work; how many there are, and what they cost, is the business of budgets and of the instrument
"crackdown", which buys teams.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar

import numpy as np
import numpy.typing as npt
from pydantic import PlainValidator, WithJsonSchema

from sim.declare import Registry, param, record
from sim.instruments import WEEKS_A_YEAR, Deployment, Instrument, Orders, instrument

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
FAINT = 1e-300  # a gain of nothing, so that it has a logarithm

STRATEGIES: Registry[type["Strategy"]] = Registry("police strategy")
strategy = STRATEGIES


@dataclass(frozen=True)
class Sight:
    """What police can see at the start of a week: records and leads, never the truth behind them.

    Arrays over crimes and countries [K, C], countries [C], crimes [K] or sites [S]; counts are thinned by the scale.
    """

    crimes: tuple[str, ...]
    scale: float
    free: Floats  # teams left for patrol [C]
    leads: Floats  # leads held on each crime, and one for what is not known (A-46) [K, C]
    complaints: Floats  # reports by residents, forgotten slowly [K, C]
    found: Floats  # cases opened here, forgotten slowly [K, C]
    filed: Floats  # harm a week (USD) that the files of these cases show, and their number [2, K, C]
    success: Floats  # chance that a raid closes the site [K, C]
    detection: float  # hazard that a lead opens a case
    lead_yield: float  # leads that a team on one fully visible site holds in the long run
    site_leads: Floats  # leads on each site [S]
    site_complaints: Floats  # attributable reports by residents on each site, forgotten slowly [S]
    site_found: Floats  # cases opened on each site at its present place, forgotten slowly [S]
    site_crime: Integers
    site_host: Integers

    def known(self) -> Floats:
        """Return the sites of which at least one lead is held, expected if leads fall at random, and one [K, C]."""
        kinds, countries = self.leads.shape
        cells = self.site_crime * countries + self.site_host
        counted = np.bincount(cells, weights=-np.expm1(-self.site_leads), minlength=kinds * countries)
        return np.asarray(self.scale + counted.reshape(kinds, countries), dtype=np.float64)

    def harm_on_file(self) -> Floats:
        """Return the harm of a site-week (USD) that files show [K, C]; one file of a mean site is assumed besides.

        A force without any file takes all crimes for equally harmful.
        """
        harm, files = self.filed
        none = files.sum(axis=0) == 0.0
        typical = np.where(none, 1.0, harm.sum(axis=0) / np.where(none, 1.0, files.sum(axis=0)))
        shown: Floats = (harm + self.scale * typical) / (files + self.scale)
        return shown


@record
class Strategy:
    """What every strategy has: answers that change nothing unless a kind gives its own."""

    fewest: ClassVar[int] = 1  # members it needs

    def split(self, sight: Sight) -> Floats:
        """Return how patrol is split over crimes [K, C]; any weights, of which the shares count."""
        return np.ones_like(sight.leads)

    def focus(self) -> float:
        """Return the share of patrol on a crime that follows what points to single sites."""
        return 0.0

    def pointers(self, sight: Sight) -> Floats:
        """Return what points to each site [S], at least nothing; asked only where there is a focus."""
        return np.zeros(len(sight.site_leads))

    def urgency(self, sight: Sight) -> Floats:
        """Return the factor on leads by which open cases are put in order, by crime and country [K, C]."""
        return np.ones_like(sight.leads)

    def lends(self) -> float:
        """Return the share of its patrol that a member puts into a common pool."""
        return 0.0


@record
class Following(Strategy):
    """Effort follows evidence: over crimes, and over sites within a crime; the rest is spread evenly."""

    over_crimes: float = param(
        1.0, unit="share of patrol", low=0, high=1, plausible=(0.5, 1.0), source="A-61",
        about="that follows what points to a crime; the rest is split evenly",
    )  # fmt: skip
    over_sites: float = param(
        0.0, unit="share of patrol", low=0, high=1, plausible=(0.0, 1.0), source="A-61",
        about="on a crime that follows what points to a site; the rest is spread evenly",
    )  # fmt: skip

    def evidence(self, sight: Sight) -> Floats:
        """Return what points to each crime, and one for what is not known [K, C]."""
        return sight.leads

    def split(self, sight: Sight) -> Floats:
        """Return the evidence, mixed with an even split."""
        evidence = self.evidence(sight)
        weights: Floats = (1.0 - self.over_crimes) * evidence.mean(axis=0) + self.over_crimes * evidence
        return weights

    def focus(self) -> float:
        """Return the share that follows what points to a site."""
        return self.over_sites


@strategy("intelligence-led")
@record
class IntelligenceLed(Following):
    """Proactive: patrol is split by the leads held on each crime, and the strongest file is raided first (A-46)."""

    def pointers(self, sight: Sight) -> Floats:
        """Return the leads on each site."""
        return sight.site_leads


@strategy("reactive")
@record
class Reactive(Following):
    """Patrol and raids follow what residents report, wherever the crime that hurt them is run from."""

    over_crimes: float = param(
        0.8, unit="share of patrol", low=0, high=1, plausible=(0.5, 1.0), source="A-61",
        about="that follows reports by residents; the rest is split evenly",
    )  # fmt: skip
    over_sites: float = param(
        0.5, unit="share of patrol", low=0, high=1, plausible=(0.0, 1.0), source="A-61",
        about="on a crime that follows reports on a site; the rest is spread evenly",
    )  # fmt: skip

    def evidence(self, sight: Sight) -> Floats:
        """Return one plus the reports by residents."""
        return sight.scale + sight.complaints

    def pointers(self, sight: Sight) -> Floats:
        """Return the attributable reports by residents on each site."""
        return sight.site_complaints


@strategy("hot spots")
@record
class HotSpots(Following):
    """Patrol and raids go where operations were found before (Braga, Papachristos & Hureau 2014)."""

    over_sites: float = param(
        0.5, unit="share of patrol", low=0, high=1, plausible=(0.0, 1.0), source="A-61",
        about="on a crime that follows earlier cases at a place; the rest is spread evenly",
    )  # fmt: skip

    def evidence(self, sight: Sight) -> Floats:
        """Return one plus the cases opened before."""
        return sight.scale + sight.found

    def pointers(self, sight: Sight) -> Floats:
        """Return the cases opened before on each site where it is now."""
        return sight.site_found


@strategy("crackdown")
@record
class Concentrated(Strategy):
    """Patrol is concentrated on one crime type, whose cases are raided first; its teams come from elsewhere."""

    crime: str | None = param(
        None, unit="crime type", source="scenario", about="the crime; none = the one with most harm on file"
    )
    share: float = param(
        0.8, unit="share of patrol", low=0, high=1, plausible=(0.5, 1.0), source="A-61",
        about="on that crime; the rest is split evenly over the others",
    )  # fmt: skip

    def split(self, sight: Sight) -> Floats:
        """Return the share on the chosen crime; an even split while nothing is on file."""
        kinds, countries = sight.leads.shape
        harm = sight.filed[0]
        chosen = harm.argmax(axis=0) if self.crime is None else np.full(countries, sight.crimes.index(self.crime))
        shares = np.full((kinds, countries), (1.0 - self.share) / max(1, kinds - 1))
        shares[chosen, np.arange(countries)] = self.share if kinds > 1 else 1.0
        if self.crime is None:
            shares[:, harm.sum(axis=0) == 0.0] = 1.0 / kinds
        return shares

    def urgency(self, sight: Sight) -> Floats:
        """Return each crime's share against an even one."""
        return self.split(sight) * len(sight.crimes)


@strategy("joint pooled")
@record
class JointPooled(Following):
    """Members lend a part of their patrol to where the pooled leads are; each host splits what it has by its leads."""

    fewest: ClassVar[int] = 2
    lent: float = param(
        0.3, unit="share of patrol", low=0, high=1, plausible=(0.1, 0.6), source="A-62",
        about="that every member puts into the pool",
    )  # fmt: skip

    def pointers(self, sight: Sight) -> Floats:
        """Return the leads on each site."""
        return sight.site_leads

    def lends(self) -> float:
        """Return the share that is put into the pool."""
        return self.lent


@strategy("greedy")
@record
class Greedy(Strategy):
    """Teams are split so that one more would avert the same harm on every crime that gets any (Becker 1968).

    Harm averted by x teams: known sites x (1 - exp(-u I(x))) x chance of closing a site x harm of a site-week on file,
    with I(x) the leads held on a known site and those that x teams will hold in the long run (A-63).
    """

    def gain(self, sight: Sight) -> Floats:
        """Return the harm (USD) of each week that a raid on a known site is expected to take from it [K, C]."""
        return sight.success * sight.harm_on_file()

    def split(self, sight: Sight) -> Floats:
        """Return the teams by crime at which marginal harm averted is equal."""
        known = sight.known()
        held = (sight.leads - sight.scale) / known
        steepness = sight.detection * sight.lead_yield
        if steepness == 0.0:
            return np.ones_like(known)
        level = np.log(np.maximum(self.gain(sight), FAINT)) - sight.detection * held
        return water_fill(sight.free, level, known / steepness)

    def urgency(self, sight: Sight) -> Floats:
        """Return what a raid averts against the mean over crimes."""
        gain = np.maximum(self.gain(sight), FAINT)
        against_mean: Floats = gain / gain.mean(axis=0)
        return against_mean


def water_fill(free: Floats, level: Floats, width: Floats) -> Floats:
    """Return x = width (level - waterline)+ with as much in each column as is free [K, C].

    It maximises the sum over rows of width e^level (1 - e^(-x / width)): marginal gains e^(level - x / width) are equal
    where x > 0, and lower than that where it is not.
    """
    order = np.argsort(-level, axis=0, kind="stable")
    highest, wide = np.take_along_axis(level, order, axis=0), np.take_along_axis(width, order, axis=0)
    lines = (np.cumsum(wide * highest, axis=0) - free) / np.cumsum(wide, axis=0)
    last = np.maximum(0, (highest > lines).sum(axis=0) - 1)
    filled: Floats = width * np.maximum(0.0, level - lines[last, np.arange(len(free))])
    return filled


# ------------------------------------------------------------------------------------------ who works by which

Plan = list[tuple[Strategy, Floats]]  # strategies and their share of each country's effort [C]


def in_force(entries: Sequence[tuple[Strategy, Integers, Floats | float]], countries: int) -> Plan:
    """Return each strategy's share of every country's effort; a later entry takes its intensity from earlier ones."""
    left = np.ones(countries)
    plan: Plan = []
    for kind, where, intensity in reversed(entries):
        share = np.zeros(countries)
        share[where] = left[where] * intensity
        left -= share
        if share.any():
            plan.append((kind, share))
    return plan[::-1]


def lend(plan: Plan, free: Floats, pull: Floats) -> Floats:
    """Return the teams on patrol in each country after members of a pool have lent to each other [C].

    What is put in comes out again, in proportion to `pull`. Sums are exact, so that the order of members is nothing.
    """
    patrol = free.copy()
    for kind, share in plan:
        if kind.lends() > 0.0:
            given, wanted = kind.lends() * share * free, share * pull
            patrol += math.fsum(given) * wanted / math.fsum(wanted) - given
    return patrol


def teams_by_crime(plan: Plan, sight: Sight) -> Floats:
    """Return the teams on each crime in each country [K, C]; their sum over crimes is what is free."""
    teams = np.zeros_like(sight.leads)
    for kind, share in plan:
        weights = kind.split(sight)
        total = weights.sum(axis=0)
        weights = np.where(total > 0.0, weights, 1.0)
        teams += share * (sight.free * weights / weights.sum(axis=0))
    return teams


def urgency_by_crime(plan: Plan, sight: Sight) -> Floats:
    """Return the factor on leads by which open cases are put in order [K, C]."""
    factor = np.zeros_like(sight.leads)
    for kind, share in plan:
        factor += share * kind.urgency(sight)
    return factor


# ------------------------------------------------------------------------------------------- in files and policies


def from_file(given: Any) -> Strategy:
    """Return the strategy that a mapping of a file describes by its kind; raise UnknownName if there is none."""
    if isinstance(given, Strategy):
        return given
    values: Mapping[str, Any] = given
    return STRATEGIES[values["kind"]](**{name: value for name, value in values.items() if name != "kind"})


AnyStrategy = Annotated[Strategy, PlainValidator(from_file), WithJsonSchema({"kinds": "strategy"})]


@instrument("police strategy")
@record
class PoliceStrategy(Instrument):
    """Forces work by another strategy, with the teams they have and those that crackdowns buy.

    A country can have one at a time.
    """

    moves: ClassVar[Mapping[str, int]] = {"police": 0}
    exclusive: ClassVar[bool] = True
    strategy: AnyStrategy = param(
        HotSpots(),
        unit="kind",
        source="scenario",
        about="by name or a mapping with its `kind`; hot spots unless given",
    )

    def act(self, orders: Orders, at: Deployment) -> None:
        """Put the members' forces to work by the strategy."""
        orders.police.append((self.strategy, at.where, at.strength))

    def weekly_cost(self, at: Deployment) -> Floats:
        """Return the liaison cost of one week for each member of a strategy that needs partners; else nothing."""
        partners = (at.strength > 0.0) & (self.strategy.fewest > 1)
        cost: Floats = np.full(len(at.where), at.costs.liaison / WEEKS_A_YEAR) * partners
        return cost
