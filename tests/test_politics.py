"""Governments that decide what they contribute: each rule, trust and learning by hand, and what a coalition does."""

from dataclasses import replace

import numpy as np
import pytest
from worlds import after, columns, differences, instrument, numbers, ring, through, with_policy, world

from sim.draws import Draw, uniform
from sim.games import contribution_path, equilibria
from sim.instruments import INSTRUMENTS
from sim.parameters import Parameters
from sim.phases.govern import convene, govern
from sim.phases.legislate import legislate
from sim.phases.raid import leak_chances, trace_leaks
from sim.politics import (
    CONTRIBUTION_RULES,
    BestAnswer,
    Coalition,
    Fixed,
    Government,
    Imitation,
    Politics,
    Reciprocity,
    Stakes,
    Table,
    Treaty,
    assembled,
    decide,
    expected_harm,
    learnt,
    payoffs,
    regressors,
    taking_part,
    trust_after,
)
from sim.state import Money
from sim.week import advance, run, start

BURN_IN = 8
HERE = np.zeros(3, dtype=np.int64)  # all in one region


def like(players=3, **traits):
    """Return a game of like governments without anything that is not said."""
    usual = {"harm": 100.0, "own_relief": 0.0, "relief": 0.0, "deflection": 0.0, "cost": 20.0, "reputation": 0.0,
             "aid": 0.0} | traits  # fmt: skip
    weight = (1.0 - np.eye(players)) / (players - 1)
    return Politics(weight=weight, **{name: np.broadcast_to(number, players) + 0.0 for name, number in usual.items()})


def answers(rule, last, game=None, regions=HERE, bound=(True, True, True)):
    """Return what each of three governments with the same rule answers."""
    table = Table(game or like(), np.array(last), regions, np.array(bound))
    return [rule.answer(table, i) for i in range(3)]


# ---- rules by hand ----------------------------------------


@pytest.mark.hand
def test_a_fixed_government_keeps_what_it_gave():
    assert answers(Fixed(), [0.2, 0.7, 0.0]) == [0.2, 0.7, 0.0]


@pytest.mark.hand
def test_a_best_response_goes_half_way_to_what_pays():
    """100 · (.02 + .1 · mean of the others) / 20 = .1 + .5 · mean."""
    game = like(own_relief=0.02, deflection=0.1)
    assert answers(BestAnswer(), [0.2, 0.6, 0.0], game) == pytest.approx([
        (0.2 + 0.25) / 2, (0.6 + 0.15) / 2, (0.0 + 0.3) / 2,
    ])  # fmt: skip
    assert answers(BestAnswer(step=1.0), [0.2, 0.6, 0.0], game) == pytest.approx([0.25, 0.15, 0.3])


@pytest.mark.hand
@pytest.mark.parametrize("rule", [BestAnswer(step=1.0), Treaty(step=1.0, level=0.0)])
def test_without_effects_across_borders_everybody_sees_to_the_own_optimum(rule):
    """100 · .1 / 20 = .5, 100 · .05 / 20 = .25, 0: whatever the others do."""
    game = like(own_relief=np.array([0.1, 0.05, 0.0]))
    for last in ([0.0, 0.0, 0.0], [1.0, 0.3, 0.9]):
        assert answers(rule, last, game, bound=(False,) * 3) == pytest.approx([0.5, 0.25, 0.0])


@pytest.mark.hand
def test_reciprocity_gives_the_mean_of_the_others_and_a_tenth_of_what_it_lacks():
    """Others give .3, .5 and .4 on average."""
    assert answers(Reciprocity(), [0.6, 0.2, 0.4]) == pytest.approx([0.37, 0.55, 0.46])
    assert answers(Reciprocity(forgiving=0.0), [0.6, 0.2, 0.4]) == pytest.approx([0.3, 0.5, 0.4])


@pytest.mark.hand
def test_imitation_does_what_the_best_placed_of_the_region_did():
    """Payoffs for a dollar of harm: -1 - 10 e² / harm = -1.016 (harm 100), -1.002 (200) and -1.036 (100)."""
    game = like(harm=np.array([100.0, 200.0, 100.0]))
    last = [0.4, 0.2, 0.6]
    assert answers(Imitation(), last, game) == [0.2, 0.2, 0.2]
    assert answers(Imitation(), last, game, np.array([0, 1, 0])) == [0.4, 0.2, 0.4]
    assert answers(Imitation(), last, game, np.array([0, 1, 2])) == last


@pytest.mark.hand
@pytest.mark.parametrize(
    ("fine", "bound", "expected"),
    [
        # The best answer is .2. At .8 one pays 10 · .64 - 4 · .8 = 3.2, at .2 10 · .04 - 4 · .2 = -.4: 3.6 less.
        (7.0, True, 0.5),  # half of 7 is too little: half way from .8 to .2
        (7.4, True, 0.8),  # half of 7.4 is more
        (7.4, False, 0.5),
    ],
)
def test_a_treaty_is_kept_when_the_expected_fine_outweighs_the_breach(fine, bound, expected):
    game = like(own_relief=0.04)
    rule = Treaty(level=0.8, fine=fine, detection=0.5)
    assert answers(rule, [0.8] * 3, game, bound=(bound,) * 3) == pytest.approx([expected] * 3)


@pytest.mark.hand
def test_a_treaty_asks_for_its_level_and_not_for_less_than_pays_anyway():
    """100 · .18 / 20 = .9 pays by itself; half way there from .2 is .55, below the level."""
    game = like(own_relief=0.18)
    assert answers(Treaty(level=0.6), [0.2] * 3, game) == pytest.approx([0.6] * 3)
    assert answers(Treaty(level=0.6, step=1.0), [0.2] * 3, game) == pytest.approx([0.9] * 3)


@pytest.mark.hand
def test_governments_take_part_when_the_treaty_leaves_them_no_worse_than_staying_out():
    """Relief of 30 % by the others. In: -100 (1 - .3) - 10 = -80; if it lapses nobody gives anything: -100."""
    game, treaty = like(relief=0.3), Treaty(level=1.0)
    assert taking_part(game, np.zeros(3), [treaty] * 3).tolist() == [True] * 3
    # With relief of 8 %: -100 (1 - .08) - 10 = -102 is worse than -100.
    assert taking_part(like(relief=0.08), np.zeros(3), [treaty] * 3).tolist() == [False] * 3
    # Exactly as good with 10 %: those stay in.
    assert taking_part(like(relief=0.1), np.zeros(3), [treaty] * 3).tolist() == [True] * 3


@pytest.mark.hand
def test_nobody_stays_in_a_treaty_that_stands_without_them_unless_it_pays_by_itself():
    """Out, the two others still give everything: -100 (1 - .3) = -70 against -80."""
    treaty = Treaty(level=1.0, minimum=0.5)
    assert taking_part(like(relief=0.3), np.zeros(3), [treaty] * 3).tolist() == [False] * 3
    assert taking_part(like(relief=0.3, reputation=20.0), np.zeros(3), [treaty] * 3).tolist() == [True] * 3


@pytest.mark.hand
def test_a_treaty_that_asks_for_less_than_pays_anyway_binds_everybody():
    """100 · .2 / 20 = 1 pays by itself, so that in and out are the same."""
    assert taking_part(like(own_relief=0.2), np.full(3, 0.9), [Treaty(level=0.6)] * 3).tolist() == [True] * 3


@pytest.mark.hand
def test_one_that_would_rather_be_out_makes_a_treaty_of_all_lapse_for_everybody():
    game = like(relief=np.array([0.3, 0.3, 0.05]))
    assert taking_part(game, np.zeros(3), [Treaty(level=1.0)] * 3).tolist() == [False] * 3
    without = [Treaty(level=1.0)] * 2 + [Fixed()]  # the third has not signed: relief of 15 % by the other who has
    assert taking_part(game, np.zeros(3), without).tolist() == [True, True, False]


@pytest.mark.battery
@pytest.mark.parametrize("name", CONTRIBUTION_RULES)
def test_every_rule_answers_between_nothing_and_all_and_by_who_one_is_not_by_where_one_stands(name):
    luck = np.random.default_rng(3)
    for _ in range(50):
        game = Politics(
            **{key: luck.uniform(low, high, 4) for key, low, high in (
                ("harm", 50.0, 150.0), ("own_relief", 0.0, 0.3), ("relief", 0.0, 0.3), ("deflection", 0.0, 0.3),
                ("cost", 5.0, 50.0), ("reputation", 0.0, 20.0), ("aid", 0.0, 10.0),
            )}, weight=luck.uniform(0.0, 1.0, (4, 4)),
        )  # fmt: skip
        last, order, regions = luck.uniform(0.0, 1.0, 4), luck.permutation(4), luck.integers(0, 2, 4)
        rules = [CONTRIBUTION_RULES[name]()] * 4
        given, bound = decide(game, last, rules, regions)
        assert ((given >= 0.0) & (given <= 1.0)).all()
        turned = Politics(**{key: value[order] for key, value in vars(game).items() if key != "weight"},
                          weight=game.weight[np.ix_(order, order)])  # fmt: skip
        other, held = decide(turned, last[order], rules, regions[order])
        assert other == pytest.approx(given[order], abs=1e-12)
        assert (held == bound[order]).all()


# ---- trust and learning by hand ----------------------------------------


@pytest.mark.hand
def test_trust_rises_with_fair_contributions_and_falls_with_leaks_and_defection():
    trust = np.array([[1.0, 0.5, 0.4], [0.8, 1.0, 1.0], [0.0, 0.6, 1.0]])
    betrayed = np.zeros((3, 3), dtype=bool)
    betrayed[2, 1] = True
    # The mean is .5: the first is fair, the second neither, the third has given less than half of the mean.
    found = trust_after(trust, np.array([0.9, 0.4, 0.2]), betrayed, rise=0.1, fall=0.3, defection=0.5)
    assert found == pytest.approx(np.array([
        [1.0, 0.5, 0.28],  # .4 - .3 · .4
        [0.82, 1.0, 0.7],  # .8 + .1 · .2; 1 - .3
        [0.1, 0.42, 1.0],  # 0 + .1 · 1; .6 - .3 · .6
    ]))  # fmt: skip


@pytest.mark.hand
def test_who_gives_as_much_as_all_is_fair_and_who_gives_nothing_is_not():
    trust, calm = np.full((3, 3), 0.5), np.zeros((3, 3), dtype=bool)
    numbers_of = {"rise": 0.1, "fall": 0.3, "defection": 0.5}
    fair = trust_after(trust, np.full(3, 0.1), calm, **numbers_of)  # the mean of three tenths is not quite a tenth
    assert fair[0, 1:] == pytest.approx([0.55, 0.55])
    assert trust_after(trust, np.zeros(3), calm, **numbers_of)[0, 1:] == pytest.approx([0.5, 0.5])


@pytest.mark.hand
def test_harm_is_linear_in_what_a_government_sees():
    """Harm is the scalar product of (H, H θ, H ψ, H ζ) with what is seen: the expected harm of the game."""
    game = like(own_relief=0.2, relief=0.1, deflection=0.3)
    given = np.array([0.5, 1.0, 0.0])
    seen = regressors(given, game.weight)
    assert seen[0] == pytest.approx([1.0, -0.5, -0.5, 0.5 * 0.5])
    assert seen[2] == pytest.approx([1.0, 0.0, -0.75, 0.75])
    # 100 (1 - .2 · .5 - .1 · .5 + .3 · .25) = 92.5, 100 (1 - .2 - .025) = 77.5, 100 (1 - .075 + .225) = 115
    assert seen @ (100.0 * np.array([1.0, 0.2, 0.1, 0.3])) == pytest.approx([92.5, 77.5, 115.0])


@pytest.mark.hand
def test_one_step_of_learning():
    """Seen (1, -1, 0, 0): P x = (1, -1, 0, 0), gain = that / 3; expected 100 - 20 = 80, recorded 71: error -9.

    100 - 3 = 97 and 20 + 3 = 23; doubt falls by (1 / 3) of the product of x with itself.
    """
    views, doubts = np.array([[100.0, 20.0, 0.0, 0.0]]), np.eye(4)[None]
    seen, harm = np.array([[1.0, -1.0, 0.0, 0.0]]), np.array([71.0])
    found, unsure = learnt(views, doubts, seen, harm, memory=1.0)
    assert found[0] == pytest.approx([97.0, 23.0, 0.0, 0.0])
    assert unsure[0, :2, :2] == pytest.approx(np.array([[2 / 3, 1 / 3], [1 / 3, 2 / 3]]))
    # Where half is forgotten the gain is that / 2.5, and doubt doubles: 2 (1 - .4) and 2 · .4.
    found, unsure = learnt(views, doubts, seen, harm, memory=0.5)
    assert found[0] == pytest.approx([96.4, 23.6, 0.0, 0.0])
    assert unsure[0, :2, :2] == pytest.approx(np.array([[1.2, 0.8], [0.8, 1.2]]))


@pytest.mark.theory
def test_who_begins_without_opinion_believes_what_least_squares_say():
    luck, game = np.random.default_rng(1), like(own_relief=0.2, relief=0.15, deflection=0.1)
    views, doubts = np.tile([60.0, 0.0, 0.0, 0.0], (3, 1)), np.tile(1e8 * np.eye(4), (3, 1, 1))
    seen, harm = [], []
    for _ in range(40):
        given = luck.uniform(0.0, 1.0, 3)
        seen.append(regressors(given, game.weight))
        harm.append(expected_harm(game, given) + luck.normal(0.0, 2.0, 3))
        views, doubts = learnt(views, doubts, seen[-1], harm[-1], memory=1.0)
    for i in range(3):
        fitted = np.linalg.lstsq(np.array(seen)[:, i], np.array(harm)[:, i])[0]
        assert views[i] == pytest.approx(fitted, rel=1e-4)


@pytest.mark.hand
def test_what_has_been_learnt_is_a_share_of_harm_and_never_below_zero():
    members = coalition(stakes=Stakes(cost=1.0, harm=100.0, own_relief=0.3), learns=True)
    game = assembled(members, ("a", "b"), HERE).game_of(np.array([[80.0, 20.0, -5.0, 0.0], [-3.0, 0.0, 0.0, 0.5]]))
    assert game.harm.tolist() == [80.0, 1.0]
    assert game.own_relief.tolist() == [0.25, 0.0]
    assert game.relief.tolist() == [0.0, 0.0]
    assert game.deflection.tolist() == [0.0, 0.5]


# ---- a coalition in a world ----------------------------------------


def coalition(*members, rule=None, start=4, period=2, **fields):
    """Return a coalition of a and b, or of others, that decides every other week."""
    return Coalition(members=members or ("a", "b"), rule=rule or Fixed(), start=start, period=period, **fields)


SHARING = {"setup": 0, "start": 4, "coverage": 0.8, "trust": 1.0}


def sharing(*members, **fields):
    return instrument("intelligence sharing", *(members or ("a", "b", "c")), **SHARING | fields)


@pytest.fixture(scope="module")
def plain():
    return world(ring(3, corruption=0.2, teams=60.0), burn_in=BURN_IN, weeks=26)


def convened(scenario, week=4):
    """Return state and setting in a week after the start, verbs of it not yet done."""
    state, setting = start(scenario, 1)
    state.week = BURN_IN + week
    return state, setting


@pytest.mark.hand
def test_before_the_start_all_give_in_full_and_then_their_first_contributions(plain):
    scenario = with_policy(plain, sharing(), politics=coalition(rule=Fixed(first=0.4)))
    state, setting = convened(scenario, 3)
    legislate(state, setting)
    assert state.contributions.tolist() == [1.0, 1.0, 1.0]
    state.week += 1
    legislate(state, setting)
    assert state.contributions.tolist() == [0.4, 0.4, 1.0]  # the third is no member


@pytest.mark.hand
def test_a_channel_passes_what_the_weaker_side_contributes_times_the_trust_of_the_giver(plain):
    members = {"a": Government(rule=Fixed(first=0.4)), "b": Government(rule=Fixed(first=0.9))}
    scenario = with_policy(plain, sharing(), politics=coalition(governments=members))
    state, setting = convened(scenario)
    legislate(state, setting)
    state.trust[0, 1] = 0.5  # a's in b
    state.week += 1
    legislate(state, setting)
    assert state.orders.coverage == pytest.approx(np.array([
        [0.0, 0.8 * 0.4 * 0.5, 0.8 * 0.4], [0.8 * 0.4, 0.0, 0.8 * 0.9], [0.8 * 0.4, 0.8 * 0.9, 0.0],
    ]))  # fmt: skip


@pytest.mark.hand
def test_liaison_costs_what_is_contributed_and_a_national_instrument_what_it_always_does(plain):
    costs = numbers(costs={"liaison": 52_000.0})
    policy = (sharing(), instrument("crackdown", "a", usd_per_year=52_000.0))
    scenario = with_policy(plain, *policy, politics=coalition(rule=Fixed(first=0.25)), parameters=costs)
    state, setting = convened(scenario)
    legislate(state, setting)
    assert state.orders.cost == pytest.approx([1250.0, 250.0, 1000.0])


@pytest.mark.hand
@pytest.mark.parametrize(("first", "force"), [(0.5, [0, 0, 0]), (0.49, [-1, -1, 0]), (0.0, [-1, -1, 0])])
def test_who_contributes_enough_belongs_to_the_task_force_and_is_vetted(plain, first, force):
    joint = instrument("joint operations", "a", "b", "c", setup=0, start=4)
    scenario = with_policy(plain, joint, politics=coalition(rule=Fixed(first=first)))
    state, setting = convened(scenario)
    legislate(state, setting)
    assert state.orders.joint.tolist() == force
    vetted = 1.0 - first * 0.7 if force[0] == 0 else 1.0
    assert state.orders.vetting == pytest.approx([vetted, vetted, 0.3])


COOPERATIVE = [name for name, kind in INSTRUMENTS.items() if kind.cooperative]


def orders_at(plain, name, first, week=60):
    """Return the orders of a week in which a, b and c give so much of one cooperative instrument."""
    money = {"usd_per_year": 1e6} if name == "aid-funded teams" else {}
    own = {code: Government(rule=Fixed(first=share)) for code, share in zip("abc", first, strict=True)}
    politics = coalition("a", "b", "c", governments=own, period=500)
    agreed = (instrument(name, "a", "b", "c", setup=0, **money), instrument("legislation", "c"))
    state, setting = convened(with_policy(plain, *agreed, politics=politics))
    govern(state, setting, 4)
    state.week = BURN_IN + week
    legislate(state, setting)
    return state.orders


@pytest.mark.battery
@pytest.mark.parametrize("name", COOPERATIVE)
def test_what_governments_give_of_an_instrument_is_what_it_does_and_costs(plain, name):
    none, half, full = (orders_at(plain, name, [share] * 3) for share in (0.0, 0.5, 1.0))
    law = legislated_alone(plain)
    for column in INSTRUMENTS[name].moves:
        assert getattr(none, column).tobytes() == getattr(law, column).tobytes(), column
    assert any((getattr(full, column) != getattr(law, column)).any() for column in INSTRUMENTS[name].moves)
    extra = [orders.cost - law.cost for orders in (none, half, full)]
    assert not extra[0].any()
    assert extra[1] == pytest.approx(0.5 * extra[2])
    assert extra[2].sum() > 0.0


@pytest.mark.battery
@pytest.mark.parametrize("name", COOPERATIVE)
def test_who_holds_out_pays_nothing(plain, name):
    assert (orders_at(plain, name, [0.0, 1.0, 1.0]).cost - legislated_alone(plain).cost)[0] == 0.0


def legislated_alone(plain, week=60):
    """Return the orders of the same week without the cooperative instrument."""
    state, setting = convened(with_policy(plain, instrument("legislation", "c")))
    state.week = BURN_IN + week
    legislate(state, setting)
    return state.orders


def path_of(scenario, weeks, seed=1):
    """Return the contributions in force after each week [weeks, C]."""
    state, setting = start(scenario, seed)
    course = []
    for _ in range(weeks):
        advance(state, setting)
        course.append(state.contributions.copy())
    return np.array(course)


@pytest.mark.theory
@pytest.mark.parametrize("first", [0.0, 1.0])
def test_contributions_follow_the_iterated_game_and_settle_where_nobody_would_change(plain, first):
    """Reputation leaves several such points: found are the lowest from none and the highest from all."""
    stakes = Stakes(harm=100.0, own_relief=0.02, relief=0.3, deflection=0.1, cost=20.0, reputation=5.0)
    own = {"b": Government(stakes=replace(stakes, cost=25.0, weight={"a": 0.3, "c": 0.7}))}
    rule = BestAnswer(first=first)
    scenario = with_policy(
        plain, sharing(), politics=coalition("a", "b", "c", rule=rule, stakes=stakes, governments=own, period=1)
    )
    game = assembled(scenario.politics, ("a", "b", "c"), HERE).game
    found = path_of(scenario, BURN_IN + 104)[BURN_IN + 4 :]
    expected = contribution_path(game, [rule] * 3, np.full(3, first), len(found))
    assert found.tobytes() == expected.tobytes()
    lowest, highest = equilibria(game)
    assert (highest - lowest).min() > 0.05
    assert found[-1] == pytest.approx(highest if first else lowest, abs=1e-5)


@pytest.mark.hand
def test_harm_that_is_not_stated_is_what_is_on_record_for_a_period(plain):
    own = {"b": Government(stakes=Stakes(cost=1.0, harm=7.0))}
    scenario = with_policy(plain, sharing(), politics=coalition(stakes=Stakes(cost=1.0), governments=own), scale=0.5)
    state, setting = convened(scenario)
    state.reported[0, :2] = [6_000_00, 9_000_00]  # cents in 12 weeks, at half size
    convene(state, setting, setting.coalition)
    assert state.views[:2, 0] == pytest.approx([2.0 * 6_000 * 2 / 12, 7.0])


@pytest.mark.hand
def test_a_government_that_learns_goes_by_recorded_losses_and_not_by_true_ones(plain):
    scenario = with_policy(
        plain, sharing(), politics=coalition(stakes=Stakes(harm=100.0, cost=1.0), learns=True), scale=0.5
    )
    state, setting = convened(scenario)
    govern(state, setting, 4)
    state.week += 2
    state.reported[0, 0] += 40_00
    state.taken[:] += 999_00
    govern(state, setting, 6)
    # Seen is (1, -1, -1, 0): the gain for harm is 1 / (.98 + 3), the error 2 · 40 - 100.
    assert state.views[0, 0] == pytest.approx(100.0 - 20.0 / 3.98)


def breaching(plain, detection, fine=50.0):
    """Return state and setting after a period in which b, bound by a treaty, has given less than it owes."""
    rule = Treaty(level=0.8, fine=fine, detection=detection)
    stakes = Stakes(harm=100.0, relief=0.5, cost=20.0)
    state, setting = convened(with_policy(plain, sharing(), politics=coalition(rule=rule, stakes=stakes), scale=0.5))
    govern(state, setting, 4)
    state.bound[:2], state.contributions[:2] = 1, [0.8, 0.7]
    state.week += 2
    return state, setting


@pytest.mark.hand
def test_a_breach_found_out_costs_a_fine_and_trust(plain):
    state, setting = breaching(plain, detection=1.0)
    before, size = state.money.balance.copy(), state.money.countries
    govern(state, setting, 6)
    moved = state.money.balance - before
    assert moved[Money.TREASURY * size + 1] == -25_00  # thinned by half
    assert moved[Money.COALITION * size + 1] == 25_00
    assert np.count_nonzero(moved) == 2
    assert state.spent[0, :3].tolist() == [0.0, 25.0, 0.0]
    assert state.trust[0, 1] == pytest.approx(0.7)
    assert state.trust[1, 0] == 1.0


@pytest.mark.hand
def test_who_is_not_bound_breaks_nothing(plain):
    state, setting = breaching(plain, detection=1.0)
    state.bound[:] = 0
    before = state.money.balance.copy()
    govern(state, setting, 6)
    assert (state.money.balance == before).all()
    assert state.trust[0, 1] == 1.0


@pytest.mark.hand
def test_a_breach_that_is_not_found_out_costs_nothing(plain):
    state, setting = breaching(plain, detection=0.0)
    before = state.money.balance.copy()
    govern(state, setting, 6)
    assert (state.money.balance == before).all()
    assert state.trust[0, 1] == 1.0


@pytest.mark.hand
def test_breaches_are_found_out_at_their_rate(plain):
    _, setting = breaching(plain, detection=0.4)
    luck = [uniform(setting.seed, Draw.BREACH, week, setting.land.key[1], 0) < 0.4 for week in range(2000)]
    assert np.mean(luck) == pytest.approx(0.4, abs=4 * (0.24 / 2000) ** 0.5)


@pytest.mark.hand
def test_a_leak_that_comes_out_counts_against_one_for_all_who_shared_the_case(plain):
    """The host a is in a task force with b, and c, whose people the site targets, passes reports to a."""
    exposed = replace(
        numbers(enforcement={"case_leak": 0.5, "tip_off": 0.5}), trust=replace(Parameters().trust, exposed=1.0)
    )
    scenario = with_policy(plain, sharing(), politics=coalition("a", "b", "c"), parameters=exposed)
    state, setting = after(scenario, 1, BURN_IN + 4)
    through(state, setting, "legislate")
    orders = state.orders
    orders.joint[:], orders.corruption[:], orders.vetting[:] = [0, 0, -1], [0.2, 0.4, 0.6], [0.5, 1.0, 1.0]
    rows = np.flatnonzero((state.sites.status != 0) & (state.sites.host == 0))
    state.sites.target[rows] = 2
    chance = leak_chances(orders, setting.rules.enforcement, 0, 2)
    assert chance == pytest.approx([0.5 * 0.2 * 0.5, 0.5 * 0.4 * 0.5, 0.5 * 0.6 * 0.5])
    found = []
    for week in range(200):
        state.week, state.leaks[:] = week, 0
        trace_leaks(state, setting, rows[:1])
        whose = int(state.leaks.sum(axis=0).argmax())
        assert state.leaks[:, whose].tolist() == [int(i != whose) for i in range(3)]
        assert state.leaks.sum() == 2
        found.append(whose)
    shares = np.bincount(found, minlength=3) / 200
    assert shares == pytest.approx([1 / 6, 2 / 6, 3 / 6], abs=4 * (0.25 / 200) ** 0.5)


@pytest.mark.hand
def test_what_nobody_shared_leaks_to_nobodys_account_and_most_leaks_never_come_out(plain):
    scenario = with_policy(plain, sharing(), politics=coalition("a", "b", "c"))
    state, setting = after(scenario, 1, BURN_IN + 4)
    through(state, setting, "legislate")
    rows = np.flatnonzero((state.sites.status != 0) & (state.sites.host == 0))
    counted = np.zeros(2)
    for case, target in enumerate((0, 2)):
        state.sites.target[rows] = target
        for week in range(400):
            state.week, state.leaks[:] = week, 0
            trace_leaks(state, setting, rows[:1])
            counted[case] += state.leaks.any()
    assert counted[0] == 0
    assert counted[1] / 400 == pytest.approx(0.1, abs=4 * (0.09 / 400) ** 0.5)


# ---- worlds ----------------------------------------


def side_by_side(one, other, weeks, seed=5):
    """Yield, week by week, the columns in which two worlds differ at its end."""
    pair = [start(scenario, seed) for scenario in (one, other)]
    for _ in range(weeks):
        for state, setting in pair:
            advance(state, setting)
        yield set(differences(*(columns(state) for state, _ in pair)))


JOINT = instrument("joint operations", "a", "b", "c", setup=0, start=2)


@pytest.mark.worlds
@pytest.mark.parametrize("rule", [Fixed(first=0.3), BestAnswer(first=0.3)])
def test_politics_from_a_week_on_change_nothing_before_it(plain, rule):
    agreed = with_policy(plain, sharing(start=2), JOINT)
    politics = coalition("a", "b", "c", rule=rule, start=6, stakes=Stakes(harm=1.0, cost=1e6), learns=True)
    decided = with_policy(plain, sharing(start=2), JOINT, politics=politics)
    apart = list(side_by_side(agreed, decided, BURN_IN + 7))
    assert not set().union(*apart[: BURN_IN + 6])
    assert {"contributions", "spent"} <= apart[-1]


@pytest.mark.worlds
def test_governments_that_all_give_in_full_and_never_lose_trust_are_a_world_without_politics(plain):
    steady = replace(plain, parameters=replace(plain.parameters, trust=replace(plain.parameters.trust, fall=0.0)))
    stakes = Stakes(harm=1.0, cost=1.0)
    agreed = run(with_policy(steady, sharing(), JOINT), 5).measures
    for rule in (Fixed(), Reciprocity(), Imitation()):
        decided = run(
            with_policy(steady, sharing(), JOINT, politics=coalition("a", "b", "c", rule=rule, stakes=stakes)), 5
        )
        assert set(differences(agreed, decided.measures)) == {"contribution", "trust_given"}


@pytest.mark.worlds
def test_renamed_countries_that_keep_their_identity_decide_the_same(plain):
    names = dict(zip("abc", "zmk", strict=True))
    stakes = Stakes(cost=1e5, own_relief=0.02, deflection=0.3, relief=0.1)
    own = {
        "b": Government(rule=Reciprocity(first=0.2)),
        "c": Government(stakes=replace(stakes, weight={"a": 0.9, "b": 0.1})),
    }
    politics = coalition("a", "b", "c", rule=BestAnswer(first=0.5), stakes=stakes, governments=own, learns=True)
    scenario = with_policy(plain, sharing(), JOINT, politics=politics)

    def renamed(one):
        return None if one is None else replace(one, weight={names[code]: w for code, w in one.weight.items()})

    other = replace(
        scenario,
        world=replace(plain.world, imagined=tuple(
            replace(c, code=names[c.code], identity=c.code) for c in plain.world.imagined
        )),
        workforces=tuple(replace(w, home=names[w.home]) for w in plain.workforces),
        founders=tuple(replace(f, country=names[f.country]) for f in plain.founders),
        policy=tuple(replace(i, members=tuple(names[m] for m in i.members)) for i in scenario.policy),
        politics=replace(politics, members=tuple(names[m] for m in politics.members), governments={
            names[code]: Government(rule=g.rule, stakes=renamed(g.stakes)) for code, g in own.items()
        }),
    )  # fmt: skip
    one, two = run(scenario, 5), run(other, 5)
    assert tuple(names[code] for code in one.codes) == two.codes
    assert not differences(one.measures, two.measures)
    assert len(set(one.measures["contribution"][-1].ravel())) == 3


@pytest.mark.worlds
def test_measures_tell_who_gives_and_who_trusts(plain):
    own = {"a": Government(rule=Fixed(first=0.0))}
    politics = coalition("a", "b", "c", rule=Fixed(first=0.8), governments=own, start=13)
    scenario = with_policy(replace(plain, scale=0.5), sharing(start=13), politics=politics)
    found = run(scenario, 5).measures
    assert found["contribution"][:, :, 0] == pytest.approx(np.array([[0.0, 0.0, 0.0], [0.0, 0.8, 0.8]]))
    trust = found["trust_given"][:, :, 0]
    assert trust[0].tolist() == [0.0, 0.0, 0.0]
    assert trust[1, 1] < trust[1, 0] == pytest.approx(1.0)  # a, who gives nothing, loses the others' trust


@pytest.mark.hand
def test_a_payoff_is_what_the_game_says():
    """-100 (1 - .2 · .5 - .1 · .25 + .3 · .5 · .25) - 10 · .25 + 4 · .5 = -90.75 with nothing lost for reputation."""
    game = like(own_relief=0.2, relief=0.1, deflection=0.3, aid=4.0)
    assert payoffs(game, np.array([0.5, 0.5, 0.0]))[0] == pytest.approx(-91.25 - 2.5 + 2.0)
