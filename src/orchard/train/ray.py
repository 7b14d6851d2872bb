"""Pretraining on a Ray cluster: as many workers as are asked for, begun again when one of them is lost.

Ray starts the workers and watches them; checkpoints, data order and resuming are those of the loop. The
folder of the runs must be one that all machines see. gloo connects processors, NCCL connects GPUs.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from orchard.errors import Finding, OrchardError, TrainError
from orchard.train.pipeline import Order

# Workers that are lost before a run gives up.
_LOSSES = 3
_MARK = "trouble.txt"


def pretrain(order: Order, workers: int, say: Callable[[str], None]) -> int:
    """Pretrain a model on the cluster of RAY_ADDRESS, or on a local one; returns the exit status.

    Raises
    ------
    TrainError
        O838: Ray is not installed; O829: workers were lost again and again
    OrchardError
        what a worker found to be mended
    """
    if find_spec("ray") is None:
        hint = "pip install 'orchard[ray]'"
        raise TrainError(Finding("O838", "", "", "ray not installed", "Ray Train", hint))
    for name in ("RAY_USAGE_STATS_ENABLED", "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO"):
        os.environ.setdefault(name, "0")
    import ray

    mine = not ray.is_initialized()
    if mine:
        ray.init(address=os.environ.get("RAY_ADDRESS", "local"), include_dashboard=False, log_to_driver=False)
    try:
        return _fit(order._replace(until="pretraining", out=order.out.resolve()), workers, say)
    finally:
        if mine:
            ray.shutdown()


def _fit(order: Order, workers: int, say: Callable[[str], None]) -> int:
    from ray.train import FailureConfig, RunConfig, ScalingConfig
    from ray.train.torch import TorchConfig, TorchTrainer

    folder = order.folder.model(order.model).path / "pretraining"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / _MARK).unlink(missing_ok=True)
    trainer = TorchTrainer(
        _worker,
        train_loop_config={"order": order, "mark": str(folder / _MARK)},
        torch_config=TorchConfig(backend="gloo"),
        scaling_config=ScalingConfig(num_workers=workers, use_gpu=False),
        run_config=RunConfig(
            name=f"{order.programme.programme}-{order.model}",
            storage_path=str(folder / "ray"),
            failure_config=FailureConfig(max_failures=_LOSSES),
        ),
    )
    say(f"{workers} workers pretrain on Ray")
    try:
        trainer.fit()
    except Exception as error:  # Ray wraps whatever a worker raised in classes of its own
        found = str(error).strip().splitlines()[-1][:200]
        hint = "the same command goes on from the newest checkpoint"
        raise TrainError(Finding("O829", str(folder), "", found, "workers that live", hint)) from None
    if (folder / _MARK).exists():
        raise OrchardError([Finding(*row.split("\t")) for row in (folder / _MARK).read_text().splitlines()])
    return 0


def _worker(config: dict[str, Any]) -> None:
    """What a worker does: the pipeline, until pretraining is over."""
    from orchard.catalogue import catalogue
    from orchard.train.pipeline import run

    try:
        run(config["order"], catalogue())
    except OrchardError as error:  # to be mended by the user: trying again would not help
        if any(finding.code == "O829" for finding in error.findings):
            raise  # but this one is Ray's to mend
        rows = ["\t".join(" ".join(str(part).split()) for part in finding) for finding in error.findings]
        Path(config["mark"]).write_text("\n".join(rows))
