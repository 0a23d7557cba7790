"""How governments contribute to a coalition: what they weigh, by which rules they decide, and how trust follows.

Pure formulas and declarations: the week (`sim.phases.govern`) and the games of governments (`sim.games`) both use them.
A rule of contribution is one declaration here; the reading of files, the schema and the tests find it by its name.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from sim.declare import Registry, param, record

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Booleans = npt.NDArray[np.bool_]

ROUNDING = 1e-9  # by which a contribution may miss the mean and still count as equal to it
LEAST_HARM = 1.0  # USD a period; no government believes to suffer less
VIEWS = 4  # what a government believes (USD): harm, and what own relief, relief by others and deflection make of it

CONTRIBUTION_RULES: Registry[type["ContributionRule"]] = Registry("contribution rule")
contribution_rule = CONTRIBUTION_RULES


# ---- what governments weigh ----------------------------------------


@dataclass(frozen=True, kw_only=True)
class Politics:
    """What governments weigh when they contribute, from 0 to 1, to a coalition [N]; money in USD a period.

    The form is our own, the least that knows relief for others, deflection onto those who hold out (Sandler 2005),
    reputation and aid. Its numbers have to be estimated, and none of them is below zero.
    """

    harm: Floats  # in each country when nobody contributes (USD)
    own_relief: Floats  # share of it that the own contribution removes
    relief: Floats  # share that the others' contributions remove, by `weight`
    weight: Floats  # of each other's contribution for one's own relief [N, N]; row: who is relieved
    deflection: Floats  # share added when all others contribute and oneself does not
    cost: Floats  # twice the cost of a full contribution, which is quadratic (USD); above zero
    reputation: Floats  # lost for each unit by which one stays below the mean of the others (USD)
    aid: Floats  # received for each unit of contribution (USD)


def mean_of_others(contributions: Floats) -> Floats:
    """Return, for each of at least two players, the mean contribution of all others [N]."""
    mean: Floats = (contributions.sum() - contributions) / (len(contributions) - 1)
    return mean


def others_weights(game: Politics) -> Floats:
    """Return the weights with nobody counted among their own others [N, N]."""
    return game.weight * (1.0 - np.eye(len(game.harm)))


def expected_harm(game: Politics, contributions: Floats) -> Floats:
    """Return the harm in each country as its government expects it [N] (USD)."""
    relieved = game.own_relief * contributions + game.relief * (others_weights(game) @ contributions)
    attracted = game.deflection * (1.0 - contributions) * mean_of_others(contributions)
    return game.harm * (1.0 - relieved + attracted)


def payoffs_in_good_standing(game: Politics, contributions: Floats) -> Floats:
    """Return each government's payoff [N] (USD), lost reputation aside."""
    own = game.aid * contributions - game.cost * contributions**2 / 2.0
    return own - expected_harm(game, contributions)


def payoffs(game: Politics, contributions: Floats) -> Floats:
    """Return each government's payoff [N] (USD): aid - harm - cost · contribution² / 2 - lost reputation."""
    behind = np.maximum(0.0, mean_of_others(contributions) - contributions)
    return payoffs_in_good_standing(game, contributions) - game.reputation * behind


def best_contribution(game: Politics, contributions: Floats, player: int) -> float:
    """Return the contribution that serves one government best while the others keep theirs.

    The payoff is concave in it, with a kink where one falls behind the mean of the others. So there is one best
    answer: what pays by itself, or more for the sake of reputation, but for that never above the mean.
    """
    others = float(mean_of_others(contributions)[player])
    gain = game.harm[player] * (game.own_relief[player] + game.deflection[player] * others) + game.aid[player]
    without_shame = gain / game.cost[player]
    with_shame = without_shame + game.reputation[player] / game.cost[player]
    return float(np.clip(min(with_shame, max(without_shame, others)), 0.0, 1.0))


# ---- rules by which they decide ----------------------------------------


@dataclass(frozen=True)
class Table:
    """What governments have before them when they decide [N]."""

    game: Politics
    last: Floats  # contributions of the last period
    regions: Integers
    bound: Booleans  # by a treaty in force


@record
class ContributionRule:
    """What every rule has: a first contribution, and an answer to those of the last period."""

    weighs: ClassVar[bool] = False  # whether it compares payoffs, and needs stakes
    first: float = param(
        1.0, unit="share of what was agreed", low=0, high=1, source="scenario", about="contribution of the first period"
    )

    def answer(self, table: Table, player: int) -> float:
        """Return the next contribution of a government; without a word of its own it keeps its last one."""
        return float(table.last[player])


@contribution_rule("fixed")
@record
class Fixed(ContributionRule):
    """A government keeps its first contribution whatever the others do."""


@record
class Weighing(ContributionRule):
    """A rule that goes part of the way to the best answer."""

    weighs: ClassVar[bool] = True
    step: float = param(
        0.5, unit="share of the way", low=0.01, high=1, plausible=(0.25, 1.0), source="A-70",
        about="how far it goes towards its best answer in one period",
    )  # fmt: skip

    def answer(self, table: Table, player: int) -> float:
        """Return the contribution some way from the last one to the best answer to the others' last ones."""
        last = float(table.last[player])
        return last + self.step * (best_contribution(table.game, table.last, player) - last)


@contribution_rule("best response")
@record
class BestAnswer(Weighing):
    """A government goes towards what serves it best while the others keep their last contributions (Nash 1951)."""


@contribution_rule("reciprocity")
@record
class Reciprocity(ContributionRule):
    """A government gives what the others gave on average, and forgives a little (Nowak & Sigmund 1992)."""

    forgiving: float = param(
        0.1, unit="share of what is missing", low=0, high=1, plausible=(0.0, 0.3), source="A-70",
        about="how much of what the others held back it gives all the same",
    )  # fmt: skip

    def answer(self, table: Table, player: int) -> float:
        """Return the others' mean, raised by a share of what it lacks."""
        mean = float(mean_of_others(table.last)[player])
        return mean + self.forgiving * (1.0 - mean)


@contribution_rule("imitation")
@record
class Imitation(ContributionRule):
    """A government does what the best placed one of its region did: the highest payoff for each dollar of own harm."""

    weighs: ClassVar[bool] = True

    def answer(self, table: Table, player: int) -> float:
        """Return the last contribution of the most successful neighbour; of equally successful ones the largest."""
        success = payoffs(table.game, table.last) / table.game.harm
        near = table.regions == table.regions[player]
        best = near & (success >= success[near].max())
        return float(table.last[player] if best[player] else table.last[best].max())


@contribution_rule("treaty")
@record
class Treaty(Weighing):
    """Governments bind themselves to a level; who falls short pays, if that is found out (Barrett 1994)."""

    level: float = param(
        0.8, unit="share of what was agreed", low=0, high=1, source="scenario", about="contribution owed"
    )
    fine: float = param(
        0.0,
        unit="USD a period",
        low=0,
        high=1e12,
        source="scenario",
        about="paid to the coalition for a breach found out",
    )
    detection: float = param(
        0.5, unit="chance", low=0, high=1, plausible=(0.2, 0.9), source="A-73", about="that a breach is found out"
    )
    minimum: float = param(
        1.0, unit="share of those who signed", low=0, high=1, source="A-73",
        about="who must stay in for the treaty to be in force",
    )  # fmt: skip

    def answer(self, table: Table, player: int) -> float:
        """Return the level, or more, when bound and when a breach does not pay; else go towards the best answer."""
        free = super().answer(table, player)
        if table.bound[player] and self.keeps(table, player):
            return max(free, self.level)
        return free

    def is_broken(self, given: float) -> bool:
        """Return whether a contribution falls short of the level."""
        return given < self.level - ROUNDING

    def keeps(self, table: Table, player: int) -> bool:
        """Return whether keeping to the level pays at least as much as the best breach, expected fine included."""
        tempted = best_contribution(table.game, table.last, player)
        kept = _payoff(table.game, table.last, player, max(tempted, self.level))
        broken = _payoff(table.game, table.last, player, tempted)
        fine = self.detection * self.fine if tempted < self.level else 0.0
        return kept >= broken - fine


def _payoff(game: Politics, contributions: Floats, player: int, own: float) -> float:
    changed = contributions.copy()
    changed[player] = own
    return float(payoffs(game, changed)[player])


def treaties_of(rules: Sequence[ContributionRule]) -> dict[int, Treaty]:
    """Return the treaties that governments have signed, by government."""
    return {i: rule for i, rule in enumerate(rules) if isinstance(rule, Treaty)}


def taking_part(game: Politics, last: Floats, rules: Sequence[ContributionRule]) -> Booleans:
    """Return who is bound by a treaty in force [N]: those who signed, if enough would rather be in than out.

    In: all who signed give their best answer to last period's contributions, and no less than the level. Out: if
    those left are still enough, they keep to that and one answers them alone; if not, the treaty lapses, all give
    their best answers only, and one answers those.
    """
    treaties, bound = treaties_of(rules), np.zeros(len(rules), dtype=bool)
    inside, lapsed = last.copy(), last.copy()
    for i, treaty in treaties.items():
        lapsed[i] = best_contribution(game, last, i)
        inside[i] = max(lapsed[i], treaty.level)
    stays = np.zeros(len(rules), dtype=bool)
    for i, treaty in treaties.items():
        enough = len(treaties) - 1 >= treaty.minimum * len(treaties)
        outside = inside if enough else lapsed
        out = _payoff(game, outside, i, best_contribution(game, outside, i))
        stays[i] = payoffs(game, inside)[i] >= out - ROUNDING * abs(out)
    for i, treaty in treaties.items():
        bound[i] = stays[i] and stays.sum() >= treaty.minimum * len(treaties)
    return bound


def decide(
    game: Politics, last: Floats, rules: Sequence[ContributionRule], regions: Integers
) -> tuple[Floats, Booleans]:
    """Return everybody's next contribution [N], all given at once, and who is bound by a treaty meanwhile [N]."""
    table = Table(game, last, regions, taking_part(game, last, rules))
    return np.array([rule.answer(table, i) for i, rule in enumerate(rules)]), table.bound


# ---- trust, and learning from what is recorded ----------------------------------------


def trust_after(
    trust: Floats, contributions: Floats, betrayed: Booleans, *, rise: float, fall: float, defection: float
) -> Floats:
    """Return the trust of each government (row) in each other (column) after a period [N, N].

    Whoever contributes, and not less than the mean, gains a share of what is missing to full trust. Who has betrayed
    a partner (a leak that came out, a breach found out), or has given less than a share of the mean, loses a share.
    """
    mean = contributions.mean()
    fair = (contributions >= mean - ROUNDING) & (contributions > 0.0)
    bad = betrayed | (contributions < defection * mean - ROUNDING)
    changed: Floats = trust + rise * fair * (1.0 - trust) - fall * bad * trust
    np.fill_diagonal(changed, 1.0)
    return changed


def regressors(contributions: Floats, weight: Floats) -> Floats:
    """Return what harm is linear in, for each government [N, 4]: its coefficients are harm · (1, θ, ψ, ζ)."""
    others = (weight * (1.0 - np.eye(len(contributions)))) @ contributions
    spared = (1.0 - contributions) * mean_of_others(contributions)
    return np.column_stack([np.ones_like(contributions), -contributions, -others, spared])


def learnt(views: Floats, doubts: Floats, seen: Floats, harm: Floats, memory: float) -> tuple[Floats, Floats]:
    """Return what governments believe [N, 4] and how unsure they are [N, 4, 4] after a period of recorded harm.

    Recursive least squares with forgetting (Plackett 1950): gain = P x / (memory + x' P x), view += gain · error.
    """
    spread = np.einsum("nij,nj->ni", doubts, seen)
    gain = spread / (memory + (seen * spread).sum(axis=1))[:, None]
    corrected = views + gain * (harm - (seen * views).sum(axis=1))[:, None]
    return corrected, (doubts - gain[:, :, None] * spread[:, None, :]) / memory


# ---- what a scenario says of it ----------------------------------------


@record
class Stakes:
    """What a government weighs; estimated by `displace politics`, or stated."""

    harm: float | None = param(
        None, unit="USD a period", low=1, high=1e15, source="scenario",
        about="harm when nobody contributes; none = recorded losses of a period so far",
    )  # fmt: skip
    own_relief: float = param(
        0.0, unit="share of harm", low=0, high=1, source="scenario", about="what the own full contribution removes"
    )
    relief: float = param(
        0.0, unit="share of harm", low=0, high=1, source="scenario", about="what the others' full contributions remove"
    )
    deflection: float = param(
        0.0,
        unit="share of harm",
        low=0,
        high=10,
        source="scenario",
        about="added when all others contribute, alone not",
    )
    cost: float = param(
        unit="USD a period", low=1, high=1e15, source="scenario", about="twice the price of a full contribution"
    )
    reputation: float = param(
        0.0,
        unit="USD a period",
        low=0,
        high=1e15,
        source="scenario",
        about="lost by giving nothing while all others give",
    )
    aid: float = param(
        0.0, unit="USD a period", low=0, high=1e15, source="scenario", about="received for a full contribution"
    )
    weight: dict[str, float] = param(
        {}, unit="share of the others' relief by country code", source="scenario",
        about="whose contributions relieve it; unless given, all others' equally",
    )  # fmt: skip


@record
class Government:
    """What differs from the others in one government."""

    rule: ContributionRule | None = None
    stakes: Stakes | None = None


@record
class Terms:
    """Who decides how much to contribute, and when."""

    members: tuple[str, ...] = param(unit="country codes", source="scenario", about="governments that decide")
    start: int = param(
        0, unit="weeks after burn-in", low=0, high=5200, source="scenario",
        about="first contributions; unless given, when the first cooperative instrument starts",
    )  # fmt: skip
    period: int = param(13, unit="weeks", low=1, high=520, source="A-70", about="between two decisions")
    learns: bool = param(
        False, unit="yes/no", source="A-74", about="whether governments learn their stakes from recorded losses"
    )
    memory: float = param(
        0.98, unit="per period", low=0.5, high=1, plausible=(0.9, 1.0), source="A-74",
        about="weight kept by what was learnt before",
    )  # fmt: skip
    doubt: float = param(
        1.0, unit="variance of a period's losses", low=0, high=1e6, plausible=(0.1, 10.0), source="A-74",
        about="how unsure a government is of its first stakes",
    )  # fmt: skip


@record
class Coalition(Terms):
    """Governments that decide again and again how much of the agreed cooperation they give."""

    rule: ContributionRule
    stakes: Stakes | None = None
    governments: dict[str, Government] = field(default_factory=dict)

    def rule_of(self, code: str) -> ContributionRule:
        """Return the rule by which a member decides."""
        own = self.governments.get(code)
        return self.rule if own is None or own.rule is None else own.rule

    def stakes_of(self, code: str) -> Stakes | None:
        """Return what a member weighs, if that is stated."""
        own = self.governments.get(code)
        return self.stakes if own is None or own.stakes is None else own.stakes


@dataclass(frozen=True)
class Assembly:
    """A coalition laid out as arrays over its members [m]."""

    terms: Terms
    where: Integers  # places of the members in the world
    rules: tuple[ContributionRule, ...]
    regions: Integers
    game: Politics  # as stated; harm is not a number where it is to be taken from the record

    def views(self, usual: Floats) -> Floats:
        """Return what governments believe before they have learnt anything [m, 4], given the usual harm [m] (USD)."""
        game = self.game
        harm = np.where(np.isnan(game.harm), np.maximum(LEAST_HARM, usual), game.harm)
        return harm[:, None] * np.column_stack([np.ones(len(harm)), game.own_relief, game.relief, game.deflection])

    def game_of(self, views: Floats) -> Politics:
        """Return what governments weigh when they believe this [m, 4]: learnt shares of harm are not below zero."""
        harm = np.maximum(LEAST_HARM, views[:, 0])
        if not self.terms.learns:
            return replace(self.game, harm=harm)
        own_relief, relief, deflection = np.maximum(0.0, views[:, 1:] / harm[:, None]).T
        return replace(self.game, harm=harm, own_relief=own_relief, relief=relief, deflection=deflection)


UNWEIGHED = Stakes(harm=1.0, cost=1.0)  # of governments that compare no payoffs


def assembled(coalition: Coalition, codes: Sequence[str], regions: npt.NDArray[np.integer]) -> Assembly:
    """Return a coalition as arrays; codes and regions are those of the world, in its order."""
    where = np.array(sorted(codes.index(code) for code in coalition.members), dtype=np.int64)
    members = [codes[c] for c in where]
    stakes = [coalition.stakes_of(code) or UNWEIGHED for code in members]
    equal = 1.0 / max(1, len(members) - 1)
    weight = np.array([
        [one.weight.get(code, 0.0) if one.weight else equal for code in members] for one in stakes
    ])  # fmt: skip
    return Assembly(
        terms=coalition, where=where, rules=tuple(coalition.rule_of(code) for code in members),
        regions=np.asarray(regions, dtype=np.int64)[where],
        game=Politics(
            harm=np.array([np.nan if one.harm is None else one.harm for one in stakes]),
            own_relief=_column(stakes, "own_relief"), relief=_column(stakes, "relief"), weight=weight,
            deflection=_column(stakes, "deflection"), cost=_column(stakes, "cost"),
            reputation=_column(stakes, "reputation"), aid=_column(stakes, "aid"),
        ),
    )  # fmt: skip


def _column(stakes: Sequence[Stakes], name: str) -> Floats:
    return np.array([float(getattr(one, name)) for one in stakes])
