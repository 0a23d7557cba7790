"""How a syndicate is founded and dissolved, and how a site is opened, furnished and closed."""

import math

import numpy as np

from sim.compiled import allocating, kernel
from sim.draws import HALF, Draw, normal, uniform, words
from sim.phases.choosing import pick_target
from sim.state import PARTS, Between, Happened, Money, People, Status, between, held_at, post, travelling

SECOND = np.uint64(424243)  # sets the second tie of a syndicate apart from the first


@kernel
def pay(money, g, home, account, amount):
    """Pay a bill from a syndicate's cash; its owners put in what is missing."""
    missing = amount - money.balance[money.second + g]
    if missing > 0:
        post(money.balance, Money.OWNERS * money.countries + home, money.second + g, missing)
    post(money.balance, money.second + g, account, amount)


@kernel
def furnish(s, sites, syndicates, money, business):
    """Pay the capital of a new or rebuilt site."""
    g = sites.syndicate[s]
    wanted = int(100.0 * business.site_capital * sites.aim[s]) - money.balance[money.third + s]
    pay(money, g, syndicates.home[g], money.third + s, max(0, wanted))


@allocating
def close(s, week, sites, syndicates, money, people, rule, seed, diary):
    """Close a site for good: volunteers go home, some of the coerced are handed on, the others go free."""
    g, c, size = sites.syndicate[s], sites.host[s], people.countries
    home, k = syndicates.home[g], sites.crime[s]
    receivers = _receivers(s, week, sites, people)
    for person in range(people.balance[people.third + s]):
        u, sink = uniform(seed, Draw.PASS_ON, week, sites.address[s], person), People.FREE * size + sites.source[s]
        if u < rule.coerced_passed_on and len(receivers) > 0:
            sink = people.third + receivers[int(u / rule.coerced_passed_on * len(receivers))]
        post(people.balance, people.third + s, sink, 1)
    volunteers = people.balance[people.second + s]
    post(people.balance, people.second + s, People.FREE * size + home, volunteers)
    capital = money.balance[money.third + s]
    post(money.balance, money.third + s, Money.WRITTEN_OFF * size + c, capital)
    diary[Happened.CLOSURES, k, c] += 1
    sites.case[s] = 0
    syndicates.presence[g, c] -= 1
    syndicates.sites[g] -= 1
    sites.status[s] = Status.EMPTY
    if syndicates.sites[g] == 0:
        dissolve(g, syndicates, money, people)


@allocating
def _receivers(s, week, sites, people):
    """Return the working sites with coerced workers of the same nationality in the same country."""
    found = np.empty(len(sites.status), np.int64)
    n = 0
    for other in range(len(sites.status)):
        same = sites.host[other] == sites.host[s] and sites.source[other] == sites.source[s]
        works = sites.status[other] == Status.ACTIVE and week >= sites.idle_until[other]
        if other != s and same and works and people.balance[people.third + other] > 0:
            found[n] = other
            n += 1
    return found[:n]


@kernel
def dissolve(g, syndicates, money, people):
    """End a syndicate: its cash goes to its owners; its detained members stay where they are and return to nobody."""
    size, home = money.countries, syndicates.home[g]
    syndicates.alive[g] = 0
    post(money.balance, money.first + g, Money.OWNERS * size + home, money.balance[money.first + g])
    post(money.balance, money.second + g, Money.OWNERS * size + home, money.balance[money.second + g])
    for c in range(size):
        for parts in range(PARTS):
            held = held_at(people, g, parts, c)
            post(people.balance, held, between(people, Between.HELD + parts, home, c), people.balance[held])
    way = travelling(people, g)
    post(people.balance, way, People.FREE * size + home, people.balance[way])
    for other in range(len(syndicates.alive)):
        for i in range(syndicates.ties.shape[1]):
            if syndicates.ties[other, i] == g:
                syndicates.ties[other, i] = -1


@kernel
def draw_from(cumulative, u):
    """Return the first place whose cumulative share reaches u."""
    place = 0
    while place < len(cumulative) - 1 and cumulative[place] < u:
        place += 1
    return place


@kernel
def fellow(newcomer, week, k, h, other_than, syndicates, seed):
    """Return a random living syndicate of the same crime and workforce, or -1."""
    best, chosen = np.uint64(0), -1
    for g in range(len(syndicates.alive)):
        fits = syndicates.alive[g] and syndicates.crime[g] == k and syndicates.workforce[g] == h
        if fits and g != other_than and syndicates.sites[g] > 0:
            w = words(seed, Draw.BRANCH, week, newcomer ^ syndicates.address[g], 0)
            luck = (w[0] << HALF) | w[1]  # the largest word has the largest Gumbel noise
            if luck > best:
                best, chosen = luck, g
    return chosen


@kernel
def aimed_size(address, week, rule, seed):
    """Return the size a new site grows towards: lognormal, between twice the smallest and the largest."""
    z = normal(uniform(seed, Draw.SIZE, week, address, 0))
    return min(rule.largest, max(2.0 * rule.smallest, rule.target_size * math.exp(rule.size_spread * z)))


@kernel
def found_syndicate(g, address, week, k, h, home, syndicates, struck_before, ties, seed):
    """Write a new syndicate into a free row and let it form ties with living ones."""
    syndicates.address[g] = address
    syndicates.alive[g] = 1
    syndicates.home[g] = home
    syndicates.workforce[g] = h
    syndicates.crime[g] = k
    syndicates.born[g] = week
    struck_before[g] = 0
    syndicates.sites[g] = 0
    syndicates.costs[g] = 0.0
    syndicates.alarm_until[g] = 0
    for c in range(syndicates.presence.shape[1]):
        syndicates.presence[g, c] = 0
        syndicates.experience[g, c] = 0.0
        syndicates.hits[g, c] = 0.0
        syndicates.weeks[g, c] = 0.0
        syndicates.struck[g, c] = 0
    syndicates.ties[g, 0] = fellow(address, week, k, h, g, syndicates, seed) if ties > 0 else -1
    syndicates.ties[g, 1] = -1
    if ties > 1 and syndicates.ties[g, 0] >= 0:
        second = fellow(address ^ SECOND, week, k, h, g, syndicates, seed)
        syndicates.ties[g, 1] = second if second != syndicates.ties[g, 0] else -1


@kernel
def open_site(s, address, week, g, place, k, h, aim, filled, forced, idle_until, sites, syndicates, money, people,
              leads_due, land, traits, rules, appeal, seed):  # fmt: skip
    """Write a new site into a free row, staff it, furnish it and choose its target."""
    size = people.countries
    sites.address[s] = address
    sites.status[s] = Status.ACTIVE
    sites.host[s] = place
    sites.crime[s] = k
    sites.workforce[s] = h
    sites.syndicate[s] = g
    sites.aim[s] = aim
    sites.source[s] = draw_from(land.sources[place], uniform(seed, Draw.SOURCE, week, address, 0))
    sites.idle_until[s] = idle_until
    for column in (sites.quiet_until, sites.alarm_until, sites.alerted, sites.uprooted, sites.case, sites.takings,
                   sites.hits, sites.reports):  # fmt: skip
        column[s] = 0
    for numbers in (sites.tactic, sites.leads, sites.requested, sites.transmitted, sites.complaints, sites.found):
        numbers[s] = 0.0
    sites.watch[s] = 1.0
    leads_due[s] = 0.0
    syndicates.sites[g] += 1
    syndicates.presence[g, place] += 1
    workers = int(filled * aim + 0.5)
    coerced = min(int(forced * workers + 0.5), people.balance[People.FREE * size + sites.source[s]])
    home = syndicates.home[g]
    post(people.balance, People.FREE * size + sites.source[s], people.third + s, coerced)
    willing = min(workers - coerced, people.balance[People.FREE * size + home])
    post(people.balance, People.FREE * size + home, people.second + s, willing)
    pay(money, g, home, money.third + s, int(100.0 * rules.business.site_capital * aim))
    sites.target[s] = sites.source[s]  # where those it holds come from; without captives it chooses
    pick_target(s, week, sites, people, land, traits, appeal, seed)
