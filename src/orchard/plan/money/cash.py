"""Cash and securities: anchored at the end of the day for which they were last reported."""

from __future__ import annotations

import numpy as np

from orchard.plan.calendar import Array, to_day
from orchard.plan.money.reported import corrected, stated
from orchard.plan.money.ventures import contributed_usd
from orchard.plan.scene import Scene


def cash_usd(scene: Scene, revenue: Array, capex: Array) -> Array:
    """Cash and securities at the edges [E, S], from flows by quarter [Q, S].

    Not-a-number before cash was reported.
    """
    flow = operating_usd(scene, revenue) - capex - invested_usd(scene) + financing_usd(scene)
    total = scene.calendar.cumulative(flow)
    begun = to_day(scene.programme.finances.cash_date) + 1
    cash = total - scene.calendar.at(total, begun) + scene.draws("finances.cash")
    cash[: max(int(np.searchsorted(scene.calendar.edges, begun, side="right")) - 1, 0)] = np.nan
    return cash


def net_cash_usd(scene: Scene, cash: Array) -> Array:
    """Cash less debt at the edges [E, S]: what is raised after cash was reported is debt."""
    finances = scene.programme.finances
    raised = scene.calendar.cumulative(stated(scene, "finances.raised", finances.raised))
    begun = to_day(finances.cash_date) + 1
    net: Array = cash - scene.draws("finances.debt") - (raised - scene.calendar.at(raised, begun))
    return net


def operating_usd(scene: Scene, revenue: Array) -> Array:
    """Cash from operations [Q, S]: reported, else a part of revenue, after all costs and taxes."""
    return corrected(scene, revenue * scene.draws("finances.cash_margin"), "operating")


def invested_usd(scene: Scene) -> Array:
    """Stakes bought, and money put into ventures [Q, S]: neither is capital expenditure."""
    stakes = stated(scene, "finances.investments", scene.programme.finances.investments)
    for name in sorted(scene.programme.finances.ventures):
        stakes = stakes + contributed_usd(scene, name)
    return stakes


def financing_usd(scene: Scene) -> Array:
    """Debt raised less repaid, less dividends and buybacks [Q, S]."""
    finances = scene.programme.finances
    raised = stated(scene, "finances.raised", finances.raised)
    return raised - stated(scene, "finances.returned", finances.returned)
