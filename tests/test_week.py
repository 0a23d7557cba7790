"""The page tells the truth: the order of the verbs and what each writes; compiled code equals its plain twin."""

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from worlds import crimes, differences, dollars, instrument, numbers, ring, same, world

from sim.instruments import INSTRUMENTS
from sim.politics import Coalition, Stakes, Treaty
from sim.scenario import Policing, Workforce
from sim.strategies import Greedy
from sim.week import WEEK, WRITES, run, start

NAMES = ["legislate", "allocate", "offend", "report", "investigate", "raid", "launder", "learn", "relocate", "renew"]
FIELDS = {"crackdown": {}, "sweep": {"hazard": 0.02, "usd_per_year": 1e6}}


def restless(raid_cost):
    """Return parameters by which much happens in few weeks: sites review, close and split, the detained come free."""
    return numbers(
        choice={"review": 0.15, "exit_share": 0.06, "harden_share": 0.1, "switch_share": 0.1, "quiet_share": 0.1},
        intelligence={"detection": 0.1}, trust={"exposed": 1.0}, enforcement={
            "detention": 4.0, "raid_cost": raid_cost, "extradition_weeks": 4.0, "shelter_weeks": 4.0,
        },
        demography={"escape": 0.1, "attrition": 0.03, "smallest": 40, "splitting": 0.3, "split_sites": 2,
                    "supply_half": 200.0},
    )  # fmt: skip


def busy(raid_cost=6.0):
    """Return a world in which every verb finds something to do: all crimes, all instruments, much enforcement."""
    policy = [
        instrument(name, "a", "b", **FIELDS.get(name, {}), **({"setup": 0} if kind.cooperative else {}))
        for name, kind in INSTRUMENTS.items()
    ]
    countries = ring(3, 3, corruption=0.6, teams=20.0, mistaken_arrests=0.3)
    kinds = crimes("drugs", "online_fraud", "trafficking", rebuild=6, move_share=0.1)
    found = world(
        countries, crimes_of=kinds, operations=20, burn_in=4, weeks=26, policy=policy, budget=dollars(8e6),
        parameters=restless(raid_cost), workforces=(
            Workforce(name="locals", home="a", share=0.5, languages={"Common": 1.0}),
            Workforce(name="guests", home="c", share=0.5, languages={"Common": 1.0}),
        ),
        politics=Coalition(
            members=("a", "b"), period=4, learns=True, stakes=Stakes(relief=0.3, reputation=100.0, cost=1e3),
            rule=Treaty(first=0.9, level=0.6, fine=1e3, detection=1.0),
        ),
    )  # fmt: skip
    return replace(found, police=Policing(strategy=Greedy()))


def test_the_verbs_of_a_week_have_their_order():
    assert [phase.__name__ for phase in WEEK] == NAMES == list(WRITES)


def columns_written(phase, state, setting):
    """Let a verb act and return the names of what it has changed; a table that has only grown has not changed."""
    before, orders = {name: column.copy() for name, column in state.columns().items()}, state.orders
    phase(state, setting)
    after = state.columns()
    kept = {name: after[name][tuple(map(slice, column.shape))] for name, column in before.items()}
    changed = {name for name, column in before.items() if not same(column, kept[name])}
    return changed | ({"orders"} if state.orders is not orders else set())


@pytest.mark.battery
def test_every_verb_writes_what_its_table_says_and_nothing_else():
    written = {name: set() for name in NAMES}
    for raid_cost, seed in ((6.0, 1), (60.0, 4), (400.0, 3)):  # cases are raided at once; they wait; longer still
        state, setting = start(busy(raid_cost), seed)
        for _ in range(100):
            for phase in WEEK:
                written[phase.__name__] |= columns_written(phase, state, setting)
            state.week += 1
    assert written == {name: set(columns) for name, columns in WRITES.items()}


@pytest.mark.twin
def test_compiled_kernels_equal_their_plain_python(tmp_path):
    """The interpreted twin runs in a process of its own, and every measure has the same bits."""
    script = (
        "import sys, numpy as np; from test_week import busy; from sim.week import run;"
        "np.savez(sys.argv[1], **run(busy(), 3).measures)"
    )
    plain = tmp_path / "plain.npz"
    here = Path(__file__).parent
    where = {"PYTHONPATH": os.pathsep.join([str(here), str(here.parent)]), "NUMBA_DISABLE_JIT": "1"}
    subprocess.run([sys.executable, "-W", "error", "-c", script, str(plain)], check=True, env=os.environ | where)
    compiled = run(busy(), 3).measures
    assert compiled["victims"].sum() > 0
    assert not differences(compiled, dict(np.load(plain)))
