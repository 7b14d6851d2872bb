"""The constants of clip times: what they are called, what is known of each, and the file they lie in.

``catalogue/data/calibration/video.csv`` has one row a number. `low` and `high` bound a constant: the
fit never leaves them, and they are taken as the 95 % range of what is known beforehand around `prior`.
Rows ``width.*`` are half-widths of the 80 % interval, measured on models, or chips, left out of the fit;
``chip.<id>`` counts the clips measured on a chip.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache, cached_property
from importlib.resources import files
from typing import NamedTuple

import numpy as np

# Standard deviations on either side that hold 95 % of a normal distribution.
Z95 = 1.96
# Rows of the half-widths of the 80 % interval on the logarithm of the time: of models that were not
# measured on chips that were, and on chips that were not; and of chips that were: `chip.<id>`.
WIDTH, UNSEEN_CHIP, CHIP = "width.model", "width.chip", "chip."
_NUMBERS = ("value", "low", "high", "prior")
_DIGITS = ".6g"


class Constants(NamedTuple):
    """Values of the constants; the calibration file says what each means."""

    matmul: float
    attention: float
    legacy: float
    energy_pj: float
    elementwise: float
    decode: float
    link: float
    launch_us: float


class Constant(NamedTuple):
    """One row of the calibration; the columns of its file."""

    name: str
    value: float
    low: float
    high: float
    unit: str
    prior: float
    meaning: str
    source: str
    as_of: str

    @property
    def sigma(self) -> float:
        """Standard deviation of the logarithm, as known before any clip is measured."""
        return float(np.log(self.high / self.low) / (2 * Z95))


@dataclass(frozen=True)
class Calibration:
    """All rows of a calibration."""

    rows: tuple[Constant, ...]

    @cached_property
    def constants(self) -> Constants:
        """The constants of the closed form."""
        values = {row.name: row.value for row in self.rows}
        return Constants(*(values[name] for name in Constants._fields))

    @property
    def fitted(self) -> tuple[Constant, ...]:
        """Rows of constants, which measurements move, in the order of `Constants`."""
        by_name = {row.name: row for row in self.rows}
        return tuple(by_name[name] for name in Constants._fields)

    @cached_property
    def widths(self) -> dict[str, float]:
        """Half-widths of the 80 % interval on the logarithm of the time, by name."""
        return {row.name: row.value for row in self.rows if row.name in (WIDTH, UNSEEN_CHIP)}

    @cached_property
    def chips(self) -> frozenset[str]:
        """Chips on which clips were measured."""
        return frozenset(row.name.removeprefix(CHIP) for row in self.rows if row.name.startswith(CHIP))

    def with_values(self, values: Mapping[str, float]) -> Calibration:
        """The same rows with other values."""
        return replace(
            self, rows=tuple(row._replace(value=values.get(row.name, row.value)) for row in self.rows)
        )

    def at_priors(self) -> Calibration:
        """The same rows before any measurement."""
        return self.with_values({row.name: row.prior for row in self.fitted})

    def text(self) -> str:
        """The calibration as CSV, the shape that `calibration` reads."""
        sheet = io.StringIO()
        writer = csv.writer(sheet, lineterminator="\n")
        writer.writerow(Constant._fields)
        for row in self.rows:
            writer.writerow(
                format(value, _DIGITS) if name in _NUMBERS else value for name, value in row._asdict().items()
            )
        return sheet.getvalue()


@cache
def calibration() -> Calibration:
    """The shipped calibration."""
    text = (files("orchard.catalogue") / "data" / "calibration" / "video.csv").read_text("utf-8")
    return Calibration(tuple(_rows(csv.DictReader(text.splitlines()))))


def _rows(cells: Iterable[Mapping[str, str]]) -> Iterable[Constant]:
    for row in cells:
        numbers = {name: float(row[name]) for name in _NUMBERS}
        yield Constant(**{name: numbers.get(name, row[name]) for name in Constant._fields})  # type: ignore[arg-type]
