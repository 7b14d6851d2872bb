"""The report of a validation: plot, errors, worst runs, constants, in one HTML file."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from orchard.files import write_text
from orchard.report.document import render
from orchard.report.parity import families, parity, strips
from orchard.report.table import SCORE, held, show
from orchard.report.theme import SERIES
from orchard.report.validation import QUESTIONS, WAYS_OF_RECOMPUTE, headline, sentences
from orchard.report.values import plain

Result = Mapping[str, Any]

_WORST = 20
_SHOWN_LEFT_OUT = 200
# Rows of a calibration that are no constants of the model.
_COUNTS = ("seen.", "range.")


def write_validation(result: Result, path: Path) -> None:
    """Write the report; the file appears whole or not at all.

    Raises
    ------
    OutputError
        the folder is missing, or the file cannot be written
    """
    write_text(render_validation(result), path)


def render_validation(result: Result) -> str:
    """Make the HTML text of the report. The same result always gives the same text."""
    points = list(result["points"])
    best = headline(result)
    worst = sorted(points, key=lambda point: -abs(point["error"]))[:_WORST]
    context = {
        "title": "How far the estimates of training runs can be trusted",
        "version": result["orchard"],
        "file": result["file"],
        "calibration": result["calibration"],
        "sentence": " ".join(sentences(result)),
        "figures_of": _figures_of(best["overall"]),
        "way": best,
        "ways": [_way(way) for way in result["ways"]],
        "heads": [head for head, _, _ in SCORE],
        "naive": [_compared(one) for one in result["naive"]],
        "questions": [_question(result, best, name, title) for name, title in QUESTIONS.items()],
        "others": [way for way in result["ways"] if way is not best],
        "key": [
            {"name": name, "place": index % len(SERIES) + 1, "open": index >= len(SERIES)}
            for index, name in enumerate(families(points))
        ],
        "figures": {"chart-parity": parity(points), "chart-strips": strips(points)} if points else {},
        "worst": [_run(point) for point in worst],
        "layouts": result["layouts"],
        "memory": result["memory"],
        "recomputes": WAYS_OF_RECOMPUTE,
        "noise": result.get("noise"),
        "twins": result.get("twins"),
        "unfitted": result.get("unfitted", []),
        "constants": [_constant(row) for row in result["constants"] if not row["name"].startswith(_COUNTS)],
        "fitted": sum(bool(row["fitted"]) for row in result["constants"]),
        "blank": result["blank"],
        "left_out": result["left_out"][:_SHOWN_LEFT_OUT],
        "left_out_count": len(result["left_out"]),
        "command": _command(result),
        "show": show,
    }
    return render("validation.html.j2", context)


def _figures_of(one: Result) -> list[tuple[str, str]]:
    """The three numbers that stand first."""
    named = (("Mean error", "mape", "share"), ("Nine in ten are within", "p90", "share"),
             ("Inside their 80 % interval", "coverage", "whole"))  # fmt: skip
    return [(title, show(one[key], how) or "–") for title, key, how in named]


def _way(way: Result) -> dict[str, Any]:
    return {"title": held(way), "about": way["about"], "cells": _cells(way["overall"])}


def _cells(one: Result) -> list[str]:
    return [show(one[key], how) or "–" for _, key, how in SCORE]


def _compared(one: Result) -> dict[str, Any]:
    return {
        "title": one["title"],
        "n": show(one["model"]["n"], "count"),
        "cells": [show(one[who][key], "share") for key in ("mape", "p90") for who in ("naive", "model")],
    }


def _question(result: Result, best: Result, name: str, title: str) -> dict[str, Any]:
    """Rows of one table of errors: the quoted way in full, the others by their mean error."""
    others = [way for way in result["ways"] if way is not best]
    rows = [
        {"name": group, "cells": _cells(one), "bar": min(one["mape"], 1.0),
         "others": [show(way["by"][name][group]["mape"], "share") for way in others]}
        for group, one in best["by"][name].items()
    ]  # fmt: skip
    return {"title": title, "rows": rows}


def _run(point: Result) -> dict[str, str]:
    return {
        "id": point["id"],
        "what": f"{point['model']} on {point['chips']:,} {point['chip']}",
        "how": f"{point['precision']}, {point['sequence']:,} tokens, {point['layout']}",
        "stack": point["stated"] or point["stack"],
        "measured": plain(point["measured"], 3),
        "predicted": plain(point["predicted"], 3),
        "range": f"{plain(point['low'], 3)} – {plain(point['high'], 3)}",
        "error": show(point["error"], "signed"),
    }


def _constant(row: Result) -> dict[str, str]:
    unit = "" if row["unit"] == "1" else f" {row['unit']}"
    span = "" if row["low"] is None else f"{plain(row['low'], 3)} – {plain(row['high'], 3)}{unit}"
    return {
        "name": row["name"],
        "meaning": row["meaning"],
        "value": plain(row["value"], 3) + unit,
        "range": span if row["fitted"] else "",
        "prior": plain(row["prior"], 3) + unit if row["fitted"] else "not fitted",
        "source": row["source"],
        "as_of": row["as_of"],
    }


def _command(result: Result) -> str:
    words = ["orchard", "validate", "training", *filter(None, [result["file"]])]
    if result["calibration"]:
        words += ["--calibration", result["calibration"]]
    return shlex.join([*words, "--html", "validation.html"])
