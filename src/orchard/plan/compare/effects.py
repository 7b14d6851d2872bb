"""What two programmes come to on the same random numbers, and the interval of the difference.

An amount draws the same number in both, for it is drawn by its place or its fact. So what differs between
two samples of one number is what the programmes do, and a programme beside itself differs by exactly nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np

from orchard.errors import QuantityError
from orchard.plan import engine
from orchard.plan.answer import timelines
from orchard.plan.calendar import DAY_S, Array, to_iso
from orchard.plan.claims import read_claims
from orchard.plan.definitions import definitions
from orchard.plan.expression import Test
from orchard.plan.outlook import Outlook
from orchard.plan.quantities import Quantity, read_quantity
from orchard.plan.scene import Setup

_Z95 = 1.96


class Outcomes(NamedTuple):
    """Claims and quantities of one programme in every sample: 0 or 1, and numbers [S]."""

    holds: dict[str, Array]
    values: dict[str, Array]


class Asked(NamedTuple):
    """What is asked of a programme."""

    tests: dict[str, Test]
    quantities: dict[str, Quantity]


def asked(setup: Setup) -> Asked:
    """Every claim that can be tested, and what a plan draws: timelines by year, and dates."""
    known = definitions(setup)
    tests = {name: test for name, test in read_claims(setup, known).items() if not test.unknown}
    quantities = {}
    for text in _main(setup, known):
        try:
            quantity = read_quantity(text, known, setup)
        except QuantityError:
            continue  # a year that is planned in part
        if not quantity.definition.unknown:
            quantities[text] = quantity
    return Asked(tests, quantities)


def _main(setup: Setup, known: dict[str, Any]) -> Iterator[str]:
    years = sorted({quarter[:4] for quarter in setup.calendar.quarters})
    for name, definition in known.items():
        if definition.kind == "date" and name.endswith((".released", ".started")):
            yield name
    for line in timelines(setup, known):
        for year in years:
            yield f"{line.id}@{year}" if line.definition.kind == "flow" else f"{line.id}@{year}-12-31"


def outcomes(
    setup: Setup, what: Asked, samples: int, seed: int, progress: Callable[[float], None] | None = None
) -> Outcomes:
    """Work out a programme."""

    def work(outlook: Outlook) -> Outcomes:
        size = outlook.scene.draws.size
        found = engine.judge(outlook, what.tests)
        holds = {name: one.holds.astype(float) for name, one in found.items() if one.known}
        values = {
            text: np.array(np.broadcast_to(quantity.read(outlook), size))
            for text, quantity in what.quantities.items()
        }
        return Outcomes(holds, values)

    engine.check_memory(setup, samples)
    blocks = engine.run(setup, samples, seed, work, progress=progress)
    known = set.intersection(*(set(block.holds) for block in blocks)) if blocks else set()
    values = {text: np.concatenate([block.values[text] for block in blocks]) for text in blocks[0].values}
    return Outcomes(
        {
            name: np.concatenate([block.holds[name] for block in blocks])
            for name in what.tests
            if name in known
        },
        {text: column for text, column in values.items() if not np.isnan(column).any()},
    )


def claim_row(first: Array | None, second: Array | None) -> dict[str, Any]:
    """Probabilities of a claim, and their difference with its 95 % interval, samples paired."""
    row: dict[str, Any] = {"from": _mean(first), "to": _mean(second), "difference": None, "interval": None}
    if first is not None and second is not None:
        moved = second - first
        middle, reach = float(moved.mean()), _Z95 * float(moved.std()) / np.sqrt(len(moved))
        row |= {"difference": middle, "interval": [middle - reach, middle + reach]}
    return row


def quantity_row(first: Array | None, second: Array | None, unit: str) -> dict[str, Any]:
    """Medians of a quantity; median, p10 and p90 of the difference in one sample; how many differ.

    Dates differ by seconds. Never less never is nothing; never less a day is never.
    """
    row: dict[str, Any] = {"unit": unit, "from": _median(first, unit), "to": _median(second, unit),
                           "difference": None, "interval": None, "moved": None}  # fmt: skip
    if first is not None and second is not None:
        with np.errstate(invalid="ignore"):
            moved = np.where(first == second, 0.0, second - first) * (DAY_S if unit == "date" else 1.0)
        low, middle, high = (_finite(point) for point in symmetric_quantiles(moved))
        row |= {"difference": middle, "interval": [low, high], "moved": float(np.mean(moved != 0))}
    return row


def symmetric_quantiles(values: Array) -> tuple[float, float, float]:
    """p10, p50 and p90 such that those of the negative are the same, turned round.

    >>> symmetric_quantiles(np.array([1.0, 2.0, 3.0, 10.0])), symmetric_quantiles(-np.array([1.0, 2, 3, 10]))
    ((1.0, 2.5, 10.0), (-10.0, -2.5, -1.0))
    """
    ordered, count = np.sort(values), len(values)

    def at(share: float) -> float:
        place = share * count
        low, high = int(np.ceil(place - 1e-9)) - 1, int(np.floor(place + 1e-9))
        ends = ordered[max(low, 0)], ordered[min(high, count - 1)]
        return float(ends[0] if ends[0] == ends[1] else (ends[0] + ends[1]) / 2)

    return at(0.1), at(0.5), at(0.9)


def _mean(values: Array | None) -> float | None:
    return None if values is None else float(values.mean())


def _median(values: Array | None, unit: str) -> float | str | None:
    if values is None:
        return None
    middle = float(engine.quantiles(values)[1])
    return to_iso(middle) if unit == "date" else _finite(middle)


def _finite(value: float) -> float | None:
    return value if np.isfinite(value) else None
