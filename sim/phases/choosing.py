"""How an operation chooses: utilities of places and classes, the probabilities of a choice, and the draw."""

import math

import numpy as np

from sim.compiled import inlined, kernel
from sim.draws import Draw, gumbel
from sim.phases.learn import largest, risk_term
from sim.setting import CAPTIVITY

MOVE, SWITCH, QUIET, HARDEN, EXIT = range(5)  # columns of the class constants
HALVINGS = 40  # of the interval in which an aspiration level is looked for
CLASS_KEYS = np.array([0, 1, 2, 3, 4], dtype=np.uint64) * np.uint64(7919) + np.uint64(101)


@inlined
def weigh(s, k, week, sites, syndicates, land, rules, place_value, public_hits, public_weeks, announced, corruption,
          crowd, constants, utility, classes):  # fmt: skip
    """Fill the utilities of places [C] and of switch, quiet, harden and exit (`classes` [5]), as the rule sees them."""
    choice = rules.choice
    g, c, h = sites.syndicate[s], sites.host[s], sites.workforce[s]
    home = syndicates.home[g]
    # Profit is far above its reference, so that a share lost lowers its appeal by the logarithm.
    caution = choice.profit_weight * math.log(1.0 - rules.business.hardening_cost * sites.tactic[s])
    mobility = 0.0 if sites.uprooted[s] else constants[k, MOVE]
    values, experience = place_value[k, h], syndicates.experience[g]
    hits, weeks = syndicates.hits[g], syndicates.weeks[g]
    # One plain loop for each part: the processor takes several countries at a time.
    for j in range(len(utility)):
        utility[j] = choice.capture * risk_term(
            public_hits[k, j] + hits[j], public_weeks[k, j] + weeks[j], announced[j], 0.0, rules.learning, choice
        )
    utility[c] = own_risk = choice.capture * risk_term(
        public_hits[k, c] + hits[c], public_weeks[k, c] + weeks[c], announced[c],
        choice.hardening_relief * sites.tactic[s], rules.learning, choice,
    )  # fmt: skip
    usual_value, usual_risk = 0.0, 0.0
    if choice.unnoticed < 1.0:
        usual_value, usual_risk = average(values, land.size), average(utility, land.size)
    first, second = syndicates.ties[g, 0], syndicates.ties[g, 1]
    own, tied = syndicates.presence[g], syndicates.presence[first if first >= 0 else g]
    also_tied = syndicates.presence[second if second >= 0 else g]
    for j in range(len(utility)):
        risk = utility[j]
        tie = 1.0 if j == c or own[j] > 0 or tied[j] > 0 or also_tied[j] > 0 else land.diaspora[home, j]
        u = choice.reward * (values[j] + caution) - risk
        u = u + choice.tie_weight * tie + choice.corruption_weight * corruption[j]
        if choice.unnoticed < 1.0:
            u += contrast(values[j] - usual_value, risk, usual_risk, choice)
        utility[j] = u
    for j in range(len(utility)):
        if experience[j] > 0.0:
            utility[j] += choice.experience_weight * math.log(1.0 + experience[j] / choice.experience_scale)
    stay = utility[c] + crowd[k, c]
    for j in range(len(utility)):
        u = utility[j] + crowd[k, j]
        u += choice.noise * choice.nest * land.log_size[j] - land.farness[c, j]
        utility[j] = u + mobility
    utility[c] = stay
    classes[SWITCH] = -math.inf
    for other in range(len(crowd)):
        if other != k:
            swapped = crime_worth(other, s, sites, syndicates, place_value, public_hits, public_weeks, announced, rules)
            swapped += stay - choice.reward * place_value[k, h, c] + own_risk
            classes[SWITCH] = max(classes[SWITCH], swapped + constants[k, SWITCH])
    classes[QUIET] = constants[k, QUIET] - choice.quiet_risk * own_risk
    classes[HARDEN] = stay + constants[k, HARDEN] + choice.hardening_gain * own_risk
    if sites.tactic[s] >= 1.0:
        classes[HARDEN] = -math.inf
    classes[EXIT] = constants[k, EXIT]
    classes[MOVE] = -math.inf
    if choice.blur > 0.0:
        satisfice(k, c, mobility, land, choice, constants, utility, classes)


@inlined
def crime_worth(k, s, sites, syndicates, place_value, public_hits, public_weeks, announced, rules):
    """Return what a crime is worth to a site where it is: the value of its place less its own raid risk (A-79)."""
    choice, g, c = rules.choice, sites.syndicate[s], sites.host[s]
    hits, weeks = public_hits[k, c] + syndicates.hits[g, c], public_weeks[k, c] + syndicates.weeks[g, c]
    spared = choice.hardening_relief * sites.tactic[s]
    risk = choice.capture * risk_term(hits, weeks, announced[c], spared, rules.learning, choice)
    return choice.reward * place_value[k, sites.workforce[s], c] - risk


@inlined
def average(values, size):
    """Return the mean over places by their size, so that a place counts as much as its parts would."""
    total = 0.0
    for j in range(len(size)):
        total += size[j] * values[j]
    return total


@inlined
def contrast(gain, risk, usual_risk, choice):
    """Return what is added to the utility of a place because its value or its risk stands out against the average.

    `gain` is its value less the average one. An attribute stands out by |a - b| / (a + b): of profits, by the
    hyperbolic tangent of half their logarithms' difference. It weighs `unnoticed` to the power of minus that, and the
    weights of both attributes add up to two.
    """
    by_value = math.tanh(0.5 * abs(gain) / choice.profit_weight) if choice.profit_weight > 0.0 else 0.0
    by_risk = abs(risk - usual_risk) / (risk + usual_risk + choice.threshold)
    of_value, of_risk = choice.unnoticed**-by_value, choice.unnoticed**-by_risk
    heavier = (of_risk - of_value) / (of_risk + of_value)  # by which risk weighs more than one, and value less
    return -heavier * (gain + risk - usual_risk)


@kernel
def log_acceptance(excess):
    """Return the logarithm of the chance that an option is good enough, by which it exceeds what is aspired to."""
    return min(excess, 0.0) - math.log1p(math.exp(-abs(excess)))


@kernel
def satisfice(k, c, mobility, land, choice, constants, utility, classes):
    """Turn utilities into log odds: what one has if it is good enough, else the first acceptable option found.

    Aspired to is what it is worth to be out of business. Places come to mind by size and nearness, classes by their
    constants; lying low and closing are worth what is aspired to, lying low less its part of the risk.
    """
    aspired = constants[k, EXIT]
    if aspired == -math.inf:  # whatever one has is good enough
        utility[:], classes[:] = -math.inf, -math.inf
        utility[c] = 0.0
        return
    kept, utility[c] = (utility[c] - aspired) / choice.blur, -math.inf
    for j in range(len(utility)):
        prominence = choice.noise * choice.nest * land.log_size[j] - land.farness[c, j] + mobility
        if j != c and prominence > -math.inf:
            utility[j] = prominence + log_acceptance((utility[j] - prominence - aspired) / choice.blur)
    for a in (SWITCH, QUIET, HARDEN):
        if classes[a] > -math.inf:
            excess = classes[a] - constants[k, a] - (0.0 if a == QUIET else aspired)
            classes[a] = constants[k, a] + log_acceptance(excess / choice.blur)
    classes[EXIT] = log_acceptance(0.0)
    found = log_total(utility, classes)
    if found > -math.inf:
        utility -= found
        classes -= found
    utility[c] = kept


@kernel
def log_total(utility, classes):
    """Return ln sum exp over places and classes."""
    highest, total = max(largest(utility), largest(classes)), 0.0
    if highest == -math.inf:
        return highest
    for u in utility:
        total += math.exp(u - highest)
    for u in classes:
        total += math.exp(u - highest)
    return highest + math.log(total)


@kernel
def look_at_one(log_size, entry, choice, utility, outside):
    """Turn newcomers' utilities [K, H, C] into log odds: each looks at one place, by size, and enters if it will do."""
    for k in range(utility.shape[0]):
        for h in range(utility.shape[1]):
            entering = 0.0
            for j in range(len(log_size)):
                excess = utility[k, h, j] - log_size[j] - entry[k, 1 + h]
                utility[k, h, j] = log_size[j] + log_acceptance(excess / choice.blur)
                entering += math.exp(utility[k, h, j])
            outside[k, 1 + h] = math.log(1.0 - entering) if entering < 1.0 else -math.inf


@kernel
def level_at(share, utility, log_size, choice):
    """Return what has to be aspired to for this share of newcomers [C] to find the place they look at good enough."""
    low = high = utility[0] - log_size[0]
    for j in range(len(utility)):
        low, high = min(low, utility[j] - log_size[j]), max(high, utility[j] - log_size[j])
    reach = choice.blur * math.log(1.0 / share - 1.0)
    low, high = low + reach, high + reach  # where the share is reached in the worst and in the best place
    for _ in range(HALVINGS):
        middle, found = 0.5 * (low + high), 0.0
        for j in range(len(utility)):
            excess = (utility[j] - log_size[j] - middle) / choice.blur
            found += math.exp(log_size[j] + log_acceptance(excess))
        if found > share:
            low = middle
        else:
            high = middle
    return 0.5 * (low + high)


@inlined
def felt_risk(k, h, c, place_value, public_hits, public_weeks, announced, land, learning, choice):
    """Return by how much the public risk of a place lowers the log odds of choosing it.

    Of a place that stands out; that others seem safer beside it is left out.
    """
    risk = choice.capture * risk_term(public_hits[k, c], public_weeks[k, c], announced[c], 0.0, learning, choice)
    if choice.unnoticed < 1.0:
        usual_risk = 0.0
        for j in range(len(land.size)):
            there = risk_term(public_hits[k, j], public_weeks[k, j], announced[j], 0.0, learning, choice)
            usual_risk += land.size[j] * choice.capture * there
        gain = place_value[k, h, c] - average(place_value[k, h], land.size)
        risk -= contrast(gain, risk, usual_risk, choice)
    return risk / (choice.blur if choice.blur > 0.0 else choice.noise)


@inlined
def total_nests(utility, region, nest, nests, sums):
    """Fill the inclusive value of each region [R]: lambda ln sum exp(U / lambda); `sums` are room for as many."""
    nests[:] = -math.inf
    for j in range(len(utility)):
        nests[region[j]] = max(nests[region[j]], utility[j])
    sums[: len(nests)] = 0.0
    for j in range(len(utility)):
        if utility[j] > -math.inf:
            sums[region[j]] += math.exp((utility[j] - nests[region[j]]) / nest)
    for r in range(len(nests)):
        if sums[r] > 0.0:
            nests[r] += nest * math.log(sums[r])


@inlined
def probabilities(c, region, choice, utility, classes, nests, places, shares):
    """Fill the probabilities of ending in each place [C] and of each class [5] by nested logit, at the rule's noise.

    Move stands for all places other than `c`; a newcomer is nowhere (-1), and its exit is to stay out. Who has no
    option at all stays where it is, or out. `nests` is overwritten.
    """
    width = choice.noise * choice.nest
    total_nests(utility, region, width, nests, places)
    highest = max(largest(nests), largest(classes))
    if highest == -math.inf:
        places[:], shares[:] = 0.0, 0.0
        if c >= 0:
            places[c] = 1.0
        else:
            shares[EXIT] = 1.0
        return
    for j in range(len(utility)):
        places[j] = math.exp((utility[j] - nests[region[j]]) / width) if utility[j] > -math.inf else 0.0
    total = 0.0
    for r in range(len(nests)):
        nests[r] = math.exp((nests[r] - highest) / choice.noise)
        total += nests[r]
    for a in range(len(classes)):
        shares[a] = math.exp((classes[a] - highest) / choice.noise)
        total += shares[a]
    for a in range(len(classes)):
        shares[a] /= total
    shares[MOVE] = 0.0
    for j in range(len(utility)):
        places[j] = places[j] * nests[region[j]] / total
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
