"""What the world says: facts with unit, basis, source, date and range; chips, systems, models."""

from __future__ import annotations

from orchard.catalogue.catalogue import Catalogue, catalogue, read_catalogue
from orchard.catalogue.chip import Chip, System
from orchard.catalogue.fact import KINDS, Fact, Kind, Source
from orchard.catalogue.show import describe, find

__all__ = [
    "KINDS",
    "Catalogue",
    "Chip",
    "Fact",
    "Kind",
    "Source",
    "System",
    "catalogue",
    "describe",
    "find",
    "read_catalogue",
]
