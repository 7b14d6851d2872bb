"""Tables of plain text, for scores and constants in a terminal."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

GAP = "  "

# Columns of a table of scores: head, key of the score, and how the number is written.
SCORE = (
    ("rows", "n", "count"),
    ("error", "mape", "share"),
    ("p90", "p90", "share"),
    ("median", "median", "share"),
    ("bias", "bias", "signed"),
    ("inside 80 %", "coverage", "whole"),
    ("interval", "width", "either"),
)
# The same where rows are few and of few groups: ratios of predicted and measured, whichever way.
RATIOS = (
    ("clips", "n", "count"),
    ("median ratio", "ratio", "plain"),
    ("p90", "ratio_p90", "plain"),
    ("every model once", "of_models", "plain"),
    ("bias", "bias", "signed"),
    ("inside 80 %", "coverage", "whole"),
    ("interval", "width", "either"),
)


def table(
    title: str, heads: Sequence[str], rows: Sequence[Sequence[str]], left: Collection[int] = (0,)
) -> Iterator[str]:
    """Lines of a table, the title over its first column; columns to the right but for those in `left`.

    >>> list(table("of", ("", "n"), [("a", "1"), ("bcdef", "23")]))
    ['of      n', 'a       1', 'bcdef  23']
    """
    yield from aligned([[title, *heads[1:]], *rows], left)


def block(title: str, rows: Sequence[Sequence[str]], left: Collection[int] = ()) -> Iterator[str]:
    """Lines of a title over a table that is set in."""
    yield f"\n{title}"
    for line in aligned(rows, left):
        yield f"{GAP}{line}"


def aligned(rows: Sequence[Sequence[str]], left: Collection[int]) -> Iterator[str]:
    """Lines of rows; columns whose places are in `left` begin on one line, others end on one."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = [
            cell.ljust(width) if place in left else cell.rjust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        yield GAP.join(cells).rstrip()


def score_table(
    title: str,
    scores: Mapping[str, Mapping[str, Any]],
    columns: Sequence[tuple[str, str, str]] = SCORE,
) -> Iterator[str]:
    """Lines of a table of scores, by name of what was scored; columns without any number are left out."""
    used = [column for column in columns if any(one.get(column[1]) is not None for one in scores.values())]
    rows = [[name, *(show(one.get(key), how) for _, key, how in used)] for name, one in scores.items()]
    yield from table(title, (title, *(head for head, _, _ in used)), rows)


def counted(number: int, what: str) -> str:
    """A number of things, `what` being one of them.

    >>> counted(1, "measured run"), counted(1200, "row")
    ('1 measured run', '1,200 rows')
    """
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def listed(title: str, rows: Sequence[Mapping[str, Any]], most: int = 10) -> Iterator[str]:
    """Lines that name rows with their reasons, the first `most` of them; nothing where there are none.

    >>> list(listed("left out", [{"id": "a", "why": "no speed"}]))
    ['', 'left out: 1 row', '  a: no speed']
    """
    if not rows:
        return
    yield ""
    yield f"{title}: {counted(len(rows), 'row')}"
    for row in rows[:most]:
        yield f"  {row['id']}: {row['why']}"
    if len(rows) > most:
        yield f"  and {len(rows) - most:,} more (--json lists all)"


def held(way: Mapping[str, Any]) -> str:
    """What was left out of the fits that rows were judged by."""
    return str(way["title"]) if way["id"] == "asis" else f"{way['title']} left out"


def show(value: float | None, how: str) -> str:
    """A number of a score as text.

    >>> show(0.0834, "share"), show(-0.012, "signed"), show(0.81, "whole"), show(0.2, "either")
    ('8.3 %', '-1.2 %', '81 %', '± 20 %')
    >>> show(1e4, "count"), show(1.234, "plain"), show(None, "share")
    ('10,000', '1.23', '')
    """
    if value is None:
        return ""
    ways = {
        "count": "{:,.0f}",
        "plain": "{:.2f}",
        "whole": "{:.0%}",
        "share": "{:.1%}",
        "signed": "{:+.1%}",
        "either": "± {:.0%}",
    }
    return ways[how].format(value).replace("%", " %")
