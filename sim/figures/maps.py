"""The map: where operations sit, where they become fewer or more, and along which ways they moved."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Colormap, Normalize, to_rgba
from matplotlib.figure import Figure

from sim.figures import projection
from sim.figures.arrows import arrows, labels
from sim.figures.drawing import Drawing, Table
from sim.figures.findings import Findings, Floats
from sim.figures.ground import TINY, dots, frame, inside, land, lonlat_of, tiles
from sim.figures.look import DIVERGING, FEW_MANY, GAP, INK, WIDTH, backing, number, sheet, signed
from sim.figures.matrix import Flow, largest_flows, largest_rises, regional, tenths

FLOWS = 8  # the ways with the largest rises
FAINTEST = 0.1  # share of the largest rise below which no arrow is drawn
LABELS = 14  # countries whose number is written
FAINT_LABEL = 0.004  # share of the largest number below which none is written
SEEN = 0.05  # operations: what is less is not told
NOTHING = "#F4F4F2"
TILES = 1.55  # width / height of the picture of an imagined world
DISCLAIMER = (
    "Boundaries and names (Natural Earth, simplified) imply no opinion on the status of any territory. "
    "Grey: not part of this scenario."
)


@dataclass(frozen=True)
class Shading:
    """What the colours and numbers of a map tell, and the flows drawn on it."""

    values: Floats  # [C]
    words: Sequence[str]  # the numbers as words [C]
    colours: Colormap
    scale: Normalize  # of the root of a value, so that small values are not white
    steps: Floats  # marked on the scale
    about: str
    flows: Sequence[Flow]
    most: float  # the flow with the broadest arrow

    def shade(self, place: int) -> tuple[float, ...]:
        """Return the colour of a country; where there is nothing to tell, hardly any."""
        if abs(self.values[place]) < SEEN:
            return to_rgba(NOTHING)
        colour: tuple[float, ...] = self.colours(self.scale(root(self.values)[place]))
        return colour


def root(change: Floats) -> Floats:
    """Return square roots that keep their signs."""
    rooted: Floats = np.sign(change) * np.sqrt(np.abs(change))
    return rooted


def shading_of(findings: Findings, arm: str) -> Shading:
    """Return the shading of an arm: changes, or for the baseline where operations sit."""
    return levels(findings) if arm == findings.baseline else changes(findings, arm)


def levels(findings: Findings) -> Shading:
    """Return where operations sit under the baseline: light = few."""
    values = findings.operations_before
    top = float(values.max(initial=0.0)) or 1.0
    flows = largest_flows(findings, findings.baseline, FLOWS)
    return Shading(
        values=values,
        words=[number(round(float(value), 1)) for value in values],
        colours=FEW_MANY,
        scale=Normalize(0.0, np.sqrt(top)),
        steps=np.array([0.0, *steps(top)]),
        about=f"◀ few{GAP}operations (mean of the window){GAP}many ▶",
        flows=flows,
        most=max((moved for _, _, moved, _ in flows), default=1.0),
    )


def changes(findings: Findings, arm: str) -> Shading:
    """Return the change against the baseline, on one scale for all arms; `?` where its sign is not clear."""
    change, top = findings.operations[arm], reach_of(findings)
    largest = [largest_rises(findings, one, 1) for one in findings.operations]
    return Shading(
        values=change.middle,
        words=[
            signed(round(float(value), 1)) + ("" if clear else "?")
            for value, clear in zip(change.middle, change.clear, strict=True)
        ],
        colours=DIVERGING,
        scale=Normalize(-np.sqrt(top), np.sqrt(top)),
        steps=np.array([*(-step for step in reversed(steps(top))), 0.0, *steps(top)]),
        about=f"◀ fewer{GAP}operations against the baseline (mean of the window){GAP}more ▶",
        flows=[(a, b, rise, rise) for a, b, _, rise in largest_rises(findings, arm, FLOWS)],
        most=max((rise for one in largest for *_, rise in one), default=1.0),
    )


def steps(top: float) -> list[float]:
    """Return round numbers up to the top, evenly seen on a scale of roots."""
    return sorted({rounded_down(top * share) for share in (0.06, 0.3, 1.0)})


def rounded_down(value: float) -> float:
    """Return the largest of 1, 2, 5, 10, 20, 50 … that is no larger."""
    power = 10.0 ** np.floor(np.log10(value))
    return float(power * max(step for step in (1, 2, 5) if step * power <= value * (1 + 1e-9)))


def reach_of(findings: Findings) -> float:
    """Return the largest change in any arm: one scale for all maps, so that they can be compared."""
    sizes = [float(np.abs(band.middle).max(initial=0.0)) for band in findings.operations.values()]
    return max(sizes, default=0.0) or 1.0


def important(findings: Findings) -> npt.NDArray[np.bool_]:
    """Return the countries the picture must hold, alike for all arms: with many operations or changes."""
    before = findings.operations_before
    seen: npt.NDArray[np.bool_] = before >= 0.02 * max(float(before.sum()), 1e-9)
    for band in findings.operations.values():
        seen |= np.abs(band.middle) >= 0.03 * reach_of(findings)
    return seen if seen.any() else np.ones(len(before), dtype=np.bool_)


def bar(figure: Figure, axes: Axes, shading: Shading) -> None:
    """Draw the scale of the shades."""
    shades = ScalarMappable(norm=shading.scale, cmap=shading.colours)
    colours = figure.colorbar(
        shades, ax=axes, orientation="horizontal", fraction=0.03, pad=0.01, aspect=42, shrink=0.75
    )
    words = signed if shading.steps.min() < 0 else number
    colours.set_ticks(root(shading.steps).tolist(), labels=[words(step) for step in shading.steps])
    colours.ax.tick_params(labelsize=8.5, length=2)
    colours.outline.set_visible(False)
    colours.set_label(shading.about, fontsize=9)


def labelled(findings: Findings, shading: Shading, shown: npt.NDArray[np.bool_]) -> list[int]:
    """Return the countries to be named: those in the picture with the largest numbers."""
    size = np.where(shown, np.abs(shading.values), -1.0)
    least = max(SEEN, FAINT_LABEL * float(np.abs(shading.values).max(initial=0.0)))
    order = [int(i) for i in np.argsort(-size, kind="stable")[:LABELS] if size[i] >= least]
    return sorted(order, key=lambda i: findings.codes[i])


def coded(findings: Findings, shading: Shading, places: Sequence[int]) -> list[str]:
    """Return codes and numbers."""
    return [f"{findings.places[i].code} {shading.words[i]}" for i in places]


def real_map(axes: Axes, findings: Findings, shading: Shading, view: projection.View) -> None:
    """Draw the map of real countries around those that matter."""
    where = view.project(lonlat_of(findings))
    extent = frame(axes, where if view.whole else where[important(findings)], view.ratio)
    areas = land(axes, findings, shading.shade, view)
    within = inside(axes, where)
    told = np.abs(shading.values) >= SEEN
    dots(axes, where, shading.shade, told, within & (areas < TINY * extent**2))
    finish(axes, findings, shading, where, within, extent)
    if others := sorted(labelled(findings, shading, ~within), key=lambda i: findings.places[i].name):
        words = "Outside the picture: " + ", ".join(coded(findings, shading, others))
        axes.text(0.0, 0.005, words, transform=axes.transAxes, fontsize=8.5, color=INK, bbox=backing(), zorder=8)


def finish(
    axes: Axes,
    findings: Findings,
    shading: Shading,
    where: Floats,
    within: npt.NDArray[np.bool_],
    extent: float,
) -> None:
    """Draw the arrows among the places in the picture, then the labels over them."""
    here = {findings.codes[i]: where[i] for i in np.flatnonzero(within)}
    visible = [f for f in shading.flows if {f[0], f[1]} <= here.keys() and f[3] >= FAINTEST * shading.most]
    arrows(axes, visible, here, extent, shading.most)
    named = labelled(findings, shading, within)
    # A tile already bears its name.
    words = coded(findings, shading, named) if findings.outlines else [shading.words[i] for i in named]
    labels(axes, where[named], words, extent)


def title_of(findings: Findings, arm: str) -> str:
    """Return what the map of an arm shows."""
    label = findings.label(arm)
    if arm == findings.baseline:
        return f"Where operations sit under “{label}” in the model"
    return f"Fewer or more operations under “{label}” in the model"


def draw(findings: Findings, arm: str) -> Figure:
    """Return the map of one arm."""
    shading = shading_of(findings, arm)
    moves = "moves a year" if arm == findings.baseline else "moves that rise most"
    more = f"arrows: {moves} (broad end = origin)"
    if arm != findings.baseline:
        more += "; “?”: the 90 % interval holds zero"
    footer = findings.footer(f"{more}. {DISCLAIMER}" if findings.outlines else more)
    view = projection.chosen(lonlat_of(findings)[important(findings)])
    figure = sheet(WIDTH / (view.ratio if findings.outlines else TILES) + 1.2, title_of(findings, arm), footer)
    axes = figure.subplots()
    if findings.outlines:
        real_map(axes, findings, shading, view)
    else:
        where = tiles(axes, findings, shading.shade)
        extent = frame(axes, np.concatenate([where - 0.6, where + 0.6]), TILES)
        finish(axes, findings, shading, where, np.ones(len(where), dtype=np.bool_), extent)
    bar(figure, axes, shading)
    return figure


def describe(findings: Findings, arm: str) -> str:
    """Return the map in words: countries in alphabetical order, then the largest flows."""
    shading = shading_of(findings, arm)
    named = labelled(findings, shading, np.ones(len(findings.places), dtype=np.bool_))[:12]
    ordered = sorted(named, key=lambda i: findings.places[i].name)
    told = ", ".join(f"{findings.places[i].name} {shading.words[i]}" for i in ordered) or "none"
    flows = "; ".join(f"{a} to {b} {number(size)}" for a, b, size, _ in shading.flows[:3])
    if arm == findings.baseline:
        beginning, moved = f"Operations under “{findings.label(arm)}” in the model", "Most moves a year"
    else:
        beginning = f"Change of operations under “{findings.label(arm)}” against the baseline in the model"
        moved = "Moves that rise most, operations a year"
    return f"{beginning}: {told}." + (f" {moved}: {flows}." if flows else "")


def level_table(findings: Findings) -> Table:
    """Return where operations sit under the baseline."""
    everybody = regional(findings, np.ones(len(findings.places), dtype=np.bool_))
    rows = tuple(
        (findings.places[i].name, findings.places[i].region, tenths(float(findings.operations_before[i])))
        for i in everybody
    )
    return Table(columns=("Country", "Region", "Operations"), rows=rows)


def table(findings: Findings, arm: str) -> Table:
    """Return the level and, for a policy, the change in every country, by region and name."""
    if arm == findings.baseline:
        return level_table(findings)
    change = findings.operations[arm]
    rows = tuple(
        (
            findings.places[i].name,
            findings.places[i].region,
            tenths(float(findings.operations_before[i])),
            signed(float(change.middle[i])),
            f"{signed(float(change.low[i]))} to {signed(float(change.high[i]))}",
        )
        for i in regional(findings, np.ones(len(findings.places), dtype=np.bool_))
    )
    return Table(
        columns=("Country", "Region", "Operations under the baseline", "Change (mean)", "90 % interval"),
        rows=rows,
    )


DRAWING = Drawing(
    name="map",
    heading="Where operations sit, and where they became fewer or more",
    reading=(
        "The map of the baseline shows where operations sit: dark = many. The others show the change: blue = fewer "
        "operations than under the baseline, orange = more; the numbers say how many. Arrows show the moves between "
        "countries that rise most, broad where they begin. Small states are ringed dots. The tables hold every "
        "country."
    ),
    draw=draw,
    describe=describe,
    table=table,
    per_arm=True,
    of_baseline=True,
)
