"""The catalogue of published models: every row readable, every name found, every row sourced."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

import orchard.catalogue.models as catalogue_models
from orchard.catalogue.models import ModelRow, find_model, read_models
from orchard.errors import FactError
from orchard.spec.architecture import LanguageArchitecture, VideoArchitecture

DATA = Path(catalogue_models.__file__).parent / "data"
MODELS = read_models(DATA)

# Names under which measurements of training, serving and video generation call these models.
MEASURED = """
LLAMA3_70B; LLAMA3.1_405B; Qwen3_30B_a3B; DeepSeekV3; MPT-3b; MPT-1b; Qwen3_235B_a22B; MPT-13b; MPT-760m;
gpt3-175B; MPT-7b; GPT OSS 120B; Nemotron_3_Super; MPT-30b; MPT-350m; MPT-125m; Nemotron_3_Nano;
llama3-70b-L12; Llama3.1-405B; llama3-405b-L4; LLAMA3_8B; LLAMA2-70B; MaxText-128B; LLAMA2-13B; MPT-70b;
MaxText-32B; MaxText-64B; GPT3-175B; LLAMA2-7B; deepseekv2-L4; MaxText-16B; llama3.1-70b; Llama3.1-8B;
Kimi_K2; GPT3-5B; Nemotron-22B; Nemotron-340B; LLAMA3-8B; deepseekv3-L4; deepseek-v3; Llama3.1-70B;
Wan2.1-14B; GPT3-20B; megatron-22B; turing-530B; megatron-1T; gpt-oss-120b; llama3.1-405b; qwen3-235b-a22b;
gemma3-12b; MaxText-1024B; MaxText-1160B; MCore-7.1B; MCore-32B; MCore-70B; MCore-119B; MCore-314B;
MCore-177B; gemma4-4b; gemma4-26b; mistral-7b; mixtral-8x22b; Llama4-Scout; MaxText-256B; MaxText-512B;
nemotron3-super; deepseek-ai/DeepSeek-R1; meta-llama/Llama-3.1-70B; MiniMaxAI/MiniMax-M2.5;
deepseek-ai/DeepSeek-V3; Qwen/Qwen3-32B; meta-llama/Llama-3.1-8B-Instruct; Qwen/Qwen3-235B-A22B-FP8;
moonshotai/Kimi-K2.5; Llama-3.3-70B; zhipuai/GLM-5; Qwen3-235B-A22B; Llama-4-Maverick; Llama-3.1-405B;
Llama-4-Scout; Qwen3-30B-A3B; nvidia/Llama-3.1-8B-Instruct-FP8; Llama-3.1-8B; DeepSeek-R1-0528;
nvidia/DeepSeek-R1-NVFP4; nvidia/Qwen3-32B-NVFP4; Llama-2-70B; nvidia/DeepSeek-V3.1-NVFP4;
Wan2.2-T2V-A14B; Wan2.2-I2V-A14B; Wan2.1-T2V-14B; Wan2.1-I2V-14B; Wan2.2-TI2V-5B T2V; Wan2.2-TI2V-5B I2V;
Open-Sora 1.2 TRAIN; Open-Sora 1.1 TRAIN; MicroDiT TRAIN; Seaweed-7B TRAIN; Movie Gen Video TRAIN; Mochi-1;
LTX-Video-0.9.7-dev; Wan2.1-1.3B; LTX-Video; MiniMax H3; Open-Sora 2.0 TRAIN stage 256px T2V;
Open-Sora 2.0 TRAIN total
"""


@pytest.mark.parametrize("name", [" ".join(name.split()) for name in MEASURED.split(";")])
def test_every_measured_name_is_found(name: str) -> None:
    row = find_model(MODELS, name)
    assert row is not None


@pytest.mark.parametrize("row", [row for row in MODELS.values() if row.supported], ids=lambda row: row.id)
def test_every_supported_row_is_an_architecture(row: ModelRow) -> None:
    kind = LanguageArchitecture if row.kind == "language" else VideoArchitecture
    assert kind.model_validate(row.fields).layers == row.fields["layers"]


def test_every_row_has_a_source_and_every_published_count_too() -> None:
    for row in MODELS.values():
        assert row.source, row.id
        assert row.supported != bool(row.reason), row.id
        if row.supported and (row.parameters_published or row.active_published):
            assert row.published_source, row.id


def test_nothing_rests_on_memory() -> None:
    text = "".join((DATA / name).read_text(encoding="utf-8") for name in catalogue_models.FILES)
    assert "memory" not in text.replace("in memory", "")


def test_punctuation_and_case_do_not_tell_models_apart() -> None:
    found = find_model(MODELS, "gpt_oss 120B")
    assert found is MODELS["gpt-oss-120b"]
    assert find_model(MODELS, "gpt-oss-121b") is None


def test_faults_are_reported_together(tmp_path: Path) -> None:
    for name in catalogue_models.FILES:
        shutil.copy(DATA / name, tmp_path)
    path = tmp_path / "models.csv"
    lines = path.read_text(encoding="utf-8").splitlines()
    columns = lines[0].split(",")

    def line(**cells: str) -> str:
        return ",".join(cells.get(column, "") for column in columns)

    lines += [
        line(id="a", kind="language", supported="true"),
        line(id="b", kind="audio", supported="true", source="x"),
        line(id="c", kind="language", supported="false", source="x"),
        line(id="d", kind="language", supported="true", source="x", aliases="LLAMA3 8B"),
        line(id="llama3-8b", kind="language", supported="true", source="x"),
    ]
    path.write_text("\n".join(lines), encoding="utf-8")
    with pytest.raises(FactError) as caught:
        read_models(tmp_path)
    found = " ".join(finding.found for finding in caught.value.findings)
    for part in ("no source", "'audio' is neither", "false with a reason", "also names", "stands in"):
        assert part in found
