"""What every test shares: one fixed way of drawing examples, pictures without a screen, a record of verdicts."""

import re
from pathlib import Path

import matplotlib
import pytest
from hypothesis import HealthCheck, settings

from sim.record import git_commit

matplotlib.use("Agg")

# The same examples on every machine and in every run: a test that fails once fails always. No deadline,
# because the first example of a test may have to compile a kernel.
settings.register_profile(
    "fixed",
    derandomize=True,
    database=None,
    deadline=None,
    print_blob=False,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("fixed")

VERDICTS = pytest.StashKey[list[tuple[str, ...]]]()
COLUMNS = ("check", "expected", "got", "tolerance", "passed")
TABLE = re.compile(r"(?<=<!-- verdicts -->\n).*?(?=<!-- end of verdicts -->)", re.DOTALL)


def pytest_addoption(parser):
    parser.addoption("--verdicts", type=Path, help="page whose table is replaced by the verdicts of this run")


def pytest_configure(config):
    config.stash[VERDICTS] = []


@pytest.fixture
def verdict(request):
    """Return a function that keeps a row for the page of verdicts and asserts that its check holds."""

    def keep(check, *, expected, got, tolerance, holds):
        row = (check, *(text.replace("-", "−") for text in (expected, got, tolerance)))
        request.config.stash[VERDICTS].append((*row, "yes" if holds else "**no**"))
        assert holds, "{}: expected {}, got {} ({})".format(*row)

    return keep


def pytest_sessionfinish(session, exitstatus):
    page, rows = session.config.getoption("verdicts"), session.config.stash[VERDICTS]
    if page is None or exitstatus not in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED):
        return
    lines = ["| " + " | ".join(row) + " |" for row in (COLUMNS, ["---"] * len(COLUMNS), *rows)]
    table = f"Commit: {git_commit() or 'unknown'}\n\n" + "\n".join(lines) + "\n"
    written = TABLE.sub(lambda _: table, page.read_text(encoding="utf-8"))
    page.write_text(written, encoding="utf-8")
