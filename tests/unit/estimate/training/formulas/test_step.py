"""The step: parts sum to it, rows equal batches, and nothing better ever makes it slower."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchard.catalogue import catalogue
from orchard.estimate.training.calibration import calibration
from orchard.estimate.training.formulas.configuration import Hardware, Layout, Software, generation
from orchard.estimate.training.formulas.shape import Shape, shape, stack, take
from orchard.estimate.training.formulas.step import Parts, step
from orchard.spec.architecture import LanguageArchitecture

MODELS = ("llama3-70b", "deepseek-v3", "qwen3-30b-a3b", "gpt-oss-120b", "nemotron3-nano", "gemma3-12b")
CHIPS = ("a100-80gb", "h100", "gb200", "gb300", "tpu-v6e", "mi300x")


def hardware(name: str, precision: int = 0) -> Hardware:
    chip = catalogue().chip(name)
    peaks = (chip.bf16_flops_per_s, chip.fp8_flops_per_s, chip.fp8_flops_per_s, chip.fp4_flops_per_s)
    return Hardware(
        chip.bf16_flops_per_s or 0.0,
        peaks[precision] or chip.bf16_flops_per_s or 0.0,
        chip.memory_bytes or 0.0,
        chip.memory_bytes_per_s or 0.0,
        chip.scaleup_domain or 1.0,
        chip.scaleup_bytes_per_s or 1.0,
        chip.scaleout_bytes_per_s or 25e9,
        chip.tdp_w or np.inf,
        generation(chip),
    )


def model(name: str) -> Shape:
    return shape(LanguageArchitecture(**catalogue().model(name).fields))


@st.composite
def layouts(draw: st.DrawFn) -> Layout:
    tp, pp, cp, ep = (2 ** draw(st.integers(0, top)) for top in (3, 3, 2, 3))
    dp = 2 ** draw(st.integers(0, 5))
    micro, m = draw(st.integers(1, 4)), draw(st.integers(1, 64))
    ep = min(ep, tp * cp * dp)
    return Layout(
        chips=float(tp * pp * cp * dp),
        sequence=float(2 ** draw(st.integers(10, 16))),
        batch=float(micro * m * dp),
        micro_batch=float(micro),
        tp=float(tp),
        pp=float(pp),
        cp=float(cp),
        vp=float(draw(st.integers(1, 3)) if pp > 1 else 1),
        ep=float(ep),
        etp=1.0,
        shard=float(draw(st.integers(0, 3))),
        shard_ranks=float(dp * cp),
        recompute=float(draw(st.integers(0, 2))),
        precision=draw(st.integers(0, 2)),
    )


def total(shape: Shape, hw: Hardware, layout: Layout, software: Software | None = None) -> float:
    return float(step(calibration().constants, shape, hw, layout, software or Software()).total)


@given(st.sampled_from(MODELS), st.sampled_from(CHIPS), layouts())
def test_parts_sum_to_the_step_and_none_is_negative(name: str, chip: str, layout: Layout) -> None:
    parts = step(calibration().constants, model(name), hardware(chip), layout, Software())
    values = [float(np.asarray(part)) for part in parts]
    assert min(values) >= -1e-12
    assert sum(values) == pytest.approx(float(parts.total), rel=1e-12)
    assert float(parts.compute + parts.communication) <= float(parts.total) * (1 + 1e-12)


@settings(max_examples=40)
@given(
    st.sampled_from(MODELS),
    st.sampled_from(CHIPS),
    layouts(),
    st.sampled_from(
        ["bf16_flops_per_s", "memory_bytes_per_s", "scaleup_bytes_per_s", "scaleout_bytes_per_s", "tdp_w"]
    ),
    st.floats(1.0, 4.0),
)
def test_a_better_chip_never_slows_a_step(
    name: str, chip: str, layout: Layout, what: str, factor: float
) -> None:
    hw = hardware(chip)
    better = hw._replace(**{what: getattr(hw, what) * factor})
    if what == "bf16_flops_per_s":
        better = better._replace(linear_flops_per_s=hw.linear_flops_per_s * factor)
    assert total(model(name), better, layout) <= total(model(name), hw, layout) * (1 + 1e-12)


@settings(max_examples=25)
@given(
    st.lists(st.tuples(st.sampled_from(MODELS), st.sampled_from(CHIPS), layouts()), min_size=2, max_size=6)
)
def test_rows_equal_the_batch(runs: list[tuple[str, str, Layout]]) -> None:
    names = sorted({name for name, _, _ in runs})
    shapes = take(stack([model(name) for name in names]), np.array([names.index(run[0]) for run in runs]))
    hw = Hardware(*map(np.array, zip(*(hardware(run[1]) for run in runs), strict=True)))
    cut = Layout(*map(np.array, zip(*(run[2] for run in runs), strict=True)))
    together = step(calibration().constants, shapes, hw, cut, Software())
    for i, (name, chip, layout) in enumerate(runs):
        alone = step(calibration().constants, model(name), hardware(chip), layout, Software())
        for field in Parts._fields:
            one, many = getattr(alone, field), np.broadcast_to(getattr(together, field), len(runs))[i]
            assert float(one) == pytest.approx(float(many), rel=1e-12, abs=1e-15), field


@given(layouts())
def test_recomputation_costs_time(layout: Layout) -> None:
    times = [
        total(model("llama3-70b"), hardware("h100"), layout._replace(recompute=float(r))) for r in (0, 2)
    ]
    assert times[0] < times[1]


@given(layouts())
def test_without_overlap_no_step_is_faster(layout: Layout) -> None:
    hidden = total(model("qwen3-30b-a3b"), hardware("h100"), layout)
    shown = total(model("qwen3-30b-a3b"), hardware("h100"), layout, Software(overlap=0.0))
    assert hidden <= shown


def test_more_stages_of_the_interleaved_schedule_shrink_the_bubble() -> None:
    cut = Layout(64.0, 4096.0, 64.0, 1.0, 1.0, 8.0, 1.0, 1.0, 1.0, 1.0, 1.0, 8.0, 0.0, 0)
    bubbles = [
        float(
            step(
                calibration().constants,
                model("llama3-70b"),
                hardware("h100"),
                cut._replace(vp=vp),
                Software(),
            ).bubble
        )
        for vp in (1.0, 2.0, 5.0)
    ]
    assert bubbles[1] == pytest.approx(bubbles[0] / 2)
    assert bubbles[2] == pytest.approx(bubbles[0] / 5)


def test_uneven_stages_wait_for_the_longest() -> None:
    cut = Layout(16.0, 4096.0, 128.0, 1.0, 1.0, 16.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 0.0, 0)
    even, uneven = (shape(_llama(layers).model_copy(update={"vocabulary": 1000})) for layers in (80, 81))
    per_layer = total(even, hardware("h100"), cut) / 80
    assert total(uneven, hardware("h100"), cut) > 81 * per_layer * 1.1  # 6 layers on one stage, not 5.06


def test_windows_cost_less_than_full_attention() -> None:
    cut = Layout(8.0, 65536.0, 8.0, 1.0, 8.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 0.0, 0)
    full = _llama(32)
    windowed = full.model_copy(update={"sliding_window": 4096})
    assert total(shape(windowed), hardware("h100"), cut) < 0.7 * total(shape(full), hardware("h100"), cut)


def _llama(layers: int) -> LanguageArchitecture:
    return LanguageArchitecture(
        layers=layers, hidden=4096, heads=32, kv_heads=8, ffn=14336, vocabulary=128256
    )
