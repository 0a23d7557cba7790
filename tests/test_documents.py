"""Ring docs: what the README and docs/ tell people to type exists, and what is quick to run runs.

Each document gets a folder of its own. Fenced `yaml` or `python` whose first line names a file (`# name.yaml`) is
saved there, then the lines of each fenced `sh` block run in the order of the page. A block under
`<!-- long: run by make demo -->` is not run: its verbs and options must exist, and so must the make target
that runs it. Fenced `text` right after a `sh` block is what its one command printed; `python tests/test_documents.py`
renews it, and a test compares all but the numbers.
"""

import ast
import importlib.util
import os
import re
import shlex
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import chain
from pathlib import Path

import pytest

pytestmark = pytest.mark.docs

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", ROOT / "results" / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
FENCE = re.compile(
    r"(?:^<!-- long: run by make (?P<target>[a-z-]+) -->\n)?"
    r"^```(?P<language>\w+)\n(?P<text>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)
NAMED = re.compile(r"# ([\w./-]+\.(?:yaml|py))\n")
PRINTED = re.compile(r"^```sh\n(?P<command>[^\n]+)\n```\n\n```text\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
NUMBER = re.compile(r"[-+]?\d+(?:\.\d+)?")
LINK = re.compile(r"\[[^\]]*\]\((?!https?://|mailto:|#)([^)#\s]+)")


@dataclass(frozen=True)
class Block:
    """A fenced block of a page; `target` is the make target that runs it when it is a long one."""

    page: str
    line: int
    text: str
    target: str | None

    def commands(self) -> list[str]:
        stripped = (line.strip() for line in self.text.replace("\\\n", " ").splitlines())
        return [line for line in stripped if line and not line.startswith("#")]


def name_of(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


def blocks(language: str) -> list[Block]:
    return [block for page in PAGES for block in blocks_of(page, language)]


def blocks_of(page: Path, language: str) -> Iterator[Block]:
    content = page.read_text(encoding="utf-8")
    for fence in FENCE.finditer(content):
        if fence["language"] == language:
            line = content.count("\n", 0, fence.start("text"))
            yield Block(name_of(page), line, fence["text"], fence["target"])


COMMANDS = [(block, command) for block in blocks("sh") for command in block.commands()]
QUICK = [(block, command) for block, command in COMMANDS if block.target is None]


def place(part: Block | str) -> str:
    return f"{part.page}:{part.line}" if isinstance(part, Block) else part


@pytest.fixture(scope="module")
def desks(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Return a folder for each page, holding the files that its yaml blocks show."""
    folders = {name_of(page): tmp_path_factory.mktemp("desk") for page in PAGES}
    for block in blocks("yaml") + blocks("python"):
        if named := NAMED.match(block.text):
            file = folders[block.page] / named[1]
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(block.text, encoding="utf-8")
    return folders


def displace(arguments: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    """Run the command of this checkout in `folder`."""
    return python(["-m", "sim", *arguments], folder)


def python(arguments: list[str], folder: Path, seconds: int = 300) -> subprocess.CompletedProcess[str]:
    """Run Python with this checkout in `folder`, without a terminal, a colour or a question."""
    path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    surroundings = {
        **os.environ,
        "PYTHONPATH": path,
        "PYTHONUTF8": "1",
        "COLUMNS": "200",
        "NO_COLOR": "1",
        "TERM": "dumb",
    }
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=folder,
        env=surroundings,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        timeout=seconds,
    )


@cache
def help_of(verb: str) -> str:
    answer = displace([verb, "--help"], ROOT)
    assert answer.returncode == 0, f"there is no `displace {verb}`\n{answer.stderr}"
    return answer.stdout


def check_displace(words: list[str]) -> None:
    verb, *rest = words
    known = help_of(verb)
    for option in (word.split("=")[0] for word in rest if word.startswith("--")):
        known_so = re.search(rf"(?<![\w-]){re.escape(option)}(?![\w-])", known)
        assert known_so, f"`displace {verb}` knows no {option}"


def check_make(words: list[str]) -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))
    variables = set(re.findall(r"^([A-Z]+) *\?=|\$[({]([A-Z]+)[)}]", makefile, re.MULTILINE))
    assert {word for word in words if "=" not in word} <= targets
    assert {word.split("=")[0] for word in words if "=" in word} <= set(chain.from_iterable(variables))


def check_pip(words: list[str]) -> None:
    with (ROOT / "pyproject.toml").open("rb") as file:
        extras = tomllib.load(file)["project"]["optional-dependencies"]
    assert words[0] == "install"
    for named in re.findall(r"\[([\w,]+)\]", " ".join(words)):
        assert set(named.split(",")) <= set(extras), f"pyproject.toml has not all the extras [{named}]"


def check_python(words: list[str]) -> None:
    if words[0].endswith(".py"):
        assert any(block.text.startswith(f"# {words[0]}\n") for block in blocks("python")), f"no page has {words[0]}"
        return
    assert words[0] == "-m"
    if words[1] == "sim":
        check_displace(words[2:])
    elif words[1] == "pip":
        check_pip(words[2:])
    else:
        assert importlib.util.find_spec(words[1]) is not None


def check_solara(words: list[str]) -> None:
    assert words[0] == "run"
    assert (ROOT / f"{words[1].replace('.', '/')}.py").exists()


def check_nothing(words: list[str]) -> None:
    """Entering a folder, an environment or a clone has nothing to check."""


PROGRAMS = {
    "displace": check_displace,
    "make": check_make,
    "pip": check_pip,
    "python": check_python,
    "solara": check_solara,
    ".": check_nothing,
    "cd": check_nothing,
    "git": check_nothing,
    ".ci/run": check_nothing,
}


@pytest.mark.parametrize(("block", "command"), COMMANDS, ids=place)
def test_a_command_on_a_page_exists(block: Block, command: str) -> None:
    program, *words = shlex.split(command)
    assert program in PROGRAMS, f"{block.page} uses {program}, which no test knows"
    PROGRAMS[program](words)


@pytest.mark.parametrize(("block", "command"), QUICK, ids=place)
def test_a_quick_command_on_a_page_runs(block: Block, command: str, desks: dict[str, Path]) -> None:
    program, *words = shlex.split(command)
    assert program in RUN, f"only {' and '.join(RUN)} run here: mark the block in {block.page} as long"
    answer = RUN[program](words, desks[block.page])
    assert answer.returncode == 0, answer.stderr
    assert "Traceback" not in answer.stderr
    assert answer.stdout.strip(), "the command says nothing"
    if shown := printed(ROOT / block.page).get(command):
        assert NUMBER.sub("#", answer.stdout) == NUMBER.sub("#", shown), "renew it: python tests/test_documents.py"


RUN = {"displace": displace, "python": python}


def printed(page: Path) -> dict[str, str]:
    """Return what a page says that some of its commands print."""
    return {found["command"]: found["text"] for found in PRINTED.finditer(page.read_text(encoding="utf-8"))}


def renew() -> None:
    """Run the commands whose printed words are on a page, and put what they print now in its place."""
    for page in PAGES:
        content = page.read_text(encoding="utf-8")
        for command, shown in printed(page).items():
            with tempfile.TemporaryDirectory() as folder:
                for block in blocks_of(page, "python"):
                    if named := NAMED.match(block.text):
                        (Path(folder) / named[1]).write_text(block.text, encoding="utf-8")
                program, *words = shlex.split(command)
                answer = RUN[program](words, Path(folder))
                assert answer.returncode == 0, answer.stderr
            content = content.replace(f"\n```text\n{shown}```\n", f"\n```text\n{answer.stdout}```\n")
        page.write_text(content, encoding="utf-8")


@pytest.mark.parametrize("target", sorted({block.target for block in blocks("sh") if block.target}))
def test_what_runs_a_long_block_exists(target: str) -> None:
    check_make([target])


@pytest.mark.parametrize("block", blocks("python"), ids=place)
def test_python_on_a_page_is_python_and_uses_names_that_exist(block: Block) -> None:
    import sim

    tree = ast.parse(block.text)
    used = {
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "sim"
    }
    missing = {name for name in used if not hasattr(sim, name)}
    assert not missing, f"sim has no {', '.join(sorted(missing))}"


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_links_on_a_page_lead_somewhere(page: Path) -> None:
    links = LINK.findall(page.read_text(encoding="utf-8"))
    dead = [link for link in links if not (page.parent / link).exists()]
    assert not dead


def test_verbs_in_running_text_exist() -> None:
    text = "\n".join(page.read_text(encoding="utf-8") for page in PAGES)
    for verb in sorted(set(re.findall(r"`displace ([a-z]+)[^`]*`", text))):
        check_displace([verb])
    for target in sorted(set(re.findall(r"`make ([a-z-]+)[^`]*`", text))):
        check_make([target])


if __name__ == "__main__":
    renew()
