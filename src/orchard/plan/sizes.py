"""What is asked of the step model about a run, at which sizes of gang, and what is made of the answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from orchard.plan import given
from orchard.plan.calendar import Array
from orchard.plan.steps import Question
from orchard.spec.architecture import LanguageArchitecture
from orchard.spec.models import Model, RunLayout

# Sizes reach from about a half of the fewest chips asked for to about twice the most.
BEYOND = 2.0
# Most sizes of gang that are worked out; the largest of them, a power of two.
MOST_SIZES, LARGEST_POWER = 9, 24
# A batch that shares out badly is rounded to so many significant bits; one with a larger odd part does.
BATCH_BITS, MOST_ODD, LARGEST_BATCH = 5, 500, 1 << 24
_SLACK = 1e-9


@dataclass(frozen=True)
class Shape:
    """Chips of a gang [G], and what they do together, in chips at the speed of the reference size."""

    chips: Array
    total: Array
    least: float  # fewer chips do not hold the model

    def __call__(self, chips: Array) -> Array:
        """What a gang does; an array of any shape."""
        return np.interp(chips, self.chips, self.total)


NOTHING = Shape(np.zeros(1), np.zeros(1), np.inf)


def asked(model: Model, batch_tokens: float | None) -> Question | None:
    """What is asked about a model; None where its utilisation is given, or too little is known."""
    recipe, made = model.recipe, model.architecture
    if recipe is None or recipe.utilisation is not None or not isinstance(made, LanguageArchitecture):
        return None
    if recipe.sequence is None or recipe.sequence.value is None or batch_tokens is None:
        return None
    sequence = max(round(recipe.sequence.value), 1)
    count = sequences(batch_tokens, sequence)
    return Question(made, sequence, count, recipe.precision, recipe.stack, recipe.layout)


def sequences(batch_tokens: float, sequence: int) -> int:
    """Sequences of a batch: as stated where that is whole and shares out, else the nearest that does.

    >>> sequences(16e6, 8192), sequences(2000 * 8192, 8192)
    (1984, 2000)
    """
    count = min(max(batch_tokens / sequence, 1.0), float(LARGEST_BATCH))
    whole = round(count)
    if abs(count - whole) <= _SLACK * count and whole // (whole & -whole) <= MOST_ODD:
        return whole
    step = 1 << max(int(np.floor(np.log2(count))) + 1 - BATCH_BITS, 0)
    return max(round(count / step) * step, 1)


def sizes(question: Question, low: float, high: float) -> list[int]:
    """Sizes of gang to be worked out for a run that asks for `low` to `high` chips.

    Powers of two, which most layouts divide; of a given layout, those whose replicas share the batch.

    >>> llama = LanguageArchitecture(layers=32, hidden=4096, heads=32, ffn=14336, vocabulary=128256)
    >>> sizes(Question(llama, 8192, 512, "bf16"), 200, 300)
    [128, 256, 512]
    """
    low, high = max(low / BEYOND, 1.0), max(high * BEYOND, 1.0)
    if question.layout is not None:
        return _given_sizes(question, question.layout, low, high)
    first, last = (min(round(float(np.log2(size))), LARGEST_POWER) for size in (low, high))
    return _spread([1 << power for power in range(first, last + 1)])


def nearest(every: list[int], size: float) -> int:
    """The size nearest on a logarithmic scale."""
    return min(every, key=lambda each: abs(float(np.log(each / max(size, 1.0)))))


def _given_sizes(question: Question, layout: RunLayout, low: float, high: float) -> list[int]:
    """Gangs that a given layout can be cut over; the nearest where none is within the bounds."""
    every = given.sizes(question, layout) or [given.group(layout)]
    inside = [size for size in every if low <= size <= high]
    if not inside:
        return [nearest(every, low)]
    return _spread(inside)


def _spread(every: list[int]) -> list[int]:
    """Of many sizes, some that are spread evenly over all."""
    places = np.linspace(0, len(every) - 1, min(MOST_SIZES, len(every))).round().astype(int)
    return [every[place] for place in places]


def shape(speeds: Mapping[int, float], reference: int, smallest: int) -> Shape:
    """The concave hull of what gangs do together.

    Parameters
    ----------
    speeds
        speed of a chip by size of gang, of those that hold the model
    reference
        the size whose speed is the unit, one of them
    smallest
        the smallest size that was tried

    >>> shape({1024: 10.0, 2048: 9.0}, 1024, 512)(np.array([512.0, 1024.0, 2048.0, 4096.0])).tolist()
    [512.0, 1024.0, 1843.2, 1843.2]
    """
    chips = np.array([0.0, *speeds])
    total = np.maximum.accumulate([0.0, *(size * speed for size, speed in speeds.items())])
    kept = concave(chips, total)
    chips, total = chips[kept], total[kept]
    least = float(min(speeds)) if min(speeds) > smallest else 0.0
    return Shape(chips, total * reference / np.interp(reference, chips, total), least)


def concave(x: Array, y: Array) -> list[int]:
    """Places of the points on the concave hull of points that rise.

    >>> concave(np.array([0.0, 1.0, 2.0, 4.0]), np.array([0.0, 1.0, 1.2, 3.0]))
    [0, 1, 3]
    """
    kept: list[int] = []
    for place in range(len(x)):
        while len(kept) > 1:
            a, b = kept[-2:]
            if (y[b] - y[a]) * (x[place] - x[a]) > (y[place] - y[a]) * (x[b] - x[a]):
                break
            kept.pop()
        kept.append(place)
    return kept
