"""The file of metrics: cut back to the step a run goes on from."""

from __future__ import annotations

import resource
from pathlib import Path

import pytest

from orchard.train.metrics import Metrics, read


def written(path: Path, steps: range) -> None:
    metrics = Metrics(path, steps.start)
    for step in steps:
        metrics.add({"step": step, "loss": 1 / (step + 1)})
    metrics.close()


def test_lines_after_the_resumed_step_are_taken_out(tmp_path: Path) -> None:
    path = tmp_path / "run" / "metrics.jsonl"
    written(path, range(10))
    written(path, range(6, 8))
    assert [row["step"] for row in read(path)] == list(range(8))


@pytest.mark.parametrize("tail", [b'{"step": 3, "lo', b"\x00\x00\x00", b"\n"])
def test_a_line_that_was_cut_off_is_no_line(tmp_path: Path, tail: bytes) -> None:
    path = tmp_path / "metrics.jsonl"
    written(path, range(3))
    path.write_bytes(path.read_bytes() + tail)
    written(path, range(3, 5))
    assert [row["step"] for row in read(path)] == list(range(5))


def test_losses_are_kept_to_the_last_bit(tmp_path: Path) -> None:
    path = tmp_path / "metrics.jsonl"
    written(path, range(50))
    assert [row["loss"] for row in read(path)] == [1 / (step + 1) for step in range(50)]


def test_a_full_disk_costs_no_line_once_there_is_room(tmp_path: Path) -> None:
    """Two lines find no room, the first of them half written; the third brings both along."""
    path = tmp_path / "metrics.jsonl"
    metrics = Metrics(path, 0)
    metrics.add({"step": 0, "loss": 1.5})
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (path.stat().st_size + 5, before[1]))
    try:
        metrics.add({"step": 1, "loss": 1.25})
        metrics.add({"step": 2, "loss": 1.125})
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert [row["step"] for row in read(path)] == [0]
    metrics.add({"step": 3, "loss": 1.0})
    metrics.close()
    assert [row["loss"] for row in read(path)] == [1.5, 1.25, 1.125, 1.0]
