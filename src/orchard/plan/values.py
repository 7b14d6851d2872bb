"""Every uncertain or certain number of a programme, resolved against the catalogue.

Walking the programme gives each amount a dotted path. An amount that cites a fact takes the fact's
range, and all places that cite one fact share one draw; an assumed amount has a draw of its own.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date

from orchard import units
from orchard.catalogue import Catalogue, Fact
from orchard.errors import FactError, Finding, SpecError
from orchard.spec.amounts import Amount
from orchard.spec.programme import Programme
from orchard.spec.rules import amounts


@dataclass(frozen=True)
class Value:
    """A number in coherent units with the 80 % interval of its outcomes.

    `key` names the draw: ``fact:<id>`` for facts, the path otherwise.
    """

    key: str
    unit: str
    low: float
    value: float
    high: float
    least: float | None = None
    most: float | None = None
    cause: str | None = None

    @property
    def signed(self) -> bool:
        """Whether it may be below zero: delays, growth. A fact has one spread wherever it is cited."""
        if self.key.startswith("fact:"):
            return False
        return self.unit == "s" if self.least is None else self.least < 0

    @property
    def certain(self) -> bool:
        """Whether there is nothing to draw."""
        return self.low == self.high


@dataclass
class Values:
    """All amounts of a programme by path, and the facts they cite."""

    catalogue: Catalogue
    as_of: date
    resolve: dict[str, str]
    amounts: dict[str, Value] = field(default_factory=dict)
    stated: dict[str, Amount] = field(default_factory=dict)
    used: dict[str, set[str]] = field(default_factory=dict)

    def fact(self, fact_id: str, path: str) -> Fact:
        """A fact as known at the programme's date; remembers who uses it."""
        known = self.catalogue.fact(fact_id, source=self.resolve.get(fact_id), as_of=self.as_of)
        self.used.setdefault(fact_id, set()).add(path)
        return known

    def cite(self, fact_id: str, unit: str, path: str) -> str:
        """Make a fact available as an amount and return its key.

        Raises
        ------
        FactError
            no such fact by the programme's date, or one of another dimension
        """
        key = f"fact:{fact_id}"
        known = self.fact(fact_id, path)
        if units.dimension(known.unit) != units.dimension(unit):
            found = f"{fact_id} is in {known.unit}"
            raise FactError(Finding("O403", "", path, found, f"a fact in {unit}"))
        if key not in self.amounts:
            self.amounts[key] = Value(key, unit, known.low, known.value, known.high)
        return key

    def add(self, path: str, amount: Amount) -> None:
        """Resolve one amount of the programme."""
        self.stated[path] = amount
        if amount.fact is not None:
            key = self.cite(amount.fact, amount.unit, path)
            known = self.amounts[key]
            self.amounts[path] = replace(
                known, unit=amount.unit, least=amount.least, most=amount.most, cause=amount.cause
            )
        elif amount.low is not None and amount.value is not None and amount.high is not None:
            self.amounts[path] = Value(
                path,
                amount.unit,
                amount.low,
                amount.value,
                amount.high,
                amount.least,
                amount.most,
                amount.cause,
            )


def resolve(programme: Programme, catalogue: Catalogue) -> Values:
    """Resolve every amount of the programme, and what events of people cite.

    Raises
    ------
    SpecError
        all citations that cannot be resolved, at once
    """
    values = Values(catalogue, programme.as_of, dict(programme.resolve))
    findings: list[Finding] = []
    for steps, amount in amounts(programme):
        path = ".".join(map(str, steps))
        try:
            values.add(path, amount)
        except FactError as error:
            findings += [finding._replace(path=path) for finding in error.findings]
    for name, event in programme.people.items():
        if event.fact is not None:
            try:
                values.fact(event.fact, f"people.{name}")
            except FactError as error:
                findings += [finding._replace(path=f"people.{name}.fact") for finding in error.findings]
    if findings:
        raise SpecError(findings)
    _tie(values)
    return values


def _tie(values: Values) -> None:
    """Give all places that cite one fact one cause: the first by name of those they state."""
    causes: dict[str, str] = {}
    for value in values.amounts.values():
        if value.cause is not None:
            causes[value.key] = min(causes.get(value.key, value.cause), value.cause)
    tied = {path: replace(value, cause=causes.get(value.key)) for path, value in values.amounts.items()}
    values.amounts.update(tied)
