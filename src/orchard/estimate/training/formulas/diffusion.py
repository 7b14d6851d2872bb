"""The shape of a diffusion transformer, as the step model sees it: a language model with these changes.

- Attention is bidirectional: a token sees twice what it sees under a causal mask.
- Text comes in by cross-attention, whose queries and outputs are projected from and to the clip's
  tokens, or beside the video as tokens, which the length of the sequence then counts.
- There is no table of words: what stands for input and output is too small to count.

Left out: autoencoder and text encoder, whose outputs training runs keep in store.

Source: Peebles and Xie 2022 (arXiv 2212.09748); Wan (arXiv 2503.20314).
"""

from __future__ import annotations

from orchard.arch import parameters
from orchard.estimate.training.formulas.shape import Shape, shape
from orchard.spec.architecture import LanguageArchitecture, VideoArchitecture

# A causal mask leaves half of the pairs of tokens.
UNMASKED = 2.0
# Cross-attention adds queries and outputs to queries, keys, values and outputs; those of the text's
# tokens, a hundredth of the clip's, are not counted.
CROSS = 1.5


def diffusion_shape(a: VideoArchitecture) -> Shape:
    """Numbers of one diffusion transformer; per token, tokens as the autoencoder and patches leave them.

    Raises
    ------
    ValueError
        attention within frames and across time in turn, whose cost depends on the clip's shape

    >>> wan = VideoArchitecture(layers=40, hidden=5120, heads=40, ffn=13824)
    >>> made = diffusion_shape(wan)
    >>> made.attention_matrix / 5120**2, made.score_flops / 5120, made.vocabulary
    (6.2, 8.0, 0.0)
    """
    if a.factorised:
        raise ValueError("attention within frames and across time in turn is not modelled")
    alike = shape(
        LanguageArchitecture(
            kind="language",
            layers=a.layers,
            hidden=a.hidden,
            heads=a.heads,
            head_dim=a.head_dim,
            ffn=a.ffn,
            gated=a.gated,
            vocabulary=1,
        )
    )
    attention, seen = float(alike.attention_matrix), 0.0
    if a.text == "cross":
        seen = 2.0 * a.text_tokens * a.heads * a.head_dim  # scores of the text and their use, as weights
        attention *= CROSS
    return alike._replace(
        vocabulary=0.0,
        embedding=0.0,
        head=0.0,
        score_flops=UNMASKED * alike.score_flops,
        attention_matrix=attention + seen,
        dense_weights=float(parameters(a).active),
    )
