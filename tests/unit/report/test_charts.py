"""Figures of series and runs."""

from __future__ import annotations

from typing import Any

from orchard.report import gantt, series

from .example import example


def test_series_of_one_family_share_a_panel() -> None:
    groups = dict(series.panels(example()))
    assert list(groups) == ["Chips", "Power", "Money", "Serving", "Models"]
    assert [len(panel.labels) for panel in groups["Power"]] == [2, 1, 1]
    assert [panel.title for panel in groups["Money"]] == ["Capital expenditure", "Revenue", "Cash"]


def test_panel_has_band_and_median_with_units() -> None:
    panel = dict(series.panels(example()))["Chips"][0]
    assert panel.figure
    low, high, median = panel.figure["data"]
    assert high["fill"] == "tonexty"
    assert all(a <= b <= c for a, b, c in zip(low["y"], median["y"], high["y"], strict=True))
    assert "M chips" in median["text"][-1]
    assert [row[0] for row in panel.rows] == ["2025", "2026", "2027", "2028", "2029", "2030"]


def test_gaps_and_values_below_zero() -> None:
    one = {"id": "cash", "title": "Cash", "unit": "USD", "group": "money", "note": "",
           "dates": ["2025-01-06", "2025-01-13", "2025-01-20"],
           "p10": [None, -3e9, -4e9], "p50": [None, -1e9, 1e9], "p90": [None, 2e9, 3e9],
           "years": {"2025": [-4e9, 1e9, 3e9]}}  # fmt: skip
    panel = dict(series.panels({"series": [one]}))["Money"][0]
    assert panel.figure
    assert panel.figure["data"][2]["y"] == [None, -1e9, 1e9]
    assert panel.figure["layout"]["yaxis"]["range"][0] < -4e9
    assert "0" in [note["text"] for note in panel.figure["layout"]["annotations"]]


def test_flat_zero_has_an_axis() -> None:
    one = {"id": "a", "title": "A", "unit": "W", "group": "power", "dates": ["2025-01-06"],
           "p10": [0.0], "p50": [0.0], "p90": [0.0], "years": {"2025": [0.0, 0.0, 0.0]}}  # fmt: skip
    panel = dict(series.panels({"series": [one]}))["Power"][0]
    assert panel.figure
    first, last = panel.figure["layout"]["yaxis"]["range"]
    assert first < last


def test_figures_hold_no_colours_of_their_own() -> None:
    def colours(node: Any) -> list[str]:
        if isinstance(node, dict):
            found = [v for k, v in node.items() if k.endswith("color") and isinstance(v, str)]
            return found + [c for v in node.values() for c in colours(v)]
        return [c for v in node for c in colours(v)] if isinstance(node, list) else []

    figure = gantt.gantt(example())
    assert figure
    names = set(colours(figure))
    assert names
    assert all(name.startswith("var(--") or name == "rgba(0,0,0,0)" for name in names)


def test_gantt_has_every_bar_and_diamond() -> None:
    result = example()
    figure = gantt.gantt(result)
    assert figure
    bars = [trace for trace in figure["data"] if trace["type"] == "bar"]
    diamonds = [t for t in figure["data"] if t.get("marker", {}).get("symbol") == "diamond"]
    assert len(bars) == sum(len(run["bars"]) for run in result["runs"])
    assert len(diamonds) == 5  # the release of Papaya is not within the horizon
    assert len(gantt.describe(result)) == 2 * len(bars) + 6


def test_gantt_without_dates_is_left_out() -> None:
    assert gantt.gantt({"runs": []}) is None
