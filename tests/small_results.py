"""Small stored results with round numbers, made without a simulation: what is in them can be said by hand.

Three countries, two crimes, eight quarters, harm of 100 USD a quarter, country and crime. From quarter 2 on,
"alone" takes 40 from AAA and adds 10 to each of the others; "together" takes 30 from AAA and BBB and adds 20
to CCC. Luck moves both arms of a pair alike.
"""

from dataclasses import replace
from pathlib import Path

import numpy as np

from sim import record
from sim.comparison import Comparison
from sim.metrics import METRICS
from sim.record import Manifest, Part

CODES, CRIMES, PERIODS, WEEKS = ("AAA", "BBB", "CCC"), ("fraud", "drugs"), 8, 13
EFFECTS = {"no change": (0, 0, 0), "alone": (-40, 10, 10), "together": (-30, -30, 20)}
TREATED = {"no change": (), "alone": ("AAA",), "together": ("AAA", "BBB")}
PLANNED = {"no change": 0.0, "alone": 1000.0, "together": 1000.0}


def mechanics(risk=0.0):
    """Return the mechanics of three equal countries in balance; `risk` is felt in AAA from quarter 2 on."""
    ones = np.ones((PERIODS, 3))
    reviews, leaving = 0.6 * ones, 0.04 * ones
    felt = np.zeros((PERIODS, 3))
    felt[2:, 0] = risk
    return {
        "reviews": reviews, "stay": 0.8 * reviews, "move": 0.03 * np.ones((PERIODS, 3, 3)) * (1 - np.eye(3)),
        "quiet": 0.05 * reviews, "harden": 0.0 * ones, "switch": 0.0 * ones, "exit": leaving,
        "risk": felt * reviews, "active_weeks": WEEKS * ones, "quiet_weeks": 0.2 * ones,
        "returns": 0.03 * ones,
        "closures": leaving, "enter": leaving, "potential": 2 * leaving.sum(axis=1),
    }  # fmt: skip


def part(arm, replicate, noise=0.0, key="", crimes=CRIMES):
    """Return one run: every measure is the harm, but stocks a tenth, records a fifth, spending as planned."""
    luck = np.random.default_rng(replicate).normal(0, 5, (PERIODS, 3, len(crimes)))
    own = np.random.default_rng(1000 * (replicate + 1) + len(arm)).normal(0, 1, (PERIODS, 3, len(crimes)))
    harm = 100 + luck + noise * own
    harm[2:] += np.array(EFFECTS[arm])[None, :, None]
    spent = np.full_like(harm, PLANNED[arm] / (3 * len(crimes)))
    share = {
        "operations": 0.1,
        "workers": 0.1,
        "workers_coerced": 0.1,
        "recorded_cases": 0.2,
        "recorded_usd": 0.2,
    }
    measures = {column: harm * share.get(column, 1.0) for column in METRICS}
    measures |= dict.fromkeys(("programme_usd", "cost_usd"), spent)
    moves = {"period": [1, 2, 3, 3], "origin": [0, 0, 1, 2], "destination": [1, 2, 1, 0],
             "crime_before": [0, 0, 0, 0], "crime_after": [0, 0, 1 % len(crimes), 0],
             "operations": [5.0, 5.0, 5.0, 10.0 * replicate]}  # fmt: skip
    return Part(
        key=key, codes=CODES, crimes=crimes, period_weeks=WEEKS, measures=measures,
        moves={name: np.array(values) for name, values in moves.items()},
        mechanics=mechanics(1.0 if EFFECTS[arm][0] else 0.0),
    )  # fmt: skip


def manifest(arms=tuple(EFFECTS), replicates=4, **changes):
    """Return a manifest for such runs; the window leaves out the first two quarters."""
    contrasts = ({"name": "coordination effect", "of": "together", "minus": "alone"},)
    plain = Manifest(
        experiment="small", about="Round numbers.", status="imagined", command="displace compare small",
        baseline=arms[0], seed=1, replicates=replicates, luck_only=True, window=(26, 104), period_weeks=WEEKS,
        periods=PERIODS, codes=CODES, crimes=CRIMES, contrasts=contrasts if len(arms) == 3 else (),
        seeds=tuple(range(replicates)), design={}, failures=(), versions={}, source="", git=None, tables={},
        files={},
        arms={
            arm: {"label": arm, "about": "", "treated": list(TREATED[arm]), "scenario": "",
                  "planned_usd": [PLANNED[arm]] * PERIODS}
            for arm in arms
        },
        metrics={
            column: {"measure": m.measure, "side": m.side, "unit": m.unit, "stock": m.stock, "about": m.about}
            for column, m in METRICS.items()
        },
    )  # fmt: skip
    return replace(plain, **changes)


def stored(folder: Path, noise=0.0, missing=(), parts=part, arms_as=None, **changes):
    """Write such runs into a folder and return the comparison; `missing` (arm, replicate) have failed."""
    facts = manifest(**changes)
    facts = facts if arms_as is None else replace(facts, arms=arms_as)

    def given(arm, replicate):
        return None if (arm, replicate) in missing else parts(arm, replicate, noise)

    record.write_runs(folder, facts, given)
    comparison = Comparison(folder, facts)
    comparison.write_tables()
    files = {name: record.file_digest(folder / name) for name in (*record.TABLES, *comparison.TABLES)}
    whole = replace(facts, files=files)
    whole.write(folder)
    return Comparison(folder, whole)
