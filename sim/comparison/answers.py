"""The answer of a comparison as plain values: what `displace compare --json` prints and the pages are told."""

from pathlib import Path
from typing import Any

from sim.comparison import Comparison


def facts(comparison: Comparison, page: Path) -> dict[str, Any]:
    """Return what was compared, where it is stored, and which runs have failed."""
    manifest = comparison.manifest
    return {
        "experiment": manifest.experiment, "status": manifest.status, "baseline": manifest.baseline,
        "window": manifest.window, "replicates": manifest.replicates, "seed": manifest.seed,
        "folder": str(comparison.folder), "report": str(page), "command": manifest.command,
        "failures": [dict(failure) for failure in comparison.failures],
    }  # fmt: skip


def answer(comparison: Comparison) -> dict[str, Any]:
    """Return the answer as numbers: arms against the baseline, contrasts, leakage, spending, sentences."""
    return {
        "effects": comparison.effects().to_dict("records"),
        "contrasts": comparison.contrasts().to_dict("records"),
        "spread": comparison.spread().to_dict("records"),
        "leakage": comparison.leakage().to_dict("records"),
        "spending": spending(comparison),
        "sentences": comparison.sentences(),
    }


def spending(comparison: Comparison) -> list[dict[str, Any]]:
    """Return planned and spent money of each arm, USD over the whole study."""
    quarters = comparison.spending()
    return [
        {
            "arm": arm,
            "planned_usd": float(rows["planned_usd"].sum()),
            "spent_usd": float(rows["spent_usd"].sum()),
            "periods_off_plan": int(rows["flagged"].sum()),
        }
        for arm, rows in quarters.groupby("arm", sort=False)
    ]
