from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchard.estimate import cost

MONEY = st.floats(0, 1e11)
CENTS = st.lists(st.integers(0, 10**13), min_size=1, max_size=30)


@given(CENTS, st.floats(1, 60))
def test_what_is_bought_is_written_off_to_the_cent(cents: list[int], life: float) -> None:
    capex = np.array(cents + [0] * (int(life) + 1)) / 100
    written = cost.depreciation_usd(capex, life)
    assert round(float(written.sum()) * 100) == sum(cents)
    assert np.all(written >= 0)
    book = cost.net_book_usd(capex, written)
    assert np.all(book >= -0.005)
    assert round(float(book[-1]) * 100) == 0


@given(st.lists(MONEY, min_size=1, max_size=20), st.floats(1, 30))
def test_depreciation_equals_the_plain_loop(schedule: list[float], life: float) -> None:
    expected = np.zeros(len(schedule))
    for bought, price in enumerate(schedule):
        for step in range(bought, len(schedule)):
            expected[step] += price / life * min(1.0, max(0.0, life - (step - bought)))
    found = cost.depreciation_usd(schedule, life)
    assert np.allclose(found, expected, rtol=1e-9, atol=1e-6 * (1 + sum(schedule)))


def test_life_may_differ_by_sample() -> None:
    rng = np.random.default_rng(4)
    capex = rng.uniform(0, 1e9, (50, 7))
    life = rng.uniform(1, 60, 7)
    together = cost.depreciation_usd(capex, life)
    alone = np.stack([cost.depreciation_usd(capex[:, s], life[s]) for s in range(7)], axis=1)
    assert np.allclose(together, alone, rtol=1e-12)
    one_life = cost.depreciation_usd(capex, 5.5)
    assert np.allclose(one_life, cost.depreciation_usd(capex, np.full(7, 5.5)))


def test_life_below_one_step_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 1"):
        cost.depreciation_usd([1.0], 0.5)
    with pytest.raises(ValueError, match="at least 1"):
        cost.vintages_usd([1.0], 0.5)


@given(CENTS, st.integers(1, 40))
def test_vintages_under_one_life_wear_off_from_the_middle_of_their_step(cents: list[int], life: int) -> None:
    capex = np.array(cents) / 100
    found = cost.vintages_usd(capex, float(life))
    expected = cost.depreciation_usd(cost.moved_usd(capex, 0.5), float(life)) if life > 1 else None
    if expected is not None:
        assert np.allclose(found, expected, rtol=1e-9, atol=0.005)
    long = cost.vintages_usd(np.append(capex, np.zeros(life + 1)), float(life))
    assert round(float(long.sum()) * 100) == sum(cents)


@given(CENTS, st.integers(2, 20), st.integers(0, 10), st.integers(0, 30))
def test_a_longer_life_defers_and_loses_nothing(cents: list[int], life: int, more: int, when: int) -> None:
    capex = np.array(cents + [0] * (life + more + 2)) / 100
    lives = np.where(np.arange(len(capex)) < when, life, life + more).astype(float)
    short, changed = cost.vintages_usd(capex, float(life)), cost.vintages_usd(capex, lives)
    assert round(float(changed.sum()) * 100) == sum(cents)
    assert np.allclose(short[:when], changed[:when], rtol=1e-9, atol=1e-6)  # works forward only
    assert np.all(np.cumsum(changed) <= np.cumsum(short) + 0.005)


@given(st.floats(1, 1e11), st.floats(1, 4), st.floats(1, 60))
def test_a_book_that_was_there_wears_off_whole(net: float, speed: float, life: float) -> None:
    first = net / life * speed
    found = cost.run_off_usd(net, first, life, int(life) + 2)
    assert float(found.sum()) == pytest.approx(net, rel=1e-5)
    assert np.all(np.diff(found) <= 1e-6 * net)  # never faster than before
    assert float(found[0]) <= first * (1 + 1e-6)


def test_a_book_bought_evenly_falls_in_a_straight_line() -> None:
    """Bought evenly over a life of 16 steps, at 10 a step: the book is 80, and loses 10 a step at first."""
    after = cost.vintages_usd(np.append(np.full(16, 10.0), np.zeros(16)), 16.0)[16:]
    assert np.allclose(cost.run_off_usd(80.0, 10.0, 16.0, 16), after, atol=1e-9)


def test_a_book_that_grew_falls_late() -> None:
    """Purchases that grew by 8 % a step: what is left of them wears off within a seventh of the model."""
    bought = 1.08 ** np.arange(20)
    whole = np.append(bought, np.zeros(20))
    written = cost.vintages_usd(whole, 20.0)
    book = bought.sum() - written[:20].sum()
    rate = bought.sum() / 20
    found = cost.run_off_usd(book, rate, 20.0, 20)
    assert float(found.sum()) == pytest.approx(float(written[20:].sum()))
    assert np.max(np.abs(found - written[20:])) < rate / 7


def test_books_by_sample() -> None:
    net, first, life = np.array([10.0, 20.0, 0.0]), np.array([2.0, 2.0, 0.0]), np.array([10.0, 12.0, 5.0])
    together = cost.run_off_usd(net, first, life, 6)
    assert np.allclose(together[:, 1], cost.run_off_usd(20.0, 2.0, 12.0, 6))
    assert not together[:, 2].any()
