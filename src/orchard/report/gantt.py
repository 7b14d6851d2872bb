"""Training runs over time: stages as bars (medians), p10 to p90 as whiskers, milestones as diamonds.

One unit of the vertical axis is one pixel, counted downwards.
"""

from __future__ import annotations

import html
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Any, NamedTuple

from orchard.report import theme
from orchard.report.values import read_date, show_date

Run = Mapping[str, Any]
Dates = Sequence[str | None]

_TITLE, _LANE, _FOOT, _FEET = 30, 18, 14, 48  # pixels: title of a run, one lane, below it, the axis
_BAR = 9
_DAY_MS = 86_400_000
_CROWDED = 0.62  # of the width: what ends further right is named on its left


class _Window(NamedTuple):
    """The stretch of time drawn, and the last day of the programme."""

    first: date
    last: date
    end: date

    def share(self, day: date) -> float:
        return (day - self.first).days / max(1, (self.last - self.first).days)


def stages(runs: Sequence[Run]) -> list[str]:
    """Names of the stages in the order in which they first appear; their colours follow it."""
    return list(dict.fromkeys(str(bar["stage"]) for run in runs for bar in run.get("bars") or ()))


def gantt(result: Mapping[str, Any]) -> theme.Figure | None:
    """Figure of all runs, one lane a stage or milestone; None when nothing has a date."""
    runs = list(result.get("runs") or ())
    days = sorted(_days(runs))
    if not days:
        return None
    window = _window(days, result.get("programme") or {})
    colours = {stage: index for index, stage in enumerate(stages(runs))}
    data: list[theme.Figure] = []
    shapes: list[theme.Figure] = []
    notes: list[theme.Figure] = []
    y = 0.0
    for run in runs:
        if y:
            shapes.append(_rule(y))
        notes.append(_title(run, y + _TITLE / 2))
        y += _TITLE
        for traces, note in _lanes(run, y, colours, window):
            data += traces
            notes.append(note)
            y += _LANE
        y += _FOOT
    as_of = read_date((result.get("programme") or {}).get("as_of"))
    if as_of and window.first <= as_of <= window.last:
        shape, note = theme.as_of_line(as_of.isoformat(), f"as of {show_date(as_of)}")
        shapes.append(shape)
        notes.append(note | {"yshift": 16, "xanchor": "center", "xshift": 0})
    return {"data": data, "layout": _layout(window, y) | {"shapes": shapes, "annotations": notes}}


def _window(days: Sequence[date], programme: Mapping[str, Any]) -> _Window:
    end = read_date(programme.get("end")) or days[-1]
    room = timedelta(days=max(20, (days[-1] - days[0]).days // 20))
    return _Window(days[0] - room, min(days[-1], end) + room, end)


def describe(result: Mapping[str, Any]) -> list[list[str]]:
    """Every stage and milestone as a row: model, what, p10, median, p90."""
    rows = []
    for run in result.get("runs") or ():
        name = str(run.get("title") or run["model"])
        for bar in run.get("bars") or ():
            rows.append([name, f"{bar['stage']} starts", *map(_text, bar["start"])])
            rows.append([name, f"{bar['stage']} ends", *map(_text, bar["end"])])
        rows += [[name, str(mile["name"]), *map(_text, mile["date"])] for mile in run.get("milestones") or ()]
    return rows


def _text(day: str | None) -> str:
    return show_date(read_date(day))


def _days(runs: Sequence[Run]) -> Iterator[date]:
    for run in runs:
        for bar in run.get("bars") or ():
            yield from (day for text in (*bar["start"], *bar["end"]) if (day := read_date(text)))
        for mile in run.get("milestones") or ():
            yield from (day for text in mile["date"] if (day := read_date(text)))


def _layout(window: _Window, height: float) -> theme.Figure:
    axis = theme.date_axis(window.first.isoformat(), window.last.isoformat())
    axis |= {"showgrid": True, "gridcolor": theme.HAIRLINE}
    layout = theme.layout(round(height) + _FEET, hovermode="closest", barmode="overlay")
    layout["margin"] = layout["margin"] | {"t": _FEET - layout["margin"]["b"]}
    return layout | {"xaxis": axis, "yaxis": {"visible": False, "range": [height, 0], "fixedrange": True}}


def _rule(y: float) -> theme.Figure:
    line = {"color": theme.HAIRLINE, "width": 1}
    return {"type": "line", "xref": "paper", "x0": 0, "x1": 1, "yref": "y", "y0": y, "y1": y,
            "line": line, "layer": "below"}  # fmt: skip


def _lanes(
    run: Run, y: float, colours: Mapping[str, int], window: _Window
) -> Iterator[tuple[list[theme.Figure], theme.Figure]]:
    """Traces and name of each stage, then of each milestone, from y downwards."""
    middle = y + _LANE / 2
    for bar in run.get("bars") or ():
        colour = theme.line_colour(colours[str(bar["stage"])])
        yield _stage(bar, middle, colour, window), _name(
            str(bar["stage"]), [*bar["start"], *bar["end"]], middle, window)  # fmt: skip
        middle += _LANE
    for mile in run.get("milestones") or ():
        day = read_date(mile["date"][1])
        text = f"{mile['name']}, {show_date(day) if day else 'not within the horizon'}"
        yield _milestone(mile, middle, window), _name(text, mile["date"], middle, window, bold=True)
        middle += _LANE


def _stage(bar: Mapping[str, Any], y: float, colour: str, window: _Window) -> list[theme.Figure]:
    """Bar over its whisker; notches inside the bar are the late start and the early end."""
    (first, start, late), (early, stop, last) = (_read(bar["start"]), _read(bar["end"]))
    if start is None:
        return [_whisker(first, window.end, y, colour, closed=False)] if first else []
    stop = stop or window.end
    name = html.escape(str(bar["stage"]))
    hover = f"<b>{name}</b><br>starts {_spread(bar['start'])}<br>ends {_spread(bar['end'])}"
    traces = [_whisker(first or start, last or window.end, y, colour, closed=last is not None)]
    traces.append({
        "type": "bar",
        "orientation": "h",
        "y": [y],
        "base": [start.isoformat()],
        "x": [max((stop - start).days, 1) * _DAY_MS],
        "width": _BAR,
        "marker": {"color": colour, "line": {"width": 0}},
        "hovertext": [hover],
        "hovertemplate": "%{hovertext}<extra></extra>",
    })  # fmt: skip
    notches = [day.isoformat() for day in (late, early) if day and start < day < stop]
    traces.append({"type": "scatter", "mode": "markers", "x": notches, "y": [y] * len(notches),
                   "marker": {"symbol": "line-ns-open", "size": _BAR - 2, "color": theme.PAPER},
                   "hoverinfo": "skip"})  # fmt: skip
    return traces


def _milestone(mile: Mapping[str, Any], y: float, window: _Window) -> list[theme.Figure]:
    first, day, last = _read(mile["date"])
    traces = [_whisker(first, last or window.end, y, theme.INK, closed=last is not None)] if first else []
    if day:
        traces.append({
            "type": "scatter",
            "mode": "markers",
            "x": [day.isoformat()],
            "y": [y],
            "marker": {"symbol": "diamond", "size": 11, "color": theme.INK,
                       "line": {"color": theme.PAPER, "width": 1.5}},
            "text": [f"<b>{html.escape(str(mile['name']))}</b><br>{_spread(mile['date'])}"],
            "hovertemplate": "%{text}<extra></extra>",
        })  # fmt: skip
    return traces


def _read(days: Dates) -> tuple[date | None, date | None, date | None]:
    return read_date(days[0]), read_date(days[1]), read_date(days[2])


def _spread(days: Dates) -> str:
    return f"{_text(days[1])} ({_text(days[0])} to {_text(days[2])})"


def _whisker(first: date, last: date, y: float, colour: str, closed: bool) -> theme.Figure:
    return {
        "type": "scatter",
        "mode": "lines+markers",
        "x": [first.isoformat(), last.isoformat()],
        "y": [y, y],
        "line": {"color": colour, "width": 1.3, "dash": "solid" if closed else "dot"},
        "marker": {"symbol": "line-ns-open", "size": 7, "color": colour, "opacity": [1, int(closed)]},
        "hoverinfo": "skip",
    }


def _title(run: Run, y: float) -> theme.Figure:
    name = html.escape(str(run.get("title") or run["model"]))
    words = (("at", run.get("site")), ("team", run.get("team")))
    where = ", ".join(f"{word} {html.escape(str(name))}" for word, name in words if name)
    return _annotation(0, "paper", y, f"<b>{name}</b>   {where}", theme.INK, 13)


def _name(text: str, days: Dates, y: float, window: _Window, bold: bool = False) -> theme.Figure:
    """Name of a lane, right of what is drawn, or left of it where the right is crowded."""
    back = {"bgcolor": theme.PAPER}  # the line of the programme's day stays behind the name
    known = [day for item in days if (day := read_date(item))]
    first = min(known, default=window.first)
    last = window.end if None in days else max(known, default=window.end)
    colour = theme.INK if bold else theme.MUTED
    if window.share(last) <= _CROWDED:
        return _annotation(last.isoformat(), "x", y, html.escape(text), colour, 12) | back | {"xshift": 7}
    left = {"xshift": -7, "xanchor": "right"}
    return _annotation(first.isoformat(), "x", y, html.escape(text), colour, 12) | back | left


def _annotation(x: object, ref: str, y: float, text: str, colour: str, size: int) -> theme.Figure:
    return {
        "x": x,
        "xref": ref,
        "y": y,
        "yref": "y",
        "text": text,
        "showarrow": False,
        "xanchor": "left",
        "yanchor": "middle",
        "align": "left",
        "borderpad": 0,
        "font": {"size": size, "color": colour},
    }
