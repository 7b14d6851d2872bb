"""Answer a table of rows, chunk by chunk: every row in its place, the result whole or not at all."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

import typer

# Rows held at once.
CHUNK = 20_000


class Answered(NamedTuple):
    """Lines of a chunk of rows, and how many of them are left blank."""

    lines: Iterable[Sequence[str]]
    blank: int


Answer = Callable[[list[list[str]]], Answered]


def answer_table(
    file: Path,
    out: Path,
    header: Sequence[str],
    required: Sequence[str],
    reader: Callable[[Sequence[str]], Answer],
) -> None:
    """Write a line for every row of a CSV file; progress is shown on standard error.

    Parameters
    ----------
    file, out
        what is read, and what is replaced when all is written
    header, required
        columns of the lines, and columns that the file must have
    reader
        makes, of the file's columns, what answers a chunk of its rows

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
        answer = reader(sheet.columns)
        for chunk in sheet.chunks(CHUNK):
            answered = answer(chunk)
            writer.writerows(answered.lines)
            rows += len(chunk)
            blank += answered.blank
            progress(f"{rows:,} rows", sheet.share)
    typer.echo(f"wrote {out}: {rows:,} rows" + (f", {blank:,} left blank with the reason" if blank else ""))
