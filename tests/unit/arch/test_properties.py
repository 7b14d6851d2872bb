"""What must hold for every shape, whoever made it up."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchard.arch import (
    activation_bytes,
    cache_bytes,
    cache_bytes_per_token,
    clip_flops,
    decode_flops,
    forward_flops,
    hardware_training_flops,
    parameters,
    state_bytes,
    training_flops,
    video_forward_flops,
    video_training_flops,
)
from orchard.spec.architecture import LanguageArchitecture, VideoArchitecture

from .shapes import language_shapes, video_shapes

LENGTHS = st.integers(1, 200_000)


def deeper(a: LanguageArchitecture) -> LanguageArchitecture:
    return a.model_copy(update={"layers": a.layers + 1})


@given(language_shapes())
def test_a_layer_more_never_means_fewer_parameters(a: LanguageArchitecture) -> None:
    assert parameters(deeper(a)).total > parameters(a).total
    assert parameters(deeper(a)).active > parameters(a).active


@given(language_shapes(), LENGTHS)
def test_a_layer_more_never_means_fewer_operations(a: LanguageArchitecture, length: int) -> None:
    assert forward_flops(deeper(a), length).total > forward_flops(a, length).total


@given(language_shapes())
def test_active_parameters_never_exceed_all(a: LanguageArchitecture) -> None:
    count = parameters(a)
    assert 0 < count.active_without_embedding <= count.active <= count.total <= count.with_mtp


@given(language_shapes(), LENGTHS)
def test_causal_never_exceeds_full(a: LanguageArchitecture, length: int) -> None:
    assert training_flops(a, length) <= training_flops(a, length, "full") * (1 + 1e-12)


@given(language_shapes(), LENGTHS, st.integers(0, 10_000))
def test_a_cache_never_shrinks_as_the_sequence_grows(a: LanguageArchitecture, length: int, more: int) -> None:
    assert 0 <= cache_bytes(a, length) <= cache_bytes(a, length + more)
    assert cache_bytes(a, length) <= length * cache_bytes_per_token(a) * (1 + 1e-12)


@given(language_shapes(), LENGTHS)
def test_recomputation_adds_at_most_one_forward_pass(a: LanguageArchitecture, length: int) -> None:
    none, selective, full = (
        hardware_training_flops(a, length, recompute=kind) for kind in ("none", "selective", "full")
    )
    assert none == pytest.approx(training_flops(a, length))
    assert none <= selective <= full <= none * 4 / 3 * (1 + 1e-12)


@given(language_shapes())
def test_recomputation_saves_memory(a: LanguageArchitecture) -> None:
    none, selective, full = (
        activation_bytes(a, 4096.0, recompute=kind, fused_attention=False)
        for kind in ("none", "selective", "full")
    )
    assert full < selective <= none


@given(language_shapes(), st.lists(LENGTHS, min_size=1, max_size=5))
def test_arrays_give_what_scalars_give(a: LanguageArchitecture, lengths: list[int]) -> None:
    array = np.array(lengths, dtype=np.float64)
    for function in (training_flops, cache_bytes, activation_bytes):
        together = function(a, array)
        assert np.broadcast_to(together, array.shape) == pytest.approx([function(a, s) for s in lengths])
    decoded = np.broadcast_to(decode_flops(a, array).total, array.shape)
    assert decoded == pytest.approx([decode_flops(a, s).total for s in lengths])


@given(language_shapes())
def test_attention_alone_keeps_no_recurrent_state(a: LanguageArchitecture) -> None:
    assert state_bytes(a) == 0


@given(video_shapes(), st.integers(1, 60), st.integers(32, 256), st.integers(32, 256))
def test_more_video_never_costs_less(a: VideoArchitecture, frames: int, height: int, width: int) -> None:
    one = video_forward_flops(a, frames, height, width).total
    assert video_forward_flops(a, frames + 8, height, width).total >= one
    assert video_forward_flops(a, frames, height + 32, width).total >= one
    assert video_training_flops(a, frames, height, width) == pytest.approx(3 * one)
    assert clip_flops(a, frames, height, width, steps=10) == pytest.approx(20 * one)


@given(video_shapes())
def test_a_block_more_never_makes_a_smaller_video_model(a: VideoArchitecture) -> None:
    assert parameters(a.model_copy(update={"layers": a.layers + 1})).total > parameters(a).total
