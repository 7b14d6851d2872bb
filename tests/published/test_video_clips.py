"""Clip times that others published: 72 of Wan, Mochi and LTX-Video on five chips.

Every row is predicted by constants fitted without its model (or without its architecture, its chip).
"""

from __future__ import annotations

import pytest

from orchard.estimate.video.score import Validation, validate


@pytest.fixture(scope="module")
def made() -> Validation:
    return validate()


def test_unseen_models_within_a_quarter(made: Validation) -> None:
    assert made.model.n == 72
    assert made.model.median < 1.08  # measured 1.07; the target is 1.25
    assert made.model.p90 < 1.17
    assert made.architecture.median < 1.10  # both models of 40 blocks of 5,120 left out together
    assert made.architecture.p90 < 1.25


def test_unseen_chips(made: Validation) -> None:
    assert made.chip.median < 1.10
    assert made.chip.p90 < 1.20
    assert all(one.median < 1.25 for one in made.by_chip.values())


def test_intervals_hold_what_they_promise(made: Validation) -> None:
    """80 % intervals of models, architectures and chips left out, by widths known without them."""
    for one in (made.model, made.architecture, made.chip):
        assert 0.75 <= one.coverage <= 0.88
    assert 0.75 <= made.pair.coverage <= 0.90  # measured 0.89: a little wide


def test_better_than_one_constant_a_chip(made: Validation) -> None:
    assert made.naive.median > 1.15
    assert made.model.median - 1 < 0.5 * (made.naive.median - 1)


def test_where_it_fails(made: Validation) -> None:
    """LTX-Video is said to take 2 s, guided or not is not said: three times as fast as predicted."""
    assert 2.5 < made.by_model["ltx-video-2b"].bias < 3.2
    assert {name for name, one in made.by_model.items() if one.median > 1.25} == {"ltx-video-2b"}
