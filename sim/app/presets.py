"""The settings of the sandbox: worlds in which acting together helps, changes nothing, comes too late or does harm.

What acting together (B) changes against one country that acts alone (A), in per cent of the harm in the whole world,
from the first week to the last; the same seeds for both. By `python -m sim.app.presets 20`:

| preset | median change of harm (%) | from, to | lower in |
|---|---|---|---|
| balloon | −2.5 | −4.7, −0.9 | 20 of 20 |
| everybody | −10.7 | −14.5, −8.0 | 20 of 20 |
| too-late | −1.2 | −1.9, −0.5 | 20 of 20 |
| no-difference | −0.2 | −3.4, +4.0 | 11 of 20 |
| backfires | +2.7 | +0.2, +6.7 | 0 of 20 |
"""

import statistics
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Timeline = list[dict[str, Any]]
MOST_ENTRIES = 60  # of a timeline
ACTOR = "varda"
ORDER = ("orlen", "tess", "mira", "kelbor", "lumet", "quenna", "brond", "sanvi", "ivarre", "dorvil", "nerrit")
BEGINS = 13  # week in which pressure is raised


@dataclass(frozen=True, kw_only=True)
class Preset:
    """One setting of the lesson: what differs from `balloon.yaml`, the money, and the worlds it opens with."""

    label: str
    about: str
    a: Timeline
    b: Timeline
    actor: str = ACTOR
    order: tuple[str, ...] = ORDER  # in which the number of partners adds them
    usd_per_year: float = 1.0e7  # spent at full pressure, however many share it
    changes: Mapping[str, Any] = field(default_factory=dict)  # as a scenario file that builds on `balloon` says them


def squeeze(week: int = BEGINS, **settings: Any) -> Timeline:
    """Return a timeline of full pressure from a week on."""
    return [{"week": week, "pressure": 1.0, **settings}]


def together(partners: int, **settings: Any) -> Timeline:
    """Return a timeline of full pressure with some partners who pass on most of what their victims report."""
    return squeeze(partners=list(ORDER[:partners]), sharing=0.6, **settings)


def _bought(*codes: str) -> dict[str, Any]:
    return {code: {"corruption": 0.95, "source": "assumption"} for code in codes}


def _mostly_in_varda() -> list[dict[str, Any]]:
    """Return founders of whom forty scam operations sit in Varda and eight in every other country."""
    rows = []
    for code in (ACTOR, *ORDER):
        here = 3600 if code == ACTOR else 720
        rows.append({"country": code, "crime": "online_fraud", "workers": here, "coerced": 0.4, "source": "invented"})
        rows.append({"country": code, "crime": "drugs", "workers": 180, "source": "invented"})
    return rows


LARGE = {ACTOR: {"size": 6.0, "teams": 20, "source": "assumption"}}

PRESETS: dict[str, Preset] = {
    "balloon": Preset(
        label="The balloon",
        about="Varda acts alone, or with four partners for the same money.",
        a=squeeze(), b=together(4),
    ),
    "everybody": Preset(
        label="Everybody",
        about="Varda acts alone, or all twelve act together for the same money.",
        a=squeeze(), b=together(11),
    ),
    "too-late": Preset(
        label="Too late",
        about="All twelve agree to act together, but it takes them three and a half years to begin.",
        a=squeeze(), b=together(11, delay=182),
    ),
    "no-difference": Preset(
        label="Nearly all in one place",
        about="Most operations sit in Varda. Four partners pass on what their victims report, and take four fifths of "
              "the money.",
        a=squeeze(), b=together(4),
        changes={"world": {"override": LARGE}, "founders": _mostly_in_varda()},
    ),
    "backfires": Preset(
        label="Money in the wrong place",
        about="Most operations sit in Varda, and the police of all others can be bought: raids are announced, and what "
              "is shared leaks.",
        a=squeeze(), b=together(11),
        changes={
            "world": {"override": LARGE | _bought(*ORDER)},
            "founders": _mostly_in_varda(),
            "parameters": {"enforcement": {"case_leak": 0.6}},  # an assumption: the far end of what is plausible
        },
    ),
}  # fmt: skip


def table(seeds: int) -> str:
    """Run every preset with some seeds and return a table of what acting together changes."""
    from sim.app.live import try_seeds

    lines = ["| preset | median change of harm (%) | from, to | lower in |", "|---|---|---|---|"]
    for name, preset in PRESETS.items():
        answer = try_seeds(name, preset.a, preset.b, seeds)
        found = [100.0 * (one["b_total"] / one["a_total"] - 1.0) for one in answer["seeds"]]
        span = f"{min(found):+.1f}, {max(found):+.1f}"
        lines.append(f"| {name} | {statistics.median(found):+.1f} | {span} | {answer['lower']} of {seeds} |")
        print(lines[-1], file=sys.stderr)
    return "\n".join(lines)


if __name__ == "__main__":
    print(table(int(sys.argv[1]) if len(sys.argv) > 1 else 20))
