"""Nodes change hands: every node is in one list, of free nodes, of a job, of those that serve or are down."""

from __future__ import annotations

from orchard.simulate.fleet.compiled import compiled
from orchard.simulate.fleet.tables import (
    AFTER,
    BEFORE,
    COUNTS,
    DOWN,
    DOWN_LIST,
    FIRST,
    FREE,
    FREE_HEAD,
    HEAD,
    HELD,
    LIST,
    NODES,
    NOWHERE,
    SERVES,
    SERVING,
    SERVING_LIST,
    Whole,
)  # fmt: skip


@compiled
def _unlink(pools: Whole, jobs: Whole, nodes: Whole, node: int, pool: int) -> None:
    """Take a node out of its list."""
    place = nodes[node, LIST]
    if place == SERVING_LIST:
        pools[pool, COUNTS + SERVES] -= 1
        return
    if place == DOWN_LIST:
        pools[pool, COUNTS + DOWN] -= 1
        return
    after, before, job = nodes[node, AFTER], nodes[node, BEFORE], place - len(pools)
    if before != NOWHERE:
        nodes[before, AFTER] = after
    elif job < 0:
        pools[pool, FREE_HEAD] = after
    else:
        jobs[job, HEAD] = after
    if after != NOWHERE:
        nodes[after, BEFORE] = before
    if job < 0:
        pools[pool, COUNTS + FREE] -= 1
    else:
        jobs[job, HELD] -= 1


@compiled
def put(pools: Whole, jobs: Whole, nodes: Whole, node: int, pool: int, place: int) -> None:
    """Move a node to the head of another list; a free list is a stack, so the node last freed goes first."""
    _unlink(pools, jobs, nodes, node, pool)
    nodes[node, LIST] = place
    if place == SERVING_LIST:
        pools[pool, COUNTS + SERVES] += 1
        return
    if place == DOWN_LIST:
        pools[pool, COUNTS + DOWN] += 1
        return
    job = place - len(pools)
    if job < 0:
        after, pools[pool, FREE_HEAD] = pools[pool, FREE_HEAD], node
        pools[pool, COUNTS + FREE] += 1
    else:
        after, jobs[job, HEAD] = jobs[job, HEAD], node
        jobs[job, HELD] += 1
    nodes[node, AFTER], nodes[node, BEFORE] = after, NOWHERE
    if after != NOWHERE:
        nodes[after, BEFORE] = node


@compiled
def give(pools: Whole, jobs: Whole, nodes: Whole, pool: int, job: int, count: int) -> None:
    """Move free nodes of a pool to a job; where `count` is negative, all nodes of the job back."""
    if count >= 0:
        for _ in range(count):
            put(pools, jobs, nodes, pools[pool, FREE_HEAD], pool, len(pools) + job)
    else:
        while jobs[job, HEAD] != NOWHERE:
            put(pools, jobs, nodes, jobs[job, HEAD], pool, pool)


@compiled
def home(pools: Whole, node: int, pool: int) -> int:
    """List to which a mended node goes: the last nodes of a pool serve, the others are free."""
    first_serving = pools[pool, FIRST] + pools[pool, NODES] - pools[pool, SERVING]
    return SERVING_LIST if node >= first_serving else pool


@compiled
def pool_of(pools: Whole, node: int) -> int:
    """Pool of a node."""
    pool = 0
    while pool + 1 < len(pools) and node >= pools[pool + 1, FIRST]:
        pool += 1
    return pool
