"""What is simulated: pools of nodes, jobs, and the tables made of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from orchard import units
from orchard.simulate.fleet import tables as at
from orchard.simulate.fleet.draw import Faults
from orchard.simulate.fleet.tables import Tables

HOUR_S = units.factor("h")


class Pool(NamedTuple):
    """Chips of one kind at one site, in nodes that are swapped as one: eight chips or fewer."""

    name: str
    site: str
    chip: str
    nodes: int
    chips_per_node: int
    racks: bool = False  # whether the machines are built as racks, which may fail as a whole
    spares: int = 0  # nodes that jobs which start leave alone
    serving: int = 0  # nodes that serve, and never train
    nameplate_w: float = 0.0  # IT power of a chip at its rating
    pue: float = 1.0

    @property
    def chips(self) -> int:
        """All chips."""
        return self.nodes * self.chips_per_node


class Job(NamedTuple):
    """A gang-scheduled job: it runs on all its nodes or, without fault tolerance, on none.

    `interval_s` is work between checkpoints; with copies in memory it is a multiple of `memory_s` and their
    blocks. `save_s` is the time until a checkpoint is safe, its block included, and bounds the interval from
    below. `restart_s` is the time from the detection of a fault until work goes on, loading included.
    """

    name: str
    team: str
    pool: int
    nodes: int
    priority: int  # 1 goes first
    work_s: float  # seconds of the whole gang; infinite for a job that never ends
    interval_s: float
    block_s: float
    save_s: float
    restart_s: float
    fault_tolerance: str = "none"  # none, replica, elastic
    replicas: int = 1
    least: float = 1.0  # share of the nodes below which an elastic job, or one of replicas, waits
    memory_s: float = 0.0  # work between copies into memory; 0 without
    memory_block_s: float = 0.0
    memory_restart_s: float = 0.0
    stall_s: float = 0.0  # with replicas: all stand still for a failure of one, once it is seen
    submit_s: float = 0.0
    after: int = -1  # the job that this one follows, in place of `submit_s`


MODES = {"none": at.ROLLBACK, "replica": at.REPLICA, "elastic": at.ELASTIC}


def build(
    pools: Sequence[Pool], jobs: Sequence[Job], faults: Faults, seconds: float, weak_limit: int, room: int
) -> Tables:
    """Tables of a fleet before anything has happened.

    Parameters
    ----------
    seconds
        length of the simulation
    weak_limit
        faults after which a node that fails more often than others is mended, and another turns weak
    room
        rows for stretches of jobs, and for events to come
    """
    sizes = np.array([pool.nodes for pool in pools])
    first = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    hours = max(int(np.ceil(seconds / HOUR_S - 1e-9)), 1)
    made = Tables(
        pools=_pools(pools, jobs, first),
        jobs=_jobs(jobs),
        times=_times(jobs),
        nodes=np.zeros((int(sizes.sum()), at.NODE_COLUMNS), dtype=np.int64),
        heap=np.zeros((room, at.HEAP_COLUMNS)),
        stretches=np.zeros((room, at.STRETCH_COLUMNS)),
        faults=faults.whole.copy(),
        costs=faults.real.copy(),
        hours=np.zeros((hours, len(pools) * at.ACTIVITIES)),
    )
    made.heap[0, at.LIMIT] = weak_limit
    made.nodes[faults.weak, at.WEAK] = faults.weak
    for place, pool in enumerate(pools):
        _place_nodes(made, place, pool, int(first[place]))
    return made


def _pools(pools: Sequence[Pool], jobs: Sequence[Job], first: at.Whole) -> at.Whole:
    rows = np.zeros((len(pools), at.POOL_COLUMNS), dtype=np.int64)
    rows[:, at.FIRST] = first
    for place, pool in enumerate(pools):
        rows[place, [at.NODES, at.RESERVE, at.SERVING]] = pool.nodes, pool.spares, pool.serving
    live = np.bincount([job.pool for job in jobs], minlength=len(pools)) if jobs else np.zeros(len(pools))
    rows[:, at.LIVE_FIRST] = np.concatenate([[0], np.cumsum(live)[:-1]])
    return rows


def _jobs(jobs: Sequence[Job]) -> at.Whole:
    rows = np.zeros((len(jobs), at.JOB_COLUMNS), dtype=np.int64)
    rows[:, [at.NEXT, at.CURRENT, at.HEAD]] = -1
    rows[:, at.STATE] = at.UNBORN
    for place, job in enumerate(jobs):
        mode = MODES[job.fault_tolerance]
        rows[place, : at.NEXT] = job.pool, job.nodes, job.priority, mode, max(job.replicas, 1)
        rows[place, at.CHAIN] = place
        if job.after >= 0:
            rows[job.after, at.NEXT] = place
            rows[place, at.CHAIN] = rows[job.after, at.CHAIN]
    return rows


def _times(jobs: Sequence[Job]) -> at.Real:
    rows = np.zeros((len(jobs), at.TIME_COLUMNS))
    rows[:, at.SLOW] = 1.0
    rows[:, [at.GOOD, at.BEGUN, at.ENDED]] = -1.0
    for place, job in enumerate(jobs):
        interval = max(job.interval_s, job.save_s - job.block_s)  # writes follow each other
        if job.memory_s > 0.0:
            each = job.memory_s + job.memory_block_s
            interval = max(np.ceil(interval / each - 1e-9), 1.0) * each
        submit = np.inf if job.after >= 0 else job.submit_s
        rows[place, : at.SINCE] = (
            submit, job.work_s, interval, job.block_s, job.save_s, job.restart_s,
            job.memory_s, job.memory_block_s, job.memory_restart_s, job.stall_s, job.least,
        )  # fmt: skip
    return rows


def _place_nodes(made: Tables, place: int, pool: Pool, first: int) -> None:
    """Link the nodes of a pool: those that train in one free list, in order; the last ones serve."""
    training = pool.nodes - pool.serving
    nodes = np.arange(first, first + training, dtype=np.int64)
    rows = made.nodes[first : first + training]
    rows[:, at.LIST] = place
    rows[:, at.AFTER], rows[:, at.BEFORE] = nodes + 1, nodes - 1
    if training:
        rows[-1, at.AFTER], rows[0, at.BEFORE] = at.NOWHERE, at.NOWHERE
    made.nodes[first + training : first + pool.nodes, at.LIST] = at.SERVING_LIST
    made.pools[place, at.FREE_HEAD] = first if training else at.NOWHERE
    made.pools[place, at.COUNTS + at.FREE] = training
    made.pools[place, at.COUNTS + at.SERVES] = pool.serving
