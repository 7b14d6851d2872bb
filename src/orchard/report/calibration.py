"""What a calibration is worth, in a terminal: errors before and after, constants old and new."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from orchard.report.table import counted, listed, show, table

Result = Mapping[str, Any]

_WIDEST = 64


def describe_calibration(result: Result) -> Iterator[str]:
    """Lines that say what :func:`orchard.estimate.training.fitting.account.calibrated` found."""
    yield verdict(result)
    yield from _warnings(result)
    yield ""
    heads = ("", "rows", "error before", "after", "p90 before", "after", "bias before", "after")
    rows = [
        [name, show(one["before"]["n"], "count"), *(
            show(one[when][key], how)
            for key, how in (("mape", "share"), ("p90", "share"), ("bias", "signed"))
            for when in ("before", "after")
        )]
        for name, one in {**result["stacks"], "all": result["all"]}.items()
    ]  # fmt: skip
    yield from table("by stack", heads, rows)
    yield ""
    yield from _constants(result["constants"], result["moved"])
    yield ""
    yield from _kept(result["constants"])
    yield from listed("left out", result["left_out"])


def verdict(result: Result) -> str:
    """What the fit gained on rows it has not seen, in one sentence."""
    one = result["all"]
    before, after = show(one["before"]["mape"], "share"), show(one["after"]["mape"], "share")
    different = counted(result["configurations"], "configuration")
    runs = f"{counted(one['after']['n'], 'measured run')} of {different}"
    rows = f"{runs}, each predicted by a fit that has not seen its configuration"
    if result["improves"]:
        return f"{rows}: the error falls from {before} to {after} on average."
    return (
        f"{rows}: the error does not fall ({before} before, {after} after). "
        f"{result['began'][:1].upper()}{result['began'][1:]} predicts such runs at least as well: keep it."
    )


def _warnings(result: Result) -> Iterator[str]:
    """What makes a fit doubtful: constants far from where they can be expected."""
    for one in result["strained"]:
        yield (
            f"warning: {one['name']} is {_number(one['value'])}, {one['sigmas']:.1f} sigmas from its prior"
            f" {_number(one['prior'])}: are the rows what they say, and is the stack named right?"
        )


def _constants(constants: Sequence[Result], moved: int) -> Iterator[str]:
    heads = ("", "old", "new", "80 % range", "unit", "what it is")
    rows = [
        [row["name"], _number(row["old"]), _number(row["value"]), _range(row), _unit(row),
         _cut(row["meaning"])]
        for row in sorted(constants, key=_moved)
        if row["fitted"]
    ]  # fmt: skip
    yield from table(f"{len(rows)} fitted constants, {moved} moved", heads, rows, left=(0, 4, 5))


def _moved(row: Result) -> float:
    """What moved most, or is new, stands first."""
    return -math.inf if row["old"] is None else -abs(math.log(row["value"] / row["old"]))


def _kept(constants: Sequence[Result]) -> Iterator[str]:
    """Half-widths of intervals, and constants that no measurement moves."""
    heads = ("", "old", "new", "unit", "what it is")
    rows = [
        [row["name"], _number(row["old"]), _number(row["value"]), _unit(row), _cut(row["meaning"])]
        for row in constants
        if not row["fitted"]
    ]
    yield from table(f"{len(rows)} other numbers", heads, rows, left=(0, 3, 4))


def _number(value: float | None) -> str:
    if value is None:
        return "-"
    return f"{value:,.0f}" if value >= 1000 else f"{value:.3g}"


def _range(row: Result) -> str:
    return "" if row["low"] is None else f"{_number(row['low'])} to {_number(row['high'])}"


def _unit(row: Result) -> str:
    return "" if row["unit"] == "1" else str(row["unit"])


def _cut(text: str) -> str:
    return text if len(text) <= _WIDEST else text[: _WIDEST - 3].rstrip() + "..."
