"""The best layout with each value of each choice; where none fits, the memory that would be enough.

Blocks come one after another, and most of them change nothing: values are told apart with as little work
as will do.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from orchard.estimate.training.layouts.evaluated import Array, Evaluated, Picked, Table, Whole

Key = tuple[str, int]


@dataclass
class Contest:
    """What is known so far, by choice and value: the fastest that fits, and the least memory of all."""

    fastest: dict[Key, Picked] = field(default_factory=dict)
    least_bytes: dict[Key, float] = field(default_factory=dict)

    def rivals(self) -> dict[Key, Table]:
        """The fastest that fits with each value."""
        return {key: one.table() for key, one in self.fastest.items()}

    def needed_bytes(self) -> dict[Key, float]:
        """What a chip would have to have, for each value with which nothing fits."""
        return {key: least for key, least in self.least_bytes.items() if key not in self.fastest}

    def enter(self, seen: Evaluated) -> None:
        """Note what a block changes."""
        block = seen.block
        by_row, by_column = seen.ranked_s.min(axis=0), seen.ranked_s.min(axis=1)
        row = int(by_row.argmin())
        for name, value in (("tp", block.tp), ("pp", block.pp)):
            if self._beats(name, value, float(by_row[row])):
                self.fastest[name, value] = seen.pick_one(int(seen.ranked_s[:, row].argmin()), row)
            elif (name, value) not in self.fastest:
                self._lack(name, np.array([value]), value, seen.reserved_bytes.min().reshape(1))
        self._enter(seen, block.rows._asdict(), by_row, axis=0)
        self._enter(seen, block.columns._asdict(), by_column, axis=1)

    def _enter(self, seen: Evaluated, fields: dict[str, Whole], times_s: Array, axis: int) -> None:
        """Note what the fields of rows (axis 0) or columns (axis 1) change."""
        order = times_s.argsort(kind="stable")[::-1]
        least: Array | None = None
        for name, values in fields.items():
            # of a value that occurs often the last entry stays: its fastest
            for value, place in dict(zip(values[order].tolist(), order.tolist(), strict=True)).items():
                if self._beats(name, value, float(times_s[place])):
                    self.fastest[name, value] = _pick(seen, place, axis)
                elif (name, value) not in self.fastest:
                    least = seen.reserved_bytes.min(axis=axis) if least is None else least
                    self._lack(name, values, value, least)

    def _beats(self, name: str, value: int, time_s: float) -> bool:
        held = self.fastest.get((name, value))
        return bool(time_s < (np.inf if held is None else held.time_s))

    def _lack(self, name: str, values: Whole, value: int, least: NDArray[np.float64]) -> None:
        needed = float(least[values == value].min())
        self.least_bytes[name, value] = min(self.least_bytes.get((name, value), np.inf), needed)


def _pick(seen: Evaluated, place: int, axis: int) -> Picked:
    """The fastest layout of a row (axis 0) or a column (axis 1)."""
    if axis == 0:
        return seen.pick_one(int(seen.ranked_s[:, place].argmin()), place)
    return seen.pick_one(place, int(seen.ranked_s[place].argmin()))
