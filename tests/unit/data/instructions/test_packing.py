"""Packing loses nothing, mixes nothing, and fills rows."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from orchard.data.instructions import Encoded, pack

LENGTH = 24


def conversation(size: int, number: int) -> Encoded:
    """A conversation whose tokens tell it and their place; the last half is learnt."""
    return Encoded(number * 1000 + np.arange(size), np.arange(size) >= size // 2)


@given(st.lists(st.integers(2, LENGTH + 1), max_size=40))
def test_every_transition_is_there_once_inside_its_own_conversation(sizes: list[int]) -> None:
    made = [conversation(size, number + 1) for number, size in enumerate(sizes)]
    rows = pack(made, LENGTH, padding=0)
    found = []
    for row in range(len(rows.inputs)):
        for owner in range(rows.owner[row].max() + 1):
            mine = rows.owner[row] == owner
            assert rows.place[row][mine].tolist() == list(range(mine.sum()))
            number = rows.inputs[row][mine][0] // 1000
            one = made[number - 1]
            assert rows.inputs[row][mine].tolist() == one.ids[:-1].tolist()
            assert rows.targets[row][mine].tolist() == one.ids[1:].tolist()
            assert rows.learnt[row][mine].tolist() == one.learnt[1:].tolist()
            found.append(number)
    assert sorted(found) == list(range(1, len(sizes) + 1))
    assert not rows.learnt[rows.owner < 0].any()


def test_rows_of_short_conversations_are_nearly_full() -> None:
    random = np.random.default_rng(0)
    made = [conversation(int(size), 1) for size in random.integers(10, 90, 2000)]
    assert pack(made, 256, 0).filled > 0.97


def test_what_is_too_long_is_cut() -> None:
    rows = pack([conversation(60, 1)], LENGTH, 0)
    assert rows.inputs.shape == (1, LENGTH)
    assert rows.targets[0, -1] == 1000 + LENGTH
