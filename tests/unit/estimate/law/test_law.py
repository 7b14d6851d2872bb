"""The law of a family: found again where it is known, honest where it is not, and the same both ways."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchard.errors import LimitError
from orchard.estimate.law import Dial, compute_at, fit, loss_at
from orchard.spec.architecture import LanguageArchitecture
from orchard.spec.training import Family

RUNGS = np.array([1.0, 1.0, 1.0, 3.3, 9.0, 20.0]) * 1e13
ANCHOR = 2e14
NEXT = 9e14
LOSS = st.floats(0.5, 6.0)
SHARE = st.floats(0.0, 0.95)
SLOPE = st.floats(0.005, 0.3)
GROWTH = st.floats(1e-3, 1e6)


def drawn(random: np.random.Generator) -> tuple[float, float, float]:
    """A curve as families of small models have: loss, slope, floor."""
    return random.uniform(1.5, 2.3), random.uniform(0.05, 0.12), random.uniform(0.3, 1.0)


@given(LOSS, SLOPE, SHARE, GROWTH)
def test_more_compute_never_loses_more(loss: float, slope: float, share: float, growth: float) -> None:
    less, more = loss_at([ANCHOR, ANCHOR * (1 + growth)], ANCHOR, loss, slope, share * loss)
    assert share * loss <= more <= less


@given(LOSS, st.floats(0.01, 0.3), SHARE, st.floats(0.1, 100.0))
def test_a_loss_leads_back_to_its_compute(loss: float, slope: float, share: float, grown: float) -> None:
    there = loss_at(grown * ANCHOR, ANCHOR, loss, slope, share * loss)
    if there > share * loss * (1 + 1e-6):
        back = compute_at(there, ANCHOR, loss, slope, share * loss)
        assert back == pytest.approx(grown * ANCHOR, rel=1e-3)


def test_nothing_reaches_the_floor() -> None:
    assert compute_at(0.8, ANCHOR, 1.9, 0.08, 0.8) == np.inf


def test_intervals_hold_what_they_say_when_runs_scatter_as_assumed() -> None:
    random = np.random.default_rng(7)
    inside, misses = [], []
    for _ in range(60):
        curve = drawn(random)
        noise = 1 + 0.005 * random.standard_normal(len(RUNGS) + 1)
        law = fit(RUNGS, loss_at(RUNGS, ANCHOR, *curve) * noise[:-1])
        outcome = float(loss_at(NEXT, ANCHOR, *curve)) * noise[-1]
        forecast = law.forecast(NEXT)
        inside.append(forecast.holds(outcome))
        misses.append(abs(forecast.loss / outcome - 1))
    assert 0.65 <= np.mean(inside) <= 0.97
    assert np.median(misses) < 0.02


def test_scatter_that_is_seen_widens_the_forecast() -> None:
    even = loss_at(RUNGS, ANCHOR, 1.9, 0.08, 0.8)
    torn = even * (1 + 0.03 * np.array([1, -1, 0.5, -0.5, 0.8, -0.8]))
    narrow, wide = (fit(RUNGS, losses).forecast(NEXT) for losses in (even, torn))
    assert wide.high - wide.low > 1.5 * (narrow.high - narrow.low)


def test_the_compute_of_a_loss_is_that_of_the_curve() -> None:
    law = fit(RUNGS, loss_at(RUNGS, ANCHOR, 1.9, 0.08, 0.8))
    found = law.compute_for(float(loss_at(NEXT, ANCHOR, 1.9, 0.08, 0.8)))
    assert found.holds(NEXT)
    assert law.compute_for(0.01).loss == np.inf


@pytest.mark.parametrize(
    ("compute", "loss"),
    [([1e13, 1e13, 2e13], [2.0, 2.1, 1.9]), ([1e13, 2e13, 3e13], [2.0, np.nan, 1.8]), ([], [])],
)
def test_too_few_rungs_are_refused(compute: list[float], loss: list[float]) -> None:
    with pytest.raises(LimitError, match="O890"):
        fit(compute, loss)


def avocado(**changes: int) -> LanguageArchitecture:
    shape = {"layers": 6, "hidden": 256, "heads": 4, "ffn": 704, "vocabulary": 4096}
    return LanguageArchitecture(tied_embeddings=True, **shape | changes)


@given(st.integers(1, 128), st.sampled_from([32, 64, 128]), st.sampled_from([0, 8]))
def test_every_rung_is_a_model(layers: int, aspect: int, experts: int) -> None:
    family = Family(rungs=(2, 3, 4), forecast=6, aspect=aspect, experts=experts if layers > 1 else 0)
    dial = Dial(family, avocado(), 512, 4096, 7e6)
    small, large = (dial.rung(count) for count in (layers, layers + 1))
    assert small.architecture.hidden == aspect * layers
    assert small.architecture.head_dim == aspect
    assert small.tokens == small.steps * 4096
    assert small.compute_flop < large.compute_flop
