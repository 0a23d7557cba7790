"""The worlds of the lesson: who acts, with whom, at what price, and what differs from the world as it is shipped."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Timeline = list[dict[str, Any]]
ORDER = ("orlen", "tess", "mira", "kelbor", "lumet", "quenna", "brond", "sanvi", "ivarre", "dorvil", "nerrit")


@dataclass(frozen=True, kw_only=True)
class Preset:
    """One setting of the lesson: what differs from `balloon.yaml`, the money, and the worlds it opens with."""

    label: str
    about: str
    a: Timeline
    b: Timeline
    actor: str = "varda"
    order: tuple[str, ...] = ORDER  # in which the number of partners adds them
    usd_per_year: float = 4.0e6  # spent at full pressure, however many share it
    joint: bool = False  # whether partners also raid all known places of an operation at once
    changes: Mapping[str, Any] = field(default_factory=dict)  # as a scenario file that builds on `balloon` says them


def squeeze(week: int = 13, **settings: Any) -> Timeline:
    """Return a timeline of one entry."""
    return [{"week": week, "pressure": 1.0, **settings}]


PRESETS: dict[str, Preset] = {
    "balloon": Preset(
        label="The balloon",
        about="Varda alone, or with four partners for the same money.",
        a=squeeze(),
        b=squeeze(partners=list(ORDER[:4]), sharing=0.6, delay=0),
    ),
}
