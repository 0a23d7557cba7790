"""Tables and words on stdout, progress on stderr; wide enough not to fold where nobody watches."""

import json
import os
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from types import TracebackType
from typing import Any, Protocol, Self, TextIO

from rich.box import SIMPLE_HEAD
from rich.console import Console, Group, JustifyMethod, RenderableType
from rich.padding import Padding
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
)
from rich.table import Table
from rich.text import Text

from sim.cli.mistakes import shown

ROOM = 16  # letters that a column may claim for its words before a table gives way to blocks
WIDE = 160  # letters a line, where the output goes to a file or another program
EVERY_SECONDS = 30.0  # a plain line of progress, if no tenth of the runs was finished meanwhile


class _Paper(Console):
    """A console whose broken pipe is an error like any other."""

    def on_broken_pipe(self) -> None:
        raise BrokenPipeError


def _console(stream: TextIO) -> Console:
    width = None if stream.isatty() or os.environ.get("COLUMNS", "").isdecimal() else WIDE
    return _Paper(file=stream, width=width, markup=False, highlight=False, emoji=False, soft_wrap=False)


def paper() -> Console:
    """Return where answers go."""
    return _console(sys.stdout)


def print_whole(part: RenderableType) -> None:
    """Print what was laid out for this width; a cell that is still longer than a line stands out."""
    paper().print(part, crop=False)


def margin() -> Console:
    """Return where progress and asides go."""
    return _console(sys.stderr)


def print_json(content: object) -> None:
    """Print a value as JSON; what is no number in JSON becomes null."""
    print(json.dumps(_finite(content), indent=1, ensure_ascii=False, allow_nan=False))


def _finite(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _finite(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(entry) for entry in value]
    if isinstance(value, float) and value - value != 0.0:
        return None
    return value


def table(
    columns: Sequence[str],
    rows: Iterable[Sequence[object]],
    *,
    title: str = "",
    numbers: Sequence[str] = (),
    whole: Sequence[str] = (),
) -> RenderableType:
    """Return a table under its title; `numbers` are columns set to the right, `whole` those never broken."""
    made = Table(box=SIMPLE_HEAD, pad_edge=False)
    for column in columns:
        side: JustifyMethod = "right" if column in numbers else "left"
        made.add_column(column, justify=side, overflow="fold")
    unbroken = {*numbers, *whole}
    for row in rows:
        cells = zip(columns, row, strict=True)
        made.add_row(*(Text(shown(cell), no_wrap=column in unbroken) for column, cell in cells))
    return Group(heading(title), made) if title else made


def laid_out(
    width: int,
    columns: Sequence[str],
    rows: Iterable[Sequence[object]],
    *,
    title: str = "",
    whole: Sequence[str] = (),
    least: int = 0,
) -> RenderableType:
    """Return a table where there is room for it (and for `least` letters a line), else a block for each row.

    Nothing in a column that is `whole`, and no word of the others, is cut in either form.
    """
    kept = [tuple(map(shown, row)) for row in rows]
    if width >= max(least, _needed(columns, kept, whole)):
        return _unbroken(columns, kept, title, whole)
    parts = [heading(title)] if title else []
    for first, *others in kept:
        parts += [Text(first, no_wrap=True, overflow="ignore")]
        said = (f"{column}: {cell}" for column, cell in zip(columns[1:], others, strict=True) if cell)
        parts += [Padding(Text(line), (0, 0, 0, 4), expand=False) for line in said]
    return Group(*parts)


def _needed(columns: Sequence[str], rows: Sequence[Sequence[str]], whole: Sequence[str]) -> int:
    """Return the letters a line that a table needs: whole cells, and words of a usual length."""
    needed = 0
    for place, column in enumerate(columns):
        cells = [row[place] for row in rows]
        word = max((len(word) for cell in (column, *cells) for word in cell.split()), default=1)
        longest = max(map(len, cells), default=0)
        needed += 2 + (max(longest, word) if column in whole else max(word, min(longest, ROOM)))
    return needed


def _unbroken(
    columns: Sequence[str], rows: Sequence[Sequence[str]], title: str, whole: Sequence[str]
) -> RenderableType:
    """Return a table that narrows no column below its longest word or, if it is whole, its longest cell."""
    made = Table(box=SIMPLE_HEAD, pad_edge=False)
    for place, column in enumerate(columns):
        words = (word for cell in (column, *(row[place] for row in rows)) for word in cell.split())
        longest = max(map(len, words), default=1)
        made.add_column(column, overflow="fold", no_wrap=column in whole, min_width=longest)
    for row in rows:
        made.add_row(*map(Text, row))
    return Group(heading(title), made) if title else made


def heading(words: str) -> RenderableType:
    """Return words that open a section."""
    return Text(shown(words), style="bold")


class Watch(Protocol):
    """Something that shows how far runs have come; ensembles call it."""

    def __enter__(self) -> Self:
        """Begin to show."""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop showing."""

    def __call__(self, done: int, total: int, failures: int, seconds_left: float | None) -> None:
        """Take note of the runs done, failed ones among them, and of the time the rest will take."""


def watch(quiet: bool) -> Watch:
    """Return a bar in a terminal, plain lines elsewhere, nothing if `quiet`."""
    if quiet:
        return Silence()
    return Bar() if sys.stderr.isatty() else Lines()


class Silence:
    """Shows nothing."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *stopped: object) -> None:
        """End without a word."""

    def __call__(self, done: int, total: int, failures: int, seconds_left: float | None) -> None:
        """Take no note."""


class Bar(Silence):
    """A bar with runs done, failures and remaining time."""

    def __init__(self) -> None:
        rest = TextColumn("{task.fields[rest]}")
        columns = (SpinnerColumn(), BarColumn(), MofNCompleteColumn(), TextColumn("runs"), rest)
        self._progress = Progress(*columns, TimeElapsedColumn(), console=margin())
        self._task = self._progress.add_task("", total=None, rest="")

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(self, *stopped: object) -> None:
        """Leave the bar where it stands."""
        self._progress.stop()

    def __call__(self, done: int, total: int, failures: int, seconds_left: float | None) -> None:
        """Move the bar."""
        rest = rest_words(done, total, failures, seconds_left)
        self._progress.update(self._task, completed=done, total=total, rest=rest)


class Lines(Silence):
    """A plain line after every tenth of the runs, or after half a minute."""

    def __init__(self, stream: TextIO | None = None, clock: Any = time.monotonic) -> None:
        self._stream, self._clock = stream or sys.stderr, clock
        self._done, self._tenths, self._when = -1, -1, 0.0

    def __call__(self, done: int, total: int, failures: int, seconds_left: float | None) -> None:
        """Write a line if there is something new to say."""
        tenths, now = 10 * done // max(1, total), self._clock()
        late = now - self._when >= EVERY_SECONDS and done > self._done
        if tenths == self._tenths and not late:
            return
        self._done, self._tenths, self._when = done, tenths, now
        said = rest_words(done, total, failures, seconds_left)
        print(f"{done} of {total} runs{f', {said}' if said else ''}", file=self._stream, flush=True)


def rest_words(done: int, total: int, failures: int, seconds_left: float | None) -> str:
    """Return failures and remaining time in words."""
    words = [f"{failures} failed"] if failures else []
    if seconds_left is not None and done < total:
        words.append(f"{duration(seconds_left)} left")
    return ", ".join(words)


def duration(seconds: float) -> str:
    """Return a time in words, no finer than it is known."""
    if seconds < 90:
        return f"about {max(1, round(seconds))} s"
    if seconds < 90 * 60:
        return f"about {round(seconds / 60)} min"
    return f"about {seconds / 3600:.1f} h"


def plural(count: int, word: str, words: str = "") -> str:
    """Return a number of things; `words` is their plural unless an s makes it."""
    return f"{count:,} {word if count == 1 else words or f'{word}s'}"
