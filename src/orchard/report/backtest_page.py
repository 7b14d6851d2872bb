"""The page of a backtest: each interval with its outcome, where outcomes fell, and the scores."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from markupsafe import Markup

from orchard.files import write_text
from orchard.report import backtest as words
from orchard.report.document import render
from orchard.report.table import show
from orchard.report.target import coordinate

Result = Mapping[str, Any]

_ROOM = 0.12  # of the spread, left free on each side
_PITCH = 2.4  # percent of the width that a dot takes among the others
_HIGH, _DOT = 15.0, 5.5  # pixels between dots that are stacked, and the radius of one
_SCALE = (
    (0, "below all", "start"),
    (10, "p10", "middle"),
    (50, "median", "middle"),
    (90, "p90", "middle"),
    (100, "above all", "end"),
)
_TONES = {True: "likely", False: "unlikely", None: "open"}


def write_backtest(result: Result, path: Path) -> None:
    """Write the page; the file appears whole or not at all.

    Raises
    ------
    OutputError
        the folder is missing, or the file cannot be written
    """
    write_text(render_backtest(result), path)


def render_backtest(result: Result) -> str:
    """Make the HTML text of the page. The same result always gives the same text."""
    found = result["summary"]
    said = list(words.sentences(result))
    context = {
        "title": f"How forecasts fared: {result['programme']['title']}",
        "version": result["orchard"],
        "programme": result["programme"],
        "actuals": result["actuals"],
        "lead": said[0],
        "more": said[1:],
        "figures_of": _figures(found),
        "rows": [_row(row) for row in result["rows"]],
        "strip": strip(result["rows"]),
        "before": [_row(row) for row in result["before"]],
        "claims": [_claim(claim) for claim in result["claims"]],
        "unscored": result["unscored"],
        "command": _command(result),
    }
    return render("backtest.html.j2", context | {"figures": {}})


def _figures(found: Result) -> list[tuple[str, str]]:
    """The numbers that stand first."""
    inside = f"{found['inside']} of {found['decided']}" if found["decided"] else "–"
    brier = "–" if found["brier"] is None else f"{found['brier']:.3f}"
    return [
        ("Inside their 80 % interval", inside),
        ("CRPS of numbers, of the outcome", show(found["crps_share"], "share") or "–"),
        ("Brier score of claims", brier),
    ]


def _row(row: Result) -> dict[str, Any]:
    return {
        "quantity": row["quantity"], "title": row["title"],
        "drawn": drawn(row), "tone": _TONES[row["inside"]],
        "forecast": words.interval(row), "outcome": words.outcome(row), "error": words.error(row),
        "score": words.score(row), "width": words.width(row), "remarks": words.remarks(row),
        "known": row["known"] or "", "source": row["source"],
    }  # fmt: skip


def _claim(claim: Result) -> dict[str, str]:
    return {
        "text": claim["text"], "chance": show(claim["probability"], "whole"), "tone": _TONES[claim["holds"]],
        "holds": "held" if claim["holds"] else "did not hold", "brier": f"{claim['brier']:.3f}",
        "said": words.said(claim),
    }  # fmt: skip


def drawn(row: Result) -> Markup:
    """Draw p10, median and p90, and what came out: a dot, a line for a range, an arrow for a bound."""
    unit = row["unit"]
    low, middle, high = (coordinate(row[key], unit) for key in ("p10", "p50", "p90"))
    first, last = (coordinate(row[f"actual_{end}"], unit) for end in ("low", "high"))
    known = [point for point in (low, middle, high, first, last) if point is not None]
    room = (max(known) - min(known)) * _ROOM or abs(known[0]) * _ROOM or 1.0
    start, size = min(known) - room, max(known) - min(known) + 2 * room

    def at(point: float | None, beyond: float) -> float:
        return beyond if point is None else 100 * (point - start) / size

    band = (at(low, 100), at(high, 100))
    parts = [
        Markup('<line class="axis" x1="0" x2="100%" y1="17" y2="17"/>'),
        Markup('<rect class="band" x="{:.2f}%" width="{:.2f}%" y="11" height="12" rx="2"/>').format(
            band[0], max(band[1] - band[0], 0.6)
        ),
        Markup('<line class="median" x1="{0:.2f}%" x2="{0:.2f}%" y1="7" y2="27"/>').format(at(middle, 100)),
        *_mark(at(first, 0), at(last, 100), row),
    ]
    label = f"forecast {words.interval(row)}, came out {words.outcome(row)}"
    return Markup(
        '<svg class="outcome {}" width="100%" height="34" role="img" aria-label="{}">{}</svg>'
    ).format(_TONES[row["inside"]], label, Markup("").join(parts))


def _mark(first: float, last: float, row: Result) -> list[Markup]:
    """The outcome: a dot at its value, a line over what it may still be."""
    parts = []
    if row["kind"] != "point":
        line = Markup('<line class="span" x1="{:.2f}%" x2="{:.2f}%" y1="17" y2="17"/>')
        parts.append(line.format(first, last))
    place = last if row["kind"] == "below" else first
    if row["kind"] == "range":
        place = (first + last) / 2
    name = "bound" if row["kind"] in ("above", "below") else "came"
    parts.append(Markup('<circle class="{}" cx="{:.2f}%" cy="17" r="{:g}"/>').format(name, place, _DOT))
    return parts


def strip(rows: Sequence[Result]) -> Markup:
    """Where outcomes fell in their forecasts: a dot each, from lower than all futures to higher than all."""
    counts: dict[int, int] = {}
    dots = []
    for row in sorted(rows, key=lambda each: float(each["place"])):
        column = round(float(row["place"]) * 100 / _PITCH)
        level = counts.get(column, 0)
        counts[column] = level + 1
        dots.append((column * _PITCH, level, row))
    height = _HIGH * (max(counts.values(), default=1) + 1)
    parts = [Markup('<rect class="zone" x="10%" width="80%" y="0" height="{:g}"/>').format(height)]
    parts += [
        Markup('<circle class="{}" cx="{:.2f}%" cy="{:g}" r="{:g}"><title>{}: {}</title></circle>').format(
            _TONES[row["inside"]], min(max(x, 0.6), 99.4), height - _HIGH * (level + 0.7), _DOT,
            row["quantity"], words.outcome(row),
        )
        for x, level, row in dots
    ]  # fmt: skip
    parts.append(Markup('<line class="axis" x1="0" x2="100%" y1="{0:g}" y2="{0:g}"/>').format(height))
    word = Markup('<text class="at{0}" x="{0}%" y="{1:g}" text-anchor="{2}">{3}</text>')
    parts += [word.format(x, height + _HIGH, anchor, text) for x, text, anchor in _SCALE]
    label = f"Where {len(rows)} outcomes fell in their forecasts; the table holds the numbers"
    return Markup('<svg class="fell" width="100%" height="{:g}" role="img" aria-label="{}">{}</svg>').format(
        height + _HIGH + 6, label, Markup("").join(parts)
    )


def _command(result: Result) -> str:
    drawn_by = ["--samples", str(result["samples"]), "--seed", str(result["seed"])]
    files = [result["programme"]["file"], result["actuals"]]
    return shlex.join(["orchard", "backtest", *files, *drawn_by, "--html", "backtest.html"])
