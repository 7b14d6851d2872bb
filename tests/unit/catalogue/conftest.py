"""A catalogue of a few rows, built in memory."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from orchard.catalogue import Source

SOURCES = {
    name: Source(name, f"Title of {name}", "Publisher", f"https://example.org/{name}", "2025")
    for name in ("alpha", "beta")
}

Row = dict[str, str]


@pytest.fixture
def row() -> Callable[..., Row]:
    def make(**changes: str) -> Row:
        plain = {"id": "chip.x.tdp", "value": "700", "low": "", "high": "", "unit": "W", "basis": ""}
        rest = {
            "kind": "published",
            "source": "alpha",
            "locator": "table 1",
            "as_of": "2025-03-18",
            "note": "",
        }
        return plain | rest | changes

    return make


@pytest.fixture
def sources() -> dict[str, Source]:
    return SOURCES
