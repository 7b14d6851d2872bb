"""What would make a claim likely: the cheapest single change that brings it to 80 %.

For every lever that the programme offers the smallest change is searched by bisection, priced, and
the cheapest is confirmed by a run of all samples. Levers change the plan as written, past or future:
a claim about a day gone by gets the change that would have been needed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np

from orchard import units
from orchard.plan.calendar import DAY_S
from orchard.plan.engine import Outcome, test
from orchard.plan.expression import Test
from orchard.plan.scene import Changes, Setup

WANTED = 0.80
TOLERANCE = 0.02
SAMPLES = 2000
_STEPS = 9


class Lever(NamedTuple):
    """Something that may be changed: how far at most, how, at what price, and how it is said."""

    name: str
    limit: float
    change: Callable[[float], Changes]
    cost_usd: Callable[[float], float]
    say: Callable[[float], str]
    gradual: bool = True


class Remedy(NamedTuple):
    """A change, its price, and the probability that it was confirmed to give."""

    lever: Lever
    size: float
    probability: float

    def __str__(self) -> str:
        cost = units.show(self.lever.cost_usd(self.size), "USD")
        return f"{self.lever.say(self.size)}, about {cost}: {self.probability:.0%}"


def remedies(
    setup: Setup,
    tests: dict[str, Test],
    base: dict[str, Outcome],
    seed: int,
    progress: Callable[[float], None] | None = None,
) -> dict[str, str]:
    """For each claim below 80 %: the cheapest remedy in words, or that there is none."""
    weak = {name: claim for name, claim in tests.items() if base[name].probability < WANTED - TOLERANCE}
    offered = list(levers(setup))
    reach: dict[str, list[Lever]] = {name: [] for name in weak}
    few = min(SAMPLES, len(next(iter(base.values())).values)) if base else 1
    for lever in offered if weak else []:
        outcomes = test(setup, weak, few, seed, lever.change(lever.limit))
        for name, outcome in outcomes.items():
            if outcome.probability >= WANTED - TOLERANCE / 2:
                reach[name].append(lever)
    said = {}
    for done, (name, claim) in enumerate(weak.items()):
        found = _cheapest(setup, {name: claim}, reach[name], seed, few, len(base[name].values))
        said[name] = str(found) if found else _none(offered)
        if progress is not None:
            progress((done + 1) / len(weak))
    return said


def levers(setup: Setup) -> Iterator[Lever]:
    """The levers that the programme offers."""
    offered = setup.programme.levers
    middle = _Middle(setup)
    if offered.money is not None:
        budget = middle.budget_usd()
        yield _share(setup, "money", lambda x: Changes(money=1 + x), lambda x: x * budget,
                     lambda x: f"{x:.0%} more money every year")  # fmt: skip
    if offered.chips is not None:
        servers = middle.servers_usd()
        yield _share(setup, "chips", lambda x: Changes(chips=1 + x), lambda x: x * servers,
                     lambda x: f"{x:.0%} more chips in every delivery")  # fmt: skip
    if offered.power is not None:
        building = middle.building_usd()
        yield _share(setup, "power", lambda x: Changes(power=1 + x), lambda x: x * building,
                     lambda x: f"{x:.0%} more power in every phase")  # fmt: skip
    if offered.run_chips is not None:
        gang = middle.gang_usd()
        yield _share(setup, "run_chips", lambda x: Changes(run_chips=1 + x), lambda x: x * gang,
                     lambda x: f"{x:.0%} more chips for the runs")  # fmt: skip
    yield from _dates(setup)
    if offered.run_site is not None:
        price = setup.values.amounts["levers.run_site.price"].value
        for model, site in _moves(setup):
            yield Lever("run_site", 1.0, _moved(model, site), lambda _: price,
                        lambda _, m=model, s=site: f"training {m} at {s}", gradual=False)  # fmt: skip


def _dates(setup: Setup) -> Iterator[Lever]:
    known = setup.values.amounts
    words = {
        "site_dates": ("site_days", "power {} earlier"),
        "delivery_dates": ("delivery_days", "deliveries {} earlier"),
        "run_dates": ("run_days", "runs begun {} earlier"),
        "stage_dates": ("stage_days", "stages after pretraining {} shorter"),
    }
    for name, (field, say) in words.items():
        if getattr(setup.programme.levers, name) is None:
            continue
        per_s = known[f"levers.{name}.price"].value
        yield Lever(
            name,
            known[f"levers.{name}.limit"].value / DAY_S,
            lambda days, f=field: Changes(**{f: days}),
            lambda days, p=per_s: days * DAY_S * p,
            lambda days, s=say: s.format(units.show(days * DAY_S, "s")),
        )


def _share(
    setup: Setup,
    name: str,
    change: Callable[[float], Changes],
    cost: Callable[[float], float],
    say: Callable[[float], str],
) -> Lever:
    return Lever(name, setup.values.amounts[f"levers.{name}.limit"].value, change, cost, say)


def _moved(model: str, site: str) -> Callable[[float], Changes]:
    return lambda _: Changes(run_sites=((model, site),))


def _moves(setup: Setup) -> Iterator[tuple[str, str]]:
    sites = sorted({delivery.site for delivery in setup.programme.deliveries.values()})
    for name, model in setup.programme.models.items():
        if model.start is not None:
            yield from ((name, site) for site in sites if site != model.site)


def _cheapest(
    setup: Setup, tests: dict[str, Test], reach: list[Lever], seed: int, few: int, samples: int
) -> Remedy | None:
    sized = [(lever, _smallest(setup, tests, lever, seed, few)) for lever in reach]
    for lever, size in sorted(sized, key=lambda pair: (pair[0].cost_usd(pair[1]), pair[0].name)):
        confirmed = _confirm(setup, tests, lever, size, seed, samples)
        if confirmed is not None:
            return confirmed
    return None


def _smallest(setup: Setup, tests: dict[str, Test], lever: Lever, seed: int, samples: int) -> float:
    if not lever.gradual:
        return lever.limit
    low, high = 0.0, lever.limit
    for _ in range(_STEPS):
        middle = (low + high) / 2
        if _probability(setup, tests, lever, middle, seed, samples) >= WANTED:
            high = middle
        else:
            low = middle
        if high - low < lever.limit / 200:
            break
    return high


def _confirm(
    setup: Setup, tests: dict[str, Test], lever: Lever, size: float, seed: int, samples: int
) -> Remedy | None:
    """Run all samples; bisect further, with all of them, until the claim is at 80 % within 2 points."""
    low, high = 0.0, lever.limit
    for _ in range(_STEPS):
        probability = _probability(setup, tests, lever, size, seed, samples)
        if abs(probability - WANTED) <= TOLERANCE or (not lever.gradual and probability > WANTED):
            return Remedy(lever, size, probability)
        if not lever.gradual:
            return None
        low, high = (size, high) if probability < WANTED else (low, size)
        size = min(size * 1.1, high) if probability < WANTED else max(size * 0.9, low)
    return Remedy(lever, size, probability) if probability >= WANTED else None


def _probability(
    setup: Setup, tests: dict[str, Test], lever: Lever, size: float, seed: int, samples: int
) -> float:
    (outcome,) = test(setup, tests, samples, seed, lever.change(size)).values()
    return outcome.probability


def _none(offered: list[Lever]) -> str:
    if not offered:
        return "no lever is offered"
    names = ", ".join(sorted({lever.name.replace("_", " ") for lever in offered}))
    return f"none within the limits of {names}"


class _Middle:
    """Sums of middle values, to price the levers."""

    def __init__(self, setup: Setup) -> None:
        self.setup, self.known = setup, setup.values.amounts

    def budget_usd(self) -> float:
        """All budgets together."""
        return sum(self.known[f"finances.budget.{year}"].value for year in self.setup.programme.finances.budget)

    def servers_usd(self) -> float:
        """All deliveries together."""
        return sum(self._delivery_usd(name) for name in self.setup.programme.deliveries)

    def building_usd(self) -> float:
        """All phases of all sites together."""
        total = 0.0
        for name, site in self.setup.programme.sites.items():
            facility = sum(self.known[f"sites.{name}.ramp.{phase}.adds"].value for phase in site.ramp)
            ratio, price = (self.known[f"sites.{name}.{key}"].value for key in ("facility_ratio", "construction"))
            total += facility / ratio * price
        return total

    def gang_usd(self) -> float:
        """The chips of the largest run, at the mean price of what is bought."""
        counts = sum(self.known[f"deliveries.{name}.count"].value for name in self._bought())
        price = self.servers_usd() / counts if counts else 0.0
        gangs = [self.known[f"models.{name}.chips"].value
                 for name, model in self.setup.programme.models.items() if model.chips]  # fmt: skip
        return float(np.max(gangs, initial=0.0)) * price

    def _bought(self) -> list[str]:
        return [name for name, entry in self.setup.programme.deliveries.items() if entry.price is not None]

    def _delivery_usd(self, name: str) -> float:
        if name not in self._bought():
            return 0.0
        return self.known[f"deliveries.{name}.count"].value * self.known[f"deliveries.{name}.price"].value
