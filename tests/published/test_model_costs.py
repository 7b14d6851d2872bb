"""What `arch` counts, beside what the publishers of the models count.

Parameters: every published count of the catalogue, within 0.5 % or half of its last digit; those that
do not agree are in UNMATCHED with their error and the reason, and must keep exactly that error.
Operations: published model FLOP/s divided by published token/s, in GFLOP per trained token.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import pytest

import orchard.catalogue.models as catalogue_models
from orchard.arch import clip_flops, parameters, training_flops
from orchard.arch.context import Convention
from orchard.catalogue.models import ModelRow, read_models
from orchard.spec.architecture import LanguageArchitecture, VideoArchitecture

TOLERANCE = 0.005
MODELS = read_models(Path(catalogue_models.__file__).parent / "data")

# error of ours against the published count, and why
UNMATCHED = {
    "mcore-32b": (-0.016, "its table rounds to a whole billion, and the dimensions give 31.5"),
    "llama4-scout": (-0.011, "the published count has the vision encoder, ours is the text part"),
    "open-sora-1.2": (0.097, "the report rounds; its dimensions give 1.2 billion"),
    "open-sora-2.0": (0.080, "the README says 11B; its dimensions give 11.9 billion"),
    "movie-gen-30b": (-0.022, "dimensions of a re-implementation; the paper rounds to 30 billion"),
}
UNMATCHED_ACTIVE = {
    "qwen3-30b-a3b": (0.016, "the publisher rounds 3.35 down to 3.3"),
    "glm-5": (0.045, "the publisher rounds to 40; without the embedding table ours is 40.8"),
    "nemotron3-super-120b-a12b": (0.0055, "the publisher rounds 12.77 down to 12.7"),
}
# Publishers who leave the embedding table, which is looked up and not multiplied, out of active counts:
# gpt-oss says so in its model card; for the others it is what agrees.
WITHOUT_EMBEDDING = {"gpt-oss-120b", "gpt-oss-20b", "deepseek-v3", "kimi-k2"}
WITH_MTP = {"qwen3-next-80b-a3b"}


class Work(NamedTuple):
    """Published GFLOP per trained token, and the measurement it was derived from."""

    model: str
    sequence: int
    convention: Convention
    gflop: float
    source: str
    mtp: bool = False


WORK = [
    Work("llama3-8b", 8192, "causal", 51.48, "Megatron-Bridge 25.09"),
    Work("llama3-8b", 8192, "full", 57.91, "NeMo 24.07; TPU recipes v5p"),
    Work("llama3-70b", 8192, "causal", 449.2, "Megatron-Bridge 25.09; TPU Ironwood"),
    Work("llama3-70b", 8192, "full", 481.4, "TPU recipes v5p"),
    Work("llama3-70b", 4096, "causal", 432.9, "Megatron-Bridge 26.06, fine-tuning"),
    Work("llama3-70b", 131072, "causal", 932.4, "TPU Ironwood"),
    Work("llama3.1-405b", 8192, "causal", 2524, "Megatron-Bridge 25.09; TPU Ironwood"),
    Work("llama3.1-405b", 8192, "full", 2625, "MLPerf training 5.0: 21,508 TFLOP a sample"),
    Work("llama2-7b", 4096, "full", 46.06, "NeMo 24.07"),
    Work("llama2-13b", 4096, "full", 87.21, "NeMo 24.07"),
    Work("llama2-70b", 4096, "full", 444.4, "NeMo 24.07"),
    Work("gpt3-5b", 2048, "full", 32.68, "NeMo 24.07"),
    Work("gpt3-20b", 2048, "full", 128.1, "NeMo 24.07"),
    Work("gpt3-175b", 2048, "full", 1076, "NeMo 24.07; TPU recipes"),
    Work("nemotron-22b", 4096, "full", 130.3, "NeMo 24.07"),
    Work("nemotron-340b", 4096, "full", 2106, "NeMo 24.07"),
    Work("mistral-7b", 8192, "full", 55.55, "TPU recipes"),
    Work("mixtral-8x22b", 4096, "full", 250.7, "TPU recipes"),
    Work("llama4-scout", 8192, "causal", 108.9, "TPU recipes"),
    Work("qwen3-30b-a3b", 4096, "causal", 23.02, "Megatron-Bridge 25.09"),
    Work("qwen3-235b-a22b", 4096, "causal", 148.3, "TPU Ironwood; Megatron-Bridge 25.09: 148.0"),
    Work("deepseek-v3", 4096, "causal", 250.5, "TPU Ironwood; Megatron-Bridge 25.11: 249.4"),
    Work("deepseek-v3", 4096, "causal", 260.3, "Megatron-Bridge 25.09", mtp=True),
    Work("kimi-k2", 4096, "causal", 204.6, "Megatron-Bridge 26.06"),
    Work("gpt-oss-120b", 4096, "causal", 32.59, "Megatron-Bridge 26.06"),
    Work("gpt-oss-120b", 8192, "causal", 34.47, "TPU Ironwood"),
    Work("mpt-1b", 2048, "full", 9.083, "llm-foundry"),
    Work("mpt-3b", 2048, "full", 17.89, "llm-foundry"),
    Work("mpt-7b", 4096, "full", 46.34, "llm-foundry"),
    Work("mpt-13b", 2048, "full", 82.02, "llm-foundry"),
    Work("mpt-30b", 8192, "full", 213.2, "llm-foundry"),
    Work("mpt-70b", 2048, "full", 404.8, "llm-foundry"),
]

# llm-foundry counts 6 N with N holding the learned positions, which are looked up, not multiplied.
POSITIONS_COUNTED = [
    Work("mpt-125m", 8192, "full", 1.681, "llm-foundry"),
    Work("mpt-350m", 65536, "full", 21.80, "llm-foundry"),
    Work("mpt-760m", 65536, "full", 34.03, "llm-foundry"),
    Work("mpt-1b", 65536, "full", 47.31, "llm-foundry"),
    Work("mpt-3b", 65536, "full", 81.08, "llm-foundry"),
    Work("mpt-7b", 65536, "full", 144.2, "llm-foundry"),
    Work("mpt-13b", 32768, "full", 158.4, "llm-foundry"),
]

# Published by an accounting of its own, not by the model's shape: error of ours, and why.
OTHER_ACCOUNTING = {
    Work("gpt-oss-120b", 4096, "causal", 27.15, "Megatron-Bridge 25.11 to 26.04"): (
        0.205,
        "superseded: the same publisher counts 32.6 from release 26.06 on",
    ),
    Work("gemma3-12b", 32768, "causal", 78.04, "TPU recipes"): (
        0.0125,
        "the publisher counts windowed layers in another way",
    ),
    Work("mpt-125m", 65536, "full", 8.248, "llm-foundry"): (
        -0.0314,
        "learned positions counted as multiplied; with them 0.5 % too many remain, unexplained",
    ),
    Work("nemotron3-nano", 8192, "causal", 22.27, "Megatron-Bridge 26.06"): (
        -0.065,
        "the publisher takes the Mamba inner width as 2 hidden (5376); the model has 4096",
    ),
    Work("nemotron3-super-120b-a12b", 8192, "causal", 84.68, "Megatron-Bridge 26.06", mtp=True): (
        -0.046,
        "the publisher trains two multi-token-prediction blocks and leaves out routers",
    ),
}


def language(model: str) -> LanguageArchitecture:
    return LanguageArchitecture.model_validate(MODELS[model].fields)


def video(model: str) -> VideoArchitecture:
    return VideoArchitecture.model_validate(MODELS[model].fields)


def half_last_digit(published: float) -> float:
    """Half a unit of the last digit of a count written in billions; exact counts have none to spare."""
    digits = f"{published / 1e9:.6f}".rstrip("0").rstrip(".")
    decimals = len(digits.partition(".")[2])
    return 0.5e9 / 10**decimals


def counts(row: ModelRow) -> tuple[int, int]:
    count = parameters(language(row.id) if row.kind == "language" else video(row.id))
    total = count.with_mtp if row.id in WITH_MTP else count.total
    return total, count.active_without_embedding if row.id in WITHOUT_EMBEDDING else count.active


def check(ours: float, published: float, unmatched: tuple[float, str] | None) -> None:
    error = ours / published - 1
    if unmatched is None:
        assert abs(ours - published) <= max(TOLERANCE * published, half_last_digit(published)), (
            f"{error:+.2%}"
        )
        return
    assert error == pytest.approx(unmatched[0], abs=0.001), f"listed as {unmatched[0]:+.2%}, is {error:+.2%}"


def with_count(name: str) -> list[ModelRow]:
    return [row for row in MODELS.values() if row.supported and getattr(row, name) is not None]


@pytest.mark.parametrize("row", with_count("parameters_published"), ids=lambda row: row.id)
def test_parameters(row: ModelRow) -> None:
    assert row.parameters_published is not None
    check(counts(row)[0], row.parameters_published, UNMATCHED.get(row.id))


@pytest.mark.parametrize("row", with_count("active_published"), ids=lambda row: row.id)
def test_active_parameters(row: ModelRow) -> None:
    assert row.active_published is not None
    check(counts(row)[1], row.active_published, UNMATCHED_ACTIVE.get(row.id))


def test_exact_counts_are_exact() -> None:
    """Where the published count is a count, not a rounding, ours is the same number."""
    exact = (
        "llama3-8b llama3-70b llama3.1-405b mistral-7b mixtral-8x7b qwen3-8b qwen3-32b qwen3-30b-a3b "
        "qwen3-235b-a22b qwen3-coder-480b-a35b qwen3-next-80b-a3b nemotron3-nano"
    )
    for name in exact.split():
        assert counts(MODELS[name])[0] == MODELS[name].parameters_published, name


def test_multi_token_prediction_of_deepseek_v3() -> None:
    """The released files hold 684,531,386,000 numbers: model, module, its copies of embedding and head,
    and 41,555,600 numbers in FP32, nearly all of them scales."""
    count = parameters(language("deepseek-v3"))
    files = 684_531_386_000 - 41_555_600
    assert count.with_mtp + count.embedding + count.output == pytest.approx(files, rel=1e-6)


@pytest.mark.parametrize("work", WORK, ids=lambda work: f"{work.model}-{work.sequence}-{work.convention}")
def test_training_operations(work: Work) -> None:
    ours = training_flops(language(work.model), work.sequence, work.convention, mtp=work.mtp)
    assert ours / 1e9 == pytest.approx(work.gflop, rel=TOLERANCE)


@pytest.mark.parametrize("work", POSITIONS_COUNTED, ids=lambda work: work.model)
def test_training_operations_with_positions_counted(work: Work) -> None:
    a = language(work.model)
    ours = training_flops(a, work.sequence, work.convention) + 6 * work.sequence * a.hidden
    assert ours / 1e9 == pytest.approx(work.gflop, rel=TOLERANCE)


@pytest.mark.parametrize("work", OTHER_ACCOUNTING, ids=lambda work: work.model)
def test_other_accountings_keep_their_known_distance(work: Work) -> None:
    ours = training_flops(language(work.model), work.sequence, work.convention, mtp=work.mtp) / 1e9
    check(ours, work.gflop, OTHER_ACCOUNTING[work])


def test_the_distance_of_hybrids_is_explained() -> None:
    nano = language("nemotron3-nano")
    wide = nano.model_copy(update={"mamba_heads": 2 * nano.hidden // nano.mamba_head_dim})
    assert training_flops(wide, 8192) / 1e9 == pytest.approx(22.27, rel=TOLERANCE)
    two_blocks = language("nemotron3-super-120b-a12b").model_copy(update={"mtp_layers": 2})
    routers = 6 * two_blocks.hidden * two_blocks.experts * (two_blocks.moe_layers + 2)
    entries = 6 * 2 * 2 * two_blocks.hidden**2
    ours = training_flops(two_blocks, 8192) - routers - entries
    assert ours / 1e9 == pytest.approx(84.68, rel=TOLERANCE)


@pytest.mark.parametrize(
    ("model", "clip", "tokens"),
    [
        ("wan2.2-a14b", (81, 480, 832), 32_760),
        ("wan2.2-a14b", (81, 720, 1280), 75_600),
        ("wan2.2-5b", (121, 704, 1280), 27_280),
        ("mochi-1", (163, 480, 848), 44_520),
        ("movie-gen-30b", (256, 768, 768), 73_728),
    ],
)
def test_video_tokens(model: str, clip: tuple[int, int, int], tokens: int) -> None:
    """Published: 44,520 (Mochi 1 README), 73K (Movie Gen abstract); Wan by its own patch arithmetic."""
    assert video(model).video_tokens(*clip) == tokens


@pytest.mark.parametrize(
    ("model", "clip", "steps", "petaflop"),
    [
        ("wan2.2-a14b", (81, 480, 832), 40, 134),
        ("wan2.2-a14b", (81, 720, 1280), 40, 522),
        ("wan2.2-5b", (121, 704, 1280), 50, 51.7),
        ("wan2.1-14b", (81, 720, 1280), 50, 652),
    ],
)
def test_clip_operations(model: str, clip: tuple[int, int, int], steps: int, petaflop: float) -> None:
    """An independent count of the same networks, block by block, with guidance."""
    assert clip_flops(video(model), *clip, steps=steps) / 1e15 == pytest.approx(petaflop, rel=TOLERANCE)
