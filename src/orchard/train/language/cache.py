"""Keys and values of tokens seen before, for sampling: prompts of different lengths side by side.

Prompts are padded on the left, so that all sequences grow at the same place; pads are never seen, and
positions count from a sequence's own first token.

Legend of shapes: B batch, S new tokens, T all tokens, K key heads, E head width.
"""

from __future__ import annotations

import torch
from torch import Tensor

from orchard.spec.architecture import LanguageArchitecture


class Cache:
    """Room for the keys and values of `batch` sequences of at most `room` tokens.

    Parameters
    ----------
    pads
        pads on the left of each sequence, [B]
    """

    def __init__(self, a: LanguageArchitecture, pads: Tensor, room: int, dtype: torch.dtype) -> None:
        shape = (a.layers, len(pads), a.kv_heads, room, a.head_dim)
        self._keys = torch.zeros(shape, dtype=dtype, device=pads.device)
        self._values = torch.zeros(shape, dtype=dtype, device=pads.device)
        self._pads_B, self.length = pads, 0

    def positions(self, new: int) -> Tensor:
        """Positions of the next `new` tokens, [B, S]; those of pads are zero."""
        columns = torch.arange(self.length, self.length + new, device=self._pads_B.device)
        return (columns - self._pads_B[:, None]).clamp_min(0)

    def extend(self, layer: int, k_BKSE: Tensor, v_BKSE: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Add keys and values of new tokens; all of them, and which are seen, [B, 1, S, T].

        :meth:`advance` follows when every layer was extended.
        """
        end = self.length + k_BKSE.shape[2]
        self._keys[layer, :, :, self.length : end] = k_BKSE
        self._values[layer, :, :, self.length : end] = v_BKSE
        columns_T = torch.arange(end, device=k_BKSE.device)
        causal_ST = columns_T <= columns_T[self.length :, None]
        mine_BT = columns_T >= self._pads_B[:, None]
        # a pad sees itself: a row of the mask without any token has no softmax
        itself_ST = columns_T == columns_T[self.length :, None]
        seen = (causal_ST & mine_BT[:, None, :]) | itself_ST
        return self._keys[layer, :, :, :end], self._values[layer, :, :, :end], seen[:, None]

    def advance(self, new: int) -> None:
        """Count `new` tokens as seen."""
        self.length += new

    def keep(self, rows: Tensor) -> None:
        """Drop sequences that have ended: only `rows` remain."""
        self._keys, self._values = self._keys[:, rows], self._values[:, rows]
        self._pads_B = self._pads_B[rows]
