"""The laboratory: who is compared with whom, how estimators are scored, and the command."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from small_results import CODES, EFFECTS, METRICS, part, stored
from worlds import ring, world

from sim import laboratory, record
from sim.cli import main
from sim.cli.mistakes import Exit
from sim.estimators import weighted_displacement_difference
from sim.figures import look
from sim.figures.laboratory import draw
from sim.laboratory import ESTIMATORS, Areas, Design, Estimate, NothingToEvaluate, chosen_areas, designs, scored, scores
from sim.scenario import dump, load_experiment

ROOT = Path(__file__).parents[1]
OURS = ("laboratory.csv", "laboratory.png", "laboratory.svg")
PLAN = Design(
    arm="alone", label="A alone", codes=CODES, treated=("AAA",), buffer=("BBB",), control=("CCC",), start=26,
    before=(0, 2), after=(2, 8), population=np.full(3, 1e6),
)  # fmt: skip


def without_luck(arm, replicate, noise=0.0, key=""):
    """Return a run of 100 a quarter, country and crime, exactly, before the arm's effects."""
    plain = part(arm, replicate, noise, key)
    harm = np.full((8, 3, 2), 100.0)
    harm[2:] += np.array(EFFECTS[arm])[None, :, None]
    return replace(plain, measures=dict.fromkeys(METRICS, harm))


# ---- who is compared with whom ---------------------------------------------------------


@pytest.mark.hand
def test_the_buffer_is_the_region_and_the_neighbours_and_the_control_the_rest():
    found, _ = designs(load_experiment("twelve-countries"), Areas())
    buffers = {plan.arm: set(plan.buffer) for plan in found}
    assert buffers["Varda alone"] == {"orlen", "tess", "mira", "nerrit"}  # the Hills, and Nerrit next to Varda
    assert buffers["copycat region"] == {"kelbor", "nerrit"}  # the neighbours of the Hills on both sides
    for plan in found:
        assert sorted((*plan.treated, *plan.buffer, *plan.control)) == sorted(plan.codes)


@pytest.mark.hand
def test_periods_lie_whole_on_either_side_of_the_start():
    experiment = load_experiment("two-countries").set({"policy.crackdown.start": 30, "clock.weeks": 104})
    (plan, *_), _ = designs(experiment, Areas())
    assert (plan.start, plan.before, plan.after) == (30, (0, 2), (3, 8))  # weeks 26 to 39 belong to neither
    assert plan.before_weight == 2.5


@pytest.mark.worlds
def test_an_arm_that_treats_every_country_is_left_out_and_said_so():
    found, reasons = designs(load_experiment("two-countries"), Areas())
    assert [plan.arm for plan in found] == ["Varda alone"]
    assert len(reasons) == 2
    assert all("no country is left for the buffer" in reason for reason in reasons)
    assert "none is left" in found[0].words


@pytest.mark.refusals
def test_an_experiment_of_which_no_arm_can_be_evaluated_is_refused():
    with pytest.raises(NothingToEvaluate, match="no country is left for the buffer"):
        designs(load_experiment("two-countries"), Areas(control=("orlen",)))
    with pytest.raises(NothingToEvaluate, match="before a whole period of 13 weeks"):
        designs(load_experiment("two-countries").set({"policy.crackdown.start": 5}), Areas())
    with pytest.raises(NothingToEvaluate, match="one arm only"):
        designs(load_experiment(str(ROOT / "scenarios" / "two-countries.yaml")), Areas())


@pytest.mark.hand
def test_named_countries_replace_the_rule():
    here = load_experiment("twelve-countries").arms["no change"].scenario.build_world()
    buffer, control = chosen_areas(here, ["varda"], Areas(buffer=("lumet", "varda")))
    assert buffer == ("lumet",)  # a treated country is in no other area
    assert len(control) == 10
    buffer, control = chosen_areas(here, ["varda"], Areas(control=("orlen", "brond")))
    assert (set(buffer), set(control)) == ({"tess", "mira", "nerrit"}, {"orlen", "brond"})


# ---- estimates and scores --------------------------------------------------------------


@pytest.mark.hand
def test_the_scores_of_runs_without_luck_by_hand(tmp_path):
    # A quarter: AAA 100 -> 60, BBB and CCC 100 -> 110, where the policy is; the baseline stands still.
    comparison = stored(tmp_path, parts=without_luck)
    found = {score.estimator: score for score in scores(comparison, [PLAN])}
    assert [score.compared for score in found.values()] == pytest.approx([10.0] * len(ESTIMATORS))
    told = {name: (score.truth, score.estimate) for name, score in found.items()}
    assert told["wdq"] == pytest.approx((-0.25, 0.0))  # (110/110 - 100/100) / (60/110 - 100/100)
    assert told["wdd"] == pytest.approx((-15.0, -25.0))  # -40 + 10 - 2 * 10, of 200
    assert told["net_effect"] == pytest.approx((-15.0, 100 * (170 / 220 - 1)))
    for name in ("did_clusters", "did_areas", "did_periods", "event_study"):
        assert told[name] == pytest.approx((-40.0, 100 * (60 / 110 - 1)))
        assert found[name].bias == pytest.approx(-5.4545, abs=1e-4)
        assert found[name].rmse == pytest.approx(5.4545, abs=1e-4)
    assert all(score.n == 4 for score in found.values())
    assert found["wdq"].n_phantom == 0  # nothing has improved
    assert (found["wdd"].phantom, found["did_periods"].phantom) == (0.0, 0.0)
    assert found["wdd"].wrong_sign == 0.0


@pytest.mark.hand
def test_a_share_that_is_never_reported_cancels(tmp_path):
    def fifth(arm, replicate, noise=0.0, key=""):
        run = without_luck(arm, replicate, noise, key)
        return replace(run, measures=run.measures | {"recorded_cases": 0.2 * run.measures["victims"]})

    whole, part_of_it = (
        scores(stored(tmp_path / name, parts=parts), [PLAN]) for name, parts in (("a", without_luck), ("b", fifth))
    )
    assert [score.bias for score in part_of_it] == pytest.approx([score.bias for score in whole])


@pytest.mark.hand
def test_without_a_control_counts_stand_without_a_trend_and_the_buffer_is_compared_with():
    cases = without_luck("alone", 0).measures["recorded_cases"].sum(axis=2)
    plan = replace(PLAN, buffer=("BBB", "CCC"), control=())
    told = {one.name: one.compute(cases, plan).value for one in ESTIMATORS}
    assert told["wdq"] == pytest.approx(-20 / 40)
    assert told["wdd"] == told["net_effect"] == pytest.approx(100 * (-40 + 20) / 300)
    assert told["did_areas"] == pytest.approx(100 * (60 / 110 - 1))


@pytest.mark.hand
def test_a_country_with_a_period_without_cases_has_no_logs():
    cases = without_luck("alone", 0).measures["recorded_cases"].sum(axis=2).copy()
    cases[3, 2] = 0.0
    told = {one.name: one.compute(cases, PLAN) for one in ESTIMATORS}
    assert np.isnan(told["did_areas"].value)
    assert np.isfinite(told["wdd"].value)


def poisson(arm, effect, rng, runs=1500):
    """Return recorded cases of many runs in which only AAA changes, and the truth."""
    mean = np.full((8, 3), 80.0)
    mean[2:, 0] *= 1 + effect / 100
    return [rng.poisson(mean).astype(float) for _ in range(runs)]


@pytest.mark.theory
def test_for_independent_counts_the_displacement_difference_covers_and_imagines_as_often_as_it_says():
    wdd, rng = next(one for one in ESTIMATORS if one.name == "wdd"), np.random.default_rng(4)
    told, phantoms = ([wdd.compute(cases, PLAN) for cases in poisson("alone", effect, rng)] for effect in (-20.0, 0.0))
    found = scored(("e", "", "alone"), wdd, told, phantoms, np.full(1500, -10.0), -10.0)  # half of the area
    assert abs(found.coverage95 - 0.95) < 4 * (0.95 * 0.05 / 1500) ** 0.5
    assert abs(found.phantom - 0.05) < 4 * (0.95 * 0.05 / 1500) ** 0.5
    assert abs(found.bias) < 4 * found.rmse / 1500**0.5


@pytest.mark.hand
def test_a_score_by_hand():
    wdd = next(one for one in ESTIMATORS if one.name == "wdd")
    told = [Estimate(value=v, low=v - 2, high=v + 2) for v in (-3.0, 1.0, -5.0)] + [Estimate()]
    phantoms = [Estimate(value=v, low=v - 2, high=v + 2) for v in (3.0, 1.0)]
    found = scored(("e", "", "a"), wdd, told, phantoms, np.array([-4.0, -4.0, -4.0, 9.0]), -1.75)
    assert (found.n, found.truth, found.bias) == (3, -4.0, pytest.approx(-7 / 3 + 4))  # the fourth has no estimate
    assert found.rmse == pytest.approx(((1 + 25 + 1) / 3) ** 0.5)
    assert found.bias_se == pytest.approx(np.std([1, 5, -1], ddof=1) / 3**0.5)
    assert (found.coverage95, found.wrong_sign) == (pytest.approx(2 / 3), pytest.approx(1 / 3))
    assert (found.phantom, found.n_phantom) == (0.5, 2)


@pytest.mark.hand
def test_the_true_quotient_is_a_ratio_of_means():
    base = np.zeros((2, 8, 3))
    treated = base.copy()
    treated[:, 2:, 0] = [[-10.0], [-2.0]]
    treated[:, 2:, 1] = [[1.0], [2.0]]
    ratio, of_means = laboratory.truth(treated, base + 100, PLAN)["quotient"]
    # Changes are against the baseline: minus 100 in every country.
    assert of_means == pytest.approx((-99 - 98) / (-110 - 102))
    assert ratio == pytest.approx([99 / 110, 98 / 102])


@pytest.mark.worlds
def test_only_the_replicates_asked_for_and_whole_pairs_count(tmp_path):
    comparison = stored(tmp_path, parts=without_luck, missing=[("alone", 1)])
    assert {score.n for score in scores(comparison, [PLAN])} == {3}
    assert {score.n for score in scores(comparison, [PLAN], replicates=2)} == {1}


@pytest.mark.twin
def test_one_control_for_two_areas_is_two_equal_controls_but_for_the_error():
    cases = without_luck("alone", 0).measures["recorded_cases"].sum(axis=2)
    wdd = next(one for one in ESTIMATORS if one.name == "wdd").compute(cases, PLAN)
    before, after = cases[:2].sum(axis=0), cases[2:].sum(axis=0)
    four = [(before[place], after[place]) for place in (0, 2, 1, 2)]
    published = weighted_displacement_difference(*four, before_weight=3.0)
    assert wdd.value == pytest.approx(100 * published.total / (3 * (before[0] + before[1])))
    assert wdd.high - wdd.low > 100 * (published.hi95 - published.lo95) / (3 * (before[0] + before[1]))


# ---- the figure ------------------------------------------------------------------------


def made_up(grid=("",), arms=("alone", "together")):
    """Return scores with round numbers."""
    return [
        scored(("e", point, arm), one, [Estimate(value=v, low=v - 2, high=v + 2) for v in (-3.0, 1.0)],
               [Estimate(value=0.5, low=-1, high=2)], np.full(2, -4.0), -4.0)
        for point in grid for arm in arms for one in ESTIMATORS
    ]  # fmt: skip


@pytest.mark.battery
@pytest.mark.parametrize("grid", [("",), ("a=1", "a=2", "a=3")], ids=["one point", "three points"])
def test_the_figure_names_arms_estimators_and_points(grid):
    labels, words = {"alone": "A alone", "together": "Both"}, {point: f"point {point}" for point in grid}
    once, again = (look.svg(draw(made_up(grid), labels, words, "IMAGINED · e")) for _ in range(2))
    assert once == again
    for told in ("A alone", "Both", "total net effect", "IMAGINED", *(words.values() if len(grid) > 1 else ())):
        assert told in once
    assert "quotient (WDQ)" not in once  # another unit


@pytest.mark.battery
def test_a_figure_without_an_estimate_says_so():
    nothing = [score for score in made_up() if score.unit == "ratio"]
    assert "No estimate" in look.svg(draw(nothing, {"alone": "A", "together": "B"}, {}, "IMAGINED"))


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
    budget: {usd_per_year: 2.0e6}
    policy:
      - {instrument: crackdown, members: [a], start: 8}
  everyone:
    budget: {usd_per_year: 2.0e6}
    policy:
      - {instrument: crackdown, members: all, start: 8}
"""


@pytest.fixture
def desk(tmp_path, monkeypatch):
    """Enter a folder with a tiny experiment of four countries in two regions."""
    base = world(ring(4, regions=2), operations=20, burn_in=2, weeks=16, period=4)
    (tmp_path / "tiny-base.yaml").write_text(dump(base), encoding="utf-8")
    (tmp_path / "tiny.yaml").write_text(ARMS, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    return tmp_path


@pytest.mark.worlds
def test_the_laboratory_prints_a_table_and_keeps_it(desk, capsys, monkeypatch):
    command = ["laboratory", "tiny.yaml", "--workers", "1"]
    assert main(command) == Exit.DONE
    said = capsys.readouterr()
    for words in ("no recorded host", "treated a; buffer b; control c, d", "“everyone” is left out",
                  "2 periods before, 2 after", "In the model, under “A alone”", "total net effect"):  # fmt: skip
        assert words in said.out
    folder = Path("results/tiny")
    header, *rows = (folder / "laboratory.csv").read_text(encoding="utf-8").splitlines()
    assert header.startswith("experiment,grid,arm,estimator,unit,n,truth,estimate,bias,bias_se,rmse,")
    assert {"coverage95", "wrong_sign", "phantom"} <= set(header.split(","))
    assert [row.split(",")[3] for row in rows] == [one.name for one in ESTIMATORS]
    assert set(OURS) <= set(record.verify(folder).files)
    kept = {name: (folder / name).read_bytes() for name in OURS}

    def refuse(*_, **__):
        raise AssertionError("what is stored is run again")

    monkeypatch.setattr("sim.ensemble.compare", refuse)
    assert main([*command, "--quiet"]) == Exit.DONE
    assert capsys.readouterr().out.split() == [str(folder / "laboratory.csv")]
    assert {name: (folder / name).read_bytes() for name in OURS} == kept
    with pytest.raises(AssertionError, match="run again"):
        main([*command, "--quiet", "--seed", "7"])
    with pytest.raises(AssertionError, match="run again"):
        main([*command, "--quiet", "--set", "policy.crackdown.start=4"])


@pytest.mark.worlds
def test_a_grid_is_crossed_and_kept_in_a_folder_of_its_own(desk, capsys):
    grid = ["--grid", "world.imagined.*.reporting=0.1,0.5", "--grid", "policy.crackdown.members=[a],[a, b]"]
    assert main(["laboratory", "tiny.yaml", "--workers", "1", "--replicates", "1", *grid, "--json"]) == Exit.DONE
    (answer,) = json.loads(capsys.readouterr().out)
    assert len(answer["scores"]) == 4 * len(ESTIMATORS)
    assert len({score["grid"] for score in answer["scores"]}) == 4
    assert 'world.imagined.*.reporting=0.1; policy.crackdown.members=["a", "b"]' in {
        score["grid"] for score in answer["scores"]
    }
    folder = Path("results/tiny-laboratory")
    assert all((folder / name).is_file() for name in OURS)
    assert len(list(folder.glob("*/tiny/manifest.json"))) == 4
    assert not Path("results/tiny").exists()


@pytest.mark.worlds
def test_a_report_that_was_there_is_there_afterwards(desk, capsys):
    main(["compare", "tiny.yaml", "--workers", "1", "--quiet"])
    assert main(["laboratory", "tiny.yaml", "--workers", "1", "--quiet", "--replicates", "3"]) == Exit.DONE
    assert "report.html" in record.verify(Path("results/tiny")).files


@pytest.mark.worlds
def test_a_failed_run_is_told_and_changes_the_exit_code(desk, capsys, monkeypatch):
    from sim import ensemble

    whole = ensemble.carry_out

    def carry_out(task, simulate):
        return task.failure("Broken", "on purpose") if task.replicate == 1 else whole(task, simulate)

    monkeypatch.setattr(ensemble, "carry_out", carry_out)
    assert main(["laboratory", "tiny.yaml", "--workers", "1", "--quiet"]) == Exit.SOME_FAILED
    assert "on purpose" in capsys.readouterr().err


@pytest.mark.worlds
def test_stopping_says_how_to_go_on(desk, capsys, monkeypatch):
    def stop(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr("sim.ensemble.compare", stop)
    command = ["laboratory", "tiny.yaml", "--grid", "scale=0.5,1", "--control", "c", "--workers", "1", "--quiet"]
    assert main(command) == Exit.INTERRUPTED
    told = capsys.readouterr().err
    assert "displace laboratory tiny.yaml --grid scale=0.5,1 --workers 1 --control c" in told


@pytest.mark.refusals
@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["mekongg"], "did you mean 'mekong'"),
        (["tiny.yaml", "--control", "b,c,d"], "no country is left for the buffer"),
        (["tiny.yaml", "--buffer", "nowhere"], "there is no country 'nowhere'"),
        (["tiny.yaml", "--buffer", "b", "--control", "c,b"], "b: a country is either in the buffer or in the control"),
        (["tiny.yaml", "--grid", "scale"], "write PATH=VALUE,VALUE"),
        (["tiny.yaml", "--grid", "scale=[0.5"], "--grid scale=[0.5"),
        (["tiny.yaml", "--grid", "scael=0.5"], "did you mean 'scale'"),
        (["tiny.yaml", "--grid", "scale=5"], "scale"),
        (["tiny.yaml", "--set", "policy.crackdown.start=0"], "before a whole period"),
    ],
    ids=" ".join,
)  # fmt: skip
def test_what_cannot_be_done_is_refused_before_anything_runs(words, told, desk, capsys):
    assert main(["laboratory", *words]) == Exit.MISUSED
    said = capsys.readouterr()
    assert told in said.err
    assert "Traceback" not in said.err
    assert not Path("results").exists()


@pytest.mark.battery
def test_without_a_name_the_imagined_experiments_are_varied(desk, capsys, monkeypatch):
    seen = []
    monkeypatch.setattr("sim.cli.laboratory.carried_out", lambda study: seen.append(study) or ([], 0))
    for name in ("write", "show", "facts"):
        monkeypatch.setattr(f"sim.cli.laboratory.{name}", lambda *_: None)
    assert main(["laboratory"]) == Exit.DONE
    assert [(study.name, len(study.points)) for study in seen] == [("two-countries", 4), ("twelve-countries", 4)]
    assert seen[0].points[0].label == "reporting 0.1, usd per year 5,000,000"
