"""Verb 2: each force splits its teams over crimes and sites by its strategy; work owed to raids is done first."""

from dataclasses import replace

import numpy as np

from sim.compiled import kernel
from sim.decisions import sent
from sim.phases.raid import closing_chance
from sim.setting import Setting
from sim.state import State, Status
from sim.strategies import Plan, Sight, in_force, lend, teams_by_crime, urgency_by_crime


def allocate(state: State, setting: Setting) -> None:
    """Set the patrol teams on each crime in each country [K, C], the watch on each site and the order of raids.

    One pool of teams: raids are paid in team-weeks taken from later patrol. What is free is lent among the members of
    a pool, then split over crimes by the strategy in force; unless told otherwise, by one plus the leads held (A-46).
    """
    assert state.orders is not None
    force = setting.world.teams * setting.scale + state.orders.surge
    worked_off = np.minimum(state.debt, force)
    state.debt -= worked_off
    state.force[:] = force
    plan = in_force([*((kind, where, 1.0) for kind, where in setting.police), *state.orders.police], len(force))
    sight = look(state, setting, force - worked_off)
    sight = replace(sight, free=lend(plan, sight.free, sight.leads.sum(axis=0)))
    state.attention[:] = sent(state, setting, sight.free, teams_by_crime(plan, sight))
    state.urgency[:] = urgency_by_crime(plan, sight)
    watch(state, plan, sight)


def look(state: State, setting: Setting, free: np.ndarray) -> Sight:
    """Count the sites and return what police can see of them."""
    assert state.orders is not None
    leads = np.full_like(state.attention, setting.scale)
    count_sites(state.sites, state.count, leads)
    sites, rule, there = state.sites, setting.rules.intelligence, state.sites.status != Status.EMPTY
    return Sight(
        crimes=setting.crimes, scale=setting.scale, free=free, leads=leads, complaints=state.complaints,
        found=state.found, filed=state.filed, success=closing_chance(state.orders, setting),
        detection=rule.detection, lead_yield=rule.patrol_yield / rule.ageing,
        site_leads=np.where(there, sites.leads, 0.0),
        site_complaints=np.where(there, sites.complaints, 0.0), site_found=np.where(there, sites.found, 0.0),
        site_crime=sites.crime, site_host=sites.host,
    )  # fmt: skip


@kernel
def count_sites(sites, count, leads):
    """Count the sites by crime and host, and add up the leads held on them; once a week, at its start."""
    count[:] = 0
    for s in range(len(sites.status)):
        if sites.status[s] != Status.EMPTY:
            count[sites.crime[s], sites.host[s]] += 1
            leads[sites.crime[s], sites.host[s]] += sites.leads[s]


def watch(state: State, plan: Plan, sight: Sight) -> None:
    """Set the patrol that each site gets, against the mean of its crime and host; the mean stays one."""
    if not any(kind.focus() for kind, _ in plan):
        state.sites.watch[:] = 1.0
        return
    state.sites.watch[:] = 0.0
    for kind, share in plan:
        pointers = kind.pointers(sight) if kind.focus() else np.zeros(len(sight.site_leads))
        turn_to(state.sites, pointers, share, kind.focus(), state.count, np.zeros_like(state.attention))


@kernel
def turn_to(sites, pointers, share, focus, count, total):
    """Add a strategy's share of the watch on each site: a part of it follows one plus what points to the site."""
    for s in range(len(sites.status)):
        if sites.status[s] != Status.EMPTY:
            total[sites.crime[s], sites.host[s]] += 1.0 + pointers[s]
    for s in range(len(sites.status)):
        if sites.status[s] != Status.EMPTY:
            k, host = sites.crime[s], sites.host[s]
            pointed = (1.0 + pointers[s]) * count[k, host] / total[k, host]
            sites.watch[s] += share[host] * (1.0 - focus + focus * pointed)
