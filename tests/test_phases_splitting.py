"""Verb 10 by hand: which syndicates split, what the offspring takes, and that it is in the place of a newcomer."""

import numpy as np
import pytest
from worlds import cash, differences, living, numbers, ring, world

from sim.draws import Draw, born, uniform
from sim.phases.splitting import split
from sim.scenario import Founder
from sim.state import Happened, Status
from sim.week import run, start

pytestmark = pytest.mark.hand

A, B = 0, 1
WEEK = 100


def large(splitting=1.0, sites=5, split_sites=4):
    """Return state, setting and the sites of one syndicate with so many, some in b; others have two each."""
    founders = tuple(Founder(country=code, crime="online_fraud", workers=1_000, coerced=0.4) for code in "ab")
    rule = {"splitting": splitting, "split_sites": split_sites}
    state, setting = start(world(ring(2), founders=founders, parameters=numbers(demography=rule)), 1)
    state.week = WEEK
    rows = living(state)[:sites]
    g = state.sites.syndicate[rows[0]]
    gone = state.sites.syndicate[rows[sites - 1]]
    others = rows[state.sites.syndicate[rows] != g]
    left = np.setdiff1d(living(state)[state.sites.syndicate[living(state)] == gone], rows)
    state.sites.syndicate[rows] = g
    state.sites.status[left] = Status.EMPTY
    state.syndicates.alive[np.setdiff1d(np.unique(state.sites.syndicate[others]), g)] = 0
    state.syndicates.sites[g] = sites
    for other in np.flatnonzero(state.syndicates.alive):
        here = living(state)[state.sites.syndicate[living(state)] == other]
        state.syndicates.sites[other] = len(here)
        state.syndicates.presence[other] = np.bincount(state.sites.host[here], minlength=2)
        state.syndicates.alive[other] = len(here) > 0
    state.syndicates.ties[:] = -1
    cash(state)[:] = 0
    return state, setting, rows, g


def let_split(state, setting, potential=3):
    """Let syndicates split; return the rows of the new ones and what is left of the potential entrants."""
    before = state.syndicates.alive.copy()
    left = np.array([potential])
    split(state.week, left, state.sites, state.syndicates, state.struck_before, state.money,
          setting.rules.demography, setting.seed, state.diary)  # fmt: skip
    return np.flatnonzero(state.syndicates.alive > before), int(left[0])


def test_the_offspring_takes_half_of_the_sites_rounded_down_and_as_large_a_share_of_the_cash():
    state, setting, rows, g = large()
    cash(state)[g], state.syndicates.costs[g], state.syndicates.ties[g] = 1_000, 50.0, [3, -1]
    state.syndicates.experience[g], state.syndicates.hits[g] = [7.0, 2.0], [0.5, 0.0]
    lots = [uniform(setting.seed, Draw.SPLIT_SITE, WEEK, state.sites.address[s], 0) for s in rows]
    (offspring,), left = let_split(state, setting)
    syndicates, taken = state.syndicates, rows[np.argsort(lots)[:2]]
    assert left == 2
    assert sorted(rows[state.sites.syndicate[rows] == offspring]) == sorted(taken)
    assert (syndicates.sites[g], syndicates.sites[offspring]) == (3, 2)
    for one in (g, offspring):
        own = rows[state.sites.syndicate[rows] == one]
        assert syndicates.presence[one].tolist() == np.bincount(state.sites.host[own], minlength=2).tolist()
    assert (cash(state)[g], cash(state)[offspring]) == (600, 400)
    assert (syndicates.costs[g], syndicates.costs[offspring]) == (30.0, 20.0)
    assert (syndicates.ties[g].tolist(), syndicates.ties[offspring].tolist()) == ([3, offspring], [g, 3])
    assert syndicates.experience[offspring].tolist() == [7.0, 2.0]
    assert syndicates.hits[offspring].tolist() == [0.5, 0.0]
    for kept in (syndicates.home, syndicates.crime, syndicates.workforce):
        assert kept[offspring] == kept[g]
    assert syndicates.address[offspring] == born(syndicates.address[g], WEEK, Draw.SPLIT, 1, setting.seed)
    assert state.diary[Happened.SPLITS].sum() == state.diary[Happened.SPLITS, 0, syndicates.home[g]] == 1


@pytest.mark.parametrize("ties", [[-1, -1], [-1, 4], [3, -1], [3, 4]])
def test_a_parent_takes_its_offspring_for_a_tie_if_one_is_free(ties):
    state, setting, _, g = large()
    state.syndicates.ties[g] = ties
    (offspring,), _ = let_split(state, setting)
    expected = list(ties)
    if -1 in expected:
        expected[expected.index(-1)] = offspring
    assert state.syndicates.ties[g].tolist() == expected
    assert state.syndicates.ties[offspring].tolist() == [g, ties[0]]


@pytest.mark.parametrize(("sites", "least", "splits"), [(3, 4, 0), (4, 4, 1), (3, 3, 1)])
def test_only_large_syndicates_split(sites, least, splits):
    state, setting, _, _ = large(sites=sites, split_sites=least)
    assert len(let_split(state, setting)[0]) == splits


def test_nobody_splits_where_nobody_could_have_entered():
    state, setting, _, _ = large()
    new, left = let_split(state, setting, potential=0)
    assert (len(new), left) == (0, 0)


def test_the_chance_is_read_at_the_address_of_the_parent():
    """Whoever is luckiest goes first when there is one newcomer only."""
    state, setting, _, _ = large(split_sites=2)
    candidates = np.flatnonzero(state.syndicates.alive & (state.syndicates.sites >= 2))
    lots = [uniform(setting.seed, Draw.SPLIT, WEEK, state.syndicates.address[g], 0) for g in candidates]
    assert len(candidates) > 3
    sites = state.syndicates.sites.copy()
    let_split(state, setting, potential=1)
    assert (sites - state.syndicates.sites > 0).nonzero()[0].tolist() == [candidates[np.argmin(lots)]]
    for chance in (min(lots) - 1e-9, min(lots) + 1e-9):
        state, setting, _, _ = large(splitting=chance, split_sites=2)
        assert len(let_split(state, setting)[0]) == (chance > min(lots))


def test_while_entry_settles_it_makes_up_for_the_newcomers_whose_place_splits_take():
    """Twin worlds: in the week of a split the rate of potential entrants is higher by 1 / 52 of the splits."""
    from sim.phases.renew import renew

    rates, splits = [], []
    for chance in (0.0, 1.0):
        state, setting, _, _ = large(splitting=chance)
        state.week, state.entry[0, 0] = 3, 200.0
        renew(state, setting)
        rates.append(state.entry[0, 0])
        splits.append(state.diary[Happened.SPLITS].sum())
    assert splits[0] == 0
    assert splits[1] > 0
    assert rates[1] - rates[0] == pytest.approx(splits[1] / 52)


@pytest.mark.worlds
def test_a_chance_of_nothing_splits_nobody_and_the_least_size_then_means_nothing():
    one, two = (run(world(parameters=numbers(demography={"split_sites": least})), 1) for least in (2, 900))
    assert not differences(one.measures, two.measures)
