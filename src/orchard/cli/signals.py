"""Ctrl-C and SIGTERM: both end a command in the same orderly way."""

from __future__ import annotations

import signal
import time
from types import FrameType, TracebackType
from typing import Any

# A signal so soon after the first is the same wish (timeout(1) sends two): it must not stop the clearing up.
SAME_WISH_S = 1.0


class Signals:
    """Note signals in a ``with`` block, and raise KeyboardInterrupt for them once told to obey.

    Parameters
    ----------
    heard
        gets the number of each signal
    """

    def __init__(self, heard: list[int]) -> None:
        self._heard = heard
        self._obeys = False
        self._last_s = float("-inf")
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

    def obey(self) -> None:
        """Raise for what was heard, and from now on at once."""
        self._obeys = True
        if self._heard:
            self._last_s = time.monotonic()
            raise KeyboardInterrupt

    def _hear(self, number: int, frame: FrameType | None) -> None:
        now, last = time.monotonic(), self._last_s
        self._heard.append(number)
        if self._obeys and now - last > SAME_WISH_S:
            self._last_s = now
            raise KeyboardInterrupt
