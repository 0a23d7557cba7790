"""What a check of the bench is: a function that yields rows of expected and found, registered under a name."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

Numbers = tuple[float, ...]


@dataclass(frozen=True, kw_only=True)
class Row:
    """One line of the table: what was checked, what had to come out, what came out, and whether that will do."""

    check: str
    expected: Numbers | str
    got: Numbers | str
    tolerance: str
    passed: bool


Check = Callable[[], Iterable[Row]]
CHECKS: dict[str, Check] = {}


def check(item: str) -> Callable[[Check], Check]:
    """Register a function as the check of an item, whose name stands before each of its rows."""

    def add(function: Check) -> Check:
        assert item not in CHECKS, item
        CHECKS[item] = function
        return function

    return add


def rows_of(*items: str) -> Iterator[Row]:
    """Yield the rows of some items, or of all of them, as they are found."""
    for item in items or tuple(CHECKS):
        for row in CHECKS[item]():
            yield replace(row, check=f"{item}: {row.check}")


# ---- three ways to be right ----------------------------------------


def within(what: str, *, expected: npt.ArrayLike, got: npt.ArrayLike, tolerance: float) -> Row:
    """Return the row of numbers that may differ from what is expected by no more than a tolerance."""
    return _row(what, expected, got, np.asarray(tolerance), f"{tolerance:g}")


def sampled(what: str, *, expected: npt.ArrayLike, got: npt.ArrayLike, error: npt.ArrayLike) -> Row:
    """Return the row of numbers from a sample; they may differ from what is expected by four standard errors."""
    allowed = 4.0 * np.asarray(error, dtype=np.float64)
    return _row(what, expected, got, allowed, f"4 SE = {allowed.max():.2g}")


def same(what: str, *, expected: str, got: str, tolerance: str = "exact") -> Row:
    """Return the row of something that comes out as expected or does not."""
    return Row(check=what, expected=expected, got=got, tolerance=tolerance, passed=expected == got)


def _row(what: str, expected: npt.ArrayLike, got: npt.ArrayLike, allowed: npt.NDArray[np.float64], words: str) -> Row:
    wanted, found = (np.atleast_1d(np.asarray(numbers, dtype=np.float64)) for numbers in (expected, got))
    near = wanted.shape == found.shape and bool((np.abs(found - wanted) <= allowed).all())
    return Row(check=what, expected=_plain(wanted), got=_plain(found), tolerance=words, passed=near)


def _plain(numbers: npt.NDArray[np.float64]) -> Numbers:
    return tuple(float(number) for number in numbers)
