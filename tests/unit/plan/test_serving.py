"""Serving: users wanted, users the chips left can serve, and what they earn."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from orchard.plan import serving
from orchard.plan.calendar import to_day

from .small import BASE, DROP, outlook


def test_users_are_interpolated_between_the_dates_of_adoption_and_held_outside() -> None:
    edits = {"products.companion.adoption": {"a": {"date": "2025-12-31", "users": "1 M people"},
                                             "b": {"date": "2026-12-31", "users": "3 M people"}}}  # fmt: skip
    found = outlook(edits, samples=2)
    users, calendar = serving.users(found.scene, "companion"), found.scene.calendar
    wanted = np.interp(calendar.edges, [739617, 739982], [1e6, 3e6])
    assert to_day(found.scene.programme.products["companion"].adoption["b"].date) == 739981
    assert np.allclose(users, wanted[:, None], rtol=1e-3)


@pytest.mark.parametrize("steps", [{}, {"only": {"date": "2026-06-30", "users": "5 people"}}])
def test_few_dates_of_adoption_are_enough(steps: dict[str, Any]) -> None:
    users = serving.users(outlook({"products.companion.adoption": steps}, samples=2).scene, "companion")
    assert np.unique(users).tolist() == ([5.0] if steps else [0.0])


def test_chips_per_user_follow_usage_and_throughput() -> None:
    """3 x 4 x 200 tokens and 0.2 images a day, twice at the peak, 1000 tokens/s or 1 image/s at half load."""
    need = serving.chips_per_user(outlook(samples=2).scene, "companion")
    assert np.allclose(need, 2 * (2400 / 1000 + 0.2 / 1) / 0.5 / 86400)


def test_chips_left_count_by_bandwidth_after_lab_and_core() -> None:
    found = outlook({"chips.fast.bandwidth": "10 TB/s", "lab.share": "60 %"}, samples=3)
    left = serving.left_chips(found.scene, found.everywhere, "slow")
    counts = found.everywhere
    # the own ASICs have the reference's type and count as well
    slow = counts["slow-2025"] + counts["slow-utah"] + counts["asic-utah"]
    assert np.allclose(left, 0.3 * (slow + 2 * counts["fast-2026"]))


def test_nothing_is_left_where_lab_and_core_take_all() -> None:
    found = outlook({"products.ads.fleet_share": "60 %"})
    assert not found.capacity_users("companion").any()
    assert not found.served_users("companion").any()


def test_served_users_are_wanted_and_possible_and_come_after_the_release() -> None:
    found = outlook({"lab.share": "80 %"})
    served, wanted = found.served_users("companion"), serving.users(found.scene, "companion")
    assert np.all(served <= wanted)
    assert np.all(served <= found.capacity_users("companion"))
    early = found.scene.calendar.edges[:, None] < found.released_day("apple")
    assert not served[early].any()
    assert served[~early].all()


@pytest.mark.parametrize(
    "edits",
    [{"products.companion.usage.tokens": 0, "products.companion.usage.images": DROP},
     {"products.companion.capacity": {"chip": "slow", "derating": "50 %"}}],
)  # fmt: skip
def test_users_who_want_nothing_can_all_be_served(edits: dict[str, Any]) -> None:
    found = outlook(edits, samples=3)
    assert np.all(np.isinf(found.capacity_users("companion")))
    assert np.all(np.isfinite(found.served_users("companion")))


def test_products_share_the_chips_and_never_more_than_there_are() -> None:
    companion = BASE["products"]["companion"]
    other = companion | {"model": "berry", "usage": companion["usage"] | {"tokens": 900}}
    found = outlook({"products.other": other, "lab.share": "85 %"})
    parts = [
        found.served_users(name) / np.maximum(found.capacity_users(name), 1e-9)
        for name in ("companion", "other")
    ]
    assert np.all(sum(parts) <= 1 + 1e-9)
    assert (sum(parts) > 1 - 1e-9).any()  # they are short: alone, each would take them all
    assert (found.served_users("companion") < outlook({"lab.share": "85 %"}).served_users("companion")).any()


def test_chips_that_serve_nothing_serve_nobody() -> None:
    assert (
        not outlook({"products.companion.capacity.derating": "0 %"}, samples=3)
        .capacity_users("companion")
        .any()
    )


def test_capacity_in_chips_of_unknown_bandwidth_is_unknown() -> None:
    found = outlook({"products.companion.capacity.chip": "v100"}, samples=3)
    assert np.all(np.isnan(found.capacity_users("companion")))


def test_revenue_is_served_users_times_turns_times_price() -> None:
    edits = {"products.companion.advertising.cpm": "10 USD", "products.companion.model": DROP}
    found = outlook(edits, samples=3)
    each = 0.5 * 0.05 * 0.6 * 10 / 1000
    users = found.served_users("companion")
    days = np.diff(found.scene.calendar.edges)[:, None]
    total = ((users[1:] + users[:-1]) / 2 * days).sum(axis=0) * 12 * each
    assert np.allclose(found.product_revenue_usd("companion").sum(axis=0), total)


def test_a_product_without_usage_or_capacity_earns_nothing() -> None:
    advertising = BASE["products"]["companion"]["advertising"]
    found = outlook({"products.ads.advertising": advertising}, samples=3)
    assert np.array_equal(found.revenues_usd, outlook(samples=3).revenues_usd)
