"""The section on failures: how often each run is interrupted, what that costs it, and by what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from orchard import units
from orchard.report.failures import CLASSES
from orchard.report.values import percent, plain, show_range, show_value

Points = Sequence[float | None]

_DIGITS = 2


class Cause(NamedTuple):
    """A class of failures, and its share in words and as a width in percent."""

    name: str
    share: str
    width: str


class Section(NamedTuple):
    """A run a row: its name, then the middle and the interval of each column; and what interrupts them."""

    heads: list[str]
    rows: list[tuple[str, list[tuple[str, str]]]]
    causes: list[Cause]


def section(result: Mapping[str, Any]) -> Section | None:
    """What the page shows of failures; None where no run of the answer can fail."""
    runs = list(result.get("failures") or ())
    if not runs:
        return None
    rows = [(str(run["title"]), _cells(run)) for run in runs]
    heads = ["Run", "Chips it uses", "Hours between interruptions", "Interruptions", "Goodput"]
    return Section(heads, rows, _causes(runs[0].get("causes") or {}))


def _cells(run: Mapping[str, Any]) -> list[tuple[str, str]]:
    hours = [None if value is None else value / units.factor("h") for value in run["between_s"]]
    low, middle, high = run["chips"]
    return [
        (show_value(middle, "chip"), show_range(low, high, "chip") if low != high else ""),
        _cell(hours),
        _cell(run["interruptions"]),
        _cell(run["goodput"], share=True),
    ]


def _cell(points: Points, share: bool = False) -> tuple[str, str]:
    """A median and its interval, which is left out where it has no width; never is infinite."""
    low, middle, high = (_written(value, share) for value in points)
    return middle, "" if low == high else f"{low} – {high}"


def _written(value: float | None, share: bool) -> str:
    if value is None:
        return "∞"
    return percent(value) if share else plain(float(f"{value:.{_DIGITS}g}"), _DIGITS)


def _causes(shares: Mapping[str, float]) -> list[Cause]:
    """The classes from the most frequent on, the longest bar as wide as there is room."""
    most = max(shares.values(), default=0.0)
    ranked = sorted(shares.items(), key=lambda item: (-item[1], item[0]))
    return [
        Cause(CLASSES[name], percent(share), f"{share / most * 100:.1f}") for name, share in ranked if share
    ]
