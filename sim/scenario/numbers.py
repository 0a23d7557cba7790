"""Every number of the model with its declaration, and the words that tables use for numbers."""

from typing import Any

from sim.declare import declared
from sim.instruments import INSTRUMENTS
from sim.parameters import parameter_table
from sim.strategies import STRATEGIES
from sim.world import crime_types


def parameter_rows() -> list[dict[str, Any]]:
    """Return every number of the model with its declaration; crime traits also with their stored values.

    The last are those that instruments bring along, by the paths that `--set` takes, and police strategies, by kind.
    """
    rows: list[dict[str, Any]] = []
    for path, facts in parameter_table():
        trait = path.removeprefix("crimes.*.")
        by_crime = {name: getattr(kind, trait) for name, kind in crime_types().items()} if trait != path else {}
        rows.append({"path": path, **facts, "by_crime": by_crime})
    for owner, kinds in (("policy", INSTRUMENTS), ("strategy", STRATEGIES)):
        rows += [
            {"path": f"{owner}.{name}.{setting}", **facts, "by_crime": {}}
            for name, kind in kinds.items()
            for setting, facts in declared(kind).items()
            if facts["source"] != "scenario" and isinstance(facts["default"], int | float)
        ]
    return rows


def value_words(row: dict[str, Any]) -> str:
    """Return the value of a number, for each crime if it is a trait of crimes."""
    if not row["by_crime"]:
        return number_words(row["default"])
    return ", ".join(f"{crime} {number_words(value)}" for crime, value in row["by_crime"].items())


def number_words(value: object) -> str:
    """Return one value as a file has it."""
    if isinstance(value, float):
        return f"{value:g}"
    return str(value).lower() if isinstance(value, bool) else str(value)


def range_words(low: float | None, high: float | None) -> str:
    """Return a range, or nothing where there is none."""
    if low is None and high is None:
        return ""
    return f"{'' if low is None else f'{low:g}'} to {'' if high is None else f'{high:g}'}".strip()
