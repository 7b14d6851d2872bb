"""``orchard improve FILE --claim ID``: the cheapest way to make a claim likely."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from orchard.cli.options import Format, Html, ScenarioName, Settings


def improve(
    file: Annotated[Path, typer.Argument(help="The programme, a YAML file.", show_default=False)],
    claim: Annotated[str, typer.Option(help="Id of the claim to make likely.", show_default=False)],
    probability: Annotated[
        str | None,
        typer.Option(help="Wanted probability, as 90 %; 80 % without a budget.", show_default=False),
    ] = None,
    budget: Annotated[
        str | None, typer.Option(help='Most that may be spent, as "2 G USD".', show_default=False)
    ] = None,
    samples: Annotated[int, typer.Option(help="Futures in which choices are tried.")] = 500,
    seed: Annotated[int, typer.Option(help="The same seed gives the same answer.")] = 0,
    scenario: ScenarioName = None,
    changes: Settings = None,
    html: Html = None,
    json: Annotated[bool, typer.Option("--json", help="Print the answer as JSON, in SI units.")] = False,
    format: Format = "text",  # noqa: A002
) -> None:
    """Improve a plan: the cheapest choice of its levers for a claim, and what every other budget buys."""
    from orchard.catalogue import catalogue
    from orchard.cli.changes import change_words, load_changed
    from orchard.cli.progress import Progress
    from orchard.cli.results import Results
    from orchard.plan import CHECKS
    from orchard.plan.improve import improve as answer
    from orchard.report.improve import write_improvement
    from orchard.report.improve_lines import print_improvement

    results = Results([html], [file], json=json or format == "json")
    wanted = None if probability is None else _amount(probability, "%", "--probability", "90 %", most=1.0)
    most = None if budget is None else _amount(budget, "USD", "--budget", "2 G USD")
    programme = load_changed(file, scenario, changes, CHECKS).programme
    with Progress() as progress:
        found = answer(
            programme, catalogue(), claim, probability=wanted, budget_usd=most, samples=samples, seed=seed,
            file=str(file), changes=change_words(scenario, changes), progress=progress,
        )  # fmt: skip
    if html is not None:
        write_improvement(found, html)
    results.screen(found, print_improvement)


def _amount(text: str, unit: str, option: str, example: str, most: float = float("inf")) -> float:
    """An amount of the command line in the coherent unit."""
    from orchard import units
    from orchard.errors import Finding, QuantityError

    try:
        value = units.parse_as(text, unit)
    except units.UnitError as error:
        raise QuantityError(
            Finding("O926", "", option, str(error), f"a quantity in {unit}", example)
        ) from None
    if not 0 <= value <= most:
        wanted = "0 to 100 %" if unit == "%" else "at least 0 USD"
        raise QuantityError(Finding("O926", "", option, text[:40], wanted, example))
    return value
