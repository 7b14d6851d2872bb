"""The events of a fleet in the order of time: faults and repairs, jobs that start, stop and end.

Faults are drawn before (:mod:`~orchard.simulate.fleet.draw`), or replayed, and sorted; what follows from them
waits in a heap. Nothing happens between events, so the cost grows with their number.
"""

from __future__ import annotations

from orchard import units
from orchard.simulate.fleet.compiled import compiled, compiled_for_python
from orchard.simulate.fleet.gang import enter, leave, speed
from orchard.simulate.fleet.heap import drop, push
from orchard.simulate.fleet.nodes import give, home, pool_of, put
from orchard.simulate.fleet.queue import remove, serve, submit
from orchard.simulate.fleet.stop import strike
from orchard.simulate.fleet.tables import (
    ACTIVITIES,
    AT,
    BACK,
    BY_ITSELF,
    CHAIN,
    COUNT,
    COUNTS,
    CURRENT,
    DETECTED,
    DONE,
    DOWN_BY,
    DOWN_LIST,
    DUE,
    EPOCH,
    EPOCHS,
    EVENTS,
    FREE,
    FULL,
    IDLE,
    KEEP,
    LIST,
    MISSING,
    NEXT,
    NODE,
    NUMBER,
    OF_CHAIN,
    OUT,
    PENDING,
    POOL,
    REJOINED,
    REPAIRED,
    RESERVE,
    RUNNING,
    STAMP,
    STARTING,
    STATE,
    SUBMIT,
    SUBMITTED,
    UNBORN,
    VERSION,
    WAITING,
    WANTING,
    WHAT,
    Real,
    Whole,
)  # fmt: skip

HOUR_S = units.factor("h")


@compiled
def _pass(pools: Whole, hours: Real, now: float, at: float) -> None:
    """Let time pass: what nodes do is added to the hours."""
    while now < at:
        hour = min(int(now // HOUR_S), len(hours) - 1)
        until = min(at, (hour + 1) * HOUR_S) if hour + 1 < len(hours) else at
        spent = until - now
        for pool in range(len(pools)):
            free = pools[pool, COUNTS + FREE]
            spare = min(free, pools[pool, RESERVE])
            for activity in range(5):
                count = spare if activity == FREE else pools[pool, COUNTS + activity]
                hours[hour, pool * ACTIVITIES + activity] += count * spent
            hours[hour, pool * ACTIVITIES + IDLE] += (free - spare) * spent
        now = until


@compiled
def _happen(
    pools: Whole, jobs: Whole, times: Real, nodes: Whole, heap: Real, stretches: Real, faults: Whole,
    costs: Real, what: int, number: int, stamp: int, at: float,
) -> None:  # fmt: skip
    """What follows from earlier events; then free nodes are given to those who want them."""
    pool = pool_of(pools, faults[number, NODE]) if what == REPAIRED else jobs[number, POOL]
    if what == REPAIRED:
        first = faults[number, NODE]
        for node in range(first, first + faults[number, COUNT]):
            if nodes[node, LIST] == DOWN_LIST and costs[nodes[node, DOWN_BY], BACK] <= at:
                put(pools, jobs, nodes, node, pool, home(pools, node, pool))
    elif what == SUBMITTED:
        jobs[jobs[number, CHAIN], CURRENT] = number
        submit(pools, jobs, times, heap, number, at)
    elif what == REJOINED:
        if stamp // EPOCHS != jobs[number, EPOCH]:
            return
        jobs[number, OUT] -= stamp % EPOCHS
        ready = jobs[number, STATE] == WAITING and speed(jobs, times, number) > 0.0
        if ready or jobs[number, STATE] == RUNNING:
            leave(pools, jobs, times, stretches, number, at, BY_ITSELF, KEEP)
            enter(pools, jobs, times, heap, number, at, RUNNING)
    elif stamp != jobs[number, VERSION]:
        return  # a turn of what is over
    else:
        leave(pools, jobs, times, stretches, number, at, BY_ITSELF, KEEP)
        if jobs[number, STATE] == STARTING:
            enter(pools, jobs, times, heap, number, at, RUNNING)
            return
        give(pools, jobs, nodes, pool, number, -1)
        pools[pool, WANTING] -= 1 if jobs[number, MISSING] > 0 else 0
        remove(pools, jobs, number)
        enter(pools, jobs, times, heap, number, at, DONE)
        if jobs[number, NEXT] >= 0:
            push(heap, at, SUBMITTED, jobs[number, NEXT], 0)
    serve(pools, jobs, times, nodes, heap, stretches, pool, at)


@compiled_for_python
def run(
    pools: Whole, jobs: Whole, times: Real, nodes: Whole, heap: Real, stretches: Real, faults: Whole,
    costs: Real, hours: Real, end: float,
) -> None:  # fmt: skip
    """Work off every event until `end` seconds, then close what is still open."""
    for job in range(len(jobs)):
        if times[job, SUBMIT] < end:
            push(heap, times[job, SUBMIT], SUBMITTED, job, 0)
    fault, now = 0, 0.0
    while heap[0, FULL] == 0:
        coming = heap[1, DUE] if heap[0, PENDING] > 0 else end
        fault_at = costs[fault, AT] if fault < len(costs) else end
        at = min(coming, fault_at, end)
        _pass(pools, hours, now, at)
        now = at
        if at >= end:
            break
        heap[0, EVENTS] += 1
        found, number = fault_at > coming, fault
        if found:
            number = int(heap[1, NUMBER])
            what, stamp = int(heap[1, WHAT]), int(heap[1, STAMP])
            drop(heap)
            if what != DETECTED:
                _happen(pools, jobs, times, nodes, heap, stretches, faults, costs, what, number, stamp, at)
                continue
        else:
            fault += 1
        strike(pools, jobs, times, nodes, heap, stretches, faults, costs, number, at, found)
        if faults[number, OF_CHAIN] < 0:
            pool = pool_of(pools, faults[number, NODE])
            serve(pools, jobs, times, nodes, heap, stretches, pool, at)
    for job in range(len(jobs)):
        if jobs[job, STATE] != DONE and jobs[job, STATE] != UNBORN:
            leave(pools, jobs, times, stretches, job, end, BY_ITSELF, KEEP)
