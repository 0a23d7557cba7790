"""The verb routes: which ways of answering a policy make up its effect."""

from collections.abc import Sequence
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING

from sim.cli.health import cores, prepare, writable
from sim.cli.mistakes import Exit, Misused, command_line, shown
from sim.cli.running import Order, failure_words, opened
from sim.cli.screen import heading, margin, paper, plural, print_json, table, watch

if TYPE_CHECKING:
    from sim.ensemble import Failure
    from sim.routes import Decomposition, Share
    from sim.scenario import Experiment

PICTURES = ("routes.png", "routes.svg")
UNIT = "% of what the treated countries have without the policy, 90 % interval"
COLUMNS = ("Part", "Treated", "Elsewhere", "World")
DONE = {  # what an operation does by each route
    "moves_out": "moves", "quiet_spells": "quiet spells", "retargets": "new target countries",
    "hardenings": "hardenings", "switches": "changes of crime", "entries": "entries", "closures": "closures",
}  # fmt: skip


def decompose(order: Order, arms: Sequence[str], permutations: int, exact: bool) -> int:
    """Run or reuse what is needed, write table and figure, print shares and sentences; return the exit code."""
    from dataclasses import asdict

    from sim.record import disown
    from sim.routes import TABLE, acting, facts, write_table

    experiment = opened(order.name, order.settings)
    permutations += permutations % 2  # they come by twos
    chosen = list(dict.fromkeys(arms)) or acting(experiment)[:1]
    if not chosen:
        raise Misused(f"{order.name} has no arm whose policy treats a country: there is nothing to decompose")
    folder = order.out / experiment.name
    again = command_line("routes", order.name, *_options(order, arms, permutations, exact))
    found, failures = carried_out(order, experiment, chosen, permutations, exact, folder, again)
    disown(folder, (TABLE, *PICTURES))  # what is stored there may be the comparison of other runs
    write_table(folder, found)
    draw_figure(order, experiment, folder, found)
    for failure in failures:
        margin().print(failure_words(asdict(failure)), soft_wrap=True)
    if order.json:
        print_json({
            "experiment": experiment.name, "command": again, "table": str(folder / TABLE),
            "figures": [str(folder / name) for name in PICTURES], "arms": [facts(one) for one in found],
            "sentences": sentences(found),
        })  # fmt: skip
    else:
        show(order, experiment, folder, found)
    return Exit.SOME_FAILED if failures else Exit.DONE


def _options(order: Order, arms: Sequence[str], permutations: int, exact: bool) -> list[str]:
    """Return the options that repeat the command."""
    words = [word for arm in arms for word in ("--arm", arm)]
    words += ["--exact"] if exact else ["--permutations", str(permutations)]
    words += [word for text in order.settings for word in ("--set", text)]
    for name in ("replicates", "seed", "workers"):
        value = getattr(order, name)
        words += [] if value is None else [f"--{name}", str(value)]
    words += ["--luck-only"] if order.luck_only else []
    return words + ([] if order.out == Path("results") else ["--out", str(order.out)])


def carried_out(
    order: Order, experiment: "Experiment", arms: Sequence[str], permutations: int, exact: bool, folder: Path,
    again: str,
) -> tuple[list["Decomposition"], list["Failure"]]:  # fmt: skip
    """Run what has not been run yet, with progress on stderr."""
    from sim import routes

    if not writable(order.out):
        raise Misused(f"{order.out}: nothing can be written there; name another folder with --out")
    workers, replicates = order.workers or cores(), order.replicates or experiment.replicates
    most = 2**routes.PLAYERS if exact else 3 + (routes.PLAYERS - 1) * permutations
    if not order.silent:
        counted = f"{plural(len(arms), 'arm')}, {plural(replicates, 'replicate')} of up to {most + 1} runs"
        margin().print(f"{experiment.name}: {counted}, {plural(workers, 'worker')}")
    try:
        prepare(order.silent)
        with watch(order.silent) as progress:
            return routes.decompose(
                experiment, arms, folder, replicates=replicates, permutations=permutations, exact=exact,
                workers=workers, seed=order.seed, luck_only=order.luck_only, progress=progress, command=again,
            )  # fmt: skip
    except routes.NothingToDecompose as error:
        raise Misused(str(error)) from error
    except KeyboardInterrupt as stop:
        raise KeyboardInterrupt(f"stopped; what has finished is kept, go on with: {again}") from stop


def draw_figure(order: Order, experiment: "Experiment", folder: Path, found: Sequence["Decomposition"]) -> None:
    """Write the figure; where the folder holds the comparison of these very runs, its manifest vouches for all."""
    from sim.figures import look
    from sim.figures.routes import draw
    from sim.laboratory import stored_already
    from sim.record import register, write_text, written_whole
    from sim.routes import TABLE

    first, last = found[0].window
    status = experiment.arms[experiment.baseline].scenario.status.upper()
    footer = (
        f"{status} · {experiment.name} · harm by host country, weeks {first} to {last}, mean of "
        f"{plural(len(found[0].parts), 'pair')} with 90 % intervals. Shapley shares; each bar begins where the one "
        "above ends. Incapacitation: every route is blind to the policy."
    )
    figure = draw(found, footer)
    png, svg = (folder / name for name in PICTURES)
    write_text(svg, look.svg(figure))
    with written_whole(png) as unfinished:
        unfinished.write_bytes(look.png(figure))
    seed = experiment.seed if order.seed is None else order.seed
    if stored_already(experiment, folder, 1, seed, order.luck_only) is not None:
        register(folder, (TABLE, *PICTURES))


# ---- answers ---------------------------------------------------------------------------


def show(order: Order, experiment: "Experiment", folder: Path, found: Sequence["Decomposition"]) -> None:
    """Print a table for each arm, what can be said, and where it is."""
    from sim.routes import AREAS, PARTS_OF_IT, TABLE, WORDS

    screen = paper()
    if order.quiet:
        screen.print(f"{folder / TABLE}", soft_wrap=True)
        return
    screen.print(heading(f"{experiment.name} ({experiment.arms[experiment.baseline].scenario.status.upper()})"))
    for one in found:
        first, last = one.window
        for measure in ("harm", "operations"):
            rows = [(part, *(_cell(one.share(part, area, measure)) for area in AREAS)) for part in PARTS_OF_IT]
            title = f"{one.label}: {measure} by host, weeks {first} to {last}, {plural(len(one.parts), 'pair')}; {UNIT}"
            screen.print(table(COLUMNS, rows, title=title, numbers=COLUMNS[1:]))
        rows = [
            (f"{WORDS[route]}: {DONE[shares[0].measure]}", *map(_cell, shares))
            for route, shares in one.answers.items()
            if isfinite(shares[0].value)  # undefined where nobody decides so, as on the crime where there is one
        ]
        title = f"{one.label}: what each route adds to its own decisions; % of those in the treated countries without"
        screen.print(table(COLUMNS, rows, title=title, numbers=COLUMNS[1:]))
    for sentence in sentences(found):
        screen.print(shown(f"- {sentence}"))
    screen.print(f"\nTable: {folder / TABLE}\nFigure: {folder / PICTURES[0]}", soft_wrap=True)


def _cell(share: "Share") -> str:
    if not isfinite(share.value):
        return "undefined"
    interval = f" ({_signed(share.lo90)} to {_signed(share.hi90)})" if isfinite(share.lo90) else ""
    return _signed(share.value) + interval


def _signed(value: float) -> str:
    text = f"{value:+.1f}"
    return "0.0" if text in {"+0.0", "-0.0"} else text.replace("-", "−")


def sentences(found: Sequence["Decomposition"]) -> list[str]:
    """Return what can be said of each arm: the whole, its largest routes, what cannot be told, and the chain."""
    return [sentence for one in found for sentence in (*_of_the_whole(one), *_of_routes(one), *_of_leakage(one))]


def _of_the_whole(one: "Decomposition") -> list[str]:
    from sim.routes import INCAPACITATION, WHOLE

    whole, stopped = ([one.share(part, area) for area in ("treated", "elsewhere")] for part in (WHOLE, INCAPACITATION))
    if not isfinite(whole[0].value):
        return [f"In the model, the treated countries of “{one.label}” host no harm that could change."]
    now, alone = ([_signed(share.value) for share in pair] for pair in (whole, stopped))
    if one.everywhere:
        return [
            f"In the model, “{one.label}” changed harm by {now[0]} %; with every response blind to it, by {alone[0]} % "
            f"(mean of {plural(len(one.parts), 'pair')}). It treats every country: there is no elsewhere to go to."
        ]
    return [
        f"In the model, “{one.label}” changed harm in the treated countries by {now[0]} % and elsewhere by {now[1]} % "
        f"of what the treated countries have without it; with every response blind to it, by {alone[0]} % and "
        f"{alone[1]} % (mean of {plural(len(one.parts), 'pair')})."
    ]


def _of_routes(one: "Decomposition") -> list[str]:
    from sim.phases.shadow import Route
    from sim.routes import WORDS

    said = []
    clear = [one.share(WORDS[route], "elsewhere") for route in Route]
    clear = sorted((share for share in clear if share.clear), key=lambda share: -abs(share.value))
    if clear:
        listed = ", ".join(f"{share.part} {_signed(share.value)} %" for share in clear)
        said.append(f"In the model, these ways carried it elsewhere, or kept it away: {listed}.")
    dead = one.dead()
    if dead:
        said.append(
            f"In the model, these {plural(len(one.parts), 'pair')} cannot tell the share of {', '.join(dead)} from "
            "nothing in any area, neither in harm nor in operations nor in what operations decide: dead here, or too "
            "small for so few runs."
        )
    rises, falls = one.elsewhere
    if isfinite(rises) and not one.everywhere:
        said.append(
            f"In the model, outside the treated countries rises added up to {rises:.1f} % and falls to {falls:.1f} % "
            "of their harm, country by country over the mean of pairs; luck leaves some of both."
        )
    return said


def _of_leakage(one: "Decomposition") -> list[str]:
    if one.everywhere:
        return []
    known = [link for link in one.chain if isfinite(link.value)]
    if not known:
        return ["In the model, leakage is undefined: the treated countries did not clearly improve."]
    words = [
        f"{link.name} {link.value:.2f}" + (f" [{link.lo90:.2f}, {link.hi90:.2f}]" if isfinite(link.lo90) else "")
        for link in known
    ]
    return [f"Leakage by host in the model, step by step: {'; '.join(words)}.".replace("-", "−")]
