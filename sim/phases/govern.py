"""Governments decide, a period at a time, how much of the agreed cooperation they contribute, and whom they trust."""

import numpy as np

from sim.draws import Draw, uniform
from sim.politics import VIEWS, Assembly, Booleans, Floats, decide, learnt, regressors, treaties_of, trust_after
from sim.setting import Setting
from sim.state import Money, State


def govern(state: State, setting: Setting, week: int) -> None:
    """Set contributions, trust and what governments believe at the start of each of their periods.

    Decided are the contributions of the period to come, given those of the last one. Until the coalition starts
    everybody gives in full what was agreed, and trust has no effect.
    """
    coalition = setting.coalition
    if coalition is None:
        return
    since = week - coalition.terms.start
    if since == 0:
        convene(state, setting, coalition)
    elif since > 0 and since % coalition.terms.period == 0:
        keep_trust(state, setting, coalition, fine_breaches(state, setting, coalition))
        if coalition.terms.learns:
            learn_stakes(state, setting, coalition)
        vote(state, coalition)


def convene(state: State, setting: Setting, coalition: Assembly) -> None:
    """Let the members give their first contributions; harm that is not stated is read off the record so far."""
    where = coalition.where
    state.contributions[where] = [rule.first for rule in coalition.rules]
    state.trust[np.ix_(where, where)] = setting.parameters.trust.first
    state.trust[where, where] = 1.0
    state.leaks[:] = 0
    usual = recorded(state, setting) * coalition.terms.period / max(1, state.week)
    state.views[where] = coalition.views(usual[where])
    state.doubts[where] = coalition.terms.doubt * np.eye(VIEWS)
    state.recorded_before[:] = recorded(state, setting)


def recorded(state: State, setting: Setting) -> Floats:
    """Return the losses that the police of each country have on record so far, full size (USD) [C]."""
    losses: Floats = state.reported.sum(axis=0) / (100.0 * setting.scale)
    return losses


def fine_breaches(state: State, setting: Setting, coalition: Assembly) -> Booleans:
    """Fine members that a treaty bound and that gave less, where it is found out; return who was found out [m].

    A fine goes from the member's treasury to the coalition and counts as its public spending.
    """
    money, size = state.money.balance, state.money.countries
    caught = np.zeros(len(coalition.where), dtype=bool)
    for i, treaty in treaties_of(coalition.rules).items():
        c = coalition.where[i]
        luck = uniform(setting.seed, int(Draw.BREACH), state.week, setting.land.key[c], 0)
        caught[i] = state.bound[c] and treaty.is_broken(state.contributions[c]) and luck < treaty.detection
        if caught[i]:
            fine = round(100.0 * treaty.fine * setting.scale)
            money[Money.TREASURY * size + c] -= fine
            money[Money.COALITION * size + c] += fine
            state.spent[0, c] += fine / 100.0
    return caught


def keep_trust(state: State, setting: Setting, coalition: Assembly, caught: Booleans) -> None:
    """Update the trust of each member in each other by what it gave and by leaks and breaches that came out."""
    pairs = np.ix_(coalition.where, coalition.where)
    rule = setting.parameters.trust
    state.trust[pairs] = trust_after(
        state.trust[pairs], state.contributions[coalition.where], (state.leaks[pairs] > 0) | caught,
        rise=rule.rise, fall=rule.fall, defection=rule.defection,
    )  # fmt: skip
    state.leaks[:] = 0


def learn_stakes(state: State, setting: Setting, coalition: Assembly) -> None:
    """Let each member compare the period's recorded losses with what it expected, and correct its stakes."""
    where, total = coalition.where, recorded(state, setting)
    harm = total[where] - state.recorded_before[where]
    seen = regressors(state.contributions[where], coalition.game.weight)
    state.views[where], state.doubts[where] = learnt(
        state.views[where], state.doubts[where], seen, harm, coalition.terms.memory
    )
    state.recorded_before[:] = total


def vote(state: State, coalition: Assembly) -> None:
    """Set the contributions of the period to come."""
    where = coalition.where
    game = coalition.game_of(state.views[where])
    given, bound = decide(game, state.contributions[where], coalition.rules, coalition.regions)
    state.contributions[where], state.bound[where] = given, bound
