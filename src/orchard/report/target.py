"""Where a claim holds: the part of the axis that its comparison allows."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Any, NamedTuple

from orchard.report.values import read_date, show_range, show_value
from orchard.units import NONE, UnitError, parse

_COMPARISON = re.compile(r"(<=|>=|==|<|>|=|≤|≥|\bin\b)")
_UNIT = re.compile(r"^[\s\d_.eE+-]+")
_SIGNS = {"<=": "≤", ">=": "≥", "<": "<", ">": ">", "≤": "≤", "≥": "≥"}


class Target(NamedTuple):
    """Lowest and highest coordinate at which the claim holds; None where it is open."""

    low: float | None
    high: float | None
    label: str


def coordinate(value: object, unit: str) -> float | None:
    """Place of a value on an axis: dates count in days; None for a date that never comes.

    >>> coordinate("1970-01-02", "date") - coordinate("1970-01-01", "date")
    1.0
    """
    if unit == "date":
        day = read_date(value)
        return None if day is None else float(day.toordinal())
    if isinstance(value, (int, float)) and abs(value) < float("inf"):
        return float(value)
    return None


def read_target(claim: Mapping[str, Any]) -> Target | None:
    """Read the right-hand side of a claim; None when it is not a number or a date.

    >>> read_target({"statement": "capex@2025 in 70..72 G USD", "target": "70..72 G USD", "unit": "USD"})
    Target(low=70000000000.0, high=72000000000.0, label='70 – 72 G USD')
    >>> read_target({"statement": "fleet.gpus@2025-12-31 >= 1.3e6", "target": "1.3e6", "unit": "chip"}).label
    '≥ 1.3 M chips'
    >>> read_target({"statement": "a.flop > b.flop", "target": "b.flop", "unit": "FLOP"}) is None
    True
    """
    unit = str(claim.get("unit") or "1")
    text = str(claim.get("target") or "")
    found = _COMPARISON.search(str(claim.get("statement") or ""))
    sign = found.group(1) if found else "="
    text = _COMPARISON.sub("", text, count=1).strip() if _COMPARISON.match(text) else text.strip()
    low, dots, high = text.partition("..")
    first, last = _read(low, unit, beside=high), _read(high, unit) if dots else None
    if first is None and claim.get("against"):  # a quantity: its median
        first = coordinate(claim["against"][1], unit)
    if first is None or (dots and last is None):
        return None
    if dots:
        return Target(first, last, show_range(_back(first, unit), _back(last, unit), unit))
    label = show_value(_back(first, unit), unit)
    if sign not in _SIGNS:
        return Target(first, first, label)
    if sign in ("<", "<=", "≤"):
        words = ("by " if sign != "<" else "before ") if unit == "date" else f"{_SIGNS[sign]} "
        return Target(None, first, words + label)
    return Target(first, None, ("from " if unit == "date" else f"{_SIGNS[sign]} ") + label)


def _read(text: str, unit: str, beside: str = "") -> float | None:
    if unit == "date":
        return coordinate(text.strip(), "date")
    try:
        quantity = parse(text)
        if quantity.dimension == NONE and beside:
            quantity = parse(f"{text} {_UNIT.sub('', beside)}")
    except UnitError:
        return None
    return quantity.value


def _back(place: float | None, unit: str) -> float | str | None:
    if place is None or unit != "date":
        return place
    return date.fromordinal(round(place)).isoformat()
