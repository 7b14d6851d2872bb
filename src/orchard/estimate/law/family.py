"""One dial for a family of models: layers. Width, heads, feed-forward and tokens follow from it."""

from __future__ import annotations

from typing import NamedTuple

from orchard.arch import parameters
from orchard.arch.flops import training_flops
from orchard.spec.architecture import LanguageArchitecture
from orchard.spec.training import Family

# Rows and columns of matrices are multiples of it, so that they fill the tiles of matrix units.
_TILE = 32
# SwiGLU has three matrices where a plain feed-forward of four times the width has two.
_FFN_RATIO = 8 / 3


class Rung(NamedTuple):
    """One model of a family: its shape, how many tokens it is trained on, and what that costs."""

    layers: int
    architecture: LanguageArchitecture
    steps: int
    tokens: int
    compute_flop: float


def rung(family: Family, like: LanguageArchitecture, layers: int, sequence: int, batch: int) -> Rung:
    """The model of a family with so many layers.

    Parameters
    ----------
    like : the model the family belongs to; vocabulary and tied embeddings are taken from it
    sequence, batch : tokens of one sequence and of one step; `batch` is a multiple of `sequence`

    >>> from orchard.spec.amounts import Amount
    >>> family = Family(rungs=(3, 4, 6), forecast=8, aspect=32, tokens_per_parameter=1.0)
    >>> avocado = LanguageArchitecture(layers=6, hidden=256, heads=4, ffn=704, vocabulary=4096)
    >>> small = rung(family, avocado, 4, sequence=512, batch=4096)
    >>> small.architecture.hidden, small.architecture.heads, small.architecture.ffn, small.tokens
    (128, 4, 352, 1851392)
    """
    hidden = family.aspect * layers
    ffn = round(hidden * _FFN_RATIO / _TILE) * _TILE or _TILE
    mixture: dict[str, int] = {}
    if family.experts:
        mixture = {"experts": family.experts, "experts_per_token": 1, "expert_ffn": ffn, "shared_ffn": ffn,
                   "dense_layers": (layers + 1) // 2}  # fmt: skip
    architecture = LanguageArchitecture(
        layers=layers, hidden=hidden, heads=layers, ffn=ffn, vocabulary=like.vocabulary,
        tied_embeddings=like.tied_embeddings, **mixture,
    )  # fmt: skip
    steps = max(round(family.tokens_per_parameter * parameters(architecture).active / batch), 1)
    compute_flop = float(training_flops(architecture, sequence)) * steps * batch
    return Rung(layers, architecture, steps, steps * batch, compute_flop)
