"""Chips and systems, assembled from facts.

A chip is nothing but the facts ``chip.<id>.*``; a system (a node, a rack, a pod) the facts
``system.<id>.*``. An attribute is `None` when nobody knows it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from orchard import units
from orchard.catalogue.fact import Fact
from orchard.errors import FactError, Finding

# attribute of Chip -> (last word of the fact's id, coherent unit)
CHIP_FACTS = {
    "bf16_flops_per_s": ("bf16", "FLOP/s"),
    "fp8_flops_per_s": ("fp8", "FLOP/s"),
    "fp4_flops_per_s": ("fp4", "FLOP/s"),
    "memory_bytes": ("memory", "B"),
    "memory_bytes_per_s": ("memory_bandwidth", "B/s"),
    "scaleup_domain": ("scaleup_domain", "chip"),
    "scaleup_bytes_per_s": ("scaleup", "B/s"),
    "scaleout_bytes_per_s": ("scaleout", "B/s"),
    "tdp_w": ("tdp", "W"),
    "price_usd": ("price", "USD"),
    "it_power_w": ("it_power", "W"),
    "chips_per_node": ("chips_per_node", "chip"),
}

# attribute of System -> (last word of the fact's id, coherent unit)
SYSTEM_FACTS = {
    "chips": ("chips", "chip"),
    "power_w": ("power", "W"),
    "price_usd": ("price", "USD"),
}


class Entry(NamedTuple):
    """What is not a number about a chip or a system."""

    id: str
    title: str
    vendor: str
    system: str
    note: str


@dataclass(frozen=True, slots=True)
class Chip:
    """One accelerator package, as bought and counted.

    FLOP rates are dense, per package. `scaleup_bytes_per_s` and `scaleout_bytes_per_s` are one way,
    per chip. `it_power_w` is the power of its system over the chips in it: the chip with its share of
    host, switches and fans, before cooling and losses of the building.
    """

    id: str
    title: str
    vendor: str
    system: str
    bf16_flops_per_s: float | None
    fp8_flops_per_s: float | None
    fp4_flops_per_s: float | None
    memory_bytes: float | None
    memory_bytes_per_s: float | None
    scaleup_domain: float | None
    scaleup_bytes_per_s: float | None
    scaleout_bytes_per_s: float | None
    tdp_w: float | None
    price_usd: float | None
    it_power_w: float | None
    chips_per_node: float | None
    facts: dict[str, Fact]


@dataclass(frozen=True, slots=True)
class System:
    """A node, a rack or a pod: what is ordered and plugged in as one. `chip` is the id of its chip."""

    id: str
    title: str
    vendor: str
    chip: str
    chips: float | None
    power_w: float | None
    price_usd: float | None
    facts: dict[str, Fact]


def assemble_chip(entry: Entry, facts: Mapping[str, Fact]) -> Chip:
    """Build a chip from its facts, keyed by the last part of their ids."""
    values = _values(facts, CHIP_FACTS)
    return Chip(entry.id, entry.title, entry.vendor, entry.system, facts=dict(facts), **values)


def assemble_system(entry: Entry, facts: Mapping[str, Fact]) -> System:
    """Build a system from its facts, keyed by the last part of their ids."""
    values = _values(facts, SYSTEM_FACTS)
    return System(entry.id, entry.title, entry.vendor, entry.system, facts=dict(facts), **values)


def _values(facts: Mapping[str, Fact], table: Mapping[str, tuple[str, str]]) -> dict[str, float | None]:
    values: dict[str, float | None] = {}
    for attribute, (word, unit) in table.items():
        fact = facts.get(word)
        if fact is not None and fact.dimension not in _dimensions(unit):
            wanted = f"a unit like {unit}"
            raise FactError(Finding("O605", fact.place, fact.id, f"unit {fact.unit}", wanted))
        values[attribute] = None if fact is None else fact.value
    return values


def _dimensions(unit: str) -> tuple[units.Dimension, units.Dimension]:
    """Both spellings are one thing for a chip: ``W`` and ``W/chip``."""
    return units.dimension(unit), units.dimension(f"{unit}/chip")
