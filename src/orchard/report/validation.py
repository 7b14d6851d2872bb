"""How far estimates can be trusted, in a terminal: errors, intervals, what is naive, what was left out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from orchard.report.table import score_table, show, table

Result = Mapping[str, Any]

# Questions by which rows are counted: key, and what it is called.
QUESTIONS = {
    "chip": "by chip",
    "precision": "by precision",
    "kind": "dense or mixture",
    "stack": "by stack",
    "source": "by source",
}
# Rows left out or blank that are named; the others are in the JSON.
_SHOWN = 10


def describe_validation(result: Result) -> Iterator[str]:
    """Lines that say what :func:`orchard.estimate.training.validate.validate` or `judge` found."""
    ways = result["ways"]
    best = headline(result)
    yield from sentences(result)
    yield ""
    overall = {_held(way): way["overall"] for way in ways}
    yield from score_table("tokens a second and chip", overall)
    yield ""
    yield from _naive(result["naive"])
    for question, title in QUESTIONS.items():
        yield ""
        yield from _by(title, question, ways, best)
    yield ""
    yield from _layouts(result["layouts"])
    yield from _memory(result["memory"])
    yield from _rows("blank, each counted as an error of 100 %", result["blank"])
    yield from _rows("left out", result["left_out"])


def headline(result: Result) -> Result:
    """The way of judging rows whose figures are quoted."""
    found: Result = next(way for way in result["ways"] if way["id"] == result["headline"])
    return found


def sentences(result: Result) -> list[str]:
    """The answer: what was predicted by what, and how well."""
    one = headline(result)["overall"]
    by = "as the calibration is"
    if result["headline"] != "asis":
        by = "each by a fit that has not seen its source"
    mean, most = show(one["mape"], "share"), show(one["p90"], "share")
    said = f"Tokens a second are off by {mean} on average, by {most} or less for 9 in 10"
    if one["coverage"] is not None:
        said += f"; {show(one['coverage'], 'whole')} lie inside their 80 % interval"
    return [f"{one['n']:,} measured runs, predicted {by}.", f"{said}."]


def _held(way: Result) -> str:
    return str(way["title"]) if way["id"] == "asis" else f"{way['title']} left out"


def _naive(naive: Sequence[Result]) -> Iterator[str]:
    """Constants beside the model, on the same rows."""
    if not naive:
        yield "no constant rate to compare with: no two rows share chip, precision and kind of model"
        return
    scores = {}
    for one in naive:
        scores[f"{one['title']}: constant"] = one["naive"]
        scores[f"{one['title']}: model"] = one["model"]
    columns = (("rows", "n", "count"), ("error", "mape", "share"), ("p90", "p90", "share"),
               ("median", "median", "share"), ("bias", "bias", "signed"))  # fmt: skip
    yield from score_table("one constant a chip, precision, kind", scores, columns)


def _by(title: str, question: str, ways: Sequence[Result], best: Result) -> Iterator[str]:
    """One table a question: the quoted way in full, the others by their error."""
    others = [way for way in ways if way is not best]
    heads = ["", "rows", "error", "p90", "bias", "inside 80 %", *(f"{way['title']} out" for way in others)]
    rows = []
    for name, one in best["by"][question].items():
        cells = [name, show(one["n"], "count"), show(one["mape"], "share"), show(one["p90"], "share")]
        cells += [show(one["bias"], "signed"), show(one["coverage"], "whole")]
        rows.append([*cells, *(show(way["by"][question][name]["mape"], "share") for way in others)])
    yield from table(title, heads, rows)


def _layouts(layouts: Result) -> Iterator[str]:
    if not layouts["clusters"]:
        yield "ranking of layouts: no model was measured in three layouts or more on one cluster"
        return
    rows = [
        [f"{one['model']} on {one['chips']:,} {one['chip']}", one["precision"], show(one["layouts"], "count"),
         show(one["spearman"], "plain")]
        for one in layouts["rankings"]
    ]  # fmt: skip
    rows.append(["mean", "", "", show(layouts["spearman"], "plain")])
    yield from table(
        "layouts of one model, ranked", ("", "format", "layouts", "rank correlation"), rows, left=(0, 1)
    )


def _memory(memory: Result) -> Iterator[str]:
    yield ""
    if memory["measured"]:
        error, bias = show(memory["mape"], "share"), show(memory["bias"], "signed")
        yield f"memory: {memory['measured']} measured peaks, error {error} on average, bias {bias}"
    if memory["layouts"]:
        fit = show(memory["fit"], "share")
        yield f"memory: {fit} of {memory['layouts']:,} layouts that ran are said to fit"


def _rows(title: str, rows: Sequence[Result]) -> Iterator[str]:
    if not rows:
        return
    yield ""
    yield f"{title}: {len(rows):,} rows"
    for row in rows[:_SHOWN]:
        yield f"  {row['id']}: {row['why']}"
    if len(rows) > _SHOWN:
        yield f"  and {len(rows) - _SHOWN:,} more (--json lists all)"
