"""A target computed again on the same samples under replaced draws, side by side.

What a replacement does not touch is taken from the samples as they were.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import numpy as np

from orchard.plan.altered import Altered
from orchard.plan.calendar import Array
from orchard.plan.draws import BLOCK, Draws
from orchard.plan.engine import WORKERS
from orchard.plan.explain.fork import fork
from orchard.plan.explain.target import Target
from orchard.plan.explain.trace import Recorder
from orchard.plan.outlook import Outlook
from orchard.plan.scene import Scene, Setup

Alter = Callable[[Draws, int], Altered]


class Variant(NamedTuple):
    """How the draws of a block are replaced, and what a trace calls the reads that this moves.

    `alter` takes the draws of a block and its number; None stands for all new draws, of `seed`.
    """

    alter: Alter
    moved: frozenset[str]


class Read(NamedTuple):
    """A target in every sample [S]: its number, and 1 where a claim holds."""

    values: Array
    holds: Array


class Lab:
    """The first blocks of samples, kept, on which a target is computed again and again."""

    def __init__(self, setup: Setup, target: Target, recorder: Recorder, samples: int, seed: int) -> None:
        self.setup, self.target, self.recorder, self.seed = setup, target, recorder, seed
        sizes = [min(BLOCK, samples - first) for first in range(0, samples, BLOCK)]
        self.bases = [Outlook(Scene(setup, setup.draws(seed, n, size))) for n, size in enumerate(sizes)]

    @property
    def draws(self) -> list[Draws]:
        """The draws of the blocks."""
        return [base.scene.draws for base in self.bases]

    def other(self, block: int, steps: int = 1) -> Draws:
        """Independent draws for a block."""
        return self.setup.draws(self.seed + steps * _APART, block, self.bases[block].scene.draws.size)

    def base(self) -> Read:
        """The target as it is."""
        with ThreadPoolExecutor(WORKERS) as pool:
            return _joined(list(pool.map(self._read, self.bases)))

    def all(
        self,
        variants: Sequence[Variant],
        blocks: int | None = None,
        progress: Callable[[float], None] | None = None,
    ) -> list[Read]:
        """The target under each variant, on all blocks or on the first."""
        bases = self.bases[:blocks]
        tasks = [(variant, block) for variant in variants for block in range(len(bases))]
        found = []
        with ThreadPoolExecutor(WORKERS) as pool:
            for read in pool.map(lambda task: self._one(*task), tasks):
                found.append(read)
                if progress is not None:
                    progress(len(found) / len(tasks))
        size = len(bases)
        return [_joined(found[first : first + size]) for first in range(0, len(found), size)]

    def _one(self, variant: Variant, block: int) -> Read:
        base = self.bases[block]
        return self._read(fork(base, self.recorder, variant.alter(base.scene.draws, block), variant.moved))

    def _read(self, outlook: Outlook) -> Read:
        size = outlook.scene.draws.size
        values = np.array(np.broadcast_to(self.target.read(outlook), size))
        holds = np.zeros(size) if self.target.holds is None else self.target.holds(outlook).astype(float)
        return Read(values, np.broadcast_to(holds, size))


_APART = 1009
"""Seeds of independent draws are so far apart: a plan asked for with the next seed shares none of them."""


def _joined(parts: list[Read]) -> Read:
    values, holds = (np.concatenate(row) for row in zip(*parts, strict=True))
    return Read(values, holds)
