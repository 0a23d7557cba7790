"""What a folder of results says, against results whose content can be said by hand."""

import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from small_results import EFFECTS, PERIODS, manifest, mechanics, part, stored

import sim
from sim import ensemble, record
from sim.comparison import OFF_PLAN, Comparison, open_results, words
from sim.declare import UnknownName
from sim.estimators import propagate
from sim.instruments import Crackdown
from sim.record import NoResults, StoredDataDamaged
from sim.scenario import dump, load_experiment, loads

QUARTERS, CRIMES = 6, 2  # in the window
SUMMARY = "experiment arm baseline scope side crime measure unit n mean median lo50 hi50 lo90 hi90 n_worse"


@pytest.fixture(scope="module")
def exact(tmp_path_factory):
    """Return results in which a policy does the same in every run."""
    return stored(tmp_path_factory.mktemp("exact"))


@pytest.fixture(scope="module")
def noisy(tmp_path_factory):
    """Return results in which the arms of a pair also have luck of their own."""
    return stored(tmp_path_factory.mktemp("noisy"), noise=3.0, replicates=12)


def row(table, **where):
    for name, value in where.items():
        table = table[table[name] == value]
    assert len(table) == 1
    return table.iloc[0]


# ---- summary ----------------------------------------------------


@pytest.mark.hand
def test_the_summary_has_the_stated_columns_and_measures(exact):
    table = exact.summary()
    assert " ".join(table.columns) == SUMMARY
    assert set(table["scope"]) == {"total", "AAA", "BBB", "CCC"}
    needed = {
        "operations", "workers", "workers_coerced", "victims", "money_lost_usd", "recorded_cases", "raids",
        "arrests", "rescued", "seized_usd", "recovered_usd", "cost_usd", "harm_usd",
    }  # fmt: skip
    assert needed <= set(table["measure"])
    assert set(table["crime"]) == {"all", "fraud", "drugs"}
    assert not table.duplicated(["arm", "baseline", "scope", "side", "crime", "measure"]).any()


@pytest.mark.hand
def test_a_paired_difference_by_hand(exact):
    table = exact.summary()
    total = row(table, arm="alone", scope="total", side="host", crime="all", measure="harm_usd")
    assert total["mean"] == pytest.approx(-20 * QUARTERS * CRIMES)  # -40 + 10 + 10
    assert (total["baseline"], total["n"], total["n_worse"]) == ("no change", 4, 0)
    for end in ("lo50", "hi50", "lo90", "hi90", "median"):
        assert total[end] == pytest.approx(total["mean"])
    home = row(table, arm="alone", scope="AAA", side="victim", crime="fraud", measure="harm_usd")
    assert home["mean"] == pytest.approx(-40 * QUARTERS)
    stock = row(table, arm="alone", scope="AAA", side="host", crime="fraud", measure="operations")
    assert stock["mean"] == pytest.approx(-4.0)  # a mean, not a sum, and a tenth of the harm


@pytest.mark.hand
def test_rows_of_the_baseline_are_levels(exact):
    level = row(exact.summary(), arm="no change", scope="BBB", side="host", crime="all", measure="harm_usd")
    expected = np.mean([part("no change", r).measures["harm_usd"][2:, 1].sum() for r in range(4)])
    assert level["mean"] == pytest.approx(expected)
    assert level["baseline"] == ""
    assert pd.isna(level["n_worse"])


@pytest.mark.hand
def test_worse_is_more_harm_and_fewer_rescues_and_raids_are_neither(exact):
    table = exact.summary()
    chosen = {"arm": "alone", "scope": "CCC", "side": "host", "crime": "all"}  # 10 more of everything
    assert row(table, measure="harm_usd", **chosen)["n_worse"] == 4
    assert row(table, measure="rescued", **chosen)["n_worse"] == 0
    assert pd.isna(row(table, measure="raids", **chosen)["n_worse"])


@pytest.mark.hand
def test_differences_run_by_run(exact):
    table = exact.differences(country="AAA")
    alone = table[table["arm"] == "alone"]
    assert alone["difference"].to_numpy() == pytest.approx(-40 * QUARTERS * CRIMES)
    assert alone["percent"].to_numpy() == pytest.approx(100 * alone["difference"] / alone["baseline"])
    assert alone["replicate"].tolist() == [0, 1, 2, 3]


@pytest.mark.hand
def test_effects_and_contrasts_are_per_cent_of_the_baseline_pair_by_pair(exact):
    base = np.array([part("no change", r).measures["harm_usd"][2:].sum() for r in range(4)])
    effect = row(exact.effects(), name="together")
    assert effect["mean"] == pytest.approx((-100 * 40 * QUARTERS * CRIMES / base).mean())
    contrast = row(exact.contrasts(), name="coordination effect")
    assert (contrast["of"], contrast["minus"]) == ("together", "alone")
    assert contrast["mean"] == pytest.approx((-100 * 20 * QUARTERS * CRIMES / base).mean())
    assert contrast["separates"]
    assert contrast["pair_correlation"] == pytest.approx(1.0)


@pytest.mark.hand
def test_a_failed_run_takes_its_pair_out_of_every_comparison(tmp_path):
    found = stored(tmp_path, missing={("alone", 1), ("no change", 3)})
    assert (found.finished("alone"), found.finished("alone", "no change")) == ([0, 2, 3], [0, 2])
    table = found.summary()
    assert row(table, arm="alone", scope="total", side="host", crime="all", measure="harm_usd")["n"] == 2
    assert row(table, arm="together", scope="total", side="host", crime="all", measure="harm_usd")["n"] == 3
    assert row(found.contrasts(), name="coordination effect")["n"] == 2  # both arms and the baseline
    expected = np.mean([part("no change", r).measures["harm_usd"][2:].sum() for r in range(3)])
    level = row(table, arm="no change", scope="total", side="host", crime="all", measure="harm_usd")
    assert level["mean"] == pytest.approx(expected)


@pytest.mark.hand
def test_an_arm_without_any_pair_is_left_out_and_the_rest_stands(tmp_path):
    found = stored(tmp_path, missing={("alone", r) for r in range(4)})
    assert found.compared == ("together",)
    assert set(found.leakage()["arm"]) == {"together"}
    assert set(found.summary()["arm"]) == {"no change", "together"}
    assert found.sentences()
    assert len(found.contrasts()) == 0


# ---- leakage ----------------------------------------------------


@pytest.mark.hand
def test_leakage_by_hand_on_both_sides_in_events_money_and_harm(exact):
    table = exact.leakage()
    assert list(table.columns) == ["arm", "side", "measure", "simulated", "mechanical", "lo90", "hi90",
                                   "n_undefined"]  # fmt: skip
    assert len(table) == 2 * 2 * 3
    assert table[table["arm"] == "alone"]["simulated"].to_numpy() == pytest.approx(20 / 40)
    assert table[table["arm"] == "together"]["simulated"].to_numpy() == pytest.approx(20 / 60)
    assert (table["n_undefined"] == 0).all()
    assert table[table["side"] == "victim"]["mechanical"].isna().all()
    by_host = table[(table["side"] == "host") & (table["arm"] == "alone")]["mechanical"]
    treated = np.array([True, False, False])
    theory = propagate(mechanics(), mechanics(1.0), treated, 13).leakage[-1]
    assert by_host.to_numpy() == pytest.approx(theory)
    assert 0.1 < theory < 0.9


@pytest.mark.hand
def test_leakage_is_empty_where_the_treated_country_did_not_fall(tmp_path):
    def reversed_part(arm, replicate, noise):
        run = part(arm, replicate, noise)
        change = np.array(EFFECTS[arm])[None, :, None] * (np.arange(PERIODS) >= 2)[:, None, None]
        return part(arm, replicate, noise) if arm == "no change" else _with(run, -2 * change)

    def _with(run, change):
        for name, values in run.measures.items():
            run.measures[name] = values + change
        return run

    found = stored(tmp_path, parts=reversed_part)
    table = found.leakage()
    assert table[["simulated", "lo90", "hi90"]].isna().all().all()
    assert (table["n_undefined"] == 4).all()
    text = (tmp_path / "leakage.csv").read_text().splitlines()
    assert text[1].startswith("alone,host,victims,,")
    said = [sentence for sentence in words.sentences(found, OFF_PLAN) if "undefined" in sentence]
    assert len(said) == 2
    assert "in the model, weeks 26 to 104, harm done from the treated countries did not fall" in said[0]


@pytest.mark.hand
def test_mechanical_leakage_is_empty_where_risk_did_not_clearly_rise(tmp_path):
    def doubtful(arm, replicate, noise):
        run = part(arm, replicate, noise)
        if arm == "alone":
            run.mechanics["risk"] *= (-1.0, 0.5, -0.2, 1.5)[replicate]
        return run

    found = stored(tmp_path, parts=doubtful)
    assert np.isnan(found.mechanical("alone"))
    assert 0.1 < found.mechanical("together") < 0.9


@pytest.mark.hand
def test_the_leakage_curve_accumulates_from_the_first_week(exact):
    curve = exact.leakage_curve()
    alone = curve[curve["arm"] == "alone"].set_index("week")
    assert alone.index.tolist() == [13 * (p + 1) for p in range(PERIODS)]
    assert alone.loc[:26, "simulated"].isna().all()
    assert alone.loc[39:, "simulated"].to_numpy() == pytest.approx(0.5)
    assert alone.loc[104, "mechanical"] == pytest.approx(exact.mechanical("alone"))
    assert (alone.loc[:26, "n_undefined"] == 4).all()


@pytest.mark.hand
def test_where_every_country_is_treated_no_sentence_speaks_of_leakage(tmp_path):
    arms = manifest().arms
    arms["together"]["treated"] = ["AAA", "BBB", "CCC"]
    found = stored(tmp_path, arms_as=arms)
    assert (found.leakage().query("arm == 'together'")["simulated"] == 0).all()
    leaking = [s for s in words.sentences(found, OFF_PLAN) if "leakage" in s]
    assert ["“alone”" in s for s in leaking] == [True]


@pytest.mark.hand
def test_the_curve_ends_at_the_leakage_of_the_whole_study(noisy):
    curve = noisy.leakage_curve("victims", "victim")
    end = row(curve, arm="together", week=104)
    runs = [[part(arm, r, 3.0).measures["victims"].sum(axis=(0, 2)) for r in range(12)]
            for arm in ("together", "no change")]  # fmt: skip
    change = np.subtract(*runs).mean(axis=0)
    assert end["simulated"] == pytest.approx(-change[2] / change[:2].sum())
    assert end["lo90"] < end["simulated"] < end["hi90"]
    assert np.isnan(end["mechanical"])


@pytest.mark.laws
def test_leakage_is_listed_in_the_order_of_the_file_whatever_its_size(exact):
    assert exact.leakage()["arm"].drop_duplicates().tolist() == ["alone", "together"]


# ---- moves, time, ledgers, money --------------------------------


@pytest.mark.hand
def test_moves_of_the_window_without_changes_of_trade_in_place(exact):
    matrix = exact.moves_matrix("alone")
    assert matrix.loc["AAA", "CCC"] == 5.0
    assert matrix.loc["AAA", "BBB"] == 0.0  # before the window
    assert matrix.loc["BBB", "BBB"] == 0.0  # a change of trade
    assert matrix.loc["CCC", "AAA"] == np.mean([0, 10, 20, 30])
    assert (exact.moves_matrix("alone", difference=True) == 0).all().all()


@pytest.mark.hand
def test_moves_end_with_the_window_and_are_compared_pair_by_pair(tmp_path):
    found = stored(tmp_path, window=(13, 39), missing={("no change", 0), ("alone", 3)})
    matrix = found.moves_matrix("alone")
    assert (matrix.loc["AAA", "BBB"], matrix.loc["AAA", "CCC"], matrix.loc["CCC", "AAA"]) == (5.0, 5.0, 0.0)
    found = stored(tmp_path, missing={("no change", 0), ("alone", 3)})
    assert found.moves_matrix("alone").loc["CCC", "AAA"] == np.mean([0, 10, 20])
    assert (found.moves_matrix("alone", difference=True) == 0).all().all()


@pytest.mark.hand
def test_concentration_by_hand(exact):
    """Operations 20 a country, then 12, 22, 22 under "alone": H from 1/3 to (12² + 22² + 22²) / 56²."""
    table = exact.concentration()
    rows = table[(table["of"] == "operations") & (table["index"] == "herfindahl")].set_index("arm")
    assert rows.loc["no change", "mean"] == pytest.approx(1 / 3, rel=1e-3)
    changed = np.array([[100 - 40, 100 + 10, 100 + 10]]) / 280
    assert rows.loc["alone", "mean"] == pytest.approx(float((changed**2).sum() - 1 / 3), rel=0.2)
    assert rows.loc["alone", "mean"] > 0
    shift = table[table["index"] == "centroid_shift_km"]
    assert set(shift["arm"]) == {"alone", "together"}
    assert shift["mean"].isna().all()  # nothing says where the countries lie


def test_what_spills_over_by_hand(exact):
    """“alone” adds 10 a quarter, crime and untreated country: 2 countries, 2 crimes, 6 quarters of 10 each."""
    rows = exact.spillovers().set_index(["arm", "side", "measure"])
    row = rows.loc["alone", "host", "harm_usd"]
    assert (row["displacement"], row["diffusion"], row["net"]) == pytest.approx((240.0, 0.0, 240.0))
    assert rows.loc["together", "host", "harm_usd"]["net"] == pytest.approx(240.0)
    assert set(rows.index.get_level_values("arm")) == {"alone", "together"}


def test_anticipation_counts_whole_periods_between_announcement_and_start(tmp_path):
    """Announced in week 26, begun in week 52: quarters 2 and 3, in which AAA has 40 less of 100 in each."""
    scenario = sim.load("two-countries")
    crackdown = Crackdown(members=("varda",), start=52, announced=26)
    facts = manifest()
    text = dump(replace(scenario, policy=(crackdown,)))
    arms = {name: one | {"scenario": text if name == "alone" else ""} for name, one in facts.arms.items()}
    found = stored(tmp_path, arms_as=arms).anticipation()
    assert set(found["arm"]) == {"alone"}
    row = found.set_index("measure").loc["operations"]
    assert (row["announced"], row["start"]) == (26, 52)
    assert row["mean"] == pytest.approx(-40.0, rel=0.05)
    assert found.set_index("measure").loc["closures", "mean"] == pytest.approx(-800.0, rel=0.05)


def test_series_are_spreads_of_runs_and_differences_of_pairs(noisy):
    levels = noisy.series("harm_usd", "victim", country="AAA", crime="fraud")
    level = row(levels, arm="alone", period=4)
    runs = [part("alone", r, 3.0).measures["harm_usd"][4, 0, 0] for r in range(12)]
    assert level["median"] == pytest.approx(np.median(runs))
    assert (level["lo90"], level["hi50"]) == pytest.approx((np.quantile(runs, 0.05), np.quantile(runs, 0.75)))
    assert (level["n"], level["week"]) == (12, 65)
    change = row(noisy.series("harm_usd", "victim", difference=True), arm="together", period=1)
    base = [part("no change", r, 3.0).measures["harm_usd"][1].sum() for r in range(12)]
    arm = [part("together", r, 3.0).measures["harm_usd"][1].sum() for r in range(12)]
    assert change["mean"] == pytest.approx(np.mean(np.subtract(arm, base)))


@pytest.mark.hand
def test_the_ledger_is_a_year_of_paired_changes_by_country(exact):
    table = exact.ledger("alone")
    assert table.index.tolist() == ["AAA", "BBB", "CCC"]
    years = 78 / 52
    assert table["harm_usd"].to_numpy() == pytest.approx(np.array([-40, 10, 10]) * QUARTERS * CRIMES / years)
    assert table["hosted_harm_usd_lo90"].to_numpy() == pytest.approx(table["hosted_harm_usd"])
    assert table["programme_usd"].sum() == pytest.approx(1000 * QUARTERS / years)
    assert "harm_usd_lo90" not in exact.ledger("no change")


@pytest.mark.hand
def test_spending_off_the_plan_by_more_than_one_per_cent_is_flagged(tmp_path):
    def part_that_overspends(arm, replicate, noise):
        run = part(arm, replicate, noise)
        if arm == "together":
            run.measures["programme_usd"] = run.measures["programme_usd"].copy()
            run.measures["programme_usd"][5] *= 1.02
            run.measures["programme_usd"][6] *= 1.009
        return run

    found = stored(tmp_path, parts=part_that_overspends)
    table = found.spending()
    flagged = table[table["flagged"]]
    assert flagged[["arm", "period"]].to_numpy().tolist() == [["together", 5]]
    assert flagged["off"].to_numpy() == pytest.approx(0.02)
    (said,) = [sentence for sentence in words.sentences(found, OFF_PLAN) if "planned" in sentence]
    assert said == (
        "In the model, “together” kept to its plan in total (USD 6,029 spent, USD 6,000 planned, +0.48 %); 1 of 6 "
        "periods was more than 1 % off: weeks 65 to 78, +2.0 %."
    )
    decided = dump(load_experiment("free-riding").arms["best response"].scenario)
    found.manifest.arms["together"]["scenario"] = decided
    (of_governments,) = [one.text for one in words.off_plans(found, OFF_PLAN)]
    assert of_governments == said + " The plan is what was agreed; governments decide what they give."


def spent(*shares):
    """Return the spending of one arm, a row for each quarter of 1000 USD, as a share of what was planned."""
    rows = [
        {"arm": "a", "period": place, "week": 13 * (place + 1), "planned_usd": 1000.0, "spent_usd": 1000.0 * share,
         "off": share - 1.0, "flagged": abs(share - 1.0) > OFF_PLAN}
        for place, share in enumerate(shares)
    ]  # fmt: skip
    return pd.DataFrame(rows)


@pytest.mark.hand
def test_spending_on_plan_in_total_says_which_periods_were_off_and_how_much_at_most():
    (said,) = words.spending_sentences(spent(0.88, 1.1, 1.0, 0.97, 1.05), str, OFF_PLAN)
    assert "kept to its plan in total (USD 5,000 spent, USD 5,000 planned, 0.00 %)" in said
    assert said.endswith(
        "4 of 5 periods were more than 1 % off: weeks 0 to 26, 39 to 65, at most −12.0 % in the period that ends in "
        "week 13."
    )
    (said,) = words.spending_sentences(spent(*[0.9, 1.0] * 6), str, OFF_PLAN)
    assert "was more than 1 % off its plan in total (USD 11,400 spent, USD 12,000 planned, −5.00 %)" in said
    assert "6 of 12 periods were off by as much: weeks 0 to 13, 26 to 39, 52 to 65 and 3 more stretches" in said
    assert list(words.spending_sentences(spent(1.0, 1.0), str, OFF_PLAN)) == []


@pytest.mark.hand
def test_records_stand_beside_the_truth(exact):
    found = row(exact.recorded(), arm="alone", what="cases")
    assert found["share_recorded"] == pytest.approx(0.2)
    assert found["true_change"] == pytest.approx(found["recorded_change"])
    assert found["true_change"] < 0


# ---- spread and sensitivity -------------------------------------


@pytest.mark.theory
def test_luck_alone_is_what_the_drawn_parameters_leave(tmp_path):
    """The effect follows a drawn number with slope 4; luck has a standard deviation of 0.1 % of the harm."""
    values = np.random.default_rng(2).uniform(0, 1, 40)
    luck = np.random.default_rng(3).normal(0, 0.1, 40)

    def driven(arm, replicate, noise):
        run = part("no change", replicate, noise)
        if arm == "alone":
            factor = 1 - (4 * values[replicate] + luck[replicate]) / 100
            run.measures["harm_usd_host"] = run.measures["harm_usd_host"] * factor
        return run

    design = {"parameters.choice.review": values.tolist()}
    found = stored(tmp_path, parts=driven, arms=("no change", "alone"), replicates=40, luck_only=False, design=design)
    spread = row(found.spread(), name="alone")
    assert spread["hi90"] - spread["lo90"] > 3.0
    wide = spread["luck_hi90"] - spread["luck_lo90"]
    assert wide == pytest.approx(2 * 1.645 * 0.1, rel=4 / np.sqrt(2 * 38))  # four standard errors of a deviation
    (correlation,) = found.rank_correlations()["correlation"]
    assert correlation < -0.95
    points = found.sensitivity()
    assert points["value"].tolist() == values.tolist()
    assert points["percent"].to_numpy() == pytest.approx(-(4 * values + luck))
    assert "1 parameter of" in found.covered


@pytest.mark.hand
def test_fewer_runs_than_a_hypercube_cover_part_of_the_ranges_only():
    assert ensemble.BLOCK == words.COMPLETE
    assert words.spread_sentence(6, 20).startswith("The spread covers luck and the stated ranges of 6 parameters")
    few = words.spread_sentence(6, 2)
    assert few.startswith("The spread covers luck and only part of the stated ranges of 6 parameters of the model")
    assert "fewer than 20 runs, here 2 runs, do not visit all of a range" in few
    assert "here 1 run," in words.spread_sentence(1, 1)


@pytest.mark.hand
def test_the_sentence_on_the_spread_knows_how_many_runs_there_are(tmp_path):
    found = stored(tmp_path, luck_only=False, design={"parameters.choice.review": [0.1, 0.2, 0.3, 0.4]})
    assert "only part of the stated ranges of 1 parameter of" in found.covered


@pytest.mark.hand
def test_with_fixed_parameters_the_spread_is_luck(noisy):
    table = noisy.spread()
    assert (table["lo90"] == table["luck_lo90"]).all()
    assert noisy.sensitivity().empty
    assert "luck alone" in noisy.covered


# ---- sentences --------------------------------------------------


def effect(**changes):
    plain = {"name": "a", "of": "a", "minus": "b", "n": 20, "mean": -3.14, "lo90": -3.6, "hi90": -2.7,
             "separates": True, "n_better": 20, "n_worse": 0}  # fmt: skip
    return plain | changes


@pytest.mark.hand
def test_a_difference_that_the_runs_show_is_told_with_its_interval():
    said = words.difference_sentence(effect(), str.upper)
    expected = "In the model, “A” leaves 3.14 % less harm than “B” (90 % interval 2.70 to 3.60 %; "
    assert said == expected + "less harm in 20 of 20 runs)."
    said = words.difference_sentence(effect(name="coordination effect", mean=3.1, lo90=1, hi90=5, n_worse=19), str)
    assert "3.1 % more harm" in said
    assert "(coordination effect: 90 % interval 1.0 to 5.0 %; more harm in 19 of 20 runs)" in said


@pytest.mark.hand
def test_runs_that_do_not_separate_two_arms_say_so():
    said = words.difference_sentence(effect(lo90=-0.4, hi90=0.31, mean=-0.05, separates=False, n_better=11), str, 1)
    assert said.startswith(
        "These runs do not separate “a” and “b” in the model (harm avoided +0.1 % of the baseline's, 90 % interval"
    )
    assert "−0.3 to +0.4 %; less harm in 11 of 20 runs" in said  # signs as in the table: more avoided, less harm
    assert "one pair only" in words.difference_sentence(effect(n=1), str)


@pytest.mark.hand
def test_a_mean_that_many_runs_contradict_is_told_with_a_caution():
    assert "depends on the run" in words.difference_sentence(effect(n_better=17), str)
    assert "depends on the run" not in words.difference_sentence(effect(n_better=18), str)


@pytest.mark.hand
def test_private_cost_stands_beside_the_effect(tmp_path):
    def with_friction(arm, replicate, noise):
        run = part(arm, replicate, noise)
        run.measures["private_cost_usd"] = np.zeros_like(run.measures["programme_usd"])
        run.measures["private_cost_usd"][:, 0] = 4e6 * (arm == "together")
        return run

    facts = manifest().metrics["programme_usd"] | {"measure": "private_cost_usd"}
    found = stored(tmp_path, parts=with_friction, metrics=manifest().metrics | {"private_cost_usd": facts})
    contrast, alone, together, *_ = words.sentences(found, OFF_PLAN)
    yearly = 4e6 * QUARTERS * CRIMES / (78 / 52)
    beside = f"Beside it, legitimate users bear {words.money(yearly)} a year, which is neither public money nor"
    assert beside in together
    assert beside in contrast
    assert "legitimate users" not in alone


def leaking(**changes):
    plain = {"arm": "a", "side": "host", "simulated": 0.75, "lo90": 0.71, "hi90": 0.79, "mechanical": 0.25}
    return plain | changes


@pytest.mark.hand
def test_leakage_is_told_as_what_it_means_with_its_side_and_window():
    said = words.leakage_sentence(leaking(), str, (26, 520))
    assert said == (
        "Under “a” in the model, weeks 26 to 520, 75 % of the harm that ceased in the treated countries is done from "
        "elsewhere (leakage by host 0.75, 90 % interval 0.71 to 0.79; the choice rule alone would give 0.25)."
    )
    said = words.leakage_sentence(leaking(simulated=-0.2, lo90=-0.4, hi90=-0.1, mechanical=np.nan), str, (26, 520))
    assert "harm done from elsewhere fell too: nothing came back (leakage by host −0.20, 90 % interval −0.40" in said


UNKNOWN = "these runs do not tell whether any of the harm that ceased came back"


@pytest.mark.hand
@pytest.mark.parametrize(
    ("value", "low", "high", "said"),
    [
        (-0.02, -0.27, 0.43, f"{UNKNOWN} (leakage by host −0.02, 90 % interval −0.27 to 0.43"),
        (0.3, -0.1, 0.8, f"{UNKNOWN} (leakage by host 0.30"),
        (0.3, 0.0, 0.8, f"{UNKNOWN} (leakage by host 0.30"),
        (0.4, -0.1, 1.3, "tell neither whether any of the harm that ceased came back nor whether all of it did (leak"),
        (0.3, np.nan, np.nan, "tell neither whether any of the harm that ceased came back nor whether all of it did"),
        (-0.3, np.nan, np.nan, "0.30, these runs set no limits to it"),
        (-5.0, np.nan, np.nan, "tell neither whether any of the harm that ceased came back nor whether all of it did"),
        (-5.0, -9.0, 0.2, f"{UNKNOWN} (leakage by host −5.00"),
        (-5.0, -9.0, -0.2, "fell too: nothing came back (leakage by host −5.00"),
        (0.9, 0.6, 1.2, "some of the harm that ceased in the treated countries is done from elsewhere; these runs do"),
        (
            0.9,
            0.6,
            np.nan,
            "tell whether less than all of it, or more (leakage by host 0.90, 90 % interval from 0.60 up",
        ),
        (1.5, 1.2, 1.7, "150 % of the harm that ceased in the treated countries is done from elsewhere"),
        (3.0, 2.2, 3.7, "3.0 times as much as the harm that ceased in the treated countries is done from elsewhere"),
        (0.0, 0.0, 0.0, "harm done from elsewhere did not change: nothing came back"),
    ],
)
def test_a_sentence_on_leakage_claims_no_more_than_its_interval(value, low, high, said):
    row = leaking(simulated=value, lo90=low, hi90=high, mechanical=np.nan)
    sentence = words.leakage_sentence(row, str, (26, 520))
    assert said in sentence
    assert ("nothing came back" in sentence) is (high < 0 or low == high == 0)


@pytest.mark.hand
@pytest.mark.parametrize(
    ("low", "high", "said"),
    [
        (-0.09, -0.06, "residents elsewhere were spared harm too"),
        (0.01, 0.06, "harm to residents elsewhere rose"),
        (-0.09, 0.06, "these runs do not tell whether residents elsewhere were spared harm too"),
        (np.nan, np.nan, "these runs do not tell whether residents elsewhere were spared harm too"),
    ],
)
def test_what_residents_elsewhere_bore_is_claimed_no_more_surely(low, high, said):
    residents = leaking(side="victim", simulated=-0.05, lo90=low, hi90=high, mechanical=np.nan)
    assert f"the victims': {said} (leakage" in words.residents_words(residents)


@pytest.mark.hand
def test_where_the_benefit_spread_the_victims_side_is_the_one_to_read():
    swamped = leaking(simulated=-46.0, lo90=-210.0, hi90=-22.0, mechanical=np.nan)
    residents = leaking(side="victim", simulated=-0.08, lo90=-0.09, hi90=-0.06, mechanical=np.nan)
    said = words.leakage_sentence(swamped, str, (26, 520), residents)
    assert "the benefit spread and nothing came back" in said
    assert "the ratio says little (leakage by host −46, 90 % interval −210 to −22)" in said
    assert said.endswith("spared harm too (leakage by victims' country −0.08, 90 % interval −0.09 to −0.06).")


@pytest.mark.hand
@pytest.mark.parametrize(
    ("value", "low", "high", "said"),
    [
        (-13.357, -13.467, -13.248, "−13.36"),
        (1234.5, 1000.0, 2000.0, "1,234"),
        (0.0123, 0.0100, 0.0191, "0.0123"),
        (5.0, 5.0, 5.0, "5.0"),
        (-0.004, -0.9, 0.8, "0.0"),
        (float("nan"), 0.0, 1.0, "unknown"),
    ],
)
def test_numbers_have_two_figures_of_their_interval(value, low, high, said):
    assert words.plain(value, {"lo90": low, "hi90": high}) == said


@pytest.mark.hand
def test_a_column_has_one_number_of_decimals():
    assert words.decimals(pd.DataFrame({"lo90": [0.5, 1.2, 2.0], "hi90": [0.7, 3.2, 5.0]})) == 1
    assert words.decimals(pd.DataFrame()) == 1


@pytest.mark.laws
def test_every_sentence_speaks_of_the_model_and_none_of_a_winner(noisy):
    said = [*words.sentences(noisy, OFF_PLAN), words.headline(noisy)]
    assert said[0].startswith("In the model, “together” leaves")  # the contrast comes first
    assert "coordination effect" in said[0]
    assert said[0].startswith(said[-1].removesuffix("."))
    for sentence in said:
        assert "the model" in sentence
        assert not any(word in sentence for word in ("best", "worst", "wins", "optimal"))


# ---- as an object -----------------------------------------------


@pytest.mark.laws
def test_a_stored_result_opens_and_says_the_same(noisy):
    again = open_results(noisy.folder)
    pd.testing.assert_frame_equal(again.summary(), noisy.summary())
    pd.testing.assert_frame_equal(again.leakage(), noisy.leakage())
    assert again.sentences() == noisy.sentences()
    again.write_tables()
    assert record.verify(noisy.folder).files == noisy.manifest.files


@pytest.mark.laws
def test_damaged_results_do_not_open(tmp_path):
    folder = stored(tmp_path / "a").folder
    (folder / "totals.parquet").write_bytes(b"PAR1")
    with pytest.raises(StoredDataDamaged):
        open_results(folder)
    with pytest.raises(StoredDataDamaged):
        open_results(folder, check=False).summary()
    with pytest.raises(NoResults):
        open_results(tmp_path)


@pytest.mark.hand
def test_unknown_names_get_the_nearest(exact):
    for ask in (
        lambda: exact.ledger("alon"),
        lambda: exact.series("harm", "victim"),
        lambda: exact.series("harm_usd", "victim", crime="drug"),
        lambda: exact.series("harm_usd", "victim", country="AAB"),
        lambda: exact.moves_matrix("togethr"),
    ):
        with pytest.raises(UnknownName, match="did you mean"):
            ask()


@pytest.mark.hand
def test_it_shows_itself_briefly(exact):
    assert repr(exact) == "<Comparison small: 3 arms × 4 paired runs, weeks 26 to 104, imagined>"
    card = exact._repr_html_()
    assert card.count("<tr>") == 3
    assert "imagined" in card
    assert re.search(r"<th>harm avoided, mean</th>.*<td>alone</td><td>\+6\.\d+ %</td>", card)  # 20 of 300 less


@pytest.mark.hand
def test_one_arm_with_one_run_is_one_arm_and_shows_no_interval(tmp_path):
    assert "1 arm × 1 paired run," in repr(stored(tmp_path / "a", arms=("no change",), replicates=1))
    card = stored(tmp_path / "b", replicates=1)._repr_html_()
    assert "unknown" not in card
    assert "<td>–</td>" in card


@pytest.mark.hand
def test_a_result_with_one_arm_has_levels_and_nothing_to_compare(tmp_path):
    found = stored(tmp_path, arms=("no change",))
    assert isinstance(found, Comparison)
    assert set(found.summary()["baseline"]) == {""}
    assert found.leakage().empty
    assert found.leakage_curve().empty
    assert found.sentences() == [found.covered]
    assert found.differences().empty
    assert (tmp_path / "leakage.csv").read_text().count("\n") == 1
    assert found._repr_html_()


@pytest.mark.hand
def test_what_governments_give_in_the_end_is_told_where_they_decide(tmp_path):
    """By the last quarter AAA gives nothing and BBB .6; they trust each other by .5 and .9. CCC is no member."""
    agreed = loads(
        "name: x\nextends: two-countries\npolicy: [{instrument: extradition, members: all}]\n"
        "politics: {rule: {kind: reciprocity}}\n"
    )
    codes = dict(zip(agreed.politics.members, ("AAA", "BBB"), strict=True))

    def given(arm, replicate, noise=0.0, key=""):
        run = part(arm, replicate, noise, key)
        numbers = {"contribution": (0.0, 0.6, 0.0), "trust_given": (0.5, 0.9, 0.0)}
        last = {name: np.zeros_like(run.measures["harm_usd"]) for name in numbers}
        for name, values in numbers.items():
            last[name][-1] = np.array(values)[:, None] / 2  # of two crimes
        return replace(run, measures=run.measures | last)

    text = dump(agreed)
    for code, other in codes.items():
        text = text.replace(code, other)
    arms = {name: facts | {"scenario": text if name == "together" else ""} for name, facts in manifest().arms.items()}
    (said,) = words.contribution_sentences(stored(tmp_path, parts=given, arms_as=arms))
    assert said == (
        "In the model, under “together”, governments give 30 % of what was agreed in the last period of the window "
        "(least AAA, 0 %); mean trust is 70 %."
    )
