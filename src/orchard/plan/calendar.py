"""The calendar of a plan: steps of a week, in which quarters and years add up exactly.

A quarter has thirteen steps of equal length (6.92 to 7.08 days), so that no step straddles two
quarters. Days are proleptic ordinals as floats; a state is known at the *edges* of the steps, a flow
within each quarter.
"""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from orchard.errors import Finding, QuantityError

Array = NDArray[np.float64]

STEPS_PER_QUARTER = 13
DAY_S = 86_400.0
DAYS_PER_QUARTER = 365.25 / 4

_QUARTER = re.compile(r"(\d{4})-Q([1-4])")
_YEAR = re.compile(r"\d{4}")


class Period(NamedTuple):
    """A day, a quarter or a year; `start` is included, `end` is not."""

    kind: Literal["date", "quarter", "year"]
    start: date
    end: date
    text: str


def read_period(text: str) -> Period:
    """Read ``2025-12-31``, ``2025-Q4`` or ``2025``.

    >>> read_period("2025-Q4").end
    datetime.date(2026, 1, 1)
    """
    match = _QUARTER.fullmatch(text)
    try:
        if match:
            start, end = quarter_bounds(text)
            return Period("quarter", start, end, text)
        if _YEAR.fullmatch(text):
            return Period("year", date(int(text), 1, 1), date(int(text) + 1, 1, 1), text)
        day = date.fromisoformat(text)
    except (ValueError, OverflowError):
        wanted = "a date (2025-12-31), a quarter (2025-Q4) or a year (2025)"
        raise QuantityError(Finding("O502", "", "", f"the period {text[:40]!r}", wanted)) from None
    return Period("date", day, day + timedelta(days=1), text)


def quarter_bounds(quarter: str) -> tuple[date, date]:
    """First day of a quarter such as ``2025-Q4``, and first day after it."""
    year, number = int(quarter[:4]), int(quarter[-1])
    end_year, end_month = (year + 1, 1) if number == 4 else (year, 3 * number + 1)
    return date(year, 3 * number - 2, 1), date(end_year, end_month, 1)


def quarter_of(day: date) -> str:
    """The quarter a day is in: ``2025-Q4``."""
    return f"{day.year}-Q{(day.month + 2) // 3}"


def before(quarter: str, quarters: int = 4) -> str:
    """The quarter so many quarters earlier."""
    index = int(quarter[:4]) * 4 + int(quarter[-1]) - 1 - quarters
    return f"{index // 4}-Q{index % 4 + 1}"


class Calendar:
    """Edges of the steps between the first and the last quarter of the horizon.

    >>> calendar = Calendar(date(2025, 1, 1), date(2025, 12, 31))
    >>> calendar.quarters, len(calendar.edges)
    (['2025-Q1', '2025-Q2', '2025-Q3', '2025-Q4'], 53)
    """

    def __init__(self, start: date, end: date) -> None:
        self.quarters = _quarters(quarter_of(start), quarter_of(end))
        bounds = [quarter_bounds(quarter)[0].toordinal() for quarter in self.quarters]
        bounds.append(quarter_bounds(self.quarters[-1])[1].toordinal())
        self.bounds: Array = np.array(bounds, dtype=float)
        within = np.arange(STEPS_PER_QUARTER) / STEPS_PER_QUARTER
        inner = self.bounds[:-1, None] + np.diff(self.bounds)[:, None] * within
        self.edges: Array = np.append(inner.ravel(), self.bounds[-1])
        self.step_s: Array = np.diff(self.edges) * DAY_S

    @property
    def start(self) -> float:
        """First edge, in days."""
        return float(self.edges[0])

    @property
    def end(self) -> float:
        """Last edge, in days."""
        return float(self.edges[-1])

    def at(self, states: Array, day: float) -> Array:
        """States [E, S] at one day, between edges linearly; outside, the nearest edge."""
        place = np.interp(day, self.edges, np.arange(len(self.edges)))
        low = min(int(place), len(self.edges) - 2)
        share = place - low
        if share in (0, 1):  # at an edge; infinite states have no mean with others
            return np.array(states[low + int(share)])
        return np.asarray(states[low] * (1 - share) + states[low + 1] * share)

    def quarterly(self, flow: Array) -> Array:
        """Sum flows per step [E - 1, S] to quarters [Q, S]."""
        total: Array = flow.reshape(len(self.quarters), STEPS_PER_QUARTER, -1).sum(axis=1)
        return total

    def cumulative(self, quarterly: Array) -> Array:
        """Flows per quarter [Q, S], spent evenly in each, as running totals at the edges [E, S]."""
        steps = np.repeat(quarterly / STEPS_PER_QUARTER, STEPS_PER_QUARTER, axis=0)
        total = np.zeros((len(self.edges), quarterly.shape[1]))
        np.cumsum(steps, axis=0, out=total[1:])
        return total

    def dates(self) -> list[str]:
        """The edges as ISO dates, rounded to days."""
        return [to_iso(day) or "" for day in self.edges]


def _quarters(first: str, last: str) -> list[str]:
    found = [first]
    while found[-1] != last:
        found.append(before(found[-1], -1))
    return found


def to_day(day: date) -> float:
    """A date as days."""
    return float(day.toordinal())


def to_iso(day: float) -> str | None:
    """Days as an ISO date; None for never."""
    if not np.isfinite(day):
        return None
    whole = min(max(int(np.floor(day)), 1), date.max.toordinal() - 1)
    return date.fromordinal(whole).isoformat()
