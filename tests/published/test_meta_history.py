"""The Meta programme's history against what was published: each test prints read, published and error.

Ratios are published by the company in its tables and were not put into the programme: it has the
dollars and the people, and must come to the same ratios.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import pytest

from orchard.catalogue import catalogue
from orchard.plan import Setup, definitions
from orchard.plan.outlook import Outlook
from orchard.plan.quantities import read_quantity
from orchard.plan.scene import Scene
from orchard.spec.load import load

PROGRAMME = Path(__file__).parents[2] / "programmes/meta-superintelligence.yaml"


@cache
def outlook() -> Outlook:
    setup = Setup.of(load(PROGRAMME), catalogue())
    return Outlook(Scene(setup, setup.draws(0, 0, 50)))


def read(quantity: str) -> float:
    """The value of something that is history: it has no spread."""
    setup = outlook().scene.setup
    values = read_quantity(quantity, definitions(setup), setup).read(outlook())
    assert np.ptp(values) == 0
    return float(values[0])


def report(what: str, found: float, published: float) -> None:
    print(f"{what}: read {found:.5g}, published {published:.5g}, error {found / published - 1:+.2%}")


# Average revenue per person of the family of apps, as Meta states it each quarter: revenue of the apps
# over the mean of daily active people at the beginning and the end of the quarter (definition in form
# 10-Q). Q2 2024 and Q1 2025: summaries of the quarterly results (catalogue: meta.arpp.2024-q2, 11.89;
# meta.arpp.2025-q1, 12.36); Q4 2024: key metrics, rounded (meta.arpp.2024-q4, 14.3).
@pytest.mark.parametrize(
    ("quarter", "usd", "within"),
    [("2024-Q2", 11.89, 0.01), ("2024-Q4", 14.3, 0.06), ("2025-Q1", 12.36, 0.01)],
)
def test_revenue_per_person(quarter: str, usd: float, within: float) -> None:
    found = read(f"arpp@{quarter}")
    report(f"arpp {quarter}", found, usd)
    assert found == pytest.approx(usd, abs=within)
    assert catalogue().fact(f"meta.arpp.{quarter.lower()}").value == pytest.approx(usd)


# Growth over the year before, in whole percent: "Year-over-year % change" in the table of financial
# highlights of each quarter's results (catalogue: meta.revenue_growth.*).
@pytest.mark.parametrize(
    ("quarter", "percent"), [("2024-Q4", 21), ("2025-Q1", 16), ("2025-Q2", 22), ("2025-Q3", 26)]
)
def test_growth_of_revenue(quarter: str, percent: int) -> None:
    found = read(f"revenue.growth@{quarter}")
    report(f"growth {quarter}", found, percent / 100)
    assert round(found * 100) == percent


def test_growth_of_the_third_quarter_of_2025_to_a_tenth() -> None:
    """51.242 over 40.589 G USD: the tables of quarters in the results of 2025-10-29."""
    assert read("revenue.growth@2025-Q3") == pytest.approx(0.262, abs=0.0005)


# Capital expenditure with principal payments on finance leases, from each quarter's results
# (catalogue: meta.capex.*), in G USD.
@pytest.mark.parametrize(
    ("quarter", "usd"),
    [("2024-Q1", 6.72), ("2024-Q2", 8.47), ("2024-Q3", 9.20), ("2024-Q4", 14.84), ("2025-Q1", 13.69), ("2025-Q2", 17.01), ("2025-Q3", 19.37)],
)  # fmt: skip
def test_capital_expenditure_by_quarter(quarter: str, usd: float) -> None:
    found = read(f"capex@{quarter}")
    report(f"capex {quarter}", found / 1e9, usd)
    assert found == pytest.approx(usd * 1e9, rel=1e-9)


# Totals of the year: highlights and table of financial highlights in the results of 2025-01-29
# (catalogue: meta.capex.2024, 39.23; meta.revenue.2024, 164.501), in G USD.
@pytest.mark.parametrize(("quantity", "usd"), [("capex@2024", 39.23), ("revenue@2024", 164.501)])
def test_quarters_sum_to_the_published_year(quantity: str, usd: float) -> None:
    found = read(quantity)
    report(quantity, found / 1e9, usd)
    assert found == pytest.approx(usd * 1e9, abs=0.011e9)


def test_capital_expenditure_of_2025_is_what_is_reported_and_the_rest_of_the_year() -> None:
    """13.69, 17.01 and 19.37 G USD are spent; guidance of 70 to 72 leaves 20 to 22 for the last quarter."""
    setup = outlook().scene.setup
    year, last = (
        read_quantity(text, definitions(setup), setup).read(outlook())
        for text in ("capex@2025", "capex@2025-Q4")
    )
    assert np.allclose(year - last, 50.07e9)
    assert 19.5e9 < np.median(last) < 22.5e9


def test_daily_people() -> None:
    """3.54 G people in September 2025: operational highlights of the results of 2025-10-29."""
    assert read("people@2025-09-30") == pytest.approx(3.54e9)


def test_the_stake_in_the_labelling_firm() -> None:
    """14.3 G USD for 49 %, reported on 2025-06-12 and 13, values the whole at 29.2 G USD."""
    assert read("data-engine.implied_value") == pytest.approx(29.2e9, abs=0.05e9)
