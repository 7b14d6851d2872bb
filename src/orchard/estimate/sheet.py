"""A table of rows in a CSV file, read chunk by chunk in bounded memory."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import NamedTuple

from orchard import units
from orchard.errors import Finding, LimitError, OrchardError, did_you_mean
from orchard.estimate.columns import wrong_width

# Rows read at once where all are held.
CHUNK = 1000
# Characters of a line: real ones have a few hundred. A chunk ends early when it holds this many lines' worth.
LONGEST = int(units.factor("MiB"))
MOST_HELD = 64 * LONGEST

# How files begin that are no text, what they are, and what to do with them (file(1) knows them so).
_BEGINNINGS = (
    (b"\x1f\x8b", "a gzip file", "gunzip it first"),
    (b"BZh", "a bzip2 file", "bunzip2 it first"),
    (b"\xfd7zXZ", "an xz file", "unxz it first"),
    (b"\x28\xb5\x2f\xfd", "a zstd file", "unzstd it first"),
    (b"PK\x03\x04", "a zip file or a spreadsheet", "unzip it, or save the sheet as CSV"),
    (b"\xff\xfe", "UTF-16 text", "save it as CSV in UTF-8"),
    (b"\xfe\xff", "UTF-16 text", "save it as CSV in UTF-8"),
)
_SEPARATORS = {";": "semicolons", "\t": "tabs", "|": "bars"}
# What bytes that are no UTF-8 are read as (PEP 383).
_ESCAPED = re.compile("[\udc80-\udcff]")


class Chunk(NamedTuple):
    """Some rows, and by its place among them why one of them cannot be read."""

    rows: list[list[str]]
    wrong: dict[int, str]


class Sheet:
    """A CSV file with a header; use it in a ``with`` block.

    Parameters
    ----------
    path
        the file; UTF-8, with or without byte-order mark
    required
        columns that it must have, or one of several that ``|`` separates ("model_key|model")

    Raises
    ------
    OrchardError
        O800: a file that cannot be read, or is no CSV; O801: columns missing, all of them named;
        O802: two columns of one name; O803: a line that is too long
    """

    def __init__(self, path: Path, required: Sequence[str]) -> None:
        self.path = path
        self._line = self._held = 0
        self._nul = False
        try:
            if path.is_dir():
                raise self._unreadable("a folder", "a CSV file")
            self._bytes = path.open("rb")
        except OSError as error:
            raise self._unreadable((error.strerror or str(error)).lower(), "a CSV file") from None
        try:
            self._begin(required)
        except OrchardError:
            self._bytes.close()
            raise
        except OSError as error:
            self._bytes.close()
            raise self._unreadable((error.strerror or str(error)).lower(), "a CSV file") from None

    def _begin(self, required: Sequence[str]) -> None:
        self._size = self.path.stat().st_size
        head = self._bytes.peek(8)
        for mark, found, hint in _BEGINNINGS:
            if head.startswith(mark):
                raise self._unreadable(found, "a CSV file in UTF-8", hint)
        self._text = io.TextIOWrapper(self._bytes, encoding="utf-8-sig", errors="surrogateescape", newline="")
        self._rows = csv.reader(self._lines(), strict=True)
        self.columns = [name.strip() for name in next(self._cells(), [])]
        self._check(required)

    def __enter__(self) -> Sheet:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bytes.close()

    @property
    def share(self) -> float:
        """How much of the file has been read, 0 to 1."""
        return min(self._bytes.tell() / self._size, 1.0) if self._size and self._bytes.seekable() else 0.0

    def chunks(self, size: int) -> Iterator[Chunk]:
        """Rows, at most `size` at a time; empty lines are left out."""
        chunk = Chunk([], {})
        for cells in self._cells():
            if not cells:
                continue
            if self._nul:
                self._nul = False
                chunk.wrong[len(chunk.rows)] = _spoilt(self.columns, cells)
            chunk.rows.append(cells)
            if len(chunk.rows) >= size or self._held > MOST_HELD:
                yield chunk
                chunk, self._held = Chunk([], {}), 0
        if chunk.rows:
            yield chunk

    def _cells(self) -> Iterator[list[str]]:
        try:
            yield from self._rows
        except OSError as error:
            raise self._unreadable((error.strerror or str(error)).lower(), "a CSV file") from None
        except csv.Error as error:
            place = f"line {self._line}: {error}"
            hint = "close quotes, and double those inside a cell"
            raise self._unreadable(place, "a CSV file", hint) from None

    def _lines(self) -> Iterator[str]:
        """Lines, none longer than LONGEST, all of them text."""
        read = self._text.readline
        while line := read(LONGEST + 1):
            self._line += 1
            self._held += len(line)
            if len(line) > LONGEST:
                raise self._too_long()
            if not line.isascii() and _ESCAPED.search(line):
                found = f"line {self._line}: bytes that are no UTF-8 text"
                raise self._unreadable(found, "a CSV file in UTF-8", "save it as CSV in UTF-8")
            if "\0" in line:
                self._nul = True
            yield line

    def _check(self, required: Sequence[str]) -> None:
        missing = [name for name in required if not set(name.split("|")) & set(self.columns)]
        if missing:
            named = [name.replace("|", " or ") for name in missing]
            hints = [did_you_mean(name.split("|")[0], self.columns, f"for {name}") for name in missing]
            has = "no columns" if not any(self.columns) else f"columns {', '.join(self.columns)[:300]}"
            found = f"{has}: no {', no '.join(named)}"
            wanted = "a first line that names them"
            hint = self._separated() or "; ".join(one for one in hints if one)
            raise OrchardError(Finding("O801", str(self.path), ", ".join(named), found, wanted, hint))
        twice = sorted({name for name in self.columns if name and self.columns.count(name) > 1})
        if twice:
            found = f"two columns {', '.join(twice)}"
            raise OrchardError(Finding("O802", str(self.path), "", found, "each column once"))

    def _separated(self) -> str:
        """A hint where something else than commas stands between the cells of the first line."""
        if len(self.columns) != 1:
            return ""
        used = [name for sign, name in _SEPARATORS.items() if sign in self.columns[0]]
        return f"separate cells by commas, not by {used[0]}" if used else ""

    def _unreadable(self, found: str, wanted: str, hint: str = "") -> OrchardError:
        return OrchardError(Finding("O800", str(self.path), "", found, wanted, hint))

    def _too_long(self) -> LimitError:
        place = f"{self.path}:{self._line}"
        wanted = f"at most {LONGEST:,}, and a line a row"
        return LimitError(Finding("O803", place, "", f"a line of more than {LONGEST:,} characters", wanted))


def _spoilt(columns: Sequence[str], cells: Sequence[str]) -> str:
    """Why a row in whose line a NUL stands cannot be read."""
    where = [name for name, cell in zip(columns, cells, strict=False) if "\0" in cell]
    return f"a NUL byte in {', '.join(where) or 'the row'}: the file is damaged, or no plain text"


class Whole(NamedTuple):
    """All rows of a table by name of column, and what is wrong with those that are none, by id."""

    rows: list[dict[str, str]]
    odd: list[tuple[str, str]]


def whole(path: Path, required: Sequence[str], most: int) -> Whole:
    """Every row of a CSV file at once.

    Raises
    ------
    OrchardError
        the file is no such table (O800 to O803)
    LimitError
        O841: more than `most` rows
    """
    rows: list[dict[str, str]] = []
    odd: list[tuple[str, str]] = []
    with Sheet(path, required) as sheet:
        for chunk in sheet.chunks(CHUNK):
            for place, cells in enumerate(chunk.rows):
                row = dict(zip(sheet.columns, cells, strict=False))
                why = chunk.wrong.get(place, "")
                if len(cells) != len(sheet.columns):
                    why = wrong_width(cells, len(sheet.columns))
                if why:
                    odd.append((row.get("id", ""), why))
                else:
                    rows.append(row)
            if len(rows) > most:
                wanted = f"at most {most:,}: a sample of them says as much"
                raise LimitError(Finding("O841", str(path), "", f"more than {most:,} rows", wanted))
    return Whole(rows, odd)
