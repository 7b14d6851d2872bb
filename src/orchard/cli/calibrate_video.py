"""``orchard calibrate video FILE.csv --out CAL.csv``: the closed form of clips, fitted to your own."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from orchard.cli.plan import Format


def video(
    file: Annotated[
        Path | None,
        typer.Argument(help="Your measured clips, a CSV file; with --from-priors, those of the project."),
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
    """Fit the model of clips to measured clips, and say what that gained.

    Begins with the shipped calibration, which a few clips move little. Says the error on clips that the
    fit has not seen, before and after, and lists every constant. Columns as in estimate video, and
    seconds. The calibration goes into estimate and validate with --calibration.

    The shipped one: orchard calibrate video --from-priors --out video.csv
    """
    from json import dumps

    from orchard.errors import Finding, OrchardError
    from orchard.estimate.video import calibrate
    from orchard.estimate.video.account import account
    from orchard.estimate.video.constants import calibration
    from orchard.estimate.video.measurements import measured, read
    from orchard.files import distinct, writable, write_text
    from orchard.report.clips import describe_fit

    if file is None and not from_priors:
        wanted = "FILE.csv with your clips, or --from-priors to make the shipped calibration anew"
        raise OrchardError(Finding("O842", "", "FILE.csv", "no clips to fit to", wanted))
    if out is not None:
        distinct(file, [out])
        writable(out)
    clips = measured() if file is None else read(file)
    fitted = (calibrate.from_priors if from_priors else calibrate.from_shipped)(clips)
    found = account(fitted, calibration(), priors=from_priors)
    if out is not None:
        write_text(fitted.calibration.text(), out)
    if json or format == "json":
        typer.echo(dumps(found, indent=1, allow_nan=False))
    else:
        for line in describe_fit(found):
            typer.echo(line)
    if out is not None:
        typer.echo(f"\nwrote {out}", err=json or format == "json")
