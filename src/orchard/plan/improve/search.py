"""Choices of levers that no cheaper one beats, found by asking what is worth doing at many prices.

At a price for each point of probability, levers are moved one at a time, as long as what is gained is worth
more than what is spent. Prices rise from nothing done and fall from everything done, since some levers help
only together; then the same again in finer steps.

Neither a budget nor a wanted probability steers the search, so a larger budget only ever chooses among more:
its probability in the samples searched is never lower.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np

from orchard.plan.calendar import Array
from orchard.plan.improve.trials import NOTHING, Choice, Trials

LEVELS = (0.125, 0.25, 0.5, 0.75, 1.0)  # parts of its limit to which a gradual lever is pulled
FINER = 1 / 16
MOST_TRIALS = 200
PRICES = 7  # of a point, from that of the best single lever to that of everything

Progress = Callable[[float], None]
Near = Callable[[Choice, int], Iterator[Choice]]


class Point(NamedTuple):
    """A choice, its median cost and the probability that it gives in the samples searched."""

    choice: Choice
    cost_usd: float
    probability: float


class Search:
    """The search for choices; `trials.known` holds all that were tried, also after an interruption."""

    def __init__(self, trials: Trials, progress: Progress) -> None:
        self.trials, self._progress = trials, progress
        self._units: list[Array] = [option.cost_usd(option.limit) / option.limit for option in trials.options]
        self._costs: dict[Choice, float] = {}

    def run(self) -> None:
        """Try choices at every price, as many as may be tried."""
        useful = self._useful()
        if not useful:
            return
        prices, settled = self._prices(useful), []
        now = NOTHING
        for price in prices:
            now = self._settle(now, price, useful, self._levels)
            settled.append((price, now))
        now = self._needed(self._everything(useful))
        for price in reversed(prices):
            now = self._settle(now, price, useful, self._levels)
        for price, now in settled:
            self._settle(now, price, useful, self._finer)

    def frontier(self) -> list[Point]:
        """Choices that no cheaper one beats, from nothing on; costs and probabilities rise."""
        points = [Point(choice, self.cost_usd(choice), found) for choice, found in self.trials.known.items()]
        best: list[Point] = []
        for point in sorted(points, key=lambda point: (point.cost_usd, -point.probability, point.choice)):
            if not best or point.probability > best[-1].probability:
                best.append(point)
        return best

    def cost_samples(self, choice: Choice) -> Array:
        """Samples [S] of what a choice costs."""
        parts = [size * self._units[place] for place, size in choice]
        none: Array = np.zeros(1)
        return np.sum(parts, axis=0) if parts else none

    def cost_usd(self, choice: Choice) -> float:
        """Median of what a choice costs."""
        if choice not in self._costs:
            self._costs[choice] = float(np.median(self.cost_samples(choice)))
        return self._costs[choice]

    def _try(self, choices: list[Choice]) -> dict[Choice, float]:
        """Try choices, as many of them as are left to be tried."""
        fresh = [choice for choice in dict.fromkeys(choices) if choice not in self.trials.known]
        room = max(MOST_TRIALS - len(self.trials.known), 0)
        self.trials.all(fresh[:room], lambda: self._progress(min(len(self.trials.known) / MOST_TRIALS, 1.0)))
        return {choice: self.trials.known[choice] for choice in choices if choice in self.trials.known}

    def _useful(self) -> list[int]:
        """Levers that help, alone or beside all others; those that gain most for their money first."""
        alone = {place: ((place, option.limit),) for place, option in enumerate(self.trials.options)}
        everything = self._everything(list(alone))
        found = self._try([NOTHING, everything, *alone.values()])
        nothing, most = found.get(NOTHING, 0.0), found.get(everything, 0.0)
        gains = {place: found.get(choice, 0.0) - nothing for place, choice in alone.items()}
        without = {place: with_size(everything, place, 0.0) for place, _ in everything if gains[place] <= 0}
        missed = self._try(list(without.values()))
        helps = [
            place for place in alone if gains[place] > 0 or missed.get(without.get(place, ()), most) < most
        ]
        return sorted(helps, key=lambda place: (-gains[place] / max(self.cost_usd(alone[place]), 1.0), place))

    def _prices(self, useful: list[int]) -> list[float]:
        """Points a dollar, from what the best lever gives down to what everything gives."""
        everything = self._everything(useful)
        starts = [next(self._levels(NOTHING, place)) for place in useful]
        found = self._try([NOTHING, everything, *starts])
        nothing = found[NOTHING]
        rates = [
            (found[choice] - nothing) / max(self.cost_usd(choice), 1.0)
            for choice in (*starts, everything) if choice in found and found[choice] > nothing
        ]  # fmt: skip
        if not rates:
            return []
        return [float(price) for price in np.geomspace(max(rates), min(rates) / 2, PRICES)]

    def _settle(self, now: Choice, price: float, useful: list[int], near: Near) -> Choice:
        """Move one lever after another until none is worth moving at a price of a point."""

        def worth(choice: Choice) -> float:
            return self.trials.known[choice] - price * self.cost_usd(choice)

        moved = now in self._try([now])
        while moved:
            moved = False
            for place in useful:
                best = max(
                    [now, *self._try(list(near(now, place)))], key=lambda each: (worth(each), each == now)
                )
                if best != now:
                    now, moved = best, True
        return now

    def _needed(self, now: Choice) -> Choice:
        """A choice without the levers that it does not need, the dearest first."""
        for place, _ in sorted(now, key=lambda pull: -self.cost_usd((pull,))):
            less = with_size(now, place, 0.0)
            if self._try([less]).get(less, -1.0) >= self.trials.known.get(now, 1.0):
                now = less
        return now

    def _everything(self, places: list[int]) -> Choice:
        """Every gradual lever as far as it goes."""
        options = self.trials.options
        return tuple((place, options[place].limit) for place in sorted(places) if options[place].gradual)

    def _levels(self, now: Choice, place: int) -> Iterator[Choice]:
        """A lever one level further or less far; another one of its group in its place."""
        option, size = self.trials.options[place], dict(now).get(place, 0.0)
        levels = [level * option.limit for level in LEVELS] if option.gradual else [option.limit]
        others = [
            each for each, _ in now if self.trials.options[each].group == option.group and each != place
        ]
        for other in others:
            now = with_size(now, other, 0.0)
        higher = [level for level in levels if level > size]
        lower = [level for level in [0.0, *levels] if level < size]
        yield from (with_size(now, place, each) for each in (*higher[:1], *lower[-1:]))

    def _finer(self, now: Choice, place: int) -> Iterator[Choice]:
        """A gradual lever that is pulled, a little further or less far."""
        option, size = self.trials.options[place], dict(now).get(place, 0.0)
        if option.gradual and size > 0:
            for sign in (1, -1):
                yield with_size(
                    now, place, float(np.clip(size + sign * FINER * option.limit, 0.0, option.limit))
                )


def with_size(choice: Choice, place: int, size: float) -> Choice:
    """A choice with one lever at another size; at none it is left out.

    >>> with_size(((0, 1.0),), 2, 3.0), with_size(((0, 1.0), (2, 3.0)), 0, 0.0)
    (((0, 1.0), (2, 3.0)), ((2, 3.0),))
    """
    sizes = {**dict(choice), place: size}
    return tuple(sorted((each, much) for each, much in sizes.items() if much > 0))
