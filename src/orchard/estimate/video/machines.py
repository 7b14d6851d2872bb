"""Chips as the closed form sees them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from orchard.catalogue import Chip
from orchard.estimate.chips import chip_named
from orchard.estimate.video.kernels import CHIPS
from orchard.estimate.video.work import Value

# Chips of a server whose boards have no scale-up links: eight slots, as in servers on sale.
SLOTS = 8.0


class Machine(NamedTuple):
    """One chip and its links; floats, or arrays of one shape. Rates are dense, bandwidths one way.

    `domain` is how many chips `scaleup_bytes_per_s` joins; `network_bytes_per_s` joins more, 0 when
    nothing is known of it, and so is `host_bytes_per_s`.
    """

    flops_per_s: Value
    memory_bytes_per_s: Value
    memory_bytes: Value
    power_w: Value
    scaleup_bytes_per_s: Value
    network_bytes_per_s: Value
    host_bytes_per_s: Value
    domain: Value


def machine(name: str) -> tuple[str, Machine] | str:
    """Id and figures of the chip of this name; or, in words, why clips on it cannot be timed.

    >>> id, h100 = machine("NVIDIA H100")
    >>> id, round(h100.flops_per_s / 1e12), h100.domain
    ('h100', 989, 8.0)
    >>> machine("TPU v4")
    'chip tpu-v4: no attention kernel for clips is known on it'
    """
    chip = chip_named(name)
    if isinstance(chip, str):
        return chip
    if chip.id not in CHIPS:
        return f"chip {chip.id}: no attention kernel for clips is known on it"
    figures = _figures(chip)
    return figures if isinstance(figures, str) else (chip.id, figures)


def _figures(chip: Chip) -> Machine | str:
    needed = {
        "bf16": chip.bf16_flops_per_s,
        "memory_bandwidth": chip.memory_bytes_per_s,
        "memory": chip.memory_bytes,
        "tdp": chip.tdp_w,
    }
    missing = [word for word, value in needed.items() if value is None]
    if missing:
        return f"chip {chip.id}: the catalogue has no {', '.join(missing)} of it"
    flops, bandwidth, memory, power = (float(value or 0.0) for value in needed.values())
    pcie = chip.facts.get("pcie")
    # A superchip's processor hangs on the chip itself; the slower scale-out link stands in for it.
    host = float(pcie.value) if pcie is not None else float(chip.scaleout_bytes_per_s or 0.0)
    joined = chip.scaleup_bytes_per_s is not None
    return Machine(
        flops_per_s=flops,
        memory_bytes_per_s=bandwidth,
        memory_bytes=memory,
        power_w=power,
        scaleup_bytes_per_s=float(chip.scaleup_bytes_per_s or host),
        network_bytes_per_s=float(chip.scaleout_bytes_per_s or 0.0),
        host_bytes_per_s=host,
        domain=float(chip.scaleup_domain or SLOTS) if joined else SLOTS,
    )


def stacked(machines: Sequence[Machine]) -> Machine:
    """Many chips as one `Machine` of arrays [n]."""
    if not machines:
        return Machine(*(np.zeros(0) for _ in Machine._fields))
    return Machine(*(np.array(column, dtype=np.float64) for column in zip(*machines, strict=True)))
