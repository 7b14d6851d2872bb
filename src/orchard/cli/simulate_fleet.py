"""``orchard simulate fleet FILE``: failures, jobs and power of a fleet, event by event."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from orchard.cli.options import Format, Html, Json

if TYPE_CHECKING:
    from orchard.errors import Finding
    from orchard.simulate.fleet.scenario import Scenario


def fleet(
    file: Annotated[Path, typer.Argument(help="The programme, a YAML file.", show_default=False)],
    gpus: Annotated[
        int | None, typer.Option(help="Scale the fleet to so many chips.", show_default=False)
    ] = None,
    days: Annotated[
        float | None, typer.Option(help="Length: 365, or that of the traces.", show_default=False)
    ] = None,
    date: Annotated[
        datetime | None,
        typer.Option(
            help="First day: the programme's date by default.", formats=["%Y-%m-%d"], show_default=False
        ),
    ] = None,
    seed: Annotated[int, typer.Option(help="The same seed gives the same answer.")] = 0,
    seeds: Annotated[int, typer.Option(help="So many seeds, from --seed on; their spread is told.")] = 1,
    rates: Annotated[
        Literal["median", "drawn"] | None,
        typer.Option(
            help="Rates of failures: median, or drawn for each seed, as with --seeds.", show_default=False
        ),
    ] = None,
    jobs: Annotated[
        Path | None,
        typer.Option(help="Your own jobs: sacct --parsable2, or a CSV file.", show_default=False),
    ] = None,
    failures: Annotated[
        Path | None, typer.Option(help="Your own failures, a CSV file.", show_default=False)
    ] = None,
    fault_tolerance: Annotated[
        Literal["none", "replica", "elastic"], typer.Option(help="What jobs do when a node fails.")
    ] = "none",
    copies: Annotated[
        bool, typer.Option("--copies", help="Jobs also copy their state to the memory of other nodes.")
    ] = False,
    out: Annotated[
        Path | None,
        typer.Option(help="Write traces to this folder, and keep finished seeds there.", show_default=False),
    ] = None,
    html: Html = None,
    json: Json = False,
    format: Format = "text",  # noqa: A002
) -> None:
    """Simulate the fleet of a programme: every failure and repair, its jobs, and power hour by hour.

    The fleet is what the programme has delivered by the date; the jobs are its runs, and others as its teams
    would run beside them; no limits of power or money. Failures come at the rates of the catalogue: at their
    medians, or with --seeds at rates drawn for each.
    """
    from orchard import __version__
    from orchard.cli.progress import Progress
    from orchard.cli.results import Results
    from orchard.report.failures import describe_simulation
    from orchard.report.failures_page import write_simulation
    from orchard.simulate.fleet.answer import answer
    from orchard.simulate.fleet.batches import many, spread
    from orchard.simulate.fleet.traces import prepared, write_traces

    results = Results([html], [file, jobs, failures], json=json or format == "json")
    if out is not None:
        prepared(out)
    day = None if date is None else date.date()
    with Progress() as progress:
        progress("reading", 0.0)
        asked, noticed, stated = _scenario(
            file, gpus, days, day, (seed, seeds), fault_tolerance, copies, jobs, failures
        )
        asked = asked._replace(rates=rates or ("drawn" if seeds > 1 else "median"))
        progress("simulating", 0.1)
        outcome = asked.outcome(seed)
        found = {"orchard": __version__, "file": str(file)} | answer(asked, outcome, seed)
        found |= _given(gpus, jobs, failures, noticed) | {"as_stated": stated}
        if seeds > 1:
            found["spread"] = spread(many(asked, seed, seeds, out, progress))
        if out is not None:
            progress("writing", 0.95)
            results.paths += write_traces(asked, outcome, out)
    if html is not None:
        write_simulation(found, html)
    results.answer(found, describe_simulation)


def _scenario(
    file: Path, gpus: int | None, days: float | None, day: Any, drawn: tuple[int, int], tolerance: str,
    copies: bool, jobs: Path | None, failures: Path | None,
) -> tuple[Scenario, list[Finding], dict[str, str]]:  # fmt: skip
    """What is asked, with the traces that are given; what was noticed in them; chips that `use` others."""
    from orchard.catalogue import catalogue
    from orchard.errors import OrchardError
    from orchard.simulate.fleet.programme import fleet as fleet_of
    from orchard.simulate.fleet.scenario import scenario
    from orchard.simulate.replay import replay
    from orchard.spec.load import load
    from orchard.units import factor

    wrong = list(_misread(gpus, days, *drawn))
    if wrong:
        raise OrchardError(wrong)
    programme = load(file)
    stated = {name: chip.use for name, chip in programme.chips.items() if chip.use is not None}
    made = fleet_of(programme, catalogue(), day, gpus)
    length = 365.0 if days is None else days
    asked = scenario(made, length * factor("d"), tolerance, copies)
    if jobs is None and failures is None:
        return asked, [], stated
    return *replay(asked, jobs, failures, keep_length=days is not None), stated


def _given(
    gpus: int | None, jobs: Path | None, failures: Path | None, noticed: list[Finding]
) -> dict[str, Any]:
    """What was given, as the answer carries it."""
    traces = {"jobs": _path(jobs), "failures": _path(failures)}
    found = [finding._asdict() for finding in noticed]
    return {"scaled": gpus is not None, "traces": traces, "findings": found}


def _path(path: Path | None) -> str | None:
    return None if path is None else str(path)


def _misread(gpus: int | None, days: float | None, seed: int, seeds: int) -> Any:
    """What is wrong with the numbers of the command line."""
    from orchard.errors import Finding

    if gpus is not None and gpus < 1:
        yield Finding("O861", "", "--gpus", f"{gpus:,} chips", "1 or more")
    if days is not None and not 0.0 < days <= _MOST_DAYS:
        yield Finding("O861", "", "--days", f"{days:g} days", f"more than 0, and at most {_MOST_DAYS:,}")
    if not 0 <= seed < 2**63:
        yield Finding("O861", "", "--seed", f"{seed:,}", "0 or more, below 2^63")
    if not 1 <= seeds <= _MOST_SEEDS:
        yield Finding("O861", "", "--seeds", f"{seeds:,} seeds", f"1 to {_MOST_SEEDS:,}")


_MOST_DAYS = 3660
_MOST_SEEDS = 100_000
