"""``orchard estimate site IN.csv --out OUT.csv``: IT and facility power of every site, with its interval."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from json import dumps
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from orchard.cli.options import Answers, Format
from orchard.cli.table import CHUNK
from orchard.cli.threads import one_thread

if TYPE_CHECKING:
    from orchard.estimate.power.sites import Constants, Estimates, Sites

COLUMNS = ("id", "it_power_w", "facility_power_w", "low", "high", "note")


def site(
    file: Annotated[
        Path, typer.Argument(help="The chips, a CSV file: a row a site, date and chip.", show_default=False)
    ],
    out: Answers,
    format: Format = "text",  # noqa: A002
) -> None:
    """Estimate sites from the chips in them: IT power, and facility power at its peak, in W.

    Columns needed: id, date, chip, units (chips, or racks, nodes or superchips where the chip's name says
    so). Also read: peak_ratio, facility over IT power where it is known. Rows of one id are one site and
    get one line: of each chip the last date counts. low to high holds the facility power with 80 %. What
    cannot be predicted is left blank, and the note says why.
    """
    one_thread()
    import csv

    from orchard.cli.results import Results, shown
    from orchard.estimate.power.sites import estimate, shipped
    from orchard.files import is_standard_output, replacing

    results = Results([out], [file])
    constants = shipped()
    sites, rows = _gathered(file, constants)
    found = estimate(sites, constants)
    with replacing(out) as text:
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows(_lines(found))
    blank = int((~found.ok).sum())
    if format == "json":
        said = dumps({"out": str(out), "rows": rows, "sites": len(sites), "blank": blank}, indent=1)
        typer.echo(said, err=is_standard_output(out))
    else:
        left = f", {blank:,} left blank with the reason" if blank else ""
        results.say(f"wrote {shown(out)}: {len(sites):,} sites of {rows:,} rows{left}")


def _gathered(file: Path, constants: Constants) -> tuple[Sites, int]:
    """The sites of a table, and how many rows it has; progress is shown on standard error."""
    from orchard.cli.progress import Progress
    from orchard.estimate.power.sites import Sites
    from orchard.estimate.power.sites.table import REQUIRED
    from orchard.estimate.sheet import Sheet

    rows = 0
    with Progress() as progress, Sheet(file, REQUIRED) as sheet:
        sites = Sites(sheet.columns, constants)
        for chunk in sheet.chunks(CHUNK):
            sites.add(chunk.rows, chunk.wrong)
            rows += len(chunk.rows)
            progress(f"{rows:,} rows", sheet.share)
    return sites, rows


def _lines(found: Estimates) -> Iterator[Sequence[str]]:
    """Cells of each site; numbers with six digits."""
    columns = (found.it_power_w, found.facility_power_w, found.low, found.high)
    numbers = [[f"{value:.6g}" for value in column.tolist()] for column in columns]
    for place, ok in enumerate(found.ok.tolist()):
        cells = [column[place] for column in numbers] if ok else ["", "", "", ""]
        yield [found.ids[place], *cells, found.notes[place]]
