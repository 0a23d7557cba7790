"""The study of routes: shares that add up, errors, resuming, the command and its figure."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from small_results import mechanics, stored
from worlds import ring, world

from sim import record, routes
from sim.cli import main
from sim.cli.mistakes import Exit
from sim.cli.routes import sentences
from sim.figures import look
from sim.figures.routes import draw
from sim.phases.shadow import Route
from sim.routes import (
    ALL,
    ANSWERS,
    BASELINE,
    FROZEN_MARKET,
    MEASURES,
    PARTS_OF_IT,
    TABLE,
    NothingToDecompose,
    acting,
    decompose,
)
from sim.scenario import dump, load_experiment
from sim.week import Run

ARMS = """\
name: tiny
scenario: tiny-base.yaml
baseline: no change
replicates: 3
window: {from: 26, to: 104}
arms:
  no change: {}
  alone:
    label: A alone
    budget: {usd_per_year: 2.0e6}
    policy: [{instrument: crackdown, members: [a], start: 26}]
  more than a policy:
    budget: {usd_per_year: 2.0e6}
    set: {parameters.choice.review: 0.1}
    policy: [{instrument: crackdown, members: [a], start: 26}]
"""
OURS = {"routes.csv", "routes.png", "routes.svg"}
PERIODS, WEEKS = 8, 13
WORTH = {  # per quarter, by country: what each way adds to 100 in each of three countries
    Route.PLACE: (-20, 10, 5), Route.TIME: (1, 0, 0), Route.DETERRENCE: (-8, -1, -1), Route.MARKET: (2, 3, 3),
}  # fmt: skip
STOPPED = (-10.0, 0.0, 0.0)


def change(routes_on, seed):
    """Return what a policy changes by country: an additive game, but that place and market help each other."""
    found = np.array(STOPPED) * (1 + seed % 5 / 10)
    for route, worth in WORTH.items():
        found = found + np.array(worth) * (route in routes_on)
    return found + np.array([0.0, 4.0, 0.0]) * (Route.PLACE in routes_on and Route.MARKET in routes_on)


def pretended(scenario, seed, changed, risk=0.0, hardened=0.0):
    harm = np.full((PERIODS, 3, 1), 100.0)
    harm[2:] += changed[:, None]
    moves = dict.fromkeys(("period", "origin", "destination", "crime_before", "crime_after", "operations"), np.zeros(0))
    still = np.full((PERIODS, 3, 1), 4.0)
    measures = {name: still if name in ANSWERS.values() else harm for name, *_ in MEASURES}
    measures["hardenings"] = still + np.array([hardened, 0.0, 0.0])[:, None]
    return Run(
        scenario=scenario, seed=seed, codes=("a", "b", "c"), crimes=("online_fraud",), period_weeks=WEEKS,
        measures=measures, moves=moves, mechanics=mechanics(risk),
    )  # fmt: skip


@pytest.fixture
def desk(tmp_path, monkeypatch):
    """Enter a folder with a tiny experiment whose runs are pretended; return the list of what is run."""
    base = world(ring(3), operations=5, burn_in=2, weeks=104, period=13)
    (tmp_path / "tiny-base.yaml").write_text(dump(base), encoding="utf-8")
    (tmp_path / "tiny.yaml").write_text(ARMS, encoding="utf-8")
    ran = []

    def run(scenario, seed, leave):
        assert not scenario.policy
        ran.append((seed, BASELINE))
        return pretended(scenario, seed, np.zeros(3))

    def runs_with(scenario, seed, trace, coalitions):
        for on in coalitions:
            ran.append((seed, tuple(on)))
            yield pretended(scenario, seed, change(on, seed), risk=1.0, hardened=3.0 * (Route.TACTIC in on))

    monkeypatch.setattr(routes, "run", run)
    monkeypatch.setattr(routes, "runs_with", runs_with)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    return ran


def decomposed(**changes):
    given = {"replicates": 3, "permutations": 4} | changes
    (found,), failures = decompose(load_experiment("tiny.yaml"), ["alone"], Path("results/tiny"), **given)
    assert not failures
    return found


@pytest.mark.hand
def test_shares_are_those_of_the_game_in_per_cent_of_the_treated_country_and_add_up(desk):
    found = decomposed(exact=True)
    expected = {
        "place": (-20, 10 + 2 + 5), "time": (1, 0), "target": (0, 0), "tactic": (0, 0), "crime type": (0, 0),
        "perpetrator": (0, 0), "deterrence": (-8, -2), "market": (2, 3 + 2 + 3),
    }  # fmt: skip
    for part, (inside, outside) in expected.items():
        assert found.share(part, "treated").value == pytest.approx(inside)
        assert found.share(part, "elsewhere").value == pytest.approx(outside)
        assert found.share(part, "world").value == pytest.approx(inside + outside)
    for row in {(s.measure, s.side, s.area) for s in found.shares}:
        parts = [share.value for share in found.shares if (share.measure, share.side, share.area) == row]
        assert sum(parts[:-1]) == pytest.approx(parts[-1], abs=1e-12)  # incapacitation and routes make up the whole
    place = found.share("place", "elsewhere")
    assert (place.unit, place.amount) == ("USD a year", pytest.approx(4 * 17.0))  # four quarters of 17
    assert place.se_orders == 0.0
    stopped = found.share("incapacitation", "treated")
    assert stopped.se == pytest.approx(np.std([change((), s)[0] for s, _ in found.parts], ddof=1) / np.sqrt(3))
    assert stopped.clear
    # Hardening has changed no harm, yet operations harden: three more a quarter, 75 % of the four there were.
    inside, outside, _ = found.answers[Route.TACTIC]
    assert (inside.value, inside.amount, inside.unit) == (pytest.approx(75.0), pytest.approx(12.0), "operations a year")
    assert (inside.clear, outside.value) == (True, 0.0)
    assert found.dead() == ["target", "crime type", "perpetrator"]


@pytest.mark.hand
def test_sampled_shares_add_up_too_and_tell_both_errors(desk):
    found, exact = decomposed(), decomposed(exact=True)
    assert {name for _, name in desk if name != BASELINE} >= {(), tuple(Route), tuple(Route)[:7]}
    for area in ("treated", "elsewhere"):
        whole = found.share(PARTS_OF_IT[-1], area).value
        assert sum(found.share(part, area).value for part in PARTS_OF_IT[:-1]) == pytest.approx(whole)
        assert whole == pytest.approx(exact.share(PARTS_OF_IT[-1], area).value)
    # Only place and market depend on the order, and a pair of an order and its reverse cancels even that.
    assert found.share("place", "elsewhere").value == pytest.approx(17.0)
    assert found.share("place", "elsewhere").se_orders == pytest.approx(0.0, abs=1e-12)
    assert np.isnan(decomposed(permutations=2).share("place", "elsewhere").se_orders)


@pytest.mark.hand
def test_the_chain_leads_from_the_choice_rule_to_the_market(desk):
    found = decomposed()
    rule, frozen, whole = found.chain
    inside = -10.0 * np.mean([1 + seed % 5 / 10 for seed, _ in found.parts])
    assert frozen.value == pytest.approx(-(15 - 2) / (inside - 27))
    assert whole.value == pytest.approx(-(13 + 10) / (inside - 25))
    assert 0 < rule.value < 1
    rises, falls = found.elsewhere
    assert (rises, falls) == (pytest.approx(23.0), 0.0)
    assert routes.routes_in(FROZEN_MARKET) == tuple(Route)[:7]
    assert routes.routes_in(ALL) == tuple(Route)


@pytest.mark.worlds
def test_what_has_run_is_not_run_again_unless_something_has_changed(desk):
    first = decomposed(replicates=2)
    ran = len(desk)
    assert decomposed(replicates=2).shares == first.shares
    assert len(desk) == ran
    decomposed()
    assert len({seed for seed, _ in desk[ran:]}) == 1  # the third replicate only
    before = len(desk)
    decomposed(permutations=6)
    assert len(desk) > before
    (part, *_) = sorted(Path("results/tiny/.parts").glob("routes-*.npz"))
    part.write_bytes(part.read_bytes()[:-1])
    before = len(desk)
    decomposed(permutations=6)
    assert len({seed for seed, _ in desk[before:]}) == 1


@pytest.mark.worlds
def test_a_run_that_fails_is_recorded_and_the_others_stand(desk, monkeypatch):
    whole, calls = routes.run, []

    def failing(scenario, seed, leave):
        calls.append(seed)
        if len(calls) == 2:
            raise AssertionError("week 17: the money ledger sums to 3, not 0")
        return whole(scenario, seed, leave)

    monkeypatch.setattr(routes, "run", failing)
    (found,), (failure,) = decompose(load_experiment("tiny.yaml"), ["alone"], Path("results/tiny"),
                                     replicates=3, permutations=2)  # fmt: skip
    assert (failure.kind, failure.week, failure.replicate) == ("AssertionError", 17, 1)
    assert len(found.parts) == 2


@pytest.mark.hand
def test_arms_that_differ_by_more_than_their_policy_are_refused(desk):
    experiment = load_experiment("tiny.yaml")
    assert acting(experiment) == ["alone"]
    for arm, told in (("no change", "baseline"), ("more than a policy", "more than its policy")):
        with pytest.raises(NothingToDecompose, match=told):
            decompose(experiment, [arm], Path("results/tiny"), replicates=1, permutations=2)


@pytest.mark.hand
def test_the_figure_has_a_step_for_each_part_and_a_panel_for_each_area(desk):
    found = decomposed()
    drawn = look.svg(draw([found], "IMAGINED · tiny"))
    for words in (*PARTS_OF_IT, "in the treated countries", "elsewhere", "in all countries", "IMAGINED"):
        assert words in drawn
    assert drawn == look.svg(draw([found], "IMAGINED · tiny"))


@pytest.mark.hand
def test_sentences_say_in_the_model_and_never_more_than_the_runs_can_tell(desk):
    said = sentences([decomposed()])
    assert all("in the model" in sentence.casefold() for sentence in said)
    joined = " ".join(said)
    assert "place +17.0 %" in joined
    assert "rises added up to 23.0 % and falls to 0.0 %" in joined
    assert "cannot tell the share of" in joined
    assert "target, crime type, perpetrator from nothing" in joined


@pytest.mark.hand
def test_where_every_country_is_treated_nothing_is_said_of_elsewhere(desk):
    experiment = load_experiment("tiny.yaml")
    arms = experiment.arms | {"alone": replace(experiment.arms["alone"], treated=("a", "b", "c"))}
    (found,), _ = decompose(
        replace(experiment, arms=arms), ["alone"], Path("results/tiny"), replicates=3, permutations=4
    )
    assert found.everywhere
    assert not found.chain
    first, *others = sentences([found])
    assert "It treats every country: there is no elsewhere to go to." in first
    assert not any(word in " ".join(others) for word in ("elsewhere", "outside", "eakage"))


@pytest.mark.worlds
def test_the_command_prints_tables_keeps_them_and_repeats_itself(desk, capsys):
    command = ["routes", "tiny.yaml", "--workers", "1", "--permutations", "2"]
    assert main(command) == Exit.DONE
    said = capsys.readouterr().out
    for words in ("A alone: harm by host, weeks 26 to 104, 3 pairs", "incapacitation", "perpetrator", "whole change"):
        assert words in said
    folder = Path("results/tiny")
    assert {path.name for path in folder.iterdir()} >= OURS
    rows = (folder / TABLE).read_text(encoding="utf-8").splitlines()
    assert len(rows) == 1 + len(MEASURES) * 3 * len(PARTS_OF_IT)
    ran = len(desk)
    assert main([*command, "--json"]) == Exit.DONE
    answer = json.loads(capsys.readouterr().out)
    assert len(desk) == ran
    assert answer["arms"][0]["arm"] == "alone"
    assert len(answer["arms"][0]["chain"]) == 3
    assert main([*command, "--quiet"]) == Exit.DONE
    assert capsys.readouterr().out.split() == [str(folder / TABLE)]


@pytest.mark.worlds
def test_an_odd_number_of_orders_is_said_to_be_the_next_even_one(desk, capsys):
    assert main(["routes", "tiny.yaml", "--workers", "1", "--permutations", "3"]) == Exit.DONE
    assert "3 replicates of up to 32 runs" in capsys.readouterr().err
    assert main(["routes", "tiny.yaml", "--workers", "1", "--permutations", "3", "--json"]) == Exit.DONE
    assert json.loads(capsys.readouterr().out)["arms"][0]["permutations"] == 4


@pytest.mark.refusals
@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["tiny.yaml", "--arm", "alnoe"], "did you mean 'alone'"),
        (["tiny.yaml", "--arm", "no change"], "it is the baseline"),
        (["two-countires"], "did you mean 'two-countries'"),
        (["tiny-base.yaml"], "no arm whose policy treats a country"),
        (["tiny.yaml", "--permutations", "1"], "permutations"),
    ],
    ids=" ".join,
)  # fmt: skip
def test_what_cannot_be_decomposed_is_refused_before_anything_runs(words, told, desk, capsys):
    assert main(["routes", *words]) == Exit.MISUSED
    assert told in capsys.readouterr().err
    assert not desk


@pytest.mark.worlds
def test_beside_a_comparison_of_the_same_runs_the_manifest_vouches_for_the_files(desk, monkeypatch, capsys):
    noted = []
    monkeypatch.setattr("sim.laboratory.stored_already", lambda *_: object())
    monkeypatch.setattr("sim.record.register", lambda folder, names: noted.append((folder, set(names))))
    assert main(["routes", "tiny.yaml", "--workers", "1", "--permutations", "2", "--quiet"]) == Exit.DONE
    assert noted == [(Path("results/tiny"), OURS)]
    capsys.readouterr()


@pytest.mark.worlds
@pytest.mark.parametrize("changed", [["--permutations", "4"], ["--seed", "7"], ["--luck-only"]], ids=" ".join)
def test_other_routes_never_make_a_stored_comparison_look_damaged(changed, desk):
    folder = stored(Path("results/tiny")).folder
    command = ["routes", "tiny.yaml", "--workers", "1", "--quiet"]
    assert main([*command, "--permutations", "2"]) == Exit.DONE
    record.register(folder, OURS)
    assert main([*command, *changed]) == Exit.DONE
    assert "totals.parquet" in record.verify(folder).files


@pytest.mark.worlds
def test_a_simulated_study_adds_up(tmp_path, monkeypatch):
    """With the real model: the whole change is that of ordinary runs, and the parts make it up."""
    base = world(ring(3, teams=40.0), operations=15, burn_in=4, weeks=104, period=13)
    (tmp_path / "tiny-base.yaml").write_text(dump(base), encoding="utf-8")
    (tmp_path / "tiny.yaml").write_text(ARMS, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    experiment = load_experiment("tiny.yaml")
    (found,), _ = decompose(experiment, ["alone"], tmp_path / "out", replicates=2, permutations=2, luck_only=True)
    for seed, part in found.parts:
        whole = [routes.run(experiment.arms[arm].scenario, seed).measures["harm_usd_host"] for arm in experiment.arms]
        assert part.measures[f"harm_usd_host@{BASELINE}"].tobytes() == whole[0].tobytes()
        assert part.measures[f"harm_usd_host@{ALL}"].tobytes() == whole[1].tobytes()
    for measure, side, area in ((m, s, a) for _, m, s, _ in MEASURES for a in ("treated", "elsewhere", "world")):
        parts = [found.share(part, area, measure, side).amount for part in PARTS_OF_IT]
        assert sum(parts[:-1]) == pytest.approx(parts[-1], abs=1e-9 * max(map(abs, parts)))
    assert found.share("whole change", "treated", "operations").value < 0
