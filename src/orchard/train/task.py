"""What the loop trains: language, video, whatever answers this protocol.

The loop (:mod:`orchard.train.loop`) knows steps, samples, gradients and checkpoints. What a sample is,
how a loss is worked out and what a held-out figure is called belongs to the task.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from torch import Tensor, nn


class Loss(NamedTuple):
    """Loss of some samples: sums, so that shares of several processes and microbatches add up.

    `total` is a scalar with a gradient, the sum over `terms` terms (tokens, pixels); the loop divides by
    the terms of the whole step. `figures` are further sums over the same terms, for display.
    """

    total: Tensor
    terms: int
    figures: dict[str, float]


class Task(Protocol):
    """A model with what it learns from.

    Attributes
    ----------
    model
        the module that is trained; in full precision, however it computes
    steps, samples_per_step
        length of the run; `samples_per_step` is over all processes together
    flop_per_sample, unit, units_per_sample
        work of one sample, forward and backward; what people count (tokens, frames) and how many a sample has
    digest
        identity of model and data: a checkpoint of another identity is refused
    """

    steps: int
    samples_per_step: int
    flop_per_sample: float
    unit: str
    units_per_sample: int
    digest: str

    @property
    def model(self) -> nn.Module:
        """The module that is trained."""

    def terms(self, step: int) -> int:
        """Terms of the loss in the whole step, over all processes: what gradients are divided by."""

    def loss(self, step: int, samples: Sequence[int]) -> Loss:
        """Loss of some of the samples 0 to `samples_per_step` - 1 of a step.

        A pure function of weights, step and samples: what is drawn at random is drawn from these.
        """

    def blocks(self) -> Sequence[nn.Module]:
        """Modules that are sharded, and recomputed, one by one: the layers."""

    def matrices(self) -> Sequence[nn.Parameter]:
        """Parameters that Muon may train; all others are trained by AdamW."""

    def judge(self) -> dict[str, float]:
        """Held-out figures, smaller is better, the first one is the one that counts."""
