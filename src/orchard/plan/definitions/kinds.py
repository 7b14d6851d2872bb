"""The five kinds of definition: states, flows, dates, constants, and what cannot be answered."""

from __future__ import annotations

from orchard.plan.quantities import Definition, Read, ReadQuarter


def state(name: str, title: str, unit: str, read: Read) -> Definition:
    """A quantity at the end of a day, read as [E, S] at the edges."""
    return Definition(name, title, unit, "state", read)


def flow(name: str, title: str, unit: str, read: ReadQuarter) -> Definition:
    """A quantity summed over quarters, read as [S] for one of them."""
    return Definition(name, title, unit, "flow", quarter=read)


def date(name: str, title: str, read: Read) -> Definition:
    """A day, read as [S]."""
    return Definition(name, title, "date", "date", read)


def constant(name: str, title: str, unit: str, read: Read) -> Definition:
    """One number for the whole plan, read as [S]."""
    return Definition(name, title, unit, "constant", read)


def unknown(name: str, title: str, unit: str, reason: str) -> Definition:
    """What is named although nothing here can answer it, with the reason."""
    return Definition(name, title, unit, "constant", unknown=reason)
