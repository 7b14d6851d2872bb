"""Events to come, the next one first: a binary heap in rows 1 and on of a table; row 0 counts."""

from __future__ import annotations

from orchard.simulate.fleet.compiled import compiled
from orchard.simulate.fleet.tables import DUE, FULL, NUMBER, PENDING, STAMP, WHAT, Real


@compiled
def _before(heap: Real, one: int, other: int) -> bool:
    """Whether an event goes before another; of two at one moment, that of the lower number."""
    earlier: bool = heap[one, DUE] < heap[other, DUE]
    return earlier or (heap[one, DUE] == heap[other, DUE] and heap[one, NUMBER] < heap[other, NUMBER])


@compiled
def push(heap: Real, at: float, what: int, number: int, stamp: int) -> None:
    """Add an event; where there is no room FULL says so, and the run is worth nothing."""
    place = int(heap[0, PENDING]) + 1
    if place == len(heap):
        heap[0, FULL] = 1
        return
    heap[0, PENDING] = place
    while place > 1 and (
        heap[place // 2, DUE] > at or (heap[place // 2, DUE] == at and heap[place // 2, NUMBER] > number)
    ):
        for column in range(4):
            heap[place, column] = heap[place // 2, column]
        place //= 2
    heap[place, DUE], heap[place, WHAT], heap[place, NUMBER], heap[place, STAMP] = at, what, number, stamp


@compiled
def drop(heap: Real) -> None:
    """Take the next event, row 1, away."""
    last = int(heap[0, PENDING])
    heap[0, PENDING] = last - 1
    place = 1
    while 2 * place < last:
        below = 2 * place
        if below + 1 < last and _before(heap, below + 1, below):
            below += 1
        if not _before(heap, below, last):
            break
        for column in range(4):
            heap[place, column] = heap[below, column]
        place = below
    for column in range(4):
        heap[place, column] = heap[last, column]
