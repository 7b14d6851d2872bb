"""When two calibrations are the same: one rule for all models."""

from __future__ import annotations

import pytest

from orchard.estimate.calibration import Table

# Machines differ in the last digits of a fit.
DIGITS = 1e-3


def assert_same(made: Table, shipped: Table) -> None:
    """The same rows, words and priors, and numbers that agree to three digits; whatever the day."""
    assert [row.name for row in made.rows] == [row.name for row in shipped.rows]
    for new, old in zip(made.rows, shipped.rows, strict=True):
        words = {"unit", "meaning", "source"}
        assert {name: getattr(new, name) for name in words} == {name: getattr(old, name) for name in words}
        for name in ("value", "low", "high", "prior", "sigma"):
            one, other = getattr(new, name), getattr(old, name)
            assert one == pytest.approx(other, rel=DIGITS, nan_ok=True), f"{new.name}: {name}"
