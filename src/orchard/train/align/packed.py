"""Attention inside packed conversations: those of one row never see each other.

Legend of shapes: B rows, S tokens of a row, K key heads, E head width.
"""

from __future__ import annotations

import torch
from torch import Tensor

from orchard.train.language import Cache


class Packed(Cache):
    """Positions that begin anew with each conversation of a row, and the mask that keeps them apart.

    It takes the place of a cache in the forward pass: nothing is kept, nothing was before.

    Parameters
    ----------
    owner_BS, place_BS
        conversation of each token, -1 for padding; position in it
    """

    def __init__(self, owner_BS: Tensor, place_BS: Tensor) -> None:
        self._place_BS = place_BS
        size = owner_BS.shape[1]
        causal_SS = torch.ones(size, size, dtype=torch.bool, device=owner_BS.device).tril()
        # padding sees padding: a row of the mask without any token has no softmax
        self._seen_B1SS = ((owner_BS[:, :, None] == owner_BS[:, None, :]) & causal_SS)[:, None]

    def positions(self, new: int) -> Tensor:
        """Positions of the tokens in their own conversations, [B, S]."""
        return self._place_BS

    def extend(self, layer: int, k_BKSE: Tensor, v_BKSE: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Keys and values as they are, and which tokens see which, [B, 1, S, S]."""
        return k_BKSE, v_BKSE, self._seen_B1SS
