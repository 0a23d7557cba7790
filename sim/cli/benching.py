"""The verb that holds the program against theory and prints how it did."""

from dataclasses import asdict
from typing import TYPE_CHECKING

from sim.cli.health import prepare
from sim.cli.mistakes import Exit
from sim.cli.screen import paper, plural, print_json, table

if TYPE_CHECKING:
    from sim.bench import Row

COLUMNS = ("Check", "Expected", "Got", "Tolerance", "Passed")


def show_bench(json: bool, quiet: bool) -> int:
    """Print every check, or if `quiet` those that fail; return the exit code."""
    prepare(quiet or json)
    from sim.bench import rows_of

    rows = list(rows_of())
    failed = [row for row in rows if not row.passed]
    if json:
        print_json([asdict(row) for row in rows])
    elif rows and not quiet:
        paper().print(table(COLUMNS, map(cells, rows), whole=COLUMNS[3:]))
        paper().print(_verdict(len(rows), len(failed)))
    elif failed:
        paper().print(table(COLUMNS, map(cells, failed), whole=COLUMNS[3:]))
    return Exit.SOME_FAILED if failed or not rows else Exit.DONE


def cells(row: "Row") -> tuple[str, ...]:
    """Return a row as words."""
    return row.check, _words(row.expected), _words(row.got), row.tolerance, "yes" if row.passed else "NO"


def _words(value: tuple[float, ...] | str) -> str:
    if isinstance(value, str):
        return value
    return ", ".join(f"{number:.6g}" for number in value)


def _verdict(checks: int, failed: int) -> str:
    return f"{failed} of {plural(checks, 'check')} failed." if failed else f"All {plural(checks, 'check')} passed."
