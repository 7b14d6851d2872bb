"""Fit a calibration to measurements: what both verbs of ``orchard calibrate`` do."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import typer

if TYPE_CHECKING:
    from orchard.cli.progress import Progress
    from orchard.estimate.calibration import Table

M = TypeVar("M")
Account = Mapping[str, Any]


@dataclass(frozen=True)
class Fit(Generic[M]):
    """What is fitted, to what.

    Parameters
    ----------
    what
        what one measures, in the plural
    shipped, read
        the measurements of the project, and those of a file
    fit
        makes a calibration, and the account of what it gained, of measurements; from the priors if told
    describe
        lines of an account, the verdict first
    """

    what: str
    shipped: Callable[[], M]
    read: Callable[[Path], M]
    fit: Callable[[M, bool, Progress], tuple[Table, Account]]
    describe: Callable[[Account], Iterable[str]]


def calibrate_to(task: Fit[M], file: Path | None, out: Path | None, *, priors: bool, json: bool) -> None:
    """Fit, write the calibration, and say what it gained; progress is shown on standard error.

    Raises
    ------
    OrchardError
        O842: nothing to fit to; measurements that cannot be read, or a place that cannot be written
    """
    from orchard.cli.progress import Progress
    from orchard.cli.results import Results
    from orchard.errors import Finding, OrchardError
    from orchard.files import write_text

    if file is None and not priors:
        wanted = f"FILE.csv with your {task.what}, or --from-priors to make the shipped calibration anew"
        raise OrchardError(Finding("O842", "", "FILE.csv", f"no {task.what} to fit to", wanted))
    results = Results([out], [file], json=json)
    measured = task.shipped() if file is None else task.read(file)
    with Progress() as progress:
        made, account = task.fit(measured, priors, progress)
    if out is not None:
        write_text(made.text(), out)
    results.answer(account, task.describe)
    if out is not None and not account["improves"]:
        typer.echo(next(iter(task.describe(account))), err=True)
