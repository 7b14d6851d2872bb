"""Answers of a search: the same numbers as the table of runs, what loses, what is short."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchard.errors import LimitError, OrchardError
from orchard.estimate.training.calibration import calibration
from orchard.estimate.training.estimates import estimate
from orchard.estimate.training.layouts.answer import layouts
from orchard.estimate.training.layouts.evaluated import CHOICES
from orchard.estimate.training.layouts.listing import CAUSES, WORK, estimated, run
from orchard.estimate.training.layouts.question import Question, question
from orchard.estimate.training.layouts.rivals import NAMES
from orchard.estimate.training.layouts.search import Found, search
from orchard.estimate.training.layouts.shortage import enough_chips
from orchard.estimate.training.table.keywords import KEYWORDS
from orchard.estimate.training.table.rows import batch

KNOWN = calibration()
# Dense, mixture, latent attention, multi-token prediction; every precision, generation and kind of stack.
ASKED: list[dict[str, str]] = [
    {"model": "llama3-8b", "chip": "h100", "n_gpus": "16", "seq_len": "8192", "global_batch": "64", "dtype": "fp8",
     "stack": "nemo 24.09", "options": "bf16 gradients"},
    {"model": "gpt3-175b", "chip": "a100", "n_gpus": "512", "seq_len": "2048", "global_batch": "512",
     "stack": "megatron-lm 2021"},
    {"model": "mixtral-8x7b", "chip": "b200", "n_gpus": "64", "seq_len": "4096", "global_batch": "128", "dtype": "mxfp8",
     "stack": "megatron-bridge 26.08", "options": "fused experts; token-dropless"},
    {"model": "deepseek-v3", "chip": "gb200", "n_gpus": "128", "seq_len": "4096", "global_batch": "256", "dtype": "mxfp8",
     "stack": "megatron-bridge 26.04", "options": "MTP", "system": "DGX-GB200"},
    {"model": "llama3-70b", "chip": "gb300", "n_gpus": "64", "seq_len": "8192", "global_batch": "64", "dtype": "nvfp4"},
    {"model": "llama3-8b", "chip": "tpu-v6e", "n_gpus": "64", "seq_len": "8192", "global_batch": "64"},
    {"model": "llama3-8b", "chip": "h100", "n_gpus": "8", "seq_len": "4096", "global_batch": "24",
     "stack": "torchtitan", "options": "compile; Muon; no overlap", "system": "96GB 2.4 TB/s HBM 500 W"},
    {"model": "gpt-oss-20b", "chip": "h100", "n_gpus": "8", "seq_len": "4096", "global_batch": "16", "stack": "fsdp"},
]  # fmt: skip


def name(asked: dict[str, str]) -> str:
    return f"{asked['model']} {asked['chip']}"


def found_for(asked: Question, top: int = 1) -> Found:
    return search(
        asked.architecture,
        asked.cluster,
        asked.hardware,
        asked.precision,
        asked.software,
        KNOWN.constants,
        top,
    )


@pytest.mark.parametrize("cells", ASKED, ids=name)
def test_a_layout_and_its_row_are_one_run(cells: dict[str, str]) -> None:
    asked = question(cells, KNOWN)
    found = found_for(asked, top=40)
    assert found.feasible, "a case that nothing fits tests nothing"
    tables = [found.best, found.pareto, *found.rivals.values()]
    for missing in (found.near, found.tempting):
        tables += [missing] if len(missing.time_s) else []
    rows = [(table, row) for table in tables for row in range(len(table.time_s))]
    chosen = [table.chosen(row) for table, row in rows]
    shards = {(one["shard"], one["kept_gathered"]) for one in chosen}
    assert shards >= {(0, 0), (1, 0), (3, 0), (3, 1)}
    if asked.architecture.experts:
        assert {one["etp"] for one in chosen} > {1}
    runs = [{key: str(cell) for key, cell in run(asked, "x", one).items()} for one in chosen]
    read = batch(runs)
    assert read.ok.all(), read.notes
    as_rows = estimate(read, KNOWN)
    np.testing.assert_allclose(as_rows.step_s, [table.time_s[row] for table, row in rows], rtol=1e-12)
    np.testing.assert_allclose(
        as_rows.memory_bytes, [table.allocated_bytes[row] for table, row in rows], rtol=1e-12
    )
    fits = [table is not found.near and table is not found.tempting for table, _ in rows]
    assert as_rows.fits.tolist() == fits


@pytest.mark.parametrize("cells", ASKED[:4], ids=name)
def test_parts_sum_to_the_step_and_the_memory(cells: dict[str, str]) -> None:
    asked = question(cells, KNOWN, top="5")
    for one in layouts(asked, KNOWN)["best"]:
        assert list(one["breakdown_s"]) == list(CAUSES)
        assert sum(one["breakdown_s"].values()) == pytest.approx(one["step_time_s"], rel=1e-12)
        assert list(one["compute_s"]) == list(WORK)
        assert sum(one["compute_s"].values()) == pytest.approx(one["breakdown_s"]["compute"], rel=1e-12)
        assert sum(one["parts_gib"].values()) == pytest.approx(one["memory_gib"], rel=1e-5)
        assert one["memory_gib"] < one["reserved_gib"] <= one["chip_gib"]
        tokens = one["global_batch"] * one["seq_len"] / one["n_gpus"] / one["step_time_s"]
        assert one["tokens_per_s_per_gpu"] == pytest.approx(tokens, rel=1e-5)
        assert one["low"] < one["tokens_per_s_per_gpu"] < one["high"]
        assert 0 < one["mfu"] < 1


def coded(layout: dict[str, Any]) -> dict[str, int]:
    return {name: NAMES[name].index(value) if name in NAMES else value for name, value in layout.items()}


def test_rivals_say_what_each_value_costs() -> None:
    asked = question(ASKED[1], KNOWN)
    answer = layouts(asked, KNOWN)
    best = answer["best"][0]
    found = found_for(asked)
    chosen = found.best.chosen(0)
    for one in answer["rivals"]:
        key = (one["choice"], one["value"])
        if one["chosen"] and isinstance(one["value"], int):
            assert chosen[one["choice"]] == one["value"]
        if not one["fits"]:
            assert one["short_gib"] > 0, key
            continue
        assert one["slower"] == pytest.approx(one["step_time_s"] / best["step_time_s"] - 1)
        assert one["slower"] >= (0 if one["chosen"] else -1e-12), key
        if one["slower"] > 0:
            (other,) = estimated(asked, [coded(one["layout"])], KNOWN)
            assert one["layout"][one["choice"]] == one["value"]
            cause = one["loses_in"].partition(":")[0]
            more_s = {name: other["breakdown_s"][name] - best["breakdown_s"][name] for name in CAUSES}
            assert max(more_s.values()) == pytest.approx(more_s[cause]) == pytest.approx(one["loses_s"])
    assert {one["choice"] for one in answer["rivals"]} == set(CHOICES)
    assert sum(one["chosen"] for one in answer["rivals"]) == len(CHOICES)
    assert any(
        not one["fits"] for one in layouts(question(ASKED[0] | {"n_gpus": "2"}, KNOWN), KNOWN)["rivals"]
    )


def test_the_front_begins_small_and_ends_with_the_best() -> None:
    answer = layouts(question(ASKED[0], KNOWN), KNOWN)
    memory = [one["memory_gib"] for one in answer["pareto"]]
    speed = [one["tokens_per_s_per_gpu"] for one in answer["pareto"]]
    assert memory == sorted(memory)
    assert speed == sorted(speed)
    assert speed[-1] == answer["best"][0]["tokens_per_s_per_gpu"]


SMALL = {"model": "llama3-8b", "chip": "h100", "n_gpus": "16", "seq_len": "4096", "global_batch": "32"}


BETTER = {
    "memory": ("memory_bytes",),
    "chip": ("bf16_flops_per_s", "linear_flops_per_s"),
    "bandwidth": ("memory_bytes_per_s",),
    "fast link": ("scaleup_bytes_per_s",),
    "network": ("scaleout_bytes_per_s",),
}


@settings(max_examples=25, deadline=None)
@given(
    st.sampled_from(sorted(BETTER)), st.floats(1.0, 8.0), st.sampled_from(["llama3-8b", "mixtral-8x7b"]),
    st.sampled_from([40e9, 80e9]),
)  # fmt: skip
def test_better_hardware_never_slows_the_best(
    part: str, factor: float, model: str, memory_bytes: float
) -> None:
    asked = question(SMALL | {"model": model}, KNOWN)
    hardware = asked.hardware._replace(memory_bytes=memory_bytes)
    better = hardware._replace(**{name: getattr(hardware, name) * factor for name in BETTER[part]})
    before, after = (
        search(asked.architecture, asked.cluster, one, "bf16", asked.software, KNOWN.constants)
        for one in (hardware, better)
    )
    assert after.evaluated == before.evaluated
    if before.feasible:
        assert after.best.time_s[0] <= before.best.time_s[0] * (1 + 1e-9)


def findings(cells: dict[str, Any], top: str = "1") -> dict[str, str]:
    with pytest.raises(OrchardError) as caught:
        layouts(question(cells, KNOWN, top), KNOWN)
    return {f"{one.code} {one.path}": str(one) for one in caught.value.findings}


def test_everything_wrong_with_a_question_at_once() -> None:
    wrong = {"model": "llama3-8c", "chip": "h1000", "n_gpus": "-8", "seq_len": "many", "global_batch": "1e300",
             "dtype": "fp5", "options": "ZeRO-3 and full recompute"}  # fmt: skip
    found = findings(wrong, top="0")
    assert set(found) == {
        "O607 MODEL", "O607 --chip", "O830 --gpus", "O830 --seq", "O830 --batch", "O830 --top", "O832 --dtype",
        "O833 --options",
    }  # fmt: skip
    assert "did you mean 'llama3-8b'" in found["O607 MODEL"]
    assert "did you mean 'h100'" in found["O607 --chip"]
    assert "ZeRO-3" in found["O833 --options"]
    assert "full recompute" in found["O833 --options"]


@pytest.mark.parametrize(
    ("change", "where", "words"),
    [
        ({"dtype": "fp8", "chip": "a100"}, "O832 --dtype", ["no FP8 rate of A100", "bf16"]),
        ({"model": "wan2.1-14b"}, "O831 MODEL", ["video"]),
        ({"model": ""}, "O607 MODEL", ["nothing"]),
        ({"chip": ""}, "O607 --chip", ["nothing"]),
        ({"n_gpus": ""}, "O830 --gpus", ["nothing", "a whole number"]),
        ({"n_gpus": "2.5"}, "O830 --gpus", ["2.5"]),
        ({"system": "ETP=4"}, "O833 --system", ["ETP"]),
    ],
)
def test_what_cannot_be_searched(change: dict[str, str], where: str, words: list[str]) -> None:
    found = findings(SMALL | change)
    assert list(found) == [where]
    assert all(word in found[where] for word in words), found[where]


def test_words_that_a_search_chooses_are_all_refused() -> None:
    stated = {one.trait for one in KEYWORDS}
    chosen = {"shard", "fsdp", "hybrid", "kept_gathered", "expert_tensor", "recompute"}
    assert chosen <= stated
    for options in ("DDP", "ZeRO-1", "FSDP", "HSDP", "SHARD_GRAD_OP", "ETP=2", "no recompute"):
        assert "O833 --options" in findings(SMALL | {"options": options})


def test_a_batch_that_nothing_divides_names_those_near() -> None:
    found = findings(SMALL | {"n_gpus": "37", "global_batch": "100"})["O834 --batch"]
    assert "37" in found
    for near in ("--batch 74", "--batch 111"):
        assert near in found
        layouts(question(SMALL | {"n_gpus": "37", "global_batch": near.split()[1]}, KNOWN), KNOWN)
    chips = found.replace("\n", " ").split("--gpus ")[1:]
    assert len(chips) == 2
    for text in chips:
        layouts(question(SMALL | {"n_gpus": text.split()[0], "global_batch": "100"}, KNOWN), KNOWN)


def test_a_batch_with_few_divisors_gets_advice() -> None:
    few = layouts(question(SMALL | {"global_batch": "31"}, KNOWN), KNOWN)
    assert "--batch 32 " in few["advice"][0]
    assert layouts(question(SMALL, KNOWN), KNOWN)["advice"] == []


def test_what_fits_nowhere_says_how_much_is_short_and_how_many_chips_are_enough() -> None:
    large = SMALL | {"model": "gpt3-175b", "seq_len": "2048"}
    asked = question(large, KNOWN)
    found = findings(large)["O835 --gpus"]
    near = found_for(asked).near.reserved_bytes[0]
    assert f"needs {near / 2**30:.3g} GiB" in found
    assert "weights, gradients and optimiser alone" in found
    enough = enough_chips(asked)
    assert enough is not None
    assert f"--gpus {enough} is enough" in found
    assert layouts(question(large | {"n_gpus": str(enough)}, KNOWN), KNOWN)["feasible"] > 0


def test_what_no_number_of_chips_mends_is_said() -> None:
    found = findings(SMALL | {"seq_len": "99999989", "n_gpus": "1", "global_batch": "1"})["O835 --gpus"]
    assert "--seq" in found
    assert "enough" not in found


def test_a_search_without_end_is_refused_before_it_begins() -> None:
    many = str(735134400)  # 1344 divisors
    with pytest.raises(LimitError) as caught:
        layouts(
            question(SMALL | {"model": "deepseek-v3", "n_gpus": many, "global_batch": many}, KNOWN), KNOWN
        )
    assert caught.value.findings[0].code == "O836"


def test_models_cut_to_some_layers_and_ids_of_chips() -> None:
    asked = question(SMALL | {"model": "Llama3-70B-L4", "chip": "NVIDIA H100 SXM"}, KNOWN)
    assert asked.architecture.layers == 4
    assert asked.cells["model"] == "Llama3-70B-L4"
    assert asked.cells["chip"] == "h100"
