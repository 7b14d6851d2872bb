"""A calibration: every constant of the step model, and how far measurements lie around it.

One CSV file, one row a number (:class:`~orchard.estimate.training.constants.Constant`):

- constants under their own names;
- ``stack.<family>``: time of a step with that family of stacks beside the model;
- ``width.<family>/<dense or moe>``: half-width of the 80 % interval, on the logarithm of the time;
- ``chip.<id>``: measured rows of a chip; ``range.<name>``: lowest and highest value measured.

The shipped one is ``catalogue/data/calibration/training.csv``; ``orchard calibrate`` writes a user's.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache, cached_property
from importlib.resources import files
from pathlib import Path

import numpy as np

from orchard.errors import FactError, Finding
from orchard.estimate.training.constants import Constant, Constants
from orchard.estimate.training.interval import Spread

STACK, WIDTH, CHIP, RANGE = "stack.", "width.", "chip.", "range."
SHIPPED = "catalogue/data/calibration/training.csv"

_NUMBERS = ("value", "low", "high", "prior", "sigma")
_DIGITS = ".6g"


@dataclass(frozen=True)
class Calibration:
    """All rows, by meaning."""

    rows: tuple[Constant, ...]

    @cached_property
    def constants(self) -> Constants:
        """The constants of the model."""
        return Constants(**{row.name: row.value for row in self.rows if row.name in Constants._fields})

    @cached_property
    def slowdown(self) -> dict[str, float]:
        """Slowdown of every family of stacks that was measured."""
        return {name: row.value for name, row in self._group(STACK)}

    @cached_property
    def spread(self) -> Spread:
        """What is left around the model."""
        return Spread(
            widths={name: row.value for name, row in self._group(WIDTH)},
            chips=frozenset(name for name, _ in self._group(CHIP)),
            ranges={name: (row.low, row.high) for name, row in self._group(RANGE)},
        )

    @property
    def fitted(self) -> tuple[Constant, ...]:
        """Rows that measurements move."""
        return tuple(row for row in self.rows if row.fitted)

    def with_values(self, values: Mapping[str, float]) -> Calibration:
        """The same rows with other values."""
        return self._changed(lambda row: row._replace(value=values.get(row.name, row.value)))

    def with_ranges(self, factors: Mapping[str, float]) -> Calibration:
        """The same values, `low` and `high` a factor either way where one is given."""
        return self._changed(
            lambda row: (
                row._replace(low=row.value / factors[row.name], high=row.value * factors[row.name])
                if row.name in factors
                else row
            )
        )

    def with_rows(self, rows: Iterable[Constant]) -> Calibration:
        """The same calibration with these rows in place of those of the same name, or added."""
        added = {row.name: row for row in rows}
        kept = [added.pop(row.name, row) for row in self.rows]
        return Calibration((*kept, *added.values()))

    def text(self) -> str:
        """The calibration as CSV, the shape that `calibration` reads."""
        sheet = io.StringIO()
        writer = csv.writer(sheet, lineterminator="\n")
        writer.writerow(Constant._fields)
        for row in self.rows:
            writer.writerow(
                _cell(value) if name in _NUMBERS else value for name, value in row._asdict().items()
            )
        return sheet.getvalue()

    def _group(self, prefix: str) -> Iterable[tuple[str, Constant]]:
        return ((row.name.removeprefix(prefix), row) for row in self.rows if row.name.startswith(prefix))

    def _changed(self, change: object) -> Calibration:
        assert callable(change)
        return replace(self, rows=tuple(change(row) for row in self.rows))


@cache
def calibration(path: Path | None = None) -> Calibration:
    """Read a calibration: the shipped one, or a user's file of the same shape.

    Raises
    ------
    FactError
        a row is not as :class:`Constant` says, or a constant is missing; all findings at once
    """
    if path is None:
        place = SHIPPED
        text = (files("orchard.catalogue") / "data" / "calibration" / "training.csv").read_text("utf-8")
    else:
        place, text = str(path), _read(path)
    rows: list[Constant] = []
    findings: list[Finding] = []
    for line, cells in enumerate(csv.DictReader(text.splitlines()), start=2):
        try:
            rows.append(_row(cells))
        except (TypeError, ValueError) as error:
            wanted = "a row as orchard calibrate writes it"
            findings.append(Finding("O820", f"{place}:{line}", cells.get("name") or "", str(error), wanted))
    missing = set(Constants._fields) - {row.name for row in rows}
    if missing and not findings:
        names = ", ".join(name for name in Constants._fields if name in missing)
        findings.append(
            Finding("O820", place, "name", f"no row for {names}", "a row for every constant",
                    "write the file with orchard calibrate")
        )  # fmt: skip
    if findings:
        raise FactError(findings)
    return Calibration(tuple(rows))


def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not UTF-8 text"
        raise FactError(
            Finding("O820", str(path), "", str(reason).lower(), "a calibration written by orchard calibrate")
        ) from error


def _row(cells: Mapping[str, str | None]) -> Constant:
    lacking = [name for name in Constant._fields if cells.get(name) is None]
    if lacking:
        raise ValueError(f"no column {', '.join(lacking)}")
    row = Constant(
        **{  # type: ignore[arg-type]
            name: float(cells[name] or "nan") if name in _NUMBERS else cells[name]
            for name in Constant._fields
        }
    )
    if row.name not in Constants._fields and not row.name.startswith((STACK, WIDTH, CHIP, RANGE)):
        raise ValueError(f"no constant is called {row.name!r}")
    if not (np.isfinite(row.value) and row.value > 0 and row.sigma >= 0):
        raise ValueError(f"value {row.value:g} must be above 0, and sigma {row.sigma:g} not below")
    return row


def _cell(value: object) -> str:
    return "" if isinstance(value, float) and not np.isfinite(value) else format(value, _DIGITS)
