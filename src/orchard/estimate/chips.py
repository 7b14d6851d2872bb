"""Names of chips as tables write them -> chips of the catalogue."""

from __future__ import annotations

import re
from collections.abc import Iterator

from orchard import units
from orchard.catalogue import Chip, catalogue
from orchard.errors import FactError

# What names add that tells no chips apart: the system, the board, the stack of memory, a name in brackets.
_FORM = re.compile(
    r"^(?:dgx|hgx)[ -]+|[ -]*\b(?:sxm[0-9]?|oam|nvl72|hbm[0-9]e?)\b|\s*\([^)]*\)", re.IGNORECASE
)
# A slice of a pod, with the chips or cores it has behind.
_POD = re.compile(r"^(?:tpu[ -]*)?v([0-9]+)(lite)?(?:pod)?([a-z]?)-[0-9]+$")
_MEMORY = re.compile(r"[ -]*\b([0-9]{2,3}) ?gb\b")
# Sizes of memory that differ by less are the same, counted in GB or GiB.
ROUNDING = 0.1
_MAKERS = re.compile(r"^(?:nvidia|amd|google|cloud|instinct|aws|intel)[ -]+")


def chip_named(name: str) -> Chip | str:
    """The chip of the catalogue, or why there is none; the maker's name before it counts for nothing.

    >>> chip_named("NVIDIA H100").id, chip_named("DGX-A100 80G").id, chip_named("v5litepod-256").id
    ('h100', 'a100-80gb', 'tpu-v5e')
    >>> chip_named("H200 141 GB").id, chip_named("H200 96 GB")[:24]
    ('h200', "chip 'H200 96 GB': no su")
    >>> chip_named("")
    'chip is blank: wanted the name of a chip, such as H100'
    """
    if not name.strip():
        return "chip is blank: wanted the name of a chip, such as H100"
    whole = " ".join(name.casefold().split())
    bare = _MAKERS.sub("", _MAKERS.sub("", whole))
    short = _FORM.sub("", re.sub(r"\b([0-9]+)g\b", r"\1gb", bare.replace("_", " "))).strip(" -")
    reason = ""
    for spelling in dict.fromkeys(_joined(whole, bare, short, _pod(bare))):
        try:
            return catalogue().chip(spelling)
        except FactError as error:
            finding = error.findings[0]
            reason = reason or f"chip {name[:40]!r}: {finding.found}; {finding.hint}"
    return _with_memory(short) or reason


def _joined(*names: str) -> Iterator[str]:
    for name in names:
        yield from (name, name.replace("-", " "), name.replace(" ", "-"))


def _pod(name: str) -> str:
    """A slice of a pod by the name of its chip: "v5litepod-256" is of TPU v5e."""
    found = _POD.match(name)
    return f"tpu v{found[1]}{'e' if found[2] else found[3]}" if found else name


def _with_memory(name: str) -> Chip | None:
    """The chip of a name that adds the size of its memory, where that is its own."""
    size = _MEMORY.search(name)
    if not size:
        return None
    for spelling in _joined(_MEMORY.sub("", name).strip(" -")):
        try:
            chip = catalogue().chip(spelling)
        except FactError:
            continue
        own = (chip.memory_bytes or 0.0) / units.factor("GB")
        return chip if abs(own / float(size[1]) - 1) < ROUNDING else None
    return None
