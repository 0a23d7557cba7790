"""Numbers about a run: what is kept of it, and one function for each measure."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from sim.compiled import kernel
from sim.parameters import HarmPrices
from sim.setting import LOSS, MARKET, Setting
from sim.state import Happened, Reviewed, State, Status

Floats = npt.NDArray[np.float64]
STOCKS = 5  # operations, workers, coerced workers, operation-weeks at work, quiet operation-weeks
EXPORTED, IMPORTED = 2, 3  # sides of a flow across borders: of the host, of the country of those harmed
CUMULATIVE = (
    "diary", "reports", "reported", "passed", "requests", "recovered", "spent", "reviewed", "moved", "entering",
)  # fmt: skip


@dataclass(frozen=True)
class Metric:
    """A measure: its column in tables, its plain name, whose side it takes, its unit and how it is computed."""

    column: str
    measure: str
    side: str
    unit: str
    stock: bool
    about: str
    compute: Callable[["History"], Floats]


METRICS: dict[str, Metric] = {}


def metric(
    column: str, *, unit: str, about: str, side: str = "host", measure: str = "", stock: bool = False
) -> Callable[[Callable[["History"], Floats]], Callable[["History"], Floats]]:
    """Register a function of a history as a measure [periods, C, K]."""

    def add(function: Callable[["History"], Floats]) -> Callable[["History"], Floats]:
        assert column not in METRICS, f"two metrics are called {column!r}"
        METRICS[column] = Metric(column, measure or column, side, unit, stock, about, function)
        return function

    return add


@kernel
def take_stock(week, sites, voluntary, coerced, stock):
    """Add this week's stocks by crime and host [5, K, C]."""
    for s in range(len(sites.status)):
        if sites.status[s] != Status.EMPTY:
            k, c = sites.crime[s], sites.host[s]
            stock[0, k, c] += 1.0
            stock[1, k, c] += voluntary[s] + coerced[s]
            stock[2, k, c] += coerced[s]
            working = sites.status[s] == Status.ACTIVE and week >= sites.idle_until[s]
            stock[3, k, c] += working
            stock[4, k, c] += sites.status[s] == Status.QUIET


class History:
    """What is kept of a run: flows by period (differences of running totals) and mean stocks."""

    def __init__(self, setting: Setting, periods: int, length: int) -> None:
        self.setting, self.periods, self.length = setting, periods, length
        size, kinds = len(setting.land.key), len(setting.crimes)
        self._shape = (kinds, size)
        self.stock = np.zeros((periods, STOCKS, *self._shape))
        self.flows: dict[str, Floats] = {}
        self.moves: list[tuple[int, int, int, int, int, int]] = []
        self._stock = np.zeros((STOCKS, *self._shape))
        self._before: dict[str, npt.NDArray[Any]] = {}
        self.politics = np.zeros((periods, 2, size))  # contribution and trust of each member, mean of the period
        self._politics = np.zeros((2, size))

    def open(self, state: State) -> None:
        """Begin to count from here."""
        self._before = self._totals(state)
        state.moves[:] = 0
        self._stock[:] = 0.0
        self.flows = {name: np.zeros((self.periods, *total.shape)) for name, total in self._before.items()}

    def keep(self, state: State, weeks: int) -> None:
        """Take stock of a week that has ended (`weeks` since counting began) and close a period when it is full."""
        take_stock(state.week - 1, state.sites, state.voluntary, state.coerced, self._stock)
        self._take_politics(state)
        if weeks % self.length != 0:
            return
        period = weeks // self.length - 1
        now = self._totals(state)
        for name, total in now.items():
            self.flows[name][period] = total - self._before[name]
        self._before = now
        self.stock[period] = self._stock
        self.stock[period, :3] /= self.length
        self._stock[:] = 0.0
        self.politics[period] = self._politics / self.length
        self._politics[:] = 0.0
        for k, c, other, place in np.argwhere(state.moves):
            count = int(state.moves[k, c, other, place])
            self.moves.append((period, int(c), int(place), int(k), int(other), count))
        state.moves[:] = 0

    def _take_politics(self, state: State) -> None:
        """Add what members contribute this week and how far they trust each other."""
        coalition = self.setting.coalition
        if coalition is None or state.week - 1 - self.setting.burn_in < coalition.terms.start:
            return
        where = coalition.where
        trusted = (state.trust[np.ix_(where, where)].sum(axis=1) - 1.0) / (len(where) - 1)
        self._politics[0, where] += state.contributions[where]
        self._politics[1, where] += trusted

    @staticmethod
    def _totals(state: State) -> dict[str, npt.NDArray[Any]]:
        totals = {name: getattr(state, name).copy() for name in CUMULATIVE}
        for name in ("hits", "taken", "expected", "captive_weeks"):
            table = getattr(state, name)
            across = table * ~np.eye(table.shape[1], dtype=bool)
            # By host, by victim's country, then the same across borders alone.
            totals[name] = np.stack([part.sum(axis=axis) for part in (table, across) for axis in (2, 1)])
        return totals

    def counted(self, name: str, *index: int) -> Floats:
        """Return a flow as [periods, C, K], full size."""
        flow = self.flows[name]
        for place in index:
            flow = flow[:, place]
        return np.swapaxes(flow / self.setting.scale, 1, 2)

    def stocked(self, which: int) -> Floats:
        """Return a mean stock as [periods, C, K], full size."""
        return np.swapaxes(self.stock[:, which] / self.setting.scale, 1, 2)

    def spread(self, flow: Floats) -> Floats:
        """Return a flow by country [periods, C] as [periods, C, K], shared evenly among crimes."""
        kinds = self._shape[0]
        return np.repeat(flow[:, :, None] / (kinds * self.setting.scale), kinds, axis=2)

    def where(self, kind: int) -> Floats:
        """Return 1 for crimes of a kind of victimisation, else 0 [K]."""
        chosen: Floats = (self.setting.traits.victimisation == kind).astype(float)
        return chosen


def measures(history: History) -> dict[str, Floats]:
    """Return every measure of a history [periods, C, K], full size."""
    return {column: m.compute(history) for column, m in METRICS.items()}


def moves_table(history: History) -> dict[str, npt.NDArray[Any]]:
    """Return moved operations as equally long columns, full size."""
    names = ("period", "origin", "destination", "crime_before", "crime_after")
    rows = np.array(sorted(history.moves), dtype=np.int64).reshape(-1, 6)
    table: dict[str, npt.NDArray[Any]] = {name: rows[:, i] for i, name in enumerate(names)}
    table["operations"] = rows[:, 5] / history.setting.scale
    return table


def mechanics(history: History) -> dict[str, Floats]:
    """Return what the mechanical leakage is computed from, thinned, by period [P, ...]."""
    reviewed = history.flows["reviewed"].sum(axis=2)
    found = {kind.name.lower(): reviewed[:, kind] for kind in Reviewed if kind != Reviewed.MOVE}
    diary = history.flows["diary"].sum(axis=2)
    found["move"] = history.flows["moved"]
    found["enter"] = history.flows["entering"][:, :-1]
    found["potential"] = history.flows["entering"][:, -1]
    found["search"] = np.full(history.periods, float(history.setting.rules.choice.blur > 0.0))
    found["active_weeks"] = (history.stock[:, 0] * history.length).sum(axis=1) - history.stock[:, 4].sum(axis=1)
    found["quiet_weeks"] = history.stock[:, 4].sum(axis=1)
    found["returns"] = diary[:, Happened.RETURNS]
    found["closures"] = diary[:, Happened.CLOSURES]
    found["entries"] = diary[:, Happened.ENTRIES]
    return found


@metric("operations", unit="operations", stock=True, about="sites in being, mean of the period")
def _operations(h: History) -> Floats:
    return h.stocked(0)


@metric("workers", unit="persons", stock=True, about="people at sites, mean of the period")
def _workers(h: History) -> Floats:
    return h.stocked(1)


@metric(
    "workers_coerced",
    unit="persons",
    stock=True,
    about="coerced people at sites (victims), mean of the period",
)
def _workers_coerced(h: History) -> Floats:
    return h.stocked(2)


def _diary(column: str, entry: Happened, unit: str, about: str, factor: float = 1.0) -> None:
    @metric(column, unit=unit, about=about)
    def _entry(h: History) -> Floats:
        return factor * h.counted("diary", entry)


_diary("entries", Happened.ENTRIES, "operations", "new sites")
_diary("closures", Happened.CLOSURES, "operations", "sites closed for good")
_diary("quiet_spells", Happened.QUIET_SPELLS, "operations", "sites that went quiet")
_diary("hardenings", Happened.HARDENINGS, "operations", "sites that became harder to see")
_diary("retargets", Happened.RETARGETS, "operations", "sites that chose another target country")
_diary("cases", Happened.CASES, "cases", "cases opened on sites")
_diary("raids", Happened.RAIDS, "raids", "raids, successful or not")
_diary("raids_successful", Happened.RAIDS_SUCCESSFUL, "raids", "raids that closed a site")
_diary("tip_offs", Happened.TIP_OFFS, "raids", "raids that found an emptied site")
_diary("arrests", Happened.ARRESTS, "persons", "voluntary workers arrested")
_diary("rescued", Happened.RESCUED, "persons", "coerced workers freed by raids")
_diary("escapes", Happened.ESCAPES, "persons", "coerced workers who got away")
_diary("misidentified", Happened.MISIDENTIFIED, "persons", "coerced workers found in raids and arrested as offenders")
_diary("retrafficked", Happened.RETRAFFICKED, "persons", "rescued people coerced again")
_diary("supplied_in", Happened.SUPPLIED, "persons", "coerced workers supplied by another crime, where they are used")
_diary(
    "supplied_out", Happened.SUPPLIED_FROM, "persons", "the same people, by the crime and country that supplied them"
)
_diary("seized_usd", Happened.SEIZED_CENTS, "USD", "capital and cash seized in raids", 0.01)


def _moved(h: History, end: int, abroad: bool = True) -> Floats:
    """Return operations that moved, by the place and crime they left (0) or took up (1); or changed crime in place."""
    counts = np.zeros((h.periods, *reversed(h._shape)))
    for period, origin, place, before, after, count in h.moves:
        if (origin != place) == abroad:
            counts[period, (origin, place)[end], (before, after)[end]] += count / h.setting.scale
    return counts


@metric("switches", unit="operations", about="sites that changed to another crime, by the one they left")
def _switches(h: History) -> Floats:
    return _moved(h, 0, abroad=False)


@metric("moves_out", unit="operations", about="sites that left")
def _moves_out(h: History) -> Floats:
    return _moved(h, 0)


@metric("moves_in", unit="operations", about="sites that arrived")
def _moves_in(h: History) -> Floats:
    return _moved(h, 1)


def _two_sided(measure: str, unit: str, about: str, compute: Callable[[History, int], Floats]) -> None:
    for index, (side, ending) in enumerate((("host", "_host"), ("victim", ""))):

        def at(h: History, index: int = index) -> Floats:
            return compute(h, index)

        whose = "by the country where the site is" if side == "host" else "by the country of those harmed"
        metric(measure + ending, measure=measure, side=side, unit=unit, about=f"{about}, {whose}")(at)


def _victims(h: History, side: int) -> Floats:
    return h.counted("hits", side)


def _lost(h: History, side: int) -> Floats:
    return 0.01 * h.counted("taken", side) * h.where(LOSS)


def _expected(h: History, side: int) -> Floats:
    return h.counted("expected", side) * h.where(LOSS)


def _sales(h: History, side: int) -> Floats:
    return 0.01 * h.counted("taken", side) * h.where(MARKET)


def _coerced_weeks(h: History, side: int) -> Floats:
    return h.counted("captive_weeks", side)


def priced(price: HarmPrices, lost: Any, coerced_weeks: Any, sales: Any, victims: Any) -> Floats:
    """Return harm (USD) at the prices of a scenario, of what stands at the same place in each of the arrays."""
    harm: Floats = lost + price.coerced_week * coerced_weeks + price.sales * sales + price.victimisation * victims
    return harm


def _harm(h: History, side: int) -> Floats:
    return priced(
        h.setting.parameters.harm, _expected(h, side), _coerced_weeks(h, side), _sales(h, side), _victims(h, side)
    )


_two_sided("victims", "victimisations", "people who lost money or freedom", _victims)
_two_sided("money_lost_usd", "USD", "money taken from victims", _lost)
_two_sided("money_expected_usd", "USD", "victimisations times their mean loss: the same mean, less noise", _expected)
_two_sided("sales_usd", "USD", "sales of market crimes", _sales)
_two_sided("coerced_weeks", "person-weeks", "time spent in coerced work", _coerced_weeks)
_two_sided("harm_usd", "USD", "expected money lost, coerced work, sales and victimisations at their prices", _harm)


@metric("harm_exported_usd", unit="USD", about="harm done from here to residents of other countries")
def _exported(h: History) -> Floats:
    return _harm(h, EXPORTED)


@metric("harm_imported_usd", side="victim", unit="USD", about="harm done to residents from other countries")
def _imported(h: History) -> Floats:
    return _harm(h, IMPORTED)


@metric(
    "recorded_cases",
    side="victim",
    unit="reports",
    about="what police statistics of the victim's country show",
)
def _recorded(h: History) -> Floats:
    return h.counted("reports")


@metric("recorded_usd", side="victim", unit="USD", about="money in those reports")
def _recorded_usd(h: History) -> Floats:
    return 0.01 * h.counted("reported")


@metric("recovered_usd", side="victim", unit="USD", about="frozen money returned to victims")
def _recovered(h: History) -> Floats:
    return 0.01 * h.spread(h.flows["recovered"])


@metric("reports_passed", side="victim", unit="reports", about="attributable reports passed to police abroad")
def _passed(h: History) -> Floats:
    return h.spread(h.flows["passed"])


@metric("formal_requests", side="victim", unit="cases", about="cases sent abroad by formal request")
def _requests(h: History) -> Floats:
    return h.spread(h.flows["requests"])


@metric("cost_usd", side="payer", unit="USD", about="all public spending on these crimes")
def _cost(h: History) -> Floats:
    return h.spread(h.flows["spent"][:, 0])


@metric("programme_usd", side="payer", unit="USD", about="public spending on the arm's own instruments")
def _programme(h: History) -> Floats:
    return h.spread(h.flows["spent"][:, 1])


@metric("private_cost_usd", side="payer", unit="USD", about="cost of the instruments to legitimate users")
def _private(h: History) -> Floats:
    return h.spread(h.flows["spent"][:, 2])


@metric(
    "contribution", side="payer", unit="full contributions", stock=True,
    about="share of the agreed cooperation that a government gives, mean of the period; sums over countries",
)  # fmt: skip
def _contribution(h: History) -> Floats:
    return h.spread(h.politics[:, 0] * h.setting.scale)


@metric(
    "trust_given", side="payer", unit="full trust", stock=True,
    about="mean trust of a government in its partners, mean of the period; sums over countries",
)  # fmt: skip
def _trust_given(h: History) -> Floats:
    return h.spread(h.politics[:, 1] * h.setting.scale)
