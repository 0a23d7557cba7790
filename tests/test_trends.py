"""Signs and bands that the literature and the trials of the design lead one to expect: minutes of simulation.

Run by `make soak`, which also writes the verdicts into docs/verification.md. Seeds are fixed, and every tolerance is
four standard errors over the very runs of the test, unless it says otherwise. A sign or a band counts as found only if
it stands clear of its limit by that much.
"""

import multiprocessing
import os
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from functools import cache, partial
from itertools import product

import numpy as np
import pytest
from worlds import crimes, dollars, instrument, numbers, ring, with_policy, world

from sim.choice_rules import CHOICE_RULES
from sim.estimators import entropy, mean_interval
from sim.estimators import variance_gain as gain_of_pairing
from sim.scenario import Clock, load, load_experiment
from sim.state import Status
from sim.week import run, weeks

pytestmark = pytest.mark.trends
# Why is told on the page of verdicts; a test that passes after all fails, so that the page is set right.
expected_to_fail = partial(pytest.mark.xfail, raises=AssertionError, strict=True)

WORKERS = min(2, os.cpu_count() or 1)
HARM, MONEY = "harm_usd_host", "money_expected_usd_host"
RING = load("twelve-countries")
CODES = tuple(country.code for country in RING.world.imagined)  # around the ring, the Hills first
SHORT = Clock(burn_in=104, weeks=208, period=13)
SHORTER = Clock(burn_in=52, weeks=156, period=13)


@pytest.fixture(scope="module")
def simulate():
    """Return a function that runs named scenarios with the seeds 0 to n - 1, side by side."""
    with ProcessPoolExecutor(WORKERS, multiprocessing.get_context("spawn")) as pool:

        def all_of(n, scenarios):
            asked = {name: [pool.submit(run, one, seed) for seed in range(n)] for name, one in scenarios.items()}
            return {name: [future.result() for future in futures] for name, futures in asked.items()}

        yield all_of


@pytest.fixture(scope="module")
def baseline(simulate):
    """Return a function that returns some runs of a shipped scenario as it stands; small worlds vary more."""
    return cache(lambda name: simulate(24 if name == "two-countries" else 6, {name: load(name)})[name])


def total(runs, measure, codes=None, weeks=None):
    """Return a measure summed over crimes, some countries and a window of weeks, by run [n]."""
    one = runs[0]
    inside = slice(None) if codes is None else np.isin(one.codes, codes)
    first, last = weeks or (0, one.periods * one.period_weeks)
    periods = slice(first // one.period_weeks, last // one.period_weeks)
    return np.array([r.measures[measure][periods, inside].sum() for r in runs])


def course(runs, measure):
    """Return a measure of all countries by run and period [n, P]."""
    return np.array([r.measures[measure].sum(axis=(1, 2)) for r in runs])


def moved_from(runs, code):
    """Return operations that left a country over the whole run, by run and destination [n, C]."""
    origin = runs[0].codes.index(code)
    left = np.zeros((len(runs), len(runs[0].codes)))
    for row, r in zip(left, runs, strict=True):
        gone = (r.moves["origin"] == origin) & (r.moves["destination"] != origin)
        np.add.at(row, r.moves["destination"][gone], r.moves["operations"][gone])
    return left


def estimated(values):
    """Return the mean of a sample and its standard error."""
    return float(np.mean(values)), float(np.std(values, ddof=1) / np.sqrt(len(values)))


def ratio(above, below):
    """Return a ratio of means and its standard error (delta method)."""
    found = above.mean() / below.mean()
    return float(found), float((above - found * below).std(ddof=1) / abs(below.mean()) / np.sqrt(len(below)))


def effect(treated, untreated, weeks=None):
    """Return the change of the world's harm, in % of the baseline's, by pair [n]."""
    before = total(untreated, HARM, weeks=weeks)
    return 100 * (total(treated, HARM, weeks=weeks) - before) / before


def leakage(treated, untreated, members):
    """Return the leakage of harm by host and its standard error."""
    others = tuple(code for code in treated[0].codes if code not in members)
    inside, outside = (total(treated, HARM, at) - total(untreated, HARM, at) for at in (members, others))
    return ratio(-outside, inside)


def four(error, digits=1, unit=" %"):
    return f"4 SE = {4 * error:.{digits}f}{unit}"


# ---- the baseline stands still ----------------------------------------


@pytest.mark.parametrize(
    ("name", "measure"),
    [
        *product(
            ("two-countries", "twelve-countries", "mekong-baseline"), ("operations", "workers", "money_expected_usd")
        )
    ],
)
def test_the_baseline_drifts_less_than_three_per_cent_a_year(baseline, verdict, name, measure):
    levels = course(baseline(name), measure)
    years = np.arange(levels.shape[1]) * baseline(name)[0].period_weeks / 52
    drift, error = estimated([100 * np.polyfit(years, np.log(level), 1)[0] for level in levels])
    verdict(
        f"Growth a year of {measure}, {name}",
        expected="−3 to 3 %", got=f"{drift:.1f} %", tolerance=four(error), holds=abs(drift) + 4 * error < 3,
    )  # fmt: skip


@pytest.mark.parametrize("rule", [name for name in CHOICE_RULES if name != "nested logit"])
@pytest.mark.parametrize("name", ["two-countries", "twelve-countries"])
def test_the_baseline_drifts_less_than_three_per_cent_a_year_under_every_rule_of_choice(simulate, verdict, name, rule):
    few = 64 if name == "two-countries" else 8  # small worlds vary much where the risk of capture weighs more
    runs = simulate(few, {rule: load(name).set({"parameters.choice.rule": rule})})
    levels = course(runs[rule], "operations")
    years = np.arange(levels.shape[1]) * runs[rule][0].period_weeks / 52
    drift, error = estimated([100 * np.polyfit(years, np.log(level), 1)[0] for level in levels])
    verdict(
        f"Growth a year of operations, {name}, {rule}",
        expected="−3 to 3 %", got=f"{drift:.1f} %", tolerance=four(error), holds=abs(drift) + 4 * error < 3,
    )  # fmt: skip


# ---- scale ----------------------------------------


@pytest.fixture(scope="module")
def at_scales(simulate):
    """Return harm changes and leakage of one policy by scale, the smaller the more runs."""
    arms = load_experiment("mekong").arms
    hosts = arms["coordinated with joint operations"].treated
    found = {}
    for scale, n in ((1.0, 3), (0.5, 5), (0.2, 12)):
        pair = {name: replace(arms[name].scenario, clock=SHORTER, scale=scale)
                for name in ("no change", "coordinated with joint operations")}  # fmt: skip
        untreated, treated = simulate(n, pair).values()
        found[scale] = estimated(effect(treated, untreated)), leakage(treated, untreated, hosts)
    return found


@pytest.mark.parametrize("scale", [0.5, 0.2])
@pytest.mark.parametrize(("which", "unit"), [(0, " %"), (1, "")], ids=["harm", "leakage"])
def test_a_thinned_world_gives_the_same_relative_effect_as_the_whole_one(at_scales, verdict, scale, which, unit):
    (whole, error), (thinned, other_error) = at_scales[1.0][which], at_scales[scale][which]
    both = float(np.hypot(error, other_error))
    verdict(
        f"{('Harm change', 'Leakage')[which]} of the coordinated arm of mekong at scale {scale} against scale 1",
        expected=f"{whole:.2f}{unit}", got=f"{thinned:.2f}{unit}", tolerance=four(both, 2, unit),
        holds=abs(thinned - whole) < 4 * both,
    )  # fmt: skip


# ---- coalitions ----------------------------------------


@pytest.fixture(scope="module")
def coalitions(simulate):
    """Return the ring without policy (0), and with one and the same sum spent side by side by 2, 4, 8 or 12 members."""
    base = replace(RING, clock=SHORT)
    spent = {
        members: with_policy(base, instrument("crackdown", *CODES[:members]), budget=dollars(6e7))
        for members in (2, 4, 8, 12)
    }
    return simulate(16, {0: base} | spent)


def test_with_all_countries_in_the_coalition_nothing_leaks(coalitions, verdict):
    found, _ = leakage(coalitions[12], coalitions[0], CODES)
    fall, error = estimated(effect(coalitions[12], coalitions[0]))
    verdict(
        "Leakage when all twelve take part, harm falling", expected="0", got=f"{abs(found):.2f} (harm {fall:.1f} %)",
        tolerance=f"exact; {four(error)}", holds=found == 0 and fall < -4 * error,
    )  # fmt: skip


@pytest.mark.parametrize(("few", "more"), [(2, 4), (4, 8), (8, 12)])
def test_leakage_falls_with_the_size_of_the_coalition_from_a_sixth_of_the_countries_on(coalitions, verdict, few, more):
    (first, error), (second, other_error) = (leakage(coalitions[m], coalitions[0], CODES[:m]) for m in (few, more))
    both = float(np.hypot(error, other_error))  # they share their luck: this is more than it should be
    verdict(
        f"Leakage of {few} and of {more} members of twelve", expected="falls", got=f"{first:.2f}, {abs(second):.2f}",
        tolerance=four(both, 2, ""), holds=second < first - 4 * both,
    )  # fmt: skip


def test_pairing_gains_more_than_a_factor_of_five(simulate, verdict):
    arms = {name: load_experiment("mekong").arms[name].scenario for name in ("no change", "host alone")}
    untreated, treated = (
        total(runs, HARM) for runs in simulate(24, {n: replace(arm, clock=SHORTER) for n, arm in arms.items()}).values()
    )
    found = gain_of_pairing(treated, untreated)
    # Variances of few runs are uncertain themselves: the error of the gain's logarithm, by jackknife.
    left_out = np.log([gain_of_pairing(np.delete(treated, i), np.delete(untreated, i)) for i in range(len(treated))])
    error = float(np.sqrt((len(treated) - 1) * left_out.var()))
    verdict(
        "Variance gain of pairing, host alone of mekong", expected="more than 5", got=f"{found:.0f}",
        tolerance=f"4 SE = a factor of {np.exp(4 * error):.1f}", holds=found > 5 * np.exp(4 * error),
    )  # fmt: skip


# ---- when sharing pays and when not ----------------------------------------


@pytest.fixture(scope="module")
def delays(simulate):
    """Return the ring in which many reports can be tied to a site, without sharing (0) and with it by delay.

    However long they are under way, the first reports arrive in the same week.
    """
    base = replace(RING.set({"parameters.intelligence.attribution": 0.1}), clock=SHORT)
    late = {
        weeks: with_policy(base, instrument("intelligence sharing", *CODES, start=20 - weeks, setup=0, delay=weeks))
        for weeks in (1, 8, 20)
    }
    return simulate(4, {0: base} | late)


@pytest.mark.parametrize(("sooner", "later"), [(1, 8), (8, 20)])
def test_sharing_is_worth_less_the_later_reports_arrive(delays, verdict, sooner, later):
    """Sites that have gone by then cost a twentieth or so; the rest is that leads age on the way."""
    first, second = (effect(delays[d], delays[0]) for d in (sooner, later))
    lost, error = estimated(second - 0.9 * first)
    verdict(
        f"Harm change by sharing after {sooner} and after {later} weeks", expected="a tenth less at least",
        got=f"{first.mean():.1f}, {second.mean():.1f} %", tolerance=four(error), holds=lost > 4 * error,
    )  # fmt: skip


USUAL = {"parameters.intelligence.attribution": RING.parameters.intelligence.attribution}
NOT_WORTH_IT = ("no-attribution", "few-victims-among-members", "corrupt-receivers")


def coordination_effect(simulate, name, **changes):
    """Return coordinated minus copycat of an experiment, in % of the copycat's harm over its window, by pair [n]."""
    experiment = load_experiment(name)
    arms = {arm: experiment.arms[arm].scenario.set(changes) for arm in ("copycat", "coordinated")}
    apart, together = simulate(6, arms).values()
    return effect(together, apart, tuple(experiment.window))


@pytest.fixture(scope="module")
def usual_effect(simulate):
    """Return the coordination effect of the experiment without attribution once there is the usual one."""
    return coordination_effect(simulate, "no-attribution", **USUAL)


@pytest.mark.parametrize("name", NOT_WORTH_IT)
def test_the_shipped_counterexamples_show_cooperation_that_does_not_pay(simulate, verdict, name):
    change = coordination_effect(simulate, name)
    low, high = (float(end) for end in mean_interval(change, 0.9))
    verdict(
        f"Coordination effect on harm, {name}", expected="not below 0", got=f"{change.mean():.2f} %",
        tolerance=f"90 % interval {low:.2f} to {high:.2f} %", holds=high >= 0,
    )  # fmt: skip


def test_the_same_cooperation_pays_once_reports_can_be_tied_to_sites(usual_effect, verdict):
    change, error = estimated(usual_effect)
    verdict(
        "Coordination effect on harm, no-attribution with the usual attribution", expected="below 0",
        got=f"{change:.2f} %", tolerance=four(error, 2), holds=change < -4 * error,
    )  # fmt: skip


def test_with_corrupt_receivers_everywhere_sharing_loses_nine_tenths_of_its_worth(simulate, usual_effect, verdict):
    corrupt = {f"world.imagined.{place}.corruption": 0.95 for place in range(len(CODES))}
    change, error = estimated(coordination_effect(simulate, "no-attribution", **USUAL, **corrupt))
    limit = usual_effect.mean() / 10
    verdict(
        "The same where every receiver's corruption is 0.95", expected=f"above {limit:.2f} %",
        got=f"{change:.2f} %", tolerance=four(error, 2), holds=change - 4 * error > limit,
    )  # fmt: skip


# ---- raids ----------------------------------------


def raid_rate(runs, codes):
    """Return successful raids for each operation-year in some countries, and the standard error."""
    years = runs[0].period_weeks / 52
    return ratio(total(runs, "raids_successful", codes), years * total(runs, "operations", codes))


@pytest.mark.parametrize(
    ("scenario", "what", "codes", "low", "high"),
    [
        pytest.param(
            "mekong-baseline",
            "the most permissive places",
            ("MMR", "KHM", "LAO"),
            0.002,
            0.05,
            marks=expected_to_fail(reason="a hundred or more operations to a team, and raids that seldom succeed"),
        ),
        ("mekong-baseline", "permissive places", ("PHL", "THA"), 0.002, 0.05),
        ("mekong-baseline", "middling places", ("IDN", "MYS", "VNM"), 0.05, 0.3),
        ("twelve-countries", "middling places", CODES, 0.05, 0.3),
        ("mekong-baseline", "strict places", ("GBR", "JPN", "KOR"), 1.0, 3.0),
    ],
)
def test_operations_are_raided_as_often_as_the_strength_of_the_place_suggests(
    baseline, verdict, scenario, what, codes, low, high
):
    found, error = raid_rate(baseline(scenario), codes)
    verdict(
        f"Successful raids an operation-year in {what} of {scenario}", expected=f"{low:g} to {high:g}",
        got=f"{found:.2g}", tolerance=f"4 SE = {4 * error:.2g}", holds=low - 4 * error < found < high + 4 * error,
    )  # fmt: skip


# ---- where and when they go ----------------------------------------


def test_the_top_destination_takes_half_to_nine_tenths_of_those_driven_out(simulate, verdict):
    base = replace(load("mekong-baseline"), clock=SHORTER)
    pursued = with_policy(base, instrument("sweep", "KHM", hazard=0.02))
    before, after = simulate(6, {"before": base, "after": pursued}).values()
    driven = moved_from(after, "KHM") - moved_from(before, "KHM")
    top = driven.mean(axis=0).argmax()
    found, error = ratio(driven[:, top], driven.sum(axis=1))
    verdict(
        "Share of the top destination among those a sweep drives out of Cambodia", expected="0.5 to 0.9",
        got=f"{found:.2f}", tolerance=four(error, 2, ""), holds=0.5 - 4 * error < found < 0.9 + 4 * error,
    )  # fmt: skip


def test_some_leave_before_an_announced_crackdown_begins(simulate, verdict):
    base = replace(RING, clock=Clock(burn_in=104, weeks=26, period=13))
    told = with_policy(base, instrument("crackdown", "varda", start=26, announced=13))
    before, after = simulate(40, {"before": base, "after": told}).values()
    weeks = (13, 26)
    more, error = estimated(total(after, "moves_out", "varda", weeks) - total(before, "moves_out", "varda", weeks))
    verdict(
        "Additional moves out of Varda in the 13 weeks between announcement and crackdown", expected="above 0",
        got=f"{more:.1f}", tolerance=four(error, 1, ""), holds=more > 4 * error,
    )  # fmt: skip


# ---- what comes back ----------------------------------------


def missing(simulate, measure, weeks, *, traits, parameters):
    """Return what is missing after a week of takedowns in one of four countries, and the standard error.

    In what one operation stands for, for each operation struck, over some weeks after the takedowns.
    """
    base = world(
        ring(4, 2), operations=50, burn_in=52, weeks=104, period=1, crimes_of=crimes(**traits), parameters=parameters
    )
    struck = with_policy(base, instrument("sweep", "a", hazard=0.5, start=26, end=27))
    before, after = simulate(16, {"before": base, "after": struck}).values()
    raids = [total(runs, "raids_successful", weeks=(26, 27)) for runs in (after, before)]
    window = slice(27 + weeks[0], 27 + weeks[1])
    now, then, operations = (
        course(runs, name)[:, window].mean(axis=1)
        for runs, name in ((after, measure), (before, measure), (before, "operations"))
    )
    return ratio((then - now) / (then / operations), raids[0] - raids[1])


def test_takedowns_of_what_is_rebuilt_in_a_week_are_made_good_within_weeks(simulate, verdict):
    """A service goes down for a week, nobody is arrested, and a raid is feared as the two weeks that it costs."""
    parameters = numbers(enforcement={"arrests": 0.0, "rescues": 0.0}, choice={"raid_loss": 2.0})
    found, error = missing(simulate, MONEY, (8, 16), traits={"rebuild": 1}, parameters=parameters)
    verdict(
        "Takings missing 8 to 16 weeks after takedowns of services, of those struck", expected="at most 0.2",
        got=f"{found:.2f}", tolerance=four(error, 2, ""), holds=found < 0.2 + 4 * error,
    )  # fmt: skip


def test_takedowns_of_compounds_are_still_felt_after_a_year(simulate, verdict):
    found, error = missing(simulate, "operations", (52, 77), traits={}, parameters=numbers())
    verdict(
        "Operations missing a year to a year and a half after takedowns of compounds, of those struck",
        expected="above 0", got=f"{found:.2f}", tolerance=four(error, 2, ""), holds=found > 4 * error,
    )  # fmt: skip


def test_takedowns_everywhere_are_felt_for_ten_weeks(simulate, verdict):
    """What is rebuilt in a week, struck in all four countries at once: the share of the market that is missing."""
    parameters = numbers(enforcement={"arrests": 0.0, "rescues": 0.0}, choice={"raid_loss": 2.0})
    base = world(ring(4, 2), operations=50, burn_in=52, weeks=52, period=1, crimes_of=crimes(rebuild=1),
                 parameters=parameters)  # fmt: skip
    struck = with_policy(base, instrument("sweep", *"abcd", hazard=0.95, start=26, end=27))
    before, after = simulate(12, {"before": base, "after": struck}).values()
    then, now = (total(runs, MONEY, weeks=(36, 40)) for runs in (before, after))
    found, error = ratio(then - now, then)
    verdict(
        "Takings missing 9 to 13 weeks after takedowns of services everywhere, of the market", expected="above 5 %",
        got=f"{100 * found:.1f} %", tolerance=four(100 * error), holds=found > 0.05 + 4 * error,
    )  # fmt: skip


# ---- pursuit ----------------------------------------

PURSUED = ("KHM", "LAO", "MMR")  # the hosts of most operations in the Mekong scenario


@pytest.fixture(scope="module")
def pursuit(simulate):
    """Return paired runs of the Mekong scenario without and with lasting pressure on its main hosts."""
    base = replace(load("mekong-baseline"), clock=SHORT)
    chased = with_policy(base, instrument("sweep", *PURSUED, hazard=0.02))
    return tuple(simulate(6, {"before": base, "after": chased}).values())


def test_operations_spread_over_more_countries_under_pursuit(pursuit, verdict):
    """The exponential of the entropy of operations over countries, in the last year."""
    last = slice(-4, None)
    before, after = (
        np.array([np.exp(entropy(r.measures["operations"][last].sum(axis=(0, 2)))) for r in runs]) for runs in pursuit
    )
    found, error = estimated(after - before)
    verdict(
        "Countries in effect after three years of pursuit of the main hosts of mekong-baseline, change",
        expected="above 0", got=f"{found:.2f}", tolerance=four(error, 2, ""), holds=found > 4 * error,
    )  # fmt: skip


@expected_to_fail(reason="a finding of docs/verification.md")
def test_value_per_seizure_falls_under_pursuit(pursuit, verdict):
    worth = [total(runs, "seized_usd") / total(runs, "raids_successful") for runs in pursuit]
    found, error = estimated(100 * (worth[1] / worth[0] - 1))
    verdict(
        "Value per successful raid under pursuit of the main hosts of mekong-baseline, change", expected="below 0",
        got=f"{found:.1f} %", tolerance=four(error), holds=found < -4 * error,
    )  # fmt: skip


def gone(scenario, seed):
    """Return the share of the sites at work in the first country in week 1 that no longer exist two years later."""
    seen = {}
    for state in weeks(scenario, seed):
        week = state.week - scenario.clock.burn_in
        if week in (1, 105):
            there = (state.sites.status != Status.EMPTY) & ((state.sites.host == 0) | (week > 1))
            seen[week] = state.sites.address[there]
    return float(1.0 - np.isin(seen[1], seen[105]).mean())


@expected_to_fail(reason="a finding of docs/verification.md")
def test_a_tenth_arrested_breaks_operations(verdict):
    """Raids of all sites of a country in one week, with a tenth of the members arrested and with none."""
    struck = [
        world(
            ring(4, 2), operations=50, burn_in=52, weeks=106, period=1,
            parameters=numbers(enforcement={"arrests": share}),
            policy=[instrument("sweep", "a", hazard=0.95, start=2, end=3)],
        )
        for share in (0.0, 0.1)
    ]  # fmt: skip
    found, error = estimated([gone(struck[1], seed) - gone(struck[0], seed) for seed in range(8)])
    verdict(
        "Operations that end within two years because a tenth of their members is arrested", expected="above 2 %",
        got=f"{100 * found:.1f} %", tolerance=four(100 * error), holds=found > 0.02 + 4 * error,
    )  # fmt: skip
