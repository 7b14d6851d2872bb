"""``orchard compare A [B]``: what differs between two programmes, and what it does."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from orchard.cli.options import Format, Html, ScenarioName, Settings


def compare(
    first: Annotated[Path, typer.Argument(help="A programme, a YAML file.", show_default=False)],
    second: Annotated[
        Path | None,
        typer.Argument(
            help="The other one; left out, the same with --scenario or --set.", show_default=False
        ),
    ] = None,
    scenario: ScenarioName = None,
    changes: Settings = None,
    samples: Annotated[int, typer.Option(help="Futures drawn by Monte Carlo.")] = 10_000,
    seed: Annotated[int, typer.Option(help="The same seed gives the same answer.")] = 0,
    html: Html = None,
    json: Annotated[bool, typer.Option("--json", help="Print the comparison as JSON, in SI units.")] = False,
    format: Format = "text",  # noqa: A002
) -> None:
    """Compare two programmes: what differs, what it does to each claim, which difference does it."""
    from orchard.catalogue import catalogue
    from orchard.cli.changes import load_changed
    from orchard.cli.progress import Progress
    from orchard.cli.results import Results
    from orchard.plan import CHECKS
    from orchard.plan.compare import Side
    from orchard.plan.compare import compare as answer
    from orchard.report.compare import write_comparison
    from orchard.report.compare_lines import print_comparison

    results = Results([html], [first, second], json=json or format == "json")
    sides = []
    for path, settings, named in ((first, [], None), (second or first, changes or [], scenario)):
        loaded = load_changed(path, named, settings, CHECKS)
        words = [
            str(path),
            *([f"--scenario {named}"] if named else []),
            *(f"--set {text}" for text in settings),
        ]
        sides.append(Side(loaded.programme, " ".join(words), {one.path: one.why for one in loaded.overrides}))
    with Progress() as progress:
        found = answer(sides[0], sides[1], catalogue(), samples=samples, seed=seed, progress=progress)
    if html is not None:
        write_comparison(found, html)
    results.screen(found, print_comparison)
