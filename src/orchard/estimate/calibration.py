"""Constants that measurements move: their rows, and the file they lie in.

One CSV file a calibration, one row a number, under the columns of :class:`Constant`.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple, Self

import numpy as np

from orchard.errors import FactError, Finding
from orchard.estimate.interval import Z80

# A user's fit may move constants this many times what they are uncertain by: another machine.
LOOSENED = 2.0
# Where numbers of rows and ranges come from.
COUNTED = "counted: rows of the measured table"
_NUMBERS = ("value", "low", "high", "prior", "sigma")
_DIGITS = ".6g"
# Rows of low and high alone: the lowest and the highest value that was measured.
RANGE = "range."
# Shares are written with six digits.
_ROUNDING = 1e-5


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

    @property
    def strain(self) -> float:
        """How far it lies from its prior, in sigmas; 0 when measurements do not move it."""
        return abs(float(np.log(self.value / self.prior))) / self.sigma if self.fitted else 0.0


class Rule(NamedTuple):
    """What rows a calibration has.

    `names` are constants and `prefixes` how the names of other rows begin; `needed` are rows beside the
    constants that every calibration has (a prefix stands for at least one), and `shares` constants that
    cannot be above 1.
    """

    names: Sequence[str]
    prefixes: tuple[str, ...] = ()
    needed: Sequence[str] = ()
    shares: Collection[str] = ()


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

    def loosened(self, free: Mapping[str, float] | None = None) -> Self:
        """What it knows as a prior: as certain as its ranges say, LOOSENED; those in `free` at least so far.

        `free` maps names to sigmas.
        """
        least = free or {}

        def prior(row: Constant) -> Constant:
            known = row.fitted and row.low > 0
            sigma = float(np.log(row.high / row.low)) / (2 * Z80) * LOOSENED if known else row.sigma
            return row._replace(prior=row.value, sigma=max(sigma, least.get(row.name, 0.0)))

        return self._changed(prior)

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


def found(name: str, value: float, meaning: str, source: str, day: str) -> Constant:
    """A row of what was found beside the constants: a width, or a number of measured rows."""
    return Constant(name, value, np.nan, np.nan, "1", value, 0.0, meaning, source, day)


def range_rows(measured: Mapping[str, tuple[float, float]], day: str) -> list[Constant]:
    """Rows of the lowest and the highest value measured, by name."""
    return [
        found(f"{RANGE}{name}", 1.0, "lowest and highest value measured", COUNTED, day)._replace(
            low=low, high=high
        )
        for name, (low, high) in measured.items()
    ]


def read_rows(text: str, place: str, rule: Rule) -> tuple[Constant, ...]:
    """Read the rows of a calibration.

    Parameters
    ----------
    text, place
        the file, and how findings call it
    rule
        what rows it has

    Raises
    ------
    FactError
        O820: a row is not as :class:`Constant` says, stands twice, is missing, or is no number that such a
        constant can have; all findings at once
    """
    rows: dict[str, Constant] = {}
    findings: list[Finding] = []
    for line, cells in enumerate(csv.DictReader(text.splitlines()), start=2):
        try:
            row = _row(cells, rule)
            if row.name in rows:
                raise ValueError("a second row of this name")
            rows[row.name] = row
        except (TypeError, ValueError) as error:
            wanted = "a row as orchard calibrate writes it"
            findings.append(Finding("O820", f"{place}:{line}", cells.get("name") or "", str(error), wanted))
    missing = _missing(rows, rule)
    if missing and not findings:
        findings.append(
            Finding("O820", place, "name", f"no row for {', '.join(missing)}", "a row for every constant, and"
                    " how far measurements lie around them", "write the file with orchard calibrate")
        )  # fmt: skip
    if findings:
        raise FactError(findings)
    return tuple(rows.values())


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


def _missing(rows: Collection[str], rule: Rule) -> list[str]:
    """Constants, and rows beside them, that are not there."""
    beside = [
        f"{name}*" if name.endswith(".") else name
        for name in rule.needed
        if not any(row == name or (name.endswith(".") and row.startswith(name)) for row in rows)
    ]
    return [name for name in rule.names if name not in rows] + beside


def _row(cells: Mapping[str, str | None], rule: Rule) -> Constant:
    lacking = [name for name in Constant._fields if cells.get(name) is None]
    if lacking:
        raise ValueError(f"no column {', '.join(lacking)}")
    row = Constant(
        **{  # type: ignore[arg-type]
            name: float(cells[name] or "nan") if name in _NUMBERS else cells[name]
            for name in Constant._fields
        }
    )
    if row.name not in rule.names and not row.name.startswith(rule.prefixes):
        raise ValueError(f"no constant is called {row.name!r}")
    if not (np.isfinite(row.value) and row.value > 0 and row.sigma >= 0):
        raise ValueError(f"value {row.value:g} must be above 0, and sigma {row.sigma:g} not below")
    if not row.prior > 0:
        raise ValueError(f"prior {row.prior:g} must be above 0")
    if row.name in rule.shares and row.value > 1 + _ROUNDING:
        raise ValueError(f"value {row.value:g} is a share: it cannot be above 1")
    if row.name.startswith(RANGE) and not 0 < row.low <= row.high < np.inf:
        raise ValueError(f"low {row.low:g} must be above 0 and not above high {row.high:g}")
    return row


def _said(row: Constant) -> str:
    return Table((row._replace(as_of=""),)).text()


def _cell(value: object) -> str:
    return "" if isinstance(value, float) and not np.isfinite(value) else format(value, _DIGITS)
