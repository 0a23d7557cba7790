"""Police strategies: the promises that every one keeps, each by hand, and what they change in a world."""

import random
from dataclasses import fields, replace

import numpy as np
import pytest
from scipy.optimize import minimize
from worlds import after, columns, crimes, differences, instrument, living, ring, with_policy, world

from sim.phases.allocate import allocate, look
from sim.phases.investigate import investigate
from sim.phases.raid import closing_chance, raid
from sim.phases.report import report
from sim.reports import police_sentences
from sim.scenario import PoliceException, Policing, dump, loads
from sim.state import Happened
from sim.strategies import (
    STRATEGIES,
    Concentrated,
    Greedy,
    HotSpots,
    IntelligenceLed,
    JointPooled,
    Reactive,
    Sight,
    in_force,
    lend,
    teams_by_crime,
    urgency_by_crime,
    water_fill,
)
from sim.week import advance, run, start

DRUGS, FRAUD, TRAFFICKING = 0, 1, 2  # crimes are in the order of their names
EVERY = list(STRATEGIES)
KINDS = ("drugs", "online_fraud", "trafficking")


def sight(kinds=3, countries=4, sites=30, scale=1.0, seed=1):
    """Return what police might see, all of it made up."""
    luck = np.random.Generator(np.random.PCG64(seed))
    crime, host = luck.integers(0, kinds, sites), luck.integers(0, countries, sites)
    site_leads = 3.0 * luck.random(sites)
    leads = np.full((kinds, countries), scale)
    np.add.at(leads, (crime, host), site_leads)
    filed = np.stack([1e6 * luck.random((kinds, countries)), luck.integers(0, 4, (kinds, countries)).astype(float)])
    filed[0] *= filed[1] > 0
    return Sight(
        crimes=("cards", "drugs", "vehicles")[:kinds], scale=scale, free=30.0 * luck.random(countries), leads=leads,
        complaints=100.0 * luck.random((kinds, countries)), found=4.0 * luck.random((kinds, countries)), filed=filed,
        success=luck.random((kinds, countries)), detection=0.012,
        lead_yield=1.5, site_leads=site_leads, site_complaints=luck.random(sites), site_found=luck.random(sites),
        site_crime=crime, site_host=host,
    )  # fmt: skip


def everywhere(kind, countries=4):
    """Return the plan in which all forces follow a strategy."""
    return in_force([(kind, np.arange(countries), 1.0)], countries)


def patrol(kind, seen):
    """Return the teams on each crime in each country after lending [K, C]."""
    plan = everywhere(kind, len(seen.free))
    return teams_by_crime(plan, replace(seen, free=lend(plan, seen.free, seen.leads.sum(axis=0))))


def permuted(seen, order):
    """Return what police see when the countries stand in another order."""
    place = np.argsort(order)
    cells = {f.name: getattr(seen, f.name)[..., order] for f in fields(seen)
             if f.name in ("free", "leads", "complaints", "found", "filed", "success")}  # fmt: skip
    return replace(seen, **cells, site_host=place[seen.site_host])


# ------------------------------------------------------------------------------------------------ battery


@pytest.mark.battery
@pytest.mark.parametrize("name", EVERY)
@pytest.mark.parametrize("scale", [1.0, 0.2])
def test_no_team_is_lost_made_or_negative(name, scale):
    for seed in range(20):
        seen = sight(seed=seed, scale=scale)
        teams = patrol(STRATEGIES[name](), seen)
        assert teams.shape == seen.leads.shape
        assert (teams >= 0.0).all()
        assert teams.sum() == pytest.approx(seen.free.sum(), rel=1e-12)
        if not STRATEGIES[name]().lends():
            assert teams.sum(axis=0) == pytest.approx(seen.free, rel=1e-12)


@pytest.mark.battery
@pytest.mark.parametrize("name", EVERY)
def test_the_order_of_countries_means_nothing(name):
    kind = STRATEGIES[name]()
    for seed in range(10):
        seen, order = sight(seed=seed), np.array(random.Random(seed).sample(range(4), 4))
        other = permuted(seen, order)
        assert np.array_equal(patrol(kind, seen)[:, order], patrol(kind, other))
        assert np.array_equal(kind.urgency(seen)[:, order], kind.urgency(other))
        assert np.array_equal(kind.pointers(seen), kind.pointers(other))


@pytest.mark.battery
@pytest.mark.parametrize("name", EVERY)
def test_the_same_sight_gives_the_same_answers(name):
    assert np.array_equal(patrol(STRATEGIES[name](), sight()), patrol(STRATEGIES[name](), sight()))


@pytest.mark.battery
@pytest.mark.parametrize("name", EVERY)
def test_a_single_crime_gets_all_teams(name):
    seen = sight(kinds=1)
    plan = everywhere(STRATEGIES[name]())
    free = lend(plan, seen.free, seen.leads.sum(axis=0))
    assert patrol(STRATEGIES[name](), seen)[0] == pytest.approx(free)
    assert STRATEGIES[name]().urgency(seen) == pytest.approx(np.ones((1, 4)))


@pytest.mark.battery
@pytest.mark.parametrize("name", EVERY)
@pytest.mark.parametrize("free", [0.0, 12.0])
def test_a_force_without_sites_records_or_teams_still_has_an_answer(name, free):
    """Nothing is known of anything, so that every crime is as good as any other."""
    kind, none = STRATEGIES[name](), np.zeros((3, 4))
    empty = replace(
        sight(sites=0), free=np.full(4, free), leads=none + 1.0, complaints=none, found=none, filed=np.zeros((2, 3, 4)),
        success=none + 0.5,
    )  # fmt: skip
    assert patrol(kind, empty) == pytest.approx(np.full((3, 4), free / 3))
    assert kind.urgency(empty) == pytest.approx(np.ones((3, 4)))
    assert len(kind.pointers(empty)) == 0


@pytest.mark.battery
@pytest.mark.parametrize("name", EVERY)
def test_what_points_to_a_site_is_never_negative_and_a_focus_is_a_share(name):
    kind = STRATEGIES[name]()
    assert (kind.pointers(sight()) >= 0.0).all()
    assert 0.0 <= kind.focus() <= 1.0
    assert (kind.urgency(sight()) > 0.0).all()


@pytest.fixture(scope="module")
def plain():
    """Return three countries with three crimes and much police work."""
    return world(ring(3, corruption=0.2, teams=60.0), crimes_of=crimes(*KINDS), burn_in=8, weeks=26)


@pytest.mark.battery
@pytest.mark.parametrize("name", EVERY)
def test_watch_has_a_mean_of_one_and_no_team_is_lost_in_a_world(plain, name):
    state, setting = after(replace(plain, police=Policing(strategy=STRATEGIES[name]())), 3, 30)
    allocate(state, setting)
    rows = living(state)
    for k in range(3):
        for c in range(3):
            here = rows[(state.sites.crime[rows] == k) & (state.sites.host[rows] == c)]
            if len(here):
                assert state.sites.watch[here].mean() == pytest.approx(1.0, rel=1e-12)
                assert state.sites.watch[here].min() >= 0.0
    assert state.attention.sum() <= state.force.sum() + 1e-9
    assert (state.attention >= 0.0).all()


@pytest.mark.battery
@pytest.mark.parametrize("name", EVERY)
def test_every_strategy_survives_writing_and_reading(plain, name):
    kind = STRATEGIES[name]()
    policy = (instrument("police strategy", "a", "b", strategy=kind),)
    exceptions = (PoliceException(members=("a", "b"), strategy=kind),)
    scenario = replace(plain, policy=policy, police=Policing(exceptions=exceptions))
    assert loads(dump(scenario)) == scenario


# ------------------------------------------------------------------------------------------------ by hand


def two_crimes(**known):
    """Return one force of 20 teams and two crimes of which nothing is known but what is given, by crime."""
    none = np.zeros((2, 1))
    given = {name: np.array(value, dtype=float).reshape(-1, 2, 1) for name, value in known.items()}
    seen = Sight(
        crimes=("cards", "drugs"), scale=1.0, free=np.array([20.0]), leads=none + 1.0, complaints=none, found=none,
        filed=np.zeros((2, 2, 1)), success=none + 0.5, detection=0.01, lead_yield=2.0,
        site_leads=np.zeros(0), site_complaints=np.zeros(0), site_found=np.zeros(0),
        site_crime=np.zeros(0, np.int64), site_host=np.zeros(0, np.int64),
    )  # fmt: skip
    return replace(seen, **{name: value if name == "filed" else value[0] for name, value in given.items()})


@pytest.mark.hand
def test_intelligence_led_splits_by_one_plus_the_leads():
    """(1 + 3) to (1 + 0): 16 and 4; with half of it spread evenly, 13 and 7."""
    seen = two_crimes(leads=[4, 1])
    assert patrol(IntelligenceLed(), seen)[:, 0] == pytest.approx([16.0, 4.0])
    assert patrol(IntelligenceLed(over_crimes=0.5), seen)[:, 0] == pytest.approx([13.0, 7.0])


@pytest.mark.hand
def test_a_reactive_force_splits_by_one_plus_the_reports_of_residents():
    """(1 + 23) to (1 + 15) is .6 to .4; .8 · .6 + .2 / 2 = .58 of 20 teams are 11.6. Leads count for nothing."""
    seen = two_crimes(complaints=[23, 15], leads=[1, 9])
    assert patrol(Reactive(), seen)[:, 0] == pytest.approx([11.6, 8.4])
    assert patrol(Reactive(over_crimes=1.0), seen)[:, 0] == pytest.approx([12.0, 8.0])


@pytest.mark.hand
def test_hot_spots_splits_by_one_plus_the_cases_of_before():
    """(1 + 2) to (1 + 0): 15 and 5."""
    assert patrol(HotSpots(), two_crimes(found=[2, 0], leads=[1, 9]))[:, 0] == pytest.approx([15.0, 5.0])


@pytest.mark.hand
def test_a_crackdown_concentrates_on_its_crime_or_on_the_one_with_most_harm_on_file():
    """.8 of 20 teams on the named crime, and its cases count 1.6 times, the others .4 times."""
    seen = two_crimes(filed=[[300.0, 100.0], [1.0, 1.0]])
    assert patrol(Concentrated(crime="drugs"), seen)[:, 0] == pytest.approx([4.0, 16.0])
    assert Concentrated(crime="drugs").urgency(seen)[:, 0] == pytest.approx([0.4, 1.6])
    assert patrol(Concentrated(share=0.7), seen)[:, 0] == pytest.approx([14.0, 6.0])
    assert patrol(Concentrated(), two_crimes())[:, 0] == pytest.approx([10.0, 10.0])  # nothing is on file


@pytest.mark.hand
def test_members_lend_to_where_the_pooled_leads_are():
    """.5 · (20 + 4) = 12 teams are pooled and go 5 to 1, so 10 + 10 and 2 + 2; the third force is no member."""
    plan = in_force([(IntelligenceLed(), np.arange(3), 1.0), (JointPooled(lent=0.5), np.array([0, 1]), 1.0)], 3)
    assert lend(plan, np.array([20.0, 4.0, 9.0]), np.array([10.0, 2.0, 50.0])) == pytest.approx([20.0, 4.0, 9.0])
    assert lend(plan, np.array([20.0, 4.0, 9.0]), np.array([2.0, 10.0, 50.0])) == pytest.approx([12.0, 12.0, 9.0])


@pytest.mark.hand
def test_greedy_weighs_what_a_raid_averts_and_what_is_known_already():
    """Half of all raids close a site; one site expected of each crime, 2 leads a team, u = .01.

    Shown by a file each besides a typical one of 200: (300 + 200) / 2 = 250 and (100 + 200) / 2 = 150. Levels are
    ln 125 and ln 75, widths 1 / .02 = 50: the first gets 10 + 50 · ln(5 / 3) / 2 = 22.8 teams if it may, so all 20.
    With 100 free teams it gets 50 + 50 · ln(5 / 3) / 2 = 62.77 and the other 37.23.
    """
    seen = two_crimes(filed=[[300.0, 100.0], [1.0, 1.0]])
    assert seen.harm_on_file()[:, 0] == pytest.approx([250.0, 150.0])
    assert Greedy().gain(seen)[:, 0] == pytest.approx([125.0, 75.0])
    assert Greedy().urgency(seen)[:, 0] == pytest.approx([1.25, 0.75])
    assert patrol(Greedy(), seen)[:, 0] == pytest.approx([20.0, 0.0])
    more = replace(seen, free=np.array([100.0]))
    assert patrol(Greedy(), more)[:, 0] == pytest.approx([62.7706, 37.2294], abs=1e-4)


@pytest.mark.hand
def test_greedy_turns_from_what_is_known_so_well_that_it_becomes_a_case_anyway():
    """10 leads on one known site: the level falls by u · 10 / 1 = .1, so 50 · .1 / 2 = 2.5 teams go to the other."""
    seen = replace(two_crimes(leads=[11, 1]), free=np.array([100.0]))
    assert patrol(Greedy(), seen)[:, 0] == pytest.approx([47.5, 52.5])


@pytest.mark.hand
def test_known_sites_are_those_of_which_at_least_one_lead_is_held():
    """1 + (1 - e^-1) + (1 - e^-3) where two sites have 1 and 3 leads; 1 where none is known."""
    seen = replace(
        two_crimes(), site_leads=np.array([1.0, 3.0]), site_crime=np.array([1, 1]), site_host=np.array([0, 0])
    )
    assert seen.known()[:, 0] == pytest.approx([1.0, 1.0 + 0.6321206 + 0.9502129])


@pytest.mark.hand
def test_a_strategy_at_part_intensity_takes_that_part_from_the_one_below():
    """.25 of hot spots (15 and 5) and .75 of intelligence (16 and 4)."""
    seen = two_crimes(leads=[4, 1], found=[2, 0])
    here = np.array([0])
    plan = in_force([(IntelligenceLed(), here, 1.0), (HotSpots(), here, 0.25)], 1)
    assert teams_by_crime(plan, seen)[:, 0] == pytest.approx([15.75, 4.25])
    assert urgency_by_crime(plan, seen)[:, 0] == pytest.approx([1.0, 1.0])


@pytest.fixture
def opening():
    """Return one country of 20 teams with some sites of two crimes of which nothing is known, and its setting."""
    hot = Policing(strategy=HotSpots(over_sites=0.5))
    scenario = world(ring(1), operations=4, crimes_of=crimes("online_fraud", "drugs"), burn_in=0)
    return start(replace(scenario, police=hot), 1)


@pytest.mark.hand
def test_half_of_the_watch_follows_one_plus_what_points_to_a_site(opening):
    """With n sites of which one has 2 cases: .5 + .5 · 3 n / (n + 2) there, .5 + .5 · n / (n + 2) elsewhere."""
    state, setting = opening
    rows = living(state)
    fraud = rows[state.sites.crime[rows] == FRAUD]
    n = len(fraud)
    state.sites.found[fraud[0]] = 2.0
    allocate(state, setting)
    assert state.sites.watch[fraud[0]] == pytest.approx(0.5 + 0.5 * 3 * n / (n + 2))
    assert state.sites.watch[fraud[1:]] == pytest.approx(0.5 + 0.5 * n / (n + 2))
    assert state.sites.watch[rows[state.sites.crime[rows] == DRUGS]] == pytest.approx(1.0)


@pytest.mark.hand
def test_leads_gather_in_proportion_to_the_watch(opening):
    state, setting = opening
    rows = living(state)
    fraud = rows[state.sites.crime[rows] == FRAUD][:2]
    state.sites.found[fraud[0]] = 2.0
    state.voluntary[fraud], state.coerced[fraud] = 20, 5
    allocate(state, setting)
    investigate(state, setting)
    first, other = state.sites.leads[fraud]
    assert first / other == pytest.approx(state.sites.watch[fraud[0]] / state.sites.watch[fraud[1]])
    assert first > other > 0.0


@pytest.mark.hand
def test_a_case_is_remembered_where_it_was_opened_with_the_harm_its_file_shows(opening):
    """3 victims at the mean loss of the target, and 10 coerced workers; both fade by the police's memory."""
    state, setting = opening
    rows = living(state)
    s = rows[state.sites.crime[rows] == FRAUD][0]
    state.sites.leads[:] = 0.0
    state.sites.leads[s], state.sites.hits[s], state.sites.takings[s] = 1e6, 3, 777
    state.coerced[s] = 10
    investigate(state, setting)
    assert state.sites.found[s] == state.found[FRAUD, 0] == 1.0
    week = setting.parameters.harm.coerced_week
    assert state.filed[:, FRAUD, 0] == pytest.approx([3 * setting.mean[FRAUD, 0] + 10 * week, 1.0])
    state.sites.leads[:] = 0.0
    memory = setting.parameters.intelligence.police_memory
    investigate(state, setting)
    assert state.found[FRAUD, 0] == pytest.approx(memory)
    assert state.sites.found[s] == pytest.approx(memory)
    assert state.filed[1, FRAUD, 0] == pytest.approx(memory)


@pytest.mark.hand
def test_sales_are_on_file_at_their_price(opening):
    """100,000 cents are 1,000 dollars of drugs, which count for half; nobody is coerced."""
    state, setting = opening
    rows = living(state)
    s = rows[state.sites.crime[rows] == DRUGS][0]
    state.sites.leads[:] = 0.0
    state.sites.leads[s], state.sites.takings[s], state.coerced[s] = 1e6, 100_000, 0
    investigate(state, setting)
    assert state.filed[0, DRUGS, 0] == pytest.approx(1000 * setting.parameters.harm.sales)


@pytest.mark.hand
def test_reports_by_residents_are_remembered(opening):
    """.98 · 50 + 7 of a crime; half a lead for 25 reports on a site, if it harms residents of its host."""
    state, setting = opening
    state.complaints[FRAUD, 0], state.reports[FRAUD, 0] = 50.0, 7
    report(state, setting)
    assert state.complaints[FRAUD, 0] == pytest.approx(setting.parameters.intelligence.police_memory * 50 + 7)
    first, other = living(state)[:2]
    state.sites.reports[[first, other]], state.sites.complaints[[first, other]] = 25, 1.0
    state.sites.target[first], state.sites.target[other] = 0, 7  # another country
    investigate(state, setting)
    kept = setting.parameters.intelligence.police_memory
    told = setting.parameters.intelligence.attribution * 25
    assert state.sites.complaints[[first, other]] == pytest.approx([kept + told, kept])


@pytest.mark.hand
@pytest.mark.parametrize(("urgent", "watched", "first"), [(1.0, 1.0, 0), (1.6, 1.0, 1), (1.0, 1.6, 1), (1.4, 1.0, 0)])
def test_cases_are_raided_by_leads_times_watch_times_urgency(opening, urgent, watched, first):
    """Of files of 3 and 2 leads the second goes first when it counts more than 1.5 times; there is time for one."""
    state, setting = opening
    rows = living(state)
    pair = [rows[state.sites.crime[rows] == kind][0] for kind in (FRAUD, DRUGS)]
    state.sites.case[pair], state.sites.leads[pair], state.force[:] = 1, (3.0, 2.0), 1.0
    state.urgency[DRUGS], state.sites.watch[rows], state.sites.watch[pair[1]] = urgent, 1.0, watched
    raid(state, setting)
    assert state.sites.case[pair].tolist() == [first, 1 - first]


@pytest.mark.hand
def test_a_raid_closes_a_site_unless_given_away():
    """.9 · .8 · (1 - .5 · .6) · 1 = .504, less a tip-off in .5 · .5 = a quarter of all raids."""
    country = ring(1, institutions=0.9, law=0.8, corruption=0.5, protection=0.6)
    state, setting = start(world(country, crimes_of=crimes(law_factor=1.0), burn_in=0), 1)
    state.orders.institutions[:], state.orders.corruption[:] = 0.9, 0.5
    assert closing_chance(state.orders, setting) == pytest.approx(0.504 * 0.75)


@pytest.mark.hand
def test_police_see_nothing_of_empty_rows_and_nobody_tells_them_how_many_sites_there_are(opening):
    state, setting = opening
    gone = living(state)[0]
    state.sites.leads[gone] = state.sites.found[gone] = state.sites.complaints[gone] = 5.0
    state.sites.status[gone] = 0
    seen = look(state, setting, state.force)
    assert (seen.site_leads[gone], seen.site_found[gone], seen.site_complaints[gone]) == (0.0, 0.0, 0.0)
    assert "count" not in {f.name for f in fields(Sight)}


# --------------------------------------------------------------------------------------------------- twin


@pytest.mark.twin
def test_no_split_averts_more_than_the_filled_one():
    """Against a numerical optimiser of the stated harm averted, from where the closed form ends."""
    for seed in range(12):
        luck = np.random.Generator(np.random.PCG64(seed))
        level, width, free = 2.0 * luck.random((4, 1)), 1.0 + 20.0 * luck.random((4, 1)), np.array([25.0])
        filled = water_fill(free, level, width)[:, 0]

        def averted(x, level=level[:, 0], width=width[:, 0]):
            return float((width * np.exp(level) * (1.0 - np.exp(-x / width))).sum())

        found = minimize(
            lambda x: -averted(x), np.full(4, free[0] / 4), bounds=[(0.0, free[0])] * 4, method="SLSQP",
            constraints={"type": "eq", "fun": lambda x: x.sum() - 25.0}, options={"ftol": 1e-12, "maxiter": 500},
        )  # fmt: skip
        assert filled.sum() == pytest.approx(25.0)
        assert averted(filled) >= averted(found.x) - 1e-6
        assert filled == pytest.approx(found.x, abs=0.02)


# ------------------------------------------------------------------------------------------------- worlds


@pytest.mark.worlds
def test_intelligence_led_in_so_many_words_is_the_default(plain):
    told = with_policy(plain, instrument("police strategy", "a", "b", strategy=IntelligenceLed()))
    assert not differences(run(plain, 5).measures, run(told, 5).measures)


@pytest.mark.worlds
@pytest.mark.parametrize("name", [name for name in EVERY if name != "intelligence-led"])
def test_a_strategy_in_force_from_a_week_on_changes_nothing_before_and_something_after(plain, name):
    begins, kind = 6, STRATEGIES[name]()
    treated = with_policy(plain, instrument("police strategy", "a", "b", strategy=kind, start=begins))
    pair = [start(scenario, 5) for scenario in (plain, treated)]
    for week in range(8 + begins + 2):
        for state, setting in pair:
            advance(state, setting)
        apart = differences(*(columns(state) for state, _ in pair))
        assert bool(apart) == (week >= 8 + begins), (week, apart)


@pytest.mark.worlds
def test_an_exception_is_the_same_as_an_instrument_from_the_first_week(plain):
    """But for the weeks of burn-in, in which no instrument works yet."""
    plain = replace(plain, clock=replace(plain.clock, burn_in=0))
    standing = replace(plain, police=Policing(exceptions=(PoliceException(members=("b",), strategy=HotSpots()),)))
    told = with_policy(plain, instrument("police strategy", "b", strategy=HotSpots()))
    assert not differences(run(standing, 5).measures, run(told, 5).measures)


@pytest.mark.worlds
def test_a_site_that_has_moved_is_no_place_where_anything_was_found(plain):
    scenario = replace(plain, crimes=crimes(*KINDS, move_share=0.2))
    state, setting = after(scenario, 3, 8)
    moved = remembered = 0
    for _ in range(26):
        before = state.sites.address.copy(), state.sites.host.copy()
        advance(state, setting)
        rows = living(state)
        rows = rows[rows < len(before[0])]
        stayed = rows[state.sites.address[rows] == before[0][rows]]
        elsewhere = stayed[state.sites.host[stayed] != before[1][stayed]]
        moved += len(elsewhere)
        remembered += (state.sites.found[stayed] > 0).sum() + (state.sites.complaints[stayed] > 0).sum()
        assert not state.sites.found[elsewhere].any()
        assert not state.sites.complaints[elsewhere].any()
    assert moved > 10
    assert remembered > 100


@pytest.mark.worlds
def test_only_the_members_work_by_a_strategy(plain):
    state, setting = after(
        replace(
            plain, police=Policing(exceptions=(PoliceException(members=("b",), strategy=Concentrated(crime="drugs")),))
        ),
        3,
        20,
    )
    allocate(state, setting)
    shares = state.attention / state.attention.sum(axis=0)
    assert shares[DRUGS, 1] == pytest.approx(0.8)
    assert shares[DRUGS, [0, 2]].max() < 0.8
    assert state.urgency[DRUGS].tolist() == pytest.approx([1.0, 2.4, 1.0])


@pytest.mark.worlds
def test_pooled_leads_draw_teams_from_partners_and_nobody_elses():
    """Country a has nearly all the sites: b lends to it, c keeps its teams."""
    joint = Policing(exceptions=(PoliceException(members=("a", "b"), strategy=JointPooled()),))
    scenario = replace(world(ring(3, teams=60.0), crimes_of=crimes(*KINDS), burn_in=8), police=joint)
    state, setting = after(scenario, 3, 20)
    rows = living(state)
    state.sites.leads[rows[state.sites.host[rows] == 1]] = 0.0
    allocate(state, setting)
    spent = state.attention.sum(axis=0)
    free = state.force - np.minimum(state.debt, state.force)
    assert spent[0] > free[0] > 0.0
    assert spent[1] < free[1]
    assert spent[2] == pytest.approx(free[2])


@pytest.mark.worlds
def test_a_crackdown_on_a_crime_opens_more_of_its_cases(plain):
    """The same teams: more cases of drugs than without, and fewer of the others."""
    plain = replace(plain, clock=replace(plain.clock, weeks=104))
    aimed = replace(plain, police=Policing(strategy=Concentrated(crime="drugs", share=0.95)))
    cases = []
    for scenario in (plain, aimed):
        found = np.zeros(3)
        for seed in (1, 2):
            state, _ = after(scenario, seed, 112)
            found += state.diary[Happened.CASES].sum(axis=1)
        cases.append(found)
    assert cases[1][DRUGS] > 1.2 * cases[0][DRUGS]
    assert cases[1][[FRAUD, TRAFFICKING]].sum() < cases[0][[FRAUD, TRAFFICKING]].sum()


@pytest.mark.hand
def test_standing_strategies_read_back_as_sentences(plain):
    """Nothing is said of a world in which nobody was told anything."""
    others = PoliceException(members=("b",), strategy=JointPooled(lent=0.5))
    told = replace(plain, police=Policing(strategy=Concentrated(crime="drugs"), exceptions=(others,)))
    assert list(police_sentences(plain)) == []
    assert list(police_sentences(told, {"a": "Aland"})) == [
        "Aland and c: police work by the strategy crackdown with crime: drugs unless told otherwise.",
        "b: police work by the strategy joint pooled with lent 50 % of patrol unless told otherwise.",
    ]
