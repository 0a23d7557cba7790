"""One look for every figure: colours, shapes, type, numbers as words, footers, files.

Colours keep at least 4.5:1 on white, and nothing is told by colour alone: each series also has a shape, a
dash or its name beside it. Files are the same bytes for the same figure.
"""

import io
import math
import re
import textwrap
from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any, ParamSpec, TypeVar

import numpy as np
import numpy.typing as npt
from matplotlib import style
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.offsetbox import AnchoredOffsetbox, HPacker, TextArea

Floats = npt.NDArray[np.float64]
P = ParamSpec("P")
R = TypeVar("R")

BLUE, ORANGE, GREEN, PLUM = "#0072B2", "#B34700", "#00704F", "#8E3B6E"
GREY, INK, MUTED, FAINT, PAPER = "#6B7785", "#1F2933", "#52606D", "#E4E7EB", "#FFFFFF"
DIVERGING = LinearSegmentedColormap.from_list("fewer-more", ["#004C78", BLUE, "#F4F4F2", "#D2691E", "#803300"])
FEW_MANY = LinearSegmentedColormap.from_list(  # light = few: cividis, from paper, with more room for few
    "few-many", [(0.0, "#FCFAF0"), (0.4, "#ECD556"), (0.6, "#868379"), (0.8, "#45506C"), (1.0, "#00224E")]
)
FAMILY = ("DejaVu Sans", "Verdana", "Arial", "sans-serif")
GAP = "\u2003\u2003"  # spaces that a page does not melt into one
WIDTH = 9.6  # inches; a report column of 960 px then shows 10 pt as 14 px
LOOK: Any = {  # every version of Matplotlib types its settings differently
    "font.family": "sans-serif",
    "font.sans-serif": list(FAMILY),
    "font.size": 10.0,
    "text.color": INK,
    "text.parse_math": False,
    "axes.edgecolor": GREY,
    "axes.labelcolor": MUTED,
    "axes.labelsize": 9.5,
    "axes.linewidth": 0.8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlelocation": "left",
    "axes.titlesize": 10.5,
    "axes.titleweight": "bold",
    "xtick.color": GREY,
    "xtick.labelcolor": MUTED,
    "xtick.labelsize": 9.0,
    "ytick.color": GREY,
    "ytick.labelcolor": INK,
    "ytick.labelsize": 9.5,
    "hatch.linewidth": 0.5,
    "figure.facecolor": PAPER,
    "savefig.facecolor": PAPER,
    "svg.fonttype": "none",
    "svg.hashsalt": "displace",
    "svg.image_inline": True,
}


def in_our_look(draw: Callable[P, R]) -> Callable[P, R]:
    """Return `draw`, run with the project's type and colours, whatever the user has set."""

    @wraps(draw)
    def drawn(*args: P.args, **kwargs: P.kwargs) -> R:
        with style.context(["default", LOOK]):
            return draw(*args, **kwargs)

    return drawn


def sheet(height: float, title: str, footer: str, width: float = WIDTH) -> Figure:
    """Return an empty figure with its title above and its footer below; the layout keeps room for both."""
    figure = Figure(figsize=(width, height), layout="constrained")
    engine = figure.get_layout_engine()
    assert engine is not None
    engine.set(w_pad=0.08, h_pad=0.06, wspace=0.03, hspace=0.04)  # type: ignore[call-arg]
    letters = int(width * 9.2)
    figure.suptitle(wrapped(title, letters), x=0.01, ha="left", fontsize=12.5, fontweight="bold")
    figure.supxlabel(wrapped(footer, int(letters * 1.55)), x=0.01, ha="left", fontsize=8.5, color=MUTED)
    return figure


def wrapped(text: str, letters: int) -> str:
    """Return the text broken into lines of at most so many letters."""
    return "\n".join(textwrap.wrap(text, letters)) or text


def quiet(axes: Axes, *, left: bool = False, bottom: bool = True) -> None:
    """Take away the spines and ticks that say nothing."""
    axes.spines["left"].set_visible(left)
    axes.spines["bottom"].set_visible(bottom)
    axes.tick_params(left=left, bottom=bottom)


def backing(strength: float = 0.8) -> dict[str, Any]:
    """Return the white ground that keeps a label readable and, unlike an outline, leaves it text."""
    return {"boxstyle": "round,pad=0.15", "facecolor": PAPER, "edgecolor": "none", "alpha": strength}


def key(axes: Axes, entries: Sequence[tuple[str, str]]) -> None:
    """Write what the shapes mean in a row above the axes, each in its colour: (words, colour)."""
    words: list[Any] = [TextArea(text, textprops={"color": colour, "fontsize": 9.5}) for text, colour in entries]
    row = HPacker(children=words, pad=0, sep=18)
    axes.add_artist(
        AnchoredOffsetbox(
            loc="lower left",
            child=row,
            frameon=False,
            bbox_to_anchor=(0.0, 1.0),
            bbox_transform=axes.transAxes,
            borderpad=0.3,
        )
    )


def readable_on(colour: tuple[float, ...]) -> str:
    """Return black or white, whichever reads better on the colour (never below 4.5:1; WCAG 2.2)."""
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in colour[:3]]
    luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    return "#000000" if luminance > 0.179 else PAPER


def note(axes: Axes, words: str) -> None:
    """Write words in place of a drawing that cannot be made, and say why."""
    axes.set_axis_off()
    axes.text(0.01, 0.5, wrapped(words, 95), transform=axes.transAxes, va="center", color=MUTED, fontsize=11)


STYLES = tuple(
    {"color": colour, "marker": marker, "linestyle": dash}
    for (colour, marker), dash in zip(
        [
            (ORANGE, "s"),
            (BLUE, "o"),
            (GREEN, "^"),
            (PLUM, "D"),
            (BLUE, "v"),
            (ORANGE, "P"),
            (GREEN, "X"),
            (PLUM, "p"),
        ],
        ["-", "-", "-", "-", "--", "--", "--", "--"],
        strict=True,
    )
)


def arm_style(place: int) -> dict[str, Any]:
    """Return colour, marker and dash of the arm at this place; the shape differs where the colour repeats."""
    return STYLES[place % len(STYLES)]


def spread_out(wanted: Sequence[float], gap: float) -> list[float]:
    """Return places as near as possible to the wanted ones, in their order and at least `gap` apart."""
    order = sorted(range(len(wanted)), key=lambda i: (wanted[i], i))
    blocks: list[tuple[list[int], float]] = []
    for i in order:
        blocks.append(([i], wanted[i]))
        while len(blocks) > 1 and blocks[-1][1] - blocks[-2][1] < gap * (len(blocks[-1][0]) + len(blocks[-2][0])) / 2:
            (low, low_centre), (high, high_centre) = blocks[-2:]
            members = low + high
            centre = (low_centre * len(low) + high_centre * len(high)) / len(members)
            blocks[-2:] = [(members, centre)]
    placed = [0.0] * len(wanted)
    for members, centre in blocks:
        for step, i in enumerate(members):
            placed[i] = centre + gap * (step - (len(members) - 1) / 2)
    return placed


# --- numbers as words ------------------------------------------------------------------------------


def minus(text: str) -> str:
    """Return the text with a real minus sign."""
    return text.replace("-", "−")


def number(value: float, figures: int = 2) -> str:
    """Return a count with at most so many significant figures and thousands set apart."""
    if not math.isfinite(value):
        return "undefined"
    if value == 0:
        return "0"
    digits = figures - 1 - math.floor(math.log10(abs(value)))
    value = round(value, digits)
    text = f"{value:,.{max(0, digits)}f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return minus(text if text not in {"-0", ""} else "0")


def percent(digits: int, *values: float) -> tuple[str, ...]:
    """Return signed numbers with so many decimals; what rounds to zero has no sign."""
    return tuple(plus(f"{value:.{digits}f}") if math.isfinite(value) else "undefined" for value in values)


def between(digits: int, low: float, high: float) -> str:
    """Return an interval of signed numbers, or a dash where too few runs set none."""
    ends = percent(digits, low, high)
    return " to ".join(ends) if math.isfinite(low) and math.isfinite(high) else "–"


def plus(text: str) -> str:
    """Return a number with a plus sign if it is above zero, and none if it rounds to zero."""
    value = float(text)
    return f"+{text}" if value > 0 else minus(text) if value < 0 else text.removeprefix("-")


def signed(value: float, figures: int = 2) -> str:
    """Return a change with its sign."""
    text = number(value, figures)
    return f"+{text}" if value > 0 and text not in {"0", "undefined"} else text


def usd(value: float, figures: int = 2) -> str:
    """Return an amount of money in USD, million or billion."""
    if not math.isfinite(value):
        return "undefined"
    for unit, words in ((1e9, " billion"), (1e6, " million")):
        if abs(value) >= 0.9995 * unit:
            return f"USD {number(value / unit, figures)}{words}"
    return f"USD {number(value, figures)}"


def short_usd(value: float) -> str:
    """Return an amount of money as short as an axis needs it: 10 m, 2 bn."""
    for unit, words in ((1e9, " bn"), (1e6, " m"), (1e3, " k")):
        if abs(value) >= 0.9995 * unit:
            return f"{number(value / unit)}{words}"
    return number(value)


def share(value: float) -> str:
    """Return a ratio with two decimals, or the word for one that has no value."""
    if not math.isfinite(value):
        return "undefined"
    if abs(value) >= 10:
        return number(value)
    text = f"{value:.2f}"
    return minus("0.00" if text == "-0.00" else text)


def week_words(first: int, last: int) -> str:
    """Return a window of weeks in words."""
    return f"weeks {first} to {last}"


# --- files -----------------------------------------------------------------------------------------

NO_DATES: dict[str, Any] = {"Date": None, "Creator": None, "Format": None, "Type": None}


@in_our_look
def png(figure: Figure, dots: int = 200) -> bytes:
    """Return the figure as a PNG file, the same bytes for the same figure."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=dots, metadata={"Software": None})
    return buffer.getvalue()


@in_our_look
def svg(figure: Figure) -> str:
    """Return the figure as an SVG file, the same text for the same figure."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format="svg", metadata=NO_DATES)
    figure.set_layout_engine("none")  # laid out once: a PNG made next is the same picture
    return lighter(buffer.getvalue().decode())


def lighter(text: str) -> str:
    """Return SVG text without what nobody sees: digits beyond a hundredth of a point, idle names and groups."""
    quoted = ", ".join(f"'{name}'" if name != FAMILY[-1] else name for name in FAMILY)
    text = re.sub(r"<metadata>.*?</metadata>\s*|<!--.*?-->\s*", "", text, flags=re.DOTALL)
    text = text.replace(f"font-family: {quoted}; ", "").replace("<svg ", f'<svg font-family="{quoted}" ', 1)
    text = re.sub(r' transform="rotate\(-0 [^"]*"', "", text)
    text = re.sub(r' (?:d|x|y|points|transform)="[^"]*"', lambda found: shorter(found[0]), text)
    used = set(re.findall(r"#([\w-]+)", text))
    text = re.sub(r'\sid="([^"]*)"', lambda found: found[0] if found[1] in used else "", text)
    return re.sub(r"\n\s*", "\n", without_idle_groups(text))


def shorter(numbers: str) -> str:
    """Return coordinates to a hundredth of a point (scales as they are), without breaks between them."""
    if "scale" not in numbers:
        numbers = re.sub(r"\d+\.\d{3,}", lambda found: f"{float(found[0]):.2f}".rstrip("0").rstrip("."), numbers)
    return re.sub(r"\s*([MLQCz])\s*", r"\1", numbers.replace("\n", " ")) if numbers.startswith(" d=") else numbers


def without_idle_groups(text: str) -> str:
    """Return SVG text without groups that have no attribute."""
    idle: list[bool] = []
    kept = []
    for part in re.split(r"(<g\b[^>]*>|</g>)", re.sub(r"<g\b[^>]*/>", "", text)):
        if part.startswith("<g"):
            idle.append(part == "<g>")
        if not (part == "<g>" or (part == "</g>" and idle.pop())):
            kept.append(part)
    return "".join(kept)


def inline(text: str, name: str, title: str) -> str:
    """Return an SVG file as an element for a page: no addresses, names of its own, a title."""
    text = text[text.index("<svg") :]
    text = re.sub(r"<defs>\s*<style.*?</style>\s*</defs>", "", text, count=1, flags=re.DOTALL)  # the page has it
    text = re.sub(r'\sxmlns(:\w+)?="[^"]*"', "", text)
    text = re.sub(r'\bid="', f'id="{name}-', text)
    text = re.sub(r'(?:xlink:)?href="#', f'href="#{name}-', text).replace("xlink:href", "href")
    text = text.replace("url(#", f"url(#{name}-")
    view = re.search(r'viewBox="([^"]*)"', text)
    assert view is not None, "Matplotlib writes a viewBox"
    opening = f'<svg role="img" aria-labelledby="{name}-title" viewBox="{view[1]}" class="figure">'
    title = f'<title id="{name}-title">{escaped(title)}</title>'
    return re.sub(r"<svg[^>]*>", lambda _: opening + title, text, count=1).strip()


def escaped(text: str) -> str:
    """Return text that is safe inside an element."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
