"""The calendar: quarters partition time, and periods are read or refused."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchard.errors import QuantityError
from orchard.plan.calendar import (
    DAY_S,
    STEPS_PER_QUARTER,
    Calendar,
    before,
    quarter_bounds,
    quarter_of,
    read_period,
    to_day,
    to_iso,
)

DAYS = st.dates(date(2020, 1, 1), date(2040, 12, 31))
SPANS = st.tuples(DAYS, DAYS).filter(lambda pair: pair[0] < pair[1])
YEAR = Calendar(date(2025, 1, 1), date(2025, 12, 31))


@given(SPANS)
def test_steps_partition_the_quarters_of_the_horizon(span: tuple[date, date]) -> None:
    calendar = Calendar(*span)
    assert calendar.start <= to_day(span[0]) < to_day(span[1]) < calendar.end
    assert len(calendar.edges) == len(calendar.quarters) * STEPS_PER_QUARTER + 1
    assert np.array_equal(calendar.edges[::STEPS_PER_QUARTER], calendar.bounds)
    lengths = calendar.step_s / DAY_S
    assert lengths.min() > 6.9
    assert lengths.max() < 7.1
    assert lengths.sum() == pytest.approx(calendar.end - calendar.start)


@given(DAYS)
def test_every_day_is_in_one_quarter(day: date) -> None:
    start, end = quarter_bounds(quarter_of(day))
    assert start <= day < end
    assert quarter_of(end) != quarter_of(day)
    assert before(quarter_of(end), 1) == quarter_of(day)
    assert before(before(quarter_of(day), -3), 3) == quarter_of(day)
    assert before(quarter_of(day)) == f"{day.year - 1}{quarter_of(day)[4:]}"


@given(SPANS, st.integers(0, 2**32 - 1))
def test_quarters_sum_to_the_whole(span: tuple[date, date], seed: int) -> None:
    calendar = Calendar(*span)
    flow = np.random.default_rng(seed).random((len(calendar.edges) - 1, 3))
    assert np.allclose(calendar.quarterly(flow).sum(axis=0), flow.sum(axis=0))
    total = calendar.cumulative(calendar.quarterly(flow))
    assert np.allclose(total[::STEPS_PER_QUARTER][1:], calendar.quarterly(flow).cumsum(axis=0))
    assert np.all(np.diff(total, axis=0) >= 0)
    assert not total[0].any()


@given(st.floats(-1000, 1e6))
def test_states_are_read_linearly_between_edges_and_held_outside(shift: float) -> None:
    states = np.column_stack([YEAR.edges, 2 * YEAR.edges])
    day = YEAR.start + shift
    held = min(max(day, YEAR.start), YEAR.end)
    assert np.allclose(YEAR.at(states, day), [held, 2 * held], rtol=1e-12)


@pytest.mark.parametrize(
    ("text", "kind", "start", "end"),
    [
        ("2025-12-31", "date", "2025-12-31", "2026-01-01"), ("2024-02-29", "date", "2024-02-29", "2024-03-01"),
        ("2025-Q1", "quarter", "2025-01-01", "2025-04-01"), ("2025-Q4", "quarter", "2025-10-01", "2026-01-01"),
        ("2025", "year", "2025-01-01", "2026-01-01"),
    ],
)  # fmt: skip
def test_periods_are_read(text: str, kind: str, start: str, end: str) -> None:
    found = read_period(text)
    assert (found.kind, found.start.isoformat(), found.end.isoformat(), found.text) == (
        kind,
        start,
        end,
        text,
    )


@pytest.mark.parametrize(
    "text",
    ["", " ", "25", "2025-Q0", "2025-Q5", "2025-q1", "2025Q1", "Q1-2025", "2025-13-01", "2025-02-29", "2025-1-1", "0000",
     "0000-Q1", "9999", "9999-Q4", "2025-12-31T00:00", "now", "2025 ", "-2025", "2025-Q1-Q2", "x" * 5000],
)  # fmt: skip
def test_other_periods_are_refused(text: str) -> None:
    with pytest.raises(QuantityError) as caught:
        read_period(text)
    assert caught.value.findings[0].code == "O502"
    assert len(str(caught.value)) < 200


@given(st.text(max_size=12) | st.from_regex(r"[0-9]{2,5}(-Q?[0-9]{1,2}){0,2}", fullmatch=True))
def test_any_period_is_read_or_refused(text: str) -> None:
    try:
        found = read_period(text)
    except QuantityError:
        return
    assert found.start <= found.end <= found.start + timedelta(days=366)


@given(st.dates())
def test_days_and_dates_convert_back(day: date) -> None:
    assert to_iso(to_day(min(day, date(9999, 12, 30)))) == min(day, date(9999, 12, 30)).isoformat()


@pytest.mark.parametrize("day", [np.inf, -np.inf, np.nan])
def test_never_has_no_date(day: float) -> None:
    assert to_iso(day) is None


@pytest.mark.parametrize(
    ("day", "text"), [(-5.0, "0001-01-01"), (1e12, "9999-12-30"), (739617.9, "2026-01-01")]
)
def test_absurd_days_stay_dates_and_hours_are_dropped(day: float, text: str) -> None:
    assert to_iso(day) == text


def test_infinite_states_are_read_at_edges() -> None:
    """Whom chips can serve who ask nothing of them is without limit, until there are others to serve."""
    calendar = Calendar(date(2025, 1, 1), date(2025, 12, 31))
    states = np.full((len(calendar.edges), 1), np.inf)
    states[0] = 1.0
    assert calendar.at(states, calendar.edges[0]).tolist() == [1.0]
    assert calendar.at(states, calendar.edges[-1]).tolist() == [np.inf]
    assert calendar.at(states, calendar.edges[0] + 1).tolist() == [np.inf]
