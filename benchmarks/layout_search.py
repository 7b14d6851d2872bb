"""How fast layouts are searched and runs estimated, with peers beside it in the same run.

    .venv/bin/python benchmarks/layout_search.py [--calculon DIR] [--simumax DIR] [--python PYTHON]

A configuration counts when both its step time and its memory were computed; seconds are CPU seconds of
one process on one thread. The peers are clones outside this repository, given here or in the environment
(CALCULON, SIMUMAX), run by a Python that has their packages (psutil and NumPy; pandas, sympy, tabulate);
what is not given, or does not run, is skipped and named. Each measurement is a process of its own.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from statistics import median
from typing import Any

HERE = Path(__file__).resolve().parent
CASES = (
    ("gpt3-175b", "a100", 4096, 2048, 4096),  # the same question as Calculon's
    ("llama3.1-405b", "h100", 16384, 8192, 2048),
    ("deepseek-v3", "h100", 2048, 4096, 15360),
)
ROWS = 20_000
# What a person waits for, and what the project promises.
WANTED_PER_S, WANTED_US = 1e6, 10.0


def measure_search(model: str, chip: str, chips: int, sequence: int, batch: int) -> dict[str, float]:
    """One search, its start not counted."""
    from orchard.estimate.training.calibration import calibration
    from orchard.estimate.training.layouts.question import question
    from orchard.estimate.training.layouts.search import search

    known = calibration()
    cells = {"model": model, "chip": chip, "n_gpus": chips, "seq_len": sequence, "global_batch": batch}
    asked = question({name: str(cell) for name, cell in cells.items()}, known)
    begun, cpu = time.perf_counter(), time.process_time()
    found = search(
        asked.architecture,
        asked.cluster,
        asked.hardware,
        asked.precision,
        asked.software,
        known.constants,
        10,
    )
    used, wall = time.process_time() - cpu, time.perf_counter() - begun
    return {"evaluated": found.evaluated, "feasible": found.feasible, "cpu_s": used, "wall_s": wall}


def measure_estimates() -> dict[str, float]:
    """A table of llama3-8b runs on 8 chips: from text, and from arrays that were read already."""
    from orchard.estimate.training.estimates import estimate
    from orchard.estimate.training.table.rows import Rows

    columns = ["id", "model", "chip", "n_gpus", "seq_len", "global_batch", "micro_batch", "tp", "recompute"]
    kinds = [(tp, micro, level) for tp in (1, 2, 4, 8) for micro in (1, 2, 4) for level in ("none", "full")]
    rows = []
    for place in range(ROWS):
        tp, micro, level = kinds[place % len(kinds)]
        cells = (place, "llama3-8b", "a100", 8, 1024 * (1 + place % 8), 96, micro, tp, level)
        rows.append([str(cell) for cell in cells])
    reader = Rows(columns)
    estimate(reader.batch(rows[:100]))
    cpu = time.process_time()
    read = reader.batch(rows)
    reading_s = time.process_time() - cpu
    cpu = time.process_time()
    estimate(read)
    estimating_s = time.process_time() - cpu
    assert read.ok.all()
    return {"rows": ROWS, "reading_s": reading_s, "estimating_s": estimating_s}


def again(words: list[str], python: str = sys.executable) -> dict[str, Any]:
    """A measurement in a process of its own, on one thread."""
    threads = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    done = subprocess.run(
        [python, *words], check=True, capture_output=True, text=True, env=os.environ | threads, timeout=600
    )
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def peer(name: str, words: list[str], folder: Path | None, python: str) -> dict[str, Any] | None:
    """A measurement of a peer, or a line that says why there is none."""
    option = name.lower()
    if folder is None:
        print(f"  {name:<10} skipped: say where its clone is, --{option} DIR or {name.upper()}=DIR")
        return None
    try:
        return again([str(HERE / f"peer_{option}.py"), str(folder), *words], python)
    except (OSError, subprocess.SubprocessError, ValueError, IndexError) as error:
        lines = (getattr(error, "stderr", "") or str(error)).strip().splitlines()
        print(f"  {name:<10} skipped: it does not run here: {lines[-1] if lines else error}")
        return None


def print_search(runs: int, options: argparse.Namespace) -> None:
    """Configurations a second of every case, and of Calculon."""
    print("configurations a second and core (step time and memory both computed)")
    rates = {}
    for case in CASES:
        found = [again([__file__, "--once", *map(str, case)]) for _ in range(runs)]
        used, rates[case] = median(one["cpu_s"] for one in found), 0.0
        rates[case] = found[0]["evaluated"] / used
        print(
            f"  Orchard    {rates[case]:>11,.0f}/s   {case[0]} on {case[2]:,} {case[1]}: "
            f"{found[0]['evaluated']:,} in {used:.2f} s of CPU, {found[0]['feasible']:,} fit"
        )
    _, _, chips, _, batch = CASES[0]
    words = ["gpt3-175B.json", "a100_80g.json", str(chips), str(batch), "--seconds", str(options.seconds)]
    found_there = peer("Calculon", words, options.calculon, options.python)
    if found_there:
        rate = found_there["tried"] / found_there["cpu_s"]
        print(
            f"  Calculon   {rate:>11,.0f}/s   {CASES[0][0]} on {chips:,} a100: {found_there['tried']:,} "
            f"tried in {found_there['cpu_s']:.0f} s of CPU, {found_there['valid']:,} of them to the end; "
            f"{found_there['groups']} of {found_there['all_groups']:,} groups, at random"
        )
        print(f"  Orchard is {rates[CASES[0]] / rate:,.0f} times as fast on the same question")
    verdict = "met" if min(rates.values()) >= WANTED_PER_S else "MISSED"
    print(f"  wanted: {WANTED_PER_S:,.0f}/s: {verdict}")


def print_estimates(runs: int, options: argparse.Namespace) -> None:
    """Time of an estimate in a table, and of SimuMax."""
    print("an estimate in a table")
    found = [again([__file__, "--estimates"]) for _ in range(runs)]
    rows = found[0]["rows"]
    estimating = median(one["estimating_s"] for one in found) / rows
    reading = median(one["reading_s"] for one in found) / rows
    print(
        f"  Orchard    {estimating * 1e6:>9.2f} µs   and {reading * 1e6:.2f} µs to read its row: "
        f"{rows:,} runs of llama3-8b on 8 a100"
    )
    found_there = peer("SimuMax", ["--seconds", str(options.seconds / 4)], options.simumax, options.python)
    if found_there:
        each = found_there["cpu_s"] / found_there["estimates"]
        print(
            f"  SimuMax    {each * 1e6:>9,.0f} µs   {found_there['estimates']} estimates of llama3-8b "
            "on 8 a100"
        )
        print(f"  Orchard is {each / (estimating + reading):,.0f} times as fast, reading included")
    verdict = "met" if estimating * 1e6 <= WANTED_US else "MISSED"
    print(f"  wanted: at most {WANTED_US:g} µs: {verdict}")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description="Measure searches over layouts, and estimates, beside peers."
    )
    parser.add_argument(
        "--calculon", type=Path, default=os.environ.get("CALCULON") or None, help="a clone of Calculon"
    )
    parser.add_argument(
        "--simumax", type=Path, default=os.environ.get("SIMUMAX") or None, help="a clone of SimuMax"
    )
    parser.add_argument("--python", default=sys.executable, help="a Python with the peers' packages")
    parser.add_argument("--seconds", type=float, default=30.0, help="CPU seconds that Calculon gets")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--once", nargs=5, help=argparse.SUPPRESS)
    parser.add_argument("--estimates", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.once:
        model, chip, *sizes = options.once
        print(json.dumps(measure_search(model, chip, *map(int, sizes))))
    elif options.estimates:
        print(json.dumps(measure_estimates()))
    else:
        load = os.getloadavg()[0] if hasattr(os, "getloadavg") else float("nan")
        print(f"median of {options.runs} runs, one thread, load of the machine {load:.1f} at the start\n")
        print_search(options.runs, options)
        print()
        print_estimates(options.runs, options)


if __name__ == "__main__":
    main()
