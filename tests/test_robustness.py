"""What the report's sentences claim, and which of them survive when the model is changed."""

import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from made_up import made_up
from small_results import EFFECTS, manifest, part, stored
from worlds import ring, world

from sim import ensemble, record, reports, robustness
from sim.choice_rules import CHOICE_RULES
from sim.cli import main
from sim.cli.mistakes import Exit
from sim.comparison import open_results, words
from sim.comparison.claims import NOTHING, QUANTITIES, Claim, Reading, Said, worst
from sim.declare import UnknownName
from sim.figures import FIGURES, look
from sim.figures.findings import Survival
from sim.figures.robustness import draw_matrix, draw_tornado
from sim.parameters import parameter_table
from sim.reports.background import findings_of, studied
from sim.robustness import (
    AS_STATED,
    MECHANISMS,
    STATED,
    Robustness,
    Variation,
    assumptions,
    chosen,
    moved,
    outcomes,
    rules,
    variations,
    varied,
)
from sim.scenario import dump, load_experiment
from sim.scenario.uncertain import overlap

TELLS_NOTHING = re.compile(r"do not separate|do not tell|tell neither|is undefined")
OTHER = Variation(name="other", group="mechanism", settings={"scale": 0.5}, about="For a test.")


# ---- verdicts --------------------------------------------------------------------------


def claim(above, below, quantity="harm", of="alone", against="no change"):
    here = Reading(value=-5.0, low=-6.0, high=-4.0)
    return Claim(quantity=quantity, of=of, against=against, words="w", here=here, above=above, below=below)


@pytest.mark.hand
@pytest.mark.parametrize(
    ("above", "below", "value", "low", "high", "verdict"),
    [
        (-np.inf, 0.0, -3.0, -4.0, -2.0, "survives"),
        (-np.inf, 0.0, -3.0, -7.0, 1.0, "undecided"),
        (-np.inf, 0.0, 3.0, -1.0, 7.0, "undecided"),
        (-np.inf, 0.0, 3.0, 2.0, 4.0, "fails"),
        (-np.inf, 0.0, 0.0, 0.0, 0.0, "fails"),  # exactly nothing is not less
        (0.0, np.inf, -3.0, -4.0, -2.0, "fails"),
        (0.0, 1.0, 0.5, 0.4, 0.6, "survives"),
        (0.0, 1.0, 0.9, 0.7, 1.2, "undecided"),
        (0.0, 1.0, 1.5, 1.2, 1.8, "fails"),
        (0.0, 1.0, -0.5, -0.8, -0.1, "fails"),
        (0.0, np.inf, 0.5, 0.4, np.nan, "survives"),  # an end that the runs do not set
        (0.0, 1.0, 0.5, 0.4, np.nan, "undecided"),
        (0.0, 1.0, 0.5, np.nan, np.nan, "undecided"),
        (0.0, 1.0, np.nan, np.nan, np.nan, "undefined"),
        (0.0, 0.0, 0.0, 0.0, 0.0, "survives"),
        (0.0, 0.0, 0.1, -0.1, 0.3, "undecided"),
        (0.0, 0.0, 0.2, 0.1, 0.3, "fails"),
    ],
)
def test_a_verdict_goes_by_where_the_whole_interval_lies(above, below, value, low, high, verdict):
    assert claim(above, below).verdict(Reading(value=value, low=low, high=high)) == verdict


@pytest.mark.hand
def test_a_sentence_is_as_good_as_its_weakest_claim():
    assert worst(["survives", "survives"]) == "survives"
    assert worst(["survives", "undecided"]) == "undecided"
    assert worst(["undefined", "undecided"]) == "undefined"
    assert worst(["fails", "undefined", "survives"]) == "fails"


@pytest.mark.hand
def test_sizes_agree_where_intervals_meet():
    one = claim(-np.inf, 0.0)  # -6 to -4
    assert one.as_large(Reading(value=-4.0, low=-4.5, high=-3.5))
    assert not one.as_large(Reading(value=-3.0, low=-3.5, high=-2.5))
    assert not one.as_large(NOTHING)


# ---- what sentences claim --------------------------------------------------------------


def turned(arm, replicate, noise):
    """Return a run in which the policies do the opposite of what they do in the small results."""
    run = part(arm, replicate, noise)
    change = 2 * np.array(EFFECTS[arm])[None, :, None] * (np.arange(8) >= 2)[:, None, None]
    return replace(run, measures={name: values - change for name, values in run.measures.items()})


def far_off_plan(arm, replicate, noise):
    run = part(arm, replicate, noise)
    spent = run.measures["programme_usd"] * (1.1 if arm == "together" else 1.0)
    return replace(run, measures=run.measures | {"programme_usd": spent})


def private(arm, replicate, noise):
    run = part(arm, replicate, noise)
    borne = np.zeros_like(run.measures["programme_usd"])
    borne[:, 0] = 4e6 * (arm == "together")
    return replace(run, measures=run.measures | {"private_cost_usd": borne})


WORLDS = {
    "exact": {},
    "noisy": {"noise": 3.0, "replicates": 12},
    "too noisy to tell": {"noise": 300.0},
    "turned round": {"parts": turned},
    "one pair": {"replicates": 1},
    "off the plan": {"parts": far_off_plan},
    "private costs": {"parts": private},
    "failed runs": {"missing": {("alone", 1), ("together", 2)}},
}


@pytest.mark.battery
@pytest.mark.parametrize("kind", WORLDS)
def test_every_sentence_of_the_report_carries_claims_and_holds_something_unless_it_says_that_it_cannot(kind, tmp_path):
    found = stored(tmp_path, **WORLDS[kind])
    said = found.said()
    assert found.sentences() == [*(one.text for one in said), found.covered]
    for one in said:
        assert one.claims
        assert bool(one.decided) or TELLS_NOTHING.search(one.text), one.text
        assert not (one.decided and TELLS_NOTHING.match(one.text))
        for each in one.claims:
            assert "in the model" in each.words.lower()
            assert not re.search(r"\d+ %|\d\.\d", each.words) or each.quantity == "off plan"  # held without its size
            assert each.quantity in QUANTITIES


@pytest.mark.battery
@pytest.mark.parametrize("kind", WORLDS)
def test_a_report_survives_in_itself(kind, tmp_path):
    found = stored(tmp_path, **WORLDS[kind])
    for one in found.said():
        for each in one.decided:
            assert each.verdict(each.read(found)) == "survives", each.words
            reading = each.read(found)
            assert reading.value == pytest.approx(each.here.value)


@pytest.mark.refusals
def test_a_sentence_without_a_claim_is_a_mistake_of_ours():
    with pytest.raises(AssertionError, match="without a claim"):
        Said(text="Cooperation pays.", claims=())


@pytest.mark.hand
def test_the_claims_of_small_results_by_hand(tmp_path):
    """Alone: -40 + 10 + 10 a quarter and crime, of 300; together: -30 - 30 + 20."""
    found = stored(tmp_path)
    said = found.said()
    told = [
        (one.quantity, one.of, one.against, one.above, one.below)
        for each in said
        for one in each.claims
        if one.quantity != "private cost"  # every measure of these runs is the harm, this one too
    ]
    assert told == [
        ("harm", "together", "alone", -np.inf, 0.0),
        ("harm", "alone", "no change", -np.inf, 0.0),
        ("harm", "together", "no change", -np.inf, 0.0),
        ("inside", "alone", "host", -np.inf, 0.0),
        ("leakage", "alone", "host", 0.0, 1.0),  # 20 of 40
        ("inside", "together", "host", -np.inf, 0.0),
        ("leakage", "together", "host", 0.0, 1.0),  # 20 of 60
    ]
    assert said[0].claims[0].words == "In the model, “together” leaves less harm than “alone”"
    inside = said[3].claims[0].here
    assert inside.value == pytest.approx(-40 * 6 * 2 / 1.5)  # six quarters, two crimes, a year and a half
    assert said[3].claims[1].here.value == pytest.approx(0.5)


@pytest.mark.hand
def test_where_policies_do_the_opposite_their_sentences_fail_and_leakage_is_undefined(tmp_path):
    said, other = stored(tmp_path / "a").said(), stored(tmp_path / "b", parts=turned)
    verdicts = [one.verdict for one in outcomes(said, OTHER, other) if one.quantity != "private cost"]
    assert verdicts == ["fails", "fails", "fails", "fails", "undefined", "fails", "undefined"]
    assert all(one.verdict == "undefined" for one in outcomes(said, OTHER, None))  # its runs have failed


@pytest.mark.hand
def test_noise_decides_nothing_and_what_the_report_leaves_open_is_not_judged(tmp_path):
    clear, noisy = stored(tmp_path / "a"), stored(tmp_path / "b", noise=300.0)
    verdicts = {one.verdict for one in outcomes(clear.said(), OTHER, noisy)}
    assert "undecided" in verdicts
    judged = [one for one in outcomes(noisy.said(), OTHER, clear) if one.quantity == "harm"]
    assert any(one.verdict == "" and not one.decided for one in judged)


@pytest.mark.hand
def test_an_arm_that_another_comparison_lacks_has_no_reading(tmp_path):
    found = stored(tmp_path, arms=("no change", "alone"))
    assert claim(-np.inf, 0.0, of="together").read(found) is NOTHING
    assert claim(-np.inf, 0.0, of="together", against="alone").read(found) is NOTHING
    assert np.isfinite(claim(-np.inf, 0.0).read(found).value)


@pytest.mark.hand
def test_spending_and_private_cost_are_claims_too(tmp_path):
    above = [one for one in stored(tmp_path / "a", parts=far_off_plan).said() if one.claims[0].quantity == "off plan"]
    assert [(one.claims[0].above, one.claims[0].below) for one in above] == [(0.01, np.inf)]
    assert above[0].claims[0].here.value == pytest.approx(0.1)
    facts = manifest().metrics["programme_usd"] | {"measure": "private_cost_usd"}
    found = stored(tmp_path / "b", parts=private, metrics=manifest().metrics | {"private_cost_usd": facts})
    (paid,) = [one for one in found.said()[2].claims if one.quantity == "private cost"]
    assert (paid.above, paid.below) == (0.0, np.inf)
    assert paid.here.value == pytest.approx(4e6 * 6 * 2 / 1.5)
    plain = stored(tmp_path / "c", metrics=manifest().metrics | {"private_cost_usd": facts})
    assert paid.verdict(paid.read(plain)) == "fails"  # nobody pays anything more


# ---- variations ------------------------------------------------------------------------


@pytest.fixture(scope="module")
def twelve():
    return load_experiment("twelve-countries")


@pytest.fixture(scope="module")
def trades():
    return load_experiment("three-trades")


@pytest.mark.battery
@pytest.mark.parametrize("one", MECHANISMS, ids=lambda one: one.name)
def test_every_mechanism_is_switched_off_by_declared_numbers_that_change_something(one, twelve, trades):
    known = [path for path, _ in parameter_table()]
    for path in one.settings:
        assert path in known or path.startswith("policy."), path
    assert one.about.endswith(".")
    which = trades if "supply of captives" in one.name else twelve  # a world with one trade has nobody who supplies
    changed = varied(which, one)
    assert changed is not None
    assert changed.seed == which.seed
    assert changed.arms.keys() == which.arms.keys()
    kept = [drawn for drawn in which.uncertain if not any(overlap(drawn.path, path) for path in one.settings)]
    assert list(changed.uncertain) == kept  # and each keeps its draws, which depend on its own path alone


@pytest.mark.battery
def test_variations_have_names_of_their_own(twelve):
    names = [one.name for one in variations(twelve)]
    assert len(names) == len(set(names))
    assert STATED not in names


@pytest.mark.battery
def test_every_choice_rule_but_the_one_in_use_is_a_variation(twelve):
    found = {one.name: one for one in rules(twelve)}
    assert {*found, "nested logit"} == set(CHOICE_RULES)
    for name, one in found.items():
        changed = varied(twelve, one)
        assert {arm.scenario.parameters.choice.rule for arm in changed.arms.values()} == {name}
    salience = varied(twelve, found["salience"])
    assert "nested logit" in [one.name for one in rules(salience)]
    assert {one.group for one in variations(twelve)} == {"rule", "mechanism", "assumption"}


@pytest.mark.hand
def test_both_ends_of_everything_drawn_or_decisive_are_variations_and_half_the_horizon(twelve):
    found = {(one.parameter, one.end): one for one in assumptions(twelve)}
    for drawn in twelve.uncertain:
        assert found[drawn.path, "low"].settings == {drawn.path: drawn.low}
        assert found[drawn.path, "high"].settings == {drawn.path: drawn.high}
    assert found["parameters.choice.stay_out", "low"].settings == {"parameters.choice.stay_out": 0.25}
    assert ("parameters.harm.coerced_week", "high") in found
    assert ("parameters.choice.nest", "low") not in found  # neither drawn nor decisive
    horizon = found["horizon", "low"].settings["clock.weeks"]
    start, end = twelve.window
    assert horizon % 13 == 0
    assert start < horizon <= (start + end) / 2


@pytest.mark.hand
def test_half_the_horizon_ends_with_a_period(twelve):
    (half,) = [one for one in assumptions(replace(twelve, window=(26, 494))) if one.parameter == "horizon"]
    assert half.settings == {"clock.weeks": 260}  # 26 + 468 / 2, back to a multiple of 13
    assert not [one for one in assumptions(replace(twelve, window=(494, 507))) if one.parameter == "horizon"]


@pytest.mark.worlds
def test_what_a_study_fixes_is_not_varied_as_an_assumption():
    paths = {one.parameter for one in assumptions(load_experiment("no-attribution"))}
    assert "parameters.intelligence.attribution" not in paths
    assert "parameters.choice.outside_factor" in paths


@pytest.mark.worlds
def test_a_variation_that_leads_nowhere_or_changes_nothing_is_none(twelve):
    nowhere = replace(OTHER, settings={"policy.no such instrument.start": 3})
    assert varied(twelve, nowhere) is None
    assert varied(twelve, replace(OTHER, settings={"scale": 1.0})) is None
    assert varied(twelve, replace(OTHER, settings={"scale": 5.0})) is None  # more than the whole
    assert varied(twelve, AS_STATED) is twelve
    assert varied(twelve, OTHER) is not None


@pytest.mark.refusals
def test_variations_are_chosen_by_group_or_by_name(twelve):
    known = variations(twelve)
    assert chosen(known, [], []) == known
    assert {one.group for one in chosen(known, ["mechanism"], [])} == {"mechanism"}
    assert [one.name for one in chosen(known, ["rule"], ["no ties", "no learning"])] == ["no learning", "no ties"]
    with pytest.raises(UnknownName, match="did you mean 'no learning'"):
        chosen(known, [], ["no leaning"])


# ---- what moves the conclusion ---------------------------------------------------------


def halved(arm, replicate, noise):
    """Return a run in which policies do half of what they do in the small results."""
    run = part(arm, replicate, noise)
    change = 0.5 * np.array(EFFECTS[arm])[None, :, None] * (np.arange(8) >= 2)[:, None, None]
    return replace(run, measures={name: values - change for name, values in run.measures.items()})


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    """Return a study of small results with three variations: half the effect, the opposite, and noise."""
    folder = tmp_path_factory.mktemp("study")
    stated = stored(folder / "stated")
    said = stated.said()
    found = [
        (Variation(name="half", group="assumption", settings={}, about="", parameter="p.size", end="low"), halved),
        (Variation(name="turned", group="assumption", settings={}, about="", parameter="p.size", end="high"), turned),
        (Variation(name="same", group="mechanism", settings={}, about=""), part),
    ]
    judged, shifts = list(outcomes(said, AS_STATED, stated)), list(moved(stated, AS_STATED, stated))
    for variation, parts in found:
        other = stored(folder / variation.name, parts=parts)
        judged += outcomes(said, variation, other)
        shifts += moved(stated, variation, other)
    return Robustness(tuple(judged), tuple(shifts))


@pytest.mark.hand
def test_survival_by_hand(study):
    assert study.variations == ("half", "turned", "same")
    assert len(study.texts) == 5
    assert all(study.where(place, "survives") == ["half", "same"] for place in study.texts)
    assert all(study.where(place, "fails") == ["turned"] for place in study.texts)
    assert (study.everywhere, study.never_broken) == ([], [])
    assert study.broken("turned") == (5, 5)
    assert study.breaking == ["turned"]
    said = robustness.sentences(study)
    assert said[0].startswith(
        "In the model, of 5 sentences of the report that hold something, 0 (0 %) survive in every"
    )
    assert "most sentences are lost with “turned”: 5 of 5 do not survive, 5 of them" in said[1]
    assert all("the model" in sentence for sentence in said)


@pytest.mark.hand
def test_what_a_variation_moves_is_paired_by_hand(study):
    effect = ("harm", "together", "alone")
    assert study.numbers[0] == effect
    rows = {one.variation: one for one in study.of(effect)}
    # -20 of 300 a quarter, then -10: the luck of a pair is the same, so that the interval is narrow.
    assert rows[STATED].change == 0.0
    assert rows["half"].change == pytest.approx(-0.5 * rows[STATED].value)
    assert rows["half"].stated == rows[STATED].value
    assert rows["half"].change_hi90 - rows["half"].change_lo90 < 0.1 * abs(rows["half"].change)
    ((name, ends), (same, _)) = study.tornado(effect)
    assert (name, [one.variation for one in ends], same) == ("p.size", ["half", "turned"], "same")


@pytest.mark.hand
def test_leakage_stands_beside_the_mechanical_one_in_every_variation(study):
    rows = study.of(("leakage", "alone", "host"))
    assert [one.variation for one in rows] == [STATED, "half", "turned", "same"]
    assert [one.value for one in rows] == pytest.approx([0.5, 0.5, np.nan, 0.5], nan_ok=True)
    assert all(0.1 < one.mechanical < 0.9 for one in rows)
    assert rows[0].beyond_mechanical == pytest.approx(0.5 - rows[0].mechanical)


@pytest.mark.laws
def test_tables_come_back_as_they_were_written(study, tmp_path):
    robustness.write_tables(tmp_path, study)
    again = robustness.read_tables(tmp_path)
    assert repr(again.outcomes) == repr(study.outcomes)
    assert repr(again.moved) == repr(study.moved)
    assert again.verdicts == study.verdicts


@pytest.mark.battery
def test_figures_tell_by_marks_and_are_the_same_twice(study):
    for draw in (draw_matrix, draw_tornado):
        once, again = (look.svg(draw(study, "IMAGINED · small")) for _ in range(2))
        assert once == again
        assert "IMAGINED" in once
    matrix, tornado = (look.svg(draw(study, "IMAGINED · small")) for draw in (draw_matrix, draw_tornado))
    for told in ("✓", "✗", "turned", STATED, "leaves less harm than"):
        assert told in matrix
    for told in ("coordination effect", "choice rule alone", "same"):
        assert told in tornado


@pytest.mark.battery
def test_figures_without_sentences_or_bars_say_so():
    nothing = Robustness((), ())
    assert "No sentence" in look.svg(draw_matrix(nothing, "IMAGINED"))
    assert "No variation moves" in look.svg(draw_tornado(nothing, "IMAGINED"))
    assert "no sentence of the report holds anything" in robustness.sentences(nothing)[0]


# ---- mechanical leakage beside the simulated one, everywhere ---------------------------


@pytest.mark.laws
def test_wherever_leakage_is_told_the_choice_rule_alone_stands_beside_it(tmp_path):
    found = made_up()
    answer = reports.answer_table(found)
    assert "By the choice rule alone" in answer.columns
    assert [row[answer.columns.index("By the choice rule alone")] for row in answer.rows] == ["0.47", "0.47"]
    for name in ("leakage", "leakage-over-weeks"):
        assert "Mechanical" in FIGURES[name].table(found, "").columns
        assert "rule alone" in FIGURES[name].describe(found, "")
        assert "choice rule alone" in look.svg(FIGURES[name](found))
    small = stored(tmp_path)
    assert {"simulated", "mechanical"} <= set(small.leakage().columns) & set(small.leakage_curve().columns)
    said = [one for one in words.sentences(small, 0.01) if "leakage by host" in one]
    assert said
    assert all("the choice rule alone would give" in one for one in said)


# ---- the command -----------------------------------------------------------------------

ARMS = """\
name: tiny
scenario: tiny-base.yaml
baseline: no change
replicates: 2
window: {from: 4, to: 16}
arms:
  no change: {}
  alone:
    label: A alone
    budget: {usd_per_year: 1.0e8}
    policy:
      - {instrument: crackdown, members: [a], start: 4}
  both:
    budget: {usd_per_year: 1.0e8}
    policy:
      - {instrument: crackdown, members: [a, b], start: 4}
contrasts:
  - {name: spreading effect, of: both, minus: alone}
"""
TWO = ["--only", "no learning", "--only", "outside factor 2"]
OURS = ("robustness.csv", "robustness-effects.csv", "robustness.png", "robustness.svg", "robustness-tornado.png",
        "robustness-tornado.svg")  # fmt: skip


@pytest.fixture
def desk(tmp_path, monkeypatch):
    """Enter a folder with a tiny experiment of two countries."""
    base = world(ring(2), operations=20, burn_in=4, weeks=16, period=4)
    (tmp_path / "tiny-base.yaml").write_text(dump(base), encoding="utf-8")
    (tmp_path / "tiny.yaml").write_text(ARMS, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    return tmp_path


@pytest.mark.worlds
def test_robustness_runs_judges_writes_and_goes_into_the_report(desk, capsys, monkeypatch):
    command = ["robustness", "tiny.yaml", "--workers", "1", "--replicates", "3", *TWO]
    assert main(command) == Exit.DONE
    said = capsys.readouterr()
    for told in ("What the sentence holds", "In the model,", "no learning", "outside factor 2", "Mechanical"):
        assert told in said.out
    assert "variation 2 of 2: outside factor 2" in said.err
    folder = Path("results/tiny")
    assert set(OURS) <= set(record.verify(folder).files)
    comparison = open_results(folder)
    assert studied(comparison).variations == ("no learning", "outside factor 2")
    found = findings_of(comparison)
    assert found.sentences == tuple(one.text for one in comparison.said())
    page = reports.text_of((folder / "report.html").read_text(encoding="utf-8"))
    assert "What survives when the model is changed" in page
    varied_folders = {
        path.parent.parent.name: path.parent for path in Path("results").glob("tiny-*/*/tiny/manifest.json")
    }
    assert len(varied_folders) == 2
    other = next(open_results(path) for name, path in varied_folders.items() if name.startswith("outside-factor"))
    assert other.manifest.seeds == comparison.manifest.seeds
    drawn = dict(comparison.manifest.design)
    del drawn["parameters.choice.outside_factor"]
    assert other.manifest.design == drawn  # the rest keeps its draws
    assert "outside_factor=2.0" in other.manifest.command
    kept = {name: (folder / name).read_bytes() for name in OURS}

    def refuse(*_, **__):
        raise AssertionError("what is stored is run again")

    monkeypatch.setattr("sim.ensemble.compare", refuse)
    assert main([*command, "--quiet"]) == Exit.DONE
    assert capsys.readouterr().out.split() == [str(folder / "robustness.csv")]
    assert {name: (folder / name).read_bytes() for name in OURS} == kept


@pytest.mark.worlds
def test_fewer_replicates_than_the_report_has_are_judged_against_its_sentences(desk, capsys):
    assert main(["compare", "tiny.yaml", "--workers", "1", "--replicates", "4", "--quiet"]) == Exit.DONE
    command = ["robustness", "tiny.yaml", "--workers", "1", "--replicates", "2", "--only", "no ties", "--json"]
    capsys.readouterr()
    assert main(command) == Exit.DONE
    answer = json.loads(capsys.readouterr().out)
    assert answer["replicates"] == 2
    assert record.verify(Path("results/tiny")).replicates == 4
    assert len(list(Path("results/tiny-robustness").glob("*/tiny/manifest.json"))) == 2  # no ties, as stated
    (one,) = answer["variations"]
    assert (one["name"], one["group"]) == ("no ties", "mechanism")
    assert "parameters.choice.tie_weight=0.0" in one["command"]
    assert "--only 'no ties'" in answer["command"]
    assert answer["sentences"], "a crackdown of this size shows in four pairs"
    assert all({"survives", "fails", "undecided", "undefined"} <= set(one) for one in answer["sentences"])
    assert all({"mechanical", "beyond_mechanical"} <= set(row) for row in answer["effects"])


@pytest.mark.worlds
def test_what_is_stopped_goes_on_and_says_the_same(desk, capsys, monkeypatch):
    command = ["robustness", "tiny.yaml", "--workers", "1", "--quiet", *TWO]
    whole, done = ensemble.carry_out, []

    def stops(task, simulate):
        if len(done) == 8:  # in the middle of the first variation
            raise KeyboardInterrupt
        done.append(task.key)
        return whole(task, simulate)

    monkeypatch.setattr(ensemble, "carry_out", stops)
    assert main(command) == Exit.INTERRUPTED
    assert "displace robustness tiny.yaml --only 'no learning' --only 'outside factor 2'" in capsys.readouterr().err
    again = []
    monkeypatch.setattr(ensemble, "carry_out", lambda task, simulate: again.append(task.key) or whole(task, simulate))
    assert main(command) == Exit.DONE
    assert len(done) + len(again) == 3 * 3 * 2  # as stated and two variations, three arms, two replicates
    assert not set(done) & set(again)
    once = {name: (Path("results/tiny") / name).read_bytes() for name in OURS}
    assert main([*command, "--out", "elsewhere"]) == Exit.DONE
    assert {name: (Path("elsewhere/tiny") / name).read_bytes() for name in OURS} == once


@pytest.mark.worlds
def test_a_variation_without_a_finished_run_is_undefined_and_told(desk, capsys, monkeypatch):
    whole = ensemble.carry_out

    def carry_out(task, simulate):
        broken = task.scenario.parameters.learning.own_weight == 0.0
        return task.failure("Broken", "on purpose") if broken else whole(task, simulate)

    monkeypatch.setattr(ensemble, "carry_out", carry_out)
    assert main(["robustness", "tiny.yaml", "--workers", "1", "--json", "--replicates", "3", *TWO]) == Exit.SOME_FAILED
    said = capsys.readouterr()
    assert "Broken: on purpose" in said.err
    answer = json.loads(said.out)
    assert answer["sentences"], "a crackdown of this size shows in three pairs"
    assert all("no learning" in one["undefined"] for one in answer["sentences"])
    assert not any("outside factor 2" in one["undefined"] for one in answer["sentences"])


@pytest.mark.worlds
def test_a_study_of_other_sentences_is_not_in_the_report(desk, capsys):
    command = ["robustness", "tiny.yaml", "--workers", "1", "--replicates", "3", "--quiet", "--only", "no ties"]
    assert main(command) == Exit.DONE
    assert studied(open_results(Path("results/tiny"))) is not None
    folder = Path("results/tiny")
    text = (folder / "robustness.csv").read_text(encoding="utf-8")
    (folder / "robustness.csv").write_text(text.replace("In the model", "In another model"), encoding="utf-8")
    record.register(folder, ["robustness.csv"])
    comparison = open_results(folder)
    assert studied(comparison) is None
    assert main(["compare", "tiny.yaml", "--workers", "1", "--quiet", "--seed", "3"]) == Exit.DONE
    assert "robustness.csv" not in record.verify(folder).files
    assert not (folder / "robustness.csv").exists()


@pytest.mark.refusals
@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["mekongg"], "did you mean 'mekong'"),
        (["tiny.yaml", "--only", "no leaning"], "there is no variation 'no leaning' (did you mean 'no learning'?)"),
        (["tiny.yaml", "--only", "no vetting"], "no vetting: it changes nothing in tiny.yaml"),
        (["tiny-base.yaml"], "one arm only"),
        (["tiny.yaml", "--set", "scael=0.5"], "did you mean 'scale'"),
        (["tiny.yaml", "--replicates", "0"], "replicates"),
    ],
    ids=" ".join,
)
def test_what_cannot_be_done_is_refused_before_anything_runs(arguments, told, desk, capsys):
    assert main(["robustness", *arguments]) == Exit.MISUSED
    said = capsys.readouterr()
    assert told in said.err
    assert "Traceback" not in said.err
    assert not Path("results").exists()


@pytest.mark.docs
def test_the_page_of_a_report_shows_what_survives():
    one = Survival(text="In the model, A leaves less", survives=3, variations=5, fails=("no ties",), undecided=())
    page = reports.text_of(reports.render(replace(made_up(), survivals=(one,), robustness=("In the model, 3.",))))
    assert "In the model, A leaves less 3 of 5 no ties none" in page.replace("\u00a0", " ")
    assert "What survives" not in reports.text_of(reports.render(made_up()))
