"""``orchard validate training [FILE.csv]``: the step model beside measured runs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from orchard.cli.plan import Format

if TYPE_CHECKING:
    from orchard.estimate.training.calibration import Calibration


def training(
    file: Annotated[
        Path | None,
        typer.Argument(help="Your measured runs, a CSV file; without it, those of the project."),
    ] = None,
    calibration: Annotated[
        Path | None, typer.Option(help="Constants fitted to your own measurements.", show_default=False)
    ] = None,
    html: Annotated[
        Path | None, typer.Option(help="Write the report, one HTML file that works offline.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print everything that was found as JSON.")] = False,
    format: Format = "text",  # noqa: A002
) -> None:
    """Judge the model of training steps by measured runs.

    Without a file: the runs that the project ships, each predicted by fits that have not seen it, its
    source, its chip or its stack (half a minute). With a file: your runs, predicted by the calibration as
    it is. Columns as in estimate training, and tokens_per_s_per_gpu or step_time_s; mem_gib and tier (A, B
    or X) are read too.
    """
    from orchard.cli.threads import one_thread

    one_thread()
    from json import dumps

    from orchard.estimate.training.calibration import calibration as read_calibration
    from orchard.files import distinct, writable
    from orchard.report.validation import describe_validation
    from orchard.report.validation_page import write_validation

    if html is not None:
        distinct(file, [html])
        distinct(calibration, [html])
        writable(html)
    result = {"orchard": _version(), **_judged(file, calibration, read_calibration(calibration))}
    if html is not None:
        write_validation(result, html)
    if json or format == "json":
        typer.echo(dumps(result, indent=1, allow_nan=False))
    else:
        for line in describe_validation(result):
            typer.echo(line)
    if html is not None:
        typer.echo(f"\nwrote {html}", err=json)


def _judged(file: Path | None, path: Path | None, known: Calibration) -> dict[str, Any]:
    from orchard.cli.progress import Progress
    from orchard.errors import Finding, OrchardError
    from orchard.estimate.training.measurements import read, shipped
    from orchard.estimate.training.validate import judge, validate

    if file is None and path is not None:
        wanted = "FILE.csv with runs that it was not fitted to"
        found = "a calibration, and no runs to judge it by"
        raise OrchardError(Finding("O842", str(path), "--calibration", found, wanted))
    names = {
        "file": "" if file is None else str(file),
        "calibration": "" if path is None else str(path),
    }
    if file is not None:
        return {**names, **judge(read(file), known)}
    with Progress() as progress:
        return {**names, **validate(shipped(), known, progress)}


def _version() -> str:
    from orchard import __version__

    return __version__
