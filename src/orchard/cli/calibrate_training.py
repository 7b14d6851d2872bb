"""``orchard calibrate training FILE.csv --out CAL.csv``: the step model, fitted to your own runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orchard.cli.fitting import Account, Fit, calibrate_to
from orchard.cli.options import Fitted, Format, FromPriors, Json, Measured
from orchard.cli.threads import one_thread

if TYPE_CHECKING:
    from orchard.cli.progress import Progress
    from orchard.estimate.calibration import Table
    from orchard.estimate.training.fitting.measurements import Runs


def training(
    file: Measured = None,
    out: Fitted = None,
    from_priors: FromPriors = False,
    json: Json = False,
    format: Format = "text",  # noqa: A002
) -> None:
    """Fit the model of training steps to measured runs, and say what that gained.

    Begins with the shipped calibration, which a few rows move little, but for the slowdown of your own
    stack. Says the error on rows that the fit has not seen, before and after, and lists every constant.
    Columns as in estimate training, and tokens_per_s_per_gpu or step_time_s; rows of tier B count half.
    The calibration goes into estimate, layout and validate with --calibration.

    The shipped one: orchard calibrate training --from-priors --out training.csv
    """
    one_thread()
    from orchard.estimate.training.fitting.measurements import read, shipped
    from orchard.report.calibration import describe_calibration

    task = Fit("runs", shipped, read, _fit, describe_calibration)
    calibrate_to(task, file, out, priors=from_priors, json=json or format == "json")


def _fit(runs: Runs, priors: bool, progress: Progress) -> tuple[Table, Account]:
    from datetime import date

    from orchard.estimate.training.calibration import calibration
    from orchard.estimate.training.fitting.account import calibrated

    return calibrated(runs, calibration(), date.today(), priors=priors, tell=progress)
