"""A run that is killed, at any step and in the middle of a checkpoint, goes on to the very same losses."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from orchard.train import checkpoint

from .started import alone, command, losses


def test_a_language_model_killed_at_some_step(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    how = {"every": "0 s", "ema": 0.9, "task": "tongue-bf16"}
    step = random.randrange(3, 12)  # any of them must do: another one each time
    alone(tmp_path / "whole", **how)
    monkeypatch.setenv("ORCHARD_TEST_DIES", f"{step}:0")
    killed = subprocess.run(command(tmp_path / "killed", **how), capture_output=True)
    assert killed.returncode == -signal.SIGKILL
    assert alone(tmp_path / "killed", **how).resumed_from in (step - 1, step)
    assert losses(tmp_path / "killed") == losses(tmp_path / "whole"), f"killed at {step}"


def test_killed_while_a_checkpoint_is_written(tmp_path: Path) -> None:
    """The process is killed by its own writer between two files of a checkpoint."""
    alone(tmp_path / "whole", every="0 s", task="tongue")
    folder = tmp_path / "killed"
    script = (
        "import os, signal, sys\n"
        "from orchard.train import writer\n"
        "whole, count = writer.write_tensors, []\n"
        "def half(tensors, path):\n"
        "    count.append(1)\n"
        "    if len(count) < 4: return whole(tensors, path)\n"
        "    path.write_bytes(b'half of it')\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
        "writer.write_tensors = half\n"
        f"sys.argv = {command(folder, every='0 s', task='tongue')[1:]!r}\n"
        "import runpy\n"
        "runpy.run_path(sys.argv[0], run_name='__main__')\n"
    )
    killed = subprocess.run([sys.executable, "-c", script], capture_output=True, env=dict(os.environ))
    assert killed.returncode == -signal.SIGKILL
    assert checkpoint.steps(folder / "checkpoints") == [2, 3]
    assert len(list((folder / "checkpoints").glob(".step-*.part"))) == 1
    assert alone(folder, every="0 s", task="tongue").resumed_from == 3
    assert losses(folder) == losses(tmp_path / "whole")
    assert not list((folder / "checkpoints").glob(".step-*.part"))
