"""What a number rests on: the amounts that it read, and the groups by which their spread is told apart.

Random streams are independent of each other: one for each cause, for each fact, for each assumption (what
it does not share with its cause), for each event. A *source* of spread is such a stream; causes that move
together are one source. An *input* is an amount as a whole, with the part of its cause: inputs with one
cause are dependent.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, NamedTuple

import numpy as np

from orchard.plan.altered import correlated, score, uniform
from orchard.plan.calendar import Array
from orchard.plan.draws import Draws
from orchard.plan.engine import drivers
from orchard.plan.scene import Setup
from orchard.plan.values import Value

MOST = 10  # groups that are told apart; what is left is one group
REST = "everything else"
_EVENT = "chance:"

Kind = Literal["cause", "fact", "assumption", "event", "model", "rest"]


class Group(NamedTuple):
    """Streams, or inputs, that are redrawn together: keys of amounts, ``cause:`` and ``chance:`` names."""

    name: str
    kind: Kind
    keys: tuple[str, ...]


class Inputs(NamedTuple):
    """Uncertain amounts by key, the paths that cite each, and events that may happen or not.

    What is neither a fact nor `stated` by the programme is the error of a model.
    """

    values: dict[str, Value]
    paths: dict[str, list[str]]
    events: list[str]
    stated: frozenset[str]

    @property
    def causes(self) -> list[str]:
        """Causes that the amounts share."""
        return sorted({value.cause for value in self.values.values() if value.cause is not None})

    def reading(self, keys: Iterable[str]) -> frozenset[str]:
        """What a trace calls the reads of these streams."""
        wanted = set(keys)
        found = {key for key in wanted if key.startswith(_EVENT)}
        for key, value in self.values.items():
            if key in wanted or f"cause:{value.cause}" in wanted:
                found.update(self.paths[key])
        return frozenset(found)


def inputs_of(setup: Setup, read: Iterable[str]) -> Inputs:
    """Sort what a trace read: amounts that are uncertain, and events."""
    values, paths, events = dict[str, Value](), dict[str, list[str]](), list[str]()
    for name in sorted(read):
        value = setup.values.amounts.get(name)
        if name.startswith(_EVENT):
            events.append(name.removeprefix(_EVENT))
        elif value is not None and not value.certain:
            values[value.key] = value
            paths.setdefault(value.key, []).append(name)
    return Inputs(values, paths, events, frozenset(setup.values.stated))


def sources(inputs: Inputs, draws: list[Draws], values: Array) -> list[Group]:
    """The streams that move `values` [S] most, the first first, and the rest as one group."""
    names = [*inputs.values, *(f"cause:{cause}" for cause in inputs.causes)]
    scores = {name: np.concatenate([one.normal(name) for one in draws]) for name in names}
    return _together(inputs, draws[0], _grouped(inputs, names, scores, draws, values))


def causes(groups: list[Group]) -> list[Group]:
    """Each cause in some groups by itself."""
    keys = [key for group in groups if group.kind == "cause" for key in group.keys]
    return [Group(shown(key), "cause", (key,)) for key in keys]


def _together(inputs: Inputs, draws: Draws, groups: list[Group]) -> list[Group]:
    """Groups in which causes that move together are one."""
    if not inputs.causes:
        return groups
    table = correlated(draws, inputs.causes)
    linked = np.linalg.matrix_power((table != 0).astype(int), len(table)) > 0
    found: list[Group] = []
    for group in groups:
        if group.kind == "cause":
            place = inputs.causes.index(group.keys[0].removeprefix("cause:"))
            names = [cause for cause, one in zip(inputs.causes, linked[place], strict=True) if one]
            keys = tuple(f"cause:{name}" for name in names)
            group = Group(" and ".join(map(shown, keys)), "cause", keys)
        taken = {key for each in found for key in each.keys}
        left = tuple(key for key in group.keys if key not in taken)
        if left:
            found.append(group._replace(keys=left))
    return found


def amounts(inputs: Inputs, draws: list[Draws], values: Array) -> list[Group]:
    """The inputs that move `values` [S] most, causes in them, and the rest as one group."""
    scores = {
        key: np.concatenate([score(one, value) for one in draws])
        for key, value in sorted(inputs.values.items())
    }
    return _grouped(inputs, list(inputs.values), scores, draws, values)


def _grouped(
    inputs: Inputs, names: list[str], scores: dict[str, Array], draws: list[Draws], values: Array
) -> list[Group]:
    chances = {
        f"{_EVENT}{name}": np.concatenate([-uniform(one, name) for one in draws]) for name in inputs.events
    }
    moving = [name for name, _ in drivers(scores | chances, values)][:MOST]
    rest = tuple(name for name in sorted([*names, *chances]) if name not in moving)
    found = [Group(shown(name), _kind(inputs, name), (name,)) for name in moving]
    return [*found, Group(REST, "rest", rest)] if rest else found


def shown(key: str) -> str:
    """A stream as reports name it: the id of a fact, the place of an assumption, ``causes.<id>``."""
    return key.removeprefix("fact:").replace("cause:", "causes.").removeprefix(_EVENT)


def _kind(inputs: Inputs, key: str) -> Kind:
    kinds: dict[str, Kind] = {"cause": "cause", "fact": "fact", "chance": "event"}
    own: Kind = "assumption" if key in inputs.stated else "model"
    return kinds.get(key.partition(":")[0], own)
