"""Floating-point operations of a diffusion transformer, per clip.

Counted: the blocks' matrix products and attention over all tokens (no mask: video attention is
bidirectional). Left out: autoencoder, text encoder, embeddings, modulation (computed once a step, not
once a token); published energy measurements put an autoencoder at 1 to 4 % (Wan) or 4 to 26 %
(HunyuanVideo) of a clip.

Source: forward operations of a block are 2 x weights a token passes, plus 4 x tokens seen x width;
Peebles and Xie 2022 (arXiv 2212.09748), Wan (arXiv 2503.20314).
"""

from __future__ import annotations

from typing import NamedTuple

from orchard.arch.flops import TRAINING_PASSES
from orchard.spec.architecture import VideoArchitecture

# Classifier-free guidance runs the network with and without the prompt (Ho and Salimans 2022,
# arXiv 2207.12598).
GUIDED_PASSES = 2


class VideoFlops(NamedTuple):
    """Operations of one forward pass over one clip, by part."""

    projections: float
    attention: float
    feed_forward: float

    @property
    def total(self) -> float:
        """All parts together."""
        return self.projections + self.attention + self.feed_forward


def video_forward_flops(a: VideoArchitecture, frames: int, height: int, width: int) -> VideoFlops:
    """Count one pass of the working network(s) over one clip; an image is one frame.

    Parameters
    ----------
    frames, height, width
        of the clip, in pixels, before compression

    >>> wan = VideoArchitecture(layers=40, hidden=5120, heads=40, ffn=13824)
    >>> round(video_forward_flops(wan, 81, 720, 1280).total / 1e15, 2)
    6.52
    """
    patches = a.latent_shape(frames, height, width)
    tokens = patches[0] * patches[1] * patches[2]
    parts = _cross(a, tokens, patches[0]) if a.text == "cross" else _joint(a, tokens)
    return VideoFlops(*(a.active_experts * part for part in parts))


def clip_flops(
    a: VideoArchitecture, frames: int, height: int, width: int, *, steps: int, guided: bool = True
) -> float:
    """Count the denoising of one clip: a pass per step, two when guided.

    >>> wan = VideoArchitecture(layers=40, hidden=5120, heads=40, ffn=13824)
    >>> round(clip_flops(wan, 81, 480, 832, steps=40) / 1e15, 1)
    134.3
    """
    if steps < 1:
        raise ValueError(f"steps {steps} must be at least 1")
    passes = steps * (GUIDED_PASSES if guided else 1)
    return passes * video_forward_flops(a, frames, height, width).total


def video_training_flops(a: VideoArchitecture, frames: int, height: int, width: int) -> float:
    """Count model operations per training sample: three forward passes, recomputation not counted.

    >>> wan = VideoArchitecture(layers=40, hidden=5120, heads=40, ffn=13824)
    >>> round(video_training_flops(wan, 81, 720, 1280) / 1e15, 1)
    19.6
    """
    return TRAINING_PASSES * video_forward_flops(a, frames, height, width).total


def _cross(a: VideoArchitecture, tokens: int, frames: int) -> VideoFlops:
    """Self-attention over the clip, cross-attention to text, feed-forward."""
    width = a.heads * a.head_dim
    passes = tokens * 6 * a.hidden * width + a.text_tokens * 2 * a.hidden * width
    scores = 4 * width * tokens * (_self_context(a, tokens, frames) + a.text_tokens)
    return VideoFlops(
        projections=2.0 * a.layers * passes,
        attention=float(a.layers * scores),
        feed_forward=2.0 * a.layers * _ffn(a, a.hidden, a.ffn) * tokens,
    )


def _self_context(a: VideoArchitecture, tokens: int, frames: int) -> float:
    """Tokens a token sees: all; or, factorised, those of its frame and of its place in turn."""
    return (tokens / frames + frames) / 2 if a.factorised else tokens


def _joint(a: VideoArchitecture, tokens: int) -> VideoFlops:
    """Text tokens beside video tokens: own weights in double-stream blocks, shared ones after."""
    width = a.heads * a.head_dim
    both = tokens + a.text_tokens
    double, single = a.double_stream_layers, a.layers - a.double_stream_layers
    text_hidden, text_ffn = a.text_hidden or a.hidden, a.text_ffn or a.ffn
    video_visits = double * tokens + single * both
    text_visits = double * a.text_tokens
    return VideoFlops(
        projections=2.0 * 4 * width * (video_visits * a.hidden + text_visits * text_hidden),
        attention=4.0 * a.layers * width * both * both,
        feed_forward=2.0
        * (video_visits * _ffn(a, a.hidden, a.ffn) + text_visits * _ffn(a, text_hidden, text_ffn)),
    )


def _ffn(a: VideoArchitecture, hidden: int, ffn: int) -> int:
    return (3 if a.gated else 2) * hidden * ffn
