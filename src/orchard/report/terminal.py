"""The answer of a plan in the terminal: one screen, claims first, then the timeline."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

from rich.console import Console
from rich.text import Text

from orchard.report.claims import LIKELY_SHARE, classify, count_classes
from orchard.report.values import percent, read_date, show_points, show_value
from orchard.units import factor

SCREEN_LINES = 50
_NARROW_LINES = 64  # a narrow screen is a tall one
_STYLES = {"likely": "green", "open": "yellow", "unlikely": "red", "unknown": "bright_black"}
_DIM = "bright_black"
_GAP = 2
_WIDE = 110  # columns from which bars and sparklines have room
_WANTED = ("fleet.gpus", "fleet.chips", "fleet.it_power", "fleet.energised", "capex", "revenue", "cash")
_TIMELINE_ROWS = 5
_RELEASE_LINES = 2


class _Glyphs(NamedTuple):
    """Signs of the output; plain ones for terminals that are not Unicode."""

    marks: dict[str, str]
    full: str
    rest: str
    spark: str
    diamond: str
    dot: str
    cut: str


_RICH = _Glyphs(dict(zip(_STYLES, "✓~✗?", strict=True)), "━", "─", "▁▂▃▄▅▆▇█", "◆", "·", "…")
_PLAIN = _Glyphs(dict(zip(_STYLES, "+~-?", strict=True)), "#", ".", "_.-=+*#@", "*", "-", "~")


def print_plan(result: dict[str, Any], console: Console) -> None:
    """Print claims with probability, interval, what binds and remedy; then the years.

    At most 50 lines for two dozen claims: second lines of claims are left out, the most hopeless
    first, when the screen would be too small for all of them.
    """
    signs = _RICH if (console.encoding or "").lower().startswith("utf") else _PLAIN
    width = max(60, console.width)
    tail = [*_timeline(result, width, signs), *_releases(result, width, signs)]
    head = list(_head(result, width, signs))
    lines = SCREEN_LINES if width >= _WIDE else _NARROW_LINES
    body = _claims(result, width, signs, lines - len(head) - len(tail) - 2)
    for line in [*head, *body, *([Text()] if tail else []), *tail]:
        console.print(_fit(line, width, signs), no_wrap=True, crop=False, soft_wrap=True)


def _fit(line: Text, width: int, signs: _Glyphs) -> Text:
    if line.cell_len > width:
        line.truncate(width - 1)
        line.append(signs.cut, _DIM)
    return Text(_ascii(line.plain)) if signs is _PLAIN else line


def _ascii(text: str) -> str:
    """Write the text without signs that an old terminal lacks.

    >>> _ascii("−2 × 10²⁶ – 3")
    '-2 x 10^26 - 3'
    """
    for sign, plain in (("× 10", "x 10^"), ("\u202f", " "), ("–", "-"), ("−", "-")):
        text = text.replace(sign, plain)
    text = text.translate(str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789"))
    return text.encode("ascii", "replace").decode()


def _head(result: Mapping[str, Any], width: int, signs: _Glyphs) -> Iterator[Text]:
    programme = result.get("programme") or {}
    title = str(programme.get("title") or programme.get("id") or "Programme")
    note = [f"as of {programme.get('as_of') or '?'}", f"{int(result.get('samples') or 0):,} futures",
            f"seed {result.get('seed')}", str(result.get("digest") or "")[:8]]  # fmt: skip
    if width >= _WIDE:
        note.append(show_value(result.get("seconds"), "s"))
    yield Text.assemble((title, "bold"), "  ", (f" {signs.dot} ".join(note), _DIM))
    counts = count_classes(list(result.get("claims") or ()))
    words = [(f"{signs.marks[name]} {count} {name}  ", _STYLES[name]) for name, count in counts.items() if count]
    yield Text.assemble(*words) if words else Text("no claims", _DIM)
    yield Text()


class _Columns(NamedTuple):
    """Widths: claim text, bar, and the three values."""

    text: int
    bar: int
    values: tuple[int, int, int]


def _columns(claims: Sequence[Mapping[str, Any]], width: int) -> _Columns:
    cells = [_values(claim) for claim in claims]
    sizes = [max([len(row[index]) for row in cells] + [6]) for index in range(3)]
    bar = 10 if width >= _WIDE else 0
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


def _claims(result: Mapping[str, Any], width: int, signs: _Glyphs, room: int) -> Iterator[Text]:
    claims = list(result.get("claims") or ())
    if not claims:
        return
    columns = _columns(claims, width)
    head = "claim".ljust(columns.text) + " " * _GAP + "holds".rjust(7)
    head += " " * (columns.bar + 1 if columns.bar else 0)
    for name, size in zip(("p10", "median", "p90"), columns.values, strict=True):
        head += " " * _GAP + name.rjust(size)
    yield Text("  " + head, _DIM)
    detailed = _detailed(claims, room - len(claims), width, signs)
    for index, claim in enumerate(claims):
        yield _row(claim, columns, signs)
        if index in detailed:
            yield from (Text("    " + part, _DIM) for part in _split(_detail(claim, signs), width, signs))


def _split(text: str, width: int, signs: _Glyphs) -> list[str]:
    """One line, or one for what binds and one for the remedy on a narrow screen."""
    return [text] if width >= _WIDE or len(text) + 4 <= width else text.split(f" {signs.dot} ")


def _detailed(claims: Sequence[Mapping[str, Any]], room: int, width: int, signs: _Glyphs) -> set[int]:
    """Claims that get a second line: those nearest to holding go first."""
    wanting = [
        (-(2.0 if claim.get("probability") is None else float(claim["probability"])), index)
        for index, claim in enumerate(claims)
        if _detail(claim, signs)
    ]
    chosen: set[int] = set()
    for _, index in sorted(wanting):
        room -= len(_split(_detail(claims[index], signs), width, signs))
        if room < 0:
            break
        chosen.add(index)
    return chosen


def _detail(claim: Mapping[str, Any], signs: _Glyphs) -> str:
    share = claim.get("probability")
    if share is None:
        return str(claim.get("unknown") or "")
    if float(share) >= LIKELY_SHARE:
        return ""
    parts = [f"{label}: {claim[key]}" for label, key in (("binds", "binding"), ("remedy", "remedy"))
             if claim.get(key)]  # fmt: skip
    return f" {signs.dot} ".join(parts)


def _row(claim: Mapping[str, Any], columns: _Columns, signs: _Glyphs) -> Text:
    name = classify(claim)
    style = _STYLES[name]
    share = claim.get("probability")
    text = str(claim["text"])
    if len(text) > columns.text:
        text = text[: columns.text - 1].rstrip() + signs.cut
    line = Text.assemble((signs.marks[name] + " ", style), (text.ljust(columns.text), _DIM if share is None else ""))
    line.append(" " * _GAP + ("unknown" if share is None else percent(float(share))).rjust(7), style)
    if columns.bar:
        filled = 0 if share is None else round(float(share) * columns.bar)
        line.append(" " + signs.full * filled, style)
        line.append((" " if share is None else signs.rest) * (columns.bar - filled), _DIM)
    for index, (value, size) in enumerate(zip(_values(claim), columns.values, strict=True)):
        line.append(" " * _GAP + value.rjust(size), "" if index == 1 else _DIM)
    return line


def _timeline(result: Mapping[str, Any], width: int, signs: _Glyphs) -> list[Text]:
    rows = _rows(result)
    years = sorted({day.year for series in rows for day in _days(series)})[:8]
    if not rows or not years:
        return []
    cell = 9 if width >= _WIDE else 7
    label = min(34, width - cell * len(years) - 1)
    spark = width - label - cell * len(years) - 3
    head = "median at the end of".ljust(label) + "".join(str(year).rjust(cell) for year in years)
    return [Text(head, _DIM), *(_series_line(series, years, label, cell, spark, signs) for series in rows)]


def _rows(result: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    known = [s for s in result.get("series") or () if any(v is not None for v in s.get("p50") or ())]
    wanted = [s for name in _WANTED for s in known if s["id"] == name]
    others = [s for group in ("chips", "power", "money") for s in known if s.get("group") == group]
    return (wanted if len(wanted) >= 3 else [*wanted, *(s for s in others if s not in wanted)])[:_TIMELINE_ROWS]


def _days(series: Mapping[str, Any]) -> list[date]:
    return [day for text in series["dates"] if (day := read_date(text))]


def _series_line(
    series: Mapping[str, Any], years: Sequence[int], label: int, cell: int, spark: int, signs: _Glyphs
) -> Text:
    points = [(day, value) for day, value in zip(_days(series), series["p50"], strict=False) if value is not None]
    last = {day.year: float(value) for day, value in points}
    unit, size = _scale(max(last.values(), key=abs), str(series["unit"]))
    title, room = str(series["title"]), label - len(unit) - 2
    title = title if len(title) <= room else title[: room - 1].rstrip() + signs.cut
    line = Text.assemble(title, (f", {unit}" if unit else "", _DIM))
    line.append(" " * (label - line.cell_len))
    for year in years:
        text = f"{last[year] / size:.3g}".replace("-", "−") if year in last else signs.dot
        line.append(text.rjust(cell))
    if spark >= 8:
        line.append("   " + sparkline([float(value) for _, value in points], min(spark, 24), signs.spark), "cyan")
    return line


def _scale(largest: float, unit: str) -> tuple[str, float]:
    """Unit in which the largest value of a row reads well, and its size in coherent units.

    >>> _scale(5.1e6, "chip"), _scale(8.1e9, "W"), _scale(0.74, "1")
    (('M chips', 1000000.0), ('GW', 1000000000.0), ('', 1.0))
    """
    word = show_value(largest, unit).partition(" ")[2]
    return (word, factor(word)) if word else ("", 1.0)


def sparkline(values: Sequence[float], width: int, blocks: str = _RICH.spark) -> str:
    """Draw values as blocks of eight heights, from the smallest (or zero) to the largest.

    >>> sparkline([0, 1, 2, 3, 4, 5, 6, 7], 8)
    '▁▂▃▄▅▆▇█'
    """
    if not values:
        return ""
    picked = [values[round((index + 1) * len(values) / width) - 1] for index in range(min(width, len(values)))]
    low, high = min(0.0, *picked) if len(picked) > 1 else 0.0, max(picked)
    span = (high - low) or 1.0
    return "".join(blocks[min(7, int((value - low) / span * 7.999))] for value in picked)


def _releases(result: Mapping[str, Any], width: int, signs: _Glyphs) -> Iterator[Text]:
    """Release of every run (its last milestone where none is named so), on two lines at most."""
    entries = [_release(run, width, signs) for run in result.get("runs") or () if run.get("milestones")]
    label = "releases  "
    line, lines = Text(label, _DIM), 1
    for index, entry in enumerate(entries):
        if index and line.cell_len + len(entry) > width - 2:
            if lines == _RELEASE_LINES:
                line.append(signs.cut, _DIM)
                break
            yield line
            line, lines = Text(" " * len(label)), lines + 1
        line.append(entry + "  ", "default")
    if entries:
        yield line


def _release(run: Mapping[str, Any], width: int, signs: _Glyphs) -> str:
    miles = list(run["milestones"])
    named = [mile for mile in miles if "release" in str(mile["name"]).lower()] or miles
    low, mid, high = named[-1]["date"]
    spread = "" if low == high or width < _WIDE else f" ({_short(low)} to {_short(high)})"
    return f"{signs.diamond} {run['model']} {_short(mid)}{spread}"


def _short(day: str | None) -> str:
    return str(day)[:7] if day else "never"
