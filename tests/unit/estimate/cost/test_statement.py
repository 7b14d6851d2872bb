from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from orchard.estimate.cost import Costs, energy_cost_usd, statement

CENTS = st.integers(-(10**13), 10**13)


@given(CENTS, st.lists(CENTS, min_size=6, max_size=6), CENTS, CENTS, CENTS, CENTS)
def test_a_statement_closes_to_the_cent(
    revenue: int, costs: list[int], stock: int, operating: int, capex: int, financing: int
) -> None:
    found = statement(
        revenue / 100, Costs(*(each / 100 for each in costs)), stock / 100, operating / 100, capex / 100,
        financing / 100,
    )  # fmt: skip

    def cents(value: object) -> int:
        return round(float(np.asarray(value)) * 100)

    assert cents(found.costs_usd) == sum(costs)
    assert cents(found.operating_income_usd) == revenue - sum(costs)
    assert cents(found.change_usd) == operating - capex + financing
    income_to_cash = found.operating_income_usd + found.not_cash_usd - found.tax_usd
    assert cents(income_to_cash) == operating


def test_one_megawatt_hour_costs_its_price() -> None:
    assert float(energy_cost_usd(3.6e9, 82.6 / 3.6e9)) == 82.6
