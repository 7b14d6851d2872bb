"""What pays for it: reported quarters, budgets, revenue, cash."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from orchard.spec.amounts import (
    Cost,
    CostPerTime,
    Day,
    Growth,
    Money,
    People,
    Ratio,
    Share,
    Span,
    Strict,
)

_QUARTER = re.compile(r"(19|20|21)\d\d-Q[1-4]")
_YEAR = re.compile(r"(19|20|21)\d\d")


def _quarter(text: str) -> str:
    if not _QUARTER.fullmatch(text):
        context = {"found": text[:40], "wanted": "a quarter, as 2025-Q4"}
        raise PydanticCustomError("orchard_date", "{found}", context)
    return text


def _year(text: str) -> str:
    if not _YEAR.fullmatch(text):
        context = {"found": text[:40], "wanted": 'a year in quotes, as "2026"'}
        raise PydanticCustomError("orchard_date", "{found}", context)
    return text


def _period(text: str) -> str:
    if not (_YEAR.fullmatch(text) or _QUARTER.fullmatch(text)):
        context = {"found": text[:40], "wanted": "a year or a quarter, as 2026 or 2025-Q4"}
        raise PydanticCustomError("orchard_date", "{found}", context)
    return text


Season = Literal["Q1", "Q2", "Q3", "Q4"]
Quarter = Annotated[str, AfterValidator(_quarter)]
Year = Annotated[str, AfterValidator(_year)]
Period = Annotated[str, AfterValidator(_period)]


class Quarterly(Strict):
    """One reported quarter."""

    revenue: Cost | None = Field(None, description="total revenue")
    family: Cost | None = Field(None, description="revenue of the apps, without hardware")
    capex: Cost | None = Field(None, description="capital expenditure including finance leases")
    people: People | None = Field(None, description="daily active people at the end of the quarter")
    depreciation: Cost | None = Field(None, description="depreciation and amortisation")
    costs: Cost | None = Field(None, description="costs and expenses, depreciation in them")
    operating: Money | None = Field(None, description="cash from operations")


class Revenue(Strict):
    """How revenue goes on after the last reported quarter."""

    growth: dict[Period, Growth] = Field(description="growth over the same quarter a year before")
    impressions: dict[Period, Growth] = Field(
        default_factory=dict, description="growth of advertisements shown; with `price`, instead of `growth`"
    )
    price: dict[Period, Growth] = Field(
        default_factory=dict,
        description="growth of the price of one; with `impressions`, instead of `growth`",
    )
    family_share: Share = Field(description="part of revenue that the apps earn")
    people_growth: Growth = Field(description="growth of daily active people per year")


class Division(Strict):
    """How capital expenditure divides into classes, and when each counts; the catalogue's where left out."""

    chips: Share | None = Field(None, description="chips, as a part of the money for servers")
    network: Share | None = Field(None, description="network, as a part of the money for servers")
    power: Share | None = Field(None, description="power and cooling, as a part of the rest")
    land: Share | None = Field(None, description="land, as a part of the rest")
    order: Span | None = Field(None, description="from order to payment: what is committed")
    payment: Span | None = Field(None, description="from receipt to payment")
    servers_service: Span | None = Field(None, description="from payment to service, of servers and network")
    building_service: Span | None = Field(None, description="from payment to service, of all else")
    building_life: Span | None = Field(None, description="useful life of buildings")
    power_life: Span | None = Field(None, description="useful life of power and cooling")


class Property(Strict):
    """What was there when the horizon begins, on the books."""

    net: Cost = Field(description="property and equipment, after depreciation")
    land: Cost = Field(description="land in it, which does not wear off")
    servers: Cost = Field(description="servers and network in it that are in service")
    depreciation: CostPerTime = Field(description="pace at which all of it wears off at the start")
    servers_depreciation: CostPerTime = Field(description="part of that pace that is servers and network")


class Costs(Strict):
    """What running it costs beside depreciation, energy, labels and rents of ventures."""

    staff: CostPerTime = Field(description="staff at the start of the horizon, stock included")
    staff_growth: Growth = Field(description="growth of that cost per year")
    stock: Share = Field(description="part of it paid in stock, which is no cash")
    other: Share = Field(description="all other costs, as a part of revenue")
    rents: dict[Period, Cost] = Field(default_factory=dict, description="rented places and clouds")


class Venture(Strict):
    """A joint venture that builds a site with partners' money and rents it out, off the balance sheet."""

    title: str = Field("", description="name of the venture as reports print it; the id by default")
    site: str = Field(description="id of the site it builds; rent runs as that is energised")
    cost: Cost = Field(description="what it spends on buildings, power, cooling and land")
    share: Share = Field(description="part of the venture that this programme holds")
    begun: Day = Field(description="day on which it begins to build")
    done: Day = Field(description="day by which it has spent all")
    interest: Share = Field(description="yield that its owners want, a year")
    recovered: Span = Field(description="time over which rents recover the cost")
    term: Span = Field(description="first term of the lease")
    worth: Share | None = Field(
        None, description="what the place is worth at the end of that term, as a part of its cost"
    )
    capped: Share | None = Field(
        None, description="most that the guarantee of its residual value pays, as a part of its cost"
    )


class Finances(Strict):
    """Budgets and cash."""

    reported: dict[Quarter, Quarterly] = Field(default_factory=dict, description="history, by quarter")
    budget: dict[Year, Cost] = Field(description="capital expenditure by year, including finance leases")
    seasons: dict[Season, Ratio] = Field(
        default_factory=dict,
        description="weight of each quarter in a year of that budget; even when left out",
    )
    server_share: Share = Field(description="part of capital expenditure that buys chips, servers, network")
    revenue: Revenue = Field(description="how revenue goes on after the last reported quarter")
    cash: Money = Field(description="cash and securities at `cash_date`")
    cash_date: Day = Field(description="day on which that much cash was held")
    debt: Cost | None = Field(None, description="debt at `cash_date`")
    cash_margin: Share = Field(description="operating cash flow as a part of revenue, after all costs")
    returned: dict[Period, Money] = Field(default_factory=dict, description="dividends and buybacks")
    raised: dict[Period, Money] = Field(default_factory=dict, description="debt raised less repaid")
    life: Span = Field(description="useful life of servers and network, for depreciation")
    division: Division = Field(
        default_factory=Division, description="classes of capital expenditure, and when each counts"
    )
    property: Property | None = Field(None, description="what was on the books when the horizon begins")
    costs: Costs | None = Field(None, description="operating costs; without them there is no income")
    investments: dict[Period, Money] = Field(
        default_factory=dict,
        description="stakes bought in other firms, less what ventures pay back: no capital expenditure",
    )
    ventures: dict[str, Venture] = Field(default_factory=dict, description="joint ventures, by id")
    discount: Share | None = Field(
        None, description="what money would earn elsewhere, a year; the catalogue's by default"
    )
    upkeep: Share | None = Field(
        None, description="repairs and staff on site a year, as a part of capital; the catalogue's by default"
    )
    rental: Cost | None = Field(
        None, description="what renting one chip of `rental_chip` for an hour would cost instead"
    )
    rental_fall: Share | None = Field(
        None, description="fall of that rent a year, from the programme's date on; none when left out"
    )
    rental_chip: str = Field("", description="chip that `rental` is for; others count by their speed")
