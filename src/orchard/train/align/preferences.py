"""Direct preference optimisation: the better answer is made likelier than the worse one.

Rafailov et al. 2023, arXiv 2305.18290, equation 7: with the policy's log-probabilities p of whole
answers and the reference's r, a pair's loss is ``-log sigmoid(beta ((p - r)[better] - (p - r)[worse]))``.
The reference is the model at the start of the stage; its log-probabilities are worked out once.

Legend of shapes: P pairs, B conversations (two a pair, the better ones first).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from orchard.data.instructions import Encoded, Pair, Turn, encode
from orchard.data.tokenizer import PAD, Tokenizer
from orchard.spec.training import Preferences
from orchard.train.align.answers import batch_of, device_of, log_probs, summed
from orchard.train.align.finetuning import blocks_of, matrices_of
from orchard.train.align.identity import identity
from orchard.train.language import Language
from orchard.train.task import Loss

# Pairs of a step.
PAIRS = 16


class Judged(NamedTuple):
    """Loss of pairs and how far apart their answers are, each [P]; a positive margin is the right order."""

    loss: Tensor
    margin: Tensor


def preference_loss(policy_B: Tensor, reference_B: Tensor, beta: float) -> Judged:
    """Loss of pairs from log-probabilities of their answers, the better ones first.

    >>> found = preference_loss(torch.tensor([-2.0, -3.0]), torch.tensor([-2.5, -2.5]), beta=1.0)
    >>> round(found.loss.item(), 4), found.margin.item()
    (0.3133, 1.0)
    """
    better_P, worse_P = (policy_B - reference_B).chunk(2)
    margin_P = beta * (better_P - worse_P)
    return Judged(-functional.logsigmoid(margin_P), margin_P)


class PreferenceTask:
    """A model that learns which of two answers is better.

    Parameters
    ----------
    learnt, held_out
        pairs it learns from, and those it is judged by
    """

    unit = "pairs"
    units_per_sample = 1

    def __init__(
        self,
        model: Language,
        tokenizer: Tokenizer,
        learnt: Sequence[Pair],
        held_out: Sequence[Pair],
        settings: Preferences,
        seed: int = 0,
        pairs: int = PAIRS,
    ) -> None:
        self.model: nn.Module = model
        self._language, self._beta, self._seed = model, settings.beta, seed
        self._padding = tokenizer.special(PAD)
        self.digest = identity(model, tokenizer.digest, settings, [seed, pairs, *learnt])
        self._learnt = [_encoded(one, tokenizer) for one in learnt]
        self._held_out = [_encoded(one, tokenizer) for one in held_out]
        self._reference, self._held_out_reference = (
            self._log_probs(self._learnt),
            self._log_probs(self._held_out),
        )
        self.samples_per_step = min(pairs, len(learnt))
        self.steps = max(1, len(learnt) // self.samples_per_step)
        tokens = sum(len(side.ids) for one in self._learnt for side in one) / len(learnt)
        self.flop_per_sample = 6.0 * sum(one.numel() for one in model.parameters()) * tokens

    def terms(self, step: int) -> int:
        """Pairs of the step."""
        return self.samples_per_step

    def loss(self, step: int, samples: Sequence[int]) -> Loss:
        """Loss of some pairs."""
        order = np.random.default_rng([self._seed, 0]).permutation(len(self._learnt))
        chosen = [int(order[(step * self.samples_per_step + sample) % len(order)]) for sample in samples]
        found = self._judged([self._learnt[one] for one in chosen], self._reference[:, chosen])
        right = (found.margin > 0).sum().item()
        figures = {"accuracy": float(right), "margin": found.margin.sum().item()}
        return Loss(found.loss.sum(), len(chosen), figures)

    def blocks(self) -> Sequence[nn.Module]:
        """The layers."""
        return blocks_of(self._language)

    def matrices(self) -> Sequence[nn.Parameter]:
        """Matrices of the layers."""
        return matrices_of(self._language)

    def judge(self) -> dict[str, float]:
        """Loss of held-out pairs, the share of them in the wrong order, and minus their margin."""
        with torch.no_grad():
            found = self._judged(self._held_out, self._held_out_reference)
        wrong = ((found.margin < 0) + 0.5 * (found.margin == 0)).mean().item()  # a tie is half wrong
        return {"held_out_loss": found.loss.mean().item(), "held_out_wrong": wrong,
                "held_out_minus_margin": -found.margin.mean().item()}  # fmt: skip

    def _judged(self, pairs: Sequence[tuple[Encoded, Encoded]], reference_2P: Tensor) -> Judged:
        batch = batch_of(
            [side for sides in zip(*pairs, strict=True) for side in sides],
            self._padding,
            device_of(self._language),
        )
        policy_B = summed(log_probs(self._language, batch), batch)
        return preference_loss(policy_B, reference_2P.flatten().to(policy_B.device), self._beta)

    def _log_probs(self, pairs: Sequence[tuple[Encoded, Encoded]]) -> Tensor:
        """Log-probabilities of answers, [2, P]: of the better ones, of the worse ones."""
        found = []
        with torch.no_grad():
            for first in range(0, len(pairs), PAIRS):
                some = pairs[first : first + PAIRS]
                batch = batch_of(
                    [side for sides in zip(*some, strict=True) for side in sides],
                    self._padding,
                    device_of(self._language),
                )
                found.append(summed(log_probs(self._language, batch), batch).view(2, -1))
        return torch.cat(found, 1)


def _encoded(pair: Pair, tokenizer: Tokenizer) -> tuple[Encoded, Encoded]:
    """Both conversations of a pair; only the last answer counts."""
    first, second = (
        encode((*pair.prompt, Turn("assistant", answer)), tokenizer) for answer in (pair.better, pair.worse)
    )
    return _last_only(first, pair, tokenizer), _last_only(second, pair, tokenizer)


def _last_only(one: Encoded, pair: Pair, tokenizer: Tokenizer) -> Encoded:
    prompt = len(encode(pair.prompt, tokenizer).ids)
    learnt = one.learnt.copy()
    learnt[:prompt] = False
    return Encoded(one.ids, learnt)
