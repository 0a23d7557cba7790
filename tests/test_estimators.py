"""Closed forms, published examples and hand arithmetic for the functions of arrays."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some
from scipy import stats

from sim import estimators
from sim.estimators import (
    centroid,
    centroid_shift,
    choice_shares,
    difference_in_differences,
    entropy,
    event_study,
    footprint,
    gini,
    herfindahl,
    leakage,
    mean_interval,
    pair_correlation,
    paired_difference,
    propagate,
    propagate_rise,
    risk_rise,
    spillover,
    static_leakage,
    total_net_effect,
    variance_gain,
    weighted_displacement_difference,
    weighted_displacement_quotient,
)

FOUR_PLACES = np.array([1.0, 0.5, 0.0, -0.5])


# ---- paired differences ----------------------------------------


@pytest.mark.hand
def test_the_paired_difference_of_three_pairs_by_hand():
    found = paired_difference([11.0, 9.0, 14.0], [10.0, 10.0, 10.0])  # 1, -1, 4: mean 4/3, sd 2.51661
    assert (found.n, found.n_above, found.n_below, found.median) == (3, 2, 1, 1.0)
    assert found.mean == pytest.approx(4 / 3)
    half = 2.919986 * 2.516611 / 3**0.5  # Student's t, two degrees of freedom, 95 % quantile
    assert (found.lo90, found.hi90) == pytest.approx((4 / 3 - half, 4 / 3 + half), rel=1e-6)
    assert not found.separates


@pytest.mark.hand
def test_a_single_pair_has_no_interval_and_separates_nothing():
    found = paired_difference([3.0], [1.0])
    assert found.mean == 2.0
    assert np.isnan([found.lo50, found.hi50, found.lo90, found.hi90]).all()
    assert not found.separates


@pytest.mark.hand
def test_equal_runs_differ_by_exactly_zero():
    runs = np.array([[1.5, 1e12], [2.5, 3e12]])
    found = paired_difference(runs, runs)
    for ends in (found.mean, found.median, found.lo90, found.hi90):
        assert (ends == 0.0).all()
    assert not found.separates.any()


@pytest.mark.theory
def test_the_interval_of_the_mean_covers_as_often_as_it_says():
    rng, repeats = np.random.default_rng(7), 4000
    low, high = mean_interval(rng.normal(2.0, 3.0, (6, repeats)), 0.9)
    covered = ((low < 2.0) & (high > 2.0)).mean()
    assert abs(covered - 0.9) < 4 * np.sqrt(0.9 * 0.1 / repeats)


@pytest.mark.hand
def test_pairing_gains_what_the_variances_say():
    baseline = np.array([0.0, 2.0, 4.0])  # variance 4
    treated = np.array([0.0, 1.0, 5.0])  # variance 7; difference 0, -1, 1: variance 1
    assert variance_gain(treated, baseline) == pytest.approx(11.0)
    assert pair_correlation(treated, baseline) == pytest.approx(5.0 / 28**0.5)  # covariance 5
    assert np.isnan(pair_correlation(treated, [1.0, 1.0, 1.0]))
    assert variance_gain(baseline + 1.0, baseline) == np.inf


# ---- leakage ----------------------------------------


@pytest.mark.hand
def test_leakage_is_a_ratio_of_means_not_a_mean_of_ratios():
    found = leakage(inside=np.array([-10.0, -1.0]), outside=np.array([1.0, 1.0]), seed=1)
    assert found.value == pytest.approx(2.0 / 11.0)  # the mean of the ratios would be .55
    assert (found.inside, found.outside, found.n, found.n_undefined) == (-5.5, 1.0, 2, 0)


@pytest.mark.hand
def test_leakage_is_undefined_where_the_treated_area_did_not_fall():
    found = leakage(inside=np.array([[0.0, 2.0], [0.0, -1.0]]), outside=np.ones((2, 2)), seed=1)
    assert np.isnan([found.value, found.lo90, found.hi90]).all()
    assert found.n_undefined.tolist() == [2, 1]


@pytest.mark.hand
def test_a_doubtful_denominator_leaves_the_interval_open():
    inside = np.array([-5.0, -4.0, 3.0, 2.0, -3.0])  # falls on average, but in many resamples it does not
    found = leakage(inside, np.ones(5), seed=1)
    assert found.value == pytest.approx(5 / 7)
    assert np.isnan(found.lo90)
    assert np.isnan(found.hi90)


@pytest.mark.theory
def test_the_leakage_interval_covers_the_truth_and_repeats_itself():
    rng, truth, covered, repeats = np.random.default_rng(3), 0.4, 0, 200
    for _ in range(repeats):
        inside = rng.normal(-10.0, 4.0, 25)
        outside = -truth * inside + rng.normal(0.0, 1.0, 25)
        found = leakage(inside, outside, seed=5, resamples=400)
        covered += int(found.lo90 <= truth <= found.hi90)
    # A percentile bootstrap of 25 pairs is a little narrow.
    assert abs(covered / repeats - 0.88) < 4 * np.sqrt(0.9 * 0.1 / repeats)
    again = leakage(inside, outside, seed=5, resamples=400)
    assert (again.lo90, again.hi90) == (found.lo90, found.hi90)


@pytest.mark.twin
def test_the_interval_is_the_percentile_bootstrap_of_pairs():
    rng = np.random.default_rng(9)
    inside = rng.normal(-10.0, 2.0, 30)
    outside = -0.4 * inside + rng.normal(0.0, 1.0, 30)
    found = leakage(inside, outside, seed=6)
    plain = stats.bootstrap(
        (inside, outside), lambda one, other: -other.mean() / one.mean(), paired=True, vectorized=False,
        confidence_level=0.9, n_resamples=4000, method="percentile", rng=6,
    ).confidence_interval  # fmt: skip
    assert (found.lo90, found.hi90) == pytest.approx((plain.low, plain.high), abs=1e-3)


@pytest.mark.hand
def test_diffusion_is_a_negative_leakage_and_no_country_outside_is_none_at_all():
    assert leakage(np.array([-4.0, -4.0]), np.array([-1.0, -1.0]), seed=1).value == -0.25
    nothing_outside = leakage(np.array([-4.0, -4.0]), np.zeros(2), seed=1).value
    assert nothing_outside == 0.0
    assert not np.signbit(nothing_outside)


# ---- R1 and R2: what a logit alone implies ----------------------------------------


def leakage_of_shares(before, after, treated=0):
    places = len(FOUR_PLACES) if len(before) > 4 else len(before)
    change = after[:places] - before[:places]
    return -(change.sum() - change[treated]) / change[treated]


@pytest.mark.theory
def test_r1_logit_shares_and_their_leakage():
    before = choice_shares(FOUR_PLACES, outside=-1.0)
    assert before == pytest.approx([0.428656, 0.259993, 0.157694, 0.095646, 0.058012], abs=1e-6)
    cut = choice_shares(FOUR_PLACES - [1, 0, 0, 0], outside=-1.0)
    assert cut == pytest.approx([0.216304, 0.356624, 0.216304, 0.131195, 0.079574], abs=1e-6)
    for strength in (0.5, 1.0, 2.0):
        after = choice_shares(FOUR_PLACES - [strength, 0, 0, 0], outside=-1.0)
        assert leakage_of_shares(before, after) == pytest.approx(0.898464, abs=1e-6)
    assert static_leakage(before[1:4].sum(), before[4]) == pytest.approx(0.898464, abs=1e-6)


@pytest.mark.theory
def test_r1_without_an_outside_option_everything_leaks():
    before, after = choice_shares(FOUR_PLACES), choice_shares(FOUR_PLACES - [1, 0, 0, 0])
    assert leakage_of_shares(before, after) == pytest.approx(1.0, abs=1e-12)


@pytest.mark.theory
def test_r1_nested_leakage_depends_on_the_cut_and_stays_near_home():
    nests = [0, 0, 1, 1]

    def shares(cut):
        return choice_shares(FOUR_PLACES - [cut, 0, 0, 0], outside=-1.0, nests=nests, dissimilarity=0.5)

    before = shares(0.0)
    for cut, expected in ((0.5, 0.910754), (1.0, 0.917955), (2.0, 0.923034)):
        assert leakage_of_shares(before, shares(cut)) == pytest.approx(expected, abs=1e-6)
    change = shares(1.0) - before
    assert -change[1] / change[0] == pytest.approx(0.657117, abs=1e-6)


@pytest.mark.theory
def test_r2_the_coalition_curve_of_identical_countries():
    size, reductions = 10, {1: 0.005543, 2: 0.011805, 5: 0.036652, 8: 0.077355, 10: 0.122821}
    before = choice_shares(np.zeros(size), outside=0.0)
    for members, expected in reductions.items():
        utilities = np.zeros(size)
        utilities[:members] -= 1.0
        after = choice_shares(utilities, outside=0.0)
        change = after[:size] - before[:size]
        assert -change.sum() == pytest.approx(expected, abs=1e-6)  # of all who choose, outsiders included
        leaked = -change[members:].sum() / change[:members].sum()
        assert leaked == pytest.approx((size - members) / (size - members + 1), abs=1e-12)


# ---- mechanical leakage ----------------------------------------

PERIOD, WEEKS_LONG, RING = 13, 520, 12
TREATED = np.arange(RING) == 0
# Two ingredients of the eleven values are not stated beside them and were read off them: reviews happen at
# .046 a week (.04, and more when alarmed), and a quiet spell lasts 7 weeks (6 after the week of decision).
# Harden and switch stay where they are; "other" is those two.
REVIEWS, WAKING = 0.046, 1 / 7


def ring(move=0.05, quiet=0.055, leave=0.067, other=0.03, staying_out=0.5, closures=0.0):
    """Return the mechanics of twelve identical countries in balance, one active operation each."""
    ones = np.ones((WEEKS_LONG // PERIOD, RING))
    reviews = REVIEWS * PERIOD * ones
    gone = (leave * REVIEWS + closures) * PERIOD * ones
    to_each = move / (RING - 1) * (1 - np.eye(RING))
    return {
        "reviews": reviews,
        "stay": (1 - move - quiet - leave - other) * reviews,
        "move": reviews[:, :, None] * to_each,
        "quiet": quiet * reviews,
        "harden": 2 / 3 * other * reviews,
        "switch": 1 / 3 * other * reviews,
        "exit": leave * reviews,
        "risk": 0.5 * reviews,
        "active_weeks": PERIOD * ones,
        "quiet_weeks": quiet * REVIEWS / WAKING * PERIOD * ones,
        "returns": quiet * REVIEWS * PERIOD * ones,
        "closures": gone,
        "enter": gone,
        "potential": gone.sum(axis=1) / (1 - staying_out),
    }


def always(rise):
    return np.tile(rise * TREATED, (WEEKS_LONG // PERIOD, 1))


def mechanical(rise, week=208, **ingredients):
    return propagate_rise(ring(**ingredients), always(rise), TREATED, PERIOD).leakage[week // PERIOD - 1]


@pytest.mark.theory
@pytest.mark.parametrize(("rise", "expected"), [(0.1, 0.487), (0.5, 0.480), (1, 0.473), (2, 0.465), (4, 0.461)])
def test_mechanical_leakage_depends_little_on_the_strength(rise, expected):
    assert mechanical(rise) == pytest.approx(expected, abs=6e-4)


@pytest.mark.theory
@pytest.mark.parametrize(("week", "expected"), [(13, 0.437), (52, 0.478), (208, 0.473), (520, 0.430)])
def test_mechanical_leakage_depends_on_the_horizon(week, expected):
    assert mechanical(1.0, week) == pytest.approx(expected, abs=6e-4)


@pytest.mark.theory
def test_mechanical_leakage_rises_as_the_outside_options_vanish():
    assert mechanical(1.0, staying_out=0.0) == pytest.approx(0.641, abs=6e-4)
    assert mechanical(1.0, staying_out=0.0, leave=0.01, quiet=0.01) == pytest.approx(0.872, abs=6e-4)


@pytest.mark.theory
def test_with_stationary_stocks_frozen_the_dynamic_form_becomes_the_static_one():
    """One week in which everybody reviews: the change of the stocks is the change of the logit shares."""
    shares = {"stay": 0.798, "quiet": 0.055, "harden": 0.02, "switch": 0.01, "exit": 0.067, "closures": 0.067}
    nobody = {name: np.zeros((1, RING)) for name in ("quiet_weeks", "returns", "enter")}
    mechanics = {name: np.full((1, RING), share) for name, share in shares.items()} | nobody
    mechanics |= {"reviews": np.ones((1, RING)), "active_weeks": 1.0 * TREATED[None, :]}
    mechanics["potential"] = np.zeros(1)
    mechanics["move"] = np.full((1, RING, RING), 0.05 / (RING - 1))
    found = propagate_rise(mechanics, 1.0 * TREATED[None, :], TREATED, 1)
    # Those who harden or change trade stay; those who leave move, lie low or close.
    assert found.leakage[0] == pytest.approx(0.05 / (0.05 + 0.055 + 0.067), rel=1e-9)


def week_by_week(mechanics, rise, period_weeks):
    """Return operation-weeks by country at the end, in words and loops; the readable twin of the propagation."""
    periods, countries = mechanics["reviews"].shape
    active = mechanics["active_weeks"][0] / period_weeks
    quiet = mechanics["quiet_weeks"][0] / period_weeks
    total = np.zeros(countries)
    for p in range(periods):
        now = {name: values[p] for name, values in mechanics.items()}
        for _ in range(period_weeks):
            before, resting = active.copy(), quiet.copy()
            for c in range(countries):
                options = {"stay": now["stay"][c] * np.exp(-rise[p, c])}
                options |= {name: now[name][c] for name in ("quiet", "harden", "switch", "exit")}
                options |= {j: now["move"][c, j] * np.exp(-rise[p, j]) for j in range(countries) if j != c}
                reviewing = before[c] * now["reviews"][c] / now["active_weeks"][c]
                for option, weight in options.items():
                    going = reviewing * weight / sum(options.values())
                    if option not in ("stay", "harden", "switch"):
                        active[c] -= going
                    if option == "quiet":
                        quiet[c] += going
                    if isinstance(option, int):
                        active[option] += going
                raided = (now["closures"][c] - now["exit"][c]) / now["active_weeks"][c]
                active[c] -= before[c] * raided
                waking = resting[c] * now["returns"][c] / now["quiet_weeks"][c]
                active[c] += waking
                quiet[c] -= waking
                chosen = now["enter"] * np.exp(-rise[p])
                out = now["potential"] - now["enter"].sum()
                active[c] += now["potential"] / period_weeks * chosen[c] / (out + chosen.sum())
            total += active
    return total


@pytest.mark.twin
def test_mechanical_leakage_is_its_plain_version_week_by_week():
    rng = np.random.default_rng(8)
    plain = {name: values[:3, :4] for name, values in ring(closures=0.004).items() if values.ndim == 2}
    mechanics = {name: values * rng.uniform(0.5, 1.5, values.shape) for name, values in plain.items()}
    mechanics["closures"] = mechanics["exit"] * 1.5
    mechanics["move"] = rng.uniform(0.0, 0.02, (3, 4, 4))
    mechanics["potential"] = mechanics["enter"].sum(axis=1) * 2.5
    area, rise = np.array([True, False, True, False]), rng.uniform(0.2, 2.0, (3, 4))
    rise[:, ~area] = 0.0
    found = propagate_rise(mechanics, rise, area, PERIOD)
    change = week_by_week(mechanics, rise, PERIOD) - week_by_week(mechanics, 0 * rise, PERIOD)
    assert found.inside[-1] == pytest.approx(change[area].sum())
    assert found.outside[-1] == pytest.approx(change[~area].sum())


@pytest.mark.hand
def test_only_the_treated_countries_rise_of_risk_counts():
    baseline = ring()
    treated = baseline | {"risk": baseline["risk"] + (0.7 * TREATED + 5.0 * ~TREATED) * baseline["reviews"]}
    found = propagate(baseline, treated, TREATED, PERIOD)
    expected = propagate_rise(baseline, always(0.7), TREATED, PERIOD)
    assert found.inside == pytest.approx(expected.inside)
    assert found.leakage == pytest.approx(expected.leakage)


@pytest.mark.hand
def test_where_nobody_reviews_the_last_known_rise_of_risk_stands():
    baseline = {"reviews": np.array([[2.0, 2.0], [2.0, 2.0], [2.0, 0.0], [2.0, 2.0]])}
    baseline["risk"] = 1.0 * baseline["reviews"]
    treated = {"reviews": np.array([[0.0, 1.0], [4.0, 1.0], [0.0, 1.0], [0.0, 1.0]])}
    treated["risk"] = 1.5 * treated["reviews"]
    assert risk_rise(baseline, treated).T.tolist() == [[0, 0.5, 0.5, 0.5], [0.5, 0.5, 0.5, 0.5]]


@pytest.mark.hand
def test_before_the_policy_and_without_a_rise_of_risk_nothing_leaks():
    baseline = ring(closures=0.002)
    late = always(1.0) * (np.arange(WEEKS_LONG // PERIOD) >= 4)[:, None]
    found = propagate_rise(baseline, late, TREATED, PERIOD)
    assert (found.inside[:4] == 0).all()
    assert np.isnan(found.leakage[:4]).all()
    assert np.isfinite(found.leakage[4:]).all()
    nothing = propagate(baseline, baseline, TREATED, PERIOD)
    assert (nothing.inside == 0).all()
    assert (nothing.outside == 0).all()


@pytest.mark.laws
def test_a_country_where_nobody_is_makes_no_warning_and_receives_movers():
    baseline = ring()
    somebody = np.arange(RING) != 5
    for name, values in baseline.items():
        if values.ndim == 2 and name != "enter":
            baseline[name] = values * somebody
    baseline["move"] = baseline["move"] * somebody[None, :, None]
    found = propagate_rise(baseline, always(1.0), TREATED, PERIOD)
    assert np.isfinite(found.leakage).all()


# ---- R5 to R7: estimators of the field ----------------------------------------

LANCASHIRE = {"treated": (207, 110), "control": (308, 318), "buffer": (178, 157)}


@pytest.mark.theory
def test_r5_the_published_weighted_displacement_difference():
    found = weighted_displacement_difference(**LANCASHIRE, buffer_control=(150, 140))
    assert (found.treated, found.buffer, found.total, found.variance) == (-107, -11, -118, 1568)
    assert found.z == pytest.approx(-2.98, abs=5e-3)
    assert (found.lo95, found.hi95) == pytest.approx((-196, -40), abs=0.5)


@pytest.mark.theory
def test_r6_the_weighted_displacement_quotient_and_total_net_effect_of_the_same_counts():
    assert weighted_displacement_quotient(**LANCASHIRE) == pytest.approx(0.258186, abs=1e-6)
    assert total_net_effect(**LANCASHIRE) == pytest.approx(130.5, abs=5e-3)


@pytest.mark.theory
@pytest.mark.parametrize(("after", "expected"), [(125, -0.5), (75, 0.5), (160, -1.2), (100, 0), (150, -1)])
def test_r7_the_quotient_under_a_constant_control(after, expected):
    found = weighted_displacement_quotient(treated=(100, 50), control=(300, 300), buffer=(100, after))
    assert found == pytest.approx(expected, abs=1e-12)


@pytest.mark.hand
@pytest.mark.parametrize(
    "counts",
    [
        {"treated": (100, 120), "control": (300, 300), "buffer": (100, 100)},
        {"treated": (100, 100), "control": (300, 300), "buffer": (100, 100)},
        {"treated": (100, 50), "control": (0, 300), "buffer": (100, 100)},
        {"treated": (100, 50), "control": (300, 300), "buffer": (100, 0)},
    ],
)
def test_the_quotient_is_not_reported_without_improvement_or_with_an_empty_cell(counts):
    assert np.isnan(weighted_displacement_quotient(**counts))


# ---- concentration ----------------------------------------


@pytest.mark.laws
@given(some.lists(some.floats(0.01, 1e6), min_size=1, max_size=30))
def test_concentration_lies_between_even_and_all_in_one(amounts):
    index = herfindahl(amounts)
    assert 1 / len(amounts) - 1e-9 <= index <= 1 + 1e-9
    assert herfindahl([7.0] * len(amounts)) == pytest.approx(1 / len(amounts))
    assert np.isnan(herfindahl([0.0]))


@pytest.mark.hand
def test_indices_of_four_places_by_hand():
    """Shares 1/2, 1/4, 1/4, 0: H = 6/16; entropy 1.5 ln 2; Gini (-3*0 - 1/4 + 1/4 + 3/2) / 4; three hold something."""
    amounts = [8.0, 4.0, 4.0, 0.0]
    assert herfindahl(amounts) == pytest.approx(6 / 16)
    assert entropy(amounts) == pytest.approx(1.5 * np.log(2))
    assert gini(amounts) == pytest.approx(1.5 / 4)
    assert footprint(amounts) == 3
    assert footprint(amounts, 0.3) == 1
    assert np.isnan([herfindahl([0.0, 0.0]), entropy([0.0, 0.0]), gini([0.0, 0.0]), footprint([0.0, 0.0])]).all()


@pytest.mark.laws
@given(some.lists(some.floats(0.01, 1e6), min_size=2, max_size=30))
def test_indices_know_the_even_and_the_whole_and_no_unit(amounts):
    n, one = len(amounts), np.eye(len(amounts))[0]
    assert entropy([3.0] * n) == pytest.approx(np.log(n))
    assert gini([3.0] * n) == pytest.approx(0.0, abs=1e-12)
    assert entropy(one) == 0.0
    assert gini(one) == pytest.approx((n - 1) / n)
    for index in (herfindahl, entropy, gini):
        assert index(7.0 * np.array(amounts)) == pytest.approx(index(amounts))
        assert index(amounts[::-1]) == pytest.approx(index(amounts))
    assert index(np.array([amounts, amounts[::-1]])).shape == (2,)


@pytest.mark.hand
def test_the_middle_of_two_places_on_the_equator_lies_between_them_and_moves_a_quarter_of_the_way():
    """All at 0° E, then half of it at 90° E: the middle goes 45 degrees of the equator, an eighth of its length."""
    latitude, longitude = np.zeros(2), np.array([0.0, 90.0])
    assert centroid([1.0, 1.0], latitude, longitude) == pytest.approx([0.0, 45.0])
    shift = centroid_shift([1.0, 0.0], [1.0, 1.0], latitude, longitude)
    assert shift == pytest.approx(2 * np.pi * 6371.0 / 8)
    assert centroid_shift([2.0, 3.0], [4.0, 6.0], latitude, longitude) == pytest.approx(0.0, abs=1e-3)
    assert np.isnan(centroid([1.0, 1.0], latitude, np.array([0.0, 180.0]))).all()  # no middle of antipodes


@pytest.mark.hand
def test_spillover_takes_signs_after_the_mean_over_pairs():
    """Means 2, -3, 0: 2 rose, 3 fell; the first place fell in one pair, which changes nothing."""
    change = np.array([[5.0, -3.0, 1.0], [-1.0, -3.0, -1.0]])
    assert spillover(change) == (2.0, 3.0, -1.0)


@pytest.mark.laws
def test_more_resamples_move_the_interval_less_than_the_stated_share():
    rng = np.random.default_rng(11)
    inside = rng.normal(-10.0, 4.0, 20)
    outside = rng.normal(4.0, 2.0, 20)
    ends = np.array([leakage(inside, outside, seed=seed).hi90 for seed in range(20)])
    width = leakage(inside, outside, seed=0).hi90 - leakage(inside, outside, seed=0).lo90
    assert stats.tstd(ends) < 0.04 * width
    assert estimators.RESAMPLES >= 1000


# ---- difference in differences and event study ----------------------------------------

THREE = np.array([[1.0, 1.0, 3.0, 3.0], [1.0, 1.0, 2.0, 2.0], [5.0, 5.0, 5.0, 5.0]])  # rise by 2, by 1, by 0
FIRST, LATE = np.array([True, False, False]), np.array([False, False, True, True])


@pytest.mark.hand
def test_the_difference_in_differences_of_three_areas_by_hand():
    found = difference_in_differences(THREE, FIRST, LATE, by="areas")
    assert (found.estimate, found.degrees) == (1.5, 1)  # 2 less the mean of 1 and 0
    assert found.error == pytest.approx((0.5 * (1 + 1 / 2)) ** 0.5)  # changes of the controls have variance .5
    assert found.interval95 == pytest.approx((1.5 - 12.7062 * 0.75**0.5, 1.5 + 12.7062 * 0.75**0.5), rel=1e-5)
    clustered = difference_in_differences(THREE, FIRST, LATE, by="clusters")
    assert (clustered.estimate, clustered.degrees) == (1.5, 2)
    assert clustered.error == pytest.approx((3 / 2 * 0.5 / 4) ** 0.5)


@pytest.mark.twin
def test_clustering_by_area_is_the_sandwich_of_least_squares_with_effects_of_area_and_period():
    values = np.random.default_rng(2).normal(size=(5, 6)).cumsum(axis=1)
    treated, after = np.arange(5) < 2, np.arange(6) >= 2
    area, period = (axis.ravel() for axis in np.indices(values.shape))
    explaining = np.column_stack([
        treated[area] & after[period], area[:, None] == np.arange(5), period[:, None] == np.arange(1, 6)
    ]).astype(float)  # fmt: skip
    inverse = np.linalg.inv(explaining.T @ explaining)
    plain = inverse @ explaining.T @ values.ravel()
    residual = values.ravel() - explaining @ plain
    scores = np.array([explaining[area == one].T @ residual[area == one] for one in range(5)])
    error = (5 / 4 * (inverse @ scores.T @ scores @ inverse)[0, 0]) ** 0.5
    found = difference_in_differences(values, treated, after, by="clusters")
    assert (found.estimate, found.error) == pytest.approx((plain[0], error))


@pytest.mark.twin
def test_the_error_over_periods_is_that_of_newey_and_west():
    gap = np.random.default_rng(5).normal(size=40).cumsum()
    after = np.arange(40) >= 10
    explaining = np.column_stack([np.ones(40), after])
    inverse = np.linalg.inv(explaining.T @ explaining)
    residual = gap - explaining @ (inverse @ explaining.T @ gap)
    scores = explaining * residual[:, None]
    meat = scores.T @ scores
    for lag in (1, 2, 3):
        apart = scores[lag:].T @ scores[:-lag]
        meat += (1 - lag / 4) * (apart + apart.T)
    error = (40 / 38 * (inverse @ meat @ inverse)[1, 1]) ** 0.5
    found = difference_in_differences(np.stack([gap, np.zeros(40)]), np.array([True, False]), after, by="periods")
    assert (found.error, found.degrees) == (pytest.approx(error), 38)


@pytest.mark.hand
@pytest.mark.parametrize("by", estimators.ERRORS)
def test_without_another_group_or_side_there_is_no_estimate_and_with_two_areas_no_error_over_areas(by):
    assert np.isnan(difference_in_differences(THREE, np.ones(3, dtype=bool), LATE, by=by).estimate)
    assert np.isnan(difference_in_differences(THREE, FIRST, np.ones(4, dtype=bool), by=by).estimate)
    two = difference_in_differences(THREE[:2], FIRST[:2], LATE, by=by)
    assert two.estimate == 1.0
    assert np.isnan(two.p) == (by != "periods")


@pytest.mark.hand
def test_an_event_study_by_hand():
    values = np.array([[2.0, 1.0, 4.0, 6.0], [0.0, 0.0, 1.0, 1.0], [0.0, 2.0, 2.0, 2.0]])
    found = event_study(values, FIRST, LATE)
    # Against period 1: 1, 0, 3, 5 in the treated area; means 0 -> -1, 0, .5, .5 in the others.
    assert found.effects.tolist() == [2.0, 0.0, 2.5, 4.5]
    # Others against period 1: 0 and -2 in period 0 (variance 2), 1 and 0 afterwards (variance .5).
    assert found.errors == pytest.approx(np.sqrt([3.0, 0.0, 0.75, 0.75]))
    assert found.mean.estimate == 3.5
    assert found.trend.estimate == -2.0  # a slope of -1 against slopes of 0 and 2
    assert not found.has_pretrend


@pytest.mark.worlds
def test_a_pretrend_is_found_and_needs_two_periods():
    time, few = np.arange(6.0), np.random.default_rng(1).normal(0, 0.01, (6, 6))
    treated, after = np.arange(6) < 3, np.arange(6) >= 4
    assert event_study(few + np.outer(treated, time), treated, after).has_pretrend
    assert not event_study(few, treated, after).has_pretrend
    assert np.isnan(event_study(few, treated, np.arange(6) >= 1).trend.p)


def panels(treated, effect=-0.3, spill=0.0, repeats=2000):
    """Yield panels of eight areas in which the treated fall and the others change by the spill."""
    rng, after = np.random.default_rng(11), np.arange(12) >= 5
    inside = np.arange(8) < treated
    for _ in range(repeats):
        drift = rng.normal(0, 0.1, (8, 1)) * after  # what happens to an area besides
        noise = rng.normal(0, 1, (8, 1)) + rng.normal(0, 0.5, 12) + rng.normal(0, 0.05, (8, 12)) + drift
        yield noise + np.where(inside, effect, spill)[:, None] * after, inside, after


@pytest.mark.theory
def test_where_the_truth_is_known_the_error_over_areas_covers_it_and_clusters_with_one_treated_area_do_not():
    covered = {"areas": [], "clusters": []}
    for values, treated, after in panels(treated=1):
        for by, hits in covered.items():
            low, high = difference_in_differences(values, treated, after, by=by).interval95
            hits.append(low <= -0.3 <= high)
    assert abs(np.mean(covered["areas"]) - 0.95) < 4 * (0.95 * 0.05 / 2000) ** 0.5
    assert np.mean(covered["clusters"]) < 0.75  # MacKinnon & Webb 2017


@pytest.mark.theory
def test_spill_over_into_the_control_biases_the_difference_by_exactly_what_spilled():
    plain, spilled = (
        np.array([difference_in_differences(*panel).estimate for panel in panels(treated=3, spill=spill)])
        for spill in (0.0, 0.2)
    )
    assert spilled - plain == pytest.approx(np.full(2000, -0.2))  # the same luck
    assert abs(plain.mean() + 0.3) < 4 * plain.std() / 2000**0.5


@pytest.mark.theory
def test_the_displacement_difference_with_unequal_periods():
    # Two years before, one after, 80 -> 20 and 100 -> 50: a year's effect is -20 with variance 115
    # (A. Wheeler, The WDD test with different pre/post time periods).
    found = weighted_displacement_difference((80, 20), (100, 50), (0, 0), (0, 0), before_weight=0.5)
    assert (found.total, found.variance) == (-20, 115)


@pytest.mark.hand
def test_the_displacement_difference_with_areas_of_unequal_size():
    found = weighted_displacement_difference((10, 4), (30, 36), (5, 8), (0, 0), weights=(1, 0.5, 1, 1))
    assert found.total == (4 - 10) + (8 - 5) - 0.5 * 6
    assert found.variance == 14 + 13 + 0.25 * 66
