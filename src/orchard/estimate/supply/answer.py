"""How a site is supplied at least cost: what is built, what runs in each hour, what it costs, what binds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from orchard.estimate.supply.binding import Binding, bindings
from orchard.estimate.supply.case import Array, Battery, Case, Source
from orchard.estimate.supply.program import KUSD, MW, MWH
from orchard.estimate.supply.relax import Relaxation, relaxations
from orchard.estimate.supply.solve import Progress, Solution, solve


class Part(NamedTuple):
    """What one source or battery contributes in a year."""

    name: str
    technology: str
    capacity_w: float
    built_w: float
    energy_j: float
    capacity_usd: float
    energy_usd: float
    carbon_kg: float
    curtailed_j: float

    @property
    def cost_usd(self) -> float:
        """All that it costs in a year."""
        return self.capacity_usd + self.energy_usd


@dataclass(frozen=True)
class Supply:
    """The cheapest supply of a case. Arrays are [T]; sums are of a year.

    `output_w` has the outputs by source, and of batteries what they give less what they take;
    `price_usd_per_j` is what one more joule would cost in each step.
    """

    case: Case
    cost_usd: float
    parts: tuple[Part, ...]
    output_w: dict[str, Array]
    level_j: dict[str, Array]
    paused_w: Array
    unserved_w: Array
    price_usd_per_j: Array
    bindings: tuple[Binding, ...]

    @property
    def cost_usd_per_j(self) -> float:
        """Cost of the energy that is served."""
        return self.cost_usd / self.served_j

    @property
    def served_j(self) -> float:
        """Energy that the site gets in a year."""
        lost = self.paused_w + self.unserved_w
        return float((self.case.load_w - lost).sum()) * self.case.step_year_s

    @property
    def carbon_kg(self) -> float:
        """CO2 of a year."""
        return sum(part.carbon_kg for part in self.parts)


class Infeasible(NamedTuple):
    """A case that nothing can supply, and what would have to give."""

    relaxations: tuple[Relaxation, ...]


def supply(case: Case, progress: Progress | None = None, *, relax: bool = True) -> Supply | Infeasible:
    """The cheapest supply of a case; where there is none, the smallest changes that would allow one.

    Parameters
    ----------
    relax
        whether to look for these changes, which takes longer
    """
    found = solve(case, progress=progress)
    if found.feasible:
        return _supply(case, found)
    return Infeasible(relaxations(case) if relax else ())


def _supply(case: Case, found: Solution) -> Supply:
    output = {source.name: found.block(f"output {source.name}") * MW for source in case.sources}
    level = {}
    parts = [_part(case, source, found, output[source.name]) for source in case.sources]
    for battery in case.batteries:
        given, taken = (found.block(f"{way} {battery.name}") * MW for way in ("discharge", "charge"))
        output[battery.name] = given - taken
        level[battery.name] = found.block(f"level {battery.name}") * MWH
        parts.append(_stored(case, battery, found, given))
    nothing = np.zeros(case.steps)
    blocks = found.layout.columns
    return Supply(
        case,
        found.cost * KUSD,
        tuple(parts),
        output,
        level,
        found.block("paused") * MW if "paused" in blocks else nothing,
        found.block("unserved") * MW if "unserved" in blocks else nothing,
        found.row_prices[found.layout.row("balance")] * KUSD / (MW * case.step_year_s),
        bindings(case, found),
    )


def _part(case: Case, source: Source, found: Solution, output_w: Array) -> Part:
    built = _built(found, source.name)
    capacity = source.existing_w + built
    joules = output_w * case.step_year_s
    carbon = source.carbon_kg_per_j * float(joules.sum())
    able = np.asarray(source.available) * capacity - output_w
    runs_free = np.ndim(source.available) > 0
    price = np.asarray(source.energy_usd_per_j)
    return Part(
        source.name, source.technology, capacity, built, float(joules.sum()),
        source.kept_usd_per_w * source.existing_w + source.new_usd_per_w * built,
        float((joules * price).sum()) + carbon * case.carbon_usd_per_kg, carbon,
        float(able.sum()) * case.step_year_s if runs_free else 0.0,
    )  # fmt: skip


def _built(found: Solution, name: str) -> float:
    """New capacity in W; what is less than one of them is rounding."""
    built = found.single(f"new {name}") * MW
    return built if built > 1.0 else 0.0


def _stored(case: Case, battery: Battery, found: Solution, given_w: Array) -> Part:
    built = _built(found, battery.name)
    cost = battery.kept_usd_per_w * battery.existing_w + battery.new_usd_per_w * built
    given = float(given_w.sum()) * case.step_year_s
    return Part(
        battery.name, battery.technology, battery.existing_w + built, built, given, cost, 0.0, 0.0, 0.0
    )
