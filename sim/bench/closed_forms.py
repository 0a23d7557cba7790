"""Checks of formulas against numbers that were published or can be worked out by hand."""

from collections.abc import Iterator, Mapping
from functools import partial

import numpy as np
import numpy.typing as npt

from sim.bench.registry import Numbers, Row, check, same, within
from sim.cartels import deaths, fixed_point, flare_up
from sim.draws import philox
from sim.estimators import (
    choice_shares,
    leakage_ratio,
    salient_utilities,
    satisficing_shares,
    static_leakage,
    total_net_effect,
    weighted_displacement_difference,
    weighted_displacement_quotient,
)
from sim.games import (
    Politics,
    best_contribution,
    best_response,
    capacity,
    deflecting_losses,
    degrading_losses,
    effect_on_others,
    equilibria,
    joint_contributions,
    joint_optimum,
    nash,
    payoffs,
)

Floats = npt.NDArray[np.float64]

# ---- what a choice rule implies ----------------------------------------

PLACES = np.array([1.0, 0.5, 0.0, -0.5])  # utilities of four places
OUTSIDE = -1.0  # utility of none of them
SHARES = (0.428656, 0.259993, 0.157694, 0.095646, 0.058012)  # of the four, and of none
SHARES_AFTER = (0.216304, 0.356624, 0.216304, 0.131195, 0.079574)  # with one less for the first
LEAKAGE = 0.898464
PAIRS = np.array([0, 0, 1, 1])  # nests of the four
DISSIMILARITY = 0.5
NESTED_LEAKAGE = {0.5: 0.910754, 1.0: 0.917955, 2.0: 0.923034}  # by what the first loses
NEIGHBOUR = 0.657117  # of it to the place in the same nest, for a cut of one
FIRST = np.array([1.0, 0.0, 0.0, 0.0])


def leaked(before: Floats, after: Floats, treated: int = 1) -> float:
    """Return the leakage between shares of places, the first of which are treated."""
    change = after - before
    return float(leakage_ratio(change[:treated].sum(), change[treated:].sum()))


@check("R1")
def logit_leakage() -> Iterator[Row]:
    """Yield shares and leakage of a plain and of a nested logit (McFadden 1974)."""
    before = choice_shares(PLACES, OUTSIDE)
    yield within("shares of four places and of none", expected=SHARES, got=before, tolerance=1e-6)
    cut = choice_shares(PLACES - FIRST, OUTSIDE)
    yield within("shares with 1 less for the first", expected=SHARES_AFTER, got=cut, tolerance=1e-6)
    for less in (0.5, 1.0, 2.0):
        after = choice_shares(PLACES - less * FIRST, OUTSIDE)
        got = leaked(before[:4], after[:4])
        yield within(f"leakage, {less:g} less", expected=LEAKAGE, got=got, tolerance=1e-6)
    got = static_leakage(float(before[1:4].sum()), float(before[4]))
    yield within("leakage from the shares alone", expected=LEAKAGE, got=got, tolerance=1e-6)
    got = leaked(choice_shares(PLACES), choice_shares(PLACES - FIRST))
    yield within("leakage where all must choose a place", expected=1.0, got=got, tolerance=1e-12)


@check("R1 nested")
def nested_leakage() -> Iterator[Row]:
    """Yield the leakage of a logit with two pairs of neighbours: it does depend on the cut."""
    before = choice_shares(PLACES, OUTSIDE, PAIRS, DISSIMILARITY)
    for less, expected in NESTED_LEAKAGE.items():
        after = choice_shares(PLACES - less * FIRST, OUTSIDE, PAIRS, DISSIMILARITY)
        got = leaked(before[:4], after[:4])
        yield within(f"leakage, {less:g} less", expected=expected, got=got, tolerance=1e-6)
    change = choice_shares(PLACES - FIRST, OUTSIDE, PAIRS, DISSIMILARITY) - before
    yield within("leakage to the neighbour, 1 less", expected=NEIGHBOUR, got=-change[1] / change[0], tolerance=1e-6)


CUTS = (0.5, 1.0, 2.0)
# Shares of the four and of none, and leakage for the three cuts, under rules that are not the logit of R1.
RULES: Mapping[str, tuple[Numbers, Numbers]] = {
    "best response, noise 0.5": ((0.636409, 0.234122, 0.086129, 0.031685, 0.011656), (0.967941, 0.967941, 0.967941)),
    "subjective utility, reward 0.75": (
        (0.376211, 0.258566, 0.177710, 0.122138, 0.065376), (0.895196, 0.895196, 0.895196)
    ),
    "salience, 0.7 unnoticed": ((0.433330, 0.258973, 0.156493, 0.093526, 0.057678), (0.899546, 0.899893, 0.900964)),
    "satisficing, blur 1": ((0.880797, 0.036486, 0.032625, 0.027779, 0.022314), (0.812811, 0.812811, 0.812811)),
}  # fmt: skip


def shares_under(rule: str, less: float = 0.0) -> Floats:
    """Return the closed form of the shares of the four places and of none, with so much less for the first."""
    places = PLACES - less * FIRST
    if rule.startswith("satisficing"):
        return satisficing_shares(places, OUTSIDE, here=0)
    if rule.startswith("salience"):
        risks, sizes = np.zeros(4), np.ones(4)
        places = salient_utilities(places, risks, sizes, unnoticed=0.7, threshold=0.1, profit_weight=3.0)
        return choice_shares(places, OUTSIDE)
    if rule.startswith("best response"):
        return choice_shares(places / 0.5, OUTSIDE / 0.5)
    return choice_shares(0.75 * places, OUTSIDE)


@check("Rules")
def other_rules() -> Iterator[Row]:
    """Yield shares and leakage of the rules of choice that are not the nested logit."""
    for rule, (expected, leakage) in RULES.items():
        before = shares_under(rule)
        yield within(f"{rule}: shares of four places and of none", expected=expected, got=before, tolerance=2e-6)
        got = [leaked(before[:4], shares_under(rule, less)[:4]) for less in CUTS]
        yield within(f"{rule}: leakage, 0.5, 1 and 2 less", expected=leakage, got=got, tolerance=2e-6)


@check("R2")
def coalition_curve() -> Iterator[Row]:
    """Yield what m of ten like countries avoid together, and how much of what they drive out stays with the rest."""
    size, before = 10, choice_shares(np.zeros(10), 0.0)[:10]
    for members, reduction in {1: 0.005543, 2: 0.011805, 5: 0.036652, 8: 0.077355, 10: 0.122821}.items():
        after = choice_shares(-1.0 * (np.arange(size) < members), 0.0)[:size]
        got = (before - after).sum()
        yield within(f"global reduction, {members} of 10 members", expected=reduction, got=got, tolerance=1e-6)
        expected = (size - members) / (size - members + 1)
        got = leaked(before, after, members)
        yield within(f"leakage, {members} of 10 members", expected=expected, got=got, tolerance=1e-12)


# ---- games of effort ----------------------------------------

HIGHEST = 10.0


@check("R3")
def effort_games() -> Iterator[Row]:
    """Yield efforts of governments alone and together, against crime that moves and crime that can be worn down."""
    stated = {None: (2.5, 0.0), -1.0: (1.8039, 1.1675), 0.0: (1.3878, 1.1790), 1.0: (0.9709, 0.8907)}
    for outside, (alone, together) in stated.items():
        losses = partial(deflecting_losses, outside=outside)
        found = nash(partial(best_response, losses, highest=HIGHEST), np.zeros(2), settled=1e-6)
        words = "no outside option" if outside is None else f"outside utility {outside:g}"
        yield within(f"efforts alone, {words}", expected=[alone] * 2, got=found, tolerance=1e-3)
        got = joint_optimum(losses, 2, HIGHEST)
        yield within(f"efforts together, {words}", expected=[together] * 2, got=got, tolerance=1e-3)
        if outside is None:
            yield within("crime of each, alone", expected=[0.5, 0.5], got=choice_shares(-found), tolerance=1e-6)
    for players in (2, 4):
        found = nash(partial(best_response, degrading_losses, highest=HIGHEST), np.zeros(players), settled=1e-6)
        yield marginal_cost(f"cost of a unit more, {players} wearing down alone: H a K", found, weight=1)
        found = joint_optimum(degrading_losses, players, HIGHEST)
        yield marginal_cost(f"the same, {players} together: N H a K", found, weight=players)


def marginal_cost(what: str, efforts: Floats, weight: int) -> Row:
    """Return the row of marginal costs at efforts that wear down capacity, beside the harm that a unit more avoids."""
    harm, power, cost = 1.0, 0.5, 0.1  # as `degrading_losses` has them
    avoided = np.full(len(efforts), weight * harm * power * capacity(efforts))
    return within(what, expected=avoided, got=cost * efforts, tolerance=1e-6)


def coalition_of(players: int, relief: float) -> Politics:
    """Return a game of contributions among like governments (million USD); reputation keeps a range of equilibria."""
    numbers = {"harm": 100.0, "own_relief": 0.04, "relief": relief, "deflection": 0.05, "cost": 20.0,
               "reputation": 2.0, "aid": 1.0}  # fmt: skip
    weight = (1.0 - np.eye(players)) / (players - 1)
    return Politics(weight=weight, **{name: np.full(players, number) for name, number in numbers.items()})


@check("Politics")
def contributions() -> Iterator[Row]:
    """Yield best answers, equilibria and joint optimum of contributions to a coalition, by formula and by search."""
    game, others = coalition_of(3, 0.02), np.array([0.3, 0.1, 0.6])
    searched = [best_response(lambda e: -payoffs(game, e), others, player, 1.0) for player in range(3)]
    answers = [best_contribution(game, others, player) for player in range(3)]
    yield within("best answers, as a search finds them", expected=searched, got=answers, tolerance=1e-6)
    # Alone 100 (.04 + .05 e) + 1 = 20 e at e = 1/3; from all, 2 more for reputation keep everybody at 7/15.
    lowest, highest = equilibria(game)
    yield within("contributions from none", expected=[1 / 3] * 3, got=lowest, tolerance=1e-6)
    yield within("contributions from all", expected=[7 / 15] * 3, got=highest, tolerance=1e-6)
    for relief, expected, words in ((0.02, 0.2, "deflection prevails"), (0.05, 0.5, "relief prevails")):
        # To others one unit is worth 100 relief - 5 (1 - e); with that, 2 or 5 = 10 e.
        game = coalition_of(3, relief)
        worth = [100.0 * relief - 5.0 * (1.0 - 1 / 3)] * 3
        got = effect_on_others(game, lowest)
        yield within(f"worth to others of a unit more, {words}", expected=worth, got=got, tolerance=1e-6)
        got = joint_contributions(game)
        yield within(f"contributions together, {words}", expected=[expected] * 3, got=got, tolerance=1e-5)


# ---- cartels ----------------------------------------


@check("R4")
def two_cartels() -> Iterator[Row]:
    """Yield the fixed point of two cartels and the deaths of a flare-up of conflict (Prieto-Curiel et al. 2023)."""
    yield within("members of each at rest", expected=25_000.0, got=fixed_point(), tolerance=1e-6)
    calm = deaths(flare_up(1.0))
    yield within("deaths a week, first and last of 520", expected=[68.0, 68.0], got=calm[[0, -1]], tolerance=1e-6)
    for factor, expected in {0.0: 0.97482, 2.0: 1.02337, 3.0: 1.04509, 6.0: 1.10189}.items():
        got = deaths(flare_up(factor)).sum() / calm.sum()
        yield within(f"deaths in 520 weeks, conflict × {factor:g} in weeks 100 to 125", expected=expected, got=got,
                     tolerance=1e-4)  # fmt: skip


# ---- estimators of the field ----------------------------------------

TREATED, CONTROL, BUFFER, BUFFER_CONTROL = (207.0, 110.0), (308.0, 318.0), (178.0, 157.0), (150.0, 140.0)


@check("R5")
def published_difference() -> Iterator[Row]:
    """Yield the weighted displacement difference of the published example (Wheeler & Ratcliffe 2018)."""
    found = weighted_displacement_difference(TREATED, CONTROL, BUFFER, BUFFER_CONTROL)
    parts = (found.treated, found.buffer, found.total, found.variance)
    yield within("treated, buffer, total, variance", expected=[-107, -11, -118, 1568], got=parts, tolerance=1e-9)
    yield within("z", expected=-2.98, got=found.z, tolerance=0.005)
    yield within("95 % interval", expected=[-196, -40], got=[found.lo95, found.hi95], tolerance=0.5)


@check("R6")
def published_quotient() -> Iterator[Row]:
    """Yield quotient and total net effect of the same counts (Bowers & Johnson 2003)."""
    got = weighted_displacement_quotient(TREATED, CONTROL, BUFFER)
    yield within("displacement quotient", expected=0.258186, got=got, tolerance=1e-6)
    got = total_net_effect(TREATED, CONTROL, BUFFER)
    yield within("total net effect", expected=130.5, got=got, tolerance=0.005)


@check("R7")
def quotient_under_constant_control() -> Iterator[Row]:
    """Yield the quotient where the treated area halves and the control does not change."""
    for after, expected in {125: -0.5, 75: 0.5, 160: -1.2, 100: 0.0, 150: -1.0}.items():
        got = weighted_displacement_quotient((100.0, 50.0), (300.0, 300.0), (100.0, float(after)))
        yield within(f"quotient, buffer 100 to {after}", expected=expected, got=got, tolerance=1e-12)


# ---- luck ----------------------------------------

ONES = 0xFFFFFFFF
ANSWERS = {  # counter and key: the four words
    "zeros": ((0,) * 6, "6627e8d5 e169c58d bc57ac4c 9b00dbd8"),
    "ones": ((ONES,) * 6, "408f276d 41c83b0e a20bc7c6 6d5451fd"),
    "digits of pi": (
        (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344, 0xA4093822, 0x299F31D0),
        "d16cfe09 94fdcceb 5001e420 24126ea1",
    ),
}


@check("Philox")
def known_answers() -> Iterator[Row]:
    """Yield the generator's words for the three counters and keys with known answers (Salmon et al. 2011)."""
    for name, (address, expected) in ANSWERS.items():
        found = philox(*(np.uint64(word) for word in address))
        yield same(f"counter and key of {name}", expected=expected, got=" ".join(f"{int(w):08x}" for w in found))
