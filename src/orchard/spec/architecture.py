"""What a model is made of: the shape of a language model or of a video model.

People write these under ``architecture:``. A dense decoder needs six numbers; everything else has a
default that means "not used"::

    architecture: {kind: language, layers: 32, hidden: 4096, heads: 32, kv_heads: 8, ffn: 14336,
                   vocabulary: 128256}

Nothing here computes a cost: :mod:`orchard.arch` does.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import Field, field_validator, model_validator

from orchard.spec.amounts import Strict

# Bounds catch slips of the keyboard, not ambitions: each is ten times beyond any published model.
Layers = Annotated[int, Field(ge=1, le=10_000)]
LayerCount = Annotated[int, Field(ge=0, le=10_000)]
Width = Annotated[int, Field(ge=1, le=10_000_000)]
OptionalWidth = Annotated[int, Field(ge=0, le=10_000_000)]
Heads = Annotated[int, Field(ge=1, le=100_000)]
OptionalHeads = Annotated[int, Field(ge=0, le=100_000)]
Tokens = Annotated[int, Field(ge=1, le=1_000_000_000)]
OptionalTokens = Annotated[int, Field(ge=0, le=1_000_000_000)]
Stride = Annotated[int, Field(ge=1, le=1024)]


def _hide_default(schema: dict[str, Any]) -> None:
    """Keep the placeholder of a derived default out of the schema that editors read."""
    schema.pop("default", None)


class _Shape(Strict):
    """What both kinds of model share: how deep and how wide."""

    @field_validator("*", mode="before")
    @classmethod
    def _numbers_are_numbers(cls, value: Any, info: Any) -> Any:
        wanted = cls.model_fields[info.field_name].annotation
        if isinstance(value, bool) and wanted is not bool:
            raise ValueError(f"{str(value).lower()} is not a number")
        if isinstance(value, str) and wanted in (int, int | None):
            raise ValueError(f"{value[:40]!r} is text; wanted a whole number")
        return value

    @model_validator(mode="before")
    @classmethod
    def _derive_widths(cls, data: Any) -> Any:
        """Fill `kv_heads` and `head_dim` where they are left out; wrong types are reported later."""
        if not isinstance(data, dict):
            return data
        heads, hidden = data.get("heads"), data.get("hidden")
        if type(heads) is not int or heads < 1:
            return data
        derived: dict[str, int] = {}
        if "kv_heads" in cls.model_fields and data.get("kv_heads", 0) == 0:
            derived["kv_heads"] = heads
        if type(hidden) is int and hidden > 0 and hidden % heads == 0 and data.get("head_dim", 0) == 0:
            derived["head_dim"] = hidden // heads
        return {**data, **derived}


class LanguageArchitecture(_Shape):
    """Shape of a decoder-only language model.

    Covers multi-head, grouped-query and multi-query attention, multi-head latent attention (MLA,
    when `kv_lora_rank` is set), sliding or chunked windows, top-k sparse attention, mixtures of
    experts (when `experts` is set), gated delta-net and Mamba-2 layers, and multi-token prediction.

    >>> llama = LanguageArchitecture(
    ...     layers=32, hidden=4096, heads=32, kv_heads=8, ffn=14336, vocabulary=128256
    ... )
    >>> llama.head_dim, llama.softmax_layers, llama.moe_layers
    (128, 32, 0)
    """

    kind: Literal["language"] = Field("language", description="a decoder-only language model")
    layers: Layers = Field(description="layers, all kinds together", examples=[32])
    hidden: Width = Field(description="width of the residual stream", examples=[4096])
    vocabulary: Tokens = Field(description="rows of the embedding table, padding included", examples=[128256])
    tied_embeddings: bool = Field(False, description="whether the output head reuses the embedding table")
    learned_positions: OptionalTokens = Field(0, description="rows of a learned position table; 0 for rotary")

    heads: Heads = Field(description="query heads of an attention layer", examples=[32])
    kv_heads: OptionalHeads = Field(
        0,
        json_schema_extra=_hide_default,
        description="key and value heads; fewer than `heads` is grouped-query attention (default: heads)",
    )
    head_dim: OptionalWidth = Field(
        0, json_schema_extra=_hide_default, description="width of a head (default: hidden / heads)"
    )
    attention_bias: bool = Field(False, description="whether attention projections have biases")
    attention_gate: bool = Field(False, description="whether attention output is gated (doubles the query)")
    qk_norm: bool = Field(False, description="whether queries and keys are normalised per head")

    sliding_window: OptionalTokens = Field(0, description="tokens a windowed layer sees; 0 for none")
    window: Literal["sliding", "chunked"] = Field(
        "sliding", description="sliding: the last tokens; chunked: those of the same block (Llama 4)"
    )
    full_attention_every: LayerCount = Field(
        0, description="one layer in so many sees everything, the others are windowed; 0 for none does"
    )
    sparse_top_k: OptionalTokens = Field(0, description="tokens an indexer lets each query see; 0 for all")
    indexer_heads: OptionalHeads = Field(0, description="heads of the sparse-attention indexer")
    indexer_dim: OptionalWidth = Field(0, description="width of an indexer head")
    indexer_layers: LayerCount = Field(0, description="layers with an indexer of their own; 0 for all")

    q_lora_rank: OptionalWidth = Field(0, description="MLA: width of the compressed query; 0 for full")
    kv_lora_rank: OptionalWidth = Field(0, description="MLA: width of the cached key and value; 0 for no MLA")
    qk_nope_dim: OptionalWidth = Field(0, description="MLA: width of a key head without position")
    qk_rope_dim: OptionalWidth = Field(0, description="MLA: width of the shared rotary key")
    v_head_dim: OptionalWidth = Field(0, description="MLA: width of a value head")

    ffn: OptionalWidth = Field(0, description="width of a dense feed-forward layer", examples=[14336])
    gated: bool = Field(True, description="whether feed-forwards are gated (SwiGLU: 3 matrices, not 2)")
    ffn_bias: bool = Field(False, description="whether feed-forward matrices have biases")
    experts: LayerCount = Field(0, description="routed experts of a mixture layer; 0 for a dense model")
    experts_per_token: LayerCount = Field(0, description="experts each token is sent to")
    expert_ffn: OptionalWidth = Field(0, description="width of one routed expert")
    expert_latent: OptionalWidth = Field(
        0, description="width of the space routed experts work in, when not the residual stream's"
    )
    shared_ffn: OptionalWidth = Field(0, description="width of all experts that see every token, together")
    shared_gate: bool = Field(False, description="whether shared experts are weighted by a gate")
    dense_layers: LayerCount = Field(0, description="feed-forward layers that are dense in a mixture model")

    attention_layers: LayerCount | None = Field(
        None, description="softmax-attention layers (default: those that are neither linear nor Mamba)"
    )
    feed_forward_layers: LayerCount | None = Field(
        None, description="layers with a feed-forward part (default: every layer)"
    )
    linear_layers: LayerCount = Field(0, description="gated delta-net (linear attention) layers")
    linear_key_heads: OptionalHeads = Field(0, description="key heads of a linear-attention layer")
    linear_value_heads: OptionalHeads = Field(0, description="value heads of a linear-attention layer")
    linear_head_dim: OptionalWidth = Field(0, description="width of a linear-attention head")
    mamba_layers: LayerCount = Field(0, description="Mamba-2 layers")
    mamba_heads: OptionalHeads = Field(0, description="heads of a Mamba-2 layer")
    mamba_head_dim: OptionalWidth = Field(0, description="width of a Mamba-2 head")
    mamba_state: OptionalWidth = Field(0, description="state size of a Mamba-2 head")
    mamba_groups: OptionalHeads = Field(0, description="groups that share Mamba-2 input and output maps")
    conv_kernel: Stride = Field(4, description="taps of the convolution in linear and Mamba-2 layers")
    mtp_layers: LayerCount = Field(0, description="multi-token-prediction modules (used in training)")

    @property
    def softmax_layers(self) -> int:
        """Layers with softmax attention."""
        if self.attention_layers is not None:
            return self.attention_layers
        return self.layers - self.linear_layers - self.mamba_layers

    @property
    def ffn_layers(self) -> int:
        """Layers with a feed-forward part, dense or mixture."""
        return self.layers if self.feed_forward_layers is None else self.feed_forward_layers

    @property
    def moe_layers(self) -> int:
        """Layers whose feed-forward part is a mixture of experts."""
        return self.ffn_layers - self.dense_layers if self.experts else 0

    @property
    def dense_ffn_layers(self) -> int:
        """Layers whose feed-forward part is dense."""
        return self.ffn_layers - self.moe_layers

    @property
    def windowed_layers(self) -> int:
        """Softmax layers that see only `sliding_window` tokens."""
        if not self.sliding_window:
            return 0
        full = self.softmax_layers // self.full_attention_every if self.full_attention_every else 0
        return self.softmax_layers - full

    @property
    def is_mla(self) -> bool:
        """Whether attention is multi-head latent attention."""
        return self.kv_lora_rank > 0

    @model_validator(mode="after")
    def _attention_fits(self) -> Self:
        if not self.kv_heads or self.heads % self.kv_heads:
            raise ValueError(
                f"heads {self.heads} must be a multiple of kv_heads {self.kv_heads}: "
                "each key head serves the same number of query heads"
            )
        if not self.head_dim and not self.is_mla:
            raise ValueError(
                f"hidden {self.hidden} is not a multiple of heads {self.heads}: give head_dim explicitly"
            )
        if self.is_mla:
            self._need("kv_lora_rank", "qk_rope_dim", "qk_nope_dim", "v_head_dim")
        if self.sparse_top_k:
            self._need("sparse_top_k", "indexer_heads", "indexer_dim")
        if self.full_attention_every and not self.sliding_window:
            raise ValueError("full_attention_every needs sliding_window: the window of the other layers")
        return self

    @model_validator(mode="after")
    def _feed_forward_fits(self) -> Self:
        if self.experts:
            self._need("experts", "experts_per_token", "expert_ffn")
            if self.experts_per_token > self.experts:
                raise ValueError(f"experts_per_token {self.experts_per_token} exceeds experts {self.experts}")
            if self.dense_layers >= self.ffn_layers:
                raise ValueError(
                    f"dense_layers {self.dense_layers} leaves no mixture layer of {self.ffn_layers}"
                )
        elif self.experts_per_token or self.expert_ffn or self.expert_latent or self.dense_layers:
            raise ValueError(
                "experts_per_token, expert_ffn, expert_latent and dense_layers need experts: their number"
            )
        if self.dense_ffn_layers and not self.ffn:
            raise ValueError(f"ffn is missing: {self.dense_ffn_layers} layers have a dense feed-forward part")
        return self

    @model_validator(mode="after")
    def _layers_add_up(self) -> Self:
        if self.linear_layers:
            self._need("linear_layers", "linear_key_heads", "linear_value_heads", "linear_head_dim")
        if self.mamba_layers:
            self._need("mamba_layers", "mamba_heads", "mamba_head_dim", "mamba_state", "mamba_groups")
        mixers = self.softmax_layers + self.linear_layers + self.mamba_layers
        if self.softmax_layers < 0 or mixers > self.layers:
            raise ValueError(
                f"attention, linear and Mamba layers ({mixers if self.softmax_layers >= 0 else 'too many'}) "
                f"exceed layers {self.layers}"
            )
        if not self.layers <= mixers + self.ffn_layers <= 2 * self.layers:
            raise ValueError(
                f"{mixers} mixing and {self.ffn_layers} feed-forward layers cannot make {self.layers} layers"
            )
        return self

    def _need(self, cause: str, *names: str) -> None:
        missing = [name for name in names if not getattr(self, name)]
        if missing:
            raise ValueError(f"{cause} {getattr(self, cause)} also needs {', '.join(missing)}")


class VideoArchitecture(_Shape):
    """Shape of a diffusion transformer for images and video.

    A clip is compressed by an autoencoder (`vae_*` strides), cut into patches, and denoised. Text
    comes in by cross-attention in every block (`text: cross`), or as tokens beside the video's
    (`text: joint`); the first `double_stream_layers` blocks then have weights of their own for it.

    >>> wan = VideoArchitecture(layers=40, hidden=5120, heads=40, ffn=13824, latent_channels=16)
    >>> wan.video_tokens(frames=81, height=720, width=1280)
    75600
    """

    kind: Literal["video"] = Field("video", description="a diffusion transformer for images and video")
    layers: Layers = Field(description="transformer blocks, all kinds together", examples=[40])
    hidden: Width = Field(description="width of the residual stream", examples=[5120])
    heads: Heads = Field(description="attention heads", examples=[40])
    head_dim: OptionalWidth = Field(
        0, json_schema_extra=_hide_default, description="width of a head (default: hidden / heads)"
    )
    ffn: Width = Field(description="width of the feed-forward part", examples=[13824])
    gated: bool = Field(False, description="whether feed-forwards are gated (3 matrices, not 2)")

    text: Literal["cross", "joint"] = Field("cross", description="how text comes in")
    text_tokens: OptionalTokens = Field(512, description="text tokens per prompt, padding included")
    text_width: Width = Field(4096, description="width of the text encoder's output", examples=[4096])
    text_hidden: OptionalWidth = Field(0, description="width of the text stream, when not `hidden`")
    text_ffn: OptionalWidth = Field(0, description="feed-forward width of the text stream, when not `ffn`")
    text_refiner_layers: LayerCount = Field(0, description="blocks that refine the text before the stack")
    double_stream_layers: LayerCount = Field(0, description="blocks with weights of their own for text")
    parallel_blocks: bool = Field(
        False,
        description="whether single-stream blocks run attention and feed-forward side by side (Flux): "
        "one set of modulation vectors instead of two",
    )
    factorised: bool = Field(
        False, description="whether blocks alternate between attention within a frame and across time"
    )

    modulation: Literal["table", "layer"] = Field(
        "table", description="table: one projection of time for all blocks; layer: one in every block"
    )
    modulation_width: OptionalWidth = Field(0, description="width of the time embedding, when not `hidden`")
    modulation_vectors: int = Field(6, ge=0, le=64, description="shift, scale and gate vectors per block")

    latent_channels: Width = Field(16, description="channels of the autoencoder's latent")
    patch_frames: Stride = Field(1, description="latent frames per patch")
    patch_height: Stride = Field(2, description="latent rows per patch")
    patch_width: Stride = Field(2, description="latent columns per patch")
    vae_frames: Stride = Field(4, description="frames per latent frame (the first frame stands alone)")
    vae_height: Stride = Field(8, description="rows of pixels per latent row")
    vae_width: Stride = Field(8, description="columns of pixels per latent column")
    first_frame_alone: bool = Field(
        True, description="whether the autoencoder keeps the first frame apart (causal in time)"
    )

    experts: int = Field(1, ge=1, le=64, description="whole networks, each for its own range of noise")
    active_experts: int = Field(1, ge=1, le=64, description="networks that a denoising step runs")

    def latent_shape(self, frames: int, height: int, width: int) -> tuple[int, int, int]:
        """Patches along time, height and width of a clip; parts of a patch are padded to whole ones."""
        if min(frames, height, width) < 1:
            raise ValueError(f"a clip of {frames} frames of {width}x{height} is empty")
        latent_frames = (
            (frames - 1) // self.vae_frames + 1 if self.first_frame_alone else -(-frames // self.vae_frames)
        )
        return (
            -(-latent_frames // self.patch_frames),
            -(-height // (self.vae_height * self.patch_height)),
            -(-width // (self.vae_width * self.patch_width)),
        )

    def video_tokens(self, frames: int, height: int, width: int) -> int:
        """Tokens the network sees for a clip (text not counted)."""
        patches = self.latent_shape(frames, height, width)
        return patches[0] * patches[1] * patches[2]

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if not self.head_dim:
            raise ValueError(
                f"hidden {self.hidden} is not a multiple of heads {self.heads}: give head_dim explicitly"
            )
        if self.double_stream_layers > self.layers:
            raise ValueError(f"double_stream_layers {self.double_stream_layers} exceeds layers {self.layers}")
        if self.text == "cross" and (self.double_stream_layers or self.text_hidden):
            raise ValueError("double_stream_layers and text_hidden need text: joint")
        if self.factorised and self.text == "joint":
            raise ValueError("factorised attention needs text: cross")
        if self.active_experts > self.experts:
            raise ValueError(f"active_experts {self.active_experts} exceeds experts {self.experts}")
        return self
