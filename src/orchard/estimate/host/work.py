"""What a step of training on a processor consists of, counted by kind of work.

Three lists, each a sum over what the loop does: a forward and backward pass over one microbatch, one step
of the optimiser, and the memory that is held at the worst moment. Threads train whole samples side by side
(:mod:`orchard.train.side_by_side`): a pass takes as long as the largest share, and each thread holds
gradients and logits of its own. Rates for each entry are measured on the
machine; see :mod:`orchard.estimate.host.fit`.
"""

from __future__ import annotations

from math import ceil
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from orchard.arch import parameters
from orchard.arch.matrices import matrices_per_ffn
from orchard.spec.architecture import LanguageArchitecture

Array = NDArray[np.float64]

# A pass over a microbatch: what is counted, and in what.
PASS = {
    "products": "FLOP of matrix products, forward and backward",
    "scores": "attention scores",
    "stream": "entries of the residual stream, of queries and of keys, in all layers",
    "ffn": "entries of feed-forwards, in all layers",
    "logits": "logits",
    "weights": "gradients added up: weights, and those of the head once more where it is the embedding",
    "layers": "layers",
    "pass": "passes",
}
# A step of the optimiser.
OPTIMISER = {
    "elements": "weights, and three sevenths of them once more where they are averaged",
    "squares": "FLOP of Newton-Schulz iterations",
    "momenta": "weights that Muon trains",
    "matrices": "matrices that Muon trains",
    "step": "steps",
}
# Bytes held at the worst moment of a step.
MEMORY = {
    "floor": "the process before a model is there",
    "weights": "bytes of weights, gradients (of each thread) and the optimiser's state, all in float32",
    "stream": "entries of the residual stream, of queries and of keys, in all layers",
    "ffn": "entries of feed-forwards, in all layers",
    "logits": "entries of the largest block of logits, of all threads",
}
# Tokens whose logits the loss holds at once, at most.
LOGIT_TOKENS = 512
# Iterations of Newton-Schulz, and the products of one: X X', its square, and both times X.
ITERATIONS = 5
# An average reads two vectors and writes one; AdamW reads four and writes three.
_AVERAGE = 3 / 7


class Step(NamedTuple):
    """A step of training: `micro_batches` passes over `micro_batch` sequences, then the optimiser.

    A last pass over fewer sequences counts in part.
    """

    architecture: LanguageArchitecture
    sequence: int
    micro_batch: int
    micro_batches: float = 1.0
    optimiser: Literal["muon", "adamw"] = "muon"
    recompute: bool = False
    averaged: bool = False

    @property
    def tokens(self) -> float:
        """Tokens of the whole step."""
        return self.sequence * self.micro_batch * self.micro_batches


def share_of(step: Step, threads: int) -> Step:
    """The largest share of a microbatch that one of several threads trains.

    >>> small = LanguageArchitecture(layers=2, hidden=128, heads=2, ffn=352, vocabulary=4096)
    >>> [share_of(Step(small, 256, 5), threads).micro_batch for threads in (1, 2, 4, 8)]
    [5, 3, 2, 1]
    """
    return step._replace(micro_batch=ceil(step.micro_batch / threads))


def passes_terms(step: Step, threads: int) -> Array:
    """Work of the passes of a step in the busiest thread, by kind; the last one may be over fewer samples."""
    whole = int(step.micro_batches)
    rest = round((step.micro_batches - whole) * step.micro_batch)
    terms = whole * pass_terms(share_of(step, threads))
    return terms + pass_terms(share_of(step._replace(micro_batch=rest), threads)) if rest else terms


def pass_terms(step: Step) -> Array:
    """Work of one pass over a microbatch, by kind, in the order of :data:`PASS`.

    >>> small = LanguageArchitecture(layers=2, hidden=128, heads=2, ffn=352, vocabulary=4096,
    ...     tied_embeddings=True)
    >>> terms = dict(zip(PASS, pass_terms(Step(small, 256, 4)), strict=True))
    >>> f"{terms['products']:.4g}", int(terms["logits"])
    ('5.687e+09', 4194304)
    """
    a, tokens = step.architecture, float(step.sequence * step.micro_batch)
    forward = 2 * tokens * _active(a)
    again = forward if step.recompute else 0.0
    head = 2 * tokens * a.hidden * a.vocabulary
    held = tokens * _stream(a), tokens * _ffn(a)
    repeat = 4 / 3 if step.recompute else 1.0
    return np.array(
        [
            3 * (forward + head) + again,
            tokens * step.sequence * a.heads * a.layers * repeat,
            held[0] * repeat,
            held[1] * repeat,
            tokens * a.vocabulary,
            _gradients(a),
            a.layers * repeat,
            1.0,
        ]
    )


def optimiser_terms(step: Step) -> Array:
    """Work of one step of the optimiser, by kind, in the order of :data:`OPTIMISER`."""
    a = step.architecture
    total = float(parameters(a).total)
    elements = total * (1 + _AVERAGE) if step.averaged else total
    if step.optimiser == "adamw":
        return np.array([elements, 0.0, 0.0, 0.0, 1.0])
    shapes = matrices(a)
    squares = sum(
        count * ITERATIONS * (4 * min(m, n) ** 2 * max(m, n) + 2 * min(m, n) ** 3) for m, n, count in shapes
    )
    momenta = sum(count * m * n for m, n, count in shapes)
    return np.array([elements, squares, momenta, sum(count for *_, count in shapes), 1.0])


def memory_terms(step: Step, threads: int = 1) -> Array:
    """Bytes, and entries, held at the worst moment of a step, in the order of :data:`MEMORY`.

    Activations are those between forward and backward; with `recompute` those of one layer and the
    stream before each of them.
    """
    side = min(threads, step.micro_batch)
    a, tokens = step.architecture, float(step.sequence * step.micro_batch)
    shapes = matrices(a)
    momenta = sum(count * m * n for m, n, count in shapes) if step.optimiser == "muon" else 0
    total = float(parameters(a).total)
    states = 4 * (2 * total + momenta + 2 * (total - momenta) + (side - 1) * _gradients(a))
    states += 4 * total if step.averaged else 0.0
    stream, ffn = tokens * _stream(a), tokens * _ffn(a)
    if step.recompute:
        stream, ffn = stream / a.layers + tokens * a.hidden * a.layers / 4, ffn / a.layers
    block = side * min(ceil(tokens / side), LOGIT_TOKENS)
    return np.array([1.0, states, stream, ffn, block * a.vocabulary])


def matrices(a: LanguageArchitecture) -> list[tuple[int, int, int]]:
    """Matrices of the layers that Muon trains: rows, columns, how many."""
    query, key = a.heads * a.head_dim, a.kv_heads * a.head_dim
    found = [(query, a.hidden, a.layers), (key, a.hidden, 2 * a.layers), (a.hidden, query, a.layers)]
    two = matrices_per_ffn(a)
    if a.dense_ffn_layers:
        found.append((a.ffn, a.hidden, two * a.dense_ffn_layers))
    if a.moe_layers:
        found.append((a.expert_ffn, a.hidden, two * a.moe_layers * a.experts))
        if a.shared_ffn:
            found.append((a.shared_ffn, a.hidden, two * a.moe_layers))
    return found


def _gradients(a: LanguageArchitecture) -> float:
    """Entries of all gradients that a pass makes: an embedding that is the head too gets two."""
    return float(parameters(a).total + (a.vocabulary * a.hidden if a.tied_embeddings else 0))


def _active(a: LanguageArchitecture) -> float:
    """Weights of the layers that one token passes."""
    query, key = a.heads * a.head_dim, a.kv_heads * a.head_dim
    attention = a.layers * a.hidden * (2 * query + 2 * key)
    return attention + matrices_per_ffn(a) * a.hidden * _ffn(a)


def _stream(a: LanguageArchitecture) -> float:
    """Entries a token has in all layers: the stream at both norms, queries, keys and values."""
    return float(a.layers * (2 * a.hidden + a.heads * a.head_dim + 2 * a.kv_heads * a.head_dim))


def _ffn(a: LanguageArchitecture) -> float:
    """Entries a token has in the feed-forwards of all layers."""
    mixture = a.experts_per_token * a.expert_ffn + a.shared_ffn
    return float(a.dense_ffn_layers * a.ffn + a.moe_layers * mixture)
