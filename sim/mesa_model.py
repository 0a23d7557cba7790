"""The simulation as a Mesa model: agents are live views of the columns, and a step is one week.

Nothing is copied and nothing is decided here: `step` lets `sim.week.advance` change the columns, then adds
and removes agents as rows appear and vanish. Works with Mesa 3.3 to 3.5. Mesa's own generators
(`model.random`, `model.rng`) are there for what others add; the week draws its numbers from `model.seed`.
"""

from functools import partial
from pathlib import Path
from typing import Any, Generic, TypeVar

import mesa
import numpy as np
import numpy.typing as npt
from mesa.agent import AgentSet
from mesa.datacollection import DataCollector

from sim.metrics import METRICS, History, measures
from sim.scenario import Scenario, load
from sim.state import Addresses, Status
from sim.week import advance, start

Floats = npt.NDArray[np.float64]
SEED_BITS = 53  # as many as a JSON number holds exactly
V = TypeVar("V", bound="View")


class NoLongerThere(LookupError):
    """An agent was asked about a row that it has lost: its operation has closed, its syndicate dissolved."""


class View(mesa.Agent):
    """An agent that owns nothing but the number of its row."""

    model: "DisplacementModel"

    def __init__(self, model: "DisplacementModel", row: int) -> None:
        super().__init__(model)
        self._row = row

    @property
    def present(self) -> bool:
        """Whether the row still belongs to this agent."""
        return self._row >= 0

    @property
    def row(self) -> int:
        """The row of the columns that this agent shows, or NoLongerThere."""
        if self._row < 0:
            kind = type(self).__name__
            raise NoLongerThere(f"this {kind} is no longer there (it was agent {self.unique_id})")
        return self._row

    def remove(self) -> None:
        """Leave the model; the row is somebody else's from now on."""
        super().remove()
        self._row = -1


class Roll(Generic[V]):
    """The agents of one kind by row, kept in step with the rows in use."""

    def __init__(self, kind: type[V]) -> None:
        self._kind = kind
        self._agents: dict[int, V] = {}
        self._known = np.zeros(0, dtype=np.uint64)

    def at(self, row: Any) -> V:
        """Return the agent of a row."""
        return self._agents[int(row)]

    def follow(self, model: "DisplacementModel", in_use: npt.NDArray[np.bool_], address: Addresses) -> None:
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
            self._agents[int(row)] = self._kind(model, int(row))
        self._known = owners


class Country(View):
    """A country: where operations sit and people live. Its traits do not change during a run."""

    @property
    def code(self) -> str:
        """The country's code."""
        return str(self.model.setting.world.codes[self.row])

    @property
    def name(self) -> str:
        """The country's name."""
        return self.model.setting.world.countries[self.row].name

    @property
    def traits(self) -> Any:
        """Everything the world knows of it."""
        return self.model.setting.world.countries[self.row]

    @property
    def police(self) -> "PoliceForce":
        """Its police."""
        return self.model._forces[self.row]

    @property
    def people(self) -> "VictimPopulation":
        """Those who live there and can be harmed."""
        return self.model._populations[self.row]

    @property
    def operations(self) -> int:
        """How many operations sit there now (thinned by the scale)."""
        sites = self.model.state.sites
        return int(((sites.host == self.row) & (sites.status != Status.EMPTY)).sum())

    @property
    def workers(self) -> int:
        """How many people work there for operations now, coerced ones included (thinned by the scale)."""
        state = self.model.state
        here = (state.sites.host == self.row) & (state.sites.status != Status.EMPTY)
        return int((state.voluntary + state.coerced)[here].sum())

    def measure(self, column: str) -> float:
        """Return a measure of the registry for this country and the week just ended, full size."""
        return float(self.model.this_week(column)[self.row].sum())


class PoliceForce(View):
    """The police of a country."""

    @property
    def country(self) -> Country:
        """Where it polices."""
        return self.model._countries[self.row]

    @property
    def teams(self) -> float:
        """All its teams this week, those that programmes pay for included (thinned by the scale)."""
        return float(self.model.state.force[self.row])

    @property
    def patrols(self) -> dict[str, float]:
        """Teams on patrol by crime (thinned by the scale)."""
        return self.model._by_crime(self.model.state.attention, self.row)

    @property
    def owed(self) -> float:
        """Team-weeks owed to raids already made (thinned by the scale)."""
        return float(self.model.state.debt[self.row])

    @property
    def open_cases(self) -> int:
        """How many operations it has an open case on."""
        sites = self.model.state.sites
        mine = (sites.host == self.row) & (sites.status != Status.EMPTY)
        return int((sites.case[mine] != 0).sum())


class VictimPopulation(View):
    """The people of a country who can be harmed online, at its borders or on its markets."""

    @property
    def country(self) -> Country:
        """Where they live."""
        return self.model._countries[self.row]

    @property
    def persons(self) -> int:
        """How many people are online (thinned by the scale)."""
        return int(self.model.setting.land.persons[self.row])

    @property
    def awareness(self) -> dict[str, float]:
        """How aware of each crime the public is (0 to 1)."""
        return self.model._by_crime(self.model.state.awareness, self.row)

    @property
    def victims(self) -> dict[str, int]:
        """Victimisations of its people by crime, burn-in included (thinned by the scale)."""
        hits = map(int, self.model.state.hits[:, :, self.row].sum(axis=1))
        return dict(zip(self.model.setting.crimes, hits, strict=True))


class Syndicate(View):
    """Who runs operations, learns from raids and pays the bills."""

    @property
    def home(self) -> Country:
        """Where its people come from."""
        return self.model._countries[int(self.model.state.syndicates.home[self.row])]

    @property
    def crime(self) -> str:
        """Its trade."""
        return self.model.setting.crimes[int(self.model.state.syndicates.crime[self.row])]

    @property
    def age(self) -> int:
        """Weeks since it was founded."""
        return self.model.state.week - int(self.model.state.syndicates.born[self.row])

    @property
    def cash(self) -> float:
        """Its cash (USD)."""
        money = self.model.state.money
        return float(money.balance[money.second + self.row]) / 100.0

    @property
    def operations(self) -> "list[Operation]":
        """Its operations."""
        sites = self.model.state.sites
        mine = (sites.syndicate == self.row) & (sites.status != Status.EMPTY)
        return [self.model._operations.at(s) for s in np.flatnonzero(mine)]


class Operation(View):
    """A site run by a syndicate: the unit that moves."""

    @property
    def host(self) -> Country:
        """Where it sits."""
        return self.model._countries[int(self.model.state.sites.host[self.row])]

    @property
    def target(self) -> Country:
        """Whose people it addresses."""
        return self.model._countries[int(self.model.state.sites.target[self.row])]

    @property
    def crime(self) -> str:
        """Its trade."""
        return self.model.setting.crimes[int(self.model.state.sites.crime[self.row])]

    @property
    def syndicate(self) -> Syndicate:
        """Who runs it."""
        return self.model._syndicates.at(self.model.state.sites.syndicate[self.row])

    @property
    def status(self) -> str:
        """Whether it is active or quiet."""
        return Status(int(self.model.state.sites.status[self.row])).name.lower()

    @property
    def workers(self) -> int:
        """Everybody who works there, coerced people included."""
        return int(self.model.state.voluntary[self.row] + self.model.state.coerced[self.row])

    @property
    def coerced(self) -> int:
        """Those of them who are coerced."""
        return int(self.model.state.coerced[self.row])

    @property
    def leads(self) -> float:
        """What the police of its host know of it."""
        return float(self.model.state.sites.leads[self.row])

    @property
    def under_investigation(self) -> bool:
        """Whether a case is open."""
        return bool(self.model.state.sites.case[self.row])


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
    """

    def __init__(
        self,
        study: Scenario | str | Path = "two-countries",
        rng: Any = None,
        watch_agents: bool = False,
        **changes: Any,
    ) -> None:
        super().__init__(rng=rng)
        found = study if isinstance(study, Scenario) else load(study)
        self.study = found.set(changes) if changes else found
        self.seed = int(rng) if isinstance(rng, int | np.integer) else self.random.getrandbits(SEED_BITS)
        self.state, self.setting = start(self.study, self.seed)
        for _ in range(self.study.clock.burn_in):
            advance(self.state, self.setting)
        self._begin_to_count()
        places = range(len(self.setting.world.codes))
        self._countries = [Country(self, place) for place in places]
        self._forces = [PoliceForce(self, place) for place in places]
        self._populations = [VictimPopulation(self, place) for place in places]
        self._syndicates, self._operations = Roll(Syndicate), Roll(Operation)
        self._follow_rows()
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
        self.datacollector.collect(self)
        self.running = self.week < self.study.clock.weeks

    @property
    def week(self) -> int:
        """How many studied weeks have passed."""
        return self.state.week - self.study.clock.burn_in

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
        found = self.agents_by_type.get(kind)
        return AgentSet([], random=self.random) if found is None else found

    def _follow_rows(self) -> None:
        """Add and remove agents so that there is one for each row in use."""
        sites, syndicates = self.state.sites, self.state.syndicates
        self._syndicates.follow(self, syndicates.alive != 0, syndicates.address)
        self._operations.follow(self, sites.status != Status.EMPTY, sites.address)

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
