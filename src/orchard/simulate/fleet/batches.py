"""Many seeds of one scenario: in batches, side by side, and kept, so that a run that was killed goes on.

Each batch is a file in a folder named by the digest of all that the answer depends on; it appears whole or
not at all. A seed gives the same figures in whatever batch, thread or order it is worked out.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from pathlib import Path
from threading import Event
from typing import Any

import numpy as np

from orchard import __version__
from orchard.errors import Finding, OutputError
from orchard.files import write_text
from orchard.simulate.fleet import tables as at
from orchard.simulate.fleet.answer import goodput, job_parts
from orchard.simulate.fleet.outcome import digest
from orchard.simulate.fleet.power import hours
from orchard.simulate.fleet.scenario import Scenario

SEEDS_OF_A_BATCH = 20
_THREADS = 2
_LETTERS = 24  # of a digest that name a folder

Figures = dict[str, Any]


def many(
    scenario: Scenario, seed: int, seeds: int, folder: Path | None, progress: Callable[[str, float], None]
) -> list[Figures]:
    """Figures of the seeds `seed`, `seed` + 1, ... in order; those of batches that were kept are read.

    Whoever is interrupted waits for the seeds that are being worked out, not for their batches.
    """
    kept = None if folder is None else _folder(folder, scenario)
    starts = range(seed, seed + seeds, SEEDS_OF_A_BATCH)
    found: dict[int, list[Figures]] = {}
    stop = Event()
    with ThreadPoolExecutor(_THREADS) as pool:
        left = iter(starts)
        running: dict[Future[list[Figures]], int] = {}
        try:
            while len(found) < len(starts):
                for start in _next(left, _THREADS - len(running)):
                    size = min(SEEDS_OF_A_BATCH, seed + seeds - start)
                    running[pool.submit(_batch, scenario, start, size, kept, stop)] = start
                for done in wait(running, return_when=FIRST_COMPLETED).done:
                    found[running.pop(done)] = done.result()
                progress(f"{len(found) * SEEDS_OF_A_BATCH:,} seeds", len(found) / len(starts))
        finally:
            stop.set()
            pool.shutdown(wait=True, cancel_futures=True)
    return [one for start in starts for one in found[start]]


def _next(left: Iterator[int], count: int) -> Iterator[int]:
    for _ in range(count):
        start = next(left, None)
        if start is None:
            return
        yield start


def _batch(scenario: Scenario, start: int, size: int, folder: Path | None, stop: Event) -> list[Figures]:
    """Figures of some seeds: kept, or worked out and kept; nothing is kept of a batch that is stopped."""
    path = None if folder is None else folder / f"seeds-{start:06d}-{size:03d}.json"
    if path is not None:
        try:
            found: list[Figures] = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            pass
        else:
            return found
    made: list[Figures] = []
    for seed in range(start, start + size):
        if stop.is_set():
            return made
        made.append(figures(scenario, seed))
    if path is not None:
        write_text(json.dumps(made) + "\n", path)
    return made


def figures(scenario: Scenario, seed: int) -> Figures:
    """What is kept of one seed."""
    outcome = scenario.outcome(seed)
    each = hours(outcome, scenario.fleet.known)
    counts = np.bincount(outcome.failures[:, at.KIND], minlength=len(scenario.classes.names))
    named = {job.name: place for place, job in enumerate(outcome.jobs) if job.after < 0}
    runs = [name for name in scenario.fleet.programme.models if name in named]
    if scenario.jobs is not None:
        runs = list(named)[:_MOST_NAMED]
    return {
        "seed": seed,
        "failures": len(outcome.failures),
        "jobs": int((outcome.times[:, at.BEGUN] >= 0.0).sum()),
        "goodput": goodput(job_parts(outcome)),
        "energy_j": float((each.facility_w.sum(axis=1) * each.seconds).sum()),
        "by_class": dict(zip(scenario.classes.names, counts.tolist(), strict=True)),
        "stops": {name: int(outcome.rows[named[name], at.STOPS]) for name in runs},
        "digest": digest(outcome),
    }


_MOST_NAMED = 50


def spread(found: list[Figures]) -> dict[str, Any]:
    """The 10th, 50th and 90th percentile of what the seeds gave."""
    names = ("failures", "jobs", "goodput", "energy_j")
    values = {name: [one[name] for one in found if one[name] is not None] for name in names}
    return {
        "seeds": len(found),
        **{name: _quantiles(numbers) for name, numbers in values.items()},
        "stops": {name: _quantiles([one["stops"][name] for one in found]) for name in found[0]["stops"]},
        "digest": hashlib.sha256("".join(one["digest"] for one in found).encode()).hexdigest(),
    }


def _quantiles(values: list[float]) -> list[float] | None:
    return np.quantile(values, [0.1, 0.5, 0.9]).tolist() if values else None


def _folder(folder: Path, scenario: Scenario) -> Path:
    """Where the batches of a scenario are kept; another version of the program keeps its own."""
    program = hashlib.sha256(__version__.encode())
    for path in sorted(Path(__file__).parent.glob("*.py")):
        program.update(path.read_bytes())
    name = hashlib.sha256(f"{program.hexdigest()} {scenario.key()}".encode()).hexdigest()[:_LETTERS]
    path = folder / f"seeds-{name}"
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise OutputError(Finding("O701", str(path), "", reason, "a folder that can be written to")) from None
    return path
