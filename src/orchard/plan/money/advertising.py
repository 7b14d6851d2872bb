"""What a product earns by advertising and subscriptions, and what that costs.

Users who are served turn to the product so many times a day; some turns may carry an advertisement, some
of those do, some auctions clear. What is not stated in the programme costs nothing: no user is lost, no
price falls, nothing is credited back.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from orchard.estimate.cost import token_usd
from orchard.estimate.revenue import (
    Auctions,
    Earned,
    auctions,
    break_even_load,
    decayed_usd,
    earned,
    per_thousand_usd,
    retained_share,
    subscription_usd,
)
from orchard.plan import serving
from orchard.plan.calendar import DAY_S, DAYS_PER_QUARTER, Array, before
from orchard.plan.money.reported import reported
from orchard.plan.money.unit import chip_second_usd_of
from orchard.plan.scene import Scene
from orchard.spec.products import Product

if TYPE_CHECKING:
    from orchard.plan.outlook import Outlook


def earns(product: Product) -> bool:
    """Whether a product brings revenue of its own."""
    return product.advertising is not None or product.subscription is not None


def user_days(outlook: Outlook, product_id: str) -> Array:
    """Days of users who are served and stay [Q, S]: some leave for advertisements."""
    calendar, users = outlook.scene.calendar, outlook.served_users(product_id)
    days = calendar.step_s[:, None] / DAY_S
    path = f"products.{product_id}.advertising"
    kept = retained_share(outlook.scene.draws(f"{path}.users_lost"), outlook.scene.draws(f"{path}.load"))
    return calendar.quarterly((users[1:] + users[:-1]) / 2 * days) * kept


def market(outlook: Outlook, product_id: str, days: Array) -> Auctions:
    """How auctions go in every quarter [Q, S], for so many days of users [Q, S]."""
    scene, path = outlook.scene, f"products.{product_id}.advertising"
    fill, cpm = scene.draws(f"{path}.fill"), start_price_usd(scene, product_id)
    quarter_days = np.diff(scene.calendar.bounds)[:, None]
    offered = days / quarter_days * _shown_per_day(scene, product_id)
    price = decayed_usd(
        cpm,
        np.minimum(scene.draws(f"{path}.floor"), cpm),
        scene.draws(f"{path}.half_life", default=np.inf),
        (scene.calendar.bounds[:-1, None] + quarter_days / 2 - _begun_day(outlook, product_id)) * DAY_S,
    )
    wanted, elasticity = (
        scene.draws(f"{path}.{name}", default=value)
        for name, value in (("wanted", np.inf), ("elasticity", 1.0))
    )
    return auctions(fill, price, offered, wanted, elasticity)


def start_price_usd(scene: Scene, product_id: str) -> Array:
    """Revenue of a thousand impressions [S] at the start: of impressions, of clicks, or of actions."""
    path, stated = f"products.{product_id}.advertising", scene.programme.products[product_id].advertising
    if stated is None or stated.clicks is None:
        return scene.draws(f"{path}.cpm")
    price = "click" if stated.click is not None else "action"
    actions = scene.draws(f"{path}.actions", default=1.0)
    return per_thousand_usd(scene.draws(f"{path}.clicks"), scene.draws(f"{path}.{price}"), actions)


def advertised(outlook: Outlook, product_id: str) -> Earned:
    """What advertising in a product brings by quarter [Q, S], line by line."""
    scene, path = outlook.scene, f"products.{product_id}.advertising"
    days = user_days(outlook, product_id)
    sold = market(outlook, product_id, days)
    shown = days * _shown_per_day(scene, product_id) * sold.fill
    lost = days * _core_per_day_usd(scene) * scene.draws(f"{path}.displaced")
    return earned(
        shown, sold.cpm_usd, scene.draws(f"{path}.invalid"), scene.draws(f"{path}.partners"),
        days * serving_usd(scene, product_id), lost,
    )  # fmt: skip


def subscribed_usd(outlook: Outlook, product_id: str) -> Array:
    """Revenue of subscriptions by quarter [Q, S]."""
    scene, path = outlook.scene, f"products.{product_id}.subscription"
    paying, price, fees = (scene.draws(f"{path}.{name}") for name in ("paying", "price", "fees"))
    return subscription_usd(user_days(outlook, product_id) * DAY_S, paying, price, fees)


def margin_usd(outlook: Outlook, product_id: str) -> Array:
    """What is left of a product's revenue [Q, S] after serving, and after what the core loses to it."""
    days = user_days(outlook, product_id)
    lost = outlook.displaced_usd(product_id)
    cost = days * serving_usd(outlook.scene, product_id)
    return outlook.product_revenue_usd(product_id) - cost - lost


def serving_usd(scene: Scene, product_id: str) -> Array:
    """Cost of serving one user for a day [S]: chips for the busiest hour, all day."""
    capacity = scene.programme.products[product_id].capacity
    second = chip_second_usd_of(scene, capacity.chip if capacity else "")
    return serving.chips_per_user(scene, product_id) * second * DAY_S


def token_cost_usd(scene: Scene, product_id: str) -> Array:
    """Cost of one token answered [S], by chips that are there for the busiest hour."""
    path = f"products.{product_id}"
    capacity = scene.programme.products[product_id].capacity
    second = chip_second_usd_of(scene, capacity.chip if capacity else "")
    speed = scene.draws(f"{path}.capacity.tokens") * scene.draws(f"{path}.capacity.derating", default=1.0)
    return token_usd(second, speed, 1.0 / scene.draws(f"{path}.usage.peak_to_mean"))


def paying_load(scene: Scene, product_id: str) -> Array:
    """Advertisements per eligible turn [S] that pay for serving, at the price and fill of the start."""
    path = f"products.{product_id}.advertising"
    turns = np.maximum(serving.turns_per_user_day(scene, product_id), np.finfo(float).tiny)
    eligible, fill = (scene.draws(f"{path}.{name}") for name in ("eligible", "fill"))
    price = start_price_usd(scene, product_id)
    return break_even_load(serving_usd(scene, product_id) / turns, eligible, fill, price)


def _shown_per_day(scene: Scene, product_id: str) -> Array:
    """Advertisements [S] that one user is shown a day: turns x eligible x load; who pays sees none."""
    path = f"products.{product_id}"
    shown = scene.draws(f"{path}.advertising.eligible") * scene.draws(f"{path}.advertising.load")
    return (
        serving.turns_per_user_day(scene, product_id)
        * shown
        * (1.0 - scene.draws(f"{path}.subscription.paying"))
    )


def _begun_day(outlook: Outlook, product_id: str) -> Array:
    """Day [S] on which a product begins to advertise: its model's release, or its first users."""
    product = outlook.scene.programme.products[product_id]
    first = min((entry.date.toordinal() for entry in product.adoption.values()), default=0)
    start = np.full(outlook.scene.draws.size, float(first))
    return start if product.model is None else np.maximum(start, outlook.released_day(product.model))


def _core_per_day_usd(scene: Scene) -> Array:
    """What a person brings in the core a day [S], in the last four quarters reported."""
    known = scene.programme.finances.reported
    quarters = [quarter for quarter in sorted(known) if known[quarter].family is not None][-4:]
    found = []
    for quarter in quarters:
        money, here = reported(scene, quarter, "family"), reported(scene, quarter, "people")
        there = reported(scene, before(quarter, 1), "people")
        if money is not None and here is not None and there is not None:
            found.append(money / ((here + there) / 2))
    days = len(found) * DAYS_PER_QUARTER
    return np.sum(found, axis=0) / days if found else np.zeros(scene.draws.size)
