"""How far estimates can be trusted, in a terminal: errors, intervals, what is naive, what was left out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from orchard.report.table import counted, held, listed, score_table, show, table

Result = Mapping[str, Any]

# Questions by which rows are counted: key, and what it is called.
QUESTIONS = {
    "chip": "by chip",
    "precision": "by precision",
    "kind": "dense or mixture",
    "stack": "by stack",
    "source": "by source",
}
WAYS_OF_RECOMPUTE = {"stated": "stated in the row", "chosen": "not stated: the least that fits is taken"}


def describe_validation(result: Result) -> Iterator[str]:
    """Lines that say what :func:`orchard.estimate.training.fitting.validate.validate` or `judge` found."""
    ways = result["ways"]
    best = headline(result)
    yield from sentences(result)
    yield ""
    overall = {held(way): way["overall"] for way in ways}
    yield from score_table("tokens a second and chip", overall)
    yield ""
    yield from _naive(result["naive"])
    for question, title in QUESTIONS.items():
        yield ""
        yield from _by(title, question, ways, best)
    yield ""
    yield from _layouts(result["layouts"])
    yield from _memory(result["memory"])
    yield from _beside(result)
    yield from listed("blank, each counted as an error of 100 %", result["blank"])
    yield from listed("left out", result["left_out"])


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
    return [f"{counted(one['n'], 'measured run')}, predicted {by}.", f"{said}."]


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
        yield f"memory: {counted(memory['measured'], 'measured peak')}, error {error} on average, bias {bias}"
    if not memory["layouts"]:
        return
    heads = ("", "layouts", "said to fit", f"said not to, microbatch x {memory['swollen']:g}")
    rows = [
        [WAYS_OF_RECOMPUTE[one["id"]], show(one["layouts"], "count"), show(one["fit"], "share"),
         show(one["swollen_misfit"], "share")]
        for one in memory["recompute"]
    ]  # fmt: skip
    rows.append(["all", show(memory["layouts"], "count"), show(memory["fit"], "share"), ""])
    yield from table("layouts that ran; recomputation", heads, rows)


def _beside(result: Result) -> Iterator[str]:
    """What bounds and surrounds the figures; nothing of it where a user's rows are judged."""
    if "noise" not in result:
        return
    yield ""
    yield from _unfitted(result["unfitted"])
    noise, twins = result["noise"], result["twins"]
    yield ""
    yield (
        f"noise: the same run in two consecutive releases of one stack differs by"
        f" {show(noise['median'], 'share')} in the median, {show(noise['mean'], 'share')} on average,"
        f" {show(noise['most'], 'whole')} at most ({counted(noise['pairs'], 'pair')})"
    )
    yield (
        f"twins: {twins['elsewhere']:,} of {counted(twins['rows'], 'row')} have the same configuration in"
        f" another source; {counted(twins['configurations'], 'configuration')} in all"
    )


def _unfitted(unfitted: Sequence[Result]) -> Iterator[str]:
    columns = (("rows", "n", "count"), ("error", "mape", "share"), ("p90", "p90", "share"),
               ("bias", "bias", "signed"))  # fmt: skip
    yield from score_table("other tasks, in no fit", {one["task"]: one for one in unfitted}, columns)
