"""What a job goes through: it starts, runs, is stopped, rolls back, ends; its time is split exactly.

Every second between submission and end is one of six: `useful` (work that lasts), `lost` (work that is
rolled back, and what slow nodes cost), `checkpoint`, `restart` (from a fault until work goes on, detection
included), `waiting` (for nodes that are missing, or the part of the speed that they would add) and
`queued` (without nodes). Useful seconds are those of the whole gang at full speed, so their sum is the work.
"""

from __future__ import annotations

from orchard.simulate.fleet.compiled import compiled
from orchard.simulate.fleet.cycle import progress, time_for_s
from orchard.simulate.fleet.heap import push
from orchard.simulate.fleet.tables import (
    BEGUN,
    BLOCK,
    CAUSE,
    CHECKPOINTS,
    COUNTS,
    DONE,
    ELASTIC,
    ENDED,
    FROM,
    GOOD,
    HELD,
    INTERVAL,
    KEEP,
    LEAST,
    LOST,
    MEMORY,
    MEMORY_BLOCK,
    MISSING,
    MODE,
    OF_JOB,
    OUT,
    PHASE,
    POOL,
    QUEUED,
    QUEUED_S,
    REPLICA,
    REPLICAS,
    RESTARTS,
    RUNNING,
    SAVE,
    SINCE,
    SIZE,
    SLOW,
    SPEED,
    STARTING,
    STATE,
    STOPPED,
    STRUCK,
    TO,
    TO_DISK,
    TO_GOOD,
    TO_MEMORY,
    TRAINING,
    TURN,
    UNSAVED,
    UNTIL,
    USED,
    USEFUL,
    VERSION,
    WAITING_S,
    WAS,
    WORK,
    Real,
    Whole,
)  # fmt: skip


@compiled
def speed(jobs: Whole, times: Real, job: int) -> float:
    """Share of its full speed that a job reaches with the nodes it holds; 0 when it cannot run."""
    missing, mode = jobs[job, MISSING], jobs[job, MODE]
    if mode == REPLICA:
        each = max(jobs[job, SIZE] // jobs[job, REPLICAS], 1)
        share = 1.0 - (jobs[job, OUT] - (-missing // each)) / jobs[job, REPLICAS]
    elif mode == ELASTIC:
        share = 1.0 - missing / jobs[job, SIZE]
    else:
        share = 1.0 if missing == 0 else 0.0
    return share if share >= times[job, LEAST] and share > 0.0 else 0.0


@compiled
def _left_s(times: Real, job: int) -> float:
    """Seconds until the work of a running job is done."""
    interval, block = times[job, INTERVAL], times[job, BLOCK]
    memory, copy, phase = times[job, MEMORY], times[job, MEMORY_BLOCK], times[job, PHASE]
    before, _, _ = progress(phase, interval, block, memory, copy)
    wanted = before + max(times[job, WORK] - times[job, USEFUL], 0.0) / times[job, SPEED]
    left: float = max(time_for_s(wanted, interval, block, memory, copy) - phase, 0.0)
    return left if wanted < float("inf") else float("inf")


@compiled
def enter(pools: Whole, jobs: Whole, times: Real, heap: Real, job: int, at: float, state: int) -> None:
    """Begin a state; a job that starts or runs has its next turn among the events to come."""
    jobs[job, STATE] = state
    jobs[job, VERSION] += 1
    times[job, SINCE] = at
    doing = TRAINING if state == RUNNING else STOPPED
    pools[jobs[job, POOL], COUNTS + doing] += jobs[job, HELD]
    turn = times[job, UNTIL]
    if state == RUNNING:
        times[job, SPEED] = speed(jobs, times, job) * times[job, SLOW]
        turn = at + _left_s(times, job)
    elif state == DONE:
        times[job, ENDED] = at
    if state in (STARTING, RUNNING):
        push(heap, turn, TURN, job, jobs[job, VERSION])


@compiled
def _safe(times: Real, job: int, elapsed: float) -> int:
    """Checkpoints that became safe since the last safe one: each is taken when its block ends."""
    late = max(times[job, SAVE] - times[job, BLOCK], 0.0)
    return max(int((elapsed - late) // (times[job, INTERVAL] + times[job, BLOCK])), 0)


@compiled
def _work(times: Real, job: int, spent: float) -> tuple[float, float, float, float]:
    """Of a stretch of running: work done, work not safe on disk, nor in memory, seconds of checkpoints."""
    interval, block = times[job, INTERVAL], times[job, BLOCK]
    memory, copy, phase = times[job, MEMORY], times[job, MEMORY_BLOCK], times[job, PHASE]
    before, _, stood = progress(phase, interval, block, memory, copy)
    work, copied, stands = progress(phase + spent, interval, block, memory, copy)
    done = times[job, SPEED] * (work - before)
    count = _safe(times, job, phase + spent)
    at_last, _, _ = progress(count * (interval + block), interval, block, memory, copy)
    if count > 0 and at_last >= before:
        unsafe = times[job, SPEED] * (work - at_last)
    else:
        unsafe = done + times[job, UNSAVED] * (1.0 - at_last / before if count > 0 else 1.0)
    fresh = min(unsafe, times[job, SPEED] * (work - copied)) if memory > 0.0 else unsafe
    return done, unsafe, fresh, stands - stood


@compiled
def _roll_back(times: Real, job: int, lost: float, fate: int) -> float:
    """Lose work, or all since a corruption when one was found; the next cycle begins anew."""
    if fate == TO_GOOD:
        lost = max(lost, times[job, USEFUL] - times[job, GOOD])
        times[job, GOOD] = -1.0
    times[job, USEFUL] -= lost
    times[job, LOST] += lost
    times[job, UNSAVED] = times[job, PHASE] = 0.0
    return lost


@compiled
def _book(times: Real, job: int, spent: float, fate: int) -> float:
    """Book a stretch of running; what is not kept moves from useful to lost."""
    done, unsafe, fresh, stood = _work(times, job, spent)
    work = spent - stood
    share = times[job, SPEED] / times[job, SLOW]
    times[job, CHECKPOINTS] += stood
    times[job, WAITING_S] += (1.0 - share) * work
    times[job, LOST] += share * work - done
    times[job, USEFUL] += done
    if fate == KEEP:
        elapsed = times[job, PHASE] + spent
        cycle = times[job, INTERVAL] + times[job, BLOCK]
        times[job, PHASE] = elapsed - _safe(times, job, elapsed) * cycle
        times[job, UNSAVED] = unsafe
        return 0.0
    lost = _roll_back(times, job, fresh if fate == TO_MEMORY else unsafe, fate)
    times[job, UNSAVED] = max(unsafe - lost, 0.0)
    return lost


@compiled
def leave(
    pools: Whole, jobs: Whole, times: Real, stretches: Real, job: int, at: float, cause: int, fate: int
) -> float:
    """End the state a job is in and book its time; returns the work lost, in seconds of the whole gang."""
    state, spent = jobs[job, STATE], at - times[job, SINCE]
    doing = TRAINING if state == RUNNING else STOPPED
    pools[jobs[job, POOL], COUNTS + doing] -= jobs[job, HELD]
    lost = 0.0
    if state == RUNNING:
        lost = _book(times, job, spent, fate)
    else:
        times[job, RESTARTS if state == STARTING else QUEUED_S if state == QUEUED else WAITING_S] += spent
        if fate >= TO_DISK:
            lost = _roll_back(times, job, times[job, UNSAVED], fate)
    if state != QUEUED and times[job, BEGUN] < 0.0:
        times[job, BEGUN] = times[job, SINCE]
    row = int(stretches[0, 0]) + 1
    stretches[0, 0] = row
    if row < len(stretches):
        stretches[row, OF_JOB], stretches[row, WAS], stretches[row, CAUSE] = job, state, cause
        stretches[row, FROM], stretches[row, TO] = times[job, SINCE], at
        stretches[row, USED] = jobs[job, HELD] + jobs[job, STRUCK]
    return lost


@compiled
def safe_work_s(jobs: Whole, times: Real, job: int, at: float) -> float:
    """Work of a job that is safe on disk at a moment."""
    done, unsafe = 0.0, float(times[job, UNSAVED])
    if jobs[job, STATE] == RUNNING:
        done, unsafe, _, _ = _work(times, job, at - times[job, SINCE])
    safe: float = times[job, USEFUL] + done - unsafe
    return safe
