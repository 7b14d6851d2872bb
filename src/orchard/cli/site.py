"""``orchard site FILE SITE``: one site's ramp, chips and energy: what a megawatt-hour costs, what binds."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from orchard.cli.options import Format, Html, Json


def site(
    file: Annotated[Path, typer.Argument(help="The programme, a YAML file.", show_default=False)],
    name: Annotated[str, typer.Argument(metavar="SITE", help="Id of a site in it.", show_default=False)],
    day: Annotated[
        str | None,
        typer.Option(
            "--date", metavar="DAY", help="Day it is supplied on; the last of the horizon if left out."
        ),
    ] = None,
    samples: Annotated[int, typer.Option(help="Futures drawn by Monte Carlo.")] = 1000,
    seed: Annotated[int, typer.Option(help="The same seed gives the same answer.")] = 0,
    html: Html = None,
    json: Json = False,
    export: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER", help="Write the case as CSV files that PyPSA reads.", show_default=False
        ),
    ] = None,
    format: Format = "text",  # noqa: A002
) -> None:
    """Study one site: its power by quarter, its chips, and the cheapest supply of its energy on one day.

    A year of 8,760 hours is solved as a linear programme: what to contract and build, what runs in each
    hour, what a megawatt-hour costs, how much CO2, and which limits bind. Exit status 2 when nothing can
    supply it: then it says what would have to give, and by how much.
    """
    from orchard.catalogue import catalogue
    from orchard.cli.progress import Progress
    from orchard.cli.results import Results
    from orchard.estimate.supply.export import export as write_case
    from orchard.estimate.supply.export import left_out
    from orchard.plan import CHECKS
    from orchard.plan.sites import site as study
    from orchard.report.site import describe_site
    from orchard.report.site_page import write_site
    from orchard.spec.load import digest, load_with_warnings

    results = Results([html], [file], json=json or format == "json")
    at = _day(day)
    programme = load_with_warnings(file, extra_rules=CHECKS).programme
    with Progress() as progress:
        found = study(
            programme,
            catalogue(),
            name,
            day=at,
            samples=samples,
            seed=seed,
            file=str(file),
            digest=digest(programme),
            progress=progress,
        )
    if html is not None:
        write_site(found.answer, html)
    if export is not None:
        write_case(found.case, export)
    results.answer(found.answer, describe_site)
    if export is not None:
        without = left_out(found.case)
        results.say(f"wrote {export}" + (", without " + " and ".join(without) if without else ""))
    if not found.answer["supply"]["feasible"]:
        raise typer.Exit(2)


def _day(text: str | None) -> date | None:
    from orchard.errors import Finding, QuantityError

    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        found, wanted = repr(text[:40]), "a date that exists, as 2026-12-31"
        raise QuantityError(Finding("O876", "", "--date", found, wanted, "--date 2026-12-31")) from None
