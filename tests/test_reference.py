"""The small reference kept in the repository comes out again; `python tests/test_reference.py` renews it.

A renewal belongs with a line in the changelog that says which results change and why.
"""

import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import sim

REFERENCE = Path(__file__).parents[1] / "results" / "reference" / "two-countries.csv"
REPLICATES = 4
ROUNDING = 1e-6  # of a value: other processors may round the last digits of exp and log differently


def totals(folder: Path) -> pd.DataFrame:
    """Return the rows of the summary for the world as a whole, of a short comparison of the classroom world."""
    sim.compare("two-countries", replicates=REPLICATES, out=folder)
    summary = pd.read_csv(folder / "two-countries" / "summary.csv")
    return summary[(summary.scope == "total") & (summary.crime == "all")].reset_index(drop=True)


@pytest.mark.snapshot
def test_the_reference_comes_out_again(tmp_path: Path) -> None:
    fresh, kept = totals(tmp_path), pd.read_csv(REFERENCE)
    numbers = [name for name in kept if kept[name].dtype.kind == "f"]
    pd.testing.assert_frame_equal(fresh.drop(columns=numbers), kept.drop(columns=numbers))
    np.testing.assert_allclose(fresh[numbers], kept[numbers], rtol=ROUNDING, atol=ROUNDING)


if __name__ == "__main__":
    REFERENCE.parent.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        totals(Path(folder)).to_csv(REFERENCE, index=False, lineterminator="\n")
