"""A simulation and what came of it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from threading import Thread
from typing import NamedTuple

import numpy as np

from orchard.simulate.fleet import tables as at
from orchard.simulate.fleet.case import Job, Pool, build
from orchard.simulate.fleet.draw import Faults

_ROOM = 4  # stretches and events kept for each failure and job, at first


class Outcome(NamedTuple):
    """What happened: arrays of the tables after the last event, by their columns."""

    pools: Sequence[Pool]
    jobs: Sequence[Job]
    seconds: float
    events: int
    rows: at.Whole  # [J, JOB_COLUMNS]
    times: at.Real  # [J, TIME_COLUMNS]
    failures: at.Whole  # [F, FAULT_COLUMNS] those that struck something
    costs: at.Real  # [F, COST_COLUMNS]
    hours: at.Real  # [H, P, ACTIVITIES] node-seconds
    stretches: at.Real  # [S, STRETCH_COLUMNS]
    all_kinds: at.Whole  # class of every failure that was drawn, to which the stretches refer


def simulate(
    pools: Sequence[Pool], jobs: Sequence[Job], faults: Faults, seconds: float, weak_limit: int = 3
) -> Outcome:
    """Work off the events of a fleet. The same input always gives the same outcome, to the bit."""
    from orchard.simulate.fleet.events import run

    room = _ROOM * (len(faults.whole) + len(jobs)) + 64
    while True:
        made = build(pools, jobs, faults, seconds, weak_limit, room)
        _interruptibly(run, *made, seconds)
        count = int(made.stretches[0, 0]) + 1
        if made.heap[0, at.FULL] == 0 and count <= room:
            break
        room *= 2
    struck = made.faults[:, at.HIT] != at.DROPPED
    return Outcome(
        pools=pools,
        jobs=jobs,
        seconds=seconds,
        events=int(made.heap[0, at.EVENTS]),
        rows=made.jobs,
        times=made.times,
        failures=made.faults[struck],
        costs=made.costs[struck],
        hours=made.hours.reshape(len(made.hours), len(pools), at.ACTIVITIES),
        stretches=made.stretches[1:count],
        all_kinds=made.faults[:, at.KIND],
    )


def _interruptibly(work: Callable[..., None], *given: object) -> None:
    """Do compiled work beside the main thread, so that whoever waits can stop waiting.

    Compiled code hears no signal; a thread that is left behind ends with the process.
    """
    failed: list[BaseException] = []

    def listened() -> None:
        try:
            work(*given)
        except BaseException as error:  # told below
            failed.append(error)

    thread = Thread(target=listened, daemon=True)
    thread.start()
    thread.join()
    if failed:
        raise failed[0]


def digest(outcome: Outcome) -> str:
    """SHA-256 of everything that happened, in hex."""
    hashed = hashlib.sha256()
    for array in outcome[4:]:
        hashed.update(np.ascontiguousarray(array).tobytes())
    return hashed.hexdigest()
