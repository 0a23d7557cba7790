"""Shares of a whole among what brings it about: Shapley values, exact or from orders of joining.

A game is the value of every coalition. A coalition is a number whose bit j says whether player j takes part; a value
may be an array, and shares have its shape behind the players [players, ...].
"""

import math
from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from sim.estimators.pairs import Floats

Game = Mapping[int, Floats]


def everybody(players: int) -> int:
    """Return the coalition of all."""
    return (1 << players) - 1


def shapley(values: Game, players: int) -> Floats:
    """Return the shares from the values of all 2^players coalitions (Shapley 1953) [players, ...].

    A player's share is the mean of what it adds over all orders of joining; shares sum to v(all) - v(nobody).
    """
    shares = np.zeros((players, *np.shape(values[0])))
    for coalition in range(everybody(players) + 1):
        size = coalition.bit_count()
        for player in range(players):
            if not coalition >> player & 1:
                weight = math.factorial(size) * math.factorial(players - size - 1) / math.factorial(players)
                shares[player] += weight * (values[coalition | 1 << player] - values[coalition])
    return shares


def along(order: Sequence[int]) -> list[int]:
    """Return the coalitions that an order of joining passes through, from nobody to all."""
    passed = [0]
    for player in order:
        passed.append(passed[-1] | 1 << player)
    return passed


def added(values: Game, order: Sequence[int]) -> Floats:
    """Return what each player adds when all join in an order [players, ...]; a whole is shared out in each order."""
    passed = along(order)
    shares = np.zeros((len(order), *np.shape(values[0])))
    for place, player in enumerate(order):
        shares[player] = values[passed[place + 1]] - values[passed[place]]
    return shares


def sampled_shapley(values: Game, orders: Iterable[Sequence[int]]) -> Floats:
    """Return the shares estimated from some orders: unbiased when they are drawn evenly (Castro et al. 2009)."""
    shares: Floats = np.mean([added(values, order) for order in orders], axis=0)
    return shares


def error_of_orders(values: Game, orders: Sequence[Sequence[int]]) -> Floats:
    """Return the standard error that sampled orders leave, from independent pairs of an order and its reverse.

    Nan where there is one pair only.
    """
    pairs = [sampled_shapley(values, orders[at : at + 2]) for at in range(0, len(orders), 2)]
    if len(pairs) < 2:
        return np.full(np.shape(pairs[0]), np.nan)
    error: Floats = np.std(pairs, axis=0, ddof=1) / math.sqrt(len(pairs))
    return error
