"""The tables that the events of a fleet work on: what each column of them means.

A compiled loop wants plain arrays, so a pool, a job, a node and a failure are a row each, and the names
here are the places of their entries. Columns marked ``*`` are filled in by the caller, the others by the
loop.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Whole = NDArray[np.int64]
Real = NDArray[np.float64]

# A pool: chips of one kind at one site, counted in nodes that are swapped as one.
FIRST, NODES, RESERVE, SERVING = 0, 1, 2, 3  # * first node, nodes, spares kept back, nodes that serve
WANTING, LIVE_FIRST, LIVE, FREE_HEAD = 4, 5, 6, 7  # jobs that want nodes; place and number of its live jobs
COUNTS = 8  # from here on, nodes by activity
POOL_COLUMNS = 13

# What the nodes of a pool do, as counted and as summed over every hour.
TRAINING, STOPPED, FREE, SERVES, DOWN = 0, 1, 2, 3, 4
SPARE, IDLE = 2, 5  # of the hours: free nodes up to the reserve, and the others
ACTIVITIES = 6

# A job: whole numbers.
POOL, SIZE, PRIORITY, MODE, REPLICAS, NEXT = 0, 1, 2, 3, 4, 5  # * NEXT is submitted when this one is done
STATE, MISSING, OUT, VERSION, STOPS, STARTS = 6, 7, 8, 9, 10, 11
CURRENT, CHAIN, STRUCK, HEAD, HELD, LIVE_JOB = 12, 13, 14, 15, 16, 17  # LIVE_JOB: a list of the live ones
EPOCH = 18  # counts how often all replicas began anew
JOB_COLUMNS = 19
ROLLBACK, REPLICA, ELASTIC = 0, 1, 2  # fault tolerance

# A job: seconds, and shares.
SUBMIT, WORK, INTERVAL, BLOCK, SAVE, RESTART = 0, 1, 2, 3, 4, 5  # *
MEMORY, MEMORY_BLOCK, MEMORY_RESTART, STALL, LEAST = 6, 7, 8, 9, 10  # * LEAST: share that suffices
SINCE, UNTIL, PHASE, UNSAVED, SPEED, SLOW, GOOD = 11, 12, 13, 14, 15, 16, 17
USEFUL, LOST, CHECKPOINTS, RESTARTS, WAITING_S, QUEUED_S = 18, 19, 20, 21, 22, 23
BEGUN, ENDED = 24, 25
TIME_COLUMNS = 26

# States of a job.
UNBORN, QUEUED, STARTING, RUNNING, WAITING, DONE = 0, 1, 2, 3, 4, 5

# What becomes of work that is not yet safe on disk when a job stops.
KEEP, TO_MEMORY, TO_DISK, TO_GOOD = 0, 1, 2, 3

# A failure: whole numbers, and seconds.
KIND, NODE, COUNT, OF_CHAIN, FLAGS, HIT = 0, 1, 2, 3, 4, 5  # * all but HIT; OF_CHAIN >= 0: of that job
FAULT_COLUMNS = 6
PLANNED, SILENT, DRAGS, LEMON, MEMORY_SURVIVES, CURED = 1, 2, 4, 8, 16, 32  # flags; CURED: by a reset
DROPPED, NOBODY, SERVER = -3, -2, -1  # HIT where no job was hit
AT, REPAIR, DETECT, SHARE, LOST_S, BACK = 0, 1, 2, 3, 4, 5  # * the first four; SHARE: speed with a slow node
COST_COLUMNS = 6

# A node: the list it is in, its neighbours there, the failure that keeps it down longest. A place of a weak
# node, which is the row of its first: the node that is weak there now, and its faults.
LIST, AFTER, BEFORE, DOWN_BY, WEAK, FAULTS = 0, 1, 2, 3, 4, 5
NODE_COLUMNS = 6
NOWHERE = -1
SERVING_LIST, DOWN_LIST = -2, -3  # other lists: 0 to P - 1 are free nodes, P + j those of a job

# Events to come: a heap whose first row counts.
DUE, WHAT, NUMBER, STAMP = 0, 1, 2, 3
PENDING, FULL, EVENTS, LIMIT = 0, 1, 2, 3  # * LIMIT: faults after which a weak node is mended
HEAP_COLUMNS = 4
REPAIRED, TURN, SUBMITTED, DETECTED, REJOINED = 0, 1, 2, 3, 4
EPOCHS = 1 << 20  # STAMP of replicas that rejoin: the epoch times this, and how many

# A stretch of a job's life; the first entry of the first row counts the rows.
OF_JOB, WAS, FROM, TO, USED, CAUSE = 0, 1, 2, 3, 4, 5
STRETCH_COLUMNS = 6
BY_ITSELF, PREEMPTED, RESIZED = -1, -2, -3  # CAUSE where it is no failure


class Tables(NamedTuple):
    """All of it: P pools, J jobs, N nodes, F failures, H hours."""

    pools: Whole  # [P, POOL_COLUMNS]
    jobs: Whole  # [J, JOB_COLUMNS]
    times: Real  # [J, TIME_COLUMNS]
    nodes: Whole  # [N, NODE_COLUMNS]
    heap: Real  # [1 + room, HEAP_COLUMNS]
    stretches: Real  # [1 + room, STRETCH_COLUMNS]
    faults: Whole  # [F, FAULT_COLUMNS]
    costs: Real  # [F, COST_COLUMNS], in order of AT
    hours: Real  # [H, P x ACTIVITIES] node-seconds
