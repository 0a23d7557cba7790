"""What an experiment means before it runs, as plain values: what is in force, what it costs, the world."""

import time
from dataclasses import asdict, fields
from typing import Any

import numpy as np

from sim.cli.health import is_compiled
from sim.ensemble import planned_spending
from sim.instruments import WEEKS_A_YEAR, Instrument, arriving, deploy, named, peace_orders, places, team_week_cost
from sim.reports import budget_sentence, instrument_sentence, police_sentences, politics_sentences, setting_words
from sim.reports.background import is_read
from sim.scenario import Arm, Experiment, Scenario
from sim.week import advance, start
from sim.world import Country, World, fallbacks, memory_rows
from sim.world import country as stored_country

Facts = dict[str, Any]
TIMED_WEEKS = 8


def facts_of(experiment: Experiment, replicates: int, workers: int) -> Facts:
    """Return everything that `describe` shows but the time it will take."""
    base = experiment.arms[experiment.baseline].scenario
    world = base.build_world()
    return {
        "name": experiment.name,
        "about": one_line(experiment.about),
        "status": base.status,
        "baseline": experiment.baseline,
        "seed": experiment.seed,
        "window": experiment.window,
        "clock": asdict(base.clock),
        "scale": base.scale,
        "arms": {name: arm_facts(arm, world) for name, arm in experiment.arms.items()},
        "contrasts": [asdict(contrast) for contrast in experiment.contrasts],
        "uncertain": [asdict(one) for one in experiment.uncertain],
        "crimes": list(base.crimes),
        "founders": [asdict(founder) for founder in base.founders],
        "workforces": [asdict(workforce) for workforce in base.workforces],
        **world_facts(base),
        "replicates": replicates,
        "runs": replicates * len(experiment.arms),
        "workers": workers,
    }


def one_line(text: str) -> str:
    """Return a text without its line breaks."""
    return " ".join(text.split())


# ---- arms --------------------------------------------------------------------------


def arm_facts(arm: Arm, world: World) -> Facts:
    """Return what is in force in an arm and what it plans to cost."""
    scenario, periods = arm.scenario, arm.scenario.clock.weeks // arm.scenario.clock.period
    week, teams = teams_added(scenario, world)
    instruments = [instrument_facts(one, scenario, world) for one in scenario.policy]
    return {
        "label": arm.label,
        "about": one_line(arm.about),
        "treated": arm.treated,
        "budget": "" if scenario.budget is None else budget_sentence(scenario.budget),
        "politics": " ".join(politics_sentences(scenario, {here.code: here.name for here in scenario.countries})),
        "police": " ".join(police_sentences(scenario, {here.code: here.name for here in scenario.countries})),
        "planned_usd": sum(planned_spending(scenario, periods)),
        "private_usd": sum(one["private_usd"] for one in instruments),
        "teams_added": teams,
        "teams_added_in_week": week,
        "instruments": instruments,
    }


def instrument_facts(one: Instrument, scenario: Scenario, world: World) -> Facts:
    """Return when and where an instrument is in force, and what it is declared to cost over the study."""
    costs, where = scenario.parameters.costs, places(one.members, world.codes)
    weeks = [one.deployed(world, where, costs, week) for week in range(scenario.clock.weeks) if one.runs(week)]
    names = {here.code: here.name for here in scenario.countries}
    return {
        "instrument": named(type(one)),
        "members": one.members,
        "known_from": one.heard(),
        "paid_from": one.start,
        "in_effect_from": one.start + one.setup,
        "until": one.end,
        "settings": list(setting_words(one)),
        "public_usd": sum(float(one.weekly_cost(at).sum()) for at in weeks),
        "private_usd": sum(float(one.weekly_private_cost(at).sum()) for at in weeks),
        "sentence": instrument_sentence(one, names),
    }


def teams_added(scenario: Scenario, world: World) -> tuple[int, dict[str, float]]:
    """Return the first week in which all that is in force works, and the teams it then adds by country.

    What depends on events (reports passed, joint raids, transfers) comes out of the same pot, unforeseen.
    """
    costs, budget = scenario.parameters.costs, scenario.budget
    policy = deploy(scenario.policy, world.codes)
    week = max((one.start + one.setup for one, _ in policy), default=0)
    orders, fixed = peace_orders(world, 0.0, 0.0), 0.0
    for one, where in policy:
        at = one.deployed(world, where, costs, week)
        if one.runs(week):
            fixed += float(one.weekly_cost(at).sum())
        if one.works(week):
            one.act(orders, at)
    price, share = team_week_cost(world.gdp_per_head, costs), arriving(orders, costs.diversion)
    teams = orders.surge + (orders.given * share).sum(axis=0) / price
    if budget is not None and budget.runs(week) and orders.rest.sum() > 0.0:
        if budget.teams is not None:
            teams += orders.rest.sum(axis=0) * budget.teams
        elif budget.usd_per_year is not None:
            left = max(0.0, budget.usd_per_year / WEEKS_A_YEAR - fixed)
            teams += left * (orders.rest * share).sum(axis=0) / orders.rest.sum() / price
    return week, {world.codes[c]: float(teams[c]) for c in np.flatnonzero(teams > 0.0)}


# ---- the world ---------------------------------------------------------------------


def world_facts(base: Scenario) -> Facts:
    """Return the countries with their derived and replaced traits, and what is behind them."""
    real = base.world.countries
    return {
        "countries": [country_facts(here) for here in base.countries],
        "replaced": [replaced_facts(code, changes, code in real) for code, changes in base.world.override.items()],
        "recalled": [row._asdict() | {"used": is_read(row)} for row in memory_rows(real, base.world.bodies)],
        "stand_ins": [row._asdict() for row in fallbacks() if row.code in real],
    }


def country_facts(here: Country) -> Facts:
    """Return the traits of a country."""
    return {f.name: getattr(here, f.name) for f in fields(Country) if f.name not in ("identity", "sources")}


def replaced_facts(code: str, changes: Facts, real: bool) -> Facts:
    """Return the traits that a scenario replaces, with those that the tables have for a real country."""
    traits = {name: value for name, value in changes.items() if name != "source"}
    stored = {name: getattr(stored_country(code), name) for name in traits} if real else {}
    return {"code": code, "traits": traits, "instead_of": stored, "source": changes["source"]}


# ---- time --------------------------------------------------------------------------


def seconds(experiment: Experiment, runs: int, workers: int) -> float | None:
    """Return how long the runs take, going by some weeks of the baseline; None while nothing is compiled."""
    if not is_compiled():
        return None
    base = experiment.arms[experiment.baseline].scenario
    for weeks in (2, TIMED_WEEKS):  # the first time also loads compiled code
        began = time.monotonic()
        state, setting = start(base, experiment.seed)
        begun = time.monotonic()
        for _ in range(weeks):
            advance(state, setting)
        week = (time.monotonic() - begun) / weeks
    one = begun - began + week * (base.clock.burn_in + base.clock.weeks)
    return one * runs / min(workers, runs)
