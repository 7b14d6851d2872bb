"""The outlook: parts that add up, computed once, and reused where a change does not reach."""

from __future__ import annotations

import numpy as np
import pytest

from orchard.plan.definitions import definitions
from orchard.plan.engine import judge
from orchard.plan.expression import read_test
from orchard.plan.outlook import Outlook
from orchard.plan.scene import UNCHANGED, Changes, Scene

from . import small
from .small import outlook

CHANGES = [
    UNCHANGED, Changes(money=1.5), Changes(power=1.5), Changes(chips=1.5), Changes(site_days=50), Changes(delivery_days=50),
    Changes(run_days=50), Changes(stage_days=20), Changes(run_chips=2), Changes(run_sites=(("apple", "utah"),)),
    Changes(site_order=("ohio", "utah")), Changes(ignore=frozenset({"delays"})), Changes(ignore=frozenset({"people"})),
    Changes(ignore=frozenset({"failures"})), Changes(ignore=frozenset({"gate"})), Changes(money=2, power=2),
]  # fmt: skip


@pytest.mark.parametrize("changes", CHANGES, ids=str)
def test_what_is_reused_is_what_would_be_computed(changes: Changes) -> None:
    """Every known quantity, with and without an unchanged outlook to take from."""
    setup = small.setup()
    draws, known = setup.draws(0, 0, 20), definitions(setup)
    base = Outlook(Scene(setup, draws))
    tests = {
        name: read_test(f"{name}{when} >= {name}{when}", known, setup)
        for name, each in known.items()
        if not each.unknown
        for when in ({"state": "@2026-12-31", "flow": "@2026"}.get(each.kind, ""),)
    }
    judge(base, tests)
    fresh, reused = (judge(Outlook(Scene(setup, draws, changes), other), tests) for other in (None, base))
    for name in tests:
        assert np.array_equal(fresh[name].values, reused[name].values, equal_nan=True), name


def test_nothing_is_computed_twice() -> None:
    found = outlook()
    assert found.power_w("ohio") is found.power_w("ohio")
    assert found.installed("ohio") is found.installed("ohio")
    assert found.training("apple") is found.training("apple")
    assert found.revenue_usd("2026-Q1") is found.revenue_usd("2026-Q1")


def test_energy_is_power_over_time_at_the_meter() -> None:
    found = outlook()
    joules = found.energy_j.sum(axis=0)
    step = found.scene.calendar.step_s[:, None]
    drawn = ((found.drawn_w[1:] + found.drawn_w[:-1]) / 2 * step).sum(axis=0)
    assert np.allclose(joules, drawn * 1.1)
    assert np.allclose(found.energy_cost_usd.sum(axis=0), joules * 60 / 3.6e9)
    assert np.all(found.drawn_w <= found.power_need_w(found.everywhere))


def test_the_lab_trains_on_its_share_once_it_is_founded() -> None:
    found = outlook()
    founded = found.scene.calendar.edges >= found.scene.programme.lab.founded.toordinal()
    gpus = found.count(found.everywhere)
    assert np.allclose(found.lab_chips[founded], gpus[founded] * found.scene.draws("lab.share"))
    assert not found.lab_chips[~founded].any()
    assert np.all((found.freed_share >= 0) & (found.freed_share <= 1))


def test_uplift_comes_with_the_release() -> None:
    with_uplift, without = outlook(), outlook({"products.ads.uplift": small.DROP})
    added = with_uplift.revenues_usd - without.revenues_usd
    assert np.all(added >= 0)
    assert not added[:4].any()  # 2025: before the release
    after = with_uplift.released_day("apple") < with_uplift.scene.calendar.bounds[-2]
    assert np.allclose(
        added[-1][after],
        0.01 * 1.1 * (1 + with_uplift.scene.draws("finances.revenue.growth.2026"))[after] * 1.2 * 1.3e9,
    )


def test_reported_revenue_has_no_additions() -> None:
    assert np.allclose(outlook().revenue_usd("2025-Q1"), 1.2e9)
    assert np.allclose(outlook().family_revenue_usd("2025-Q1"), 1.18e9)


def test_a_model_without_a_plan_is_never_released() -> None:
    assert np.all(np.isinf(outlook({"models.idea": {"title": "An idea"}}).released_day("idea")))


def test_counts_add_up_over_sites() -> None:
    found = outlook()
    both = sum(found.count(found.installed(site)) for site in ("ohio", "utah"))
    assert np.allclose(both, found.count(found.everywhere))
