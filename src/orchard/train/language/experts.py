"""A mixture of experts as in Llama 4: each token goes to few routed experts and to a shared one.

The score of a routed expert, a sigmoid of the router's logit, scales what the expert reads, not what it
writes (transformers, Llama4TextMoe). Only the tokens an expert was chosen for are computed; transformers
computes all of them with a score of zero, which gives the same: an expert has no biases.

Legend of shapes: N tokens of all sequences, X experts, C tokens of one expert, D hidden, F expert width.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from orchard.spec.architecture import LanguageArchitecture
from orchard.train.language.feed_forward import FeedForward


class Experts(nn.Module):
    """Weights of the routed experts, gate and up side by side, each as input by output."""

    def __init__(self, a: LanguageArchitecture) -> None:
        super().__init__()
        self.gate_up_proj = nn.Parameter(torch.empty(a.experts, a.hidden, 2 * a.expert_ffn))
        self.down_proj = nn.Parameter(torch.empty(a.experts, a.expert_ffn, a.hidden))

    def forward(self, x_ND: Tensor, counts_X: list[int]) -> Tensor:
        """Let expert 0 work on the first ``counts_X[0]`` tokens, expert 1 on the next ones, and so on."""
        gate_up, down = self.gate_up_proj.to(x_ND.dtype), self.down_proj.to(x_ND.dtype)
        written = []
        for expert, x_CD in enumerate(torch.split(x_ND, counts_X)):
            gate_CF, up_CF = (x_CD @ gate_up[expert]).chunk(2, -1)
            written.append((functional.silu(gate_CF) * up_CF) @ down[expert])
        return torch.cat(written)


class Mixture(nn.Module):
    """Router, routed experts and the shared expert of one layer."""

    def __init__(self, a: LanguageArchitecture) -> None:
        super().__init__()
        self.chosen = a.experts_per_token
        self.experts = Experts(a)
        self.router = nn.Linear(a.hidden, a.experts, bias=False)
        self.shared_expert = FeedForward(a.hidden, a.shared_ffn)

    def forward(self, x_BSD: Tensor) -> Tensor:
        """Route each token; x has any leading dimensions."""
        x_ND = x_BSD.flatten(0, -2)
        logits_NX = functional.linear(x_ND, self.router.weight.to(x_ND.dtype))
        highest, experts = logits_NX.topk(self.chosen, dim=1)
        order = experts.flatten().argsort(stable=True)
        rows = order // self.chosen
        counts_X = experts.flatten().bincount(minlength=self.router.out_features).tolist()
        scores = highest.flatten()[order].float().sigmoid().to(x_ND.dtype)
        written: Tensor = self.experts(x_ND[rows] * scores[:, None], counts_X)
        out_ND: Tensor = self.shared_expert(x_ND).index_add(0, rows, written)
        return out_ND.view_as(x_BSD)
