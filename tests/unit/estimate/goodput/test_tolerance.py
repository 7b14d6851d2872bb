"""What nodes that are missing cost: little where they can be borrowed, never less for fewer spares."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchard.catalogue import catalogue
from orchard.estimate.goodput.estimates import Estimates, estimate
from orchard.estimate.goodput.practice import Practice, practice
from orchard.estimate.goodput.rates import Range
from orchard.estimate.goodput.rows import COLUMNS, MODES, batch
from orchard.estimate.goodput.tolerance import lack

KNOWN = practice(catalogue())
ROW = {
    "id": "a",
    "n_gpus": "16384",
    "days": "54",
    "gpus_per_node": "8",
    "failures_per_1000_node_days": "3.79",
}


def answers(*rows: dict[str, str], known: Practice = KNOWN) -> Estimates:
    return estimate(batch([{name: row.get(name, "") for name in COLUMNS} for row in rows]), known)


def middle(*rows: dict[str, str], known: Practice = KNOWN) -> list[float]:
    found: list[float] = answers(*rows, known=known).share[1].tolist()
    return found


@pytest.mark.parametrize("mode", MODES)
def test_no_spares_of_its_own_cost_a_job_points_and_not_all_its_time(mode: str) -> None:
    """A whole cluster at 16,384: one in a hundred moments finds all nodes well, and nobody waits for it."""
    row = ROW | {"fault_tolerance": mode}
    found = answers(row, row | {"spare_share": "0"})
    enough, none = found.share[1].tolist()
    assert enough - 0.15 < none < enough
    assert "short of nodes in 99 % of the time" in found.remarks[1]
    assert "short of nodes" not in found.remarks[0]


@pytest.mark.parametrize("mode", MODES)
@given(
    st.sampled_from([8, 64, 504, 2048, 16_384, 100_000]), st.lists(st.floats(0, 0.1), min_size=2, max_size=2)
)
def test_more_spares_never_hurt(mode: str, chips: int, spares: list[float]) -> None:
    row = ROW | {"fault_tolerance": mode, "n_gpus": str(chips)}
    fewer, more = sorted(spares)
    found = answers(row | {"spare_share": f"{fewer:.9f}"}, row | {"spare_share": f"{more:.9f}"}, row).share
    assert np.all(np.diff(found, axis=1) >= -1e-6)


def test_what_is_borrowed_later_costs_more_up_to_a_replica() -> None:
    bare = ROW | {"spare_share": "0"}
    quick, slow, never = (
        middle(bare, known=KNOWN._replace(borrow_s=Range(each, each, each)))[0]
        for each in (60.0, 3600.0, 1e9)
    )
    assert quick == pytest.approx(middle(ROW)[0], abs=0.01)
    assert quick > slow > never > 0.5


def test_replicas_wait_alone() -> None:
    plain, replica = (
        middle(row, row | {"spare_share": "0"})
        for row in (ROW, ROW | {"fault_tolerance": "replica"})
    )  # fmt: skip
    assert replica[0] - replica[1] < (plain[0] - plain[1]) / 2


@pytest.mark.parametrize(("chips", "per_node"), [("8", "8"), ("1", "8"), ("72", "72"), ("140", "72")])
def test_one_node_has_no_replicas(chips: str, per_node: str) -> None:
    row = ROW | {"n_gpus": chips, "gpus_per_node": per_node, "restart_s": "60"}
    found = answers(row, row | {"fault_tolerance": "replica"})
    assert found.share[:, 0].tolist() == found.share[:, 1].tolist()
    assert "one node: no replicas" in found.remarks[1]


@given(
    st.floats(1e-9, 1e-1), st.floats(0, 1), st.sampled_from([1, 8, 5000, 5_000_000]), st.sampled_from([8, 72])
)
def test_shares_are_shares(rate: float, spares: float, chips: int, per_node: int) -> None:
    row = ROW | {"n_gpus": str(chips), "gpus_per_node": str(per_node), "spare_share": f"{spares:.9f}"}
    rows = batch([row | {"fault_tolerance": mode} for mode in MODES])
    score = {"replica": np.array([-1.0, 2.0]), "borrow": np.array([1.0, 3.0])}
    found = lack(rows, KNOWN, slice(0, 3), np.full((3, 2), rate), score)
    assert all(np.all((share >= 0) & (share <= 1)) for share in found)


def test_a_job_that_does_more_with_fewer_chips_is_told() -> None:
    sizes = [50_000, 400_000, 440_000, 1_300_000, 1_430_000]
    found = answers(*(ROW | {"n_gpus": str(size)} for size in sizes))
    work = found.share[1] * sizes
    assert work[2] < work[1]
    assert work[4] < work[3]
    assert ["too large for one job" in said for said in found.remarks] == [False, True, True, True, True]
