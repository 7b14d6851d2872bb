"""Interruptions and goodput of the rows of a table, with their 80 % intervals.

What a row gives is taken as given; what it leaves blank is drawn from practice, so that the interval
widens by it. Draws are the same for every row (a fixed sequence of low discrepancy), so that a row
with more failures or dearer checkpoints never comes out better than one with fewer or cheaper.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from orchard import units
from orchard.estimate.goodput.classes import CHIPS_PER_NODE, CHIPS_PER_RACK
from orchard.estimate.goodput.counts import count_quantile, lived_count
from orchard.estimate.goodput.job import IN_RANGE, Goodput, Job, chosen_interval_s, goodput
from orchard.estimate.goodput.practice import Practice
from orchard.estimate.goodput.rows import Batch
from orchard.estimate.goodput.tolerance import ELASTIC, REPLICA, Lack, lack, replicated, tolerant

Array = NDArray[np.float64]

QUANTILES = (0.1, 0.5, 0.9)
_SAMPLES = 128
_ROWS = 2 * _SAMPLES  # rows worked out at once: arrays of some hundred kilobytes
_DRAWN = (
    "rate", "job", "lived", "block", "save", "load", "detect", "restart", "within", "corrupt", "stall",
    "replica", "full", "borrow",
)  # fmt: skip
_TOLD = 0.01  # share of time from which on a note says that nodes are short


class Estimates(NamedTuple):
    """Answers to rows [n]; quantiles [3, n]."""

    interruptions: Array
    mtti_s: Array
    share: Array
    load: Array  # (checkpoint + restart)/MTTF
    raised: NDArray[np.bool_]  # whether a given interval is shorter than saving takes
    short: Array  # share of time in which nodes are short
    remarks: list[str]


def estimate(batch: Batch, known: Practice) -> Estimates:
    """Estimate every row of a batch.

    >>> from orchard.catalogue import catalogue
    >>> from orchard.estimate.goodput.practice import practice
    >>> from orchard.estimate.goodput.rows import batch
    >>> row = {"id": "a", "n_gpus": "16384", "days": "54", "failures_per_1000_node_days": "3.79"}
    >>> found = estimate(batch([row]), practice(catalogue()))
    >>> found.interruptions[:, 0].tolist(), found.share[:, 0].round(2).tolist()
    ([342.0, 419.0, 512.0], [0.87, 0.91, 0.95])
    """
    parts = [_part(batch, known, slice(at, at + _ROWS)) for at in range(0, max(len(batch), 1), _ROWS)]
    counts, mtti, share, load, raised, short = (
        np.concatenate(each, axis=-1) for each in zip(*parts, strict=True)
    )
    found = Estimates(counts, mtti, share, load, raised > 0, short, [])
    return found._replace(remarks=["; ".join(_remarks(batch, found, row)) for row in range(len(batch))])


def _part(batch: Batch, known: Practice, rows: slice) -> tuple[Array, ...]:
    """The same of some rows: arrays as in `Estimates`, by how much intervals rise in place of whether."""
    score = _scores()
    seconds = batch.days[rows] * units.factor("d")
    median, deviation, rate = _rates(batch, known, rows, score)
    counts = count_quantile(np.array(QUANTILES)[:, None], median * seconds, deviation)
    lacking = lack(batch, known, rows, rate, score)
    job = _job(batch, known, rows, score, rate, lacking)
    lived = lived_count(rate * seconds[:, None], score["lived"]) / seconds[:, None]
    interval = chosen_interval_s(job)
    found: Goodput = goodput(job._replace(interval_s=interval, failures_per_s=lived))
    share = np.quantile(np.broadcast_to(found.share, rate.shape), QUANTILES, axis=1)
    load = np.median(np.broadcast_to(goodput(job).load, rate.shape), axis=1)
    with np.errstate(divide="ignore"):
        rise = np.median(np.broadcast_to(interval, rate.shape) - job.interval_s, axis=1)
        return counts, 1.0 / median, share, load, np.nan_to_num(rise), np.median(lacking.time, axis=1)


def _rates(batch: Batch, known: Practice, rows: slice, score: dict[str, Array]) -> tuple[Array, Array, Array]:
    """Interruptions a second: median [n], deviation of the logarithm [n], and samples [n, s].

    A rate that is given counts all that interrupts a job of its size; where none is, users and software
    of the job come on top of the nodes.
    """
    chips, per_node, rate = batch.chips[rows], batch.chips_per_node[rows], batch.rate[rows]
    given = ~np.isnan(rate)
    racks = per_node >= CHIPS_PER_RACK
    prior = [known.node_rates["blackwell" if rack else ""] for rack in racks.tolist()]
    pooled = np.array([one.median for one in prior]) * chips / CHIPS_PER_NODE
    nodes = np.where(given, rate * units.factor("failure/k nodes/d") * chips / per_node, pooled)
    job = np.where(given, 0.0, known.job_rate.value)
    spread = np.where(given, known.period, np.array([one.deviation for one in prior]))
    of_nodes = nodes / np.maximum(nodes + job, np.finfo(np.float64).tiny)
    own = np.log(known.job_rate.high / known.job_rate.value) / float(ndtri(QUANTILES[-1]))
    deviation = np.hypot(of_nodes * spread, (1.0 - of_nodes) * own)
    samples = nodes[:, None] * np.exp(spread[:, None] * score["rate"])
    samples = samples + np.where(given, 0.0, 1.0)[:, None] * known.job_rate.at(score["job"])
    return nodes + job, deviation, samples


def _job(
    batch: Batch, known: Practice, rows: slice, score: dict[str, Array], rate: Array, lacking: Lack
) -> Job:
    """The jobs as samples [n, s]."""
    times = {name: column[rows, None] for name, column in batch.times.items()}
    restarts = ~np.isnan(times["restart_s"])
    # Published restarts are mostly whole recoveries: what is blank beside one may be part of it.
    within = np.where(restarts, ndtr(score["within"]), 1.0)
    load = _filled(times["load_s"], within * known.load_s.at(score["load"]))
    detect = _filled(times["detect_s"], within * known.detect_s.at(score["detect"]))
    restart = _filled(times["restart_s"], known.restart_s.at(score["restart"]))
    block, save = _checkpoint(times, known, score)
    job = Job(
        failures_per_s=rate,
        block_s=block,
        restart_s=restart,
        save_s=save,
        load_s=load,
        detect_s=detect,
        interval_s=times["checkpoint_interval_s"],
        hang_share=np.where(np.isnan(times["detect_s"]), known.hang_share, 0.0),
        hang_s=known.hang_s,
        hands_share=np.where(restarts, 0.0, known.hands_share),
        hands_s=known.hands_s,
        corrupt_share=known.corrupt_share,
        corrupt_s=known.corrupt_s.at(score["corrupt"]),
        absent=np.where(batch.mode[rows, None] == ELASTIC, lacking.nodes, lacking.replicas),
    )
    return tolerant(job, batch, known, rows, score, restarts)


def _checkpoint(times: dict[str, Array], known: Practice, score: dict[str, Array]) -> tuple[Array, Array]:
    """Blocking and saving time; a blank one is no odds with the other."""
    block, save = times["checkpoint_block_s"], times["checkpoint_save_s"]
    usual_block, usual_save = known.block_s.at(score["block"]), known.save_s.at(score["save"])
    usual_block = np.where(np.isnan(save), usual_block, np.minimum(usual_block, save))
    stops = _filled(block, usual_block)
    return stops, np.maximum(_filled(save, usual_save), stops)


def _filled(given: Array, usual: Array) -> Array:
    return np.asarray(np.where(np.isnan(given), usual, given))


def _scores() -> dict[str, Array]:
    """Standard normal scores [s] of all that is drawn: Kronecker's sequence, by square roots of primes."""
    primes = np.array([2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43], dtype=np.float64)
    places = (np.arange(1, _SAMPLES + 1)[:, None] * np.sqrt(primes) + 0.5) % 1.0
    return {name: ndtri(column) for name, column in zip(_DRAWN, places.T, strict=True)}


def _remarks(batch: Batch, found: Estimates, row: int) -> Iterator[str]:
    """What was taken from practice for a row, what becomes of its job, and where closed forms end."""
    if np.isnan(batch.rate[row]):
        yield "rate of other clusters"
    blank = {name: bool(np.isnan(column[row])) for name, column in batch.times.items()}
    best = blank.pop("checkpoint_interval_s")
    names = [name for name, is_blank in blank.items() if is_blank]
    if np.isnan(batch.spare_share[row]):
        names.append("spare_share")
    if names:
        yield f"as is good practice: {', '.join(names)}"
    if best:
        yield "best interval"
    if found.raised[row]:
        yield "checkpoints no more often than one is saved"
    yield from _shortages(batch, found, row)
    if found.load[row] >= IN_RANGE:
        yield _beyond(batch, row, float(found.load[row]))
    if found.load[row] >= 1.0:  # the share of time falls faster than the number of chips rises
        yield "too large for one job: fewer GPUs would do more"


def _shortages(batch: Batch, found: Estimates, row: int) -> Iterator[str]:
    """What nodes that are missing do to a job."""
    mode = int(batch.mode[row])
    if mode == REPLICA and not replicated(mode, batch.chips[row], batch.chips_per_node[row]):
        yield "one node: no replicas"
    if found.short[row] >= _TOLD:
        does = "goes on with fewer" if mode == ELASTIC else "borrows, or goes on without a replica"
        yield f"short of nodes in {100 * found.short[row]:.0f} % of the time: {does}"


def _beyond(batch: Batch, row: int, load: float) -> str:
    said = f"(checkpoint + restart)/MTTF {load:.2g}, beyond {IN_RANGE}: first-order forms fail, this is exact"
    if not np.isnan(batch.spare_share[row]):
        return f"{said} but for missing nodes, which are a mean"
    return said
