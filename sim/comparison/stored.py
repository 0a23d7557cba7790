"""Reading the numbers of a folder of results: by run, by pair, by country."""

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from sim import record
from sim.declare import UnknownName
from sim.record import ALL, Manifest

Floats = npt.NDArray[np.float64]

HEADLINE = ("harm_usd", "host")  # summed over countries, both sides are equal


class Stored:
    """The stored runs of one experiment. Totals are over the evaluation window and all crimes."""

    def __init__(self, folder: Path, manifest: Manifest) -> None:
        self.folder = folder
        self.manifest = manifest
        self._columns: dict[str, Floats] = {}

    # ---- what was run ------------------------------------------------------------

    @property
    def arms(self) -> tuple[str, ...]:
        """The names of all arms, in the order of the file."""
        return tuple(self.manifest.arms)

    @property
    def baseline(self) -> str:
        """The arm that the others are compared with."""
        return self.manifest.baseline

    @property
    def policies(self) -> tuple[str, ...]:
        """The arms without the baseline."""
        return tuple(arm for arm in self.arms if arm != self.baseline)

    @property
    def compared(self) -> tuple[str, ...]:
        """The policies with at least one finished pair."""
        return tuple(arm for arm in self.policies if self.finished(arm, self.baseline))

    @property
    def failures(self) -> tuple[dict[str, Any], ...]:
        """The runs that did not finish, each with the command that repeats it."""
        return self.manifest.failures

    @property
    def years(self) -> float:
        """The length of the evaluation window."""
        return (self.manifest.window[1] - self.manifest.window[0]) / 52.0

    @property
    def window_periods(self) -> tuple[int, int]:
        """The first period of the evaluation window, and the first after it."""
        first, last = (week // self.manifest.period_weeks for week in self.manifest.window)
        return first, last

    @property
    def week_ends(self) -> npt.NDArray[np.int64]:
        """The week after each period (weeks after burn-in) [P]."""
        return (np.arange(self.manifest.periods) + 1) * self.manifest.period_weeks

    def arm(self, name: str) -> dict[str, Any]:
        """Return what the manifest says of an arm."""
        if name not in self.manifest.arms:
            raise UnknownName("arm", name, self.manifest.arms)
        return self.manifest.arms[name]

    def label(self, name: str) -> str:
        """Return the words for an arm or a contrast."""
        return str(self.manifest.arms[name]["label"]) if name in self.manifest.arms else name

    def treated(self, arm: str) -> tuple[str, ...]:
        """Return the countries an arm treats."""
        return tuple(self.arm(arm)["treated"])

    def treated_mask(self, arm: str) -> npt.NDArray[np.bool_]:
        """Return which countries an arm treats [C]."""
        return np.isin(self.manifest.codes, self.treated(arm))

    def finished(self, *arms: str) -> list[int]:
        """Return the replicates that have finished in every one of the named arms."""
        for arm in arms:
            self.arm(arm)
        done = [{replicate for one, replicate in self.runs if one == arm} for arm in arms]
        return sorted(set.intersection(*done))

    def column(self, measure: str, side: str) -> str:
        """Return the column that holds a measure of one side (host, victim or payer)."""
        for column, facts in self.manifest.metrics.items():
            if (facts["measure"], facts["side"]) == (measure, side):
                return column
        valid = {facts["measure"] for facts in self.manifest.metrics.values() if facts["side"] == side}
        raise UnknownName(f"{side} measure", measure, valid)

    # ---- numbers -----------------------------------------------------------------

    @cached_property
    def runs(self) -> dict[tuple[str, int], int]:
        """The place of every finished run (arm, replicate) in the stored tables."""
        where = record.read_table(self.folder / "totals.parquet", ["arm", "replicate"])
        block = len(self.manifest.codes) * (1 + len(self.manifest.crimes))
        arms, replicates = where["arm"].to_pylist()[::block], where["replicate"].to_pylist()[::block]
        return {key: place for place, key in enumerate(zip(arms, replicates, strict=True))}

    def places(self, arm: str, replicates: Sequence[int]) -> list[int]:
        """Return where runs stand on the first axis of the arrays below."""
        return [self.runs[arm, replicate] for replicate in replicates]

    def totals(self, columns: Sequence[str]) -> dict[str, Floats]:
        """Return columns of the totals, all crimes first [run, C, 1 + K]; what has been read is kept."""
        missing = [column for column in columns if column not in self._columns]
        if missing:
            found = record.read_table(self.folder / "totals.parquet", missing)
            shape = (len(self.runs), len(self.manifest.codes), 1 + len(self.manifest.crimes))
            self._columns |= {column: found[column].to_numpy().reshape(shape) for column in missing}
        return {column: self._columns[column] for column in columns}

    def by_country(self, measure: str, side: str, arm: str, replicates: Sequence[int]) -> Floats:
        """Return totals of an arm by run and country [n, C]."""
        column = self.column(measure, side)
        return np.asarray(self.totals([column])[column][self.places(arm, replicates), :, 0])

    def course(self, measure: str, side: str, crime: str = ALL) -> Floats:
        """Return a measure of one crime by run, period and country [run, P, C]."""
        crimes = (ALL, *self.manifest.crimes)
        if crime not in crimes:
            raise UnknownName("crime", crime, crimes)
        column = self.column(measure, side)
        found = record.read_table(self.folder / "series.parquet", [column], crime=crime)
        shape = (len(self.runs), self.manifest.periods, len(self.manifest.codes))
        return np.asarray(found[column].to_numpy().reshape(shape))

    def mechanical_changes(self, arm: str) -> tuple[Floats, Floats]:
        """Return expected changes of operation-weeks inside and outside up to each period's end [n, P]."""
        names = ["inside", "outside"]
        found = record.read_table(self.folder / "mechanical.parquet", names, arm=arm)
        inside, outside = (found[name].to_numpy().reshape(-1, self.manifest.periods) for name in names)
        return inside, outside

    def headline(self, of: str, minus: str) -> tuple[list[int], Floats]:
        """Return replicates and, for each, harm of one arm minus another's, in % of the baseline's harm."""
        pairs = self.finished(of, minus, self.baseline)
        one, other, base = (self.by_country(*HEADLINE, arm, pairs).sum(axis=1) for arm in (of, minus, self.baseline))
        return pairs, per_cent(one - other, base)

    def headlines(self) -> dict[str, tuple[list[int], Floats]]:
        """Return the headline of every arm against the baseline, then of every contrast."""
        found = {arm: self.headline(arm, self.baseline) for arm in self.policies}
        return found | {one["name"]: self.headline(one["of"], one["minus"]) for one in self.manifest.contrasts}


def per_cent(part: Floats, whole: Floats) -> Floats:
    """Return a share in per cent; nothing changed from nothing is 0, something from nothing undefined."""
    none = np.where(part == 0, 0.0, np.nan)
    return np.asarray(np.divide(100.0 * part, whole, out=none, where=whole > 0))
