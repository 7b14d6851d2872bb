"""The small models that are timed: chosen so that every kind of work is large in some and small in others."""

from __future__ import annotations

from orchard.estimate.host import Step
from orchard.spec.architecture import LanguageArchitecture

# layers, hidden, heads, key heads, feed-forward, vocabulary, tokens of a sequence, sequences; in every other
# one the embedding is the head too
_TIMED = (
    (2, 64, 1, 1, 192, 1024, 128, 4),
    (8, 64, 1, 1, 192, 1024, 256, 4),
    (2, 128, 2, 2, 384, 8192, 256, 8),
    (1, 256, 4, 4, 704, 4096, 512, 16),
    (5, 128, 4, 2, 384, 2048, 512, 2),
    (3, 128, 2, 1, 1024, 1024, 128, 16),
    (4, 192, 3, 3, 512, 4096, 256, 4),
    (3, 256, 8, 8, 704, 1024, 1024, 2),
    (3, 256, 4, 2, 704, 2048, 256, 8),
    (3, 320, 5, 5, 320, 6144, 384, 4),
    (2, 384, 6, 2, 1024, 4096, 256, 4),
    (2, 448, 7, 7, 1216, 3072, 640, 4),
    (1, 512, 8, 4, 2048, 8192, 256, 8),
    (3, 640, 10, 5, 1728, 2048, 128, 4),
    (6, 576, 9, 3, 1536, 6144, 128, 2),
)
# Of which a process of its own says how much memory it holds, the most telling first.
_HELD = (
    (1, 64, 1, 1, 192, 512, 128, 2),
    (4, 640, 10, 5, 1728, 8192, 128, 8),
    (3, 256, 4, 4, 1536, 2048, 256, 32),
    (1, 512, 8, 8, 512, 16384, 512, 4),
    (12, 128, 2, 2, 352, 4096, 512, 8),
    (6, 256, 4, 2, 704, 4096, 512, 8),
)


def timed() -> list[Step]:
    """Steps whose passes and optimisers are timed."""
    return [_step(*row, tied=at % 2 == 0) for at, row in enumerate(_TIMED)]


def held() -> list[Step]:
    """Steps whose memory is measured."""
    return [_step(*row, tied=at % 2 == 0) for at, row in enumerate(_HELD)]


def _step(
    layers: int,
    hidden: int,
    heads: int,
    kv_heads: int,
    ffn: int,
    vocabulary: int,
    sequence: int,
    batch: int,
    tied: bool,
) -> Step:
    architecture = LanguageArchitecture(
        layers=layers,
        hidden=hidden,
        heads=heads,
        kv_heads=kv_heads,
        ffn=ffn,
        vocabulary=vocabulary,
        tied_embeddings=tied,
    )
    return Step(architecture, sequence, batch)
