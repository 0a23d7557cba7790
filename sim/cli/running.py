"""Verbs that run the model or work on stored results: run, compare, report, replay."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.cli.health import cores, prepare, writable
from sim.cli.mistakes import Exit, Misused, command_line, shown
from sim.cli.screen import laid_out, margin, paper, plural, print_json, table, watch

if TYPE_CHECKING:
    from sim.comparison import Comparison
    from sim.figures.findings import Spending
    from sim.scenario import Experiment

STACKED = 130  # letters a line, below which each arm's answer is a list
HEADLINES = (
    "operations", "workers", "workers_coerced", "victims", "money_lost_usd", "sales_usd", "coerced_weeks",
    "harm_usd", "recorded_cases", "recovered_usd", "raids", "arrests", "rescued", "seized_usd", "cost_usd",
)  # fmt: skip
NAMED = {
    "workers_coerced": "coerced workers", "money_lost_usd": "money lost", "sales_usd": "sales",
    "coerced_weeks": "weeks of coerced work", "harm_usd": "harm", "recorded_cases": "recorded cases",
    "recovered_usd": "money recovered", "rescued": "persons rescued", "seized_usd": "money seized",
    "cost_usd": "public cost",
}  # fmt: skip
BOTH_SIDES = frozenset({"victims", "money_lost_usd", "sales_usd", "coerced_weeks", "harm_usd"})  # equal in total


@dataclass(frozen=True)
class Order:
    """What a user asks to be run, and how to be told."""

    name: str
    settings: list[str]
    replicates: int | None
    workers: int | None
    out: Path
    seed: int | None
    luck_only: bool
    json: bool
    quiet: bool

    @property
    def silent(self) -> bool:
        """Whether nothing but the answer is printed."""
        return self.quiet or self.json

    def command(self, verb: str, *more: str, here: bool = False) -> str:
        """Return the command that repeats the result; with `here`, also where and with how many workers."""
        words = [verb, self.name, *more]
        for setting in self.settings:
            words += ["--set", setting]
        for option in ("replicates", "seed"):
            value = getattr(self, option)
            words += [] if value is None else [f"--{option}", str(value)]
        words += ["--luck-only"] if self.luck_only and verb == "compare" else []
        if here:
            words += [] if self.workers is None else ["--workers", str(self.workers)]
            words += [] if self.out == Path("results") else ["--out", str(self.out)]
        return command_line(*words)


# ---- what is asked for -------------------------------------------------------------


def opened(name: str, settings: list[str]) -> "Experiment":
    """Return the experiment of a name or a path, with settings replaced; a scenario makes a single arm."""
    from sim.scenario import load_experiment

    return with_settings(load_experiment(name), settings)


def with_settings(experiment: "Experiment", settings: list[str]) -> "Experiment":
    """Return the experiment with values replaced by `path=value` texts."""
    from sim.declare import UnknownName
    from sim.scenario import ScenarioError

    for setting in settings:
        path, value = setting_of(setting)
        try:
            experiment = experiment.set({path: value})
        except UnknownName as error:
            raise Misused(f"--set {setting}: {error}") from error
        except ScenarioError as error:
            raise Misused("\n".join(f"--set {setting}: {problem.message}" for problem in error.problems)) from error
    return experiment


def setting_of(text: str) -> tuple[str, Any]:
    """Return path and value of `path=value`; a value is read as in a file, and may be a list or a mapping."""
    from sim.scenario import ScenarioError
    from sim.scenario.reading import read

    path, equals, value = text.partition("=")
    if not equals or not path.strip():
        raise Misused(f"--set {text}: write PATH=VALUE, as in scale=0.1")
    try:
        return path.strip(), read(f"value: {value}", "--set").mapping["value"].plain()
    except ScenarioError as error:
        raise Misused("\n".join(f"--set {text}: {problem.message}" for problem in error.problems)) from error


def only(experiment: "Experiment", arm: str, name: str) -> "Experiment":
    """Return the experiment with one arm alone."""
    from sim.declare import UnknownName

    if not arm and len(experiment.arms) > 1:
        arms = ", ".join(f"'{one}'" for one in experiment.arms)
        raise Misused(f"{name} has several arms: name one with --arm ({arms}), or use `displace compare`")
    if arm and arm not in experiment.arms:
        raise UnknownName("arm", arm, experiment.arms)
    if not arm or len(experiment.arms) == 1:
        return experiment
    slug = "".join(letter if letter.isascii() and letter.isalnum() else "-" for letter in arm.casefold())
    called = f"{experiment.name}--{'-'.join(filter(None, slug.split('-')))}"[:64]
    return replace(experiment, name=called, arms={arm: experiment.arms[arm]}, baseline=arm, contrasts=(), uncertain=())


# ---- running -----------------------------------------------------------------------


def run_arm(order: Order, arm: str) -> int:
    """Run one scenario or one arm and print its levels; return the exit code."""
    from sim.scenario import find, names

    own = not arm and order.name in names("scenarios")  # an experiment may have the same name
    experiment = opened(str(find(order.name)) if own else order.name, order.settings)
    experiment = only(experiment, arm, order.name)
    _spare_a_comparison(order.out / experiment.name)
    command = ("run", *(("--arm", arm) if arm else ()))
    comparison = carry_out(order, experiment, command)
    page = _report(comparison, order.silent)
    if order.json:
        from sim.comparison.answers import facts

        print_json(facts(comparison, page) | {"levels": levels(comparison)})
    elif not order.quiet:
        show_levels(comparison)
    return _close(order, comparison, page)


def show_levels(comparison: "Comparison") -> None:
    """Print the levels of the only arm, with an interval where there are several runs."""
    runs = comparison.manifest.replicates
    columns = ("Measure", "Unit", "Mean", "90 % interval")[: 3 if runs == 1 else 4]
    rows = [
        (NAMED.get(row["measure"], row["measure"]), row["unit"], _amount(row["mean"]), _interval(row))[: len(columns)]
        for row in levels(comparison)
        if row["side"] != "victim" or row["measure"] not in BOTH_SIDES
    ]
    counted = "one run" if runs == 1 else f"mean of {plural(runs, 'run')}"
    title = f"{comparison.manifest.experiment}: {_window(comparison)}, {counted}"
    paper().print(table(columns, rows, title=title, numbers=columns[2:]))


def _spare_a_comparison(folder: Path) -> None:
    """Refuse to replace the stored comparison of several arms by a single run."""
    from sim.record import NoResults, StoredDataDamaged, load_manifest

    try:
        arms = load_manifest(folder).arms
    except (NoResults, StoredDataDamaged):
        return
    if len(arms) > 1:
        raise Misused(f"{folder} holds a comparison of {len(arms)} arms: name another folder with --out")


def compare_arms(order: Order) -> int:
    """Run all arms of an experiment, write its report and print the answer; return the exit code."""
    experiment = opened(order.name, order.settings)
    if len(experiment.arms) == 1:
        instead = command_line("run", order.name)
        raise Misused(f"{order.name} has one arm only: there is nothing to compare it with; use `{instead}`")
    comparison = carry_out(order, experiment, ("compare",))
    page = _report(comparison, order.silent)
    if order.json:
        from sim.comparison.answers import answer, facts

        print_json(facts(comparison, page) | answer(comparison))
    elif not order.quiet:
        show_answer(comparison)
    return _close(order, comparison, page)


def carry_out(order: Order, experiment: "Experiment", verb: tuple[str, ...]) -> "Comparison":
    """Run what has not been run yet, with progress on stderr."""
    if not writable(order.out):
        raise Misused(f"{order.out}: nothing can be written there; name another folder with --out")
    workers = order.workers or cores()
    replicates = order.replicates or experiment.replicates
    if not order.silent:
        clock = experiment.arms[experiment.baseline].scenario.clock
        runs = plural(len(experiment.arms) * replicates, "run")
        arms = f"{plural(len(experiment.arms), 'arm')}, {plural(replicates, 'replicate')}"
        weeks = f"{clock.burn_in} + {clock.weeks} weeks"
        margin().print(f"{experiment.name}: {arms}, so {runs} of {weeks}, {plural(workers, 'worker')}")
    try:
        prepare(order.silent)
        from sim.ensemble import compare

        with watch(order.silent) as progress:
            return compare(
                experiment, replicates=replicates, workers=workers, out=order.out, luck_only=order.luck_only,
                seed=order.seed, progress=progress, command=order.command(*verb),
            )  # fmt: skip
    except KeyboardInterrupt as stop:
        done = getattr(stop, "done", 0)
        after = f" after {done} of {plural(len(experiment.arms) * replicates, 'run')}" if done else ""
        raise KeyboardInterrupt(f"stopped{after}; go on with: {order.command(*verb, here=True)}") from stop


def compared(order: Order, experiment: "Experiment") -> "Comparison":
    """Return the paired comparison, as it is stored or run; a report that it had is written anew."""
    from sim.laboratory import stored_already

    folder = order.out / experiment.name
    seed = experiment.seed if order.seed is None else order.seed
    replicates = order.replicates or experiment.replicates
    kept = stored_already(experiment, folder, replicates, seed, order.luck_only)
    if kept is not None:
        return kept
    had_report = (folder / "report.html").exists()
    comparison = carry_out(order, experiment, ("compare",))
    if had_report:
        from sim.reports import report

        report(comparison)
    return comparison


def slug(text: str) -> str:
    """Return the name of a folder that no other text has."""
    words = "".join(letter if letter.isascii() and (letter.isalnum() or letter == ".") else "-" for letter in text)
    readable = "-".join(filter(None, words.split("-")))[:60]
    return f"{readable}-{blake2b(text.encode(), digest_size=3).hexdigest()}"


def _report(comparison: "Comparison", silent: bool) -> Path:
    """Write report and figures and return the page."""
    if not silent:
        margin().print("Drawing the figures and writing the report.")
    from sim.reports import report

    try:
        return report(comparison)
    except KeyboardInterrupt as stop:
        again = command_line("report", comparison.folder)
        raise KeyboardInterrupt(f"stopped while drawing; the runs are kept; go on with: {again}") from stop


def _close(order: Order, comparison: "Comparison", page: Path) -> int:
    """Say what has failed and where the results are; return the exit code."""
    for failure in comparison.failures:
        margin().print(failure_words(failure), soft_wrap=True)
    if not order.json:
        paper().print(f"{page}" if order.quiet else f"\nReport: {page}", soft_wrap=True)
    return Exit.SOME_FAILED if comparison.failures else Exit.DONE


def failure_words(failure: Mapping[str, Any]) -> str:
    """Return which run has failed, of what, and the command that repeats it."""
    where = "" if failure["week"] is None else f" in week {failure['week']}"
    which = f"{failure['arm']}, replicate {failure['replicate']}{where}"
    what = f"{failure['kind']}: {failure['message']}"
    return shown(f"failed: {which}: {what} (repeat it: {failure['command']})")


# ---- answers -----------------------------------------------------------------------


def show_answer(comparison: "Comparison") -> None:
    """Print the table of answers and the computed sentences, the same as in the report."""
    from sim.reports import answer_table, findings_of

    findings = findings_of(comparison)
    found = answer_table(findings)
    plans = [_plan_words(findings.spending[arm.name]) for arm in findings.policies]
    columns, rows = [*found.columns], [[*row] for row in found.rows]
    if len(set(plans)) > 1:
        columns.append("Planned a year")
        for row, plan in zip(rows, plans, strict=True):
            row.append(plan)
    screen = paper()
    title = f"{findings.experiment} ({findings.status.upper()}): {findings.question}"
    screen.print()
    screen.print(laid_out(screen.width, columns, rows, title=title, least=STACKED))
    if len(set(plans)) == 1 and len(plans) > 1:
        screen.print(f"Planned by each of these arms: {plans[0]} a year of public money.")
    for sentence in (*findings.sentences, findings.spread):
        screen.print(shown(f"- {sentence}"))


def _plan_words(money: "Spending") -> str:
    """Return what an arm has planned to spend a year."""
    from sim.figures.look import usd

    return usd(money.planned) if money.planned else "nothing"


def levels(comparison: "Comparison") -> list[dict[str, Any]]:
    """Return the main measures of the only arm over the window, in total."""
    rows = comparison.summary()
    rows = rows[(rows["scope"] == "total") & (rows["crime"] == "all") & rows["measure"].isin(HEADLINES)]
    order = {measure: place for place, measure in enumerate(HEADLINES)}
    kept = ["measure", "side", "unit", "n", "mean", "median", "lo90", "hi90"]
    rows = rows.sort_values("measure", key=lambda measures: measures.map(order), kind="stable")
    return [dict(zip(kept, row, strict=True)) for row in rows[kept].itertuples(index=False)]


def _window(comparison: "Comparison") -> str:
    first, last = comparison.manifest.window
    return f"weeks {first} to {last}"


def _amount(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:,.3g}"


def _interval(row: Mapping[str, Any]) -> str:
    return f"{_amount(row['lo90'])} to {_amount(row['hi90'])}" if row["n"] > 1 else ""


# ---- stored results ----------------------------------------------------------------


def write_report(folder: Path, json: bool, quiet: bool) -> int:
    """Write the report of stored results anew."""
    from sim.comparison import open_results

    comparison = open_results(folder)
    page = _report(comparison, quiet or json)
    if json:
        from sim.comparison.answers import facts

        print_json(facts(comparison, page))
    else:
        paper().print(f"{page}" if quiet else f"Report: {page}", soft_wrap=True)
    return Exit.DONE


def replay_run(folder: Path, arm: str, replicate: int, json: bool, quiet: bool) -> int:
    """Repeat one stored run and say whether it is the same; return the exit code."""
    from sim.record import verify

    manifest = verify(folder)
    arm = arm or manifest.baseline
    if not 0 <= replicate < manifest.replicates:
        last = manifest.replicates - 1
        raise Misused(f"{folder} has no replicate {replicate}: they are numbered 0 to {last}")
    prepare(quiet or json)
    from sim.ensemble import replay

    found = replay(folder, arm, replicate)
    same = not found.differences
    if json:
        print_json({
            "arm": arm, "replicate": replicate, "equal": same, "differences": found.differences,
            "changed": found.changed,
        })  # fmt: skip
    elif same and not quiet:
        paper().print(f"{arm}, replicate {replicate}: every number is the same.", soft_wrap=True)
    if not same and not json:
        for line in (f"{arm}, replicate {replicate}: the numbers differ", *found.differences, *found.changed):
            margin().print(shown(line), soft_wrap=True)
    elif found.changed and not quiet and not json:
        paper().print(f"Changed since: {'; '.join(found.changed)}.", soft_wrap=True)
    return Exit.DONE if same else Exit.DAMAGED
