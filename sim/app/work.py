"""The process that runs studies: it takes one order after another, and tells what it has done as it goes.

It is a process of its own so that the pages answer while the model runs, and live on if the model is killed.
"""

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from multiprocessing.connection import Connection
from pathlib import Path
from queue import SimpleQueue
from typing import Any

Order = dict[str, Any]
Tell = Callable[..., None]
Stop = Callable[[], bool]  # whether the user has had enough

EARLY = (2, 5, 10, 20)  # pairs after which there is a first answer
EVERY = 20  # pairs after which there is a new one
REPORT = "report.html"
SPREAD_OUT = 60.0  # seconds of work from which processes of its own are worth their start


def labour(line: Connection) -> None:
    """Carry out orders until the program ends; what comes in meanwhile is the wish to stop."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    orders: SimpleQueue[Order] = SimpleQueue()
    stopped: set[str] = set()  # jobs

    def listen() -> None:
        while True:
            try:
                order = line.recv()
            except (EOFError, OSError):  # the program has ended
                os._exit(1)
            if "stop" in order:
                stopped.add(order["stop"])
            else:
                orders.put(order)

    def tell(**told: Any) -> None:
        line.send(told)

    threading.Thread(target=listen, daemon=True).start()
    warm_up()
    while True:
        order = orders.get()
        carry_out(order, lambda order=order: order["id"] in stopped, tell)  # type: ignore[misc]
        tell(idle=True)


def warm_up() -> None:
    """Load what studies need, and what is compiled, before the first of them."""
    from sim.app import panels  # noqa: F401
    from sim.scenario import load
    from sim.week import run

    run(load("two-countries").set({"clock.burn_in": 2, "clock.weeks": 4, "clock.period": 2}), 1)


def carry_out(order: Order, stop: Stop, tell: Tell) -> None:
    """Carry out one order; whatever goes wrong with it is told."""
    try:
        KINDS[order["kind"]](order, stop, tell)
    except Exception as error:  # the program goes on
        tell(state="failed", error=(str(error) or type(error).__name__)[:2000])


# ---- studies -------------------------------------------------------------------------------------


def compare(order: Order, stop: Stop, tell: Tell) -> None:
    """Run a study in more and more pairs, each answer told as soon as it is there; then write its report."""
    from sim import ensemble
    from sim.scenario import loads_experiment

    experiment, out, replicates = loads_experiment(order["text"]), Path(order["out"]), int(order["replicates"])
    arms, clock = len(experiment.arms), Clock(len(experiment.arms) * replicates)

    def progress(done: int, total: int, failures: int, seconds_left: float | None) -> None:
        tell(done=done, failed=failures, seconds_left=clock.left(done))
        if stop():
            raise KeyboardInterrupt

    def run(pairs: int, workers: int, watched: ensemble.Progress | None) -> Any:
        return ensemble.compare(
            experiment, replicates=pairs, workers=workers, out=out, progress=watched,
            command=f"{order['command']} --replicates {replicates}",
        )  # fmt: skip

    found, done = None, 0
    try:
        for pairs in stages(kept(out / experiment.name), replicates):
            workers = others() if clock.rate * arms * (pairs - done) > SPREAD_OUT else 1
            found, done = run(pairs, workers, progress), pairs
            tell(**published(found, replicates))
    except KeyboardInterrupt:
        whole = clock.done // arms
        if whole > done:
            found, done = run(whole, 1, None), whole
            tell(**published(found, replicates))
    tell(state="done" if done == replicates else "stopped")
    if found is not None:
        from sim.reports import report

        report(found)
        tell(report=True)


class Clock:
    """How far a study is, and how long its runs take."""

    def __init__(self, total: int) -> None:
        self.total, self.done, self.rate = total, 0, 0.0  # seconds for each run
        self.first, self.began = -1, 0.0

    def left(self, done: int) -> float | None:
        """Take note of the runs done and return how long the rest will take; None before one was run here."""
        self.done, now = done, time.monotonic()
        if self.first < 0:
            self.first, self.began = done, now
        here = done - self.first
        if here == 0:
            return None
        self.rate = (now - self.began) / here
        return self.rate * (self.total - done)


def stages(stored: int, replicates: int) -> Iterator[int]:
    """Yield after how many pairs there is an answer; what is stored already is not told in pieces again."""
    first = min(stored, replicates)
    marks = {first, replicates, *EARLY, *range(EVERY, replicates, EVERY)}
    yield from sorted(pairs for pairs in marks if max(1, first) <= pairs <= replicates)


def kept(folder: Path) -> int:
    """Return how many pairs of a study are stored in its folder by this version of the model."""
    from sim.compiled import source_digest
    from sim.record import NoResults, StoredDataDamaged, load_manifest

    try:
        manifest = load_manifest(folder)
    except (NoResults, StoredDataDamaged):
        return 0
    return manifest.replicates if manifest.source == source_digest() else 0


def others() -> int:
    """Return how many cores there are besides the one on which the pages answer."""
    count = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, count - 1)


def published(found: Any, of: int) -> dict[str, Any]:
    """Return what is told of a comparison: the answer, as the command line prints it, and what the pages show."""
    from sim.app.panels import failure_words, panels
    from sim.app.wire import text_of
    from sim.comparison.answers import answer, facts

    return {
        "answer": facts(found, found.folder / REPORT) | answer(found),
        "panels": text_of(panels(found, of)),
        "pairs": found.manifest.replicates,
        "failures": [failure_words(one) for one in found.failures],
    }


def write_report(order: Order, _: Stop, tell: Tell) -> None:
    """Write the report of stored results."""
    from sim.comparison import open_results
    from sim.reports import report

    report(open_results(Path(order["folder"])))
    tell(state="done", report=True)


# ---- seeds ---------------------------------------------------------------------------------------


class Enough(Exception):
    """The user has seen enough seeds."""


def try_seeds(order: Order, stop: Stop, tell: Tell) -> None:
    """Run both worlds of the lesson under some seeds."""
    from sim.app import live

    def progress(answer: dict[str, Any]) -> None:
        tell(answer=answer, done=answer["done"], pairs=answer["done"])
        if stop():
            raise Enough

    try:
        answer = live.try_seeds(order["preset"], order["a"], order["b"], order["seeds"], order["weeks"], progress)
    except Enough:
        tell(state="stopped")
    else:
        tell(state="done", answer=answer, done=answer["done"], pairs=answer["done"])


KINDS: dict[str, Callable[[Order, Stop, Tell], None]] = {
    "compare": compare, "seeds": try_seeds, "report": write_report,
}  # fmt: skip
