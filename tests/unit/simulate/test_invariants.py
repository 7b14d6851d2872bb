"""What must hold whatever happens: nothing is lost or counted twice, and the same seed gives the same."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchard.catalogue import catalogue
from orchard.simulate.fleet import tables as at
from orchard.simulate.fleet.case import Job, Pool
from orchard.simulate.fleet.draw import Weak, draw
from orchard.simulate.fleet.outcome import Outcome, digest, simulate
from orchard.simulate.fleet.power import hours

from .small import DAY_S, job, kinds, pool

WEAK = Weak(0.05, 0.3, 3)


@st.composite
def fleets(make: st.DrawFn) -> tuple[list[Pool], list[Job]]:
    """A few pools and jobs, crowded and not, of every kind of tolerance."""
    pools = []
    for place in range(make(st.integers(1, 3))):
        nodes = make(st.integers(20, 400))
        spares, serving = make(st.integers(0, nodes // 10)), make(st.integers(0, nodes // 3))
        racks = make(st.booleans())
        pools.append(pool(nodes, name=f"p{place}", spares=spares, serving=serving, racks=racks))
    jobs: list[Job] = []
    for place in range(make(st.integers(1, 6))):
        where = make(st.integers(0, len(pools) - 1))
        room = pools[where].nodes - pools[where].serving - pools[where].spares
        tolerance = make(st.sampled_from(["none", "replica", "elastic"]))
        jobs.append(
            job(
                make(st.integers(1, room)), name=f"j{place}", pool=where, fault_tolerance=tolerance,
                priority=make(st.integers(1, 3)), submit_s=make(st.floats(0.0, DAY_S)),
                work_s=make(st.sampled_from([np.inf, 3e4, 2e5])), replicas=make(st.integers(2, 8)),
                least=1.0 if tolerance == "none" else 0.5, stall_s=30.0,
                memory_s=make(st.sampled_from([0.0, 60.0])), memory_block_s=0.5, memory_restart_s=90.0,
                after=make(st.sampled_from([-1, place - 1])) if place and jobs[-1].after == -1 else -1,
            )
        )  # fmt: skip
    return pools, jobs


def _run(fleet: tuple[list[Pool], list[Job]], seed: int, days: float, factor: float) -> Outcome:
    pools, jobs = fleet
    faults = draw(pools, jobs, kinds(factor), WEAK, days * DAY_S, seed)
    return simulate(pools, jobs, faults, days * DAY_S)


RARE = settings(max_examples=60)


@RARE
@given(fleets(), st.integers(0, 1000), st.floats(0.3, 6.0), st.sampled_from([1.0, 30.0, 300.0]))
def test_chips_are_conserved_in_every_hour(
    fleet: tuple[list[Pool], list[Job]], seed: int, days: float, factor: float
) -> None:
    found = _run(fleet, seed, days, factor)
    each = hours(found, catalogue())
    total = np.array([one.chips for one in found.pools])
    assert np.allclose(each.chips.sum(axis=2), total[None, :], rtol=1e-9)
    assert found.hours.min() >= 0.0
    spare = each.chips[:, :, at.SPARE]
    assert np.all(spare <= np.array([one.spares * 8 for one in found.pools]) * (1 + 1e-9))


@RARE
@given(fleets(), st.integers(0, 1000), st.floats(0.3, 6.0), st.sampled_from([1.0, 30.0, 300.0]))
def test_the_time_of_every_job_splits_exactly(
    fleet: tuple[list[Pool], list[Job]], seed: int, days: float, factor: float
) -> None:
    found = _run(fleet, seed, days, factor)
    parts = found.times[:, at.USEFUL : at.QUEUED_S + 1]
    assert parts.min() >= -1e-6
    for place, made in enumerate(found.jobs):
        if found.rows[place, at.STATE] == at.UNBORN:
            assert parts[place].sum() == 0.0
            continue
        submitted = made.submit_s if made.after < 0 else found.times[made.after, at.ENDED]
        ended = found.times[place, at.ENDED]
        end = found.seconds if ended < 0.0 else ended
        assert parts[place].sum() == pytest.approx(end - submitted, abs=1e-4)


@RARE
@given(fleets(), st.integers(0, 1000), st.sampled_from([1.0, 30.0, 300.0]))
def test_work_is_conserved(fleet: tuple[list[Pool], list[Job]], seed: int, factor: float) -> None:
    found = _run(fleet, seed, 6.0, factor)
    for place, made in enumerate(found.jobs):
        useful = found.times[place, at.USEFUL]
        if found.rows[place, at.STATE] == at.DONE:
            assert useful == pytest.approx(made.work_s, rel=1e-9)
        else:
            assert useful <= made.work_s * (1 + 1e-9)


@RARE
@given(fleets(), st.integers(0, 1000), st.sampled_from([1.0, 300.0]))
def test_stretches_tell_the_same_story(fleet: tuple[list[Pool], list[Job]], seed: int, factor: float) -> None:
    found = _run(fleet, seed, 3.0, factor)
    rows = found.stretches
    spent = rows[:, at.TO] - rows[:, at.FROM]
    for place in range(len(found.jobs)):
        of_job = rows[:, at.OF_JOB] == place
        queued = spent[of_job & (rows[:, at.WAS] == at.QUEUED)].sum()
        assert queued == pytest.approx(found.times[place, at.QUEUED_S], abs=1e-4)
    trains = float((spent * rows[:, at.USED])[rows[:, at.WAS] == at.RUNNING].sum())
    assert trains == pytest.approx(found.hours[:, :, at.TRAINING].sum(), rel=1e-6, abs=1.0)


@RARE
@given(fleets(), st.integers(0, 1000))
def test_energy_is_power_times_time(fleet: tuple[list[Pool], list[Job]], seed: int) -> None:
    found = _run(fleet, seed, 2.2, 30.0)
    each = hours(found, catalogue())
    assert each.seconds.sum() == pytest.approx(found.seconds)
    rated = sum(one.chips * one.nameplate_w * one.pue for one in found.pools)
    assert 0.0 <= each.facility_w.min() <= each.facility_w.sum(axis=1).max() <= rated
    by_activity = (found.hours * 8.0).sum(axis=(0, 1)) * 1400.0 * 1.1
    draws = [0.76, 0.38, 0.2, 0.6, 0.0, 0.2]  # training, stopped, spare, serving, down, idle
    energy = float((each.facility_w.sum(axis=1) * each.seconds).sum())
    assert energy == pytest.approx(float(by_activity @ np.array(draws)), rel=1e-9)


@RARE
@given(fleets(), st.integers(0, 1000))
def test_the_same_seed_gives_the_same_digest(fleet: tuple[list[Pool], list[Job]], seed: int) -> None:
    assert digest(_run(fleet, seed, 2.0, 30.0)) == digest(_run(fleet, seed, 2.0, 30.0))


def test_another_seed_gives_another() -> None:
    fleet = ([pool(200, spares=10)], [job(100)])
    assert len({digest(_run(fleet, seed, 5.0, 30.0)) for seed in range(5)}) == 5


def test_more_spares_never_lower_goodput() -> None:
    """On average over seeds, with the same failures: jobs of 180 nodes out of 200 with 0 to 20 spares."""
    means = []
    for spares in (0, 2, 5, 10, 20):
        shares = []
        for seed in range(12):
            pools = [pool(180 + spares, spares=spares)]
            found = _run((pools, [job(180)]), seed, 60.0, 10.0)
            shares.append(found.times[0, at.USEFUL] / found.seconds)
        means.append(float(np.mean(shares)))
    assert all(after >= before - 0.01 for before, after in itertools.pairwise(means)), means
    assert means[-1] > means[0] + 0.05, means
