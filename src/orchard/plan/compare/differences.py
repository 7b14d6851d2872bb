"""What differs between two programmes, place by place, and the programmes between them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any, NamedTuple

from pydantic import BaseModel

from orchard.spec.amounts import Amount
from orchard.spec.programme import Programme

Steps = tuple[str, ...]

_ABSENT = object()
_LEFT_OUT = ("override",)  # what overrides replace differs where it stands


class Difference(NamedTuple):
    """A place with another value; None where it is not given. `structure` marks entries and names.

    Entries refer to each other by name, so those that come, go or are called otherwise do so together.
    """

    steps: Steps
    before: Any
    after: Any
    structure: bool

    @property
    def path(self) -> str:
        """The dotted place."""
        return ".".join(self.steps)


class Change(NamedTuple):
    """Differences that are made together, and what they are called."""

    name: str
    differences: tuple[Difference, ...]


def differences(first: Programme, second: Programme) -> list[Difference]:
    """Every place at which two programmes say something else, in the order of the first."""
    return list(_differ(first, second, ()))


def changes(found: Iterable[Difference]) -> list[Change]:
    """What can be changed by itself: amounts, dates and numbers each, entries and names all at once."""
    alone = [Change(one.path, (one,)) for one in found if not one.structure]
    together = tuple(one for one in found if one.structure)
    if not together:
        return alone
    more = f" and {len(together) - 1} more" if len(together) > 1 else ""
    return [*alone, Change(f"{together[0].path}{more}", together)]


def between(first: Programme, made: Iterable[Change]) -> Programme:
    """The first programme with some of the changes made."""
    found: Any = first
    for change in made:
        for one in change.differences:
            found = _put(found, one.steps, one.after)
    programme: Programme = found
    return programme


def shown(value: Any) -> str:
    """A value as the file would say it; nothing where it is not given."""
    if value is None:
        return ""
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, BaseModel) and not isinstance(value, Amount):
        return "an entry"
    return "entries" if isinstance(value, Mapping) else str(value)


def _differ(first: Any, second: Any, steps: Steps) -> Iterator[Difference]:
    if _alike(first, second):
        for name, (before, after) in _pairs(first, second).items():
            if steps or name not in _LEFT_OUT:
                yield from _differ(before, after, (*steps, name))
    elif not _same(first, second):
        before, after = (None if value is _ABSENT else value for value in (first, second))
        yield Difference(steps, before, after, _structural(first) or _structural(second))


def _alike(first: Any, second: Any) -> bool:
    """Whether both have parts that are compared one by one."""
    if isinstance(first, Amount) or isinstance(second, Amount):
        return False
    both_models = isinstance(first, BaseModel) and type(first) is type(second)
    return both_models or (isinstance(first, Mapping) and isinstance(second, Mapping))


def _pairs(first: Any, second: Any) -> dict[str, tuple[Any, Any]]:
    one, other = (dict(side) for side in (first, second))
    return {name: (one.get(name, _ABSENT), other.get(name, _ABSENT)) for name in [*one, *other]}


def _same(first: Any, second: Any) -> bool:
    """Whether two values mean the same: an amount in other units, or for another reason, does."""
    if isinstance(first, Amount) and isinstance(second, Amount):
        return first.model_dump(exclude={"why"}) == second.model_dump(exclude={"why"})
    return bool(first == second)


def _structural(value: Any) -> bool:
    return (
        isinstance(value, str | Mapping | tuple)
        or (isinstance(value, BaseModel) and not isinstance(value, Amount))
        or value is _ABSENT
    )


def _put(whole: Any, steps: Steps, value: Any) -> Any:
    """A copy with another value at some steps; an entry that is not given there is left out."""
    name, *rest = steps
    if isinstance(whole, BaseModel):
        new = _put(getattr(whole, name), tuple(rest), value) if rest else value
        return whole.model_copy(update={name: new})
    found = dict(whole)
    if rest:
        found[name] = _put(found[name], tuple(rest), value)
    elif value is None:
        found.pop(name, None)
    else:
        found[name] = value
    return found
