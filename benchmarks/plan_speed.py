"""How fast a plan is: wall and CPU seconds, peak memory, samples a second, and how far from the floor.

    .venv/bin/python benchmarks/plan_speed.py [FILE] [--samples N] [--runs R]

The floor is one pass of NumPy over as many numbers as the plan's timelines hold: each delivery's chips
delivered, paid and installed, each site's power, each run's chips and speed, each product's users and
capacity, at every week in every sample, multiplied once in blocks of the plan's size. It is what the
memory of this machine allows; the ratio to it carries over from one machine to another better than
seconds do. Each run is a fresh process, so that one run's peak memory is its own.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import time
from pathlib import Path
from statistics import median

import numpy as np

from orchard.catalogue import catalogue
from orchard.plan import Setup, plan
from orchard.plan.draws import BLOCK
from orchard.spec.load import load

ROOT = Path(__file__).resolve().parent.parent


def measure(file: Path, samples: int) -> dict[str, float]:
    """One plan in this process, and the floor beside it."""
    begun, cpu = time.perf_counter(), time.process_time()
    programme = load(file)
    plan(programme, catalogue(), samples=samples)
    wall, used = time.perf_counter() - begun, time.process_time() - cpu
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    return {
        "wall_s": wall,
        "cpu_s": used,
        "peak_bytes": peak,
        "floor_s": floor_s(Setup.of(programme, catalogue()), samples),
    }


def floor_s(setup: Setup, samples: int) -> float:
    """Seconds of one pass over the numbers of the plan's timelines."""
    programme = setup.programme
    arrays = (
        3 * len(programme.deliveries)
        + len(programme.sites)
        + 2 * len(programme.models)
        + 2 * len(programme.products)
    )
    left = np.random.default_rng(0).random((len(setup.calendar.edges), BLOCK))
    right, out = left + 1.0, np.empty_like(left)
    begun = time.perf_counter()
    for _ in range(arrays * max(1, samples // BLOCK)):
        np.multiply(left, right, out=out)
    return time.perf_counter() - begun


def main() -> None:
    """Measure several runs and print their medians."""
    parser = argparse.ArgumentParser(description="Measure how fast a plan is.")
    parser.add_argument(
        "file", nargs="?", type=Path, default=ROOT / "programmes" / "meta-superintelligence.yaml"
    )
    parser.add_argument("--samples", type=int, default=10_000)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--once", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.once:
        print(json.dumps(measure(options.file, options.samples)))
        return
    again = [sys.executable, __file__, str(options.file), "--samples", str(options.samples), "--once"]
    runs = [
        json.loads(subprocess.run(again, check=True, capture_output=True, text=True).stdout)
        for _ in range(options.runs)
    ]
    found = {name: median(run[name] for run in runs) for name in runs[0]}
    load_now = os.getloadavg()[0] if hasattr(os, "getloadavg") else float("nan")
    print(f"{options.file.name}: {options.samples:,} samples")
    print(f"median of {options.runs} runs, load of the machine {load_now:.1f}")
    print(f"  wall        {found['wall_s']:8.2f} s      {options.samples / found['wall_s']:,.0f} samples/s")
    print(f"  CPU         {found['cpu_s']:8.2f} s")
    print(f"  peak memory {found['peak_bytes'] / 1e6:8.0f} MB")
    ratio = found["cpu_s"] / found["floor_s"]
    print(f"  floor       {found['floor_s']:8.3f} s      CPU is {ratio:,.0f} times the floor")


if __name__ == "__main__":
    main()
