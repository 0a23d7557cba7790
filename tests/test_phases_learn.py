"""Verb 8 by hand: what syndicates believe about raids and what they expect to earn where."""

from math import asinh, e, exp, log

import numpy as np
import pytest
from worlds import LIKE, country, crimes, numbers, ring, world

from sim.phases.learn import believed_risk, learn, log_sum, price
from sim.scenario import Workforce
from sim.state import Happened
from sim.week import start

pytestmark = pytest.mark.hand

A, B, C = range(3)
WEEK = 7
LOSS = {
    "contacts": 300.0, "susceptibility": 0.01, "susceptibility_shape": 100.0, "value": 1_000.0, "value_spread": 0.0,
    "wealth_elasticity": 0.0, "crowding_scale": 0.05, "crowding_elasticity": 1.0,
}  # fmt: skip


def three():
    """Return a world of three countries with one syndicate in each, none tied to another, that remembers nothing."""
    state, setting = start(world(ring(3), operations=4), 1)
    state.week = WEEK
    syndicates = state.syndicates
    syndicates.ties[:] = -1
    for column in (syndicates.hits, syndicates.weeks, syndicates.experience, syndicates.presence):
        column[:] = 0
    return state, setting


def market(countries=None, crime="online_fraud", **parameters):
    """Return state and setting of a market of two like countries whose numbers are round."""
    workforces = (Workforce(name="locals", home="a", share=1.0, languages={"Common": 0.5}),)
    scenario = world(
        countries or ring(2), crimes_of=crimes(crime, **LOSS), workforces=workforces,
        parameters=numbers(**{"laundering": {"report_lag": 0.0}, **parameters}),
    )  # fmt: skip
    state, setting = start(scenario, 1)
    state.crowding[:], state.awareness[:] = 0.05, 0.25
    state.orders.freeze_days[:] = 0.0
    return state, setting


def test_evidence_is_forgotten_towards_the_prior():
    state, setting = three()
    state.syndicates.hits[0, A], state.syndicates.weeks[0, A], state.syndicates.experience[0, A] = 0.3, 5.0, 10.0
    learn(state, setting)
    assert state.syndicates.hits[0, A] == pytest.approx(0.98 * 0.3)
    assert state.syndicates.weeks[0, A] == pytest.approx(0.98 * 5.0)
    assert state.syndicates.experience[0, A] == pytest.approx(0.995 * 10.0)


def test_a_week_of_own_sites_counts_as_evidence_and_as_experience():
    state, setting = three()
    state.syndicates.presence[0, B] = 4
    state.syndicates.weeks[0, B], state.syndicates.experience[0, B] = 5.0, 10.0
    learn(state, setting)
    assert state.syndicates.weeks[0] == pytest.approx([0, 0.98 * 5.0 + 0.02 * 4, 0])
    assert state.syndicates.experience[0] == pytest.approx([0, 0.995 * 10.0 + 1, 0])
    assert not state.syndicates.weeks[1].any()


def test_own_raids_count_at_once_and_raids_on_a_tie_count_half_a_week_later_and_alarm():
    state, setting = three()
    state.syndicates.ties[0] = [1, -1]
    state.syndicates.struck[0, A], state.syndicates.struck[1, B] = 2, 3
    learn(state, setting)
    assert state.syndicates.hits[:3].tolist() == [[2, 0, 0], [0, 3, 0], [0, 0, 0]]
    assert not state.syndicates.alarm_until.any()
    state.week += 1
    learn(state, setting)
    assert state.syndicates.hits[:3] == pytest.approx(np.array([[1.96, 1.5, 0], [0, 2.94, 0], [0, 0, 0]]))
    assert state.syndicates.alarm_until[:3].tolist() == [WEEK + 1 + 4, 0, 0]
    state.week += 1
    learn(state, setting)
    assert state.syndicates.hits[0] == pytest.approx([0.98 * 1.96, 0.98 * 1.5, 0])


def test_both_ties_count():
    state, setting = three()
    state.syndicates.ties[0] = [1, 2]
    state.struck_before[[1, 2], C] = [1, 2]
    learn(state, setting)
    assert state.syndicates.hits[0].tolist() == [0, 0, 1.5]


def test_the_public_hears_a_week_later_of_raids_per_site_in_the_country():
    """Three raids on twelve sites: f = 1/4, and ten operation-weeks of evidence replace 2 % a week."""
    state, setting = three()
    state.count[0] = [12, 12, 2]
    state.diary[Happened.RAIDS_SUCCESSFUL, 0] = [3, 0, 5]
    learn(state, setting)
    assert not state.public_hits.any()
    assert state.public_weeks[0] == pytest.approx([0.2, 0.2, 0.2])
    learn(state, setting)
    assert state.public_hits[0] == pytest.approx([10 * 0.02 / 4, 0, 10 * 0.02])  # more raids than sites count as all
    assert state.public_weeks[0] == pytest.approx([0.196 + 0.15, 0.196 + 0.2, 0.196])
    learn(state, setting)  # nothing new
    assert state.public_hits[0] == pytest.approx([0.98 * 0.05, 0, 0.98 * 0.2])


def test_the_risk_believed_in_is_the_mean_of_beta_counts_with_the_prior():
    assert believed_risk(0.0, 0.0, 0.003, 10.0) == pytest.approx(0.003)
    assert believed_risk(0.5, 2.0, 0.003, 10.0) == pytest.approx(0.53 / 12.5)


def test_profit_appeal_and_value_of_a_place_are_those_worked_out_by_hand():
    """With q = .375; 20 % frozen; m v̄ = 3; reach = (.8 + .2 · .8) · .5 = .48; a bribe is 5 % · .4 = 2 %."""
    state, setting = market()
    state.orders.freeze[:] = 1.0
    price(state, setting)
    revenue = 0.375 * 1_000 * 0.8 * 0.9 * 3 * 0.48 * 0.98
    cost = 50 + 0.6 * 2 * 200 + 0.4 * 25
    assert (revenue, cost) == pytest.approx((381.024, 300))
    assert state.profit == pytest.approx(np.full((1, 1, 2, 2), 100 * (revenue - cost)))
    appeal = 3 * asinh(8_102.4 / 30_000) + log(1 / 2)
    assert state.appeal == pytest.approx(np.full((1, 1, 2, 2), appeal))
    assert state.place_value == pytest.approx(np.full((1, 1, 2), appeal + log(2)))


def test_a_target_weighs_as_much_as_it_has_people_online():
    state, setting = market((country("a"), country("b", population=3 * LIKE["population"])))
    price(state, setting)
    wish = state.appeal[0, 0, A]
    assert wish[B] - wish[A] == pytest.approx(log(3))


def test_caution_and_freezes_lower_what_losses_earn_and_not_what_a_market_earns():
    """Awareness 1/4 and 20 % frozen; a market keeps the price less the fee, at its reach of e^(−0) at home."""
    for crime, kept, reach in (("online_fraud", 0.75 * 0.8, 0.48), ("drugs", 1.0, 1.0), ("trafficking", 1.0, 1.0)):
        state, setting = market(crime=crime, business={"bribes": 0.0, "hosting": 0.0, "wage_factor": 0.0})
        state.orders.freeze[:] = 1.0
        price(state, setting)
        keep = 0.4 * 25 if crime == "online_fraud" else 0.0
        assert state.profit[0, 0, A, A] == pytest.approx(100 * (0.5 * kept * 1_000 * 0.9 * 3 * reach - keep), rel=1e-6)


def test_targets_whose_police_pass_reports_to_the_host_lose_appeal_against_the_others():
    """For b, e = 3 · 40 · .02 · reporting .2 · σ .5 · (1 − .4) = .144; the mean of two like targets is half of it."""
    state, setting = market()
    price(state, setting)
    before = state.appeal.copy()
    state.orders.coverage[B, A] = 0.5
    price(state, setting)
    assert state.appeal[0, 0] - before[0, 0] == pytest.approx(np.array([[0.072, -0.072], [0, 0]]))
    assert state.place_value[0, 0, A] == pytest.approx(log(exp(before[0, 0, A, A]) * (exp(0.072) + exp(-0.072))))


def test_what_passed_reports_add_on_average_is_weighted_by_appeal_and_not_counted_twice():
    state, setting = market()
    state.awareness[0] = [0.1, 0.5]
    price(state, setting)
    before = state.appeal[0, 0, A].copy()
    weight = exp(before[B]) / (exp(before[A]) + exp(before[B]))
    state.orders.coverage[B, A] = 0.5
    price(state, setting)
    assert state.appeal[0, 0, A] - before == pytest.approx([weight * 0.144, weight * 0.144 - 0.144])
    state.orders.coverage[:, A] = 0.5
    price(state, setting)
    assert state.appeal[0, 0, A] == pytest.approx(before)


def test_the_log_sum_is_that_of_exponentials_however_large():
    assert log_sum(np.array([1.0, 2.0])) == pytest.approx(log(e + e**2))
    assert log_sum(np.array([1_000.0, 1_000.0])) == pytest.approx(1_000 + log(2))
