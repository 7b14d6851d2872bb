"""What came of something, in the ways in which people write it."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchard.errors import QuantityError
from orchard.plan.backtest.outcome import Outcome, read_outcome, read_truth
from orchard.plan.calendar import to_day

INF = float("inf")


def number(value: str, unit: str = "", wanted: str = "USD", low: str = "", high: str = "") -> Outcome:
    return read_outcome(value, low, high, unit, wanted, None)


def day(text: str) -> float:
    return to_day(date.fromisoformat(text))


@pytest.mark.parametrize(
    ("value", "unit"),
    [
        ("72.2 G USD", ""),
        ("72200 M USD", ""),
        ("$72.2B", ""),
        ("US$ 72.2 billion", ""),
        ("72.2 billion USD", ""),
        ("72.2", "G USD"),
        ("72.2", "billion USD"),
        ("72.2", "bn USD"),
        ("72,200,000,000", ""),
        ("7.22e10", ""),
        ("72200", "M USD"),
        ("72.2", "USD bn"),
        ("72.2", "$B"),
        ("72.2", "B USD"),
        ("$72.2bn", ""),
        ("72.2B USD", ""),
        ("$72,200 million", ""),
        ("72.2 billion", "USD"),
        ("$72.2 billion", "USD"),
        ("72.2 billion dollars", ""),
        ("USD 72,200 million", ""),
        ("usd 72.2bn", ""),
    ],
)
def test_numbers_are_read_as_people_write_them(value: str, unit: str) -> None:
    assert number(value, unit) == Outcome.at(pytest.approx(72.2e9))


@pytest.mark.parametrize(
    "value", ["$115-135B", "$115B-$135B", "115 - 135 G USD", "115-135 billion USD", "USD 115 to 135 billion"]
)
def test_a_range_may_be_written_with_a_hyphen(value: str) -> None:
    found = number(value)
    assert (found.low, found.high, found.kind) == (pytest.approx(115e9), pytest.approx(135e9), "range")


@pytest.mark.parametrize(
    ("value", "number_"), [("-5", -5.0), ("-$5", -5.0), ("2.5e-3", 2.5e-3), ("-1e-3 USD", -1e-3)]
)
def test_a_minus_is_no_range(value: str, number_: float) -> None:
    assert number(value) == Outcome.at(pytest.approx(number_))


@pytest.mark.parametrize("text", ["Q2 2026", "2Q26", "2026-Q2"])
def test_a_release_may_be_known_to_the_quarter(text: str) -> None:
    found = read_outcome(text, "", "", "", "date", None)
    assert (found.low, found.high) == (day("2026-04-01"), day("2026-06-30"))


def test_shares_and_counts() -> None:
    assert number("26 %", wanted="%").value == pytest.approx(0.26)
    assert number("0.26", wanted="%").value == pytest.approx(0.26)
    assert number("26", "%", wanted="%").value == pytest.approx(0.26)
    assert number("1.3 M GPUs", wanted="chip").value == pytest.approx(1.3e6)
    assert number("1.3 million", "GPUs", wanted="chip").value == pytest.approx(1.3e6)
    assert number("1.3 million", wanted="chip").value == pytest.approx(1.3e6)
    assert number("1.3M", wanted="chip").value == pytest.approx(1.3e6)
    assert number("3.58B", wanted="person").value == pytest.approx(3.58e9)
    assert number("26.2%", wanted="%").value == pytest.approx(0.262)
    assert number("1.02GW", wanted="W").value == pytest.approx(1.02e9)
    assert number("950", "MW", wanted="W").value == pytest.approx(0.95e9)
    assert number("3.58", "G people", wanted="person").value == pytest.approx(3.58e9)


@pytest.mark.parametrize("value", ["70..72 G USD", "70 to 72 G USD", "70 G USD .. 72 G USD", "70–72 G USD"])
def test_ranges(value: str) -> None:
    found = number(value)
    assert (found.low, found.high, found.kind) == (pytest.approx(70e9), pytest.approx(72e9), "range")
    assert found.low <= found.value <= found.high


def test_ends_of_their_own() -> None:
    assert number("71", "G USD", low="70", high="73") == Outcome(71e9, 70e9, 73e9, "range")
    assert number("", "G USD", low="70", high="72") == Outcome(71e9, 70e9, 72e9, "range")


@pytest.mark.parametrize(
    ("value", "low", "high", "kind"),
    [
        ("2026-03-31", "2026-03-31", "2026-03-31", "point"),
        ("2026-03-31T10:00", "2026-03-31", "2026-03-31", "point"),
        ("2026-02", "2026-02-01", "2026-02-28", "range"),
        ("2026-Q2", "2026-04-01", "2026-06-30", "range"),
        ("31 March 2026", "2026-03-31", "2026-03-31", "point"),
        ("Mar 31, 2026", "2026-03-31", "2026-03-31", "point"),
        ("2026/03/31", "2026-03-31", "2026-03-31", "point"),
        ("May 2026", "2026-05-01", "2026-05-31", "range"),
    ],
)
def test_dates(value: str, low: str, high: str, kind: str) -> None:
    found = number(value, wanted="date")
    assert (found.low, found.high, found.kind) == (day(low), day(high), kind)


@pytest.mark.parametrize(
    "value", [">2026-05-01", "> 2026-05-01", "after 2026-05-01", "not yet by 2026-05-01"]
)
def test_what_has_not_come_is_a_bound(value: str) -> None:
    assert number(value, wanted="date") == Outcome(day("2026-05-01"), day("2026-05-01"), INF, "above")


def test_not_yet_is_a_bound_at_the_day_it_was_said() -> None:
    found = read_outcome("not yet", "", "", "", "date", date(2026, 5, 1))
    assert found == Outcome(day("2026-05-01"), day("2026-05-01"), INF, "above")
    with pytest.raises(QuantityError, match="column known"):
        read_outcome("not yet", "", "", "", "date", None)


def test_bounds_of_numbers() -> None:
    assert number(">= 100 G USD") == Outcome(100e9, 100e9, INF, "above")
    assert number("at most 100 G USD") == Outcome(100e9, -INF, 100e9, "below")


@pytest.mark.parametrize(
    ("value", "wanted"),
    [("", "USD"), ("soon", "date"), ("2026-13-01", "date"), ("31.3.2026", "date"), ("72 GW", "USD"), ("lots", "USD"),
     ("72..70 G USD", "USD"), ("nan", "USD"), ("1e999 USD", "USD"), ("0001", "date"), ("2026-00", "date")],
)  # fmt: skip
def test_what_cannot_be_read_is_told(value: str, wanted: str) -> None:
    if (value, wanted) == ("0001", "date"):
        assert number(value, wanted=wanted).kind == "range"  # a year: odd, but a year
        return
    with pytest.raises(QuantityError) as caught:
        number(value, wanted=wanted)
    assert {finding.code for finding in caught.value.findings} == {"O521"}


@given(st.text(max_size=30), st.sampled_from(["USD", "date", "chip", "%", "1"]))
def test_any_text_is_read_or_told(text: str, wanted: str) -> None:
    try:
        found = read_outcome(text, "", "", "", wanted, date(2026, 1, 1))
    except QuantityError:
        return
    assert found.low <= found.value <= found.high
    assert not np.isnan(found.value)


@pytest.mark.parametrize(
    ("text", "holds"), [("true", 1), ("Yes", 1), ("1", 1), ("FALSE", 0), ("no", 0), ("failed", 0)]
)
def test_truth(text: str, holds: int) -> None:
    assert read_truth(text).value == holds


def test_half_a_truth_is_told() -> None:
    with pytest.raises(QuantityError, match="true or false"):
        read_truth("mostly")
