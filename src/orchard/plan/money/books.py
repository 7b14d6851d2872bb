"""The books of an outlook: costs, income, cash flow and property by quarter, worked out when asked for."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from orchard.estimate.cost import CLASSES, Costs, Statement, net_book_usd, statement, under_way_usd
from orchard.plan.calendar import DAY_S, DAYS_PER_QUARTER, Array
from orchard.plan.money import ventures
from orchard.plan.money.cash import financing_usd, invested_usd, operating_usd
from orchard.plan.money.division import Division
from orchard.plan.money.reported import corrected, stated
from orchard.plan.money.unit import as_of_quarter, npv_of, payback_s

if TYPE_CHECKING:
    from orchard.plan.outlook import Outlook

_QUARTERS_A_YEAR = 4


class Books:
    """All money of an outlook. Flows are [Q, S] by quarter, states [Q, S] at the end of quarters."""

    def __init__(self, outlook: Outlook) -> None:
        self.outlook, self.scene = outlook, outlook.scene

    @cached_property
    def division(self) -> Division:
        """Capital by class."""
        return Division(self.scene, self.outlook.capex_usd)

    # -- property ----------------------------------------------------------------------------------

    @cached_property
    def depreciation_usd(self) -> Array:
        """Depreciation: reported, else of what was there, and of what entered service since."""
        written = self.division.written_off
        others = sum((written[name] for name in CLASSES[3:]), self.division.run_off[1])
        return corrected(self.scene, self.servers_depreciation_usd + others, "depreciation")

    @cached_property
    def servers_depreciation_usd(self) -> Array:
        """Part of it that is servers and network."""
        written = self.division.written_off
        return sum((written[name] for name in CLASSES[:3]), self.division.run_off[0])

    @cached_property
    def under_way_usd(self) -> Array:
        """Construction in progress: received and not yet in service."""
        received, served = (
            np.sum([flows[name] for name in CLASSES], axis=0)
            for flows in (self.division.received, self.division.in_service)
        )
        return under_way_usd(received, served, self.division.under_way_before_usd)

    @cached_property
    def property_usd(self) -> Array:
        """Property and equipment, net, construction in progress in it."""
        received = np.sum([self.division.received[name] for name in CLASSES], axis=0)
        before = self.scene.draws("finances.property.net")
        if self.scene.programme.finances.property is None:
            before = self.division.under_way_before_usd
        return before + net_book_usd(received, self.depreciation_usd)

    # -- income ------------------------------------------------------------------------------------

    @cached_property
    def costs(self) -> Costs:
        """Operating costs, line by line; not-a-number where the programme does not state them.

        Of a quarter that is reported the total is known: other costs are what the lines leave of it.
        """
        size = (len(self.scene.calendar.quarters), self.scene.draws.size)
        if self.scene.programme.finances.costs is None:
            staff, other = np.full(size, np.nan), np.full(size, np.nan)
        else:
            staff, other = (
                self.staff_usd,
                self.outlook.revenues_usd * self.scene.draws("finances.costs.other"),
            )
        energy = self.outlook.energy_cost_usd
        costs = Costs(self.depreciation_usd, energy, staff, self.labels_usd, self.rents_usd, other)
        rest = corrected(self.scene, costs.total_usd, "costs") - costs.total_usd
        return costs._replace(other_usd=other + rest)

    @cached_property
    def staff_usd(self) -> Array:
        """Cost of staff, growing evenly from the start of the horizon."""
        path = "finances.costs"
        years = (np.arange(len(self.scene.calendar.quarters)) / _QUARTERS_A_YEAR)[:, None]
        pace = self.scene.draws(f"{path}.staff") * DAYS_PER_QUARTER * DAY_S
        cost: Array = pace * (1.0 + self.scene.draws(f"{path}.staff_growth")) ** years
        return cost

    @cached_property
    def labels_usd(self) -> Array:
        """Cost of the labels bought, evenly over the horizon."""
        price = self.scene.draws("data_engine.labels") * self.scene.draws("data_engine.price")
        bounds = self.scene.calendar.bounds
        part: Array = np.diff(bounds) / (bounds[-1] - bounds[0])
        return part[:, None] * price

    @cached_property
    def rents_usd(self) -> Array:
        """Rent: of places and clouds as stated, and of what ventures build."""
        finances = self.scene.programme.finances
        total = stated(self.scene, "finances.costs.rents", finances.costs.rents if finances.costs else {})
        for name in sorted(finances.ventures):
            total = total + ventures.rents_usd(self.outlook, name)
        return total

    @cached_property
    def statement(self) -> Statement:
        """Income and cash flow, line by line."""
        revenue = self.outlook.revenues_usd
        stock = self.staff_usd * self.scene.draws("finances.costs.stock")
        found = statement(
            revenue, self.costs, stock, operating_usd(self.scene, revenue), self.outlook.capex_usd,
            financing_usd(self.scene),
        )  # fmt: skip
        return found._replace(investing_usd=found.investing_usd - invested_usd(self.scene))

    # -- worth -------------------------------------------------------------------------------------

    @cached_property
    def free_cash_usd(self) -> Array:
        """Cash from operations less capital expenditure."""
        return operating_usd(self.scene, self.outlook.revenues_usd) - self.outlook.capex_usd

    @cached_property
    def npv_usd(self) -> Array:
        """Present value [S], at the programme's date, of free cash flow until the end of the horizon."""
        later = self.free_cash_usd[as_of_quarter(self.scene) :]
        return npv_of(self.scene, later) if len(later) else np.full(self.scene.draws.size, np.nan)

    @cached_property
    def payback_s(self) -> Array:
        """Time [S] from the programme's date until gains of operations have paid for capital spent since.

        A gain is what operations bring beyond the same quarter of the year before that date; beyond
        nothing, where the horizon begins with it. What was earned anyway pays for nothing.
        """
        first = as_of_quarter(self.scene)
        operating = operating_usd(self.scene, self.outlook.revenues_usd)
        year, later = operating[max(first - _QUARTERS_A_YEAR, 0) : first], operating[first:]
        if not len(later):
            return np.full(self.scene.draws.size, np.nan)
        base = year[np.arange(len(later)) % len(year)] if len(year) else 0.0
        return payback_s(later - base - self.outlook.capex_usd[first:])
