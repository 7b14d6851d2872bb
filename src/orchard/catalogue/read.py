"""Reading the catalogue's CSV files, with every problem of the data found at once."""

from __future__ import annotations

import csv
import math
import re
from collections.abc import Iterable, Mapping
from datetime import date
from functools import cache
from pathlib import Path
from typing import NamedTuple, cast

from orchard import units
from orchard.catalogue.fact import KINDS, Fact, Kind, Source
from orchard.errors import FactError, Finding, did_you_mean

FACT_COLUMNS = ("id", "value", "low", "high", "unit", "basis", "kind", "source", "locator", "as_of", "note")
SOURCE_COLUMNS = ("id", "title", "publisher", "url", "date")

_ID = re.compile(r"[a-z0-9][a-z0-9_-]*(\.[a-z0-9][a-z0-9_-]*)+")
_BASIS = re.compile(r"([A-Za-z0-9]+(-[A-Za-z0-9]+)*)?")


class _BadCellError(ValueError):
    """One cell that cannot be used: what was found and what was wanted."""

    def __init__(self, found: str, wanted: str, hint: str = "") -> None:
        super().__init__(found)
        self.wanted, self.hint = wanted, hint


class Table(NamedTuple):
    """Rows of CSV files, each with the place it was read from (``file:line``)."""

    rows: list[tuple[str, dict[str, str]]]
    problems: list[Finding]


def read_tables(paths: Iterable[Path], columns: tuple[str, ...]) -> Table:
    """Read CSV files that have exactly these columns."""
    rows: list[tuple[str, dict[str, str]]] = []
    problems: list[Finding] = []
    for path in paths:
        with path.open(encoding="utf-8", newline="") as file:
            reader = csv.reader(file)
            header = tuple(next(reader, ()))
            if header != columns:
                problems.append(
                    Finding("O601", path.name, "", f"columns {','.join(header)}", ",".join(columns))
                )
                continue
            for cells in reader:
                place = f"{path.name}:{reader.line_num}"
                if len(cells) == len(columns):
                    rows.append((place, dict(zip(columns, cells, strict=True))))
                elif cells:
                    found, wanted = f"{len(cells)} cells", f"{len(columns)} cells"
                    hint = "quote a cell that has a comma in it"
                    problems.append(Finding("O601", place, "", found, wanted, hint))
    return Table(rows, problems)


def read_sources(paths: Iterable[Path]) -> dict[str, Source]:
    """Read sources, keyed by id.

    Raises
    ------
    FactError
        a source without title or address, or two sources with one id
    """
    table = read_tables(paths, SOURCE_COLUMNS)
    problems, sources = table.problems, dict[str, Source]()
    for place, row in table.rows:
        missing = [name for name in ("id", "title", "url") if not row[name].strip()]
        source = Source(**row)
        if missing:
            problems.append(Finding("O602", place, source.id, f"no {missing[0]}", "id, title and url"))
        elif sources.get(source.id, source) != source:
            problems.append(Finding("O602", place, source.id, "a second source with this id", "one row"))
        sources[source.id] = source
    if problems:
        raise FactError(problems)
    return sources


def read_facts(paths: Iterable[Path], sources: Mapping[str, Source]) -> list[Fact]:
    """Read the facts of CSV files; values come back in coherent units.

    Raises
    ------
    FactError
        carries every problem of every file
    """
    table = read_tables(paths, FACT_COLUMNS)
    return facts_of(table.rows, sources, table.problems)


def facts_of(
    rows: Iterable[tuple[str, Mapping[str, str]]],
    sources: Mapping[str, Source],
    problems: Iterable[Finding] = (),
) -> list[Fact]:
    """Turn rows of text, each with its place, into facts.

    Raises
    ------
    FactError
        carries every problem: unreadable numbers, units, kinds, dates; sources nobody listed; a range
        that does not hold its value; two rows of one id from one source or in different dimensions
    """
    found = list(problems)
    facts: list[Fact] = []
    for place, row in rows:
        try:
            facts.append(_fact(row, sources, place))
        except _BadCellError as bad:
            found.append(Finding("O603", place, row.get("id", ""), str(bad), bad.wanted, bad.hint))
    found += _clashes(facts)
    if found:
        raise FactError(found)
    return facts


def _fact(row: Mapping[str, str], sources: Mapping[str, Source], place: str) -> Fact:
    cell = {name: str(row.get(name) or "").strip() for name in FACT_COLUMNS}
    _check_words(cell, sources)
    if cell["unit"] == "date":
        day, early, late = (_day(cell[name] or cell["value"], name) for name in ("value", "low", "high"))
        value = low = high = math.nan
        days: tuple[date | None, date | None, date | None] = (day, early, late)
        holds = early <= day <= late
    else:
        numbers = [_number(cell[name] or cell["value"], name) for name in ("value", "low", "high")]
        value, low, high = (number * _factor(cell["unit"]) for number in numbers)
        days = (None, None, None)
        holds = low <= value <= high
    if not holds:
        raise _BadCellError(f"{cell['value']} in {cell['low']} .. {cell['high']}", "low <= value <= high")
    return Fact(
        cell["id"],
        value,
        low,
        high,
        cell["unit"],
        cell["basis"],
        cast("Kind", cell["kind"]),
        cell["source"],
        cell["locator"],
        _day(cell["as_of"], "as_of"),
        cell["note"],
        date=days[0],
        date_low=days[1],
        date_high=days[2],
        place=place,
    )


def _check_words(cell: Mapping[str, str], sources: Mapping[str, Source]) -> None:
    if not _ID.fullmatch(cell["id"]):
        raise _BadCellError(f"id {cell['id']!r}", "lower-case words joined by dots, e.g. chip.h100.bf16")
    if cell["kind"] not in KINDS:
        raise _BadCellError(
            f"kind {cell['kind']!r}", "one of " + ", ".join(KINDS), did_you_mean(cell["kind"], KINDS)
        )
    if cell["source"] not in sources:
        raise _BadCellError(
            f"source {cell['source']!r}",
            "an id in sources*.csv",
            did_you_mean(cell["source"], sources) or "add the source: a number without one is not accepted",
        )
    if not _BASIS.fullmatch(cell["basis"]):
        raise _BadCellError(f"basis {cell['basis']!r}", "one word or words joined by hyphens")
    if bool(cell["low"]) != bool(cell["high"]):
        raise _BadCellError("one end of the range only", "both low and high, or neither")


@cache
def _factor(unit: str) -> float:
    try:
        return units.factor(unit)
    except units.UnitError as error:
        raise _BadCellError(f"unit {unit!r}: {error}", "a unit such as W, GB/s, USD, chip, % or 1") from error


def _number(text: str, column: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise _BadCellError(f"{column} {text!r}", "a finite number")
    return number


def _day(text: str, column: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise _BadCellError(f"{column} {text!r}", "a date such as 2025-12-31") from error


def _clashes(facts: Iterable[Fact]) -> list[Finding]:
    first: dict[str, Fact] = {}
    seen: set[tuple[str, str]] = set()
    problems: list[Finding] = []
    for fact in facts:
        head = first.setdefault(fact.id, fact)
        if (fact.id, fact.source) in seen:
            problems.append(
                Finding("O604", fact.place, fact.id, f"a second row from {fact.source}", "one row a source")
            )
        elif fact.unit != head.unit and (fact.is_date != head.is_date or fact.dimension != head.dimension):
            problems.append(
                Finding("O604", fact.place, fact.id, f"unit {fact.unit} beside {head.unit}", "one dimension")
            )
        seen.add((fact.id, fact.source))
    return problems
