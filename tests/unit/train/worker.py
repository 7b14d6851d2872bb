"""One process of a run of the toy task, as tests start and kill it: folder, steps to stop at, more of the recipe."""

from __future__ import annotations

import json
import os
import signal
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
os.environ.setdefault("OMP_NUM_THREADS", "1")

from orchard.errors import OrchardError
from orchard.spec.training import Checkpoints
from orchard.train.loop import train
from orchard.train.parallel import join, leave
from orchard.train.progress import Report
from train.toy import made, recipe


def die_at(step: int, rank: int, mark: Path) -> None:
    """Kill this process at a step, the first time it is reached."""
    if step and rank == int(os.environ.get("RANK", "0")) and not mark.exists():
        mark.touch()
        os.kill(os.getpid(), signal.SIGKILL)


def main() -> None:
    """Train; ORCHARD_TEST_DIES is ``step:rank`` to be killed at."""
    folder, until, more = Path(sys.argv[1]), int(sys.argv[2]), json.loads(sys.argv[3])
    every = more.pop("every", "1 h")
    at, _, rank = os.environ.get("ORCHARD_TEST_DIES", "0:0").partition(":")

    task = made(more.pop("task", "toy"))
    terms = task.terms

    def mortal(step: int) -> int:
        die_at(int(at) if step == int(at) else 0, int(rank), folder / "died")
        return terms(step)

    task.terms = mortal  # type: ignore[method-assign]

    def show(report: Report) -> None:
        print(report.step, flush=True)

    training = recipe(checkpoints=Checkpoints(every=every), **more)
    processes = join(training.tensor_parallel)
    train(task, training, folder, until=until, processes=processes, progress=show)
    leave()


if __name__ == "__main__":
    try:
        main()
    except OrchardError as error:
        print(error, file=sys.stderr)
        sys.exit(2)
