from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchard.estimate import revenue

SHARE = st.floats(0, 1)
MONEY = st.integers(0, 10**12)


@given(MONEY, SHARE, SHARE, MONEY, MONEY)
def test_lines_add_up_to_the_cent(
    impressions: int, invalid: float, partners: float, serving: int, lost: int
) -> None:
    found = revenue.earned(impressions, 10.0, invalid, partners, serving / 100, lost / 100)
    parts = found.net_usd + found.invalid_usd + found.partners_usd
    assert round(float(parts) * 100) == impressions  # 10 USD for a thousand: a cent each
    assert round(float(found.net_usd - found.margin_usd) * 100) == serving + lost


@given(st.floats(0.01, 1), st.floats(0.1, 60), st.floats(1, 1e9), st.floats(1, 1e9), st.floats(0, 2))
def test_more_on_offer_never_raises_fill_or_price(
    fill: float, cpm: float, offered: float, wanted: float, elasticity: float
) -> None:
    some = revenue.auctions(fill, cpm, offered, wanted, elasticity)
    more = revenue.auctions(fill, cpm, offered * 2, wanted, elasticity)
    assert float(more.fill) <= float(some.fill) <= fill + 1e-12
    assert float(more.cpm_usd) <= float(some.cpm_usd) <= cpm
    cleared = [offer * float(found.fill) for offer, found in ((offered, some), (offered * 2, more))]
    assert cleared[0] <= cleared[1] * (1 + 1e-9)  # and never sells fewer


def test_a_market_without_end_takes_all_at_its_price() -> None:
    found = revenue.auctions(0.6, 10.0, [0.0, 1e12], np.inf, 1.0)
    assert np.allclose(found.fill, 0.6)
    assert np.allclose(found.cpm_usd, 10.0)


def test_fill_is_the_chance_that_one_of_the_bidders_is_above_the_reserve() -> None:
    """Bidders in pairs: half as many bidders a sale, each above the reserve with the same chance."""
    each = 0.3
    full = 1 - (1 - each) ** 4
    found = revenue.auctions(full, 10.0, 200.0, 100.0, 0.0)
    assert float(found.fill) == pytest.approx(1 - (1 - each) ** 2)


@given(st.floats(1, 100), SHARE, st.floats(1, 1e8), st.floats(0, 1e9))
def test_prices_fall_towards_their_floor(start: float, part: float, half: float, age: float) -> None:
    floor = start * part
    found = float(revenue.decayed_usd(start, floor, half, age))
    assert floor - 1e-9 <= found <= start + 1e-9
    assert float(revenue.decayed_usd(start, floor, half, -age)) == pytest.approx(start)


@given(st.floats(1e-9, 1e-2), st.floats(0.01, 1), st.floats(0.01, 1), st.floats(0.1, 100))
def test_at_the_break_even_load_a_turn_earns_what_it_costs(
    cost: float, eligible: float, fill: float, cpm: float
) -> None:
    load = float(revenue.break_even_load(cost, eligible, fill, cpm))
    assert load * eligible * fill * cpm / 1000 == pytest.approx(cost)
    assert np.isinf(revenue.break_even_load(cost, 0.0, fill, cpm))


def test_the_worked_example_of_half_a_billion_users() -> None:
    """500 M users, ten turns a day, 60 % eligible, load 5 %, fill 50 %, 10 USD: 0.75 M USD a day."""
    impressions = 500e6 * 2 * 5 * 0.6 * 0.05 * 0.5
    found = revenue.earned(impressions, 10.0, 0.0, 0.0, 0.0, 0.0)
    assert impressions == pytest.approx(75e6)
    assert float(found.net_usd) == pytest.approx(0.75e6)
    assert float(found.net_usd) * 365.25 == pytest.approx(274e6, rel=2e-3)


@given(st.floats(0, 2), SHARE)
def test_nobody_stays_below_nobody(lost: float, load: float) -> None:
    assert 0 <= float(revenue.retained_share(lost, load)) <= 1
