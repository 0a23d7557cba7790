"""The peers of the benchmarks are the model again: they agree with the engine, and what differs is noticed."""

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))
from benchmarks.peers import agree, common, plain_mesa

SMALL = {"replicates": 6, "scale": 0.04, "weeks": 16}


def with_rule(group, **changes):
    """Return a peer in which some numbers of the rules are multiplied."""

    def begin(state, setting, seed):
        numbers = getattr(setting.rules, group)
        changed = numbers._replace(**{name: factor * getattr(numbers, name) for name, factor in changes.items()})
        return plain_mesa.begin(state, replace(setting, rules=setting.rules._replace(**{group: changed})), seed)

    return begin


def whose_raids_all_succeed(state, setting, seed):
    peer = plain_mesa.begin(state, setting, seed)
    for country in peer.countries:
        country.succeeds = 1.0
    return peer


# ---- one model, written twice -------------------------------------------------------


@pytest.mark.twin
def test_plain_mesa_agrees_with_the_engine():
    found = agree.agreement(**SMALL)
    assert found["statistics"] >= 30
    assert found["agrees"], agree.table(found)


@pytest.mark.twin
def test_agentpy_agrees_with_the_engine():
    pytest.importorskip("agentpy", reason="a peer with requirements of its own (requirements/agentpy.txt)")
    from benchmarks.peers import second

    found = agree.agreement(**SMALL, begin=second.begin)
    assert found["agrees"], agree.table(found)


@pytest.mark.twin
@pytest.mark.parametrize(
    ("begin", "seen_in"),
    [
        (with_rule("intelligence", detection=0.5), "cases opened"),
        (whose_raids_all_succeed, "raids that succeed"),
        (with_rule("offending", caution=0.0), "repeat victims"),
        (with_rule("choice", review=0.5), "reviews"),
    ],
    ids=["half the detection", "every raid succeeds", "nobody is careful", "half the reviews"],
)
def test_a_peer_that_differs_is_found_out(begin, seen_in):
    found = agree.agreement(**SMALL, begin=begin)
    z = {name: abs(z) for name, _, _, z, _ in found["rows"]}
    assert not found["agrees"]
    assert z[seen_in] > found["limit"], agree.table(found)


@pytest.mark.twin
def test_the_tables_of_the_first_week_are_those_of_the_engine():
    state, setting = common.opening(SMALL["scale"], 0)
    peer = plain_mesa.begin(state, setting, 0)
    pull = np.exp(state.appeal[0] - state.place_value[0][..., None])
    assert np.allclose(peer.value, state.place_value[0], rtol=1e-12)
    assert np.allclose(peer.pull, pull, rtol=1e-10)


@pytest.mark.twin
def test_the_peer_begins_with_everybody_the_engine_knows():
    state, setting = common.opening(SMALL["scale"], 0)
    peer = plain_mesa.begin(state, setting, 0)
    assert sum(len(people.last_loss) for people in peer.populations) == state.known_victims[0]
    assert sum(site.voluntary + site.coerced for site in peer.operations) == (state.voluntary + state.coerced).sum()
    assert sum(site.case for site in peer.operations) == state.sites.case.sum()


# ---- the clock ----------------------------------------------------------------------


@pytest.mark.twin
def test_both_sides_are_timed_in_turn():
    found = plain_mesa.time_side_by_side(scale=SMALL["scale"], weeks=1, rounds=2)
    for side in ("engine", "peer"):
        assert 0.0 < found[side]["min"] <= found[side]["median"]
    assert found["ratio"] == found["peer"]["median"] / found["engine"]["median"]
