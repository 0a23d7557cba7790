"""Where a policy's effect comes from: what each route adds, as steps from nothing to the whole change."""

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.transforms import blended_transform_factory

from sim.figures.look import BLUE, GREY, INK, MUTED, ORANGE, in_our_look, percent, quiet, sheet
from sim.routes import AREAS, INCAPACITATION, PARTS_OF_IT, WHOLE, Decomposition, Share

ROW, THICK = 0.3, 0.62  # inches of a row, share of it that a bar takes
HEADINGS = {"treated": "in the treated countries", "elsewhere": "elsewhere", "world": "in all countries"}


@in_our_look
def draw(found: Sequence[Decomposition], footer: str) -> Figure:
    """Return the chart: a row of three panels for each arm, harm by host."""
    title = (
        "What each route adds to the change of harm in the model, % of the treated countries' harm without the policy"
    )
    figure = sheet(len(found) * (len(PARTS_OF_IT) * ROW + 0.7) + 1.2, title, footer)
    whole = figure.subplots(len(found), len(AREAS), sharey=True, squeeze=False)
    for row, one in zip(whole, found, strict=True):
        for axes, area in zip(row, AREAS, strict=True):
            panel(axes, [one.share(part, area) for part in PARTS_OF_IT])
            axes.set_title(HEADINGS[area])
        row[0].set_title(f"{one.label}: {HEADINGS[AREAS[0]]}" if len(found) > 1 else HEADINGS[AREAS[0]])
    return figure


def panel(axes: Axes, shares: Sequence[Share]) -> None:
    """Draw the steps of one area: each bar begins where the one above has ended, with the interval of its step."""
    axes.axvline(0, color=GREY, linewidth=0.8, zorder=1)
    beside = blended_transform_factory(axes.transAxes, axes.transData)
    reached = 0.0
    for place, share in enumerate(shares):
        begins = 0.0 if share.part == WHOLE else reached
        colour = INK if share.part in (INCAPACITATION, WHOLE) else BLUE if share.value < 0 else ORANGE
        axes.barh(place, share.value, left=begins, height=THICK, color=colour, alpha=0.85, zorder=2)
        ends = [begins + share.lo90, begins + share.hi90]
        axes.plot(ends, [place, place], color=MUTED, linewidth=1.4, zorder=3, marker="|", markersize=5)
        axes.text(1.01, place, percent(1, share.value)[0], transform=beside, va="center", fontsize=8.5, color=MUTED)
        reached = begins + share.value
    axes.set_yticks(range(len(shares)), [share.part for share in shares])
    axes.set_ylim(len(shares) - 0.4, -0.6)
    axes.grid(axis="x", color=GREY, alpha=0.18, linewidth=0.8)
    axes.set_axisbelow(True)
    quiet(axes)
