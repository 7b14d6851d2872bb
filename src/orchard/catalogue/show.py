"""Facts for people: found by words, written as one line or in full."""

from __future__ import annotations

from orchard.catalogue.catalogue import Catalogue, catalogue
from orchard.catalogue.fact import Fact


def find(known: Catalogue, words: str | list[str] = "", kind: str | None = None) -> list[Fact]:
    """Facts in which every word occurs, in order of id.

    A word may occur in the id, the basis, the note, the locator, or the id, title or publisher of a
    source; the case does not matter. `kind` keeps only facts of this kind.
    """
    wanted = (words.split() if isinstance(words, str) else words) or []
    lowered = [word.lower() for word in wanted]
    return [
        fact
        for fact in known.facts()
        if (kind is None or fact.kind == kind) and _holds(_haystack(known, fact), lowered)
    ]


def value_text(fact: Fact) -> str:
    """The value with its range, in the unit it was written in.

    >>> value_text(catalogue().fact("chip.h100.tdp"))
    '700 W'
    """
    row = fact.written()
    unit = "" if fact.is_date or fact.unit == "1" else f" {fact.unit}"
    text = f"{_digits(row['value'])}{unit}"
    if fact.exact:
        return text
    return f"{text} ({_digits(row['low'])} to {_digits(row['high'])})"


def line(fact: Fact) -> str:
    """One line: id, value, kind, and a mark when sources differ."""
    mark = f"  [{len(fact.conflict)} sources differ]" if fact.conflict else ""
    return f"{fact.id}  {value_text(fact)}  {fact.kind}{mark}"


def describe(fact: Fact, known: Catalogue | None = None) -> str:
    """Everything about a fact: value, range, basis, kind, sources, date, note, conflicting rows.

    `known` is the catalogue the fact is from, the packaged one by default.
    """
    rows = fact.conflict or (fact,)
    head = [fact.id, _row("value", value_text(fact))]
    if fact.conflict:
        head += [_row("note", fact.note)]
    return "\n".join(
        head + [text for row in rows for text in _about(row, known or catalogue(), bool(fact.conflict))]
    )


def _about(fact: Fact, known: Catalogue, member: bool) -> list[str]:
    source = known.sources[fact.source]
    pairs = [
        ("says", value_text(fact) if member else ""),
        ("basis", fact.basis),
        ("kind", fact.kind),
        ("source", ", ".join(part for part in (source.title, source.publisher, source.date) if part)),
        ("", source.url),
        ("where", fact.locator),
        ("as of", fact.as_of.isoformat()),
        ("note", fact.note),
    ]
    lines = [_row(label, text) for label, text in pairs if text]
    return ["", *lines] if member else lines


def _row(label: str, text: str) -> str:
    return f"  {label:<8} {text}"


def _haystack(known: Catalogue, fact: Fact) -> str:
    rows = fact.conflict or (fact,)
    parts = [fact.id]
    for row in rows:
        source = known.sources[row.source]
        parts += [row.basis, row.note, row.locator, source.id, source.title, source.publisher]
    return " ".join(parts).lower()


def _holds(text: str, words: list[str]) -> bool:
    return all(word in text for word in words)


def _digits(number: str | float | None) -> str:
    if isinstance(number, float):
        return f"{number:,.6g}" if abs(number) < 1e15 else f"{number:.4g}"
    return str(number)
