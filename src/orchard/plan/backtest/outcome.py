"""What came of something: a number or a date, a range of them, or only a bound that holds so far."""

from __future__ import annotations

import calendar
import re
from collections.abc import Sequence
from datetime import date, datetime
from typing import Literal, NamedTuple

from orchard import units
from orchard.errors import Finding, QuantityError
from orchard.plan.calendar import read_period, to_day

TRUE = ("true", "yes", "1", "holds", "held", "y", "t")
FALSE = ("false", "no", "0", "fails", "failed", "n", "f")

_ABOVE = re.compile(
    r"(?:>=?|≥|after|later than|more than|above|at least|not by|not yet by)\s*(.+)", re.IGNORECASE
)
_BELOW = re.compile(r"(?:<=?|≤|before|earlier than|less than|below|at most|by)\s*(.+)", re.IGNORECASE)
_NOT_YET = ("not yet", "none yet", "pending", "never", "-")
_RANGE = re.compile(r"(.+?)\s*(?:\.\.|\bto\b|–|\s-\s|(?<![eE\s])-(?=[$\d]))\s*(.+)")
_CURRENCY = re.compile(r"([+-]?)\s*(?:usd|us\$|\$)\s*", re.IGNORECASE)  # before a number
_MONTH = re.compile(r"(\d{4})-(\d{2})")
_GROUPED = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")
_WORDS = {"thousand": "k", "million": "M", "mn": "M", "billion": "G", "bn": "G", "trillion": "T", "tn": "T"}
_LETTERS = {"k": "k", "m": "M", "b": "G", "t": "T", "g": "G"}  # where B is no byte
_DOLLARS = ("usd", "$", "us$", "dollars", "dollar")
_DATES = ("%d %B %Y", "%d %b %Y", "%B %d, %Y", "%b %d, %Y", "%Y/%m/%d")
_MONTHS = ("%B %Y", "%b %Y")
_STARTS = re.compile(r"([+-]?[\d._]+(?:[eE][+-]?\d+)?)\s*(.*)")

_QUARTER = re.compile(r"(?:(\d{4})[- ]?q([1-4])|q([1-4])[- ]?(\d{4})|([1-4])q(\d{4}|\d{2}))", re.IGNORECASE)
_YEAR = re.compile(r"(?:fy|cy)?[- ]?(\d{4})", re.IGNORECASE)


class Outcome(NamedTuple):
    """An outcome from `low` to `high`, most likely `value`; of a bound the far end is infinite.

    Dates count in days. Whether a claim held is 1 or 0.
    """

    value: float
    low: float
    high: float
    kind: Literal["point", "range", "above", "below"] = "point"

    @classmethod
    def at(cls, value: float) -> Outcome:
        """One that is known exactly."""
        return cls(value, value, value)


def read_truth(text: str) -> Outcome:
    """Whether a claim held.

    Raises
    ------
    QuantityError
        O521: neither true nor false
    """
    word = text.strip().lower()
    if word in TRUE or word in FALSE:
        return Outcome.at(float(word in TRUE))
    raise _wrong(text, "true or false: whether the claim held")


def read_outcome(value: str, low: str, high: str, unit: str, wanted: str, known: date | None) -> Outcome:
    """What a row says came of a quantity whose unit is `wanted`.

    `value` may be a bound (``>2026-05-01``) or a range (``70..72 G USD``); ``not yet`` is a bound at the day
    `known`. A bare number is in `unit`, or else in coherent units.

    Raises
    ------
    QuantityError
        O521: not a number of this dimension, not a date, or ends of a range in the wrong order
    """
    if value.strip().lower() in _NOT_YET and wanted == "date":
        if known is None:
            raise _wrong(value, "when that was so, in the column known, or >2026-05-01")
        value = f">{known.isoformat()}"
    for pattern, kind in ((_ABOVE, "above"), (_BELOW, "below")):
        bound = pattern.fullmatch(value.strip())
        if bound:
            return _bounded(_read(bound[1], unit, wanted), above=kind == "above")
    middle = _read(value, unit, wanted) if value else None
    ends = [_read(text, unit, wanted) if text else None for text in (low, high)]
    first = ends[0].low if ends[0] else (middle.low if middle else None)
    last = ends[1].high if ends[1] else (middle.high if middle else None)
    if first is None or last is None:
        raise _wrong(value, "a value, or low and high")
    best = middle.value if middle else (first + last) / 2
    if not first <= best <= last:
        raise _wrong(f"{low}, {value}, {high}", "low <= value <= high")
    return Outcome(best, first, last, "point" if first == last else "range")


def _bounded(at: Outcome, *, above: bool) -> Outcome:
    """Known to lie above the end of `at`, or below its beginning."""
    if above:
        return Outcome(at.high, at.high, float("inf"), "above")
    return Outcome(at.low, -float("inf"), at.low, "below")


def _read(text: str, unit: str, wanted: str) -> Outcome:
    if wanted == "date":
        return _date(text.strip())
    span = _RANGE.fullmatch(text.strip())
    if span:
        last = _number(span[2], unit, wanted)
        first = _number(_with_unit(span[1], span[2]), unit, wanted)
        if first > last:
            raise _wrong(text, "the smaller first")
        return Outcome((first + last) / 2, first, last, "range")
    return Outcome.at(_number(text, unit, wanted))


def _date(text: str) -> Outcome:
    """A day; a month or a quarter is a range of days.

    >>> _date("31 March 2026") == _date("2026-03-31"), _date("March 2026") == _date("2026-03")
    (True, True)
    """
    month = _MONTH.fullmatch(text)
    try:
        named = _written(text, _MONTHS)
        if month or named:
            year, number = (named.year, named.month) if named else (int(text[:4]), int(text[5:]))
            first = to_day(date(year, number, 1))
            last = first + calendar.monthrange(year, number)[1] - 1
        else:
            day = _written(text, _DATES)
            period = read_period(day.isoformat() if day else text[:10] if "T" in text else as_period(text))
            first, last = to_day(period.start), to_day(period.end) - 1
    except (ValueError, QuantityError):
        raise _wrong(text, "a date, as 2026-03-31; a bound, as >2026-05-01; or a month, as 2026-03") from None
    return Outcome((first + last) // 2, first, last, "point" if first == last else "range")


def as_period(text: str) -> str:
    """A period as Orchard writes it, of the ways in which people write quarters and years.

    >>> as_period("Q4 2025"), as_period("2025Q4"), as_period("4Q25"), as_period("FY2025")
    ('2025-Q4', '2025-Q4', '2025-Q4', '2025')
    """
    text = text.strip()
    quarter = _QUARTER.fullmatch(text)
    if quarter:
        first, one, two, second, three, third = quarter.groups()
        year = first or second or third
        return f"{year if len(year) == 4 else '20' + year}-Q{one or two or three}"
    year_only = _YEAR.fullmatch(text)
    return year_only[1] if year_only else text


def read_day(text: str) -> date | None:
    """A day, in ISO or in one of the ways in which people write it; None for anything else.

    >>> read_day("2026-01-28"), read_day("Jan 28, 2026"), read_day("soon")
    (datetime.date(2026, 1, 28), datetime.date(2026, 1, 28), None)
    """
    try:
        return date.fromisoformat(text.strip()[:10])
    except ValueError:
        return _written(text.strip(), _DATES)


def _written(text: str, ways: Sequence[str]) -> date | None:
    """A date in one of several ways of writing it; None where it is in none of them."""
    for way in ways:
        try:
            return datetime.strptime(text, way).date()
        except ValueError:
            continue
    return None


def _number(text: str, unit: str, wanted: str) -> float:
    """A number in coherent units, of the ways in which people write one.

    >>> [_number(text, "", "USD") for text in ("$72.2B", "72.2 billion USD", "USD 72,200 million")]
    [72200000000.0, 72200000000.0, 72200000000.0]
    >>> _number("72.2", "billion USD", "USD"), _number("26", "%", "%")
    (72200000000.0, 0.26)
    """
    plain, dollars = _bare(text)
    start = _STARTS.fullmatch(_GROUPED.sub("", plain))
    if start is None:
        raise _wrong(text, f"a number in {wanted}, as {units.example(wanted)}")
    number, said = start[1], start[2] or ("" if dollars else unit)
    if start[2] and unit and _prefix(start[2]) and not _prefix(unit):
        said = f"{start[2]} {unit}"
    if dollars and not any(word in said.lower() for word in ("$", "usd")):
        said = f"{said} USD"
    try:
        return units.parse_as(f"{number} {_unit(said, wanted)}".strip(), wanted if said else "1")
    except units.UnitError as error:
        raise _wrong(text, f"a number in {wanted}, as {units.example(wanted)}", str(error)) from None


def _bare(text: str) -> tuple[str, bool]:
    """A number without the currency before it, and whether there was one.

    >>> _bare("-US$ 3 B"), _bare("3 B")
    (('-3 B', True), ('3 B', False))
    """
    before = _CURRENCY.match(text.strip())
    return (before[1] + text.strip()[before.end() :], True) if before else (text.strip(), False)


def _unit(said: str, wanted: str) -> str:
    """A unit as Orchard writes it: the prefix of words and letters, before the unit.

    >>> _unit("billion USD", "USD"), _unit("USD bn", "USD"), _unit("$B", "USD"), _unit("M", "chip")
    ('G USD', 'G USD', 'G USD', 'M chip')
    >>> _unit("GW", "W"), _unit("k GPUs", "chip"), _unit("", "USD")
    ('GW', 'k GPUs', '')
    """
    words = said.replace("$", " $ ").split()
    dollars = [word for word in words if word.lower() in _DOLLARS]
    others = [word for word in words if word.lower() not in _DOLLARS]
    if dollars and len(others) <= 1:
        return " ".join([*(_prefix(word) or word for word in others), "USD"])
    if len(words) == 1 and _prefix(said):
        return f"{_prefix(said)} {wanted}"
    return " ".join([_WORDS.get(words[0].lower(), words[0]), *words[1:]]) if words else ""


def _prefix(word: str) -> str:
    """The prefix that a word or a letter stands for; empty where it is none."""
    return _WORDS.get(word.lower()) or _LETTERS.get(word.lower(), "")


def _with_unit(first: str, last: str) -> str:
    """The first end of a range with the unit of the last, where it has none."""
    one, other = (_STARTS.fullmatch(_GROUPED.sub("", _bare(text)[0])) for text in (first, last))
    return f"{first} {other[2]}" if one and other and not one[2] else first


def _wrong(found: str, wanted: str, why: str = "") -> QuantityError:
    shown = f"the value {found[:60]!r}" if found.strip(" ,") else "no value"
    return QuantityError(Finding("O521", "", "", shown if not why else why[:120], wanted))
