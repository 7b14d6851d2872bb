"""A calibration: every constant of the step model, and how far measurements lie around it.

One CSV file, one row a number (:class:`~orchard.estimate.calibration.Constant`):

- constants under their own names;
- ``stack.<family>``: time of a step with that family of stacks beside the model;
- ``width.<family>/<dense or moe>``: half-width of the 80 % interval, on the logarithm of the time;
- ``seen.<family>/<chip>``: measured rows of a stack on a chip;
- ``range.<name>``: lowest and highest value measured.

The shipped one is ``catalogue/data/calibration/training.csv``; ``orchard calibrate`` writes a user's.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, cached_property
from importlib.resources import files
from pathlib import Path

from orchard.estimate.calibration import RANGE, Rule, Table, read_rows, read_text
from orchard.estimate.training.formulas.constants import SHARES, Constants
from orchard.estimate.training.interval import RANGES, UNSEEN_CHIP, UNSEEN_STACK, Spread, group

STACK, WIDTH, PAIR = "stack.", "width.", "seen."
# What an interval of any run rests on.
NEEDED = (
    *(f"{WIDTH}{group(name, moe)}" for name in (UNSEEN_STACK, UNSEEN_CHIP) for moe in (False, True)),
    PAIR,
    *(f"{RANGE}{name}" for name in RANGES),
)
RULE = Rule(Constants._fields, (STACK, WIDTH, PAIR, RANGE), NEEDED, SHARES)
SHIPPED = "catalogue/data/calibration/training.csv"


@dataclass(frozen=True)
class Calibration(Table):
    """All rows, by meaning."""

    @cached_property
    def constants(self) -> Constants:
        """The constants of the model."""
        return Constants(**{row.name: row.value for row in self.rows if row.name in Constants._fields})

    @cached_property
    def slowdown(self) -> dict[str, float]:
        """Slowdown of every family of stacks that was measured."""
        return {name: row.value for name, row in self.group(STACK)}

    @cached_property
    def spread(self) -> Spread:
        """What is left around the model."""
        return Spread(
            widths={name: row.value for name, row in self.group(WIDTH)},
            pairs=frozenset(name for name, _ in self.group(PAIR)),
            ranges={name: (row.low, row.high) for name, row in self.group(RANGE)},
        )


@cache
def calibration(path: Path | None = None) -> Calibration:
    """Read a calibration: the shipped one, or a user's file of the same shape.

    Raises
    ------
    FactError
        O820: a row is not as :class:`~orchard.estimate.calibration.Constant` says, stands twice, is
        missing, or is no number that such a constant can have; all findings at once
    """
    if path is None:
        place = SHIPPED
        text = (files("orchard.catalogue") / "data" / "calibration" / "training.csv").read_text("utf-8")
    else:
        place, text = str(path), read_text(path)
    return Calibration(read_rows(text, place, RULE))
