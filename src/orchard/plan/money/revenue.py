"""Revenue by quarter: reported where it is history, grown from the year before after that.

Growth is stated as such, or as that of impressions and of the price of one. What models add comes on top:
the ranking of advertisements, and products of their own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from orchard.estimate.revenue import growth_of, lifted_growth
from orchard.plan import serving
from orchard.plan.calendar import Array, before, quarter_bounds, to_day
from orchard.plan.money.advertising import earns
from orchard.plan.money.reported import begun, nothing, reported
from orchard.plan.scene import Scene

if TYPE_CHECKING:
    from orchard.plan.outlook import Outlook


def revenue_usd(scene: Scene, quarter: str) -> Array:
    """Total revenue [S] of a quarter: reported, else the same quarter a year before, grown.

    Nothing reported at all is no revenue; not-a-number where what is needed was not reported.
    """
    known = reported(scene, quarter, "revenue")
    if known is not None:
        return known
    if not begun(scene, quarter):
        return nothing(scene)
    return revenue_usd(scene, before(quarter)) * (1.0 + growth(scene, quarter))


def growth(scene: Scene, quarter: str) -> Array:
    """Planned growth [S] of a quarter over the year before: the quarter's own, or its year's."""
    planned = scene.programme.finances.revenue
    for period in (quarter, quarter[:4]):
        if period in planned.growth:
            return scene.draws(f"finances.revenue.growth.{period}")
        if period in planned.impressions and period in planned.price:
            parts = (scene.draws(f"finances.revenue.{name}.{period}") for name in ("impressions", "price"))
            return growth_of(*parts)
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
    if not begun(scene, quarter):
        return nothing(scene)
    quarterly = (1.0 + scene.draws("finances.revenue.people_growth")) ** 0.25
    return people(scene, before(quarter, 1)) * quarterly


def added_usd(outlook: Outlook, quarter: str, core: Array) -> Array:
    """What models add to a quarter [S]: the share of it after their release, and products' own.

    Products take from the core what moves over to them, and no more than it has.
    """
    scene = outlook.scene
    added, moved = np.zeros(scene.draws.size), np.zeros(scene.draws.size)
    start, end = (to_day(day) for day in quarter_bounds(quarter))
    for name, product in sorted(scene.programme.products.items()):
        gain = uplift(scene, name)
        if gain is not None and product.model is not None:
            since = np.clip((end - outlook.released_day(product.model)) / (end - start), 0.0, 1.0)
            added = added + core * gain * since
        if serving.served(product) and earns(product) and quarter in scene.calendar.quarters:
            index = scene.calendar.quarters.index(quarter)
            added = added + outlook.product_revenue_usd(name)[index]
            moved = moved + outlook.displaced_usd(name)[index]
    return added - np.minimum(moved, core)


def uplift(scene: Scene, product_id: str) -> Array | None:
    """Gain of core revenue [S] once the model of a product ranks: stated, or of conversions passed on."""
    product, path = scene.programme.products[product_id], f"products.{product_id}"
    if product.uplift is not None:
        return scene.draws(f"{path}.uplift")
    if product.conversions is None:
        return None
    passed_on = scene.draws(f"{path}.passed_on", default=1.0)
    return lifted_growth(0.0, scene.draws(f"{path}.conversions"), passed_on)
