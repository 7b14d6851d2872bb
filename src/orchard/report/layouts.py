"""The answer of a search over layouts in the terminal: the best, why others lose, speed against memory."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from orchard.report.scatter import Point, scatter
from orchard.report.table import block

Entry = Mapping[str, Any]

# Parts of the step and of the memory: key in the answer -> head of the column.
_STEP = {
    "compute": "compute", "tensor": "tensor", "context": "context", "expert": "expert",
    "point_to_point": "stages", "data": "data", "bubble": "bubble", "optimiser": "optimiser",
    "other": "other",
}  # fmt: skip
_WORK = ("matmul", "attention", "memory", "routing", "host")
_MEMORY = ("weights", "gradients", "optimiser", "activations", "buffers")
_CUT = ("tp", "pp", "cp", "vp", "ep", "etp")
_SIZES = (*_CUT, "micro_batch", "recompute", "shard")
# What a stack that is not known is taken as.
_TAKEN = {"generic": "taken as Megatron-Core"}
# Values of a choice that are printed; the others are in the JSON.
_SHOWN_VALUES = 5
# Points of the front that are listed; all of them are drawn.
_SHOWN_POINTS = 8


def describe_layouts(answer: Entry) -> Iterator[str]:
    """Lines that say what :func:`orchard.estimate.training.layouts.answer.layouts` found."""
    best = answer["best"]
    yield from _head(answer)
    yield from block("best layouts, by tokens a second and chip", _best(best), left=(15, 16))
    rows = _parts(best, "breakdown_s", _STEP, "step_time_s", "step")
    yield from block("where the step goes, in seconds", rows)
    yield from block("of which compute", _parts(best, "compute_s", {name: name for name in _WORK}))
    rows = _parts(best, "parts_gib", {name: name for name in _MEMORY}, "memory_gib", "all")
    yield from block("memory of the fullest chip, in GiB", rows)
    title = "why others lose: the best layout with another value of one choice"
    yield from block(title, _rivals(answer["rivals"]), left=(0, 1, 3, 4, 5))
    yield from _tempting(answer)
    title = "the front of speed and memory: no layout beats these in both"
    yield from block(title, _front(answer["pareto"]), left=(9, 10))
    yield ""
    yield from _drawn(answer)
    for sentence in [*answer["advice"], *dict.fromkeys(one["note"] for one in best if one["note"])]:
        yield f"\nnote: {sentence}"


def _head(answer: Entry) -> Iterator[str]:
    stack = answer["stack"] or f"stack not stated: {_TAKEN.get(answer['family'], answer['family'])}"
    yield (
        f"{answer['model']} on {answer['n_gpus']:,} {answer['chip']} in {answer['dtype']}, "
        f"sequence {answer['seq_len']:,}, batch {answer['global_batch']:,}, {stack}"
    )
    room = answer["best"][0]["chip_gib"]
    yield (
        f"{answer['evaluated']:,} layouts tried, of which {answer['feasible']:,} fit into the {room:.3g} GiB "
        "of a chip"
    )


def _best(best: Sequence[Entry]) -> list[list[str]]:
    rows = [
        ["#", "tokens/s", "80 % interval", "MFU", "step", "GiB", "reserved", "power", *_CUT, "micro",
         "sharded", "recompute"]
    ]  # fmt: skip
    for place, one in enumerate(best, start=1):
        power = f"{one['power_w']:.0f} W" if one["power_w"] is not None else "?"
        speed = [_short(one["tokens_per_s_per_gpu"]), f"{_short(one['low'])} to {_short(one['high'])}"]
        use = [f"{one['mfu']:.1%}".replace("%", " %"), f"{_short(one['step_time_s'])} s"]
        memory = [_short(one["memory_gib"]), _short(one["reserved_gib"]), power]
        cut = [str(one[name]) for name in (*_CUT, "micro_batch")]
        rows.append([str(place), *speed, *use, *memory, *cut, sharded(one), one["recompute"]])
    return rows


def sharded(one: Entry) -> str:
    """What data parallelism shards.

    >>> sharded({"fsdp": 8, "options": "MTP; SHARD_GRAD_OP"}), sharded({"fsdp": 0, "options": "ZeRO-1"})
    ('FSDP 8, kept', 'ZeRO-1')
    """
    if one["fsdp"]:
        return f"FSDP {one['fsdp']}" + (", kept" if "SHARD_GRAD_OP" in one["options"] else "")
    return next((word for word in ("ZeRO-1", "ZeRO-2") if word in one["options"]), "nothing")


def _parts(
    best: Sequence[Entry], key: str, heads: Mapping[str, str], total: str = "", title: str = ""
) -> list[list[str]]:
    """A table of parts, layouts down; parts that are nowhere are left out."""
    shown = [name for name in heads if any(one[key][name] for one in best)]
    rows = [["#", *(heads[name] for name in shown), *([title] if total else [])]]
    for place, one in enumerate(best, start=1):
        sums = [_short(one[total])] if total else []
        rows.append([str(place), *(_short(one[key][name]) for name in shown), *sums])
    return rows


def _rivals(rivals: Sequence[Entry]) -> list[list[str]]:
    rows = [["choice", "value", "slower by", "loses in", "", "and has"]]
    best = {one["choice"]: one["value"] for one in rivals if one["chosen"]}
    for choice in dict.fromkeys(one["choice"] for one in rivals):
        values = [one for one in rivals if one["choice"] == choice]
        if len(values) > 1:
            shown = sorted(values, key=_distance)[:_SHOWN_VALUES]
            rows += [_rival(one, best) for one in values if one in shown]
            more = len(values) - len(shown)
            rows += [["", f"and {more} more", "", "", "", ""]] if more else []
    return rows


def _distance(one: Entry) -> tuple[bool, float]:
    """How far a value is from the best: what fits before what does not."""
    return not one["fits"], one["slower"] if one["fits"] else one["short_gib"]


def _rival(one: Entry, best: Mapping[str, Any]) -> list[str]:
    head = [one["choice"], str(one["value"])]
    if not one["fits"]:
        return [*head, "", "does not fit", f"{_short(one['short_gib'])} GiB short", ""]
    if one["chosen"]:
        return [*head, "", "the best", "", ""]
    cause = one["loses_in"]
    lost = f"{_short(one['loses_s'])} s more" if cause else "as fast, more memory"
    other = [f"{name} {one['layout'][name]}" for name in _SIZES if one["layout"][name] != best[name]]
    also = " ".join(text for text in other if not text.startswith(f"{one['choice']} "))
    return [*head, f"{one['slower']:.1%}".replace("%", " %"), cause, lost, also]


def _tempting(answer: Entry) -> Iterator[str]:
    one, best = answer["tempting"], answer["best"][0]
    if one and one["step_time_s"] < best["step_time_s"]:
        gain = 1 - one["step_time_s"] / best["step_time_s"]
        short = one["reserved_gib"] - one["chip_gib"]
        cut = " ".join(f"{name} {one[name]}" for name in (*_CUT, "micro_batch") if one[name] > 1)
        yield (
            f"\nfaster by {gain:.1%}".replace("%", " %")
            + f" but {_short(short)} GiB short: {cut or 'uncut'}, "
            f"{sharded(one)} sharded, {one['recompute']} recompute"
        )


def _front(points: Sequence[Entry]) -> list[list[str]]:
    rows = [["GiB", "tokens/s", *_CUT, "micro", "sharded", "recompute"]]
    for one in _spread(points):
        speed = [_short(one["memory_gib"]), _short(one["tokens_per_s_per_gpu"])]
        cut = [str(one[name]) for name in (*_CUT, "micro_batch")]
        rows.append([*speed, *cut, sharded(one), one["recompute"]])
    return rows


def _spread(points: Sequence[Entry]) -> list[Entry]:
    """Some points of a front, about as far from each other in speed."""
    speeds = [one["tokens_per_s_per_gpu"] for one in points]
    share = (speeds[-1] - speeds[0]) / (_SHOWN_POINTS - 1)
    wanted = [speeds[0] + share * place for place in range(_SHOWN_POINTS)]
    near = {min(range(len(points)), key=lambda at: abs(speeds[at] - speed)) for speed in wanted}
    return [points[place] for place in sorted(near)]


def _drawn(answer: Entry) -> Iterator[str]:
    points = [Point(one["memory_gib"], one["tokens_per_s_per_gpu"]) for one in answer["pareto"]]
    room = answer["best"][0]["chip_gib"]
    yield from scatter(points, (0.0, room), "GiB of a chip", "tokens/s and chip")


def _short(value: float) -> str:
    """Three digits, no exponent.

    >>> _short(12345.6), _short(0.01234), _short(190.2), _short(0.0)
    ('12,346', '0.0123', '190', '0')
    """
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}" if abs(value) >= 1e-4 or not value else "<0.0001"
