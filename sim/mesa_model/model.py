"""The model: a step lets one week pass, then adds and removes agents as rows appear and vanish."""

from collections.abc import Callable, Iterable
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any, Generic, TypeVar

import mesa
import numpy as np
import numpy.typing as npt
from mesa.agent import AgentSet
from mesa.datacollection import DataCollector

from sim.mesa_model.agents import Country, Operation, PoliceForce, Syndicate, VictimPopulation, View
from sim.mesa_model.overrides import Cast
from sim.metrics import METRICS, History, measures
from sim.scenario import Scenario, load
from sim.state import Addresses, Status
from sim.week import advance, start

Floats = npt.NDArray[np.float64]
SEED_BITS = 53  # as many as a JSON number holds exactly
V = TypeVar("V", bound="View")


class Roll(Generic[V]):
    """The agents of one kind by row, kept in step with the rows in use."""

    def __init__(self, appoint: Callable[[int], V]) -> None:
        self._appoint = appoint
        self._agents: dict[int, V] = {}
        self._known = np.zeros(0, dtype=np.uint64)

    def at(self, row: Any) -> V:
        """Return the agent of a row."""
        return self._agents[int(row)]

    def items(self) -> Iterable[tuple[int, V]]:
        """Return pairs of row and agent."""
        return self._agents.items()

    def follow(self, in_use: npt.NDArray[np.bool_], address: Addresses) -> None:
        """Remove the agents of rows that were vacated, add one for each row with a new owner.

        A row may change hands within a week: its owner is told by the address, which belongs to nobody else.
        """
        owners = np.where(in_use, address, np.uint64(0))
        known = np.zeros_like(owners)
        known[: len(self._known)] = self._known
        changed = np.flatnonzero(owners != known)
        for row in changed[known[changed] != 0]:
            self._agents.pop(int(row)).remove()
        for row in changed[owners[changed] != 0]:
            self._agents[int(row)] = self._appoint(int(row))
        self._known = owners


WATCHED: dict[type[View], dict[str, Any]] = {
    Country: {"code": "code", "operations": "operations", "workers": "workers"},
    PoliceForce: {"teams": "teams", "open_cases": "open_cases"},
    VictimPopulation: {"persons": "persons", "victims": lambda people: sum(people.victims.values())},
}


def total(model: "DisplacementModel", column: str) -> float:
    """Return a measure of the registry over all countries and crimes in the week just ended, full size."""
    return float(model.this_week(column).sum())


class DisplacementModel(mesa.Model):
    """A scenario as a Mesa model, at the end of its burn-in; every step is one studied week.

    `study` is a Scenario, the name of a shipped one or a path. `rng` is the seed: an integer gives the run
    that `sim.run(study, seed=rng)` gives, bit for bit; None gives another run every time. Further keywords
    replace values by dotted path, which lets `batch_run` vary them: {"parameters.choice.review": [0.02,
    0.04]}. With `watch_agents`, a few columns of countries, police forces and populations are collected
    every week too.

    `agents` are classes of your own that decide something: subclasses of Syndicate, PoliceForce or
    VictimPopulation. An agent is of the first of them that applies to it. They decide from the first studied
    week on, or from the beginning of the burn-in with `decide_in_burn_in`. If a class has a method `step`, it is
    called for each of its agents at the end of every week. Raises OverrideRefused for a decision that cannot be
    carried out, and TypeError for a class that decides nothing.
    """

    def __init__(
        self,
        study: Scenario | str | Path = "two-countries",
        rng: Any = None,
        watch_agents: bool = False,
        agents: type[View] | Iterable[type[View]] = (),
        decide_in_burn_in: bool = False,
        **changes: Any,
    ) -> None:
        super().__init__(rng=rng)
        found = study if isinstance(study, Scenario) else load(study)
        self.study = found.set(changes) if changes else found
        self.seed = int(rng) if isinstance(rng, int | np.integer) else self.random.getrandbits(SEED_BITS)
        self._cast = Cast(agents, decide_in_burn_in)
        self.state, self.setting = start(self.study, self.seed, self._cast.decisions)
        codes = self.setting.world.codes
        self._countries = [Country(self, place) for place in range(len(codes))]
        self._populations = [self._cast.kind(VictimPopulation, code)(self, place) for place, code in enumerate(codes)]
        self._forces = [self._cast.kind(PoliceForce, code)(self, place) for place, code in enumerate(codes)]
        self._syndicates, self._operations = Roll(self._new_syndicate), Roll(partial(Operation, self))
        self._cast.let_decide_by_country(self._forces, self._populations)
        self._burn_in(decide_in_burn_in)
        self._begin_to_count()
        reporters = {column: partial(total, column=column) for column in METRICS}
        self.datacollector = DataCollector(
            model_reporters=reporters, agenttype_reporters=WATCHED if watch_agents else None
        )

    def step(self) -> None:
        """Let one week pass and collect its measures; the model stops running with the study's last week."""
        if self.week >= self.study.clock.weeks:
            raise RuntimeError(f"the study is over: it has {self.study.clock.weeks} weeks")
        advance(self.state, self.setting)
        self._count()
        self._follow_rows()
        self._let_own_agents_step()
        self.datacollector.collect(self)
        self.running = self.week < self.study.clock.weeks

    @property
    def week(self) -> int:
        """How many studied weeks have passed."""
        return self.state.week - self.study.clock.burn_in

    def _burn_in(self, deciding: bool) -> None:
        """Let the weeks before the study pass; agents that decide nothing in them need not be there."""
        if deciding:
            self._follow_rows()
        for _ in range(self.study.clock.burn_in):
            advance(self.state, self.setting)
            if deciding:
                self._follow_rows()
                self._let_own_agents_step()
        self._follow_rows()

    # ---- agents ----------------------------------------------------------------------

    @property
    def countries(self) -> AgentSet:
        """All countries."""
        return self._set_of(Country)

    @property
    def police_forces(self) -> AgentSet:
        """All police forces."""
        return self._set_of(PoliceForce)

    @property
    def victim_populations(self) -> AgentSet:
        """The people of all countries."""
        return self._set_of(VictimPopulation)

    @property
    def syndicates(self) -> AgentSet:
        """All syndicates in being."""
        return self._set_of(Syndicate)

    @property
    def operations(self) -> AgentSet:
        """All operations in being."""
        return self._set_of(Operation)

    def _set_of(self, kind: type[View]) -> AgentSet:
        found = [agents for played, agents in self.agents_by_type.items() if issubclass(played, kind)]
        return found[0] if len(found) == 1 else AgentSet(chain.from_iterable(found), random=self.random)

    def _new_syndicate(self, row: int) -> Syndicate:
        syndicates = self.state.syndicates
        home = self.setting.world.codes[int(syndicates.home[row])]
        kind: type[Syndicate] = self._cast.kind(Syndicate, home, self.setting.crimes[int(syndicates.crime[row])])
        return kind(self, row)

    def _let_own_agents_step(self) -> None:
        for kind, agents in list(self.agents_by_type.items()):
            if kind.step is not mesa.Agent.step:
                agents.do("step")

    def _follow_rows(self) -> None:
        """Add and remove agents so that there is one for each row in use."""
        sites, syndicates = self.state.sites, self.state.syndicates
        self._syndicates.follow(syndicates.alive != 0, syndicates.address)
        self._operations.follow(sites.status != Status.EMPTY, sites.address)
        self._cast.let_syndicates_decide(self._syndicates.items(), self._operations.at)

    def _by_crime(self, column: Floats, place: int) -> dict[str, float]:
        """Return a column [K, C] at a place, by crime."""
        values = map(float, column[:, place])
        return dict(zip(self.setting.crimes, values, strict=True))

    # ---- measures --------------------------------------------------------------------

    def this_week(self, column: str) -> Floats:
        """Return a measure of the registry for the week just ended, full size [C, K]."""
        found: Floats = METRICS[column].compute(self._week)[0]
        return found

    def measures(self) -> dict[str, Floats]:
        """Return every measure for the whole periods that have passed, as `Run.measures` [periods, C, K]."""
        finished = self.week // self.study.clock.period
        return {column: values[:finished] for column, values in measures(self._history).items()}

    def _begin_to_count(self) -> None:
        clock = self.study.clock
        self._history = History(self.setting, clock.weeks // clock.period, clock.period)
        self._week = History(self.setting, 1, 1)
        for history in (self._history, self._week):
            history.open(self.state)
        self._moves_before = self.state.moves.copy()

    def _count(self) -> None:
        """Keep the week twice: by itself for the collector, and in its period as `sim.run` does.

        A history empties the table of moves when it closes a period: each is given the moves of its own span.
        """
        moves = self.state.moves.copy()
        self.state.moves -= self._moves_before
        self._week.moves.clear()
        self._week.keep(self.state, 1)
        self.state.moves[:] = moves
        self._history.keep(self.state, self.week)
        self._moves_before = self.state.moves.copy()
