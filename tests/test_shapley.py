"""Shapley shares: games whose shares are known, and how sampled orders come near them."""

import itertools
import math

import numpy as np
import pytest

from sim.estimators.shapley import added, along, error_of_orders, everybody, sampled_shapley, shapley
from sim.routes import PLAYERS, coalitions_of, orders_of

pytestmark = pytest.mark.hand


def game(value, players):
    return {c: np.array(value({p for p in range(players) if c >> p & 1}), float) for c in range(2**players)}


def gloves(members):
    """Return the pairs of gloves of a coalition: players 0 and 1 hold left ones, player 2 the only right one."""
    return min(len(members & {0, 1}), len(members & {2}))


def test_a_player_of_an_additive_game_gets_what_it_brings():
    worth = [3.0, -1.0, 0.0, 2.5]
    found = shapley(game(lambda members: sum(worth[p] for p in members), 4), 4)
    assert found == pytest.approx(worth, abs=1e-12)


def test_those_without_whom_nothing_happens_share_evenly():
    found = shapley(game(lambda members: 6.0 * ({0, 1, 3} <= members), 4), 4)
    assert found == pytest.approx([2.0, 2.0, 0.0, 2.0])


def test_who_holds_the_scarce_glove_gets_two_thirds():
    # Of six orders the right glove completes a pair in four, each left one in one: it comes second, after the right.
    assert shapley(game(gloves, 3), 3) == pytest.approx([1 / 6, 1 / 6, 4 / 6])


def test_all_orders_together_give_the_exact_shares_and_each_order_shares_out_the_whole():
    values = game(lambda members: len(members) ** 2 + 3.0 * (0 in members) * (2 in members), 4)
    orders = list(itertools.permutations(range(4)))
    assert sampled_shapley(values, orders) == pytest.approx(shapley(values, 4))
    for order in orders:
        assert added(values, order).sum() == pytest.approx(float(values[15] - values[0]))
    assert along((2, 0, 1)) == [0, 4, 5, 7]
    assert everybody(8) == 255


def test_shares_of_arrays_are_arrays_of_shares():
    values = {c: np.array([1.0, 2.0]) * c.bit_count() for c in range(8)}
    assert shapley(values, 3) == pytest.approx(np.array([[1.0, 2.0]] * 3))


def crooked(c):
    """Return a game of eight in which players hinder and help each other."""
    return math.sin(float(c)) + math.sqrt(c.bit_count())


def test_sampled_orders_are_right_on_average_and_their_error_is_what_they_say():
    values = {c: np.array(crooked(c)) for c in range(256)}
    truth = shapley(values, PLAYERS)
    found = np.array([sampled_shapley(values, orders_of(seed, 4)) for seed in range(400)])
    error = found.std(axis=0, ddof=1)
    assert np.abs(found.mean(axis=0) - truth).max() <= (4 * error / 20).max()
    told = np.sqrt(np.mean([error_of_orders(values, orders_of(seed, 4)) ** 2 for seed in range(400)], axis=0))
    assert told == pytest.approx(error, rel=0.15)
    many = sampled_shapley(values, orders_of(1, 4000))
    assert np.abs(many - truth).max() <= 4 * error.max() * math.sqrt(4 / 4000)


def test_one_pair_of_orders_says_nothing_of_its_error():
    values = {c: np.array(crooked(c)) for c in range(256)}
    assert np.isnan(error_of_orders(values, orders_of(1, 2))).all()


def test_orders_are_permutations_by_twos_that_belong_to_the_seed_and_do_not_change_when_there_are_more():
    few, more = orders_of(5, 4), orders_of(5, 8)
    assert more[:4] == few
    assert few[1] == few[0][::-1]
    assert all(sorted(order) == list(range(PLAYERS)) for order in more)
    assert orders_of(6, 4) != few
    firsts = [orders_of(seed, 2)[0][0] for seed in range(800)]
    assert np.bincount(firsts, minlength=8).min() > 100 - 4 * math.sqrt(800 / 8 * 7 / 8)


def test_coalitions_hold_what_the_orders_need_and_the_ends_and_the_frozen_market():
    found = coalitions_of(5, 4, exact=False)
    assert {0, 255, 127} <= set(found)
    assert set().union(*(along(order) for order in orders_of(5, 4))) <= set(found)
    assert len(found) <= 3 + 7 * 4
    assert coalitions_of(5, 4, exact=True) == list(range(256))
