"""The constants of clip times: what they are called, and the file they lie in.

``catalogue/data/calibration/video.csv`` holds, beside the constants under their own names:

- ``width.<kind>``: half-widths of the 80 % interval, on the logarithm of the time, of clips that the
  fit has not seen (`row`), of networks it has not seen (`architecture`), and of chips (`chip`);
- ``architecture.<blocks>x<width>``, ``chip.<id>``: measured clips of a network, of a chip;
- ``range.<name>``: lowest and highest value measured.

``orchard calibrate video`` writes a user's file of the same shape.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, cached_property
from importlib.resources import files
from pathlib import Path
from typing import NamedTuple

from orchard.estimate.calibration import RANGE, Rule, Table, read_rows, read_text
from orchard.estimate.video import interval
from orchard.estimate.video.interval import RANGES, ROW, Spread, known

WIDTH, ARCHITECTURE, CHIP = "width.", "architecture.", "chip."
SHIPPED = "catalogue/data/calibration/video.csv"


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


# Shares of a peak or of a link: never above 1.
SHARES = frozenset({"matmul", "attention", "link"})
# What an interval of any clip rests on.
NEEDED = (
    *(f"{WIDTH}{kind}" for kind in (ROW, interval.ARCHITECTURE, interval.CHIP)),
    ARCHITECTURE,
    CHIP,
    *(f"{RANGE}{name}" for name in RANGES),
)
RULE = Rule(Constants._fields, (WIDTH, ARCHITECTURE, CHIP, RANGE), NEEDED, SHARES)


@dataclass(frozen=True)
class Calibration(Table):
    """All rows, by meaning."""

    @cached_property
    def constants(self) -> Constants:
        """The constants of the closed form."""
        return Constants(**{row.name: row.value for row in self.rows if row.name in Constants._fields})

    @cached_property
    def spread(self) -> Spread:
        """How far measured clips lie around the closed form."""
        return Spread(
            widths={name: row.value for name, row in self.group(WIDTH)},
            architectures=known({name: row.value for name, row in self.group(ARCHITECTURE)}),
            chips=known({name: row.value for name, row in self.group(CHIP)}),
            ranges={name: (row.low, row.high) for name, row in self.group(RANGE)},
        )

    def at_priors(self) -> Calibration:
        """The constants before any clip is measured, and nothing else."""
        kept = (row for row in self.rows if row.name in Constants._fields)
        return Calibration(tuple(row._replace(value=row.prior) for row in kept))


@cache
def calibration(path: Path | None = None) -> Calibration:
    """Read a calibration: the shipped one, or a user's file of the same shape.

    Raises
    ------
    FactError
        O820: a row is not as :class:`~orchard.estimate.calibration.Constant` says, or a constant is
        missing; all findings at once
    """
    if path is None:
        place = SHIPPED
        text = (files("orchard.catalogue") / "data" / "calibration" / "video.csv").read_text("utf-8")
    else:
        place, text = str(path), read_text(path)
    return Calibration(read_rows(text, place, RULE))
