"""``orchard explain FILE QUANTITY``: where a number comes from, and what moves it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from orchard.cli.options import Format, Html, ScenarioName, Settings


def explain(
    file: Annotated[Path, typer.Argument(help="The programme, a YAML file.", show_default=False)],
    quantity: Annotated[
        str, typer.Argument(help="A quantity as ask takes it, or the id of a claim.", show_default=False)
    ],
    samples: Annotated[int, typer.Option(help="Futures drawn by Monte Carlo.")] = 10_000,
    seed: Annotated[int, typer.Option(help="The same seed gives the same answer.")] = 0,
    scenario: ScenarioName = None,
    changes: Settings = None,
    html: Html = None,
    json: Annotated[bool, typer.Option("--json", help="Print the explanation as JSON, in SI units.")] = False,
    format: Format = "text",  # noqa: A002
) -> None:
    """Explain a number: the chain of steps and facts behind it, what moves it, whose spread it is."""
    from orchard.catalogue import catalogue
    from orchard.cli.changes import change_words, load_changed
    from orchard.cli.progress import Progress
    from orchard.cli.results import Results
    from orchard.plan.explain import explain as answer
    from orchard.report.explain import write_explanation
    from orchard.report.explain_lines import print_explanation

    results = Results([html], [file], json=json or format == "json")
    programme = load_changed(file, scenario, changes).programme
    with Progress() as progress:
        found = answer(
            programme,
            catalogue(),
            quantity,
            samples=samples,
            seed=seed,
            file=str(file),
            changes=change_words(scenario, changes),
            progress=progress,
        )
    if html is not None:
        write_explanation(found, html)
    results.screen(found, print_explanation)
