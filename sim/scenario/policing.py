"""Police strategies in files: named or described by kind, for everybody, with exceptions, or in an instrument."""

from collections.abc import Iterable

from sim.scenario.checking import checked, hint, keys_of, known_keys, shown
from sim.scenario.problems import Findings, Place
from sim.scenario.reading import Node, node_of
from sim.scenario.records import PoliceException, Policing
from sim.scenario.territory import Territory, member_codes
from sim.strategies import STRATEGIES

STAND_IN = {"kind": "intelligence-led"}  # for a strategy that is refused, so that it is refused once


def with_strategy(owner: Node, members: int | None, crimes: Iterable[str], findings: Findings) -> Node:
    """Return the owner of a strategy with that strategy as a mapping; note what is wrong with it.

    `members` says how many forces follow it, or None when nobody knows; `crimes` are those of the scenario, none when
    they are wrong.
    """
    given = owner.mapping.get("strategy")
    if given is None:
        return owner
    known = len(findings.problems)
    described = _described(given, crimes, findings)
    if len(findings.problems) > known:
        described = node_of(STAND_IN, given.place)
    kind = STRATEGIES[str(described.mapping["kind"].value)]
    if members is not None and members < kind.fewest > 1:
        others = f"it needs at least {kind.fewest} members, not {members}: name a partner, or choose another strategy"
        findings.add(given.place, f"'{STRATEGIES.name_of(kind)}' cannot apply here: {others}")
    return owner.with_entries(strategy=described)


def _described(given: Node, crimes: Iterable[str], findings: Findings) -> Node:
    """Return a strategy as a mapping with its kind, and note what is wrong with it."""
    node = Node({"kind": given}, given.place, given.key) if isinstance(given.value, str) else given
    named = node.mapping.get("kind")
    if named is None or not isinstance(named.value, str):
        valid = ", ".join(STRATEGIES)
        what = "" if isinstance(node.value, dict) else f", not {shown(node.value)}"
        findings.add((named or node).place, f"a strategy needs 'kind', one of: {valid}{what}")
    elif named.value not in STRATEGIES:
        findings.add(named.place, f"there is no police strategy '{named.value}'{hint(named.value, STRATEGIES)}")
    else:
        checked(STRATEGIES[named.value], node.without("kind").plain(), node, findings, f"'{named.value}'")
        crime = node.mapping.get("crime")
        if crimes and crime is not None and isinstance(crime.value, str) and crime.value not in crimes:
            findings.add(crime.place, f"'{crime.value}' is no crime type of this scenario{hint(crime.value, crimes)}")
    return node


def with_police(node: Node, territory: Territory | None, crimes: list[str], findings: Findings) -> Node:
    """Return the file with the members of all exceptions by code and every strategy as a mapping."""
    police = node.mapping.get("police")
    if police is None or not isinstance(police.value, dict):
        return node
    police = known_keys(police, keys_of(Policing), "police", findings)
    seen: dict[str, Place] = {}
    exceptions = police.mapping.get("exceptions")
    if exceptions is not None and isinstance(exceptions.value, tuple):
        found = tuple(_exception(entry, territory, crimes, seen, findings) for entry in exceptions.items)
        police = police.with_entries(exceptions=Node(found, exceptions.place, exceptions.key))
    others = None if territory is None else len(set(territory.codes) - seen.keys())
    return node.with_entries(police=with_strategy(police, others, crimes, findings))


def _exception(
    entry: Node, territory: Territory | None, crimes: list[str], seen: dict[str, Place], findings: Findings
) -> Node:
    """Return an exception with its members by code; note those who stand in another one."""
    if not isinstance(entry.value, dict):
        return entry
    entry = known_keys(entry, keys_of(PoliceException), "an exception", findings)
    count = None
    if "members" in entry.mapping and territory is not None:
        known = len(findings.problems)
        named = member_codes(entry.mapping["members"], territory, findings)
        entry = entry.with_entries(members=named)
        codes = [str(code.value) for code in named.items]
        for code in codes:
            first = seen.setdefault(code, named.place)
            if first is not named.place:
                findings.add(named.place, f"'{code}' stands in two exceptions, first in line {first.line}")
        count = len(codes) if len(findings.problems) == known else None
    return with_strategy(entry, count, crimes, findings)
