"""The same rules in AgentPy 0.1.5: agents in lists, `shuffle`, calls of a list reach every agent.

`python benchmarks/peers/second.py [scale weeks rounds]` prints what a week costs here and in the engine, as JSON.
AgentPy is no requirement of displace: an environment that holds what `requirements/agentpy.txt` pins runs this file.
"""

import json
import sys
from pathlib import Path
from typing import Any

import agentpy

sys.path.insert(0, str(Path(__file__).parents[2]))
from benchmarks.peers import common


class Country(common.CountryRules, agentpy.Agent):
    """A country and its police force."""


class VictimPopulation(common.PopulationRules, agentpy.Agent):
    """The people of a country."""


class Syndicate(common.SyndicateRules, agentpy.Agent):
    """Who runs operations."""

    def leave(self) -> None:
        self.model.syndicates.remove(self)


class Operation(common.OperationRules, agentpy.Agent):
    """A site of a syndicate."""

    def leave(self) -> None:
        self.model.operations.remove(self)


KINDS = {"country": Country, "population": VictimPopulation, "syndicate": Syndicate, "operation": Operation}


class Model(common.ModelRules, agentpy.Model):
    """The world, and the order of a week."""

    def setup(self, state: Any, setting: Any) -> None:
        self.rng = self.nprandom
        self.syndicates, self.operations = agentpy.AgentDList(self), agentpy.AgentDList(self)
        self.populate(state, setting, self.make)
        self.countries = agentpy.AgentList(self, self.countries)
        self.populations = agentpy.AgentList(self, self.populations)

    def make(self, kind: str, **facts: Any) -> Any:
        """Return a new agent; those that can go are kept in a list of their kind."""
        agent = KINDS[kind](self, **facts)
        if kind in {"syndicate", "operation"}:
            getattr(self, f"{kind}s").append(agent)
        return agent

    def step(self) -> None:
        """Let one week pass."""
        self.countries.allocate()
        self.syndicates.muster()
        self.operations.shuffle().offend()
        self.populations.remember()
        self.syndicates.remember()
        self.populations.grow_careful()
        self.operations.report()
        self.operations.investigate()
        self.countries.raid()
        self.syndicates.learn()
        self.syndicates.let_know()
        self.countries.learn()
        self.price()
        self.operations.shuffle().relocate()  # goes through a copy, so that some may leave
        self.week += 1

    def advance(self) -> None:
        """Let one week pass, under the name that all peers have."""
        self.sim_step()


def begin(state: Any, setting: Any, seed: int) -> Model:
    """Return the peer at an opening state."""
    model = Model(state=state, setting=setting)
    model.sim_setup(seed=seed)
    return model


def time_side_by_side(scale: float, weeks: int, rounds: int) -> dict[str, Any]:
    """Return ns per operation-week of the engine and of AgentPy, taken in turn (`common.time_side_by_side`)."""
    return common.time_side_by_side(begin, scale, weeks, rounds)


if __name__ == "__main__":
    scale, weeks, rounds = map(float, sys.argv[1:]) if sys.argv[1:] else (0.2, 4, 5)
    print(json.dumps(time_side_by_side(scale, int(weeks), int(rounds)), indent=2))
