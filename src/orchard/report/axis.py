"""Axes of charts whose ticks carry their unit, written as amounts are everywhere."""

from __future__ import annotations

from orchard import units
from orchard.report import theme
from orchard.report.series import spread_ticks

_DIGITS = 4  # 97.5, 100 and 102.5 stand on one axis


def value_axis(low: float, high: float, unit: str) -> theme.Figure:
    """An axis whose ticks are written as everywhere.

    >>> value_axis(0.0, 2.1e8, "W")["ticktext"]
    ['0 W', '50 MW', '100 MW', '150 MW', '200 MW']
    """
    ticks, over = spread_ticks(low, high), 0.04 * (high - low)
    return {
        "tickvals": ticks, "ticktext": [units.show(tick, unit, _DIGITS).replace("-", "−") for tick in ticks],
        "range": [low - over if low < 0 else low, (high + over) or 1.0], "showgrid": True,
        "gridcolor": theme.HAIRLINE, "zeroline": low < 0, "zerolinecolor": theme.MUTED, "fixedrange": True,
        "automargin": True, "ticklabelstandoff": 4,
    }  # fmt: skip
