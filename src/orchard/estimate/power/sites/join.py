"""Chips of one table beside power of another: which rows of chips stood at the date of a power.

Tables of chips mix two habits: a row may be all chips of a kind at the site from its date on, or those
that were added. Power and chips also have dates of their own, and power may count halls that no row of
chips has yet. What tells is the site's speed, which tables of power give in H100s: with the speed of each
chip learned from sites with no other, a power belongs to those chips that make up its speed, and to none
if neither reading does. Without speeds, the rows are taken as states.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

import numpy as np

from orchard.estimate.power.sites.pairs import Count, Pair, Power

Chips = Mapping[str, float]

# A reading is right if the chips make up the site's speed to within this; figures are rounded by less.
TOLERANCE = 0.05
# Speeds of a chip at several sites are the same if they differ by less.
ALIKE = 0.02

_UNTOLD = "its chips do not make up its speed: another date, or halls without chips"


def join(counts: Sequence[Count], powers: Sequence[Power]) -> tuple[list[Pair], list[tuple[str, str]]]:
    """Pairs of chips and power, and what was left out, with the reason.

    >>> counts = [Count("a", "2025-01-01", "h100", 8.0), Count("a", "2025-06-01", "h100", 16.0)]
    >>> powers = [Power("a", "2025-02-01", 11e3, 14e3, 8.0), Power("a", "2025-07-01", 33e3, 42e3, 24.0)]
    >>> [dict(pair.chips) for pair in join(counts, powers)[0]]
    [{'h100': 8.0}, {'h100': 24.0}]
    """
    read = [(power, _readings(counts, power)) for power in _distinct(powers)]
    known = [(power, readings) for power, readings in read if readings]
    speeds = _speeds(known, _first_seen(counts))
    pairs, lost = [], [(_name(power), "no row of chips by that date") for power, some in read if not some]
    for power, readings in known:
        best = _told(readings, power, speeds)
        if best is None:
            lost.append((_name(power), _UNTOLD))
        else:
            pairs.append(Pair(power.site, power.date, best, power.it_power_w, power.facility_power_w))
    return pairs, lost


def _distinct(powers: Sequence[Power]) -> Iterator[Power]:
    """Powers of which a site has not the same already, in order of date."""
    seen = set()
    for power in sorted(powers, key=lambda one: (one.site, one.date)):
        key = (power.site, power.it_power_w, power.facility_power_w, power.equivalents)
        if key not in seen:
            seen.add(key)
            yield power


def _readings(counts: Sequence[Count], power: Power) -> list[Chips]:
    """The chips of a site at the date of a power: the last row of each, or, where that differs, their sum."""
    states: dict[str, float] = {}
    sums: dict[str, float] = {}
    for count in sorted((one for one in counts if one.site == power.site), key=lambda one: one.date):
        if count.date <= power.date:
            states[count.chip] = count.chips
            sums[count.chip] = sums.get(count.chip, 0.0) + count.chips
    readings = [{chip: n for chip, n in one.items() if n > 0} for one in (states, sums)]
    return [one for place, one in enumerate(readings) if one and one not in readings[:place]]


def _told(readings: Sequence[Chips], power: Power, speeds: Mapping[str, float]) -> Chips | None:
    """The reading that makes up a site's speed; the only one where speeds cannot tell."""
    unknown = not power.equivalents or any(chip not in speeds for chips in readings for chip in chips)
    if unknown:
        return readings[0] if len(readings) == 1 or not power.equivalents else None
    misses = [abs(float(np.log(_speed(chips, speeds) / power.equivalents))) for chips in readings]
    best = int(np.argmin(misses))
    return readings[best] if misses[best] <= TOLERANCE else None


def _speeds(known: Sequence[tuple[Power, list[Chips]]], first: Mapping[str, str]) -> dict[str, float]:
    """Speed of each chip in H100s, one chip after the other: the one on which most sites agree first."""
    speeds: dict[str, float] = {}
    while True:
        asked: dict[str, list[tuple[str, float]]] = {}
        for power, readings in known:
            for chips in readings if power.equivalents else ():
                new = [chip for chip in chips if chip not in speeds]
                if len(new) == 1:
                    each = (power.equivalents - _speed(chips, speeds)) / chips[new[0]]
                    asked.setdefault(new[0], []).append((power.site, each))
        agreed = {chip: _agreed(votes) for chip, votes in asked.items()}
        agreed = {chip: found for chip, found in agreed.items() if found[0]}
        if not agreed:
            return speeds
        best = min(agreed, key=lambda chip: (-agreed[chip][0], first[chip], chip))
        speeds[best] = agreed[best][1]


def _agreed(votes: Iterable[tuple[str, float]]) -> tuple[int, float]:
    """How many sites agree on a speed, and on which; no sites where none is above 0."""
    listed = [(site, value) for site, value in votes if value > 0]
    if not listed:
        return 0, 0.0
    logs = np.log([value for _, value in listed])
    near = np.abs(logs[:, None] - logs) < ALIKE
    sites = [len({listed[place][0] for place in np.flatnonzero(row)}) for row in near]
    most = int(np.argmax(sites))
    return sites[most], float(np.exp(np.median(logs[near[most]])))


def _speed(chips: Chips, speeds: Mapping[str, float]) -> float:
    return sum(speeds.get(chip, 0.0) * n for chip, n in chips.items())


def _first_seen(counts: Sequence[Count]) -> dict[str, str]:
    first: dict[str, str] = {}
    for count in counts:
        first[count.chip] = min(first.get(count.chip, count.date), count.date)
    return first


def _name(power: Power) -> str:
    return f"{power.site} {power.date}"
