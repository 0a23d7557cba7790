"""Which sentences of a report survive when the model is changed: its choice rule, a mechanism, an assumption.

A variation is an experiment with other values at some paths. It is run with the luck and the drawn parameters of
the original, so that differences between variations are paired too; a parameter that a variation sets is no longer
drawn, and the others keep their draws. What a sentence holds is its claims (`sim.comparison.claims`).
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, TypeVar, cast

import numpy as np
import pandas as pd

from sim import record
from sim.choice_rules import CHOICE_RULES
from sim.comparison import Comparison, words
from sim.comparison.claims import NOTHING, Said, Verdict, worst
from sim.declare import UnknownName
from sim.estimators import summary_of
from sim.parameters import parameter_table
from sim.scenario import Experiment, ScenarioError, dump
from sim.scenario.uncertain import left_free

Group = Literal["rule", "mechanism", "assumption"]
End = Literal["", "low", "high"]
ENDS: tuple[End, ...] = ("low", "high")

REPLICATES = 10  # of each variation unless asked for otherwise: signs need fewer than sizes
TABLE, EFFECTS = "robustness.csv", "robustness-effects.csv"
STATED = "as stated"
LEAST = 0.0001  # the smallest share of reviews that can be stated: one in ten thousand


class NothingToVary(ValueError):
    """An experiment says nothing that could survive, or no variation changes it."""


@dataclass(frozen=True, kw_only=True)
class Variation:
    """One change of the model, the same in every arm."""

    name: str
    group: Group
    settings: Mapping[str, Any]  # path -> value, as `--set` has them
    about: str  # what is different then
    parameter: str = ""  # of an assumption: the path whose plausible range has an end here
    end: End = ""


AS_STATED = Variation(name=STATED, group="assumption", settings={}, about="nothing is changed, with as many replicates")


def _off(name: str, about: str, settings: Mapping[str, Any]) -> Variation:
    return Variation(name=name, group="mechanism", settings=settings, about=about)


# Every mechanism that parameters can switch off. Shares of reviews cannot be 0: a class that nobody chooses has no
# constant. To add one, add a line.
MECHANISMS: tuple[Variation, ...] = (
    _off("no market feedback", "Fewer contacts make none of the others worth more, and no public grows careful.",
         {"crimes.*.crowding_elasticity": 0.0, "parameters.offending.awareness_rise": 0.0}),
    _off("no public awareness", "Reports make no public more careful.", {"parameters.offending.awareness_rise": 0.0}),
    _off("no learning", "Raids teach nobody: beliefs stay where they begin.",
         {"parameters.learning.own_weight": 0.0, "parameters.learning.tied_weight": 0.0,
          "parameters.learning.public_weight": 0.0}),
    _off("public news only", "Syndicates learn from public news and not from raids on their own.",
         {"parameters.learning.own_weight": 0.0, "parameters.learning.tied_weight": 0.0}),
    _off("own news only", "Syndicates learn from raids on their own sites and from nothing else.",
         {"parameters.learning.tied_weight": 0.0, "parameters.learning.public_weight": 0.0}),
    _off("no announcements", "Nobody believes an announced crackdown before it begins.",
         {"parameters.learning.announced_risk": 0.0}),
    _off("no alarm", "A raid makes nobody else think again sooner.",
         {"parameters.choice.alarm": 1.0, "parameters.choice.alarm_weeks": 0}),
    _off("no relocation", "One review in ten thousand ends in a move.", {"crimes.*.move_share": LEAST}),
    _off("no lying low", "One review in ten thousand ends in lying low.", {"parameters.choice.quiet_share": LEAST}),
    _off("no hardening", "Nobody hides better than at the start.",
         {"parameters.choice.harden_share": LEAST, "parameters.choice.hardening_step": 0.0}),
    _off("no switching", "One review in ten thousand ends in another crime.",
         {"parameters.choice.switch_share": LEAST}),
    _off("no retargeting", "Who stays keeps the target, and no reports make a target risky.",
         {"parameters.choice.retarget": 0.0, "parameters.choice.report_risk": 0.0}),
    _off("no experience", "Known ground is like any other.", {"parameters.choice.experience_weight": 0.0}),
    _off("no ties", "Syndicates have no ties, and compatriots do not draw.",
         {"parameters.choice.tie_weight": 0.0, "parameters.demography.ties": 0}),
    _off("no pull of corruption", "Corruption draws nobody.", {"parameters.choice.corruption_weight": 0.0}),
    _off("no appeal of crowds", "Company draws nobody.", {"parameters.choice.crowd_weight": 0.0}),
    _off("no distance", "Far places are as good as near ones.", {"parameters.choice.distance_weight": 0.0}),
    _off("no nests", "Places of a region are no more alike than others.", {"parameters.choice.nest": 1.0}),
    _off("no branches", "Newcomers are branches of nobody.", {"parameters.demography.branch": 0.0}),
    _off("no repeat victims", "Who has lost is not met again, and not likelier to lose.",
         {"parameters.offending.repeat_rate": 0.0, "crimes.*.repeat_boost": 0.0}),
    _off("no own caution", "A loss makes nobody careful.", {"parameters.offending.caution": 0.0}),
    _off("no tip-offs", "Nobody warns a site, and no shared case leaks.",
         {"parameters.enforcement.tip_off": 0.0, "parameters.enforcement.case_leak": 0.0}),
    _off("no vetting", "Task forces are not vetted.", {"policy.joint operations.vetted": False}),
    _off("no follow-up", "No file follows a site that moves.", {"parameters.intelligence.follow_up": 0.0}),
    _off("leads hardly age", "Leads and cases keep two and a half times as long.",
         {"parameters.intelligence.ageing": 0.02}),
    _off("no freezing", "No request freezes money.", {"parameters.laundering.domestic_coverage": 0.0}),
    _off("no pull of hubs", "Controls do not repel dirty money.", {"parameters.laundering.control_weight": 0.0}),
    _off("no re-offending", "Nobody who is released goes back.", {"parameters.enforcement.reoffending": 0.0}),
    _off("no formal requests", "Without a channel no lead leaves its country.",
         {"parameters.intelligence.request_share": 0.0}),
    _off("no supply of captives", "Nobody passes captives on, and sites coerce whom they need themselves.",
         {"crimes.*.supplies_coerced": False}),
    _off("no renewed coercion", "Nobody who leaves a shelter is coerced again.",
         {"parameters.enforcement.retrafficked": 0.0}),
    _off("no regular sentences", "Who has been held for long is no likelier to be free soon.",
         {"parameters.enforcement.sentence_shape": 1}),
    _off("syndicates split", "Large syndicates split, which they do not as stated.",
         {"parameters.demography.splitting": 0.005}),
    _off("no coerced recruits", "All recruits come of their own will.", {"crimes.*.coerced_recruits": 0.0}),
)  # fmt: skip


def rules(experiment: Experiment) -> Iterator[Variation]:
    """Yield a variation for every choice rule but the one the experiment has."""
    used = experiment.arms[experiment.baseline].scenario.parameters.choice.rule
    for name, kind in CHOICE_RULES.items():
        if name != used:
            about = (kind.__doc__ or "").strip().splitlines()[0]
            yield Variation(name=name, group="rule", settings={"parameters.choice.rule": name}, about=about)


def assumptions(experiment: Experiment) -> Iterator[Variation]:
    """Yield both ends of the range of every number that replicates draw and of every decisive one left as it is.

    Then half the horizon, which is no parameter but decides like one.
    """
    base = experiment.arms[experiment.baseline].scenario
    ranges = {one.path: (one.low, one.high) for one in experiment.uncertain}
    for path, facts in parameter_table():
        if facts["plausible"] and ("decisive" in facts["source"]) and not facts["uncertain"]:
            ranges |= dict.fromkeys(left_free(base, path, facts), facts["plausible"])
    for path, ends in ranges.items():
        for end, value in zip(ENDS, ends, strict=True):
            _, owner, name = path.replace("_", " ").split(".")
            of_crime = f"{owner} " if path.startswith("crimes.") and owner != "*" else ""
            yield Variation(
                name=f"{of_crime}{name} {value:g}", group="assumption", settings={path: float(value)},
                about=f"{path} at the {end} end of its range.", parameter=path, end=end,
            )  # fmt: skip
    clock = base.clock
    half = experiment.window[0] + (experiment.window[1] - experiment.window[0]) // 2
    half -= half % clock.period
    if experiment.window[0] + clock.period <= half < clock.weeks:
        yield Variation(
            name="half the horizon", group="assumption", settings={"clock.weeks": half},
            about=f"The study ends in week {half}.", parameter="horizon", end="low",
        )  # fmt: skip


def variations(experiment: Experiment) -> list[Variation]:
    """Return every variation of an experiment: rules, mechanisms, assumptions."""
    return [*rules(experiment), *MECHANISMS, *assumptions(experiment)]


def chosen(known: Sequence[Variation], groups: Iterable[str], names: Sequence[str]) -> list[Variation]:
    """Return the variations of some groups (all if none is named), or those named; raise UnknownName."""
    by_name = {one.name: one for one in known}
    for name in names:
        if name not in by_name:
            raise UnknownName("variation", name, by_name)
    kept = set(groups)
    return [one for one in known if (one.name in names if names else not kept or one.group in kept)]


def varied(experiment: Experiment, variation: Variation) -> Experiment | None:
    """Return the experiment with a variation's values; None where they change no arm, lead nowhere or are refused."""
    try:
        changed = experiment.set(dict(variation.settings)) if variation.settings else experiment
    except (UnknownName, ScenarioError):
        return None
    same = all(dump(arm.scenario) == dump(experiment.arms[name].scenario) for name, arm in changed.arms.items())
    return None if variation.settings and same else changed


# ---- what came of it -----------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What became of one claim in one variation: a row of robustness.csv."""

    variation: str
    group: str
    sentence: int  # its place in the report, from 1
    text: str
    claim: str  # in words, without its size
    quantity: str
    of: str
    against: str
    above: float  # between which the 90 % interval is held to lie
    below: float
    decided: bool  # whether anything is held: what the runs of the report did not tell is not
    verdict: str  # empty where nothing is held
    value: float
    lo90: float
    hi90: float
    n: int
    reported: float  # the value in the report
    as_large: bool  # whether the 90 % interval meets that of the report


@dataclass(frozen=True, kw_only=True)
class Moved:
    """How far one variation moves one number of the conclusion: a row of robustness-effects.csv."""

    variation: str
    group: str
    parameter: str
    end: str
    quantity: str  # harm or leakage
    of: str
    against: str
    label: str
    n: int
    value: float
    lo90: float
    hi90: float
    stated: float  # the same number as stated, with the same pairs
    change: float
    change_lo90: float = np.nan  # over pairs; of a leakage there is none
    change_hi90: float = np.nan
    mechanical: float = np.nan  # of a leakage: what the choice rule alone would give
    beyond_mechanical: float = np.nan  # simulated less mechanical


@dataclass(frozen=True)
class Robustness:
    """Everything a study of robustness has found."""

    outcomes: tuple[Outcome, ...]
    moved: tuple[Moved, ...]

    @property
    def variations(self) -> tuple[str, ...]:
        """The variations, in their order; `as stated` is none."""
        return tuple(dict.fromkeys(one.variation for one in self.outcomes if one.variation != STATED))

    @property
    def texts(self) -> dict[int, str]:
        """The sentences of the report that hold something, by their places."""
        return {one.sentence: one.text for one in self.outcomes if one.decided}

    def claims(self, sentence: int) -> list[str]:
        """Return what a sentence holds, in words without sizes."""
        return list(dict.fromkeys(one.claim for one in self.outcomes if one.sentence == sentence and one.decided))

    @cached_property
    def verdicts(self) -> dict[tuple[int, str], Verdict]:
        """The verdict on every sentence that holds something, in every variation: that on its weakest claim."""
        found: dict[tuple[int, str], list[Verdict]] = {}
        for one in self.outcomes:
            if one.decided:
                found.setdefault((one.sentence, one.variation), []).append(cast(Verdict, one.verdict))
        return {key: worst(verdicts) for key, verdicts in found.items()}

    def where(self, sentence: int, *verdicts: Verdict) -> list[str]:
        """Return the variations with some verdicts on a sentence."""
        return [name for name in self.variations if self.verdicts[sentence, name] in verdicts]

    @property
    def everywhere(self) -> list[int]:
        """The sentences that survive in every variation."""
        return [place for place in self.texts if len(self.where(place, "survives")) == len(self.variations)]

    @property
    def never_broken(self) -> list[int]:
        """The sentences that fail in no variation, though in some the runs may not decide them."""
        return [place for place in self.texts if not self.where(place, "fails")]

    def broken(self, variation: str) -> tuple[int, int]:
        """Return how many sentences fail in a variation, and how many do not survive in it."""
        verdicts = [self.verdicts[place, variation] for place in self.texts]
        return verdicts.count("fails"), sum(verdict != "survives" for verdict in verdicts)

    @property
    def breaking(self) -> list[str]:
        """The variations in which some sentence does not survive, the most destructive first."""
        hurt = [name for name in self.variations if self.broken(name)[1]]
        return sorted(hurt, key=lambda name: tuple(-count for count in self.broken(name)))

    @property
    def numbers(self) -> list[tuple[str, str, str]]:
        """The numbers of the conclusion, the first contrast first: quantity, arm, and what it is measured against."""
        return list(dict.fromkeys((one.quantity, one.of, one.against) for one in self.moved))

    def of(self, number: tuple[str, str, str]) -> list[Moved]:
        """Return what every variation makes of a number, as stated first."""
        return [one for one in self.moved if (one.quantity, one.of, one.against) == number]

    def tornado(self, number: tuple[str, str, str]) -> list[tuple[str, list[Moved]]]:
        """Return what each assumption's ends (and each other variation) make of a number, the furthest first."""
        bars: dict[str, list[Moved]] = {}
        for one in self.of(number):
            if one.variation != STATED and np.isfinite(one.change):
                bars.setdefault(one.parameter or one.variation, []).append(one)
        return sorted(bars.items(), key=lambda bar: -max(abs(one.change) for one in bar[1]))


def outcomes(said: Sequence[Said], variation: Variation, found: Comparison | None) -> Iterator[Outcome]:
    """Yield what becomes of every claim in a variation; without a comparison (its runs failed) all is undefined."""
    for place, one in enumerate(said, 1):
        for claim in one.claims:
            reading = NOTHING if found is None else claim.read(found)
            yield Outcome(
                variation=variation.name, group=variation.group, sentence=place, text=one.text, claim=claim.words,
                quantity=claim.quantity, of=claim.of, against=claim.against, above=claim.above, below=claim.below,
                decided=claim.decided, verdict=claim.verdict(reading) if claim.decided else "", value=reading.value,
                lo90=reading.low, hi90=reading.high, n=reading.n, reported=claim.here.value,
                as_large=claim.as_large(reading),
            )  # fmt: skip


def moved(stated: Comparison, variation: Variation, found: Comparison) -> Iterator[Moved]:
    """Yield how far a variation moves every contrast, every arm's harm against the baseline, and every leakage."""
    where: dict[str, Any] = {
        "variation": variation.name, "group": variation.group, "parameter": variation.parameter, "end": variation.end,
    }  # fmt: skip
    named = [(one["name"], one["of"], one["minus"]) for one in stated.manifest.contrasts]
    for name, of, against in (*named, *((stated.label(arm), arm, stated.baseline) for arm in stated.policies)):
        before, now = (dict(zip(*one.headline(of, against), strict=True)) for one in (stated, found))
        both = sorted(before.keys() & now.keys())
        if both:
            here = summary_of(np.array([now[replicate] for replicate in both]))
            change = summary_of(np.array([now[replicate] - before[replicate] for replicate in both]))
            yield Moved(
                **where, quantity="harm", of=of, against=against, label=name, n=here.n, value=float(here.mean),
                lo90=float(here.lo90), hi90=float(here.hi90), change=float(change.mean),
                stated=float(np.mean([before[replicate] for replicate in both])),
                change_lo90=float(change.lo90), change_hi90=float(change.hi90),
            )  # fmt: skip
    for arm in found.compared:
        if arm in stated.compared and 0 < len(found.treated(arm)) < len(found.manifest.codes):
            one, other, alone = found.leakage_of(arm), stated.leakage_of(arm), found.mechanical(arm)
            yield Moved(
                **where, quantity="leakage", of=arm, against="host", label=stated.label(arm), n=one.n,
                value=float(one.value), lo90=float(one.lo90), hi90=float(one.hi90), stated=float(other.value),
                change=float(one.value - other.value), mechanical=alone, beyond_mechanical=float(one.value) - alone,
            )  # fmt: skip


# ---- tables --------------------------------------------------------------------------------------


def table_of(rows: Sequence[Outcome] | Sequence[Moved], kind: type[Outcome] | type[Moved]) -> pd.DataFrame:
    """Return rows as a table."""
    return pd.DataFrame([asdict(row) for row in rows], columns=[one.name for one in fields(kind)])


def write_tables(folder: Path, found: Robustness) -> None:
    """Write robustness.csv and robustness-effects.csv whole."""
    for name, rows, kind in ((TABLE, found.outcomes, Outcome), (EFFECTS, found.moved, Moved)):
        record.write_text(folder / name, table_of(rows, kind).to_csv(index=False, lineterminator="\n"))


def read_tables(folder: Path) -> Robustness:
    """Return what a folder holds of an earlier study."""
    return Robustness(tuple(_rows(folder / TABLE, Outcome)), tuple(_rows(folder / EFFECTS, Moved)))


Row = TypeVar("Row", Outcome, Moved)


def _rows(path: Path, kind: type[Row]) -> Iterator[Row]:
    texts = {one.name: str for one in fields(kind) if one.type is str}
    missing = {one.name: [""] for one in fields(kind) if one.name not in texts}
    read = pd.read_csv(path, dtype=texts, na_values=missing, keep_default_na=False)
    for row in read.to_dict("records"):
        yield kind(**{str(name): value for name, value in row.items()})


# ---- in words ------------------------------------------------------------------------------------


def sentences(found: Robustness) -> list[str]:
    """Return what can be said: what survives, what breaks most, what moves the answer, what the rule alone gives."""
    return [*_survival_words(found), *_tornado_words(found), *_leakage_words(found)]


def _survival_words(found: Robustness) -> Iterator[str]:
    count, total = len(found.variations), len(found.texts)
    if not total:
        yield "In the model, no sentence of the report holds anything that a variation could undo."
        return
    everywhere, unbroken = len(found.everywhere), len(found.never_broken)
    yield (
        f"In the model, of {_counted(total, 'sentence')} of the report that hold something, {everywhere} "
        f"({100 * everywhere / total:.0f} %) survive in every one of {_counted(count, 'variation')}; "
        f"{unbroken} ({100 * unbroken / total:.0f} %) fail in none, though some may leave them undecided."
    )
    blurred = [place for place in found.texts if found.verdicts[place, STATED] != "survives"]
    if blurred:
        places = ", ".join(map(str, blurred))
        yield (
            f"With as few pairs as a variation has, {'sentence' if len(blurred) == 1 else 'sentences'} {places} would "
            "not survive in the model as it is stated: read there what fails, not what does not survive."
        )
    if not found.breaking:
        return
    worst_of_all = found.breaking[0]
    fails, lost = found.broken(worst_of_all)
    yield (
        f"In the model, most sentences are lost with “{worst_of_all}”: {lost} of {total} do not survive, "
        f"{fails or 'none'} of them because the contrary is clear."
    )


def _counted(count: int, word: str) -> str:
    return f"{count} {word}{'' if count == 1 else 's'}"


def _tornado_words(found: Robustness) -> Iterator[str]:
    for number in found.numbers[:1]:
        bars = found.tornado(number)
        if bars:
            first = found.of(number)[0]
            furthest = [max(ends, key=lambda one: abs(one.change)) for _, ends in bars[:3]]
            told = ", ".join(f"{_signed(-one.value)} % with “{one.variation}”" for one in furthest)
            yield (
                f"In the model, “{first.label}” is {_signed(-first.value)} % of harm avoided as stated, and moves most "
                f"in these variations: {told}."
            )


def _leakage_words(found: Robustness) -> Iterator[str]:
    for number in (one for one in found.numbers if one[0] == "leakage"):
        rows = found.of(number)
        known = [one for one in rows if np.isfinite(one.value)]
        alone = [one.mechanical for one in rows if np.isfinite(one.mechanical)]
        if known and alone:
            low, high = (edge(one.value for one in known) for edge in (min, max))
            yield (
                f"In the model, leakage by host under “{known[0].label}” lies between {low:.2f} and {high:.2f} over "
                f"the variations in which it is defined; the choice rule alone would give {min(alone):.2f} to "
                f"{max(alone):.2f}.".replace("-", "−")
            )


def _signed(value: float) -> str:
    return words.signed(value, 1)
