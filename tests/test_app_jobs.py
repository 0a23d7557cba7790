"""Studies that the pages run: the numbers of the command line, growing answers, stopping, dying and going on."""

import json
import os
import signal
import sys
import time
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from small_results import stored as small
from test_app_server import PORT, TOKEN, TestClient
from worlds import ring, world

from sim import ensemble, reports
from sim.app import work
from sim.app.jobs import FILE, Jobs, command, folder_of, place, stored
from sim.app.panels import WAYS, cost, countries, flows, intervals, panels, share_under, under
from sim.app.server import create
from sim.app.session import MOST_JOBS
from sim.app.studies import runnable, written
from sim.app.wire import Refused, finite, text_of
from sim.app.work import Clock, carry_out, kept, stages
from sim.cli import main
from sim.cli.mistakes import Exit
from sim.comparison import open_results
from sim.record import load_manifest
from sim.scenario import dump, library, loads_experiment

shelf_folder = library.shelf_folder
DOCUMENT = {
    "name": "mine", "about": "Does it help to act together?", "scenario": "tiny-base", "baseline": "no change",
    "replicates": 3, "seed": 4, "window": {"from": 4, "to": 12},
    "assumptions": {"parameters.choice.review": 0.06},
    "arms": {
        "no change": {},
        "alone": {
            "budget": {"usd_per_year": 2e6},
            "policy": [{"instrument": "crackdown", "members": ["a"], "start": 4}],
        },
        "together": {
            "budget": {"usd_per_year": 2e6},
            "policy": [
                {"instrument": "crackdown", "members": ["a", "b"], "start": 4},
                {"instrument": "intelligence sharing", "members": ["a", "b"], "start": 4, "setup": 2},
            ],
        },
    },
    "contrasts": [{"name": "coordination effect", "of": "together", "minus": "alone"}],
}  # fmt: skip


@pytest.fixture(scope="module")
def shelf(tmp_path_factory):
    """Put a tiny scenario among those that are shipped."""
    folder = tmp_path_factory.mktemp("shelf")
    base = replace(world(ring(2), operations=6, burn_in=2, weeks=12, period=4), name="tiny-base")
    (folder / "tiny-base.yaml").write_text(dump(base), encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(library, "shelf_folder", lambda shelf: folder if shelf == "scenarios" else shelf_folder(shelf))
        yield folder


def written_report(found):
    """Return a page that was quick to write."""
    page = found.folder / "report.html"
    page.write_text("report")
    return page


@pytest.fixture
def light(shelf, monkeypatch):
    """Run the tiny scenario without drawing and without all that the pages show, where a test is about other things."""
    monkeypatch.setattr(reports, "report", written_report)
    monkeypatch.setattr("sim.app.panels.panels", lambda found, of: {"pairs": found.manifest.replicates, "of": of})


class Told(list):
    """Everything that a process tells of a job."""

    def __call__(self, **told):
        self.append(told)

    def last(self, name):
        return next((told[name] for told in reversed(self) if name in told), None)

    def all(self, name):
        return [told[name] for told in self if name in told]


def ordered(out, replicates=3, document=DOCUMENT):
    """Return the order of a study, as the program gives it to the process."""
    name, text = place(out, document["name"], lambda name: written(document, name))
    return {
        "kind": "compare", "text": text, "out": str(out), "replicates": replicates, "command": command(out / name),
    }  # fmt: skip


def done(order, stop=lambda: False):
    """Carry out an order here, and return what is told."""
    told = Told()
    carry_out(order, stop, told)
    return told


def wire(value):
    return json.loads(text_of(value))


# ---- the same numbers ----------------------------------------------------------------------------


def test_the_answer_is_that_of_the_command_line(light, tmp_path, capsys):
    out = tmp_path / "results"
    told = done(ordered(out, 2))
    assert told.last("state") == "done"
    answer = wire(told.last("answer"))
    assert (
        main([*answer["command"].split()[1:], "--out", str(tmp_path / "again"), "--workers", "1", "--json"])
        == Exit.DONE
    )
    printed = json.loads(capsys.readouterr().out)
    where = ("folder", "report")
    assert [printed.pop(name) for name in where] == [
        str(tmp_path / "again" / "mine" / end) for end in ("", "report.html")
    ]
    assert [answer.pop(name) for name in where] == [str(out / "mine" / end) for end in ("", "report.html")]
    assert answer == printed
    assert answer["replicates"] == 2
    assert {row["name"] for row in answer["effects"]} == {"alone", "together"}
    scenario = open_results(out / "mine").arm("no change")["scenario"]
    assert "review: 0.06" in scenario  # the baseline too assumes what the user assumed


def test_a_study_is_what_its_file_says(shelf, tmp_path):
    order = ordered(tmp_path)
    text = (tmp_path / "mine" / FILE).read_text(encoding="utf-8")
    assert text == order["text"] == runnable(DOCUMENT, 3).text
    assert list(loads_experiment(text).arms) == list(DOCUMENT["arms"])


# ---- growing answers -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("stored", "replicates", "pairs"),
    [
        (0, 1, [1]), (0, 2, [2]), (0, 7, [2, 5, 7]), (0, 20, [2, 5, 10, 20]), (0, 50, [2, 5, 10, 20, 40, 50]),
        (0, 200, [2, 5, 10, *range(20, 201, 20)]), (10, 50, [10, 20, 40, 50]), (30, 50, [30, 40, 50]),
        (50, 50, [50]), (200, 20, [20]),
    ],
)  # fmt: skip
def test_answers_come_early_and_then_every_twenty_pairs(stored, replicates, pairs):
    assert list(stages(stored, replicates)) == pairs


def test_an_answer_grows_and_nothing_is_run_twice(light, tmp_path, monkeypatch):
    ran = []
    run = ensemble.carry_out
    monkeypatch.setattr(ensemble, "carry_out", lambda task, simulate: ran.append(task.path.name) or run(task, simulate))
    told = done(ordered(tmp_path, 3))
    assert told.all("pairs") == [2, 3]
    assert [json.loads(text) for text in told.all("panels")] == [{"pairs": 2, "of": 3}, {"pairs": 3, "of": 3}]
    assert len(ran) == len(set(ran)) == 9
    assert told.all("done") == sorted(told.all("done"))
    assert told.last("done") == 9
    assert told.last("state") == "done"
    again = done(ordered(tmp_path, 4))
    assert len(ran) == 12
    assert again.all("pairs") == [3, 4]
    assert kept(tmp_path / "mine") == 4


def test_stopping_keeps_what_is_done(light, tmp_path):
    told = Told()
    carry_out(ordered(tmp_path, 6), lambda: (told.last("done") or 0) >= 11, told)
    assert told.last("state") == "stopped"
    assert told.all("pairs") == [2, 3]  # of eleven runs three pairs are whole
    assert told.last("error") is None
    assert load_manifest(tmp_path / "mine").replicates == 3
    nothing = done(ordered(tmp_path, 6, DOCUMENT | {"seed": 5}), stop=lambda: True)
    assert nothing.last("state") == "stopped"
    assert nothing.last("answer") is None


def test_failures_are_told(light, tmp_path, monkeypatch):
    run = ensemble.run

    def sometimes(scenario, seed):
        if seed == ensemble.seed_of(4, 1) and scenario.policy:
            raise RuntimeError("it broke in week 3")
        return run(scenario, seed)

    compare = ensemble.compare
    monkeypatch.setattr(ensemble, "compare", lambda *a, **k: compare(*a, **k, simulate=sometimes))
    told = done(ordered(tmp_path, 2))
    assert told.last("state") == "done"
    assert len(told.last("failures")) == 2
    assert "alone, run 1 in week 3: RuntimeError: it broke" in told.last("failures")[0]
    monkeypatch.setattr(ensemble, "compare", lambda *a, **k: 1 / 0)
    told = done(ordered(tmp_path, 2))
    assert told.last("state") == "failed"
    assert "division" in told.last("error")


def test_a_folder_in_use_is_told(light, tmp_path):
    order = ordered(tmp_path)
    from sim.record import held

    with held(tmp_path / "mine" / ".parts"):
        told = done(order)
    assert told.last("state") == "failed"
    assert "another comparison" in told.last("error")


def test_the_rest_of_the_time_follows_from_the_runs(monkeypatch):
    now = iter([100.0, 103.0, 109.0])
    monkeypatch.setattr(work.time, "monotonic", lambda: next(now))
    clock = Clock(20)
    assert clock.left(4) is None  # found in the folder
    assert clock.left(5) == pytest.approx(45.0)
    assert clock.left(7) == pytest.approx(39.0)


def test_seeds_are_told_one_by_one(monkeypatch):
    def try_seeds(preset, a, b, seeds, weeks, progress):
        assert (preset, a, b, weeks) == ("balloon", [], [{"week": 3}], 52)
        for number, _ in enumerate(seeds, 1):
            progress({"done": number, "of": len(seeds)})
        return {"done": len(seeds), "of": len(seeds), "sentence": "In the model."}

    import sim.app

    pretended = SimpleNamespace(try_seeds=try_seeds)
    monkeypatch.setitem(sys.modules, "sim.app.live", pretended)
    monkeypatch.setattr(sim.app, "live", pretended, raising=False)
    order = {"kind": "seeds", "preset": "balloon", "a": [], "b": [{"week": 3}], "seeds": [7, 8, 9], "weeks": 52}
    told = done(order)
    assert told.all("done") == [1, 2, 3, 3]
    assert (told.last("state"), told.last("answer")["sentence"]) == ("done", "In the model.")
    told = Told()
    carry_out(order, lambda: len(told) >= 2, told)
    assert (told.last("state"), told.last("done")) == ("stopped", 2)


# ---- folders -------------------------------------------------------------------------------------


def test_a_study_goes_where_nothing_else_is(tmp_path):
    def text_of_(name):
        return f"name: {name}\nreplicates: 5\nseed: 1\n"

    assert place(tmp_path, "a", text_of_) == ("a", text_of_("a"))
    assert place(tmp_path, "a", text_of_)[0] == "a"  # the same study goes on
    assert place(tmp_path, "a", lambda name: text_of_(name).replace("5", "80"))[0] == "a"  # in more replicates too
    other = place(tmp_path, "a", lambda name: text_of_(name).replace("seed: 1", "seed: 2"))
    assert other == ("a-2", "name: a-2\nreplicates: 5\nseed: 2\n")
    assert place(tmp_path, "a", lambda name: text_of_(name).replace("seed: 1", "seed: 3"))[0] == "a-3"
    (tmp_path / "b").mkdir()
    assert place(tmp_path, "b", text_of_)[0] == "b"
    (tmp_path / "c").mkdir()
    (tmp_path / "c" / "notes.txt").write_text("mine")
    assert place(tmp_path, "c", text_of_)[0] == "c-2"
    long = "x" * 64
    place(tmp_path, long, text_of_)
    assert len(place(tmp_path, long, lambda name: text_of_(name) + "about: z\n")[0]) <= 64


def test_stored_results_are_listed_and_found_by_name(tmp_path):
    assert stored(tmp_path / "none") == []
    small(tmp_path / "small")
    (tmp_path / "half").mkdir()
    (tmp_path / "half" / "manifest.json").write_text("{")
    (tmp_path / "file").write_text("")
    (one,) = stored(tmp_path)
    assert (one["id"], one["name"], one["pairs"], one["report"]) == ("small", "small", 4, False)
    assert folder_of(tmp_path, "small") == tmp_path / "small"
    inside = tmp_path / "inside"
    inside.mkdir()
    for name in ("../small", "..", ".", "", "small/", "small/../small", "\x00", "none", str(tmp_path / "small")):
        with pytest.raises(Refused):
            folder_of(inside, name)


# ---- the process ---------------------------------------------------------------------------------


@pytest.fixture
def jobs(tmp_path):
    """Give jobs whose process is ended with the test."""
    found = Jobs(tmp_path)
    yield found
    found.end()


def until(condition, seconds=240):
    """Wait until something holds."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it never came to that"
        time.sleep(0.02)


def test_only_so_many_jobs_wait(jobs):
    jobs._thread = SimpleNamespace()  # nobody works
    order = {"out": "."}
    first = [jobs.add("compare", "a", order, 1, 1) for _ in range(MOST_JOBS)]
    with pytest.raises(Refused) as refused:
        jobs.add("compare", "a", order, 1, 1)
    assert refused.value.status == 429
    assert jobs.stop(first[3].id).state == "stopped"
    assert jobs.add("compare", "a", order, 1, 1).state == "waiting"
    for _ in range(2 * MOST_JOBS):
        for job in list(jobs.jobs.values()):
            job.state = "done"
        jobs.add("compare", "a", order, 1, 1)
    assert len(jobs.jobs) == MOST_JOBS + 1  # those that are over, and the one that waits
    with pytest.raises(Refused):
        jobs.get(first[0].id)


def test_a_killed_process_fails_its_job_and_nothing_else(jobs):
    """The only test with the real process: it runs two-countries, which every process can find."""
    document = {
        "name": "real", "scenario": "two-countries", "baseline": "a", "window": {"from": 26, "to": 52},
        "arms": {"a": {}, "b": {"policy": [{"instrument": "sweep", "members": ["varda"]}]}},
    }  # fmt: skip
    order = ordered(jobs.out, 40, document)
    first = jobs.add("compare", "real", order, 80, 40)
    second = jobs.add("seeds", "x", {"preset": "nowhere", "a": [], "b": [], "seeds": [1], "weeks": None}, 1, 1)
    until(lambda: first.done >= 1)
    assert (first.state, second.state) == ("running", "waiting")
    os.kill(jobs._process.pid, signal.SIGKILL)
    until(lambda: first.state == "failed")
    assert "killed" in first.error
    assert jobs.wait(second, 240)  # in a new process
    assert second.state == "failed"
    assert "nowhere" in second.error
    again = jobs.add("compare", "real", order, 80, 40)
    until(lambda: again.done >= 1)
    assert again.done >= 1
    jobs.stop(again.id)
    assert again.stopping
    assert jobs.wait(again, 240)
    assert again.state == "stopped"
    assert not again.stopping
    process = jobs._process
    jobs.end()
    assert not process.is_alive()


# ---- by the pages --------------------------------------------------------------------------------


def visitor(out):
    """Return the user of a program whose results are in a folder."""
    user = TestClient(create(out, PORT, TOKEN, warm=False), base_url=f"http://127.0.0.1:{PORT}")
    assert user.get("/", params={"token": TOKEN}).status_code == 200
    return user


def test_stored_results_open_like_jobs(light, compared, monkeypatch):
    out = compared.folder.parent
    user = visitor(out)
    (one,) = user.get("/api/results").json()
    assert (one["id"], one["pairs"], one["arms"]) == ("mine", 4, ["no change", "alone", "together"])
    assert user.get("/api/results/mine/panels").json() == {"pairs": 4, "of": 4}
    written_report(compared)
    page = user.get("/api/results/mine/report")
    assert (page.status_code, page.text) == (200, "report")
    policy = page.headers["content-security-policy"]
    assert policy == "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'"
    table = user.get("/api/results/mine/files/summary.csv")
    assert table.content == (compared.folder / "summary.csv").read_bytes()
    assert "attachment" in table.headers["content-disposition"]
    for name in ("series.parquet", "..%2fmine%2fsummary.csv", "none", ".parts", "figures"):
        assert user.get(f"/api/results/mine/files/{name}").status_code == 404
    monkeypatch.setattr("sim.app.desk.folder_of", lambda out, name: out / "none")
    assert user.get("/api/results/mine/panels").status_code == 409


def test_a_job_is_asked_for_and_looked_at(light, tmp_path, monkeypatch):
    monkeypatch.setattr(Jobs, "_go_on", lambda self: None)  # nobody works
    user = visitor(tmp_path)
    asked = user.post("/api/jobs", json={"document": DOCUMENT, "replicates": 5})
    assert asked.status_code == 201
    job = asked.json()["id"]
    state = user.get(f"/api/jobs/{job}").json()
    assert {name: state[name] for name in ("id", "name", "kind", "state", "done", "total", "pairs", "replicates")} == {
        "id": job, "name": "mine", "kind": "compare", "state": "waiting", "done": 0, "total": 15, "pairs": 0,
        "replicates": 5,
    }  # fmt: skip
    assert user.get("/api/jobs").json() == [state]
    assert user.get(f"/api/jobs/{job}/panels").json()["pairs"] == 0
    assert user.get(f"/api/jobs/{job}/report").status_code == 409
    assert user.get(f"/api/jobs/{job}/files/summary.csv").status_code == 404
    study = user.get(f"/api/jobs/{job}/files/{FILE}")
    assert study.text == (tmp_path / "mine" / FILE).read_text(encoding="utf-8")
    assert user.post(f"/api/jobs/{job}/stop").json()["state"] == "stopped"
    seeds = user.post("/api/seeds", json={"preset": "balloon", "seed": 7, "a": [], "b": [{"week": 3}]})
    assert user.get(f"/api/jobs/{seeds.json()['id']}").json()["total"] == 20
    assert user.get(f"/api/jobs/{seeds.json()['id']}/panels").status_code == 404
    for wrong in ({"seed": -1}, {"seeds": 0}, {"seeds": 201}, {"a": 7}, {"preset": 7}, {"weeks": 0.5}):
        body = {"preset": "balloon", "seed": 7, "a": [], "b": []} | wrong
        assert user.post("/api/seeds", json=body).status_code == 400


# ---- panels --------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def compared(shelf, tmp_path_factory):
    """A finished comparison of three arms."""
    out = tmp_path_factory.mktemp("results")
    return ensemble.compare(runnable(DOCUMENT, 4).experiment, replicates=4, out=out)


def test_panels_are_plain_and_whole(compared):
    found = panels(compared, 10)
    assert json.loads(text_of(found)) == json.loads(json.dumps(finite(found), allow_nan=False))
    assert (found["pairs"], found["of"], found["baseline"], found["status"]) == (4, 10, "no change", "imagined")
    assert [arm["name"] for arm in found["arms"]] == ["no change", "alone", "together"]
    assert found["arms"][0]["sentence"] == "Nothing is in force."
    assert found["sentences"] == compared.sentences()
    assert found["covers"] in found["sentences"]
    assert set(found["course"]["arms"]) == {"no change", "alone", "together"}
    assert len(found["course"]["weeks"]) == len(found["course"]["arms"]["alone"]["median"]) == 3
    assert all(len(stock) == 3 for arm in found["stocks"].values() for stock in arm.values())
    table = reports.answer_table(reports.findings_of(compared))
    assert found["table"]["rows"] == [list(row) for row in table.rows]
    assert len(found["cost"]["points"]) == 12
    assert {point["arm"]: point for point in found["cost"]["points"]}["no change"]["harm_usd"] == 0.0


def test_intervals_are_of_harm_avoided(compared):
    for one in intervals(compared, ["alone", "together"]):
        _, percent = compared.headline(one["arm"], "no change")
        assert one["median"] == pytest.approx(-np.median(percent))
        assert one["lo90"] == pytest.approx(-np.quantile(percent, 0.95))
        assert one["lo90"] <= one["lo50"] <= one["median"] <= one["hi50"] <= one["hi90"]
        assert one["n_worse"] == int((percent > 0).sum())


def test_what_is_dominated_costs_no_less_and_leaves_no_less_harm():
    a = np.array([[1.0, 5.0], [1.0, 1.0], [3.0, 1.0], [2.0, 2.0]])
    b = np.array([[2.0, 6.0], [1.0, 1.0], [2.0, 2.0], [2.0, 3.0]])
    assert under(a, b).tolist() == [True, False, False, True]
    runs = {"a": [0, 1, 2, 3], "b": [0, 1, 2, 3], "c": [2]}
    assert share_under("b", ["a"], runs, {"a": a, "b": b}) == 0.5
    assert share_under("b", ["c"], runs, {"c": np.array([[0.0, 0.0]]), "b": b}) == 1.0


def test_cost_beside_harm_names_who_is_dominated(tmp_path):
    found = small(tmp_path)
    told = cost(found, list(found.arms))
    medians = {one["arm"]: one for one in told["medians"]}
    assert medians["no change"] == {
        "arm": "no change", "cost_usd": 0.0, "harm_usd": 0.0, "dominated_by": [], "share": None,
    }  # fmt: skip
    # Both cost the same; together takes 40 a quarter and crime, alone 20.
    assert medians["alone"]["cost_usd"] == medians["together"]["cost_usd"] == pytest.approx(4000.0)
    assert medians["alone"]["harm_usd"] == pytest.approx(-160.0)
    assert medians["together"]["harm_usd"] == pytest.approx(-320.0)
    assert medians["alone"]["dominated_by"] == ["together"]
    assert medians["alone"]["share"] == 1.0
    assert told["pareto"] == ["no change", "together"]


def test_who_gains_without_paying_is_said_by_the_rule(compared, monkeypatch):
    paid = np.array([[10.0, 0.0]] * 10)
    harm = np.array([[-5.0, -1.0]] * 9 + [[-5.0, 1.0]])
    passed_on = np.zeros((10, 2))
    told = {"cost_usd": paid, "harm_usd": harm, "harm_exported_usd": passed_on}
    monkeypatch.setattr("sim.app.panels.changes", lambda found, arm, measure, side: told[measure])
    here, there = countries(compared, "alone")
    assert (here["takes_part"], there["takes_part"], here["treated"]) == (True, False, True)
    assert not here["gains_without_paying"]  # it pays all of it
    assert there["gains_without_paying"]  # in nine runs of ten
    harm[8, 1] = 1.0
    assert not countries(compared, "alone")[1]["gains_without_paying"]  # eight of ten are not over 80 %
    harm[:, 1] = -1.0
    paid[:, 1] = 10.0
    assert not countries(compared, "together")[1]["gains_without_paying"]  # both pay their part
    assert here["cost"] == {"median": 10.0, "lo90": 10.0, "hi90": 10.0}


def test_the_ways_used_most_come_first(tmp_path):
    found = small(tmp_path)
    ways = flows(found, "alone")
    moved = found.moves_matrix("alone")
    assert {(way["origin"], way["destination"]): way["operations"] for way in ways} == {
        (a, b): moved.at[a, b] for a in moved.index for b in moved.columns if moved.at[a, b] > 0
    }
    assert all(one["operations"] >= other["operations"] for one, other in pairwise(ways))
    assert len(ways) <= WAYS


def test_a_missing_report_is_written(light, compared):
    told = done({"kind": "report", "folder": str(compared.folder)})
    assert told.last("state") == "done"
    assert told.last("report")
    assert (Path(compared.folder) / "report.html").is_file()
