"""Verb 5: intelligence on operations accumulates and decays; detection opens a case."""

import math

import numpy as np

from sim.compiled import kernel
from sim.draws import Draw, uniform
from sim.instruments import Orders
from sim.phases.offend import is_working, losses_in_force
from sim.setting import LOSS, MARKET, Setting
from sim.state import Happened, State, Status


def investigate(state: State, setting: Setting) -> None:
    """Update leads and open or let go cold the cases of the week.

    I <- (1 - ageing) I + yield x teams / max(1, sites) x visibility + leads that arrive; a case opens with
    probability 1 - exp(-u I) and goes cold at the rate at which leads age.
    """
    assert state.orders is not None
    per_site = state.attention / np.maximum(setting.scale, state.count)
    state.found *= setting.rules.intelligence.police_memory
    state.filed *= setting.rules.intelligence.police_memory
    gather(state.week, state.sites, state.voluntary, state.coerced, state.leads_due, per_site,
           setting.rules.intelligence, harm_shown(state.orders, setting), setting.seed, state.found, state.filed,
           state.diary)  # fmt: skip


def harm_shown(orders: Orders, setting: Setting) -> tuple[np.ndarray, np.ndarray, float]:
    """Return the harm (USD) of a victim by crime and target [K, C], of a dollar of sales [K] and of a coerced week."""
    price, kind = setting.parameters.harm, setting.traits.victimisation
    victim = np.where((kind == LOSS)[:, None], losses_in_force(orders, setting)[0], 0.0) + price.victimisation
    return victim, price.sales * (kind == MARKET), price.coerced_week


@kernel
def visibility(workers, tactic, open_now, exponent, dormant):
    """Return how visible a site is: (n / 100)^gamma (1 - tactic), less when it is quiet or closed, never nothing."""
    seen = (workers / 100.0) ** exponent * max(dormant, 1.0 - tactic)
    return seen if open_now else seen * dormant


@kernel
def gather(week, sites, voluntary, coerced, leads_due, per_site, rule, harm, seed, found, filed,
           diary):  # fmt: skip
    """Add the week's leads to every file, open cases, let others go cold.

    A case remembers the place, and its file the harm that the site does this week (A-60).
    """
    now = week % leads_due.shape[1]
    for s in range(len(sites.status)):
        if sites.status[s] == Status.EMPTY:
            continue
        k, host = sites.crime[s], sites.host[s]
        open_now = is_working(sites.status[s], sites.idle_until[s], week)
        workers = voluntary[s] + coerced[s]
        seen = visibility(workers, sites.tactic[s], open_now, rule.visibility_exponent, rule.dormant_visibility)
        sites.leads[s] *= 1.0 - rule.ageing
        sites.leads[s] += rule.patrol_yield * per_site[k, host] * seen * sites.watch[s] + leads_due[s, now]
        leads_due[s, now] = 0.0
        sites.found[s] *= rule.police_memory
        sites.complaints[s] *= rule.police_memory
        if sites.target[s] == host:
            sites.complaints[s] += rule.attribution * sites.reports[s]
        if sites.case[s]:
            if uniform(seed, Draw.COLD, week, sites.address[s], 0) < rule.ageing:
                sites.case[s] = 0
        elif uniform(seed, Draw.DETECT, week, sites.address[s], 0) < 1.0 - math.exp(-rule.detection * sites.leads[s]):
            sites.case[s] = 1
            sites.found[s] += 1.0
            found[k, host] += 1.0
            filed[0, k, host] += sites.hits[s] * harm[0][k, sites.target[s]] + coerced[s] * harm[2]
            filed[0, k, host] += 0.01 * sites.takings[s] * harm[1][k]
            filed[1, k, host] += 1.0
            diary[Happened.CASES, k, host] += 1
