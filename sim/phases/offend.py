"""Verb 3: operations contact people; people lose money or freedom; markets are supplied."""

import math

import numpy as np

from sim.compiled import kernel
from sim.draws import Draw, joined, normal, poisson, uniform, unit, words
from sim.instruments import Orders
from sim.setting import CAPTIVITY, CLASSES, LOSS, MARKET, Setting, truncated_mean
from sim.state import (
    IDENTITY_SHIFT,
    NUMBER_BITS,
    NUMBER_MASK,
    ONE,
    ZERO,
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
    working = np.zeros(len(syndicates.alive), np.int64)
    listed = np.zeros((len(lists.week), len(syndicates.alive)), np.int64)
    count_listed(state.week, syndicates, lists, listed)
    _count(state.week, sites, state.voluntary, state.coerced, listed, setting.traits, setting.rules, reach,
           success, ceiling, setting.seed, fresh, again, working)  # fmt: skip
    total = int(fresh.sum() + again.sum())
    state.reserve(0, total)
    persons, owners = np.zeros(total, np.uint64), np.zeros(total, np.int64)
    met = (
        np.zeros(total, np.uint64),
        np.zeros(total, np.uint64),
        np.zeros(total, np.uint32),
        np.zeros(total, np.uint32),
    )
    meet(state.week, sites, setting.land.persons, setting.traits, fresh, setting.seed, met)
    look_up(state.persons, met[0], met[1])
    found = _strike(
        state.week, state.sites, state.people, state.persons, state.lists, listed, met, setting.land.persons,
        state.orders.reporting, setting.traits, setting.rules, reach, success, ceiling, setting.median,
        mean, largest, setting.seed, fresh, again, persons, owners, state.hits, state.taken,
        state.expected, state.captive_weeks, state.reports, state.reported,
    )  # fmt: skip
    remember(state.week, state.persons, state.known_victims, state.lists, persons, owners, found)


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
    """Count the victims on each syndicate's pages that are still in use [page, G]."""
    weeks = len(lists.week)
    for page in range(weeks):
        written = lists.week[page]
        for g in range(len(syndicates.alive)):
            current = written >= syndicates.born[g] and written >= 0 and week - written <= weeks
            listed[page, g] = lists.start[page, g + 1] - lists.start[page, g] if current else 0


@kernel
def _count(week, sites, voluntary, coerced, listed, traits, rules, reach, success, ceiling, seed, fresh, again,
           working):  # fmt: skip
    """Draw how many fresh successes each site has, and how many candidates it meets again."""
    on_lists = listed.sum(axis=0)
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
        envelope = min(1.0, traits.steepest[k] * ceiling * (1.0 + traits.repeat_boost[k]))
        rate = rules.offending.repeat_rate * on_lists[g] * envelope / working[g]
        again[s] = poisson(rate, seed, Draw.REPEAT, week, sites.address[s], 0)


@kernel
def person_of(u, steps, persons, chances):
    """Return the number of a person drawn in proportion to susceptibility.

    `steps` are the cumulative chances of the 32 equally large classes; class j holds the persons numbered
    from j N / 32 on.
    """
    mass = u * steps[CLASSES - 1]
    j = CLASSES - 1
    while j > 0 and steps[j - 1] > mass:
        j -= 1
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


@kernel
def caution(row, week, fresh_caution, half_life):
    """Return a person's own awareness from the row with the last loss; zero for somebody untouched."""
    return 0.0 if row == ZERO else fresh_caution * 2.0 ** (-(week - last_loss(row)) / half_life)


@kernel
def _strike(week, sites, people, table, lists, listed, met, online, reporting, traits, rules, reach, success, ceiling,
            median, mean, top, seed, fresh, again, persons, owners, hits, taken, expected, captive_weeks, reports,
            reported):  # fmt: skip
    """Resolve every success of the week; return how many victims were added to `persons` and `owners`."""
    voluntary = people.balance[people.second : people.third]
    coerced = people.balance[people.third :]
    identities, rows, loss_words, report_words = met
    found = before = 0
    for s in range(len(sites.status)):
        if sites.status[s] == Status.EMPTY:
            continue
        sites.takings[s] = 0
        sites.hits[s] = 0
        sites.reports[s] = 0
        k, g, host, t = sites.crime[s], sites.syndicate[s], sites.host[s], sites.target[s]
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
            for j in range(fresh[s]):
                i = before + j
                row = rows[i]
                if row != ZERO and row >> IDENTITY_SHIFT != identities[i]:
                    row = table[slot_of(table, identities[i])]
                care = caution(row, week, rules.offending.caution, rules.offending.caution_half_life)
                if care > 0.0 and uniform(seed, Draw.CAUTION, week, sites.address[s], j) < care:
                    continue
                cents = _lose(loss_words[i], median[k, t], traits.value_spread[k], top[k, t])
                sites.takings[s] += cents
                sites.hits[s] += 1
                if unit(report_words[i]) < reporting[t]:
                    sites.reports[s] += 1
                    reported[k, t] += cents
                persons[found], owners[found] = identities[i], g
                found += 1
            before += fresh[s]
            for j in range(again[s]):
                u = uniform(seed, Draw.REPEAT_PERSON, week, sites.address[s], j)
                key, age = _listed(lists, listed, g, week, u)
                if np.int64((key - ONE) >> NUMBER_BITS) != t:
                    continue  # a site works one market at a time
                person = np.int64((key - ONE) & NUMBER_MASK)
                boosted = 1.0 + traits.repeat_boost[k] * math.exp(-age / rules.offending.repeat_decay)
                chance = traits.chances[k, class_of(person, online[t])] * boosted
                chance = min(1.0, chance * reach[k, sites.workforce[s], host, t] * success[k, t])
                row = table[slot_of(table, key)]
                chance *= 1.0 - caution(row, week, rules.offending.caution, rules.offending.caution_half_life)
                envelope = min(1.0, traits.steepest[k] * ceiling * (1.0 + traits.repeat_boost[k]))
                w = words(seed, Draw.REPEAT_PERSON, week, sites.address[s], 32768 + j)
                if joined(w[0], w[1]) * envelope >= chance:
                    continue
                cents = _lose(w[2], median[k, t], traits.value_spread[k], top[k, t])
                sites.takings[s] += cents
                sites.hits[s] += 1
                if unit(w[3]) < reporting[t]:
                    sites.reports[s] += 1
                    reported[k, t] += cents
                persons[found], owners[found] = key, g
                found += 1
            hits[k, host, t] += sites.hits[s]
            taken[k, host, t] += sites.takings[s]
            expected[k, host, t] += sites.hits[s] * mean[k, t]
            reports[k, t] += sites.reports[s]
    return found


@kernel
def meet(week, sites, persons, traits, fresh, seed, met):
    """Name the person behind each fresh success, in the order of sites, with the words for loss and report."""
    identities, _, loss_words, report_words = met
    steps = np.zeros_like(traits.chances)
    for k in range(len(steps)):
        steps[k] = np.cumsum(traits.chances[k])
    i = 0
    for s in range(len(sites.status)):
        k, t, address = sites.crime[s], sites.target[s], sites.address[s]
        if fresh[s] == 0 or traits.victimisation[k] != LOSS:
            continue
        sums, chances = steps[k], traits.chances[k]
        for j in range(fresh[s]):
            w = words(seed, Draw.PERSON, week, address, j)
            identities[i] = identity_of(t, person_of(joined(w[0], w[1]), sums, persons[t], chances))
            loss_words[i] = w[2]
            report_words[i] = w[3]
            i += 1


@kernel
def look_up(table, identities, rows):
    """Read the first row of the search for each person; in one tight loop the reads wait for memory together."""
    for i in range(len(identities)):
        rows[i] = table[first_slot(len(table), identities[i])]


@kernel
def _lose(word, median, spread, top):
    """Return a lognormal loss in cents, cut off at the largest loss possible."""
    return np.int64(100.0 * min(top, median * math.exp(spread * normal(unit(word)))))


@kernel
def _listed(lists, listed, g, week, u):
    """Return the entry of a syndicate's list that the uniform number u picks, and its age in weeks."""
    place = int(u * listed[:, g].sum())
    for page in range(len(lists.week)):
        if place < listed[page, g]:
            return lists.person[page, lists.start[page, g] + place], float(week - lists.week[page])
        place -= listed[page, g]
    return ONE, 0.0


@kernel
def remember(week, table, known, lists, persons, owners, found):
    """Write the week's victims into the table of persons and onto this week's page of the lists."""
    page = week % len(lists.week)
    lists.week[page] = week
    start = lists.start[page]
    start[:] = 0
    for i in range(found):
        start[owners[i] + 1] += 1
        known[0] += note_loss(table, persons[i], week)
    for g in range(1, len(start)):
        start[g] += start[g - 1]
    place = start[:-1].copy()
    for i in range(found):
        lists.person[page, place[owners[i]]] = persons[i]
        place[owners[i]] += 1
