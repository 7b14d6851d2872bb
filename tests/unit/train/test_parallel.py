"""Two processes train what one does; more of it, with workers that die, is in tests/soak."""

from __future__ import annotations

from pathlib import Path

import torch

from orchard.train import checkpoint
from orchard.train.launch import run_workers

from .started import alone, command, losses


def test_a_run_over_one_two_and_one_process_has_the_bits_of_one(tmp_path: Path) -> None:
    """Equal forward passes add up to equal sums: also where products are rounded to bfloat16."""
    how = {"task": "tongue-bf16", "micro_batch": 4, "ema": 0.5}
    alone(tmp_path / "one", **how)
    alone(tmp_path / "cut", 4, **how)
    assert run_workers(command(tmp_path / "cut", 8, **how), 2) == 0
    parts = sorted(path.name for path in (tmp_path / "cut/checkpoints/step-00000008").iterdir())
    assert parts == ["checkpoint.json", "part-00000.safetensors", "part-00001.safetensors"]
    alone(tmp_path / "cut", 12, **how)
    assert losses(tmp_path / "cut") == losses(tmp_path / "one")
    one, cut = (checkpoint.load(tmp_path / name / "checkpoints") for name in ("one", "cut"))
    assert one is not None
    assert cut is not None
    weights = dict(cut.tensors())
    assert all(torch.equal(weights[name], tensor) for name, tensor in one.tensors())
