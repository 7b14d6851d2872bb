"""``orchard reconcile [RUNS]``: what was predicted of runs beside what they measured."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from orchard.cli.options import Format, Json

if TYPE_CHECKING:
    from orchard.errors import Finding
    from orchard.ledger import Ledger


def reconcile(
    runs: Annotated[
        list[Path] | None,
        typer.Argument(help="Folders of runs, or ledgers; the folder `runs` by default.", show_default=False),
    ] = None,
    run: Annotated[str | None, typer.Option(help="Only this run, such as avocado.")] = None,
    json: Json = False,
    format: Format = "text",  # noqa: A002
) -> None:
    """Show predicted beside measured for each run of a ledger: ratio, and whether inside the interval.

    Finds the ledgers in the folders, checks that nobody has changed them, and says how good predictions
    were: the median error of each amount, and how many outcomes lie inside their 80 % intervals.
    """
    from orchard.cli.results import Results
    from orchard.ledger import ledgers
    from orchard.report.reconcile import reconciled

    results = Results([], [], json=json or format == "json")
    found = [_read(one, run) for one in ledgers(runs or [Path("runs")])]
    results.answer({"ledgers": found}, lambda answer: reconciled(answer["ledgers"]))
    if any(finding["severity"] == "error" for one in found for finding in one["problems"]):
        raise typer.Exit(1)


def _read(ledger: Ledger, run: str | None) -> dict[str, Any]:
    """A ledger as plain data."""
    from orchard.ledger import accounts, pairs

    problems = ledger.verify()
    every = ledger.read()
    found = pairs(one for one in every if run is None or one.run == run)
    return {
        "path": str(ledger.path),
        "entries": len(every),
        "findings": [_sentence(one) for one in problems],
        "problems": [one._asdict() for one in problems],
        "pairs": [
            {
                **pair._asdict(),
                "predicted": None if pair.predicted is None else pair.predicted._asdict(),
                "ratio": pair.ratio,
                "inside": pair.inside,
            }
            for pair in found
        ],
        "accounts": {amount: one._asdict() for amount, one in accounts(found).items()},
    }


def _sentence(finding: Finding) -> str:
    return f"{finding.code} {finding.place}: {finding.found}"
