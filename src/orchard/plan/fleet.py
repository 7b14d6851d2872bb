"""Chips: delivered, then paid, then installed where there is power.

Where money or power is short, the delivery that begins first has the right of way. Room is kept for
it from the day it was promised, so a delivery that is late keeps its place, and what a later one would
have to give back is not given to it at all. So nothing installed is taken out again; more money or
power never leaves fewer of any delivery installed, and a delay never more. Chips beyond those in the
file stand behind all that are in it.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from orchard.plan.calendar import DAY_S, Array, to_day
from orchard.plan.power import progress
from orchard.plan.scene import Scene

_NARROWER = {"nvfp4": ("fp4", "fp8", "bf16"), "mxfp8": ("fp8", "bf16"), "fp8": ("fp8", "bf16")}


def queue(scene: Scene, site_id: str | None = None) -> list[str]:
    """Ids of the deliveries, of one site or of all, in the order of their right of way."""
    found = scene.programme.deliveries.items()
    here = [(entry.start, entry.end, name) for name, entry in found if site_id in (None, entry.site)]
    return [name for _, _, name in sorted(here)]


def delivered(scene: Scene, delivery_id: str) -> Array:
    """Chips of one delivery that have arrived, at the edges [E, S]."""
    entry = scene.programme.deliveries[delivery_id]
    path = f"deliveries.{delivery_id}"
    start = np.full(scene.draws.size, to_day(entry.start))
    if not scene.ignores("delays"):
        start = start + scene.draws(f"{path}.delay") / DAY_S
    if scene.to_come(entry.start):
        start = scene.earlier(start, scene.changes.delivery_days)
    days = np.full(scene.draws.size, to_day(entry.end) - to_day(entry.start))
    count = scene.draws(f"{path}.count") * _more(scene, delivery_id)
    return count * progress(scene.calendar.edges[:, None], start, days)


def price_usd(scene: Scene, delivery_id: str) -> Array:
    """Price [S] of one chip of a delivery with its server and network; 0 when already paid."""
    return scene.draws(f"deliveries.{delivery_id}.price")


def it_power_per_chip_w(scene: Scene, delivery_id: str) -> Array:
    """IT power [S] of one chip with its share of the server, as stated or as the catalogue knows."""
    path = f"deliveries.{delivery_id}.it_power"
    if path in scene.setup.values.amounts:
        return scene.draws(path)
    chip = scene.programme.deliveries[delivery_id].chip
    if chip in scene.programme.chips:
        return scene.draws(f"chips.{chip}.it_power")
    return scene.draws.fact(f"chip.{scene.setup.chip(chip).id}.it_power", "W/chip", path)


def promised(scene: Scene, delivery_id: str) -> Array:
    """Chips of one delivery as the file dates them, without delay, at the edges [E, S]."""
    entry = scene.programme.deliveries[delivery_id]
    days = np.array([to_day(entry.end) - to_day(entry.start)])
    share = progress(scene.calendar.edges[:, None], np.array([to_day(entry.start)]), days)
    return share * (scene.draws(f"deliveries.{delivery_id}.count") * _more(scene, delivery_id))


def _more(scene: Scene, delivery_id: str) -> float:
    """What changes multiply a delivery by: those that have begun stay as they are."""
    return scene.changes.chips if scene.to_come(scene.programme.deliveries[delivery_id].start) else 1.0


def paid(scene: Scene, wanted: dict[str, Array], money_usd: Array) -> dict[str, Array]:
    """Chips [E, S] of each delivery that the money [E, S] for servers, running total, pays for."""
    order = queue(scene)
    return _shared(scene, order, wanted, [price_usd(scene, name) for name in order], money_usd)


def powered(scene: Scene, site_id: str, wanted: dict[str, Array], power_w: Array) -> dict[str, Array]:
    """Chips [E, S] of each delivery of a site that its IT power [E, S] can run, paid or not."""
    order = queue(scene, site_id)
    return _shared(scene, order, wanted, [it_power_per_chip_w(scene, name) for name in order], power_w)


def _shared(
    scene: Scene, order: list[str], wanted: dict[str, Array], unit: list[Array], limit: Array
) -> dict[str, Array]:
    """Share a limit among deliveries: those of the file first, what a change adds behind them."""
    kept = [_kept(scene, name, wanted[name]) for name in order]
    totals, first = [wanted[name] for name in order], [1 / max(_more(scene, name), 1.0) for name in order]
    if min(first, default=1.0) == 1:
        return dict(zip(order, admit(totals, kept, unit, limit), strict=True))
    shares = [*first, *(1 - share for share in first)]
    found = admit(
        [total * share for total, share in zip(totals * 2, shares, strict=True)],
        [room * share for room, share in zip(kept * 2, shares, strict=True)],
        unit * 2,
        limit,
    )
    pairs = zip(found[: len(order)], found[len(order) :], strict=True)
    return {name: before + added for name, (before, added) in zip(order, pairs, strict=True)}


def _kept(scene: Scene, delivery_id: str, wanted: Array) -> Array:
    """Room [E, S] that is kept for a delivery: what arrived, or was promised where it may be late."""
    if scene.programme.deliveries[delivery_id].delay is None or scene.ignores("delays"):
        return wanted
    return np.maximum(wanted, promised(scene, delivery_id))


def admit(
    wanted: Sequence[Array], promised: Sequence[Array], unit: Sequence[Array], limit: Array
) -> list[Array]:
    """Share a limit among running totals, first come first served, giving nothing back.

    Parameters
    ----------
    wanted : sequence of [E, S]
        running totals, each never falling with time
    promised : sequence of [E, S]
        the room that is kept for each before those behind it, at least what is wanted
    unit : sequence of [S]
        what one of each takes of the limit; 0 takes nothing
    limit : [E, S]
        the limit at each time

    Returns
    -------
    list of [E, S]
        admitted totals: never falling, never above what is wanted, together within the limit
    """
    left = limit
    admitted = []
    for total, kept, need in zip(wanted, promised, unit, strict=True):
        if not need.any():
            admitted.append(total)
            continue
        reserved = kept * need
        if not ((reserved if kept is total else total * need) <= left).all():
            with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
                room = np.where(need > 0, left / need, np.inf) if not need.all() else left / need
            np.maximum(room, 0.0, out=room)
            np.minimum(total, room, out=room)
            total = np.minimum.accumulate(room[::-1], axis=0, out=room[::-1])[::-1]
        admitted.append(total)
        left = np.subtract(left, reserved, out=reserved)
    return admitted


def peak_flops_per_s(scene: Scene, delivery_id: str, precision: str) -> Array:
    """Dense peak [S] of one chip of a delivery in a number format."""
    return chip_peak_flops_per_s(scene, scene.programme.deliveries[delivery_id].chip, precision)


def chip_peak_flops_per_s(scene: Scene, chip: str, precision: str) -> Array:
    """Dense peak [S] of one chip in a number format; in the next wider one where it has none."""
    key = _peak_key(scene, chip, precision)
    return scene.draws(key) if key else np.zeros(scene.draws.size)


def bandwidth_bytes_per_s(scene: Scene, chip: str) -> Array:
    """Memory bandwidth [S] of one chip; 0 where nobody knows it."""
    key = _chip_key(scene, chip, "bandwidth", "memory_bandwidth", "B/s")
    return scene.draws(key) if key else np.zeros(scene.draws.size)


def chips_per_node(scene: Scene, delivery_id: str) -> Array:
    """Chips [S] that fail together."""
    name = scene.programme.deliveries[delivery_id].chip
    if name in scene.programme.chips:
        return np.full(scene.draws.size, float(scene.programme.chips[name].chips_per_node))
    key = _chip_key(scene, name, "", "chips_per_node", "chip")
    return scene.draws(key) if key else np.ones(scene.draws.size)


def _peak_key(scene: Scene, chip: str, precision: str) -> str | None:
    keys = (
        _chip_key(scene, chip, narrow, narrow, "FLOP/s") for narrow in _NARROWER.get(precision, ("bf16",))
    )
    return next((key for key in keys if key), None)


def _chip_key(scene: Scene, chip: str, field: str, word: str, unit: str) -> str | None:
    """Key of a chip's figure: the programme's own, or the catalogue's; None where nobody knows it."""
    if chip in scene.programme.chips:
        path = f"chips.{chip}.{field}"
        return path if path in scene.setup.values.amounts else None
    known = scene.setup.chip(chip)
    if word not in known.facts:
        return None
    return scene.setup.values.cite(f"chip.{known.id}.{word}", unit, f"chips.{chip}")
