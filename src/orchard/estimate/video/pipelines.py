"""What runs around the network of a video model: guidance, decoder of pixels, text encoder.

One row a model in ``catalogue/data/video_pipelines.csv``, with its source.
"""

from __future__ import annotations

import csv
from functools import cache
from importlib.resources import files
from typing import NamedTuple


class Pipeline(NamedTuple):
    """How a model is run by default.

    `passes` is how often the network runs a step: 2 with classifier-free guidance (Ho and Salimans
    2022, arXiv 2207.12598), 1 where guidance is an input of the network, 3 where text and image are
    guided apart. `kernel` is the attention kernel that the publisher runs on chips that have it.
    `decoder_width` is the channels at the decoder's finest level, which works on
    `decoder_patch` x `decoder_patch` pixels at once; `text_parameters` count the text encoders.
    """

    model: str
    passes: float
    kernel: str
    decoder_width: float
    decoder_patch: float
    text_parameters: float
    source: str
    locator: str
    as_of: str
    note: str


@cache
def pipelines() -> dict[str, Pipeline]:
    """Every pipeline, by id of the model.

    >>> pipelines()["hunyuanvideo-13b"].passes, pipelines()["wan2.1-14b"].passes
    (1.0, 2.0)
    >>> pipelines()["wan2.2-a14b"].kernel
    'fa3'
    """
    text = (files("orchard.catalogue") / "data" / "video_pipelines.csv").read_text("utf-8")
    rows = csv.DictReader(text.splitlines())
    return {row["model"]: _pipeline(row) for row in rows}


def _pipeline(row: dict[str, str]) -> Pipeline:
    return Pipeline(
        model=row["model"],
        passes=float(row["passes"]),
        kernel=row["kernel"],
        decoder_width=float(row["decoder_width"]),
        decoder_patch=float(row["decoder_patch"]),
        text_parameters=float(row["text_parameters"]),
        source=row["source"],
        locator=row["locator"],
        as_of=row["as_of"],
        note=row["note"],
    )
