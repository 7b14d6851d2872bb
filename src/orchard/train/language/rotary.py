"""Rotary positions (Su et al. 2021, arXiv 2104.09864), in the two conventions of Llama's weights.

Legend of shapes: B batch, S sequence, H heads, E head width, P half the head width.
"""

from __future__ import annotations

import torch
from torch import Tensor

from orchard.train.language.shape import ROTARY_BASE


def rotary_tables(positions: Tensor, head_dim: int) -> tuple[Tensor, Tensor]:
    """Cosines and sines of the angles of some positions, in float32.

    Parameters
    ----------
    positions
        whole numbers of any shape

    Returns
    -------
    two tensors of the shape of `positions` with a last dimension of ``head_dim / 2``
    """
    exponents_P = torch.arange(0, head_dim, 2, dtype=torch.float32, device=positions.device) / head_dim
    angles = positions[..., None].float() * ROTARY_BASE**-exponents_P
    return angles.cos(), angles.sin()


def rotate(x_BSHE: Tensor, cos_SP: Tensor, sin_SP: Tensor, *, interleaved: bool = False) -> Tensor:
    """Turn pairs of entries by the angles of their position.

    A pair is entry p and p + E / 2 (Llama in transformers), or 2p and 2p + 1 (`interleaved`: Llama 4).
    """
    cos, sin = cos_SP[..., None, :], sin_SP[..., None, :]
    if interleaved:
        first, second = x_BSHE.float().view(*x_BSHE.shape[:-1], -1, 2).unbind(-1)
        turned = torch.stack((first * cos - second * sin, second * cos + first * sin), -1).flatten(-2)
    else:
        first, second = x_BSHE.float().chunk(2, -1)
        turned = torch.cat((first * cos - second * sin, second * cos + first * sin), -1)
    return turned.to(x_BSHE.dtype)
