"""The verb robustness: which sentences of a report survive other rules of choice, mechanisms off, other assumptions."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from json import dumps
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.cli.mistakes import Exit, Misused, command_line, lines_of, shown
from sim.cli.running import Order, compared, failure_words, opened, slug
from sim.cli.screen import heading, margin, paper, plural, print_json, table

if TYPE_CHECKING:
    from sim.comparison import Comparison
    from sim.robustness import Moved, Robustness, Variation
    from sim.scenario import Experiment

SENTENCES = ("No.", "What the sentence holds", "Survives in", "Fails in", "Not decided in")
TORNADO = ("Assumption or variation", "Value", "Change", "90 % interval")
LEAKAGES = ("Variation", "Simulated", "90 % interval", "Mechanical", "Difference")
NAMED = 3  # variations that a cell names
BARS = 12  # rows of the printed tornado
PICTURES = ("robustness.png", "robustness.svg", "robustness-tornado.png", "robustness-tornado.svg")


@dataclass(frozen=True)
class Study:
    """One experiment and what is to be changed in it."""

    order: Order  # with its number of replicates
    experiment: "Experiment"
    plans: tuple[tuple["Variation", "Experiment"], ...]
    left_out: tuple[str, ...]  # variations that change nothing here

    @property
    def folder(self) -> Path:
        """Where the answer goes: beside the results."""
        return self.order.out / self.experiment.name

    def order_of(self, variation: "Variation") -> Order:
        """Return what is to be run for a variation: in a folder of its own, beside the results."""
        settings = [f"{path}={dumps(value)}" for path, value in variation.settings.items()]
        out = self.order.out / f"{self.experiment.name}-robustness" / slug(f"{variation.name} {' '.join(settings)}")
        return replace(self.order, settings=[*self.order.settings, *settings], out=out)


def examine(order: Order, groups: Sequence[str], names: Sequence[str]) -> int:
    """Run or reuse the comparison and its variations, judge the sentences, write and print; return the exit code."""
    again = command_line("robustness", order.name, *_options(order, groups, names))
    study = study_of(order, groups, names)
    try:
        found, failures = carried_out(study)
        write(study, found)
    except KeyboardInterrupt as stop:
        raise KeyboardInterrupt(f"stopped; what has finished is kept, go on with: {again}") from stop
    if order.json:
        print_json(facts(study, found, again))
    else:
        show(study, found)
    return Exit.SOME_FAILED if failures else Exit.DONE


def _options(order: Order, groups: Sequence[str], names: Sequence[str]) -> list[str]:
    """Return the options that repeat the command."""
    words = [f"--{group}s" for group in groups]
    words += [word for name in names for word in ("--only", name)]
    words += [word for text in order.settings for word in ("--set", text)]
    for name in ("replicates", "seed", "workers"):
        value = getattr(order, name)
        words += [] if value is None else [f"--{name}", str(value)]
    words += ["--luck-only"] if order.luck_only else []
    return words + ([] if order.out == Path("results") else ["--out", str(order.out)])


def study_of(order: Order, groups: Sequence[str], names: Sequence[str]) -> Study:
    """Return what there is to do; whatever is wrong shows before anything runs."""
    from sim.robustness import REPLICATES, chosen, variations, varied

    experiment = opened(order.name, order.settings)
    if len(experiment.arms) == 1:
        raise Misused(f"{order.name} has one arm only: its report compares nothing, so that nothing can survive")
    plans, left_out = [], []
    for variation in chosen(variations(experiment), groups, names):
        changed = varied(experiment, variation)
        if changed is None:
            left_out.append(variation.name)
        else:
            plans.append((variation, changed))
    if not plans:
        raise Misused(
            f"{', '.join(left_out) or 'no variation'}: it changes nothing in {order.name}, or cannot be there"
        )
    replicates = order.replicates or min(REPLICATES, experiment.replicates)
    return Study(replace(order, replicates=replicates), experiment, tuple(plans), tuple(left_out))


# ---- running and judging ---------------------------------------------------------------


def carried_out(study: Study) -> tuple["Robustness", int]:
    """Return what becomes of the report's sentences in every variation, and how many runs have failed.

    The sentences are those of the stored comparison, which may have more replicates than the variations have.
    """
    from sim.robustness import AS_STATED, Robustness, moved, outcomes

    silent, count = study.order.silent, len(study.plans)
    original = compared(study.order, study.experiment)
    same = original.manifest.replicates == study.order.replicates
    stated = original if same else compared(study.order_of(AS_STATED), study.experiment)
    failures = sum(told(one) for one in ((original,) if same else (original, stated)))
    said = original.said()
    judged, shifts = list(outcomes(said, AS_STATED, stated)), list(moved(stated, AS_STATED, stated))
    for place, (variation, changed) in enumerate(study.plans, 1):
        if not silent:
            margin().print(f"variation {place} of {count}: {variation.name}", soft_wrap=True)
        found, failed = attempted(study.order_of(variation), changed)
        failures += failed
        judged += outcomes(said, variation, found)
        shifts += moved(stated, variation, found) if found is not None else ()
    return Robustness(tuple(judged), tuple(shifts)), failures


def attempted(order: Order, experiment: "Experiment") -> tuple["Comparison | None", int]:
    """Return the comparison of a variation, or None if no run of its baseline finishes, and how many runs failed."""
    from sim.ensemble import NothingToCompare

    try:
        found = compared(order, experiment)
    except NothingToCompare as nothing:
        for line in lines_of(nothing):
            margin().print(shown(line), soft_wrap=True)
        return None, max(1, len(nothing.failures))
    return found, told(found)


def told(comparison: "Comparison") -> int:
    """Tell which runs have failed and return how many."""
    for failure in comparison.failures:
        margin().print(failure_words(failure), soft_wrap=True)
    return len(comparison.failures)


def write(study: Study, found: "Robustness") -> None:
    """Write tables and figures beside the results, each whole, vouched for by the manifest; renew the report."""
    from sim.comparison import open_results
    from sim.figures import look
    from sim.figures.robustness import draw_matrix, draw_tornado
    from sim.record import disown, register, write_text, written_whole
    from sim.reports import report
    from sim.robustness import EFFECTS, TABLE, write_tables

    disown(study.folder, (TABLE, EFFECTS, *PICTURES))
    write_tables(study.folder, found)
    for figure, place in ((draw_matrix(found, footer(study)), 0), (draw_tornado(found, footer(study)), 2)):
        png, svg = (study.folder / name for name in PICTURES[place : place + 2])
        write_text(svg, look.svg(figure))
        with written_whole(png) as unfinished:
            unfinished.write_bytes(look.png(figure))
    register(study.folder, (TABLE, EFFECTS, *PICTURES))
    report(open_results(study.folder))


def footer(study: Study) -> str:
    """Return what stands below the figures."""
    status = study.experiment.arms[study.experiment.baseline].scenario.status.upper()
    return (
        f"{status} · {study.experiment.name} · {plural(study.order.replicates or 0, 'paired run')} of each variation, "
        "with the same luck and the same drawn parameters; everything is in the model"
    )


# ---- answers ---------------------------------------------------------------------------


def show(study: Study, found: "Robustness") -> None:
    """Print what becomes of each sentence, what moves the conclusion most, leakages, and where it all is."""
    from sim.robustness import EFFECTS, TABLE, sentences

    screen = paper()
    if study.order.quiet:
        screen.print(f"{study.folder / TABLE}", soft_wrap=True)
        return
    experiment = study.experiment
    status = experiment.arms[experiment.baseline].scenario.status.upper()
    count = len(found.variations)
    title = f"{experiment.name} ({status}): {plural(count, 'variation')}, {plural(study.order.replicates or 0, 'pair')}"
    screen.print(heading(title))
    rows = [
        (
            str(place),
            "; ".join(claim.removesuffix(".") for claim in found.claims(place)),
            f"{len(found.where(place, 'survives'))} of {count}",
            names_of(found.where(place, "fails")),
            names_of(found.where(place, "undecided", "undefined")),
        )
        for place in found.texts
    ]
    if rows:
        screen.print(table(SENTENCES, rows, numbers=("Survives in",)))
    for number in found.numbers[:1]:
        bars = found.tornado(number)
        (label,) = {one.label for one in found.of(number)}
        lines = [tornado_row(name, one) for name, ends in bars[:BARS] for one in ends]
        told = f"What moves it most: {label}, % of the baseline's harm"
        screen.print(table(TORNADO, lines, title=told, numbers=TORNADO[1:]))
    for number in [one for one in found.numbers if one[0] == "leakage"][:1]:
        (label,) = {one.label for one in found.of(number)}
        told = f"Leakage by host under “{label}”, simulated beside mechanical"
        screen.print(table(LEAKAGES, map(leakage_row, found.of(number)), title=told, numbers=LEAKAGES[1:]))
    for sentence in sentences(found):
        screen.print(shown(f"- {sentence}"))
    if study.left_out:
        screen.print(shown(f"- Left out, because they change nothing here or cannot be: {', '.join(study.left_out)}."))
    for what, name in (("Sentences", TABLE), ("Effects and leakages", EFFECTS), ("Figures", PICTURES[0])):
        screen.print(f"{what}: {study.folder / name}", soft_wrap=True)


def names_of(variations: Sequence[str]) -> str:
    """Return some names, and how many more there are."""
    more = len(variations) - NAMED
    return ", ".join(variations[:NAMED]) + (f" and {more} more" if more > 0 else "")


def tornado_row(name: str, one: "Moved") -> tuple[str, ...]:
    """Return what one variation makes of a number."""
    what = name if name == one.variation else one.variation
    limits = f"{_signed(one.change_lo90, 2)} to {_signed(one.change_hi90, 2)}" if isfinite(one.change_lo90) else ""
    return what, _signed(one.value, 2), _signed(one.change, 2), limits


def leakage_row(one: "Moved") -> tuple[str, ...]:
    """Return one leakage beside what the choice rule alone would give."""
    ends = (_plain(value, 2) or "no limit" for value in (one.lo90, one.hi90))
    limits = " to ".join(ends) if isfinite(one.value) else ""
    value = _plain(one.value, 2) or "undefined"
    return one.variation, value, limits, _plain(one.mechanical, 2) or "none", _signed(one.beyond_mechanical, 2)


def _signed(value: float, digits: int) -> str:
    return f"{value:+.{digits}f}".replace("-", "−") if isfinite(value) else ""


def _plain(value: float, digits: int) -> str:
    return _signed(value, digits).removeprefix("+")


def facts(study: Study, found: "Robustness", again: str) -> dict[str, Any]:
    """Return the answer as plain values."""
    from sim.robustness import EFFECTS, TABLE, sentences

    return {
        "experiment": study.experiment.name, "command": again, "replicates": study.order.replicates,
        "tables": [str(study.folder / name) for name in (TABLE, EFFECTS)],
        "figures": [str(study.folder / name) for name in PICTURES],
        "variations": [
            {"name": one.name, "group": one.group, "settings": dict(one.settings), "about": one.about,
             "command": study.order_of(one).command("compare", here=True),
             "sentences_failing": found.broken(one.name)[0], "sentences_not_surviving": found.broken(one.name)[1]}
            for one, _ in study.plans
        ],
        "left_out": study.left_out,
        "sentences": [
            {"sentence": place, "text": text, "holds": found.claims(place), "survives": found.where(place, "survives"),
             "fails": found.where(place, "fails"), "undecided": found.where(place, "undecided"),
             "undefined": found.where(place, "undefined")}
            for place, text in found.texts.items()
        ],
        "share_surviving_everywhere": len(found.everywhere) / len(found.texts) if found.texts else None,
        "share_failing_nowhere": len(found.never_broken) / len(found.texts) if found.texts else None,
        "effects": [asdict(one) for one in found.moved],
        "said": sentences(found),
    }  # fmt: skip
