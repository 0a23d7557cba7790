"""A page in SolaraViz: one run of two imagined countries, with sliders and charts by country.

`solara run sim.mesa_model.page` shows it on http://localhost:8765. It needs the extra `solara` (docs/mesa.md).
"""

from dataclasses import replace
from typing import Any

import solara
from matplotlib.figure import Figure
from mesa.visualization import Slider, SolaraViz
from mesa.visualization.utils import update_counter

from sim.declare import declared
from sim.figures.look import BLUE, ORANGE, in_our_look
from sim.instruments import INSTRUMENTS
from sim.mesa_model.agents import Country
from sim.mesa_model.model import DisplacementModel
from sim.parameters import Choice
from sim.scenario import Budget, load

STUDY = load("two-countries")
WHERE, SINCE = "varda", 26
REVIEW = declared(Choice)["review"]
LINES = ((BLUE, "-"), (ORANGE, "--"))  # nothing is told by colour alone
CHARTS = {
    "operations": "Operations by country",
    "workers": "People at these operations, coerced people included",
    "victims": "New victims a week, by where they live",
}
NOTE = (
    "Two imagined countries; everything here happens in the model, in one run with one seed. Much of what you see is "
    "chance: to compare policies use `sim.compare`.\n\n**Extra police** are paid for in "
    f"{WHERE.title()} from week {SINCE} on (million USD a year). **Reviews** are the chance that an operation thinks "
    "again about where it is, in a quiet week. A moved slider counts after **Reset**."
)


class ShownModel(DisplacementModel):
    """The run behind the page, with one keyword for each slider; extra teams work in one country from week 26 on."""

    def __init__(
        self,
        rng: int = 1,
        weeks: int = STUDY.clock.weeks,
        extra_million_usd: float = 0.0,
        review: float = REVIEW["default"],
    ) -> None:
        study = STUDY.set({"clock.weeks": weeks, "clock.period": 1, "parameters.choice.review": review})
        if extra_million_usd > 0.0:
            crackdown = INSTRUMENTS["crackdown"](members=(WHERE,), start=SINCE)
            study = replace(study, policy=(crackdown,), budget=Budget(usd_per_year=extra_million_usd * 1e6))
        super().__init__(study, rng=rng)
        self.seen: list[dict[str, list[float]]] = []

    def step(self) -> None:
        """Let a week pass and note what the charts show of it."""
        super().step()
        countries: list[Country] = self._countries
        self.seen.append(
            {
                "operations": [country.operations for country in countries],
                "workers": [country.workers for country in countries],
                "victims": [country.measure("victims") for country in countries],
            }
        )


@in_our_look
def chart(model: ShownModel, measure: str) -> Figure:
    """Return the course of a measure so far, one line for each country, named at its end."""
    figure = Figure(figsize=(6.4, 3.2), layout="constrained")
    axes = figure.subplots()
    axes.set_title(CHARTS[measure])
    axes.set_xlabel("weeks of the study")
    for place, (country, (colour, dash)) in enumerate(zip(model.setting.world.countries, LINES, strict=True)):
        values = [week[measure][place] for week in model.seen]
        axes.plot(range(1, len(values) + 1), values, color=colour, linestyle=dash, label=country.name)
    axes.set_xlim(0, max(10, len(model.seen)))
    axes.set_ylim(bottom=0)
    axes.legend(loc="lower left", frameon=False)
    return figure


def chart_of(measure: str) -> Any:
    """Return the component that keeps the chart of a measure up to date."""

    @solara.component
    def Chart(model: ShownModel) -> None:  # noqa: N802 (a component is called like a class)
        update_counter.get()
        solara.FigureMatplotlib(chart(model, measure), format="svg")

    return Chart


@solara.component
def Note(model: ShownModel) -> None:  # noqa: N802
    """Say what this is and what it is not."""
    solara.Markdown(NOTE)


SLIDERS = {
    "rng": Slider("Seed", 1, 1, 100, 1),
    "weeks": Slider("Weeks", STUDY.clock.weeks, 52, STUDY.clock.weeks, 52),
    "extra_million_usd": Slider("Extra police", 0.0, 0.0, 20.0, 1.0),
    "review": Slider("Reviews", REVIEW["default"], *REVIEW["plausible"], 0.01),
}


@solara.component
def Page() -> None:  # noqa: N802
    """Show the run."""
    model = solara.use_memo(ShownModel, [])
    SolaraViz(
        model,
        components=[(chart_of(measure), 0) for measure in CHARTS] + [(Note, 0)],
        model_params=SLIDERS,
        name="displace: two imagined countries",
        play_interval=50,
        render_interval=4,
    )
