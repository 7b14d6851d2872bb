"""Shapes that the tests of `arch` share: one real model, and strategies for made-up ones."""

from __future__ import annotations

from hypothesis import strategies as st

from orchard.spec.architecture import LanguageArchitecture, VideoArchitecture

LLAMA_8B = LanguageArchitecture(layers=32, hidden=4096, heads=32, kv_heads=8, ffn=14336, vocabulary=128256)
WAN_14B = VideoArchitecture(layers=40, hidden=5120, heads=40, ffn=13824)


@st.composite
def language_shapes(draw: st.DrawFn) -> LanguageArchitecture:
    """A small language model of any family."""
    groups = draw(st.sampled_from([1, 2, 4]))
    kv_heads = draw(st.integers(1, 4))
    head_dim = draw(st.sampled_from([16, 32, 64]))
    fields: dict[str, object] = {
        "layers": draw(st.integers(2, 24)),
        "hidden": draw(st.sampled_from([64, 128, 256])),
        "heads": kv_heads * groups,
        "kv_heads": kv_heads,
        "head_dim": head_dim,
        "ffn": draw(st.integers(64, 1024)),
        "gated": draw(st.booleans()),
        "vocabulary": draw(st.integers(100, 5000)),
        "tied_embeddings": draw(st.booleans()),
        "mtp_layers": draw(st.integers(0, 2)),
    }
    attention = draw(st.sampled_from(["full", "window", "chunk", "latent", "sparse"]))
    if attention in ("window", "chunk"):
        window = "sliding" if attention == "window" else "chunked"
        fields |= {"sliding_window": draw(st.integers(16, 2048)), "window": window}
        fields["full_attention_every"] = draw(st.integers(0, 4))
    if attention in ("latent", "sparse"):
        fields |= {"kv_lora_rank": 64, "qk_rope_dim": 16, "qk_nope_dim": 32, "v_head_dim": 32}
        fields["q_lora_rank"] = draw(st.sampled_from([0, 96]))
    if attention == "sparse":
        fields |= {"sparse_top_k": draw(st.integers(16, 512)), "indexer_heads": 2, "indexer_dim": 16}
    if draw(st.booleans()):
        experts = draw(st.integers(2, 16))
        fields |= {"experts": experts, "experts_per_token": draw(st.integers(1, experts)), "expert_ffn": 128}
        fields |= {"shared_ffn": draw(st.sampled_from([0, 128])), "dense_layers": draw(st.integers(0, 1))}
    return LanguageArchitecture.model_validate(fields)


@st.composite
def video_shapes(draw: st.DrawFn) -> VideoArchitecture:
    """A small video model of any family."""
    layers = draw(st.integers(2, 24))
    fields: dict[str, object] = {
        "layers": layers,
        "hidden": draw(st.sampled_from([64, 128])),
        "heads": draw(st.sampled_from([2, 4])),
        "ffn": draw(st.integers(64, 512)),
        "gated": draw(st.booleans()),
    }
    if draw(st.booleans()):
        fields |= {"text": "joint", "double_stream_layers": draw(st.integers(0, layers - 1))}
    else:
        fields["factorised"] = draw(st.booleans())
    return VideoArchitecture.model_validate(fields)
