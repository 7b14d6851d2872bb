"""What the answers rest on: facts with their sources, assumptions, and how firm they are."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from orchard.report.values import Value, read_date, show_amount, show_date, show_written

KINDS = ("measured", "published", "reported", "estimated", "assumed")  # the firmest first
_SHOWN_USERS = 2
_UNSAFE = re.compile(r"[^A-Za-z0-9_-]+")


class Link(NamedTuple):
    """A source: its title, and an address only when it is one of the web."""

    title: str
    url: str
    detail: str


class FactRow(NamedTuple):
    """One row of the table of facts, written."""

    anchor: str
    id: str
    value: str
    range: str
    basis: str
    kind: str
    links: list[Link]
    locator: str
    as_of: str
    note: str
    conflict: list[str]
    users: str
    all_users: str


class AmountRow(NamedTuple):
    """One assumption, written."""

    path: str
    value: str
    range: str
    why: str


def anchor(prefix: str, name: str) -> str:
    """Id of an element: ``fact-chip-gb200-bf16``.

    >>> anchor("fact", "chip.gb200.bf16")
    'fact-chip-gb200-bf16'
    """
    return f"{prefix}-{_UNSAFE.sub('-', name).strip('-')}"


def count_kinds(facts: Sequence[Mapping[str, Any]]) -> list[tuple[str, int]]:
    """How many facts are of each kind, the firmest first; kinds without facts are left out."""
    kinds = [str(fact["kind"]) for fact in facts]
    return [(kind, kinds.count(kind)) for kind in dict.fromkeys([*KINDS, *kinds]) if kind in kinds]


def fact_rows(result: Mapping[str, Any]) -> list[FactRow]:
    """Every fact of the result in the order of its id."""
    sources = {str(source["id"]): source for source in result.get("sources") or ()}
    facts = sorted(result.get("facts") or (), key=lambda fact: (str(fact["id"]), str(fact["source"])))
    seen: dict[str, int] = {}
    rows = []
    for fact in facts:
        name = anchor("fact", str(fact["id"]))
        seen[name] = seen.get(name, 0) + 1
        rows.append(_fact_row(fact, name if seen[name] == 1 else f"{name}-{seen[name]}", sources))
    return rows


def _fact_row(fact: Mapping[str, Any], name: str, sources: Mapping[str, Mapping[str, Any]]) -> FactRow:
    unit = str(fact["unit"])
    users = [str(path) for path in fact.get("used_by") or ()]
    more = len(users) - _SHOWN_USERS
    return FactRow(
        anchor=name,
        id=str(fact["id"]),
        value=show_written(fact["value"], unit),
        range=_range(fact.get("low"), fact.get("high"), unit),
        basis=str(fact.get("basis") or ""),
        kind=str(fact["kind"]),
        links=[_link(part, sources) for part in str(fact["source"]).split("; ") if part],
        locator=str(fact.get("locator") or ""),
        as_of=show_date(read_date(fact["as_of"])) if read_date(fact.get("as_of")) else "",
        note=str(fact.get("note") or ""),
        conflict=[_member(row, unit, sources) for row in fact.get("conflict") or ()],
        users=", ".join(users[:_SHOWN_USERS]) + (f" and {more} more" if more > 0 else ""),
        all_users=", ".join(users),
    )


def _link(source: str, sources: Mapping[str, Mapping[str, Any]]) -> Link:
    known = sources.get(source)
    if known is None:
        return Link(source, "", "")
    url = str(known.get("url") or "")
    parts = (str(known.get("publisher") or ""), str(known.get("date") or ""))
    safe = url if url.lower().startswith(("https://", "http://")) else ""
    return Link(str(known.get("title") or source), safe, ", ".join(part for part in parts if part))


def _member(row: Mapping[str, Any], unit: str, sources: Mapping[str, Mapping[str, Any]]) -> str:
    value = show_written(row.get("value"), str(row.get("unit") or unit))
    return f"{value}: {_link(str(row.get('source')), sources).title}"


def _range(low: Value, high: Value, unit: str, show: Callable[[Value, str], str] = show_written) -> str:
    if low is None or high is None or low == high:
        return ""
    first, last = show(low, unit), show(high, unit)
    tail = first.partition(" ")[2]
    if tail and unit != "date" and last.partition(" ")[2] == tail:
        first = first.partition(" ")[0]
    return f"{first} – {last}"


def assumption_rows(result: Mapping[str, Any]) -> list[AmountRow]:
    """Every assumption, in the order of the programme."""
    return [
        AmountRow(
            str(row["path"]),
            show_amount(row["value"], str(row["unit"])),
            _range(row.get("low"), row.get("high"), str(row["unit"]), show_amount),
            str(row.get("why") or ""),
        )
        for row in result.get("assumptions") or ()
    ]
