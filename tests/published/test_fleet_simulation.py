"""Simulated runs beside published ones: interruptions of Llama 3, jobs of Meta's research clusters."""

from __future__ import annotations

import numpy as np

from orchard.catalogue import catalogue
from orchard.estimate.goodput import classes
from orchard.simulate.fleet import tables as at
from orchard.simulate.fleet.case import Job, Pool
from orchard.simulate.fleet.draw import Weak, draw
from orchard.simulate.fleet.outcome import simulate

DAY_S = 86_400.0


def _fact(name: str) -> float:
    return catalogue().fact(name).value


def _job(nodes: int) -> Job:
    """A job as good operators run one, at the interval of two minutes that is best for Llama 3's size."""
    return Job(
        name="run", team="", pool=0, nodes=nodes, priority=1, work_s=np.inf, interval_s=210.0,
        block_s=_fact("reliability.block"), save_s=_fact("reliability.save"),
        restart_s=_fact("reliability.restart.current") + _fact("reliability.load"),
    )  # fmt: skip


def test_llama_3_is_interrupted_as_often_as_published() -> None:
    """With the rate that was measured, 419 lies within what chance does; so does the mean, and the goodput."""
    days, nodes = 54, 2048
    published = _fact("reliability.llama3.interruptions.unexpected")
    kinds = classes(catalogue())
    counted = np.array([per == "node" for per in kinds.per]) & kinds.interrupts & ~kinds.planned
    measured = _fact("reliability.node_failures.llama3") / kinds.rate_per_s[1, counted].sum()
    given = kinds._replace(rate_per_s=kinds.rate_per_s * counted * measured)
    spare = int(_fact("reliability.llama3.cluster")) // 8 - nodes
    pools, job = [Pool("p", "s", "h100", nodes + spare, 8, spares=spare)], _job(nodes)
    counts, shares = [], []
    for seed in range(200):
        faults = draw(pools, [job], given, Weak(), days * DAY_S, seed)
        found = simulate(pools, [job], faults, days * DAY_S)
        counts.append(int(found.rows[0, at.STOPS]))
        shares.append(float(found.times[0, at.USEFUL]) / found.seconds)
    low, middle, high = np.quantile(counts, [0.025, 0.5, 0.975])
    error = middle / published - 1.0
    print(
        f"interruptions: simulated {low:.0f} to {high:.0f}, median {middle:.0f}; published {published:.0f}; {error:+.1%}"
    )
    print(
        f"goodput: simulated {np.mean(shares):.3f}; published above {_fact('reliability.llama3.effective-time')}"
    )
    assert low <= published <= high
    assert abs(error) < 0.03
    assert np.mean(shares) > _fact("reliability.llama3.effective-time")


def test_mean_time_to_failure_of_jobs_of_the_research_clusters() -> None:
    """At RSC-1's rate: projected 1.8 h for 16,384 chips and 0.23 h for 131,072."""
    kinds = classes(catalogue())
    counted = np.array([per == "node" for per in kinds.per]) & kinds.interrupts & ~kinds.planned
    measured = _fact("reliability.node_failures.rsc-1") / kinds.rate_per_s[1, counted].sum()
    given = kinds._replace(rate_per_s=kinds.rate_per_s * counted * measured)
    for chips in (16384, 131072):
        published = _fact(f"reliability.rsc.job-mttf.{chips}")
        nodes, seconds = chips // 8, 400 * DAY_S
        pools, job = [Pool("p", "s", "a100", round(nodes * 1.1), 8, spares=nodes // 20)], _job(nodes)
        found = simulate(pools, [job], draw(pools, [job], given, Weak(), seconds, 1), seconds)
        simulated = seconds / found.rows[0, at.STOPS]
        error = simulated / published - 1.0
        print(
            f"{chips:,} chips: simulated {simulated / 3600:.3f} h, projected {published / 3600:.3f} h, {error:+.1%}"
        )
        assert abs(error) < 0.05
