"""Figures that scores give, under the names by which gates call them; each with what its error is made of."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from orchard.evaluate.scores import ItemScore, Scores, TextScore
from orchard.evaluate.statistics import Array, Estimate, Proportion, proportion, ratio
from orchard.evaluate.texts import Reference
from orchard.spec.gates import ACCURACY, BITS, CHANCE, PREDECESSOR, TEXTS, XZ

_LN2 = math.log(2)


class Figure(NamedTuple):
    """A measured figure: a ratio of two sums over items.

    Attributes
    ----------
    items
        digest of the set of items: figures of one set are compared item by item
    clusters
        [n], what each item has in common with others
    numerator, denominator
        [n], bits and bytes, or right answers and ones
    share
        whether it is a share of right answers
    """

    items: str
    clusters: Sequence[str]
    numerator: Array
    denominator: Array
    share: bool

    @property
    def value(self) -> float:
        """The ratio."""
        below = float(self.denominator.sum())
        return float(self.numerator.sum()) / below if below else math.nan

    @property
    def estimate(self) -> Estimate | Proportion:
        """The ratio with what its interval is made of."""
        if self.share:
            return proportion(self.numerator, self.clusters)
        return ratio(self.numerator, self.denominator, self.clusters)


def figures(
    scores: Scores,
    references: Mapping[str, Reference] | None = None,
    predecessor: Scores | None = None,
) -> dict[str, Figure]:
    """Everything that was measured, by the names of :data:`orchard.spec.gates.NAMES`."""
    found = _own(scores)
    if predecessor is not None:
        found |= {f"{PREDECESSOR}.{name}": one for name, one in _own(predecessor).items()}
    for text, reference in (references or {}).items():
        found |= _compressed(text, scores, reference)
    return found


def _own(scores: Scores) -> dict[str, Figure]:
    found = {
        f"{name}.{BITS}": _bits(rows, scores.digests[name])
        for name, rows in scores.texts.items()
        if name in TEXTS
    }
    for name, rows in scores.tasks.items():
        digest = scores.digests[name]
        found[f"{name}.{ACCURACY}"] = _share(rows, [one.score for one in rows], digest)
        found[f"{name}.{CHANCE}"] = _share(rows, [one.chance for one in rows], digest)._replace(share=False)
    return found


def variants(rows: Sequence[ItemScore], digest: str) -> dict[str, Figure]:
    """The same task by other ways of counting."""
    names = list(rows[0].others) if rows else []
    return {name: _share(rows, [one.others[name] for one in rows], digest) for name in names}


def _bits(rows: Sequence[TextScore], digest: str) -> Figure:
    bits = np.array([-one.nats / _LN2 for one in rows])
    size = np.array([float(one.bytes) for one in rows])
    return Figure(digest, [one.id for one in rows], bits, size, share=False)


def _share(rows: Sequence[ItemScore], values: Sequence[float], digest: str) -> Figure:
    return Figure(
        digest, [one.cluster for one in rows], np.array(values, dtype=float), np.ones(len(rows)), share=True
    )


def _compressed(text: str, scores: Scores, reference: Reference) -> dict[str, Figure]:
    """Bits per byte of the compressor on the same documents.

    Primed, only the whole is measured: its rate is taken as the same for each document, so that all
    differences between documents count against the model.
    """
    plain, primed = (f"{name}.{text}.{BITS}" for name in XZ)
    if text not in scores.texts or len(reference.bits) != len(scores.texts[text]):
        return {}
    own = _bits(scores.texts[text], scores.digests[text])
    found = {plain: own._replace(numerator=np.array(reference.bits))}
    if math.isfinite(reference.primed):
        found[primed] = own._replace(numerator=reference.primed * own.denominator)
    return found
