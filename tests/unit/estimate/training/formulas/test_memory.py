"""Memory: parts, levels of sharding and recomputation, stages."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchard.catalogue import catalogue
from orchard.estimate.training import batch, estimate
from orchard.estimate.training.formulas.configuration import RECOMPUTE, Hardware, Layout, Software
from orchard.estimate.training.formulas.memory import VISIBLE, Memory, fits, least_recompute, memory
from orchard.estimate.training.formulas.shape import Shape, shape, stack, take
from orchard.spec.architecture import LanguageArchitecture

MODELS = ("llama3-70b", "deepseek-v3", "qwen3-30b-a3b", "gpt-oss-120b", "nemotron3-nano")
GIB = 2.0**30
CHIP = Hardware(1.0, 1.0, 80e9, 1.0, 8.0, 1.0, 1.0, np.inf, 1)


def model(name: str) -> Shape:
    return shape(LanguageArchitecture(**catalogue().model(name).fields))


@st.composite
def layouts(draw: st.DrawFn) -> Layout:
    tp, pp, cp, ep = (2 ** draw(st.integers(0, top)) for top in (3, 3, 2, 3))
    dp, m = 2 ** draw(st.integers(0, 6)), draw(st.integers(1, 32))
    ep = min(ep, tp * cp * dp)
    sizes = (tp * pp * cp * dp, 4096, m * dp, 1, tp, pp, cp, 1, ep, 1, draw(st.integers(0, 3)), dp * cp, 0)
    return Layout(*map(float, sizes), precision=0)


def needed(name: str, layout: Layout, software: Software | None = None) -> Memory:
    return memory(model(name), CHIP, layout, software or Software())


@given(st.sampled_from(MODELS), layouts())
def test_parts_sum_to_what_is_allocated(name: str, layout: Layout) -> None:
    parts = needed(name, layout)
    assert sum(float(part) for part in parts) == pytest.approx(float(parts.allocated), rel=1e-12)
    assert min(float(part) for part in parts) >= 0
    assert float(parts.reserved) > float(parts.allocated)


@given(st.sampled_from(MODELS), layouts())
def test_recomputing_more_keeps_less(name: str, layout: Layout) -> None:
    kept = [float(needed(name, layout._replace(recompute=r)).activations) for r in (0.0, 1.0, 2.0)]
    assert kept[0] >= kept[1]
    assert kept[0] >= kept[2]


@given(st.sampled_from(MODELS), layouts())
def test_sharding_more_holds_less(name: str, layout: Layout) -> None:
    parts = [needed(name, layout._replace(shard=float(level))) for level in range(4)]
    for part in ("optimiser", "gradients", "weights"):
        held = [float(getattr(one, part)) for one in parts]
        assert held == sorted(held, reverse=True), part


@given(st.sampled_from(MODELS), layouts())
def test_more_ranks_never_hold_more(name: str, layout: Layout) -> None:
    more = layout._replace(chips=layout.chips * 2, batch=layout.batch * 2, shard_ranks=layout.shard_ranks * 2)
    assert float(needed(name, more).allocated) <= float(needed(name, layout).allocated) * (1 + 1e-12)


@settings(max_examples=20)
@given(st.lists(st.tuples(st.sampled_from(MODELS), layouts()), min_size=2, max_size=6))
def test_rows_equal_the_batch(runs: list[tuple[str, Layout]]) -> None:
    names = sorted({name for name, _ in runs})
    shapes = take(stack([model(name) for name in names]), np.array([names.index(name) for name, _ in runs]))
    cut = Layout(*map(np.array, zip(*(layout for _, layout in runs), strict=True)))
    together = memory(shapes, CHIP, cut, Software())
    for i, (name, layout) in enumerate(runs):
        alone = needed(name, layout)
        for part in Memory._fields:
            assert float(getattr(alone, part)) == pytest.approx(float(np.asarray(getattr(together, part))[i]))


def test_eighteen_bytes_a_weight_without_any_sharding() -> None:
    alone = Layout(1.0, 4096.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 0.0, 1.0, 2.0, 0)
    parts = needed("llama3-8b", alone)
    state = float(parts.weights + parts.gradients + parts.optimiser)
    assert state / 8.03e9 == pytest.approx(18, rel=0.001)


@pytest.mark.parametrize(("name", "tp", "chips"), [("llama3.1-405b", 8, 8), ("llama3-70b", 8, 8)])
def test_what_cannot_fit_is_not_said_to(name: str, tp: int, chips: int) -> None:
    cut = Layout(chips, 4096.0, 8.0, 1.0, tp, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 2.0, 0)
    assert not fits(needed(name, cut), CHIP)


def test_unknown_recomputation_is_the_least_that_fits() -> None:
    cut = Layout(64.0, 8192.0, 64.0, 1.0, 8.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 8.0, 0.0, 0)
    wants = [float(needed("llama3-70b", cut._replace(recompute=r)).reserved) for r in (0.0, 1.0)]
    sizes = [size / VISIBLE for size in (wants[0] * 1.01, (wants[0] + wants[1]) / 2, wants[1] * 0.5)]
    found = [
        float(least_recompute(model("llama3-70b"), CHIP._replace(memory_bytes=size), cut, Software()))
        for size in sizes
    ]
    assert found == [0.0, 1.0, 3.0]


def test_first_stages_hold_more_microbatches_in_flight() -> None:
    cut = Layout(64.0, 4096.0, 64.0, 1.0, 1.0, 8.0, 1.0, 1.0, 1.0, 1.0, 1.0, 8.0, 0.0, 0)
    one = needed("llama3-70b", cut._replace(batch=8.0)).activations
    many = needed("llama3-70b", cut).activations
    assert float(many) == pytest.approx(8 * float(one), rel=1e-9)
    assert float(needed("llama3-70b", cut._replace(vp=2.0, batch=128.0)).activations) > float(many)


def test_leading_dense_layers_leave_the_last_stage_with_more_experts() -> None:
    """DeepSeek-V3 of four layers on two stages: two mixtures on the last one, of three in all."""
    cut = Layout(8.0, 4096.0, 16.0, 1.0, 1.0, 2.0, 1.0, 1.0, 4.0, 1.0, 1.0, 4.0, 0.0, 0)
    three = model("deepseek-v3-l4")
    held = float(memory(three, CHIP, cut, Software()).weights) / 2
    assert held > three.expert_weights * 2 / 3 / 4


def test_what_waits_in_the_memory_of_the_host_leaves_two_layers() -> None:
    row = {
        "id": "a",
        "model": "llama3-70b",
        "chip": "TPU v6e",
        "n_gpus": "256",
        "seq_len": "8192",
        "dtype": "bf16",
    }
    row |= {"global_batch": "512", "stack": "maxtext"}
    kept, waiting, full = (
        estimate(batch([row | {"recompute": text}])) for text in ("none", "selective", "full")
    )
    assert waiting.layout.recompute[0] == RECOMPUTE.index("offload")
    two_layers = kept.memory.activations[0] * 2 / 80  # of which what is cheap is dropped too
    assert 0.5 * two_layers < waiting.memory.activations[0] < two_layers
    assert waiting.memory.activations[0] < full.memory.activations[0] < kept.memory.activations[0]
    assert waiting.step_s[0] <= full.step_s[0]


def warm_up(stages: int, chunks: int, rank: int) -> int:
    """Microbatches of one chunk that a rank of the interleaved schedule runs before its first backward."""
    if chunks == 1:
        return stages - rank
    return 2 * (stages - rank - 1) + (chunks - 1) * stages + 1


@pytest.mark.parametrize(("stages", "chunks"), [(4, 1), (4, 5), (8, 2), (2, 20)])
def test_activations_in_flight_are_those_of_the_schedule(stages: int, chunks: int) -> None:
    llama = LanguageArchitecture(**catalogue().model("llama3-70b").fields)
    model = shape(llama)._replace(vocabulary=0.0, head=0.0, embedding=0.0)
    layout = Layout(8.0 * stages, 4096.0, 4096.0, 1.0, 8.0, stages, 1.0, chunks, 1.0, 1.0, 1.0, 1.0, 0.0, 0)
    one = memory(model, CHIP, layout._replace(pp=1.0, vp=1.0, chips=8.0, batch=1.0), Software()).activations
    found = memory(model, CHIP, layout, Software())
    most = max(warm_up(stages, chunks, rank) for rank in range(stages)) / chunks
    assert float(found.activations) == pytest.approx(float(one) / stages * most)


def test_experts_of_multi_token_prediction_are_cut_as_experts() -> None:
    row = {
        "id": "a",
        "model": "deepseek-v3",
        "chip": "GB200",
        "n_gpus": "1024",
        "seq_len": "4096",
        "dtype": "bf16",
    }
    row |= {"global_batch": "4096", "micro_batch": "1", "pp": "16", "ep": "64", "recompute": "none"}
    without, cut = estimate(batch([row])), estimate(batch([row | {"options": "MTP"}]))
    added = (cut.memory.weights[0] - without.memory.weights[0]) / 2
    assert 0 <= added < 2.5e9  # of 11.6 G weights, 11.3 G are of experts
