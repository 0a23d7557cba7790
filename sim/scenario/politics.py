"""The `politics` of a file: which governments decide how much they contribute, by which rules, weighing what."""

from collections.abc import Iterator, Sequence
from dataclasses import fields

from sim.instruments import Instrument
from sim.politics import CONTRIBUTION_RULES, Coalition, ContributionRule, Government, Stakes, Terms
from sim.scenario.checking import checked, hint, keys_of, known_keys, shown
from sim.scenario.problems import Findings, Place
from sim.scenario.reading import Node, node_of
from sim.scenario.territory import Territory, member_codes

OWN = ("rule", "stakes", "governments")  # what is read here, entry by entry


def coalition_of(
    node: Node, territory: Territory | None, policy: Sequence[Instrument], findings: Findings
) -> Coalition | None:
    """Return the coalition that `politics` describes; None when there is none or when something in it is wrong."""
    stated = node.mapping.get("politics")
    if stated is None or stated.value is None:
        return None
    if not isinstance(stated.value, dict):
        findings.add(stated.place, f"'politics' must be a mapping, not {shown(stated.value)}")
        return None
    stated = known_keys(stated, keys_of(Coalition), "politics", findings)
    cooperative = [one for one in policy if one.cooperative]
    if not cooperative:
        remedy = "add an instrument between countries to 'policy', or take 'politics' out"
        findings.add(stated.entry, f"'politics' needs something to contribute to: {remedy}")
        return None
    stated = _with_defaults(stated, territory, cooperative, findings)
    terms: Terms | None = checked(Terms, stated.without(*OWN).plain(), stated, findings, "politics")
    rule = _rule(stated, findings)
    stakes = _stakes(stated.mapping.get("stakes"), None, findings)
    governments = {code: _government(entry, stated, findings) for code, entry in _own(stated, findings)}
    if terms is None:
        return None
    _check_members(stated, terms, cooperative, findings)
    if rule is None:
        return None
    coalition = Coalition(
        **{f.name: getattr(terms, f.name) for f in fields(Terms)}, rule=rule, stakes=stakes, governments=governments
    )
    _check_stakes(coalition, stated, findings)
    return coalition


def _with_defaults(
    stated: Node, territory: Territory | None, cooperative: Sequence[Instrument], findings: Findings
) -> Node:
    """Return politics with members by code and a first week, from the cooperative instruments unless given."""
    if "members" not in stated.mapping:
        everybody = sorted({code for one in cooperative for code in one.members})
        stated = stated.with_entries(members=node_of(everybody, stated.place))
    elif territory is not None:
        stated = stated.with_entries(members=member_codes(stated.mapping["members"], territory, findings))
    if "start" not in stated.mapping:
        stated = stated.with_entries(start=Node(min(one.start for one in cooperative), stated.place))
    return stated


def _rule(owner: Node, findings: Findings) -> ContributionRule | None:
    """Return the rule that stands in an entry, or note what is wrong with it."""
    stated = owner.mapping.get("rule")
    kind = stated.mapping.get("kind") if stated is not None else None
    if stated is None or kind is None or not isinstance(kind.value, str):
        valid = ", ".join(CONTRIBUTION_RULES)
        findings.add((kind or stated or owner).place, f"'rule' of 'politics' needs 'kind', one of: {valid}")
        return None
    if kind.value not in CONTRIBUTION_RULES:
        said = f"there is no contribution rule '{kind.value}'{hint(kind.value, CONTRIBUTION_RULES)}"
        findings.add(kind.place, said)
        return None
    rule: ContributionRule | None = checked(
        CONTRIBUTION_RULES[kind.value], stated.without("kind").plain(), stated, findings, kind.value
    )
    return rule


def _stakes(stated: Node | None, shared: Node | None, findings: Findings) -> Stakes | None:
    """Return what a government weighs: its own entries over those of all."""
    if stated is None or stated.value is None:
        return None
    if isinstance(stated.value, dict) and shared is not None:
        stated = stated.with_entries(**(shared.mapping | stated.mapping))
    stakes: Stakes | None = checked(Stakes, stated.plain(), stated, findings, "stakes")
    return stakes


def _own(stated: Node, findings: Findings) -> Iterator[tuple[str, Node]]:
    """Yield the entries of single governments."""
    governments = stated.mapping.get("governments")
    if governments is None or governments.value is None:
        return
    if not isinstance(governments.value, dict):
        findings.add(
            governments.place, f"'governments' must be a mapping of country codes, not {shown(governments.value)}"
        )
        return
    members = [str(member.value) for member in stated.mapping["members"].items]
    for code, entry in governments.mapping.items():
        if code not in members:
            findings.add(entry.entry, f"'{code}' is no member of 'politics'{hint(code, members)}")
        yield code, entry


def _government(entry: Node, stated: Node, findings: Findings) -> Government:
    entry = known_keys(entry, keys_of(Government), "a government", findings)
    has_rule = "rule" in entry.mapping and entry.mapping["rule"].value is not None
    return Government(
        rule=_rule(entry, findings) if has_rule else None,
        stakes=_stakes(entry.mapping.get("stakes"), stated.mapping.get("stakes"), findings),
    )


def _check_members(stated: Node, terms: Terms, cooperative: Sequence[Instrument], findings: Findings) -> None:
    """Note members that have nothing to contribute to, and a coalition of one."""
    place = stated.mapping["members"].place
    partners = {code for one in cooperative for code in one.members}
    for code in terms.members:
        if code not in partners:
            said = f"'{code}' takes part in no cooperative instrument of 'policy': add it there or leave it out here"
            findings.add(place, said)
    if len(set(terms.members)) < 2:
        findings.add(place, "'politics' is between at least two members")


def _check_stakes(coalition: Coalition, stated: Node, findings: Findings) -> None:
    """Note governments that weigh without knowing what, and weights of those who are no members."""
    for code in coalition.members:
        rule, stakes = coalition.rule_of(code), coalition.stakes_of(code)
        if stakes is None and rule.weighs:
            kind = CONTRIBUTION_RULES.name_of(type(rule))
            said = f"'{kind}' compares payoffs: give 'stakes' with at least 'cost'"
            findings.add(_place_of(stated, code, "rule"), said)
        for other in sorted(stakes.weight if stakes else ()):
            if other not in coalition.members:
                said = f"'weight' names '{other}', which is no member of 'politics'{hint(other, coalition.members)}"
                findings.add(_place_of(stated, code, "stakes"), said)


def _place_of(stated: Node, code: str, key: str) -> Place:
    """Return where a member's rule or stakes stand: its own or, unless given, those of all."""
    owners = (stated.nearest(("governments", code)), stated)
    return next(owner.mapping[key].entry for owner in owners if key in owner.mapping)
