"""Ring docs: what is installed is what the repository holds, and the requirements pin it."""

import os
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from itertools import chain
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.docs

ROOT = Path(__file__).parents[1]
PINS = {path.stem: path.read_text(encoding="utf-8") for path in (ROOT / "requirements").glob("*.txt")}
LEFT_OUT = {".pyc", ".nbi", ".nbc"}


def project() -> dict[str, Any]:
    with (ROOT / "pyproject.toml").open("rb") as file:
        return tomllib.load(file)


def files_below(folder: Path) -> set[str]:
    return {
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.is_file() and path.suffix not in LEFT_OUT and not path.name.startswith(".")
    }


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """Return the names in a wheel built from a copy of the sources, without asking any network."""
    setuptools = pytest.importorskip("setuptools")
    if int(setuptools.__version__.split(".")[0]) < 77:
        pytest.skip("this setuptools is too old to build the wheel")
    copy = tmp_path_factory.mktemp("sources")
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, copy)
    for name in ("sim", "scenarios", "experiments", "docs"):
        shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
    build = "from setuptools import build_meta; print(build_meta.build_wheel('built'))"
    answer = subprocess.run(
        [sys.executable, "-c", build],
        cwd=copy,
        env={**os.environ, "PYTHONWARNINGS": "ignore"},
        capture_output=True,
        encoding="utf-8",
    )
    assert answer.returncode == 0, answer.stderr
    (archive,) = (copy / "built").glob("*.whl")
    return set(zipfile.ZipFile(archive).namelist())


def test_the_wheel_carries_the_whole_package(wheel: set[str]) -> None:
    assert {f"sim/{name}" for name in files_below(ROOT / "sim")} <= wheel


@pytest.mark.parametrize("library", ["scenarios", "experiments"])
def test_the_wheel_carries_the_library(wheel: set[str], library: str) -> None:
    assert {f"sim/library/{library}/{name}" for name in files_below(ROOT / library)} <= wheel


def test_the_wheel_carries_the_assumptions_and_no_other_page(wheel: set[str]) -> None:
    assert {name for name in wheel if name.startswith("sim/library/docs/")} == {"sim/library/docs/assumptions.md"}


def test_the_wheel_carries_nothing_else(wheel: set[str]) -> None:
    record = f"displace-{project()['project']['version']}.dist-info"
    assert {name.split("/")[0] for name in wheel} == {"sim", record}


@pytest.mark.parametrize("file", sorted(PINS))
def test_every_requirement_is_pinned_with_hashes(file: str) -> None:
    """An extra has a file of its own name, or its pins are in the lock."""
    pins = re.findall(r"^([\w.-]+)==[^\s;]+.*\\\n    --hash=sha256:[0-9a-f]{64}", PINS[file], re.MULTILINE)
    assert len(pins) == len(re.findall(r"^[\w.-]+==", PINS[file], re.MULTILINE))
    asked = project()["project"]
    extras = asked["optional-dependencies"] | project()["dependency-groups"]
    in_lock = [*asked["dependencies"], *chain.from_iterable(extras[extra] for extra in extras if extra not in PINS)]
    wanted = in_lock if file == "lock" else extras[file]
    names = {re.split(r"[<>=!~; \[]", requirement)[0].lower().replace("_", "-") for requirement in wanted}
    assert names - {asked["name"]} <= set(pins)  # an extra may name another extra of ours


def test_pins_of_an_extra_agree_with_the_lock() -> None:
    pinned = {file: set(re.findall(r"^([\w.-]+)==([^\s;]+)", text, re.MULTILINE)) for file, text in PINS.items()}
    locked = {name for name, _ in pinned["lock"]}
    for file, pins in pinned.items():
        assert {(name, version) for name, version in pins if name in locked} <= pinned["lock"], file


@pytest.mark.parametrize("file", sorted(PINS))
def test_the_requirements_name_no_host(file: str) -> None:
    assert not re.findall(r"^-.*|://", PINS[file], re.MULTILINE)
