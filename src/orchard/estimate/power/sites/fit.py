"""Constants of sites, fitted to sites whose chips and power are known.

IT power of the chips by least squares of logarithms, robust (soft L1) so that a building that is half
empty does not move it, with the rating of the chip's server as prior. Peak ratios as means of logarithms
over sites, by maker of most of the chips, drawn to that of all sites the fewer they are.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import least_squares

from orchard.catalogue import Chip
from orchard.estimate.interval import Z80, quantile
from orchard.estimate.power.sites.constants import ANY, FAR, Constants, Range, maker
from orchard.estimate.power.sites.pairs import Pair

Array = NDArray[np.float64]

# Where the loss turns from squares to absolute values: as far as power of one chip differs by design.
SCALE = 0.03
# A group of sites is drawn to all sites as if those were one more.
DRAWN = 1.0
# Fewest sites with a chip for their spread to be its width.
FEW = 2
# What an accelerator may draw of which nothing else is known, in W: from a card to a package of four dies.
VAGUE = Range(600.0, 120.0, 5 * 600.0)


def fit(pairs: Sequence[Pair], chips: Mapping[str, Chip]) -> Constants:
    """Constants that suit these pairs; a site counts by the square root of its rows.

    Parameters
    ----------
    chips
        by id, at least those of the pairs
    """
    ids = sorted({chip for pair in pairs for chip in pair.chips})
    names = [pair.site for pair in pairs]
    each = _power(pairs, [chips[name] for name in ids])
    off = np.log(_counts(pairs, ids) @ each / np.array([pair.it_power_w for pair in pairs]))
    spread = quantile(off, names)
    held = Counter(chip for chip, _ in {(chip, pair.site) for pair in pairs for chip in pair.chips})
    found = {}
    for chip, value in zip(ids, each.tolist(), strict=True):
        wide = spread if held[chip] >= FEW else max(spread, float(np.log(FAR)))
        found[chip] = _around(value, wide)
    return Constants(found, _ratios(pairs, chips))


def _power(pairs: Sequence[Pair], chips: Sequence[Chip]) -> Array:
    """IT power of each chip [c], in W."""
    before = [_before(chip) for chip in chips]
    prior = np.log([one.value for one in before])
    sure = np.array([max(np.log(one.high / one.low) / (2 * Z80), SCALE) for one in before])
    rows = Counter(pair.site for pair in pairs)
    weight = np.array([rows[pair.site] ** -0.5 for pair in pairs])
    counts, power = _counts(pairs, [chip.id for chip in chips]), np.log([pair.it_power_w for pair in pairs])

    def residual(x: Array) -> Array:
        off = (np.log(counts @ np.exp(x)) - power) / SCALE
        soft = np.sign(off) * np.sqrt(2.0 * (np.sqrt(1.0 + off**2) - 1.0))
        return np.concatenate([weight * soft, (x - prior) / sure])

    result: Array = np.exp(least_squares(residual, prior).x)
    return result


def _before(chip: Chip) -> Range:
    """What is known of a chip's IT power without sites."""
    rating = Constants({}, {}).rating(chip)
    return VAGUE if isinstance(rating, str) else rating.power_w


def _counts(pairs: Sequence[Pair], chips: Sequence[str]) -> Array:
    return np.array([[pair.chips.get(chip, 0.0) for chip in chips] for pair in pairs])


def _ratios(pairs: Sequence[Pair], chips: Mapping[str, Chip]) -> dict[str, Range]:
    """Peak ratios by maker of the chips, and of all sites."""
    sites: dict[str, tuple[str, list[float]]] = {}
    for pair in pairs:
        most = max(pair.chips, key=lambda chip, pair=pair: pair.chips[chip])  # type: ignore[misc]
        values = sites.setdefault(pair.site, (maker(chips[most]), []))[1]
        values.append(float(np.log(pair.facility_power_w / pair.it_power_w)))
    each = [(name, float(np.median(values))) for name, values in sites.values()]
    all_sites = np.array([value for _, value in each])
    centre, width = float(all_sites.mean()), quantile(all_sites - all_sites.mean())
    found = {ANY: _around(float(np.exp(centre)), width)}
    for name in sorted({name for name, _ in each}):
        own = np.array([value for other, value in each if other == name])
        mean = (own.sum() + DRAWN * centre) / (len(own) + DRAWN)
        spread = (quantile(own - mean) * len(own) + width * DRAWN) / (len(own) + DRAWN)
        found[name] = _around(float(np.exp(mean)), spread)
    return found


def _around(value: float, width: float) -> Range:
    return Range(value, value * float(np.exp(-width)), value * float(np.exp(width)))
