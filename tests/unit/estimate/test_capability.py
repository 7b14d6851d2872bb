from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchard.estimate import capability

FLOPS = st.floats(1e22, 1e28)


@given(FLOPS, FLOPS, st.floats(-1e8, 1e8), st.floats(1e6, 1e8), st.floats(-1, 1))
def test_lead_is_antisymmetric(
    work: float, other: float, elapsed: float, doubling: float, recipe: float
) -> None:
    ahead = float(capability.effective_compute_lead_log10(work, other, elapsed, doubling, recipe))
    behind = float(capability.effective_compute_lead_log10(other, work, -elapsed, doubling, -recipe))
    assert ahead == pytest.approx(-behind, abs=1e-9)


def test_parts_of_the_lead() -> None:
    assert float(capability.compute_lead_log10(1e26, 1e25)) == pytest.approx(1)
    assert float(capability.algorithmic_progress_log10(3.0, 3.0)) == pytest.approx(math.log10(2))
    assert float(capability.effective_compute_lead_log10(1e26, 1e25, 3.0, 3.0, -0.5)) == pytest.approx(
        0.80103
    )


@given(st.floats(1e6, 1e13), st.floats(1e9, 1e15), st.floats(1.1, 10))
def test_more_parameters_or_tokens_lower_the_loss(n: float, d: float, factor: float) -> None:
    constants = (1.69, 406.4, 0.34, 410.7, 0.28)
    here = float(capability.chinchilla_loss(n, d, *constants))
    assert constants[0] < float(capability.chinchilla_loss(n * factor, d, *constants)) < here
    assert constants[0] < float(capability.chinchilla_loss(n, d * factor, *constants)) < here
