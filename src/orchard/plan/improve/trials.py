"""The probability of a claim under a choice of options, on the same samples for every choice."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Lock

import numpy as np

from orchard.plan.altered import Altered
from orchard.plan.engine import WORKERS, outlook_of, tasks_of
from orchard.plan.explain.fork import fork
from orchard.plan.explain.trace import Recorder, Watched
from orchard.plan.expression import Test
from orchard.plan.improve.options import Option, multiplied, together
from orchard.plan.outlook import Outlook
from orchard.plan.scene import Changes, Scene, Setup

Choice = tuple[tuple[int, float], ...]
"""Options that are pulled, by their place in the list, and how far; in the order of places."""

NOTHING: Choice = ()
_FORKS = 12  # blocks on other amounts that are kept


class Trials:
    """Choices tried on some samples, each once."""

    def __init__(
        self, setup: Setup, test: Test, options: Sequence[Option], recorder: Recorder, samples: int, seed: int
    ) -> None:
        self.setup, self.test, self.options, self.recorder = setup, test, options, recorder
        self.bases = [outlook_of(setup, task) for task in tasks_of(samples, seed)]
        self.samples = samples
        self.known: dict[Choice, float] = {}
        self._forks: dict[tuple[int, tuple[tuple[str, float], ...]], Outlook] = {}
        self._lock = Lock()

    def probability(self, choice: Choice, beyond: Changes | None = None) -> float:
        """Share of samples in which the claim holds under a choice, and under changes beside it."""
        if beyond is None and choice in self.known:
            return self.known[choice]
        parts = [self.options[place].change(size) for place, size in choice]
        changes = together([*parts, beyond] if beyond is not None else parts)
        factors = multiplied([self.options[place].factors(size) for place, size in choice])
        held = [self._holds(block, changes, factors) for block in range(len(self.bases))]
        found = float(np.concatenate(held).mean())
        if beyond is None:
            self.known[choice] = found
        return found

    def all(
        self, choices: Iterable[Choice], progress: Callable[[], None] | None = None
    ) -> dict[Choice, float]:
        """Probabilities of several choices, side by side."""
        wanted = list(dict.fromkeys(choices))
        found = {}
        with ThreadPoolExecutor(WORKERS) as pool:
            for choice, probability in zip(wanted, pool.map(self.probability, wanted), strict=True):
                found[choice] = probability
                if progress is not None:
                    progress()
        return found

    def _holds(self, block: int, changes: Changes, factors: dict[str, float]) -> np.ndarray:
        base = self._fork(block, factors) if factors else self.bases[block]
        outlook = Outlook(Scene(self.setup, base.scene.draws, changes), base)
        return np.broadcast_to(
            self.test.holds(self.test.left.read(outlook), self.test.right.read(outlook)),
            base.scene.draws.size,
        )

    def _fork(self, block: int, factors: dict[str, float]) -> Outlook:
        """A block in which some amounts are multiplied; the last few are kept."""
        key = (block, tuple(sorted(factors.items())))
        with self._lock:
            if key not in self._forks:
                base = self.bases[block]
                draws = Altered(base.scene.draws, factors=factors)
                while len(self._forks) >= _FORKS:
                    self._forks.pop(next(iter(self._forks)))
                self._forks[key] = fork(base, self.recorder, draws, frozenset(factors))
            return self._forks[key]


def traced(setup: Setup, test: Test, seed: int) -> Recorder:
    """What a claim reads, seen on its first samples."""
    recorder = Recorder()
    outlook = Watched(outlook_of(setup, tasks_of(1, seed)[0]).scene, recorder)
    recorder.watch(lambda: (test.left.read(outlook), test.right.read(outlook)))
    return recorder
