"""Traces in the place of what a scenario would draw."""

from __future__ import annotations

from pathlib import Path

from orchard.errors import Finding, LimitError
from orchard.simulate.fleet.case import Job
from orchard.simulate.fleet.mix import Makes
from orchard.simulate.fleet.scenario import Scenario
from orchard.simulate.replay.clock import DAY_S, HOUR_S, LONGEST_S
from orchard.simulate.replay.failures import read_failures
from orchard.simulate.replay.jobs import read_jobs

_ABSOLUTE_S = 1e8  # moments from here on are dates; what is smaller counts from some beginning


def replay(
    scenario: Scenario, jobs: Path | None, failures: Path | None, *, keep_length: bool
) -> tuple[Scenario, list[Finding]]:
    """The scenario with the jobs or failures of traces, and what was mended in them.

    The simulation begins with the earlier of the two traces where both have dates; it lasts until the last
    job has ended and the last node is mended, unless its length is to be kept.

    Raises
    ------
    OrchardError
        traces that cannot be used, with the lines
    LimitError
        O862: more than ten years
    """
    noticed: list[Finding] = []
    lasts, begins = [], []
    if jobs is not None:
        makes = Makes(scenario.fleet, scenario.classes, scenario.tolerance, scenario.copies)

        def make(name: str, team: str, pool: int, nodes: int, work_s: float, priority: int, at: float) -> Job:
            return makes.job(name, team, pool, nodes, work_s, priority=priority, submit_s=at)

        found = read_jobs(jobs, scenario.pools, make)
        scenario = scenario._replace(jobs=tuple(found.jobs))
        noticed += found.noticed
        begins.append(found.begun_s)
        lasts.append(found.seconds)
    if failures is not None:
        read = read_failures(failures, scenario.pools, scenario.classes)
        scenario = scenario._replace(faults=read.faults)
        noticed += read.noticed
        begins.append(read.begun_s)
        lasts.append(read.seconds)
    if len(begins) == 2 and min(begins) > _ABSOLUTE_S:
        scenario = _together(scenario, begins[0] - min(begins), begins[1] - min(begins))
        lasts = [last + begun - min(begins) for last, begun in zip(lasts, begins, strict=True)]
    finite = [last for last in lasts if last < float("inf")]
    if not keep_length and finite:
        seconds = max(*finite, HOUR_S)
        if seconds > LONGEST_S:
            found_days = f"traces that last {seconds / DAY_S:,.0f} days"
            raise LimitError(Finding("O862", "", "", found_days, "ten years at most", "--days N"))
        scenario = scenario._replace(seconds=seconds)
    return scenario, noticed


def _together(scenario: Scenario, jobs_s: float, failures_s: float) -> Scenario:
    """Both traces on one clock."""
    assert scenario.jobs is not None
    assert scenario.faults is not None
    moved = tuple(job._replace(submit_s=job.submit_s + jobs_s) for job in scenario.jobs)
    faults = scenario.faults
    real = faults.real.copy()
    real[:, 0] += failures_s
    return scenario._replace(jobs=moved, faults=faults._replace(real=real))
