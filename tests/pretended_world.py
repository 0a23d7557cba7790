"""A pretended simulation: instant, deterministic, and as troublesome as a test asks for.

Workers find it by its name, and what it should do in the environment: it works in other processes too.
"""

import os
import signal
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
from small_results import mechanics

from sim.ensemble import seed_of
from sim.metrics import METRICS
from sim.scenario import loads_experiment
from sim.week import Run

EXPERIMENT = """
name: pair
scenario: two-countries
baseline: no change
replicates: 3
seed: 7
window: {from: 26, to: 104}
contrasts: [{name: more of it, of: twice, minus: alone}]
arms:
  no change: {}
  alone:
    label: Varda alone
    budget: {usd_per_year: 2.0e6}
    policy: [{instrument: crackdown, members: [varda], start: 26}]
  twice:
    policy: [{instrument: crackdown, members: [varda], start: 26, usd_per_year: 4.0e6}]
uncertain: [parameters.choice.risk_weight, "crimes.*.crowding_elasticity"]
"""
PERIODS = 8


def experiment(**changes):
    """Return a small experiment: two countries, eight quarters, three arms, three replicates."""
    text = EXPERIMENT
    for key, value in changes.items():
        text = text.replace(f"\n{key}: ", f"\n{key}: {value} # ")
    plain = loads_experiment(text)
    short = {"clock.burn_in": 0, "clock.weeks": 104}
    arms = {name: replace(arm, scenario=arm.scenario.set(short)) for name, arm in plain.arms.items()}
    return replace(plain, arms=arms)


def note(what):
    """Leave a mark that the test can count, from whatever process."""
    folder = os.environ.get("PRETENDED_NOTES")
    if folder:
        (Path(folder) / f"{what}-{os.getpid()}-{time.monotonic_ns()}").touch()


def noted(folder, what):
    return len(list(Path(folder).glob(f"{what}-*")))


def simulate(scenario, seed):
    """Return numbers made from the seed, the drawn risk weight and the money spent on the policy."""
    note("run")
    money = sum(instrument.usd_per_year or 2.0e6 for instrument in scenario.policy) / 1e6
    luck = np.random.default_rng(seed).normal(0, 1, (PERIODS, 2, 1))
    harm = 100 + luck - money * scenario.parameters.choice.risk_weight * np.array([2.0, -1.0])[None, ::-1, None]
    moves = {"period": [3], "origin": [1], "destination": [0], "crime_before": [0], "crime_after": [0]}
    part = {name: values[:, ..., :2] if values.ndim == 2 else values for name, values in mechanics(money).items()}
    part["move"] = part["move"][:, :2, :2]
    return Run(
        scenario=scenario, seed=seed, codes=("orlen", "varda"), crimes=("online_fraud",), period_weeks=13,
        measures=dict.fromkeys(METRICS, harm), mechanics=part,
        moves={name: np.array(values) for name, values in moves.items()} | {"operations": np.array([money])},
    )  # fmt: skip


def is_second_alone(scenario, seed):
    """Say whether this is the arm `alone` of the replicate the test has marked as troublesome."""
    return scenario.budget is not None and str(seed) == os.environ.get("PRETENDED_TROUBLE")


def failing(scenario, seed):
    """Fail in the marked run, as a broken ledger would."""
    if is_second_alone(scenario, seed):
        raise AssertionError("week 17: the money ledger sums to 3, not 0")
    return simulate(scenario, seed)


def deadly(scenario, seed):
    """Kill the worker in the marked run, as a system without memory would."""
    if is_second_alone(scenario, seed):
        note("killed")
        os.kill(os.getpid(), signal.SIGKILL)
    return simulate(scenario, seed)


def slow(scenario, seed):
    """Take for ever but in the first replicate, so that there is something to interrupt."""
    result = simulate(scenario, seed)
    if seed != seed_of(7, 0):
        time.sleep(600)
    return result


def interrupted(scenario, seed):
    """Be interrupted in the marked run, as by Ctrl-C."""
    if is_second_alone(scenario, seed):
        raise KeyboardInterrupt
    return simulate(scenario, seed)
