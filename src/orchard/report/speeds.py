"""How fast runs train: the layout found or given with its step, or the utilisation that was given."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rich.text import Text

from orchard.report.signs import DIM, Signs
from orchard.report.values import percent
from orchard.units import factor

_RUNS = 3  # shown in the terminal
_LABEL = "training  "
_UNCUT = "no cuts"

Row = Mapping[str, Any]


def runs_with_speed(result: Mapping[str, Any]) -> list[Row]:
    """Runs of which something is said of their speed."""
    return [run for run in result.get("runs") or () if run.get("speed")]


def speed_lines(result: Mapping[str, Any], width: int, signs: Signs) -> Iterator[Text]:
    """Lines for each run, of three at most; what does not fit on one goes on below."""
    runs = runs_with_speed(result)
    names = max((len(str(run["model"])) for run in runs[:_RUNS]), default=0)
    room = width - len(_LABEL) - names - 2
    for index, run in enumerate(runs[:_RUNS]):
        label, name = (_LABEL, str(run["model"])) if index == 0 else ("", str(run["model"]))
        for line in _packed(_said(run["speed"]), f" {signs.dot} ", room):
            yield Text.assemble((label.ljust(len(_LABEL)), DIM), name.ljust(names), "  ", line)
            label, name = "", ""
    if len(runs) > _RUNS:
        yield Text(" " * len(_LABEL) + f"{signs.cut} and {len(runs) - _RUNS} more", DIM)


def _packed(parts: Sequence[str], between: str, room: int) -> list[str]:
    """Parts on as few lines as hold them.

    >>> _packed(["one", "two", "three"], ", ", 8)
    ['one, two', 'three']
    """
    lines = [parts[0]]
    for part in parts[1:]:
        joined = lines[-1] + between + part
        lines[-1:] = [joined] if len(joined) <= room else [lines[-1], part]
    return lines


def _said(speed: Row) -> list[str]:
    """What the terminal says of a speed, in parts."""
    if speed["basis"] == "none":
        return [str(speed["reason"])]
    if speed["basis"] == "given":
        return [f"utilisation given: {_shares(speed['utilisation'])}, {speed['precision']}"]
    if speed["basis"] == "host":
        return [
            f"{_points(speed['tokens_per_s'])} tokens/s",
            f"step {_points(speed['step_s'])} s",
            f"{_held(speed['memory_bytes'])} held",
            f"{speed['threads']} threads of this machine{', as a language model' if speed['alike'] else ''}",
        ]
    return [
        f"{_speed(speed)} tokens/s/chip, MFU {percent(speed['utilisation'])}",
        _layout(speed["layout"]),
        f"step {_seconds(speed)}",
        f"{_memory(speed)}",
        f"{speed['chips']:,} {speed['chip']}",
    ]


def speed_rows(result: Mapping[str, Any]) -> list[list[str]]:
    """Rows of the page: model, basis, gang, layout, tokens a second and chip, MFU, step, memory."""
    return [[str(run.get("title") or run["model"]), *_cells(run["speed"])] for run in runs_with_speed(result)]


def _cells(speed: Row) -> list[str]:
    if speed["basis"] == "none":
        return [f"none: {speed['reason']}", *[""] * 6]
    if speed["basis"] == "given":
        basis = f"utilisation given ({speed['precision']}): {speed['why']}"
        return [basis, "", "", "", _shares(speed["utilisation"]), "", ""]
    if speed["basis"] == "host":
        basis = f"step model of {speed['machine']}, measured on {speed['measured']}"
        basis += "; of a language model of its shape" if speed["alike"] else ""
        gang = (
            f"{speed['threads']} threads, {speed['precision']}, {speed['tokens_per_step']:,.0f} tokens a step"
        )
        shares, seconds = _shares(speed["utilisation"]), f"{_points(speed['step_s'])} s"
        each = f"{_points([one / speed['threads'] for one in speed['tokens_per_s']])}"
        return [basis, gang, "", each, shares, seconds, _held(speed["memory_bytes"])]
    basis = f"layout searched, {speed['tried']:,} tried" if speed["searched"] else "layout given"
    notes = [basis, speed["stack"] or "stack not stated"]
    notes += ["natural routing"] if speed["natural_routing"] else []
    notes += [_other(other) for other in speed["others"]]
    gang = f"{speed['chips']:,} {speed['chip']}, {speed['precision']}, batch of {speed['sequences']:,}"
    layout = _layout(speed["layout"])
    shares = f"{percent(speed['utilisation'])}"
    return ["; ".join(notes), gang, layout, _speed(speed), shares, _seconds(speed), _memory(speed)]


def _other(other: Row) -> str:
    if "reason" in other:
        return f"{other['chip']} cannot: {other['reason']}"
    return f"{other['chip']} {other['tokens_per_s_per_chip']:.3g} tokens/s/chip"


def _layout(layout: Mapping[str, Any]) -> str:
    """``tp 2 pp 16, microbatch 1, optimiser shared out, none recomputed``."""
    words = {"micro_batch", "shard", "recompute"}
    cuts = " ".join(f"{name} {ways}" for name, ways in layout.items() if name not in words) or _UNCUT
    again = layout["recompute"]
    recomputed = "nothing recomputed" if again == "none" else f"{again} recomputation"
    return f"{cuts}, microbatch {layout['micro_batch']}, {layout['shard']} sharded, {recomputed}"


def _speed(speed: Row) -> str:
    return _points(speed["tokens_per_s_per_chip"])


def _points(points: Sequence[float]) -> str:
    """A middle with its interval: ``12,300 (11,000 to 14,000)``."""
    low, middle, high = (f"{value:,.3g}" if value < 1e3 else f"{value:,.0f}" for value in points)
    return f"{middle} ({low} to {high})"


def _held(points: Sequence[float]) -> str:
    """Memory of a process with its interval."""
    return f"{_points([one / factor('GiB') for one in points])} GiB"


def _shares(points: Sequence[float]) -> str:
    low, middle, high = map(percent, points)
    return middle if low == high else f"{middle} ({low} to {high})"


def _seconds(speed: Row) -> str:
    return f"{speed['step_s']:.3g} s"


def _memory(speed: Row) -> str:
    gib = factor("GiB")
    return f"{speed['memory_bytes'] / gib:.3g} of {speed['room_bytes'] / gib:.3g} GiB"
