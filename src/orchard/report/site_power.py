"""How far estimates of sites can be trusted, in a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from orchard import units
from orchard.report.table import counted, held, listed, score_table, show, table

Result = Mapping[str, Any]

_ERRORS = (
    ("rows", "n", "count"),
    ("median error", "median", "share"),
    ("p90", "p90", "share"),
    ("worst", "worst", "share"),
    ("above 20 %", "beyond", "count"),
    ("bias", "bias", "signed"),
    ("inside 80 %", "coverage", "whole"),
    ("interval", "width", "either"),
)


def describe_sites(result: Result) -> Iterator[str]:
    """Lines that say what :func:`orchard.estimate.power.sites.validate.validate` found."""
    ways = {way["id"]: way for way in result["ways"] if way["rows"] is not None}
    best = ways.get("site", ways["asis"])
    yield _sentence(result, best)
    yield ""
    scores = {}
    for way in ways.values():
        name = way["title"] if way["id"] == "site" else held(way)
        extra = {key: way[key] for key in ("bias", "coverage", "width")}
        scores[f"facility power, {name}"] = {**way["rows"], **extra}
        scores[f"every site once, {name}"] = way["of_sites"]
        scores[f"IT power, {name}"] = way["it"]
    yield from score_table("power", scores, _ERRORS)
    yield from _wide(best)
    yield ""
    yield from _constants(result["constants"])
    yield from listed("left out", result["left_out"])


def _sentence(result: Result, best: Result) -> str:
    one = best["rows"]
    asked = " that the fit has not seen" if best["id"] == "site" else ", by the shipped constants"
    scored = f"{counted(one['n'], 'row')} of {counted(best['of_sites']['n'], 'site')}{asked}"
    return (
        f"{scored}: facility power is off by "
        f"{show(one['median'], 'share')} in the median, by {show(one['p90'], 'share')} or less in 9 of 10; "
        f"{show(best['coverage'], 'whole')} lie inside their 80 % interval."
    )


def _wide(way: Result) -> Iterator[str]:
    """The rows that are off by more than a fifth, and whether the chips or the ratio are to blame."""
    if not way["wide"]:
        return
    yield ""
    rows = [
        [f"{line['site']} {line['date']}", show(line["error"], "signed"), show(line["it_error"], "signed")]
        for line in way["wide"]
    ]
    yield from table("above 20 %", ("", "facility power", "IT power"), rows)


def _constants(found: Result) -> Iterator[str]:
    rows = [
        [f"IT power of {chip}", *(units.show(value, "W") for value in line)]
        for chip, line in found["it_power_w"].items()
    ]
    rows += [
        [f"peak ratio, {name}", *(f"{value:.3f}" for value in line)]
        for name, line in found["peak_ratio"].items()
    ]
    yield from table("fitted to all of them", ("", "value", "low", "high"), rows)
