"""What was predicted beside what was measured, run by run.

A measurement belongs to the last prediction of its run that was written before it, amount by amount. What
was predicted and not measured, or measured and never predicted, is said too.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import NamedTuple

from orchard.ledger.entry import Entry
from orchard.ledger.kinds import Kind, Range, range_of

# Kinds of entries that hold what came true.
_OUTCOMES: tuple[Kind, ...] = ("measurement", "evaluation")


class Pair(NamedTuple):
    """One amount of one run: what was predicted, on what basis, and what was measured.

    `predicted` is None for what was never predicted, `measured` for what was not measured.
    """

    run: str
    amount: str
    predicted: Range | None
    measured: float | None
    basis: str
    predicted_at: str
    measured_at: str

    @property
    def ratio(self) -> float | None:
        """Predicted over measured."""
        if self.predicted is None or not self.measured:
            return None
        return self.predicted.value / self.measured

    @property
    def inside(self) -> bool | None:
        """Whether what was measured lies in the interval; None where there is none."""
        if self.predicted is None or self.measured is None or self.predicted.low == self.predicted.high:
            return None
        return self.predicted.low <= self.measured <= self.predicted.high


class Account(NamedTuple):
    """How good predictions of an amount were: pairs, the median error, and those inside their interval."""

    pairs: int
    error: float
    judged: int
    inside: int


def pairs(entries: Iterable[Entry]) -> list[Pair]:
    """Every amount that was predicted or measured, runs in order of their first entry."""
    foretold: dict[tuple[str, str], tuple[Entry, Range]] = {}
    found: dict[tuple[str, str], Pair] = {}
    for one in entries:
        for amount, said in one.values.items():
            if one.kind == "prediction" and (predicted := range_of(said)) is not None:
                foretold[one.run, amount] = one, predicted
                basis = str(one.values.get("basis", ""))
                found.setdefault(
                    (one.run, amount), Pair(one.run, amount, predicted, None, basis, one.time, "")
                )
            elif one.kind in _OUTCOMES and (measured := range_of(said)) is not None:
                found[one.run, amount] = _pair(one, amount, measured.value, foretold.get((one.run, amount)))
    return [pair for pair in found.values() if _worth_saying(pair)]


def accounts(found: Iterable[Pair]) -> dict[str, Account]:
    """How good predictions were, by amount; those that were never put to the test are left out.

    So are amounts of zero or less, predicted or measured: no ratio says how far off they are.
    """
    by_amount: dict[str, list[Pair]] = {}
    for pair in found:
        if pair.ratio is not None and pair.ratio > 0:
            by_amount.setdefault(pair.amount, []).append(pair)
    return {amount: _account(listed) for amount, listed in by_amount.items()}


def _pair(entry: Entry, amount: str, measured: float, before: tuple[Entry, Range] | None) -> Pair:
    if before is None:
        return Pair(entry.run, amount, None, measured, "", "", entry.time)
    said, predicted = before
    basis = str(said.values.get("basis", ""))
    return Pair(entry.run, amount, predicted, measured, basis, said.time, entry.time)


def _worth_saying(pair: Pair) -> bool:
    """Whether the amount is one that is predicted: what is only counted, as steps, is left out."""
    return pair.predicted is not None or pair.amount.endswith(("_s", "_bytes", "_j", "_nats", "per_byte"))


def _account(listed: list[Pair]) -> Account:
    errors = sorted(abs(math.log(pair.ratio)) for pair in listed if pair.ratio)
    judged = [pair.inside for pair in listed if pair.inside is not None]
    middle = errors[len(errors) // 2] if len(errors) % 2 else sum(errors[len(errors) // 2 - 1 :][:2]) / 2
    return Account(len(listed), math.expm1(middle), len(judged), sum(judged))
