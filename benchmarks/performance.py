"""How fast the model is: `make bench`, or `python benchmarks/performance.py [PART ...]` for some parts.

Writes `benchmarks/results.json` and the table of `docs/performance.md`. Machines are shared and differ: what counts are
ratios from one run. Parts that are not run keep their figures if they were measured at the same commit.
"""

import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
from scipy.stats import linregress

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))
from benchmarks.worlds import classroom, mekong, observed, with_workers  # noqa: E402
from sim.ensemble import compare  # noqa: E402
from sim.record import git_commit, versions, write_text  # noqa: E402
from sim.scenario import Scenario, load, loads  # noqa: E402
from sim.scenario.experiments import single  # noqa: E402
from sim.week import advance, run, start  # noqa: E402

RESULTS, PAGE = ROOT / "benchmarks" / "results.json", ROOT / "docs" / "performance.md"
BEGIN, END = "<!-- begin: written by `make bench` -->", "<!-- end -->"
OPERATIONS = (100, 1_000, 10_000, 100_000)
COUNTRIES = (2, 6, 18, 60, 198)
PEOPLE = (10**6, 10**7, 10**8, 10**9, 8 * 10**9)
WEEKS = (65, 130, 260, 520)

# What is aimed at, on one core of a laptop: (key, what it is, aim, whether more is better).
AIMS: tuple[tuple[str, str, float | None, bool], ...] = (
    ("ratio_plain_mesa", "plain Mesa, time for an operation-week, against the engine", 200.0, True),
    ("ratio_second_peer", "AgentPy, the same", None, True),
    ("ratio_floor", "engine against the floor, full size", 3.0, False),
    ("mekong_run_seconds", "main world at a fifth of its size, 520 weeks (s)", 1.0, False),
    ("mekong_full_run_seconds", "main world at full size, 520 weeks (s)", 5.0, False),
    ("full_scale_ns_per_victimisation", "a victimisation at full size (ns)", 150.0, False),
    ("operation_week_ns", "an operation-week without victims (ns)", 1000.0, False),
    ("world_run_seconds", "198 countries, 20,000 operations, 520 weeks (s)", 30.0, False),
    ("world_peak_gib", "the same, memory at its peak (GiB)", 2.5 / 1.073741824, False),
    ("workers_speedup", "two workers against one", 1.9, True),
    ("population_exponent", "growth of time with population (exponent, 0 ± .05)", 0.05, False),
    ("classroom_run_seconds", "two imagined countries, 260 weeks (s)", 0.02, False),
    ("help_seconds", "`displace --help` (s)", 0.4, False),
)


def fitted(sizes: Any, seconds: Any) -> tuple[float, float]:
    """Return by which power time grows with a size, and its standard error (least squares of the logarithms)."""
    line = linregress(np.log(sizes), np.log(seconds))
    return float(line.slope), float(line.stderr)


# ---- parts -----------------------------------------------------------------------------


def cold() -> dict[str, Any]:
    """Time what is felt before anything runs, each in a process of its own."""
    displace = [sys.executable, "-m", "sim"]

    def seconds(*command: str, **environment: str) -> float:
        began = time.perf_counter()
        with tempfile.TemporaryDirectory() as folder:
            subprocess.run([*command], check=True, capture_output=True, cwd=folder,
                           env=os.environ | {"PYTHONPATH": str(ROOT)} | environment)  # fmt: skip
        return time.perf_counter() - began

    first = (*displace, "run", "two-countries", "--set", "clock.weeks=26", "--set", "clock.burn_in=0")
    with tempfile.TemporaryDirectory() as empty:
        uncompiled = seconds(*first, NUMBA_CACHE_DIR=empty)
        compiled = seconds(*first, NUMBA_CACHE_DIR=empty)
    return {
        "help_seconds": median(seconds(*displace, "--help") for _ in range(7)),
        "details": {"import": median(seconds(sys.executable, "-c", "import sim") for _ in range(7)),
                    "first run, nothing compiled": uncompiled, "first run, compiled before": compiled},
    }  # fmt: skip


def peers() -> dict[str, Any]:
    """Time the peers beside the engine, and say whether they agree."""
    from benchmarks.peers import agree, plain_mesa

    mesa = plain_mesa.time_side_by_side(0.2, 4, 5)
    agreement = agree.agreement(20, 0.05, 26)
    second: dict[str, Any] = {"ratio": None}
    with tempfile.TemporaryDirectory() as folder:
        python = Path(folder) / "bin" / "python"
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        pinned = ROOT / "requirements" / "agentpy.txt"
        install = [str(python), "-m", "pip", "install", "--quiet", "--require-hashes", "-r", str(pinned)]
        if subprocess.run(install, check=False).returncode == 0:
            found = subprocess.run([str(python), str(ROOT / "benchmarks" / "peers" / "second.py")], check=True,
                                   capture_output=True, text=True)  # fmt: skip
            second = json.loads(found.stdout)
    return {
        "ratio_plain_mesa": mesa["ratio"], "ratio_second_peer": second["ratio"],
        "details": {"plain Mesa": mesa, "AgentPy": second, "agreement": agreement},
    }  # fmt: skip


def floor() -> dict[str, Any]:
    """Time the engine against the least work there is."""
    from benchmarks.floor import against_the_floor

    full, fifth = against_the_floor(1.0, 160, 40), against_the_floor(0.2, 160, 40)
    return {"ratio_floor": full["ratio"], "details": {"full size": full, "a fifth": fifth}}


def _apart(which: str, burn_in: int, weeks: int) -> dict[str, Any]:
    """Observe a world in a process of its own."""
    command = [sys.executable, str(ROOT / "benchmarks" / "worlds.py"), which, str(burn_in), str(weeks)]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    found = subprocess.run(command, check=True, capture_output=True, text=True, env=environment)
    answer: dict[str, Any] = json.loads(found.stdout)
    return answer


def runs() -> dict[str, Any]:
    """Time whole runs, and tell an operation-week from a victimisation by a world in which nobody is contacted."""
    fifth, full, world = _apart("mekong", 156, 520), _apart("mekong-full", 156, 520), _apart("world", 156, 520)
    silent = observed(mekong(1.0).set({"crimes.online_fraud.contacts": 0, "clock.burn_in": 1}), 4, 40)
    week = silent["seconds"] / silent["operation_weeks"]
    victim = (full["seconds"] - week * full["operation_weeks"]) / full["victimisations"]
    lesson = classroom()
    run(lesson.set({"clock.weeks": 13}), 1)  # loads the compiled code
    seconds = []
    for seed in range(5):
        began = time.perf_counter()
        run(lesson.set({"clock.burn_in": 0}), seed)
        seconds.append(time.perf_counter() - began)
    return {
        "mekong_run_seconds": fifth["seconds"], "mekong_full_run_seconds": full["seconds"],
        "world_run_seconds": world["seconds"], "world_peak_gib": world["peak_gib"],
        "full_scale_ns_per_victimisation": 1e9 * victim, "operation_week_ns": 1e9 * week,
        "classroom_run_seconds": median(seconds),
        "details": {"main world, a fifth": fifth, "main world, full size": full, "whole world": world,
                    "full size, nobody contacted": silent},
    }  # fmt: skip


def some_countries(n: int) -> Scenario:
    """Return a world of the first n countries, a thousand operations in one of them."""
    codes = load("whole-world").build_world().codes
    chosen = ", ".join(["CHN", "USA", *(code for code in codes if code not in ("CHN", "USA"))][:n])
    return loads(
        f"name: some-countries\nabout: made to be timed\nstatus: stylised\nworld: {{countries: [{chosen}]}}\n"
        "crimes: [online_fraud]\n"
        "workforces: [{name: one, home: CHN, share: 1.0, languages: {Chinese: 1.0, English: 0.5}}]\n"
        "founders: [{country: CHN, crime: online_fraud, workers: 90000, coerced: 0.4, source: made to be timed}]\n"
    )


def some_people(people: int) -> Scenario:
    """Return two countries that share these people, with a thousand operations.

    Nobody grows careful, nobody is met again, and crowding costs nothing: the victimisations are as many whatever the
    population.
    """
    made = load("two-countries").set(
        {"crimes.online_fraud.crowding_elasticity": 0, "parameters.offending.awareness_rise": 0,
         "parameters.offending.caution": 0, "parameters.offending.repeat_rate": 0}
    )  # fmt: skip
    imagined = [replace(country, population=people // 2) for country in made.world.imagined]
    return with_workers(replace(made, world=replace(made.world, imagined=tuple(imagined))), 90_000)


def scaling() -> dict[str, Any]:
    """Fit how time grows with operations, countries, population and weeks, each alone."""

    def grows(sizes: Any, made: Callable[[Any], Scenario], weeks: int = 20) -> dict[str, Any]:
        seen = [observed(made(size), 4, weeks) for size in sizes]
        seconds = [one["seconds"] for one in seen]
        exponent, error = fitted(sizes, seconds)
        return {"sizes": list(sizes), "seconds": seconds, "exponent": exponent, "standard_error": error,
                "operations": [one["operations"] for one in seen],
                "victimisations": [one["victimisations"] for one in seen]}  # fmt: skip

    large = mekong(1.0).set({"parameters.demography.ties": 0})
    operations = grows(OPERATIONS, lambda n: with_workers(large, 90 * n), 10)
    people = grows(PEOPLE, some_people, 60)
    lengths = [observed(mekong(0.2), 10, weeks)["seconds"] for weeks in WEEKS]
    by_weeks = fitted(WEEKS, lengths)
    return {
        "population_exponent": people["exponent"],
        "details": {"operations": operations, "countries": grows(COUNTRIES, some_countries), "population": people,
                    "weeks": {"sizes": WEEKS, "seconds": lengths, "exponent": by_weeks[0],
                              "standard_error": by_weeks[1]}},
    }  # fmt: skip


def workers() -> dict[str, Any]:
    """Time eight runs of the main world with one worker and with two."""
    seconds = {}
    for number in (1, 2):
        with tempfile.TemporaryDirectory() as folder:
            began = time.perf_counter()
            compare(single(mekong(0.2)), replicates=8, workers=number, out=Path(folder))
            seconds[number] = time.perf_counter() - began
    return {"workers_speedup": seconds[1] / seconds[2], "details": seconds}


def memory() -> dict[str, Any]:
    """Count the bytes of the state: for an operation, for a person who lost something, for one who did not."""

    def size(scenario: Scenario, weeks: int = 0) -> tuple[int, int, int]:
        state, setting = start(scenario, 1)
        for _ in range(weeks):
            advance(state, setting)
        of_persons = state.persons.nbytes + state.lists.person.nbytes
        return sum(a.nbytes for a in state.columns().values()) - of_persons, of_persons, int(state.known_victims[0])

    few, many = size(mekong(0.2)), size(mekong(1.0))
    operations = [int((start(mekong(scale), 1)[0].sites.status > 0).sum()) for scale in (0.2, 1.0)]
    thousand, million = size(some_people(10**6)), size(some_people(10**9))
    lived = size(mekong(0.2), 200)
    return {
        "details": {
            "bytes for an operation": (many[0] - few[0]) / (operations[1] - operations[0]),
            "bytes for a person who lost something": lived[1] / lived[2],
            "bytes for a person who lost nothing": (million[0] - thousand[0]) / (10**9 - 10**6),
        }
    }


PARTS: dict[str, Callable[[], dict[str, Any]]] = {
    "floor": floor, "memory": memory, "peers": peers, "runs": runs, "scaling": scaling, "cold": cold,
    "workers": workers,
}  # fmt: skip


# ---- what is written --------------------------------------------------------------------


def measured(part: str) -> dict[str, Any]:
    """Return all figures: those of a part anew, the others as they are stored for the same commit."""
    began = time.perf_counter()
    total = 0
    for number in range(10**7):
        total += number
    kept = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    commit = git_commit()
    found: dict[str, Any] = {key: None for key, *_ in AIMS} | {"details": {}}
    if kept.get("commit") == commit:
        found |= {key: kept[key] for key in found if key in kept}
    found |= {
        "commit": commit, "date": date.today().isoformat(), "versions": versions(),
        "machine": {"cores": os.cpu_count(), "processor": _processor(),
                    "seconds_for_ten_million_additions_in_python": time.perf_counter() - began},
    }  # fmt: skip
    print(f"{part} ...", flush=True)
    answer = PARTS[part]()
    found["details"][part] = answer.pop("details")
    found |= answer
    return found


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        return next(line.split(":")[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()


def verdict(value: float | None, aim: float | None, more: bool) -> str:
    """Return whether an aim is met; a figure that may lie on both sides of 0 counts by its size."""
    if value is None:
        return "not measured"
    if aim is None:
        return ""
    return "met" if (value >= aim if more else abs(value) <= aim) else "missed"


def table(found: dict[str, Any]) -> str:
    """Return the tables of the page as Markdown."""
    machine = found["machine"]
    seconds = machine["seconds_for_ten_million_additions_in_python"]
    rows = [
        f"Commit {str(found['commit'])[:10]}, {found['date']}, {machine['processor']}, {machine['cores']} cores; ten "
        f"million additions in Python took {seconds:.2f} s (about .6 s on a laptop of 2023: an assumption).\n",
        "| What | Measured | Aim | |", "| --- | ---: | ---: | --- |",
    ]  # fmt: skip
    for key, what, aim, more in AIMS:
        value = found[key]
        limit = "" if aim is None else f"{'≥' if more else '≤'} {aim:.3g}"
        rows.append(f"| {what} | {'' if value is None else f'{value:.3g}'} | {limit} | {verdict(value, aim, more)} |")
    details = found["details"]
    if "runs" in details:
        rows += ["\nShare of the time by verb, %:\n"]
        worlds = details["runs"]
        names = list(worlds["whole world"]["share_by_phase"])
        rows += ["| | " + " | ".join(names) + " |", "| --- |" + " ---: |" * len(names)]
        for label in ("main world, a fifth", "main world, full size", "whole world"):
            shares = worlds[label]["share_by_phase"]
            rows.append(f"| {label} | " + " | ".join(f"{100 * shares.get(name, 0):.0f}" for name in names) + " |")
    if "scaling" in details:
        rows += ["\nTime grows with the power of:\n", "| | from | to | exponent | standard error |",
                 "| --- | ---: | ---: | ---: | ---: |"]  # fmt: skip
        for label in ("operations", "countries", "population", "weeks"):
            one = details["scaling"][label]
            rows.append(f"| {label} | {one['sizes'][0]:,} | {one['sizes'][-1]:,} | {one['exponent']:.2f} | "
                        f"{one['standard_error']:.2f} |")  # fmt: skip
    for part in ("memory", "cold"):
        if part in details:
            rows += ["\n| | |", "| --- | ---: |"]
            rows += [
                f"| {what}{' (s)' if part == 'cold' else ''} | {value:.3g} |" for what, value in details[part].items()
            ]
    return "\n".join(rows) + "\n"


def write(found: dict[str, Any]) -> None:
    """Write the results and the table."""
    write_text(RESULTS, json.dumps(found, indent=2) + "\n")
    page = PAGE.read_text()
    before, after = page.split(BEGIN)[0], page.split(END)[1]
    write_text(PAGE, f"{before}{BEGIN}\n\n{table(found)}\n{END}{after}")


if __name__ == "__main__":
    asked = sys.argv[1:] or list(PARTS)
    if unknown := [part for part in asked if part not in PARTS]:
        sys.exit(f"no such part: {', '.join(unknown)}; there are: {', '.join(PARTS)}")
    for part in asked:  # each is written at once: what follows may be stopped
        write(measured(part))
    print(f"written: {RESULTS.relative_to(ROOT)}, {PAGE.relative_to(ROOT)}")
