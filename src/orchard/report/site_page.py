"""The page of one site: ramp, chips, load, the mix of its energy, costs, what binds, in one HTML file."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from orchard.files import write_text
from orchard.report import site as words
from orchard.report import site_charts, tables
from orchard.report.document import render
from orchard.report.values import keep_together, read_date, show_amount, show_date, show_value

Entry = Mapping[str, Any]


def write_site(answer: Entry, path: Path) -> None:
    """Write the page; the file appears whole or not at all.

    Raises
    ------
    OutputError
        the folder is missing, or the file cannot be written
    """
    write_text(render_site(answer), path)


def render_site(answer: Entry) -> str:
    """Make the HTML text of the page. The same answer always gives the same text."""
    supply, place = answer["supply"], answer["site"]
    feasible = supply["feasible"]
    context = {
        "title": place["title"],
        "place": place["place"],
        "programme": answer["programme"]["title"],
        "as_of": show_date(read_date(answer["programme"]["as_of"])),
        "date": show_date(read_date(answer["date"])),
        "version": answer["orchard"],
        "samples": f"{answer['samples']:,}".replace(",", "\u202f"),
        "seed": answer["seed"],
        "digest": answer["digest"],
        "sentence": keep_together(words.verdict(answer)),
        "feasible": feasible,
        "figures_of": _figures_of(answer),
        "figures": site_charts.figures(answer),
        "mix_key": _key(site_charts.mixed(answer)) if feasible else [],
        "chip_key": _key([one["title"] for one in answer["chips"]]),
        "ramp_rows": list(words.ramp_rows(answer)),
        "phase_rows": list(words.phase_rows(answer)),
        "chip_rows": list(words.chip_rows(answer)) if answer["chips"] else [],
        "load_rows": list(words.load_rows(answer)),
        "mix_rows": list(words.mix_rows(answer)) if feasible else [],
        "loads": list(words.load_cost_rows(answer)),
        "bound": [keep_together(one) for one in (words.bound if feasible else words.relaxed)(answer)],
        "facts": tables.fact_rows(answer),
        "kinds": tables.count_kinds(list(answer["facts"])),
        "assumptions": tables.assumption_rows(answer),
        "anchor": tables.anchor,
        "command": _command(answer),
    }
    return render("site.html.j2", context)


def _figures_of(answer: Entry) -> list[tuple[str, str]]:
    """The three numbers that stand first."""
    supply, load = answer["supply"], answer["load"]
    first = ("Facility power, mean", show_value(load["facility_mean_w"], "W"))
    if not supply["feasible"]:
        return [first, ("IT power drawn", show_value(load["it_drawn_w"]["p50"], "W"))]
    return [first, ("A megawatt-hour", show_amount(supply["cost_usd_per_j"], "USD/J").removesuffix("/MWh")),
            ("CO2 of a year", words.tonnes(supply["carbon_kg"]))]  # fmt: skip


def _key(names: list[str]) -> list[dict[str, str]]:
    """Names beside the colours that the charts give to them."""
    return [{"name": name, "colour": site_charts.colour(place)} for place, name in enumerate(names)]


def _command(answer: Entry) -> str:
    return shlex.join(
        ["orchard", "site", answer["programme"]["file"] or "PROGRAMME.yaml", answer["site"]["id"],
         "--date", answer["date"], "--samples", str(answer["samples"]), "--seed", str(answer["seed"]),
         "--html", "site.html"]
    )  # fmt: skip
