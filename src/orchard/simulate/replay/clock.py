"""Times as people and schedulers write them, and what is wrong with a clock.

A clock that steps back by two hours or less (summer time, a correction) leaves an order that can be mended by
sorting. One that steps back further was set, and nobody knows which side is right: such a trace is refused. A
long silence is told, for failures that nobody wrote down look like none.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from orchard import units
from orchard.errors import Finding, OrchardError
from orchard.simulate.replay.rows import listed, told

HOUR_S, DAY_S = units.factor("h"), units.factor("d")
_STEP_S = 2 * HOUR_S
_SILENCE_S = 7 * DAY_S
_SILENCES = 20.0  # times the usual time between rows, from which a gap is told
LONGEST_S = 10 * 366 * DAY_S
_ELAPSED = re.compile(r"(?:(\d+)-)?(?:(\d+):)?(\d+):(\d+(?:\.\d+)?)")


def moment(text: str) -> float | None:
    """Seconds since 1970 of an ISO time, or seconds as they are; None for anything else.

    >>> moment("2025-03-01T12:00:00"), moment("2025-03-01 12:00:00+02:00"), moment("90.5"), moment("soon")
    (1740830400.0, 1740823200.0, 90.5, None)
    """
    try:
        found = float(text)
    except ValueError:
        try:
            read = datetime.fromisoformat(text)
        except ValueError:
            return None
        try:
            return (read if read.tzinfo else read.replace(tzinfo=UTC)).timestamp()
        except (OverflowError, OSError):
            return None
    return found if np.isfinite(found) else None


def span(text: str) -> float | None:
    """Seconds of ``D-HH:MM:SS``, ``MM:SS``, or of seconds as they are; None for anything else.

    >>> span("1-02:00:00"), span("10:30"), span("90"), span("-5")
    (93600.0, 630.0, 90.0, None)
    """
    match = _ELAPSED.fullmatch(text)
    if match:
        days, hours, minutes, seconds = (float(part or 0) for part in match.groups())
        return days * DAY_S + hours * HOUR_S + minutes * 60.0 + seconds
    try:
        found = float(text)
    except ValueError:
        return None
    return found if np.isfinite(found) and found >= 0.0 else None


def in_order(path: Path, lines: Sequence[int], times_s: Sequence[float]) -> tuple[list[int], list[Finding]]:
    """Places of rows in the order of time, and what was noticed about the clock.

    Raises
    ------
    OrchardError
        O866: a clock that was set back, or a trace of more than ten years
    """
    times = np.asarray(times_s)
    steps = np.diff(times)
    noticed = []
    back = np.flatnonzero(steps < -_STEP_S)
    if len(back):
        where = [lines[place + 1] for place in back.tolist()]
        hours = -float(steps[back].min()) / HOUR_S
        found = f"{listed(where)}: the clock steps back, by up to {hours:,.1f} h"
        hint = "sort the rows where they are merely out of order; cut the trace where the clock was set"
        raise OrchardError(Finding("O866", f"{path}:{where[0]}", "", found, "times that rise", hint))
    if float(times.max() - times.min()) > LONGEST_S:
        far = [lines[int(times.argmin())], lines[int(times.argmax())]]
        found = f"{listed(sorted(far))}: more than ten years apart"
        raise OrchardError(Finding("O866", f"{path}:{min(far)}", "", found, "a trace of at most ten years"))
    small = np.flatnonzero(steps < 0.0)
    if len(small):
        where = [lines[place + 1] for place in small.tolist()]
        noticed.append(told(path, where, "earlier than the row before", "sorted"))
    order = np.argsort(times, kind="stable")
    gaps = np.diff(times[order])
    usual = float(np.median(gaps)) if len(gaps) else 0.0
    silent = np.flatnonzero(gaps > max(_SILENCE_S, _SILENCES * usual))
    for place in silent.tolist():
        days = gaps[place] / DAY_S
        said = f"{days:,.0f} days of silence before it"
        noticed.append(told(path, [lines[order[place + 1]]], said, "kept"))
    return [int(place) for place in order], noticed
