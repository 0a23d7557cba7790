"""What goes wrong, as one line each on stderr and an exit code; only our own mistakes leave a traceback."""

import os
import shlex
import sys
from collections.abc import Callable
from enum import IntEnum
from functools import wraps
from io import TextIOWrapper
from typing import Any, ParamSpec

import typer

P = ParamSpec("P")
FEW = 20  # names that an answer may list when none is near
UsageError: type[Exception] = typer.BadParameter.__mro__[1]  # Typer does not export it


class Exit(IntEnum):
    """Exit codes of every verb."""

    DONE = 0
    SOME_FAILED = 1
    MISUSED = 2
    DAMAGED = 3
    INTERRUPTED = 130


class Misused(Exception):
    """Something the user has asked for that cannot be; each line of its text says one thing."""


# By full name, so that knowing a kind of error imports nothing.
KINDS = {
    "sim.cli.mistakes.Misused": Exit.MISUSED,
    "sim.declare.UnknownName": Exit.MISUSED,
    "sim.scenario.problems.ScenarioError": Exit.MISUSED,
    "sim.record.NoResults": Exit.MISUSED,
    "sim.record.FolderInUse": Exit.MISUSED,
    "sim.record.StoredDataDamaged": Exit.DAMAGED,
    "sim.ensemble.NothingToCompare": Exit.SOME_FAILED,
    "builtins.KeyboardInterrupt": Exit.INTERRUPTED,
    "builtins.OSError": Exit.MISUSED,
}


def exit_code(error: BaseException) -> Exit | None:
    """Return the exit code of an error, or None for one that only we can mend."""
    for kind in type(error).__mro__:
        code = KINDS.get(f"{kind.__module__}.{kind.__qualname__}")
        if code is not None:
            return code
    return None


def answered(verb: Callable[P, int | None]) -> Callable[P, int]:
    """Return a verb that tells mistakes instead of raising them."""

    @wraps(verb)
    def told_instead(*args: P.args, **kwargs: P.kwargs) -> int:
        try:
            code = verb(*args, **kwargs)
            sys.stdout.flush()
        except BrokenPipeError:
            _stop_writing()
            return Exit.DONE
        except (Exception, KeyboardInterrupt) as error:
            if exit_code(error) is None:
                raise
            return told(error)
        return code or Exit.DONE

    return told_instead


def make_writable() -> None:
    """See that words can go out: to nowhere where a stream is closed, with ? for letters that it does not know."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115 - open as long as the process is
        elif isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")


def _stop_writing() -> None:
    """Take note that whoever read our output (`| head`) has seen enough: nothing is flushed at the end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def told(error: BaseException) -> int:
    """Print an error, one line for each thing it says, and return its exit code."""
    for line in lines_of(error):
        print(line, file=sys.stderr)
    code = exit_code(error)
    return Exit.MISUSED if code is None else code


def lines_of(error: BaseException) -> list[str]:
    """Return what an error says; a place in a file stands in front, else the command's name."""
    if isinstance(error, UsageError):
        return [_usage(error)]
    if type(error).__name__ == "ScenarioError":
        return [shown(line) for line in str(error).splitlines()]
    return [f"displace: {shown(line)}" for line in _words(error)]


def _words(error: Any) -> list[str]:
    """Return the lines of an error that has no place in a file."""
    if isinstance(error, OSError):
        where = f"{error.filename}: " if error.filename else ""
        return [f"{where}{error.strerror or error}"]
    if isinstance(error, KeyboardInterrupt):
        return [str(error) or "stopped"]
    if type(error).__name__ == "NothingToCompare":
        return [*map(str, error.failures), "no run of the baseline has finished: there is nothing to compare"]
    if type(error).__name__ == "UnknownName" and not error.nearest and len(error.valid) <= FEW:
        return [f"{error}: there are {', '.join(map(repr, error.valid))}"]
    return str(error).splitlines()


def _usage(error: Any) -> str:
    """Return a mistake in the command line as one line, with the way to help."""
    path = error.ctx.command_path if error.ctx else "displace"
    if getattr(error, "option_name", "") in ("--quiet", "-q"):
        return f"{path}: it prints its answer and nothing else, so that there is no --quiet (see `{path} --help`)"
    message = " ".join(error.format_message().split()).rstrip(".")
    return f"{path}: {message} (see `{path} --help`)"


def shown(text: object) -> str:
    """Return a text without the characters that could drive a terminal."""
    return "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in str(text))


def command_line(*words: object) -> str:
    """Return a command as it can be typed."""
    return shlex.join(["displace", *map(str, words)])
