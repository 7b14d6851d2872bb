"""``orchard validate site CHIPS.csv [POWER.csv]``: estimates of sites beside their stated power."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from orchard.cli.options import Format, Json
from orchard.cli.threads import one_thread


def site(
    file: Annotated[
        Path,
        typer.Argument(
            help="Sites with chips and power, a CSV file; or, with POWER.csv, chips alone.",
            show_default=False,
        ),
    ],
    power: Annotated[
        Path | None,
        typer.Argument(help="Their power, where another file holds it.", show_default=False),
    ] = None,
    json: Json = False,
    format: Format = "text",  # noqa: A002
) -> None:
    """Judge the model of sites by sites whose power is stated.

    One file: id, date, chip, units, it_power_w, facility_power_w, and site where several ids are one. Two
    files: id, date, chip, units, and id, date, it_power_w, facility_power_w, h100_equivalents; or the
    tables of chips and of timelines of the Frontier Data Centers of Epoch AI, as they are. Each site is
    predicted by constants fitted without it, and by the shipped ones.
    """
    one_thread()
    from orchard import __version__
    from orchard.cli.progress import Progress
    from orchard.cli.results import Results
    from orchard.estimate.power.sites.pairs import read
    from orchard.estimate.power.sites.validate import validate
    from orchard.report.site_power import describe_sites

    known = read(file, power)
    with Progress() as progress:
        found = validate(known, progress)
    names = {"file": str(file), "power": "" if power is None else str(power)}
    Results([], json=json or format == "json").answer(
        {"orchard": __version__, **names, **found}, describe_sites
    )
