"""The report: one HTML file that works without a network, made from the result of a plan."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from markupsafe import Markup

from orchard.files import write_text
from orchard.report import (
    cash,
    claims,
    gantt,
    interruptions,
    marks,
    sensitivity,
    series,
    sites,
    speeds,
    tables,
)
from orchard.report.document import render
from orchard.report.glossary import glossary
from orchard.report.values import in_shown_units, keep_together, percent, read_date, show_date, show_value

_FALLBACK_FILE = "PROGRAMME.yaml"
_SHOWN_DRIVERS = 3


def write_report(result: dict[str, Any], path: Path) -> None:
    """Write the report; the file appears whole or not at all.

    Raises
    ------
    OutputError
        the folder is missing, or the file cannot be written
    """
    write_text(render_report(result), path)


def render_report(result: dict[str, Any]) -> str:
    """Make the HTML text of the report. The same result always gives the same text."""
    result = in_shown_units(result)
    return render("template.html.j2", _context(result))


def _context(result: Mapping[str, Any]) -> dict[str, Any]:
    rows = list(result.get("claims") or ())
    programme = dict(result.get("programme") or {})
    groups = series.panels(result)
    runs = gantt.gantt(result)
    figures = {panel.id: panel.figure for _, panels in groups for panel in panels if panel.figure}
    if runs:
        figures["chart-runs"] = runs
    money, places = cash.section(result), sites.section(result)
    figures |= {panel.id: panel.figure for panel in money.panels if panel.figure} if money else {}
    figures |= {"chart-sites": places.figure} if places else {}
    return {
        "title": str(programme.get("title") or programme.get("id") or "Programme"),
        "head": _head(result, programme),
        "verdict": claims.verdict(rows),
        "extremes": claims.extremes(rows),
        "strip": _strip(rows),
        "counts": claims.count_classes(rows),
        "claims": [_claim(row, str(programme.get("end") or ""), result) for row in rows],
        "anchor": tables.anchor,
        "groups": groups,
        "figures": figures,
        "cash": money,
        "sites": places,
        "runs": runs,
        "interruptions": interruptions.section(result),
        "run_rows": gantt.describe(result),
        "speed_rows": speeds.speed_rows(result),
        "drivers": claims.aggregate_drivers(rows),
        "sensitivity": sensitivity.sensitivity(result),
        "facts": tables.fact_rows(result),
        "kinds": tables.count_kinds(list(result.get("facts") or ())),
        "assumptions": tables.assumption_rows(result),
        "overrides": list(result.get("overrides") or ()),
        "unknown": [_reason(entry) for entry in result.get("unknown") or ()],
        "choices": result.get("choices") or 0,
        "glossary": glossary(result),
        "command": _command(result, programme),
        "samples": _count(result.get("samples")),
    }


def _head(result: Mapping[str, Any], programme: Mapping[str, Any]) -> dict[str, str]:
    return {
        "as_of": _day(programme.get("as_of")),
        "start": _day(programme.get("start")),
        "end": _day(programme.get("end")),
        "file": str(programme.get("file") or ""),
        "digest": str(result.get("digest") or ""),
        "seed": str(result.get("seed", "")),
        "samples": _count(result.get("samples")),
        "version": str(result.get("orchard") or ""),
        "seconds": show_value(result.get("seconds"), "s"),
    }


def _day(value: object) -> str:
    day = read_date(value)
    return show_date(day) if day else ""


def _count(value: Any) -> str:
    return f"{int(value or 0):,}".replace(",", "\u202f")


def _strip(rows: list[Mapping[str, Any]]) -> list[list[dict[str, str]]]:
    """Claims in 20 columns of 5 % by their probability, and those without one in a last column."""
    columns: list[list[dict[str, str]]] = [[] for _ in range(21)]
    for row in rows:
        share = row.get("probability")
        place = 20 if share is None else min(19, int(float(share) * 20 + 1e-9))
        text = "unknown" if share is None else percent(float(share))
        entry = {"id": str(row["id"]), "name": claims.classify(row), "text": f"{row['text']}: {text}"}
        columns[place].append(entry)
    return columns


def _claim(row: Mapping[str, Any], end: str, result: Mapping[str, Any]) -> dict[str, Any]:
    share = row.get("probability")
    name = claims.classify(row)
    drivers = sorted(row.get("drivers") or (), key=lambda d: (-float(d["share"]), str(d["name"])))
    known = {str(fact["id"]) for fact in result.get("facts") or ()}
    return {
        "id": str(row["id"]),
        "name": name,
        "text": str(row["text"]),
        "statement": str(row.get("statement") or ""),
        "percent": "unknown" if share is None else percent(float(share)),
        "gauge": marks.gauge(share, name),
        "interval": Markup("") if share is None else marks.interval(row, end, name),
        "binding": keep_together(str(row.get("binding") or "")),
        "remedy": keep_together(str(row.get("remedy") or "")),
        "unknown": str(row.get("unknown") or "") or ("no reason is given" if share is None else ""),
        "drivers": [
            {"name": str(d["name"]), "share": float(d["share"]), "percent": percent(float(d["share"]))}
            for d in drivers[:_SHOWN_DRIVERS]
        ],
        "facts": [(str(fact), str(fact) in known) for fact in row.get("facts") or ()],
        "report": ", ".join(str(number) for number in row.get("report") or ()),
    }


def _reason(entry: object) -> str:
    if isinstance(entry, Mapping):
        return ": ".join(str(value) for value in entry.values() if value)
    return str(entry)


def _command(result: Mapping[str, Any], programme: Mapping[str, Any]) -> str:
    parts = ["orchard", "plan", str(programme.get("file") or _FALLBACK_FILE),
             "--samples", str(result.get("samples", "")), "--seed", str(result.get("seed", "")),
             "--html", "report.html"]  # fmt: skip
    return shlex.join(parts)
