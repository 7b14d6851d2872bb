"""Runs of the toy task, in this process and in others."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from orchard.spec.training import Checkpoints
from orchard.train.loop import Result, train
from orchard.train.metrics import read

from .toy import made, recipe

WORKER = Path(__file__).parent / "worker.py"


def command(folder: Path, until: int = 12, **more: Any) -> list[str]:
    """The command of a process that trains."""
    return [sys.executable, str(WORKER), str(folder), str(until), json.dumps(more)]


def alone(folder: Path, until: int = 12, every: str = "1 h", task: str = "toy", **more: Any) -> Result:
    """The same training in this process."""
    return train(made(task), recipe(checkpoints=Checkpoints(every=every), **more), folder, until=until)


def losses(folder: Path) -> list[float]:
    """Losses of all steps of a run."""
    return [row["loss"] for row in read(folder / "metrics.jsonl")]
