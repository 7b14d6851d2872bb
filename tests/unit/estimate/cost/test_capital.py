from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchard.estimate.cost import CLASSES, Capital, Shares, capital_usd

CENTS = st.integers(0, 10**14)  # up to a thousand billion USD
SHARE = st.floats(0, 1)


@given(CENTS, CENTS, SHARE, SHARE, SHARE, SHARE)
def test_classes_add_up_to_the_cent(
    servers: int, construction: int, chips: float, network: float, power: float, land: float
) -> None:
    shares = Shares(chips, network * (1 - chips), power, land * (1 - power))
    found = capital_usd(servers / 100, construction / 100, shares)
    assert round(float(found.total_usd) * 100) == servers + construction
    assert all(float(part) >= -1e-3 for part in found)


@given(CENTS, SHARE, SHARE)
def test_servers_take_what_chips_and_network_leave(servers: int, chips: float, network: float) -> None:
    found = capital_usd(servers, 0.0, Shares(chips, network * (1 - chips), 0.5, 0.5))
    computing = sum(float(part) for part in found[:3])
    assert computing == pytest.approx(servers, rel=1e-12)
    assert float(found.network_usd) == pytest.approx(network * (1 - chips) * servers, rel=1e-9)


def test_classes_are_named_as_they_stand() -> None:
    assert Capital._fields == tuple(f"{name}_usd" for name in CLASSES)


def test_schedules_of_samples_divide_as_single_numbers_do() -> None:
    rng = np.random.default_rng(3)
    servers, building = rng.uniform(0, 1e10, (4, 5)), rng.uniform(0, 1e10, (4, 5))
    shares = Shares(rng.uniform(0, 0.6, 5), 0.2, 0.7, 0.1)
    found = capital_usd(servers, building, shares)
    alone = capital_usd(servers[2, 3], building[2, 3], Shares(np.asarray(shares.chips)[3], 0.2, 0.7, 0.1))
    assert [float(part[2, 3]) for part in found] == pytest.approx([float(part) for part in alone])


@pytest.mark.parametrize(
    ("shares", "what"), [(Shares(0.8, 0.3, 0, 0), "chips"), (Shares(0, 0, 0.9, 0.2), "land")]
)
def test_more_than_all_of_it_is_refused(shares: Shares, what: str) -> None:
    with pytest.raises(ValueError, match=what):
        capital_usd(1.0, 1.0, shares)
