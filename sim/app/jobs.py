"""What the program has been asked to run: one job at a time in a process of its own, the others wait.

A study is stored in `<out>/<name>`, beside the file that it was run from; a name that is taken by something else gets a
number. The folder is all that is kept when the program ends: the same study goes on from there.
"""

import multiprocessing
import re
import shlex
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from sim.app.session import MOST_JOBS, unguessable
from sim.app.wire import Refused
from sim.app.work import REPORT, labour
from sim.record import NoResults, StoredDataDamaged, load_manifest

FILE = "scenario.yaml"  # the study, as `displace compare` runs it
TABLES = ("summary.csv", "leakage.csv", "spillover.csv", "concentration.csv", "anticipation.csv")
DOWNLOADS = (FILE, REPORT, "manifest.json", *TABLES)
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._ -]{0,99}")  # of a folder of results
COUNTS = re.compile(r"^(demo_)?replicates: .*\n", re.MULTILINE)
LONGEST_NAME = 64
OVER = ("done", "stopped", "failed")
KILLED = (
    "The process that ran this was killed (perhaps the memory did not suffice). Runs that had finished are kept: run "
    "it again to go on from there."
)
GRACE = 0.5  # seconds that the process gets to end


@dataclass
class Job:
    """Something that runs, or waits, or has run."""

    id: str
    name: str
    kind: str
    order: Mapping[str, Any]
    total: int
    replicates: int
    folder: Path | None = None
    state: str = "waiting"
    done: int = 0
    failed: int = 0
    pairs: int = 0
    seconds_left: float | None = None
    failures: list[str] = field(default_factory=list)
    error: str | None = None
    answer: dict[str, Any] | None = None
    panels: str | None = None  # JSON
    report: bool = False  # whether it is written
    stopping: bool = False

    @property
    def summary(self) -> dict[str, Any]:
        """What a list of jobs says of it."""
        names = ("id", "name", "kind", "state", "done", "total", "pairs", "replicates", "seconds_left", "failures")
        found = {name: getattr(self, name) for name in names} | {"report": self.report, "stopping": self.stopping}
        return found | ({} if self.error is None else {"error": self.error})

    @property
    def facts(self) -> dict[str, Any]:
        """All that is known of it but the panels."""
        return self.summary | ({} if self.answer is None else {"answer": self.answer})


class Jobs:
    """All jobs of the program, the process that works on them, and the thread that listens to it."""

    def __init__(self, out: Path) -> None:
        self.out = out
        self.jobs: dict[str, Job] = {}
        self.news = threading.Condition()
        self.ended = False
        self._spawn = multiprocessing.get_context("spawn")
        self._process: Any = None
        self._line: Connection | None = None
        self._thread: threading.Thread | None = None
        self._line_kept = threading.Lock()

    # ---- what is asked ---------------------------------------------------------------------------

    def add(self, kind: str, name: str, order: Mapping[str, Any], total: int, replicates: int) -> Job:
        """Take on a job, or raise Refused when too many wait."""
        with self.news:
            if sum(job.state == "waiting" for job in self.jobs.values()) >= MOST_JOBS:
                raise Refused(429, f"{MOST_JOBS} jobs are waiting already: stop one, or wait.")
            folder = self.out / name if kind == "compare" else None
            number = unguessable(9)
            job = Job(number, name, kind, {**order, "kind": kind, "id": number}, total, replicates, folder)
            self.jobs[number] = job
            over = [one.id for one in self.jobs.values() if one.state in OVER]
            for old in over[: max(0, len(over) - MOST_JOBS)]:
                del self.jobs[old]
            if self._thread is None:
                self._thread = threading.Thread(target=self._go_on, name="jobs", daemon=True)
                self._thread.start()
            self.news.notify_all()
            return job

    def get(self, job: str) -> Job:
        """Return a job, or raise Refused."""
        if job not in self.jobs:
            raise Refused(404, "There is no such job; stored results are listed under results.")
        return self.jobs[job]

    def stop(self, job: str) -> Job:
        """Stop a job; what it has finished is kept."""
        with self.news:
            found = self.get(job)
            if found.state == "waiting":
                found.state = "stopped"
            elif found.state == "running":
                found.stopping = True
                self._send({"stop": job})
            return found

    def listed(self) -> list[dict[str, Any]]:
        """Return all jobs, the oldest first."""
        return [job.summary for job in list(self.jobs.values()) if job.kind != "report"]

    def writing(self, folder: Path) -> Job | None:
        """Return the job that writes the report of a folder, if there is one."""
        mine = (job for job in list(self.jobs.values()) if job.kind == "report" and job.state not in OVER)
        return next((job for job in mine if job.order["folder"] == str(folder)), None)

    def wait(self, job: Job, seconds: float) -> bool:
        """Wait until a job is over; return whether it is."""
        with self.news:
            return self.news.wait_for(lambda: job.state in OVER or self.ended, seconds) and job.state in OVER

    def end(self) -> None:
        """End the process and whatever it does; finished runs are kept."""
        with self.news:
            self.ended = True
            self.news.notify_all()
        process = self._process
        if process is not None and process.is_alive():
            process.terminate()
            process.join(GRACE)
            if process.is_alive():
                process.kill()

    # ---- the process -----------------------------------------------------------------------------

    def _go_on(self) -> None:
        """Hand one waiting job after another to the process, and listen to what it says."""
        while True:
            with self.news:
                self.news.wait_for(lambda: self.ended or self._next() is not None)
                job = self._next()
                if self.ended or job is None:
                    return
                job.state = "running"
            self._run(job)

    def _next(self) -> Job | None:
        return next((job for job in self.jobs.values() if job.state == "waiting"), None)

    def _run(self, job: Job) -> None:
        try:
            line = self._ready()
            self._send(dict(job.order))
            while not (told := line.recv()).get("idle"):
                self._note(job, told)
        except (EOFError, OSError):
            self._process = None
            if job.state == "running" and not self.ended:
                self._note(job, {"state": "failed", "error": KILLED})
        with self.news:
            self.news.notify_all()

    def _note(self, job: Job, told: Mapping[str, Any]) -> None:
        with self.news:
            for name, value in told.items():
                setattr(job, name, value)
            if job.state in OVER:
                job.stopping, job.seconds_left = False, None
            self.news.notify_all()

    def _ready(self) -> Connection:
        """Return the line to the process, which is started if it does not run."""
        with self._line_kept:
            if self._line is None or self._process is None or not self._process.is_alive():
                self._line, there = self._spawn.Pipe()
                self._process = self._spawn.Process(target=labour, args=(there,), name="displace studies")
                self._process.start()
                there.close()
            return self._line

    def _send(self, message: dict[str, Any]) -> None:
        """Say something to the process; if it is dead, whoever listens to it finds out."""
        with self._line_kept:
            if self._line is not None:
                with suppress(OSError):
                    self._line.send(message)

    def prepare(self) -> None:
        """Start the process, so that the first job need not wait for it."""
        if self._process is None and not self.ended:
            self._ready()


# ---- folders -------------------------------------------------------------------------------------


def place(out: Path, name: str, text_of: Callable[[str], str]) -> tuple[str, str]:
    """Return the name under which a study is stored, and its file as text: an unused name if another has it.

    `text_of` gives the text for a name. The file is written, so that `displace compare` can run it.
    """
    for number in range(1, 1000):
        called = name if number == 1 else f"{name[: LONGEST_NAME - 4]}-{number}"
        folder, text = out / called, text_of(called)
        if not folder.exists() or not any(folder.iterdir()) or _holds(folder, text):
            folder.mkdir(parents=True, exist_ok=True)
            (folder / FILE).write_text(text, encoding="utf-8")
            return called, text
    raise Refused(409, f"Too many results are called '{name}': choose another name.", field="name")


def _holds(folder: Path, text: str) -> bool:
    """Return whether a folder holds the very study, in however many replicates."""
    try:
        kept = (folder / FILE).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return False
    return COUNTS.sub("", kept) == COUNTS.sub("", text)


def command(folder: Path) -> str:
    """Return the command that runs the study of a folder."""
    return shlex.join(["displace", "compare", str(folder / FILE)])


def stored(out: Path) -> list[dict[str, Any]]:
    """Return the finished results below a folder, by name."""
    found = []
    for folder in sorted(out.iterdir()) if out.is_dir() else ():
        if not NAME.fullmatch(folder.name) or not folder.is_dir():
            continue
        try:
            manifest = load_manifest(folder)
        except (NoResults, StoredDataDamaged):
            continue
        found.append({
            "id": folder.name, "name": manifest.experiment, "about": " ".join(manifest.about.split()),
            "status": manifest.status, "pairs": manifest.replicates, "seed": manifest.seed,
            "arms": list(manifest.arms), "baseline": manifest.baseline, "window": list(manifest.window),
            "report": (folder / REPORT).is_file(),
        })  # fmt: skip
    return found


def folder_of(out: Path, name: str) -> Path:
    """Return the folder of stored results of that name, or raise Refused; a name is no path."""
    if not NAME.fullmatch(name) or not (out / name / "manifest.json").is_file():
        raise Refused(404, "There are no stored results of this name.")
    return out / name
