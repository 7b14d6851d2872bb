"""Fits find what is there, stay where they are when it is there already, and hold rows out."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchard.estimate.holdout import folds, held_out
from orchard.estimate.training.calibration import calibration
from orchard.estimate.training.fitting.calibrate import at_priors
from orchard.estimate.training.fitting.fit import fit, predict
from orchard.estimate.training.fitting.holdout import Around, nested_width, unseen, ways
from orchard.estimate.training.fitting.measurements import Runs, runs

from .runs_of import few, predicted

TODAY = date(2026, 1, 1)


@pytest.fixture(scope="module")
def made() -> Runs:
    return runs(few(5))


def around(made: Runs) -> Around:
    return Around(made.sources, made.batch.chips, made.batch.moe)


def test_a_fit_is_nearer_than_its_priors(made: Runs) -> None:
    start = at_priors(calibration(), made.measured.families, TODAY)
    before = np.log(predict(start, made.measured) / made.measured.time_s)
    after = fit(made.measured, start).residual
    assert np.abs(after).mean() < 0.5 * np.abs(before).mean()


def test_values_lie_inside_their_ranges(made: Runs) -> None:
    start = at_priors(calibration(), made.measured.families, TODAY)
    for row in fit(made.measured, start).calibration.rows:
        if row.fitted:
            assert row.low < row.value < row.high, row.name
        else:
            assert row.value == row.prior, row.name


def test_priors_know_nothing_measured() -> None:
    start = at_priors(calibration(), ["nemo", "home-made"], TODAY)
    assert all(row.value == row.prior for row in start.rows)
    assert set(start.slowdown.values()) == {1.0}
    assert not start.spread.widths
    assert not start.spread.pairs
    assert "home-made" in start.slowdown


def test_rows_held_out_are_predicted_without_them(made: Runs) -> None:
    start = at_priors(calibration(), made.measured.families, TODAY)
    slow = np.array(made.sources) == "nemo-24.07"
    time = np.where(slow, 3 * made.measured.time_s, made.measured.time_s)
    found = held_out(made.sources, unseen(made.measured, start))
    changed = held_out(made.sources, unseen(made.measured._replace(time_s=time), start))
    np.testing.assert_allclose(changed[slow], found[slow] - np.log(3), atol=1e-9)
    assert np.abs(changed[~slow] - found[~slow]).max() > 0.01


def test_folds_are_always_the_same_and_few_rows_have_one_each() -> None:
    assert folds(range(100)) == folds(range(100))
    assert len(set(folds(range(100)))) == 8
    assert folds(range(3)) == ["0", "1", "2"]


@settings(max_examples=15)
@given(seed=st.integers(0, 2**32 - 1), way=st.sampled_from(["source", "model", "chip", "stack"]))
def test_an_interval_does_not_know_the_rows_it_is_for(made: Runs, seed: int, way: str) -> None:
    found = made
    random = np.random.default_rng(seed)
    left = {name: random.normal(0, 0.1, len(found)) for name in ("row", "chip", "stack")}
    keys = ways(found.measured, around(found))[way]
    group = np.array(keys)
    width = nested_width(found.measured, around(found), left, keys)
    chosen = group == random.choice(group)
    changed = {name: np.where(chosen, 9 * each, each) for name, each in left.items()}
    again = nested_width(found.measured, around(found), changed, keys)
    np.testing.assert_array_equal(again[chosen], width[chosen])
    assert (width > 0).all()


def test_the_models_own_predictions_leave_nothing() -> None:
    made = runs(predicted(few()))
    np.testing.assert_allclose(predict(calibration(), made.measured), made.measured.time_s, rtol=1e-9)
