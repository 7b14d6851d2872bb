"""Money by quarter: reported where it is history, budgeted and forecast after that.

reported     figures of quarters that are history
capex        capital expenditure: the budget, less what is reported, spread over the rest of its year
revenue      revenue of the core and people, from a year before and growth; what models add
advertising  what a product earns by advertising and subscriptions, and what it costs
cash         cash and securities, anchored where they were last reported
division     capital by class, at the dates on which it is ordered, received, in service, written off
ventures     sites that others own and this programme rents
books        income, cash flow and property of an outlook: what all of the above come to
unit         what a chip-hour, a FLOP and a token cost; what a site is worth

Every function takes a scene (or an outlook) and gives [Q, S] by quarter, [E, S] at edges, or [S].
"""

from orchard.plan.money.books import Books
from orchard.plan.money.capex import capex_usd
from orchard.plan.money.cash import cash_usd, net_cash_usd
from orchard.plan.money.reported import reported
from orchard.plan.money.revenue import added_usd, family_revenue_usd, growth, people, revenue_usd, uplift

__all__ = [
    "Books",
    "added_usd",
    "capex_usd",
    "cash_usd",
    "family_revenue_usd",
    "growth",
    "net_cash_usd",
    "people",
    "reported",
    "revenue_usd",
    "uplift",
]
