"""Which chip a row ran on, in which number format: cells to facts of the catalogue.

What cells say of a variant takes the place of the facts: a chip of the catalogue with another bus or
memory ("H100 96GB", "A100 PCIe"), the network of a node ("1600 Gb/s"), memory ("96GB", "2.4 TB/s" of
HBM) and rated power ("500 W").
"""

from __future__ import annotations

import re
from typing import NamedTuple

import numpy as np

from orchard import units
from orchard.catalogue import Chip
from orchard.estimate.chips import ROUNDING, chip_named
from orchard.estimate.training.formulas.configuration import (
    BF16,
    FP8,
    MXFP8,
    NODE_CHIPS,
    NVFP4,
    PRECISIONS,
    Hardware,
    generation,
)

# A bare rate of a network beyond so many times the chip's own is that of a node, not of a chip.
MOST_OF_OWN = 2.0
# A rate that differs from the chip's own by more is a slip, or the rate of something else.
PLAUSIBLE = 50.0
# What a chip without a known network is taken to have: 200 Gbit/s.
ASSUMED_GBIT_PER_S = 200.0
# A stated memory size within this factor of the chip's own is a variant of the chip, not another memory.
VARIANT = 2.0

_NEEDED = {
    "bf16_flops_per_s": "BF16 rate",
    "memory_bytes": "memory",
    "memory_bytes_per_s": "memory bandwidth",
}
_NETWORK = re.compile(
    r"(?:\b(?P<cards>[0-9]{1,2}) ?x ?)?(?P<rate>[0-9]+(?:\.[0-9]+)?) ?(?P<prefix>[GT])(?:bps|b/s|bit/s)"
    r"(?: ?(?:/|per|a|each) ?(?P<of>GPU|chip|card|node|server))?",
)
_MEMORY = re.compile(r"\b([0-9]{2,3}) ?GB\b(?!/s)")
_STREAM = re.compile(r"\b([0-9]+(?:\.[0-9]+)?) ?TB/s")
_POWER = re.compile(r"\b([0-9]{3,4}) ?W\b")

_PRECISIONS = (
    (re.compile(r"(?:nv|mx)?fp4|float4"), NVFP4),
    (re.compile(r"mx-?fp8|.*fp8.*(?:mx|block)"), MXFP8),
    (re.compile(r"fp8|float8|e4m3|int8|.*fp8"), FP8),
    (re.compile(r"(?:amp[_-])?(?:bf16|bfloat16|fp16|float16|half)"), BF16),
)


class Machine(NamedTuple):
    """A chip as a row describes it. `wrong` says why it cannot be used; then the rest means nothing."""

    chip: str
    vendor: str
    hardware: Hardware
    precision: int
    node: float  # chips of a node
    note: str = ""
    wrong: str = ""


NOTHING = Hardware(1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, np.inf, 0)


def machine(chip: str, dtype: str, text: str) -> Machine:
    """Chip and number format of a row; `text` is whatever else describes the system.

    >>> machine("H100", "fp8", "").hardware.linear_flops_per_s
    1979000000000000.0
    >>> machine("H100", "bf16", "8x H100 96GB HBM2e").chip
    'h100-96gb'
    >>> machine("A100", "fp8", "").wrong
    "dtype 'fp8': the catalogue has no FP8 rate of A100-80GB; wanted bf16"
    """
    found = chip_named(chip)
    if isinstance(found, str):
        return Machine("", "", NOTHING, 0, NODE_CHIPS, wrong=found)
    variant = _variant(chip, found, text)
    made = machine_of(variant, dtype, text)
    if variant.id == found.id:
        return made
    return made._replace(
        note="; ".join(one for one in (f"{variant.title} as the row says", made.note) if one)
    )


def machine_of(found: Chip, dtype: str, text: str = "") -> Machine:
    """The same for a chip of the catalogue, with the facts of it that whoever asks knows."""
    notes: list[str] = []
    hardware = _hardware(found, text, notes)
    if isinstance(hardware, str):
        return Machine(found.id, found.vendor, NOTHING, 0, NODE_CHIPS, wrong=hardware)
    code = precision(dtype)
    if code is None:
        wanted = f"dtype {dtype!r}: not known; wanted one of {', '.join(PRECISIONS)}"
        return Machine(found.id, found.vendor, NOTHING, 0, NODE_CHIPS, wrong=wanted)
    rate = _rate(found, code, dtype)
    if rate is None:
        able = [name for i, name in enumerate(PRECISIONS) if _rate(found, i, name)]
        kind = "FP4" if code == NVFP4 else "FP8"
        wanted = (
            f"dtype {dtype!r}: the catalogue has no {kind} rate of {found.title}; wanted {', '.join(able)}"
        )
        return Machine(found.id, found.vendor, NOTHING, 0, NODE_CHIPS, wrong=wanted)
    if not dtype.strip():
        notes.append("dtype blank: bf16")
    hardware = hardware._replace(linear_flops_per_s=rate)
    node = found.chips_per_node or NODE_CHIPS
    return Machine(found.id, found.vendor, hardware, code, node, "; ".join(notes))


def _variant(name: str, found: Chip, text: str) -> Chip:
    """The chip of the catalogue that `text` tells apart from the one a row names: by bus, by memory.

    Names of variants are those of the chip with the bus or the memory behind.
    """
    size = _MEMORY.search(text)
    bare = re.sub(r"[- ]*[0-9]+ ?GB?$", "", name.strip())
    bus = rf"^ *(?:[0-9]+ ?x ?)?PCI-?e\b|{re.escape(bare)}[- ]*(?:[0-9]+ ?GB?[- ]*)?PCI-?e\b"
    suffixes = [" PCIe"] if re.search(bus, text, re.IGNORECASE) else []
    if size and abs(float(size[1]) * units.factor("GB") / (found.memory_bytes or np.inf) - 1) > ROUNDING:
        suffixes = [*(f"{suffix} {size[1]}GB" for suffix in suffixes), f" {size[1]}GB", *suffixes]
    named = (chip_named(name.strip() + suffix) for suffix in suffixes)
    return next((chip for chip in named if not isinstance(chip, str)), found)


def precision(dtype: str) -> int | None:
    """Code of a number format, index into PRECISIONS; None when it is not known.

    >>> precision("fp8-mx/blockwise"), precision(""), precision("fp8-cs"), precision("ternary")
    (2, 0, 1, None)
    """
    name = dtype.strip().casefold().replace("_", "-")
    if not name:
        return BF16
    return next((code for pattern, code in _PRECISIONS if pattern.match(name)), None)


def _hardware(chip: Chip, text: str, notes: list[str]) -> Hardware | str:
    """Facts of a chip with what `text` says of a variant, or what is missing."""
    domain, scaleup = chip.scaleup_domain or 1.0, chip.scaleup_bytes_per_s
    scaleout = _network(chip, text, notes)
    bus = chip.facts.get("pcie")
    if scaleup is None:
        domain, scaleup = (NODE_CHIPS, bus.value) if bus else (1.0, scaleout)
        notes.append(f"scale-up link unknown: {'PCIe' if bus else 'none'} taken")
    memory, stream, power = chip.memory_bytes, chip.memory_bytes_per_s, chip.tdp_w or np.inf
    bf16 = chip.bf16_flops_per_s
    if bf16 is None or memory is None or stream is None:
        missing = [words for name, words in _NEEDED.items() if getattr(chip, name) is None]
        return f"chip {chip.title}: the catalogue has no {' and no '.join(missing)} of it"
    stated = _MEMORY.search(text)
    if stated:
        size = float(stated.group(1)) * units.factor("GB")
        if memory / VARIANT <= size <= memory * VARIANT and abs(size / memory - 1) > ROUNDING:
            memory = size
            notes.append(f"memory {stated.group(1)} GB as the row says")
    stated = _STREAM.search(text) if re.search(r"HBM|memory", text) else None
    if stated:
        stream = float(stated.group(1)) * units.factor("TB/s")
        notes.append(f"memory bandwidth {stated.group(1)} TB/s as the row says")
    stated = _POWER.search(text)
    if stated:
        power = float(stated.group(1))
        notes.append(f"power {stated.group(1)} W as the row says")
    return Hardware(
        bf16,
        bf16,
        memory,
        stream,
        domain,
        scaleup,
        scaleout,
        power,
        generation(chip),
        bus.value if bus else np.inf,
    )


def _network(chip: Chip, text: str, notes: list[str]) -> float:
    """Bytes per second of a chip's share of the network, one way.

    "8x 400 Gb/s" is of a node, so is what is stated for a node, and a bare rate far beyond the chip's own;
    other rates are of a chip.
    """
    own = chip.scaleout_bytes_per_s
    if own is None:
        own = ASSUMED_GBIT_PER_S * units.factor("Gbit/s")
        notes.append(f"network of {chip.title} unknown: {ASSUMED_GBIT_PER_S:.0f} Gbit/s taken")
    stated = _NETWORK.search(text)
    if not stated:
        return own
    rate = float(stated["rate"]) * units.factor(f"{stated['prefix']}bit/s") * float(stated["cards"] or 1)
    of_node = stated["cards"] or stated["of"] in ("node", "server")
    if of_node or (not stated["of"] and rate > MOST_OF_OWN * own):
        rate /= min(chip.chips_per_node or NODE_CHIPS, NODE_CHIPS)
    if not own / PLAUSIBLE <= rate <= own * PLAUSIBLE:
        notes.append(
            f"network {stated[0]} not taken: {chip.title} has {own / units.factor('Gbit/s'):g} Gbit/s"
        )
        return own
    notes.append(f"network {rate / units.factor('Gbit/s'):g} Gbit/s a chip, as the row says")
    return rate


def _rate(chip: Chip, code: int, dtype: str) -> float | None:
    """Dense operations per second in the format of the layers' matmuls."""
    if code == NVFP4:
        return chip.fp4_flops_per_s
    if code in (FP8, MXFP8):
        integer = chip.facts.get("int8") if dtype.strip().casefold().startswith("int8") else None
        return integer.value if integer else chip.fp8_flops_per_s
    return chip.bf16_flops_per_s
