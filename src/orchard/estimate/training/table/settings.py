"""On what and with what a row ran: the cells that are no sizes, read together."""

from __future__ import annotations

import re
from typing import NamedTuple

import numpy as np

from orchard.estimate.cells import Numbers
from orchard.estimate.training.formulas.configuration import (
    FSDP,
    FULL,
    NODE_CHIPS,
    NONE,
    OFFLOAD,
    SELECTIVE,
    ZERO_1,
)
from orchard.estimate.training.table.keywords import stated
from orchard.estimate.training.table.machines import Machine, machine
from orchard.estimate.training.table.stacks import GENERIC, RELEASES, START_OF_YEARS, Traits, traits

_RANKS = Numbers("fsdp")
_RECOMPUTE = {
    **dict.fromkeys(("none", "no", "off", "false", "0"), NONE),
    **dict.fromkeys(("selective", "sac", "op"), SELECTIVE),
    **dict.fromkeys(("full", "yes", "on", "true", "1", "gradient checkpointing"), FULL),
    **dict.fromkeys(("offload", "offloaded", "offloading"), OFFLOAD),
}
# Modules that Megatron-Core recomputes one by one, and policies that keep most: selective.
_MODULES = re.compile(
    r"\b(?:core_?attn|moe|mlp|mla|layer_?norm|shared_experts|partial|minimal|per-?op|save_\w+|every)",
    re.IGNORECASE,
)


class Setting(NamedTuple):
    """What cells without sizes say of a row: chip and stack."""

    machine: Machine
    traits: Traits
    recompute: int  # -1 when unknown
    shard: int
    ranks: float  # ranks over which weights are sharded; 0 all
    stated: bool  # whether a cell says what is sharded
    note: str  # what was taken for granted
    wrong: str


def setting(
    chip: str, dtype: str, system: str, stack: str, source: str, options: str, convention: str,
    recompute: str, fsdp: str,
) -> Setting:  # fmt: skip
    """Chip and stack of a row, from the cells of these columns."""
    made = machine(chip, dtype, f"{system} {options}")
    known = traits(stack if stack.strip() else source, f"{system} {options}", made.vendor)
    if "mtp" in convention.casefold():
        known = known._replace(multi_token=True)
    wrong = [made.wrong] if made.wrong else []
    shard, ranks = _shard(known, fsdp.strip().casefold(), made.node, wrong)
    notes = [made.note, _stack_note(stack.strip() or source.strip(), known)]
    code = _recompute(recompute, known, notes)
    said = bool(fsdp.strip()) or known.sharded or known.shard is not None
    note = "; ".join(one for one in notes if one)
    return Setting(made, known, code, shard, ranks, said, note, "; ".join(wrong))


def _stack_note(text: str, known: Traits) -> str:
    """What is said of a stack that nothing is known of, or not of this release."""
    if known.family == GENERIC:
        return (
            f"stack {text[:40]!r} not known: taken as Megatron-Core"
            if text
            else "stack blank: taken as Megatron-Core"
        )
    first, last = RELEASES.get(known.family, (0.0, np.inf))
    released = known.years + START_OF_YEARS
    if len(known.version) > 1 and not first <= known.version[0] + known.version[1] / 12 <= last:
        year, month = divmod(round(released * 12) - 1, 12)
        return f"no release {text[:40]!r} was measured: taken as {year}.{month + 1:02d}"
    return ""


def _shard(known: Traits, cell: str, node: float, wrong: list[str]) -> tuple[int, float]:
    """What data parallelism shards, and over how many ranks (0: all)."""
    ranks = min(node, NODE_CHIPS) if known.hybrid else 0.0
    if not cell:
        said = FSDP if known.sharded else known.default_shard
        return (said if known.shard is None else known.shard), ranks
    if cell in ("0", "no", "false"):
        return min(known.default_shard, ZERO_1) if known.shard is None else known.shard, ranks
    if cell in ("1", "yes", "true"):
        return FSDP, ranks
    words = stated(
        cell.replace("_", "-").replace("full-shard", "FULL_SHARD").replace("hybrid", "HYBRID_SHARD")
    )
    if words.get("shard") is not None:
        return int(words["shard"]), min(node, NODE_CHIPS) if words.get("hybrid") else 0.0
    if words.get("fsdp") or cell in ("none", "off"):
        return (FSDP if words.get("fsdp") else min(known.default_shard, ZERO_1)), ranks
    number = _RANKS.read([cell])[0]
    if not number > 0:
        wrong.append(f"fsdp {cell[:40]!r}: wanted 0, 1, or the number of ranks that weights are sharded over")
        return ZERO_1, 0.0
    return FSDP, float(number)


def _recompute(cell: str, known: Traits, notes: list[str]) -> int:
    """Code of a recompute cell, -1 when unknown; free text is read as options are."""
    text = cell.strip().casefold()
    if text in ("", "unknown", "?", "auto"):
        return known.recompute
    head = text.replace("(", " ").split()[0]
    if text in _RECOMPUTE or head in _RECOMPUTE:
        return _RECOMPUTE.get(text, _RECOMPUTE.get(head, NONE))
    said = stated(cell).get("recompute")
    if said is not None:
        return int(said)
    if _MODULES.search(text):
        return SELECTIVE
    notes.append(f"recompute {cell.strip()[:40]!r} not understood: taken as unknown")
    return known.recompute
