"""Muon for matrices, AdamW for all else, on tensors that may be cut over processes.

Muon (Jordan et al. 2024, https://kellerjordan.github.io/posts/muon/) replaces the momentum of a matrix
by the nearest matrix with orthonormal rows, found by five Newton-Schulz iterations. As in
``torch.optim.Muon`` the momentum is an average and Nesterov's. Differences: matrices of one shape are
orthogonalised together, which is faster; with several processes each orthogonalises its share of them;
stacked matrices (experts) count as one each.

AdamW (Loshchilov and Hutter 2019) calls torch's fused kernel. ``torch.optim`` is not used: its import
of the compiler takes longer than the first step, and its state has no names to be saved under.

Shapes: R rows, C columns (R <= C), M matrices of one shape.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import torch
from torch import Tensor, nn

from orchard.spec.training import Training
from orchard.train.tensors import local, part_like, whole

# Coefficients of the iteration, chosen for the steepest slope at zero (Jordan et al. 2024).
_A, _B, _C = 3.4445, -4.7750, 2.0315
_ITERATIONS = 5
_TINY = 1e-7
_ADAM_EPSILON = 1e-8


class Gathers(Protocol):
    """What Muon asks of several processes (:class:`orchard.train.parallel.Processes`)."""

    @property
    def rank(self) -> int:
        """Number of this process."""

    @property
    def world(self) -> int:
        """How many there are."""

    def gather(self, part: Tensor) -> Tensor:
        """Parts of equal shape of all processes, one after the other along the first dimension."""


class Optimiser:
    """Muon and AdamW over the parameters of a model.

    Parameters
    ----------
    model, matrices
        what is trained, and the parameters that Muon may train
    training
        rates, momenta, decay
    processes
        who shares the work; alone when left out
    half
        number format of the orthogonalisation

    Raises
    ------
    ValueError
        a parameter for Muon with fewer than two dimensions
    """

    def __init__(
        self,
        model: nn.Module,
        matrices: Sequence[nn.Parameter],
        training: Training,
        processes: Gathers | None = None,
        half: torch.dtype = torch.bfloat16,
    ) -> None:
        chosen = {id(one) for one in matrices}
        named = dict(model.named_parameters())
        turned = chosen if training.optimiser == "muon" else set()
        muon = {name: one for name, one in named.items() if id(one) in turned}
        thin = [name for name, one in muon.items() if one.ndim < 2]
        if thin:
            raise ValueError(f"no matrices: {', '.join(thin)}")
        rest = {name: one for name, one in named.items() if name not in muon}
        decayed = {name: one for name, one in rest.items() if id(one) in chosen}
        plain = {name: one for name, one in rest.items() if id(one) not in chosen}
        self._muon = _Muon(muon, training, processes, half)
        self._adam = [_AdamW(decayed, training, training.weight_decay), _AdamW(plain, training, 0.0)]

    def step(self, share: float) -> None:
        """Take one step at a share of the highest rates; gradients are read from the parameters."""
        with torch.no_grad():
            self._muon.step(share)
            for one in self._adam:
                one.step(share)

    def tensors(self) -> dict[str, Tensor]:
        """What the optimiser remembers, under names to be saved by."""
        found = {f"muon.{name}": tensor for name, tensor in self._muon.momentum.items()}
        for one in self._adam:
            found |= {f"adam.mean.{name}": tensor for name, tensor in one.mean.items()}
            found |= {f"adam.square.{name}": tensor for name, tensor in one.square.items()}
        return found

    @property
    def steps(self) -> int:
        """Steps taken, skipped ones left out."""
        return self._adam[0].steps

    @steps.setter
    def steps(self, steps: int) -> None:
        for one in self._adam:
            one.steps = steps


class _Muon:
    """Momentum, orthogonalised: W <- (1 - rate * decay) W - rate * sqrt(max(1, rows / columns)) O."""

    def __init__(
        self,
        named: Mapping[str, nn.Parameter],
        training: Training,
        processes: Gathers | None,
        half: torch.dtype,
    ) -> None:
        self.momentum = {name: torch.zeros_like(one.detach()) for name, one in named.items()}
        self._rate, self._decay, self._keep = training.rate, training.weight_decay, training.momentum
        self._processes, self._half = processes, half
        groups: dict[tuple[int, int, torch.device], list[tuple[nn.Parameter, Tensor]]] = {}
        for name, one in named.items():
            shape = (one.shape[-2], one.shape[-1], one.device)
            groups.setdefault(shape, []).append((one, self.momentum[name]))
        self._groups = groups

    def step(self, share: float) -> None:
        for (rows, columns, _), pairs in self._groups.items():
            present = [(weight, momentum) for weight, momentum in pairs if weight.grad is not None]
            if not present:
                continue
            stacked_MRC, counts = self._updates(present, rows, columns)
            directions_MRC = self._orthogonal(stacked_MRC)
            if rows > columns:
                directions_MRC = directions_MRC.mT
            scale = self._rate * share * math.sqrt(max(1.0, rows / columns))
            parts = torch.split(directions_MRC, counts)
            for (weight, _), part_MRC in zip(present, parts, strict=True):
                here = local(weight.detach())
                here.mul_(1 - self._rate * share * self._decay)
                change = part_like(part_MRC.reshape(weight.shape), weight)
                here.add_(change, alpha=-scale)

    def _updates(
        self, pairs: Sequence[tuple[nn.Parameter, Tensor]], rows: int, columns: int
    ) -> tuple[Tensor, list[int]]:
        """Nesterov's momentum of each matrix, lying wide, whole, in half precision; and how many each has."""
        found, counts = [], []
        for weight, momentum in pairs:
            gradient = weight.grad
            assert gradient is not None
            local(momentum).lerp_(local(gradient), 1 - self._keep)
            update = whole(torch.lerp(gradient, momentum, self._keep)).reshape(-1, rows, columns)
            found.append((update.mT if rows > columns else update).to(self._half))
            counts.append(len(update))
        return torch.cat(found), counts

    def _orthogonal(self, stacked_MRC: Tensor) -> Tensor:
        """Orthogonalise all matrices; each process does its share of them."""
        processes = self._processes
        if processes is None or processes.world == 1:
            return orthogonal(stacked_MRC)
        each = -(-len(stacked_MRC) // processes.world)
        missing = each * processes.world - len(stacked_MRC)
        padded_MRC = nn.functional.pad(stacked_MRC, (0, 0, 0, 0, 0, missing))
        mine = padded_MRC[processes.rank * each : (processes.rank + 1) * each]
        return processes.gather(orthogonal(mine))[: len(stacked_MRC)]


def orthogonal(wide_MRC: Tensor) -> Tensor:
    """Matrices with rows made nearly orthonormal: singular values between about 0.7 and 1.2.

    >>> made = orthogonal(torch.eye(3, 5)[None] * 7)
    >>> [round(float(value), 1) for value in torch.linalg.svdvals(made)[0]]
    [0.7, 0.7, 0.7]
    """
    wide_MRC = wide_MRC / torch.linalg.vector_norm(wide_MRC, dim=(1, 2), keepdim=True).clamp(min=_TINY)
    for _ in range(_ITERATIONS):
        gram_MRR = wide_MRC @ wide_MRC.mT
        change_MRR = torch.baddbmm(gram_MRR, gram_MRR, gram_MRR, beta=_B, alpha=_C)
        wide_MRC = torch.baddbmm(wide_MRC, change_MRR, wide_MRC, beta=_A)
    return wide_MRC


class _AdamW:
    """Decoupled weight decay and Adam, by torch's fused kernel, on the parts that lie here."""

    def __init__(self, named: Mapping[str, nn.Parameter], training: Training, decay: float) -> None:
        self._named = dict(named)
        self.mean = {name: torch.zeros_like(one.detach()) for name, one in named.items()}
        self.square = {name: torch.zeros_like(one.detach()) for name, one in named.items()}
        self._rate, self._decay = training.adam_rate, decay
        self._beta1, self._beta2 = training.beta1, training.beta2
        self.steps = 0

    def step(self, share: float) -> None:
        self.steps += 1
        rows = [
            (local(one.detach()), local(one.grad), local(self.mean[name]), local(self.square[name]))
            for name, one in self._named.items()
            if one.grad is not None
        ]
        rows = [row for row in rows if row[0].numel()]
        if not rows:
            return
        weights, gradients, means, squares = (list(column) for column in zip(*rows, strict=True))
        count = torch.tensor(float(self.steps), device=weights[0].device)
        fused: Any = torch._fused_adamw_
        fused(
            weights,
            gradients,
            means,
            squares,
            [],
            [count] * len(weights),
            lr=self._rate * share,
            beta1=self._beta1,
            beta2=self._beta2,
            weight_decay=self._decay,
            eps=_ADAM_EPSILON,
            amsgrad=False,
            maximize=False,
        )
