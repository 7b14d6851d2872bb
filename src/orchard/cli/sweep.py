"""``orchard sweep FILE SCENARIOS.yaml [QUANTITY...]``: scenarios side by side."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from orchard.cli.options import EngineName, Format, Json, Keep


def sweep(
    file: Annotated[Path, typer.Argument(help="The programme, a YAML file.", show_default=False)],
    scenarios: Annotated[
        Path, typer.Argument(help="Scenarios: name, why, and set or vary, a YAML file.", show_default=False)
    ],
    quantities: Annotated[
        list[str] | None,
        typer.Argument(help="Such as capex@2026, avocado.released; beside the claims.", show_default=False),
    ] = None,
    samples: Annotated[int, typer.Option(help="Futures drawn by Monte Carlo, the same for each.")] = 10_000,
    seed: Annotated[int, typer.Option(help="The same seed gives the same answer.")] = 0,
    json: Json = False,
    engine: EngineName = "local",
    keep: Keep = None,
    format: Format = "text",  # noqa: A002
) -> None:
    """Plan scenarios of a programme on the same futures: claims that differ, and quantities of each."""
    from orchard.catalogue import catalogue
    from orchard.cli.engines import engine_of
    from orchard.cli.progress import Progress
    from orchard.cli.results import Results
    from orchard.plan import CHECKS
    from orchard.plan.sweep import Case
    from orchard.plan.sweep import sweep as answer
    from orchard.report.sweep import describe_sweep
    from orchard.spec.load import load_with_warnings
    from orchard.spec.scenario import read_scenarios

    results = Results([], [file, scenarios], json=json or format == "json")
    cases = [Case("as it stands", "", load_with_warnings(file, extra_rules=CHECKS).programme, {})]
    for one in read_scenarios(scenarios):
        loaded = load_with_warnings(file, extra_rules=CHECKS, scenario=one)
        cases.append(Case(one.name, one.why, loaded.programme, one.changes))
    with Progress() as progress, engine_of(engine) as where:
        found = answer(
            cases, catalogue(), quantities or (), samples=samples, seed=seed,
            progress=progress, where=where, keep=keep,
        )  # fmt: skip
    results.answer(found, describe_sweep)
