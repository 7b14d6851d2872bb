"""Ctrl-C and SIGTERM while training: the step is finished and saved first; a second wish ends it at once."""

from __future__ import annotations

import signal
import time
from types import FrameType, TracebackType
from typing import Any

# A signal so soon after the first is the same wish: timeout(1) and terminals send several.
_SAME_WISH_S = 1.0


class Stop:
    """Remembers in a ``with`` block that somebody wants to stop; `heard` is the number of the signal or 0."""

    def __init__(self) -> None:
        self.heard = 0
        self._at_s = 0.0
        self._before: dict[int, Any] = {}

    def __enter__(self) -> Stop:
        for number in (signal.SIGINT, signal.SIGTERM):
            if signal.getsignal(number) is not signal.SIG_IGN:
                try:
                    self._before[number] = signal.signal(number, self._hear)
                except ValueError:  # not in the main thread, as in a worker of Ray
                    return self
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _hear(self, number: int, frame: FrameType | None) -> None:
        now_s = time.monotonic()
        if self.heard and now_s - self._at_s > _SAME_WISH_S:
            raise KeyboardInterrupt
        self.heard, self._at_s = number, now_s if not self.heard else self._at_s
