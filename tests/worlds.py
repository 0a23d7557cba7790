"""Small imagined worlds for the tests: a ring of like countries, and what is needed to look into a run."""

from dataclasses import replace

import numpy as np

from sim.draws import uniform
from sim.instruments import INSTRUMENTS
from sim.parameters import Parameters
from sim.scenario import Budget, Clock, Founder, Scenario, Workforce, WorldChoice
from sim.state import PARTS, People, Status
from sim.week import WEEK, advance, start
from sim.world import Country, crime_types

LIKE = {
    "region": "Ring",
    "population": 20_000_000,
    "online": 0.8,
    "gdp_per_head": 15_000.0,
    "languages": ("Common",),
    "teams": 20.0,
    "institutions": 0.6,
    "corruption": 0.4,
    "laundering_controls": 0.5,
    "law": 0.8,
    "wage": 200.0,
    "reporting": 0.2,
}
NAMES = "abcdefghijkl"
STEP = 10.0  # degrees of longitude between neighbours on the ring


def country(code, **traits):
    """Return an imagined country; what is not said is as in the other ones."""
    return Country(code=code, **LIKE | traits)


def ring(size, regions=1, **traits):
    """Return like countries along the equator, in as many regions of neighbours."""
    return tuple(
        country(NAMES[i], longitude=STEP * i, **{"region": f"Region {i * regions // size}"} | traits)
        for i in range(size)
    )


def crimes(*names, **changes):
    """Return the stored crime types of these names with some traits replaced in all of them."""
    return {name: replace(crime_types()[name], **changes) for name in names or ("online_fraud",)}


def numbers(**groups):
    """Return the parameters of the model with some replaced, by group."""
    given = Parameters()
    return replace(given, **{name: replace(getattr(given, name), **values) for name, values in groups.items()})


def instrument(name, *members, **fields):
    """Return an instrument by its registered name."""
    return INSTRUMENTS[name](members=members, **fields)


def world(
    countries=None,
    *,
    operations=10,
    crimes_of=None,
    coerced=0.4,
    burn_in=8,
    weeks=26,
    period=13,
    policy=(),
    budget=None,
    scale=1.0,
    parameters=None,
    workforces=None,
    founders=None,
    politics=None,
):
    """Return a scenario: every country starts with about as many operations of every crime."""
    countries = ring(3) if countries is None else tuple(countries)
    crimes_of = crimes_of or crimes()
    workforces = workforces or (Workforce(name="locals", home=countries[0].code, share=1.0, languages={"Common": 1.0}),)
    founders = founders or tuple(
        Founder(country=c.code, crime=crime, workers=round(94 * operations), coerced=coerced)
        for c in countries
        for crime in crimes_of
    )
    return Scenario(
        name="tiny", status="imagined", world=WorldChoice(imagined=countries), crimes=crimes_of,
        workforces=workforces, founders=founders, clock=Clock(burn_in=burn_in, weeks=weeks, period=period),
        scale=scale, parameters=parameters or Parameters(), policy=tuple(policy), budget=budget,
        politics=politics,
    )  # fmt: skip


def with_policy(scenario, *policy, **changes):
    """Return the scenario with this policy instead of its own."""
    return replace(scenario, policy=policy, **changes)


def dollars(usd_per_year, start=0, end=None):
    """Return a common pot of money."""
    return Budget(usd_per_year=usd_per_year, start=start, end=end)


def after(scenario, seed, weeks):
    """Return state and setting after so many weeks."""
    state, setting = start(scenario, seed)
    for _ in range(weeks):
        advance(state, setting)
    return state, setting


def through(state, setting, last):
    """Run the phases of the week up to and including the one called `last`."""
    for phase in WEEK:
        phase(state, setting)
        if phase.__name__ == last:
            return


def living(state):
    """Return the rows of sites that exist."""
    return np.flatnonzero(state.sites.status != Status.EMPTY)


def columns(state):
    """Return a copy of every column; leads in transit by weeks to go, since arms differ in their horizon.

    What is left in rows that hold no site means nothing.
    """
    found = {name: column.copy() for name, column in state.columns().items()}
    due = found.pop("leads_due")
    due[state.sites.status == Status.EMPTY] = 0.0
    for weeks in range(1, due.shape[1]):
        found[f"leads_due.{weeks}"] = due[:, (state.week + weeks - 1) % due.shape[1]]
    return found


def differences(first, second):
    """Return the names of columns or measures that are not bitwise equal."""
    return [name for name in first if name in second and not same(first[name], second[name])]


def same(one, other):
    """Return whether two arrays are bitwise equal."""
    return one.shape == other.shape and one.dtype == other.dtype and one.tobytes() == other.tobytes()


def luck(state, setting, question, rows, draw=0):
    """Return the numbers in (0, 1) that answer a question about these sites this week."""
    return np.array([uniform(setting.seed, question, state.week, state.sites.address[s], draw) for s in rows])


def fits(found, trials, chance):
    """Return whether a count is within four standard errors of a binomial number's mean."""
    return abs(found - trials * chance) <= 4.0 * np.sqrt(trials * chance * (1.0 - chance))


def account(books, kind):
    """Return a kind of account of a ledger in all countries, as a view [C]."""
    return books.balance[kind * books.countries : (kind + 1) * books.countries]


def cash(state):
    """Return the cash of syndicates (cents), as a view [G]."""
    return state.money.balance[state.money.second : state.money.third]


def capital(state):
    """Return the capital of sites (cents), as a view [S]."""
    return state.money.balance[state.money.third :]


def detained(state, parts=0):
    """Return the detained of each syndicate by country with so many parts of a sentence to come, as a view [G, C]."""
    people, size = state.people, state.people.countries
    by_syndicate = people.balance[people.first : people.second].reshape(-1, PARTS * size + 1)
    return by_syndicate[:, parts * size : (parts + 1) * size]


def imprisoned(state):
    """Return the detained of each syndicate by country, whatever they have still to serve [G, C]."""
    return sum(detained(state, parts) for parts in range(PARTS))


def stays(state, kind):
    """Return people of each nationality in each country in a kind of care, as a view [nationality, C]."""
    size = state.people.countries
    first = (len(People) + kind * size) * size
    return state.people.balance[first : first + size * size].reshape(size, size)
