"""Constants that measurements move: their rows, and the file they lie in.

One CSV file a calibration, one row a number, under the columns of :class:`Constant`.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple, Self

import numpy as np

from orchard.errors import FactError, Finding

_NUMBERS = ("value", "low", "high", "prior", "sigma")
_DIGITS = ".6g"


class Constant(NamedTuple):
    """One row of a calibration.

    `low` and `high` are the 80 % range that measurements and prior leave; `sigma` is how far the
    logarithm may move from the prior, 0 when measurements do not move it.
    """

    name: str
    value: float
    low: float
    high: float
    unit: str
    prior: float
    sigma: float
    meaning: str
    source: str
    as_of: str

    @property
    def fitted(self) -> bool:
        """Whether measurements move it."""
        return self.sigma > 0


@dataclass(frozen=True)
class Table:
    """All rows of a calibration."""

    rows: tuple[Constant, ...]

    @property
    def fitted(self) -> tuple[Constant, ...]:
        """Rows that measurements move."""
        return tuple(row for row in self.rows if row.fitted)

    def with_values(self, values: Mapping[str, float]) -> Self:
        """The same rows with other values."""
        return self._changed(lambda row: row._replace(value=values.get(row.name, row.value)))

    def with_ranges(self, factors: Mapping[str, float]) -> Self:
        """The same values, `low` and `high` a factor either way where one is given."""
        return self._changed(
            lambda row: (
                row._replace(low=row.value / factors[row.name], high=row.value * factors[row.name])
                if row.name in factors
                else row
            )
        )

    def with_rows(self, rows: Iterable[Constant]) -> Self:
        """The same calibration with these rows in place of those of the same name, or added."""
        added = {row.name: row for row in rows}
        kept = [added.pop(row.name, row) for row in self.rows]
        return replace(self, rows=(*kept, *added.values()))

    def dated(self, before: Table, day: str) -> Self:
        """The same rows, dated `day`; those that say what they said in `before` keep their date."""
        known = {row.name: row for row in before.rows}

        def date_of(row: Constant) -> str:
            old = known.get(row.name)
            return old.as_of if old is not None and _said(old) == _said(row) else day

        return self._changed(lambda row: row._replace(as_of=date_of(row)))

    def text(self) -> str:
        """The calibration as CSV, the shape that `read_rows` reads."""
        sheet = io.StringIO()
        writer = csv.writer(sheet, lineterminator="\n")
        writer.writerow(Constant._fields)
        for row in self.rows:
            writer.writerow(
                _cell(value) if name in _NUMBERS else value for name, value in row._asdict().items()
            )
        return sheet.getvalue()

    def group(self, prefix: str) -> Iterable[tuple[str, Constant]]:
        """Rows whose names begin with `prefix`, by what follows it."""
        return ((row.name.removeprefix(prefix), row) for row in self.rows if row.name.startswith(prefix))

    def _changed(self, change: Callable[[Constant], Constant]) -> Self:
        return replace(self, rows=tuple(change(row) for row in self.rows))


def read_rows(text: str, place: str, names: Sequence[str], prefixes: tuple[str, ...]) -> tuple[Constant, ...]:
    """Read the rows of a calibration.

    Parameters
    ----------
    text, place
        the file, and how findings call it
    names
        constants that must be there
    prefixes
        how other rows' names may begin

    Raises
    ------
    FactError
        O820: a row is not as :class:`Constant` says, or a constant is missing; all findings at once
    """
    rows: list[Constant] = []
    findings: list[Finding] = []
    for line, cells in enumerate(csv.DictReader(text.splitlines()), start=2):
        try:
            rows.append(_row(cells, names, prefixes))
        except (TypeError, ValueError) as error:
            wanted = "a row as orchard calibrate writes it"
            findings.append(Finding("O820", f"{place}:{line}", cells.get("name") or "", str(error), wanted))
    missing = set(names) - {row.name for row in rows}
    if missing and not findings:
        listed = ", ".join(name for name in names if name in missing)
        findings.append(
            Finding("O820", place, "name", f"no row for {listed}", "a row for every constant",
                    "write the file with orchard calibrate")
        )  # fmt: skip
    if findings:
        raise FactError(findings)
    return tuple(rows)


def read_text(path: Path) -> str:
    """The text of a user's calibration.

    Raises
    ------
    FactError
        O820: no such file, or no text in it
    """
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not UTF-8 text"
        raise FactError(
            Finding("O820", str(path), "", str(reason).lower(), "a calibration written by orchard calibrate")
        ) from error


def _row(cells: Mapping[str, str | None], names: Sequence[str], prefixes: tuple[str, ...]) -> Constant:
    lacking = [name for name in Constant._fields if cells.get(name) is None]
    if lacking:
        raise ValueError(f"no column {', '.join(lacking)}")
    row = Constant(
        **{  # type: ignore[arg-type]
            name: float(cells[name] or "nan") if name in _NUMBERS else cells[name]
            for name in Constant._fields
        }
    )
    if row.name not in names and not row.name.startswith(prefixes):
        raise ValueError(f"no constant is called {row.name!r}")
    if not (np.isfinite(row.value) and row.value > 0 and row.sigma >= 0):
        raise ValueError(f"value {row.value:g} must be above 0, and sigma {row.sigma:g} not below")
    return row


def _said(row: Constant) -> str:
    return Table((row._replace(as_of=""),)).text()


def _cell(value: object) -> str:
    return "" if isinstance(value, float) and not np.isfinite(value) else format(value, _DIGITS)
