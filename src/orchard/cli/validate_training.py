"""``orchard validate training [FILE.csv]``: the step model beside measured runs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from orchard.cli.options import Calibration, Format, Html, Json
from orchard.cli.threads import one_thread

if TYPE_CHECKING:
    from orchard.estimate.training.calibration import Calibration as Constants


def training(
    file: Annotated[
        Path | None,
        typer.Argument(help="Your measured runs, a CSV file; without it, those of the project."),
    ] = None,
    calibration: Calibration = None,
    html: Html = None,
    json: Json = False,
    format: Format = "text",  # noqa: A002
) -> None:
    """Judge the model of training steps by measured runs.

    Without a file: the runs that the project ships, each predicted by fits that have not seen it, its
    source, its model, its chip or its stack (a minute). With a file: your runs, predicted by the
    calibration as it is. Columns as in estimate training, and tokens_per_s_per_gpu or step_time_s; mem_gib
    and tier (A, B or X) are read too.
    """
    one_thread()
    from orchard import __version__
    from orchard.cli.results import Results
    from orchard.estimate.training.calibration import calibration as read_calibration
    from orchard.report.validation import describe_validation
    from orchard.report.validation_page import write_validation

    results = Results([html], [file, calibration], json=json or format == "json")
    result = {"orchard": __version__, **_judged(file, calibration, read_calibration(calibration))}
    if html is not None:
        write_validation(result, html)
    results.answer(result, describe_validation)


def _judged(file: Path | None, path: Path | None, known: Constants) -> dict[str, Any]:
    from orchard.cli.progress import Progress
    from orchard.errors import Finding, OrchardError
    from orchard.estimate.training.fitting.measurements import read, shipped
    from orchard.estimate.training.fitting.validate import judge, validate

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
