"""A language model that learns from random tokens: a task for the loop when only its speed is asked for.

Legend of shapes: B sequences, S tokens of a sequence, V vocabulary.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from functools import partial
from hashlib import sha256

import torch
from torch import nn

from orchard.arch import training_flops
from orchard.estimate.host import Step
from orchard.spec.amounts import read_amount
from orchard.spec.training import Checkpoints, Training
from orchard.train.language import Language, cross_entropy, initialise
from orchard.train.side_by_side import shares, side_by_side
from orchard.train.task import Loss

# Weight of the squared log of the softmax's sum: the default of the recipe.
_Z_LOSS = 1e-4
# Decay of averaged weights, where there are any.
_DECAY = 0.99


class Made:
    """A :class:`~orchard.train.task.Task` of random tokens; `begun_s` notes when each step begins."""

    unit = "token"

    def __init__(
        self,
        step: Step,
        dtype: torch.dtype,
        steps: int = 1,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        self._clock, self._step = clock, -1
        self.begun_s: list[float] = []
        a = step.architecture
        self.steps, self.samples_per_step = steps, round(step.micro_batch * step.micro_batches)
        self.units_per_sample = step.sequence
        self.flop_per_sample = float(training_flops(a, step.sequence)) * step.sequence
        self.digest = sha256(repr(step).encode()).hexdigest()
        self.language = Language(a, dtype)
        self.model: nn.Module = self.language
        initialise(self.language, 0)
        drawn = torch.Generator().manual_seed(0)
        self._tokens_BS = torch.randint(a.vocabulary, (step.micro_batch, step.sequence + 1), generator=drawn)

    def terms(self, step: int) -> int:
        """Tokens of a step."""
        return self.samples_per_step * self.units_per_sample

    def loss(self, step: int, samples: Sequence[int]) -> Loss:
        """Cross-entropy of as many sequences as there are samples."""
        if step != self._step:
            self._step = step
            self.begun_s.append(self._clock())
        rows = range(len(samples))
        return side_by_side(self.model, [partial(self._loss, share) for share in shares(rows, self.model)])

    def _loss(self, rows: Sequence[int]) -> Loss:
        tokens_BS = self._tokens_BS[list(rows)]
        states_BSD = self.language(tokens_BS[:, :-1])
        targets_N = tokens_BS[:, 1:].reshape(-1)
        sums = cross_entropy(states_BSD.flatten(0, 1), self.language.lm_head.weight, targets_N, _Z_LOSS)
        return Loss(sums.total, targets_N.numel(), {"nats": float(sums.nats)})

    def blocks(self) -> Sequence[nn.Module]:
        """The layers."""
        return list(self.language.model.layers)

    def matrices(self) -> Sequence[nn.Parameter]:
        """The matrices of the layers."""
        return [one for one in self.language.model.layers.parameters() if one.ndim > 1]

    def judge(self) -> dict[str, float]:
        """Nothing is held out."""
        return {"loss": 0.0}


def recipe(step: Step) -> Training:
    """The recipe of a step, with its defaults; one checkpoint, at the end."""
    day = read_amount("1 d", unit="s")
    return Training(
        optimiser=step.optimiser,
        micro_batch=step.micro_batch,
        recompute=step.recompute,
        ema=_DECAY if step.averaged else 0.0,
        checkpoints=Checkpoints(every=day, keep=1),
    )
