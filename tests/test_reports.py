import re
from dataclasses import replace
from html.parser import HTMLParser
from types import SimpleNamespace

import numpy as np
import pytest
from made_up import made_up
from small_results import stored

from sim import ensemble, record, reports
from sim.comparison import Comparison, open_results
from sim.declare import UnknownName
from sim.figures import FIGURES, reading
from sim.figures.look import number
from sim.instruments import INSTRUMENTS, Crackdown, IntelligenceSharing, JointOperations
from sim.reports import background
from sim.scenario.uncertain import Uncertain

NEVER = ("source country", "source countries", "hub", "haven", "worst", "gang", "cartel")
HOSTILE = "<script>alert(1)</script> & \"quotes\" 'and' $x_1$"


@pytest.fixture(scope="module")
def page():
    return reports.render(made_up(arms=("alone", "copycat", "together", "late")))


class Balance(HTMLParser):
    """Finds elements that are closed out of turn, and names used twice."""

    alone = frozenset({"meta", "br", "hr", "img", "input", "link", "use", "path"})

    def __init__(self):
        super().__init__()
        self.open, self.names, self.links, self.wrong = [], [], [], []

    def handle_starttag(self, tag, attrs):
        facts = dict(attrs)
        self.names += [facts["id"]] if "id" in facts else []
        self.links += [facts["href"]] if "href" in facts else []
        if tag not in self.alone or (tag == "path" and self.open[-1:] == ["clippath"]):
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        facts = dict(attrs)
        self.names += [facts["id"]] if "id" in facts else []
        self.links += [facts["href"]] if "href" in facts else []

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.wrong.append(tag)


def checked(page):
    balance = Balance()
    balance.feed(page)
    balance.close()
    return balance


def test_every_element_is_closed_in_turn(page):
    balance = checked(page)
    assert balance.wrong == []
    assert balance.open == []


def test_no_name_is_used_twice_and_every_link_leads_somewhere(page):
    balance = checked(page)
    assert sorted(balance.names) == sorted(set(balance.names))
    inside = {link.removeprefix("#") for link in balance.links if not link.startswith("data:image/png;base64,")}
    assert inside <= set(balance.names)


def test_the_page_asks_the_network_for_nothing(page):
    assert not re.search(r"https?:|src=|@import|<link|<script|<iframe|url\((?!#)", page)


def test_the_page_uses_careful_words(page):
    words = reports.text_of(page).lower()
    assert [word for word in NEVER if re.search(rf"\b{word}\b", words)] == []


def test_pictures_use_careful_words(page):
    drawn = " ".join(re.findall(r"<text[^>]*>(.*?)</text>", page, flags=re.DOTALL)).lower()
    assert [word for word in NEVER if re.search(rf"\b{word}\b", drawn)] == []


def test_the_status_comes_before_anything_else(page):
    words = reports.text_of(page[page.index("<body>") :]).strip()
    assert words.removeprefix("Skip to the answer ").startswith("stylised Real countries")


def test_the_report_keeps_its_order(page):
    headings = re.findall(r"<h2[^>]*>(.*?)</h2>", page)
    assert headings == [
        "Question",
        "Answer",
        "What was compared",
        "Figures",
        "Who bears it",
        "Limits",
        "Settings",
        "Checksum",
    ]


def test_every_figure_has_words_and_a_table(page):
    figures = re.findall(r"<figure.*?</figure>", page, flags=re.DOTALL)
    assert len(figures) >= len(FIGURES)
    for figure in figures:
        assert 'role="img"' in figure
        assert '<th scope="col">' in figure
        described = re.search(r'aria-describedby="([^"]+)"', figure)
        assert described
        assert f'<p id="{described[1]}">' in figure


def test_arms_stand_in_the_order_of_the_experiment():
    table = reports.answer_table(made_up(arms=("z", "a", "m")))
    assert [row[0] for row in table.rows] == ["z", "a", "m"]


def test_private_cost_stands_beside_the_answer():
    findings = made_up(private={"alone": 4.1e9})
    alone, together = reports.answer_table(findings).rows
    assert (alone[-1], together[-1]) == ("USD 4.1 billion", "none")
    assert "through delayed or stopped payments" in reports.text_of(reports.render(findings))
    assert "through delayed or stopped payments" not in reports.text_of(reports.render(made_up()))


def test_a_private_cost_that_nobody_bears_has_no_column():
    assert "Private cost a year" not in reports.answer_table(made_up()).columns


def test_what_few_runs_cannot_tell_is_a_dash_with_a_note():
    findings = made_up()
    avoided = {name: replace(one, luck90=(float("nan"),) * 2) for name, one in findings.avoided.items()}
    findings = replace(findings, runs=4, avoided=avoided)
    page = reports.text_of(reports.render(findings))
    assert reports.answer_table(findings).rows[0][3].endswith("(–)")
    assert "there is a dash: with so few runs the drawn parameters cannot be taken out" in page
    assert "The settings say how much of each was drawn" in page
    assert "undefined to undefined" not in page


def test_contrasts_speak_of_harm_avoided():
    assert "coordination effect : harm avoided under “together”, against “alone”" in reports.text_of(
        reports.render(made_up())
    )


@pytest.mark.hand
@pytest.mark.parametrize("status", reports.STATUS)
def test_no_status_calls_itself_no_forecast(status):
    assert "no forecast" not in reports.STATUS[status]


def test_every_column_of_the_answer_has_one_number_of_decimals():
    table = reports.answer_table(made_up(arms=("alone", "copycat", "together")))
    for column in (1, 3):
        numbers = re.findall(r"\d+(?:\.(\d+))?", " ".join(row[column] for row in table.rows))
        assert {len(decimals) for decimals in numbers} == {1}


def test_what_is_in_force_everywhere_is_told_once():
    page = reports.text_of(reports.render(made_up(arms=("alone", "together"))))
    assert page.count("crackdown, from week 26 to the end") == 1


@pytest.mark.hand
def test_numbers_stay_with_their_units():
    tied = reports.tied("USD 10 million, 90 % of runs −3.2 to +1.2 %, to 5")
    assert tied.replace("\u00a0", "~") == "USD~10~million, 90~% of runs −3.2~to~+1.2~%, to 5"


def test_recalled_values_are_marked(page):
    recalled = page[page.index("Values recalled") : page.index("<h2", page.index("Values recalled"))]
    assert recalled.count('<span class="recalled">memory</span>') == 1


def test_rows_that_no_phase_reads_are_not_called_used():
    page = reports.text_of(reports.render(replace(made_up(), recalled=(), shown_only=(("extradition A–B", "x", "y"),))))
    assert "1 row shown only: no phase of the model reads them" in page
    assert "used in this world" not in page
    base = SimpleNamespace(world=SimpleNamespace(countries=("CHN", "KHM"), bodies=("ASEANAPOL",)))
    assert [row[0] for row in background.recalled(base, used=True)] == ["ASEANAPOL: KHM"]
    assert [row[0] for row in background.recalled(base, used=False)] == ["extradition CHN–KHM"]


def test_a_hostile_name_stays_words():
    page = reports.render(made_up(labels={"alone": HOSTILE, "together": HOSTILE}))
    assert "<script" not in page
    assert HOSTILE in reports.text_of(page)
    balance = checked(page)
    assert balance.wrong == []


def test_a_hostile_arm_gives_a_harmless_file_name():
    findings = made_up(arms=("../../etc/passwd", "☃", "a b", "a-b"))
    names = [reports.file_name(FIGURES["map"], findings, arm.name) for arm in findings.policies]
    assert len(set(names)) == 4
    assert all(re.fullmatch(r"[a-z0-9-]+", name) for name in names)


@pytest.mark.laws
def test_equal_findings_give_the_same_page(page):
    assert reports.render(made_up(arms=("alone", "copycat", "together", "late"))) == page


def test_a_report_of_one_arm_says_that_there_is_nothing_to_compare():
    page = reports.render(made_up(arms=()))
    assert checked(page).wrong == []
    assert "1 arm ·" in reports.text_of(page)
    assert "One arm only" in reports.text_of(page)


def test_an_undefined_leakage_is_a_word_and_not_a_number():
    page = reports.text_of(reports.render(made_up(undefined=("alone",))))
    assert "undefined: harm in the treated countries did not fall" in page
    assert "nan" not in page


def test_the_files_of_a_report_are_complete(tmp_path):
    findings = made_up(arms=("alone",))
    written = reports.write(findings, tmp_path)
    names = sorted(str(path.relative_to(tmp_path)) for path in written)
    assert names == sorted(
        str(p.relative_to(tmp_path)) for p in tmp_path.rglob("*") if p.is_file()
    )  # and nothing half written
    assert "report.html" in names
    assert {f"figures/{name}.png" for name in ("intervals", "map--alone", "moves--alone")} <= set(names)
    assert sum(name.endswith(".svg") for name in names) == sum(name.endswith(".png") for name in names) == 12


# --- instruments as sentences -------------------------------------------------------------------------


@pytest.mark.battery
@pytest.mark.parametrize("name", INSTRUMENTS)
def test_every_instrument_reads_back_as_a_sentence(name):
    sentence = reports.instrument_sentence(INSTRUMENTS[name](members=("KHM", "LAO"), start=26))
    assert sentence.startswith(f"KHM and LAO: {name} from week 26 to the end")
    assert sentence.endswith(".")
    assert "_" not in sentence
    assert "None" not in sentence


@pytest.mark.hand
def test_a_crackdown_on_the_rest_of_the_budget():
    sentence = reports.instrument_sentence(Crackdown(members=("KHM",), start=26), {"KHM": "Cambodia"})
    assert sentence.startswith("Cambodia: crackdown from week 26 to the end (what is left of the arm's budget")


@pytest.mark.hand
def test_sharing_tells_when_it_begins_to_work():
    sentence = reports.instrument_sentence(IntelligenceSharing(members=("CHN", "KHM", "MMR"), start=4, end=60))
    assert sentence.startswith(
        "CHN, KHM and MMR: intelligence sharing from week 4 until week 60, in effect from week 30"
    )
    assert "coverage 60 % of reports, delay 2 weeks" in sentence


@pytest.mark.hand
def test_who_pays_for_whom_and_what_is_limited_reads_as_words():
    aid = INSTRUMENTS["aid-funded teams"](members=("KHM", "SGP", "USA"), donors=("SGP", "USA"), usd_per_year=2e6)
    sentence = reports.instrument_sentence(aid, {"KHM": "Cambodia", "SGP": "Singapore"})
    assert sentence.startswith("Cambodia, Singapore and USA: aid-funded teams from week 0")
    assert "donors: Singapore and USA, USD 2 million a year in all, paid by: wealth" in sentence
    law = INSTRUMENTS["legislation"](members=("KHM",), crimes=("online_fraud",))
    assert (
        "(crimes: online fraud, gain 50 % of the gap to a full law closed, ramp 52 weeks)"
        in reports.instrument_sentence(law)
    )
    limit = INSTRUMENTS["payment friction"](members=("KHM",), limit=5000)
    assert "limit USD 5,000" in reports.instrument_sentence(limit)


@pytest.mark.hand
def test_switches_read_as_words():
    sentence = reports.instrument_sentence(JointOperations(members=("CHN", "MMR"), vetted=False, intensity=0.5))
    assert "at 50 % of its full effect, not vetted" in sentence


# --- from stored results --------------------------------------------------------------------------------

COUNTRY = (
    "{{code: {code}, name: {name}, region: coast, population: 1000000, online: 0.7, gdp_per_head: 8000, "
    "languages: [Vardan], teams: 30, institutions: 0.5, corruption: 0.4, laundering_controls: 0.4, law: 0.8, "
    "wage: 80, reporting: 0.2, latitude: {latitude}, longitude: {longitude}}}"
)
WORLD = "\n".join(
    [
        "name: small",
        "status: imagined",
        "world:",
        "  imagined:",
        *(
            "    - " + COUNTRY.format(code=code, name=name, latitude=place, longitude=-place)
            for place, (code, name) in enumerate((("AAA", "Varda"), ("BBB", "Orlen"), ("CCC", "Tess")))
        ),
        "crimes: [online_fraud]",
        "workforces: [{name: local, home: AAA, share: 1.0, languages: {Vardan: 1.0}}]",
    ]
)
POLICY = {
    "no change": "",
    "alone": "\npolicy: [{instrument: crackdown, members: [AAA], usd_per_year: 1000, start: 26}]",
    "together": "\npolicy: [{instrument: crackdown, members: [AAA, BBB], usd_per_year: 1000, start: 26}]",
}


def comparison_in(folder, **changes):
    """Return stored results with round numbers and a complete scenario for every arm."""
    found = stored(folder, **changes)
    arms = {name: facts | {"scenario": WORLD + POLICY.get(name, "")} for name, facts in found.manifest.arms.items()}
    manifest = replace(found.manifest, arms=arms)
    manifest.write(folder)
    return Comparison(folder, manifest)


@pytest.mark.hand
def test_what_is_drawn_is_what_is_stored(tmp_path):
    found = reports.findings_of(comparison_in(tmp_path))
    # 40 of 100 less in one of three countries, 10 more in each of the others, in all of the window
    assert found.avoided["alone"].mean == pytest.approx(100 * 20 / 300, abs=0.5)
    assert found.avoided["together"].mean == pytest.approx(100 * 40 / 300, abs=0.5)
    assert found.avoided["coordination effect"].mean == pytest.approx(100 * 20 / 300, abs=0.5)
    assert found.avoided["alone"].n_worse == 0
    assert found.leakages["alone"][0].simulated == pytest.approx(20 / 40)
    assert list(found.operations["alone"].middle) == pytest.approx([-8.0, 2.0, 2.0])  # a tenth, two crimes
    # five operations in 6 quarters from AAA to BBB fall before the window; to CCC inside it: 5 in 1.5 years
    assert found.moves["alone"][0, 2] == pytest.approx(5 / 1.5)
    assert found.moves["alone"][0, 1] == 0
    assert found.spending["alone"].planned == pytest.approx(4000.0)
    assert found.spending["alone"].spent.mean == pytest.approx(4000.0)
    assert found.ledgers["alone"].hosted.middle[0] == pytest.approx(-2 * 40 * 4)
    assert found.courses["alone"].true_change.middle[-1] == pytest.approx(-100 * 20 / 300, abs=1.5)


def test_a_report_is_written_beside_its_results_and_vouched_for(tmp_path):
    comparison = comparison_in(tmp_path)
    page = reports.report(comparison)
    assert page == tmp_path / "report.html"
    manifest = record.verify(tmp_path)
    assert {"report.html", "figures/intervals.png", "figures/map--alone.svg"} <= set(manifest.files)
    words = reports.text_of(page.read_text(encoding="utf-8"))
    assert "Varda: crackdown from week 26 to the end (USD 1,000 a year" in words
    assert "Crowding elasticity: online fraud 0.7." in words


@pytest.mark.laws
def test_a_report_written_twice_is_the_same(tmp_path):
    comparison = comparison_in(tmp_path, arms=("no change", "alone"))
    first = reports.report(comparison).read_bytes()
    assert reports.report(open_results(tmp_path)).read_bytes() == first


STATED = {
    "parameters.choice.review": Uncertain(path="parameters.choice.review", low=0.03, high=0.05),
    "parameters.intelligence.attribution": Uncertain(
        path="parameters.intelligence.attribution", low=0.01, high=0.08, scale="log"
    ),
}


@pytest.mark.hand
@pytest.mark.parametrize("runs", [2, 4, 20])
@pytest.mark.parametrize("path", STATED)
def test_a_stated_range_stands_beside_what_was_drawn_of_it(path, runs, tmp_path):
    one = STATED[path]
    drawn = ensemble.design((one,), 1, runs)
    found = comparison_in(tmp_path, arms=("no change",), replicates=runs, luck_only=False, design=drawn)
    known = background.drawn_from(found, path)
    assert (known.low, known.high) == pytest.approx((one.low, one.high))
    assert (known.least, known.most) == (min(drawn[path]), max(drawn[path]))
    part = np.log(known.most / known.least) / np.log(8) if one.scale == "log" else (known.most - known.least) / 0.02
    assert known.share == pytest.approx(part)
    assert f"(stated range {number(one.low)} to {number(one.high)}" in background.used(found, path, 0.0)
    assert ("was visited" in background.used(found, path, 0.0)) == (part <= 0.8)
    ranges = dict(background.settings(found, reading.scenario_of(found, "no change")))["Parameters drawn by every run"]
    assert f"{number(known.most, 3)} (stated range {number(one.low)}" in ranges


@pytest.mark.hand
def test_of_one_draw_the_declared_range_is_told(tmp_path):
    path = "parameters.intelligence.attribution"
    found = comparison_in(tmp_path, replicates=1, luck_only=False, design={path: [0.02]})
    assert background.used(found, path, 0.02) == "drawn once: 0.02 (stated range 0.005 to 0.1)"


def test_arms_without_a_finished_pair_are_left_out(tmp_path):
    comparison = comparison_in(tmp_path, missing=[("alone", r) for r in range(4)])
    found = reports.findings_of(comparison)
    assert [arm.name for arm in found.policies] == ["together"]
    assert checked(reports.render(found)).wrong == []


def test_one_pair_sets_no_intervals_and_breaks_nothing(tmp_path):
    page = reports.text_of(reports.render(reports.findings_of(comparison_in(tmp_path, replicates=1))))
    assert "nan" not in page


def test_a_comparison_plots_by_name(tmp_path):
    comparison = comparison_in(tmp_path)
    assert "alone" in comparison.plot("map").get_suptitle()
    assert "together" in comparison.plot("moves", "together").get_suptitle()
    with pytest.raises(UnknownName, match="did you mean 'map'"):
        comparison.plot("mapp")
    with pytest.raises(UnknownName, match="did you mean 'together'"):
        comparison.plot("map", "togeter")
