"""The answer of a plan in the terminal: one screen, claims first, then the timeline."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from rich.console import Console
from rich.text import Text

from orchard.report.claims import LIKELY_SHARE, classify, count_classes
from orchard.report.signs import DIM, FINE, PLAIN, STYLES, WIDE, Signs, write_ascii
from orchard.report.speeds import speed_lines
from orchard.report.values import in_shown_units, percent, read_date, show_points, show_value
from orchard.report.years import releases, timeline

SCREEN_LINES = 50
_NARROW_LINES = 96  # a narrow screen scrolls: no sentence is cut there
_READABLE = 44  # columns that the sentence of a claim needs beside its numbers
_INDENT = 11  # mark, probability and a gap
_GAP = 2
_SHOWN_OVERRIDES = 3


def print_plan(result: dict[str, Any], console: Console) -> None:
    """Print claims with probability, interval, what binds and remedy; then the years and the speed of runs.

    At most 50 lines for two dozen claims: second lines of claims are left out, the most hopeless
    first, when the screen would be too small for all of them. On a narrow screen sentences are
    wrapped, not cut, and the answer is longer.
    """
    result = in_shown_units(result)
    signs = FINE if (console.encoding or "").lower().startswith("utf") else PLAIN
    width = max(60, console.width)
    claims = list(result.get("claims") or ())
    columns = _columns(claims, width)
    tail = [*timeline(result, width, signs), *releases(result, width, signs)]
    tail += [*speed_lines(result, width, signs), *_own(result), *_overrides(result, signs)]
    head = list(_head(result, width, signs))
    if columns.text >= _READABLE:
        lines = SCREEN_LINES if width >= WIDE else _NARROW_LINES
        body = _claims(claims, columns, width, signs, lines - len(head) - len(tail) - 2)
    else:
        body = _stacked(claims, width, signs, _NARROW_LINES - len(head) - len(tail) - 2)
    for line in [*head, *body, *([Text()] if tail else []), *tail]:
        console.print(_fit(line, width, signs), no_wrap=True, crop=False, soft_wrap=True)


def _fit(line: Text, width: int, signs: Signs) -> Text:
    if line.cell_len > width:
        line.truncate(width - 1)
        line.append(signs.cut, DIM)
    return Text(write_ascii(line.plain)) if signs is PLAIN else line


def _head(result: Mapping[str, Any], width: int, signs: Signs) -> Iterator[Text]:
    programme = result.get("programme") or {}
    title = str(programme.get("title") or programme.get("id") or "Programme")
    note = [f"as of {programme.get('as_of') or '?'}", f"{int(result.get('samples') or 0):,} futures",
            f"seed {result.get('seed')}", str(result.get("digest") or "")[:8]]  # fmt: skip
    if width >= WIDE:
        note.append(show_value(result.get("seconds"), "s"))
    said = f" {signs.dot} ".join(note)
    if len(title) + 2 + len(said) <= width:
        yield Text.assemble((title, "bold"), "  ", (said, DIM))
    else:
        yield Text(title, "bold")
        yield Text(said, DIM)
    counts = count_classes(list(result.get("claims") or ()))
    shown = [(name, count) for name, count in counts.items() if count]
    words = [(f"{signs.marks[name]} {count} {name}  ", STYLES[name]) for name, count in shown]
    yield Text.assemble(*words) if words else Text("no claims", DIM)
    yield Text()


class _Columns(NamedTuple):
    """Widths: claim text, bar, and the three values."""

    text: int
    bar: int
    values: tuple[int, int, int]


def _columns(claims: Sequence[Mapping[str, Any]], width: int) -> _Columns:
    cells = [_values(claim) for claim in claims]
    sizes = [max([len(row[index]) for row in cells] + [6]) for index in range(3)]
    bar = 10 if width >= WIDE else 0
    used = 2 + 7 + _GAP * 4 + sum(sizes) + (bar + 1 if bar else 0)
    return _Columns(max(18, width - used), bar, (sizes[0], sizes[1], sizes[2]))


def _values(claim: Mapping[str, Any]) -> list[str]:
    """p10, median, p90; the ends without the unit where it is that of the median."""
    unit = str(claim.get("unit") or "1")
    if claim.get("probability") is None:
        return ["", "", ""]
    points = [claim.get(key) for key in ("p10", "p50", "p90")]
    if unit == "date":
        return [str(day)[:10] if read_date(day) else "never" for day in points]
    return show_points(points, unit)


def _own(result: Mapping[str, Any]) -> Iterator[Text]:
    """How many facts are the user's own, and what that is about; a line each, three notes at most."""
    own = result.get("own") or {}
    count = len(own.get("facts") or ())
    if count:
        yield Text.assemble(
            ("own facts ", DIM), f"{count} of your own catalogue", ("  " + own["folder"], DIM)
        )
    for note in list(own.get("notes") or ())[:_SHOWN_OVERRIDES]:
        yield Text.assemble(("measured  ", DIM), note)


def _overrides(result: Mapping[str, Any], signs: Signs) -> Iterator[Text]:
    """Values that stand in place of what the file says elsewhere: one line each, three at most."""
    rows = list(result.get("overrides") or ())
    for row in rows[:_SHOWN_OVERRIDES]:
        yield Text.assemble(("override  ", DIM), f"{row['path']}: {row['to']}", (f"  {row['why']}", DIM))
    if len(rows) > _SHOWN_OVERRIDES:
        yield Text(f"override  {signs.cut} and {len(rows) - _SHOWN_OVERRIDES} more", DIM)


def _claims(
    claims: Sequence[Mapping[str, Any]], columns: _Columns, width: int, signs: Signs, room: int
) -> Iterator[Text]:
    if not claims:
        return
    head = "claim".ljust(columns.text) + " " * _GAP + "holds".rjust(7)
    head += " " * (columns.bar + 1 if columns.bar else 0)
    for name, size in zip(("p10", "median", "p90"), columns.values, strict=True):
        head += " " * _GAP + name.rjust(size)
    yield Text("  " + head, DIM)
    detailed = _detailed(claims, room - len(claims), width, signs, _split)
    for index, claim in enumerate(claims):
        yield _row(claim, columns, signs)
        if index in detailed:
            yield from (Text("    " + part, DIM) for part in _split(_detail(claim, signs), width, signs))


def _split(text: str, width: int, signs: Signs) -> list[str]:
    """One line, or one for what binds and one for the remedy on a narrow screen."""
    return [text] if width >= WIDE or len(text) + 4 <= width else text.split(f" {signs.dot} ")


def _detailed(
    claims: Sequence[Mapping[str, Any]],
    room: int,
    width: int,
    signs: Signs,
    lines: Callable[[str, int, Signs], list[str]],
) -> set[int]:
    """Claims that get a second line: those nearest to holding go first."""
    wanting = [
        (-(2.0 if claim.get("probability") is None else float(claim["probability"])), index)
        for index, claim in enumerate(claims)
        if _detail(claim, signs)
    ]
    chosen: set[int] = set()
    for _, index in sorted(wanting):
        room -= len(lines(_detail(claims[index], signs), width, signs))
        if room < 0:
            break
        chosen.add(index)
    return chosen


def _stacked(claims: Sequence[Mapping[str, Any]], width: int, signs: Signs, room: int) -> Iterator[Text]:
    """Claims on a narrow screen: the whole sentence, its numbers at the right or below, the reasons."""
    if not claims:
        return
    yield Text("    holds  claim" + "median (p10 to p90)".rjust(width - 16), DIM)
    blocks = [_block(claim, width, signs) for claim in claims]
    detailed = _detailed(claims, room - sum(map(len, blocks)), width, signs, _wrapped)
    for index, (claim, block) in enumerate(zip(claims, blocks, strict=True)):
        yield from block
        if index in detailed:
            yield from (Text(part, DIM) for part in _wrapped(_detail(claim, signs), width, signs))


def _block(claim: Mapping[str, Any], width: int, signs: Signs) -> list[Text]:
    """Lines of one claim: probability, sentence, and its numbers where there is room for them."""
    name, share = classify(claim), claim.get("probability")
    low, mid, high = _values(claim)
    numbers = "" if share is None else f"{mid} ({low} to {high})" if low != high else mid
    sentence = textwrap.wrap(str(claim["text"]), width - _INDENT) or [""]
    tone = DIM if share is None else ""
    word = "unknown" if share is None else percent(float(share))
    mark = (f"{signs.marks[name]} {word.rjust(7)}", STYLES[name])
    lines = [Text.assemble(mark, " " * _GAP, (sentence[0], tone))]
    lines += [Text(" " * _INDENT + part, tone) for part in sentence[1:]]
    if numbers and len(sentence[-1]) + _GAP + len(numbers) > width - _INDENT:
        lines.append(Text(" " * _INDENT))
    if numbers:
        lines[-1].append(numbers.rjust(width - lines[-1].cell_len), DIM)
    return lines


def _wrapped(detail: str, width: int, signs: Signs) -> list[str]:
    """What binds and the remedy under the sentence, each from a line of its own."""
    indent = " " * _INDENT
    return [
        line
        for part in detail.split(f" {signs.dot} ")
        for line in textwrap.wrap(part, width, initial_indent=indent, subsequent_indent=indent + "  ")
    ]


def _detail(claim: Mapping[str, Any], signs: Signs) -> str:
    share = claim.get("probability")
    if share is None:
        return str(claim.get("unknown") or "")
    if float(share) >= LIKELY_SHARE:
        return ""
    parts = [f"{label}: {claim[key]}" for label, key in (("binds", "binding"), ("remedy", "remedy"))
             if claim.get(key)]  # fmt: skip
    return f" {signs.dot} ".join(parts)


def _row(claim: Mapping[str, Any], columns: _Columns, signs: Signs) -> Text:
    name = classify(claim)
    style = STYLES[name]
    share = claim.get("probability")
    text = str(claim["text"])
    if len(text) > columns.text:
        text = text[: columns.text - 1].rstrip() + signs.cut
    tone = DIM if share is None else ""
    line = Text.assemble((signs.marks[name] + " ", style), (text.ljust(columns.text), tone))
    line.append(" " * _GAP + ("unknown" if share is None else percent(float(share))).rjust(7), style)
    if columns.bar:
        filled = 0 if share is None else round(float(share) * columns.bar)
        line.append(" " + signs.full * filled, style)
        line.append((" " if share is None else signs.rest) * (columns.bar - filled), DIM)
    for index, (value, size) in enumerate(zip(_values(claim), columns.values, strict=True)):
        line.append(" " * _GAP + value.rjust(size), "" if index == 1 else DIM)
    return line
