"""How each kind of validation error is said: code, found, wanted, what to try."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

from orchard import units
from orchard.errors import did_you_mean
from orchard.spec import places
from orchard.spec.places import Spot

CODES = {
    "O111": "an unknown key",
    "O112": "a number without unit, or a quantity of another dimension",
    "O113": "a missing key",
    "O114": "an impossible date",
    "O115": "a value out of range",
    "O116": "a value of another type",
    "O117": "a value that is not one of the allowed ones",
    "O118": "an amount or a name that is badly written",
    "O119": "entries that do not fit each other",
}

_TYPES = {
    "int": "a whole number", "float": "a number", "decimal": "a number", "bool": "true or false",
    "string": "a text", "list": "a list", "tuple": "a list", "set": "a list", "frozen_set": "a list",
    "dict": "a mapping of keys and values", "mapping": "a mapping of keys and values",
    "model": "a mapping of keys and values", "none": "nothing",
}  # fmt: skip
_BOUNDS = {"gt": ">", "ge": ">=", "lt": "<", "le": "<=", "multiple_of": "a multiple of"}
_LENGTHS = {"min_length": "at least", "max_length": "at most"}
_LARGE = 1000.0
_NUMBER = re.compile(r"[+-]?(?:\d[\d_]*\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")
_SHOWN_KEYS = 12


class Case(NamedTuple):
    """One pydantic error with the spot it is about."""

    kind: str
    spot: Spot
    value: Any
    context: Mapping[str, Any]
    message: str


class Words(NamedTuple):
    """What a finding says; `steps` when it is about a place deeper than the error's."""

    code: str
    found: str
    wanted: str = ""
    hint: str = ""
    steps: places.Steps | None = None


def say(case: Case) -> Words:
    """What to tell about one error."""
    teller = _TELLERS.get(case.kind)
    if teller:
        return teller(case)
    if case.kind.startswith(("date", "time")):
        return Words("O114", describe(case.value), "a date that exists, as 2026-03-31")
    bounds = [f"{sign} {case.context[key]}" for key, sign in _BOUNDS.items() if key in case.context]
    if bounds:
        return Words("O115", describe(case.value), " and ".join(bounds))
    lengths = [f"{word} {case.context[key]}" for key, word in _LENGTHS.items() if key in case.context]
    if lengths:
        what = "characters" if case.kind.startswith("string") else "entries"
        return Words("O115", describe(case.value), f"{' and '.join(lengths)} {what}")
    if case.kind.endswith(("_type", "_parsing", "_from_float", "_attributes_type", "_parsing_size")):
        return _wrong_type(case)
    return Words("O116", describe(case.value), case.message[:200])


def describe(value: Any) -> str:
    """A value for the `found` line.

    >>> describe(3), describe([1, 2]), describe({"a": 1, "b": 2}), describe(None)
    ('3', 'a list of 2', 'a mapping of a, b', 'nothing')
    """
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list | tuple):
        return f"a list of {len(value)}"
    if isinstance(value, dict):
        names = ", ".join(str(key)[:30] for key in list(value)[:4])
        return f"a mapping of {names}{', ...' if len(value) > 4 else ''}" if value else "an empty mapping"
    text = repr(value)
    return text if len(text) <= 70 else text[:66] + "..." + text[-1]


def wanted_type(kind: str) -> str:
    """What the type named by a pydantic error is in plain words."""
    return next((text for head, text in _TYPES.items() if kind.startswith(head)), "another type")


def _wrong_type(case: Case) -> Words:
    wanted = wanted_type(case.kind)
    known = list(places.fields(case.spot.type))
    if known:
        wanted = "a mapping with the keys " + _listed(known)
    hint = ""
    if case.kind.startswith("string") and isinstance(case.value, int | float):
        hint = f'put it in quotes: "{str(case.value).lower()[:40]}"'
    return Words("O116", describe(case.value), wanted, hint)


def _unknown_key(case: Case) -> Words:
    key = str(case.spot.steps[-1])
    known = list(case.context.get("fields", ())) or []
    wanted = f"one of {_listed(known)}" if known else "a key of this mapping"
    return Words("O111", f"the key {key[:60]!r}, which nothing reads", wanted, did_you_mean(key, known))


def _missing_key(case: Case) -> Words:
    key = case.spot.steps[-1]
    if isinstance(key, int):
        return Words("O113", f"no entry {key + 1}", f"a list of {key + 1} or more")
    field = case.context.get("field")
    wanted = f"{key}: {field.description}" if field is not None and field.description else key
    shown = places.example(case.spot.type)
    return Words("O113", f"no key {key!r}", wanted, f"{key}: {shown}" if shown else "")


def _unit(case: Case) -> Words:
    unit = places.unit_of(case.spot.type)
    steps, raw = case.spot.steps, case.value
    if isinstance(raw, dict):
        for key in ("low", "assumed", "high"):
            if key in raw and not _fits(raw[key], unit):
                steps, raw = (*steps, key), raw[key]
                break
    found, wanted = str(case.context["found"]), str(case.context["wanted"])
    return Words("O112", found, wanted, f"{steps[-1]}: {_same_number(raw, unit)}" if steps else "", steps)


def _fits(raw: Any, unit: str) -> bool:
    if not isinstance(raw, str):
        return isinstance(raw, int | float) and bool(unit) and units.dimension(unit) == units.NONE
    try:
        units.parse_as(raw, unit)
    except units.UnitError:
        return False
    return True


def _same_number(raw: Any, unit: str) -> str:
    """The number the user wrote, if it is bare, in the unit of an example; a large one without prefix."""
    shown = units.example(unit or "1")
    number = _NUMBER.match(str(raw).strip()) if isinstance(raw, str | int | float) else None
    if number is None or isinstance(raw, bool) or len(number.group()) > 24:
        return shown
    if number.end() < len(str(raw).strip()):  # a unit follows: the number belongs to it
        return shown
    large = abs(float(number.group().replace("_", ""))) >= _LARGE
    return f"{number.group()} {unit if large else shown.partition(' ')[2]}"


def _told(code: str) -> Callable[[Case], Words]:
    def tell(case: Case) -> Words:
        context = case.context
        return Words(code, str(context["found"]), str(context["wanted"]), str(context.get("hint", "")))

    return tell


def _choice(case: Case) -> Words:
    text = str(case.context.get("expected") or case.context.get("expected_tags") or "")
    known = re.findall(r"'([^']*)'", text)
    value = case.value
    if case.kind == "union_tag_invalid" and isinstance(value, dict):
        value = case.context.get("tag", value)
    steps = _tagged(case) if case.kind == "union_tag_invalid" else None
    return Words("O117", describe(value), f"one of {_listed(known)}", did_you_mean(str(value), known), steps)


def _tagged(case: Case) -> places.Steps:
    name = str(case.context.get("discriminator", "")).strip("'")
    return (*case.spot.steps, name) if name else case.spot.steps


def _no_tag(case: Case) -> Words:
    name = str(case.context.get("discriminator", "kind")).strip("'")
    kinds = [places.example(field.annotation) for field in _tag_fields(case.spot.type, name)]
    hint = f"{name}: {kinds[0]}" if kinds else ""
    return Words("O113", f"no key {name!r}", f"{name}: one of {_listed(kinds)}", hint, _tagged(case))


def _tag_fields(annotation: Any, name: str) -> Iterable[Any]:
    for member in places.members(annotation):
        if name in places.fields(member):
            yield places.fields(member)[name]


def _inconsistent(case: Case) -> Words:
    text = case.message.removeprefix("Value error, ").removeprefix("Assertion failed, ")
    found, _, wanted = text.partition("; wanted ")
    return Words("O119", found[:300], wanted[:300])


def join(cases: list[Case]) -> Case:
    """One error for a value that no branch of a union takes; it wants what any of them wants."""
    every = [say(case) for case in cases]
    code = "O117" if any(words.code == "O117" for words in every) else "O116"
    wanted = " or ".join(dict.fromkeys(words.wanted for words in every))
    hint = next((words.hint for words in every if words.hint), "")
    context = {"code": code, "found": describe(cases[0].value), "wanted": wanted, "hint": hint}
    return cases[0]._replace(kind="no_branch", context=context)


def _no_branch(case: Case) -> Words:
    context = case.context
    return Words(str(context["code"]), str(context["found"]), str(context["wanted"]), str(context["hint"]))


def _listed(words: Iterable[str]) -> str:
    known = list(words)
    more = f", ... ({len(known)} in all)" if len(known) > _SHOWN_KEYS else ""
    return ", ".join(known[:_SHOWN_KEYS]) + more


_TELLERS: dict[str, Callable[[Case], Words]] = {
    "extra_forbidden": _unknown_key,
    "missing": _missing_key,
    "literal_error": _choice,
    "enum": _choice,
    "union_tag_invalid": _choice,
    "union_tag_not_found": _no_tag,
    "value_error": _inconsistent,
    "assertion_error": _inconsistent,
    "no_branch": _no_branch,
    "orchard_unit": _unit,
    "orchard_amount": _told("O118"),
    "orchard_range": _told("O115"),
    "orchard_date": _told("O114"),
}
