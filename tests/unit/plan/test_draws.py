"""Draws: they meet the quantiles that were stated, share their causes, and depend on nothing else."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm

from orchard.catalogue import catalogue
from orchard.plan.draws import Draws
from orchard.plan.values import Value, Values

SIZE = 20_000
CAUSES = {"grid": 0.6, "market": 0.5}


def draws(*values: Value, seed: int = 0, block: int = 0, size: int = SIZE) -> Draws:
    known = Values(catalogue(), date(2025, 12, 31), {})
    known.amounts.update({value.key: value for value in values})
    return Draws(known, CAUSES, seed, block, size)


def value(
    key: str, low: float, middle: float, high: float, cause: str | None = None, unit: str = "W"
) -> Value:
    return Value(key, unit, low, middle, high, least=None if unit == "s" else 0.0, cause=cause)


def share_below(samples: np.ndarray, limit: float) -> float:
    return float(np.mean(samples <= limit))


@settings(deadline=None, max_examples=25)
@given(
    st.sampled_from("abcdefghij"),
    st.floats(1e-3, 1e9),
    st.floats(1.01, 30),
    st.floats(1.01, 30),
    st.sampled_from(["W", "s"]),
)
def test_stated_quantiles_are_met(key: str, middle: float, down: float, up: float, unit: str) -> None:
    """The share below a true quantile q is binomial: six standard deviations of q(1 - q)/n."""
    low, high = middle / down, middle * up
    found = draws(value(key, low, middle, high, unit=unit))(key)
    for quantile, limit in ((0.1, low), (0.5, middle), (0.9, high)):
        assert share_below(found, limit) == pytest.approx(
            quantile, abs=6 * np.sqrt(quantile * (1 - quantile) / SIZE)
        )


def test_positive_amounts_stay_positive_and_delays_may_be_negative() -> None:
    found = draws(value("power", 1.0, 10.0, 100.0), value("delay", -10.0, 5.0, 90.0, unit="s"))
    assert found("power").min() > 0
    assert found("delay").min() < -10


def test_draws_are_clipped_to_what_the_field_allows() -> None:
    found = draws(
        Value("share", "%", 0.5, 0.9, 0.99, least=0.0, most=1.0), Value("low", "W", 0.0, 1.0, 9.0, least=0.0)
    )
    assert found("share").max() == 1.0
    assert found("low").min() == 0.0
    assert share_below(found("share"), 0.9) == pytest.approx(0.5, abs=0.02)


def test_certain_amounts_and_amounts_left_out_are_constant() -> None:
    found = draws(value("sure", 5.0, 5.0, 5.0))
    assert np.unique(found("sure")).tolist() == [5.0]
    assert np.unique(found("absent")).tolist() == [0.0]
    assert np.unique(found("absent", default=1.0)).tolist() == [1.0]


@pytest.mark.parametrize(
    ("one", "other", "wanted"),
    [("grid", "grid", 0.36), ("market", "market", 0.25), ("grid", "market", 0), (None, "grid", 0)],
)
def test_amounts_are_correlated_by_their_cause_as_stated(
    one: str | None, other: str | None, wanted: float
) -> None:
    """Two amounts that follow a cause with r are correlated by r^2, in normal scores."""
    found = draws(value("a", 1, 2, 4, one), value("b", 1, 2, 4, other))
    scores = [norm.ppf((np.argsort(np.argsort(found(key))) + 0.5) / SIZE) for key in "ab"]
    assert np.corrcoef(*scores)[0, 1] == pytest.approx(wanted, abs=6 / np.sqrt(SIZE))


def test_an_amount_follows_its_cause_as_closely_as_stated() -> None:
    found = draws(value("a", 1, 2, 4, "grid"))
    assert np.corrcoef(np.log(found("a")), found.normal("cause:grid"))[0, 1] == pytest.approx(0.6, abs=0.03)


def test_a_cause_keeps_the_stated_quantiles() -> None:
    found = draws(value("a", 1, 2, 40, "grid"))("a")
    assert share_below(found, 1) == pytest.approx(0.1, abs=0.015)
    assert share_below(found, 40) == pytest.approx(0.9, abs=0.015)


def test_one_fact_is_one_draw_wherever_it_is_cited() -> None:
    known = draws()
    wide, narrow = Value("fact:x", "1", 1, 2, 4), Value("fact:x", "1", 1, 2, 4, least=0.0, most=3.0)
    known.values.amounts.update({"here": wide, "there": narrow, "delay": Value("fact:x", "s", 1, 2, 4)})
    assert np.array_equal(np.minimum(known("here"), 3.0), known("there"))
    assert np.array_equal(known("here"), known("delay"))


def test_the_order_of_asking_plays_no_part() -> None:
    values = [value(key, 1, 2, 4, "grid") for key in "abc"]
    first, second = draws(*values), draws(*reversed(values))
    one = {key: first(key) for key in "abc"}
    two = {key: second(key) for key in "cba"}
    assert all(np.array_equal(one[key], two[key]) for key in "abc")


@given(st.integers(1, 500), st.integers(1, 500), st.integers(0, 3))
def test_more_samples_begin_with_the_same_ones(size: int, more: int, block: int) -> None:
    one, other = (
        draws(value("a", 1, 2, 4, "grid"), size=count, block=block) for count in (size, size + more)
    )
    assert np.array_equal(one("a"), other("a")[:size])
    assert np.array_equal(one.chance("p", "p"), other.chance("p", "p")[:size])


def test_seeds_blocks_and_keys_differ_and_a_seed_repeats() -> None:
    here = draws(value("a", 1, 2, 4), value("b", 1, 2, 4))
    assert np.array_equal(here("a"), draws(value("a", 1, 2, 4))("a"))
    assert not np.array_equal(here("a"), here("b"))
    assert not np.array_equal(here("a"), draws(value("a", 1, 2, 4), seed=1)("a"))
    assert not np.array_equal(here("a"), draws(value("a", 1, 2, 4), block=1)("a"))


@pytest.mark.parametrize("share", [0.0, 0.4, 1.0])
def test_chances_happen_as_often_as_stated(share: float) -> None:
    found = draws(Value("p", "%", share, share, share, least=0.0, most=1.0)).chance("p", "event")
    assert set(np.unique(found)) <= {0.0, 1.0}
    assert found.mean() == pytest.approx(share, abs=6 * np.sqrt(share * (1 - share) / SIZE))


def test_a_larger_chance_takes_nothing_away() -> None:
    less, more = (draws(Value("p", "%", p, p, p)).chance("p", "event") for p in (0.3, 0.6))
    assert np.all(more >= less)


def test_scores_are_those_of_what_was_drawn() -> None:
    found = draws(value("a", 1, 2, 4, "grid"), value("sure", 1, 1, 1, "market"), value("b", 1, 2, 4))
    found("a"), found("sure")
    assert set(found.scores()) == {"a", "cause:grid"}


def test_causes_that_move_together_are_correlated_as_stated_and_others_stay_as_they_are() -> None:
    amounts = [
        value(name, 1, 2, 4, cause=cause) for name, cause in (("a", "grid"), ("b", "market"), ("c", "labour"))
    ]
    together = [
        Value(f"causes.{one}.moves_with.{other}", "%", share, share, share, least=-1.0)
        for one, other, share in (("grid", "market", 0.7), ("market", "labour", -0.4))
    ]
    plain, mixed = draws(*amounts), draws(*amounts, *together)

    def correlation(found: Draws, one: str, other: str) -> float:
        return float(np.corrcoef(found.normal(f"cause:{one}"), found.normal(f"cause:{other}"))[0, 1])

    assert correlation(plain, "grid", "market") == pytest.approx(0, abs=0.03)
    assert correlation(mixed, "grid", "market") == pytest.approx(0.7, abs=0.03)
    assert correlation(mixed, "market", "labour") == pytest.approx(-0.4, abs=0.03)
    assert correlation(mixed, "grid", "labour") == pytest.approx(0, abs=0.03)
    for name in ("grid", "market", "labour"):
        assert np.std(mixed.normal(f"cause:{name}")) == pytest.approx(1, abs=0.03)
    logs = [np.log(mixed(name)) for name in ("a", "b")]
    assert np.corrcoef(*logs)[0, 1] == pytest.approx(0.6 * 0.5 * 0.7, abs=0.03)
    assert np.array_equal(plain.normal("cause:other"), mixed.normal("cause:other"))
    assert np.array_equal(plain.normal("a"), mixed.normal("a"))
