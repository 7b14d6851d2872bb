"""Names of chips as tables write them -> chips of the catalogue."""

from __future__ import annotations

import re

from orchard.catalogue import Chip, catalogue
from orchard.errors import FactError

_MAKERS = re.compile(r"^(?:nvidia|amd|google|cloud|instinct|aws|intel)[ -]+")


def chip_named(name: str) -> Chip | str:
    """The chip of the catalogue, or why there is none; the maker's name before it counts for nothing.

    >>> chip_named("NVIDIA H100").id
    'h100'
    >>> chip_named("")
    'chip is blank: wanted the name of a chip, such as H100'
    """
    if not name.strip():
        return "chip is blank: wanted the name of a chip, such as H100"
    whole = " ".join(name.casefold().split())
    bare = _MAKERS.sub("", _MAKERS.sub("", whole))
    reason = ""
    for spelling in dict.fromkeys((whole, bare, bare.replace("-", " "), bare.replace(" ", "-"))):
        try:
            return catalogue().chip(spelling)
        except FactError as error:
            finding = error.findings[0]
            reason = reason or f"chip {name[:40]!r}: {finding.found}; {finding.hint}"
    return reason
