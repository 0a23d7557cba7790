"""Verb 4: victims report; awareness rises and decays; reports become leads of the victim's police."""

import math

import numpy as np

from sim.compiled import kernel
from sim.setting import Setting
from sim.state import State, Status


def report(state: State, setting: Setting) -> None:
    """Turn the week's reports into awareness at home and leads, at home and, through a channel, abroad.

    A lead of the victim's police reaches the host's police only where the two are the same force or a channel
    exists: leads x coverage x trust x (1 - corruption of the receiver), aged on the way.
    """
    assert state.orders is not None
    rule, orders = setting.rules.offending, state.orders
    thousands = setting.world.population * setting.scale / 1000.0
    reports = state.reports - state.reports_before
    fresh = reports / thousands
    state.reports_before[:] = state.reports
    state.complaints *= setting.rules.intelligence.police_memory
    state.complaints += reports
    state.awareness += rule.awareness_rise * fresh * (1.0 - state.awareness) - rule.awareness_decay * state.awareness
    np.clip(state.awareness, 0.0, 1.0, out=state.awareness)
    heard = 1.0 - orders.corruption
    passed, extra = np.zeros_like(state.passed), np.zeros_like(state.passed)
    forward(state.week, state.sites, state.leads_due, orders.coverage, orders.delay, orders.surcharge,
            heard, setting.rules.intelligence, passed, extra)  # fmt: skip
    state.passed += passed
    state.due += passed * setting.parameters.costs.report_fee + extra


@kernel
def forward(week, sites, leads_due, coverage, delay, surcharge, heard, rule, passed, extra):
    """Put each site's attributable reports on their way to the police of its host."""
    horizon = leads_due.shape[1]
    for s in range(len(sites.status)):
        if sites.status[s] == Status.EMPTY or sites.reports[s] == 0:
            continue
        victim, host = sites.target[s], sites.host[s]
        leads = sites.reports[s] * rule.attribution
        if victim == host:
            leads_due[s, (week + rule.domestic_delay) % horizon] += leads
        elif coverage[victim, host] > 0.0:
            sent = leads * coverage[victim, host]
            weeks = delay[victim, host]
            arriving = sent * heard[host] * math.exp(-rule.ageing * weeks)
            leads_due[s, (week + weeks) % horizon] += arriving
            passed[victim] += sent
            extra[victim] += sent * surcharge[victim, host]
