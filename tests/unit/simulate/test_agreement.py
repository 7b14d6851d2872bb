"""Closed forms and the simulation agree within 1 % where (checkpoint + restart)/MTTF is below 0.25."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from orchard.catalogue import catalogue
from orchard.estimate.goodput import IN_RANGE, goodput
from orchard.estimate.goodput import Job as Form
from orchard.estimate.goodput.tiers import Tiers, tiered_share
from orchard.simulate.fleet import tables as at
from orchard.simulate.fleet.case import Job
from orchard.simulate.fleet.draw import Weak, draw
from orchard.simulate.fleet.mix import stops_per_s
from orchard.simulate.fleet.outcome import simulate

from .small import DAY_S, job, kinds, pool, stops

MTTF_S = (500.0, 2_000.0, 11_124.0, 100_000.0)
BLOCK_S = (0.6, 10.0, 60.0, 300.0)
RECOVERY_S = (60.0, 600.0)
SAVE_S = (0.0, 60.0, 400.0)
FAILURES = 20_000  # of one job: the error of its share is a few parts in ten thousand


def _cases() -> list[tuple[float, float, float, float]]:
    every = itertools.product(MTTF_S, BLOCK_S, RECOVERY_S, SAVE_S)
    return [case for case in every if (case[1] + case[2]) / case[0] < IN_RANGE]


def _simulated(made: Job, mttf_s: float, seconds: float, seed: int, detect_s: float = 0.0) -> float:
    """Share of its time that a job spends on work that lasts, with failures of its own alone."""
    found = simulate([pool()], [made], stops(1.0 / mttf_s, seconds, seed, detect_s), seconds)
    return float(found.times[0, at.USEFUL] / seconds)


def _error(
    mttf_s: float, block_s: float, restart_s: float, save_s: float, seed: int, detect_s: float
) -> float:
    save = max(save_s, block_s)
    form = goodput(Form(1.0 / mttf_s, block_s, restart_s, save_s=save, detect_s=detect_s))
    made = job(interval_s=float(form.interval_s), block_s=block_s, save_s=save, restart_s=restart_s)
    simulated = _simulated(made, mttf_s, FAILURES * mttf_s, seed, detect_s)
    return simulated / float(form.share) - 1.0


def test_the_grid_is_agreed_on() -> None:
    errors = {case: _error(*case, seed=1, detect_s=0.0) for case in _cases()}
    worst = max(errors, key=lambda case: abs(errors[case]))
    print(f"{len(errors)} cases; worst {worst}: {errors[worst]:+.3%}")
    assert len(errors) > 40
    assert abs(errors[worst]) < 0.01


@pytest.mark.soak
@pytest.mark.parametrize("detect_s", [0.0, 30.0, 300.0])
def test_the_grid_is_agreed_on_with_many_seeds(detect_s: float) -> None:
    for case in _cases():
        if (case[1] + case[2] + detect_s) / case[0] < IN_RANGE:
            errors = [_error(*case, seed=seed, detect_s=detect_s) for seed in range(20)]
            print(f"{case}, detection {detect_s} s: {np.mean(errors):+.4%}")
            assert abs(float(np.mean(errors))) < 0.002, case


def test_it_holds_beyond_the_range_as_well() -> None:
    for mttf_s in (1500.0, 800.0):
        assert abs(_error(mttf_s, 300.0, 600.0, 300.0, seed=2, detect_s=0.0)) < 0.03


def test_two_tiers_agree_with_their_closed_form() -> None:
    """Nine in ten failures leave the copies in memory whole; storage is written at once."""
    rate, seconds = 1.0 / 8_000.0, 8_000.0 * 20_000
    faults = stops(rate, seconds, 3)
    local = np.random.default_rng(4).random(len(faults.whole)) < 0.9
    faults.whole[local, at.FLAGS] |= at.MEMORY_SURVIVES
    for copies, interval_s in ((4, 300.0), (10, 120.0)):
        tiers = Tiers(0.9 * rate, 0.1 * rate, 2.0, 30.0, 120.0, 700.0)
        made = job(
            interval_s=copies * (interval_s + 2.0), block_s=30.0, save_s=30.0, restart_s=700.0,
            memory_s=interval_s, memory_block_s=2.0, memory_restart_s=120.0,
        )  # fmt: skip
        found = simulate([pool()], [made], faults, seconds)
        share = found.times[0, at.USEFUL] / seconds
        form = float(tiered_share(tiers, interval_s, copies))
        print(f"{copies} copies: closed form {form:.4f}, simulated {share:.4f}")
        assert share == pytest.approx(form, rel=0.01)


def test_replicas_agree_with_their_closed_form() -> None:
    """Failures of nodes stop one replica, with a spare for each; all stand still for a minute."""
    nodes, replicas, seconds, rate = 64, 32, 400 * DAY_S, 1.0 / 20_000.0
    random = np.random.default_rng(5)
    faults = stops(rate, seconds, 5)
    faults.whole[:, at.OF_CHAIN] = -1
    faults.whole[:, at.NODE] = random.integers(0, nodes, len(faults.whole))
    faults.whole[:, at.COUNT], faults.whole[:, at.FLAGS] = 1, at.CURED
    made = job(nodes, fault_tolerance="replica", replicas=replicas, least=0.5, stall_s=60.0, restart_s=900.0)
    found = simulate([pool(nodes)], [made], faults, seconds)
    form = goodput(
        Form(rate, 10.0, 900.0, save_s=60.0, interval_s=1800.0, local_share=1.0, stall_s=60.0,
             absent=rate * (900.0 - 60.0) / replicas)
    )  # fmt: skip
    assert found.times[0, at.USEFUL] / seconds == pytest.approx(float(form.share), rel=0.01)


def test_a_job_with_every_class_agrees_with_its_closed_form() -> None:
    """16,384 chips with spares, at the rates, detections and swaps of the catalogue; nodes that drag apart."""
    found_kinds = kinds()
    stopping = found_kinds.interrupts & ~found_kinds.planned & ~found_kinds.rolls_back
    only = found_kinds._replace(rate_per_s=found_kinds.rate_per_s * stopping)
    rate, seconds = stops_per_s(only, 16384), 1500 * DAY_S
    made = job(2048, interval_s=200.0, block_s=2.0, save_s=60.0, restart_s=330.0)
    pools = [pool(2200, spares=100)]
    faults = draw(pools, [made], only, Weak(), seconds, 0)
    found = simulate(pools, [made], faults, seconds)
    assert found.rows[0, at.STOPS] == pytest.approx(rate * seconds, rel=0.03)
    detect = float(found.costs[found.failures[:, at.HIT] == 0, at.DETECT].mean())
    form = goodput(Form(rate, 2.0, 330.0, save_s=60.0, interval_s=200.0, detect_s=detect))
    share = float(found.times[0, at.USEFUL] / seconds)
    print(f"closed form {float(form.share):.4f}, simulated {share:.4f}")
    assert share == pytest.approx(float(form.share), rel=0.01)


def test_repairs_keep_as_many_nodes_away_as_expected() -> None:
    """Nodes away are Poisson with the mean that rates and repairs give, whatever the repairs' shape."""
    found_kinds = kinds()
    single = np.array([reach in ("gpu", "node") for reach in found_kinds.reach]) & found_kinds.interrupts
    single &= ~found_kinds.rolls_back
    only = found_kinds._replace(rate_per_s=found_kinds.rate_per_s * single)
    pools, seconds = [pool(20_000)], 400 * DAY_S
    faults = draw(pools, [], only, Weak(), seconds, 1)
    found = simulate(pools, [], faults, seconds)
    away = found.hours[:, 0, at.DOWN].sum() / seconds
    swapped = faults.whole[:, at.FLAGS] & at.CURED == 0
    expected = faults.real[swapped, at.REPAIR].sum() / seconds
    assert away == pytest.approx(expected, rel=0.02)
    assert catalogue().fact("reliability.spares").value * 20_000 > away
