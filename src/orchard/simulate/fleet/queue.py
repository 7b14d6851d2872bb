"""Who gets free nodes: jobs in order of priority, those that were submitted first among equals.

A job that misses nodes may take the spares that are kept back, a job that starts may not. A job that does not
find enough takes the place of jobs of lower priority, the lowest first, which save their work and queue
again. One of lower priority that fits goes ahead of one that waits for more; reservations are not modelled.
"""

from __future__ import annotations

from orchard.simulate.fleet.compiled import compiled
from orchard.simulate.fleet.gang import enter, leave, speed
from orchard.simulate.fleet.heap import push
from orchard.simulate.fleet.nodes import give
from orchard.simulate.fleet.tables import (
    COUNTS,
    ELASTIC,
    EPOCH,
    EPOCHS,
    FREE,
    HELD,
    KEEP,
    LIVE,
    LIVE_FIRST,
    LIVE_JOB,
    MISSING,
    MODE,
    OUT,
    PHASE,
    POOL,
    PREEMPTED,
    PRIORITY,
    QUEUED,
    REJOINED,
    REPLICA,
    REPLICAS,
    RESERVE,
    RESIZED,
    RESTART,
    ROLLBACK,
    RUNNING,
    SIZE,
    STARTING,
    STARTS,
    STATE,
    UNSAVED,
    UNTIL,
    WAITING,
    WANTING,
    Real,
    Whole,
)  # fmt: skip


@compiled
def submit(pools: Whole, jobs: Whole, times: Real, heap: Real, job: int, at: float) -> None:
    """Put a job among the live ones of its pool, behind those of its priority."""
    pool = jobs[job, POOL]
    first, place = pools[pool, LIVE_FIRST], pools[pool, LIVE]
    pools[pool, LIVE] += 1
    pools[pool, WANTING] += 1
    while place > 0 and jobs[jobs[first + place - 1, LIVE_JOB], PRIORITY] > jobs[job, PRIORITY]:
        jobs[first + place, LIVE_JOB] = jobs[first + place - 1, LIVE_JOB]
        place -= 1
    jobs[first + place, LIVE_JOB] = job
    jobs[job, MISSING] = jobs[job, SIZE]
    enter(pools, jobs, times, heap, job, at, QUEUED)


@compiled
def remove(pools: Whole, jobs: Whole, job: int) -> None:
    """Take a job that is done from the live ones."""
    pool = jobs[job, POOL]
    pools[pool, LIVE] -= 1
    place = pools[pool, LIVE_FIRST]
    while jobs[place, LIVE_JOB] != job:
        place += 1
    while place < pools[pool, LIVE_FIRST] + pools[pool, LIVE]:
        jobs[place, LIVE_JOB] = jobs[place + 1, LIVE_JOB]
        place += 1


@compiled
def refill(
    pools: Whole, jobs: Whole, times: Real, nodes: Whole, heap: Real, job: int, at: float, delay: float
) -> None:
    """Move free nodes to a job that has left its state; replicas that get some join when they are loaded."""
    pool = jobs[job, POOL]
    count = min(jobs[job, MISSING], pools[pool, COUNTS + FREE])
    if count == 0:
        return
    give(pools, jobs, nodes, pool, job, count)
    jobs[job, MISSING] -= count
    if jobs[job, MISSING] == 0:
        pools[pool, WANTING] -= 1
    if jobs[job, MODE] == REPLICA and (jobs[job, STATE] == RUNNING or jobs[job, STATE] == STARTING):
        replicas = -(-count // max(jobs[job, SIZE] // jobs[job, REPLICAS], 1))
        jobs[job, OUT] += replicas
        push(heap, at + delay + times[job, RESTART], REJOINED, job, jobs[job, EPOCH] * EPOCHS + replicas)


@compiled
def _behind(pools: Whole, jobs: Whole, job: int) -> bool:
    """Whether any live job of the pool has a lower priority; the last one has the lowest."""
    pool = jobs[job, POOL]
    last = jobs[pools[pool, LIVE_FIRST] + pools[pool, LIVE] - 1, LIVE_JOB]
    behind: bool = jobs[last, PRIORITY] > jobs[job, PRIORITY]
    return behind


@compiled
def _preempt(
    pools: Whole, jobs: Whole, times: Real, nodes: Whole, heap: Real, stretches: Real,
    job: int, place: int, short: int, at: float,
) -> bool:  # fmt: skip
    """Free at least `short` nodes of jobs of lower priority, or none."""
    pool, found = jobs[job, POOL], 0
    first, last = pools[pool, LIVE_FIRST] + place + 1, pools[pool, LIVE_FIRST] + pools[pool, LIVE] - 1
    if not _behind(pools, jobs, job):
        return False
    for other in range(first, last + 1):
        if jobs[jobs[other, LIVE_JOB], PRIORITY] > jobs[job, PRIORITY]:
            found += jobs[jobs[other, LIVE_JOB], HELD]
    if found < short:
        return False
    freed, other = 0, last
    while freed < short:
        victim = jobs[other, LIVE_JOB]
        other -= 1
        if jobs[victim, HELD] == 0:
            continue
        freed += jobs[victim, HELD]
        leave(pools, jobs, times, stretches, victim, at, PREEMPTED, KEEP)
        give(pools, jobs, nodes, pool, victim, -1)
        if jobs[victim, MISSING] == 0:
            pools[pool, WANTING] += 1
        times[victim, UNSAVED] = times[victim, PHASE] = 0.0  # it was saved before
        jobs[victim, MISSING], jobs[victim, OUT] = jobs[victim, SIZE], 0
        jobs[victim, EPOCH] += 1
        enter(pools, jobs, times, heap, victim, at, QUEUED)
    return True


@compiled
def _serve(
    pools: Whole, jobs: Whole, times: Real, nodes: Whole, heap: Real, stretches: Real,
    job: int, place: int, at: float,
) -> None:  # fmt: skip
    """Start a job that queues, or give one that misses nodes those that are free.

    An elastic job that runs takes none: it would have to stop for them, and takes them when it is stopped.
    """
    state, pool = jobs[job, STATE], jobs[job, POOL]
    available = pools[pool, COUNTS + FREE] - (pools[pool, RESERVE] if state == QUEUED else 0)
    short, may = jobs[job, MISSING] - available, state in (QUEUED, WAITING)
    whole = state == QUEUED or jobs[job, MODE] == ROLLBACK
    if (
        short > 0
        and may
        and whole
        and _preempt(pools, jobs, times, nodes, heap, stretches, job, place, short, at)
    ):
        short = 0
    if state == RUNNING and jobs[job, MODE] == ELASTIC:
        return
    if (state == QUEUED and short > 0) or pools[pool, COUNTS + FREE] == 0:
        return
    leave(pools, jobs, times, stretches, job, at, RESIZED, KEEP)
    refill(pools, jobs, times, nodes, heap, job, at, 0.0)
    if state == QUEUED:
        jobs[job, STARTS] += 1
        times[job, UNTIL] = at
    if state in (QUEUED, WAITING):
        ready = speed(jobs, times, job) > 0.0
        if ready:
            times[job, UNTIL] = max(at, times[job, UNTIL]) + times[job, RESTART]
        state = STARTING if ready else WAITING
    enter(pools, jobs, times, heap, job, at, state)


@compiled
def serve(
    pools: Whole, jobs: Whole, times: Real, nodes: Whole, heap: Real, stretches: Real, pool: int, at: float
) -> None:
    """Give free nodes of a pool to the jobs that want them; a long queue is not read in vain."""
    place = 0
    while pools[pool, WANTING] > 0 and place < pools[pool, LIVE]:
        job = jobs[pools[pool, LIVE_FIRST] + place, LIVE_JOB]
        if pools[pool, COUNTS + FREE] == 0 and not _behind(pools, jobs, job):
            break
        free = pools[pool, COUNTS + FREE] - (pools[pool, RESERVE] if jobs[job, STATE] == QUEUED else 0)
        fits = jobs[job, STATE] != QUEUED or jobs[job, MISSING] <= free or _behind(pools, jobs, job)
        if jobs[job, MISSING] > 0 and fits:
            _serve(pools, jobs, times, nodes, heap, stretches, job, place, at)
        place += 1
