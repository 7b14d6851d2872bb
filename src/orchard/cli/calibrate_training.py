"""``orchard calibrate training FILE.csv --out CAL.csv``: the step model, fitted to your own runs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from orchard.cli.plan import Format


def training(
    file: Annotated[
        Path | None,
        typer.Argument(help="Your measured runs, a CSV file; with --from-priors, those of the project."),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Write the calibration, a CSV file.", show_default=False)
    ] = None,
    from_priors: Annotated[
        bool,
        typer.Option("--from-priors", help="Begin with the priors, as the shipped calibration does."),
    ] = False,
    json: Annotated[bool, typer.Option("--json", help="Print everything that was found as JSON.")] = False,
    format: Format = "text",  # noqa: A002
) -> None:
    """Fit the model of training steps to measured runs, and say what that gained.

    Begins with the shipped calibration, which a few rows move little, but for the slowdown of your own
    stack. Says the error on rows that the fit has not seen, before and after, and lists every constant.
    Columns as in estimate training, and tokens_per_s_per_gpu or step_time_s; rows of tier B count half.
    The calibration goes into estimate, layout and validate with --calibration.

    The shipped one: orchard calibrate training --from-priors --out training.csv
    """
    from orchard.cli.threads import one_thread

    one_thread()
    from datetime import date
    from json import dumps

    from orchard.cli.progress import Progress
    from orchard.errors import Finding, OrchardError
    from orchard.estimate.training.calibrated import calibrated
    from orchard.estimate.training.calibration import calibration
    from orchard.estimate.training.measurements import read, shipped
    from orchard.files import distinct, writable, write_text
    from orchard.report.calibration import describe_calibration, verdict

    if file is None and not from_priors:
        wanted = "FILE.csv with your runs, or --from-priors to make the shipped calibration anew"
        raise OrchardError(Finding("O842", "", "FILE.csv", "no runs to fit to", wanted))
    if out is not None:
        distinct(file, [out])
        writable(out)
    runs = shipped() if file is None else read(file)
    with Progress() as progress:
        made, account = calibrated(runs, calibration(), date.today(), priors=from_priors, tell=progress)
    if out is not None:
        write_text(made.text(), out)
    if json or format == "json":
        typer.echo(dumps(account, indent=1, allow_nan=False))
    else:
        for line in describe_calibration(account):
            typer.echo(line)
    if out is not None:
        typer.echo(f"\nwrote {out}", err=json)
        if not account["improves"]:
            typer.echo(verdict(account), err=True)
