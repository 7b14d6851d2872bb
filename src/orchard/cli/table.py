"""Answer a table of rows, chunk by chunk: every row in its place, the result whole or not at all."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypeVar

import typer

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

# Rows held at once.
CHUNK = 20_000


class Batch(Protocol):
    """Rows as arrays, some of which cannot be answered."""

    @property
    def ok(self) -> NDArray[np.bool_]:
        """Whether a row [n] can be answered."""


B = TypeVar("B", bound=Batch)
Read = TypeVar("Read", bound=Batch, covariant=True)


class Reader(Protocol[Read]):
    """Reads rows under the columns it was made for."""

    def batch(self, rows: Sequence[Sequence[str]]) -> Read:
        """Arrays of rows."""


def answer_table(
    file: Path,
    out: Path,
    header: Sequence[str],
    required: Sequence[str],
    reader: Callable[[Sequence[str]], Reader[B]],
    lines: Callable[[B], Iterable[Sequence[str]]],
) -> None:
    """Write a line for every row of a CSV file; progress is shown on standard error.

    Parameters
    ----------
    file, out
        what is read, and what is replaced when all is written
    header, required
        columns of the lines, and columns that the file must have
    reader
        makes, of the file's columns, what reads its rows
    lines
        the answers to a batch of rows, a line a row

    Raises
    ------
    OrchardError
        a file that cannot be read, lacks columns, or would be overwritten
    """
    import csv

    from orchard.cli.progress import Progress
    from orchard.estimate.sheet import Sheet
    from orchard.files import distinct, replacing, writable

    distinct(file, [out])
    writable(out)
    rows = blank = 0
    with Progress() as progress, Sheet(file, required) as sheet, replacing(out) as text:
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(header)
        rows_of = reader(sheet.columns)
        for chunk in sheet.chunks(CHUNK):
            batch = rows_of.batch(chunk)
            writer.writerows(lines(batch))
            rows += len(chunk)
            blank += len(chunk) - int(batch.ok.sum())
            progress(f"{rows:,} rows", sheet.share)
    typer.echo(f"wrote {out}: {rows:,} rows" + (f", {blank:,} left blank with the reason" if blank else ""))
