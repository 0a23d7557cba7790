"""What a choice rule alone implies: shares of places, and the leakage that follows from them."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sim.estimators.pairs import Booleans, Floats, leakage_ratio

Mechanics = Mapping[str, Floats]


def choice_shares(
    utilities: npt.ArrayLike,
    outside: float | None = None,
    nests: npt.ArrayLike | None = None,
    dissimilarity: float = 1.0,
) -> Floats:
    """Return the logit shares of places [C] (McFadden 1974), the outside option's last when there is one.

    `nests` numbers the nest of each place from 0; the outside option is a nest of its own.
    """
    u = np.asarray(utilities, dtype=np.float64)
    nest = np.arange(len(u)) if nests is None else np.asarray(nests, dtype=np.int64)
    width = 1.0 if nests is None else dissimilarity
    weight = np.exp(u / width)
    sums = np.bincount(nest, weights=weight)
    nest_weight = sums**width
    total = nest_weight.sum() + (0.0 if outside is None else np.exp(outside))
    shares = weight / sums[nest] * nest_weight[nest] / total
    return shares if outside is None else np.append(shares, np.exp(outside) / total)


def salient_utilities(
    values: npt.ArrayLike, risks: npt.ArrayLike, sizes: npt.ArrayLike, *, unnoticed: float, threshold: float,
    profit_weight: float,
) -> Floats:  # fmt: skip
    """Return utilities [C] to whoever looks at what stands out (Bordalo, Gennaioli & Shleifer 2012).

    Value and risk are compared with those of the average place, by size. What is `unnoticed` keeps that weight at
    the extreme; both weights add up to two.
    """
    value, risk = np.asarray(values, dtype=np.float64), np.asarray(risks, dtype=np.float64)
    share = np.asarray(sizes, dtype=np.float64) / np.sum(sizes)
    usual_value, usual_risk = share @ value, share @ risk
    profit, usual_profit = np.exp(value / profit_weight), np.exp(usual_value / profit_weight)
    by_value = np.abs(profit - usual_profit) / (profit + usual_profit)
    by_risk = np.abs(risk - usual_risk) / (risk + usual_risk + threshold)
    weights = unnoticed ** -np.array([by_value, by_risk])
    of_value, of_risk = 2.0 * weights / weights.sum(axis=0)
    utility: Floats = usual_value + of_value * (value - usual_value) - usual_risk - of_risk * (risk - usual_risk)
    return utility


def satisficing_shares(
    utilities: npt.ArrayLike, aspired: float, *, here: int, blur: float = 1.0, prominence: npt.ArrayLike = 1.0
) -> Floats:
    """Return the shares of places [C], and last of giving up, of who sits `here` and takes what will do (Simon 1955).

    Kept is what one has with probability F(U - aspired), F logistic; else the alternatives come to mind by their
    prominence and the first acceptable one is taken. Giving up is worth what is aspired to, at a prominence of one.
    """
    u = np.asarray(utilities, dtype=np.float64)
    acceptable = 1.0 / (1.0 + np.exp(-(u - aspired) / blur))
    found = np.append(np.broadcast_to(prominence, u.shape) * acceptable * (np.arange(len(u)) != here), 0.5)
    shares: Floats = (1.0 - acceptable[here]) * found / found.sum()
    shares[here] = acceptable[here]
    return shares


def static_leakage(elsewhere: float, outside: float) -> float:
    """Return the leakage of a plain logit, which is the same for every strength of crackdown.

    `elsewhere` is the baseline share of the untreated places, `outside` that of the outside options.
    """
    return elsewhere / (elsewhere + outside)


@dataclass(frozen=True, kw_only=True)
class Propagated:
    """Expected change of active operations, summed over weeks up to the end of each period [P]."""

    inside: Floats
    outside: Floats

    @property
    def leakage(self) -> Floats:
        """Mechanical leakage up to the end of each period [P]; nan before the treated area falls."""
        return leakage_ratio(self.inside, self.outside)


def own_risk(mechanics: Mechanics) -> Floats:
    """Return the mean public risk term met by reviewers, by period and host [P, C]; 0 where nobody reviewed."""
    return _per(mechanics["risk"], mechanics["reviews"])


def propagate(baseline: Mechanics, treated: Mechanics, in_area: Booleans, period_weeks: int) -> Propagated:
    """Return what the choice rule alone makes of the policy's risk: the two parts of mechanical leakage [P].

    From the baseline run come, period by period, the mean class and destination probabilities of reviewing
    operations, the hazards of review, closure and return, and the potential entrants with their places. From
    the treated run comes one thing, the change of the public risk term in the treated area, in units of the rule's
    log odds; it lowers the odds of staying there, moving there and entering there. Stocks are then propagated week
    by week from the first period with such a change on, with and without it, all else frozen: whatever the simulated
    leakage has beyond this, learning, raids and the market have added. Quiet operations come back, closed ones do
    not, so the result depends on the horizon. Where the rule is a search (`search` > 0), what leaves is shared among
    what is found, and newcomers who do not like the place they look at stay out.
    """
    rise = np.where(in_area, risk_rise(baseline, treated), 0.0)
    return propagate_rise(baseline, rise, in_area, period_weeks)


def risk_rise(baseline: Mechanics, treated: Mechanics) -> Floats:
    """Return by how much the public risk term has risen, by period and host [P, C].

    Where nobody reviewed in one of the runs, the last known rise stands: emptiness is no safety.
    """
    rise = own_risk(treated) - own_risk(baseline)
    known = (baseline["reviews"] > 0) & (treated["reviews"] > 0)
    rise[0] = np.where(known[0], rise[0], 0.0)
    for period in range(1, len(rise)):
        rise[period] = np.where(known[period], rise[period], rise[period - 1])
    return rise


def propagate_rise(baseline: Mechanics, rise: Floats, in_area: Booleans, period_weeks: int) -> Propagated:
    """Return the two parts of mechanical leakage [P] for a stated rise of the risk term [P, C]."""
    periods, countries = baseline["reviews"].shape
    first = int(np.argmax((rise != 0).any(axis=1)))
    opening = np.concatenate([baseline["active_weeks"][first], baseline["quiet_weeks"][first]]) / period_weeks
    frozen, moving, total = opening, opening, np.zeros(countries)
    change = np.zeros((periods, countries))
    for period in range(first, periods):
        as_before = _week(baseline, period, period_weeks, np.zeros(countries))
        with_rise = _week(baseline, period, period_weeks, rise[period])
        for _ in range(period_weeks):
            frozen = as_before[0] @ frozen + as_before[1]
            moving = with_rise[0] @ moving + with_rise[1]
            total = total + (moving - frozen)[:countries]
        change[period] = total
    inside: Floats = change[:, in_area].sum(axis=1)
    return Propagated(inside=inside, outside=np.asarray(change.sum(axis=1) - inside))


def _per(part: Floats, whole: Floats) -> Floats:
    return np.asarray(np.divide(part, whole, out=np.zeros_like(part, dtype=np.float64), where=whole > 0))


def _week(mechanics: Mechanics, period: int, period_weeks: int, rise: Floats) -> tuple[Floats, Floats]:
    """Return what a week of this period does to stocks (active, then quiet, by country): matrix, inflow."""
    fading = np.exp(-rise)
    leaving = _leaving(mechanics, period, fading)
    waking = np.minimum(1.0, _per(mechanics["returns"][period], mechanics["quiet_weeks"][period]))
    countries = len(rise)
    week = np.zeros((2 * countries, 2 * countries))
    active, quiet = np.arange(countries), countries + np.arange(countries)
    week[:countries, :countries] = leaving[:, :countries].T
    week[active, active] += 1.0 - leaving.sum(axis=1)
    week[quiet, active] = leaving[:, countries]
    week[active, quiet] = waking
    week[quiet, quiet] = 1.0 - waking
    enter, potential = mechanics["enter"][period], float(mechanics["potential"][period])
    entrants = (_finding if searches(mechanics) else _entrants)(enter, potential, fading)
    return week, np.concatenate([entrants / period_weeks, np.zeros(countries)])


def _leaving(mechanics: Mechanics, period: int, fading: Floats) -> Floats:
    """Return weekly chances that a host's active operation moves to each place, lies low, goes [C, C + 2]."""
    names = ("stay", "move", "quiet", "harden", "switch", "exit")
    stay, move, quiet, harden, switch, close = (mechanics[name][period].astype(np.float64) for name in names)
    move = move * (1.0 - np.eye(len(stay)))
    if searches(mechanics):
        # What leaves is shared among what is found; a place is as acceptable to others as to those who are there.
        elsewhere = move.sum(axis=1) + quiet + harden + switch + close
        move = move * faded(_per(stay, stay + elsewhere), fading)
        stay = stay * _per(move.sum(axis=1) + quiet + harden + switch + close, elsewhere)
    else:
        move = move * fading
    chosen = np.column_stack([move, quiet, close])
    whole = stay * fading + harden + switch + chosen.sum(axis=1)
    active = mechanics["active_weeks"][period]
    reviewing = _per(mechanics["reviews"][period], active)
    leaving = _per(chosen, np.broadcast_to(whole[:, None], chosen.shape)) * reviewing[:, None]
    # Sites closed by raids or for want of workers, not by choice.
    leaving[:, -1] += _per(np.maximum(0.0, mechanics["closures"][period] - mechanics["exit"][period]), active)
    # Where hardly anybody is, counts of a period can exceed the stock they are divided by.
    return np.asarray(leaving / np.maximum(1.0, leaving.sum(axis=1, keepdims=True)))


def _entrants(enter: Floats, potential: float, fading: Floats) -> Floats:
    """Return expected entrants by place in a period, when places' appeal has faded by these factors [C]."""
    if potential <= 0:
        return np.zeros_like(enter)
    chosen, staying_out = enter * fading, max(0.0, potential - float(enter.sum()))
    return np.asarray(potential * chosen / (staying_out + chosen.sum()))


def _finding(enter: Floats, potential: float, fading: Floats) -> Floats:
    """Return expected entrants by place of who looks at one place and enters if it will do; the others stay out."""
    if potential <= 0:
        return np.zeros_like(enter)
    return np.asarray(enter * faded(np.full(len(enter), float(enter.sum()) / potential), fading))


def searches(mechanics: Mechanics) -> bool:
    """Return whether those who choose take the first acceptable option instead of comparing all of them."""
    return bool(np.any(mechanics.get("search", 0.0)))


def faded(acceptance: Floats, fading: Floats) -> Floats:
    """Return the factor by which acceptance with these chances falls when the log odds of acceptance fade."""
    return np.asarray(fading / (acceptance * fading + 1.0 - acceptance))
