"""Jobs of a trace, laid on the pools of a fleet.

Two shapes. ``sacct --parsable2`` (JobID, Submit, Start, End, Elapsed, NNodes or AllocTRES, and more if you
like): steps of a job, jobs that never started and jobs without GPUs are left out and told; attempts of one
job that was requeued add up. Plain CSV: ``name``, ``gpus`` or ``nodes``, ``submit`` or ``start``,
``duration`` or ``end``, and where they are known ``priority`` (1 goes first), ``team``, ``pool`` or ``site``.

What a job did in the trace, its elapsed time, is taken as its work: stops of its own are in it. Checkpoints
and recoveries are as good practice has them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import NamedTuple

from orchard.errors import Finding, OrchardError
from orchard.simulate.fleet.case import Job, Pool
from orchard.simulate.replay.clock import in_order, moment, span
from orchard.simulate.replay.rows import Row, Rows, listed, read, told

# Makes a job of name, team, pool, nodes, work, priority, moment of submission.
Make = Callable[[str, str, int, int, float, int, float], Job]

_GPUS = re.compile(r"gres/gpu(?::[^=,]+)?=(\d+)")
_NEVER = ("", "unknown", "none", "n/a")
_LOWEST = 999  # priority
_NOBODY = ("PENDING", "CANCELLED")  # states of jobs that may never have run


class Jobs(NamedTuple):
    """Jobs in the order of submission, the moment of the first, seconds to the last end, what was noticed."""

    jobs: list[Job]
    begun_s: float
    seconds: float
    noticed: list[Finding]


class _Asked(NamedTuple):
    row: Row
    submit_s: float
    work_s: float
    nodes: int
    pool: int


def read_jobs(path: Path, pools: tuple[Pool, ...], make: Make) -> Jobs:
    """Read a trace of jobs; submissions are counted from the first.

    Raises
    ------
    OrchardError
        O863, O864, O866: no table, rows or a clock that cannot be used; O867: a job that fits nowhere
    """
    rows = read(path, ["jobid|name|jobname|id", "submit|start", "end|elapsed|duration",
                       "nnodes|nodes|gpus|alloctres|n_gpus"])  # fmt: skip
    noticed = list(rows.noticed)
    kept = _kept(rows, noticed)
    asked, problems = [], []
    for row in kept:
        found = _asked(row, pools, rows, noticed)
        if isinstance(found, Finding):
            problems.append(found)
        elif found is not None:
            asked.append(found)
    if problems:
        raise OrchardError(_gathered(problems))
    if not asked:
        wanted = "jobs that started, with gres/gpu where there is AllocTRES"
        raise OrchardError(Finding("O863", str(path), "", "no job that ran on GPUs", wanted))
    order, clock = in_order(path, [one.row.line for one in asked], _by_submission(asked))
    first = asked[order[0]].submit_s
    jobs = _added_up([asked[place] for place in order], first, make, noticed, path)
    last = max(one.submit_s - first + one.work_s for one in asked)
    return Jobs(jobs, first, last, noticed + [one for one in clock if "silence" in one.found])


def _by_submission(asked: list[_Asked]) -> list[float]:
    """Moments of submission; schedulers list jobs by number, so that order means nothing."""
    asked.sort(key=lambda one: (one.submit_s, one.row.line))
    return [one.submit_s for one in asked]


def _kept(rows: Rows, noticed: list[Finding]) -> list[Row]:
    """Rows of jobs that ran: no steps, nothing that never started, nothing without GPUs."""
    steps = [row.line for row in rows.rows if "." in row.get("jobid")]
    idle = [row.line for row in rows.rows if "." not in row.get("jobid") and _never_ran(row)]
    if steps:
        noticed.append(told(rows.path, steps, "steps of jobs", "left out"))
    if idle:
        noticed.append(told(rows.path, idle, "jobs that never started", "left out"))
    left_out = {*steps, *idle}
    bare = [row.line for row in rows.rows if row.line not in left_out and _without_gpus(row)]
    if bare:
        noticed.append(told(rows.path, bare, "jobs without GPUs", "left out"))
    left_out |= {*bare}
    return [row for row in rows.rows if row.line not in left_out]


def _never_ran(row: Row) -> bool:
    start, state = row.get("start").lower(), row.get("state").upper()
    nothing = span(row.get("elapsed", "duration")) == 0.0
    waited = "start" in row.cells and start in _NEVER and "submit" in row.cells and not row.get("duration")
    return waited or (nothing and state.startswith(_NOBODY))


def _without_gpus(row: Row) -> bool:
    """Whether a scheduler says what a job was given, and no GPU is among it."""
    given = row.get("alloctres")
    match = _GPUS.search(given)
    return given != "" and not row.get("gpus", "n_gpus") and (match is None or int(match[1]) == 0)


def _asked(row: Row, pools: tuple[Pool, ...], rows: Rows, noticed: list[Finding]) -> _Asked | Finding | None:
    """What a row asks for; a finding where it cannot be read."""
    submit, start = moment(row.get("submit")), moment(row.get("start"))
    first = start if submit is None else submit
    if first is None:
        return _wrong(rows, row, "submit", "an ISO time, or seconds")
    if submit is not None and start is not None and start < submit:
        noticed.append(told(rows.path, [row.line], "started before it was submitted", "submitted then"))
        first = start
    work = _work_s(row, first if start is None else start)
    if work is None:
        return _wrong(rows, row, "elapsed", "a duration, or an end after the start")
    place = _pool(row, pools)
    if place is None:
        return _wrong(rows, row, "pool", "one of " + ", ".join(pool.name for pool in pools))
    nodes = _nodes(row, pools[place])
    if nodes is None:
        return _wrong(rows, row, "gpus", "how many GPUs or nodes, 1 or more")
    room = pools[place].nodes - pools[place].serving
    if nodes > room:
        wanted = (
            f"at most {room * pools[place].chips_per_node:,} chips, those of {pools[place].name} that train"
        )
        found = f"line {row.line}: {nodes * pools[place].chips_per_node:,} chips"
        return Finding("O867", f"{rows.path}:{row.line}", "gpus", found, wanted, "--gpus N")
    return _Asked(row, first, work, nodes, place)


def _work_s(row: Row, start: float) -> float | None:
    """Seconds that a job ran: as elapsed, else until its end; None where neither can be."""
    elapsed = span(row.get("elapsed", "duration")) if row.get("elapsed", "duration") else None
    if elapsed is not None:
        return max(elapsed, 1.0)
    if row.get("elapsed", "duration"):
        return None
    end = moment(row.get("end"))
    if row.get("end").lower() in _NEVER:
        return float("inf") if "end" in row.cells else None
    return None if end is None or end < start else max(end - start, 1.0)


def _nodes(row: Row, pool: Pool) -> int | None:
    """Nodes of the fleet that a job takes."""
    text = row.get("gpus", "n_gpus")
    match = _GPUS.search(row.get("alloctres"))
    if not text and match:
        text = match[1]
    nodes = row.get("nnodes", "nodes")
    try:
        found = -(-int(float(text)) // pool.chips_per_node) if text else int(float(nodes))
    except (ValueError, OverflowError):
        return None
    return found if found >= 1 else None


def _pool(row: Row, pools: tuple[Pool, ...]) -> int | None:
    """Pool of a job: as named, or of its site, or the largest; None where there is none of that name."""
    name = row.get("pool", "site")
    fits = [place for place, pool in enumerate(pools) if name in ("", pool.name, pool.site)]
    return max(fits, key=lambda place: pools[place].nodes - pools[place].serving, default=None)


def _added_up(asked: list[_Asked], first: float, make: Make, noticed: list[Finding], path: Path) -> list[Job]:
    """A job for every name or number; attempts of one that was requeued add up."""
    found: dict[str, _Asked] = {}
    again = []
    for one in asked:
        key = one.row.get("jobid", "id") or f"line {one.row.line}"
        if key in found:
            again.append(one.row.line)
            earlier = found[key]
            found[key] = earlier._replace(work_s=earlier.work_s + one.work_s)
        else:
            found[key] = one
    if again:
        noticed.append(told(path, again, "further attempts of a job that was requeued", "added up"))
    return [
        make(
            one.row.get("jobname", "name", "jobid", "id") or key,
            one.row.get("team", "account", "user"),
            one.pool,
            one.nodes,
            one.work_s,
            _priority(one.row),
            one.submit_s - first,
        )
        for key, one in found.items()
    ]


def _priority(row: Row) -> int:
    """1 goes first; a scheduler's own priorities, which rise, have no place in a replay."""
    text = row.get("priority") if "jobid" not in row.cells else ""
    return min(int(text), _LOWEST) if text.isdecimal() and len(text) <= len(str(_LOWEST)) else 1


def _wrong(rows: Rows, row: Row, column: str, wanted: str) -> Finding:
    return Finding("O864", f"{rows.path}:{row.line}", column, f"line {row.line}: not as wanted", wanted)


def _gathered(problems: Iterable[Finding]) -> list[Finding]:
    """One finding for all lines with one fault."""
    groups: dict[tuple[str, str, str], list[Finding]] = {}
    for one in problems:
        groups.setdefault((one.code, one.path, one.wanted), []).append(one)
    gathered = []
    for same in groups.values():
        lines = [int(one.place.rpartition(":")[2]) for one in same]
        text = same[0].found.partition(": ")[2]
        gathered.append(same[0]._replace(found=f"{listed(lines)}: {text}"))
    return gathered
