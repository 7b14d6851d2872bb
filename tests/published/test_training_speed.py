"""Speed of 451 published training runs: errors on rows, sources, chips and stacks that no fit has seen.

The bounds are what the project sets itself, on the rows it ships; `orchard validate training` prints what
is reached.
"""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pytest

from orchard.estimate.holdout import folds, held_out
from orchard.estimate.score import score
from orchard.estimate.training import calibration
from orchard.estimate.training.fitting.calibrate import at_priors
from orchard.estimate.training.fitting.holdout import configurations, unseen
from orchard.estimate.training.fitting.measurements import shipped
from orchard.estimate.training.fitting.validate import judge, validate


@pytest.fixture(scope="module")
def result() -> dict[str, Any]:
    return validate(shipped(), calibration())


def overall(result: dict[str, Any], way: str) -> dict[str, float]:
    return next(one["overall"] for one in result["ways"] if one["id"] == way)


def test_the_shipped_calibration_fits_what_it_was_fitted_to() -> None:
    found = judge(shipped(), calibration())
    one = found["ways"][0]["overall"]
    assert one["n"] == 451
    assert one["blank"] == 0
    assert one["mape"] <= 0.07
    assert abs(one["bias"]) <= 0.02
    assert found["layouts"]["spearman"] >= 0.8


def test_rows_of_known_sources() -> None:
    runs = shipped()
    known = runs.where(runs.batch.ok)
    start = at_priors(calibration(), known.measured.families, date(2026, 1, 1))
    keys = folds(configurations(known.measured, known.batch.chips), 3)
    one = score(held_out(keys, unseen(known.measured, start))[known.trusted])
    assert one.mape <= 0.08
    assert one.p90 <= 0.18


@pytest.mark.soak
@pytest.mark.parametrize(
    ("way", "mape", "p90"),
    [
        ("row", 0.08, 0.18),
        ("source", 0.12, 0.25),
        ("model", 0.12, 0.25),
        ("chip", 0.20, 0.35),
        ("stack", 0.15, 0.35),
    ],
)
def test_rows_that_no_fit_has_seen(result: dict[str, Any], way: str, mape: float, p90: float) -> None:
    one = overall(result, way)
    assert one["mape"] <= mape
    assert one["p90"] <= p90


@pytest.mark.soak
@pytest.mark.parametrize("way", ["row", "source", "chip"])
def test_eight_in_ten_lie_inside_their_interval(result: dict[str, Any], way: str) -> None:
    assert 0.75 <= overall(result, way)["coverage"] <= 0.88


@pytest.mark.soak
def test_an_unseen_stack_is_less_certain_than_it_says(result: dict[str, Any]) -> None:
    assert 0.65 <= overall(result, "stack")["coverage"] <= 0.9


@pytest.mark.soak
def test_constants_are_beaten_on_the_same_rows(result: dict[str, Any]) -> None:
    assert len(result["naive"]) == 3
    for one in result["naive"]:
        assert one["naive"]["n"] == one["model"]["n"] > 100
        assert one["model"]["mape"] < 0.6 * one["naive"]["mape"]
        assert one["model"]["p90"] < 0.6 * one["naive"]["p90"]


@pytest.mark.soak
def test_layouts_are_ranked_and_fit(result: dict[str, Any]) -> None:
    assert result["layouts"]["clusters"] >= 4
    assert result["layouts"]["spearman"] >= 0.75
    assert result["memory"]["mape"] <= 0.05
    assert result["memory"]["fit"] >= 0.95


def test_the_measured_speeds_are_the_published_ones() -> None:
    runs = shipped()
    speed = [float(row["tokens_per_s_per_gpu"]) for row in runs.rows]
    np.testing.assert_allclose(runs.speed[runs.batch.ok], np.array(speed)[runs.batch.ok])
