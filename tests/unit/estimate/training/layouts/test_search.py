"""The search for layouts: all that are legal, none twice, and the best of them."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchard.estimate.training.calibration import calibration
from orchard.estimate.training.formulas.configuration import Hardware, Software
from orchard.estimate.training.formulas.memory import memory, room
from orchard.estimate.training.formulas.shape import shape
from orchard.estimate.training.formulas.step import step
from orchard.estimate.training.layouts import search as searching
from orchard.estimate.training.layouts.evaluated import CHOICES, Table
from orchard.estimate.training.layouts.legal import (
    SHORTEST,
    Cluster,
    blocks,
    chunk_counts,
    count,
    divisors,
    replica_counts,
)
from orchard.estimate.training.layouts.pareto import beyond, front
from orchard.estimate.training.layouts.search import Found, search
from orchard.spec.architecture import LanguageArchitecture

CONSTANTS = calibration().constants
# A chip like an H100, in a node of 8.
CHIP = Hardware(
    bf16_flops_per_s=989e12, linear_flops_per_s=989e12, memory_bytes=80e9, memory_bytes_per_s=3.35e12,
    domain=8.0, scaleup_bytes_per_s=450e9, scaleout_bytes_per_s=50e9, tdp_w=700.0, generation=1,
)  # fmt: skip
DENSE = LanguageArchitecture(layers=6, hidden=1536, heads=12, kv_heads=4, ffn=6144, vocabulary=32000)
MIXTURE = LanguageArchitecture(
    layers=5, hidden=1024, heads=8, kv_heads=8, ffn=4096, vocabulary=32000, experts=12, experts_per_token=2,
    expert_ffn=512, dense_layers=1,
)  # fmt: skip
LARGE = LanguageArchitecture(layers=80, hidden=8192, heads=64, kv_heads=8, ffn=28672, vocabulary=128256)


def find(
    a: LanguageArchitecture,
    cluster: Cluster,
    hardware: Hardware = CHIP,
    top: int = 3,
    precision: str = "bf16",
) -> Found:
    return search(a, cluster, hardware, precision, Software(), CONSTANTS, top)


def listed(a: LanguageArchitecture, cluster: Cluster) -> list[tuple[int, ...]]:
    """Every layout that the search evaluates, choices in the order of CHOICES."""
    found = []
    for block in blocks(a, cluster):
        rows, columns = zip(*block.rows, strict=True), list(zip(*block.columns, strict=True))
        for row, column in product(rows, columns):
            found.append(tuple(int(each) for each in (block.tp, block.pp, *row, *column)))
    return found


def faults(a: LanguageArchitecture, cluster: Cluster, choices: tuple[int, ...]) -> list[str]:
    """The rules again, one layout at a time, as a stack would check its arguments."""
    c: dict[str, Any] = dict(zip(CHOICES, choices, strict=True))
    tp, pp, cp, vp, ep, etp, micro = (
        c[name] for name in ("tp", "pp", "cp", "vp", "ep", "etp", "micro_batch")
    )
    shard, ranks, kept = c["shard"], c["shard_ranks"], c["kept_gathered"]
    if cluster.chips % (tp * pp * cp):
        return ["chips"]
    dp = cluster.chips // (tp * pp * cp)
    if cluster.batch % (dp * micro):
        return ["batch"]
    count, same = cluster.batch // (dp * micro), dp * cp
    chunk = -(-a.layers // (pp * vp))
    rules = {
        "heads": a.heads % tp == 0 and (a.kv_heads % tp == 0 or tp % a.kv_heads == 0),
        "ffn": a.ffn % tp == 0,
        "stages": pp <= a.layers,
        "chunks": vp == 1 or (pp > 1 and count % pp == 0),
        "full chunks": vp == 1 or -(-a.layers // (pp * (vp - 1))) > chunk,
        "sequence": cp == 1 or (cluster.sequence % (2 * cp) == 0 and cluster.sequence // cp >= SHORTEST),
        "sequence parallel": cluster.sequence // cp % tp == 0,
        "experts": (a.experts or 1) % ep == 0 and (tp * same) % (ep * etp) == 0,
        "expert widths": tp % etp == 0 and (etp == 1 or (a.experts and a.expert_ffn % etp == 0)),
        "recompute": c["recompute"] in (0, 1, 2),
        "nothing": shard != 0 or (ranks == 1 and same > 1),
        "state": shard != 1 or ranks == same,
        "gradients": shard != 2 or (ranks == same > 1 and pp == 1),
        "weights": shard != 3 or (ranks > 1 and same % ranks == 0),
        "gathered": kept in ((0, 1) if shard == 3 else (0,)),
    }
    return [name for name, holds in rules.items() if not holds]


clusters = st.builds(
    Cluster,
    chips=st.sampled_from([1, 2, 6, 8, 12, 16, 24, 64]),
    sequence=st.sampled_from([512, 1000, 1536, 2048, 4096]),
    batch=st.sampled_from([1, 4, 6, 12, 16, 48]),
)
models = st.sampled_from([DENSE, MIXTURE])


@given(models, clusters)
def test_every_layout_is_legal_and_there_once(a: LanguageArchitecture, cluster: Cluster) -> None:
    every = listed(a, cluster)
    assert len(every) == len(set(every))
    assert [(one, wrong) for one in every if (wrong := faults(a, cluster, one))] == []


@pytest.mark.parametrize(
    ("a", "cluster"),
    [(DENSE, Cluster(4, 2048, 4)), (MIXTURE, Cluster(4, 1024, 2)), (DENSE, Cluster(6, 1000, 6))],
)
def test_no_legal_layout_is_left_out(a: LanguageArchitecture, cluster: Cluster) -> None:
    sizes, experts = divisors(cluster.chips), divisors(a.experts or 1)
    ways = [(shard, ranks, kept) for shard in range(4) for ranks in sizes for kept in (0, 1)]
    choices = product(
        sizes, sizes, sizes, divisors(cluster.batch), experts, sizes, range(3), range(1, a.layers + 1), ways
    )
    every = {(*one, *way) for *one, way in choices}
    assert {one for one in every if not faults(a, cluster, one)} == set(listed(a, cluster))


def brute(a: LanguageArchitecture, cluster: Cluster, hardware: Hardware) -> tuple[Table, Table]:
    """All layouts, and those that fit, each evaluated as one of a flat list."""
    choices = np.array(listed(a, cluster), dtype=np.int64)
    nothing = np.zeros(len(choices))
    layout = Table(choices, nothing, nothing, nothing).layout(cluster, 0)
    software = Software(kept_gathered=choices[:, CHOICES.index("kept_gathered")].astype(float))
    time_s = step(CONSTANTS, shape(a), hardware, layout, software).total
    bytes_ = memory(shape(a), hardware, layout, software)
    every = Table(choices, np.asarray(time_s), np.asarray(bytes_.allocated), np.asarray(bytes_.reserved))
    return every, every.take(np.flatnonzero(every.reserved_bytes <= room(hardware)))


@settings(max_examples=25, deadline=None)
@given(models, clusters, st.sampled_from([4e9, 6e9, 10e9, 80e9]))
def test_the_best_is_the_fastest_that_fits(
    a: LanguageArchitecture, cluster: Cluster, memory_bytes: float
) -> None:
    hardware = CHIP._replace(memory_bytes=memory_bytes)
    if not listed(a, cluster):
        return
    every, fits = brute(a, cluster, hardware)
    found = find(a, cluster, hardware, top=4)
    assert (found.evaluated, found.feasible) == (len(every.time_s), len(fits.time_s))
    np.testing.assert_allclose(found.best.time_s, np.sort(fits.time_s)[:4], rtol=1e-12)
    misses = every.take(np.flatnonzero(every.reserved_bytes > room(hardware)))
    if len(misses.time_s):
        assert found.near.reserved_bytes[0] == pytest.approx(misses.reserved_bytes.min())
        assert found.tempting.time_s[0] == pytest.approx(misses.time_s.min())
    for (name, value), rival in found.rivals.items():
        same = fits.choices[:, CHOICES.index(name)] == value
        assert rival.time_s[0] == pytest.approx(fits.time_s[same].min())
    kinds = {(name, value) for row in fits.choices.tolist() for name, value in zip(CHOICES, row, strict=True)}
    assert set(found.rivals) == kinds
    unfit = {
        (name, value) for row in every.choices.tolist() for name, value in zip(CHOICES, row, strict=True)
    } - kinds
    assert set(found.needed_bytes) == unfit
    for (name, value), needed in found.needed_bytes.items():
        assert needed == every.reserved_bytes[every.choices[:, CHOICES.index(name)] == value].min()
    known = fits.take(front(fits.time_s, fits.allocated_bytes))
    np.testing.assert_allclose(found.pareto.time_s, known.time_s)
    np.testing.assert_allclose(found.pareto.allocated_bytes, known.allocated_bytes)


@settings(max_examples=15, deadline=None)
@given(models, clusters, st.floats(3e9, 40e9), st.floats(1.0, 4.0))
def test_more_memory_never_loses_the_best(
    a: LanguageArchitecture, cluster: Cluster, memory_bytes: float, more: float
) -> None:
    less = find(a, cluster, CHIP._replace(memory_bytes=memory_bytes))
    better = find(a, cluster, CHIP._replace(memory_bytes=memory_bytes * more))
    assert better.feasible >= less.feasible
    if less.feasible:
        assert better.best.time_s[0] <= less.best.time_s[0]


def test_cutting_blocks_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = find(MIXTURE, Cluster(16, 2048, 16), top=7)
    monkeypatch.setattr(searching, "CHUNK", 10)
    cut = find(MIXTURE, Cluster(16, 2048, 16), top=7)
    assert whole.best.choices.tolist() == cut.best.choices.tolist()
    assert whole.pareto.time_s.tolist() == pytest.approx(cut.pareto.time_s.tolist())
    assert (whole.evaluated, whole.feasible, whole.crowded) == (cut.evaluated, cut.feasible, cut.crowded)


def test_equal_times_go_to_the_layout_with_less_memory() -> None:
    found = find(DENSE, Cluster(8, 2048, 16), top=50)
    order = list(zip(found.best.time_s.tolist(), found.best.reserved_bytes.tolist(), strict=True))
    assert order == sorted(order)


def test_a_model_too_large_says_what_it_lacks() -> None:
    found = find(LARGE, Cluster(8, 8192, 8))
    assert found.feasible == 0
    assert found.crowded > 0
    assert len(found.best.time_s) == len(found.pareto.time_s) == 0
    assert found.near.reserved_bytes[0] > CHIP.memory_bytes
    assert found.near.choices[0, CHOICES.index("recompute")] == 2  # recomputing everything saves most


def test_a_large_model_is_cut_and_a_small_one_is_not() -> None:
    large = find(LARGE, Cluster(256, 8192, 256)).best.chosen(0)
    small = find(DENSE, Cluster(8, 2048, 512)).best.chosen(0)
    assert large["tp"] * large["pp"] * large["shard_ranks"] >= 16
    assert (small["tp"], small["pp"], small["cp"]) == (1, 1, 1)


def test_no_layout_is_legal_when_the_batch_cannot_be_cut() -> None:
    assert find(DENSE, Cluster(7, 2048, 1)).evaluated == 0


@given(models, clusters)
def test_layouts_are_counted_before_they_are_made(a: LanguageArchitecture, cluster: Cluster) -> None:
    made = sum(block.size for block in blocks(a, cluster))
    assert made <= count(a, cluster) <= 8 * made
    dividing = [replicas for replicas in replica_counts(a, cluster) if cluster.batch % replicas == 0]
    assert bool(made) == bool(dividing)


@given(st.integers(1, 200), st.integers(2, 64))
def test_chunks_hold_all_layers(layers: int, pp: int) -> None:
    counts = chunk_counts(layers, pp)
    assert counts[0] == 1
    assert list(counts) == sorted(set(counts))
    if pp <= layers:
        assert counts[-1] == -(-layers // pp)  # one layer a chunk


@given(st.integers(1, 5000))
def test_divisors_divide(number: int) -> None:
    assert divisors(number) == tuple(each for each in range(1, number + 1) if number % each == 0)


points = st.lists(st.tuples(st.integers(1, 9), st.integers(1, 9)), min_size=1, max_size=40)


@given(points)
def test_no_point_of_a_front_is_beaten(every: list[tuple[int, int]]) -> None:
    times, bytes_ = (np.array(column, dtype=float) for column in zip(*every, strict=True))
    kept = front(times, bytes_)
    best = {(times[i], bytes_[i]) for i in kept}
    for i, point in enumerate(zip(times, bytes_, strict=True)):
        beaten = bool(
            ((times <= times[i]) & (bytes_ <= bytes_[i]) & ((times < times[i]) | (bytes_ < bytes_[i]))).any()
        )
        assert (point in best) != beaten
    assert len(best) == len(kept)


@given(points, points)
def test_what_lies_beyond_a_front_would_change_it(
    known: list[tuple[int, int]], more: list[tuple[int, int]]
) -> None:
    times, bytes_ = (np.array(column, dtype=float) for column in zip(*known, strict=True))
    kept = front(times, bytes_)
    new_s, new_bytes = (np.array(column, dtype=float) for column in zip(*more, strict=True))
    beaten = [bool(((times <= s) & (bytes_ <= b)).any()) for s, b in zip(new_s, new_bytes, strict=True)]
    found = beyond(new_s, new_bytes, times[kept], bytes_[kept])
    assert found.tolist() == [i for i, lost in enumerate(beaten) if not lost]
