"""A task small enough for every test of the loop: two layers learn a noisy line of waves."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from orchard.spec.architecture import LanguageArchitecture
from orchard.spec.training import Checkpoints, Training
from orchard.train.language import Language, initialise
from orchard.train.language.loss import cross_entropy
from orchard.train.task import Loss


def recipe(**more: Any) -> Training:
    return Training(**{"checkpoints": Checkpoints(every="1 h"), "micro_batch": 4, "adam_rate": 0.01} | more)


class Toy:
    """The task; `spoil` may change the inputs of a sample."""

    samples_per_step, flop_per_sample, unit, units_per_sample, digest = 8, 6.0 * 400, "points", 16, "toy"

    def __init__(
        self, steps: int = 12, spoil: Callable[[int, int, Tensor], Tensor] | None = None, seed: int = 0
    ) -> None:
        torch.manual_seed(seed)
        self.steps = steps
        layers = [nn.Linear(6, 16), nn.Linear(16, 12)]
        self.model: nn.Module = nn.Sequential(layers[0], nn.SiLU(), layers[1], nn.SiLU(), nn.Linear(12, 1))
        self._spoil = spoil

    def terms(self, step: int) -> int:
        return self.samples_per_step * self.units_per_sample

    def _sample(self, step: int, sample: int) -> tuple[Tensor, Tensor]:
        drawn = torch.Generator().manual_seed(1000 * step + sample)
        x = torch.randn(self.units_per_sample, 6, generator=drawn)
        y = (
            torch.sin(x[:, :1])
            + x[:, 1:2] * x[:, 2:3]
            + 0.1 * torch.randn(self.units_per_sample, 1, generator=drawn)
        )
        return (x if self._spoil is None else self._spoil(step, sample, x)), y

    def loss(self, step: int, samples: Sequence[int]) -> Loss:
        xs, ys = zip(*(self._sample(step, sample) for sample in samples), strict=True)
        device = next(self.model.parameters()).device
        x, y = torch.cat(xs).to(device), torch.cat(ys).to(device)
        total = functional.mse_loss(self.model(x), y, reduction="sum")
        return Loss(total, len(x), {"squared": total.item()})

    def blocks(self) -> Sequence[nn.Module]:
        return [self.model.get_submodule("0"), self.model.get_submodule("2")]

    def matrices(self) -> Sequence[nn.Parameter]:
        return [block.weight for block in self.blocks()]  # type: ignore[misc]

    def judge(self) -> dict[str, float]:
        with torch.no_grad():
            found = self.loss(10**6, range(8))
        return {"error": found.total.item() / found.terms}


class Gate(nn.Module):
    """A feed-forward part with the names that tensor parallelism cuts by."""

    def __init__(self) -> None:
        super().__init__()
        self.up_proj, self.down_proj = nn.Linear(6, 16, bias=False), nn.Linear(16, 6, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        return x + self.down_proj(functional.silu(self.up_proj(x)))


class Gated(Toy):
    """The task with blocks whose matrices can be cut."""

    digest = "gated"

    def __init__(self, steps: int = 12) -> None:
        super().__init__(steps)
        torch.manual_seed(0)
        self.model = nn.Sequential(Gate(), Gate(), nn.Linear(6, 1))

    def blocks(self) -> Sequence[nn.Module]:
        return list(self.model.children())[:2]

    def matrices(self) -> Sequence[nn.Parameter]:
        return [one for block in self.blocks() for one in block.parameters()]


class Tongue(Toy):
    """Two layers of the real decoder learn words that follow from the one before; no corpus is built."""

    units_per_sample, digest = 16, "tongue"

    def __init__(self, steps: int = 12, compute: torch.dtype = torch.float32) -> None:
        super().__init__(steps)
        shape = LanguageArchitecture(
            kind="language", layers=2, hidden=32, heads=4, kv_heads=2, ffn=48, vocabulary=64
        )
        self.model: Language = Language(shape, compute)
        initialise(self.model, 0)

    def loss(self, step: int, samples: Sequence[int]) -> Loss:
        rows = []
        for sample in samples:
            drawn = torch.Generator().manual_seed(1000 * step + sample)
            row = [int(torch.randint(64, (1,), generator=drawn))]
            for jump in torch.randint(3, (self.units_per_sample,), generator=drawn).tolist():
                row.append((5 * row[-1] + jump) % 64)
            rows.append(row)
        tokens_BS = torch.tensor(rows)
        states_ND = self.model(tokens_BS[:, :-1]).flatten(0, 1)
        sums = cross_entropy(states_ND, self.model.lm_head.weight, tokens_BS[:, 1:].flatten(), 1e-4)
        return Loss(sums.total, len(states_ND), {"nats": float(sums.nats)})

    def blocks(self) -> Sequence[nn.Module]:
        return list(self.model.model.layers)

    def matrices(self) -> Sequence[nn.Parameter]:
        return [one for one in self.model.model.layers.parameters() if one.ndim == 2]


def made(task: str, steps: int = 12) -> Toy:
    """A task by its name: toy, gated, tongue, or tongue-bf16."""
    if task.startswith("tongue"):
        return Tongue(steps, torch.bfloat16 if task == "tongue-bf16" else torch.float32)
    return Gated(steps) if task == "gated" else Toy(steps)
