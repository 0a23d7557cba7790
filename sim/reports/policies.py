"""Instruments and budgets read back as sentences, made from their declarations."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import fields
from typing import Any

from sim.declare import declared
from sim.figures.look import number, usd
from sim.instruments import Instrument, named
from sim.politics import CONTRIBUTION_RULES
from sim.scenario import Budget, Policing, Scenario
from sim.strategies import STRATEGIES, Strategy


def instrument_sentence(
    instrument: Instrument, names: Mapping[str, str] | None = None, *, explained: bool = True
) -> str:
    """Return who takes part, from when to when and how, in words made from the declaration.

    `names` gives the words for country codes; a code without one stands for itself. `explained` adds what the
    kind of instrument does.
    """
    who = listed([(names or {}).get(code, code) for code in instrument.members])
    settings = ", ".join(setting_words(instrument, names))
    what = f"{who}: {named(type(instrument))} {when_words(instrument)}"
    sentence = f"{what}{f' ({settings})' if settings else ''}."
    return f"{sentence} {purpose(type(instrument))}" if explained else sentence


def listed(words: list[str]) -> str:
    """Return words as a list in a sentence."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}" if words else "nobody"


def purpose(kind: type[Instrument]) -> str:
    """Return the first sentence of what the kind says of itself, without its sources."""
    first = re.split(r"(?<=\.)\s", (kind.__doc__ or "").strip())[0]
    return re.sub(r"\s*\([^)]*\d{4}[^)]*\)", "", first)


def when_words(instrument: Instrument) -> str:
    """Return from when to when an instrument is paid for, and from when it works."""
    until = "to the end" if instrument.end is None else f"until week {instrument.end}"
    words = f"from week {instrument.start} {until}"
    if instrument.setup:
        words += f", in effect from week {instrument.start + instrument.setup}"
    if instrument.heard() < instrument.start:
        words += f", known from week {instrument.heard()}"
    return words


def setting_words(instrument: Instrument, names: Mapping[str, str] | None = None) -> Iterator[str]:
    """Yield the settings of an instrument that say something: `coverage 60 % of reports`."""
    if instrument.intensity != 1.0:
        yield f"at {number(100 * instrument.intensity)} % of its full effect"
    common = {field.name for field in fields(Instrument)}
    for name, facts in declared(type(instrument)).items():
        value = getattr(instrument, name)
        if name not in common and (value != facts["default"] or value not in (0, False, "", ())):
            told = (
                [(names or {}).get(word, word.replace("_", " ")) for word in value]
                if isinstance(value, tuple)
                else value
            )
            yield from one_setting(name, told, facts)


def one_setting(name: str, value: Any, facts: Mapping[str, Any]) -> Iterator[str]:
    """Yield one setting as words, made from its unit; nothing for a setting without a meaning when unset."""
    words, unit = name.replace("_", " "), str(facts["unit"])
    if value is None:
        unset = re.search(r"none = (.+)", facts["about"])
        yield from [unset[1]] if unset else []
    elif isinstance(value, Strategy):
        yield f"{words}: {strategy_words(value)}"
    elif isinstance(value, bool):
        yield words if value else f"not {words}"
    elif isinstance(value, list):
        yield f"{words}: {listed(value)}"
    elif isinstance(value, str):
        yield f"{words}: {value}"
    elif unit == "USD":
        yield f"{words} {usd(value)}"
    elif unit.startswith("USD"):
        yield f"{usd(value)}{unit[3:]}"
    elif unit.startswith("share"):
        yield f"{words} {number(100 * value)} %{unit[5:]}"
    elif unit.split()[0] in {"days", "weeks", "teams"}:
        yield f"{'' if words in unit else f'{words} '}{number(value)} {unit}"
    else:
        yield f"{words} {number(value)} ({unit})"


def strategy_words(strategy: Strategy) -> str:
    """Return a police strategy by name, with the settings that are not as declared."""
    changed = [
        words for name, facts in declared(type(strategy)).items() if getattr(strategy, name) != facts["default"]
        for words in one_setting(name, getattr(strategy, name), facts)
    ]  # fmt: skip
    return " with ".join(filter(None, (STRATEGIES.name_of(type(strategy)), listed(changed) if changed else "")))


def police_sentences(scenario: Scenario, names: Mapping[str, str] | None = None) -> Iterator[str]:
    """Yield by which strategies forces work from the first week on; nothing if all work as they do unless told."""
    if scenario.police == Policing():
        return
    for strategy, members in scenario.forces():
        if members:
            who = listed([(names or {}).get(code, code) for code in members])
            yield f"{who}: police work by the strategy {strategy_words(strategy)} unless told otherwise."


def politics_sentences(scenario: Scenario, names: Mapping[str, str] | None = None) -> Iterator[str]:
    """Yield who decides how much of the agreed cooperation to contribute, and by which rules; nothing without."""
    coalition = scenario.politics
    if coalition is None:
        return
    by_rule: dict[str, list[str]] = {}
    for code in coalition.members:
        rule = coalition.rule_of(code)
        how = f"{CONTRIBUTION_RULES.name_of(type(rule))}, at first {number(100 * rule.first)} %"
        by_rule.setdefault(how, []).append((names or {}).get(code, code))
    told = "; ".join(f"{listed(who)}: {how}" for how, who in by_rule.items())
    learning = " They learn what it does for them from recorded losses." if coalition.learns else ""
    yield (
        f"From week {coalition.start}, every {coalition.period} weeks, governments decide how much of the cooperation "
        f"they give ({told}).{learning}"
    )


def budget_sentence(budget: Budget) -> str:
    """Return what a common pot holds and when."""
    until = "to the end" if budget.end is None else f"until week {budget.end}"
    pot = f"{number(budget.teams or 0.0)} teams"
    if budget.usd_per_year is not None:
        pot = f"{usd(budget.usd_per_year)} a year"
    return f"Common pot: {pot} from week {budget.start} {until}."
