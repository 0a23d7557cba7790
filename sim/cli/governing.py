"""The verb politics: what the governments of an arm would weigh, estimated from paired runs."""

import csv
import io
from typing import TYPE_CHECKING, Any

from sim.cli.mistakes import Exit, Misused, shown
from sim.cli.running import Order, carry_out, failure_words, opened
from sim.cli.screen import heading, margin, paper, plural, print_json, table

if TYPE_CHECKING:
    from sim.stakes import Estimated

COLUMNS = (
    "Government", "Harm", "Own relief", "By others", "Deflection", "Cost", "Fit", "Alone", "Together", "To others",
)  # fmt: skip
UNITS = (
    "Harm, cost and what one more full contribution is worth to the others in USD a period; relief and deflection in "
    "% of harm, ± two standard errors; contributions alone from none and from all."
)


def estimate(order: Order, arm: str, side: str, alike: bool) -> int:
    """Run or reuse the corners of an arm, estimate, write and print; return the exit code."""
    from sim.record import write_text
    from sim.stakes import TABLE, TEXT, NothingToContribute, corners_of, estimated, pasted, rows_of

    experiment = opened(order.name, order.settings)
    if not arm and len(experiment.arms) > 1:
        arms = ", ".join(f"'{one}'" for one in experiment.arms)
        raise Misused(f"{order.name} has several arms: name one with --arm ({arms})")
    try:
        corners = corners_of(experiment, arm or experiment.baseline, alike)
    except NothingToContribute as error:
        raise Misused(str(error)) from error
    comparison = carry_out(order, corners.experiment, ("politics", *(("--arm", arm) if arm else ())))
    found = estimated(corners, comparison, side)
    rows = rows_of(found)
    written = io.StringIO()
    writer = csv.DictWriter(written, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    write_text(comparison.folder / TABLE, written.getvalue())
    write_text(comparison.folder / TEXT, pasted(found))
    for failure in comparison.failures:
        margin().print(failure_words(failure), soft_wrap=True)
    text = comparison.folder / TEXT
    if order.json:
        print_json({"experiment": experiment.name, "arm": arm, "replicates": found.replicates, "stakes": rows,
                    "sentences": sentences(found), "file": str(text)})  # fmt: skip
    elif order.quiet:
        paper().print(f"{text}", soft_wrap=True)
    else:
        screen = paper()
        screen.print(
            heading(f"{experiment.name}: {arm or experiment.baseline}, {plural(found.replicates, 'replicate')}")
        )
        screen.print(table(COLUMNS, [cells(row) for row in rows], numbers=COLUMNS[1:]))
        for line in (UNITS, *sentences(found)):
            screen.print(shown(f"- {line}"))
        screen.print(f"\nTo paste into a file: {text}\nTable: {comparison.folder / TABLE}", soft_wrap=True)
    return Exit.SOME_FAILED if comparison.failures else Exit.DONE


def cells(row: dict[str, Any]) -> tuple[str, ...]:
    """Return a row of the table."""
    shares = [
        f"{100 * row[name]:.2f} ± {200 * row[f'{name}_se']:.2f}" for name in ("own_relief", "relief", "deflection")
    ]
    alone = f"{row['alone_from_none']:.2f}, {row['alone_from_all']:.2f}"
    money = (
        f"{row['cost']:,.0f}",
        f"{row['fit']:.2f}",
        alone,
        f"{row['together']:.2f}",
        f"{row['worth_to_others']:,.0f}",
    )
    return row["government"], f"{row['harm']:,.0f}", *shares, *money


def sentences(found: "Estimated") -> list[str]:
    """Return what would come of these stakes."""
    lowest, highest = found.alone
    together, worth, rounding = found.together, found.supply(), 1e-9 * found.game.harm.max()
    said = [
        f"In the model, governments that each see to themselves would give {lowest.mean():.2f} on average when they "
        f"start from nothing and {highest.mean():.2f} when they start from everything; together they would choose "
        f"{together.mean():.2f}."
    ]
    if (worth > rounding).all():
        said.append("In the model, what each gives more relieves the others: left alone they never give too much.")
    elif (worth < -rounding).all():
        said.append(
            "In the model, what each gives more is a burden to the others: left alone they never give too little."
        )
    return said
