"""What would make a claim likely: the cheapest single change that brings it to 80 %.

For every lever that the programme offers the smallest change is searched by bisection, priced, and
the cheapest is confirmed by a run of all samples. Levers are pulled on the programme's date: they change
what is dated later, and a claim about a day gone by has no remedy.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from itertools import combinations
from typing import Any, NamedTuple

import numpy as np

from orchard import units
from orchard.plan.calendar import DAY_S, Period, to_iso
from orchard.plan.engine import WORKERS, Bench
from orchard.plan.expression import Test
from orchard.plan.power import first_date, to_come
from orchard.plan.scene import UNCHANGED, Changes, Setup
from orchard.spec.programme import Programme

WANTED = 0.80
TOLERANCE = 0.02
PAST = "its date is past: it will only become known"
SEARCHED = 1000
CONFIRMED = 3000
_STEPS = 8


Amount = Callable[[str], Any]
"""The amount at a path: its middle value, or its samples [S]; prices are of the same kind."""


class Lever(NamedTuple):
    """Something that may be changed: how far at most, how, at what price until a year, and in words."""

    name: str
    limit: float
    change: Callable[[float], Changes]
    cost_usd: Callable[[float, int], Any]
    say: Callable[[float], str]
    gradual: bool = True


class Remedy(NamedTuple):
    """A change in words, its price, and the probability that it was confirmed to give."""

    words: str
    cost_usd: float
    probability: float

    def __str__(self) -> str:
        return f"{self.words}, about {units.show(self.cost_usd, 'USD')}: {round(self.probability * 100)} %"


def remedies(bench: Bench, tests: dict[str, Test], before: dict[str, float]) -> dict[str, str]:
    """For each claim below 80 %: the cheapest remedy in words, or that there is none."""
    below = {name: claim for name, claim in tests.items() if before[name] < WANTED - TOLERANCE}
    weak = {name: claim for name, claim in below.items() if not is_past(claim, bench.setup.programme.as_of)}
    offered = list(levers(bench.setup))

    def reach(lever: Lever) -> list[str]:
        outcomes = bench.test(weak, lever.change(lever.limit), SEARCHED)
        return [name for name, outcome in outcomes.items() if outcome.probability >= WANTED - TOLERANCE / 2]

    def best(name: str) -> str:
        useful = [lever for lever, names in zip(offered, reached, strict=True) if name in names]
        found = _cheapest(bench, weak[name], useful)
        return str(found) if found else _none(bench.setup, offered)

    with ThreadPoolExecutor(WORKERS) as pool:
        reached = list(pool.map(reach, offered)) if weak else []
        found = dict(zip(weak, pool.map(best, weak), strict=True))
    return {name: found.get(name, PAST) for name in below}


def levers(setup: Setup, amount: Amount | None = None) -> Iterator[Lever]:
    """The levers that the programme offers, priced at middle values or by the samples of `amount`.

    Those for which nothing is left to change are no longer offered.
    """
    offered, left = setup.programme.levers, _left(setup.programme)
    amount = amount or (lambda path: setup.values.amounts[path].value)
    middle = _Sums(setup, amount)
    if offered.money is not None and left["money"]:
        yield _share(setup, "money", lambda x: Changes(money=1 + x), lambda x, y: x * middle.budget_usd(y),
                     lambda x: f"{units.show(x, '%', 2)} more money every year to come")  # fmt: skip
    if offered.chips is not None and left["deliveries"]:
        yield _share(setup, "chips", lambda x: Changes(chips=1 + x), lambda x, y: x * middle.servers_usd(y),
                     lambda x: f"{units.show(x, '%', 2)} more chips in every delivery to come")  # fmt: skip
    if offered.power is not None and left["sites"]:
        yield _share(setup, "power", lambda x: Changes(power=1 + x), lambda x, y: x * middle.building_usd(y),
                     lambda x: f"{units.show(x, '%', 2)} more power in every phase to come")  # fmt: skip
    if offered.run_chips is not None and ahead(setup.programme):
        gang = middle.gang_usd()
        yield _share(setup, "run_chips", lambda x: Changes(run_chips=1 + x), lambda x, _: x * gang,
                     lambda x: f"{units.show(x, '%', 2)} more chips for the runs")  # fmt: skip
    yield from _dates(setup, amount, left)
    if offered.site_order is not None:
        price = amount("levers.site_order.price")
        for early, late in _orders(setup):
            yield _move("site_order", Changes(site_order=(early, late)), f"{late} before {early}", price)
    if offered.run_site is not None:
        price = amount("levers.run_site.price")
        for model, site in _moves(setup):
            changes = Changes(run_sites=((model, site),))
            yield _move("run_site", changes, f"training {model} at {site}", price)


_DATES = {
    "site_dates": ("site_days", "sites", "power {} earlier"),
    "delivery_dates": ("delivery_days", "deliveries", "deliveries {} earlier"),
    "run_dates": ("run_days", "runs", "runs begun {} earlier"),
    "stage_dates": ("stage_days", "stages", "stages after pretraining {} shorter"),
}


def _left(programme: Programme) -> dict[str, bool]:
    """What is left to change after the programme's date: budgets, deliveries, phases, runs, stages."""
    as_of = programme.as_of
    phases = [phase for site in programme.sites.values() for phase in site.ramp.values()]
    models = [programme.models[name] for name in ahead(programme)]
    return {
        "money": any(_to_spend(programme, year) for year in programme.finances.budget),
        "deliveries": any(entry.start > as_of for entry in programme.deliveries.values()),
        "sites": any(to_come(programme, phase) for phase in phases),
        "runs": any(model.start is not None and model.start > as_of for model in models),
        "stages": any(model.milestones for model in models),
    }


def _to_spend(programme: Programme, year: str) -> bool:
    """Whether a year ends after the programme's date."""
    return int(year) > programme.as_of.year or (
        int(year) == programme.as_of.year and programme.as_of < date(int(year), 12, 31)
    )


def ahead(programme: Programme) -> list[str]:
    """Models that this programme trains and that are not out."""
    models = programme.models.items()
    return [name for name, model in models if model.start is not None and model.released is None]


def is_past(claim: Test, as_of: date) -> bool:
    """Whether all that a claim is about was over on a day: it can only become known."""
    if claim.left.unit == "date":
        days = [to_iso(bound) for bound in claim.bounds if bound is not None]
        return bool(days) and all(day is not None and day <= as_of.isoformat() for day in days)
    periods = [quantity.period for quantity in claim.quantities]
    return bool(periods) and all(period is not None and _last(period) <= as_of for period in periods)


def _last(period: Period) -> date:
    return period.start if period.kind == "date" else period.end - timedelta(days=1)


def _dates(setup: Setup, amount: Amount, left: dict[str, bool]) -> Iterator[Lever]:
    for name, (field, of, words) in _DATES.items():
        if getattr(setup.programme.levers, name) is not None and left[of]:
            yield _date_lever(setup, amount(f"levers.{name}.price"), name, field, words)


def _date_lever(setup: Setup, price: Any, name: str, field: str, words: str) -> Lever:
    limit = setup.values.amounts[f"levers.{name}.limit"].value
    return Lever(
        name,
        limit / DAY_S,
        lambda days: _earlier(field, days),
        lambda days, _: days * DAY_S * price,
        lambda days: words.format(units.show(days * DAY_S, "s", 2)),
    )


def _earlier(field: str, days: float) -> Changes:
    changed: dict[str, Any] = {field: days}
    return UNCHANGED._replace(**changed)


def _share(
    setup: Setup,
    name: str,
    change: Callable[[float], Changes],
    cost: Callable[[float, int], Any],
    say: Callable[[float], str],
) -> Lever:
    return Lever(name, setup.values.amounts[f"levers.{name}.limit"].value, change, cost, say)


def _move(name: str, changes: Changes, words: str, price_usd: Any) -> Lever:
    return Lever(name, 1.0, lambda _: changes, lambda *_: price_usd, lambda _: words, gradual=False)


def _orders(setup: Setup) -> Iterator[tuple[str, str]]:
    """Pairs of sites to come, the earlier first."""
    programme = setup.programme
    dates = {name: first_date(programme, name) for name in programme.sites}
    coming = sorted((day, name) for name, day in dates.items() if day > programme.as_of)
    yield from ((early, late) for (_, early), (_, late) in combinations(coming, 2))


def _moves(setup: Setup) -> Iterator[tuple[str, str]]:
    sites = sorted({delivery.site for delivery in setup.programme.deliveries.values()})
    for name, model in sorted(setup.programme.models.items()):
        if model.start is not None and model.start > setup.programme.as_of:
            yield from ((name, site) for site in sites if site != model.site)


def _cheapest(bench: Bench, claim: Test, useful: list[Lever]) -> Remedy | None:
    until = until_year(claim)
    sized: list[tuple[float, str, Lever, float]] = []
    for lever in sorted(useful, key=lambda lever: (lever.cost_usd(lever.limit, until), lever.name)):
        size = _smallest(bench, claim, lever, min((cost for cost, *_ in sized), default=np.inf), until)
        if size is not None:
            sized.append((lever.cost_usd(size, until), lever.name, lever, size))
    for _, _, lever, size in sorted(sized, key=lambda found: found[:2]):
        confirmed = _confirm(bench, claim, lever, size, until)
        if confirmed is not None:
            return confirmed
    return None


def _smallest(bench: Bench, claim: Test, lever: Lever, dearest: float, until: int) -> float | None:
    """Size at which the claim reaches 80 %, by false position; None when it costs more than `dearest`."""
    if not lever.gradual:
        return lever.limit if lever.cost_usd(lever.limit, until) < dearest else None

    def beyond(size: float) -> float:
        changes = lever.change(size) if size else UNCHANGED
        return bench.probability(claim, changes, SEARCHED) - WANTED

    low, high = 0.0, lever.limit
    if lever.cost_usd(high, until) > dearest:
        high *= dearest / lever.cost_usd(high, until)  # every gradual lever costs in proportion
    below, above = beyond(low), beyond(high)
    if above < 0:
        return high if high == lever.limit and above >= -TOLERANCE / 2 else None
    while high - low > lever.limit / 64:
        size = low + (high - low) * float(np.clip(below / (below - above), 0.1, 0.9))
        found = beyond(size)
        if abs(found) <= TOLERANCE / 4:
            return size
        low, below, high, above = (low, below, size, found) if found > 0 else (size, found, high, above)
    return high


def _confirm(bench: Bench, claim: Test, lever: Lever, size: float, until: int) -> Remedy | None:
    """Test on more samples; bisect further with all of them, until it is 80 % within 2 points.

    Where the probability jumps over 80 %, the smallest size found that makes the claim hold.
    """
    low, high = 0.0, lever.limit
    found: list[tuple[float, float]] = []
    for _ in range(_STEPS):
        probability = bench.probability(claim, lever.change(size), CONFIRMED)
        if probability >= WANTED - TOLERANCE:
            found.append((size, probability))
        if not lever.gradual or abs(probability - WANTED) <= TOLERANCE / 2:
            break
        low, high = (size, high) if probability < WANTED else (low, size)
        size = (
            min(size * 1.08, (size + high) / 2)
            if probability < WANTED
            else max(size * 0.92, (low + size) / 2)
        )
    if not found:
        return None
    size, probability = min(found, key=lambda pair: (abs(pair[1] - WANTED), pair[0]))
    return Remedy(lever.say(size), lever.cost_usd(size, until), probability)


def until_year(claim: Test) -> int:
    """The last year that a claim is about: what is spent after it is no part of its remedy."""
    years = [quantity.period.start.year for quantity in claim.quantities if quantity.period is not None]
    if claim.left.unit == "date":
        years += [int(day[:4]) for bound in claim.bounds if bound is not None and (day := to_iso(bound))]
    return max(years, default=date.max.year)


def _none(setup: Setup, offered: list[Lever]) -> str:
    if offered:
        return "none within the limits of the levers"
    given = any(lever is not None for _, lever in setup.programme.levers)
    return "none: nothing is left that a lever could change" if given else "no lever is offered"


class _Sums:
    """Sums of amounts until a year, to price the levers."""

    def __init__(self, setup: Setup, amount: Amount) -> None:
        self.setup, self.amount = setup, amount

    def budget_usd(self, until: int) -> Any:
        """All budgets together."""
        programme = self.setup.programme
        years = [
            year for year in programme.finances.budget if int(year) <= until and _to_spend(programme, year)
        ]
        return sum(self.amount(f"finances.budget.{year}") for year in years)

    def servers_usd(self, until: int) -> Any:
        """All deliveries that are paid for."""
        return sum(
            self._count(name) * self.amount(f"deliveries.{name}.price")
            for name in self._bought(until)
            if self.setup.programme.deliveries[name].start > self.setup.programme.as_of
        )

    def building_usd(self, until: int) -> Any:
        """All phases of all sites, less what partners pay."""
        total: Any = 0.0
        for name, site in self.setup.programme.sites.items():
            phases = [
                phase for phase, entry in site.ramp.items()
                if entry.date.year <= until and to_come(self.setup.programme, entry)
            ]  # fmt: skip
            facility = sum(self.amount(f"sites.{name}.ramp.{phase}.adds") for phase in phases)
            ratio, price = (self.amount(f"sites.{name}.{key}") for key in ("facility_ratio", "construction"))
            path = f"sites.{name}.partner_share"
            partner = self.amount(path) if path in self.setup.values.amounts else 0.0
            total = total + facility / ratio * price * (1 - partner)
        return total

    def gang_usd(self) -> Any:
        """The chips of the largest run, at the mean price of all that are bought."""
        bought = self._bought(date.max.year)
        counts = sum(self._count(name) for name in bought)
        whole = sum(self._count(name) * self.amount(f"deliveries.{name}.price") for name in bought)
        price = whole / np.maximum(counts, 1.0)
        models = self.setup.programme.models
        runs = [name for name in ahead(self.setup.programme) if models[name].chips]
        gangs = [self.amount(f"models.{name}.chips") for name in runs]
        return np.max(gangs, axis=0, initial=0.0) * price if gangs else 0.0

    def _bought(self, until: int) -> list[str]:
        found = self.setup.programme.deliveries.items()
        return [name for name, entry in found if entry.price is not None and entry.start.year <= until]

    def _count(self, name: str) -> Any:
        return self.amount(f"deliveries.{name}.count")
