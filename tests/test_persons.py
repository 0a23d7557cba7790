"""The sampler of victims against a plain loop over every person; memory follows those who lost something."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pytest
from scipy import integrate, stats
from worlds import country, crimes, instrument, living, numbers, ring, world

from sim.phases.legislate import legislate
from sim.phases.offend import count_listed, offend
from sim.phases.report import report
from sim.setting import CLASSES
from sim.state import (
    IDENTITY_SHIFT,
    NUMBER_BITS,
    NUMBER_MASK,
    TIMES_MASK,
    identity_of,
    last_loss,
    note_loss,
    slot_of,
)
from sim.week import advance, start

PERSONS = 960  # a multiple of the classes, so that all of them are equally large
WEEKS = 60
RUNS = 120
CAMPAIGN = 30  # week in which a campaign begins
FACTS = {
    "susceptibility": 0.03, "susceptibility_shape": 0.3, "contacts": 1.0, "crowding_elasticity": 0.7,
    "crowding_scale": 0.05, "repeat_boost": 3.0,
}  # fmt: skip
OFFENDING = {"repeat_rate": 0.2, "awareness_rise": 0.01, "awareness_decay": 0.05}


def village(offending=None, campaign=False, **facts):
    """Return a world of one country with few persons, three syndicates of several sites and no police."""
    here = country("a", population=PERSONS, online=1.0, teams=0.0, reporting=0.4)
    return world(
        [here], operations=9, burn_in=0, weeks=WEEKS, crimes_of=crimes(**FACTS | facts),
        parameters=numbers(offending=OFFENDING | (offending or {}), demography={"smallest": 0}),
        policy=[instrument("awareness campaign", "a", effect=0.3, start=CAMPAIGN)] if campaign else [],
    )  # fmt: skip


@dataclass
class Ledger:
    """What a run of either version says about its victims."""

    hits: np.ndarray  # by week
    times: np.ndarray  # losses of each person


def by_engine(scenario, seed):
    """Let the real phases strike; nobody moves, joins or leaves."""
    state, setting = start(scenario, seed)
    hits = np.zeros(WEEKS)
    for week in range(WEEKS):
        for phase in (legislate, offend, report):
            phase(state, setting)
        hits[week] = state.sites.hits.sum()
        state.week += 1
    times = np.zeros(PERSONS)
    rows = state.persons[state.persons != 0]
    numbers_of = ((rows >> IDENTITY_SHIFT) - np.uint64(1)) & NUMBER_MASK
    times[numbers_of.astype(int)] = rows & TIMES_MASK
    return Ledger(hits, times)


def gamma_classes(mean, shape):
    """Return the mean susceptibility of 32 equally likely slices of a Gamma distribution, by quadrature."""
    spread = stats.gamma(shape, scale=mean / shape)
    edges = spread.ppf(np.linspace(0, 1, CLASSES + 1))
    edges[-1] = spread.ppf(1 - 1e-12)
    slices = [integrate.quad(lambda v: v * spread.pdf(v), low, high, limit=400)[0] for low, high in pairwise(edges)]
    return np.minimum(1.0, CLASSES * np.array(slices))


def by_hand(luck, workers, susceptible, awareness, contacts, facts, rule, campaign):
    """Ask every person every week: how often contacted, how often fooled. Workers by syndicate.

    `contacts` are contacts per person. Every loss of the last 26 weeks is an entry of its syndicate's list.
    """
    person_of_loss, syndicate_of_loss, week_of_loss = (np.zeros(0, dtype=int) for _ in range(3))
    times, last = np.zeros(PERSONS), np.full(PERSONS, -1000)
    aware, hits = awareness, np.zeros(WEEKS)
    crowd = (1 + contacts / facts["crowding_scale"]) ** -facts["crowding_elasticity"]
    for week in range(WEEKS):
        success = (1 - aware) * (1 - (0.3 if campaign and week >= CAMPAIGN else 0.0)) * crowd
        care = np.where(last >= 0, rule.caution * 0.5 ** ((week - last) / rule.caution_half_life), 0.0)
        fresh = np.minimum(1.0, susceptible * success) * (1 - care)
        new_persons, new_syndicates = [], []
        for syndicate, crew in enumerate(workers):
            called = luck.poisson(crew * facts["contacts"] / PERSONS, PERSONS)
            fooled = np.repeat(np.arange(PERSONS), luck.binomial(called, fresh))
            listed = np.flatnonzero((syndicate_of_loss == syndicate) & (week - week_of_loss <= 26))
            who, age = person_of_loss[listed], week - week_of_loss[listed]
            boosted = susceptible[who] * success * (1 + facts["repeat_boost"] * np.exp(-age / rule.repeat_decay))
            again = np.minimum(1.0, boosted) * (1 - care[who])
            met = luck.poisson(rule.repeat_rate, len(listed))
            new_persons += [fooled, np.repeat(who, luck.binomial(met, again))]
            new_syndicates += [
                np.full(len(new_persons[-2]), syndicate),
                np.full(len(new_persons[-1]), syndicate),
            ]
        lost = np.concatenate(new_persons)
        person_of_loss = np.concatenate([person_of_loss, lost])
        syndicate_of_loss = np.concatenate([syndicate_of_loss, *new_syndicates])
        week_of_loss = np.concatenate([week_of_loss, np.full(len(lost), week)])
        np.add.at(times, lost, 1)
        last[lost] = week
        hits[week] = len(lost)
        rise = rule.awareness_rise * luck.binomial(len(lost), 0.4) / (PERSONS / 1000)  # 40 % report
        aware += rise * (1 - aware) - rule.awareness_decay * aware
    return Ledger(hits, times)


def statistics(ledger):
    """Return the eleven numbers that the two versions must agree in."""
    classes = ledger.times.reshape(CLASSES, -1).sum(axis=1)
    return np.array([
        ledger.hits[:20].sum(), ledger.hits[20:40].sum(), ledger.hits[40:].sum(),
        ledger.times.sum() - (ledger.times > 0).sum(),
        (ledger.times >= 1).sum(), (ledger.times >= 2).sum(), (ledger.times >= 3).sum(), ledger.times.max(),
        classes[:24].sum(), classes[24:30].sum(), classes[30:].sum(),
    ])  # fmt: skip


def crews(state):
    """Return the workers of each syndicate."""
    rows = living(state)
    people = state.voluntary[rows] + state.coerced[rows]
    return np.bincount(state.sites.syndicate[rows], weights=people)


@pytest.fixture(scope="module")
def both():
    """Return the eleven statistics of many runs of the engine and of the plain loop [2, runs, 11]."""
    scenario = village(campaign=True)
    luck = np.random.default_rng(20261124)
    susceptible = np.repeat(gamma_classes(FACTS["susceptibility"], FACTS["susceptibility_shape"]), PERSONS // CLASSES)
    engine, plain = [], []
    for seed in range(RUNS):
        engine.append(statistics(by_engine(scenario, seed)))
        state, setting = start(scenario, seed)  # the same founders, other luck
        plain.append(statistics(by_hand(
            luck, crews(state), susceptible, state.awareness[0, 0], state.crowding[0, 0], FACTS,
            setting.parameters.offending, campaign=True,
        )))  # fmt: skip
    return np.array([engine, plain])


@pytest.mark.theory
def test_the_sampler_has_the_means_of_a_plain_loop_over_every_person(both):
    means, variances = both.mean(axis=1), both.var(axis=1, ddof=1)
    z = (means[0] - means[1]) / np.sqrt(variances.sum(axis=0) / RUNS)
    assert np.abs(z).max() < stats.norm.ppf(1 - 0.001 / 11)


@pytest.mark.theory
def test_the_sampler_has_the_variances_of_a_plain_loop(both):
    # The logarithm of a sample variance has a standard error of sqrt((kurtosis - 1) / n).
    kurtosis = stats.kurtosis(both, axis=1, fisher=False)
    error = np.sqrt((kurtosis - 1).sum(axis=0) / RUNS)
    ratio = np.log(both[0].var(axis=0) / both[1].var(axis=0))
    assert np.abs(ratio / error).max() < stats.norm.ppf(1 - 0.001 / 11)


@pytest.mark.theory
def test_the_sampler_has_the_distributions_of_a_plain_loop(both):
    chances = [stats.ks_2samp(*both[:, :, i]).pvalue for i in range(both.shape[2])]
    assert min(chances) > 0.002 / len(chances)


@pytest.mark.theory
def test_unequal_susceptibility_alone_makes_repeat_victims():
    """Without lists, caution or awareness the losses of a person are Poisson with a mean of its own."""
    found = repeaters(susceptibility_shape=0.3)
    even = repeaters(susceptibility_shape=100.0)
    for (observed, hits), shape in ((found, 0.3), (even, 100.0)):
        chances = gamma_classes(FACTS["susceptibility"], shape)
        mean = np.repeat(hits / PERSONS * chances / chances.mean(), PERSONS // CLASSES)
        twice = 1 - np.exp(-mean) * (1 + mean)
        error = np.sqrt((twice * (1 - twice)).sum())
        assert abs(observed - twice.sum()) < 4 * error
    assert found[0] > 1.5 * even[0]


def repeaters(**facts):
    """Return the persons with two losses or more, and all losses, when nothing depends on the past."""
    scenario = village({"repeat_rate": 0.0, "caution": 0.0, "awareness_rise": 0.0}, **facts)
    ledger = by_engine(scenario, 5)
    return (ledger.times >= 2).sum(), ledger.times.sum()


@pytest.mark.theory
def test_a_list_of_earlier_victims_alone_makes_repeat_victims():
    """With everybody alike, an entry of age a is met at rate r and loses with p (1 + h exp(-a / T))."""
    rule = {"caution": 0.0, "awareness_rise": 0.0, "repeat_decay": 8.0}
    facts = {"susceptibility_shape": 100.0, "repeat_boost": 3.0, "crowding_elasticity": 0.0}
    off = by_engine(village(rule | {"repeat_rate": 0.0}, **facts), 5)
    on = by_engine(village(rule | {"repeat_rate": 0.2}, **facts), 5)
    age = np.arange(1, 27)
    chance = 0.2 * FACTS["susceptibility"] * (1 + 3.0 * np.exp(-age / 8.0))
    again = np.zeros(WEEKS)  # expected losses of listed victims, who are listed again
    for week in range(WEEKS):
        for a, p in zip(age[:week], chance, strict=False):
            again[week] += p * (off.hits[week - a] + again[week - a])
    assert off.hits.sum() < on.hits.sum()
    family = 1 / (1 - chance.sum())  # losses that follow from one, itself included: a branching process
    assert abs(on.hits.sum() - off.hits.sum() - again.sum()) < 4 * np.sqrt(family**3 * again.sum())


@pytest.mark.laws
def test_memory_follows_those_who_lost_something():
    """Everybody else costs nothing: the table has a row for each person touched, and no other."""
    state, setting = start(village(), 3)
    for _ in range(20):
        for phase in (legislate, offend, report):
            phase(state, setting)
        state.week += 1
        rows = state.persons[state.persons != 0]
        assert len(rows) == state.known_victims[0] == len(np.unique(rows >> IDENTITY_SHIFT))
    assert (rows & TIMES_MASK).sum() == state.hits.sum()
    assert 0 < len(rows) < state.hits.sum()


@pytest.mark.laws
def test_the_table_of_persons_does_not_grow_with_the_population():
    few = world([country("a", population=10**6)], operations=2, burn_in=0)
    many = world([country("a", population=10**9)], operations=2, burn_in=0)
    assert len(start(many, 1)[0].persons) <= 4 * len(start(few, 1)[0].persons)


@pytest.mark.laws
def test_growing_the_tables_keeps_their_content():
    state, setting = start(village(), 3)
    for _ in range(10):
        for phase in (legislate, offend, report):
            phase(state, setting)
        state.week += 1
    persons, page = set(state.persons.tolist()), state.lists.person.copy()
    money, people = state.money.balance.copy(), state.people.balance.copy()
    before = {name: column.copy() for name, column in state.columns().items() if name.startswith(("sites", "synd"))}
    counts = np.diff(state.lists.start, axis=1)
    capital, cash = (
        state.money.balance[state.money.third :].copy(),
        state.money.balance[state.money.second :].copy(),
    )
    sites, syndicates = len(state.sites.status), len(state.syndicates.alive)
    state.reserve(5 * sites, 3 * len(state.persons))
    assert len(state.persons) > len(page)
    assert set(state.persons.tolist()) == persons
    assert state.known_victims[0] == len(persons) - 1  # free rows hold a zero
    assert np.array_equal(state.lists.person[:, : page.shape[1]], page)
    assert np.array_equal(np.diff(state.lists.start, axis=1)[:, :syndicates], counts)
    assert np.diff(state.lists.start, axis=1)[:, syndicates:].sum() == 0
    for name, column in before.items():
        assert np.array_equal(state.columns()[name][: len(column)], column), name
    assert state.money.balance.sum() == money.sum()
    assert state.people.balance.sum() == people.sum()
    assert np.array_equal(state.money.balance[state.money.third :][:sites], capital)
    assert np.array_equal(state.money.balance[state.money.second :][:syndicates], cash[:syndicates])
    assert (state.sites.status == 0).sum() >= 5 * sites


@pytest.mark.hand
def test_a_person_is_found_again_by_country_and_number():
    table = np.zeros(64, dtype=np.uint64)
    people = [(country, number) for country in (0, 1, 197) for number in (0, 1, 2**33)]
    for week, (place, number) in enumerate(people):
        assert note_loss(table, identity_of(place, number), week) == 1
        assert note_loss(table, identity_of(place, number), week + 100) == 0
    for week, (place, number) in enumerate(people):
        identity = identity_of(place, number)
        row = table[slot_of(table, identity)]
        assert row >> IDENTITY_SHIFT == identity
        assert int((identity - np.uint64(1)) >> NUMBER_BITS) == place
        assert int((identity - np.uint64(1)) & NUMBER_MASK) == number
        assert last_loss(row) == week + 100
        assert row & TIMES_MASK == 2


@pytest.mark.hand
def test_losses_beyond_255_are_counted_as_255():
    table = np.zeros(64, dtype=np.uint64)
    for week in range(300):
        note_loss(table, identity_of(3, 7), week)
    row = table[slot_of(table, identity_of(3, 7))]
    assert row & TIMES_MASK == 255
    assert last_loss(row) == 299


@pytest.mark.laws
def test_a_newcomer_does_not_inherit_the_victims_of_whoever_had_its_row():
    """Rows are used again, even in the week in which a syndicate ends."""
    scenario = world(
        ring(2), operations=20, burn_in=26,
        parameters=numbers(
            choice={"exit_share": 0.4, "review": 0.5}, demography={"founding_sites": 1, "branch": 0.0}
        ),
    )  # fmt: skip
    state, setting = start(scenario, 3)
    used_again = 0
    for _ in range(40):
        advance(state, setting)
        newborn = (state.syndicates.alive == 1) & (state.syndicates.born >= state.week - 1) & (state.week > 1)
        page = (state.week - 1) % len(state.lists.week)
        inherited = np.diff(state.lists.start[page]) * newborn
        used_again += (inherited > 0).sum()
        listed = np.zeros(len(newborn), np.int64)
        count_listed(state.week, state.syndicates, state.lists, listed)
        assert (listed * newborn).sum() == 0
    assert used_again > 0
