"""Where blocks of samples are worked out: in this process, or on a Ray cluster."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from orchard.plan.engine import Engine


@contextmanager
def engine_of(name: Literal["local", "ray"]) -> Iterator[Engine | None]:
    """The engine that an option names, for as long as it is used; None is this process.

    Raises
    ------
    LimitError
        Ray is not installed, or its cluster cannot be reached
    """
    if name == "local":
        yield None
        return
    from orchard.plan.cluster import Cluster

    with Cluster() as cluster:
        yield cluster
