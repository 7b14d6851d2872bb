"""The chart of a frontier: the probability of a claim against what is spent."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from orchard.report.theme import HAIRLINE, INK, MUTED, Figure, band_colour, layout, line_colour
from orchard.report.values import percent, show_value

_HEIGHT = 420
_ERRORS = 2  # standard errors of a whisker
_WIDE = 30  # ratio of the costs beyond which the axis is logarithmic


def frontier(answer: Mapping[str, Any]) -> Figure:
    """Points of the frontier with their standard errors, the chosen one, and what was asked for."""
    rows = answer["frontier"]
    costs = [row["cost_usd"]["p50"] for row in rows]
    paid = [cost for cost in costs if cost > 0]
    logarithmic = bool(paid) and max(paid) > _WIDE * min(paid)
    least = min(paid, default=1.0) / 3

    def place(cost: float) -> float:
        return max(cost, least) if logarithmic else cost

    line = _points(rows, [place(cost) for cost in costs])
    data = [line, *([_chosen(answer, place)] if answer["chosen"] else [])]
    axis = {
        "showgrid": False, "zeroline": False, "fixedrange": True, "showline": True, "linecolor": MUTED,
        "ticks": "outside", "ticklen": 4, "tickcolor": MUTED, "title": _title("median cost"),
        **({"type": "log"} if logarithmic else {"rangemode": "tozero"}), **_ticks(costs, logarithmic, least),
    }  # fmt: skip
    return {
        "data": data,
        "layout": layout(
            _HEIGHT, hovermode="closest", margin={"l": 0, "r": 12, "t": 10, "b": 44, "pad": 0},
            shapes=_asked(answer, place),
            xaxis=axis,
            yaxis={"range": [-0.02, 1.04], "tickformat": ".0%", "gridcolor": HAIRLINE, "zeroline": False,
                   "fixedrange": True, "automargin": True, "title": _title("probability")},
        ),
    }  # fmt: skip


def describe(row: Mapping[str, Any]) -> str:
    """A point in words, for the pointer."""
    words = "<br>".join(one["words"] for one in row["choice"]) or "nothing is done"
    cost = show_value(row["cost_usd"]["p50"], "USD")
    return f"<b>{percent(row['probability'])}</b> for {cost}<br>{words}"


def _points(rows: list[Mapping[str, Any]], places: list[float]) -> Figure:
    return {
        "x": places, "y": [row["probability"] for row in rows], "mode": "lines+markers",
        "line": {"color": line_colour(0), "width": 2}, "marker": {"color": line_colour(0), "size": 8},
        "error_y": {"type": "data", "array": [_ERRORS * row["error"] for row in rows],
                    "color": MUTED, "thickness": 1, "width": 3},
        "text": [describe(row) for row in rows], "hovertemplate": "%{text}<extra></extra>",
        "fill": "tozeroy", "fillcolor": band_colour(0),
    }  # fmt: skip


def _chosen(answer: Mapping[str, Any], place: Any) -> Figure:
    row = answer["chosen"]
    return {
        "x": [place(row["cost_usd"]["p50"])], "y": [row["probability"]], "mode": "markers",
        "marker": {"color": line_colour(1), "size": 15, "symbol": "diamond",
                   "line": {"color": INK, "width": 1}},
        "text": [describe(row)], "hovertemplate": "%{text}<extra></extra>",
    }  # fmt: skip


def _asked(answer: Mapping[str, Any], place: Any) -> list[Figure]:
    """Lines of the wanted probability and of the budget."""
    wanted, budget = answer["asked"]["probability"], answer["asked"]["budget_usd"]
    line = {"color": INK, "width": 1, "dash": "dot"}
    shapes: list[Figure] = []
    if wanted is not None:
        shapes.append(
            {"type": "line", "xref": "paper", "x0": 0, "x1": 1, "y0": wanted, "y1": wanted, "line": line}
        )
    if budget is not None:
        x = place(budget)
        shapes.append({"type": "line", "yref": "paper", "y0": 0, "y1": 1, "x0": x, "x1": x, "line": line})
    return shapes


def _ticks(costs: list[float], logarithmic: bool, least: float) -> Figure:
    """Ticks in dollars that people read; on a logarithmic axis nothing has a place of its own."""
    most = max(costs)
    if not most:
        return {"tickvals": [0], "ticktext": ["0 USD"]}
    if not logarithmic:
        step = 10 ** len(str(int(most))) / 10
        step = step / 5 if most < 2 * step else step / 2 if most < 5 * step else step
        values = [step * count for count in range(int(most / step) + 1)]
        return {"tickvals": values, "ticktext": [show_value(value, "USD") for value in values]}
    first, last = len(str(int(least))) - 1, len(str(int(most)))
    values = [10.0**power for power in range(first, last + 1) if 10.0**power > 1.5 * least]
    texts = [show_value(value, "USD") for value in values]
    return {"tickvals": [least, *values], "ticktext": ["nothing", *texts]}


def _title(text: str) -> Figure:
    return {"text": text, "font": {"size": 12, "color": MUTED}, "standoff": 8}
