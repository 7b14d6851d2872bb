"""Charts of a simulated fleet: failures over time, power hour by hour, jobs as bars."""

from __future__ import annotations

import datetime as dt
import html
from collections.abc import Mapping, Sequence
from typing import Any

from orchard import units
from orchard.report import theme
from orchard.report.axis import value_axis
from orchard.report.failures import CLASSES, percent
from orchard.report.values import show_value

Entry = Mapping[str, Any]

_HEIGHT = 300
_ROW = 20
_SHOWN_CLASSES = 5
_SHOWN_LINES = 30
_MOST_POINTS = 4000  # hours that are drawn one by one; beyond, the band of each day
_OTHERS = "all others"
_ROOM = 0.05  # of its span, below a line that stays above zero


def figures(answer: Entry) -> dict[str, theme.Figure]:
    """Every chart of the page by the id of its element."""
    found = {"chart-failures": failures(answer), "chart-power": power(answer)}
    if answer["by_job"]:
        found["chart-jobs"] = jobs(answer)
    return found


def frequent(answer: Entry) -> list[str]:
    """Classes that are drawn apart, the most frequent first; the others together."""
    days = answer["by_day"]
    order = sorted(days, key=lambda name: -sum(days[name]))
    return order if len(order) <= _SHOWN_CLASSES else [*order[: _SHOWN_CLASSES - 1], _OTHERS]


def titles(answer: Entry) -> list[dict[str, str]]:
    """The key of the chart of failures."""
    return [
        {"name": CLASSES.get(name, name), "colour": theme.line_colour(place)}
        for place, name in enumerate(frequent(answer))
    ]


def failures(answer: Entry) -> theme.Figure:
    """Failures of each class, stacked: a bar a day, or a week where there are many; whole weeks only."""
    shown, by_day = frequent(answer), answer["by_day"]
    count = max((len(values) for values in by_day.values()), default=1)
    each = 7 if count > 120 else 1
    starts = range(0, max(count - each + 1, 1), each)
    days = [_day(answer, start * units.factor("d")) for start in starts]
    ends = [_day(answer, (start - each / 2) * units.factor("d")) for start in (0, starts[-1] + each)]
    data = []
    for place, name in enumerate(shown):
        parts = [by_day[one] for one in by_day if one not in shown] if name == _OTHERS else [by_day[name]]
        total = [sum(values) for values in zip(*parts, strict=True)]
        data.append(
            {
                "x": days, "y": [sum(total[start : start + each]) for start in starts],
                "type": "bar", "name": html.escape(CLASSES.get(name, name)),
                "marker": {"color": theme.line_colour(place)}, "hovertemplate": "%{y:,d}",
            }
        )  # fmt: skip
    made = theme.layout(_HEIGHT, barmode="stack", bargap=0.12, xaxis=_time(ends), yaxis=_counts())
    return {"data": data, "layout": made}


def power(answer: Entry) -> theme.Figure:
    """Facility and IT power: hour by hour, or the lowest and highest hour of each day."""
    hours = len(answer["power_w"])
    each = 1 if hours <= _MOST_POINTS else 24
    times = [_day(answer, place * units.factor("h")) for place in range(0, hours, each)]
    data = []
    for place, (name, words) in enumerate((("power_w", "facility"), ("it_power_w", "IT"))):
        values = answer[name]
        groups = [values[start : start + each] for start in range(0, hours, each)]
        means = [sum(group) / len(group) for group in groups]
        if each > 1:
            edge = {"x": times, "type": "scatter", "mode": "lines", "line": {"width": 0}, "hoverinfo": "skip"}
            data.append(edge | {"y": [_short(min(group)) for group in groups]})
            band = {"fill": "tonexty", "fillcolor": theme.band_colour(place)}
            data.append(edge | band | {"y": [_short(max(group)) for group in groups]})
        data.append(
            {
                "x": times, "y": [_short(value) for value in means], "type": "scatter", "mode": "lines",
                "line": {"color": theme.line_colour(place), "width": 1.5}, "name": words,
                "text": [show_value(value, "W") for value in means],
                "hovertemplate": f"{words}: %{{text}}<extra></extra>",
            }
        )  # fmt: skip
    drawn = [*answer["power_w"], *answer["it_power_w"]]
    low, high = min(drawn), max(drawn)
    axis = value_axis(max(low - _ROOM * (high - low), 0.0), high, "W")
    return {"data": data, "layout": theme.layout(_HEIGHT, xaxis=_time(times), yaxis=axis)}


def jobs(answer: Entry) -> theme.Figure:
    """Jobs as bars from start to end, those that follow each other in one row; paler, the less was work."""
    rows = lines(answer)[::-1]
    bars = [(place, one) for place, row in enumerate(rows) for one in row]
    end = answer["seconds"]
    spans = [(one["begun_s"], end if one["ended_s"] is None else one["ended_s"]) for _, one in bars]
    texts = [
        f"<b>{html.escape(one['name'])}</b><br>{one['chips']:,} chips, {html.escape(one['pool'])}<br>"
        f"{one['stops']:,} stops, goodput {percent(one['goodput'])}, {one['state']}"
        for _, one in bars
    ]
    drawn = {
        "type": "bar", "orientation": "h", "y": [place for place, _ in bars],
        "base": [_day(answer, begun) for begun, _ in spans],
        "x": [(stop - begun) * 1000.0 for begun, stop in spans],
        "marker": {
            "color": theme.line_colour(0), "opacity": [_depth(one["goodput"]) for _, one in bars],
            "line": {"color": theme.PAPER, "width": 1},
        },
        "text": [
            percent(one["goodput"]) if stop - begun > end / 12 else ""
            for (_, one), (begun, stop) in zip(bars, spans, strict=True)
        ],
        "textposition": "inside", "insidetextanchor": "start", "textfont": {"color": theme.PAPER, "size": 11},
        "constraintext": "none", "hovertext": texts, "hovertemplate": "%{hovertext}<extra></extra>",
    }  # fmt: skip
    labels = [
        _cut(f"{row[0]['line'].removesuffix('-1')}, {max(one['chips'] for one in row):,}") for row in rows
    ]
    axis = {
        "tickvals": list(range(len(rows))), "ticktext": labels, "range": [-0.6, len(rows) - 0.4],
        "showgrid": False, "zeroline": False, "fixedrange": True, "automargin": True,
    }  # fmt: skip
    time = _time([_day(answer, 0.0), _day(answer, end)])
    made = theme.layout(
        _ROW * len(rows) + 50, hovermode="closest", barmode="overlay", bargap=0.25, xaxis=time, yaxis=axis
    )
    return {"data": [drawn], "layout": made}


def lines(answer: Entry) -> list[list[Entry]]:
    """Jobs that began, those that follow each other together: the rows with the largest jobs first."""
    found: dict[str, list[Entry]] = {}
    for one in answer["by_job"]:
        if one["begun_s"] is not None:
            found.setdefault(one["line"], []).append(one)
    order = sorted(found.values(), key=lambda row: -max(one["chips"] for one in row))
    return order[:_SHOWN_LINES]


def _depth(share: float | None) -> float:
    """Opacity of a bar: full at 95 % and more, pale at half and less."""
    return min(max(((share or 0.0) - 0.5) / 0.45, 0.0), 1.0) * 0.65 + 0.35


def _day(answer: Entry, seconds: float) -> str:
    start = dt.datetime.fromisoformat(answer["date"])
    return (start + dt.timedelta(seconds=seconds)).isoformat(sep=" ", timespec="seconds")


def _time(times: Sequence[str]) -> theme.Figure:
    """Time from left to right; ticks as the length of it asks for."""
    axis = theme.date_axis(times[0], times[-1])
    for name in ("dtick", "tick0", "tickformat", "ticklabelmode"):
        axis.pop(name)
    return axis | {"nticks": 8, "hoverformat": "%-d %b %Y"}


def _counts() -> theme.Figure:
    return {
        "showgrid": True, "gridcolor": theme.HAIRLINE, "zeroline": False, "fixedrange": True,
        "automargin": True, "tickformat": ",d", "rangemode": "tozero", "nticks": 5,
    }  # fmt: skip


def _short(value: float) -> float:
    """Five digits, which is what a chart shows."""
    return float(f"{value:.5g}")


def _cut(name: str) -> str:
    return html.escape(name if len(name) <= 24 else name[:23] + "…")
