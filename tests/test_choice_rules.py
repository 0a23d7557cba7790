"""The rules of choice: each gives the closed form of its source, and all that hangs on the rule follows it.

Utilities are those of R1: places 1, .5, 0, −.5, everybody in the first, being out of business −1. Numbers in the tests
are worked out by hand from the stated formulas; the closed forms of `sim.estimators` are held against them, and whole
verbs against the closed forms, within four standard errors.
"""

import os
import subprocess
import sys
from copy import deepcopy
from dataclasses import fields, replace
from math import inf, log
from pathlib import Path

import numpy as np
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from test_phases_relocate import FRAUD, A, B, shares, sites_of, two_places
from test_phases_renew import entrants
from test_theory import BLIND, OUTSIDE, R1, counted, fates, fixed, leaked, odds_with, within_four_errors
from worlds import crimes, differences, instrument, numbers, ring, world

from sim.choice_rules import CHOICE_RULES, Weighing, group_of
from sim.declare import declared
from sim.estimators import (
    choice_shares,
    leakage_ratio,
    propagate_rise,
    salient_utilities,
    satisficing_shares,
)
from sim.parameters import Parameters, parameter_table
from sim.phases.choosing import EXIT, MOVE, level_at, log_acceptance, look_at_one, probabilities, satisfice
from sim.phases.relocate import class_targets, relocate
from sim.phases.renew import renew
from sim.scenario import ScenarioError, dump, load, loads, loads_experiment
from sim.setting import rules_of
from sim.state import Happened, Reviewed
from sim.week import WEEK, advance, run, start

RULES = tuple(CHOICE_RULES)
OTHERS = tuple(rule for rule in RULES if rule != "nested logit")
CUTS = (0.5, 1.0, 2.0)
FIRST = np.array([1.0, 0.0, 0.0, 0.0])
# With these a rule is a nested logit again.
AS_LOGIT = {
    "best response": {"noise": 1.0},
    "salience": {"unnoticed": 1.0},
    "subjective utility": {"reward": 1.0, "capture": 1.0, "penalty": 0.0},
}


def parameters_of(rule, own=None, **groups):
    """Return the parameters of the model with a rule, numbers of its own and other groups."""
    choice = {"rule": rule} | groups.pop("choice", {})
    return numbers(choice=choice, **({group_of(rule): own} if own else {}), **groups)


def weighing(rule, **own):
    return parameters_of(rule, own).weighing


# ---- the registry ----------------------------------------


@pytest.mark.battery
@pytest.mark.parametrize("rule", RULES)
def test_every_rule_tells_its_numbers_their_sources_and_what_they_come_down_to(rule):
    kind, groups = CHOICE_RULES[rule], {field.name for field in fields(Parameters)}
    assert kind.__doc__
    assert bool(declared(kind)) == (group_of(rule) in groups)
    assert set(declared(kind)) == {field.name for field in fields(kind)}
    found = weighing(rule)
    assert isinstance(found, Weighing)
    assert all(isinstance(number, float) for number in found)
    assert (found != Weighing(0.6)) == (rule != "nested logit")
    paths = {path for path, _ in parameter_table()}
    assert {f"parameters.{group_of(rule)}.{name}" for name in declared(kind)} <= paths


@pytest.mark.hand
def test_each_rule_comes_down_to_its_own_numbers_and_two_have_no_nests():
    assert {rule: weighing(rule) for rule in RULES} == {
        "nested logit": Weighing(0.6),
        "best response": Weighing(0.6, noise=0.2),
        "salience": Weighing(0.6, unnoticed=0.7, threshold=0.1),
        "satisficing": Weighing(1.0, blur=1.0),
        "subjective utility": Weighing(1.0, reward=0.75, capture=1.5, penalty=0.5),
    }


@pytest.mark.battery
def test_no_rule_number_is_drawn_unless_a_study_says_so():
    drawn = {path for path, facts in parameter_table() if facts["uncertain"]}
    assert not [path for path in drawn if path.split(".")[1] in map(group_of, RULES)]


@pytest.mark.parametrize("rule", RULES)
def test_a_file_an_arm_and_a_setting_may_name_the_rule(rule):
    text = f"name: x\nextends: two-countries\nparameters: {{choice: {{rule: {rule}}}}}"
    scenario = loads(text)
    assert scenario.parameters.choice.rule == rule
    assert loads(dump(scenario)) == scenario
    assert load("two-countries").set({"parameters.choice.rule": rule}).parameters == scenario.parameters
    arms = f"name: x\nscenario: two-countries\narms: {{a: {{}}, b: {{set: {{parameters.choice.rule: {rule}}}}}}}"
    assert loads_experiment(arms).arms["b"].scenario.parameters == scenario.parameters
    assert rules_of(scenario.parameters).choice.noise == scenario.parameters.weighing.noise


def test_an_unknown_rule_is_refused_with_the_nearest_name():
    with pytest.raises(ScenarioError, match=r"did you mean 'satisficing'"):
        load("two-countries").set({"parameters.choice.rule": "satisfying"})


# ---- closed forms by hand ----------------------------------------

# Numerators e^(U / noise) and so on; the last is being out of business.
BY_HAND = {
    # e^1, e^.5, e^0, e^-.5, e^-1 over 6.341424
    "nested logit": ({}, (0.428656, 0.259993, 0.157694, 0.095646, 0.058012), (0.898464,) * 3),
    # e^2, e^1, e^0, e^-1, e^-2 over 11.610552; 4.086161 / 4.221496 leaks
    "best response": ({"noise": 0.5}, (0.636408, 0.234122, 0.086128, 0.031685, 0.011656), (0.967941,) * 3),
    # e^.75, e^.375, e^0, e^-.375, e^-1 over 5.627160; 3.142281 / 3.510160 leaks
    "subjective utility": (
        {"reward": 0.75, "penalty": 0.0}, (0.376211, 0.258566, 0.177710, 0.122138, 0.065376), (0.895196,) * 3
    ),
    # F(2) = .880797; else F(1.5), F(1), F(.5) and 1/2 of .817574 + .731059 + .622459 + .5 = 2.671092;
    # 2.171092 / 2.671092 leaks
    "satisficing": ({"blur": 1.0}, (0.880797, 0.036486, 0.032625, 0.027779, 0.022314), (0.812811,) * 3),
    # Gains .75, .25 against the average of .25 stand out by tanh(gain / 6) = .124353, .041643; risk by nothing. Its
    # weight is less than one by .022173, .007427: U = 1.016630, .501857, -.001857, -.516630. With 2 less for the first
    # the average is -.25, and they are -1.016630, .516630, .001857, -.501857.
    "salience": (
        {"unnoticed": 0.7}, (0.433330, 0.258973, 0.156493, 0.093526, 0.057678), (0.899546, 0.899893, 0.900964)
    ),
}  # fmt: skip


def closed(rule, own, cut=0.0):
    """Return the closed form of the shares of places and of being out, with so much less for the first place."""
    places = np.array(R1) - cut * FIRST
    if rule == "satisficing":
        return satisficing_shares(places, OUTSIDE, here=0, blur=own["blur"])
    if rule == "salience":
        places = salient_utilities(places, np.zeros(4), np.ones(4), unnoticed=own["unnoticed"], threshold=0.1,
                                   profit_weight=3.0)  # fmt: skip
    noise, reward = own.get("noise", 1.0), own.get("reward", 1.0)
    return choice_shares(reward * places / noise, OUTSIDE / noise)


@pytest.mark.hand
@pytest.mark.parametrize("rule", RULES)
def test_closed_forms_are_those_worked_out_by_hand(rule):
    own, expected, leakage = BY_HAND[rule]
    before = closed(rule, own)
    assert before == pytest.approx(expected, abs=2e-6)
    found = [leakage_ratio(change[0], change[1:4].sum()) for change in (closed(rule, own, c) - before for c in CUTS)]
    assert found == pytest.approx(leakage, abs=2e-6)


@pytest.mark.hand
def test_a_risk_that_stands_out_weighs_more_and_makes_others_look_safer():
    """Risk 1 in the first of four like places, 0 elsewhere, .25 on average; values are R1.

    It stands out by .75 / (1.25 + .1) = 5/9 there and by .25 / .35 = 5/7 elsewhere; weights .7^-.. are 1.219148 and
    1.290162, those of the values 1.045352 and 1.014964. Risk is heavier by .076748, .119385, .119385, .104821.
    """
    found = salient_utilities(R1, FIRST, np.ones(4), unnoticed=0.7, threshold=0.1, profit_weight=3.0)
    assert found == pytest.approx([-0.115123, 0.5, 0.059693, -0.395179], abs=2e-6)
    assert salient_utilities(R1, FIRST, np.ones(4), unnoticed=1.0, threshold=0.1, profit_weight=3.0) == pytest.approx(
        [0.0, 0.5, 0.0, -0.5]
    )


# ---- agents ----------------------------------------


def chosen_by(rule, own, cut=0.0, *, announced=0.0, **choice):
    """Return what sites in the first place do under a rule, that place being worth so much less."""
    state, setting = fixed(R1, regions=2)
    parameters = parameters_of(rule, own, choice=BLIND | {"nest": 1.0, "review": 1.0} | choice,
                               learning={"prior_risk": 0.0}, demography={"ties": 0, "branch": 0.0})  # fmt: skip
    state, setting = deepcopy(state), replace(setting, rules=rules_of(parameters), parameters=parameters)
    state.constants[:, MOVE] = setting.rules.choice.noise * setting.rules.choice.nest * log(4)
    state.orders.announced[0] = announced
    return fates(state, setting, -cut * FIRST)


@pytest.mark.theory
@pytest.mark.parametrize("rule", RULES)
def test_sites_choose_as_often_and_leak_as_much_as_the_closed_form_says(rule):
    own = BY_HAND[rule][0]
    expected = {cut: closed(rule, own, cut) for cut in (0.0, *CUTS)}
    before = chosen_by(rule, own)
    assert within_four_errors(counted(before, 4), expected[0.0])
    for cut in CUTS:
        after = chosen_by(rule, own, cut)
        assert within_four_errors(counted(after, 4), expected[cut])
        found, error = leaked(before, after, [0])
        change = expected[cut] - expected[0.0]
        assert abs(found - leakage_ratio(change[0], change[1:4].sum())) < 4 * error
        assert 4 * error < 0.06  # or the test would accept anything


@pytest.mark.theory
@pytest.mark.parametrize("rise", CUTS)
def test_an_announced_risk_stands_out_to_the_sites_as_the_closed_form_says(rise):
    sees = {"risk_weight": 1.0, "raid_loss": 1.0, "risk_cap": 100.0}
    chosen = chosen_by("salience", {"unnoticed": 0.7}, announced=rise, **sees)
    utility = salient_utilities(R1, rise * FIRST, np.ones(4), unnoticed=0.7, threshold=0.1, profit_weight=3.0)
    assert within_four_errors(counted(chosen, 4), choice_shares(utility, OUTSIDE))


@pytest.mark.hand
@pytest.mark.parametrize("rule", AS_LOGIT)
def test_at_its_limit_a_rule_is_the_logit_to_the_bit(rule):
    """With a noise of one, nothing unnoticed, or the weights of the logit; SUQR has no nests."""
    nest = {"nest": 1.0} if rule == "subjective utility" else {}
    logit = sites_of(2_000, **nest)
    other = sites_of(2_000, rule=rule, **nest)
    own = rules_of(parameters_of(rule, AS_LOGIT[rule], choice={"distance_scale": 1111.95, "retarget": 0.0} | nest))
    found = [shares(state, replace(setting, rules=rules)) for (state, setting, _), rules in (
        (logit, logit[1].rules), (other, own))]  # fmt: skip
    assert found[0].tolist() == found[1].tolist()


@pytest.mark.hand
def test_as_the_noise_vanishes_the_best_option_is_chosen():
    region, places, found, nests = np.array([0, 0, 1, 1]), np.zeros(4), np.zeros(5), np.zeros(2)
    classes = np.full(5, -inf)
    classes[EXIT] = OUTSIDE
    last = 0.0
    for noise in (1.0, 0.3, 0.1, 0.02):
        choice = rules_of(parameters_of("best response", {"noise": noise})).choice
        probabilities(0, region, choice, np.array(R1), classes, nests, places, found)
        assert places.argmax() == 0
        assert places[0] > last
        last = places[0]
    assert last > 1 - 1e-10


@pytest.mark.hand
def test_a_place_s_law_deters_only_where_penalty_has_a_weight():
    """Law 1 in a and 0 in b, at a weight of .5 and .4 of the law's strength on fraud: the odds rise by e^.2."""
    odds = []
    for penalty in (0.0, 0.5):
        state, setting, _ = two_places()
        own = {"reward": 1.0, "capture": 1.0, "penalty": penalty}
        choice = {"distance_scale": 1111.95, "retarget": 0.0}
        setting = replace(setting, rules=rules_of(parameters_of("subjective utility", own, choice=choice)))
        state.orders.law[:], setting.traits.law_factor[FRAUD] = [1.0, 0.0], 0.4
        stay, move = shares(state, setting)[:2]
        odds.append(log(move / stay))
    assert odds[1] - odds[0] == pytest.approx(0.2)


@pytest.mark.hand
def test_the_weights_of_reward_and_capture_multiply_what_a_place_earns_and_its_risk():
    """In `two_places`: values 2 and 2.5, both less care; risks 3 · 1.12 · .75 and 3 · .92; at 2 and 3 times."""
    odds = []
    for own in ((1.0, 1.0), (2.0, 1.0), (1.0, 3.0)):
        state, setting, _ = two_places()
        own = dict(zip(("reward", "capture", "penalty"), (*own, 0.0), strict=True))
        choice = {"distance_scale": 1111.95, "retarget": 0.0}
        setting = replace(setting, rules=rules_of(parameters_of("subjective utility", own, choice=choice)))
        stay, move = shares(state, setting)[:2]
        odds.append(log(move / stay))
    assert odds[1] - odds[0] == pytest.approx(0.5)
    assert odds[2] - odds[0] == pytest.approx(2 * (3 * 1.12 * 0.75 - 3 * 0.92))


# ---- the search ----------------------------------------


@pytest.mark.hand
def test_who_aspires_to_nothing_always_stays():
    state, setting, _ = sites_of(2_000, rule="satisficing")
    state.constants[FRAUD] = [-1.0, -2.0, -1.0, -2.0, -inf]
    assert shares(state, setting).tolist() == [1, 0, 0, 0, 0, 0]


@pytest.mark.hand
def test_a_site_searches_with_the_probabilities_worked_out_by_hand():
    """Utilities as in `two_places`, b at −1 of mobility, size ½ and a distance of .5 ln 2; aspired to is 1.3.

    Switching and hardening are as acceptable as their utilities, lying low as what is aspired to less .15 of the
    risk, closing as what is aspired to.
    """
    state, setting, logits = two_places()
    choice = {"distance_scale": 1111.95, "retarget": 0.0}
    setting = replace(setting, rules=rules_of(parameters_of("satisficing", {"blur": 0.8}, choice=choice)))
    state.constants[FRAUD, EXIT] = 1.3

    def accepted(excess):
        return 1.0 / (1.0 + np.exp(-excess / 0.8))

    stay, move, switch, quiet, harden, _ = logits
    prominence = np.exp(-1.0) * 0.5 * np.exp(-0.5 * log(2))
    move += 1.0 - log(0.5) + 0.5 * log(2)  # what the place itself is worth
    keep = accepted(stay - 1.3)
    weights = np.array([
        prominence * accepted(move - 1.3), np.exp(-1.5) * accepted(switch + 1.5 - 1.3),
        np.exp(0.2) * accepted(quiet - 0.2), np.exp(-2.0) * accepted(harden + 2.0 - 1.3), 0.5,
    ])  # fmt: skip
    expected = [keep, *((1 - keep) * weights / weights.sum())]
    assert shares(state, setting) == pytest.approx(expected, rel=1e-5)


@pytest.mark.hand
@pytest.mark.parametrize("rule", RULES)
def test_half_of_the_crossings_stopped_counts_as_half_the_size_under_every_rule(rule):
    """The odds of moving against closing fall by the nest's power of one half: .6, or 1 without nests."""
    odds = []
    for passage in (1.0, 0.5):
        state, setting, _ = sites_of(2_000, rule=rule)
        state.constants[FRAUD] = [-1.0, -2.0, -1.0, -2.0, 1.0]
        state.orders.passage[A, B] = passage
        found = shares(state, setting)
        odds.append(log(found[1] / found[5]))
    assert odds[1] - odds[0] == pytest.approx(weighing(rule).nest * log(0.5))


@pytest.mark.hand
def test_after_losing_its_place_a_site_looks_abroad_without_regard_to_mobility():
    odds = []
    for lost in (0, 1):
        state, setting, (s,) = sites_of(rule="satisficing")
        state.constants[FRAUD] = [-1.0, -2.0, -1.0, -2.0, 1.0]
        state.sites.uprooted[s] = lost
        found = shares(state, setting)
        odds.append(log(found[1] / found[5]))
    assert odds[1] - odds[0] == pytest.approx(1.0)


@pytest.mark.hand
def test_newcomers_look_at_one_place_and_enter_if_it_will_do():
    """Sizes ¾ and ¼, worth 1 and 3, aspired to 2: ¾ F(−1) + ¼ F(1) = .201706 + .182765 enter."""
    choice = rules_of(parameters_of("satisficing", {"blur": 1.0})).choice
    size = np.array([0.75, 0.25])
    utility, entry, outside = (
        np.log(size)[None, None] + np.array([[[1.0, 3.0]]]),
        np.array([[9.0, 2.0]]),
        np.zeros((1, 2)),
    )
    look_at_one(np.log(size), entry, choice, utility, outside)
    assert np.exp(utility[0, 0]) == pytest.approx([0.201706, 0.182765], abs=1e-6)
    assert np.exp(outside[0, 1]) == pytest.approx(1 - 0.201706 - 0.182765, abs=1e-6)
    for share in (0.05, 0.384471, 0.9):
        level = level_at(share, np.log(size) + np.array([1.0, 3.0]), np.log(size), choice)
        found = (size / (1 + np.exp(level - np.array([1.0, 3.0])))).sum()
        assert found == pytest.approx(share, abs=1e-9)
    assert level_at(0.384471, np.log(size) + np.array([1.0, 3.0]), np.log(size), choice) == pytest.approx(2, abs=1e-5)


@pytest.mark.theory
@pytest.mark.parametrize("rule", RULES)
def test_newcomers_enter_as_often_as_the_closed_form_says(rule):
    """Values R1 in four places of like size; out of business is worth −1."""
    own = BY_HAND[rule][0]
    state, setting = fixed(R1, regions=2, sites=1)
    parameters = parameters_of(rule, own, choice=BLIND | {"nest": 1.0}, learning={"prior_risk": 0.0},
                               demography={"ties": 0, "branch": 0.0})  # fmt: skip
    state, setting = deepcopy(state), replace(setting, rules=rules_of(parameters), parameters=parameters)
    state.entry[:] = [20_000.0, OUTSIDE]
    renew(state, setting)
    if rule == "satisficing":
        enter = 0.25 / (1 + np.exp(-(np.array(R1) - OUTSIDE)))
        expected = np.append(enter, 1 - enter.sum())
    else:
        noise, reward = own.get("noise", 1.0), own.get("reward", 1.0)
        places = np.array(R1)
        if rule == "salience":
            places = salient_utilities(R1, np.zeros(4), np.ones(4), unnoticed=0.7, threshold=0.1, profit_weight=3.0)
        expected = choice_shares(reward * places / noise - log(4), OUTSIDE / noise)
    potential = state.entering[-1]
    assert state.entering[:-1] / potential == pytest.approx(expected[:4], rel=1e-9)
    entered = state.diary[Happened.ENTRIES, 0]
    assert within_four_errors(np.append(entered, potential - entered.sum()), expected)


@pytest.mark.hand
@pytest.mark.parametrize("rule", RULES)
def test_where_entry_has_settled_the_baseline_share_of_newcomers_stays_out(rule):
    """In week 0 the value is that of the day: a third of newcomers stays out at odds of one half."""
    state, setting = entrants(4_000.0, choice={"rule": rule, "outside_factor": 0.5})
    state.week, state.count[:] = 0, 10
    renew(state, setting)
    state.week, state.entry[0, 0], state.entering[:] = 1_000, 4_000.0, 0.0
    renew(state, setting)
    assert 1 - state.entering[:-1].sum() / state.entering[-1] == pytest.approx(1 / 3, rel=1e-6)


# ---- what must hold whatever the utilities ----------------------------------------

UTILITY = st.floats(-40, 40) | st.just(-inf)


@pytest.mark.laws
@pytest.mark.parametrize("rule", RULES)
@given(
    utility=st.lists(UTILITY, min_size=1, max_size=6), classes=st.lists(UTILITY, min_size=5, max_size=5),
    here=st.integers(-1, 5), regions=st.integers(1, 3),
)  # fmt: skip
@settings(max_examples=60, deadline=None)
def test_probabilities_sum_to_one_and_nothing_impossible_is_chosen(rule, utility, classes, here, regions):
    here = min(here, len(utility) - 1)
    choice = rules_of(parameters_of(rule)).choice
    utility, classes, region = np.array(utility), np.array(classes), np.arange(len(utility)) % regions
    classes[MOVE] = -inf
    impossible = utility == -inf
    if rule == "satisficing" and here >= 0:
        setting = fixed(R1, regions=2, sites=1)[1]
        land = setting.land._replace(log_size=np.zeros(len(utility)), farness=np.ones((len(utility), len(utility))))
        constants = classes[None, :].copy()
        satisfice(0, here, -1.0, land, choice, constants, utility, classes)
    nests, places, found = np.zeros(regions), np.zeros(len(utility)), np.zeros(5)
    probabilities(here, region, choice, utility, classes, nests, places, found)
    assert places.sum() + found.sum() - found[MOVE] == pytest.approx(1.0, abs=1e-9)
    assert (places >= 0).all()
    assert (found >= 0).all()
    elsewhere = np.arange(len(utility)) != here
    assert not places[impossible & elsewhere].any()
    if here >= 0:
        assert found[MOVE] == pytest.approx(places[elsewhere].sum(), abs=1e-12)


@pytest.mark.hand
def test_who_has_no_option_stays_or_stays_out():
    choice, nests, places, found = rules_of(Parameters()).choice, np.zeros(1), np.zeros(2), np.zeros(5)
    nothing = np.full(2, -inf), np.full(5, -inf)
    probabilities(1, np.zeros(2, int), choice, *nothing, nests, places, found)
    assert (places.tolist(), found.tolist()) == ([0, 1], [0] * 5)
    probabilities(-1, np.zeros(2, int), choice, *nothing, nests, places, found)
    assert (places.tolist(), found.tolist()) == ([0, 0], [0, 0, 0, 0, 1])


@pytest.mark.hand
def test_the_logarithm_of_acceptance_is_safe_at_both_ends():
    assert log_acceptance(0.0) == pytest.approx(-log(2))
    assert log_acceptance(800.0) == 0.0
    assert log_acceptance(-800.0) == -800.0
    assert (log_acceptance(inf), log_acceptance(-inf)) == (0.0, -inf)


@pytest.mark.laws
@pytest.mark.parametrize("rule", OTHERS)
def test_halving_a_third_country_changes_nobody_elses_odds(rule):
    whole, halved = (odds_with(halves, True, rule=rule) for halves in (1, 2))
    for one, two in zip(whole[::2], halved[::2], strict=True):
        assert two[:2] == pytest.approx(one[:2], rel=1e-9, abs=0)  # at a low noise most of them are small
        assert two[2:] == pytest.approx([one[2] / 2] * 2, rel=1e-9, abs=0)
    assert halved[1] == pytest.approx(whole[1], rel=1e-9)


def small(rule, **changes):
    """Return a short run of three countries and three crimes under a crackdown, with much to choose."""
    restless = {"review": 0.2, "harden_share": 0.1, "switch_share": 0.1, "quiet_share": 0.1}
    return world(
        ring(3, 2, corruption=0.6), crimes_of=crimes("drugs", "online_fraud", "trafficking", move_share=0.1),
        operations=10, burn_in=4, weeks=13, policy=[instrument("crackdown", "a", usd_per_year=8e6)],
        parameters=parameters_of(rule, choice=restless), **changes,
    )  # fmt: skip


@pytest.mark.laws
@pytest.mark.parametrize("rule", OTHERS)
def test_the_order_of_a_file_means_nothing_under_any_rule(rule):
    one = small(rule)
    tree = yaml.safe_load(dump(one))
    tree["world"]["imagined"].reverse()
    tree["founders"].reverse()
    tree["crimes"] = dict(reversed(tree["crimes"].items()))
    assert not differences(run(one, 5).measures, run(loads(yaml.safe_dump(tree, sort_keys=False)), 5).measures)


@pytest.mark.twin
def test_compiled_rules_equal_their_plain_python(tmp_path):
    """The interpreted twin runs in a process of its own, and every measure has the same bits under every rule."""
    script = (
        "import sys, numpy as np; from test_choice_rules import OTHERS, small; from sim.week import run;"
        "np.savez(sys.argv[1], **{f'{r}/{k}': v for r in OTHERS for k, v in run(small(r), 3).measures.items()})"
    )
    plain = tmp_path / "plain.npz"
    here = Path(__file__).parent
    where = {"PYTHONPATH": os.pathsep.join([str(here), str(here.parent)]), "NUMBA_DISABLE_JIT": "1"}
    subprocess.run([sys.executable, "-W", "error", "-c", script, str(plain)], check=True, env=os.environ | where)
    compiled = {f"{rule}/{name}": v for rule in OTHERS for name, v in run(small(rule), 3).measures.items()}
    assert all(compiled[f"{rule}/victims"].sum() > 0 for rule in OTHERS)
    assert not differences(compiled, dict(np.load(plain)))


# ---- what hangs on the rule ----------------------------------------


def shares_if_all_review(state, setting):
    """Return the mean class probabilities when every site that can reviews [5]."""
    after = deepcopy(state)
    after.sites.alerted[:] = 1
    before = after.reviewed.sum(axis=(1, 2))
    relocate(after, setting)
    found = after.reviewed.sum(axis=(1, 2)) - before
    return found[Reviewed.MOVE : Reviewed.RISK] / found[Reviewed.REVIEWS]


@pytest.mark.theory
@pytest.mark.parametrize("rule", RULES)
def test_class_constants_are_solved_for_the_shares_of_reviews_under_every_rule(rule):
    """In week 0 by iteration; then they follow once a week, and lag by some per cent behind what changes steadily."""
    scenario = world(ring(4, 2), operations=60, burn_in=78, weeks=13, parameters=parameters_of(rule))
    state, setting = start(scenario, 3)
    targets = class_targets(setting)[0]
    real, found = targets > 0, []
    for phase in WEEK[: WEEK.index(relocate)]:
        phase(state, setting)
    assert shares_if_all_review(state, setting)[real] == pytest.approx(targets[real], rel=0.05)
    state, setting = start(scenario, 3)
    for week in range(78):
        if week >= 52:
            found.append(shares_if_all_review(state, setting)[real])
        advance(state, setting)
    assert np.mean(found, axis=0) == pytest.approx(targets[real], rel=0.2)


@pytest.mark.hand
def test_the_acceptance_of_a_place_fades_as_in_its_closed_form():
    """One place with everybody in it, .8 of whom stay and .1 each of whom close and lie low; a rise of ln 2.

    Kept: .8 / 2 / (.8 / 2 + .2) = 2/3. Of four potential entrants two look at it and like it, at chances of one
    half: ½ / 2 / (½ / 2 + ½) = 1/3, so that 4/3 enter.
    """
    mechanics = {name: np.array([[value]]) for name, value in {
        "reviews": 1.0, "stay": 0.8, "quiet": 0.1, "harden": 0.0, "switch": 0.0, "exit": 0.1, "closures": 0.1,
        "active_weeks": 1.0, "quiet_weeks": 0.0, "returns": 0.0, "enter": 2.0,
    }.items()} | {"move": np.zeros((1, 1, 1)), "potential": np.array([4.0])}  # fmt: skip
    area = np.array([True])
    found = {}
    for search in (0.0, 1.0):
        found[search] = propagate_rise(mechanics | {"search": np.array([search])}, np.array([[log(2)]]), area, 1).inside
    assert found[1.0] == pytest.approx([(2 / 3 + 4 / 3) - (0.8 + 2.0)])
    assert found[0.0] == pytest.approx([(2 / 3 + 4 * 1 / 3) - (0.8 + 2.0)])


@pytest.mark.hand
def test_those_who_search_do_not_crowd_others_out_of_places_they_like():
    """Two places; the rise in the first drives its newcomers out of business, to the second none of them go.

    Of those who leave the first place and moved, lay low or closed at .1, .05, .05, as many do so as before.
    """
    mechanics = {name: np.array([[value, value]]) for name, value in {
        "reviews": 1.0, "stay": 0.8, "quiet": 0.05, "harden": 0.0, "switch": 0.0, "exit": 0.05, "closures": 0.05,
        "active_weeks": 1.0, "quiet_weeks": 0.0, "returns": 0.0, "enter": 1.0,
    }.items()} | {"potential": np.array([4.0]), "search": np.ones(1)}  # fmt: skip
    mechanics["move"] = np.array([[[0.0, 0.1], [0.1, 0.0]]])
    found = propagate_rise(mechanics, np.array([[log(2), 0.0]]), np.array([True, False]), 1)
    kept, left = 2 / 3, 1 / 3
    faded = 1 / (0.8 * 0.5 + 0.2) / 2  # of the acceptance of the first place to others
    other = 0.1 * faded, 0.05, 0.05
    inside = kept + 0.2 * other[0] / sum(other) + 1 / 3 * 2 - (0.8 + 0.1 + 1.0)
    outside = left * 0.5 + 0.8 + 1.0 - (0.1 + 0.8 + 1.0)
    assert found.inside == pytest.approx([inside])
    assert found.outside == pytest.approx([outside])


@pytest.mark.hand
@pytest.mark.parametrize(
    ("rule", "own", "felt"),
    [("nested logit", None, 1.2), ("best response", {"noise": 0.1}, 12.0), ("satisficing", {"blur": 0.5}, 2.4),
     ("subjective utility", {"capture": 1.5}, 1.8)],
)  # fmt: skip
def test_the_risk_kept_for_mechanical_leakage_is_that_of_the_log_odds(rule, own, felt):
    """Public risk of .01 a week and a loss of 40 weeks at a weight of 3 is 1.2 of utility."""
    state, setting, _ = sites_of(2_000, rule=rule)
    state.public_hits[FRAUD, A], state.public_weeks[FRAUD, A] = 0.17, 9.83
    setting = replace(setting, rules=rules_of(parameters_of(rule, own)))
    state.constants[FRAUD] = 0.0
    shares(state, setting)
    reviewed = state.reviewed[:, FRAUD, A]
    assert reviewed[7] / reviewed[0] == pytest.approx(felt)


@pytest.mark.hand
def test_a_risk_that_stands_out_is_kept_with_its_weight():
    """Risk 1.2 in a of two like places, .36 in b by the prior, .78 on average: it stands out by .42 / (1.98 + .1)."""
    state, setting, _ = sites_of(2_000, rule="salience")
    state.public_hits[FRAUD, A], state.public_weeks[FRAUD, A] = 0.17, 9.83
    state.place_value[:] = 1.0
    state.constants[FRAUD] = 0.0
    shares(state, setting)
    weight = 0.7 ** (-0.42 / 2.08)
    heavier = (weight - 1) / (weight + 1)
    reviewed = state.reviewed[:, FRAUD, A]
    assert reviewed[7] / reviewed[0] == pytest.approx(1.2 + heavier * 0.42)
