"""What every test shares: one fixed way of drawing examples, pictures without a screen, a record of verdicts."""

import re
import signal
from pathlib import Path

import matplotlib
import pytest
from hypothesis import HealthCheck, settings

from sim.record import git_commit

matplotlib.use("Agg")

# A shell that starts the tests in the background has them ignore Ctrl-C, and every command they start with them: those
# that are to be interrupted would never hear of it. What is caught here is as usual again in whatever is started.
signal.signal(signal.SIGINT, signal.default_int_handler)

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

TABLES = pytest.StashKey[dict[str, list[tuple[str, ...]]]]()  # by the name of the mark on the page
COLUMNS = ("check", "expected", "got", "tolerance", "passed")


def pytest_addoption(parser):
    parser.addoption("--verdicts", type=Path, help="page whose tables are replaced by the verdicts of this run")


def pytest_configure(config):
    config.stash[TABLES] = {}


def kept_row(config, table, *cells, holds):
    """Keep a row for a table of the page of verdicts and return it."""
    check, *told = cells
    row = (check, *(text.replace("-", "−") for text in told))
    config.stash[TABLES].setdefault(table, []).append((*row, "yes" if holds else "**no**"))
    return row


@pytest.fixture
def verdict(request):
    """Return a function that keeps a row for the page of verdicts and asserts that its check holds."""

    def keep(check, *, expected, got, tolerance, holds):
        row = kept_row(request.config, "verdicts", check, expected, got, tolerance, holds=holds)
        assert holds, "{}: expected {}, got {} ({})".format(*row)

    return keep


@pytest.fixture
def bench_row(request):
    """Return a function that keeps a row of the bench for the page of verdicts."""
    return lambda *cells, holds: kept_row(request.config, "bench", *cells, holds=holds)


def pytest_sessionfinish(session, exitstatus):
    page, tables = session.config.getoption("verdicts"), session.config.stash[TABLES]
    if page is None or exitstatus not in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED):
        return
    text = page.read_text(encoding="utf-8")
    for name, rows in tables.items():
        lines = ["| " + " | ".join(row) + " |" for row in (COLUMNS, ["---"] * len(COLUMNS), *rows)]
        table = f"Commit: {git_commit() or 'unknown'}\n\n" + "\n".join(lines) + "\n"
        place = re.compile(rf"(?<=<!-- {name} -->\n).*?(?=<!-- end of {name} -->)", re.DOTALL)
        text = place.sub(lambda _, table=table: table, text)
    page.write_text(text, encoding="utf-8")
