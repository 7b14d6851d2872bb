"""Blocks of samples on a Ray cluster: the same answer as in one process, bit for bit.

The programme and the catalogue travel once; every process of the cluster makes them ready once. A block is a
task that is tried again when its machine is lost, so that a cluster that shrinks costs time and no sample.
"""

from __future__ import annotations

import os
import signal
import socket
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

from orchard.errors import Finding, LimitError
from orchard.plan.engine import Task, work_on
from orchard.plan.outlook import Outlook
from orchard.plan.scene import Setup

T = TypeVar("T")

TRIES = 10
"""How often the machine under a block may be lost before the plan gives up."""

_PATIENCE_S = 10.0
_WINDOW = 2  # tasks under way for each processor
_SILENT = {"RAY_USAGE_STATS_ENABLED": "0", "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0"}
_PLANS = 8  # of a sweep side by side, and kept ready in every process
_ready: dict[str, Setup] = {}


class Cluster:
    """A Ray cluster: the one that RAY_ADDRESS names, or else one on this machine for as long as it is used.

    Raises
    ------
    LimitError
        O515: Ray is not installed; O516: the cluster cannot be reached
    """

    def __init__(self) -> None:
        for name, value in _SILENT.items():
            os.environ.setdefault(name, value)
        try:
            import ray
        except ImportError:
            wanted, hint = "Ray", "pip install 'orchard[ray]'"
            raise LimitError(Finding("O515", "", "--engine ray", "not installed", wanted, hint)) from None
        self._ray: Any = ray
        self._mine = not ray.is_initialized()
        if self._mine:
            _connect(ray)

    @property
    def at_once(self) -> int:
        """Plans of a sweep under way together: as many as a cluster has processors, up to eight."""
        return min(self._processors(), _PLANS)

    def __enter__(self) -> Cluster:
        return self

    def __exit__(self, *_: object) -> None:
        if self._mine:
            self._ray.shutdown()

    def map(self, setup: Setup, work: Callable[[Outlook], T], tasks: Sequence[Task]) -> Iterator[T]:
        """Do `work` on the outlook of every task; results in the order of tasks.

        `work` travels too: a function of a module, or a partial of one.

        Raises
        ------
        LimitError
            O517: machines were lost under one block again and again
        """
        shared = self._ray.put((setup.programme, setup.catalogue))
        begin: Any = self._ray.remote(num_cpus=1, max_retries=TRIES)(_block)
        most = _WINDOW * self._processors()
        waiting, running = iter(tasks), deque[tuple[Task, Any]]()
        while True:
            while len(running) < most and (task := next(waiting, None)) is not None:
                running.append((task, begin.remote([shared], shared.hex(), work, task)))
            if not running:
                return
            yield self._result(*running.popleft())

    def _processors(self) -> int:
        return max(int(self._ray.cluster_resources().get("CPU", 1)), 1)

    def _result(self, task: Task, reference: Any) -> Any:
        try:
            return self._ray.get(reference)
        except self._ray.exceptions.RayTaskError as error:
            raise error.as_instanceof_cause() from None
        except self._ray.exceptions.RayError as error:
            found = f"block {task.block}: {str(error).splitlines()[0][:200]}"
            wanted = f"machines that last; each block was tried {TRIES + 1} times"
            raise LimitError(Finding("O517", "", "--engine ray", found, wanted)) from None


def _connect(ray: Any) -> None:
    """Join the cluster that is named, or start one here, without a dashboard and without a word."""
    named = os.environ.get("RAY_ADDRESS", "")
    options = {} if named else {"include_dashboard": False, "num_cpus": os.cpu_count() or 1}
    heard = signal.getsignal(signal.SIGTERM)
    try:
        _knock(named)
        ray.init(log_to_driver=False, logging_level="ERROR", **options)
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGTERM, heard)  # Ray has put its own in the place of the command's
    except (ConnectionError, OSError, ValueError, RuntimeError) as error:
        why = (str(error).splitlines() or ["no answer"])[0][:200]
        found = f"{named or 'a cluster on this machine'}: {why}"
        wanted = "a cluster that answers"
        raise LimitError(Finding("O516", "", "RAY_ADDRESS", found, wanted, "ray start --head")) from None


def _knock(address: str) -> None:
    """Find out within seconds whether anybody is there; Ray itself takes minutes.

    Raises
    ------
    OSError
        nobody answers at host:port
    """
    host, _, port = address.removeprefix("ray://").rpartition(":")
    if host and port.isdigit():
        socket.create_connection((host.strip("[]"), int(port)), timeout=_PATIENCE_S).close()


def _block(shared: list[Any], key: str, work: Callable[[Outlook], T], task: Task) -> T:
    """One block, on a machine of the cluster; what it needs is made ready once in a process."""
    import ray

    if key not in _ready:
        programme, catalogue = ray.get(shared[0])
        if len(_ready) >= _PLANS:
            _ready.pop(next(iter(_ready)))
        _ready[key] = Setup.of(programme, catalogue)
    return work_on(_ready[key], work, task)
