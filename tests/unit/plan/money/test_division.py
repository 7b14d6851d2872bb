"""Capital by class and date: nothing is lost between what is paid, in service, under way and written off."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchard.estimate.cost import CLASSES
from orchard.plan.money import Books

from ..small import outlook

DAYS = st.integers(0, 900).map(lambda days: f"{days} d")
SHARE = st.integers(0, 100).map(lambda percent: f"{percent} %")


def books(edits: dict[str, Any] | None = None, samples: int = 3) -> Books:
    return outlook(edits, samples=samples).books


def total(flows: dict[str, np.ndarray]) -> np.ndarray:
    return np.asarray(np.sum([flows[name] for name in CLASSES], axis=0))


def cents(values: np.ndarray) -> list[int]:
    return [round(float(value) * 100) for value in np.ravel(values)]


@settings(max_examples=40)
@given(SHARE, SHARE, SHARE, DAYS, DAYS, st.integers(0, 200))
def test_money_is_conserved_to_the_cent(
    server_share: str, chips: str, power: str, servers: str, building: str, payment: int
) -> None:
    edits = {
        "finances.server_share": server_share,
        "finances.division": {"chips": chips, "power": power, "servers_service": servers, "building_service": building, "payment": f"{payment} d"},
    }  # fmt: skip
    found = books(edits)
    division = found.division
    assert cents(total(division.paid)) == cents(division.capex_usd)
    received, served = total(division.received), total(division.in_service)
    assert cents(np.cumsum(received, axis=0)) == cents(np.cumsum(served, axis=0) + found.under_way_usd)
    owed = np.cumsum(received - division.capex_usd, axis=0)
    assert np.all(owed >= -0.005)  # received before it is paid
    assert np.all(found.under_way_usd >= -0.005)
    rolled = np.cumsum(received - found.depreciation_usd, axis=0)
    assert cents(found.property_usd) == cents(rolled)
    assert np.all(np.cumsum(found.depreciation_usd, axis=0) <= np.cumsum(served, axis=0) + 0.005)


@pytest.mark.parametrize("years", [0.05, 0.3, 1.0, 1.4])
def test_what_is_bought_is_written_off_over_its_life(years: float) -> None:
    edits = {
        "finances.life": f"{years} y",
        "finances.server_share": "100 %",
        "finances.budget": {"2025": "2 G USD", "2026": "0 USD", "2027": "0 USD"},
        "finances.reported": {},
        "finances.division": {"payment": "0 d", "servers_service": "0 d"},
    }
    found = books(edits)
    assert np.allclose(found.depreciation_usd.sum(axis=0), 2e9)
    if years == 0.05:  # less than a quarter: written off in it
        assert np.allclose(found.depreciation_usd, found.division.capex_usd)


def test_shares_come_from_the_catalogue_unless_stated() -> None:
    chips = books().division.shares.chips
    assert 0.55 < float(np.median(np.asarray(chips))) < 0.8
    assert np.allclose(books({"finances.division": {"chips": "50 %"}}).division.shares.chips, 0.5)


def test_quarters_before_the_horizon_enter_service_within_it() -> None:
    late = {"building_service": "365 d", "servers_service": "0 d", "payment": "0 d"}
    edits = {"finances.division": late, "finances.reported.2024-Q4": {"revenue": "1.3 G USD", "people": "100 M people", "capex": "1 G USD"}}  # fmt: skip
    base, found = books({"finances.division": late}), books(edits)
    more = total(found.division.in_service) - total(base.division.in_service)
    building = 1e9 * (1 - found.scene.draws("finances.server_share")) * 0.95
    assert np.all(more.sum(axis=0) > building * 0.9)
    assert np.allclose(found.division.under_way_before_usd, more.sum(axis=0), rtol=1e-9)


def test_what_was_there_wears_off_and_is_conserved() -> None:
    there = {"net": "4 G USD", "land": "100 M USD", "servers": "600 M USD", "depreciation": "1 G USD/y", "servers_depreciation": "800 M USD/y"}  # fmt: skip
    found = books({"finances.property": there})
    extra = np.add(*found.division.run_off)
    assert np.all(np.diff(extra, axis=0) <= 1)  # slower and slower
    assert float(extra[0, 0]) == pytest.approx(0.25e9, rel=0.1)
    assert np.allclose(found.division.run_off[0].sum(axis=0), 6e8)  # servers live a year
    first = found.property_usd[0] + found.depreciation_usd[0] - total(found.division.received)[0]
    assert np.allclose(first, 4e9)


def test_commitments_go_on_beyond_the_horizon_as_in_its_last_year() -> None:
    found = books({"finances.division": {"order": "6 mo"}}).division
    ahead = found.capex_usd[1] + found.capex_usd[2]
    assert np.allclose(found.committed_usd[0], ahead, rtol=1e-3)
    again = found.capex_usd[-4] + found.capex_usd[-3]
    assert np.allclose(found.committed_usd[-1], again, rtol=1e-3)
    assert np.all(found.committed_usd[-1] > 0)


def test_what_is_received_last_is_for_the_first_quarter_after_by_its_season() -> None:
    seasons = {"Q1": 1, "Q2": 2, "Q3": 3, "Q4": 4}
    division = {"payment": f"{365.25 / 4} d"}
    found = books({"finances.seasons": seasons, "finances.division": division}).division
    assert np.allclose(total(found.received)[-1], found.capex_usd[-4])
    assert np.all(found.capex_usd[-4] < found.capex_usd[-1])
