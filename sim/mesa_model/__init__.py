"""The simulation as a Mesa model: agents are live views of the columns, and a step is one week.

Nothing is copied, and nothing is decided here unless a class of yours does so: `step` lets `sim.week.advance`
change the columns, and the phases ask those agents whose class overrides a decision. Works with Mesa 3.3 to 3.5.
Mesa's own generators (`model.random`, `model.rng`) are there for what others add; the week draws its numbers from
`model.seed`.
"""

from sim.decisions import Option, Options, OverrideRefused
from sim.mesa_model.agents import (
    Country,
    NoLongerThere,
    Operation,
    PoliceForce,
    Syndicate,
    VictimPopulation,
    View,
)
from sim.mesa_model.model import WATCHED, DisplacementModel

__all__ = [
    "WATCHED",
    "Country",
    "DisplacementModel",
    "NoLongerThere",
    "Operation",
    "Option",
    "Options",
    "OverrideRefused",
    "PoliceForce",
    "Syndicate",
    "VictimPopulation",
    "View",
]
