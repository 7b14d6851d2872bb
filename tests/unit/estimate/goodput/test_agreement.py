"""The closed form against the simulation of a fleet, under the same assumptions, term by term."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from orchard import units
from orchard.catalogue import catalogue
from orchard.estimate.goodput import (
    IN_RANGE,
    Classes,
    Job,
    Tiers,
    classes,
    goodput,
    ready_share,
    tiered_share,
)
from orchard.simulate.fleet import case
from orchard.simulate.fleet import tables as at
from orchard.simulate.fleet.draw import Weak, draw
from orchard.simulate.fleet.outcome import simulate

DAY_S, YEAR_S = units.factor("d"), units.factor("y")
WITHIN = 0.01
KINDS = classes(catalogue())


def only(**rates: dict[str, float]) -> Classes:
    """Classes of which only these strike: `rate` of their unit, `detect`, `repair`, `swap`; all exact."""
    rate, detect, repair = (
        np.zeros_like(rows) for rows in (KINDS.rate_per_s, KINDS.detect_s, KINDS.repair_s)
    )
    swap, chips = np.zeros_like(KINDS.swap_share), KINDS.chips_per.copy()
    for name, given in rates.items():
        place = KINDS.names.index(name)
        rate[:, place], detect[:, place] = given["rate"], given.get("detect", 0.0)
        repair[:, place], swap[place] = given.get("repair", 1.0), given.get("swap", 0.0)
        if KINDS.reach[place] == "job":
            chips[place] = np.inf
    return KINDS._replace(rate_per_s=rate, detect_s=detect, repair_s=repair, swap_share=swap, chips_per=chips)


def simulated(kinds: Classes, years: float, nodes: int = 500, spares: int = 100, **given: Any) -> float:
    """Share of time kept by one job in a pool of its nodes and spares."""
    made: dict[str, Any] = {"interval_s": 900.0, "block_s": 5.0, "save_s": 60.0, "restart_s": 300.0} | given
    pools = [case.Pool("pool", "site", "h100", nodes + spares, 8)]
    jobs = [case.Job("job", "team", 0, nodes, 1, np.inf, **made)]
    seconds = years * YEAR_S
    faults = draw(pools, jobs, kinds, Weak(), seconds, 1)
    return float(simulate(pools, jobs, faults, seconds).times[0, at.USEFUL]) / seconds


@pytest.mark.parametrize("mttf", [30_000.0, 8000.0, 3000.0, 1200.0])
@pytest.mark.parametrize(
    ("interval", "block", "save", "restart"),
    [(600.0, 5.0, 60.0, 300.0), (1200.0, 100.0, 100.0, 600.0), (300.0, 2.0, 250.0, 120.0)],
)
def test_saves_and_recoveries(
    mttf: float, interval: float, block: float, save: float, restart: float
) -> None:
    kinds = only(software={"rate": 1 / mttf, "detect": 60.0})
    kept = simulated(kinds, 6, interval_s=interval, block_s=block, save_s=save, restart_s=restart)
    found = goodput(Job(1 / mttf, block, restart, save_s=save, detect_s=60.0, interval_s=interval))
    print(f"load {float(found.load):.3f}: closed {float(found.share):.4f}, simulated {kept:.4f}")
    if float(found.load) < IN_RANGE:
        assert kept == pytest.approx(float(found.share), rel=WITHIN)
    assert kept == pytest.approx(float(found.share), rel=2 * WITHIN)


@pytest.mark.parametrize(
    ("spares", "days", "repair"), [(8, 250, 86_400.0), (3, 250, 86_400.0), (20, 60, 43_200.0)]
)
def test_waiting_for_spares(spares: int, days: float, repair: float) -> None:
    rate = 1 / (days * DAY_S)
    kept = simulated(
        only(gpu={"rate": rate, "detect": 60.0, "repair": repair, "swap": 1.0}), 8, spares=spares
    )
    ready = ready_share(spares, 500 * rate * repair)
    found = goodput(Job(500 * rate, 5.0, 300.0, save_s=60.0, detect_s=60.0, interval_s=900.0, ready=ready))
    assert kept == pytest.approx(float(found.share), rel=WITHIN)


@pytest.mark.parametrize("unseen", [600.0, 3600.0, 14_400.0])
def test_silent_corruption(unseen: float) -> None:
    rate = 1 / (60 * DAY_S)
    kinds = only(gpu={"rate": 0.97 * rate, "detect": 60.0}, sdc={"rate": 0.03 * rate, "detect": unseen})
    kept = simulated(kinds, 5)
    found = goodput(
        Job(
            500 * rate,
            5.0,
            300.0,
            save_s=60.0,
            detect_s=60.0,
            interval_s=900.0,
            corrupt_share=0.03,
            corrupt_s=unseen,
        )
    )
    assert kept == pytest.approx(float(found.share), rel=WITHIN)


@pytest.mark.parametrize("stall", [30.0, 120.0])
def test_replicas_that_fail_alone(stall: float) -> None:
    rate, given = 1 / (60 * DAY_S), {"fault_tolerance": "replica", "replicas": 25, "least": 0.3}
    kept = simulated(only(gpu={"rate": rate, "detect": 60.0}), 5, stall_s=stall, **given)
    away = 500 * rate * (60.0 + 300.0) / 25
    found = goodput(
        Job(
            500 * rate,
            5.0,
            300.0,
            save_s=60.0,
            interval_s=900.0,
            local_share=1.0,
            stall_s=stall + 60.0,
            absent=away,
        )
    )
    assert kept == pytest.approx(float(found.share), rel=WITHIN)


@pytest.mark.parametrize("mttf", [20_000.0, 5000.0])
def test_copies_in_memory(mttf: float) -> None:
    """All failures leave a copy in memory; storage is never needed."""
    kinds = only(software={"rate": 1 / mttf, "detect": 30.0})
    memory = {"memory_s": 60.0, "memory_block_s": 1.0, "memory_restart_s": 100.0}
    kept = simulated(kinds, 8, interval_s=1830.0, block_s=10.0, **memory)
    closed = float(tiered_share(Tiers(1 / mttf, 0.0, 1.0, 10.0, 130.0, 330.0), 60.0, 30))
    assert kept == pytest.approx(closed, rel=WITHIN)
