"""What is explained: a quantity, or the claim of an id."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from orchard.errors import Finding, QuantityError, did_you_mean
from orchard.plan.calendar import DAY_S, Array, Period
from orchard.plan.claims import read_claims
from orchard.plan.definitions import definitions
from orchard.plan.expression import Test
from orchard.plan.outlook import Outlook
from orchard.plan.quantities import read_quantity
from orchard.plan.scene import Setup


class Target(NamedTuple):
    """Something with a number in every sample; of a claim also whether it holds.

    Of a claim that compares two quantities the number is the left less the right.
    """

    text: str
    title: str
    unit: str
    read: Callable[[Outlook], Array]
    holds: Callable[[Outlook], NDArray[np.bool_]] | None = None
    statement: str = ""
    period: Period | None = None


def target_of(setup: Setup, text: str) -> Target:
    """Read a quantity as ``ask`` takes it, or the id of a claim.

    Raises
    ------
    QuantityError
        O920: neither a claim nor a quantity; O501 to O504: what is wrong with it;
        O921: it is unknown, with the reason
    """
    known = definitions(setup)
    if text in setup.programme.claims:
        return _claim(setup, text, read_claims(setup, known)[text])
    name = text.partition("@")[0]
    if name not in known:
        near = did_you_mean(name, [*known, *setup.programme.claims])
        found = f"{text[:60]!r}, neither a quantity nor a claim of this programme"
        hint = near or "orchard ask FILE --list"
        raise QuantityError(Finding("O920", "", "QUANTITY", found, "a quantity or the id of a claim", hint))
    quantity = read_quantity(text, known, setup)
    definition = quantity.definition
    _refuse_unknown(text, definition.unknown)
    return Target(text, definition.title, definition.unit, quantity.read, period=quantity.period)


def _claim(setup: Setup, name: str, test: Test) -> Target:
    claim = setup.programme.claims[name]
    _refuse_unknown(name, test.unknown)
    read, unit = test.left.read, test.left.unit
    if test.right.quantities:
        scale = DAY_S if unit == "date" else 1.0
        unit = "s" if unit == "date" else unit

        def read(outlook: Outlook) -> Array:
            with np.errstate(invalid="ignore"):
                return np.asarray(test.left.read(outlook) - test.right.read(outlook)) * scale

    def holds(outlook: Outlook) -> NDArray[np.bool_]:
        return test.holds(test.left.read(outlook), test.right.read(outlook))

    periods = [quantity.period for quantity in test.quantities if quantity.period is not None]
    period = periods[0] if periods else None
    return Target(name, claim.text, unit, read, holds, claim.test, period)


def _refuse_unknown(text: str, reason: str) -> None:
    if reason:
        raise QuantityError(Finding("O921", "", "QUANTITY", f"{text[:60]}: {reason}", "something known"))
