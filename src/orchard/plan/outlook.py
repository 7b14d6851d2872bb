"""One scene worked out: every state, flow and date of the programme, computed when first asked for.

Nothing is computed that no claim and no question needs; what is computed is kept.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import TypeVar

import numpy as np

from orchard.estimate.cost import energy_cost_usd
from orchard.estimate.power import it_capacity_w
from orchard.estimate.revenue import Earned
from orchard.lab import pooling
from orchard.plan import fleet, money, power, runs, serving
from orchard.plan.calendar import Array, to_day
from orchard.plan.money import advertising
from orchard.plan.runs import Gang, Training
from orchard.plan.scene import Scene

T = TypeVar("T")


_POWER = ("power", "site_days", "site_order")
_DELIVERED = ("chips", "delivery_days")
_MONEY = ("money",)
_FLEET = (*_DELIVERED, *_MONEY, *_POWER)
_GANG = (*_FLEET, "run_chips", "run_sites", "quotas", "checkpoint")


class Outlook:
    """The programme over time in one scene. Arrays are [E, S] at edges, [Q, S] by quarter, or [S].

    `base` is an outlook on the same samples under other changes: what those changes do not touch is
    taken from it.
    """

    def __init__(self, scene: Scene, base: Outlook | None = None) -> None:
        self.scene, self.base = scene, base
        self._kept: dict[tuple[str, str], object] = {}

    # -- power and chips -------------------------------------------------------------------------

    def power_w(self, site_id: str) -> Array:
        """Facility power energised at a site [E, S]."""
        if base := self._unchanged(*_POWER):
            return base.power_w(site_id)
        return self._keep("power", site_id, lambda: power.facility_power_w(self.scene, site_id))

    def it_power_w(self, site_id: str) -> Array:
        """IT power energised at a site [E, S]."""
        ratio = self.scene.draws(f"sites.{site_id}.facility_ratio")
        return self._keep("it_power", site_id, lambda: it_capacity_w(self.power_w(site_id), ratio))

    @cached_property
    def delivered(self) -> dict[str, Array]:
        """Chips that have arrived, by delivery [E, S]."""
        if base := self._unchanged(*_DELIVERED):
            return base.delivered
        return {name: fleet.delivered(self.scene, name) for name in self.scene.programme.deliveries}

    @cached_property
    def paid(self) -> dict[str, Array]:
        """Chips that have arrived and are paid, by delivery [E, S]."""
        if base := self._unchanged(*_DELIVERED, *_MONEY):
            return base.paid
        return fleet.paid(self.scene, self.delivered, self.server_money_usd)

    def powered(self, site_id: str) -> dict[str, Array]:
        """Chips that a site has power for, paid or not, by delivery [E, S]."""
        if base := self._unchanged(*_DELIVERED, *_POWER):
            return base.powered(site_id)
        limit = self.it_power_w(site_id)
        return self._keep(
            "powered", site_id, lambda: fleet.powered(self.scene, site_id, self.delivered, limit)
        )

    def installed(self, site_id: str) -> dict[str, Array]:
        """Chips that are paid, have power and work, by delivery of a site [E, S]."""
        if base := self._unchanged(*_FLEET):
            return base.installed(site_id)

        def compute() -> dict[str, Array]:
            return {name: self._lesser(name, chips) for name, chips in self.powered(site_id).items()}

        return self._keep("installed", site_id, compute)

    def _lesser(self, name: str, powered: Array) -> Array:
        """The lesser of what is paid and what is powered; no copy where one of them is all there is."""
        paid, all_of_it = self.paid[name], self.delivered[name]
        if self.scene.programme.deliveries[name].usable is not None:
            return np.minimum(paid * self.scene.draws(f"deliveries.{name}.usable"), powered)
        if powered is all_of_it:
            return paid
        return powered if paid is all_of_it else np.minimum(paid, powered)

    @cached_property
    def everywhere(self) -> dict[str, Array]:
        """Chips installed, by delivery [E, S]."""
        if base := self._unchanged(*_FLEET):
            return base.everywhere
        found: dict[str, Array] = {}
        for site_id in sorted(self.scene.programme.sites):
            found |= self.installed(site_id)
        return found

    def count(self, chips: dict[str, Array], gpus_only: bool = True) -> Array:
        """Sum chips over deliveries [E, S]; GPUs only, unless told otherwise."""
        total = np.zeros((len(self.scene.calendar.edges), self.scene.draws.size))
        for name in sorted(chips):
            if self.scene.programme.deliveries[name].kind == "gpu" or not gpus_only:
                total += chips[name]
        return total

    def power_need_w(self, chips: dict[str, Array]) -> Array:
        """IT power [E, S] that these chips would draw at their rating."""
        total = np.zeros((len(self.scene.calendar.edges), self.scene.draws.size))
        for name in sorted(chips):
            total += chips[name] * fleet.it_power_per_chip_w(self.scene, name)
        return total

    def cost_usd(self, chips: dict[str, Array]) -> Array:
        """Running total [E, S] of the price of these chips."""
        total = np.zeros((len(self.scene.calendar.edges), self.scene.draws.size))
        for name in sorted(chips):
            total += chips[name] * fleet.price_usd(self.scene, name)
        return total

    def site_drawn_w(self, site_id: str) -> Array:
        """IT power drawn on average at a site [E, S]: the rating of its chips, as far as work loads them."""
        load = power.load(self.scene, site_id)
        return self._keep("drawn", site_id, lambda: self.power_need_w(self.installed(site_id)) * load)

    @cached_property
    def drawn_w(self) -> Array:
        """IT power drawn on average [E, S]."""
        total = np.zeros((len(self.scene.calendar.edges), self.scene.draws.size))
        for site_id in sorted(self.scene.programme.sites):
            total += self.site_drawn_w(site_id)
        return total

    @cached_property
    def energy_j(self) -> Array:
        """Facility energy by quarter [Q, S]: IT power drawn x annual PUE."""
        return sum((use for use, _ in self._site_energy), self._no_flow)

    @cached_property
    def energy_cost_usd(self) -> Array:
        """Cost of energy by quarter [Q, S]."""
        return sum((energy_cost_usd(use, price) for use, price in self._site_energy), self._no_flow)

    def site_energy_usd(self, site_id: str) -> Array:
        """Cost of a site's energy by quarter [Q, S]."""
        return energy_cost_usd(*self._energy_of(site_id))

    # -- runs --------------------------------------------------------------------------------------

    def training(self, model_id: str) -> Training:
        """The training run of a model, after those that go before it."""
        if base := self._unchanged(*_GANG, "run_days"):
            return base.training(model_id)

        def compute() -> Training:
            before = [self.training(name) for name in runs.queue(self.scene, model_id)]
            return runs.training(self.scene, model_id, self.gang(model_id), before)

        return self._keep("training", model_id, compute)

    def gang(self, model_id: str) -> Gang:
        """The chips a run may use, whenever it runs."""
        if base := self._unchanged(*_GANG):
            return base.gang(model_id)

        def compute() -> Gang:
            site = runs.site_of(self.scene, model_id)
            return runs.gang(self.scene, model_id, self.installed(site) if site else {})

        return self._keep("gang", model_id, compute)

    def released_day(self, model_id: str) -> Array:
        """Day of a model's release [S]."""

        def compute() -> Array:
            model = self.scene.programme.models[model_id]
            if model.start is None and model.released is None:
                return np.full(self.scene.draws.size, np.inf)
            trained = self.training(model_id).end_day if model.start else np.zeros(self.scene.draws.size)
            return runs.released_day(self.scene, model_id, trained)

        return self._keep("released", model_id, compute)

    # -- serving -----------------------------------------------------------------------------------

    def capacity_users(self, product_id: str) -> Array:
        """Daily users that the chips left by core and training could serve [E, S]."""
        if base := self._unchanged(*_FLEET):
            return base.capacity_users(product_id)

        def compute() -> Array:
            product = self.scene.programme.products[product_id]
            chip = product.capacity.chip if product.capacity else ""
            left = self._keep("left", chip, lambda: serving.left_chips(self.scene, self.everywhere, chip))
            need = np.broadcast_to(serving.chips_per_user(self.scene, product_id), left.shape)
            return np.divide(left, need, out=np.full_like(left, np.inf), where=need > 0)

        return self._keep("capacity", product_id, compute)

    def served_users(self, product_id: str) -> Array:
        """Daily users wanted and served, once the model behind the product is released [E, S].

        All products are served by the same chips: where those are short, each gets the same part of
        what it wants. Room is kept for a product whose model is still to come.
        """
        wanted = self.users(product_id) / np.maximum(self.chips_wanted, 1.0)
        wanted = np.minimum(wanted, self.capacity_users(product_id))
        model = self.scene.programme.products[product_id].model
        if model is None:
            return wanted
        return wanted * (self.scene.calendar.edges[:, None] >= self.released_day(model))

    def users(self, product_id: str) -> Array:
        """Daily users of a product that are wanted [E, S]: no change touches them."""
        if self.base is not None:
            return self.base.users(product_id)
        return self._keep("users", product_id, lambda: serving.users(self.scene, product_id))

    @cached_property
    def chips_wanted(self) -> Array:
        """Chips that all products together want, as a part of those left to serve with [E, S]."""
        if base := self._unchanged(*_FLEET):
            return base.chips_wanted
        total = np.zeros((len(self.scene.calendar.edges), self.scene.draws.size))
        for name, product in sorted(self.scene.programme.products.items()):
            if serving.served(product):
                users, most = self.users(name), self.capacity_users(name)
                with np.errstate(over="ignore"):
                    total += np.divide(users, most, out=np.where(users > 0, np.inf, 0.0), where=most != 0)
        return total

    def product_revenue_usd(self, product_id: str) -> Array:
        """Revenue of a product by quarter [Q, S]: advertising and subscriptions."""

        def compute() -> Array:
            product, total = self.scene.programme.products[product_id], self._no_flow
            if product.advertising is not None:
                total = total + self.advertised(product_id).net_usd
            if product.subscription is not None:
                total = total + advertising.subscribed_usd(self, product_id)
            return total

        return self._keep("earned", product_id, compute)

    def advertised(self, product_id: str) -> Earned:
        """What advertising in a product brings by quarter [Q, S], line by line."""
        return self._keep("advertised", product_id, lambda: advertising.advertised(self, product_id))

    def displaced_usd(self, product_id: str) -> Array:
        """Revenue of the core by quarter [Q, S] whose time moves over to a product."""
        if self.scene.programme.products[product_id].advertising is None:
            return self._no_flow
        return self.advertised(product_id).cannibalised_usd

    # -- lab ---------------------------------------------------------------------------------------

    @cached_property
    def freed_share(self) -> Array:
        """Part of the lab's chips that pooling the teams' quotas puts to use [S]."""
        teams = sorted(self.scene.programme.lab.teams)
        quota, demand, variation = (
            np.stack([self.scene.draws(f"lab.teams.{team}.{name}") for team in teams], axis=-1)
            for name in ("quota", "demand", "variation")
        )
        return pooling(quota, demand, variation, self.scene.draws("lab.correlation")).freed_share

    @cached_property
    def lab_chips(self) -> Array:
        """GPUs that the lab may train on, once it is founded [E, S]."""
        founded = self.scene.calendar.edges >= to_day(self.scene.programme.lab.founded)
        return self.count(self.everywhere) * self.scene.draws("lab.share") * founded[:, None]

    # -- money -------------------------------------------------------------------------------------

    @cached_property
    def capex_usd(self) -> Array:
        """Capital expenditure by quarter [Q, S]."""
        return money.capex_usd(self.scene)

    @cached_property
    def server_money_usd(self) -> Array:
        """Money for servers, running total [E, S]."""
        spent = self.capex_usd * self.scene.draws("finances.server_share")
        return self.scene.calendar.cumulative(spent)

    def revenue_usd(self, quarter: str) -> Array:
        """Revenue of a quarter [S]: core, what better ranking adds, and what the products earn."""

        def compute() -> Array:
            core = money.revenue_usd(self.scene, quarter)
            if money.reported(self.scene, quarter, "revenue") is not None:
                return core
            return core + money.added_usd(self, quarter, core)

        return self._keep("revenue", quarter, compute)

    def family_revenue_usd(self, quarter: str) -> Array:
        """Revenue of the apps in a quarter [S]."""
        core = money.family_revenue_usd(self.scene, quarter)
        if money.reported(self.scene, quarter, "family") is not None:
            return core
        return core + money.added_usd(self, quarter, core)

    @cached_property
    def revenues_usd(self) -> Array:
        """Revenue of every quarter of the horizon [Q, S]."""
        return np.array([self.revenue_usd(quarter) for quarter in self.scene.calendar.quarters])

    @cached_property
    def cash_usd(self) -> Array:
        """Cash and securities [E, S]."""
        return money.cash_usd(self.scene, self.revenues_usd, self.capex_usd)

    @cached_property
    def books(self) -> money.Books:
        """Costs, income, cash flow and property."""
        return money.Books(self)

    # -- inside ------------------------------------------------------------------------------------

    @property
    def _no_flow(self) -> Array:
        return np.zeros((len(self.scene.calendar.quarters), self.scene.draws.size))

    @cached_property
    def _site_energy(self) -> list[tuple[Array, Array]]:
        """For each site: facility energy by quarter [Q, S], and its price [S]."""
        return [self._energy_of(site_id) for site_id in sorted(self.scene.programme.sites)]

    def _energy_of(self, site_id: str) -> tuple[Array, Array]:
        drawn = self.site_drawn_w(site_id)
        joules = (drawn[1:] + drawn[:-1]) / 2 * self.scene.calendar.step_s[:, None]
        pue, price = (self.scene.draws(f"sites.{site_id}.{name}") for name in ("pue", "electricity"))
        return self.scene.calendar.quarterly(joules) * pue, price

    def _unchanged(self, *fields: str) -> Outlook | None:
        """The base, where none of these changes differs from it."""
        ignored = ("delays", "failures") if "checkpoint" in fields else ("delays",)
        if self.base is None:
            return None
        mine, other = self.scene.changes, self.base.scene.changes
        same = all(getattr(mine, field) == getattr(other, field) for field in fields)
        same = same and all((one in mine.ignore) == (one in other.ignore) for one in ignored)
        return self.base if same else None

    def _keep(self, what: str, of: str, compute: Callable[[], T]) -> T:
        key = (what, of)
        if key not in self._kept:
            self._kept[key] = compute()
        return self._kept[key]  # type: ignore[return-value]
