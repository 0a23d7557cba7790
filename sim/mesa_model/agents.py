"""The agents: live views of rows of the columns, which somebody else's class can give a decision of its own."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import mesa
import numpy as np

from sim.decisions import Option, Options
from sim.state import Status

if TYPE_CHECKING:
    from sim.mesa_model.model import DisplacementModel


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
    """The police of a country. A class of yours may override `allocate`."""

    @classmethod
    def applies_to(cls, country: str) -> bool:
        """Return whether the police of the country with this code are of this class; override it for some only."""
        return True

    def allocate(self, teams: float, proposal: dict[str, float]) -> Mapping[str, float] | Sequence[float]:
        """Return the teams sent on patrol this week by crime; those not sent do nothing.

        `teams` are those free of work owed to raids, `proposal` their split by the model's rule; both are thinned
        by the scale. A force whose class does not override this is compiled, and this is never called.
        """
        return proposal

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
    """The people of a country who can be harmed online, at its borders or on its markets.

    A class of yours may override `reporting`.
    """

    @classmethod
    def applies_to(cls, country: str) -> bool:
        """Return whether the people of the country with this code are of this class; override it for some only."""
        return True

    def reporting(self, share: float) -> float:
        """Return the share of losses that they report this week (0 to 1).

        `share` is what the model has: the country's own, and what instruments in force make of it. People whose
        class does not override this are compiled, and this is never called.
        """
        return share

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

    @property
    def reports(self) -> dict[str, int]:
        """Losses that its people have reported by crime, burn-in included (thinned by the scale)."""
        made = map(int, self.model.state.reports[:, self.row])
        return dict(zip(self.model.setting.crimes, made, strict=True))

    @property
    def reported_usd(self) -> float:
        """What the reported losses add up to, burn-in included (USD, thinned by the scale)."""
        return float(self.model.state.reported[:, self.row].sum()) / 100.0

    @property
    def recovered_usd(self) -> float:
        """What its people got back, burn-in included (USD, thinned by the scale)."""
        return float(self.model.state.recovered[self.row]) / 100.0


class Syndicate(View):
    """Who runs operations, learns from raids and pays the bills. A class of yours may override `choose`."""

    @classmethod
    def applies_to(cls, home: str, crime: str) -> bool:
        """Return whether syndicates of this home (code) and trade are of this class; override it for some only."""
        return True

    def choose(self, operation: "Operation", options: Options) -> Option | str:
        """Return what an operation of its does that reviews this week: one of the options, or its name.

        `options.default` is the model's own pick. A syndicate whose class does not override this is compiled, and
        this is never called.
        """
        return options.default

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
    def raids(self) -> dict[str, int]:
        """Successful raids on its operations in the latest week that had raids, by country code."""
        struck = map(int, self.model.state.struck_before[self.row])
        return dict(zip(self.model.setting.world.codes, struck, strict=True))

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
    def uprooted(self) -> bool:
        """Whether a raid has taken its place from it, so that moving costs it no more than staying."""
        return bool(self.model.state.sites.uprooted[self.row])

    @property
    def under_investigation(self) -> bool:
        """Whether a case is open."""
        return bool(self.model.state.sites.case[self.row])
