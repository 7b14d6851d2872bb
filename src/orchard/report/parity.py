"""Charts of a validation: predicted against measured, and the error of every run by chip."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import escape

from orchard.report.table import show
from orchard.report.theme import HAIRLINE, INK, MUTED, PAPER, SERIES, Figure, band_colour, layout, line_colour

Point = Mapping[str, Any]

_HEIGHT = 560
_ROW = 46  # height of a chip's strip
_JITTER = 0.28  # of a strip, up and down
_STEP = 7  # so that neighbours in the table lie apart in the strip
# Marks of the families that come after the colours are used up.
_SYMBOLS = ("circle", "diamond-open")
_FACTORS = (0.5, 0.7, 0.8, 0.9, 1.0, 1.1, 1.25, 1.5, 2.0)


def families(points: Sequence[Point]) -> list[str]:
    """Families of stacks, the most measured first: their place is their colour."""
    names = [str(point["stack"]) for point in points]
    return sorted(set(names), key=lambda name: (-names.count(name), name))


def mark(index: int) -> tuple[str, str]:
    """Colour and symbol of the n-th family."""
    return line_colour(index), _SYMBOLS[index // len(SERIES) % len(_SYMBOLS)]


def parity(points: Sequence[Point]) -> Figure:
    """Predicted against measured speed on logarithmic axes, with the 80 % interval of every run."""
    ends = [value for point in points for value in (point["measured"], point["predicted"])]
    first, last = min(ends) / 1.3, max(ends) * 1.3
    line = {"x": [first, last], "y": [first, last], "mode": "lines", "hoverinfo": "skip",
            "line": {"color": MUTED, "width": 1}}  # fmt: skip
    reach = [math.log10(first), math.log10(last)]
    axis = {
        "type": "log", "range": reach, "showgrid": True, "gridcolor": HAIRLINE, "zeroline": False,
        "fixedrange": True, "dtick": 1, "ticks": "outside", "ticklen": 4, "tickcolor": MUTED,
        "showline": True, "linecolor": MUTED, "linewidth": 1, "tickformat": ",d", "automargin": True,
    }  # fmt: skip
    data = [line, *(_cloud(points, name, index) for index, name in enumerate(families(points)))]
    return {
        "data": data,
        "layout": layout(
            _HEIGHT, hovermode="closest", margin={"l": 0, "r": 8, "t": 10, "b": 44, "pad": 0},
            xaxis={**axis, "title": _title("measured, tokens a second and chip")},
            yaxis={**axis, "title": _title("predicted")},
        ),
    }  # fmt: skip


def strips(points: Sequence[Point]) -> Figure:
    """Predicted over measured speed of every run, a strip a chip."""
    chips = sorted({str(point["chip"]) for point in points}, reverse=True)
    ratios = [point["predicted"] / point["measured"] for point in points]
    most = max(1.6, *(max(ratio, 1 / ratio) for ratio in ratios)) * 1.05
    data = []
    for index, name in enumerate(families(points)):
        places = [place for place, point in enumerate(points) if point["stack"] == name]
        heights = [
            chips.index(str(points[place]["chip"])) + _JITTER * math.sin(_STEP * place) for place in places
        ]
        data.append({
            "x": [ratios[place] for place in places], "y": heights, "name": name, "mode": "markers",
            "marker": _marker(index), "hovertemplate": "%{text}<extra></extra>",
            "text": [describe(points[place]) for place in places],
        })  # fmt: skip
    ticks = [factor for factor in _FACTORS if 1 / most <= factor <= most]
    axis = {
        "type": "log", "range": [-math.log10(most), math.log10(most)], "tickvals": ticks,
        "ticktext": [f"× {factor:g}" for factor in ticks], "showgrid": True, "gridcolor": HAIRLINE,
        "zeroline": False, "fixedrange": True, "title": _title("predicted over measured"),
    }  # fmt: skip
    rows = {
        "range": [-0.6, len(chips) - 0.4], "tickvals": list(range(len(chips))), "ticktext": chips,
        "showgrid": False, "zeroline": False, "fixedrange": True, "automargin": True,
    }  # fmt: skip
    exact = {"type": "line", "x0": 1, "x1": 1, "yref": "paper", "y0": 0, "y1": 1,
             "line": {"color": MUTED, "width": 1}, "layer": "below"}  # fmt: skip
    return {
        "data": data,
        "layout": layout(
            _ROW * len(chips) + 70, hovermode="closest", margin={"l": 0, "r": 8, "t": 6, "b": 48, "pad": 0},
            xaxis=axis, yaxis=rows, shapes=[exact],
        ),
    }  # fmt: skip


def describe(point: Point) -> str:
    """What hovering over a run shows."""
    model, chip, id_ = (escape(str(point[name])) for name in ("model", "chip", "id"))
    return "<br>".join(
        [
            f"<b>{id_}</b>",
            f"{model} on {point['chips']:,} {chip}, {point['precision']}, {point['sequence']:,} tokens",
            str(escape(str(point["layout"]))),
            str(escape(str(point["stated"] or point["stack"]))),
            f"measured {_speed(point['measured'])}, predicted {_speed(point['predicted'])} "
            f"({_speed(point['low'])} to {_speed(point['high'])})",
            f"error {show(point['error'], 'signed')}",
        ]
    )


def _cloud(points: Sequence[Point], name: str, index: int) -> Figure:
    """Points of one family, with their intervals."""
    chosen = [point for point in points if point["stack"] == name]
    return {
        "x": [point["measured"] for point in chosen],
        "y": [point["predicted"] for point in chosen],
        "name": name,
        "mode": "markers",
        "marker": _marker(index),
        "error_y": {
            "type": "data",
            "symmetric": False,
            "array": [point["high"] - point["predicted"] for point in chosen],
            "arrayminus": [point["predicted"] - point["low"] for point in chosen],
            "color": band_colour(index),
            "thickness": 1.5,
            "width": 0,
        },
        "text": [describe(point) for point in chosen],
        "hovertemplate": "%{text}<extra></extra>",
    }


def _marker(index: int) -> Figure:
    colour, symbol = mark(index)
    edge = {"color": colour, "width": 1} if "open" in symbol else {"color": PAPER, "width": 0.5}
    return {"color": colour, "symbol": symbol, "size": 6, "opacity": 0.85, "line": edge}


def _title(text: str) -> Figure:
    return {"text": text, "font": {"size": 12, "color": INK}, "standoff": 8}


def _speed(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
