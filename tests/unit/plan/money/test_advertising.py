"""What a product earns and costs: users, auctions, serving, what the core loses."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from orchard.plan.money import advertising

from ..small import DROP, outlook

ADS: dict[str, Any] = {"eligible": "50 %", "load": "5 %", "fill": "60 %", "cpm": "10 USD"}


def edits(**more: Any) -> dict[str, Any]:
    return {"products.companion.advertising": ADS | more, "products.companion.model": DROP}


def test_what_is_not_stated_costs_nothing() -> None:
    found = outlook(edits(), samples=5).advertised("companion")
    assert np.allclose(found.net_usd, found.gross_usd)
    assert not found.cannibalised_usd.any()


def test_users_lost_credits_and_partners_come_off() -> None:
    base = outlook(edits(), samples=5).advertised("companion").net_usd
    found = outlook(edits(users_lost=1.0, invalid="10 %", partners="20 %"), samples=5).advertised("companion")
    assert np.allclose(found.net_usd, base * 0.95 * 0.9 * 0.8)


def test_more_on_offer_than_wanted_lowers_fill_and_price() -> None:
    base, found = (outlook(edits(**more), samples=5) for more in ({}, {"wanted": 1e5}))
    low, high = found.advertised("companion").net_usd, base.advertised("companion").net_usd
    assert np.all(low <= high * (1 + 1e-9))
    assert np.all(low[-1] < high[-1])
    days = advertising.user_days(found, "companion")
    market = advertising.market(found, "companion", days)
    offered = days / np.diff(found.scene.calendar.bounds)[:, None] * 12 * 0.5 * 0.05
    assert np.allclose(market.cpm_usd, 10 * np.minimum(1e5 / np.maximum(offered, 1e-300), 1))


def test_prices_fall_from_the_day_the_product_begins() -> None:
    found = outlook(edits(half_life="365.25 d", floor="2 USD"), samples=2)
    price = advertising.market(found, "companion", advertising.user_days(found, "companion")).cpm_usd[:, 0]
    assert np.allclose(price[:4], 10)  # it begins with 2026
    assert float(price[4]) == pytest.approx(2 + 8 * 0.5 ** (1 / 8), rel=2e-3)
    assert float(price[8]) == pytest.approx(2 + 8 * 0.5 ** (9 / 8), rel=2e-3)


def test_what_the_core_loses_comes_off_revenue() -> None:
    shown = {"finances.reported.2024-Q3": {"revenue": "1.2 G USD", "people": "98 M people"},
             "finances.reported.2024-Q4": {"revenue": "1.3 G USD", "family": "1.25 G USD", "people": "100 M people"}}  # fmt: skip
    base, found = outlook(edits() | shown, samples=5), outlook(edits(displaced="10 %") | shown, samples=5)
    lost = found.displaced_usd("companion")
    each = (1.25e9 / 99e6 + 1.18e9 / 101e6) / 182.625 * 0.1
    assert np.allclose(lost, advertising.user_days(found, "companion") * each)
    quarter = "2027-Q2"
    index = found.scene.calendar.quarters.index(quarter)
    assert np.allclose(base.revenue_usd(quarter) - found.revenue_usd(quarter), lost[index])


def test_the_core_loses_no_more_than_it_has() -> None:
    shown = {"finances.reported.2024-Q3": {"revenue": "1.2 G USD", "people": "98 M people"},
             "finances.reported.2024-Q4": {"revenue": "1.3 G USD", "family": "1.25 G USD", "people": "100 M people"},
             "finances.revenue.growth": {"2025": "20 %", "2026": "0 %", "2027": "-100 %"}}  # fmt: skip
    found = outlook(edits(displaced="10 %") | shown, samples=5)
    assert np.all(found.displaced_usd("companion")[-1] > 0)
    assert np.allclose(found.revenue_usd("2027-Q4"), found.product_revenue_usd("companion")[-1])


def test_subscriptions_are_revenue() -> None:
    more = {"products.companion.subscription": {"paying": "5 %", "price": "120 USD/y", "fees": "30 %"}}
    base, found = outlook(edits(), samples=3), outlook(edits() | more, samples=3)
    earned = found.product_revenue_usd("companion") - base.product_revenue_usd("companion")
    days = advertising.user_days(found, "companion")
    fewer = base.product_revenue_usd("companion") * 0.05  # who pays sees no advertisement
    assert np.allclose(earned, days / 365.25 * 0.05 * 120 * 0.7 - fewer)


def test_margin_is_revenue_less_serving() -> None:
    found = outlook(edits(), samples=3)
    serving = advertising.user_days(found, "companion") * advertising.serving_usd(found.scene, "companion")
    assert np.allclose(
        advertising.margin_usd(found, "companion"), found.product_revenue_usd("companion") - serving
    )
    load = advertising.paying_load(found.scene, "companion")
    paid = outlook(edits(), samples=3)
    gross = paid.advertised("companion").gross_usd
    assert np.allclose(gross[-1] * load / 0.05, serving[-1])


def test_clicks_and_actions_are_paid_for_instead() -> None:
    base = outlook(edits(), samples=3).advertised("companion").gross_usd
    clicked = {name: ADS[name] for name in ("eligible", "load", "fill")} | {
        "clicks": "0.5 %",
        "click": "4 USD",
    }
    acted = clicked | {"actions": "5 %", "action": "40 USD"}
    acted.pop("click")
    for stated, cpm in ((clicked, 20), (acted, 10)):
        changed = {"products.companion.advertising": stated, "products.companion.model": DROP}
        assert np.allclose(outlook(changed, samples=3).advertised("companion").gross_usd, base * cpm / 10)


def test_who_pays_sees_no_advertisement() -> None:
    base = outlook(edits(), samples=3).advertised("companion").gross_usd
    paying = {"products.companion.subscription": {"paying": "5 %", "price": "120 USD/y"}}
    assert np.allclose(outlook(edits() | paying, samples=3).advertised("companion").gross_usd, base * 0.95)
