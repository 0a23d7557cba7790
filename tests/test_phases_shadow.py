"""What would be believed without the policy: identities bit by bit, and each equation by hand."""

import math
from dataclasses import replace

import numpy as np
import pytest
from test_week import busy
from worlds import crimes, differences, instrument, numbers, ring, same, with_policy, world

from sim.draws import Draw, uniform
from sim.phases.choosing import EXIT, HARDEN, MOVE, QUIET, SWITCH
from sim.phases.raid import raid
from sim.phases.shadow import (
    ALL_ON,
    Route,
    Trace,
    after_learn,
    after_raid,
    arrivals,
    begin_shadow,
    hold_back,
    missing,
    outlooks,
    weigh_cases,
)
from sim.state import Status
from sim.week import advance, run, runs_with, start, weeks

SETS = [(), (Route.PLACE,), (Route.TIME, Route.TARGET, Route.TACTIC), tuple(Route)[:7], (Route.MARKET,),
        (Route.PERPETRATOR, Route.CRIME), (Route.PLACE, Route.DETERRENCE, Route.MARKET)]  # fmt: skip


def unequal(one, other):
    """Return in what two runs differ."""
    return differences(one.measures, other.measures) + differences(one.mechanics, other.mechanics) + (
        differences(one.moves, other.moves)
    )  # fmt: skip


@pytest.fixture(scope="module")
def untreated():
    """Return a busy world without a policy, its run and what that has left."""
    trace, scenario = Trace(), replace(busy(), policy=(), budget=None)
    return scenario, run(scenario, 3, leave=trace), trace


@pytest.mark.worlds
def test_leaving_a_trace_changes_nothing(untreated):
    scenario, found, trace = untreated
    assert not unequal(found, run(scenario, 3))
    assert len(trace.weeks) == scenario.clock.burn_in + scenario.clock.weeks


@pytest.mark.worlds
def test_without_a_policy_every_set_of_routes_gives_the_baseline_bit_for_bit(untreated):
    scenario, found, trace = untreated
    for routes, blind in zip(SETS, runs_with(scenario, 3, trace, SETS), strict=True):
        assert not unequal(found, blind), routes


@pytest.mark.worlds
def test_blindness_to_a_policy_that_the_baseline_has_too_changes_nothing():
    """With every instrument at work: its raids, channels, sweeps and tip-offs would all have happened."""
    trace, scenario = Trace(), busy()
    found = run(scenario, 3, leave=trace)
    assert found.measures["raids_successful"].sum() > 0
    assert found.measures["tip_offs"].sum() > 0
    for routes, blind in zip(SETS, runs_with(scenario, 3, trace, SETS), strict=True):
        assert not unequal(found, blind), routes


@pytest.mark.worlds
def test_with_all_routes_on_the_policy_has_its_ordinary_run_and_with_any_off_it_has_not(untreated):
    _, baseline, trace = untreated
    scenario = busy()
    ordinary = run(scenario, 3)
    assert "operations" in differences(ordinary.measures, baseline.measures)
    without = [tuple(Route), *(tuple(one for one in Route if one != off) for off in Route)]
    everyone, *others = runs_with(scenario, 3, trace, without)
    assert not unequal(ordinary, everyone)
    for off, blind in zip(Route, others, strict=True):
        assert "victims_host" in differences(ordinary.measures, blind.measures), off


@pytest.mark.worlds
def test_blind_runs_are_the_baseline_until_anybody_hears_of_the_policy():
    plain = world(ring(3, corruption=0.2, teams=60.0), crimes_of=crimes(), weeks=26, period=2, burn_in=8)
    treated = with_policy(plain, instrument("crackdown", "a", usd_per_year=3e7, start=12, announced=2))
    trace = Trace()
    before = run(plain, 5, leave=trace)
    for blind in runs_with(treated, 5, trace, [(), (Route.PLACE, Route.TIME), tuple(Route)]):
        assert not differences(*({n: m[:5] for n, m in one.measures.items()} for one in (before, blind)))
        assert differences(*({n: m[5:] for n, m in one.measures.items()} for one in (before, blind)))


@pytest.mark.worlds
def test_the_market_held_still_is_that_of_the_baseline(untreated):
    _, _, trace = untreated
    state, setting = start(busy(), 3)
    state.shadow = begin_shadow(state, trace, tuple(Route)[:7])
    for week in trace.weeks[:12]:
        advance(state, setting)
        assert same(state.crowding, week.crowding)
        assert same(state.awareness, week.awareness)


# ---- by hand -----------------------------------------------------------------------------


def watched(routes=(), workers=2_000, **orders):
    """Return state and setting of raided sites with a shadow; `orders` are what the policy has changed."""
    scenario = world(ring(3), operations=workers // 94, crimes_of=crimes(), parameters=numbers())
    trace = Trace()
    for state in weeks(scenario, 1):
        trace.note(state)
        if state.week == 2:
            break
    state, setting = start(scenario, 1)
    state.shadow = begin_shadow(state, trace, routes)
    state.shadow.turn_to(0)
    state.week = 7
    state.force[:] = 1e6
    for name, value in orders.items():
        getattr(state.orders, name)[:] = value
    return state, setting


@pytest.mark.hand
def test_a_case_weighs_the_chance_that_the_same_luck_would_have_opened_it():
    state, _ = watched()
    shadow = state.shadow
    state.sites.case[:4], shadow.known[:4] = (1, 1, 0, 1), (0, 1, 0, 0)
    state.sites.leads[:4], shadow.leads[:4] = (2.0, 2.0, 2.0, 1.0), (0.5, 0.5, 0.5, 3.0)
    shadow.weight[:4] = 0.25
    weigh_cases(state.sites, shadow.leads, shadow.known, shadow.weight, 0.012)
    ratio = (1 - math.exp(-0.012 * 0.5)) / (1 - math.exp(-0.012 * 2.0))  # about a quarter
    assert shadow.weight[:4] == pytest.approx([ratio, 0.25, 0.25, 1.0])  # more shadow leads than leads: 1
    assert shadow.known[:4].tolist() == [1, 1, 0, 1]


def raided(weight, corruption=0.0, lift=0.6, lift_before=0.3, routes=()):
    """Return state and the sites of one country after a raid on all of them; cases weigh `weight`."""
    state, setting = watched(routes, corruption=corruption, institutions=0.0, raid_lift=lift, at_once=1)
    shadow = state.shadow
    shadow.orders = replace(
        state.orders, raid_lift=np.full(3, lift_before), corruption=np.zeros(3), vetting=np.ones(3)
    )  # fmt: skip
    rows = np.flatnonzero((state.sites.status == Status.ACTIVE) & (state.sites.host == 0))
    state.sites.case[rows], shadow.known[rows], shadow.weight[rows] = 1, 1, weight
    state.sites.leads[rows], shadow.leads[rows] = 2.0, 1.0
    shadow.workers[:] = state.voluntary + state.coerced
    raid(state, setting)
    after_raid(state, setting)
    return state, setting, rows


@pytest.mark.hand
def test_a_raid_counts_by_its_case_and_by_how_likely_it_would_have_been_to_succeed():
    state, setting, rows = raided(0.6)
    closed = rows[state.sites.uprooted[rows] == 1]
    assert 0 < len(closed) < len(rows)
    chance = 0.6 * 0.3 / 0.6  # weight x ratio of the chances of success; nobody is warned
    shadow = state.shadow
    assert shadow.struck.sum() == pytest.approx(chance * len(closed))
    taken = shadow.workers[closed] - (state.voluntary + state.coerced)[closed]
    assert taken.min() > 0
    assert shadow.lost[closed] == pytest.approx((1 - chance) * taken)
    coins = np.array([uniform(setting.seed, Draw.WOULD_HAVE, 7, state.sites.address[s], 0) for s in rows])
    failed = ~np.isin(rows, closed)
    would = coins < np.where(failed, 0.6, chance)
    assert 0 < would.sum() < len(rows)
    assert shadow.alerted[rows].tolist() == would.astype(int).tolist()
    assert shadow.uprooted[rows].tolist() == (would & ~failed).astype(int).tolist()
    assert shadow.leads[rows].tolist() == np.where(would & ~failed, 0.0, 1.0).tolist()
    assert shadow.alarm_until[rows].tolist() == np.where(would, state.sites.alarm_until[rows], 0).tolist()
    assert shadow.blows.sum() == (would & ~failed).sum()


@pytest.mark.hand
def test_a_raid_counts_by_how_likely_it_would_have_been_to_stay_secret():
    state, _, rows = raided(1.0, corruption=0.8, lift=1.0, lift_before=1.0)
    closed = state.sites.uprooted[rows] == 1
    assert 0 < closed.sum() < len(rows)
    # Without the policy nobody is corrupt: no warning would have come, and secrecy would have been certain.
    assert state.shadow.struck.sum() == pytest.approx(closed.sum())
    assert state.shadow.alerted[rows].tolist() == closed.astype(int).tolist()


@pytest.mark.hand
def test_shadow_evidence_is_forgotten_and_gathered_as_evidence_is():
    state, setting = watched()
    shadow, learning = state.shadow, setting.rules.learning
    living = np.flatnonzero(state.syndicates.alive)
    g, other = living[:2]
    state.syndicates.ties[living] = -1
    state.syndicates.ties[g] = other, -1
    shadow.hits[g] = 0.5
    shadow.struck[g] = 0.25, 0, 0
    shadow.struck_before[other] = 0, 0.5, 0
    shadow.blows_before[other] = 1
    after_learn(state, setting)
    kept, tied = learning.memory * 0.5, learning.tied_weight * 0.5
    assert shadow.hits[g] == pytest.approx([kept + learning.own_weight * 0.25, kept + tied, kept])
    assert shadow.alarmed_until[g] == 7 + setting.rules.choice.alarm_weeks
    assert shadow.alarmed_until[other] == 0
    assert shadow.struck_before[g].tolist() == [0.25, 0, 0]
    assert not shadow.struck.any()


def held(on, thinks, places, shares):
    """Return probabilities of places and classes after holding back, in a world whose shadow sees no place to go."""
    state, setting = watched(on)
    seen, flags, _ = outlooks(state, np.zeros((1, 3)), setting.land)
    s = int(np.flatnonzero(state.sites.host == 0)[0])
    places, shares = np.array(places), np.array(shares)
    constants = np.full((1, 5), -math.inf)
    hold_back(s, 0, 7, thinks, flags, seen, setting.rules, constants, np.zeros(3), np.zeros(5),
              np.zeros(1), places, shares)  # fmt: skip
    return places, shares


@pytest.mark.hand
def test_a_site_that_would_not_review_stays_as_far_as_its_routes_are_off():
    places, shares = [0.5, 0.2, 0.05], np.zeros(5)
    shares[[MOVE, SWITCH, QUIET, HARDEN, EXIT]] = 0.25, 0.0, 0.1, 0.05, 0.1
    found = held((Route.PLACE, Route.DETERRENCE), False, places, shares)
    assert found[0] == pytest.approx([0.65, 0.2, 0.05])  # what lying low and hardening had goes to staying
    assert found[1][[QUIET, HARDEN, EXIT]].tolist() == [0.0, 0.0, 0.1]
    found = held((Route.TIME,), False, places, shares)
    assert found[0] == pytest.approx([0.9, 0.0, 0.0])
    assert found[1][[MOVE, QUIET, EXIT]].tolist() == [0.0, 0.1, 0.0]


@pytest.mark.hand
def test_what_is_more_than_everything_is_scaled_down():
    """Blind, the site would leave almost surely: more than what the routes that are on have left."""
    state, setting = watched((Route.DETERRENCE,))
    seen, flags, _ = outlooks(state, np.zeros((1, 3)), setting.land)
    s = int(np.flatnonzero(state.sites.host == 0)[0])
    seen.public_hits[0, 0] = 1e6
    constants = np.array([[100.0, -math.inf, -math.inf, -math.inf, -math.inf]])
    places, shares = np.array([0.4, 0.0, 0.0]), np.zeros(5)
    shares[EXIT] = 0.6
    hold_back(s, 0, 7, True, flags, seen, setting.rules, constants, np.zeros(3), np.zeros(5),
              np.zeros(1), places, shares)  # fmt: skip
    assert places[0] == 0.0
    assert shares[EXIT] == pytest.approx(0.6 / 1.6)
    assert places.sum() + shares[EXIT] == pytest.approx(1.0)


@pytest.mark.hand
@pytest.mark.parametrize(
    ("on", "expected"),
    [
        ((Route.PLACE, Route.PERPETRATOR), [0.3, 0.1]),
        ((Route.PERPETRATOR,), [0.2, 0.2]),  # as many as see it, where the blind would go
        ((Route.PLACE,), [0.6, 0.2]),  # as many as the blind, where those go who see it
        ((), [0.4, 0.4]),
    ],
)
def test_newcomers_are_as_many_as_one_outlook_has_them_and_go_where_the_other_does(on, expected):
    flags = np.array([int(one in on) for one in Route])
    places, shares, blind = np.array([0.3, 0.1]), np.zeros(5), np.zeros(5)
    shares[EXIT], blind[EXIT] = 0.6, 0.2
    arrivals(flags, places, shares, np.array([0.4, 0.4]), blind)
    assert places == pytest.approx(expected)
    assert shares[EXIT] == pytest.approx(1 - sum(expected))


@pytest.mark.hand
def test_nobody_is_recruited_for_those_whom_only_the_policy_has_taken_unless_the_perpetrator_sees_it():
    for routes, expected in (((), 7.0), ((Route.PERPETRATOR,), 0.0)):
        state, _ = watched(routes)
        state.shadow.lost[3] = 7.0
        assert missing(state)[3] == expected
    state.shadow = None
    assert not missing(state).any()
    assert ALL_ON.all()
