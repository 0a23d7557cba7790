"""Classes of the researcher's own: which agents are of them, and how the phases come to ask these agents."""

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any, TypeVar

from sim.decisions import Decider, Decisions, Options
from sim.mesa_model.agents import Operation, PoliceForce, Syndicate, VictimPopulation, View

V = TypeVar("V", bound=View)
DECISIONS: dict[type[View], str] = {Syndicate: "choose", PoliceForce: "allocate", VictimPopulation: "reporting"}


def overrides(played: type[View], kind: type[View]) -> bool:
    """Return whether a class decides itself what agents of its kind can decide."""
    method = DECISIONS[kind]
    return getattr(played, method) is not getattr(kind, method)


class Cast:
    """Who plays which agent: our own classes, unless one of those given applies; and who decides because of it."""

    def __init__(self, given: type[View] | Iterable[type[View]], burn_in: bool) -> None:
        self._given: tuple[Any, ...] = (given,) if isinstance(given, type) else tuple(given)
        for played in self._given:
            if not isinstance(played, type) or not issubclass(played, tuple(DECISIONS)):
                kinds = ", ".join(kind.__name__ for kind in DECISIONS)
                raise TypeError(f"{played!r} in agents is not a subclass of one of {kinds}")
        self._police: dict[str, Decider] = {}
        self._people: dict[str, Decider] = {}
        self._syndicates: dict[int, Decider] = {}
        self._choose = any(issubclass(one, Syndicate) and overrides(one, Syndicate) for one in self._given)
        self.decisions = Decisions(self._police, self._people, self._syndicates, burn_in) if self._given else None

    def kind(self, kind: type[V], *facts: str) -> type[V]:
        """Return the class of an agent: the first one given that applies to these facts, or our own."""
        for played in self._given:
            if issubclass(played, kind) and played.applies_to(*facts):
                found: type[V] = played
                return found
        return kind

    def let_decide_by_country(self, forces: list[PoliceForce], populations: list[VictimPopulation]) -> None:
        """Have the police and people asked whose classes decide something."""
        for force in forces:
            if overrides(type(force), PoliceForce):
                self._police[force.country.code] = _decider(force, force.country.code, force.allocate)
        for people in populations:
            if overrides(type(people), VictimPopulation):
                self._people[people.country.code] = _decider(people, people.country.code, people.reporting)

    def let_syndicates_decide(
        self, syndicates: Iterable[tuple[int, Syndicate]], operation_at: Callable[[int], Operation]
    ) -> None:
        """Have those syndicates asked whose classes decide something; whose row is gone is asked no longer."""
        if not self._choose:
            return
        self._syndicates.clear()
        for row, syndicate in syndicates:
            if overrides(type(syndicate), Syndicate):
                whose = f"{syndicate.home.code}, {syndicate.crime}"
                ask = partial(_choose, syndicate, operation_at)
                self._syndicates[row] = _decider(syndicate, whose, ask)


def _choose(syndicate: Syndicate, operation_at: Callable[[int], Operation], row: int, options: Options) -> Any:
    return syndicate.choose(operation_at(row), options)


def _decider(agent: View, whose: str, decide: Callable[..., Any]) -> Decider:
    kind = next(kind for kind in DECISIONS if isinstance(agent, kind))
    return Decider(f"{type(agent).__name__}.{DECISIONS[kind]} of agent {agent.unique_id} ({whose})", decide)
