"""The chain behind a number, as plain data: steps with their values, down to facts and assumptions."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import numpy as np

from orchard.plan import engine
from orchard.plan.calendar import Array, Period, quarter_of, to_day, to_iso
from orchard.plan.explain.trace import Step, reads
from orchard.plan.scene import Setup

# Units by the end of a name, and by the first word of a docstring.
_ENDINGS = {
    "usd": "USD", "w": "W", "j": "J", "day": "date", "s": "s", "flop": "FLOP", "flops_per_s": "FLOP/s",
    "bytes_per_s": "B/s", "share": "%", "users": "person", "chips": "chip", "growth": "%", "goodput": "%",
}  # fmt: skip
_FIRST = {
    "chips": "chip", "gpus": "chip", "share": "%", "part": "%", "day": "date", "growth": "%",
    "flop/s": "FLOP/s", "power": "W",
}  # fmt: skip
_SHAPES = re.compile(r"\s*\[[A-Z](?: [+-] 1)?(?:, [A-Z](?: [+-] 1)?)*\]")
_SUM = "sum"
_FEW = 3  # entries of a table that are told one by one; of more, their sum


class When:
    """The time at which the steps of a chain are read: that of a quantity, or the day that it gives."""

    def __init__(self, setup: Setup, period: Period | None, day: float) -> None:
        self.calendar = setup.calendar
        self.year = period.text if period is not None and period.kind == "year" else ""
        day = to_day(period.end) - 1 if period is not None else day
        self.day = float(
            np.clip(np.nan_to_num(day, posinf=np.inf), self.calendar.start, self.calendar.end - 1)
        )

    def read(self, values: Array, size: int) -> tuple[Array, str] | None:
        """Samples [S] of an array, and in words when they hold; None of what is neither state nor flow."""
        calendar = self.calendar
        if values.shape == (size,):
            return values, ""
        if values.shape == (len(calendar.edges), size):
            return calendar.at(values, self.day + 1), f"at the end of {to_iso(self.day)}"
        if values.shape == (len(calendar.quarters), size):
            quarter = quarter_of(date.fromordinal(int(self.day)))
            rows = [row for row, name in enumerate(calendar.quarters) if self._wanted(name, quarter)]
            total: Array = values[rows].sum(axis=0)
            return total, f"in {self.year or quarter}"
        return None

    def _wanted(self, name: str, quarter: str) -> bool:
        return name.startswith(self.year) if self.year else name == quarter


@dataclass(eq=False)
class Link:
    """A step of the chain with its samples from all blocks, by the name of what it gives."""

    step: Step
    samples: dict[str, list[Array]] = field(default_factory=dict)
    when: dict[str, str] = field(default_factory=dict)
    fields: tuple[str, ...] = ()
    below: list[Link] = field(default_factory=list)


def link(step: Step, when: When, size: int, seen: dict[int, Link]) -> Link:
    """Read the values of a step and of all below it, once each; the arrays behind them are let go."""
    if id(step) in seen:
        return seen[id(step)]
    found = seen[id(step)] = Link(step)
    for name, values in _parts(step.value):
        read = when.read(values, size)
        if read is not None:
            found.samples[name], found.when[name] = [np.array(read[0])], read[1]
    found.fields = getattr(step.value, "_fields", ())
    step.value = None
    found.below = [link(below, when, size, seen) for below in step.steps]
    return found


def join(first: Link, other: Link, done: set[int]) -> None:
    """Add the samples of another block to a chain of the same steps."""
    if id(first) in done:
        return
    done.add(id(first))
    first.step.inputs |= other.step.inputs
    for name, parts in first.samples.items():
        parts.extend(other.samples.get(name, ()))
    theirs = dict(_places(other))
    for place, mine in _places(first):
        if place in theirs:  # tables are made ready once, in the block that needs them first
            join(mine, theirs[place], done)


def _places(found: Link) -> Iterator[tuple[tuple[str, str, int], Link]]:
    """What is below a link, each by its name, what it was asked for, and its place among those alike."""
    count = Counter[tuple[str, str]]()
    for below in found.below:
        same = (below.step.name, below.step.of)
        yield (*same, count[same]), below
        count[same] += 1


class Writer:
    """Writes a chain as plain data; a step that stands in several places is written out once.

    Parameters
    ----------
    keys
        the inputs that a read of the trace rests on; none of what is not uncertain and not stated
    weight
        how much of the spread of the answer comes from some inputs, 0 to 1
    """

    def __init__(self, keys: Callable[[str], list[str]], weight: Callable[[frozenset[str]], float]) -> None:
        self._keys, self._weight = keys, weight
        self._numbers: dict[int, int] = {}

    def write(self, found: Link) -> dict[str, Any]:
        """A step and what is below it; what moves the answer most comes first."""
        step, known = found.step, self._numbers.get(id(found))
        number = self._numbers.setdefault(id(found), len(self._numbers) + 1)
        head = {"number": number, "name": step.name, "of": step.of, "about": plain(step.about)}
        if known is not None:
            return head | {"again": True}
        inputs = [key for path in step.inputs for key in self._keys(path)]
        below = [self.write(each) for each in found.below if telling(each)]
        return head | {
            "again": False,
            "place": step.place,
            "formula": step.formula,
            "values": [_value(found, name) for name in found.samples],
            "share": round(self._weight(self._all(step)), 4),
            "inputs": list(dict.fromkeys(inputs)),
            "steps": sorted(below, key=lambda each: -float(each.get("share", 0.0))),
        }

    def _all(self, step: Step) -> frozenset[str]:
        return frozenset(key for path in reads(step) for key in self._keys(path))


def telling(found: Link) -> bool:
    """Whether a step tells anything: it reads an input, or rests on steps, or is known by its unit."""
    step = found.step
    return bool(step.inputs or found.below or unit_of(step.name, step.about) != "1")


def plain(about: str) -> str:
    """A first line of a docstring without the shapes of arrays.

    >>> plain("Capital expenditure by quarter [Q, S].")
    'Capital expenditure by quarter'
    """
    return _SHAPES.sub("", about).rstrip(".")


def unit_of(name: str, about: str = "") -> str:
    """The coherent unit of what a function returns, by the end of its name or the start of its docstring.

    >>> unit_of("money.capex_usd"), unit_of("fleet.paid", "Chips [E, S] of each delivery")
    ('USD', 'chip')
    """
    last = name.rpartition(".")[2]
    fitting = [ending for ending in _ENDINGS if last == ending or last.endswith("_" + ending)]
    if fitting:
        return _ENDINGS[max(fitting, key=len)]
    if plain(about).endswith(", in days"):
        return "date"
    return _FIRST.get(about.partition(" ")[0].lower(), "1")


def _parts(value: Any) -> list[tuple[str, Array]]:
    """The arrays of what a step returned: itself, its named parts, or the sum over a table."""
    if _numbers(value):
        return [("", value)]
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return [(name, part) for name, part in zip(value._fields, value, strict=True) if _numbers(part)]
    if isinstance(value, dict) and value and all(map(_numbers, value.values())):
        if len(value) <= _FEW:
            return list(value.items())
        same = len({part.shape for part in value.values()}) == 1
        return [(_SUM, np.sum(list(value.values()), axis=0))] if same else []
    return []


def _numbers(value: Any) -> bool:
    return isinstance(value, np.ndarray) and value.dtype.kind == "f"


def _value(found: Link, name: str) -> dict[str, Any]:
    unit = unit_of(name) if name in found.fields else unit_of(found.step.name, found.step.about)
    points = dict(
        zip(("p10", "p50", "p90"), points_of(np.concatenate(found.samples[name]), unit), strict=True)
    )
    return {"name": name, "unit": unit, "when": found.when[name], **points}


def points_of(samples: Array, unit: str) -> list[float | str | None]:
    """p10, median and p90 as reports hold them: dates as ISO text, *never* and unknown as None."""
    known = samples[~np.isnan(samples)]
    if not len(known):
        return [None, None, None]
    points = [float(point) for point in engine.quantiles(known)]
    if unit == "date":
        return [to_iso(point) for point in points]
    return [point if np.isfinite(point) else None for point in points]
