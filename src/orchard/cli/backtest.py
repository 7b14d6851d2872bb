"""``orchard backtest FILE ACTUALS.csv``: the programme's forecasts beside what became known since."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from orchard.cli.options import EngineName, Format, Html, Json, Keep


def backtest(
    file: Annotated[Path, typer.Argument(help="The programme, a YAML file.", show_default=False)],
    actuals: Annotated[
        Path,
        typer.Argument(
            help="What became known, a CSV file: quantity, value; also at, unit, low, high, known, source.",
            show_default=False,
        ),
    ],
    samples: Annotated[int, typer.Option(help="Futures drawn by Monte Carlo.")] = 10_000,
    seed: Annotated[int, typer.Option(help="The same seed gives the same answer.")] = 0,
    html: Html = None,
    json: Json = False,
    engine: EngineName = "local",
    keep: Keep = None,
    format: Format = "text",  # noqa: A002
) -> None:
    """Score forecasts by what became known since: coverage, bias, sharpness, CRPS, Brier.

    A row for each quantity, as ask takes it (capex@2025, avocado.released), or for a claim by its id with
    true or false. A value is a number with its unit, an ISO date, or a bound such as >2026-05-01.
    """
    from orchard.catalogue import catalogue
    from orchard.cli.engines import engine_of
    from orchard.cli.progress import Progress
    from orchard.cli.results import Results
    from orchard.plan.backtest import backtest as score
    from orchard.report.backtest import describe_backtest
    from orchard.report.backtest_page import write_backtest
    from orchard.spec.load import digest, load

    results = Results([html], [file, actuals], json=json or format == "json")
    programme = load(file)
    with Progress() as progress, engine_of(engine) as where:
        result = score(
            programme,
            catalogue(),
            actuals,
            samples=samples,
            seed=seed,
            file=str(file),
            digest=digest(programme),
            progress=progress,
            where=where,
            keep=keep,
        )
    if html is not None:
        write_backtest(result, html)
    results.answer(result, describe_backtest)
