"""Costs, income and cash flow: every line adds up, and cash moves by what flows."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from orchard.plan import definitions
from orchard.plan.quantities import read_quantity

from ..small import outlook

COSTS: dict[str, Any] = {
    "finances.costs": {
        "staff": "400 M USD/y", "staff_growth": "10 %", "stock": "25 %", "other": "20 %",
        "rents": {"2026": "40 M USD"},
    },
}  # fmt: skip
QUARTERS = slice(2, 12)  # after the quarter in which cash was reported


def read(text: str, edits: dict[str, Any], samples: int = 20) -> np.ndarray:
    found = outlook(edits, samples=samples)
    return np.asarray(read_quantity(text, definitions(found.scene.setup), found.scene.setup).read(found))


def test_lines_of_the_statement_add_up() -> None:
    found = outlook(COSTS, samples=20)
    books = found.books
    lines = sum(np.asarray(cost) for cost in books.costs)
    assert np.allclose(books.statement.costs_usd, lines)
    assert np.allclose(books.statement.operating_income_usd, found.revenues_usd - lines)
    to_cash = books.statement.operating_income_usd + books.statement.not_cash_usd - books.statement.tax_usd
    assert np.allclose(to_cash, found.revenues_usd * 0.5)  # the margin of cash
    assert np.allclose(books.free_cash_usd, found.revenues_usd * 0.5 - found.capex_usd)


def test_cash_rolls_forward_by_the_statement_to_the_cent() -> None:
    edits = COSTS | {"finances.investments": {"2026-Q3": "70 M USD"}}
    found = outlook(edits, samples=5)
    cash = found.cash_usd[::13]
    moved = np.diff(cash, axis=0)[QUARTERS]
    flows = found.books.statement.change_usd[QUARTERS]
    assert np.array_equal(np.round(moved * 100), np.round(flows * 100))


def test_staff_grows_by_the_year_and_rents_are_as_stated() -> None:
    books = outlook(COSTS, samples=2).books
    assert float(books.staff_usd[0, 0]) == pytest.approx(1e8)
    assert float(books.staff_usd[8, 0]) == pytest.approx(1.21e8)
    assert np.allclose(books.rents_usd[:4], 0)
    assert np.allclose(books.rents_usd[4:8], 1e7)


def test_labels_are_bought_evenly() -> None:
    found = outlook(samples=2)
    price = found.scene.draws("data_engine.labels") * found.scene.draws("data_engine.price")
    assert np.allclose(found.books.labels_usd.sum(axis=0), price)


def test_income_is_unknown_where_costs_are_not_stated() -> None:
    known = definitions(outlook(samples=1).scene.setup)
    assert known["income"].unknown
    assert not known["cash.free"].unknown
    assert not definitions(outlook(COSTS, samples=1).scene.setup)["income"].unknown


def test_free_cash_is_worth_less_the_later_it_comes() -> None:
    plain, dear = (read("npv", {"finances.discount": rate}) for rate in ("0 %", "30 %"))
    later = sum(read(f"cash.free@{year}", {}) for year in (2026, 2027))
    assert np.allclose(plain, later)
    assert not np.allclose(plain, dear)


def test_payback_is_when_gains_of_operations_have_paid_for_capital() -> None:
    """Revenue of 1.2, 1.1, 1.2, 1.3 G USD gains a half in 2026 and stays; half of it is cash.

    Gains by quarter are 0.3, 0.275, 0.3, 0.325 G USD; capital 0.35 in each of 2026: after the year 0.2 are
    still out, which takes two thirds of the next quarter.
    """
    edits = {
        "finances.revenue.growth": {"2025": "0 %", "2026": "50 %", "2027": "0 %"},
        "finances.budget": {"2025": "9 G USD", "2026": "1.4 G USD", "2027": "0 USD"},
        "products": {},
    }
    found = read("payback", edits, samples=2) / (365.25 / 4 * 86400)
    assert np.allclose(found, 4 + 2 / 3)


def test_what_was_earned_before_pays_for_nothing() -> None:
    rich = {"finances.revenue.growth": {"2025": "0 %", "2026": "0 %", "2027": "0 %"}, "products": {}}
    cheap = {"2025": "9 G USD", "2026": "1 M USD", "2027": "1 M USD"}
    edits = rich | {"finances.budget": cheap}
    assert np.all(read("cash.free@2026", edits) > 0)
    assert np.all(np.isinf(read("payback", edits)))


def test_nothing_is_worth_anything_after_the_horizon() -> None:
    assert np.isnan(read("payback", {"as_of": "2028-03-31"})).all()
    assert np.isnan(read("npv", {"as_of": "2028-03-31"})).all()
