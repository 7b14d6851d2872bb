"""Events to come, the next one first: a binary heap in rows 1 and on of a table; row 0 counts."""

from __future__ import annotations

from orchard.simulate.fleet.compiled import compiled
from orchard.simulate.fleet.tables import DUE, FULL, NUMBER, PENDING, STAMP, WHAT, Real


@compiled
def push(heap: Real, at: float, what: int, number: int, stamp: int) -> None:
    """Add an event; where there is no room FULL says so, and the run is worth nothing."""
    place = int(heap[0, PENDING]) + 1
    if place == len(heap):
        heap[0, FULL] = 1
        return
    heap[0, PENDING] = place
    while place > 1 and heap[place // 2, DUE] > at:
        for column in range(4):
            heap[place, column] = heap[place // 2, column]
        place //= 2
    heap[place, DUE], heap[place, WHAT], heap[place, NUMBER], heap[place, STAMP] = at, what, number, stamp


@compiled
def drop(heap: Real) -> None:
    """Take the next event, row 1, away."""
    last = int(heap[0, PENDING])
    heap[0, PENDING] = last - 1
    moved, place = heap[last, DUE], 1
    while 2 * place < last:
        below = 2 * place
        if below + 1 < last and heap[below + 1, DUE] < heap[below, DUE]:
            below += 1
        if heap[below, DUE] >= moved:
            break
        for column in range(4):
            heap[place, column] = heap[below, column]
        place = below
    for column in range(4):
        heap[place, column] = heap[last, column]
