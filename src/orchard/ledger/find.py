"""Ledgers in folders of runs."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from orchard.errors import Finding, OrchardError
from orchard.ledger.ledger import Ledger

NAME = "ledger.jsonl"


def ledgers(places: Iterable[Path]) -> list[Ledger]:
    """Ledgers in folders, at any depth, and files that are named themselves.

    Raises
    ------
    OrchardError
        O845: places without a ledger, all of them
    """
    found, missing = list[Ledger](), list[Finding]()
    for place in places:
        here = sorted(place.rglob(NAME)) if place.is_dir() else [place] if place.is_file() else []
        found += map(Ledger, here)
        if not here:
            said = "no ledger in it" if place.exists() else "no such folder or file"
            wanted = f"a folder of runs, with {NAME} in it"
            missing.append(Finding("O845", str(place), "", said, wanted, "orchard train makes one"))
    if missing:
        raise OrchardError(missing)
    return found
