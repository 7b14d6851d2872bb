"""Quarters of a year's capital expenditure: even, or by the weights of seasons; a year stays its budget."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchard.errors import SpecError
from orchard.plan.money import capex_usd

from .. import small

WEIGHTS = {"Q1": 19, "Q2": 23.5, "Q3": 26.5, "Q4": 31}


def capex(edits: small.Edits) -> dict[str, np.ndarray]:
    scene = small.outlook(edits, samples=50).scene
    return dict(zip(scene.calendar.quarters, capex_usd(scene), strict=True))


def test_a_year_is_even_where_nothing_is_said() -> None:
    found = capex({"finances.budget.2026": "4 G USD"})
    for number in range(1, 5):
        assert found[f"2026-Q{number}"] == pytest.approx(np.full(50, 1e9))


def test_seasons_weigh_and_the_year_stays_its_budget() -> None:
    found = capex({"finances.budget.2026": "4 G USD", "finances.seasons": WEIGHTS})
    for quarter, weight in WEIGHTS.items():
        assert found[f"2026-{quarter}"] == pytest.approx(np.full(50, 4e9 * weight / 100))


def test_what_is_left_of_a_year_goes_by_the_weights_of_what_is_open() -> None:
    """200 M USD of 1.2 G USD are reported for the first quarter of 2025."""
    found = capex({"finances.budget.2025": "1.2 G USD", "finances.seasons": {"Q2": 2, "Q4": 3}})
    assert found["2025-Q1"] == pytest.approx(np.full(50, 0.2e9))
    assert [float(found[f"2025-Q{number}"][0]) for number in (2, 3, 4)] == pytest.approx(
        [1e9 * 2 / 6, 1e9 / 6, 1e9 * 3 / 6]
    )


@given(st.lists(st.floats(0.1, 100), min_size=4, max_size=4))
def test_weights_may_be_on_any_scale(weights: list[float]) -> None:
    one, ten = (
        capex({"finances.seasons": {f"Q{n + 1}": w * scale for n, w in enumerate(weights)}})
        for scale in (1, 10)
    )
    for quarter, values in one.items():
        assert ten[quarter] == pytest.approx(values)


def test_there_is_no_fifth_season() -> None:
    with pytest.raises(SpecError):
        small.programme({"finances.seasons": {"Q5": 1}})
