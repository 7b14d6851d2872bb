"""The page of a ladder: its runs on their law, the forecast beside the outcome, in one file."""

from __future__ import annotations

import math
import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from orchard import units
from orchard.files import write_text
from orchard.report import theme
from orchard.report.axis import value_axis
from orchard.report.document import render
from orchard.report.ladder import flop, law_lines, sentences, span

Result = Mapping[str, Any]

_HEIGHT = 420
_SPARE = 0.03


def write_ladder(result: Result, path: Path) -> None:
    """Write the report; the file appears whole or not at all.

    Raises
    ------
    OutputError
        the folder is missing, or the file cannot be written
    """
    write_text(render_ladder(result), path)


def render_ladder(result: Result) -> str:
    """Make the HTML text of the report. The same result always gives the same text."""
    words = ["orchard", "ladder", str(result["file"]), str(result["model"]), "--html", "ladder.html"]
    context = {
        "title": result["title"],
        "version": result["orchard"],
        "result": result,
        "sentence": " ".join(sentences(result)),
        "extremes": _extremes(result),
        "figures": {"chart-law": figure(result)},
        "law": "\n".join(law_lines(result)),
        "flop": flop,
        "span": span,
        "command": shlex.join(words),
    }
    return render("ladder.html.j2", context)


def _extremes(result: Result) -> list[tuple[str, str]]:
    """The numbers that stand first."""
    larger = result["next"]
    found = [("Forecast, bits per byte", span(larger["forecast"]))]
    if larger["outcome"] is not None:
        found.append(("Outcome", f"{larger['outcome']:.3f}"))
        found.append(("Error", f"{100 * larger['error']:+.2f} %".replace("-", "\N{MINUS SIGN}")))
    return found


def figure(result: Result) -> theme.Figure:
    """Loss against compute: the law with where 80 % of runs end, runs, forecast and outcome."""
    curve, larger = result["curve"], result["next"]
    compute = curve["compute_flop"]
    band = {"type": "scatter", "mode": "lines", "line": {"width": 0}, "hoverinfo": "skip"}
    runs = [(run["compute_flop"], run["loss"], f"{run['layers']} layers, seed {run['seed']}")
            for run in result["runs"]]  # fmt: skip
    data = [
        {**band, "x": compute, "y": curve["low"]},
        {**band, "x": compute, "y": curve["high"], "fill": "tonexty", "fillcolor": theme.band_colour(0)},
        {"type": "scatter", "mode": "lines", "x": compute, "y": curve["loss"], "name": "law",
         "line": {"color": theme.line_colour(0), "width": 2}, "hovertemplate": "law %{y:.3f}<extra></extra>"},
        _points(runs, 0, "circle", "fitted"),
    ]  # fmt: skip
    if larger["outcome"] is not None:
        words = f"{larger['layers']} layers, trained after the forecast"
        data.append(_points([(larger["compute_flop"], larger["outcome"], words)], 1, "diamond", "outcome"))
    values = [*curve["low"], *curve["high"], *(run["loss"] for run in result["runs"])]
    low, high = min(values) * (1 - _SPARE), max(values) * (1 + _SPARE)
    margin = {"l": 0, "r": 10, "t": 14, "b": 34, "pad": 0}
    y = {**value_axis(low, high, "1"), "range": [low, high]}
    layout = theme.layout(_HEIGHT, hovermode="closest", margin=margin, xaxis=_compute_axis(compute), yaxis=y)
    return {"data": data, "layout": layout}


def _points(points: Sequence[tuple[float, float, str]], colour: int, symbol: str, name: str) -> theme.Figure:
    return {
        "type": "scatter", "mode": "markers", "name": name, "x": [x for x, _, _ in points],
        "y": [y for _, y, _ in points], "text": [text for _, _, text in points],
        "marker": {"color": theme.line_colour(colour), "size": 11, "symbol": symbol,
                   "line": {"width": 1, "color": theme.PAPER}},
        "hovertemplate": "%{text}: %{y:.4f}<extra></extra>",
    }  # fmt: skip


def _compute_axis(compute: Sequence[float]) -> theme.Figure:
    """Compute on a logarithmic axis; ticks at 1, 2 and 5 of every decade."""
    low, high = math.log10(compute[0]), math.log10(compute[-1])
    ticks = [part * 10.0**power for power in range(math.floor(low), math.ceil(high) + 1) for part in (1, 3)]
    ticks = [tick for tick in ticks if compute[0] <= tick <= compute[-1]]
    return {
        "type": "log", "range": [low, high], "tickvals": ticks,
        "ticktext": [units.show(tick, "FLOP") for tick in ticks], "showgrid": True,
        "gridcolor": theme.HAIRLINE, "zeroline": False, "fixedrange": True, "automargin": True,
    }  # fmt: skip
