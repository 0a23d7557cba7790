"""What the pages may choose from: experiments, scenarios, instruments, assumptions, and the limits of a study.

It is asked for when the pages open: nothing is built for it, and nothing that draws is imported.
"""

import re
from collections.abc import Iterator
from dataclasses import fields
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from sim import __version__
from sim.app import session
from sim.choice_rules import CHOICE_RULES
from sim.declare import declared
from sim.instruments import INSTRUMENTS, Instrument
from sim.parameters import parameter_table
from sim.scenario import Entry, Scenario, catalogue, load
from sim.scenario.library import with_parents
from sim.scenario.reading import read_file
from sim.strategies import STRATEGIES, Strategy
from sim.world import crime_types

Facts = dict[str, Any]
COUNTRIES = frozenset({"members", "donors"})  # settings that hold codes of countries


def facts() -> Facts:
    """Return everything that the pages may choose from."""
    shipped = catalogue()
    return {
        "version": __version__,
        "status": "stylised",
        "experiments": [experiment_facts(entry) for entry in shipped if entry.shelf == "experiments"],
        "scenarios": [scenario_facts(entry) for entry in shipped if entry.shelf == "scenarios"],
        "instruments": [instrument_facts(name, kind) for name, kind in INSTRUMENTS.items()],
        "assumptions": list(assumptions()),
        "limits": limits(),
    }


def limits() -> Facts:
    """Return the caps of studies and sessions."""
    return {
        "jobs": session.MOST_JOBS,
        "replicates": session.MOST_REPLICATES,
        "arms": session.MOST_ARMS,
        "countries": session.MOST_COUNTRIES,
        "work": session.MOST_WORK,
        "sockets": session.MOST_SOCKETS,
    }


def experiment_facts(entry: Entry) -> Facts:
    """Return a shipped experiment as a list shows it."""
    arms = with_parents(read_file(entry.path), entry.path, "experiments").mapping["arms"].mapping
    return {
        "id": entry.name, "about": entry.about, "status": entry.status, "arms": list(arms),
        "real": entry.status != "imagined",
    }  # fmt: skip


def scenario_facts(entry: Entry) -> Facts:
    """Return a shipped scenario as a list shows it, with its countries and what it assumes otherwise than declared."""
    found = load(entry.path)
    return {
        "id": entry.name, "about": entry.about, "status": entry.status, "real": entry.status != "imagined",
        "countries": [{"code": here.code, "name": here.name, "region": here.region} for here in found.countries],
        "crimes": list(found.crimes), "weeks": found.clock.weeks, "burn_in": found.clock.burn_in,
        "period": found.clock.period, "scale": found.scale, "assumed": assumed(found),
    }  # fmt: skip


# ---- instruments ---------------------------------------------------------------------------------


def instrument_facts(name: str, kind: type[Instrument]) -> Facts:
    """Return an instrument and its settings."""
    hints, facts_of = get_type_hints(kind), declared(kind)
    return {
        "name": name,
        "about": first_sentence(kind),
        "cooperative": kind.cooperative,
        "needs_partners": kind.cooperative,
        "fields": [field_facts(one.name, hints[one.name], facts_of.get(one.name, {})) for one in fields(kind)],
    }


def first_sentence(kind: type[Instrument]) -> str:
    """Return what a kind of instrument says of itself first, without its sources."""
    first = re.split(r"(?<=\.)\s", (kind.__doc__ or "").strip())[0]
    return re.sub(r"\s*\([^)]*\d{4}[^)]*\)", "", first)


def field_facts(name: str, kind: Any, told: Facts) -> Facts:
    """Return one setting of an instrument."""
    default = told.get("default")
    found = {
        "name": name, "about": told.get("about", ""), "unit": told.get("unit", ""), "low": told.get("low"),
        "high": told.get("high"), "default": list(default) if isinstance(default, tuple) else default,
        "source": told.get("source", ""), "plausible": told.get("plausible"),
    }  # fmt: skip
    optional = get_origin(kind) in (Union, UnionType) and type(None) in get_args(kind)
    kind = next((one for one in get_args(kind) if one is not type(None)), kind) if optional else kind
    found["optional"] = optional
    if isinstance(kind, type) and issubclass(kind, Strategy):
        return found | {"kind": "choice", "choices": list(STRATEGIES), "default": "hot spots"}
    if get_origin(kind) is Literal:
        return found | {"kind": "choice", "choices": list(get_args(kind))}
    if name in COUNTRIES:
        return found | {"kind": "countries"}
    if kind is bool:
        return found | {"kind": "choice", "choices": [False, True]}
    if kind in (int, float):
        return found | {"kind": "integer" if kind is int else "number"}
    return found | {"kind": "text"}


# ---- assumptions ---------------------------------------------------------------------------------


def assumptions() -> Iterator[Facts]:
    """Yield every number of the model with a plausible range that means something under the usual rule of choice."""
    rules = {name.replace(" ", "_") for name in CHOICE_RULES}
    for path, told in parameter_table():
        group, _, trait = path.partition(".")[2].partition(".")
        if told["plausible"] is None or group in rules:
            continue
        low, high = told["plausible"]
        found = {name: told[name] for name in ("about", "unit", "scale", "source")}
        found |= {"low": low, "high": high, "least": told["low"], "most": told["high"], "drawn": told["uncertain"]}
        if group != "*":
            yield {"path": path, "default": told["default"], **found}
            continue
        for crime, traits in crime_types().items():
            yield {"path": f"crimes.{crime}.{trait}", "default": getattr(traits, trait), **found}


def assumed(scenario: Scenario) -> dict[str, Any]:
    """Return the assumptions that a scenario makes otherwise than declared, by path."""
    found = {}
    for one in assumptions():
        first, group, name = one["path"].split(".")
        if first == "crimes" and group not in scenario.crimes:
            continue
        owner = scenario.crimes[group] if first == "crimes" else getattr(scenario.parameters, group)
        value = getattr(owner, name)
        if value != one["default"]:
            found[one["path"]] = value
    return found
