"""The loop on a task of two layers: it learns, it goes on exactly, it guards, it stops when told to."""

from __future__ import annotations

import math
import os
import resource
import signal
import time
from pathlib import Path
from typing import Any

import pytest
import torch

from orchard.errors import TrainError
from orchard.spec.training import Checkpoints
from orchard.train import checkpoint
from orchard.train.loop import Result, train
from orchard.train.metrics import read
from orchard.train.progress import Report

from .toy import Toy, recipe


def losses(folder: Path) -> list[float]:
    return [row["loss"] for row in read(folder / "metrics.jsonl")]


def run(folder: Path, steps: int = 12, until: int | None = None, **more: Any) -> Result:
    return train(Toy(steps), recipe(**more), folder, until=until)


def test_a_task_is_learned(tmp_path: Path) -> None:
    result = run(tmp_path, 150)
    assert result.finished
    assert result.judged["error"] < 0.35  # 1.5 in the mean before; noise alone is 0.01
    assert len(losses(tmp_path)) == 150


@pytest.mark.parametrize("more", [{}, {"ema": 0.9}, {"optimiser": "adamw", "schedule": "cosine"}])
def test_a_run_in_parts_is_the_run_in_one(tmp_path: Path, more: dict[str, Any]) -> None:
    whole = run(tmp_path / "whole", **more)
    for until in (1, 5, 9, 12):
        parts = run(tmp_path / "parts", until=until, **more)
    assert losses(tmp_path / "parts") == losses(tmp_path / "whole")
    assert parts.judged == whole.judged
    ends = [checkpoint.load(tmp_path / name / "checkpoints") for name in ("whole", "parts")]
    first, second = (dict(end.tensors()) for end in ends if end is not None)
    assert first.keys() == second.keys()
    assert all(torch.equal(first[name], second[name]) for name in first)


def test_microbatches_add_up_to_the_batch(tmp_path: Path) -> None:
    run(tmp_path / "whole", micro_batch=8)
    run(tmp_path / "parts", micro_batch=3)
    assert losses(tmp_path / "parts") == pytest.approx(losses(tmp_path / "whole"), rel=1e-4)


def test_recomputed_activations_give_the_same_run(tmp_path: Path) -> None:
    run(tmp_path / "kept")
    run(tmp_path / "again", recompute=True)
    assert losses(tmp_path / "again") == losses(tmp_path / "kept")


def test_going_back_to_a_step_takes_the_same_steps_again(tmp_path: Path) -> None:
    training = recipe(checkpoints=Checkpoints(every="0 s", keep=20))
    train(Toy(), training, tmp_path)
    before = losses(tmp_path)
    result = train(Toy(), training, tmp_path, start=4)
    assert (result.resumed_from, result.step) == (4, 12)
    assert losses(tmp_path) == before
    assert len(list((tmp_path / "checkpoints").glob("aside-*"))) == 8


def test_a_finished_run_is_not_trained_again(tmp_path: Path) -> None:
    run(tmp_path)
    task = Toy(seed=5)
    again = train(task, recipe(), tmp_path)
    assert (again.resumed_from, again.step, again.units_per_s) == (12, 12, 0.0)
    assert len(losses(tmp_path)) == 12


def test_averaged_weights_are_what_is_judged_and_what_remains(tmp_path: Path) -> None:
    task = Toy()
    result = train(task, recipe(ema=0.9), tmp_path)
    assert task.judge() == result.judged
    found = checkpoint.load(tmp_path / "checkpoints")
    assert found is not None
    weights = found.weights()
    assert all(torch.equal(one, weights[name]) for name, one in task.model.named_parameters())
    newest = dict(found.tensors("model."))
    assert not torch.equal(newest["0.weight"], weights["0.weight"])


def spoil(at: set[int], value: float) -> Any:
    def spoiled(step: int, sample: int, x: torch.Tensor) -> torch.Tensor:
        return x * value if step in at and sample == 5 else x

    return spoiled


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_a_broken_sample_costs_its_step_and_nothing_else(tmp_path: Path, value: float) -> None:
    told: list[tuple[str, dict[str, Any]]] = []
    task = Toy(12, spoil({4}, value))
    result = train(task, recipe(), tmp_path, record=lambda kind, values: told.append((kind, dict(values))))
    assert result.skipped == 1
    assert ("skipped", {"step": 4, "why": "broken", "loss": None}) in told
    assert [row.get("skipped") for row in read(tmp_path / "metrics.jsonl")][3:6] == [None, "broken", None]
    assert all(torch.isfinite(one).all() for one in task.model.parameters())


def test_data_that_stay_broken_end_the_run_with_step_and_samples(tmp_path: Path) -> None:
    with pytest.raises(TrainError, match=r"O825[\s\S]*samples 4 to 7 of step 9"):
        train(Toy(12, spoil(set(range(5, 12)), math.nan)), recipe(), tmp_path)


def test_a_spike_is_skipped(tmp_path: Path) -> None:
    result = train(Toy(80, spoil({70}, 1e4)), recipe(), tmp_path)
    assert result.skipped == 1
    rows = list(read(tmp_path / "metrics.jsonl"))
    assert [row["step"] for row in rows if "skipped" in row] == [70]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_lets_the_step_end_and_saves_it(tmp_path: Path, number: int) -> None:
    run(tmp_path / "whole")

    def interrupt(report: Report) -> None:
        if report.step == 7:
            os.kill(os.getpid(), number)

    before = signal.getsignal(number)
    result = train(Toy(), recipe(), tmp_path / "parts", progress=interrupt)
    assert (result.stopped, result.step, result.finished) == (number, 8, False)
    assert signal.getsignal(number) is before
    assert checkpoint.steps(tmp_path / "parts" / "checkpoints") == [8]
    assert run(tmp_path / "parts").finished
    assert losses(tmp_path / "parts") == losses(tmp_path / "whole")


def test_a_checkpoint_of_another_task_is_refused(tmp_path: Path) -> None:
    run(tmp_path, until=3)
    other = Toy()
    other.digest = "other"
    with pytest.raises(TrainError, match=r"O822[\s\S]*run toy[\s\S]*run other"):
        train(other, recipe(), tmp_path)


def test_progress_tells_what_is_left(tmp_path: Path) -> None:
    told: list[Report] = []
    train(Toy(), recipe(), tmp_path, progress=told.append, predicted_step_s=2.0)
    assert [report.step for report in told] == list(range(1, 13))
    assert told[0].predicted_s == 22.0
    assert told[-1].left_s == 0
    assert all(report.units_per_s > 0 and 0 < report.peak_share < 1 for report in told)


def test_samples_that_cannot_be_shared_out_are_refused(tmp_path: Path) -> None:
    from orchard.train.parallel import Processes

    with pytest.raises(TrainError, match="O827"):
        train(Toy(), recipe(), tmp_path, processes=Processes(rank=0, world=3))


def test_sums_that_round_otherwise_are_told(tmp_path: Path) -> None:
    """Another micro-batch or number of threads is allowed, but the last bits are then not those of before."""
    told: list[Report] = []
    train(Toy(), recipe(micro_batch=4), tmp_path, until=6)
    train(Toy(), recipe(micro_batch=2), tmp_path, until=8, progress=told.append)
    assert [one.note for one in told] == ["(sums round otherwise than before: micro_batch 4, now 2)", ""]
    train(Toy(), recipe(micro_batch=2), tmp_path, progress=told.append)
    assert not any(one.note for one in told[2:])


@pytest.mark.parametrize("until", [5, 12])
def test_a_run_is_not_made_longer(tmp_path: Path, until: int) -> None:
    train(Toy(12), recipe(), tmp_path, until=until)
    with pytest.raises(TrainError, match=r"O822[\s\S]*steps 12[\s\S]*steps 20[\s\S]*keeps its length"):
        train(Toy(20), recipe(), tmp_path)


def test_a_checkpoint_that_is_not_written_is_told_and_the_run_goes_on(tmp_path: Path) -> None:
    """Files are limited to less than a checkpoint for two steps."""
    told: list[Report] = []
    kinds: list[str] = []
    before = resource.getrlimit(resource.RLIMIT_FSIZE)

    def narrow(report: Report) -> None:
        told.append(report)
        time.sleep(0.05)  # the thread that writes comes to know
        size = 3000 if report.step in (3, 4) else before[0]
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))

    every = Checkpoints(every="0 s", keep_every=5)
    record = lambda kind, values: kinds.append(kind)  # noqa: E731
    try:
        result = train(Toy(), recipe(checkpoints=every), tmp_path, progress=narrow, record=record)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert result.finished
    assert kinds.count("unsaved") == len([one for one in told if "is not written" in one.note]) >= 1
    assert checkpoint.steps(tmp_path / "checkpoints") == [5, 10, 11, 12]


def test_checkpoints_for_good_are_written_when_nothing_else_asks_for_them(tmp_path: Path) -> None:
    train(Toy(), recipe(checkpoints=Checkpoints(every="1 h", keep_every=5)), tmp_path)
    assert checkpoint.steps(tmp_path / "checkpoints") == [5, 10, 12]
