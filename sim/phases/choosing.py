"""How an operation chooses: utilities of places and classes, the probabilities of a choice, and the draw."""

import math

import numpy as np

from sim.compiled import kernel
from sim.draws import Draw, gumbel
from sim.phases.learn import risk_term
from sim.setting import CAPTIVITY

MOVE, SWITCH, QUIET, HARDEN, EXIT = range(5)  # columns of the class constants
CLASS_KEYS = np.array([0, 1, 2, 3, 4], dtype=np.uint64) * np.uint64(7919) + np.uint64(101)


@kernel
def weigh(s, k, week, sites, syndicates, land, rules, place_value, public_hits, public_weeks, announced, corruption,
          crowd, constants, utility, classes):  # fmt: skip
    """Fill the utilities of places [C] and of switch, quiet, harden and exit (`classes` [5])."""
    choice = rules.choice
    g, c, h = sites.syndicate[s], sites.host[s], sites.workforce[s]
    home = syndicates.home[g]
    own_risk = 0.0
    # Profit is far above its reference, so that a share lost lowers its appeal by the logarithm.
    caution = choice.profit_weight * math.log(1.0 - rules.business.hardening_cost * sites.tactic[s])
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
    """Fill the inclusive value of each region [R]: lambda ln sum exp(U / lambda)."""
    nests[:] = -math.inf
    for j in range(len(utility)):
        nests[region[j]] = max(nests[region[j]], utility[j])
    sums = np.zeros(len(nests))
    for j in range(len(utility)):
        if utility[j] > -math.inf:
            sums[region[j]] += math.exp((utility[j] - nests[region[j]]) / nest)
    for r in range(len(nests)):
        if sums[r] > 0.0:
            nests[r] += nest * math.log(sums[r])


@kernel
def probabilities(c, region, choice, utility, classes, nests, places, shares):
    """Fill the probabilities of ending in each place [C] and of each class [5] by nested logit.

    Move stands for all places other than `c`; a newcomer is nowhere (-1), and its exit is to stay out.
    """
    total_nests(utility, region, choice.nest, nests)
    highest = max(nests.max(), classes.max())
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
        within = math.exp((utility[j] - nests[region[j]]) / choice.nest)
        places[j] = within * math.exp(nests[region[j]] - highest) / total
        if j != c:
            shares[MOVE] += places[j]


@kernel
def pick(address, week, land, places, shares, nests, region_key, seed):
    """Return (class or -1, place or -1) drawn from the probabilities of places [C] and classes [5].

    Gumbel noise is addressed by option, first among classes and regions, then among the places of the region: a
    change in one option changes only choices into it or out of it, whatever rule made the probabilities. `nests`
    is overwritten.
    """
    nests[:] = 0.0
    for j in range(len(places)):
        nests[land.region[j]] += places[j]
    best, region, picked = -math.inf, -1, -1
    for r in range(len(nests)):
        if nests[r] > 0.0:
            u = math.log(nests[r]) + gumbel(seed, Draw.NEST, week, address, region_key[r])
            if u > best:
                best, region = u, r
    for a in range(len(shares)):
        if a != MOVE and shares[a] > 0.0:
            u = math.log(shares[a]) + gumbel(seed, Draw.CLASS, week, address, CLASS_KEYS[a])
            if u > best:
                best, picked = u, a
    if picked >= 0:
        return picked, -1
    best, place = -math.inf, -1
    for j in range(len(places)):
        if land.region[j] == region and places[j] > 0.0:
            u = math.log(places[j]) + gumbel(seed, Draw.PLACE, week, address, land.key[j])
            if u > best:
                best, place = u, j
    return -1, place


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
