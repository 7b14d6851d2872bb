from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from scipy.stats import poisson

from orchard.estimate import goodput
from orchard.estimate.goodput.spares import missing_nodes


@given(st.floats(0, 1e5), st.floats(0, 3.0), st.floats(0.5, 0.9999))
def test_spares_are_the_smallest_number_that_suffices(nodes: float, repair: float, confidence: float) -> None:
    found = float(goodput.spare_nodes(nodes, 4e-3, repair, confidence))
    assert found == float(poisson.ppf(confidence, nodes * 4e-3 * repair))


@given(st.integers(0, 200), st.floats(1e-3, 100.0))
def test_whole_spares_suffice_as_often_as_poisson_says(spares: int, away: float) -> None:
    assert float(goodput.ready_share(spares, away)) == pytest.approx(
        float(poisson.cdf(spares, away)), abs=1e-12
    )


@given(
    st.tuples(st.floats(0, 100), st.floats(0, 100)).map(sorted),
    st.tuples(st.floats(0, 50), st.floats(0, 50)).map(sorted),
    st.tuples(st.floats(0, 0.5), st.floats(0, 0.5)).map(sorted),
    st.floats(1, 80),
)
def test_more_spares_or_fewer_failures_never_make_a_job_wait_longer(
    spares: list[float], away: list[float], blocks: list[float], size: float
) -> None:
    best = float(goodput.ready_share(spares[1], away[0], blocks[0], size))
    for s, a, b in (
        (spares[0], away[0], blocks[0]),
        (spares[1], away[1], blocks[0]),
        (spares[1], away[0], blocks[1]),
    ):
        assert 0 <= float(goodput.ready_share(s, a, b, size)) <= best + 1e-9


def test_blocks_out_agree_with_counting() -> None:
    rng = np.random.default_rng(5)
    nodes, out = rng.poisson(6.0, 200_000), rng.poisson(0.2, 200_000)
    counted = np.mean(nodes + 9 * out <= 14)
    assert float(goodput.ready_share(14, 6.0, 0.2, 9)) == pytest.approx(counted, abs=0.003)


@example(spares=[2e-311, 1.0], away=1.0)
@given(st.tuples(st.floats(0, 60), st.floats(0, 60)).map(sorted), st.floats(1e-6, 50.0))
def test_fewer_nodes_are_missing_the_more_spares(spares: list[float], away: float) -> None:
    more, fewer = (float(missing_nodes(spare, away)) for spare in reversed(spares))
    assert 0 <= more <= fewer + 1e-9
    assert fewer <= away * (1 + 1e-12)


@pytest.mark.parametrize("spares", [0, 3, 10])
def test_missing_nodes_are_those_that_poisson_counts(spares: int) -> None:
    numbers = np.arange(200)
    counted = poisson.pmf(numbers, 6.0) @ np.maximum(numbers - spares, 0)
    assert float(missing_nodes(spares, 6.0)) == pytest.approx(counted, rel=1e-9)
