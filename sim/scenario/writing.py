"""Complete scenarios -> YAML that reads back as the same scenario, and the digest that names it."""

import hashlib
import json
from dataclasses import fields, is_dataclass
from typing import Any

import yaml

from sim.instruments import Instrument, named
from sim.politics import CONTRIBUTION_RULES, ContributionRule
from sim.scenario.reading import BOOLEAN, NULL, REAL, WHOLE, Plain
from sim.strategies import STRATEGIES, Strategy


class _Writer(yaml.SafeDumper):
    """Quotes exactly the texts that reading would take for something else."""

    yaml_implicit_resolvers = {  # noqa: RUF012 - PyYAML's own attribute
        None: [
            ("tag:yaml.org,2002:null", NULL),
            ("tag:yaml.org,2002:bool", BOOLEAN),
            ("tag:yaml.org,2002:int", WHOLE),
            ("tag:yaml.org,2002:float", REAL),
        ]
    }

    def ignore_aliases(self, data: object) -> bool:
        """Return True: whatever stands twice is written twice."""
        return True


def plain(value: Any) -> Plain:
    """Return a record as what a file holds: mappings, lists, texts and numbers."""
    if is_dataclass(value):
        entries: dict[str, Plain] = {field.name: plain(getattr(value, field.name)) for field in fields(value)}
        if isinstance(value, Instrument):
            return {"instrument": named(type(value)), **entries}
        if isinstance(value, Strategy):
            return {"kind": STRATEGIES.name_of(type(value)), **entries}
        if isinstance(value, ContributionRule):
            return {"kind": CONTRIBUTION_RULES.name_of(type(value)), **entries}
        return entries
    if isinstance(value, dict):
        return {key: plain(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [plain(entry) for entry in value]
    assert value is None or isinstance(value, bool | int | float | str)
    return value


def dump(value: Any) -> str:
    """Return a complete scenario as YAML, with every default written out: load(dump(s)) == s."""
    text: str = yaml.dump(plain(value), Dumper=_Writer, sort_keys=False, allow_unicode=True, width=110)
    return text


def digest(value: Any) -> str:
    """Return the SHA-256 (hexadecimal) of a complete scenario, whatever the order of its keys."""
    canonical = json.dumps(plain(value), sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)
    return hashlib.sha256(canonical.encode()).hexdigest()
