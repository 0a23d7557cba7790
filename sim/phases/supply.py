"""Coerced workers who are passed on: crimes that hold captives supply those that coerce recruits. Part of verb 10."""

import math

import numpy as np

from sim.compiled import allocating, kernel
from sim.draws import Draw, born, gumbel, uniform
from sim.phases.sites import pay
from sim.state import Happened, People, Status, post

NOBODY = np.uint64(700001)  # key of the option that no supplier provides


@allocating
def supply(week, wanted, sites, syndicates, money, people, land, passage, traits, rules, scale, seed, diary):
    """Provide the coerced recruits that sites want from captives near them; a share of the rest is coerced directly.

    W = sum over countries of captives of the nationality that the site holds, times exp(-distance / supply_distance)
    and the share that passes the border; a recruit is provided with probability W / (W + supply_half), from a captive
    drawn in proportion. Sites are served in an order drawn anew each week.
    """
    size = people.countries
    asking = np.flatnonzero(wanted)
    if len(asking) == 0:
        return
    captives = count_captives(sites, people, traits)
    turn = np.zeros(len(asking))
    for i in range(len(asking)):
        turn[i] = uniform(seed, Draw.SUPPLY, week, sites.address[asking[i]], 0)
    price = int(100.0 * rules.business.captive_price)
    for s in asking[np.argsort(turn)]:
        g, crossing = sites.syndicate[s], passage[sites.source[s], sites.host[s]]
        for j in range(wanted[s] if sites.status[s] != Status.EMPTY else 0):
            person = born(sites.address[s], week, Draw.SUPPLY, 1 + j, seed)
            seller = find_captive(person, week, s, captives, sites, people, land, passage, traits,
                                  scale * rules.demography.supply_half, seed)  # fmt: skip
            if seller >= 0:
                post(people.balance, people.third + seller, people.third + s, 1)
                captives[sites.source[s], sites.host[seller]] -= 1
                if sites.syndicate[seller] != g:
                    pay(money, g, syndicates.home[g], money.second + sites.syndicate[seller], price)
                diary[Happened.SUPPLIED, sites.crime[s], sites.host[s]] += 1
                diary[Happened.SUPPLIED_FROM, sites.crime[seller], sites.host[seller]] += 1
            elif uniform(seed, Draw.DIRECT, week, person, 0) < rules.demography.supply_direct * crossing:
                free = People.FREE * size + sites.source[s]
                post(people.balance, free, people.third + s, min(1, people.balance[free]))


@allocating
def count_captives(sites, people, traits):
    """Return the captives that suppliers hold by nationality and country of stay [C, C]."""
    captives = np.zeros((people.countries, people.countries))
    for s in range(len(sites.status)):
        if sites.status[s] != Status.EMPTY and traits.supplies_coerced[sites.crime[s]]:
            captives[sites.source[s], sites.host[s]] += people.balance[people.third + s]
    return captives


@kernel
def find_captive(person, week, s, captives, sites, people, land, passage, traits, half, seed):
    """Return the supplying site that provides a recruit of site s, or -1; first a country is drawn, then a site."""
    nationality, host = sites.source[s], sites.host[s]
    best, place = math.log(half) + gumbel(seed, Draw.SUPPLIER, week, person, NOBODY), -1
    for c in range(people.countries):
        weight = captives[nationality, c] * land.nearness[c, host] * passage[c, host]
        if weight > 0.0:
            u = math.log(weight)
            u += gumbel(seed, Draw.SUPPLIER, week, person, land.key[c])
            if u > best:
                best, place = u, c
    if place < 0:
        return -1
    best, seller = -math.inf, -1
    for other in range(len(sites.status)):
        held = people.balance[people.third + other]
        if sites.host[other] != place or sites.source[other] != nationality or held == 0:
            continue
        if sites.status[other] != Status.EMPTY and traits.supplies_coerced[sites.crime[other]]:
            u = math.log(held) + gumbel(seed, Draw.SUPPLIER, week, person, sites.address[other])
            if u > best:
                best, seller = u, other
    return seller
