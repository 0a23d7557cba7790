"""Beside the verbs: what operations would believe without the policy, for runs in which some routes are blind to it.

A route that is off is policy-blind, not impossible: what it governs goes on as if there were no policy. For that a
run keeps shadow beliefs. What is public comes from the baseline run of the same seed, week by week. What is known to
a site or a syndicate alone comes from raids of this run, each counted by the chance that it would have happened
without the policy (A-76). Where the policy does nothing, shadow and belief are equal bit for bit.
"""

import math
from collections.abc import Collection
from dataclasses import dataclass, field, fields
from enum import IntEnum
from typing import NamedTuple

import numpy as np

from sim.compiled import allocating, kernel
from sim.draws import Draw, uniform
from sim.instruments import Orders
from sim.phases.choosing import EXIT, HARDEN, MOVE, QUIET, SWITCH, probabilities, weigh
from sim.phases.investigate import gather, harm_shown
from sim.phases.learn import price
from sim.phases.raid import odds_of_raids, success_chance, tip_off_chance
from sim.phases.report import forward, request
from sim.setting import Land, Setting
from sim.state import Addresses, Floats, Integers, Sites, State, Status, Syndicates


class Route(IntEnum):
    """The ways by which behaviour answers a policy; the first six are routes of displacement."""

    PLACE = 0  # moving; where movers and newcomers go
    TIME = 1  # lying low, and for how long
    TARGET = 2  # whose residents are contacted
    TACTIC = 3  # hardening
    CRIME = 4  # switching to another crime
    PERPETRATOR = 5  # how many come in, and recruits in the place of those taken by raids
    DETERRENCE = 6  # closing
    MARKET = 7  # crowding of targets and awareness of the public


PLACE, TIME, TARGET, CRIME, PERPETRATOR, MARKET = (
    int(one) for one in (Route.PLACE, Route.TIME, Route.TARGET, Route.CRIME, Route.PERPETRATOR, Route.MARKET)
)
ROUTE_OF = np.zeros(5, np.int64)  # the route that governs each class
ROUTE_OF[[MOVE, SWITCH, QUIET, HARDEN, EXIT]] = [
    Route.PLACE, Route.CRIME, Route.TIME, Route.TACTIC, Route.DETERRENCE,
]  # fmt: skip
ALL_ON = np.ones(len(Route), np.int64)


# ---- what the baseline leaves --------------------------------------------------------------------


@dataclass(frozen=True)
class Week:
    """What was public, and what the police did, in one week of the baseline [K, C]."""

    orders: Orders
    crowding: Floats
    awareness: Floats
    public_hits: Floats
    public_weeks: Floats
    count: Integers
    attention: Floats
    even: bool  # every site of a crime is watched alike


@dataclass
class Trace:
    """The weeks of a baseline run, and how many weeks ahead its leads can travel."""

    weeks: list[Week] = field(default_factory=list)
    horizon: int = 0

    def note(self, state: State) -> None:
        """Keep the week that has just ended."""
        assert state.orders is not None
        last = self.weeks[-1].orders if self.weeks else state.orders
        orders = last if _same(last, state.orders) else state.orders
        there = state.sites.status != Status.EMPTY
        self.weeks.append(Week(
            orders=orders, crowding=state.crowding.copy(), awareness=state.awareness.copy(),
            public_hits=state.public_hits.copy(), public_weeks=state.public_weeks.copy(), count=state.count.copy(),
            attention=state.attention.copy(), even=bool((state.sites.watch[there] == 1.0).all()),
        ))  # fmt: skip
        self.horizon = state.leads_due.shape[1]


def _same(one: Orders, other: Orders) -> bool:
    """Return whether two weeks have the same orders, but for strategies of police, whose work is kept as patrol."""
    pairs = ((getattr(one, f.name), getattr(other, f.name)) for f in fields(Orders) if f.name != "police")
    return all(np.array_equal(first, second) for first, second in pairs)


# ---- what is kept beside a run -------------------------------------------------------------------


@dataclass
class Shadow:
    """Shadow beliefs of a run and the routes that are on; what phases read of a state has the name it has there."""

    trace: Trace
    on: Integers  # 1 for each route that is on [8]
    orders: Orders | None
    crowding: Floats
    awareness: Floats
    public_hits: Floats
    public_weeks: Floats
    count: Integers
    attention: Floats
    even: bool
    appeal: Floats
    place_value: Floats
    profit: Floats
    leads_due: Floats
    site: Addresses  # whom the rows belong to [S]
    leads: Floats
    requested: Floats
    transmitted: Floats
    case: Integers
    owner: Integers  # row of the syndicate that ran the site last week
    known: Integers  # has an open case in the run itself
    weight: Floats  # chance that the case would be open without the policy
    alarm_until: Integers
    alerted: Integers
    uprooted: Integers
    workers: Integers  # before the raids of the week
    lost: Floats  # persons that raids took and would not have taken
    syndicate: Addresses  # whom the rows belong to [G]
    hits: Floats  # evidence of raids [G, C]
    struck: Floats  # raids suffered this week, each by its weight [G, C]
    struck_before: Floats
    blows: Integers  # raids suffered this week that would have happened [G]
    blows_before: Integers
    alarmed_until: Integers

    def turn_to(self, week: int) -> None:
        """Take from the baseline what was public in a week."""
        for name, column in vars(self.trace.weeks[week]).items():
            setattr(self, name, column)

    def grow(self, state: State) -> None:
        """Have as many rows as the state."""
        for names, rows in ((OF_SITES, len(state.sites.status)), (OF_SYNDICATES, len(state.syndicates.alive))):
            for name in names:
                column = getattr(self, name)
                if len(column) < rows:
                    longer = np.zeros((rows, *column.shape[1:]), column.dtype)
                    longer[: len(column)] = column
                    setattr(self, name, longer)

    def sites(self, state: State) -> Sites:
        """Return the sites as they would be believed and known."""
        return state.sites._replace(
            leads=self.leads, case=self.case, alarm_until=self.alarm_until, alerted=self.alerted,
            uprooted=self.uprooted, requested=self.requested, transmitted=self.transmitted,
            found=state.sites.found.copy(), complaints=state.sites.complaints.copy(),
            watch=np.ones_like(state.sites.watch) if self.even else state.sites.watch,
        )  # fmt: skip

    def syndicates(self, state: State) -> Syndicates:
        """Return the syndicates with what they would believe."""
        return state.syndicates._replace(hits=self.hits, alarm_until=self.alarmed_until)


OF_SITES = (
    "leads_due", "site", "leads", "requested", "transmitted", "case", "owner", "known", "weight", "alarm_until",
    "alerted", "uprooted", "workers", "lost",
)  # fmt: skip
OF_SYNDICATES = ("syndicate", "hits", "struck", "struck_before", "blows", "blows_before", "alarmed_until")


def begin_shadow(state: State, trace: Trace, routes: Collection[Route]) -> Shadow:
    """Return the shadow of a state that no policy has touched yet: what is believed in it; `routes` are on."""
    sites, syndicates = state.sites, state.syndicates
    rows = len(sites.status)
    leads_due = np.zeros((rows, trace.horizon))
    for weeks in range(min(trace.horizon, state.leads_due.shape[1])):  # on their way, by weeks to go
        column = (state.week + weeks) % state.leads_due.shape[1]
        leads_due[:, (state.week + weeks) % trace.horizon] = state.leads_due[:, column]
    return Shadow(
        trace=trace, on=np.array([int(one in routes) for one in Route], np.int64), **vars(trace.weeks[0]),
        appeal=np.zeros_like(state.appeal), place_value=np.zeros_like(state.place_value),
        profit=np.zeros_like(state.profit), leads_due=leads_due, site=sites.address.copy(), leads=sites.leads.copy(),
        requested=sites.requested.copy(), transmitted=sites.transmitted.copy(), case=sites.case.copy(),
        owner=sites.syndicate.copy(), known=sites.case.copy(), weight=np.ones(rows),
        alarm_until=sites.alarm_until.copy(), alerted=sites.alerted.copy(), uprooted=sites.uprooted.copy(),
        workers=np.zeros(rows, np.int64), lost=np.zeros(rows), syndicate=syndicates.address.copy(),
        hits=syndicates.hits.copy(),
        struck=np.zeros(syndicates.hits.shape), struck_before=state.struck_before.astype(np.float64),
        blows=np.zeros(len(syndicates.alive), np.int64), blows_before=state.struck_before.sum(axis=1),
        alarmed_until=syndicates.alarm_until.copy(),
    )  # fmt: skip


# ---- what happens after the verbs ----------------------------------------------------------------


def after_report(state: State, setting: Setting) -> None:
    """Turn to this week of the baseline, send shadow leads through its channels, and hold the market still.

    Without the route of the market crowding and awareness are those of the baseline.
    """
    shadow = _shadow_of(state)
    shadow.turn_to(state.week)
    orders = shadow.orders
    assert orders is not None
    heard, rule = 1.0 - orders.corruption, setting.rules.intelligence
    forward(state.week, state.sites, shadow.leads_due, orders.coverage, orders.delay, heard, rule,
            np.zeros_like(state.passed))  # fmt: skip
    request(state.week, shadow.sites(state), shadow.leads_due, orders.coverage, orders.asked, orders.hastened, heard,
            rule, np.zeros_like(state.requests))  # fmt: skip
    if not shadow.on[MARKET]:
        state.crowding[:] = shadow.crowding
        state.awareness[:] = shadow.awareness


def after_investigate(state: State, setting: Setting) -> None:
    """Gather shadow leads under the baseline's patrol, and weigh the cases opened this week.

    A case weighs the chance that the same luck would have opened it: (1 - e^(-u I0)) / (1 - e^(-u I1)).
    """
    shadow = _shadow_of(state)
    assert state.orders is not None
    per_site = shadow.attention / np.maximum(setting.scale, shadow.count)
    gather(state.week, shadow.sites(state), state.voluntary, state.coerced, shadow.leads_due, per_site,
           setting.rules.intelligence, harm_shown(state.orders, setting), setting.seed, np.zeros_like(state.found),
           np.zeros_like(state.filed), np.zeros_like(state.diary))  # fmt: skip
    weigh_cases(state.sites, shadow.leads, shadow.known, shadow.weight, setting.rules.intelligence.detection)
    shadow.workers[:] = state.voluntary + state.coerced


def after_raid(state: State, setting: Setting) -> None:
    """Count each raid by the chance that it would have happened, and let a coin of that chance alarm the shadow."""
    shadow, orders = _shadow_of(state), state.orders
    assert orders is not None
    assert shadow.orders is not None
    odds, lifts, sweeps = (
        tuple(seen) for seen in zip(*(
            ((odds_of_raids(one, setting), one.vetting), one.raid_lift, one.sweep) for one in (orders, shadow.orders)
        ), strict=True)
    )  # fmt: skip
    reckon(
        state.week, state.sites, state.voluntary + state.coerced, shadow.sites(state), shadow.syndicates(state),
        shadow.known, shadow.weight, shadow.workers, shadow.lost, shadow.struck, shadow.blows, odds[0], odds[1],
        lifts, sweeps, setting.traits, setting.rules.enforcement, setting.rules.choice, setting.seed,
    )  # fmt: skip


def after_learn(state: State, setting: Setting) -> None:
    """Let shadow evidence be forgotten and gathered as evidence is, and price the tables nobody's policy has moved."""
    shadow = _shadow_of(state)
    believe(state.week, state.syndicates, shadow.hits, shadow.struck, shadow.struck_before, shadow.blows_before,
            shadow.alarmed_until, setting.rules.learning, setting.rules.choice)  # fmt: skip
    shadow.struck_before[:], shadow.blows_before[:] = shadow.struck, shadow.blows
    shadow.struck[:], shadow.blows[:] = 0.0, 0
    price(shadow, setting)


def after_renew(state: State, setting: Setting) -> None:
    """Clear the rows of new sites and syndicates, and note which cases are open.

    A syndicate that has split off with sites of another would believe what the other would.
    """
    shadow = _shadow_of(state)
    shadow.grow(state)
    kept = (state.sites.status != Status.EMPTY) & (shadow.site == state.sites.address)
    split_off = kept & (shadow.syndicate != state.syndicates.address)[state.sites.syndicate]
    offspring, parents = state.sites.syndicate[split_off], shadow.owner[split_off]
    inherited = shadow.hits[parents], shadow.alarmed_until[parents]
    for owner, address, names in (
        ("site", state.sites.address, OF_SITES), ("syndicate", state.syndicates.address, OF_SYNDICATES)
    ):  # fmt: skip
        new = getattr(shadow, owner) != address
        for name in names:
            getattr(shadow, name)[new] = 0
        getattr(shadow, owner)[:] = address
    shadow.hits[offspring], shadow.alarmed_until[offspring] = inherited
    shadow.owner[:] = state.sites.syndicate
    shadow.known[:] = state.sites.case


def _shadow_of(state: State) -> Shadow:
    assert state.shadow is not None
    return state.shadow


@kernel
def weigh_cases(sites, leads, known, weight, detection):
    """Weigh the cases that are open and were not; the case of a site that is gone is forgotten."""
    for s in range(len(known)):
        if sites.status[s] != Status.EMPTY and sites.case[s] and not known[s]:
            opened = 1.0 - math.exp(-detection * sites.leads[s])
            weight[s] = min(1.0, (1.0 - math.exp(-detection * leads[s])) / opened)
        known[s] = sites.case[s]


@kernel
def reckon(week, sites, workers, blind, syndicates, known, weight, before, lost, struck, blows, odds, odds_blind,
           lifts, sweeps, traits, rule, choice, seed):  # fmt: skip
    """Find out from the addressed luck what came of each raid, and carry over what would have come without the policy.

    A raid counts weight of the case x ratio of not being betrayed x ratio of success, never more than one.
    """
    for s in range(len(sites.status)):
        if sites.status[s] == Status.EMPTY:
            continue
        k, host, target, address = sites.crime[s], sites.host[s], sites.target[s], sites.address[s]
        taken = before[s] - workers[s]
        raided = known[s] and not sites.case[s]
        betrayed, betrayed_blind = 0.0, 0.0
        closes = False
        if raided:
            betrayed = tip_off_chance(host, target, odds[0], odds[1])
            betrayed_blind = tip_off_chance(host, target, odds_blind[0], odds_blind[1])
            succeeds = success_chance(k, host, odds[0], lifts[0], traits)
            closes = (
                uniform(seed, Draw.TIP_OFF, week, address, 0) >= betrayed
                and uniform(seed, Draw.RAID, week, address, 0) < succeeds
            )
        if raided and (closes or not sites.uprooted[s]):
            warned = uniform(seed, Draw.TIP_OFF, week, address, 0) < betrayed
            chance = weight[s]
            if warned:
                chance *= min(1.0, betrayed_blind / betrayed)
            else:
                chance *= min(1.0, (1.0 - betrayed_blind) / (1.0 - betrayed))
            if closes:
                chance *= min(1.0, success_chance(k, host, odds_blind[0], lifts[1], traits) / succeeds)
        elif sweeps[0][host] > 0.0 and uniform(seed, Draw.SWEEP, week, address, 0) < sweeps[0][host]:
            warned, closes = False, True
            chance = min(1.0, sweeps[1][host] / sweeps[0][host])
        else:
            continue
        happens = uniform(seed, Draw.WOULD_HAVE, week, address, 0) < chance
        if closes:
            lost[s] += (1.0 - chance) * taken
            struck[sites.syndicate[s], host] += chance
        if not happens:
            continue
        blind.alerted[s] = 1
        blind.alarm_until[s] = sites.alarm_until[s]
        if warned:
            blind.leads[s] *= rule.leads_after_tip_off
        if closes:
            blind.uprooted[s] = 1
            blind.leads[s] = 0.0
            g = sites.syndicate[s]
            blows[g] += 1
            syndicates.alarm_until[g] = max(syndicates.alarm_until[g], week + choice.alarm_weeks)


@kernel
def believe(week, syndicates, hits, struck, struck_before, blows_before, alarm_until, rule, choice):
    """Forget a little, add own raids and last week's of ties; lengthen alarms: as `remember_raids` does."""
    for g in range(len(syndicates.alive)):
        if not syndicates.alive[g]:
            continue
        warned = False
        for i in range(syndicates.ties.shape[1]):
            warned |= syndicates.ties[g, i] >= 0 and blows_before[syndicates.ties[g, i]] > 0
        for c in range(hits.shape[1]):
            tied = 0.0
            for i in range(syndicates.ties.shape[1]):
                if syndicates.ties[g, i] >= 0:
                    tied += struck_before[syndicates.ties[g, i], c]
            hits[g, c] = rule.memory * hits[g, c] + rule.own_weight * struck[g, c] + rule.tied_weight * tied
        if warned:
            alarm_until[g] = max(alarm_until[g], week + choice.alarm_weeks)


# ---- where choices are made ----------------------------------------------------------------------


class Outlook(NamedTuple):
    """What a choice is made from by somebody who sees no policy; in a run without a shadow, what all see."""

    sites: Sites
    syndicates: Syndicates
    land: Land
    leads_due: Floats
    place_value: Floats
    public_hits: Floats
    public_weeks: Floats
    announced: Floats
    corruption: Floats
    coverage: Floats
    crowd: Floats


def outlooks(state: State, crowd: Floats, land: Land) -> tuple[Outlook, Integers, bool]:
    """Return the blind outlook, which routes are on, and whether a shadow is kept.

    `crowd` is the appeal of company and `land` the countries with their borders, as the blind see them.
    """
    seen = state if state.shadow is None else state.shadow
    assert seen.orders is not None
    sites = state.sites if state.shadow is None else state.shadow.sites(state)
    syndicates = state.syndicates if state.shadow is None else state.shadow.syndicates(state)
    outlook = Outlook(
        sites, syndicates, land, seen.leads_due, seen.place_value, seen.public_hits, seen.public_weeks,
        seen.orders.announced, seen.orders.corruption, seen.orders.coverage, crowd,
    )  # fmt: skip
    return outlook, ALL_ON if state.shadow is None else state.shadow.on, state.shadow is not None


def appeal_in_force(state: State) -> Floats:
    """Return the appeal by which targets are chosen."""
    shadow = state.shadow
    return state.appeal if shadow is None or shadow.on[TARGET] else shadow.appeal


def missing(state: State) -> Floats:
    """Return how many workers of each site nobody replaces, because only the policy's raids have taken them [S]."""
    shadow = state.shadow
    none_missing = shadow is None or bool(shadow.on[PERPETRATOR])
    return np.zeros(len(state.sites.status)) if none_missing else shadow.lost  # type: ignore[union-attr]


@allocating
def hold_back(s, k, week, thinks, on, blind, rules, constants, utility, classes, nests, places, shares):
    """Give each class whose route is off the probability it has without the policy; staying takes the rest.

    Without the policy a site that would not review stays. Scaled down if the others need more than there is.
    """
    size, c = len(places), blind.sites.host[s]
    places_blind, shares_blind = np.zeros(size), np.zeros(len(shares))
    if thinks:
        weigh(s, k, week, blind.sites, blind.syndicates, blind.land, rules, blind.place_value, blind.public_hits,
              blind.public_weeks, blind.announced, blind.corruption, blind.crowd, constants, utility,
              classes)  # fmt: skip
        probabilities(c, blind.land.region, rules.choice, utility, classes, nests, places_blind, shares_blind)
    stay = places[c]
    for a in range(len(shares)):
        if not on[ROUTE_OF[a]]:
            stay += shares[a] - shares_blind[a]
            shares[a] = shares_blind[a]
    if not on[PLACE]:
        for j in range(size):
            if j != c:
                places[j] = places_blind[j]
    if stay < 0.0:
        for a in range(len(shares)):
            shares[a] /= 1.0 - stay
        for j in range(size):
            places[j] /= 1.0 - stay
        stay = 0.0
    places[c] = stay


@kernel
def arrivals(on, places, shares, places_blind, shares_blind):
    """Let newcomers be as many as one outlook has it, and go where the other does, as the routes say."""
    seen, blind = places.sum(), places_blind.sum()
    wanted, found = (seen if on[PERPETRATOR] else blind), (seen if on[PLACE] else blind)
    for j in range(len(places)):
        places[j] = (places[j] if on[PLACE] else places_blind[j]) * (wanted / found if found > 0.0 else 0.0)
    if not on[PERPETRATOR]:
        shares[EXIT] = shares_blind[EXIT]


@kernel
def follow(s, c, place, blind, rules):
    """Let the shadow file of a site that moves follow it only through a channel of the baseline."""
    kept = rules.intelligence.follow_up * blind.coverage[c, place]
    blind.sites.leads[s] *= kept
    for weeks in range(blind.leads_due.shape[1]):
        blind.leads_due[s, weeks] *= kept
    blind.sites.requested[s] *= kept
    blind.sites.transmitted[s] *= kept
    blind.sites.alarm_until[s] = min(
        blind.sites.alarm_until[s], blind.sites.idle_until[s] + rules.choice.alarm_weeks
    )  # fmt: skip
