"""Scenarios side by side, in a terminal: claims that differ, and quantities."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from orchard.report.table import counted, show, table
from orchard.report.values import show_points

Result = Mapping[str, Any]

_SAME = 0.005  # probabilities closer than that are told as the same
_NUMBER = 3


def describe_sweep(result: Result) -> Iterator[str]:
    """Lines that say what :func:`orchard.plan.sweep.sweep` found."""
    cases = result["cases"]
    yield f"{result['title']}: {counted(len(cases) - 1, 'scenario')}, {result['samples']:,} futures"
    for number, case in enumerate(cases):
        yield f"{_head(number):>4}  {case['name']}" + (f": {case['why']}" if case["why"] else "")
    heads = [_head(number) for number in range(len(cases))]
    moved = [name for name in result["claims"] if _spread(cases, name) >= _SAME]
    yield ""
    if moved:
        rows = [[result["claims"][name], *(_chance(case, name) for case in cases)] for name in moved]
        yield from table("claims that differ", ["", *heads], rows)
    else:
        yield "No claim differs by half a point or more."
    for name, told in result["quantities"].items():
        yield ""
        rows = [
            [f"{_head(number):>4}  {case['name']}", *_points(case, name, told)]
            for number, case in enumerate(cases)
        ]
        yield from table(f"{name}: {told['title']}", ["", "p10", "median", "p90"], rows)


def _head(number: int) -> str:
    return f"({number})"


def _spread(cases: list[Result], name: str) -> float:
    found = [case["claims"][name] for case in cases if name in case["claims"]]
    return max(found) - min(found) if len(found) == len(cases) else float(bool(found))


def _chance(case: Result, name: str) -> str:
    return show(case["claims"].get(name), "whole") or "unknown"


def _points(case: Result, name: str, told: Result) -> list[str]:
    found = case["quantities"].get(name)
    if found is None:
        return ["", f"unknown: {told['unknown']}", ""]
    return show_points(found, told["shown_in"])
