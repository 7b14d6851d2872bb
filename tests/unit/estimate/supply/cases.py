"""Small cases of energy supply: days instead of a year, with every kind of plant."""

from __future__ import annotations

import numpy as np

from orchard.estimate.supply import Battery, Case, Pausing, Source

MW, MWH = 1e6, 3.6e9


def shape(hours: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Load in W, share of the sun, price in USD/J."""
    draw = np.random.default_rng(seed)
    hour = np.arange(hours)
    day = np.sin((hour % 24 - 6) / 24 * 2 * np.pi)
    load = 100 * MW * (1 + 0.05 * day + draw.normal(0, 0.01, hours))
    sun = np.clip(day, 0, None) * np.repeat(draw.beta(4, 1, -(-hours // 24)), 24)[:hours]
    price = (50 + 20 * day + draw.normal(0, 5, hours)).clip(5) / MWH
    return load, sun, price


def case(hours: int = 96, seed: int = 0, **changes: object) -> Case:
    """A case with grid, engines, sun, battery, pauses and a little that may stay unserved."""
    load, sun, price = shape(hours, seed)
    sources = (
        Source("grid", "grid", 0.1, 0.1, price, 370 / MWH, most_w=70 * MW),
        Source("engines", "engine", 0.22, 0.22, 46 / MWH, 446 / MWH, 0.95, existing_w=10 * MW),
        Source("sun", "solar", 0.14, 0.14, 0.0, available=sun, firm=0.0),
    )
    whole = {
        "sources": sources, "batteries": (Battery("battery", 0.12, 0.12, 4.0, 0.85, 0.98),),
        "pausing": Pausing(0.2, 400 / MWH, 100.0), "unserved_usd_per_j": 2000 / MWH, "unserved_share": 1e-3,
    }  # fmt: skip
    return Case(load, **(whole | changes))  # type: ignore[arg-type]
