"""``orchard calibrate video FILE.csv --out CAL.csv``: the closed form of clips, fitted to your own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orchard.cli.fitting import Account, Fit, calibrate_to
from orchard.cli.options import Fitted, Format, FromPriors, Json, Measured
from orchard.cli.threads import one_thread

if TYPE_CHECKING:
    from orchard.cli.progress import Progress
    from orchard.estimate.calibration import Table
    from orchard.estimate.video.measurements import Measured as Clips


def video(
    file: Measured = None,
    out: Fitted = None,
    from_priors: FromPriors = False,
    json: Json = False,
    format: Format = "text",  # noqa: A002
) -> None:
    """Fit the model of clips to measured clips, and say what that gained.

    Begins with the shipped calibration, which a few clips move little. Says the error on clips that the
    fit has not seen, before and after, and lists every constant. Columns as in estimate video, and
    seconds. The calibration goes into estimate and validate with --calibration.

    The shipped one: orchard calibrate video --from-priors --out video.csv
    """
    one_thread()
    from orchard.estimate.video.measurements import measured, read
    from orchard.report.clips import describe_fit

    task = Fit("clips", measured, read, _fit, describe_fit)
    calibrate_to(task, file, out, priors=from_priors, json=json or format == "json")


def _fit(clips: Clips, priors: bool, progress: Progress) -> tuple[Table, Account]:
    from orchard.estimate.video import calibrate
    from orchard.estimate.video.account import account
    from orchard.estimate.video.constants import calibration

    progress("fitting, and fitting again without each pair of model and chip", 0.0)
    fitted = (calibrate.from_priors if priors else calibrate.from_shipped)(clips)
    progress("fitted", 1.0)
    return fitted.calibration, account(fitted, calibration(), priors=priors)
