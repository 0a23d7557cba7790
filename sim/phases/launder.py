"""Verb 7: proceeds move through hubs, freezes race the money, syndicates keep their books."""

import math

import numpy as np

from sim.compiled import kernel
from sim.setting import LOSS, MARKET, Setting
from sim.state import Floats, Money, State, Status, post


def frozen_share(setting: Setting, reporting: Floats, coverage: Floats, days: Floats) -> Floats:
    """Return the share of reported and unreported money of each victim country that is frozen in time [C]."""
    share: Floats = frozen_at(setting, reporting, coverage, days).sum(axis=1)
    return share


def frozen_at(setting: Setting, reporting: Floats, coverage: Floats, days: Floats) -> Floats:
    """Return the share of each victim country's money that is frozen in time in each hub [victim, hub].

    The money is still there after report and request with the chance that L exponential stays, one a layer,
    outlast an exponential report lag R and a request of D days.
    """
    rule = setting.rules.laundering
    caught = coverage * still_there(days, rule.report_lag, rule.dwell, rule.layers)
    share: Floats = reporting[:, None] * setting.hub_shares * caught
    return share


def still_there(days: Floats, report_lag: float, dwell: float, layers: int) -> Floats:
    """Return the chance that money has not left its last layer, after a report and a request of some days.

    P(stays outlast) = e^-d sum_{j <= i < L} d^(i-j) / (i-j)! r^j / (1+r)^(j+1) with d, r in dwell times; for one
    layer e^-d / (1 + r).
    """
    request, lag = days / dwell, report_lag / dwell
    terms = (
        request ** (i - j) / math.factorial(i - j) * lag**j / (1.0 + lag) ** (j + 1)
        for i in range(layers)
        for j in range(i + 1)
    )
    chance: Floats = np.exp(-request) * sum(terms)
    return chance


def launder(state: State, setting: Setting) -> None:
    """Move the week's money: older proceeds arrive, new ones set out, freezes catch some, bills are paid."""
    assert state.orders is not None
    orders = state.orders
    caught = frozen_at(setting, orders.reporting, orders.freeze, orders.freeze_days)
    frozen = caught.sum(axis=1)
    size = len(frozen)
    fees, escrow = np.zeros(size, np.int64), np.zeros(size, np.int64)
    arrive(state.syndicates, state.money)
    proceed(state.sites, state.syndicates, state.money, setting.traits, setting.rules.laundering, frozen, fees, escrow)
    holders = caught / np.where(frozen > 0.0, frozen, 1.0)[:, None]
    abroad = 1.0 - np.diag(holders)
    holders = handed_on(holders, orders.handed_over)
    back = (setting.rules.laundering.victims_first * escrow).astype(np.int64)
    settle(state.money, setting.hub_shares, holders, fees, escrow, back)
    state.recovered += back
    price = setting.parameters.costs.freezing / 1e6
    state.due += price * escrow / 100.0 * abroad
    keep_books(state.week, state.sites, state.syndicates, state.money, state.voluntary, state.coerced,
               setting.land.wage, orders.corruption, setting.rules.business)  # fmt: skip


def handed_on(holders: Floats, handed_over: Floats) -> Floats:
    """Return who gets what victims do not [victim, state]: the states that froze it, and their own by agreement."""
    if not handed_over.any():
        return holders
    shared = holders * handed_over * (1.0 - np.eye(len(holders)))
    getting: Floats = holders - shared + np.diag(shared.sum(axis=1))
    return getting


@kernel
def arrive(syndicates, money):
    """Bring last week's proceeds to their syndicates."""
    for g in range(len(syndicates.alive)):
        post(money.balance, money.first + g, money.second + g, money.balance[money.first + g])


@kernel
def proceed(sites, syndicates, money, traits, rule, frozen, fees, escrow):
    """Take the week's proceeds from those who lost them: frozen, paid to launderers, or on their way."""
    size = money.countries
    for s in range(len(sites.status)):
        if sites.status[s] == Status.EMPTY or sites.takings[s] == 0:
            continue
        kind, t = traits.victimisation[sites.crime[s]], sites.target[s]
        payer = Money.EMPLOYERS * size + sites.host[s]
        caught = 0
        if kind == LOSS:
            payer = Money.VICTIMS * size + t
            caught = int(frozen[t] * sites.takings[s])
        elif kind == MARKET:
            payer = Money.CONSUMERS * size + t
        fee = int(rule.fee * (sites.takings[s] - caught))
        post(money.balance, payer, Money.ESCROW * size + t, caught + fee)
        post(money.balance, payer, money.first + sites.syndicate[s], sites.takings[s] - caught - fee)
        fees[t] += fee
        escrow[t] += caught


@kernel
def settle(money, shares, holders, fees, escrow, back):
    """Pay launderers in the hubs, then victims from what was frozen, then the states that hold it."""
    size = money.countries
    for t in range(size):
        held = Money.ESCROW * size + t
        post(money.balance, held, Money.VICTIMS * size + t, back[t])
        divide(money, held, Money.LAUNDERERS * size, fees[t], shares[t])
        divide(money, held, Money.SEIZED * size, escrow[t] - back[t], holders[t])


@kernel
def divide(money, source, first, amount, shares):
    """Pay an amount to the accounts of all countries from `first` on, in whole cents; the last takes the rest."""
    left = amount
    for c in range(len(shares) - 1):
        part = int(shares[c] * amount)
        post(money.balance, source, first + c, part)
        left -= part
    post(money.balance, source, first + len(shares) - 1, left)


@kernel
def keep_books(week, sites, syndicates, money, voluntary, coerced, wage, corruption,
               rule):  # fmt: skip
    """Pay wages, keep, rent and bribes of every site from its syndicate's cash; owners cover what is missing."""
    size = money.countries
    for g in range(len(syndicates.alive)):
        syndicates.costs[g] *= rule.cost_memory
    for s in range(len(sites.status)):
        if sites.status[s] == Status.EMPTY:
            continue
        g, host = sites.syndicate[s], sites.host[s]
        wages = int(100.0 * rule.wage_factor * wage[host] * voluntary[s])
        keep = int(100.0 * rule.subsistence * coerced[s])
        rent = int(100.0 * rule.hosting * (voluntary[s] + coerced[s]))
        bribes = int(rule.bribes * corruption[host] * sites.takings[s])
        cost = wages + keep + rent + bribes
        syndicates.costs[g] += (1.0 - rule.cost_memory) * cost
        cash = money.second + g
        cover(money, cash, Money.OWNERS * size + syndicates.home[g], cost)
        post(money.balance, cash, Money.WORKERS * size + host, wages)
        post(money.balance, cash, Money.SUPPLIERS * size + host, keep)
        post(money.balance, cash, Money.LANDLORDS * size + host, rent)
        post(money.balance, cash, Money.BRIBED * size + host, bribes)
    for g in range(len(syndicates.alive)):
        if syndicates.alive[g]:
            spare = money.balance[money.second + g] - rule.buffer * syndicates.costs[g]
            if spare > 0.0:
                paid = int(rule.dividends * spare)
                post(money.balance, money.second + g, Money.OWNERS * size + syndicates.home[g], paid)


@kernel
def cover(money, cash, owners, cost):
    """Let the owners put in what the cash lacks for a bill (cents)."""
    missing = cost - money.balance[cash]
    if missing > 0:
        post(money.balance, owners, cash, missing)
