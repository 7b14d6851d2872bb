"""The tornado: each input held at its p10 and at its p90, all else as it falls; where the median goes."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from orchard.estimate.spread import Z_HIGH
from orchard.plan import engine
from orchard.plan.altered import Altered
from orchard.plan.draws import Draws
from orchard.plan.explain.inputs import Group, Inputs
from orchard.plan.explain.variants import Lab, Read, Variant

MOST = 14  # bars
BLOCKS = 1  # of samples: medians move smoothly, for all else is the same


class Bar(NamedTuple):
    """An input, its two ends in words of the coherent unit, and what the target is at each.

    Of a cause the ends are scores, of an event 0 and 1.
    """

    group: Group
    unit: str
    ends: tuple[float, float]
    medians: tuple[float, float]
    holds: tuple[float, float]


def tornado(lab: Lab, inputs: Inputs, groups: list[Group], progress: Callable[[float], None]) -> list[Bar]:
    """A bar for each group that is one input, cause or event; the widest first."""
    single = [group for group in groups if group.kind != "rest"][:MOST]
    variants = [_held(inputs, group.keys[0], end) for group in single for end in (-1, 1)]
    found = lab.all(variants, BLOCKS, progress)
    bars = [_bar(inputs, group, found[2 * place], found[2 * place + 1]) for place, group in enumerate(single)]
    return sorted(bars, key=lambda bar: (-_width(bar), bar.group.name))


def _held(inputs: Inputs, key: str, end: int) -> Variant:
    """One input at its p10 (-1) or p90 (1) in every sample; an event that never or always happens."""

    def alter(draws: Draws, _: int) -> Altered:
        if key.startswith("chance:"):
            never_or_always = np.full(draws.size, -1.0 if end > 0 else 2.0)
            return Altered(draws, uniforms={key.removeprefix("chance:"): never_or_always})
        held = {key: np.full(draws.size, end * Z_HIGH)}
        return Altered(draws, normals=held) if key.startswith("cause:") else Altered(draws, scores=held)

    return Variant(alter, inputs.reading([key]))


def _bar(inputs: Inputs, group: Group, low: Read, high: Read) -> Bar:
    value = inputs.values.get(group.keys[0])
    if value is not None:
        unit, ends = value.unit, (value.low, value.high)
    elif group.kind == "event":
        unit, ends = "event", (0.0, 1.0)
    else:
        unit, ends = "score", (-Z_HIGH, Z_HIGH)
    medians = (_median(low), _median(high))
    return Bar(group, unit, ends, medians, (float(low.holds.mean()), float(high.holds.mean())))


def _median(read: Read) -> float:
    return float(engine.quantiles(read.values)[1])


def _width(bar: Bar) -> float:
    low, high = bar.medians
    if low == high:
        return abs(bar.holds[1] - bar.holds[0]) / 1000
    return abs(high - low) if np.isfinite(high - low) else np.inf
