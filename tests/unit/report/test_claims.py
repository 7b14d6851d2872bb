"""Summary of the claims."""

from __future__ import annotations

import pytest

from orchard.report.claims import aggregate_drivers, count_classes, extremes, verdict

from .example import example


def test_counts() -> None:
    assert count_classes(example()["claims"]) == {"likely": 8, "open": 8, "unlikely": 3, "unknown": 3}


def test_verdict_of_nothing() -> None:
    assert verdict([]) == [("The programme makes no claims.", "")]


def test_extremes_are_three_different_claims() -> None:
    picked = [claim["id"] for _, claim, _ in extremes(example()["claims"])]
    assert picked == ["capex-surprise", "gpus-2025", "birch-10gw"]
    assert extremes(example()["claims"][:2]) == []


def test_drivers_are_ranked_and_are_shares() -> None:
    drivers = aggregate_drivers(example()["claims"])
    shares = [driver.share for driver in drivers]
    assert shares == sorted(shares, reverse=True)
    assert 0 < sum(shares) <= 1
    first = drivers[0]
    assert first.share == pytest.approx(sum(share for *_, share in first.claims) / 19)
