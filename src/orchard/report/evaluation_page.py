"""The report of a judged model: figures beside what they are compared with, gate, samples, in one file."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from orchard.files import write_text
from orchard.report.document import render
from orchard.report.evaluation import WORDS, chance_of, number, sentences, share, signed, signed_span, span
from orchard.report.evaluation_charts import REFERENCES, figures

Result = Mapping[str, Any]


def write_evaluation(result: Result, path: Path) -> None:
    """Write the report; the file appears whole or not at all.

    Raises
    ------
    OutputError
        the folder is missing, or the file cannot be written
    """
    write_text(render_evaluation(result), path)


def render_evaluation(result: Result) -> str:
    """Make the HTML text of the report. The same result always gives the same text."""
    context = {
        "title": result["title"],
        "version": result["orchard"],
        "result": result,
        "sentence": " ".join(sentences(result)),
        "extremes": _extremes(result),
        "figures": figures(result),
        "references": [
            {"title": title, "place": place + 1}
            for place, (key, title, _) in enumerate(REFERENCES, 1)
            if any(row[key] is not None for row in result["texts"])
        ],
        "words": WORDS,
        "number": number,
        "share": share,
        "signed": signed,
        "signed_span": signed_span,
        "chance_of": chance_of,
        "span": span,
        "command": _command(result),
    }
    return render("evaluation.html.j2", context)


def _extremes(result: Result) -> list[tuple[str, str]]:
    """The numbers that stand first."""
    found = [(f"Bits per byte, {row['title']}", number(row["value"])) for row in result["texts"]]
    if result["gate"]["verdicts"]:
        found.append(("Gate", WORDS[result["gate"]["word"]].lower()))
    return found


def _command(result: Result) -> str:
    return shlex.join(
        ["orchard", "evaluate", str(result["file"]), str(result["model"]), "--html", "evaluation.html"]
    )
