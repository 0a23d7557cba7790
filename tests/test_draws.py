"""Addressed luck: the generator's known answers, the distributions, and that no address is used twice."""

import ast
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

import sim
from sim.compiled import allocating
from sim.draws import (
    Draw,
    binomial,
    born,
    geometric,
    gumbel,
    joined,
    normal,
    philox,
    poisson,
    uniform,
    unit,
    words,
)

ONES = 0xFFFFFFFF
MANY = 40_000
QUIET = 0.001  # chance that a sound generator is called unsound by one test; the seeds are fixed


@pytest.mark.hand
@pytest.mark.parametrize(
    ("counter", "key", "answer"),
    [
        ((0, 0, 0, 0), (0, 0), (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8)),
        ((ONES, ONES, ONES, ONES), (ONES, ONES), (0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD)),
        (
            (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344),
            (0xA4093822, 0x299F31D0),
            (0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1),
        ),
    ],
)
def test_philox_gives_its_known_answers(counter, key, answer):
    assert philox(*(np.uint64(word) for word in counter + key)) == answer


@pytest.mark.hand
def test_an_address_is_laid_out_as_the_model_says():
    """Counter: entity low, entity high, week, question * 2^16 + draw; key: the seed, low word first."""
    seed, entity = np.uint64(0x299F31D0A4093822), np.uint64(0x85A308D3243F6A88)
    expected = philox(
        *(np.uint64(word) for word in (0x243F6A88, 0x85A308D3, 7, 11 * 2**16 + 5, 0xA4093822, 0x299F31D0))
    )
    assert words(seed, 11, 7, entity, 5) == expected


@allocating
def uniforms(seed, question, week, entity, count):
    return np.array([uniform(seed, question, week, np.uint64(entity + i), 0) for i in range(count)])


@allocating
def gumbels(seed, count):
    return np.array([gumbel(seed, 3, 5, np.uint64(i), np.uint64(77)) for i in range(count)])


@allocating
def poissons(mean, seed, count):
    return np.array([poisson(mean, seed, 3, 5, np.uint64(i), 0) for i in range(count)])


@allocating
def normals(u):
    return np.array([normal(one) for one in u])


SEED = np.uint64(20261124)


@pytest.mark.theory
def test_uniform_numbers_are_uniform_and_never_zero_or_one():
    u = uniforms(SEED, 2, 9, 1000, MANY)
    assert 0.0 < u.min() < 1e-3
    assert 1 - 1e-3 < u.max() < 1.0
    assert stats.kstest(u, "uniform").pvalue > QUIET
    assert joined(np.uint64(0), np.uint64(0)) > 0.0
    assert joined(np.uint64(ONES), np.uint64(ONES)) <= 1.0
    assert 0.0 < unit(np.uint64(0)) < unit(np.uint64(ONES)) < 1.0


@pytest.mark.theory
@pytest.mark.parametrize("shift", ["seed", "question", "week", "entity", "draw"])
def test_numbers_at_neighbouring_addresses_are_unrelated(shift):
    here = {"seed": 5, "question": 2, "week": 9, "entity": 10**9, "draw": 0}
    there = here | {shift: here[shift] + 1}
    pairs = []
    for i in range(4000):
        pair = []
        for at in (here, there):
            entity = np.uint64(at["entity"] + 1000 * i)
            pair.append(uniform(np.uint64(at["seed"]), at["question"], at["week"], entity, at["draw"]))
        pairs.append(pair)
    pairs = np.array(pairs)
    assert abs(stats.pearsonr(*pairs.T).statistic) < 4 / np.sqrt(len(pairs))
    assert (pairs[:, 0] != pairs[:, 1]).all()


@pytest.mark.theory
def test_gumbel_noise_is_standard_gumbel():
    assert stats.kstest(gumbels(SEED, MANY), "gumbel_r").pvalue > QUIET


@pytest.mark.hand
def test_gumbel_noise_belongs_to_the_option_and_not_to_its_place():
    one = [gumbel(SEED, 3, 5, np.uint64(9), np.uint64(key)) for key in (4, 8, 15)]
    other = [gumbel(SEED, 3, 5, np.uint64(9), np.uint64(key)) for key in (15, 4)]
    assert other == [one[2], one[0]]
    assert len(set(one)) == 3


@pytest.mark.theory
@pytest.mark.parametrize("mean", [0.0, 1e-4, 0.3, 2.5, 31.9, 32.1, 300.0])
def test_poisson_counts_follow_their_distribution(mean):
    found = poissons(mean, SEED, MANY)
    if mean == 0.0:
        assert not found.any()
        return
    assert abs(found.mean() - mean) < 4 * np.sqrt(mean / MANY)
    spread = np.sqrt((mean + 2 * mean**2) / MANY)  # standard error of a Poisson variance
    assert abs(found.var() - mean) < 4 * spread
    low, high = stats.poisson.ppf([0.001, 0.999], mean).astype(int)
    counts = np.bincount(np.clip(found, low, high) - low, minlength=high - low + 1)
    chances = stats.poisson.pmf(np.arange(low, high + 1), mean)
    chances[0] += stats.poisson.cdf(low - 1, mean)
    chances[-1] += stats.poisson.sf(high, mean)
    kept = chances * MANY > 5
    observed = np.append(counts[kept], counts[~kept].sum())[: kept.sum() + (~kept).any()]
    expected = np.append(chances[kept], chances[~kept].sum())[: kept.sum() + (~kept).any()]
    if len(observed) > 1:
        assert stats.chisquare(observed, expected * MANY, sum_check=False).pvalue > QUIET


@pytest.mark.theory
@given(mean=st.floats(0.01, 31.9), entity=st.integers(0, 2**63))
def test_a_poisson_count_is_the_quantile_of_its_uniform_number(mean, entity):
    u = uniform(SEED, 3, 5, np.uint64(entity), 0)
    found = poisson(mean, SEED, 3, 5, np.uint64(entity), 0)
    low, high = stats.poisson.cdf([found - 1, found], mean)
    assert low - 1e-9 <= u <= high + 1e-9


@pytest.mark.laws
@given(mean=st.floats(0, 30), more=st.floats(0, 1.9), entity=st.integers(0, 2**63))
def test_a_poisson_count_rises_with_its_mean(mean, more, entity):
    counts = [poisson(m, SEED, 3, 5, np.uint64(entity), 0) for m in (mean, mean + more)]
    assert counts[0] <= counts[1]


TRIALS = st.integers(0, 400)
CHANCE = st.floats(0, 1)
UNIFORM = st.floats(1e-9, 1 - 1e-9)


@pytest.mark.theory
@given(trials=TRIALS, chance=CHANCE, u=UNIFORM)
def test_a_binomial_count_is_the_quantile_of_its_uniform_number(trials, chance, u):
    found = binomial(trials, chance, u)
    assert 0 <= found <= trials
    low, high = stats.binom.cdf([found - 1, found], trials, chance)
    assert low - 1e-9 <= u <= high + 1e-9


@pytest.mark.theory
@pytest.mark.parametrize(("trials", "chance"), [(1500, 0.4), (3000, 0.4), (3000, 0.7), (10**6, 0.01)])
def test_a_binomial_count_of_many_trials_is_the_quantile_of_its_uniform_number(trials, chance):
    for u in (0.01, 0.5, 0.99):
        low, high = stats.binom.ppf([u - 0.001, u + 0.001], trials, chance)
        assert low <= binomial(trials, chance, u) <= high


@pytest.mark.laws
@given(trials=TRIALS, chance=CHANCE, u=UNIFORM, further=st.floats(0, 0.5))
def test_a_binomial_count_rises_with_its_uniform_number_and_with_its_chance(trials, chance, u, further):
    found = binomial(trials, chance, u)
    assert found <= binomial(trials, chance, min(1 - 1e-9, u + further))
    assert found <= binomial(trials, min(1.0, chance + further), u)


@pytest.mark.theory
@given(chance=st.floats(0.005, 0.999), u=UNIFORM)
def test_weeks_until_an_event_are_geometric(chance, u):
    weeks = geometric(chance, u)
    assert weeks >= 1 == geometric(1.0, u)
    low, high = stats.geom.sf([weeks, weeks - 1], chance)
    assert low - 1e-9 <= u <= high + 1e-9  # the more luck, the sooner


@pytest.mark.theory
def test_the_normal_quantile_has_its_stated_precision():
    u = np.concatenate([np.logspace(-15, -1, 400), np.linspace(0.1, 0.9, 400), 1 - np.logspace(-15, -1, 400)])
    exact = stats.norm.ppf(u)
    assert np.abs(normals(u) - exact).max() < 1.2e-9 * np.abs(exact).max()
    assert (np.diff(normals(np.sort(u))) >= 0).all()


@pytest.mark.laws
def test_newborns_of_different_origin_have_different_addresses():
    addresses = {
        int(born(np.uint64(parent), week, Draw.BIRTH, ordinal, SEED))
        for parent in (1, 2, 2**63) for week in range(60) for ordinal in range(60)
    }  # fmt: skip
    assert len(addresses) == 3 * 60 * 60


@pytest.mark.laws
def test_no_two_questions_share_a_number():
    assert len({draw.value for draw in Draw}) == len(Draw.__members__)
    assert max(Draw) < 2**16


SOURCE = Path(sim.__file__).parent


DOORS = "app/session.py"  # makes tokens that nobody guesses; no number of the model depends on them


@pytest.mark.laws
@pytest.mark.parametrize("path", sorted(SOURCE.rglob("*.py")), ids=lambda p: p.relative_to(SOURCE).as_posix())
def test_no_luck_comes_from_anywhere_else(path):
    """Estimators may resample with a generator that they are given or that they seed on the spot."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            names = [alias.name for alias in node.names] + [getattr(node, "module", None) or ""]
            assert "random" not in {name.split(".")[0] for name in names}, node.lineno
            assert "secrets" not in names or path == SOURCE / DOORS, node.lineno
        if not isinstance(node, ast.Attribute) or not ast.unparse(node.value).endswith(("np.random", "numpy.random")):
            continue
        assert node.attr in {"Generator", "default_rng", "SeedSequence"}, node.lineno
    for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
        if ast.unparse(call.func).endswith("default_rng"):
            assert call.args, f"line {call.lineno}: a generator without a seed"
    for statement in tree.body:
        assert "default_rng" not in ast.unparse(statement) or isinstance(statement, ast.FunctionDef | ast.ClassDef), (
            f"line {statement.lineno}: a generator of the whole module"
        )
