"""Checks of governments that decide what they contribute, in a running world, against the game that they play."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from sim.bench.registry import Row, check, within
from sim.bench.worlds import imagined, like_countries
from sim.games import contribution_path, equilibria
from sim.instruments import IntelligenceSharing
from sim.parameters import Parameters
from sim.politics import BestAnswer, Coalition, Stakes, assembled
from sim.scenario import Scenario
from sim.setting import Setting
from sim.state import State
from sim.week import advance, start

MEMBERS = ("a", "b", "c")
STAKES = Stakes(harm=100.0, own_relief=0.02, relief=0.3, deflection=0.1, cost=20.0, reputation=5.0)
WEEKS = 80
SEED = 1
FIRST_TRUST = 0.5


def deciding(first: float) -> Scenario:
    """Return three like countries that share what they know and decide every week how much, by what pays."""
    usual = Parameters()
    rule = BestAnswer(first=first)
    scenario = imagined(
        like_countries(3), workers=dict.fromkeys(MEMBERS, 500),
        parameters=replace(usual, trust=replace(usual.trust, first=FIRST_TRUST, fall=0.0)),
    )  # fmt: skip
    sharing = IntelligenceSharing(members=MEMBERS, setup=0)
    politics = Coalition(members=MEMBERS, start=0, period=1, rule=rule, stakes=STAKES)
    return replace(scenario, policy=(sharing,), politics=politics)


def begun(scenario: Scenario) -> tuple[State, Setting]:
    """Return state and setting after the first week of the coalition."""
    state, setting = start(scenario, SEED)
    for _ in range(setting.burn_in + 1):
        advance(state, setting)
    return state, setting


@check("Contributions")
def contributions_follow_the_game() -> Iterator[Row]:
    """Yield contributions in a running world beside the iterated game, where they settle, and how trust grows."""
    for first, words in ((0.0, "none"), (1.0, "all")):
        scenario = deciding(first)
        assert scenario.politics is not None
        game = assembled(scenario.politics, MEMBERS, np.zeros(3, dtype=np.int64)).game
        state, setting = begun(scenario)
        course = [state.contributions.copy()]
        for _ in range(WEEKS - 1):
            advance(state, setting)
            course.append(state.contributions.copy())
        path = contribution_path(game, [scenario.politics.rule] * 3, np.full(3, first), WEEKS)
        yield within(f"largest distance from the iterated game, from {words}", expected=0.0,
                     got=np.abs(np.array(course) - path).max(), tolerance=0.0)  # fmt: skip
        settled = equilibria(game)[1 if first else 0]
        yield within(f"where they settle, from {words}", expected=settled, got=course[-1], tolerance=1e-5)
    missing = (1.0 - FIRST_TRUST) * (1.0 - setting.parameters.trust.rise) ** (WEEKS - 1)
    yield within(
        "trust missing after all have been fair", expected=missing, got=1.0 - state.trust[0, 1], tolerance=1e-12
    )
