"""How a large syndicate splits in two: the offspring takes sites and cash, and the place of a newcomer."""

import numpy as np

from sim.compiled import allocating
from sim.draws import Draw, born, uniform
from sim.phases.sites import found_syndicate
from sim.state import Happened, Status, post


@allocating
def split(week, potential, sites, syndicates, struck_before, money, rule, seed, diary):
    """Let large syndicates split, each in the place of one of the week's potential entrants of its crime.

    `potential` is lowered by the splits; where nobody is left who could have entered, nobody splits.
    """
    if rule.splitting == 0.0:
        return
    luck = np.ones(len(syndicates.alive))
    for g in range(len(luck)):
        if syndicates.alive[g] and syndicates.sites[g] >= rule.split_sites:
            luck[g] = uniform(seed, Draw.SPLIT, week, syndicates.address[g], 0)
    free = 0
    for g in np.argsort(luck):
        if luck[g] >= rule.splitting:
            return
        k = syndicates.crime[g]
        if potential[k] == 0:
            continue
        potential[k] -= 1
        while syndicates.alive[free]:
            free += 1
        divide_syndicate(g, free, week, sites, syndicates, struck_before, money, seed, diary)


@allocating
def divide_syndicate(g, offspring, week, sites, syndicates, struck_before, money, seed, diary):
    """Give half of the sites (rounded down, drawn by lot) and as large a share of the cash to a new syndicate.

    The offspring knows what its parent knew, is tied to it, and to the parent's first tie. The detained and what is in
    transit stay with the parent.
    """
    address = born(syndicates.address[g], week, Draw.SPLIT, 1, seed)
    found_syndicate(offspring, address, week + 1, syndicates.crime[g], syndicates.workforce[g], syndicates.home[g],
                    syndicates, struck_before, 0, seed)  # fmt: skip
    lot = np.full(len(sites.status), 2.0)  # above every lot
    for s in range(len(lot)):
        if sites.status[s] != Status.EMPTY and sites.syndicate[s] == g:
            lot[s] = uniform(seed, Draw.SPLIT_SITE, week, sites.address[s], 0)
    taken = syndicates.sites[g] // 2
    share = taken / syndicates.sites[g]
    for s in np.argsort(lot)[:taken]:
        sites.syndicate[s] = offspring
        syndicates.presence[g, sites.host[s]] -= 1
        syndicates.presence[offspring, sites.host[s]] += 1
    syndicates.sites[g] -= taken
    syndicates.sites[offspring] = taken
    post(money.balance, money.second + g, money.second + offspring, int(share * money.balance[money.second + g]))
    syndicates.costs[offspring] = share * syndicates.costs[g]
    syndicates.costs[g] -= syndicates.costs[offspring]
    syndicates.experience[offspring] = syndicates.experience[g]
    syndicates.hits[offspring] = syndicates.hits[g]
    syndicates.weeks[offspring] = syndicates.weeks[g]
    syndicates.alarm_until[offspring] = syndicates.alarm_until[g]
    syndicates.ties[offspring, 0], syndicates.ties[offspring, 1] = g, syndicates.ties[g, 0]
    for i in range(syndicates.ties.shape[1]):
        if syndicates.ties[g, i] < 0:
            syndicates.ties[g, i] = offspring
            break
    diary[Happened.SPLITS, syndicates.crime[g], syndicates.home[g]] += 1
