"""Ctrl-C and SIGTERM: both end a command in the same orderly way."""

from __future__ import annotations

import signal
import time
from types import FrameType, TracebackType
from typing import Any

# A signal so soon after the first is the same wish (timeout(1) sends two): it must not stop the clearing up.
SAME_WISH_S = 1.0
# How often it is seen whether an import has ended: within one, an exception would get lost.
RETRY_S = 0.01
_IMPORT = "<frozen importlib._bootstrap>"


class Signals:
    """Raise KeyboardInterrupt for signals in a ``with`` block, for those during an import right after it.

    Parameters
    ----------
    heard
        gets the number of each signal
    """

    def __init__(self, heard: list[int]) -> None:
        self._heard = heard
        self._raised_s = float("-inf")
        self._before: dict[int, Any] = {}

    def __enter__(self) -> Signals:
        usual = {signal.SIGINT: signal.default_int_handler, signal.SIGTERM: signal.SIG_DFL}
        for number, handler in usual.items():
            if signal.getsignal(number) is handler:  # what the caller ignores stays ignored
                try:
                    self._before[number] = signal.signal(number, self._hear)
                except ValueError:  # not in the main thread
                    return self
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if not self._heard:
            for number, handler in self._before.items():
                signal.signal(number, handler)

    def _hear(self, number: int, frame: FrameType | None) -> None:
        self._heard.append(number)
        self._interrupt(number, frame)

    def _interrupt(self, _: int, frame: FrameType | None) -> None:
        now = time.monotonic()
        if now - self._raised_s < SAME_WISH_S:
            return
        if _imports(frame):
            signal.signal(signal.SIGALRM, self._interrupt)
            signal.setitimer(signal.ITIMER_REAL, RETRY_S)
            return
        self._raised_s = now
        raise KeyboardInterrupt


def _imports(frame: FrameType | None) -> bool:
    """Whether a frame, or one that called it, is importing a module."""
    while frame is not None:
        if frame.f_code.co_filename == _IMPORT:
            return True
        frame = frame.f_back
    return False
