"""Rows judged by fits that have not seen them.

A model says which rows go together (keys), how to predict rows by a fit to the others, and how wide the
interval around them is by what the others tell; holding them out is the same for all.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]
# Rows of a mask -> something of each of them, by what the other rows tell.
Judge = Callable[[Mask], Array]
# What is being done, and to what share.
Tell = Callable[[str, float], None]

# Folds of the rows when single configurations are held out; drawn with a fixed seed.
FOLDS = 8


def silent(what: str, share: float) -> None:
    """Tell nobody."""


def held_out(keys: Sequence[str], judge: Judge, tell: Callable[[], None] = lambda: None) -> Array:
    """What `judge` says of each row [n], asked of the rows of one key at a time.

    >>> rows = np.array([1.0, 2.0, 6.0])
    >>> held_out(["a", "a", "b"], lambda out: rows[out] - rows[~out].mean()).tolist()
    [-5.0, -4.0, 4.5]
    """
    names = np.array(keys)
    found = np.zeros(len(names))
    for name in sorted(set(keys)):
        out = names == name
        found[out] = judge(out)
        tell()
    return found


def hold_out(ways: Mapping[str, Sequence[str]], judge: Judge, tell: Tell = silent) -> dict[str, Array]:
    """What `judge` says of each row [n], in several ways of leaving rows out: keys [n] by name.

    `tell` hears what is being done and to what share.
    """
    total, done = sum(len(set(keys)) for keys in ways.values()), 0

    def one_more() -> None:
        nonlocal done
        done += 1
        tell(f"fit {done} of {total}", done / total)

    return {name: held_out(keys, judge, one_more) for name, keys in ways.items()}


def folds(configurations: Sequence[Hashable], most: int = FOLDS) -> list[str]:
    """A fold of each row [n], the same for rows of one configuration; of few, each has its own.

    A row measured twice would else be judged by a fit that has seen its twin.

    >>> folds(["a", "b", "a"])
    ['0', '1', '0']
    """
    first = {name: place for place, name in enumerate(dict.fromkeys(configurations))}
    drawn = np.random.default_rng(0).integers(0, most, len(first))
    fold = list(range(len(first))) if len(first) <= most else drawn.tolist()
    return [str(fold[first[name]]) for name in configurations]


def ranges(values: Mapping[str, Array]) -> dict[str, tuple[float, float]]:
    """Lowest and highest value that rows have, by name."""
    return {name: (float(np.min(each)), float(np.max(each))) for name, each in values.items()}


def union(
    one: Mapping[str, tuple[float, float]], other: Mapping[str, tuple[float, float]]
) -> dict[str, tuple[float, float]]:
    """Ranges that hold both.

    >>> union({"chips": (8.0, 64.0)}, {"chips": (16.0, 128.0), "tokens": (1.0, 2.0)})
    {'chips': (8.0, 128.0), 'tokens': (1.0, 2.0)}
    """
    both = dict(other) | dict(one)
    for name in one.keys() & other.keys():
        both[name] = (min(one[name][0], other[name][0]), max(one[name][1], other[name][1]))
    return {name: both[name] for name in dict.fromkeys([*one, *other])}
