"""Why an operation would stay where it is or move to another country: the model's own weights and chances, in words."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from sim.phases.choosing import EXIT, HARDEN, MOVE, QUIET, SWITCH, probabilities, weigh
from sim.phases.learn import risk_term
from sim.phases.relocate import crowd_appeal, land_in_force
from sim.setting import Setting
from sim.state import State, Status

SPEAKS = 0.05  # utility from which a reason is named
PARTS = {
    "profit": "what it can earn",
    "pressure": "the pressure of the police",
    "distance": "the way and the trouble of moving",
    "other": "its ties, the company and the ground it knows",
}


def weighed(state: State, numbers: Mapping[int, int], setting: Setting, site: int, to: str) -> dict[str, Any]:
    """Return the model's own weighing of an operation between staying and moving, in parts, and its chances.

    `numbers` are those of all operations so far, by their addresses; `site` is one of them.
    """
    codes, choice = setting.world.codes, setting.rules.choice
    known = [address for address, number in numbers.items() if number == site]
    rows = np.flatnonzero(
        (state.sites.status != Status.EMPTY) & np.isin(state.sites.address, np.array(known, np.uint64))
    )
    if not len(rows):
        raise ValueError(f"operation {site} is not at work in this week")
    s, j = int(rows[0]), codes.index(to)
    k, c, h, g = (int(getattr(state.sites, name)[s]) for name in ("crime", "host", "workforce", "syndicate"))
    if j == c:
        raise ValueError(f"operation {site} is in {_named(setting, c)} already")
    orders = state.orders
    assert orders is not None
    land, crowd = land_in_force(state, setting), crowd_appeal(state, setting)
    utility, classes, places, shares = np.zeros(len(codes)), np.zeros(5), np.zeros(len(codes)), np.zeros(5)
    weigh(s, k, state.week, state.sites, state.syndicates, land, setting.rules, state.place_value, state.public_hits,
          state.public_weeks, orders.announced, orders.corruption, crowd, state.constants, utility,
          classes)  # fmt: skip
    probabilities(c, land.region, choice, utility, classes, np.zeros(len(setting.region_key)), places, shares)

    def parts(place: int) -> dict[str, float]:
        hits = state.public_hits[k, place] + state.syndicates.hits[g, place]
        weeks = state.public_weeks[k, place] + state.syndicates.weeks[g, place]
        spared = choice.hardening_relief * state.sites.tactic[s] if place == c else 0.0
        risk = risk_term(hits, weeks, orders.announced[place], spared, setting.rules.learning, choice)
        found = {"profit": choice.reward * state.place_value[k, h, place], "pressure": -choice.capture * risk}
        found["distance"] = 0.0
        if place != c:
            mobility = 0.0 if state.sites.uprooted[s] else state.constants[k, MOVE]
            found["distance"] = choice.noise * choice.nest * land.log_size[place] - land.farness[c, place] + mobility
        found["other"] = utility[place] - sum(found.values())
        return {name: float(value) for name, value in found.items()}

    stay, move = parts(c), parts(j)
    chance = {
        "stay": places[c], "there": places[j], "elsewhere": shares[MOVE] - places[j], "quiet": shares[QUIET],
        "close": shares[EXIT], "other": shares[HARDEN] + shares[SWITCH],
    }  # fmt: skip
    difference = {name: stay[name] - move[name] for name in stay}
    rests = bool(state.sites.status[s] == Status.QUIET)
    return {
        "site": site, "from": codes[c], "to": to, "stay": stay, "move": move, "difference": difference,
        "chance": {name: max(0.0, float(value)) for name, value in chance.items()},
        "sentence": _sentence(_named(setting, c), _named(setting, j), difference, chance, rests),
    }  # fmt: skip


def _named(setting: Setting, place: int) -> str:
    return setting.world.countries[place].name


def in_a_hundred(chance: float) -> str:
    """Return a chance in words."""
    if chance < 0.005:
        return "less than 1 in 100"
    return "more than 99 in 100" if chance > 0.995 else f"{100.0 * chance:.0f} in 100"


def _sentence(here: str, there: str, difference: Mapping[str, float], chance: Mapping[str, float], rests: bool) -> str:
    when = "when it is back and thinks about it" if rests else "when it next thinks about it"
    said = f"In the model this operation would stay in {here} with a chance of {in_a_hundred(chance['stay'])} {when}"
    said += f", and move to {there} with {in_a_hundred(chance['there'])}."
    holds, draws = (
        max(difference, key=lambda name: difference[name]),
        min(difference, key=lambda name: difference[name]),
    )
    if difference[holds] > SPEAKS:
        said += f" What speaks most for {here}: {PARTS[holds]}."
    if difference[draws] < -SPEAKS:
        said += f" What speaks most for {there}: {PARTS[draws]}."
    return said
