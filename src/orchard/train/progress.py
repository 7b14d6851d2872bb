"""What a person sees of a run while it lasts."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import NamedTuple, TextIO

# How often a line is printed where nobody watches a terminal, and how often one is refreshed where they do.
_LINE_S = 30.0
_REFRESH_S = 0.25


class Report(NamedTuple):
    """State of a run after a step.

    `loss` is the mean of recent steps in nats a term, `judged` the newest held-out figures; `peak_share`
    the share of the measured peak of matrix products; `left_s` and `predicted_s` the time that is left as
    measured and as it was predicted (None where nothing was predicted).
    """

    stage: str
    step: int
    steps: int
    loss: float
    judged: dict[str, float]
    unit: str
    units_per_s: float
    peak_share: float
    left_s: float
    predicted_s: float | None
    skipped: int
    note: str = ""


Progress = Callable[[Report], None]


def silent(report: Report) -> None:
    """Show nothing."""


class Line:
    """Shows reports on a stream: one line written anew on a terminal, a line now and then elsewhere."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stderr
        self._live = self._stream.isatty()
        self._next_s = 0.0
        self._width = 0

    def __call__(self, report: Report) -> None:
        """Show a report, if it is time to, if it is the last, or if it has something to say."""
        now_s = time.monotonic()
        last = report.step == report.steps
        if not (last or report.note or now_s >= self._next_s):
            return
        self._next_s = now_s + (_REFRESH_S if self._live else _LINE_S)
        text = sentence(report)
        if self._live and not (last or report.note):
            self._stream.write("\r" + text.ljust(self._width))
            self._width = len(text)
        else:
            self._stream.write("\r" * self._live + text.ljust(self._width) + "\n")
            self._width = 0
        self._stream.flush()


def sentence(report: Report) -> str:
    """A report in one line.

    >>> judged = {"bits_per_byte": 1.934}
    >>> report = Report("pretraining", 400, 4883, 4.12, judged, "tokens", 5230.0, 0.573, 5460.0, 5200.0, 1)
    >>> for part in sentence(report).split("  "):
    ...     print(part)
    pretraining 400/4883
    loss 4.120
    bits_per_byte 1.934
    5,230 tokens/s
    57 % of peak
    1 h 31 min left (1 h 26 min predicted)
    1 step skipped
    """
    parts = [f"{report.stage} {report.step}/{report.steps}", f"loss {report.loss:.3f}"]
    parts += [f"{name} {value:.3f}" for name, value in list(report.judged.items())[:1]]
    parts += [f"{report.units_per_s:,.0f} {report.unit}/s", f"{100 * report.peak_share:.0f} % of peak"]
    left = f"{span(report.left_s)} left"
    parts.append(left if report.predicted_s is None else f"{left} ({span(report.predicted_s)} predicted)")
    if report.skipped:
        parts.append(f"{report.skipped} step{'s' * (report.skipped > 1)} skipped")
    return "  ".join([*parts, *([report.note] if report.note else [])])


def span(time_s: float) -> str:
    """A span of time in at most two units.

    >>> span(8.2), span(95), span(5460), span(200_000)
    ('8 s', '1 min 35 s', '1 h 31 min', '2 d 7 h')
    """
    rest = round(time_s)
    for size, name, smaller, small in ((86400, "d", 3600, "h"), (3600, "h", 60, "min"), (60, "min", 1, "s")):
        if rest >= size:
            return f"{rest // size} {name} {rest % size // smaller} {small}"
    return f"{rest} s"
