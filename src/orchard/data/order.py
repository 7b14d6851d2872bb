"""Which tokens a sample holds: a pure function of seed, step and sample, whatever the number of processes.

An epoch is one pass over the corpus: its documents in an order of its own, one stream, cut into windows of
``sequence`` tokens and the one that follows, and the windows in an order of their own. So every window is
read once in an epoch, and a sample can be worked out anywhere without the samples before it: nothing about
the data is part of a checkpoint but the step.

A source of weight 2 is read twice in an epoch; one of weight 0.3 gives three tenths of its documents, other
ones in the next epoch until all have been read.

Orders come from hashes (SplitMix64, Steele et al. 2014) and a Feistel network (Luby and Rackoff 1988) with
cycle-walking (Black and Rogaway 2002) instead of a library's generator, whose stream may change.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from orchard.data.shards import Shards
from orchard.errors import DataError, Finding

_MASK = (1 << 64) - 1
_ROUNDS = 6
# Passes over the corpus whose windows are counted first: some have none where all weights are small.
_PASSES = 1024


def windows(
    shards: Shards, sequence: int, seed: int, step: int, samples: Sequence[int], samples_per_step: int
) -> NDArray[np.int64]:
    """Ids [len(samples), sequence + 1] of samples of a step: inputs and, one further, what follows each.

    Parameters
    ----------
    samples, samples_per_step
        numbers of the wanted samples, and of all samples of a step over all processes

    Raises
    ------
    DataError
        O816: a corpus shorter than one window
    """
    found = np.empty((len(samples), sequence + 1), dtype=np.int64)
    for row, sample in enumerate(samples):
        if not 0 <= sample < samples_per_step:
            raise IndexError(f"sample {sample} of {samples_per_step}")
        number, window = _place(shards, sequence, seed, step * samples_per_step + sample)
        epoch = _epoch(shards, seed, number)
        count = window_count(epoch.tokens, sequence)
        place = permuted(window, count, mix(seed, number, 1))
        found[row] = _read(shards, epoch, place * sequence, sequence + 1)
    return found


def epoch_of(shards: Shards, sequence: int, seed: int, sample: int) -> float:
    """Epochs that are behind after this many samples, as 1.25.

    Raises
    ------
    DataError
        O816: a corpus shorter than one window
    """
    number, window = _place(shards, sequence, seed, sample)
    return number + window / window_count(_epoch(shards, seed, number).tokens, sequence)


def window_count(tokens: int, sequence: int) -> int:
    """Windows of a stream: each has one token of overlap with the next.

    >>> window_count(9, 4), window_count(8, 4), window_count(4, 4)
    (2, 1, 0)
    """
    return (tokens - 1) // sequence


class Epoch(NamedTuple):
    """One pass: `documents` [N] in their order, and `ends` [N] of them in the stream."""

    documents: NDArray[np.int64]
    ends: NDArray[np.int64]

    @property
    def tokens(self) -> int:
        """Length of the stream."""
        return int(self.ends[-1]) if len(self.ends) else 0


class _Turns(NamedTuple):
    """A source's `documents` [N] in the order of their turns; `tokens` [N + 1] before each of them."""

    documents: NDArray[np.int64]
    tokens: NDArray[np.int64]
    weight: float

    def read(self, passes: NDArray[np.int64]) -> NDArray[np.int64]:
        """Documents that are behind when each pass begins: whole ones, those read again counted again."""
        behind: NDArray[np.int64] = np.rint(passes * self.weight * len(self.documents)).astype(np.int64)
        return behind

    def tokens_before(self, passes: NDArray[np.int64]) -> NDArray[np.int64]:
        """Tokens that are behind when each pass begins."""
        rounds, rest = np.divmod(self.read(passes), len(self.documents))
        behind: NDArray[np.int64] = rounds * self.tokens[-1] + self.tokens[rest]
        return behind


@lru_cache(maxsize=8)
def _turns(shards: Shards, seed: int) -> list[_Turns]:
    found = []
    lengths = np.diff(shards.starts)
    for source, weight in enumerate(shards.weights.tolist()):
        mine = np.flatnonzero(shards.sources == source)
        if len(mine):
            mine = mine[np.argsort(_hashes(mine, mix(seed, source, 2)), kind="stable")]
            found.append(_Turns(mine, np.cumsum([0, *lengths[mine]]), weight))
    return found


@lru_cache(maxsize=8)
def _epoch(shards: Shards, seed: int, number: int) -> Epoch:
    chosen = [np.arange(len(shards))[:0]]
    for each in _turns(shards, seed):
        first, last = each.read(np.array([number, number + 1])).tolist()
        chosen.append(each.documents[np.arange(first, last) % len(each.documents)])
    documents = np.concatenate(chosen)
    keys = _hashes(np.arange(len(documents)) ^ (documents << 20), mix(seed, number, 0))
    documents = documents[np.argsort(keys, kind="stable")]
    return Epoch(documents, np.cumsum(np.diff(shards.starts)[documents]))


@lru_cache(maxsize=8)
def _before(shards: Shards, sequence: int, seed: int, passes: int) -> NDArray[np.int64]:
    """Windows [passes + 1] of all epochs before the first, the second, …; no epoch is made for that."""
    numbers = np.arange(passes + 1)
    tokens = np.zeros(passes, dtype=np.int64)
    for each in _turns(shards, seed):
        tokens += np.diff(each.tokens_before(numbers))
    return np.concatenate([[0], np.cumsum(np.maximum(0, (tokens - 1) // sequence))])


def _place(shards: Shards, sequence: int, seed: int, sample: int) -> tuple[int, int]:
    """Epoch of a sample, counted over all steps, and its number therein."""
    passes = _PASSES
    while (before := _before(shards, sequence, seed, passes))[-1] <= sample:
        if before[-1] == 0:
            raise _short(shards, sequence)
        passes *= 2
    number = int(np.searchsorted(before, sample, side="right")) - 1
    return number, sample - int(before[number])


def _read(shards: Shards, epoch: Epoch, start: int, count: int) -> NDArray[np.int64]:
    """Ids [count] of an epoch's stream."""
    found = np.empty(count, dtype=np.int64)
    which = int(np.searchsorted(epoch.ends, start, side="right"))
    at = 0
    while at < count:
        document = int(epoch.documents[which])
        low, high = int(shards.starts[document]), int(shards.starts[document + 1])
        begins = int(epoch.ends[which]) - (high - low)
        skipped = start + at - begins
        taken = min(count - at, high - low - skipped)
        found[at : at + taken] = shards.read(low + skipped, low + skipped + taken)
        at += taken
        which += 1
    return found


def permuted(index: int, count: int, key: int) -> int:
    """Where `index` of `count` goes under a permutation that is drawn by `key`.

    >>> [permuted(index, 8, 7) for index in range(8)]
    [7, 5, 1, 0, 3, 6, 2, 4]
    """
    half = max(1, ((count - 1).bit_length() + 1) // 2)
    low = (1 << half) - 1
    while True:
        left, right = index >> half, index & low
        for each in range(_ROUNDS):
            left, right = right, left ^ (mix(key, right, each) & low)
        index = left << half | right
        if index < count:
            return index


def mix(*words: int) -> int:
    """A hash of numbers, 64 bits (SplitMix64's finaliser, word by word).

    >>> mix(0), mix(0, 1) == mix(1, 0)
    (16294208416658607535, False)
    """
    state = 0
    for word in words:
        state = (state + word + 0x9E3779B97F4A7C15) & _MASK
        state = ((state ^ (state >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
        state = ((state ^ (state >> 27)) * 0x94D049BB133111EB) & _MASK
        state ^= state >> 31
    return state


def _hashes(values: NDArray[np.int64], key: int) -> NDArray[np.uint64]:
    """:func:`mix` of `key` and each value [n]."""
    state = values.astype(np.uint64) + np.uint64((mix(key) + 0x9E3779B97F4A7C15) & _MASK)
    state = (state ^ (state >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    state = (state ^ (state >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return state ^ (state >> np.uint64(31))


def _short(shards: Shards, sequence: int) -> DataError:
    found = f"{shards.tokens:,} tokens in a pass over the corpus"
    wanted = f"at least {sequence + 1:,}, one window"
    return DataError(
        Finding("O816", str(shards.folder), "", found, wanted, "more text, or a shorter sequence")
    )
