"""What happens to people after a raid: sentences, extradition, return, shelter and re-trafficking. Part of verb 10."""

import math

import numpy as np

from sim.compiled import allocating, kernel
from sim.draws import Draw, binomial, born, gumbel, uniform
from sim.phases.offend import is_working
from sim.setting import CAPTIVITY, Setting
from sim.state import (
    ONE,
    PARTS,
    Between,
    Books,
    Floats,
    Happened,
    People,
    State,
    Status,
    between,
    held_at,
    post,
    travelling,
)


def hold(state: State, setting: Setting) -> None:
    """Let a week pass for everybody who is detained, on the way back or in a shelter.

    A sentence is Gamma of the declared shape, in parts of equal hazard. Who is released where the syndicate is at
    home returns to it at once or goes free; who is deported travels first. Those handed over, and those with no
    syndicate, never return to one.
    """
    rule = setting.rules.enforcement
    serve(state.week, state.sites, state.syndicates, state.people, setting.land, rule, setting.seed)
    extradite(state.week, state.people, setting.land, rule, setting.seed)
    shelter(state.week, state.sites, state.people, setting.land, setting.traits, rule, setting.seed, state.diary)


def in_care(people: Books) -> Floats:
    """Return the people whom each country holds, detained or in a shelter [C]."""
    size = people.countries
    syndicates = people.balance[people.first : people.second].reshape(-1, PARTS * size + 1)[:, : PARTS * size]
    pairs = people.balance[len(People) * size : people.first].reshape(-1, size)
    home = people.balance[People.TRANSFERRED * size : len(People) * size].reshape(-1, size)
    care: Floats = syndicates.sum(axis=0).reshape(PARTS, size).sum(axis=0) + pairs.sum(axis=0) + home.sum(axis=0)
    return care


@kernel
def pair_key(land, nationality, country):
    """Return the address of people of a nationality in a country."""
    return land.key[nationality] ^ (land.key[country] >> ONE)


@allocating
def open_sites(sites, syndicates):
    """Return, for each syndicate, the site that is not quiet and has the lowest address, or -1 [G]."""
    found = np.full(len(syndicates.alive), -1)
    for s in range(len(sites.status)):
        if sites.status[s] == Status.ACTIVE:
            g = sites.syndicate[s]
            if found[g] < 0 or sites.address[s] < sites.address[found[g]]:
                found[g] = s
    return found


@allocating
def serve(week, sites, syndicates, people, land, rule, seed):
    """Let syndicates' detained serve; some of the released go back to a site, those deported after a journey."""
    size = people.countries
    door = open_sites(sites, syndicates)
    ends = min(1.0, rule.sentence_shape / rule.detention)
    for g in range(len(syndicates.alive)):
        if not syndicates.alive[g]:
            continue
        home, address = syndicates.home[g], syndicates.address[g]
        way = travelling(people, g)
        if people.balance[way] > 0:
            u = uniform(seed, Draw.TRAVEL, week, address, 0)
            back = binomial(people.balance[way], 1.0 / rule.deportation_weeks, u)
            sink = people.second + door[g] if door[g] >= 0 else People.FREE * size + home
            post(people.balance, way, sink, back)
        nobody, first = True, held_at(people, g, 0, 0)
        for account in people.balance[first : first + PARTS * size]:
            nobody &= account == 0
        for c in range(0 if nobody else size):
            held, early = held_at(people, g, 0, c), held_at(people, g, 1, c)
            if people.balance[held] == 0 and people.balance[early] == 0:
                continue
            who = address ^ land.key[c]
            freed = binomial(people.balance[held], ends, uniform(seed, Draw.RELEASE, week, who, 0))
            again = binomial(freed, rule.reoffending, uniform(seed, Draw.REOFFEND, week, who, 0))
            if door[g] < 0:
                again = 0
            post(people.balance, held, people.second + door[g] if c == home else way, again)
            post(people.balance, held, People.FREE * size + home, freed - again)
            moved_on = binomial(people.balance[early], ends, uniform(seed, Draw.RELEASE, week, who, 1))
            post(people.balance, early, held, moved_on)


@kernel
def extradite(week, people, land, rule, seed):
    """Let those who return to no syndicate serve, and those who are to be extradited wait and go to their home police.

    The sentence goes on while a request is under way: first it is served for a week, then the request moves on. Who
    has served before the request is through is deported and free.
    """
    size = people.countries
    ends = min(1.0, rule.sentence_shape / rule.detention)
    moves = min(1.0, 2.0 / rule.extradition_weeks)
    for home in range(size):
        for parts in range(PARTS):
            held = (People.TRANSFERRED + parts) * size + home
            u = uniform(seed, Draw.RELEASE, week, land.key[home], parts)
            served = binomial(people.balance[held], ends, u)
            post(people.balance, held, (People.FREE if parts == 0 else People.TRANSFERRED) * size + home, served)
        for host in range(size):
            who = pair_key(land, home, host)
            for parts in range(PARTS):
                for stage in (Between.GRANTED + 0, Between.ASKED + 0, Between.HELD + 0):  # what moves on waits a week
                    held = between(people, stage + parts, home, host)
                    if people.balance[held] == 0:
                        continue
                    u = uniform(seed, Draw.RELEASE, week, who, stage + parts)
                    served = binomial(people.balance[held], ends, u)
                    post(people.balance, held, held - size * size if parts > 0 else People.FREE * size + home, served)
                    if stage == Between.HELD:
                        continue
                    u = uniform(seed, Draw.HANDED_OVER, week, who, stage + parts)
                    on = binomial(people.balance[held], moves, u)
                    sink = (People.TRANSFERRED + parts) * size + home
                    if stage == Between.ASKED:
                        sink = between(people, Between.GRANTED + parts, home, host)
                    post(people.balance, held, sink, on)


@kernel
def shelter(week, sites, people, land, traits, rule, seed, diary):
    """Let people leave shelters: home, or into coerced work again where a site near the shelter takes them."""
    size = people.countries
    for home in range(size):
        for host in range(size):
            kept = between(people, Between.SHELTER, home, host)
            if people.balance[kept] == 0:
                continue
            who = pair_key(land, home, host)
            u = uniform(seed, Draw.SHELTER, week, who, 0)
            leaving = binomial(people.balance[kept], 1.0 / rule.shelter_weeks, u)
            again = binomial(leaving, rule.retrafficked, uniform(seed, Draw.RETRAFFICKED, week, who, 0))
            for person in range(again):
                s = taken_by(born(who, week, Draw.RETRAFFICKED, 1 + person, seed), home, host, week, sites, people,
                             traits, seed)  # fmt: skip
                if s < 0:
                    break
                post(people.balance, kept, people.third + s, 1)
                diary[Happened.RETRAFFICKED, sites.crime[s], host] += 1
                leaving -= 1
            post(people.balance, kept, People.FREE * size + home, leaving)


@kernel
def taken_by(person, nationality, host, week, sites, people, traits, seed):
    """Return a working site of a country that coerces people of a nationality, each as likely, or -1."""
    best, chosen = -math.inf, -1
    for s in range(len(sites.status)):
        if sites.host[s] != host or sites.source[s] != nationality:
            continue
        k = sites.crime[s]
        coerces = people.balance[people.third + s] > 0 or traits.coerced_recruits[k] > 0.0
        coerces = coerces or traits.victimisation[k] == CAPTIVITY
        if coerces and is_working(sites.status[s], sites.idle_until[s], week):
            u = gumbel(seed, Draw.RETRAFFICKED, week, person, sites.address[s])
            if u > best:
                best, chosen = u, s
    return chosen
