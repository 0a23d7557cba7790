"""The verb laboratory: estimators of the field, scored on recorded crime against what happened in the model."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from json import dumps
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.cli.mistakes import Exit, Misused, command_line, shown
from sim.cli.running import Order, compared, failure_words, opened, slug, with_settings
from sim.cli.screen import heading, margin, paper, print_json, table

if TYPE_CHECKING:
    from sim.laboratory import Areas, Design, Score
    from sim.scenario import Experiment

COLUMNS = (
    "Arm", "Estimator", "n", "Truth", "Estimate", "Bias", "RMSE", "Covers", "Wrong sign", "Phantom", "Pre-trend",
)  # fmt: skip
PICTURES = ("laboratory.png", "laboratory.svg")
RECORDS = (
    "Recorded cases are counted where victims live: crime done from afar has no recorded host, so nothing here says "
    "where operations sit."
)
OFTEN = 0.1  # share of runs without a policy from which phantoms are pointed out


@dataclass(frozen=True)
class Point:
    """The experiment at one point of the grid, and what an evaluator of each arm compares there."""

    settings: tuple[str, ...]
    experiment: "Experiment"
    plans: tuple["Design", ...]

    @property
    def name(self) -> str:
        """What is set, as the table has it; empty without a grid."""
        return "; ".join(self.settings)

    @property
    def label(self) -> str:
        """What is set, in short."""
        parts = (setting.partition("=") for setting in self.settings)
        return ", ".join(f"{path.rpartition('.')[2].replace('_', ' ')} {_short(value)}" for path, _, value in parts)


@dataclass(frozen=True)
class Study:
    """One experiment at every point of its grid."""

    order: Order
    points: tuple[Point, ...]
    left_out: tuple[str, ...]

    @property
    def name(self) -> str:
        """The name of the experiment."""
        return self.points[0].experiment.name

    @property
    def gridded(self) -> bool:
        """Whether anything is varied."""
        return any(point.settings for point in self.points)

    @property
    def folder(self) -> Path:
        """Where the answer goes: beside the results, or in a folder of its own for a grid."""
        return self.order.out / (f"{self.name}-laboratory" if self.gridded else self.name)

    def order_of(self, point: Point) -> Order:
        """Return what is to be run at a point."""
        out = self.order.out if not self.gridded else self.folder / slug(point.name)
        return replace(self.order, settings=[*self.order.settings, *point.settings], out=out)


def _short(value: str) -> str:
    try:
        return f"{float(value):,.12g}"
    except ValueError:
        return value


def evaluate(order: Order, names: Sequence[str], grid: Sequence[str], buffer: str, control: str) -> int:
    """Run or reuse the comparisons, score the estimators, write and print; return the exit code."""
    from sim.laboratory import GRIDS

    given, areas = grid_of(grid), areas_of(buffer, control)
    chosen = dict.fromkeys(names, given) or {name: given or dict(GRIDS[name]) for name in GRIDS}
    again = command_line("laboratory", *names, *_options(order, grid, buffer, control))
    studies = [study_of(replace(order, name=name), one, areas) for name, one in chosen.items()]
    answers, failed = [], False
    try:
        for study in studies:
            found, failures = carried_out(study)
            failed |= failures > 0
            answers.append(facts(study, found, again))
            write(study, found)
            if not order.json:
                show(study, found)
    except KeyboardInterrupt as stop:
        raise KeyboardInterrupt(f"stopped; what has finished is kept, go on with: {again}") from stop
    if order.json:
        print_json(answers)
    return Exit.SOME_FAILED if failed else Exit.DONE


# ---- what is asked for -----------------------------------------------------------------


def grid_of(texts: Sequence[str]) -> dict[str, tuple[Any, ...]]:
    """Return path and values of each `path=value,value`; values are read as in a file."""
    from sim.scenario import ScenarioError
    from sim.scenario.reading import read

    found = {}
    for text in texts:
        path, _, values = (part.strip() for part in text.partition("="))
        if not path or not values:
            raise Misused(f"--grid {text}: write PATH=VALUE,VALUE, as in scale=0.1,0.2")
        try:
            listed = read(f"values: [{values}]", "--grid").mapping["values"].items
            found[path] = tuple(item.plain() for item in listed)
        except ScenarioError as error:
            raise Misused("\n".join(f"--grid {text}: {problem.message}" for problem in error.problems)) from error
    return found


def areas_of(buffer: str, control: str) -> "Areas":
    """Return the countries named for buffer and control, by code with commas between."""
    from sim.laboratory import Areas

    named = [tuple(code.strip() for code in text.split(",") if code.strip()) or None for text in (buffer, control)]
    both = sorted(set(named[0] or ()) & set(named[1] or ()))
    if both:
        raise Misused(f"{', '.join(both)}: a country is either in the buffer or in the control")
    return Areas(buffer=named[0], control=named[1])


def _options(order: Order, grid: Sequence[str], buffer: str, control: str) -> list[str]:
    """Return the options that repeat the command."""
    words = [word for text in grid for word in ("--grid", text)]
    words += [word for text in order.settings for word in ("--set", text)]
    for name in ("replicates", "seed", "workers"):
        value = getattr(order, name)
        words += [] if value is None else [f"--{name}", str(value)]
    words += ["--buffer", buffer] if buffer else []
    words += ["--control", control] if control else []
    words += ["--luck-only"] if order.luck_only else []
    return words + ([] if order.out == Path("results") else ["--out", str(order.out)])


def study_of(order: Order, grid: Mapping[str, Sequence[Any]], areas: "Areas") -> Study:
    """Return what there is to do for one experiment; whatever is wrong shows before anything runs."""
    from sim.laboratory import NothingToEvaluate, designs, points

    experiment = opened(order.name, order.settings)
    made: list[Point] = []
    left_out: dict[str, None] = {}
    for values in points(grid):
        settings = [f"{path}={dumps(value)}" for path, value in values.items()]
        here = with_settings(experiment, settings)
        try:
            plans, reasons = designs(here, areas)
        except NothingToEvaluate as error:
            raise Misused(str(error)) from error
        made.append(Point(tuple(settings), here, tuple(plans)))
        left_out |= dict.fromkeys(reasons)
    return Study(order, tuple(made), tuple(left_out))


# ---- running and scoring ---------------------------------------------------------------


def carried_out(study: Study) -> tuple[list["Score"], int]:
    """Return the scores at all points of the grid, and how many runs have failed."""
    from sim.laboratory import scores

    found, failures = [], 0
    for point in study.points:
        comparison = compared(study.order_of(point), point.experiment)
        found += scores(comparison, point.plans, point.name, study.order.replicates)
        for failure in comparison.failures:
            margin().print(failure_words(failure), soft_wrap=True)
        failures += len(comparison.failures)
    return found, failures


def write(study: Study, found: Sequence["Score"]) -> None:
    """Write table and figure into the folder, each whole; beside results the manifest vouches for them."""
    from sim.figures import look
    from sim.figures.laboratory import draw
    from sim.laboratory import TABLE, write_table
    from sim.record import disown, register, write_text, written_whole

    disown(study.folder, (TABLE, *PICTURES))
    write_table(study.folder, found)
    figure = draw(found, labels_of(study), {point.name: point.label for point in study.points}, footer(study))
    png, svg = (study.folder / name for name in PICTURES)
    write_text(svg, look.svg(figure))
    with written_whole(png) as unfinished:
        unfinished.write_bytes(look.png(figure))
    if not study.gridded:
        register(study.folder, (TABLE, *PICTURES))


def labels_of(study: Study) -> dict[str, str]:
    """Return the words for every arm that is evaluated."""
    return {plan.arm: plan.label for point in study.points for plan in point.plans}


def footer(study: Study) -> str:
    """Return what stands below the figure."""
    experiment = study.points[0].experiment
    status = experiment.arms[experiment.baseline].scenario.status.upper()
    return (
        f"{status} · {study.name} · recorded cases by victims' country against victimisations in the model, weeks "
        "after the start of each policy; the truth is of the mean over paired runs. Phantom: an effect at 5 % where "
        "nothing happens. The displacement quotient has another unit and stands in the table."
    )


# ---- answers ---------------------------------------------------------------------------


def show(study: Study, found: Sequence["Score"]) -> None:
    """Print what is compared with what, the table at each point, what can be said, and where it is."""
    from sim.laboratory import TABLE

    screen = paper()
    if study.order.quiet:
        screen.print(f"{study.folder / TABLE}", soft_wrap=True)
        return
    experiment = study.points[0].experiment
    screen.print(heading(f"{study.name} ({experiment.arms[experiment.baseline].scenario.status.upper()})"))
    for line in (RECORDS, *(plan.words for plan in study.points[0].plans), *study.left_out):
        screen.print(shown(f"- {line}"))
    labels = labels_of(study)
    for point in study.points:
        rows = [cells(score, labels) for score in found if score.grid == point.name]
        screen.print(table(COLUMNS, rows, title=point.name, numbers=COLUMNS[2:]))
    for sentence in sentences(found, labels, {point.name: point.label for point in study.points}):
        screen.print(shown(f"- {sentence}"))
    screen.print(f"\nTable: {study.folder / TABLE}\nFigure: {study.folder / PICTURES[0]}", soft_wrap=True)


def cells(score: "Score", labels: Mapping[str, str]) -> tuple[str, ...]:
    """Return a row of the table."""
    from sim.laboratory import ESTIMATORS

    words = {one.name: one.label for one in ESTIMATORS}
    unit, digits = ("", 2) if score.unit == "ratio" else (" %", 1)
    numbers = [f"{_number(value, digits)}{unit if isfinite(value) else ''}" for value in (score.truth, score.estimate)]
    about = f" ± {2 * score.bias_se:.{digits}f}" if isfinite(score.bias_se) else ""
    numbers += [_number(score.bias, digits) + about, _number(score.rmse, digits).removeprefix("+")]
    shares = (score.coverage95, score.wrong_sign, score.phantom, score.pretrend)
    numbers += [f"{100 * share:.0f} %" if isfinite(share) else "" for share in shares]
    return labels[score.arm], words[score.estimator], str(score.n), *numbers


def _number(value: float, digits: int) -> str:
    return f"{value:+.{digits}f}".replace("-", "−") if isfinite(value) else ""


def sentences(found: Sequence["Score"], labels: Mapping[str, str], points: Mapping[str, str]) -> list[str]:
    """Return what can be said: what happened in each arm, then who sees effects where nothing happens."""
    from sim.laboratory import ESTIMATORS

    said = []
    for score in found:
        if score.estimator == "did_areas" and isfinite(score.truth):
            where = f", {points[score.grid]}" if score.grid else ""
            inside, beside = (f"{_number(change, 1)} %" for change in (score.truth, score.compared))
            said.append(
                f"In the model, under “{labels[score.arm]}”{where}, victimisations of residents of the treated "
                f"countries changed by {inside} against the paired baseline, those of residents of the countries they "
                f"are compared with by {beside} (mean of {score.n} pairs)."
            )
    for one in ESTIMATORS:
        seen = [score.phantom for score in found if score.estimator == one.name and isfinite(score.phantom)]
        if seen and max(seen) > OFTEN:
            reach = f"{100 * min(seen):.0f} to {100 * max(seen):.0f} %" if len(seen) > 1 else f"{100 * seen[0]:.0f} %"
            said.append(f"In the model, where nothing happens, {one.label} still finds an effect in {reach} of runs.")
    return said


def facts(study: Study, found: Sequence["Score"], again: str) -> dict[str, Any]:
    """Return the answer as plain values."""
    from sim.laboratory import TABLE

    return {
        "experiment": study.name, "command": again, "records": RECORDS, "table": str(study.folder / TABLE),
        "figures": [str(study.folder / name) for name in PICTURES],
        "designs": [
            {"grid": point.name, "arm": plan.arm, "start": plan.start, "treated": plan.treated, "buffer": plan.buffer,
             "control": plan.control, "periods_before": plan.before, "periods_after": plan.after}
            for point in study.points for plan in point.plans
        ],
        "left_out": study.left_out,
        "scores": [asdict(score) for score in found],
    }  # fmt: skip
