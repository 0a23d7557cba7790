"""Verb 10: recruitment, attrition, escape, release, splitting, and the entry of newcomers."""

import math

import numpy as np

from sim.compiled import allocating
from sim.draws import Draw, binomial, born, poisson, uniform
from sim.phases.choosing import (
    EXIT,
    average,
    contrast,
    level_at,
    look_at_one,
    pick,
    probabilities,
    total_nests,
)
from sim.phases.custody import hold
from sim.phases.learn import risk_term
from sim.phases.relocate import crowd_appeal
from sim.phases.shadow import ALL_ON, PERPETRATOR, PLACE, appeal_in_force, arrivals, missing
from sim.phases.sites import aimed_size, close, draw_from, fellow, found_syndicate, open_site
from sim.phases.splitting import split
from sim.phases.supply import supply
from sim.setting import Setting
from sim.state import Happened, People, Reviewed, Seen, State, Status, post

ENTRY_MEMORY = 1.0 / 52.0  # weight of this week's closures and values while entry settles
FIRST_CLOSURES = 0.15 / 52.0  # closures per site and week that settling starts from


def renew(state: State, setting: Setting) -> None:
    """Let sites recruit and lose workers, the detained go free and potential entrants choose a place or stay out."""
    assert state.orders is not None
    closed = state.diary[Happened.CLOSURES].sum(axis=1)
    grow(state.week, state.sites, state.syndicates, state.money, state.people, missing(state), setting.land,
         state.orders.passage, setting.traits, setting.rules, setting.scale, setting.seed, state.diary)  # fmt: skip
    hold(state, setting)
    shrunk = state.diary[Happened.CLOSURES].sum(axis=1) - closed
    value, utility = entry_values(state, setting, state.orders.announced)
    if state.week < setting.settling:
        # What is announced in one arm must not move the reference of entry.
        value, _ = entry_values(state, setting, np.zeros(len(setting.land.key)))
        exits = state.reviewed[Reviewed.EXIT].sum(axis=1)
        _settle_entry(state, setting, shrunk + exits - state.exits_before, value)
        state.exits_before[:] = exits
    _enter(state, setting, utility)


def outside_odds(setting: Setting) -> float:
    """Return the baseline odds that a potential entrant stays out."""
    choice = setting.rules.choice
    odds: float = choice.outside_factor * choice.stay_out / (1.0 - choice.stay_out)
    return odds


def _settle_entry(state: State, setting: Setting, closures: np.ndarray, value: np.ndarray) -> None:
    """Follow closures and the value of entering, so that births balance deaths when both are frozen.

    `closures` are the expected ones of those who review and the realised ones of sites that became too small.
    """
    entering = 1.0 / (1.0 + outside_odds(setting))
    if state.week == 0:
        state.entry[:, 0] = FIRST_CLOSURES * state.count.sum(axis=1) / entering
        state.entry[:, 1:] = value
    state.entry[:, 0] += ENTRY_MEMORY * (closures / entering - state.entry[:, 0])
    state.entry[:, 1:] += ENTRY_MEMORY * (value - state.entry[:, 1:])


def entry_values(state: Seen, setting: Setting, announced: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the value of entering [K, H] and the utility of each place for a newcomer [K, H, C].

    The value is what staying out would have to be worth for the baseline share of newcomers to stay out.
    """
    assert state.orders is not None
    shape = state.place_value.shape
    utility, value = np.zeros(shape), np.zeros(shape[:2])
    value_entry(setting.land, setting.rules, setting.homes, state.place_value, state.public_hits,
                state.public_weeks, announced, state.orders.corruption, crowd_appeal(state, setting),
                len(setting.region_key), outside_odds(setting), utility, value)  # fmt: skip
    return value, utility


@allocating
def value_entry(land, rules, homes, place_value, public_hits, public_weeks, announced, corruption, crowd,
                regions, odds, utility, value):  # fmt: skip
    """Fill a newcomer's utility of each place and the value of entering, at these odds of staying out.

    The value is the log-sum over regions and the logarithm of the odds; of a search, the level to aspire to.
    """
    choice = rules.choice
    nests, sums, risks = np.zeros(regions), np.zeros(regions), np.zeros(len(land.size))
    for k in range(place_value.shape[0]):
        for j in range(len(risks)):
            hits, weeks = public_hits[k, j], public_weeks[k, j]
            risks[j] = choice.capture * risk_term(hits, weeks, announced[j], 0.0, rules.learning, choice)
        usual_risk = average(risks, land.size)
        for h in range(place_value.shape[1]):
            usual_value = average(place_value[k, h], land.size)
            for j in range(len(risks)):
                u = choice.reward * place_value[k, h, j] - risks[j]
                tie = 1.0 if j == homes[h] else land.diaspora[homes[h], j]
                u += choice.tie_weight * tie + choice.corruption_weight * corruption[j] + crowd[k, j]
                if choice.unnoticed < 1.0:
                    u += contrast(place_value[k, h, j] - usual_value, risks[j], usual_risk, choice)
                utility[k, h, j] = u + choice.noise * choice.nest * land.log_size[j]
            if choice.blur > 0.0:
                value[k, h] = level_at(1.0 / (1.0 + odds), utility[k, h], land.log_size, choice)
                continue
            total_nests(utility[k, h], land.region, choice.noise * choice.nest, nests, sums)
            highest = nests.max()
            total = np.exp((nests - highest) / choice.noise).sum()
            value[k, h] = highest + choice.noise * math.log(total) + choice.noise * math.log(odds)


def _enter(state: State, setting: Setting, utility: np.ndarray) -> None:
    """Let this week's potential entrants choose; make room for them first."""
    potential = np.zeros(len(setting.crimes), np.int64)
    for k in range(len(setting.crimes)):
        potential[k] = poisson(
            state.entry[k, 0], setting.seed, int(Draw.ENTRANTS), state.week, setting.traits.key[k], 0
        )
    state.reserve(int(potential.sum()), 0)
    foreseen = potential.copy()
    split(state.week, potential, state.sites, state.syndicates, state.struck_before, state.money,
          setting.rules.demography, setting.seed, state.diary)  # fmt: skip
    if state.week < setting.settling:
        state.entry[:, 0] += ENTRY_MEMORY * (foreseen - potential)  # what splits take from entry
    outside = staying_out(state, setting, utility)
    blind, blind_outside, on = utility, outside, ALL_ON
    if state.shadow is not None:
        assert state.shadow.orders is not None
        _, blind = entry_values(state.shadow, setting, state.shadow.orders.announced)
        blind_outside, on = staying_out(state, setting, blind), state.shadow.on
    enter(state.week, potential, state.sites, state.syndicates, state.struck_before, state.money, state.people,
          state.leads_due, setting.land, setting.traits, setting.rules, setting.homes, setting.workforce_shares,
          appeal_in_force(state), utility, outside, setting.region_key, setting.seed, state.diary, state.entering,
          blind, blind_outside, on)  # fmt: skip


def staying_out(state: State, setting: Setting, utility: np.ndarray) -> np.ndarray:
    """Return what staying out is worth [K, 1 + H]; of a search, turn it and the utilities of places into log odds."""
    if setting.rules.choice.blur == 0.0:
        return state.entry
    outside = state.entry.copy()
    look_at_one(setting.land.log_size, state.entry, setting.rules.choice, utility, outside)
    return outside


@allocating
def grow(week, sites, syndicates, money, people, missing, land, passage, traits, rules, scale, seed, diary):
    """Recruit and lose; close what has become too small; let suppliers provide coerced recruits where they exist.

    Nobody is recruited for who is `missing` [S].
    """
    size, rule = people.countries, rules.demography
    supplied = traits.supplies_coerced.any()
    wanted = np.zeros(len(sites.status), np.int64)
    for s in range(len(sites.status)):
        if sites.status[s] == Status.EMPTY:
            continue
        k, g, address = sites.crime[s], sites.syndicate[s], sites.address[s]
        home = syndicates.home[g]
        voluntary, coerced = people.second + s, people.third + s
        n = people.balance[voluntary] + people.balance[coerced]
        if sites.status[s] == Status.ACTIVE and week >= sites.idle_until[s]:
            filled = n + missing[s]
            vacant = max(0.0, min(sites.aim[s], rule.largest) - filled)
            full = rule.recruitment_floor + (1.0 - rule.recruitment_floor) * filled / sites.aim[s]
            recruits = poisson(rule.recruitment * vacant * full, seed, Draw.RECRUIT, week, address, 0)
            forced = binomial(recruits, traits.coerced_recruits[k], uniform(seed, Draw.COERCED, week, address, 0))
            sought = forced if supplied and not traits.supplies_coerced[k] else 0  # from suppliers
            wanted[s] = sought
            forced -= sought
            crossing, stopped = passage[sites.source[s], sites.host[s]], 0
            if crossing < 1.0:
                stopped = binomial(forced, 1.0 - crossing, uniform(seed, Draw.BORDER, week, address, 0))
            forced = min(forced - stopped, people.balance[People.FREE * size + sites.source[s]])
            post(people.balance, People.FREE * size + sites.source[s], coerced, forced)
            willing = min(recruits - sought - stopped - forced, people.balance[People.FREE * size + home])
            post(people.balance, People.FREE * size + home, voluntary, willing)
        left = binomial(people.balance[voluntary], rule.attrition, uniform(seed, Draw.ATTRITION, week, address, 0))
        post(people.balance, voluntary, People.FREE * size + home, left)
        escaped = binomial(people.balance[coerced], rule.escape, uniform(seed, Draw.ESCAPE, week, address, 0))
        post(people.balance, coerced, People.FREE * size + sites.source[s], escaped)
        diary[Happened.ESCAPES, k, sites.host[s]] += escaped
        if people.balance[voluntary] + people.balance[coerced] < rule.smallest:
            close(s, week, sites, syndicates, money, people, rule, seed, diary)
    if supplied:
        supply(week, wanted, sites, syndicates, money, people, land, passage, traits, rules, scale, seed, diary)


@allocating
def enter(week, potential, sites, syndicates, struck_before, money, people, leads_due, land, traits, rules, homes,
          workforces, appeal, utility, outside, region_key, seed, diary, entering, blind, blind_outside,
          on):  # fmt: skip
    """Let each potential entrant stay out or open a site, of its own or as a branch of a living syndicate.

    Where the routes of place or perpetrator are not `on`, `blind` utilities decide where, or how many.
    """
    choice = rules.choice
    places_blind, shares_blind = np.zeros(len(land.key)), np.zeros(5)
    nests, places, shares = np.zeros(len(region_key)), np.zeros(len(land.key)), np.zeros(5)
    classes = np.full(5, -math.inf)
    free_site, free_syndicate = 0, 0
    for k in range(len(potential)):
        entering[len(land.key)] += potential[k]
        for ordinal in range(potential[k]):
            newcomer = born(traits.key[k], week, Draw.BIRTH, ordinal, seed)
            h = draw_from(workforces, uniform(seed, Draw.WORKFORCE, week, newcomer, 0))
            classes[EXIT] = outside[k, 1 + h]
            probabilities(-1, land.region, choice, utility[k, h], classes, nests, places, shares)
            if not (on[PLACE] and on[PERPETRATOR]):
                classes[EXIT] = blind_outside[k, 1 + h]
                probabilities(-1, land.region, choice, blind[k, h], classes, nests, places_blind, shares_blind)
                arrivals(on, places, shares, places_blind, shares_blind)
            for j in range(len(places)):
                entering[j] += places[j]
            _, place = pick(newcomer, week, land, places, shares, nests, region_key, seed)
            if place < 0:
                continue
            while sites.status[free_site] != Status.EMPTY:
                free_site += 1
            g = -1
            if uniform(seed, Draw.BRANCH, week, newcomer, 0) < rules.demography.branch:
                g = fellow(newcomer, week, k, h, -1, syndicates, seed)
            if g < 0:
                while syndicates.alive[free_syndicate]:
                    free_syndicate += 1
                g = free_syndicate
                found_syndicate(
                    g, newcomer, week + 1, k, h, homes[h], syndicates, struck_before, rules.demography.ties, seed
                )
            aim = aimed_size(newcomer, week, rules.demography, seed)
            open_site(free_site, newcomer, week, g, place, k, h, aim, rules.demography.first_size,
                      traits.coerced_recruits[k], week + traits.idle_after_move[k], sites, syndicates, money, people,
                      leads_due, land, traits, rules, appeal, seed)  # fmt: skip
            diary[Happened.ENTRIES, k, place] += 1
