"""What a simulated fleet costs: CPU seconds and memory of the whole process, seeds, and how cost grows.

    .venv/bin/python benchmarks/fleet_simulation.py [--gpus N] [--days D] [--seeds S]

Three parts. The fleet of the Meta programme scaled to 1.3 million chips for a year, as a command: once with
nothing compiled yet, then with what was kept; on one core. A thousand seeds of one job of 16,384 chips for
a year, on two. The same fleet in five sizes: CPU seconds by events, as a line and as a power.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
PROGRAMME = ROOT / "programmes" / "meta-superintelligence.yaml"
DAY_S = 86_400.0
SIZES = (162_500, 325_000, 650_000, 1_300_000, 2_600_000)


def command(gpus: int, days: float, cache: str) -> tuple[float, float, float, dict[str, Any]]:
    """CPU and wall seconds and peak bytes of one command with its traces, and its answer."""
    with tempfile.TemporaryDirectory() as out:
        words = [
            sys.executable,
            "-c",
            "from orchard.cli import main; main()",
            "simulate",
            "fleet",
            str(PROGRAMME),
        ]
        words += ["--gpus", str(gpus), "--days", str(days), "--out", out, "--json"]
        before, begun = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
        env = {**os.environ, "NUMBA_CACHE_DIR": cache}
        done = subprocess.run(words, check=True, capture_output=True, text=True, env=env)
        wall, after = time.perf_counter() - begun, resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return cpu, wall, after.ru_maxrss * 1024.0, json.loads(done.stdout)


def job_year(seeds: int) -> tuple[float, float, int]:
    """CPU and wall seconds of so many seeds of one job of 16,384 chips for a year, and events of one."""
    from orchard.simulate.fleet.batches import many
    from orchard.simulate.fleet.mix import Makes

    asked = _scenario(18_432, 365.0)
    pools = (asked.pools[0]._replace(nodes=2304, spares=128, serving=0),)
    fleet = asked.fleet._replace(pools=pools)
    job = Makes(fleet, asked.classes, "none", copies=False).job("run", "", 0, 2048, float("inf"))
    asked = asked._replace(fleet=fleet, jobs=(job,))
    events = asked.outcome(0).events
    cpu, begun = time.process_time(), time.perf_counter()
    many(asked, 0, seeds, None, lambda what, share: None)
    return time.process_time() - cpu, time.perf_counter() - begun, events


def curve(days: float) -> list[tuple[int, int, float]]:
    """Chips, events and CPU seconds of drawing and simulating, in five sizes; the best of three each."""
    found = []
    for gpus in SIZES:
        asked = _scenario(gpus, days)
        spent = []
        for seed in range(3):
            cpu = time.process_time()
            events = asked.outcome(seed).events
            spent.append(time.process_time() - cpu)
        found.append((gpus, events, min(spent)))
    return found


def _scenario(gpus: int, days: float) -> Any:
    from orchard.catalogue import catalogue
    from orchard.simulate.fleet.programme import fleet
    from orchard.simulate.fleet.scenario import scenario
    from orchard.spec.load import load

    return scenario(fleet(load(PROGRAMME), catalogue(), gpus=gpus), days * DAY_S)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Measure what a simulated fleet costs.")
    parser.add_argument("--gpus", type=int, default=1_300_000)
    parser.add_argument("--days", type=float, default=365.0)
    parser.add_argument("--seeds", type=int, default=1000)
    options = parser.parse_args()
    cores = sorted(os.sched_getaffinity(0))
    os.sched_setaffinity(0, cores[:1])
    print(f"load of the machine {os.getloadavg()[0]:.1f}, {len(cores)} cores, one of them used")
    with tempfile.TemporaryDirectory() as cache:
        for what in ("nothing compiled", "compiled before"):
            cpu, wall, peak, found = command(options.gpus, options.days, cache)
            print(
                f"{found['gpus']:,} chips, {options.days:g} days, {what}: "
                f"CPU {cpu:.2f} s, wall {wall:.2f} s, "
                f"peak {peak / 2**30:.2f} GiB; {found['failures']:,} failures, {found['jobs']:,} jobs, "
                f"{found['events']:,} events, {len(found['power_w']):,} hours"
            )
    os.sched_setaffinity(0, cores[:2])
    cpu, wall, events = job_year(options.seeds)
    print(
        f"{options.seeds:,} seeds of one job-year ({events:,} events each): "
        f"CPU {cpu:.1f} s, wall {wall:.1f} s on two cores"
    )
    found_curve = curve(options.days)
    for gpus, events, spent in found_curve:
        rate = events / spent
        print(f"{gpus:>10,} chips  {events:>9,} events  CPU {spent:.3f} s  {rate:,.0f} events a second")
    events_all, spent_all = (np.array([row[place] for row in found_curve]) for place in (1, 2))
    slope, fixed = np.polyfit(events_all, spent_all, 1)
    power = np.polyfit(np.log(events_all), np.log(spent_all), 1)[0]
    print(f"CPU seconds: {fixed:.2f} and {slope * 1e6:.2f} a million events; events to the power {power:.2f}")


if __name__ == "__main__":
    main()
