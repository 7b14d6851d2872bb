"""Causes that move together: which correlations are possible, and how impossible ones are told."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from orchard.errors import SpecError
from orchard.spec.correlation import mixture, possible_share
from orchard.spec.load import loads

from .small_programme import PROGRAMME, catalogue


def causes(**moves_with: dict[str, str]) -> str:
    """The small programme with three causes."""
    made: dict[str, Any] = yaml.safe_load(PROGRAMME)
    made["causes"] = {
        name: {"correlation": "50 %", "moves_with": moves_with.get(name, {})}
        for name in ("grid", "work", "demand")
    }
    return yaml.safe_dump(made, sort_keys=False)


def told(text: str) -> list[tuple[str, str]]:
    with pytest.raises(SpecError) as caught:
        loads(text, known=catalogue())
    return [(one.code, one.path) for one in caught.value.findings if one.severity == "error"]


@given(st.integers(1, 5), st.integers(0, 10_000))
def test_a_mixture_gives_the_correlations_back(count: int, seed: int) -> None:
    roots = np.random.default_rng(seed).standard_normal((count, count + 1))
    roots /= np.linalg.norm(roots, axis=1, keepdims=True)
    table = roots @ roots.T
    found = np.array(mixture(table.tolist()))
    assert np.allclose(found @ found.T, table, atol=1e-7)
    assert np.all(np.triu(found, 1) == 0)
    assert possible_share(table.tolist()) == 1


@given(st.lists(st.floats(-1, 1), min_size=3, max_size=3))
def test_what_is_possible_is_what_can_be_mixed(pairs: list[float]) -> None:
    one, two, three = pairs
    table = [[1, one, two], [one, 1, three], [two, three, 1]]
    share = possible_share(table)
    shrunk = (np.array(table) - np.eye(3)) * share * 0.999 + np.eye(3)
    assert np.allclose(
        np.array(mixture(shrunk.tolist())) @ np.array(mixture(shrunk.tolist())).T, shrunk, atol=1e-6
    )
    if share < 0.999:
        with pytest.raises(ValueError, match="not possible"):
            mixture(table)


def test_the_same_thing_twice_is_possible() -> None:
    assert mixture([[1, 1, 0.5], [1, 1, 0.5], [0.5, 0.5, 1]])[1] == [1, 0, 0]
    with pytest.raises(ValueError, match="not possible"):
        mixture([[1, 1, 0.5], [1, 1, -0.5], [0.5, -0.5, 1]])


def test_causes_may_move_together() -> None:
    made = loads(causes(grid={"work": "60 %", "demand": "-30 %"}), known=catalogue()).programme
    assert made.causes["grid"].moves_with["work"].value == 0.6


def test_contradictions_are_told_with_what_would_do() -> None:
    text = causes(grid={"work": "-90 %", "demand": "-90 %"}, work={"demand": "-90 %"})
    assert told(text) == [("O347", "causes")]
    with pytest.raises(SpecError, match=r"times 0\.56"):
        loads(text, known=catalogue())


@pytest.mark.parametrize(
    ("moves_with", "path"),
    [
        ({"grid": {"wrok": "10 %"}}, "causes.grid.moves_with.wrok"),
        ({"grid": {"grid": "10 %"}}, "causes.grid.moves_with.grid"),
        ({"grid": {"demand": "10 %"}, "demand": {"grid": "20 %"}}, "causes.grid.moves_with.demand"),
    ],
)
def test_names_that_cannot_be_meant(moves_with: dict[str, dict[str, str]], path: str) -> None:
    assert told(causes(**moves_with)) == [("O346", path)]


def test_no_correlation_is_above_one() -> None:
    assert told(causes(grid={"demand": "120 %"})) == [("O115", "causes.grid.moves_with.demand")]
