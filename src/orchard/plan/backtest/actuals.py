"""What has become known since: a table of outcomes, read with the patience that tables of people need.

One row a quantity, or a claim by its id. Columns may be called as people call them; everything that is wrong
with the table is said at once.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import NamedTuple

from orchard.errors import Finding, OrchardError, QuantityError, did_you_mean
from orchard.estimate.sheet import CHUNK, Sheet
from orchard.plan.backtest.outcome import Outcome, as_period, read_day, read_outcome, read_truth
from orchard.plan.quantities import Definition, Quantity, read_quantity
from orchard.plan.scene import Setup

COLUMNS: dict[str, tuple[str, ...]] = {
    "quantity": ("id", "metric", "name", "variable", "what", "key"),
    "at": ("period", "date", "when", "quarter", "year", "as_of"),
    "value": ("actual", "observed", "outcome", "result", "realised", "realized"),
    "unit": ("units",),
    "low": ("lower", "min", "minimum"),
    "high": ("upper", "max", "maximum"),
    "known": ("known_on", "known_at", "published", "announced", "date"),
    "source": ("url", "link", "reference", "ref"),
    "claim": ("claim_id",),
}
"""Columns of the table, and other names that are taken for them."""


class Actual(NamedTuple):
    """A row: a quantity with its outcome, or a claim with whether it held."""

    row: int
    quantity: Quantity | None
    claim: str
    outcome: Outcome
    known: date | None
    source: str

    @property
    def text(self) -> str:
        """What the row is about."""
        return self.claim if self.quantity is None else self.quantity.text


def read_actuals(path: Path, setup: Setup, known: dict[str, Definition]) -> list[Actual]:
    """Every row of a table of outcomes.

    Raises
    ------
    OrchardError
        everything that is wrong, at once: O520 columns, O521 a value, O522 a row said twice, O523 a date,
        O524 no rows, O525 a period said twice, and what is wrong with a quantity
    """
    found: list[Actual] = []
    findings: list[Finding] = []
    with Sheet(path, ()) as sheet:
        columns = _columns(path, sheet.columns)
        number = 0
        for chunk in sheet.chunks(CHUNK):
            for place, cells in enumerate(chunk.rows):
                number += 1
                if not any(map(str.strip, cells)) or cells[0].lstrip().startswith("#"):
                    continue
                reader = _Row(path, number, setup, known)
                try:
                    reader.whole(cells, sheet.columns, chunk.wrong.get(place, ""))
                    found.append(reader.read({name: cells[index].strip() for name, index in columns.items()}))
                except OrchardError as error:
                    findings += [one._replace(place=reader.place) for one in error.findings]
    findings += _twice(path, found)
    if findings:
        raise QuantityError(findings)
    if not found:
        hint = "quantity,value and a line such as capex@2025,72 G USD"
        raise QuantityError(Finding("O524", str(path), "", "no rows", "a row for each thing known", hint))
    return found


class _Row:
    """Reads one row."""

    def __init__(self, path: Path, number: int, setup: Setup, known: dict[str, Definition]) -> None:
        self.place = f"{path} row {number}"
        self.setup, self.known = setup, known

    def whole(self, cells: Sequence[str], columns: Sequence[str], spoilt: str) -> None:
        """Refuse a row that does not fit under the columns."""
        if len(cells) != len(columns):
            spoilt = f"{len(cells)} cells under {len(columns)} columns"
        if spoilt:
            wanted = "a cell for each column; quotes around a cell that has a comma in it"
            raise QuantityError(Finding("O520", self.place, "", spoilt, wanted))

    def read(self, cells: Mapping[str, str]) -> Actual:
        """The row as what it is about and what came of it."""
        name, at = cells.get("quantity", ""), cells.get("at", "")
        claim = cells.get("claim", "")
        known = self._day(cells.get("known", ""))
        source = cells.get("source", "")
        if not claim and name.partition("@")[0] not in self.known and name in self.setup.programme.claims:
            claim = name
        if claim:
            self._claimed(claim)
            held = read_truth(cells.get("value", ""))
            return Actual(self._number, None, claim, held, known or read_day(at), source)
        quantity, later = self._quantity(name, at)
        known = known or later
        outcome = read_outcome(
            cells.get("value", ""), cells.get("low", ""), cells.get("high", ""), cells.get("unit", ""),
            quantity.definition.unit, known,
        )  # fmt: skip
        return Actual(self._number, quantity, "", outcome, known, source)

    @property
    def _number(self) -> int:
        return int(self.place.rpartition(" ")[2])

    def _claimed(self, claim: str) -> None:
        claims = self.setup.programme.claims
        if claim not in claims:
            hint = did_you_mean(claim, claims) or "orchard plan FILE lists them"
            raise QuantityError(Finding("O526", "", "", f"the claim {claim[:60]!r}", "a claim of FILE", hint))

    def _quantity(self, name: str, at: str) -> tuple[Quantity, date | None]:
        """The quantity at its period, and the day on which it became known where `at` is that."""
        base, _, period = name.partition("@")
        base, period, at = base.strip(), as_period(period), as_period(at)
        if not base:
            raise QuantityError(Finding("O521", "", "", "no quantity", "one, as capex@2025"))
        definition = self.known.get(base)
        undated = definition is not None and definition.kind in ("date", "constant")
        if not undated and not period:
            period, at = at, ""
        later = None
        if at and at != period:
            later = read_day(at)
            if later is None:
                found = f"the period {period or 'of a date'} and {at}"
                raise QuantityError(Finding("O525", "", "", found, "one of them"))
        text = f"{base}@{period}" if period else base
        if definition is None and base in self._near():
            raise QuantityError(Finding("O526", "", "", f"{base!r} with a period", "a claim by its id alone"))
        return read_quantity(text, self.known, self.setup), later

    def _near(self) -> Mapping[str, object]:
        return self.setup.programme.claims

    def _day(self, text: str) -> date | None:
        found = read_day(text)
        if text and found is None:
            raise QuantityError(Finding("O523", "", "", f"known {text[:40]!r}", "a date, as 2026-01-28"))
        return found


def _columns(path: Path, found: Sequence[str]) -> dict[str, int]:
    """Place of each column that is known, under whatever name it stands.

    Raises
    ------
    QuantityError
        O520: what is needed is not there, or stands there twice
    """
    plain = [re.sub(r"[\s-]+", "_", name.strip().lower()) for name in found]
    places = {name: plain.index(name) for name in COLUMNS if name in plain}
    for name, others in COLUMNS.items():
        free = [other for other in others if other in plain and plain.index(other) not in places.values()]
        if name not in places and free:
            places[name] = plain.index(free[0])
    if "claim" in places and "quantity" not in places and "value" in places:
        return places
    missing = [name for name in ("quantity", "value") if name not in places]
    if "value" in missing and {"low", "high"} <= places.keys():
        missing.remove("value")
    if missing:
        has = f"columns {', '.join(found)[:200]}" if any(plain) else "no columns"
        names = [f"{name} (or {', '.join(COLUMNS[name])})" for name in missing]
        every = [one for name in missing for one in (name, *COLUMNS[name])]
        near = [did_you_mean(one, every, f"for {one}") for one in plain]
        hint = "; ".join(filter(None, near))
        raise QuantityError(Finding("O520", str(path), "", has, " and ".join(names), hint))
    return places


def _twice(path: Path, found: Sequence[Actual]) -> list[Finding]:
    """Things that two rows speak of."""
    first: dict[str, int] = {}
    wrong = []
    for one in found:
        if one.text in first:
            said = f"{one.text} again, as in row {first[one.text]}"
            wrong.append(Finding("O522", f"{path} row {one.row}", "", said, "one row for each"))
        first.setdefault(one.text, one.row)
    return wrong
