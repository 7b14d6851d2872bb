"""A fault strikes: nodes go down, jobs on them stop, spares take their place.

What a job loses depends on the fault and on how it is built. Without fault tolerance it rolls back to its
last checkpoint: in memory where the fault leaves that whole, on disk otherwise. An elastic job does so
too and goes on with the nodes it has. One of replicas loses the replicas that were struck and nothing
else. Maintenance is announced, and work is saved before it. A corruption that nobody saw, and a node that
drags, are found later (`DETECT`): until then the job runs on, in vain or slowly; a node that drags is taken
out as in maintenance.
"""

from __future__ import annotations

from orchard.simulate.fleet.compiled import compiled
from orchard.simulate.fleet.gang import enter, leave, safe_work_s, speed
from orchard.simulate.fleet.heap import push
from orchard.simulate.fleet.nodes import pool_of, put
from orchard.simulate.fleet.queue import refill
from orchard.simulate.fleet.tables import (
    BACK,
    COUNT,
    COUNTS,
    CURED,
    CURRENT,
    DETECT,
    DETECTED,
    DONE,
    DOWN_BY,
    DOWN_LIST,
    DRAGS,
    DROPPED,
    EPOCH,
    EPOCHS,
    FAULTS,
    FIRST,
    FLAGS,
    GOOD,
    HIT,
    KEEP,
    LEMON,
    LIMIT,
    LIST,
    LIVE_FIRST,
    LIVE_JOB,
    LOST_S,
    MEMORY,
    MEMORY_RESTART,
    MEMORY_SURVIVES,
    MISSING,
    MODE,
    NOBODY,
    NODE,
    NODES,
    OF_CHAIN,
    OUT,
    PHASE,
    PLANNED,
    QUEUED,
    REJOINED,
    REPAIR,
    REPAIRED,
    REPLICA,
    RESTART,
    RUNNING,
    SERVER,
    SERVING_LIST,
    SHARE,
    SILENT,
    SIZE,
    SLOW,
    STALL,
    STARTING,
    STATE,
    STOPPED,
    STOPS,
    STRUCK,
    TO_DISK,
    TO_GOOD,
    TO_MEMORY,
    TRAINING,
    UNSAVED,
    UNTIL,
    WAITING,
    WANTING,
    WEAK,
    Real,
    Whole,
)  # fmt: skip

_STRIDE = 0.618  # of a pool, from one weak node to the next


@compiled
def _weak(pools: Whole, nodes: Whole, heap: Real, place: int) -> int:
    """The node that is weak in this place now; when it failed too often, another turns weak."""
    node: int = nodes[place, WEAK]
    nodes[place, FAULTS] += 1
    if nodes[place, FAULTS] >= heap[0, LIMIT]:
        pool = pool_of(pools, node)
        first, count = pools[pool, FIRST], pools[pool, NODES]
        nodes[place, FAULTS] = 0
        nodes[place, WEAK] = first + (node - first + max(int(_STRIDE * count), 1)) % count
    return node


@compiled
def _struck(pools: Whole, jobs: Whole, nodes: Whole, heap: Real, faults: Whole, fault: int) -> int:
    """The job that a fault strikes first, or why there is none."""
    node, chain = faults[fault, NODE], faults[fault, OF_CHAIN]
    if chain >= 0:
        job = jobs[chain, CURRENT]
        live = job >= 0 and (jobs[job, STATE] == RUNNING or jobs[job, STATE] == STARTING)
        return job if live else DROPPED
    if faults[fault, FLAGS] & LEMON:
        node = _weak(pools, nodes, heap, node)
        faults[fault, NODE] = node
    hit = DROPPED
    for each in range(node, node + faults[fault, COUNT]):
        place = nodes[each, LIST]
        if place == SERVING_LIST:
            hit = max(hit, SERVER)
        elif place != DOWN_LIST:
            hit = max(hit, place - len(pools) if place >= len(pools) else NOBODY)
    return hit


@compiled
def _hide(
    pools: Whole, jobs: Whole, times: Real, heap: Real, stretches: Real, faults: Whole, costs: Real,
    fault: int, job: int, at: float, found: bool,
) -> None:  # fmt: skip
    """A job runs on in vain, or slowly, from when a hidden fault happens until it is found."""
    if faults[fault, FLAGS] & SILENT:
        if not found:
            safe, good = safe_work_s(jobs, times, job, at), times[job, GOOD]
            times[job, GOOD] = safe if good < 0.0 else min(good, safe)
        return
    running = jobs[job, STATE] == RUNNING
    if running:
        leave(pools, jobs, times, stretches, job, at, fault, KEEP)
    times[job, SLOW] = 1.0 if found else min(times[job, SLOW], costs[fault, SHARE])
    if running:
        enter(pools, jobs, times, heap, job, at, RUNNING)


@compiled
def _fate(jobs: Whole, times: Real, faults: Whole, fault: int, job: int) -> int:
    """What becomes of work that is not safe."""
    flags = faults[fault, FLAGS]
    if job < 0 or flags & (PLANNED | DRAGS):
        return KEEP
    local = faults[fault, OF_CHAIN] < 0 and not flags & SILENT
    if local and jobs[job, MODE] == REPLICA and speed(jobs, times, job) > 0.0:
        return KEEP
    if flags & SILENT and faults[fault, HIT] == job and times[job, GOOD] >= 0.0:
        return TO_GOOD
    return TO_MEMORY if flags & MEMORY_SURVIVES and times[job, MEMORY] > 0.0 else TO_DISK


@compiled
def _stop(
    pools: Whole, jobs: Whole, times: Real, nodes: Whole, heap: Real, stretches: Real, faults: Whole,
    costs: Real, fault: int, job: int, at: float, fate: int,
) -> None:  # fmt: skip
    """Stop a job, give it spares, and let it start again, or wait."""
    state, flags = jobs[job, STATE], faults[fault, FLAGS]
    planned = flags & (PLANNED | DRAGS) != 0
    jobs[job, STOPS] += 1
    costs[fault, LOST_S] += leave(pools, jobs, times, stretches, job, at, fault, fate) * jobs[job, SIZE]
    jobs[job, STRUCK] = 0
    if planned:
        times[job, UNSAVED] = times[job, PHASE] = 0.0  # it was saved before
    if state == QUEUED:
        enter(pools, jobs, times, heap, job, at, QUEUED)
        return
    if fate != KEEP:
        jobs[job, OUT] = 0  # all replicas load anew
        jobs[job, EPOCH] += 1
    seen = at if flags & (SILENT | DRAGS) else at + costs[fault, DETECT]
    ready = seen + times[job, MEMORY_RESTART if fate == TO_MEMORY else RESTART]
    if fate == KEEP and not planned:
        ready = seen + times[job, STALL]  # the other replicas stand still, and go on
    if fate == KEEP and state == STARTING:
        ready = max(ready, times[job, UNTIL])
    if fate == KEEP and not planned:
        refill(pools, jobs, times, nodes, heap, job, at, costs[fault, DETECT])
    else:
        jobs[job, STATE] = WAITING  # what it gets now is loaded with the rest
        refill(pools, jobs, times, nodes, heap, job, at, 0.0)
    runs = speed(jobs, times, job) > 0.0
    times[job, UNTIL] = ready if runs else seen
    enter(pools, jobs, times, heap, job, at, STARTING if runs else WAITING)


@compiled
def _down(
    pools: Whole, jobs: Whole, times: Real, nodes: Whole, heap: Real, stretches: Real, faults: Whole,
    costs: Real, fault: int, at: float,
) -> None:  # fmt: skip
    """Nodes go down; those that were down already stay so for the longer of the two repairs."""
    first = faults[fault, NODE]
    pool, back, struck = pool_of(pools, first), at + costs[fault, REPAIR], 0
    costs[fault, BACK] = back
    push(heap, back, REPAIRED, fault, 0)
    for node in range(first, first + faults[fault, COUNT]):
        place = nodes[node, LIST]
        if place != DOWN_LIST or costs[nodes[node, DOWN_BY], BACK] < back:
            nodes[node, DOWN_BY] = fault
        if place == DOWN_LIST:
            continue
        put(pools, jobs, nodes, node, pool, DOWN_LIST)
        job = place - len(pools)
        if job >= 0:
            struck += 1
            pools[pool, COUNTS + (TRAINING if jobs[job, STATE] == RUNNING else STOPPED)] -= 1
            pools[pool, WANTING] += 1 if jobs[job, MISSING] == 0 else 0
            jobs[job, MISSING] += 1
            jobs[job, STRUCK] += 1
    place = pools[pool, LIVE_FIRST]
    while struck > 0:
        job = jobs[place, LIVE_JOB]
        place += 1
        if jobs[job, STRUCK] > 0:
            struck -= jobs[job, STRUCK]
            fate = _fate(jobs, times, faults, fault, job)
            _stop(pools, jobs, times, nodes, heap, stretches, faults, costs, fault, job, at, fate)


@compiled
def strike(
    pools: Whole, jobs: Whole, times: Real, nodes: Whole, heap: Real, stretches: Real, faults: Whole,
    costs: Real, fault: int, at: float, found: bool,
) -> None:  # fmt: skip
    """A fault happens, or one that happened before is found."""
    flags, chain = faults[fault, FLAGS], faults[fault, OF_CHAIN]
    if not found:
        faults[fault, HIT] = _struck(pools, jobs, nodes, heap, faults, fault)
    hit = faults[fault, HIT]
    if hit == DROPPED:
        return
    stops = hit >= 0 and (chain >= 0 or flags & CURED != 0)
    fate = _fate(jobs, times, faults, fault, hit)
    if flags & (SILENT | DRAGS):
        if hit >= 0 and jobs[hit, STATE] != DONE:
            stops = found and flags & SILENT != 0 and times[hit, GOOD] >= 0.0
            stops = stops and nodes[faults[fault, NODE], LIST] != len(pools) + hit  # else it stops below
            _hide(pools, jobs, times, heap, stretches, faults, costs, fault, hit, at, found)
        if not found:
            push(heap, at + costs[fault, DETECT], DETECTED, fault, 0)
            return
    if stops:
        if jobs[hit, MODE] == REPLICA and fate == KEEP and not flags & PLANNED:
            jobs[hit, OUT] += 1
            stamp = jobs[hit, EPOCH] * EPOCHS + 1
            push(heap, at + costs[fault, DETECT] + times[hit, RESTART], REJOINED, hit, stamp)
        _stop(pools, jobs, times, nodes, heap, stretches, faults, costs, fault, hit, at, fate)
    if chain < 0 and not flags & CURED:
        _down(pools, jobs, times, nodes, heap, stretches, faults, costs, fault, at)
