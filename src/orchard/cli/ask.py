"""``orchard ask FILE QUANTITY...``: any quantity at a date, a quarter or a year."""

from __future__ import annotations

import json as json_module
from pathlib import Path
from typing import Annotated, Any

import typer

from orchard.cli.options import EngineName, Format, Keep, ScenarioName, Settings


def ask(
    file: Annotated[Path, typer.Argument(help="The programme, a YAML file.", show_default=False)],
    quantities: Annotated[
        list[str] | None,
        typer.Argument(
            help="Such as fleet.gpus@2025-12-31, capex@2025-Q4, avocado.released.", show_default=False
        ),
    ] = None,
    samples: Annotated[int, typer.Option(help="Futures drawn by Monte Carlo.")] = 10_000,
    seed: Annotated[int, typer.Option(help="The same seed gives the same answer.")] = 0,
    json: Annotated[
        bool, typer.Option("--json", help="A list of quantity, unit, p10, p50, p90 in SI units.")
    ] = False,
    scenario: ScenarioName = None,
    changes: Settings = None,
    engine: EngineName = "local",
    keep: Keep = None,
    every: Annotated[bool, typer.Option("--list", help="List the quantities of this programme.")] = False,
    format: Format = "text",  # noqa: A002
) -> None:
    """Ask for quantities: p10, p50 and p90. Intervals are meant to hold 80 % of outcomes."""
    from orchard.catalogue import catalogue
    from orchard.cli.changes import load_changed
    from orchard.cli.engines import engine_of
    from orchard.errors import Finding, QuantityError
    from orchard.plan import Setup, definitions
    from orchard.plan import ask as answer

    programme = load_changed(file, scenario, changes).programme
    if every:
        _list(definitions(Setup.of(programme, catalogue())))
        return
    if not quantities:
        raise QuantityError(
            Finding("O505", "", "QUANTITY", "no quantity", "one or more", f"orchard ask {file} --list")
        )
    with engine_of(engine) as where:
        answers = answer(
            programme, catalogue(), quantities, samples=samples, seed=seed, where=where, keep=keep
        )
    if json:
        typer.echo(json_module.dumps(answers, indent=2))
    else:
        _print(answers)


def _print(answers: list[dict[str, Any]]) -> None:
    from orchard import units

    def show(value: object, unit: str) -> str:
        if isinstance(value, float):
            return units.show(value, unit)
        return str(value) if value is not None else "never"

    rows = [("quantity", "p10", "p50", "p90")]
    for found in answers:
        if "unknown" in found:
            rows.append((found["quantity"], "unknown", found["unknown"], ""))
        else:
            rows.append(
                (found["quantity"], *(show(found[key], found["unit"]) for key in ("p10", "p50", "p90")))
            )
    known = [row for row in rows if row[1] != "unknown"]
    widths = [max(len(row[column]) for row in known) for column in range(4)]
    widths[0] = max(len(row[0]) for row in rows)
    for row in rows:
        typer.echo("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def _list(known: dict[str, Any]) -> None:
    width = max(len(name) for name in known)
    when = {"state": "@date", "flow": "@quarter or @year", "date": "", "constant": ""}
    for definition in known.values():
        state = f"unknown: {definition.unknown}" if definition.unknown else definition.title
        period = when[definition.kind]
        typer.echo(f"{definition.id:<{width}}  {definition.unit:<10}  {period:<17}  {state}")
