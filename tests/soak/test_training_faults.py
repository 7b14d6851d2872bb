"""Workers of a training that are killed, started by others, or cannot share their samples; every step killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from train.started import alone, command, losses

from orchard.train.launch import run_workers

pytestmark = pytest.mark.soak


@pytest.mark.parametrize("more", [{"optimiser": "adamw", "recompute": True}, {"ema": 0.9, "micro_batch": 2}])
def test_one_two_one_with_other_recipes(tmp_path: Path, more: dict[str, Any]) -> None:
    alone(tmp_path / "one", **more)
    alone(tmp_path / "cut", 5, **more)
    assert run_workers(command(tmp_path / "cut", 9, **more), 2) == 0
    alone(tmp_path / "cut", 12, **more)
    assert losses(tmp_path / "cut") == pytest.approx(losses(tmp_path / "one"), rel=1e-5)


def test_a_worker_that_is_killed_is_begun_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    alone(tmp_path / "one", every="0 s")
    monkeypatch.setenv("ORCHARD_TEST_DIES", "7:1")
    assert run_workers(command(tmp_path / "two", every="0 s"), 2, say=said.append) == 0
    assert said == ["a worker was lost: all begin again from the newest checkpoint"]
    assert (tmp_path / "two" / "died").exists()
    assert losses(tmp_path / "two") == pytest.approx(losses(tmp_path / "one"), rel=1e-5)


def test_samples_that_three_cannot_share_end_all_of_them_in_words(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert run_workers(command(tmp_path), 3) == 2
    err = capfd.readouterr().err
    assert err.count("O827") == 1
    assert "Traceback" not in err


def test_torchrun_starts_the_same_processes(tmp_path: Path) -> None:
    alone(tmp_path / "one")
    launcher = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2"]
    subprocess.run([*launcher, *command(tmp_path / "two")[1:]], check=True, capture_output=True)
    assert losses(tmp_path / "two") == pytest.approx(losses(tmp_path / "one"), rel=1e-5)


@pytest.mark.parametrize("step", range(1, 12))
def test_killed_at_any_step(tmp_path: Path, step: int, monkeypatch: pytest.MonkeyPatch) -> None:
    alone(tmp_path / "whole", every="0 s", ema=0.9)
    monkeypatch.setenv("ORCHARD_TEST_DIES", f"{step}:0")
    killed = subprocess.run(
        command(tmp_path / "killed", every="0 s", ema=0.9), env=dict(os.environ), check=False
    )
    assert killed.returncode == -signal.SIGKILL
    alone(tmp_path / "killed", every="0 s", ema=0.9)
    assert losses(tmp_path / "killed") == losses(tmp_path / "whole")


@pytest.mark.parametrize("task", ["gated", "tongue"])
def test_matrices_cut_over_two_processes_train_as_whole_ones(tmp_path: Path, task: str) -> None:
    alone(tmp_path / "one", task=task)
    assert run_workers(command(tmp_path / "cut", task=task, tensor_parallel=2), 2) == 0
    assert losses(tmp_path / "cut") == pytest.approx(losses(tmp_path / "one"), rel=1e-5)


def test_both_ways_to_cut_at_once(tmp_path: Path) -> None:
    """Four processes: two copies of the model, each cut over two."""
    alone(tmp_path / "one", task="tongue", recompute=True)
    cut = command(tmp_path / "cut", task="tongue", tensor_parallel=2, recompute=True)
    assert run_workers(cut, 4) == 0
    assert losses(tmp_path / "cut") == pytest.approx(losses(tmp_path / "one"), rel=1e-5)
