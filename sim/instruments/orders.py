"""The orders that instruments add up to in a week, and the orders of a week of peace."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from sim.world import World

if TYPE_CHECKING:
    from sim.strategies import Strategy

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Booleans = npt.NDArray[np.bool_]
MOST_DIVERTED = 0.99  # of money for teams abroad, so that a team has a price everywhere


@dataclass
class Orders:
    """What is in force in one week; the instruments write it, the phases read it.

    Arrays over countries [C], crimes and countries [K, C] or pairs [C, C] (first index: where it starts).
    """

    surge: Floats  # extra teams [C]
    raid_lift: Floats  # added to the chance that a raid succeeds [C]
    law: Floats  # strength of the law in force, before the crime's own factor [K, C]
    institutions: Floats  # G in force [C]
    corruption: Floats  # kappa in force [C]
    vetting: Floats  # factor on tip-offs [C]
    reporting: Floats  # share of losses reported [C]
    coverage: Floats  # reports passed from victim's police to host's police, trust included [victim, host]
    delay: Integers  # weeks that a passed report takes [victim, host]
    joint: Integers  # number of the joint task force a country belongs to, -1 = none [C]
    pooled: Integers  # 1 where members of the task force may pay for each other's raids [C]
    at_once: Integers  # 1 where a task force raids all known sites of a syndicate in one week [C]
    asked: Floats  # share of leads requested formally, of those that would not be [victim, host]
    hastened: Floats  # share of the time of a formal request that is saved [victim, host]
    extradited: Floats  # share of arrested foreigners sent home to their police [host, home]
    freeze: Floats  # share of freezing requests served [victim, hub]
    freeze_days: Floats  # days a freezing request takes [victim, hub]
    restored: Floats  # share of what a host seizes that goes to the victims abroad [victim, host]
    handed_over: Floats  # share of what a host seizes or freezes that goes to the victims' state [victim, host]
    campaign: Floats  # awareness added [C]
    friction: Floats  # share of successes that delayed payments prevent [C]
    limit: Floats  # most that can be lost at once (USD), infinite = no limit [C]
    blocked: Floats  # share of contacts from afar that do not get through to the public [C]
    passage: Floats  # share of crossings that are not stopped at a border [C, C]
    sweep: Floats  # weekly chance that an outside force raids a site [C]
    announced: Floats  # weekly raid risk announced [C]
    cost: Floats  # fixed public cost this week by the country that pays (USD) [C]
    private_cost: Floats  # cost borne by legitimate users this week (USD) [C]
    given: Floats  # money for teams this week (USD) [payer, host]
    rest: Floats  # weights by which what is left of the budget buys teams [payer, host]
    police: list[tuple["Strategy", Integers, Floats]]  # strategies, places of their members, intensity of each


def peace_orders(world: World, domestic_coverage: float, request_days: float) -> Orders:
    """Return the orders of a week without any instrument: domestic freezing only, no links."""
    size = len(world.countries)
    zeros, ones, pairs = np.zeros(size), np.ones(size), np.zeros((size, size))
    freeze = np.diag(domestic_coverage * world.laundering_controls)
    return Orders(
        surge=zeros.copy(), raid_lift=zeros.copy(), law=np.tile(world.law, (world.K, 1)),
        institutions=world.institutions.copy(),
        corruption=world.corruption.copy(), vetting=ones.copy(), reporting=world.reporting.copy(),
        coverage=pairs.copy(), delay=np.ones((size, size), dtype=np.int64),
        joint=np.full(size, -1, dtype=np.int64), pooled=np.zeros(size, dtype=np.int64),
        at_once=np.zeros(size, dtype=np.int64), asked=pairs.copy(), hastened=pairs.copy(),
        extradited=pairs.copy(), freeze=freeze,
        freeze_days=np.full((size, size), request_days), restored=pairs.copy(), handed_over=pairs.copy(),
        campaign=zeros.copy(), friction=zeros.copy(), limit=np.full(size, np.inf), blocked=zeros.copy(),
        passage=np.ones((size, size)),
        sweep=zeros.copy(), announced=zeros.copy(), cost=zeros.copy(), private_cost=zeros.copy(),
        given=pairs.copy(), rest=pairs.copy(), police=[],
    )  # fmt: skip


def arriving(orders: Orders, diversion: float) -> Floats:
    """Return the share of money for teams that reaches them [payer, host]: all of it at home, less abroad (A-69)."""
    size = len(orders.corruption)
    lost = diversion * orders.corruption * (1.0 - np.eye(size))
    share: Floats = 1.0 - np.minimum(MOST_DIVERTED, lost)
    return share
