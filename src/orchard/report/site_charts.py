"""Charts of one site: its ramp, its chips, the mix of its energy over a week and the months, its load."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from typing import Any

from orchard import units
from orchard.report import theme
from orchard.report.axis import value_axis
from orchard.report.values import show_range, show_value

Entry = Mapping[str, Any]

_HEIGHT = 300
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def figures(answer: Entry) -> dict[str, theme.Figure]:
    """Every chart of the page by the id of its element."""
    found = {"chart-ramp": ramp(answer)}
    if answer["chips"]:
        found["chart-chips"] = chips(answer)
    if answer["supply"]["feasible"]:
        found |= {"chart-week": week(answer), "chart-months": months(answer), "chart-load": duration(answer)}
        found["chart-costs"] = costs(answer)
    return found


def colour(place: int) -> str:
    """Colour of the n-th part of a mix; paler ones when the colours are used up."""
    many = len(theme.SERIES)
    return theme.line_colour(place) if place < many else theme.band_colour(place)


def mixed(answer: Entry) -> list[str]:
    """Names of what supplies anything, the most first: their place is their colour."""
    energy = answer["supply"]["months"]["energy_j"]
    return sorted(energy, key=lambda name: -sum(abs(value) for value in energy[name]))


def ramp(answer: Entry) -> theme.Figure:
    """Facility and IT power at the ends of quarters, each the median inside its 80 % band."""
    days = _days(answer)
    data: list[theme.Figure] = []
    for place, (name, title) in enumerate((("facility_w", "facility"), ("it_w", "IT"))):
        values = answer["ramp"][name]
        edge = {"x": days, "type": "scatter", "mode": "lines", "line": {"width": 0}, "hoverinfo": "skip"}
        texts = [
            f"<b>{show_value(middle, 'W')}</b>  ({show_range(low, high, 'W')})"
            for low, middle, high in zip(values["p10"], values["p50"], values["p90"], strict=True)
        ]
        data += [
            edge | {"y": _short(values["p10"])},
            edge | {"y": _short(values["p90"]), "fill": "tonexty", "fillcolor": theme.band_colour(place)},
            {"x": days, "y": _short(values["p50"]), "type": "scatter", "mode": "lines", "text": texts,
             "line": {"color": theme.line_colour(place), "width": 2},
             "hovertemplate": f"{title}: %{{text}}<extra></extra>"},
        ]  # fmt: skip
    made = theme.layout(_HEIGHT, xaxis=theme.date_axis(days[0], days[-1]),
                        yaxis=value_axis(0.0, max(answer["ramp"]["facility_w"]["p90"]), "W"))  # fmt: skip
    shape, note = theme.as_of_line(str(answer["date"]), "the day studied")
    note |= {"xanchor": "right", "xshift": -3}
    return {"data": data, "layout": made | {"shapes": [shape], "annotations": [note]}}


def chips(answer: Entry) -> theme.Figure:
    """IT power of the chips installed, by chip, one on the other."""
    days = _days(answer)
    data: list[theme.Figure] = [
        {"x": days, "y": _short(one["it_w"]), "type": "scatter", "mode": "lines", "stackgroup": "chips",
         "line": {"width": 0.5, "color": colour(place)}, "fillcolor": colour(place),
         "text": [show_value(value, "W") for value in one["it_w"]],
         "hovertemplate": f"{html.escape(one['title'])}: %{{text}}<extra></extra>"}
        for place, one in enumerate(answer["chips"])
    ]  # fmt: skip
    axis = theme.date_axis(days[0], days[-1])
    rise = value_axis(0.0, stacked([one["it_w"] for one in answer["chips"]])[1], "W")
    return {"data": data, "layout": theme.layout(_HEIGHT, xaxis=axis, yaxis=rise)}


def week(answer: Entry) -> theme.Figure:
    """Outputs of a typical week, one on the other; the load with what charges batteries is the line."""
    typical = answer["supply"]["week"]
    hours = list(range(len(typical["load_w"])))
    data: list[theme.Figure] = []
    for place, name in enumerate(mixed(answer)):
        given = [max(value, 0.0) for value in typical["output_w"].get(name, [0.0] * len(hours))]
        data.append(
            {"x": hours, "y": _short(given), "type": "scatter", "mode": "lines", "stackgroup": "mix",
             "line": {"width": 0, "shape": "hvh", "color": colour(place)}, "fillcolor": colour(place),
             "text": [show_value(value, "W") for value in given],
             "hovertemplate": f"{html.escape(name)}: %{{text}}<extra></extra>"}
        )  # fmt: skip
    most = stacked([one["y"] for one in data])[1]
    line = {"color": theme.INK, "width": 1.4, "shape": "hvh"}
    data.append(
        {"x": hours, "y": typical["load_w"], "type": "scatter", "mode": "lines", "line": line,
         "text": [show_value(value, "W") for value in typical["load_w"]],
         "hovertemplate": "load: %{text}<extra></extra>"}
    )  # fmt: skip
    axis = _plain_axis([24 * day + 12 for day in range(7)], [f"day {day + 1}" for day in range(7)])
    rise = value_axis(0.0, max([most, *typical["load_w"]]), "W")
    return {"data": data, "layout": theme.layout(_HEIGHT, xaxis=axis, yaxis=rise)}


def months(answer: Entry) -> theme.Figure:
    """Energy of each month by what gave it."""
    energy = answer["supply"]["months"]["energy_j"]
    joules = units.factor("Wh")
    data: list[theme.Figure] = [
        {"x": list(range(12)), "y": _short([value / joules for value in energy[name]]), "type": "bar",
         "marker": {"color": colour(place)},
         "text": [show_value(value / joules, "W") + "h" for value in energy[name]], "textposition": "none",
         "hovertemplate": f"{html.escape(name)}: %{{text}}<extra></extra>"}
        for place, name in enumerate(mixed(answer))
    ]  # fmt: skip
    axis = _plain_axis(list(range(12)), list(_MONTHS))
    reach = value_axis(*stacked([one["y"] for one in data]), "Wh")
    made = theme.layout(_HEIGHT, xaxis=axis, yaxis=reach, barmode="relative", bargap=0.25)
    return {"data": data, "layout": made}


def duration(answer: Entry) -> theme.Figure:
    """The load, its largest hour first: how long it is above a power."""
    load = answer["supply"]["duration"]["load_w"]
    share = [place / (len(load) - 1) for place in range(len(load))]
    data: list[theme.Figure] = [
        {"x": share, "y": load, "type": "scatter", "mode": "lines",
         "line": {"color": theme.line_colour(0), "width": 2},
         "text": [show_value(value, "W") for value in load],
         "hovertemplate": "above %{text} for %{x:.0%} of the year<extra></extra>"}
    ]  # fmt: skip
    axis = _plain_axis(
        [0, 0.25, 0.5, 0.75, 1], ["peak hour", "a quarter", "half", "three quarters", "all year"]
    )
    axis["range"] = [0, 1.04]
    rise = max(load) - min(load)
    low = max(min(load) - rise, 0.0) if rise > max(load) / 1e3 else 0.0
    return {"data": data, "layout": theme.layout(_HEIGHT, xaxis=axis, yaxis=value_axis(low, max(load), "W"),
                                                 hovermode="closest")}  # fmt: skip


def costs(answer: Entry) -> theme.Figure:
    """What each part costs a year: for its capacity, and for what runs."""
    parts = [part for part in answer["supply"]["parts"] if part["cost_usd"] > 1.0]
    names = [part["name"] for part in parts]
    data: list[theme.Figure] = []
    for place, (key, title) in enumerate((("capacity_usd", "capacity"), ("energy_usd", "energy and fuel"))):
        data.append(
            {"y": names, "x": _short([part[key] for part in parts]), "type": "bar", "orientation": "h",
             "marker": {"color": theme.line_colour(place)},
             "text": [show_value(part[key], "USD") for part in parts], "textposition": "none",
             "hovertemplate": f"{title}: %{{text}}<extra></extra>"}
        )  # fmt: skip
    rows = {"automargin": True, "autorange": "reversed", "showgrid": False, "fixedrange": True, "ticks": ""}
    axis = value_axis(*stacked([one["x"] for one in data]), "USD")
    height = 44 * len(parts) + 60
    return {"data": data, "layout": theme.layout(height, xaxis=axis, yaxis=rows, barmode="stack",
                                                 hovermode="closest")}  # fmt: skip


def _days(answer: Entry) -> list[str]:
    return list(answer["ramp"]["ends"])


def stacked(parts: Sequence[Sequence[float]]) -> tuple[float, float]:
    """How far values reach, below zero and above it, that stand one on the other.

    >>> stacked([[1.0, 2.0], [3.0, -1.0]])
    (-1.0, 4.0)
    """
    columns = list(zip(*parts, strict=True))
    low, high = ([sum(side(value, 0.0) for value in column) for column in columns] for side in (min, max))
    return min([0.0, *low]), max([0.0, *high])


def _plain_axis(places: Sequence[float], texts: Sequence[str]) -> theme.Figure:
    return {
        "tickvals": list(places), "ticktext": list(texts), "showgrid": False, "zeroline": False,
        "fixedrange": True, "showline": True, "linecolor": theme.MUTED, "linewidth": 1, "automargin": True,
    }  # fmt: skip


def _short(values: Sequence[float]) -> list[float]:
    return [float(f"{value:.5g}") for value in values]
