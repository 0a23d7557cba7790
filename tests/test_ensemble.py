"""Paired designs, workers, interruption and repetition, with a pretended simulation of no duration."""

import os
import shutil
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from pretended_world import deadly, experiment, failing, interrupted, noted, simulate

from sim import ensemble, record
from sim.comparison import Comparison, open_results
from sim.declare import UnknownName
from sim.ensemble import Interrupted, NothingToCompare, compare, design, replay, run_one, seed_of
from sim.record import StoredDataDamaged
from sim.scenario import Uncertain, digest, loads

LINEAR = Uncertain(path="parameters.choice.risk_weight", low=1.0, high=6.0)
LOG = Uncertain(path="parameters.choice.outside_factor", low=0.5, high=2.0, scale="log")


@pytest.fixture
def notes(tmp_path, monkeypatch):
    folder = tmp_path / "notes"
    folder.mkdir()
    monkeypatch.setenv("PRETENDED_NOTES", str(folder))
    return folder


@pytest.fixture
def trouble(monkeypatch):
    """Mark the arm `alone` of replicate 1 as the one that makes trouble."""
    monkeypatch.setenv("PRETENDED_TROUBLE", str(seed_of(7, 1)))


# ---- design -----------------------------------------------------


@pytest.mark.laws
def test_every_block_of_twenty_visits_each_twentieth_of_a_range_once():
    rows = design([LINEAR, LOG], seed=3, replicates=60)
    shares = [(np.array(rows[LINEAR.path]) - 1.0) / 5.0, np.log(np.array(rows[LOG.path]) / 0.5) / np.log(4.0)]
    for share in shares:
        for block in share.reshape(3, 20):
            assert sorted((block * 20).astype(int)) == list(range(20))
    assert abs(np.corrcoef(*shares)[0, 1]) < 4 / np.sqrt(60)  # columns are shuffled apart from each other
    assert not np.array_equal(shares[0][:20], shares[0][20:40])


@pytest.mark.laws
def test_more_replicates_and_more_parameters_keep_what_is_drawn():
    few, many = design([LINEAR], 3, 7), design([LOG, LINEAR], 3, 45)
    assert few[LINEAR.path] == many[LINEAR.path][:7]
    assert design([LINEAR], 4, 7) != few
    assert design([], 3, 7) == {}


@pytest.mark.laws
def test_the_same_row_and_seed_in_every_arm_and_other_ones_in_every_replicate(tmp_path):
    plan = ensemble._Plan(experiment(), 3, False, None, tmp_path, "")
    drawn = {}
    for task in plan.tasks:
        facts = (task.seed, task.scenario.parameters.choice.risk_weight,
                 task.scenario.crimes["online_fraud"].crowding_elasticity)  # fmt: skip
        drawn.setdefault(task.replicate, set()).add(facts)
    assert [len(facts) for facts in drawn.values()] == [1, 1, 1]
    assert len(set.union(*drawn.values())) == 3
    assert len({task.key for task in plan.tasks}) == len(plan.tasks) == 9
    assert [task.replicate for task in plan.tasks] == [
        0,
        0,
        0,
        1,
        1,
        1,
        2,
        2,
        2,
    ]  # what a stop leaves is paired


@pytest.mark.laws
def test_luck_only_leaves_every_parameter_as_it_is(tmp_path):
    plain = experiment()
    plan = ensemble._Plan(plain, 2, True, None, tmp_path, "")
    assert all(task.scenario == plain.arms[task.arm].scenario for task in plan.tasks)


@pytest.mark.hand
def test_seeds_are_stated_and_exact_in_json():
    seeds = [seed_of(1, replicate) for replicate in range(1000)]
    assert len(set(seeds)) == 1000
    assert all(0 <= seed < 2**53 for seed in seeds)
    assert seed_of(1, 0) == 2468574818716650  # pinned: a change would change every stored result's meaning
    assert seed_of(2, 0) != seed_of(1, 0)


@pytest.mark.hand
def test_planned_spending_is_the_budget_or_what_instruments_cost():
    arms = experiment().arms
    assert ensemble.planned_spending(arms["no change"].scenario, 8) == [0.0] * 8
    budget = ensemble.planned_spending(arms["alone"].scenario, 8)
    assert budget == pytest.approx([0, 0, *[5e5] * 6])  # from the first instrument's start on
    stated = ensemble.planned_spending(arms["twice"].scenario, 8)
    assert stated == pytest.approx([0, 0, *[1e6] * 6])
    teams = arms["alone"].scenario.set({"budget": {"teams": 10.0, "start": 26}})
    # A team-week of 8 officers at 1.5 x 15,000 + 3,000 USD a year each, and 500 USD to run.
    weekly = 10 * (8 * 25500 / 52 + 500)
    assert ensemble.planned_spending(teams, 8) == pytest.approx([0, 0, *[13 * weekly] * 6])


# ---- a comparison -----------------------------------------------


@pytest.mark.hand
def test_a_comparison_leaves_the_stated_files_and_says_what_was_run(tmp_path):
    told = []
    found = compare(experiment(), out=tmp_path, simulate=simulate, progress=lambda *facts: told.append(facts))
    assert found.folder == tmp_path / "pair"
    stated = {"manifest.json", "series.parquet", "totals.parquet", "moves.parquet", "mechanical.parquet",
              "summary.csv", "leakage.csv", "spillover.csv", "concentration.csv", "anticipation.csv",
              ".parts"}  # fmt: skip
    assert {path.name for path in found.folder.iterdir()} == stated
    manifest = record.verify(found.folder)
    assert manifest.command == "displace compare pair --replicates 3 --seed 7"
    assert manifest.seeds == tuple(seed_of(7, replicate) for replicate in range(3))
    assert set(manifest.design) == {"parameters.choice.risk_weight", "crimes.*.crowding_elasticity"}
    assert manifest.arms["alone"]["treated"] == ["varda"]
    assert manifest.arms["alone"]["label"] == "Varda alone"
    assert loads(manifest.arms["alone"]["scenario"]) == experiment().arms["alone"].scenario
    assert manifest.window == (26, 104)
    assert [facts[:3] for facts in told] == [(done, 9, 0) for done in range(10)]
    assert told[0][3] is None
    assert told[-1][3] == 0.0


@pytest.mark.hand
def test_pairs_share_luck_and_parameters(tmp_path):
    found = compare(experiment(), out=tmp_path, simulate=simulate)
    weights = np.array(found.manifest.design["parameters.choice.risk_weight"])
    table = found.differences("harm_usd", "host", country="varda")
    alone = table[table["arm"] == "alone"]["difference"].to_numpy()
    assert alone == pytest.approx(-2 * 2 * weights * 6)  # 2 M USD, 6 quarters: the luck has cancelled
    assert found.leakage()["simulated"].to_numpy() == pytest.approx(0.5)
    assert found.contrasts()["name"].tolist() == ["more of it"]


@pytest.mark.laws
def test_one_and_two_workers_give_the_same_bytes(tmp_path):
    folders = [
        compare(experiment(), workers=workers, out=tmp_path / str(workers), simulate=simulate).folder
        for workers in (1, 2)
    ]
    for name in ("manifest.json", *record.TABLES, *Comparison.TABLES):
        assert (folders[0] / name).read_bytes() == (folders[1] / name).read_bytes(), name


@pytest.mark.laws
def test_a_single_scenario_gives_the_same_files_with_one_arm(tmp_path):
    plain = experiment()
    alone = replace(plain, arms={"no change": plain.arms["no change"]}, contrasts=())
    found = run_one(alone, out=tmp_path, simulate=simulate)
    assert (found.arms, found.manifest.replicates, found.manifest.design) == (("no change",), 1, {})
    assert found.manifest.luck_only
    assert (found.folder / "leakage.csv").exists()


# ---- failures ---------------------------------------------------


@pytest.mark.laws
@pytest.mark.usefixtures("trouble")
def test_a_failing_run_is_recorded_and_the_others_go_on(tmp_path):
    found = compare(experiment(), out=tmp_path, simulate=failing)
    (failure,) = found.failures
    assert (failure["arm"], failure["replicate"], failure["seed"]) == ("alone", 1, seed_of(7, 1))
    assert (failure["kind"], failure["week"]) == ("AssertionError", 17)
    assert failure["message"] == "week 17: the money ledger sums to 3, not 0"
    assert failure["command"] == f"displace replay {tmp_path}/pair --arm alone --replicate 1"
    assert found.finished("alone", "no change") == [0, 2]
    assert open_results(found.folder).failures == found.failures
    with pytest.raises(AssertionError, match="week 17"):
        replay(found.folder, "alone", 1, simulate=failing)


@pytest.mark.laws
@pytest.mark.usefixtures("trouble")
def test_a_killed_worker_costs_one_run_and_hangs_nothing(tmp_path, notes):
    found = compare(experiment(), replicates=2, workers=2, out=tmp_path, simulate=deadly)
    (failure,) = found.failures
    assert (failure["arm"], failure["replicate"], failure["kind"]) == ("alone", 1, "killed")
    assert noted(notes, "killed") == 2  # tried once more, alone
    assert [len(found.finished(arm)) for arm in found.arms] == [2, 1, 2]


@pytest.mark.laws
def test_without_a_run_of_the_baseline_there_is_nothing_to_compare(tmp_path):
    def broken(scenario, seed):
        raise OSError("no space")

    with pytest.raises(NothingToCompare, match="no change, replicate 0: OSError: no space"):
        compare(experiment(), replicates=1, out=tmp_path, simulate=broken)
    assert not (tmp_path / "pair" / "manifest.json").exists()


# ---- stopping and going on --------------------------------------


@pytest.mark.laws
def test_an_interrupted_comparison_goes_on_where_it_stopped(tmp_path, notes, trouble, monkeypatch):
    with pytest.raises(Interrupted, match="stopped after 4 of 9 runs") as stop:
        compare(experiment(), out=tmp_path, simulate=interrupted)
    assert (stop.value.done, stop.value.total, stop.value.folder) == (4, 9, tmp_path / "pair")
    assert isinstance(stop.value, KeyboardInterrupt)
    assert noted(notes, "run") == 4
    monkeypatch.delenv("PRETENDED_TROUBLE")
    again = compare(experiment(), out=tmp_path, simulate=interrupted)
    assert noted(notes, "run") == 9
    fresh = compare(experiment(), out=tmp_path / "fresh", simulate=simulate)
    for name in ("manifest.json", *record.TABLES, "summary.csv"):
        assert (again.folder / name).read_bytes() == (fresh.folder / name).read_bytes(), name


@pytest.mark.laws
def test_more_replicates_run_only_what_is_new_and_other_inputs_run_anew(tmp_path, notes, monkeypatch):
    compare(experiment(), replicates=2, out=tmp_path, simulate=simulate)
    compare(experiment(), replicates=2, out=tmp_path, simulate=simulate)
    assert noted(notes, "run") == 6
    compare(experiment(), replicates=3, out=tmp_path, simulate=simulate)
    assert noted(notes, "run") == 9
    changed = experiment()
    arm = changed.arms["alone"]
    arms = changed.arms | {"alone": replace(arm, scenario=arm.scenario.set({"budget.usd_per_year": 3e6}))}
    compare(replace(changed, arms=arms), out=tmp_path, simulate=simulate)
    assert noted(notes, "run") == 12  # one arm of three replicates
    compare(replace(changed, arms=arms), out=tmp_path, simulate=simulate, seed=8)
    assert noted(notes, "run") == 21
    monkeypatch.setattr(ensemble, "source_digest", lambda: "other code")
    compare(replace(changed, arms=arms), out=tmp_path, simulate=simulate, seed=8)
    assert noted(notes, "run") == 30
    monkeypatch.setattr(record, "data_digests", lambda: {"countries.csv": "other"})
    compare(replace(changed, arms=arms), out=tmp_path, simulate=simulate, seed=8)
    assert noted(notes, "run") == 39


@pytest.mark.laws
def test_other_seeds_are_other_runs_even_when_nothing_is_drawn(tmp_path, notes):
    compare(experiment(), replicates=1, luck_only=True, out=tmp_path, simulate=simulate)
    found = compare(experiment(), replicates=1, luck_only=True, out=tmp_path, simulate=simulate, seed=8)
    assert noted(notes, "run") == 6
    assert found.manifest.seeds == (seed_of(8, 0),)


@pytest.mark.laws
def test_a_damaged_part_is_run_again(tmp_path, notes):
    first = compare(experiment(), out=tmp_path, simulate=simulate)
    before = {name: (first.folder / name).read_bytes() for name in record.TABLES}
    part = sorted((first.folder / ".parts").iterdir())[4]
    content = bytearray(part.read_bytes())
    content[len(content) // 2] ^= 1
    part.write_bytes(content)
    again = compare(experiment(), out=tmp_path, simulate=simulate)
    assert noted(notes, "run") == 10
    assert {name: (again.folder / name).read_bytes() for name in record.TABLES} == before


@pytest.mark.laws
def test_a_new_result_leaves_no_report_of_the_old_one(tmp_path):
    found = compare(experiment(), replicates=2, out=tmp_path, simulate=simulate)
    (found.folder / "report.html").write_text("two replicates")
    record.register(found.folder, ["report.html"])
    compare(experiment(), replicates=3, out=tmp_path, simulate=simulate)
    assert not (found.folder / "report.html").exists()


COMPARE = """
import sys
sys.path[:0] = sys.argv[2:]
from pretended_world import experiment, slow
from sim.ensemble import Interrupted, compare

if __name__ == "__main__":
    try:
        compare(experiment(), workers=2, out=sys.argv[1], simulate=slow)
    except Interrupted as stop:
        print(stop)
        sys.exit(130)
"""


@contextmanager
def started(tmp_path, notes):
    """Give a process that compares with two workers, when three runs are done and two under way."""
    script = tmp_path / "script.py"
    script.write_text(COMPARE)
    folders = [str(Path(__file__).parent), str(Path(ensemble.__file__).parents[1])]
    with subprocess.Popen(
        [sys.executable, str(script), str(tmp_path / "out"), *folders],
        env=os.environ | {"PRETENDED_NOTES": str(notes)}, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        text=True, start_new_session=True,
    ) as process:  # fmt: skip
        try:
            until(lambda: noted(notes, "run") == 5)  # three of the first replicate, two that take for ever
            yield process
        finally:
            process.kill()


def until(holds, seconds=60.0):
    """Wait for something to happen in another process."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.02)


def running(group):
    """Return the processes of a group that have not ended."""
    found = subprocess.run(["ps", "-o", "stat=", "-g", str(group)], capture_output=True, text=True, check=False)
    return [line for line in found.stdout.split() if not line.startswith("Z")]


@pytest.mark.laws
@pytest.mark.skipif(shutil.which("ps") is None, reason="signals and processes of a POSIX system")
@pytest.mark.parametrize("signal_number", [signal.SIGINT, signal.SIGKILL])
def test_stopped_or_killed_it_leaves_no_process_and_no_half_file(tmp_path, notes, signal_number):
    with started(tmp_path, notes) as process:
        if signal_number == signal.SIGINT:
            os.killpg(process.pid, signal_number)  # as a terminal does: to the workers too
        else:
            process.kill()
        told, complaints = process.communicate(timeout=60)
    if signal_number == signal.SIGINT:
        assert process.returncode == 130
        assert told.startswith("stopped after 3 of 9 runs")
        assert complaints == ""  # neither from the workers
    until(lambda: not running(process.pid))
    parts = tmp_path / "out" / "pair" / ".parts"
    (parts / ".a.npz.1.unfinished").write_bytes(b"half")
    found = compare(experiment(), out=tmp_path / "out", simulate=simulate)
    assert noted(notes, "run") == 5 + 6
    assert found.finished(*found.arms) == [0, 1, 2]
    assert not list(parts.glob(".*.unfinished"))


# ---- repeating --------------------------------------------------


@pytest.mark.laws
def test_a_replayed_run_is_equal_bit_for_bit(tmp_path):
    folder = compare(experiment(), out=tmp_path, simulate=simulate).folder
    for arm in ("no change", "alone", "twice"):
        found = replay(folder, arm, 2, simulate=simulate)
        assert found.equal
        assert found.changed == ()


@pytest.mark.laws
def test_a_replay_says_what_differs_and_what_has_changed(tmp_path, monkeypatch):
    folder = compare(experiment(), out=tmp_path, simulate=simulate).folder

    def other(scenario, seed):
        result = simulate(scenario, seed)
        result.measures["victims"] = result.measures["victims"] + 1e-12
        return result

    monkeypatch.setattr(ensemble, "source_digest", lambda: "other code")
    found = replay(folder, "alone", 0, simulate=other)
    assert not found.equal
    assert len(found.differences) == 10
    assert found.differences[0].startswith("series.parquet: period 0, country orlen, crime all, victims: stored")
    assert found.changed == ("the code of the package has changed",)


@pytest.mark.laws
def test_a_replay_of_damaged_results_and_of_runs_that_are_none_is_refused(tmp_path):
    folder = compare(experiment(), out=tmp_path, simulate=simulate).folder
    with pytest.raises(UnknownName, match="did you mean 'alone'"):
        replay(folder, "alon", 0, simulate=simulate)
    with pytest.raises(ValueError, match="numbered 0 to 2"):
        replay(folder, "alone", 3, simulate=simulate)
    (folder / "moves.parquet").write_bytes(b"")
    with pytest.raises(StoredDataDamaged):
        replay(folder, "alone", 0, simulate=simulate)


@pytest.mark.laws
def test_the_scenario_read_back_from_a_manifest_is_the_one_that_was_run(tmp_path):
    plan = ensemble._Plan(experiment(), 3, False, None, tmp_path, "")
    manifest = compare(experiment(), out=tmp_path, simulate=simulate).manifest
    for task in plan.tasks:
        scenario = loads(manifest.arms[task.arm]["scenario"])
        assert digest(ensemble.with_row(scenario, manifest.design, task.replicate)) == digest(task.scenario)
