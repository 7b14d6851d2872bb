"""Whose spread it is: Sobol indices of independent sources, Shapley effects of dependent inputs.

Sources are redrawn one group at a time, from the stream of another seed; the others keep their numbers.
Inputs with one cause, or with causes that move together, depend on each other: some are redrawn *given* the
others, by what those tell of the causes. With x = r z + sqrt(1 - r^2) e for each of n inputs of a cause that
are kept, the causes z are jointly normal: their precision is that of the causes themselves, with
n r^2 / (1 - r^2) added for each; the mean is what r / (1 - r^2) times the sum of x solves.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from orchard.estimate.sobol import Share, first_order, random_orders, shapley, shares, total
from orchard.plan.altered import Altered, correlated, own_normal, score, uniform
from orchard.plan.calendar import Array
from orchard.plan.draws import Draws
from orchard.plan.explain.inputs import Group, Inputs
from orchard.plan.explain.variants import Lab, Read, Variant

_EVENT, _CAUSE = "chance:", "cause:"
_CLOSEST = 1 - 1e-9  # a correlation with the cause beyond which an input is the cause

Progress = Callable[[float], None]
Measure = Callable[[Read], Array]


class Shares(NamedTuple):
    """Shares of a source: by itself, and with all that it interacts with."""

    first: Share
    total: Share


def sobol(
    lab: Lab, inputs: Inputs, groups: list[Group], base: Read, measures: list[Measure], progress: Progress
) -> list[list[Shares]]:
    """Sobol indices of each group, for each measure of the target."""
    everything = [key for group in groups for key in group.keys]
    keys = [everything, *(group.keys for group in groups)]
    found = lab.all([_redrawn(lab, inputs, each) for each in keys], progress=progress)

    def one(moved: Read, measure: Measure) -> Shares:
        outputs = (measure(base), measure(found[0]), measure(moved))
        return Shares(shares(outputs, first_order)[0], shares(outputs, total)[0])

    return [[one(moved, measure) for measure in measures] for moved in found[1:]]


def _redrawn(lab: Lab, inputs: Inputs, keys: Iterable[str]) -> Variant:
    """Some streams of another seed in the place of their own."""
    names = list(keys)

    def alter(draws: Draws, block: int) -> Altered:
        other = lab.other(block)
        return Altered(
            draws,
            normals={key: other.normal(key) for key in names if not key.startswith(_EVENT)},
            uniforms={event: uniform(other, event) for event in _events(names)},
        )

    return Variant(alter, inputs.reading(names))


def effects(
    lab: Lab, inputs: Inputs, groups: list[Group], base: Read, measures: list[Measure], progress: Progress
) -> list[list[Share]]:
    """Shapley effects of each group of inputs, for each measure of the target; together 1."""
    rng = np.random.default_rng(lab.seed)
    orders = [random_orders(rng, len(groups), draws.size) for draws in lab.draws]
    moved = inputs.reading(key for group in groups for key in group.keys)

    def upto(step: int) -> Variant:
        def alter(draws: Draws, block: int) -> Altered:
            places = np.argsort(orders[block], axis=0)
            return _conditional(lab, inputs, groups, draws, block, places < step)

        return Variant(alter, moved)

    found = lab.all([upto(step + 1) for step in range(len(groups))], progress=progress)
    order = np.concatenate(orders, axis=1)
    chains = [np.stack([measure(read) for read in (base, *found)]) for measure in measures]
    rows = [shares((chain, order), shapley) for chain in chains]
    return [list(row) for row in zip(*rows, strict=True)]


def _conditional(
    lab: Lab, inputs: Inputs, groups: list[Group], draws: Draws, block: int, redrawn: NDArray[np.bool_]
) -> Altered:
    """Draws with the groups in `redrawn` [K, S] drawn anew, given the inputs of the others."""
    other = lab.other(block, steps=2)
    masks = {key: redrawn[place] for place, group in enumerate(groups) for key in group.keys}
    uniforms = {
        event: np.where(masks[_EVENT + event], uniform(other, event), uniform(draws, event))
        for event in _events(masks)
    }
    amounts = [key for key in masks if not key.startswith(_EVENT)]
    scores = {key: np.where(masks[key], other.normal(key), draws.normal(key)) for key in amounts}
    if inputs.causes:
        tied = [key for key in amounts if inputs.values[key].cause is not None]
        scores |= _given(inputs, draws, other, {key: masks[key] for key in tied})
    return Altered(draws, uniforms=uniforms, scores=scores)


def _given(
    inputs: Inputs, draws: Draws, other: Draws, masks: dict[str, NDArray[np.bool_]]
) -> dict[str, Array]:
    """Scores of the inputs that have a cause, those in `masks` [S] drawn anew given the others."""
    causes = inputs.causes
    of = {key: causes.index(str(inputs.values[key].cause)) for key in masks}
    r = np.clip([draws.correlations.get(cause, 0.0) for cause in causes], 0.0, _CLOSEST)
    own, before = 1.0 - r * r, {key: score(draws, inputs.values[key]) for key in masks}
    told, count = np.zeros((2, draws.size, len(causes)))
    for key, mask in masks.items():
        told[:, of[key]] += np.where(mask, 0.0, before[key])
        count[:, of[key]] += ~mask
    drawn = np.stack([own_normal(other, _CAUSE + cause) for cause in causes], axis=-1)
    common = _posterior(correlated(draws, causes), count * r**2 / own, told * r / own, drawn)
    return {
        key: np.where(
            mask, r[of[key]] * common[:, of[key]] + np.sqrt(own[of[key]]) * other.normal(key), before[key]
        )
        for key, mask in masks.items()
    }


def _posterior(correlations: Array, weight: Array, told: Array, drawn: Array) -> Array:
    """Draws [S, C] of causes given what was told of them.

    `weight` [S, C] is what inputs add to the precision, `told` [S, C] their sum so weighted, `drawn` [S, C]
    standard normal.
    """
    size = len(correlations)
    prior = np.linalg.inv(correlations + (1.0 - _CLOSEST) * np.eye(size))
    precision = prior + weight[:, :, None] * np.eye(size)
    factor = np.linalg.cholesky(precision)
    middle = np.linalg.solve(precision, told[:, :, None])[:, :, 0]
    around: Array = np.linalg.solve(factor.transpose(0, 2, 1), drawn[:, :, None])[:, :, 0]
    return middle + around


def _events(keys: Iterable[str]) -> list[str]:
    return [key.removeprefix(_EVENT) for key in keys if key.startswith(_EVENT)]
