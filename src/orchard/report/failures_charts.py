"""Charts of a simulated fleet: failures over time, power hour by hour, jobs as bars."""

from __future__ import annotations

import datetime as dt
import html
from collections.abc import Mapping, Sequence
from typing import Any

from orchard import units
from orchard.report import theme
from orchard.report.failures import CLASSES, percent
from orchard.report.values import show_value

Entry = Mapping[str, Any]

_HEIGHT = 300
_ROW = 20
_SHOWN_CLASSES = 5
_SHOWN_BARS = 40
_MOST_POINTS = 4000  # hours that are drawn one by one; beyond, the band of each day
_OTHERS = "all others"


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
    """Failures of each class, stacked: a day each, or a week where there are many days."""
    shown, by_day = frequent(answer), answer["by_day"]
    count = max((len(values) for values in by_day.values()), default=1)
    each = 7 if count > 120 else 1
    days = [_day(answer, place * units.factor("d")) for place in range(0, count, each)]
    data = []
    for place, name in enumerate(shown):
        parts = [by_day[one] for one in by_day if one not in shown] if name == _OTHERS else [by_day[name]]
        total = [sum(values) for values in zip(*parts, strict=True)]
        data.append(
            {
                "x": days, "y": [sum(total[start : start + each]) for start in range(0, count, each)],
                "type": "bar", "name": html.escape(CLASSES.get(name, name)),
                "marker": {"color": theme.line_colour(place)}, "hovertemplate": "%{y:,d}",
            }
        )  # fmt: skip
    made = theme.layout(_HEIGHT, barmode="stack", bargap=0.12, xaxis=_time(days), yaxis=_counts())
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
    axis = _counts() | {"tickformat": "~s", "ticksuffix": "W", "rangemode": "normal"}
    return {"data": data, "layout": theme.layout(_HEIGHT, xaxis=_time(times), yaxis=axis)}


def jobs(answer: Entry) -> theme.Figure:
    """The largest jobs as bars from start to end, darker the more of their time was work."""
    chosen = shown_jobs(answer)[::-1]
    end = answer["seconds"]
    names = [_cut(one["name"]) for one in chosen]
    spans = [(one["begun_s"], one["ended_s"] if one["ended_s"] is not None else end) for one in chosen]
    texts = [
        f"<b>{html.escape(one['name'])}</b><br>{one['chips']:,} chips, {html.escape(one['pool'])}<br>"
        f"{one['stops']:,} stops, goodput {percent(one['goodput'])}, {one['state']}"
        for one in chosen
    ]
    bars = {
        "type": "bar", "orientation": "h", "y": list(range(len(chosen))),
        "base": [_day(answer, begun) for begun, _ in spans],
        "x": [(stop - begun) * 1000.0 for begun, stop in spans],
        "marker": {"color": theme.line_colour(0), "opacity": [_depth(one["goodput"]) for one in chosen]},
        "text": [percent(one["goodput"]) for one in chosen], "textposition": "inside",
        "insidetextanchor": "start", "textfont": {"color": theme.PAPER, "size": 11}, "constraintext": "none",
        "hovertext": texts, "hovertemplate": "%{hovertext}<extra></extra>",
    }  # fmt: skip
    rows = {
        "tickvals": list(range(len(chosen))), "ticktext": names, "range": [-0.6, len(chosen) - 0.4],
        "showgrid": False, "zeroline": False, "fixedrange": True, "automargin": True,
    }  # fmt: skip
    first, last = _day(answer, 0.0), _day(answer, end)
    made = theme.layout(
        _ROW * len(chosen) + 50, hovermode="closest", bargap=0.25, xaxis=_time([first, last]), yaxis=rows
    )
    return {"data": [bars], "layout": made}


def shown_jobs(answer: Entry) -> list[Entry]:
    """The largest jobs that began."""
    begun = [one for one in answer["by_job"] if one["begun_s"] is not None]
    return sorted(begun, key=lambda one: (-one["chips"], one["begun_s"], one["name"]))[:_SHOWN_BARS]


def _depth(share: float | None) -> float:
    """Opacity of a bar: full at 95 % and more, pale at half and less."""
    return min(max(((share or 0.0) - 0.5) / 0.45, 0.0), 1.0) * 0.65 + 0.35


def _day(answer: Entry, seconds: float) -> str:
    start = dt.datetime.fromisoformat(answer["date"])
    return (start + dt.timedelta(seconds=seconds)).isoformat(sep=" ", timespec="seconds")


def _time(times: Sequence[str]) -> theme.Figure:
    """Time from left to right; ticks as the length of it asks for."""
    axis = theme.date_axis(times[0], times[-1])
    for name in ("range", "dtick", "tick0", "tickformat", "ticklabelmode"):
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
