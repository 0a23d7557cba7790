"""What a user can mend: the place in a file, the rule, the nearest valid name."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, order=True)
class Place:
    """A place in a file: line and column from 1; line 0 when a value came from nowhere in a file."""

    file: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}" if self.line else self.file


@dataclass(frozen=True, order=True)
class Problem:
    """One thing wrong with a file; as text `file:line:column: message`."""

    file: str
    line: int
    column: int
    message: str

    def __str__(self) -> str:
        return f"{Place(self.file, self.line, self.column)}: {self.message}"


def problem_at(place: Place, message: str) -> Problem:
    """Return a problem at a place, told in one line whatever its message quotes."""
    return Problem(place.file, place.line, place.column, " ".join(message.splitlines()))


class ScenarioError(Exception):
    """Everything that is wrong with a scenario or an experiment, one line for each problem."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(sorted(set(problems)))
        super().__init__(self.problems)

    def __str__(self) -> str:
        return "\n".join(map(str, self.problems))


class Findings:
    """Gathers problems, so that a file is answered with all of them at once."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []

    def add(self, place: Place, message: str) -> None:
        """Note a problem."""
        self.problems.append(problem_at(place, message))

    def raise_any(self) -> None:
        """Raise ScenarioError if anything was noted."""
        if self.problems:
            raise ScenarioError(self.problems)


def fatal(place: Place, message: str) -> ScenarioError:
    """Return the error of a single problem."""
    return ScenarioError([problem_at(place, message)])
