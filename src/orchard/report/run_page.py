"""The page of a run: curves of its stages, predicted beside measured, gate and samples, in one file."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from orchard.files import write_text
from orchard.report import theme
from orchard.report.axis import value_axis
from orchard.report.card import amount
from orchard.report.document import render
from orchard.report.run import HELD_OUT, SMOOTHED_FROM, sentences
from orchard.report.series import spread_ticks

Result = Mapping[str, Any]

_HEIGHT = 230
_SPARE = 0.04
# Curves of a stage: key, what it is called, its unit.
_CURVES = (
    ("loss", "Loss", "nats a token"),
    ("reward", "Reward", "share of the most"),
    ("speed", "Speed", "tokens a second"),
)


def write_run(result: Result, path: Path) -> None:
    """Write the report; the file appears whole or not at all.

    Raises
    ------
    OutputError
        the folder is missing, or the file cannot be written
    """
    write_text(render_run(result), path)


def render_run(result: Result) -> str:
    """Make the HTML text of the report. The same result always gives the same text."""
    panels = {stage["id"]: _panels(result, stage) for stage in result["stages"]}
    context = {
        "title": result["title"],
        "version": result["orchard"],
        "result": result,
        "sentence": " ".join(sentences(result)),
        "extremes": _extremes(result),
        "panels": panels,
        "figures": {panel["id"]: panel["figure"] for each in panels.values() for panel in each},
        "amount": amount,
        "number": _number,
        "smoothed_from": SMOOTHED_FROM,
        "command": _command(result),
    }
    return render("run.html.j2", context)


def _extremes(result: Result) -> list[tuple[str, str]]:
    """The numbers that stand first."""
    found = []
    if result["judged"] and HELD_OUT in result["judged"][-1]:
        found.append(("Bits per byte, after pretraining", f"{result['judged'][-1][HELD_OUT]:.3f}"))
    measured = {row["key"]: row["measured"] for row in result["amounts"] if row["value"] is not None}
    if "tokens_per_s" in measured:
        found.append(("Tokens", measured["tokens_per_s"]))
    if result["stages"]:
        whole = sum(one["time_s"] for one in result["stages"])
        found.append(("Time of all stages", amount("duration_s", whole)))
    return found


def _panels(result: Result, stage: Result) -> list[dict[str, Any]]:
    """Charts of a stage; a curve needs two points."""
    found = []
    for key, title, unit in _CURVES:
        curve = stage["curves"].get(key)
        if key == "loss" and stage["id"] == "rewards":
            continue  # it says nothing of how good answers are: it stays near zero
        if curve and len(curve["steps"]) > 1:
            unit = "" if key == "loss" and stage["id"] == "preferences" else unit
            found.append(_panel(stage["id"], key, title, unit, _figure(curve, unit)))
    if stage["id"] != "pretraining":
        return found
    judged = [row for row in result["judged"] if HELD_OUT in row]
    if len(judged) > 1:
        values = [row[HELD_OUT] for row in judged]
        line = _line([row["step"] for row in judged], values, 0, "bits per byte", "lines+markers")
        figure = _layout([line], values)
        found.insert(1, _panel("pretraining", "judged", "Text it has not read", "bits per byte", figure))
    if result["rate"] and len(result["rate"]["steps"]) > 1:
        rate = result["rate"]
        line = _line(rate["steps"], rate["shares"], 0, "of the highest rate", "lines")
        figure = _layout([line], [0.0, *rate["shares"]])
        found.append(_panel("pretraining", "rate", "Learning rate", "share of the highest", figure))
    return found


def _panel(stage: str, key: str, title: str, unit: str, figure: theme.Figure) -> dict[str, Any]:
    return {"id": f"chart-{stage}-{key}", "title": title, "unit": unit, "figure": figure}


def _figure(curve: Result, unit: str) -> theme.Figure:
    """Values as they were, faint, and their smoothed course; the axis begins where most values lie."""
    raw = _line(curve["steps"], curve["values"], 0, "steps", "lines")
    raw |= {"line": {"color": theme.band_colour(0), "width": 2}, "hoverinfo": "skip", "hovertemplate": None}
    return _layout([raw, _line(curve["steps"], curve["smooth"], 0, unit, "lines")], curve["values"])


def _line(x: Sequence[int], y: Sequence[float], colour: int, unit: str, mode: str) -> theme.Figure:
    return {
        "type": "scatter", "mode": mode, "x": list(x), "y": list(y),
        "line": {"color": theme.line_colour(colour), "width": 2},
        "marker": {"color": theme.line_colour(colour), "size": 7},
        "hovertemplate": f"step %{{x}}: <b>%{{y:.4~g}}</b> {unit}<extra></extra>",
    }  # fmt: skip


def _layout(data: list[theme.Figure], values: Sequence[float]) -> theme.Figure:
    """Charts of a run: steps from left to right."""
    low, high = min(values), max(values)
    spare = (high - low) * _SPARE or abs(high) * _SPARE or 1.0
    ends = (max(0.0, low - spare) if low >= 0 else low - spare, high + spare)
    last = max(trace["x"][-1] for trace in data)
    ticks = [tick for tick in spread_ticks(0.0, last) if tick == int(tick)]
    steps = {
        "range": [0, last * 1.01], "tickvals": ticks, "ticktext": [f"{int(tick):,}" for tick in ticks],
        "showgrid": False, "zeroline": False, "showline": True,
        "linecolor": theme.MUTED, "linewidth": 1, "fixedrange": True,
    }  # fmt: skip
    margin = {"l": 0, "r": 10, "t": 8, "b": 28, "pad": 0}
    y = {**value_axis(*ends, "1"), "range": list(ends)}
    layout = theme.layout(_HEIGHT, hovermode="closest", margin=margin, xaxis=steps, yaxis=y)
    return {"data": data, "layout": layout}


def _number(value: float) -> str:
    return f"{value + 0.0:.4g}".replace("-", "\N{MINUS SIGN}")


def _command(result: Result) -> str:
    words = ["orchard", "train", result["file"], result["model"]]
    words += [] if result["runs"] == "runs" else ["--out", result["runs"]]
    return shlex.join([*words, "--html", "run.html"])
