"""What failures cost a run, with the amounts a programme may give."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from orchard.catalogue import catalogue
from orchard.estimate.goodput.estimates import estimate
from orchard.estimate.goodput.practice import practice
from orchard.estimate.goodput.rows import batch
from orchard.plan import failures
from orchard.plan.scene import Scene

from .small import Edits, outlook, setup

RELIABILITY = "models.apple.reliability"
GIVEN = {"node_failures": "0.003 failure/node/d", "checkpoint": "5 s", "restart": "5 min"}


def found(edits: Edits, asked: float = 20_000.0) -> tuple[float, float]:
    made = setup(edits)
    here = Scene(made, made.draws(0, 0, 100))
    chips = np.full(here.draws.size, asked)
    share, useful = failures.goodput(here, "apple", "ohio", chips)
    return float(share.mean()), float(useful.mean())


def with_(**more: Any) -> dict[str, Any]:
    return {RELIABILITY: GIVEN | {"save": "1 min"} | more}


@pytest.mark.parametrize(
    "more",
    [{"load": "5 min"}, {"detect": "2 min"}, {"save": "20 min"}, {"spares": "0.1 %", "node_failures": "0.02 failure/node/d"}],
)  # fmt: skip
def test_what_is_given_beside_the_restart_costs_more(more: dict[str, str]) -> None:
    base = with_(node_failures=more.get("node_failures", GIVEN["node_failures"]))
    assert found(with_(**more))[0] < found(base)[0]


def test_saving_is_taken_from_the_catalogue_when_left_out() -> None:
    left_out, short, long = (found({RELIABILITY: GIVEN | more})[0]
                             for more in ({}, {"save": "5 s"}, {"save": "10 min"}))  # fmt: skip
    assert long < left_out < short


def test_a_checkpoint_that_stops_all_the_time_it_is_saved_leaves_nothing_beside() -> None:
    slow = GIVEN | {"checkpoint": "10 min"}
    assert (
        found({RELIABILITY: slow | {"save": "10 min"}})[0] == found({RELIABILITY: slow | {"save": "1 s"}})[0]
    )


def test_replicas_go_on_where_all_would_stop() -> None:
    often = {"node_failures": "0.01 failure/node/d"}
    assert found(with_(**often, fault_tolerance="replica"))[0] > found(with_(**often))[0] + 0.02


def test_replicas_are_estimated_as_a_row_of_a_table_is() -> None:
    """The same job by `orchard estimate reliability`, without what plans leave out: hangs and corruption."""
    times = {"restart": "10 min", "load": "2 min", "detect": "1 min", "save": "1 min"}
    planned = found({RELIABILITY: GIVEN | times | {"fault_tolerance": "replica"}}, 100_000.0)[0]
    row = {
        "id": "a", "n_gpus": "100000", "days": "30", "failures_per_1000_node_days": "3", "checkpoint_block_s": "5",
        "checkpoint_save_s": "60", "load_s": "120", "detect_s": "60", "restart_s": "600", "fault_tolerance": "replica",
    }  # fmt: skip
    known = practice(catalogue())._replace(corrupt_share=0.0, hang_share=0.0, hands_share=0.0)
    alone = float(estimate(batch([row]), known).share[1, 0])
    assert planned == pytest.approx(alone, abs=0.006)


def test_spares_that_make_up_for_missing_nodes_are_as_good_as_enough() -> None:
    assert found(with_(spares="5 %")) == found(with_())


@pytest.mark.parametrize("mode", ["none", "replica", "elastic"])
@pytest.mark.parametrize("save", ["5 s", "1 h"])
def test_more_chips_never_train_slower(mode: str, save: str) -> None:
    edits = with_(fault_tolerance=mode, save=save, spares="1 %", load="2 min", detect="1 min")
    sizes = np.geomspace(8, 3e6, 25)
    useful = [found(edits, size)[1] * size for size in sizes]
    assert np.all(np.diff(useful) >= -1e-9 * np.array(useful[1:]))


def test_goodput_of_a_plan_is_that_of_the_gang() -> None:
    here = outlook(with_())
    assert np.all((here.training("apple").goodput > 0.5) & (here.training("apple").goodput < 1))


def test_a_rack_fails_as_often_as_the_nodes_in_it() -> None:
    eight, rack = ({f"chips.{name}.chips_per_node": count for name in ("fast", "slow")} for count in (8, 72))
    assert found(with_() | rack) == found(with_() | eight)
    assert (
        found(with_() | {f"chips.{name}.chips_per_node": 4 for name in ("fast", "slow")})[0]
        < found(with_())[0]
    )
