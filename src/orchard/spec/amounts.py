"""Amounts: numbers a person writes, each with a unit and an origin.

Three ways to write one, wherever a programme wants a number with a unit::

    power: 1 GW                                   # a choice of the programme
    power: {fact: meta.prometheus.power}          # what the catalogue knows, with its range
    power: {assumed: 1 GW, low: 0.8 GW, high: 1.1 GW, why: "..."}   # not public: a range and a reason

`low` and `high` bound 80 % of outcomes. ``cause: name`` ties the amount to a common cause, so that
one cause moves several things together. A field without dimension (a share, a ratio) also takes a
bare number.
"""

from __future__ import annotations

from datetime import date
from functools import partial
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema
from pydantic_core import PydanticCustomError

from orchard import units
from orchard.errors import did_you_mean

Origin = Literal["choice", "fact", "assumed"]

_LARGEST = 1e60  # larger than any number of a programme, small enough for products of four
_KEYS = ("assumed", "fact", "low", "high", "why", "cause")


class Strict(BaseModel):
    """Base of everything a user writes: frozen, and unknown keys are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Amount(Strict):
    """A number in coherent SI units (USD, bytes, tokens, counted things) and where it comes from.

    `value`, `low` and `high` are None when `origin` is ``fact``: the catalogue holds them. `least`
    and `most` bound what the field allows; draws are clipped to them.
    """

    unit: str
    origin: Origin
    value: float | None = None
    low: float | None = None
    high: float | None = None
    fact: str | None = None
    cause: str | None = None
    why: str = ""
    least: float | None = Field(default=None, exclude=True)
    most: float | None = Field(default=None, exclude=True)
    text: str = Field(default="", exclude=True)

    @property
    def uncertain(self) -> bool:
        """Whether the stated range has a width; a fact's range is in the catalogue."""
        return self.low != self.high

    def __str__(self) -> str:
        return self.text


def read_amount(
    raw: Any, *, unit: str, least: float | None = None, most: float | None = None, strictly: bool = False
) -> Amount:
    """Turn what a user wrote into an :class:`Amount` of the dimension of `unit`.

    Raises
    ------
    PydanticCustomError
        type ``orchard_unit`` (context found, wanted, example), ``orchard_amount`` (found, wanted,
        hint) or ``orchard_range`` (found, wanted)
    """
    if isinstance(raw, Amount):
        return raw
    if isinstance(raw, dict):
        return _read_stated(raw, unit, least, most, strictly)
    value = _number(raw, unit)
    _bound(raw, value, unit, least, most, strictly)
    return Amount(
        unit=unit, origin="choice", value=value, low=value, high=value, least=least, most=most, text=str(raw)
    )


def _read_stated(
    raw: dict[str, Any], unit: str, least: float | None, most: float | None, strictly: bool
) -> Amount:
    for key in raw:
        if key not in _KEYS:
            hint = did_you_mean(str(key), _KEYS) or "one of " + ", ".join(_KEYS)
            raise _amount_error(f"the key {key!r}", "assumed, low, high, why, cause; or fact, cause", hint)
    text = {key: raw.get(key) for key in ("why", "cause", "fact") if raw.get(key) is not None}
    if any(not isinstance(word, str) for word in text.values()):
        raise _amount_error("why, cause or fact that is not a text", "a text")
    if "fact" in raw:
        if set(raw) - {"fact", "cause", "why"}:
            raise _amount_error("a fact with a range of its own", "fact alone", "drop assumed, low and high")
        if "fact" not in text:
            raise _amount_error("an empty fact", "the id of a fact", "orchard catalogue lists them")
        return Amount(
            unit=unit, origin="fact", fact=text["fact"], cause=text.get("cause"),
            why=text.get("why", ""), least=least, most=most, text=f"fact {text['fact']}",
        )  # fmt: skip
    missing = [key for key in ("assumed", "low", "high", "why") if raw.get(key) in (None, "")]
    if missing:
        raise _amount_error(
            "an assumed amount without " + " and ".join(missing),
            "assumed, low, high and why",
            f"{{assumed: {units.example(unit)}, low: ..., high: ..., why: ...}}",
        )
    numbers = [_number(raw[key], unit) for key in ("low", "assumed", "high")]
    for key, number in zip(("low", "assumed", "high"), numbers, strict=True):
        _bound(raw[key], number, unit, least, most, strictly and key == "low")
    low, value, high = numbers
    if not low <= value <= high:
        raise PydanticCustomError(
            "orchard_range", "{found}", {"found": f"{raw['low']}, {raw['assumed']}, {raw['high']}",
                                         "wanted": "low <= assumed <= high"},
        )  # fmt: skip
    span = f"{raw['assumed']} ({raw['low']} to {raw['high']})"
    return Amount(
        unit=unit, origin="assumed", value=value, low=low, high=high, cause=text.get("cause"),
        why=text["why"], least=least, most=most, text=span,
    )  # fmt: skip


def _number(raw: Any, unit: str) -> float:
    bare = isinstance(raw, (int, float)) and not isinstance(raw, bool)
    if bare and units.dimension(unit) == units.NONE:
        return float(raw)
    if bare or not isinstance(raw, str):
        found = f"{raw!r}, a bare number" if bare else _kind(raw)
        example = f"{raw} {unit}" if bare else units.example(unit)
        raise _unit_error(found[:80], unit, example)
    try:
        value = units.parse_as(raw, unit)
        if abs(value) > _LARGEST:
            raise units.UnitError(f"{raw[:60]!r} is beyond any programme")
        return value
    except units.UnitError as error:
        raise _unit_error(str(error).split("; wanted")[0], unit, units.example(unit)) from None


def _kind(raw: Any) -> str:
    names = {list: "a list", dict: "a mapping", type(None): "nothing", bool: f"{raw}"}
    return names.get(type(raw), repr(raw))


def _bound(
    raw: Any, value: float, unit: str, least: float | None, most: float | None, strictly: bool
) -> None:
    below = least is not None and (value <= least if strictly else value < least)
    if below or (most is not None and value > most):
        sign = ">" if strictly else ">="
        low = f"{sign} {units.show(least, unit)}" if least is not None else ""
        high = f"<= {units.show(most, unit)}" if most is not None else ""
        wanted = " and ".join(part for part in (low, high) if part)
        raise PydanticCustomError("orchard_range", "{found}", {"found": str(raw), "wanted": wanted})


def _unit_error(found: str, unit: str, example: str) -> PydanticCustomError:
    context = {
        "found": found,
        "wanted": f'a quantity in {unit}, e.g. "{units.example(unit)}"',
        "hint": example,
    }
    return PydanticCustomError("orchard_unit", "{found}", context)


def _amount_error(found: str, wanted: str, hint: str = "") -> PydanticCustomError:
    return PydanticCustomError("orchard_amount", "{found}", {"found": found, "wanted": wanted, "hint": hint})


def _amount(unit: str, least: float | None = None, most: float | None = None, strictly: bool = False) -> Any:
    example = units.example(unit)
    stated = {"type": "object", "required": ["assumed", "low", "high", "why"], "additionalProperties": False,
              "properties": {key: {} for key in ("assumed", "low", "high", "why", "cause")}}  # fmt: skip
    cited = {"type": "object", "required": ["fact"], "additionalProperties": False,
             "properties": {key: {"type": "string"} for key in ("fact", "why", "cause")}}  # fmt: skip
    plain = {"type": ["string", "number"] if units.dimension(unit) == units.NONE else "string"}
    schema = {"anyOf": [plain, stated, cited], "examples": [example], "unit": unit}
    reader = partial(read_amount, unit=unit, least=least, most=most, strictly=strictly)
    return BeforeValidator(reader), WithJsonSchema(schema)


Power = Annotated[Amount, *_amount("W", 0)]
Energy = Annotated[Amount, *_amount("J", 0)]
Money = Annotated[Amount, *_amount("USD")]
Cost = Annotated[Amount, *_amount("USD", 0)]
Duration = Annotated[Amount, *_amount("s")]
Span = Annotated[Amount, *_amount("s", 0)]
Chips = Annotated[Amount, *_amount("chip", 0)]
People = Annotated[Amount, *_amount("person", 0)]
Tokens = Annotated[Amount, *_amount("token", 0, strictly=True)]
Samples = Annotated[Amount, *_amount("sample", 0, strictly=True)]
Labels = Annotated[Amount, *_amount("label", 0)]
Work = Annotated[Amount, *_amount("FLOP", 0, strictly=True)]
Speed = Annotated[Amount, *_amount("FLOP/s", 0, strictly=True)]
Bytes = Annotated[Amount, *_amount("B", 0, strictly=True)]
Bandwidth = Annotated[Amount, *_amount("B/s", 0, strictly=True)]
Share = Annotated[Amount, *_amount("%", 0, 1)]
Growth = Annotated[Amount, *_amount("%", -1)]
Correlation = Annotated[Amount, *_amount("%", -1, 1)]
Ratio = Annotated[Amount, *_amount("1", 0, strictly=True)]
Number = Annotated[Amount, *_amount("1")]
Rate = Annotated[Amount, *_amount("1", 0)]
PowerPerChip = Annotated[Amount, *_amount("W/chip", 0, strictly=True)]
CostPerChip = Annotated[Amount, *_amount("USD/chip", 0)]
CostPerPower = Annotated[Amount, *_amount("USD/W", 0)]
CostPerEnergy = Annotated[Amount, *_amount("USD/J", 0)]
CostPerTime = Annotated[Amount, *_amount("USD/s", 0)]
CostPerLabel = Annotated[Amount, *_amount("USD/label", 0)]
CostPerThousand = Annotated[Amount, *_amount("USD", 0)]
TokensPerChip = Annotated[Amount, *_amount("token/s/chip", 0, strictly=True)]
ImagesPerChip = Annotated[Amount, *_amount("image/s/chip", 0, strictly=True)]
Mass = Annotated[Amount, *_amount("kg", 0)]
MassPerEnergy = Annotated[Amount, *_amount("kg/J", 0)]
CostPerMass = Annotated[Amount, *_amount("USD/kg", 0)]
FailureRate = Annotated[Amount, *_amount("failure/node/s", 0)]


def read_day(raw: Any) -> Any:
    """Read an ISO date; refuse anything that merely looks like one.

    Raises
    ------
    PydanticCustomError
        type ``orchard_date`` (context found, wanted)
    """
    if isinstance(raw, date):
        return raw
    try:
        return date.fromisoformat(raw)
    except (TypeError, ValueError):
        context = {"found": repr(raw)[:80], "wanted": "a date that exists, as 2026-03-31"}
        raise PydanticCustomError("orchard_date", "{found}", context) from None


Day = Annotated[date, BeforeValidator(read_day)]
