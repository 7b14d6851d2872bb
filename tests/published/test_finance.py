"""Money against what was published: each test prints predicted, published and error.

What is calibrated is said: one number, the share of capital expenditure that buys servers and network, is
chosen so that their depreciation in 2024 comes out as published. All of 2025 is predicted.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import pytest
from scipy.optimize import brentq

from orchard import units
from orchard.catalogue import catalogue
from orchard.estimate import revenue
from orchard.estimate.cost import (
    CLASSES,
    Shares,
    capital_usd,
    chip_second_usd,
    energy_cost_usd,
    moved_usd,
    net_book_usd,
    vintages_usd,
)
from orchard.estimate.revenue import growth_of
from orchard.plan import Setup, definitions
from orchard.plan.outlook import Outlook
from orchard.plan.quantities import read_quantity
from orchard.plan.scene import Scene
from orchard.spec.load import load

PROGRAMME = Path(__file__).parents[2] / "programmes/meta-superintelligence.yaml"
QUARTER_S = units.factor("y") / 4
FIRST, LAST = 2017, 2025  # vintages: servers of 2017 to 2020 are a book of 2020, bought evenly


def fact(name: str) -> float:
    return catalogue().fact(name).value


def report(what: str, found: float, published: float) -> float:
    error = found / published - 1
    print(f"{what}: predicted {found:.5g}, published {published:.5g}, error {error:+.2%}")
    return error


# --- revenue -------------------------------------------------------------------------------------------

# "Ad impressions delivered" and "average price per ad" over the year before, in whole percent, from the
# operational highlights of each quarter's results (catalogue: meta.impressions_growth.*,
# meta.price_per_ad_growth.*), against advertising revenue in dollars (meta.ad_revenue.*).
QUARTERS = ["2024-q3", "2024-q4", "2025-q1", "2025-q2", "2025-q3"]


def earlier(quarter: str) -> str:
    return f"{int(quarter[:4]) - 1}{quarter[4:]}"


@pytest.mark.parametrize("quarter", QUARTERS)
def test_revenue_is_impressions_times_price(quarter: str) -> None:
    growth = fact(f"meta.impressions_growth.{quarter}"), fact(f"meta.price_per_ad_growth.{quarter}")
    before = fact(f"meta.ad_revenue.{earlier(quarter)}")
    published = fact(f"meta.ad_revenue.{quarter}")
    found = before * (1 + float(growth_of(*growth)))
    report(f"advertising {quarter}", found / 1e9, published / 1e9)
    points = float(growth_of(*growth)) - (published / before - 1)
    print(f"  growth: {points * 100:+.2f} points")
    assert abs(points) <= 0.01


def test_revenue_of_a_year_is_impressions_times_price() -> None:
    """2024: impressions +11 %, price +10 %; advertising revenue 160.6 G USD, and 22 % more than in 2023."""
    found = float(growth_of(fact("meta.impressions_growth.2024"), fact("meta.price_per_ad_growth.2024")))
    print(f"growth 2024: predicted {found:.4f}, published 0.22, error {(found - 0.22) * 100:+.2f} points")
    assert abs(found - 0.22) <= 0.01


# Average revenue per person: revenue of the apps over the mean of daily people at the beginning and the end
# of the quarter. 12.36 was published; 13.65 and 14.46 are the published dollars over the published people.
@pytest.mark.parametrize(
    ("quarter", "before", "within"),
    [("2024-q2", "2024-q1", 0.01), ("2025-q1", "2024-q4", 0.01), ("2025-q2", "2025-q1", 0.01), ("2025-q3", "2025-q2", 0.01), ("2024-q4", "2024-q3", 0.06)],
)  # fmt: skip
def test_revenue_per_person(quarter: str, before: str, within: float) -> None:
    people = fact(f"meta.daily_people.{before}"), fact(f"meta.daily_people.{quarter}")
    found = float(revenue.per_person_usd(fact(f"meta.foa_revenue.{quarter}"), *people))
    published = fact(f"meta.arpp.{quarter}")
    report(f"revenue per person {quarter}", found, published)
    assert found == pytest.approx(published, abs=within)


# --- property and equipment ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("first", "last", "quarters"),
    [
        ("2023-q4", "2024-q3", ["2024-q1", "2024-q2", "2024-q3"]),
        ("2023-q4", "2024-q4", ["2024-q1", "2024-q2", "2024-q3", "2024-q4"]),
        ("2024-q4", "2025-q1", ["2025-q1"]),
        ("2024-q4", "2025-q3", ["2025-q1", "2025-q2", "2025-q3"]),
    ],
)
def test_roll_forward_of_property_and_equipment(first: str, last: str, quarters: list[str]) -> None:
    """Balance sheets (meta.ppe_net.*) from the one before: what is received less what is written off.

    Received is capital expenditure with finance leases (meta.capex.*), 30 days before it is paid
    (schedule.payment): the only assumption. Depreciation is as published, so that this tests the roll
    forward alone.
    """
    ahead = fact("schedule.payment") / QUARTER_S
    after = (
        "2025-q4" if last == "2025-q3" else f"{last[:6]}{int(last[-1]) + 1}" if last[-1] != "4" else "2025-q1"
    )
    known = [fact(f"meta.capex.{quarter}") for quarter in quarters]
    following = _rest_of_guidance() if after == "2025-q4" else fact(f"meta.capex.{after}")
    received = moved_usd([*known, following], -ahead)[:-1].sum()
    written = sum(fact(f"meta.depreciation.{quarter}") for quarter in quarters)
    found = fact(f"meta.ppe_net.{first}") + float(received) - written
    plain = fact(f"meta.ppe_net.{first}") + sum(known) - written
    published = fact(f"meta.ppe_net.{last}")
    error = report(f"property and equipment, net, {first} to {last}", found / 1e9, published / 1e9)
    report("  without the days of payment", plain / 1e9, published / 1e9)
    assert abs(error) <= 0.03
    assert abs(plain / published - 1) <= 0.03


def _rest_of_guidance() -> float:
    spent = sum(fact(f"meta.capex.2025-q{number}") for number in (1, 2, 3))
    return fact("meta.capex.2025.guidance") - spent


# --- depreciation --------------------------------------------------------------------------------------


def quarter_names() -> list[str]:
    names = [f"{year}-q{number}" for year in range(FIRST, LAST + 1) for number in range(1, 5)]
    return names[: names.index("2025-q3") + 1]


def life_steps(quarter: str, latest: float | None = None) -> float:
    """Useful life of servers that ruled in a quarter, in quarters (meta.server_useful_life.*)."""
    if quarter >= "2025-q1" and latest is None:
        return fact("meta.server_useful_life") / QUARTER_S
    if quarter >= "2022-q4":
        return (latest or fact("meta.server_useful_life.2022-q4")) / QUARTER_S
    when = "2022-q2" if quarter >= "2022-q2" else "to-2022-q1"
    return fact(f"meta.server_useful_life.{when}") / QUARTER_S


def bought(share: float) -> dict[str, float]:
    """Servers and network by quarter: a share of purchases; before 2021 the book at cost, evenly."""
    old = fact("meta.servers_gross.2020") / 16
    first = fact("meta.capex_ppe.2021-q2")  # stands in for the quarter before, which is not in the catalogue
    found = {}
    for name in quarter_names():
        if name < "2021-q1":
            found[name] = old
        else:
            found[name] = share * (first if name == "2021-q1" else fact(f"meta.capex_ppe.{name}"))
    return found


def servers(share: float, latest: float | None = None) -> dict[str, float]:
    """Depreciation of servers and network by quarter."""
    vintages = bought(share)
    lives = [life_steps(name, latest) for name in vintages]
    written = vintages_usd(list(vintages.values()), lives)
    return dict(zip(vintages, map(float, written), strict=True))


def of_year(found: dict[str, float], year: int) -> float:
    return sum(value for name, value in found.items() if name.startswith(str(year)))


@cache
def share() -> float:
    """The one calibrated number: on the depreciation of servers and network in 2024."""
    published = fact("meta.server_depreciation.2024")
    return float(brentq(lambda part: of_year(servers(part), 2024) - published, 0.1, 1.0))


def others(quarter: str) -> float:
    """Depreciation of all else: that of 2024 by quarter, and buildings added since, and amortisation.

    Published for 2024: 15.29 of property less 11.34 of servers; 15.498 with amortisation. What is not spent
    on servers enters five quarters later (schedule.buildings) and wears off over the life of a building.
    """
    known = (fact("meta.ppe_depreciation.2024") - fact("meta.server_depreciation.2024")) / 4
    amortised = sum(fact(f"meta.depreciation.2024-q{number}") for number in range(1, 5))
    amortised = (amortised - fact("meta.ppe_depreciation.2024")) / 4
    names = quarter_names()
    lag, life = (fact(name) / QUARTER_S for name in ("schedule.buildings", "life.building"))
    paid = [(1 - share()) * (fact(f"meta.capex_ppe.{name}") if name >= "2021-q2" else 0.0) for name in names]
    served = moved_usd(paid, lag)
    middle, here = names.index("2024-q2") + 0.5, names.index(quarter)
    added = sum(served[step] for step in range(len(names)) if middle < step <= here)
    taken = sum(served[step] for step in range(len(names)) if here < step <= middle)
    return known + amortised + float(added - taken) / life


@pytest.mark.parametrize("quarter", ["2025-q1", "2025-q2", "2025-q3"])
def test_depreciation_of_2025_is_predicted(quarter: str) -> None:
    """From purchases, published lives and one number of 2024: nothing of 2025 but what was bought."""
    found = servers(share())[quarter] + others(quarter)
    error = report(f"depreciation {quarter}", found / 1e9, fact(f"meta.depreciation.{quarter}") / 1e9)
    assert abs(error) <= 0.05


def test_depreciation_of_nine_months_is_predicted() -> None:
    quarters = ["2025-q1", "2025-q2", "2025-q3"]
    found = sum(servers(share())[quarter] + others(quarter) for quarter in quarters)
    published = sum(fact(f"meta.depreciation.{quarter}") for quarter in quarters)
    assert abs(report("depreciation, nine months of 2025", found / 1e9, published / 1e9)) <= 0.03


@pytest.mark.parametrize("quarter", ["2024-q1", "2024-q2", "2024-q3", "2024-q4"])
def test_depreciation_of_the_year_of_calibration_by_quarter(quarter: str) -> None:
    """The year adds up by calibration; how it runs through the year does not."""
    found = servers(share())[quarter] + others(quarter)
    error = report(f"depreciation {quarter}", found / 1e9, fact(f"meta.depreciation.{quarter}") / 1e9)
    assert abs(error) <= 0.06


@pytest.mark.parametrize(("year", "within"), [(2022, 0.25), (2023, 0.20)])
def test_depreciation_of_servers_before(year: int, within: float) -> None:
    """Backwards it is worse: in 2021 and 2022 more went into buildings than the share of 2024 leaves."""
    error = report(
        f"servers {year}",
        of_year(servers(share()), year) / 1e9,
        fact(f"meta.server_depreciation.{year}") / 1e9,
    )
    assert abs(error) <= within


def test_what_the_longer_life_saves() -> None:
    """5 to 5.5 y in January 2025: published are 2.9 G USD in the year, 2.29 in nine months of it.

    Found is less, by more than a quarter: purchases before 2021 are known as one book only, and it is their
    last years that a longer life changes most.
    """
    five = servers(share(), fact("meta.server_useful_life.2022-q4"))
    found = of_year(five, 2025) - of_year(servers(share()), 2025)
    error = report("saved in nine months", found / 1e9, fact("meta.server_useful_life.saving-9-months") / 1e9)
    assert -0.35 <= error <= 0.05


def test_books_close_to_the_cent() -> None:
    vintages = np.array(list(bought(share()).values()))
    lives = [life_steps(name) for name in quarter_names()]
    written = vintages_usd(vintages, lives)
    book = net_book_usd(vintages, written)
    assert round(float(book[-1] + written.sum() - vintages.sum()) * 100) == 0


# --- what a unit costs ---------------------------------------------------------------------------------


def test_cost_of_a_watt_for_a_year() -> None:
    """All costs of 1 GW of IT power with GB200: 8.5 M USD a MW and year (Epoch AI, 2026: tco.gb200.1gw).

    From capital and server life of the same publisher; life of buildings, interest, upkeep and energy are
    the catalogue's.
    """
    servers_usd, place_usd = (
        catalogue().fact(name, source="epoch-data-centers").value
        for name in ("capex.compute", "capex.construction")
    )
    life, building = fact("price.server.life.from-2023"), fact("life.building")
    drawn_w = fact("power.pue.annual") * fact("power.node.training-fraction")
    second = chip_second_usd(
        servers_usd, place_usd, life, building, fact("cost.discount"), fact("cost.upkeep"), drawn_w,
        fact("price.electricity.us-industrial"),
    )  # fmt: skip
    year = units.factor("y")
    error = report("cost of a watt and year", float(second) * year, fact("tco.gb200.1gw") * year)
    energy = energy_cost_usd(drawn_w * year, fact("price.electricity.us-industrial"))
    print(f"  energy in it: {float(energy):.3f}")
    assert abs(error) <= 0.2


@pytest.mark.parametrize(("what", "within"), [("capex.facility", 0.15), ("capex.total", 0.25)])
def test_capital_of_a_gigawatt(what: str, within: float) -> None:
    """1 GW at the meter, full of GB200: 31.4 G USD (Epoch AI, sites dated by 2025), 35 (Bernstein).

    From chips that fit the power at their rating, price of a rack, and construction per W of IT power. Rack
    and construction are Bernstein's in part, so its figure is no independent one.
    """
    it_w = 1e9 / fact("power.facility_it_ratio")
    chips = it_w / fact("chip.gb200.it_power")
    price = catalogue().fact("price.gb200-nvl72.rack", source="bernstein-gw").value / fact(
        "chip.gb200.scaleup_domain"
    )
    shares = Shares(*(fact(f"capital.{name}") for name in ("chips", "network", "power", "land")))
    found = capital_usd(chips * price, it_w * fact("capex.construction"), shares)
    error = report(f"a gigawatt, {what}", float(found.total_usd) / 1e9, fact(what))
    print(
        "  " + ", ".join(f"{name} {float(part) / 1e9:.1f}" for name, part in zip(CLASSES, found, strict=True))
    )
    assert abs(error) <= within


# --- the plan ------------------------------------------------------------------------------------------


@cache
def planned() -> Outlook:
    """The Meta programme without what was reported of depreciation in 2025."""
    programme = load(PROGRAMME)
    finances = programme.finances
    unknown = {
        quarter: entry.model_copy(update={"depreciation": None})
        for quarter, entry in finances.reported.items()
    }
    blind = programme.model_copy(update={"finances": finances.model_copy(update={"reported": unknown})})
    setup = Setup.of(blind, catalogue())
    return Outlook(Scene(setup, setup.draws(0, 0, 500)))


def read(quantity: str) -> float:
    setup = planned().scene.setup
    return float(np.median(read_quantity(quantity, definitions(setup), setup).read(planned())))


@pytest.mark.parametrize("quarter", ["2025-Q1", "2025-Q2", "2025-Q3"])
def test_depreciation_in_the_plan(quarter: str) -> None:
    """By class and vintage, on the book of the end of 2024, without what was reported for these quarters.

    No prediction: the share of servers and the pace of the book in the programme were chosen with 2025 in
    view. The prediction is above, from a share of 2024.
    """
    found = read(f"depreciation@{quarter}")
    error = report(
        f"plan, depreciation {quarter}", found / 1e9, fact(f"meta.depreciation.{quarter.lower()}") / 1e9
    )
    assert abs(error) <= 0.05


@pytest.mark.parametrize("day", ["2025-03-31", "2025-09-30"])
def test_property_in_the_plan(day: str) -> None:
    found = read(f"property.net@{day}")
    quarter = {"2025-03-31": "2025-q1", "2025-09-30": "2025-q3"}[day]
    error = report(f"plan, property {day}", found / 1e9, fact(f"meta.ppe_net.{quarter}") / 1e9)
    assert abs(error) <= 0.03


@pytest.mark.parametrize("quarter", ["2025-Q1", "2025-Q2", "2025-Q3"])
def test_free_cash_in_the_plan(quarter: str) -> None:
    """Cash from operations less capital expenditure, leases in it: as the company counts it."""
    published = fact(f"meta.free_cash_flow.{quarter.lower()}")
    assert abs(report(f"free cash {quarter}", read(f"cash.free@{quarter}") / 1e9, published / 1e9)) <= 0.01


def test_flows_of_nine_months_explain_the_cash_that_is_left() -> None:
    """77.8 G USD at the end of 2024, 44.4 nine months later.

    No prediction: what cash lost beside free cash flow, Scale AI, buybacks and dividends is in `returned`.
    It holds the signs, the quarters and the sums of the statement.
    """
    change = sum(read(f"cash.{name}@2025-Q{quarter}") * sign
                 for quarter in (1, 2, 3)
                 for name, sign in (("operations", 1), ("invested", -1), ("financing", 1)))  # fmt: skip
    found = fact("meta.cash_and_securities.2024-q4") + change
    assert abs(report("cash 2025-09-30", found / 1e9, fact("meta.cash_and_securities.2025-q3") / 1e9)) <= 0.01


@pytest.mark.parametrize("year", [2025, 2026])
def test_costs_and_cash_do_not_contradict_each_other(year: int) -> None:
    """Taxes and working capital are 2 to 10 % of revenue in the middle, and never pay out in eight of ten."""
    low, middle, high = interval(f"taxes@{year}")
    revenue_usd = read(f"revenue@{year}")
    print(f"taxes and working capital {year}: {low / 1e9:.1f}, {middle / 1e9:.1f}, {high / 1e9:.1f} G USD")
    assert 0.02 <= middle / revenue_usd <= 0.1
    assert low > 0


def test_debt_is_what_is_borrowed() -> None:
    """Notes of 30 G USD are; what the joint venture paid out is not."""
    debt = read("cash@2025-12-31") - read("cash.net@2025-12-31")
    published = fact("meta.debt.2025-q3") + fact("meta.bonds.2025-11")
    assert abs(report("debt 2025-12-31", debt / 1e9, published / 1e9)) <= 0.005


# --- how sharp, and how that has done ------------------------------------------------------------------

GUIDED = ["2024-q1", "2024-q3", "2024-q4", "2025-q1", "2025-q2", "2025-q3"]


def test_the_next_quarters_interval_would_have_held_before() -> None:
    """What is planned for 2025-Q4 beside the upper end of its guidance, laid on quarters that are known.

    Made from them, so no test of the method; but an interval that would have missed half of them is none.
    """
    low, _, high = (value / fact_high("2025-q4") for value in interval("revenue@2025-Q4"))
    outcomes = [fact(f"meta.revenue.{quarter}") / fact_high(quarter) for quarter in GUIDED]
    for quarter, outcome in zip(GUIDED, outcomes, strict=True):
        print(
            f"revenue {quarter}: {outcome - 1:+.1%} of the upper end of guidance; planned {low - 1:+.1%} to {high - 1:+.1%}"
        )
    held = sum(low <= outcome <= high for outcome in outcomes)
    assert 4 <= held <= 6


def fact_high(quarter: str) -> float:
    return catalogue().fact(f"meta.revenue.{quarter}.guidance").high


def interval(quantity: str) -> list[float]:
    setup = planned().scene.setup
    values = read_quantity(quantity, definitions(setup), setup).read(planned())
    return [float(value) for value in np.quantile(values, [0.1, 0.5, 0.9])]


@pytest.mark.parametrize(
    ("quantity", "ratio"),
    [("capex@2025", 1.25), ("capex@2026", 1.25)]
    + [(f"revenue@{quarter}", 1.2) for quarter in ("2025-Q4", "2026-Q1", "2026-Q2", "2026-Q3")],
)
def test_forecasts_say_something(quantity: str, ratio: float) -> None:
    """The 90th percentile over the 10th, of a year that is guided and of the next four quarters."""
    low, middle, high = interval(quantity)
    print(
        f"{quantity}: {low / 1e9:.1f} to {high / 1e9:.1f} G USD, middle {middle / 1e9:.1f}, ratio {high / low:.3f}"
    )
    assert high / low <= ratio
    assert high / low >= 1.02  # and nobody knows more
