"""Verb 1: which interventions and which cooperation are in force this week, and what they cost."""

import numpy as np

from sim.instruments import WEEKS_A_YEAR, Orders, peace_orders
from sim.phases.custody import in_care
from sim.setting import Setting
from sim.state import Floats, Money, State


def legislate(state: State, setting: Setting) -> None:
    """Write this week's orders and spend the programme's budget.

    Instruments state sums for the full-size world; everything is thinned by the scale here. Crackdowns that
    live off the rest get what fixed costs and last week's variable costs leave, so that an arm spends its
    budget whatever cooperation turns out to cost. In a week without money there is no series of joint raids.
    """
    week = state.week - setting.burn_in
    world, costs = setting.world, setting.parameters.costs
    laundering = setting.parameters.laundering
    orders = peace_orders(world, laundering.domestic_coverage, laundering.request_time)
    for instrument, where in setting.policy:
        if instrument.intensity == 0.0:
            continue
        at = instrument.deployed(world, where, costs, week)
        if instrument.announces(week):
            risk = instrument.intensity * setting.parameters.learning.announced_risk
            orders.announced[where] = np.maximum(orders.announced[where], risk)
        if instrument.runs(week):
            orders.cost[where] += instrument.weekly_cost(at)
            orders.private_cost[where] += instrument.weekly_private_cost(at)
        if instrument.works(week):
            instrument.act(orders, at)
    for column in (orders.cost, orders.private_cost, orders.surge):
        column *= setting.scale
    programme = _spend(state, setting, orders, week)
    _book(state, setting, orders, programme)
    state.orders = orders


def _spend(state: State, setting: Setting, orders: Orders, week: int) -> Floats:
    """Return the programme's spending of the week by payer (USD); what fixed and variable costs leave buys teams.

    Debt is carried to the next week, money is not: what is not spent is reported as unspent.
    """
    budget = setting.budget
    programme: Floats = orders.cost + state.due
    if budget is None:
        return programme
    if budget.usd_per_year is None:
        extra = orders.rest * (budget.teams or 0.0) * setting.scale * budget.runs(week)
        orders.surge += extra
        return programme + extra * setting.land.team_cost
    income = budget.usd_per_year / WEEKS_A_YEAR * setting.scale * budget.runs(week)
    left = state.pot[0] + income - programme.sum()
    state.pot[0] = min(0.0, left)
    if left < 0.0:
        orders.joint[:], orders.vetting[:] = -1, 1.0
    elif orders.rest.sum() > 0.0:
        shares = left * orders.rest / max(1.0, orders.rest.sum())
        orders.surge += shares / setting.land.team_cost
        programme = programme + shares
    return programme


def _book(state: State, setting: Setting, orders: Orders, programme: np.ndarray) -> None:
    """Book the week's public spending, from treasuries, in whole cents.

    Teams, the programme, formal requests, and everybody who is detained or sheltered, where they are.
    """
    money, size = state.money.balance, state.money.countries
    yearly = setting.parameters.costs.detention * setting.world.gdp_per_head
    public = programme + setting.world.teams * setting.scale * setting.land.team_cost
    public += in_care(state.people) * yearly / WEEKS_A_YEAR + state.casework
    cents = np.rint(100.0 * public).astype(np.int64)
    teams = (setting.world.teams * setting.scale + orders.surge) * setting.land.team_cost
    police = np.rint(100.0 * (teams + state.casework))
    paid = np.minimum(cents, police.astype(np.int64))
    money[Money.TREASURY * size : (Money.TREASURY + 1) * size] -= cents
    money[Money.POLICE * size : (Money.POLICE + 1) * size] += paid
    money[Money.COALITION * size : (Money.COALITION + 1) * size] += cents - paid
    state.spent[0] += public
    state.spent[1] += programme
    state.spent[2] += orders.private_cost
    state.due[:] = 0.0
    state.casework[:] = 0.0
