"""Verb 9: each reviewing operation chooses: stay, move, switch crime, retarget, lie low, harden or close."""

import math

import numpy as np

from sim.compiled import kernel
from sim.draws import Draw, geometric, gumbel, uniform
from sim.phases.learn import risk_term
from sim.setting import CAPTIVITY, Setting
from sim.state import Happened, Money, People, Reviewed, State, Status, post

MOVE, SWITCH, QUIET, HARDEN, EXIT = range(5)  # columns of the class constants
CLASS_KEYS = np.array([0, 1, 2, 3, 4], dtype=np.uint64) * np.uint64(7919) + np.uint64(101)
FIRST_GUESS = np.array([-1.0, -4.0, -3.2, -3.0, -2.9])  # relative to staying, before they are solved
SOLVING_STEPS = 30


def relocate(state: State, setting: Setting) -> None:
    """Let every operation under review choose by nested logit with addressed Gumbel noise.

    U_j = V(j) - risk + experience + tie + corruption + crowd + [j != c](- distance - mobility + lambda ln size),
    places nested by region; lie low, harden, switch and close stand alone. In the settling weeks the class
    constants are solved so that classes take their baseline shares of reviews; then they stay as they are.
    """
    assert state.orders is not None
    if state.week < setting.settling:
        _settle(state, setting)
    crowd = crowd_appeal(state, setting)
    choose(
        state.week, state.sites, state.syndicates, state.money, state.people, state.leads_due, setting.land,
        setting.traits, setting.rules, state.place_value, state.appeal, state.public_hits, state.public_weeks,
        state.orders.announced, state.orders.corruption, state.orders.coverage, crowd, state.constants,
        setting.region_key, setting.seed, state.diary, state.moves, state.reviewed, state.moved,
    )  # fmt: skip


def crowd_appeal(state: State, setting: Setting) -> np.ndarray:
    """Return the appeal of company [K, C]: sites per share of the world's size, in an even world of twelve."""
    density = state.count / setting.scale / (12.0 * setting.land.size)
    appeal: np.ndarray = setting.rules.choice.crowd_weight * np.log1p(density)
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
    targets = class_targets(setting)
    unannounced = np.zeros(len(setting.land.key))  # what is announced in one arm must not move the constants
    if state.week == 0:
        state.constants[:] = np.where(targets > 0.0, FIRST_GUESS, -np.inf)
    for step in range(SOLVING_STEPS if state.week == 0 else 1):
        shares = np.zeros((len(targets), 7))
        mean_shares(
            state.week, state.sites, state.syndicates, setting.land, setting.rules, state.place_value,
            state.public_hits, state.public_weeks, unannounced, state.orders.corruption,
            crowd_appeal(state, setting), state.constants, len(setting.region_key), shares,
            state.week == 0 and step == 0,
        )  # fmt: skip
        solved = (shares[:, :1] > 0) & (targets > 0.0) & (shares[:, 2:7] > 0.0)
        found = shares[:, 2:7] / np.maximum(1.0, shares[:, :1])
        if state.week == 0 and step == 0:
            state.constants[:, [QUIET, EXIT]] += shares[:, 1:2] / np.maximum(1.0, shares[:, :1])
            continue
        with np.errstate(divide="ignore", invalid="ignore"):
            state.constants += np.where(solved, 0.7 * np.log(targets / found), 0.0)


@kernel
def weigh(s, k, week, sites, syndicates, land, rules, place_value, public_hits, public_weeks, announced, corruption,
          crowd, constants, utility, nests, classes):  # fmt: skip
    """Fill the utilities of places [C], of regions [R] and of switch, quiet, harden, exit (`classes` [5])."""
    choice = rules.choice
    g, c, h = sites.syndicate[s], sites.host[s], sites.workforce[s]
    home = syndicates.home[g]
    own_risk = 0.0
    # Profit is far above its reference, so that a share lost lowers its appeal by the logarithm.
    caution = choice.profit_weight * math.log(1.0 - rules.business.hardening_cost * sites.tactic[s])
    nests[:] = -math.inf
    for j in range(len(utility)):
        hits, weeks = public_hits[k, j] + syndicates.hits[g, j], public_weeks[k, j] + syndicates.weeks[g, j]
        spared = choice.hardening_relief * sites.tactic[s] if j == c else 0.0
        risk = risk_term(hits, weeks, announced[j], spared, rules.learning, choice)
        tie = 1.0 if j == c or syndicates.presence[g, j] > 0 else land.diaspora[home, j]
        for i in range(syndicates.ties.shape[1]):
            other = syndicates.ties[g, i]
            if other >= 0 and syndicates.presence[other, j] > 0:
                tie = 1.0
        u = place_value[k, h, j] + caution - risk + choice.tie_weight * tie + choice.corruption_weight * corruption[j]
        if syndicates.experience[g, j] > 0.0:
            u += choice.experience_weight * math.log(1.0 + syndicates.experience[g, j] / choice.experience_scale)
        u += crowd[k, j]
        if j == c:
            own_risk = risk
        else:
            u += choice.nest * land.log_size[j] - land.farness[c, j]
            if not sites.uprooted[s]:
                u += constants[k, MOVE]
        utility[j] = u
        r = land.region[j]
        nests[r] = max(nests[r], u)
    total_nests(utility, land.region, choice.nest, nests)
    stay = utility[c]
    classes[SWITCH] = -math.inf
    for other in range(len(crowd)):
        if other != k:
            swapped = stay - place_value[k, h, c] + place_value[other, h, c] + constants[k, SWITCH]
            classes[SWITCH] = max(classes[SWITCH], swapped)
    classes[QUIET] = constants[k, QUIET] - choice.quiet_risk * own_risk
    classes[HARDEN] = stay + constants[k, HARDEN] + choice.hardening_gain * own_risk
    if sites.tactic[s] >= 1.0:
        classes[HARDEN] = -math.inf
    classes[EXIT] = constants[k, EXIT]
    classes[MOVE] = -math.inf


@kernel
def total_nests(utility, region, nest, nests):
    """Turn the highest utility of each region into its inclusive value: lambda ln sum exp(U / lambda)."""
    sums = np.zeros(len(nests))
    for j in range(len(utility)):
        if utility[j] > -math.inf:
            sums[region[j]] += math.exp((utility[j] - nests[region[j]]) / nest)
    for r in range(len(nests)):
        if sums[r] > 0.0:
            nests[r] += nest * math.log(sums[r])


@kernel
def probabilities(c, region, nest, utility, nests, classes, places, shares):
    """Fill the probabilities of ending in each place [C] and of each class [5] (move = all other places)."""
    highest = -math.inf
    for r in range(len(nests)):
        highest = max(highest, nests[r])
    for a in range(len(classes)):
        highest = max(highest, classes[a])
    total = 0.0
    for r in range(len(nests)):
        total += math.exp(nests[r] - highest)
    for a in range(len(classes)):
        shares[a] = math.exp(classes[a] - highest)
        total += shares[a]
    for a in range(len(classes)):
        shares[a] /= total
    shares[MOVE] = 0.0
    for j in range(len(utility)):
        within = math.exp((utility[j] - nests[region[j]]) / nest)
        places[j] = within * math.exp(nests[region[j]] - highest) / total
        if j != c:
            shares[MOVE] += places[j]


@kernel
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
              corruption, crowd, constants, utility, nests, classes)  # fmt: skip
        shares[k, 0] += 1.0
        shares[k, 1] += utility[sites.host[s]]
        if not only_stay:
            probabilities(sites.host[s], land.region, rules.choice.nest, utility, nests, classes, places, found)
            for a in range(5):
                shares[k, 2 + a] += found[a]


@kernel
def choose(week, sites, syndicates, money, people, leads_due, land, traits, rules, place_value, appeal, public_hits,
           public_weeks, announced, corruption, coverage, crowd, constants, region_key, seed, diary, moves, reviewed,
           moved):  # fmt: skip
    """Let the sites that review this week choose and act on it."""
    size, choice = len(land.key), rules.choice
    utility, nests, classes = np.zeros(size), np.zeros(len(region_key)), np.zeros(5)
    places, shares = np.zeros(size), np.zeros(5)
    for s in range(len(sites.status)):
        if sites.status[s] == Status.QUIET and (week >= sites.quiet_until[s] or sites.alerted[s]):
            sites.status[s] = Status.ACTIVE
            sites.alarm_until[s] = week + choice.alarm_weeks
            diary[Happened.RETURNS, sites.crime[s], sites.host[s]] += 1
        if sites.status[s] != Status.ACTIVE:
            continue
        u = uniform(seed, Draw.REVIEW, week, sites.address[s], 0)
        alarm_until = max(sites.alarm_until[s], syndicates.alarm_until[sites.syndicate[s]])
        chance = min(1.0, choice.review * (choice.alarm if week < alarm_until else 1.0))
        if not _reviews(week < sites.idle_until[s], sites.alerted[s], sites.uprooted[s], u < chance):
            continue
        k, c = sites.crime[s], sites.host[s]
        weigh(s, k, week, sites, syndicates, land, rules, place_value, public_hits, public_weeks, announced,
              corruption, crowd, constants, utility, nests, classes)  # fmt: skip
        probabilities(c, land.region, choice.nest, utility, nests, classes, places, shares)
        reviewed[Reviewed.REVIEWS, k, c] += 1.0
        reviewed[Reviewed.STAY, k, c] += places[c]
        # What is public, since who is left to review depends on who was raided.
        reviewed[Reviewed.RISK, k, c] += risk_term(
            public_hits[k, c], public_weeks[k, c], announced[c], 0.0, rules.learning, choice
        )
        for a in range(5):
            reviewed[Reviewed.MOVE + a, k, c] += shares[a]
        for j in range(size):
            if j != c:
                moved[c, j] += places[j]
        picked, place = _pick(s, week, sites, land, utility, nests, classes, choice.nest, region_key, seed)
        sites.alerted[s] = 0
        if picked == EXIT:
            close(s, week, sites, syndicates, money, people, rules.demography, seed, diary)
            continue
        if picked == QUIET:
            sites.status[s] = Status.QUIET
            spell = geometric(1.0 / choice.quiet_weeks, uniform(seed, Draw.QUIET, week, sites.address[s], 0))
            sites.quiet_until[s] = week + spell
            diary[Happened.QUIET_SPELLS, k, c] += 1
        elif picked == HARDEN:
            sites.tactic[s] = min(1.0, sites.tactic[s] + choice.hardening_step)
            diary[Happened.HARDENINGS, k, c] += 1
        elif picked == SWITCH:
            _switch(s, week, sites, land, traits, place_value, appeal, seed, moves)
        elif place != c:
            _move(
                s,
                place,
                week,
                sites,
                syndicates,
                money,
                people,
                leads_due,
                traits,
                rules,
                coverage,
                seed,
                moves,
            )
            pick_target(s, week, sites, people, land, traits, appeal, seed)
        elif uniform(seed, Draw.RETARGET, week, sites.address[s], 0) < choice.retarget:
            before = sites.target[s]
            pick_target(s, week, sites, people, land, traits, appeal, seed)
            diary[Happened.RETARGETS, k, c] += before != sites.target[s]
        if sites.uprooted[s]:
            _furnish(s, sites, syndicates, money, rules.business)
            sites.uprooted[s] = 0


@kernel
def _reviews(closed, alerted, uprooted, thinks_again):
    """Return whether a site reviews: at once when it has lost its place, once it is open again when only warned."""
    if closed:
        return alerted and uprooted
    return alerted or thinks_again


@kernel
def _pick(s, week, sites, land, utility, nests, classes, nest, region_key, seed):
    """Return (class or -1, place) with the highest utility: nested logit by Gumbel noise, first nest, then place."""
    best, region, picked = -math.inf, -1, -1
    for r in range(len(nests)):
        if nests[r] > -math.inf:
            u = nests[r] + gumbel(seed, Draw.NEST, week, sites.address[s], region_key[r])
            if u > best:
                best, region, picked = u, r, -1
    for a in range(len(classes)):
        if classes[a] > -math.inf:
            u = classes[a] + gumbel(seed, Draw.CLASS, week, sites.address[s], CLASS_KEYS[a])
            if u > best:
                best, picked = u, a
    if picked >= 0:
        return picked, sites.host[s]
    return -1, pick_place(sites.address[s], week, utility, land, region, nest, seed)


@kernel
def pick_place(address, week, utility, land, region, nest, seed):
    """Return the place with the highest utility within a region."""
    best, place = -math.inf, -1
    for j in range(len(utility)):
        if land.region[j] == region and utility[j] > -math.inf:
            u = utility[j] / nest + gumbel(seed, Draw.PLACE, week, address, land.key[j])
            if u > best:
                best, place = u, j
    return place


@kernel
def pick_target(s, week, sites, people, land, traits, appeal, seed):
    """Choose a site's target anew; a site that holds captives keeps the place they come from."""
    k = sites.crime[s]
    captive = traits.victimisation[k] == CAPTIVITY
    if captive and people.balance[people.third + s] > 0:
        return
    best = -math.inf
    for t in range(len(land.key)):
        u = appeal[k, sites.workforce[s], sites.host[s], t]
        u += gumbel(seed, Draw.TARGET, week, sites.address[s], land.key[t])
        if u > best:
            best = u
            sites.target[s] = t
    if captive:
        sites.source[s] = sites.target[s]


@kernel
def _switch(s, week, sites, land, traits, place_value, appeal, seed, moves):
    """Change a site's crime to the one with the highest value at its place."""
    k, c = sites.crime[s], sites.host[s]
    best, other = -math.inf, k
    for candidate in range(len(place_value)):
        if candidate != k and place_value[candidate, sites.workforce[s], c] > best:
            best, other = place_value[candidate, sites.workforce[s], c], candidate
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
    leads_due[s] *= kept
    if sites.case[s] and uniform(seed, Draw.COLD, week, sites.address[s], 1) >= kept:
        sites.case[s] = 0
    closed = 0 if sites.uprooted[s] else traits.idle_after_move[k]
    sites.idle_until[s] = max(sites.idle_until[s], week + closed)
    sites.alarm_until[s] = min(sites.alarm_until[s], sites.idle_until[s] + rules.choice.alarm_weeks)
    syndicates.presence[g, c] -= 1
    syndicates.presence[g, place] += 1
    sites.host[s] = place
    sites.uprooted[s] = 1  # it has to be furnished anew


@kernel
def pay(money, g, home, account, amount):
    """Pay a bill from a syndicate's cash; its owners put in what is missing."""
    missing = amount - money.balance[money.second + g]
    if missing > 0:
        post(money.balance, Money.OWNERS * money.countries + home, money.second + g, missing)
    post(money.balance, money.second + g, account, amount)


@kernel
def _furnish(s, sites, syndicates, money, business):
    """Pay the capital of a new or rebuilt site."""
    g = sites.syndicate[s]
    wanted = int(100.0 * business.site_capital * sites.aim[s]) - money.balance[money.third + s]
    pay(money, g, syndicates.home[g], money.third + s, max(0, wanted))


@kernel
def close(s, week, sites, syndicates, money, people, rule, seed, diary):
    """Close a site for good: volunteers go home, some of the coerced are handed on, the others go free."""
    g, c, size = sites.syndicate[s], sites.host[s], people.countries
    home, k = syndicates.home[g], sites.crime[s]
    coerced = people.balance[people.third + s]
    for person in range(coerced):
        u = uniform(seed, Draw.PASS_ON, week, sites.address[s], person)
        receiver = _receiver(s, week, sites, people, u / rule.coerced_passed_on) if u < rule.coerced_passed_on else -1
        sink = people.third + receiver if receiver >= 0 else People.FREE * size + sites.source[s]
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


@kernel
def _receiver(s, week, sites, people, u):
    """Return a working site with coerced workers of the same nationality in the same country, or -1."""
    fitting = 0
    for pass_number in range(2):
        wanted = int(u * fitting)
        seen = 0
        for other in range(len(sites.status)):
            same = sites.host[other] == sites.host[s] and sites.source[other] == sites.source[s]
            holds = people.balance[people.third + other] > 0
            if (
                other != s
                and same
                and holds
                and sites.status[other] == Status.ACTIVE
                and week >= sites.idle_until[other]
            ):
                if pass_number == 1 and seen == wanted:
                    return other
                seen += 1
        fitting = seen
    return -1


@kernel
def dissolve(g, syndicates, money, people):
    """End a syndicate: its cash goes to its owners; its detained members are nobody's any more."""
    size, home = money.countries, syndicates.home[g]
    syndicates.alive[g] = 0
    post(money.balance, money.first + g, Money.OWNERS * size + home, money.balance[money.first + g])
    post(money.balance, money.second + g, Money.OWNERS * size + home, money.balance[money.second + g])
    for c in range(size):
        held = people.first + g * size + c
        post(people.balance, held, People.TRANSFERRED * size + home, people.balance[held])
    for other in range(len(syndicates.alive)):
        for i in range(syndicates.ties.shape[1]):
            if syndicates.ties[other, i] == g:
                syndicates.ties[other, i] = -1
