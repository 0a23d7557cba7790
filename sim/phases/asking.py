"""How somebody who decides for a syndicate is asked: the options of a site under review, and the answer as a choice."""

import math

import numpy as np

from sim.decisions import Decider, Option, Options
from sim.phases.choosing import EXIT, HARDEN, QUIET, SWITCH, pick, probabilities, weigh
from sim.setting import Land, Setting
from sim.state import State

CLASS_NAMES = {SWITCH: "switch crime", QUIET: "lie low", HARDEN: "harden", EXIT: "close"}


def decide(s: int, decider: Decider, state: State, setting: Setting, land: Land, crowd: np.ndarray) -> tuple[int, int]:
    """Return (class, -1) or (-1, place) as the decider chooses among the options of a site, seen at its turn.

    `land` and `crowd` are this week's, as the rule sees them.
    """
    assert state.orders is not None
    k, host, address = int(state.sites.crime[s]), int(state.sites.host[s]), state.sites.address[s]
    codes, rules = setting.world.codes, setting.rules
    utility, places, nests = np.zeros(len(codes)), np.zeros(len(codes)), np.zeros(len(setting.region_key))
    classes, shares = np.zeros(5), np.zeros(5)
    weigh(s, k, state.week, state.sites, state.syndicates, land, rules, state.place_value, state.public_hits,
          state.public_weeks, state.orders.announced, state.orders.corruption, crowd, state.constants, utility,
          classes)  # fmt: skip
    probabilities(host, land.region, rules.choice, utility, classes, nests, places, shares)
    ends = [(-1, host)] + [(-1, j) for j in range(len(codes)) if j != host and utility[j] > -math.inf]
    ends += [(a, -1) for a in CLASS_NAMES if classes[a] > -math.inf]

    def seen(a: int, j: int) -> Option:
        if a < 0:
            name = "stay" if j == host else f"move to {codes[j]}"
            return Option(name, codes[j], float(utility[j]), float(places[j]))
        return Option(CLASS_NAMES[a], None if a == EXIT else codes[host], float(classes[a]), float(shares[a]))

    def draw(weights: np.ndarray) -> int:
        of_places, of_classes = np.zeros_like(places), np.zeros_like(shares)
        for weight, (a, j) in zip(weights, ends, strict=True):
            (of_places if a < 0 else of_classes)[j if a < 0 else a] = weight
        return ends.index(pick(address, state.week, land, of_places, of_classes, nests, setting.region_key,
                               setting.seed))  # fmt: skip

    found = tuple(seen(*end) for end in ends)
    picked = pick(address, state.week, land, places, shares, nests, setting.region_key, setting.seed)
    options = Options(decider.name, state.week - setting.burn_in, found, draw, found[ends.index(picked)])
    return ends[options.accept(decider.decide(s, options))]
