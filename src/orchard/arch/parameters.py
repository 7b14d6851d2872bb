"""How many weights a model has, by part.

Conventions: `total` and `active` leave out multi-token-prediction modules (`mtp` has them), as
published counts do; both include embeddings. Publishers who leave embeddings out of active counts are
served by :attr:`Parameters.active_without_embedding`.
"""

from __future__ import annotations

from dataclasses import dataclass

from orchard.arch.matrices import (
    attention_matrix,
    dense_ffn_matrix,
    expert_matrix,
    indexer_layers,
    indexer_matrix,
    linear_channels,
    linear_matrix,
    mamba_channels,
    mamba_inner,
    mamba_matrix,
    mixture_shared_matrix,
    mtp_projection,
)
from orchard.spec.architecture import LanguageArchitecture, VideoArchitecture

# Norms of one multi-token-prediction module: of the hidden state, of the embedding, of the output.
MTP_NORMS = 3
# Sinusoidal features of a diffusion step before its embedding: 256 in DiT (Peebles and Xie 2022,
# arXiv 2212.09748) and in every video model of the catalogue.
STEP_FEATURES = 256
# Attention 4, feed-forward of width 4 hidden 8, modulation 2: matrices hidden x hidden of a block that
# refines text (HunyuanVideo, hyvideo/modules/token_refiner.py).
REFINER_MATRICES = 14


@dataclass(frozen=True)
class Parameters:
    """Weights of a model by part; each field counts weights.

    `embedding` is the table that tokens enter by (for video: patch, text and time embeddings);
    `output` the head, zero when tied; `mixing` linear-attention and Mamba layers; `feed_forward`
    dense parts, routers and shared experts; `routed` all routed experts (for video: networks that
    rest while another one works) and `routed_active` those one token meets.
    """

    embedding: int
    output: int
    attention: int
    mixing: int
    feed_forward: int
    routed: int
    routed_active: int
    modulation: int
    norms: int
    mtp: int
    tied: bool = False

    @property
    def total(self) -> int:
        """All weights, without multi-token-prediction modules."""
        return self._shared + self.routed

    @property
    def active(self) -> int:
        """Weights that one token passes, embeddings included."""
        return self._shared + self.routed_active

    @property
    def active_without_embedding(self) -> int:
        """Weights that one token multiplies: the input table is only looked up."""
        return self.active if self.tied else self.active - self.embedding

    @property
    def with_mtp(self) -> int:
        """All weights, multi-token-prediction modules included."""
        return self.total + self.mtp

    @property
    def _shared(self) -> int:
        parts = (self.embedding, self.output, self.attention, self.mixing)
        return sum(parts) + self.feed_forward + self.modulation + self.norms


def parameters(architecture: LanguageArchitecture | VideoArchitecture) -> Parameters:
    """Count the weights of a model.

    Source: matrices of :mod:`orchard.arch.matrices`, plus norms, biases and embeddings.
    Checked against: published counts, in tests/published/test_model_costs.py

    >>> llama = LanguageArchitecture(
    ...     layers=32, hidden=4096, heads=32, kv_heads=8, ffn=14336, vocabulary=128256
    ... )
    >>> parameters(llama).total
    8030261248
    """
    if isinstance(architecture, VideoArchitecture):
        return _video(architecture)
    return _language(architecture)


def _language(a: LanguageArchitecture) -> Parameters:
    table = a.vocabulary * a.hidden
    routed = _expert(a)
    mixers = a.softmax_layers + a.linear_layers + a.mamba_layers
    return Parameters(
        embedding=table + a.learned_positions * a.hidden,
        output=0 if a.tied_embeddings else table,
        attention=a.softmax_layers * _attention(a) + indexer_layers(a) * _indexer(a),
        mixing=a.linear_layers * _linear(a) + a.mamba_layers * _mamba(a),
        feed_forward=a.dense_ffn_layers * _dense_ffn(a) + a.moe_layers * _mixture_shared(a),
        routed=a.moe_layers * a.experts * routed,
        routed_active=a.moe_layers * a.experts_per_token * routed,
        modulation=0,
        norms=(mixers + a.ffn_layers + 1) * a.hidden,
        mtp=a.mtp_layers * _mtp(a),
        tied=a.tied_embeddings,
    )


def _attention(a: LanguageArchitecture) -> int:
    bias = (a.heads + 2 * a.kv_heads) * a.head_dim + a.hidden if a.attention_bias else 0
    norms = a.q_lora_rank + a.kv_lora_rank + (2 * a.head_dim if a.qk_norm else 0)
    return attention_matrix(a) + bias + norms


def _indexer(a: LanguageArchitecture) -> int:
    return indexer_matrix(a) + 2 * a.indexer_dim


def _linear(a: LanguageArchitecture) -> int:
    vectors = a.conv_kernel * linear_channels(a) + 2 * a.linear_value_heads + a.linear_head_dim
    return linear_matrix(a) + vectors


def _mamba(a: LanguageArchitecture) -> int:
    vectors = (a.conv_kernel + 1) * mamba_channels(a) + 3 * a.mamba_heads + mamba_inner(a)
    return mamba_matrix(a) + vectors


def _ffn_bias(a: LanguageArchitecture, width: int) -> int:
    return (2 if a.gated else 1) * width + a.hidden if a.ffn_bias else 0


def _dense_ffn(a: LanguageArchitecture) -> int:
    return dense_ffn_matrix(a) + _ffn_bias(a, a.ffn)


def _expert(a: LanguageArchitecture) -> int:
    return expert_matrix(a) + _ffn_bias(a, a.expert_ffn) if a.experts else 0


def _mixture_shared(a: LanguageArchitecture) -> int:
    return mixture_shared_matrix(a) + (a.experts if a.ffn_bias else 0)


def _mtp(a: LanguageArchitecture) -> int:
    """One module: an attention and a feed-forward layer of the model, and the map into it."""
    ffn = _mixture_shared(a) + a.experts * _expert(a) if a.experts else _dense_ffn(a)
    indexer = _indexer(a) if a.sparse_top_k else 0
    return mtp_projection(a) + _attention(a) + indexer + ffn + (2 + MTP_NORMS) * a.hidden


def _video(a: VideoArchitecture) -> Parameters:
    """Count a diffusion transformer; `experts` whole networks of which `active_experts` work."""
    width = a.heads * a.head_dim
    text_hidden = a.text_hidden or a.hidden
    text_ffn = a.text_ffn or a.ffn
    per_ffn = 3 if a.gated else 2
    streams = 2 if a.text == "cross" else 1
    attention = a.layers * streams * 4 * a.hidden * width + a.double_stream_layers * 4 * text_hidden * width
    ffn = per_ffn * (a.layers * a.hidden * a.ffn + a.double_stream_layers * text_hidden * text_ffn)
    one = Parameters(
        embedding=_video_embedding(a),
        output=a.hidden * _patch_channels(a),
        attention=attention,
        mixing=0,
        feed_forward=ffn,
        routed=0,
        routed_active=0,
        modulation=_modulation(a),
        norms=_video_vectors(a),
        mtp=0,
    )
    resting = (a.experts - 1) * one.total
    working = (a.active_experts - 1) * one.total
    return Parameters(**{**one.__dict__, "routed": resting, "routed_active": working})


def _patch_channels(a: VideoArchitecture) -> int:
    return a.latent_channels * a.patch_frames * a.patch_height * a.patch_width


def _video_embedding(a: VideoArchitecture) -> int:
    """Patches, text (two maps) and diffusion step (two maps), with the refiner of the text."""
    text_hidden = a.text_hidden or a.hidden
    width = a.modulation_width or a.hidden
    step = (STEP_FEATURES if width == a.hidden else a.hidden) * width + width * width
    text = a.text_width * text_hidden
    if a.text == "cross":
        text += text_hidden * text_hidden
    refiner = 0
    if a.text_refiner_layers:
        blocks = a.text_refiner_layers * REFINER_MATRICES * text_hidden * text_hidden
        refiner = blocks + (STEP_FEATURES + a.text_width + 2 * text_hidden) * text_hidden
    return _patch_channels(a) * a.hidden + text + refiner + step


def _modulation(a: VideoArchitecture) -> int:
    """Maps from the diffusion step to shifts, scales and gates."""
    source = a.modulation_width or a.hidden
    vectors = a.modulation_vectors
    if a.modulation == "table":
        return vectors * a.hidden * source + (a.layers * vectors + 2) * a.hidden
    single = vectors // 2 if a.parallel_blocks else vectors
    text_hidden = a.text_hidden or a.hidden
    blocks = (a.layers - a.double_stream_layers) * single * a.hidden
    blocks += a.double_stream_layers * vectors * (a.hidden + text_hidden)
    return (source + 1) * (blocks + 2 * a.hidden)


def _video_vectors(a: VideoArchitecture) -> int:
    """Biases of the four attention and two feed-forward maps of a block, and its q and k norms."""
    per_attention = 6 * a.hidden
    blocks = a.layers + a.double_stream_layers
    attentions = blocks + (a.layers if a.text == "cross" else 0)
    return attentions * per_attention + blocks * (a.ffn + a.hidden)
