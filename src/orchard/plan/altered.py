"""Draws of which some are replaced: a cause drawn anew, an input held at an end, a share made larger.

Everything else stays the same number in the same sample, so that two answers differ by the replacement alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from orchard.plan.calendar import Array
from orchard.plan.draws import Draws
from orchard.plan.values import Value

NOTHING: Mapping[str, Array] = {}


class Altered(Draws):
    """The draws of a block with replacements.

    Parameters
    ----------
    base : Draws
        what is replaced in; it is left as it is
    normals : mapping
        standard normal draws [S] of amounts (by key) and causes (``cause:<id>``)
    uniforms : mapping
        uniform draws [S] of events, by name
    scores : mapping
        normal scores [S] of amounts, by key, with the part of their cause in them
    factors : mapping
        what amounts are multiplied by, by path; they stay within the bounds of their field
    """

    def __init__(
        self,
        base: Draws,
        *,
        normals: Mapping[str, Array] = NOTHING,
        uniforms: Mapping[str, Array] = NOTHING,
        scores: Mapping[str, Array] = NOTHING,
        factors: Mapping[str, float] | None = None,
    ) -> None:
        super().__init__(base.values, base.correlations, base.seed, base.block, base.size)
        self._normals.update(base._normals)
        self._normals.update(normals)
        self._uniforms, self._scores, self._factors = uniforms, scores, factors or {}

    def __call__(self, path: str, default: float = 0.0) -> Array:
        """Samples [S] of the amount at `path`, multiplied where a factor is given."""
        drawn = super().__call__(path, default)
        factor = self._factors.get(path)
        if factor is None:
            return drawn
        value = self.values.amounts.get(path)
        least = -np.inf if value is None or value.least is None else value.least
        most = np.inf if value is None or value.most is None else value.most
        return np.clip(drawn * factor, least, most)

    def chance(self, path: str, name: str) -> Array:
        """Samples [S] of 0 or 1: whether something of the probability at `path` happens."""
        uniform = self._uniforms.get(name)
        if uniform is None:
            return super().chance(path, name)
        return (uniform < self(path, default=1.0)).astype(float)

    def _score(self, value: Value) -> Array:
        score = self._scores.get(value.key)
        return super()._score(value) if score is None else score


def correlated(draws: Draws, causes: Sequence[str]) -> Array:
    """Correlations [C, C] of causes with each other: those that the programme lets move together."""
    weights = [dict(draws._mixed.get(f"cause:{cause}") or [(f"cause:{cause}", 1.0)]) for cause in causes]
    streams = sorted({stream for each in weights for stream in each})
    table = np.array([[each.get(stream, 0.0) for stream in streams] for each in weights])
    found: Array = table @ table.T
    return found


def own_normal(draws: Draws, key: str) -> Array:
    """Standard normal draws [S] of a stream that nothing else shares."""
    return draws._stream(key).standard_normal(draws.size)


def uniform(draws: Draws, name: str) -> Array:
    """The uniform draws [S] behind an event."""
    return draws._stream(f"chance:{name}").random(draws.size)


def score(draws: Draws, value: Value) -> Array:
    """The normal score [S] behind an amount, with the part of its cause in it."""
    return draws._score(value)
