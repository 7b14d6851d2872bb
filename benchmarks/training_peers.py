"""nanoGPT and nanochat as contestants: their models, optimisers and schedules, from checkouts of theirs.

Nothing of theirs is copied: modules are imported from the folders that are given. What their scripts keep in
the body of a script (schedules, the scaling of nanochat's rates with batch and horizon) is repeated here from
their formulas, with the name of the place. Changes, all in their favour or needed on a processor: products in
bfloat16 where asked for; nanoGPT's and nanochat's own compilation is not counted as time of training.
"""

from __future__ import annotations

import contextlib
import math
import os
import sys
from pathlib import Path
from typing import Any, Protocol

import torch
from torch import Tensor, nn
from torch.nn import functional


class Shape:
    """Shape of a contestant's model, and of its batch."""

    def __init__(
        self, layers: int, hidden: int, heads: int, vocabulary: int, sequence: int, batch: int
    ) -> None:
        self.layers, self.hidden, self.heads = layers, hidden, heads
        self.vocabulary, self.sequence, self.batch = vocabulary, sequence, batch


class Contestant(Protocol):
    """What is trained a step at a time."""

    model: nn.Module

    def step(self, ids: Tensor, step: int, steps: int) -> None:
        """Learn from windows [B, S + 1]."""

    def nats(self, ids: Tensor) -> float:
        """Summed cross-entropy of windows [B, S + 1]."""


class NanoGPT:
    """karpathy/nanoGPT's GPT with AdamW, cosine schedule and clipping, as its train.py has them."""

    def __init__(self, folder: Path, shape: Shape, rate: float, half: bool) -> None:
        sys.path.insert(0, str(folder))
        from model import GPT, GPTConfig  # type: ignore[import-not-found]

        config = GPTConfig(
            block_size=shape.sequence,
            vocab_size=shape.vocabulary,
            n_layer=shape.layers,
            n_head=shape.heads,
            n_embd=shape.hidden,
            dropout=0.0,
            bias=False,
        )
        with contextlib.redirect_stdout(sys.stderr):
            self.model = GPT(config)
            self._optimiser = self.model.configure_optimizers(0.1, rate, (0.9, 0.95), "cpu")
        self._rate, self._half = rate, half

    def step(self, ids: Tensor, step: int, steps: int) -> None:
        for group in self._optimiser.param_groups:
            group["lr"] = self._rate_at(step, steps)
        with self._format():
            _, loss = self.model(ids[:, :-1], ids[:, 1:].contiguous())
        loss.backward()
        nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self._optimiser.step()
        self._optimiser.zero_grad(set_to_none=True)

    def nats(self, ids: Tensor) -> float:
        with torch.no_grad(), self._format():
            logits, _ = self.model(ids[:, :-1], ids[:, 1:].contiguous())
        logits = logits.float().flatten(0, 1)
        return functional.cross_entropy(logits, ids[:, 1:].flatten(), reduction="sum").item()

    def _rate_at(self, step: int, steps: int) -> float:
        """train.py, get_lr: linear warmup, a cosine to a tenth; 2 % of the steps are warmup, at most 100."""
        warmup = min(100, max(1, steps // 50))
        if step < warmup:
            return self._rate * (step + 1) / (warmup + 1)
        done = (step - warmup) / max(1, steps - warmup)
        return self._rate * (0.1 + 0.9 * 0.5 * (1 + math.cos(math.pi * done)))

    def _format(self) -> Any:
        return torch.autocast("cpu", torch.bfloat16) if self._half else contextlib.nullcontext()


class Nanochat:
    """karpathy/nanochat's GPT with MuonAdamW, rates scaled and scheduled as its base_train.py does.

    `factor` multiplies all its rates: 1 is what its scripts do, others show whether that suits small batches.
    """

    # base_train.py: defaults of its arguments, and the model and batch that they were tuned for
    _EMBEDDING, _UNEMBEDDING, _MATRIX, _SCALAR, _DECAY = 0.3, 0.008, 0.02, 0.5, 0.28
    _BATCH, _RATIO, _LAYERS, _ASPECT = 2**19, 12.0, 12, 64
    _WARMUP, _WARMDOWN, _FINAL = 40, 0.65, 0.05

    def __init__(self, folder: Path, shape: Shape, factor: float, half: bool) -> None:
        os.environ["NANOCHAT_DTYPE"] = "bfloat16" if half else "float32"
        sys.path.insert(0, str(folder))
        from nanochat.gpt import GPT, GPTConfig  # type: ignore[import-not-found]

        def made(layers: int, hidden: int, heads: int, vocabulary: int) -> Any:
            config = GPTConfig(
                sequence_len=shape.sequence,
                vocab_size=vocabulary,
                n_layer=layers,
                n_head=heads,
                n_kv_head=heads,
                n_embd=hidden,
                window_pattern="L",
            )
            with torch.device("meta"):
                return GPT(config)

        def scaling(model: Any) -> float:
            counts = model.num_scaling_params()
            return float(counts["transformer_matrices"] + counts["lm_head"])

        with contextlib.redirect_stdout(sys.stderr):
            model = made(shape.layers, shape.hidden, shape.heads, shape.vocabulary)
            width = self._LAYERS * self._ASPECT
            reference = scaling(made(self._LAYERS, width, width // 128, shape.vocabulary))
            model.to_empty(device="cpu")
            model.init_weights()
            rates = factor * math.sqrt(shape.batch / self._BATCH)
            self._decay = self._DECAY * rates / factor * reference / scaling(model)
            self._optimiser = model.setup_optimizer(
                unembedding_lr=self._UNEMBEDDING * rates,
                embedding_lr=self._EMBEDDING * rates,
                scalar_lr=self._SCALAR * rates,
                matrix_lr=self._MATRIX * rates,
                weight_decay=self._decay,
            )
        self.model: nn.Module = model
        self._run = torch.compile(model, dynamic=False)

    def step(self, ids: Tensor, step: int, steps: int) -> None:
        self._run(ids[:, :-1], ids[:, 1:].contiguous()).backward()
        share = self._share(step, steps)
        for group in self._optimiser.param_groups:
            group["lr"] = group["initial_lr"] * share
            if group["kind"] == "muon":
                group["momentum"] = self._momentum(step, steps)
                group["weight_decay"] = self._decay * 0.5 * (1 + math.cos(math.pi * step / steps))
        self._optimiser.step()
        self.model.zero_grad(set_to_none=True)

    def nats(self, ids: Tensor) -> float:
        with torch.no_grad():
            return float(self.model(ids[:, :-1], ids[:, 1:].contiguous(), loss_reduction="sum"))

    def _share(self, step: int, steps: int) -> float:
        """base_train.py, get_lr_multiplier."""
        falling = round(self._WARMDOWN * steps)
        if step < self._WARMUP:
            return (step + 1) / self._WARMUP
        if step <= steps - falling:
            return 1.0
        left = (steps - step) / falling
        return left + (1 - left) * self._FINAL

    def _momentum(self, step: int, steps: int) -> float:
        """base_train.py, get_muon_momentum."""
        falling = round(self._WARMDOWN * steps)
        if step < 400:
            return 0.85 + 0.12 * step / 400
        if step >= steps - falling:
            return 0.97 - 0.07 * (step - (steps - falling)) / falling
        return 0.97
