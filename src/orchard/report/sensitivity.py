"""Which uncertain input moves which claim: a table of shares, from the drivers that a plan knows."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from orchard.report.claims import aggregate_drivers
from orchard.report.values import percent

_COLUMNS = 12
_FAINT = 0.12  # shade of the smallest share that is shown, so that it can be seen


class Row(NamedTuple):
    """A claim, its probability, and its share of each input: text and shade, empty where there is none."""

    id: str
    text: str
    probability: str
    cells: list[tuple[str, str]]


class Sensitivity(NamedTuple):
    """The inputs that move most, the claims they move, and how to ask for more."""

    inputs: list[str]
    rows: list[Row]
    command: str


def sensitivity(result: Mapping[str, Any]) -> Sensitivity | None:
    """The table of a plan; None where no claim has anything that moves it."""
    claims: Sequence[Mapping[str, Any]] = list(result.get("claims") or ())
    inputs = [driver.name for driver in aggregate_drivers(claims, _COLUMNS)]
    rows = [_row(claim, inputs) for claim in claims if _moved(claim)]
    if not rows:
        return None
    file = str((result.get("programme") or {}).get("file") or "PROGRAMME.yaml")
    open_rows = sorted(rows, key=lambda row: abs(float(row.probability.strip("<> %")) - 50))
    return Sensitivity(inputs, rows, shlex.join(["orchard", "explain", file, open_rows[0].id]))


def _moved(claim: Mapping[str, Any]) -> bool:
    return claim.get("probability") is not None and bool(claim.get("drivers"))


def _row(claim: Mapping[str, Any], inputs: Sequence[str]) -> Row:
    shares = {str(driver["name"]): float(driver["share"]) for driver in claim["drivers"]}
    cells = [_cell(shares.get(name, 0.0)) for name in inputs]
    return Row(str(claim["id"]), str(claim["text"]), percent(float(claim["probability"])), cells)


def _cell(share: float) -> tuple[str, str]:
    return (f"{100 * share:.0f}", f"{_FAINT + (1 - _FAINT) * share:.2f}") if share else ("", "")
