"""Verb 3: operations contact people; people lose money or freedom; markets are supplied."""

import math
from typing import NamedTuple

import numpy as np

from sim.compiled import allocating, inlined, kernel
from sim.draws import Draw, all_words, joined, normal, normals, poisson, uniform, unit, words
from sim.instruments import Orders
from sim.setting import CAPTIVITY, CLASSES, LOSS, MARKET, Setting, truncated_mean
from sim.state import (
    IDENTITY_SHIFT,
    NUMBER_BITS,
    NUMBER_MASK,
    ONE,
    ZERO,
    Addresses,
    Integers,
    People,
    Seen,
    State,
    Status,
    first_slot,
    identity_of,
    last_loss,
    note_loss,
    post,
    slot_of,
)

BLOCK = 1024  # people met together: enough to hide the waiting for memory, few enough to stay in the cache


def offend(state: State, setting: Setting) -> None:
    """Sample every victim of the week exactly, from the state at its start.

    Successes against person i are Poisson with mean n m p_i / N, so their total is Poisson and identities are
    drawn in proportion to p_i. Own caution is met by thinning; earlier victims are met again from their
    syndicate's list. Persons and lists change only after all hits of the week.
    """
    assert state.orders is not None
    success = success_factor(state, setting)
    reach, (mean, largest) = reach_in_force(state.orders, setting), losses_in_force(state.orders, setting)
    contact(state, setting)
    sites, syndicates, lists = state.sites, state.syndicates, state.lists
    fresh, again = np.zeros(len(sites.status), np.int64), np.zeros(len(sites.status), np.int64)
    ceiling = min(1.0, float(reach.max()) * float(success.max()))
    listed = np.zeros(len(syndicates.alive), np.int64)
    count_listed(state.week, syndicates, lists, listed)
    _count(state.week, sites, state.voluntary, state.coerced, listed, setting.traits, setting.rules, reach,
           success, ceiling, setting.seed, fresh, again)  # fmt: skip
    total = int(fresh.sum() + again.sum())
    state.reserve(0, total)
    victims = np.empty(total, np.uint64)
    strike(
        state.week, state.sites, state.syndicates, state.people, state.persons, state.lists, listed,
        setting.land.persons, state.orders.reporting, setting.traits, setting.rules, setting.fading, reach, success,
        ceiling, setting.median, mean, largest, setting.seed, fresh, again, victims, state.hits, state.taken,
        state.expected, state.captive_weeks, state.reports, state.reported,
    )  # fmt: skip
    remember(state.week, state.sites, setting.traits, state.persons, state.known_victims, state.lists, victims)


def success_factor(state: Seen, setting: Setting) -> np.ndarray:
    """Return (1 - A)(1 - campaign)(1 - friction)(1 - blocked)(1 + x / x_0)^-elasticity by crime and target [K, C]."""
    assert state.orders is not None
    traits, orders = setting.traits, state.orders
    crowd = (1.0 + state.crowding / traits.crowding_scale[:, None]) ** -traits.crowding_elasticity[:, None]
    careful = (1.0 - state.awareness) * (1.0 - orders.campaign) * (1.0 - orders.friction)
    individual = (traits.victimisation == LOSS)[:, None]
    factor: np.ndarray = crowd * np.where(individual, careful, 1.0) * getting_through(orders, setting)
    return factor


def getting_through(orders: Orders, setting: Setting) -> np.ndarray:
    """Return the share of contacts that no blocking stops, by crime and target [K, C]; only those from afar can be."""
    share: np.ndarray = np.where(setting.traits.remote[:, None], 1.0 - orders.blocked, 1.0)
    return share


def reach_in_force(orders: Orders, setting: Setting) -> np.ndarray:
    """Return reach less what is stopped at borders [K, H, host, target]; what is remote crosses none."""
    if (orders.passage == 1.0).all() or setting.traits.remote.all():
        return setting.reach
    reach: np.ndarray = setting.reach * np.where(setting.traits.remote[:, None, None, None], 1.0, orders.passage)
    return reach


def losses_in_force(orders: Orders, setting: Setting) -> tuple[np.ndarray, np.ndarray]:
    """Return the mean and the largest value of a success (USD) [K, C]; limits on payments cut losses only."""
    if np.isinf(orders.limit).all():
        return setting.mean, setting.ceiling
    traits = setting.traits
    cut = (traits.victimisation == LOSS)[:, None] & (orders.limit < setting.ceiling)
    largest = np.where(cut, orders.limit, setting.ceiling)
    means = [truncated_mean(*row) for row in zip(setting.median, traits.value_spread, largest, strict=True)]
    return np.where(cut, np.minimum(means, largest), setting.mean), largest


def contact(state: State, setting: Setting) -> None:
    """Update smoothed contacts per online person in each target country [K, C]."""
    contacts = np.zeros_like(state.crowding)
    _add_contacts(state.week, state.sites, state.voluntary, state.coerced, setting.traits,
                  setting.rules.business.hardening_cost, contacts)  # fmt: skip
    contacts /= setting.land.persons
    assert state.orders is not None
    contacts *= getting_through(state.orders, setting)
    state.crowding += setting.rules.offending.crowding_memory * (contacts - state.crowding)


@kernel
def is_working(status, idle_until, week):
    """Return whether a site works this week: neither quiet nor closed for moving or rebuilding."""
    return status == Status.ACTIVE and week >= idle_until


@kernel
def contacting(tactic, voluntary, coerced, captives_work, hardening_cost):
    """Return how many people at a site do the contacting, less the share of their time that hardening takes."""
    return (voluntary + (coerced if captives_work else 0)) * (1.0 - hardening_cost * tactic)


@kernel
def _add_contacts(week, sites, voluntary, coerced, traits, hardening_cost, contacts):
    for s in range(len(sites.status)):
        if is_working(sites.status[s], sites.idle_until[s], week):
            k = sites.crime[s]
            n = contacting(sites.tactic[s], voluntary[s], coerced[s], traits.captives_work[k], hardening_cost)
            contacts[k, sites.target[s]] += n * traits.contacts[k]


@kernel
def count_listed(week, syndicates, lists, listed):
    """Count the victims on each syndicate's pages that are still in use [G]."""
    for page in range(len(lists.week)):
        if lists.week[page] >= 0:
            for g in range(len(listed)):
                listed[g] += on_page(page, g, week, syndicates, lists)


@inlined
def on_page(page, g, week, syndicates, lists):
    """Return how many victims of a syndicate stand on a page; none when it has expired or was another's before."""
    written = lists.week[page]
    current = written >= max(0, syndicates.born[g]) and week - written <= len(lists.week)
    return lists.start[page, g + 1] - lists.start[page, g] if current else 0


@allocating
def _count(week, sites, voluntary, coerced, listed, traits, rules, reach, success, ceiling, seed, fresh, again):
    """Draw how many fresh successes each site has, and how many candidates it meets again."""
    working = np.zeros(len(listed), np.int64)
    for s in range(len(sites.status)):
        if is_working(sites.status[s], sites.idle_until[s], week):
            working[sites.syndicate[s]] += 1
    for s in range(len(sites.status)):
        if not is_working(sites.status[s], sites.idle_until[s], week):
            continue
        k, g = sites.crime[s], sites.syndicate[s]
        if traits.victimisation[k] == MARKET:
            continue
        n = contacting(
            sites.tactic[s], voluntary[s], coerced[s], traits.captives_work[k], rules.business.hardening_cost
        )
        chance = traits.susceptibility[k] * reach[k, sites.workforce[s], sites.host[s], sites.target[s]]
        mean = n * traits.contacts[k] * chance * success[k, sites.target[s]]
        fresh[s] = poisson(mean, seed, Draw.CONTACT, week, sites.address[s], 0)
        if traits.victimisation[k] != LOSS or rules.offending.repeat_rate == 0.0:
            continue
        rate = rules.offending.repeat_rate * listed[g] * _at_most(k, ceiling, traits) / working[g]
        again[s] = poisson(rate, seed, Draw.REPEAT, week, sites.address[s], 0)


@inlined
def _at_most(k, ceiling, traits):
    """Return the largest chance that anybody met again can have."""
    return min(1.0, traits.steepest[k] * ceiling * (1.0 + traits.repeat_boost[k]))


@inlined
def class_at(mass, steps):
    """Return the class in which this much of the summed susceptibility is reached; `steps` are its 32 sums."""
    j = 0
    for i in range(CLASSES - 1):  # counted instead of searched for: without a branch several are compared at once
        j += steps[i] <= mass
    return j


@inlined
def person_at(mass, j, steps, persons, chances):
    """Return the number of the person at which this much of the summed susceptibility is reached, in class j.

    Class j, of 32 equally large ones, holds the persons numbered from j N / 32 on.
    """
    within = (mass - (steps[j] - chances[j])) / chances[j]
    first = (j * persons) // CLASSES
    size = ((j + 1) * persons) // CLASSES - first
    return first + min(size - 1, int(within * size)) if size > 0 else min(persons - 1, first)


@kernel
def class_of(person, persons):
    """Return the susceptibility class of a person."""
    j = min(CLASSES - 1, (person * CLASSES) // persons)
    while (j * persons) // CLASSES > person:
        j -= 1
    while ((j + 1) * persons) // CLASSES <= person:
        j += 1
    return j


@inlined
def caution(row, week, fading):
    """Return a person's own awareness from the row with the last loss; zero for somebody untouched."""
    return 0.0 if row == ZERO else fading[week - last_loss(row)]


class Met(NamedTuple):
    """People whom sites meet in a week, in the order of sites."""

    person: Addresses
    row: Addresses  # what the table says of the person
    cents: Integers  # what is lost, if it comes to that
    report: Addresses  # the word that decides on a report
    age: Integers  # weeks since the loss that put them on the list


@allocating
def _room(entries):
    """Return room for this many."""
    words = np.empty((3, entries), np.uint64)
    numbers = np.empty((2, entries), np.int64)
    return Met(words[0], words[1], numbers[0], words[2], numbers[1])


@allocating
def strike(week, sites, syndicates, people, table, lists, listed, online, reporting, traits, rules, fading, reach,
           success, ceiling, median, mean, top, seed, fresh, again, victims, hits, taken, expected, captive_weeks,
           reports, reported):  # fmt: skip
    """Resolve every success of the week; name its victims in the order of sites, as many as the sites' hits."""
    voluntary = people.balance[people.second : people.third]
    coerced = people.balance[people.third :]
    met, met_again = _room(max(BLOCK, fresh.max())), _room(again.sum())
    meet_again(week, sites, syndicates, lists, listed, again, seed, table, met_again)
    steps = np.zeros_like(traits.chances)
    for k in range(len(steps)):
        steps[k] = np.cumsum(traits.chances[k])
    found, old, new, following = 0, 0, 0, 0
    for s in range(len(sites.status)):
        if sites.status[s] == Status.EMPTY:
            continue
        sites.takings[s] = 0
        sites.hits[s] = 0
        sites.reports[s] = 0
        k, host, t = sites.crime[s], sites.host[s], sites.target[s]
        captive_weeks[k, host, sites.source[s]] += coerced[s]
        if not is_working(sites.status[s], sites.idle_until[s], week):
            continue
        kind = traits.victimisation[k]
        if kind == MARKET:
            n = contacting(
                sites.tactic[s], voluntary[s], coerced[s], traits.captives_work[k], rules.business.hardening_cost
            )
            units = n * traits.contacts[k] * traits.susceptibility[k]
            units *= reach[k, sites.workforce[s], host, t] * success[k, t]
            sites.takings[s] = int(100.0 * units * mean[k, t])
            taken[k, host, t] += sites.takings[s]
            expected[k, host, t] += units * mean[k, t]
        elif kind == CAPTIVITY:
            earned = mean[k, t] / max(1.0, traits.captivity_weeks[k]) * coerced[s]
            sites.takings[s] = int(100.0 * earned)
            taken[k, host, host] += sites.takings[s]
            taken_people = min(fresh[s], people.balance[People.FREE * people.countries + t])
            post(people.balance, People.FREE * people.countries + t, people.third + s, taken_people)
            sites.hits[s] = taken_people
            hits[k, host, t] += taken_people
        else:
            if s >= following:
                following = meet(s, week, sites, online, traits, steps, median, top, fresh, seed, table, met)
                new = 0
            before, cents, reported_cents = found, 0, 0
            for j in range(fresh[s]):
                care = caution(met.row[new], week, fading)
                if care == 0.0 or uniform(seed, Draw.CAUTION, week, sites.address[s], j) >= care:
                    cents += met.cents[new]
                    if unit(met.report[new]) < reporting[t]:
                        sites.reports[s] += 1
                        reported_cents += met.cents[new]
                    victims[found] = met.person[new]
                    found += 1
                new += 1
            for j in range(again[s]):
                key, row, age = met_again.person[old], met_again.row[old], float(met_again.age[old])
                old += 1
                if np.int64((key - ONE) >> NUMBER_BITS) != t:
                    continue  # a site works one market at a time
                person = np.int64((key - ONE) & NUMBER_MASK)
                boosted = 1.0 + traits.repeat_boost[k] * math.exp(-age / rules.offending.repeat_decay)
                chance = traits.chances[k, class_of(person, online[t])] * boosted
                chance = min(1.0, chance * reach[k, sites.workforce[s], host, t] * success[k, t])
                chance *= 1.0 - caution(row, week, fading)
                w = words(seed, Draw.REPEAT_PERSON, week, sites.address[s], 32768 + j)
                if joined(w[0], w[1]) * _at_most(k, ceiling, traits) >= chance:
                    continue
                loss = lost(normal(unit(w[2])), median[k, t], traits.value_spread[k], top[k, t])
                cents += loss
                if unit(w[3]) < reporting[t]:
                    sites.reports[s] += 1
                    reported_cents += loss
                victims[found] = key
                found += 1
            sites.takings[s] = cents
            sites.hits[s] = found - before
            reported[k, t] += reported_cents
            hits[k, host, t] += sites.hits[s]
            taken[k, host, t] += cents
            expected[k, host, t] += sites.hits[s] * mean[k, t]
            reports[k, t] += sites.reports[s]


@allocating
def meet(first, week, sites, online, traits, steps, median, top, fresh, seed, table, met):
    """Name the person behind each fresh success and the loss, for a block of sites; return the site that follows it.

    What can be done for many at once is: the processor takes several steps together, and reads wait for memory
    together.
    """
    n, s, room = 0, first, len(met.person)
    draws, words, z = np.empty(room, np.int64), np.empty((4, room), np.uint32), np.empty(room)
    while s < len(sites.status) and (n == 0 or n + fresh[s] <= BLOCK):
        if traits.victimisation[sites.crime[s]] == LOSS:
            for j in range(fresh[s]):
                met.person[n + j], draws[n + j] = sites.address[s], j
            n += fresh[s]
        s += 1
    mass, classes = np.empty(n), draws
    all_words(seed, Draw.PERSON, week, met.person[:n], draws, words)
    normals(words[2, :n], z)
    n = 0
    for site in range(first, s):
        k, t = sites.crime[site], sites.target[site]
        if traits.victimisation[k] == LOSS:
            sums, chances = steps[k], traits.chances[k]
            for i in range(n, n + fresh[site]):
                mass[i] = joined(np.uint64(words[0, i]), np.uint64(words[1, i])) * sums[CLASSES - 1]
                classes[i] = class_at(mass[i], sums)
            for i in range(n, n + fresh[site]):
                met.person[i] = identity_of(t, person_at(mass[i], classes[i], sums, online[t], chances))
                met.cents[i] = lost(z[i], median[k, t], traits.value_spread[k], top[k, t])
                met.report[i] = words[3, i]
            n += fresh[site]
    look_up(table, met.person[:n], met.row)
    return s


@kernel
def meet_again(week, sites, syndicates, lists, listed, again, seed, table, met):
    """Name the person behind each candidate from the lists of earlier victims."""
    n = 0
    for s in range(len(sites.status)):
        for j in range(again[s]):
            u = uniform(seed, Draw.REPEAT_PERSON, week, sites.address[s], j)
            place, g = int(u * listed[sites.syndicate[s]]), sites.syndicate[s]
            for page in range(len(lists.week)):
                on_this = on_page(page, g, week, syndicates, lists)
                if place < on_this:
                    met.person[n] = lists.person[page, lists.start[page, g] + place]
                    met.age[n] = week - lists.week[page]
                    break
                place -= on_this
            n += 1
    look_up(table, met.person, met.row)


@kernel
def look_up(table, persons, rows):
    """Read the row of each person; in one tight loop the reads wait for memory together."""
    for i in range(len(persons)):
        rows[i] = table[first_slot(len(table), persons[i])]
    for i in range(len(persons)):
        if rows[i] != ZERO and rows[i] >> IDENTITY_SHIFT != persons[i]:
            rows[i] = table[slot_of(table, persons[i])]


@kernel
def lost(z, median, spread, top):
    """Return a lognormal loss in cents, cut off at the largest loss possible."""
    return np.int64(100.0 * min(top, median * math.exp(spread * z)))


@allocating
def remember(week, sites, traits, table, known, lists, victims):
    """Write the week's victims into the table of persons and onto this week's page of the lists."""
    page = week % len(lists.week)
    lists.week[page] = week
    start, person = lists.start[page], lists.person[page]
    start[:] = 0
    for s in range(len(sites.status)):
        if sites.status[s] != Status.EMPTY and traits.victimisation[sites.crime[s]] == LOSS:
            start[sites.syndicate[s] + 1] += sites.hits[s]
    for g in range(1, len(start)):
        start[g] += start[g - 1]
    place, found = start[:-1].copy(), 0
    for s in range(len(sites.status)):
        if sites.status[s] != Status.EMPTY and traits.victimisation[sites.crime[s]] == LOSS:
            g, n = sites.syndicate[s], sites.hits[s]
            person[place[g] : place[g] + n] = victims[found : found + n]
            place[g] += n
            found += n
    rows = np.empty(BLOCK, np.uint64)
    for first in range(0, found, BLOCK):
        block = victims[first : min(found, first + BLOCK)]
        look_up(table, block, rows)  # what is read together is written quickly
        for i in range(len(block)):
            known[0] += note_loss(table, block[i], week)
