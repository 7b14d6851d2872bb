"""Power and energy of the processor, where its own counters can be read (RAPL on Linux)."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

_COUNTERS = Path("/sys/class/powercap")
_MICRO = 1e-6


def energy_j(folder: Path = _COUNTERS) -> float | None:
    """Energy counted so far by all packages, in J; None where nothing counts, or nothing may be read."""
    found = []
    for package in sorted(folder.glob("intel-rapl:?")):
        try:
            found.append(float((package / "energy_uj").read_text()) * _MICRO)
        except (OSError, ValueError):
            return None
    return sum(found) if found else None


def power_w(work: Callable[[], object], seconds: float = 1.0) -> float | None:
    """Power of all packages while something is done again and again, in W; None where it is not counted."""
    before_j, begun_s = energy_j(), time.perf_counter()
    if before_j is None:
        return None
    while time.perf_counter() - begun_s < seconds:
        work()
    after_j = energy_j()
    taken_s = time.perf_counter() - begun_s
    return None if after_j is None or after_j < before_j else (after_j - before_j) / taken_s
