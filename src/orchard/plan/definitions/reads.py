"""What reads have in common: rows of flows, rises of totals, ratios, sums over sites and quarters."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from orchard.plan.calendar import Array
from orchard.plan.outlook import Outlook


def over_sites(outlook: Outlook, read: Callable[[str], Array]) -> Array:
    """The sum over sites [E, S]."""
    total: Array = np.sum([read(name) for name in sorted(outlook.scene.programme.sites)], axis=0)
    return total


def of(outlook: Outlook, quarter: str, flow: Array) -> Array:
    """A quarter [S] of flows [Q, S]; not-a-number outside the horizon."""
    quarters = outlook.scene.calendar.quarters
    if quarter not in quarters:
        return np.full(outlook.scene.draws.size, np.nan)
    row: Array = flow[quarters.index(quarter)]
    return row


def rise(outlook: Outlook, quarter: str, total: Array) -> Array:
    """What a running total [E, S] gains in a quarter [S]."""
    calendar = outlook.scene.calendar
    index = calendar.quarters.index(quarter)
    return calendar.at(total, calendar.bounds[index + 1]) - calendar.at(total, calendar.bounds[index])


def fixed(outlook: Outlook, value: float) -> Array:
    """The same number in every sample [S]."""
    return np.full(outlook.scene.draws.size, float(value))


def ratio(above: Array, below: Array) -> Array:
    """One over the other, without warnings where that is no number."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(above / below)


def over_year(read: Callable[[str], Array], year: str) -> Array:
    """The sum of four quarters [S]."""
    total: Array = np.sum([read(f"{year}-Q{number}") for number in range(1, 5)], axis=0)
    return total
