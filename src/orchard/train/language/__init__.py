"""Language models, really trained: Llama's decoder and Llama 4's mixture of experts.

In the order in which they read::

    shape         which architectures are trained, and their names in transformers
    rotary        positions
    kernels       what is between the products of a layer, compiled for a processor
    fused         a layer on a processor, with gradients of its own
    feed_forward  SwiGLU
    experts       the mixture of experts
    cache         keys and values of earlier tokens, for sampling
    model         the decoder
    loss          cross-entropy a chunk of tokens at a time
    task          a model with its corpus, as the loop trains it
    sampler       answers, a token at a time
    judged        a model under judgement
"""

from orchard.train.language.cache import Cache
from orchard.train.language.judged import LanguageJudged
from orchard.train.language.loss import IGNORED, Sums, cross_entropy
from orchard.train.language.model import Language, initialise
from orchard.train.language.sampler import Sampled, Sampler
from orchard.train.language.shape import check_trainable, mixture_layers, transformers_config
from orchard.train.language.task import LanguageTask

__all__ = [
    "IGNORED",
    "Cache",
    "Language",
    "LanguageJudged",
    "LanguageTask",
    "Sampled",
    "Sampler",
    "Sums",
    "check_trainable",
    "cross_entropy",
    "initialise",
    "mixture_layers",
    "transformers_config",
]
