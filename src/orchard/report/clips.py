"""How far estimates of clips can be trusted, in a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from orchard.report.table import RATIOS, counted, held, listed, score_table, show, table

Result = Mapping[str, Any]

# Rows of a calibration that only count what was measured.
_COUNTS = ("architecture.", "chip.", "range.")
_QUESTIONS = {"model": "by model", "chip": "by chip"}


def describe_clips(result: Result) -> Iterator[str]:
    """Lines that say what :func:`orchard.estimate.video.validate.validate` or `judge` found."""
    ways = {way["id"]: way for way in result["ways"]}
    best = ways[result["headline"]]
    yield _sentence(result["scored"], best)
    yield ""
    yield from score_table("seconds of a clip", {held(way): way["overall"] for way in ways.values()}, RATIOS)
    for one in result["naive"]:
        yield ""
        scores = {"one constant a chip": one["naive"], "the model": one["model"]}
        yield from score_table(f"{one['title']}, same clips", scores, RATIOS)
    for question, title in _QUESTIONS.items():
        way = ways.get(question, best)
        yield ""
        yield from score_table(f"{title}, {held(way)}", way["by"][question], RATIOS)
    yield from listed("left out", result["left_out"])


def describe_fit(result: Result) -> Iterator[str]:
    """Lines that say what :func:`orchard.estimate.video.account.account` found."""
    before, after = (show(result[when]["ratio"], "plain") for when in ("before", "after"))
    clips = f"{counted(result['after']['n'], 'measured clip')}, each predicted by a fit that has not seen it"
    if result["improves"]:
        yield f"{clips}: the median ratio falls from {before} to {after}."
    else:
        yield f"{clips}: the median ratio does not fall ({before} before, {after} after): keep the old."
    yield ""
    scores = {result["began"]: result["before"], "the fit, clip not seen": result["after"]}
    yield from score_table("seconds of a clip", scores, RATIOS)
    yield ""
    rows = [
        [row["name"], _number(row["old"]), _number(row["value"]), _range(row), row["unit"], row["meaning"]]
        for row in result["constants"]
        if row["unit"] != "1" or not row["name"].startswith(_COUNTS)
    ]
    heads = ("constants", "old", "new", "80 % range", "unit", "what it is")
    yield from table("constants", heads, rows, left=(0, 4, 5))
    yield from listed("left out", result["left_out"])


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.3g}"


def _range(row: Result) -> str:
    return "" if row["low"] is None else f"{_number(row['low'])} to {_number(row['high'])}"


def _sentence(count: int, way: Result) -> str:
    one = way["overall"]
    asked = "" if way["id"] == "asis" else " of models the fit has not seen"
    median, p90 = show(one["ratio"], "plain"), show(one["ratio_p90"], "plain")
    return (
        f"{counted(count, 'measured clip')}{asked}: half are predicted within a factor of {median}, "
        f"9 in 10 within {p90}; {show(one['coverage'], 'whole')} lie inside their 80 % interval."
    )
