"""``orchard compare A [B]``: what differs between two programmes, and what it does."""

from __future__ import annotations

from json import dumps
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
    from rich.console import Console

    from orchard.catalogue import catalogue
    from orchard.cli.progress import Progress
    from orchard.cli.results import Results
    from orchard.plan import CHECKS
    from orchard.plan.compare import Side
    from orchard.plan.compare import compare as answer
    from orchard.report.compare import write_comparison
    from orchard.report.compare_lines import print_comparison
    from orchard.spec.load import load_with_warnings
    from orchard.spec.scenario import read_scenario

    as_json = json or format == "json"
    results = Results([html], [first, second], json=as_json)
    sides = []
    for path, settings, named in ((first, [], None), (second or first, changes or [], scenario)):
        chosen = None if named is None else read_scenario(named)
        loaded = load_with_warnings(path, extra_rules=CHECKS, settings=settings, scenario=chosen)
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
    if as_json:
        typer.echo(dumps(found, indent=1, allow_nan=False))
    else:
        print_comparison(found, Console(stderr=results.streamed))
    results.tell()
