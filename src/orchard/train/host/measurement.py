"""What a run measured of itself, as it is written into a ledger when the run ends."""

from __future__ import annotations

from typing import Any

from orchard.train.host.memory import peak_bytes
from orchard.train.host.power import energy_j


class Meter:
    """Begin to measure; made before the first step."""

    def __init__(self) -> None:
        self._energy_j = energy_j()

    def values(self, steps: int, tokens: float, time_s: float) -> dict[str, Any]:
        """Values of a `measurement` of what was done since.

        Parameters
        ----------
        steps, tokens
            steps taken since, and tokens of all of them
        time_s
            time of these steps, without judging and checkpoints
        """
        found: dict[str, Any] = {"steps": steps, "duration_s": time_s, "memory_bytes": peak_bytes()}
        if steps and time_s > 0:
            found |= {"step_s": time_s / steps, "tokens_per_s": tokens / time_s}
        after_j = energy_j()
        if self._energy_j is not None and after_j is not None and after_j >= self._energy_j:
            found |= {"energy_j": after_j - self._energy_j, "energy_basis": "measured: RAPL counters"}
        return found
