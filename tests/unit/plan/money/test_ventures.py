"""Ventures: built off the balance sheet, paid for in part, rented as they are energised."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from orchard.plan.money import ventures

from ..small import outlook

VENTURE: dict[str, Any] = {
    "site": "ohio", "cost": "1 G USD", "share": "20 %", "begun": "2025-10-01", "done": "2026-12-31",
    "interest": "8 %", "recovered": "20 y", "term": "4 y", "worth": "70 %", "capped": "50 %",
}  # fmt: skip


def edits(**changed: str) -> dict[str, Any]:
    return {"finances.ventures": {"campus": VENTURE | changed}}


def test_all_of_it_is_spent_and_a_part_is_the_programmes() -> None:
    scene = outlook(edits(), samples=2).scene
    spent, own = ventures.spent_usd(scene, "campus"), ventures.contributed_usd(scene, "campus")
    assert np.allclose(spent.sum(axis=0), 1e9)
    assert np.allclose(own, spent * 0.2)
    assert not spent[:3].any()
    assert not spent[8:].any()
    assert np.allclose(ventures.off_balance_usd(scene, "campus")[-1], 8e8)


def test_it_is_no_capital_expenditure_but_costs_cash() -> None:
    base, found = outlook(samples=3), outlook(edits(), samples=3)
    assert np.array_equal(base.capex_usd, found.capex_usd)
    assert np.allclose(base.cash_usd[-1] - found.cash_usd[-1], 2e8)


def test_rent_recovers_the_cost_at_its_yield_once_all_is_energised() -> None:
    found = outlook(edits(), samples=10)
    rent, full = ventures.rents_usd(found, "campus"), ventures.full_rent_usd(found.scene, "campus")
    assert np.all(rent <= full * (1 + 1e-9))
    quarterly = 1.08**0.25 - 1
    worth = full[0] * (1 - (1 + quarterly) ** -80) / quarterly
    assert float(worth) == pytest.approx(1e9, rel=2e-3)  # 20 years are 80 quarters of 91.3125 days
    power = found.power_w("ohio")
    assert np.all(rent[power[1::13][: len(rent)] == 0] >= 0)
    assert np.all(np.diff(rent, axis=0) >= -1e-6)  # power is never taken away


def test_rent_is_a_cost() -> None:
    base, found = outlook(samples=3), outlook(edits(), samples=3)
    assert np.allclose(found.books.rents_usd - base.books.rents_usd, ventures.rents_usd(found, "campus"))


@pytest.mark.parametrize(
    ("worth", "capped", "share"), [("100 %", "50 %", 0.0), ("70 %", "50 %", 0.2015), ("0 %", "30 %", 0.3)]
)
def test_the_guarantee_is_what_rents_have_not_recovered_beyond_what_it_is_worth(
    worth: str, capped: str, share: float
) -> None:
    scene = outlook(edits(worth=worth, capped=capped), samples=1).scene
    assert float(ventures.owed_usd(scene, "campus")[0]) == pytest.approx(share * 1e9, rel=0.02)


def test_the_lease_is_worth_the_rents_of_its_first_term() -> None:
    """Of the cost at its yield, what the rents of four years recover; the rest is still owed."""
    scene = outlook(edits(), samples=2).scene
    lease = ventures.lease_of_first_term_usd(scene, "campus")
    each, rent = 1.08**0.25 - 1, ventures.full_rent_usd(scene, "campus")
    assert np.allclose(lease, sum(rent / (1 + each) ** k for k in range(1, 17)), rtol=1e-9)
    free = outlook(edits(interest="0 %"), samples=2).scene
    assert np.allclose(ventures.lease_of_first_term_usd(free, "campus"), 1e9 * 4 / 20)
