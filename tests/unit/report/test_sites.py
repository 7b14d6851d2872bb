"""The section on sites says what the answer holds of them, and nothing where it holds too little."""

from __future__ import annotations

from typing import Any

from orchard.report import sites

DATES = ["2025-01-01", "2025-12-31", "2026-12-31"]


def one(name: str, title: str, last: float) -> dict[str, Any]:
    return {
        "id": name, "title": f"IT power energised at {title}", "unit": "W", "group": "power", "dates": DATES,
        "p10": [0.0, 0.0, last / 2], "p50": [0.0, last / 4, last], "p90": [0.0, last / 2, 2 * last],
        "years": {"2025": [0.0, last / 4, last / 2], "2026": [last / 2, last, 2 * last]},
    }  # fmt: skip


RESULT = {
    "programme": {"file": "mine.yaml"},
    "series": [one("fleet.it_power", "all", 4e9), one("ohio.it_power", "Ohio", 1e9), one("utah.it_power", "<Utah>", 3e9)],
}  # fmt: skip


def test_sites_come_by_their_size_and_the_fleet_is_none() -> None:
    found = sites.section(RESULT)
    assert found is not None
    assert [entry["name"] for entry in found.key] == ["<Utah>", "Ohio"]
    assert [trace["y"][-1] for trace in found.figure["data"]] == [3e9, 1e9]
    assert "&lt;Utah&gt;" in found.figure["data"][0]["hovertemplate"]
    assert found.command == "orchard site mine.yaml utah"


def test_years_have_the_median_and_its_interval() -> None:
    found = sites.section(RESULT)
    assert found is not None
    assert found.years == ["2025", "2026"]
    (power,) = found.tables
    assert dict(power.rows)["Ohio"][1] == ("1 GW", "500 MW – 2 GW")


def test_what_is_drawn_and_what_energy_costs_come_in_tables_of_their_own() -> None:
    drawn = one("ohio.power_drawn", "Ohio", 6e8)
    cost = one("ohio.energy_cost", "Ohio", 5e8) | {"unit": "USD"}
    found = sites.section({"series": [*RESULT["series"], cost, drawn]})
    assert found is not None
    assert [table.head for table in found.tables[1:]] == [
        "IT power drawn on average, at the end of",
        "Cost of energy in",
    ]
    assert found.tables[1].rows == [("Ohio", [("150 MW", "0 W – 300 MW"), ("600 MW", "300 MW – 1.2 GW")])]
    assert found.tables[2].rows[0][1][1][0] == "500 M USD"


def test_a_single_site_needs_no_section() -> None:
    assert sites.section({"series": RESULT["series"][:2]}) is None
    assert sites.section({}) is None
