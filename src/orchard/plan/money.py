"""Money by quarter: reported where it is history, budgeted and forecast after that.

Capital expenditure is the budget; a quarter that is reported is taken as reported, and the rest of
its year is spread over the other quarters. Chips are bought from the part of it that goes into
servers. Cash is anchored at the end of the day for which it was last reported.
"""

from __future__ import annotations

import numpy as np

from orchard.plan.calendar import Array, before, to_day
from orchard.plan.scene import Scene


def capex_usd(scene: Scene) -> Array:
    """Capital expenditure by quarter [Q, S], finance leases included."""
    quarters = scene.calendar.quarters
    total = np.zeros((len(quarters), scene.draws.size))
    years = sorted({quarter[:4] for quarter in quarters})
    for year in years:
        names = [f"{year}-Q{number}" for number in range(1, 5)]
        known = {name: reported(scene, name, "capex") for name in names}
        rest = scene.draws(f"finances.budget.{year}") * scene.changes.money
        rest = rest - sum(value for value in known.values() if value is not None)
        open_quarters = sum(value is None for value in known.values())
        for name in names:
            if name in quarters:
                value = known[name]
                even = np.maximum(rest, 0.0) / max(open_quarters, 1)
                total[quarters.index(name)] = even if value is None else value
    return total


def revenue_usd(scene: Scene, quarter: str) -> Array:
    """Total revenue [S] of a quarter: reported, else the same quarter a year before, grown.

    Nothing reported at all is no revenue; not-a-number where what is needed was not reported.
    """
    known = reported(scene, quarter, "revenue")
    if known is not None:
        return known
    if not _begun(scene, quarter):
        return _nothing(scene)
    return revenue_usd(scene, before(quarter)) * (1.0 + growth(scene, quarter))


def growth(scene: Scene, quarter: str) -> Array:
    """Planned growth [S] of a quarter over the year before: the quarter's own, or its year's."""
    planned = scene.programme.finances.revenue.growth
    for period in (quarter, quarter[:4]):
        if period in planned:
            return scene.draws(f"finances.revenue.growth.{period}")
    return np.full(scene.draws.size, np.nan)


def family_revenue_usd(scene: Scene, quarter: str) -> Array:
    """Revenue [S] of the apps in a quarter, without hardware."""
    known = reported(scene, quarter, "family")
    if known is not None:
        return known
    return revenue_usd(scene, quarter) * scene.draws("finances.revenue.family_share")


def people(scene: Scene, quarter: str) -> Array:
    """Daily active people [S] at the end of a quarter."""
    known = reported(scene, quarter, "people")
    if known is not None:
        return known
    if not _begun(scene, quarter):
        return _nothing(scene)
    quarterly = (1.0 + scene.draws("finances.revenue.people_growth")) ** 0.25
    return people(scene, before(quarter, 1)) * quarterly


def cash_usd(scene: Scene, revenue: Array, capex: Array) -> Array:
    """Cash and securities at the edges [E, S], from flows by quarter [Q, S].

    Operating cash flow is a part of revenue, after all costs, energy among them; capital expenditure and
    what is returned to owners go off, what is raised comes in. Not-a-number before cash was reported.
    """
    outside = np.array([
        _by_quarter(scene, "raised", quarter) - _by_quarter(scene, "returned", quarter)
        for quarter in scene.calendar.quarters
    ])  # fmt: skip
    flow = revenue * scene.draws("finances.cash_margin") - capex + outside
    total = scene.calendar.cumulative(flow)
    begun = to_day(scene.programme.finances.cash_date) + 1
    cash = total - scene.calendar.at(total, begun) + scene.draws("finances.cash")
    cash[: max(int(np.searchsorted(scene.calendar.edges, begun, side="right")) - 1, 0)] = np.nan
    return cash


def reported(scene: Scene, quarter: str, name: str) -> Array | None:
    """A reported figure [S] of a quarter; None when it is not history yet."""
    entry = scene.programme.finances.reported.get(quarter)
    if entry is None or getattr(entry, name) is None:
        return None
    return scene.draws(f"finances.reported.{quarter}.{name}")


def _begun(scene: Scene, quarter: str) -> bool:
    """Whether something was reported by this quarter."""
    known = scene.programme.finances.reported
    return bool(known) and quarter >= min(known)


def _nothing(scene: Scene) -> Array:
    return np.full(scene.draws.size, np.nan if scene.programme.finances.reported else 0.0)


def _by_quarter(scene: Scene, name: str, quarter: str) -> Array:
    """A flow [S] that is stated for quarters or for years: the quarter's own, or a fourth of its year's."""
    if quarter in getattr(scene.programme.finances, name):
        return scene.draws(f"finances.{name}.{quarter}")
    return scene.draws(f"finances.{name}.{quarter[:4]}") / 4
