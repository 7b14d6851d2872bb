"""Capital expenditure: a year spends its budget, history stays history."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from orchard.plan.scene import Changes

from ..small import outlook

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
    found = outlook(edits, samples=3, changes=Changes(money=factor, hindsight=True))
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
