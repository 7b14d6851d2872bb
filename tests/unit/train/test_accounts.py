"""What a run writes down of itself."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from orchard.train.accounts import measured
from orchard.train.host.memory import peak_bytes
from orchard.train.loop import Result


def result(steps: int) -> Result:
    return Result(
        step=4, steps=steps, loss=2.0, judged={"held_out.bits_per_byte": 1.5}, time_s=2.0, units_per_s=200.0,
        peak_share=0.3, skipped=0, resumed_from=0, checkpoint=None,
    )  # fmt: skip


TASK = SimpleNamespace(units_per_sample=50, samples_per_step=2)


def test_a_run_measures_its_steps_and_the_process() -> None:
    values = measured(result(4), TASK, None)  # type: ignore[arg-type]
    assert (values["step_s"], values["tokens_per_s"], values["duration_s"]) == (0.5, 200.0, 2.0)
    assert values["memory_bytes"] == pytest.approx(peak_bytes(), rel=0.1)
    assert values["bits_per_byte"] == 1.5
    assert "energy_j" not in values


def test_a_run_that_was_stopped_has_no_duration_yet() -> None:
    assert "duration_s" not in measured(result(9), TASK, None)  # type: ignore[arg-type]
