"""Gauges and intervals inside the text."""

from __future__ import annotations

import re
from typing import Any

import pytest

from orchard.report.marks import gauge, interval
from orchard.report.target import read_target

from .example import CLAIMS


def claim(**change: Any) -> dict[str, Any]:
    return {"statement": "x >= 1 GW", "target": "1 GW", "unit": "W", "probability": 0.5,
            "p10": 0.5e9, "p50": 0.9e9, "p90": 1.4e9} | change  # fmt: skip


def places(svg: str, name: str) -> list[float]:
    return [float(x) for x in re.findall(rf'class="{name}" x1="([\d.]+)%"', svg)]


@pytest.mark.parametrize(("share", "full"), [(0.0, 0), (0.5, 10), (0.834, 16), (1.0, 20), (None, 0)])
def test_gauge_fills_one_dot_for_five_percent(share: float | None, full: int) -> None:
    assert gauge(share, "open").count('<circle class="fill"') == full


def test_gauge_fills_a_dot_in_part() -> None:
    assert gauge(0.834, "likely").count("<path") == 1


def test_interval_keeps_the_order_of_its_values() -> None:
    svg = interval(claim(), "2030-12-31", "open")
    band = re.search(r'class="band" x="([\d.]+)%" width="([\d.]+)%"', svg)
    assert band
    first, width = float(band[1]), float(band[2])
    assert 0 < first < places(svg, "median")[0] < places(svg, "target")[0] < first + width < 100


@pytest.mark.parametrize("row", CLAIMS, ids=[row[0] for row in CLAIMS])
def test_nothing_is_drawn_outside_the_column(row: tuple[Any, ...]) -> None:
    name, _, statement, target, unit, probability, p10, p50, p90 = row
    if probability is None:
        return
    made = claim(statement=statement, target=target, unit=unit, p10=p10, p50=p50, p90=p90)
    svg = interval(made, "2030-12-31", name)
    assert svg.startswith("<svg")
    for text in re.findall(r'(?:x|x1|x2|width)="(-?[\d.]+|nan|inf)%"', svg):
        assert 0 <= float(text) <= 100
    assert "aria-label" in svg


def test_labels_keep_clear_of_the_target() -> None:
    def label(svg: str, text: str) -> float:
        found = re.search(rf'class="end" [^>]*y="([\d.]+)"[^>]*>{text}', svg)
        assert found
        return float(found[1])

    svg = interval(claim(p10=1.01e9, p50=1.2e9, p90=1.4e9), "2030-12-31", "likely")
    assert label(svg, "1.01") < label(svg, "1.4")
    far = interval(claim(p10=1.3e9, p50=1.35e9, p90=1.4e9), "2030-12-31", "likely")
    assert label(far, "1.3") == label(far, "1.4")


def test_target_of_another_quantity_is_left_out() -> None:
    assert read_target(claim(target="b.power", statement="a.power >= b.power")) is None
    assert 'class="target"' not in interval(claim(target="b.power"), "2030-12-31", "open")


def test_a_single_value_at_zero_can_be_drawn() -> None:
    svg = interval(claim(p10=0.0, p50=0.0, p90=0.0, target="0 W"), "2030-12-31", "open")
    assert "nan" not in svg


def test_dates_hold_until_the_target() -> None:
    target = read_target(claim(unit="date", target="2026-03-31", statement="a.released <= 2026-03-31"))
    assert target
    assert target.low is None
    assert target.label == "by 31 Mar 2026"
