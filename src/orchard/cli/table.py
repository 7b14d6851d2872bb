"""Answer a table of rows, chunk by chunk: every row in its place, the result whole or not at all."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

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

    @property
    def ids(self) -> list[str]:
        """The name of each row [n]."""


B = TypeVar("B", bound=Batch)
Read = TypeVar("Read", bound=Batch, covariant=True)
C = TypeVar("C")


class Reader(Protocol[Read]):
    """Reads rows under the columns it was made for."""

    def batch(self, rows: Sequence[Sequence[str]]) -> Read:
        """Arrays of rows."""


@dataclass(frozen=True)
class Question(Generic[B, C]):
    """What is estimated for the rows of a table.

    Parameters
    ----------
    header, required
        columns of the answer, `id` first and `note` last, and columns that the table must have
    reader
        makes, of the table's columns, what reads its rows
    constants
        reads a calibration; None stands for the shipped one
    lines
        the answers to a batch of rows, a line a row
    """

    header: Sequence[str]
    required: Sequence[str]
    reader: Callable[[Sequence[str]], Reader[B]]
    constants: Callable[[Path | None], C]
    lines: Callable[[B, C], Iterable[Sequence[str]]]


def answer_table(
    question: Question[B, C], file: Path, out: Path, calibration: Path | None, *, json: bool
) -> None:
    """Write a line for every row of a CSV file; progress is shown on standard error.

    Raises
    ------
    OrchardError
        a file that cannot be read, lacks columns, or would be overwritten
    """
    import csv
    from json import dumps

    from orchard.cli.progress import Progress
    from orchard.cli.results import Results, shown
    from orchard.estimate.sheet import Sheet
    from orchard.files import is_standard_output, replacing

    results = Results([out], [file, calibration])
    constants = question.constants(calibration)
    rows = blank = 0
    with Progress() as progress, Sheet(file, question.required) as sheet, replacing(out) as text:
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(question.header)
        reader = question.reader(sheet.columns)
        for chunk in sheet.chunks(CHUNK):
            batch = reader.batch(chunk.rows)
            lines = question.lines(batch, constants)
            writer.writerows(_refused(lines, batch, chunk.wrong) if chunk.wrong else lines)
            rows += len(chunk.rows)
            blank += sum(place in chunk.wrong or not ok for place, ok in enumerate(batch.ok.tolist()))
            progress(f"{rows:,} rows", sheet.share)
    if json:
        said = dumps({"out": str(out), "rows": rows, "blank": blank}, indent=1)
        typer.echo(said, err=is_standard_output(out))
    else:
        left = f", {blank:,} left blank with the reason" if blank else ""
        results.say(f"wrote {shown(out)}: {rows:,} rows{left}")


def _refused(
    lines: Iterable[Sequence[str]], batch: Batch, wrong: Mapping[int, str]
) -> Iterator[Sequence[str]]:
    """The lines, blank with the reason where a row could not be read."""
    for place, line in enumerate(lines):
        if place in wrong:
            yield [batch.ids[place], *[""] * (len(line) - 2), wrong[place]]
        else:
            yield line
