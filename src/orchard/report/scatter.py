"""Points drawn with letters, for a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

WIDTH, HEIGHT = 64, 12
_MARK = "*"


class Point(NamedTuple):
    """One point."""

    x: float
    y: float


def scatter(
    points: Sequence[Point], x_range: tuple[float, float], x_title: str, y_title: str
) -> Iterator[str]:
    """Lines of a drawing: y from 0 to the highest point, x over its range.

    >>> lines = list(scatter([Point(1, 50), Point(4, 100)], (0, 4), "GiB", "tokens/s"))
    >>> lines[0], lines[1].index("*") - lines[6].index("*")
    ('tokens/s', 47)
    """
    most = max(point.y for point in points)
    low, high = x_range
    grid = [[" "] * WIDTH for _ in range(HEIGHT)]
    for point in points:
        column = round((point.x - low) / (high - low) * (WIDTH - 1))
        row = HEIGHT - 1 - round(point.y / most * (HEIGHT - 1))
        grid[row][min(max(column, 0), WIDTH - 1)] = _MARK
    yield y_title
    for place, cells in enumerate(grid):
        label = f"{most:,.0f}" if place == 0 else "0" if place == HEIGHT - 1 else ""
        yield f"{label:>9} |{''.join(cells)}".rstrip()
    yield f"{'':>9} +{'-' * WIDTH}"
    ends = f"{low:,.0f}", f"{high:,.0f} {x_title}"
    yield f"{'':>11}{ends[0]}{ends[1]:>{WIDTH - len(ends[0])}}"
