"""Every window is read once in an epoch, whoever reads it."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchard.data import Shards, windows, write_shards
from orchard.data.order import Epoch, _epoch, epoch_of, mix, permuted, window_count
from orchard.data.shards import ShardWriter
from orchard.errors import DataError


def made(folder: Path, lengths: list[int], weights: list[float] | None = None, most: int = 1 << 27) -> Shards:
    """Shards whose tokens are all different, document by document; sources take turns."""
    weights = weights or [1.0]
    writer = ShardWriter(folder, 1 << 20, most)
    at = 0
    for number, length in enumerate(lengths):
        writer.add(range(at, at + length), number % len(weights))
        at += length
    writer.close([f"s{number}" for number in range(len(weights))], weights)
    return Shards(folder)


@given(st.integers(1, 400), st.integers(0, 2**64 - 1))
def test_permuted_is_a_permutation(count: int, key: int) -> None:
    assert sorted(permuted(index, count, key) for index in range(count)) == list(range(count))


def test_permutations_of_other_keys_are_others() -> None:
    orders = {tuple(permuted(index, 12, key) for index in range(12)) for key in range(200)}
    assert len(orders) == 200


@settings(max_examples=25, deadline=None)
@given(
    lengths=st.lists(st.integers(1, 40), min_size=2, max_size=30),
    sequence=st.integers(1, 9),
    per_step=st.integers(1, 7),
    seed=st.integers(0, 2**32),
    most=st.integers(3, 1000),
)
def test_each_window_once_per_epoch(
    tmp_path_factory: pytest.TempPathFactory,
    lengths: list[int],
    sequence: int,
    per_step: int,
    seed: int,
    most: int,
) -> None:
    total = sum(lengths)
    count = window_count(total, sequence)
    if not count:
        return
    shards = made(tmp_path_factory.mktemp("shards"), lengths, most=most)
    places = [divmod(sample, per_step) for sample in range(2 * count)]
    rows = np.concatenate([windows(shards, sequence, seed, step, [at], per_step) for step, at in places])
    for epoch in (rows[:count], rows[count:]):
        inputs = epoch[:, :-1].ravel()
        assert len(set(inputs.tolist())) == count * sequence  # none twice, and as many as fit
        assert total - len(inputs) <= sequence
    starts = set(np.cumsum([0, *lengths[:-1]]).tolist())
    ends = {start + length - 1 for start, length in zip(sorted(starts), lengths, strict=True)}
    for row in rows.tolist():
        assert all(two == one + 1 or (one in ends and two in starts) for one, two in pairwise(row))


@pytest.mark.parametrize("world", [1, 2, 3, 4, 6, 12])
def test_processes_together_read_what_one_would(tmp_path: Path, world: int) -> None:
    shards = made(tmp_path, [17, 40, 3, 25, 60])
    alone = windows(shards, 8, 5, 3, range(12), 12)
    parts = [windows(shards, 8, 5, 3, range(rank, 12, world), 12) for rank in range(world)]
    together = np.empty_like(alone)
    for rank, part in enumerate(parts):
        together[rank::world] = part
    assert (together == alone).all()


def test_order_depends_on_seed_and_epoch(tmp_path: Path) -> None:
    shards = made(tmp_path, [30] * 30)
    count = window_count(900, 8)
    one, again = (windows(shards, 8, 1, 0, range(count), count) for _ in range(2))
    assert (one == again).all()
    assert (one != windows(shards, 8, 2, 0, range(count), count)).any()
    assert (one != windows(shards, 8, 1, 1, range(count), count)).any()


def test_order_never_changes(tmp_path: Path) -> None:
    shards = made(tmp_path, [5, 9, 4, 12])
    assert windows(shards, 3, 7, 1, [0, 2], 3).tolist() == [[28, 29, 14, 15], [0, 1, 2, 3]]


def test_weights_say_how_often_documents_are_read(tmp_path: Path) -> None:
    shards = made(tmp_path, [8] * 40, [2.0, 0.5])
    count = window_count(20 * 8 * 2 + 10 * 8, 1)
    first = windows(shards, 1, 0, 0, range(count), count)[:, 0]
    second = windows(shards, 1, 0, 1, range(count), count)[:, 0]
    numbers, often = np.unique(first // 8, return_counts=True)
    read = dict(zip(numbers.tolist(), often.tolist(), strict=True))
    even = [read.get(number, 0) for number in range(0, 40, 2)]
    assert min(even) >= 15
    assert max(even) <= 16
    odd = {number for number in read if number % 2}
    assert len(odd) == 10
    assert {number for number in (second // 8).tolist() if number % 2} == set(range(1, 40, 2)) - odd


def test_a_corpus_too_short_is_refused(tmp_path: Path) -> None:
    shards = made(tmp_path, [4, 3])
    with pytest.raises(DataError, match="O816"):
        windows(shards, 7, 0, 0, [0], 1)


def test_epochs_are_counted(tmp_path: Path) -> None:
    shards = made(tmp_path, [11, 10])
    assert [epoch_of(shards, 5, 0, sample) for sample in (0, 2, 4, 9)] == [0, 0.5, 1, 2.25]


def test_samples_outside_a_step_are_no_samples(tmp_path: Path) -> None:
    with pytest.raises(IndexError):
        windows(made(tmp_path, [50]), 4, 0, 0, [3], 3)


def test_small_vocabularies_take_two_bytes(tmp_path: Path) -> None:
    shards = write_shards(tmp_path, 65_536, [([1, 65_535], 0), ([7], 0)], ["s"])
    assert (tmp_path / "tokens-00000.bin").stat().st_size == 6
    assert shards.document(0).tolist() == [1, 65_535]
    assert shards.read(1, 3).tolist() == [65_535, 7]
    assert mix(1) != mix(2)


@settings(max_examples=30, deadline=None)
@given(
    lengths=st.lists(st.integers(2, 30), min_size=3, max_size=20),
    weights=st.lists(st.floats(0.01, 3.7), min_size=1, max_size=3),
    seed=st.integers(0, 2**32),
    sequence=st.integers(1, 5),
)
def test_any_weights_are_kept_over_many_epochs(
    tmp_path_factory: pytest.TempPathFactory,
    lengths: list[int],
    weights: list[float],
    seed: int,
    sequence: int,
) -> None:
    shards = made(tmp_path_factory.mktemp("shards"), lengths, weights)
    epochs = [_epoch(shards, seed, number) for number in range(40)]
    often = np.bincount(np.concatenate([one.documents for one in epochs]), minlength=len(lengths))
    for number, count in enumerate(often.tolist()):
        assert (
            abs(count - 40 * weights[number % len(weights)]) <= 1.5
        )  # never more than a turn ahead or behind
    sizes = [max(0, window_count(one.tokens, sequence)) for one in epochs]
    if not sum(sizes):
        return
    places = [(number, window) for number, size in enumerate(sizes) for window in range(size)]
    for sample in {0, len(places) // 2, len(places) - 1}:
        number, window = places[sample]
        assert epoch_of(shards, sequence, seed, sample) == number + window / sizes[number]


def test_an_epoch_may_be_empty(tmp_path: Path) -> None:
    shards = made(tmp_path, [9], [0.3])
    assert [len(_epoch(shards, 0, number).documents) for number in range(6)] == [0, 1, 0, 0, 1, 0]
    assert [epoch_of(shards, 4, 0, sample) for sample in range(4)] == [1, 1.5, 4, 4.5]
    assert windows(shards, 4, 0, 0, [0, 1], 2)[:, 0].sum() == 4


def test_a_step_far_in_reads_no_epoch_before_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shards = made(tmp_path, [30] * 30, [0.7, 1.3])
    read: list[int] = []
    real = _epoch.__wrapped__

    def counted(shards: Shards, seed: int, number: int) -> Epoch:
        read.append(number)
        return real(shards, seed, number)

    monkeypatch.setattr("orchard.data.order._epoch", counted)
    windows(shards, 8, 1, 10**6, [0], 4)
    assert len(read) == 1
    assert read[0] > 30_000
