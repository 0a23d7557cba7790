"""The command: what it prints where, its exit codes, what it refuses, and what it leaves alone."""

import importlib
import json
import os
import re
import signal
import subprocess
import sys
import time
from dataclasses import fields
from pathlib import Path

import pytest
from worlds import instrument, ring, world

import sim
from sim import ensemble
from sim.cli import app, main, mistakes
from sim.cli.mistakes import Exit
from sim.cli.screen import Lines, duration
from sim.comparison import open_results
from sim.declare import declared
from sim.instruments import INSTRUMENTS
from sim.record import load_manifest
from sim.scenario import dump
from sim.scenario.numbers import parameter_rows
from sim.world import codes, languages, sources

ROOT = Path(__file__).parents[1]
HEAVY = ("mesa", "numba", "pandas", "scipy.stats", "matplotlib")
VERBS = [command.name or command.callback.__name__ for command in app.registered_commands]
ARMS = """\
name: tiny
about: Does it help to act together?
scenario: tiny-base.yaml
baseline: no change
replicates: 2
window: {from: 4, to: 12}
arms:
  no change: {}
  alone:
    label: A alone
    budget: {usd_per_year: 2.0e6}
    policy:
      - {instrument: crackdown, members: [a], start: 4}
  together:
    budget: {usd_per_year: 2.0e6}
    policy:
      - {instrument: crackdown, members: [a, b], start: 4}
      - {instrument: intelligence sharing, members: [a, b], start: 4, setup: 2}
contrasts:
  - {name: coordination effect, of: together, minus: alone}
"""


@pytest.fixture
def desk(tmp_path, monkeypatch):
    """Enter a folder with a tiny experiment, as a user would sit in one."""
    base = world(ring(2), operations=6, burn_in=2, weeks=12, period=4)
    (tmp_path / "tiny-base.yaml").write_text(dump(base), encoding="utf-8")
    (tmp_path / "tiny.yaml").write_text(ARMS, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    return tmp_path


@pytest.fixture
def no_report(monkeypatch):
    """Leave out the drawing of figures where a test is about something else."""
    monkeypatch.setattr("sim.reports.report", lambda comparison: comparison.folder / "report.html")


@pytest.fixture
def stored(desk, no_report, capsys):
    """Return the folder of a finished comparison."""
    assert main(["compare", "tiny.yaml", "--workers", "1", "--quiet"]) == Exit.DONE
    capsys.readouterr()
    return desk / "results" / "tiny"


def displace(*words, **changes):
    """Return the finished process of a command of its own."""
    path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    return subprocess.run(
        [sys.executable, *words], env={**os.environ, "PYTHONPATH": path, **changes}, capture_output=True,
        encoding="utf-8", timeout=300, check=False,
    )  # fmt: skip


# ---- what is not imported, and what is there -----------------------------------------


@pytest.mark.battery
@pytest.mark.parametrize("words", [["--help"], ["list"], ["compare", "--help"], ["--version"]], ids=" ".join)
def test_a_light_verb_imports_nothing_heavy(words):
    code = (
        f"import sys; from sim.cli import main; assert main({words!r}) == 0;"
        f"print('found:', *[name for name in {HEAVY!r} if name in sys.modules])"
    )
    answer = displace("-c", code)
    assert answer.returncode == 0, answer.stderr
    assert answer.stdout.splitlines()[-1] == "found:"


@pytest.mark.battery
def test_help_needs_no_pydantic():
    code = "import sys; from sim.cli import main; main(['--help']); assert 'pydantic' not in sys.modules"
    assert displace("-c", code).returncode == 0


@pytest.mark.battery
@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_explains_itself(verb, capsys):
    assert main([verb, "--help"]) == Exit.DONE
    said = capsys.readouterr().out
    assert "Usage: displace" in said
    assert all(line.strip() != option for line in said.splitlines() for option in re.findall(r"^ +(--\w+)$", said))


@pytest.mark.battery
def test_the_verbs_are_those_of_the_page():
    page = (ROOT / "docs" / "command-line.md").read_text(encoding="utf-8")
    assert re.findall(r"^\| `(\w+)", page, re.MULTILINE) == VERBS


@pytest.mark.battery
def test_the_command_alone_prints_help(capsys):
    assert main([]) == Exit.DONE
    assert "Exit codes" in capsys.readouterr().out


@pytest.mark.battery
def test_the_exit_codes_are_those_of_the_page():
    page = (ROOT / "docs" / "command-line.md").read_text(encoding="utf-8")
    assert re.findall(r"^\| (\d+) \|", page, re.MULTILINE) == [str(code.value) for code in Exit]


@pytest.mark.battery
@pytest.mark.parametrize("kind", mistakes.KINDS)
def test_every_kind_of_mistake_exists(kind):
    module, _, name = kind.rpartition(".")
    assert issubclass(getattr(importlib.import_module(module), name), BaseException)


@pytest.mark.battery
@pytest.mark.parametrize("name", sim.__all__)
def test_every_public_name_is_there(name):
    assert name in dir(sim)
    assert getattr(sim, name) is not None


@pytest.mark.battery
def test_nothing_else_is_shown_of_the_package():
    code = "import sim; print(*[name for name in dir(sim) if not name.startswith('__')])"
    assert displace("-c", code).stdout.split() == sorted(name for name in sim.__all__ if not name.startswith("__"))


@pytest.mark.refusals
def test_a_name_that_is_not_public_is_refused():
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        _ = sim.nonsense


# ---- looking up ----------------------------------------------------------------------


@pytest.mark.battery
def test_list_names_everything_that_is_shipped(capsys):
    main(["list", "--json"])
    listed = {(row["kind"], row["name"]) for row in json.loads(capsys.readouterr().out)}
    shipped = {(f"{shelf}"[:-1], path.stem) for shelf in ("scenarios", "experiments")
               for path in (ROOT / shelf).glob("*.yaml")}  # fmt: skip
    assert listed == shipped


@pytest.mark.battery
def test_every_parameter_is_printed_with_unit_and_source(capsys):
    main(["parameters", "--json"])
    rows = json.loads(capsys.readouterr().out)
    assert len(rows) > 100
    assert all(row["unit"] and row["source"] for row in rows)


@pytest.mark.worlds
def test_words_narrow_a_table(capsys):
    main(["parameters", "DELAY", "weeks"])
    said = capsys.readouterr().out
    assert "domestic_delay" in said
    assert "attribution" not in said


def flat(text):
    """Return a text without its line breaks and the spaces before and after them."""
    return " ".join(text.split())


@pytest.mark.battery
@pytest.mark.parametrize("width", [40, 80, 100, 120, 160])
def test_no_path_and_no_source_is_cut_at_any_width(width, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", f"{width}")
    main(["parameters"])
    said = capsys.readouterr().out
    words = said.split()
    rows = parameter_rows()
    assert {word for row in rows for word in row["path"].split()} <= set(words)
    assert {"policy.asset freezing.days", "strategy.hot spots.over_sites"} <= {row["path"] for row in rows}
    if width < 160:
        assert all(f"Source: {row['source']}" in flat(said) for row in rows)
    else:
        assert {word for row in rows for word in (*row["source"].split(), *row["about"].split())} <= set(words)


@pytest.mark.battery
@pytest.mark.parametrize("width", [60, 80, 120, 160])
def test_no_file_of_a_source_is_cut(width, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", f"{width}")
    main(["sources"])
    words = capsys.readouterr().out.split()
    assert {row.file for row in sources()} <= set(words)
    assert "extradition_pairs.csv" in words


@pytest.mark.refusals
def test_a_number_that_is_not_there_is_answered_with_the_nearest(capsys):
    assert main(["parameters", "awarness"]) == Exit.MISUSED
    printed = capsys.readouterr()
    assert printed.out == ""
    assert "no number of the model contains 'awarness' (did you mean 'awareness_rise'?)" in printed.err
    assert main(["parameters", "qqqqqq"]) == Exit.MISUSED
    assert "`displace parameters` prints all of them" in capsys.readouterr().err


@pytest.mark.battery
def test_every_name_that_a_scenario_may_use_is_listed(capsys):
    main(["list", "--names", "--json"])
    names = json.loads(capsys.readouterr().out)
    assert {code for belonging in names["regions"].values() for code in belonging} == set(codes())
    assert names["bodies"]["LMLECC"] == ["CHN", "KHM", "LAO", "MMR", "THA", "VNM"]
    assert names["languages"] == list(languages())
    main(["list", "--names"])
    said = capsys.readouterr().out
    assert re.search(r"LMLECC +6 +CHN, KHM, LAO, MMR, THA, VNM", said)
    assert "South-eastern Asia" in said
    assert "Malay-Indonesian" in said


@pytest.mark.worlds
def test_only_uncertain_parameters(capsys):
    main(["parameters", "--uncertain", "--json"])
    assert all(row["uncertain"] for row in json.loads(capsys.readouterr().out))


@pytest.mark.battery
def test_sources_label_what_is_recalled(capsys):
    main(["sources", "extradition KHM–THA"])
    said = capsys.readouterr().out
    assert "Recalled, not verified (evidence: memory): 1 row\n" in said
    assert "not verified: check it" in said


@pytest.mark.battery
def test_the_schema_is_json(capsys):
    main(["schema"])
    assert json.loads(capsys.readouterr().out)["$schema"].startswith("https://json-schema.org")


@pytest.mark.worlds
def test_the_doctor_reports(desk, capsys):
    assert main(["doctor", "--json"]) == Exit.DONE
    said = json.loads(capsys.readouterr().out)
    assert said["damaged_tables"] == said["unwritable"] == []
    assert said["versions"]["python"]


@pytest.mark.worlds
def test_damaged_tables_are_reported_with_their_code(desk, capsys, monkeypatch):
    monkeypatch.setattr("sim.world.damaged", lambda: ("pairs.csv",))
    assert main(["doctor"]) == Exit.DAMAGED
    assert "damaged: pairs.csv" in capsys.readouterr().out


@pytest.mark.worlds
def test_warming_compiles_and_remembers(desk, capsys, monkeypatch):
    stamp = desk / "stamp"
    monkeypatch.setattr("sim.cli.health._stamp", lambda: stamp)
    assert main(["doctor", "--warm", "--json"]) == Exit.DONE
    assert json.loads(capsys.readouterr().out)["compiled"]
    assert stamp.exists()


# ---- describe ------------------------------------------------------------------------


@pytest.mark.battery
@pytest.mark.parametrize("name", INSTRUMENTS)
def test_every_instrument_is_read_back(name, desk, capsys):
    members = ("a",) if name in ("crackdown", "sweep") else ("a", "b")
    one = instrument(name, *members, start=4, end=11, setup=3)
    base = world(ring(2), operations=6, burn_in=2, weeks=12, period=4, policy=[one])
    (desk / "one.yaml").write_text(dump(base), encoding="utf-8")
    assert main(["describe", "one.yaml", "--json"]) == Exit.DONE
    (arm,) = json.loads(capsys.readouterr().out)["arms"].values()
    (told,) = arm["instruments"]
    when = {"instrument": name, "paid_from": 4, "in_effect_from": 7, "until": 11}
    assert told | when == told
    assert all(code.upper() in told["sentence"].upper() for code in members)


@pytest.mark.worlds
def test_describe_says_what_is_in_force_and_what_it_costs(desk, capsys):
    assert main(["describe", "tiny.yaml", "--replicates", "5"]) == Exit.DONE
    said = capsys.readouterr().out
    for words in (
        "tiny (IMAGINED)", "“no change” (the baseline)", "Nothing is in force.", "“A alone”", "crackdown",
        "Common pot: USD 2 million a year from week 4 to the end.", "coverage 60 % of reports", "week 6",
        "3 arms × 5 replicates = 15 runs", "coordination effect: harm avoided under “together”, against “alone”",
    ):  # fmt: skip
        assert words in said


@pytest.mark.hand
def test_the_teams_an_arm_adds(desk, capsys):
    main(["describe", "tiny.yaml", "--json"])
    facts = json.loads(capsys.readouterr().out)
    # eight officers at 1.5 times 15,000 USD and 3,000 USD of equipment a year, and 500 USD a week
    team = 8 * (1.5 * 15_000 + 3_000) / 52 + 500
    assert facts["arms"]["alone"]["teams_added"]["a"] == pytest.approx(2e6 / 52 / team)
    assert facts["arms"]["together"]["teams_added"]["b"] == pytest.approx((2e6 - 300_000) / 52 / team / 2)
    assert facts["arms"]["alone"]["planned_usd"] == pytest.approx(2e6 * 8 / 52)


@pytest.mark.worlds
def test_describe_marks_what_a_scenario_replaces_and_what_is_recalled(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "220")
    main(["describe", str(ROOT / "scenarios" / "mekong-baseline.yaml")])
    said = capsys.readouterr().out
    assert "Replaced by the scenario (*)" in said
    assert "Used by this world, but recalled" not in said
    shown_only = said.index("Shown only, used by no phase of the model; recalled and not verified (evidence: memory)")
    assert said.index("extradition KHM–THA") > shown_only


@pytest.mark.worlds
def test_members_of_a_body_that_is_named_are_used_though_recalled(desk, capsys):
    text = (
        "name: one\nworld: {body: ASEANAPOL}\ncrimes: [online_fraud]\n"
        "workforces: [{name: all, home: KHM, share: 1, languages: {Khmer: 1}}]\n"
    )
    (desk / "one.yaml").write_text(text, encoding="utf-8")
    assert main(["describe", "one.yaml"]) == Exit.DONE
    said = capsys.readouterr().out
    used, shown_only = said.index("Used by this world, but recalled"), said.index("Shown only, used by no phase")
    assert used < said.index("ASEANAPOL: KHM") < shown_only


@pytest.mark.worlds
def test_a_large_world_is_summed_up_by_region(capsys):
    main(["describe", "whole-world"])
    brief = capsys.readouterr().out
    main(["describe", "whole-world", "--countries"])
    assert "Burundi" not in brief
    assert "Burundi" in capsys.readouterr().out


@pytest.mark.worlds
def test_describe_writes_nothing(desk, capsys):
    before = sorted(desk.rglob("*"))
    main(["describe", "tiny.yaml"])
    assert sorted(desk.rglob("*")) == before


@pytest.mark.worlds
def test_plans_that_differ_are_pointed_out(desk, capsys):
    text = ARMS.replace("usd_per_year: 2.0e6", "usd_per_year: 3.0e6", 1)
    (desk / "tiny.yaml").write_text(text, encoding="utf-8")
    main(["describe", "tiny.yaml"])
    assert "The plans differ by more than 1 %" in capsys.readouterr().out


# ---- runs ----------------------------------------------------------------------------


@pytest.mark.worlds
def test_compare_prints_the_answer_and_where_it_is(desk, capsys):
    assert main(["compare", "tiny.yaml", "--workers", "1"]) == Exit.DONE
    said = capsys.readouterr()
    page = Path("results/tiny/report.html")
    assert page.is_file()
    assert f"Report: {page}" in said.out
    assert "in the model" in said.out
    assert "of 2 runs" in said.out
    assert all(label in said.out for label in ("A alone", "together"))
    assert "3 arms, 2 replicates, so 6 runs of 2 + 12 weeks" in said.err
    assert "6 of 6 runs" in said.err


@pytest.mark.worlds
def test_json_holds_the_numbers_of_the_comparison(stored, capsys):
    assert main(["compare", "tiny.yaml", "--workers", "1", "--json"]) == Exit.DONE
    said = capsys.readouterr()
    answer = json.loads(said.out)
    assert said.err == ""
    comparison = open_results(stored)
    assert [row["mean"] for row in answer["effects"]] == pytest.approx(list(comparison.effects()["mean"]))
    assert answer["sentences"] == comparison.sentences()


@pytest.mark.worlds
def test_quiet_prints_the_report_alone(desk, no_report, capsys):
    main(["compare", "tiny.yaml", "--workers", "1", "--quiet"])
    assert capsys.readouterr() == ("results/tiny/report.html\n", "")


@pytest.mark.worlds
def test_the_manifest_tells_the_command_that_repeats_it(desk, no_report, capsys):
    main(["compare", "tiny.yaml", "--set", "scale=0.5", "--seed", "3", "--luck-only", "--workers", "1", "-q"])
    told = load_manifest(desk / "results" / "tiny")
    assert told.command == "displace compare tiny.yaml --set scale=0.5 --seed 3 --luck-only"
    first = capsys.readouterr().out
    assert main([*told.command.split()[1:], "--out", "again", "--workers", "1", "--quiet"]) == Exit.DONE
    assert first.startswith("results")
    assert load_manifest(desk / "again" / "tiny").files == told.files


@pytest.mark.worlds
def test_a_setting_changes_what_it_names_and_nothing_else(desk, stored, no_report, capsys):
    before = load_manifest(stored).arms
    setting = "policy.intelligence sharing.delay=9"
    main(["compare", "tiny.yaml", "--set", setting, "--out", "other", "--workers", "1", "--quiet"])
    after = load_manifest(desk / "other" / "tiny").arms
    assert after["alone"] == before["alone"]
    changed = after["together"]["scenario"].splitlines()
    unequal = [line for line in changed if line not in before["together"]["scenario"].splitlines()]
    assert [line.strip() for line in unequal] == ["delay: 9"]


@pytest.mark.worlds
def test_a_parameter_that_is_set_is_not_drawn(desk, no_report, capsys):
    path = "parameters.choice.risk_weight"
    main(["compare", "tiny.yaml", "--set", f"{path}=2.5", "--workers", "1", "--quiet"])
    told = load_manifest(desk / "results" / "tiny")
    assert path not in told.design
    assert all("risk_weight: 2.5" in arm["scenario"] for arm in told.arms.values())


@pytest.mark.worlds
def test_values_are_read_as_in_a_file(desk, no_report, capsys):
    main(["run", "tiny-base.yaml", "--set", "policy=[{instrument: sweep, members: [a]}]", "-q"])
    (arm,) = load_manifest(desk / "results" / "tiny").arms.values()
    assert "instrument: sweep" in arm["scenario"]


@pytest.mark.worlds
def test_run_prints_levels_of_a_scenario(desk, no_report, capsys):
    assert main(["run", "tiny-base.yaml", "--replicates", "2", "--workers", "1"]) == Exit.DONE
    said = capsys.readouterr().out
    assert "weeks 0 to 12, mean of 2 runs" in said
    assert re.search(r"victims +victimisations +[\d,]+ ", said)
    assert re.search(r"money lost +USD +[\d,]+ +[\d,]+ to [\d,]+", said)
    assert "90 % interval" in said


@pytest.mark.worlds
def test_one_run_has_no_interval_to_print(desk, no_report, capsys):
    assert main(["run", "tiny-base.yaml", "--workers", "1"]) == Exit.DONE
    said = capsys.readouterr().out
    assert "weeks 0 to 12, one run" in said
    assert "interval" not in said
    assert "_" not in said


@pytest.mark.worlds
@pytest.mark.parametrize(("width", "stacked"), [(80, True), (129, True), (200, False)])
def test_the_answer_breaks_no_word(width, stacked, stored, no_report, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", f"{width}")
    main(["compare", "tiny.yaml", "--workers", "1"])
    said = capsys.readouterr().out
    assert ("    Harm avoided, %: mean (90 % interval): " in said) is stacked
    assert {"elsewhere:", "leakage", "interval", "money", "together"} <= set(re.findall(r"[\w:]+", said))
    assert "Private cost" not in said  # nobody bears any
    assert re.search(r"Planned by each of these arms: USD [\d.]+ million a year of public money\.", flat(said))
    assert "The spread covers luck alone" in said or "only part of the stated ranges" in flat(said)


@pytest.mark.worlds
def test_plans_that_differ_have_a_column(desk, no_report, capsys):
    text = ARMS.replace("usd_per_year: 2.0e6", "usd_per_year: 3.0e6", 1)
    (desk / "tiny.yaml").write_text(text, encoding="utf-8")
    main(["compare", "tiny.yaml", "--workers", "1"])
    said = capsys.readouterr().out
    assert "Planned by each" not in said
    assert "Planned a" in said


@pytest.mark.worlds
def test_run_takes_one_arm_and_spares_the_comparison(desk, stored, no_report, capsys):
    assert main(["run", "tiny.yaml", "--arm", "together", "-q"]) == Exit.DONE
    assert list(load_manifest(desk / "results" / "tiny--together").arms) == ["together"]
    assert main(["run", "tiny-base.yaml", "-q"]) == Exit.MISUSED
    assert "holds a comparison of 3 arms" in capsys.readouterr().err
    assert len(load_manifest(stored).arms) == 3


@pytest.mark.worlds
def test_a_failed_run_is_told_with_the_command_that_repeats_it(desk, no_report, capsys, monkeypatch):
    carry_out = ensemble.carry_out

    def fail_once(task, simulate):
        if (task.arm, task.replicate) == ("alone", 1):
            return task.failure("LedgerBroken", "the money ledger sums to 1", 7)
        return carry_out(task, simulate)

    monkeypatch.setattr(ensemble, "carry_out", fail_once)
    assert main(["compare", "tiny.yaml", "--workers", "1"]) == Exit.SOME_FAILED
    said = capsys.readouterr().err
    assert "6 of 6 runs, 1 failed" in said
    assert "failed: alone, replicate 1 in week 7: LedgerBroken: the money ledger sums to 1" in said
    assert "displace replay results/tiny --arm alone --replicate 1" in said


@pytest.mark.worlds
def test_nothing_to_compare_is_a_failure(desk, capsys, monkeypatch):
    monkeypatch.setattr(ensemble, "carry_out", lambda task, _: task.failure("Odd", "it broke"))
    assert main(["compare", "tiny.yaml", "--workers", "1", "--quiet"]) == Exit.SOME_FAILED
    assert "no run of the baseline has finished" in capsys.readouterr().err


# ---- stopping and going on -----------------------------------------------------------


@pytest.mark.worlds
def test_what_was_stopped_goes_on(desk, no_report, capsys, monkeypatch):
    carry_out, carried_out = ensemble.carry_out, []

    def stop_at_the_fourth(task, simulate):
        if len(carried_out) == 3:
            raise KeyboardInterrupt
        carried_out.append(task)
        return carry_out(task, simulate)

    monkeypatch.setattr(ensemble, "carry_out", stop_at_the_fourth)
    command = ["compare", "tiny.yaml", "--workers", "1"]
    assert main(command) == Exit.INTERRUPTED
    said = capsys.readouterr().err
    assert "displace: stopped after 3 of 6 runs; go on with: displace compare tiny.yaml --workers 1" in said
    carried_out.append(None)  # no task is stopped from here on
    assert main(command) == Exit.DONE
    assert len(carried_out) == 3 + 1 + 3
    assert "3 of 6 runs" in capsys.readouterr().err


@pytest.mark.worlds
@pytest.mark.skipif(os.name != "posix", reason="signals of a terminal")
def test_ctrl_c_ends_the_command_and_its_workers(desk):
    words = [sys.executable, "-m", "sim", "compare", "tiny.yaml", "--workers", "2", "--replicates", "500"]
    path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    process = subprocess.Popen(
        words, env={**os.environ, "PYTHONPATH": path}, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        encoding="utf-8", start_new_session=True,
    )  # fmt: skip
    while not list(desk.glob("results/tiny/.parts/*.npz")):
        assert process.poll() is None, process.stderr.read()
        time.sleep(0.1)
    os.killpg(process.pid, signal.SIGINT)  # a terminal sends it to the workers too
    said, wrong = process.communicate(timeout=60)
    assert process.returncode == Exit.INTERRUPTED
    assert "go on with: displace compare tiny.yaml --replicates 500 --workers 2" in wrong
    assert "Traceback" not in said + wrong
    until = time.monotonic() + 20
    while group_exists(process.pid):
        assert time.monotonic() < until, "a worker goes on"
        time.sleep(0.1)


def group_exists(leader):
    """Return whether any process of a group is there."""
    try:
        os.killpg(leader, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.mark.hand
def test_plain_progress_is_a_line_for_every_tenth_or_half_minute(capsys):
    now = [0.0]
    lines = Lines(sys.stderr, clock=lambda: now[0])
    for done in range(101):
        now[0] = done * 2.0 if done < 50 else 100.0 + (done - 50) * 20.0
        lines(done, 100, 0, 60.0)
    told = [int(line.split()[0]) for line in capsys.readouterr().err.splitlines()]
    assert told == [*range(0, 50, 10), *range(50, 101, 2)]


@pytest.mark.hand
@pytest.mark.parametrize(
    ("seconds", "words"), [(0.2, "about 1 s"), (89, "about 89 s"), (150, "about 2 min"), (9000, "about 2.5 h")]
)
def test_durations_are_no_finer_than_they_are_known(seconds, words):
    assert duration(seconds) == words


# ---- stored results ------------------------------------------------------------------


@pytest.mark.worlds
def test_a_replay_gives_the_same_numbers(stored, capsys):
    assert main(["replay", str(stored), "--arm", "together", "--replicate", "1"]) == Exit.DONE
    assert "every number is the same" in capsys.readouterr().out


@pytest.mark.worlds
def test_a_replay_that_differs_says_where(stored, capsys, monkeypatch):
    part_of = ensemble.part_of

    def off_by_one(result, key):
        result.measures["victims"][0, 0, 0] += 1.0
        return part_of(result, key)

    monkeypatch.setattr(ensemble, "part_of", off_by_one)
    assert main(["replay", str(stored)]) == Exit.DAMAGED
    said = capsys.readouterr().err
    assert "no change, replicate 0: the numbers differ" in said
    assert "series.parquet: period 0, country a" in said


@pytest.mark.worlds
@pytest.mark.parametrize("verb", ["replay", "report"])
def test_a_flipped_bit_is_noticed(verb, stored, capsys):
    table = stored / "series.parquet"
    content = bytearray(table.read_bytes())
    content[len(content) // 2] ^= 1
    table.write_bytes(content)
    assert main([verb, str(stored)]) == Exit.DAMAGED
    assert "series.parquet: its bytes are not those that were written" in capsys.readouterr().err


@pytest.mark.worlds
def test_a_report_can_be_written_anew(desk, capsys):
    main(["compare", "tiny.yaml", "--workers", "1", "--quiet"])
    page = desk / "results" / "tiny" / "report.html"
    first = page.read_bytes()
    assert main(["report", "results/tiny"]) == Exit.DONE
    assert page.read_bytes() == first
    assert "Report: results/tiny/report.html" in capsys.readouterr().out


# ---- refusals ------------------------------------------------------------------------


REFUSED = [
    (["cmpare"], "displace: No such command 'cmpare'"),
    (["compare"], "displace compare: Missing argument 'NAME'"),
    (["list", "--jsn"], "displace list: No such option: --jsn"),
    (["list", "--quiet"], "displace list: it prints its answer and nothing else, so that there is no --quiet"),
    (["describe", "tiny.yaml", "-q"], "displace describe: it prints its answer and nothing else"),
    (["compare", "tiny-base.yaml"], "tiny-base.yaml has one arm only: there is nothing to compare it with; use `disp"),
    (["compare", "tiny.yaml", "--replicates", "0"], "displace compare: Invalid value for '--replicates'"),
    (["describe", "mekng"], "mekng: there is no experiment or scenario of this name (did you mean 'mekong'?)"),
    (["compare", "nowhere.yaml"], "nowhere.yaml: there is no such file"),
    (["run", "tiny.yaml"], "displace: tiny.yaml has several arms: name one with --arm ('no change', 'alone'"),
    (["run", "tiny.yaml", "--arm", "togethr"], "there is no arm 'togethr' (did you mean 'together'?)"),
    (["run", "tiny.yaml", "--arm", "xyz"], "there is no arm 'xyz': there are 'alone', 'no change', 'together'"),
    (["validate", "tiny.yaml", "--set", "scale=0"], "--set scale=0: 'scale' must be at least 0.001"),
    (["compare", "tiny.yaml", "--set", "scale"], "--set scale: write PATH=VALUE, as in scale=0.1"),
    (["compare", "tiny.yaml", "--set", "scael=1"], "there is no path 'scael' (did you mean 'scale'?)"),
    (["compare", "tiny.yaml", "--set", "scale=7"], "--set scale=7: 'scale' must be at most 1"),
    (["compare", "tiny.yaml", "--set", "scale=[1"], "--set scale=[1: not YAML"),
    (["compare", "tiny.yaml", "--out", "tiny.yaml"], "tiny.yaml: nothing can be written there"),
    (["report", "nowhere"], "displace: nowhere holds no finished results"),
    (["replay", "nowhere"], "displace: nowhere holds no finished results"),
]  # fmt: skip


@pytest.mark.refusals
@pytest.mark.parametrize(("words", "said"), REFUSED, ids=[" ".join(words) for words, _ in REFUSED])
def test_a_mistake_is_answered_in_one_line(words, said, desk, capsys):
    assert main(words) == Exit.MISUSED
    printed = capsys.readouterr()
    assert printed.out == ""
    assert said in printed.err
    assert len(printed.err.splitlines()) == 1


@pytest.mark.refusals
@pytest.mark.parametrize("verb", ["validate", "describe", "run", "compare"])
def test_all_mistakes_of_a_file_are_told_with_their_places(verb, desk, capsys):
    text = ARMS.replace("instrument: crackdown, members: [a],", "instrument: crackdwn, members: [a],")
    (desk / "tiny.yaml").write_text(text.replace("minus: alone", "minus: alnoe"), encoding="utf-8")
    assert main([verb, "tiny.yaml"]) == Exit.MISUSED
    printed = capsys.readouterr()
    assert printed.out == ""
    first, second = printed.err.splitlines()
    assert first == "tiny.yaml:13:22: there is no instrument 'crackdwn' (did you mean 'crackdown'?)"
    assert second.startswith("tiny.yaml:20:")
    assert "'alnoe' (did you mean 'alone'?)" in second


@pytest.mark.refusals
def test_another_world_on_a_shipped_file_is_told_what_else_to_replace(desk, capsys):
    text = "name: x\nextends: mekong-baseline\nworld: {countries: [DEU, FRA]}\n"
    (desk / "x.yaml").write_text(text, encoding="utf-8")
    assert main(["validate", "x.yaml"]) == Exit.MISUSED
    said = capsys.readouterr().err
    assert "is not a country of this world; another world needs its own founders and workforces" in said
    assert "is not a country of this world; another world cannot build on a file that overrides it" in said


@pytest.mark.refusals
def test_validate_answers_for_every_file(desk, capsys):
    assert main(["validate", "tiny.yaml", "nowhere.yaml", "two-countries"]) == Exit.MISUSED
    printed = capsys.readouterr()
    assert printed.out.splitlines() == [
        "tiny.yaml: in order (3 arms, 2 countries, online_fraud; imagined)",
        "two-countries: in order (4 arms, 2 countries, online_fraud; imagined)",
    ]
    assert printed.err == "nowhere.yaml: there is no such file\n"


@pytest.mark.refusals
def test_a_replicate_that_was_not_run_is_refused(stored, capsys):
    assert main(["replay", str(stored), "--replicate", "2"]) == Exit.MISUSED
    assert "has no replicate 2: they are numbered 0 to 1" in capsys.readouterr().err


@pytest.mark.refusals
def test_a_cache_that_cannot_be_written_is_named(desk, capsys, monkeypatch):
    monkeypatch.setattr("numba.config.CACHE_DIR", str(desk / "tiny.yaml" / "cache"))
    assert main(["compare", "tiny.yaml"]) == Exit.MISUSED
    assert "set NUMBA_CACHE_DIR to a folder that can be" in capsys.readouterr().err


@pytest.mark.refusals
def test_words_of_a_file_cannot_drive_the_terminal(desk, capsys):
    text = ARMS.replace("label: A alone", 'label: "A [bold]alone[/]"').replace("Does it", "Does [bold]it[/]")
    (desk / "tiny.yaml").write_text(text, encoding="utf-8")
    assert main(["describe", "tiny.yaml"]) == Exit.DONE
    said = capsys.readouterr().out
    assert "“A [bold]alone[/]”" in said
    assert "Does [bold]it[/] help" in said
    assert mistakes.shown("\x1b[31mred\x07") == "�[31mred�"


@pytest.mark.refusals
def test_our_own_mistakes_are_not_hidden(desk, monkeypatch):
    def broken(*_):
        raise AssertionError("only we can mend this")

    monkeypatch.setattr("sim.scenario.load_experiment", broken)
    with pytest.raises(AssertionError, match="only we can mend this"):
        main(["describe", "tiny.yaml"])


@pytest.mark.worlds
def test_a_reader_that_has_seen_enough_is_no_mistake():
    path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    answer = subprocess.run(
        [f"'{sys.executable}' -m sim parameters | head -n 2"], shell=True, env={**os.environ, "PYTHONPATH": path},
        capture_output=True, encoding="utf-8", timeout=300, check=False,
    )  # fmt: skip
    assert answer.stderr == ""
    assert len(answer.stdout.splitlines()) == 2


# ---- in Python -----------------------------------------------------------------------


@pytest.mark.worlds
def test_validate_returns_the_problems(desk):
    assert sim.validate("tiny.yaml") == ()
    (problem,) = sim.validate("nowhere.yaml")
    assert problem.message == "there is no such file"


@pytest.mark.worlds
def test_compare_takes_a_path_and_returns_what_is_stored(desk, capsys):
    seen = []
    result = sim.compare("tiny.yaml", replicates=2, progress=lambda *told: seen.append(told[:3]))
    assert seen[-1] == (6, 6, 0)
    assert "tiny: 3 arms" in repr(result)
    assert result.sentences() == sim.open_results("results/tiny").sentences()
    assert capsys.readouterr() == ("", "")


@pytest.mark.worlds
def test_run_takes_a_path_a_name_or_a_scenario(desk):
    of_path, of_scenario = sim.run("tiny-base.yaml", seed=2), sim.run(sim.load("tiny-base.yaml"), seed=2)
    assert of_path.measures["victims"].tobytes() == of_scenario.measures["victims"].tobytes()
    assert fields(of_path)
    assert declared(type(of_path.scenario.clock))


@pytest.mark.parametrize("streams", [">&-", "2>&-", ">&- 2>&-"])
def test_a_closed_stream_takes_words_to_nowhere(streams):
    answer = subprocess.run(f"{sys.executable} -m sim list {streams}", shell=True, capture_output=True, text=True)
    assert (answer.returncode, "Traceback" in answer.stderr) == (0, False)


def test_letters_that_the_terminal_does_not_know_are_replaced():
    words = [sys.executable, "-m", "sim", "describe", "two-countries"]
    answer = subprocess.run(words, env=os.environ | {"PYTHONIOENCODING": "ascii"}, capture_output=True, text=True)
    assert answer.returncode == 0, answer.stderr
    assert "?" in answer.stdout


def test_a_report_that_is_stopped_says_how_to_go_on(stored, monkeypatch, capsys):
    def stop(_):
        raise KeyboardInterrupt

    monkeypatch.setattr("sim.reports.report", stop)
    assert main(["report", str(stored)]) == Exit.INTERRUPTED
    assert f"go on with: displace report {stored}" in capsys.readouterr().err
