"""Several conversations in one row, so that little is computed for padding.

Rows are filled best-fit from the longest conversation on, and each token knows its conversation and its
place in it: attention stays inside a conversation, positions begin anew, and the first token of one is
never predicted from another.

Legend: N rows, S tokens of a row.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from orchard.data.instructions.tokens import Encoded


class Rows(NamedTuple):
    """Packed conversations, each array [N, S].

    Attributes
    ----------
    inputs, targets
        tokens, and what follows each of them
    learnt
        whether the target counts in the loss
    owner
        number of the conversation in the row, from 0; -1 for padding
    place
        position in the conversation, from 0
    """

    inputs: NDArray[np.int64]
    targets: NDArray[np.int64]
    learnt: NDArray[np.bool_]
    owner: NDArray[np.int64]
    place: NDArray[np.int64]

    @property
    def filled(self) -> float:
        """Share of places that hold a token of a conversation."""
        return float((self.owner >= 0).mean())


def pack(conversations: Sequence[Encoded], length: int, padding: int) -> Rows:
    """Pack conversations into rows of `length` tokens; longer ones lose what comes after.

    >>> one = Encoded(np.array([1, 2, 3, 4]), np.array([False, False, True, True]))
    >>> rows = pack([one, one], length=7, padding=0)
    >>> rows.inputs.tolist(), rows.owner.tolist()
    ([[1, 2, 3, 1, 2, 3, 0]], [[0, 0, 0, 1, 1, 1, -1]])
    """
    sizes = [min(len(one.ids) - 1, length) for one in conversations]
    bins = _best_fit(sizes, length)
    shape = (len(bins), length)
    rows = Rows(
        np.full(shape, padding, np.int64), np.full(shape, padding, np.int64), np.zeros(shape, np.bool_),
        np.full(shape, -1, np.int64), np.zeros(shape, np.int64),
    )  # fmt: skip
    for number, members in enumerate(bins):
        start = 0
        for owner, member in enumerate(members):
            at = slice(start, start + sizes[member])
            start = at.stop
            _place(rows, number, at, owner, conversations[member])
    return rows


def _place(rows: Rows, number: int, at: slice, owner: int, conversation: Encoded) -> None:
    """Write one conversation into its part of a row."""
    size = at.stop - at.start
    rows.inputs[number, at] = conversation.ids[:size]
    rows.targets[number, at] = conversation.ids[1 : size + 1]
    rows.learnt[number, at] = conversation.learnt[1 : size + 1]
    rows.owner[number, at] = owner
    rows.place[number, at] = np.arange(size)


def _best_fit(sizes: Sequence[int], length: int) -> list[list[int]]:
    """Members of each bin: the longest first, each into the fullest bin that still has room for it."""
    bins: list[list[int]] = []
    room: list[tuple[int, int]] = []  # room left and number of the bin, sorted
    for member in sorted(range(len(sizes)), key=lambda one: (-sizes[one], one)):
        found = bisect_left(room, (sizes[member], -1))
        if found < len(room):
            left, number = room.pop(found)
        else:
            left, number = length, len(bins)
            bins.append([])
        bins[number].append(member)
        insort(room, (left - sizes[member], number))
    return bins
