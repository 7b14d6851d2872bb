"""The quantities that ``ask`` and claims know, and how each is read off an outlook.

A *state* holds at the end of a day (``fleet.gpus@2025-12-31``), a quarter or a year. A *flow*
is summed over a quarter or a year (``capex@2025``). A *date* and a *constant* take no period. Some
are named although nothing here can answer them yet: they are unknown, with the reason.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Literal, NamedTuple

import numpy as np

from orchard.errors import Finding, QuantityError, did_you_mean
from orchard.plan.calendar import Array, Period, quarter_of, read_period, to_day
from orchard.plan.outlook import Outlook
from orchard.plan.scene import Setup

Kind = Literal["state", "flow", "date", "constant"]
Read = Callable[[Outlook], Array]
ReadQuarter = Callable[[Outlook, str], Array]


class Definition(NamedTuple):
    """A quantity: its unit (``date`` for dates), its kind, and how it is read.

    `states` gives [E, S] for a state and [S] for a date or a constant; `quarter` gives [S] of one
    quarter for a flow, or at the end of one for a state known by quarter. `rate` marks flows that are
    ratios: they are not summed, `year` tells what they are over a year.
    """

    id: str
    title: str
    unit: str
    kind: Kind
    states: Read | None = None
    quarter: ReadQuarter | None = None
    year: Callable[[Outlook, str], Array] | None = None
    unknown: str = ""


class Quantity(NamedTuple):
    """A definition at a period, as ``capex@2025-Q4``."""

    definition: Definition
    period: Period | None
    text: str

    def read(self, outlook: Outlook) -> Array:
        """Samples [S]; days for dates."""
        definition, period = self.definition, self.period
        if definition.states is not None:
            states = definition.states(outlook)
            if period is None:
                return states
            return outlook.scene.calendar.at(states, to_day(period.end))
        if definition.quarter is None or period is None:
            return np.full(outlook.scene.draws.size, np.nan)
        if definition.year is not None and period.kind == "year":
            return definition.year(outlook, period.text)
        values = [definition.quarter(outlook, quarter) for quarter in _quarters(period, definition.kind)]
        total: Array = np.sum(values, axis=0)
        return total


def read_quantity(text: str, known: dict[str, Definition], setup: Setup) -> Quantity:
    """Read ``name`` or ``name@period``.

    Raises
    ------
    QuantityError
        an unknown name, a period that is missing, of the wrong kind or outside what is planned
    """
    name, _, when = text.partition("@")
    definition = known.get(name)
    if definition is None:
        hint = did_you_mean(name, known) or "orchard ask FILE --list"
        raise QuantityError(
            Finding("O501", "", "", f"the quantity {name[:60]!r}", "a quantity of this programme", hint)
        )
    period = read_period(when) if when else None
    problem = _misfit(definition, period, setup)
    if problem:
        raise QuantityError(Finding("O503", "", "", text[:80], problem, _example(definition)))
    return Quantity(definition, period, text)


def read_quantities(texts: Iterable[str], known: dict[str, Definition], setup: Setup) -> list[Quantity]:
    """Read several quantities.

    Raises
    ------
    QuantityError
        every one that cannot be read, at once
    """
    found, wrong = list[Quantity](), list[Finding]()
    for text in texts:
        try:
            found.append(read_quantity(text, known, setup))
        except QuantityError as error:
            wrong += error.findings
    if wrong:
        raise QuantityError(wrong)
    return found


def _quarters(period: Period, kind: Kind) -> list[str]:
    if kind == "state" or period.kind == "quarter":
        return [quarter_of(period.end - timedelta(days=1))]
    return [f"{period.text}-Q{number}" for number in range(1, 5)]


def _misfit(definition: Definition, period: Period | None, setup: Setup) -> str:
    if definition.kind in ("date", "constant"):
        return "" if period is None else f"{definition.id} without a period"
    if period is None:
        return f"{definition.id}@" + ("a quarter or a year" if definition.kind == "flow" else "a date")
    if definition.kind == "flow" and period.kind == "date":
        return "a quarter or a year: it is a flow, not a state"
    if period.end.toordinal() > setup.calendar.end:
        return f"a period within the horizon, until {setup.programme.horizon.end.isoformat()}"
    first = min([setup.calendar.quarters[0], *setup.programme.finances.reported])
    begun = setup.calendar.start if definition.quarter is None else to_day(read_period(first).start)
    if definition.quarter is not None and definition.id not in _REPORTED:
        begun = setup.calendar.start
    if period.start.toordinal() < begun:
        return "a period that is planned or reported"
    return ""


_REPORTED = {"capex", "revenue", "revenue.family", "revenue.growth", "arpp", "people"}


def _example(definition: Definition) -> str:
    when = {"state": "@2026-12-31", "flow": "@2026 or @2026-Q1"}.get(definition.kind, "")
    return definition.id + when
