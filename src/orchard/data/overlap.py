"""Overlap with what models are judged by: runs of 13 words in both (Brown et al. 2020, appendix C).

Paragraphs that overlap are cut out; a document of which more than a tenth would go is dropped. Judged texts
of 8 to 12 words are looked for as a whole; shorter ones cannot be told from chance and are only counted.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from orchard.data.shingles import runs, word_hashes, word_spans

RUN, LEAST = 13, 8
_MOST_CUT = 0.1


class Cut(NamedTuple):
    """A text without what overlaps: None where too much would go; how many paragraphs were cut out."""

    text: str | None
    paragraphs: int


class Overlap:
    """Runs of words of judged texts.

    Attributes
    ----------
    judged, short
        texts that are looked for; texts that are too short for that
    """

    def __init__(self, texts: Iterable[str]) -> None:
        found: dict[int, list[NDArray[np.uint64]]] = {}
        self.judged = self.short = 0
        for text in texts:
            words = word_hashes(text)
            if len(words) < LEAST:
                self.short += 1
                continue
            self.judged += 1
            length = min(RUN, len(words))
            found.setdefault(length, []).append(runs(words, length))
        self._runs = {length: np.unique(np.concatenate(parts)) for length, parts in sorted(found.items())}

    def __bool__(self) -> bool:
        return bool(self._runs)

    def hits(self, text: str) -> list[tuple[int, int]]:
        """First and last word of each run of a text that occurs in a judged one."""
        words = word_hashes(text)
        return [
            (int(at), int(at) + length)
            for length, known in self._runs.items()
            for at in np.flatnonzero(among(runs(words, length), known))
        ]

    def cut(self, text: str) -> Cut:
        r"""Cut out the paragraphs of a text that overlap with judged texts.

        >>> judged = Overlap(["one two three four five six seven eight nine"])
        >>> judged.cut("Before. " * 90 + "\n\nOne two three four five six seven eight nine!\n\nAfter.")[1]
        1
        """
        hits = self.hits(text)
        if not hits:
            return Cut(text, 0)
        spans = word_spans(text)
        gone = np.zeros(len(text) + 1, dtype=bool)
        for first, last in hits:
            start = text.rfind("\n\n", 0, spans[first][0]) + 2 if "\n\n" in text[: spans[first][0]] else 0
            end = text.find("\n\n", spans[last - 1][1])
            gone[start : len(text) if end < 0 else end + 2] = True
        if gone.mean() > _MOST_CUT:
            return Cut(None, 0)
        edges = np.flatnonzero(np.diff(gone.astype(np.int8), prepend=0, append=0))
        starts, ends = edges[::2].tolist(), edges[1::2].tolist()
        kept = [text[end:start] for end, start in zip([0, *ends], [*starts, len(text)], strict=True)]
        return Cut("".join(kept), len(starts))


def among(values: NDArray[np.uint64], known: NDArray[np.uint64]) -> NDArray[np.bool_]:
    """Whether each value [N] is among sorted ones."""
    if not len(known):
        return np.zeros(len(values), dtype=bool)
    places = np.minimum(np.searchsorted(known, values), len(known) - 1)
    found: NDArray[np.bool_] = known[places] == values
    return found
