"""What a gang does with the chips it has, failures taken off: never less with more of them.

A chip more adds speed and failures, so that a gang beyond some size does less. It takes no more chips than
help: what `n` of them do is the most that any gang up to `n` does. It is worked out for sizes that are the
same for every gang, and is linear between them: where most gangs are, within a part in four thousand.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from orchard.plan.calendar import Array

_FINE, _COARSE = 16, 2  # sizes to a doubling, where most gangs are and elsewhere
_FINEST = (12, 18)  # 4,096 to 262,144 chips
_LARGEST = 30
SIZES = np.exp2(
    np.concatenate([
        np.arange(0, _FINEST[0], 1 / _COARSE),
        np.arange(*_FINEST, 1 / _FINE),
        np.arange(_FINEST[1], _LARGEST + 1, 1 / _COARSE),
    ])
)  # fmt: skip
"""Chips [J] for which gangs are worked out."""


class Gain(NamedTuple):
    """Chips [J], and what a gang that may have so many does [J, S], in chips that never fail."""

    chips: Array
    total: Array

    def __call__(self, reached: Array, asked: Array) -> Array:
        """What gangs of the chips reached [K, E, S] do, where each asks for [S] or [E, S] at most."""
        full = np.broadcast_to(self._at(np.atleast_2d(asked)), reached.shape)
        some = (reached > 0) & (reached < asked)
        found = np.where(reached > 0, full, 0.0)
        found[some] = self._at(reached[some], np.nonzero(some)[-1])
        return found

    def used(self, reached: Array) -> Array:
        """Chips [E, S] that gangs take of those reached [E, S]: no more than help.

        >>> found = gain(lambda chips: np.exp(-chips / 8192), 1e6, 1)
        >>> found.used(np.array([[1000.0], [1e6]])).round().tolist()
        [[1000.0], [8192.0]]
        """
        rises = np.diff(self.total, axis=0, prepend=self.total[:1]) > 0
        last = np.maximum.accumulate(np.arange(len(self.chips))[:, None] * rises, axis=0)
        return self._replace(total=self.chips[last])._at(reached)

    def _at(self, chips: Array, samples: NDArray[np.intp] | None = None) -> Array:
        if samples is None:
            samples = np.broadcast_to(np.arange(chips.shape[-1]), chips.shape)
        place = np.clip(np.searchsorted(self.chips, chips, side="right") - 1, 0, len(self.chips) - 2)
        low, high = self.total[place, samples], self.total[place + 1, samples]
        first = self.chips[place]
        share = np.minimum((chips - first) / (self.chips[place + 1] - first), 1.0)
        found: Array = low + share * (high - low)
        return found


def gain(
    share: Callable[[Array], Array], most: float, size: int, shape: tuple[Array, Array] | None = None
) -> Gain:
    """What gangs of up to `most` chips do.

    Parameters
    ----------
    share
        share [J, S] of time that goes into work that lasts, by chips [J, 1]
    most
        the largest gang that is asked about
    size
        number of samples S
    shape
        chips, and what they do together when nothing fails, linear between; as much as they are when left out

    >>> found = gain(lambda chips: np.exp(-chips / 1e4), 1e6, 1)
    >>> found(np.array([[[1024.0], [1e6]]]), np.array([1e6])).round().tolist()
    [[[924.0], [3678.0]]]
    """
    chips = np.union1d(SIZES, 0.0 if shape is None else shape[0])
    chips = chips[: max(int(np.searchsorted(chips, most)) + 1, 2)]
    total = chips if shape is None else np.interp(chips, *shape)
    kept = np.broadcast_to(share(chips[:, None]), (len(chips), size))
    return Gain(chips, np.maximum.accumulate(total[:, None] * kept, axis=0))
