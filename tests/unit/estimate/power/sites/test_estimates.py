"""Power of sites: what must hold of any, and of mixed ones."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchard.catalogue import catalogue
from orchard.estimate.power.sites import Estimates, Sites, estimate, shipped

NAMES = [
    "H100",
    "H200",
    "B200",
    "GB200",
    "GB300",
    "R200",
    "MI300X",
    "TPU v5e",
    "TPU v7",
    "Trainium2",
    "Gaudi 3",
]
CHIPS = st.dictionaries(st.sampled_from(NAMES), st.integers(1, 10**6), min_size=1, max_size=4)


def power(*sites: dict[str, int], ratio: str = "") -> Estimates:
    made = Sites(["id", "date", "chip", "units", "peak_ratio"], shipped())
    for place, chips in enumerate(sites):
        made.add([[str(place), "2025-06-01", name, str(count), ratio] for name, count in chips.items()], {})
    return estimate(made, shipped())


@given(CHIPS)
def test_facilities_draw_more_than_chips_within_their_interval(chips: dict[str, int]) -> None:
    (it,), (facility,), (low,), (high,) = (column.tolist() for column in power(chips)[1:5])
    assert 0 < it <= low < facility < high < 2.5 * it


@given(CHIPS, st.sampled_from(NAMES), st.integers(1, 10**5))
def test_more_chips_never_draw_less(chips: dict[str, int], name: str, more: int) -> None:
    found = power(chips, {**chips, name: chips.get(name, 0) + more})
    assert found.it_power_w[1] > found.it_power_w[0]
    assert found.facility_power_w[1] > found.facility_power_w[0]


@given(CHIPS, CHIPS)
def test_power_of_two_sites_is_that_of_one_with_both(one: dict[str, int], other: dict[str, int]) -> None:
    both = {name: one.get(name, 0) + other.get(name, 0) for name in one | other}
    found = power(one, other, both)
    assert found.it_power_w[:2].sum() == pytest.approx(found.it_power_w[2], rel=1e-9)
    assert found.facility_power_w[:2].sum() == pytest.approx(found.facility_power_w[2], rel=1e-9)


def test_a_stated_ratio_takes_its_place_and_narrows_the_interval() -> None:
    free, stated = power({"GB200": 72}), power({"GB200": 72}, ratio="1.25")
    assert stated.facility_power_w[0] == pytest.approx(1.25 * stated.it_power_w[0])
    assert stated.high[0] / stated.low[0] < free.high[0] / free.low[0]
    assert stated.notes == ["peak ratio 1.25 as stated"]


def test_sites_without_chips_are_blank() -> None:
    found = power({"H100": 0}, {"H100": 8})
    assert found.ok.tolist() == [False, True]
    assert found.notes[0] == "no chips"
    assert np.isnan(found.it_power_w[0])


def test_every_chip_with_a_known_rating_is_answered() -> None:
    rated = [chip for chip in catalogue().chips.values() if chip.it_power_w or chip.tdp_w]
    assert len(rated) > 25
    found = power(*({chip.id: 1000} for chip in rated))
    assert found.ok.all(), [name for name, ok in zip(rated, found.ok, strict=True) if not ok]


def test_no_sites_no_answers() -> None:
    assert power().ids == []
