"""Clip times that others published: 72 of Wan, Mochi and LTX-Video on five chips.

Every row is predicted by constants fitted without its model (or without its network, its chip).
"""

from __future__ import annotations

from typing import Any

import pytest

from orchard.estimate.video.validate import validate

Result = dict[str, Any]


@pytest.fixture(scope="module")
def made() -> Result:
    return validate()


@pytest.fixture(scope="module")
def ways(made: Result) -> dict[str, Result]:
    return {way["id"]: way for way in made["ways"]}


def test_unseen_models_within_a_quarter(made: Result, ways: dict[str, Result]) -> None:
    assert made["scored"] == 72
    model, network = (ways[name]["overall"] for name in ("model", "architecture"))
    assert model["median"] < 1.08  # measured 1.072; the target is 1.25
    assert model["p90"] < 1.17
    assert network["median"] < 1.10  # both models of 40 blocks of 5,120 left out together
    assert network["p90"] < 1.25


def test_unseen_chips(ways: dict[str, Result]) -> None:
    assert ways["chip"]["overall"]["median"] < 1.10
    assert ways["chip"]["overall"]["p90"] < 1.20
    assert all(one["median"] < 1.25 for one in ways["chip"]["by"]["chip"].values())


def test_intervals_hold_what_they_promise(ways: dict[str, Result]) -> None:
    """80 % intervals of models, networks and chips left out, by widths known without them."""
    for name in ("model", "architecture", "chip"):
        assert 0.75 <= ways[name]["overall"]["coverage"] <= 0.88
    assert 0.75 <= ways["pair"]["overall"]["coverage"] <= 0.90  # measured 0.89: a little wide


def test_better_than_one_constant_a_chip(made: Result) -> None:
    (one,) = made["naive"]
    assert one["naive"]["median"] > 1.15
    assert one["model"]["median"] - 1 < 0.5 * (one["naive"]["median"] - 1)


def test_where_it_fails(ways: dict[str, Result]) -> None:
    """LTX-Video is said to take 2 s, and not whether guided: three times as fast as predicted."""
    models = ways["model"]["by"]["model"]
    assert 2.5 < models["ltx-video-2b"]["bias"] < 3.2
    assert {name for name, one in models.items() if one["median"] > 1.25} == {"ltx-video-2b"}
