"""Intervals hold what they say: by simulation, and where the answer is known in closed form."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchard.evaluate.statistics import (
    Estimate,
    Proportion,
    cluster_sums,
    clusters_needed,
    detectable,
    difference,
    freedom,
    holm,
    least_error,
    proportion,
    ratio,
)

RUNS = 400
numbers = st.lists(st.floats(-10, 10), min_size=2, max_size=30)


def clustered(
    random: np.random.Generator, count: int, unequal: float, alike: float
) -> tuple[np.ndarray, list[int]]:
    """Values of mean 0 in clusters of unequal size whose items are alike."""
    size = np.maximum(np.round(random.lognormal(math.log(8), unequal, count)), 1).astype(int)
    place = np.repeat(np.arange(count), size)
    effect = random.standard_normal(count) * math.sqrt(alike)
    return effect[place] + random.standard_normal(len(place)) * math.sqrt(1 - alike), place.tolist()


@pytest.mark.parametrize(
    ("count", "unequal", "alike"), [(6, 0.0, 0.4), (10, 0.8, 0.3), (10, 1.2, 0.3), (40, 0.6, 0.0)]
)
def test_nine_in_ten_intervals_hold_the_mean_however_items_are_clustered(count, unequal, alike):
    random = np.random.default_rng(count)
    held = alone = 0
    for _ in range(RUNS):
        values, place = clustered(random, count, unequal, alike)
        low, high = ratio(values, np.ones(len(values)), place).interval(0.9)
        held += low <= 0 <= high
        low, high = ratio(values, np.ones(len(values)), list(range(len(values)))).interval(0.9)
        alone += low <= 0 <= high
    assert 0.86 <= held / RUNS <= 0.96
    if alike:  # an interval that knows nothing of clusters holds far less
        assert alone / RUNS < held / RUNS - 0.1


@pytest.mark.parametrize(("share", "alike"), [(0.5, 0.0), (0.1, 0.0), (0.3, 0.2)])
def test_nine_in_ten_intervals_hold_the_share_of_right_answers(share, alike):
    random = np.random.default_rng(7)
    held = 0
    for _ in range(RUNS):
        chance = np.full(25, share)
        if alike:
            spread = (1 - alike) / alike
            chance = random.beta(share * spread, (1 - share) * spread, 25)
        place = np.repeat(np.arange(25), 6)
        low, high = proportion(random.random(len(place)) < chance[place], place.tolist()).interval(0.9)
        held += low <= share <= high
    assert 0.85 <= held / RUNS <= 0.97


def test_nine_in_ten_differences_hold_the_true_one_and_pairing_makes_them_narrow():
    random = np.random.default_rng(3)
    held = narrower = 0
    for _ in range(RUNS):
        hard, place = clustered(random, 12, 0.7, 0.5)
        first = hard + 0.2 + random.standard_normal(len(hard)) * 0.2
        second = hard + random.standard_normal(len(hard)) * 0.2
        size = np.ones(len(hard))
        found = difference(first, second, size, place)
        low, high = found.interval(0.9)
        held += low <= 0.2 <= high
        apart = math.hypot(ratio(first, size, place).error, ratio(second, size, place).error)
        narrower += found.error < 0.5 * apart
    assert 0.86 <= held / RUNS <= 0.96
    assert narrower > 0.9 * RUNS


def test_items_of_their_own_have_the_error_of_textbooks():
    values = [1.0, 4.0, 2.0, 8.0, 5.0]
    found = ratio(values, np.ones(5), list("abcde"))
    assert found.error == pytest.approx(np.std(values, ddof=1) / math.sqrt(5))
    assert found.freedom == pytest.approx(4)
    assert (found.items, found.clusters) == (5, 5)


@given(numbers)
def test_copies_of_items_in_their_cluster_teach_nothing(values):
    once = ratio(values, np.ones(len(values)), range(len(values)))
    thrice = ratio(
        np.repeat(values, 3), np.ones(3 * len(values)), np.repeat(np.arange(len(values)), 3).tolist()
    )
    assert thrice.error == pytest.approx(once.error, abs=1e-9)
    assert thrice.freedom == pytest.approx(once.freedom)


@given(numbers, st.floats(-5, 5), st.floats(0.1, 5))
def test_errors_move_and_grow_with_values(values, shift, factor):
    size = np.ones(len(values))
    one = ratio(values, size, range(len(values)))
    other = ratio(np.array(values) * factor + shift, size, range(len(values)))
    assert other.value == pytest.approx(one.value * factor + shift, abs=1e-9)
    assert other.error == pytest.approx(one.error * factor, abs=1e-7)


@given(st.lists(st.integers(0, 1), min_size=1, max_size=60), st.floats(0.5, 0.99))
def test_shares_lie_within_their_interval_and_that_within_0_and_1(right, level):
    low, high = proportion(right, range(len(right))).interval(level)
    assert 0 <= low <= np.mean(right) + 1e-12
    assert np.mean(right) - 1e-12 <= high <= 1


def test_nothing_right_is_not_known_to_be_nothing():
    low, high = proportion([0] * 20, range(20)).interval(0.9)
    assert low == 0
    assert 0.08 < high < 0.16
    wider = proportion([0] * 20, [0] * 10 + [1] * 10).interval(0.9)
    assert wider[1] > 0.5  # two clusters are worth two items


def test_one_cluster_says_nothing_of_others():
    found = ratio([1.0, 2.0], [1.0, 1.0], ["a", "a"])
    assert found.interval(0.9) == (-math.inf, math.inf)
    assert found.p_value == 1
    assert proportion([1, 0], ["a", "a"]).interval(0.9)[0] < 0.05
    assert Proportion(math.nan, 0.0, 0.0, 0, 0).interval(0.9) == (0.0, 1.0)
    assert detectable(found.error, found.freedom) == math.inf


def test_equal_answers_are_not_known_to_be_equal():
    found = difference([1, 0, 1], [1, 0, 1], [1, 1, 1], ["a", "b", "c"], shares=True)
    assert (found.value, found.error) == (0.0, least_error(3))


def test_what_is_said_to_be_seen_is_seen_four_times_in_five():
    random = np.random.default_rng(5)
    error = 1 / math.sqrt(30)
    least = detectable(error, 29.0, level=0.95, power=0.8)
    seen = 0
    for _ in range(RUNS):
        found = ratio(random.standard_normal(30) + least, np.ones(30), range(30))
        seen += found.p_value < 0.05
    assert 0.74 <= seen / RUNS <= 0.87


def test_more_clusters_see_less():
    found = Estimate(0.01, 0.02, 49.0, 50, 50)
    assert clusters_needed(found, 0.02) == pytest.approx(4 * clusters_needed(found, 0.04), abs=4)
    assert freedom([3.0]) == 0
    assert freedom([]) == 0


@given(st.lists(st.floats(0, 1), max_size=8))
def test_adjusted_probabilities_are_larger_and_keep_their_order(values):
    found = holm(values)
    assert all(one >= raw for one, raw in zip(found, values, strict=True))
    assert all(one <= 1 for one in found)
    order = sorted(range(len(values)), key=values.__getitem__)
    assert [found[k] for k in order] == sorted(found)


def test_sums_of_clusters_keep_all_of_it():
    sums = cluster_sums(["b", "a", "b"], [1, 2, 3], [1, 1, 1])
    assert sums.tolist() == [[4, 2], [2, 1]]
