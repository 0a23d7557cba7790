"""Verb 4 by hand: who reports, how careful the public grows, and which leads reach whom."""

import math

import numpy as np
import pytest
from worlds import country, crimes, instrument, living, numbers, world

from sim.draws import Draw, words
from sim.phases.investigate import investigate
from sim.phases.legislate import legislate
from sim.phases.offend import offend
from sim.phases.report import report
from sim.week import start

pytestmark = pytest.mark.hand

A, B = 0, 1
WEEK = 6
RULES = {
    "intelligence": {"attribution": 0.02, "ageing": 0.1, "domestic_delay": 2},
    "offending": {"awareness_rise": 0.1, "awareness_decay": 0.02, "caution": 0.0, "repeat_rate": 0.0},
    "costs": {"report_fee": 10.0},
}
CHANNEL = instrument("intelligence sharing", "a", "b", setup=0, coverage=0.5, trust=0.8, delay=3)  # passes .4


def opened(*policy, scale=1.0, reporting=0.2):
    """Return sites in two countries of 20,000 persons, of which b is the more corrupt, after a week's orders."""
    lands = [
        country(code, population=20_000, corruption=corruption, teams=0.0, reporting=reporting)
        for code, corruption in (("a", 0.1), ("b", 0.4))
    ]
    state, setting = start(
        world(lands, operations=4, burn_in=0, policy=policy, scale=scale, parameters=numbers(**RULES),
              crimes_of=crimes(susceptibility=0.02, value_spread=0.0)), 1,
    )  # fmt: skip
    state.week = WEEK
    legislate(state, setting)
    return state, setting


def reported(state, victim, host, reports=50):
    """Let one site in a country be reported by people of another; return its row."""
    s = living(state)[0]
    state.sites.target[s], state.sites.host[s], state.sites.reports[s] = victim, host, reports
    return s


def arrivals(state, s):
    """Return the leads on their way to a site by the weeks until they arrive."""
    horizon = state.leads_due.shape[1]
    return [float(state.leads_due[s, (WEEK + weeks) % horizon]) for weeks in range(horizon)]


@pytest.mark.parametrize("share", [0.0, 0.25, 1.0])
def test_each_loss_is_reported_with_the_probability_of_the_victims_country(share):
    """Read at the address of each loss."""
    state, setting = opened(reporting=share)
    offend(state, setting)
    for s in living(state):
        address, hits = state.sites.address[s], state.sites.hits[s]
        luck = [words(setting.seed, Draw.PERSON, WEEK, address, j)[3] for j in range(hits)]
        assert state.sites.reports[s] == sum(u / 2**32 < share for u in luck)
        assert hits > 0
    by_target = np.bincount(state.sites.target[living(state)], weights=state.sites.reports[living(state)], minlength=2)
    assert state.reports[0].tolist() == by_target.tolist()
    assert state.reported[0] == pytest.approx(by_target * 100 * setting.median[0], abs=by_target.sum())


@pytest.mark.parametrize(("scale", "per_thousand"), [(1.0, 2.0), (0.5, 4.0)])
def test_awareness_rises_with_new_reports_per_thousand_and_decays(scale, per_thousand):
    """40 new reports among 20,000 persons, or among the half of them: .5 + .1 · 2 · (1 - .5) - .02 · .5."""
    state, setting = opened(scale=scale)
    state.awareness[0] = 0.5
    state.reports[0, A], state.reports_before[0, A] = 70, 30
    report(state, setting)
    assert state.awareness[0] == pytest.approx([0.5 + 0.1 * per_thousand * 0.5 - 0.01, 0.5 - 0.01])
    once = state.awareness[0, A]
    report(state, setting)
    assert state.awareness[0, A] == pytest.approx(once * 0.98)  # no report counts twice


def test_awareness_stays_a_share():
    state, setting = opened()
    state.reports[0, A] = 1_000_000
    report(state, setting)
    assert state.awareness[0, A] == 1.0


def test_leads_of_ones_own_police_arrive_whole_after_the_domestic_delay():
    """50 · .02 = 1 lead, two weeks later, for nothing."""
    state, setting = opened(CHANNEL)
    s = reported(state, victim=B, host=B)
    report(state, setting)
    assert arrivals(state, s) == pytest.approx([0.0, 0.0, 1.0, 0.0])
    assert not state.passed.any()
    assert not state.due.any()


def test_without_a_channel_nothing_crosses_a_border():
    state, setting = opened()
    s = reported(state, victim=A, host=B)
    report(state, setting)
    assert not any(arrivals(state, s))
    assert not state.passed.any()


@pytest.mark.parametrize(("victim", "host", "corruption"), [(A, B, 0.4), (B, A, 0.1)])
def test_a_channel_passes_coverage_times_trust_and_the_receiver_loses_a_part(victim, host, corruption):
    """50 · .02 · .5 · .8 = .4 leads set out, at 10 USD each for the victim's country; delay ages them for 3 weeks."""
    state, setting = opened(CHANNEL)
    s = reported(state, victim, host)
    report(state, setting)
    assert arrivals(state, s) == pytest.approx([0.0, 0.0, 0.0, 0.4 * (1 - corruption) * math.exp(-0.1 * 3)])
    assert [state.passed[victim], state.passed[host]] == pytest.approx([0.4, 0.0])
    assert [state.due[victim], state.due[host]] == pytest.approx([4.0, 0.0])


def test_a_vetted_receiver_loses_less_on_the_way():
    """Half of a corruption of .4 is cut."""
    state, setting = opened(CHANNEL, instrument("vetting", "b", cut=0.5))
    s = reported(state, victim=A, host=B)
    report(state, setting)
    assert arrivals(state, s)[3] == pytest.approx(0.4 * (1 - 0.2) * math.exp(-0.3))


def test_leads_that_arrive_in_the_same_week_add_up():
    state, setting = opened()
    s = reported(state, victim=A, host=A)
    state.leads_due[s, (WEEK + 2) % state.leads_due.shape[1]] = 0.5
    report(state, setting)
    assert sum(arrivals(state, s)) == arrivals(state, s)[2] == pytest.approx(1.5)


def test_investigators_read_a_passed_report_when_its_delay_is_over():
    state, setting = opened(CHANNEL)
    s = reported(state, victim=A, host=B)
    report(state, setting)
    held = []
    for state.week in range(WEEK, WEEK + 5):
        investigate(state, setting)
        held.append(float(state.sites.leads[s]))
    arrived = 0.4 * 0.6 * math.exp(-0.3)
    assert held == pytest.approx([0.0, 0.0, 0.0, arrived, 0.9 * arrived])


# ---- formal requests: 50 reports a week make one attributable lead, a tenth of which goes by request; 2 / 43 a week.
RATE, AGEING = 2 / 43, 0.1
LEAVING = RATE + AGEING


def requests_of(weeks, *policy, every_week=True, corruption=0.0):
    """Return state and the leads that arrive by formal request about one site in b, week by week."""
    state, setting = opened(*policy)
    state.orders.corruption[B] = corruption
    s, arrived = reported(state, victim=A, host=B), []
    for state.week in range(WEEK, WEEK + weeks):
        state.leads_due[:] = 0.0
        report(state, setting)
        arrived.append(float(state.leads_due[s, state.week % state.leads_due.shape[1]]))
        state.sites.reports[s] = 50 if every_week else 0
    return state, s, arrived


def test_of_one_lead_as_much_arrives_by_each_week_as_of_a_gamma_of_shape_two_with_ageing():
    """(r / l)^2 (1 - e^-ln (1 + l n)) after n weeks, with r = 2 / 43 and l = r + .1: no error of discretisation."""
    _, _, arrived = requests_of(60, every_week=False)
    for n in (0, 1, 2, 5, 20, 59):
        share = (RATE / LEAVING) ** 2 * (1 - math.exp(-LEAVING * n) * (1 + LEAVING * n))
        assert sum(arrived[: n + 1]) == pytest.approx(0.1 * share, abs=1e-15)


@pytest.mark.parametrize("corruption", [0.0, 0.4])
def test_in_a_steady_state_formal_requests_deliver_the_share_of_the_closed_form(corruption):
    """(1 + 21.5 · .1)^-2 = .1008 of a tenth, less what is lost at a corrupt receiver."""
    _, _, arrived = requests_of(400, corruption=corruption)
    share = (1 + 21.5 * AGEING) ** -2
    assert round(share, 4) == 0.1008
    assert arrived[-1] == pytest.approx(0.1 * share * (1 - corruption))


def test_a_channel_leaves_to_formal_requests_what_it_does_not_pass():
    """A channel of .4 passes; a tenth of the other .6 is requested."""
    state, s, _ = requests_of(1, CHANNEL)
    assert state.sites.requested[s] == pytest.approx(0.06)


def test_where_victim_and_host_share_a_police_force_nobody_asks_abroad():
    state, setting = opened()
    s = reported(state, victim=B, host=B)
    report(state, setting)
    assert state.sites.requested[s] == 0.0
    assert not state.requests.any()


def test_a_request_is_a_case_and_what_comes_up_while_it_is_under_way_joins_it():
    """.1 of a case in the first week; in the second, with .1 e^-l and .1 r e^-l of a lead under way, less than that."""
    state, _, _ = requests_of(1)
    assert state.requests.tolist() == pytest.approx([0.1, 0.0])
    assert state.casework.tolist() == pytest.approx([500.0, 0.0])
    assert not state.due.any()
    state, _, _ = requests_of(2)
    under_way = 0.1 * math.exp(-LEAVING) * (1 + RATE)
    assert state.requests[A] == pytest.approx(0.1 + 0.1 * math.exp(-under_way))
