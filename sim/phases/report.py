"""Verb 4: victims report; awareness rises and decays; reports become leads of the victim's police."""

import math

import numpy as np

from sim.compiled import kernel
from sim.setting import Setting
from sim.state import State, Status


def report(state: State, setting: Setting) -> None:
    """Turn the week's reports into awareness at home and leads, at home and, through a channel, abroad.

    A lead of the victim's police reaches the host's police only where the two are the same force or a channel
    exists: leads x coverage x trust x (1 - corruption of the receiver), aged on the way. Of what no channel passes,
    a share goes by formal request. A request states a case: the leads on one site that come up while it is under way
    are added to it. Its cost is ordinary police work of the victim's country, not part of a programme.
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
    passed = np.zeros_like(state.passed)
    forward(state.week, state.sites, state.leads_due, orders.coverage, orders.delay, heard,
            setting.rules.intelligence, passed)  # fmt: skip
    state.passed += passed
    state.due += passed * setting.parameters.costs.report_fee
    opened = np.zeros_like(state.requests)
    request(state.week, state.sites, state.leads_due, orders.coverage, orders.asked, orders.hastened, heard,
            setting.rules.intelligence, opened)  # fmt: skip
    state.requests += opened
    state.casework += opened * setting.parameters.costs.request


@kernel
def forward(week, sites, leads_due, coverage, delay, heard, rule, passed):
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


@kernel
def request(week, sites, leads_due, coverage, asked, hastened, heard, rule, opened):
    """Move leads under formal request on by a week, then add this week's; count the cases opened by victims' country.

    Two stages in a row, each left at the rate 2 / mean, both ageing. The week is solved exactly, so that of a steady
    inflow the share (1 + ageing mean / 2)^-2 arrives. Legal assistance adds requests and shortens their time.
    """
    now = week % leads_due.shape[1]
    for s in range(len(sites.status)):
        if sites.status[s] == Status.EMPTY:
            continue
        host, victim = sites.host[s], sites.target[s]
        first, second = sites.requested[s], sites.transmitted[s]
        if first + second > 0.0:
            rate = 2.0 / (rule.request_weeks * (1.0 - hastened[victim, host]))
            leaving = rate + rule.ageing
            kept, share = math.exp(-leaving), rate / leaving
            at_once = share * share * (1.0 - kept * (1.0 + leaving))  # through both stages within the week
            leads_due[s, now] += heard[host] * (at_once * first + share * (1.0 - kept) * second)
            sites.transmitted[s] = kept * (second + rate * first)
            sites.requested[s] = kept * first
        if sites.reports[s] > 0 and victim != host:
            requested = rule.request_share + (1.0 - rule.request_share) * asked[victim, host]
            sent = sites.reports[s] * rule.attribution * requested * (1.0 - coverage[victim, host])
            opened[victim] += sent * math.exp(-sites.requested[s] - sites.transmitted[s])
            sites.requested[s] += sent
