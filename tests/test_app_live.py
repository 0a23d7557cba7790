"""The live worlds of the lesson are ordinary runs, shared by all who look; what the lesson says holds."""

import re
import threading
from dataclasses import replace

import numpy as np
import pytest

import sim
from sim.app import live
from sim.app.lesson import HEXAGONS, lesson
from sim.app.levers import as_file, compiled, levers_of, parting, world_of
from sim.app.presets import ORDER, PRESETS, squeeze
from sim.declare import UnknownName
from sim.instruments import WEEKS_A_YEAR
from sim.phases.choosing import probabilities, weigh
from sim.phases.relocate import crowd_appeal, land_in_force
from sim.scenario import loads
from sim.state import Status
from sim.week import run, start, weeks
from sim.world import codes, country

FOUR = list(ORDER[:4])
BUSY = [
    {"week": 3, "pressure": 0.6},
    {"week": 16, "partners": FOUR, "sharing": 0.5, "delay": 5},
    {"week": 40, "pressure": 1.0, "skips": ["kelbor"]},
    {"week": 60, "partners": FOUR[:2], "sharing": 0.0},
]
SEED = 5
VARDA = 11  # its place among the countries


@pytest.fixture
def fresh(monkeypatch):
    """Give memory of its own to a test."""
    for name, most in (("_openings", 4), ("_worlds", 48), ("_snapshots", 64)):
        monkeypatch.setattr(live, name, live.Shelf(most))


@pytest.fixture(scope="module")
def pair():
    found = live.open_pair("balloon", SEED, BUSY, squeeze(partners=FOUR, sharing=0.6))
    found.frames(0, 104)
    return found


# ------------------------------------------------------------------------------------- levers


@pytest.mark.parametrize("name", PRESETS)
def test_a_world_of_the_lesson_is_a_scenario_file(name):
    preset = PRESETS[name]
    for timeline in (preset.a, preset.b, BUSY, []):
        scenario = compiled(name, timeline)
        assert loads(as_file(name, scenario)) == scenario


def test_all_who_act_together_share_the_money_of_the_one_who_acts_alone():
    preset, world = PRESETS["balloon"], world_of("balloon").build_world()
    costs = world_of("balloon").parameters.costs
    for pressure in (0.4, 1.0):
        for partners in ([], FOUR[:1], FOUR, list(ORDER)):
            scenario = compiled("balloon", squeeze(pressure=pressure, partners=partners, sharing=0.7))
            fixed = (
                sum(
                    one.weekly_cost(one.deployed(world, np.arange(len(one.members)), costs, 20)).sum()
                    for one in scenario.policy
                )
                * WEEKS_A_YEAR
            )
            part = sum(one.intensity for one in scenario.policy if one.__class__.__name__ == "Crackdown")
            assert fixed + part * (preset.usd_per_year - fixed) == pytest.approx(pressure * preset.usd_per_year)


def test_a_lever_holds_until_it_is_moved_and_partners_act_after_their_delay():
    policy = compiled("balloon", BUSY).policy
    kinds = [(type(one).__name__, one.start, one.end, len(one.members)) for one in policy]
    assert kinds == [
        ("Crackdown", 3, 21, 1),
        ("IntelligenceSharing", 21, 40, 5),
        ("Crackdown", 21, 40, 5),
        ("IntelligenceSharing", 40, 60, 4),
        ("Crackdown", 40, 60, 4),
        ("Crackdown", 60, None, 3),
    ]
    assert levers_of("balloon", BUSY)[-1].pressure == 1.0


def test_worlds_part_in_the_first_week_that_differs():
    a, b = compiled("balloon", BUSY), compiled("balloon", [*BUSY[:2], {"week": 30, "sharing": 0.9}])
    assert parting(a, a) == a.clock.weeks
    assert parting(a, b) == 30
    assert parting(a, compiled("balloon", [])) == 3
    assert parting(compiled("balloon", BUSY[:1]), a) == 21  # agreed in week 16, and in force five weeks later


@pytest.mark.parametrize(
    ("timeline", "said"),
    [
        ("no list", "a list"),
        ([{"pressure": 1.0}], "'week'"),
        ([{"week": 260}], "0 to 259"),
        ([{"week": True}], "0 to 259"),
        ([{"week": 2}, {"week": 2}], "follow each other"),
        ([{"week": 2, "pressure": 1.5}], "'pressure' is a number from 0 to 1"),
        ([{"week": 2, "sharing": float("nan")}], "'sharing'"),
        ([{"week": 2, "delay": 1.5}], "'delay' is a whole number"),
        ([{"week": 2, "partners": ["varda"]}], "there is no partner 'varda'"),
        ([{"week": 2, "partners": ["orlenn"]}], "did you mean 'orlen'"),
        ([{"week": 2, "partners": "orlen"}], "list of country codes"),
        ([{"week": 2, "presure": 1.0}], "did you mean 'pressure'"),
        ([{"week": w} for w in range(61)], "at most 60"),
        (["x"], "mapping"),
    ],
)
def test_what_makes_no_sense_is_refused_in_words(timeline, said):
    with pytest.raises(ValueError, match=re.escape(said)):
        live.open_pair("balloon", 1, timeline, [])


def test_only_presets_and_seeds_that_exist_are_opened():
    with pytest.raises(UnknownName, match="did you mean 'balloon'"):
        live.open_pair("baloon", 1, [], [])
    for seed in (-1, 1.0, True, 2**53 + 1):
        with pytest.raises(ValueError, match="a seed is"):
            live.open_pair("balloon", seed, [], [])


# ------------------------------------------------------------------------------------- frames


def risen(tallies, first, last):
    """Return what running totals rose by in some weeks."""
    return live.Tally(*(now - before for now, before in zip(tallies[last], tallies[first], strict=True)))


def test_a_world_is_an_ordinary_run_bit_for_bit(fresh):
    scenario = compiled("balloon", BUSY)
    expected = run(replace(scenario, clock=replace(scenario.clock, weeks=117)), SEED)
    world = live.open_pair("balloon", SEED, BUSY, []).worlds["a"]
    world.upto(117)
    operations = np.zeros((9, 12))
    shown = {number: (host, status) for number, host, _, status in world.first}
    for week, frame in enumerate(world.frames):
        shown |= {number: (host, status) for number, host, _, status in frame["c"]}
        for host, status in shown.values():
            operations[week // 13, host] += (status != live.CLOSED) / 13.0
    assert operations == pytest.approx(expected.measures["operations"].sum(axis=2))
    for period in range(9):
        first, last = 13 * period, 13 * period + 13
        found = risen(world.tallies, first, last)
        assert (live.harm(found, world.setting) == expected.measures["harm_usd"][period].sum(axis=1)).all()
        assert (found.raids == expected.measures["raids"][period].sum(axis=1)).all()
        assert found.spent[0] == pytest.approx(expected.measures["cost_usd"][period].sum(axis=1), rel=1e-12)
        assert found.spent[1] == pytest.approx(expected.measures["programme_usd"][period].sum(axis=1), rel=1e-12)
        for key, name in (("h", "harm_usd"), ("p", "cost_usd"), ("g", "programme_usd"), ("r", "raids")):
            total = np.sum([frame[key] for frame in world.frames[first:last]], axis=0)
            assert np.abs(total - expected.measures[name][period].sum(axis=1)).max() <= 1.0, name


def test_a_lever_that_is_moved_changes_nothing_before_and_goes_on_as_if_computed_anew(fresh, monkeypatch):
    before = live.open_pair("balloon", SEED, BUSY, []).frames(0, 80)
    later = [*BUSY, {"week": 70, "pressure": 0.2, "partners": list(ORDER), "sharing": 1.0}]
    forked = live.open_pair("balloon", SEED, later, [])
    calls = []
    monkeypatch.setattr(live, "advance", lambda *each: (calls.append(1), sim.week.advance(*each)))
    after = forked.frames(0, 80)
    assert after[:70] == before[:70]
    assert after[70:] != before[70:]
    assert len(calls) <= 80 - 52  # from the state of week 52 on
    monkeypatch.setattr(live, "_worlds", live.Shelf(4))
    monkeypatch.setattr(live, "_snapshots", live.Shelf(4))
    assert live.open_pair("balloon", SEED, later, []).frames(0, 80) == after


def test_a_world_that_was_forgotten_and_begun_again_lends_no_weeks_it_has_not_had(fresh, monkeypatch):
    later = [*BUSY[:2], {"week": 30, "sharing": 1.0}]
    live.open_pair("balloon", SEED, BUSY, []).frames(0, 27)
    monkeypatch.setattr(live, "_worlds", live.Shelf(4))
    live.open_pair("balloon", SEED, BUSY, BUSY).frames(0, 5)  # its state of week 26 is still there
    frames = live.open_pair("balloon", SEED, later, later).frames(0, 28)
    assert [frame["w"] for frame in frames] == list(range(1, 29))
    assert frames == live.open_pair("balloon", SEED, BUSY, BUSY).frames(0, 28)


def test_thirty_pages_with_the_same_lesson_cost_one_simulation(fresh, monkeypatch):
    calls, found = [], []
    monkeypatch.setattr(live, "advance", lambda *each: (calls.append(1), sim.week.advance(*each)))

    def look(first):
        pair = live.open_pair("balloon", 9, squeeze(), BUSY)
        pair.opened()
        found.append(pair.frames(first, 26)[-1])

    threads = [threading.Thread(target=look, args=(i % 7,)) for i in range(30)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 30
    assert all(one == found[0] for one in found)
    assert len(calls) == world_of("balloon").clock.burn_in + 2 * 26


def test_an_operation_keeps_its_number_and_is_told_of_only_when_it_changes(pair):
    first, frames = pair.opened()["start"]["a"], pair.frames(0, 104)
    shown, seen = {number: rest for number, *rest in first}, {number for number, *_ in first}
    assert sorted(seen) == list(range(len(first)))
    for week, frame in enumerate(frames):
        assert frame["w"] == week + 1
        for number, host, trade, status in frame["a"]["c"]:
            assert shown.get(number) != [host, trade, status]
            assert shown.get(number, [0, 0, 0])[2] != live.CLOSED  # closed for good
            shown[number] = [host, trade, status]
    new = shown.keys() - seen
    assert sorted(new) == list(range(len(first), len(first) + len(new)))
    world = pair.worlds["a"]
    state = next(state for state in weeks(world.scenario, SEED) if state.week == world.setting.burn_in + 104)
    sites = state.sites
    columns = (sites.host, sites.crime, sites.status == Status.QUIET)
    there = zip(*(column[sites.status != Status.EMPTY].astype(int).tolist() for column in columns), strict=True)
    assert sorted(there) == sorted(tuple(one) for one in shown.values() if one[2] != live.CLOSED)


def test_the_model_s_errors_are_told_with_their_week_and_the_frames_before_stand(fresh, monkeypatch):
    pair = live.open_pair("balloon", 3, [], [])
    good = pair.frames(0, 4)

    def breaks(state, setting):
        raise sim.state.LedgerBroken("a coin is gone")

    monkeypatch.setattr(live, "advance", breaks)
    for _ in range(2):
        with pytest.raises(live.Stopped, match="week 4") as told:
            pair.frames(0, 10)
        assert (told.value.week, told.value.detail) == (4, "LedgerBroken: a coin is gone")
    assert pair.frames(0, 4) == good


# ------------------------------------------------------------------------------------- why stay


@pytest.mark.parametrize("week", [0, 30, 104])
def test_reasons_are_the_model_s_own_and_sum_to_its_utilities(pair, week):
    world = pair.worlds["a"]
    setting, state = world.setting, None
    if week == 0:
        state, setting = start(world.scenario, SEED)
        for _ in range(setting.burn_in):
            sim.week.advance(state, setting)
    else:
        state = next(one for one in weeks(world.scenario, SEED) if one.week == setting.burn_in + week)
    numbers = world.moment(week).numbers
    here = np.flatnonzero(state.sites.status != Status.EMPTY)
    for s in here[:: max(1, len(here) // 10)]:
        host, to = int(state.sites.host[s]), (int(state.sites.host[s]) + 5) % 12
        utility, classes, places, shares = np.zeros(12), np.zeros(5), np.zeros(12), np.zeros(5)
        land, crowd = land_in_force(state, setting), crowd_appeal(state, setting)
        weigh(s, state.sites.crime[s], state.week, state.sites, state.syndicates, land, setting.rules,
              state.place_value, state.public_hits, state.public_weeks, state.orders.announced,
              state.orders.corruption, crowd, state.constants, utility, classes)  # fmt: skip
        probabilities(host, land.region, setting.rules.choice, utility, classes, np.zeros(3), places, shares)
        site = numbers[int(state.sites.address[s])]
        answer = pair.ask("a", week, site, setting.world.codes[to])
        assert sum(answer["stay"].values()) == pytest.approx(utility[host], abs=1e-12)
        assert sum(answer["move"].values()) == pytest.approx(utility[to], abs=1e-12)
        assert sum(answer["difference"].values()) == pytest.approx(utility[host] - utility[to], abs=1e-12)
        assert (answer["chance"]["stay"], answer["chance"]["there"]) == (places[host], places[to])
        assert sum(answer["chance"].values()) == pytest.approx(1.0)
        assert answer["sentence"].startswith("In the model this operation would stay in ")
        assert answer["from"] == setting.world.codes[host]


def test_questions_that_make_no_sense_are_refused(pair):
    site, host, *_ = pair.opened()["start"]["a"][0]
    there = world_of("balloon").world.codes[host]
    for asked, said in (
        (("c", 0, site, "orlen"), "'a' or 'b'"),
        (("a", 261, site, "orlen"), "0 to 260"),
        (("a", 0, site, "nowhere"), "no country"),
        (("a", 0, 9999, "orlen"), "not at work"),
        (("a", 0, site, there), "already"),
    ):
        with pytest.raises(ValueError, match=re.escape(said)):
            pair.ask(*asked)


# ------------------------------------------------------------------------------------- other seeds


def test_other_seeds_are_the_same_worlds_run_on():
    told = []
    b = squeeze(partners=FOUR, sharing=0.6)
    answer = live.try_seeds("balloon", BUSY, b, [SEED, 6], weeks=104, progress=told.append)
    assert [one["done"] for one in told] == [1, 2]
    assert told[-1] == answer
    assert answer["of"] == 2
    frames = live.open_pair("balloon", SEED, BUSY, b).frames(0, 104)
    for name in "ab":
        assert answer["seeds"][0][f"{name}_total"] == pytest.approx(sum(sum(f[name]["h"]) for f in frames), abs=12)
        assert len(answer["seeds"][0][name]) == 24
        assert sum(answer["seeds"][0][name]) == pytest.approx(answer["seeds"][0][f"{name}_total"], abs=24)
    assert answer["lower"] == sum(one["b_total"] < one["a_total"] for one in answer["seeds"])
    assert answer["sentence"].startswith("In the model ")


def test_counts_that_do_not_separate_two_worlds_are_said_not_to():
    assert live.compared(17, 3, 20) == "In the model B ends lower than A in 17 of 20 seeds."
    assert live.compared(2, 18, 20) == "In the model B ends higher than A in 18 of 20 seeds."
    assert live.compared(11, 9, 20).endswith("in 11 of 20 seeds: these runs do not separate A and B.")
    assert live.compared(0, 0, 20) == "In the model A and B end the same in all 20 seeds."
    assert live.compared(3, 0, 3).endswith("too few seeds to tell A and B apart.")


def test_months_are_a_twelfth_of_a_year():
    assert live.by_month(np.arange(53.0)) == pytest.approx(np.full(12, 52 / 12))
    assert live.by_month(np.arange(6.0)) == pytest.approx([52 / 12, 5 - 52 / 12])


# ------------------------------------------------------------------------------------- presets


@pytest.mark.parametrize(("name", "weeks", "sign"), [("everybody", 130, -1), ("backfires", 260, 1)])
def test_presets_help_and_do_harm_as_they_are_called(name, weeks, sign):
    preset = PRESETS[name]
    one = live.try_seeds(name, preset.a, preset.b, 1, weeks)["seeds"][0]
    assert np.sign(one["b_total"] - one["a_total"]) == sign


def test_what_comes_too_late_changes_nothing_for_years():
    preset = PRESETS["too-late"]
    a, b = (compiled("too-late", timeline) for timeline in (preset.a, preset.b))
    assert parting(a, b) == preset.b[0]["week"] + preset.b[0]["delay"] == 195


def test_no_country_empties_by_itself_and_a_squeeze_makes_operations_leave():
    found = []
    for timeline in ([], squeeze()):
        world = live.open_pair("balloon", SEED, timeline, timeline).worlds["a"]
        world.upto(182)
        shown = {number: (host, status) for number, host, _, status in world.first}
        counts, left = np.zeros((182, 12)), 0
        for week, frame in enumerate(world.frames):
            left += sum(shown.get(number, (0, 0))[0] == VARDA != host for number, host, _, _ in frame["c"])
            shown |= {number: (host, status) for number, host, _, status in frame["c"]}
            for host, status in shown.values():
                counts[week, host] += status != live.CLOSED
        found.append((counts, left))
    (calm, few), (squeezed, many) = found
    assert calm.min() >= 2
    assert squeezed[130:, VARDA].sum() < 0.7 * calm[130:, VARDA].sum()
    assert many / squeezed[:, VARDA].sum() > 1.4 * few / calm[:, VARDA].sum()


# ------------------------------------------------------------------------------------- the lesson


def texts(value):
    """Yield every text of a structure."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, one in value.items():
            if key not in ("id", "does", "focus", "code"):
                yield from texts(one)
    elif isinstance(value, list | tuple):
        for one in value:
            yield from texts(one)


def test_the_lesson_names_no_real_country_and_uses_no_forbidden_word():
    said = " ".join(texts(lesson()))
    for code in codes():
        assert not re.search(rf"\b{re.escape(country(code).name)}\b", said), code
    for word in ("source country", "hub", "haven", "worst", "best", "gang", "cartel", "criminal", "20[0-9][0-9]"):
        assert not re.search(rf"\b{word}\b", said, re.IGNORECASE), word


def test_scenes_are_seven_short_and_open():
    scenes = lesson()["scenes"]
    assert len(scenes) == 7
    for scene in scenes:
        assert len(scene["text"].split()) <= 45
        assert scene["action"].endswith(".")
        assert len(scene["levers"]) <= 4
        assert {"preset", "seed", "a", "b", "focus", "covered", "notice", "title"} <= scene.keys()
        for world in ("a", "b"):
            compiled(scene["preset"], scene[world])


def test_the_map_is_compact_and_its_distances_are_the_model_s():
    facts = lesson()["world"]["countries"]
    assert [one["code"] for one in facts] == sorted(HEXAGONS)
    places = {(one["q"], one["r"]): one["region"] for one in facts}
    assert len(places) == 12
    world = world_of("balloon").build_world()
    for i, one in enumerate(facts):
        near = 0
        for j, other in enumerate(facts):
            q, r = one["q"] - other["q"], one["r"] - other["r"]
            apart = 500.0 * np.sqrt(q * q + q * r + r * r)
            assert world.distance[i, j] == pytest.approx(apart, rel=0.02) or i == j
            near += apart == 500.0
        assert near >= 3
    for region in ("Hills", "Coast", "Plains"):
        assert list(places.values()).count(region) == 4
