"""The section on sites: IT power of each, one on the other, and by year with its interval."""

from __future__ import annotations

import html
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from orchard.report import theme
from orchard.report.axis import value_axis
from orchard.report.site_charts import colour, stacked
from orchard.report.values import show_range, show_value

Series = Mapping[str, Any]

_TAIL = ".it_power"
# Tables of the section by the ends of their quantities' ids.
_TABLES = {
    _TAIL: "IT power at the end of",
    ".power_drawn": "IT power drawn on average, at the end of",
    ".energy_cost": "Cost of energy in",
}
_WHOLE = "fleet"
_HEIGHT = 320


class Table(NamedTuple):
    """What each site has in each year: the middle and its interval."""

    head: str
    rows: list[tuple[str, list[tuple[str, str]]]]


class Section(NamedTuple):
    """Chart and table: a site a colour, a site a row; `command` tells more of one of them."""

    key: list[dict[str, str]]
    figure: theme.Figure
    height: int
    years: list[str]
    tables: list[Table]
    command: str


def section(result: Mapping[str, Any]) -> Section | None:
    """What the page shows of sites; None where the answer holds the power of fewer than two."""
    known = [one for one in result.get("series") or () if _is_site(str(one["id"])) and any(one["p50"])]
    if len(known) < 2:
        return None
    known.sort(key=lambda one: -float(one["p50"][-1] or 0.0))
    years = sorted({year for one in known for year in one.get("years") or ()})
    data = [_area(one, place) for place, one in enumerate(known)]
    high = stacked([trace["y"] for trace in data])[1]
    file = str((result.get("programme") or {}).get("file") or "PROGRAMME.yaml")
    return Section(
        [{"name": _title(one), "colour": colour(place)} for place, one in enumerate(known)],
        {"data": data, "layout": _layout(known[0], high)},
        _HEIGHT,
        years,
        list(_tables(result, known, years)),
        f"orchard site {file} {str(known[0]['id']).removesuffix(_TAIL)}",
    )


def _tables(result: Mapping[str, Any], known: list[Series], years: list[str]) -> Iterator[Table]:
    """Power energised, power drawn and the cost of energy of the same sites, in the same order."""
    by_id = {str(one["id"]): one for one in result["series"]}
    for tail, head in _TABLES.items():
        ids = {_title(one): str(one["id"]).removesuffix(_TAIL) + tail for one in known}
        rows = [
            (title, [_cell(by_id[name], year) for year in years])
            for title, name in ids.items()
            if name in by_id
        ]
        if rows:
            yield Table(head, rows)


def _is_site(name: str) -> bool:
    return name.endswith(_TAIL) and name != _WHOLE + _TAIL


def _title(one: Series) -> str:
    return str(one["title"]).removeprefix("IT power energised at ")


def _area(one: Series, place: int) -> theme.Figure:
    values = [float(f"{value or 0.0:.5g}") for value in one["p50"]]
    return {
        "x": [str(day)[:10] for day in one["dates"]], "y": values, "type": "scatter", "mode": "lines",
        "stackgroup": "sites", "line": {"width": 0.5, "color": colour(place)}, "fillcolor": colour(place),
        "text": [show_value(value, "W") for value in values],
        "hovertemplate": f"{html.escape(_title(one))}: %{{text}}<extra></extra>",
    }  # fmt: skip


def _layout(one: Series, high: float) -> theme.Figure:
    days = [str(day)[:10] for day in one["dates"]]
    return theme.layout(
        _HEIGHT, xaxis=theme.date_axis(days[0], days[-1]), yaxis=value_axis(0.0, high, "W"), annotations=[]
    )


def _cell(one: Series, year: str) -> tuple[str, str]:
    low, middle, high = (one.get("years") or {}).get(year, (None, None, None))
    if not high:
        return "–", ""
    unit = str(one["unit"])
    return show_value(middle, unit), show_range(low, high, unit) if low != high else ""
