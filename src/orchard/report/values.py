"""How numbers and dates of a result are written for people.

A result holds floats in coherent units, ISO dates, and nulls. A null date means that the event
does not happen within the horizon; any other null means that nobody knows.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from datetime import date
from typing import Any

from orchard.units import show

Value = float | int | str | None

# Units in which a large number reads better with a prefix, as in "70.9 G USD".
_COHERENT = ("USD", "W", "J", "B", "FLOP", "FLOP/s", "B/s", "chip", "token", "person", "s")

_MEASURE = re.compile(r"\d (?:[kMGTPE] \w+|%|[kMGTP]?W\b|[A-Z]*FLOP|USD|d\b|days?\b|weeks?\b|y\b)")
_LARGE_FLOP = 1e21  # from here powers of ten read better than prefixes

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def in_shown_units(result: dict[str, Any]) -> dict[str, Any]:
    """The same result with claims and timelines in the units people read: shares in percent."""

    def shown(entry: dict[str, Any]) -> dict[str, Any]:
        return entry | {"unit": entry.get("shown_in") or entry.get("unit")}

    rows = {name: [shown(entry) for entry in result.get(name) or ()] for name in ("claims", "series")}
    return result | rows


def read_date(text: object) -> date | None:
    """Read an ISO date, with or without a time; None for anything else.

    >>> read_date("2026-03-31T00:00:00"), read_date("soon"), read_date(None)
    (datetime.date(2026, 3, 31), None, None)
    """
    try:
        return date.fromisoformat(str(text)[:10])
    except ValueError:
        return None


def show_date(day: date | None) -> str:
    """Write a date the long way: ``31 Mar 2026``.

    >>> show_date(date(2026, 3, 31))
    '31 Mar 2026'
    """
    return "never" if day is None else f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def show_value(value: Value, unit: str) -> str:
    """Write a coherent value or an ISO date.

    >>> show_value(1.3e6, "chip"), show_value("2026-03-31", "date"), show_value(None, "date")
    ('1.3 M chips', '31 Mar 2026', 'never')
    >>> show_value(-3.2e9, "USD"), show_value(None, "W")
    ('−3.2 G USD', '–')
    >>> show_value(5.2e26, "FLOP")
    '5.2 × 10²⁶ FLOP'
    """
    if unit == "date":
        return show_date(read_date(value))
    if value is None:
        return "–"
    if isinstance(value, str):
        return value
    if unit == "FLOP" and value >= _LARGE_FLOP:
        return f"{plain(value, 2)} FLOP"
    return show(float(value), unit).replace("-", "−", 1) if value < 0 else show(float(value), unit)


def show_points(values: Sequence[Value], unit: str) -> list[str]:
    """Write p10, median and p90; the ends without their unit where it is that of the median.

    >>> show_points((0.62e9, 0.91e9, 1.14e9), "W"), show_points((4e25, 5e26, 3e27), "FLOP")
    (['620', '910 MW', '1.14 GW'], ['4 × 10²⁵', '5 × 10²⁶ FLOP', '3 × 10²⁷'])
    """
    low, mid, high = (show_value(value, unit) for value in values)
    if unit == "date":
        return [low, mid, high]
    tail = f" {unit}" if "×" in mid else " " + mid.partition(" ")[2]
    return [low.removesuffix(tail), mid, high.removesuffix(tail)] if tail.strip() else [low, mid, high]


def show_range(low: Value, high: Value, unit: str) -> str:
    """Write an interval, the unit once where both ends share it.

    >>> show_range(70e9, 72e9, "USD"), show_range(0.8e9, 1.2e9, "W")
    ('70 – 72 G USD', '800 MW – 1.2 GW')
    """
    first, last = show_value(low, unit), show_value(high, unit)
    if first == last:
        return first
    head, _, tail = first.partition(" ")
    if tail and unit != "date" and last.partition(" ")[2] == tail:
        first = head
    return f"{first} – {last}"


def show_written(value: Value, unit: str) -> str:
    """Write a value that is counted in `unit`, as facts are: ``kW/chip``, ``k chips``.

    >>> show_written(1.4, "kW/chip"), show_written(26, "%"), show_written(1300.0, "k chips")
    ('1.4 kW/chip', '26 %', '1\u202f300 k chips')
    >>> show_written(70.9e9, "USD"), show_written("2025-12-31", "date"), show_written(0.38, "1")
    ('70.9 G USD', '31 Dec 2025', '0.38')
    """
    if value is None:
        return ""
    if isinstance(value, str):
        day = read_date(value) if unit == "date" else None
        return show_date(day) if day else value
    if unit in _COHERENT:
        return show_value(value, unit)
    text = plain(float(value))
    return text if unit in ("", "1") else f"{text} {unit}"


# Rates whose coherent unit nobody reads: what they are written in, and how many coherent units that is.
_READ_IN = {"USD/s": ("USD/d", 86_400.0), "USD/J": ("USD/MWh", 3.6e9)}


def show_amount(value: Value, unit: str) -> str:
    """Write a coherent value of any entry of a programme, as assumptions are given.

    >>> show_amount(0.8, "%"), show_amount(54e3, "USD/chip"), show_amount(92.5925926, "USD/s")
    ('80 %', '54 k USD/chip', '8 M USD/d')
    >>> show_amount(1.5277778e-8, "USD/J"), show_amount(0.6, "image/s/chip"), show_amount(-864000.0, "s")
    ('55 USD/MWh', '0.6 image/s/chip', '−10 d')
    """
    if not isinstance(value, (int, float)):
        return show_value(value, unit)
    if unit in _READ_IN:
        written, size = _READ_IN[unit]
        return show_value(value * size, "USD") + written.removeprefix("USD")
    if unit not in _COHERENT and unit != "%" and abs(value) < 1:
        return show_written(value, unit)
    return show_value(value, unit)


def plain(value: float, digits: int = 4) -> str:
    """Write a bare number: at least `digits` figures, thousands apart, powers of ten as such.

    >>> plain(71.04), plain(23980.0), plain(0.000012), plain(-2.5), plain(4e25)
    ('71.04', '23\u202f980', '1.2 × 10⁻⁵', '−2.5', '4 × 10²⁵')
    """
    if not math.isfinite(value):
        return "–" if math.isnan(value) or value < 0 else "∞"
    size = abs(value)
    if size and not 1e-4 <= size < 1e9:
        mantissa, _, power = f"{value:.{digits - 1}e}".partition("e")
        raised = str(int(power)).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))
        return f"{_trim(mantissa)} × 10{raised}".replace("-", "−")
    decimals = max(0, digits - 1 - math.floor(math.log10(size))) if size else 0
    return _trim(f"{value:,.{decimals}f}").replace(",", "\u202f").replace("-", "−")


def keep_together(text: str) -> str:
    """Bind numbers to their units in running text, so that no line breaks between them.

    >>> keep_together("two halls, 1.8 G USD").count("\u00a0")
    2
    """
    return _MEASURE.sub(lambda match: match.group().replace(" ", "\u00a0"), text)


def percent(share: float) -> str:
    """Write a probability; never a certainty that the samples do not carry.

    >>> percent(0.834), percent(0.9996), percent(1.0), percent(0.0004), percent(0.0)
    ('83 %', '> 99 %', '100 %', '< 1 %', '0 %')
    """
    if 0.995 <= share < 1:
        return "> 99 %"
    return "< 1 %" if 0 < share < 0.005 else f"{share * 100:.0f} %"


def _trim(text: str) -> str:
    return text.rstrip("0").rstrip(".") if "." in text else text
