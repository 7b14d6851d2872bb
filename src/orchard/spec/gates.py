"""Conditions of a gate: comparisons of measured figures, as ``held_out.bits_per_byte <= xz.bits_per_byte``.

::

    condition  = sum ( "<=" | ">=" | "<" | ">" ) sum
    sum        = product { ( "+" | "-" ) product }
    product    = atom { ( "*" | "/" ) atom }
    atom       = figure | number | "-" atom | "(" sum ")"
    figure     = [ "predecessor." ] ( text ".bits_per_byte" | task ".accuracy" | task ".chance" )
               | ( "xz" | "xz_primed" ) "." text ".bits_per_byte"
    text       = "held_out" | "unseen"

``xz.bits_per_byte`` and ``predecessor.bits_per_byte`` are short for those of held-out text. Nothing of a
condition is ever run: it is read into a tree, and anything else in it is refused.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from orchard.errors import did_you_mean

TEXTS = ("held_out", "unseen")
TASKS = ("facts", "cloze", "reasoning", "instructions")
XZ = ("xz", "xz_primed")
PREDECESSOR = "predecessor"
BITS, ACCURACY, CHANCE = "bits_per_byte", "accuracy", "chance"

_OWN = (
    *(f"{text}.{BITS}" for text in TEXTS),
    *(f"{task}.{figure}" for task in TASKS for figure in (ACCURACY, CHANCE)),
)
NAMES = (
    *_OWN,
    *(f"{name}.{text}.{BITS}" for name in XZ for text in TEXTS),
    *(f"{PREDECESSOR}.{name}" for name in _OWN),
)
_SHORT = {f"{name}.{BITS}": f"{name}.{TEXTS[0]}.{BITS}" for name in (*XZ, PREDECESSOR)}

_LONGEST = 300  # characters
_DEEPEST = 40
_SIGNS: dict[type[ast.cmpop], str] = {ast.LtE: "<=", ast.GtE: ">=", ast.Lt: "<", ast.Gt: ">"}
_WORK: dict[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: lambda a, b: a + b,
    ast.Sub: lambda a, b: a - b,
    ast.Mult: lambda a, b: a * b,
    ast.Div: lambda a, b: a / b if b else math.nan,
}
WANTED = "a comparison of figures and numbers, as `facts.accuracy >= 0.3`"


class GateError(ValueError):
    """A condition that cannot be read: what was found, and what to try."""

    def __init__(self, found: str, wanted: str = WANTED, hint: str = "") -> None:
        self.found, self.wanted, self.hint = found, wanted, hint
        super().__init__(found)


class Condition(NamedTuple):
    """A condition that was read: two sides and their comparison."""

    text: str
    sign: str
    left: ast.expr
    right: ast.expr

    @property
    def names(self) -> tuple[str, ...]:
        """Figures in it, written in full, each once, as they come."""
        return tuple(dict.fromkeys((*_names(self.left), *_names(self.right))))

    @property
    def below(self) -> bool:
        """Whether the left side is to be the smaller one."""
        return self.sign.startswith("<")

    def margin(self, figures: Mapping[str, float]) -> float:
        """By how much the condition holds: above 0 it does. nan where a figure is, or by a division by 0.

        >>> read("facts.accuracy >= 2 * facts.chance").margin({"facts.accuracy": 0.6, "facts.chance": 0.25})
        0.09999999999999998
        """
        gap = _value(self.right, figures) - _value(self.left, figures)
        return gap if self.below else -gap

    def holds(self, margin: float) -> bool:
        """Whether the condition holds by a margin; a strict comparison does not at 0."""
        return margin >= 0 if len(self.sign) == 2 else margin > 0


def read(text: str) -> Condition:
    """Read a condition.

    Raises
    ------
    GateError
        what is wrong with it

    >>> read("held_out.bits_per_byte <= xz.bits_per_byte").names
    ('held_out.bits_per_byte', 'xz.held_out.bits_per_byte')
    >>> read("fact.accuracy >= 0.3")
    Traceback (most recent call last):
    orchard.spec.gates.GateError: no figure 'fact.accuracy'
    """
    if len(text) > _LONGEST:
        raise GateError(f"{len(text)} characters", f"at most {_LONGEST}")
    try:
        tree = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise GateError(f"{text[:80]!r}, which cannot be read") from None
    if not isinstance(tree, ast.Compare):
        raise GateError("no comparison")
    if len(tree.ops) > 1:
        raise GateError("two comparisons in one", "one comparison an entry")
    sign = _SIGNS.get(type(tree.ops[0]))
    if sign is None:
        raise GateError("a comparison that no measured figure can be held to", "one of <=, >=, <, >")
    condition = Condition(text.strip(), sign, tree.left, tree.comparators[0])
    for side in (condition.left, condition.right):
        _check(side, 0)
    if not condition.names:
        raise GateError("no figure that is measured", hint=f"figures are {', '.join(_OWN)}")
    return condition


def _check(node: ast.expr, depth: int) -> None:
    """Refuse what is neither figure, number nor arithmetic."""
    if depth > _DEEPEST:
        raise GateError(f"more than {_DEEPEST} levels", "a shorter condition")
    match node:
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _WORK:
            _check(left, depth + 1)
            _check(right, depth + 1)
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            _check(operand, depth + 1)
        case ast.Constant(value=int() | float() as value) if not isinstance(value, bool):
            if not _finite(value):
                raise GateError("a number without end", "a finite number")
        case ast.Attribute() | ast.Name():
            _name(node)
        case _:
            raise GateError(f"{ast.unparse(node)[:60]!r}")


def _finite(value: float) -> bool:
    try:
        return math.isfinite(value)
    except OverflowError:  # a whole number beyond floats
        return False


def _name(node: ast.expr) -> str:
    """Name of a figure in full."""
    written = ast.unparse(node)
    name = _SHORT.get(written, written)
    if name not in NAMES:
        hint = did_you_mean(written, (*NAMES, *_SHORT)) or f"figures are {', '.join(_OWN)}"
        raise GateError(f"no figure {written[:60]!r}", "a figure that is measured", hint)
    return name


def _names(node: ast.expr) -> Iterator[str]:
    match node:
        case ast.BinOp(left=left, right=right):
            yield from _names(left)
            yield from _names(right)
        case ast.UnaryOp(operand=operand):
            yield from _names(operand)
        case ast.Attribute() | ast.Name():
            yield _name(node)


def _value(node: ast.expr, figures: Mapping[str, float]) -> float:
    match node:
        case ast.BinOp(left=left, op=op, right=right):
            return _WORK[type(op)](_value(left, figures), _value(right, figures))
        case ast.UnaryOp(operand=operand):
            return -_value(operand, figures)
        case ast.Constant(value=value):
            assert isinstance(value, int | float)
            return float(value)
        case _:
            return figures[_name(node)]
