"""The page in SolaraViz: it is built, its buttons work, and its sliders reach the model."""

import numpy as np
import pytest

pytest.importorskip("solara", reason="the page needs the extra `solara` (docs/mesa.md)")

pytestmark = [
    pytest.mark.worlds,
    pytest.mark.filterwarnings("ignore"),  # Solara and Mesa's page warn about each other
]


@pytest.fixture(scope="module")
def page():
    from sim.mesa_model import page

    return page


def test_the_page_is_built_and_a_step_draws_its_charts(page):
    import ipyvuetify
    import ipywidgets
    import solara

    @solara.component
    def Shell():  # noqa: N802
        with solara.AppLayout():
            page.Page()

    _, rendered = solara.render(Shell(), handle_error=False)
    try:
        names = [slider.label for slider in rendered.find(ipyvuetify.Slider).widgets]
        assert {"Seed", "Weeks", "Extra police", "Reviews"} <= set(names)
        (step,) = [button for button in rendered.find(ipyvuetify.Btn).widgets if button.children == ["Step"]]
        before = [image.value for image in rendered.find(ipywidgets.Image).widgets]
        step.click()
        after = [image.value for image in rendered.find(ipywidgets.Image).widgets]
        assert len(before) == len(after) == len(page.CHARTS)
        assert not set(before) & set(after)
        assert not rendered.find(ipyvuetify.Alert).widgets
    finally:
        rendered.close()


def test_every_chart_names_both_countries(page):
    model = page.ShownModel(weeks=52)
    model.step()
    model.step()
    for measure, heading in page.CHARTS.items():
        (axes,) = page.chart(model, measure).axes
        assert axes.get_title(loc="left") == heading
        assert [text.get_text() for text in axes.get_legend().get_texts()] == ["Orlen", "Varda"]
        drawn = [line.get_ydata() for line in axes.get_lines()]
        assert np.array_equal(drawn, np.array([week[measure] for week in model.seen]).T)


def test_extra_police_change_nothing_before_they_are_paid_for(page):
    without, extra = page.ShownModel(weeks=52), page.ShownModel(weeks=52, extra_million_usd=20.0)
    while without.running:
        without.step()
        extra.step()
    assert without.seen[: page.SINCE] == extra.seen[: page.SINCE]
    assert without.seen != extra.seen


def test_every_slider_is_a_keyword_of_the_model_and_starts_at_its_default(page):
    import inspect

    known = inspect.signature(page.ShownModel.__init__).parameters
    assert {name: slider.value for name, slider in page.SLIDERS.items()} == {
        name: known[name].default for name in known if name != "self"
    }
