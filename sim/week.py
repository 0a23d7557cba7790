"""THE PAGE: the ten verbs of a week, what each of them writes, and how a run starts, advances and ends."""

from collections.abc import Callable, Collection, Iterable, Iterator
from copy import deepcopy
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from sim.beginning import begin, lay_ground
from sim.decisions import Decisions
from sim.metrics import History, measures, mechanics, moves_table
from sim.phases.allocate import allocate
from sim.phases.investigate import investigate
from sim.phases.launder import launder
from sim.phases.learn import learn
from sim.phases.legislate import legislate
from sim.phases.offend import offend
from sim.phases.raid import raid
from sim.phases.relocate import relocate
from sim.phases.renew import renew
from sim.phases.report import report
from sim.phases.shadow import (
    Route,
    Trace,
    after_investigate,
    after_learn,
    after_raid,
    after_renew,
    after_report,
    begin_shadow,
)
from sim.scenario import Scenario
from sim.setting import Setting
from sim.state import State, audit

Phase = Callable[[State, Setting], None]

WEEK: tuple[Phase, ...] = (
    legislate,  # what is in force, and what it costs
    allocate,  # teams over crime types, after work owed to raids
    offend,  # people lose money or freedom
    report,  # reports, awareness, leads on their way
    investigate,  # leads gather, cases open
    raid,  # arrests, rescues, seizures, tip-offs
    launder,  # money moves, freezes race it, bills are paid
    learn,  # beliefs and expected revenue
    relocate,  # stay, move, switch, retarget, lie low, harden, close
    renew,  # recruit, leave, enter
)

# What keeps the beliefs that operations would have without the policy, in runs where a route is blind to it.
SHADOW: dict[Phase, Phase] = {
    report: after_report, investigate: after_investigate, raid: after_raid, learn: after_learn, renew: after_renew,
}  # fmt: skip

_COLUMNS_OF_A_SITE = (
    "sites.address sites.aim sites.alarm_until sites.alerted sites.case sites.complaints sites.crime sites.found "
    "sites.hits sites.host sites.idle_until sites.leads sites.quiet_until sites.reports sites.requested sites.source "
    "sites.status sites.syndicate sites.tactic sites.takings sites.target sites.transmitted sites.uprooted sites.watch "
    "sites.workforce"
)
_COLUMNS_OF_A_SYNDICATE = (
    "syndicates.address syndicates.alarm_until syndicates.alive syndicates.born syndicates.costs syndicates.crime "
    "syndicates.experience syndicates.hits syndicates.home syndicates.presence syndicates.sites syndicates.ties "
    "syndicates.weeks syndicates.workforce"
)

# What each verb writes, by the names of `State.columns()`; a test runs every verb and compares.
WRITES: dict[str, frozenset[str]] = {
    verb: frozenset(names.split())
    for verb, names in {
        "legislate": "bound casework contributions doubts due leaks money.balance orders pot recorded_before spent "
        "trust views",
        "allocate": "attention count debt force sites.watch urgency",
        "offend": "captive_weeks crowding expected hits known_victims lists.person lists.start lists.week "
        "people.balance persons reported reports sites.hits sites.reports sites.takings taken",
        "report": "awareness casework complaints due leads_due passed reports_before requests sites.requested "
        "sites.transmitted",
        "investigate": "diary filed found leads_due sites.case sites.complaints sites.found sites.leads",
        "raid": "debt diary due leaks money.balance people.balance recovered sites.alarm_until sites.alerted "
        "sites.case sites.idle_until sites.leads sites.uprooted syndicates.alarm_until syndicates.struck",
        "launder": "due money.balance recovered syndicates.costs",
        "learn": "appeal news place_value profit public_hits public_weeks raided_before struck_before "
        "syndicates.alarm_until syndicates.experience syndicates.hits syndicates.struck syndicates.weeks",
        "relocate": "constants diary leads_due money.balance moved moves people.balance reviewed sites.alarm_until "
        "sites.alerted sites.case sites.complaints sites.crime sites.found sites.host sites.idle_until sites.leads "
        "sites.quiet_until sites.requested sites.source sites.status sites.tactic sites.target sites.transmitted "
        "sites.uprooted syndicates.alive syndicates.presence syndicates.sites syndicates.ties",
        "renew": "diary entering entry exits_before leads_due money.balance people.balance struck_before "
        f"{_COLUMNS_OF_A_SITE} {_COLUMNS_OF_A_SYNDICATE}",
    }.items()
}


@dataclass(frozen=True)
class Run:
    """One finished run: every measure by period, the moves, and what the mechanical leakage needs."""

    scenario: Scenario
    seed: int
    codes: tuple[str, ...]
    crimes: tuple[str, ...]
    period_weeks: int
    measures: dict[str, npt.NDArray[np.float64]]
    moves: dict[str, npt.NDArray[Any]]
    mechanics: dict[str, npt.NDArray[np.float64]]

    @property
    def periods(self) -> int:
        """Return the number of whole periods after burn-in."""
        return len(next(iter(self.measures.values())))

    def __repr__(self) -> str:
        weeks = self.periods * self.period_weeks
        return f"<Run of {self.scenario.name}: {weeks} weeks, {len(self.codes)} countries, seed {self.seed}>"


def start(scenario: Scenario, seed: int, decisions: Decisions | None = None) -> tuple[State, Setting]:
    """Return the opening state of a scenario and the setting it stands on."""
    setting = replace(lay_ground(scenario, seed), decisions=decisions)
    return begin(scenario, setting), setting


def advance(state: State, setting: Setting) -> None:
    """Let one week pass; stop the run if money or people got lost."""
    for phase in WEEK:
        phase(state, setting)
        if state.shadow is not None and phase in SHADOW:
            SHADOW[phase](state, setting)
    audit(state, *setting.totals)
    state.week += 1


def weeks(scenario: Scenario, seed: int) -> Iterator[State]:
    """Yield the state after each week, burn-in included."""
    state, setting = start(scenario, seed)
    for _ in range(scenario.clock.burn_in + scenario.clock.weeks):
        advance(state, setting)
        yield state


def run(scenario: Scenario, seed: int, decisions: Decisions | None = None, leave: Trace | None = None) -> Run:
    """Run a scenario to its end and return what is kept of it; burn-in is not kept.

    Every week is noted in the trace to `leave`, if there is one.
    """
    state, setting = start(scenario, seed, decisions)
    return _to_the_end(scenario, seed, state, setting, leave)


def runs_with(scenario: Scenario, seed: int, baseline: Trace, coalitions: Iterable[Collection[Route]]) -> Iterator[Run]:
    """Yield a run for each set of routes that see what the policy changes; the others go on as if it were not there.

    `baseline` is what a run of the same seed without the policy has left. All begin from one burn-in, up to the week
    in which somebody hears of the policy.
    """
    state, setting = start(scenario, seed)
    heard = min((one.heard() for one, _ in setting.policy), default=0)
    for _ in range(max(0, setting.burn_in + min(0, heard))):
        advance(state, setting)
    for routes in coalitions:
        fork = deepcopy(state)
        fork.shadow = begin_shadow(fork, baseline, routes)
        yield _to_the_end(scenario, seed, fork, setting, None)


def _to_the_end(scenario: Scenario, seed: int, state: State, setting: Setting, leave: Trace | None) -> Run:
    clock = scenario.clock
    history = History(setting, clock.weeks // clock.period, clock.period)
    for week in range(state.week, clock.burn_in + clock.weeks):
        if week == clock.burn_in:
            history.open(state)
        advance(state, setting)
        if leave is not None:
            leave.note(state)
        if week >= clock.burn_in:
            history.keep(state, week - clock.burn_in + 1)
    return Run(
        scenario=scenario, seed=seed, codes=setting.world.codes, crimes=setting.crimes, period_weeks=clock.period,
        measures=measures(history), moves=moves_table(history), mechanics=mechanics(history),
    )  # fmt: skip
