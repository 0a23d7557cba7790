"""The simulation seen through Mesa: the same numbers, agents that are rows, and what Mesa itself offers."""

import inspect

import mesa
import numpy as np
import pytest
from mesa.batchrunner import batch_run
from worlds import instrument, ring, same, world

from sim import DisplacementModel, run
from sim.declare import UnknownName
from sim.mesa_model import (
    WATCHED,
    Country,
    NoLongerThere,
    Operation,
    PoliceForce,
    Syndicate,
    VictimPopulation,
)
from sim.metrics import METRICS
from sim.state import Status

SEED = 7


def small(**changes):
    """Return a world in which sites open, move and close every week."""
    sweep = instrument("sweep", "a", start=6, hazard=0.2)
    return world(ring(3), **{"burn_in": 4, "weeks": 20, "period": 6, "policy": [sweep], "scale": 0.5} | changes)


def model(weeks=0, study=None, **keywords):
    """Return a model after so many weeks."""
    made = DisplacementModel(study or small(), rng=SEED, **keywords)
    for _ in range(weeks):
        made.step()
    return made


# ---- the same numbers ----------------------------------------------------------------


@pytest.mark.worlds
def test_stepping_gives_every_measure_of_a_run_bit_for_bit():
    stepped, whole = model(20), run(small(), SEED)
    assert stepped.measures().keys() == whole.measures.keys()
    unequal = [name for name, values in stepped.measures().items() if not same(values, whole.measures[name])]
    assert not unequal


@pytest.mark.worlds
def test_measures_hold_whole_periods_only():
    assert len(model(11).measures()["operations"]) == 1


@pytest.mark.worlds
def test_looking_at_everything_changes_nothing():
    watched = model(study=small(), watch_agents=True)
    for _ in range(12):
        watched.step()
        for agent in watched.agents:
            for name, member in inspect.getmembers(type(agent)):
                if isinstance(member, property) and name != "random":
                    getattr(agent, name)
    whole = run(small(), SEED).measures
    assert all(same(values, whole[name][:2]) for name, values in watched.measures().items())


@pytest.mark.worlds
@pytest.mark.parametrize("column", sorted(METRICS))
def test_weeks_of_the_collector_add_up_to_the_periods_of_a_run(column, twelve_weeks):
    collected = twelve_weeks.datacollector.get_model_vars_dataframe()[column]
    by_period = twelve_weeks.measures()[column].sum(axis=(1, 2))
    weeks = collected.to_numpy().reshape(2, 6)
    expected = weeks.mean(axis=1) if METRICS[column].stock else weeks.sum(axis=1)
    assert by_period == pytest.approx(expected, rel=1e-12, abs=1e-6)


@pytest.fixture(scope="module")
def twelve_weeks():
    return model(12)


@pytest.mark.worlds
def test_a_seed_of_none_is_another_one_every_time():
    assert DisplacementModel(small()).seed != DisplacementModel(small()).seed


@pytest.mark.worlds
def test_a_generator_as_rng_decides_the_seed():
    one, other = (DisplacementModel(small(), rng=np.random.default_rng(3)).seed for _ in range(2))
    assert one == other


# ---- agents are rows -----------------------------------------------------------------


@pytest.mark.worlds
def test_there_is_an_agent_for_every_row_in_use_in_every_week():
    watched = model()
    seen = set()
    for _ in range(20):
        watched.step()
        sites, syndicates = watched.state.sites, watched.state.syndicates
        rows = {agent.row for agent in watched.operations}
        assert rows == set(np.flatnonzero(sites.status != Status.EMPTY))
        assert {agent.row for agent in watched.syndicates} == set(np.flatnonzero(syndicates.alive))
        seen |= set(watched.operations)
    gone = [agent for agent in seen if not agent.present]
    assert gone, "this world closes no site: the test shows nothing"
    assert len(seen) > len(watched.operations)


@pytest.mark.worlds
def test_an_agent_stays_with_its_operation():
    watched = model()
    addresses = {agent: watched.state.sites.address[agent.row] for agent in watched.operations}
    for _ in range(20):
        watched.step()
    kept = [agent for agent in addresses if agent.present]
    assert kept
    assert all(watched.state.sites.address[agent.row] == addresses[agent] for agent in kept)


@pytest.mark.worlds
def test_a_row_that_changes_hands_within_a_week_gets_a_new_agent():
    watched = model(2)
    old = next(iter(watched.operations))
    row = old.row
    watched.state.sites.address[row] += np.uint64(1)
    watched._follow_rows()
    assert not old.present
    assert watched._operations.at(row).present


@pytest.mark.worlds
def test_an_agent_that_lost_its_row_says_so():
    watched = model(2)
    agent = next(iter(watched.operations))
    watched.state.sites.status[agent.row] = Status.EMPTY
    watched._follow_rows()
    with pytest.raises(NoLongerThere, match="Operation is no longer there"):
        _ = agent.host
    assert agent not in watched.operations


@pytest.mark.worlds
def test_agents_show_the_columns_and_keep_nothing():
    watched = model(2)
    operation = next(iter(watched.operations))
    for place in (2, 0):
        watched.state.sites.host[operation.row] = place
        assert operation.host.code == watched.setting.world.codes[place]
    watched.state.force[1] = 123.0
    assert [force.teams for force in watched.police_forces][1] == 123.0
    assert not any(isinstance(value, np.ndarray) for value in vars(operation).values())


@pytest.mark.worlds
def test_agents_agree_with_each_other_and_with_the_measures():
    watched = model(5)
    operations = list(watched.operations)
    assert sum(country.operations for country in watched.countries) == len(operations)
    assert sum(country.workers for country in watched.countries) == sum(one.workers for one in operations)
    assert all(one in one.syndicate.operations for one in operations)
    assert all(one.coerced <= one.workers for one in operations)
    assert all(country.police.country is country is country.people.country for country in watched.countries)
    measured = sum(country.measure("operations") for country in watched.countries)
    assert measured == pytest.approx(len(operations) / watched.study.scale)


@pytest.mark.battery
@pytest.mark.parametrize("kind", [Country, PoliceForce, VictimPopulation, Syndicate, Operation])
def test_every_kind_of_agent_has_its_set(kind, twelve_weeks):
    sets = (
        twelve_weeks.countries, twelve_weeks.police_forces, twelve_weeks.victim_populations,
        twelve_weeks.syndicates, twelve_weeks.operations,
    )  # fmt: skip
    (found,) = [agents for agents in sets if all(isinstance(agent, kind) for agent in agents)]
    assert len(found) == len(twelve_weeks.agents_by_type[kind])


@pytest.mark.worlds
def test_a_world_without_operations_has_empty_sets():
    empty = model()
    empty.state.sites.status[:] = Status.EMPTY
    empty.state.syndicates.alive[:] = 0
    empty._follow_rows()
    assert len(empty.operations) == len(empty.syndicates) == 0


# ---- Mesa ----------------------------------------------------------------------------


@pytest.mark.battery
def test_the_collector_has_every_metric_of_the_registry(twelve_weeks):
    assert set(twelve_weeks.datacollector.model_vars) == set(METRICS)


@pytest.mark.worlds
def test_agents_are_collected_when_asked_for():
    watched = model(3, watch_agents=True)
    table = watched.datacollector.get_agenttype_vars_dataframe(Country)
    assert list(table.columns) == list(WATCHED[Country])
    assert len(table) == 3 * 3


@pytest.mark.worlds
def test_the_model_stops_with_the_last_week_and_refuses_another():
    over = model(20)
    assert not over.running
    assert over.steps == over.week == 20
    with pytest.raises(RuntimeError, match="over: it has 20 weeks"):
        over.step()


@pytest.mark.worlds
def test_mesa_keeps_the_names_it_owns(twelve_weeks):
    assert not isinstance(getattr(twelve_weeks, "scenario", None), type(twelve_weeks.study))
    assert isinstance(twelve_weeks, mesa.Model)


@pytest.mark.worlds
def test_batch_run_varies_values_by_path():
    design = {"study": "two-countries", "clock.burn_in": 2, "clock.weeks": 4, "clock.period": 2,
              "parameters.choice.review": [0.02, 0.08]}  # fmt: skip
    luck = {"rng": [SEED]} if "rng" in inspect.signature(batch_run).parameters else {"iterations": 1}
    rows = batch_run(DisplacementModel, design, display_progress=False, max_steps=100, **luck)
    assert [row["parameters.choice.review"] for row in rows] == [0.02, 0.08]
    assert all(row["operations"] > 0 for row in rows)


@pytest.mark.refusals
def test_a_path_that_leads_nowhere_is_refused_with_the_nearest():
    with pytest.raises(UnknownName, match=r"parameters\.choice\.review"):
        DisplacementModel(small(), rng=1, **{"parameters.choice.revue": 0.1})
