"""The program behind the pages: who is let in, what is refused, and that it lives on whatever it is sent."""

import asyncio
import json
import signal
import socket
import sys
import threading
import time
import warnings
from types import SimpleNamespace
from typing import ClassVar

import httpx
import pytest
from browser import program
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.websockets import WebSocketDisconnect
from websockets.sync.client import connect

from sim.app import session
from sim.app.crew import Crew
from sim.app.facts import facts
from sim.app.server import create
from sim.app.sockets import CHUNK, MOST_BAD
from sim.app.studies import check, document_of, read_document, shipped_document, study_of
from sim.app.wire import DEEPEST, DRAINED, LARGEST_BODY, Refused, read_json
from sim.cli import main
from sim.cli.mistakes import Exit
from sim.scenario import digest, load_experiment, names
from sim.scenario.reading import read

with warnings.catch_warnings():  # it is about to leave httpx for a successor of the same make
    warnings.simplefilter("ignore")
    from starlette.testclient import TestClient, WebSocketDenialResponse

PORT, TOKEN = 5123, "a-token-that-nobody-guesses"
HERE = f"http://127.0.0.1:{PORT}"
LIVE = f"ws://127.0.0.1:{PORT}/api/live"
GETS = (
    "/", "/static/app.js", "/static/nothing", "/api/app", "/api/lesson", "/api/about", "/api/atlas", "/api/jobs",
    "/api/jobs/x", "/api/jobs/x/panels", "/api/jobs/x/report", "/api/jobs/x/files/summary.csv", "/api/results",
    "/api/results/x/panels", "/api/results/x/report", "/api/results/x/files/summary.csv",
    "/api/experiments/two-countries", "/api/nothing", "/nothing",
)  # fmt: skip
POSTS = ("/api/study/check", "/api/study/read", "/api/jobs", "/api/seeds", "/api/jobs/x/stop")


@pytest.fixture
def app(tmp_path):
    """A program whose results go to a folder of this test."""
    return create(tmp_path / "results", PORT, TOKEN, warm=False)


@pytest.fixture
def stranger(app):
    """Somebody who has not opened the link."""
    return TestClient(app, base_url=HERE, follow_redirects=False, raise_server_exceptions=False)


@pytest.fixture
def user(stranger):
    """The user: whoever opened the link."""
    assert stranger.get("/", params={"token": TOKEN}).status_code == 303
    return stranger


def message(response):
    return response.json()["error"]["message"]


# ---- who is let in -------------------------------------------------------------------------------


@pytest.mark.parametrize("path", GETS)
def test_nobody_is_let_in_without_the_cookie(stranger, path):
    answer = stranger.get(path)
    assert answer.status_code == 403
    assert "link that the program printed" in answer.text
    stranger.cookies.set(f"displace-{PORT}", "made up")
    assert stranger.get(path).status_code == 403


@pytest.mark.parametrize("path", POSTS)
def test_nobody_asks_for_anything_without_the_cookie(stranger, path):
    assert stranger.post(path, json={}).status_code == 403


def test_no_socket_opens_without_the_cookie(stranger):
    with (
        pytest.raises(WebSocketDenialResponse) as refused,
        stranger.websocket_connect(LIVE, headers={"origin": HERE}),
    ):
        pass
    assert refused.value.status_code == 403


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1", f"127.0.0.1:{PORT + 1}", f"evil.example:{PORT}", ""])
def test_another_host_is_refused(user, host):
    for path in ("/", "/static/app.js", "/api/jobs"):
        assert user.get(path, headers={"host": host}).status_code == 400
    with (
        pytest.raises(WebSocketDenialResponse) as refused,
        user.websocket_connect(LIVE, headers={"host": host, "origin": HERE}),
    ):
        pass
    assert refused.value.status_code == 400


def test_the_other_name_of_this_machine_is_let_in(user):
    user.cookies.clear()
    there = f"localhost:{PORT}"
    assert user.get("/api/jobs", headers={"host": there}).status_code == 403  # the cookie still counts


@pytest.mark.parametrize("origin", ["http://evil.example", "null", f"https://127.0.0.1:{PORT}", "http://127.0.0.1"])
def test_another_origin_is_refused(user, origin):
    assert user.get("/api/jobs", headers={"origin": origin}).status_code == 403
    assert user.post("/api/study/check", json={"document": {}}, headers={"origin": origin}).status_code == 403
    with (
        pytest.raises(WebSocketDenialResponse) as refused,
        user.websocket_connect(LIVE, headers={"origin": origin}),
    ):
        pass
    assert refused.value.status_code == 403


def test_a_socket_says_where_it_comes_from(user):
    with pytest.raises(WebSocketDenialResponse) as refused, user.websocket_connect(LIVE):
        pass
    assert refused.value.status_code == 403
    with user.websocket_connect(LIVE, headers={"origin": HERE}):
        pass
    assert user.get("/api/jobs", headers={"origin": HERE}).status_code == 200


def test_the_link_is_exchanged_once_for_a_cookie(app, stranger):
    first = stranger.get("/", params={"token": TOKEN})
    assert (first.status_code, first.headers["location"]) == (303, "/")
    cookie = first.headers["set-cookie"].lower()
    assert all(part in cookie for part in ("httponly", "samesite=strict", "path=/"))
    assert TOKEN not in cookie
    assert stranger.get("/").status_code == 200
    assert stranger.get("/", params={"token": TOKEN}).status_code == 303
    other = TestClient(app, base_url=HERE, follow_redirects=False)
    again = other.get("/", params={"token": TOKEN})
    assert again.status_code == 403
    assert "Start the program again" in again.text
    assert "set-cookie" not in again.headers
    assert other.get("/").status_code == 403


@pytest.mark.parametrize("token", ["", "wrong", TOKEN[:-1], "ä"])
def test_a_wrong_token_opens_nothing(stranger, token):
    assert stranger.get("/", params={"token": token}).status_code == 403
    assert stranger.get("/static/app.js", params={"token": TOKEN}).status_code == 403
    assert stranger.get("/", params={"token": TOKEN}).status_code == 303  # the true one still does


def test_every_answer_has_its_headers(user, monkeypatch):
    monkeypatch.setattr("sim.app.desk.stored", lambda _: 1 / 0)
    answers = {
        200: user.get("/api/jobs"), 404: user.get("/api/nothing"), 405: user.get("/api/study/check"),
        500: user.get("/api/results"), 400: user.post("/api/jobs", content=b"{"),
        413: user.post("/api/jobs", content=b" " * (LARGEST_BODY + 1)),
    }  # fmt: skip
    answers |= {"page": user.get("/"), "static": user.get("/static/app.js")}
    user.cookies.clear()
    answers |= {403: user.get("/api/jobs"), "host": user.get("/", headers={"host": "evil.example"})}
    for kind, answer in answers.items():
        assert answer.status_code == {"page": 200, "static": 200, "host": 400}.get(kind, kind)
        policy = answer.headers["content-security-policy"]
        assert "default-src 'self'" in policy
        assert f"ws://127.0.0.1:{PORT}" in policy
        assert "unsafe" not in policy
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert answer.headers["cache-control"] == "no-store"
    assert "ZeroDivision" not in answers[500].text


def test_a_page_that_is_not_built_is_told(tmp_path):
    client = TestClient(create(tmp_path, PORT, TOKEN, pages=tmp_path / "none", warm=False), base_url=HERE)
    answer = client.get("/", params={"token": TOKEN})
    assert answer.status_code == 503
    assert "make web" in answer.text
    assert client.get("/static/app.js").status_code == 404


@pytest.mark.parametrize("path", ["/static/../server.py", "/static/%2e%2e/server.py", "/static/..%2fserver.py"])
def test_nothing_beside_the_pages_is_served(user, path):
    assert user.get(path).status_code == 404


# ---- hostile questions ---------------------------------------------------------------------------

HOSTILE = {
    "nothing": b"", "half": b"{", "a list": b"[]", "a number": b"7", "no number": b'{"document": NaN}',
    "endless": b'{"document": Infinity}', "too large": b'{"document": 1e999}', "not UTF-8": b'{"document": "\xff"}',
    "twice": b'{"document": {"a": 1, "a": 2}}', "half a character": b'{"document": {"name": "\\ud800"}}',
    "deep": b'{"document": ' + b"[" * 30 + b"]" * 30 + b"}", "abyss": b'{"document": ' + b"[" * 100_000,
    "long": b'{"document": ' + b"9" * 10_000 + b"}", "no document": b"{}", "a text": b'{"document": "x"}',
    "null": b'{"document": null}',
}  # fmt: skip


@pytest.mark.parametrize("kind", HOSTILE)
@pytest.mark.parametrize("path", ["/api/study/check", "/api/jobs"])
def test_a_hostile_body_is_refused(user, path, kind):
    answer = user.post(path, content=HOSTILE[kind], headers={"content-type": "application/json"})
    assert answer.status_code == 400
    assert message(answer)
    assert user.get("/api/jobs").json() == []


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""])
def test_only_json_is_read(user, kind):
    answer = user.post("/api/study/check", content=b'{"document": {}}', headers={"content-type": kind})
    assert answer.status_code == 400
    assert "JSON" in message(answer)


def test_a_large_upload_is_refused_and_the_program_lives_on(user):
    def pieces():
        for _ in range(160):
            yield b"x" * 65536

    for content in (b"x" * 10_000_000, pieces(), b"[" * (LARGEST_BODY + 1), b"x" * (DRAINED + 1)):
        answer = user.post("/api/study/read", content=content, headers={"content-type": "application/json"})
        assert answer.status_code == 413
    assert user.get("/api/jobs").status_code == 200


def test_json_is_as_deep_as_said():
    assert read_json("[" * DEEPEST + "]" * DEEPEST)
    with pytest.raises(Refused):
        read_json("[" * (DEEPEST + 1) + "]" * (DEEPEST + 1))


@pytest.mark.parametrize(
    "path", [path for path in GETS if "/x" in path or "nothing" in path] + ["/api/experiments/nothing"]
)
def test_what_is_not_there_is_told(user, path):
    answer = user.get(path)
    assert answer.status_code == 404
    assert message(answer)


@pytest.mark.parametrize("name", ["..%2f..%2fetc", "..", "%2e%2e", "a%00b", "x" * 300, "C:", ".parts"])
def test_a_name_is_no_path(user, tmp_path, name):
    (tmp_path / "manifest.json").write_text("{}")
    for path in (f"/api/results/{name}/report", f"/api/results/{name}/files/manifest.json"):
        assert user.get(path).status_code == 404
    assert user.get(f"/api/experiments/{name}").status_code == 404


# ---- studies -------------------------------------------------------------------------------------


def two(**changes):
    """Return a small document, with changes."""
    document = {
        "name": "mine", "scenario": "two-countries", "baseline": "no change", "replicates": 10,
        "window": {"from": 26, "to": 520},
        "arms": {
            "no change": {},
            "alone": {
                "budget": {"usd_per_year": 5e6},
                "policy": [{"instrument": "crackdown", "members": ["varda"], "start": 26}],
            },
        },
    }  # fmt: skip
    return document | changes


def test_a_document_is_told_in_words(user):
    told = user.post("/api/study/check", json={"document": two()}).json()
    assert told["problems"] == []
    assert told["runs"] == 20
    assert told["name"] == "mine"
    assert told["seconds_estimate"] is None  # nothing is compiled yet
    alone = told["arms"]["alone"]
    assert alone["usd_per_year"] == pytest.approx(5e6)
    assert any(sentence.startswith("Varda: crackdown from week 26") for sentence in alone["sentences"])
    assert told["arms"]["no change"] == {"sentences": [], "usd_per_year": 0.0, "budget_usd_per_year": None}
    assert read_document(told["yaml"])["arms"].keys() == two()["arms"].keys()


def test_a_problem_says_where_it_is(user):
    document = two()
    document["arms"]["alone"]["policy"][0] |= {"members": ["vrda"], "strat": 3}
    told = user.post("/api/study/check", json={"document": document}).json()
    where, unknown = sorted(told["problems"], key=lambda one: one["path"][-1] == "strat")
    assert where["path"] == ["arms", "alone", "policy", 0, "members", 0]
    assert (where["nearest"], unknown["nearest"]) == ("varda", "start")
    assert unknown["path"] == ["arms", "alone", "policy", 0, "strat"]
    lines = told["yaml"].splitlines()
    assert lines[where["line"] - 1][where["column"] - 1 :].startswith("vrda")
    assert lines[unknown["line"] - 1][unknown["column"] - 1 :].startswith("strat")
    refused = user.post("/api/jobs", json={"document": document})
    assert refused.status_code == 422
    assert refused.json()["error"]["problems"] == told["problems"]
    assert user.get("/api/jobs").json() == []


def test_assumptions_hold_in_every_arm_and_are_drawn_no_more():
    path, other = "parameters.choice.review", "parameters.choice.outside_factor"
    document = two(
        assumptions={path: 0.07, other: 1.5}, uncertain={other: [0.5, 2.0], "parameters.choice.risk_weight": None}
    )
    document["arms"]["alone"]["set"] = {path: 0.09}
    found = study_of(document).experiment
    review = {name: arm.scenario.parameters.choice.review for name, arm in found.arms.items()}
    assert review == {"no change": 0.07, "alone": 0.09}  # what an arm sets itself is its policy
    assert all(arm.scenario.parameters.choice.outside_factor == 1.5 for arm in found.arms.values())
    assert [one.path for one in found.uncertain] == ["parameters.choice.risk_weight"]


def test_a_wrong_assumption_is_one_problem(user):
    told = check(two(assumptions={"parameters.choice.reviw": 0.1, "policy.crackdown.start": 1}), False)
    (wrong,) = told["problems"]
    assert wrong["path"] == ["assumptions", "policy.crackdown.start"]
    (wrong,) = check(two(assumptions={"parameters.choice.reviw": 0.1}), False)["problems"]
    assert wrong["path"] == ["assumptions", "parameters.choice.reviw"]
    assert wrong["nearest"] == "parameters.choice.review"


@pytest.mark.parametrize("name", names("experiments"))
def test_a_shipped_experiment_keeps_its_meaning_as_a_document(name, monkeypatch):
    monkeypatch.setattr(session, "MOST_ARMS", 100)
    document, shipped = shipped_document(name), load_experiment(name)
    made = study_of(json.loads(json.dumps(document)))
    for arm, meant in shipped.arms.items():
        assert digest(made.experiment.arms[arm].scenario) == digest(meant.scenario)
        assert (made.experiment.arms[arm].treated, made.experiment.arms[arm].label) == (meant.treated, meant.label)
    for what in ("baseline", "window", "seed", "replicates", "contrasts", "uncertain"):
        assert getattr(made.experiment, what) == getattr(shipped, what)
    assert document_of(read(made.text, "again"), None) == document


def test_what_all_arms_set_is_an_assumption():
    text = study_of(two(assumptions={"parameters.choice.review": 0.07})).text
    assert read_document(text)["assumptions"] == {"parameters.choice.review": 0.07}
    assert all("set" not in arm for arm in read_document(text)["arms"].values())


EXPERIMENT = "name: a\nscenario: two-countries\narms:\n  no change: {}\n  alone: {}\n"
REFUSED = {
    "alias": EXPERIMENT + "about: &x y\ntreated: *x\n", "bomb": "a: &a [1,2]\nb: &b [*a,*a]\narms: [*b,*b]\n",
    "tag": EXPERIMENT + "about: !!python/object/apply:os.system [ls]\n", "twice": EXPERIMENT + "name: b\n",
    "merge": EXPERIMENT + "<<: {about: x}\n", "deep": EXPERIMENT + f"contrasts: {'[' * 30}{']' * 30}\n",
    "abyss": "arms: " + "[" * 50_000, "many": EXPERIMENT + f"contrasts: [{'1,' * 60_000}1]\n",
    "path": EXPERIMENT.replace("two-countries", "../../etc/passwd"),
    "absolute path": EXPERIMENT.replace("two-countries", "/etc/passwd"),
    "file": EXPERIMENT.replace("two-countries", "scenarios/two-countries.yaml"),
    "extends": EXPERIMENT + "extends: ../two-countries.yaml\n", "plugin": EXPERIMENT + "plugins: [os]\n",
    "no experiment": "name: a\nabout: b\n", "not YAML": "a: b: c\n", "no mapping": "- a\n", "nothing": "",
    "two documents": EXPERIMENT + "---\na: b\n", "control": EXPERIMENT + "about: \"\\u0007\"\n",
    "no country": EXPERIMENT.replace("{}", "{policy: [{instrument: crackdown, members: [atlantis]}]}", 1),
}  # fmt: skip


@pytest.mark.parametrize("kind", REFUSED)
def test_a_hostile_file_is_refused(user, kind):
    answer = user.post("/api/study/read", json={"text": REFUSED[kind]})
    assert answer.status_code == 422
    assert message(answer)
    assert answer.json()["error"]["line"] >= 1
    assert user.post("/api/study/read", json={"text": EXPERIMENT}).status_code == 200


def test_a_text_is_a_text(user):
    for text in (None, 7, ["a"], {"a": 1}):
        assert user.post("/api/study/read", json={"text": text}).status_code == 400


CAPS = {
    "replicates": (two(replicates=201), "201", "200"),
    "countries": (two(scenario="whole-world", arms={"a": {}, "b": {}}, baseline="a"), "198", "60"),
    "arms": (two(arms={f"arm {number}": {} for number in range(25)}, baseline="arm 0"), "25", "24"),
    "work": (
        two(scenario="mekong-baseline", replicates=200, baseline="0", arms={f"{n}": {} for n in range(12)}),
        f"{676 * 18 * 200 * 12:,}", f"{session.MOST_WORK:,}",
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", CAPS)
def test_what_is_too_large_is_refused_with_the_cap(user, kind):
    document, number, cap = CAPS[kind]
    told = user.post("/api/study/check", json={"document": document}).json()["problems"]
    refused = user.post("/api/jobs", json={"document": document})
    assert refused.status_code == 422
    for said in (told[0]["message"], message(refused)):
        assert number in said
        assert cap in said


@pytest.mark.parametrize("replicates", [0, -1, 201, 1.5, "5", True, [5]])
def test_replicates_are_a_whole_number_within_the_cap(user, replicates):
    answer = user.post("/api/jobs", json={"document": two(), "replicates": replicates})
    assert answer.status_code == 400
    assert "200" in message(answer)


def test_one_arm_compares_nothing(user):
    answer = user.post("/api/jobs", json={"document": two(arms={"no change": {}})})
    assert answer.status_code == 422
    assert "two arms" in message(answer)


SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=9), inner, max_size=4)
)
KEYS = st.sampled_from(["name", "about", "scenario", "baseline", "window", "seed", "replicates", "arms", "contrasts",
                        "uncertain", "treated", "assumptions", "extends", "demo_replicates"])  # fmt: skip


@given(
    st.dictionaries(KEYS, VALUES, max_size=4),
    st.dictionaries(
        st.sampled_from(["policy", "budget", "set", "label", "extends", "politics", "treated"]), VALUES, max_size=3
    ),
)
@settings(max_examples=60)
def test_any_document_is_answered(changes, arm):
    document = two(**changes)
    if isinstance(document["arms"], dict):
        document["arms"] = document["arms"] | {"other": arm}
    told = check(json.loads(json.dumps(document)), False)
    assert told["problems"] or told["arms"]
    assert all(one["message"] for one in told["problems"])


def test_the_pages_know_what_there_is():
    told = facts()
    assert {one["id"] for one in told["experiments"]} == set(names("experiments"))
    assert {one["id"] for one in told["scenarios"]} == set(names("scenarios"))
    assert json.loads(json.dumps(told, allow_nan=False))
    kinds = {field["kind"] for one in told["instruments"] for field in one["fields"]}
    assert kinds == {"number", "integer", "choice", "countries", "text"}
    assert all(
        field.get("choices") for one in told["instruments"] for field in one["fields"] if field["kind"] == "choice"
    )
    by_path = {one["path"]: one for one in told["assumptions"]}
    assert all(one["low"] < one["high"] for one in by_path.values())
    study_of(
        two(
            assumptions={
                path: one["low"] for path, one in by_path.items() if "trafficking" not in path and "drugs" not in path
            }
        )
    )
    fixed = next(one for one in told["scenarios"] if one["id"] == "no-attribution")
    assert fixed["assumed"] == {"parameters.intelligence.attribution": 0.0}


# ---- live worlds ---------------------------------------------------------------------------------


class Stopped(Exception):
    def __init__(self, week, message, detail):
        super().__init__(message)
        self.week, self.message, self.detail = week, message, detail


class Pair:
    """Worlds that tell who asked for which weeks."""

    served: ClassVar[list[tuple[int, int]]] = []
    hold: ClassVar[threading.Event]

    def __init__(self, preset, seed):
        self.preset, self.seed = preset, seed

    def opened(self):
        return {"weeks": 260, "start": {"a": [], "b": []}}

    def frames(self, first, last):
        if self.preset == "slow":
            self.hold.wait(5)
        if self.preset == "stops" and last > 20:
            raise Stopped(20, "The model stopped at week 20.", "a ledger")
        if self.preset == "breaks":
            raise RuntimeError("kernel")
        Pair.served.append((self.seed, first))
        return [{"w": week + 1, "a": {"h": [float("nan")]}, "b": {}} for week in range(first, last)]

    def ask(self, world, week, site, to):
        if to == "atlantis":
            raise ValueError("there is no country 'atlantis'")
        return {"world": world, "to": to, "sentence": "In the model it stays."}


@pytest.fixture
def live(monkeypatch, user):
    """Give a function that opens a socket to pretended worlds."""

    def open_pair(preset, seed, a, b):
        if preset == "unknown":
            raise ValueError("there is no preset 'unknown'")
        return Pair(preset, seed)

    monkeypatch.setitem(sys.modules, "sim.app.live", SimpleNamespace(open_pair=open_pair, Stopped=Stopped))
    Pair.served, Pair.hold = [], threading.Event()
    return lambda: user.websocket_connect(LIVE, headers={"origin": HERE})


def opened(talk, number=1, preset="balloon", seed=7):
    talk.send_json({"do": "open", "id": number, "preset": preset, "seed": seed, "a": [], "b": []})
    answer = talk.receive_json()
    assert (answer["is"], answer["id"]) == ("opened", number)
    return answer


def test_frames_come_in_order_a_few_at_a_time(live):
    with live() as talk:
        assert opened(talk)["weeks"] == 260
        talk.send_json({"do": "want", "id": 1, "from": 3, "upto": 33})
        got = [talk.receive_json() for _ in range(3)]
        assert [(one["is"], one["from"], len(one["frames"])) for one in got] == [
            ("frames", 3, CHUNK), ("frames", 16, CHUNK), ("frames", 29, 4),
        ]  # fmt: skip
        assert [frame["w"] for one in got for frame in one["frames"]] == list(range(4, 34))
        assert got[0]["frames"][0]["a"] == {"h": [None]}
        talk.send_json({"do": "ask", "id": 1, "world": "a", "week": 3, "site": 5, "to": "orlen"})
        assert talk.receive_json() | {"is": "answer", "id": 1, "site": 5, "to": "orlen"} == {
            "is": "answer", "id": 1, "site": 5, "world": "a", "to": "orlen", "sentence": "In the model it stays.",
        }  # fmt: skip


def test_a_newer_open_drops_what_was_asked_before(live):
    with live() as talk:
        opened(talk, 1, "slow", seed=1)
        talk.send_json({"do": "want", "id": 1, "from": 0, "upto": 260})
        time.sleep(0.1)
        opened(talk, 2, seed=2)
        talk.send_json({"do": "want", "id": 1, "from": 0, "upto": 13})  # of the old one: no answer
        talk.send_json({"do": "want", "id": 2, "from": 0, "upto": 13})
        Pair.hold.set()
        assert talk.receive_json()["id"] == 2
    time.sleep(0.1)
    assert [first for seed, first in Pair.served if seed == 1] in ([], [0])


def test_a_model_that_stops_is_told_and_the_socket_lives_on(live):
    with live() as talk:
        opened(talk, 1, "stops")
        talk.send_json({"do": "want", "id": 1, "from": 0, "upto": 26})
        assert talk.receive_json()["is"] == "frames"
        assert talk.receive_json() == {
            "is": "stopped", "id": 1, "week": 20, "message": "The model stopped at week 20.", "detail": "a ledger",
        }  # fmt: skip
        opened(talk, 2, "breaks")
        talk.send_json({"do": "want", "id": 2, "from": 0, "upto": 1})
        broken = talk.receive_json()
        assert (broken["is"], broken["id"]) == ("stopped", 2)
        assert "kernel" in broken["detail"]
        talk.send_json({"do": "open", "id": 3, "preset": "unknown", "seed": 1, "a": [], "b": []})
        assert talk.receive_json() == {"is": "error", "id": 3, "message": "there is no preset 'unknown'"}
        opened(talk, 4)
        talk.send_json({"do": "ask", "id": 4, "world": "a", "week": 3, "site": 5, "to": "atlantis"})
        assert "atlantis" in talk.receive_json()["message"]


def test_sessions_get_on_equally(live, monkeypatch):
    monkeypatch.setattr("sim.app.server.LIVE_THREADS", 1)
    with live() as one, live() as other:
        opened(one, 1, "slow", seed=1)
        opened(other, 1, "slow", seed=2)
        for talk in (one, other):
            talk.send_json({"do": "want", "id": 1, "from": 0, "upto": 130})
        time.sleep(0.2)
        Pair.hold.set()
        for talk in (one, other):
            assert [talk.receive_json()["from"] for _ in range(10)] == list(range(0, 130, CHUNK))
    order = [seed for seed, _ in Pair.served]
    ahead = [abs(order[:place].count(1) - order[:place].count(2)) for place in range(len(order))]
    assert max(ahead) <= 4  # nobody's thirty weeks wait for somebody's hundred


NONSENSE = {
    "empty": "", "half": "{", "a list": "[]", "no number": '{"do":"open","id":NaN}', "deep": "[" * 60_000,
    "nothing to do": "{}", "unknown": '{"do":"eval","id":1}', "no id": '{"do":"open"}', "do": '{"do":["open"],"id":1}',
    "id": '{"do":"want","id":"1"}', "true": '{"do":"want","id":true}',
    "far": '{"do":"want","id":1,"from":0,"upto":99999}',
    "back": '{"do":"want","id":1,"from":5,"upto":5}', "below": '{"do":"want","id":1,"from":-1,"upto":5}',
    "world": '{"do":"ask","id":1,"world":"c","week":1,"site":1,"to":"orlen"}',
    "to": '{"do":"ask","id":1,"world":"a","week":1,"site":1,"to":7}',
    "timeline": '{"do":"open","id":2,"preset":"balloon","seed":1,"a":7,"b":[]}',
    "entries": '{"do":"open","id":2,"preset":"balloon","seed":1,"a":[7],"b":[]}',
    "long": json.dumps({"do": "open", "id": 2, "preset": "balloon", "seed": 1, "a": [{"week": 1}] * 61, "b": []}),
    "seed": '{"do":"open","id":2,"preset":"balloon","seed":1.5,"a":[],"b":[]}',
    "preset": '{"do":"open","id":2,"preset":["balloon"],"seed":1,"a":[],"b":[]}',
    "huge": '{"do":"want","id":1,"from":' + "9" * 5000 + "}",
}  # fmt: skip


@pytest.mark.parametrize("kind", NONSENSE)
def test_nonsense_is_told_and_changes_nothing(live, kind):
    with live() as talk:
        opened(talk, 1)
        talk.send_text(NONSENSE[kind])
        assert talk.receive_json()["is"] == "error"
        talk.send_json({"do": "want", "id": 1, "from": 0, "upto": 1})
        assert talk.receive_json()["is"] == "frames"


def test_bytes_are_no_message(live):
    with live() as talk:
        opened(talk, 1)
        talk.send_bytes(b"\x00\xff" * 100)
        assert talk.receive_json()["is"] == "error"


def test_too_much_nonsense_closes_the_socket(live):
    with live() as talk:
        for _ in range(MOST_BAD):
            talk.send_text("nonsense")
            assert talk.receive_json()["is"] == "error"
        with pytest.raises(WebSocketDisconnect) as closed:
            talk.receive_json()
        assert closed.value.code == 1008


def test_too_many_questions_at_once_are_refused(live):
    with live() as talk:
        opened(talk, 1, "slow")
        for _ in range(20):
            talk.send_json({"do": "want", "id": 1, "from": 0, "upto": 1})
        assert "at once" in talk.receive_json()["message"]
        Pair.hold.set()


MESSAGES = st.dictionaries(
    st.sampled_from(["do", "id", "preset", "seed", "a", "b", "from", "upto", "world", "week", "site", "to"]),
    st.sampled_from(["open", "want", "ask", "balloon", "a", "b"]) | VALUES, max_size=8,
)  # fmt: skip


@given(st.lists(MESSAGES.map(json.dumps) | st.text(max_size=50) | st.binary(max_size=50), max_size=8))
@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_a_socket_survives_anything(live, messages):
    with live() as talk:
        for one in messages:
            (talk.send_bytes if isinstance(one, bytes) else talk.send_text)(one)
        talk.send_json({"do": "open", "id": 2**52, "preset": "balloon", "seed": 1, "a": [], "b": []})
        while (answer := talk.receive_json()).get("id") != 2**52:
            assert answer["is"] in ("error", "opened", "frames", "answer", "stopped")
        assert answer["is"] == "opened"


def test_no_more_sockets_than_the_cap(live, monkeypatch):
    monkeypatch.setattr("sim.app.sockets.MOST_SOCKETS", 2)
    with live() as one, live():
        opened(one)
        with live() as late, pytest.raises(WebSocketDisconnect) as closed:
            late.receive_json()
        assert closed.value.code == 1013
        assert "open already" in closed.value.reason
    with live() as now:
        opened(now)


def test_a_crew_hands_back_what_happens():
    def fail():
        raise LookupError("gone")

    async def ask():
        crew = Crew(1)
        assert await crew.do(divmod, 7, 2) == (3, 1)
        with pytest.raises(LookupError):
            await crew.do(fail)
        begun, held = [], threading.Event()
        first = asyncio.ensure_future(crew.do(held.wait, 5))
        second = asyncio.ensure_future(crew.do(begun.append, 1))
        await asyncio.sleep(0.05)
        second.cancel()
        held.set()
        await first
        await crew.do(int)
        assert begun == []

    asyncio.run(ask())


# ---- the command ---------------------------------------------------------------------------------


def test_a_port_that_is_taken_is_told(tmp_path, capsys):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert main(["app", "--no-browser", "--port", str(port), "--out", str(tmp_path)]) == Exit.MISUSED
    (line,) = capsys.readouterr().err.splitlines()
    assert str(port) in line
    assert "--port" in line


def test_missing_libraries_are_named(monkeypatch, capsys):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert main(["app", "--no-browser"]) == Exit.MISUSED
    (line,) = capsys.readouterr().err.splitlines()
    assert "pip install 'displace[app]'" in line


@pytest.mark.parametrize(("how", "code"), [(signal.SIGINT, Exit.INTERRUPTED), (signal.SIGTERM, Exit.DONE)])
def test_the_program_ends_at_once(tmp_path, how, code):
    with program(tmp_path / "results") as running, httpx.Client(base_url=running.home) as client:
        assert client.get(running.link).status_code == 303
        (cookie,) = (f"{name}={value}" for name, value in client.cookies.items())
        assert client.get("/api/jobs").json() == []
        address = running.home.replace("http", "ws") + "/api/live"
        with connect(address, additional_headers={"Cookie": cookie}, origin=running.home) as talk:
            talk.send('{"do":"want","id":1,"from":0,"upto":5}')
            talk.send("x" * 70_000)  # more than a message may have: the socket is closed, the program lives
            with pytest.raises(Exception, match="1009"):
                talk.recv(5)
        with connect(address, additional_headers={"Cookie": cookie}, origin=running.home):
            assert running.end(how) == code
