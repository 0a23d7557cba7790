"""Do a peer and the engine say the same? `python benchmarks/peers/agree.py` prints the table and fails if they do not.

Both start from one opening state, with luck of their own in every replicate, and let the same weeks pass. For each
statistic the means over replicates are compared: z is their difference over its standard error (Welch), beside it the
ratio of the variances, peer over engine. They agree if no |z| reaches the limit: the two-sided quantile of Student's t
at which chance alone refuses one comparison in a hundred, all statistics together (Bonferroni): 4.0 for 20 replicates.
Every country gets `SURGE` teams more for each operation that it has at first, so that raids, which are rare without a
policy, and all that follows from them are compared too.
"""

import importlib.util
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from scipy import stats

sys.path.insert(0, str(Path(__file__).parents[2]))
from benchmarks.peers import plain_mesa
from benchmarks.peers.common import engine_week, opening
from sim.setting import Setting
from sim.state import Happened, Reviewed, State, Status

SURGE = 4.0  # teams for each operation
CHANCE = 0.01  # of refusing two versions of one model
COUNTED = {
    "cases opened": Happened.CASES, "raids": Happened.RAIDS, "raids that succeed": Happened.RAIDS_SUCCESSFUL,
    "tip-offs": Happened.TIP_OFFS, "arrests": Happened.ARRESTS, "rescues": Happened.RESCUED,
    "quiet spells": Happened.QUIET_SPELLS, "returns": Happened.RETURNS, "hardenings": Happened.HARDENINGS,
    "closures": Happened.CLOSURES, "new targets": Happened.RETARGETS,
}  # fmt: skip
Begin = Callable[[State, Setting, int], Any]


def engine_totals(state: State) -> dict[str, Any]:
    """Return what has been counted since the start of the run."""
    return {name: int(state.diary[happened].sum()) for name, happened in COUNTED.items()} | {
        "victims": state.hits.sum(axis=(0, 1)), "known": int(state.known_victims[0]),
        "losses (USD)": state.taken.sum() / 100, "reports": int(state.reports.sum()),
        "requests": state.requests.sum(), "seized (USD)": state.diary[Happened.SEIZED_CENTS].sum() / 100,
        "reviews": state.reviewed[Reviewed.REVIEWS].sum(), "moves": int(state.moves.sum()),
    }  # fmt: skip


def engine_figures(begun: State, state: State) -> dict[str, Any]:
    """Return the statistics of the engine after some weeks."""
    before, after = engine_totals(begun), engine_totals(state)
    found = {name: after[name] - before[name] for name in after}
    there, alive = state.sites.status != Status.EMPTY, state.syndicates.alive == 1
    return found | {
        "workers": (state.voluntary + state.coerced)[there].sum(), "leads held": state.sites.leads[there].sum(),
        "hardness": state.sites.tactic[there].sum(), "awareness": state.awareness.mean(),
        "crowding": state.crowding.mean(), "teams' debt": state.debt.sum(), "news of raids": state.public_hits.sum(),
        "own evidence": state.syndicates.hits[alive].sum(), "experience": state.syndicates.experience[alive].sum(),
        "operations": there.sum(), "syndicates": alive.sum(), "largest country": state.count.max(),
    }  # fmt: skip


def peer_figures(begun: State, peer: Any) -> dict[str, Any]:
    """Return the same of a peer."""
    people, sites, gangs = peer.populations, list(peer.operations), list(peer.syndicates)
    return {name: peer.diary[name] for name in (*COUNTED, "requests", "seized (USD)", "reviews", "moves")} | {
        "victims": np.array([one.victims for one in people]), "losses (USD)": sum(one.losses for one in people),
        "known": sum(len(one.last_loss) for one in people) - int(begun.known_victims[0]),
        "reports": sum(one.all_reports for one in people), "workers": sum(s.voluntary + s.coerced for s in sites),
        "leads held": sum(site.leads for site in sites), "hardness": sum(site.tactic for site in sites),
        "awareness": np.mean([one.awareness for one in people]), "crowding": np.mean([one.crowding for one in people]),
        "teams' debt": sum(one.debt for one in peer.countries),
        "news of raids": sum(one.public_hits for one in peer.countries),
        "own evidence": sum(sum(gang.hits) for gang in gangs),
        "experience": sum(sum(gang.experience) for gang in gangs),
        "operations": len(sites), "syndicates": len(gangs), "largest country": max(one.count for one in peer.countries),
    }  # fmt: skip


def statistics(begun: State, codes: tuple[str, ...], found: dict[str, Any]) -> dict[str, float]:
    """Return the statistics that are compared: victims by the largest targets, and those who lose something again."""
    by_country, known = found.pop("victims"), found.pop("known")
    largest = np.argsort(-begun.hits.sum(axis=(0, 1)))[:3]
    victims = {"victims": by_country.sum()} | {f"victims, {codes[t]}": by_country[t] for t in largest}
    return victims | {"repeat victims": by_country.sum() - known} | found


@cache
def engine_runs(replicates: int, scale: float, weeks: int, surge: float) -> list[dict[str, float]]:
    """Return the statistics of the engine in every replicate."""
    begun, _ = opening(scale, 0, surge)
    found = []
    for seed in range(1, replicates + 1):
        state, setting = opening(scale, seed, surge)
        for _ in range(weeks):
            engine_week(state, setting)
        found.append(statistics(begun, setting.world.codes, engine_figures(begun, state)))
    return found


def peer_runs(replicates: int, scale: float, weeks: int, surge: float, begin: Begin) -> list[dict[str, float]]:
    """Return the same of a peer."""
    begun, setting = opening(scale, 0, surge)
    found = []
    for seed in range(1, replicates + 1):
        peer = begin(*opening(scale, seed, surge), seed)
        for _ in range(weeks):
            peer.advance()
        found.append(statistics(begun, setting.world.codes, peer_figures(begun, peer)))
    return found


def agreement(
    replicates: int, scale: float, weeks: int, begin: Begin = plain_mesa.begin, surge: float = SURGE
) -> dict[str, Any]:
    """Return whether a peer agrees with the engine, the largest |z|, its limit, and a row for each statistic."""
    found = {
        "engine": engine_runs(replicates, scale, weeks, surge),
        "peer": peer_runs(replicates, scale, weeks, surge, begin),
    }
    rows = []
    for name in found["engine"][0]:
        of = {side: np.array([float(one[name]) for one in each]) for side, each in found.items()}
        means, variances = ({side: f(of[side]) for side in of} for f in (np.mean, lambda x: np.var(x, ddof=1)))
        error = np.sqrt((variances["engine"] + variances["peer"]) / replicates)
        difference = means["peer"] - means["engine"]
        z = difference / error if error > 0 else np.inf * np.sign(difference) if difference else 0.0
        ratio = variances["peer"] / variances["engine"] if variances["engine"] > 0 else np.nan
        rows.append((name, float(means["engine"]), float(means["peer"]), float(z), float(ratio)))
    limit = float(stats.t.isf(CHANCE / 2 / len(rows), 2 * (replicates - 1)))
    worst = max(abs(z) for _, _, _, z, _ in rows)
    return {
        "replicates": replicates, "scale": scale, "weeks": weeks, "statistics": len(rows), "worst": worst,
        "limit": limit, "agrees": worst < limit, "rows": rows,
    }  # fmt: skip


def table(found: dict[str, Any]) -> str:
    """Return the rows of an agreement as a table, and the verdict."""
    lines = [f"{'statistic':20} {'engine':>14} {'peer':>14} {'z':>6} {'variance ratio':>15}"]
    lines += [f"{name:20} {a:14,.4g} {b:14,.4g} {z:6.2f} {v:15.2f}" for name, a, b, z, v in found["rows"]]
    verdict = "they agree" if found["agrees"] else "THEY DO NOT AGREE"
    lines.append(
        f"{found['statistics']} statistics, worst |z| {found['worst']:.2f}, limit {found['limit']:.2f}: {verdict}"
    )
    return "\n".join(lines)


def peers() -> dict[str, Begin]:
    """Return the peers that can be had here, by name."""
    found: dict[str, Begin] = {"plain Mesa": plain_mesa.begin}
    if importlib.util.find_spec("agentpy"):
        from benchmarks.peers import second

        found["AgentPy"] = second.begin
    return found


if __name__ == "__main__":
    results = {name: agreement(20, 0.05, 26, begin) for name, begin in peers().items()}
    for name, result in results.items():
        print(f"{name} and the engine, {result['replicates']} replicates of each\n{table(result)}\n")
    sys.exit(not all(result["agrees"] for result in results.values()))
