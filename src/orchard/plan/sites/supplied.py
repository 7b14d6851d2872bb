"""The case for a site's energy supply on one day: its load in each hour, and what may serve it."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import NamedTuple

import numpy as np

from orchard import units
from orchard.errors import Finding, LimitError
from orchard.estimate.supply import HOURS_PER_YEAR, Battery, Case, Pausing, Source
from orchard.estimate.supply import technologies as plants
from orchard.estimate.supply.technologies import Ordered, Prices
from orchard.plan.calendar import Array
from orchard.plan.scene import Setup
from orchard.plan.sites.prices import read_prices
from orchard.spec.sites import Energy, Option, Site

_HOUR_S = units.factor("h")


class Climate(NamedTuple):
    """Hourly ratio of facility to IT power [8760], water a joule of IT energy, and where the year is from."""

    pue: Array
    water_kg_per_j: Array | None
    place: str
    modelled_pue: float | None
    repaired: tuple[str, ...] = ()
    solar: Array | None = None
    wind: Array | None = None


class Demand(NamedTuple):
    """IT power drawn on average, and facility power of all chips at their rating.

    Firm capacity must carry the rating, where some is asked for.
    """

    it_drawn_w: float
    rated_w: float


class Lookup:
    """Amounts of one site by their middle values, and facts, with account of what was used."""

    def __init__(self, setup: Setup, site_id: str) -> None:
        self.setup, self.path = setup, f"sites.{site_id}"

    def stated(self, place: str) -> float | None:
        """Middle value of an amount of the site in coherent units; None where it is left out."""
        known = self.setup.values.amounts.get(f"{self.path}.{place}")
        return None if known is None else known.value

    def fact(self, fact_id: str) -> float:
        """Value of a fact in coherent units."""
        return self.setup.values.fact(fact_id, f"{self.path}.energy").value


def climate(setup: Setup, site_id: str, it_share: float, folder: Path) -> Climate:
    """What the weather makes of a site; constant where its weather or cooling is not stated.

    The mean of the year is the site's stated `pue`; weather and cooling give the hours their shape.
    """
    site, known = setup.programme.sites[site_id], Lookup(setup, site_id)
    mean = known.stated("pue") or 1.0
    if site.weather is None:
        return Climate(np.full(HOURS_PER_YEAR, mean), None, "", None)
    from orchard.estimate.power.cooling import hourly_pue, water_kg_per_j
    from orchard.estimate.power.renewables import solar_capacity_factor, wind_capacity_factor
    from orchard.estimate.power.weather import weather

    beside = folder / site.weather
    year = weather(beside if beside.exists() else site.weather)
    wants = {option.technology for option in (site.energy.options.values() if site.energy else ())}
    sun = solar_capacity_factor(year) if "solar" in wants else None
    wind = wind_capacity_factor(year) if "wind" in wants else None
    if site.cooling is None:
        flat = np.full(HOURS_PER_YEAR, mean)
        return Climate(flat, None, year.place.name, None, year.repaired, sun, wind)
    shape = hourly_pue(year, site.cooling, it_share)
    modelled = float(shape.mean())
    hours = 1.0 + (shape - 1.0) * (mean - 1.0) / (modelled - 1.0)
    water = water_kg_per_j(year, site.cooling)
    return Climate(hours, water, year.place.name, modelled, year.repaired, sun, wind)


def case(setup: Setup, site_id: str, day: date, demand: Demand, weather: Climate, folder: Path) -> Case:
    """The case of a site on a day.

    Parameters
    ----------
    folder
        where files of prices are

    Raises
    ------
    LimitError
        O870: nothing may supply it on that day; O871: sun or wind without weather; O874: prices that are
        not those of a year
    """
    site, known = setup.programme.sites[site_id], Lookup(setup, site_id)
    options = _open(site, site_id, day, weather)
    made = [_plant(known, name, option, weather, folder) for name, option in options.items()]
    reliability = known.stated("energy.reliability")
    spare = known.stated("energy.spare")
    carbon = known.stated("energy.carbon")
    unserved = 0.0 if reliability is None else 1.0 - reliability
    return Case(
        demand.it_drawn_w * weather.pue,
        tuple(one for one in made if isinstance(one, Source)),
        tuple(one for one in made if isinstance(one, Battery)),
        _pausing(known, options),
        unserved_usd_per_j=_of_it_energy(known, "supply.unserved.cost") if unserved else 0.0,
        unserved_share=unserved,
        carbon_usd_per_kg=known.stated("energy.carbon_price") or 0.0,
        carbon_most_kg=np.inf if carbon is None else carbon,
        firm_w=0.0 if spare is None else demand.rated_w + spare,
    )


def _open(site: Site, site_id: str, day: date, weather: Climate) -> dict[str, Option]:
    """Options that supply on that day; a grid without limit where none is stated."""
    if site.energy is None:
        return {"grid": Option(technology="grid")}
    path = f"sites.{site_id}.energy.options"
    found = {name: one for name, one in site.energy.options.items() if one.since is None or one.since <= day}
    if all(option.technology == "pause" for option in found.values()):
        raise LimitError(_nothing(site.energy, path, day))
    dark = [name for name, one in found.items() if one.technology in plants.FREE and not weather.place]
    if dark:
        wanted = f"weather of {site_id}, for its sun and wind"
        raise LimitError(
            Finding("O871", "", f"{path}.{name}", "no weather", wanted, "weather: greensboro")
            for name in dark
        )
    return found


def _nothing(energy: Energy, path: str, day: date) -> Finding:
    """That nothing supplies a site on a day, and the first day on which something does."""
    later = [one.since for one in energy.options.values() if one.since and one.technology != "pause"]
    hint = f"--date {min(later)}" if later else "an option that supplies: a grid, a plant"
    return Finding("O870", "", path, f"nothing on {day}", "something that supplies it", hint)


def _plant(
    known: Lookup, name: str, option: Option, weather: Climate, folder: Path
) -> Source | Battery | None:
    """A source or a battery; None for pauses."""
    place = f"energy.options.{name}"
    capacity, most = known.stated(f"{place}.capacity"), known.stated(f"{place}.most")
    if most is None:
        most = np.inf if capacity is None else capacity
    ordered = Ordered(capacity or 0.0, max(most, capacity or 0.0))
    prices = Prices(
        known.stated(f"{place}.price"),
        known.stated(f"{place}.charge") or 0.0,
        known.stated(f"{place}.capital"),
        known.stated(f"{place}.fuel"),
        known.stated(f"{place}.carbon"),
    )
    if option.technology == "grid":
        if option.prices is not None:
            hourly = read_prices(folder / option.prices, f"{known.path}.{place}.prices")
            prices = prices._replace(energy_usd_per_j=hourly)
        elif prices.energy_usd_per_j is None:
            prices = prices._replace(energy_usd_per_j=known.stated("electricity"))
        return plants.grid(known.fact, name, ordered, prices)
    if option.technology in plants.BURNING:
        return plants.burning(known.fact, name, option.technology, ordered, prices)
    if option.technology == "battery":
        return plants.battery(known.fact, name, ordered, prices)
    available = weather.solar if option.technology == "solar" else weather.wind
    if available is None:
        return None
    return plants.free(known.fact, name, option.technology, ordered, prices, available)


def _of_it_energy(known: Lookup, fact_id: str) -> float:
    """What a joule of facility energy costs where a fact has the cost of the IT energy in it."""
    return known.fact(fact_id) / (known.stated("pue") or 1.0)


def _pausing(known: Lookup, options: dict[str, Option]) -> Pausing | None:
    """The first option that pauses."""
    for name, option in options.items():
        if option.technology == "pause":
            place = f"energy.options.{name}"
            share, hours = known.stated(f"{place}.share"), known.stated(f"{place}.hours")
            return Pausing(
                known.fact("supply.pause.share") if share is None else share,
                _of_it_energy(known, "supply.pause.cost"),
                (known.fact("supply.pause.hours") if hours is None else hours) / _HOUR_S,
            )
    return None
