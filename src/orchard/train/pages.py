"""Memory that is freed stays with the process, so that the next step does not fetch it page by page.

A step allocates and frees hundreds of megabytes. glibc gives blocks of more than 128 KiB back to the
system at once (mallopt(3), M_MMAP_THRESHOLD), and the kernel clears each page again when it is touched:
an eighth of the time of a step of a small model.
"""

from __future__ import annotations

import ctypes
import sys

# Parameters of mallopt(3), from malloc.h of glibc.
_TRIM_THRESHOLD, _MMAP_MAX = -1, -4
_NEVER = 2**31 - 1


def keep_pages() -> bool:
    """Ask the allocator to keep what is freed; false where it cannot be asked: not glibc."""
    if not sys.platform.startswith("linux"):
        return False
    ask = getattr(ctypes.CDLL(None), "mallopt", None)
    return ask is not None and bool(ask(_MMAP_MAX, 0)) and bool(ask(_TRIM_THRESHOLD, _NEVER))
