"""Verb 9: each reviewing operation chooses: stay, move, switch crime, retarget, lie low, harden or close."""

import math
from typing import Any

import numpy as np

from sim.compiled import allocating, inlined, kernel
from sim.decisions import asked
from sim.draws import Draw, geometric, gumbel, uniform
from sim.phases.asking import decide
from sim.phases.choosing import (
    EXIT,
    HARDEN,
    QUIET,
    SWITCH,
    crime_worth,
    felt_risk,
    pick,
    pick_target,
    probabilities,
    weigh,
)
from sim.phases.learn import believed_risk
from sim.phases.shadow import CRIME, MARKET, TARGET, TIME, appeal_in_force, follow, hold_back, outlooks
from sim.phases.sites import close, furnish, pay
from sim.setting import CAPTIVITY, Land, Setting
from sim.state import Happened, Money, Reviewed, Seen, State, Status, post

UNDECIDED = (-1, -1)  # neither a class nor a place: the kernel picks
FIRST_GUESS = np.array([-1.0, -4.0, -3.2, -3.0, -2.9])  # relative to staying, before they are solved
SOLVING_STEPS = 30
STRIDE = 0.7


def relocate(state: State, setting: Setting) -> None:
    """Let every operation under review choose by the rule of the scenario, by default a nested logit.

    U_j = V(j) - risk + experience + tie + corruption + crowd + [j != c](- distance - mobility + lambda ln size),
    places nested by region; lie low, harden, switch and close stand alone. In the settling weeks the class
    constants are solved so that classes take their baseline shares of reviews; then they stay as they are.
    """
    assert state.orders is not None
    if state.week < setting.settling:
        _settle(state, setting)
    crowd = crowd_appeal(state, setting)
    hidden = state if state.shadow is None else state.shadow
    land = land_in_force(state, setting)
    blind, on, watched = outlooks(state, crowd_appeal(hidden, setting), land_in_force(hidden, setting))
    columns = (
        state.week, state.sites, state.syndicates, state.money, state.people, state.leads_due, land, setting.traits,
        setting.rules, state.place_value, appeal_in_force(state), state.public_hits, state.public_weeks,
        state.orders.announced, state.orders.corruption, state.orders.coverage, crowd, state.constants,
        setting.region_key, setting.seed, state.diary, state.moves, state.reviewed, state.moved, blind, on, watched,
    )  # fmt: skip
    alerted = state.sites.alerted if on[TIME] else blind.sites.alerted
    rows, reviewing = due(state.week, state.sites, alerted, state.syndicates, setting.rules.choice, setting.seed)
    done, deciders = 0, asked(state, setting).syndicates
    if deciders:
        for turn in map(int, np.flatnonzero(reviewing & np.isin(state.sites.syndicate[rows], list(deciders)))):
            s = int(rows[turn])
            choose(*columns, rows[done:turn], reviewing[done:turn], UNDECIDED)
            decided = decide(s, deciders[int(state.sites.syndicate[s])], state, setting, land, crowd)
            choose(*columns, rows[turn : turn + 1], reviewing[turn : turn + 1], decided)
            done = turn + 1
    choose(*columns, rows[done:], reviewing[done:], UNDECIDED)


def land_in_force(state: Seen, setting: Setting) -> Land:
    """Return the countries with borders as they are: a place weighs by the share of crossings that are not stopped."""
    assert state.orders is not None
    stopped = -setting.rules.choice.noise * setting.rules.choice.nest * np.log(state.orders.passage)
    return setting.land._replace(farness=setting.land.farness + stopped)


def crowd_appeal(state: Seen, setting: Setting) -> np.ndarray:
    """Return the appeal of company [K, C], less what the law in force there threatens to whom the rule lets see it.

    Company is sites per share of the world's size, in an even world of twelve.
    """
    assert state.orders is not None
    choice = setting.rules.choice
    density = state.count / setting.scale / (12.0 * setting.land.size)
    threat = choice.penalty * setting.traits.law_factor[:, None] * state.orders.law
    appeal: np.ndarray = choice.crowd_weight * np.log1p(density) - threat
    return appeal


def class_targets(setting: Setting) -> np.ndarray:
    """Return the baseline share of reviews of each class by crime [K, 5]; 0 where a class does not exist."""
    choice, kinds = setting.rules.choice, len(setting.crimes)
    switching = choice.switch_share if kinds > 1 else 0.0
    moving = setting.move_share if len(setting.land.key) > 1 else np.zeros(kinds)
    others = (switching, choice.quiet_share * choice.outside_factor, choice.harden_share,
              choice.exit_share * choice.outside_factor)  # fmt: skip
    return np.column_stack([moving, *(np.full(kinds, share) for share in others)])


def _settle(state: State, setting: Setting) -> None:
    assert state.orders is not None
    targets, choice = class_targets(setting), setting.rules.choice
    unannounced = np.zeros(len(setting.land.key))  # what is announced in one arm must not move the constants
    if state.week == 0:
        state.constants[:] = np.where(targets > 0.0, choice.noise * FIRST_GUESS, -np.inf)
    for step in range(SOLVING_STEPS if state.week == 0 else 1):
        at_first = state.week == 0 and step == 0
        shares = np.zeros((len(targets), 7))
        mean_shares(
            state.week, state.sites, state.syndicates, setting.land, _plainly(setting.rules) if at_first
            else setting.rules, state.place_value, state.public_hits, state.public_weeks, unannounced,
            state.orders.corruption, crowd_appeal(state, setting), state.constants, len(setting.region_key), shares,
            at_first,
        )  # fmt: skip
        solved = (shares[:, :1] > 0) & (targets > 0.0) & (shares[:, 2:7] > 0.0)
        found = shares[:, 2:7] / np.maximum(1.0, shares[:, :1])
        if at_first:
            level = shares[:, 1:2] / np.maximum(1.0, shares[:, :1])
            state.constants[:, standing_alone(choice)] += level
            continue
        with np.errstate(divide="ignore", invalid="ignore"):
            state.constants += np.where(solved, strides(choice) * np.log(targets / found), 0.0)


def _plainly(rules: Any) -> Any:
    """Return the rules by which utilities stay as they are, instead of being turned into the odds of a search."""
    return rules._replace(choice=rules.choice._replace(blur=0.0))


def standing_alone(choice: Any) -> list[int]:
    """Return the classes whose constants are utilities of their own; in a search only what is aspired to is one."""
    return [EXIT] if choice.blur > 0.0 else [QUIET, EXIT]


def strides(choice: Any) -> np.ndarray:
    """Return by how much constants follow the logarithm of a share missed [5]: in proportion to the noise."""
    found = np.full(5, STRIDE * choice.noise)
    if choice.blur > 0.0:
        found[EXIT] = STRIDE * choice.blur
    return found


@allocating
def mean_shares(week, sites, syndicates, land, rules, place_value, public_hits, public_weeks, announced, corruption,
                crowd, constants, regions, shares, only_stay):  # fmt: skip
    """Add up, by crime, the sites [0], the utility of staying [1] and the class probabilities [2-6] of all sites."""
    size = len(land.key)
    utility, nests, classes = np.zeros(size), np.zeros(regions), np.zeros(5)
    places, found = np.zeros(size), np.zeros(5)
    for s in range(len(sites.status)):
        if sites.status[s] != Status.ACTIVE:
            continue
        k = sites.crime[s]
        weigh(s, k, week, sites, syndicates, land, rules, place_value, public_hits, public_weeks, announced,
              corruption, crowd, constants, utility, classes)  # fmt: skip
        shares[k, 0] += 1.0
        shares[k, 1] += utility[sites.host[s]]
        if not only_stay:
            probabilities(sites.host[s], land.region, rules.choice, utility, classes, nests, places, found)
            for a in range(5):
                shares[k, 2 + a] += found[a]


@allocating
def choose(week, sites, syndicates, money, people, leads_due, land, traits, rules, place_value, appeal, public_hits,
           public_weeks, announced, corruption, coverage, crowd, constants, region_key, seed, diary,
           moves, reviewed, moved, blind, on, watched, rows, reviewing, decided):  # fmt: skip
    """Let the sites of some rows wake, and those that review choose and act on it, or do what is `decided`.

    What is added up of probabilities is always the rule's, whoever decides. Where a route is not `on`, what it governs
    follows `blind`, the outlook of somebody who sees no policy.
    """
    size, choice = len(land.key), rules.choice
    utility, nests, classes = np.zeros(size), np.zeros(len(region_key)), np.zeros(5)
    places, shares = np.zeros(size), np.zeros(5)
    holds_back = not on[:MARKET].all()
    for turn in range(len(rows)):
        s = rows[turn]
        if sites.status[s] == Status.QUIET:
            if watched and _wakes(s, week, sites, blind.sites.alerted[s]):
                blind.sites.alarm_until[s] = week + choice.alarm_weeks
            sites.status[s] = Status.ACTIVE
            sites.alarm_until[s] = week + choice.alarm_weeks
            diary[Happened.RETURNS, sites.crime[s], sites.host[s]] += 1
        if not reviewing[turn]:
            continue
        k, c = sites.crime[s], sites.host[s]
        weigh(s, k, week, sites, syndicates, land, rules, place_value, public_hits, public_weeks, announced,
              corruption, crowd, constants, utility, classes)  # fmt: skip
        probabilities(c, land.region, choice, utility, classes, nests, places, shares)
        thinks = True
        if holds_back:
            thinks = reviews(s, week, blind.sites.alarm_until[s], blind.sites, blind.syndicates, choice, seed)
            hold_back(s, k, week, thinks, on, blind, rules, constants, utility, classes, nests, places, shares)
        reviewed[Reviewed.REVIEWS, k, c] += 1.0
        reviewed[Reviewed.STAY, k, c] += places[c]
        # What is public, since who is left to review depends on who was raided.
        reviewed[Reviewed.RISK, k, c] += felt_risk(
            k, sites.workforce[s], c, place_value, public_hits, public_weeks, announced, land, rules.learning, choice
        )
        for a in range(5):
            reviewed[Reviewed.MOVE + a, k, c] += shares[a]
        for j in range(size):
            if j != c:
                moved[c, j] += places[j]
        picked, place = decided
        if picked < 0 and place < 0:
            picked, place = pick(sites.address[s], week, land, places, shares, nests, region_key, seed)
        sites.alerted[s] = 0
        if watched:
            blind.sites.alerted[s] = 0
        if picked == EXIT:
            close(s, week, sites, syndicates, money, people, rules.demography, seed, diary)
            continue
        if picked == QUIET:
            sites.status[s] = Status.QUIET
            if on[TIME]:
                mean = quiet_mean(s, sites, syndicates, public_hits, public_weeks, announced, rules)
            else:
                mean = quiet_mean(s, sites, blind.syndicates, blind.public_hits, blind.public_weeks, blind.announced,
                                  rules)  # fmt: skip
            spell = geometric(1.0 / mean, uniform(seed, Draw.QUIET, week, sites.address[s], 0))
            sites.quiet_until[s] = week + spell
            diary[Happened.QUIET_SPELLS, k, c] += 1
        elif picked == HARDEN:
            sites.tactic[s] = min(1.0, sites.tactic[s] + choice.hardening_step)
            diary[Happened.HARDENINGS, k, c] += 1
        elif picked == SWITCH:
            if on[CRIME]:
                other = best_other(s, sites, syndicates, place_value, public_hits, public_weeks, announced, rules)
            else:
                other = best_other(s, sites, blind.syndicates, blind.place_value, blind.public_hits,
                                   blind.public_weeks, blind.announced, rules)  # fmt: skip
            _switch(s, other, week, sites, land, traits, appeal, seed, moves)
        elif place != c:
            _move(s, place, week, sites, syndicates, money, people, leads_due, traits, rules, coverage, seed,
                  moves)  # fmt: skip
            if watched:
                follow(s, c, place, blind, rules)
            pick_target(s, week, sites, people, land, traits, appeal, seed)
        elif uniform(seed, Draw.RETARGET, week, sites.address[s], 0) < choice.retarget and (thinks or on[TARGET]):
            before = sites.target[s]
            pick_target(s, week, sites, people, land, traits, appeal, seed)
            diary[Happened.RETARGETS, k, c] += before != sites.target[s]
        if sites.uprooted[s]:
            furnish(s, sites, syndicates, money, rules.business)
            sites.uprooted[s] = 0
        if watched:
            blind.sites.uprooted[s] = 0


@allocating
def due(week, sites, alerted, syndicates, choice, seed):
    """Return the rows of the sites that wake or review this week, and whether they review.

    What a site does changes no other site's row, so that this does not depend on how far the week has come.
    """
    rows, reviewing, n = np.empty(len(sites.status), np.int64), np.empty(len(sites.status), np.bool_), 0
    for s in range(len(sites.status)):
        wakes = _wakes(s, week, sites, alerted[s])
        if wakes or sites.status[s] == Status.ACTIVE:
            alarm_until = week + choice.alarm_weeks if wakes else sites.alarm_until[s]
            rows[n], reviewing[n] = s, reviews(s, week, alarm_until, sites, syndicates, choice, seed)
            n += wakes or reviewing[n]
    return rows[:n], reviewing[:n]


@inlined
def _wakes(s, week, sites, alerted):
    """Return whether a site that lies low comes back: its time is up, or it is `alerted` by a raid or a warning."""
    return sites.status[s] == Status.QUIET and (week >= sites.quiet_until[s] or alerted)


@inlined
def reviews(s, week, alarm_until, sites, syndicates, choice, seed):
    """Return whether an active site reviews this week; `alarm_until` is its own, its syndicate's counts too."""
    u = uniform(seed, Draw.REVIEW, week, sites.address[s], 0)
    alarmed = week < max(alarm_until, syndicates.alarm_until[sites.syndicate[s]])
    chance = min(1.0, choice.review * (choice.alarm if alarmed else 1.0))
    return _reviews(week < sites.idle_until[s], sites.alerted[s], sites.uprooted[s], u < chance)


@inlined
def _reviews(closed, alerted, uprooted, thinks_again):
    """Return whether a site reviews: at once when it has lost its place, once it is open again when only warned."""
    if closed:
        return alerted and uprooted
    return alerted or thinks_again


@kernel
def quiet_mean(s, sites, syndicates, public_hits, public_weeks, announced, rules):
    """Return the mean length of a quiet spell (weeks): the longer, the more raids are feared (A-77)."""
    choice, learning, k, c, g = rules.choice, rules.learning, sites.crime[s], sites.host[s], sites.syndicate[s]
    hits, weeks = public_hits[k, c] + syndicates.hits[g, c], public_weeks[k, c] + syndicates.weeks[g, c]
    believed = announced[c] + believed_risk(hits, weeks, learning.prior_risk, learning.prior_weight)
    return choice.quiet_weeks * (1.0 + choice.quiet_response * min(choice.risk_cap, believed * choice.raid_loss))


@kernel
def best_other(s, sites, syndicates, place_value, public_hits, public_weeks, announced, rules):
    """Return the other crime that is worth most to a site where it is."""
    best, other = -math.inf, sites.crime[s]
    for k in range(len(place_value)):
        if k != sites.crime[s]:
            worth = crime_worth(k, s, sites, syndicates, place_value, public_hits, public_weeks, announced, rules)
            if worth > best:
                best, other = worth, k
    return other


@kernel
def _switch(s, other, week, sites, land, traits, appeal, seed, moves):
    """Change a site's crime, closed for as long as that asks, and choose its target."""
    k, c = sites.crime[s], sites.host[s]
    moves[k, c, other, c] += 1
    sites.crime[s] = other
    sites.idle_until[s] = max(sites.idle_until[s], week + traits.idle_after_move[other])
    best = -math.inf
    for t in range(len(land.key)):
        u = appeal[other, sites.workforce[s], c, t] + gumbel(seed, Draw.TARGET, week, sites.address[s], land.key[t])
        if u > best and (traits.victimisation[other] != CAPTIVITY or t == sites.source[s]):
            best = u
            sites.target[s] = t


@kernel
def _move(s, place, week, sites, syndicates, money, people, leads_due, traits, rules, coverage, seed,
          moves):  # fmt: skip
    """Move a site: capital is written off, the people come along, files follow only through a channel."""
    k, c, g, size = sites.crime[s], sites.host[s], sites.syndicate[s], money.countries
    moves[k, c, k, place] += 1
    capital = money.balance[money.third + s]
    post(money.balance, money.third + s, Money.WRITTEN_OFF * size + c, capital)
    workers = people.balance[people.second + s] + people.balance[people.third + s]
    pay(
        money,
        g,
        syndicates.home[g],
        Money.SUPPLIERS * size + place,
        int(100.0 * rules.business.moving_cost * workers),
    )
    kept = rules.intelligence.follow_up * coverage[c, place]
    sites.leads[s] *= kept
    for weeks in range(leads_due.shape[1]):
        leads_due[s, weeks] *= kept
    sites.complaints[s] = 0.0
    sites.found[s] = 0.0
    sites.requested[s] *= kept
    sites.transmitted[s] *= kept
    if sites.case[s] and uniform(seed, Draw.COLD, week, sites.address[s], 1) >= kept:
        sites.case[s] = 0
    closed = 0 if sites.uprooted[s] else traits.idle_after_move[k]
    sites.idle_until[s] = max(sites.idle_until[s], week + closed)
    sites.alarm_until[s] = min(sites.alarm_until[s], sites.idle_until[s] + rules.choice.alarm_weeks)
    syndicates.presence[g, c] -= 1
    syndicates.presence[g, place] += 1
    sites.host[s] = place
    sites.uprooted[s] = 1  # it has to be furnished anew
