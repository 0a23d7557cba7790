"""The two worlds of the lesson, week by week: what is asked for is computed once and shared by all who ask for it.

A world is an ordinary scenario (`sim.app.levers`) run with a seed, and every number is that of `sim.run` of the same
scenario and seed, bit for bit. Worlds that do not differ up to a week go on from the same state.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable
from copy import deepcopy
from dataclasses import dataclass
from typing import Any, Generic, NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt
from scipy.stats import binomtest

from sim.app.levers import as_file, compiled, parting, world_of
from sim.app.presets import PRESETS, Timeline
from sim.app.weighing import weighed
from sim.beginning import lay_ground
from sim.metrics import priced
from sim.scenario import Scenario, digest
from sim.setting import LOSS, MARKET, Setting
from sim.state import Happened, State, Status
from sim.week import advance, start

__all__ = ["PRESETS", "Pair", "Stopped", "open_pair", "try_seeds", "warm_up"]

Floats = npt.NDArray[np.float64]
T = TypeVar("T")
MOST_WORLDS, MOST_OPENINGS, MOST_SNAPSHOTS = 48, 8, 24  # kept in memory; a state has three megabytes
SNAPSHOT = 26  # weeks between two states that a world keeps
HIGHEST_SEED = 2**53
MONTH = 52.0 / 12.0  # weeks
ACTIVE, RESTING, CLOSED = 0, 1, 2  # what an operation does, as the page is told
TELLING = 0.1  # chance of counts as uneven as these when neither world tends to end lower


class Stopped(Exception):
    """The model stopped with an error; the weeks before it stand."""

    def __init__(self, week: int, message: str, detail: str) -> None:
        super().__init__(message)
        self.week, self.message, self.detail = week, message, detail


class Shelf(Generic[T]):
    """Things that are made once and kept until others have been used more lately."""

    def __init__(self, most: int) -> None:
        self.most, self.lock = most, threading.Lock()
        self.kept: OrderedDict[Hashable, T] = OrderedDict()

    def get(self, key: Hashable, make: Callable[[], T]) -> T:
        """Return what stands under a key, made when it is missing; `make` must be quick."""
        with self.lock:
            if key not in self.kept:
                self.kept[key] = make()
            self.kept.move_to_end(key)
            while len(self.kept) > self.most:
                self.kept.popitem(last=False)
            return self.kept[key]

    def put(self, key: Hashable, value: T) -> None:
        """Keep a thing under a key."""
        self.get(key, lambda: value)

    def all(self) -> list[tuple[Hashable, T]]:
        """Return what is kept and its keys, what was used last at the end."""
        with self.lock:
            return list(self.kept.items())


# ---- one world ----------------------------------------------------------------------


class Tally(NamedTuple):
    """Running totals of a world by country, as they stand after a week; their differences are shown."""

    hits: npt.NDArray[np.int64]  # by crime and victims' country [K, C]
    taken: npt.NDArray[np.int64]
    expected: Floats
    captive_weeks: npt.NDArray[np.int64]
    spent: Floats  # all public spending, and the programme's [2, C]
    raids: npt.NDArray[np.int64]  # [C]


def tally(state: State) -> Tally:
    """Return the running totals of a state."""
    return Tally(
        state.hits.sum(axis=1), state.taken.sum(axis=1), state.expected.sum(axis=1), state.captive_weeks.sum(axis=1),
        state.spent[:2].copy(), state.diary[Happened.RAIDS].sum(axis=0),
    )  # fmt: skip


def harm(one: Tally, setting: Setting) -> Floats:
    """Return the harm in running totals (USD) by victims' country [C], full size."""
    price, kind = setting.parameters.harm, setting.traits.victimisation[:, None]
    lost, sold = one.expected * (kind == LOSS), 0.01 * one.taken * (kind == MARKET)
    total: Floats = priced(price, lost, one.captive_weeks, sold, one.hits).sum(axis=0) / setting.scale
    return total


@dataclass
class Moment:
    """A state and the numbers its operations go by: enough to go on from."""

    state: State
    numbers: dict[int, int]  # of every operation so far, by its address
    shown: dict[int, tuple[int, int, int]]  # host, trade and what it does, of those in being

    def copy(self) -> "Moment":
        """Return a moment that can go on by itself."""
        return Moment(deepcopy(self.state), dict(self.numbers), dict(self.shown))

    def look(self) -> list[list[int]]:
        """Note who is where; return [number, host, trade, what it does] of all that has changed since the last look."""
        sites, found, changed = self.state.sites, {}, []
        rows = np.flatnonzero(sites.status != Status.EMPTY)
        columns = (sites.address, sites.host, sites.crime, sites.status == Status.QUIET)
        for address, *seen in zip(*(column[rows].tolist() for column in columns), strict=True):
            number = self.numbers.setdefault(address, len(self.numbers))
            host, trade, rests = seen
            found[number] = now = (host, trade, RESTING if rests else ACTIVE)
            if self.shown.get(number) != now:
                changed.append([number, *now])
        for number, before in self.shown.items():
            if number not in found:
                changed.append([number, *before[:2], CLOSED])
        self.shown = found
        return changed


def with_room(state: State, weeks: int) -> None:
    """Let leads travel for this many weeks: those on their way keep their week of arrival."""
    old = state.leads_due
    if old.shape[1] <= weeks:
        wide = np.zeros((len(old), weeks + 1))
        for week in range(state.week, state.week + old.shape[1]):
            wide[:, week % wide.shape[1]] = old[:, week % old.shape[1]]
        state.leads_due = wide


class Opening:
    """The world of a preset and a seed when the study begins; no policy has been heard of yet."""

    def __init__(self, preset: str, seed: int) -> None:
        self.preset, self.seed, self.lock = preset, seed, threading.Lock()
        self.made: tuple[Moment, list[int], list[list[int]]] | None = None

    def get(self) -> tuple[Moment, list[int], list[list[int]]]:
        """Return the moment, the totals of its ledgers and its operations."""
        with self.lock:
            if self.made is None:
                state, setting = start(world_of(self.preset), self.seed)
                for _ in range(setting.burn_in):
                    advance(state, setting)
                moment = Moment(state, {}, {})
                self.made = moment, setting.totals, moment.look()
            return self.made


class World:
    """One world: its frames as far as they have been computed, and the state that goes on."""

    def __init__(self, preset: str, seed: int, scenario: Scenario) -> None:
        self.preset, self.seed, self.scenario = preset, seed, scenario
        self.key = (digest(scenario), seed)  # what it is kept under
        self.weeks, self.lock = scenario.clock.weeks, threading.Lock()
        self.first: list[list[int]] = []  # operations at week 0
        self.frames: list[dict[str, Any]] = []
        self.tallies: list[Tally] = []  # after each week, from week 0 on
        self.stopped: Stopped | None = None
        self._now: Moment | None = None
        self._setting: Setting | None = None

    @property
    def setting(self) -> Setting:
        """Return the ground it stands on."""
        assert self._setting is not None
        return self._setting

    def begin(self) -> None:
        """Take up the opening state, or that of a world which has been the same for longer."""
        if self._setting is not None:
            return
        moment, totals, self.first = _opening(self.preset, self.seed)
        setting = _ground(self.scenario, self.seed, totals)
        week, snapshot, frames, tallies = 0, moment, [], [tally(moment.state)]
        for _, other in _worlds.all():
            if other is not self and (other.preset, other.seed) == (self.preset, self.seed) and other.frames:
                shared = parting(self.scenario, other.scenario)
                for at, kept in other.snapshots():
                    if week < at <= min(shared, len(other.frames)):
                        week, snapshot, frames, tallies = at, kept, other.frames[:at], other.tallies[: at + 1]
        self._now, self.frames, self.tallies, self._setting = snapshot.copy(), frames, tallies, setting
        with_room(self._now.state, _longest(setting))

    def snapshots(self) -> list[tuple[int, Moment]]:
        """Return the states that are kept of it, by week."""
        return [(key[2], kept) for key, kept in _snapshots.all() if key[:2] == self.key]  # type: ignore[index]

    def upto(self, week: int) -> None:
        """Compute the weeks before this one."""
        with self.lock:
            self.begin()
            while len(self.frames) < week:
                if self.stopped is not None:
                    raise self.stopped
                self._advance()

    def _advance(self) -> None:
        assert self._now is not None
        try:
            advance(self._now.state, self.setting)
        except Exception as error:
            week = len(self.frames)
            detail = f"{type(error).__name__}: {error}"
            self.stopped = Stopped(week, f"The model stopped in week {week}.", detail)
            raise self.stopped from error
        before, now = self.tallies[-1], tally(self._now.state)
        self.tallies.append(now)
        self.frames.append(self._frame(self._now.look(), before, now))
        if len(self.frames) % SNAPSHOT == 0:
            last = len(self.frames) == self.weeks
            _snapshots.put((*self.key, len(self.frames)), self._now if last else self._now.copy())
            self._now = None if last else self._now

    def _frame(self, changed: list[list[int]], before: Tally, now: Tally) -> dict[str, Any]:
        def risen(one: Floats, other: Floats) -> list[int]:
            return [int(value) for value in np.rint(other) - np.rint(one)]

        scale = self.setting.scale
        public, programme = (risen(before.spent[i] / scale, now.spent[i] / scale) for i in (0, 1))
        return {
            "c": changed, "h": risen(harm(before, self.setting), harm(now, self.setting)), "p": public, "g": programme,
            "r": risen(before.raids / scale, now.raids / scale),
        }  # fmt: skip

    def moment(self, week: int) -> Moment:
        """Return the world as it was when this many weeks had passed, to be read only; the lock must be held."""
        if self._now is not None and self._weeks_of(self._now) == week:
            return self._now
        kept = [(0, _opening(self.preset, self.seed)[0])] + [one for one in self.snapshots() if one[0] <= week]
        at, nearest = max(kept, key=lambda each: each[0])
        if at < week:
            nearest = nearest.copy()
            with_room(nearest.state, _longest(self.setting))
            while self._weeks_of(nearest) < week:
                advance(nearest.state, self.setting)
                nearest.look()
            _snapshots.put((*self.key, week), nearest)
        return nearest

    def _weeks_of(self, moment: Moment) -> int:
        return moment.state.week - self.setting.burn_in


def _ground(scenario: Scenario, seed: int, totals: list[int]) -> Setting:
    setting = lay_ground(scenario, seed)
    setting.totals.extend(totals)
    return setting


def _longest(setting: Setting) -> int:
    return max([1, *(one.longest_delay() for one, _ in setting.policy)])


def _opening(preset: str, seed: int) -> tuple[Moment, list[int], list[list[int]]]:
    return _openings.get((preset, seed), lambda: Opening(preset, seed)).get()


_openings: Shelf[Opening] = Shelf(MOST_OPENINGS)
_worlds: Shelf[World] = Shelf(MOST_WORLDS)
_snapshots: Shelf[Moment] = Shelf(MOST_SNAPSHOTS)


# ---- a pair of worlds ----------------------------------------------------------------


class Pair:
    """Two worlds under the same luck."""

    def __init__(self, preset: str, a: World, b: World) -> None:
        self.preset, self.worlds = preset, {"a": a, "b": b}

    def opened(self) -> dict[str, Any]:
        """Return what the page needs to begin: operations at week 0 and both scenarios as files."""
        for world in self.worlds.values():
            world.upto(0)
        return {
            "weeks": self.worlds["a"].weeks,
            "start": {name: world.first for name, world in self.worlds.items()},
            "scenario": {name: as_file(self.preset, world.scenario) for name, world in self.worlds.items()},
        }

    def frames(self, first: int, last: int) -> list[dict[str, Any]]:
        """Return what happened in the weeks from `first` to before `last`, computed where nobody has asked before."""
        last = min(last, self.worlds["a"].weeks)
        if first < 0:
            raise ValueError("weeks are counted from 0")
        for world in self.worlds.values():
            world.upto(last)
        a, b = self.worlds["a"].frames, self.worlds["b"].frames
        return [{"w": week + 1, "a": a[week], "b": b[week]} for week in range(first, last)]

    def ask(self, world: str, week: int, site: int, to: str) -> dict[str, Any]:
        """Return how an operation weighs staying against moving to a country, when this many weeks have passed."""
        if world not in self.worlds:
            raise ValueError("a world is called 'a' or 'b'")
        here = self.worlds[world]
        if not 0 <= week <= here.weeks:
            raise ValueError(f"'week' is a whole number from 0 to {here.weeks}")
        if to not in here.scenario.world.codes:
            raise ValueError(f"there is no country '{to}' in this world")
        here.upto(week)
        with here.lock:
            moment = here.moment(week)
            return weighed(moment.state, moment.numbers, here.setting, site, to)


def open_pair(preset: str, seed: int, a: Timeline, b: Timeline) -> Pair:
    """Return two worlds of a preset and a seed; raises UnknownName or ValueError for what makes no sense."""
    if type(seed) is not int or not 0 <= seed <= HIGHEST_SEED:
        raise ValueError(f"a seed is a whole number from 0 to {HIGHEST_SEED}")
    scenarios = [compiled(preset, timeline) for timeline in (a, b)]
    return Pair(preset, *(_world(preset, seed, scenario) for scenario in scenarios))


def _world(preset: str, seed: int, scenario: Scenario) -> World:
    fresh = World(preset, seed, scenario)
    return _worlds.get(fresh.key, lambda: fresh)


# ---- other seeds ------------------------------------------------------------------------


def try_seeds(
    preset: str, a: Timeline, b: Timeline, seeds: int | Iterable[int] = 20, weeks: int | None = None,
    progress: Callable[[dict[str, Any]], None] | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Run both worlds under several seeds (how many, from 1; or which) and return the harm of all countries by month.

    `progress` is given the answer so far after every seed.
    """
    chosen = list(range(1, seeds + 1)) if isinstance(seeds, int) else list(seeds)
    scenarios = [compiled(preset, timeline) for timeline in (a, b)]
    last = scenarios[0].clock.weeks if weeks is None else weeks
    if not 1 <= last <= scenarios[0].clock.weeks:
        raise ValueError(f"'weeks' is a whole number from 1 to {scenarios[0].clock.weeks}")
    answer: dict[str, Any] = {"done": 0, "of": len(chosen), "seeds": [], "lower": 0, "sentence": ""}
    for seed in chosen:
        monthly = _both(preset, scenarios, seed, last)
        totals = [round(float(months.sum())) for months in monthly]
        found = {"seed": seed, "a_total": totals[0], "b_total": totals[1]}
        found |= {name: np.rint(months).tolist() for name, months in zip("ab", monthly, strict=True)}
        answer["seeds"].append(found)
        answer["done"] += 1
        answer["lower"] += totals[1] < totals[0]
        higher = sum(one["b_total"] > one["a_total"] for one in answer["seeds"])
        answer["sentence"] = compared(answer["lower"], higher, answer["done"])
        if progress is not None:
            progress(deepcopy(answer))
    return answer


def _both(preset: str, scenarios: list[Scenario], seed: int, weeks: int) -> list[Floats]:
    """Return the harm of both worlds by month; while they do not differ they are one."""
    moment, totals, _ = Opening(preset, seed).get()
    settings = [_ground(scenario, seed, totals) for scenario in scenarios]
    for setting in settings:
        with_room(moment.state, _longest(setting))

    def go_on(state: State, setting: Setting, course: list[float], until: int) -> list[float]:
        while len(course) <= until:
            advance(state, setting)
            course.append(float(harm(tally(state), setting).sum()))
        return course

    course = [float(harm(tally(moment.state), settings[0]).sum())]
    go_on(moment.state, settings[0], course, min(parting(*scenarios), weeks))
    ends = (go_on(deepcopy(moment.state), setting, list(course), weeks) for setting in settings)
    return [by_month(np.array(end)) for end in ends]


def by_month(course: Floats) -> Floats:
    """Return what was added in each month by running totals at weeks 0, 1, 2 ... [W + 1]; the last may be cut short."""
    weeks = len(course) - 1
    edges = np.append(np.arange(0.0, weeks - 1e-9, MONTH), weeks)
    months: Floats = np.diff(np.interp(edges, np.arange(weeks + 1), course))
    return months


def compared(lower: int, higher: int, of: int) -> str:
    """Return a sentence on how often B ended lower than A, and whether that tells them apart."""
    if lower == higher == 0:
        return (
            f"In the model A and B end the same in all {of} seeds." if of > 1 else "In the model A and B end the same."
        )
    side, count = ("lower", lower) if lower >= higher else ("higher", higher)
    said = f"In the model B ends {side} than A in {count} of {of} seeds"
    if of < 5:
        return f"{said}: too few seeds to tell A and B apart."
    apart = binomtest(count, lower + higher).pvalue < TELLING
    return f"{said}." if apart else f"{said}: these runs do not separate A and B."


def warm_up() -> None:
    """Compile what the lesson needs, and make ready the world that it opens with."""
    preset = PRESETS["balloon"]
    pair = open_pair("balloon", 1, preset.a, preset.b)
    pair.frames(0, SNAPSHOT)
    site, host, *_ = pair.opened()["start"]["a"][0]
    pair.ask("a", 0, site, pair.worlds["a"].scenario.world.codes[host - 1])
