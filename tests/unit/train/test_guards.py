"""Steps that are skipped, and faults said in words."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchard.errors import TrainError
from orchard.train.guards import Guard, memory_told


def steady(guard: Guard, steps: int = 60) -> list[str]:
    return [guard.judge(3.0 + 0.05 * math.sin(step), 1.0) for step in range(steps)]


def test_a_spike_is_skipped_and_counted_but_not_early() -> None:
    guard = Guard(6.0)
    assert guard.judge(50.0, 1.0) == "taken"  # nothing to compare it with yet
    guard = Guard(6.0)
    assert set(steady(guard)) == {"taken"}
    assert guard.judge(4.0, 1.0) == "spike"
    assert guard.skipped == 1


def test_a_loss_that_stays_high_is_soon_normal() -> None:
    guard = Guard(6.0)
    steady(guard)
    verdicts = [guard.judge(5.0, 1.0) for _ in range(60)]
    assert verdicts[0] == "spike"
    assert verdicts[-1] == "taken"


def test_a_guard_may_be_told_to_skip_nothing() -> None:
    guard = Guard(0.0)
    steady(guard)
    assert guard.judge(1e6, 1.0) == "taken"


@given(st.lists(st.one_of(st.floats(1, 4), st.just(math.nan), st.just(math.inf)), max_size=80), st.data())
def test_what_a_checkpoint_keeps_is_all_there_is(losses: list[float], data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(losses)))
    whole, first, second = Guard(3.0), Guard(3.0), Guard(3.0)
    expected = [whole.judge(loss, 1.0) for loss in losses]
    found = [first.judge(loss, 1.0) for loss in losses[:at]]
    second.restore(first.values())
    found += [second.judge(loss, 1.0) for loss in losses[at:]]
    assert (found, second.values()) == (expected, whole.values())


def test_five_broken_steps_in_a_row_end_a_run_with_the_samples_named() -> None:
    guard = Guard(6.0)
    for _ in range(4):
        assert guard.judge(math.nan, 1.0) == "broken"
    guard.check(6, [range(4, 8)])
    guard.judge(1.0, math.inf)
    with pytest.raises(TrainError, match=r"O825[\s\S]*samples 4 to 7 of step 7"):
        guard.check(7, [range(4, 8)])
    with pytest.raises(TrainError, match="the gradient, though every loss is finite, of step 7"):
        guard.check(7, [])


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (MemoryError(), "memory ran out"),
        (
            RuntimeError(
                "[enforce fail at alloc_cpu.cpp:1] DefaultCPUAllocator: not enough memory: you tried to allocate 400 bytes. Error code 12"
            ),
            "when 400 bytes more were asked for",
        ),
    ],
)
def test_memory_that_ran_out_says_what_to_lower(error: Exception, said: str) -> None:
    with (
        pytest.raises(TrainError, match=rf"O826[\s\S]*{said}[\s\S]*micro_batch=4"),
        memory_told(8, "tokens", 512),
    ):
        raise error


def test_other_faults_of_torch_stay_what_they_are() -> None:
    with pytest.raises(RuntimeError, match="shapes"), memory_told(8, "tokens", 512):
        raise RuntimeError("shapes cannot be multiplied")
