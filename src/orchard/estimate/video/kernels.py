"""Attention kernels: which generation of tensor cores each was written for.

A kernel runs on later chips through instructions that reach a part of the newer tensor cores only:
FlashAttention-2 uses those of Ampere, FlashAttention-3 those of Hopper (Shah et al. 2024, arXiv
2407.08608, reports 1.5 to 2 times the speed of FlashAttention-2 on the H100). Data-centre Blackwell
has a third kind; Ada and the Blackwell of workstations keep that of Ampere.
"""

from __future__ import annotations

import re
from typing import NamedTuple

AMPERE, HOPPER, BLACKWELL = 0, 1, 2

# Generation of a chip's tensor-core instructions, by the id of the catalogue.
CHIPS = {
    **dict.fromkeys(("a100-40gb", "a100-80gb", "a100-40gb-pcie", "a100-80gb-pcie"), AMPERE),
    **dict.fromkeys(("rtx-4090", "l40s", "l40", "l20", "rtx-5090", "rtx-pro-6000-blackwell"), AMPERE),
    **dict.fromkeys(("h100", "h100-96gb", "h100-pcie", "h200", "h800", "h20"), HOPPER),
    **dict.fromkeys(("b200", "gb200", "b300", "gb300"), BLACKWELL),
    **dict.fromkeys(("mi300x", "mi325x", "mi350x", "mi355x"), HOPPER),
}
# Chips of a maker on whose chips no clip was measured; kernels are ports, taken to be as far behind as
# FlashAttention-2 is on Hopper (assumed).
PORTED = frozenset({"mi300x", "mi325x", "mi350x", "mi355x"})
FA2 = "fa2"
# Kernel -> generations it has instructions for, besides Ampere's, which all fall back to.
KERNELS: dict[str, frozenset[int]] = {
    FA2: frozenset(),
    "sdpa": frozenset(),
    "xformers": frozenset(),
    "fa3": frozenset({HOPPER}),
    "cudnn": frozenset({HOPPER, BLACKWELL}),
    "fa4": frozenset({HOPPER, BLACKWELL}),
}
# Kernel -> generations it runs on at all, and the generation it was written for; others run on all.
LIMITED = {"fa3": (frozenset({HOPPER}), HOPPER), "fa4": (frozenset({HOPPER, BLACKWELL}), BLACKWELL)}
_SPELLINGS = {
    "": FA2,
    **{name: name for name in KERNELS},
    **dict.fromkeys(("flash2", "flashattention2", "flashattn2", "flashattn", "flashattention", "flash"), FA2),
    **dict.fromkeys(("flash3", "flashattention3", "flashattn3"), "fa3"),
    **dict.fromkeys(("flash4", "flashattention4", "flashattn4"), "fa4"),
    **dict.fromkeys(("torch", "pytorch", "torchsdpa", "default"), "sdpa"),
    **dict.fromkeys(("cudnnattention", "cudnnsdpa", "sdpacudnn"), "cudnn"),
}
_VERSION = re.compile(r"\b(?:fa|flash[ _-]?(?:attention|attn)?)[ _-]?v?([234])\b", re.IGNORECASE)
_UNGUIDED = re.compile(
    r"\b(?:no|without) (?:cfg|guidance)\b|\b(?:cfg|guidance)(?:[ _-]?scale)? ?[:=]? ?1(?:\.0*)?(?![0-9.])"
    r"|distill|\bembedded (?:cfg|guidance)\b",
    re.IGNORECASE,
)
_UNMODELLED = re.compile(
    r"\b(fp8|nvfp4|int8|teacache|sage ?-?attention|sparse attention|step[- ]?cache|fastvideo)\b",
    re.IGNORECASE,
)


class Remarks(NamedTuple):
    """What a free text says of a run: kernel, guidance, and what the model knows nothing of."""

    kernel: str
    unguided: bool
    unmodelled: tuple[str, ...]


def kernel(cell: str) -> str | None:
    """The kernel that a cell names, FlashAttention-2 when it is blank; None for an unknown one.

    >>> kernel("FlashAttention-3"), kernel(""), kernel("flux")
    ('fa3', 'fa2', None)
    """
    return _SPELLINGS.get(re.sub(r"[^a-z0-9]", "", cell.casefold()))


def remarks(text: str) -> Remarks:
    """Read notes of a run; `kernel` is blank when they name none.

    >>> remarks("CFG (2 fwd/step); FA3 on Hopper").kernel
    'fa3'
    """
    version = _VERSION.search(text)
    unguided = _UNGUIDED.search(text) is not None
    words = tuple(sorted({word.lower() for word in _UNMODELLED.findall(text)}))
    return Remarks(f"fa{version[1]}" if version else "", unguided, words)


def runs_on(name: str, chip: str) -> bool:
    """Whether a kernel runs on a chip of the catalogue at all; ports to other makers are other kernels.

    >>> runs_on("fa3", "h100"), runs_on("fa3", "b200"), runs_on("fa4", "mi300x"), runs_on("fa2", "mi300x")
    (True, False, False, True)
    """
    return name not in LIMITED or (chip not in PORTED and CHIPS[chip] in LIMITED[name][0])


def written_for(name: str, chip: str) -> bool:
    """Whether a kernel that runs on a chip was written for its generation, or names none.

    >>> written_for("fa4", "b200"), written_for("fa4", "h100")
    (True, False)
    """
    return name not in LIMITED or CHIPS[chip] == LIMITED[name][1]


def gap(name: str, generation: int) -> int:
    """Generations of tensor cores between a chip and what the kernel uses of it.

    >>> gap("fa2", HOPPER), gap("fa3", HOPPER), gap("fa3", BLACKWELL), gap("fa2", AMPERE)
    (1, 0, 2, 0)
    """
    return 0 if generation in KERNELS[name] else generation
