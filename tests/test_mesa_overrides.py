"""Decisions of a researcher's own: asked in the right phase, only of those concerned, carried out or refused."""

import math
from dataclasses import replace

import numpy as np
import pytest
from test_week import restless
from worlds import crimes, differences, instrument, living, ring, world

from sim import DisplacementModel, run
from sim.decisions import Decider, Decisions, Option, OverrideRefused
from sim.declare import UnknownName
from sim.mesa_model import Country, Operation, PoliceForce, Syndicate, VictimPopulation
from sim.phases.allocate import allocate
from sim.phases.legislate import legislate
from sim.phases.relocate import relocate
from sim.scenario import Workforce
from sim.state import Happened, Reviewed
from sim.week import start

SEED = 5
CRIMES = ("drugs", "online_fraud", "trafficking")


def lively(**changes):
    """Return a world of three crimes in which sites review, move, lie low and close every week."""
    return world(
        ring(3, 3, teams=20.0, corruption=0.6), crimes_of=crimes(*CRIMES, rebuild=6, move_share=0.1), operations=20,
        policy=[instrument("sweep", "a", start=6, hazard=0.05, usd_per_year=1e6)],
        parameters=restless(6.0), workforces=(
            Workforce(name="locals", home="a", share=0.5, languages={"Common": 1.0}),
            Workforce(name="guests", home="c", share=0.5, languages={"Common": 1.0}),
        ), **{"burn_in": 4, "weeks": 20, "period": 5, **changes},
    )  # fmt: skip


def model(*agents, weeks=20, study=None, **keywords):
    """Return a model with agents of these classes after so many weeks."""
    made = DisplacementModel(study or lively(), rng=SEED, agents=agents, **keywords)
    for _ in range(weeks):
        made.step()
    return made


class Obedient(Syndicate):
    """Does what the model would have done, and counts how often it is asked."""

    asked = 0

    def choose(self, operation, options):
        type(self).asked += 1
        assert operation.syndicate is self
        assert operation.host.code == options["stay"].country
        assert math.isclose(sum(option.probability for option in options), 1.0)
        return options.default


class ObedientPolice(PoliceForce):
    def allocate(self, teams, proposal):
        return proposal


class ObedientPeople(VictimPopulation):
    def reporting(self, share):
        return share


@pytest.fixture(scope="module")
def compiled():
    return run(lively(), SEED).measures


# ---- an override that decides as the model does changes nothing ------------------------


@pytest.mark.worlds
@pytest.mark.parametrize("in_burn_in", [False, True])
def test_agents_that_decide_as_the_model_does_give_its_run_bit_for_bit(compiled, in_burn_in):
    obeyed = model(Obedient, ObedientPolice, ObedientPeople, decide_in_burn_in=in_burn_in)
    assert not differences(obeyed.measures(), compiled)
    assert compiled["moves_in"].sum() > 0


@pytest.mark.worlds
def test_every_review_of_the_study_is_asked_about_once():
    Obedient.asked = 0
    asking = model(Obedient, weeks=0)
    before = asking.state.reviewed[Reviewed.REVIEWS].sum()
    for _ in range(20):
        asking.step()
    assert Obedient.asked == asking.state.reviewed[Reviewed.REVIEWS].sum() - before > 50


@pytest.mark.worlds
def test_drawing_with_the_rules_own_probabilities_is_the_rules_pick(compiled):
    class Drawing(Syndicate):
        def choose(self, operation, options):
            return options.draw([option.probability for option in options])

    assert not differences(model(Drawing).measures(), compiled)


@pytest.mark.worlds
def test_what_is_left_out_of_a_draw_changes_only_those_who_would_have_picked_it():
    picks = []

    class Settled(Syndicate):
        def choose(self, operation, options):
            drawn = options.draw({o.name: o.probability for o in options if not o.name.startswith("move")})
            picks.append((options.default.name, drawn.name))
            return options.default

    model(Settled)
    assert all(drawn == default for default, drawn in picks if not default.startswith("move"))
    assert not any(drawn.startswith("move") for _, drawn in picks)
    assert sum(default.startswith("move") for default, _ in picks) > 5


@pytest.mark.worlds
def test_classes_that_override_nothing_cost_nothing():
    class Named(Syndicate):
        """Has a name of its own and decides nothing."""

    watched = model(Named, weeks=3)
    assert all(isinstance(one, Named) for one in watched.syndicates)
    assert not watched.setting.decisions.syndicates


# ---- only those concerned --------------------------------------------------------------


@pytest.mark.worlds
def test_police_of_one_country_decide_and_all_others_stay_compiled(monkeypatch):
    places = []

    class Vigilant(PoliceForce):
        @classmethod
        def applies_to(cls, country):
            return country == "b"

        def allocate(self, teams, proposal):
            places.append(self.country.code)
            return {"drugs": teams}

    def never(self, teams, proposal):
        raise AssertionError("a compiled force was asked")

    monkeypatch.setattr(PoliceForce, "allocate", never)
    with_b, without = model(Vigilant, weeks=1), model(weeks=1)
    assert places == ["b"]
    teams, rule = with_b.state.attention, without.state.attention
    assert np.array_equal(teams[:, [0, 2]], rule[:, [0, 2]])
    assert teams[:, 1] == pytest.approx([rule[:, 1].sum(), 0.0, 0.0])
    assert len(with_b.police_forces) == 3
    assert len(with_b.agents_by_type[Vigilant]) == 1


@pytest.mark.worlds
def test_syndicates_of_one_home_and_trade_decide_and_all_others_stay_compiled():
    whose = set()

    class Local(Syndicate):
        @classmethod
        def applies_to(cls, home, crime):
            return (home, crime) == ("a", "drugs")

        def choose(self, operation, options):
            whose.add((self.home.code, self.crime))
            return "stay"

    mixed = model(Local)
    assert whose == {("a", "drugs")}
    assert len(mixed.syndicates) == (mixed.state.syndicates.alive != 0).sum() > len(mixed.agents_by_type[Local])


@pytest.mark.worlds
def test_the_first_class_that_applies_plays_the_agent():
    class First(PoliceForce):
        @classmethod
        def applies_to(cls, country):
            return country == "a"

    class Second(PoliceForce):
        pass

    cast = model(First, Second, weeks=0)
    assert [type(country.police) for country in cast.countries] == [First, Second, Second]


@pytest.mark.worlds
@pytest.mark.parametrize(("in_burn_in", "first"), [(False, 0), (True, -4)])
def test_nobody_is_asked_in_the_burn_in_unless_told_so(in_burn_in, first):
    weeks = []

    class Asked(VictimPopulation):
        def reporting(self, share):
            weeks.append(self.model.week)
            return share

    model(Asked, weeks=1, decide_in_burn_in=in_burn_in)
    assert sorted(set(weeks)) == list(range(first, 1))
    assert len(weeks) == 3 * len(set(weeks))


@pytest.mark.worlds
def test_own_agents_step_at_the_end_of_every_week_and_remember():
    class Remembering(Syndicate):
        def __init__(self, model, row):
            super().__init__(model, row)
            self.weeks, self.raids_seen = 0, 0

        def step(self):
            self.weeks += 1
            self.raids_seen += sum(self.raids.values())

    study = lively()
    watched = model(Remembering, weeks=0, study=study)
    raided = watched.state.diary[Happened.RAIDS_SUCCESSFUL].sum()
    firsts = list(watched.syndicates)
    for _ in range(20):
        watched.step()
    assert {one.weeks for one in firsts if one.present} == {20}
    seen = sum(one.raids_seen for one in set(firsts) | set(watched.syndicates))
    assert 0 < seen <= watched.state.diary[Happened.RAIDS_SUCCESSFUL].sum() - raided


# ---- what is decided is done, by hand ---------------------------------------------------


def under_review(decide, *kinds):
    """Return state and setting of a world whose sites all review this week and are asked about."""
    scenario = world(ring(2, 2), crimes_of=crimes(*(kinds or ("drugs", "online_fraud"))), operations=20)
    state, setting = start(scenario, 1)
    state.week = 100
    state.constants[:] = 0.0
    state.sites.alerted[living(state)] = 1
    setting = replace(setting, decisions=Decisions(
        syndicates={int(g): Decider("all", decide) for g in np.flatnonzero(state.syndicates.alive)}
    ))  # fmt: skip
    return state, setting


@pytest.mark.hand
@pytest.mark.parametrize(
    ("name", "happened"),
    [("lie low", Happened.QUIET_SPELLS), ("harden", Happened.HARDENINGS), ("close", Happened.CLOSURES)],
)
def test_all_sites_do_what_is_decided(name, happened):
    state, setting = under_review(lambda s, options: name)
    rows = living(state)
    relocate(state, setting)
    assert state.diary[happened].sum() == len(rows) == state.reviewed[Reviewed.REVIEWS].sum()


@pytest.mark.hand
def test_all_sites_move_or_switch_when_so_decided():
    state, setting = under_review(lambda s, options: options[f"move to {'ab'[1 - before[s]]}"])
    before = state.sites.host.copy()
    rows = living(state)
    relocate(state, setting)
    assert np.array_equal(state.sites.host[rows], 1 - before[rows])
    state, setting = under_review(lambda s, options: "switch crime")
    before = state.sites.crime.copy()
    relocate(state, setting)
    assert np.array_equal(state.sites.crime[rows], 1 - before[rows])


@pytest.mark.hand
def test_a_site_is_decided_on_as_the_world_is_at_its_turn():
    """The second site of a syndicate sees the tie to where the first has gone."""
    seen = []

    def follow(s, options):
        seen.append(options["move to b"].utility if options["stay"].country == "a" else None)
        return "move to b" if options["stay"].country == "a" else "stay"

    state, setting = under_review(follow, "drugs")
    rows = [s for s in living(state) if state.sites.host[s] == 0]
    state.syndicates.ties[:] = -1
    state.syndicates.experience[:] = 0.0
    state.syndicates.presence[:, 1] = 0
    first, second = next(
        (a, b) for a in rows for b in rows if a < b and state.sites.syndicate[a] == state.sites.syndicate[b]
    )
    g = state.sites.syndicate[first]
    state.sites.status[[s for s in living(state) if state.sites.syndicate[s] != g or s not in (first, second)]] = 0
    tie = setting.rules.choice.tie_weight * (1.0 - setting.land.diaspora[state.syndicates.home[g], 1])
    relocate(state, setting)
    assert seen[1] - seen[0] == pytest.approx(tie, abs=1e-9)


@pytest.mark.hand
def test_options_show_the_rules_utilities_and_only_what_exists():
    found = []

    def look(s, options):
        found.append(options)
        return options.default

    state, setting = under_review(look, "drugs")  # one crime: there is nothing to switch to
    state.sites.tactic[:] = 1.0  # nothing left to harden
    state.constants[:] = [0.0, -math.inf, 1.5, 0.0, 0.25]
    relocate(state, setting)
    for options in found:
        host = options["stay"].country
        other = "ab"[host == "a"]
        assert options.names == ("stay", f"move to {other}", "lie low", "close")
        assert (options["close"].utility, options["close"].country) == (0.25, None)
        assert options["lie low"].country == host
        odds = options["close"].probability / options["stay"].probability
        # Two regions of one country each: the nests do not bend the odds.
        assert odds == pytest.approx(math.exp(options["close"].utility - options["stay"].utility))
    with pytest.raises(UnknownName, match="did you mean 'close'"):
        found[0]["closed"]


@pytest.mark.hand
def test_teams_go_where_police_send_them_and_none_appear():
    scenario = world(ring(2), crimes_of=crimes(*CRIMES))
    split = {"a": Decider("a", lambda teams, proposal: [teams / 2, teams / 4, 0.0])}
    state, setting = start(scenario, 1, Decisions(police=split, burn_in=True))
    state.debt[0] = 4.0
    legislate(state, setting)
    allocate(state, setting)
    # Twenty teams, four of them at work owed: eight on the first crime, four on the second, four stay at home.
    assert state.attention[:, 0].tolist() == [8.0, 4.0, 0.0]
    assert state.attention[:, 1].sum() == pytest.approx(20.0)


@pytest.mark.laws
def test_forces_that_decide_send_no_more_teams_than_they_have():
    class Random(PoliceForce):
        def allocate(self, teams, proposal):
            weights = self.model.rng.dirichlet(np.ones(len(proposal)))
            return dict(zip(proposal, teams * weights, strict=True))

    watched = model(Random, weeks=0)
    for _ in range(20):
        watched.step()
        assert (watched.state.attention.sum(axis=0) <= watched.state.force * (1.0 + 1e-9)).all()


@pytest.mark.worlds
@pytest.mark.parametrize("share", [0.0, 1.0])
def test_people_report_the_share_that_they_decide(share):
    class Resolved(VictimPopulation):
        @classmethod
        def applies_to(cls, country):
            return country == "a"

        def reporting(self, share_of_the_model):
            assert share_of_the_model == 0.2
            return share

    heard = model(Resolved, weeks=0)
    hits, reports = heard.state.hits.copy(), heard.state.reports.copy()
    for _ in range(20):
        heard.step()
    fraud = heard.setting.crimes.index("online_fraud")
    hits, reports = (heard.state.hits - hits)[fraud].sum(axis=0), (heard.state.reports - reports)[fraud]
    assert reports[0] == share * hits[0]
    assert 0 < reports[1] < hits[1]


@pytest.mark.worlds
def test_runs_without_mesa_take_decisions_too():
    class Silent(VictimPopulation):
        def reporting(self, share):
            return 0.0

    plain = run(lively(), SEED, decisions=Decisions(people={c: Decider("silent", lambda share: 0.0) for c in "abc"}))
    assert not differences(model(Silent).measures(), plain.measures)
    with pytest.raises(UnknownName, match="country 'x'"):
        run(lively(), SEED, decisions=Decisions(people={"x": Decider("nobody", float)}))


# ---- what cannot be carried out is refused ----------------------------------------------


def police_that_return(answer):
    class Odd(PoliceForce):
        @classmethod
        def applies_to(cls, country):
            return country == "b"

        def allocate(self, teams, proposal):
            return answer

    return Odd


@pytest.mark.refusals
@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ([1.0, 2.0], "3 numbers in the order of crimes"),
        (7.0, "3 numbers in the order of crimes"),
        (None, "3 numbers in the order of crimes"),
        ({"drugs": "many"}, "a mapping from crimes to numbers"),
        ({"durgs": 1.0}, "there is no crime 'durgs' (did you mean 'drugs'?)"),
        ({"drugs": math.nan}, "teams are finite numbers"),
        ([math.inf, 0.0, 0.0], "teams are finite numbers"),
        ({"drugs": 2.0, "trafficking": -1.0}, "teams are not negative"),
        ({"drugs": 10**400}, "a mapping from crimes to numbers"),
        ({"drugs": 1e6}, "teams and sends out 1e+06"),
    ],
)
def test_teams_that_cannot_be_sent_are_refused(answer, words):
    odd = model(police_that_return(answer), weeks=0)
    with pytest.raises(OverrideRefused) as refused:
        odd.step()
    message = str(refused.value)
    assert words in message
    assert message.startswith("week 0: Odd.allocate of agent ")
    assert f"(b) returned {answer!r}: " in message
    assert message.endswith("valid: drugs, online_fraud, trafficking")


@pytest.mark.refusals
@pytest.mark.parametrize("answer", [-0.1, 1.1, math.nan, math.inf, 10**400, "often", None, [0.5]])
def test_a_share_outside_zero_and_one_is_refused(answer):
    class Odd(VictimPopulation):
        def reporting(self, share):
            return answer if self.model.week == 2 else share

    odd = model(Odd, weeks=2)
    with pytest.raises(OverrideRefused) as refused:
        odd.step()
    assert "a number from 0 to 1" in str(refused.value)
    assert str(refused.value).startswith("week 2: Odd.reporting of agent ")


@pytest.mark.refusals
@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ("closed", "there is no such option (did you mean 'close'?)"),
        ("move to x", "did you mean 'move to "),
        (None, "there is no such option; valid: stay, "),
        (3, "there is no such option; valid: stay, "),
        (Option("vanish", None, 0.0, 1.0), "there is no such option"),
    ],
)
def test_an_option_that_does_not_exist_is_refused(answer, words):
    class Odd(Syndicate):
        def choose(self, operation, options):
            return answer

    with pytest.raises(OverrideRefused) as refused:
        model(Odd)
    assert words in str(refused.value)
    assert "Odd.choose of agent " in str(refused.value)
    assert "valid: stay, move to " in str(refused.value)


@pytest.mark.refusals
@pytest.mark.parametrize(
    "weights",
    [
        [], [1.0], {"vanish": 1.0}, {"stay": math.nan}, {"stay": -1.0}, {"stay": 0.0}, {"stay": "much"},
        {"stay": 1e308, "close": 1e308}, {"stay": 10**400},
    ],
)  # fmt: skip
def test_weights_that_cannot_be_drawn_from_are_refused(weights):
    class Odd(Syndicate):
        def choose(self, operation, options):
            return options.draw(weights)

    with pytest.raises(OverrideRefused, match=r"Odd\.choose .*, drawing, returned .*valid: stay, move to "):
        model(Odd)


@pytest.mark.refusals
@pytest.mark.parametrize("agents", [Country, Operation, int, "Syndicate", [Syndicate, 3]])
def test_a_class_that_decides_nothing_is_refused(agents):
    with pytest.raises(TypeError, match="not a subclass of one of Syndicate, PoliceForce, VictimPopulation"):
        DisplacementModel(lively(), rng=1, agents=agents)


@pytest.mark.worlds
def test_what_an_override_raises_itself_comes_through():
    class Broken(PoliceForce):
        def allocate(self, teams, proposal):
            raise ZeroDivisionError("my own mistake")

    with pytest.raises(ZeroDivisionError, match="my own mistake"):
        model(Broken, weeks=1)
