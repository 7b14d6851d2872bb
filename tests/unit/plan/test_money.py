"""Money: conserved by quarter, year and life; history stays history."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchard.plan import money
from orchard.plan.scene import Changes

from .small import DROP, outlook

_BUDGETS = st.floats(0.0, 5.0).map(lambda value: f"{value:.3f} G USD")


@given(st.lists(_BUDGETS, min_size=3, max_size=3), st.floats(0, 3), st.integers(0, 3))
def test_a_year_spends_its_budget_or_what_is_reported(budgets: list[str], factor: float, known: int) -> None:
    reported = {
        f"2025-Q{quarter}": {"capex": "100 M USD", "revenue": "1 G USD"} for quarter in range(1, known + 1)
    }
    edits = {
        "finances.budget": dict(zip(("2025", "2026", "2027"), budgets, strict=True)),
        "finances.reported": reported,
    }
    found = outlook(edits, samples=3, changes=Changes(money=factor))
    for number, budget in enumerate(budgets):
        year = found.capex_usd[4 * number : 4 * number + 4].sum(axis=0)
        planned, history = float(budget.split()[0]) * 1e9 * factor, 1e8 * known * (number == 0)
        assert np.allclose(year, max(planned, history))
    assert np.all(found.capex_usd >= 0)


def test_reported_quarters_are_as_reported_and_the_rest_is_even() -> None:
    found = outlook()
    first, *rest = found.capex_usd[:4]
    assert np.allclose(first, 2e8)
    assert np.allclose(sum(rest) + first, found.scene.draws("finances.budget.2025"))
    assert all(np.array_equal(rest[0], other) for other in rest)


def test_server_money_is_its_share_of_capital_expenditure() -> None:
    found = outlook()
    assert np.allclose(
        found.server_money_usd[-1], found.capex_usd.sum(axis=0) * found.scene.draws("finances.server_share")
    )
    assert np.all(np.diff(found.server_money_usd, axis=0) >= 0)


@given(st.floats(0.05, 1.4))
def test_depreciation_sums_to_what_was_bought_after_its_life(years: float) -> None:
    budget = {"2025": "2 G USD", "2026": "0 USD", "2027": "0 USD"}
    edits = {"finances.life": f"{years} y", "finances.budget": budget, "finances.reported": {}}
    found = outlook(edits, samples=2)
    assert np.allclose(found.depreciation_usd.sum(axis=0), 2e9)
    assert np.all(found.depreciation_usd.cumsum(axis=0) <= found.capex_usd.cumsum(axis=0) * (1 + 1e-9))


@pytest.mark.parametrize("life", ["0 d", "30 d"])
def test_what_lives_less_than_a_quarter_is_written_off_in_it(life: str) -> None:
    found = outlook({"finances.life": life}, samples=2)
    assert np.allclose(found.depreciation_usd, found.capex_usd)


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


def test_cash_is_anchored_and_moves_by_what_flows() -> None:
    edits: dict[str, Any] = {"products": {}}
    found = outlook(edits, samples=3)
    edge = {quarter: 13 * number for number, quarter in enumerate([*found.scene.calendar.quarters, "end"])}
    cash = found.cash_usd
    number = 4  # 2026-Q1: a fourth of the year's 100 M returned, nothing raised
    flow = 0.5 * found.revenues_usd[number] - found.capex_usd[number] - 25e6
    assert np.allclose(cash[edge["2026-Q2"]] - cash[edge["2026-Q1"]], flow)
    flow = 0.5 * found.revenues_usd[3] - found.capex_usd[3] + 500e6
    assert np.allclose(cash[edge["2026-Q1"]] - cash[edge["2025-Q4"]], flow)
    assert np.allclose(found.scene.calendar.at(cash, 739342), 2e9)  # the end of 2025-03-31


def test_cash_is_unknown_before_it_was_reported() -> None:
    found = outlook({"finances.cash_date": "2025-09-30"}, samples=2)
    assert np.all(np.isnan(found.cash_usd[:20]))
    assert np.all(np.isfinite(found.cash_usd[40:]))


def test_more_budget_is_less_cash() -> None:
    edits = {"products": {}, "models": {"elder": {"released": "2025-04-05"}}, "people": {}, "claims": {}}
    base, more = outlook(edits), outlook(edits, changes=Changes(money=1.5))
    assert np.all(more.cash_usd[-1] <= base.cash_usd[-1])
