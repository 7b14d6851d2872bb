"""Power on site: late or not, it only grows, and no watt appears from nowhere."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchard.plan import power
from orchard.plan.calendar import to_day
from orchard.plan.scene import Changes

from . import small
from .small import outlook

DAYS = st.floats(0, 400)


@given(st.floats(0, 500), DAYS, DAYS)
def test_progress_grows_from_nothing_to_all(start: float, days: float, later: float) -> None:
    edges = np.arange(0.0, 1000.0, 7.0)[:, None]
    found = power.progress(edges, np.array([start, start + later]), np.array([days, days]))
    assert np.all(np.diff(found, axis=0) >= 0)
    assert np.all((found >= 0) & (found <= 1))
    assert np.all(found[edges[:, 0] < start] == 0)
    assert np.all(found[edges[:, 0] >= start + later + days] == 1)
    assert np.all(found[:, 1] <= found[:, 0])


def test_power_is_the_sum_of_the_phases_and_never_falls() -> None:
    found = outlook()
    watts = found.power_w("ohio")
    phases = [found.scene.draws(f"sites.ohio.ramp.{phase}.adds") for phase in ("first", "second")]
    assert np.all(np.diff(watts, axis=0) >= 0)
    assert np.allclose(watts[-1], sum(phases))
    assert np.allclose(found.it_power_w("ohio"), watts / 1.25)


def test_history_is_not_delayed() -> None:
    found = outlook()
    first, second = (power.phase_start_day(found.scene, "ohio", phase) for phase in ("first", "second"))
    assert np.unique(first).tolist() == [to_day(found.scene.programme.sites["ohio"].ramp["first"].date)]
    assert np.unique(second).size > found.scene.draws.size * 0.9
    assert np.all(second > to_day(found.scene.programme.as_of)), "what has not begun by then begins later"
    assert np.array_equal(power.site_start_day(found.scene, "ohio"), np.minimum(first, second))


@pytest.mark.parametrize("path", ["sites.ohio.delay", "sites.ohio.ramp.second.delay"])
def test_a_longer_delay_never_adds_power(path: str) -> None:
    less, more = (outlook({path: days}).power_w("ohio") for days in ("20 d", "60 d"))
    assert np.all(more <= less)
    assert np.any(more < less)


def test_without_delays_phases_are_on_time() -> None:
    found = outlook(changes=Changes(ignore=frozenset({"delays"})))
    assert np.unique(power.phase_start_day(found.scene, "ohio", "second")).tolist() == [
        to_day(found.scene.programme.sites["ohio"].ramp["second"].date)
    ]


@given(st.floats(0.1, 5), st.floats(0, 300))
def test_changes_scale_power_and_move_its_dates(factor: float, days: float) -> None:
    base, changed = (
        outlook(samples=20),
        outlook(samples=20, changes=Changes(power=factor, site_days=days, hindsight=True)),
    )
    assert np.allclose(changed.power_w("ohio")[-1], base.power_w("ohio")[-1] * factor)
    assert np.allclose(
        power.site_start_day(changed.scene, "ohio"), power.site_start_day(base.scene, "ohio") - days
    )


def test_sites_change_places_in_time() -> None:
    swapped = Changes(site_order=("ohio", "utah"), hindsight=True)
    base, changed = outlook(samples=20), outlook(samples=20, changes=swapped)
    starts: list[Any] = [
        power.site_start_day(each.scene, site) for each in (base, changed) for site in ("ohio", "utah")
    ]
    moved = to_day(base.scene.programme.sites["utah"].ramp["only"].date) - to_day(
        base.scene.programme.sites["ohio"].ramp["first"].date
    )
    assert np.allclose(starts[2], starts[0] + moved)
    assert np.allclose(starts[3], starts[1] - moved)


def test_the_order_of_phases_plays_no_part() -> None:
    ramp = small.BASE["sites"]["ohio"]["ramp"]
    turned = outlook({"sites.ohio.ramp": dict(reversed(ramp.items()))})
    assert np.array_equal(turned.power_w("ohio"), outlook().power_w("ohio"))


BUILT = {"date": "2026-01-15", "adds": "80 MW", "build": {"type": "tent", "permit": "0 d"}}


def test_power_follows_from_the_stages_of_building() -> None:
    found = outlook({"sites.ohio.ramp.second": BUILT, "sites.ohio.delay": small.DROP}, samples=2000)
    days = power.building_days(found.scene, "ohio", "second")
    start = power.phase_start_day(found.scene, "ohio", "second")
    assert np.allclose(start, to_day(found.scene.programme.sites["ohio"].ramp["second"].date) + days)
    known = found.scene.setup.catalogue
    wanted = sum(known.fact(f"build.tent.{stage}").value for stage in ("ground", "shell", "energise"))
    assert np.median(days) * 86_400.0 == pytest.approx(wanted, rel=0.15)
    assert np.percentile(days, 90) > 1.2 * np.median(days)


def test_a_stated_stage_takes_the_place_of_the_catalogue() -> None:
    stages = {"type": "hall", "permit": "10 d", "ground": "20 d", "shell": "30 d", "energise": "40 d"}
    found = outlook({"sites.ohio.ramp.second": BUILT | {"build": stages}})
    assert np.unique(power.building_days(found.scene, "ohio", "second")).tolist() == pytest.approx([100.0])
    assert not power.building_days(found.scene, "ohio", "first").any()


def test_a_hall_takes_longer_than_a_tent() -> None:
    edits = [{"sites.ohio.ramp.second": BUILT | {"build": {"type": kind}}} for kind in ("tent", "hall")]
    tent, hall = (power.building_days(outlook(edit).scene, "ohio", "second") for edit in edits)
    assert np.median(hall) > 2 * np.median(tent)


def test_what_is_being_built_has_no_power_yet() -> None:
    begun = BUILT | {
        "date": "2025-10-01",
        "build": {"permit": "0 d", "ground": "1 d", "shell": "1 d", "energise": "1 d"},
    }
    found = outlook({"sites.ohio.ramp.second": begun, "sites.ohio.delay": "0 d"})
    assert np.all(power.phase_start_day(found.scene, "ohio", "second") > to_day(found.scene.programme.as_of))
