"""The years of a plan in the terminal: medians at the end of each year, and when models come out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rich.text import Text

from orchard.report.signs import DIM, FINE, WIDE, Signs
from orchard.report.values import show_value
from orchard.units import factor

_WANTED = ("fleet.gpus", "fleet.chips", "fleet.it_power", "fleet.energised", "capex", "revenue", "cash")
_TIMELINE_ROWS = 5
_RELEASE_LINES = 2
_LEAST_SPARK = 8


def timeline(result: Mapping[str, Any], width: int, signs: Signs) -> list[Text]:
    """Lines of the chips, power and money of a plan, one column a year: its sum, or its end."""
    rows = _rows(result)
    years = sorted({year for series in rows for year in series["years"]})[:8]
    if not rows or not years:
        return []
    cell = 9 if width >= WIDE else 7
    room = width - cell * len(years) - (_LEAST_SPARK + 3 if width >= WIDE else 1)
    label = max(20, min(room, max(map(_label_size, rows))))
    spark = width - label - cell * len(years) - 3
    head = "median of the year".ljust(label) + "".join(year.rjust(cell) for year in years)
    return [Text(head, DIM), *(_series_line(series, years, label, cell, spark, signs) for series in rows)]


def _rows(result: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    known = [s for s in result.get("series") or () if any(v is not None for v in s.get("p50") or ())]
    wanted = [s for name in _WANTED for s in known if s["id"] == name]
    others = [s for group in ("chips", "power", "money") for s in known if s.get("group") == group]
    rest = [s for s in others if s not in wanted] if len(wanted) < 3 else []
    return [*wanted, *rest][:_TIMELINE_ROWS]


def _label_size(series: Mapping[str, Any]) -> int:
    return max(len(str(series["title"])) + len("G USD") + 3, len("median of the year") + 1)


def _series_line(
    series: Mapping[str, Any], years: Sequence[str], label: int, cell: int, spark: int, signs: Signs
) -> Text:
    points = [float(value) for value in series["p50"] if value is not None]
    last = {year: float(point[1]) for year, point in series["years"].items() if point[1] is not None}
    unit, size = _scale(max(last.values(), key=abs), str(series["unit"]))
    title, room = str(series["title"]), label - len(unit) - 2
    title = title if len(title) <= room else title[: room - 1].rstrip() + signs.cut
    line = Text.assemble(title, (f", {unit}" if unit else "", DIM))
    line.append(" " * (label - line.cell_len))
    for year in years:
        text = f"{last[year] / size:.3g}".replace("-", "−") if year in last else signs.dot
        line.append(" " + text.rjust(cell - 1))
    if spark >= _LEAST_SPARK:
        line.append("   " + sparkline(points, min(spark, 24), signs.spark), "cyan")
    return line


def _scale(largest: float, unit: str) -> tuple[str, float]:
    """Unit in which the largest value of a row reads well, and its size in coherent units.

    >>> _scale(5.1e6, "chip"), _scale(8.1e9, "W"), _scale(0.74, "1")
    (('M chips', 1000000.0), ('GW', 1000000000.0), ('', 1.0))
    """
    word = show_value(largest, unit).partition(" ")[2]
    return (word, factor(word)) if word else ("", 1.0)


def sparkline(values: Sequence[float], width: int, blocks: str = FINE.spark) -> str:
    """Draw values as blocks of eight heights, from the smallest (or zero) to the largest.

    >>> sparkline([0, 1, 2, 3, 4, 5, 6, 7], 8)
    '▁▂▃▄▅▆▇█'
    """
    if not values:
        return ""
    count = min(width, len(values))
    picked = [values[round((index + 1) * len(values) / count) - 1] for index in range(count)]
    low, high = min(0.0, min(picked)), max(0.0, max(picked))
    span = (high - low) or 1.0
    return "".join(blocks[min(7, int((value - low) / span * 7.999))] for value in picked)


def releases(result: Mapping[str, Any], width: int, signs: Signs) -> Iterator[Text]:
    """Release of every run (its last milestone where none is named so), on two lines at most."""
    entries = [_release(run, width, signs) for run in result.get("runs") or () if run.get("milestones")]
    label = "releases  "
    line, lines = Text(label, DIM), 1
    for index, entry in enumerate(entries):
        if index and line.cell_len + len(entry) > width - 2:
            if lines == _RELEASE_LINES:
                line.append(signs.cut, DIM)
                break
            yield line
            line, lines = Text(" " * len(label)), lines + 1
        line.append(entry + "  ", "default")
    if entries:
        yield line


def _release(run: Mapping[str, Any], width: int, signs: Signs) -> str:
    miles = list(run["milestones"])
    named = [mile for mile in miles if "release" in str(mile["name"]).lower()] or miles
    low, mid, high = named[-1]["date"]
    spread = "" if low == high or width < WIDE else f" ({_short(low)} to {_short(high)})"
    return f"{signs.diamond} {run['model']} {_short(mid)}{spread}"


def _short(day: str | None) -> str:
    return str(day)[:7] if day else "never"
