"""What the peers share: one opening state, the rules of a week, and one clock for both sides.

A peer is the model written a second time, as an ordinary agent-based model in Python: an object for each operation,
syndicate, country (with its police) and population, dicts and lists, random numbers from a stream, a loop over agents.
The rules below are written from the equations of docs/model.md (the sections are named) and call no kernel. What a
library adds - agents, sets of agents, the order of a week - stands in `plain_mesa.py` and `second.py`.

Both sides start from the engine's state after its burn-in and let the same seven verbs pass: allocate, offend, report,
investigate, raid, learn, relocate. Legislate, launder and renew are left out on both sides: the orders of the last week
stay in force, nobody enters, recruits, leaves or is released, and syndicates live on the cash they have. The world is
the Mekong baseline without a policy: one crime, no channels, task forces, sweeps or checked borders, so that what only
these would use is not written again. `surge` adds teams, so that raids are not rare.

A peer does the same work for each victim as the engine: who it is, whether a former victim is careful, what is lost,
whether it is reported, and a place on the syndicate's list. It samples as the engine does: of those on a list no
more are met than the likeliest of them could answer for. It keeps less: no ledger of every cent and person, no sums of
probabilities, no memory for police strategies that nobody follows here. That speaks for the peer, not for the engine.
"""

import math
import sys
import time
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace
from functools import cache
from itertools import accumulate
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[2]))
from sim.phases.allocate import allocate
from sim.phases.investigate import investigate
from sim.phases.learn import learn
from sim.phases.offend import offend
from sim.phases.raid import raid
from sim.phases.relocate import relocate
from sim.phases.report import report
from sim.scenario import load
from sim.setting import CLASSES, Setting, Traits
from sim.state import (
    IDENTITY_SHIFT,
    NUMBER_BITS,
    NUMBER_MASK,
    ONE,
    WEEK_MASK,
    WEEK_SHIFT,
    ZERO,
    State,
    Status,
)
from sim.week import advance, start

PHASES = (allocate, offend, report, investigate, raid, learn, relocate)
LIST_WEEKS = 26  # that a victim stays on a syndicate's list
SEED = 1
COLUMNS = (
    "aim", "tactic", "idle_until", "quiet_until", "alarm_until", "alerted", "uprooted", "case", "leads", "requested",
    "transmitted", "source",
)  # fmt: skip


# ---- the engine's side ----------------------------------------------------------------------------------------------


@cache
def _opening(scale: float) -> tuple[State, Setting]:
    study = load("mekong-baseline").set({"scale": scale})
    state, setting = start(study, SEED)
    for _ in range(study.clock.burn_in):
        advance(state, setting)
    return state, setting


def opening(scale: float, seed: int, surge: float = 0.0) -> tuple[State, Setting]:
    """Return a copy of the state after burn-in, with luck of its own from now on.

    Every country gets `surge` teams more for each operation that it has then, for good.
    """
    state, setting = _opening(scale)
    state = deepcopy(state)
    assert state.orders is not None
    hosts = state.sites.host[state.sites.status != Status.EMPTY]
    state.orders.surge += surge * np.bincount(hosts, minlength=len(setting.world.codes))
    return state, replace(setting, seed=np.uint64(seed))


def engine_week(state: State, setting: Setting) -> None:
    """Let one week pass in the engine, as far as the peers go."""
    for phase in PHASES:
        phase(state, setting)
    state.week += 1


def time_side_by_side(begin: Callable[[State, Setting, int], Any], scale: float, weeks: int, rounds: int) -> dict:
    """Return ns per operation-week of engine and peer: minimum and median over rounds, taken in turn, and their ratio.

    An operation-week is one operation that is there at the start of one week. Start-up, compilation and a first week
    of each are not counted.
    """
    state, setting = opening(scale, SEED)
    peer = begin(state, setting, SEED)
    sides: dict[str, tuple[Callable[[], None], Callable[[], int]]] = {
        "engine": (lambda: engine_week(state, setting), lambda: int((state.sites.status != Status.EMPTY).sum())),
        "peer": (peer.advance, lambda: len(peer.operations)),
    }
    taken: dict[str, list[float]] = {side: [] for side in sides}
    for week, _ in sides.values():
        week()
    for _ in range(rounds):
        for side, (week, living) in sides.items():
            spent, operation_weeks = 0, 0
            for _ in range(weeks):
                operation_weeks += living()
                began = time.perf_counter_ns()
                week()
                spent += time.perf_counter_ns() - began
            taken[side].append(spent / operation_weeks)
    found = {side: {"min": min(each), "median": median(each)} for side, each in taken.items()}
    ratio = found["peer"]["median"] / found["engine"]["median"]
    return {"scale": scale, "weeks": weeks, "rounds": rounds, **found, "ratio": ratio, "unit": "ns per operation-week"}


# ---- the rules of the peers -----------------------------------------------------------------------------------------


class CountryRules:
    """A place where operations sit, and its police."""

    model: Any

    def setup(self, **facts: Any) -> None:
        vars(self).update(facts)
        self.sites: list[Any] = []
        self.count = self.raided = self.detained = self.sheltered = 0
        self.patrol = self.crowd = 0.0

    def allocate(self) -> None:
        """Work off what is owed to raids, send the rest on patrol; with one crime there is nothing to split (3.2)."""
        self.count = len(self.sites)
        worked_off = min(self.debt, self.teams)
        self.debt -= worked_off
        self.patrol = self.teams - worked_off

    def raid(self) -> None:
        """Raid the open cases, the strongest file first, while less than a week's work is owed (3.6)."""
        for site in sorted((site for site in self.sites if site.case), key=lambda site: -site.leads):
            if self.debt >= self.teams:
                break
            self.debt += self.model.rules.enforcement.raid_cost
            site.be_raided()

    def learn(self) -> None:
        """Let last week's news into what the public believes, and make the news of this week (3.8)."""
        rule = self.model.rules.learning
        weight = rule.public_weight * (1 - rule.memory)
        self.public_hits = rule.memory * self.public_hits + weight * self.news
        self.public_weeks = rule.memory * self.public_weeks + weight * (1 - self.news)
        self.news = min(1.0, self.raided / max(1, self.count))
        self.raided = 0
        density = self.count / self.model.scale / (12 * self.size)
        self.crowd = self.model.rules.choice.crowd_weight * math.log1p(density)


class PopulationRules:
    """The people of a country who can lose money."""

    model: Any

    def setup(self, **facts: Any) -> None:
        vars(self).update(facts)
        self.first = [j * self.persons // CLASSES for j in range(CLASSES + 1)]  # number of each class's first person
        self.struck: list[int] = []
        self.contacts = self.success = self.losses = 0.0
        self.victims = self.reports = self.all_reports = 0

    def openness(self) -> float:
        """Return what crowding and awareness leave of the chance of a contact: q (3.3)."""
        crime = self.model.crime
        return (1 - self.awareness) * (1 + self.crowding / crime.crowding_scale) ** -crime.crowding_elasticity

    def strangers(self, number: int) -> list[int]:
        """Return the numbers of so many persons, drawn in proportion to their susceptibility."""
        random, first = self.model.random.random, self.first
        classes = self.model.random.choices(range(CLASSES), cum_weights=self.model.cumulated, k=number)
        return [first[j] + int(random() * (first[j + 1] - first[j])) for j in classes]

    def susceptibility(self, person: int) -> float:
        """Return the chance of a contact with a person at full reach, by the person's class."""
        return self.model.crime.chances[(CLASSES * person + CLASSES - 1) // self.persons]

    def caution(self, person: int) -> float:
        """Return by how much a person is more careful than others, after an earlier loss."""
        then = self.last_loss.get(person)
        if then is None:
            return 0.0
        rule = self.model.rules.offending
        return rule.caution * 0.5 ** ((self.model.week - then) / rule.caution_half_life)

    def remember(self) -> None:
        """Note the losses of the week, smooth the contacts of the week into crowding (3.3)."""
        self.last_loss.update(dict.fromkeys(self.struck, self.model.week))
        self.victims += len(self.struck)
        self.struck = []
        self.crowding += self.model.rules.offending.crowding_memory * (self.contacts / self.persons - self.crowding)
        self.contacts = 0.0

    def grow_careful(self) -> None:
        """Let the reports of the week raise awareness (3.4)."""
        rule = self.model.rules.offending
        rise = rule.awareness_rise * self.reports / self.thousands * (1 - self.awareness)
        self.awareness = min(1.0, max(0.0, self.awareness + rise - rule.awareness_decay * self.awareness))
        self.all_reports += self.reports
        self.reports = 0


class SyndicateRules:
    """Who runs operations, knows earlier victims, and learns from raids."""

    model: Any

    def setup(self, **facts: Any) -> None:
        vars(self).update(facts)
        self.sites: list[Any] = []
        self.ties: list[Any] = []
        self.fresh: list[tuple[int, int, int]] = []
        self.struck = [0] * len(self.presence)
        self.working = 0

    def muster(self) -> None:
        """Count the sites that work this week, and forget those who lost something too long ago."""
        self.working = sum(site.works() for site in self.sites)
        del self.known[: bisect_left(self.known, (self.model.week - LIST_WEEKS,))]

    def remember(self) -> None:
        """Put the victims of the week on the list."""
        self.known += self.fresh
        self.fresh = []

    def pay(self, amount: float) -> None:
        """Pay a bill from what cash there is; the owners put in what is missing."""
        self.cash = max(0.0, self.cash - amount)

    def learn(self) -> None:
        """Forget a little, add this week's own raids and those of last week on ties (3.8)."""
        rule, choice = self.model.rules.learning, self.model.rules.choice
        tied = [sum(other.struck_before[c] for other in self.ties) for c in range(len(self.hits))]
        self.hits = [
            rule.memory * hits + rule.own_weight * own + rule.tied_weight * theirs
            for hits, own, theirs in zip(self.hits, self.struck, tied, strict=True)
        ]
        self.weeks = [
            rule.memory * weeks + (1 - rule.memory) * sites
            for weeks, sites in zip(self.weeks, self.presence, strict=True)
        ]
        self.experience = [
            choice.experience_memory * weeks + (sites > 0)
            for weeks, sites in zip(self.experience, self.presence, strict=True)
        ]
        if any(tied):
            self.alarm_until = max(self.alarm_until, self.model.week + choice.alarm_weeks)

    def let_know(self) -> None:
        """Let ties know of this week's raids from next week on."""
        self.struck_before, self.struck = self.struck, [0] * len(self.struck)

    def dissolve(self) -> None:
        """End without sites: nobody is tied to it any more."""
        for other in self.model.syndicates:
            if self in other.ties:
                other.ties.remove(self)
        self.leave()


class OperationRules:
    """A site run by a syndicate: the unit that moves."""

    model: Any

    def setup(self, **facts: Any) -> None:
        vars(self).update(facts)
        self.reports = 0
        self.gang.sites.append(self)
        self.country.sites.append(self)

    def works(self) -> bool:
        """Return whether it is neither quiet nor closed for the time being."""
        return not self.quiet and self.model.week >= self.idle_until

    # -- offend (3.3)

    def offend(self) -> None:
        """Contact people: some of them lose money, and some of these report it."""
        self.reports = 0
        if not self.works():
            return
        model, people = self.model, self.people
        crime, random = model.crime, model.random.random
        workers = (self.voluntary + self.coerced) * (1 - model.rules.business.hardening_cost * self.tactic)
        contacts = workers * crime.contacts
        people.contacts += contacts
        chance = model.reach[self.gang.workforce][self.country.place][people.place] * people.success
        victims = []
        for person in people.strangers(model.rng.poisson(contacts * crime.susceptibility * chance)):
            careful = people.caution(person)
            if not careful or random() >= careful:
                victims.append(person)
        victims += self.meet_again(chance)
        for _ in victims:
            loss = min(people.top, people.median * math.exp(crime.value_spread * model.random.gauss(0, 1)))
            people.losses += loss
            self.reports += random() < people.reporting
        people.struck += victims
        people.reports += self.reports
        self.gang.fresh += [(model.week, people.place, person) for person in victims]

    def meet_again(self, chance: float) -> list[int]:
        """Return those of the syndicate's earlier victims who lose something again (A-10)."""
        model, people, known = self.model, self.people, self.gang.known
        crime, rule, random = model.crime, model.rules.offending, model.random.random
        likeliest = min(1.0, crime.steepest * (1 + crime.repeat_boost) * chance)
        found = []
        for _ in range(model.rng.poisson(rule.repeat_rate * len(known) / self.gang.working * likeliest)):
            then, country, person = known[int(random() * len(known))]
            if country != people.place:
                continue
            boost = 1 + crime.repeat_boost * math.exp((then - model.week) / rule.repeat_decay)
            succeeds = min(1.0, people.susceptibility(person) * boost * chance) * (1 - people.caution(person))
            if random() * likeliest < succeeds:
                found.append(person)
        return found

    # -- report and investigate (3.4, 3.5)

    def report(self) -> None:
        """Send the attributable reports of the week on their way: at home within a week, abroad by formal request."""
        week, rule = self.model.week, self.model.rules.intelligence
        at_home = self.people.place == self.country.place
        if self.requested or self.transmitted:
            rate = 2 / rule.request_weeks
            leaving = rate + rule.ageing
            kept, share = math.exp(-leaving), rate / leaving
            handed_on = share**2 * (1 - kept * (1 + leaving)) * self.requested + share * (1 - kept) * self.transmitted
            self.leads_due[week] += (1 - self.country.corruption) * handed_on
            self.transmitted = kept * (self.transmitted + rate * self.requested)
            self.requested *= kept
        if self.reports and at_home:
            self.leads_due[week + rule.domestic_delay] += rule.attribution * self.reports
        elif self.reports:
            sent = rule.attribution * rule.request_share * self.reports
            self.model.diary["requests"] += sent * math.exp(-self.requested - self.transmitted)
            self.requested += sent

    def investigate(self) -> None:
        """Let leads age and gather; a case may open, an open one may go cold."""
        model, country = self.model, self.country
        rule, random = model.rules.intelligence, model.random.random
        workers = self.voluntary + self.coerced
        visible = (workers / 100) ** rule.visibility_exponent * max(rule.dormant_visibility, 1 - self.tactic)
        visible *= 1 if self.works() else rule.dormant_visibility
        patrol = country.patrol / max(model.scale, country.count)
        self.leads *= 1 - rule.ageing
        self.leads += rule.patrol_yield * patrol * visible + self.leads_due.pop(model.week, 0.0)
        if self.case:
            self.case = random() >= rule.ageing
        elif random() < 1 - math.exp(-rule.detection * self.leads):
            self.case = True
            model.diary["cases opened"] += 1

    # -- raid (3.6)

    def be_raided(self) -> None:
        """Be found empty after a warning, be closed down, or get away with a fright."""
        model, week = self.model, self.model.week
        rule, alarm_weeks = model.rules.enforcement, model.rules.choice.alarm_weeks
        model.diary["raids"] += 1
        self.case, self.alerted = False, True
        if model.random.random() < self.country.betrays:
            model.diary["tip-offs"] += 1
            self.leads *= rule.leads_after_tip_off
            self.idle_until = max(self.idle_until, week + rule.tip_off_weeks)
            self.alarm_until = self.idle_until + alarm_weeks
            return
        self.alarm_until = week + alarm_weeks
        if model.random.random() < self.country.succeeds:
            self.be_closed_down()

    def be_closed_down(self) -> None:
        """Lose the place: arrests, rescues, seizures, and news for the syndicate."""
        model, country, gang = self.model, self.country, self.gang
        rule, alarm_weeks = model.rules.enforcement, model.rules.choice.alarm_weeks
        arrested = int(model.rng.binomial(self.voluntary, rule.arrests))
        found = int(model.rng.binomial(self.coerced, rule.rescues))
        mistaken = int(model.rng.binomial(found, country.mistaken))
        self.voluntary -= arrested
        self.coerced -= found
        country.detained += arrested + mistaken
        country.sheltered += found - mistaken
        from_cash = rule.cash_seized * gang.cash / len(gang.sites)
        gang.cash -= from_cash
        model.diary["raids that succeed"] += 1
        model.diary["arrests"] += arrested
        model.diary["rescues"] += found - mistaken
        model.diary["seized (USD)"] += rule.capital_seized * self.capital + from_cash
        self.capital = self.leads = 0.0
        self.idle_until = model.week + model.crime.rebuild
        self.alarm_until = self.idle_until + alarm_weeks
        self.uprooted = True
        gang.alarm_until = max(gang.alarm_until, model.week + alarm_weeks)
        gang.struck[country.place] += 1
        country.raided += 1

    # -- relocate (3.9)

    def relocate(self) -> None:
        """Come back if it was quiet long enough; if it is time for a review, choose what to do and do it."""
        model, choice = self.model, self.model.rules.choice
        if self.quiet:
            if model.week < self.quiet_until and not self.alerted:
                return
            self.quiet = False
            self.alarm_until = model.week + choice.alarm_weeks
            model.diary["returns"] += 1
        if not self.reviews():
            return
        model.diary["reviews"] += 1
        chosen = self.choose()
        self.alerted = False
        if callable(chosen):
            chosen()
        elif chosen is not self.country:
            self.move(chosen)
        elif model.random.random() < choice.retarget:
            before = self.people
            self.choose_target()
            model.diary["new targets"] += before is not self.people
        if self.uprooted and self.gang is not None:
            self.furnish()

    def reviews(self) -> bool:
        """Return whether it thinks about its future this week."""
        week, choice = self.model.week, self.model.rules.choice
        if week < self.idle_until:
            return self.alerted and self.uprooted
        alarmed = week < max(self.alarm_until, self.gang.alarm_until)
        return self.alerted or self.model.random.random() < min(1.0, choice.review * (choice.alarm if alarmed else 1))

    def feared(self, country: Any) -> float:
        """Return the weekly risk of a raid in a country, as its syndicate and the public believe (A-24)."""
        rule, j = self.model.rules.learning, country.place
        hits, weeks = country.public_hits + self.gang.hits[j], country.public_weeks + self.gang.weeks[j]
        return (rule.prior_risk * rule.prior_weight + hits) / (rule.prior_weight + hits + weeks)

    def risk(self, country: Any) -> float:
        """Return what the feared raids in a country take from its utility: R."""
        choice = self.model.rules.choice
        spared = choice.hardening_relief * self.tactic if country is self.country else 0.0
        return choice.risk_weight * min(choice.risk_cap, choice.raid_loss * self.feared(country) * (1 - spared))

    def utility(self, country: Any) -> float:
        """Return what it is worth to be in a country: U."""
        model, gang, choice, j = self.model, self.gang, self.model.rules.choice, country.place
        at_home = country is self.country or gang.presence[j] or any(other.presence[j] for other in gang.ties)
        u = model.value[gang.workforce][j] - self.risk(country) + country.crowd
        u += choice.profit_weight * math.log(1 - model.rules.business.hardening_cost * self.tactic)
        u += choice.tie_weight * (1.0 if at_home else gang.diaspora[j])
        u += choice.corruption_weight * country.corruption
        u += choice.experience_weight * math.log(1 + gang.experience[j] / choice.experience_scale)
        if country is not self.country:
            u += choice.nest * country.log_size - self.country.farness[j]
            u += 0.0 if self.uprooted else model.mobility
        return u

    def choose(self) -> Any:
        """Return the country to be in, or what else to do, drawn by nested logit (A-30)."""
        model, choice, nest = self.model, self.model.rules.choice, self.model.rules.choice.nest
        utilities = {country: self.utility(country) for country in model.countries}
        risk, stay = self.risk(self.country), utilities[self.country]
        classes = {self.lie_low: model.quiet_worth - choice.quiet_risk * risk, self.close: model.exit_worth}
        if self.tactic < 1:
            classes[self.harden] = stay + model.harden_worth + choice.hardening_gain * risk
        highest = max(*utilities.values(), *classes.values())
        regions: defaultdict[int, float] = defaultdict(float)
        for country, u in utilities.items():
            regions[country.region] += math.exp((u - highest) / nest)
        weights = [math.exp((u - highest) / nest) * regions[j.region] ** (nest - 1) for j, u in utilities.items()]
        weights += [math.exp(u - highest) for u in classes.values()]
        return model.random.choices([*utilities, *classes], weights)[0]

    def choose_target(self) -> None:
        """Choose whose people to contact, by logit over appeal."""
        model = self.model
        pull = model.pull[self.gang.workforce][self.country.place]
        self.people = model.random.choices(model.populations, pull)[0]

    def move(self, country: Any) -> None:
        """Move with its people: capital is lost, no file follows it without a channel."""
        model, rules = self.model, self.model.rules
        model.diary["moves"] += 1
        self.capital = self.leads = self.requested = self.transmitted = 0.0
        self.leads_due.clear()
        self.case = False
        self.gang.pay(rules.business.moving_cost * (self.voluntary + self.coerced))
        closed = 0 if self.uprooted else model.crime.idle_after_move
        self.idle_until = max(self.idle_until, model.week + closed)
        self.alarm_until = min(self.alarm_until, self.idle_until + rules.choice.alarm_weeks)
        self.leave_country()
        self.country = country
        country.sites.append(self)
        self.gang.presence[country.place] += 1
        self.uprooted = True
        self.choose_target()

    def furnish(self) -> None:
        """Pay for what a site needs that has been lost to a raid or a move."""
        wanted = self.model.rules.business.site_capital * self.aim
        self.gang.pay(max(0.0, wanted - self.capital))
        self.capital = max(wanted, self.capital)
        self.uprooted = False

    def lie_low(self) -> None:
        """Be quiet for as long as the crackdown is believed to last (A-77)."""
        model, choice = self.model, self.model.rules.choice
        expected = min(choice.risk_cap, choice.raid_loss * self.feared(self.country))
        mean = choice.quiet_weeks * (1 + choice.quiet_response * expected)
        self.quiet = True
        self.quiet_until = model.week + int(model.rng.geometric(1 / mean))
        model.diary["quiet spells"] += 1

    def harden(self) -> None:
        """Become harder to see."""
        self.tactic = min(1.0, self.tactic + self.model.rules.choice.hardening_step)
        self.model.diary["hardenings"] += 1

    def close(self) -> None:
        """Close for good: volunteers go home, some of the coerced are handed on, the others go free (A-35)."""
        model, gang = self.model, self.gang
        takers = [
            site for site in self.country.sites
            if site is not self and site.source == self.source and site.coerced > 0 and site.works()
        ]  # fmt: skip
        for _ in range(self.coerced):
            if takers and model.random.random() < model.rules.demography.coerced_passed_on:
                model.random.choice(takers).coerced += 1
        model.diary["closures"] += 1
        self.leave_country()
        gang.sites.remove(self)
        if not gang.sites:
            gang.dissolve()
        self.gang = None
        self.leave()

    def leave_country(self) -> None:
        self.country.sites.remove(self)
        self.gang.presence[self.country.place] -= 1


class ModelRules:
    """What holds for all agents, and how they are made from the columns of an opening state.

    A peer has `countries` and `populations` as lists by place, `syndicates` and `operations` as its library keeps
    agents, and the two generators `random` and `rng`. `make` returns a new agent of the peer.
    """

    def populate(self, state: State, setting: Setting, make: Callable[..., Any]) -> None:
        """Make all agents from the columns of a state, and the tables from those of its setting."""
        assert state.orders is not None
        orders, land, world = state.orders, setting.land, setting.world
        self.rules, self.scale, self.week = setting.rules, setting.scale, state.week
        self.diary: Counter[str] = Counter()
        self.crime = Traits(*(column[0].tolist() for column in setting.traits))
        self.cumulated = list(accumulate(self.crime.chances))  # of susceptibility, by class
        self.mobility, _, self.quiet_worth, self.harden_worth, self.exit_worth = state.constants[0].tolist()
        self.reach = setting.reach[0].tolist()
        self._tabulate(orders, setting)
        rule = self.rules.enforcement
        success = orders.institutions * orders.law[0] * (1 - orders.corruption * land.protection)
        columns = {
            "teams": world.teams * setting.scale + orders.surge, "debt": state.debt, "corruption": orders.corruption,
            "betrays": rule.tip_off * orders.corruption, "mistaken": land.mistaken_arrests,
            "succeeds": np.minimum(1.0, success * self.crime.law_factor), "public_hits": state.public_hits[0],
            "public_weeks": state.public_weeks[0], "news": state.news[0], "region": land.region, "size": land.size,
            "log_size": land.log_size, "farness": land.farness,
        }  # fmt: skip
        self.countries = [make("country", **facts) for facts in _rows(columns)]
        columns = {
            "persons": land.persons, "thousands": world.population * setting.scale / 1000, "top": setting.ceiling[0],
            "reporting": orders.reporting, "median": setting.median[0], "awareness": state.awareness[0],
            "crowding": state.crowding[0],
        }  # fmt: skip
        losses = _last_losses(state, len(land.key))
        self.populations = [
            make("population", **facts, last_loss=last_loss)
            for facts, last_loss in zip(_rows(columns), losses, strict=True)
        ]
        gangs = self._found_syndicates(state, setting, make)
        workers, capital = (state.voluntary.tolist(), state.coerced.tolist()), state.money.balance[state.money.third :]
        for s in np.flatnonzero(state.sites.status != Status.EMPTY):
            due = {state.week + 1: float(state.leads_due[s, (state.week + 1) % state.leads_due.shape[1]])}
            due[state.week] = float(state.leads_due[s, state.week % state.leads_due.shape[1]])
            make(
                "operation", gang=gangs[state.sites.syndicate[s]], country=self.countries[state.sites.host[s]],
                people=self.populations[state.sites.target[s]], voluntary=workers[0][s], coerced=workers[1][s],
                capital=capital[s] / 100, quiet=bool(state.sites.status[s] == Status.QUIET),
                leads_due=defaultdict(float, due), **{name: getattr(state.sites, name)[s].item() for name in COLUMNS},
            )  # fmt: skip
        self.price()

    def _found_syndicates(self, state: State, setting: Setting, make: Callable[..., Any]) -> dict[int, Any]:
        gangs, columns, lists = {}, state.syndicates, state.lists
        for g in np.flatnonzero(columns.alive):
            known = []
            for page in np.argsort(lists.week):
                week = int(lists.week[page])
                if week >= max(0, columns.born[g]):
                    entries = lists.person[page, lists.start[page, g] : lists.start[page, g + 1]] - ONE
                    places, numbers = (entries >> NUMBER_BITS).tolist(), (entries & NUMBER_MASK).tolist()
                    known += [(week, *one) for one in zip(places, numbers, strict=True)]
            gangs[g] = make(
                "syndicate", workforce=int(columns.workforce[g]), alarm_until=int(columns.alarm_until[g]),
                cash=state.money.balance[state.money.second + g] / 100, presence=columns.presence[g].tolist(),
                experience=columns.experience[g].tolist(), hits=columns.hits[g].tolist(),
                weeks=columns.weeks[g].tolist(), struck_before=state.struck_before[g].tolist(), known=known,
                diaspora=setting.land.diaspora[columns.home[g]].tolist(),
            )  # fmt: skip
        for g, gang in gangs.items():
            gang.ties = [gangs[other] for other in columns.ties[g] if other >= 0]
        return gangs

    def _tabulate(self, orders: Any, setting: Setting) -> None:
        """Compute what of expected earnings does not change from week to week (3.7, 3.8)."""
        rule, business, world, crime = self.rules.laundering, self.rules.business, setting.world, self.crime
        pull = world.size * world.gdp_per_head * (1 - world.laundering_controls) ** rule.control_weight
        flow = pull / (1 + world.distance / rule.distance_scale)
        flow /= flow.sum(axis=1, keepdims=True)
        d, r = orders.freeze_days / rule.dwell, rule.report_lag / rule.dwell
        in_time = np.exp(-d) * sum(
            d ** (i - j) / math.factorial(i - j) * r**j / (1 + r) ** (j + 1)
            for i in range(rule.layers)
            for j in range(i + 1)
        )
        frozen = orders.reporting * (flow * orders.freeze * in_time).sum(axis=1)
        self._worth = setting.mean[0] * (1 - frozen) * (1 - rule.fee) * crime.contacts * crime.susceptibility
        self._worth = self._worth * setting.reach[0] * (1 - business.bribes * orders.corruption)[:, None]
        forced = crime.coerced_recruits
        cost = business.hosting + (1 - forced) * business.wage_factor * world.wage + forced * business.subsistence
        self._cost, self._log_weight = cost[:, None], setting.log_weight

    def price(self) -> None:
        """Write the public tables of the week: the pull of each target, and the value of each place (3.8)."""
        for people in self.populations:
            people.success = people.openness()
        choice = self.rules.choice
        success = np.array([people.success for people in self.populations])
        profit = 100 * (self._worth * success - self._cost)  # [workforce, host, target]
        appeal = choice.profit_weight * np.arcsinh(profit / (2 * choice.profit_reference)) + self._log_weight
        value = np.log(np.exp(appeal).sum(axis=2))
        self.value, self.pull = value.tolist(), np.exp(appeal - value[:, :, None]).tolist()


def _rows(columns: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the facts of each place, by name, from columns."""
    values = zip(*(column.tolist() for column in columns.values()), strict=True)
    return [{"place": place, **dict(zip(columns, row, strict=True))} for place, row in enumerate(values)]


def _last_losses(state: State, countries: int) -> list[dict[int, int]]:
    """Return the week of the last loss of everybody who has lost something, by country and number."""
    rows = state.persons[state.persons != ZERO]
    identity = (rows >> IDENTITY_SHIFT) - ONE
    place, number, week = identity >> NUMBER_BITS, identity & NUMBER_MASK, (rows >> WEEK_SHIFT) & WEEK_MASK
    return [
        dict(zip(number[place == c].tolist(), week[place == c].tolist(), strict=True)) for c in range(countries)
    ]  # fmt: skip
