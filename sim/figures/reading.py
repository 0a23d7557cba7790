"""From a comparison to what the figures show: names, signs and units; the statistics are the comparison's."""

from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd

from sim.comparison import Comparison, words
from sim.comparison.stored import HEADLINE, per_cent
from sim.estimators import summary_of
from sim.figures.findings import (
    Arm,
    Band,
    Course,
    Findings,
    Floats,
    Headlines,
    Interval,
    Known,
    Leakage,
    Ledger,
    Place,
    Rings,
    Spending,
)
from sim.figures.look import usd
from sim.scenario import Scenario, loads
from sim.world import geometry

YEAR = 52.0
COURSES = (("money_expected_usd", "recorded_usd", "USD"), ("victims", "recorded_cases", "persons"))


@lru_cache(maxsize=64)
def _scenario(text: str, name: str) -> Scenario:
    return loads(text, name)


def scenario_of(comparison: Comparison, arm: str) -> Scenario:
    """Return the complete scenario of an arm, as stored with the result."""
    return _scenario(comparison.arm(arm)["scenario"], arm)


def read(comparison: Comparison) -> Findings:
    """Return what the figures of a comparison show."""
    manifest = comparison.manifest
    base = scenario_of(comparison, comparison.baseline)
    true, recorded, unit = course_measures(comparison)
    leaking = comparison.leakage_curve()
    return Findings(
        experiment=manifest.experiment,
        question=manifest.about.strip() or "What do these policies do to harm, where and to whom?",
        status=manifest.status,
        baseline=comparison.baseline,
        arms=tuple(arm_of(comparison, name) for name in finished_arms(comparison)),
        contrasts=tuple((one["name"], one["of"], one["minus"]) for one in manifest.contrasts),
        places=places_of(base),
        outlines=outlines_of(base),
        runs=len(comparison.finished(*finished_arms(comparison))),
        failures=len(comparison.failures),
        window=manifest.window,
        weeks=comparison.week_ends.astype(np.float64),
        spread=comparison.covered,
        avoided=avoided(comparison),
        baseline_harm=baseline_harm(comparison),
        course_unit=unit,
        courses=courses(comparison, true, recorded),
        operations=operations(comparison),
        operations_before=hosted(comparison, comparison.baseline).mean(axis=0),
        moves={name: moves(comparison, name) for name in finished_arms(comparison)},
        ledgers={name: ledger(comparison, name) for name in comparison.compared},
        leakages=leakages(comparison),
        curves=curves(leaking),
        mechanical_curves=mechanical_curves(leaking),
        concentration=concentration(comparison),
        spilled=spilled(comparison),
        anticipated=anticipated(comparison),
        headlines=headlines(comparison),
        spending={name: spending(comparison, name) for name in finished_arms(comparison)},
        sentences=(*(one.text for one in comparison.said()), *words.contribution_sentences(comparison)),
        headline=words.headline(comparison),
        decimals=words.decimals(pd.concat([comparison.effects(), comparison.contrasts()])),
        harm=harm_words(base),
    )


def finished_arms(comparison: Comparison) -> tuple[str, ...]:
    """Return the arms with at least one run that the baseline shares, in the file's order."""
    return tuple(name for name in comparison.arms if comparison.finished(name, comparison.baseline))


def arm_of(comparison: Comparison, name: str) -> Arm:
    """Return the words of an arm."""
    stored = comparison.arm(name)
    return Arm(name=name, label=stored["label"], about=stored["about"] or "", treated=comparison.treated(name))


def places_of(scenario: Scenario) -> tuple[Place, ...]:
    """Return the countries in the order of their codes."""
    return tuple(
        Place(code=c.code, name=c.name, region=c.region, latitude=c.latitude, longitude=c.longitude)
        for c in scenario.countries
    )


def outlines_of(scenario: Scenario) -> dict[str, Rings]:
    """Return the map, or nothing for a world with imagined countries."""
    return {} if scenario.world.imagined else dict(geometry())


# ---- harm ------------------------------------------------------------------------------------------


def avoided(comparison: Comparison) -> dict[str, Interval]:
    """Return the harm that each arm and contrast avoids: the spread of runs, of luck alone, and the mean."""
    means = pd.concat([comparison.effects(), comparison.contrasts()])
    spreads = comparison.spread()
    spreads = spreads.set_index("name") if len(spreads) else spreads
    found = {}
    for row in means.to_dict("records"):
        runs = spreads.loc[row["name"]]
        found[str(row["name"])] = Interval(
            median=-float(runs["median"]),
            lo50=-float(runs["hi50"]),
            hi50=-float(runs["lo50"]),
            lo90=-float(runs["hi90"]),
            hi90=-float(runs["lo90"]),
            n=int(row["n"]),
            n_worse=int(row["n_worse"]),
            mean=-row["mean"],
            mean90=(-row["hi90"], -row["lo90"]),
            luck90=(-float(runs["luck_hi90"]), -float(runs["luck_lo90"])),
        )
    return found


def harm_words(scenario: Scenario) -> str:
    """Return what counts as how much harm."""
    price = scenario.parameters.harm
    parts = [
        "the money that victims can expect to lose",
        *([f"{usd(price.coerced_week)} for each week of coerced work"] if price.coerced_week else []),
        *([f"{usd(price.sales)} for each USD of drugs sold"] if price.sales and sells(scenario) else []),
        *([f"{usd(price.victimisation)} for each victimisation"] if price.victimisation else []),
    ]
    return f"Harm is counted in USD: {' + '.join(parts)}. It contains neither public nor private costs."


def sells(scenario: Scenario) -> bool:
    """Return whether any crime of the scenario sells on a market."""
    return any(kind.victimisation == "market" for kind in scenario.crimes.values())


def interval_of(values: Floats) -> Interval:
    """Return the spread of runs [n]."""
    lo90, lo50, median, hi50, hi90 = (float(q) for q in np.quantile(values, [0.05, 0.25, 0.5, 0.75, 0.95]))
    return Interval(median=median, lo50=lo50, hi50=hi50, lo90=lo90, hi90=hi90, n=len(values))


def baseline_harm(comparison: Comparison) -> Interval:
    """Return the harm under the baseline, USD a year."""
    runs = comparison.finished(comparison.baseline)
    total = comparison.by_country(*HEADLINE, comparison.baseline, runs).sum(axis=1)
    return interval_of(total / comparison.years)


def headlines(comparison: Comparison) -> Headlines:
    """Return every run's headline beside the parameters it had drawn; nan for runs without one."""
    count = comparison.manifest.replicates
    avoided_by = {}
    for name, (pairs, percent) in comparison.headlines().items():
        avoided_by[name] = np.full(count, np.nan)
        avoided_by[name][pairs] = -percent
    drawn = {path: np.array(values) for path, values in comparison.manifest.design.items()}
    return Headlines(drawn=drawn, avoided=avoided_by)


# ---- over time -------------------------------------------------------------------------------------


def course_measures(comparison: Comparison) -> tuple[str, str, str]:
    """Return the true and the recorded measure and their unit: money, or persons where no money is lost."""
    runs = comparison.finished(comparison.baseline)
    for measures in COURSES:
        if comparison.by_country(measures[0], "victim", comparison.baseline, runs).sum() > 0:
            return measures
    return COURSES[-1]


def courses(comparison: Comparison, true: str, recorded: str) -> dict[str, Course]:
    """Return all arms over time, as levels a year and as % of the baseline's mean."""
    bands = {measure: level_bands(comparison, measure) for measure in (true, recorded)}
    changes = {measure: change_bands(comparison, measure) for measure in (true, recorded)}
    return {
        name: Course(
            true=bands[true][name],
            recorded=bands[recorded][name],
            true_change=changes[true].get(name),
            recorded_change=changes[recorded].get(name),
        )
        for name in finished_arms(comparison)
    }


def bands_of(table: pd.DataFrame, middle: str = "median", low: str = "lo90", high: str = "hi90") -> dict[str, Band]:
    """Return a band over periods for each arm of a table."""
    return {
        str(name): Band(middle=rows[middle].to_numpy(), low=rows[low].to_numpy(), high=rows[high].to_numpy())
        for name, rows in table.groupby("arm", sort=False)
    }


def scaled(spread: Band, factor: Floats) -> Band:
    """Return a band times a positive factor."""
    return Band(middle=spread.middle * factor, low=spread.low * factor, high=spread.high * factor)


def level_bands(comparison: Comparison, measure: str) -> dict[str, Band]:
    """Return a measure of the victims' side over time, a year."""
    yearly = np.array(YEAR / comparison.manifest.period_weeks)
    found = bands_of(comparison.series(measure, "victim"))
    return {name: scaled(spread, yearly) for name, spread in found.items()}


def change_bands(comparison: Comparison, measure: str) -> dict[str, Band]:
    """Return paired changes of all arms over time, in % of the pair’s baseline, by period."""
    course = comparison.course(measure, "victim").sum(axis=2)
    found = {}
    for name in comparison.compared:
        pairs = comparison.finished(name, comparison.baseline)
        now, before = (course[comparison.places(arm, pairs)] for arm in (name, comparison.baseline))
        low, middle, high = np.quantile(per_cent(now - before, before), [0.05, 0.5, 0.95], axis=0)
        found[name] = Band(middle=middle, low=low, high=high)
    return found


# ---- by country ------------------------------------------------------------------------------------


def hosted(comparison: Comparison, arm: str) -> Floats:
    """Return mean operations by run and host [n, C]."""
    runs = comparison.finished(arm, comparison.baseline)
    return comparison.by_country("operations", "host", arm, runs)


def operations(comparison: Comparison) -> dict[str, Band]:
    """Return the paired change of operations by host: its mean, with the 90 % interval of the mean."""
    found = {}
    for name in comparison.compared:
        runs = comparison.finished(name, comparison.baseline)
        before = comparison.by_country("operations", "host", comparison.baseline, runs)
        change = summary_of(hosted(comparison, name) - before)
        found[name] = Band(middle=change.mean, low=change.lo90, high=change.hi90)
    return found


def moves(comparison: Comparison, arm: str) -> Floats:
    """Return operations moved a year, origin by destination, mean over runs."""
    moved: Floats = comparison.moves_matrix(arm).to_numpy() / comparison.years
    return moved


def ledger(comparison: Comparison, arm: str) -> Ledger:
    """Return what an arm changes for each country, USD a year: means with the 90 % interval of the mean."""
    table = comparison.ledger(arm)

    def change(name: str) -> Band:
        columns = (table[column].to_numpy() for column in (name, f"{name}_lo90", f"{name}_hi90"))
        middle, low, high = columns
        return Band(middle=middle, low=low, high=high)

    harm = change("harm_usd")
    spared = Band(middle=-harm.middle, low=-harm.high, high=-harm.low)
    return Ledger(
        cost=change("cost_usd"),
        private=change("private_cost_usd"),
        avoided=spared,
        hosted=change("hosted_harm_usd"),
    )


def known(row: Mapping[Any, Any]) -> Known:
    """Return the mean of a row of a table with its interval."""
    return Known(**{name: float(row[name]) for name in ("mean", "lo90", "hi90")})


def concentration(comparison: Comparison) -> dict[str, dict[str, Known]]:
    """Return how concentrated operations are by host: the baseline's levels, the arms' changes."""
    found: dict[str, dict[str, Known]] = {}
    for row in comparison.concentration().to_dict("records"):
        if row["of"] == "operations":
            found.setdefault(str(row["arm"]), {})[str(row["index"])] = known(row)
    return found


def spilled(comparison: Comparison) -> dict[str, tuple[float, float, float]]:
    """Return harm done from untreated countries that rose, that fell, and the net, USD a year."""
    table = comparison.spillovers()
    table = table[(table["measure"] == HEADLINE[0]) & (table["side"] == HEADLINE[1])]
    up, down, net = (table[part] / comparison.years for part in ("displacement", "diffusion", "net"))
    return dict(zip(table["arm"], zip(up, down, net, strict=True), strict=True))


def anticipated(comparison: Comparison) -> dict[str, tuple[int, int, Known]]:
    """Return what an announcement did to operations in the treated countries before the policy began."""
    table = comparison.anticipation()
    rows = table[table["measure"] == "operations"].to_dict("records")
    return {str(row["arm"]): (int(row["announced"]), int(row["start"]), known(row)) for row in rows}


# ---- leakage and money -----------------------------------------------------------------------------


def leakages(comparison: Comparison) -> dict[str, tuple[Leakage, ...]]:
    """Return the leakage of harm of every arm, by host and by victim's country."""
    table = comparison.leakage()
    table = table[table["measure"] == HEADLINE[0]]
    found: dict[str, tuple[Leakage, ...]] = dict.fromkeys(comparison.compared, ())
    for row in table.to_dict("records"):
        numbers = {key: float(row[key]) for key in ("simulated", "mechanical", "lo90", "hi90")}
        n = len(comparison.finished(row["arm"], comparison.baseline))
        one = Leakage(
            side=row["side"], measure="harm", n=n, n_undefined=int(row["n_undefined"]),
            anywhere=bool(comparison.treated_mask(row["arm"]).any()),
            elsewhere=not bool(comparison.treated_mask(row["arm"]).all()), **numbers,
        )  # fmt: skip
        found[row["arm"]] += (one,)
    return found


def curves(leaking: pd.DataFrame) -> dict[str, Band]:
    """Return leakage of harm by host from the first studied week on, for each arm."""
    return bands_of(leaking, "simulated") if len(leaking) else {}


def mechanical_curves(leaking: pd.DataFrame) -> dict[str, Floats]:
    """Return what the choice rule alone would give up to the end of each period, for each arm [P]."""
    by_arm = leaking.groupby("arm", sort=False) if len(leaking) else ()
    return {str(name): rows["mechanical"].to_numpy() for name, rows in by_arm}


def spending(comparison: Comparison, arm: str) -> Spending:
    """Return planned and spent money of an arm's own instruments over the window, USD a year."""
    runs = comparison.finished(arm, comparison.baseline)
    quarters = comparison.spending()
    first, last = comparison.manifest.window
    inside = (quarters["arm"] == arm) & (quarters["week"] > first) & (quarters["week"] <= last)
    quarters = quarters[inside]
    spent = comparison.by_country("programme_usd", "payer", arm, runs).sum(axis=1) / comparison.years
    private = comparison.by_country("private_cost_usd", "payer", arm, runs).sum(axis=1) / comparison.years
    return Spending(
        planned=float(quarters["planned_usd"].sum()) / comparison.years,
        spent=replace(interval_of(spent), mean=float(spent.mean())),
        private=float(private.mean()),
        quarters=len(quarters),
        quarters_off=int(quarters["flagged"].sum()),
    )
