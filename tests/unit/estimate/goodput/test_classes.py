from __future__ import annotations

import datetime as dt

import numpy as np
import pytest

from orchard import units
from orchard.catalogue import catalogue
from orchard.estimate.goodput import classes, node_rate
from orchard.estimate.goodput.classes import CAUSES, CHIPS_PER_NODE, cause_shares, missing_s

ALL = catalogue()
FOUND = classes(ALL)


def place(name: str) -> int:
    return FOUND.names.index(name)


def test_every_cause_that_was_counted_belongs_to_one_class() -> None:
    causes = [cause for each in CAUSES.values() for cause in each]
    counted = [fact.id.rsplit(".", 1)[1] for fact in ALL.facts("reliability.llama3.cause.")]
    assert sorted(causes) == sorted(counted)
    assert cause_shares(ALL)[place("gpu")] == pytest.approx((148 + 19 + 17 + 6) / 419)


def test_classes_of_nodes_add_up_to_the_pooled_rate() -> None:
    nodes = FOUND.rate_per_s[:, : len(CAUSES)].sum(axis=1)
    assert nodes[1] == pytest.approx(node_rate(ALL).median)
    assert FOUND.rate(CHIPS_PER_NODE)[1, : len(CAUSES)].sum() == pytest.approx(nodes[1])


def test_quantiles_are_ordered_and_arrays_as_long_as_names() -> None:
    for name, column in FOUND._asdict().items():
        assert np.shape(column)[-1] == len(FOUND.names), name
    for rows in (FOUND.rate_per_s, FOUND.repair_s, FOUND.detect_s):
        assert np.all(np.diff(rows, axis=0) >= 0)
        assert np.all(rows >= 0)


def test_what_reaches_no_hardware_needs_no_repair() -> None:
    lost = FOUND.chips_lost > 0
    assert np.all(FOUND.repair_s[1][lost] > 0)
    assert not np.any(FOUND.repair_s[:, ~lost])
    assert not np.any(FOUND.swap_share[~lost])


def test_each_kind_is_what_it_is_for() -> None:
    assert FOUND.names[int(np.flatnonzero(FOUND.rolls_back)[0])] == "sdc"
    assert FOUND.names[int(np.flatnonzero(FOUND.planned)[0])] == "maintenance"
    assert [FOUND.names[k] for k in np.flatnonzero(~FOUND.interrupts)] == ["straggler"]
    reach = dict(zip(FOUND.names, FOUND.reach, strict=True))
    assert [reach[name] for name in ("hbm", "nic", "rack", "cooling", "outage", "software")] == [
        "gpu", "node", "rack", "row", "domain", "job",
    ]  # fmt: skip
    assert FOUND.detect_s[1, place("hang")] > FOUND.detect_s[1, place("gpu")]


def test_rates_grow_with_chips_but_for_those_of_the_job() -> None:
    small, large = FOUND.rate(8.0)[1], FOUND.rate(8000.0)[1]
    user = place("user")
    assert large[user] == small[user] == pytest.approx(ALL.fact("reliability.job_failures").value)
    rest = np.arange(len(small)) != user
    assert large[rest] == pytest.approx(small[rest] * 1000)


def test_the_day_and_the_report_left_out_change_the_total() -> None:
    then = classes(ALL, dt.date(2025, 12, 31), without="llama3")
    assert then.rate(8.0)[1].sum() != FOUND.rate(8.0)[1].sum()
    assert 1 < missing_s(ALL) / units.factor("h") < 48
