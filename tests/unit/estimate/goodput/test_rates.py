from __future__ import annotations

import datetime as dt

import numpy as np
import pytest

from orchard import units
from orchard.catalogue import catalogue
from orchard.estimate.goodput.rates import CLUSTERS, Prior, Range, node_rate, reports

ALL = catalogue()
PER_1000_DAYS = units.factor("failure/k nodes/d")


def replaced(name: str, value: float, **more: str) -> dict[str, str]:
    written = ALL.fact(f"reliability.node_failures.{name}").written()
    row = {key: "" if cell is None else str(cell) for key, cell in written.items()}
    return row | {"value": str(value), "low": "", "high": ""} | more


def test_only_what_was_known_is_pooled_and_nothing_predicts_itself() -> None:
    assert [one.name for one in reports(ALL)] == list(CLUSTERS)
    assert "skt" not in [one.name for one in reports(ALL, dt.date(2025, 12, 31))]
    assert "llama3" not in [one.name for one in reports(ALL, without="llama3")]


def test_the_prior_lies_among_the_reports_and_is_no_narrower_than_clusters_differ() -> None:
    found = node_rate(ALL)
    rates = np.exp([one.log_rate for one in reports(ALL)])
    assert rates.min() < found.median < rates.max()
    assert found.deviation > ALL.fact("reliability.node_failures.between").value


def test_counted_rates_move_the_prior_more_than_reported_ones() -> None:
    moved = {
        kind: node_rate(ALL.with_facts([replaced("rsc-1", 13.0, kind=kind)])).median
        for kind in ("published", "reported")
    }
    assert moved["published"] > moved["reported"] > node_rate(ALL).median


def test_reports_of_a_generation_count_more_for_it() -> None:
    worse = ALL.with_facts([replaced("gb200-field", 9.2), replaced("skt", 5.8)])
    ratio = {name: node_rate(worse, generation=name).median / node_rate(ALL, generation=name).median
             for name in ("", "blackwell", "hopper")}  # fmt: skip
    assert ratio["blackwell"] > ratio[""] > 1
    assert node_rate(ALL, generation="hopper").deviation < node_rate(ALL).deviation


def test_the_fact_that_programmes_cite_agrees_with_the_pool() -> None:
    """`reliability.node_failures` is the median of published rates: within its own interval and a fifth."""
    cited = ALL.fact("reliability.node_failures")
    pooled = node_rate(ALL, dt.date(2025, 12, 31))
    assert cited.value == pytest.approx(pooled.median, rel=0.2)
    assert cited.low < pooled.median < cited.high


def test_values_at_scores() -> None:
    assert Prior(2.0, 0.0).at([-1.0, 1.0]).tolist() == [2.0, 2.0]
    assert Range(1.0, 1.0, 1.0).mean == pytest.approx(1.0)
    assert Range(0.5, 1.0, 2.0).mean == pytest.approx(np.exp((np.log(2) / 1.2816) ** 2 / 2), rel=0.02)
    assert pytest.approx(1e-3 / units.factor("d")) == PER_1000_DAYS
