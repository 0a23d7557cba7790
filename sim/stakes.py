"""What governments would weigh, estimated from paired runs at the corners of what they could contribute.

Nobody, everybody, each member alone and all but each: what relieves whom, and what a hold-out attracts, are told
apart by least squares of harm on the contributions. The numbers are frozen then, for a study to state.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import yaml
from scipy.optimize import nnls

from sim.declare import UnknownName
from sim.games import effect_on_others, equilibria, joint_contributions
from sim.politics import Coalition, Fixed, Floats, Government, Politics, assembled, regressors
from sim.scenario import Arm, Experiment, Scenario

if TYPE_CHECKING:
    from sim.comparison import Comparison

TABLE, TEXT = "stakes.csv", "stakes.yaml"
NOBODY, EVERYBODY = "nobody", "everybody"
LEAST_COST = 1.0  # USD a period, where cooperation costs less than that
DIGITS = 4  # of numbers that are written to be pasted


class NothingToContribute(ValueError):
    """An arm has no cooperation between two members at least."""


@dataclass(frozen=True)
class Corners:
    """An arm whose members contribute nothing or everything, in every way that is run."""

    experiment: Experiment
    coalition: Coalition
    given: Mapping[str, Floats]  # contributions [m] by arm
    weight: Floats  # of others' contributions, as in the arm [m, m]
    alike: bool  # whether all members are taken for equals: the first stands for each

    @property
    def members(self) -> tuple[str, ...]:
        """Return the codes of the members, in the order of all arrays."""
        return tuple(sorted(self.coalition.members))


def corners_of(experiment: Experiment, arm: str, alike: bool = False) -> Corners:
    """Return the experiment that estimates what the governments of an arm weigh, all together if they are `alike`.

    Raises UnknownName for an arm that there is not, NothingToContribute where nobody cooperates.
    """
    if arm not in experiment.arms:
        raise UnknownName("arm", arm, experiment.arms)
    scenario = experiment.arms[arm].scenario
    coalition = _coalition(scenario, arm)
    members = sorted(coalition.members)
    given = _corners(members, members[:1] if alike else members)
    arms = {
        name: Arm(label=name, scenario=replace(scenario, politics=_giving(coalition, members, shares)))
        for name, shares in given.items()
    }
    codes = sorted(coalition.members)
    return Corners(
        experiment=replace(
            experiment, name=f"{experiment.name[:57]}-stakes", about=f"What the governments of “{arm}” would weigh.",
            arms=arms, baseline=NOBODY, contrasts=(), uncertain=(),
        ),
        coalition=coalition, given=given,
        alike=alike, weight=assembled(coalition, codes, np.zeros(len(codes), dtype=np.int64)).game.weight,
    )  # fmt: skip


def _coalition(scenario: Scenario, arm: str) -> Coalition:
    """Return the coalition of a scenario, or one of all who cooperate."""
    cooperative = [one for one in scenario.policy if one.cooperative]
    if scenario.politics is not None:
        return scenario.politics
    partners = sorted({code for one in cooperative for code in one.members})
    if len(partners) < 2:
        raise NothingToContribute(f"nobody cooperates in “{arm}”: name an arm with a cooperative instrument")
    return Coalition(members=tuple(partners), start=min(one.start for one in cooperative), rule=Fixed())


def _corners(members: Sequence[str], varied: Sequence[str]) -> dict[str, Floats]:
    """Return who contributes in each arm; two names for the same corner are one arm."""
    one = dict(zip(members, np.eye(len(members)), strict=True))
    found = {NOBODY: np.zeros(len(members)), EVERYBODY: np.ones(len(members))}
    found |= {f"only {code}": one[code] for code in varied}
    if len(members) > 2 or len(varied) < len(members):
        found |= {f"all but {code}": 1.0 - one[code] for code in varied}
    return found


def _giving(coalition: Coalition, members: Sequence[str], shares: Floats) -> Coalition:
    """Return the coalition with contributions that stay as they are."""
    fixed = {code: Government(rule=Fixed(first=float(share))) for code, share in zip(members, shares, strict=True)}
    return replace(coalition, rule=Fixed(), stakes=None, governments=fixed, learns=False)


# ---- estimation ----------------------------------------


@dataclass(frozen=True)
class Estimated:
    """What governments would weigh, with standard errors over replicates, and what would come of it."""

    members: tuple[str, ...]
    game: Politics
    errors: Floats  # of own relief, relief and deflection [m, 3]
    fit: Floats  # share of the differences between corners that the form explains [m]
    replicates: int

    @property
    def alone(self) -> tuple[Floats, Floats]:
        """Return the contributions that nobody would change alone: reached from none and from all [m]."""
        return equilibria(self.game)

    @property
    def together(self) -> Floats:
        """Return the contributions that serve all of them best [m]."""
        return joint_contributions(self.game)

    def supply(self) -> Floats:
        """Return what a unit more of each contribution is worth to the others where all see to themselves [m] (USD)."""
        return effect_on_others(self.game, self.alone[0])


def estimated(corners: Corners, comparison: "Comparison", side: str = "victim") -> Estimated:
    """Return what the finished runs at the corners say, harm by victim's or by host country, in USD a period."""
    arms = list(corners.given)
    runs = comparison.finished(*arms)
    first, last = comparison.manifest.window
    periods = (last - first) / corners.coalition.period
    where = [comparison.manifest.codes.index(code) for code in corners.members]

    def at_corners(measure: str, side: str) -> Floats:
        found: Floats = np.array([comparison.by_country(measure, side, arm, runs)[:, where] for arm in arms]) / periods
        return found  # [corners, runs, m]

    given = np.array([corners.given[arm] for arm in arms])
    harm = at_corners("harm_usd", side)
    shares, fit = fitted(harm.mean(axis=1), given, corners.weight, corners.alike)
    left_out = [
        fitted(np.delete(harm, r, axis=1).mean(axis=1), given, corners.weight, corners.alike)[0]
        for r in range(len(runs))
    ]
    spent = at_corners("programme_usd", "payer").mean(axis=1)
    price = spent[arms.index(EVERYBODY)] - spent[arms.index(NOBODY)]
    usual = harm[arms.index(NOBODY)].mean(axis=0)
    if corners.alike:
        price, usual = (np.full_like(numbers, numbers.mean()) for numbers in (price, usual))
    nothing = np.zeros(len(where))
    own, relief, deflection = shares.T
    return Estimated(
        members=corners.members, fit=fit, errors=_jackknife(np.array(left_out)), replicates=len(runs),
        game=Politics(
            harm=usual, own_relief=own, relief=relief, deflection=deflection,
            weight=corners.weight, cost=np.maximum(LEAST_COST, 2.0 * price), reputation=nothing, aid=nothing,
        ),
    )  # fmt: skip


def fitted(harm: Floats, given: Floats, weight: Floats, alike: bool = False) -> tuple[Floats, Floats]:
    """Return own relief, relief and deflection of each member [m, 3], none below zero, and the fit [m].

    Least squares of harm at each corner [corners, m], relative to that of the first, where nobody contributes. Members
    that are `alike` get the same numbers, fitted to all of them.
    """
    members = harm.shape[1]
    seen = np.array([regressors(shares, weight)[:, 1:] for shares in given])  # [corners, m, 3]
    change = harm / harm[0] - 1.0
    if alike:
        shares, fit = _least_squares(seen.reshape(-1, seen.shape[2]), change.ravel())
        return np.tile(shares, (members, 1)), np.full(members, fit)
    found = [_least_squares(seen[:, i], change[:, i]) for i in range(members)]
    return np.array([shares for shares, _ in found]), np.array([fit for _, fit in found])


def _least_squares(seen: Floats, change: Floats) -> tuple[Floats, float]:
    """Return coefficients that are not below zero, and the share of the differences that they explain."""
    shares, missed = nnls(seen, change)
    spread = float(((change - change.mean()) ** 2).sum())
    return shares, float(1.0 - missed**2 / spread) if spread > 0.0 else 1.0


def _jackknife(left_out: Floats) -> Floats:
    """Return standard errors from estimates that each leave one replicate out [n, m, 3]; nan for fewer than two."""
    n = len(left_out)
    if n < 2:
        return np.full(left_out.shape[1:], np.nan)
    errors: Floats = np.sqrt((n - 1) / n * ((left_out - left_out.mean(axis=0)) ** 2).sum(axis=0))
    return errors


# ---- what is written ----------------------------------------

NUMBERS = ("harm", "own_relief", "relief", "deflection", "cost")


def rows_of(found: Estimated) -> list[dict[str, float | str]]:
    """Return a row for each government: its stakes, their errors, and contributions alone and together."""
    lowest, highest = found.alone
    errors = dict(zip(("own_relief_se", "relief_se", "deflection_se"), found.errors.T, strict=True))
    columns = {name: getattr(found.game, name) for name in NUMBERS} | errors | {
        "fit": found.fit, "alone_from_none": lowest, "alone_from_all": highest, "together": found.together,
        "worth_to_others": found.supply(),
    }  # fmt: skip
    return [
        {"government": code} | {name: float(column[i]) for name, column in columns.items()}
        for i, code in enumerate(found.members)
    ]


def pasted(found: Estimated) -> str:
    """Return the stakes as YAML that a file can take into its `politics`."""
    governments = {
        code: {"stakes": {name: _short(float(getattr(found.game, name)[i])) for name in NUMBERS}}
        for i, code in enumerate(found.members)
    }
    text: str = yaml.safe_dump({"politics": {"governments": governments}}, sort_keys=False)
    return text


def _short(value: float) -> float:
    return float(f"{value:.{DIGITS}g}")
