"""A worker of Ray Train is killed in the middle of pretraining: the run goes on, to the losses of one process."""

from __future__ import annotations

import os
import signal
import threading
import time
from pathlib import Path

import pytest
from train.test_pipeline import beside, losses, order

from orchard.catalogue import catalogue
from orchard.train import checkpoint
from orchard.train.pipeline import run
from orchard.train.ray import pretrain

pytestmark = [pytest.mark.soak, pytest.mark.filterwarnings("ignore")]
__all__ = ["beside"]  # the fixture


def workers_of(session: str) -> list[int]:
    """Processes of Ray Train's workers below the raylet of a session."""
    found = []
    for entry in Path("/proc").iterdir():
        try:
            if b"RayTrainWorker" in (entry / "cmdline").read_bytes():
                parent = (entry / "stat").read_text().rpartition(")")[2].split()[1]
                if session.encode() in (Path("/proc") / parent / "cmdline").read_bytes():
                    found.append(int(entry.name))
        except (OSError, ValueError):
            continue
    return sorted(found)


def test_a_worker_that_is_killed_does_not_end_the_run(
    beside: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import ray
    import torch
    from ray._private.worker import _global_node  # noqa: F401 (there once Ray is up)

    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    more = (
        "models.avocado.training.micro_batch=2",
        "models.avocado.training.checkpoints.every=0 s",
        "models.avocado.tokens=12800 tokens",
    )
    one, many = order(beside, tmp_path / "one", *more), order(beside, tmp_path / "many", *more)
    torch.set_num_threads(1)  # as workers have: samples are shared out over threads
    run(one, catalogue())
    ray.init(address="local", num_cpus=4, include_dashboard=False, log_to_driver=False)
    session = ray._private.worker._global_node.get_session_dir_path()
    folder = many.folder.model("avocado").checkpoints("pretraining")
    killed: list[int] = []

    def kill() -> None:
        until_s = time.monotonic() + 900
        while time.monotonic() < until_s and not killed:
            there = workers_of(session)
            if checkpoint.steps(folder) and there:
                os.kill(there[-1], signal.SIGKILL)
                killed.append(checkpoint.steps(folder)[-1])
            time.sleep(0.02)

    killer = threading.Thread(target=kill)
    killer.start()
    try:
        assert pretrain(many, 2, lambda text: None) == 0
    finally:
        killer.join()
        ray.shutdown()
    assert killed
    assert killed[0] < 100
    assert losses(many) == pytest.approx(losses(one), rel=1e-5)
    assert len(losses(many)) == 100
