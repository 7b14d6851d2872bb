"""Which type stands at a place of the programme, and how the place is written.

Pydantic names a place by steps that mix keys of the data with labels of unions. Walking the types
along those steps tells the two apart, so that a finding shows only what the user wrote.
"""

from __future__ import annotations

import types
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Annotated, Any, Literal, NamedTuple, Union, get_args, get_origin

from pydantic import BaseModel, Field
from pydantic.fields import FieldInfo

Steps = tuple[str | int, ...]


class Branch(NamedTuple):
    """A union that was entered: where it stands and the label of the member tried."""

    steps: Steps
    label: str


class Spot(NamedTuple):
    """A place of the data, the type that stands there (None: anything), the unions on the way."""

    steps: Steps
    type: Any
    branches: tuple[Branch, ...] = ()
    is_key: bool = False


def locate(root: type[BaseModel], loc: Sequence[str | int]) -> Spot:
    """Spot named by the `loc` of a pydantic error.

    >>> from orchard.spec.programme import Programme
    >>> spot = locate(Programme, ("models", "apple", "architecture", "language", "layers"))
    >>> ".".join(spot.steps), spot.branches[0].label, bare(spot.type)
    ('models.apple.architecture.layers', 'language', <class 'int'>)
    """
    spot = Spot((), root)
    for index, step in enumerate(loc):
        if step == "[key]" and index == len(loc) - 1:
            return spot._replace(is_key=True, type=_arguments(spot.type)[:1] or None)
        spot = _advance(spot, step)
    return spot


def dotted(steps: Steps, data: Any) -> str:
    """Steps as people write them; an entry of a list goes by its `id` where it has one.

    >>> dotted(("runs", 0, "chips"), {"runs": [{"id": "a1", "chips": 5}]})
    'runs.a1.chips'
    """
    text = ""
    for step in steps:
        inner = child(data, step)
        if isinstance(step, int):
            name = inner.get("id") if isinstance(inner, dict) else None
            text += f".{name}" if isinstance(name, str) else f"[{step}]"
        else:
            text += f".{step[:80]}"
        data = inner
    return text.removeprefix(".")


def child(data: Any, step: str | int) -> Any:
    """What stands one step down; None when nothing does."""
    if isinstance(data, dict):
        return data.get(step)
    if isinstance(data, list) and isinstance(step, int) and 0 <= step < len(data):
        return data[step]
    return None


def value_at(data: Any, steps: Steps) -> Any:
    """What stands at the end of the steps; None when nothing does."""
    for step in steps:
        data = child(data, step)
    return data


def fields(annotation: Any) -> dict[str, FieldInfo]:
    """Keys that may stand in a mapping of this type, over all members of a union."""
    found: dict[str, FieldInfo] = {}
    for member in members(annotation):
        if isinstance(member, type) and issubclass(member, BaseModel):
            found |= {field.alias or name: field for name, field in member.model_fields.items()}
    return found


def members(annotation: Any) -> list[Any]:
    """Members of a union, without None; the type itself when it is no union."""
    plain = bare(annotation)
    if get_origin(plain) in (Union, types.UnionType):
        return [part for item in get_args(plain) if item is not type(None) for part in members(item)]
    return [plain]


def bare(annotation: Any) -> Any:
    """A type without its ``Annotated`` metadata."""
    while get_origin(annotation) is Annotated:
        annotation = get_args(annotation)[0]
    return annotation


def metadata(annotation: Any) -> Iterator[Any]:
    """Every ``Annotated`` metadata of a type, looking through ``| None``."""
    if get_origin(annotation) is Annotated:
        inner, *extras = get_args(annotation)
        yield from extras
        yield from metadata(inner)
    elif get_origin(annotation) in (Union, types.UnionType):
        inner_types = [item for item in get_args(annotation) if item is not type(None)]
        if len(inner_types) == 1:
            yield from metadata(inner_types[0])


def whole(field: FieldInfo) -> Any:
    """The annotation of a field with the metadata that pydantic moved aside."""
    extras = list(field.metadata)
    if field.discriminator is not None:
        extras.append(Field(discriminator=field.discriminator))
    return Annotated[field.annotation, *extras] if extras else field.annotation


def unit_of(annotation: Any) -> str:
    """Unit of an amount, from its schema; empty for anything else."""
    return str(_schema(annotation).get("unit", ""))


def example(annotation: Any) -> str:
    """A value that this type takes, as one would write it; empty when none is short enough."""
    shown = _schema(annotation).get("examples") or []
    plain = bare(members(annotation)[0])
    if shown:
        return str(shown[0])
    if get_origin(plain) is Literal:
        return str(get_args(plain)[0])
    return {date: "2026-03-31", str: "...", int: "1", float: "1.0", bool: "true"}.get(plain, "")


def _schema(annotation: Any) -> dict[str, Any]:
    for extra in metadata(annotation):
        schema = getattr(extra, "json_schema", None)
        if isinstance(schema, dict):
            return schema
    return {}


def _advance(spot: Spot, step: str | int) -> Spot:
    options = members(spot.type)
    if len(options) > 1 and isinstance(step, str):
        branches = (*spot.branches, Branch(spot.steps, step))
        return spot._replace(type=_member(options, step), branches=branches)
    steps = (*spot.steps, step)
    return Spot(steps, below(options[0], step), spot.branches)


def below(kind: Any, step: str | int) -> Any:
    """Type one step below a type that is no union; None when nothing may stand there."""
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        field = fields(kind).get(str(step))
        return whole(field) if field else None
    arguments = _arguments(kind)
    origin = get_origin(kind)
    if origin is dict and len(arguments) == 2:
        return arguments[1]
    if origin is tuple and arguments and arguments[-1] is not Ellipsis:
        return arguments[step] if isinstance(step, int) and step < len(arguments) else None
    return arguments[0] if origin in (list, tuple, set, frozenset) and arguments else None


def _arguments(annotation: Any) -> tuple[Any, ...]:
    return get_args(members(annotation)[0])


def _member(options: list[Any], label: str) -> Any:
    for option in options:
        if getattr(option, "__name__", str(option)) == label or str(option) == label:
            return option
        tags = [get_args(bare(field.annotation)) for field in fields(option).values()]
        if any(label in values for values in tags):
            return option
    return None
