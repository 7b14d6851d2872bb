"""Capital as a yearly cost: what repays it with interest over its life, in equal parts."""

from __future__ import annotations


def capital_recovery(rate: float, years: float) -> float:
    """Part of the capital that is paid each year, at a rate of interest, over its life.

    The annuity of a loan: ``rate / (1 - (1 + rate) ** -years)``; without interest, one part of `years`.

    >>> round(capital_recovery(0.08, 25.0), 5), capital_recovery(0.0, 20.0)
    (0.09368, 0.05)
    """
    return rate / (1.0 - (1.0 + rate) ** -years) if rate else 1.0 / years
