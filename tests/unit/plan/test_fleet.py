"""Chips: conserved, paid for, powered; more of anything never leaves fewer, a delay never more."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchard.plan import fleet
from orchard.plan.fleet import admit
from orchard.plan.outlook import Outlook
from orchard.plan.scene import Changes, Scene

from . import small
from .small import assumed, outlook

SLACK = 1e-9
_MONTHS = st.integers(1, 12).map(lambda month: f"2026-{month:02d}-01")
_BUYABLE = ("slow-2025", "fast-2026", "slow-utah")


@st.composite
def scarce(draw: st.DrawFn) -> dict[str, Any]:
    """Programmes in which power, money or chips are short, in any order and mixture; no delay is negative."""
    edits: dict[str, Any] = {
        "sites.ohio.ramp.first.adds": f"{draw(st.integers(1, 100))} MW",
        "sites.utah.ramp.only.adds": f"{draw(st.integers(1, 100))} MW",
        "finances.budget.2026": f"{draw(st.floats(0.1, 10)):.2f} G USD",
        "deliveries.fast-2026.delay": f"{draw(st.integers(0, 90))} d",
        "deliveries.slow-utah.delay": f"{draw(st.integers(0, 90))} d",
        "deliveries.slow-utah.site": draw(st.sampled_from(["ohio", "utah"])),
        "deliveries.slow-utah.chip": draw(st.sampled_from(["slow", "fast"])),
        "deliveries.slow-2025.end": draw(_MONTHS),
    }
    for name in _BUYABLE:
        most = draw(st.integers(21, 150))
        edits[f"deliveries.{name}.count"] = assumed(f"{most // 2} k chips", "5 k chips", f"{most} k chips")
    return edits


def twice(edits: dict[str, Any], changes: Changes) -> tuple[Outlook, Outlook]:
    """One programme in the same samples without and with changes."""
    made = small.setup(edits)
    draws = made.draws(0, 0, 40)
    return Outlook(Scene(made, draws)), Outlook(Scene(made, draws, changes))


@given(scarce(), st.floats(0.5, 3), st.floats(0.5, 3))
def test_power_chips_and_money_are_conserved_in_every_sample(
    edits: dict[str, Any], money: float, chips: float
) -> None:
    found = outlook(edits, samples=40, changes=Changes(money=money, chips=chips))
    for site in found.scene.programme.sites:
        assert np.all(
            found.power_need_w(found.installed(site)) <= found.it_power_w(site) * (1 + SLACK) + SLACK
        )
    assert np.all(found.cost_usd(found.paid) <= found.server_money_usd * (1 + SLACK) + SLACK)
    for name, installed in found.everywhere.items():
        assert np.all(np.diff(installed, axis=0) >= -SLACK)
        assert np.all(installed >= 0)
        assert np.all(installed <= found.paid[name] * (1 + SLACK))
        assert np.all(found.paid[name] <= found.delivered[name] * (1 + SLACK))


def test_installed_and_waiting_are_all_that_is_paid() -> None:
    from orchard.plan.definitions import definitions

    found = outlook()
    known = definitions(found.scene.setup)
    read = {name: known[f"fleet.{name}"].states(found) for name in ("gpus", "waiting", "paid", "delivered")}  # type: ignore[misc]
    assert np.allclose(read["gpus"] + read["waiting"], read["paid"])
    assert np.all(read["waiting"] >= -SLACK)
    assert np.all(read["paid"] <= read["delivered"] * (1 + SLACK))


@given(
    scarce(),
    st.sampled_from([Changes(money=1.2), Changes(money=4), Changes(power=1.2), Changes(power=4), Changes(chips=1.2),
                     Changes(chips=4), Changes(site_days=60), Changes(money=2, power=2, chips=2, site_days=30), Changes(power=2, chips=2, hindsight=True)]),
)  # fmt: skip
def test_more_never_leaves_fewer_of_any_delivery(edits: dict[str, Any], changes: Changes) -> None:
    base, more = twice(edits, changes)
    for name, installed in base.everywhere.items():
        assert np.all(more.everywhere[name] >= installed * (1 - SLACK) - SLACK)


@given(
    scarce(),
    st.sampled_from(["sites.ohio.delay", "sites.utah.delay", "sites.utah.ramp.only.delay", "deliveries.slow-2025.delay",
                     "deliveries.fast-2026.delay", "deliveries.slow-utah.delay"]),
    st.integers(1, 400),
)  # fmt: skip
def test_a_longer_delay_never_leaves_more_of_any_delivery(
    edits: dict[str, Any], path: str, days: int
) -> None:
    stated = int(str(edits.get(path, "0 d")).split()[0])
    on_time, late = (outlook(edits | {path: f"{stated + more} d"}, samples=40) for more in (0, days))
    for name, installed in on_time.everywhere.items():
        assert np.all(late.everywhere[name] <= installed * (1 + SLACK) + SLACK)


def test_the_first_to_begin_has_the_right_of_way() -> None:
    """Power for 40 MW of IT: 30 k chips of 1 kW that begin first, then 5 k chips of 2 kW."""
    edits = {
        "sites.ohio.ramp": {"all": {"date": "2025-01-01", "adds": "50 MW"}}, "sites.ohio.delay": small.DROP,
        "deliveries.slow-2025.count": "30 k chips", "deliveries.fast-2026.count": "30 k chips",
        "deliveries.slow-2025.price": small.DROP, "deliveries.fast-2026.price": small.DROP,
    }  # fmt: skip
    found = outlook(edits, samples=5)
    assert np.allclose(found.installed("ohio")["slow-2025"][-1], 30e3)
    assert np.allclose(found.installed("ohio")["fast-2026"][-1], 5e3)


def test_chips_without_a_price_are_paid_already() -> None:
    found = outlook(
        {"finances.budget": {"2025": "200 M USD", "2026": "0 USD", "2027": "0 USD"}, "finances.reported": {}}
    )
    assert np.array_equal(found.paid["asic-utah"], found.delivered["asic-utah"])
    assert np.all(found.paid["fast-2026"] < found.delivered["fast-2026"].max())


def test_without_money_nothing_is_bought_and_without_power_nothing_runs() -> None:
    broke = outlook(changes=Changes(money=0.0, hindsight=True), edits={"finances.reported": {}})
    assert all(not broke.paid[name].any() for name in _BUYABLE)
    dark = outlook(changes=Changes(power=0.0, hindsight=True))
    assert not dark.count(dark.everywhere, gpus_only=False).any()


def test_asics_are_no_gpus() -> None:
    found = outlook()
    both, gpus = found.count(found.everywhere, gpus_only=False), found.count(found.everywhere)
    assert np.allclose(both - gpus, found.everywhere["asic-utah"])


def test_deliveries_arrive_evenly_from_first_to_last_day() -> None:
    found = outlook({"deliveries.slow-2025.count": "100 chips"}, samples=3)
    calendar = found.scene.calendar
    start, end = (
        d.toordinal()
        for d in (
            small.programme().deliveries["slow-2025"].start,
            small.programme().deliveries["slow-2025"].end,
        )
    )
    wanted = np.clip((calendar.edges - start) / (end - start), 0, 1) * 100
    assert np.allclose(found.delivered["slow-2025"], wanted[:, None])


_TOTALS = st.lists(st.floats(0, 1e4), min_size=6, max_size=6).map(lambda steps: np.cumsum(steps)[:, None])


@settings(max_examples=200)
@given(
    st.lists(st.tuples(_TOTALS, st.floats(0, 5), st.floats(0, 1e4)), min_size=1, max_size=5),
    _TOTALS,
    st.floats(1, 3),
)
def test_admission_keeps_its_promises(lots: list[Any], limit: Any, factor: float) -> None:
    wanted, unit = [lot[0] for lot in lots], [np.array([lot[1]]) for lot in lots]
    promised = [lot[0] + lot[2] for lot in lots]
    found = admit(wanted, promised, unit, limit)
    taken = sum(kept * need for kept, need in zip(found, unit, strict=True))
    assert np.all(taken <= limit * (1 + SLACK) + SLACK)
    more = admit(wanted, promised, unit, limit * factor)
    for kept, total, larger in zip(found, wanted, more, strict=True):
        assert np.all(np.diff(kept, axis=0) >= -SLACK)
        assert np.all(kept <= total * (1 + SLACK))
        assert np.all(larger >= kept * (1 - SLACK) - SLACK)


def test_admission_gives_all_where_there_is_room() -> None:
    totals = [np.array([[1.0], [2.0]]), np.array([[3.0], [5.0]])]
    found = admit(totals, totals, [np.array([2.0]), np.array([0.0])], np.array([[2.0], [4.0]]))
    assert all(np.array_equal(kept, total) for kept, total in zip(found, totals, strict=True))


@pytest.mark.parametrize(("precision", "peaks"), [("bf16", 2e15), ("fp8", 2e15), ("nvfp4", 2e15)])
def test_a_format_a_chip_lacks_runs_in_the_next_wider_one(precision: str, peaks: float) -> None:
    found = outlook(samples=3)
    assert np.unique(fleet.peak_flops_per_s(found.scene, "fast-2026", precision)).tolist() == [peaks]


def test_narrow_formats_are_used_where_there_are_some() -> None:
    edits = {"chips.fast.fp8": "4 PFLOP/s", "chips.fast.fp4": "8 PFLOP/s"}
    scene = outlook(edits, samples=1).scene
    found = [
        float(fleet.peak_flops_per_s(scene, "fast-2026", name)[0])
        for name in ("bf16", "fp8", "mxfp8", "nvfp4")
    ]
    assert found == [2e15, 4e15, 4e15, 8e15]


def test_stated_power_of_a_chip_goes_before_that_of_its_type() -> None:
    edits = {"deliveries.slow-2025.it_power": "3 kW/chip", "deliveries.slow-utah.chip": "gb200"}
    scene = outlook(edits, samples=1).scene
    assert fleet.it_power_per_chip_w(scene, "slow-2025")[0] == 3e3
    assert fleet.it_power_per_chip_w(scene, "asic-utah")[0] == 1e3
    assert fleet.it_power_per_chip_w(scene, "slow-utah")[0] == pytest.approx(1830, rel=0.2)
    assert "chip.gb200.it_power" in scene.setup.values.used
