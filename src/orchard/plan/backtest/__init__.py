"""Forecasts scored by what became known since.

::

    outcome   what came of something: a number, a date, a range or a bound
    actuals   the table of outcomes, read
    rows      one quantity beside its outcome
    decided   claims beside theirs
    score     all of it as plain data
"""

from orchard.plan.backtest.actuals import COLUMNS
from orchard.plan.backtest.score import backtest

__all__ = ["COLUMNS", "backtest"]
