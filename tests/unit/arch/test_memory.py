"""Bytes: weights, optimisers, caches, activations, against hand counts and published formulae."""

from __future__ import annotations

import pytest

from orchard.arch import (
    FORMATS,
    OPTIMISERS,
    activation_bytes,
    cache_bytes,
    cache_bytes_per_token,
    gradient_bytes,
    optimiser_bytes,
    state_bytes,
    weight_bytes,
)
from orchard.spec.architecture import LanguageArchitecture

from .shapes import LLAMA_8B

GPT3 = LanguageArchitecture(layers=96, hidden=12288, heads=96, ffn=4 * 12288, gated=False, vocabulary=51200)
DEEPSEEK_V3 = LanguageArchitecture(
    layers=61, hidden=7168, heads=128, ffn=18432, vocabulary=129280, experts=256, experts_per_token=8,
    expert_ffn=2048, shared_ffn=2048, dense_layers=3, q_lora_rank=1536, kv_lora_rank=512, qk_nope_dim=128,
    qk_rope_dim=64, v_head_dim=128,
)  # fmt: skip


def test_activations_of_a_classic_transformer_are_34_bytes_a_width() -> None:
    """Korthikanti et al. 2022, equations 1 and 2: s b h (34 + 5 a s / h)."""
    selective = activation_bytes(GPT3, 2048.0, recompute="selective", fused_attention=False, dropout=True)
    none = activation_bytes(GPT3, 2048.0, fused_attention=False, dropout=True)
    assert selective == 96 * 34 * 12288
    assert none == 96 * 12288 * (34 + 5 * 96 * 2048 / 12288)


def test_full_recomputation_keeps_the_input_of_each_layer() -> None:
    """Korthikanti et al. 2022, table 2: 2 s b h."""
    assert activation_bytes(GPT3, recompute="full") == 96 * 2 * 12288


def test_training_state_of_mixed_precision_adam_is_16_bytes_a_parameter() -> None:
    """ZeRO, section 3.1: 2 weights + 2 gradients + 12 optimiser."""
    count = 7.5e9
    state = weight_bytes(count) + gradient_bytes(count, "bf16") + optimiser_bytes(count)
    assert state == 120e9


def test_latent_cache_holds_576_numbers_a_layer() -> None:
    """DeepSeek-V2, table 1: (kv_lora_rank + qk_rope_dim) x layers; 70,272 bytes for DeepSeek-V3."""
    assert cache_bytes_per_token(DEEPSEEK_V3) == 70_272


def test_windowed_layers_stop_growing() -> None:
    windowed = LLAMA_8B.model_copy(update={"sliding_window": 1024, "full_attention_every": 4})
    per_layer = cache_bytes_per_token(LLAMA_8B) / 32
    assert windowed.windowed_layers == 24
    assert cache_bytes(windowed, 4096) == per_layer * (8 * 4096 + 24 * 1024)


def test_recurrent_layers_keep_a_state_and_no_cache() -> None:
    mamba = LanguageArchitecture(
        layers=4, hidden=256, heads=4, ffn=512, vocabulary=1000, attention_layers=0, feed_forward_layers=2,
        mamba_layers=2, mamba_heads=8, mamba_head_dim=64, mamba_state=128, mamba_groups=1,
    )  # fmt: skip
    assert cache_bytes(mamba, 1e6) == 0
    assert state_bytes(mamba) == 2 * (8 * 64 * 128 * 4 + 3 * (8 * 64 + 2 * 128) * 2)


@pytest.mark.parametrize(
    ("name", "expected"), [("fp32", 4), ("bf16", 2), ("mxfp8", 1.03125), ("nvfp4", 0.5625)]
)
def test_formats_count_their_scales(name: str, expected: float) -> None:
    assert FORMATS[name].bytes_per_element == expected


def test_every_format_and_optimiser_says_where_it_comes_from() -> None:
    assert all(item.source for item in (*FORMATS.values(), *OPTIMISERS.values()))


def test_kept_weights_stay_in_their_format() -> None:
    assert weight_bytes(10.0, "nvfp4", kept=4.0) == 6 * 0.5625 + 4 * 2


def test_unknown_names_are_refused_with_those_known() -> None:
    with pytest.raises(ValueError, match=r"no number format 'fp5'; known: fp32, bf16"):
        weight_bytes(1.0, "fp5")
    with pytest.raises(ValueError, match=r"no optimiser 'adamm'; known: adam"):
        optimiser_bytes(1.0, "adamm")
    with pytest.raises(ValueError, match="kept 2 must lie between 0 and parameters 1"):
        weight_bytes(1.0, kept=2.0)
