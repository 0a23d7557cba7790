"""Explore and Compare in a browser: a study is put together, run, kept, and read as the command line reads it."""

import csv
import json
import subprocess
import sys
from contextlib import contextmanager

import pytest
from browser import SIZES, Outside, browser, complaints, enter, program
from playwright.sync_api import expect

from sim import ensemble
from sim.scenario import loads_experiment

pytestmark = pytest.mark.browser
STUDY = """
name: small
about: Does it help when Varda acts alone?
scenario: two-countries
baseline: no change
replicates: 20
window: {from: 26, to: 520}
arms:
  no change: {}
  alone:
    budget: {usd_per_year: 5.0e6}
    policy:
      - {instrument: crackdown, members: [varda], start: 26}
"""
WRONG = STUDY.replace("baseline: no change", "baseline: no chnge").replace("[varda]", "[vrda]")
THREE = (
    STUDY.replace("small", "three").replace("replicates: 20", "replicates: 3")
    + """
  together:
    label: Both together
    budget: {usd_per_year: 5.0e6}
    policy:
      - {instrument: crackdown, members: [varda, orlen], start: 26}
      - {instrument: intelligence sharing, members: [varda, orlen], start: 26}
contrasts:
  - {name: coordination effect, of: together, minus: alone}
"""
)
BARS = "[role=slider]"
SENTENCE = ".card-sentence"


@pytest.fixture(scope="module")
def out(tmp_path_factory):
    """A folder of results with one of three policies, run in a shorter and smaller world."""
    out = tmp_path_factory.mktemp("out")
    study = loads_experiment(THREE)
    study = study.set({"scale": 0.1, "clock.burn_in": 13, "clock.weeks": 78})
    ensemble.compare(study, out=out)
    return out


@pytest.fixture(scope="module")
def pages(out):
    """Open pages of one program in one browser; whatever leaves the machine is kept in `outside`."""
    with program(out) as running, browser() as chromium:
        first = chromium.new_context(viewport=dict(zip(("width", "height"), SIZES["projector"], strict=True)))
        first.new_page().goto(running.link)
        cookie = first.storage_state()
        first.close()
        asked, broken = [], []

        @contextmanager
        def at(place, size="projector"):
            width, height = SIZES[size]
            context = chromium.new_context(
                viewport={"width": width, "height": height}, storage_state=cookie, accept_downloads=True
            )
            outside = Outside(context, running.home)
            context.on("weberror", lambda error: broken.append(str(error.error)))
            try:
                page = enter(context, running, place)
                page.set_default_timeout(20_000)
                yield page
            finally:
                asked.extend(outside.asked)
                context.close()

        at.outside, at.broken = asked, broken
        yield at


@pytest.fixture(autouse=True)
def nothing_outside_nothing_broken(pages):
    """Every test of the pages: nobody else is asked for anything, and no script fails."""
    yield
    assert pages.outside == []
    assert pages.broken == []


def upload(page, text, name="study.yaml"):
    """Open a text as a file."""
    page.set_input_files("input[type=file]", {"name": name, "mimeType": "text/yaml", "buffer": text.encode()})


def begun(page, text=STUDY):
    """Open a study and wait until the program has said what it means."""
    upload(page, text)
    page.wait_for_selector(".policy-list")
    page.wait_for_selector(f"{SENTENCE}:not(:empty):not(.waiting)")
    return page


def sentences(page):
    """Return the sentences of the cards, once the program has answered."""
    page.wait_for_timeout(350)  # longer than the pause before it is asked
    page.wait_for_selector(f"{SENTENCE}.waiting", state="detached")
    return page.locator(SENTENCE).all_text_contents()


# ---- Explore: putting a study together ----------------------------------------------------------


def test_a_template_becomes_cards_that_read_back_as_sentences(pages):
    with pages("explore") as page:
        page.click("text=Show the")
        page.locator("section[aria-label='Worlds without policies'] .start-card", has_text="two-countries").click()
        page.click("text=Add a policy")
        page.check("input[value='late coordination']")
        page.click("text=Add this policy")
        page.wait_for_selector(f"{SENTENCE}:not(:empty)")
        crackdown, sharing, joint = sentences(page)
        assert "Orlen and Varda: crackdown from week 26" in crackdown
        assert "intelligence sharing from week 182" in sharing
        assert "joint operations from week 182" in joint

        sharing = page.locator(BARS).nth(2)
        sharing.focus()
        page.keyboard.press("ArrowRight")
        page.keyboard.press("Shift+ArrowRight")
        assert "intelligence sharing from week 196" in sentences(page)[1]
        page.click("text=What just changed?")
        assert "now starts in week 196 (month 45) instead of week 183" in page.locator(".changed-words").inner_text()
        page.click("text=Undo last")
        page.click("text=Undo last")
        assert "intelligence sharing from week 182" in sentences(page)[1]


def test_a_card_is_moved_by_drag_and_edited_by_its_fields(pages):
    with pages("explore") as page:
        begun(page)
        bar = page.locator(BARS).first
        box = bar.bounding_box()
        page.mouse.move(box["x"] + 20, box["y"] + 5)
        page.mouse.down()
        page.mouse.move(box["x"] + 120, box["y"] + 5, steps=5)
        page.mouse.up()
        moved = int(bar.get_attribute("aria-valuenow"))
        assert moved > 40
        assert f"crackdown from week {moved} to the end" in sentences(page)[0]

        page.click("text=Edit")
        page.get_by_label("Strength").fill("0.5")
        page.get_by_label("Strength").press("Enter")
        assert "50 %" in sentences(page)[0]
        page.get_by_label("Strength").fill("3")
        page.get_by_label("Strength").press("Enter")
        page.wait_for_selector("text=Strength must be between 0 and 1.")
        page.wait_for_selector("text=One thing to mend first")
        assert page.locator(".run-bar button.primary").is_disabled()
        page.click("text=Use 1")
        page.get_by_label("Orlen").check()
        assert "Orlen and Varda: crackdown" in sentences(page)[0]


def test_a_budget_that_does_not_suffice_is_hatched_and_said(pages):
    with pages("explore") as page:
        begun(page, THREE)
        page.click(".policy-entry >> text=Both together")
        page.get_by_label("Million USD a year").fill("0.01")
        page.get_by_label("Million USD a year").press("Enter")
        page.wait_for_selector(".budget-bar.exceeded")
        assert "do not pay the fixed costs" in page.locator(".budget-words").first.inner_text()
        assert "gradient" in page.locator(".budget-bar span").evaluate("bar => getComputedStyle(bar).backgroundImage")


def test_an_assumption_changes_all_policies_and_says_so(pages):
    with pages("explore") as page:
        begun(page)
        page.click(".assumptions-toggle")
        slider = page.locator(".assumption input").nth(1)
        slider.focus()
        page.keyboard.press("End")
        page.wait_for_selector("text=This changes the baseline and every policy together.")
        with page.expect_download() as saved:
            page.locator(".keep button", has_text="Save as YAML").click()
        arms = loads_experiment(saved.value.path().read_text(encoding="utf-8")).arms
        values = {arm.scenario.parameters.choice.stay_out for arm in arms.values()}
        assert values == {0.75}


def test_policies_are_added_copied_renamed_and_removed(pages):
    with pages("explore") as page:
        begun(page)
        page.click("text=Duplicate")
        page.get_by_label("Policy", exact=True).fill("another")
        page.get_by_label("Policy", exact=True).press("Enter")
        names = page.locator(".policy-name").all_inner_texts()
        assert [name.split("\n")[0] for name in names] == ["no change", "alone", "another"]
        page.locator(".policy-head button", has_text="Remove").click()
        expect(page.locator(".policy-entry")).to_have_count(2)


def test_a_wrong_file_is_refused_with_its_line_and_the_nearest_name_and_the_page_lives(pages):
    with pages("explore") as page:
        begun(page)
        upload(page, WRONG, "wrong.yaml")
        page.wait_for_selector(".refusal")
        told = page.locator(".refusal").inner_text()
        line = WRONG.splitlines().index("baseline: no chnge") + 1
        assert f"Line {line}" in told
        assert "no change" in told
        assert "varda" in told
        expect(page.locator(".policy-entry")).to_have_count(2)  # the study before
        page.click("text=Duplicate")
        expect(page.locator(".policy-entry")).to_have_count(3)


def test_a_file_too_large_is_refused_before_it_is_sent(pages):
    with pages("explore") as page:
        sent = []
        page.on("request", lambda request: sent.append(request.url) if "study/read" in request.url else None)
        upload(page, "#" * 10_000_000, "large.yaml")
        page.wait_for_selector(".refusal")
        assert "at most 256 kB" in page.locator(".refusal").inner_text()
        assert sent == []
        begun(page)


def test_a_link_holds_the_study_and_a_broken_one_says_so(pages):
    with pages("explore") as page:
        begun(page, THREE)
        page.wait_for_timeout(400)
        page.click("#share")
        link = page.url
        assert "#/explore?study=" in link
        assert len(link) < 8192
    with pages(link.partition("#/")[2]) as page:
        page.wait_for_selector(".policy-list")
        expect(page.locator(".policy-entry")).to_have_count(3)
    with pages("explore?study=AAAA") as page:
        page.wait_for_selector(".refusal")
        assert page.locator(".start-card").count() > 5


# ---- Explore: running it -------------------------------------------------------------------------


@pytest.fixture(scope="module")
def ran(pages, tmp_path_factory):
    """What a study looked like while it ran and was stopped, the answer of its job, and its YAML."""
    found = {}
    folder = tmp_path_factory.mktemp("ran")
    with pages("explore") as page:
        begun(page)
        found["before"] = page.locator(".not-yet").inner_text()
        with page.expect_download() as saved:
            page.locator(".keep button", has_text="Save as YAML").click()
        found["yaml"] = folder / "small.yaml"
        saved.value.save_as(found["yaml"])
        page.click(".run-bar button.primary")
        page.wait_for_selector(".early", timeout=300_000)
        found["early"] = page.locator(".early").inner_text()
        found["progress"] = page.locator(".progress").inner_text()
        page.click(".progress button")
        page.wait_for_selector("text=paired runs are kept", timeout=200_000)
        job = json.loads(page.evaluate("sessionStorage.getItem('displace study')"))["ran"]["id"]
        page.wait_for_selector("text=/^Kept, /")
        found["job"] = page.evaluate(f"fetch('/api/jobs/{job}').then(answer => answer.json())")
        found["table"] = page.locator(".panel[aria-label='In numbers'] tbody tr").all_inner_texts()
        found["lines"] = page.locator("svg.over-time path.line").count()
        found["faults"] = complaints(page)
        page.click(".assumptions-toggle")
        slider = page.locator(".assumption input").nth(1)
        slider.focus()
        page.keyboard.press("End")
        page.wait_for_selector(".stale-words")
        found["stale"] = page.locator(".stale-words").inner_text()
        found["outdated"] = page.locator(".found.outdated").count()
        found["stale faults"] = complaints(page)
        page.click("text=Undo last")
        page.wait_for_selector(".stale-words", state="detached")
        found["again"] = page.locator(".found:not(.outdated)").count()
        page.keyboard.press("Escape")
        page.locator("h1").first.click()
        page.keyboard.press("c")
        page.wait_for_selector(".compare .panels")
        found["address"] = page.url
        found["compared"] = page.locator(".panel[aria-label='In numbers'] tbody tr").all_inner_texts()
    return found


def test_before_a_run_nothing_is_shown_and_then_an_early_look(ran):
    assert ran["before"].strip() == "Not run yet"
    assert ran["early"].startswith("Early look, 2 of 20 runs.")
    assert "of 40 runs" in ran["progress"]
    assert ran["lines"] == 2  # the baseline is always drawn


def test_stop_keeps_what_is_done(ran):
    assert ran["job"]["state"] == "stopped"
    assert 2 <= ran["job"]["pairs"] < 20


def test_numbers_on_the_page_are_those_of_the_job_and_of_the_command_line(ran, tmp_path):
    pairs = ran["job"]["pairs"]
    command = [sys.executable, "-m", "sim", "compare", str(ran["yaml"]), "--replicates", str(pairs)]
    told = subprocess.run(
        [*command, "--out", str(tmp_path), "--json"], capture_output=True, text=True, check=True, timeout=900
    )
    answer = json.loads(told.stdout)
    for part in ("effects", "contrasts", "leakage", "sentences", "spending"):
        assert ran["job"]["answer"][part] == answer[part], part
    (effect,) = answer["effects"]
    (row,) = ran["table"]
    assert f"in {effect['n_worse']} of {effect['n']} runs" in row
    leakage = next(one for one in answer["leakage"] if (one["side"], one["measure"]) == ("host", "harm_usd"))
    if leakage["simulated"] is not None:
        assert f"{leakage['simulated']:.2f}".replace("-", "−") in row
    assert ran["compared"] == ran["table"]


def test_a_changed_setting_greys_the_result_until_it_is_undone(ran):
    assert ran["stale"].startswith("Results are for the previous settings.")
    assert ran["outdated"] == 1
    assert ran["again"] == 1


def test_compare_opens_with_the_job_of_explore(ran):
    assert f"#/compare?job={ran['job']['id']}" in ran["address"]


# ---- Compare -------------------------------------------------------------------------------------

PANELS = ("Harm avoided", "In numbers", "Over time", "Cost against harm", "Leakage", "Who pays", "Where operations")


def test_compare_shows_a_stored_result_and_every_panel_of_it(pages):
    with pages("compare?result=three") as page:
        for name in PANELS:
            page.wait_for_selector(f".panel[aria-label^='{name}']")
        assert "in the model" in page.locator("h1").inner_text().lower()
        facts = page.locator(".facts").inner_text()
        assert "Imagined" in facts
        assert "three" in facts
        expect(page.locator("svg.intervals .row")).to_have_count(2)
        page.get_by_label("alone", exact=True).uncheck()
        expect(page.locator("svg.intervals .row")).to_have_count(1)
        expect(page.locator("svg.over-time path.line")).to_have_count(2)
        page.locator("svg.intervals .row").first.focus()
        assert "Both together" in page.locator(".told").first.inner_text()
        row = page.locator("svg.intervals .row").first.get_attribute("aria-label")
        median = page.locator(".panel[aria-label='In numbers'] tbody td").first.inner_text()
        assert median.split(" (")[0] in row


def test_no_policy_is_called_best_or_set_in_bold(pages):
    with pages("compare?result=three") as page:
        page.wait_for_selector(".panels")
        assert not {"best", "worst", "rank", "winner"} & set(page.locator("main").inner_text().lower().split())
        bold = "[...document.querySelectorAll('tbody th')].map(cell => Number(getComputedStyle(cell).fontWeight))"
        assert max(page.evaluate(bold)) < 600
        orders = page.get_by_label("Order of policies").locator("option").all_inner_texts()
        assert orders == ["as in the file", "by alphabet"]


KINDS = {"Picture (PNG)": b"\x89PNG", "Drawing (SVG)": b"<svg", "Numbers (CSV)": b"# scenario: three\n# seeds: "}


@pytest.mark.parametrize("name", ["Harm avoided", "Over time", "Cost against harm", "Leakage", "Who pays"])
def test_every_panel_is_exported_as_picture_drawing_and_numbers(pages, name):
    with pages("compare?result=three") as page:
        panel = page.locator(f".panel[aria-label^='{name}']")
        for kind, first in KINDS.items():
            panel.get_by_role("button", name="Export").click()
            with page.expect_download() as saved:
                panel.get_by_role("button", name=kind).click()
            content = saved.value.path().read_bytes()
            assert content.startswith(first)
            assert len(content) > (2000 if kind != "Numbers (CSV)" else 150)
            if kind == "Drawing (SVG)":
                assert "status: imagined" in content.decode()
            if kind == "Numbers (CSV)":
                told = content.decode().splitlines()
                assert [line.split(":")[0] for line in told[:4]] == ["# scenario", "# seeds", "# version", "# status"]
                columns, *rows = csv.reader(line for line in told if not line.startswith("#"))
                assert rows
                assert {len(row) for row in rows} == {len(columns)}


def test_keys_lead_to_export_and_to_everything_by_name(pages):
    with pages("compare?result=three") as page:
        page.wait_for_selector(".panels")
        page.keyboard.press("e")
        page.wait_for_selector("header.top .menu li:nth-child(3)")
        page.keyboard.press("Escape")
        page.locator("h1").click()
        page.keyboard.press("/")
        page.wait_for_selector(".palette input:focus")
        page.keyboard.type("leak")
        expect(page.locator(".palette li")).to_have_count(1)
        assert [one.split() for one in page.locator(".palette li").all_inner_texts()] == [["Leakage", "panel"]]
        page.keyboard.press("Enter")
        page.wait_for_selector(".panel[aria-label='Leakage']:focus")
        page.keyboard.press("/")
        page.wait_for_selector(".palette input:focus")
        page.keyboard.type("expl")
        expect(page.locator(".palette li").first).to_contain_text("Explore")
        page.keyboard.press("Enter")
        page.wait_for_selector(".explore")
        upload(page, STUDY)
        page.get_by_label("Policy", exact=True).focus()
        page.keyboard.type("c/e")
        assert page.get_by_label("Policy", exact=True).input_value().endswith("c/e")


def test_a_result_that_is_not_there_is_told(pages):
    with pages("compare?job=nothing") as page:
        page.wait_for_selector("[role=alert]")


# ---- everybody can use them ----------------------------------------------------------------------


@pytest.mark.parametrize("size", ["projector", "phone"])
@pytest.mark.parametrize("place", ["explore", "explore?base=two-countries", "compare", "compare?result=three"])
def test_no_serious_faults_and_no_scrolling_sideways(pages, place, size):
    with pages(place, size) as page:
        ready = {"explore": ".start-card", "compare": ".source option"}
        page.wait_for_selector(ready.get(place, ".policy-list, .panels"), state="attached")
        if "base" in place:
            page.wait_for_selector(f"{SENTENCE}:not(:empty)")
            page.click("text=Edit")
            page.click("text=Add a policy")
            page.click(".assumptions-toggle")
        assert complaints(page) == []
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_no_serious_faults_with_results_old_or_new(ran):
    assert ran["faults"] == []
    assert ran["stale faults"] == []
