"""Learn: the balloon in a browser, by keyboard, by link, after a reload, and when something goes wrong."""

import json
import re
import socket
import time
from urllib.parse import parse_qs

import pytest
from browser import SIZES, Program, complaints, enter, visitor
from playwright.sync_api import expect

from sim.app import live
from sim.app.lesson import lesson
from sim.world import codes, country

pytestmark = pytest.mark.browser
SCENES = [scene["id"] for scene in lesson()["scenes"]]
NAMES = {one["code"]: one["name"] for one in lesson()["world"]["countries"]}
ORDER = list(NAMES)
MONTH = 52 / 12
PATIENCE = 60_000  # ms, for the model on a busy machine


def week_of(month):
    return -int(-month * MONTH // 1)


@pytest.fixture(scope="module")
def shown(tmp_path_factory):
    """The program, a browser that has been let in, and what it asked of the world outside."""
    with visitor(tmp_path_factory.mktemp("out")) as (running, context, outside):
        context.set_default_timeout(PATIENCE)
        yield running, context, outside


@pytest.fixture
def page(shown):
    running, context, _ = shown
    found = context.new_page()
    broken = []
    found.on("pageerror", lambda error: broken.append(str(error)))
    found.goto(f"{running.home}/#/learn")
    found.wait_for_selector(".hexmap")
    yield found
    found.close()
    assert not broken


def scene(page, name):
    """Go to a scene by its Next."""
    for _ in range(SCENES.index(name) - SCENES.index(now(page))):
        page.get_by_role("button", name="Next", exact=True).click()
    page.wait_for_selector(f".learn.scene-{name} .hexmap")


def now(page):
    classes = page.locator(".learn").get_attribute("class")
    return re.search(r"scene-(\w+)", classes)[1]


def at_month(page, month):
    """Wait for the clock."""
    page.wait_for_function(
        "month => document.querySelector('.clock')?.textContent === `Month ${month}`", arg=month, timeout=PATIENCE
    )


def to_month(page, month):
    page.locator(".clockbar input[type=range]").fill(str(month))
    at_month(page, month)


def month_of(page):
    return int(page.locator(".clock").text_content().split()[1])


def rows(page, inside):
    """Return the table twin of a picture as {first cell: other cells}."""
    cells = page.locator(f"{inside} table").first.evaluate(
        "table => [...table.rows].map(row => [...row.cells].map(cell => cell.textContent))"
    )
    return {first: others for first, *others in cells}


def pair(page):
    """Return the same worlds as the page shows, from its link."""
    page.locator("#share").click()
    fragment = page.evaluate("() => location.hash").split("?")[1]
    said = {key: value[0] for key, value in parse_qs(fragment).items()}
    worlds = live.open_pair(said["preset"], int(said["seed"]), json.loads(said["a"]), json.loads(said["b"]))
    return worlds, int(said["week"]), said


def folded(worlds, which, week):
    """Return {operation: (host, trade, status)} when this many weeks have passed; those that closed are not in it."""
    found = {site: others for site, *others in worlds.opened()["start"][which]}
    for frame in worlds.frames(0, week) if week else []:
        for site, host, trade, status in frame[which]["c"]:
            if status == 2:
                found.pop(site)
            else:
                found[site] = [host, trade, status]
    return found


def totals(worlds, since, week):
    frames = worlds.frames(0, week)[since:]
    return {which: sum(sum(frame[which]["h"]) for frame in frames) for which in "ab"}


# ---- the scenes ---------------------------------------------------------------------------------------


def tab_to(page, name):
    """Press Tab until what has the focus is called so."""
    for _ in range(90):
        page.keyboard.press("Tab")
        held = page.evaluate(
            "() => { const one = document.activeElement;"
            " return one.getAttribute('aria-label') ?? one.labels?.[0]?.textContent ?? one.textContent }"
        )
        if re.fullmatch(name, held.strip()):
            return
    raise AssertionError(f"no Tab reaches {name}")


def test_all_seven_scenes_by_keyboard_alone(page):
    press = page.keyboard.press
    seen = [now(page)]

    def forward():
        tab_to(page, "Next")
        press("Enter")
        page.wait_for_selector(".hexmap")
        seen.append(now(page))

    expect(page.get_by_text("Nothing has moved yet. Press Play or the right arrow.").first).to_be_visible()
    press("Space")
    page.wait_for_function("() => document.querySelector('.clock').textContent !== 'Month 0'")
    press("Space")
    stands = month_of(page)
    time.sleep(0.4)
    assert month_of(page) == stands >= 1

    forward()
    press("1")
    press("ArrowLeft")
    assert page.evaluate("() => document.activeElement.getAttribute('aria-label')").startswith("Kelbor")
    press("ArrowRight")
    before = page.locator(".country .count").all_text_contents()
    press("Enter")
    expect(page.get_by_role("dialog", name="Varda")).to_be_visible()
    tab_to(page, "What if it moved to.*")
    press("End")
    tab_to(page, "Ask the model")
    press("Enter")
    page.wait_for_selector(".unchanged")
    assert "In the model this operation would stay in Varda" in page.locator(".answer").text_content()
    assert page.locator(".country .count").all_text_contents() == before
    assert len(rows(page, ".answer")) == 5

    forward()
    tab_to(page, "Pressure")
    press("End")
    tab_to(page, "Play")
    press("Enter")
    page.wait_for_function("() => document.querySelector('.clock').textContent === 'Month 3'")
    press("Enter")
    assert "moved away" in rows(page, ".ledger")

    forward()
    press("g")
    press("Space")
    tab_to(page, "Reveal")
    press("Enter")
    page.wait_for_selector(".outcome")

    forward()
    for month in range(1, 5):
        press("ArrowRight")
        at_month(page, month)
    press("ArrowLeft")
    at_month(page, 3)

    forward()
    press("ArrowRight")
    at_month(page, 1)

    forward()
    tab_to(page, "Delay")
    press("End")
    page.wait_for_function("() => document.querySelectorAll('.world h2')[1].textContent.includes('months late')")
    assert seen == SCENES
    assert page.get_by_role("button", name="Next", exact=True).is_disabled()


def test_a_dot_that_is_dragged_returns_with_an_answer(page):
    scene(page, "drag")
    dots = page.locator(".hexmap .dot")
    count = dots.count()
    first, goal = dots.first.bounding_box(), page.locator('[data-country="11"] .count').bounding_box()
    page.mouse.move(first["x"] + first["width"] / 2, first["y"] + first["height"] / 2)
    page.mouse.down()
    page.mouse.move(goal["x"], goal["y"] + 10, steps=4)
    expect(page.locator(".dot.held")).to_have_count(1)
    page.mouse.up()
    page.wait_for_selector(".unchanged")
    expect(page.get_by_text("the world is unchanged").first).to_be_visible()
    assert (page.locator(".dot.held").count(), dots.count()) == (0, count)
    worlds, week, _ = pair(page)
    assert week == 0
    heading = page.locator(".answer h2").text_content()
    start = folded(worlds, "a", 0)
    here = re.search(r"stay in (\w+)", heading)[1]
    answers = [
        worlds.ask("a", 0, site, "varda")["sentence"]
        for site, (host, *_) in start.items()
        if NAMES[ORDER[host]] == here
    ]
    assert page.locator(".answer .sentence").text_content() in answers


def test_the_guess_covers_the_total_until_it_is_made(page):
    scene(page, "guess")
    at_month(page, 24)
    expect(page.locator(".cover")).to_be_visible()
    assert page.locator(".total svg, .total table").count() == 0
    assert page.get_by_role("button", name="Reveal").is_disabled()
    page.get_by_label("It rises").check()
    expect(page.locator(".cover")).to_be_visible()
    page.get_by_role("button", name="Reveal").click()
    page.wait_for_selector(".total svg")
    assert page.locator(".cover").count() == 0
    worlds, week, said = pair(page)
    harm = totals(worlds, 13, week)
    share = 100 * (harm["a"] / harm["b"] - 1)
    assert abs(share) > 0.05, "choose a seed with something to say"
    number = f"{'−' if share < 0 else '+'}{abs(share):.1f} %".replace(".0 %", " %")
    outcome = page.locator(".outcome").text_content()
    assert outcome.startswith("You guessed that it rises. In the model the world total")
    assert number in outcome
    assert (said["scene"], week) == ("guess", week_of(24))


def test_a_class_counts_hands_without_names(page):
    scene(page, "guess")
    page.get_by_label("Class").check()
    for word, count in (("It falls", 21), ("It only moves", 6), ("It rises", 2)):
        page.get_by_label(word, exact=True).fill(str(count))
    page.get_by_label("It rises: one more").click()
    page.get_by_role("button", name="Reveal").click()
    assert page.locator(".outcome").text_content().startswith("21 guessed it falls, 6 moves, 3 rises. In the model")
    expect(
        page.get_by_role("img", name="21 guessed it falls, 6 guessed it only moves, 3 guessed it rises")
    ).to_be_visible()
    page.get_by_role("button", name="Another seed").click()
    at_month(page, 24)
    page.wait_for_selector("text=/Try two more seeds/")


def test_the_ledger_is_a_count_of_what_the_model_did(page):
    scene(page, "dice")
    to_month(page, 30)
    worlds, week, _ = pair(page)
    home, since = ORDER.index("varda"), 13
    table = rows(page, ".ledger")
    for column, which in enumerate("ab"):
        then = {site: one for site, one in folded(worlds, which, since).items() if one[0] == home}
        after = folded(worlds, which, week)
        told = {key: int(cells[column]) for key, cells in table.items() if key != "what became of them"}
        gone = [after[site] for site in then if site in after and after[site][0] != home]
        stays = {site: after[site] for site in then if site in after and after[site][0] == home}
        assert told["in all"] == len(then) > 5
        assert told["stopped"] == sum(site not in after for site in then)
        assert told["went quiet"] == sum(one[2] == 1 for one in stays.values())
        assert told["changed trade"] == sum(one[2] == 0 and one[1] != then[site][1] for site, one in stays.items())
        assert told["still there"] == sum(one[2] == 0 and one[1] == then[site][1] for site, one in stays.items())
        assert told["moved away"] == len(gone)
        assert told["moved away and at work"] == sum(one[2] == 0 for one in gone)
        for code, name in NAMES.items():
            assert told.get(f"moved to {name}", 0) == sum(one[0] == ORDER.index(code) for one in gone)


def test_each_map_has_a_table_that_counts_what_is_there(page):
    scene(page, "dice")
    to_month(page, 15)
    worlds, week, _ = pair(page)
    for which in "ab":
        after = folded(worlds, which, week)
        table = rows(page, f".world.{which}")
        for place, name in enumerate(NAMES.values()):
            here = [one for one in after.values() if one[0] == place]
            assert [int(cell) for cell in table[name][3:5]] == [
                sum(one[2] == 0 for one in here),
                sum(one[2] == 1 for one in here),
            ]


def test_who_pays_tells_what_each_country_paid_and_lost(page):
    scene(page, "pays")
    to_month(page, 20)
    worlds, week, _ = pair(page)
    paid = [0, 0]
    for frame in worlds.frames(0, week)[13:]:
        for column, which in enumerate("ab"):
            paid[column] += frame[which]["g"][ORDER.index("kelbor")]
    assert paid[1] == 0 < paid[0]
    assert rows(page, ".pays")["Kelbor"][:2] == [f"{float(f'{paid[0] / 1e6:.2g}'):g} million USD", "0 USD"]
    expect(page.get_by_text("Kelbor skips in B")).to_be_visible()


# ---- time and levers ----------------------------------------------------------------------------------


def test_one_month_back_shows_what_was_there(page):
    seen = []
    for month in range(5):
        at_month(page, month)
        seen.append(rows(page, ".world.a"))
        page.keyboard.press("ArrowRight")
    at_month(page, 5)
    assert len({json.dumps(one) for one in seen}) > 2
    for month in reversed(range(5)):
        page.keyboard.press("ArrowLeft")
        at_month(page, month)
        assert rows(page, ".world.a") == seen[month]


def test_a_lever_holds_from_the_week_in_which_it_is_moved(page):
    scene(page, "squeeze")
    to_month(page, 6)
    before = rows(page, ".world.a")
    page.get_by_label("Pressure").fill("1")
    page.wait_for_function("() => document.querySelector('.world h2').textContent.includes('Varda alone')")
    assert rows(page, ".world.a") == before
    to_month(page, 12)
    page.get_by_label("Pressure").fill("0.5")
    page.wait_for_function("() => document.querySelector('.world h2').textContent.includes('at 50 %')")
    _, _, said = pair(page)
    assert json.loads(said["a"]) == [{"week": week_of(6), "pressure": 1}, {"week": week_of(12), "pressure": 0.5}]
    assert json.loads(said["b"]) == []


def test_reset_takes_back_this_scene_and_can_be_undone(page):
    scene(page, "dice")
    page.get_by_label("Partners").fill("7")
    to_month(page, 10)
    page.get_by_role("button", name="Next seed").first.click()
    at_month(page, 10)
    _, _, before = pair(page)
    counts = rows(page, ".world.b")
    page.locator("h1").focus()
    page.keyboard.press("r")
    at_month(page, 0)
    _, _, reset = pair(page)
    found = lesson()["scenes"][SCENES.index("dice")]
    assert (int(reset["seed"]), json.loads(reset["b"])) == (found["seed"], found["b"])
    page.get_by_role("button", name="Undo").click()
    at_month(page, 10)
    assert pair(page)[2] == before
    assert rows(page, ".world.b") == counts
    assert page.get_by_role("button", name="Undo").count() == 0


def test_single_letters_can_be_switched_off_and_rest_in_fields(page):
    to_month(page, 2)
    page.locator(".clockbar .dice input").focus()
    page.keyboard.press("r")
    assert month_of(page) == 2
    page.locator("h1").focus()
    page.keyboard.press("?")
    page.get_by_label("Single letters and digits are keys").uncheck()
    page.get_by_role("button", name="Close").click()
    page.locator("h1").focus()
    page.keyboard.press("r")
    time.sleep(0.2)
    assert month_of(page) == 2
    page.get_by_role("button", name="Keys").click()
    page.get_by_label("Single letters and digits are keys").check()
    page.keyboard.press("Escape")
    page.locator("h1").focus()
    page.keyboard.press("r")
    at_month(page, 0)


def test_those_who_want_no_motion_see_counts_on_the_borders(page):
    page.emulate_media(reduced_motion="reduce")
    scene(page, "dice")
    to_month(page, 24)
    assert page.locator(".hexmap .move").count() == 0
    told = sum(int(text) for text in page.locator(".hexmap.world-a .moves text").all_text_contents())
    worlds, week, _ = pair(page)
    moves, place = 0, {site: host for site, (host, *_) in folded(worlds, "a", 0).items()}
    for frame in worlds.frames(0, week):
        for site, host, _, status in frame["a"]["c"]:
            moves += status != 2 and site in place and place[site] != host and frame["w"] > week - 52
            place[site] = host
    assert told == moves > 0


# ---- links, reloads, seeds ------------------------------------------------------------------------------


def told(page):
    return {
        "scene": now(page), "month": month_of(page), "header": page.locator(".facts").text_content(),
        "levers": [one.input_value() for one in page.locator(".lever input").all()],
        "chart": rows(page, ".total"), "a": rows(page, ".world.a"), "b": rows(page, ".world.b"),
    }  # fmt: skip


@pytest.fixture
def busy_page(page):
    """A page on which much has been set by hand."""
    scene(page, "dice")
    page.locator(".clockbar .dice input").fill("11")
    page.keyboard.press("Enter")
    page.get_by_label("Partners").fill("6")
    to_month(page, 14)
    page.get_by_label("Information sharing").fill("0.2")
    to_month(page, 20)
    return page


def test_a_link_shows_the_same_month_seed_levers_and_totals(busy_page, shown):
    before = told(busy_page)
    busy_page.locator("#share").click()
    fragment = busy_page.evaluate("() => location.hash")
    assert busy_page.evaluate("() => location.search") == ""
    other = shown[1].new_page()
    other.goto(f"{shown[0].home}/{fragment}")
    other.wait_for_selector(".hexmap")
    at_month(other, 20)
    assert told(other) == before
    assert other.locator(".sender").count() == 0
    other.close()

    older = shown[1].new_page()
    older.goto(f"{shown[0].home}/{re.sub('v=[^&]*', 'v=0.0.9', fragment)}")
    at_month(older, 20)
    said = older.locator(".sender").text_content()
    assert "made with displace 0.0.9" in said
    worlds, week, _ = pair(busy_page)
    harm = totals(worlds, 0, week)
    words = [f"{float(f'{harm[which] / 1e9:.2g}'):g} billion USD" for which in "ab"]
    assert f"The sender saw at month 20: harm of {words[0]} in A and {words[1]} in B" in said
    older.close()


def test_a_reload_goes_on_where_it_was(busy_page):
    before = told(busy_page)
    busy_page.reload()
    busy_page.wait_for_selector(".hexmap")
    at_month(busy_page, 20)
    assert told(busy_page) == before
    busy_page.get_by_role("button", name="Back", exact=True).click()
    assert now(busy_page) == "guess"


def test_a_link_that_makes_no_sense_is_told_so(page, shown):
    page.goto(
        f"{shown[0].home}/#/learn?scene=dice&seed=3&week=9&a=%5B%7B%22week%22%3A2%2C%22magic%22%3A1%7D%5D&b=nonsense"
    )
    page.wait_for_selector(".troubles .error")
    assert "These settings are not understood" in page.locator(".troubles .error").text_content()
    page.get_by_role("button", name="Reset this scene").click()
    page.wait_for_selector(".hexmap")
    assert page.locator(".troubles .error").count() == 0


def test_some_seeds_are_counted_and_what_is_done_is_kept(page):
    scene(page, "dice")
    with page.expect_response("**/api/seeds") as asked:
        page.get_by_role("button", name="Try 20 seeds").click()
    job = asked.value.json()["id"]
    page.wait_for_selector(".threads .thread", state="attached")
    page.get_by_role("button", name="Stop", exact=True).click()
    page.wait_for_selector("text=Stopped; what was done is kept.")
    answer = page.evaluate("id => fetch(`/api/jobs/${id}`).then(found => found.json())", job)["answer"]
    lower = sum(one["b_total"] < one["a_total"] for one in answer["seeds"])
    assert page.locator(".counted").text_content() == f"B lower in {lower} of {answer['done']}."
    assert page.locator(".threads .thread").count() == answer["done"] >= 1
    page.get_by_label("Partners").fill("2")
    expect(page.get_by_text("This is for the previous settings.")).to_be_visible()


def test_what_is_shown_can_be_taken_along(page, tmp_path):
    scene(page, "dice")
    to_month(page, 8)
    kept = {}
    for entry in ("Map A (PNG)", "Map B (PNG)", "Chart (PNG)", "Where did they go (CSV)"):
        page.get_by_role("button", name="Export").click()
        with page.expect_download() as taken:
            page.get_by_role("button", name=entry).click()
        taken.value.save_as(tmp_path / entry)
        kept[entry] = (tmp_path / entry).read_bytes()
    for entry in ("Map A (PNG)", "Map B (PNG)", "Chart (PNG)"):
        assert kept[entry].startswith(b"\x89PNG")
        assert len(kept[entry]) > 20_000
    said = kept["Where did they go (CSV)"].decode()
    assert "# status: imagined world" in said
    assert "# seed: 7" in said
    assert f"in all,{rows(page, '.ledger')['in all'][0]}," in said


# ---- when something goes wrong ----------------------------------------------------------------------------


def test_a_program_that_ends_leaves_the_picture_and_comes_back(shown, tmp_path):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    context = shown[1].browser.new_context()
    first = Program(tmp_path, "--port", port)
    try:
        page = enter(context, first)
        page.wait_for_selector(".hexmap")
        to_month(page, 3)
        before = rows(page, ".world.a")
        first.end()
        page.wait_for_selector(".banner")
        assert "Your picture is kept" in page.locator(".banner").text_content()
        assert rows(page, ".world.a") == before
        second = Program(tmp_path, "--port", port)
        try:
            page.wait_for_selector("text=The program was started anew")
            assert rows(page, ".world.a") == before
            context.new_page().goto(second.link)
            page.wait_for_selector(".banner", state="detached")
            to_month(page, 30)
            assert rows(page, ".world.a") != before
        finally:
            second.end()
    finally:
        first.end()
        context.close()


def test_a_model_that_stops_is_told_in_words_and_tried_again(shown):
    running, context, _ = shown
    page = context.new_page()
    opened = []

    def between(route):
        server = route.connect_to_server()

        def heard(message):
            order = json.loads(message)
            opened.append(order["do"])
            if order["do"] == "want" and opened.count("open") == 1 and order["upto"] > 40:
                detail = "FloatingPointError: overflow"
                words = {"is": "stopped", "id": order["id"], "week": 135, "message": "stopped in week 135."}
                route.send(json.dumps(words | {"detail": detail}))
            else:
                server.send(message)

        route.on_message(heard)

    page.route_web_socket("**/api/live", between)
    page.goto(f"{running.home}/#/learn")
    page.wait_for_selector(".hexmap")
    to_month(page, 2)
    before = rows(page, ".world.a")
    page.locator(".clockbar input[type=range]").fill("12")
    page.wait_for_selector("text=The model stopped at month 31. Your picture is kept.")
    assert len(rows(page, ".world.a")) == len(before)
    assert page.locator(".detail").count() == 0
    page.get_by_role("button", name="Details for your teacher").click()
    assert "FloatingPointError" in page.locator(".detail").text_content()
    page.get_by_role("button", name="Try again").click()
    at_month(page, 12)
    assert page.locator(".troubles .error").count() == 0
    page.close()


# ---- for everybody ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", ["projector", "phone"])
def test_every_scene_can_be_used_by_everybody_and_names_no_real_country(page, shown, size):
    width, height = SIZES[size]
    page.set_viewport_size({"width": width, "height": height})
    real = re.compile(rf"\b({'|'.join(re.escape(country(code).name) for code in codes())})\b")
    for name in SCENES:
        scene(page, name)
        if name != "drag":
            to_month(page, 26)
        if name == "squeeze":
            page.get_by_label("Pressure").fill("1")
        if name == "drag":
            page.keyboard.press("1")
            page.keyboard.press("Enter")
            expect(page.get_by_role("dialog")).to_be_visible()
        assert complaints(page) == []
        assert not real.search(page.locator("body").text_content())
        sizes = page.evaluate(
            "() => { const all = document.documentElement;"
            " return [all.scrollWidth - innerWidth, all.scrollHeight - innerHeight,"
            " ...[...document.querySelectorAll('.story, .panel')].map(one => one.scrollHeight - one.clientHeight)] }"
        )
        assert sizes[0] <= 0
        assert size == "phone" or max(sizes) <= 0, f"something of '{name}' lies outside the screen: {sizes}"
    assert shown[2].asked == []
