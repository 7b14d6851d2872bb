"""Threads of linear algebra: one for small matrices, and those of large ones sleep while they wait."""

from __future__ import annotations

import os

_VARIABLES = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")


def one_thread() -> None:
    """Ask for one thread, where nobody asked for another number; call it before numpy is imported."""
    for name in _VARIABLES:
        os.environ.setdefault(name, "1")


def waiting_threads() -> None:
    """Let threads of a processor's team sleep while they wait; call it before torch is imported.

    By default they spin, and beside one other busy process a step takes several times as long.
    """
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
