from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchard import units
from orchard.estimate.cost import chip_second_usd, token_usd

YEAR = units.factor("y")
PART = st.floats(0.01, 1)


@given(st.floats(0, 1e5), st.floats(0, 1e5), PART, PART, PART)
def test_a_chips_life_pays_for_all_that_it_needs(
    server: float, place: float, rate: float, upkeep: float, price: float
) -> None:
    """With lives of five and twenty years: discounted, what an owner gets each year is what was spent."""
    each = float(chip_second_usd(server, place, 5 * YEAR, 20 * YEAR, rate, upkeep, 2e3, price / 3.6e6)) * YEAR
    running = (server + place) * upkeep + 2e3 * YEAR * price / 3.6e6
    capital = each - running
    worth = sum(1 / (1 + rate) ** year for year in range(1, 6))
    longer = sum(1 / (1 + rate) ** year for year in range(1, 21))
    assert capital == pytest.approx(server / worth + place / longer, rel=1e-6, abs=1e-6)


def test_idle_chips_make_tokens_dearer() -> None:
    assert float(token_usd(1e-3, 1e3, 0.25)) == 4 * float(token_usd(1e-3, 1e3))
    assert np.isinf(token_usd(1.0, 0.0))
