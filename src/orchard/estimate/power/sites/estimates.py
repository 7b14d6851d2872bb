"""IT and facility power of sites, with an 80 % interval of the facility's.

IT power is the sum over chips; facility power is that times the peak ratio, of each part of the site by
the chips in it. Errors of chips within a site are taken as one (its builder sizes all halls alike),
those of the ratio as independent of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from orchard.estimate.power.sites.constants import Constants, Range
from orchard.estimate.power.sites.table import Site, Sites

Array = NDArray[np.float64]


class Estimates(NamedTuple):
    """Sites [n] in the order in which the table names them; nan where `ok` is false.

    `low` and `high` are the 80 % interval of `facility_power_w`.
    """

    ids: list[str]
    it_power_w: Array
    facility_power_w: Array
    low: Array
    high: Array
    notes: list[str]
    ok: NDArray[np.bool_]


class Parts(NamedTuple):
    """Chips of sites in one list [m]: which site, how many, IT power a chip and peak ratio, with ranges."""

    site: NDArray[np.intp]
    chips: Array
    power: Array
    ratio: Array


def estimate(sites: Sites, constants: Constants) -> Estimates:
    """Power of every site.

    >>> from orchard.estimate.power.sites.constants import shipped
    >>> made = Sites(["id", "date", "chip", "units"], shipped())
    >>> made.add([["a", "2024-12-31", "H100", "100000"], ["b", "2025-01-01", "H", "1"]], {})
    >>> found = estimate(made, shipped())
    >>> (found.it_power_w / 1e6).round().tolist(), found.ok.tolist()
    ([140.0, nan], [True, False])
    >>> bool(found.low[0] < found.facility_power_w[0] < found.high[0])
    True
    """
    listed = list(sites)
    parts = _parts(listed, sites, constants)
    it, facility, low, high = power_of(parts, len(listed))
    ok = np.array([not site.wrong and it[i] > 0 for i, site in enumerate(listed)], dtype=np.bool_)
    blank = np.where(ok, [it, facility, low, high], np.nan)
    notes = [_note(site) for site in listed]
    return Estimates([site.name for site in listed], blank[0], blank[1], blank[2], blank[3], notes, ok)


def power_of(parts: Parts, count: int) -> tuple[Array, Array, Array, Array]:
    """IT power, facility power and its interval, of `count` sites."""

    def total(values: Array) -> Array:
        return (
            np.bincount(parts.site, values, count).astype(np.float64) if len(parts.site) else np.zeros(count)
        )

    each = parts.chips * parts.power[0]
    it, facility = total(each), total(each * parts.ratio[0])
    share = np.divide(each * parts.ratio[0], facility[parts.site], out=np.zeros_like(each), where=each > 0)
    edges = []
    for edge in (1, 2):
        off_chip = total(share * np.log(parts.power[edge] / parts.power[0]))
        off_ratio = total(share * np.log(parts.ratio[edge] / parts.ratio[0]))
        edges.append(facility * np.exp(np.hypot(off_chip, off_ratio) * (1 if edge == 2 else -1)))
    # A facility never draws less than its chips do.
    return it, facility, np.maximum(edges[0], it), edges[1]


def parts_of(rows: Iterable[tuple[int, float, Range, Range]]) -> Parts:
    """Chips of sites as arrays: place of the site, chips, IT power a chip, peak ratio."""
    listed = list(rows)
    site = np.array([row[0] for row in listed], dtype=np.intp)
    chips = np.array([row[1] for row in listed], dtype=np.float64)
    power, ratio = (np.array([row[i] for row in listed], dtype=np.float64).reshape(-1, 3).T for i in (2, 3))
    return Parts(site, chips, power, ratio)


def _parts(listed: Sequence[Site], sites: Sites, constants: Constants) -> Parts:
    rows = []
    for place, site in enumerate(listed):
        if site.wrong:
            continue
        stated = None if site.ratio is None else Range(site.ratio, site.ratio, site.ratio)
        for chip, (_, chips) in site.counts.items():
            rating = sites.ratings[chip]
            rows.append((place, chips, rating.power_w, stated or constants.ratio(rating.chip)))
    return parts_of(rows)


def _note(site: Site) -> str:
    """What was assumed of a site, or why it is blank."""
    if site.wrong:
        return "; ".join(dict.fromkeys(site.wrong))
    if not any(chips for _, chips in site.counts.values()):
        return "no chips"
    said = list(site.notes)
    if site.dated:
        when = date.fromordinal(site.last).isoformat()
        said.append(f"as of {when}: of each chip the last count, which takes the place of earlier ones")
    if site.ratio is not None:
        said.append(f"peak ratio {site.ratio:g} as stated")
    return "; ".join(said)
