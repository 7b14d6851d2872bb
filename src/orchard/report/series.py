"""Quantities over time: one panel for each, the median as a line inside its 80 % band."""

from __future__ import annotations

import html
import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from orchard.report import theme
from orchard.report.values import read_date, show_date, show_range, show_value

Series = Mapping[str, Any]

GROUPS = {
    "chips": "Chips",
    "power": "Power",
    "money": "Money",
    "serving": "Serving",
    "models": "Models",
}
_APART = ("cash", "sites")  # shown in sections of their own
_HEIGHT = 260
_TICKS = 4
_STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)


class Label(NamedTuple):
    """What stands above a panel for each of its lines."""

    title: str
    place: int
    value: str
    range: str


class Panel(NamedTuple):
    """One chart with its heading, its lines in words, its figure and its table."""

    id: str
    title: str
    last: str
    labels: list[Label]
    figure: theme.Figure | None
    aria: str
    heads: list[str]
    rows: list[list[str]]
    notes: list[str]


def panels(result: Mapping[str, Any]) -> list[tuple[str, list[Panel]]]:
    """All panels by group. Series of one group, unit and first word of the id share a panel."""
    groups: dict[str, dict[tuple[str, str], list[Series]]] = {}
    for series in result.get("series") or ():
        if series.get("group") in _APART:
            continue
        head, dot, _ = str(series["id"]).partition(".")
        key = (head if dot else str(series["id"]), str(series["unit"]))
        groups.setdefault(str(series.get("group") or "other"), {}).setdefault(key, []).append(series)
    order = [*GROUPS, *(name for name in groups if name not in GROUPS)]
    as_of = str((result.get("programme") or {}).get("as_of") or "")
    return [
        (GROUPS.get(name, name.capitalize()), [
            _panel(rows[start : start + theme.MAX_SERIES], as_of)
            for rows in groups[name].values()
            for start in range(0, len(rows), theme.MAX_SERIES)
        ])
        for name in order
        if name in groups
    ]  # fmt: skip


def _panel(members: Sequence[Series], as_of: str) -> Panel:
    drawn = [series for series in members if _known(series)]
    title = _join([_titled(series) for series in members])
    labels = [_label(series, index) for index, series in enumerate(drawn)]
    by_quarter = "quarter" in str(members[0].get("note"))
    last = show_date(read_date(_last(drawn[0])[0])) if drawn else ""
    last = f"in the quarter to {last}" if by_quarter else f"at {last}"
    words = "; ".join(f"{label.title}: median {label.value}, 80 % interval {label.range}" for label in labels)
    return Panel(
        id="chart-" + "-".join(str(members[0]["id"]).split(".")),
        title=title,
        last=last,
        labels=labels,
        figure=_figure(drawn, as_of) if drawn else None,
        aria=f"{title} over time. {last[:1].upper() + last[1:]}: {words}."
        if drawn
        else f"{title}: no values.",
        heads=[
            "Year" if by_quarter else "At the end of",
            *(f"{series['title']}" for series in drawn),
        ],
        rows=_table(drawn),
        notes=list(dict.fromkeys(str(series["note"]) for series in members if series.get("note"))),
    )


def _join(titles: list[str]) -> str:
    head, colon, _ = titles[0].partition(": ")
    rest = [text.removeprefix(head + colon) if colon else text for text in titles[1:]]
    later = [text[:1].lower() + text[1:] if text[1:2].islower() else text for text in rest]
    return " and ".join(dict.fromkeys([titles[0], *later]))


def _titled(series: Series) -> str:
    title = str(series["title"])
    return title[:1].upper() + title[1:]


def _known(series: Series) -> bool:
    return any(value is not None for value in series.get("p50") or ())


def _points(series: Series) -> list[tuple[str, Any, Any, Any]]:
    return list(zip(series["dates"], series["p10"], series["p50"], series["p90"], strict=False))


def _last(series: Series) -> tuple[str, Any, Any, Any]:
    return [point for point in _points(series) if point[2] is not None][-1]


def _label(series: Series, index: int) -> Label:
    _, low, mid, high = _last(series)
    unit = str(series["unit"])
    return Label(_titled(series), index, show_value(mid, unit), show_range(low, high, unit))


def _figure(drawn: Sequence[Series], as_of: str) -> theme.Figure:
    dates = sorted(str(day)[:10] for series in drawn for day in series["dates"])
    values = [v for s in drawn for key in ("p10", "p50", "p90") for v in s[key] if v is not None]
    layout = theme.layout(_HEIGHT)
    layout["xaxis"] = theme.date_axis(_year_start(dates[0]), dates[-1])
    low, high, unit = min(values), max(values), str(drawn[0]["unit"])
    ticks = spread_ticks(min(low, 0.0), max(high, 0.0))
    layout["yaxis"] = _value_axis(low, high, ticks)
    texts = [tick_text(tick, unit, tick == ticks[-1], low < 0) for tick in ticks]
    layout["annotations"] = [tick_note(tick, text) for tick, text in zip(ticks, texts, strict=True) if text]
    if read_date(as_of) and dates[0] <= as_of <= dates[-1]:
        shape, note = theme.as_of_line(as_of, "as of")
        layout["shapes"] = [shape]
        layout["annotations"].append(note)
    traces = [trace for index, series in enumerate(drawn) for trace in _traces(series, index, len(drawn))]
    return {"data": traces, "layout": layout}


def _year_start(day: str) -> str:
    """Start the axis with the year when the first week lies in it, so that the year gets its label."""
    return f"{day[:4]}-01-01" if day[5:] <= "01-10" else day


def _traces(series: Series, index: int, count: int) -> list[theme.Figure]:
    points = _points(series)
    days = [str(point[0])[:10] for point in points]
    edge = {"x": days, "mode": "lines", "line": {"width": 0}, "hoverinfo": "skip", "type": "scatter"}
    low = edge | {"y": [_round(point[1]) for point in points]}
    high = edge | {"y": [_round(point[3]) for point in points], "fill": "tonexty",
                   "fillcolor": theme.band_colour(index)}  # fmt: skip
    head = f"{html.escape(str(series['title']))}: " if count > 1 else ""
    unit = str(series["unit"])
    middle = {
        "type": "scatter",
        "mode": "lines",
        "x": days,
        "y": [_round(point[2]) for point in points],
        "line": {"color": theme.line_colour(index), "width": 2},
        "text": [f"<b>{show_value(p[2], unit)}</b>  ({show_range(p[1], p[3], unit)})" for p in points],
        "hovertemplate": f"{head}%{{text}}<extra></extra>",
    }
    return [low, high, middle]


def _round(value: float | None) -> float | None:
    return None if value is None or not math.isfinite(value) else float(f"{value:.5g}")


def _value_axis(low: float, high: float, ticks: Sequence[float]) -> theme.Figure:
    return {
        "range": [min(low * 1.05, ticks[0]), max(ticks[-1], high) * 1.12 or 1.0],
        "tickvals": list(ticks),
        "showticklabels": False,
        "showgrid": True,
        "gridcolor": theme.HAIRLINE,
        "gridwidth": 1,
        "zeroline": low < 0,
        "zerolinecolor": theme.MUTED,
        "zerolinewidth": 1,
        "fixedrange": True,
    }


def tick_note(tick: float, text: str) -> theme.Figure:
    """Label above a grid line, inside the chart, so that a narrow screen loses no width to it."""
    return {
        "x": 0,
        "xref": "paper",
        "xanchor": "left",
        "y": tick,
        "yref": "y",
        "yanchor": "bottom",
        "text": text,
        "showarrow": False,
        "borderpad": 0,
        "font": {"size": 12, "color": theme.MUTED},
    }


def spread_ticks(low: float, high: float) -> list[float]:
    """Round values from `low` to `high`, about four.

    >>> spread_ticks(0.0, 4.2)
    [0.0, 1.0, 2.0, 3.0, 4.0]
    """
    span = high - low
    if span <= 0 or not math.isfinite(span):
        return [0.0, high or 1.0]
    power = 10.0 ** math.floor(math.log10(span / _TICKS))
    step = next(power * size for size in _STEPS if power * size >= span / _TICKS * 0.8)
    first = math.ceil(low / step - 1e-9)
    return [index * step for index in range(first, math.floor(high / step + 1e-9) + 1)]


def tick_text(value: float, unit: str, full: bool, below: bool = False) -> str:
    """Label of a tick; the unit's word only on the topmost one, zero only where something is `below`.

    >>> tick_text(1.5e6, "chip", full=True), tick_text(1.5e6, "chip", full=False)
    ('1.5 M chips', '1.5 M')
    """
    text = show_value(value, unit)
    if value == 0:
        return "0" if below else ""
    words = text.split(" ")
    return text if full or len(words) < 3 else " ".join(words[:2])


def _table(drawn: Sequence[Series]) -> list[list[str]]:
    """Row for every year: the year, then median and interval of every line."""
    years = sorted({year for series in drawn for year in series["years"]})
    return [[year, *(_cell(s["years"].get(year), str(s["unit"])) for s in drawn)] for year in years]


def _cell(point: Sequence[float | None] | None, unit: str) -> str:
    if point is None or point[1] is None:
        return "–"
    return f"{show_value(point[1], unit)} ({show_range(point[0], point[2], unit)})"
