"""How far estimates of clips can be trusted, in a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from orchard.report.table import score_table, show, table

Result = Mapping[str, Any]

# Columns of a table of ratios: head, key of the score, and how the number is written.
RATIOS = (
    ("clips", "n", "count"),
    ("median ratio", "median", "plain"),
    ("p90", "p90", "plain"),
    ("predicted / measured", "bias", "plain"),
    ("inside 80 %", "coverage", "whole"),
    ("interval x /", "width", "plain"),
)
# Rows left out that are named.
_SHOWN = 10
# Rows of a calibration that only count what was measured.
_COUNTS = ("architecture.", "chip.", "range.")
_QUESTIONS = {"model": "by model", "chip": "by chip"}


def describe_clips(result: Result) -> Iterator[str]:
    """Lines that say what :func:`orchard.estimate.video.validate.validate` or `judge` found."""
    ways = {way["id"]: way for way in result["ways"]}
    best = ways[result["headline"]]
    yield _sentence(result["scored"], best)
    yield ""
    yield from score_table("seconds of a clip", {_held(way): way["overall"] for way in ways.values()}, RATIOS)
    for one in result["naive"]:
        yield ""
        scores = {"one constant a chip": one["naive"], "the model": one["model"]}
        yield from score_table(f"{one['title']}, same clips", scores, RATIOS)
    for question, title in _QUESTIONS.items():
        way = ways.get(question, best)
        yield ""
        yield from score_table(f"{title}, {_held(way)}", way["by"][question], RATIOS)
    yield from _left_out(result["left_out"])


def describe_fit(result: Result) -> Iterator[str]:
    """Lines that say what :func:`orchard.estimate.video.account.account` found."""
    before, after = (show(result[when]["median"], "plain") for when in ("before", "after"))
    clips = f"{result['after']['n']:,} measured clips, each predicted by a fit that has not seen it"
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
    yield from _left_out(result["left_out"])


def _left_out(rows: Sequence[Result]) -> Iterator[str]:
    if rows:
        yield ""
        yield f"left out: {len(rows):,} rows"
    for row in rows[:_SHOWN]:
        yield f"  {row['id']}: {row['why']}"
    if len(rows) > _SHOWN:
        yield f"  and {len(rows) - _SHOWN:,} more (--json lists all)"


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.3g}"


def _range(row: Result) -> str:
    return "" if row["low"] is None else f"{_number(row['low'])} to {_number(row['high'])}"


def _sentence(count: int, way: Result) -> str:
    one = way["overall"]
    asked = "" if way["id"] == "asis" else " of models the fit has not seen"
    median, p90 = show(one["median"], "plain"), show(one["p90"], "plain")
    return (
        f"{count:,} measured clips{asked}: half are predicted within a factor of {median}, "
        f"9 in 10 within {p90}; {show(one['coverage'], 'whole')} lie inside their 80 % interval."
    )


def _held(way: Result) -> str:
    return str(way["title"]) if way["id"] == "asis" else f"{way['title']} left out"
