"""Rows answered: ordered, never better for what is worse, wider for what is blank."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchard.catalogue import catalogue
from orchard.estimate.goodput.estimates import Estimates, estimate
from orchard.estimate.goodput.practice import practice
from orchard.estimate.goodput.rows import COLUMNS, batch

KNOWN = practice(catalogue())
FULL = {
    "id": "a", "n_gpus": "8192", "gpus_per_node": "8", "days": "30", "failures_per_1000_node_days": "4",
    "checkpoint_block_s": "2", "checkpoint_save_s": "60", "load_s": "120", "detect_s": "60", "restart_s": "200",
    "spare_share": "0.03", "fault_tolerance": "none",
}  # fmt: skip


def answers(*rows: dict[str, str]) -> Estimates:
    made = batch([{name: row.get(name, "") for name in COLUMNS} for row in rows])
    assert made.ok.all(), made.notes
    return estimate(made, KNOWN)


def test_quantiles_are_ordered_shares() -> None:
    sizes = [{"id": "a", "n_gpus": str(n), "days": "30", "fault_tolerance": mode}
             for n in (1, 8, 504, 16_384, 100_000, 1_300_000) for mode in ("none", "replica", "elastic")]  # fmt: skip
    found = answers(*sizes)
    for quantiles in (found.interruptions, found.share):
        assert np.all(np.diff(quantiles, axis=0) >= 0)
    assert np.all((found.share >= 0) & (found.share <= 1))
    assert np.all(np.diff(found.mtti_s[::3]) < 0)


@pytest.mark.parametrize(
    "name",
    ["failures_per_1000_node_days", "checkpoint_block_s", "checkpoint_save_s", "load_s", "detect_s", "restart_s",
     "n_gpus"],
)  # fmt: skip
@pytest.mark.parametrize("mode", ["none", "replica", "elastic"])
@given(st.floats(1.0, 8.0), st.floats(0.2, 5.0))
def test_what_is_worse_never_comes_out_better(name: str, mode: str, factor: float, rate: float) -> None:
    row = FULL | {"fault_tolerance": mode, "failures_per_1000_node_days": str(rate)}
    more = float(row[name]) * factor
    worse = row | {name: f"{more:.0f}" if name == "n_gpus" else repr(more)}
    if name == "checkpoint_block_s":  # the same saving beside it
        worse |= {"checkpoint_save_s": f"{60 + more - 2:.6f}"}
    found = answers(row, worse)
    slack = 1e-4 if name == "n_gpus" else 1e-9  # rows of racks and spares are whole in neither
    assert np.all(found.share[:, 1] <= found.share[:, 0] + slack)


@pytest.mark.parametrize("name", ["failures_per_1000_node_days", "detect_s", "restart_s", "load_s"])
def test_what_is_blank_widens_the_interval(name: str) -> None:
    row = FULL | {"n_gpus": "32768", "load_s": "120", "restart_s": "200"}
    found = answers(row, row | {name: ""})
    given_width, blank_width = (found.share[2] - found.share[0]).tolist()
    assert blank_width > given_width * 1.005
    assert (name in found.remarks[1]) or "rate of other clusters" in found.remarks[1]
    assert name not in found.remarks[0]


def test_a_blank_interval_is_the_best() -> None:
    rows = [
        FULL | {"checkpoint_interval_s": cell} for cell in ("", "60", "150", "300", "600", "1200", "7200")
    ]
    middle = answers(*rows).share[1]
    assert np.all(middle[1:] <= middle[0] + 2e-4)


def test_a_rate_that_is_given_counts_everything_and_a_blank_one_adds_users() -> None:
    small = {"id": "a", "n_gpus": "8", "days": "1000"}
    found = answers(small, small | {"failures_per_1000_node_days": "4"})
    nodes = KNOWN.node_rates[""].median
    assert 1 / found.mtti_s[0] == pytest.approx(nodes + KNOWN.job_rate.value)
    assert 1 / found.mtti_s[1] == pytest.approx(4e-3 / 86400)


@pytest.mark.parametrize("per_node", [4, 8, 72])
def test_nodes_are_as_large_as_they_are_said_to_be(per_node: int) -> None:
    row = {"id": "a", "n_gpus": "14400", "days": "30", "gpus_per_node": str(per_node)}
    found = answers(row, row | {"failures_per_1000_node_days": "4"})
    assert 1 / found.mtti_s[1] == pytest.approx(14400 / per_node * 4e-3 / 86400)
    prior = KNOWN.node_rates["blackwell" if per_node == 72 else ""].median
    assert 1 / found.mtti_s[0] == pytest.approx(1800 * prior + KNOWN.job_rate.value)


def test_replicas_and_fewer_nodes_beat_waiting_where_failures_are_many() -> None:
    row = FULL | {"n_gpus": "100000", "spare_share": "0.001"}
    middle = answers(*(row | {"fault_tolerance": mode} for mode in ("none", "elastic", "replica"))).share[1]
    assert middle[0] < middle[1] < middle[2]
    plenty = answers(*(row | {"spare_share": "0.05", "fault_tolerance": mode, "restart_s": ""}
                       for mode in ("none", "replica"))).share[1]  # fmt: skip
    assert plenty[1] > plenty[0] + 0.05


def test_scarce_spares_cost_time_and_ample_ones_nothing() -> None:
    shares = answers(*(FULL | {"spare_share": cell} for cell in ("0", "0.001", "0.005", "0.03", ""))).share[1]
    assert np.all(np.diff(shares[:4]) > 0)
    assert shares[4] == pytest.approx(shares[3], abs=0.004)


def test_remarks_say_where_closed_forms_end_and_what_was_raised() -> None:
    slow = FULL | {"n_gpus": "200000", "restart_s": "1200"}
    said = answers(FULL, slow, FULL | {"checkpoint_interval_s": "5"}).remarks
    assert "beyond" not in said[0]
    assert "beyond 0.25" in said[1]
    assert "missing nodes, which are a mean" in said[1]
    assert "no more often than one is saved" in said[2]


def test_rows_do_not_depend_on_their_neighbours() -> None:
    rows = [FULL | {"n_gpus": str(8 * n)} for n in range(1, 400)]
    together, alone = answers(*rows), answers(rows[300])
    assert together.share[:, 300].tolist() == alone.share[:, 0].tolist()
    assert together.interruptions[:, 300].tolist() == alone.interruptions[:, 0].tolist()
