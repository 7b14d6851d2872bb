"""Energy for a site at least cost: what to build and what to run in each hour of a year.

::

    case         the load, and what may supply it
    finance      capital as a yearly cost
    technologies plants made of what they cost
    program      the linear programme: columns, rows and the matrix
    refine       from a coarse year to an hourly one
    solve        its optimum, by HiGHS
    relax        what would have to give where there is none
    binding      the limits that bind, and what one more of each would save
    answer       capacities, hours, costs, carbon
    export       the case as a folder that PyPSA reads
"""

from orchard.estimate.supply.answer import Infeasible, Part, Supply, supply
from orchard.estimate.supply.binding import Binding
from orchard.estimate.supply.case import HOURS_PER_YEAR, Battery, Case, Pausing, Source
from orchard.estimate.supply.finance import capital_recovery
from orchard.estimate.supply.relax import Relaxation

__all__ = [
    "HOURS_PER_YEAR", "Battery", "Binding", "Case", "Infeasible", "Part", "Pausing", "Relaxation", "Source",
    "Supply", "capital_recovery", "supply",
]  # fmt: skip
