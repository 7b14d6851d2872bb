"""What failures cost a run, with the amounts a programme may give."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchard.catalogue import catalogue
from orchard.estimate.goodput import efficiency, mttf_s
from orchard.estimate.goodput.estimates import estimate
from orchard.estimate.goodput.practice import practice
from orchard.estimate.goodput.rows import batch
from orchard.plan import failures, runs
from orchard.plan.gains import gain
from orchard.plan.outlook import Outlook
from orchard.plan.scene import Changes, Scene

from .small import DROP, Edits, outlook, setup

RELIABILITY = "models.apple.reliability"
GIVEN = {"node_failures": "0.003 failure/node/d", "checkpoint": "5 s", "restart": "5 min"}


def found(edits: Edits, asked: float = 20_000.0) -> float:
    made = setup(edits)
    here = Scene(made, made.draws(0, 0, 100))
    recovery = failures.recovery(here, "apple", "ohio")
    assert recovery is not None
    return float(recovery.share(np.full(here.draws.size, asked)).mean())


def with_(**more: Any) -> dict[str, Any]:
    return {RELIABILITY: GIVEN | {"save": "1 min"} | more}


@pytest.mark.parametrize(
    "more",
    [{"load": "5 min"}, {"detect": "2 min"}, {"save": "20 min"}, {"spares": "0.1 %", "node_failures": "0.02 failure/node/d"}],
)  # fmt: skip
def test_what_is_given_beside_the_restart_costs_more(more: dict[str, str]) -> None:
    base = with_(node_failures=more.get("node_failures", GIVEN["node_failures"]))
    assert found(with_(**more)) < found(base)


def test_saving_is_taken_from_the_catalogue_when_left_out() -> None:
    left_out, short, long = (found({RELIABILITY: GIVEN | more})
                             for more in ({}, {"save": "5 s"}, {"save": "10 min"}))  # fmt: skip
    assert long < left_out < short


def test_a_checkpoint_that_stops_all_the_time_it_is_saved_leaves_nothing_beside() -> None:
    slow = GIVEN | {"checkpoint": "10 min"}
    assert found({RELIABILITY: slow | {"save": "10 min"}}) == found({RELIABILITY: slow | {"save": "1 s"}})


def test_replicas_go_on_where_all_would_stop() -> None:
    often = {"node_failures": "0.01 failure/node/d"}
    assert found(with_(**often, fault_tolerance="replica")) > found(with_(**often)) + 0.02


def test_replicas_are_estimated_as_a_row_of_a_table_is() -> None:
    """The same job by `orchard estimate reliability`, without what plans leave out: hangs and corruption."""
    times = {"restart": "10 min", "load": "2 min", "detect": "1 min", "save": "1 min"}
    planned = found({RELIABILITY: GIVEN | times | {"fault_tolerance": "replica"}}, 100_000.0)
    row = {
        "id": "a", "n_gpus": "100000", "days": "30", "failures_per_1000_node_days": "3", "checkpoint_block_s": "5",
        "checkpoint_save_s": "60", "load_s": "120", "detect_s": "60", "restart_s": "600", "fault_tolerance": "replica",
    }  # fmt: skip
    known = practice(catalogue())._replace(corrupt_share=0.0, hang_share=0.0, hands_share=0.0)
    alone = float(estimate(batch([row]), known).share[1, 0])
    assert planned == pytest.approx(alone, abs=0.006)


def test_spares_that_make_up_for_missing_nodes_are_as_good_as_enough() -> None:
    assert found(with_(spares="5 %")) == found(with_())


@given(
    rate=st.floats(1e-5, 1.0), stop=st.floats(0.0, 900.0), save=st.floats(0.0, 7200.0), restart=st.floats(0.0, 7200.0),
    spares=st.floats(0.0, 0.1), mode=st.sampled_from(["none", "replica", "elastic"]),
    node=st.sampled_from([1, 8, 72]), more=st.floats(1.0, 100.0), installed=st.floats(10.0, 3e6),
)  # fmt: skip
@settings(max_examples=25, deadline=None)
def test_more_chips_asked_for_never_train_slower(
    rate: float, stop: float, save: float, restart: float, spares: float, mode: str, node: int, more: float, installed: float
) -> None:  # fmt: skip
    """Whether they are there or not: a gang takes what is installed, up to what helps."""
    edits = {
        RELIABILITY: {
            "node_failures": f"{rate} failure/node/d", "checkpoint": f"{stop} s", "restart": f"{restart} s",
            "save": f"{save} s", "spares": spares, "fault_tolerance": mode,
        },
        "chips.fast.chips_per_node": node, "chips.slow.chips_per_node": node,
        "deliveries.slow-2025.count": f"{installed} chips",
    }  # fmt: skip
    made = setup(edits)
    base, other = (
        Outlook(Scene(made, made.draws(0, 0, 20), Changes(hindsight=True, run_chips=factor)))
        for factor in (1.0, more)
    )
    before, after = base.gang("apple").speed, other.gang("apple").speed
    assert np.all(after >= before * (1 - 1e-12))
    assert np.all(other.training("apple").end_day <= base.training("apple").end_day + 1e-9)


@pytest.mark.parametrize("shape", [None, (np.array([0.0, 1e4, 2e5]), np.array([0.0, 1e4, 5e4]))])
def test_a_gang_does_what_the_best_of_its_size_or_smaller_does(
    shape: tuple[np.ndarray, np.ndarray] | None,
) -> None:
    def share(chips: np.ndarray) -> np.ndarray:
        return np.asarray(efficiency(mttf_s(chips, 8, 0.01 / 86400), 30.0, 900.0))

    every = np.geomspace(100, 3e6, 400)
    total = every if shape is None else np.interp(every, *shape)
    best = np.maximum.accumulate(total * share(every))
    done = gain(share, 3e6, 1, shape)(every[None, :, None], np.array([5e6]))[0, :, 0]
    assert np.all(np.diff(done) >= 0)
    assert np.allclose(done, best, rtol=6e-3)
    usual = (every > 4096) & (every < 2**18)
    assert np.allclose(done[usual], best[usual], rtol=2.5e-4)


def lived(edits: Edits) -> failures.Interrupted:
    here = outlook(edits)
    return runs.interrupted(here.scene, "apple", here.training("apple"))


@pytest.mark.parametrize("asked", ["1 k chips", "80 k chips"])
def test_goodput_of_a_plan_is_that_of_the_gang_that_is_there(asked: str) -> None:
    """Not of the one asked for: what is not installed cannot fail."""
    edits = with_() | {"models.apple.chips": asked}
    run = lived(edits)
    most = outlook(edits).gang("apple").chips.max(axis=0)
    assert np.all((run.chips > 0) & (run.chips <= most * (1 + 1e-12)))
    assert found(edits, asked=float(most.max())) - 1e-9 <= run.goodput.min()
    assert np.all(run.goodput < 1)


def test_a_gang_takes_no_more_chips_than_help() -> None:
    often = with_(node_failures="0.5 failure/node/d") | {"models.apple.chips": "80 k chips"}
    here = outlook(often)
    run = lived(often)
    assert np.all(run.chips < here.gang("apple").chips.max(axis=0) / 2)
    assert run.goodput.mean() > 3 * found(often, asked=float(here.gang("apple").chips.max()))


@given(rate=st.floats(1e-4, 0.1), reached=st.floats(2.0, 1e6))
def test_chips_in_use_do_what_the_gang_does(rate: float, reached: float) -> None:
    def share(chips: np.ndarray) -> np.ndarray:
        return np.asarray(efficiency(mttf_s(chips, 8, rate / 86400), 30.0, 900.0))

    made = gain(share, 1e6, 1)
    used = made.used(np.array([[reached]]))
    assert used[0, 0] <= reached * (1 + 1e-12)
    done = made(np.array([[[reached]]]), np.array([1e6]))[0]
    assert np.allclose(used * share(used), done, rtol=0.03)


def test_interruptions_are_days_over_the_time_between_them_with_luck() -> None:
    here = outlook(with_(), samples=1000)
    training = here.training("apple")
    run = runs.interrupted(here.scene, "apple", training)
    end = np.minimum(training.end_day, here.scene.calendar.end)
    mean = (end - training.start_day) * 86400 / run.between_s
    score = (run.interruptions - mean) / np.sqrt(mean)
    assert np.all(run.interruptions == np.round(run.interruptions))
    assert abs(score.mean()) < 0.1
    assert score.std() == pytest.approx(1, abs=0.1)


def test_a_run_without_failures_is_never_interrupted() -> None:
    run = lived({RELIABILITY: DROP})
    assert np.all(run.goodput == 1)
    assert np.all(run.interruptions == 0)
    assert np.all(np.isinf(run.between_s))


def test_causes_add_up_and_are_cited() -> None:
    made = setup()
    shares = failures.causes(made, "apple")
    assert sum(shares.values()) == pytest.approx(1)
    assert "models.apple.reliability" in made.values.used["reliability.llama3.cause.nic"]


def test_a_rack_fails_as_often_as_the_nodes_in_it() -> None:
    eight, rack = ({f"chips.{name}.chips_per_node": count for name in ("fast", "slow")} for count in (8, 72))
    assert found(with_() | rack) == found(with_() | eight)
    assert found(with_() | {f"chips.{name}.chips_per_node": 4 for name in ("fast", "slow")}) < found(with_())
