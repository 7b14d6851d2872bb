"""What keeps a run healthy: steps that would spoil the weights are skipped, and faults are said in words."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from statistics import fmean, pstdev
from typing import Any, Literal

from orchard.errors import Finding, TrainError

Verdict = Literal["taken", "spike", "broken"]

# Losses that a spike is measured against, and how many there must be first.
_WINDOW = 128
_ENOUGH = 32
# Broken steps in a row after which something is wrong beyond one sample.
_IN_A_ROW = 5


class Guard:
    """Decides of each step whether the optimiser may take it.

    A step is `broken` when its loss or the norm of its gradient is no finite number, and a `spike` when
    its loss is more than `spike` standard deviations above the mean of the last 128 (as skipped steps of
    OLMo 2, arXiv 2501.00656, section 3.2). Losses of spikes count among those: a loss that stays high is
    soon normal, so that no run waits for ever.

    >>> guard = Guard(spike=6.0)
    >>> verdicts = [guard.judge(2.0 + 0.01 * (step % 2), 1.0) for step in range(40)]
    >>> guard.judge(9.0, 1.0), guard.judge(float("nan"), 1.0), guard.judge(2.0, 1.0), guard.skipped
    ('spike', 'broken', 'taken', 2)
    """

    def __init__(self, spike: float) -> None:
        self._spike = spike
        self._losses: deque[float] = deque(maxlen=_WINDOW)
        self.broken_in_a_row = 0
        self.skipped = 0

    def judge(self, loss: float, norm: float) -> Verdict:
        """Judge a step by its loss and the norm of its gradient."""
        if not (math.isfinite(loss) and math.isfinite(norm)):
            self.broken_in_a_row += 1
            self.skipped += 1
            return "broken"
        self.broken_in_a_row = 0
        high = self._spike > 0 and len(self._losses) >= _ENOUGH and loss > self._limit()
        self._losses.append(loss)
        self.skipped += high
        return "spike" if high else "taken"

    def _limit(self) -> float:
        return fmean(self._losses) + self._spike * pstdev(self._losses)

    def values(self) -> dict[str, Any]:
        """What a checkpoint keeps."""
        return {
            "losses": list(self._losses),
            "broken_in_a_row": self.broken_in_a_row,
            "skipped": self.skipped,
        }

    def restore(self, values: dict[str, Any]) -> None:
        """Go on from what a checkpoint kept."""
        self._losses.extend(values["losses"])
        self.broken_in_a_row, self.skipped = values["broken_in_a_row"], values["skipped"]

    def check(self, step: int, samples: Sequence[range]) -> None:
        """End the run when too many steps in a row were broken.

        Raises
        ------
        TrainError
            O825, with the step and the samples whose loss is no number; with none of them it is the gradient
        """
        if self.broken_in_a_row < _IN_A_ROW:
            return
        which = ", ".join(f"{one.start} to {one.stop - 1}" for one in samples)
        what = f"loss of samples {which}" if samples else "gradient, though every loss is finite,"
        found = f"the {what} of step {step} is no number, as in {_IN_A_ROW} steps in a row"
        hint = "look at these samples; if the data are sound, lower training.rate and training.adam_rate"
        raise TrainError(Finding("O825", "", "", found, "finite numbers", hint))


@contextmanager
def memory_told(micro: int, unit: str, units: int) -> Iterator[None]:
    """Say that memory ran out in words, and what to lower.

    Raises
    ------
    TrainError
        O826
    """
    try:
        yield
    except (MemoryError, RuntimeError) as error:
        text = str(error)
        if not isinstance(error, MemoryError) and not any(
            part in text for part in ("not enough memory", "can't allocate memory", "out of memory")
        ):
            raise
        asked = text.partition("you tried to allocate ")[2].split(". ")[0]
        found = "memory ran out" + (f" when {asked} more were asked for" if asked else "")
        lower = f"micro_batch={micro // 2}" if micro > 1 else "recompute=true, or a smaller model"
        wanted = f"room for {micro} samples of {units} {unit} at once"
        finding = Finding("O826", "", "training.micro_batch", found, wanted, f"--set ...training.{lower}")
        raise TrainError(finding) from None
