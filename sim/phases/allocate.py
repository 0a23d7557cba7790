"""Verb 2: each force splits its teams over crime types; work owed to raids is done before patrol."""

import numpy as np

from sim.compiled import kernel
from sim.setting import Setting
from sim.state import State, Status


def allocate(state: State, setting: Setting) -> None:
    """Set the patrol teams on each crime in each country [K, C].

    One pool of teams: raids are paid in team-weeks taken from later patrol. A force follows its leads: each crime
    gets a share proportional to one plus the leads held on it (A-46).
    """
    assert state.orders is not None
    force = setting.world.teams * setting.scale + state.orders.surge
    worked_off = np.minimum(state.debt, force)
    state.debt -= worked_off
    state.force[:] = force
    followed = np.full_like(state.attention, setting.scale)
    count_sites(state.sites, state.count, followed)
    state.attention[:] = (force - worked_off) * followed / followed.sum(axis=0)


@kernel
def count_sites(sites, count, leads):
    """Count the sites by crime and host, and add up the leads held on them; once a week, at its start."""
    count[:] = 0
    for s in range(len(sites.status)):
        if sites.status[s] != Status.EMPTY:
            count[sites.crime[s], sites.host[s]] += 1
            leads[sites.crime[s], sites.host[s]] += sites.leads[s]
