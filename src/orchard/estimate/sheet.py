"""A table of rows in a CSV file, read chunk by chunk."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import NamedTuple

from orchard.errors import Finding, LimitError, OrchardError, did_you_mean

# Rows read at once where all are held.
CHUNK = 1000


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
        O802: two columns of one name
    """

    def __init__(self, path: Path, required: Sequence[str]) -> None:
        self.path = path
        if path.is_dir():
            raise self._unreadable("a folder", "a CSV file")
        try:
            self._bytes = path.open("rb")
            self._size = path.stat().st_size
        except OSError as error:
            raise self._unreadable((error.strerror or str(error)).lower(), "a CSV file") from None
        self._text = io.TextIOWrapper(self._bytes, encoding="utf-8-sig", newline="")
        self._lines = csv.reader(self._text, strict=True)
        try:
            self.columns = [name.strip() for line in self._next(1) for name in line]
            self._check(required)
        except OrchardError:
            self._bytes.close()
            raise

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

    def chunks(self, size: int) -> Iterator[list[list[str]]]:
        """Rows, at most `size` at a time; empty lines are left out."""
        while lines := self._next(size):
            yield [cells for cells in lines if cells]

    def _next(self, count: int) -> list[list[str]]:
        try:
            return list(islice(self._lines, count))
        except UnicodeDecodeError:
            place = f"bytes that are no UTF-8 text, after line {self._lines.line_num}"
            raise self._unreadable(place, "a CSV file in UTF-8") from None
        except csv.Error as error:
            place = f"line {self._lines.line_num}: {error}"
            hint = "close quotes, and double those inside a cell"
            raise self._unreadable(place, "a CSV file", hint) from None

    def _check(self, required: Sequence[str]) -> None:
        missing = [name for name in required if not set(name.split("|")) & set(self.columns)]
        if missing:
            named = [name.replace("|", " or ") for name in missing]
            hints = [did_you_mean(name.split("|")[0], self.columns, f"for {name}") for name in missing]
            has = "no columns" if not any(self.columns) else f"columns {', '.join(self.columns)[:300]}"
            found = f"{has}: no {', no '.join(named)}"
            wanted = "a first line that names them"
            hint = "; ".join(one for one in hints if one)
            raise OrchardError(Finding("O801", str(self.path), ", ".join(named), found, wanted, hint))
        twice = sorted({name for name in self.columns if name and self.columns.count(name) > 1})
        if twice:
            found = f"two columns {', '.join(twice)}"
            raise OrchardError(Finding("O802", str(self.path), "", found, "each column once"))

    def _unreadable(self, found: str, wanted: str, hint: str = "") -> OrchardError:
        return OrchardError(Finding("O800", str(self.path), "", found, wanted, hint))


class Whole(NamedTuple):
    """All rows of a table by name of column, and what is wrong with those of another width, by id."""

    rows: list[dict[str, str]]
    odd: list[tuple[str, str]]


def whole(path: Path, required: Sequence[str], most: int) -> Whole:
    """Every row of a CSV file at once.

    Raises
    ------
    OrchardError
        the file is no such table (O800 to O802)
    LimitError
        O841: more than `most` rows
    """
    rows: list[dict[str, str]] = []
    odd: list[tuple[str, str]] = []
    with Sheet(path, required) as sheet:
        for chunk in sheet.chunks(CHUNK):
            for cells in chunk:
                row = dict(zip(sheet.columns, cells, strict=False))
                if len(cells) == len(sheet.columns):
                    rows.append(row)
                else:
                    why = f"{len(cells)} cells under {len(sheet.columns)} columns"
                    odd.append((row.get("id", ""), f"{why}: quote a cell that has a comma in it"))
            if len(rows) > most:
                wanted = f"at most {most:,}: a sample of them says as much"
                raise LimitError(Finding("O841", str(path), "", f"more than {most:,} rows", wanted))
    return Whole(rows, odd)
