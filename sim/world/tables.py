"""The stored tables, read when asked for and once only."""

import csv
import functools
import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from sim.declare import UnknownName
from sim.parameters import CrimeType

Row = Mapping[str, str]

DATA = Path(__file__).parents[1] / "data"


@functools.cache
def table(name: str) -> tuple[Row, ...]:
    """Return the rows of a stored table (`table("fraud_losses")`), as text, or raise UnknownName."""
    path = DATA / f"{name}.csv"
    if not path.is_file():
        raise UnknownName("table", name, (p.stem for p in DATA.glob("*.csv")))
    with path.open(encoding="utf-8", newline="") as lines:
        return tuple(csv.DictReader(lines))


@functools.cache
def by_code(name: str) -> dict[str, Row]:
    """Return the rows of a table of countries by their codes."""
    return {row["iso3"]: row for row in table(name)}


@functools.cache
def crime_types() -> dict[str, CrimeType]:
    """Return the stored crime types by name."""
    stored = yaml.safe_load((DATA / "crimes.yaml").read_text(encoding="utf-8"))
    return {name: CrimeType(**traits) for name, traits in sorted(stored.items())}


@functools.cache
def stored_map() -> dict[str, Any]:
    """Return the stored outlines as GeoJSON."""
    return dict(json.loads((DATA / "world_110m.geojson").read_text(encoding="utf-8")))


@functools.cache
def catalogue() -> dict[str, Any]:
    """Return the stored list of sources, licences and checksums."""
    return dict(yaml.safe_load((DATA / "sources.yaml").read_text(encoding="utf-8")))


def digests() -> dict[str, str]:
    """Return the SHA-256 of every stored file by its name."""
    stored = sorted(path for path in DATA.iterdir() if path.is_file())
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in stored}


def damaged() -> tuple[str, ...]:
    """Return the names of stored tables that are missing or differ from what was compiled."""
    found, compiled = digests(), catalogue()["files"]
    return tuple(name for name, stored in compiled.items() if found.get(name) != stored["sha256"])
