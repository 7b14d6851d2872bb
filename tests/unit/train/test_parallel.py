"""Two processes train what one does; more of it, with workers that die, is in tests/soak."""

from __future__ import annotations

from pathlib import Path

import pytest

from orchard.train.launch import run_workers

from .started import alone, command, losses


def test_a_run_over_one_two_and_one_process_is_that_of_one(tmp_path: Path) -> None:
    alone(tmp_path / "one", ema=0.5)
    alone(tmp_path / "cut", 4, ema=0.5)
    assert run_workers(command(tmp_path / "cut", 8, ema=0.5), 2) == 0
    parts = sorted(path.name for path in (tmp_path / "cut/checkpoints/step-00000008").iterdir())
    assert parts == ["checkpoint.json", "part-00000.safetensors", "part-00001.safetensors"]
    alone(tmp_path / "cut", 12, ema=0.5)
    assert losses(tmp_path / "cut") == pytest.approx(losses(tmp_path / "one"), rel=1e-5)
