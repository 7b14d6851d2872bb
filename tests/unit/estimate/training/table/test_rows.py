"""Cells become arrays; what cannot be read is said, and nothing else is lost."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest

from orchard.arch import video_training_flops
from orchard.catalogue import catalogue
from orchard.catalogue.measured import measured
from orchard.errors import OrchardError
from orchard.estimate.cells import MOST_KEPT, Numbers
from orchard.estimate.sheet import Sheet
from orchard.estimate.training.estimates import estimate
from orchard.estimate.training.formulas.configuration import ATTENTION, PRECISIONS, RECOMPUTE
from orchard.estimate.training.formulas.shape import training_flops
from orchard.estimate.training.table.machines import machine
from orchard.estimate.training.table.rows import COLUMNS, REQUIRED, Batch, Rows, batch
from orchard.spec.architecture import VideoArchitecture

ROW = {"id": "a", "model": "llama3-8b", "chip": "H100", "n_gpus": "64", "seq_len": "8192", "global_batch": "128", "stack": "nemo 24.07",
       "dtype": "bf16", "micro_batch": "1", "tp": "2", "pp": "2", "cp": "1", "recompute": "none"}  # fmt: skip


def one(**cells: str) -> Batch:
    return batch([ROW | cells])


def same(left: Batch, right: Batch, index: int) -> None:
    """Row `index` of one batch is the only row of the other."""
    for name in ("shape", "hardware", "layout", "software"):
        for whole, single in zip(getattr(left, name), getattr(right, name), strict=True):
            assert np.asarray(whole)[index] == np.asarray(single)[0], name
    assert (left.ids[index], left.stacks[index], left.chips[index], left.notes[index]) == (
        right.ids[0], right.stacks[0], right.chips[0], right.notes[0])  # fmt: skip
    assert left.ok[index] == right.ok[0]
    assert left.unknown_recompute[index] == right.unknown_recompute[0]


def test_a_complete_row() -> None:
    found = one()
    assert found.ok.all()
    assert found.notes == [""]
    assert found.stacks == ["nemo"]
    assert found.chips == ["h100"]
    assert found.shape.layers[0] == 32  # type: ignore[index]
    assert (found.layout.dp, found.layout.microbatches) == (16, 8)
    assert (found.layout.shard, found.layout.shard_ranks) == (1, 16)
    assert not found.unknown_recompute.any()


def test_every_scored_row_can_be_predicted() -> None:
    rows = measured("training")
    found = batch(rows)
    blank = [row["id"] for row, ok in zip(rows, found.ok, strict=True) if row["tier"] == "A" and not ok]
    assert blank == []
    assert found.ok.sum() == 559
    assert all(note for note, ok in zip(found.notes, found.ok, strict=True) if not ok)


def test_rows_one_by_one_and_together_are_the_same() -> None:
    rows = measured("training")[::7]
    found = batch(rows)
    for place, row in enumerate(rows):
        same(found, batch([row]), place)


def test_order_of_columns_and_other_columns_do_not_matter() -> None:
    rows = measured("training")[::31]
    names = [*reversed(COLUMNS), "tokens_per_s_per_gpu"]
    shuffled = Rows(names).batch([[row.get(name, "") for name in names] for row in rows])
    for place, row in enumerate(rows):
        same(shuffled, batch([row]), place)


def test_stores_stay_small() -> None:
    reader = Rows(COLUMNS)
    row = [ROW.get(name, "") for name in COLUMNS]
    place = COLUMNS.index("options")
    for start in range(0, 5 * MOST_KEPT, MOST_KEPT):
        chunk = [[*row[:place], f"run {start + k}", *row[place + 1 :]] for k in range(MOST_KEPT)]
        assert reader.batch(chunk).ok.all()
    assert len(reader._settings) <= 2 * MOST_KEPT


def test_no_rows() -> None:
    found = Rows(COLUMNS).batch([])
    assert len(found) == 0
    assert np.asarray(found.layout.dp).shape == (0,)


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        ({"model": "lama3-8b"}, "did you mean 'llama3-8b'"), ({"model": ""}, "model is blank"), ({"model": "gemma4-26b"}, "not modelled"),
        ({"model": "open-sora-1.2"}, "in turn is not modelled"), ({"model": "minimax-h3"}, "not published"), ({"chip": "H1000"}, "did you mean 'h100'"), ({"chip": ""}, "chip is blank"),
        ({"chip": "A100", "dtype": "fp8"}, "no FP8 rate of A100-80GB; wanted bf16"), ({"dtype": "nvfp4"}, "no FP4 rate of H100; wanted bf16, fp8, mxfp8"),
        ({"dtype": "ternary"}, "not known; wanted one of bf16, fp8"), ({"chip": "V100"}, "no memory bandwidth"), ({"n_gpus": ""}, "n_gpus is blank"),
        ({"n_gpus": "-8"}, "n_gpus '-8': wanted a whole number of 1 or more"), ({"n_gpus": "nan"}, "n_gpus 'nan'"), ({"seq_len": "inf"}, "seq_len 'inf'"),
        ({"seq_len": "8k"}, "seq_len '8k'"), ({"global_batch": "0"}, "global_batch '0': wanted a number above 0"), ({"tp": "1.5"}, "tp '1.5'"),
        ({"n_gpus": "1e400"}, "n_gpus '1e400'"), ({"n_gpus": "60", "tp": "8"}, "n_gpus 60 is not a multiple of tp 8 x pp 2 x cp 1 = 16"),
        ({"global_batch": "100"}, "global_batch 100 is not a multiple of micro_batch 1 x 16 replicas: try 96 or 112"),
        ({"global_batch": "8"}, "try 16"), ({"pp": "64"}, "pp 64: the model has 32 layers"), ({"task": "prune"}, "wanted one of pretrain"),
        ({"task": "dpo"}, "wanted one of pretrain, sft, lora, video-dit"),
        ({"fsdp": "many"}, "fsdp 'many'"),
    ],
)  # fmt: skip
def test_rows_left_blank_say_why(cells: dict[str, str], words: str) -> None:
    found = one(**cells)
    assert not found.ok.any()
    assert words in found.notes[0]


def test_all_that_is_wrong_with_a_row_is_said_at_once() -> None:
    note = one(chip="H1000", model="lama3-8b", n_gpus="x", tp="-1").notes[0]
    assert all(word in note for word in ("H1000", "lama3-8b", "n_gpus 'x'", "tp '-1'"))


def test_a_wrong_row_leaves_its_neighbours_alone() -> None:
    found = batch([ROW, ROW | {"chip": "H1000", "n_gpus": "?"}, ROW | {"id": "c"}])
    assert found.ok.tolist() == [True, False, True]
    same(found, one(id="c"), 2)


def test_rows_of_another_width_are_left_blank() -> None:
    row = [ROW.get(name, "") for name in COLUMNS]
    found = Rows(COLUMNS).batch([row, row[:-1], [*row, "x"]])
    assert found.ok.tolist() == [True, False, False]
    assert "quote a cell that has a comma" in found.notes[1]


@pytest.mark.parametrize(
    ("cell", "code"),
    [("bf16", "bf16"), ("fp16", "bf16"), ("", "bf16"), ("FP8", "fp8"), ("fp8-cs", "fp8"), ("fp8_full", "fp8"), ("mxfp8", "mxfp8"),
     ("fp8-mx", "mxfp8"), ("fp8-mx/blockwise", "mxfp8"), ("nvfp4", "nvfp4"), ("float8", "fp8"), ("amp_bf16", "bf16")],
)  # fmt: skip
def test_precisions(cell: str, code: str) -> None:
    found = one(chip="GB200", dtype=cell)
    assert found.ok.all()
    assert PRECISIONS[int(found.layout.precision[0])] == code  # type: ignore[index]


@pytest.mark.parametrize(
    ("cell", "options", "level"),
    [("none", "", "none"), ("selective", "", "selective"), ("full", "", "full"), ("full AC", "", "full"), ("selective AC", "", "selective"),
     ("selective (op)", "", "selective"), ("no AC", "", "none"), ("unknown", "op SAC", "selective"), ("", "full recompute", "full"),
     ("none", "full recompute", "none"), ("unknown", "", None), ("", "", None)],
)  # fmt: skip
def test_recompute(cell: str, options: str, level: str | None) -> None:
    found = one(recompute=cell, options=options)
    assert found.ok.all()
    assert found.unknown_recompute[0] == (level is None)
    assert RECOMPUTE[int(np.asarray(found.layout.recompute)[0])] == (level or "none")


@pytest.mark.parametrize(
    ("cells", "shard", "ranks"),
    [
        ({}, 1, 16), ({"fsdp": "0"}, 1, 16), ({"fsdp": "1"}, 3, 16), ({"fsdp": "4"}, 3, 4), ({"fsdp": "64"}, 3, 16), ({"stack": "torchtitan"}, 3, 16),
        ({"stack": "torchtitan", "fsdp": "0"}, 1, 16), ({"stack": "torchtitan", "options": "HSDP"}, 3, 8), ({"options": "ZeRO-2"}, 2, 16),
        ({"options": "FSDP"}, 3, 16), ({"options": "DDP"}, 0, 16), ({"fsdp": "0", "options": "DeepSpeed ZeRO-3"}, 3, 16), ({"cp": "2", "fsdp": "1"}, 3, 16),
    ],
)  # fmt: skip
def test_sharding(cells: dict[str, str], shard: int, ranks: int) -> None:
    found = one(**cells)
    assert (np.asarray(found.layout.shard)[0], np.asarray(found.layout.shard_ranks)[0]) == (shard, ranks)


def test_blank_micro_batches() -> None:
    assert one(micro_batch="").layout.micro_batch == 1
    tpu = one(chip="TPU v5p", stack="maxtext", micro_batch="", tp="", pp="", n_gpus="64", global_batch="256")
    assert tpu.ok.all()
    assert tpu.layout.micro_batch == 4
    uneven = one(micro_batch="", global_batch="40")
    assert uneven.layout.microbatches == 3
    assert "micro_batch" in tpu.notes[0]
    assert "share a sequence" in uneven.notes[0]


def test_slices_of_a_pod_copy_weights_unless_they_do_not_fit() -> None:
    tpu = {
        "chip": "TPU v6e",
        "stack": "maxtext",
        "tp": "",
        "pp": "",
        "micro_batch": "1",
        "n_gpus": "1024",
        "global_batch": "1024",
    }
    assert one(**tpu).layout.shard_ranks == 256
    assert one(**tpu, options="FSDP over DCN").layout.shard_ranks == 1024
    assert one(**tpu | {"model": "llama3.1-405b"}).layout.shard_ranks == 1024


def test_experts() -> None:
    mixture = {
        "model": "mixtral-8x7b",
        "tp": "1",
        "pp": "2",
        "n_gpus": "64",
        "stack": "megatron-bridge 26.06",
    }
    assert one(**mixture, ep="8").layout.ep == 8
    clamped = one(**mixture | {"n_gpus": "8", "global_batch": "16"}, ep="8")
    assert clamped.layout.ep == 4
    assert "ep cut" in clamped.notes[0]
    assert one(ep="8").layout.ep == 1  # a dense model has no experts to cut
    assert one(**mixture, options="ETP=2", ep="2").layout.etp == 2


def test_experts_are_fused_where_stack_format_and_chip_allow() -> None:
    mixture = {
        "model": "mixtral-8x7b",
        "tp": "1",
        "stack": "megatron-bridge 26.06",
        "chip": "GB200",
        "dtype": "mxfp8",
    }
    assert one(**mixture).software.fused_experts == 1
    for cells in ({"dtype": "bf16"}, {"chip": "H100"}, {"stack": "megatron-bridge 26.04"}):
        assert one(**mixture | cells).software.fused_experts == 0
    assert one(**mixture).software.host_sync == 0  # the domain is a rack
    assert one(**mixture | {"chip": "B200"}).software.host_sync == 1
    assert one(**mixture | {"chip": "B200"}, options="tokendrop").software.host_sync == 0


def test_multi_token_prediction() -> None:
    deep = {"model": "deepseek-v3", "chip": "GB200"}
    assert one(**deep).software.multi_token == 0
    assert one(**deep, flops_convention="causal+MTP").software.multi_token == 1
    assert one(**deep, options="w/ MTP").software.multi_token == 1
    assert one(**deep, options="w/o MTP").software.multi_token == 0


def test_variants_of_a_chip() -> None:
    plain, variant = one(), one(system="H100 96GB HBM2e, 2.4 TB/s, 500 W", options="1600 Gb/s per node")
    assert variant.hardware.memory_bytes == 96e9
    assert variant.hardware.memory_bytes_per_s == 2.4e12
    assert variant.hardware.tdp_w == 500
    assert variant.hardware.scaleout_bytes_per_s == 25e9
    assert plain.hardware.memory_bytes == 80e9
    assert one(options="tables of 8 GB; peak alloc memory GiB").hardware.memory_bytes == 80e9
    assert one(chip="H100-96GB").hardware.scaleup_bytes_per_s == plain.hardware.scaleup_bytes_per_s


@pytest.mark.parametrize("name", ["H100", "h100", "NVIDIA H100", "H100-80GB", "nvidia  H100 SXM"])
def test_spellings_of_a_chip(name: str) -> None:
    assert one(chip=name).chips == ["h100"]


def test_models_by_key_name_or_depth() -> None:
    assert one(model_key="llama3-70b", model="whatever").shape.layers == 80
    assert one(model_key="not a key", model="llama3-70b").shape.layers == 80
    assert one(model="llama3-70b-L10", pp="1").shape.layers == 10


def test_tuning_is_predicted_as_pretraining_and_says_so() -> None:
    found = one(task="sft")
    assert found.ok.all()
    assert "predicted as pretraining" in found.notes[0]


def test_attention_and_eager_follow_the_stack() -> None:
    assert ATTENTION[int(one(stack="megatron-2021").software.attention[0])] == "unfused"  # type: ignore[index]
    assert ATTENTION[int(one(stack="llm-foundry").software.attention[0])] == "triton"  # type: ignore[index]
    assert one(stack="torchtitan", options="compile").software.eager == 0
    assert one(stack="", source="mbridge-26.08").stacks == ["megatron-bridge"]


def test_nonsense_never_raises_and_keeps_arrays_finite() -> None:
    rng = random.Random(0)
    rows, junk = (
        measured("training"),
        [
            "",
            "nan",
            "inf",
            "-1",
            "0",
            "1e400",
            "abc",
            "3.5",
            "٣",
            "1_000",
            " 8 ",
            "2147483648",
            "7",
            '"',
            "x" * 500,
            "H100",
            "fp8",
        ],
    )
    mixed = [dict(rng.choice(rows)) for _ in range(400)]
    for row in mixed:
        row |= {rng.choice(COLUMNS): rng.choice(junk) for _ in range(3)}
    found = batch(mixed)
    for part in (found.layout, found.software):
        assert all(np.isfinite(np.asarray(values)).all() for values in part)
    assert (np.asarray(found.layout.microbatches)[found.ok] > 0).all()
    assert all(note for note, ok in zip(found.notes, found.ok, strict=True) if not ok)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("8", 8),
        (" 8 ", 8),
        ("8.0", 8),
        ("+8", 8),
        ("1e3", 1000),
        ("0", -1),
        ("٣", -1),
        ("1_000", -1),
        ("8.5", -1),
    ],
)
def test_numbers(text: str, value: float) -> None:
    assert Numbers("tp").read([text]) == [value]


def test_zero_may_stand_for_none() -> None:
    assert Numbers("tp", zero_is=1.0).read(["0"]) == [1]
    assert np.isnan(Numbers("tp").read([" "])).all()


def test_missing_columns_are_named_together(tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    path.write_text("id,modle,chip,gpus\na,b,c,1\n")
    with pytest.raises(OrchardError) as caught:
        Sheet(path, REQUIRED)
    assert [finding.code for finding in caught.value.findings] == ["O801"]
    assert all(
        name in str(caught.value) for name in ("model_key or model", "n_gpus", "seq_len", "global_batch")
    )


@pytest.mark.parametrize(
    ("content", "code"),
    [(None, "O800"), (b"", "O801"), (b"\n", "O801"), (b"id,\xff\n", "O800"), (b'id,"a\n', "O800"), (b"id,id\n1,2\n", "O802"), (b"\x00\x01", "O80")],
)  # fmt: skip
def test_files_that_are_no_table(tmp_path: Path, content: bytes | None, code: str) -> None:
    path = tmp_path / "in.csv"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(OrchardError, match=code):
        Sheet(path, ["id"])


def test_sheets_are_read_in_chunks(tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    path.write_bytes("\ufeffid, b \r\n1,2\r\n\r\n3,4\r\n5,6\r\n".encode())
    with Sheet(path, ["id"]) as sheet:
        assert sheet.columns == ["id", "b"]
        assert [row for chunk in sheet.chunks(2) for row in chunk.rows] == [
            ["1", "2"],
            ["3", "4"],
            ["5", "6"],
        ]
        assert sheet.share == 1


def test_weights_that_fit_no_chip_are_sharded_unless_a_cell_says_otherwise() -> None:
    row = {
        "id": "a",
        "model": "llama3-70b",
        "chip": "GB300",
        "n_gpus": "64",
        "seq_len": "8192",
        "global_batch": "256",
    }
    made = batch([row | {"micro_batch": "2"}, row | {"micro_batch": "2", "fsdp": "0"}, row | {"tp": "2"}])
    assert np.asarray(made.layout.shard).tolist() == [3, 1, 1]
    assert "do not fit otherwise" in made.notes[0]
    assert "do not fit otherwise" not in made.notes[1] + made.notes[2]


@pytest.mark.parametrize(
    ("chip", "system", "id"),
    [
        ("H100", "", "h100"),
        ("H100", "8x H100 96GB HBM2e, 500 W", "h100-96gb"),
        ("H100", "DGX H100 80GB", "h100"),
        ("A100", "A100 40GB", "a100-40gb"),
        ("A100", "8x A100-PCIe", "a100-80gb-pcie"),
        ("A100", "A100-40GB-PCIe server", "a100-40gb-pcie"),
        ("A100-PCIe", "", "a100-80gb-pcie"),
        ("H100", "a network card on PCIe", "h100"),
        ("H200", "H200 96GB", "h200"),
    ],
)
def test_variants_of_a_chip_are_told_apart(chip: str, system: str, id: str) -> None:  # noqa: A002
    assert machine(chip, "bf16", system).chip == id


def test_adapters_leave_gradients_and_optimiser_out() -> None:
    row = {
        "id": "a",
        "model": "llama3-70b",
        "chip": "GB300",
        "n_gpus": "8",
        "seq_len": "4096",
        "global_batch": "32",
    }
    row |= {"micro_batch": "1", "pp": "2", "vp": "20", "dtype": "mxfp8", "recompute": "none"}
    whole, adapters = estimate(batch([row])), estimate(batch([row | {"task": "lora"}]))
    assert adapters.memory.optimiser[0] == adapters.memory.gradients[0] == 0
    assert adapters.memory.activations[0] == whole.memory.activations[0]
    assert whole.parts.matmul[0] * 0.6 < adapters.parts.matmul[0] < whole.parts.matmul[0] * 0.75
    assert adapters.step_s[0] < whole.step_s[0]


def test_a_diffusion_transformer_sees_all_tokens_of_a_clip() -> None:
    row = {
        "id": "a",
        "model": "wan2.1-14b",
        "task": "video-dit",
        "chip": "H100",
        "n_gpus": "32",
        "seq_len": "32760",
    }
    made = batch([row | {"global_batch": "64", "cp": "2"}])
    counted = video_training_flops(diffusion("wan2.1-14b"), 81, 480, 832) / 32760
    assert float(training_flops(made.shape, 32760.0)[0]) == pytest.approx(counted, rel=0.01)
    assert "tokens of a clip" in made.notes[0]


def diffusion(model: str) -> VideoArchitecture:
    return VideoArchitecture(**catalogue().model(model).fields)


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        ({"tp": "3", "n_gpus": "48"}, "tp does not divide the heads"),
        ({"cp": "3", "n_gpus": "48"}, "cp does not cut the sequence"),
        ({"pp": "1", "vp": "4"}, "vp without stages"),
        ({"pp": "4", "vp": "20"}, "more than the layers"),
        ({"pp": "4", "vp": "2", "global_batch": "48"}, "no multiple of the stages"),
        ({"ep": "8"}, "ep of a dense model"),
        ({"model": "deepseek-v3", "ep": "7", "n_gpus": "112"}, "ep does not divide the experts"),
        ({"micro_batch": "0.5"}, "below one sequence"),
        ({"fsdp": "4096"}, "fsdp cut to the replicas"),
        ({"recompute": "sometimes"}, "recompute 'sometimes' not understood"),
        ({"stack": "garbage 99"}, "stack 'garbage 99' not known: taken as Megatron-Core"),
        ({"stack": ""}, "stack blank"),
        ({"stack": "megatron-bridge 99.12"}, "no release 'megatron-bridge 99.12' was measured"),
    ],
)
def test_what_no_stack_would_run_as_it_stands_is_said(cells: dict[str, str], words: str) -> None:
    row = {
        "id": "a",
        "model": "llama3-8b",
        "chip": "H100",
        "n_gpus": "64",
        "seq_len": "8192",
        "dtype": "bf16",
    }
    row |= {"global_batch": "128", "micro_batch": "1", "stack": "megatron-bridge 26.04", "tp": "1", "pp": "1"}
    assert batch([row]).notes == [""]
    if "n_gpus" in cells:
        cells = cells | {"global_batch": str(4 * int(cells["n_gpus"]))}
    made = batch([row | cells])
    assert made.ok.all()
    assert words in made.notes[0]


@pytest.mark.parametrize("column", ["n_gpus", "global_batch"])
def test_what_follows_from_a_wrong_size_is_no_second_reason(column: str) -> None:
    row = {
        "id": "a",
        "model": "llama3-8b",
        "chip": "H100",
        "n_gpus": "64",
        "seq_len": "8192",
        "global_batch": "128",
    }
    row |= {"tp": "4", "pp": "4", "micro_batch": "1"}
    for text in ("nan", "", "-3"):
        assert batch([row | {column: text}]).notes[0].count(";") == 0


@pytest.mark.parametrize(
    ("system", "gbit_per_s"),
    [
        ("", 400), ("100 Gb/s", 100), ("400 Gb/s", 400), ("800 Gb/s", 800), ("1600 Gb/s RoCE", 200), ("8x 200 Gb/s HDR", 200),
        ("8 x 400Gb/s", 400), ("3200 Gb/s per node", 400), ("800 Gb/s per GPU", 800), ("3.2 Tb/s", 400),
        ("50 GB/s", 400), ("99999999999 Gb/s", 400),
    ],
)  # fmt: skip
def test_networks_are_of_a_chip_or_of_a_node(system: str, gbit_per_s: float) -> None:
    made = machine("H100", "bf16", system)
    assert made.hardware.scaleout_bytes_per_s == pytest.approx(gbit_per_s * 1e9 / 8)
    assert ("network" in made.note) == ("b/s" in system)


@pytest.mark.parametrize(
    ("cell", "level"),
    [
        ("offload", "offload"),
        ("moe, layernorm", "selective"),
        ("save_dot_except_mlp", "selective"),
        ("full (every layer)", "full"),
    ],
)
def test_recomputation_is_read_from_words(cell: str, level: str) -> None:
    made = one(recompute=cell)
    assert RECOMPUTE[int(made.layout.recompute[0])] == level
    assert not made.unknown_recompute[0]


@pytest.mark.parametrize(
    ("cell", "shard", "ranks"),
    [
        ("full_shard", 3, 64),
        ("ZeRO-3", 3, 64),
        ("zero2", 2, 64),
        ("FSDP2", 3, 64),
        ("none", 1, 64),
        ("hybrid", 3, 8),
        ("16", 3, 16),
    ],
)
def test_sharding_is_read_from_words(cell: str, shard: int, ranks: int) -> None:
    made = one(fsdp=cell, n_gpus="64", tp="1", pp="1", global_batch="128", micro_batch="1")
    assert made.ok.all()
    assert (int(made.layout.shard[0]), int(made.layout.shard_ranks[0])) == (shard, ranks)


def test_stages_keep_sharded_weights_for_a_step_unless_a_row_says_otherwise() -> None:
    cells = {
        "model": "llama3.1-405b",
        "n_gpus": "512",
        "tp": "8",
        "pp": "8",
        "vp": "2",
        "fsdp": "1",
        "stack": "torchtitan",
    }
    cells |= {"global_batch": "128", "micro_batch": "1", "dtype": "fp8", "recompute": "full"}
    kept, again, replicated = (
        one(**cells),
        one(**cells, options="reshard_after_forward=always"),
        one(**cells | {"fsdp": "0"}),
    )
    times = [float(estimate(made).parts.data[0]) for made in (kept, again, replicated)]
    assert times[2] / 2 < times[0] < 4 * times[2] < times[1]
    assert estimate(again).memory.gradients[0] < estimate(kept).memory.gradients[0]


def test_offloading_is_taken_for_granted_of_stacks_that_do_it_alone() -> None:
    cells = {
        "model": "llama3-70b",
        "n_gpus": "64",
        "tp": "1",
        "pp": "1",
        "fsdp": "1",
        "global_batch": "128",
        "recompute": "",
    }
    cells |= {"micro_batch": "2", "seq_len": "8192", "dtype": "bf16"}
    found = [estimate(one(**cells, stack=stack)).layout.recompute[0] for stack in ("torchtitan", "nemo")]
    assert [RECOMPUTE[int(level)] for level in found] == ["full", "offload"]


def test_thousands_may_be_grouped() -> None:
    assert one(seq_len="8,192").layout.sequence[0] == 8192
    assert not one(seq_len="8,19").ok.any()


@pytest.mark.parametrize("system", ["PCIe", "8x A100 PCIe node", "A100-80GB-PCIe"])
def test_a_bus_is_told_beside_a_name_with_memory(system: str) -> None:
    assert machine("A100-80GB", "bf16", system).chip == "a100-80gb-pcie"
