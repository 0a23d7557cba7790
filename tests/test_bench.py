"""The bench: everything passes, nothing is missing, what is wrong is noticed, and the command says so."""

import json
import re
from dataclasses import replace
from itertools import count
from pathlib import Path

import numpy as np
import pytest

from sim import bench, cartels
from sim.bench import choices, closed_forms, limits, politics
from sim.bench.registry import CHECKS, check, rows_of, same, sampled, within
from sim.cli import main
from sim.cli.benching import cells
from sim.cli.mistakes import Exit

ROOT = Path(__file__).parents[1]
ITEMS = (
    "R1", "R1 nested", "Rules", "R1 sites", "R1 nested sites", "Rules sites", "R2", "R3", "R4", "R5",
    "R6", "R7", "Politics", "Philox", "Mean field", "Contributions", "Limits", "Ledgers", "No way out",
)  # fmt: skip


# ---- the table ----------------------------------------


@pytest.mark.theory
@pytest.mark.parametrize("item", ITEMS)
def test_every_check_passes(item):
    rows = list(rows_of(item))
    assert rows
    assert [row for row in rows if not row.passed] == []


@pytest.mark.soak
def test_the_newest_table_is_written_down(bench_row):
    """With `--verdicts` the rows go to the page."""
    for row in rows_of():
        *told, _ = cells(row)
        bench_row(*told, holds=row.passed)
        assert row.passed, row.check


@pytest.mark.battery
def test_the_table_is_complete():
    assert sorted(CHECKS) == sorted(ITEMS)
    page = (ROOT / "docs" / "verification.md").read_text(encoding="utf-8")
    section = page.split("## The bench")[1].split("\n## ")[0]
    named = re.findall(r"^\| `([^`]+)` \|", section, re.MULTILINE)
    assert named == list(CHECKS)


@pytest.mark.battery
def test_every_row_has_a_name_of_its_own_that_begins_with_its_item():
    quick = [item for item in ITEMS if "sites" not in item and item not in {"Mean field", "No way out"}]
    names = [row.check for row in rows_of(*quick)]
    assert len(set(names)) == len(names)
    assert {name.split(":")[0] for name in names} == set(quick)
    assert all(found in names for found in (
        *(f"R1: leakage, {cut} less" for cut in ("0.5", "1", "2")),
        *(f"R1 nested: leakage, {cut} less" for cut in ("0.5", "1", "2")),
        *(f"R2: global reduction, {members} of 10 members" for members in (1, 2, 5, 8, 10)),
        *(f"R3: efforts {how}, outside utility {u}" for how in ("alone", "together") for u in (-1, 0, 1)),
        *(f"R4: deaths in 520 weeks, conflict × {factor} in weeks 100 to 125" for factor in (0, 2, 3, 6)),
        *(f"R7: quotient, buffer 100 to {after}" for after in (75, 100, 125, 150, 160)),
    ))  # fmt: skip


# ---- rows ----------------------------------------


@pytest.mark.hand
def test_a_number_may_be_off_by_its_tolerance_and_no_more():
    assert within("x", expected=2.0, got=2.5, tolerance=0.5).passed
    assert not within("x", expected=2.0, got=1.49, tolerance=0.5).passed
    assert not within("x", expected=[2.0, 2.0], got=[2.0, 2.6], tolerance=0.5).passed
    assert not within("x", expected=[2.0, 2.0], got=[2.0], tolerance=0.5).passed
    assert not within("x", expected=2.0, got=np.nan, tolerance=0.5).passed


@pytest.mark.hand
def test_a_sample_may_be_off_by_four_standard_errors_each():
    assert sampled("x", expected=0.0, got=0.4, error=0.1).passed
    assert sampled("x", expected=0.0, got=0.4, error=0.1).tolerance == "4 SE = 0.4"
    assert not sampled("x", expected=[0.0, 0.0], got=[0.0, 0.3], error=[0.1, 0.05]).passed
    assert not sampled("x", expected=0.0, got=0.0, error=np.nan).passed


@pytest.mark.hand
def test_words_are_the_same_or_not():
    assert same("x", expected="none", got="none").passed
    assert not same("x", expected="none", got="one").passed


# ---- what is wrong is noticed ----------------------------------------


def slightly(function, change):
    """Return a function that gives a little more, or times as much, as another."""
    return lambda *given, **named: change(function(*given, **named))


def with_choice(**numbers):
    """Return a phase in which sites choose by another rule."""

    def choose(state, setting):
        choice = setting.rules.choice._replace(**numbers)
        real_relocate(state, replace(setting, rules=setting.rules._replace(choice=choice)))

    return choose


real_relocate, real_run, real_advance, real_policy = choices.relocate, limits.run, limits.advance, limits.everything
further = count()


def with_other_luck(scenario, seed):
    return real_run(scenario, seed + next(further))


def a_week_early(start=0, **fields):
    return real_policy(start=max(0, start - 1), **fields)


def at_work(**fields):
    return real_policy(**fields | {"intensity": 1.0})


def with_a_coin_found(state, setting):
    state.money.balance[0] += 1
    real_advance(state, setting)


WRONG = {
    "R1": (closed_forms, "choice_shares", slightly(closed_forms.choice_shares, lambda shares: shares * 1.00001)),
    "R1 nested": (closed_forms, "DISSIMILARITY", 0.50001),
    "Rules": (closed_forms, "satisficing_shares", slightly(closed_forms.satisficing_shares, lambda s: s * 1.00001)),
    "Rules sites": (choices, "relocate", with_choice(reward=0.9)),
    "R2": (closed_forms, "choice_shares", slightly(closed_forms.choice_shares, lambda shares: shares**1.0001)),
    "R3": (closed_forms, "joint_optimum", slightly(closed_forms.joint_optimum, lambda efforts: efforts + 0.002)),
    "R4": (cartels, "CONFLICT", 35 / 25_000**2),
    "R5": (closed_forms, "BUFFER_CONTROL", (150.0, 141.0)),
    "R6": (closed_forms, "TREATED", (207.0, 111.0)),
    "R7": (closed_forms, "weighted_displacement_quotient", lambda *counts: 0.5),
    "Politics": (closed_forms, "best_contribution", slightly(closed_forms.best_contribution, lambda e: e + 1e-4)),
    "Contributions": (politics, "contribution_path", slightly(politics.contribution_path, lambda path: path + 1e-9)),
    "Philox": (closed_forms, "philox", slightly(closed_forms.philox, lambda words: words[::-1])),
    "R1 sites": (choices, "relocate", with_choice(nest=0.95)),
    "R1 nested sites": (choices, "relocate", with_choice(nest=0.55)),
    "Mean field": (choices, "relocate", with_choice(review=0.33)),
    "Limits": (limits, "run", with_other_luck),
    "Ledgers": (limits, "advance", with_a_coin_found),
    "No way out": (limits, "DEAF", {}),
}


@pytest.mark.theory
@pytest.mark.parametrize("item", ITEMS)
def test_what_is_wrong_fails(item, monkeypatch):
    monkeypatch.setattr(*WRONG[item])
    assert not all(row.passed for row in rows_of(item))


@pytest.mark.worlds
@pytest.mark.parametrize(
    ("name", "replacement", "row"),
    [
        ("everything", at_work, "largest change of a measure by every instrument at intensity 0"),
        ("run", with_other_luck, "the same seed again"),
        ("reordered", lambda scenario: replace(scenario, founders=scenario.founders[1:]),
         "countries, crimes and founders in another order"),
        ("renamed", lambda scenario: replace(scenario, policy=scenario.policy[1:]), "countries under other names"),
        ("everything", a_week_early, "first week that differs, every instrument from week 10"),
    ],
    ids=["intensity", "seed", "order", "names", "future"],
)  # fmt: skip
def test_each_limit_fails_by_itself(name, replacement, row, monkeypatch):
    monkeypatch.setattr(limits, name, replacement)
    assert row in {found.check for found in CHECKS["Limits"]() if not found.passed}


@pytest.mark.laws
def test_a_broken_ledger_is_told_with_its_week():
    def row():
        (found,) = CHECKS["Ledgers"]()
        return found

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(limits, "advance", with_a_coin_found)
        assert "week 0: the money ledger sums to" in row().got
    assert row().got == "34 weeks in balance"


# ---- the command ----------------------------------------


@pytest.fixture
def two_checks(monkeypatch):
    """Replace the checks by one that passes and one that fails when it is told to."""
    monkeypatch.setattr("sim.cli.benching.prepare", lambda quiet: None)
    before = dict(CHECKS)
    CHECKS.clear()
    verdict = {"got": 2.0}

    @check("Sums")
    def _sums():
        yield within("one and one", expected=2.0, got=verdict["got"], tolerance=1e-6)
        yield same("words", expected="none differs", got="none differs", tolerance="bitwise")

    yield verdict
    CHECKS.clear()
    CHECKS.update(before)


@pytest.mark.battery
def test_the_command_prints_the_table_and_ends_well(two_checks, capsys):
    assert main(["bench"]) == Exit.DONE
    said = capsys.readouterr().out
    assert re.search(r"Check +Expected +Got +Tolerance +Passed", said)
    assert re.search(r"Sums: one and one +2 +2 +1e-06 +yes", said)
    assert re.search(r"Sums: words +none differs +none differs +bitwise +yes", said)
    assert "All 2 checks passed." in said


@pytest.mark.battery
def test_a_failing_check_ends_the_command_with_code_1(two_checks, capsys):
    two_checks["got"] = 3.0
    assert main(["bench"]) == Exit.SOME_FAILED == 1
    said = capsys.readouterr().out
    assert re.search(r"Sums: one and one +2 +3 +1e-06 +NO", said)
    assert "1 of 2 checks failed." in said


@pytest.mark.battery
def test_quietly_only_what_fails_is_printed(two_checks, capsys):
    assert main(["bench", "--quiet"]) == Exit.DONE
    assert capsys.readouterr().out == ""
    two_checks["got"] = 3.0
    assert main(["bench", "--quiet"]) == Exit.SOME_FAILED
    said = capsys.readouterr().out
    assert "one and one" in said
    assert "words" not in said


@pytest.mark.battery
def test_as_json_the_numbers_are_whole(two_checks, capsys):
    two_checks["got"] = 1 / 3
    assert main(["bench", "--json"]) == Exit.SOME_FAILED
    assert json.loads(capsys.readouterr().out) == [
        {"check": "Sums: one and one", "expected": [2.0], "got": [1 / 3], "tolerance": "1e-06", "passed": False},
        {"check": "Sums: words", "expected": "none differs", "got": "none differs", "tolerance": "bitwise",
         "passed": True},
    ]  # fmt: skip


@pytest.mark.battery
def test_a_bench_without_checks_has_not_passed(monkeypatch, capsys):
    monkeypatch.setattr("sim.cli.benching.prepare", lambda quiet: None)
    monkeypatch.setattr(bench.registry, "CHECKS", {})
    assert main(["bench"]) == Exit.SOME_FAILED


@pytest.mark.battery
def test_an_item_is_registered_once(two_checks):
    with pytest.raises(AssertionError, match="Sums"):
        check("Sums")(lambda: ())
