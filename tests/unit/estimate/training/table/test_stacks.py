"""Stacks: what a family does, and what options say instead."""

from __future__ import annotations

import pytest

from orchard.catalogue.measured import measured
from orchard.estimate.training.table.keywords import (
    FLASH,
    FSDP,
    FULL,
    FUSED,
    KEYWORDS,
    NONE,
    SELECTIVE,
    UNFUSED,
    stated,
)
from orchard.estimate.training.table.stacks import GENERIC, NAMES, STACKS, Traits, family, traits


@pytest.mark.parametrize(
    ("stack", "vendor", "wanted"),
    [
        ("megatron-bridge 26.04.01", "NVIDIA", ("megatron-bridge", (26, 4, 1))),
        ("megatron-bridge wan", "NVIDIA", ("megatron-bridge", ())),
        ("nemo 24.07", "NVIDIA", ("nemo", (24, 7))),
        ("llm-foundry", "NVIDIA", ("llm-foundry", ())),
        ("LLM Foundry", "NVIDIA", ("llm-foundry", ())),
        ("mlperf v5.0", "NVIDIA", ("mlperf", (5, 0))),
        ("mlperf v5.0", "Google", ("maxtext", (5, 0))),
        ("mcore-2024", "NVIDIA", ("megatron-lm", (2024,))),
        ("megatron-lm 2025", "NVIDIA", ("megatron-lm", (2025,))),
        ("megatron-2021", "NVIDIA", ("megatron-2022", (2021,))),
        ("megatron-lm 2022", "NVIDIA", ("megatron-2022", (2022,))),
        ("seqsel-2022", "NVIDIA", ("megatron-2022", (2022,))),
        ("maxtext-readme", "Google", ("maxtext", ())),
        ("tpu-ironwood", "Google", ("maxtext", ())),
        ("torchtitan 0.2", "NVIDIA", ("torchtitan", (0, 2))),
        ("primus v26.1", "AMD", ("primus", (26, 1))),
        ("megatron-deepspeed", "NVIDIA", ("deepspeed", ())),
        ("", "Google", ("maxtext", ())),
        ("", "NVIDIA", (GENERIC, ())),
        ("my own", "NVIDIA", (GENERIC, ())),
    ],
)
def test_family(stack: str, vendor: str, wanted: tuple[str, tuple[int, ...]]) -> None:
    assert family(stack, vendor) == wanted


@pytest.mark.parametrize(
    ("options", "wanted"),
    [
        ("compile", {"eager": 0}), ("w/o compile", {"eager": 1}), ("eager", {"eager": 1}),
        ("unfused attention", {"attention": UNFUSED}), ("cuDNN attention", {"attention": FUSED}), ("flash", {"at least": FLASH}),
        ("sequence parallel off", {"sequence_parallel": 0}), ("no sequence parallel", {"sequence_parallel": 0}),
        ("sequence parallel on", {"sequence_parallel": 1}), ("w/ MTP", {"multi_token": 1}), ("w/o MTP", {"multi_token": 0}),
        ("no MTP", {"multi_token": 0}), ("token-dropless unless noted", {"host_sync": 1}),
        ("token-dropless unless noted; tokendrop", {"host_sync": 0}), ("dropped tokens", {"host_sync": 0}),
        ("FSDP SHARD_GRAD_OP", {"kept_gathered": 1, "shard": FSDP, "fsdp": 1}), ("FSDP FULL_SHARD", {"shard": FSDP, "fsdp": 1}),
        ("ZeRO-1", {"shard": 1}), ("DeepSpeed ZeRO stage 2", {"shard": 2}), ("zero3", {"shard": 3}), ("DDP", {"shard": 0}),
        ("HSDP", {"hybrid": 1, "shard": FSDP}), ("bf16 gradients", {"gradient_bytes": 2}), ("grads reduced in fp32", {"gradient_bytes": 4}),
        ("Muon optimizer", {"optimiser_bytes": 8}), ("bf16 moments", {"optimiser_bytes": 8}), ("SGD", {"optimiser_bytes": 4}),
        ("full AC", {"recompute": FULL}), ("op SAC", {"recompute": SELECTIVE}), ("no activation checkpointing", {"recompute": NONE}),
        ("selective recompute", {"recompute": SELECTIVE}), ("no overlap", {"overlap": 0}), ("ETP=4", {"expert_tensor": 4}),
        ("2 slices, FSDP over DCN", {"slices": 2, "fsdp": 1, "across": 1}), ("16x v5e-256", {"slices": 16}), ("overlap flags on", {}), ("", {}),
    ],
)  # fmt: skip
def test_keywords(options: str, wanted: dict[str, float]) -> None:
    assert stated(options) == wanted


def test_every_keyword_finds_its_own_word() -> None:
    for keyword in KEYWORDS:
        word = keyword.word.replace("=k", "=2").replace("k slices", "2 slices")
        assert keyword.pattern.search(word), keyword.word


def test_tables_are_complete() -> None:
    assert set(NAMES.values()) | {GENERIC} == set(STACKS)
    assert all(known.reason for known in STACKS.values())
    assert all(keyword.meaning for keyword in KEYWORDS)


def test_every_measured_stack_is_known() -> None:
    assert {name for row in measured("training") if (name := family(row["stack"])[0])} <= set(STACKS) - {
        GENERIC
    }


def test_defaults_of_families() -> None:
    assert traits("megatron-2021").attention == UNFUSED
    assert not traits("megatron-2021").sequence_parallel
    assert traits("seqsel-2022").sequence_parallel
    assert traits("megatron-lm 2023").attention == FLASH
    assert traits("torchtitan").eager
    assert not traits("torchtitan", "compile").eager
    assert traits("llm-foundry").default_shard == FSDP


@pytest.mark.parametrize(
    ("stack", "fused"),
    [("megatron-bridge 26.06", True), ("megatron-bridge 26.04.01", False), ("nemo 26.08", False)],
)
def test_fused_experts(stack: str, fused: bool) -> None:
    assert traits(stack).fused_experts is fused


def test_flash_never_takes_a_better_kernel_away() -> None:
    assert traits("nemo 24.07", "flash attention").attention == FUSED
    assert traits("megatron-2022", "flash attention").attention == FLASH


def test_releases_are_dated_within_those_measured() -> None:
    def years(stack: str) -> float:
        return traits(stack).years

    assert years("megatron-bridge 25.11") == pytest.approx(-1 / 12)
    assert years("megatron-bridge 25.01") == years("megatron-bridge 25.09")
    assert years("megatron-bridge 27.04") == years("megatron-bridge 26.08")
    assert years("megatron-bridge") == years("nemo 24.07") == years("home-grown") == 0


def test_all_traits_can_be_stated_or_follow_from_the_family() -> None:
    of_family = {"family", "version", "years", "default_shard", "sharded", "offloads"}
    reachable = {keyword.trait for keyword in KEYWORDS} | of_family
    assert set(Traits._fields) <= reachable


@pytest.mark.parametrize(
    ("options", "trait", "value"),
    [
        ("not compiled", "eager", True), ("torch.compile=False", "eager", True), ("compile: off", "eager", True), ("compile", "eager", False),
        ("MTP not used", "multi_token", False), ("MTP: none", "multi_token", False), ("MTP", "multi_token", True),
        ("no FSDP", "sharded", False), ("FSDP: false", "sharded", False), ("fsdp off", "sharded", False), ("FSDP2", "sharded", True),
    ],
)  # fmt: skip
def test_what_is_denied_is_off(options: str, trait: str, value: bool) -> None:
    assert getattr(traits("torchtitan", options), trait) is value
