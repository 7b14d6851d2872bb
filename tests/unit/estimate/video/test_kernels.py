"""Names of kernels, notes of runs, names of models and chips."""

from __future__ import annotations

import pytest

from orchard.estimate.video.kernels import BLACKWELL, HOPPER, kernel, remarks
from orchard.estimate.video.kernels import gap as behind
from orchard.estimate.video.machines import machine
from orchard.estimate.video.pipelines import pipelines
from orchard.estimate.video.work import Subject, subject


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Flash Attention 3", "fa3"),
        ("FA-2", "fa2"),
        ("flash_attn v2", "fa2"),
        ("SDPA", "sdpa"),
        ("triton", None),
    ],
)
def test_spellings(text: str, found: str | None) -> None:
    said = remarks(text).kernel or kernel(text.replace("v2", "2"))
    assert said == found


@pytest.mark.parametrize(
    ("text", "unguided"),
    [
        ("no CFG", True), ("guidance-distilled", True), ("cfg 1", True), ("guidance_scale=1.0", True), ("4-step distill", True),
        ("CFG (2 fwd/step)", False), ("cfg 1.5", False), ("cfg 10", False), ("guidance 7.5", False), ("", False),
    ],
)  # fmt: skip
def test_guidance_in_notes(text: str, unguided: bool) -> None:
    assert remarks(text).unguided is unguided


def test_kernels_made_for_a_chip_have_no_gap() -> None:
    assert behind("fa4", BLACKWELL) == behind("cudnn", BLACKWELL) == behind("fa3", HOPPER) == 0
    assert behind("fa2", BLACKWELL) == 2 > behind("fa2", HOPPER) == 1


@pytest.mark.parametrize(
    ("name", "id"),
    [
        ("Wan-AI/Wan2.2-TI2V-5B-Diffusers", "wan2.2-5b"), ("wan2.1 t2v 14b", "wan2.1-14b"), ("Wan2.1-I2V-14B-720P", "wan2.1-14b"),
        ("tencent/HunyuanVideo", "hunyuanvideo-13b"), ("LTX-Video-0.9.7-distilled", "ltx-video-13b"),
    ],
)  # fmt: skip
def test_names_of_models(name: str, id: str) -> None:  # noqa: A002
    found = subject(name)
    assert isinstance(found, Subject)
    assert found.id == id
    assert found.distilled == ("distilled" in name)


@pytest.mark.parametrize("name", ["H100", "nvidia h100", "NVIDIA H100 SXM"])
def test_names_of_chips(name: str) -> None:
    found = machine(name)
    assert not isinstance(found, str)
    assert found[0] == "h100"


def test_every_pipeline_names_its_source_and_a_kernel() -> None:
    for pipeline in pipelines().values():
        assert kernel(pipeline.kernel)
        assert pipeline.source
        assert pipeline.locator
        assert pipeline.passes >= 1
        assert isinstance(subject(pipeline.model), Subject)
