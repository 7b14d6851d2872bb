"""Draws of uncertain amounts: deterministic, correlated by causes, independent of order.

Amounts follow their causes, and causes follow each other where the programme says so (`moves_with`).

Each amount has a random stream of its own, seeded by the seed, its key and the block of samples. So a
result does not depend on the order of entries in the file, a larger number of samples starts with
the same ones, and two plans that differ in one thing differ only by that thing.
"""

from __future__ import annotations

import hashlib
from functools import cached_property

import numpy as np

from orchard.estimate.spread import one_factor, split_lognormal, split_normal
from orchard.plan.calendar import Array
from orchard.plan.values import Value, Values
from orchard.spec.correlation import mixture

BLOCK = 1000


class Draws:
    """The draws of one block of samples.

    Parameters
    ----------
    values : Values
        the resolved amounts
    correlations : dict
        how closely amounts follow each cause, 0 to 1, by cause
    seed, block, size : int
        seed, number of the block, samples in it
    """

    def __init__(
        self, values: Values, correlations: dict[str, float], seed: int, block: int, size: int
    ) -> None:
        self.values, self.correlations = values, correlations
        self.seed, self.block, self.size = seed, block, size
        self._normals: dict[str, Array] = {}
        self._drawn: dict[Value, Array] = {}

    def __call__(self, path: str, default: float = 0.0) -> Array:
        """Samples [S] of the amount at `path`; `default` where the programme leaves it out."""
        value = self.values.amounts.get(path)
        if value is None:
            return np.full(self.size, default)
        if value not in self._drawn:
            self._drawn[value] = self._draw(value)
        return self._drawn[value]

    def fact(self, fact_id: str, unit: str, user: str) -> Array:
        """Samples [S] of a fact that the plan itself relies on, in the coherent unit of `unit`."""
        return self(self.values.cite(fact_id, unit, user))

    def chance(self, path: str, name: str) -> Array:
        """Samples [S] of 0 or 1: whether something of the probability at `path` happens."""
        share = self(path, default=1.0)
        uniform = self._stream(f"chance:{name}").random(self.size)
        return (uniform < share).astype(float)

    def normal(self, key: str) -> Array:
        """The standard normal draws [S] behind an amount, for sensitivities."""
        if key not in self._normals:
            mixed = self._mixed.get(key)
            if mixed is None:
                self._normals[key] = self._stream(key).standard_normal(self.size)
            else:
                parts = [weight * self._stream(other).standard_normal(self.size) for other, weight in mixed]
                self._normals[key] = np.sum(parts, axis=0)
        return self._normals[key]

    def scores(self) -> dict[str, Array]:
        """Normal draws [S] behind every uncertain amount drawn so far, and behind their causes."""
        drawn = [value for value in self._drawn if not value.certain]
        keys = {value.key for value in drawn} | {f"cause:{value.cause}" for value in drawn if value.cause}
        return {key: self.normal(key) for key in sorted(keys)}

    @cached_property
    def _mixed(self) -> dict[str, list[tuple[str, float]]]:
        """For causes that move with others: the independent draws they are made of, with their weights."""
        together = [
            (path.split(".")[1], path.split(".")[3], value.value)
            for path, value in self.values.amounts.items()
            if path.startswith("causes.") and ".moves_with." in path
        ]
        names = sorted({name for one, other, _ in together for name in (one, other)})
        table = [[float(one == other) for other in names] for one in names]
        for one, other, correlation in together:
            first, second = names.index(one), names.index(other)
            table[first][second] = table[second][first] = correlation
        keys = [f"cause:{name}" for name in names]
        return {
            key: [(other, weight) for other, weight in zip(keys, row, strict=True) if weight]
            for key, row in zip(keys, mixture(table), strict=True)
        }

    def _score(self, value: Value) -> Array:
        own = self.normal(value.key)
        if value.cause is None:
            return own
        return one_factor(self.normal(f"cause:{value.cause}"), own, self.correlations.get(value.cause, 0.0))

    def _draw(self, value: Value) -> Array:
        if value.certain:
            return np.full(self.size, value.value)
        spread = split_lognormal if value.low > 0 and not value.signed else split_normal
        drawn = spread(self._score(value), value.low, value.value, value.high)
        least = -np.inf if value.least is None else value.least
        most = np.inf if value.most is None else value.most
        return np.clip(drawn, least, most)

    def _stream(self, key: str) -> np.random.Generator:
        text = f"{self.seed}/{self.block}/{key}".encode()
        words = np.frombuffer(hashlib.blake2b(text, digest_size=32).digest(), dtype=np.uint32)
        return np.random.Generator(np.random.Philox(np.random.SeedSequence([int(word) for word in words])))
