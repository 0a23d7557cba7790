"""Ring refusals: every file of tests/invalid is refused, at the right places, with the right words."""

import re
from pathlib import Path

import pytest

from sim.scenario import ScenarioError, load, load_experiment, loads

pytestmark = pytest.mark.refusals

FILES = sorted((Path(__file__).parent / "invalid").glob("*.yaml"))
# `line:column: words`, or `other.yaml:line:column: words` when the mistake is in a file it builds on.
EXPECTS = re.compile(r"^# expects: (?:(\S+\.yaml):)?(\d+):(\d+): (.+)$", re.MULTILINE)


def test_there_are_many_ways_to_be_wrong() -> None:
    assert len(FILES) >= 30


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_an_invalid_file_is_refused_with_all_its_problems(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(path.parent)
    text = path.read_text(encoding="utf-8")
    expected = {
        (file or path.name, int(line), int(column), words) for file, line, column, words in EXPECTS.findall(text)
    }
    with pytest.raises(ScenarioError) as refusal:
        load_experiment(Path(path.name))
    assert {(p.file, p.line, p.column, p.message) for p in refusal.value.problems} == expected


def test_every_problem_is_one_line_with_its_place() -> None:
    text = "name: wrong\nextends: two-countries\nscael: 1\nclock: {weeks: 0}\n"
    with pytest.raises(ScenarioError) as refusal:
        loads(text, "x.yaml")
    lines = str(refusal.value).splitlines()
    assert [line.split(" ")[0] for line in lines] == ["x.yaml:3:1:", "x.yaml:4:16:"]


def test_the_same_mistake_of_a_common_trait_is_told_once() -> None:
    text = "name: wrong\nextends: two-countries\nworld: {each: {online: 2}}\n"
    with pytest.raises(ScenarioError, match="'online' must be at most 1") as refusal:
        loads(text)
    assert len(refusal.value.problems) == 1


def test_a_missing_file_is_refused() -> None:
    with pytest.raises(ScenarioError, match="no such file"):
        load(Path("nowhere.yaml"))


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match="no such file"):
        load(tmp_path)


def test_an_unknown_name_is_answered_with_the_nearest() -> None:
    with pytest.raises(ScenarioError, match="did you mean 'two-countries'"):
        load("two-countreis")


def test_an_experiment_is_no_scenario() -> None:
    with pytest.raises(ScenarioError, match="this is an experiment"):
        loads("name: x\nscenario: two-countries\narms: {no change: {}}\n")


def test_a_text_builds_on_shipped_files_only() -> None:
    with pytest.raises(ScenarioError, match="shipped names"):
        loads("name: x\nextends: own.yaml\n")


@pytest.mark.parametrize(
    "parent", ["/etc/passwd.yaml", "..\\x.yaml", "C:/x.yaml", "a/../../x.yaml", "x.txt/", "a" * 300 + ".yaml"]
)
def test_a_file_builds_on_nothing_outside_its_folder(tmp_path: Path, parent: str) -> None:
    path = tmp_path / "x.yaml"
    path.write_text(f"name: x\nextends: {parent!r}\n", encoding="utf-8")
    with pytest.raises(ScenarioError, match="leads out of this file's folder"):
        load(path)


def test_a_link_leads_nowhere_outside(tmp_path: Path) -> None:
    inner = tmp_path / "inner"
    inner.mkdir()
    (tmp_path / "secret.yaml").write_text("name: secret\n", encoding="utf-8")
    (inner / "link.yaml").symlink_to(tmp_path / "secret.yaml")
    (inner / "x.yaml").write_text("name: x\nextends: link.yaml\n", encoding="utf-8")
    with pytest.raises(ScenarioError, match="leads out of this file's folder"):
        load(inner / "x.yaml")


def test_links_in_a_circle_are_refused(tmp_path: Path) -> None:
    (tmp_path / "loop.yaml").symlink_to(tmp_path / "loop.yaml")
    (tmp_path / "x.yaml").write_text("name: x\nextends: loop.yaml\n", encoding="utf-8")
    with pytest.raises(ScenarioError):
        load(tmp_path / "x.yaml")


def test_a_long_chain_of_files_is_refused(tmp_path: Path) -> None:
    for i in range(15):
        (tmp_path / f"f{i}.yaml").write_text(f"name: f{i}\nextends: f{i + 1}.yaml\n", encoding="utf-8")
    with pytest.raises(ScenarioError, match="at most 10 files"):
        load(tmp_path / "f0.yaml")
