"""Several processes on this machine: started together, ended together, begun again when one of them dies.

Each worker runs the same command with RANK and WORLD_SIZE set, as torchrun would set them; where these
are set already (torchrun, Ray), nothing is started here. Workers meet in a file, not at a port, and talk
over the loopback interface.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from types import FrameType
from typing import Any

from orchard.train.parallel import MEETING

# How long the others may take to notice that one has died or that all shall stop.
_GRACE_S = 5.0
_LOOK_S = 0.05


def is_worker() -> bool:
    """Whether this process is one of several already."""
    return int(os.environ.get("WORLD_SIZE", "1")) > 1


def run_workers(
    command: Sequence[str], count: int, restarts: int = 3, say: Callable[[str], None] = print
) -> int:
    """Run a command `count` times at once until all are done; returns the exit status.

    A worker that is killed takes the others with it, and all of them begin again, from the newest
    checkpoint as the command does, at most `restarts` times. Ctrl-C and SIGTERM are passed on.

    Parameters
    ----------
    say
        told in a sentence when workers begin again
    """
    for left in range(restarts, -1, -1):
        with tempfile.TemporaryDirectory(prefix="orchard-") as folder:
            status, died = _Gang(command, count, Path(folder)).wait()
        if not died or not left:
            return status
        say("a worker was lost: all begin again from the newest checkpoint")
    return 1


class _Gang:
    """Workers that run together."""

    def __init__(self, command: Sequence[str], count: int, folder: Path) -> None:
        threads = str(max(1, (os.cpu_count() or 1) // count))
        shared = {
            "WORLD_SIZE": str(count),
            "LOCAL_WORLD_SIZE": str(count),
            MEETING: f"file://{folder / 'meeting'}",
            "OMP_NUM_THREADS": os.environ.get("OMP_NUM_THREADS", threads),
            "GLOO_SOCKET_IFNAME": os.environ.get("GLOO_SOCKET_IFNAME", "lo"),
        }
        self._stopping: int = 0
        self._ended: set[int] = set()
        self._logs = [folder / f"worker-{rank}.log" for rank in range(count)]
        self._workers = [
            self._start(command, rank, os.environ | shared | {"RANK": str(rank), "LOCAL_RANK": str(rank)})
            for rank in range(count)
        ]

    def wait(self) -> tuple[int, bool]:
        """Wait until all have ended; returns the exit status and whether one was lost."""
        before: dict[int, Any] = {}
        for number in (signal.SIGINT, signal.SIGTERM):
            with contextlib.suppress(ValueError):
                before[int(number)] = signal.signal(number, self._pass_on)
        try:
            while any(one.poll() is None for one in self._workers):
                if any(one.poll() for one in self._workers):
                    self._end()
                    break
                time.sleep(_LOOK_S)
        finally:
            self._end() if any(one.poll() is None for one in self._workers) else None
            for restored, handler in before.items():
                signal.signal(restored, handler)
        return self._verdict([one.wait() for one in self._workers])

    def _start(
        self, command: Sequence[str], rank: int, environment: dict[str, str]
    ) -> subprocess.Popen[bytes]:
        """The first worker speaks for all; what others say is kept in a file."""
        if rank == 0:
            return subprocess.Popen(command, env=environment)
        with self._logs[rank].open("wb") as log:
            return subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=log)

    def _pass_on(self, number: int, frame: FrameType | None) -> None:
        self._stopping = number
        for one in self._workers:
            if one.poll() is None:
                one.send_signal(number)

    def _end(self) -> None:
        """End those that run on, gently first."""
        until_s = time.monotonic() + _GRACE_S
        while time.monotonic() < until_s and any(one.poll() is None for one in self._workers):
            time.sleep(_LOOK_S)
        for rank, one in enumerate(self._workers):
            if one.poll() is None:
                one.kill()
                self._ended.add(rank)

    def _verdict(self, statuses: list[int]) -> tuple[int, bool]:
        if not any(statuses):
            return 0, False
        if self._stopping:
            return 128 + self._stopping, False
        if any(status < 0 and rank not in self._ended for rank, status in enumerate(statuses)):
            return 1, True
        if statuses[0] <= 0:  # only another one has said why
            rank = next(rank for rank, status in enumerate(statuses) if status > 0)
            sys.stderr.write(self._logs[rank].read_text("utf-8", "replace"))
        return max(statuses), False
