from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from made_up import made_up

from sim.figures import FIGURES, leakage, look, maps, projection, reading
from sim.figures.findings import Findings, Headlines

WORLDS = {
    "two arms": {},
    "one arm": {"arms": ()},
    "leakage undefined, luck only": {"undefined": ("alone", "together"), "luck_only": True},
    "two imagined countries": {"countries": 2, "outlines": {}, "arms": ("alone",)},
    "private costs": {"private": {"alone": 4.1e9}},
    "names with signs": {"labels": {"alone": "<script>$x_1$ & “50 %”</script>", "together": "τ" * 90}},
}


def drawn(findings: Findings, name: str):
    drawing = FIGURES[name]
    return [(arm, drawing(findings, arm)) for arm in drawing.arms(findings)]


@pytest.mark.battery
@pytest.mark.parametrize("name", FIGURES)
@pytest.mark.parametrize("world", WORLDS)
def test_every_figure_has_a_picture_words_and_a_table(name, world):
    findings = made_up(**WORLDS[world])
    for arm, figure in drawn(findings, name):
        assert look.png(figure, dots=40).startswith(b"\x89PNG")
        assert len(FIGURES[name].describe(findings, arm)) > 20
        table = FIGURES[name].table(findings, arm)
        assert all(len(row) == len(table.columns) for row in table.rows)


@pytest.mark.battery
@pytest.mark.parametrize("name", FIGURES)
def test_every_figure_stands_198_countries(name):
    findings = made_up(countries=198)
    for _, figure in drawn(findings, name):
        width, height = figure.get_size_inches()
        look.png(figure, dots=30)
        assert width < 12
        assert height < 15


@pytest.mark.battery
@pytest.mark.parametrize("name", FIGURES)
def test_the_status_is_in_the_footer_of_every_figure(name):
    for _, figure in drawn(made_up(), name):
        assert figure.get_supxlabel().startswith("STYLISED · made up")


@pytest.mark.laws
@pytest.mark.parametrize("name", FIGURES)
def test_equal_findings_give_equal_files(name):
    for (_, once), (_, again) in zip(drawn(made_up(), name), drawn(made_up(), name), strict=True):
        assert look.svg(once) == look.svg(again)


@pytest.mark.laws
def test_equal_findings_give_equal_pictures():
    once, again = (look.png(FIGURES["map"](made_up(), "alone"), dots=40) for _ in range(2))
    assert once == again


def test_a_picture_in_a_page_has_no_address_and_no_name_of_another():
    text = look.svg(FIGURES["intervals"](made_up()))
    pictures = [look.inline(text, name, "words & <more>") for name in ("a", "b")]
    assert all("http" not in text and "<metadata" not in text and "<?xml" not in text for text in pictures)
    assert "words &amp; &lt;more&gt;" in pictures[0]
    names = [{part.split('"')[0] for part in text.split('id="')[1:]} for text in pictures]
    assert not names[0] & names[1]


@pytest.mark.hand
def test_an_svg_keeps_its_words_and_names_and_loses_what_nobody_sees():
    text = (
        "<svg viewBox='0 0 9 9'><!-- a --><g id='idle1'><g id=\"p1\"><path d=\"M 1.23456 2\nL 3.000001 4\nz\"/></g></g>"
        '<g clip-path="x"/><use xlink:href="#p1" x="1.005001"/><text>1.23456</text></svg>'
    ).replace("'idle1'", '"idle1"')
    lighter = look.lighter(text)
    assert '<g id="p1"><path d="M1.23 2L3 4z"/></g><use xlink:href="#p1" x="1.01"/><text>1.23456</text>' in lighter
    assert "idle1" not in lighter


@pytest.mark.hand
def test_private_cost_stands_in_every_picture_of_an_effect_and_of_money():
    findings = made_up(private={"alone": 4.1e9})
    assert "private cost USD 4.1 billion a year" in look.svg(FIGURES["intervals"](findings))
    assert "private cost" in look.svg(FIGURES["pays-and-gains"](findings, "alone"))
    assert "private cost" not in look.svg(FIGURES["pays-and-gains"](findings, "together"))
    assert "USD 4.1 billion" in look.svg(FIGURES["spending"](findings))


def with_leakage(findings, **changes):
    """Return findings in which every leakage has these numbers."""
    changed = {name: tuple(replace(one, **changes) for one in both) for name, both in findings.leakages.items()}
    return replace(findings, leakages=changed)


@pytest.mark.hand
def test_no_line_runs_through_words_on_leakage():
    nowhere = with_leakage(made_up(), simulated=-46.0, lo90=np.nan, hi90=np.nan, mechanical=np.nan)
    axes = FIGURES["leakage"](nowhere).axes[0]
    words = [text for text in axes.texts if "not determined" in text.get_text()]
    assert len(words) == 4
    drawn = {float(line.get_ydata()[0]) for line in axes.lines if len(line.get_xdata()) == 2}
    assert not drawn & {float(text.get_position()[1]) for text in words}


@pytest.mark.hand
@pytest.mark.parametrize(
    ("low", "high", "said"),
    [
        (-60.0, -3.0, "none: harm fell elsewhere too"),
        (-60.0, 0.4, "not determined (−60 to 0.40)"),
        (np.nan, np.nan, "not determined (no limits)"),
    ],
)
def test_none_came_back_only_where_the_interval_says_so(low, high, said):
    (host, _), *_ = with_leakage(made_up(), simulated=-46.0, lo90=low, hi90=high).leakages.values()
    assert leakage.brief(host) == said


@pytest.mark.hand
@pytest.mark.parametrize(
    ("high", "said"),
    [
        (-2.0, "by more than inside"),
        (-0.5, "harm fell elsewhere too"),
        (0.5, "not determined"),
        (np.nan, "not determined"),
    ],
)
def test_words_in_place_of_a_curve_claim_no_more_than_its_interval(high, said):
    middle, low = np.array([-5.0, -5.0]), np.array([-9.0, -9.0])
    assert said in leakage.instead(middle, low, np.array([high, high]), elsewhere=True)
    assert leakage.instead(-middle, np.full(2, np.nan), np.full(2, np.nan), elsewhere=True) == "not determined"


def few_runs(findings, count):
    """Return findings of the first runs alone."""
    drawn, avoided = (
        {name: values[:count] for name, values in part.items()}
        for part in (findings.headlines.drawn, findings.headlines.avoided)
    )
    return replace(findings, runs=count, headlines=Headlines(drawn=drawn, avoided=avoided))


@pytest.mark.hand
@pytest.mark.parametrize(("runs", "lines"), [(11, False), (12, True)])
def test_a_slope_takes_twelve_runs(runs, lines):
    findings = few_runs(made_up(), runs)
    figure = FIGURES["assumptions"](findings)
    blue = [line for axes in figure.axes for line in axes.lines if line.get_color() == look.BLUE]
    assert any(len(line.get_xdata()) == 3 for line in blue) is lines
    assert ("too few for a slope" in figure.get_supxlabel().replace("\n", " ")) is not lines
    assert ("too few runs for a slope" in FIGURES["assumptions"].describe(findings, "")) is not lines
    assert bool(FIGURES["assumptions"].table(findings, "").rows) is lines


@pytest.mark.hand
def test_what_few_runs_cannot_tell_is_a_dash():
    unknown = (np.nan, np.nan)
    findings = made_up()
    avoided = {name: replace(one, luck90=unknown) for name, one in findings.avoided.items()}
    row = FIGURES["intervals"].table(replace(findings, avoided=avoided), "").rows[0]
    assert row[5] == "–"
    assert look.between(1, *unknown) == "–"
    assert look.between(1, -1.0, 2.0) == "−1.0 to +2.0"


@pytest.mark.hand
def test_the_first_figure_has_numbers_with_signs_under_both_panels():
    figure = FIGURES["intervals"](made_up())
    look.png(figure, dots=30)
    for axes in figure.axes:
        ticks = [label.get_text() for label in axes.get_xticklabels() if label.get_visible()]
        assert {text[0] for text in ticks} == {"−", "0", "+"}
    labels = [label.get_text().replace("\n", " ") for label in figure.axes[1].get_yticklabels()]
    assert labels == ["coordination effect together, against alone"]


@pytest.mark.hand
@pytest.mark.parametrize("kind", ["market", "loss"])
def test_drugs_count_as_harm_only_where_they_are_sold(kind):
    price = SimpleNamespace(coerced_week=0.0, sales=0.5, victimisation=0.0)
    crime = SimpleNamespace(victimisation=kind)
    scenario = SimpleNamespace(parameters=SimpleNamespace(harm=price), crimes={"one": crime})
    assert ("drugs" in reading.harm_words(scenario)) is (kind == "market")


@pytest.mark.hand
@pytest.mark.parametrize(("top", "steps"), [(176.0, [10.0, 50.0, 100.0]), (1600.0, [50.0, 200.0, 1000.0])])
def test_the_scale_of_a_map_has_round_numbers(top, steps):
    assert maps.steps(top) == steps


def test_users_settings_do_not_change_a_figure():
    import matplotlib as mpl

    usual = look.png(FIGURES["leakage"](made_up()), dots=40)
    with mpl.rc_context({"font.size": 30.0, "axes.facecolor": "yellow", "text.color": "red"}):
        assert look.png(FIGURES["leakage"](made_up()), dots=40) == usual


def contrast_on_white(colour: str) -> float:
    values = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in values]
    return 1.05 / (0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2] + 0.05)


@pytest.mark.parametrize("name", ["BLUE", "ORANGE", "GREEN", "PLUM", "INK", "MUTED"])
def test_words_in_every_colour_can_be_read_on_white(name):
    assert contrast_on_white(getattr(look, name)) >= 4.5


def test_arms_of_one_colour_differ_in_shape():
    styles = [(look.arm_style(i)["color"], look.arm_style(i)["marker"]) for i in range(8)]
    assert len(set(styles)) == 8


def dichromat(colour):
    """Return the colour as seen without the middle-wave cones (Viénot, Brettel & Mollon 1999), linear RGB."""
    values = np.array([int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]) ** 2.2
    seen = np.array([[0.29275, 0.70725, 0.0], [0.29275, 0.70725, 0.0], [-0.02234, 0.02234, 1.0]])
    return np.clip(seen @ values, 0, 1) ** (1 / 2.2)


def test_blue_and_orange_differ_without_middle_wave_cones():
    blue, orange = dichromat(look.BLUE), dichromat(look.ORANGE)
    assert np.abs(blue - orange).max() > 0.35


def test_shades_for_fewer_and_more_differ_without_middle_wave_cones():
    from matplotlib.colors import to_hex

    for step in (0.1, 0.25, 0.4):
        fewer, more = (dichromat(to_hex(look.DIVERGING(x))) for x in (step, 1 - step))
        assert np.abs(fewer - more).max() > 0.15


@pytest.mark.hand
@pytest.mark.parametrize(
    ("value", "words"),
    [
        (0.0, "0"),
        (12345.0, "12,000"),
        (-0.0456, "−0.046"),
        (9.96, "10"),
        (99.6, "100"),
        (float("nan"), "undefined"),
        (-0.0, "0"),
        (1.0, "1"),
    ],
)
def test_numbers_have_two_figures(value, words):
    assert look.number(value) == words


@pytest.mark.hand
def test_money_is_told_in_millions_and_billions():
    assert look.usd(2.14e9) == "USD 2.1 billion"
    assert look.usd(-1e7) == "USD −10 million"
    assert look.short_usd(999_900_000.0) == "1 bn"


@pytest.mark.hand
def test_labels_are_spread_in_their_order():
    assert look.spread_out([0.0, 0.0, 5.0], 1.0) == [-0.5, 0.5, 5.0]
    assert look.spread_out([2.0, 1.0], 3.0) == [3.0, 0.0]


@pytest.mark.theory
def test_both_projections_keep_areas():
    whole_earth = 4 * np.pi
    cell = np.radians(1.0) ** 2
    for project in (projection.equal_earth, projection.lambert((100.0, 15.0))):
        for longitude, latitude in ((100.0, 0.0), (110.0, 30.0), (80.0, -20.0)):
            corners = np.array([[0, 0], [1, 0], [1, 1], [0, 1]]) + np.array([longitude, latitude])
            x, y = project(corners).T
            drawn_area = abs(np.dot(x, np.roll(y, 1)) - np.dot(y, np.roll(x, 1))) / 2
            true_area = cell * np.cos(np.radians(latitude + 0.5))
            assert drawn_area == pytest.approx(true_area, rel=2e-3)
            assert drawn_area < whole_earth


@pytest.mark.hand
def test_a_land_across_the_date_line_is_cut_in_two():
    ring = np.array([[170.0, 0.0], [-170.0, 0.0], [-170.0, 10.0], [170.0, 10.0], [170.0, 0.0]])
    parts = projection.cut_at_the_date_line(ring)
    spans = sorted((part[:, 0].min(), part[:, 0].max()) for part in parts)
    assert spans == [(-180.0, -170.0), (170.0, 180.0)]


@pytest.mark.laws
def test_tiles_touch_and_nobody_shares_one():
    luck = np.random.default_rng(3)
    tiles = projection.hexagons(luck.uniform(-50, 50, (12, 2)))
    assert len({tuple(np.round(tile, 6)) for tile in tiles}) == 12
    assert projection.touching(tiles)


@pytest.mark.laws
def test_reordering_the_countries_leaves_the_tiles_where_they_are():
    points = np.random.default_rng(3).uniform(-50, 50, (12, 2))
    order = np.random.default_rng(4).permutation(12)
    assert np.array_equal(projection.hexagons(points[order]), projection.hexagons(points)[order])
