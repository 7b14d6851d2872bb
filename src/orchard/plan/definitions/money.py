"""Quantities of money: what is spent, what is earned, what is left."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from orchard.plan import money
from orchard.plan.calendar import Array, before, to_day
from orchard.plan.definitions.kinds import flow, state
from orchard.plan.definitions.reads import of, over_year, ratio
from orchard.plan.outlook import Outlook
from orchard.plan.quantities import Definition


def quantities() -> Iterator[Definition]:
    """Capital expenditure, revenue, people, cash and depreciation."""
    yield flow("capex", "capital expenditure incl. finance leases", "USD", lambda o, q: _capex(o, q))
    yield flow("revenue", "revenue", "USD", lambda o, q: o.revenue_usd(q))
    yield flow("revenue.family", "revenue of the apps", "USD", lambda o, q: o.family_revenue_usd(q))
    yield Definition(
        "revenue.growth",
        "growth of revenue over the year before",
        "%",
        "flow",
        quarter=lambda o, q: ratio(o.revenue_usd(q), o.revenue_usd(before(q))) - 1,
        year=lambda o, y: ratio(over_year(o.revenue_usd, y), over_year(o.revenue_usd, str(int(y) - 1))) - 1,
    )
    yield flow("arpp", "average revenue per person", "USD/person", _arpp)
    yield Definition(
        "people",
        "daily active people at the end of a quarter",
        "person",
        "state",
        quarter=lambda o, q: money.people(o.scene, q),
    )
    yield state("cash", "cash and securities", "USD", lambda o: o.cash_usd)
    yield state("cash.lowest", "lowest cash from the programme's date on", "USD", _lowest_cash)
    yield flow(
        "depreciation",
        "depreciation of what is bought within the horizon",
        "USD",
        lambda o, q: of(o, q, o.depreciation_usd),
    )


def _capex(outlook: Outlook, quarter: str) -> Array:
    known = money.reported(outlook.scene, quarter, "capex")
    return of(outlook, quarter, outlook.capex_usd) if known is None else known


def _arpp(outlook: Outlook, quarter: str) -> Array:
    scene = outlook.scene
    mean = (money.people(scene, before(quarter, 1)) + money.people(scene, quarter)) / 2
    return ratio(outlook.family_revenue_usd(quarter), mean)


def _lowest_cash(outlook: Outlook) -> Array:
    later = outlook.scene.calendar.edges >= to_day(outlook.scene.programme.as_of)
    masked = np.where(later[:, None], outlook.cash_usd, np.inf)
    lowest = np.minimum.accumulate(masked, axis=0)
    return np.where(np.isinf(lowest), outlook.cash_usd, lowest)
