"""Small fleets, jobs and failures for tests."""

from __future__ import annotations

import numpy as np

from orchard.catalogue import catalogue
from orchard.estimate.goodput import Classes, classes
from orchard.simulate.fleet import tables as at
from orchard.simulate.fleet.case import Job, Pool
from orchard.simulate.fleet.draw import Faults

DAY_S = 86_400.0


def pool(nodes: int = 100, **given: object) -> Pool:
    """A pool of nodes of eight chips."""
    made = {
        "name": "p",
        "site": "s",
        "chip": "h100",
        "nodes": nodes,
        "chips_per_node": 8,
        "nameplate_w": 1400.0,
    }
    return Pool(**(made | {"pue": 1.1} | given))  # type: ignore[arg-type]


def job(nodes: int = 10, **given: object) -> Job:
    """A job that never ends, checkpoints every half hour and comes back within ten minutes."""
    made = {
        "name": "j", "team": "t", "pool": 0, "nodes": nodes, "priority": 1, "work_s": np.inf,
        "interval_s": 1800.0, "block_s": 10.0, "save_s": 60.0, "restart_s": 600.0,
    }  # fmt: skip
    return Job(**(made | given))  # type: ignore[arg-type]


def no_faults() -> Faults:
    """Nothing fails."""
    return faults([])


def faults(rows: list[dict[str, float]]) -> Faults:
    """Failures by hand: `at` and what else is not as a chip of one node that is mended after a day."""
    rows = sorted(rows, key=lambda row: row["at"])
    whole = np.zeros((len(rows), at.FAULT_COLUMNS), dtype=np.int64)
    real = np.zeros((len(rows), at.COST_COLUMNS))
    for place, row in enumerate(rows):
        whole[place, : at.HIT] = (
            0, row.get("node", 0), row.get("count", 1), row.get("chain", -1), row.get("flags", 0),
        )  # fmt: skip
        real[place, : at.LOST_S] = (
            row["at"],
            row.get("repair", DAY_S),
            row.get("detect", 0.0),
            row.get("share", 1),
        )
    return Faults(whole, real, np.zeros(0, dtype=np.int64))


def stops(rate_per_s: float, seconds: float, seed: int, detect_s: float = 0.0) -> Faults:
    """Failures of a job alone, at random; they leave its nodes alone."""
    random = np.random.default_rng(seed)
    times = np.sort(random.random(random.poisson(rate_per_s * seconds)) * seconds)
    whole = np.zeros((len(times), at.FAULT_COLUMNS), dtype=np.int64)
    real = np.zeros((len(times), at.COST_COLUMNS))
    real[:, at.AT], real[:, at.DETECT] = times, detect_s
    return Faults(whole, real, np.zeros(0, dtype=np.int64))


def kinds(factor: float = 1.0) -> Classes:
    """The classes of the catalogue, failing so many times as often."""
    found = classes(catalogue())
    return found._replace(rate_per_s=found.rate_per_s * factor)
