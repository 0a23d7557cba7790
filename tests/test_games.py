"""Games of governments: hand-made games with known answers, closed forms, and that nobody gains by going astray."""

from functools import partial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some
from scipy.special import lambertw

from sim.estimators import choice_shares
from sim.games import (
    NoEquilibrium,
    best_response,
    capacity,
    deflecting_losses,
    degrading_losses,
    effect_on_others,
    equilibria,
    joint_contributions,
    joint_optimum,
    nash,
)
from sim.politics import Politics, best_contribution, expected_harm, mean_of_others, payoffs

HIGHEST = 10.0
OUTSIDE = (-1.0, 0.0, 1.0)


def alone(losses, players):
    """Return the efforts of governments that each see to themselves."""
    return nash(partial(best_response, losses, highest=HIGHEST), np.zeros(players), settled=1e-6)


# ---- any game ----------------------------------------


@pytest.mark.hand
@pytest.mark.parametrize(("lowest", "expected"), [(3.3, 3.3), (-2.0, 0.0), (14.0, HIGHEST)])
def test_the_best_response_is_where_the_own_loss_is_least_between_nothing_and_the_highest(lowest, expected):
    def losses(efforts):
        return np.array([-100.0 * efforts.sum(), (efforts[1] - lowest) ** 2 + efforts[0]])

    assert best_response(losses, np.array([5.0, 5.0]), 1, HIGHEST) == pytest.approx(expected, abs=1e-6)


@pytest.mark.hand
def test_the_best_response_is_the_deeper_of_two_hollows():
    def losses(efforts):
        return np.minimum((efforts - 2.0) ** 2, (efforts - 7.0) ** 2 - 0.5)

    assert best_response(losses, np.array([2.0]), 0, HIGHEST) == pytest.approx(7.0, abs=1e-6)


@pytest.mark.hand
def test_a_duopoly_settles_at_a_third_each_and_a_cartel_at_a_quarter():
    """Cournot: profit e_i (1 - e_1 - e_2), hence e_i = 1/3 alone; 1/2 in all together."""

    def losses(efforts):
        return -efforts * (1.0 - efforts.sum())

    assert nash(partial(best_response, losses, highest=1.0), [0.0, 1.0], settled=1e-6) == pytest.approx(1 / 3, abs=1e-6)
    assert joint_optimum(losses, 2, 1.0).sum() == pytest.approx(1 / 2, abs=1e-6)


@pytest.mark.hand
def test_together_the_deeper_of_two_hollows_is_found():
    def losses(efforts):
        return (efforts - 1.0) ** 2 * (efforts - 8.0) ** 2 / 50.0 - efforts / 10.0

    assert joint_optimum(losses, 1, HIGHEST) == pytest.approx([8.0], abs=0.1)


@pytest.mark.hand
def test_players_who_never_agree_are_said_not_to():
    with pytest.raises(NoEquilibrium, match="efforts still change by 1"):
        nash(lambda efforts, player: float(efforts[1]) if player == 0 else 1.0 - float(efforts[0]), [0.0, 0.0])


# ---- R3 ----------------------------------------


@pytest.mark.theory
@pytest.mark.parametrize("outside", [None, *OUTSIDE])
def test_alone_the_last_unit_of_deflecting_effort_costs_what_it_drives_out(outside):
    """.1 e = P (1 - P), by deriving P = exp(-e) / (exp(-e) + exp(-e') + exp(outside))."""
    efforts = alone(partial(deflecting_losses, outside=outside), 2)
    shares = choice_shares(-efforts, outside)[:2]
    assert 0.1 * efforts == pytest.approx(shares * (1.0 - shares), abs=1e-6)


@pytest.mark.theory
@pytest.mark.parametrize("outside", OUTSIDE)
def test_together_the_last_unit_of_deflecting_effort_costs_what_leaves_all(outside):
    """.1 e = P Q, with Q the share of the outside option."""
    efforts = joint_optimum(partial(deflecting_losses, outside=outside), 2, HIGHEST)
    share, other, out = choice_shares(-efforts, outside)
    assert share == pytest.approx(other, abs=1e-6)
    assert 0.1 * efforts == pytest.approx(share * out, abs=1e-6)


@pytest.mark.theory
@pytest.mark.parametrize("players", [1, 2, 4, 7])
@pytest.mark.parametrize("numbers", [{}, {"harm": 3.0, "power": 0.2, "cost": 0.4}], ids=["usual", "others"])
def test_efforts_that_wear_down_capacity_are_the_closed_form(players, numbers):
    """That is, cost e = w harm power exp(-power N e), w = 1 alone and N together, is solved by Lambert's W."""
    losses = partial(degrading_losses, **numbers)
    harm, power, cost = (numbers.get(name, usual) for name, usual in (("harm", 1.0), ("power", 0.5), ("cost", 0.1)))
    for found, weight in ((alone(losses, players), 1), (joint_optimum(losses, players, HIGHEST), players)):
        expected = lambertw(weight * players * power**2 * harm / cost).real / (players * power)
        assert found == pytest.approx(np.full(players, expected), abs=1e-5)


@pytest.mark.theory
def test_alone_governments_deflect_too_much_and_wear_down_too_little():
    for outside in OUTSIDE:
        losses = partial(deflecting_losses, outside=outside)
        assert (alone(losses, 2) > joint_optimum(losses, 2, HIGHEST)).all()
    assert (alone(degrading_losses, 3) < joint_optimum(degrading_losses, 3, HIGHEST)).all()


@pytest.mark.hand
def test_losses_are_crime_or_harm_and_the_cost_of_effort():
    efforts = np.array([0.0, np.log(2.0)])  # odds 1 : 1/2 : 1/2
    assert deflecting_losses(efforts, outside=-np.log(2.0)) == pytest.approx([0.5, 0.25 + 0.05 * np.log(2.0) ** 2])
    assert deflecting_losses(efforts) == pytest.approx([2 / 3, 1 / 3 + 0.05 * np.log(2.0) ** 2])
    worn = np.array([np.log(4.0), 0.0])
    assert capacity(worn) == pytest.approx(0.5)
    assert degrading_losses(worn) == pytest.approx([0.5 + 0.05 * np.log(4.0) ** 2, 0.5])


# ---- politics ----------------------------------------


def like(players, **numbers):
    """Return a game of like governments without anything that is not said."""
    usual = {"harm": 100.0, "own_relief": 0.0, "relief": 0.0, "deflection": 0.0, "cost": 20.0, "reputation": 0.0,
             "aid": 0.0} | numbers  # fmt: skip
    weight = (1.0 - np.eye(players)) / (players - 1)
    return Politics(weight=weight, **{name: np.full(players, number) for name, number in usual.items()})


@pytest.mark.hand
def test_harm_and_payoff_of_two_governments():
    game = Politics(
        harm=np.array([100.0, 50.0]), own_relief=np.array([0.2, 0.1]), relief=np.array([0.1, 0.4]),
        weight=np.array([[9.0, 1.0], [0.5, 9.0]]), deflection=np.array([0.3, 0.2]), cost=np.array([10.0, 20.0]),
        reputation=np.array([4.0, 8.0]), aid=np.array([1.0, 2.0]),
    )  # fmt: skip
    contributions = np.array([0.5, 1.0])
    # First: 100 (1 - .2 · .5 - .1 · 1 · 1 + .3 · .5 · 1) = 95; second: 50 (1 - .1 - .4 · .5 · .5 + 0) = 40.
    assert expected_harm(game, contributions) == pytest.approx([95.0, 40.0])
    # -95 - 10 · .125 - 4 · .5 + .5 and -40 - 20 · .5 - 0 + 2
    assert payoffs(game, contributions) == pytest.approx([-97.75, -48.0])


@pytest.mark.hand
@pytest.mark.parametrize(
    ("numbers", "others", "expected"),
    [
        ({"aid": 10.0}, 0.2, 0.5),  # 10 / 20, above the others: reputation counts for nothing
        ({"aid": 10.0, "reputation": 5.0}, 0.2, 0.5),
        ({"aid": 10.0, "reputation": 5.0}, 0.6, 0.6),  # up to the others
        ({"aid": 10.0, "reputation": 5.0}, 0.9, 0.75),  # or as far as reputation is worth it
        ({"own_relief": 0.04, "deflection": 0.1}, 0.5, 0.45),  # (4 + 10 · .5) / 20
        ({"aid": 30.0}, 0.5, 1.0),
        ({"aid": 0.0}, 0.5, 0.0),
    ],
)
def test_the_best_contribution_by_hand(numbers, others, expected):
    assert best_contribution(like(3, **numbers), np.array([0.99, others, others]), 0) == pytest.approx(expected)


@some.composite
def games(draw):
    """Return a game of two to five governments and contributions to it."""
    players = draw(some.integers(2, 5))

    def column(low, high):
        return np.array(draw(some.lists(some.floats(low, high), min_size=players, max_size=players)))

    game = Politics(
        harm=column(1.0, 100.0), own_relief=column(0.0, 0.3), relief=column(0.0, 0.3), deflection=column(0.0, 0.3),
        cost=column(5.0, 50.0), reputation=column(0.0, 20.0), aid=column(0.0, 10.0),
        weight=np.array([column(0.0, 1.0) for _ in range(players)]),
    )  # fmt: skip
    return game, column(0.0, 1.0)


@pytest.mark.theory
@given(games())
def test_no_other_contribution_pays_more_than_the_best(drawn):
    game, contributions = drawn
    for player in range(len(contributions)):
        best, searched = contributions.copy(), contributions.copy()
        best[player] = best_contribution(game, contributions, player)
        searched[player] = best_response(lambda e: -payoffs(game, e), contributions, player, 1.0)
        assert payoffs(game, best)[player] >= payoffs(game, searched)[player] - 1e-9
        assert best[player] == pytest.approx(searched[player], abs=1e-3)


@pytest.mark.theory
@given(games())
def test_at_an_equilibrium_nobody_would_change_and_the_lowest_is_not_above_the_highest(drawn):
    game, _ = drawn
    lowest, highest = equilibria(game)
    for found in (lowest, highest):
        answers = [best_contribution(game, found, player) for player in range(len(found))]
        assert found == pytest.approx(np.array(answers), abs=1e-6)
    assert (lowest <= highest + 1e-6).all()


@pytest.mark.theory
@given(games())
def test_what_a_unit_more_is_worth_to_others_is_the_slope_of_their_payoffs(drawn):
    game, contributions = drawn
    careless = Politics(**{**vars(game), "reputation": 0.0 * game.reputation})
    step, slopes = 1e-4, effect_on_others(game, contributions)
    for player, slope in enumerate(slopes):
        change = step * (np.arange(len(slopes)) == player)
        rise = payoffs(careless, contributions + change) - payoffs(careless, contributions - change)
        assert slope == pytest.approx((rise.sum() - rise[player]) / (2 * step), abs=1e-6)


@pytest.mark.theory
@given(games())
def test_together_no_equilibrium_and_no_change_nearby_pays_more(drawn):
    game, contributions = drawn
    found = joint_contributions(game)
    most = payoffs(game, found).sum()
    slack = 1e-5 * (game.harm + game.cost).sum()
    for other in (*equilibria(game), contributions):
        assert payoffs(game, other).sum() <= most + slack
        near = found + 0.05 * (other - found)
        assert payoffs(game, near).sum() <= most + slack


@pytest.mark.hand
def test_together_reputation_keeps_contributions_level_rather_than_one_behind():
    """One government's cost is four times the other's; 12 of reputation are more than a gap is worth."""
    game = Politics(
        harm=np.full(2, 100.0), own_relief=np.full(2, 0.1), relief=np.zeros(2), weight=np.ones((2, 2)),
        deflection=np.zeros(2), cost=np.array([20.0, 80.0]), reputation=np.full(2, 12.0), aid=np.zeros(2),
    )  # fmt: skip
    careless = Politics(**{**vars(game), "reputation": np.zeros(2)})
    assert joint_contributions(careless) == pytest.approx([0.5, 0.125], abs=1e-4)  # 10 / 20 and 10 / 80
    assert joint_contributions(game) == pytest.approx([0.2, 0.2], abs=1e-4)  # 20 / (20 + 80)


@pytest.mark.hand
def test_together_all_may_be_best_although_the_first_step_is_not():
    """None costs 100 each, all 100 · .9 + 5 / 2; a first unit of one alone drives 30 to the other and saves 10."""
    game = like(2, own_relief=0.1, deflection=0.3, cost=5.0)
    assert effect_on_others(game, np.zeros(2)) == pytest.approx([-30.0, -30.0])
    assert joint_contributions(game) == pytest.approx([1.0, 1.0], abs=1e-6)


@pytest.mark.theory
def test_relief_for_others_is_under_supplied_and_deflection_over_supplied():
    relieving = like(4, own_relief=0.04, relief=0.06)
    deflecting = like(4, own_relief=0.04, deflection=0.05)
    for game, sign in ((relieving, 1.0), (deflecting, -1.0)):
        lowest, highest = equilibria(game)
        assert lowest == pytest.approx(highest, abs=1e-6)
        assert (sign * effect_on_others(game, lowest) > 0.0).all()
        assert (sign * (joint_contributions(game) - lowest) > 0.01).all()


@pytest.mark.theory
def test_where_reputation_counts_all_contributions_between_two_keep_themselves_up():
    """Without reputation 10 / 20; with 4 of it up to 14 / 20."""
    game = like(3, aid=10.0, reputation=4.0)
    lowest, highest = equilibria(game)
    assert lowest == pytest.approx(0.5)
    assert highest == pytest.approx(0.7)
    between = np.full(3, 0.6)
    assert [best_contribution(game, between, player) for player in range(3)] == pytest.approx([0.6] * 3)


@pytest.mark.hand
def test_the_mean_of_the_others_leaves_oneself_out():
    assert mean_of_others(np.array([0.0, 0.3, 0.9])) == pytest.approx([0.6, 0.45, 0.15])
