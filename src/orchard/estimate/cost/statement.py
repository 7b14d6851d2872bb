"""Operating income and cash flow of a period: every line, and sums that close.

Operating income is revenue less all costs, depreciation among them. Operating cash flow adds back what was
no cash (depreciation, stock paid to staff) and takes off taxes and what working capital ties up.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]


class Costs(NamedTuple):
    """Operating costs of a period, in USD."""

    depreciation_usd: ArrayLike
    energy_usd: ArrayLike
    staff_usd: ArrayLike
    labels_usd: ArrayLike
    rent_usd: ArrayLike
    other_usd: ArrayLike

    @property
    def total_usd(self) -> Array:
        """All of them together."""
        return np.asarray(sum(np.asarray(cost, dtype=np.float64) for cost in self))


class Statement(NamedTuple):
    """Income and cash of a period, in USD; what flows out is positive where its name says so."""

    revenue_usd: Array
    costs_usd: Array
    operating_income_usd: Array
    not_cash_usd: Array
    tax_usd: Array
    operating_usd: Array
    investing_usd: Array
    financing_usd: Array

    @property
    def change_usd(self) -> Array:
        """What cash gains in the period."""
        return self.operating_usd + self.investing_usd + self.financing_usd


def statement(
    revenue_usd: ArrayLike,
    costs: Costs,
    stock_usd: ArrayLike,
    operating_usd: ArrayLike,
    capex_usd: ArrayLike,
    financing_usd: ArrayLike,
) -> Statement:
    """Put a period's money into the lines of its statement.

    Parameters
    ----------
    stock_usd : stock paid to staff: a cost that is no cash
    operating_usd : cash from operations; taxes and working capital are what reconciles it with income
    financing_usd : raised less returned

    >>> found = statement(100.0, Costs(20.0, 2.0, 15.0, 1.0, 0.0, 22.0), 8.0, 60.0, 70.0, 5.0)
    >>> float(found.operating_income_usd), float(found.tax_usd), float(found.change_usd)
    (40.0, 8.0, -5.0)
    """
    revenue, operating = (np.asarray(value, dtype=np.float64) for value in (revenue_usd, operating_usd))
    income = revenue - costs.total_usd
    not_cash = np.asarray(costs.depreciation_usd, dtype=np.float64) + np.asarray(stock_usd)
    return Statement(
        revenue, costs.total_usd, income, not_cash, income + not_cash - operating, operating,
        -np.asarray(capex_usd, dtype=np.float64), np.asarray(financing_usd, dtype=np.float64),
    )  # fmt: skip
