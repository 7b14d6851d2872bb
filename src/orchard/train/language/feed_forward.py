"""The gated feed-forward part of a layer (SwiGLU; Shazeer 2020, arXiv 2002.05202).

Legend of shapes: D hidden, F feed-forward width.
"""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional

from orchard.train.language import fused
from orchard.train.tensors import entered, left, parts


class FeedForward(nn.Module):
    """``down(silu(gate(x)) * up(x))``."""

    def __init__(self, hidden: int, ffn: int) -> None:
        super().__init__()
        self.gate_proj = nn.Linear(hidden, ffn, bias=False)
        self.up_proj = nn.Linear(hidden, ffn, bias=False)
        self.down_proj = nn.Linear(ffn, hidden, bias=False)

    def forward(self, x_D: Tensor) -> Tensor:
        """Work on each token by itself; x has any leading dimensions."""
        projections = (self.gate_proj, self.up_proj, self.down_proj)
        (gate_FD, up_FD, down_DF), group = parts([one.weight for one in projections])
        x_D = entered(x_D, group)
        if fused.suits(x_D, gate_FD, up_FD, down_DF):
            flat_ND = x_D.reshape(-1, x_D.shape[-1])
            return left(fused.feed_forward(flat_ND, gate_FD, up_FD, down_DF).view_as(x_D), group)
        dtype = x_D.dtype
        inner_F = functional.silu(functional.linear(x_D, gate_FD.to(dtype)))
        inner_F = inner_F * functional.linear(x_D, up_FD.to(dtype))
        return left(functional.linear(inner_F, down_DF.to(dtype)), group)
