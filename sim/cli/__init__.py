"""The command `displace`: its verbs and their options. What a verb does is imported when it is asked for."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from sim.cli.mistakes import UsageError, answered, make_writable, told

app = typer.Typer(
    name="displace",
    no_args_is_help=False,
    invoke_without_command=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
    help="Simulate where organised crime goes when countries crack down, alone or together.",
    epilog="Exit codes: 0 done; 1 some runs or checks failed; 2 bad file or usage; 3 stored data damaged or replay "
    "differs; 130 interrupted.",
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Carry out a command line and return its exit code."""
    make_writable()
    command = typer.main.get_command(app)
    try:
        code = command.main(arguments, prog_name="displace", standalone_mode=False)
    except (UsageError, typer.Abort) as mistake:
        return told(mistake)
    return code if isinstance(code, int) else 0


def _names(incomplete: str) -> list[str]:
    """Return shipped names that complete what is typed."""
    from sim.scenario import names

    return [name for name in (*names("experiments"), *names("scenarios")) if name.startswith(incomplete)]


Name = Annotated[
    str,
    typer.Argument(
        metavar="NAME",
        help="A shipped scenario or experiment by name, or a file by path.",
        autocompletion=_names,
    ),
]
Folder = Annotated[Path, typer.Argument(metavar="FOLDER", help="A folder of results, as in results/mekong.")]
Filter = Annotated[
    list[str] | None, typer.Argument(metavar="WORDS...", help="Only rows that contain all of these words.")
]
Settings = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="PATH=VALUE",
        help="Replace one value, as in scale=0.1 or 'policy.intelligence sharing.delay=26'; repeat for more. "
        "It holds in every arm in which the path leads somewhere.",
    ),
]
Replicates = Annotated[int | None, typer.Option(min=1, max=100_000, help="Paired runs of each arm.")]
Workers = Annotated[
    int | None, typer.Option(min=1, max=1024, help="Runs at the same time; one for each core unless given.")
]
Out = Annotated[Path, typer.Option(metavar="FOLDER", help="Where results are kept, in a folder of their own.")]
Seed = Annotated[int | None, typer.Option(min=0, max=2**53, help="What all luck derives from.")]
LuckOnly = Annotated[bool, typer.Option("--luck-only", help="Keep every parameter at its stated value.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON instead of words and tables.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print mistakes, and where the results are.")]

RESULTS = Path("results")


@app.callback()
def _start(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
) -> None:
    if version:
        from sim import __version__

        typer.echo(f"displace {__version__}")
        raise typer.Exit
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())
        raise typer.Exit


@app.command("list")
@answered
def list_(
    names: Annotated[
        bool, typer.Option("--names", help="List what a scenario may name: countries, bodies, languages.")
    ] = False,
    json: Json = False,
) -> None:
    """Name the shipped scenarios and experiments."""
    from sim.cli.looking_up import show_catalogue, show_names

    (show_names if names else show_catalogue)(json)


@app.command()
@answered
def describe(
    name: Name,
    settings: Settings = None,
    replicates: Replicates = None,
    workers: Workers = None,
    countries: Annotated[bool, typer.Option("--countries", help="Show every country of a large world.")] = False,
    json: Json = False,
) -> None:
    """Show what a file means before anything runs.

    What is in force when and where, what each arm plans to cost, the world, the number of runs and the time.
    """
    from sim.cli.describing import show_description

    show_description(name, settings or [], replicates, workers, countries, json)


@app.command()
@answered
def validate(
    names: Annotated[list[str], typer.Argument(metavar="NAME...", help="Files by path, or shipped ones by name.")],
    settings: Settings = None,
    json: Json = False,
    quiet: Quiet = False,
) -> int:
    """Check files: everything that is wrong, by line.

    Each mistake stands on a line of its own: file:line:column: message.
    """
    from sim.cli.looking_up import check

    return check(names, settings or [], json, quiet)


@app.command()
@answered
def run(
    name: Name,
    arm: Annotated[str, typer.Option(metavar="ARM", help="Which arm of an experiment.")] = "",
    settings: Settings = None,
    replicates: Replicates = 1,
    workers: Workers = None,
    out: Out = RESULTS,
    seed: Seed = None,
    json: Json = False,
    quiet: Quiet = False,
) -> int:
    """Run one scenario, or one arm of an experiment.

    Every parameter has its stated value: replicates differ by luck alone.
    """
    from sim.cli.running import Order, run_arm

    order = Order(name, settings or [], replicates, workers, out, seed, luck_only=True, json=json, quiet=quiet)
    return run_arm(order, arm)


@app.command()
@answered
def compare(
    name: Name,
    settings: Settings = None,
    replicates: Replicates = None,
    workers: Workers = None,
    out: Out = RESULTS,
    seed: Seed = None,
    luck_only: LuckOnly = False,
    json: Json = False,
    quiet: Quiet = False,
) -> int:
    """Run all arms of an experiment and write a report.

    All arms of a replicate have the same luck and the same drawn parameters. What is stopped goes on with the
    same command.
    """
    from sim.cli.running import Order, compare_arms

    return compare_arms(Order(name, settings or [], replicates, workers, out, seed, luck_only, json, quiet))


@app.command()
@answered
def laboratory(
    names: Annotated[
        list[str] | None,
        typer.Argument(metavar="NAME", help="Experiments; without any, imagined ones over a grid."),
    ] = None,
    grid: Annotated[
        list[str] | None,
        typer.Option(
            metavar="PATH=VALUE,VALUE", help="Run the experiment at each of these values; repeat to cross them."
        ),
    ] = None,
    buffer: Annotated[
        str, typer.Option(metavar="CODES", help="Countries of the buffer; those near the treated ones unless given.")
    ] = "",
    control: Annotated[
        str, typer.Option(metavar="CODES", help="Countries of the control; all that are left unless given.")
    ] = "",
    settings: Settings = None,
    replicates: Replicates = None,
    workers: Workers = None,
    out: Out = RESULTS,
    seed: Seed = None,
    luck_only: LuckOnly = False,
    json: Json = False,
    quiet: Quiet = False,
) -> int:
    """Score what estimators of the field would find.

    They see recorded crime of the treated run alone; the truth is the paired difference in the model.
    """
    from sim.cli.laboratory import evaluate
    from sim.cli.running import Order

    order = Order("", settings or [], replicates, workers, out, seed, luck_only, json, quiet)
    return evaluate(order, names or [], grid or [], buffer, control)


@app.command()
@answered
def robustness(
    name: Name,
    rules: Annotated[bool, typer.Option("--rules", help="Only the other rules of choice.")] = False,
    mechanisms: Annotated[bool, typer.Option("--mechanisms", help="Only with each mechanism switched off.")] = False,
    assumptions: Annotated[
        bool, typer.Option("--assumptions", help="Only both ends of each range that decides.")
    ] = False,
    only: Annotated[
        list[str] | None, typer.Option("--only", metavar="VARIATION", help="This variation; repeat for more.")
    ] = None,
    settings: Settings = None,
    replicates: Replicates = None,
    workers: Workers = None,
    out: Out = RESULTS,
    seed: Seed = None,
    luck_only: LuckOnly = False,
    json: Json = False,
    quiet: Quiet = False,
) -> int:
    """Say which sentences of a report survive.

    Reruns a comparison under each choice rule, with each mechanism switched off and at both ends of each range that
    decides, in ten replicates unless told otherwise. What is stopped goes on with the same command.
    """
    from sim.cli.robustness import examine
    from sim.cli.running import Order

    order = Order(name, settings or [], replicates, workers, out, seed, luck_only, json, quiet)
    wanted = {"rule": rules, "mechanism": mechanisms, "assumption": assumptions}
    return examine(order, [group for group, is_wanted in wanted.items() if is_wanted], only or [])


@app.command()
@answered
def politics(
    name: Name,
    arm: Annotated[str, typer.Option(metavar="ARM", help="Which arm of an experiment.")] = "",
    host: Annotated[
        bool, typer.Option("--host", help="Let governments mind harm done from their country, not to its residents.")
    ] = False,
    alike: Annotated[
        bool, typer.Option("--alike", help="Take all members for equals: the first stands for each, four arms suffice.")
    ] = False,
    settings: Settings = None,
    replicates: Replicates = None,
    workers: Workers = None,
    out: Out = RESULTS,
    seed: Seed = None,
    json: Json = False,
    quiet: Quiet = False,
) -> int:
    """Estimate what the governments of an arm would weigh.

    Paired runs in which nobody, everybody, each alone and all but each contribute; parameters keep their values.
    """
    from sim.cli.governing import estimate
    from sim.cli.running import Order

    order = Order(name, settings or [], replicates, workers, out, seed, luck_only=True, json=json, quiet=quiet)
    return estimate(order, arm, "host" if host else "victim", alike)


@app.command()
@answered
def routes(
    name: Name,
    arm: Annotated[
        list[str] | None,
        typer.Option(metavar="ARM", help="Which arm; repeat for more. The first that treats a country unless given."),
    ] = None,
    permutations: Annotated[
        int, typer.Option(min=2, max=1000, help="Orders of routes for each replicate, drawn by twos.")
    ] = 4,
    exact: Annotated[bool, typer.Option("--exact", help="Run all 256 sets of routes: for small worlds.")] = False,
    settings: Settings = None,
    replicates: Replicates = None,
    workers: Workers = None,
    out: Out = RESULTS,
    seed: Seed = None,
    luck_only: LuckOnly = False,
    json: Json = False,
    quiet: Quiet = False,
) -> int:
    """Decompose a policy's effect into its routes.

    Incapacitation, six routes of displacement, deterrence and the market, as Shapley shares of the whole.
    """
    from sim.cli.routes import decompose
    from sim.cli.running import Order

    order = Order(name, settings or [], replicates, workers, out, seed, luck_only, json, quiet)
    return decompose(order, arm or [], permutations, exact)


@app.command()
@answered
def report(folder: Folder, json: Json = False, quiet: Quiet = False) -> int:
    """Write the report of stored results anew."""
    from sim.cli.running import write_report

    return write_report(folder, json, quiet)


@app.command()
@answered
def replay(
    folder: Folder,
    arm: Annotated[str, typer.Option(metavar="ARM", help="Which arm; the baseline unless given.")] = "",
    replicate: Annotated[int, typer.Option(min=0, help="Which of its runs, counted from 0.")] = 0,
    json: Json = False,
    quiet: Quiet = False,
) -> int:
    """Repeat a stored run and compare every number."""
    from sim.cli.running import replay_run

    return replay_run(folder, arm, replicate, json, quiet)


@app.command()
@answered
def parameters(
    words: Filter = None,
    uncertain: Annotated[bool, typer.Option("--uncertain", help="Only those that every replicate draws.")] = False,
    json: Json = False,
) -> None:
    """Print every number of the model and its source."""
    from sim.cli.looking_up import show_parameters

    show_parameters(words or [], uncertain, json)


@app.command()
@answered
def sources(words: Filter = None, json: Json = False) -> None:
    """Print where the numbers on countries come from.

    With licences, and with every row that was recalled and not verified.
    """
    from sim.cli.looking_up import show_sources

    show_sources(words or [], json)


@app.command()
@answered
def schema() -> None:
    """Print the JSON Schema of files, for editors."""
    from sim.cli.looking_up import show_schema

    show_schema()


@app.command()
@answered
def bench(
    json: Json = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print only the checks that fail.")] = False,
) -> int:
    """Hold the program against theory and print the table.

    Closed forms, published examples, sites that choose, worlds that must be equal to the bit, balanced ledgers.
    """
    from sim.cli.benching import show_bench

    return show_bench(json, quiet)


@app.command()
@answered
def doctor(
    warm: Annotated[bool, typer.Option("--warm", help="Compile the model now, so that no run waits for it.")] = False,
    out: Out = RESULTS,
    json: Json = False,
) -> int:
    """Show whether this machine is ready.

    Versions, cores, folders, stored tables, and whether the model is compiled.
    """
    from sim.cli.health import examine

    return examine(warm, out, json)


@app.command("app")
@answered
def app_(
    port: Annotated[int, typer.Option(min=0, max=65535, help="Where the pages are; any free port unless given.")] = 0,
    no_browser: Annotated[bool, typer.Option("--no-browser", help="Print the link without opening it.")] = False,
    out: Out = RESULTS,
) -> int:
    """Show the pages in a browser on this machine.

    Learn, explore, compare and map. Nothing is sent anywhere: the pages work without a network.
    """
    from sim.cli.serving import serve

    return serve(port, not no_browser, out)
