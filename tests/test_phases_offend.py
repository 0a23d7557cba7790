"""Verb 3 by hand: who is reached, how often it succeeds, what is lost, and who has learned from it."""

import math

import numpy as np
import pytest
from scipy import integrate, stats
from worlds import country, crimes, living, numbers, world

from sim.draws import Draw, uniform, words
from sim.phases.offend import caution, class_at, class_of, offend, person_at, success_factor
from sim.scenario import Founder, Workforce
from sim.setting import CLASSES, SINGAPORE_GDP_PER_HEAD, class_chances, fading_of, truncated_mean
from sim.state import IDENTITY_SHIFT, NUMBER_BITS, People, Status, identity_of, note_loss
from sim.week import start

pytestmark = pytest.mark.hand

# Sites sit in a and work b: a quarter as rich as Singapore, 3,200 persons, all online, 1,112 km away.
QUARTER = SINGAPORE_GDP_PER_HEAD / 4
HOST = country("a", online=0.5, gdp_per_head=QUARTER, longitude=0.0)
TARGET = country("b", population=3_200, online=1.0, gdp_per_head=QUARTER, longitude=10.0, languages=("Common", "Other"))
CREW = (Workforce(name="crew", home="a", share=1.0, languages={"Common": 0.5, "Other": 0.8}),)
REACH = (0.8 + 0.2 * 0.5) * 0.8  # of fraud: connected as the host is, by the language that reaches best
NEAR = math.exp(-1111.95 / 2223.9)  # of physical crime: e^-.5
FACTS = {
    "contacts": 100.0, "susceptibility": 0.002, "susceptibility_shape": 100.0, "crowding_scale": 0.05,
    "crowding_elasticity": 0.5, "travel_scale": 2223.9,
}  # fmt: skip


def opened(crime="online_fraud", target=TARGET, offending=None, **facts):
    """Return three sites of one syndicate in a that work b, with 50 + 30 workers each, and their setting.

    Crowding, awareness, a campaign and friction leave (1 + .15 / .05)^-.5 · .8 · .5 · .75 = .15 of successes.
    """
    rule = {"repeat_rate": 0.0, "caution": 0.0} | (offending or {})
    scenario = world(
        (HOST, target), crimes_of=crimes(crime, **FACTS | facts), workforces=CREW, burn_in=0,
        founders=(Founder(country="a", crime=crime, workers=900),),
        parameters=numbers(offending=rule, business={"hardening_cost": 0.1}, demography={"founding_sites": 4}),
    )  # fmt: skip
    state, setting = start(scenario, 1)
    state.sites.status[living(state)[3:]] = Status.EMPTY
    rows = living(state)
    state.sites.target[rows], state.sites.source[rows] = 1, 1
    state.voluntary[rows], state.coerced[rows] = 50, 30
    state.crowding[0], state.awareness[0] = (0.2, 0.15), (0.0, 0.2)
    state.orders.campaign[1], state.orders.friction[1] = 0.5, 0.25
    return state, setting


def drawn(state, setting, question, mean):
    """Return the Poisson numbers of this mean at the addresses of the sites, from scipy's distribution."""
    luck = [uniform(setting.seed, question, state.week, address, 0) for address in state.sites.address[living(state)]]
    return stats.poisson.ppf(luck, mean)


@pytest.mark.parametrize(
    ("crime", "in_b"), [("online_fraud", 0.5 * 0.8 * 0.5 * 0.75), ("trafficking", 0.5), ("drugs", 0.5)]
)
def test_success_falls_with_crowding_and_where_money_is_taken_with_awareness_campaigns_and_friction(crime, in_b):
    assert success_factor(*opened(crime))[0] == pytest.approx([(1 + 0.2 / 0.05) ** -0.5, in_b])


def test_remote_crime_reaches_whom_it_can_call_and_speak_to():
    """By row the host, half and wholly online; a speaks one language of the crew, b both."""
    assert opened()[1].reach[0, 0] == pytest.approx(np.array([[0.9 * 0.5, 0.9 * 0.8], [0.5, 0.8]]))


def test_physical_crime_reaches_what_is_near():
    assert opened("drugs")[1].reach[0, 0] == pytest.approx(np.array([[1.0, NEAR], [NEAR, 1.0]]), rel=1e-5)


@pytest.mark.parametrize(
    ("captives_work", "tactic", "contacting"), [(True, 0.0, 80), (False, 0.0, 50), (True, 0.5, 80 * (1 - 0.1 * 0.5))]
)
def test_successes_are_poisson_with_the_mean_of_the_equation(captives_work, tactic, contacting):
    """80 · 100 · .002 · .72 · .15 = 1.728 a week if captives work, and less if hardened, at the site's address."""
    state, setting = opened(captives_work=captives_work)
    state.sites.tactic[:] = tactic
    for week in range(20):
        state.week, state.crowding[0, 1] = week, 0.15
        offend(state, setting)
        mean = contacting * 100 * 0.002 * REACH * 0.15
        assert (state.sites.hits[living(state)] == drawn(state, setting, Draw.CONTACT, mean)).all()
    identities = (state.persons[state.persons != 0] >> IDENTITY_SHIFT) - np.uint64(1)
    assert (identities >> NUMBER_BITS == 1).all()  # people of b


def test_a_quiet_or_closed_site_takes_nothing_and_contacts_nobody():
    """One site of three is left: x <- .15 + .1 · (80 · 100 / 3,200 - .15)."""
    state, setting = opened(susceptibility=0.02)
    quiet, closed, working = living(state)
    state.week, state.sites.status[quiet] = 4, Status.QUIET
    state.sites.idle_until[[closed, working]] = 5, 4
    offend(state, setting)
    assert (state.sites.hits[[quiet, closed, working]] > 0).tolist() == [False, False, True]
    assert state.crowding[0, 1] == pytest.approx(0.15 + 0.1 * (2.5 - 0.15))


@pytest.mark.parametrize(("all_work", "tactic", "contacts"), [(True, 0, 7.5), (False, 0, 4.6875), (True, 0.5, 7.125)])
def test_crowding_follows_the_contacts_per_online_person(all_work, tactic, contacts):
    """3 · 80 · 100 / 3,200 = 7.5 in b, less a twentieth if hardened; a tenth of the way a week."""
    state, setting = opened(captives_work=all_work)
    state.week, state.sites.tactic[:] = 1, tactic
    offend(state, setting)
    assert state.crowding[0] == pytest.approx([0.2 + 0.1 * (0 - 0.2), 0.15 + 0.1 * (contacts - 0.15)])


def test_classes_of_persons_are_slices_of_a_gamma_distribution():
    """With shape 1 it is exponential: the slice where a share s to r is above has mean s(1 - ln s) - r(1 - ln r)."""
    above = 1 - np.arange(CLASSES) / CLASSES
    tail = np.append(above * (1 - np.log(above)), 0.0)
    assert class_chances(0.01, 1.0) == pytest.approx(0.01 * CLASSES * -np.diff(tail))
    assert class_chances(0.5, 0.1).max() == 1.0


def test_a_person_is_drawn_in_proportion_to_susceptibility():
    """Ten persons in each class; the last class has 33 of 64 parts of the susceptibility, the others one each."""
    chances = np.array([1.0] * 31 + [33.0])
    steps = np.cumsum(chances)
    parts = (0.05, 15.55, 30.95, 31.05, 47.5, 63.9)
    drawn_at = [person_at(part, class_at(part, steps), steps, 320, chances) for part in parts]
    assert drawn_at == [0, 155, 309, 310, 315, 319]
    assert [class_of(person, 320) for person in (0, 9, 10, 155, 319)] == [0, 0, 1, 15, 31]


def test_caution_halves_with_every_half_life():
    """After 20 of 20 weeks .5 has become .25, after 40 .125; who has lost nothing is not careful."""
    table = np.zeros(1, np.uint64)
    note_loss(table, identity_of(0, 7), 100)
    fading = fading_of(0.5, 20.0, 60)
    assert [caution(table[0], week, fading) for week in (100, 120, 140)] == pytest.approx([0.5, 0.25, 0.125])
    assert caution(np.uint64(0), 120, fading) == 0.0


def test_a_success_with_somebody_who_lost_before_fails_in_proportion_to_caution():
    """The only person online in b loses in week 0, and 20 weeks later sees through a quarter."""
    one = country("b", population=1_000, online=0.001, gdp_per_head=QUARTER, languages=("Other",))
    state, setting = opened(target=one, offending={"caution": 0.5, "caution_half_life": 20.0}, susceptibility=0.02)
    offend(state, setting)
    tried = drawn(state, setting, Draw.CONTACT, mean := 80 * 100 * 0.02 * REACH * 0.15)
    assert (state.sites.hits[living(state)] == tried).all()  # nobody is careful within the week of the first loss
    state.week, state.crowding[0, 1] = 20, 0.15
    offend(state, setting)
    for s, fresh in zip(living(state), drawn(state, setting, Draw.CONTACT, mean), strict=True):
        luck = [uniform(setting.seed, Draw.CAUTION, 20, state.sites.address[s], j) for j in range(int(fresh))]
        assert state.sites.hits[s] == sum(u >= 0.25 for u in luck) < fresh


def put_on_list(state, age, entries=320):
    """Let the list hold one page of this age (weeks): every tenth person of b, each of whom lost then."""
    written = state.week - age
    page, g = written % len(state.lists.week), state.sites.syndicate[living(state)[0]]
    everybody = [identity_of(1, 10 * i) for i in range(entries)]
    state.lists.week[:] = np.where(np.arange(len(state.lists.week)) == page, written, -1)
    state.lists.person[page, :entries] = everybody
    state.lists.start[page] = np.where(np.arange(len(state.lists.start[page])) > g, entries, 0)
    for identity in everybody:
        note_loss(state.persons, identity, written)


@pytest.mark.parametrize(
    ("age", "target", "meetings"), [(1, 1, 320), (26, 1, 320), (27, 1, 0), pytest.param(1, 0, 0, id="works another")]
)
def test_everybody_on_a_list_is_met_again_at_the_repeat_rate_for_26_weeks(age, target, meetings):
    """320 · .03 meetings a week, all successful, divided among two working sites of three, if these still work b."""
    rule = {"repeat_rate": 0.03, "repeat_decay": 104.0}
    state, setting = opened(offending=rule, contacts=0.0, susceptibility=0.9, repeat_boost=100.0)
    state.week, state.sites.target[:] = 40, target
    state.sites.status[living(state)[0]] = Status.QUIET
    put_on_list(state, age)
    offend(state, setting)
    expected = drawn(state, setting, Draw.REPEAT, meetings * 0.03 / 2)
    assert state.sites.hits[living(state)[1:]].tolist() == expected[1:].tolist()
    assert expected[1:].any() == (meetings > 0)


@pytest.mark.parametrize(
    ("age", "care", "chance"),
    [(8, 0.0, 0.1 * (1 + 1)), (16, 0.0, 0.1 * (1 + math.exp(-1))), (8, 0.5, 0.2 * 0.75), (8, 1.0, 0.2 * 0.5)],
)
def test_a_meeting_succeeds_the_likelier_the_fresher_and_the_less_careful(age, care, chance):
    """A boost of e fades by e in 8 weeks, caution has halved once: 320 meetings a week, to 4 standard errors."""
    rule = {"repeat_rate": 1.0, "repeat_decay": 8.0, "caution": care, "caution_half_life": float(age)}
    state, setting = opened(offending=rule, contacts=0.0, susceptibility=0.1, repeat_boost=math.e)
    found = 0
    for week in range(40, 140):
        state.week, state.crowding[0, 1] = week, 0.0
        put_on_list(state, age)
        offend(state, setting)
        found += int(state.sites.hits.sum())
        state.persons[:], state.known_victims[:] = 0, 0
    expected = 100 * 320 * chance * REACH * 0.8 * 0.5 * 0.75
    assert abs(found - expected) < 4 * math.sqrt(expected)


def test_a_loss_is_lognormal_and_cut_off_at_the_ceiling():
    """Median 1,000 and ceiling 2,000 USD in Singapore; at a quarter of its wealth, with elasticity .5, half of each."""
    facts = {"value": 1000.0, "value_ceiling": 2000.0, "value_spread": 1.0, "wealth_elasticity": 0.5}
    state, setting = opened(susceptibility=0.02, **facts)
    offend(state, setting)
    for s in living(state):
        luck = [words(setting.seed, Draw.PERSON, 0, state.sites.address[s], j)[2] for j in range(state.sites.hits[s])]
        lost = 500 * np.exp(stats.norm.ppf((np.array(luck, float) + 0.5) / 2**32))
        assert lost.min() < 1000 < lost.max()
        assert state.sites.takings[s] == pytest.approx(100 * np.minimum(1000, lost).sum(), abs=len(luck))
    assert state.taken[0, 0, 1] == state.sites.takings.sum()
    each, _ = integrate.quad(lambda z: min(1000, 500 * math.exp(z)) * stats.norm.pdf(z), -9, 9, points=[math.log(2)])
    assert state.expected[0, 0, 1] == pytest.approx(state.sites.hits.sum() * each)


@pytest.mark.parametrize(("spread", "ceiling"), [(0.5, 100.0), (1.0, 150.0), (2.34, 1e4), (1.0, 80.0)])
def test_the_mean_of_a_truncated_loss_is_its_integral(spread, ceiling):
    edge = math.log(ceiling / 100) / spread
    below, _ = integrate.quad(lambda z: 100 * math.exp(spread * z) * stats.norm.pdf(z), -12, edge)
    found = truncated_mean(np.array([100.0]), spread, np.array([ceiling]))
    assert found == pytest.approx(below + ceiling * stats.norm.sf(edge))


def test_without_a_ceiling_the_mean_is_that_of_a_lognormal_and_without_a_spread_the_median():
    """With the spread of fraud it is e^(2.34² / 2) = 15.45 medians."""
    means = [truncated_mean(np.array([100.0]), spread, np.array([1e30]))[0] for spread in (2.34, 0.0)]
    assert means == pytest.approx([1545.4, 100.0], rel=1e-4)


def test_captivity_moves_free_people_of_the_target_to_the_site():
    """50 do the contacting; 30 who were held before earn 60,000 USD over 100 weeks each."""
    state, setting = opened("trafficking", susceptibility=0.005)
    free = state.people.balance[People.FREE * 2 + 1]
    offend(state, setting)
    rows = living(state)
    taken = drawn(state, setting, Draw.CONTACT, 50 * 100 * 0.005 * NEAR * 0.5)
    assert (state.sites.hits[rows] == taken).all()
    assert (state.coerced[rows] == 30 + taken).all()
    assert free - state.people.balance[People.FREE * 2 + 1] == taken.sum() > 0
    assert (state.sites.takings[rows] == 100 * 600 * 30).all()
    assert state.taken[0].tolist() == [[3 * 1_800_000, 0], [0, 0]]  # employers are where the site is
    assert state.captive_weeks[0, 0, 1] == 3 * 30


def test_a_market_site_sells_units_and_nobody_loses_money():
    """50 · 100 · .01 · e^-.5 · .5 units at 150 · (1/4)^.5 USD, of which hardening costs a twentieth."""
    state, setting = opened("drugs", susceptibility=0.01)
    state.sites.tactic[:] = 0.5
    offend(state, setting)
    earned = 50 * 100 * 0.01 * NEAR * 0.5 * 75 * 0.95
    assert state.sites.takings[living(state)] == pytest.approx(100 * earned, rel=1e-4)
    assert state.expected[0, 0, 1] == pytest.approx(3 * earned, rel=1e-4)
    assert state.hits.sum() == state.known_victims[0] == 0


def test_captives_sell_where_they_do_the_contacting():
    """50 volunteers and 30 captives at work sell as 80 would."""
    state, setting = opened("drugs", susceptibility=0.01, captives_work=True)
    offend(state, setting)
    earned = 80 * 100 * 0.01 * NEAR * 0.5 * 75
    assert state.sites.takings[living(state)] == pytest.approx(100 * earned, rel=1e-4)
