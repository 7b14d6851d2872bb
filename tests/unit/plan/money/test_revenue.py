"""Revenue and people: reported, or grown from the year before."""

from __future__ import annotations

import numpy as np
import pytest

from orchard.plan import money

from ..small import DROP, outlook


def test_revenue_grows_over_the_quarter_a_year_before() -> None:
    scene = outlook(samples=3).scene
    assert np.allclose(money.revenue_usd(scene, "2025-Q1"), 1.2e9)  # reported
    assert np.allclose(money.revenue_usd(scene, "2025-Q2"), 1.1e9 * 1.2)
    assert np.allclose(
        money.revenue_usd(scene, "2026-Q2"), 1.1e9 * 1.2 * (1 + scene.draws("finances.revenue.growth.2026"))
    )


def test_a_quarters_own_growth_goes_before_its_years() -> None:
    scene = outlook({"finances.revenue.growth.2025-Q3": "50 %"}, samples=1).scene
    assert np.allclose(money.growth(scene, "2025-Q3"), 0.5)
    assert np.allclose(money.growth(scene, "2025-Q4"), 0.2)


@pytest.mark.parametrize("quarter", ["2023-Q4", "2028-Q1"])
def test_revenue_that_is_neither_reported_nor_planned_is_not_a_number(quarter: str) -> None:
    scene = outlook(samples=2).scene
    assert np.all(np.isnan(money.revenue_usd(scene, quarter)))


def test_without_any_history_there_is_no_revenue() -> None:
    found = outlook({"finances.reported": DROP}, samples=2)
    assert not money.revenue_usd(found.scene, "2026-Q1").any()
    assert np.all(np.isfinite(found.cash_usd[-1]))


def test_family_revenue_is_reported_or_a_share() -> None:
    scene = outlook(samples=2).scene
    assert np.allclose(money.family_revenue_usd(scene, "2025-Q1"), 1.18e9)
    assert np.allclose(money.family_revenue_usd(scene, "2025-Q2"), 0.98 * 1.32e9)


def test_people_grow_by_the_year_from_the_last_report() -> None:
    scene = outlook(samples=2).scene
    assert np.allclose(money.people(scene, "2025-Q1"), 102e6)
    assert np.allclose(money.people(scene, "2026-Q1"), 102e6 * 1.05)
    assert np.all(np.isnan(money.people(scene, "2023-Q4")))


def test_growth_of_impressions_and_price_is_that_of_revenue() -> None:
    edits = {
        "finances.revenue.growth": {"2025": "20 %", "2027": "10 %"},
        "finances.revenue.impressions": {"2026": "10 %"},
        "finances.revenue.price": {"2026": "5 %"},
    }
    scene = outlook(edits, samples=2).scene
    assert np.allclose(money.growth(scene, "2026-Q3"), 1.1 * 1.05 - 1)


def test_conversions_passed_on_are_an_uplift() -> None:
    edits = {
        "products.ads": {
            "kind": "ads",
            "model": "apple",
            "fleet_share": "10 %",
            "conversions": "4 %",
            "passed_on": "50 %",
        }
    }
    for changed, gain in ((edits, 0.02), ({}, 0.01)):
        found = money.uplift(outlook(changed, samples=2).scene, "ads")
        assert found is not None
        assert np.allclose(found, gain)
    assert money.uplift(outlook(samples=2).scene, "companion") is None


def test_what_models_add_is_in_revenue() -> None:
    found = outlook(samples=50)
    core = money.revenue_usd(found.scene, "2027-Q4")
    added = money.added_usd(found, "2027-Q4", core)
    assert np.allclose(found.revenue_usd("2027-Q4"), core + added)
    released = found.released_day("apple") < found.scene.calendar.bounds[-2]
    own = found.product_revenue_usd("companion")[-1]
    assert released.any()
    assert np.allclose(added[released], (core * 0.01 + own)[released])
