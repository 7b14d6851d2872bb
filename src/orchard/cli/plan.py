"""``orchard plan FILE``: which claims hold, what binds them, what would help."""

from __future__ import annotations

from json import dumps
from pathlib import Path
from typing import Annotated

import typer

from orchard.cli.options import EngineName, Format, Html, Keep, ScenarioName, Settings


def plan(
    file: Annotated[Path, typer.Argument(help="The programme, a YAML file.", show_default=False)],
    samples: Annotated[int, typer.Option(help="Futures drawn by Monte Carlo.")] = 10_000,
    seed: Annotated[int, typer.Option(help="The same seed gives the same answer.")] = 0,
    html: Html = None,
    json: Annotated[Path | None, typer.Option(help="Write the answer as JSON.")] = None,
    scenario: ScenarioName = None,
    changes: Settings = None,
    engine: EngineName = "local",
    keep: Keep = None,
    format: Format = "text",  # noqa: A002
) -> None:
    """Plan a programme: each claim with its probability, what binds it, and what would help."""
    from rich.console import Console

    from orchard.catalogue import catalogue
    from orchard.cli.changes import load_changed
    from orchard.cli.engines import engine_of
    from orchard.cli.progress import Progress
    from orchard.cli.results import Results
    from orchard.files import write_text
    from orchard.plan import CHECKS
    from orchard.plan import plan as make_plan
    from orchard.report import print_plan, write_report
    from orchard.spec.load import digest

    results = Results([html, json], [file])
    loaded = load_changed(file, scenario, changes, CHECKS)
    with Progress() as progress, engine_of(engine) as where:
        result = make_plan(
            loaded.programme,
            catalogue(),
            samples=samples,
            seed=seed,
            file=str(file),
            digest=digest(loaded.programme),
            overrides=[
                {"path": one.path, "from": one.before, "to": one.after, "why": one.why}
                for one in loaded.overrides
            ],
            progress=progress,
            where=where,
            keep=keep,
        )
    if json is not None:
        write_text(dumps(result, indent=1, allow_nan=False) + "\n", json)
    if html is not None:
        write_report(result, html)
    print_plan(result, Console(stderr=results.streamed))
    results.tell()
    if loaded.warnings:
        typer.echo(f"{len(loaded.warnings)} worth a look: orchard check {file}", err=True)
