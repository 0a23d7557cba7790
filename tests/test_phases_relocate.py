"""Verb 9 by hand: who reviews, what each option is worth, with what chance it is chosen, and what follows."""

from copy import deepcopy
from math import exp, inf, log
from operator import attrgetter

import numpy as np
import pytest
from worlds import account, capital, cash, country, crimes, detained, fits, living, luck, numbers, ring, stays, world

from sim.draws import Draw
from sim.parameters import Parameters
from sim.phases.choosing import EXIT, HARDEN, MOVE, QUIET, SWITCH, probabilities, total_nests
from sim.phases.relocate import relocate
from sim.scenario import Founder
from sim.setting import rules_of
from sim.state import Between, Happened, Money, People, Reviewed, Status, travelling
from sim.week import start

pytestmark = pytest.mark.hand

A, B = 0, 1
DRUGS, FRAUD = 0, 1
WEEK = 100  # constants have settled
NEXT = 1111.95  # km between neighbours on the ring
SURE, NEVER = 60.0, -200.0  # utilities that leave nothing else a chance, and that have none


def sites_of(workers=90, *, chosen=None, countries=None, kinds=("online_fraud", "drugs"), passed_on=0.5, **choice):
    """Return state, setting and the sites of a, which all review this week and choose this class, or to stay."""
    choice = {"distance_scale": NEXT, "retarget": 0.0, **choice}
    scenario = world(
        countries or ring(2, 2), founders=(Founder(country="a", crime="online_fraud", workers=workers, coerced=0.4),),
        crimes_of=crimes(*kinds), parameters=numbers(choice=choice, demography={"coerced_passed_on": passed_on}),
    )  # fmt: skip
    state, setting = start(scenario, 1)
    rows = living(state)
    state.week = WEEK
    state.sites.alerted[rows] = 1
    state.sites.target[rows] = A
    state.syndicates.experience[:] = 0.0
    state.constants[:] = NEVER
    if chosen is not None:
        state.constants[FRAUD, chosen] = SURE
    return state, setting, rows


def shares(state, setting):
    """Return the mean probabilities with which those who review stay, move, switch, lie low, harden, close."""
    relocate(state, setting)
    found = state.reviewed[:, FRAUD, A]
    return found[Reviewed.STAY : Reviewed.EXIT + 1] / found[Reviewed.REVIEWS]


@pytest.mark.parametrize(
    ("review", "alarm", "chance"), [(0.04, None, 0.04), (0.04, "site", 0.2), (0.04, "syndicate", 0.2), (0.3, "site", 1)]
)
def test_a_site_reviews_seldom_and_five_times_as_often_while_it_or_its_syndicate_is_alarmed(review, alarm, chance):
    state, setting, rows = sites_of(20_000, review=review)
    state.sites.alerted[rows] = 0
    until = state.sites.alarm_until if alarm == "site" else state.syndicates.alarm_until
    until[:] = WEEK + bool(alarm)
    relocate(state, setting)
    assert state.reviewed[Reviewed.REVIEWS, FRAUD, A] == (luck(state, setting, Draw.REVIEW, rows) < chance).sum()


def test_a_closed_site_reviews_only_if_it_has_lost_its_place_and_a_warned_one_as_soon_as_it_can_work_again():
    state, setting, rows = sites_of(1_000, review=0.0)
    state.sites.idle_until[rows], state.sites.alerted[rows[2:]], state.sites.uprooted[rows[0]] = WEEK + 1, 0, 1
    for reviews in (1, 2):
        relocate(state, setting)
        assert state.reviewed[Reviewed.REVIEWS].sum() == reviews
        state.week += 1


def two_places():
    """Return state and setting of a site that weighs two places of like size, and its utilities by hand.

    Evidence of raids on a is (.03 + .17 + .5) / (10 + 10 + 5) = .028 a week, or 1.12 losses, three quarters of them at
    a tactic of .5; of these the public knows of .2 / 20 = .01. On b it is the prior and an announcement: .92 losses.
    At the other crime it would be (.03 + .5) / (10 + 5), of which it has nothing but its own evidence.
    """
    state, setting, (s,) = sites_of(nest=1.0)
    g = state.sites.syndicate[s]
    state.place_value[:, 0] = [[1.5, 0.0], [2.0, 2.5]]
    state.public_hits[FRAUD, A], state.public_weeks[FRAUD, A] = 0.17, 9.83
    state.syndicates.hits[g, A], state.syndicates.weeks[g, A] = 0.5, 4.5
    state.sites.tactic[s] = 0.5
    state.orders.announced[B] = 0.02
    state.orders.corruption[:] = [0.4, 0.7]
    state.syndicates.experience[g, A] = 30.0
    state.count[:] = [[0, 0], [6, 0]]
    setting.land.diaspora[A, B] = 0.3
    state.constants[FRAUD] = [-1.0, -1.5, 0.2, -2.0, 0.1]
    risk = 3 * 1.12 * 0.75
    care = 3 * log(1 - 0.1 * 0.5)  # a twentieth of what is earned
    stay = 2.0 + care - risk + 1 + 0.4 + 0.25 * log(4) + 0.15 * log(2)
    move = 2.5 + care - 3 * 0.92 + 0.3 + 0.7 - 0.5 * log(2) + log(0.5) - 1.0
    other = stay - 2 + 1.5 + risk - 3 * 40 * 0.53 / 15 * 0.75 - 1.5
    return state, setting, [stay, move, other, 0.2 - 0.15 * risk, stay - 2 + risk, 0.1]


def test_a_site_chooses_each_option_with_the_probability_worked_out_by_hand():
    state, setting, utility = two_places()
    chances = np.exp(utility) / np.exp(utility).sum()
    assert shares(state, setting) == pytest.approx(chances, rel=1e-5)
    assert state.moved[A] == pytest.approx([0, chances[1]], rel=1e-5)
    assert state.reviewed[Reviewed.RISK, FRAUD, A] == pytest.approx(3 * 40 * 0.01)


# Columns to change before the site 0 of syndicate 0 chooses, and the change of ln(P(move) / P(stay)).
CHANGES = {
    "a site of the syndicate is a tie": ({"syndicates.presence": ((0, B), 1)}, 1 - 0.3),
    "so is one of a tied syndicate": ({"syndicates.ties": ((0, 1), 5), "syndicates.presence": ((5, B), 1)}, 1 - 0.3),
    "a site that was lost moves without mobility": ({"sites.uprooted": (0, 1)}, 1.0),
    "risk counts up to six losses": ({"public_hits": ((FRAUD, B), 50.0)}, 3 * 0.92 - 3 * 6),
    "six sites in b": ({"count": ((FRAUD, B), 6)}, 0.15 * log(2)),
}


@pytest.mark.parametrize("change", CHANGES)
def test_the_odds_of_moving_against_staying_change_as_worked_out_by_hand(change):
    columns, difference = CHANGES[change]
    odds = []
    for changes in ({}, columns):
        state, setting, _ = two_places()
        for name, (place, value) in changes.items():
            attrgetter(name)(state)[place] = value
        stay, move = shares(state, setting)[:2]
        odds.append(log(move / stay))
    assert odds[1] - odds[0] == pytest.approx(difference)


def test_nested_probabilities_are_those_worked_out_by_hand():
    """U = 1, .5 in one region, 0 in another, λ = .5; lie low −1, close −2."""
    utility, region = np.array([1.0, 0.5, 0.0]), np.array([0, 0, 1])
    nests, classes = np.zeros(2), np.array([-inf, -inf, -1.0, -inf, -2.0])
    choice = rules_of(Parameters()).choice._replace(nest=0.5)
    places, found, inclusive = np.zeros(3), np.zeros(5), 0.5 * log(exp(2) + exp(1))
    total_nests(utility, region, choice.noise * choice.nest, nests, places)
    assert nests == pytest.approx([inclusive, 0.0])
    probabilities(0, region, choice, utility, classes, nests, places, found)
    total = exp(inclusive) + 1 + exp(-1) + exp(-2)
    first = exp(inclusive) / total
    assert places == pytest.approx([first * exp(2) / (exp(2) + exp(1)), first * exp(1) / (exp(2) + exp(1)), 1 / total])
    assert found == pytest.approx([places[1:].sum(), 0, exp(-1) / total, 0, exp(-2) / total])


@pytest.mark.parametrize("nest", [1.0, 0.6])
def test_a_third_country_split_in_two_changes_nobodys_odds(nest):
    """Halves of the size in the same region attract as much as the whole, also where places are nested."""
    whole = (country("a", size=2.0), country("b", region="Far", longitude=10.0, size=2.0))
    split = (*whole[:1], *(country(code, region="Far", longitude=10.0, size=1.0) for code in "bc"))
    found = []
    for countries in (whole, split):
        state, setting, _ = sites_of(countries=countries, nest=nest)
        state.place_value[:] = 0.0
        state.constants[FRAUD] = [1.0, -inf, 0.0, -inf, 0.0]
        found.append(shares(state, setting))
    assert found[0] == pytest.approx(found[1])


def test_sites_choose_as_often_as_their_probabilities_say():
    """Two places in each of two regions: noise decides between regions and classes, then within a region."""
    state, setting, rows = sites_of(60_000, countries=ring(4, 2), passed_on=0.0, nest=0.4)
    state.place_value[:, 0] = [0.0, 2.0, -1.0, 2.0]
    state.constants[FRAUD] = [1.5, 0.0, 1.0, 0.0, 0.5]
    chances = [*shares(state, setting)[2:], *state.moved[A, B:] / len(rows)]
    sites, crime = state.sites, state.sites.crime[rows] == DRUGS
    counts = [
        crime.sum(), (sites.status[rows] == Status.QUIET).sum(), (sites.tactic[rows] > 0).sum(),
        (sites.status[rows] == Status.EMPTY).sum(), *((sites.host[rows] == place).sum() for place in range(B, 4)),
    ]  # fmt: skip
    assert all(fits(count, len(rows), chance) for count, chance in zip(counts, chances, strict=True))


def test_in_week_zero_the_constants_are_solved_for_the_shares_of_reviews():
    """Moves 2 %, switches 1 %, lying low and closing half as often again as 5 % and 7 %, hardening 2 %."""
    state, setting, _ = sites_of(4_000, outside_factor=1.5)
    state.week = 0
    assert shares(state, setting)[1:] == pytest.approx([0.02, 0.01, 0.075, 0.02, 0.105], rel=1e-4)


def test_later_the_constants_follow_once_a_week_and_then_they_are_frozen():
    state, setting, _ = sites_of(4_000)
    before = state.constants[FRAUD] = np.array([-1.0, -2.0, 1.0, -2.0, 1.5])
    later = deepcopy(state)
    found = shares(later, setting)[1:]
    assert np.array_equal(later.constants[FRAUD], before)
    state.week = 1
    relocate(state, setting)
    step = 0.7 * np.log(np.array([0.02, 0.01, 0.05, 0.02, 0.07]) / found)
    assert state.constants[FRAUD] - before == pytest.approx(step)


def test_one_who_stays_chooses_targets_anew_in_a_fifth_of_reviews():
    state, setting, rows = sites_of(20_000, retarget=0.2)
    state.appeal[..., B] = SURE
    relocate(state, setting)
    anew = luck(state, setting, Draw.RETARGET, rows) < 0.2
    assert np.array_equal(state.sites.target[rows] == B, anew)
    assert state.diary[Happened.RETARGETS, FRAUD, A] == anew.sum()


@pytest.mark.parametrize("lost", [False, True])
def test_a_mover_leaves_its_capital_pays_and_opens_after_a_while_elsewhere(lost):
    """Four weeks; none for one that lost its site to a raid and is closed for longer anyway."""
    state, setting, (s,) = sites_of(chosen=MOVE)
    state.place_value[FRAUD, 0, B] += SURE
    g, aim = state.sites.syndicate[s], state.sites.aim[s]
    capital(state)[s], cash(state)[g] = 7_000, 0
    state.sites.uprooted[s], state.appeal[..., B] = lost, SURE
    workers = state.voluntary[s] + state.coerced[s]  # they come along
    relocate(state, setting)
    assert (state.sites.host[s], state.sites.target[s], state.moves[FRAUD, A, FRAUD, B]) == (B, B, 1)
    assert state.sites.idle_until[s] == WEEK + (0 if lost else 4)
    assert account(state.money, Money.WRITTEN_OFF).tolist() == [7_000, 0]
    assert account(state.money, Money.SUPPLIERS).tolist() == [0, 50_000 * workers]
    assert (capital(state)[s], state.voluntary[s] + state.coerced[s]) == (int(300_000 * aim), workers)
    assert state.syndicates.presence[g].tolist() == [0, 1]


def test_a_file_follows_a_mover_as_far_as_the_old_and_the_new_host_are_linked():
    """Four fifths of a channel of .5 follow; a channel the other way does not help."""
    state, setting, rows = sites_of(20_000, chosen=MOVE)
    state.place_value[FRAUD, 0, B] += SURE
    back = deepcopy(state)
    for each, pair in ((state, (A, B)), (back, (B, A))):
        each.orders.coverage[pair] = 0.5
        each.sites.case[rows] = 1
        each.sites.leads[rows], each.leads_due[rows] = 10.0, 5.0
        each.sites.requested[rows], each.sites.transmitted[rows] = 3.0, 2.0
        relocate(each, setting)
    assert state.sites.leads[rows] == pytest.approx(4.0)
    assert state.leads_due[rows] == pytest.approx(2.0)
    assert state.sites.requested[rows] == pytest.approx(1.2)
    assert state.sites.transmitted[rows] == pytest.approx(0.8)
    assert np.array_equal(state.sites.case[rows] == 1, luck(state, setting, Draw.COLD, rows, 1) < 0.4)
    for gone in (back.sites.leads, back.leads_due, back.sites.requested, back.sites.transmitted, back.sites.case):
        assert not gone[rows].any()


def test_one_who_switches_takes_the_crime_worth_most_here_closed_for_as_long_as_that_asks():
    state, setting, (s,) = sites_of(chosen=SWITCH, kinds=("online_fraud", "drugs", "trafficking"))
    state.place_value[:, 0, A] = [1.0, 2.0, 0.0]
    relocate(state, setting)
    assert (state.sites.crime[s], state.sites.host[s], state.sites.idle_until[s]) == (DRUGS, A, WEEK + 26)
    assert state.moves[FRAUD, A, DRUGS, A] == state.moves.sum() == 1


def test_one_who_lies_low_is_quiet_for_a_geometric_time_of_mean_six_and_returns_alarmed():
    state, setting, rows = sites_of(20_000, chosen=QUIET, quiet_weeks=6.0, quiet_response=0.0)
    relocate(state, setting)
    spell = state.sites.quiet_until[rows] - WEEK
    assert np.array_equal(spell == 1, luck(state, setting, Draw.QUIET, rows) > 5 / 6)
    assert abs(spell.mean() - 6) < 4 * np.sqrt(30 / len(rows))  # variance of a geometric: (1 − 1/6) · 6²
    state.week += 3
    state.constants[:] = NEVER
    relocate(state, setting)
    assert np.array_equal(state.sites.status[rows] == Status.ACTIVE, spell <= 3)
    assert np.array_equal(state.sites.alarm_until[rows] == WEEK + 3 + 4, spell <= 3)
    assert state.diary[Happened.RETURNS, FRAUD, A] == (spell <= 3).sum()


def test_a_quiet_spell_is_the_longer_the_more_raids_are_feared():
    state, setting, rows = sites_of(20_000, chosen=QUIET, quiet_weeks=2.0, quiet_response=1.5, raid_loss=50.0)
    state.public_hits[FRAUD, A], state.public_weeks[FRAUD, A] = 0.37, 9.63  # (.003 · 10 + .37) / 20 = .02 a week
    state.orders.announced[A] = 0.02
    relocate(state, setting)
    # 50 · .04 = 2 losses are feared: 2 · (1 + 1.5 · 2) = 8 weeks
    spell = state.sites.quiet_until[rows] - WEEK
    assert np.array_equal(spell == 1, luck(state, setting, Draw.QUIET, rows) > 7 / 8)


def test_one_who_switches_faces_the_risk_of_the_new_crime():
    state, setting, _ = sites_of(raid_loss=40.0, risk_weight=3.0)
    state.constants[FRAUD, SWITCH] = 0.0
    state.place_value[:] = 0.0
    state.public_hits[FRAUD, A], state.public_weeks[FRAUD, A] = 0.37, 9.63  # .4 / 20 a week, 3 · 40 · .02 = 2.4
    state.public_hits[DRUGS, A], state.public_weeks[DRUGS, A] = 0.17, 9.83  # .2 / 20 a week, 1.2
    found = shares(state, setting)
    assert found[2] / found[0] == pytest.approx(np.exp(2.4 - 1.2))


def test_one_who_switches_takes_the_crime_that_is_worth_most_after_its_risk():
    state, setting, (s,) = sites_of(chosen=SWITCH, kinds=("online_fraud", "drugs", "trafficking"))
    state.place_value[:, 0, A] = [1.0, 2.0, 0.5]
    state.public_hits[DRUGS, A] = 10.0
    relocate(state, setting)
    assert state.sites.crime[s] == 2


def test_one_who_hardens_rises_by_a_quarter_up_to_one_where_it_stops():
    state, setting, rows = sites_of(1_000, chosen=HARDEN)
    state.sites.tactic[rows[:4]] = [0.0, 0.5, 0.9, 1.0]
    relocate(state, setting)
    assert state.sites.tactic[rows[:4]].tolist() == [0.25, 0.75, 1.0, 1.0]


def test_one_who_stays_after_a_raid_furnishes_its_site_anew():
    state, setting, (s,) = sites_of()
    state.place_value[FRAUD, 0, B] = NEVER
    state.sites.uprooted[s], capital(state)[s] = 1, 1_000
    relocate(state, setting)
    assert (state.sites.uprooted[s], capital(state)[s]) == (0, int(300_000 * state.sites.aim[s]))


@pytest.mark.parametrize("passed_on", [1.0, 0.5, 0.0])
def test_one_who_closes_sends_volunteers_home_and_hands_on_the_coerced_to_a_site_of_their_nationality(passed_on):
    state, setting, rows = sites_of(1_000, chosen=EXIT, passed_on=passed_on)
    s, right, elsewhere, _, closed = rows[:5]
    state.sites.alerted[rows[1:]] = 0
    state.syndicates.home[:], state.sites.source[rows], state.sites.source[[s, right, elsewhere, closed]] = B, B, A
    state.sites.host[elsewhere], state.sites.idle_until[closed] = B, WEEK + 1
    state.voluntary[s], state.coerced[s] = 30, 400
    before, free = state.coerced.copy(), account(state.people, People.FREE).copy()
    relocate(state, setting)
    handed = state.coerced - before
    assert fits(handed[right], 400, passed_on)
    assert (account(state.people, People.FREE) - free).tolist() == [400 - handed[right], 30]
    assert handed.nonzero()[0].tolist() == [s, right][: 1 + (passed_on > 0)]
    assert (state.sites.status[s], state.voluntary[s], state.coerced[s]) == (Status.EMPTY, 0, 0)


def test_a_syndicate_without_sites_dissolves_and_its_money_goes_to_its_owners():
    state, setting, (s,) = sites_of(chosen=EXIT)
    g = state.sites.syndicate[s]
    capital(state)[s], cash(state)[g], state.money.balance[state.money.first + g] = 500, 3_000, 200
    detained(state)[g], detained(state, 1)[g] = [2, 3], [0, 4]
    state.people.balance[travelling(state.people, g)] = 6
    free = account(state.people, People.FREE)[A]
    people = int(state.people.balance.sum())
    state.syndicates.ties[3] = [g, 4]
    owners = account(state.money, Money.OWNERS)[A]
    relocate(state, setting)
    assert state.syndicates.alive[g] == 0
    assert account(state.money, Money.OWNERS)[A] - owners == 3_200
    assert account(state.money, Money.WRITTEN_OFF).tolist() == [500, 0]
    assert stays(state, Between.HELD).tolist() == [[2, 3], [0, 0]]  # where they were; those on their way go home
    assert stays(state, Between.HELD_EARLY).tolist() == [[0, 4], [0, 0]]
    assert account(state.people, People.FREE)[A] - free >= 6
    assert not detained(state)[g].any()
    assert not detained(state, 1)[g].any()
    assert state.people.balance[travelling(state.people, g)] == 0
    assert state.people.balance.sum() == people
    assert state.syndicates.ties[3].tolist() == [-1, 4]
