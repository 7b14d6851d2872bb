"""Quantities: every one can be read, none at a period that makes no sense."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from orchard import units
from orchard.catalogue import catalogue
from orchard.errors import QuantityError
from orchard.plan import Setup, definitions
from orchard.plan.outlook import Outlook
from orchard.plan.quantities import read_quantity
from orchard.plan.scene import Scene
from orchard.spec.load import load

from . import small
from .small import DROP, outlook

PROGRAMMES = Path(__file__).parents[3] / "programmes"


def read(text: str, edits: dict[str, Any] | None = None, samples: int = 20) -> np.ndarray:
    found = outlook(edits, samples=samples)
    return np.asarray(read_quantity(text, definitions(found.scene.setup), found.scene.setup).read(found))


@pytest.mark.parametrize(
    ("name", "holes"), [("meta-superintelligence", set()), ("laptop", {"revenue.growth", "arpp"})]
)
def test_every_quantity_of_a_whole_programme_can_be_read(name: str, holes: set[str]) -> None:
    """No warning, no hole: all finite, but dates and paybacks that are never within the horizon."""
    setup = Setup.of(load(PROGRAMMES / f"{name}.yaml"), catalogue())
    known, last = definitions(setup), setup.programme.horizon.end
    found = Outlook(Scene(setup, setup.draws(0, 0, 30)))
    for definition in known.values():
        periods = {"state": [f"@{last}", f"@{last.year}"], "flow": [f"@{last.year}", f"@{last.year}-Q2"]}.get(
            definition.kind, [""]
        )
        for period in periods if not definition.unknown and definition.id not in holes else []:
            values = read_quantity(definition.id + period, known, setup).read(found)
            assert not np.isnan(values).any(), definition.id
            never = definition.kind == "date" or definition.id.endswith("payback")
            assert never or np.isfinite(values).all(), definition.id
            assert values.shape == (30,), definition.id
        assert definition.title
        assert definition.unit == "date" or units.dimension(definition.unit) is not None


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "O501"), ("@2025", "O501"), ("fleet", "O501"), ("fleet.gpu@2025", "O501"), ("FLEET.GPUS@2025", "O501"),
        ("fleet.gpus", "O503"), ("fleet.gpus@", "O503"), ("capex", "O503"), ("capex@2025-12-31", "O503"),
        ("apple.released@2026", "O503"), ("apple.compute_flop@2026-12-31", "O503"), ("fleet.gpus@soon", "O502"),
        ("fleet.gpus@2025-12-31@2026", "O502"), ("capex@2028", "O503"), ("capex@2028-Q1", "O503"), ("fleet.gpus@2028-01-01", "O503"),
        ("fleet.gpus@2024-12-31", "O503"), ("fleet.energy@2024", "O503"), ("capex@2023", "O503"), ("revenue@2023-Q4", "O503"),
        ("people@2023-12-31", "O503"),
    ],
)  # fmt: skip
def test_misuse_gets_the_house_error(text: str, code: str) -> None:
    with pytest.raises(QuantityError) as caught:
        read(text)
    finding = caught.value.findings[0]
    assert finding.code == code
    assert finding.wanted


@pytest.mark.parametrize(
    "text", ["capex@2026", "fleet.gpus@2026", "fleet.energy@2026", "revenue@2026", "cash@2026", "people@2026"]
)
def test_a_year_that_is_planned_in_part_is_refused(text: str) -> None:
    with pytest.raises(QuantityError):
        read(text, {"horizon.end": "2026-06-30", "claims": {}})
    part = text.replace("2026", "2026-Q1")
    assert np.isfinite(read(part, {"horizon.end": "2026-06-30", "claims": {}})).all()


@pytest.mark.parametrize(
    "text",
    [
        "capex@2024-Q4",
        "capex@2024",
        "arpp@2024-Q4",
        "people@2024-Q1",
        "revenue.growth@2024",
        "revenue.growth@2024-Q1",
    ],
)
def test_what_is_neither_reported_nor_planned_is_not_a_number(text: str) -> None:
    assert np.isnan(read(text)).all()


def test_history_before_the_horizon_can_be_read() -> None:
    assert np.allclose(read("revenue@2024"), 4.6e9)
    assert np.allclose(read("people@2024-12-31"), 100e6)
    assert np.allclose(read("revenue.growth@2025"), 0.2, rtol=0.01)


def test_years_are_the_sum_of_their_quarters() -> None:
    for name in ("capex", "revenue", "revenue.family", "fleet.energy", "fleet.energy_cost", "servers.cost", "servers.budget",
                 "depreciation", "arpp", "companion.revenue"):  # fmt: skip
        quarters = sum(read(f"{name}@2026-Q{number}") for number in range(1, 5))
        assert np.allclose(read(f"{name}@2026"), quarters), name


def test_a_state_of_a_period_is_that_at_its_end() -> None:
    assert np.array_equal(read("fleet.gpus@2026"), read("fleet.gpus@2026-Q4"))
    assert np.array_equal(read("fleet.gpus@2026-Q3"), read("fleet.gpus@2026-09-30"))
    assert np.array_equal(read("fleet.gpus@2026"), read("fleet.gpus@2026-12-31"))
    assert np.allclose(read("people@2026"), read("people@2026-Q4"))


def test_what_comes_on_the_last_day_of_a_quarter_is_there_on_it() -> None:
    last = {
        "chip": "slow",
        "kind": "asic",
        "site": "ohio",
        "count": "7 chips",
        "start": "2026-12-31",
        "end": "2026-12-31",
    }
    edits = {
        "deliveries": {"last": last},
        "models.apple": DROP,
        "models.berry": DROP,
        "people": {},
        "products": {},
        "claims": {},
    }
    assert np.all(read("fleet.chips@2026-12-31", edits) == 7)
    assert not read("fleet.chips@2026-12-23", edits).any()


def test_cash_on_the_day_of_its_report_is_as_reported() -> None:
    assert np.allclose(read("cash@2025-03-31"), 2e9, rtol=1e-12)


def test_sums_over_the_fleet() -> None:
    when = "@2027-06-30"
    assert np.allclose(read("fleet.power" + when), read("ohio.power" + when) + read("utah.power" + when))
    assert np.allclose(read("fleet.it_power" + when) * 1.25, read("fleet.power" + when))
    assert np.allclose(read("fleet.gpus" + when), read("ohio.gpus" + when) + read("utah.gpus" + when))
    assert np.allclose(read("fleet.gpus" + when) + read("fleet.waiting" + when), read("fleet.paid" + when))
    assert np.all(read("cash.lowest@2027-12-31") <= read("cash@2027-12-31"))
    assert np.all(read("cash.lowest@2027-12-31") <= read("cash.lowest@2026-12-31"))


def test_money_paid_and_wanted_for_servers() -> None:
    edits = {
        "deliveries.fast-2026": DROP,
        "deliveries.slow-utah": DROP,
        "deliveries.slow-2025.count": "30 k chips",
        "claims": {},
    }
    assert np.allclose(read("servers.cost@2025", edits), 30e3 * 20e3)
    assert np.allclose(
        read("servers.budget@2026"),
        read("capex@2026") * outlook(samples=20).scene.draws("finances.server_share"),
    )


ENGINE = {
    "stake_price": "14.3 G USD",
    "stake_share": "49 %",
    "labels": "1 M labels",
    "price": "2 USD/label",
    "quality": "80 %",
}


def test_the_data_engine() -> None:
    assert np.allclose(read("data-engine.implied_value", {"data_engine": ENGINE}), 14.3e9 / 0.49)
    assert np.allclose(read("data-engine.labels_cost", {"data_engine": ENGINE}), 2e6)
    assert np.allclose(read("data-engine.cost_per_right_label", {"data_engine": ENGINE}), 2.5)
    assert "data-engine.implied_value" not in definitions(small.setup())


def test_a_share_of_nothing_has_no_finite_price() -> None:
    nothing = {"data_engine": ENGINE | {"stake_share": "0 %", "quality": "0 %"}}
    assert np.isinf(read("data-engine.implied_value", nothing)).all()
    assert np.isinf(read("data-engine.cost_per_right_label", nothing)).all()


def test_growth_from_nothing_is_not_a_number() -> None:
    assert np.isnan(read("revenue.growth@2026", {"finances.reported": DROP, "products": {}})).all()


@pytest.mark.parametrize(
    "edits",
    [{f"models.apple.milestones.{name}": {"takes": "1 d"}} for name in ("released", "trained", "started", "lead", "gate", "chips", "quality")]
    + [{"sites.fleet": small.BASE["sites"]["utah"]}, {"models.rivals": {"gate": small.BASE["models"]["apple"]["gate"]}}],
    ids=lambda edits: next(iter(edits)),
)  # fmt: skip
def test_two_quantities_of_one_name_are_refused(edits: dict[str, Any]) -> None:
    with pytest.raises(QuantityError) as caught:
        definitions(small.setup(edits | {"claims": {}}))
    assert caught.value.findings[0].code == "O506"


def test_what_can_not_be_answered_says_why() -> None:
    known = definitions(small.setup({"models.idea": {"title": "An idea"}}))
    unknown = {name for name, each in known.items() if each.unknown}
    assert unknown >= {"rivals.lead", "apple.quality", "companion.ttft", "idea.compute_flop", "idea.released"}
    assert all(len(known[name].unknown.split()) > 5 for name in unknown)


@pytest.mark.parametrize("name", ["power_drawn@2026-12-31", "energy_cost@2026-Q4"])
def test_the_energy_of_sites_adds_up_to_that_of_the_fleet(name: str) -> None:
    parts = read(f"ohio.{name}") + read(f"utah.{name}")
    assert np.allclose(parts, read(f"fleet.{name}"))
    assert np.max(parts) > 0
