"""Which of several differences does it: each alone, in their order, and shared out fairly (Shapley)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import combinations
from math import factorial
from typing import Any

import numpy as np

from orchard.catalogue import Catalogue
from orchard.plan import engine
from orchard.plan.calendar import DAY_S
from orchard.plan.compare.differences import Change, between
from orchard.plan.compare.effects import Asked, Outcomes, asked, outcomes
from orchard.plan.scene import Setup
from orchard.spec.programme import Programme

SAMPLES = 2000
MOST_SHARED = 5  # changes that are shared out: two to their number programmes
MOST = 12  # changes that are told apart at all

Made = frozenset[int]
WorthOf = Callable[[Iterable[int]], dict[str, float]]


class Worth:
    """What a programme with some of the changes comes to: probabilities and medians by name."""

    def __init__(
        self,
        first: Programme,
        made: list[Change],
        catalogue: Catalogue,
        names: Asked,
        samples: int,
        seed: int,
    ) -> None:
        self.first, self.changes, self.catalogue = first, made, catalogue
        self.names, self.samples, self.seed = names, samples, seed
        self._known: dict[Made, dict[str, float]] = {}

    def __call__(self, made: Iterable[int]) -> dict[str, float]:
        """Worth of a set of changes, by their places in the list."""
        key = frozenset(made)
        if key not in self._known:
            programme = between(self.first, [self.changes[place] for place in sorted(key)])
            setup = Setup.of(programme, self.catalogue)
            there = asked(setup)
            what = Asked(
                {name: test for name, test in there.tests.items() if name in self.names.tests},
                {name: one for name, one in there.quantities.items() if name in self.names.quantities},
            )
            self._known[key] = worth(outcomes(setup, what, self.samples, self.seed), what)
        return self._known[key]


def worth(found: Outcomes, what: Asked) -> dict[str, float]:
    """Probabilities of claims and medians of quantities, dates in seconds."""
    medians = {
        text: float(engine.quantiles(values)[1])
        * (DAY_S if what.quantities[text].definition.unit == "date" else 1.0)
        for text, values in found.values.items()
    }
    return {name: float(holds.mean()) for name, holds in found.holds.items()} | medians


def attribution(
    worth_of: WorthOf,
    made: list[Change],
    names: list[str],
    progress: Callable[[float], None],
) -> list[dict[str, Any]]:
    """For each change: what it does alone, after those before it, and its fair part, for every name."""
    count = len(made)
    wanted = _subsets(count)
    for done, subset in enumerate(wanted):
        worth_of(subset)
        progress((done + 1) / len(wanted))
    rows = []
    for place, change in enumerate(made):
        effects = {}
        for name in names:
            effects[name] = {
                "alone": _step(worth_of, name, (), place),
                "in_order": _step(worth_of, name, range(place), place),
                "shared": _fair(worth_of, name, place, count),
            }
        rows.append({"change": change.name, "effects": effects})
    return rows


def _subsets(count: int) -> list[tuple[int, ...]]:
    places = range(count)
    if count <= MOST_SHARED:
        return [each for size in range(count + 1) for each in combinations(places, size)]
    alone = [(place,) for place in places]
    return [(), *alone, *(tuple(range(size)) for size in range(2, count + 1))]


def _get(worth_of: WorthOf, made: Iterable[int], name: str) -> float:
    return worth_of(made).get(name, np.nan)


def _step(worth_of: WorthOf, name: str, before: Iterable[int], place: int) -> float | None:
    gain = _get(worth_of, (*before, place), name) - _get(worth_of, before, name)
    return float(gain) if np.isfinite(gain) else None


def _fair(worth_of: WorthOf, name: str, place: int, count: int) -> float | None:
    """Shapley value of one change: its mean gain over all orders in which the changes can be made."""
    if count > MOST_SHARED:
        return None
    others, total = [each for each in range(count) if each != place], 0.0
    for size in range(count):
        weight = factorial(size) * factorial(count - size - 1) / factorial(count)
        for subset in combinations(others, size):
            total += weight * (_get(worth_of, (*subset, place), name) - _get(worth_of, subset, name))
    return float(total) if np.isfinite(total) else None
