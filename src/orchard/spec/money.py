"""What pays for it: reported quarters, budgets, revenue, cash."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from orchard.spec.amounts import (
    Cost,
    Day,
    Growth,
    Money,
    People,
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


Quarter = Annotated[str, AfterValidator(_quarter)]
Year = Annotated[str, AfterValidator(_year)]
Period = Annotated[str, AfterValidator(_period)]


class Quarterly(Strict):
    """One reported quarter."""

    revenue: Cost | None = Field(None, description="total revenue")
    family: Cost | None = Field(None, description="revenue of the apps, without hardware")
    capex: Cost | None = Field(None, description="capital expenditure including finance leases")
    people: People | None = Field(None, description="daily active people at the end of the quarter")


class Revenue(Strict):
    """How revenue goes on after the last reported quarter."""

    growth: dict[Period, Growth] = Field(description="growth over the same quarter a year before")
    family_share: Share = Field(description="part of revenue that the apps earn")
    people_growth: Growth = Field(description="growth of daily active people per year")


class Finances(Strict):
    """Budgets and cash."""

    reported: dict[Quarter, Quarterly] = Field(default_factory=dict, description="history, by quarter")
    budget: dict[Year, Cost] = Field(description="capital expenditure by year, including finance leases")
    server_share: Share = Field(description="part of capital expenditure that buys chips, servers, network")
    revenue: Revenue = Field(description="how revenue goes on after the last reported quarter")
    cash: Money = Field(description="cash and securities at `cash_date`")
    cash_date: Day = Field(description="day on which that much cash was held")
    cash_margin: Share = Field(description="operating cash flow as a part of revenue, after all costs")
    returned: dict[Period, Money] = Field(default_factory=dict, description="dividends and buybacks")
    raised: dict[Period, Money] = Field(default_factory=dict, description="debt raised less repaid")
    life: Span = Field(description="useful life of servers, for depreciation")
