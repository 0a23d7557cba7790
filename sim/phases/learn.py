"""Verb 8: syndicates update what they believe about raids and what they expect to earn."""

import math

import numpy as np

from sim.compiled import inlined, kernel
from sim.phases.launder import frozen_share
from sim.phases.offend import losses_in_force, reach_in_force, success_factor
from sim.setting import LOSS, Setting
from sim.state import Happened, Seen, State


def learn(state: State, setting: Setting) -> None:
    """Update beliefs (Beta-Bernoulli with forgetting) and the public tables of expected revenue.

    Own raids count at once; raids on tied syndicates and public news, per site, count a week later.
    """
    rule = setting.rules.learning
    remember_raids(state.week, state.syndicates, state.struck_before, rule, setting.rules.choice)
    raided = state.diary[Happened.RAIDS_SUCCESSFUL]
    seen = state.news
    state.public_hits *= rule.memory
    state.public_hits += rule.public_weight * (1.0 - rule.memory) * seen
    state.public_weeks *= rule.memory
    state.public_weeks += rule.public_weight * (1.0 - rule.memory) * (1.0 - seen)
    state.news[:] = np.minimum(1.0, (raided - state.raided_before) / np.maximum(1, state.count))
    state.raided_before[:] = raided
    pass_on(state.syndicates, state.struck_before)
    price(state, setting)


@kernel
def remember_raids(week, syndicates, struck_before, rule, choice):
    """Forget a little everywhere, then add this week's own evidence and last week's of ties; lengthen alarms."""
    for g in range(len(syndicates.alive)):
        if not syndicates.alive[g]:
            continue
        first, second = syndicates.ties[g, 0], syndicates.ties[g, 1]
        of_first, of_second = struck_before[max(0, first)], struck_before[max(0, second)]
        heard = False
        for c in range(len(of_first)):
            tied = (of_first[c] if first >= 0 else 0) + (of_second[c] if second >= 0 else 0)
            heard |= tied > 0
            own, present = syndicates.struck[g, c], syndicates.presence[g, c]
            syndicates.hits[g, c] = (
                rule.memory * syndicates.hits[g, c] + rule.own_weight * own + rule.tied_weight * tied
            )
            syndicates.weeks[g, c] = rule.memory * syndicates.weeks[g, c] + (1.0 - rule.memory) * present
            syndicates.experience[g, c] = choice.experience_memory * syndicates.experience[g, c] + (present > 0)
        if heard:
            syndicates.alarm_until[g] = max(syndicates.alarm_until[g], week + choice.alarm_weeks)


@kernel
def pass_on(syndicates, struck_before):
    """Make this week's raids on living syndicates last week's."""
    for g in range(len(syndicates.alive)):
        if syndicates.alive[g]:
            for c in range(struck_before.shape[1]):
                struck_before[g, c] = syndicates.struck[g, c]
                syndicates.struck[g, c] = 0


@inlined
def believed_risk(hits, weeks, prior_risk, prior_weight):
    """Return the weekly raid risk believed in, from evidence of raids and of quiet weeks and the prior."""
    return (prior_risk * prior_weight + hits) / (prior_weight + hits + weeks)


@inlined
def risk_term(hits, weeks, announced, spared, learning, choice):
    """Return the risk of a place in utility: raids believed in or announced, less the share that hardening spares."""
    believed = announced + believed_risk(hits, weeks, learning.prior_risk, learning.prior_weight)
    return choice.risk_weight * min(choice.risk_cap, believed * choice.raid_loss * (1.0 - spared))


def price(state: Seen, setting: Setting) -> None:
    """Write the public tables: profit, appeal of each target and value of each place.

    Profit is in USD a week and 100 workers, from conditional expectations: one site's losses are too
    heavy-tailed to learn from. Victims' police who pass reports to the host lower a target's appeal against the
    other targets; what all targets together add to the risk is learnt from raids and not counted twice (A-29).
    """
    assert state.orders is not None
    orders, rules, traits, world = state.orders, setting.rules, setting.traits, setting.world
    business, choice = rules.business, rules.choice
    frozen = frozen_share(setting, orders.reporting, orders.freeze, orders.freeze_days)
    kept = np.where((traits.victimisation == LOSS)[:, None], 1.0 - frozen, 1.0) * (1.0 - rules.laundering.fee)
    mean, _ = losses_in_force(orders, setting)
    worth = success_factor(state, setting) * mean * kept * (traits.contacts * traits.susceptibility)[:, None]
    cost = business.hosting + np.outer(1.0 - traits.coerced_recruits, business.wage_factor * world.wage)
    cost += (traits.coerced_recruits * business.subsistence)[:, None]
    passing = orders.reporting[:, None] * orders.coverage * (1.0 - orders.corruption)
    exposure = choice.risk_weight * choice.raid_loss * choice.report_risk * passing.T
    reach = reach_in_force(orders, setting)
    tabulate(reach, worth, 1.0 - business.bribes * orders.corruption, cost, exposure, setting.log_weight, choice,
             state.profit, state.appeal, state.place_value)  # fmt: skip


@kernel
def tabulate(reach, worth, unbribed, cost, exposure, log_weight, choice, profit, appeal,
             value):  # fmt: skip
    """Fill profit, appeal [K, H, host, target] and the log-sum over targets [K, H, host]."""
    crimes, workforces, hosts, targets = reach.shape
    for k in range(crimes):
        for h in range(workforces):
            for j in range(hosts):
                wish = appeal[k, h, j]
                for t in range(targets):
                    earned = 100.0 * (worth[k, t] * reach[k, h, j, t] * unbribed[j] - cost[k, j])
                    profit[k, h, j, t] = earned
                    wish[t] = choice.profit_weight * math.asinh(earned / (2.0 * choice.profit_reference))
                    wish[t] += log_weight[t]
                expected = 0.0
                value[k, h, j] = log_sum(wish)
                for t in range(targets):
                    expected += exposure[j, t] * math.exp(wish[t] - value[k, h, j])
                for t in range(targets):
                    wish[t] -= exposure[j, t] - expected
                value[k, h, j] = log_sum(wish)


@kernel
def largest(values):
    """Return the largest of some numbers."""
    found = -math.inf
    for value in values:
        found = max(found, value)
    return found


@kernel
def log_sum(values):
    """Return ln sum exp of an array."""
    highest = largest(values)
    total = 0.0
    for value in values:
        total += math.exp(value - highest)
    return highest + math.log(total)
