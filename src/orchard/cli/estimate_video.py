"""``orchard estimate video IN.csv --out OUT.csv``: seconds of every clip, with their interval."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from orchard.cli.table import answer_table

if TYPE_CHECKING:
    from orchard.estimate.video import Batch, Estimates

COLUMNS = ("id", "seconds", "low", "high", "note")


def video(
    file: Annotated[Path, typer.Argument(help="The clips, a CSV file: a row a clip.", show_default=False)],
    out: Annotated[Path, typer.Option(help="Write the estimates, a CSV file.", show_default=False)],
    calibration: Annotated[
        Path | None, typer.Option(help="Constants fitted to your own measurements.", show_default=False)
    ] = None,
) -> None:
    """Estimate clips: seconds from prompt to pixels, with an 80 % interval.

    Columns needed: id, model, chip, n (chips that share the clip), resolution (width x height), frames
    (1 for an image), steps. Also read: kernel (fa2, fa3, fa4, sdpa, cudnn, xformers), guided (yes or
    no), notes. What is blank gets what the model's publisher does; what cannot be predicted is left
    blank, and the note says why.
    """
    from orchard.estimate.video import Rows, estimate
    from orchard.estimate.video import calibration as read_calibration
    from orchard.estimate.video.rows import REQUIRED
    from orchard.files import distinct

    distinct(calibration, [out])
    constants = read_calibration(calibration)

    def lines(batch: Batch) -> Iterator[Sequence[str]]:
        return _lines(batch, estimate(batch, constants))

    answer_table(file, out, COLUMNS, REQUIRED, Rows, lines)


def _lines(batch: Batch, estimates: Estimates) -> Iterator[Sequence[str]]:
    """Cells of each row; numbers with six digits."""
    numbers = [[f"{value:.6g}" for value in column.tolist()] for column in estimates[:3]]
    for place, ok in enumerate(batch.ok.tolist()):
        found = [column[place] for column in numbers] if ok else ["", "", ""]
        yield [batch.ids[place], *found, batch.notes[place]]
