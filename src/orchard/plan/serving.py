"""Serving: what products ask of the chips that training leaves, and whom those can serve.

Throughput per chip is a measured fact with a range, derated to the latency wanted; chips of other
types count by their memory bandwidth, which bounds decoding. A model of latency belongs here.
"""

from __future__ import annotations

import numpy as np

from orchard.estimate.serving import chips_needed, peak_images_per_s, peak_tokens_per_s
from orchard.plan import fleet
from orchard.plan.calendar import Array, to_day
from orchard.plan.scene import Scene
from orchard.spec.products import Product


def served(product: Product) -> bool:
    """Whether the programme says what serving a product takes."""
    return product.usage is not None and product.capacity is not None


def left_chips(scene: Scene, site_chips: dict[str, Array], reference: str) -> Array:
    """Chips [E, S] that the core and the lab leave, counted in chips of the type `reference`.

    Not-a-number where nobody knows the bandwidth of that type.
    """
    base = fleet.bandwidth_bytes_per_s(scene, reference)
    base = np.where(base > 0, base, np.nan)
    total = np.zeros((len(scene.calendar.edges), scene.draws.size))
    for name, installed in site_chips.items():
        entry = scene.programme.deliveries[name]
        if entry.kind == "gpu" or entry.chip == reference:
            total += installed * (fleet.bandwidth_bytes_per_s(scene, entry.chip) / base)
    return total * np.maximum(1.0 - scene.draws("lab.share") - core_share(scene), 0.0)


def core_share(scene: Scene) -> Array:
    """Share [S] of the fleet that products hold for themselves."""
    names = sorted(scene.programme.products)
    shares = [scene.draws(f"products.{name}.fleet_share") for name in names]
    return np.sum(shares, axis=0) if shares else np.zeros(scene.draws.size)


def users(scene: Scene, product_id: str) -> Array:
    """Daily active users [E, S] wanted, interpolated between the dates of adoption."""
    steps = sorted(
        scene.programme.products[product_id].adoption.items(), key=lambda item: (item[1].date, item[0])
    )
    edges = scene.calendar.edges
    total = np.zeros((len(edges), scene.draws.size))
    if not steps:
        return total
    days = np.array([to_day(step.date) + 1 for _, step in steps])  # the number at the end of the day
    counts = np.array([scene.draws(f"products.{product_id}.adoption.{name}.users") for name, _ in steps])
    place = np.interp(edges, days, np.arange(len(days)))
    low = np.minimum(place.astype(int), max(len(days) - 2, 0))
    share = (place - low)[:, None]
    high = np.minimum(low + 1, len(days) - 1)
    return np.asarray(counts[low] * (1 - share) + counts[high] * share)


def chips_per_user(scene: Scene, product_id: str) -> Array:
    """Chips [S] of the reference type that one daily user needs at the busiest hour."""
    path = f"products.{product_id}"
    peak = scene.draws(f"{path}.usage.peak_to_mean")
    derating = scene.draws(f"{path}.capacity.derating", default=1.0)
    need = np.zeros(scene.draws.size)
    product = scene.programme.products[product_id]
    if product.capacity and product.capacity.tokens is not None:
        sessions, turns, tokens = (
            scene.draws(f"{path}.usage.{name}") for name in ("sessions", "turns", "tokens")
        )
        wanted = peak_tokens_per_s(1.0, sessions, turns, tokens, peak)
        need = need + _needed(wanted, scene.draws(f"{path}.capacity.tokens"), derating)
    if product.capacity and product.capacity.images is not None:
        wanted = peak_images_per_s(1.0, scene.draws(f"{path}.usage.images"), peak)
        need = need + _needed(wanted, scene.draws(f"{path}.capacity.images"), derating)
    return need


def _needed(wanted_per_s: Array, speed_per_s_per_chip: Array, derating: Array) -> Array:
    """Chips [S]; none where nothing is wanted, infinitely many where nothing can be served."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(wanted_per_s > 0, chips_needed(wanted_per_s, speed_per_s_per_chip, derating), 0.0)


def turns_per_user_day(scene: Scene, product_id: str) -> Array:
    """Turns [S] of one user a day."""
    path = f"products.{product_id}.usage"
    return scene.draws(f"{path}.sessions") * scene.draws(f"{path}.turns")
