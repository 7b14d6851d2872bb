"""The words of an options cell that say what a run did: one table, which the documentation prints."""

from __future__ import annotations

import re
from typing import NamedTuple

from orchard.arch.memory import OPTIMISERS
from orchard.estimate.training.formulas.configuration import (
    BF16_BYTES,
    DDP,
    FLASH,
    FP32_BYTES,
    FSDP,
    FULL,
    FUSED,
    NONE,
    SELECTIVE,
    UNFUSED,
    ZERO_1,
    ZERO_2,
)


class Keyword(NamedTuple):
    """A word of an options cell: what it looks like, and what it says. First match of a trait wins."""

    word: str
    pattern: re.Pattern[str]
    trait: str
    value: float
    meaning: str


def _word(word: str, pattern: str, trait: str, value: float, meaning: str) -> Keyword:
    return Keyword(word, re.compile(pattern, re.IGNORECASE), trait, value, meaning)


_MOMENTS = float(OPTIMISERS["adam-bf16-moments"].bytes_per_parameter)
_MUON = float(OPTIMISERS["muon"].bytes_per_parameter)
_SGD = float(OPTIMISERS["sgd"].bytes_per_parameter)
_ON, _NO = r"[ =:]+(?:on|true|yes|1)\b", r"\b(?:no|not|w/o|without|disabled?)[ -]+"
_OFF = r"(?:[ =:]+(?:is |are )?(?:off|false|no|none|not|0|disabled?)\b)"
_RECOMPUTE = r"(?:re-?comput\w*|re-?materiali\w*|activation checkpoint\w*|AC\b)"
_BF16 = r"(?:bf16|bfloat16)"
_HYBRID = r"\bHSDP\b|\bHYBRID_SHARD|\bhybrid shard"
_FUSED_ATTENTION = r"\b(?:fused|cudnn|TE|splash|flash-?3|FA3) attention|\bFA3\b|flash[- ]?attention[- ]?3"
KEYWORDS: tuple[Keyword, ...] = (
    _word(
        "unfused attention",
        r"\b(?:unfused|eager) attention",
        "attention",
        UNFUSED,
        "attention keeps its scores",
    ),
    _word("fused attention", _FUSED_ATTENTION, "attention", FUSED, "best attention kernel of the vendor"),
    _word("flash", r"\bflash|\bSDPA\b|\bFA2\b", "at least", FLASH, "attention that keeps no scores"),
    _word(
        "no compile",
        rf"{_NO}(?:torch[. ])?compil\w+|\bcompil\w+{_OFF}",
        "eager",
        1,
        "elementwise operations one by one",
    ),
    _word("compile", r"\b(?:torch[. ])?compiled?\b", "eager", 0, "elementwise operations fused"),
    _word("eager", r"\beager\b", "eager", 1, "elementwise operations one by one"),
    _word(
        "sequence parallel off",
        rf"{_NO}sequence[ -]parallel|sequence[ -]parallel\w*{_OFF}",
        "sequence_parallel",
        0,
        "norms on every tensor-parallel rank",
    ),
    _word(
        "sequence parallel on",
        rf"sequence[ -]parallel\w*{_ON}",
        "sequence_parallel",
        1,
        "norms cut over tensor-parallel ranks",
    ),
    _word("w/o MTP", rf"{_NO}MTP\b|\bMTP{_OFF}", "multi_token", 0, "no multi-token prediction"),
    _word("MTP", r"\bMTP\b", "multi_token", 1, "multi-token prediction is trained"),
    _word(
        "tokendrop",
        r"token[- ]?drop(?!less)|drop(?:ped|s)?[- ]tokens|capacity[ -]factor",
        "host_sync",
        0,
        "experts take a fixed number of tokens: the host waits for no routing",
    ),
    _word("dropless", r"\bdropless", "host_sync", 1, "no token is dropped"),
    _word(
        "fused experts",
        r"\bfused experts",
        "fused_experts",
        1,
        "activation and quantisation are part of the experts' matmuls",
    ),
    _word(
        "reshard_after_forward=always",
        r"\breshard_after_forward[ =:]+(?:true|always)",
        "kept_gathered",
        0,
        "FSDP gathers weights again for the backward pass, with stages too",
    ),
    _word(
        "SHARD_GRAD_OP",
        r"\bSHARD_GRAD_OP|reshard_after_forward[ =:]+(?:false|never)",
        "kept_gathered",
        1,
        "FSDP keeps weights between forward and backward",
    ),
    _word("HSDP", _HYBRID, "hybrid", 1, "weights sharded in a node, copied across nodes"),
    _word(
        "ZeRO-3",
        rf"\bzero[- ]?(?:stage[- ]?)?3|\bFULL_SHARD|\bSHARD_GRAD_OP|{_HYBRID}",
        "shard",
        FSDP,
        "weights, gradients and optimiser state sharded (FULL_SHARD, HSDP too)",
    ),
    _word("ZeRO-2", r"\bzero[- ]?(?:stage[- ]?)?2", "shard", ZERO_2, "gradients and optimiser state sharded"),
    _word(
        "ZeRO-1",
        r"\bzero[- ]?(?:stage[- ]?)?1|distributed[- ]optimi[sz]er",
        "shard",
        ZERO_1,
        "optimiser state sharded",
    ),
    _word("DDP", r"\bDDP\b|\bzero[- ]?(?:stage[- ]?)?0", "shard", DDP, "nothing sharded"),
    _word("no FSDP", rf"{_NO}FSDP2?\b|\bFSDP2?{_OFF}", "fsdp", 0, "weights not sharded"),
    _word("FSDP", r"\bFSDP2?\b", "fsdp", 1, "weights sharded, where the column fsdp is blank"),
    _word("FSDP over DCN", r"\bFSDP over DCN", "across", 1, "weights sharded across slices of a pod too"),
    _word(
        "k slices",
        r"\b([0-9]+) ?(?:x ?v[0-9]\w*-[0-9]+|slices?\b)",
        "slices",
        0,
        "pods joined by the network",
    ),
    _word(
        "bf16 gradients",
        rf"\b{_BF16} grad|\bgrad\w* (?:reduc\w+ )?in {_BF16}",
        "gradient_bytes",
        BF16_BYTES,
        "gradients summed in BF16",
    ),
    _word(
        "fp32 gradients",
        r"\bfp32 grad|\bgrad\w* (?:reduc\w+ )?in fp32",
        "gradient_bytes",
        FP32_BYTES,
        "gradients summed in FP32",
    ),
    _word("Muon", r"\bmuon", "optimiser_bytes", _MUON, "one momentum beside the master weight"),
    _word(
        "bf16 moments",
        rf"\b{_BF16} (?:moments|optimi[sz]er)",
        "optimiser_bytes",
        _MOMENTS,
        "Adam, moments in BF16",
    ),
    _word("SGD", r"\bSGD\b", "optimiser_bytes", _SGD, "the master weight alone"),
    _word(
        "no recompute",
        rf"{_NO}{_RECOMPUTE}|{_RECOMPUTE}[ :=]+(?:none|off)",
        "recompute",
        NONE,
        "all activations kept",
    ),
    _word(
        "selective recompute",
        rf"\b(?:selecti?ve|op)[ -]+{_RECOMPUTE}|\bSAC\b|{_RECOMPUTE}[ :=]+selective",
        "recompute",
        SELECTIVE,
        "what is cheap is computed again",
    ),
    _word(
        "full recompute",
        rf"\bfull[ -]+{_RECOMPUTE}|gradient checkpointing|{_RECOMPUTE}[ :=]+full",
        "recompute",
        FULL,
        "layers are computed again",
    ),
    _word(
        "no overlap",
        rf"{_NO}(?:comm\w* )?overlap|\boverlap{_OFF}",
        "overlap",
        0,
        "no communication is hidden behind work",
    ),
    _word("ETP=k", r"\bETP[ =:]*([0-9]+)", "expert_tensor", 0, "each expert cut over k ranks"),
)


def stated(options: str) -> dict[str, float]:
    """What an options cell says: trait to value, the first keyword of each trait.

    >>> stated("FSDP SHARD_GRAD_OP; w/o MTP")["multi_token"]
    0
    """
    said: dict[str, float] = {}
    for keyword in KEYWORDS if options else ():
        found = keyword.trait not in said and keyword.pattern.search(options)
        if found:
            said[keyword.trait] = float(found.group(1)) if found.re.groups else keyword.value
    return said
