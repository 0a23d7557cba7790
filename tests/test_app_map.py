"""Map, Report and About: what they are told by the program, and what a browser shows of it."""

import json
import re

import pytest
from browser import SIZES, complaints, visitor
from playwright.sync_api import expect
from small_results import stored

from sim import ensemble, reports
from sim.app.about import about
from sim.app.atlas import DISCLAIMER, atlas, map_of
from sim.app.panels import panels
from sim.app.server import PAGES
from sim.scenario import loads_experiment
from sim.scenario.numbers import parameter_rows
from sim.week import WEEK
from sim.world import codes, sources

QUESTION = """
name: {name}
about: Where do operations go when one country raises its pressure alone?
scenario: {scenario}
baseline: no change
replicates: 2
seed: 1
window: {{from: 26, to: 104}}
arms:
  no change: {{}}
  alone:
    budget: {{usd_per_year: 2.0e8}}
    policy: [{{instrument: crackdown, members: [{member}], start: 26}}]
"""
WORLDS = {"real": ("mekong-baseline", "KHM", 0.03), "imagined": ("twelve-countries", "varda", 0.2)}
PLACES = ("map?result=real", "report?result=real", "about")


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    """Stored results of two small studies, one of real countries and one of imagined ones."""
    out = tmp_path_factory.mktemp("out")
    found = {}
    for name, (scenario, member, scale) in WORLDS.items():
        study = loads_experiment(QUESTION.format(name=name, scenario=scenario, member=member))
        study = study.set({"scale": scale, "clock.burn_in": 26, "clock.weeks": 104})
        found[name] = ensemble.compare(study, out=out)
    reports.report(found["real"])
    return out, found


# ---- what the program tells -----------------------------------------------------------------------


def shapes():
    """Return the outlines of static/world.json: longitudes and latitudes of each, by number or else name."""
    world = json.loads((PAGES / "world.json").read_text(encoding="utf-8"))
    (sx, sy), (tx, ty) = world["transform"]["scale"], world["transform"]["translate"]
    arcs = []
    for arc in world["arcs"]:
        x = y = 0
        points = []
        for dx, dy in arc:
            x, y = x + dx, y + dy
            points.append((x * sx + tx, y * sy + ty))
        arcs.append(points)
    found = {}
    for one in world["objects"]["countries"]["geometries"]:
        polygons = one["arcs"] if one["type"] == "MultiPolygon" else [one["arcs"]]
        numbers = [number for polygon in polygons for ring in polygon for number in ring]
        points = [point for number in numbers for point in arcs[number if number >= 0 else ~number]]
        for key in (one.get("id"), one["properties"]["name"]):
            if key:
                found.setdefault(key, []).extend(points)
    return found


def test_every_country_has_the_outline_around_it_or_is_a_dot():
    outlines, countries = shapes(), atlas()["countries"]
    assert [one["code"] for one in countries] == list(codes())
    assert [one["code"] for one in countries if one["shape"] is None] == ["TUV"]
    drawn = [one["shape"] for one in countries if one["shape"]]
    assert len(set(drawn)) == len(drawn)
    for one in countries:
        if one["shape"]:
            longitudes, latitudes = zip(*outlines[one["shape"]], strict=True)
            for x, y in (one["capital"], one["centroid"]):
                assert min(longitudes) - 1.5 <= x <= max(longitudes) + 1.5, one
                assert min(latitudes) - 1.5 <= y <= max(latitudes) + 1.5, one


def test_disputed_areas_are_drawn_and_are_no_country_of_ours():
    taken = {one["shape"] for one in atlas()["countries"]}
    for name in atlas()["disputed"]:
        assert name in shapes()
        assert name not in taken


def test_the_map_tells_means_over_runs_by_period_and_over_the_window(tmp_path):
    found = stored(tmp_path)
    told = map_of(found)
    assert told["window"] == [2, 8]
    way = next(way for way in told["moves"]["alone"] if way[:2] == [0, 1])
    assert way[2][:3] == [0.0, 20.0, 0.0], "five operations in a quarter are twenty a year"
    assert next(way for way in told["moves"]["alone"] if way[:2] == [0, 2])[2][2] == 20.0
    assert [way[:2] for way in told["moves"]["alone"]] == [[0, 1], [0, 2], [2, 0]], "what stays is no move"
    for arm in found.arms:
        matrix = found.moves_matrix(arm).to_numpy() / found.years
        for origin, destination, moved in told["moves"][arm]:
            assert moved[-1] == pytest.approx(matrix[origin, destination], rel=1e-3)
        assert sum(way[2][-1] for way in told["moves"][arm]) == pytest.approx(matrix.sum(), rel=1e-3)
    assert told["change"]["alone"]["mean"][0][-1] == pytest.approx(-8.0), "40 a crime, of which a tenth, in two crimes"
    assert told["change"]["alone"]["low"][0][-1] == pytest.approx(-8.0), "luck is the same in both arms"
    assert "no change" not in told["change"]
    low, mean, high = (told["operations"]["no change"][key][0][0] for key in ("low", "mean", "high"))
    assert low < mean < high


def test_the_map_agrees_with_the_other_panels(kept):
    for found in kept[1].values():
        whole = panels(found, 2)
        for arm in found.arms:
            by_way = {(way["origin"], way["destination"]): way["operations"] for way in whole["flows"][arm]}
            names = whole["map"]["codes"]
            for origin, destination, moved in whole["map"]["moves"][arm]:
                expected = by_way.get((names[origin], names[destination]), 0.0) / found.years
                assert moved[-1] == pytest.approx(expected, rel=1e-3)
            for place, code in enumerate(names):
                course = whole["map"]["operations"][arm]["mean"][place][:-1]
                assert course == pytest.approx(whole["stocks"][arm][code], rel=1e-3, abs=1e-3)


def test_about_has_every_number_of_the_command_once():
    told, rows = about()["parameters"], parameter_rows()
    assert [one["path"] for one in told] == [row["path"] for row in rows]
    assert len({one["path"] for one in told}) == len(told)
    for one, row in zip(told, rows, strict=True):
        assert (one["unit"], one["source"], one["about"]) == (row["unit"], row["source"], row["about"])
        numbers = row["by_crime"].values() if row["by_crime"] else [row["default"]]
        for number in numbers:
            shown = f"{number:g}" if isinstance(number, float) else str(number).lower()
            assert shown in one["value"].lower()


def test_about_tells_the_week_the_sources_and_a_reason_for_every_number():
    told = about()
    assert [verb["name"] for verb in told["verbs"]] == [verb.__name__ for verb in WEEK]
    assert all(verb["words"] and verb["does"] and "[" not in verb["does"] for verb in told["verbs"])
    assert [one["source"] for one in told["sources"]] == [row.source for row in sources()]
    reasons = {one["id"]: one for one in told["assumptions"]}
    assert len(reasons) == len(told["assumptions"]) > 50
    assert {one["grade"] for one in reasons.values()} <= {"read", "derived", "assumption"}
    for one in told["parameters"]:
        for name in re.findall(r"A-\d+", one["source"]):
            assert name in reasons, one
            assert reasons[name]["grade"] in one["grade"]
    assert len(told["deciding"]) == 5
    assert all(one["title"] and re.search(r"A-\d+", one["text"]) for one in told["deciding"])


# ---- what a browser shows -----------------------------------------------------------------------


@pytest.fixture(scope="module")
def shown(kept):
    """A running program with these results, and a browser that has been let in and goes nowhere else."""
    with visitor(kept[0]) as (running, context, outside):
        yield running, context, outside
        assert outside.asked == []


@pytest.fixture
def page(shown):
    """A page of that browser; what goes wrong in its scripts fails the test."""
    _, context, _ = shown
    page = context.new_page()
    wrong = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda said: said.type == "error" and wrong.append(said.text))
    yield page
    page.close()
    assert wrong == []


def visit(page, shown, place, wait):
    page.goto(f"{shown[0].home}/#/{place}")
    page.wait_for_selector(wait, timeout=60_000)


def told_of(page, name):
    return page.evaluate(f"fetch('/api/results/{name}/panels').then((answer) => answer.json())")


def read_values(page, selector):
    """Return what a picture shows by way, as numbers."""
    cells = page.eval_on_selector_all(selector, "all => all.map(({ dataset: d }) => [d.from, d.to, Number(d.value)])")
    return {(origin, destination): value for origin, destination, value in cells if value}


def ways_of(told, arm, time, change):
    """Return the ways of a result at a time as the pictures should show them."""
    names, found = told["map"]["codes"], {}
    for name, sign in ((arm, 1.0), ("no change", -1.0 if change else 0.0)):
        for origin, destination, moved in told["map"]["moves"][name]:
            key = (names[origin], names[destination])
            found[key] = found.get(key, 0.0) + sign * moved[time]
    return found


in_a_browser = pytest.mark.browser


@in_a_browser
def test_the_map_shows_real_countries_under_the_disclaimer(page, shown):
    visit(page, shown, "map?result=real&arm=alone&show=level", ".worldmap")
    told = told_of(page, "real")
    drawn = set(page.eval_on_selector_all(".worldmap .country", "all => all.map((one) => one.dataset.code)"))
    assert {"KHM", "MMR", "LAO", "SGP"} <= drawn <= set(told["map"]["codes"])
    expect(page.locator(".worldmap circle.country[data-code=SGP]")).to_have_count(1)
    words = " ".join(page.locator(".worldmap .disclaimer").all_text_contents())
    assert words == DISCLAIMER
    assert page.locator(".worldmap .imagined-word").count() == 0
    after = page.eval_on_selector(
        ".worldmap", "map => [...map.children].findIndex((one) => one.classList.contains('label')) "
        "> [...map.children].findLastIndex((one) => one.classList.contains('way'))"
    )  # fmt: skip
    assert after, "arrows lie under the labels"
    assert "stylised" in page.locator(".status").first.inner_text().lower()
    page.get_by_role("button", name="Whole world").click()
    page.wait_for_selector(".worldmap .country[data-code=USA]")


@in_a_browser
def test_labels_of_the_map_do_not_cover_each_other(page, shown):
    visit(page, shown, "map?result=real&arm=alone&show=level", ".worldmap .label")
    boxes = [one.bounding_box() for one in page.locator(".worldmap .label text").all()]
    assert len(boxes) > 3
    for place, one in enumerate(boxes):
        for other in boxes[:place]:
            across = min(one["x"] + one["width"], other["x"] + other["width"]) - max(one["x"], other["x"])
            down = min(one["y"] + one["height"], other["y"] + other["height"]) - max(one["y"], other["y"])
            assert min(across, down) < 3.0


@in_a_browser
def test_matrix_bands_and_table_show_the_numbers_of_the_result(page, shown):
    visit(page, shown, "map?result=real&arm=alone&show=level&ways=60", ".sankey")
    told = told_of(page, "real")
    ways = {key: value for key, value in ways_of(told, "alone", -1, change=False).items() if value >= 0.05}
    assert len(ways) > 3
    assert read_values(page, ".sankey .band") == pytest.approx(ways)
    cells = read_values(page, ".matrix .cell")
    assert sum(cells.values()) == pytest.approx(sum(ways.values()), rel=0.02)
    shared = cells.keys() & ways.keys()
    assert shared
    assert {key: cells[key] for key in shared} == pytest.approx({key: ways[key] for key in shared})
    page.locator("summary", has_text="As a table").nth(1).click()
    names = {one["name"]: one["code"] for one in told["map"]["places"]}
    rows = [row.split("\t") for row in page.locator("section.panel").nth(1).locator("tbody tr").all_inner_texts()]
    in_table = {(names[row[0]], names[row[1]]): row[2] for row in rows}
    assert {key: f"{value:.1f}" for key, value in ways.items()}.items() <= in_table.items()


@in_a_browser
def test_the_slider_keeps_the_largest_ways(page, shown):
    visit(page, shown, "map?result=real&arm=alone&show=level", ".sankey")
    ways = sorted(ways_of(told_of(page, "real"), "alone", -1, change=False).values(), reverse=True)
    assert len(ways) > 3
    page.locator("#ways").fill("3")
    page.wait_for_function("document.querySelectorAll('.sankey .band').length === 3")
    assert sorted(read_values(page, ".sankey .band").values(), reverse=True) == pytest.approx(ways[:3])
    assert page.locator(".worldmap .way").count() <= 3
    page.locator("#ways").fill("0")
    page.wait_for_function("document.querySelectorAll('.sankey .band, .worldmap .way').length === 0")


@in_a_browser
def test_one_time_bar_moves_all_pictures(page, shown):
    visit(page, shown, "map?result=real&arm=alone&show=level&ways=60", ".sankey")
    told = told_of(page, "real")
    assert page.locator(".when").inner_text() == "Weeks 26 to 104"
    for press, time in (("ArrowRight", 0), ("ArrowRight", 1), ("ArrowLeft", 0)):
        page.locator("main").press(press)
        page.wait_for_function(f"document.querySelector('#period').value === '{time}'")
        first = 13 * time + 1
        assert page.locator(".when").inner_text() == f"Weeks {first} to {first + 12}"
        ways = {key: value for key, value in ways_of(told, "alone", time, change=False).items() if value >= 0.05}
        assert read_values(page, ".sankey .band") == pytest.approx(ways)
        assert sum(read_values(page, ".matrix .cell").values()) == pytest.approx(sum(ways.values()), rel=0.02, abs=0.1)
        place = told["map"]["codes"].index("MMR")
        value = told["map"]["operations"]["alone"]["mean"][place][time]
        title = page.locator(".worldmap path.country[data-code=MMR] title").first.text_content()
        shown_number = float(re.search(r"Myanmar: ([\d,]+)", title)[1].replace(",", ""))
        assert shown_number == pytest.approx(value, rel=0.06)
    page.locator("#period").fill("4")
    page.locator("#period").press("ArrowRight")
    assert page.locator(".when").inner_text() == "Weeks 66 to 78", "the slider takes its own arrow keys"
    page.get_by_role("button", name="Whole window").click()
    assert page.locator(".when").inner_text() == "Weeks 26 to 104"


@in_a_browser
def test_the_difference_from_the_baseline_is_shown_with_its_sign(page, shown):
    visit(page, shown, "map?result=real&arm=alone", ".matrix")
    told = told_of(page, "real")
    place = told["map"]["codes"].index("KHM")
    change = told["map"]["change"]["alone"]["mean"][place][-1]
    title = page.locator(".worldmap .country[data-code=KHM] title").first.text_content()
    assert abs(change) >= 1.0, "the study is made so that there is something to show"
    shown_number = float(re.search(r": ([+−][\d,.]+)", title)[1].replace(",", "").replace("−", "-"))
    assert shown_number == pytest.approx(change, rel=0.06)
    assert "treated by this policy" in title
    rises = {key: value for key, value in ways_of(told, "alone", -1, change=True).items() if value >= 0.05}
    assert read_values(page, ".sankey .band") == pytest.approx(
        dict(sorted(rises.items(), key=lambda one: -one[1])[:15])
    )
    page.locator("#arm").select_option("no change")
    page.wait_for_function("document.querySelector('.map-panel h2').textContent.startsWith('Where operations sit')")


@in_a_browser
def test_an_imagined_world_has_no_real_outline(page, shown):
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    visit(page, shown, "map?result=imagined", ".worldmap")
    assert not any(address.endswith("world.json") for address in asked)
    expect(page.locator(".worldmap path.country")).to_have_count(12)
    expect(page.locator(".worldmap .tile-name")).to_have_count(12)
    assert page.locator(".worldmap .disclaimer").count() == 0
    assert "Imagined." in page.locator(".worldmap .imagined-word").first.text_content()
    assert page.locator(".worldmap path:not(.country):not(.way)").count() <= 1, "but for the arrow of the key"


@in_a_browser
def test_what_is_not_known_is_hatched(page, shown):
    def with_a_gap(route):
        told = route.fetch().json()
        place = told["map"]["codes"].index("KHM")
        for band in (*told["map"]["operations"].values(), *told["map"]["change"].values()):
            for key in band:
                band[key][place] = [None] * len(band[key][place])
        route.fulfill(json=told)

    page.route("**/panels", with_a_gap)
    visit(page, shown, "map?result=real&arm=alone", ".worldmap")
    assert page.locator(".worldmap .country[data-code=KHM]").first.get_attribute("fill") == "url(#no-data)"
    expect(page.locator(".worldmap text", has_text="no data")).to_have_count(1)
    assert page.locator(".worldmap .country[data-code=LAO]").first.get_attribute("fill") != "url(#no-data)"


@in_a_browser
def test_a_country_is_looked_at_alone(page, shown):
    visit(page, shown, "map?result=real&arm=alone&show=level", ".worldmap")
    told = told_of(page, "real")
    page.locator("#country").select_option(label="Cambodia")
    page.wait_for_selector(".country-card dl")
    value = told["map"]["operations"]["alone"]["mean"][told["map"]["codes"].index("KHM")][-1]
    texts = page.locator(".country-card dd").all_inner_texts()
    assert any(float(text.replace(",", "")) == pytest.approx(value, rel=0.06) for text in texts if text[0].isdigit())
    titles = page.locator(".worldmap .way title").all_text_contents()
    assert titles
    assert all("Cambodia" in title for title in titles)


@in_a_browser
def test_the_lists_lead_to_the_results(page, shown):
    visit(page, shown, "map", ".picker a")
    page.get_by_role("link", name="imagined").click()
    page.wait_for_selector(".worldmap")
    assert "result=imagined" in page.url
    # The browser notes the refusal of a name that nobody knows: it is meant.
    page.route("**/api/results/nobody/panels", lambda route: route.fulfill(json={"pairs": 0}))
    page.goto(f"{shown[0].home}/#/report?result=nobody")
    page.wait_for_selector("text=Nothing is finished yet")


@in_a_browser
def test_the_report_opens_as_a_document_of_its_own(page, shown):
    visit(page, shown, "report?result=real", ".door")
    told = told_of(page, "real")
    assert page.locator(".first").inner_text() == told["sentences"][0]
    page.wait_for_function("document.querySelectorAll('.caveats p')[0].textContent.length > 20")
    assert told["covers"] in page.locator(".caveats").inner_text()
    heads = page.locator(".door h2").all_inner_texts()
    assert heads == ["Question", "Answer", "What was compared", "Who bears it", "Limits", "Settings", "Checksum"]
    link = page.get_by_role("link", name="Open the report")
    with page.context.expect_page() as opened:
        link.click()
    document = opened.value
    document.wait_for_load_state()
    expect(document.locator("h2#checksum")).to_have_count(1)
    answer = page.request.get(document.url)
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script-src" not in policy
    document.close()
    for file in ("summary.csv", "manifest.json"):
        href = page.locator(f".files a[href$='{file}']").get_attribute("href")
        assert page.request.get(f"{shown[0].home}{href}").ok
    manifest = page.request.get(f"{shown[0].home}/api/results/real/files/manifest.json").json()
    page.wait_for_selector(f"text={manifest['files']['summary.csv']}")


@in_a_browser
def test_about_finds_what_is_searched_for(page, shown):
    visit(page, shown, "about", "#search-parameters")
    rows = page.locator("table.parameters tbody tr")
    assert rows.count() == len(parameter_rows())
    page.locator("#search-parameters").fill("crowding elasticity")
    wanted = [row["path"] for row in parameter_rows() if "crowding" in (path := row["path"]) and "elasticity" in path]
    page.wait_for_function(f"document.querySelectorAll('table.parameters tbody tr').length <= {len(wanted) + 3}")
    found = page.locator("table.parameters tbody th").all_inner_texts()
    assert set(wanted) <= set(found)
    page.locator("table.parameters a", has_text="A-4").first.click()
    page.wait_for_selector("#part-A-4[open]")
    assert "part=A-4" in page.url
    page.locator("#search-sources").fill("no such words")
    page.wait_for_selector("text=Nothing contains all of these words.")


@in_a_browser
@pytest.mark.parametrize("size", ["projector", "phone"])
@pytest.mark.parametrize("place", PLACES)
def test_nobody_is_kept_out(page, shown, place, size):
    width, height = SIZES[size]
    page.set_viewport_size({"width": width, "height": height})
    waits = {"map": ".worldmap", "report": ".door .files", "about": "#search-sources"}
    visit(page, shown, place, waits[place.split("?")[0]])
    assert complaints(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    for fact in (".facts .status", "#share"):
        expect(page.locator(fact).first).to_be_visible()
    assert len(page.locator(".facts span").all_inner_texts()) == 5, "status, world, policy, seed and version"


@in_a_browser
def test_the_picture_leaves_with_its_key_and_its_facts(page, shown):
    visit(page, shown, "map?result=real", ".worldmap")
    page.locator(".map-panel button", has_text="Export").click()
    with page.expect_download() as drawing:
        page.get_by_role("button", name="Drawing (SVG)").click()
    text = drawing.value.path().read_text(encoding="utf-8")
    assert "imply no opinion" in text
    assert "status: stylised" in text
    page.locator(".map-panel button", has_text="Export").click()
    with page.expect_download() as numbers:
        page.get_by_role("button", name="Numbers (CSV)").click()
    lines = numbers.value.path().read_text(encoding="utf-8").splitlines()
    assert lines[0] == "# status: stylised"
    assert any(line.startswith("Cambodia,") for line in lines)


@in_a_browser
def test_the_door_to_a_report_opens_when_it_is_written(page, shown):
    facts = {"state": "running", "pairs": 2, "report": False}
    page.route("**/api/jobs/trial", lambda route: route.fulfill(json=facts))
    for kept in ("panels", "files/manifest.json"):
        page.route(f"**/api/jobs/trial/{kept}", lambda route: route.fulfill(
            response=route.fetch(url=route.request.url.replace("jobs/trial", "results/real"))
        ))  # fmt: skip
    visit(page, shown, "report?job=trial", ".door")
    assert page.get_by_role("button", name="Open the report").is_disabled()
    assert "early look" in page.locator(".doors").inner_text()
    facts["state"] = "done"
    page.wait_for_selector("text=being drawn")
    facts["report"] = True
    link = page.get_by_role("link", name="Open the report")
    link.wait_for()
    assert link.get_attribute("href") == "/api/jobs/trial/report"
