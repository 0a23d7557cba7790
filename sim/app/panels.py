"""What the pages show of a comparison, as plain values. All differences are between the two runs of a pair.

Intervals hold nine runs in ten (and half of them); money and harm are USD a year over the window.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from sim import __version__
from sim.app.atlas import map_of
from sim.comparison import QUANTILES, Comparison, words
from sim.comparison.stored import HEADLINE, Floats
from sim.figures.reading import scenario_of
from sim.reports import answer_table, findings_of

Facts = dict[str, Any]
MOST = 0.8  # share of runs beyond which a country is said to gain without paying
WAYS = 400  # ways of moving that are told for each arm, the most used first
BANDS = {**QUANTILES, "median": 0.5}
GAINS_RULE = (
    "Gains without paying, in this scenario: in over 80 % of runs harm to residents falls, and the country's extra "
    "public cost is less than an equal part of what the policy costs all who take part."
)


def panels(found: Comparison, of: int) -> Facts:
    """Return everything that the pages show of a comparison, of which `of` pairs were asked for."""
    manifest, findings = found.manifest, findings_of(found)
    arms = [name for name in found.arms if found.finished(name, found.baseline)]
    policies = [name for name in arms if name != found.baseline]
    table = answer_table(findings)
    return {
        "title": words.headline(found), "name": manifest.experiment, "question": findings.question,
        "status": manifest.status, "seeds": f"seed {manifest.seed}", "version": __version__,
        "pairs": len(found.finished(*arms)), "of": of, "baseline": found.baseline, "window": list(manifest.window),
        "sentences": found.sentences(), "covers": found.covered,
        "arms": [arm_facts(name, found, findings) for name in arms],
        "intervals": intervals(found, policies), "contrasts": contrasts(found),
        "table": {"columns": list(table.columns), "rows": [list(row) for row in table.rows]},
        "leakage": found.leakage().to_dict("records"),
        "cost": cost(found, arms),
        "countries": {name: countries(found, name) for name in policies}, "gains_rule": GAINS_RULE,
        "course": course(found),
        "flows": {name: flows(found, name) for name in arms},
        "stocks": {name: stocks(found, name) for name in arms},
        "periods_weeks": manifest.period_weeks,
        "failures": [failure_words(one) for one in found.failures],
        "map": map_of(found),
    }  # fmt: skip


def failure_words(failure: Any) -> str:
    """Return which run has failed and of what."""
    week = "" if failure["week"] is None else f" in week {failure['week']}"
    return f"{failure['arm']}, run {failure['replicate']}{week}: {failure['kind']}: {failure['message']}"


def arm_facts(name: str, found: Comparison, findings: Any) -> Facts:
    """Return an arm with what is in force in it."""
    arm = findings.arm(name)
    sentence = " ".join(arm.in_force) or "Nothing is in force."
    return {"name": name, "label": arm.label, "about": arm.about, "sentence": sentence, "treated": list(arm.treated)}


# ---- harm ----------------------------------------------------------------------------------------


def intervals(found: Comparison, policies: list[str]) -> list[Facts]:
    """Return the harm that each arm avoids, in % of the baseline's, and in how many runs it leaves more."""
    rows = {row["name"]: row for row in found.effects().to_dict("records")}
    return [{"arm": name} | interval(rows[name], found) for name in policies if name in rows]


def contrasts(found: Comparison) -> list[Facts]:
    """Return the same of every contrast."""
    keys = ("name", "of", "minus")
    return [{key: row[key] for key in keys} | interval(row, found) for row in found.contrasts().to_dict("records")]


def interval(row: Any, found: Comparison) -> Facts:
    """Return the spread of harm avoided over the runs behind a row of effects or contrasts."""
    _, percent = found.headline(row["of"], row["minus"])
    avoided = -percent
    return {
        "n": row["n"], **{name: float(np.quantile(avoided, share)) for name, share in BANDS.items()},
        "mean": -row["mean"], "mean90": [-row["hi90"], -row["lo90"]],
        "n_worse": row["n_worse"], "separates": row["separates"] and row["n"] > 1,
    }  # fmt: skip


def course(found: Comparison) -> Facts:
    """Return the harm of every period under each arm, the baseline among them."""
    rows = found.series(*HEADLINE)
    return {
        "weeks": found.week_ends.tolist(),
        "arms": {
            str(arm): {name: one[name].tolist() for name in ("median", "lo90", "hi90")}
            for arm, one in rows.groupby("arm", sort=False)
        },
    }


# ---- money and harm ------------------------------------------------------------------------------


def changes(found: Comparison, arm: str, measure: str, side: str) -> Floats:
    """Return the paired change of a measure by run and country, a year [n, C]."""
    pairs = found.finished(arm, found.baseline)
    now, before = (found.by_country(measure, side, one, pairs) for one in (arm, found.baseline))
    return np.asarray((now - before) / found.years)


def cost(found: Comparison, arms: list[str]) -> Facts:
    """Return extra public cost beside the change of harm: runs, medians, and which arms others dominate.

    An arm is dominated by another whose medians are no higher and not both the same; `share` tells in how many of the
    runs of both one of those that dominate it has no higher cost and no more harm.
    """
    runs = {arm: found.finished(arm, found.baseline) for arm in arms}
    totals = {
        arm: np.column_stack([changes(found, arm, *what).sum(axis=1) for what in (("cost_usd", "payer"), HEADLINE)])
        for arm in arms
    }
    middle = {arm: np.median(values, axis=0) for arm, values in totals.items()}
    medians = []
    for arm in arms:
        above = [one for one in arms if one != arm and under(middle[one], middle[arm])]
        medians.append({
            "arm": arm, "cost_usd": float(middle[arm][0]), "harm_usd": float(middle[arm][1]), "dominated_by": above,
            "share": share_under(arm, above, runs, totals) if above else None,
        })  # fmt: skip
    free = [one for one in medians if not one["dominated_by"]]
    return {
        "points": [
            {"arm": arm, "replicate": run, "cost_usd": float(money), "harm_usd": float(harm)}
            for arm in arms
            for run, (money, harm) in zip(runs[arm], totals[arm], strict=True)
        ],
        "medians": medians,
        "pareto": [one["arm"] for one in sorted(free, key=lambda one: (one["cost_usd"], one["harm_usd"]))],
    }


def under(one: Floats, other: Floats) -> npt.NDArray[np.bool_]:
    """Return whether cost and harm of one are no higher than those of another, and not both the same."""
    return np.asarray((one <= other).all(axis=-1) & (one != other).any(axis=-1))


def share_under(arm: str, above: list[str], runs: dict[str, list[int]], totals: dict[str, Floats]) -> float:
    """Return the share of an arm's runs in which one of some other arms has no higher cost and no more harm."""
    shared = [run for run in runs[arm] if all(run in runs[one] for one in above)]
    if not shared:
        return float("nan")
    own, *others = (totals[name][[runs[name].index(run) for run in shared]] for name in (arm, *above))
    return float(np.any([under(one, own) for one in others], axis=0).mean())


# ---- by country ----------------------------------------------------------------------------------


def countries(found: Comparison, arm: str) -> list[Facts]:
    """Return, by country, its own extra public cost, the change of its residents' harm and of what it passes on."""
    paid, harm, passed_on = (
        changes(found, arm, measure, side)
        for measure, side in (("cost_usd", "payer"), ("harm_usd", "victim"), ("harm_exported_usd", "host"))
    )
    scenario = scenario_of(found, arm)
    names = {here.code: here for here in scenario.countries}
    part = {code for one in scenario.policy for code in one.members}
    takes_part = np.isin(found.manifest.codes, sorted(part))
    equal = paid.sum(axis=1, keepdims=True) / max(1, takes_part.sum())
    gains = ((harm < 0.0) & (paid < equal)).mean(axis=0) > MOST
    treated = found.treated_mask(arm)
    return [
        {
            "code": code, "name": names[code].name, "region": names[code].region, "treated": bool(treated[place]),
            "takes_part": bool(takes_part[place]), "cost": spread(paid[:, place]), "harm": spread(harm[:, place]),
            "passed_on": spread(passed_on[:, place]), "gains_without_paying": bool(gains[place]),
        }
        for place, code in enumerate(found.manifest.codes)
    ]  # fmt: skip


def spread(values: Floats) -> Facts:
    """Return the median and the range of nine runs in ten [n]."""
    return {name: float(np.quantile(values, BANDS[name])) for name in ("median", "lo90", "hi90")}


def flows(found: Comparison, arm: str) -> list[Facts]:
    """Return the ways that operations moved most over the window: mean over runs, and the change from the baseline."""
    frames = found.moves_matrix(arm), found.moves_matrix(arm, difference=True)
    moved, extra = (frame.to_numpy() for frame in frames)
    codes, size = found.manifest.codes, np.maximum(moved, np.abs(extra))
    order = np.argsort(-size, axis=None, kind="stable")[:WAYS]
    ways = [divmod(int(way), len(codes)) for way in order if size.flat[way] > 0.0]
    return [
        {
            "origin": codes[origin], "destination": codes[destination],
            "operations": float(moved[origin, destination]), "difference": float(extra[origin, destination]),
        }
        for origin, destination in ways
    ]  # fmt: skip


def stocks(found: Comparison, arm: str) -> dict[str, list[float]]:
    """Return mean operations by host and period."""
    mean = found.course("operations", "host")[found.places(arm, found.finished(arm))].mean(axis=0)
    return {code: np.round(mean[:, place], 3).tolist() for place, code in enumerate(found.manifest.codes)}
