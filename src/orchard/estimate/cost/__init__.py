"""Money spent: what is bought, when it counts, how it wears off, and what a unit of work costs.

In the order in which money flows::

    capital       money by class: chips, servers, network, building, power and cooling, land
    schedule      ordered, received, paid, in service: the same money at four dates
    depreciation  written off in a straight line, by vintage; books, and books that were there before
    leases        operating and finance leases, joint ventures and the values they guarantee
    energy        energy bought
    statement     operating income and cash flow of a period, every line of them
    worth         present value, payback, capital recovery
    unit          cost per chip-hour, per token

Money is conserved: classes add up to their total, what is paid is in service or under way, what is
bought is written off, and cash moves by what flows. All in USD, by steps of any length, on arrays.
"""

from orchard.estimate.cost.capital import CLASSES, Capital, Shares, capital_usd
from orchard.estimate.cost.depreciation import (
    depreciation_usd,
    net_book_usd,
    run_off_usd,
    vintages_usd,
)
from orchard.estimate.cost.energy import energy_cost_usd
from orchard.estimate.cost.leases import (
    guarantee_usd,
    lease_cost_usd,
    lease_usd,
    rent_usd,
    still_owed_usd,
)
from orchard.estimate.cost.schedule import committed_usd, moved_usd, under_way_usd
from orchard.estimate.cost.statement import Costs, Statement, statement
from orchard.estimate.cost.unit import chip_second_usd, token_usd
from orchard.estimate.cost.worth import npv_usd, payback_steps, recovery_per_step

__all__ = [
    "CLASSES",
    "Capital",
    "Costs",
    "Shares",
    "Statement",
    "capital_usd",
    "chip_second_usd",
    "committed_usd",
    "depreciation_usd",
    "energy_cost_usd",
    "guarantee_usd",
    "lease_cost_usd",
    "lease_usd",
    "moved_usd",
    "net_book_usd",
    "npv_usd",
    "payback_steps",
    "recovery_per_step",
    "rent_usd",
    "run_off_usd",
    "statement",
    "still_owed_usd",
    "token_usd",
    "under_way_usd",
    "vintages_usd",
]
