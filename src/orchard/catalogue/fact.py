"""A fact: a number that knows where it comes from.

A fact has a value with an 80 % interval, a unit, a basis (dense or sparse, nameplate or IT load), a
kind, a source, the place inside the source, and the day on which it was known. Several rows with one
id are a conflict between sources; `combine` joins them in the open.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple, get_args

from orchard import units

Kind = Literal["measured", "published", "reported", "estimated", "assumed"]
KINDS: tuple[Kind, ...] = get_args(Kind)  # the firmest first


class Source(NamedTuple):
    """Where facts come from. `date` is ISO text as precise as the source states it."""

    id: str
    title: str
    publisher: str
    url: str
    date: str


@dataclass(frozen=True, slots=True)
class Fact:
    """One number of the world.

    `value`, `low` and `high` are in the coherent unit of the dimension of `unit`; `unit` stays as it
    was written. `low` to `high` is the 80 % interval; both equal `value` when that is exact. A date
    fact (unit ``date``) has `date`, `date_low` and `date_high`, and not-a-number as its value.
    `conflict` holds the members when several sources were combined; `source` then names all of them,
    joined with ``; ``.
    """

    id: str
    value: float
    low: float
    high: float
    unit: str
    basis: str
    kind: Kind
    source: str
    locator: str
    as_of: dt.date
    note: str = ""
    conflict: tuple[Fact, ...] = ()
    date: dt.date | None = None
    date_low: dt.date | None = None
    date_high: dt.date | None = None
    place: str = ""

    @property
    def is_date(self) -> bool:
        """Whether this is a date and not a number."""
        return self.date is not None

    @property
    def exact(self) -> bool:
        """Whether the value carries no interval."""
        if self.is_date:
            return self.date_low == self.date_high
        return self.low == self.high

    @property
    def source_ids(self) -> tuple[str, ...]:
        """Ids of all sources this fact rests on."""
        return tuple(member.source for member in self.conflict) or (self.source,)

    @property
    def dimension(self) -> units.Dimension:
        """Dimension of the unit; a date has none."""
        return units.NONE if self.is_date else units.dimension(self.unit)

    def written(self) -> dict[str, str | float | None]:
        """The columns of a fact as they are written: numbers in `unit`, dates as ISO text."""
        row: dict[str, str | float | None] = {"id": self.id}
        if self.date is not None:
            days = (("value", self.date), ("low", self.date_low), ("high", self.date_high))
            row |= {name: day.isoformat() if day else None for name, day in days}
        else:
            one = units.factor(self.unit)
            numbers = (("value", self.value), ("low", self.low), ("high", self.high))
            row |= {name: float(f"{number / one:.12g}") for name, number in numbers}
        if self.exact:
            row |= {"low": None, "high": None}
        return row | {
            "unit": self.unit,
            "basis": self.basis,
            "kind": self.kind,
            "source": self.source,
            "locator": self.locator,
            "as_of": self.as_of.isoformat(),
            "note": self.note,
        }


def combine(rows: Sequence[Fact]) -> Fact:
    """One fact out of all rows with the same id.

    The value is the mean of the rows' values, low the smallest low, high the largest high; the kind
    is the least firm one and the day that of the latest row. A single row is returned as it is.

    Raises
    ------
    ValueError
        `rows` is empty

    Examples
    --------
    >>> day = dt.date(2025, 3, 18)
    >>> a = Fact("chip.x.bf16", 2.25e15, 2.25e15, 2.25e15, "TFLOP/s", "dense", "published", "a", "", day)
    >>> b = Fact("chip.x.bf16", 2.5e15, 2.5e15, 2.5e15, "TFLOP/s", "dense", "reported", "b", "", day)
    >>> both = combine([a, b])
    >>> both.value, both.low, both.high, both.kind, both.source
    (2375000000000000.0, 2250000000000000.0, 2500000000000000.0, 'reported', 'a; b')
    """
    if not rows:
        raise ValueError("no rows to combine")
    first = rows[0]
    if len(rows) == 1:
        return first
    lows = [row.date_low for row in rows if row.date_low is not None]
    highs = [row.date_high for row in rows if row.date_high is not None]
    return Fact(
        id=first.id,
        value=math.fsum(row.value for row in rows) / len(rows),
        low=min(row.low for row in rows),
        high=max(row.high for row in rows),
        unit=first.unit,
        basis="; ".join(dict.fromkeys(row.basis for row in rows if row.basis)),
        kind=max((row.kind for row in rows), key=KINDS.index),
        source="; ".join(row.source for row in rows),
        locator="; ".join(row.locator for row in rows if row.locator),
        as_of=max(row.as_of for row in rows),
        note=f"{len(rows)} sources differ; mean of their values, widest range",
        conflict=tuple(rows),
        date=_mean_date([row.date for row in rows if row.date]),
        date_low=min(lows, default=None),
        date_high=max(highs, default=None),
        place=first.place,
    )


def _mean_date(days: Sequence[dt.date]) -> dt.date | None:
    if not days:
        return None
    return dt.date.fromordinal(round(sum(day.toordinal() for day in days) / len(days)))
