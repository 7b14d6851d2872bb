"""How much memory training holds: each model in a process of its own, which the system then tells of.

``python -m orchard.train.host.memory`` is that process: it reads a step, trains for a few steps with the
loop itself, checkpoint included, and prints the most memory it held, in bytes.
"""

from __future__ import annotations

import itertools
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from orchard.errors import Finding, OrchardError
from orchard.estimate.host import Step
from orchard.spec.architecture import LanguageArchitecture

# Steps that are taken: the first allocates, the others show what stays; as many begin as are timed, and one.
_STEPS = 4
_KIB = 1024


def trained(step: Step, dtype: str, threads: int, steps: int = _STEPS) -> dict[str, float]:
    """Most memory of a process that takes some steps, `memory_bytes`, and the median of their time, `step_s`.

    The time leaves out the first step, which makes what the others use again.

    Raises
    ------
    OrchardError
        O855: the process failed
    """
    said = json.dumps({"step": _plain(step), "dtype": dtype, "threads": threads, "steps": steps})
    command = [sys.executable, "-m", "orchard.train.host.memory", said]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=dict(os.environ))
    if done.returncode:
        why = (done.stderr.strip().splitlines() or ["killed"])[-1]
        raise OrchardError(
            Finding("O855", "", "memory", f"a model that could not be trained: {why[:200]}", "free memory")
        )
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def peak_bytes() -> float:
    """Most memory this process has held: its peak resident set."""
    try:
        status = Path("/proc/self/status").read_text(encoding="ascii", errors="replace")
        line = next(line for line in status.splitlines() if line.startswith("VmHWM:"))
        return float(line.split()[1]) * _KIB
    except (OSError, StopIteration):
        import resource

        most = float(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
        return most if sys.platform == "darwin" else most * _KIB


def _plain(step: Step) -> dict[str, Any]:
    return {**step._asdict(), "architecture": step.architecture.model_dump()}


def _main(said: dict[str, Any]) -> None:
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    import torch

    from orchard.train.host.made import Made, recipe
    from orchard.train.host.steps import clock_of
    from orchard.train.loop import train

    threads, steps = said["threads"], said["steps"]
    torch.set_num_threads(threads)
    step = Step(**(said["step"] | {"architecture": LanguageArchitecture(**said["step"]["architecture"])}))
    task = Made(step, getattr(torch, said["dtype"]), steps, clock_of(threads))
    with tempfile.TemporaryDirectory() as folder:
        train(task, recipe(step), Path(folder))
    taken_s = [after - before for before, after in itertools.pairwise(task.begun_s)]
    print(json.dumps({"memory_bytes": peak_bytes(), "step_s": statistics.median(taken_s[1:])}))


if __name__ == "__main__":
    _main(json.loads(sys.argv[1]))
