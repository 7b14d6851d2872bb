"""Quantities with units: ``"1.02 GW"`` <-> ``1.02e9``.

The only place that knows prefixes. People write strings with units at the edges; inside, Orchard
computes with floats in coherent SI units (plus USD, bytes, tokens and a few counted things), and
the name of every such float ends in its unit.

A dimension is a product of powers of base symbols, kept as a sorted tuple: power is
``(("J", 1), ("s", -1))``. Counted things (chips, people, tokens ...) are dimensions of their own,
so that a number of chips cannot stand where a number of people is wanted.
"""

from __future__ import annotations

import math
import re
from typing import NamedTuple

Dimension = tuple[tuple[str, int], ...]

NONE: Dimension = ()


class UnitError(ValueError):
    """A quantity that cannot be read, or that has another dimension than the one wanted."""


class Quantity(NamedTuple):
    """A number in coherent units and its dimension."""

    value: float
    dimension: Dimension


_PREFIXES = {
    "f": 1e-15,
    "p": 1e-12,
    "n": 1e-9,
    "u": 1e-6,
    "µ": 1e-6,
    "m": 1e-3,
    "k": 1e3,
    "K": 1e3,
    "M": 1e6,
    "G": 1e9,
    "T": 1e12,
    "P": 1e15,
    "E": 1e18,
    "Z": 1e21,
    "Y": 1e24,
    "Ki": 2.0**10,
    "Mi": 2.0**20,
    "Gi": 2.0**30,
    "Ti": 2.0**40,
    "Pi": 2.0**50,
}

_DAY_S = 86_400.0
_YEAR_S = 365.25 * _DAY_S


def _dim(**powers: int) -> Dimension:
    return tuple(sorted((name, power) for name, power in powers.items() if power))


# symbol -> (coherent factor, dimension, takes SI prefixes)
_SYMBOLS: dict[str, tuple[float, Dimension, bool]] = {
    "W": (1.0, _dim(J=1, s=-1), True),
    "J": (1.0, _dim(J=1), True),
    "Wh": (3600.0, _dim(J=1), True),
    "MMBtu": (1.05505585262e9, _dim(J=1), False),  # a million British thermal units, as gas is sold
    "g": (1e-3, _dim(kg=1), True),
    "t": (1e3, _dim(kg=1), True),
    "s": (1.0, _dim(s=1), True),
    "min": (60.0, _dim(s=1), False),
    "h": (3600.0, _dim(s=1), False),
    "d": (_DAY_S, _dim(s=1), False),
    "wk": (7 * _DAY_S, _dim(s=1), False),
    "mo": (_YEAR_S / 12, _dim(s=1), False),
    "y": (_YEAR_S, _dim(s=1), False),
    "Hz": (1.0, _dim(s=-1), True),
    "B": (1.0, _dim(B=1), True),
    "bit": (0.125, _dim(B=1), True),
    "FLOP": (1.0, _dim(FLOP=1), True),
    "USD": (1.0, _dim(USD=1), True),
    "token": (1.0, _dim(token=1), True),
    "chip": (1.0, _dim(chip=1), True),
    "person": (1.0, _dim(person=1), True),
    "request": (1.0, _dim(request=1), True),
    "image": (1.0, _dim(image=1), True),
    "clip": (1.0, _dim(clip=1), True),
    "sample": (1.0, _dim(sample=1), True),
    "label": (1.0, _dim(label=1), True),
    "parameter": (1.0, _dim(parameter=1), True),
    "node": (1.0, _dim(node=1), True),
    "rack": (1.0, _dim(rack=1), True),
    "failure": (1.0, _dim(failure=1), True),
    "%": (0.01, NONE, False),
    "x": (1.0, NONE, False),
    "1": (1.0, NONE, False),
}

_ALIASES = {
    "second": "s", "seconds": "s", "minute": "min", "minutes": "min", "hour": "h", "hours": "h",
    "day": "d", "days": "d", "week": "wk", "weeks": "wk", "month": "mo", "months": "mo",
    "yr": "y", "year": "y", "years": "y", "FLOPs": "FLOP", "FLOPS": "FLOP", "bytes": "B", "byte": "B",
    "bits": "bit", "b": "bit", "tokens": "token", "GPU": "chip", "GPUs": "chip", "chips": "chip",
    "TPU": "chip", "TPUs": "chip", "people": "person", "persons": "person", "users": "person",
    "user": "person", "requests": "request", "images": "image", "clips": "clip",
    "samples": "sample", "labels": "label", "parameters": "parameter", "nodes": "node",
    "racks": "rack", "failures": "failure", "interruption": "failure", "interruptions": "failure",
    "times": "x", "percent": "%", "$": "USD",
}  # fmt: skip

# How people write a dimension when they ask for one, in order of preference for messages.
_EXAMPLES = {
    "W": "1.02 GW",
    "J": "3.2 TWh",
    "s": "90 d",
    "B": "80 GB",
    "B/s": "3.35 TB/s",
    "FLOP": "4e25 FLOP",
    "FLOP/s": "989 TFLOP/s",
    "USD": "72 G USD",
    "chip": "350 k chips",
    "token": "30 T tokens",
    "person": "3.5 G people",
    "USD/W": "14.8 USD/W",
    "USD/J": "83 USD/MWh",
    "USD/chip": "54 k USD/chip",
    "USD/s": "3 M USD/d",
    "kg": "1.2 Mt",
    "kg/J": "370 kg/MWh",
    "USD/kg": "50 USD/t",
    "W/chip": "2.05 kW/chip",
    "failure/node/s": "3.9 failures/node/y",
    "1": "26 %",
}

_NAMED: dict[Dimension, str] = {
    NONE: "1",
    _dim(J=1, s=-1): "W",
    _dim(FLOP=1, s=-1): "FLOP/s",
    _dim(s=-1): "Hz",
    _dim(kg=1): "kg",
}

_NUMBER = re.compile(r"([+-]?(?:\d[\d_]*\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)\s*(.*)", re.S)


def dimension(unit: str) -> Dimension:
    """Dimension of a unit expression such as ``"USD/W"``.

    >>> dimension("W")
    (('J', 1), ('s', -1))
    >>> dimension("GPU") == dimension("chips")
    True
    """
    return _unit(unit).dimension


def factor(unit: str) -> float:
    """Coherent value of one `unit`: ``factor("MW") == 1e6``."""
    return _unit(unit).value


def parse(text: str) -> Quantity:
    """Read a number with a unit.

    Raises
    ------
    UnitError
        the text is not ``<number> <unit>``, or names a unit nobody knows

    >>> parse("1.02 GW").value
    1020000000.0
    >>> parse("72 G USD").value
    72000000000.0
    >>> round(parse("82.6 USD/MWh").value * 3.6e9, 6)
    82.6
    """
    match = _NUMBER.match(text.strip())
    if not match:
        raise UnitError(f"{_short(text)} does not start with a number")
    value = float(match.group(1).replace("_", ""))
    unit = match.group(2)
    one = _unit(unit) if unit else Quantity(1.0, NONE)
    result = value * one.value
    if not math.isfinite(result):
        raise UnitError(f"{_short(text)} is not a finite number")
    return Quantity(result, one.dimension)


def parse_as(text: str, unit: str) -> float:
    """Read `text` as a quantity of the dimension of `unit`; the value in coherent units.

    >>> parse_as("90 d", "s")
    7776000.0
    >>> parse_as("3 kW", "USD")
    Traceback (most recent call last):
    ...
    orchard.units.UnitError: '3 kW' is in W; wanted USD, e.g. "72 G USD"
    """
    quantity = parse(text)
    wanted = dimension(unit)
    if quantity.dimension != wanted:
        found = name(quantity.dimension) if quantity.dimension else "a bare number"
        verb = "is in" if quantity.dimension else "is"
        raise UnitError(f'{_short(text)} {verb} {found}; wanted {unit}, e.g. "{example(unit)}"')
    return quantity.value


def example(unit: str) -> str:
    """A well-written quantity of this unit, for messages."""
    for symbol, text in _EXAMPLES.items():
        if dimension(symbol) == dimension(unit):
            return text
    return f"1 {unit}"


def name(dim: Dimension) -> str:
    """The dimension as people write it: ``"USD/person"``."""
    if dim in _NAMED:
        return _NAMED[dim]
    over = [_power(symbol, power) for symbol, power in dim if power > 0]
    under = [_power(symbol, -power) for symbol, power in dim if power < 0]
    return "*".join(over or ["1"]) + "".join("/" + part for part in under)


def show(value: float, unit: str, digits: int = 3) -> str:
    """Write a coherent value for people, with an engineering prefix.

    `unit` is a coherent unit such as ``W``, ``USD``, ``chip``, ``s`` or ``1``; shares print in
    percent when the unit is ``%``.

    >>> show(1.02e9, "W"), show(70.9e9, "USD"), show(1.3e6, "chip"), show(0.26, "%")
    ('1.02 GW', '70.9 G USD', '1.3 M chips', '26 %')
    >>> show(7776000.0, "s"), show(1.62e26, "FLOP")
    ('90 d', '1.62e26 FLOP')
    """
    if not math.isfinite(value):
        return "never" if value > 0 else "-"
    if unit == "%":
        return f"{_digits(value * 100, digits)} %"
    if unit in ("1", ""):
        return _digits(value, digits)
    if unit == "s":
        return _show_time(value, digits)
    if unit == "FLOP" and abs(value) >= _LARGE_FLOP:
        mantissa, _, power = f"{value:.{digits - 1}e}".partition("e+")
        return f"{float(mantissa):g}e{power} FLOP"
    scale, prefix = _engineering(value)
    text = _digits(value / scale, digits)
    head, _, rest = unit.partition("/")
    if head in _COUNTED or head == "USD":
        word = _COUNTED.get(head, head) if text != "1" or prefix else head
        return f"{text} {prefix + ' ' if prefix else ''}{word}{'/' + rest if rest else ''}"
    return f"{text} {prefix}{unit}"


_LARGE_FLOP = 1e21  # training runs are compared by powers of ten, not by prefixes
_COUNTED = {
    word: word + "s"
    for word in ("chip", "token", "request", "image", "clip", "sample", "label", "parameter", "node")
} | {"rack": "racks", "failure": "failures", "person": "people"}


def _show_time(value: float, digits: int) -> str:
    size = abs(value)
    for limit, symbol in ((2 * _YEAR_S, "y"), (2 * _DAY_S, "d"), (7200, "h"), (120, "min"), (1, "s")):
        if size >= limit:
            return f"{_digits(value / _SYMBOLS[symbol][0], digits)} {symbol}"
    if size == 0:
        return "0 s"
    scale, prefix = _engineering(value)
    return f"{_digits(value / scale, digits)} {prefix}s"


def _engineering(value: float) -> tuple[float, str]:
    size = abs(value)
    for prefix in ("Y", "Z", "E", "P", "T", "G", "M", "k"):
        if size >= _PREFIXES[prefix] * 0.9995:
            return _PREFIXES[prefix], prefix
    if size >= 0.9995 or size == 0:
        return 1.0, ""
    for prefix in ("m", "u", "n", "p", "f"):
        if size >= _PREFIXES[prefix] * 0.9995:
            return _PREFIXES[prefix], prefix
    return 1.0, ""


def _digits(value: float, digits: int) -> str:
    if value == 0:
        return "0"
    magnitude = math.floor(math.log10(abs(value)))
    if not -5 < magnitude < 15:
        return f"{value:.{digits}g}"
    text = f"{value:.{max(0, digits - 1 - magnitude)}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _unit(text: str) -> Quantity:
    value, powers = 1.0, dict[str, int]()
    for index, part in enumerate(text.split("/")):
        sign = 1 if index == 0 else -1
        for word in part.split("*"):
            one, dim = _symbol(word.strip())
            value *= one**sign
            for symbol, power in dim:
                powers[symbol] = powers.get(symbol, 0) + sign * power
    return Quantity(value, tuple(sorted((s, p) for s, p in powers.items() if p)))


def _symbol(word: str) -> tuple[float, Dimension]:
    if not word:
        raise UnitError("a unit is missing")
    words = word.split()
    if len(words) == 2 and words[0] in _PREFIXES:  # "G USD", "k chips"
        one, dim = _symbol(words[1])
        return _PREFIXES[words[0]] * one, dim
    known = _ALIASES.get(word, word)
    if known in _SYMBOLS:
        one, dim, _ = _SYMBOLS[known]
        return one, dim
    for size in (2, 1):
        prefix, rest = word[:size], word[size:]
        known = _ALIASES.get(rest, rest)
        if prefix in _PREFIXES and known in _SYMBOLS and _SYMBOLS[known][2]:
            one, dim, _ = _SYMBOLS[known]
            return _PREFIXES[prefix] * one, dim
    raise UnitError(f"{_short(word)} is not a unit Orchard knows")


def _power(symbol: str, power: int) -> str:
    return "*".join([symbol] * power)


def _short(text: str) -> str:
    return repr(text if len(text) <= 60 else text[:57] + "...")
