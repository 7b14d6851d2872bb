"""Who gets the compute: what a pool of it frees, and the order of the runs that wait for it."""

from __future__ import annotations

from orchard.lab.pool import Pooling, pooling
from orchard.lab.queue import Directive, Run, order, priorities

__all__ = ["Directive", "Pooling", "Run", "order", "pooling", "priorities"]
