"""What a user's architecture may say, and what it is told when it may not."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from orchard.arch import clip_flops, decode_flops, forward_flops, training_flops
from orchard.spec.architecture import LanguageArchitecture, VideoArchitecture

from .shapes import LLAMA_8B, WAN_14B

LANGUAGE = {"layers": 4, "hidden": 64, "heads": 4, "ffn": 128, "vocabulary": 100}
VIDEO = {"layers": 4, "hidden": 64, "heads": 4, "ffn": 128}


def test_six_numbers_make_a_model() -> None:
    a = LanguageArchitecture(**LANGUAGE)
    assert (a.kv_heads, a.head_dim, a.softmax_layers, a.ffn_layers) == (4, 16, 4, 4)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"kv_heads": 3}, "heads 4 must be a multiple of kv_heads 3"),
        ({"heads": 5}, "hidden 64 is not a multiple of heads 5: give head_dim explicitly"),
        ({"ffn": 0}, "ffn is missing: 4 layers have a dense feed-forward part"),
        ({"experts": 4, "experts_per_token": 5, "expert_ffn": 8}, "experts_per_token 5 exceeds experts 4"),
        ({"experts": 4}, "experts 4 also needs experts_per_token, expert_ffn"),
        ({"expert_ffn": 8}, "need experts: their number"),
        (
            {"experts": 4, "experts_per_token": 1, "expert_ffn": 8, "dense_layers": 4},
            "dense_layers 4 leaves no mixture layer of 4",
        ),
        ({"kv_lora_rank": 8}, "kv_lora_rank 8 also needs qk_rope_dim, qk_nope_dim, v_head_dim"),
        ({"sparse_top_k": 8}, "sparse_top_k 8 also needs indexer_heads, indexer_dim"),
        ({"full_attention_every": 2}, "full_attention_every needs sliding_window"),
        ({"linear_layers": 2}, "linear_layers 2 also needs"),
        ({"mamba_layers": 2}, "mamba_layers 2 also needs"),
        ({"attention_layers": 5}, "exceed layers 4"),
        ({"feed_forward_layers": 9}, "cannot make 4 layers"),
        ({"layers": True}, "true is not a number"),
        ({"layers": "4"}, "'4' is text; wanted a whole number"),
        ({"layers": 0}, "greater than or equal to 1"),
        ({"layerz": 4}, "Extra inputs are not permitted"),
    ],
)
def test_a_language_model_that_can_not_be_is_refused(change: dict[str, object], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        LanguageArchitecture.model_validate({**LANGUAGE, **change})


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"heads": 5}, "hidden 64 is not a multiple of heads 5"),
        ({"text": "joint", "double_stream_layers": 5}, "double_stream_layers 5 exceeds layers 4"),
        ({"double_stream_layers": 1}, "need text: joint"),
        ({"text": "joint", "factorised": True}, "factorised attention needs text: cross"),
        ({"active_experts": 2}, "active_experts 2 exceeds experts 1"),
    ],
)
def test_a_video_model_that_can_not_be_is_refused(change: dict[str, object], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        VideoArchitecture.model_validate({**VIDEO, **change})


def test_every_field_is_described() -> None:
    for model in (LanguageArchitecture, VideoArchitecture):
        assert all(field.description for field in model.model_fields.values())


def test_derived_defaults_stay_out_of_the_schema() -> None:
    fields = LanguageArchitecture.model_json_schema()["properties"]
    assert "default" not in fields["kv_heads"]
    assert "default" not in fields["head_dim"]


def test_a_window_wider_than_the_sequence_changes_nothing() -> None:
    windowed = LLAMA_8B.model_copy(update={"sliding_window": 8192})
    assert training_flops(windowed, 4096) == training_flops(LLAMA_8B, 4096)


def test_a_chunk_halves_what_a_window_of_the_same_width_sees() -> None:
    sliding = LLAMA_8B.model_copy(update={"sliding_window": 1024})
    chunked = sliding.model_copy(update={"window": "chunked"})
    long = 1_048_576.0
    ratio = forward_flops(chunked, long).attention / forward_flops(sliding, long).attention
    assert ratio == pytest.approx(0.5, rel=1e-3)


def test_decoding_sees_the_whole_cache() -> None:
    assert decode_flops(LLAMA_8B, 8192).attention == 2 * forward_flops(LLAMA_8B, 8192).attention


def test_two_networks_for_two_ranges_of_noise_cost_one_per_step() -> None:
    pair = WAN_14B.model_copy(update={"experts": 2})
    assert clip_flops(pair, 81, 480, 832, steps=40) == clip_flops(WAN_14B, 81, 480, 832, steps=40)


def test_an_empty_clip_is_refused() -> None:
    with pytest.raises(ValueError, match="a clip of 0 frames of 64x64 is empty"):
        WAN_14B.video_tokens(0, 64, 64)
    with pytest.raises(ValueError, match="steps 0 must be at least 1"):
        clip_flops(WAN_14B, 1, 64, 64, steps=0)
