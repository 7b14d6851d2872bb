"""The rows of a trace, each with the number of its line.

Cells are separated by commas, bars (``sacct --parsable2``), semicolons or tabs, as the first line shows. A
last line that breaks off is left out and told; one that breaks off before is refused, for nobody knows what
else is missing there. A row that stands twice is taken once.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from orchard.errors import Finding, OrchardError, did_you_mean

MOST_ROWS = 2_000_000
_SEPARATORS = (",", "|", ";", "\t")
_SHOWN_LINES = 12


class Row(NamedTuple):
    """A row: the number of its line, and its cells by column."""

    line: int
    cells: dict[str, str]

    def get(self, *names: str) -> str:
        """The first of these columns that has something in it, or nothing."""
        return next((self.cells[name] for name in names if self.cells.get(name)), "")


class Rows(NamedTuple):
    """All rows of a trace, and what was mended."""

    path: Path
    columns: list[str]
    rows: list[Row]
    noticed: list[Finding]


def read(path: Path, wanted: Sequence[str]) -> Rows:
    """Read a trace.

    Parameters
    ----------
    wanted
        columns it must have, or one of several that ``|`` separates (``start|submit``)

    Raises
    ------
    OrchardError
        O863: no table, or one without these columns; O864: rows that break off
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise _refused(path, (error.strerror or str(error)).lower(), "a CSV file") from None
    except UnicodeDecodeError:
        raise _refused(path, "bytes that are no UTF-8 text", "a CSV file in UTF-8") from None
    lines = text.split("\n")
    first = lines[0]
    separator = max(_SEPARATORS, key=first.count)
    cells = csv.reader((line.rstrip("\r") for line in lines), delimiter=separator)
    try:
        columns = [name.strip().lower() for name in next(cells, [])]
        every = list(cells)
    except csv.Error as error:
        raise _refused(path, f"line {cells.line_num}: {error}", "a CSV file") from None
    missing = [names for names in wanted if not set(names.split("|")) & set(columns)]
    if missing:
        found = f"columns {', '.join(filter(None, columns))[:300] or '(none)'}"
        named = ", ".join(names.replace("|", " or ") for names in missing)
        hint = did_you_mean(missing[0].split("|")[0], columns)
        raise _refused(path, found, f"a first line that names {named}", hint)
    return _sorted_out(path, columns, every)


def _sorted_out(path: Path, columns: list[str], cells: Iterable[list[str]]) -> Rows:
    """Rows that can be used, once each; what is wrong with the others."""
    rows: list[Row] = []
    short: list[int] = []
    twice: list[int] = []
    seen: set[tuple[str, ...]] = set()
    line = last = 1
    for values in cells:
        line += 1
        if not any(values):
            continue
        last = line
        whole = tuple(value.strip() for value in values)
        if len(whole) == len(columns) + 1 and whole[-1] == "":
            whole = whole[:-1]  # sacct --parsable ends every line with a bar
        if len(whole) != len(columns):
            short.append(line)
        elif whole in seen:
            twice.append(line)
        else:
            seen.add(whole)
            rows.append(Row(line, dict(zip(columns, whole, strict=True))))
        if len(rows) > MOST_ROWS:
            raise _refused(path, f"more than {MOST_ROWS:,} rows", "fewer")
    noticed = []
    if short == [last]:
        noticed.append(told(path, short, "the last line breaks off", "left out"))
    elif short:
        wanted = f"{len(columns)} cells in a line"
        place = f"{path}:{short[0]}"
        raise OrchardError(Finding("O864", place, "", f"{listed(short)}: other than so many", wanted))
    if twice:
        noticed.append(told(path, twice, "rows that stand there twice", "taken once"))
    if not rows:
        raise _refused(path, "no rows", "a row a failure or a job")
    return Rows(path, columns, rows, noticed)


def told(path: Path, lines: Sequence[int], found: str, mended: str) -> Finding:
    """A finding about what was mended."""
    place = f"{path}:{lines[0]}" if lines else str(path)
    text = f"{listed(lines)}: {found}" if lines else found
    return Finding("O865", place, "", text, mended, severity="warning")


def listed(lines: Sequence[int]) -> str:
    """Lines in words.

    >>> listed([7]), listed([2, 3, 9])
    ('line 7', 'lines 2, 3, 9')
    """
    shown = ", ".join(map(str, lines[:_SHOWN_LINES]))
    more = f" and {len(lines) - _SHOWN_LINES:,} more" if len(lines) > _SHOWN_LINES else ""
    return f"line{'s' if len(lines) > 1 else ''} {shown}{more}"


def _refused(path: Path, found: str, wanted: str, hint: str = "") -> OrchardError:
    return OrchardError(Finding("O863", str(path), "", found, wanted, hint))
