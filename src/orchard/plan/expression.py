"""Claims: comparisons of quantities, as ``capex@2025 in 70..72 G USD``.

::

    claim      = sum ( ">=" | "<=" | ">" | "<" ) sum  |  sum "in" literal ".." literal
    sum        = product { ( " + " | " - " ) product }
    product    = atom { ( " * " | " / " ) atom }
    atom       = quantity | literal | "(" sum ")"
    literal    = number with unit | date

Operators stand between spaces, since names and dates have hyphens and units have slashes. Both sides
must have one dimension; two dates subtract to a time, and a date takes a time added. Dates are compared by
the day: what happens in the afternoon of 2026-03-31 is not later than 2026-03-31.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from orchard import units
from orchard.errors import Finding, OrchardError, QuantityError
from orchard.plan.calendar import DAY_S, Array, to_day
from orchard.plan.outlook import Outlook
from orchard.plan.quantities import Definition, Quantity, read_quantity
from orchard.plan.scene import Setup

Compare = Callable[[Array, Array], NDArray[np.bool_]]

DATE: units.Dimension = (("date", 1),)

_TOKEN = re.compile(
    r"""\s*(?:
      (?P<date>\d{4}-\d{2}-\d{2}(?!\w))
    | (?P<number>[+-]?\d[\d_]*(?:\.(?!\.)\d*)?(?:[eE][+-]?\d+)?
        (?:\s*(?!in\b)[A-Za-z%$µ][A-Za-z%$µ/*]*(?:\ (?!in\b)[A-Za-z][A-Za-z/*]*)?)?)
    | (?P<name>[a-z][a-z0-9-]*(?:\.[a-z0-9_-]+)*(?:@[0-9A-Za-z-]+)?)
    | (?P<range>\.\.)
    | (?P<sign>>=|<=|>|<|\+|-|\*|/|\(|\))
    )""",
    re.X,
)
_SIGNS: dict[str, Compare] = {
    ">=": np.greater_equal, "<=": np.less_equal, ">": np.greater, "<": np.less,
}  # fmt: skip
_DEEPEST = 40


class Term(NamedTuple):
    """Something with a value per sample and a dimension."""

    read: Callable[[Outlook], Array]
    dimension: units.Dimension
    unit: str
    quantities: tuple[Quantity, ...] = ()


class Test(NamedTuple):
    """A claim that can be tested: two sides and their comparison.

    `target` is the right side in words; `bounds` its fixed ends, None where it is open or a quantity.
    """

    left: Term
    right: Term
    holds: Compare
    target: str
    bounds: tuple[float | None, float | None]

    @property
    def quantities(self) -> tuple[Quantity, ...]:
        """Quantities of both sides."""
        return self.left.quantities + self.right.quantities

    @property
    def unknown(self) -> str:
        """Why the claim cannot be answered; empty when it can."""
        return next((q.definition.unknown for q in self.quantities if q.definition.unknown), "")


def read_test(text: str, known: dict[str, Definition], setup: Setup) -> Test:
    """Read a claim.

    Raises
    ------
    QuantityError
        what is wrong with it
    """
    reader = _Reader(_tokens(text), text, known, setup)
    left = reader.sum(0)
    kind, sign = reader.take()
    if kind == "name" and sign == "in":
        return _within(left, reader, text)
    if sign not in _SIGNS:
        raise _wrong(text, f"{sign!r}" if sign else "no comparison", "one of >=, <=, >, <, in")
    start = reader.place
    right = reader.sum(0)
    reader.finish()
    _same(left, right, text)
    target = f"{sign} {reader.words(start)}"
    fixed = right.read(_NOTHING) if not right.quantities else None
    value = None if fixed is None else float(fixed)
    bounds = (value, None) if sign[0] == ">" else (None, value)
    return Test(left, right, _by_day(_SIGNS[sign], left), target, bounds)


def _within(left: Term, reader: _Reader, text: str) -> Test:
    start = reader.place
    first = reader.take()
    if reader.take() != ("range", ".."):
        raise _wrong(text, "a range that cannot be read", "a..b, as 70..72 G USD")
    second = reader.take()
    reader.finish()
    high = _literal(second, text)
    low = _literal(first, text, unit_of=second[1])
    _same(left, low, text)
    _same(left, high, text)
    ends = float(low.read(_NOTHING)), float(high.read(_NOTHING))
    if ends[0] > ends[1]:
        raise _wrong(text, "a range whose start is above its end", "the smaller first")

    def holds(values: Array, top: Array) -> NDArray[np.bool_]:
        return (values >= ends[0]) & (values <= top)

    return Test(left, high, _by_day(holds, left), "in " + reader.words(start), ends)


def _by_day(holds: Compare, left: Term) -> Compare:
    """The comparison, of whole days where dates are compared."""
    if left.dimension != DATE:
        return holds
    return lambda values, against: holds(np.floor(values), np.floor(against))


class _Reader:
    """A cursor over the words of a claim."""

    def __init__(
        self, tokens: list[tuple[str, str]], text: str, known: dict[str, Definition], setup: Setup
    ) -> None:
        self.tokens, self.text, self.known, self.setup = tokens, text, known, setup
        self.place = 0

    def take(self) -> tuple[str, str]:
        """The next word; an empty one at the end."""
        token = self.tokens[self.place] if self.place < len(self.tokens) else ("end", "")
        self.place += 1
        return token

    def finish(self) -> None:
        """Refuse what is left over."""
        if self.place < len(self.tokens):
            raise _wrong(self.text, f"{self.tokens[self.place][1]!r} too many", "one comparison")

    def words(self, start: int) -> str:
        """The words from `start` on, as written."""
        text = " ".join(word for _, word in self.tokens[start : self.place])
        return text.replace(" .. ", "..")

    def sum(self, depth: int) -> Term:
        """A sum of products."""
        left = self.product(depth)
        while self.tokens[self.place : self.place + 1] in ([("sign", "+")], [("sign", "-")]):
            sign = self.take()[1]
            left = _added(left, self.product(depth), sign, self.text)
        return left

    def product(self, depth: int) -> Term:
        """A product of atoms."""
        left = self.atom(depth)
        while self.tokens[self.place : self.place + 1] in ([("sign", "*")], [("sign", "/")]):
            sign = self.take()[1]
            left = _scaled(left, self.atom(depth), sign, self.text)
        return left

    def atom(self, depth: int) -> Term:
        """A quantity, a literal, or a sum in parentheses."""
        if depth > _DEEPEST:
            raise _wrong(self.text, "too many parentheses", "fewer")
        kind, word = self.take()
        if (kind, word) == ("sign", "("):
            inner = self.sum(depth + 1)
            if self.take() != ("sign", ")"):
                raise _wrong(self.text, "a parenthesis that is not closed", ")")
            return inner
        if kind == "name" and word != "in":
            return _quantity(read_quantity(word, self.known, self.setup))
        return _literal((kind, word), self.text)


def _tokens(text: str) -> list[tuple[str, str]]:
    if len(text) > 1000:
        raise _wrong(text, "a claim of more than 1000 letters", "a shorter one")
    found, place = [], 0
    while place < len(text.rstrip()):
        match = _TOKEN.match(text, place)
        if not match or match.lastgroup is None:
            raise _wrong(
                text, f"{text[place:].strip()[:20]!r}", "a quantity, a number with a unit, or a date"
            )
        found.append((match.lastgroup, match.group(match.lastgroup).strip()))
        place = match.end()
    return found


def _quantity(quantity: Quantity) -> Term:
    unit = quantity.definition.unit
    if unit == "date":
        return Term(quantity.read, DATE, unit, (quantity,))
    return Term(quantity.read, units.dimension(unit), unit, (quantity,))


def _literal(token: tuple[str, str], text: str, unit_of: str = "") -> Term:
    kind, word = token
    if kind == "date":
        try:
            day = to_day(date.fromisoformat(word))
        except ValueError:
            raise _wrong(text, f"the date {word}", "a date that exists") from None
        return Term(lambda _: np.asarray(day), DATE, "date")
    if kind != "number":
        raise _wrong(text, f"{word!r}" if word else "the end", "a quantity, a number with a unit, or a date")
    try:
        read = units.parse(word)
        if not read.dimension and unit_of:
            unit = re.sub(r"^[+-]?[\d_.]+(?:[eE][+-]?\d+)?\s*", "", unit_of)
            read = units.parse(f"{word} {unit}" if unit and "%" not in word else word)
    except units.UnitError as error:
        raise _wrong(text, str(error), "a number with a unit") from None
    return Term(lambda _: np.asarray(read.value), read.dimension, units.name(read.dimension))


def _added(left: Term, right: Term, sign: str, text: str) -> Term:
    time = units.dimension("s")
    scale_left = scale_right = 1.0
    dimension, unit = left.dimension, left.unit
    if left.dimension == DATE and right.dimension == DATE and sign == "-":
        dimension, unit, scale_left, scale_right = time, "s", DAY_S, DAY_S
    elif left.dimension == DATE and right.dimension == time:
        scale_right = 1 / DAY_S
    else:
        _same(left, right, text)
        if left.dimension == DATE:
            raise _wrong(text, "two dates added", "a date and a time")
    factor = scale_right if sign == "+" else -scale_right

    def read(outlook: Outlook) -> Array:
        with np.errstate(all="ignore"):  # never less never is not a number
            return np.asarray(left.read(outlook) * scale_left + right.read(outlook) * factor)

    return Term(read, dimension, unit, left.quantities + right.quantities)


def _scaled(left: Term, right: Term, sign: str, text: str) -> Term:
    if DATE in (left.dimension, right.dimension):
        raise _wrong(text, "a date multiplied or divided", "numbers there")
    power = 1 if sign == "*" else -1
    powers = dict(left.dimension)
    for symbol, count in right.dimension:
        powers[symbol] = powers.get(symbol, 0) + power * count
    dimension = tuple(sorted((symbol, count) for symbol, count in powers.items() if count))

    def read(outlook: Outlook) -> Array:
        with np.errstate(all="ignore"):
            return np.asarray(left.read(outlook) * right.read(outlook) ** power)

    return Term(read, dimension, units.name(dimension), left.quantities + right.quantities)


def _same(left: Term, right: Term, text: str) -> None:
    if left.dimension != right.dimension:
        found = f"{_called(left)} compared with {_called(right)}"
        raise _wrong(text, found, f"both in {_called(left)}")


def _called(term: Term) -> str:
    return (
        "a date" if term.dimension == DATE else units.name(term.dimension).replace("1", "a plain number", 1)
    )


def _wrong(text: str, found: str, wanted: str) -> OrchardError:
    return QuantityError(
        Finding("O504", "", "", f"{found} in {text[:80]!r}", wanted, "avocado.released <= 2026-03-31")
    )


class _Nothing(Outlook):
    """Where literals are read: they need no outlook."""

    def __init__(self) -> None:
        self._kept = {}


_NOTHING = _Nothing()
