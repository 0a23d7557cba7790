"""Games of effort between governments: best responses, what nobody would change alone, what all would choose together.

They say what governments that weigh their own losses would do, and whether that is too little or too much for all
of them. Governments of a scenario with `politics` decide by the same formulas (`sim.politics`), a period at a time.
"""

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt
from scipy.optimize import LinearConstraint, OptimizeResult, minimize, minimize_scalar

from sim.estimators import choice_shares
from sim.politics import (
    ContributionRule,
    Politics,
    best_contribution,
    decide,
    others_weights,
    payoffs_in_good_standing,
)

Floats = npt.NDArray[np.float64]
Losses = Callable[[Floats], Floats]  # what each player loses [N] at everybody's efforts [N]
Response = Callable[[Floats, int], float]  # the effort with which one player answers everybody's efforts [N]

GRID = 65  # efforts compared before the best is refined: a loss may have more than one hollow
ROUNDS = 10_000
SETTLED = 1e-9  # largest change of an effort in the last round


class NoEquilibrium(ArithmeticError):
    """Players went on changing their efforts."""


# ---- any game ----------------------------------------


def best_response(losses: Losses, efforts: Floats, player: int, highest: float) -> float:
    """Return the effort from 0 to `highest` at which one player loses least while the others keep theirs."""

    def own(effort: float) -> float:
        changed = efforts.copy()
        changed[player] = effort
        return float(losses(changed)[player])

    grid = [float(effort) for effort in np.linspace(0.0, highest, GRID)]
    best = min(range(GRID), key=lambda i: own(grid[i]))
    around = grid[max(0, best - 1)], grid[min(GRID - 1, best + 1)]
    refined = minimize_scalar(own, bounds=around, method="bounded", options={"xatol": 1e-10})
    return min((grid[best], float(refined.x)), key=own)


def nash(respond: Response, start: npt.ArrayLike, settled: float = SETTLED) -> Floats:
    """Return efforts that nobody would change alone [N] (Nash 1951), found by answering in turn from a start [N].

    Where efforts encourage each other, all 0 leads to the lowest such efforts and all at the highest to the highest.
    Raises NoEquilibrium if a round still changes some effort by more than `settled`.
    """
    efforts = np.array(start, dtype=np.float64)
    for _ in range(ROUNDS):
        before = efforts.copy()
        for player in range(len(efforts)):
            efforts[player] = respond(efforts, player)
        if np.abs(efforts - before).max() < settled:
            return efforts
    raise NoEquilibrium(f"efforts still change by {np.abs(efforts - before).max():.2g} after {ROUNDS} rounds")


def joint_optimum(losses: Losses, players: int, highest: float) -> Floats:
    """Return the efforts [N] from 0 to `highest` at which the sum of smooth losses is least."""
    limits = [(0.0, highest)] * players

    def total(efforts: Floats) -> float:
        return float(losses(efforts).sum())

    def search(start: Floats) -> OptimizeResult:
        return minimize(total, start, method="L-BFGS-B", bounds=limits, options={"ftol": 1e-14, "gtol": 1e-9})

    return _best_of([search(start) for start in _starts(players, highest)])


def _starts(players: int, highest: float) -> list[Floats]:
    return [np.full(players, share * highest) for share in (0.0, 0.5, 1.0)]


def _best_of(found: Sequence[OptimizeResult]) -> Floats:
    return np.asarray(min(found, key=lambda result: float(result.fun)).x, dtype=np.float64)


# ---- effort that drives crime elsewhere, effort that wears it out ----------------------------------------


def deflecting_losses(efforts: Floats, outside: float | None = None, cost: float = 0.05) -> Floats:
    """Return what countries lose [N] when effort makes them less attractive: their share of crime + cost · effort².

    Crime chooses by logit (McFadden 1974) among places of utility -effort, and none of them at utility `outside` if
    that is given. What one country drives out comes to the others, who answer in kind (Sandler 2005): the effort of
    each alone is above what is best for all.
    """
    shares: Floats = choice_shares(-efforts, outside)[: len(efforts)]
    return shares + cost * efforts**2


def degrading_losses(efforts: Floats, harm: float = 1.0, power: float = 0.5, cost: float = 0.1) -> Floats:
    """Return what countries lose [N] when effort wears down the capacity to harm all: harm · K + cost · effort² / 2.

    Capacity K = exp(-power · Σ efforts). What one country does helps the others, who may leave it to them (Sandler
    2005): the effort of each alone, cost · effort = harm · power · K, is below what is best for all, which is where
    cost · effort is N times that.
    """
    return harm * capacity(efforts, power) + cost * efforts**2 / 2.0


def capacity(efforts: Floats, power: float = 0.5) -> float:
    """Return the capacity that efforts leave, as a share of what it would be without any."""
    return float(np.exp(-power * efforts.sum()))


# ---- contributions to a coalition ----------------------------------------


def equilibria(game: Politics) -> tuple[Floats, Floats]:
    """Return the contributions [N] that nobody would change alone: those reached from nothing and those from all.

    Deflection and reputation let contributions encourage each other, so that the two may differ; any others lie
    between them.
    """
    players = len(game.harm)

    def respond(contributions: Floats, player: int) -> float:
        return best_contribution(game, contributions, player)

    return nash(respond, np.zeros(players)), nash(respond, np.ones(players))


def contribution_path(
    game: Politics, rules: Sequence[ContributionRule], first: npt.ArrayLike, periods: int, regions: npt.ArrayLike = 0
) -> Floats:
    """Return the contributions of each period [periods, N] when governments decide by their rules, all at once."""
    path = [np.array(first, dtype=np.float64)]
    nearby = np.broadcast_to(np.asarray(regions, dtype=np.int64), len(path[0]))
    for _ in range(periods - 1):
        path.append(decide(game, path[-1], rules, nearby)[0])
    return np.array(path)


def effect_on_others(game: Politics, contributions: Floats) -> Floats:
    """Return what one more unit of each contribution is worth to all other governments [N] (USD), reputation aside.

    Above zero, governments left alone contribute too little, since others are relieved. Below zero they contribute
    too much, since crime is driven to those who hold out.
    """
    hold_out = game.harm * game.deflection * (1.0 - contributions)
    relieving = (game.harm * game.relief) @ others_weights(game)
    return np.asarray(relieving - (hold_out.sum() - hold_out) / (len(game.harm) - 1))


def joint_contributions(game: Politics) -> Floats:
    """Return the contributions [N] at which the sum of all payoffs is largest.

    The search takes lost reputation out of the kink: how far each has fallen behind is a variable of its own, at
    least zero and at least the mean of the others - the contribution. Several starts, as the sum is not concave.
    """
    players = len(game.harm)
    unit = float(np.mean(game.harm + game.cost))  # so that the search meets numbers of the order of one
    gap = np.hstack([np.eye(players) - (1.0 - np.eye(players)) / (players - 1), np.eye(players)])

    def lost(both: Floats) -> float:
        kept = payoffs_in_good_standing(game, both[:players]) - game.reputation * both[players:]
        return -float(kept.sum()) / unit

    def search(start: Floats) -> OptimizeResult:
        return minimize(
            lost, np.concatenate([start, np.zeros(players)]), method="SLSQP", bounds=[(0.0, 1.0)] * (2 * players),
            constraints=[LinearConstraint(gap, 0.0, np.inf)], options={"ftol": 1e-14, "maxiter": 500},
        )  # fmt: skip

    return np.clip(_best_of([search(start) for start in _starts(players, 1.0)])[:players], 0.0, 1.0)
