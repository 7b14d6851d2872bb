"""The page of a simulated fleet, and its lines."""

from __future__ import annotations

import itertools
import json
import re
from pathlib import Path
from typing import Any

import pytest

from orchard.catalogue import catalogue
from orchard.report.failures import describe_simulation
from orchard.report.failures_charts import figures, lines
from orchard.report.failures_page import render_simulation
from orchard.simulate.fleet.answer import answer
from orchard.simulate.fleet.programme import fleet
from orchard.simulate.fleet.scenario import scenario
from orchard.spec.load import load


@pytest.fixture(scope="module")
def found(root: Path) -> dict[str, Any]:
    made = fleet(load(root / "programmes" / "meta-superintelligence.yaml"), catalogue(), gpus=30_000)
    asked = scenario(made, 130 * 86_400.0)
    return {
        "orchard": "0", "file": "a <b>.yaml", **answer(asked, asked.outcome(0), 0), "scaled": True, "findings": [],
        "traces": {"jobs": None, "failures": "own.csv"},
    }  # fmt: skip


def test_the_page_holds_what_was_found(found: dict[str, Any]) -> None:
    page = render_simulation(found)
    assert page == render_simulation(found)
    assert f"{found['failures']:,}" in page
    assert "orchard simulate fleet &#39;a &lt;b&gt;.yaml&#39;" in page
    assert "--failures own.csv" in page
    drawn = json.loads(re.search(r'id="figures">(.*?)</script>', page, re.DOTALL)[1])  # type: ignore[index]
    assert set(drawn) == {"chart-failures", "chart-power", "chart-jobs"}


def test_bars_hold_every_failure_of_whole_weeks(found: dict[str, Any]) -> None:
    bars = figures(found)["chart-failures"]["data"]
    total = sum(sum(bar["y"]) for bar in bars)
    assert total == sum(sum(values[: 130 // 7 * 7]) for values in found["by_day"].values())


def test_power_is_drawn_between_its_extremes(found: dict[str, Any]) -> None:
    data = figures(found)["chart-power"]["data"]
    values = [value for line in data for value in line["y"]]
    assert max(values) == pytest.approx(max(found["power_w"]), rel=1e-4)
    assert min(values) == pytest.approx(min(found["it_power_w"]), rel=0.05)


def test_ticks_of_power_are_written_as_everywhere(found: dict[str, Any]) -> None:
    axis = figures(found)["chart-power"]["layout"]["yaxis"]
    assert all(re.fullmatch(r"[0-9.]+ [kMG]?W", text) for text in axis["ticktext"])
    low, high = axis["range"]
    assert low < min(found["it_power_w"])
    assert max(found["power_w"]) < high


def test_jobs_that_follow_each_other_share_a_row(found: dict[str, Any]) -> None:
    rows = lines(found)
    assert any(len(row) > 1 for row in rows)
    assert len({row[0]["line"] for row in rows}) == len(rows)
    for row in rows:
        spans = [(one["begun_s"], one["ended_s"] or found["seconds"]) for one in row]
        assert all(before[1] <= after[0] + 1e-6 for before, after in itertools.pairwise(spans))


def test_lines_name_every_class_that_failed(found: dict[str, Any]) -> None:
    text = "\n".join(describe_simulation(found))
    assert text.count("\n") > 30
    assert "power domain" in text or found["by_day"].get("outage") is None
    assert f"{found['by_class'][0]['failures']:,}" in text


def test_a_fleet_without_failures_or_jobs_has_a_page(found: dict[str, Any]) -> None:
    nothing = found | {
        "failures": 0, "jobs": 0, "goodput": None, "by_day": {}, "by_job": [],
        "by_class": [one | {"failures": 0} for one in found["by_class"]],
    }  # fmt: skip
    assert "no job held a chip" in render_simulation(nothing)
