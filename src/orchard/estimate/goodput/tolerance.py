"""What a job does while nodes are away: spares take over, replicas fail alone, fewer go on.

Short of nodes, with all spares in use, a job borrows from the rest of the cluster. Until they are there an
elastic job goes on without just the missing ones, and a replica that fails alone waits alone. Others wait,
or start again without the replicas that lack a node, as few of them as can be: whichever loses less.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from orchard.estimate.goodput.classes import CHIPS_PER_NODE, CHIPS_PER_RACK
from orchard.estimate.goodput.job import Job
from orchard.estimate.goodput.practice import Practice
from orchard.estimate.goodput.rows import MODES, Batch
from orchard.estimate.goodput.spares import missing_nodes, ready_share

Array = NDArray[np.float64]

REPLICA, ELASTIC = MODES.index("replica"), MODES.index("elastic")
_LARGEST = 0.25  # share of a job: who states replicas has four at least
_FEWEST_NODES = 2.0  # of a job with replicas


class Lack(NamedTuple):
    """Nodes away beyond the spares; arrays [n, s], 0 where spares are not given."""

    time: Array  # share of time in which any are
    nodes: Array  # mean share of the job's chips in them, until others are borrowed
    replicas: Array  # mean share of the job that is lost by borrowing, or in replicas that lack one


def replicated(mode: ArrayLike, chips: ArrayLike, chips_per_node: ArrayLike) -> NDArray[np.bool_]:
    """Whether a job has replicas that fail alone: one that says so, of two nodes or more."""
    enough = np.asarray(chips) >= _FEWEST_NODES * np.asarray(chips_per_node)
    return np.asarray(np.equal(mode, REPLICA) & enough)


def lack(batch: Batch, known: Practice, rows: slice, failures_per_s: Array, score: dict[str, Array]) -> Lack:
    """How short of nodes jobs are, at samples [n, s] of failures a second.

    What is swapped is a node of eight chips at most: a rack goes on with another tray.
    """
    spare = batch.spare_share[rows, None]
    given = ~np.isnan(spare)
    nothing = np.zeros(failures_per_s.shape)
    if not given.any():
        return Lack(nothing, nothing, nothing)
    chips, per_node = batch.chips[rows, None], batch.chips_per_node[rows, None]
    each = np.minimum(per_node, CHIPS_PER_NODE)
    away, spares = failures_per_s * known.missing_s, np.where(given, spare, 0.0) * chips / each
    alone = replicated(batch.mode[rows, None], chips, per_node)
    replica = np.minimum(known.replica_chips.at(score["replica"]) / chips, np.where(alone, _LARGEST, 1.0))
    enough = ready_share(spares, away)
    time, nodes = 1.0 - enough, np.minimum(missing_nodes(spares, away) * each / chips, 1.0)
    asked = failures_per_s * known.swap_share * time * known.borrow_s.at(score["borrow"])
    borrowed = np.where(alone, np.minimum(asked, 1.0) * replica, asked / (1.0 + asked))
    whole = np.minimum(np.maximum(time * replica, nodes), borrowed)
    for blocks in known.blocks:
        there = np.where(per_node >= CHIPS_PER_RACK, chips, 0.0) if blocks.racks else chips
        lost = np.minimum(blocks.chips, chips)
        more = enough - ready_share(spares, away, there / blocks.chips * blocks.out, lost / each)
        time, whole = time + more, whole + more * np.maximum(replica, lost / chips)
    nodes = np.minimum(nodes, asked * each / chips)
    return Lack(*(np.where(given, np.minimum(one, 1.0), 0.0) for one in (time, nodes, whole)))


def tolerant(
    job: Job, batch: Batch, known: Practice, rows: slice, score: dict[str, Array], restarts: Array
) -> Job:
    """The job with its replicas: failures of one stop all for a while, and it is away until it is back.

    A restart that is given is what everybody waits for, as without replicas.
    """
    chips = batch.chips[rows, None]
    replicas = replicated(batch.mode[rows, None], chips, batch.chips_per_node[rows, None])
    if not replicas.any():
        return job
    usual = known.restart_s.at(score["restart"])
    stall = np.where(restarts, job.restart_s, known.stall_s.at(score["stall"])) + job.detect_s
    local = np.where(replicas, 1.0 - known.full_share.at(score["full"]), 0.0)
    one = np.minimum(known.replica_chips.at(score["replica"]) / chips, _LARGEST)
    back = job.detect_s + usual + job.load_s
    away = np.minimum(np.asarray(job.failures_per_s) * local * back * one, 1.0 - _LARGEST)
    return job._replace(
        restart_s=np.where(replicas, np.maximum(usual, job.restart_s), job.restart_s),
        local_share=local,
        stall_s=stall,
        absent=1.0 - (1.0 - np.asarray(job.absent)) * (1.0 - away),
    )
