"""The gated feed-forward part of a layer (SwiGLU; Shazeer 2020, arXiv 2002.05202).

Legend of shapes: D hidden, F feed-forward width.
"""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional

from orchard.train.language import fused


class FeedForward(nn.Module):
    """``down(silu(gate(x)) * up(x))``."""

    def __init__(self, hidden: int, ffn: int) -> None:
        super().__init__()
        self.gate_proj = nn.Linear(hidden, ffn, bias=False)
        self.up_proj = nn.Linear(hidden, ffn, bias=False)
        self.down_proj = nn.Linear(ffn, hidden, bias=False)

    def forward(self, x_D: Tensor) -> Tensor:
        """Work on each token by itself; x has any leading dimensions."""
        weights = self.gate_proj.weight, self.up_proj.weight, self.down_proj.weight
        if fused.suits(x_D, *weights):
            return fused.feed_forward(x_D.reshape(-1, x_D.shape[-1]), *weights).view_as(x_D)
        dtype = x_D.dtype
        gate_F = functional.linear(x_D, self.gate_proj.weight.to(dtype))
        up_F = functional.linear(x_D, self.up_proj.weight.to(dtype))
        return functional.linear(functional.silu(gate_F) * up_F, self.down_proj.weight.to(dtype))
