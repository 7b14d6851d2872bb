"""Predicted beside measured, in lines: each run with its amounts, then how good the predictions were."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from orchard.report.values import show_value

_UNITS = (("tokens_per_s", "token/s"), ("_bytes", "B"), ("_j", "J"), ("_s", "s"))


def reconciled(found: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Lines about ledgers: for each its runs, and what was wrong with the file."""
    for ledger in found:
        yield f"{ledger['path']}, {ledger['entries']} entries"
        yield from (f"  {finding}" for finding in ledger["findings"])
        rows = [_row(pair) for pair in ledger["pairs"]]
        if not rows:
            yield "  nothing predicted or measured yet"
        head = ("run", "amount", "predicted", "measured", "ratio", "")
        yield from _table([head, *rows]) if rows else ()
        for amount, one in ledger["accounts"].items():
            text = f"  {amount}: error {one['error']:.1%} in the median of {one['pairs']}"
            inside = f", {one['inside']} of {one['judged']} inside the 80 % interval" if one["judged"] else ""
            yield text + inside


def _row(pair: Mapping[str, Any]) -> tuple[str, ...]:
    predicted, amount = pair["predicted"], str(pair["amount"])
    said = "not predicted" if predicted is None else _amount(amount, predicted["value"])
    if predicted is not None and predicted["low"] != predicted["high"]:
        low, high = (_amount(amount, predicted[end]) for end in ("low", "high"))
        said += f" ({low} to {high})"
    measured = "not yet" if pair["measured"] is None else _amount(amount, pair["measured"])
    ratio = "" if pair["ratio"] is None else f"{pair['ratio']:.3f}"
    verdict = {None: "", True: "inside", False: "outside"}[pair["inside"]]
    return str(pair["run"]), amount, said, measured, ratio, verdict


def _amount(name: str, value: float) -> str:
    unit = next((unit for end, unit in _UNITS if name.endswith(end)), "1")
    return show_value(value, unit)


def _table(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    widths = [max(len(row[at]) for row in rows) for at in range(len(rows[0]))]
    for row in rows:
        yield "  " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
