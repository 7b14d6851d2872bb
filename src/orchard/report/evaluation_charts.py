"""Charts of a judged model: bits per byte beside xz, right answers beside chance, each with its interval."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from typing import Any

from orchard.report import theme
from orchard.report.evaluation import number, share, span
from orchard.report.series import spread_ticks

Row = Mapping[str, Any]

_ROW = 54
_EDGES = 64
# References of a text: key, what it is called, and how its mark looks.
REFERENCES = (("xz", "xz", "line-ns"), ("xz_primed", "xz that has read training text", "line-ns"))


def figures(result: Mapping[str, Any]) -> dict[str, theme.Figure]:
    """Every chart of the page by the id of its element."""
    found = {}
    if result["texts"]:
        found["chart-texts"] = texts(result["texts"])
    if result["tasks"]:
        found["chart-tasks"] = tasks(result["tasks"])
    return found


def texts(rows: Sequence[Row]) -> theme.Figure:
    """Bits per byte of the model, with those of xz on the same text."""
    data = [_points(rows, [f"<b>{number(row['value'])}</b> ({span(row)})" for row in rows], "the model")]
    for place, (key, title, symbol) in enumerate(REFERENCES, 1):
        known = [(index, row[key]) for index, row in enumerate(reversed(rows)) if row[key] is not None]
        if known:
            data.append(_marks(known, title, symbol, place, [number(value) for _, value in known]))
    most = max(float(value) for row in rows for value in (row["value"], row["high"], row["xz"]) if value)
    return _figure(data, rows, 0.0, most, [f"{tick:g}" for tick in spread_ticks(0.0, most)])


def tasks(rows: Sequence[Row]) -> theme.Figure:
    """Shares of right answers, with what guessing gives."""
    data = [_points(rows, [f"<b>{share(row['value'])}</b> ({span(row)})" for row in rows], "the model")]
    known = [(index, row["chance"]) for index, row in enumerate(reversed(rows))]
    data.append(_marks(known, "chance", "line-ns", 1, [share(value) for _, value in known]))
    return _figure(data, rows, 0.0, 1.0, [f"{100 * tick:g} %" for tick in spread_ticks(0.0, 1.0)])


def _points(rows: Sequence[Row], words: Sequence[str], name: str) -> theme.Figure:
    """What the model reached, with intervals; rows from the bottom up."""
    drawn = list(reversed(list(zip(rows, words, strict=True))))
    values = [row["value"] for row, _ in drawn]
    ends = [_ends(row) for row, _ in drawn]
    return {
        "type": "scatter", "mode": "markers", "name": name, "x": values, "y": list(range(len(drawn))),
        "marker": {"color": theme.line_colour(0), "size": 11},
        "error_x": {
            "type": "data", "symmetric": False, "color": theme.line_colour(0), "thickness": 2, "width": 6,
            "array": [high - value for value, (_, high) in zip(values, ends, strict=True)],
            "arrayminus": [value - low for value, (low, _) in zip(values, ends, strict=True)],
        },
        "text": [text for _, text in drawn], "hovertemplate": f"{name}: %{{text}}<extra></extra>",
    }  # fmt: skip


def _ends(row: Row) -> tuple[float, float]:
    """Ends of an interval; the value alone where nothing is known of it."""
    if row["low"] is None or row["high"] is None:
        return row["value"], row["value"]
    return row["low"], row["high"]


def _marks(
    known: Sequence[tuple[int, float]], name: str, symbol: str, place: int, words: Sequence[str]
) -> theme.Figure:
    return {
        "type": "scatter", "mode": "markers", "name": name, "x": [value for _, value in known],
        "y": [index for index, _ in known], "text": list(words),
        "marker": {"symbol": symbol, "size": 22, "color": theme.line_colour(place),
                   "line": {"width": 3, "color": theme.line_colour(place)}},
        "hovertemplate": f"{html.escape(name)}: %{{text}}<extra></extra>",
    }  # fmt: skip


def _figure(
    data: list[theme.Figure], rows: Sequence[Row], low: float, high: float, labels: Sequence[str]
) -> theme.Figure:
    axis = {
        "range": [low - 0.01 * high, high * 1.04], "tickvals": spread_ticks(low, high),
        "ticktext": list(labels),
        "showgrid": True, "gridcolor": theme.HAIRLINE, "zeroline": True, "zerolinecolor": theme.MUTED,
        "fixedrange": True,
    }  # fmt: skip
    names = {
        "range": [-0.6, len(rows) - 0.4], "tickvals": list(range(len(rows))), "showgrid": False,
        "ticktext": [html.escape(str(row["title"])) for row in reversed(rows)], "zeroline": False,
        "fixedrange": True, "automargin": True, "tickfont": {"color": theme.INK, "size": 13},
        "ticklabelstandoff": 8,
    }  # fmt: skip
    margin = {"l": 0, "r": 10, "t": 6, "b": 34, "pad": 0}
    height = _ROW * len(rows) + _EDGES
    return {
        "data": data,
        "layout": theme.layout(height, hovermode="closest", margin=margin, xaxis=axis, yaxis=names),
    }
