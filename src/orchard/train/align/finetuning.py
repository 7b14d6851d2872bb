"""Supervised finetuning: cross-entropy of the assistant's words alone, conversations packed into rows.

Legend of shapes: B rows, S tokens of a row, N learnt tokens, D hidden.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from orchard.data.instructions import Encoded, Instruction, Rows, encode, pack
from orchard.data.tokenizer import PAD, Tokenizer
from orchard.errors import Finding, TrainError
from orchard.spec.training import Finetuning
from orchard.train.align.answers import device_of
from orchard.train.align.identity import identity
from orchard.train.align.packed import Packed
from orchard.train.language import Language, cross_entropy
from orchard.train.task import Loss

# Tokens of a row, and rows of a step: conversations are short, and a small model gains from many steps.
ROW, ROWS = 256, 8


class FinetuningTask:
    """A model that learns to answer from conversations with good answers.

    Parameters
    ----------
    learnt, held_out
        conversations it learns from, and those it is judged by
    row, rows
        tokens of a packed row; rows of a step
    plain
        gives so many windows of plain text, [N, row + 1], of which `settings.replay` of the rows consist:
        a model that only reads answers forgets how to write. None where there is no corpus
    """

    unit = "tokens"

    def __init__(
        self,
        model: Language,
        tokenizer: Tokenizer,
        learnt: Sequence[Instruction],
        held_out: Sequence[Instruction],
        settings: Finetuning,
        seed: int = 0,
        row: int = ROW,
        rows: int = ROWS,
        plain: Callable[[int, int], NDArray[np.int64]] | None = None,
    ) -> None:
        self.model: nn.Module = model
        self._language, self._seed = model, seed
        self.digest = identity(model, tokenizer.digest, settings, [seed, row, rows, *learnt])
        self._rows = _packed(tokenizer, learnt, row)
        if plain is not None and settings.replay:
            count = round(len(self._rows.inputs) * settings.replay / (1 - settings.replay))
            self._rows = _joined(self._rows, plain(count, row))
        self._held_out = _packed(tokenizer, held_out, row)
        self.samples_per_step, self.units_per_sample = rows, row
        self.steps = max(1, math.ceil(settings.passes * len(self._rows.inputs) / rows))
        self.flop_per_sample = 6.0 * sum(one.numel() for one in model.parameters()) * row

    def terms(self, step: int) -> int:
        """Answer tokens of the step."""
        return max(1, int(self._rows.learnt[self._chosen(step, range(self.samples_per_step))].sum()))

    def loss(self, step: int, samples: Sequence[int]) -> Loss:
        """Cross-entropy of the answer tokens of some rows."""
        rows = self._chosen(step, samples)
        found, terms = _cross_entropy(self._language, self._rows, rows)
        return Loss(found, terms, {})

    def blocks(self) -> Sequence[nn.Module]:
        """The layers."""
        return blocks_of(self._language)

    def matrices(self) -> Sequence[nn.Parameter]:
        """Matrices of the layers."""
        return matrices_of(self._language)

    def judge(self) -> dict[str, float]:
        """Cross-entropy of held-out answers, in nats a token."""
        total, terms = 0.0, 0
        with torch.no_grad():
            for first in range(0, len(self._held_out.inputs), self.samples_per_step):
                rows = np.arange(first, min(first + self.samples_per_step, len(self._held_out.inputs)))
                found, count = _cross_entropy(self._language, self._held_out, rows)
                total, terms = total + found.item(), terms + count
        return {"held_out_loss": total / max(1, terms)}

    def _chosen(self, step: int, samples: Sequence[int]) -> NDArray[np.int64]:
        """Rows of samples of a step: each pass reads all rows in an order of its own."""
        count = len(self._rows.inputs)
        chosen = []
        for sample in samples:
            done, at = divmod(step * self.samples_per_step + sample, count)
            chosen.append(np.random.default_rng([self._seed, done]).permutation(count)[at])
        return np.array(chosen, dtype=np.int64)


def blocks_of(model: Language) -> list[nn.Module]:
    """Layers of a model."""
    return list(model.model.layers)


def matrices_of(model: Language) -> list[nn.Parameter]:
    """Matrices of a model's layers: what Muon trains."""
    return [one for one in model.model.layers.parameters() if one.ndim > 1]


def _packed(tokenizer: Tokenizer, items: Sequence[Instruction], row: int) -> Rows:
    """Rows of conversations; those too long for a row are left out, as their answers would be cut."""
    encoded: list[Encoded] = [encode(one.turns, tokenizer) for one in items]
    fitting = [one for one in encoded if len(one.ids) <= row + 1]
    if not fitting:
        found = f"none of {len(encoded)} conversations in rows of {row} tokens"
        hint = "a longer recipe.sequence, or a tokenizer of more entries"
        raise TrainError(Finding("O869", "", "alignment.finetuning", found, "conversations that fit", hint))
    return pack(fitting, row, tokenizer.special(PAD))


def _joined(rows: Rows, windows: NDArray[np.int64]) -> Rows:
    """Rows of conversations, then rows of plain text, every token of which is learnt."""
    inputs, targets = windows[:, :-1], windows[:, 1:]
    place = np.broadcast_to(np.arange(inputs.shape[1]), inputs.shape)
    plain = Rows(inputs, targets, np.ones(inputs.shape, dtype=np.bool_), np.zeros_like(inputs), place)
    return Rows(*(np.concatenate(pair) for pair in zip(rows, plain, strict=True)))


def _cross_entropy(model: Language, rows: Rows, chosen: NDArray[np.int64]) -> tuple[Tensor, int]:
    """Sum over the answer tokens of some rows, and how many there are."""
    device = device_of(model)
    inputs, targets, learnt, owner, place = (torch.from_numpy(one[chosen]).to(device) for one in rows)
    states_ND = model(inputs, Packed(owner, place))[learnt]
    sums = cross_entropy(states_ND, model.lm_head.weight, targets[learnt])
    return sums.total, int(learnt.sum())
