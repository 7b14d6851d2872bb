"""Cash: anchored where it was reported, moved by what flows."""

from __future__ import annotations

from typing import Any

import numpy as np

from orchard.plan.scene import Changes

from ..small import outlook


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


def test_stakes_cost_cash_and_are_no_capital_expenditure() -> None:
    base = outlook(samples=3)
    found = outlook({"finances.investments": {"2026-Q2": "300 M USD"}}, samples=3)
    assert np.allclose(base.cash_usd[-1] - found.cash_usd[-1], 3e8)
    assert np.array_equal(base.capex_usd, found.capex_usd)
    assert np.allclose(base.cash_usd[13 * 5], found.cash_usd[13 * 5])  # not before they are bought
