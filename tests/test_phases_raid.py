"""Verb 6 by hand: who is raided first and by whom, who is warned, and what a raid takes."""

import numpy as np
import pytest
from worlds import account, capital, cash, crimes, detained, fits, imprisoned, living, luck, numbers, ring, stays, world

from sim.draws import Draw
from sim.phases.allocate import allocate
from sim.phases.raid import raid
from sim.scenario import Founder
from sim.state import Between, Happened, Money, People
from sim.week import start

pytestmark = pytest.mark.hand

A, B, C = range(3)
WEEK = 7
TEAM_WEEK = 8 * (1.5 * 15_000 + 3_000) / 52 + 500  # USD


def suspects(workers=4_000, *, traits=None, crime=None, code="a", **enforcement):
    """Return state, setting and the sites of one country, every one of them with an open case, and teams enough."""
    scenario = world(
        ring(3, **traits or {}), founders=(Founder(country=code, crime="online_fraud", workers=workers, coerced=0.4),),
        crimes_of=crimes(**crime or {}), parameters=numbers(enforcement=enforcement),
    )  # fmt: skip
    state, setting = start(scenario, 1)
    rows = living(state)
    state.week = WEEK
    state.force[:] = 1e6
    state.orders.at_once[:] = 1
    state.sites.case[rows] = 1
    state.sites.leads[rows] = 2.0
    return state, setting, rows


def sure(workers=1_000, code="a", **enforcement):
    """Return suspects whose raids succeed without a warning."""
    state, setting, rows = suspects(workers, traits={"corruption": 0.0}, code=code, **enforcement)
    state.orders.raid_lift[:] = 1.0
    return state, setting, rows


@pytest.mark.parametrize(("teams", "raids"), [(0, 0), (1, 1), (6, 1), (6.5, 2), (12, 2), (12.5, 3)])
def test_a_force_starts_raids_of_six_team_weeks_while_it_owes_less_than_a_week_and_patrols_with_the_rest(teams, raids):
    state, setting, _ = suspects()
    state.force[A] = teams
    raid(state, setting)
    assert state.diary[Happened.RAIDS, 0, A] == raids
    assert state.debt.tolist() == [6.0 * raids, 0.0, 0.0]
    allocate(state, setting)  # of twenty teams
    assert state.attention[0, A] == 20.0 - 6.0 * raids


def test_the_strongest_file_is_raided_first_and_equal_files_by_address():
    state, setting, rows = suspects()
    state.force[A] = 12.5  # three raids
    state.sites.leads[rows[4]] = 3.0
    raid(state, setting)
    others = np.delete(rows, 4)
    first_two = others[np.argsort(state.sites.address[others])[:2]]
    assert set(rows[state.sites.case[rows] == 0]) == {rows[4], *first_two}


ALONE, PAIR, ALL = [-1, -1, -1], [0, 0, -1], [0, 0, 0]
# κ of a, b, c is .4, .2, .5; tip_off .5, case_leak .5, the site in a works people of c: alone 1 − (1 − .5 · .4) = .2.
WARNED = {
    "alone": (ALONE, 1.0, [], 0.2),
    "halved by vetting": (ALONE, 0.5, [], 0.1),
    "a partner": (PAIR, 1.0, [], 1 - 0.8 * 0.9),
    "two partners": (ALL, 1.0, [], 1 - 0.8 * 0.9 * 0.75),
    "two partners, vetted": (ALL, 0.3, [], 1 - (1 - 0.2 * 0.3) * (1 - 0.325 * 0.3)),
    "the target's police feed the case": (ALONE, 1.0, [(C, A)], 1 - 0.8 * 0.75),
    "other police have channels": (ALONE, 1.0, [(A, C), (B, A), (C, B)], 0.2),
    "a partner, and the target's police": (PAIR, 1.0, [(C, A)], 1 - 0.8 * 0.9 * 0.75),
    "partners that also feed the case count once": (ALL, 1.0, [(C, A), (B, A)], 1 - 0.8 * 0.9 * 0.75),
}


@pytest.mark.parametrize("case", WARNED)
def test_a_site_is_warned_with_the_chance_worked_out_by_hand(case):
    joint, vetting, channels, chance = WARNED[case]
    state, setting, rows = suspects(workers=20_000, case_leak=0.5)
    state.orders.corruption[:] = [0.4, 0.2, 0.5]
    state.orders.joint[:], state.orders.vetting[:] = joint, vetting
    for pair in channels:
        state.orders.coverage[pair] = 0.1
    state.sites.target[rows] = C
    raid(state, setting)
    warned = luck(state, setting, Draw.TIP_OFF, rows) < chance
    assert np.array_equal(state.sites.leads[rows] == 1.0, warned)
    assert state.diary[Happened.TIP_OFFS, 0, A] == warned.sum()


@pytest.mark.parametrize(
    ("lift", "law_factor", "chance"),
    [(0.0, 1.0, 0.6 * 0.8 * 0.76), (0.0, 0.5, 0.6 * 0.8 * 0.5 * 0.76), (0.2, 0.5, 0.3824), (0.9, 1.0, 1.0)],
)
def test_a_raid_succeeds_with_the_chance_worked_out_by_hand(lift, law_factor, chance):
    """Strength .6, law .8, and corruption .4 of which protection lets .6 through: 1 − .4 · .6 = .76."""
    state, setting, rows = suspects(workers=20_000, crime={"law_factor": law_factor}, tip_off=0.0)
    state.orders.raid_lift[A] = lift
    raid(state, setting)
    struck = luck(state, setting, Draw.RAID, rows) < chance
    assert np.array_equal(state.sites.uprooted[rows] == 1, struck)
    assert state.diary[Happened.RAIDS_SUCCESSFUL, 0, A] == struck.sum()


def test_a_warned_site_stands_empty_for_three_weeks_and_keeps_all_but_half_of_its_leads():
    state, setting, rows = suspects(traits={"corruption": 1.0}, tip_off=1.0)
    ledgers = np.concatenate([state.money.balance, state.people.balance])
    raid(state, setting)
    sites = state.sites
    assert (sites.idle_until[rows] == WEEK + 3).all()
    assert (sites.alarm_until[rows] == WEEK + 3 + 4).all()
    assert (sites.leads[rows] == 1.0).all()
    assert sites.alerted[rows].all()
    for untouched in (sites.case, sites.uprooted, state.syndicates.alarm_until, state.syndicates.struck):
        assert not untouched.any()
    assert np.array_equal(ledgers, np.concatenate([state.money.balance, state.people.balance]))


def test_a_raid_that_fails_only_spends_the_case():
    state, setting, rows = suspects(tip_off=0.0)
    state.orders.institutions[:] = 0.0
    people = state.people.balance.copy()
    raid(state, setting)
    sites, syndicates = state.sites, state.syndicates
    assert sites.alerted[rows].all()
    for untouched in (sites.case, sites.uprooted, sites.idle_until, syndicates.alarm_until, syndicates.struck):
        assert not untouched.any()
    assert np.array_equal(people, state.people.balance)


def test_a_success_closes_the_site_spends_its_leads_and_alarms_the_syndicate():
    state, setting, rows = sure()
    state.sites.case[rows[1:]] = 0
    raid(state, setting)
    sites, s, g = state.sites, rows[0], state.sites.syndicate[rows[0]]
    assert (sites.idle_until[s], sites.alarm_until[s]) == (WEEK + 8, WEEK + 8 + 4)
    assert (sites.leads[s], sites.alerted[s], sites.uprooted[s]) == (0.0, 1, 1)
    assert state.syndicates.struck[:, A].sum() == state.syndicates.struck[g, A] == 1
    assert state.syndicates.alarm_until[g] == WEEK + 4 == state.syndicates.alarm_until.sum()


@pytest.mark.parametrize(("arrests", "rescues"), [(1.0, 0.0), (0.0, 1.0), (0.4, 0.7)])
def test_a_share_of_volunteers_is_arrested_and_a_share_of_the_coerced_is_freed(arrests, rescues):
    state, setting, rows = sure(arrests=arrests, rescues=rescues)
    state.sites.source[rows] = B
    voluntary, coerced = state.voluntary.sum(), state.coerced.sum()
    free = account(state.people, People.FREE).copy()
    raid(state, setting)
    arrested, rescued = voluntary - state.voluntary.sum(), coerced - state.coerced.sum()
    assert fits(arrested, voluntary, arrests)
    assert fits(rescued, coerced, rescues)
    assert imprisoned(state).sum(axis=0).tolist() == [arrested, 0, 0]
    assert stays(state, Between.SHELTER).tolist() == [[0, 0, 0], [rescued, 0, 0], [0, 0, 0]]
    assert np.array_equal(account(state.people, People.FREE), free)
    assert state.diary[[Happened.ARRESTS, Happened.RESCUED], 0, A].tolist() == [arrested, rescued]


def test_capital_and_cash_per_site_are_seized_and_the_rest_of_the_capital_is_written_off():
    state, setting, rows = sure()
    state.sites.case[rows[1:]] = 0
    g = state.sites.syndicate[rows[0]]
    state.syndicates.sites[g] = 4
    capital(state)[rows[0]], cash(state)[g] = 12_345, 10_000
    raid(state, setting)
    assert account(state.money, Money.SEIZED).tolist() == [7_407 + 500, 0, 0]  # .6 · 12,345 and .2 · 10,000 / 4
    assert account(state.money, Money.WRITTEN_OFF).tolist() == [12_345 - 7_407, 0, 0]
    assert (capital(state)[rows[0]], cash(state)[g]) == (0, 9_500)


@pytest.mark.parametrize(("code", "share"), [("b", 0.8), ("a", 0.0)])
def test_arrested_foreigners_are_handed_over_at_a_price_and_those_arrested_at_home_are_not(code, share):
    state, setting, rows = sure(10_000, code=code, arrests=1.0)  # all are of a
    state.orders.extradited[:] = [[1.0, 0.0, 1.0], [0.8, 1.0, 1.0], [1.0, 1.0, 1.0]]
    arrested, host = state.voluntary[rows].sum(), "ab".index(code)
    raid(state, setting)
    sent = stays(state, Between.ASKED_EARLY)[A, host]
    assert fits(sent, arrested, share)
    assert imprisoned(state)[:, host].sum() == arrested - sent
    assert state.due[host] == 5_000.0 * sent == state.due.sum()


@pytest.mark.parametrize(("shape", "parts", "kind"), [(1, 0, Between.ASKED), (2, 1, Between.ASKED_EARLY)])
def test_all_parts_of_a_sentence_are_still_to_come_for_the_arrested(shape, parts, kind):
    state, setting, rows = sure(code="b", arrests=1.0, sentence_shape=shape)
    state.orders.extradited[B, A] = 0.5
    arrested = state.voluntary[rows].sum()
    raid(state, setting)
    sent = stays(state, kind)[A, B]
    assert fits(sent, arrested, 0.5)
    assert detained(state, parts)[:, B].sum() == arrested - sent


@pytest.mark.parametrize("share", [0.0, 0.25, 1.0])
def test_a_share_of_the_coerced_found_in_a_raid_is_taken_for_offenders_and_held(share):
    """By the country of the raid; they are counted apart from those arrested and those rescued."""
    state, setting, rows = sure(10_000, code="b", rescues=0.8, arrests=0.0)  # all offenders are of a
    setting.land.mistaken_arrests[B], state.sites.source[rows] = share, C
    coerced = state.coerced.sum()
    raid(state, setting)
    mistaken, sheltered = stays(state, Between.HELD_EARLY)[C, B], stays(state, Between.SHELTER)[C, B]
    assert fits(mistaken + sheltered, coerced, 0.8)
    assert fits(mistaken, mistaken + sheltered, share)
    assert mistaken + sheltered == coerced - state.coerced.sum()
    kinds = [Happened.ARRESTS, Happened.RESCUED, Happened.MISIDENTIFIED]
    assert state.diary[kinds, 0, B].tolist() == [0, sheltered, mistaken]


def series(**orders):
    """Return state, setting and six sites of one syndicate in a, b, b, c, a, a; the last but one without a case.

    The last belongs to another syndicate. There is a task force of a and b; a has hands free for one raid, b for none.
    """
    state, setting, rows = sure()
    rows = rows[:6]
    state.sites.case[:] = 0
    state.sites.syndicate[rows] = [0, 0, 0, 0, 0, 1]
    state.sites.host[rows] = [A, B, B, C, A, A]
    state.sites.case[rows] = [1, 1, 1, 1, 0, 1]
    state.sites.leads[rows] = [5.0, 1.0, 1.0, 1.0, 1.0, 4.0]
    state.force[:] = [1.0, 0.0, 0.0]
    state.orders.joint[[A, B]] = 0
    for name, value in {"at_once": 1, **orders}.items():
        getattr(state.orders, name)[[A, B]] = value
    return state, setting, rows


def test_a_task_force_raids_at_once_what_it_knows_of_the_syndicate_in_member_countries_and_nothing_else():
    state, setting, rows = series()
    raid(state, setting)
    assert state.sites.alerted[rows].tolist() == [1, 1, 1, 0, 0, 0]
    assert state.sites.case[rows].tolist() == [0, 0, 0, 1, 0, 1]
    assert state.debt.tolist() == [6.0, 12.0, 0.0]


def test_a_series_across_a_border_costs_the_host_of_the_first_raid_an_overhead_for_each_further_country():
    state, setting, rows = series()
    raid(state, setting)
    assert state.due == pytest.approx([50_000 + 0.25 * 3 * 6 * TEAM_WEEK, 0.0, 0.0])
    state, setting, rows = series()
    state.sites.host[rows[1:3]] = A
    raid(state, setting)
    assert not state.due.any()


def test_without_raids_at_once_a_task_force_makes_one_raid_a_week_on_a_syndicate():
    state, setting, rows = series(at_once=0)
    state.force[:] = 100.0
    state.orders.joint[C] = 0
    raid(state, setting)
    assert state.sites.alerted[rows].tolist() == [1, 0, 0, 0, 0, 1]


def test_the_least_burdened_partner_pays_where_work_is_pooled():
    for pooled, debt in ((1, [20.0, 4.0, 8.0]), (0, [20.0, 4.0, 2.0])):
        state, setting, rows = series(pooled=pooled)
        state.sites.case[rows[1:]] = 0
        state.orders.joint[C], state.orders.pooled[C] = 0, pooled
        state.force[:] = 10.0
        state.debt[:] = [20.0, 4.0, 2.0]
        raid(state, setting)
        assert state.debt.tolist() == debt


def test_a_sweep_strikes_at_its_own_rate_without_a_case_without_teams_and_always_succeeds():
    state, setting, rows = suspects(workers=20_000)
    state.sites.case[rows[::3]], state.force[:] = 0, 0.0
    state.sites.host[rows[::2]] = B
    state.orders.institutions[:], state.orders.sweep[A] = 0.0, 0.3
    raid(state, setting)
    struck = (luck(state, setting, Draw.SWEEP, rows) < 0.3) & (state.sites.host[rows] == A)
    assert np.array_equal(state.sites.uprooted[rows] == 1, struck)
    assert state.diary[Happened.RAIDS_SUCCESSFUL, 0].tolist() == [struck.sum(), 0, 0]
