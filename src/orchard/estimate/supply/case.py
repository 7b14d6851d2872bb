"""What supplies a site with energy, over a year: the case that the linear programme is made of.

Powers are in W, energies in J, money in USD a year, and carbon in kg of CO2. A year is cut into steps of
equal length; a case with fewer of them stands for the whole year all the same.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from orchard import units

Array = NDArray[np.float64]

HOURS_PER_YEAR = 365 * 24  # of a year of weather
_HOUR_S = units.factor("h")


@dataclass(frozen=True)
class Source:
    """Something that gives power: a grid contract, engines, turbines, a field of solar panels.

    `new_usd_per_w` and `kept_usd_per_w` are what a watt costs a year, that is built and that is there
    already; `energy_usd_per_j` what a joule costs, fuel included, of each step or of all. `available` is
    the share of the capacity that can run in a step; `firm` the share that counts as firm.
    """

    name: str
    technology: str
    new_usd_per_w: float
    kept_usd_per_w: float
    energy_usd_per_j: Array | float
    carbon_kg_per_j: float = 0.0
    available: Array | float = 1.0
    existing_w: float = 0.0
    most_w: float = np.inf
    firm: float = 1.0


@dataclass(frozen=True)
class Battery:
    """Storage of so many hours at full power; `efficiency` is that of a round trip."""

    name: str
    new_usd_per_w: float
    kept_usd_per_w: float
    hours: float
    efficiency: float
    available: float = 1.0
    existing_w: float = 0.0
    most_w: float = np.inf
    firm: float = 0.0
    technology: str = "battery"


@dataclass(frozen=True)
class Pausing:
    """Training that stops at a checkpoint: up to a share of the load, at a cost for compute lost.

    `hours` limits a year's pauses, counted at the full share of the mean load.
    """

    share: float
    usd_per_j: float
    hours: float = np.inf


@dataclass(frozen=True)
class Case:
    """A site and all that may supply it.

    `load_w` is [T]; each step is `step_s` long. What cannot be served costs `unserved_usd_per_j` and may
    be `unserved_share` of the energy at most; none of it is allowed where that is 0. `firm_w` is the firm
    capacity wanted: the peak, and the largest unit that may fail (N-1).
    """

    load_w: Array
    sources: tuple[Source, ...]
    batteries: tuple[Battery, ...] = ()
    pausing: Pausing | None = None
    step_s: float = _HOUR_S
    unserved_usd_per_j: float = 0.0
    unserved_share: float = 0.0
    carbon_usd_per_kg: float = 0.0
    carbon_most_kg: float = np.inf
    firm_w: float = 0.0

    @property
    def steps(self) -> int:
        """Steps of the year, T."""
        return len(self.load_w)

    @property
    def plants(self) -> tuple[Source | Battery, ...]:
        """All that has a capacity, in the order of the programme's columns."""
        return (*self.sources, *self.batteries)

    @property
    def weight(self) -> float:
        """Years that a year of these steps stands for: 1 for 8,760 hours."""
        return HOURS_PER_YEAR * _HOUR_S / (self.steps * self.step_s)

    @property
    def step_year_s(self) -> float:
        """Seconds of the year that a step stands for."""
        return self.step_s * self.weight

    @property
    def energy_j(self) -> float:
        """Energy that the load takes in a year."""
        return float(self.load_w.sum()) * self.step_year_s

    def coarser(self, steps: int) -> Case:
        """The same case with so many steps put together into one: means of all that varies."""
        return replace(
            self,
            load_w=_means(self.load_w, steps),
            sources=tuple(
                replace(
                    source,
                    available=_means(source.available, steps),
                    energy_usd_per_j=_means(source.energy_usd_per_j, steps),
                )
                for source in self.sources
            ),
            step_s=self.step_s * steps,
        )


def _means(values: Array | float, steps: int) -> Array:
    """Means over so many steps; a number stays what it is."""
    known = np.asarray(values, dtype=np.float64)
    return known if known.ndim == 0 else known.reshape(-1, steps).mean(axis=1)
