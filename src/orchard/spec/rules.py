"""Coded rules: what can be wrong with a programme whose every entry is well written.

A rule is a generator that yields what is wrong; its docstring is its documentation. Rules are grouped
by topic in `rules_names`, `rules_dates`, `rules_facts`, `rules_sums`, `rules_runs`, `rules_money`,
`rules_energy`, `rules_gates`, `rules_training` and `rules_causes`.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from pydantic import BaseModel

from orchard import units
from orchard.catalogue import Catalogue
from orchard.errors import FactError, Finding
from orchard.spec import places
from orchard.spec.amounts import Amount
from orchard.spec.places import Steps
from orchard.spec.programme import Programme
from orchard.spec.reader import Document


class Problem(NamedTuple):
    """What a rule found: the steps to the place, what was found, what was wanted, what to try."""

    steps: Steps
    found: str
    wanted: str = ""
    hint: str = ""


Test = Callable[[Programme, Catalogue], Iterator[Problem]]


class Rule(NamedTuple):
    """A rule: its code, what it asks for, the test, and how severe a breach is."""

    code: str
    title: str
    test: Test
    severity: str = "error"

    @property
    def documentation(self) -> str:
        """The rule's docstring: what it does, why, an example, what to try."""
        return inspect.getdoc(self.test) or ""


RULES: dict[str, Rule] = {}


def rule(code: str, title: str, severity: str = "error") -> Callable[[Test], Test]:
    """Register a rule under a code of its own."""

    def register(test: Test) -> Test:
        if code in RULES:
            raise ValueError(f"{code} is taken by {RULES[code].title!r}")
        RULES[code] = Rule(code, title, test, severity)
        return test

    return register


def run(
    programme: Programme, document: Document, catalogue: Catalogue, rules: Iterable[Rule]
) -> list[Finding]:
    """Findings of these rules, with the lines of the document, in the order of the file."""
    findings = [
        Finding(
            each.code,
            document.place(problem.steps),
            places.dotted(problem.steps, document.data),
            problem.found,
            problem.wanted,
            problem.hint,
            each.severity,
        )
        for each in rules
        for problem in each.test(programme, catalogue)
    ]
    return sorted(findings, key=lambda finding: int(finding.place.rpartition(":")[2]))


def amounts(node: object, steps: Steps = ()) -> Iterator[tuple[Steps, Amount]]:
    """Every amount of a programme with the steps to it."""
    if isinstance(node, Amount):
        yield steps, node
    elif isinstance(node, BaseModel):
        for name in type(node).model_fields:
            yield from amounts(getattr(node, name), (*steps, name))
    elif isinstance(node, dict):
        for name, below in node.items():
            yield from amounts(below, (*steps, name))
    elif isinstance(node, list | tuple):
        for index, below in enumerate(node):
            yield from amounts(below, (*steps, index))


def bounds(
    amount: Amount | None, programme: Programme, catalogue: Catalogue
) -> tuple[float, float, float] | None:
    """Low, value and high of an amount in coherent units; None when it is left out or cannot be known.

    A cited fact is taken as the catalogue knew it at the programme's date.
    """
    if amount is None:
        return None
    if amount.fact is None:
        numbers = (amount.low, amount.value, amount.high)
    else:
        try:
            source = programme.resolve.get(amount.fact)
            fact = catalogue.fact(amount.fact, source=source, as_of=programme.as_of)
        except FactError:
            return None
        if fact.is_date or fact.dimension != units.dimension(amount.unit):
            return None
        numbers = (fact.low, fact.value, fact.high)
    low, value, high = numbers
    if low is None or value is None or high is None:
        return None
    return low, value, high
