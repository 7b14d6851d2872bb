"""The work of one clip: what :mod:`orchard.arch` counts, gathered for the closed form."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from orchard.arch import parameters, video_forward_flops
from orchard.catalogue import catalogue
from orchard.errors import FactError
from orchard.estimate.video.pipelines import Pipeline, pipelines
from orchard.spec.architecture import VideoArchitecture

Value = float | NDArray[np.float64]

BF16_BYTES = 2.0


class Work(NamedTuple):
    """One forward pass over one clip, and what surrounds it; floats, or arrays of one shape.

    `matmul_flops` and `attention_flops` are of one pass; `tokens` includes text where it runs beside
    the video; `positions` are pixels of the clip over those that the decoder makes at once, all
    frames; bytes are of weights in bfloat16.
    """

    matmul_flops: Value
    attention_flops: Value
    tokens: Value
    blocks: Value
    hidden: Value
    heads: Value
    head_dim: Value
    passes: Value
    positions: Value
    decoder_width: Value
    network_bytes: Value
    resting_bytes: Value


class Subject(NamedTuple):
    """A video model of the catalogue: its id, its shape and its pipeline."""

    id: str
    architecture: VideoArchitecture
    pipeline: Pipeline
    network_bytes: float
    resting_bytes: float


@cache
def _bytes(architecture: VideoArchitecture) -> tuple[float, float]:
    counted = parameters(architecture)
    active = float(counted.active)
    return BF16_BYTES * active, BF16_BYTES * (float(counted.total) - active)


def subject(name: str) -> Subject | str:
    """The video model of this name; or, in words, why its clips cannot be timed.

    >>> subject("Wan2.1-14B").id
    'wan2.1-14b'
    >>> subject("MiniMax H3")
    'minimax-h3: architecture not published'
    """
    if not name.strip():
        return "no model"
    try:
        row = catalogue().model(name)
    except FactError as error:
        hint = error.findings[0].hint if "mean" in error.findings[0].hint else ""
        return f"no model {name[:60]!r} in the catalogue" + (f": {hint}" if hint else "")
    if row.kind != "video":
        return f"{row.id} is a {row.kind} model"
    if not row.supported:
        return f"{row.id}: {row.reason}"
    pipeline = pipelines().get(row.id)
    if pipeline is None:
        return f"{row.id}: how it is guided and decoded is not known"
    architecture = VideoArchitecture.model_validate({"kind": "video", **row.fields})
    network, resting = _bytes(architecture)
    return Subject(row.id, architecture, pipeline, network, resting + BF16_BYTES * pipeline.text_parameters)


def work(model: Subject, frames: int, height: int, width: int) -> Work:
    """Count the work of a clip of so many frames and pixels.

    >>> model = subject("Wan2.1-14B")
    >>> counted = work(model, 81, 720, 1280)
    >>> round(counted.matmul_flops / 1e15, 2), round(counted.attention_flops / 1e15, 2)
    (1.8, 4.71)
    """
    a, pipeline = model.architecture, model.pipeline
    flops = video_forward_flops(a, frames, height, width)
    text = a.text_tokens if a.text == "joint" else 0
    patch = pipeline.decoder_patch
    return Work(
        matmul_flops=flops.projections + flops.feed_forward,
        attention_flops=flops.attention,
        tokens=float(a.video_tokens(frames, height, width) + text),
        blocks=float(a.layers),
        hidden=float(a.hidden),
        heads=float(a.heads),
        head_dim=float(a.head_dim),
        passes=pipeline.passes,
        positions=frames * height * width / (patch * patch),
        decoder_width=pipeline.decoder_width,
        network_bytes=model.network_bytes,
        resting_bytes=model.resting_bytes,
    )


def stacked(clips: Sequence[Work]) -> Work:
    """Many clips as one `Work` of arrays [n]."""
    if not clips:
        return Work(*(np.zeros(0) for _ in Work._fields))
    return Work(*(np.array(column, dtype=np.float64) for column in zip(*clips, strict=True)))
