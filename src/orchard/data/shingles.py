"""Words as numbers, and runs of words as numbers: what duplicates and overlaps are found by.

Shapes: W words of a text, N runs of words, P permutations of MinHash.
"""

from __future__ import annotations

import hashlib
import re

import numpy as np
from numpy.typing import NDArray

_WORD = re.compile(r"\w+")
_MULTIPLIER = 0x9E3779B97F4A7C15
# Words remembered; bounds memory for texts of ever new words.
_MOST_WORDS = 2_000_000


class _Hashes(dict[str, int]):
    """64-bit numbers of words, the same in every process."""

    def __missing__(self, word: str) -> int:
        if len(self) >= _MOST_WORDS:
            self.clear()
        found = int.from_bytes(
            hashlib.blake2b(word.encode("utf-8", "replace"), digest_size=8).digest(), "little"
        )
        self[word] = found
        return found


_HASHES = _Hashes()


def word_hashes(text: str) -> NDArray[np.uint64]:
    """Numbers [W] of the words of a text, without case and punctuation."""
    words = _WORD.findall(text.lower())
    return np.fromiter(map(_HASHES.__getitem__, words), dtype=np.uint64, count=len(words))


def word_spans(text: str) -> NDArray[np.int64]:
    """Where words begin and end [W, 2], in characters.

    >>> word_spans("One, two.").tolist()
    [[0, 3], [5, 8]]
    """
    spans = [each.span() for each in _WORD.finditer(text.lower() if len(text.lower()) == len(text) else text)]
    return np.array(spans, dtype=np.int64).reshape(-1, 2)


def runs(words: NDArray[np.uint64], length: int) -> NDArray[np.uint64]:
    """Numbers [N] of all runs of `length` words; of a shorter text none."""
    count = len(words) - length + 1
    if count < 1:
        return np.empty(0, dtype=np.uint64)
    state = np.zeros(count, dtype=np.uint64)
    for each in range(length):
        state = state * np.uint64(_MULTIPLIER) + words[each : each + count]
    state = (state ^ (state >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    return state ^ (state >> np.uint64(27))


def jaccard(one: NDArray[np.uint64], other: NDArray[np.uint64]) -> float:
    """Share of runs that two texts have in common, of those that either has.

    >>> jaccard(np.array([1, 2, 3], np.uint64), np.array([2, 3, 4], np.uint64))
    0.5
    """
    one, other = np.unique(one), np.unique(other)
    common = len(np.intersect1d(one, other, assume_unique=True))
    return common / max(1, len(one) + len(other) - common)
