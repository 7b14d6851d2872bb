"""Small drawings inside the text: how likely a claim is, and its interval against the target.

They are plain SVG: dozens on one page must not cost what dozens of interactive charts cost. All
x are shares of the width in percent, so that a drawing follows its column without distorting text.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, NamedTuple

from markupsafe import Markup

from orchard.report.target import Target, coordinate, read_target
from orchard.report.values import percent, show_points, show_value

_DOTS = 20
_COLUMNS = 10
_PITCH = 12.0
_RADIUS = 4.4
_ROOM = 0.42  # of the spread, left free on each side for the labels of p10 and p90
_LETTER, _BESIDE = 2.3, 2.5  # percent of a narrow drawing that a letter takes, and a label's distance
_CLOSE = 1.1  # percent of a wide drawing between the band and its label: a line there crosses nothing
_LOG_FROM = 30.0  # ratio of the ends beyond which the axis turns logarithmic


def gauge(probability: float | None, name: str) -> Markup:
    """Twenty dots, one for each 5 % of the simulated futures; filled where the claim holds."""
    label = "unknown" if probability is None else f"holds in {percent(probability)} of the futures"
    share = -1.0 if probability is None else probability
    dots = Markup("").join(_dot(index, share * _DOTS - index) for index in range(_DOTS))
    width, height = _COLUMNS * _PITCH, _DOTS // _COLUMNS * _PITCH
    return Markup(
        '<svg class="gauge {}" viewBox="0 0 {:g} {:g}" width="{:g}" height="{:g}" role="img"'
        ' aria-label="{}">{}</svg>'
    ).format(name, width, height, width, height, label, dots)


def _dot(index: int, filled: float) -> Markup:
    x = (index % _COLUMNS + 0.5) * _PITCH
    y = (index // _COLUMNS + 0.5) * _PITCH
    ring = Markup('<circle class="rest" cx="{:g}" cy="{:g}" r="{:g}"/>').format(x, y, _RADIUS)
    if filled <= 0.02:
        return ring
    if filled >= 0.98:
        return Markup('<circle class="fill" cx="{:g}" cy="{:g}" r="{:g}"/>').format(x, y, _RADIUS)
    cut = (2 * filled - 1) * _RADIUS
    half = math.sqrt(_RADIUS**2 - cut**2)
    return ring + Markup('<path class="fill" d="M{:.2f} {:.2f}A{r} {r} 0 {} 0 {:.2f} {:.2f}Z"/>').format(
        x + cut, y - half, int(filled > 0.5), x + cut, y + half, r=_RADIUS
    )


class _Axis(NamedTuple):
    """Maps a coordinate to percent of the width."""

    first: float
    last: float
    log: bool

    def __call__(self, value: float) -> float:
        first, last = self.first, self.last
        if self.log:
            first, last, value = math.log(first), math.log(last), math.log(max(value, self.first))
        return min(100.0, max(0.0, 100.0 * (value - first) / (last - first)))


def interval(claim: Mapping[str, Any], horizon_end: str, name: str) -> Markup:
    """Draw p10, median and p90 of a claim against its target; nothing where there is no number."""
    unit = str(claim.get("unit") or "1")
    points = [coordinate(claim.get(key), unit) for key in ("p10", "p50", "p90")]
    target = read_target(claim)
    if points[0] is None and (unit != "date" or target is None):
        return Markup("")
    axis = _axis(points, target, coordinate(horizon_end, "date") if unit == "date" else None)
    parts = [_zone(axis, target), Markup('<line class="axis" x1="0" x2="100%" y1="34" y2="34"/>')]
    parts += [*_band(axis, claim, points, unit, target), *_target(axis, target)]
    parts.sort(key=lambda part: part.startswith("<text"))  # words lie above lines
    return Markup(
        '<svg class="interval {}" width="100%" height="66" role="img" aria-label="{}">{}</svg>'
    ).format(name, describe(claim, target), Markup("").join(parts))


def describe(claim: Mapping[str, Any], target: Target | None) -> str:
    """Say in words what the drawing shows, for those who cannot see it."""
    unit = str(claim.get("unit") or "1")
    low, mid, high = (show_value(claim.get(key), unit) for key in ("p10", "p50", "p90"))
    text = f"median {mid}, 80 % interval from {low} to {high}"
    return f"{text}, target {target.label}" if target else text


def _axis(points: list[float | None], target: Target | None, end: float | None) -> _Axis:
    known = [point for point in points if point is not None]
    ends = [end for end in (target.low, target.high) if end is not None] if target else []
    if end is not None and None in points:
        known.append(end)
    first, last = min(known + ends), max(known + ends)
    if first > 0 and last / first > _LOG_FROM:
        room = (last / first) ** _ROOM
        return _Axis(first / room, last * room, True)
    room = (last - first) * _ROOM or abs(last) * 0.05 or 1.0
    return _Axis(first - room, last + room, False)


def _zone(axis: _Axis, target: Target | None) -> Markup:
    if target is None:
        return Markup("")
    first = 0.0 if target.low is None else axis(target.low)
    last = 100.0 if target.high is None else axis(target.high)
    return Markup('<rect class="zone" x="{:.2f}%" width="{:.2f}%" y="16" height="36"/>').format(
        first, max(last - first, 0.0)
    )


def _target(axis: _Axis, target: Target | None) -> list[Markup]:
    if target is None:
        return []
    xs = [axis(end) for end in (target.low, target.high) if end is not None]
    line = Markup('<line class="target" x1="{0:.2f}%" x2="{0:.2f}%" y1="14" y2="54"/>')
    middle = sum(xs) / len(xs)
    anchor = "start" if middle < 30 else "end" if middle > 70 else "middle"
    return [*(line.format(x) for x in xs), _text(middle, 64, f"target {target.label}", "wanted", anchor)]


def _ends(texts: list[str], first: float, last: float, axis: _Axis, target: Target | None) -> list[Markup]:
    """Values of p10 and p90 beside the band; above its ends where a line of the target would cross them."""
    parts = []
    for text, x, side in ((texts[0], first, -1), (texts[2], last, 1)):
        ends = [axis(end) for end in (target.low, target.high) if end is not None] if target else []
        size = _LETTER * len(text) + _BESIDE
        if any(_CLOSE < side * (end - x) <= size for end in ends) and last - first > 2 * size:
            parts.append(_text(x, 25, text, "end", "start" if side < 0 else "end"))
        else:
            parts.append(_text(x, 38, text, "end", "end" if side < 0 else "start", dx=6 * side))
    return parts


def _band(
    axis: _Axis, claim: Mapping[str, Any], points: list[float | None], unit: str, target: Target | None
) -> list[Markup]:
    low, mid, high = points
    texts = show_points([claim.get(key) for key in ("p10", "p50", "p90")], unit)
    if low is None:
        return [_text(97.0, 30, "not within the horizon", "end", "end", dx=-4)]
    first, last = axis(low), 97.0 if high is None else axis(high)
    parts = [
        Markup('<rect class="band" x="{:.2f}%" width="{:.2f}%" y="28" height="12" rx="2"/>').format(
            first, max(last - first, 0.4)
        )
    ]
    if low != high and high is not None:
        parts += _ends(texts, first, last, axis, target)
    elif high is None:
        parts.append(_text(first, 38, texts[0], "end", "end", dx=-6))
        parts.append(_text(last, 24, "never", "end", "end"))
    if mid is not None:
        x = axis(mid)
        parts.append(Markup('<line class="median" x1="{0:.2f}%" x2="{0:.2f}%" y1="24" y2="44"/>').format(x))
        parts.append(_text(x, 11, texts[1], "mid", "start" if x < 10 else "end" if x > 90 else "middle"))
    return parts


def _text(x: float, y: float, text: str, name: str, anchor: str, dx: float = 0.0) -> Markup:
    return Markup('<text class="{}" x="{:.2f}%" y="{:g}" dx="{:g}" text-anchor="{}">{}</text>').format(
        name, x, y, dx, anchor, text.replace(" ", "\u00a0")
    )
