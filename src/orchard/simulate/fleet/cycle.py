"""The cycle of a job that runs: work, perhaps copies into memory, then a checkpoint.

A cycle is `interval` seconds of running and `block` seconds in which a checkpoint stops the work. Within
the running, every `memory` seconds of work a copy goes into the memory of other nodes and stops the work
for `copy` seconds. Times are counted from the last checkpoint that is safe on disk. At a speed below 1 the
same seconds do less work.
"""

from __future__ import annotations

from orchard.simulate.fleet.compiled import compiled_for_python


@compiled_for_python
def progress(
    elapsed: float, interval: float, block: float, memory: float, copy: float
) -> tuple[float, float, float]:
    """Seconds of work after so many, those of them that the last copy in memory holds, seconds stopped.

    >>> progress(250.0, 100.0, 10.0, 0.0, 0.0)
    (230.0, 200.0, 20.0)
    >>> progress(25.0, 100.0, 10.0, 9.0, 1.0)
    (23.0, 18.0, 2.0)
    """
    whole = elapsed // (interval + block)
    ran = min(elapsed - whole * (interval + block), interval)
    if memory <= 0.0:
        work = whole * interval + ran
        return work, whole * interval, elapsed - work
    each = interval // (memory + copy) * memory + min(interval % (memory + copy), memory)
    copies = ran // (memory + copy)
    copied = whole * each + copies * memory
    work = copied + min(ran - copies * (memory + copy), memory)
    return work, copied, elapsed - work


@compiled_for_python
def time_for_s(work: float, interval: float, block: float, memory: float, copy: float) -> float:
    """Elapsed seconds in which so much work is done: the inverse of `progress`.

    >>> time_for_s(230.0, 100.0, 10.0, 0.0, 0.0)
    250.0
    """
    each = interval
    if memory > 0.0:
        each = interval // (memory + copy) * memory + min(interval % (memory + copy), memory)
    whole = max(-(-work // each) - 1.0, 0.0)
    rest = work - whole * each
    if memory > 0.0:
        rest += max(-(-rest // memory) - 1.0, 0.0) * copy
    return whole * (interval + block) + rest
