"""``orchard estimate video IN.csv --out OUT.csv``: seconds of every clip, with their interval."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from orchard.cli.options import Answers, Calibration, Format
from orchard.cli.table import Question, answer_table
from orchard.cli.threads import one_thread

if TYPE_CHECKING:
    from orchard.estimate.video import Batch, Estimates
    from orchard.estimate.video.constants import Calibration as Constants

COLUMNS = ("id", "seconds", "low", "high", "note")


def video(
    file: Annotated[Path, typer.Argument(help="The clips, a CSV file: a row a clip.", show_default=False)],
    out: Answers,
    calibration: Calibration = None,
    format: Format = "text",  # noqa: A002
) -> None:
    """Estimate clips: seconds from prompt to pixels, with an 80 % interval.

    Columns needed: id, model, chip, n (chips that share the clip), resolution (width x height), frames
    (1 for an image), steps. Also read: kernel (fa2, fa3, fa4, sdpa, cudnn, xformers), guided (yes or
    no), notes. What is blank gets what the model's publisher does; what cannot be predicted is left
    blank, and the note says why.
    """
    one_thread()
    from orchard.estimate.video import Rows, estimate
    from orchard.estimate.video import calibration as read_calibration
    from orchard.estimate.video.rows import REQUIRED

    def lines(batch: Batch, constants: Constants) -> Iterator[Sequence[str]]:
        return _lines(batch, estimate(batch, constants))

    question = Question(COLUMNS, REQUIRED, Rows, read_calibration, lines)
    answer_table(question, file, out, calibration, json=format == "json")


def _lines(batch: Batch, estimates: Estimates) -> Iterator[Sequence[str]]:
    """Cells of each row; numbers with six digits."""
    numbers = [[f"{value:.6g}" for value in column.tolist()] for column in estimates[:3]]
    for place, ok in enumerate(batch.ok.tolist()):
        found = [column[place] for column in numbers] if ok else ["", "", ""]
        yield [batch.ids[place], *found, batch.notes[place]]
