"""A language model with its corpus, as the loop trains it.

Legend of shapes: B samples, S tokens of a sample, N tokens of all samples.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from functools import partial
from math import log

import torch
from torch import Tensor, nn

from orchard.arch import training_flops
from orchard.data import Built, Document, windows
from orchard.data.tokenizer import BEGIN
from orchard.spec.training import Training
from orchard.train.language.loss import IGNORED, cross_entropy
from orchard.train.language.model import Language
from orchard.train.side_by_side import shares, side_by_side
from orchard.train.task import Loss

# Held-out text that a run is judged on as it goes, bytes; `orchard evaluate` judges on all of it.
_JUDGED_BYTES = 1 << 16
_ROWS = 16


class LanguageTask:
    """Pretraining: the next token of a corpus. See :class:`orchard.train.task.Task`.

    Parameters
    ----------
    model, corpus
        what is trained, in what it learns from
    sequence, batch, tokens
        tokens of a sample, of a step (a multiple of `sequence`), and of the run
    training
        weight of the z-loss and seed of the order
    """

    unit = "tokens"

    def __init__(
        self, model: Language, corpus: Built, *, sequence: int, batch: int, tokens: int, training: Training
    ) -> None:
        self.model: Language = model
        self.corpus, self.training = corpus, training
        self.units_per_sample, self.samples_per_step = sequence, batch // sequence
        self.steps = max(1, round(tokens / (self.samples_per_step * sequence)))
        self.flop_per_sample = float(training_flops(model.architecture, sequence)) * sequence
        self.digest = self._digest()
        self._held_out: list[tuple[Tensor, Tensor]] | None = None
        self._bytes = 0

    def terms(self, step: int) -> int:
        """Tokens of a step."""
        return self.samples_per_step * self.units_per_sample

    def loss(self, step: int, samples: Sequence[int]) -> Loss:
        """Cross-entropy of samples of a step, with `nats` among the figures: without the z-loss."""
        parts = [partial(self._loss, step, share) for share in shares(samples, self.model)]
        return side_by_side(self.model, parts)

    def _loss(self, step: int, samples: Sequence[int]) -> Loss:
        read = windows(
            self.corpus.train, self.units_per_sample, self.training.seed, step, samples, self.samples_per_step
        )
        tokens_BS = torch.from_numpy(read).to(_device(self.model))
        states_ND = self.model(tokens_BS[:, :-1]).flatten(0, 1)
        targets_N = tokens_BS[:, 1:].flatten()
        sums = cross_entropy(states_ND, self.model.lm_head.weight, targets_N, self.training.z_loss)
        return Loss(sums.total, len(targets_N), {"nats": float(sums.nats)})

    def blocks(self) -> Sequence[nn.Module]:
        """The layers."""
        return list(self.model.model.layers)

    def matrices(self) -> Sequence[nn.Parameter]:
        """Matrices of the layers; embeddings, head, norms and routers are trained by AdamW."""
        named = self.model.model.layers.named_parameters()
        return [weight for name, weight in named if weight.ndim >= 2 and "router" not in name]

    def judge(self) -> dict[str, float]:
        """Bits per byte of held-out documents, the same ones at every step."""
        if self._held_out is None:
            self._held_out = list(self._read_held_out())
        if not self._held_out:
            return {}
        nats = 0.0
        with torch.no_grad():
            for tokens_BS, targets_BS in self._held_out:
                states_ND = self.model(tokens_BS).flatten(0, 1)
                nats += float(cross_entropy(states_ND, self.model.lm_head.weight, targets_BS.flatten()).nats)
        return {"held_out.bits_per_byte": nats / log(2) / self._bytes}

    def _read_held_out(self) -> list[tuple[Tensor, Tensor]]:
        """Inputs and targets, [B, S] each: documents in windows, the beginning of each after its mark."""
        begin, rows = self.corpus.tokenizer.special(BEGIN), list[list[int]]()
        for text in _some(self.corpus.held_out):
            ids = [begin, *self.corpus.tokenizer.encode(text)]
            self._bytes += len(text.encode())
            rows += [
                ids[at : at + self.units_per_sample + 1]
                for at in range(0, len(ids) - 1, self.units_per_sample)
            ]
        return [_padded(rows[at : at + _ROWS], _device(self.model)) for at in range(0, len(rows), _ROWS)]

    def _digest(self) -> str:
        """Identity: the architecture, the corpus, and what a sample of a step is."""
        words = {
            "architecture": self.model.architecture.model_dump(mode="json"),
            "corpus": self.corpus.digest,
            "sequence": self.units_per_sample,
            "samples": self.samples_per_step,
            "seed": self.training.seed,
        }
        return hashlib.sha256(json.dumps(words, sort_keys=True).encode()).hexdigest()


def _some(documents: Sequence[Document]) -> list[str]:
    """Texts of documents, `_JUDGED_BYTES` of them, in the order of their digests; long ones are cut alike."""
    chosen = sorted(documents, key=lambda document: document.digest)
    most, texts = max(_JUDGED_BYTES // max(1, min(len(chosen), 32)), 1), list[str]()
    total = 0
    for document in chosen:
        if total >= _JUDGED_BYTES:
            break
        texts.append(document.text[:most])
        total += len(texts[-1].encode())
    return texts


def _padded(rows: Sequence[Sequence[int]], device: torch.device) -> tuple[Tensor, Tensor]:
    """Inputs and targets [B, S] of rows of different lengths."""
    length = max(map(len, rows)) - 1
    tokens_BS = torch.zeros(len(rows), length, dtype=torch.long)
    targets_BS = torch.full((len(rows), length), IGNORED)
    for row, ids in enumerate(rows):
        tokens_BS[row, : len(ids) - 1] = torch.tensor(ids[:-1])
        targets_BS[row, : len(ids) - 1] = torch.tensor(ids[1:])
    return tokens_BS.to(device), targets_BS.to(device)


def _device(model: nn.Module) -> torch.device:
    return next(model.parameters()).device
