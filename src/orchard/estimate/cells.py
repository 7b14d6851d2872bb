"""Cells of a table as numbers, each text read once."""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

# Entries kept from one chunk of rows to the next: real tables have few distinct cells.
MOST_KEPT = 1000
# Sizes beyond 32 bits are slips of the keyboard.
LARGEST = float(np.iinfo(np.int32).max)
BLANK, WRONG = np.nan, -1.0

_GROUPED = re.compile(r"[0-9]{1,3}(?:,[0-9]{3})+", re.ASCII)
_NUMBER = re.compile(r"\+?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,2})?", re.ASCII)


class Entries(dict[K, int], Generic[K, V]):
    """Entries made of keys, each once; a key maps to its place in `values`."""

    def __init__(self, make: Callable[[K], V]) -> None:
        super().__init__()
        self.values_made: list[V] = []
        self._make = make

    def __missing__(self, key: K) -> int:
        place = len(self.values_made)
        self.values_made.append(self._make(key))
        self[key] = place
        return place

    def places(self, keys: Iterable[K], count: int) -> NDArray[np.intp]:
        """Places [count] of the entries of keys; between calls the store is kept small."""
        if len(self.values_made) > MOST_KEPT:
            self.clear()
            self.values_made = []
        return np.fromiter(map(self.__getitem__, keys), np.intp, count)


class Numbers:
    """Reads the cells of a column as sizes: positive, finite, whole where it must be.

    `zero_is` says what a cell of 0 stands for; None refuses it.
    """

    def __init__(self, column: str, *, whole: bool = True, zero_is: float | None = None) -> None:
        self.column, self.whole, self.zero_is = column, whole, zero_is
        self._entries: Entries[str, float] = Entries(self._read)

    def read(self, texts: Sequence[str]) -> Array:
        """Numbers [n]: BLANK (nan) where a cell is empty, WRONG (-1) where it holds no such number."""
        places = self._entries.places(texts, len(texts))
        return np.array(self._entries.values_made)[places] if len(texts) else np.zeros(0)

    def wanted(self, text: str) -> str:
        """What is wrong with a cell, in words."""
        kind = "a whole number" if self.whole else "a number"
        shown = text.strip()
        least = "of 1 or more" if self.whole else "above 0"
        least = "of 0 or more" if self.zero_is == 0 else least
        return f"{self.column} {shown[:40]!r}: wanted {kind} {least}, at most {LARGEST:.0f}"

    def _read(self, text: str) -> float:
        bare = text.strip()
        if _GROUPED.fullmatch(bare):
            bare = bare.replace(",", "")
        if not bare:
            return BLANK
        if not _NUMBER.fullmatch(bare):
            return WRONG
        value = float(bare)
        if value == 0:
            return WRONG if self.zero_is is None else self.zero_is
        if value > LARGEST or (self.whole and value != np.floor(value)):
            return WRONG
        return value if value >= 1 / LARGEST else WRONG
