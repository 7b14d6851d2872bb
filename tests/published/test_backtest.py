"""Forecasts as they would have been made in 2025, scored by the quarters that followed: predicted, published, error.

Three programmes, each with nothing but what the catalogue knew on its day: reported quarters, and guidance with
the spread that earlier outcomes had around theirs. Each is scored by the quarter that followed. No number here was fitted to the quarter that it is scored by.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from scipy.stats import t

from orchard.catalogue import catalogue
from orchard.estimate import forecast
from orchard.plan.backtest import backtest
from orchard.spec.load import loads

QUARTERS = ["2023-Q4", "2024-Q1", "2024-Q2", "2024-Q3", "2024-Q4", "2025-Q1", "2025-Q2", "2025-Q3"]
GUIDED = ["2024-Q1", "2024-Q3", "2024-Q4", "2025-Q1", "2025-Q2", "2025-Q3"]  # quarters whose guidance we have
# The day of each forecast, the first quarter that was not out, and the guidance for the year then.
DAYS = {
    "2025-01-31": ("2025-Q1", "meta.capex.2025.guidance-january"),
    "2025-04-30": ("2025-Q2", "meta.capex.2025.guidance-april"),
    "2025-07-31": ("2025-Q3", "meta.capex.2025.guidance-july"),
}
WHY = "what earlier outcomes say"


def fact(name: str, day: str) -> float:
    """A fact as known on a day, in coherent units."""
    return float(catalogue().fact(name, as_of=date.fromisoformat(day)).value)


def before(quarter: str, quarters: int) -> str:
    index = int(quarter[:4]) * 4 + int(quarter[-1]) - 1 - quarters
    return f"{index // 4}-Q{index % 4 + 1}"


def spread(outcomes: list[float]) -> tuple[float, float, float]:
    """p10, p50 and p90 of the next of some outcomes, if all come from one normal distribution."""
    mean, count = float(np.mean(outcomes)), len(outcomes)
    half = float(t.ppf(0.9, count - 1) * np.std(outcomes, ddof=1) * np.sqrt(1 + 1 / count))
    return mean - half, mean, mean + half


def assumed(points: tuple[float, float, float], unit: str) -> dict[str, Any]:
    low, value, high = (f"{point:.6f} {unit}" for point in points)
    return {"assumed": value, "low": low, "high": high, "why": WHY}


def growth(quarter: str, day: str, out: list[str]) -> tuple[float, float, float]:
    """Growth of revenue over the year before, in percent: what is guided, off as guidance was off before."""
    year_ago = fact(f"meta.revenue.{before(quarter, 4).lower()}", day)
    guided = [each for each in GUIDED if each in out]
    off = [
        fact(f"meta.revenue.{each.lower()}", day)
        / catalogue().fact(f"meta.revenue.{each.lower()}.guidance", as_of=date.fromisoformat(day)).high
        for each in guided
    ]
    end = catalogue().fact(f"meta.revenue.{quarter.lower()}.guidance", as_of=date.fromisoformat(day)).high
    low, middle, high = ((share * end / year_ago - 1) * 100 for share in spread(off))
    return low, middle, high


def programme(day: str) -> str:
    """A programme as it would have been written on a day."""
    first, guidance = DAYS[day]
    out = QUARTERS[: QUARTERS.index(first)]
    known = date.fromisoformat(day)
    people = [fact(f"meta.daily_people.{each.lower()}", day) for each in out]
    steps = [((later / earlier) ** 4 - 1) * 100 for earlier, later in pairwise(people)]
    family = [
        fact(f"meta.foa_revenue.{each.lower()}", day) / fact(f"meta.revenue.{each.lower()}", day) * 100
        for each in out
    ]
    year = catalogue().fact(guidance, as_of=known)
    reported = {
        each: {
            "revenue": {"fact": f"meta.revenue.{each.lower()}"},
            "people": {"fact": f"meta.daily_people.{each.lower()}"},
            "family": {"fact": f"meta.foa_revenue.{each.lower()}"},
        }
        | ({"capex": {"fact": f"meta.capex.{each.lower()}"}} if each >= "2024-Q1" else {})
        for each in out
    }
    site = {"facility_ratio": 1.3, "pue": 1.1, "construction": "10 USD/W", "electricity": "60 USD/MWh",
            "ramp": {"all": {"date": "2025-01-01", "adds": "1 GW"}}}  # fmt: skip
    made = {
        "programme": "hindcast", "title": f"As known on {day}", "as_of": day,
        "horizon": {"start": "2025-01-01", "end": "2025-12-31"},
        "sites": {"all": site},
        "lab": {"founded": "2025-01-01", "share": "50 %", "correlation": "20 %",
                "teams": {"one": {"quota": "50 %", "demand": "50 %", "variation": 0.5}}},
        "finances": {
            "reported": reported,
            "budget": {"2025": assumed((year.low, year.value, year.high), "USD")},
            "server_share": "50 %",
            "revenue": {"growth": {first: assumed(growth(first, day, out), "%")},
                        "family_share": assumed(spread(family), "%"),
                        "people_growth": assumed(spread(steps), "%")},
            "cash": "70 G USD", "cash_date": before_day(first), "cash_margin": "55 %", "life": "5.5 y",
        },
    }  # fmt: skip
    return yaml.safe_dump(made, sort_keys=False)


def before_day(quarter: str) -> str:
    """The last day before a quarter."""
    return {"1": f"{int(quarter[:4]) - 1}-12-31", "2": f"{quarter[:4]}-03-31", "3": f"{quarter[:4]}-06-30"}[
        quarter[-1]
    ]


def outcomes(first: str) -> Iterator[str]:
    """Rows of what the quarter came to."""
    names = {"revenue": "revenue", "capex": "capex", "revenue.family": "foa_revenue", "people": "daily_people",
             "arpp": "arpp"}  # fmt: skip
    for quantity, name in names.items():
        known = catalogue().fact(f"meta.{name}.{first.lower()}", as_of=date(2025, 12, 31))
        yield f"{quantity},{first},{known.value!r},{known.as_of}"


def scored(day: str, folder: Path) -> dict[str, Any]:
    made = loads(programme(day), name=f"{day}.yaml").programme
    table = folder / f"{day}.csv"
    table.write_text("\n".join(["quantity,at,value,known", *outcomes(DAYS[day][0])]) + "\n")
    return backtest(made, catalogue(), table, samples=4000)


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    folder = tmp_path_factory.mktemp("hindcast")
    return {day: scored(day, folder) for day in DAYS}


def rows(results: dict[str, dict[str, Any]], *names: str) -> list[dict[str, Any]]:
    return [
        row
        for found in results.values()
        for row in found["rows"]
        if row["quantity"].partition("@")[0] in names
    ]


def report(row: dict[str, Any]) -> None:
    print(
        f"{row['quantity']}: predicted {row['p50']:.5g} ({row['p10']:.5g} to {row['p90']:.5g}), "
        f"published {row['actual']:.5g}, error {row['error_share']:+.2%}, inside {row['inside']}"
    )


def test_every_quarter_is_scored(results: dict[str, dict[str, Any]]) -> None:
    for found in results.values():
        assert len(found["rows"]) == 5
        assert not found["before"]
        for row in found["rows"]:
            report(row)


def test_intervals_hold_as_many_as_they_should(results: dict[str, dict[str, Any]]) -> None:
    """10 of 15 (67 %); 80 % is within what the luck of fifteen allows, 38 to 88 %."""
    found = forecast.coverage(np.array([row["inside"] for one in results.values() for row in one["rows"]]))
    print(f"inside 80 %: {found.inside} of {found.n}, {found.low:.0%} to {found.high:.0%} by luck")
    assert found.n == 15
    assert found.honest
    assert found.share >= 0.6


def test_no_interval_says_too_little(results: dict[str, dict[str, Any]]) -> None:
    """A quarter's revenue within 20 % from p10 to p90; all of these within 10 %."""
    for row in rows(results, "revenue"):
        print(f"{row['quantity']}: p90 over p10 {row['width']:.3f}")
        assert not row["too_wide"]
        assert 1.02 < row["width"] < 1.1


def test_medians_are_nearer_than_the_middle_of_guidance(results: dict[str, dict[str, Any]]) -> None:
    ours, theirs = [], []
    for row in rows(results, "revenue"):
        name = f"meta.revenue.{row['quantity'][-7:].lower()}.guidance"
        middle = float(catalogue().fact(name, as_of=date(2025, 12, 31)).value)
        ours.append(abs(row["p50"] / row["actual"] - 1))
        theirs.append(abs(middle / row["actual"] - 1))
        print(f"{row['quantity']}: off by {ours[-1]:.2%}; the middle of guidance by {theirs[-1]:.2%}")
    assert np.mean(ours) < 0.025
    assert np.mean(ours) < 0.6 * np.mean(theirs)


def test_scores_are_small(results: dict[str, dict[str, Any]]) -> None:
    """CRPS as a share of the outcome: under 1 % for people, 2 % for revenue, 8 % for a quarter of a year's capex."""
    for names, most in (
        (("people",), 0.01),
        (("revenue", "revenue.family", "arpp"), 0.025),
        (("capex",), 0.08),
    ):
        found = float(np.mean([row["crps_share"] for row in rows(results, *names)]))
        print(f"{', '.join(names)}: CRPS {found:.2%} of what was published")
        assert found < most
