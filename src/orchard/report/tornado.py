"""The bars of a tornado: what the median is with one input at either end, on one axis for all."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from orchard.report.values import percent, read_date, show_amount, show_value, show_written

Answer = Mapping[str, Any]


class Bar(NamedTuple):
    """One input: what it is at its ends, the median at each, and their places on the axis, 0 to 1."""

    name: str
    ends: tuple[str, str]
    texts: tuple[str, str]
    places: tuple[float, float]
    holds: str


class Tornado(NamedTuple):
    """All bars, the widest first, and the place of the median as it is."""

    bars: list[Bar]
    middle: float


def tornado(answer: Answer) -> Tornado:
    """Place the bars of an explanation on one axis; never is its far end."""
    unit = str(answer["shown_in"])
    rows = [[_number(value) for value in bar["medians"]] for bar in answer["tornado"]]
    middle = _number(answer["p50"])
    known = [value for row in [*rows, [middle]] for value in row if value is not None]
    first, room = min(known, default=0.0), (max(known, default=0.0) - min(known, default=0.0)) or 1.0

    def place(value: float | None) -> float:
        return 1.0 if value is None else (value - first) / room

    facts = {row["key"]: row["fact"] for row in answer["behind"] if row["origin"] == "fact"}
    bars = [
        Bar(
            name=str(bar["name"]),
            ends=_ends(bar, facts.get(bar["key"])),
            texts=(show_value(bar["medians"][0], unit), show_value(bar["medians"][1], unit)),
            places=(place(row[0]), place(row[1])),
            holds=" to ".join(percent(share) for share in bar.get("holds") or ()),
        )
        for bar, row in zip(answer["tornado"], rows, strict=True)
    ]
    return Tornado(bars, place(middle))


def _ends(bar: Answer, fact: Answer | None) -> tuple[str, str]:
    """What an input is at the two ends of its bar, in words; a fact in the unit of its source."""
    if fact is not None:
        return show_written(fact["low"], fact["unit"]), show_written(fact["high"], fact["unit"])
    if bar["kind"] == "cause":
        return "p10", "p90"
    if bar["kind"] == "event":
        return "never", "always"
    return show_amount(bar["ends"][0], bar["unit"]), show_amount(bar["ends"][1], bar["unit"])


def _number(value: object) -> float | None:
    if isinstance(value, str):
        day = read_date(value)
        return None if day is None else float(day.toordinal())
    return float(value) if isinstance(value, int | float) else None
