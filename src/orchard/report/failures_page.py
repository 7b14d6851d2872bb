"""The page of a simulated fleet: failures, power, jobs, in one HTML file."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from orchard import units
from orchard.files import write_text
from orchard.report import failures as words
from orchard.report import failures_charts as charts
from orchard.report.document import render
from orchard.report.values import keep_together, read_date, show_date, show_value

Entry = Mapping[str, Any]

_SHOWN_JOBS = 60


def write_simulation(answer: Entry, path: Path) -> None:
    """Write the page; the file appears whole or not at all.

    Raises
    ------
    OutputError
        the folder is missing, or the file cannot be written
    """
    write_text(render_simulation(answer), path)


def render_simulation(answer: Entry) -> str:
    """Make the HTML text of the page. The same answer always gives the same text."""
    context = {
        "title": answer["programme"],
        "date": show_date(read_date(answer["date"])),
        "length": words.length(answer),
        "version": answer["orchard"],
        "seed": answer["seed"],
        "digest": answer["digest"],
        "sentence": keep_together(words.verdict(answer)),
        "basis": words.basis(answer),
        "rates": answer["rates"],
        "figures_of": _figures_of(answer),
        "figures": charts.figures(answer),
        "key": charts.titles(answer),
        "class_rows": list(words.class_rows(answer)),
        "part_rows": list(words.part_rows(answer)),
        "chip_rows": list(words.chip_rows(answer)),
        "site_rows": list(words.site_rows(answer)),
        "job_rows": list(words.job_rows(answer, _SHOWN_JOBS)),
        "jobs": f"{answer['jobs']:,}",
        "lines": len(charts.lines(answer)),
        "spread_rows": list(words.spread_rows(answer)) if "spread" in answer else [],
        "findings": answer["findings"],
        "facts": answer["facts"],
        "command": _command(answer),
    }
    return render("failures.html.j2", context)


def _figures_of(answer: Entry) -> list[tuple[str, str]]:
    """The numbers that stand first."""
    a_day = answer["failures"] / (answer["seconds"] / units.factor("d"))
    return [
        ("Goodput of training chips", words.percent(answer["goodput"])),
        ("Failures a day", f"{a_day:,.3g}"),
        ("Mean power", show_value(answer["energy_j"] / answer["seconds"], "W")),
    ]


def _command(answer: Entry) -> str:
    """The command that makes the page again."""
    made = ["orchard", "simulate", "fleet", answer["file"], "--date", answer["date"]]
    made += ["--gpus", str(answer["gpus"]), "--days", f"{answer['seconds'] / units.factor('d'):.10g}"]
    made += ["--seed", str(answer["seed"])]
    if answer["rates"] == "drawn":
        made += ["--rates", "drawn"]
    for option in ("jobs", "failures"):
        if answer["traces"].get(option):
            made += [f"--{option}", answer["traces"][option]]
    if answer["fault_tolerance"] != "none":
        made += ["--fault-tolerance", answer["fault_tolerance"]]
    if answer["copies"]:
        made.append("--copies")
    return shlex.join([*made, "--html", "fleet.html"])
