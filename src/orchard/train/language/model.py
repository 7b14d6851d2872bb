"""The decoder: Llama's when dense, Llama 4's with experts.

Weights are named as in transformers and kept in float32; products are computed in `compute`, float32 or
bfloat16. Legend of shapes: B batch, S sequence, T tokens seen (cached ones too), D hidden, H query heads,
K key heads, E head width, F feed-forward width, V vocabulary.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from orchard.spec.architecture import LanguageArchitecture
from orchard.train.language import fused
from orchard.train.language.cache import Cache
from orchard.train.language.experts import Mixture
from orchard.train.language.feed_forward import FeedForward
from orchard.train.language.rotary import rotary_tables, rotate
from orchard.train.language.shape import NORM_EPSILON, check_trainable, mixture_layers, turned_layers
from orchard.train.tensors import entered, left, parts


class Norm(nn.Module):
    """Root-mean-square norm with a weight for each entry; float32 inside."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(width))

    def forward(self, x_BSD: Tensor, added_BSD: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """``x + added``, and its norm over the last dimension."""
        if fused.suits(x_BSD, self.weight):
            added = None if added_BSD is None else added_BSD.flatten(0, -2)
            total, normal = fused.add_norm(x_BSD.flatten(0, -2), added, self.weight)
            return total.view_as(x_BSD), normal.view_as(x_BSD)
        total = x_BSD if added_BSD is None else x_BSD + added_BSD
        wide = total.float()
        normal = wide * torch.rsqrt(wide.square().mean(-1, keepdim=True) + NORM_EPSILON)
        return total, (normal * self.weight).to(x_BSD.dtype)


class Attention(nn.Module):
    """Causal attention with grouped queries and rotary positions."""

    def __init__(self, a: LanguageArchitecture, layer: int) -> None:
        super().__init__()
        self.head_dim, self.interleaved, self.turned = a.head_dim, a.experts > 0, turned_layers(a)[layer]
        self.qk_norm = a.qk_norm and self.turned
        self.q_proj = nn.Linear(a.hidden, a.heads * a.head_dim, bias=False)
        self.k_proj = nn.Linear(a.hidden, a.kv_heads * a.head_dim, bias=False)
        self.v_proj = nn.Linear(a.hidden, a.kv_heads * a.head_dim, bias=False)
        self.o_proj = nn.Linear(a.heads * a.head_dim, a.hidden, bias=False)

    def forward(
        self, x_BSD: Tensor, tables: tuple[Tensor, Tensor], cache: Cache | None, layer: int
    ) -> Tensor:
        """Mix tokens with those before them."""
        projections = (self.q_proj, self.k_proj, self.v_proj, self.o_proj)
        weights, group = parts([projection.weight for projection in projections])
        x_BSD = entered(x_BSD, group)
        if cache is None and self.turned and not self.qk_norm and fused.suits(x_BSD, *weights):
            queries, keys = (len(weight) // self.head_dim for weight in weights[:2])
            heads = fused.Heads(queries, keys, self.head_dim, len(x_BSD), *tables, self.interleaved)
            return left(fused.attention(x_BSD.flatten(0, 1), weights, heads).view_as(x_BSD), group)
        q_BHSE, k_BKSE, v_BKSE = self._heads(x_BSD, weights[:3], tables)
        mask = None
        if cache is not None:
            k_BKSE, v_BKSE, mask = cache.extend(layer, k_BKSE, v_BKSE)
        grouped = q_BHSE.shape[1] != k_BKSE.shape[1]
        mixed_BHSE = functional.scaled_dot_product_attention(
            q_BHSE, k_BKSE, v_BKSE, attn_mask=mask, is_causal=mask is None, enable_gqa=grouped
        )
        mixed_BSD = mixed_BHSE.transpose(1, 2).flatten(-2)
        return left(functional.linear(mixed_BSD, weights[3].to(x_BSD.dtype)), group)

    def _heads(self, x_BSD: Tensor, weights: Sequence[Tensor], tables: tuple[Tensor, Tensor]) -> list[Tensor]:
        q_BSHE, k_BSKE, v_BSKE = (
            functional.linear(x_BSD, weight.to(x_BSD.dtype)).view(*x_BSD.shape[:2], -1, self.head_dim)
            for weight in weights
        )
        if self.turned:
            q_BSHE = rotate(q_BSHE, *tables, interleaved=self.interleaved)
            k_BSKE = rotate(k_BSKE, *tables, interleaved=self.interleaved)
        if self.qk_norm:
            q_BSHE, k_BSKE = (_unit(x) for x in (q_BSHE, k_BSKE))
        return [x.transpose(1, 2) for x in (q_BSHE, k_BSKE, v_BSKE)]


class Block(nn.Module):
    """One layer: attention, then a feed-forward part or a mixture of them, each added to the stream."""

    def __init__(self, a: LanguageArchitecture, layer: int) -> None:
        super().__init__()
        self.layer = layer
        self.input_layernorm = Norm(a.hidden)
        self.self_attn = Attention(a, layer)
        self.post_attention_layernorm = Norm(a.hidden)
        part = Mixture(a) if layer in mixture_layers(a) else FeedForward(a.hidden, a.ffn)
        self._part = "feed_forward" if a.experts else "mlp"
        self.add_module(self._part, part)

    def forward(
        self,
        x_BSD: Tensor,
        added_BSD: Tensor | None,
        tables: tuple[Tensor, Tensor],
        cache: Cache | None = None,
    ) -> tuple[Tensor, Tensor]:
        """Let a layer work on the stream ``x + added``; it is returned in two such parts."""
        x_BSD, normal_BSD = self.input_layernorm(x_BSD, added_BSD)
        mixed_BSD = self.self_attn(normal_BSD, tables, cache, self.layer)
        x_BSD, normal_BSD = self.post_attention_layernorm(x_BSD, mixed_BSD)
        return x_BSD, getattr(self, self._part)(normal_BSD)


class Trunk(nn.Module):
    """Embedding, layers and the last norm: what transformers calls the model."""

    def __init__(self, a: LanguageArchitecture) -> None:
        super().__init__()
        self.embed_tokens = nn.Embedding(a.vocabulary, a.hidden)
        self.layers = nn.ModuleList(Block(a, layer) for layer in range(a.layers))
        self.norm = Norm(a.hidden)


class Language(nn.Module):
    """A decoder-only language model.

    Parameters
    ----------
    architecture
        its shape; see :func:`orchard.train.language.shape.check_trainable` for what is refused
    compute
        number format of products and of the residual stream: float32 or bfloat16

    Raises
    ------
    SpecError
        O839, an architecture that is not trained here
    """

    def __init__(self, architecture: LanguageArchitecture, compute: torch.dtype = torch.float32) -> None:
        super().__init__()
        check_trainable(architecture)
        self.architecture, self.compute = architecture, compute
        self.model = Trunk(architecture)
        self.lm_head = nn.Linear(architecture.hidden, architecture.vocabulary, bias=False)
        if architecture.tied_embeddings:
            self.lm_head.weight = self.model.embed_tokens.weight

    def forward(self, tokens_BS: Tensor, cache: Cache | None = None) -> Tensor:
        """States after the last norm, [B, S, D], in `compute`; :meth:`logits` or a loss follows.

        Parameters
        ----------
        cache
            of earlier tokens of the same sequences, extended by these
        """
        if cache is None:
            positions = torch.arange(tokens_BS.shape[1], device=tokens_BS.device)
        else:
            positions = cache.positions(tokens_BS.shape[1])
        tables = rotary_tables(positions, self.architecture.head_dim)
        x_BSD = functional.embedding(tokens_BS, self.model.embed_tokens.weight).to(self.compute)
        added_BSD = None
        for block in self.model.layers:
            x_BSD, added_BSD = block(x_BSD, added_BSD, tables, cache)
        states_BSD: Tensor = self.model.norm(x_BSD, added_BSD)[1]
        return states_BSD

    def logits(self, states: Tensor) -> Tensor:
        """Logits of states [..., D], in float32, [..., V]: for a few tokens; training has a fused loss."""
        return functional.linear(states, self.lm_head.weight.to(states.dtype)).float()


def initialise(model: Language, seed: int) -> None:
    """Draw new weights, the same ones for a seed on every machine.

    Embeddings have a deviation of 1 and the head one of 0.005, or 0.02 where they are one; matrices
    1 / sqrt(fan-in); those that write to the residual stream begin at zero (muP's choice, Yang et al. 2022,
    arXiv 2203.03466, appendix D.2). What was tried is in docs/LOG.md.
    """
    tied = model.architecture.tied_embeddings
    drawn = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, weight in model.named_parameters():
            if weight.ndim < 2:
                weight.fill_(1.0)
            elif name.endswith(("o_proj.weight", "down_proj.weight", "experts.down_proj")):
                weight.zero_()
            elif name.endswith("embed_tokens.weight"):
                weight.normal_(0.0, 0.02 if tied else 1.0, generator=drawn)
            elif name.endswith("lm_head.weight"):
                weight.normal_(0.0, 0.005, generator=drawn)
            else:
                fan_in = weight.shape[-2] if weight.ndim == 3 else weight.shape[-1]
                weight.normal_(0.0, fan_in**-0.5, generator=drawn)


def _unit(x_BSHE: Tensor) -> Tensor:
    """Root-mean-square norm without weights, as Llama 4 applies to turned queries and keys."""
    wide = x_BSHE.float()
    return (wide * torch.rsqrt(wide.square().mean(-1, keepdim=True) + NORM_EPSILON)).to(x_BSHE.dtype)
