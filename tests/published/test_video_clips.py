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
    assert model["ratio"] < 1.08  # measured 1.072; the target is 1.25
    assert model["ratio_p90"] < 1.17
    assert network["ratio"] < 1.10  # both models of 40 blocks of 5,120 left out together
    assert network["ratio_p90"] < 1.25


def test_unseen_chips(ways: dict[str, Result]) -> None:
    assert ways["chip"]["overall"]["ratio"] < 1.10
    assert ways["chip"]["overall"]["ratio_p90"] < 1.20
    assert all(one["ratio"] < 1.25 for one in ways["chip"]["by"]["chip"].values())


def test_intervals_hold_what_they_promise(ways: dict[str, Result]) -> None:
    """80 % intervals of models, networks and chips left out, by widths known without them."""
    for name in ("pair", "model", "chip"):
        assert 0.75 <= ways[name]["overall"]["coverage"] <= 0.90  # measured 0.82 to 0.89: a little wide
    # Without the network of 14 B, nine clips are left, one of them an outlier: the interval is far too wide.
    assert ways["architecture"]["overall"]["coverage"] >= 0.75


def test_better_than_one_constant_a_chip(made: Result) -> None:
    (one,) = made["naive"]
    assert one["naive"]["ratio"] > 1.15
    assert one["model"]["ratio"] - 1 < 0.5 * (one["naive"]["ratio"] - 1)


def test_where_it_fails(ways: dict[str, Result]) -> None:
    """LTX-Video is said to take 2 s, and not whether guided: three times as fast as predicted."""
    models = ways["model"]["by"]["model"]
    assert 2.5 < models["ltx-video-2b"]["ratio"] < 3.2
    assert models["ltx-video-2b"]["bias"] < -0.5  # too slow
    assert {name for name, one in models.items() if one["ratio"] > 1.25} == {"ltx-video-2b"}
