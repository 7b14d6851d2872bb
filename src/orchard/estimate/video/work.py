"""The work of one clip: what :mod:`orchard.arch` counts, gathered for the closed form."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache, lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from orchard.arch import parameters, video_forward_flops
from orchard.catalogue import catalogue
from orchard.catalogue.models import ModelRow
from orchard.errors import FactError
from orchard.estimate.video.pipelines import Pipeline, pipelines
from orchard.spec.architecture import VideoArchitecture

Value = float | NDArray[np.float64]

BF16_BYTES = 2.0
_DISTILLED = re.compile(r"distill|lightning|turbo|\blcm\b|causvid|\bdmd2?\b", re.IGNORECASE)
_SUFFIX = re.compile(
    r"(?:[-_ ](?:diffusers|hf|bf16|480p|720p|(?:cfg[-_ ]?)?distill(?:ed)?|lightning|turbo|lcm|causvid"
    r"|dmd2?))+$",
    re.IGNORECASE,
)


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
    """A video model of the catalogue: its id, its shape and its pipeline.

    `distilled` says that the name is of a variant that was trained to do without guidance.
    """

    id: str
    architecture: VideoArchitecture
    pipeline: Pipeline
    network_bytes: float
    resting_bytes: float
    distilled: bool

    @property
    def architecture_name(self) -> str:
        """What tells networks apart: models that share it differ in weights and schedule."""
        return f"{self.architecture.layers}x{self.architecture.hidden}"


@cache
def _bytes(architecture: VideoArchitecture) -> tuple[float, float]:
    counted = parameters(architecture)
    active = float(counted.active)
    return BF16_BYTES * active, BF16_BYTES * (float(counted.total) - active)


@lru_cache(maxsize=256)
def subject(name: str) -> Subject | str:
    """The video model of this name; or, in words, why its clips cannot be timed.

    What names carry beside the model (who publishes it, the size of its pictures, that it is
    distilled) is taken off where the whole name is not known.

    >>> subject("Wan2.1-14B").id, subject("Wan-AI/Wan2.1-T2V-14B-Diffusers").id
    ('wan2.1-14b', 'wan2.1-14b')
    >>> subject("LTXV-13B-distilled").distilled
    True
    >>> subject("MiniMax H3")
    'model minimax-h3: architecture not published'
    """
    if not name.strip():
        return "model is blank: wanted the name of a video model, such as Wan2.1-14B"
    row, distilled = _row(name)
    if isinstance(row, str):
        return row
    if row.kind != "video":
        return f"model {row.id}: a {row.kind} model, not of clips"
    if not row.supported:
        return f"model {row.id}: {row.reason}"
    pipeline = pipelines().get(row.id)
    if pipeline is None:
        return f"model {row.id}: how it is guided and decoded is not known"
    architecture = VideoArchitecture.model_validate({"kind": "video", **row.fields})
    network, resting = _bytes(architecture)
    resting += BF16_BYTES * pipeline.text_parameters
    return Subject(row.id, architecture, pipeline, network, resting, distilled)


def _row(name: str) -> tuple[ModelRow | str, bool]:
    """The catalogue's row of a name or why there is none, and whether the name says it is distilled."""
    whole = name.strip()
    reason = ""
    for spelling in dict.fromkeys((whole, _SUFFIX.sub("", whole.rpartition("/")[2]))):
        try:
            return catalogue().model(spelling), _DISTILLED.search(whole) is not None
        except FactError as error:
            finding = error.findings[0]
            reason = reason or f"model {whole[:60]!r}: {finding.found}; {finding.hint}"
    return reason, False


def work(model: Subject, frames: int, height: int, width: int) -> Work:
    """Count the work of a clip of so many frames and pixels.

    >>> model = subject("Wan2.1-14B")
    >>> counted = work(model, 81, 720, 1280)
    >>> round(counted.matmul_flops / 1e15, 2), round(counted.attention_flops / 1e15, 2)
    (1.81, 4.71)
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
