"""What is kept of runs: Parquet tables, two small CSV files and a manifest that vouches for every byte.

Equal inputs give byte-identical files: nothing in them depends on the clock, the machine's name or the
number of workers. Every file appears whole or not at all (written beside its place, synced, renamed).
`manifest.json` is written last and removed first: a folder without one is a run that has not finished.
"""

import hashlib
import importlib.metadata
import io
import json
import os
import platform
import subprocess
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, fields
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from sim.estimators import propagate

Floats = npt.NDArray[np.float64]

TABLES = ("series.parquet", "totals.parquet", "moves.parquet", "mechanical.parquet")
MANIFEST = "manifest.json"
DRAWN = ("report.html", "figures/")
FORMAT = 1
ALL = "all"  # the row that sums over crimes
LIBRARIES = ("displace", "numpy", "numba", "scipy", "pyarrow", "pandas", "pydantic", "mesa")
WHERE = ("arm", "replicate", "period", "country", "crime")


class StoredDataDamaged(Exception):
    """A stored file is missing, or its bytes are not those that were written."""


class NoResults(Exception):
    """A folder holds no finished results."""


class FolderInUse(Exception):
    """Somebody else is writing to a folder."""


# ---- files that appear whole or not at all ----------------------------------------


@contextmanager
def written_whole(path: Path) -> Iterator[Path]:
    """Give a path to write to; when the block ends well, it takes the place of `path` in one step."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}.{os.getpid()}.unfinished")
    try:
        yield unfinished
        with unfinished.open("rb") as file:
            os.fsync(file.fileno())
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    """Make a rename durable, where the system lets a folder be synced."""
    if os.name == "posix":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def write_text(path: Path, text: str) -> None:
    """Write a text file whole, with the same bytes on every system."""
    with written_whole(path) as unfinished:
        unfinished.write_bytes(text.encode())


@contextmanager
def held(folder: Path) -> Iterator[None]:
    """Keep a folder to this process while the block runs, or raise FolderInUse; a killed process holds nothing."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".held").open("a") as file:
        try:
            _lock(file.fileno())
        except OSError as taken:
            said = f"{folder.parent}: another comparison is writing there; wait, or name another --out"
            raise FolderInUse(said) from taken
        yield


def _lock(handle: int) -> None:
    """Lock an open file for this process until it is closed; raise OSError when somebody else has it."""
    if os.name == "posix":
        import fcntl

        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)


def sweep_up(folder: Path) -> None:
    """Remove what killed processes have left half-written in a folder."""
    for stray in folder.glob(".*.unfinished"):
        stray.unlink(missing_ok=True)


def file_digest(path: Path) -> str:
    """Return the SHA-256 of a file (hexadecimal)."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


# ---- one run, kept until the comparison is complete -------------------------------


@dataclass(frozen=True, kw_only=True)
class Part:
    """What is kept of one run, and the key that says which inputs it belongs to."""

    key: str
    codes: tuple[str, ...]
    crimes: tuple[str, ...]
    period_weeks: int
    measures: dict[str, Floats]  # [periods, C, K]
    moves: dict[str, npt.NDArray[Any]]  # equally long columns
    mechanics: dict[str, Floats]

    def save(self, path: Path) -> None:
        """Write the part whole: its SHA-256, then an archive of arrays."""
        facts = {
            "key": self.key,
            "codes": self.codes,
            "crimes": self.crimes,
            "period_weeks": self.period_weeks,
        }
        arrays: dict[str, npt.NDArray[Any]] = {"facts": np.array(json.dumps(facts))}
        for group in ("measures", "moves", "mechanics"):
            arrays |= {f"{group}/{name}": values for name, values in getattr(self, group).items()}
        content = io.BytesIO()
        np.savez_compressed(content, allow_pickle=False, **arrays)
        stated = hashlib.sha256(content.getbuffer()).digest()
        with written_whole(path) as unfinished:
            unfinished.write_bytes(stated + content.getbuffer())


def load_part(path: Path) -> Part | None:
    """Return a part, or None when there is none or its bytes are damaged: then the run is simply repeated."""
    if not path.is_file():
        return None
    content = path.read_bytes()
    stated, archive = content[:32], content[32:]
    if hashlib.sha256(archive).digest() != stated:
        return None
    with np.load(io.BytesIO(archive), allow_pickle=False) as arrays:
        facts = json.loads(str(arrays["facts"]))
        groups: dict[str, dict[str, Any]] = {"measures": {}, "moves": {}, "mechanics": {}}
        for name in arrays.files:
            group, _, column = name.partition("/")
            if column:
                groups[group][column] = arrays[name]
    return Part(
        key=facts["key"], codes=tuple(facts["codes"]), crimes=tuple(facts["crimes"]),
        period_weeks=facts["period_weeks"], **groups,
    )  # fmt: skip


# ---- tables -----------------------------------------------------------------------


def with_all_crimes(measure: Floats) -> Floats:
    """Return a measure [..., K] with the sum over crimes in front [..., 1 + K]."""
    return np.concatenate([measure.sum(axis=-1, keepdims=True), measure], axis=-1)


def _text(values: Iterable[str], repeats: npt.NDArray[np.int64]) -> pa.Array:
    """Return a text column from the distinct values and the place of each row's value among them."""
    return pa.DictionaryArray.from_arrays(pa.array(repeats, pa.int32()), pa.array(list(values), pa.string()))


def _grid(codes: tuple[str, ...], crimes: tuple[str, ...], periods: int) -> dict[str, Any]:
    """Return the columns that say where a row belongs, for measures [periods, C, 1 + K] laid out in order."""
    shape = (periods, len(codes), 1 + len(crimes))
    period, country, crime = (axis.ravel() for axis in np.indices(shape))
    return {
        "period": pa.array(period, pa.int32()),
        "country": _text(codes, country),
        "crime": _text((ALL, *crimes), crime),
    }


def _table(arm: str, replicate: int, columns: Mapping[str, Any]) -> pa.Table:
    length = len(next(iter(columns.values())))
    front = {
        "arm": _text([arm], np.zeros(length, dtype=np.int64)),
        "replicate": pa.array(np.full(length, replicate), pa.int32()),
    }
    table = pa.table({**front, **columns})
    plain = [field.with_type(pa.string()) if pa.types.is_dictionary(field.type) else field for field in table.schema]
    return table.cast(pa.schema(plain))


def series_table(arm: str, replicate: int, part: Part) -> pa.Table:
    """Return every measure of a run: a row for each period, country and crime, all crimes together first."""
    periods = len(next(iter(part.measures.values())))
    columns = {name: pa.array(with_all_crimes(values).ravel()) for name, values in part.measures.items()}
    return _table(arm, replicate, _grid(part.codes, part.crimes, periods) | columns)


def totals_table(arm: str, replicate: int, part: Part, window: slice, stocks: frozenset[str]) -> pa.Table:
    """Return every measure over the window of periods: flows summed, stocks averaged."""
    grid = _grid(part.codes, part.crimes, 1)
    del grid["period"]
    columns = {}
    for name, values in part.measures.items():
        inside = with_all_crimes(values[window])
        columns[name] = pa.array((inside.mean(axis=0) if name in stocks else inside.sum(axis=0)).ravel())
    return _table(arm, replicate, grid | columns)


def moves_table(arm: str, replicate: int, part: Part) -> pa.Table:
    """Return the moves of a run; a change of trade alone starts and ends in the same country."""
    places = {
        "origin": part.codes,
        "destination": part.codes,
        "crime_before": part.crimes,
        "crime_after": part.crimes,
    }
    columns: dict[str, Any] = {"period": pa.array(part.moves["period"], pa.int32())}
    columns |= {name: _text(names, part.moves[name]) for name, names in places.items()}
    columns["operations"] = pa.array(part.moves["operations"], pa.float64())
    return _table(arm, replicate, columns)


def period_table(arm: str, replicate: int, columns: Mapping[str, Floats]) -> pa.Table:
    """Return numbers of a run by period: a row for each period."""
    periods = len(next(iter(columns.values())))
    where = {"period": pa.array(np.arange(periods), pa.int32())}
    return _table(arm, replicate, where | {name: pa.array(values) for name, values in columns.items()})


def differences(name: str, stored: pa.Table, fresh: pa.Table, most: int) -> list[str]:
    """Return where two tables differ, bit for bit, in words: at most `most` places."""
    if stored.schema.names != fresh.schema.names or len(stored) != len(fresh):
        shapes = [f"{len(table)} rows of {len(table.schema.names)} columns" for table in (stored, fresh)]
        return [f"{name}: stored {shapes[0]}, now {shapes[1]}"][:most]
    found: list[str] = []
    for column in fresh.schema.names:
        before, now = (table.column(column).to_numpy() for table in (stored, fresh))
        same = before == now
        if before.dtype.kind == "f":
            same |= np.isnan(before) & np.isnan(now)
        for row in np.flatnonzero(~same)[: most - len(found)]:
            at = ", ".join(f"{key} {fresh.column(key)[row]}" for key in WHERE[2:] if key in fresh.schema.names)
            found.append(f"{name}: {at}, {column}: stored {before[row]}, now {now[row]}")
    return found


class Table:
    """A Parquet file under construction, fed run by run; rows wait until a group is worth writing."""

    GROUP = 50_000  # rows, about 20 MB of numbers

    def __init__(self, path: Path) -> None:
        self.path = path
        self._writer: pq.ParquetWriter | None = None
        self._waiting: list[pa.Table] = []

    def add(self, table: pa.Table) -> None:
        """Take in the rows of a run."""
        if self._writer is None:
            names = [field.name for field in table.schema if pa.types.is_string(field.type)]
            self._writer = pq.ParquetWriter(
                self.path, table.schema, compression="zstd", use_dictionary=names, write_page_checksum=True
            )
        self._waiting.append(table)
        if sum(len(waiting) for waiting in self._waiting) >= self.GROUP:
            self._flush()

    def _flush(self) -> None:
        assert self._writer is not None
        group = pa.concat_tables(self._waiting)
        if len(group):
            self._writer.write_table(group, row_group_size=len(group))
        self._waiting = []

    def close(self) -> None:
        """Write what is left; a table that was never fed has no columns and no file."""
        if self._writer is not None:
            self._flush()
            self._writer.close()


@contextmanager
def _growing(path: Path) -> Iterator[Table]:
    """Give a table that takes the place of the file when the block ends well."""
    with written_whole(path) as unfinished:
        table = Table(unfinished)
        try:
            yield table
        finally:
            table.close()


def write_runs(folder: Path, manifest: "Manifest", part: Callable[[str, int], Part | None]) -> None:
    """Write the Parquet tables: `part(arm, replicate)` gives each run, or None for one that failed.

    One run (and the baseline's beside it) is in memory at a time.
    """
    first, last = (week // manifest.period_weeks for week in manifest.window)
    stocks = frozenset(column for column, facts in manifest.metrics.items() if facts["stock"])
    with ExitStack() as stack:
        series, totals, moves, mechanical = (stack.enter_context(_growing(folder / name)) for name in TABLES)
        for arm, facts in manifest.arms.items():
            area = np.isin(manifest.codes, facts["treated"])
            for replicate in range(manifest.replicates):
                run = part(arm, replicate)
                if run is None:
                    continue
                if (run.codes, run.crimes) != (manifest.codes, manifest.crimes):
                    raise ValueError(f"arm {arm!r} has other countries or crimes than the baseline")
                series.add(series_table(arm, replicate, run))
                totals.add(totals_table(arm, replicate, run, slice(first, last), stocks))
                moves.add(moves_table(arm, replicate, run))
                before = run if arm == manifest.baseline else part(manifest.baseline, replicate)
                if before is not None:
                    found = propagate(before.mechanics, run.mechanics, area, run.period_weeks)
                    parts = {"inside": found.inside, "outside": found.outside}
                    mechanical.add(period_table(arm, replicate, parts))


def read_table(path: Path, columns: list[str] | None = None, **filters: object) -> pa.Table:
    """Return (columns of) a stored table where named columns have the given values; pages are checked."""
    chosen = [(name, "=", value) for name, value in filters.items()] or None
    try:
        return pq.read_table(path, columns=columns, filters=chosen, page_checksum_verification=True)
    except FileNotFoundError as missing:
        raise StoredDataDamaged(f"{path}: it is missing") from missing
    except (OSError, pa.ArrowException) as damaged:
        raise StoredDataDamaged(f"{path}: {damaged}") from damaged


# ---- the manifest -----------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """Everything needed to know what a result is, to repeat it and to check that it is whole."""

    experiment: str
    about: str
    status: str  # imagined, stylised or calibrated
    command: str  # repeats it
    baseline: str
    seed: int
    replicates: int
    luck_only: bool
    window: tuple[int, int]  # weeks after burn-in, whole periods
    period_weeks: int
    periods: int
    codes: tuple[str, ...]
    crimes: tuple[str, ...]
    metrics: dict[str, dict[str, Any]]  # column -> measure, side, unit, stock, about
    arms: dict[str, dict[str, Any]]  # name -> label, about, treated, complete scenario, planned spending
    contrasts: tuple[dict[str, str], ...]  # name, of, minus
    seeds: tuple[int, ...]  # of each replicate
    design: dict[str, list[float]]  # path of each drawn parameter -> its value in each replicate
    failures: tuple[dict[str, Any], ...]
    versions: dict[str, str]
    source: str  # digest of the package's code
    git: str | None
    tables: dict[str, str]  # package data -> SHA-256
    files: dict[str, str]  # results -> SHA-256
    format: int = FORMAT

    def write(self, folder: Path) -> None:
        """Write the manifest whole, with its own digest at the end."""
        content = asdict(self)
        content["sha256"] = _content_digest(content)
        write_text(folder / MANIFEST, json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False) + "\n")


def _content_digest(content: Mapping[str, Any]) -> str:
    text = json.dumps({name: value for name, value in content.items() if name != "sha256"}, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def load_manifest(folder: Path) -> Manifest:
    """Return the manifest of a finished result, or raise NoResults or StoredDataDamaged."""
    path = folder / MANIFEST
    if not path.exists():
        raise NoResults(f"{folder} holds no finished results (no {MANIFEST})")
    try:
        content = json.loads(path.read_bytes())
        stated = content.pop("sha256")
    except (ValueError, KeyError, AttributeError, TypeError, RecursionError) as damaged:
        raise StoredDataDamaged(f"{path}: it is not a whole manifest ({damaged})") from damaged
    if stated != _content_digest(content):
        raise StoredDataDamaged(f"{path}: its content does not match its own digest")
    if content["format"] != FORMAT:
        raise StoredDataDamaged(f"{path}: format {content['format']}, but this version reads {FORMAT}")
    if not all(_lies_inside(name) for name in content["files"]):
        raise StoredDataDamaged(f"{path}: it lists files outside its folder")
    rows = {field.name for field in fields(Manifest) if str(field.type).startswith("tuple")}
    whole: dict[str, Any] = {name: tuple(value) if name in rows else value for name, value in content.items()}
    return Manifest(**whole)


def _lies_inside(name: str) -> bool:
    """Return whether a name leads to somewhere below the folder it is looked up in."""
    return not PurePosixPath(name).is_absolute() and not {"..", "\\", ":"} & {*PurePosixPath(name).parts, *name}


def verify(folder: Path, drawn: bool = True) -> Manifest:
    """Return the manifest after comparing every listed file with its digest, or raise StoredDataDamaged.

    Without `drawn` report and figures, which can be made anew, are left out.
    """
    manifest = load_manifest(folder)
    for name, stated in manifest.files.items():
        if not drawn and name.startswith(DRAWN):
            continue
        path = folder / name
        if not path.is_file():
            raise StoredDataDamaged(f"{path}: it is missing")
        if file_digest(path) != stated:
            raise StoredDataDamaged(f"{path}: its bytes are not those that were written")
    return manifest


def register(folder: Path, names: Iterable[str]) -> Manifest:
    """Add files written afterwards (report, figures) to the manifest, or renew their digests."""
    manifest = load_manifest(folder)
    added = {name: file_digest(folder / name) for name in sorted(names)}
    changed = Manifest(**(_shallow(manifest) | {"files": dict(sorted((manifest.files | added).items()))}))
    changed.write(folder)
    return changed


def disown(folder: Path, names: Iterable[str]) -> None:
    """Take files that are about to be written anew out of the manifest, if there is one, until they are registered."""
    gone = set(names)
    try:
        manifest = load_manifest(folder)
    except (NoResults, StoredDataDamaged):
        return
    if gone & set(manifest.files):
        kept = {name: stated for name, stated in manifest.files.items() if name not in gone}
        Manifest(**(_shallow(manifest) | {"files": kept})).write(folder)


def _shallow(manifest: Manifest) -> dict[str, Any]:
    return {field.name: getattr(manifest, field.name) for field in fields(manifest)}


def clear(folder: Path) -> None:
    """Remove an earlier result from a folder, the manifest first, so that old and new never stand together.

    Only files the manifest lists are touched.
    """
    try:
        listed = list(load_manifest(folder).files)
    except NoResults:
        return
    except StoredDataDamaged:
        listed = []
    (folder / MANIFEST).unlink(missing_ok=True)
    for name in listed:
        (folder / name).unlink(missing_ok=True)


# ---- where a result comes from ----------------------------------------------------


def versions() -> dict[str, str]:
    """Return the versions of Python and of the libraries that decide the numbers."""
    found = {"python": platform.python_version()}
    for library in LIBRARIES:
        try:
            found[library] = importlib.metadata.version(library)
        except importlib.metadata.PackageNotFoundError:
            found[library] = "not installed"
    return found


def data_digests() -> dict[str, str]:
    """Return the SHA-256 of every table shipped with the package."""
    tables = Path(__file__).parent / "data"
    return {
        path.relative_to(tables).as_posix(): file_digest(path) for path in sorted(tables.rglob("*")) if path.is_file()
    }


def git_commit() -> str | None:
    """Return the commit of the code, marked when the code differs from it; None outside a repository."""
    package = Path(__file__).parent

    def git(*words: str) -> str:
        command = ["git", "-C", str(package), *words]
        return subprocess.run(command, capture_output=True, text=True, timeout=10, check=True).stdout.strip()

    try:
        git("ls-files", "--error-unmatch", Path(__file__).name)  # our repository, not one around us
        commit = git("rev-parse", "HEAD")
        return commit + (" with changes" if git("status", "--porcelain", "--", ".") else "")
    except (OSError, subprocess.SubprocessError):
        return None
