"""What governments would weigh: the corners, the fit by hand, and the command on a small world."""

import csv
import json
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
import yaml
from worlds import instrument, ring, world

from sim.cli import main
from sim.cli.governing import sentences
from sim.cli.mistakes import Exit
from sim.declare import UnknownName
from sim.politics import Coalition, Fixed, Government, Politics, Reciprocity, Stakes, expected_harm
from sim.scenario import Arm, Experiment, dump, loads
from sim.stakes import Estimated, NothingToContribute, corners_of, estimated, fitted, pasted, rows_of

SHARING = instrument("intelligence sharing", "a", "b", "c", setup=0, coverage=0.9)


def experiment(*policy, politics=None, **changes):
    """Return an experiment with one arm of this policy."""
    scenario = world(ring(3, corruption=0.2), policy=policy or (SHARING,), politics=politics, **changes)
    return Experiment(name="tiny", baseline="it", arms={"it": Arm(label="it", scenario=scenario)}, window=(0, 26))


@pytest.mark.hand
def test_the_corners_are_nobody_everybody_each_alone_and_all_but_each():
    corners = corners_of(experiment(), "it")
    assert {name: given.tolist() for name, given in corners.given.items()} == {
        "nobody": [0, 0, 0], "everybody": [1, 1, 1], "only a": [1, 0, 0], "only b": [0, 1, 0], "only c": [0, 0, 1],
        "all but a": [0, 1, 1], "all but b": [1, 0, 1], "all but c": [1, 1, 0],
    }  # fmt: skip
    for name, arm in corners.experiment.arms.items():
        politics = arm.scenario.politics
        assert [politics.rule_of(code).first for code in "abc"] == corners.given[name].tolist()
        assert all(isinstance(politics.rule_of(code), Fixed) for code in "abc")
        assert loads(dump(arm.scenario)) == arm.scenario
    assert corners.experiment.baseline == "nobody"
    assert corners.experiment.uncertain == ()


@pytest.mark.hand
def test_each_of_two_alone_is_all_but_the_other():
    pair = instrument("extradition", "a", "c")
    assert list(corners_of(experiment(pair), "it").given) == ["nobody", "everybody", "only a", "only c"]


@pytest.mark.hand
def test_of_members_that_are_alike_the_first_stands_for_all():
    corners = corners_of(experiment(), "it", alike=True)
    assert list(corners.given) == ["nobody", "everybody", "only a", "all but a"]
    given = np.array(list(corners.given.values()))
    numbers = {"harm": 80.0, "own_relief": 0.2, "relief": 0.1, "deflection": 0.3, "cost": 1.0, "reputation": 0.0,
               "aid": 0.0}  # fmt: skip
    same = Politics(weight=np.full((3, 3), 0.5), **{name: np.full(3, number) for name, number in numbers.items()})
    harm = np.array([expected_harm(same, shares) for shares in given])
    found, fit = fitted(harm, given, same.weight, alike=True)
    assert found == pytest.approx(np.tile([0.2, 0.1, 0.3], (3, 1)))
    assert fit == pytest.approx(1.0)


@pytest.mark.hand
def test_a_coalition_keeps_its_terms_and_weights_and_loses_its_rules():
    weight = {"a": 0.25, "c": 0.75}
    politics = Coalition(
        members=("a", "b", "c"), start=3, period=5, rule=Reciprocity(), learns=True,
        governments={"b": Government(stakes=Stakes(cost=1.0, weight=weight))},
    )  # fmt: skip
    corners = corners_of(experiment(politics=politics), "it")
    assert corners.weight[1].tolist() == [0.25, 0.0, 0.75]
    assert corners.weight[0] == pytest.approx([0.5, 0.5, 0.5])
    there = corners.experiment.arms["only b"].scenario.politics
    assert (there.start, there.period, there.learns) == (3, 5, False)


@pytest.mark.refusals
def test_an_arm_in_which_nobody_cooperates_or_that_is_none_is_refused():
    with pytest.raises(NothingToContribute, match="nobody cooperates in “it”"):
        corners_of(experiment(instrument("crackdown", "a", "b")), "it")
    with pytest.raises(UnknownName, match="did you mean 'it'"):
        corners_of(experiment(), "itt")


def game():
    """Return a game whose numbers differ from each other."""
    return Politics(
        harm=np.array([100.0, 200.0, 50.0]), own_relief=np.array([0.2, 0.05, 0.0]), relief=np.array([0.1, 0.3, 0.2]),
        deflection=np.array([0.0, 0.1, 0.3]), weight=np.array([[0.0, 0.3, 0.7], [0.5, 0.0, 0.5], [0.9, 0.1, 0.0]]),
        cost=np.full(3, 20.0), reputation=np.zeros(3), aid=np.zeros(3),
    )  # fmt: skip


@pytest.mark.theory
def test_harm_that_follows_the_form_gives_back_its_numbers():
    given, true = np.array(list(corners_of(experiment(), "it").given.values())), game()
    harm = np.array([expected_harm(true, shares) for shares in given])
    found, fit = fitted(harm, given, true.weight)
    assert found == pytest.approx(np.column_stack([true.own_relief, true.relief, true.deflection]), abs=1e-9)
    assert fit == pytest.approx(1.0)


@pytest.mark.hand
def test_what_would_be_below_zero_is_nothing_and_the_fit_says_so():
    """Two governments; the first suffers 10 % more from its own contribution, whatever the other does."""
    given = np.array([[0.0, 0.0], [1.0, 1.0], [1.0, 0.0], [0.0, 1.0]])
    harm = np.array([[100.0, 100.0], [110.0, 100.0], [110.0, 100.0], [100.0, 100.0]])
    found, fit = fitted(harm, given, np.ones((2, 2)))
    assert found == pytest.approx(np.zeros((2, 3)), abs=1e-9)
    assert fit == pytest.approx([1.0 - 2.0, 1.0])  # misses .1 twice, the spread is 4 · .05²


@pytest.mark.hand
def test_costs_are_what_full_cooperation_costs_more_twice_and_errors_come_from_leaving_one_out():
    corners, true = corners_of(experiment(), "it"), game()
    arms = list(corners.given)
    runs = [
        np.array([expected_harm(true, given) * (1.0 + shift) for given in corners.given.values()])
        for shift in (0.0, 0.1)
    ]

    class Stored:
        manifest = SimpleNamespace(window=(0, 26), codes=("a", "b", "c"))

        def finished(self, *asked):
            assert list(asked) == arms
            return [0, 1]

        def by_country(self, measure, side, arm, replicates):
            place = arms.index(arm)
            if (measure, side) == ("programme_usd", "payer"):
                return np.tile(corners.given[arm] * [10.0, 30.0, 0.0], (2, 1))
            assert (measure, side) == ("harm_usd", "victim")
            return 2.0 * np.array([run[place] for run in runs])  # two periods

    found = estimated(replace(corners, weight=true.weight), Stored())
    assert found.game.harm == pytest.approx(1.05 * true.harm)
    assert found.game.cost == pytest.approx([10.0, 30.0, 1.0])  # in two periods 10, 30 and 0, twice; at least 1
    assert found.errors == pytest.approx(np.zeros((3, 3)), abs=1e-9)  # both runs have the same shares
    rows = rows_of(found)
    assert [row["government"] for row in rows] == ["a", "b", "c"]
    stakes = yaml.safe_load(pasted(found))["politics"]["governments"]["b"]["stakes"]
    assert stakes == pytest.approx({"harm": 210.0, "own_relief": 0.05, "relief": 0.3, "deflection": 0.1, "cost": 30.0})


@pytest.mark.hand
@pytest.mark.parametrize(
    ("deflection", "words"), [(0.02, "relieves the others"), (0.03 - 1e-17, ""), (0.04, "is a burden to the others")]
)
def test_rounding_is_never_taken_for_a_relief_of_others(deflection, words):
    """Two governments: what relieves the other when it contributes too is taken back by what is driven to it."""
    two = {name: np.full(2, value) for name, value in {"harm": 1e8, "own_relief": 0.0, "relief": 0.03}.items()}
    two |= {"deflection": np.full(2, deflection), "cost": np.full(2, 1e12), "weight": np.ones((2, 2))}
    made = Politics(**two, reputation=np.zeros(2), aid=np.zeros(2))
    said = " ".join(sentences(Estimated(("a", "b"), made, np.zeros((2, 3)), np.ones(2), 2))[1:])
    assert words in said
    assert bool(words) == bool(said)


def test_the_command_writes_what_a_file_can_take(tmp_path, capsys):
    file = tmp_path / "tiny.yaml"
    file.write_text(dump(experiment(operations=3, burn_in=2).arms["it"].scenario), encoding="utf-8")
    words = ["politics", str(file), "--replicates", "2", "--workers", "1", "--out", str(tmp_path / "out"), "--json"]
    assert main(words) == Exit.DONE
    told = json.loads(capsys.readouterr().out)
    assert [row["government"] for row in told["stakes"]] == ["a", "b", "c"]
    assert all(sentence.startswith("In the model") for sentence in told["sentences"])
    text = (tmp_path / "out" / "tiny-stakes" / "stakes.yaml").read_text(encoding="utf-8")
    rule = yaml.safe_dump({"politics": yaml.safe_load(text)["politics"] | {"rule": {"kind": "best response"}}})
    taken = loads(dump(loads(file.read_text(encoding="utf-8")).set({"name": "taken"})).replace("politics: null", rule))
    assert taken.politics.stakes_of("b").harm == pytest.approx(told["stakes"][1]["harm"], rel=1e-3)
    table = (tmp_path / "out" / "tiny-stakes" / "stakes.csv").read_text(encoding="utf-8")
    rows = list(csv.DictReader(table.splitlines()))
    assert float(rows[0]["own_relief"]) == pytest.approx(told["stakes"][0]["own_relief"])


def test_the_command_asks_for_an_arm_that_cooperates(tmp_path, capsys):
    assert main(["politics", "two-countries", "--out", str(tmp_path)]) == Exit.MISUSED
    assert "name one with --arm" in capsys.readouterr().err
    assert main(["politics", "two-countries", "--arm", "Varda alone", "--out", str(tmp_path)]) == Exit.MISUSED
    assert "nobody cooperates" in capsys.readouterr().err
