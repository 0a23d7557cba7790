"""The model as a Mesa user would write it: an object for each agent, `AgentSet.do` and `shuffle_do`, no compiler.

`python benchmarks/peers/plain_mesa.py` prints what a week costs here and in the engine, for each operation. What is
compared, and what is left out on both sides, stands in `common.py`. Works with Mesa 3.3 to 3.5.
"""

import json
import sys
from pathlib import Path
from typing import Any

import mesa

sys.path.insert(0, str(Path(__file__).parents[2]))
from benchmarks.peers import common


class Agent(mesa.Agent):
    """What all agents have in common: facts they begin with, and how they go."""

    def __init__(self, model: "Model", **facts: Any) -> None:
        super().__init__(model)
        self.setup(**facts)

    def leave(self) -> None:
        self.remove()


class Country(common.CountryRules, Agent):
    """A country and its police force."""


class VictimPopulation(common.PopulationRules, Agent):
    """The people of a country."""


class Syndicate(common.SyndicateRules, Agent):
    """Who runs operations."""


class Operation(common.OperationRules, Agent):
    """A site of a syndicate."""


KINDS = {"country": Country, "population": VictimPopulation, "syndicate": Syndicate, "operation": Operation}


class Model(common.ModelRules, mesa.Model):
    """The world, and the order of a week."""

    def __init__(self, state: Any, setting: Any, rng: int | None = None) -> None:
        super().__init__(rng=rng)
        self.populate(state, setting, lambda kind, **facts: KINDS[kind](self, **facts))

    @property
    def syndicates(self) -> Any:
        """All syndicates."""
        return self.agents_by_type[Syndicate]

    @property
    def operations(self) -> Any:
        """All operations."""
        return self.agents_by_type[Operation]

    def step(self) -> None:
        """Let one week pass."""
        countries, populations = self.agents_by_type[Country], self.agents_by_type[VictimPopulation]
        countries.do("allocate")
        self.syndicates.do("muster")
        self.operations.shuffle_do("offend")
        populations.do("remember")
        self.syndicates.do("remember")
        populations.do("grow_careful")
        self.operations.do("report")
        self.operations.do("investigate")
        countries.do("raid")
        self.syndicates.do("learn")
        self.syndicates.do("let_know")
        countries.do("learn")
        self.price()
        self.operations.shuffle_do("relocate")
        self.week += 1

    def advance(self) -> None:
        """Let one week pass, under the name that all peers have."""
        self.step()


def begin(state: Any, setting: Any, seed: int) -> Model:
    """Return the peer at an opening state."""
    return Model(state, setting, rng=seed)


def time_side_by_side(scale: float, weeks: int, rounds: int) -> dict[str, Any]:
    """Return ns per operation-week of the engine and of plain Mesa, taken in turn (`common.time_side_by_side`)."""
    return common.time_side_by_side(begin, scale, weeks, rounds)


if __name__ == "__main__":
    print(json.dumps(time_side_by_side(scale=0.2, weeks=4, rounds=5), indent=2))
