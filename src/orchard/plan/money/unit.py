"""What a chip-hour, a FLOP and a token cost in this programme, and what a site is worth.

A chip costs what it and its server cost, the power and building that it needs at the price of its site,
upkeep and energy. Chips without a price are there already: they cost what running them costs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from orchard import units
from orchard.estimate.cost import chip_second_usd, lease_cost_usd, npv_usd, payback_steps
from orchard.plan import fleet, power, runs
from orchard.plan.calendar import DAY_S, DAYS_PER_QUARTER, Array, to_day
from orchard.plan.money.reported import amount
from orchard.plan.scene import Scene

if TYPE_CHECKING:
    from orchard.plan.outlook import Outlook

HOUR_S = units.factor("h")
_PRECISION = "bf16"  # in which chips are compared when one is rented instead of another


def discount(scene: Scene) -> Array:
    """What money would earn elsewhere [S], a year."""
    return amount(scene, "finances.discount", "cost.discount", "%")


def chip_second_usd_at(scene: Scene, delivery_id: str) -> Array:
    """Cost [S] of one chip of a delivery for a second."""
    site = scene.programme.deliveries[delivery_id].site
    path = f"sites.{site}"
    it_power = fleet.it_power_per_chip_w(scene, delivery_id)
    drawn = it_power * power.load(scene, site) * scene.draws(f"{path}.pue")
    return chip_second_usd(
        fleet.price_usd(scene, delivery_id), it_power * scene.draws(f"{path}.construction"),
        np.maximum(scene.draws("finances.life"), DAY_S),
        amount(scene, "finances.division.building_life", "life.building", "s"),
        discount(scene), _upkeep(scene), drawn, scene.draws(f"{path}.electricity"),
    )  # fmt: skip


def chip_second_usd_of(scene: Scene, chip: str) -> Array:
    """Cost [S] of one chip of a type for a second: the mean of its deliveries, of those with a price."""
    return _mean(scene, [n for n, entry in scene.programme.deliveries.items() if entry.chip == chip])


def chip_second_usd_in(scene: Scene, site_id: str) -> Array:
    """Cost [S] of one chip of a site for a second."""
    return _mean(scene, deliveries_to(scene, site_id))


def deliveries_to(scene: Scene, site_id: str) -> list[str]:
    """Ids of the deliveries to a site."""
    return [name for name, entry in scene.programme.deliveries.items() if entry.site == site_id]


def site_capital_usd(outlook: Outlook, site_id: str) -> Array:
    """Capital of a site [S]: chips as they arrive within the horizon, and the power that is built in it."""
    built = outlook.it_power_w(site_id)
    construction = (built[-1] - built[0]) * outlook.scene.draws(f"sites.{site_id}.construction")
    total: Array = _spent(outlook, site_id).sum(axis=0) + construction
    return total


def training_usd(outlook: Outlook, model_id: str) -> Array:
    """Cost of pretraining a model [S]: its chips for as long as it takes, at most until the horizon ends."""
    run, edges = outlook.training(model_id), outlook.scene.calendar.edges[:, None]
    inside = np.diff(np.clip(edges, run.start_day, np.minimum(run.end_day, edges[-1])), axis=0)
    chip_days = ((run.chips[1:] + run.chips[:-1]) / 2 * inside).sum(axis=0)
    site = runs.site_of(outlook.scene, model_id)
    cost: Array = chip_days * DAY_S * chip_second_usd_in(outlook.scene, site or "")
    return cost


def site_flow_usd(outlook: Outlook, site_id: str) -> Array:
    """Worth of a site by quarter [Q, S]: the rent it saves, less capital, upkeep and energy.

    Not-a-number where the programme does not say what renting would cost.
    """
    scene = outlook.scene
    capital = _spent(outlook, site_id) + _built(outlook, site_id)
    upkeep = np.cumsum(capital, axis=0) * (_upkeep(scene) * DAYS_PER_QUARTER * DAY_S / units.factor("y"))
    energy = outlook.site_energy_usd(site_id)
    return _saved(outlook, site_id) - capital - upkeep - energy


def site_left_usd(outlook: Outlook, site_id: str) -> Array:
    """What the capital of a site is still worth on the books [S] when the horizon ends."""
    age = np.arange(len(outlook.scene.calendar.quarters))[::-1, None] + 0.5
    left = np.zeros(outlook.scene.draws.size)
    for capital, name in ((_spent(outlook, site_id), "servers"), (_built(outlook, site_id), "building")):
        life = outlook.books.division.life_steps(name)
        left = left + (capital * np.maximum(1.0 - age / life, 0.0)).sum(axis=0)
    return left


def site_npv_usd(outlook: Outlook, site_id: str) -> Array:
    """Present value [S] of a site at the start, what is left of it at the end of the horizon in it."""
    scene = outlook.scene
    years = len(scene.calendar.quarters) / 4
    left = site_left_usd(outlook, site_id) / (1.0 + discount(scene)) ** years
    value: Array = npv_of(scene, site_flow_usd(outlook, site_id)) + left
    return value


def npv_of(scene: Scene, flow_usd: Array) -> Array:
    """Present value [S] of a flow by quarter, on the first day of the horizon."""
    return npv_usd(flow_usd, (1.0 + discount(scene)) ** 0.25 - 1.0)


def payback_s(flow_usd: Array) -> Array:
    """Time [S] until a flow by quarter has brought back for good what it took; infinite when never."""
    return payback_steps(flow_usd) * DAYS_PER_QUARTER * DAY_S


def _mean(scene: Scene, names: list[str]) -> Array:
    priced = [name for name in names if scene.programme.deliveries[name].price is not None]
    chosen = priced or names
    if not chosen:
        return np.full(scene.draws.size, np.nan)
    counts = np.array([scene.draws(f"deliveries.{name}.count") for name in chosen])
    costs = np.array([chip_second_usd_at(scene, name) for name in chosen])
    weight = counts / np.maximum(counts.sum(axis=0), np.finfo(float).tiny)
    return np.asarray((costs * weight).sum(axis=0))


def _saved(outlook: Outlook, site_id: str) -> Array:
    """Rent [Q, S] that a site's chips save: each counts by its speed beside the chip that rent is for."""
    scene, finances = outlook.scene, outlook.scene.programme.finances
    if finances.rental is None:
        return np.full((len(scene.calendar.quarters), scene.draws.size), np.nan)
    base = fleet.chip_peak_flops_per_s(scene, finances.rental_chip, _PRECISION)
    worth = np.zeros((len(scene.calendar.edges), scene.draws.size))
    for name, chips in sorted(outlook.installed(site_id).items()):
        with np.errstate(divide="ignore", invalid="ignore"):
            worth += chips * (fleet.peak_flops_per_s(scene, name, _PRECISION) / base)
    price = scene.draws("finances.rental") / HOUR_S
    rent = lease_cost_usd((worth[1:] + worth[:-1]) / 2, price, scene.calendar.step_s[:, None])
    return scene.calendar.quarterly(rent) * _rent_left(scene)


def _rent_left(scene: Scene) -> Array:
    """Part [Q, S] that rents are of those at the programme's date: faster chips make them fall."""
    middle = (scene.calendar.bounds[1:] + scene.calendar.bounds[:-1]) / 2
    years = np.maximum(middle - to_day(scene.programme.as_of), 0.0) * DAY_S / units.factor("y")
    left: Array = (1.0 - scene.draws("finances.rental_fall")) ** years[:, None]
    return left


def _built(outlook: Outlook, site_id: str) -> Array:
    """Price [Q, S] of the building and power that a site gains."""
    price = outlook.scene.draws(f"sites.{site_id}.construction")
    return _rise(outlook, outlook.it_power_w(site_id) * price)


def _spent(outlook: Outlook, site_id: str) -> Array:
    """Price [Q, S] of the chips that arrive at a site."""
    total = np.zeros((len(outlook.scene.calendar.edges), outlook.scene.draws.size))
    for name in deliveries_to(outlook.scene, site_id):
        total += outlook.delivered[name] * fleet.price_usd(outlook.scene, name)
    return _rise(outlook, total)


def _rise(outlook: Outlook, total: Array) -> Array:
    """What a running total at the edges [E, S] gains by quarter [Q, S]."""
    calendar = outlook.scene.calendar
    at_bounds = np.array([calendar.at(total, bound) for bound in calendar.bounds])
    return np.diff(at_bounds, axis=0)


def _upkeep(scene: Scene) -> Array:
    return amount(scene, "finances.upkeep", "cost.upkeep", "%")


def as_of_quarter(scene: Scene) -> int:
    """Index of the first quarter that begins after the programme's date."""
    return int(np.searchsorted(scene.calendar.bounds, to_day(scene.programme.as_of) + 1, side="left"))
