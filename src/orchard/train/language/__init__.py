"""Language models, really trained: Llama's decoder and Llama 4's mixture of experts.

In the order in which they read::

    shape         which architectures are trained, and their names in transformers
    rotary        positions
    feed_forward  SwiGLU
    experts       the mixture of experts
    cache         keys and values of earlier tokens, for sampling
    model         the decoder
    loss          cross-entropy a chunk of tokens at a time
"""

from orchard.train.language.cache import Cache
from orchard.train.language.loss import IGNORED, Sums, cross_entropy
from orchard.train.language.model import Language, initialise
from orchard.train.language.shape import check_trainable, mixture_layers, transformers_config

__all__ = [
    "IGNORED",
    "Cache",
    "Language",
    "Sums",
    "check_trainable",
    "cross_entropy",
    "initialise",
    "mixture_layers",
    "transformers_config",
]
