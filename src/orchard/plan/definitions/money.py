"""Quantities of money: what is spent, what is earned, what is left, and what things cost."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from orchard.estimate.cost import CLASSES
from orchard.estimate.revenue import per_person_usd
from orchard.plan import money
from orchard.plan.calendar import Array, before, to_day
from orchard.plan.definitions.kinds import constant, flow, state
from orchard.plan.definitions.reads import of, over_year, ratio
from orchard.plan.money import ventures
from orchard.plan.outlook import Outlook
from orchard.plan.quantities import Definition
from orchard.plan.scene import Setup

_NAMES = {
    "chips": "chips",
    "servers": "servers without their chips",
    "network": "network",
    "building": "buildings",
    "power": "power and cooling",
    "land": "land",
}
BOOKED = ("costs", "depreciation", "income", *(f"capex.{name}" for name in CLASSES), "cash.free", "cash.net")
"""Quantities of which an answer holds the timelines, for a report of cash."""

_NO_COSTS = "the programme does not state operating costs (finances.costs)"


def quantities(setup: Setup) -> Iterator[Definition]:
    """Revenue, capital, depreciation, costs, cash, worth, and ventures."""
    yield from _earned()
    yield from _capital()
    yield from _statement(setup)
    for name, venture in setup.programme.finances.ventures.items():
        yield from _venture(name, venture.title or name)


def _earned() -> Iterator[Definition]:
    yield flow("revenue", "revenue", "USD", lambda o, q: o.revenue_usd(q))
    yield flow("revenue.family", "revenue of the apps", "USD", lambda o, q: o.family_revenue_usd(q))
    yield Definition(
        "revenue.growth",
        "growth of revenue over the year before",
        "%",
        "flow",
        quarter=lambda o, q: ratio(o.revenue_usd(q), o.revenue_usd(before(q))) - 1,
        year=lambda o, y: ratio(over_year(o.revenue_usd, y), over_year(o.revenue_usd, str(int(y) - 1))) - 1,
    )
    yield flow(
        "revenue.added",
        "revenue that models add, by ranking and by products",
        "USD",
        lambda o, q: o.revenue_usd(q) - money.revenue_usd(o.scene, q),
    )
    yield flow("arpp", "average revenue per person", "USD/person", _arpp)
    yield _at_quarter(
        "people",
        "daily active people at the end of a quarter",
        "person",
        lambda o, q: money.people(o.scene, q),
    )


def _capital() -> Iterator[Definition]:
    yield flow("capex", "capital expenditure incl. finance leases", "USD", lambda o, q: _capex(o, q))
    for name in CLASSES:
        yield flow(f"capex.{name}", f"capital expenditure: {_NAMES[name]}", "USD", _class(name))
    yield _at_quarter(
        "commitments",
        "ordered and not yet paid",
        "USD",
        _books(lambda b: b.division.committed_usd),
    )
    yield flow(
        "property.added", "what enters service", "USD", _books(lambda b: _total(b.division.in_service))
    )
    yield _at_quarter(
        "property.under_way",
        "property and equipment under way: received and not in service",
        "USD",
        _books(lambda b: b.under_way_usd),
    )
    yield _at_quarter(
        "property.net", "property and equipment after depreciation", "USD", _books(lambda b: b.property_usd)
    )
    yield flow("depreciation", "depreciation", "USD", _books(lambda b: b.depreciation_usd))
    yield flow(
        "depreciation.servers",
        "depreciation of servers and network",
        "USD",
        _books(lambda b: b.servers_depreciation_usd),
    )


def _statement(setup: Setup) -> Iterator[Definition]:
    parts: dict[str, tuple[str, Callable[[money.Books], Array]]] = {
        "costs": ("operating costs", lambda b: b.statement.costs_usd),
        "costs.staff": ("cost of staff, stock included", lambda b: b.staff_usd),
        "costs.other": ("other operating costs", lambda b: np.asarray(b.costs.other_usd)),
        "income": ("operating income", lambda b: b.statement.operating_income_usd),
        "taxes": (
            "taxes, and what working capital ties up: what lies between income and cash",
            lambda b: b.statement.tax_usd,
        ),
    }
    reason = _NO_COSTS if setup.programme.finances.costs is None else ""
    for name, (title, read) in parts.items():
        yield flow(name, title, "USD", _books(read))._replace(unknown=reason)
    yield flow("costs.labels", "cost of labels", "USD", _books(lambda b: b.labels_usd))
    yield flow("costs.rents", "rents of places and clouds", "USD", _books(lambda b: b.rents_usd))
    yield flow("cash.operations", "cash from operations", "USD", _books(lambda b: b.statement.operating_usd))
    yield flow(
        "cash.invested",
        "cash invested, capital expenditure in it",
        "USD",
        _books(lambda b: -b.statement.investing_usd),
    )
    yield flow(
        "cash.financing",
        "debt raised less what owners get",
        "USD",
        _books(lambda b: b.statement.financing_usd),
    )
    yield flow(
        "cash.free", "cash from operations less capital expenditure", "USD", _books(lambda b: b.free_cash_usd)
    )
    yield state("cash", "cash and securities", "USD", lambda o: o.cash_usd)
    yield state("cash.net", "cash less debt", "USD", lambda o: money.net_cash_usd(o.scene, o.cash_usd))
    yield state("cash.lowest", "lowest cash from the programme's date on", "USD", _lowest_cash)
    yield constant(
        "npv",
        "present value of free cash until the end of the horizon, at the programme's date",
        "USD",
        lambda o: o.books.npv_usd,
    )
    yield constant(
        "payback",
        "time from the programme's date until gains of operations have paid for capital spent since",
        "s",
        lambda o: o.books.payback_s,
    )


def _venture(name: str, title: str) -> Iterator[Definition]:
    yield flow(
        f"{name}.spent", f"{title}: spent on the site, by all owners", "USD",
        lambda o, q: of(o, q, ventures.spent_usd(o.scene, name)),
    )  # fmt: skip
    yield flow(
        f"{name}.contributed", f"{title}: this programme's part of it", "USD",
        lambda o, q: of(o, q, ventures.contributed_usd(o.scene, name)),
    )  # fmt: skip
    yield flow(f"{name}.rent", f"{title}: rent", "USD", lambda o, q: of(o, q, ventures.rents_usd(o, name)))
    yield _at_quarter(
        f"{name}.off_balance", f"{title}: built with partners' money, off the balance sheet", "USD",
        lambda o, q: of(o, q, ventures.off_balance_usd(o.scene, name)),
    )  # fmt: skip
    yield constant(
        f"{name}.lease", f"{title}: owed for the first term at its yield, once all is there", "USD",
        lambda o: ventures.lease_of_first_term_usd(o.scene, name),
    )  # fmt: skip
    yield constant(
        f"{name}.guarantee", f"{title}: what the guarantee costs when the lease is not renewed", "USD",
        lambda o: ventures.owed_usd(o.scene, name),
    )  # fmt: skip


def _at_quarter(name: str, title: str, unit: str, read: Callable[[Outlook, str], Array]) -> Definition:
    """A state that is known at the end of quarters."""
    return Definition(name, title, unit, "state", quarter=read)


def _books(read: Callable[[money.Books], Array]) -> Callable[[Outlook, str], Array]:
    return lambda o, q: of(o, q, read(o.books))


def _class(name: str) -> Callable[[Outlook, str], Array]:
    return lambda o, q: of(o, q, o.books.division.paid[name])


def _total(flows: dict[str, Array]) -> Array:
    total: Array = np.sum([flows[name] for name in CLASSES], axis=0)
    return total


def _capex(outlook: Outlook, quarter: str) -> Array:
    known = money.reported(outlook.scene, quarter, "capex")
    return of(outlook, quarter, outlook.capex_usd) if known is None else known


def _arpp(outlook: Outlook, quarter: str) -> Array:
    scene = outlook.scene
    people = (money.people(scene, each) for each in (before(quarter, 1), quarter))
    return per_person_usd(outlook.family_revenue_usd(quarter), *people)


def _lowest_cash(outlook: Outlook) -> Array:
    later = outlook.scene.calendar.edges >= to_day(outlook.scene.programme.as_of)
    masked = np.where(later[:, None], outlook.cash_usd, np.inf)
    lowest = np.minimum.accumulate(masked, axis=0)
    return np.where(np.isinf(lowest), outlook.cash_usd, lowest)
