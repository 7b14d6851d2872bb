"""One thread for the linear algebra of small matrices: more of them only wait for each other."""

from __future__ import annotations

import os

_VARIABLES = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")


def one_thread() -> None:
    """Ask for one thread, where nobody asked for another number; call it before numpy is imported."""
    for name in _VARIABLES:
        os.environ.setdefault(name, "1")
