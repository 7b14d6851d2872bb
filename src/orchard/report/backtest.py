"""How forecasts fared, in a terminal: sentences, and a line for each quantity and claim."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from orchard.report.table import counted, listed, show, table
from orchard.report.values import show_points, show_value

Result = Mapping[str, Any]

_SIGN = {True: "✓", False: "✗", None: "~"}


def describe_backtest(result: Result) -> Iterator[str]:
    """Lines that say what :func:`orchard.plan.backtest.backtest` found."""
    programme = result["programme"]
    yield programme["title"]
    yield f"as of {programme['as_of']}, scored by {result['actuals']}"
    yield from sentences(result)
    if result["rows"]:
        yield ""
        heads = ("", "forecasts", "median (p10 to p90)", "came out", "error", "CRPS", "width", "")
        yield from table("", heads, [_line(row) for row in result["rows"]], left=(0, 1, 2, 3, 7))
    if result["before"]:
        yield ""
        cells = [["", row["quantity"], interval(row), outcome(row)] for row in result["before"]]
        yield from table(
            "", ("", "known already", "median (p10 to p90)", "came out"), cells, left=(0, 1, 2, 3)
        )
    if result["claims"]:
        yield ""
        cells = [_claim(claim) for claim in result["claims"]]
        yield from table("", ("", "claims", "chance", "Brier", ""), cells, left=(0, 1, 4))
    yield from listed("not scored", result["unscored"])


def sentences(result: Result) -> Iterator[str]:
    """What the scores come to."""
    found = result["summary"]
    if found["decided"]:
        share = show(found["coverage"], "whole")
        luck = f"{show(found['coverage_low'], 'whole')} to {show(found['coverage_high'], 'whole')}"
        verdict = "80 % is within that" if found["honest"] else "80 % is not within that"
        yield (
            f"{found['inside']} of {found['decided']} outcomes are inside their 80 % interval, {share}. "
            f"So few allow for {luck} by luck: {verdict}."
        )
    elif found["rows"]:
        yield "No outcome is decided yet: all of them are bounds that intervals still allow."
    else:
        yield "Nothing to score: all that the table says was known when the programme was written."
    yield from filter(None, (_bias(found, *kind) for kind in _KINDS))
    if found["crps_share"] is not None:
        error = (
            f", medians off by {show(found['error_share'], 'share')}"
            if found["error_share"] is not None
            else ""
        )
        yield f"Numbers: CRPS {show(found['crps_share'], 'share')} of the outcome on average{error}."
    if found["crps_d"] is not None:
        error = f", medians off by {found['error_d']:.0f} d" if found["error_d"] is not None else ""
        yield f"Dates: CRPS {found['crps_d']:.0f} d on average{error}."
    if found["brier"] is not None:
        yield (
            f"{counted(found['claims'], 'claim')}: Brier score {found['brier']:.3f} "
            f"(0.25 says nothing), log score {found['log_score']:.2f} (0.69 says nothing)."
        )
    if found["too_wide"]:
        yield f"Too wide to say much: {', '.join(found['too_wide'])}."


_KINDS = (
    ("bias_numbers", "Numbers came out", "higher", "lower"),
    ("bias_dates", "Dates came out", "later", "earlier"),
)


def _bias(found: Result, key: str, what: str, above: str, below: str) -> str:
    one = found[key]
    if one["score"] is None or not one["beyond_luck"]:
        return ""
    side = above if one["score"] > 0 else below
    return (
        f"{what} {side} than forecast, beyond luck: {abs(one['score']):.1f} standard deviations on average."
    )


def outcome(row: Result) -> str:
    """What came of a quantity, in words."""
    unit = row["shown_in"]
    if row["kind"] == "above":
        return ("after " if unit == "date" else "> ") + show_value(row["actual_low"], unit)
    if row["kind"] == "below":
        return ("before " if unit == "date" else "< ") + show_value(row["actual_high"], unit)
    if row["kind"] == "range":
        return f"{show_value(row['actual_low'], unit)} to {show_value(row['actual_high'], unit)}"
    return show_value(row["actual"], unit)


def interval(row: Result) -> str:
    """Median and 80 % interval, in words."""
    low, middle, high = show_points([row[key] for key in ("p10", "p50", "p90")], row["shown_in"])
    return f"{middle} ({low} to {high})"


def error(row: Result) -> str:
    """How far the median was off: above 0, the forecast was too high, or too late."""
    if row["unit"] == "date":
        return "" if row["error"] is None else f"{row['error']:+.0f} d"
    return show(row["error_share"], "signed")


def score(row: Result) -> str:
    """CRPS: days of dates, else a share of the outcome."""
    if row["unit"] == "date":
        return "" if row["crps"] is None else f"{row['crps']:.0f} d"
    return show(row["crps_share"], "share")


def width(row: Result) -> str:
    """p90 over p10, or days between them."""
    if row["width"] is None:
        return "never" if row["unit"] == "date" else ""
    return f"{row['width']:.0f} d" if row["unit"] == "date" else f"x {row['width']:.2f}"


def remarks(row: Result) -> str:
    """What else is worth saying."""
    wide = f"too wide: at most {_limit(row)}" if row["too_wide"] else ""
    return "; ".join(filter(None, (wide, row["note"])))


def _limit(row: Result) -> str:
    return f"{row['width_limit']:.0f} d" if row["unit"] == "date" else f"x {row['width_limit']:g}"


def _line(row: Result) -> list[str]:
    return [
        _SIGN[row["inside"]], row["quantity"], interval(row), outcome(row),
        error(row), score(row), width(row), remarks(row),
    ]  # fmt: skip


def _claim(claim: Result) -> list[str]:
    chance, brier = show(claim["probability"], "whole"), f"{claim['brier']:.3f}"
    return [_SIGN[claim["holds"]], claim["text"], chance, brier, said(claim)]


def said(claim: Result) -> str:
    """What decided a claim."""
    if claim["before"]:
        return "known already"
    return f"by {claim['decided_by']}" if claim["decided_by"] else ""
