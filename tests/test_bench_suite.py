"""What `make bench` counts and fits is right; how long anything takes is never asserted."""

import json
import sys
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))
from benchmarks import performance  # noqa: E402
from benchmarks.floor import least_work  # noqa: E402
from benchmarks.worlds import mekong, observed, with_workers  # noqa: E402
from sim.scenario import load  # noqa: E402
from sim.setting import class_chances  # noqa: E402
from sim.state import IDENTITY_SHIFT, ZERO  # noqa: E402
from sim.week import advance, start  # noqa: E402


def test_a_planted_power_is_found_again():
    """3 n^0.7 has exponent .7 and no error; with noise of 1 % the error is small, and covers it."""
    sizes = np.array([10.0, 100.0, 1000.0, 10_000.0])
    assert performance.fitted(sizes, 3.0 * sizes**0.7) == pytest.approx((0.7, 0.0), abs=1e-6)
    exponent, error = performance.fitted(sizes, 3.0 * sizes**0.7 * np.array([1.01, 0.99, 1.01, 0.99]))
    assert 0.0 < error < 0.01
    assert abs(exponent - 0.7) < 3 * error


@pytest.mark.parametrize(
    ("value", "aim", "more", "said"),
    [(201.0, 200.0, True, "met"), (199.0, 200.0, True, "missed"), (2.9, 3.0, False, "met"), (3.1, 3.0, False, "missed"),
     (-0.06, 0.05, False, "missed"), (None, 3.0, False, "not measured"), (5.0, None, True, "")],
)  # fmt: skip
def test_the_table_says_whether_an_aim_is_met(value, aim, more, said):
    assert performance.verdict(value, aim, more) == said


def test_the_floor_enters_every_victimisation():
    """Five sites with 0 to 700 victims among a million people: as many rows and list entries as the table needs."""
    counts = np.array([0, 3, 1, 700, 40])
    table, listed, tops = np.zeros(1 << 14, np.uint64), np.zeros(1000, np.uint64), np.zeros(4)
    inputs = (np.uint64(1), 5, np.arange(5, dtype=np.uint64), counts.astype(float), counts, 7)
    ground = (np.arange(4, dtype=np.uint64), np.zeros(4), class_chances(0.002, 1.0), 1_000_000)
    new, victims = least_work(*inputs, *ground, table, listed, tops)
    people = set(listed[:victims].tolist())
    assert victims == counts.sum() == 744
    assert new == len(people) == (table != ZERO).sum()
    assert {int(row >> IDENTITY_SHIFT) for row in table[table != ZERO]} == people
    assert tops[0] == 7 * 4  # each review weighs four options of worth 0
    assert tops[2] > 0  # cents were lost


def test_victimisations_do_not_depend_on_the_population():
    """A thousand times the people, eight weeks: as many victimisations, to 4 standard errors."""
    hits = []
    for people in (10**6, 10**9):
        state, setting = start(with_workers(performance.some_people(people), 900), 1)
        for _ in range(8):
            advance(state, setting)
        assert int(setting.world.population.sum()) == people
        hits.append(int(state.hits.sum()))
    assert min(hits) > 500
    assert abs(hits[0] - hits[1]) < 4 * np.sqrt(sum(hits))


def test_a_thousandfold_population_takes_no_byte_more():
    sizes = [
        sum(column.nbytes for column in start(performance.some_people(people), 1)[0].columns().values())
        for people in (10**6, 10**9)
    ]
    assert sizes[0] == sizes[1] > 0


def test_worlds_are_cut_to_size():
    assert len(performance.some_countries(6).build_world().codes) == 6
    scenario = with_workers(load("whole-world"), 500_000)
    assert sum(row.workers for row in scenario.founders) == pytest.approx(500_000, rel=1e-3)


def test_what_is_observed_is_a_run():
    """The shares of the verbs add up to one, and counts are those of the weeks after burn-in."""
    found = observed(mekong(0.02), 2, 13)
    assert sum(found["share_by_phase"].values()) == pytest.approx(1.0, abs=1e-3)
    assert set(found["share_by_phase"]) > {"offend", "renew", "audit", "measures"}
    assert 13 * found["operations"] * 0.8 < found["operation_weeks"] < 13 * found["operations"] * 1.2
    assert found["victimisations"] > 0


def test_the_results_in_the_repository_have_all_figures():
    stored = json.loads(performance.RESULTS.read_text())
    assert {key for key, *_ in performance.AIMS} | {"commit", "versions", "machine", "date", "details"} == set(stored)
    page = performance.PAGE.read_text()
    assert performance.table(stored) in page, "the page shows another table; make bench writes both"
