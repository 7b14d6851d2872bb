"""``orchard validate video [FILE.csv]``: the closed form of clips beside measured clips."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from orchard.cli.options import Calibration, Format, Json
from orchard.cli.threads import one_thread


def video(
    file: Annotated[
        Path | None,
        typer.Argument(help="Your measured clips, a CSV file; without it, those of the project."),
    ] = None,
    calibration: Calibration = None,
    json: Json = False,
    format: Format = "text",  # noqa: A002
) -> None:
    """Judge the model of clips by measured clips.

    Without a file: the clips that the project ships, each predicted by fits that have not seen its model,
    its network, its chip, or the two together. With a file: your clips, predicted by the calibration as it
    is. Columns as in estimate video, and seconds.
    """
    one_thread()
    from orchard import __version__
    from orchard.cli.results import Results
    from orchard.report.clips import describe_clips

    result = {"orchard": __version__, **_judged(file, calibration)}
    Results([], json=json or format == "json").answer(result, describe_clips)


def _judged(file: Path | None, path: Path | None) -> dict[str, Any]:
    from orchard.errors import Finding, OrchardError
    from orchard.estimate.video.constants import calibration as read_calibration
    from orchard.estimate.video.measurements import read
    from orchard.estimate.video.validate import judge, validate

    known = read_calibration(path)
    names = {"file": "" if file is None else str(file), "calibration": "" if path is None else str(path)}
    if file is not None:
        return {**names, **judge(read(file), known)}
    if path is not None:
        found = "a calibration, and no clips to judge it by"
        wanted = "FILE.csv with clips that it was not fitted to"
        raise OrchardError(Finding("O842", str(path), "--calibration", found, wanted))
    return {**names, **validate(known)}
