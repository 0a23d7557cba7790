"""Whether this machine is ready: versions, cores, folders, stored tables, compiled code."""

import os
import re
import sys
import tempfile
from importlib import metadata
from pathlib import Path
from typing import Any

from sim.cli.mistakes import Exit, Misused
from sim.cli.screen import margin, paper, print_json, table

TINY = {
    "clock.burn_in": 2,
    "clock.weeks": 4,
    "clock.period": 2,
    "policy": [
        {"instrument": "sweep", "members": ["varda"]},
        {"instrument": "intelligence sharing", "members": ["varda", "orlen"], "setup": 0},
        {"instrument": "joint operations", "members": ["varda", "orlen"], "setup": 0},
    ],
}


def cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


# ---- compiled code -----------------------------------------------------------------


def compiled_folder() -> Path:
    """Return where compiled code is kept, or raise Misused when nothing can be written there."""
    import numba

    import sim.compiled  # noqa: F401 - sets the folder unless the user has

    folder = Path(numba.config.CACHE_DIR)
    if not writable(folder):
        raise Misused(f"{folder}: compiled code cannot be written there; set NUMBA_CACHE_DIR to a folder that can be")
    return folder


def _stamp() -> Path:
    """Return the file that says: this code is compiled, for this Python and this Numba."""
    import numba

    from sim.compiled import COMPILED, source_digest

    python = "".join(map(str, sys.version_info[:2]))
    return compiled_folder() / f"compiled-{source_digest(*COMPILED)}-{python}-{numba.__version__}"


def is_compiled() -> bool:
    """Return whether the model is compiled in its present state."""
    import numba

    return bool(numba.config.DISABLE_JIT) or _stamp().exists()


def compile_now() -> None:
    """Compile the model by running a tiny world, and keep the result for every later run."""
    from sim.scenario import load
    from sim.week import run

    stamp = _stamp()
    run(load("two-countries").set(TINY), seed=1)
    stamp.touch()


def prepare(quiet: bool) -> None:
    """Compile the model unless it is compiled, and say so first."""
    if is_compiled():
        return
    if not quiet:
        margin().print("Compiling the model for this machine first: one to three minutes, once.")
    compile_now()


# ---- the examination ---------------------------------------------------------------


def examine(warm: bool, out: Path, json: bool) -> int:
    """Print whether this machine is ready; return the exit code."""
    if warm:
        prepare(quiet=json)
    answer = findings(out)
    if json:
        print_json(answer)
    else:
        _show(answer)
    if answer["damaged_tables"]:
        return Exit.DAMAGED
    return Exit.MISUSED if answer["unwritable"] else Exit.DONE


def findings(out: Path) -> dict[str, Any]:
    """Return versions, cores, folders, extras, stored tables and the state of the compiled code."""
    from sim.record import git_commit, versions
    from sim.world import damaged

    folders = {"compiled code": None, "results": str(out.resolve())}
    try:
        folders["compiled code"] = str(compiled_folder())
        compiled = is_compiled()
        unwritable = []
    except Misused as mistake:
        compiled, unwritable = False, [str(mistake)]
    if not writable(out):
        unwritable.append(f"{out.resolve()}: results cannot be written there; name another folder with --out")
    return {
        "versions": versions(),
        "commit": git_commit(),
        "cores": cores(),
        "folders": folders,
        "unwritable": unwritable,
        "compiled": compiled,
        "extras": extras(),
        "damaged_tables": list(damaged()),
    }


def _show(answer: dict[str, Any]) -> None:
    rows = [*answer["versions"].items(), ("commit", answer["commit"] or "not from a repository")]
    rows += [("cores", answer["cores"])]
    rows += [(name, folder or "nowhere") for name, folder in answer["folders"].items()]
    rows.append(("model", "compiled" if answer["compiled"] else "not compiled: `displace doctor --warm` does it now"))
    rows += [(f"extra '{name}'", _extra_words(missing)) for name, missing in answer["extras"].items()]
    broken = answer["damaged_tables"]
    rows.append(("stored tables", f"damaged: {', '.join(broken)}" if broken else "as shipped"))
    paper().print(table(("What", "How it is"), rows))
    for problem in answer["unwritable"]:
        margin().print(problem, soft_wrap=True)


def _extra_words(missing: list[str]) -> str:
    return f"without {', '.join(missing)}" if missing else "installed"


def writable(folder: Path) -> bool:
    """Return whether a file can be written into a folder, which is made if need be."""
    existing = next((place for place in (folder, *folder.absolute().parents) if place.exists()), Path("/"))
    try:
        with tempfile.TemporaryFile(dir=existing):
            return True
    except OSError:
        return False


def extras() -> dict[str, list[str]]:
    """Return, for each optional extra of the package, the libraries of it that are not installed."""
    try:
        asked = metadata.requires("displace") or []
    except metadata.PackageNotFoundError:
        return {}
    found: dict[str, list[str]] = {name: [] for name in metadata.metadata("displace").get_all("Provides-Extra") or []}
    for requirement in asked:
        named = re.match(r"[\w.-]+", requirement)
        extra = re.search(r"extra == ['\"]([\w-]+)", requirement)
        if named and extra and not _installed(named[0]):
            found.setdefault(extra[1], []).append(named[0])
    return found


def _installed(library: str) -> bool:
    try:
        metadata.version(library)
    except metadata.PackageNotFoundError:
        return False
    return True
