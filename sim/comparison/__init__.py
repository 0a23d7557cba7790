"""What a folder of results says: paired differences, leakage, who pays, who gains, in tables and sentences.

Built from stored results alone, so that a report needs no new run. Every difference is between two runs with
the same luck and the same drawn parameters. Intervals (`lo90`, `hi90`) are of the mean over pairs; how far
single runs spread is in `spread` and `series`. Totals are over the evaluation window. Arms are never ranked
by leakage.
"""

import html
import importlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import stats

from sim import record
from sim.comparison import geography, words
from sim.comparison.claims import Said
from sim.comparison.stored import HEADLINE, Floats, Stored, per_cent
from sim.declare import UnknownName
from sim.estimators import (
    Leakage,
    Paired,
    leakage,
    pair_correlation,
    summary_of,
    variance_gain,
)
from sim.record import ALL

__all__ = ["Comparison", "open_results"]

TOTAL = "total"
SIDES = ("host", "victim")
LEAKING = ("victims", "money_expected_usd", "harm_usd")  # events, money, harm
QUANTILES = {"lo50": 0.25, "hi50": 0.75, "lo90": 0.05, "hi90": 0.95}
NUMBERS = ("mean", "median", *QUANTILES)
OFF_PLAN = 0.01  # share of a period's planned spending from which a difference is flagged
SUMMARY = (
    "experiment", "arm", "baseline", "scope", "side", "crime", "measure", "unit", "n", *NUMBERS, "n_worse",
)  # fmt: skip
LEAKAGE = ("arm", "side", "measure", "simulated", "mechanical", "lo90", "hi90", "n_undefined")

# Of these, less is worse; of measures of police work, of record and of routes, neither more nor less is.
WELCOME = frozenset({"rescued", "escapes", "seized_usd", "recovered_usd"})
NEITHER = frozenset({
    "cases", "raids", "raids_successful", "tip_offs", "arrests", "recorded_cases", "recorded_usd",
    "reports_passed", "quiet_spells", "hardenings", "retargets", "switches", "moves_in", "moves_out", "entries",
    "closures", "formal_requests", "supplied_in", "supplied_out",
})  # fmt: skip

# What a country's ledger shows: who is harmed, what its territory does to others, who pays.
LEDGER = {
    "harm_usd": ("harm_usd", "victim"),
    "hosted_harm_usd": ("harm_usd", "host"),
    "harm_exported_usd": ("harm_exported_usd", "host"),
    "harm_imported_usd": ("harm_imported_usd", "victim"),
    "cost_usd": ("cost_usd", "payer"),
    "programme_usd": ("programme_usd", "payer"),
    "private_cost_usd": ("private_cost_usd", "payer"),
    "recovered_usd": ("recovered_usd", "victim"),
    "money_expected_usd": ("money_expected_usd", "victim"),
    "victims": ("victims", "victim"),
    "coerced_weeks": ("coerced_weeks", "victim"),
    "sales_usd": ("sales_usd", "victim"),
}


def open_results(folder: str | Path, check: bool = True) -> "Comparison":
    """Return the comparison stored in a folder; with `check`, only if every byte of its tables is as written."""
    path = Path(folder)
    return Comparison(path, record.verify(path, drawn=False) if check else record.load_manifest(path))


class Comparison(Stored):
    """The results of one experiment: data frames, sentences, figures."""

    TABLES: ClassVar[tuple[str, ...]] = (
        "summary.csv", "leakage.csv", "spillover.csv", "concentration.csv", "anticipation.csv",
    )  # fmt: skip

    # ---- paired differences ------------------------------------------------------

    def summary(self) -> pd.DataFrame:
        """Return summary.csv: every measure of every arm over the window, by country and in total.

        Rows with a baseline are paired differences, arm minus baseline; the baseline's own rows, without one,
        are levels. `n_worse` counts pairs in which the arm did worse; it is empty where more is neither worse
        nor better.
        """
        columns = list(self.manifest.metrics)
        cubes = self.totals(columns)
        tables = []
        for arm in self.arms:
            is_level, pairs = arm == self.baseline, self.finished(arm, self.baseline)
            now, before = (self.places(one, pairs) for one in (arm, self.baseline))
            for column in columns if pairs else ():
                cube = cubes[column]
                values = cube[now] if is_level else cube[now] - cube[before]
                values = np.concatenate([values.sum(axis=1, keepdims=True), values], axis=1)
                tables.append(self._summary_rows(arm, column, summary_of(values), is_level))
        return pd.concat(tables, ignore_index=True)[list(SUMMARY)]

    def _summary_rows(self, arm: str, column: str, found: Paired, is_level: bool) -> pd.DataFrame:
        facts = self.manifest.metrics[column]
        scopes, crimes = (TOTAL, *self.manifest.codes), (ALL, *self.manifest.crimes)
        worse = None if is_level else _worse(facts["measure"], found)
        return pd.DataFrame({
            "experiment": self.manifest.experiment, "arm": arm, "baseline": "" if is_level else self.baseline,
            "scope": np.repeat(scopes, len(crimes)), "crime": np.tile(crimes, len(scopes)),
            "side": facts["side"], "measure": facts["measure"], "unit": facts["unit"], "n": found.n,
            **{name: getattr(found, name).ravel() for name in NUMBERS},
            "n_worse": pd.array([None] * found.mean.size if worse is None else worse.ravel(), dtype="Int64"),
        })  # fmt: skip

    def differences(
        self, measure: str = HEADLINE[0], side: str = HEADLINE[1], country: str | None = None
    ) -> pd.DataFrame:
        """Return a row for each pair: the baseline's total, the arm's, their difference, also in per cent."""
        columns = ["arm", "replicate", "baseline", "policy", "difference", "percent"]
        tables = [pd.DataFrame(columns=columns)]
        for arm in self.policies:
            pairs, at = self.finished(arm, self.baseline), self._country(country)
            before, after = (
                self.by_country(measure, side, one, pairs)[:, at].sum(axis=1) for one in (self.baseline, arm)
            )
            change = after - before
            values = (arm, pairs, before, after, change, per_cent(change, before))
            tables.append(pd.DataFrame(dict(zip(columns, values, strict=True))))
        return pd.concat(tables[1:] or tables, ignore_index=True)

    def _country(self, country: str | None) -> slice:
        """Return the place of a country, or of all of them."""
        if country is None:
            return slice(None)
        if country not in self.manifest.codes:
            raise UnknownName("country", country, self.manifest.codes)
        place = self.manifest.codes.index(country)
        return slice(place, place + 1)

    def contrasts(self) -> pd.DataFrame:
        """Return every contrast of the experiment: harm of one arm minus another's, % of the baseline's harm.

        The coordination effect and the spreading effect are contrasts; below zero, the first arm leaves less.
        """
        return self._effects({one["name"]: (one["of"], one["minus"]) for one in self.manifest.contrasts})

    def effects(self) -> pd.DataFrame:
        """Return every arm against the baseline: harm in % of the baseline's, and what pairing was worth."""
        return self._effects({arm: (arm, self.baseline) for arm in self.policies})

    def _effects(self, named: Mapping[str, tuple[str, str]]) -> pd.DataFrame:
        rows = []
        for name, (of, minus) in named.items():
            pairs, percent = self.headline(of, minus)
            if not pairs:
                continue
            found = summary_of(percent)
            one, other = (self.by_country(*HEADLINE, arm, pairs).sum(axis=1) for arm in (of, minus))
            rows.append({
                "name": name, "of": of, "minus": minus, "n": found.n,
                **{key: float(getattr(found, key)) for key in NUMBERS},
                "n_worse": int(found.n_above), "n_better": int(found.n_below),
                "separates": bool(found.separates), "pair_correlation": pair_correlation(one, other),
                "variance_gain": variance_gain(one, other),
            })  # fmt: skip
        return pd.DataFrame(rows)

    def spread(self) -> pd.DataFrame:
        """Return how far single runs spread: harm against the baseline in %, for every arm and contrast.

        `lo90` to `hi90` hold nine runs in ten. `luck_lo90` to `luck_hi90` are what luck alone would leave:
        the same when parameters are fixed, else the spread of the residuals of a linear fit on the drawn
        parameters (an upper bound: what the fit misses counts as luck).
        """
        rows = []
        for name, (pairs, percent) in self.headlines().items():
            if pairs:
                whole = {key: float(value) for key, value in _spread(percent).items()}
                luck = {f"luck_{key}": value for key, value in self._luck(pairs, percent).items()}
                rows.append({"name": name, "n": len(pairs), **whole, **luck})
        return pd.DataFrame(rows)

    def _luck(self, pairs: Sequence[int], values: Floats) -> dict[str, float]:
        """Return the quantiles that luck alone would give."""
        if not self.manifest.design:
            return {key: float(np.quantile(values, q)) for key, q in QUANTILES.items()}
        drawn = np.array(list(self.manifest.design.values()))[:, list(pairs)].T
        free = len(values) - drawn.shape[1] - 1
        if free < 2:
            return dict.fromkeys(QUANTILES, np.nan)
        explaining = np.column_stack([np.ones(len(values)), stats.zscore(drawn, axis=0)])
        residual = values - explaining @ np.linalg.lstsq(explaining, values, rcond=None)[0]
        deviation = float(np.sqrt((residual**2).sum() / free))
        return {key: float(values.mean() + deviation * stats.norm.ppf(q)) for key, q in QUANTILES.items()}

    def sensitivity(self) -> pd.DataFrame:
        """Return every headline beside every drawn parameter: a row for each run."""
        columns = ["name", "parameter", "replicate", "value", "percent"]
        tables = [pd.DataFrame(columns=columns)]
        for name, (pairs, percent) in self.headlines().items():
            for path, drawn in self.manifest.design.items():
                values = (name, path, pairs, [drawn[replicate] for replicate in pairs], percent)
                tables.append(pd.DataFrame(dict(zip(columns, values, strict=True))))
        return pd.concat(tables[1:] or tables, ignore_index=True)

    def rank_correlations(self) -> pd.DataFrame:
        """Return Spearman's correlation of every headline with every drawn parameter, and its p-value."""
        rows = []
        for (name, path), points in self.sensitivity().groupby(["name", "parameter"], sort=False):
            if len(points) > 2 and points["percent"].nunique() > 1:
                found = stats.spearmanr(points["value"], points["percent"])
                rows.append((name, path, float(found.statistic), float(found.pvalue)))
        return pd.DataFrame(rows, columns=["name", "parameter", "correlation", "p"])

    # ---- leakage and moves -------------------------------------------------------

    def leakage(self) -> pd.DataFrame:
        """Return leakage.csv: simulated beside mechanical leakage over the window, in the order of the file.

        Empty where it is undefined: the treated countries did not fall. An interval is empty where these
        pairs set no limit. Mechanical leakage exists by host. Never rank by it: an arm that removes more can
        push out more and still leave less harm.
        """
        rows = []
        for arm in self.compared:
            by_choice_alone = {"host": self.mechanical(arm), "victim": np.nan}
            for side in SIDES:
                for measure in LEAKING:
                    found = self.leakage_of(arm, measure, side)
                    numbers = (
                        float(found.value),
                        by_choice_alone[side],
                        float(found.lo90),
                        float(found.hi90),
                    )
                    rows.append((arm, side, measure, *numbers, int(found.n_undefined)))
        return pd.DataFrame(rows, columns=list(LEAKAGE))

    def leakage_of(self, arm: str, measure: str = HEADLINE[0], side: str = HEADLINE[1]) -> Leakage:
        """Return the leakage of one measure over the window, by host or by victim's country."""
        pairs, area = self.finished(arm, self.baseline), self.treated_mask(arm)
        now, before = (self.by_country(measure, side, one, pairs) for one in (arm, self.baseline))
        inside, outside = ((now - before)[:, part].sum(axis=1) for part in (area, ~area))
        return leakage(inside, outside, self.manifest.seed)

    def mechanical(self, arm: str) -> float:
        """Return the mechanical leakage over the window: what the choice rule makes of the arm's risk.

        Empty where the risk in the treated countries did not clearly rise.
        """
        first, last = self.window_periods
        upto = [np.pad(part, ((0, 0), (1, 0))) for part in self.mechanical_changes(arm)]
        inside, outside = (changes[:, last] - changes[:, first] for changes in upto)
        return float(_bounded(leakage(inside, outside, self.manifest.seed)))

    def leakage_curve(self, measure: str = HEADLINE[0], side: str = HEADLINE[1]) -> pd.DataFrame:
        """Return leakage from the first studied week to the end of each period: it depends on the horizon."""
        course = self.course(measure, side)
        tables = [pd.DataFrame()]
        for arm in self.compared:
            pairs, area = self.finished(arm, self.baseline), self.treated_mask(arm)
            now, before = (course[self.places(one, pairs)] for one in (arm, self.baseline))
            change = (now - before).cumsum(axis=1)
            inside, outside = (change[:, :, part].sum(axis=2) for part in (area, ~area))
            found = leakage(inside, outside, self.manifest.seed)
            alone = _bounded(leakage(*self.mechanical_changes(arm), self.manifest.seed))
            tables.append(pd.DataFrame({
                "arm": arm, **self._time(), "simulated": found.value, "lo90": found.lo90, "hi90": found.hi90,
                "n_undefined": found.n_undefined, "mechanical": alone if side == "host" else np.nan,
            }))  # fmt: skip
        return pd.concat(tables[1:] or tables, ignore_index=True)

    def _time(self) -> dict[str, npt.NDArray[np.int64]]:
        return {"period": np.arange(self.manifest.periods), "week": self.week_ends}

    def moves_matrix(self, arm: str, difference: bool = False) -> pd.DataFrame:
        """Return operations moved over the window, mean over runs: rows are origins, columns destinations.

        With `difference`, over pairs and minus the baseline's.
        """
        return geography.moves_matrix(self, arm, difference)

    def concentration(self) -> pd.DataFrame:
        """Return concentration.csv: how concentrated operations and harm are, by arm and against the baseline."""
        return geography.concentration(self)

    def spillovers(self) -> pd.DataFrame:
        """Return spillover.csv: displacement to untreated countries beside diffusion of benefits among them."""
        return geography.spillovers(self, SIDES, LEAKING)

    def anticipation(self) -> pd.DataFrame:
        """Return anticipation.csv: what an announcement did in the treated countries before the policy began."""
        return geography.anticipation(self)

    # ---- over time, by country, in money -----------------------------------------

    def series(
        self,
        measure: str,
        side: str,
        *,
        country: str | None = None,
        crime: str = ALL,
        difference: bool = False,
    ) -> pd.DataFrame:
        """Return a measure by arm and period: mean, median, and the 50 % and 90 % spread of runs.

        With `difference`, of paired differences from the baseline (the baseline is left out).
        """
        course = self.course(measure, side, crime)[:, :, self._country(country)].sum(axis=2)
        tables = [pd.DataFrame()]
        for arm in self.policies if difference else self.arms:
            runs = self.finished(arm, self.baseline) if difference else self.finished(arm)
            values = course[self.places(arm, runs)]
            if difference:
                values = values - course[self.places(self.baseline, runs)]
            if runs:
                tables.append(pd.DataFrame({"arm": arm, **self._time(), "n": len(runs), **_spread(values)}))
        return pd.concat(tables[1:] or tables, ignore_index=True)

    def ledger(self, arm: str) -> pd.DataFrame:
        """Return who pays and who gains by country, in the order of codes, a year (USD or a count).

        For the baseline the mean level; for other arms the paired change and the ends of its 90 % interval.
        """
        pairs, is_level = self.finished(arm, self.baseline), arm == self.baseline
        parts = {}
        for name, (measure, side) in LEDGER.items():
            values = self.by_country(measure, side, arm, pairs)
            if not is_level:
                values = values - self.by_country(measure, side, self.baseline, pairs)
            found = summary_of(values / self.years)
            parts[name] = found.mean
            if not is_level:
                parts |= {f"{name}_lo90": found.lo90, f"{name}_hi90": found.hi90}
        return pd.DataFrame(parts, index=pd.Index(self.manifest.codes, name="country"))

    def spending(self) -> pd.DataFrame:
        """Return public money planned and spent by arm and period (USD, mean over runs), flagged over 1 %."""
        course = self.course("programme_usd", "payer").sum(axis=2)
        tables = [pd.DataFrame()]
        for arm in self.arms:
            runs = self.places(arm, self.finished(arm))
            if not runs:
                continue
            planned, spent = np.asarray(self.arm(arm)["planned_usd"]), course[runs].mean(axis=0)
            unplanned = np.where(spent > 0, np.inf, 0.0)
            off = np.divide(spent - planned, planned, out=unplanned, where=planned > 0)
            tables.append(pd.DataFrame({
                "arm": arm, **self._time(), "planned_usd": planned, "spent_usd": spent, "off": off,
                "flagged": np.abs(off) > OFF_PLAN,
            }))  # fmt: skip
        return pd.concat(tables[1:] or tables, ignore_index=True)

    def recorded(self) -> pd.DataFrame:
        """Return true beside recorded crime over the window, by arm: mean levels and paired changes in %.

        Records are the victim's country's: by host there are none without attribution.
        """
        measures = {"cases": ("victims", "recorded_cases"), "money": ("money_lost_usd", "recorded_usd")}
        rows = []
        for arm in (self.baseline, *self.compared):
            pairs = self.finished(arm, self.baseline)
            for what, kinds in measures.items():
                row: dict[str, Any] = {"arm": arm, "what": what}
                for kind, measure in zip(("true", "recorded"), kinds, strict=True):
                    now, before = (
                        self.by_country(measure, "victim", one, pairs).sum(axis=1) for one in (arm, self.baseline)
                    )
                    row[kind] = now.mean()
                    row[f"{kind}_change"] = per_cent(now - before, before).mean()
                rows.append(row | {"share_recorded": row["recorded"] / row["true"] if row["true"] else np.nan})
        return pd.DataFrame(rows)

    # ---- what is written and shown -----------------------------------------------

    def write_tables(self) -> None:
        """Write the tables into the folder."""
        tables = (self.summary(), self.leakage(), self.spillovers(), self.concentration(), self.anticipation())
        for name, table in zip(self.TABLES, tables, strict=True):
            record.write_text(self.folder / name, table.to_csv(index=False, lineterminator="\n"))

    def sentences(self) -> list[str]:
        """Return what can be said: contrasts, arms against the baseline, leakage, spending, contributions, coverage.

        Every sentence speaks of the model. None says which policy is best.
        """
        return [*(one.text for one in self.said()), *words.contribution_sentences(self), self.covered]

    def said(self) -> list[Said]:
        """Return every sentence that can be said of arms and contrasts, each with what it claims."""
        return words.said(self, OFF_PLAN)

    @property
    def covered(self) -> str:
        """What the spread of runs covers, as a sentence."""
        return words.spread_sentence(len(self.manifest.design), self.manifest.replicates)

    def plot(self, name: str = "intervals", arm: str = "") -> Any:
        """Return a figure: `intervals`, or another one that `sim.figures` knows."""
        # Drawing stands above the statistics and is looked up only when asked for.
        return importlib.import_module("sim.figures").plot(self, name, arm)

    def __repr__(self) -> str:
        start, end = self.manifest.window
        failed = f", {len(self.failures)} failed" if self.failures else ""
        arms, runs = len(self.arms), self.manifest.replicates
        return (
            f"<Comparison {self.manifest.experiment}: {arms} arm{'s' * (arms != 1)} × {runs} paired "
            f"run{'s' * (runs != 1)}{failed}, weeks {start} to {end}, {self.manifest.status}>"
        )

    def _repr_html_(self) -> str:
        """Return a short card for notebooks."""
        title = html.escape(f"{self.manifest.experiment} ({self.manifest.status})")
        said = html.escape(self.sentences()[0])
        headings = ("arm", "harm avoided, mean", "90 % interval", "more harm in", "private cost a year")
        head = f"<tr>{''.join(f'<th>{heading}</th>' for heading in headings)}</tr>"

        def borne(row: Mapping[Any, Any]) -> float:
            return words.private_claim(self, row).here.value

        effects = self.effects()
        digits = words.decimals(effects)
        rows = "".join(
            f"<tr><td>{html.escape(self.label(row['name']))}</td><td>{words.signed(-row['mean'], digits)} %</td>"
            f"<td>{words.interval(-row['hi90'], -row['lo90'], digits)}</td>"
            f"<td>{row['n_worse']} of {row['n']}</td><td>{words.money(borne(row))}</td></tr>"
            for row in effects.to_dict("records")
        )
        return f"<p><b>{title}</b>: {said}</p><table>{head}{rows}</table>"


def _worse(measure: str, found: Paired) -> npt.NDArray[np.int64] | None:
    """Return in how many pairs the arm did worse, or None where neither more nor less is worse."""
    if measure in NEITHER:
        return None
    return found.n_below if measure in WELCOME else found.n_above


def _bounded(found: Leakage) -> Floats:
    """Return a leakage where its pairs set limits to it (or there is one pair only), nan elsewhere."""
    limited = np.isfinite(found.lo90) & np.isfinite(found.hi90)
    return np.where(limited | (found.n == 1), found.value, np.nan)


def _spread(values: Floats) -> dict[str, Floats]:
    """Return mean, median and the quantiles of the 50 % and the 90 % spread over runs [n, ...]."""
    found = {"mean": np.asarray(values.mean(axis=0)), "median": np.asarray(np.median(values, axis=0))}
    return found | {key: np.asarray(np.quantile(values, q, axis=0)) for key, q in QUANTILES.items()}
