"""Where crime sits and where it goes: moves, concentration, what spills over, and what happens once announced."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from sim import record
from sim.comparison.stored import Floats, Stored, per_cent
from sim.estimators import (
    Paired,
    centroid_shift,
    entropy,
    footprint,
    gini,
    herfindahl,
    mean_interval,
    spillover,
    summary_of,
)
from sim.scenario import loads

NUMBERS = ("mean", "median", "lo50", "hi50", "lo90", "hi90")
AMOUNTS = {"operations": ("operations", "host"), "hosted harm": ("harm_usd", "host"), "harm": ("harm_usd", "victim")}
INDICES = {
    "herfindahl": ("1", herfindahl),
    "entropy": ("nats", entropy),
    "effective_countries": ("countries", lambda amounts: np.exp(entropy(amounts))),
    "gini": ("1", gini),
    "footprint": ("countries", footprint),
}
SHIFT = "centroid_shift_km"
CONCENTRATION = ("arm", "baseline", "of", "index", "unit", "n", *NUMBERS)
SPILLOVER = ("arm", "side", "measure", "n", "displacement", "diffusion", "net", "net_lo90", "net_hi90")
ANTICIPATION = ("arm", "announced", "start", "measure", "unit", "n", *NUMBERS)
ROUTES = ("moves_out", "closures", "quiet_spells", "hardenings")


def concentration(results: Stored) -> pd.DataFrame:
    """Return concentration.csv: how concentrated operations and harm are over countries, over the window.

    Rows with a baseline are paired differences, the others levels. `footprint` counts countries with at least a
    hundredth of all; the shift of the centroid (km) is between the two runs of a pair, or nan in a world without a map.
    """
    latitude, longitude = positions(results)
    tables = [pd.DataFrame(columns=list(CONCENTRATION))]
    for arm in results.arms:
        is_level, pairs = arm == results.baseline, results.finished(arm, results.baseline)
        for of, (measure, side) in AMOUNTS.items() if pairs else ():
            now, before = (results.by_country(measure, side, one, pairs) for one in (arm, results.baseline))
            found = {
                (name, unit): index(now) - (0.0 if is_level else index(before))
                for name, (unit, index) in INDICES.items()
            }
            if not is_level:
                found[SHIFT, "km"] = centroid_shift(before, now, latitude, longitude)
            rows = [(name, unit, *_numbers(summary_of(values))) for (name, unit), values in found.items()]
            table = pd.DataFrame(rows, columns=["index", "unit", "n", *NUMBERS])
            tables.append(table.assign(arm=arm, baseline="" if is_level else results.baseline, of=of))
    return pd.concat(tables[1:] or tables, ignore_index=True)[list(CONCENTRATION)]


def _numbers(found: Paired) -> tuple[Any, ...]:
    return found.n, *(float(getattr(found, name)) for name in NUMBERS)


def positions(results: Stored) -> tuple[Floats, Floats]:
    """Return latitude and longitude of each country (degrees) [C]; nan where all lie in one place or none is stated."""
    text = results.arm(results.baseline)["scenario"]
    places = {here.code: (here.latitude, here.longitude) for here in loads(text).countries} if text else {}
    found = np.array([places.get(code, (np.nan, np.nan)) for code in results.manifest.codes], dtype=np.float64)
    if np.ptp(found, axis=0).max(initial=0.0) == 0.0:
        found[:] = np.nan
    return found[:, 0], found[:, 1]


def spillovers(results: Stored, sides: Sequence[str], measures: Sequence[str]) -> pd.DataFrame:
    """Return spillover.csv: what untreated countries gained and lost over the window.

    `displacement` adds up the untreated countries in which the mean over pairs rose, `diffusion` those in which it
    fell; `net` is their difference, with the 90 % interval of its mean. In the unit of the measure.
    """
    rows = []
    for arm, pairs, area in _treating(results):
        for side in sides:
            for measure in measures:
                now, before = (results.by_country(measure, side, one, pairs) for one in (arm, results.baseline))
                change = (now - before)[:, ~area]
                low, high = mean_interval(change.sum(axis=1), 0.9)
                rows.append((arm, side, measure, len(pairs), *spillover(change), float(low), float(high)))
    return pd.DataFrame(rows, columns=list(SPILLOVER))


def _treating(results: Stored) -> Iterator[tuple[str, list[int], npt.NDArray[np.bool_]]]:
    for arm in results.policies:
        pairs, area = results.finished(arm, results.baseline), results.treated_mask(arm)
        if pairs and area.any():
            yield arm, pairs, area


def anticipation(results: Stored) -> pd.DataFrame:
    """Return anticipation.csv: what happened in treated countries from an announcement to the start of the policy.

    Paired changes over the whole periods in between: of operations at their end (% of the baseline's), and of what
    sites did (per cent of the baseline's operations). No rows for arms that announce nothing or leave no whole period.
    """
    rows = []
    for arm, pairs, area in _treating(results):
        heard, start = announced(results, arm)
        length = results.manifest.period_weeks
        periods = slice(-(-heard // length), start // length)
        if periods.start >= periods.stop:
            continue

        def inside(measure: str, arm: str, pairs: list[int] = pairs, area: Any = area) -> Floats:
            course = results.course(measure, "host")[results.places(arm, pairs)]
            return np.asarray(course[:, :, area].sum(axis=2))

        stock = inside("operations", results.baseline)[:, periods.stop - 1]
        changes = {"operations": inside("operations", arm)[:, periods.stop - 1] - stock}
        for measure in ROUTES:
            changes[measure] = (inside(measure, arm) - inside(measure, results.baseline))[:, periods].sum(axis=1)
        for measure, change in changes.items():
            found = _numbers(summary_of(per_cent(change, stock)))
            rows.append((arm, heard, start, measure, "% of operations", *found))
    return pd.DataFrame(rows, columns=list(ANTICIPATION))


def announced(results: Stored, arm: str) -> tuple[int, int]:
    """Return the week in which anybody could first know of an arm's policy, and the week in which it starts."""
    text = results.arm(arm)["scenario"]
    policy = loads(text).policy if text else ()
    heard = [instrument for instrument in policy if instrument.heard() < instrument.start]
    if not heard:
        return 0, 0
    return max(0, min(one.heard() for one in heard)), min(one.start for one in heard)


def moves_matrix(results: Stored, arm: str, difference: bool = False) -> pd.DataFrame:
    """Return operations moved over the window, mean over runs: rows are origins, columns destinations.

    With `difference`, over pairs and minus the baseline's.
    """
    if not difference:
        return _moved(results, arm, results.finished(arm))
    pairs = results.finished(arm, results.baseline)
    return _moved(results, arm, pairs) - _moved(results, results.baseline, pairs)


def _moved(results: Stored, arm: str, replicates: Sequence[int]) -> pd.DataFrame:
    columns = ["replicate", "period", "origin", "destination", "operations"]
    moves = record.read_table(results.folder / "moves.parquet", columns, arm=arm)
    first, last = results.window_periods
    period = moves["period"].to_numpy()
    counted = (period >= first) & (period < last) & np.isin(moves["replicate"].to_numpy(), replicates)
    places = {code: place for place, code in enumerate(results.manifest.codes)}
    origin, destination = (
        np.array([places[code] for code in moves[end].to_pylist()], dtype=np.int64) for end in ("origin", "destination")
    )
    counted &= origin != destination
    matrix = np.zeros((len(places), len(places)))
    np.add.at(matrix, (origin[counted], destination[counted]), moves["operations"].to_numpy()[counted])
    index, columns_ = (pd.Index(results.manifest.codes, name=name) for name in ("origin", "destination"))
    return pd.DataFrame(matrix / max(1, len(replicates)), index=index, columns=columns_)
