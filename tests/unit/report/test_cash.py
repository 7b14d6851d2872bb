"""The section on cash says what the answer holds, and nothing where it holds nothing."""

from __future__ import annotations

import re
from typing import Any

import pytest

from orchard.report import cash
from orchard.report.page import render_report

from .example import example

YEARS = ("2025", "2026", "2027")
MIDDLES = {
    "revenue": (200.0, 243.0, 279.4), "costs": (117.0, 155.0, 190.0), "depreciation": (18.5, 27.9, 39.8),
    "income": (83.0, 88.0, 89.0), "capex": (71.2, 114.0, 128.0), "capex.chips": (26.0, 42.0, 47.0),
    "capex.servers": (4.0, 6.0, 6.0), "capex.network": (8.5, 13.9, 15.3), "capex.building": (6.0, 9.0, 10.5),
    "capex.power": (25.0, 40.0, 46.0), "capex.land": (1.7, 3.1, 3.2), "cash.free": (39.0, 11.0, -3.5),
    "cash": (78.0, 79.0, 76.0), "cash.net": (16.0, -7.0, -30.0),
}  # fmt: skip


def booked(name: str) -> dict[str, Any]:
    """A series of an answer: medians in G USD, and a tenth either way."""
    points = [(m - abs(m) / 10, m, m + abs(m) / 10) for m in MIDDLES[name]]
    years = {year: [1e9 * value for value in point] for year, point in zip(YEARS, points, strict=True)}
    group = "money" if name in ("revenue", "capex", "cash") else "cash"
    ends = [f"{year}-12-31" for year in YEARS]
    lines = {key: [years[year][place] for year in YEARS] for place, key in enumerate(("p10", "p50", "p90"))}
    return {"id": name, "title": name, "group": group, "unit": "USD", "shown_in": "USD", "dates": ends, "note": "by quarter", "years": years} | lines  # fmt: skip


@pytest.fixture
def result() -> dict[str, Any]:
    return example() | {"series": [booked(name) for name in MIDDLES]}


def series(result: dict[str, Any], name: str) -> dict[str, Any]:
    return next(entry for entry in result["series"] if entry["id"] == name)


def test_rows_hold_the_medians_of_the_years(result: dict[str, Any]) -> None:
    found = cash.section(result)
    assert found is not None
    assert found.years == ["2025", "2026", "2027"]
    rows = {row.title: row for row in found.rows}
    assert len(rows) == 14
    size = {"G USD": 1e9, "M USD": 1e6}[found.unit]
    for title, name in (("Revenue", "revenue"), ("Operating income", "income"), ("chips", "capex.chips")):
        for cell, year in zip(rows[title].cells, found.years, strict=True):
            middle = series(result, name)["years"][year][1]
            assert float(cell.middle.replace("\u2212", "-")) == pytest.approx(middle / size, rel=0.006)


def test_classes_of_the_chart_are_all_of_the_capital(result: dict[str, Any]) -> None:
    found = cash.section(result)
    assert found is not None
    bars = next(chart for chart in found.panels if chart.id == "chart-cash-capital").figure["data"]
    heights = [sum(trace["y"][year] for trace in bars) for year in range(3)]
    parts = [entry for entry in result["series"] if entry["id"].startswith("capex.")]
    for year, height in zip(("2025", "2026", "2027"), heights, strict=True):
        assert height == pytest.approx(sum(entry["years"][year][1] for entry in parts))


def test_the_page_has_the_section_once_and_no_panel_of_it_twice(result: dict[str, Any]) -> None:
    page = render_report(result)
    assert page.count('aria-labelledby="cash"') == 1
    assert 'href="#cash"' in page
    assert len(re.findall(r'id="chart-cash-\w+"', page)) == 3
    assert "chart-capex-chips" not in page  # among the timelines


def test_figures_that_are_certain_have_no_range() -> None:
    sure = {
        "id": "x",
        "unit": "USD",
        "years": {"2025": [2e9, 2e9, 2e9], "2026": [1e9, 2e9, 3e9], "2027": [None] * 3},
    }
    cells = cash._cells(sure, ["2025", "2026", "2027"], 1e9)
    assert [cell.range for cell in cells] == ["", "1 to 3", ""]
    assert cells[2].middle == "\u2013"


def test_an_answer_without_books_has_no_section() -> None:
    assert cash.section({"series": []}) is None
