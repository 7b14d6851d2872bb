"""One quantity beside its outcome: whether it was inside, how far off, how wide, and its scores."""

from __future__ import annotations

from datetime import date
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from orchard.estimate import forecast
from orchard.plan import engine
from orchard.plan.answer import coherent, shown
from orchard.plan.backtest.actuals import Actual
from orchard.plan.calendar import DAYS_PER_QUARTER, Array, to_day
from orchard.plan.quantities import Quantity

MOST_CAPEX, MOST_REVENUE = 1.25, 1.2
"""p90 over p10 beyond which a guided year's capital expenditure, and a quarter's revenue, says too little."""

MOST_RELEASE_D = 3 * DAYS_PER_QUARTER
"""Days from p10 to p90 beyond which a release date says too little: nine months."""

_FINE = 9  # places in a range of outcomes at which it is scored
_FAR = 100.0  # times the median beyond which the unit is doubtful
_HALF_DAY = 0.5  # a day is scored at its middle


class Scored(NamedTuple):
    """A quantity with its samples [S] and what came of it."""

    actual: Actual
    quantity: Quantity
    samples: Array
    most: float

    @property
    def dated(self) -> bool:
        """Whether it is a date; those count in days."""
        return self.quantity.definition.unit == "date"


def row_of(one: Scored, as_of: date) -> dict[str, Any]:
    """The scores of one quantity."""
    unit, outcome = one.quantity.definition.unit, one.actual.outcome
    low, middle, high = (float(point) for point in engine.quantiles(one.samples))
    width, limit = _width(one, low, high), most_width(one.quantity, as_of)
    score = _crps(one)
    error = (np.floor(middle) if one.dated else middle) - outcome.value
    exact = outcome.kind in ("point", "range")
    size = abs(outcome.value)
    return {
        "quantity": one.quantity.text,
        "title": one.quantity.definition.title,
        "unit": coherent(unit), "shown_in": unit,
        "p10": shown(low, unit), "p50": shown(middle, unit), "p90": shown(high, unit),
        "kind": outcome.kind, "actual": shown(outcome.value, unit),
        "actual_low": shown(outcome.low, unit), "actual_high": shown(outcome.high, unit),
        "inside": _inside(one, low, high),
        "place": _place(one),
        "crps": plain(score), "crps_share": plain(score / size) if size and not one.dated else None,
        "error": plain(error) if exact else None,
        "error_share": plain(error / size) if exact and size and not one.dated else None,
        "interval_score": plain(forecast.interval_score(low, high, outcome.value)) if exact else None,
        "width": plain(width), "width_limit": limit,
        "too_wide": limit is not None and not width <= limit,
        "known": one.actual.known.isoformat() if one.actual.known else None,
        "before": known_before(one, as_of),
        "source": one.actual.source,
        "note": _note(one, middle),
    }  # fmt: skip


def known_before(one: Scored, as_of: date) -> bool:
    """Whether it was known when the programme was written."""
    day, outcome, period = to_day(as_of), one.actual.outcome, one.quantity.period
    if one.actual.known is not None and one.actual.known <= as_of:
        return True
    if one.dated:
        return outcome.high <= day
    over = period is not None and to_day(period.end) - 1 <= day
    return over and bool(np.ptp(one.samples) == 0)


def _inside(one: Scored, low: float, high: float) -> bool | None:
    """Whether the outcome is between p10 and p90; None where a bound leaves it open."""
    outcome = one.actual.outcome
    if one.dated:
        low, high = np.floor(low), np.floor(high)
    if outcome.kind == "above":
        return False if high <= outcome.low else None
    if outcome.kind == "below":
        return False if low >= outcome.high else None
    return bool(low <= outcome.value <= high)


def _place(one: Scored) -> float:
    """Share of samples below the outcome; of a bound, the middle of what it leaves open."""
    outcome = one.actual.outcome
    if outcome.kind == "above":
        return (1 + forecast.place(one.samples, outcome.low + (1.0 if one.dated else 0.0))) / 2
    if outcome.kind == "below":
        return forecast.place(one.samples, outcome.high) / 2
    return float(np.mean([forecast.place(one.samples, each) for each in _fine(one)]))


def _crps(one: Scored) -> float:
    outcome, most = one.actual.outcome, one.most if one.dated else np.inf
    if outcome.kind == "above":
        bound = outcome.low + (1.0 if one.dated else 0.0)
        return forecast.crps_beyond(one.samples, bound, above=True, most=most)
    if outcome.kind == "below":
        return forecast.crps_beyond(one.samples, outcome.high, above=False, most=most)
    return float(np.mean([forecast.crps(one.samples, each, most) for each in _fine(one)]))


def _fine(one: Scored) -> NDArray[np.float64]:
    """Where in its range an outcome is scored; a day at noon."""
    outcome = one.actual.outcome
    places = [outcome.value] if outcome.kind == "point" else np.linspace(outcome.low, outcome.high, _FINE)
    return np.asarray(places) + (_HALF_DAY if one.dated else 0.0)


def _width(one: Scored, low: float, high: float) -> float:
    """p90 over p10; of dates, days between them; nan where a ratio says nothing."""
    if one.dated:
        return high - low
    return high / low if low > 0 else float("nan")


def _note(one: Scored, middle: float) -> str:
    if one.dated or middle <= 0 or one.actual.outcome.value <= 0:
        return ""
    ratio = one.actual.outcome.value / middle
    return "is the unit right?" if ratio > _FAR or ratio < 1 / _FAR else ""


def most_width(quantity: Quantity, as_of: date) -> float | None:
    """The ratio of p90 to p10 (of dates: days between them) beyond which an interval says too little."""
    name, period = quantity.definition.id, quantity.period
    if quantity.definition.kind == "date":
        return MOST_RELEASE_D if name.endswith(".released") else None
    if period is None:
        return None
    if name == "capex" and period.kind == "year" and int(period.text) <= as_of.year + 1:
        return MOST_CAPEX
    return MOST_REVENUE if name == "revenue" and period.kind == "quarter" else None


def plain(value: float) -> float | None:
    """A number for JSON, which has none for what cannot be said."""
    return float(value) if np.isfinite(value) else None
