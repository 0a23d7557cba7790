"""Verb 1: which interventions and which cooperation are in force this week, and what they cost."""

import numpy as np

from sim.instruments import WEEKS_A_YEAR, Orders, arriving, peace_orders
from sim.phases.custody import in_care
from sim.phases.govern import govern
from sim.setting import Setting
from sim.state import Floats, Money, State


def legislate(state: State, setting: Setting) -> None:
    """Write this week's orders and spend the programme's budget.

    Instruments state sums for the full-size world; everything is thinned by the scale here. Crackdowns that
    live off the rest get what fixed costs and last week's variable costs leave, so that an arm spends its
    budget whatever cooperation turns out to cost. In a week without money there is no series of joint raids.
    Governments that decide how much they contribute take part in cooperation by that share, and their channels pass
    what the giver trusts the receiver with.
    """
    week = state.week - setting.burn_in
    world, costs = setting.world, setting.parameters.costs
    laundering = setting.parameters.laundering
    orders = peace_orders(world, laundering.domestic_coverage, laundering.request_time)
    govern(state, setting, week)
    for instrument, where in setting.policy:
        if instrument.intensity == 0.0:
            continue
        at = instrument.deployed(world, where, costs, week, state.contributions)
        if instrument.announces(week):
            risk = instrument.intensity * setting.parameters.learning.announced_risk
            orders.announced[where] = np.maximum(orders.announced[where], risk)
        if instrument.runs(week):
            orders.cost[where] += instrument.weekly_cost(at)
            orders.private_cost[where] += instrument.weekly_private_cost(at)
        if instrument.works(week):
            instrument.act(orders, at)
    orders.coverage *= state.trust
    for column in (orders.cost, orders.private_cost, orders.surge, orders.given):
        column *= setting.scale
    programme, money = _spend(state, setting, orders, week)
    _book(state, setting, orders, programme, money)
    state.orders = orders


def _spend(state: State, setting: Setting, orders: Orders, week: int) -> tuple[Floats, Floats]:
    """Return the programme's spending of the week by payer (USD) and the money for teams in it [payer, host].

    What fixed and variable costs leave of a budget buys teams, less what is diverted on its way abroad. Debt is
    carried to the next week, money is not: what is not spent is reported as unspent.
    """
    budget, price = setting.budget, setting.land.team_cost
    share = arriving(orders, setting.parameters.costs.diversion)
    programme: Floats = orders.cost + state.due
    bought = np.zeros_like(orders.rest)
    if budget is not None and budget.usd_per_year is None:
        extra = orders.rest * (budget.teams or 0.0) * setting.scale * budget.runs(week)
        orders.surge += extra.sum(axis=0)
        bought = extra * price / share
    elif budget is not None and budget.usd_per_year is not None:
        income = budget.usd_per_year / WEEKS_A_YEAR * setting.scale * budget.runs(week)
        left = state.pot[0] + income - programme.sum()
        state.pot[0] = min(0.0, left)
        weights = orders.rest.sum(axis=0).sum()
        if left < 0.0:
            orders.joint[:], orders.vetting[:] = -1, 1.0
        elif weights > 0.0:
            bought = left * orders.rest / max(1.0, weights)
            orders.surge += (bought * share).sum(axis=0) / price
    orders.surge += (orders.given * share).sum(axis=0) / price
    return programme + bought.sum(axis=1), bought + orders.given


def _book(state: State, setting: Setting, orders: Orders, programme: Floats, money: Floats) -> None:
    """Book the week's public spending, from treasuries, in whole cents.

    Teams, the programme, formal requests, and everybody who is detained or sheltered, where they are. Money for teams
    abroad goes to their police, and what is diverted of it stays in the host country.
    """
    balance, size = state.money.balance, state.money.countries
    yearly = setting.parameters.costs.detention * setting.world.gdp_per_head
    public = programme + setting.world.teams * setting.scale * setting.land.team_cost
    public += in_care(state.people) * yearly / WEEKS_A_YEAR + state.casework
    cents = np.rint(100.0 * public).astype(np.int64)
    share = arriving(orders, setting.parameters.costs.diversion)
    abroad = (100.0 * money * (1.0 - np.eye(size))).astype(np.int64)
    arrived = (abroad * share).astype(np.int64)
    own = np.maximum(0, cents - abroad.sum(axis=1))
    teams = (setting.world.teams * setting.scale + orders.surge) * setting.land.team_cost
    police = np.rint(100.0 * (teams + state.casework))
    paid = np.minimum(own, np.maximum(0, police.astype(np.int64) - arrived.sum(axis=0)))
    balance[Money.TREASURY * size : (Money.TREASURY + 1) * size] -= own + abroad.sum(axis=1)
    balance[Money.POLICE * size : (Money.POLICE + 1) * size] += paid + arrived.sum(axis=0)
    balance[Money.DIVERTED * size : (Money.DIVERTED + 1) * size] += (abroad - arrived).sum(axis=0)
    balance[Money.COALITION * size : (Money.COALITION + 1) * size] += own - paid
    state.spent[0] += public
    state.spent[1] += programme
    state.spent[2] += orders.private_cost
    state.due[:] = 0.0
    state.casework[:] = 0.0
