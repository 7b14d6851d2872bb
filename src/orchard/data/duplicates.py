"""Near duplicates: MinHash with locality-sensitive hashing, confirmed on the texts themselves.

Texts are compared as sets of runs of five words, by Jaccard similarity. MinHash (Broder 1997) estimates it
from 128 numbers a text; bands of them (Indyk and Motwani 1998) find the pairs worth comparing: so many that a
pair at the threshold is missed with a probability below 1 %. What is found is confirmed by the exact
similarity: no text is dropped on an estimate. Memory: about 4 kB for each text that is kept.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from orchard.data.shingles import jaccard, runs, word_hashes

PERMUTATIONS = 128
RUN = 5
# Pairs whose estimate is further below the threshold than this are not compared: 3 standard deviations.
_SLACK = 0.12
_MISSED = 0.01
_CHUNK = 8_192

_RANDOM = np.random.RandomState(20_261_124)  # its stream is frozen (NEP 19)
_FACTORS = _RANDOM.randint(0, 2**32, PERMUTATIONS, dtype=np.uint32) | np.uint32(1)
_OFFSETS = _RANDOM.randint(0, 2**32, PERMUTATIONS, dtype=np.uint32)


def text_runs(text: str) -> NDArray[np.uint64]:
    """Runs [N] of five words of a text; of a shorter one the text as a whole."""
    words = word_hashes(text)
    return runs(words, min(RUN, len(words))) if len(words) else words


def signature(found: NDArray[np.uint64]) -> NDArray[np.uint32]:
    """MinHash [P] of a set of runs: the least number under each permutation."""
    least = np.full(PERMUTATIONS, 0xFFFFFFFF, dtype=np.uint32)
    short = (np.unique(found) >> np.uint64(32)).astype(np.uint32)
    for start in range(0, len(short), _CHUNK):
        part = short[start : start + _CHUNK]
        for each in range(PERMUTATIONS):
            low = (part * _FACTORS[each] + _OFFSETS[each]).min()
            least[each] = min(least[each], low)
    return least


def estimate(one: NDArray[np.uint32], other: NDArray[np.uint32]) -> float:
    """Estimated Jaccard similarity of two texts, from their MinHash."""
    return float(np.mean(one == other))


def rows_of_a_band(threshold: float) -> int:
    """Numbers in a band: as many as miss fewer than 1 % of pairs at the threshold.

    >>> rows_of_a_band(0.8), rows_of_a_band(0.5), rows_of_a_band(1.0)
    (6, 3, 128)
    """
    fits = [
        rows
        for rows in range(1, PERMUTATIONS + 1)
        if (1 - threshold**rows) ** (PERMUTATIONS // rows) < _MISSED
    ]
    return max(fits, default=1)


class NearDuplicates:
    """Texts that were kept, and which of them a further text repeats.

    Parameters
    ----------
    threshold
        Jaccard similarity from which a text is a duplicate; 0 finds none
    text_of
        the text of a number that was kept, to confirm a suspicion
    """

    def __init__(self, threshold: float, text_of: Callable[[int], str]) -> None:
        self._threshold, self._text_of = threshold, text_of
        self._rows = rows_of_a_band(threshold)
        self._bands: list[dict[bytes, list[int]]] = [{} for _ in range(PERMUTATIONS // self._rows)]
        self._signatures: dict[int, NDArray[np.uint32]] = {}

    def find(self, number: int, minhash: NDArray[np.uint32]) -> tuple[int, float] | None:
        """The first text that `number` repeats, with the similarity; where there is none, it is kept."""
        if not self._threshold:
            return None
        keys = self._keys(minhash)
        suspects = sorted(
            {one for band, key in zip(self._bands, keys, strict=True) for one in band.get(key, ())}
        )
        mine: NDArray[np.uint64] | None = None
        for one in suspects:
            if estimate(self._signatures[one], minhash) < self._threshold - _SLACK:
                continue
            mine = text_runs(self._text_of(number)) if mine is None else mine
            alike = jaccard(mine, text_runs(self._text_of(one)))
            if alike >= self._threshold:
                return one, alike
        self._signatures[number] = minhash
        for band, key in zip(self._bands, keys, strict=True):
            band.setdefault(key, []).append(number)
        return None

    def _keys(self, minhash: NDArray[np.uint32]) -> list[bytes]:
        return [minhash[at * self._rows : (at + 1) * self._rows].tobytes() for at in range(len(self._bands))]
