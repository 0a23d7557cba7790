"""How a number and a named kind are declared: once, with unit, range and source."""

import difflib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import fields
from typing import Any, Generic, TypeVar, dataclass_transform

from pydantic import ConfigDict, Field
from pydantic.dataclasses import dataclass as pydantic_dataclass

T = TypeVar("T")


class UnknownName(ValueError):
    """A name that is not among the valid ones, with the nearest that is."""

    def __init__(self, kind: str, name: object, valid: Iterable[str]) -> None:
        self.kind, self.name, self.valid = kind, str(name), tuple(sorted(valid))
        self.nearest = nearest(self.name, self.valid)
        hint = f" (did you mean {self.nearest!r}?)" if self.nearest else ""
        super().__init__(f"there is no {kind} {self.name!r}{hint}")


def nearest(name: str, valid: Iterable[str]) -> str | None:
    """Return the valid name most like `name`, or None when none is like it."""
    by_fold = {v.casefold(): v for v in sorted(valid, reverse=True)}
    found = difflib.get_close_matches(name.casefold(), list(by_fold), n=1, cutoff=0.5)
    return by_fold[found[0]] if found else None


def param(
    default: Any = ...,
    *,
    unit: str,
    source: str,
    about: str = "",
    low: float | None = None,
    high: float | None = None,
    plausible: tuple[float, float] | None = None,
    uncertain: bool = False,
    scale: str = "linear",
) -> Any:
    """Declare a number of the model as a field of a record.

    `low` and `high` are hard limits; `plausible` is the range quoted in the parameter table and, for an
    `uncertain` number, drawn from by every replicate (evenly, or evenly in the logarithm: scale "log").
    """
    facts: dict[str, Any] = {
        "unit": unit,
        "source": source,
        "plausible": plausible,
        "uncertain": uncertain,
        "scale": scale,
    }
    return Field(default, ge=low, le=high, description=about, json_schema_extra={"declared": facts})


@dataclass_transform(kw_only_default=True, frozen_default=True, field_specifiers=(Field,))
def record(cls: type[T]) -> type[T]:
    """Make `cls` a frozen, keyword-only dataclass that checks its values and refuses unknown names."""
    config = ConfigDict(extra="forbid", allow_inf_nan=False, validate_default=True)
    made: type[T] = pydantic_dataclass(frozen=True, kw_only=True, config=config)(cls)  # type: ignore[assignment]
    return made


class Registry(Generic[T]):
    """The named kinds of one sort: a decorator to add one, a mapping to find it."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self._members: dict[str, T] = {}

    def __call__(self, name: str) -> Callable[[T], T]:
        """Return the decorator that registers a kind under `name`."""

        def add(member: T) -> T:
            assert name not in self._members, f"two {self.kind} kinds are called {name!r}"
            self._members[name] = member
            return member

        return add

    def __getitem__(self, name: str) -> T:
        """Return the kind called `name`, or raise UnknownName."""
        if name not in self._members:
            raise UnknownName(self.kind, name, self._members)
        return self._members[name]

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(self._members))

    def __contains__(self, name: object) -> bool:
        return name in self._members

    def __len__(self) -> int:
        return len(self._members)

    def items(self) -> list[tuple[str, T]]:
        """Return (name, kind) pairs in alphabetical order."""
        return [(name, self._members[name]) for name in self]


def named_kind(registry: Registry[type[T]], kind: type[T]) -> str:
    """Return the name a kind is registered under."""
    return next(name for name, member in registry.items() if member is kind)


def declared(record_type: type) -> dict[str, dict[str, Any]]:
    """Return, for each field of a record made with `param`, its unit, source, limits, range and default."""
    table: dict[str, dict[str, Any]] = {}
    for field in fields(record_type):
        info: Any = field.default
        facts = (getattr(info, "json_schema_extra", None) or {}).get("declared")
        if facts is None:
            continue
        limits = {type(rule).__name__.lower(): rule for rule in info.metadata}
        table[field.name] = facts | {
            "default": None if info.is_required() else info.default,
            "low": getattr(limits.get("ge"), "ge", None),
            "high": getattr(limits.get("le"), "le", None),
            "about": info.description or "",
        }
    return table
