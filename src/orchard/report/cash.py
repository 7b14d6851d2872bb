"""The section on cash: what comes in, what it costs, what is built, what is left, by year."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from orchard.report import theme
from orchard.report.series import Label, spread_ticks, tick_note, tick_text
from orchard.report.values import show_range, show_value
from orchard.units import factor

_HEIGHT = 240
_ALIKE = 1e-6
_ROOM = 0.8  # of a category, left of the first, for the labels of the axis
_CLASSES = ("chips", "servers", "network", "building", "power", "land")
_FLOWS = ("revenue", "costs", "capex")
_LEFT = ("cash.free", "cash", "cash.net")
_WORDS = {
    "revenue": "Revenue",
    "costs": "Operating costs",
    "depreciation": "of which depreciation",
    "income": "Operating income",
    "capex": "Capital expenditure",
    "capex.chips": "chips",
    "capex.servers": "servers",
    "capex.network": "network",
    "capex.building": "buildings",
    "capex.power": "power and cooling",
    "capex.land": "land",
    "cash.free": "Free cash",
    "cash": "Cash at the year's end",
    "cash.net": "less debt",
}
_SUMS = ("revenue", "income", "capex", "cash.free")

Series = Mapping[str, Any]


class Cell(NamedTuple):
    """A median and its 80 % interval, written without their unit."""

    middle: str
    range: str


class Row(NamedTuple):
    """A line of the table."""

    title: str
    kind: str  # `sum`, `part` of the line above, or plain
    cells: list[Cell]


class Chart(NamedTuple):
    """One chart with its heading and its lines in words."""

    id: str
    title: str
    labels: list[Label]
    figure: theme.Figure
    aria: str


class Section(NamedTuple):
    """Charts and table of the section."""

    intro: str
    unit: str
    years: list[str]
    panels: list[Chart]
    rows: list[Row]


def section(result: Mapping[str, Any]) -> Section | None:
    """What the page shows of cash; None where the answer holds no books."""
    known = {str(entry["id"]): entry for entry in result.get("series") or () if entry.get("years")}
    if "cash.free" not in known or not any(_middles(known["cash.free"])):
        return None
    years = sorted(known["cash.free"]["years"])
    parts = [known[f"capex.{name}"] for name in _CLASSES if f"capex.{name}" in known]
    found = [
        _lines("money", "", [known[name] for name in _FLOWS if name in known]),
        _stack(
            "capital", "Capital expenditure by class", [part for part in parts if any(_middles(part))], years
        ),
        _lines("left", " of the year", [known[name] for name in _LEFT if name in known]),
    ]
    unit, size = _unit(known.values())
    rows = [_row(name, known, years, size) for name in _WORDS if name in known]
    intro = (
        "Median by year; the band and the small figures hold eight futures in ten. "
        "Capital expenditure counts when it is paid; depreciation when what it bought is in service."
    )
    return Section(intro, unit, years, [chart for chart in found if chart], rows)


def _row(name: str, known: Mapping[str, Series], years: Sequence[str], size: float) -> Row:
    title, kind = _WORDS[name], "line"
    if name in _SUMS:
        kind = "sum"
    elif name == "depreciation" and "costs" not in known:
        title = "Depreciation"
    elif "." in name or name == "depreciation":
        kind = "part"
    return Row(title, kind, _cells(known[name], years, size))


def _middles(entry: Series) -> list[float]:
    return [point[1] for point in entry["years"].values() if point[1] is not None]


def _unit(entries: Any) -> tuple[str, float]:
    """The unit in which all of a table is written, and its size."""
    largest = max(
        (abs(value) for entry in entries for value in _middles(entry) if entry["unit"] == "USD"), default=0
    )
    word = show_value(largest, "USD").partition(" ")[2] or "USD"
    return word, factor(word)


def _cells(entry: Series, years: Sequence[str], size: float) -> list[Cell]:
    cells = []
    for year in years:
        low, middle, high = entry["years"].get(year) or (None, None, None)
        if low is None or middle is None or high is None:
            cells.append(Cell("\N{EN DASH}", ""))
            continue
        spread = "" if _alike(low, middle, high) else f"{_number(low / size)} to {_number(high / size)}"
        cells.append(Cell(_number(middle / size), spread))
    return cells


def _alike(low: float, middle: float, high: float) -> bool:
    """Whether there is no interval to speak of."""
    return abs(high - low) <= abs(middle) * _ALIKE


def _number(value: float) -> str:
    """Write a number of a table: three digits at most, a true minus.

    >>> _number(71.24), _number(-0.5), _number(143.9)
    ('71.2', '\u22120.5', '144')
    """
    text = f"{value:.3g}" if abs(value) < 100 else f"{value:.0f}"
    return text.replace("-", "\u2212")


def _lines(name: str, first: str, entries: Sequence[Series]) -> Chart | None:
    """Lines of medians in their bands; `first` goes behind the first name in the title."""
    entries = [entry for entry in entries if _middles(entry)]
    if not entries:
        return None
    traces = [trace for index, entry in enumerate(entries) for trace in _band(entry, index)]
    labels = [_label(entry, index) for index, entry in enumerate(entries)]
    head, *rest = [label.title for label in labels]
    words = [head + first, *(word[:1].lower() + word[1:] for word in rest)]
    title = " and ".join([part for part in (", ".join(words[:-1]), words[-1]) if part])
    values = [v for entry in entries for point in entry["years"].values() for v in point if v is not None]
    return _chart(name, title, labels, traces, (min(values), max(values)), str(entries[0]["unit"]))


def _band(entry: Series, index: int) -> list[theme.Figure]:
    years = [year for year, point in sorted(entry["years"].items()) if point[1] is not None]
    low, middle, high = ([entry["years"][year][place] for year in years] for place in range(3))
    unit = str(entry["unit"])
    edge = {"x": years, "type": "scatter", "mode": "lines", "line": {"width": 0}, "hoverinfo": "skip"}
    texts = [
        f"<b>{show_value(m, unit)}</b>  ({show_range(a, b, unit)})"
        for a, m, b in zip(low, middle, high, strict=True)
    ]
    return [
        edge | {"y": low},
        edge | {"y": high, "fill": "tonexty", "fillcolor": theme.band_colour(index)},
        {
            "x": years, "y": middle, "type": "scatter", "mode": "lines+markers", "text": texts,
            "line": {"color": theme.line_colour(index), "width": 2}, "marker": {"size": 5},
            "hovertemplate": f"{html.escape(_word(entry))}: %{{text}}<extra></extra>",
        },
    ]  # fmt: skip


def _stack(name: str, title: str, entries: Sequence[Series], years: Sequence[str]) -> Chart | None:
    """Bars of medians on each other; the smallest parts are one."""
    if not entries:
        return None
    ranked = sorted(entries, key=lambda entry: -sum(_middles(entry)))
    shown = [*([entry] for entry in ranked[: len(theme.SERIES) - 1]), ranked[len(theme.SERIES) - 1 :]]
    traces, labels, unit = [], [], str(entries[0]["unit"])
    total = [0.0] * len(years)
    for index, members in enumerate(group for group in shown if group):
        words = " and ".join(_word(member) for member in members)
        heights = [sum(float(member["years"][year][1] or 0) for member in members) for year in years]
        total = [below + height for below, height in zip(total, heights, strict=True)]
        texts = [f"<b>{show_value(height, unit)}</b>" for height in heights]
        traces.append({
            "x": list(years), "y": heights, "type": "bar", "text": texts, "textposition": "none",
            "marker": {"color": theme.line_colour(index)}, "width": 0.6,
            "hovertemplate": f"{html.escape(words)}: %{{text}}<extra></extra>",
        })  # fmt: skip
        labels.append(Label(words[:1].upper() + words[1:], index, show_value(heights[-1], unit), ""))
    chart = _chart(name, title, labels, traces, (0.0, max(total)), unit)
    chart.figure["layout"]["barmode"] = "stack"
    return chart


def _chart(
    name: str,
    title: str,
    labels: list[Label],
    traces: list[theme.Figure],
    reach: tuple[float, float],
    unit: str,
) -> Chart:
    ticks = spread_ticks(min(reach[0], 0.0), max(reach[1], 0.0))
    layout = theme.layout(_HEIGHT)
    layout["xaxis"] = {
        "type": "category", "range": [-_ROOM, len(traces[-1]["x"]) - 0.6], "showgrid": False,
        "zeroline": False, "showline": True, "linecolor": theme.MUTED, "fixedrange": True,
    }  # fmt: skip
    layout["yaxis"] = {
        "range": [min(reach[0] * 1.05, ticks[0]), max(ticks[-1], reach[1]) * 1.12 or 1.0],
        "tickvals": ticks, "showticklabels": False, "gridcolor": theme.HAIRLINE, "zeroline": reach[0] < 0,
        "zerolinecolor": theme.MUTED, "fixedrange": True,
    }  # fmt: skip
    layout["annotations"] = [
        tick_note(tick, text)
        for tick in ticks if (text := tick_text(tick, unit, tick == ticks[-1], reach[0] < 0))
    ]  # fmt: skip
    words = "; ".join(f"{label.title}: {label.value} {label.range}".strip() for label in labels)
    return Chart(
        f"chart-cash-{name}",
        title,
        labels,
        {"data": traces, "layout": layout},
        f"{title}. Last year: {words}.",
    )


def _label(entry: Series, index: int) -> Label:
    low, middle, high = [point for _, point in sorted(entry["years"].items()) if point[1] is not None][-1]
    unit = str(entry["unit"])
    word = _word(entry)
    spread = "" if _alike(low, middle, high) else show_range(low, high, unit)
    return Label(word[:1].upper() + word[1:], index, show_value(middle, unit), spread)


def _word(entry: Series) -> str:
    return _WORDS.get(str(entry["id"]), str(entry["title"]))
