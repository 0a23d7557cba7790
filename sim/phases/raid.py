"""Verb 6: raids, joint raids, tip-offs, arrests, rescues and seizures."""

from typing import Any

import numpy as np

from sim.compiled import allocating, kernel
from sim.draws import Draw, binomial, uniform
from sim.instruments import Orders
from sim.setting import LOSS, Setting
from sim.state import Between, Happened, Money, State, Status, between, held_at, post

RAIDED = 1
WARNED = 3  # raided, and found empty
POSTPONED = 2  # its turn comes in another week, when the syndicate is warned


def raid(state: State, setting: Setting) -> None:
    """Raid the sites with an open case, strongest file first, as far as the teams reach.

    Order is by leads, weighed by the force's strategy, ties by address. A raid costs team-weeks taken from later
    patrol; a force starts raids while it owes less than a week of its teams. In a task force every site of the
    syndicate with an open case in a member country is raided in the same week. A sweep strikes at its own rate.
    """
    assert state.orders is not None
    orders, rule = state.orders, setting.rules.enforcement
    open_cases = np.flatnonzero(state.sites.case)
    strength = state.sites.leads[open_cases] * state.sites.watch[open_cases]
    strength *= state.urgency[state.sites.crime[open_cases], state.sites.host[open_cases]]
    order = open_cases[np.lexsort((state.sites.address[open_cases], -strength))]
    raided = np.zeros(len(state.sites.status), np.int64)
    chances = odds_of_raids(orders, setting)
    agreed = (orders.extradited, orders.restored, orders.handed_over)
    raid_known(
        state.week, order, raided, state.sites, state.syndicates, state.money, state.people, setting.land,
        setting.traits, rule, setting.rules.choice, setting.rules.costs, chances, orders.vetting, orders.raid_lift,
        orders.joint, orders.pooled, orders.at_once, agreed, state.recovered, state.force, state.debt, state.due,
        setting.seed, state.diary,
    )  # fmt: skip
    if setting.coalition is not None:
        trace_leaks(state, setting, np.flatnonzero(raided == WARNED))
    if orders.sweep.any():
        sweep(state.week, raided, state.sites, state.syndicates, state.money, state.people, setting.land,
              setting.traits, rule, setting.rules.choice, setting.rules.costs, orders.sweep, agreed,
              state.recovered, state.due, setting.seed, state.diary)  # fmt: skip


def warned_at_home(orders: Orders, rule: Any) -> np.ndarray:
    """Return the chance that a country's own police tip a site off [C]."""
    warned: np.ndarray = rule.tip_off * orders.corruption * orders.vetting
    return warned


def success(orders: Orders, setting: Setting) -> np.ndarray:
    """Return G l (1 - kappa protection), the chance of a raid nobody gave away, before the crime's factor [K, C]."""
    chance: np.ndarray = orders.institutions * orders.law * (1.0 - orders.corruption * setting.land.protection)
    return chance


def closing_chance(orders: Orders, setting: Setting) -> np.ndarray:
    """Return the chance that a raid closes a site, as far as the country's own police go [K, C]."""
    succeeds = setting.traits.law_factor[:, None] * success(orders, setting) + orders.raid_lift
    chance: np.ndarray = np.minimum(1.0, succeeds) * (1.0 - warned_at_home(orders, setting.rules.enforcement))
    return chance


def odds_of_raids(orders: Orders, setting: Setting) -> tuple[np.ndarray, ...]:
    """Return the chance of a tip-off at home [C], of silent partners [C] and channels [C, C], of success [K, C]."""
    rule = setting.rules.enforcement
    return (
        warned_at_home(orders, rule),
        silent_partners(orders, rule.case_leak),
        silent_channels(orders, rule.case_leak),
        success(orders, setting),
    )


def silent_partners(orders: Orders, case_leak: float) -> np.ndarray:
    """Return the chance that no other member of the task force leaks a case of each country [C]."""
    fellows = (
        (orders.joint[:, None] >= 0) & (orders.joint[:, None] == orders.joint) & ~np.eye(len(orders.joint), dtype=bool)
    )
    silent: np.ndarray = np.where(fellows, 1.0 - case_leak * orders.corruption, 1.0).prod(axis=1)
    return silent


def silent_channels(orders: Orders, case_leak: float) -> np.ndarray:
    """Return the chance that the police of a victim's country who pass reports do not leak the case [victim, host].

    A case is shared with those who feed it, not with everybody who belongs to the channel; within a task force
    the members are counted already.
    """
    same_force = (orders.joint[:, None] >= 0) & (orders.joint[:, None] == orders.joint)
    shared = (orders.coverage > 0.0) & ~same_force
    silent: np.ndarray = np.where(shared, 1.0 - case_leak * orders.corruption[:, None], 1.0)
    return silent


def trace_leaks(state: State, setting: Setting, warned: np.ndarray) -> None:
    """Count, for some of the raids that found a site emptied, through whom the case leaked, for all who shared it.

    Those who shared it are the host, the other members of its task force, and the police of the victims' country if
    they pass reports. One of them is named, in proportion to the chances that each leaked.
    """
    assert state.orders is not None
    orders, rule = state.orders, setting.rules.enforcement
    for s in warned:
        host, target = state.sites.host[s], state.sites.target[s]
        chance = leak_chances(orders, rule, host, target)
        luck = (
            uniform(setting.seed, int(Draw.LEAK), state.week, state.sites.address[s], 0) / setting.rules.trust.exposed
        )
        if luck < 1.0:
            upto = np.cumsum(chance)
            whose = np.searchsorted(upto, luck * upto[-1], side="right")
            state.leaks[chance > 0.0, whose] += 1
            state.leaks[whose, whose] = 0


def leak_chances(orders: Orders, rule: Any, host: int, target: int) -> np.ndarray:
    """Return the chance that a case leaked through each of those who shared it, vetting included [C]."""
    shared = (orders.joint == orders.joint[host]) & (orders.joint[host] >= 0)
    shared[target] |= orders.coverage[target, host] > 0.0
    chance: np.ndarray = np.where(shared, rule.case_leak * orders.corruption * orders.vetting[host], 0.0)
    chance[host] = rule.tip_off * orders.corruption[host] * orders.vetting[host]
    return chance


@allocating
def raid_known(week, order, raided, sites, syndicates, money, people, land, traits, rule, choice, costs, chances,
               vetting, lift, joint, pooled, at_once, agreed, recovered, force, debt, due, seed,
               diary):  # fmt: skip
    """Raid along the ordered cases; a task force follows up with the rest of the syndicate at once."""
    abroad = np.zeros(len(force), np.int64)
    for first in order:
        host = sites.host[first]
        payer = _payer(host, joint, pooled, force, debt)
        if raided[first] or payer < 0:
            continue
        _raid(first, payer, week, raided, sites, syndicates, money, people, land, traits, rule, choice, costs, chances,
              vetting, lift, agreed, recovered, debt, due, seed, diary)  # fmt: skip
        if joint[host] < 0:
            continue
        abroad[:] = 0
        series = 1
        for other in order:
            there = sites.host[other]
            same = sites.syndicate[other] == sites.syndicate[first] and joint[there] == joint[host]
            if not same or raided[other] or sites.case[other] == 0:
                continue
            if not at_once[host]:
                raided[other] = POSTPONED
                continue
            payer = _payer(there, joint, pooled, force, debt)
            if payer < 0:
                payer = there
            _raid(other, payer, week, raided, sites, syndicates, money, people, land, traits, rule, choice, costs,
                  chances, vetting, lift, agreed, recovered, debt, due, seed, diary)  # fmt: skip
            series += 1
            abroad[there] = there != host
        if abroad.sum() > 0:
            due[host] += costs.joint_country * abroad.sum()
            due[host] += costs.joint_share * series * rule.raid_cost * land.team_cost[host]


@kernel
def _payer(host, joint, pooled, force, debt):
    """Return the force that works the raid: the host's, or the least burdened of a pooled task force; -1 if none."""
    if debt[host] < force[host]:
        return host
    best = -1
    if joint[host] >= 0 and pooled[host]:
        for c in range(len(force)):
            spare = force[c] - debt[c]
            if joint[c] == joint[host] and pooled[c] and spare > 0.0 and (best < 0 or spare > force[best] - debt[best]):
                best = c
    return best


@kernel
def _raid(s, payer, week, raided, sites, syndicates, money, people, land, traits, rule, choice, costs, chances, vetting,
          lift, agreed, recovered, debt, due, seed, diary):  # fmt: skip
    """Carry out one raid: a tip-off empties the site; success G l (1 - kappa protection) closes it."""
    k, host = sites.crime[s], sites.host[s]
    raided[s] = RAIDED
    debt[payer] += rule.raid_cost
    sites.case[s] = 0
    sites.alerted[s] = 1
    diary[Happened.RAIDS, k, host] += 1
    warned = tip_off_chance(host, sites.target[s], chances, vetting)
    if uniform(seed, Draw.TIP_OFF, week, sites.address[s], 0) < warned:
        raided[s] = WARNED
        diary[Happened.TIP_OFFS, k, host] += 1
        sites.leads[s] *= rule.leads_after_tip_off
        sites.idle_until[s] = max(sites.idle_until[s], week + rule.tip_off_weeks)
        sites.alarm_until[s] = sites.idle_until[s] + choice.alarm_weeks
        return
    sites.alarm_until[s] = week + choice.alarm_weeks
    if uniform(seed, Draw.RAID, week, sites.address[s], 0) < success_chance(k, host, chances, lift, traits):
        strike_site(s, week, sites, syndicates, money, people, land, traits, rule, choice, costs, agreed,
                    recovered, due, seed, diary)  # fmt: skip


@kernel
def tip_off_chance(host, target, chances, vetting):
    """Return the chance that a raid is betrayed, by the host's own police or by somebody who knows of the case."""
    leaked = 1.0 - chances[1][host] * chances[2][target, host]
    return 1.0 - (1.0 - chances[0][host]) * (1.0 - leaked * vetting[host])


@kernel
def success_chance(k, host, chances, lift, traits):
    """Return the chance that a raid that nobody betrayed closes the site."""
    return min(1.0, chances[3][k, host] * traits.law_factor[k] + lift[host])


@kernel
def strike_site(s, week, sites, syndicates, money, people, land, traits, rule, choice, costs, agreed, recovered, due,
                seed, diary):  # fmt: skip
    """Close a site by a successful raid: arrests, rescues, seizures, and news for its syndicate."""
    k, host, g, home = sites.crime[s], sites.host[s], sites.syndicate[s], syndicates.home[sites.syndicate[s]]
    address, size = sites.address[s], people.countries
    voluntary, coerced = people.second + s, people.third + s
    diary[Happened.RAIDS_SUCCESSFUL, k, host] += 1
    arrested = binomial(people.balance[voluntary], rule.arrests, uniform(seed, Draw.ARREST, week, address, 0))
    sent = 0
    if home != host and agreed[0][host, home] > 0.0:
        sent = binomial(arrested, agreed[0][host, home], uniform(seed, Draw.EXTRADITE, week, address, 0))
        due[host] += sent * costs.transfer
    parts = rule.sentence_shape - 1  # of the sentence, after the first
    post(people.balance, voluntary, between(people, Between.ASKED + parts, home, host), sent)
    post(people.balance, voluntary, held_at(people, g, parts, host), arrested - sent)
    found = binomial(people.balance[coerced], rule.rescues, uniform(seed, Draw.RESCUE, week, address, 0))
    mistaken = binomial(found, land.mistaken_arrests[host], uniform(seed, Draw.MISIDENTIFIED, week, address, 0))
    post(people.balance, coerced, between(people, Between.HELD + parts, sites.source[s], host), mistaken)
    post(people.balance, coerced, between(people, Between.SHELTER, sites.source[s], host), found - mistaken)
    capital = money.balance[money.third + s]
    cash = money.balance[money.second + g]
    seized = int(rule.capital_seized * capital)
    seized_cash = int(rule.cash_seized * max(0, cash) / max(1, syndicates.sites[g]))
    post(money.balance, money.third + s, Money.SEIZED * size + host, seized)
    post(money.balance, money.third + s, Money.WRITTEN_OFF * size + host, capital - seized)
    post(money.balance, money.second + g, Money.SEIZED * size + host, seized_cash)
    share_seizure(s, seized + seized_cash, sites, money, traits, costs, agreed, recovered, due)
    diary[Happened.ARRESTS, k, host] += arrested
    diary[Happened.RESCUED, k, host] += found - mistaken
    diary[Happened.MISIDENTIFIED, k, host] += mistaken
    diary[Happened.SEIZED_CENTS, k, host] += seized + seized_cash
    sites.idle_until[s] = week + traits.rebuild[k]
    sites.alarm_until[s] = sites.idle_until[s] + choice.alarm_weeks
    sites.uprooted[s] = 1
    sites.alerted[s] = 1
    sites.case[s] = 0
    sites.leads[s] = 0.0
    syndicates.struck[g, host] += 1
    syndicates.alarm_until[g] = max(syndicates.alarm_until[g], week + choice.alarm_weeks)


@kernel
def share_seizure(s, seized, sites, money, traits, costs, agreed, recovered, due):
    """Return a part of what was seized to the victims abroad and hand a part over to their state, where agreed."""
    t, host, size = sites.target[s], sites.host[s], money.countries
    if t == host:
        return
    restored = int(agreed[1][t, host] * seized) if traits.victimisation[sites.crime[s]] == LOSS else 0
    handed = min(seized - restored, int(agreed[2][t, host] * seized))
    post(money.balance, Money.SEIZED * size + host, Money.VICTIMS * size + t, restored)
    post(money.balance, Money.SEIZED * size + host, Money.SEIZED * size + t, handed)
    recovered[t] += restored
    due[t] += costs.recovery * (restored + handed) / 100.0


@kernel
def sweep(week, raided, sites, syndicates, money, people, land, traits, rule, choice, costs, hazard, agreed, recovered,
          due, seed, diary):  # fmt: skip
    """Strike sites in swept countries at the outside force's own rate."""
    for s in range(len(sites.status)):
        host = sites.host[s]
        if sites.status[s] == Status.EMPTY or raided[s] in (RAIDED, WARNED) or hazard[host] == 0.0:
            continue
        if uniform(seed, Draw.SWEEP, week, sites.address[s], 0) < hazard[host]:
            raided[s] = RAIDED
            diary[Happened.RAIDS, sites.crime[s], host] += 1
            strike_site(s, week, sites, syndicates, money, people, land, traits, rule, choice, costs, agreed, recovered,
                        due, seed, diary)  # fmt: skip
